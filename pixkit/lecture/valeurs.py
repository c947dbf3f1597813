"""Étage 1 — des textes aux valeurs. Chaque texte distinct d'une colonne n'est converti qu'une fois.

Une conversion rend la valeur, None quand elle manque (« NA », vide), et lève ValueError quand elle
ne se comprend pas.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from pixkit.grilles import Colonne
from pixkit.referentiel import normaliser
from pixkit.tables import ETATS_ACQUIS, FUSEAU

MANQUANTS = {"", "NA", "N/A", "#N/A"}
_PARIS = ZoneInfo(FUSEAU)
_GARDE_FORMULE = re.compile(r"'(?=[-@=+])")
_OUI_NON = dict.fromkeys(("oui", "o", "yes", "y", "vrai", "true"), True) | dict.fromkeys(
    ("non", "n", "no", "faux", "false"), False
)
_ETATS = {"ko": 0, "ok": 1} | dict.fromkeys(("non testé", "non teste", "not tested"), 2)
"""Des rangs dans ETATS_ACQUIS."""
_HEURE = r"(?:[ T]+(\d{1,2})[:h](\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AP]M)?)?"
_JOUR_MOIS = re.compile(rf"(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}|\d{{2}}){_HEURE}()", re.I)
_ISO = re.compile(rf"(\d{{4}})[-/](\d{{2}})[-/](\d{{2}}){_HEURE}\s*(Z|[+-]\d{{2}}:?\d{{2}})?", re.I)
_MOIS = {
    debut: rang
    for debuts in (
        ("janv", "fevr", "mars", "avr", "mai", "juin", "juil", "aout", "sep", "oct", "nov", "dec"),
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    )
    for rang, debut in enumerate(debuts, start=1)
}
"""Comment commence un mois, en français et en anglais."""
_EN_LETTRES = re.compile(
    r"(?:(?:lun|mar|mer|jeu|ven|sam|dim)[a-z]*\.? )?(\d{1,2})(?:er)?[ -]"
    rf"({'|'.join(_MOIS)})[a-z]*\.?[ -](\d{{4}}|\d{{2}})\b(?: a\b)?"
)
"""« lundi 5 octobre 2026 à 15:14 », « 05-oct.-26 » : un format de date d'un tableur."""
_SERIE = re.compile(r"[2-6]\d{4}(?:[.,]\d+)?")
_ORIGINE_DES_SERIES = datetime(1899, 12, 30)
"""Le jour 0 des tableurs : 41640 est le 1er janvier 2014."""


def convertir(
    colonne: Colonne, conversion: Callable[[str], Any], manquant: Any, genre: Any
) -> tuple[np.ndarray, list[tuple[str, np.ndarray]]]:
    """(les valeurs de la colonne, [(motif, cellules)] de ses textes incompréhensibles)."""
    textes, codes, ecrits = colonne.textes, colonne.codes, colonne.ecrits()
    valeurs, motifs = {}, {}
    for ecrit in {textes[code] for code in ecrits}:
        try:
            valeur = conversion(ecrit)
        except ValueError as erreur:
            motifs[ecrit] = str(erreur)
        else:
            valeurs[ecrit] = manquant if valeur is None else valeur
    converties = np.fromiter((valeurs.get(t, manquant) for t in textes), genre, len(textes))
    fautes = [(motifs[textes[c]], codes == c) for c in ecrits if textes[c] in motifs]
    return converties[codes], fautes


def texte(cellule: str) -> str | None:
    """Le texte tel quel, sans l'apostrophe que Pix met devant - @ = + ; « NA » reste un nom comme
    un autre."""
    return (cellule[1:] if _GARDE_FORMULE.match(cellule) else cellule) or None


@cache
def nombre(cellule: str) -> float | None:
    """« 0,72 », « 0.72 », « 72 », « 72 % » (qui vaut 0,72) ; jamais négatif."""
    propre = cellule.strip().replace("\u202f", "").replace("\xa0", "").replace(" ", "")
    if propre in MANQUANTS:
        return None
    pourcent = propre.endswith("%")
    propre = propre.rstrip("%").replace(",", ".")
    if not re.fullmatch(r"\d+(\.\d+)?|\.\d+", propre):
        raise ValueError(f"« {cellule[:20]} » au lieu d'un nombre positif")
    if len(propre.partition(".")[0]) > 9:
        raise ValueError(f"« {cellule[:20]} » au lieu d'un nombre vraisemblable")
    return round(float(propre) / 100, 5) if pourcent else float(propre)


def entier(maximum: float = math.inf) -> Callable[[str], float | None]:
    """Un entier de 0 à `maximum` (« 4,0 » d'un tableur vaut 4)."""

    def conversion(cellule: str) -> float | None:
        valeur = nombre(cellule)
        if valeur is None or (valeur.is_integer() and valeur <= maximum):
            return valeur
        attendu = "un entier" if math.isinf(maximum) else f"un entier de 0 à {maximum:.0f}"
        raise ValueError(f"« {cellule[:20]} » au lieu d'{attendu}")

    return conversion


def parmi(connus: Mapping[str, Any], attendu: str) -> Callable[[str], Any]:
    """Un des textes connus, sans égard à la casse."""

    def conversion(cellule: str) -> Any:
        propre = cellule.strip()
        if propre in MANQUANTS:
            return None
        if propre.casefold() not in connus:
            raise ValueError(f"« {cellule[:20]} » au lieu de {attendu}")
        return connus[propre.casefold()]

    return conversion


oui_non = parmi(_OUI_NON, "Oui ou Non")
"""« Oui », « Non », « Yes », « No » et ce qu'un tableur en fait."""
etat_acquis = parmi(_ETATS, ", ".join(ETATS_ACQUIS))
"""Le rang d'un état dans ETATS_ACQUIS."""


def instant(
    *, heure_de_paris: bool, fin: bool, mois_dabord: bool = False
) -> Callable[[str], datetime | None]:
    """Une date de Pix. `heure_de_paris` vaut pour les dates ISO avec heure et sans zone (UTC
    jusqu'à fin 2024).

    L'heure répétée du passage à l'heure d'hiver se lit au plus tôt pour un début, au plus tard pour
    une `fin` : c'est la seule lecture sous laquelle aucun envoi ne précède son début.
    """

    def conversion(cellule: str) -> datetime | None:
        if cellule.strip() in MANQUANTS:
            return None
        lue, decalage = _date(cellule, mois_dabord)
        if lue is None:
            raise ValueError(f"« {cellule[:20]} » au lieu d'une date JJ/MM/AAAA HH:MM")
        en_utc = not heure_de_paris and _ISO.fullmatch(cellule.strip())
        zone = _zone(decalage) if decalage else UTC if en_utc else _PARIS
        if sans_heure(cellule):
            zone = UTC  # les dates sans heure sont des jours UTC (exports d'avant décembre 2024)
        return lue.replace(tzinfo=zone, fold=int(fin)).astimezone(UTC)

    return conversion


def jour(cellule: str, *, mois_dabord: bool = False) -> date | None:
    """« 04/01/2014 », « 4/1/14 », « 2014-01-04 », « 41643 », suivis ou non d'une heure ; None quand
    ce n'est pas une date."""
    try:
        lue, _ = _date(cellule, mois_dabord)
    except ValueError:
        return None
    return lue.date() if lue else None


def _date(cellule: str, mois_dabord: bool) -> tuple[datetime | None, str | None]:
    """(la date, le décalage écrit) ; lève ValueError quand le calendrier ne la connaît pas."""
    propre = cellule.strip()
    if _SERIE.fullmatch(propre):
        minutes = round(float(propre.replace(",", ".")) * 24 * 60)
        return _ORIGINE_DES_SERIES + timedelta(minutes=minutes), None
    trouve = _JOUR_MOIS.fullmatch(propre) or _ISO.fullmatch(propre) or _en_lettres(propre)
    if not trouve:
        return None, None
    (an, mois, jj), decalage = _jour_ecrit(trouve, mois_dabord), trouve[8] or None
    try:
        if not 1900 <= an <= 2200 or (decalage and abs(int(decalage[1:3] or 0)) > 14):
            raise ValueError
        return datetime(an, mois, jj, *_heure_ecrite(trouve)), decalage
    except ValueError:
        raise ValueError(f"« {cellule[:20]} » n'est pas une date du calendrier") from None


def _en_lettres(propre: str) -> re.Match | None:
    """La même date en chiffres, si son mois est écrit en lettres."""
    sans_accents = normaliser(propre)
    trouve = _EN_LETTRES.match(sans_accents)
    if not trouve:
        return None
    jj, mois, an = int(trouve[1]), _MOIS[trouve[2]], _annee(trouve[3])
    return _ISO.fullmatch(f"{an}-{mois:02}-{jj:02}{sans_accents[trouve.end() :]}")


def _annee(ecrite: str) -> int:
    siecle = 0 if len(ecrite) == 4 else 2000 if int(ecrite) < 50 else 1900
    return siecle + int(ecrite)


def _heure_ecrite(trouve: re.Match) -> tuple[int, int, int]:
    """(heures, minutes, secondes)."""
    heure, minute, seconde = (int(partie or 0) for partie in trouve.group(4, 5, 6))
    if trouve[7]:  # 9:10 PM
        heure = heure % 12 + 12 * (trouve[7].upper() == "PM")
    return heure, minute, seconde


def _jour_ecrit(trouve: re.Match, mois_dabord: bool) -> tuple[int, int, int]:
    """(an, mois, jour)."""
    if trouve.re is _ISO:
        return tuple(map(int, trouve.group(1, 2, 3)))
    jj, mois = map(int, trouve.group(1, 2))
    if mois_dabord or jj <= 12 < mois:  # 10/13/2026 n'a qu'une lecture
        jj, mois = mois, jj
    return _annee(trouve[3]), mois, jj


def mois_dabord(cellules: Iterable[str]) -> bool | None:
    """L'ordre d'une colonne de dates : « 10/13/2026 » ne peut être qu'un mois d'abord ; None quand
    aucune ne tranche."""
    trouves = filter(None, (_JOUR_MOIS.match(cellule.strip()) for cellule in cellules))
    paires = [(int(trouve[1]), int(trouve[2])) for trouve in trouves]
    if any(premier > 12 for premier, _ in paires):
        return False
    return True if any(second > 12 for _, second in paires) else None


def _zone(decalage: str) -> timezone:
    if decalage.upper() == "Z":
        return UTC
    signe = -1 if decalage[0] == "-" else 1
    return timezone(signe * timedelta(hours=int(decalage[1:3]), minutes=int(decalage[-2:])))


def sans_heure(cellule: str) -> bool:
    """La date s'arrête-t-elle au jour ?"""
    serie = _SERIE.fullmatch(cellule.strip())
    return not re.search("[.,]" if serie else r"\d[:h]", cellule)


def echelles(taux: np.ndarray, attendus: np.ndarray) -> np.ndarray:
    """1 ou 100 par colonne : un tableur a-t-il réécrit ces taux en pourcentages ?

    Jamais sans une valeur plus grande que 1 ; les décomptes, s'il y en a, tranchent.
    """
    with np.errstate(invalid="ignore"):
        ratios = np.sum(np.abs(taux - attendus) < 0.011, axis=0)
        pourcents = np.sum(np.abs(taux / 100 - attendus) < 0.011, axis=0)
        grands, fractions = np.sum(taux > 2, axis=0), np.sum((taux > 0) & (taux < 1), axis=0)
        au_dela = (taux > 1).any(axis=0)
    sans_indice = (ratios == 0) & (pourcents == 0)
    return np.where(au_dela & np.where(sans_indice, grands > fractions, pourcents > ratios), 100, 1)
