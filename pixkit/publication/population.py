"""Étage 4 — de qui parlerait une publication : une ligne par élève et par campagne. Reste dans
l'ordinateur de l'enseignant."""

import pandas as pd

from pixkit.appariement import Appariement
from pixkit.mesures import participations_reliees, resultats_retenus, suivi
from pixkit.tables import Tables

RESULTAT = ["competence", "nb_acquis", "nb_acquis_maitrises", "niveau_pix"]
CAMPAGNE = ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"]


def population(
    tables: Tables, liens: Appariement, perimetres: dict[str, list[str]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deux tables : les élèves et leurs résultats.

    Élèves, une ligne par élève × campagne : `classe`, `niveau_scolaire`, `sur_liste` (la liste des
    élèves dit combien on en attend), `envoye`, `certifiable` (collecte). Résultats : ceux de
    `resultats_retenus`, réduits à ces élèves et à leur classe. Quand une campagne a une liste,
    seuls comptent les élèves attendus et reliés avec certitude : c'est ce qui permet de savoir ce
    qu'une soustraction à la liste de classe révélerait.
    """
    resultats = resultats_retenus(tables, liens)
    attendus = suivi(tables, liens, perimetres=perimetres)
    attendus = attendus[attendus["etat"] != "hors_perimetre"]
    campagnes = resultats[CAMPAGNE].drop_duplicates("campagne")
    listes = attendus[attendus["campagne"].isin(campagnes["campagne"])]
    listes = listes.assign(sur_liste=True, envoye=listes["etat"] == "envoye")
    sans = resultats[~resultats["campagne"].isin(listes["campagne"])].drop_duplicates(
        ["campagne", "eleve"]
    )
    sans = sans.assign(sur_liste=False, envoye=True)
    colonnes = ["campagne", "eleve", "classe", "niveau_scolaire", "sur_liste", "envoye"]
    eleves = pd.concat([listes[colonnes], sans[colonnes]], ignore_index=True).merge(
        campagnes, on="campagne"
    )
    eleves = eleves.drop_duplicates(["campagne", "eleve"]).fillna({"niveau_scolaire": ""})
    certifiables = _certifiables(tables, liens)
    eleves = eleves.merge(certifiables, on=["campagne", "eleve"], how="left")
    gardes = resultats.drop(columns=["classe", "niveau_scolaire"]).merge(
        eleves.loc[eleves["envoye"], ["campagne", "eleve", "classe", "niveau_scolaire"]],
        on=["campagne", "eleve"],
    )
    return eleves, gardes[
        [*CAMPAGNE, "eleve", "classe", "niveau_scolaire", "date_envoi", "domaine", *RESULTAT]
    ]


def _certifiables(tables: Tables, liens: Appariement) -> pd.DataFrame:
    """Une ligne par élève × collecte : est-il certifiable à son envoi retenu ?"""
    participations = participations_reliees(tables, liens)
    relies = participations[participations["retenue"] & participations["envoye"]]
    dits = relies.dropna(subset="certifiable").drop_duplicates(["campagne", "eleve"])
    return dits[["campagne", "eleve", "certifiable"]]
