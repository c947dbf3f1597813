"""Étage 4 et demi — ce que les actions partagent : dire, demander, ouvrir, rendre un code."""

import argparse
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from pixkit.compte_rendu import dire_les_fichiers, suivre
from pixkit.erreurs import FichierNonPix
from pixkit.grammaire import MAUVAIS_USAGE
from pixkit.tables import EXPORTS, Tables

Actions = dict[str, tuple[Callable[[argparse.Namespace], int], str]]
"""{action: (ce qui la fait, ce qu'il faut avoir installé en plus)}"""
TOUT_COMPRIS, MIS_DE_COTE, RIEN_DE_LISIBLE = 0, 1, MAUVAIS_USAGE

SANS_LISTE = FichierNonPix(
    "un dossier sans liste d'élèves.",
    "l'export « élèves sans adresses » de SIECLE, celui de FREGATA, ou une liste (CSV, classeur) "
    "avec les classes.",
    "ajoutez-la au dossier, puis recommencez.",
)


def dire(phrase: object) -> None:
    print(phrase, file=sys.stderr)


def demander(question: str, sinon: str = "") -> str:
    """La réponse d'une personne ; `sinon` si personne n'est là pour répondre."""
    try:
        return input(f"{question} ").strip()
    except EOFError:
        return sinon


def dit_oui(question: str, sinon: str = "") -> bool:
    return demander(question, sinon).casefold() in ("oui", "o")


def ouvrir_dossier(dossier: str) -> Any:
    from pixkit.ecole import ouvrir  # noqa: PLC0415
    from pixkit.vie import rappel  # noqa: PLC0415

    ecole = ouvrir(dossier, suivi=suivre)
    dire_les_fichiers(ecole.tables)
    if dit := rappel(ecole, date.today()):
        dire(dit)
    return ecole


def ouvrir_les_exports(dossier: str) -> Any:
    ecole = ouvrir_dossier(dossier)
    if ecole.tables.participations.empty:
        raise FichierNonPix(
            "un dossier sans export de campagne.",
            "au moins un export de Pix Orga.",
            "ajoutez-le au dossier.",
        )
    return ecole


def noms(ecrits: Iterable[Path]) -> str:
    return ", ".join(chemin.name for chemin in ecrits)


def code_des_exports(tables: Tables) -> int:
    """Le code d'une lecture ; un dossier sans rien de Pix n'a rien de lisible."""
    if not tables.fichiers["nature"].isin(EXPORTS).any():
        dire("Aucun export de campagne ni résultat de certification lisible dans ce dossier.")
        return RIEN_DE_LISIBLE
    return code(tables)


def code(tables: Tables, *, sauf: str = "") -> int:
    """`sauf` : un fichier du dossier qui n'est ni un export ni une liste, et que l'on a compris."""
    rejetees = tables.journal[tables.journal["sort"] == "rejetee"]
    return MIS_DE_COTE if (rejetees["fichier"] != sauf).any() else TOUT_COMPRIS
