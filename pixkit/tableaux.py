"""Étage 3 — les tableaux : les nombres des figures, écrits à la française, tout texte échappé.

Ce que le schéma dit d'une colonne (`pixkit.tables`) décide de son titre et de son écriture.
"""

import sys
from collections.abc import Callable
from functools import partial

import pandas as pd
from pandas.api import types as genres
from pandas.io.formats.style import Styler

from pixkit.charte import ETATS, accord, date_en_mots, decimal, pourcentage
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
_STATUTS = {
    "validee": "validée",
    "non_obtenue": "non obtenue",
    "annulee": "annulée",
    "en_erreur": "en erreur",
    "demarree": "démarrée",
}
_SORTS = {"lue": "lue", "remplacee": "remplacée par une plus récente", "rejetee": "mise de côté"}
_MONTREES = 30
"""Les lignes d'une table qu'un carnet montre d'elle-même ; pandas en montre dix de trop peu."""


def tableau(table: pd.DataFrame) -> Styler:
    """Le Styler d'une table : titres et nombres français, textes échappés, vides en « – »."""
    style = table.style.format(_formats(table), na_rep=_MANQUE, escape="html").hide(axis="index")
    style.format_index(titre, axis="columns", escape="html")
    return style.set_table_attributes('class="pixkit-table"')


def tableau_fichiers(fichiers: pd.DataFrame) -> Styler:
    """Le compte rendu de la lecture, un fichier par ligne."""
    return tableau(fichiers.drop(columns="campagne"))


def tableau_journal(journal: pd.DataFrame) -> Styler:
    """Les lignes mises de côté et pourquoi, puis les lues dont il faut savoir quelque chose."""
    dites = journal[journal["motif"].notna() & (journal["sort"] != "remplacee")]
    dites = dites.sort_values("sort", ascending=False, kind="stable")
    return tableau(dites)


def en_francais() -> None:
    """Dans ce carnet, toute table et toute série s'affichent comme `tableau` les montre ; elles
    restent celles de pandas. Hors d'un carnet, rien ne change."""
    ipython = sys.modules.get("IPython")
    carnet = ipython.get_ipython() if ipython else None
    if carnet is not None:
        html = carnet.display_formatter.formatters["text/html"]
        html.for_type(pd.DataFrame, _montrer)
        html.for_type(pd.Series, lambda serie: _montrer(_en_table(serie)))


def _montrer(table: pd.DataFrame) -> str:
    """Les premières lignes d'une table, ce qui la range devenu colonnes, et combien suivent."""
    debut = _deplier(table.head(_MONTREES))
    html = tableau(debut).to_html() if debut.columns.is_unique else debut.to_html()
    reste = len(table) - len(debut)
    return html + (f"<p>… et {accord(reste, 'autre ligne', 'autres lignes')}.</p>" if reste else "")


def _en_table(serie: pd.Series) -> pd.DataFrame:
    """Ce qui se compte (`size`, `value_counts`) n'a pas de nom, ou un nom anglais."""
    sans_nom = serie.name in (None, "count", *serie.index.names)
    compte = "Nombre" if genres.is_integer_dtype(serie) else "Valeur"
    return serie.to_frame(compte if sans_nom else serie.name)


def _deplier(table: pd.DataFrame) -> pd.DataFrame:
    """Une table sans index ni étages : un numéro de ligne ne se montre pas."""
    numeros = table.index.nlevels == 1 and table.index.name is None
    if not (numeros and genres.is_integer_dtype(table.index)):
        table = table.reset_index(names="" if numeros else None, allow_duplicates=True)
    if table.columns.nlevels > 1:
        table.columns = [" ".join(filter(None, map(str, noms))) for noms in table.columns]
    return table


def _etat(etat: str) -> str:
    return ETATS.get(etat, (etat or _MANQUE,))[0]


def _dire(mots: dict[str, str], mot: str) -> str:
    return mots.get(mot, mot)


_taux = partial(pourcentage, decimales=1)
_VALEURS = {TAUX: _taux, NIVEAU: decimal, CERTIFICATION: decimal}
_NOMS: dict[str, Callable] = {
    **dict.fromkeys(("etat", "protection", "initiation", "bilan"), _etat),
    "obtenue": {"oui": "oui", "non": "non", "a_verifier": "à vérifier"}.get,
    "acquis": lambda acquis: ", ".join(acquis) if isinstance(acquis, dict) else acquis,
    "testee": lambda testee: "oui" if testee else "jamais",
    "progression": pourcentage,
    "mesure": lambda nom: MESURES[nom].titre,
    **{nom: partial(_dire, NATURES) for nom in ("nature", "type_campagne")},
    "statut": partial(_dire, _STATUTS),
    "sort": partial(_dire, _SORTS),
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
        else _format_libre(table[nom])
        for nom in table.columns
    }


def _format_libre(colonne: pd.Series) -> Callable | None:
    """Celui d'une colonne que le schéma ne connaît pas, faite dans un carnet."""
    if genres.is_bool_dtype(colonne):
        return _TYPES["booleen"]
    if genres.is_datetime64_any_dtype(colonne):
        return date_en_mots
    if genres.is_float_dtype(colonne):
        return partial(decimal, decimales=2)
    return _etat if isinstance(colonne.dtype, pd.StringDtype) else None


def textes(table: pd.DataFrame) -> dict[str, list]:
    """`colonnes` et `lignes` d'une table, écrites comme `tableau` les écrirait, sans HTML."""
    colonnes = [
        [_MANQUE if pd.isna(cellule) else (ecrire or str)(cellule) for cellule in table[nom]]
        for nom, ecrire in _formats(table).items()
    ]
    lignes = [list(ligne) for ligne in zip(*colonnes, strict=True)]
    return {"colonnes": [titre(nom) for nom in table.columns], "lignes": lignes}
