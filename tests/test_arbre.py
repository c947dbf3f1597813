"""Un arbre d'exports, un dossier par établissement : tout ou rien pour chacun, repris où un arrêt
l'a laissé, les mêmes octets qu'un passage entier."""

import os
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.ingestion import couper, fabriquer_arbre, octets
from pixkit.commande import main
from pixkit.echelle import arbre as arbres
from pixkit.echelle.arbre import LUS, lire_arbre
from pixkit.echelle.moteurs import ouvrir_moteur
from pixkit.ecriture_sure import EN_COURS
from pixkit.lecture import lire_dossier
from pixkit.tables import PARTICIPATION
from tests.test_lecture import EXPORTS

COUPURES, NOMBRE = 3, 6
CAS = {"0210001A": "01_5e", "Collège d'à côté, n° 2": "05_collecte", "0210003C": "12_mai_2021"}


@pytest.fixture(scope="module")
def arbre(tmp_path_factory):
    """Trois établissements : une apostrophe dans un nom, une collecte, un vieil export."""
    racine = tmp_path_factory.mktemp("arbre")
    for nom, cas in CAS.items():
        (racine / nom).mkdir()
        shutil.copy(EXPORTS / cas / "export.csv", racine / nom)
    return racine


@pytest.fixture
def sans_ouvriers(monkeypatch):
    """Dans ce processus : un essai y compte les lectures."""
    lus = []

    def tous(demandes, _total, _suivi):
        for demande in demandes:
            lus.append(demande[0].name)
            arbres._lire_un(*demande)

    monkeypatch.setattr(arbres, "_lire_tous", tous)
    return lus


def lire(arbre: Path, vers: Path, *options: str) -> int:
    return main(["lire", str(arbre), "--par-etablissement", *options, "--vers", str(vers)])


@pytest.mark.skipif(os.name == "nt", reason="signaux d'Unix")
def test_tue_puis_repris_les_memes_octets_qu_un_passage_entier(tmp_path):
    fabriquer_arbre(tmp_path / "arbre", NOMBRE, exports=1, eleves=40)
    couper(tmp_path / "arbre", tmp_path / "entier", [])
    hasard = random.Random(20)
    delais = [hasard.uniform(0.5, 4) for _ in range(COUPURES)]
    couper(tmp_path / "arbre", tmp_path / "coupes", delais)
    assert octets(tmp_path / "coupes") == octets(tmp_path / "entier")
    assert len(list((tmp_path / "coupes" / LUS).iterdir())) == NOMBRE


@pytest.mark.parametrize("rang", range(0, 30, 3))
@pytest.mark.usefixtures("sans_ouvriers")
def test_arrete_a_chaque_pas_rien_n_est_a_moitie(arbre, tmp_path, rang):
    """Une panne au `rang`-ième remplacement ; la reprise rend l'entier."""
    lire_arbre(arbre, tmp_path / "entier")
    vrai, appels = Path.replace, iter(range(10_000))

    def parfois(chemin, cible):
        if next(appels) == rang:
            raise KeyboardInterrupt
        return vrai(chemin, cible)

    with pytest.MonkeyPatch.context() as panne:
        panne.setattr(Path, "replace", parfois)
        try:
            lire_arbre(arbre, tmp_path / "coupe")
        except KeyboardInterrupt:
            refus = main(
                ["compter", str(tmp_path / "coupe"), "--vers", str(tmp_path / "c.parquet")]
            )
            assert refus == 2, "un arbre à moitié lu ne se compte pas"
    lire_arbre(arbre, tmp_path / "coupe")
    assert octets(tmp_path / "coupe") == octets(tmp_path / "entier")


def test_rien_ne_se_lit_deux_fois_et_ce_qui_change_se_relit(arbre, tmp_path, sans_ouvriers):
    racine, vers = shutil.copytree(arbre, tmp_path / "arbre"), tmp_path / "tables"
    lire_arbre(racine, vers)
    assert sans_ouvriers == sorted(CAS)
    sans_ouvriers.clear()
    avant = octets(vers)
    lire_arbre(racine, vers)
    assert sans_ouvriers == []
    assert octets(vers) == avant
    shutil.copy(EXPORTS / "05_collecte" / "export.csv", racine / "0210001A" / "export.csv")
    lire_arbre(racine, vers)
    assert sans_ouvriers == ["0210001A"]
    lire_arbre(racine, tmp_path / "neuf")
    assert octets(vers) == octets(tmp_path / "neuf"), "rien de l'ancien ne reste"
    abimee = next((vers / "participations").rglob("*.parquet"))
    abimee.write_bytes(b"")
    sans_ouvriers.clear()
    lire_arbre(racine, vers)
    assert len(sans_ouvriers) == 1, "un fichier vidé par une panne se relit"
    assert octets(vers) == octets(tmp_path / "neuf")


@pytest.mark.usefixtures("sans_ouvriers")
def test_les_tables_sont_celles_d_une_lecture_ordinaire(arbre, tmp_path):
    lire_arbre(arbre, tmp_path)
    tables = lire_dossier(arbre)
    for nom in ("participations", "resultats", "acquis"):
        with ouvrir_moteur("pandas", tmp_path / "provisoire") as moteur:
            lignes = moteur.lire(str(tmp_path / nom))
        assert {*lignes["etablissement"]} <= {*CAS}
        attendues = getattr(tables, nom)
        cles = [c for c in (*PARTICIPATION, "competence", "acquis") if c in attendues]
        textes = dict.fromkeys(attendues.select_dtypes(["str", "category"]), "str")
        siennes, attendues = (
            table[list(attendues)].astype(textes).sort_values(cles, ignore_index=True)
            for table in (lignes, attendues)
        )
        pd.testing.assert_frame_equal(siennes, attendues)


def test_la_commande_dit_ce_qu_elle_a_lu_et_le_rapport_le_detaille(arbre, tmp_path, capsys):
    racine = shutil.copytree(arbre, tmp_path / "arbre")
    (racine / "0210003C" / "photo.csv").write_bytes(b"\x89PNG")
    assert lire(racine, tmp_path / "tables", "--format", "parquet") == 1
    dit = capsys.readouterr().out.replace("\u202f", " ")
    assert "3 établissements, 3 fichiers lus, 1 mis de côté" in dit
    rapport = pd.read_csv(tmp_path / "tables" / "rapport.csv")
    assert len(rapport) == 4
    assert "image" in rapport.set_index("fichier").loc["0210003C/photo.csv", "remarques"]
    assert not list((tmp_path / "tables").glob(f"{EN_COURS}*"))
    if os.name != "nt":
        droits = {c.stat().st_mode & 0o777 for c in (tmp_path / "tables").rglob("*")}
        assert droits == {0o600, 0o700}


def test_un_etablissement_qui_n_est_plus_la_garde_ses_tables_et_se_dit(arbre, tmp_path, capsys):
    racine, parquet = shutil.copytree(arbre, tmp_path / "arbre"), ("--format", "parquet")
    assert lire(racine, tmp_path / "tables", *parquet) == 0
    assert "une autre fois" not in capsys.readouterr().err
    shutil.rmtree(racine / "0210003C")
    assert lire(racine, tmp_path / "tables", *parquet) == 0
    assert "Lus une autre fois, hors de ce dossier : 0210003C." in capsys.readouterr().err
    assert list((tmp_path / "tables").rglob("etablissement=0210003C"))


def test_ce_qui_ne_va_pas_se_dit(arbre, tmp_path, capsys):
    assert lire(arbre, tmp_path / "t") == 2
    assert "ajoutez --format parquet" in capsys.readouterr().err
    assert lire(arbre / "0210001A", tmp_path / "t", "--format", "parquet") == 2
    assert "un dossier par établissement" in capsys.readouterr().err
    assert lire(tmp_path / "absent", tmp_path / "t", "--format", "parquet") == 2
    assert "n'existe pas" in capsys.readouterr().err
    assert not (tmp_path / "t").exists()
