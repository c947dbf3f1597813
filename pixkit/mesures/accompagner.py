"""Étage 2 — qui accompagner, et dans quels domaines : l'objectif, et ce qu'une seule note d'élève
laisse ignorer."""

import numpy as np
import pandas as pd

from pixkit.grandeurs import TAUX
from pixkit.mesures.certitude import A_95, wilson
from pixkit.mesures.retenus import exiger_colonnes

SUR, A_VERIFIER, AU_DESSUS = "sûr", "à vérifier", "non"


def a_accompagner(resultats: pd.DataFrame, *, objectif: float = 0.6) -> pd.DataFrame:
    """Une ligne par élève × domaine qu'il a passé dans une évaluation : sa `note`, l'intervalle à
    95 % de ce qu'il sait (`bas`, `haut`), et s'il est `sous_objectif`.

    `sous_objectif` : « sûr » si tout l'intervalle est sous l'objectif, « à vérifier » si seule la
    note y est, « non » sinon. L'intervalle est celui de Wilson sur ses acquis : ceux d'un même
    sujet se suivent, il est donc au plus court. Par classe et par clé : nul n'est classé. Une
    collecte ne dit pas sur combien d'acquis elle conclut : elle n'a pas de ligne.
    """
    exiger_colonnes(resultats, ["classe"])
    passes = resultats[(resultats["type_campagne"] == "evaluation") & (resultats["nb_acquis"] > 0)]
    nombres = ["nb_acquis", "nb_acquis_maitrises"]
    table = passes.groupby(["classe", "eleve", "domaine"])[nombres].sum().reset_index()
    nombre = table["nb_acquis"].to_numpy(float)
    note = table["nb_acquis_maitrises"].to_numpy(float) / nombre
    bas, haut = wilson(note, nombre, A_95)
    sous = sous_objectif(note, haut, objectif)
    return table.assign(mesure=TAUX.nom, note=note, bas=bas, haut=haut, sous_objectif=sous)


def sous_objectif(note: np.ndarray, haut: np.ndarray, objectif: float) -> np.ndarray:
    """Ce que l'on peut dire de chaque note, son intervalle allant jusqu'à `haut`."""
    return np.select([haut < objectif, note < objectif - 1e-9], [SUR, A_VERIFIER], AU_DESSUS)
