"""Étage 3 — les tableaux : les nombres des figures, écrits à la française, tout texte échappé.

Ce que le schéma dit d'une colonne (`pixkit.tables`) décide de son titre et de son écriture.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd
from pandas.io.formats.style import Styler

from pixkit.charte import ETATS, date_en_mots, decimal, pourcentage
from pixkit.grandeurs import CERTIFICATION, MESURES, NIVEAU, TAUX, mesure_de_la_table
from pixkit.tables import COLONNES, titre

NATURES = {
    "evaluation": "évaluation",
    "collecte": "collecte de profils",
    "certification": "résultats de certification",
    "siecle": "élèves (SIECLE)",
    "fregata": "élèves (FREGATA)",
    "sup": "étudiants",
    "liste": "liste d'élèves",
    "professeurs": "professeurs principaux",
}
_MANQUE = "–"


def tableau(table: pd.DataFrame) -> Styler:
    """Le Styler d'une table : titres et nombres français, textes échappés, vides en « – »."""
    style = table.style.format(_formats(table), na_rep=_MANQUE, escape="html").hide(axis="index")
    style.format_index(titre, axis="columns", escape="html")
    return style.set_table_attributes('class="pixkit-table"')


def tableau_fichiers(fichiers: pd.DataFrame) -> Styler:
    """Le compte rendu de la lecture, un fichier par ligne."""
    natures = fichiers["nature"].map(NATURES)
    return tableau(fichiers.assign(nature=natures).drop(columns="campagne"))


def tableau_journal(journal: pd.DataFrame) -> Styler:
    """Les lignes mises de côté et pourquoi, puis les lues dont il faut savoir quelque chose."""
    dites = journal[journal["motif"].notna() & (journal["sort"] != "remplacee")]
    dites = dites.sort_values("sort", ascending=False, kind="stable")
    return tableau(dites.assign(sort=dites["sort"].map({"rejetee": "mise de côté", "lue": "lue"})))


def _etat(etat: str) -> str:
    return ETATS.get(etat, (etat or _MANQUE,))[0]


_taux = partial(pourcentage, decimales=1)
_VALEURS = {TAUX: _taux, NIVEAU: decimal, CERTIFICATION: decimal}
_NOMS: dict[str, Callable] = {
    **dict.fromkeys(("etat", "protection", "initiation", "bilan"), _etat),
    "obtenue": {"oui": "oui", "non": "non", "a_verifier": "à vérifier"}.get,
    "testee": lambda testee: "oui" if testee else "jamais",
    "progression": pourcentage,
    "mesure": lambda nom: MESURES[nom].titre,
}
_UNITES: dict[str, Callable] = {"0–1": _taux, "0–1 ou pix": partial(decimal, decimales=2)}
_TYPES: dict[str, Callable] = {
    "reel": decimal,
    "booleen": lambda vrai: "oui" if vrai else "non",
    "instant": date_en_mots,
    "jour": date_en_mots,
}


def _formats(table: pd.DataFrame) -> dict[str, Callable | None]:
    """{colonne: comment s'écrit une case} : d'après le nom, à défaut l'unité, à défaut le type."""
    mesure = mesure_de_la_table(table) if "mesure" in table else TAUX
    valeurs = {"0–1 ou 0–8": _VALEURS[mesure], "points ou niveaux": mesure.dire_ecart}
    unites = _UNITES | valeurs
    return {
        nom: _NOMS.get(nom) or unites.get(COLONNES[nom].unite) or _TYPES.get(COLONNES[nom].type)
        if nom in COLONNES
        else None
        for nom in table.columns
    }


def textes(table: pd.DataFrame) -> dict[str, list]:
    """`colonnes` et `lignes` d'une table, écrites comme `tableau` les écrirait, sans HTML."""
    colonnes = [
        [_MANQUE if pd.isna(cellule) else (ecrire or str)(cellule) for cellule in table[nom]]
        for nom, ecrire in _formats(table).items()
    ]
    lignes = [list(ligne) for ligne in zip(*colonnes, strict=True)]
    return {"colonnes": [titre(nom) for nom in table.columns], "lignes": lignes}
