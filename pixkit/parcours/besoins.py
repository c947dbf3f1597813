"""Étage 2 — ce dont une classe a besoin, compétence par compétence, selon ce qu'on cherche."""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from pixkit.erreurs import ChoixInconnu, ComparaisonImpossible
from pixkit.mesures.certitude import wilson
from pixkit.mesures.compter import notes
from pixkit.referentiel import competences
from pixkit.tables import BUTS

OBJECTIFS = {"evaluation": 0.5, "collecte": 1.0}
"""Au-dessous : la moitié des acquis, ou le niveau 1, celui qui compte pour la certifiabilité (5
compétences au niveau 1)."""
CERTIFIABLE = 5
_A_95 = stdtrit(1e6, 0.975)


def notes_recentes(resultats: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève × compétence : sa note à la dernière campagne qui l'a testée, et s'il est
    `sous` l'objectif."""
    morceaux = []
    for genre, lignes in resultats.groupby("type_campagne"):
        table = notes(lignes, par="campagne", sur="competence").dropna(subset="note")
        dates = lignes.groupby("campagne")["date_envoi"].max()
        sous = table["note"] < OBJECTIFS[genre] - 1e-9
        quand = table["campagne"].map(dates)
        table = table[["eleve", "competence", "note"]]
        morceaux.append(table.assign(sous=sous, quand=quand, genre=genre))
    if not morceaux:
        return pd.DataFrame(columns=["eleve", "competence", "note", "sous", "quand", "genre"])
    toutes = pd.concat(morceaux, ignore_index=True).sort_values(["quand", "genre"], kind="stable")
    dernieres = toutes.drop_duplicates(["eleve", "competence"], keep="last")
    return dernieres.sort_values(["eleve", "competence"], ignore_index=True)


def besoins(resultats: pd.DataFrame, *, but: str = "faibles") -> pd.DataFrame:
    """Une ligne par compétence (les 16) : `effectif`, `nb_sous`, `testee`, et le `besoin` (0 s'il
    n'y en a pas).

    `resultats` : ceux d'un groupe. « faibles » : les élèves sous l'objectif, comptés à la borne
    basse de l'intervalle à 95 % — ce dont on est sûr ; une compétence jamais testée est inconnue,
    pas un besoin. « certifiables » : parmi les élèves qui n'ont pas 5 compétences au niveau 1, ceux
    à qui celle-ci manque (demande une collecte). « angles-morts » : les compétences jamais testées
    d'abord, les faiblesses ensuite. Lève ChoixInconnu ou ComparaisonImpossible.
    """
    if but == "certifiables":
        resultats = resultats[resultats["type_campagne"] == "collecte"]
    return besoins_des_notes(notes_recentes(resultats), but=but)


def besoins_des_notes(recentes: pd.DataFrame, *, but: str) -> pd.DataFrame:
    """`besoins` d'après une table de `notes_recentes` (des seules collectes pour « certifiables »).

    Lève ChoixInconnu ou ComparaisonImpossible.
    """
    if but not in BUTS:
        raise ChoixInconnu(
            f"le but « {but} ».", f"un de : {', '.join(BUTS)}.", "choisissez l'un des trois."
        )
    eleves = recentes["eleve"].nunique()
    recentes = _non_certifiables(recentes) if but == "certifiables" else recentes
    comptes = recentes.groupby("competence")["sous"].agg(effectif="size", nb_sous="sum")
    comptes = comptes.reindex(list(competences()), fill_value=0).astype({"nb_sous": int})
    table = comptes.assign(testee=comptes["effectif"] > 0).rename_axis("competence").reset_index()
    surs = _surs(table)
    besoin = {
        "certifiables": table["nb_sous"].astype(float),
        "faibles": surs,
        "angles-morts": (surs * 0.1).where(table["testee"], float(eleves)),
    }
    return table.assign(besoin=besoin[but])


def _surs(table: pd.DataFrame) -> pd.Series:
    """Les élèves sous l'objectif dont on est sûr, à la borne basse de l'intervalle à 95 %."""
    nombre = np.maximum(table["effectif"], 1).astype(float)
    bas, _ = wilson(table["nb_sous"] / nombre, nombre, _A_95)
    return (bas * table["effectif"]).round(6)


def _non_certifiables(collecte: pd.DataFrame) -> pd.DataFrame:
    if collecte.empty:
        raise ComparaisonImpossible(
            "des résultats sans collecte de profils.",
            "une collecte de profils : elle seule dit les niveaux des 16 compétences.",
            "créez une collecte dans Pix Orga, ou choisissez un autre but.",
        )
    atteintes = (~collecte["sous"]).groupby(collecte["eleve"]).transform("sum")
    return collecte[atteintes < CERTIFIABLE]
