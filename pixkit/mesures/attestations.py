"""Étage 2 — l'attestation de 6e : qui l'a, qui ne l'a pas, et quelle étape lui manque."""

from collections.abc import Collection

import pandas as pd

from pixkit.appariement import HORS_ETABLISSEMENT, Appariement
from pixkit.mesures.participation import etats
from pixkit.mesures.retenus import SANS_CLASSE, classes, participations_reliees
from pixkit.referentiel import dit_la_sixieme, etape_de_l_attestation, normaliser, rang_niveau
from pixkit.tables import PARTICIPATION, Tables

ETAPES = ("protection", "initiation", "bilan")
RATTRAPAGE = "rattrapage"
OBTENUE = ("oui", "non", "a_verifier")
A_VERIFIER = "à vérifier dans Pix Orga"
INCONNU = ""
"""L'état d'une étape dont aucun export ne dit rien."""
_ETATS = ("jamais_commence", INCONNU, "en_cours", "termine_non_envoye", "envoye")
"""Du moins au plus avancé : un nom douteux vaut plus que rien, moins qu'un début."""
_VERDICTS = ("non", "a_verifier", "oui", "badge")
"""Ce que dit un bilan, du moins au plus favorable : un rattrapage peut réussir après un bilan."""
_REUSSITE = 0.5
"""Note de service du 23-10-2024, III : « au moins 50 % de réussite aux questions »."""
_COLONNES = ["eleve", "nom", "prenom", "classe", *ETAPES, "obtenue", "etape_suivante"]


def attestations(tables: Tables, appariement: Appariement, suivi: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève de 6e : son état dans chacune des trois étapes, `obtenue` (OBTENUE) et
    `etape_suivante`. Vide quand aucune campagne de l'attestation n'a été exportée.

    Deux parcours, dans l'ordre que l'équipe veut, puis un bilan ou, s'il est manqué, un rattrapage
    (note de service du 23-10-2024, I.D). Un badge est délivré à au moins 50 % de réussite, et vaut
    obtention de l'attestation (même note, III ; code de l'éducation, article L. 312-9) ; sans ce
    badge dans l'export, le taux de maîtrise du bilan le dit. Une étape est vide quand aucun export
    n'en parle, ou quand un nom douteux pourrait être celui de l'élève ; là où cela empêche de
    conclure, « à vérifier dans Pix Orga » (la règle que Pix applique n'est dans aucun export).
    L'année est celle des dernières campagnes. Un élève absent de la liste, ou dont l'établissement
    n'en a pas, y est avec le nom saisi dans Pix.
    """
    passees = _passees(participations_reliees(tables, appariement))
    suivis = suivi[suivi["campagne"].isin(passees["campagne"])]
    qui = pd.concat([_de_la_liste(suivis, tables.eleves), _hors_liste(passees, appariement)])
    juges = qui.drop_duplicates("eleve", ignore_index=True).join(
        _etats(passees, suivis, appariement.doutes), on="eleve"
    )
    exportees = set(passees["etape"])
    for etape in ETAPES:
        juges[etape] = juges[etape].fillna("jamais_commence" if etape in exportees else INCONNU)
    conclusions = _conclusions(juges, _verdicts(passees, tables.badges), exportees)
    return _ranger(juges.join(conclusions)[_COLONNES])


def _passees(participations: pd.DataFrame) -> pd.DataFrame:
    """Les participations aux parcours de l'attestation, leur `etape` et leur `etat` ; de la
    dernière année seulement : ceux d'avant ont quitté la 6e."""
    etapes = {
        code: _etape(lignes)
        for code, lignes in participations.groupby("campagne")
        if lignes["type_campagne"].iloc[0] == "evaluation"
    }
    noms = participations["campagne"].map(etapes).astype("str")
    siennes = participations.assign(etape=noms.replace(RATTRAPAGE, "bilan"))[noms.notna()]
    annee = siennes["annee_scolaire"].dropna().max()
    siennes = siennes[siennes["annee_scolaire"].fillna(annee) == annee]
    etat = etats(siennes).replace("envoye_sans_detail", "envoye")
    return siennes.assign(classe=classes(siennes), etat=etat)


def _etape(lignes: pd.DataFrame) -> str | None:
    """L'étape d'une campagne qui s'adresse à la 6e : son nom le dit, ou la moitié des élèves en
    sont ; un parcours « Protection » d'un autre niveau n'est pas celui de l'attestation."""
    parcours, campagne = lignes[["parcours_evalue", "nom_campagne"]].fillna("").iloc[0]
    niveaux = lignes["niveau_scolaire"].dropna()
    en_sixieme = 2 * (niveaux == "6e").sum() >= max(1, len(niveaux))
    if en_sixieme or dit_la_sixieme(f"{parcours} {campagne}"):
        return etape_de_l_attestation(parcours, campagne)
    return None


def _de_la_liste(suivis: pd.DataFrame, eleves: pd.DataFrame) -> pd.DataFrame:
    """Les élèves de 6e présents de la liste, attendus ou non par ces campagnes : l'attestation
    s'adresse à toute la 6e. Sans niveau connu, ceux que l'une des campagnes attend."""
    cles = ["eleve", "annee_scolaire"]
    presents = eleves.loc[eleves["present"], cles].drop_duplicates()
    siens = suivis.merge(presents, on=cles)
    attendus = siens["niveau_scolaire"].isna() & (siens["etat"] != "hors_perimetre")
    siens = siens[(siens["niveau_scolaire"] == "6e") | attendus]
    return siens[["eleve", "nom", "prenom", "classe"]]


def _hors_liste(passees: pd.DataFrame, appariement: Appariement) -> pd.DataFrame:
    """Ceux qu'aucun élève d'une liste n'explique, tels que Pix les nomme."""
    liens = passees.merge(
        appariement.appariements.drop(columns="eleve"), on=PARTICIPATION, validate="one_to_one"
    )
    d_ici = ~liens["raison"].str.startswith(HORS_ETABLISSEMENT)
    des_sixiemes = liens["niveau_scolaire"].fillna("6e") == "6e"
    seuls = liens[(liens["certitude"] == "aucune") & d_ici & des_sixiemes & liens["nom"].notna()]
    return seuls[["eleve", "nom", "prenom", "classe"]]


def _etats(passees: pd.DataFrame, suivis: pd.DataFrame, doutes: pd.DataFrame) -> pd.DataFrame:
    """L'état le plus avancé de chaque élève dans chaque étape, quel que soit le code ; `suivis` y
    ajoute les homonymes au complet, `doutes` les noms qui pourraient être le sien."""
    etapes = passees.drop_duplicates("campagne").set_index("campagne")["etape"]
    attendus = suivis.assign(
        etape=suivis["campagne"].map(etapes),
        etat=suivis["etat"].replace("hors_perimetre", "jamais_commence"),
    )
    possibles = doutes.merge(passees[[*PARTICIPATION, "etape"]], on=PARTICIPATION)
    sources = (passees, attendus, possibles.assign(etat=INCONNU))
    tous = pd.concat([table[["eleve", "etape", "etat"]] for table in sources])
    rangs = tous.assign(rang=tous["etat"].map(_ETATS.index))
    avances = rangs.groupby(["eleve", "etape"])["rang"].max().unstack("etape")
    mots = dict(enumerate(_ETATS))
    return avances.reindex(columns=list(ETAPES)).apply(lambda rang: rang.map(mots)).astype("str")


def _verdicts(passees: pd.DataFrame, badges: pd.DataFrame) -> pd.Series:
    """{eleve: le meilleur verdict de ses bilans et rattrapages envoyés} (_VERDICTS)."""
    bilans = passees[(passees["etape"] == "bilan") & passees["envoye"]]
    siens = bilans[PARTICIPATION].merge(badges, on=PARTICIPATION)
    dits = {cle: _badge(lignes) for cle, lignes in siens.groupby(PARTICIPATION)}
    cles = zip(bilans["fichier"], bilans["ligne"], bilans["taux_maitrise"], strict=True)
    verdicts = [_verdict(taux, dits.get((fichier, ligne))) for fichier, ligne, taux in cles]
    rangs = pd.Series(map(_VERDICTS.index, verdicts), index=bilans["eleve"], dtype="int64")
    return rangs.groupby(level=0).max().map(dict(enumerate(_VERDICTS))).astype("str")


def _badge(lignes: pd.DataFrame) -> tuple[bool, bool] | None:
    """(le badge nomme l'attestation, il est obtenu), d'après les badges d'un bilan ; None si
    plusieurs badges taisent lequel est le bon."""
    nommes = lignes[lignes["badge"].map(normaliser).str.contains("attestation|sensibilisation")]
    if len(nommes):
        return True, bool(nommes["obtenu"].any())
    return (False, bool(lignes["obtenu"].iloc[0])) if len(lignes) == 1 else None


def _verdict(taux: float | None, badge: tuple[bool, bool] | None) -> str:
    """Le badge de l'attestation décide ; un badge d'un autre nom ne peut que faire douter du taux,
    qui décide sinon.

    Pix écrit ce taux à deux décimales, comme il compare les siens (arrondis) au seuil du badge.
    """
    nomme, obtenu = badge or (False, None)
    if nomme:
        return "badge" if obtenu else "non"
    if pd.isna(taux) or (obtenu is not None and obtenu != (taux >= _REUSSITE)):
        return "a_verifier"
    return "oui" if taux >= _REUSSITE else "non"


def _conclusions(
    juges: pd.DataFrame, verdicts: pd.Series, exportees: Collection[str]
) -> pd.DataFrame:
    """`obtenue` et `etape_suivante` de chaque élève ; sans bilan envoyé, rien ne se conclut."""
    lignes = juges.to_dict("records")
    conclues = [
        _conclure(ligne, verdicts.get(ligne["eleve"], "a_verifier"), exportees) for ligne in lignes
    ]
    return pd.DataFrame(conclues, columns=["obtenue", "etape_suivante"], dtype="str")


def _conclure(siens: dict[str, str], verdict: str, exportees: Collection[str]) -> tuple[str, str]:
    """(`obtenue`, `etape_suivante`) : le badge d'abord, puis ce qui manque."""
    if verdict == "badge":
        return "oui", ""
    manque = next((e for e in ETAPES if _manque(e, siens, exportees)), None)
    if manque or verdict == "non":
        return "non", manque or RATTRAPAGE
    if verdict == "oui" and all(siens[etape] == "envoye" for etape in ETAPES):
        return "oui", ""
    return "a_verifier", A_VERIFIER


def _manque(etape: str, siens: dict[str, str], exportees: Collection[str]) -> bool:
    """Une étape commencée ou non, mais pas envoyée. Un parcours dont l'établissement n'a aucun
    export n'a sans doute pas eu lieu, sauf pour qui a passé le bilan. Sans bilan, en revanche, on
    ne sait pas : l'académie de Lille délivre aussi l'attestation sur les deux parcours."""
    if siens[etape] == INCONNU:
        return etape not in exportees and etape != "bilan" and siens["bilan"] != "envoye"
    return siens[etape] != "envoye"


def _ranger(table: pd.DataFrame) -> pd.DataFrame:
    rangs = [table["classe"].fillna(SANS_CLASSE).map(rang_niveau)]
    rangs += [table[nom].fillna("").map(normaliser) for nom in ("nom", "prenom")]
    ordre = pd.concat([*rangs, table["eleve"]], axis=1, keys=range(4)).sort_values([*range(4)])
    return table.loc[ordre.index].reset_index(drop=True)
