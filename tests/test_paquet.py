"""La roue se suffit : installée hors du dépôt, chaque commande s'ouvre depuis un dossier vide."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
import venv
import zipfile
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from pixkit import __all__ as NOMS
from pixkit.commande import ACTIONS, EXTRAS, main
from pixkit.embarque import DEMO
from pixkit.ouverture import port_libre

RACINE = Path(__file__).parents[1]
PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EMPORTE = ("pixkit", "notebooks", "voila_apps", "data")
ENVIRONNEMENT = {nom: v for nom, v in os.environ.items() if nom != "PYTHONPATH"}
SANS_EXTRAS = """import sys
for nom in {absents}:
    sys.modules[nom] = None  # comme s'ils n'étaient pas installés
"""
COMMANDE = "from pixkit.commande import main; sys.exit(main({arguments}))"
VITRINE = "import pixkit; [getattr(pixkit, n) for n in {noms}]"
SERVEURS = ("IPython", "jupyter_server", "jupyterlab", "nbconvert", "tornado", "traitlets", "zmq")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Un lien symbolique y demande des droits.")


@pytest.fixture(scope="module")
def roue(tmp_path_factory):
    """La roue, faite sur une copie : construire ne laisse rien dans le dépôt."""
    depot, sortie = tmp_path_factory.mktemp("depot"), tmp_path_factory.mktemp("roue")
    for dossier in EMPORTE:
        ignores = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(RACINE / dossier, depot / dossier, ignore=ignores)
    for fichier in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(RACINE / fichier, depot)
    (depot / "data" / "demo" / "college" / "pixkit_decisions.csv").write_text("une décision")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", sortie, depot)
    (faite,) = sortie.glob("*.whl")
    return faite


def pip(*arguments: object) -> None:
    commande = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    subprocess.run(list(map(str, commande)), check=True, env={**ENVIRONNEMENT, "PIP_NO_INDEX": "1"})


@pytest.fixture(scope="module")
def python(roue, tmp_path_factory):
    """Un environnement à part : la roue, et les dépendances de celui des essais, sans le dépôt."""
    ou = tmp_path_factory.mktemp("environnement")
    venv.create(ou, with_pip=False)
    interprete = ou / "bin" / "python"
    pip("--python", interprete, "install", "--no-deps", roue)
    paquets = sysconfig.get_path("purelib", vars={"base": str(ou)})
    Path(paquets, "dependances.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    # Les gabarits de Voilà et les pages de JupyterLab.
    (ou / "share").symlink_to(Path(sysconfig.get_path("data")) / "share")
    return interprete


@pytest.fixture
def ailleurs(tmp_path, monkeypatch):
    """Un dossier vide, d'où la personne lance ses commandes."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def executer(*commande: object, **variables: str) -> subprocess.CompletedProcess[str]:
    env = ENVIRONNEMENT | variables
    arguments = list(map(str, commande))
    return subprocess.run(
        arguments, env=env, capture_output=True, text=True, check=False, timeout=90
    )


def pixkit(python: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return executer(python, "-m", "pixkit", *arguments)


@contextmanager
def ouvert(python: Path, *arguments: str):
    """Une commande qui sert une page, et son port ; arrêtée, elle ne laisse rien d'ouvert."""
    port = port_libre()
    commande = [str(python.parent / "pixkit"), *arguments, "--port", str(port)]
    processus = subprocess.Popen(commande, env=ENVIRONNEMENT, stdout=subprocess.PIPE, text=True)
    try:
        yield processus, port
    finally:
        processus.terminate()
        processus.wait(60)
    port_libre(port)  # lève si le serveur a survécu à la commande


def lire(adresse: str, processus: subprocess.Popen[str]) -> str:
    """La page, dès qu'elle répond 200."""
    while processus.poll() is None:
        try:
            with urlopen(adresse, timeout=30) as reponse:
                assert reponse.status == 200
                return reponse.read().decode()
        except URLError as refus:
            if not isinstance(refus.reason, ConnectionRefusedError):
                raise
            time.sleep(0.1)
    raise AssertionError("La commande s'est arrêtée.")


def test_la_roue_emporte_tout_le_paquet_et_aucune_decision(roue):
    emportes = {nom for nom in zipfile.ZipFile(roue).namelist() if ".dist-info/" not in nom}
    suivis = subprocess.run(
        ["git", "ls-files", "-z", *EMPORTE], cwd=RACINE, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    attendus = {
        f if f.startswith("pixkit/") else f"pixkit/embarque/{f}"
        for f in suivis
        if f and (RACINE / f).exists() and not re.match(r"data/demo/\w+\.py$", f)
    }
    assert emportes == attendus


def test_la_demonstration_se_copie_se_lit_et_ne_s_ecrase_pas(python, ailleurs):
    faite = pixkit(python, "demo")
    assert faite.returncode == 0, faite.stderr
    assert re.search(r'pixkit"? atelier "pixkit-demo"', faite.stdout)
    copies = {f.relative_to("pixkit-demo") for f in Path("pixkit-demo").rglob("*") if f.is_file()}
    assert len(copies) > 10
    assert not [f for f in copies if f.suffix == ".py" or f.name.startswith("pixkit_")]
    refus = pixkit(python, "demo")
    assert refus.returncode == 2
    assert "« pixkit-demo », qui existe déjà." in refus.stderr
    lecture = pixkit(python, "lire", "pixkit-demo", "--vers", "tables")
    assert lecture.returncode == 0, lecture.stderr
    assert (ailleurs / "tables" / "participations.csv").stat().st_size > 10_000


@pytest.mark.usefixtures("ailleurs")
def test_une_publication_s_ecrit_et_se_sert(python):
    Path("dossier").mkdir()
    shutil.copy(RACINE / "tests" / "exports" / "01_5e" / "export.csv", "dossier")
    demande = ("--vers", "publication", "--effectif-min", "5", "--oui")
    publie = pixkit(python, "publier", "dossier", *demande)
    assert publie.returncode == 0, publie.stderr
    with ouvert(python, "servir", "publication") as (serveur, port):
        page = lire(f"http://127.0.0.1:{port}/etablissement", serveur)
    assert "data:image/svg+xml," in page


@pytest.mark.usefixtures("ailleurs")
def test_l_atelier_s_ouvre_sur_la_demonstration_et_ne_laisse_rien(python):
    with ouvert(python, "atelier", "--sans-navigateur") as (atelier, _):
        adresse = re.search(r"http\S+", atelier.stdout.readline())[0]
        page = lire(adresse, atelier)
    assert "widget-view+json" in page
    assert "Traceback" not in page
    assert not list(Path().iterdir())


def test_les_carnets_se_copient_s_ouvrent_et_restent_a_la_personne(python, ailleurs):
    carnet = ailleurs / "pixkit-carnets" / "notebooks" / "01_lire_les_exports.ipynb"
    carnet.parent.mkdir(parents=True)
    carnet.write_text("le mien", encoding="utf-8")
    with ouvert(python, "lab", "--sans-navigateur") as (lab, port):
        assert "Jupyter Server" in lire(f"http://127.0.0.1:{port}/login", lab)
    assert carnet.read_text(encoding="utf-8") == "le mien"
    assert len(list(carnet.parent.glob("*.ipynb"))) == 8
    assert (carnet.parent / "../data/demo/college").is_dir()


# — Ce qui s'installe en plus —


def paquets(extra: str) -> set[str]:
    """Les paquets d'un extra de pyproject.toml, ceux des extras qu'il appelle compris."""
    noms = set()
    for dependance in PROJET["optional-dependencies"][extra]:
        if appelle := re.fullmatch(rf"{PROJET['name']}\[(.+)\]", dependance):
            noms |= set.union(*map(paquets, appelle[1].split(",")))
        else:
            noms.add(re.match(r"[\w-]+", dependance)[0])
    return noms


def test_la_commande_exige_ce_que_pyproject_declare():
    # Sans la langue, JupyterLab s'ouvre en anglais : rien ne manque pour autant.
    exiges = {extra: paquets(extra) - {"jupyterlab-language-pack-fr-FR"} for extra in EXTRAS}
    assert {extra: set(noms) for extra, noms in EXTRAS.items()} == exiges
    assert {extra for _, extra in ACTIONS.values()} - {""} == EXTRAS.keys()


def sans_extras(code: str, **valeurs: object) -> subprocess.CompletedProcess[str]:
    """Exécute ce code là où rien de ce qui s'installe en plus n'est installé."""
    absents = sorted({*SERVEURS, *paquets("atelier")})
    programme = (SANS_EXTRAS + code).format(absents=absents, **valeurs)
    return executer(sys.executable, "-c", programme, PYTHONPATH=str(RACINE))


@pytest.mark.parametrize(
    ("commande", "options"),
    [
        ("lire", []),
        ("apparier", []),
        ("relances", []),
        ("parcours", ["--classe", "TG1", "--minutes", "60"]),
    ],
)
def test_le_coeur_lit_relie_relance_et_choisit_sans_serveur(commande, options, tmp_path):
    arguments = [commande, str(DEMO / "lycee_agricole"), *options, "--vers", str(tmp_path)]
    faite = sans_extras(COMMANDE, arguments=arguments)
    assert faite.returncode == 0, faite.stderr
    assert list(tmp_path.iterdir())


def test_la_vitrine_d_un_carnet_se_passe_de_serveur_sauf_pour_les_pages_et_publier():
    payants = {"panneau_atelier", "panneau_publication", "preparer_publication"}
    vitrine = sans_extras(VITRINE, noms=sorted({*NOMS} - payants))
    assert vitrine.returncode == 0, vitrine.stderr
    assert "ipywidgets" in sans_extras(VITRINE, noms=["panneau_atelier"]).stderr


@pytest.mark.parametrize("module", ["voila", "jupyterlab"])
def test_un_depart_leger_se_passe_d_une_grammaire_qui_prend_plus_d_une_seconde(module):
    depart = [sys.executable, "-X", "importtime", "-m", "pixkit.leger", module, "--version"]
    fini = subprocess.run(depart, capture_output=True, text=True, check=False)
    assert fini.returncode == 0, fini.stderr
    assert "jsonschema" in fini.stderr
    assert "lark" not in fini.stderr


@pytest.mark.parametrize(
    ("arguments", "absent", "extra"),
    [
        (("publier", "d", "--vers", "p"), "simplemma", "publier"),
        (("bilan", "p", "--vers", "s"), "simplemma", "publier"),
        (("servir", "p"), "voila", "service"),
        (("atelier",), "voila", "atelier"),
        (("lab",), "jupyterlab", "atelier"),
    ],
)
def test_un_paquet_absent_se_dit_avec_la_commande_qui_l_installe(arguments, absent, extra):
    refus = sans_extras(COMMANDE, arguments=arguments)
    assert refus.returncode == 2
    assert re.match(rf"Trouvé : pixkit sans .*{absent}", refus.stderr)
    assert f'À faire : pip install "pixkit-parcours[{extra}]"' in refus.stderr


def test_une_demonstration_deja_la_reste_entiere(tmp_path, capsys):
    (tmp_path / "ma_demo").mkdir()
    (tmp_path / "ma_demo" / "export.csv").write_text("le mien", encoding="utf-8")
    assert main(["demo", "--vers", str(tmp_path / "ma_demo")]) == 2
    assert "existe déjà" in capsys.readouterr().err
    assert [f.name for f in (tmp_path / "ma_demo").iterdir()] == ["export.csv"]
