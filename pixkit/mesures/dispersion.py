"""Étage 2 — une même moyenne peut cacher une classe homogène ou deux groupes : qui est loin des
autres, et sur quoi."""

import pandas as pd
from pandas.api.typing import SeriesGroupBy

from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.compter import TOUT, notes

LOIN = 2.0
"""Écarts à la médiane, en écarts absolus médians (× 1,4826, l'écart type d'une loi normale),
au-delà desquels on est loin."""


def dispersion(resultats: pd.DataFrame, *, par: str = "classe") -> pd.DataFrame:
    """Une ligne par groupe : effectif, médiane et quartiles des notes d'ensemble, `etendue` entre
    quartiles, `nb_loin`."""
    eleves = _ensemble(resultats, par)
    groupes = eleves.groupby(par)["note"]
    table = groupes.size().rename("effectif").to_frame().join(quartiles(groupes))
    table["etendue"] = table["quartile_3"] - table["quartile_1"]
    return table.join(eleves.groupby(par)["loin"].sum().rename("nb_loin")).reset_index()


def quartiles(groupes: SeriesGroupBy) -> pd.DataFrame:
    """Une ligne par groupe, aucune sans groupe : `quartile_1`, `mediane`, `quartile_3`."""
    parts = {"quartile_1": 0.25, "mediane": 0.5, "quartile_3": 0.75}
    return pd.DataFrame({nom: groupes.quantile(part) for nom, part in parts.items()})


def loin_du_groupe(
    resultats: pd.DataFrame, *, par: str = "classe", nombre: int = 3
) -> pd.DataFrame:
    """Une ligne par élève loin au-dessous de son groupe : sa `note`, la médiane, et les compétences
    qui l'en séparent le plus.

    `separent` : les `nombre` compétences où sa note est le plus au-dessous de la moyenne du groupe,
    codes séparés par « , ».
    """
    loin = _ensemble(resultats, par).query("loin")
    detail = notes(resultats, par=par, sur="competence")
    detail["retard"] = (
        detail.groupby([par, "competence"])["note"].transform("mean") - detail["note"]
    )
    detail = detail[detail["eleve"].isin(loin["eleve"]) & (detail["retard"] > 0)]
    detail = detail.sort_values(["retard", "competence"], ascending=[False, True])
    detail = detail[detail.groupby([par, "eleve"]).cumcount() < nombre].astype({"competence": str})
    separent = detail.groupby([par, "eleve"])["competence"].agg(", ".join)
    return loin.drop(columns="loin").merge(
        separent.rename("separent").reset_index(), on=[par, "eleve"], how="left"
    )


def _ensemble(resultats: pd.DataFrame, par: str) -> pd.DataFrame:
    """Une ligne par élève : sa note d'ensemble, la médiane de son groupe, et s'il est `loin`
    au-dessous."""
    exiger_comparables(resultats)
    eleves = notes(resultats, par=par, sur=TOUT)[[par, "eleve", "note"]].dropna(subset="note")
    mediane = eleves.groupby(par)["note"].transform("median")
    ecart = (eleves["note"] - mediane).abs().groupby(eleves[par]).transform("median") * 1.4826
    return eleves.assign(
        mediane=mediane, loin=eleves["note"] < mediane - LOIN * ecart.clip(lower=1e-9)
    )
