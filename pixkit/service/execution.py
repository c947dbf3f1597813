"""Étage 0, à part — l'exécution d'un carnet par Voilà ; le noyau est rendu aussitôt.

`python -m pixkit.service.execution CARNET DOSSIER` écrit son HTML dans le dossier.
"""

import asyncio
import os
import sys
from pathlib import Path

from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from traitlets.config import Config

from pixkit.embarque import APPS
from pixkit.incidents import noter
from pixkit.service.carnets import RENDU

GABARIT = APPS / "gabarits" / "voila" / "templates" / "pixkit_publie"
REGLAGES = {
    "VoilaConfiguration": {"template": GABARIT.name, "show_tracebacks": False},
    "VoilaExecutor": {"timeout": 120},  # secondes qu'une cellule peut prendre
    # Des prises de fichier : par TCP, deux noyaux lancés ensemble visent parfois le même port.
    "KernelManager": {"transport": "tcp" if os.name == "nt" else "ipc"},
}


async def executer(carnet: Path, dossier: Path) -> None:
    """Écrit le HTML d'un carnet ; ses liaisons avec le noyau sont dans le même dossier."""
    noyaux = AsyncMultiKernelManager(connection_dir=str(dossier), config=Config(REGLAGES))
    noyau = await noyaux.start_kernel(cwd=str(carnet.parent))
    try:
        rendu = _rendu(carnet)  # Voilà se charge pendant que le noyau démarre
        await rendu.initialize()
        page = await rendu.generate_content_str(noyau, noyaux.get_kernel(noyau))
    finally:
        await noyaux.shutdown_kernel(noyau, now=True)
    (dossier / RENDU).write_text(page, encoding="utf-8")


def _rendu(carnet: Path):
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415
    from jupyter_server.services.contents.largefilemanager import (  # noqa: PLC0415
        AsyncLargeFileManager,
    )
    from voila.configuration import VoilaConfiguration  # noqa: PLC0415
    from voila.notebook_renderer import NotebookRenderer  # noqa: PLC0415

    reglages = Config(REGLAGES)
    return NotebookRenderer(
        voila_configuration=VoilaConfiguration(config=reglages),
        traitlet_config=reglages,
        notebook_path=carnet.name,
        template_paths=[str(GABARIT)],
        contents_manager=AsyncLargeFileManager(root_dir=str(carnet.parent)),
        kernel_spec_manager=KernelSpecManager(),
        base_url="/",
        page_config={},
    )


def main() -> int:
    carnet, dossier = map(Path, sys.argv[1:])
    try:
        asyncio.run(executer(carnet, dossier))
    except Exception as erreur:  # qui sert la page le dit ; ici, on le note
        noter(erreur)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
