"""Étage 2 — ce qu'aucun parcours n'a encore testé, alors que la certification teste les 16 compétences."""

import pandas as pd

from pixkit.mesures.retenus import exiger_colonnes
from pixkit.referentiel import competences, rang_niveau


def angles_morts(resultats: pd.DataFrame, *, par: str = "niveau_scolaire") -> pd.DataFrame:
    """Une ligne par groupe × compétence (les 16) : élèves testés (`effectif`, 0 si jamais), acquis visés au plus.

    Seules les évaluations comptent : une collecte montre les 16 compétences, même celles où l'élève n'a rien essayé.
    """
    exiger_colonnes(resultats, [par])
    evaluations = resultats[(resultats["type_campagne"] == "evaluation") & (resultats["nb_acquis"] > 0)]
    testees = evaluations.groupby([par, "competence"]).agg(effectif=("eleve", "nunique"), nb_acquis=("nb_acquis", "max"))
    groupes = sorted(resultats[par].dropna().unique(), key=rang_niveau)
    toutes = pd.MultiIndex.from_product([groupes, list(competences())], names=[par, "competence"])
    return testees.reindex(toutes, fill_value=0).reset_index().assign(testee=lambda table: table["effectif"] > 0)
