"""Étage 2 — la liste de parcours qui vaut le plus sous un temps donné, prouvée la meilleure.

Jusqu'à six parcours, séparation et évaluation : ce qu'un parcours ajoute ne fait que décroître à
mesure que la liste s'allonge, et borne donc tout ce qu'on peut encore espérer. Au-delà, un
programme en nombres entiers (HiGHS). Les deux trouvent la même valeur.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from pixkit.parcours.valeur import RENDEMENTS, Valeur

PLACES = 6
"""Parcours à choisir jusqu'où l'exploration bat le programme en nombres entiers."""
_EGAL = 1e-9
_PRIX = np.linspace(0.0, 1.0, 5)[:, None]


def resoudre(
    apports: np.ndarray,
    besoins: np.ndarray,
    durees: np.ndarray,
    imposes: np.ndarray,
    limites: tuple[int, int],
) -> np.ndarray:
    """Les parcours pris (vrai ou faux), sous `limites` : des minutes, un nombre de parcours.

    Ils sont rangés par préférence : à valeur égale, le moins de minutes, puis les premiers.
    """
    valeur, (minutes, nombre) = Valeur.de(besoins), limites
    temps = minutes - durees[imposes].sum()
    tiennent = int((np.cumsum(np.sort(durees[~imposes])) <= temps).sum())
    places = min(nombre - int(imposes.sum()), tiennent)
    if places > PLACES:
        pris = _programmer(valeur, apports, durees, imposes, limites)
    else:
        exploration = _Exploration(valeur, apports, durees, np.flatnonzero(imposes).tolist())
        pris = exploration.meilleurs(temps, places)
    return _departager(pris, valeur, apports, durees, imposes)


class _Exploration:
    """Le parcours en profondeur des listes, la plus prometteuse d'abord, sans celles qui ne peuvent
    plus battre la meilleure."""

    def __init__(self, valeur: Valeur, apports: np.ndarray, durees: np.ndarray, base: list[int]):
        self.valeur, self.apports, self.durees, self.base = valeur, apports, durees, base

    def meilleurs(self, temps: float, places: int) -> np.ndarray:
        """La base et les parcours, vrai ou faux, qui valent le plus avec elle."""
        tous = np.arange(len(self.durees))
        self.liste, self.gain, self.reste = self.base, 0.0, temps
        self._explorer(self.base, 0.0, np.setdiff1d(tous, self.base), temps, places)
        return np.isin(tous, self.liste)

    def _explorer(
        self, liste: list[int], gain: float, autres: np.ndarray, temps: float, places: int
    ) -> None:
        """Les listes qui prolongent celle-ci par des `autres`, au plus `places`, sous `temps`."""
        egal = gain > self.gain - _EGAL and temps > self.reste
        if egal or gain > self.gain + _EGAL:
            self.liste, self.gain, self.reste = liste, max(gain, self.gain), temps
        if not places:
            return
        autres, ajouts = self._utiles(liste, autres[self.durees[autres] <= temps], places)
        durees = self.durees[autres]
        for rang, (pris, ajout, duree) in enumerate(zip(autres, ajouts, durees, strict=True)):
            if self._vain(gain, ajouts[rang:], durees[rang:], temps, places):
                return
            suite = (autres[rang + 1 :], temps - duree, places - 1)
            self._explorer([*liste, int(pris)], gain + ajout, *suite)

    def _utiles(
        self, liste: list[int], autres: np.ndarray, places: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Les parcours qui ajoutent quelque chose à la liste, et quoi, le plus utile d'abord, à
        utilité égale le préféré ; pour la dernière place, lui seul."""
        ajouts = self.valeur.ajouts(self.apports[liste], self.apports[autres])
        combien = int((ajouts > _EGAL).sum())
        ordre = np.lexsort((autres, -ajouts.round(9)))
        ordre = ordre[: combien if places > 1 else min(combien, 1)]
        return autres[ordre], ajouts[ordre]

    def _vain(
        self, gain: float, ajouts: np.ndarray, durees: np.ndarray, temps: float, places: int
    ) -> bool:
        """Plus rien à gagner avec eux : ni en valeur ni, à valeur égale, en minutes."""
        manque = self.gain - gain
        espoir = ajouts[:places].sum()
        if espoir > manque:
            espoir = _borne(ajouts, durees, temps, places)
        if abs(espoir - manque) > _EGAL:
            return espoir < manque
        au_moins = np.searchsorted(np.cumsum(ajouts), manque - _EGAL) + 1
        return temps - np.sort(durees)[:au_moins].sum() <= self.reste


def _borne(ajouts: np.ndarray, durees: np.ndarray, temps: float, places: int) -> float:
    """Le plus que des parcours puissent ajouter ensemble : pour tout prix de la minute, ce que
    rapportent les meilleurs, leur durée payée, plus le prix du temps donné (dualité)."""
    prix = _PRIX * (ajouts / durees).max()
    nets = np.maximum(ajouts - prix * durees, 0.0)
    de_trop = len(ajouts) - places
    if de_trop > 0:
        nets = np.partition(nets, de_trop, axis=1)[:, de_trop:]
    return (nets.sum(axis=1) + prix[:, 0] * temps).min()


def _programmer(
    valeur: Valeur,
    apports: np.ndarray,
    durees: np.ndarray,
    imposes: np.ndarray,
    limites: tuple[int, int],
) -> np.ndarray:
    """Variables : x (pris ou non) ; pour chaque compétence, touchée ou non, puis les parts de
    travail cumulé, une par rendement."""
    nb, nc = apports.shape
    cumules = np.outer(RENDEMENTS, valeur.cumul).ravel()
    gains = np.concatenate([np.zeros(nb), valeur.touche, cumules])
    pris, parts = np.arange(len(gains)) < nb, np.zeros(len(gains) - nb)
    cumuls = [np.eye(nc)] * len(RENDEMENTS)
    lies = np.block([
        [-(apports.T > 0).astype(float), np.eye(nc), np.zeros((nc, len(cumules)))],
        [-apports.T, np.zeros((nc, nc)), *cumuls],
    ])  # fmt: skip
    budgets = np.vstack([np.concatenate([durees, parts]), pris])
    plafonds = np.concatenate([np.zeros(len(lies)), limites])
    solution = milp(
        -gains,
        constraints=LinearConstraint(np.vstack([lies, budgets]), ub=plafonds),
        bounds=Bounds(np.concatenate([imposes, parts]), 1),
        integrality=pris,
        options={"mip_rel_gap": 0, "presolve": False},
    )
    return solution.x[:nb] > 0.5


def _departager(
    pris: np.ndarray,
    valeur: Valeur,
    apports: np.ndarray,
    durees: np.ndarray,
    imposes: np.ndarray,
) -> np.ndarray:
    """À valeur égale : sans ce qui ne sert à rien, et, un parcours pour un autre, le plus court,
    puis le premier."""
    pris = pris.copy()
    for rang in np.flatnonzero(pris & ~imposes):
        pris[rang] = False
        ajouts = valeur.ajouts(apports[pris], apports)
        if ajouts[rang] <= _EGAL:
            continue
        egaux = (ajouts >= ajouts[rang] - _EGAL) & (durees <= durees[rang]) & ~pris
        pris[np.where(egaux, durees, np.inf).argmin()] = True
    return pris
