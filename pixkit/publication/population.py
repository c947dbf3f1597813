"""Étage 4 — de qui parlerait une publication : une ligne par élève et par campagne.

Reste dans l'ordinateur de l'enseignant.
"""

import pandas as pd

from pixkit.ecole import Ecole

RESULTAT = ["competence", "nb_acquis", "nb_acquis_maitrises", "niveau_pix"]
CAMPAGNE = ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"]
_LIEU = ["campagne", "eleve", "classe", "niveau_scolaire"]


def population(ecole: Ecole) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deux tables : les élèves et leurs résultats.

    Élèves, une ligne par élève × campagne : `classe`, `niveau_scolaire`, `sur_liste` (la liste des
    élèves dit combien on en attend), `envoye`, `certifiable` (collecte). Résultats : ceux de
    l'école, réduits à ces élèves et à leur classe. Quand une campagne a une liste, seuls comptent
    les élèves attendus et reliés avec certitude : c'est ce qui permet de savoir ce qu'une
    soustraction à la liste de classe révélerait.
    """
    resultats, suivi = ecole.resultats, ecole.suivi
    campagnes = resultats[CAMPAGNE].drop_duplicates("campagne")
    attendus = (suivi["etat"] != "hors_perimetre") & suivi["campagne"].isin(campagnes["campagne"])
    listes = suivi[attendus]
    listes = listes.assign(sur_liste=True, envoye=listes["etat"] == "envoye")
    sans = resultats[~resultats["campagne"].isin(listes["campagne"])]
    sans = sans.drop_duplicates(["campagne", "eleve"]).assign(sur_liste=False, envoye=True)
    colonnes = [*_LIEU, "sur_liste", "envoye"]
    eleves = pd.concat([listes[colonnes], sans[colonnes]], ignore_index=True)
    eleves = eleves.merge(campagnes, on="campagne").drop_duplicates(["campagne", "eleve"])
    eleves = eleves.fillna({"niveau_scolaire": ""})
    eleves = eleves.merge(_certifiables(ecole), on=["campagne", "eleve"], how="left")
    gardes = resultats.drop(columns=["classe", "niveau_scolaire"])
    gardes = gardes.merge(eleves.loc[eleves["envoye"], _LIEU], on=["campagne", "eleve"])
    noms = [*CAMPAGNE, "eleve", "classe", "niveau_scolaire", "date_envoi", "domaine", *RESULTAT]
    return eleves, gardes[noms]


def _certifiables(ecole: Ecole) -> pd.DataFrame:
    """Une ligne par élève × collecte : est-il certifiable à son envoi retenu ?"""
    lignes = ecole.participations
    dits = lignes[lignes["retenue"] & lignes["envoye"]].dropna(subset="certifiable")
    return dits.drop_duplicates(["campagne", "eleve"])[["campagne", "eleve", "certifiable"]]
