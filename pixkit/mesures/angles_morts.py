"""Étage 2 — ce qu'aucun parcours n'a encore testé, alors que la certification teste les 16
compétences."""

import pandas as pd

from pixkit.mesures.retenus import SANS_NIVEAU, exiger_colonnes
from pixkit.referentiel import competences, rang_niveau


def angles_morts(
    resultats: pd.DataFrame, *, par: str = "niveau_scolaire", plafonds: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (les 16) : élèves testés (`effectif`, 0 si jamais), acquis
    visés au plus.

    `plafonds` (voir la mesure du même nom) ajoute `niveau_teste` : au-dessus, rien n'a été demandé.
    Une collecte teste ce qu'elle montre ; comme elle montre les 16 compétences, même celles où
    l'élève n'a rien essayé, y comptent ceux qui ont au moins un pix, ou un niveau.
    """
    exiger_colonnes(resultats, [par])
    testes = resultats[_testes(resultats)]
    testees = testes.groupby([par, "competence"]).agg(
        effectif=("eleve", "nunique"), nb_acquis=("nb_acquis", "max")
    )
    groupes = sorted(resultats[par].dropna().unique(), key=rang_niveau)
    toutes = pd.MultiIndex.from_product([groupes, list(competences())], names=[par, "competence"])
    table = (
        testees.reindex(toutes, fill_value=0)
        .reset_index()
        .assign(testee=lambda table: table["effectif"] > 0)
    )
    if plafonds is None:
        return table
    niveaux = (
        testes[[par, "campagne", "competence"]]
        .drop_duplicates()
        .merge(plafonds, on=["campagne", "competence"])
    )
    return table.merge(
        niveaux.groupby([par, "competence"])["niveau_teste"].max().reset_index(), how="left"
    )


def d_un_niveau(resultats: pd.DataFrame) -> pd.DataFrame:
    """Les mêmes ; si aucune classe ne dit son niveau scolaire, toutes sont du même."""
    if resultats["niveau_scolaire"].isna().all():
        return resultats.fillna({"niveau_scolaire": SANS_NIVEAU})
    return resultats


def _testes(resultats: pd.DataFrame) -> pd.Series:
    """Les lignes où l'élève a répondu à des questions, autant qu'un export le dise."""
    evalue = (resultats["type_campagne"] == "evaluation") & (resultats["nb_acquis"] > 0)
    pix = resultats[resultats.columns.intersection(["nb_pix", "niveau_pix"])] > 0
    profil = (resultats["type_campagne"] == "collecte") & pix.any(axis=1)
    return (evalue | profil).fillna(False).astype(bool)
