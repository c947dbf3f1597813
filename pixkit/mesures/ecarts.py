"""Étage 2 — les écarts à une référence toujours nommée."""

import difflib
from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.grandeurs import TAUX, mesure_de_la_table
from pixkit.mesures.certitude import difference, resumer, signaux
from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.compter import compter
from pixkit.mesures.estimations import estimations
from pixkit.mesures.retenus import exiger_colonnes
from pixkit.referentiel import NIVEAUX_SCOLAIRES, niveau_attendu, normaliser

ETABLISSEMENT = "établissement"
Reference = str | float | Mapping[str, float]


def objectifs(**etablissement: float) -> dict[str, float]:
    """Le niveau attendu par niveau scolaire : la note de service du 23-10-2024, que l'établissement
    complète.

    C'est un niveau *global* attendu (3 en 3e, 4 en terminale) ; on le lit ici compétence par
    compétence. Exemple : objectifs(**{"4e": 2}).
    """
    nationaux = {niveau: niveau_attendu(niveau) for niveau in NIVEAUX_SCOLAIRES}
    connus = {niveau: valeur for niveau, valeur in nationaux.items() if valeur is not None}
    return connus | etablissement


def ecarts(
    resultats: pd.DataFrame,
    *,
    par: str = "classe",
    reference: Reference = ETABLISSEMENT,
    sur: str = "competence",
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (ou domaine) : la `valeur` de la `mesure`, la référence,
    l'écart.

    `reference` : « établissement » (tous les résultats donnés), le nom d'un groupe, un nombre, ou
    un objectif par niveau scolaire (voir `objectifs`) ; un niveau scolaire sans objectif a un écart
    vide. `ecart_bas` et `ecart_haut` l'encadrent à 95 % ; `signal` dit s'il est « net », «
    probable » ou « dans le bruit », toutes lignes jugées ensemble (docs/methode.md). Lève
    ComparaisonImpossible si les résultats viennent de parcours différents.
    """
    exiger_colonnes(resultats, [par, sur])
    exiger_comparables(resultats)
    par_objectif = isinstance(reference, Mapping)
    groupes = [par, "niveau_scolaire"] if par_objectif and par != "niveau_scolaire" else [par]
    if par_objectif:
        resultats = resultats.fillna({"niveau_scolaire": ""})
    resume = resumer(compter(resultats, par=groupes, sur=sur), sur=sur)
    table = resume[[*groupes, sur, "mesure", "effectif", "valeur"]]
    if par_objectif or isinstance(reference, Real):
        but = table["niveau_scolaire"].map(dict(reference)) if par_objectif else reference
        table = table.assign(reference=pd.Series(but, index=table.index, dtype=float))
        juge = difference(resume, table["reference"])
    else:
        lignes = _reference_nommee(resume, par, reference)
        table = table.assign(**_communes(lignes, resume[sur]))
        lui = None if reference == ETABLISSEMENT else resume[par] == reference
        autres, part = _les_autres(resume, sur, lui)
        juge = difference(resume, autres, part=part)
    return table.assign(
        ecart=table["valeur"] - table["reference"],
        ecart_bas=juge["ecart_bas"],
        ecart_haut=juge["ecart_haut"],
        signal=signaux(juge["probabilite"]),
    )


def face_a_face(
    resultats: pd.DataFrame,
    *,
    groupe: str,
    autre: str,
    par: str = "classe",
    sur: str = "competence",
) -> pd.DataFrame:
    """Les `estimations` de deux groupes ; `ecart` et `signal` du premier au second (voir
    `ecarts`)."""
    tous = estimations(resultats, par=par, sur=sur)
    deux = pd.concat([tous[tous[par] == nom] for nom in dict.fromkeys([groupe, autre])])
    if deux[par].nunique() < 2:
        return deux.iloc[:0].assign(ecart=[], signal=[])
    juges = ecarts(resultats, par=par, sur=sur, reference=autre)
    juges = juges.loc[juges[par] == groupe, [sur, "ecart", "signal"]]
    return deux.merge(juges, on=sur, how="left")


def _communes(lignes: pd.DataFrame, codes: pd.Series) -> dict[str, pd.Series]:
    """La mesure et l'effectif de la référence, pour chaque code : ses décomptes additionnés."""
    taux = mesure_de_la_table(lignes) is TAUX
    poids = lignes["nb_acquis"] if taux else lignes["effectif"]
    sommes = lignes.assign(poids=poids, total=poids * lignes["valeur"]).groupby(codes.name)
    sommes = sommes[["poids", "total", "effectif"]].sum()
    return {
        "reference": codes.map(sommes["total"] / sommes["poids"]).astype(float),
        "effectif_reference": codes.map(sommes["effectif"]).astype("Int64"),
    }


def _les_autres(
    resume: pd.DataFrame, sur: str, reference: pd.Series | None
) -> tuple[pd.DataFrame, pd.Series | float]:
    """À qui chaque ligne se compare, et sa part dans la référence : le reste de l'établissement, ou
    un groupe.

    Une classe fait partie de son établissement : on la juge face aux autres élèves, et l'écart au
    tout s'en déduit.
    """
    if reference is not None:
        lui = resume[reference].set_index(sur)[["effectif", "moyenne"]]
        autres = {nom: resume[sur].map(lui[nom]).astype(float) for nom in lui}
        return resume.assign(**autres).mask(reference, np.nan).assign(mesure=resume["mesure"]), 0.0
    total = resume.assign(total=resume["effectif"] * resume["moyenne"]).groupby(sur)
    total = total[["effectif", "total"]].transform("sum")
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
    proches = difflib.get_close_matches(normaliser(reference), sans_casse, n=1)
    proche = [sans_casse[nom] for nom in proches]
    raise ChoixInconnu(
        f"la référence « {reference} ».",
        f"un nombre, un objectif, ou l'un de ces noms : {', '.join(noms)}.",
        f"vouliez-vous dire « {proche[0]} » ?" if proche else "choisissez un de ces noms.",
    )
