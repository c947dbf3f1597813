"""La ligne de commande : ses fichiers, ses codes de retour, sa rapidité à répondre."""

import csv
import subprocess
import sys

import pandas as pd
import pytest

from pixkit.commande import main
from tests.test_lecture import EXPORTS


@pytest.fixture
def dossier(tmp_path):
    (tmp_path / "dossier").mkdir()
    (tmp_path / "dossier" / "export.csv").write_bytes(
        (EXPORTS / "01_5e" / "export.csv").read_bytes()
    )
    return tmp_path / "dossier"


def test_tout_compris_rend_0_et_ecrit_les_trois_tables(dossier, tmp_path):
    assert main(["lire", str(dossier), "--vers", str(tmp_path / "sortie")]) == 0
    assert {"participations.csv", "resultats.csv", "journal.csv"} <= {
        f.name for f in (tmp_path / "sortie").iterdir()
    }


def test_une_chose_mise_de_cote_rend_1_et_le_reste_est_ecrit(dossier, tmp_path, capsys):
    (dossier / "photo.png").write_bytes(b"\x89PNG\r\n")
    assert main(["lire", str(dossier), "--vers", str(tmp_path)]) == 1
    assert "lignes (122 lues, 0 remplacée, 0 mise de côté)\n" in capsys.readouterr().out.replace(
        "\u202f", " "
    )
    assert len(pd.read_csv(tmp_path / "participations.csv")) == 122


def test_rien_de_lisible_ou_un_dossier_absent_rend_2(tmp_path, capsys):
    (tmp_path / "vide").mkdir()
    assert main(["lire", str(tmp_path / "vide"), "--vers", str(tmp_path / "s")]) == 2
    assert main(["lire", str(tmp_path / "absent"), "--vers", str(tmp_path / "s")]) == 2
    assert "n'existe pas" in capsys.readouterr().err


def test_une_sortie_rangee_parmi_les_exports_est_nommee(dossier, capsys):
    assert main(["lire", str(dossier), "--vers", str(dossier / "sortie")]) == 0
    assert main(["lire", str(dossier), "--vers", str(dossier / "sortie")]) == 1
    assert "une table déjà écrite par pixkit" in capsys.readouterr().out


def test_un_mauvais_usage_rend_2_en_francais(capsys):
    with pytest.raises(SystemExit) as arret:
        main(["lire"])
    assert arret.value.code == 2
    assert "il manque : DOSSIER, --vers" in capsys.readouterr().err


def test_le_csv_suit_la_rfc_4180(dossier, tmp_path):
    main(["lire", str(dossier), "--vers", str(tmp_path)])
    octets = (tmp_path / "participations.csv").read_bytes()
    assert octets.endswith(b"\r\n")
    assert not octets.startswith(b"\xef\xbb\xbf")
    lignes = list(csv.DictReader(octets.decode("utf-8").splitlines()))
    assert lignes[0]["envoye"] == "true"
    assert lignes[0]["date_envoi"] == "2026-09-22T12:08:00+02:00"
    non_envoyee = next(ligne for ligne in lignes if ligne["envoye"] == "false")
    assert non_envoyee["taux_maitrise"] == non_envoyee["palier"] == non_envoyee["date_envoi"] == ""


def test_le_parquet_garde_les_types(dossier, tmp_path):
    assert main(["lire", str(dossier), "--vers", str(tmp_path), "--format", "parquet"]) == 0
    assert (
        str(pd.read_parquet(tmp_path / "participations.parquet")["date_envoi"].dt.tz)
        == "Europe/Paris"
    )


def test_l_aide_repond_sans_charger_pandas():
    code = (
        "import sys; from pixkit.commande import analyseur; analyseur().format_help(); "
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_l_aide_nomme_les_codes_de_retour(capsys):
    with pytest.raises(SystemExit):
        main(["--aide"])
    assert "Codes de retour" in capsys.readouterr().out
