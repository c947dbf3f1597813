"""Étage 2 — des décomptes de la certification à ses taux, à côté de ceux de l'an passé.

« Pour l'académie et l'année scolaire 2022-2023, 84 % des élèves (…) ont été certifiés (88 % en 3e,
94 % en terminale) » (circulaire de l'académie de Martinique, 2023-2024, 1) : certifiés ÷ attendus.
"""

import pandas as pd

from pixkit.mesures.certitude import A_95, wilson
from pixkit.mesures.compter import Par
from pixkit.mesures.ecarts import ecarts, objectifs
from pixkit.mesures.retenus import exiger_colonnes
from pixkit.referentiel import annee_precedente, niveau_attendu

_NOMBRES = ["effectif", "attendus", "nb_inscrits", "nb_presents", "nb_certifies"]
_AVANT = {"taux_certifies": "taux_certifies_avant", "taux_reussite": "taux_reussite_avant"}


def taux_certification(
    comptes: pd.DataFrame, *, par: Par = "classe", annee: str | None = None
) -> pd.DataFrame:
    """Une ligne par groupe de l'année (la dernière à défaut) : ses décomptes, `taux_certifies`
    (certifiés ÷ attendus) et son intervalle à 95 %, `taux_reussite` (certifiés ÷ présents), et les
    mêmes taux l'année d'avant.

    `comptes` : ceux de `compter_certifications`, d'une ou plusieurs années. Une année sans liste
    n'a pas d'attendus, donc pas de `taux_certifies` ; un groupe dont aucun résultat ne parle non
    plus : il n'a peut-être que pas encore passé la certification.
    """
    colonnes = [par] if isinstance(par, str) else list(par)
    exiger_colonnes(comptes, colonnes)
    groupes = comptes.groupby(["annee_scolaire", *colonnes], dropna=False)
    sommes = (
        groupes[_NOMBRES].sum(min_count=1).reset_index().astype(dict.fromkeys(_NOMBRES, "Int64"))
    )
    taux = _taux(sommes)
    annee = annee or max(taux["annee_scolaire"].dropna(), default="")
    celle_ci = taux[taux["annee_scolaire"] == annee]
    avant = taux.loc[taux["annee_scolaire"] == annee_precedente(annee), [*colonnes, *_AVANT]]
    return celle_ci.merge(avant.rename(columns=_AVANT), on=colonnes, how="left")


def _taux(sommes: pd.DataFrame) -> pd.DataFrame:
    nombres = {nom: sommes[nom].astype("Float64").astype(float) for nom in _NOMBRES}
    dits = nombres["nb_inscrits"] > 0
    attendus = nombres["attendus"].where(dits & (nombres["attendus"] > 0))
    part = nombres["nb_certifies"] / attendus
    bas, haut = wilson(part, attendus, A_95)
    presents = nombres["nb_presents"].where(nombres["nb_presents"] > 0)
    reussite = nombres["nb_certifies"] / presents
    return sommes.assign(taux_certifies=part, part_bas=bas, part_haut=haut, taux_reussite=reussite)


def niveaux_atteints(comptes: pd.DataFrame, *, par: Par = "classe") -> pd.DataFrame:
    """Une ligne par année × groupe × niveau scolaire : combien d'élèves certifiés atteignent le
    niveau global attendu (3 en 3e, 4 en terminale : note de service du 23-10-2024, texte
    introductif), leur part et son intervalle ; vides là où le texte n'en fixe pas.

    `comptes` : ceux de `compter_niveaux`.
    """
    colonnes = dict.fromkeys(["annee_scolaire", *([par] if isinstance(par, str) else par)])
    exiger_colonnes(comptes, list(colonnes))
    attendu = comptes["niveau_scolaire"].map(niveau_attendu, na_action="ignore").astype("Float64")
    atteint = comptes["effectif"].where(comptes["niveau_atteint"] >= attendu.fillna(0), 0)
    cles = list(colonnes | {"niveau_scolaire": None})
    groupes = comptes.assign(attendu=attendu, nb_atteint=atteint).groupby(cles, dropna=False)
    table = groupes.agg(
        effectif=("effectif", "sum"), attendu=("attendu", "first"), nb_atteint=("nb_atteint", "sum")
    ).reset_index()
    table = table.rename(columns={"attendu": "niveau_attendu"})
    connu, nombre = table["niveau_attendu"].notna(), table["effectif"].to_numpy(float)
    part = table["nb_atteint"].to_numpy(float) / nombre
    bas, haut = wilson(part, nombre, A_95)
    parts = {"part_atteint": part, "part_bas": bas, "part_haut": haut}
    sures = {nom: pd.Series(valeurs, table.index).where(connu) for nom, valeurs in parts.items()}
    atteints = table["nb_atteint"].astype("Int64").where(connu)
    return table.assign(
        niveau_attendu=table["niveau_attendu"].astype("Int64"), nb_atteint=atteints, **sures
    )


def ecarts_a_l_attendu(resultats: pd.DataFrame, *, par: str = "niveau_scolaire") -> pd.DataFrame:
    """Les `ecarts` de chaque compétence au niveau global attendu, les plus au-dessous d'abord.

    `resultats` : ceux de `niveaux_certifies`, d'une année. L'attendu est un niveau *global* ; on le
    lit ici compétence par compétence.
    """
    table = ecarts(resultats, par=par, reference=objectifs())
    connus = table.dropna(subset="ecart")
    return connus.sort_values("ecart", kind="stable", ignore_index=True)
