"""Une définition, trois moteurs : les mêmes décomptes, case par case, quoi qu'il y ait dans les
tables."""

import os
import sys

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pixkit.commande import main
from pixkit.echelle.comptes import COLONNES, GROUPE, compter_tables
from pixkit.ecriture import ecrire
from pixkit.lecture import lire_fichiers
from pixkit.mesures import compter, resultats_retenus
from pixkit.mesures.compter import Matrice
from pixkit.tables import MOTEURS
from tests.conftest import outil
from tests.test_lecture import EXPORTS
from tests.test_paquet import COMMANDE, RACINE, SANS_EXTRAS, executer

CAS = ("01_5e", "02_4e_acquis", "04_envois_multiples", "05_collecte", "08_sup")
EXPORTS_LUS = {nom: EXPORTS / nom / "export.csv" for nom in CAS}
CLES = [*GROUPE, "competence", "nb_acquis", "valeur"]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Des évaluations, des collectes, des envois multiples, des classes sans niveau."""
    ou = tmp_path_factory.mktemp("tables")
    ecrire(lire_fichiers(EXPORTS_LUS), ou, en="parquet")
    return ou


# — Une définition —

LIGNES = st.lists(
    st.fixed_dictionaries(
        {
            "eleve": st.sampled_from("abcde"),
            "classe": st.sampled_from(["5eA", "5eB", "5eC"]),
            "annee_scolaire": st.sampled_from(["2025-2026", "2026-2027", None]),
            "niveau_scolaire": st.sampled_from(["5e", None]),
            "competence": st.sampled_from(["1.1", "1.2", "2.1"]),
            "nb_acquis": st.sampled_from([0, 2, 8, None]),
            "nb_acquis_maitrises": st.sampled_from([0, 1, 2]),
            "niveau_pix": st.sampled_from([0, 3, None]),
        }
    ),
    min_size=1,
    max_size=25,
)


@settings(deadline=None)
@given(LIGNES, st.sampled_from(["evaluation", "collecte"]), st.data())
def test_l_atelier_compte_comme_tous_les_moteurs(lignes, genre, tirage):
    resultats = pd.DataFrame(lignes).assign(type_campagne=genre)
    nombres = ["nb_acquis", "nb_acquis_maitrises", "niveau_pix"]
    textes = dict.fromkeys(("annee_scolaire", "niveau_scolaire"), "str")
    resultats = resultats.astype(dict.fromkeys(nombres, "Int64") | textes)
    groupes = [["classe"], ["annee_scolaire", "niveau_scolaire"], ["classe", "annee_scolaire"]]
    demande = {
        "par": tirage.draw(st.sampled_from(groupes)),
        "sur": tirage.draw(st.sampled_from(["competence", "tout"])),
    }
    ranges = Matrice.de(resultats, **demande).compter()
    comptes = compter(resultats, **demande)
    pd.testing.assert_frame_equal(comptes, ranges, check_dtype=False)


def test_trois_moteurs_donnent_les_memes_decomptes_case_par_case(tables, tmp_path):
    outil("java")
    comptes = {
        moteur: compter_tables(str(tables), tmp_path / f"{moteur}.parquet", moteur=moteur)
        for moteur in MOTEURS
    }
    for moteur in MOTEURS:
        assert comptes[moteur].equals(comptes["pandas"]), moteur
        assert parquet.read_table(tmp_path / f"{moteur}.parquet").equals(comptes[moteur])
    assert {*comptes["pandas"]["mesure"].to_pylist()} == {"taux_maitrise", "niveau_moyen"}


def test_les_decomptes_ecrits_sont_ceux_des_mesures(tables, tmp_path):
    ecrits = compter_tables(str(tables), tmp_path / "c.parquet", moteur="duckdb").to_pandas()
    resultats = resultats_retenus(lire_fichiers(EXPORTS_LUS)).rename(
        columns={"organisation": "etablissement"}
    )
    assert list(ecrits) == COLONNES
    for genre, lignes in resultats.fillna(dict.fromkeys(GROUPE, "")).groupby("type_campagne"):
        attendus = compter(lignes, par=GROUPE)
        siens = ecrits[ecrits["type_campagne"] == genre].fillna(dict.fromkeys(GROUPE, ""))
        pd.testing.assert_frame_equal(
            siens.sort_values(CLES, ignore_index=True),
            attendus[COLONNES].sort_values(CLES, ignore_index=True),
            check_dtype=False,
        )


# — La commande —


def test_un_dossier_d_exports_et_ses_tables_donnent_les_memes_decomptes(tmp_path, capsys):
    exports, sortie = EXPORTS / "01_5e", tmp_path / "tables"
    assert main(["lire", str(exports), "--vers", str(sortie), "--format", "parquet"]) in (0, 1)
    for moteur, ou in (("pandas", exports), ("duckdb", exports), ("duckdb", sortie)):
        vers = tmp_path / f"{moteur}-{ou.name}.parquet"
        assert main(["compter", str(ou), "--moteur", moteur, "--vers", str(vers)]) in (0, 1)
        assert "ne se publie pas" in capsys.readouterr().err
        if os.name != "nt":
            assert vers.stat().st_mode & 0o777 == 0o600
    lus = [parquet.read_table(chemin) for chemin in sorted(tmp_path.glob("*.parquet"))]
    assert len(lus) == 3
    assert all(lu.equals(lus[0]) for lu in lus)


@pytest.mark.parametrize("moteur", ["pandas", "duckdb"])
def test_ce_qui_ne_se_compte_pas_se_dit(tables, moteur, tmp_path, capsys):
    double = tmp_path / "double"
    double.mkdir()
    for nom in ("participations", "resultats"):
        table = parquet.read_table(tables / f"{nom}.parquet")
        parquet.write_table(pa.concat_tables([table, table]), double / f"{nom}.parquet")
    abime = tmp_path / "abime"
    abime.mkdir()
    for nom in ("participations", "resultats"):
        (abime / f"{nom}.parquet").write_bytes(b"PAR1 coupe")
    sans = tmp_path / "sans"
    sans.mkdir()
    parquet.write_table(pa.table({"a": [1]}), sans / "participations.parquet")
    (tmp_path / "vide").mkdir()
    cas = {
        double: "plusieurs fois dans les tables",
        abime: f"que {moteur} ne lit pas",
        sans: "sans table « resultats »",
        tmp_path / "vide": "sans export de campagne",
        tmp_path / "absent": "n'existe pas",
    }
    for ou, dit in cas.items():
        vers = tmp_path / "sortie" / "c.parquet"
        assert main(["compter", str(ou), "--moteur", moteur, "--vers", str(vers)]) == 2
        assert dit in capsys.readouterr().err
        assert not list(tmp_path.glob("sortie/*"))
    assert main(["compter", str(tables), "--moteur", moteur, "--vers", str(tmp_path)]) == 2
    assert "un fichier .parquet" in capsys.readouterr().err


def refus(tables, moteur: str, absents: tuple[str, ...] = (), **variables: str) -> str:
    """Ce que dit la commande, là où il manque quelque chose."""
    arguments = ["compter", str(tables), "--moteur", moteur, "--vers", str(tables / "c.parquet")]
    programme = (SANS_EXTRAS + COMMANDE).format(absents=absents, arguments=arguments)
    fini = executer(sys.executable, "-c", programme, PYTHONPATH=str(RACINE), **variables)
    assert fini.returncode == 2
    return fini.stderr


@pytest.mark.parametrize(
    ("moteur", "paquet", "extra"), [("duckdb", "duckdb", "academie"), ("spark", "pyspark", "spark")]
)
def test_un_moteur_absent_se_dit_avec_la_commande_qui_l_installe(moteur, paquet, extra, tables):
    dit = refus(tables, moteur, (paquet,))
    assert dit.startswith(f"Trouvé : pixkit sans {paquet}.")
    assert f'À faire : pip install "pixkit-parcours[{extra}]"' in dit


def test_java_absent_se_dit(tables, tmp_path):
    dit = refus(tables, "spark", PATH=str(tmp_path), JAVA_HOME="")
    assert "Attendu : Java 17 ou plus récent." in dit
