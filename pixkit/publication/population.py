"""Étage 4 — de qui parlerait une publication : une ligne par élève et par campagne.

Reste dans l'ordinateur de l'enseignant.
"""

import pandas as pd

from pixkit.appariement.noms import mots
from pixkit.ecole import Ecole
from pixkit.mesures.certifies import certifications_attendues
from pixkit.mesures.retenus import SANS_CLASSE

CAMPAGNE = ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"]
CERTIFICATION, ATTESTATION = "certification", "attestation"
"""Deux examens qui se comptent comme une campagne : sur la liste des élèves, oui ou non."""
_QUI = ["campagne", "eleve"]
_LIEU = [*_QUI, "classe", "niveau_scolaire"]
_RESULTATS = [*_QUI, "date_envoi", "competence", "nb_acquis", "nb_acquis_maitrises", "niveau_pix"]
_ELEVES = [*_LIEU, "sur_liste", "envoye"]


def population(ecole: Ecole, effectif_min: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deux tables : les élèves et leurs résultats.

    Élèves, une ligne par élève × campagne : `noms` qu'il porte, `classe`, `niveau_scolaire`,
    `sur_liste` (la liste des élèves dit combien on en attend), `envoye`, `certifiable` (collecte) ;
    l'examen de certification et l'attestation de 6e y sont deux campagnes, `envoye` y dit reçu.
    Résultats : ceux de l'école, réduits à ces élèves. Quand une campagne a une liste, seuls
    comptent les élèves attendus et reliés avec certitude : c'est ce qui permet de savoir ce qu'une
    soustraction à la liste de classe révélerait.
    """
    resultats = ecole.resultats
    eleves = _eleves(resultats, ecole.suivi).merge(_certifiables(ecole), on=_QUI, how="left")
    examens = [_certifies(ecole, effectif_min), _attestations(ecole)]
    eleves = pd.concat([eleves, *examens], ignore_index=True)
    noms = _noms(ecole)  # un compte peut n'en porter aucun
    eleves = eleves.assign(noms=[noms.get(eleve, []) for eleve in eleves["eleve"]])
    envoyes = eleves.loc[eleves["envoye"], _QUI]
    return _sans_niveaux_meles(eleves, effectif_min), resultats.merge(envoyes, on=_QUI)[_RESULTATS]


def _eleves(resultats: pd.DataFrame, suivi: pd.DataFrame) -> pd.DataFrame:
    """Les élèves attendus d'une campagne qui a une liste ; ceux qui ont envoyé, d'une autre."""
    campagnes = resultats[CAMPAGNE].drop_duplicates("campagne")
    attendus = (suivi["etat"] != "hors_perimetre") & suivi["campagne"].isin(campagnes["campagne"])
    listes = suivi[attendus].assign(sur_liste=True, envoye=suivi["etat"] == "envoye")
    sans = resultats[~resultats["campagne"].isin(listes["campagne"])].drop_duplicates(_QUI)
    morceaux = [listes[_ELEVES], sans.assign(sur_liste=False, envoye=True)[_ELEVES]]
    eleves = pd.concat(morceaux, ignore_index=True).merge(campagnes, on="campagne")
    return eleves.drop_duplicates(_QUI).fillna({"niveau_scolaire": ""})


def _certifiables(ecole: Ecole) -> pd.DataFrame:
    """Une ligne par élève × collecte : est-il certifiable à son envoi retenu ?"""
    lignes = ecole.participations
    dits = lignes[lignes["retenue"] & lignes["envoye"]].dropna(subset="certifiable")
    return dits.drop_duplicates(_QUI)[[*_QUI, "certifiable"]]


def _certifies(ecole: Ecole, effectif_min: int) -> pd.DataFrame:
    """Les élèves attendus à la certification, année par année ; une classe dont moins de N sont
    inscrits ne l'a peut-être que pas encore passée."""
    tous = certifications_attendues(ecole.certifications, ecole.tables.eleves)
    tous = tous[tous["attendus"] == 1]
    inscrits = tous.groupby(["annee_scolaire", "classe"])["nb_inscrits"].transform("sum")
    return _examen(
        tous[inscrits >= effectif_min].rename(columns={"nb_certifies": "envoye"}), CERTIFICATION
    )


def _attestations(ecole: Ecole) -> pd.DataFrame:
    """Les élèves de 6e que la liste connaît, et s'ils ont leur attestation."""
    table = ecole.attestations.merge(
        ecole.tables.eleves[["eleve", "annee_scolaire", "niveau_scolaire"]].drop_duplicates(
            "eleve"
        ),
        on="eleve",
    )
    return _examen(table.assign(envoye=table["obtenue"] == "oui"), ATTESTATION)


def _examen(table: pd.DataFrame, quoi: str) -> pd.DataFrame:
    """Les élèves d'un examen, tels que ceux d'une campagne."""
    annee = table["annee_scolaire"].fillna("").astype(str)
    siens = table.assign(
        campagne=f"{quoi} " + annee, nom_campagne="", type_campagne=quoi, annee_scolaire=annee,
        organisation=None, sur_liste=True, classe=table["classe"].fillna(SANS_CLASSE),
        niveau_scolaire=table["niveau_scolaire"].fillna(""),
        envoye=table["envoye"].astype(bool), certifiable=pd.NA,
    )  # fmt: skip
    return siens[[*_ELEVES, *CAMPAGNE[1:], "certifiable"]].drop_duplicates(_QUI)


def _noms(ecole: Ecole) -> dict[str, list[str]]:
    """{élève: les noms qu'il porte}, dans Pix et sur la liste, sans ordre, accents ni casse."""
    noms: dict[str, set[str]] = {}
    liste = ecole.tables.eleves
    usage = liste.assign(nom=liste["nom_usage"])
    for table in (ecole.participations, ecole.certifications, liste, usage):
        lignes = table[["eleve", "nom", "prenom"]].dropna().drop_duplicates()
        for eleve, nom, prenom in lignes.itertuples(index=False):
            noms.setdefault(eleve, set()).add(" ".join(sorted(mots(nom) + mots(prenom))))
    return {eleve: sorted(siens - {""}) for eleve, siens in noms.items()}


def _sans_niveaux_meles(eleves: pd.DataFrame, effectif_min: int) -> pd.DataFrame:
    """Une classe dont un niveau scolaire est trop petit pour qu'on en parle (ULIS, UPE2A, double
    niveau) n'en a aucun : elle reste une classe."""
    classes = [eleves["campagne"], eleves["classe"]]
    niveau = eleves["niveau_scolaire"]
    effectif = eleves.groupby([*classes, niveau])["eleve"].transform("size")
    petit = (effectif < 2 * effectif_min - 1).groupby(classes).transform("any")
    meles = petit & (niveau.groupby(classes).transform("nunique") > 1)
    return eleves.assign(niveau_scolaire=niveau.mask(meles, ""))
