"""Étage 0 — le seul endroit qui écrit : tout ou rien, un seul à la fois, et pour soi.

Une panne, un disque plein, un processus tué laissent l'ancien entier, ou le nouveau.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from pixkit.erreurs import EcritureImpossible, raison

VERROU, EN_COURS = ".pixkit.verrou", ".pixkit_en_cours_"
PATIENCE, RENONCER, TOUR = 1.0, 10.0, 0.005
"""Secondes avant de dire que l'on attend quelqu'un d'autre, avant d'y renoncer, entre deux essais.
"""
POUR_SOI, EN_GROUPE, DOSSIER_POUR_SOI, POUR_TOUS = 0o600, 0o640, 0o700, 0o666
_UN_SEUL = "un dossier où vous pouvez écrire, un seul pixkit à la fois."


def _sur_la_console(dit: str) -> None:
    print(dit, file=sys.stderr)


prevenir: ContextVar[Callable[[str], object]] = ContextVar("prevenir", default=_sur_la_console)
"""Où dire que l'on attend : la console, ou la page de l'atelier."""


@contextmanager
def verrou(dossier: str | Path) -> Iterator[None]:
    """Le temps d'un `with`, nul autre n'écrit dans ce dossier ; qui l'a déjà peut le reprendre.

    Attend, le dit, puis lève EcritureImpossible.
    """
    from filelock import FileLock  # noqa: PLC0415 — inutile à qui n'écrit rien

    dossier = Path(dossier).resolve()
    tenu = FileLock(dossier / VERROU, mode=0o666, is_singleton=True, poll_interval=TOUR)
    que_faire = "rendez-le modifiable, puis recommencez ; ce qui était gardé l'est toujours."
    with en_mots(dossier.name, _UN_SEUL, que_faire):
        dossier.stat()  # un dossier disparu ne se refait pas
        _attendre(tenu, dossier.name)
    try:
        yield
    finally:
        dernier = tenu.lock_counter == 1
        if dernier and os.name != "nt":
            # Qui attendait voit qu'il n'est plus là, et en refait un. Un partage disparu l'a ôté.
            with suppress(OSError):
                (dossier / VERROU).unlink()
        tenu.release()
        if dernier:
            time.sleep(2 * TOUR)  # qui écrit sans cesse laisse passer qui attend


def _attendre(tenu: Any, nom: str) -> None:
    if _pris(tenu, PATIENCE):
        return
    prevenir.get()(f"Un autre pixkit écrit dans « {nom} » : on attend qu'il ait fini…")
    if not _pris(tenu, RENONCER - PATIENCE):
        raise EcritureImpossible(
            f"« {nom} », où un autre pixkit écrit depuis plus de {RENONCER:.0f} secondes.",
            _UN_SEUL,
            "attendez qu'il ait fini, ou fermez l'autre atelier, puis recommencez ; rien n'a été "
            "changé.",
        )


def _pris(tenu: Any, delai: float) -> bool:
    from filelock import Timeout  # noqa: PLC0415

    try:
        tenu.acquire(timeout=delai)
    except Timeout:
        return False
    return True


@contextmanager
def en_mots(nom: str, attendu: str, que_faire: str) -> Iterator[None]:
    """Ce que le système refuse, en trois temps."""
    try:
        yield
    except OSError as erreur:
        trouve = f"« {nom} », qui ne s'écrit pas ({raison(erreur)})."
        raise EcritureImpossible(trouve, attendu, que_faire) from erreur


def ecrire_d_un_coup(chemin: Path, octets: bytes, *, attendu: str, que_faire: str) -> Path:
    """Un fichier d'un dossier qui existe. Lève EcritureImpossible, avec les mots de qui écrit."""
    fichiers = {chemin.name: octets}
    return ecrire_ensemble(chemin.parent, fichiers, attendu=attendu, que_faire=que_faire)[0]


def ecrire_ensemble(
    racine: Path, fichiers: Mapping[str, bytes], *, attendu: str, que_faire: str
) -> list[Path]:
    """Écrit ces fichiers {nom: octets} dans un dossier qui existe, tous ou aucun.

    Préparés à part, puis mis à la place ; ce qu'un processus tué avait laissé est d'abord fini, ou
    effacé. Lève EcritureImpossible.
    """
    dit = racine.name if len(fichiers) > 1 else next(iter(fichiers))
    with en_mots(dit, attendu, que_faire):
        racine.stat()
    with verrou(racine), en_mots(dit, attendu, que_faire):
        reprendre(racine)
        a_part = Path(mkdtemp(prefix=EN_COURS, dir=racine))
        try:
            _preparer(a_part, racine, fichiers)
            _installer(a_part, racine, list(fichiers))
        finally:
            shutil.rmtree(a_part, ignore_errors=True)
    return [racine / nom for nom in fichiers]


def reprendre(racine: Path) -> None:
    """Ce qu'un processus tué a laissé : un ensemble prêt se finit, le reste s'efface."""
    for a_part in racine.glob(f"{EN_COURS}*"):
        for reste in (a_part / "pret").glob("*"):
            reste.replace(racine / reste.name)
        shutil.rmtree(a_part, ignore_errors=True)


def _preparer(a_part: Path, racine: Path, fichiers: Mapping[str, bytes]) -> None:
    """Les neufs sur le disque, et une copie des anciens : en remettre un ne prend plus de place."""
    for nom in ("neuf", "ancien"):
        (a_part / nom).mkdir()
    for nom, octets in fichiers.items():
        poser(a_part / "neuf" / nom, octets, _droits(racine))
        if len(fichiers) > 1 and (racine / nom).is_file():  # un seul se remplace sans entre-deux
            shutil.copy2(racine / nom, a_part / "ancien" / nom)
    if len(fichiers) > 1:
        au_disque(a_part / "neuf")
    (a_part / "neuf").rename(a_part / "pret")
    if len(fichiers) > 1:  # à partir d'ici, un processus tué se finit au lieu de s'effacer
        au_disque(a_part)


def _installer(a_part: Path, racine: Path, noms: list[str]) -> None:
    mis: list[str] = []
    try:
        for nom in noms:
            (a_part / "pret" / nom).replace(racine / nom)
            mis.append(nom)
    except BaseException:  # un fichier ouvert ailleurs, Ctrl-C : ceux déjà mis s'en vont aussi
        for nom in mis:
            ancien = a_part / "ancien" / nom
            ancien.replace(racine / nom) if ancien.exists() else (racine / nom).unlink()
        raise
    au_disque(racine)


def poser(chemin: Path, octets: bytes, droits: int, *, attendre: bool = True) -> None:
    """Un fichier neuf, sur le disque avant de revenir (sauf si l'on n'attend pas)."""
    with open(chemin, "xb", opener=lambda ou, comment: os.open(ou, comment, droits)) as fichier:
        fichier.write(octets)
        fichier.flush()
        if attendre:
            os.fsync(fichier.fileno())


def au_disque(dossier: Path) -> None:
    """Les noms d'un dossier sur le disque, là où le système sait le faire (ni Windows, ni tous les
    partages)."""
    if os.name == "nt":
        return
    prise = os.open(dossier, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(prise)
    finally:
        os.close(prise)


def _droits(racine: Path) -> int:
    """À soi ; lisible du groupe dans un dossier de groupe (setgid) que les autres n'ouvrent pas."""
    return EN_GROUPE if racine.stat().st_mode & 0o2027 == 0o2020 else POUR_SOI


class Sortie:
    """Des fichiers préparés en mémoire, à écrire dans `racine` ; sans elle, ils y restent."""

    def __init__(self, racine: str | Path | None = None):
        self.racine = None if racine is None else Path(racine)
        self.fichiers: dict[str, bytes] = {}

    def poser(self, nom: str, octets: bytes) -> Path:
        """Ajoute un fichier ; rend le chemin qu'il aura."""
        self.fichiers[nom] = octets
        return (self.racine or Path()) / nom

    def ecrire(self) -> None:
        """Écrit tout, ou rien, dans un dossier créé pour soi seul s'il n'existe pas."""
        if not self.fichiers:
            return
        mots = {
            "attendu": "un dossier où vous pouvez écrire, et ses fichiers fermés.",
            "que_faire": "fermez ceux qui sont ouverts, ou choisissez un autre dossier (--vers), "
            "puis recommencez ; rien n'a été changé.",
        }
        with en_mots(self.racine.name, **mots):
            creer(self.racine)
        ecrire_ensemble(self.racine, self.fichiers, **mots)


def creer(dossier: Path) -> None:
    """Un dossier pour soi seul, et ceux où il se trouve."""
    if not dossier.is_dir():
        creer(dossier.parent)
        dossier.mkdir(mode=DOSSIER_POUR_SOI, exist_ok=True)


@contextmanager
def ensemble(sortie: "str | Path | Sortie") -> Iterator[Sortie]:
    """Où poser des fichiers : écrits ensemble à la fin du `with`, ou par qui a ouvert la sortie."""
    if isinstance(sortie, Sortie):
        yield sortie
        return
    nouvelle = Sortie(sortie)
    yield nouvelle
    nouvelle.ecrire()
