"""Étage 0, à part — les carnets servis : chacun s'exécute une fois, dans un processus à part."""

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pixkit.erreurs import DossierIllisible

ATELIER = "atelier"
"""Il montre des noms : même copié avec les autres, il ne se publie pas."""
RENDU = "page.html"
"""Où l'exécution écrit le HTML d'un carnet, dans le dossier qu'on lui prête."""


@dataclass(frozen=True)
class Carnet:
    """Une page : le carnet qui la fait, son titre, et la phrase dessous."""

    chemin: Path
    titre: str
    lire: str


def lire_carnets(dossier: Path) -> dict[str, Carnet]:
    """{nom de la page: carnet}. Lève DossierIllisible."""
    chemins = {une.stem: une for une in sorted(dossier.glob("*.ipynb")) if une.stem != ATELIER}
    if not chemins:
        raise DossierIllisible(
            f"« {dossier.name} », sans carnet.",
            "un dossier de carnets (.ipynb).",
            "donnez après --carnets celui où vous avez copié voila_apps.",
        )
    return {nom: _carnet(chemin) for nom, chemin in chemins.items()}


def _carnet(chemin: Path) -> Carnet:
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


async def executer(carnet: Path, publication: Path) -> str:
    """Le HTML des cellules d'un carnet, que PIXKIT_PUBLICATION mène à une publication.

    Voilà reste dans l'autre processus : celui qui sert les pages en est trois fois plus léger.
    Lève ChildProcessError.
    """
    # Un carnet n'a pas à connaître ce qui ouvre les pages.
    permis = {nom: mot for nom, mot in os.environ.items() if not nom.startswith("JUPYTERHUB_")}
    rien = asyncio.subprocess.DEVNULL
    with TemporaryDirectory(prefix="pixkit-", ignore_cleanup_errors=True) as ou:
        execution = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *("pixkit.leger", "pixkit.service.execution"), str(carnet), ou,
            env=permis | {"PIXKIT_PUBLICATION": str(publication)},
            stdin=rien, stdout=rien, stderr=rien,
        )  # fmt: skip
        if await execution.wait():
            raise ChildProcessError(carnet.name)
        return (Path(ou) / RENDU).read_text(encoding="utf-8")
