"""Étage 4 — ouvrir Voilà ou JupyterLab, sur cet ordinateur seulement, et les fermer avec nous."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.parse import quote

import psutil

from pixkit.embarque import APPS
from pixkit.erreurs import DossierIllisible, ServiceRefuse
from pixkit.gabarits import rendre

GABARITS = APPS / "gabarits"
REGLAGES_VOILA = (
    f"--Voila.config_file_paths={GABARITS}",  # voila.py, et ses 200 Mo
    "--template=pixkit",  # sans feuille de style prise sur un autre site
    "--no-browser",  # nous ouvrons le navigateur nous-mêmes, une fois la page prête
    "--Voila.ip=127.0.0.1",  # cet ordinateur seulement
    "--Voila.port_retries=0",  # jamais un autre port que celui de l'adresse, qui porte le jeton
    "--KernelManager.transport_encryption=auto",  # personne d'autre n'écoute page et noyau
    "--VoilaConfiguration.show_tracebacks=False",
    "--VoilaConfiguration.allow_template_override=NO",  # l'adresse ne choisit pas le gabarit
    "--VoilaConfiguration.allow_theme_override=NO",
    # Les autres extensions servent à JupyterLab.
    "--VoilaConfiguration.extension_allowlist=@voila-dashboards/widgets-manager8",
    "--VoilaConfiguration.extension_allowlist=@jupyter-widgets/jupyterlab-manager",
    "--MappingKernelManager.cull_idle_timeout=3600",  # un onglet oublié rend sa mémoire
    "--MappingKernelManager.cull_interval=300",
    "--KernelRestarter.time_to_dead=1",  # secondes : un noyau tombé se dit aussitôt (veille.js)
    "--Application.log_level=ERROR",
)
_A_PART = {} if os.name == "nt" else {"process_group": 0}
"""Ctrl-C ne va qu'à nous : reçu en même temps, le serveur et ses noyaux s'en plaignent d'abord."""
_ARRETS = [signal.SIGTERM] if os.name == "nt" else [signal.SIGTERM, signal.SIGHUP]
"""Le second : un terminal que l'on ferme."""
REGLAGES_LAB = (
    f"--LabApp.app_settings_dir={GABARITS / 'lab'}",  # en français, et sans nouvelles à lire
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    # Ni nouvelles ni recherche de mise à jour : rien ne sort de cet ordinateur.
    "--KernelManager.transport_encryption=auto",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--ServerApp.jpserver_extensions=notebook_shim=False",  # il écrit un avertissement en anglais
    "--ServerApp.terminals_enabled=False",  # le lanceur n'offre que des carnets
    "--Application.log_level=ERROR",
)


def ouvrir_atelier(dossier: str | Path, *, port: int = 0, navigateur: bool = True) -> int:
    """Ouvre l'atelier sur un dossier d'exports, avec un jeton ; le code de sortie de Voilà.

    Lève DossierIllisible, ou ServiceRefuse (port pris, page qui ne vient pas).
    """
    dossier = Path(dossier).expanduser().resolve()
    if not dossier.is_dir():
        raise DossierIllisible(
            f"« {dossier} », qui n'est pas un dossier.",
            "le dossier des exports Pix.",
            "vérifiez le chemin du dossier.",
        )
    port, jeton = port_libre(port), secrets.token_urlsafe(24)
    with voila(APPS / "atelier.ipynb", port, jeton, PIXKIT_DOSSIER=str(dossier)) as serveur:
        adresse = f"http://127.0.0.1:{port}/?token={jeton}"
        return _montrer(serveur, "L'atelier est ouvert", adresse, navigateur)


def ouvrir_lab(carnets: Path, *, port: int = 0, navigateur: bool = True) -> int:
    """Ouvre JupyterLab sur le premier carnet d'un dossier, avec un jeton ; son code de sortie.

    Lève ServiceRefuse (port pris, page qui ne vient pas).
    """
    port, jeton = port_libre(port), secrets.token_urlsafe(24)
    reglages = [*REGLAGES_LAB, f"--ServerApp.port={port}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # un conteneur, sur 127.0.0.1
        reglages.append("--allow-root")
    premier = "".join(
        f"/tree/{quote(carnet.name)}" for carnet in sorted(carnets.glob("*.ipynb"))[:1]
    )
    adresse = f"http://127.0.0.1:{port}/lab{premier}?token={jeton}"
    with _module(
        "jupyterlab", str(carnets), *reglages, dans=carnets, JUPYTER_TOKEN=jeton
    ) as serveur:
        attendre(port, serveur)
        return _montrer(serveur, "Les carnets sont ouverts", adresse, navigateur)


def _montrer(serveur: subprocess.Popen[bytes], ouvert: str, adresse: str, navigateur: bool) -> int:
    """Dit une adresse, l'ouvre, et attend la fin du serveur, ou Ctrl-C."""
    try:
        # D'un seul trait : un Ctrl-C venu aussitôt en couperait la fin.
        print(f"{ouvert} : {adresse}\n(Ctrl-C pour fermer.)\n", end="", flush=True)
        with TemporaryDirectory(prefix="pixkit-", ignore_cleanup_errors=True) as a_soi:
            if navigateur:
                webbrowser.open(_renvoi(Path(a_soi), adresse))
            return serveur.wait()
    except KeyboardInterrupt:
        print("\nFermé.")
        return 0


def _renvoi(dossier: Path, adresse: str) -> str:
    """Une page qui y renvoie : la ligne de commande du navigateur montrerait le jeton."""
    page = dossier / "atelier.html"
    page.write_text(rendre("renvoi.html.j2", adresse=adresse), encoding="utf-8")
    return page.as_uri()


@contextmanager
def voila(
    carnet: Path, port: int, jeton: str, **environnement: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Voilà sert ce carnet, le temps d'un `with` : son processus, une fois la page prête."""
    # JUPYTER_PATH dit où est notre gabarit ; le jeton passe par l'environnement, que la liste des
    # processus ne montre pas.
    environnement |= {"JUPYTER_PATH": str(GABARITS), "JUPYTER_TOKEN": jeton}
    arguments = (str(carnet), *REGLAGES_VOILA, f"--port={port}", "--token")
    with _module("voila", *arguments, dans=APPS, **environnement) as serveur:
        # Une page venue avant le noyau préparé en lance un autre : celui-ci, qui a lu le dossier
        # ce jour-là, attendrait la prochaine, et la montrerait d'avant les décisions.
        attendre(port, serveur, noyau=True)
        yield serveur


@contextmanager
def _module(
    nom: str, *arguments: str, dans: Path, **environnement: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Un module que Python exécute le temps d'un `with` ; arrêtés du dehors, nous l'arrêtons.

    Ce qu'il écrit va au terminal, sauf une fois qu'on le ferme : il s'y plaint d'être interrompu.
    """
    for arret in _ARRETS:
        if signal.getsignal(arret) is not signal.SIG_IGN:  # nohup
            signal.signal(arret, lambda recu, _: sys.exit(128 + recu))
    ferme = threading.Event()
    # Python cherche d'abord ses modules `dans` ce dossier : jamais parmi les fichiers d'une école.
    serveur = subprocess.Popen(
        [sys.executable, "-m", "pixkit.leger", nom, *arguments],
        cwd=dans,
        env={**os.environ, **environnement},
        stderr=subprocess.PIPE,
        **_A_PART,
    )
    threading.Thread(target=_repeter, args=(serveur.stderr, ferme), daemon=True).start()
    try:
        yield serveur
    finally:
        ferme.set()
        serveur.terminate()
        serveur.wait()


def _repeter(flux: IO[bytes], ferme: threading.Event) -> None:
    """Lit jusqu'au bout : un tuyau plein arrêterait le serveur."""
    for ligne in flux:
        if not ferme.is_set():
            sys.stderr.write(ligne.decode(errors="replace"))


def port_libre(voulu: int = 0) -> int:
    """Le port voulu s'il est libre ; 0 en choisit un. Un port pris recevrait le jeton."""
    with socket.socket() as prise:
        if os.name != "nt":  # un atelier fermé à l'instant n'occupe plus son port
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind(("127.0.0.1", voulu))
        except (OSError, OverflowError) as erreur:
            raise ServiceRefuse(
                f"le port {voulu}, déjà pris ou interdit.",
                "un port libre.",
                "un autre nombre après --port, ou rien.",
            ) from erreur
        return prise.getsockname()[1]


def attendre(
    port: int, serveur: subprocess.Popen[bytes], delai: float = 60, *, noyau: bool = False
) -> None:
    """Attend que ce serveur écoute, et s'il le faut qu'il ait un `noyau` : un autre programme sur
    ce port recevrait le jeton."""
    fin = time.monotonic() + delai
    while time.monotonic() < fin and serveur.poll() is None:
        if _ecoute(serveur.pid, port) and (not noyau or noyaux(serveur.pid)):
            return
        time.sleep(0.1)
    raise ServiceRefuse(
        "l'atelier ne répond pas.",
        "une page en une minute.",
        "relancez ; si cela dure, choisissez un autre port avec --port.",
    )


def _ecoute(numero: int, port: int) -> bool:
    """Ce processus, ou un de ses enfants (le Python d'un venv Windows), tient-il ce port ?"""
    with suppress(psutil.Error):
        processus = psutil.Process(numero)
        return any(
            liaison.status == psutil.CONN_LISTEN and liaison.laddr.port == port
            for un in (processus, *processus.children(recursive=True))
            for liaison in un.net_connections()
        )
    return False


def noyaux(numero: int) -> list[psutil.Process]:
    """Ceux que ce processus tient ouverts."""
    with suppress(psutil.Error):
        enfants = psutil.Process(numero).children(recursive=True)
        return [un for un in enfants if "ipykernel_launcher" in un.cmdline()]
    return []
