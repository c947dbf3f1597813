"""Étage 2 — les écarts à une référence toujours nommée."""

import difflib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.mesures.certitude import difference, resumes, signaux
from pixkit.mesures.retenus import exiger_colonnes, mesure_de
from pixkit.referentiel import NIVEAUX_SCOLAIRES, niveau_attendu, normaliser

ETABLISSEMENT = "établissement"
Reference = str | float | Mapping[str, float]


def objectifs(**etablissement: float) -> dict[str, float]:
    """Le niveau attendu par niveau scolaire : celui de la note de service du 23-10-2024, que l'établissement complète.

    C'est un niveau *global* attendu (3 en 3e, 4 en terminale) ; on le lit ici compétence par compétence.
    Exemple : objectifs(**{"4e": 2}).
    """
    nationaux = {niveau: niveau_attendu(niveau) for niveau in NIVEAUX_SCOLAIRES}
    return {
        niveau: valeur for niveau, valeur in nationaux.items() if valeur is not None
    } | etablissement


def ecarts(
    resultats: pd.DataFrame,
    *,
    par: str = "classe",
    reference: Reference = ETABLISSEMENT,
    sur: str = "competence",
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (ou domaine) : la mesure, la référence, l'écart, et ce que vaut cet écart.

    `reference` : « établissement » (tous les résultats donnés), le nom d'un groupe, un nombre, ou un objectif par
    niveau scolaire (voir `objectifs`) ; un niveau scolaire sans objectif a un écart vide. `ecart_bas` et `ecart_haut`
    l'encadrent à 95 % ; `signal` dit s'il est « net », « probable » ou « dans le bruit », toutes lignes jugées ensemble
    (docs/methode.md). Lève ComparaisonImpossible si les résultats viennent de parcours différents.
    """
    exiger_colonnes(resultats, [par, sur])
    nom = mesure_de(resultats)
    resultats = (
        resultats.fillna({"niveau_scolaire": ""}) if "niveau_scolaire" in resultats else resultats
    )
    par_objectif = isinstance(reference, Mapping)
    groupes = [par, "niveau_scolaire"] if par_objectif and par != "niveau_scolaire" else [par]
    resume = resumes(resultats, par=groupes, sur=sur)
    table = resume[[*groupes, sur, "effectif", nom]]
    taux = nom == "taux_maitrise"
    if par_objectif or isinstance(reference, int | float):
        objectif = table["niveau_scolaire"].map(dict(reference)) if par_objectif else reference
        table = table.assign(reference=pd.Series(objectif, index=table.index, dtype=float))
        juge = difference(resume, table["reference"], taux=taux)
    else:
        lignes = _reference_nommee(resume, par, reference)
        table = table.assign(**_communes(lignes, resume[sur], nom, sur))
        autres, part = _les_autres(
            resume, sur, None if reference == ETABLISSEMENT else resume[par] == reference
        )
        juge = difference(resume, autres, taux=taux, part=part)
    ecart = table[nom] - table["reference"]
    return table.assign(
        ecart=ecart,
        ecart_bas=juge["ecart_bas"],
        ecart_haut=juge["ecart_haut"],
        signal=signaux(juge["probabilite"]),
    )


def _communes(lignes: pd.DataFrame, codes: pd.Series, nom: str, sur: str) -> dict[str, pd.Series]:
    """La mesure et l'effectif de la référence, pour chaque code : les décomptes (ou les niveaux) de ses lignes additionnés."""
    if nom == "taux_maitrise":
        sommes = lignes.groupby(sur)[["nb_acquis", "nb_acquis_maitrises", "effectif"]].sum()
        valeur = sommes["nb_acquis_maitrises"] / sommes["nb_acquis"]
    else:
        sommes = (
            lignes.assign(total=lignes["effectif"] * lignes["moyenne"])
            .groupby(sur)[["total", "effectif"]]
            .sum()
        )
        valeur = sommes["total"] / sommes["effectif"]
    return {
        "reference": codes.map(valeur).astype(float),
        "effectif_reference": codes.map(sommes["effectif"]).astype("Int64"),
    }


def _les_autres(
    resume: pd.DataFrame, sur: str, reference: pd.Series | None
) -> tuple[pd.DataFrame, pd.Series | float]:
    """À qui chaque ligne se compare, et sa part dans la référence : le reste de l'établissement, ou le groupe de référence.

    Une classe fait partie de son établissement : on la juge face aux autres élèves, et l'écart au tout s'en déduit.
    """
    if reference is not None:
        lui = resume[reference].set_index(sur)[["effectif", "moyenne"]]
        autres = resume.assign(**{nom: resume[sur].map(lui[nom]).astype(float) for nom in lui})
        return autres.mask(reference, np.nan), 0.0
    total = (
        resume.assign(total=resume["effectif"] * resume["moyenne"])
        .groupby(sur)[["effectif", "total"]]
        .transform("sum")
    )
    nombre = (total["effectif"] - resume["effectif"]).where(lambda reste: reste > 0)
    moyenne = (total["total"] - resume["effectif"] * resume["moyenne"]) / nombre
    return resume.assign(effectif=nombre, moyenne=moyenne), resume["effectif"] / total["effectif"]


def _reference_nommee(resume: pd.DataFrame, par: str, reference: str) -> pd.DataFrame:
    """Les lignes de l'établissement, ou celles du groupe de ce nom."""
    if reference == ETABLISSEMENT:
        return resume
    if reference in set(resume[par]):
        return resume[resume[par] == reference]
    noms = [ETABLISSEMENT, *sorted(set(resume[par]))]
    sans_casse = {normaliser(nom): nom for nom in reversed(noms)}
    proche = [
        sans_casse[p] for p in difflib.get_close_matches(normaliser(reference), sans_casse, n=1)
    ]
    raise ChoixInconnu(
        f"la référence « {reference} ».",
        f"un nombre, un objectif, ou l'un de ces noms : {', '.join(noms)}.",
        f"vouliez-vous dire « {proche[0]} » ?" if proche else "choisissez un de ces noms.",
    )
