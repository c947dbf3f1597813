"""Étage 2 — ce que les élèves maîtrisent : les décomptes s'additionnent d'abord, se divisent ensuite."""

import pandas as pd

from pixkit.mesures.dispersion import quartiles
from pixkit.mesures.retenus import exiger_colonnes, mesure_de

Par = str | list[str]


def taux_maitrise(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Une ligne par groupe : acquis maîtrisés ÷ acquis visés (0–1), et sur combien d'élèves (`effectif`)."""
    colonnes = _colonnes(resultats, par)
    sommes = resultats.groupby(colonnes, observed=True).agg(
        nb_acquis=("nb_acquis", "sum"),
        nb_acquis_maitrises=("nb_acquis_maitrises", "sum"),
        effectif=("eleve", "nunique"),
    )
    taux = sommes["nb_acquis_maitrises"] / sommes["nb_acquis"].where(sommes["nb_acquis"] > 0)
    return sommes.assign(taux_maitrise=taux).reset_index()


def niveaux(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Une ligne par groupe : moyenne, médiane et quartiles des niveaux Pix (0–8), et sur combien d'élèves."""
    groupes = resultats.dropna(subset="niveau_pix").groupby(
        _colonnes(resultats, par), observed=True
    )
    noms = ["niveau_quartile_1", "niveau_median", "niveau_quartile_3"]
    moyennes = groupes.agg(effectif=("eleve", "nunique"), niveau_moyen=("niveau_pix", "mean"))
    repartition = quartiles(groupes["niveau_pix"]).set_axis(noms, axis="columns")
    return moyennes.join(repartition).reset_index()


def mesure(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """`taux_maitrise` ou `niveaux`, selon ce que contiennent les résultats ; refuse de mêler les deux."""
    return (niveaux if mesure_de(resultats) == "niveau_moyen" else taux_maitrise)(
        resultats, par=par
    )


def par_eleve(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Une ligne par élève et par groupe : son taux ou son niveau moyen, pour voir une distribution et pas une moyenne."""
    return mesure(resultats, par=[*_colonnes(resultats, par), "eleve"]).drop(columns="effectif")


def _colonnes(resultats: pd.DataFrame, par: Par) -> list[str]:
    colonnes = [par] if isinstance(par, str) else list(par)
    exiger_colonnes(resultats, colonnes)
    return colonnes
