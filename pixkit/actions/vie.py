"""Étage 4 et demi — effacer un élève, clore une année."""

import argparse
from typing import Any

from pixkit.actions.dialogue import (
    MIS_DE_COTE,
    RIEN_DE_LISIBLE,
    TOUT_COMPRIS,
    Actions,
    dire,
    dit_oui,
    ouvrir_dossier,
)


def _eleve(options: argparse.Namespace) -> int:
    from pixkit.vie import choisir_eleve, connaitre, ecrire_connu  # noqa: PLC0415

    ecole = ouvrir_dossier(options.dossier)
    personne = choisir_eleve(ecole, options.eleve)
    connu = connaitre(ecole, personne)
    if options.exporter:
        ecrit = ecrire_connu(connu, options.exporter)
        print(f"Écrit : {ecrit.name}. Ce document nomme un élève : gardez-le pour lui.")
    else:
        print(connu.en_texte())
    return _effacer(ecole, personne, options.oui) if options.effacer else TOUT_COMPRIS


def _effacer(ecole: Any, personne: Any, oui: bool) -> int:
    from pixkit.vie import effacer, restes  # noqa: PLC0415

    demande = f"Effacer {personne.en_mots()} de ce que pixkit garde ? (oui/non)"
    # Un script qui écrit --effacer l'a voulu ; une personne, on la prévient.
    if not oui and not dit_oui(demande, sinon="oui"):
        dire("Rien n'a été effacé. (--oui répond oui d'avance.)")
        return RIEN_DE_LISIBLE
    for phrase in effacer(ecole, personne) or ["pixkit ne gardait rien de cet élève."]:
        print(phrase)
    encore = restes(ecole, personne)
    if encore:
        print("Vos fichiers le nomment encore (sans cela, il reviendrait) :")
    for reste in encore:
        print(f"  {reste.en_mots()}")
    return MIS_DE_COTE if encore else TOUT_COMPRIS


def _clore(options: argparse.Namespace) -> int:
    from pixkit.vie import clore, preparer_cloture  # noqa: PLC0415

    ecole = ouvrir_dossier(options.dossier)
    cloture = preparer_cloture(ecole, options.annee)
    print(cloture.en_mots())
    if not options.oui and not dit_oui("Clore cette année ? (oui/non)"):
        dire("Rien n'a été effacé. (--oui répond oui d'avance.)")
        return RIEN_DE_LISIBLE
    clore(ecole, cloture)
    print(f"{options.annee} est close.")
    return MIS_DE_COTE if cloture.fichiers or cloture.meles else TOUT_COMPRIS


ACTIONS: Actions = {
    "eleve": (_eleve, ""),
    "clore": (_clore, ""),
}
