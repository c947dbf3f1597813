"""Étage 0, à part — les carnets servis : Voilà en exécute un une fois, puis son noyau est rendu."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from traitlets.config import Config
from voila.configuration import VoilaConfiguration
from voila.notebook_renderer import NotebookRenderer

from pixkit.embarque import APPS
from pixkit.erreurs import DossierIllisible

GABARITS = APPS / "gabarits" / "voila" / "templates"
REGLAGES = {
    "VoilaConfiguration": {"template": "pixkit_publie", "show_tracebacks": False},
    "VoilaExecutor": {"timeout": 120},  # secondes qu'une cellule peut prendre
    # Des prises de fichier : par TCP, deux noyaux lancés ensemble visent parfois le même port.
    "KernelManager": {"transport": "tcp" if os.name == "nt" else "ipc"},
}
ATELIER = "atelier"
"""Il montre des noms : même copié avec les autres, il ne se publie pas."""


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
        cellules = nbformat.read(chemin, as_version=4).cells
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as erreur:
        raise DossierIllisible(
            f"« {chemin.name} », qui ne se lit pas.",
            "un carnet Jupyter (.ipynb).",
            "ouvrez-le dans JupyterLab et enregistrez-le, ou ôtez-le du dossier.",
        ) from erreur
    textes = [cellule.source for cellule in cellules if cellule.cell_type == "markdown"]
    trouve = re.search(r"^# +(.+)\n*(.*)", "\n".join(textes), re.M)
    return Carnet(chemin, *(trouve.groups() if trouve else (chemin.stem.replace("_", " "), "")))


async def executer(carnet: Path, publication: Path) -> str:
    """Le HTML des cellules d'un carnet, que PIXKIT_PUBLICATION mène à une publication."""
    reglages = Config(REGLAGES)
    rendu = NotebookRenderer(
        voila_configuration=VoilaConfiguration(config=reglages),
        traitlet_config=reglages,
        notebook_path=carnet.name,
        template_paths=[str(GABARITS / "pixkit_publie")],
        contents_manager=AsyncLargeFileManager(root_dir=str(carnet.parent)),
        kernel_spec_manager=KernelSpecManager(),
        base_url="/",
        page_config={},
    )
    await rendu.initialize()
    # Un carnet n'a pas à connaître ce qui ouvre les pages.
    permis = {nom: mot for nom, mot in os.environ.items() if not nom.startswith("JUPYTERHUB_")}
    with TemporaryDirectory(prefix="pixkit-", ignore_cleanup_errors=True) as liaisons:
        noyaux = AsyncMultiKernelManager(connection_dir=liaisons, config=reglages)
        noyau = await noyaux.start_kernel(
            cwd=str(carnet.parent), env=permis | {"PIXKIT_PUBLICATION": str(publication)}
        )
        try:
            return await rendu.generate_content_str(noyau, noyaux.get_kernel(noyau))
        finally:
            await noyaux.shutdown_kernel(noyau, now=True)
