"""Étage 5 — ce que fait la commande `pixkit`. pandas attend que les arguments soient compris."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pixkit.charte import date_en_mots, enumerer
from pixkit.compte_rendu import compte_rendu, dire_les_fichiers, etats_en_mots, suivre
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.embarque import CARNETS, DEMO, INSTALLE, copier
from pixkit.erreurs import (
    EcritureImpossible,
    ErreurPixkit,
    FichierNonPix,
    PaquetAbsent,
    PublicationRefusee,
    raison,
)
from pixkit.grammaire import MAUVAIS_USAGE, analyseur
from pixkit.ouverture import ouvrir_atelier, ouvrir_lab
from pixkit.tables import CERTIFICATIONS, CERTITUDES, EXPORTS, STATUTS, Tables

TOUT_COMPRIS, MIS_DE_COTE, RIEN_DE_LISIBLE = 0, 1, MAUVAIS_USAGE
EXTRAS = {
    "publier": ("simplemma",),
    "service": ("ipywidgets", "voila"),
    "atelier": ("ipywidgets", "jupyterlab", "simplemma", "voila"),
}
"""{ce qui s'installe en plus (pyproject.toml): ses paquets}"""

_CERTIFICATIONS = ["fichier", "ligne", "numero", "eleve", *list(CERTIFICATIONS)[3:-1]]
"""Celles de la table lue, l'élève en plus ; l'année se déduit du jour."""
_CERTIFIABLES = ["eleve", "nom", "prenom", "classe", "certifiable", "nb_competences", "manquantes",
                 "plus_proches", "parcours", "date_collecte"]  # fmt: skip
_SUIVI = ["eleve", "nom", "prenom", "classe", "campagne", "etat"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exécute la commande et rend son code de retour."""
    options = analyseur().parse_args(arguments)
    for sortie in (sys.stdout, sys.stderr):  # une console Windows n'écrit pas tous les noms
        sortie.reconfigure(errors="replace")
    faire, extra = ACTIONS[options.action]
    try:
        _exiger(extra)
        return faire(options)
    except ErreurPixkit as erreur:
        _dire(erreur)
    except OSError as erreur:
        _dire(
            f"Trouvé : « {erreur.filename or 'la sortie'} » ne s'écrit pas ({raison(erreur)}). "
            "Attendu : un dossier de sortie où vous pouvez écrire. À faire : choisissez-en un "
            "autre avec --vers, ou lancez pixkit depuis un autre dossier."
        )
    except KeyboardInterrupt:
        _dire("Interrompu.")
    except Exception as erreur:  # ce que personne n'a prévu : noté sans rien d'un élève, et dit
        from pixkit.incidents import noter, phrase  # noqa: PLC0415

        _dire(phrase(noter(erreur)))
    return RIEN_DE_LISIBLE


def _exiger(extra: str) -> None:
    """Lève PaquetAbsent si les paquets facultatifs d'une commande ne sont pas installés."""
    absents = [nom for nom in EXTRAS.get(extra, ()) if find_spec(nom) is None]
    if absents:
        raise PaquetAbsent(
            f"pixkit sans {enumerer(absents)}.",
            "les paquets dont cette commande a besoin.",
            f'pip install "pixkit-parcours[{extra}]"',
        )


def _atelier(options: argparse.Namespace) -> int:
    page = {"port": options.port, "navigateur": not options.sans_navigateur}
    if options.dossier or not INSTALLE:
        return ouvrir_atelier(options.dossier or DEMO, **page)
    # Ce qu'on décide en essayant la démonstration ne s'écrit pas parmi les programmes.
    with TemporaryDirectory(prefix="pixkit-", ignore_cleanup_errors=True) as ou:
        return ouvrir_atelier(copier(DEMO, Path(ou) / "demo"), **page)


def _lab(options: argparse.Namespace) -> int:
    carnets = CARNETS
    if INSTALLE:
        chez_soi = Path("pixkit-carnets").resolve()
        copier(DEMO, chez_soi / "data" / "demo")  # les carnets la lisent à cet endroit
        carnets = copier(CARNETS, chez_soi / "notebooks")
        print(f"Les carnets sont dans « {carnets} » ; ceux que vous changez restent les vôtres.")
    return ouvrir_lab(carnets, port=options.port, navigateur=not options.sans_navigateur)


def _demo(options: argparse.Namespace) -> int:
    if Path(options.vers).exists():
        raise EcritureImpossible(
            f"« {options.vers} », qui existe déjà.",
            "un dossier à créer.",
            "donnez un autre nom après --vers.",
        )
    copier(DEMO, Path(options.vers))
    print(
        f"Un collège et un lycée agricole fictifs sont dans « {options.vers} ». "
        f'Pour les voir : pixkit atelier "{options.vers}"'
    )
    return TOUT_COMPRIS


def _lire(options: argparse.Namespace) -> int:
    from pixkit.ecriture import ecrire  # noqa: PLC0415
    from pixkit.lecture import lire_dossier  # noqa: PLC0415

    tables = lire_dossier(options.dossier, envois=options.envois, suivi=suivre)
    ecrits = ecrire(tables, options.vers, en=options.format)
    compte_rendu(tables)
    print(f"Tables écrites : {_noms(ecrits)}.")
    return _code_des_exports(tables)


_SANS_LISTE = FichierNonPix(
    "un dossier sans liste d'élèves.",
    "l'export « élèves sans adresses » de SIECLE, celui de FREGATA, ou une liste (CSV, classeur) "
    "avec les classes.",
    "ajoutez-la au dossier, puis recommencez.",
)


def _ouvrir(dossier: str) -> Any:
    from pixkit.ecole import ouvrir  # noqa: PLC0415
    from pixkit.vie import rappel  # noqa: PLC0415

    ecole = ouvrir(dossier, suivi=suivre)
    dire_les_fichiers(ecole.tables)
    if dit := rappel(ecole, date.today()):
        _dire(dit)
    return ecole


def _ecole(dossier: str) -> Any:
    ecole = _ouvrir(dossier)
    if ecole.tables.participations.empty:
        raise FichierNonPix(
            "un dossier sans export de campagne.",
            "au moins un export de Pix Orga.",
            "ajoutez-le au dossier.",
        )
    return ecole


def _noms(ecrits: Iterable[Path]) -> str:
    return ", ".join(chemin.name for chemin in ecrits)


def _code_des_exports(tables: Tables) -> int:
    """Le code d'une lecture ; un dossier sans rien de Pix n'a rien de lisible."""
    if not tables.fichiers["nature"].isin(EXPORTS).any():
        _dire("Aucun export de campagne ni résultat de certification lisible dans ce dossier.")
        return RIEN_DE_LISIBLE
    return _code(tables)


def _code(tables: Tables, *, sauf: str = "") -> int:
    """`sauf` : un fichier du dossier qui n'est ni un export ni une liste, et que l'on a compris."""
    rejetees = tables.journal[tables.journal["sort"] == "rejetee"]
    return MIS_DE_COTE if (rejetees["fichier"] != sauf).any() else TOUT_COMPRIS


def _apparier(options: argparse.Namespace) -> int:
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415

    ecole = _ecole(options.dossier)
    if ecole.tables.eleves.empty:
        raise _SANS_LISTE
    appariements = ecole.liens.appariements
    chemin = ecrire_csv(appariements, "appariements", options.vers)
    comptes = appariements["certitude"].value_counts()
    certitudes = ", ".join(f"{comptes.get(c, 0)} {c}" for c in CERTITUDES)
    print(f"{len(appariements)} participations ; certitude : {certitudes}.")
    print(f"Écrit : {chemin.name}.")
    return _code(ecole.tables)


def _relancer(options: argparse.Namespace) -> int:
    from pixkit.documents import ecrire_relances  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415

    ecole = _ecole(options.dossier)
    tables, etats, sortie = ecole.tables, ecole.suivi, Sortie(options.vers)
    ecrits = [ecrire_csv(etats[_SUIVI], "suivi", sortie)]
    if tables.eleves.empty:  # pas de document : il dirait que personne n'est à relancer
        sortie.ecrire()
        _dire(_SANS_LISTE)
        return MIS_DE_COTE
    for phrase in ecole.remarques:
        _dire(phrase)
    du = tables.fichiers["date_donnees"].dropna().max()
    ecrits += ecrire_relances(etats, sortie, du=du)
    sortie.ecrire()
    print(f"{etats_en_mots(etats)}.")
    print(f"Écrits : {_noms(ecrits)}. Ces listes portent des noms : gardez-les pour vous.")
    return _code(tables) if len(etats) else MIS_DE_COTE


def _certification(options: argparse.Namespace) -> int:
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.mesures import remarques_des_certifications  # noqa: PLC0415

    ecole = _ouvrir(options.dossier)
    sorties = _sorties_de_certification(ecole)
    with ensemble(options.vers) as ou:
        ecrits = [ecrire_csv(table, nom, ou) for nom, table in sorties.items()]
    _dire_le_catalogue(ecole)
    for phrase in remarques_des_certifications(ecole.certifications):
        print(phrase)
    comptes = ecole.certifications["statut"].value_counts()
    dits = ", ".join(f"{comptes[statut]} {statut}" for statut in STATUTS if statut in comptes)
    print(f"{len(ecole.certifications)} certifications{f' ; statut : {dits}' if dits else ''}.")
    print(f"Écrits : {_noms(ecrits)}. Ces fichiers portent des noms : gardez-les pour vous.")
    return _code_des_exports(ecole.tables) or (MIS_DE_COTE if len(ecole.catalogue.defauts) else 0)


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
        _dire(f"catalogue, ligne {defaut.ligne} : {defaut.motif} ; mise de côté.")


def _choisir_parcours(options: argparse.Namespace) -> int:
    from pixkit.ecole import ouvrir  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.parcours import plan_de_classe  # noqa: PLC0415

    ecole = ouvrir(options.dossier, suivi=suivre)
    _dire_le_catalogue(ecole)
    demande = {nom: getattr(options, nom) for nom in ("classe", "but", "minutes", "maximum")}
    plan = plan_de_classe(ecole.resultats, ecole.catalogue, **demande)
    with ensemble(options.vers) as ou:
        ecrire_csv(plan.choix, "choix", ou)
        ecrire_csv(plan.groupes, "groupes", ou)
    for ligne in plan.choix.itertuples():
        print(f"{ligne.rang}. {ligne.parcours} ({ligne.minutes} min) : {ligne.raison}")
    print(plan.phrase)
    return MIS_DE_COTE if len(ecole.catalogue.defauts) else _code(ecole.tables)


def _planifier_sessions(options: argparse.Namespace) -> int:
    from pixkit.documents import ecrire_sessions  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.sessions import COLONNES, planifier_sessions  # noqa: PLC0415

    ecole = _ouvrir(options.dossier)
    if ecole.tables.eleves.empty:
        raise _SANS_LISTE
    demande = {nom: getattr(options, nom) for nom in ("du", "au", "public")}
    plan = planifier_sessions(ecole, options.salles, **demande)
    with ensemble(options.vers) as ou:
        ecrits = [ecrire_csv(plan.candidats[COLONNES], "sessions", ou)]
        ecrits += ecrire_sessions(plan, ou)
    print(plan.phrase)
    for phrase in (*plan.manques, *plan.mis_de_cote, *plan.remarques):
        _dire(phrase)
    print(f"Écrits : {_noms(ecrits)}. Ces listes portent des noms : gardez-les pour vous.")
    incomplet = plan.manques or plan.mis_de_cote or plan.candidats.empty
    return MIS_DE_COTE if incomplet else _code(ecole.tables, sauf=Path(options.salles).name)


def _eleve(options: argparse.Namespace) -> int:
    from pixkit.vie import choisir_eleve, connaitre, ecrire_connu  # noqa: PLC0415

    ecole = _ouvrir(options.dossier)
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
    if not oui and not _dit_oui(demande, sinon="oui"):
        _dire("Rien n'a été effacé. (--oui répond oui d'avance.)")
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

    ecole = _ouvrir(options.dossier)
    cloture = preparer_cloture(ecole, options.annee)
    print(cloture.en_mots())
    if not options.oui and not _dit_oui("Clore cette année ? (oui/non)"):
        _dire("Rien n'a été effacé. (--oui répond oui d'avance.)")
        return RIEN_DE_LISIBLE
    clore(ecole, cloture)
    print(f"{options.annee} est close.")
    return MIS_DE_COTE if cloture.fichiers or cloture.meles else TOUT_COMPRIS


def _publier(options: argparse.Namespace) -> int:
    from pixkit.memoire import repondre_pas_un_eleve  # noqa: PLC0415
    from pixkit.publication.place import verifier_place  # noqa: PLC0415
    from pixkit.publication.preparer import preparer_publication, verifier_suite  # noqa: PLC0415

    verifier_place(options.vers, options.dossier)  # avant une minute de dessin
    if not options.malgre:
        verifier_suite(options.vers, options.dossier)
    if options.pas_un_eleve:
        repondre_pas_un_eleve(options.dossier, options.pas_un_eleve)
    effectif_min = _effectif_min() if options.effectif_min is None else options.effectif_min
    reglages = {"effectif_min": effectif_min, "html": options.html, "malgre": options.malgre}
    preparation = preparer_publication(options.dossier, **reglages, suivi=suivre)
    print(preparation.resume())
    print(preparation.difference(options.vers))
    if not options.oui and not _dit_oui("Publier ? (oui/non)"):
        _dire("Rien n'a été publié. (--oui répond oui d'avance.)")
        return RIEN_DE_LISIBLE
    preparation.ecrire(options.vers)
    print(
        f"Publié dans « {Path(options.vers).name} ». Pour l'ouvrir : "
        f'pixkit servir "{options.vers}"'
    )
    return _code(preparation.tables)


def _retirer(options: argparse.Namespace) -> int:
    from pixkit.publication.place import retirer  # noqa: PLC0415

    nom = Path(options.publication).name
    if not options.oui and not _dit_oui(f"Retirer « {nom} » et l'effacer ? (oui/non)"):
        _dire("Rien n'a été retiré. (--oui répond oui d'avance.)")
        return RIEN_DE_LISIBLE
    jour = date_en_mots(date.fromisoformat(retirer(options.publication)))
    print(f"« {nom} » est retirée depuis le {jour} : ses pages le disent. Les copies (clé USB, "
          "impressions) restent à reprendre.")  # fmt: skip
    return TOUT_COMPRIS


def _effectif_min() -> int:
    reponse = _demander(
        "Le plus petit groupe d'élèves dont on puisse parler (5 entre collègues, 10 au-delà) ?"
    )
    if not reponse.isdigit():
        raise PublicationRefusee(
            "pas d'effectif minimum.",
            "le plus petit groupe d'élèves dont on puisse parler.",
            "ajoutez par exemple --effectif-min 5.",
        )
    return int(reponse)


def _servir(options: argparse.Namespace) -> int:
    from pixkit.service.serveur import Acces, servir  # noqa: PLC0415

    acces = Acces(
        adresse=options.adresse,
        port=options.port,
        prefixe=options.prefixe,
        # Par l'environnement : la liste des processus montre les arguments.
        mot_de_passe=os.environ.pop("PIXKIT_MOT_DE_PASSE", ""),
        jeton=os.environ.pop("PIXKIT_JETON", ""),
        certificat=options.certificat,
        cle=options.cle,
        derriere_un_mandataire=options.derriere_un_mandataire,
    )
    servir(options.publication, acces, prechauffes=options.prechauffes)
    return TOUT_COMPRIS


def _dire(phrase: object) -> None:
    print(phrase, file=sys.stderr)


def _demander(question: str, sinon: str = "") -> str:
    """La réponse d'une personne ; `sinon` si personne n'est là pour répondre."""
    try:
        return input(f"{question} ").strip()
    except EOFError:
        return sinon


def _dit_oui(question: str, sinon: str = "") -> bool:
    return _demander(question, sinon).casefold() in ("oui", "o")


ACTIONS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "atelier": (_atelier, "atelier"),
    "lab": (_lab, "atelier"),
    "demo": (_demo, ""),
    "lire": (_lire, ""),
    "apparier": (_apparier, ""),
    "relances": (_relancer, ""),
    "parcours": (_choisir_parcours, ""),
    "certification": (_certification, ""),
    "sessions": (_planifier_sessions, ""),
    "eleve": (_eleve, ""),
    "clore": (_clore, ""),
    "publier": (_publier, "publier"),
    "retirer": (_retirer, ""),
    "servir": (_servir, "service"),
}
"""{action: (ce qui la fait, ce qu'il faut avoir installé en plus)}"""
