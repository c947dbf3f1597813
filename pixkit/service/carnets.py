"""Étage 0, à part — les carnets servis : chacun s'exécute une fois, dans un processus à part."""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

from pixkit.embarque import APPS
from pixkit.erreurs import DossierIllisible
from pixkit.service.lecteur import TOUS_LES_PUBLICS

ATELIER = "atelier"
"""Il montre des noms : même copié avec les autres, il ne se publie pas."""


@dataclass(frozen=True)
class Carnet:
    """Une page : le carnet qui la fait, son titre, et la phrase dessous."""

    chemin: Path
    titre: str
    lire: str


def carnets_servis(dossier: str | Path | None = None) -> dict[str, Carnet]:
    """{nom de la page: carnet} : ceux de chaque public, et ceux d'un dossier, qui en prennent la
    place ou s'ajoutent.

    Lève DossierIllisible.
    """
    livres = {nom: _lire(APPS / f"{nom}.ipynb") for nom in TOUS_LES_PUBLICS}
    if not dossier:
        return livres
    chemins = [un for un in sorted(Path(dossier).resolve().glob("*.ipynb")) if un.stem != ATELIER]
    if not chemins:
        raise DossierIllisible(
            f"« {Path(dossier).name} », sans carnet.",
            "un dossier de carnets (.ipynb).",
            "donnez après --carnets celui où vous avez copié voila_apps.",
        )
    return livres | {chemin.stem: _lire(chemin) for chemin in chemins}


def _lire(chemin: Path) -> Carnet:
    try:
        cellules = json.loads(chemin.read_bytes())["cells"]
        textes = ["".join(une["source"]) for une in cellules if une["cell_type"] == "markdown"]
    except (OSError, ValueError, LookupError, TypeError) as erreur:
        raise DossierIllisible(
            f"« {chemin.name} », qui ne se lit pas.",
            "un carnet Jupyter (.ipynb).",
            "ouvrez-le dans JupyterLab et enregistrez-le, ou ôtez-le du dossier.",
        ) from erreur
    trouve = re.search(r"^# +(.+)\n*(.*)", "\n".join(textes), re.M)
    return Carnet(chemin, *(trouve.groups() if trouve else (chemin.stem.replace("_", " "), "")))


def lancer(publication: Path, dossier: Path) -> Popen[bytes]:
    """Un processus où Voilà et un noyau se préparent à exécuter un carnet de ce dossier, que
    PIXKIT_PUBLICATION mène à une publication ; sans carnet, il s'arrête avec nous.

    Celui qui sert les pages n'a pas chargé Voilà : il en est trois fois plus léger.
    """
    # Un carnet n'a pas à connaître ce qui ouvre les pages.
    secrets = ("JUPYTERHUB_", "PIXKIT_")
    permis = {nom: mot for nom, mot in os.environ.items() if not nom.startswith(secrets)}
    return Popen(
        [sys.executable, "-m", "pixkit.leger", "pixkit.service.execution", str(dossier)],
        env=permis | {"PIXKIT_PUBLICATION": str(publication)},
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
    )  # fmt: skip


def executer(carnet: Carnet, execution: Popen[bytes]) -> str:
    """Le HTML des cellules d'un carnet, quand il est prêt. Lève ChildProcessError."""
    page, _ = execution.communicate(os.fsencode(carnet.chemin))
    if execution.returncode:
        raise ChildProcessError(carnet.chemin.name)
    return page.decode()
