"""Installer et ouvrir pixkit, avec Python 3.11 ou plus récent pour tout bagage.

python3 demarrer.py            ouvre l'atelier dans le navigateur
python3 demarrer.py lab        ouvre JupyterLab sur les carnets
python3 demarrer.py tests      lance tous les essais
python3 demarrer.py verrou     refait les deux verrous (pour qui maintient pixkit)
"""

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

RACINE = Path(__file__).resolve().parent
VENV = RACINE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
VERROU = RACINE / "requirements.lock"
VERROU_DE_SPARK = RACINE / "requirements-spark.lock"
"""Cinq cents mégaoctets que seuls les essais, et qui compte sur plusieurs machines, installent."""
TEMOIN, TEMOIN_DE_SPARK = VENV / "installe", VENV / "spark_installe"
PIP = ["-m", "pip", "--disable-pip-version-check", "install", "-qq"]
OUTILS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "chrome"),
    "configurable-http-proxy": ("node-configurable-http-proxy",),
    "java": ("openjdk-17-jre-headless",),
    "nginx": ("nginx",),
    "openssl": ("openssl",),
    "pdftoppm": ("poppler-utils",),
    "pdftotext": ("poppler-utils",),
    "systemd-analyze": ("systemd",),
}
"""Ce que les essais demandent à la machine : {commande: (son paquet Debian, ses autres noms…)}."""


class Arret(Exception):
    """Une phrase pour l'utilisateur : trouvé, attendu, à faire."""


def empreinte() -> str:
    """Ce qui décide d'une réinstallation : les versions voulues, le projet, et son Python."""
    morceaux = [
        VERROU.read_bytes(),
        (RACINE / "pyproject.toml").read_bytes(),
        sys.version.encode(),
        str(RACINE).encode(),
    ]
    return hashlib.sha256(b"\0".join(morceaux)).hexdigest()


def installer() -> None:
    """Prépare `.venv` ; si c'est déjà fait, ne fait rien, et n'appelle pas le réseau."""
    if TEMOIN.exists() and TEMOIN.read_text(encoding="utf-8") == empreinte():
        return
    print("Installation de pixkit (une seule fois, quelques minutes)…", flush=True)
    TEMOIN.unlink(missing_ok=True)
    _executer(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        "l'environnement .venv ne se crée pas.",
        "sous Debian et Ubuntu, installez le paquet python3-venv (apt install python3-venv) ; "
        "sinon, réinstallez Python.",
    )
    _installer_verrou(VERROU)
    _executer(
        [
            str(PYTHON),
            *PIP,
            "--no-deps",
            "--no-index",
            "--no-build-isolation",
            "--editable",
            str(RACINE),
        ],
        "pixkit lui-même ne s'installe pas.",
        "supprimez le dossier .venv et relancez.",
    )
    TEMOIN.write_text(empreinte(), encoding="utf-8")  # en dernier : tout a réussi


def installer_spark() -> None:
    """De même, Spark dans `.venv`, pour les essais."""
    voulu = hashlib.sha256(VERROU_DE_SPARK.read_bytes()).hexdigest()
    if TEMOIN_DE_SPARK.exists() and TEMOIN_DE_SPARK.read_text(encoding="utf-8") == voulu:
        return
    print("Installation de Spark pour les essais (une seule fois)…", flush=True)
    _installer_verrou(VERROU_DE_SPARK)
    TEMOIN_DE_SPARK.write_text(voulu, encoding="utf-8")


def _installer_verrou(verrou: Path) -> None:
    _executer(
        [str(PYTHON), *PIP, "--require-hashes", "--requirement", str(verrou)],
        "les paquets ne s'installent pas.",
        "vérifiez la connexion (et le proxy de l'établissement : variable HTTPS_PROXY), l'espace "
        "disque, puis relancez.",
    )


def _executer(commande, trouve, que_faire) -> None:
    if subprocess.run(commande, cwd=RACINE, check=False).returncode:
        raise Arret(f"Trouvé : {trouve} Attendu : une installation complète. À faire : {que_faire}")


def ouvrir(options) -> int:
    """L'atelier ou JupyterLab, ouverts par la commande `pixkit` qu'on vient d'installer."""
    dossier = [str(Path(options.dossier).expanduser().resolve())] if options.dossier else []
    commande = [str(PYTHON), "-m", "pixkit", options.action]
    commande += dossier if options.action == "atelier" else []
    commande += ["--port", str(options.port)] if options.port else []
    commande += ["--sans-navigateur"] if options.sans_navigateur else []
    pixkit = subprocess.Popen(commande, cwd=RACINE)
    try:
        return pixkit.wait()
    except KeyboardInterrupt:  # Ctrl-C atteint aussi pixkit, qui ferme et le dit
        return pixkit.wait()
    finally:
        pixkit.terminate()
        pixkit.wait()


def lancer_essais(_options) -> int:
    """Style, essais, carnets : tout est lancé, puis résumé."""
    installer_spark()
    preparer_outils()
    environnement = {**os.environ, "PYTHONUTF8": "1"}
    carnets = [
        str(c.relative_to(RACINE))
        for d in ("notebooks", "voila_apps")
        for c in sorted((RACINE / d).glob("*.ipynb"))
    ]
    nbval = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "-p", "no:cacheprovider"]
    # Un fichier d'essais reste entier : ses serveurs et son navigateur ne s'ouvrent qu'une fois.
    a_plusieurs = ["-n", "auto", "--dist", "loadfile"]
    etapes = {
        "style": ["ruff", "check", "."],
        "mise en forme": ["ruff", "format", "--check", "."],
        "essais": ["pytest", *a_plusieurs, "tests"],
        "carnets": ["pytest", *a_plusieurs, *nbval, *carnets],
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
    """Une publication, que les carnets de `voila_apps/` ouvrent pendant les essais.

    Elle parle d'une copie : la mémoire de ce qui est publié ne s'écrit pas dans la démonstration.
    """
    dossier = shutil.copytree(RACINE / "data" / "demo" / "lycee_agricole", ou / "dossier")
    publication = str(ou / "publication")
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


def refaire_verrous(_options) -> int:
    """Versions exactes et empreintes, pour tous les systèmes et tous les Python depuis 3.11."""
    import tomllib  # noqa: PLC0415 — un Python plus ancien lit ce fichier aussi

    subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", "uv"], check=True)
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = projet["optional-dependencies"]
    spark = "\n".join(extras.pop("spark"))
    communs = [f"--extra={extra}" for extra in extras]
    # Spark avec les versions de tout le reste, sans le redire.
    return _compiler(VERROU, "pyproject.toml", *communs) or _compiler(
        VERROU_DE_SPARK, "-", f"--constraint={VERROU}", entree=spark
    )


def _compiler(verrou: Path, *arguments: str, entree: str = "") -> int:
    portee = "--universal --python-version 3.11 --upgrade --quiet"
    forme = "--generate-hashes --no-header --no-annotate --no-emit-index-url"
    commande = [str(PYTHON), "-m", "uv", "pip", "compile", *arguments]
    commande += [*portee.split(), *forme.split(), "-o", str(verrou)]
    return subprocess.run(commande, cwd=RACINE, input=entree, text=True, check=False).returncode


ACTIONS = {"atelier": ouvrir, "lab": ouvrir, "tests": lancer_essais, "verrou": refaire_verrous}


def analyser(arguments=None):
    analyseur = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False
    )
    analyseur.add_argument(
        "action", nargs="?", choices=list(ACTIONS), default="atelier", help="ce qu'il faut ouvrir"
    )
    analyseur.add_argument("--dossier", help="le dossier des exports Pix")
    analyseur.add_argument("--port", type=int, help="le port de la page (un port libre par défaut)")
    analyseur.add_argument(
        "--sans-navigateur", action="store_true", help="écrit l'adresse sans ouvrir le navigateur"
    )
    analyseur.add_argument("-h", "--aide", "--help", action="help", help="montre cette aide")
    return analyseur.parse_args(arguments)


def main(arguments=None) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 — un Python plus ancien lit ce fichier aussi
        print(
            f"Trouvé : Python {sys.version_info[0]}.{sys.version_info[1]}. Attendu : Python 3.11 "
            "ou plus récent. À faire : installez-le depuis python.org, puis relancez."
        )
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
    # Arrêté du dehors, ce qu'on a ouvert s'arrête aussi.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
