"""Étage 2 et quatre cinquièmes — combien d'élèves de chaque classe dans chaque créneau : d'abord
tous placés, puis le moins de classes partagées, puis le moins de sessions ; prouvé (HiGHS).

Deux créneaux de même capacité se valent : le programme ne choisit pas « telle classe à telle
heure », mais des **lots** (les classes entières que reçoit une session) pour chaque capacité, et
quels créneaux ouvrir. Les élèves des classes partagées remplissent ce qui reste ; il suffit d'en
compter les places. C'est la même solution, cent fois plus vite trouvée.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from pixkit.sessions.salles import Creneau

LOTS_MAX = 150
"""Par créneau. Au-delà, chaque créneau reçoit ses classes une à une : plus rapide quand ils sont
peu, bien plus long quand ils sont nombreux à se valoir."""
SECONDES = 2.0
"""Le temps laissé à chaque vœu ; au-delà, le meilleur trouvé, et dit sans preuve."""
_MARGE = 0.5


@dataclass(frozen=True)
class _Famille:
    """Des créneaux qui se valent, et les lots (des classes de chaque sorte) qu'ils peuvent avoir.

    `au_poids` : les lots d'une grande salle sont d'une classe, et s'y ajoutent.
    """

    creneaux: list[int]
    places: int
    lots: np.ndarray
    au_poids: bool


def en_conflit(creneaux: Sequence[Creneau], duree: int) -> Iterator[tuple[int, int, int]]:
    """(le premier, le second, minutes entre leurs débuts) : deux créneaux d'une même salle, ou d'un
    même surveillant, trop proches si le premier dure autant."""
    for deux in combinations(range(len(creneaux)), 2):
        un, autre = sorted(deux, key=lambda rang: creneaux[rang].debut)
        minutes = int((creneaux[autre].debut - creneaux[un].debut).total_seconds() // 60)
        if minutes < duree and creneaux[un].ressources & creneaux[autre].ressources:
            yield un, autre, minutes


def placables(creneaux: Sequence[Creneau], totaux: np.ndarray, durees: Sequence[int]) -> int:
    """Combien de candidats tiennent dans ces créneaux, `totaux` en voulant chaque durée."""
    return Programme(creneaux, totaux[None, :], durees).placables()


def repartir(
    creneaux: Sequence[Creneau], effectifs: np.ndarray, durees: Sequence[int]
) -> tuple[np.ndarray, bool]:
    """(classes × durées × créneaux : combien d'élèves ; est-ce prouvé le meilleur).

    `effectifs` : classes × durées ; `durees` croissantes, en minutes : une session dure ce que
    demande l'élève qui a le plus de temps. À égalité, les créneaux les plus tôt : les derniers
    restent pour les absents.
    """
    programme = Programme(creneaux, effectifs, durees)
    ouverts, lots, places = programme.resoudre()
    return _asseoir(programme, effectifs, ouverts, lots, places), programme.prouve


class Programme:
    """Variables : créneau × durée (ouvert jusqu'à cette durée), candidats placés par durée, lots
    par famille et par durée."""

    def __init__(self, creneaux: Sequence[Creneau], effectifs: np.ndarray, durees: Sequence[int]):
        self.creneaux, self.durees, self.totaux = creneaux, durees, effectifs.sum(axis=0)
        self.sortes, de_sorte = np.unique(effectifs, axis=0, return_inverse=True)
        self.rangs = [np.flatnonzero(de_sorte == sorte) for sorte in range(len(self.sortes))]
        self.nd, self.ns = len(durees), len(creneaux)
        self.places = np.array([creneau.places for creneau in creneaux], dtype=float)
        self.familles = list(self._familles())
        self.colonnes = [
            (famille, duree, lot)
            for famille in self.familles
            for lot in famille.lots
            for duree in range(self._duree_de(lot), self.nd)
        ]
        self.lots = np.array([lot for *_, lot in self.colonnes]).reshape(-1, len(self.sortes))
        self.duree_du_lot = np.array([duree for _, duree, _ in self.colonnes], dtype=int)
        self.fixes = self.ns * self.nd + self.nd
        self.nv = self.fixes + len(self.colonnes)
        self.rangees: list[tuple[np.ndarray, float, float]] = []
        self.trouvee, self.prouve = np.zeros(self.nv), True
        self._contraindre()

    def _familles(self) -> Iterator[_Famille]:
        tailles = self.sortes.sum(axis=1)
        combien = [len(rangs) for rangs in self.rangs]
        for places in sorted(set(self.places.astype(int).tolist())):
            siens = np.flatnonzero(self.places == places).tolist()
            lots = _lots(tailles, combien, places, LOTS_MAX * len(siens))
            if lots is not None:
                yield _Famille(siens, places, lots, au_poids=False)
                continue
            seules = np.eye(len(tailles), dtype=int)[tailles <= places]
            yield from (_Famille([rang], places, seules, au_poids=True) for rang in siens)

    def _duree_de(self, lot: np.ndarray) -> int:
        """La plus longue des durées que demandent ses élèves."""
        return int(np.flatnonzero(lot @ self.sortes).max(initial=0))

    def _ouverts(self, creneaux: Iterable[int], durees: Iterable[int]) -> np.ndarray:
        ligne = np.zeros(self.nv)
        for rang in creneaux:
            ligne[[rang * self.nd + duree for duree in durees]] = 1
        return ligne

    def _exiger(self, ligne: np.ndarray, au_moins: float, au_plus: float) -> None:
        self.rangees.append((ligne, au_moins, au_plus))

    def _contraindre(self) -> None:
        for rang in range(self.ns):
            self._exiger(self._ouverts([rang], range(self.nd)), 0, 1)
        for un, autre, minutes in en_conflit(self.creneaux, self.durees[-1]):
            trop_longues = [rang for rang, duree in enumerate(self.durees) if duree > minutes]
            ensemble = self._ouverts([un], trop_longues) + self._ouverts([autre], range(self.nd))
            self._exiger(ensemble, 0, 1)
        for sorte, rangs in enumerate(self.rangs):
            ligne = np.zeros(self.nv)
            ligne[self.fixes :] = self.lots[:, sorte]
            self._exiger(ligne, 0, len(rangs))
        self._remplir_les_familles()
        self._compter_les_places()

    def _remplir_les_familles(self) -> None:
        for famille in self.familles:
            siens = np.array([colonne[0] is famille for colonne in self.colonnes], dtype=bool)
            poids = (self.lots @ self.sortes).sum(axis=1) if famille.au_poids else 1.0
            for duree in range(self.nd):
                ligne = -self._ouverts(famille.creneaux, [duree])
                ligne *= famille.places if famille.au_poids else 1
                ligne[self.fixes :] += np.where(siens & (self.duree_du_lot == duree), poids, 0.0)
                self._exiger(ligne, -np.inf, 0)

    def _compter_les_places(self) -> None:
        """Hors des classes entières, qui veut plus de temps tient dans les sessions assez longues ;
        ces ensembles s'emboîtent : les compter suffit (Hall)."""
        charges = self.lots @ self.sortes
        for duree in range(self.nd):
            assez = self.duree_du_lot >= duree
            ligne = np.zeros(self.nv)
            for rang, places in enumerate(self.places):
                ligne[rang * self.nd + duree : (rang + 1) * self.nd] = -places
            ligne[self.fixes - self.nd + duree : self.fixes] = 1
            ligne[self.fixes :] = charges.sum(axis=1) * assez - charges[:, duree:].sum(axis=1)
            self._exiger(ligne, -np.inf, 0)
            entieres = np.zeros(self.nv)
            entieres[self.fixes :] = charges[:, duree]
            entieres[self.fixes - self.nd + duree] = -1
            self._exiger(entieres, -np.inf, 0)

    def _minimiser(self, cout: np.ndarray) -> np.ndarray:
        """La meilleure solution ; son coût est exigé des suivantes."""
        # Un tiers de seconde, que l'ouverture d'une page n'attend pas.
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415
        from scipy.sparse import csr_array  # noqa: PLC0415

        bornes = np.ones(self.nv)
        bornes[self.fixes - self.nd : self.fixes] = self.totaux
        bornes[self.fixes :] = np.inf
        matrice, au_moins, au_plus = zip(*self.rangees, strict=True)
        solution = milp(
            cout,
            constraints=LinearConstraint(csr_array(np.array(matrice)), au_moins, au_plus),
            bounds=Bounds(0, bornes),
            integrality=np.ones(self.nv),
            options={"mip_rel_gap": 0, "time_limit": SECONDES},
        )
        self.prouve &= solution.status == 0
        if solution.x is not None:  # faute de temps, celle du vœu précédent les tient tous
            self.trouvee = solution.x.round()
        self._exiger(cout, -np.inf, cout @ self.trouvee + _MARGE)
        return self.trouvee

    def _cout(
        self, *, ouvert: ArrayLike = 0, place: ArrayLike = 0, lot: ArrayLike = 0
    ) -> np.ndarray:
        """Le coût de chaque créneau ouvert, de chaque candidat placé (par durée), de chaque lot."""
        ouverts = np.broadcast_to(ouvert, self.ns).repeat(self.nd)
        lots = np.broadcast_to(lot, len(self.colonnes))
        return np.concatenate([ouverts, np.broadcast_to(place, self.nd), lots]).astype(float)

    def _places(self, solution: np.ndarray) -> np.ndarray:
        """Combien de candidats de chaque durée elle place."""
        return solution[self.fixes - self.nd : self.fixes]

    def placables(self) -> int:
        """Le plus de candidats que l'on puisse placer."""
        return int(self._places(self._minimiser(self._cout(place=-1))).sum())

    def resoudre(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(créneaux × durées ouverts, combien de chaque lot, candidats placés par durée).

        Les vœux, du premier au dernier : à égalité sur les trois que l'on annonce, qui a le plus de
        temps reste moins souvent sans place (on le replacerait moins bien), et les créneaux les
        plus tôt sont pris.
        """
        voeux = (
            self._cout(place=-1),
            self._cout(lot=-self.lots.sum(axis=1)),
            self._cout(ouvert=1),
            self._cout(place=-np.arange(self.nd)),
            self._cout(ouvert=np.arange(self.ns)),
        )
        *_, trouvee = (self._minimiser(voeu) for voeu in voeux)
        ouverts = trouvee[: self.ns * self.nd].reshape(self.ns, self.nd)
        lots, places = trouvee[self.fixes :], self._places(trouvee)
        return ouverts.astype(int), lots.astype(int), places.astype(int)


def _lots(
    tailles: np.ndarray, combien: Sequence[int], places: int, au_plus: int
) -> np.ndarray | None:
    """Tous les lots de classes entières qui tiennent en tant de places ; None s'il y en a trop."""
    trouves = [((0,) * len(tailles), places)]
    for sorte, taille in enumerate(tailles):
        suite = []
        for lot, reste in trouves:
            for nombre in range(min(combien[sorte], reste // taille) + 1):
                pris = (*lot[:sorte], nombre, *lot[sorte + 1 :])
                suite.append((pris, reste - nombre * taille))
        trouves = suite
        if len(trouves) > au_plus:
            return None
    lots = np.array([lot for lot, _ in trouves], dtype=int).reshape(-1, len(tailles))
    return lots[lots.any(axis=1)]


def _asseoir(
    programme: Programme,
    effectifs: np.ndarray,
    ouverts: np.ndarray,
    lots: np.ndarray,
    places: np.ndarray,
) -> np.ndarray:
    """Chaque lot dans un créneau de sa famille, puis les classes partagées dans ce qui reste."""
    assis = np.zeros((*effectifs.shape, programme.ns), dtype=int)
    attendent = [list(rangs) for rangs in programme.rangs]
    libres = dict.fromkeys(zip(*np.nonzero(ouverts), strict=True))
    for (famille, duree, lot), nombre in zip(programme.colonnes, lots, strict=True):
        for _ in range(nombre):
            rang = next(r for r in famille.creneaux if (r, duree) in libres)
            if not famille.au_poids:
                del libres[rang, duree]
            for sorte, combien in enumerate(lot):
                for _ in range(combien):
                    classe = attendent[sorte].pop(0)
                    assis[classe, :, rang] = effectifs[classe]
    _partager(programme, effectifs, ouverts, places, assis)
    return assis


def _partager(
    programme: Programme,
    effectifs: np.ndarray,
    ouverts: np.ndarray,
    places: np.ndarray,
    assis: np.ndarray,
) -> None:
    """Les élèves des classes partagées : les plus longs d'abord, puis près des leurs, puis là où
    toute la classe tient, sinon dans la session la plus vide."""
    libres = programme.places.astype(int) * ouverts.any(axis=1) - assis.sum(axis=(0, 1))
    for duree in reversed(range(programme.nd)):
        permis = ouverts[:, duree:].any(axis=1)
        a_placer = places[duree] - assis[:, duree].sum()
        restent = effectifs[:, duree] - assis[:, duree].sum(axis=1)
        for classe in np.argsort(-restent, kind="stable"):
            reste = min(restent[classe], a_placer)
            while reste > 0:
                vides = np.where(permis, libres, 0)
                ou = _ou_mettre(reste, vides, assis[classe].any(axis=0))
                nombre = min(reste, vides[ou])
                assis[classe, duree, ou] += nombre
                libres[ou] -= nombre
                reste, a_placer = reste - nombre, a_placer - nombre


def _ou_mettre(reste: int, vides: np.ndarray, des_leurs: np.ndarray) -> int:
    """La session où il y a déjà des leurs, à défaut la plus juste où tous tiennent, à défaut la
    plus vide."""
    if (vides * des_leurs).any():
        return int((vides * des_leurs).argmax())
    assez = vides >= reste
    return int(np.where(assez, vides, vides.max() + 1).argmin() if assez.any() else vides.argmax())
