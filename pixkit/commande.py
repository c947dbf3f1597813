"""Étage 5 — la ligne de commande. pandas n'est chargé qu'une fois les arguments compris."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pixkit.charte import ETATS, accord
from pixkit.erreurs import ErreurPixkit, FichierNonPix
from pixkit.tables import BUTS, CAMPAGNES, CERTITUDES, ENVOIS, Tables

TOUT_COMPRIS, MIS_DE_COTE, RIEN_DE_LISIBLE = 0, 1, 2

_SUIVI = ["eleve", "nom", "prenom", "classe", "campagne", "etat"]
_FIN = "Codes de retour : 0 tout est compris, 1 quelque chose est mis de côté (voir journal), 2 mauvais usage ou rien de lisible."


class _Analyseur(argparse.ArgumentParser):
    """argparse en français."""

    def __init__(self, **options):
        super().__init__(add_help=False, **options)
        self._positionals.title, self._optionals.title = "arguments", "options"
        self.add_argument("-h", "--aide", "--help", action="help", help="montre cette aide")

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "usage :")

    def error(self, message: str):
        for anglais, francais in (
            ("the following arguments are required:", "il manque :"),
            ("unrecognized arguments:", "arguments inconnus :"),
            ("invalid choice:", "choix inconnu :"),
            ("choose from", "au choix"),
            ("expected one argument", "une valeur est attendue"),
            ("invalid int value:", "un nombre entier est attendu :"),
        ):
            message = message.replace(anglais, francais)
        self.exit(RIEN_DE_LISIBLE, f"{self.prog} : {message}\nVoir « {self.prog} --aide ».\n")


def analyseur() -> argparse.ArgumentParser:
    """La grammaire de la commande `pixkit`."""
    racine = _Analyseur(
        prog="pixkit",
        description="Lire les exports Pix, savoir qui est qui, qui relancer.",
        epilog=_FIN,
    )
    actions = racine.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    lire = actions.add_parser(
        "lire",
        help="lit les exports d'un dossier et écrit participations, resultats, journal",
        epilog=_FIN,
    )
    lire.add_argument(
        "dossier", metavar="DOSSIER", help="le dossier des exports, lu avec ses sous-dossiers"
    )
    lire.add_argument(
        "--vers", metavar="SORTIE", required=True, help="le dossier où écrire les tables"
    )
    lire.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help="csv (par défaut) ou parquet"
    )
    lire.add_argument(
        "--envois",
        choices=ENVOIS,
        default="dernier",
        help="l'envoi retenu quand un élève a envoyé plusieurs fois : dernier (par défaut), premier, meilleur",
    )
    lire.set_defaults(faire=_lire)
    relier = actions.add_parser(
        "apparier",
        help="relie chaque nom des exports à un élève de la liste et écrit appariements.csv",
        epilog=_FIN,
    )
    relancer = actions.add_parser(
        "relances",
        help="écrit qui relancer, par classe (PDF, XLSX), et suivi.csv : où en est chaque élève",
        epilog=_FIN,
    )
    for action, faire in ((relier, _apparier), (relancer, _relancer)):
        action.add_argument(
            "dossier", metavar="DOSSIER", help="le dossier des exports et de la liste des élèves"
        )
        action.add_argument("--vers", metavar="SORTIE", required=True, help="le dossier où écrire")
        action.set_defaults(faire=faire)
    parcours = actions.add_parser(
        "parcours",
        help="choisit des parcours pour une classe, et des groupes de besoin",
        epilog=_FIN,
    )
    parcours.add_argument(
        "dossier",
        metavar="DOSSIER",
        help="le dossier des exports, et de la liste des élèves s'il y en a une",
    )
    parcours.add_argument(
        "--classe", required=True, help="le nom de la classe, tel que l'export l'écrit"
    )
    parcours.add_argument(
        "--minutes", type=int, required=True, help="le temps dont on dispose en tout"
    )
    parcours.add_argument("--maximum", type=int, help="parcours au plus")
    parcours.add_argument("--but", choices=BUTS, default="faibles", help="ce que l'on cherche : les faiblesses (par "
                          "défaut), le plus d'élèves certifiables, ou les compétences jamais testées")  # fmt: skip
    parcours.add_argument(
        "--vers",
        metavar="SORTIE",
        required=True,
        help="le dossier où écrire choix.csv et groupes.csv",
    )
    parcours.set_defaults(faire=_choisir_parcours)
    publier = actions.add_parser(
        "publier",
        help="écrit des tableaux de bord sans nom : agrégats, images, phrases",
        epilog=_FIN,
    )
    publier.add_argument(
        "dossier",
        metavar="DOSSIER",
        help="le dossier des exports, et de la liste des élèves s'il y en a une",
    )
    publier.add_argument(
        "--vers",
        metavar="PUBLICATION",
        required=True,
        help="le dossier à écrire, hors de celui des exports",
    )
    publier.add_argument(
        "--effectif-min",
        metavar="N",
        type=int,
        help="le plus petit groupe dont on parle (demandé sinon)",
    )
    publier.add_argument(
        "--html", action="store_true", help="écrit aussi des pages qui s'ouvrent sans serveur"
    )
    publier.add_argument("--oui", action="store_true", help="publie sans demander de confirmation")
    publier.set_defaults(faire=_publier)
    servir = actions.add_parser(
        "servir", help="ouvre les tableaux de bord d'une publication", epilog=_FIN
    )
    servir.add_argument(
        "publication", metavar="PUBLICATION", help="le dossier écrit par « pixkit publier »"
    )
    servir.add_argument(
        "--port", type=int, default=8866, help="le port de la page (8866 par défaut)"
    )
    servir.add_argument("--adresse", default="127.0.0.1", help="cet ordinateur seulement (127.0.0.1) par défaut ; toute autre "
                        "demande PIXKIT_MOT_DE_PASSE ou PIXKIT_JETON, et un certificat ou un mandataire")  # fmt: skip
    servir.add_argument(
        "--prefixe", default="/", help="le début de l'adresse, derrière un mandataire : /tableaux/"
    )
    servir.add_argument(
        "--certificat", default="", metavar="FICHIER", help="le certificat TLS (PEM)"
    )
    servir.add_argument("--cle", default="", metavar="FICHIER", help="la clé du certificat (PEM)")
    servir.add_argument(
        "--derriere-un-mandataire",
        action="store_true",
        help="nginx, devant, s'occupe du chiffrement",
    )
    servir.add_argument(
        "--prechauffes",
        type=int,
        default=2,
        metavar="N",
        help="pages prêtes d'avance par public (2)",
    )
    servir.set_defaults(faire=_servir)
    return racine


def main(arguments: Sequence[str] | None = None) -> int:
    """Exécute la commande et rend son code de retour."""
    options = analyseur().parse_args(arguments)
    for sortie in (sys.stdout, sys.stderr):
        sortie.reconfigure(
            errors="replace"
        )  # une console Windows n'écrit pas tous les noms de fichiers
    try:
        return options.faire(options)
    except ErreurPixkit as erreur:
        print(erreur, file=sys.stderr)
    except OSError as erreur:
        print(
            f"Trouvé : « {erreur.filename} » ne s'écrit pas ({erreur.strerror}). Attendu : un dossier de sortie où "
            "vous pouvez écrire. À faire : choisissez-en un autre avec --vers.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("Interrompu.", file=sys.stderr)
    except Exception as erreur:  # ce que personne n'a prévu : noté sans rien d'un élève, et dit
        from pixkit.incidents import noter, phrase  # noqa: PLC0415

        print(phrase(noter(erreur)), file=sys.stderr)
    return RIEN_DE_LISIBLE


def _lire(options: argparse.Namespace) -> int:
    from pixkit.ecriture import ecrire  # noqa: PLC0415
    from pixkit.lecture import lire_dossier  # noqa: PLC0415

    tables = lire_dossier(options.dossier, envois=options.envois, suivi=_suivi)
    ecrits = ecrire(tables, options.vers, en=options.format)
    _compte_rendu(tables)
    print(f"Tables écrites : {', '.join(chemin.name for chemin in ecrits)}.")
    if not tables.fichiers["nature"].isin(CAMPAGNES).any():
        print("Aucun export de campagne lisible dans ce dossier.", file=sys.stderr)
        return RIEN_DE_LISIBLE
    return _code(tables)


_SANS_LISTE = FichierNonPix(
    "un dossier sans liste d'élèves.",
    "l'export « élèves sans adresses » de SIECLE, celui de FREGATA, ou une liste (CSV, classeur) avec les classes.",
    "ajoutez-la au dossier, puis recommencez.",
)


def _ecole(dossier: str) -> Any:
    from pixkit.ecole import ouvrir  # noqa: PLC0415

    ecole = ouvrir(dossier, suivi=_suivi)
    tables = ecole.tables
    for fichier in tables.fichiers.itertuples():
        cote = [_mises_de_cote(tables, fichier)] if fichier.nb_rejetees else []
        for phrase in (*cote, *_remarques(fichier)):
            print(f"{fichier.fichier} : {phrase}", file=sys.stderr)
    if tables.participations.empty:
        raise FichierNonPix(
            "un dossier sans export de campagne.",
            "au moins un export de Pix Orga.",
            "ajoutez-le au dossier.",
        )
    return ecole


def _code(tables: Tables) -> int:
    return MIS_DE_COTE if (tables.journal["sort"] == "rejetee").any() else TOUT_COMPRIS


def _apparier(options: argparse.Namespace) -> int:
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415

    ecole = _ecole(options.dossier)
    if ecole.tables.eleves.empty:
        raise _SANS_LISTE
    appariements = ecole.liens.appariements
    chemin = ecrire_csv(appariements, Path(options.vers) / "appariements.csv")
    comptes = appariements["certitude"].value_counts()
    print(
        f"{len(appariements)} participations ; certitude : {', '.join(f'{comptes.get(c, 0)} {c}' for c in CERTITUDES)}."
    )
    print(f"Écrit : {chemin.name}.")
    return _code(ecole.tables)


def _relancer(options: argparse.Namespace) -> int:
    from pixkit.documents import ecrire_relances  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415

    ecole = _ecole(options.dossier)
    tables, etats = ecole.tables, ecole.suivi
    ecrits = [ecrire_csv(etats[_SUIVI], Path(options.vers) / "suivi.csv")]
    if tables.eleves.empty:  # pas de document : il dirait que personne n'est à relancer
        print(_SANS_LISTE, file=sys.stderr)
        return MIS_DE_COTE
    for phrase in ecole.remarques:
        print(phrase, file=sys.stderr)
    ecrits += ecrire_relances(
        etats, options.vers, du=tables.fichiers["date_donnees"].dropna().max()
    )
    comptes = etats["etat"].value_counts()
    dits = [f"{comptes[etat]} {libelle}" for etat, (libelle, _) in ETATS.items() if etat in comptes]
    print(f"{', '.join(dits) or 'Personne n’est attendu'}.")
    print(
        f"Écrits : {', '.join(chemin.name for chemin in ecrits)}. Ces listes portent des noms : gardez-les pour vous."
    )
    return _code(tables) if len(etats) else MIS_DE_COTE


def _choisir_parcours(options: argparse.Namespace) -> int:
    from pixkit.ecole import ouvrir  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415
    from pixkit.parcours import plan_de_classe  # noqa: PLC0415

    ecole = ouvrir(options.dossier, suivi=_suivi)
    for defaut in ecole.catalogue.defauts.itertuples():
        print(f"catalogue, ligne {defaut.ligne} : {defaut.motif} ; mise de côté.", file=sys.stderr)
    plan = plan_de_classe(
        ecole.resultats, ecole.catalogue, classe=options.classe, but=options.but, minutes=options.minutes,
        maximum=options.maximum,
    )  # fmt: skip
    ecrire_csv(plan.choix, Path(options.vers) / "choix.csv")
    ecrire_csv(plan.groupes, Path(options.vers) / "groupes.csv")
    for ligne in plan.choix.itertuples():
        print(f"{ligne.rang}. {ligne.parcours} ({ligne.minutes} min) : {ligne.raison}")
    print(plan.phrase)
    return MIS_DE_COTE if len(ecole.catalogue.defauts) else _code(ecole.tables)


def _publier(options: argparse.Namespace) -> int:
    from pixkit.publication.place import verifier_place  # noqa: PLC0415
    from pixkit.publication.preparer import preparer_publication  # noqa: PLC0415

    verifier_place(options.vers, options.dossier)  # avant une minute de dessin
    effectif_min = options.effectif_min
    if effectif_min is None:
        effectif_min = _demander(
            "Le plus petit groupe d'élèves dont on puisse parler (5 entre collègues, 10 au-delà) ?"
        )
        if not (effectif_min or "").isdigit():
            print(
                "Trouvé : pas d'effectif minimum. Attendu : le plus petit groupe d'élèves dont on puisse parler. "
                "À faire : ajoutez par exemple --effectif-min 5.",
                file=sys.stderr,
            )
            return RIEN_DE_LISIBLE
    preparation = preparer_publication(
        options.dossier, effectif_min=int(effectif_min), html=options.html, suivi=_suivi
    )
    print(preparation.resume())
    if not options.oui and (_demander("Publier ? (oui/non)") or "").casefold() not in ("oui", "o"):
        print("Rien n'a été publié. (--oui répond oui d'avance.)", file=sys.stderr)
        return RIEN_DE_LISIBLE
    preparation.ecrire(options.vers)
    print(
        f"Publié dans « {Path(options.vers).name} ». Pour l'ouvrir : pixkit servir {options.vers}"
    )
    return _code(preparation.tables)


def _servir(options: argparse.Namespace) -> int:
    from pixkit.service.serveur import Acces, servir  # noqa: PLC0415

    acces = Acces(
        adresse=options.adresse,
        port=options.port,
        prefixe=options.prefixe,
        mot_de_passe=os.environ.pop(
            "PIXKIT_MOT_DE_PASSE", ""
        ),  # la liste des processus montre les arguments
        jeton=os.environ.pop("PIXKIT_JETON", ""),
        certificat=options.certificat,
        cle=options.cle,
        derriere_un_mandataire=options.derriere_un_mandataire,
    )
    servir(options.publication, acces, prechauffes=options.prechauffes)
    return TOUT_COMPRIS


def _demander(question: str) -> str | None:
    """La réponse d'une personne ; None si personne n'est là pour répondre."""
    try:
        return input(f"{question} ").strip()
    except EOFError:
        return None


def _suivi(fait: int, total: int, fichier: str) -> None:
    if sys.stderr.isatty():
        print(
            f"\r\033[K[{fait + 1}/{total}] {fichier}",
            end="\r" if fait + 1 < total else "\n",
            file=sys.stderr,
        )


def _compte_rendu(tables: Tables) -> None:
    for fichier in tables.fichiers.itertuples():
        comptes = f"{accord(fichier.nb_lues, 'lue')}, {accord(fichier.nb_remplacees, 'remplacée')}, {_mises_de_cote(tables, fichier)}"
        lu = (
            f"{accord(fichier.nb_lignes, 'ligne')} ({comptes})"
            if isinstance(fichier.nature, str)
            else "mis de côté"
        )
        print(f"{fichier.fichier} : {lu}")
        for remarque in _remarques(fichier):
            print(f"    {remarque}")


def _remarques(fichier: Any) -> list[str]:
    return [phrase for phrase in str(fichier.remarques or "").split("\n") if phrase]


def _mises_de_cote(tables: Tables, fichier: Any) -> str:
    """« 3 mises de côté (surtout : ligne vide) » : le motif le plus fréquent, sans attendre qu'on ouvre le journal."""
    lignes = tables.journal[
        (tables.journal["fichier"] == fichier.fichier) & (tables.journal["sort"] == "rejetee")
    ]
    motifs = lignes.loc[~lignes["motif"].str.startswith("Trouvé"), "motif"].value_counts()
    surtout = "surtout : " if len(motifs) > 1 else ""
    raison = f" ({surtout}{motifs.index[0]})" if len(motifs) else ""
    return accord(fichier.nb_rejetees, "mise de côté", "mises de côté") + raison


if __name__ == "__main__":
    sys.exit(main())
