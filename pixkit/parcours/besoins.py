"""Étage 2 — ce dont une classe a besoin, compétence par compétence, selon ce qu'on cherche."""

import numpy as np
import pandas as pd

from pixkit.erreurs import ChoixInconnu, ComparaisonImpossible
from pixkit.mesures.accompagner import sous_objectif
from pixkit.mesures.certifiables import CERTIFIABLE
from pixkit.mesures.certitude import A_95, wilson
from pixkit.mesures.compter import notes
from pixkit.mesures.retenus import MESURES_DES_TYPES
from pixkit.referentiel import competences
from pixkit.tables import BUTS

OBJECTIFS = {"evaluation": 0.5, "collecte": 1.0}
"""Au-dessous : la moitié des acquis, ou le niveau 1, celui qui compte pour la certifiabilité (5
compétences au niveau 1)."""
PIX_D_UN_NIVEAU = 8
"""Guide Pix : un niveau, c'est 8 pix."""
_COLONNES = ["eleve", "competence", "nb_acquis", "valeur", "note", "nb_pix"]


def notes_recentes(resultats: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève × compétence : sa note à la dernière campagne qui l'a testée, et s'il est
    `sous` l'objectif.

    Un niveau 0 sans aucun pix ne dit pas si l'élève a essayé : `jamais`, et non sous l'objectif ;
    toute autre campagne en dit davantage.
    """
    morceaux = [_notes(genre, lignes) for genre, lignes in resultats.groupby("type_campagne")]
    if not morceaux:
        vide = pd.DataFrame(columns=[*_COLONNES, "jamais", "sous", "quand", "genre"])
        return vide.astype({"jamais": bool, "sous": bool})
    toutes = pd.concat(morceaux, ignore_index=True)
    toutes = toutes.sort_values(
        ["jamais", "quand", "genre"], ascending=[False, True, True], kind="stable"
    )
    dernieres = toutes.drop_duplicates(["eleve", "competence"], keep="last")
    return dernieres.sort_values(["eleve", "competence"], ignore_index=True)


def _notes(genre: str, lignes: pd.DataFrame) -> pd.DataFrame:
    """Les notes de toutes les campagnes d'un genre, leurs pix (vides si l'export les tait)."""
    table = notes(lignes, par="campagne", sur="competence").dropna(subset="note")
    cles = ["eleve", "campagne", "competence"]
    pix = pd.Series(lignes.get("nb_pix"), index=lignes.index, dtype="Float64")
    pix = lignes[cles].assign(nb_pix=pix).groupby(cles, observed=True)["nb_pix"].max()
    table = table.join(pix, on=cles)
    quand = table["campagne"].map(lignes.groupby("campagne")["date_envoi"].max())
    jamais = (table["note"] == 0) & (table["nb_pix"] == 0).fillna(False).astype(bool)
    sous = (table["note"] < OBJECTIFS[genre] - 1e-9) & ~jamais
    return table[_COLONNES].assign(jamais=jamais, sous=sous, quand=quand, genre=genre)


def ou_en_est_chacun(recentes: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève × compétence d'une table de `notes_recentes` : sa `note`, s'il n'a
    `jamais` eu un pix, et s'il est `sous_objectif`, comme dans `a_accompagner`.

    Un niveau n'a pas d'intervalle : il est au-dessous, ou non.
    """
    note, nombre = recentes["note"].to_numpy(float), recentes["nb_acquis"].to_numpy(float)
    en_taux = (recentes["genre"] == "evaluation").to_numpy()
    haut = np.where(en_taux, wilson(note.clip(0, 1), nombre, A_95)[1], note)
    objectif = recentes["genre"].map(OBJECTIFS).to_numpy(float)
    table = recentes[["eleve", "competence", "nb_acquis", "valeur", "note", "jamais"]]
    mesure = recentes["genre"].map({genre: une.nom for genre, une in MESURES_DES_TYPES.items()})
    return table.assign(
        mesure=mesure,
        sous_objectif=sous_objectif(note, haut, objectif),
        avance=note / objectif,
    )


def notes_a_certifier(resultats: pd.DataFrame) -> pd.DataFrame:
    """Les `notes_recentes` des seules collectes, pour les élèves qui n'ont pas 5 compétences au
    niveau 1 ; `sous` : sans le niveau 1, jamais validé compris ; `poids` : ce que cela compte.

    Un élève à qui manquent k compétences compte 1/k dans chacune, jusqu'à deux fois plus quand il
    touche au niveau 1 (8 pix) : (1 + pix/8)/k. Lève ComparaisonImpossible.
    """
    collecte = resultats[resultats["type_campagne"] == "collecte"]
    if collecte.empty:
        raise ComparaisonImpossible(
            "des résultats sans collecte de profils.",
            "une collecte de profils : elle seule dit les niveaux des 16 compétences.",
            "créez une collecte dans Pix Orga, ou choisissez un autre but.",
        )
    recentes = notes_recentes(collecte)
    sous = recentes["sous"] | recentes["jamais"]
    manquent = CERTIFIABLE - (~sous).groupby(recentes["eleve"]).transform("sum")
    chemin = recentes["nb_pix"].fillna(0).astype(float).clip(upper=PIX_D_UN_NIVEAU)
    poids = sous * (1 + chemin / PIX_D_UN_NIVEAU) / manquent
    return recentes.assign(sous=sous, jamais=False, poids=poids)[manquent > 0]


def besoins(resultats: pd.DataFrame, *, but: str = "faibles") -> pd.DataFrame:
    """Une ligne par compétence (les 16) : `effectif` élèves, dont `nb_sous` sous l'objectif, les
    `nb_jamais` autres dont on ne sait rien, `testee`, et le `besoin` (0 s'il n'y en a pas).

    `resultats` : ceux d'un groupe. « faibles » : les élèves sous l'objectif, comptés à la borne
    basse de l'intervalle à 95 % — ce dont on est sûr ; une compétence jamais testée, ou sans aucun
    pix, est inconnue, pas un besoin. « certifiables » : parmi les élèves qui n'ont pas 5
    compétences au niveau 1, ceux à qui celle-ci manque, chacun d'autant plus qu'il en est près
    (demande une collecte). « angles-morts » : les compétences jamais testées d'abord, les
    faiblesses ensuite. Lève ChoixInconnu ou ComparaisonImpossible.
    """
    notes_du_but = notes_a_certifier if but == "certifiables" else notes_recentes
    return besoins_des_notes(notes_du_but(resultats), but=but)


def besoins_des_notes(recentes: pd.DataFrame, *, but: str) -> pd.DataFrame:
    """`besoins` d'après une table de `notes_recentes` (`notes_a_certifier` pour « certifiables »).

    Lève ChoixInconnu.
    """
    if but not in BUTS:
        raise ChoixInconnu(
            f"le but « {but} ».", f"un de : {', '.join(BUTS)}.", "choisissez l'un des trois."
        )
    eleves, codes = recentes["eleve"].nunique(), list(competences())
    par_competence = recentes[~recentes["jamais"]].groupby("competence")
    comptes = par_competence["sous"].agg(effectif="size", nb_sous="sum")
    comptes = comptes.reindex(codes, fill_value=0).astype({"nb_sous": int})
    comptes = comptes.assign(nb_jamais=eleves - comptes["effectif"], testee=comptes["effectif"] > 0)
    if but == "certifiables":
        besoin = par_competence["poids"].sum().reindex(codes, fill_value=0.0)
    else:
        besoin = _surs(comptes)
    if but == "angles-morts":
        besoin = (besoin * 0.1).where(comptes["testee"], float(eleves))
    return comptes.assign(besoin=besoin.round(6)).rename_axis("competence").reset_index()


def _surs(comptes: pd.DataFrame) -> pd.Series:
    """Les élèves sous l'objectif dont on est sûr, à la borne basse de l'intervalle à 95 %."""
    nombre = np.maximum(comptes["effectif"], 1).astype(float)
    bas, _ = wilson(comptes["nb_sous"] / nombre, nombre, A_95)
    return bas * comptes["effectif"]
