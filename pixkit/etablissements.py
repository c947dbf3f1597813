"""Étage 2 et demi — plusieurs établissements dans un dossier : une classe que deux d'entre eux
nomment pareil porte le nom du sien, partout où on la compte.

L'établissement d'une participation est son organisation dans Pix Orga ; celui d'une liste, d'où
viennent les participants qu'elle connaît.
"""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from pixkit.appariement import Appariement
from pixkit.charte import accord, enumerer
from pixkit.tables import LIENS_FERMES, PARTICIPATION, Tables

_CLASSE = ["annee_scolaire", "classe"]


def distinguer(tables: Tables, relier: Callable[[], Appariement]) -> Tables:
    """Les mêmes tables, « 5eA » devenue « 5eA (Collège des Ormes) » là où deux établissements en
    ont une la même année. `relier` n'est appelé que si le dossier en a plusieurs."""
    if tables.participations["organisation"].nunique() < 2:
        return tables
    eleves, organisations = tables.eleves, tables.participations["organisation"]
    des_listes, meme = _organisations(tables, relier())
    chez = {
        "participations": organisations.map(meme).fillna(organisations),
        "eleves": eleves["etablissement"].map(des_listes),
    }
    lieux = pd.concat(
        [
            tables.participations[_CLASSE].assign(chez=chez["participations"]),
            eleves[_CLASSE].assign(chez=chez["eleves"]),
        ]
    ).dropna()
    nombres = lieux.groupby(_CLASSE)["chez"].nunique()
    partagees = nombres.index[nombres > 1]
    if partagees.empty:
        return tables
    return replace(
        tables,
        participations=_nommer(tables.participations, chez["participations"], partagees),
        eleves=_nommer(eleves, chez["eleves"], partagees),
    )


def remarque_des_etablissements(tables: Tables, lues: Tables) -> list[str]:
    """Ce qu'il faut dire des classes que `distinguer` a renommées."""
    avant, apres = (
        pd.concat([toutes.participations["classe"], toutes.eleves["classe"]])
        for toutes in (lues, tables)
    )
    noms = sorted(set(avant[avant != apres].dropna()))
    if not noms:
        return []
    return [
        f"Plusieurs établissements dans ce dossier ont la même classe "
        f"({accord(len(noms), 'nom')} : {enumerer(noms)}) : chacune porte le nom du sien."
    ]


def _organisations(tables: Tables, liens: Appariement) -> tuple[pd.Series, pd.Series]:
    """{établissement d'une liste: l'organisation d'où viennent le plus de ses participants}, et
    {organisation: celle dont elle partage la liste} : un collège peut en avoir deux dans Pix."""
    fermes = liens.appariements[liens.appariements["certitude"].isin(LIENS_FERMES)]
    venus = tables.participations[[*PARTICIPATION, "organisation"]].merge(
        fermes[[*PARTICIPATION, "eleve"]], on=PARTICIPATION
    )
    connus = tables.eleves[["eleve", "etablissement"]].drop_duplicates().merge(venus, on="eleve")
    comptes = connus.value_counts(["etablissement", "organisation"]).reset_index()
    des_listes = comptes.drop_duplicates("etablissement").set_index("etablissement")["organisation"]
    listes = comptes.drop_duplicates("organisation").set_index("organisation")["etablissement"]
    return des_listes, listes.map(des_listes)


def _nommer(table: pd.DataFrame, chez: pd.Series, partagees: pd.MultiIndex) -> pd.DataFrame:
    partagee = pd.MultiIndex.from_frame(table[_CLASSE]).isin(partagees) & chez.notna()
    return table.assign(
        classe=table["classe"].mask(partagee, table["classe"] + " (" + chez.astype("str") + ")")
    )
