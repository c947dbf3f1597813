"""Étage 4 — ce que la commande `pixkit` comprend, et son aide ; argparse en français."""

import argparse
from datetime import date
from typing import Any

from pixkit.tables import BUTS, ENVOIS, MOTEURS, PUBLICS

Argument = tuple[str, dict[str, Any]]

MAUVAIS_USAGE = 2
_FIN = (
    "Codes de retour : 0 tout est compris, 1 quelque chose est mis de côté (voir journal), "
    "2 mauvais usage ou rien de lisible."
)
_FRANCAIS = {
    "the following arguments are required:": "il manque :",
    "unrecognized arguments:": "arguments inconnus :",
    "invalid choice:": "choix inconnu :",
    "choose from": "au choix",
    "expected one argument": "une valeur est attendue",
    "invalid int value:": "un nombre entier est attendu :",
    "invalid fromisoformat value:": "un jour est attendu, comme 2027-03-15 :",
}


class _Analyseur(argparse.ArgumentParser):
    """argparse en français."""

    def __init__(self, **options):
        super().__init__(add_help=False, **options)
        self._positionals.title, self._optionals.title = "arguments", "options"
        self.add_argument("-h", "--aide", "--help", action="help", help="montre cette aide")

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "usage :")

    def error(self, message: str):
        for anglais, francais in _FRANCAIS.items():
            message = message.replace(anglais, francais)
        self.exit(MAUVAIS_USAGE, f"{self.prog} : {message}\nVoir « {self.prog} --aide ».\n")


def _argument(nom: str, aide: str, **options: Any) -> Argument:
    return nom, {"help": aide, **options}


def _dossier(aide: str, **options: Any) -> Argument:
    return _argument("dossier", aide, metavar="DOSSIER", **options)


def _vers(aide: str, metavar: str = "SORTIE") -> Argument:
    return _argument("--vers", aide, metavar=metavar, required=True)


def _nombre(nom: str, aide: str, **options: Any) -> Argument:
    return _argument(nom, aide, type=int, **options)


def _port(ecrit: str) -> int:
    """Au-delà de 65535, le système ouvrirait un autre port que celui qu'on annonce."""
    if not ecrit.isdecimal() or int(ecrit) > 65535:
        raise argparse.ArgumentTypeError(f"un nombre entier de 0 à 65535 est attendu : '{ecrit}'")
    return int(ecrit)


def _jour(nom: str, aide: str) -> Argument:
    return _argument(nom, aide, type=date.fromisoformat, required=True, metavar="DATE")


def _drapeau(nom: str, aide: str) -> Argument:
    return _argument(nom, aide, action="store_true")


_LISTE_EN_PLUS = _dossier("le dossier des exports, et de la liste des élèves s'il y en a une")
_PUBLICATION = _argument(
    "publication", "le dossier écrit par « pixkit publier »", metavar="PUBLICATION"
)
_EFFECTIF_MIN = _nombre(
    "--effectif-min", "le plus petit groupe dont on parle (demandé sinon)", metavar="N"
)
_PUBLICATIONS = "les dossiers écrits par « pixkit publier », ou un dossier qui les range"
_ANNUAIRE = (
    "l'annuaire dossier;nom;uai;departement;type[;academie][;niveau] (etablissements.csv dans le "
    "dossier des publications par défaut)"
)
_D_ABORD = "le dossier des exports : s'il n'y a pas encore de publication, elle est faite d'abord"
_NOMINATIF = (
    _dossier("le dossier des exports et de la liste des élèves"),
    _vers("le dossier où écrire"),
)
_PAGE = (
    _argument("--port", "le port de la page (un port libre par défaut)", type=_port, default=0),
    _drapeau("--sans-navigateur", "écrit l'adresse sans ouvrir le navigateur"),
)
_ENVOI = (
    "l'envoi retenu quand un élève a envoyé plusieurs fois : dernier (par défaut), premier, "
    "meilleur"
)
_BUT = (
    "ce que l'on cherche : les faiblesses (par défaut), le plus d'élèves certifiables, ou les "
    "compétences jamais testées"
)
_ARBRE = (
    "un sous-dossier par établissement, par milliers : à plusieurs processus, repris où un arrêt "
    "les a laissés (--format parquet)"
)
_MOTEUR = (
    "pandas (par défaut, en mémoire), duckdb (des tables plus grandes qu'elle) ou spark (plusieurs "
    "machines)"
)
_SALLES = "le fichier des salles : salle;places;creneaux[;surveillants]"
_PUBLIC = "3e, lycee, capa, btsa ou cpge (tous par défaut)"
_MALGRE = "pourquoi remplacer une publication que la mémoire du dossier ne connaît pas (registre)"
_PAS_UN_ELEVE = "un texte tapé par quelqu'un, refusé, dont vous répondez qu'il ne nomme personne"
_ADRESSE = (
    "cet ordinateur seulement (127.0.0.1) par défaut ; toute autre demande PIXKIT_MOT_DE_PASSE ou "
    "PIXKIT_JETON, et un certificat ou un mandataire"
)

_ACTIONS: dict[str, tuple[str, tuple[Argument, ...]]] = {
    "atelier": (
        "ouvre l'atelier dans le navigateur",
        (_dossier("le dossier des exports (la démonstration par défaut)", nargs="?"), *_PAGE),
    ),
    "lab": ("ouvre JupyterLab sur les carnets", _PAGE),
    "demo": (
        "copie un collège et un lycée agricole fictifs, pour essayer",
        (
            _argument(
                "--vers", "le dossier à créer (pixkit-demo par défaut)", default="pixkit-demo"
            ),
        ),
    ),
    "lire": (
        "lit les exports d'un dossier et écrit participations, resultats, journal",
        (
            _dossier("le dossier des exports, lu avec ses sous-dossiers"),
            _vers("le dossier où écrire les tables"),
            _argument(
                "--format", "csv (par défaut) ou parquet", choices=("csv", "parquet"), default="csv"
            ),
            _argument("--envois", _ENVOI, choices=ENVOIS, default="dernier"),
            _drapeau("--par-etablissement", _ARBRE),
        ),
    ),
    "apparier": (
        "relie chaque nom des exports à un élève de la liste et écrit appariements.csv",
        _NOMINATIF,
    ),
    "relances": (
        "écrit qui relancer, par classe (PDF, XLSX), et suivi.csv : où en est chaque élève",
        _NOMINATIF,
    ),
    "parcours": (
        "choisit des parcours pour une classe, et des groupes de besoin",
        (
            _LISTE_EN_PLUS,
            _argument("--classe", "le nom de la classe, tel que l'export l'écrit", required=True),
            _nombre("--minutes", "le temps dont on dispose en tout", required=True),
            _nombre("--maximum", "parcours au plus"),
            _argument("--but", _BUT, choices=BUTS, default="faibles"),
            _vers("le dossier où écrire choix.csv et groupes.csv"),
        ),
    ),
    "certification": (
        "écrit les résultats de certification, et qui est certifiable d'après les collectes",
        (
            _dossier("le dossier des résultats, des exports et de la liste des élèves"),
            _vers("le dossier où écrire certifications.csv, certifiables.csv et attestations.csv"),
        ),
    ),
    "sessions": (
        "place les élèves à certifier dans des salles, et écrit convocations et émargements",
        (
            _dossier("le dossier de la liste des élèves, et des exports s'il y en a"),
            _argument("--salles", _SALLES, required=True, metavar="FICHIER"),
            _jour("--du", "le premier jour possible"),
            _jour("--au", "le dernier jour possible"),
            _argument("--public", _PUBLIC, choices=PUBLICS),
            _vers("le dossier où écrire sessions.csv et les documents"),
        ),
    ),
    "eleve": (
        "montre tout ce que le dossier sait d'un élève, et l'efface de ce que pixkit garde",
        (
            _LISTE_EN_PLUS,
            _argument("--eleve", "sa clé, ou son nom", required=True, metavar="CLE|NOM"),
            _argument(
                "--exporter", "le dossier où l'écrire, au lieu de le montrer", metavar="VERS"
            ),
            _drapeau("--effacer", "l'efface des mémoires de pixkit ; dit où l'effacer ailleurs"),
            _drapeau("--oui", "efface sans demander de confirmation"),
        ),
    ),
    "clore": (
        "clôt une année : efface ce qui nomme, garde des décomptes, dit quels fichiers supprimer",
        (
            _LISTE_EN_PLUS,
            _argument("--annee", "l'année scolaire, comme 2025-2026", required=True),
            _drapeau("--oui", "clôt sans demander de confirmation"),
        ),
    ),
    "publier": (
        "écrit des tableaux de bord sans nom : agrégats, images, phrases",
        (
            _LISTE_EN_PLUS,
            _vers("le dossier à écrire, hors de celui des exports", "PUBLICATION"),
            _EFFECTIF_MIN,
            _argument("--malgre", _MALGRE, default="", metavar="RAISON"),
            _argument("--pas-un-eleve", _PAS_UN_ELEVE, action="append", metavar="TEXTE"),
            _drapeau("--html", "écrit aussi des pages qui s'ouvrent sans serveur"),
            _drapeau("--oui", "publie sans demander de confirmation"),
        ),
    ),
    "bilan": (
        "écrit le bilan de rentrée d'une publication : deux pages pour le conseil pédagogique",
        (
            _PUBLICATION,
            _vers("le dossier où écrire bilan_de_rentree.docx et .pdf"),
            _argument("--dossier", _D_ABORD, metavar="DOSSIER"),
            _EFFECTIF_MIN,
            _drapeau("--oui", "publie sans demander de confirmation"),
        ),
    ),
    "academie": (
        "réunit ce que des établissements ont publié, sans ligne d'élève ni classement",
        (
            _argument("publications", _PUBLICATIONS, metavar="PUBLICATION", nargs="+"),
            _vers("le dossier à écrire, hors de ceux que l'on réunit", "PUBLICATION"),
            _argument("--etablissements", _ANNUAIRE, metavar="FICHIER"),
            _argument(
                "--pour",
                "l'UAI du seul établissement à marquer : sa page",
                default="",
                metavar="UAI",
            ),
            _drapeau("--html", "écrit aussi des pages qui s'ouvrent sans serveur"),
        ),
    ),
    "compter": (
        "compte les élèves de chaque résultat, sur pandas, DuckDB ou Spark ; ne se publie pas",
        (
            _dossier("le dossier des exports, ou des tables Parquet écrites par « pixkit lire »"),
            _argument("--moteur", _MOTEUR, choices=MOTEURS, default="pandas"),
            _vers("le fichier .parquet à écrire", "COMPTES.parquet"),
        ),
    ),
    "retirer": (
        "efface une publication ; ses pages disent qu'elle a été retirée",
        (_PUBLICATION, _drapeau("--oui", "retire sans demander de confirmation")),
    ),
    "servir": (
        "ouvre les tableaux de bord d'une publication",
        (
            _PUBLICATION,
            _argument("--port", "le port de la page (8866 par défaut)", type=_port, default=8866),
            _argument("--adresse", _ADRESSE, default="127.0.0.1"),
            _argument(
                "--prefixe",
                "le début de l'adresse, derrière un mandataire : /tableaux/",
                default="/",
            ),
            _argument("--certificat", "le certificat TLS (PEM)", default="", metavar="FICHIER"),
            _argument("--cle", "la clé du certificat (PEM)", default="", metavar="FICHIER"),
            _drapeau("--derriere-un-mandataire", "nginx, devant, s'occupe du chiffrement"),
            _argument(
                "--carnets", "un dossier de carnets à vous, à servir aussi", metavar="DOSSIER"
            ),
            _argument(
                "--cadre",
                "l'adresse d'un site (ENT) qui peut encadrer les pages ; se répète",
                action="append",
                default=[],
                metavar="https://…",
            ),
            # Une unité systemd d'avant le dit encore ; plus aucune page n'a de noyau à préparer.
            _nombre("--prechauffes", argparse.SUPPRESS),
        ),
    ),
}
"""{action: (ce qu'elle fait, ses arguments)}"""


def analyseur() -> argparse.ArgumentParser:
    """La grammaire de la commande `pixkit`."""
    racine = _Analyseur(
        prog="pixkit",
        description="Lire les exports Pix, savoir qui est qui, qui relancer.",
        epilog=_FIN,
    )
    actions = racine.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    for nom, (aide, arguments) in _ACTIONS.items():
        action = actions.add_parser(nom, help=aide, epilog=_FIN)
        for nom_argument, options in arguments:
            action.add_argument(nom_argument, **options)
    return racine
