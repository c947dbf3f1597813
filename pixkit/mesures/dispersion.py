"""Étage 2 — une même moyenne peut cacher une classe homogène ou deux groupes : qui est loin des
autres, et sur quoi."""

import numpy as np
import pandas as pd
from pandas.api.typing import SeriesGroupBy

from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.compter import TOUT, Matrice

LOIN = 2.0
"""Écarts à la médiane, en écarts absolus médians (× 1,4826, l'écart type d'une loi normale),
au-delà desquels on est loin."""


def dispersion(resultats: pd.DataFrame, *, par: str = "classe") -> pd.DataFrame:
    """Une ligne par groupe : effectif, médiane et quartiles des notes d'ensemble, `etendue` entre
    quartiles, `nb_loin`."""
    exiger_comparables(resultats)
    eleves = _ensemble(Matrice.de(resultats, par=par, sur=TOUT), par)
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
    exiger_comparables(resultats)
    matrice = Matrice.de(resultats, par=par, sur="competence")
    loin = _ensemble(matrice.ensemble(), par).query("loin").drop(columns="loin")
    retards = _retards(matrice, loin.index.to_numpy(int))
    ordres = np.argsort(-retards, axis=1, kind="stable")[:, :nombre]
    dits = [
        ", ".join(str(matrice.codes[code]) for code in ordre if retard[code] > 0)
        for retard, ordre in zip(retards, ordres, strict=True)
    ]
    return loin.assign(separent=pd.array(dits, dtype="str")).reset_index(drop=True)


def _retards(matrice: Matrice, lignes: np.ndarray) -> np.ndarray:
    """De combien ces élèves sont au-dessous de leur groupe, compétence par compétence ; 0 s'ils ne
    l'ont pas passée."""
    notes, passee = matrice.notes(), matrice.nb_acquis > 0
    dedans = np.eye(len(matrice.groupes))[:, matrice.groupe]
    nombre = dedans @ passee
    moyennes = dedans @ np.where(passee, notes, 0) / np.maximum(nombre, 1)
    return np.where(passee[lignes], moyennes[matrice.groupe[lignes]] - notes[lignes], 0)


def _ensemble(matrice: Matrice, par: str) -> pd.DataFrame:
    """Une ligne par élève, au rang qu'il a dans la matrice : sa note d'ensemble, la médiane de son
    groupe, et s'il est `loin` au-dessous."""
    groupes = matrice.groupes[par].array.take(matrice.groupe)
    eleves = pd.DataFrame({
        par: groupes,
        "eleve": matrice.eleves.take(matrice.eleve),
        "note": matrice.notes()[:, 0] if matrice.codes.size else [],
    }).dropna(subset="note")  # fmt: skip
    mediane = eleves.groupby(par)["note"].transform("median")
    ecart = (eleves["note"] - mediane).abs().groupby(eleves[par]).transform("median") * 1.4826
    return eleves.assign(
        mediane=mediane, loin=eleves["note"] < mediane - LOIN * ecart.clip(lower=1e-9)
    )
