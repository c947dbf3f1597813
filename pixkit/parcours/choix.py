"""Étage 2 — la plus utile des listes de parcours sous un temps donné : résolue exactement (HiGHS),
et expliquée."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from pixkit.charte import accord, enumerer
from pixkit.erreurs import ChoixInconnu
from pixkit.parcours.catalogue import couverture

RENDEMENTS = (1.0, 0.5, 0.25)
"""Ce que vaut la première part de travail d'une compétence, la deuxième, la troisième ; rien
au-delà."""


@dataclass(frozen=True)
class Choix:
    """`liste` : une ligne par parcours choisi, dans l'ordre d'utilité (`rang`, `minutes`,
    `besoins_couverts`, `raison`…).

    `valeur` : ce que la liste apporte, dans l'unité des besoins ; `decouverts` : les compétences
    qui en ont besoin et qu'elle ne touche pas ; `suivant` : le parcours que l'on ajouterait
    ensuite, None s'il n'y en a pas.
    """

    liste: pd.DataFrame
    valeur: float
    decouverts: list[str]
    suivant: str | None


def choisir(  # noqa: PLR0913 — les commandes d'un enseignant : deux tables, le reste nommé
    besoins: pd.DataFrame,
    parcours: pd.DataFrame,
    *,
    minutes: int,
    maximum: int | None = None,
    gardes: Sequence[str] = (),
    bannis: Sequence[str] = (),
) -> Choix:
    """La liste de parcours qui sert le mieux ces besoins en `minutes` au plus, et `maximum`
    parcours au plus.

    `gardes` : parcours imposés ; `bannis` : écartés. À valeur égale, le moins de minutes, puis le
    premier du catalogue : le même choix chaque fois. Lève ChoixInconnu si un parcours imposé
    n'existe pas ou si les imposés dépassent le temps.
    """
    _verifier_listes(parcours, gardes, bannis)
    _verifier_temps(parcours, minutes, maximum, gardes)
    codes, poids = besoins["competence"].tolist(), besoins["besoin"].to_numpy(float)
    utiles = (couverture(parcours, codes) @ poids > 0) | parcours["parcours"].isin(gardes)
    libres = parcours[utiles & ~parcours["parcours"].isin(bannis)].reset_index(drop=True)
    apports, durees = couverture(libres, codes), libres["minutes"].to_numpy(float)
    imposes = libres["parcours"].isin(gardes).to_numpy()
    limites = (minutes, len(libres) if maximum is None else maximum)
    pris = _resoudre(apports, poids, durees, imposes, limites)
    liste = libres[pris].iloc[_ordre(apports[pris], poids)]
    touchees = apports[pris].any(axis=0)
    return Choix(
        _expliquer(liste, besoins),
        valeur_de(apports[pris], poids),
        besoins.loc[(poids > 0) & ~touchees, "competence"].tolist(),
        _suivant(libres, pris, apports, poids),
    )


def _verifier_listes(parcours: pd.DataFrame, gardes: Sequence[str], bannis: Sequence[str]) -> None:
    les_deux = sorted(set(gardes) & set(bannis))
    if les_deux:
        trouve = f"le parcours « {les_deux[0]} », imposé et banni à la fois."
        raise ChoixInconnu(trouve, "l'un ou l'autre.", "retirez-le d'une des deux listes.")
    absents = sorted(set(gardes) - set(parcours["parcours"]))
    if absents:
        raise ChoixInconnu(
            f"le parcours imposé « {absents[0]} ».",
            "un parcours du catalogue proposable à cette classe.",
            "vérifiez son nom, ou retirez-le.",
        )


def _verifier_temps(
    parcours: pd.DataFrame, minutes: int, maximum: int | None, gardes: Sequence[str]
) -> None:
    duree = int(parcours.loc[parcours["parcours"].isin(gardes), "minutes"].sum())
    if duree > minutes or (maximum is not None and len(set(gardes)) > maximum):
        imposes = accord(len(set(gardes)), "parcours imposé", "parcours imposés")
        limite = f"au plus {minutes} minutes" + (
            "" if maximum is None else f" et {accord(maximum, 'parcours', 'parcours')}"
        )
        raise ChoixInconnu(
            f"{imposes}, de {duree} minutes en tout.",
            f"{limite}.",
            "donnez plus de temps ou de parcours, ou retirez-en.",
        )


def valeur_de(apports: np.ndarray, poids: np.ndarray) -> float:
    """Σ besoin × rendement décroissant du travail cumulé de chaque compétence."""
    return float(_valeurs(apports.sum(axis=0), poids))


def _valeurs(travail: np.ndarray, poids: np.ndarray) -> np.ndarray:
    """La valeur de chaque ligne de travail cumulé (… × compétences)."""
    return (
        sum(np.clip(travail - rang, 0, 1) * rendement for rang, rendement in enumerate(RENDEMENTS))
        @ poids
    )


def _resoudre(
    apports: np.ndarray,
    poids: np.ndarray,
    durees: np.ndarray,
    imposes: np.ndarray,
    limites: tuple[int, int],
) -> np.ndarray:
    """Les parcours pris. Variables : x (pris ou non), puis les parts de travail de chaque
    compétence, une par rendement."""
    nb, nc = apports.shape
    parts = np.zeros(nc * len(RENDEMENTS))
    gains = np.concatenate([np.zeros(nb), np.outer(RENDEMENTS, poids).ravel()])
    entiers = np.concatenate([np.ones(nb), parts])
    cumul = np.hstack([-apports.T, *[np.eye(nc)] * len(RENDEMENTS)])  # Σ parts ≤ Σ apports
    budgets = [np.concatenate([durees, parts]), entiers]
    solution = milp(
        -gains,
        constraints=LinearConstraint(
            np.vstack([cumul, *budgets]), ub=np.concatenate([np.zeros(nc), limites])
        ),
        bounds=Bounds(np.concatenate([imposes, parts]), 1),
        integrality=entiers,
        options={"mip_rel_gap": 0, "presolve": False},
    )
    return _departager(solution.x[:nb] > 0.5, apports, poids, durees, imposes)


def _departager(
    pris: np.ndarray,
    apports: np.ndarray,
    poids: np.ndarray,
    durees: np.ndarray,
    imposes: np.ndarray,
) -> np.ndarray:
    """À valeur égale : sans ce qui ne sert à rien, le plus court, puis le premier du catalogue."""
    pris = pris.copy()
    atteinte = valeur_de(apports[pris], poids)
    for rang in np.flatnonzero(pris & ~imposes):
        pris[rang] = False
        reste = apports[pris].sum(axis=0)
        if _valeurs(reste, poids) >= atteinte - 1e-9:
            continue
        egaux = (
            (_valeurs(reste + apports, poids) >= atteinte - 1e-9) & (durees <= durees[rang]) & ~pris
        )
        pris[np.where(egaux, durees, np.inf).argmin()] = True
    return pris


def _ordre(apports: np.ndarray, poids: np.ndarray) -> list[int]:
    """Du plus utile au moins utile, chacun jugé sur ce qu'il ajoute aux précédents."""
    ordre: list[int] = []
    while len(ordre) < len(apports):
        valeurs = _valeurs(apports[ordre].sum(axis=0) + apports, poids).round(9)
        valeurs[ordre] = -1
        ordre.append(int(valeurs.argmax()))
    return ordre


def _expliquer(liste: pd.DataFrame, besoins: pd.DataFrame) -> pd.DataFrame:
    en_besoin = besoins[besoins["besoin"] > 0].set_index("competence")
    lignes = []
    for rang, ligne in enumerate(liste.itertuples(), start=1):
        servis = en_besoin[en_besoin.index.isin(list(ligne.acquis))]
        raison = f"couvre {accord(len(servis), 'besoin')} sur {len(en_besoin)} en "
        raison += f"{ligne.minutes} min : {_dire(servis)}"
        raison += " ; durée supposée" if ligne.minutes_supposees else ""
        raison += " ; compétences déduites du nom" if ligne.competences_deduites else ""
        codes = ", ".join(servis.index)
        lignes.append((rang, ligne.parcours, ligne.minutes, len(servis), codes, raison))
    colonnes = ["rang", "parcours", "minutes", "besoins_couverts", "competences", "raison"]
    return pd.DataFrame(lignes, columns=colonnes)


def _dire(servis: pd.DataFrame) -> str:
    dits = [
        f"{accord(besoin.nb_sous, 'élève')} sur {besoin.effectif} sous l'objectif en {besoin.Index}"
        if besoin.testee
        else f"{besoin.Index} jamais testée"
        for besoin in servis.itertuples()
    ]
    return enumerer(dits, 4)


def _suivant(
    libres: pd.DataFrame, pris: np.ndarray, apports: np.ndarray, poids: np.ndarray
) -> str | None:
    """Le parcours restant qui ajouterait le plus par minute."""
    travail = apports[pris].sum(axis=0)
    ajouts = _valeurs(travail + apports, poids) - _valeurs(travail, poids)
    gains = libres.assign(gain=ajouts / libres["minutes"])[~pris].query("gain > 1e-9")
    return gains["parcours"][gains["gain"].idxmax()] if len(gains) else None
