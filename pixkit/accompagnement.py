"""Étage 2 et neuf dixièmes — qui accompagner dans une classe : mesures, noms, inconnus et suite,
réunis pour l'écran et le papier de l'enseignant."""

from dataclasses import dataclass

import pandas as pd

from pixkit.ecole import Ecole
from pixkit.mesures import a_accompagner
from pixkit.mesures.suivi import A_RELANCER
from pixkit.parcours import plan_de_classe

MINUTES = 120
"""Le temps du plan d'où vient le prochain parcours : celui que propose d'abord « Choisir »."""


@dataclass(frozen=True)
class Accompagnement:
    """`table` de `a_accompagner`, chaque élève nommé (`nom`) ; `parcours` {eleve: le prochain} ;
    `inconnus` : les noms de ceux de la liste qui n'ont rien envoyé."""

    table: pd.DataFrame
    parcours: pd.Series
    inconnus: list[str]


def accompagner(ecole: Ecole, campagne: str, classe: str, objectif: float) -> Accompagnement:
    """Une classe dans une campagne, face à un objectif (0–1)."""
    resultats = ecole.resultats
    ici = (resultats["campagne"] == campagne) & (resultats["classe"] == classe)
    table = a_accompagner(resultats[ici], objectif=objectif)
    noms = _nommer(pd.concat([ecole.tables.eleves, ecole.participations])).reindex(table["eleve"])
    table = table.assign(nom=noms.fillna("sans nom").to_numpy(str))
    suivi = ecole.suivi
    absents = suivi[
        (suivi["campagne"] == campagne)
        & (suivi["classe"] == classe)
        & suivi["etat"].isin(A_RELANCER)
    ]
    return Accompagnement(table, _parcours(ecole, resultats[ici], classe), sorted(_nommer(absents)))


def _nommer(table: pd.DataFrame) -> pd.Series:
    """{eleve: « NOM Prénom »}, la première fois qu'il est nommé."""
    seuls = table.drop_duplicates("eleve").set_index("eleve")
    return (seuls["nom"].fillna("") + " " + seuls["prenom"].fillna("")).str.strip()


def _parcours(ecole: Ecole, resultats: pd.DataFrame, classe: str) -> pd.Series:
    """{eleve: son prochain parcours}, celui du plan de sa classe."""
    if resultats.empty:
        return pd.Series(dtype=str)
    plan = plan_de_classe(ecole.resultats, ecole.catalogue, classe=classe, minutes=MINUTES)
    suites = pd.concat([plan.groupes, plan.suggestions])[["eleve", "parcours"]]
    return suites.drop_duplicates("eleve").set_index("eleve")["parcours"]
