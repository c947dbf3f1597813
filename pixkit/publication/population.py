"""Étage 4 — de qui parlerait une publication : une ligne par élève et par campagne.

Reste dans l'ordinateur de l'enseignant.
"""

import pandas as pd

from pixkit.appariement.noms import mots
from pixkit.ecole import Ecole
from pixkit.memoire import lire_memoire
from pixkit.mesures.certifies import certifications_attendues, certifications_retenues
from pixkit.mesures.retenus import SANS_CLASSE
from pixkit.parcours.besoins import OBJECTIFS
from pixkit.publication.memoire import ETAPES, PARTS
from pixkit.referentiel import niveau_attendu

CAMPAGNE = ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"]
CERTIFICATION, ATTESTATION = "certification", "attestation"
"""Deux examens qui se comptent comme une campagne : sur la liste des élèves, oui ou non."""
_QUI = ["campagne", "eleve"]
_LIEU = [*_QUI, "classe", "niveau_scolaire"]
_RESULTATS = [*_QUI, "date_envoi", "competence", "nb_acquis", "nb_acquis_maitrises", "niveau_pix"]
_ELEVES = [*_LIEU, "sur_liste", *ETAPES, "envoye"]


def population(ecole: Ecole, effectif_min: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deux tables, sous les noms que l'établissement publie : les élèves et leurs résultats.

    Élèves, une ligne par élève × campagne : les `noms` qu'il porte, `classe`, `niveau_scolaire`,
    `sur_liste` (la liste des élèves dit combien on en attend), `commence`, `termine`, `envoye`,
    `certifiables` (collecte) et `sous_objectif` (évaluation : moins de la moitié de ses acquis) ;
    l'examen de certification et l'attestation de 6e y sont deux campagnes, `envoye` y dit reçu,
    `termine` présent, `commence` inscrit, `au_niveau` certifié au niveau attendu.
    Résultats : ceux de l'école, réduits à ces élèves. Quand une campagne a une liste, seuls
    comptent les élèves attendus et reliés avec certitude : c'est ce qui permet de savoir ce qu'une
    soustraction à la liste de classe révélerait.
    """
    resultats = ecole.resultats
    eleves = _eleves(resultats, ecole.suivi)
    for parts in (_certifiables(ecole), _sous_objectif(resultats)):
        eleves = eleves.merge(parts, on=_QUI, how="left")
    examens = [_certifies(ecole, effectif_min), _attestations(ecole)]
    eleves = pd.concat([eleves, *examens], ignore_index=True)
    eleves[list(PARTS)] = eleves.reindex(columns=PARTS).astype("boolean")
    lignes = lire_memoire(ecole.dossier, "noms_publies")
    publies = {ligne["nom_pix"]: ligne["nom_publie"] for ligne in lignes}
    noms = noms_portes(ecole)
    dits = {nom: eleves[nom].replace(publies) for nom in ("nom_campagne", "classe")}
    eleves = eleves.assign(noms=[noms.get(eleve, []) for eleve in eleves["eleve"]], **dits)
    envoyes = eleves.loc[eleves["envoye"], _QUI]
    return _sans_niveaux_meles(eleves), resultats.merge(envoyes, on=_QUI)[_RESULTATS]


def _eleves(resultats: pd.DataFrame, suivi: pd.DataFrame) -> pd.DataFrame:
    """Les élèves attendus d'une campagne qui a une liste ; ceux qui ont envoyé, d'une autre."""
    campagnes = resultats[CAMPAGNE].drop_duplicates("campagne")
    attendus = (suivi["etat"] != "hors_perimetre") & suivi["campagne"].isin(campagnes["campagne"])
    etat = suivi["etat"]
    faits = {"envoye": etat == "envoye", "commence": etat != "jamais_commence"}
    faits["termine"] = faits["envoye"] | (etat == "termine_non_envoye")
    listes = suivi[attendus].assign(sur_liste=True, **faits)
    sans = resultats[~resultats["campagne"].isin(listes["campagne"])].drop_duplicates(_QUI)
    sans = sans.assign(sur_liste=False, **dict.fromkeys(faits, True))
    morceaux = [listes[_ELEVES], sans[_ELEVES]]
    eleves = pd.concat(morceaux, ignore_index=True).merge(campagnes, on="campagne")
    return eleves.drop_duplicates(_QUI).fillna({"niveau_scolaire": ""})


def _certifiables(ecole: Ecole) -> pd.DataFrame:
    """Une ligne par élève × collecte : est-il certifiable à son envoi retenu ?"""
    lignes = ecole.participations
    dits = lignes[lignes["retenue"] & lignes["envoye"]].dropna(subset="certifiable")
    return dits.drop_duplicates(_QUI).rename(columns={"certifiable": "certifiables"})[
        [*_QUI, "certifiables"]
    ]


def _sous_objectif(resultats: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève × évaluation : y maîtrise-t-il moins d'acquis que l'objectif ?"""
    sommes = resultats.groupby(_QUI)[["nb_acquis_maitrises", "nb_acquis"]].sum(min_count=1)
    notes = (sommes["nb_acquis_maitrises"] / sommes["nb_acquis"]).dropna()
    return (notes < OBJECTIFS["evaluation"]).rename("sous_objectif").reset_index()


def _certifies(ecole: Ecole, effectif_min: int) -> pd.DataFrame:
    """Les élèves attendus à la certification, année par année, ou, sans liste, ceux qui étaient
    présents ; une classe dont moins de N sont inscrits ne l'a peut-être que pas encore passée."""
    tous = certifications_attendues(ecole.certifications, ecole.tables.eleves)
    inscrits = tous.groupby(["annee_scolaire", "classe"])["nb_inscrits"].transform("sum")
    liste = tous["attendus"].notna()
    dedans = (tous["attendus"] == 1).where(liste, tous["nb_presents"]).astype(bool)
    attendu = tous["niveau_scolaire"].map(niveau_attendu, na_action="ignore").astype("Float64")
    tous = tous.assign(
        sur_liste=liste, oui=tous["nb_certifies"].astype(bool), commence=tous["nb_inscrits"],
        termine=tous["nb_presents"], au_niveau=tous["niveau_atteint"] >= attendu,
    )  # fmt: skip
    return _examen(tous[dedans & (inscrits >= effectif_min)], CERTIFICATION)


def _attestations(ecole: Ecole) -> pd.DataFrame:
    """Les élèves de 6e que la liste connaît, et s'ils ont leur attestation."""
    lieux = ecole.tables.eleves[["eleve", "annee_scolaire", "niveau_scolaire"]]
    table = ecole.attestations.merge(lieux.drop_duplicates("eleve"), on="eleve")
    oui = table["obtenue"] == "oui"
    faits = table.assign(sur_liste=True, oui=oui, commence=oui, termine=oui, au_niveau=pd.NA)
    return _examen(faits, ATTESTATION)


def _examen(table: pd.DataFrame, quoi: str) -> pd.DataFrame:
    """Les élèves d'un examen, tels que ceux d'une campagne : `envoye` dit reçu sur une liste ; sans
    elle, `certifiable` le dit."""
    annee, liste, oui = (
        table["annee_scolaire"].fillna("").astype(str),
        table["sur_liste"],
        table["oui"],
    )
    siens = table.assign(
        campagne=f"{quoi} " + annee, nom_campagne="", type_campagne=quoi, annee_scolaire=annee,
        organisation=None, classe=table["classe"].fillna(SANS_CLASSE),
        niveau_scolaire=table["niveau_scolaire"].fillna(""),
        envoye=oui | ~liste, certifiables=oui.astype("boolean").mask(liste),
        au_niveau=table["au_niveau"].astype("boolean").where(oui), sous_objectif=pd.NA,
    )  # fmt: skip
    return siens[[*_ELEVES, *CAMPAGNE[1:], *PARTS]].drop_duplicates(_QUI)


def nom_sans_ordre(nom: str, prenom: str) -> str:
    """Les mots d'un nom et d'un prénom, triés : ce à quoi une publication reconnaît quelqu'un."""
    return " ".join(sorted(mots(nom) + mots(prenom)))


def noms_portes(ecole: Ecole) -> dict[str, list[str]]:
    """{élève: les noms qu'il porte}, dans Pix et sur la liste, sans ordre, accents ni casse."""
    noms: dict[str, set[str]] = {}
    liste = ecole.tables.eleves
    usage = liste.assign(nom=liste["nom_usage"])
    for table in (
        ecole.participations,
        certifications_retenues(ecole.certifications),
        liste,
        usage,
    ):
        lignes = table[["eleve", "nom", "prenom"]].dropna().drop_duplicates()
        for eleve, nom, prenom in lignes.itertuples(index=False):
            noms.setdefault(eleve, set()).add(nom_sans_ordre(nom, prenom))
    return {eleve: sorted(siens - {""}) for eleve, siens in noms.items()}


def _sans_niveaux_meles(eleves: pd.DataFrame) -> pd.DataFrame:
    """Une classe à plusieurs niveaux scolaires (ULIS, UPE2A, double niveau) n'en a aucun : elle
    reste une classe."""
    niveau = eleves["niveau_scolaire"]
    niveaux = niveau.groupby([eleves["campagne"], eleves["classe"]]).transform("nunique")
    return eleves.assign(niveau_scolaire=niveau.mask(niveaux > 1, ""))
