"""Installer et ouvrir pixkit, avec Python 3.11 ou plus récent pour tout bagage.

python3 demarrer.py            ouvre l'atelier dans le navigateur
python3 demarrer.py lab        ouvre JupyterLab sur les carnets
python3 demarrer.py tests      lance tous les essais
python3 demarrer.py verrou     refait requirements.lock (pour qui maintient pixkit)
"""

import argparse
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from pathlib import Path

RACINE = Path(__file__).resolve().parent
VENV = RACINE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
VERROU = RACINE / "requirements.lock"
TEMOIN = VENV / "installe"
OUTILS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "chrome"),
    "configurable-http-proxy": ("node-configurable-http-proxy",),
    "nginx": ("nginx",),
    "openssl": ("openssl",),
    "pdftotext": ("poppler-utils",),
    "systemd-analyze": ("systemd",),
}
"""Ce que les essais demandent à la machine : {commande: (son paquet Debian, ses autres noms…)}."""

REGLAGES_VOILA = (
    f"--Voila.config_file_paths={RACINE / 'voila_apps' / 'gabarits'}",  # voila.py, et ses 200 Mo
    "--template=pixkit",  # sans feuille de style prise sur un autre site
    "--no-browser",  # nous ouvrons le navigateur nous-mêmes, une fois la page prête
    "--Voila.ip=127.0.0.1",  # cet ordinateur seulement
    "--Voila.port_retries=0",  # jamais un autre port que celui de l'adresse, qui porte le jeton
    "--KernelManager.transport_encryption=auto",  # sur un poste partagé, personne n'écoute page et noyau
    "--VoilaConfiguration.show_tracebacks=False",
    "--VoilaConfiguration.allow_template_override=NO",  # l'adresse ne choisit pas le gabarit
    "--VoilaConfiguration.allow_theme_override=NO",
    "--VoilaConfiguration.extension_allowlist=@voila-dashboards/widgets-manager8",  # le reste sert à JupyterLab
    "--VoilaConfiguration.extension_allowlist=@jupyter-widgets/jupyterlab-manager",
    "--MappingKernelManager.cull_idle_timeout=3600",  # un onglet oublié rend sa mémoire
    "--MappingKernelManager.cull_interval=300",
    "--Application.log_level=ERROR",
)


class Arret(Exception):
    """Une phrase pour l'utilisateur : trouvé, attendu, à faire."""


def empreinte() -> str:
    """Ce qui décide d'une réinstallation : les versions voulues, le projet, et le Python qui les porte."""
    morceaux = [
        VERROU.read_bytes(),
        (RACINE / "pyproject.toml").read_bytes(),
        sys.version.encode(),
        str(RACINE).encode(),
    ]
    return hashlib.sha256(b"\0".join(morceaux)).hexdigest()


def installer() -> None:
    """Prépare `.venv` ; ne fait rien, et n'appelle pas le réseau, si c'est déjà fait. Le témoin s'écrit en dernier."""
    if TEMOIN.exists() and TEMOIN.read_text(encoding="utf-8") == empreinte():
        return
    print("Installation de pixkit (une seule fois, quelques minutes)…", flush=True)
    TEMOIN.unlink(missing_ok=True)
    _executer(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        "l'environnement .venv ne se crée pas.",
        "sous Debian et Ubuntu, installez le paquet python3-venv (apt install python3-venv) ; sinon, réinstallez Python.",
    )
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    _executer(
        [*pip, "--require-hashes", "--requirement", str(VERROU)],
        "les paquets ne s'installent pas.",
        "vérifiez la connexion (et le proxy de l'établissement : variable HTTPS_PROXY), l'espace disque, puis relancez.",
    )
    _executer(
        [*pip, "--no-deps", "--no-index", "--no-build-isolation", "--editable", str(RACINE)],
        "pixkit lui-même ne s'installe pas.",
        "supprimez le dossier .venv et relancez.",
    )
    TEMOIN.write_text(empreinte(), encoding="utf-8")


def _executer(commande, trouve, que_faire) -> None:
    if subprocess.run(commande, cwd=RACINE, check=False).returncode:
        raise Arret(f"Trouvé : {trouve} Attendu : une installation complète. À faire : {que_faire}")


def ouvrir_atelier(options) -> int:
    """Lance Voilà sur cet ordinateur seulement, avec un jeton, et ouvre la page dès qu'elle répond."""
    dossier = Path(options.dossier).expanduser().resolve()
    if not dossier.is_dir():
        raise Arret(f"Trouvé : « {dossier} », qui n'est pas un dossier. Attendu : le dossier des exports Pix. "
                    "À faire : vérifiez le chemin donné après --dossier.")  # fmt: skip
    port, jeton = port_libre(options.port or 0), secrets.token_urlsafe(24)
    adresse = f"http://127.0.0.1:{port}/?token={jeton}"
    # JUPYTER_PATH dit où est notre gabarit ; le jeton passe par l'environnement, que la liste des processus ne montre pas.
    environnement = {
        **os.environ,
        "PIXKIT_DOSSIER": str(dossier),
        "JUPYTER_PATH": str(RACINE / "voila_apps" / "gabarits"),
        "JUPYTER_TOKEN": jeton,
    }
    commande = [
        str(PYTHON),
        "-m",
        "voila",
        str(RACINE / "voila_apps" / "atelier.ipynb"),
        *REGLAGES_VOILA,
    ]
    serveur = subprocess.Popen(
        [*commande, f"--port={port}", "--token"], cwd=RACINE, env=environnement
    )
    try:
        attendre(port, serveur)
        print(f"L'atelier est ouvert : {adresse}\n(Ctrl-C pour le fermer.)", flush=True)
        if not options.sans_navigateur:
            webbrowser.open(adresse)
        return serveur.wait()
    finally:
        serveur.terminate()
        serveur.wait()


def port_libre(voulu: int = 0) -> int:
    """Le port voulu s'il est libre ; 0 en choisit un. Un port pris recevrait le jeton."""
    with socket.socket() as prise:
        if os.name != "nt":  # un atelier fermé à l'instant n'occupe plus son port
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind(("127.0.0.1", voulu))
        except (OSError, OverflowError) as erreur:
            raise Arret(f"Trouvé : le port {voulu}, déjà pris ou interdit. Attendu : un port libre. "
                        "À faire : un autre nombre après --port, ou rien.") from erreur  # fmt: skip
        return prise.getsockname()[1]


def attendre(port: int, serveur, delai: float = 60) -> None:
    """Attend que le serveur accepte une connexion."""
    fin = time.monotonic() + delai
    while time.monotonic() < fin and serveur.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Arret("Trouvé : l'atelier ne répond pas. Attendu : une page en une minute. "
                "À faire : relancez ; si cela dure, choisissez un autre port avec --port.")  # fmt: skip


def ouvrir_lab(options) -> int:
    reglages = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port_libre(options.port or 0)}"]
    # Ni nouvelles ni recherche de mise à jour : rien ne sort de cet ordinateur.
    reglages += [
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    reglages += ["--no-browser"] if options.sans_navigateur else []
    reglages += (
        ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    )  # un conteneur, sur 127.0.0.1
    commande = [str(PYTHON), "-m", "jupyterlab", str(RACINE / "notebooks"), *reglages]
    return subprocess.run(commande, cwd=RACINE, check=False).returncode


def lancer_essais(_options) -> int:
    """Style, essais, carnets : tout est lancé, puis résumé."""
    preparer_outils()
    environnement = {**os.environ, "PYTHONUTF8": "1"}
    carnets = [
        str(c.relative_to(RACINE))
        for d in ("notebooks", "voila_apps")
        for c in sorted((RACINE / d).glob("*.ipynb"))
    ]
    nbval = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "-p", "no:cacheprovider"]
    etapes = {
        "style": ["ruff", "check", "."],
        "mise en forme": ["ruff", "format", "--check", "."],
        "essais": ["pytest", "tests"],
        "carnets": ["pytest", *nbval, *carnets],
    }
    echecs = []
    with tempfile.TemporaryDirectory() as ou:
        environnement["PIXKIT_PUBLICATION"] = publier_demonstration(Path(ou))
        for nom, arguments in etapes.items():
            print(f"— {nom} —", flush=True)
            if subprocess.run(
                [str(PYTHON), "-m", *arguments], cwd=RACINE, env=environnement, check=False
            ).returncode:
                echecs.append(nom)
    print(f"Échecs : {', '.join(echecs)}." if echecs else "Tout passe.")
    return 1 if echecs else 0


def publier_demonstration(ou: Path) -> str:
    """Une publication que les carnets de `voila_apps/` ouvrent pendant les essais ; la mémoire de publier reste dans la copie."""
    dossier, publication = (
        shutil.copytree(RACINE / "data" / "demo" / "lycee_agricole", ou / "dossier"),
        str(ou / "publication"),
    )
    commande = ["publier", str(dossier), "--vers", publication, "--effectif-min", "5", "--oui"]
    subprocess.run(
        [str(PYTHON), "-m", "pixkit", *commande], cwd=RACINE, check=True, stdout=subprocess.DEVNULL
    )
    return publication


def trouver(outil: str) -> str | None:
    """Le chemin d'un outil des essais, sous l'un de ses noms."""
    _, *autres_noms = OUTILS[outil]
    return next(filter(None, map(shutil.which, (outil, *autres_noms))), None)


def preparer_outils() -> None:
    """Installe les outils qui manquent, sous Debian et si l'on en a le droit ; dit le reste."""
    absents = _outils_absents()
    if absents and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installation pour les essais : {', '.join(absents)}…", flush=True)
        for action in (["update"], ["install", "-y", *absents.values()]):
            subprocess.run(["apt-get", "-qq", *action], check=False, stdout=subprocess.DEVNULL)
        absents = _outils_absents()
    if absents and os.environ.get("CI"):
        raise Arret(f"Trouvé : une machine sans {', '.join(absents)}. Attendu : aucun essai sauté. "
                    f"À faire : installez {', '.join(absents.values())}.")  # fmt: skip
    if absents:
        print(f"Il manque {', '.join(absents)} : les essais qui s'en servent sont sautés.")


def _outils_absents() -> dict[str, str]:
    """{outil: le paquet Debian qui l'apporte}"""
    return {outil: paquet for outil, (paquet, *_) in OUTILS.items() if not trouver(outil)}


def refaire_verrou(_options) -> int:
    """Des versions exactes et leurs empreintes, pour tous les systèmes et tous les Python à partir de 3.11."""
    subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", "uv"], check=True)
    portee = ["--universal", "--python-version", "3.11", "--extra", "tests", "--extra", "outils"]
    forme = [
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--upgrade",
        "--quiet",
    ]
    commande = [
        str(PYTHON),
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        *portee,
        *forme,
        "-o",
        str(VERROU),
    ]
    return subprocess.run(commande, cwd=RACINE, check=False).returncode


ACTIONS = {
    "atelier": ouvrir_atelier,
    "lab": ouvrir_lab,
    "tests": lancer_essais,
    "verrou": refaire_verrou,
}


def analyser(arguments=None):
    analyseur = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False
    )
    analyseur.add_argument(
        "action", nargs="?", choices=list(ACTIONS), default="atelier", help="ce qu'il faut ouvrir"
    )
    analyseur.add_argument(
        "--dossier", default=str(RACINE / "data" / "demo"), help="le dossier des exports Pix"
    )
    analyseur.add_argument("--port", type=int, help="le port de la page (un port libre par défaut)")
    analyseur.add_argument(
        "--sans-navigateur", action="store_true", help="écrit l'adresse sans ouvrir le navigateur"
    )
    analyseur.add_argument("-h", "--aide", "--help", action="help", help="montre cette aide")
    return analyseur.parse_args(arguments)


def main(arguments=None) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 — un Python plus ancien lit ce fichier aussi
        print("Trouvé : Python {}.{}. Attendu : Python 3.11 ou plus récent. À faire : installez-le depuis python.org, "
              "puis relancez.".format(*sys.version_info[:2]))  # fmt: skip
        return 1
    options = analyser(arguments)
    try:
        installer()
        return ACTIONS[options.action](options)
    except Arret as arret:
        print(arret, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nFermé.")
        return 0


if __name__ == "__main__":
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # arrêté du dehors, le serveur s'arrête aussi
    sys.exit(main())
