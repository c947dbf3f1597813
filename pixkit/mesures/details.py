"""Étage 2 — au plus près : les acquis d'une compétence, les élèves d'une case, la fiche de l'un."""

import numpy as np
import pandas as pd

from pixkit.grandeurs import TAUX
from pixkit.mesures.certitude import A_95, wilson
from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.compter import notes
from pixkit.mesures.dispersion import quartiles
from pixkit.mesures.retenus import mesure_de
from pixkit.tables import Tables


def acquis_reussis(tables: Tables, resultats: pd.DataFrame, *, par: str = "classe") -> pd.DataFrame:
    """Une ligne par groupe × acquis : `nb_acquis` (élèves testés), `nb_acquis_maitrises`, leur
    quotient.

    `resultats` dit qui et quelle campagne (voir `resultats_retenus`). Vide quand l'export ne montre
    pas les acquis. « Non testé » n'est pas un échec : il n'est pas compté.
    """
    retenus = resultats[["fichier", "ligne", "eleve", par]].drop_duplicates()
    acquis = tables.acquis[tables.acquis["fichier"].isin(retenus["fichier"])]
    textes = dict.fromkeys(("fichier", "acquis", "competence", "etat"), "str")
    lignes = acquis.astype(textes).merge(retenus, on=["fichier", "ligne"])
    testes = lignes[lignes["etat"] != "Non testé"]
    table = testes.assign(reussi=testes["etat"] == "OK").groupby(
        ["competence", par, "acquis"], observed=True
    )
    table = table.agg(
        nb_acquis=("reussi", "size"),
        nb_acquis_maitrises=("reussi", "sum"),
        effectif=("eleve", "nunique"),
    )
    valeur = table["nb_acquis_maitrises"] / table["nb_acquis"]
    return table.assign(mesure=TAUX.nom, valeur=valeur).reset_index()


def plafonds(tables: Tables) -> pd.DataFrame:
    """Une ligne par campagne × compétence : `niveau_teste`, le plus haut niveau d'acquis du
    parcours (`@moteur3` : niveau 3).

    Seuls les exports qui montrent les acquis le disent.
    """
    vus = tables.acquis[["fichier", "competence", "acquis"]].drop_duplicates().astype("str")
    campagnes = tables.participations[["fichier", "campagne"]].drop_duplicates()
    niveaux = vus.assign(niveau_teste=pd.to_numeric(vus["acquis"].str.extract(r"(\d)$")[0])).merge(
        campagnes, on="fichier"
    )
    return (
        niveaux.groupby(["campagne", "competence"])["niveau_teste"]
        .max()
        .astype("Int64")
        .reset_index()
    )


def eleves_d_une_case(resultats: pd.DataFrame, *, classe: str, competence: str) -> pd.DataFrame:
    """Une ligne par élève testé d'une case de la carte : `nb_acquis`, sa `valeur`, sa `note`, leur
    quotient, et l'intervalle à 95 % de ce qu'il sait (`bas`, `haut`), vide pour un niveau.

    Une seule campagne. Par clé : nul n'est classé.
    """
    exiger_comparables(resultats)
    table = notes(resultats, par="classe", sur="competence").dropna(subset="note")
    siens = table[(table["classe"] == classe) & (table["competence"] == competence)]
    mesure = mesure_de(resultats)
    bas = haut = np.nan
    if mesure is TAUX:
        bas, haut = wilson(siens["note"], siens["nb_acquis"], A_95)
    return siens.assign(bas=bas, haut=haut, mesure=mesure.nom)


def fiche_eleve(resultats: pd.DataFrame, eleve: str, *, par: str = "classe") -> pd.DataFrame:
    """Une ligne par compétence : la `note` d'un élève, et la médiane et les quartiles de son
    groupe.

    Une seule campagne.
    """
    exiger_comparables(resultats)
    siens = resultats[resultats["eleve"] == eleve]
    groupe = resultats[resultats[par].isin(siens[par])]
    table = notes(groupe, par=par, sur="competence").dropna(subset="note")
    notes_du_groupe = table.groupby("competence")["note"]
    centre = quartiles(notes_du_groupe).assign(effectif=notes_du_groupe.size()).reset_index()
    lui = table.loc[table["eleve"] == eleve, ["competence", "eleve", "note"]]
    return lui.merge(centre, on="competence").assign(mesure=mesure_de(resultats).nom)
