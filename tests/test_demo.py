"""Les exports de démonstration : ce que le script fabrique est, octet pour octet, ce qui est dans
le dépôt."""

import importlib.util
import sys
from pathlib import Path

import pytest

from pixkit import ouvrir
from pixkit.mesures import participations_reliees
from pixkit.tables import PARTICIPATION

DEMO = Path(__file__).parents[1] / "data" / "demo"
FICHIERS = [
    chemin
    for chemin in DEMO.rglob("*")
    if chemin.suffix in (".csv", ".xml") and not chemin.name.startswith("pixkit_")
]
ENREGISTRES = sorted(chemin.relative_to(DEMO).as_posix() for chemin in FICHIERS)
TABLEUR = [nom for nom in ENREGISTRES if "-151207-" in nom]
NATIFS = [nom for nom in ENREGISTRES if "Resultats-" in nom and nom not in TABLEUR]


@pytest.fixture(scope="module")
def refaits(tmp_path_factory):
    dossier = tmp_path_factory.mktemp("demo")
    sys.path.insert(0, str(DEMO))  # `fabriquer.py` se lance depuis son dossier
    plan = importlib.util.spec_from_file_location("fabriquer", DEMO / "fabriquer.py")
    module = importlib.util.module_from_spec(plan)
    plan.loader.exec_module(module)
    perime = dossier / "college" / "Resultats-perime.csv"
    perime.parent.mkdir()
    perime.touch()
    module.fabriquer(dossier)
    return dossier


def test_le_script_fabrique_tous_les_fichiers_du_depot_et_aucun_autre(refaits):
    assert ENREGISTRES
    assert (
        sorted(chemin.relative_to(refaits).as_posix() for chemin in refaits.rglob("*.*"))
        == ENREGISTRES
    )


@pytest.mark.parametrize("nom", ENREGISTRES)
def test_un_fichier_refait_est_le_meme_octet_pour_octet(refaits, nom):
    assert (refaits / nom).read_bytes() == (DEMO / nom).read_bytes(), (
        "relancez python data/demo/fabriquer.py"
    )


@pytest.mark.parametrize("nom", NATIFS)
def test_un_export_natif_a_les_octets_de_pix(nom):
    octets = (DEMO / nom).read_bytes()
    assert octets.startswith(b'\xef\xbb\xbf"Nom de l\'organisation";"ID Campagne";"Code"')
    assert octets.endswith(b"\n")
    assert b"\r" not in octets
    assert len({ligne.count(b";") for ligne in octets.splitlines()[1:]}) == 1


def test_l_export_reenregistre_par_un_tableur_n_a_plus_les_octets_de_pix():
    (nom,) = TABLEUR
    octets = (DEMO / nom).read_bytes()
    assert octets.startswith(b"Nom de l'organisation,ID Campagne,Code,")
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert "Prénom du Participant".encode("cp1252") in octets
    assert b",67 %," in octets


def test_les_exports_de_demonstration_restent_legers():
    assert sum((DEMO / nom).stat().st_size for nom in ENREGISTRES) < 2_800_000


@pytest.mark.parametrize("ecole", ["college", "lycee_agricole"])
def test_aucun_eleve_ne_perd_ce_que_pix_garde(ecole):
    """D'un envoi au suivant, de toute campagne : les parcours visent les mêmes acquis, ou de
    plus."""
    ouverte = ouvrir(DEMO / ecole)
    envois = participations_reliees(ouverte.tables, ouverte.liens).dropna(subset="date_envoi")
    lignes = envois.merge(ouverte.tables.resultats, on=PARTICIPATION, suffixes=("_total", ""))
    lignes = lignes[~lignes["compte_supprime"]].sort_values("date_envoi")
    suites = lignes.groupby(["eleve", "competence"], observed=True)
    assert (suites.size() > 1).sum() > 100
    for nom in ("nb_acquis_maitrises", "nb_pix", "niveau_pix"):
        assert not (suites[nom].diff() < 0).any(), nom
