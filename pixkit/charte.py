"""Étage 0 — comment nombres, dates et couleurs se montrent en français, partout pareil."""

import re
from datetime import datetime

ESPACE = "\N{NARROW NO-BREAK SPACE}"
_COUPURES = re.compile("(?<=«) | (?=[;:?!»])")
AGE_ALERTE = 8
"""Jours au-delà desquels des données passent à l'ambre (besoins : les chiffres périmés trompent).
"""

SOUS, SUR, NEUTRE, MANQUE = "#b35806", "#2166ac", "#555555", "#e6e6e6"
"""Sous la référence (orangé), au-dessus (bleu), sans jugement, et ce qui manque : lisibles par un
daltonien, et en gris."""

DEGRADE = "YlGnBu"
ETATS = {
    "envoye": ("envoyé", "#2166ac"),
    "envoye_sans_detail": ("envoyé, détail effacé", "#92c5de"),
    "termine_non_envoye": ("terminé, non envoyé", "#fdb863"),
    "en_cours": ("en cours", "#b35806"),
    "peut_etre": ("envoyé ou non : trop peu d'élèves pour le dire", "#d1e5f0"),
    "jamais_commence": ("jamais commencé", "#b0b0b0"),
    "pas_envoye": ("pas encore envoyé", "#e6e6e6"),
    "hors_perimetre": ("hors périmètre", "#ffffff"),
}
"""Les états d'une participation, jamais mêlés : colonne → (libellé, couleur)."""

_MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_MOIS_COURTS = (
    "janv.", "févr.", "mars", "avril", "mai", "juin",
    "juill.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


def pourcentage(taux: float, decimales: int = 0) -> str:
    """0.125 → « 12,5 % »."""
    return f"{decimal(100 * taux, decimales)}{ESPACE}%"


def decimal(valeur: float, decimales: int = 1) -> str:
    """3.25 → « 3,3 » ; le zéro n'a pas de signe."""
    texte = f"{valeur:.{decimales}f}".replace(".", ",")
    return texte.removeprefix("-") if not float(texte.replace(",", ".")) else texte


def entier(nombre: int) -> str:
    """31866 → « 31 866 » ; quatre chiffres se lisent d'un trait."""
    return f"{nombre:,}".replace(",", ESPACE) if abs(nombre) >= 10_000 else str(nombre)


def ecart_en_mots(ecart: float, unite: str) -> str:
    """+0.04, « points » → « +4 points » ; -0.5, « niveaux » → « −0,5 niveau »."""
    texte = decimal(100 * ecart, 0) if unite == "points" else decimal(ecart, 1)
    signe = "" if texte.startswith("-") or not float(texte.replace(",", ".")) else "+"
    valeur = float(texte.replace(",", "."))
    mot = unite if abs(valeur) >= 2 else unite[:-1]
    return f"{signe}{texte.replace('-', '−')}{ESPACE}{mot}"


def accord(nombre: int, singulier: str, pluriel: str | None = None) -> str:
    """(1, « élève ») → « 1 élève » ; (3, « élève ») → « 3 élèves »."""
    return f"{nombre}{ESPACE}{singulier if nombre < 2 else pluriel or singulier + 's'}"


def conjuguer(nombre: int, singulier: str, pluriel: str, *, personne: str = "") -> str:
    """(1, « a envoyé », « ont envoyé ») → « 1 a envoyé » ; à 0, ce que l'on dit de `personne`."""
    if not nombre and personne:
        return personne
    return f"{nombre} {singulier if nombre < 2 else pluriel}"


def compter(nombre: int, singulier: str, pluriel: str | None = None, *, aucun: str) -> str:
    """Comme `accord` ; (0, …, aucun=« aucun nom à décider ») → « aucun nom à décider »."""
    return accord(nombre, singulier, pluriel) if nombre else aucun


def entre(bas: int, haut: int) -> str:
    """« 20 », ou « de 20 à 24 »."""
    return entier(bas) if bas == haut else f"de {entier(bas)} à {entier(haut)}"


def entre_taux(bas: float, haut: float) -> str:
    """« 80 % », « de 80 % à 96 % », « moins de 17 % », « plus de 83 % »."""
    if round(bas, 2) == round(haut, 2):
        return pourcentage(bas)
    if bas <= 0:
        return f"moins de {pourcentage(haut)}"
    suite = f"de {pourcentage(bas)} à {pourcentage(haut)}"
    return f"plus de {pourcentage(bas)}" if haut >= 1 else suite


def enumerer(noms: list[str], maximum: int = 20) -> str:
    """« Léa, Tom et Zoé » ; au-delà de `maximum`, « … et 12 autres »."""
    if len(noms) > maximum:
        noms = [*noms[: maximum - 1], f"{len(noms) - maximum + 1} autres"]
    return " et ".join(filter(None, (", ".join(noms[:-1]), *noms[-1:])))


def coller(texte: str) -> str:
    """Le même texte, qui ne se coupe pas avant « ; : ? ! », ni au bord d'un guillemet."""
    return _COUPURES.sub("\N{NO-BREAK SPACE}", texte)


def date_en_mots(date: datetime) -> str:
    """« 23 novembre 2026 »."""
    return f"{date.day if date.day > 1 else '1er'} {_MOIS[date.month - 1]} {date.year}"


def date_courte(date: datetime) -> str:
    """« 23 nov. » ; mai, juin et août ne s'abrègent pas."""
    return f"{date.day if date.day > 1 else '1er'}{ESPACE}{_MOIS_COURTS[date.month - 1]}"


def age_en_mots(date: datetime, maintenant: datetime) -> tuple[str, bool]:
    """L'âge des données en une phrase, et s'il faut s'en méfier (plus de 8 jours)."""
    jours = (maintenant.date() - date.date()).days
    proches = {0: "aujourd'hui", 1: "hier"}
    age = "date à venir" if jours < 0 else proches.get(jours, f"il y a {jours} jours")
    return f"Données du {date_en_mots(date)} ({age}).", jours > AGE_ALERTE
