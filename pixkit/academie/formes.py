"""Étage 4 et un dixième — la forme des agrégats d'un établissement, vérifiée avant de les croire.

Une publication arrive par courriel ou par une clé : ni ses types, ni ses nombres ne vont de soi.
Bibliothèque standard seule : cinq cents publications se relisent en quelques secondes.
"""

import json
import math
import re
from collections.abc import Callable, Mapping

from pixkit.grandeurs import MESURES, NIVEAU, TAUX
from pixkit.referentiel import NIVEAUX_SCOLAIRES, competences
from pixkit.tables import CAMPAGNES
from pixkit.vues.certifiables import PARTS

Table = dict[str, list]
_CLASSE = {"campagne": str, "niveau_scolaire": str, "classe": str}
_COLONNES: dict[str, dict[str, type]] = {
    "campagnes": {"campagne": str, "type_campagne": str, "annee_scolaire": str},
    "participation": _CLASSE | {"attendus": int, "envoyes_bas": int, "envoyes_haut": int},
    "maitrise": _CLASSE
    | {"competence": str, "mesure": str, "effectif": int, "au_moins": bool, "valeur": float,
       "borne": str, "poids": int},
    "etapes": _CLASSE
    | {"attendus": int, "termines_bas": int, "termines_haut": int, "commences_bas": int,
       "commences_haut": int},
    "dispersion": _CLASSE
    | {"part": str, "effectif": int, "au_moins": bool, "taux_bas": float, "taux_haut": float},
    "certification": _CLASSE
    | {"annee_scolaire": str, "part": str, "effectif": int, "au_moins": bool, "taux_bas": float,
       "taux_haut": float},
}  # fmt: skip
"""{table: {colonne lue: son type}} ; les autres (`ecarts`, `tus`…) se déduisent, ou se taisent."""
_TYPES = {str: {str}, int: {int}, bool: {bool}, float: {int, float}}
_PERMIS: dict[str, set[str]] = {
    "niveau_scolaire": {"", *NIVEAUX_SCOLAIRES},
    "type_campagne": {*CAMPAGNES},
    "competence": {*competences()},
    "mesure": {TAUX.nom, NIVEAU.nom},
    "borne": {"", "<", ">"},
    "part": {*PARTS},
}
LUES = tuple(_COLONNES)
_NEUVES = {"etapes", "dispersion"}
"""Celles qu'une publication d'avant n'a pas : elle est réunie sans elles."""
_PLUS_GRAND = 1_000_000
"""Aucun groupe d'un établissement n'a tant d'élèves, ni un acquis tant de poids."""


def lire_agregats(fichiers: Mapping[str, bytes], effectif_min: int) -> dict[str, Table]:
    """{table: {colonne: valeurs}} de ce que l'on réunit.

    Lève ValueError, qui nomme la première colonne qui ne peut pas venir de « pixkit publier ».
    """
    tables = {nom: _lire(nom, fichiers) for nom in LUES}
    for nom, table in tables.items():
        for colonne, permis in _PERMIS.items():
            _exiger(set(table.get(colonne, ())) <= permis, nom, colonne)
        annees = set(table.get("annee_scolaire", ()))
        _exiger(all(re.fullmatch(r"(\d{4}-\d{4})?", un) for un in annees), nom, "annee_scolaire")
    codes = tables["campagnes"]["campagne"]
    _exiger(len(codes) == len({*codes}), "campagnes", "campagne")
    _verifier_les_nombres(tables, effectif_min)
    return tables


def _lire(nom: str, fichiers: Mapping[str, bytes]) -> Table:
    chemin = f"agregats/{nom}.json"
    if nom in _NEUVES and chemin not in fichiers:
        return {colonne: [] for colonne in _COLONNES[nom]}
    try:
        lignes = json.loads(fichiers[chemin])
        if not isinstance(lignes, list):
            raise TypeError(type(lignes))
        return {
            colonne: _convertir([ligne[colonne] for ligne in lignes], genre)
            for colonne, genre in _COLONNES[nom].items()
        }
    except (LookupError, TypeError, ValueError, RecursionError) as erreur:
        raise ValueError(f"« {chemin} »") from erreur


def _convertir(valeurs: list, genre: type) -> list:
    """Lève TypeError si l'une n'est pas de ce genre ; un texte absent est vide."""
    if genre is str:
        valeurs = ["" if valeur is None else valeur for valeur in valeurs]
    if not {type(valeur) for valeur in valeurs} <= _TYPES[genre]:
        raise TypeError(genre)
    return valeurs


def _verifier_les_nombres(tables: Mapping[str, Table], effectif_min: int) -> None:
    venus, cases, etapes = (tables[nom] for nom in LUES[1:4])
    _exiger(_croissent(0, venus["envoyes_bas"], venus["envoyes_haut"], venus["attendus"]),
            "participation", "envoyes_bas")  # fmt: skip
    # Une classe plus petite ne se publie pas (`regle`).
    _exiger(_tous(lambda nombre: 2 * effectif_min - 1 <= nombre < _PLUS_GRAND, venus["attendus"]),
            "participation", "attendus")  # fmt: skip
    etendues = [MESURES[nom].etendue for nom in cases["mesure"]]
    _exiger(_croissent(0, cases["valeur"], etendues), "maitrise", "valeur")
    _exiger(_tous(lambda nombre: effectif_min <= nombre < _PLUS_GRAND, cases["effectif"]),
            "maitrise", "effectif")  # fmt: skip
    _exiger(_tous(lambda nombre: 1 <= nombre < _PLUS_GRAND, cases["poids"]), "maitrise", "poids")
    for etape in ("termines", "commences"):
        bornes = (etapes[f"{etape}_{cote}"] for cote in ("bas", "haut"))
        _exiger(_croissent(0, *bornes, etapes["attendus"]), "etapes", f"{etape}_bas")
    _exiger(_tous(lambda nombre: 2 * effectif_min - 1 <= nombre < _PLUS_GRAND, etapes["attendus"]),
            "etapes", "attendus")  # fmt: skip
    for nom in ("dispersion", "certification"):
        parts = tables[nom]
        pleins = [1.0] * len(parts["part"])
        _exiger(_croissent(0, parts["taux_bas"], parts["taux_haut"], pleins), nom, "taux_bas")
        _exiger(_tous(lambda nombre: 1 <= nombre < _PLUS_GRAND, parts["effectif"]),
                nom, "effectif")  # fmt: skip


def _tous(est_permis: Callable[[float], bool], valeurs: list) -> bool:
    return all(map(est_permis, {*valeurs}))


def _croissent(depuis: float, *colonnes: list) -> bool:
    """Chaque ligne va-t-elle en croissant, de `depuis` ? Un nombre qui n'en est pas un, non."""
    return all(
        all(map(math.isfinite, ligne))
        and all(un <= autre + 1e-9 for un, autre in zip((depuis, *ligne), ligne, strict=False))
        for ligne in {*zip(*colonnes, strict=True)}
    )


def _exiger(juste: bool, table: str, colonne: str) -> None:
    if not juste:
        raise ValueError(f"« {colonne} » de « agregats/{table}.json »")


def garder(table: Table, choix: list[bool]) -> Table:
    """Les lignes choisies."""
    return {
        nom: [valeur for valeur, oui in zip(valeurs, choix, strict=True) if oui]
        for nom, valeurs in table.items()
    }
