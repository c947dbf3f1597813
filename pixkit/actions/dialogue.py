"""Étage 4 et demi — ce que les actions partagent : dire, demander, ouvrir, rendre un code."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from pixkit.compte_rendu import dire_les_fichiers, suivre
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.erreurs import EcritureImpossible, FichierNonPix
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

RIEN_DE_PIX = FichierNonPix(
    "un dossier sans export de campagne ni résultat de certification lisible.",
    "au moins un export de Pix Orga ou de Pix Certif.",
    "ajoutez-le au dossier ; si vous l'y avez mis, le compte rendu dit pourquoi il ne se lit pas.",
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


@contextmanager
def sortie(options: argparse.Namespace, tables: Tables) -> Iterator[Sortie]:
    """Où poser ce que la commande écrit, à la fin du `with` ; jamais à la place d'un fichier que
    l'on vient de lire : une liste s'appelle souvent eleves.csv."""
    with ensemble(options.vers) as posee:
        yield posee
        lus = tables.fichiers.loc[tables.fichiers["nature"].notna(), "fichier"]
        chemins = {(Path(options.dossier) / nom.partition(" [")[0]).resolve() for nom in lus}
        if pris := [nom for nom in posee.fichiers if (posee.racine / nom).resolve() in chemins]:
            raise EcritureImpossible(
                f"« {pris[0]} », un fichier que vous y avez mis et que pixkit vient de lire.",
                "un dossier de sortie qui n'est pas celui des exports.",
                "choisissez-en un autre (--vers) ; rien n'a été changé.",
            )
    if posee.racine.resolve().is_relative_to(Path(options.dossier).resolve()):
        dire(
            "Écrit parmi les exports : la prochaine lecture mettra ces fichiers de côté, et rendra "
            "1. Déplacez-les, et donnez un autre dossier à --vers."
        )


def noms(ecrits: Iterable[Path]) -> str:
    return ", ".join(chemin.name for chemin in ecrits)


def code_des_exports(tables: Tables) -> int:
    """Le code d'une lecture ; un dossier sans rien de Pix n'a rien de lisible."""
    if not tables.fichiers["nature"].isin(EXPORTS).any():
        dire(RIEN_DE_PIX)
        return RIEN_DE_LISIBLE
    return code(tables)


def code(tables: Tables, *, sauf: str = "") -> int:
    """`sauf` : un fichier du dossier qui n'est ni un export ni une liste, et que l'on a compris."""
    rejetees = tables.journal[tables.journal["sort"] == "rejetee"]
    return MIS_DE_COTE if (rejetees["fichier"] != sauf).any() else TOUT_COMPRIS
