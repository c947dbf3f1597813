"""Étage 2 — la plus utile des listes de parcours sous un temps donné : résolue exactement (HiGHS),
et expliquée."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

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
    _verifier(parcours, minutes, maximum, gardes)
    codes, poids = besoins["competence"].tolist(), besoins["besoin"].to_numpy(float)
    apports = couverture(parcours, codes)
    utiles = (apports @ poids > 0) | parcours["parcours"].isin(gardes).to_numpy()
    libres = parcours[utiles & ~parcours["parcours"].isin(bannis).to_numpy()].reset_index(drop=True)
    limites = (minutes, len(libres) if maximum is None else maximum)
    pris = _resoudre(
        couverture(libres, codes),
        poids,
        libres,
        limites,
        libres["parcours"].isin(gardes).to_numpy(),
    )
    choisis = libres[pris].reset_index(drop=True)
    valeur = valeur_de(couverture(choisis, codes), poids)
    liste = _expliquer(_ordonner(choisis, codes, poids), besoins)
    touches = couverture(choisis, codes).sum(axis=0)
    decouverts = [
        code
        for code, besoin, touche in zip(codes, poids, touches, strict=True)
        if besoin > 0 and touche == 0
    ]
    return Choix(liste, valeur, decouverts, _suivant(libres[~pris], choisis, codes, poids))


def _verifier(
    parcours: pd.DataFrame, minutes: int, maximum: int | None, gardes: Sequence[str]
) -> None:
    absents = sorted(set(gardes) - set(parcours["parcours"]))
    if absents:
        raise ChoixInconnu(
            f"le parcours imposé « {absents[0]} ».",
            "un parcours du catalogue proposable à cette classe.",
            "vérifiez son nom, ou retirez-le.",
        )
    duree = int(parcours.loc[parcours["parcours"].isin(gardes), "minutes"].sum())
    if duree > minutes or (maximum is not None and len(set(gardes)) > maximum):
        limite = f"au plus {minutes} minutes" + (
            "" if maximum is None else f" et {accord(maximum, 'parcours', 'parcours')}"
        )
        raise ChoixInconnu(
            f"des parcours imposés de {duree} minutes en tout.",
            f"{limite}.",
            "donnez plus de temps.",
        )


def valeur_de(apports: np.ndarray, poids: np.ndarray) -> float:
    """Σ besoin × rendement décroissant du travail cumulé de chaque compétence."""
    return float(_valeurs(apports.sum(axis=0) if len(apports) else np.zeros(len(poids)), poids))


def _valeurs(travail: np.ndarray, poids: np.ndarray) -> np.ndarray:
    """La valeur de chaque ligne de travail cumulé (… × compétences)."""
    return (
        sum(np.clip(travail - rang, 0, 1) * rendement for rang, rendement in enumerate(RENDEMENTS))
        @ poids
    )


def _resoudre(
    apports, poids, parcours: pd.DataFrame, limites: tuple[int, int], imposes: np.ndarray
) -> np.ndarray:
    """Les parcours pris. Variables : x (pris ou non), puis les parts de travail de chaque
    compétence, une par rendement."""
    nb, nc, ns = len(parcours), len(poids), len(RENDEMENTS)
    if nb == 0:
        return np.zeros(0, dtype=bool)
    durees, parts = parcours["minutes"].to_numpy(float), np.zeros(nc * ns)
    gains = np.concatenate([np.zeros(nb), *[poids * rendement for rendement in RENDEMENTS]])
    cumul = hstack([csr_array(-apports.T), *[csr_array(np.eye(nc))] * ns])  # Σ parts ≤ Σ apports
    budgets = csr_array([np.concatenate([durees, parts]), np.concatenate([np.ones(nb), parts])])
    solution = milp(
        -gains,
        constraints=LinearConstraint(
            vstack([cumul, budgets]), -np.inf, np.concatenate([np.zeros(nc), limites])
        ),
        bounds=Bounds(np.concatenate([imposes.astype(float), parts]), np.ones(nb + nc * ns)),
        integrality=np.concatenate([np.ones(nb), parts]),
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
    pris, ordre = (
        pris.copy(),
        np.lexsort((np.arange(len(durees)), durees)),
    )  # du plus court au plus long
    atteinte = valeur_de(apports[pris], poids)
    for rang in np.flatnonzero(pris & ~imposes):
        pris[rang] = False
        reste = apports[pris].sum(axis=0)
        if _valeurs(reste, poids) >= atteinte - 1e-9:
            continue
        egaux = (
            (_valeurs(reste + apports, poids) >= atteinte - 1e-9) & (durees <= durees[rang]) & ~pris
        )
        pris[next(candidat for candidat in ordre if egaux[candidat])] = True
    return pris


def _ordonner(choisis: pd.DataFrame, codes: list[str], poids: np.ndarray) -> pd.DataFrame:
    """Du plus utile au moins utile, chacun jugé sur ce qu'il ajoute aux précédents."""
    apports, restent, ordre = couverture(choisis, codes), list(range(len(choisis))), []
    while restent:
        meilleur = max(
            restent, key=lambda rang: (round(valeur_de(apports[[*ordre, rang]], poids), 9), -rang)
        )
        ordre.append(meilleur)
        restent.remove(meilleur)
    return choisis.iloc[ordre].reset_index(drop=True)


def _expliquer(liste: pd.DataFrame, besoins: pd.DataFrame) -> pd.DataFrame:
    en_besoin = besoins[besoins["besoin"] > 0].set_index("competence")
    lignes = []
    for rang, ligne in enumerate(liste.itertuples(), start=1):
        servis = [code for code in en_besoin.index if code in ligne.acquis]
        raison = (
            f"couvre {accord(len(servis), 'besoin')} sur {len(en_besoin)} en {ligne.minutes} min : "
        )
        raison += enumerer([_dire(code, en_besoin.loc[code]) for code in servis], 4)
        if ligne.minutes_supposees:
            raison += " ; durée supposée"
        if ligne.competences_deduites:
            raison += " ; compétences déduites du nom"
        lignes.append(
            {
                "rang": rang,
                "parcours": ligne.parcours,
                "minutes": ligne.minutes,
                "besoins_couverts": len(servis),
                "competences": ", ".join(servis),
                "raison": raison,
            }
        )
    return pd.DataFrame(
        lignes, columns=["rang", "parcours", "minutes", "besoins_couverts", "competences", "raison"]
    )


def _dire(code: str, besoin: pd.Series) -> str:
    if not besoin["testee"]:
        return f"{code} jamais testée"
    sous = accord(int(besoin["nb_sous"]), "élève")
    return f"{sous} sur {besoin['effectif']} sous l'objectif en {code}"


def _suivant(
    autres: pd.DataFrame, choisis: pd.DataFrame, codes: list[str], poids: np.ndarray
) -> str | None:
    """Le parcours restant qui ajouterait le plus par minute."""
    base, apports = couverture(choisis, codes), couverture(autres, codes)
    depart = valeur_de(base, poids)
    gains = [
        (valeur_de(np.vstack([base, a]), poids) - depart) / m
        for a, m in zip(apports, autres["minutes"], strict=True)
    ]
    return autres["parcours"].iloc[int(np.argmax(gains))] if gains and max(gains) > 1e-9 else None
