"""Étage 1 — ce qu'un tableur fait aux identifiants : « 5E1 » devient 5,00E+01, « 5-1 » devient
05-janv, un INE un nombre.

Une classe n'est rétablie que si une seule lecture existe ; le reste se dit, avec les élèves
concernés.
"""

import re

SCIENTIFIQUE = re.compile(r"(\d+)(?:[.,](\d+)E\+?|E\+)0*(\d+)", re.I)
_JOUR_ET_MOIS = re.compile(
    r"\d{1,2}[-/. ](janv|f[eé]vr|mars|avr|mai|juin|juil|ao[uû]t|sept|oct|nov|d[eé]c)[a-zé]*\.?"
    r"(-\d\d)?|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d\d"
    r"|\d{1,2}[-/](jan|feb|apr|may|jun|jul|aug|sep|dec)"
    r"|\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d\d-\d\d.*",
    re.I,
)
_NOMBRE = re.compile(r"\d{4,}|[3-6]0+|\d+[.,]\d+")


def classe_retablie(classe: str) -> str | None:
    """« 5,00E+01 » → « 5E1 » ; None quand ce n'est pas un nombre à exposant, ou que plusieurs
    classes l'auraient donné."""
    trouve = SCIENTIFIQUE.fullmatch(classe.strip())
    if (
        not trouve or len(trouve[1]) > 1 or (trouve[2] or "").strip("0")
    ):  # 1,20E+03 : 12E2 ? 120E1 ?
        return None
    return f"{trouve[1]}E{trouve[3]}"


def classe_abimee(classe: str) -> bool:
    """Une classe qu'on ne sait pas rétablir : une date (05-janv), une série (46027), un nombre (5E2
    lu 500)."""
    propre = classe.strip()
    return bool(
        SCIENTIFIQUE.fullmatch(propre)
        or _JOUR_ET_MOIS.fullmatch(propre)
        or _NOMBRE.fullmatch(propre)
    )


def identifiant_perdu(identifiant: str) -> bool:
    """Un INE ou un numéro écrit « 7,76081E+10 » : des chiffres manquent pour toujours."""
    return SCIENTIFIQUE.fullmatch(identifiant.strip()) is not None
