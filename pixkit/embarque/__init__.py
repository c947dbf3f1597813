"""Étage 0 — les carnets, les pages et la démonstration : ceux du dépôt, ou ceux de la roue.

La roue (voir setup.py) les range à côté de ce fichier, comme le dépôt les range à sa racine.
"""

import os
import shutil
import sys
from pathlib import Path

ICI = Path(__file__).parent
INSTALLE = (ICI / "voila_apps").is_dir()
RACINE = ICI if INSTALLE else ICI.parents[1]
APPS = RACINE / "voila_apps"
CARNETS = RACINE / "notebooks"
DEMO = RACINE / "data" / "demo"

_RESTE = shutil.ignore_patterns("*.py", "pixkit_*", "__pycache__", ".ipynb_checkpoints")
"""Ce qui ne se copie pas : la fabrique, les décisions d'un essai, les restes de Jupyter."""


def commande(*mots: str) -> str:
    """Une commande `pixkit` telle qu'elle se tape sur cet ordinateur, dans n'importe quel terminal.

    « pixkit » seul ne marche que si c'est celui de ce Python qui répond.
    """
    sien = Path(sys.executable).with_name("pixkit.exe" if os.name == "nt" else "pixkit")
    trouve = shutil.which("pixkit")
    if trouve and Path(trouve) == sien:
        programme = "pixkit"
    else:
        programme = f'"{sien}"' if sien.exists() else f'"{sys.executable}" -m pixkit'
    return " ".join([programme, *mots])


def copier(source: Path, vers: Path) -> Path:
    """Copie un dossier embarqué chez la personne, sans jamais remplacer un fichier déjà là."""
    shutil.copytree(source, vers, ignore=_RESTE, copy_function=_sauf_si_present, dirs_exist_ok=True)
    return vers


def _sauf_si_present(source: str, cible: str) -> None:
    if not Path(cible).exists():
        shutil.copyfile(source, cible)
