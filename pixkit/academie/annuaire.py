"""Étage 4 et un dixième — qui est chaque établissement : `etablissements.csv`, que tient
l'académie."""

import re
from dataclasses import dataclass
from pathlib import Path

from pixkit.memoire import lire_lignes
from pixkit.referentiel import NIVEAUX_SCOLAIRES, normaliser

NOM = "etablissements.csv"
COLONNES = ["dossier", "nom", "uai", "departement", "type"]
_TYPES = {
    "collège": ("college", "clg"),
    "LGT": ("lgt", "lycee", "lycee general et technologique"),
    "LP": ("lp", "lycee professionnel"),
    "agricole": ("agricole", "lycee agricole", "legta", "lpa"),
}
"""{type: ses graphies, sans accents ni casse}"""
_CLES = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""La dernière lettre d'un UAI est le reste de ses sept chiffres par 23."""
_ATTENDU = "les colonnes dossier;nom;uai;departement;type[;academie][;niveau]."


@dataclass(frozen=True)
class Etablissement:
    """Une ligne de l'annuaire. `niveau` est celui des classes qui n'en disent aucun."""

    dossier: str
    nom: str
    uai: str
    departement: str
    type: str
    academie: str = ""
    niveau: str = ""


def lire_annuaire(chemin: str | Path) -> tuple[dict[str, Etablissement], list[str]]:
    """({dossier: établissement}, ce qui ne se comprend pas, une phrase par ligne).

    Lève FichierIllisible s'il manque une colonne, ou si aucune ligne ne se comprend.
    """
    annuaire: dict[str, Etablissement] = {}

    def ajouter(ligne: dict[str, str]) -> None:
        lu = _etablissement(ligne)
        if lu.dossier in annuaire:
            raise ValueError(f"« {lu.dossier} » est déjà décrit plus haut")
        annuaire[lu.dossier] = lu

    absent = "écrivez-le, ou donnez son chemin après --etablissements."
    defauts = lire_lignes(Path(chemin), COLONNES, ajouter, attendu=_ATTENDU, absent=absent)
    return annuaire, defauts


def _etablissement(ligne: dict[str, str]) -> Etablissement:
    """Lève ValueError, qui dit ce qui ne se comprend pas."""
    dits = {nom: (ligne.get(nom) or "").strip() for nom in (*COLONNES, "academie", "niveau")}
    vides = [nom for nom in COLONNES if not dits[nom]]
    if vides:
        raise ValueError(f"rien dans {', '.join(vides)}")
    dits["dossier"] = dits["dossier"].replace("\\", "/").strip("/")
    dits["uai"] = _uai(dits["uai"])
    dits["departement"] = _departement(dits["departement"])
    dits["type"] = _type(dits["type"])
    if dits["niveau"] not in ("", *NIVEAUX_SCOLAIRES):
        raise ValueError(
            f"le niveau « {dits['niveau']} » n'est pas l'un de : {', '.join(NIVEAUX_SCOLAIRES)}"
        )
    return Etablissement(**dits)


def _uai(texte: str) -> str:
    uai = texte.upper().replace(" ", "")
    if not re.fullmatch(r"[0-9]{7}[A-Z]", uai):
        raise ValueError(f"l'UAI « {texte} » n'a pas sept chiffres et une lettre")
    if uai[-1] != _CLES[int(uai[:7]) % len(_CLES)]:
        raise ValueError(f"l'UAI « {texte} » a une faute : sa lettre ne va pas avec ses chiffres")
    return uai


def _departement(texte: str) -> str:
    code = texte.upper().zfill(2)  # un tableur ôte le zéro de « 01 »
    if not re.fullmatch(r"[0-9]{2,3}|2[AB]", code):
        raise ValueError(f"le département « {texte} » n'est pas un numéro (21, 2A, 974)")
    return code


def _type(texte: str) -> str:
    for type_, graphies in _TYPES.items():
        if normaliser(texte) in graphies:
            return type_
    raise ValueError(f"le type « {texte} » n'est pas l'un de : {', '.join(_TYPES)}")
