"""Étage 4 — de qui parlerait une publication : une ligne par élève et par campagne.

Reste dans l'ordinateur de l'enseignant.
"""

import pandas as pd

from pixkit.ecole import Ecole

RESULTAT = ["competence", "nb_acquis", "nb_acquis_maitrises", "niveau_pix"]
CAMPAGNE = ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"]
_QUI = ["campagne", "eleve"]
_LIEU = [*_QUI, "classe", "niveau_scolaire"]
_RESULTATS = [*CAMPAGNE, *_LIEU[1:], "date_envoi", "domaine", *RESULTAT]


def population(ecole: Ecole) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deux tables : les élèves et leurs résultats.

    Élèves, une ligne par élève × campagne : `classe`, `niveau_scolaire`, `sur_liste` (la liste des
    élèves dit combien on en attend), `envoye`, `certifiable` (collecte). Résultats : ceux de
    l'école, réduits à ces élèves et à leur classe. Quand une campagne a une liste, seuls comptent
    les élèves attendus et reliés avec certitude : c'est ce qui permet de savoir ce qu'une
    soustraction à la liste de classe révélerait.
    """
    resultats = ecole.resultats
    eleves = _eleves(resultats, ecole.suivi).merge(_certifiables(ecole), on=_QUI, how="left")
    gardes = resultats.drop(columns=["classe", "niveau_scolaire"])
    return eleves, gardes.merge(eleves.loc[eleves["envoye"], _LIEU], on=_QUI)[_RESULTATS]


def _eleves(resultats: pd.DataFrame, suivi: pd.DataFrame) -> pd.DataFrame:
    """Les élèves attendus d'une campagne qui a une liste ; ceux qui ont envoyé, d'une autre."""
    campagnes = resultats[CAMPAGNE].drop_duplicates("campagne")
    attendus = (suivi["etat"] != "hors_perimetre") & suivi["campagne"].isin(campagnes["campagne"])
    listes = suivi[attendus].assign(sur_liste=True, envoye=suivi["etat"] == "envoye")
    sans = resultats[~resultats["campagne"].isin(listes["campagne"])].drop_duplicates(_QUI)
    colonnes = [*_LIEU, "sur_liste", "envoye"]
    morceaux = [listes[colonnes], sans.assign(sur_liste=False, envoye=True)[colonnes]]
    eleves = pd.concat(morceaux, ignore_index=True).merge(campagnes, on="campagne")
    return eleves.drop_duplicates(_QUI).fillna({"niveau_scolaire": ""})


def _certifiables(ecole: Ecole) -> pd.DataFrame:
    """Une ligne par élève × collecte : est-il certifiable à son envoi retenu ?"""
    lignes = ecole.participations
    dits = lignes[lignes["retenue"] & lignes["envoye"]].dropna(subset="certifiable")
    return dits.drop_duplicates(_QUI)[[*_QUI, "certifiable"]]
