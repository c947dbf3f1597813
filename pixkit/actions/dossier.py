"""Étage 4 et demi — d'un dossier à ses tables et à ses documents nominatifs."""

import argparse
from pathlib import Path
from typing import Any

from pixkit.actions.dialogue import (
    MIS_DE_COTE,
    SANS_LISTE,
    Actions,
    code,
    code_des_exports,
    dire,
    noms,
    ouvrir_dossier,
    ouvrir_les_exports,
    sortie,
)
from pixkit.actions.echelle import lire_un_arbre
from pixkit.compte_rendu import compte_rendu, etats_en_mots, suivre
from pixkit.tables import CERTIFICATIONS, CERTITUDES, STATUTS

_CERTIFICATIONS = ["fichier", "ligne", "numero", "eleve", *list(CERTIFICATIONS)[3:-1]]
"""Celles de la table lue, l'élève en plus ; l'année se déduit du jour."""
_CERTIFIABLES = ["eleve", "nom", "prenom", "classe", "certifiable", "nb_competences", "manquantes",
                 "plus_proches", "parcours", "date_collecte"]  # fmt: skip
_SUIVI = ["eleve", "nom", "prenom", "classe", "campagne", "etat"]


def _lire(options: argparse.Namespace) -> int:
    if options.par_etablissement:
        return lire_un_arbre(options)
    from pixkit.ecriture import ecrire  # noqa: PLC0415
    from pixkit.lecture import lire_dossier  # noqa: PLC0415

    tables = lire_dossier(options.dossier, envois=options.envois, suivi=suivre)
    with sortie(options, tables) as ou:
        ecrits = ecrire(tables, ou, en=options.format)
    compte_rendu(tables)
    print(f"Tables écrites : {noms(ecrits)}.")
    return code_des_exports(tables)


def _apparier(options: argparse.Namespace) -> int:
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415

    ecole = ouvrir_les_exports(options.dossier)
    if ecole.tables.eleves.empty:
        raise SANS_LISTE
    appariements = ecole.liens.appariements
    with sortie(options, ecole.tables) as ou:
        chemin = ecrire_csv(appariements, "appariements", ou)
    comptes = appariements["certitude"].value_counts()
    certitudes = ", ".join(f"{comptes.get(c, 0)} {c}" for c in CERTITUDES)
    print(f"{len(appariements)} participations ; certitude : {certitudes}.")
    print(f"Écrit : {chemin.name}.")
    return code(ecole.tables)


def _relancer(options: argparse.Namespace) -> int:
    from pixkit.documents import ecrire_relances  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.entete import au_nom_de  # noqa: PLC0415

    ecole = ouvrir_les_exports(options.dossier)
    tables, etats = ecole.tables, ecole.suivi
    du = tables.fichiers["date_donnees"].dropna().max()
    with sortie(options, tables) as ou, au_nom_de(tables, ecole.dossier):
        ecrits = [ecrire_csv(etats[_SUIVI], "suivi", ou)]
        if len(tables.eleves):  # sans liste, un document dirait que personne n'est à relancer
            ecrits += ecrire_relances(etats, ou, du=du)
    if tables.eleves.empty:
        dire(SANS_LISTE)
        return MIS_DE_COTE
    for phrase in ecole.remarques:
        dire(phrase)
    print(f"{etats_en_mots(etats)}.")
    print(f"Écrits : {noms(ecrits)}. Ces listes portent des noms : gardez-les pour vous.")
    return code(tables) if len(etats) else MIS_DE_COTE


def _certification(options: argparse.Namespace) -> int:
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.mesures import remarques_des_certifications  # noqa: PLC0415

    ecole = ouvrir_dossier(options.dossier)
    sorties = _sorties_de_certification(ecole)
    with sortie(options, ecole.tables) as ou:
        ecrits = [ecrire_csv(table, nom, ou) for nom, table in sorties.items()]
    _dire_le_catalogue(ecole)
    for phrase in remarques_des_certifications(ecole.certifications):
        print(phrase)
    comptes = ecole.certifications["statut"].value_counts()
    dits = ", ".join(f"{comptes[statut]} {statut}" for statut in STATUTS if statut in comptes)
    print(f"{len(ecole.certifications)} certifications{f' ; statut : {dits}' if dits else ''}.")
    print(f"Écrits : {noms(ecrits)}. Ces fichiers portent des noms : gardez-les pour vous.")
    return code_des_exports(ecole.tables) or (MIS_DE_COTE if len(ecole.catalogue.defauts) else 0)


def _sorties_de_certification(ecole: Any) -> dict[str, Any]:
    """{fichier: sa table} : les résultats toujours, le reste si le dossier a de quoi."""
    sorties = {"certifications": ecole.certifications[[*_CERTIFICATIONS]]}
    if (ecole.tables.participations["type_campagne"] == "collecte").any():
        sorties["certifiables"] = ecole.certifiables[_CERTIFIABLES]
    if len(ecole.attestations):
        sorties["attestations"] = ecole.attestations
    return sorties


def _dire_le_catalogue(ecole: Any) -> None:
    for defaut in ecole.catalogue.defauts.itertuples():
        dire(f"catalogue, ligne {defaut.ligne} : {defaut.motif} ; mise de côté.")


def _choisir_parcours(options: argparse.Namespace) -> int:
    from pixkit.ecole import ouvrir  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.parcours import plan_de_classe  # noqa: PLC0415

    ecole = ouvrir(options.dossier, suivi=suivre)
    _dire_le_catalogue(ecole)
    demande = {nom: getattr(options, nom) for nom in ("classe", "but", "minutes", "maximum")}
    plan = plan_de_classe(ecole.resultats, ecole.catalogue, **demande)
    with sortie(options, ecole.tables) as ou:
        ecrire_csv(plan.choix, "choix", ou)
        ecrire_csv(plan.groupes, "groupes", ou)
    for ligne in plan.choix.itertuples():
        print(f"{ligne.rang}. {ligne.parcours} ({ligne.minutes} min) : {ligne.raison}")
    print(plan.phrase)
    return MIS_DE_COTE if len(ecole.catalogue.defauts) else code(ecole.tables)


def _planifier_sessions(options: argparse.Namespace) -> int:
    from pixkit.documents import ecrire_sessions  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.entete import au_nom_de  # noqa: PLC0415
    from pixkit.sessions import COLONNES, planifier_sessions  # noqa: PLC0415

    ecole = ouvrir_dossier(options.dossier)
    if ecole.tables.eleves.empty:
        raise SANS_LISTE
    demande = {nom: getattr(options, nom) for nom in ("du", "au", "public")}
    plan = planifier_sessions(ecole, options.salles, **demande)
    with sortie(options, ecole.tables) as ou, au_nom_de(ecole.tables, ecole.dossier):
        ecrits = [ecrire_csv(plan.candidats[COLONNES], "sessions", ou)]
        ecrits += ecrire_sessions(plan, ou)
    print(plan.phrase)
    for phrase in (*plan.manques, *plan.mis_de_cote, *plan.remarques):
        dire(phrase)
    print(f"Écrits : {noms(ecrits)}. Ces listes portent des noms : gardez-les pour vous.")
    incomplet = plan.manques or plan.mis_de_cote or plan.candidats.empty
    return MIS_DE_COTE if incomplet else code(ecole.tables, sauf=Path(options.salles).name)


ACTIONS: Actions = {
    "lire": (_lire, ""),
    "apparier": (_apparier, ""),
    "relances": (_relancer, ""),
    "parcours": (_choisir_parcours, ""),
    "certification": (_certification, ""),
    "sessions": (_planifier_sessions, ""),
}
