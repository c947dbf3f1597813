"""Étage 2 — la plus utile des listes de parcours sous un temps donné, et ses raisons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pixkit.charte import accord, enumerer
from pixkit.erreurs import ChoixInconnu
from pixkit.parcours.catalogue import couverture
from pixkit.parcours.valeur import Valeur, valeur_de

_PREFERENCE = ["minutes", "competences_deduites", "parcours"]
"""À valeur égale : le plus court, puis ce qui est sourcé avant ce qui est déduit d'un nom, puis le
premier par le nom, quel que soit l'ordre du catalogue."""


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
    """La liste de parcours qui sert le mieux ces besoins (voir `valeur`) en `minutes` au plus, et
    `maximum` parcours au plus.

    `gardes` : parcours imposés ; `bannis` : écartés. À valeur égale, le moins de minutes, puis les
    premiers par le nom : le même choix chaque fois. Lève ChoixInconnu si un parcours imposé
    n'existe pas, si les imposés dépassent le temps, ou si une durée manque.
    """
    _verifier_listes(parcours, gardes, bannis)
    _verifier_durees(parcours)
    _verifier_temps(parcours, minutes, maximum, gardes)
    codes, poids = besoins["competence"].tolist(), besoins["besoin"].to_numpy(float)
    permis = parcours[~parcours["parcours"].isin(bannis)].sort_values(_PREFERENCE)
    apports, imposes = couverture(permis, codes), permis["parcours"].isin(gardes).to_numpy()
    utiles = (apports @ poids > 0) | imposes
    libres, apports, imposes = permis[utiles], apports[utiles], imposes[utiles]
    durees = libres["minutes"].to_numpy(float)
    limites = (minutes, len(libres) if maximum is None else maximum)
    # scipy.optimize : un tiers de seconde, que l'ouverture d'une page n'attend pas.
    from pixkit.parcours.resoudre import resoudre  # noqa: PLC0415

    pris = resoudre(apports, poids, durees, imposes, limites)
    ordre = np.flatnonzero(pris)[_ordre(apports[pris], poids)]
    touchees = apports[pris].any(axis=0)
    return Choix(
        _expliquer(libres.iloc[ordre], apports[ordre] > 0, besoins),
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


def _verifier_durees(parcours: pd.DataFrame) -> None:
    durees = parcours["minutes"].to_numpy(float, na_value=np.nan)
    sans = sorted(parcours["parcours"][~(durees > 0)])
    if sans:
        raise ChoixInconnu(
            f"le parcours « {sans[0]} », sans durée.",
            "un nombre de minutes positif.",
            "donnez-lui une durée, ou retirez-le du catalogue.",
        )


def _verifier_temps(
    parcours: pd.DataFrame, minutes: int, maximum: int | None, gardes: Sequence[str]
) -> None:
    for quoi, valeur in (("minutes", minutes), ("parcours au plus", maximum)):
        if valeur is not None and not valeur >= 0:
            que_faire = "donnez un nombre positif."
            raise ChoixInconnu(f"{valeur} {quoi}.", "zéro au moins.", que_faire)
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


def _ordre(apports: np.ndarray, poids: np.ndarray) -> list[int]:
    """Du plus utile au moins utile, chacun jugé sur ce qu'il ajoute aux précédents."""
    valeur, ordre = Valeur.de(poids), []
    while len(ordre) < len(apports):
        ajouts = valeur.ajouts(apports[ordre], apports).round(9)
        ajouts[ordre] = -1
        ordre.append(int(ajouts.argmax()))
    return ordre


def _expliquer(liste: pd.DataFrame, travaille: np.ndarray, besoins: pd.DataFrame) -> pd.DataFrame:
    """`travaille` : parcours × compétences, vrai où il apporte quelque chose."""
    en_besoin = besoins["besoin"].to_numpy() > 0
    codes, dits = besoins["competence"].to_numpy(), np.array(_dire(besoins), dtype=object)
    lignes = []
    for rang, (ligne, siennes) in enumerate(zip(_lignes(liste), travaille, strict=True), start=1):
        nom, minutes, supposees, deduites = ligne
        servis = en_besoin & siennes
        raison = f"couvre {accord(servis.sum(), 'besoin')} sur {en_besoin.sum()} en {minutes} min"
        raison += f" : {enumerer(dits[servis].tolist(), 4)}" if servis.any() else ""
        raison += " ; durée supposée" if supposees else ""
        raison += " ; compétences déduites du nom" if deduites else ""
        lignes.append((rang, nom, minutes, servis.sum(), ", ".join(codes[servis]), raison))
    colonnes = ["rang", "parcours", "minutes", "besoins_couverts", "competences", "raison"]
    return pd.DataFrame(lignes, columns=colonnes)


def _lignes(liste: pd.DataFrame) -> Iterator[tuple]:
    dits = ("parcours", "minutes", "minutes_supposees", "competences_deduites")
    return zip(*(liste[nom] for nom in dits), strict=True)


def _dire(besoins: pd.DataFrame) -> list[str]:
    """Ce que l'on dit de chaque compétence."""
    dits = (besoins[nom] for nom in ("competence", "nb_sous", "effectif", "testee"))
    return [
        f"{accord(sous, 'élève')} sur {effectif} sous l'objectif en {code}"
        if testee
        else f"{code} jamais testée"
        for code, sous, effectif, testee in zip(*dits, strict=True)
    ]


def _suivant(
    libres: pd.DataFrame, pris: np.ndarray, apports: np.ndarray, poids: np.ndarray
) -> str | None:
    """Le parcours restant qui ajouterait le plus par minute."""
    ajouts = Valeur.de(poids).ajouts(apports[pris], apports) / libres["minutes"].to_numpy(float)
    ajouts = np.where(pris, 0.0, ajouts.round(9))
    return libres["parcours"].iloc[ajouts.argmax()] if ajouts.any() else None
