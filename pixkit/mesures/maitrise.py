"""Étage 2 — ce que les élèves maîtrisent : les décomptes s'additionnent d'abord, se divisent
ensuite."""

import pandas as pd

from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.compter import TOUT, Matrice, Par, notes
from pixkit.mesures.dispersion import quartiles
from pixkit.mesures.retenus import exiger_colonnes, mesure_de


def taux_maitrise(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Une ligne par groupe : acquis maîtrisés ÷ acquis visés (0–1), et sur combien d'élèves
    (`effectif`)."""
    colonnes = _colonnes(resultats, par)
    exiger_comparables(resultats, par=colonnes)
    sommes = resultats.groupby(colonnes, observed=True).agg(
        nb_acquis=("nb_acquis", "sum"),
        nb_acquis_maitrises=("nb_acquis_maitrises", "sum"),
        effectif=("eleve", "nunique"),
    )
    taux = sommes["nb_acquis_maitrises"] / sommes["nb_acquis"].where(sommes["nb_acquis"] > 0)
    return sommes.assign(taux_maitrise=taux).reset_index()


def niveaux(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Une ligne par groupe : moyenne, médiane et quartiles des niveaux Pix (0–8), et sur combien
    d'élèves."""
    groupes = resultats.dropna(subset="niveau_pix").groupby(
        _colonnes(resultats, par), observed=True
    )
    noms = ["niveau_quartile_1", "niveau_median", "niveau_quartile_3"]
    moyennes = groupes.agg(effectif=("eleve", "nunique"), niveau_moyen=("niveau_pix", "mean"))
    repartition = quartiles(groupes["niveau_pix"]).set_axis(noms, axis="columns")
    return moyennes.join(repartition).reset_index()


def mesure(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Une ligne par groupe : `mesure`, sa `valeur`, `nb_acquis` (son dénominateur), `effectif`.

    Un taux de maîtrise pour des évaluations, un niveau moyen pour des collectes ; refuse de mêler
    les deux.
    """
    colonnes = _colonnes(resultats, par)
    exiger_comparables(resultats, par=colonnes)
    comptes = Matrice.de(resultats, par=colonnes, sur=TOUT).compter()
    totaux = comptes[["nb_acquis", "valeur"]].mul(comptes["effectif"], axis="index")
    sommes = comptes.assign(**totaux).groupby([*colonnes, "mesure"], observed=True)
    sommes = sommes[["effectif", "nb_acquis", "valeur"]].sum()
    return sommes.assign(valeur=sommes["valeur"] / sommes["nb_acquis"]).reset_index()


def reunir(cases: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Réunit des cases de `mesure` (les classes d'un niveau, les compétences d'un domaine) en une
    par groupe.

    `effectif` additionne, d'une classe à l'autre, le plus grand de ses effectifs. Ne se sert que de
    la table : qui la lit peut refaire ce calcul.
    """
    colonnes = [par] if isinstance(par, str) else list(par)
    sommes = cases.assign(total=cases["nb_acquis"] * cases["valeur"]).groupby(colonnes)
    table = sommes[["nb_acquis", "total"]].sum().assign(mesure=sommes["mesure"].first())
    classe = [nom for nom in ("classe",) if nom in cases and nom not in colonnes]
    par_classe = cases.groupby([*colonnes, *classe])["effectif"].max()
    table["effectif"] = par_classe.groupby(level=colonnes).sum()
    return (
        table.assign(valeur=table["total"] / table["nb_acquis"]).drop(columns="total").reset_index()
    )


def par_eleve(resultats: pd.DataFrame, *, par: Par) -> pd.DataFrame:
    """Une ligne par élève et par groupe : la `valeur` de sa `mesure`, pour voir une
    distribution."""
    exiger_comparables(resultats, par=_colonnes(resultats, par))
    eleves = notes(resultats, par=par, sur=None)
    eleves = eleves.assign(mesure=mesure_de(resultats).nom, valeur=eleves["note"])
    return eleves.drop(columns="note")


def _colonnes(resultats: pd.DataFrame, par: Par) -> list[str]:
    colonnes = [par] if isinstance(par, str) else list(par)
    exiger_colonnes(resultats, colonnes)
    return colonnes
