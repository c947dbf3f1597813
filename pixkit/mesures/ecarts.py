"""Étage 2 — les écarts à une référence toujours nommée."""

import difflib
from collections.abc import Mapping

import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.mesures.maitrise import mesure
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
    return {niveau: valeur for niveau, valeur in nationaux.items() if valeur is not None} | etablissement


def ecarts(
    resultats: pd.DataFrame, *, par: str = "classe", reference: Reference = ETABLISSEMENT, sur: str = "competence"
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (ou domaine) : la mesure, la référence, l'écart et les effectifs.

    `reference` : « établissement » (tous les résultats donnés), le nom d'un groupe, un nombre, ou un objectif par
    niveau scolaire (voir `objectifs`) ; un niveau scolaire sans objectif a un écart vide.
    """
    exiger_colonnes(resultats, [par, sur])
    nom = mesure_de(resultats)
    par_objectif = isinstance(reference, Mapping)
    groupes = [par, "niveau_scolaire"] if par_objectif and par != "niveau_scolaire" else [par]
    table = mesure(resultats.fillna({"niveau_scolaire": ""}), par=[*groupes, sur])[[*groupes, sur, "effectif", nom]]
    if par_objectif:
        table = table.assign(reference=table["niveau_scolaire"].map(dict(reference)).astype("Float64"))
    elif isinstance(reference, int | float):
        table = table.assign(reference=float(reference))
    else:
        commune = mesure(_reference_nommee(resultats, par, reference), par=sur)
        commune = commune.rename(columns={nom: "reference", "effectif": "effectif_reference"})
        table = table.merge(commune[[sur, "reference", "effectif_reference"]], on=sur, how="left")
    return table.assign(ecart=table[nom] - table["reference"])


def _reference_nommee(resultats: pd.DataFrame, par: str, reference: str) -> pd.DataFrame:
    """Les résultats de l'établissement, ou ceux du groupe de ce nom."""
    if reference == ETABLISSEMENT:
        return resultats
    if reference in set(resultats[par]):
        return resultats[resultats[par] == reference]
    noms = [ETABLISSEMENT, *sorted(set(resultats[par]))]
    sans_casse = {normaliser(nom): nom for nom in reversed(noms)}
    proche = [sans_casse[p] for p in difflib.get_close_matches(normaliser(reference), sans_casse, n=1)]
    raise ChoixInconnu(
        f"la référence « {reference} ».",
        f"un nombre, un objectif, ou l'un de ces noms : {', '.join(noms)}.",
        f"vouliez-vous dire « {proche[0]} » ?" if proche else "choisissez un de ces noms.",
    )
