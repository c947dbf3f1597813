"""Étage 1 — des textes aux valeurs. Chaque texte distinct d'une colonne n'est converti qu'une fois.

Une conversion rend la valeur, None quand elle manque (« NA », vide), et lève ValueError quand elle ne se comprend pas.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from pixkit.tables import FUSEAU

MANQUANTS = {"", "NA", "N/A", "#N/A"}
_PARIS = ZoneInfo(FUSEAU)
_GARDE_FORMULE = re.compile(r"'(?=[-@=+])")
_OUI_NON = dict.fromkeys(("oui", "o", "yes", "y", "vrai", "true"), True) | dict.fromkeys(
    ("non", "n", "no", "faux", "false"), False
)
_JOUR_MOIS = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:[ T]+(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?")


def texte(cellule: str) -> str | None:
    """Le texte tel quel, sans l'apostrophe que Pix met devant - @ = + ; « NA » reste un nom comme un autre."""
    return (cellule[1:] if _GARDE_FORMULE.match(cellule) else cellule) or None


class Conversion(dict):
    """{cellule: valeur}, remplie à la demande : chaque texte distinct n'est converti qu'une fois.

    Une cellule incompréhensible vaut `manquant` ; son motif est dans `motifs`.
    """

    def __init__(self, conversion: Callable[[str], Any], manquant: Any):
        super().__init__()
        self.conversion, self.manquant = conversion, manquant
        self.motifs: dict[str, str] = {}

    def __missing__(self, cellule: str) -> Any:
        try:
            valeur = self.conversion(cellule)
        except ValueError as erreur:
            valeur, self.motifs[cellule] = None, str(erreur)
        self[cellule] = self.manquant if valeur is None else valeur
        return self[cellule]


def nombre(cellule: str) -> float | None:
    """« 0,72 », « 0.72 », « 72 », « 72 % » (qui vaut 0,72) ; jamais négatif."""
    propre = cellule.strip().replace("\u202f", "").replace("\xa0", "").replace(" ", "")
    if propre in MANQUANTS:
        return None
    pourcent = propre.endswith("%")
    propre = propre.rstrip("%").replace(",", ".")
    if not re.fullmatch(r"\d+(\.\d+)?|\.\d+", propre):
        raise ValueError(f"« {cellule[:20]} » au lieu d'un nombre positif")
    return _diviser_par_100(float(propre)) if pourcent else float(propre)


def entier(maximum: float = math.inf) -> Callable[[str], float | None]:
    """Un entier de 0 à `maximum` (« 4,0 » d'un tableur vaut 4)."""

    def conversion(cellule: str) -> float | None:
        valeur = nombre(cellule)
        if valeur is None or (valeur.is_integer() and valeur <= maximum):
            return valeur
        attendu = "un entier" if math.isinf(maximum) else f"un entier de 0 à {maximum:.0f}"
        raise ValueError(f"« {cellule[:20]} » au lieu d'{attendu}")

    return conversion


def oui_non(cellule: str) -> bool | None:
    """« Oui », « Non », « Yes », « No » et ce qu'un tableur en fait."""
    propre = cellule.strip()
    if propre in MANQUANTS:
        return None
    try:
        return _OUI_NON[propre.casefold()]
    except KeyError:
        raise ValueError(f"« {cellule[:20]} » au lieu de Oui ou Non") from None


def instant(*, heure_de_paris: bool, fin: bool) -> Callable[[str], datetime | None]:
    """Une date de Pix. `heure_de_paris` vaut pour les dates ISO avec heure et sans zone (UTC jusqu'à fin 2024).

    L'heure répétée du passage à l'heure d'hiver se lit au plus tôt pour un début, au plus tard pour une `fin` : c'est
    la seule lecture sous laquelle aucun envoi ne précède son début.
    """

    @cache
    def conversion(cellule: str) -> datetime | None:
        propre = cellule.strip()
        if propre in MANQUANTS:
            return None
        trouve = _JOUR_MOIS.fullmatch(propre)
        if trouve:
            jour, mois, an, *heure = trouve.groups()
            zone = _PARIS
        else:
            trouve = _ISO.fullmatch(propre)
            if not trouve:
                raise ValueError(f"« {cellule[:20]} » au lieu d'une date JJ/MM/AAAA HH:MM")
            an, mois, jour, *heure, decalage = trouve.groups()
            zone = _zone(decalage) if decalage else (_PARIS if heure_de_paris else UTC)
        an = f"20{an}" if len(an) == 2 else an
        if heure[0] is None:
            zone = UTC  # les dates sans heure sont des jours UTC (exports d'avant décembre 2024)
        try:
            date = datetime(int(an), int(mois), int(jour), *(int(h or 0) for h in heure), tzinfo=zone, fold=int(fin))
        except ValueError:
            raise ValueError(f"« {cellule[:20]} » n'est pas une date du calendrier") from None
        return date.astimezone(UTC)

    return conversion


def _zone(decalage: str) -> timezone:
    if decalage == "Z":
        return UTC
    signe = -1 if decalage[0] == "-" else 1
    return timezone(signe * timedelta(hours=int(decalage[1:3]), minutes=int(decalage[-2:])))


def sans_heure(cellule: str) -> bool:
    """La date s'arrête-t-elle au jour ?"""
    return ":" not in cellule and "h" not in cellule


def echelles(taux: np.ndarray, attendus: np.ndarray) -> np.ndarray:
    """1 ou 100 par colonne : un tableur a-t-il réécrit ces taux en pourcentages ? Les décomptes, s'il y en a, tranchent."""
    with np.errstate(invalid="ignore"):
        ratios = np.sum(np.abs(taux - attendus) < 0.011, axis=0)
        pourcents = np.sum(np.abs(taux / 100 - attendus) < 0.011, axis=0)
        grands, fractions = np.sum(taux > 2, axis=0), np.sum((taux > 0) & (taux < 1), axis=0)
    sans_indice = (ratios == 0) & (pourcents == 0)
    return np.where(np.where(sans_indice, grands > fractions, pourcents > ratios), 100, 1)


def _diviser_par_100(valeur: float) -> float:
    return round(valeur / 100, 5)
