"""Étage 0, à part — l'exécution d'un carnet par Voilà ; le noyau est rendu aussitôt.

`python -m pixkit.service.execution DOSSIER` lit le chemin d'un carnet, et en écrit le HTML.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL
from tempfile import TemporaryDirectory

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

from pixkit.embarque import APPS
from pixkit.incidents import noter

GABARIT = APPS / "gabarits" / "voila" / "templates" / "pixkit_publie"
REGLAGES = Config(
    {
        "VoilaConfiguration": {"template": GABARIT.name, "show_tracebacks": False},
        "VoilaExecutor": {"timeout": 120},  # secondes qu'une cellule peut prendre
        # Des prises de fichier : par TCP, deux noyaux lancés ensemble visent parfois le même port.
        "KernelManager": {"transport": "tcp" if os.name == "nt" else "ipc"},
    }
)


class _Client(AsyncKernelClient):
    async def wait_for_ready(self, timeout: float) -> None:
        """Attend que le noyau réponde sur ses deux voies. Celui de Jupyter guetterait encore 0,2 s
        de silence, pour jeter ce qu'on aurait dit à d'autres : ici, il n'y a que nous.
        """
        async with asyncio.timeout(timeout):
            while await self.is_alive():
                self.kernel_info()
                with suppress(Empty):
                    await self.shell_channel.get_msg(timeout=1)
                    await self.iopub_channel.get_msg(timeout=0.2)
                    return
        raise RuntimeError("le noyau s'est arrêté en démarrant")


async def executer(dossier: str) -> str:
    """Le HTML du carnet dont le chemin vient à l'entrée ; son noyau démarre dans ce dossier."""
    with TemporaryDirectory(prefix="pixkit-", ignore_cleanup_errors=True) as liaisons:
        noyau = AsyncKernelManager(connection_file=f"{liaisons}/noyau.json", config=REGLAGES)
        noyau.client_factory = _Client
        # Ce qu'un carnet importera se charge avant de savoir lequel.
        deja = ["-c", "import pixkit.service.panneau"]
        await noyau.start_kernel(cwd=dossier, stdout=DEVNULL, extra_arguments=deja)
        try:
            page = _page(noyau)
            await page.initialize()
            return await page.generate_content_str(noyau.kernel_id, noyau)
        finally:
            await noyau.provisioner.kill()  # shutdown_kernel regarderait 0,1 s plus tard
            noyau.provisioner.process.wait()


def _page(noyau: AsyncKernelManager):
    """Voilà, qui se charge pendant que le noyau démarre, et le carnet qu'on nous dit ensuite."""
    from jupyter_server.services.contents.largefilemanager import (  # noqa: PLC0415
        AsyncLargeFileManager,
    )
    from voila.configuration import VoilaConfiguration  # noqa: PLC0415
    from voila.notebook_renderer import NotebookRenderer  # noqa: PLC0415

    chemin = sys.stdin.buffer.read()
    if not chemin:  # plus personne ne l'attend
        sys.exit()
    carnet = Path(os.fsdecode(chemin))
    return NotebookRenderer(
        voila_configuration=VoilaConfiguration(config=REGLAGES),
        traitlet_config=REGLAGES,
        notebook_path=carnet.name,
        template_paths=[str(GABARIT)],
        contents_manager=AsyncLargeFileManager(root_dir=str(carnet.parent)),
        kernel_spec_manager=noyau.kernel_spec_manager,
        base_url="/",
        page_config={},
    )


if __name__ == "__main__":
    try:
        page = asyncio.run(executer(sys.argv[1]))
    except Exception as erreur:  # qui sert la page le dit ; ici, on le note
        noter(erreur)
        sys.exit(1)
    with suppress(OSError):  # plus personne ne l'attend
        sys.stdout.buffer.write(page.encode())
        sys.stdout.flush()
    os._exit(0)  # défaire Voilà module par module retarderait la page
