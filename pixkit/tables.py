"""Étage 0 — les tables : leurs colonnes, leurs types, leurs titres, lus dans `colonnes.csv`.

L'ordre des colonnes est un contrat : d'autres programmes lisent ce qu'écrit `pixkit lire`.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # l'étage 0 ne charge pas pandas : `pixkit --aide` doit répondre tout de suite
    import pandas as pd

FUSEAU = "Europe/Paris"
ENVOIS = ("dernier", "premier", "meilleur")
CAMPAGNES = ("evaluation", "collecte")
"""Les natures de fichier qui sont des exports de campagne ; les autres sont des listes d'élèves, ou
des résultats de certification."""
EXPORTS = (*CAMPAGNES, "certification")
"""Les natures de fichier qui disent des résultats."""
STATUTS = ("validee", "non_obtenue", "annulee", "en_erreur", "demarree")
"""Ce qu'il advient d'une certification ; seule une validée a des niveaux."""
CERTITUDES = ("sure", "probable", "douteuse", "aucune")
"""Ce que vaut le lien entre un nom saisi dans Pix et un élève de la liste."""
LIENS_FERMES = CERTITUDES[:2]
BUTS = ("faibles", "certifiables", "angles-morts")
"""Ce que l'on peut chercher en choisissant des parcours."""
MOTEURS = ("pandas", "duckdb", "spark")
"""Ce qui peut compter : en mémoire, au-delà d'elle, sur plusieurs machines."""
PUBLICS = ("3e", "lycee", "capa", "btsa", "cpge")
"""Ceux qui se certifient, tels que les textes les nomment (`referentiel/publics.csv`)."""
ETATS_ACQUIS = ("KO", "OK", "Non testé")

TEXTE, CATEGORIE, ENTIER, REEL, BOOLEEN = "str", "category", "Int64", "Float64", "boolean"
INSTANT = f"datetime64[us, {FUSEAU}]"
JOUR = "datetime64[us]"
TYPES = {
    "texte": TEXTE, "entier": ENTIER, "reel": REEL, "booleen": BOOLEEN, "instant": INSTANT,
    "jour": JOUR, "objet": "object",
}  # fmt: skip
"""Les types du schéma ; une mesure, qui ne s'écrit pas, peut en donner un voisin (int64)."""
REPETITIVES = ("resultats", "acquis")
"""Des millions de lignes, peu de textes : ils s'y gardent en catégories."""


class Colonne(NamedTuple):
    """Une ligne de `colonnes.csv` : un nom, et ce qu'il veut dire dans ces `tables`.

    « * » : dans toute autre table qui le porte. Sans `nom`, `sens` est celui d'une ligne.
    """

    tables: list[str]
    nom: str
    type: str
    titre: str
    unite: str
    sens: str


def _lire() -> tuple[Colonne, ...]:
    with files(__package__).joinpath("colonnes.csv").open(encoding="utf-8", newline="") as lignes:
        _, *rangees = csv.reader(lignes)
    return tuple(Colonne(noms.split("|"), *reste) for noms, *reste in rangees)


SCHEMA = _lire()
"""L'ordre des colonnes d'une table y est celui des fichiers écrits."""
COLONNES = {colonne.nom: colonne for colonne in SCHEMA if colonne.nom}
"""Comment se montre un nom ; celui de deux tables (`envoye`) se montre comme dans la dernière."""


def titre(nom: str) -> str:
    """Le titre français d'une colonne ; une colonne que le schéma ne connaît pas garde son nom."""
    return COLONNES[nom].titre if nom in COLONNES else nom


def _types(table: str) -> dict[str, str]:
    """{colonne: type pandas} d'une table écrite, dans l'ordre du contrat."""
    types = {c.nom: TYPES[c.type] for c in SCHEMA if c.nom and table in c.tables}
    if table in REPETITIVES:
        return {nom: CATEGORIE if genre == TEXTE else genre for nom, genre in types.items()}
    return types


PARTICIPATIONS, RESULTATS, JOURNAL = map(_types, ("participations", "resultats", "journal"))
ACQUIS, BADGES, ELEVES, FICHIERS = map(_types, ("acquis", "badges", "eleves", "fichiers"))
CERTIFICATIONS = _types("certifications")
A_PART = {"certifications": CERTIFICATIONS}
"""Les tables que des fichiers remplissent chacun de son côté : voir `Lu.rangees`."""
PARTICIPATION = ["fichier", "ligne"]
"""La clé d'une participation, ou d'une certification : ce sur quoi toutes les tables se
joignent."""


@dataclass(frozen=True)
class Tables:
    """Tout ce qu'un dossier contient, rangé."""

    participations: "pd.DataFrame"
    resultats: "pd.DataFrame"
    journal: "pd.DataFrame"
    fichiers: "pd.DataFrame"
    badges: "pd.DataFrame"
    eleves: "pd.DataFrame"
    certifications: "pd.DataFrame"
    _deplier_acquis: "Callable[[], pd.DataFrame]" = field(repr=False)

    @cached_property
    def acquis(self) -> "pd.DataFrame":
        """Les acquis, dépliés à la première demande : des millions de lignes, peu demandées."""
        return self._deplier_acquis()

    def _repr_html_(self) -> str:
        noms = ["fichiers", "eleves", "participations", "resultats", "certifications", "journal"]
        tables = {nom: getattr(self, nom) for nom in noms}
        lignes = "".join(
            f"<li>{escape(nom)} : {len(table)} lignes</li>" for nom, table in tables.items()
        )
        return f"<p>Dossier lu :</p><ul>{lignes}</ul>"
