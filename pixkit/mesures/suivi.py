"""Étage 2 — qui n'a pas passé le parcours : la liste des élèves face aux participations reliées."""

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from pixkit.appariement import Appariement
from pixkit.mesures.participation import etats
from pixkit.mesures.retenus import SANS_CLASSE, exiger_colonnes
from pixkit.referentiel import normaliser
from pixkit.tables import FUSEAU, LIENS_FERMES, Tables

ETATS_SUIVI = ("jamais_commence", "en_cours", "termine_non_envoye", "envoye", "hors_perimetre")
A_RELANCER = ETATS_SUIVI[:3]
_PART_DU_NIVEAU = 0.15
"""Part des participants à partir de laquelle une campagne s'adresse à un niveau scolaire : un redoublant isolé ne suffit pas."""
_PART_DE_LA_CLASSE = 0.1
"""Part d'une classe à partir de laquelle elle a commencé : deux élèves venus d'ailleurs ne suffisent pas."""


def suivi(
    tables: Tables,
    appariement: Appariement,
    *,
    perimetres: Mapping[str, Iterable[str]] | None = None,
) -> pd.DataFrame:
    """Une ligne par élève de la liste × campagne de son année : `etat` (ETATS_SUIVI), `progression`, `date_debut`, `date_envoi`.

    `perimetres` {campagne: classes} dit à qui une campagne s'adresse ; à défaut, voir `_perimetre`.
    `a_verifier` : le nom saisi qui pourrait être celui de l'élève, à arbitrer. Une campagne d'une année sans liste n'a pas de
    ligne : on ne sait pas qui elle attendait.
    """
    eleves = tables.eleves.assign(classe=_classes(tables.eleves))
    liens = _liens(tables.participations, appariement)
    doutes = appariement.doutes.merge(liens.drop(columns="eleve"), on=["fichier", "ligne"])
    morceaux = [
        _suivre(lignes, doutes[doutes["campagne"] == campagne], eleves, (perimetres or {}).get(str(campagne)))
        for campagne, lignes in liens.groupby("campagne", sort=True)
    ]
    colonnes = ["eleve", "nom", "prenom", "classe", "campagne", "etat", "progression", "nom_campagne", "niveau_scolaire",
                "annee_scolaire", "professeur_principal", "mouvement", "date_debut", "date_envoi", "a_verifier"]  # fmt: skip
    table = pd.concat(morceaux, ignore_index=True) if morceaux else pd.DataFrame(columns=colonnes)
    return table[colonnes].sort_values(["campagne", "classe", "nom", "prenom", "eleve"], ignore_index=True)


def _classes(eleves: pd.DataFrame) -> pd.Series:
    return eleves["classe"].fillna(eleves["groupes"]).fillna(SANS_CLASSE)


def _liens(participations: pd.DataFrame, appariement: Appariement) -> pd.DataFrame:
    """Les participations retenues, leur état, le nom saisi, et l'élève de la liste quand le lien est ferme."""
    retenues = participations[participations["retenue"]].drop(columns="eleve")
    retenues = retenues.assign(etat=etats(retenues).replace("envoye_sans_detail", "envoye"))
    liens = retenues.merge(appariement.appariements, on=["fichier", "ligne"], validate="one_to_one")
    return liens.assign(
        eleve=liens["eleve"].where(liens["certitude"].isin(LIENS_FERMES)),
        saisi=(liens["prenom"].fillna("") + " " + liens["nom"].fillna("")).str.strip(),
    )


def _suivre(liens: pd.DataFrame, doutes: pd.DataFrame, eleves: pd.DataFrame, classes: Iterable[str] | None) -> pd.DataFrame:
    annee = liens["annee_scolaire"].dropna().mode()
    de_l_annee = eleves[eleves["annee_scolaire"].isna() | eleves["annee_scolaire"].isin(annee)]
    participants = de_l_annee[de_l_annee["eleve"].isin(liens["eleve"].dropna())]
    attendus = de_l_annee[de_l_annee["etablissement"].isin(_majoritaires(participants["etablissement"]))]
    nom = next(iter(liens["nom_campagne"].dropna()), str(liens["campagne"].iloc[0]))
    dedans = attendus["classe"].isin(list(classes)) if classes is not None else _perimetre(nom, attendus, participants)
    concernes = set(attendus.loc[dedans & attendus["present"], "eleve"])
    faits = _un_par_eleve(pd.concat([liens.dropna(subset="eleve"), _homonymes_au_complet(doutes)]))
    table = attendus.merge(faits, on="eleve", how="left", validate="one_to_one")
    etat = table["etat"].fillna("jamais_commence").where(table["eleve"].isin(concernes), "hors_perimetre")
    saisis = doutes.sort_values("saisi").groupby("eleve")["saisi"].first()
    return table.assign(
        campagne=liens["campagne"].iloc[0],
        nom_campagne=nom,
        etat=etat,
        a_verifier=table["eleve"].map(saisis).where(etat == "jamais_commence"),
    )


def _homonymes_au_complet(doutes: pd.DataFrame) -> pd.DataFrame:
    """Deux homonymes, deux participations dans le même état : chacun est dans cet état, sans qu'il faille savoir qui est qui.

    Les dates, elles, sont attribuées dans l'ordre : elles ne servent qu'à compter.
    """
    homonymes = doutes[doutes["homonymes"]].sort_values(["fichier", "ligne", "eleve"])
    ensembles = homonymes.groupby(["fichier", "ligne"])["eleve"].agg("|".join)
    homonymes = homonymes.join(ensembles.rename("ensemble"), on=["fichier", "ligne"])
    groupes = homonymes.groupby("ensemble")
    au_complet = groupes["eleve"].transform("size") == groupes["eleve"].transform("nunique") ** 2
    un_seul_etat = groupes["etat"].transform("nunique") == 1
    meme_rang = homonymes.groupby(["fichier", "ligne"]).cumcount() == homonymes.groupby("eleve").cumcount()
    return homonymes[au_complet & un_seul_etat & meme_rang]


def _majoritaires(etablissements: pd.Series) -> list[str]:
    """L'établissement des participants ; deux listes d'un même établissement (SIECLE et Pronote) en font deux."""
    comptes = etablissements.value_counts()
    return list(comptes.index[comptes >= comptes.max() / 3]) if len(comptes) else []


def _perimetre(nom_campagne: str, attendus: pd.DataFrame, participants: pd.DataFrame) -> pd.Series:
    """À qui s'adresse une campagne : aux classes que son nom cite ; sinon, si c'est un parcours de rentrée, à tout le niveau
    scolaire de ses participants ; sinon aux classes qui ont commencé.
    """
    nom = f" {normaliser(nom_campagne)} "
    cites = [classe for classe in attendus["classe"].unique() if f" {normaliser(classe)} " in nom]
    if cites:
        return attendus["classe"].isin(cites)
    presents = participants[participants["present"]]
    niveaux = presents["niveau_scolaire"].value_counts(normalize=True)
    du_niveau = attendus["niveau_scolaire"].isin(niveaux.index[niveaux >= _PART_DU_NIVEAU])
    if "rentree" in nom and du_niveau.any():
        # Un élève dont on ignore le niveau (sans classe, ULIS) est concerné s'il a participé.
        return du_niveau | (attendus["niveau_scolaire"].isna() & attendus["eleve"].isin(presents["eleve"]))
    effectifs, venus = attendus["classe"].value_counts(), presents["classe"].value_counts()
    parts = venus / effectifs.reindex(venus.index)
    commencees = set(venus.index[(venus >= 2) & (parts >= _PART_DE_LA_CLASSE)]) - {SANS_CLASSE}
    return attendus["classe"].isin(commencees)


def _un_par_eleve(liens: pd.DataFrame) -> pd.DataFrame:
    """La participation la plus avancée de chaque élève : un élève peut avoir deux comptes Pix."""
    avance = liens["etat"].map(ETATS_SUIVI.index)
    rangees = liens.assign(avance=avance).sort_values(["avance", "date_envoi", "date_debut", "fichier", "ligne"])
    return rangees.drop_duplicates("eleve", keep="last")[["eleve", "etat", "progression", "date_debut", "date_envoi"]]


def participation_attendue(suivi: pd.DataFrame, *, par: str = "classe", avant: date | None = None) -> pd.DataFrame:
    """Une ligne par groupe : les élèves attendus dans chaque état, leur `effectif`, et `taux_envoye`.

    Donnez une seule campagne. `avant` (la Toussaint) ajoute `envoye_a_temps`, les envois d'avant ce jour. Les élèves hors
    périmètre ne sont ni comptés ni dans l'effectif.
    """
    attendus = suivi[suivi["etat"] != "hors_perimetre"]
    exiger_colonnes(attendus, [par])
    compte = attendus.groupby([par, "etat"]).size().unstack(fill_value=0)
    compte = compte.reindex(columns=["envoye", "termine_non_envoye", "en_cours", "jamais_commence"], fill_value=0)
    compte = compte.assign(effectif=compte.sum(axis=1))
    if avant is not None:
        a_temps = attendus[attendus["date_envoi"] < pd.Timestamp(avant, tz=FUSEAU)].groupby(par).size()
        compte["envoye_a_temps"] = a_temps.reindex(compte.index, fill_value=0)
    return compte.assign(taux_envoye=compte["envoye"] / compte["effectif"]).reset_index()


def participation_dans_le_temps(suivi: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par jour où quelque chose s'est passé : combien d'élèves attendus avaient commencé, et envoyé, ce soir-là.

    `effectif` est le nombre d'élèves attendus. Une collecte n'a pas de date de début : `nb_commence` y suit les envois.
    """
    attendus = suivi[suivi["etat"] != "hors_perimetre"]
    envois = attendus["date_envoi"].dropna().dt.tz_localize(None).dt.normalize()
    debuts = attendus["date_debut"].fillna(attendus["date_envoi"]).dropna().dt.tz_localize(None).dt.normalize()
    jours = pd.Index(sorted(set(envois) | set(debuts)), name="jour")
    cumuls = {nom: dates.value_counts().reindex(jours, fill_value=0).cumsum() for nom, dates in
              (("nb_commence", debuts), ("nb_envoye", envois))}  # fmt: skip
    return pd.DataFrame(cumuls, index=jours).assign(effectif=len(attendus)).reset_index()


def relances(suivi: pd.DataFrame) -> pd.DataFrame:
    """Les élèves à relancer : jamais commencé, en cours, ou terminé sans envoyer ; par classe, campagne, nom."""
    a_relancer = suivi[suivi["etat"].isin(A_RELANCER)]
    ordre = ["classe", "nom_campagne", "nom", "prenom", "eleve"]
    return a_relancer.sort_values(ordre, key=lambda colonne: colonne.map(normaliser), ignore_index=True)


def suivi_par_eleve(suivi: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève et par année, une colonne par campagne (son `etat`), vide quand la campagne n'est pas de son année."""
    qui = ["annee_scolaire", "classe", "nom", "prenom", "eleve", "mouvement"]
    suivi = suivi.assign(mouvement=suivi["mouvement"].fillna(""))
    return (
        suivi.pivot_table(index=qui, columns="nom_campagne", values="etat", aggfunc="first")
        .reset_index()
        .rename_axis(columns=None)
    )
