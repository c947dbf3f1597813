"""L'installation : les mêmes paquets partout, un verrou complet, des phrases quand elle échoue."""

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import demarrer
from tests.conftest import outil

RACINE = Path(__file__).parents[1]
PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = [p for extra in PROJET["optional-dependencies"].values() for p in extra]
DIRECTES = [p for p in (*PROJET["dependencies"], *EXTRAS) if not p.startswith(PROJET["name"])]

VERROUS = (demarrer.VERROU, demarrer.VERROU_DE_SPARK)


def test_environment_yml_nomme_les_memes_paquets_que_pyproject():
    lignes = (RACINE / "environment.yml").read_text(encoding="utf-8").splitlines()
    conda = [ligne.strip(" -") for ligne in lignes if ">=" in ligne]
    assert sorted(conda) == sorted([*DIRECTES, f"python{PROJET['requires-python']}"])


def test_le_verrou_contient_chaque_dependance_avec_ses_empreintes():
    verrou = "".join(v.read_text(encoding="utf-8") for v in VERROUS)
    for dependance in DIRECTES:
        nom = re.match(r"[\w-]+", dependance)[0]
        assert re.search(rf"^{nom}==\S+.*\\\n    --hash=sha256:", verrou, re.M | re.I), nom


@pytest.mark.parametrize("fichier", VERROUS, ids=lambda fichier: fichier.name)
def test_un_verrou_ne_nomme_ni_adresse_ni_dossier(fichier):
    verrou = fichier.read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|^-|/", verrou, re.M)


def test_spark_n_est_installe_que_pour_les_essais(installation):
    """Près de 500 Mo, qu'un enseignant n'a pas à prendre."""
    noms = [set(re.findall(r"^([\w-]+)==", v.read_text(encoding="utf-8"), re.M)) for v in VERROUS]
    assert noms[1] == {"pyspark", "py4j"}
    assert not noms[0] & noms[1]
    commandes, _ = installation
    demarrer.installer()
    assert not any(demarrer.VERROU_DE_SPARK.name in commande for commande in commandes)
    commandes.clear()
    demarrer.installer_spark()
    demarrer.installer_spark()
    (seule,) = commandes
    assert f"--require-hashes --requirement {demarrer.VERROU_DE_SPARK}" in seule


def test_l_aide_est_en_francais():
    aide = subprocess.run(
        [sys.executable, "demarrer.py", "--aide"],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ouvre l'atelier dans le navigateur" in aide.stdout


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """Un `.venv` vide ; des commandes notées, jamais lancées, qui réussissent jusqu'à `echec`."""
    commandes = []
    monkeypatch.setattr(demarrer, "VENV", tmp_path)
    monkeypatch.setattr(demarrer, "TEMOIN", tmp_path / "installe")
    monkeypatch.setattr(demarrer, "TEMOIN_DE_SPARK", tmp_path / "spark_installe")

    def lancer(commande, **_):
        commandes.append(" ".join(map(str, commande)))
        return subprocess.CompletedProcess(
            commande, int(len(commandes) == getattr(lancer, "echec", None))
        )

    monkeypatch.setattr(demarrer.subprocess, "run", lancer)
    return commandes, lancer


def test_un_second_demarrage_ne_lance_rien(installation):
    commandes, _ = installation
    demarrer.installer()
    assert any("--require-hashes" in commande for commande in commandes)
    commandes.clear()
    demarrer.installer()
    assert commandes == []


@pytest.mark.parametrize(
    ("echec", "mot"), [(1, "python3-venv"), (2, "proxy"), (3, "supprimez le dossier .venv")]
)
def test_une_installation_interrompue_le_dit_et_recommence(installation, echec, mot, capsys):
    commandes, lancer = installation
    lancer.echec = echec
    assert demarrer.main(["lab"]) == 1
    erreur = capsys.readouterr().err
    assert all(temps in erreur for temps in ("Trouvé", "Attendu", "À faire", mot))
    commandes.clear()
    lancer.echec = None
    demarrer.installer()
    assert len(commandes) == 3


@pytest.fixture
def installe(monkeypatch):
    """pixkit déjà installé : `demarrer.py` n'a plus qu'à lancer la commande `pixkit`."""
    monkeypatch.setattr(demarrer, "installer", lambda: None)
    monkeypatch.setattr(demarrer, "PYTHON", sys.executable)


@pytest.mark.usefixtures("installe")
def test_un_dossier_absent_se_dit(capfd):
    assert demarrer.main(["--dossier", "/n/existe/pas"]) == 2
    assert "n'est pas un dossier" in capfd.readouterr().err


@pytest.mark.usefixtures("installe")
@pytest.mark.parametrize("action", ["atelier", "lab"])
def test_un_port_pris_se_dit_et_le_jeton_ne_part_pas(action, capfd):
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        assert demarrer.main([action, "--port", str(occupant.getsockname()[1])]) == 2
    sortie = capfd.readouterr()
    assert "déjà pris" in sortie.err
    assert "token" not in sortie.out


@pytest.fixture
def sans_outils(monkeypatch):
    """Une machine nue, hors de l'intégration continue."""
    monkeypatch.setattr(demarrer.shutil, "which", lambda _: None)
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.usefixtures("sans_outils")
def test_un_outil_absent_se_dit_et_ses_essais_sont_sautes(capsys):
    demarrer.preparer_outils()
    assert "nginx" in capsys.readouterr().out
    with pytest.raises(pytest.skip.Exception, match="nginx"):
        outil("nginx")


@pytest.mark.usefixtures("sans_outils")
def test_en_integration_continue_un_outil_absent_fait_echouer(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(demarrer.Arret, match=r"sans .*pdftotext.*Attendu.*À faire.*poppler-utils"):
        demarrer.preparer_outils()
    with pytest.raises(pytest.fail.Exception, match="pdftotext"):
        outil("pdftotext")


@pytest.mark.parametrize("moi", [0, 1000])
def test_seul_l_administrateur_d_une_debian_installe_ce_qui_manque(monkeypatch, moi):
    presents, commandes = {"apt-get", *demarrer.OUTILS} - {"nginx"}, []

    def lancer(commande, **_):
        commandes.append(commande)
        presents.update(commande)

    monkeypatch.setattr(demarrer.shutil, "which", lambda nom: nom if nom in presents else None)
    monkeypatch.setattr(demarrer.subprocess, "run", lancer)
    monkeypatch.setattr(demarrer.os, "geteuid", lambda: moi, raising=False)
    monkeypatch.delenv("CI", raising=False)
    demarrer.preparer_outils()
    assert [commande[-1] for commande in commandes] == (["update", "nginx"] if moi == 0 else [])
