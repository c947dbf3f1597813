"""Étage 0 — les carnets, les pages et la démonstration : ceux du dépôt, ou ceux de la roue.

La roue (voir setup.py) les range à côté de ce fichier, comme le dépôt les range à sa racine.
"""

import shutil
from pathlib import Path

ICI = Path(__file__).parent
INSTALLE = (ICI / "voila_apps").is_dir()
RACINE = ICI if INSTALLE else ICI.parents[1]
APPS = RACINE / "voila_apps"
CARNETS = RACINE / "notebooks"
DEMO = RACINE / "data" / "demo"

_RESTE = shutil.ignore_patterns("*.py", "pixkit_*", "__pycache__", ".ipynb_checkpoints")
"""Ce qui ne se copie pas : la fabrique, les décisions d'un essai, les restes de Jupyter."""


def copier(source: Path, vers: Path) -> Path:
    """Copie un dossier embarqué chez la personne, sans jamais remplacer un fichier déjà là."""
    shutil.copytree(source, vers, ignore=_RESTE, copy_function=_sauf_si_present, dirs_exist_ok=True)
    return vers


def _sauf_si_present(source: str, cible: str) -> None:
    if not Path(cible).exists():
        shutil.copyfile(source, cible)
