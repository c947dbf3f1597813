"""La ligne de commande : ses fichiers, ses codes de retour, sa rapidité à répondre."""

import csv
import os
import subprocess
import sys
from pathlib import Path

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
    for action in (["lire", "--vers", str(tmp_path / "s")], ["clore", "--annee", "2025-2026"]):
        assert main([*action, str(tmp_path / "vide")]) == 2
        assert " À faire : " in (dit := capsys.readouterr().err)
        assert "l'une d'elles" not in dit


def test_un_dossier_interdit_se_dit_illisible(dossier, tmp_path, monkeypatch, capsys):
    def refuser(_chemin):
        raise PermissionError(13, "Permission denied", str(dossier))

    monkeypatch.setattr(Path, "iterdir", refuser)
    for action in (["lire"], ["relances"]):
        assert main([*action, str(dossier), "--vers", str(tmp_path / "s")]) == 2
        assert "qui ne s'ouvre pas (accès refusé" in capsys.readouterr().err


def test_une_demonstration_qui_ne_tient_pas_ne_laisse_rien(tmp_path, monkeypatch, capsys):
    def remplir(_source, cible):
        Path(cible).write_bytes(b"")
        raise OSError(28, "No space left on device", cible)

    monkeypatch.setattr("shutil.copyfile", remplir)
    assert main(["demo", "--vers", str(tmp_path / "demo")]) == 2
    assert "qui ne s'écrit pas en entier" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_un_nom_de_fichier_qui_n_est_pas_en_utf_8_n_empeche_pas_de_lire(dossier, tmp_path):
    (dossier / "export.csv").rename(dossier / os.fsdecode(b"rentr\xe9e.csv"))
    assert main(["lire", str(dossier), "--vers", str(tmp_path)]) == 0
    participations = pd.read_csv(tmp_path / "participations.csv")
    assert len(participations) == 122
    assert set(participations["fichier"]) == {"rentr\\xe9e.csv"}


def test_une_sortie_rangee_parmi_les_exports_est_nommee(dossier, capsys):
    assert main(["lire", str(dossier), "--vers", str(dossier / "sortie")]) == 0
    assert "la prochaine lecture mettra ces fichiers de côté" in capsys.readouterr().err
    assert main(["lire", str(dossier), "--vers", str(dossier / "sortie")]) == 1
    assert "une table déjà écrite par pixkit" in capsys.readouterr().out


def test_une_liste_du_dossier_n_est_jamais_ecrasee_par_une_table(dossier, capsys):
    liste = "Nom;Prénom;Classe;INE\nLEROY;Emma;5eA;123456789AB\n".encode()
    (dossier / "eleves.csv").write_bytes(liste)
    assert main(["lire", str(dossier), "--vers", str(dossier)]) == 2
    assert (dossier / "eleves.csv").read_bytes() == liste
    assert not (dossier / "participations.csv").exists()
    assert "« eleves.csv », un fichier que vous y avez mis" in capsys.readouterr().err


CERTIFICATIONS = (
    "fichier,ligne,numero,eleve,nom,prenom,date_naissance,classe,type,statut,niveau_global,nb_pix,"
    "1.1,1.2,1.3,2.1,2.2,2.3,2.4,3.1,3.2,3.3,3.4,4.1,4.2,4.3,5.1,5.2,"
    "session,date_passage,commentaire"
)
CERTIFIABLES = (
    "eleve,nom,prenom,classe,certifiable,nb_competences,manquantes,plus_proches,parcours,"
    "date_collecte"
)


def lignes_de(chemin) -> list[dict[str, str]]:
    octets = chemin.read_bytes()
    assert not octets.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(octets.decode("utf-8").splitlines()))


@pytest.fixture
def certifications(tmp_path):
    (tmp_path / "dossier").mkdir()
    for chemin in (EXPORTS / "certification").glob("*.csv"):
        (tmp_path / "dossier" / chemin.name).write_bytes(chemin.read_bytes())
    return tmp_path / "dossier"


def test_certification_ecrit_une_ligne_par_ligne_des_fichiers(certifications, tmp_path, capsys):
    assert main(["certification", str(certifications), "--vers", str(tmp_path / "s")]) == 0
    assert [chemin.name for chemin in (tmp_path / "s").iterdir()] == ["certifications.csv"]
    lignes = lignes_de(tmp_path / "s" / "certifications.csv")
    assert ",".join(lignes[0]) == CERTIFICATIONS
    assert len(lignes) == 38
    lina = next(ligne for ligne in lignes if ligne["numero"] == "660103")
    assert (lina["statut"], lina["nb_pix"], lina["1.1"]) == ("non_obtenue", "0", "")
    assert (lina["date_naissance"], lina["date_passage"]) == ("2012-07-14", "2027-02-09")
    assert (lina["eleve"], lina["classe"], lina["niveau_global"]) == ("", "3eA", "")
    assert "LINA" not in "".join(capsys.readouterr()).upper()


def test_certification_dit_qui_est_certifiable_quand_il_y_a_une_collecte(certifications, tmp_path):
    export = (EXPORTS / "05_collecte" / "export.csv").read_bytes()
    (certifications / "collecte.csv").write_bytes(export)
    assert main(["certification", str(certifications), "--vers", str(tmp_path)]) == 0
    lignes = lignes_de(tmp_path / "certifiables.csv")
    assert ",".join(lignes[0]) == CERTIFIABLES
    assert {ligne["certifiable"] for ligne in lignes} == {"true", "false"}


def test_certification_rend_1_si_une_ligne_est_de_cote_et_2_si_rien_n_est_lisible(
    certifications, tmp_path, capsys
):
    chemin = certifications / "20270301_resultats_3eA.csv"
    chemin.write_bytes(chemin.read_bytes().replace("Démarrée".encode(), b"Perdue"))
    assert main(["certification", str(certifications), "--vers", str(tmp_path / "s")]) == 1
    assert "« Perdue » au lieu de Validée" in capsys.readouterr().err
    assert len(lignes_de(tmp_path / "s" / "certifications.csv")) == 37
    (tmp_path / "vide").mkdir()
    assert main(["certification", str(tmp_path / "vide"), "--vers", str(tmp_path / "s")]) == 2


def test_lire_ecrit_aussi_les_certifications(certifications, tmp_path):
    assert main(["lire", str(certifications), "--vers", str(tmp_path / "s")]) == 0
    assert len(lignes_de(tmp_path / "s" / "certifications.csv")) == 38


def test_un_mauvais_usage_rend_2_en_francais(capsys):
    with pytest.raises(SystemExit) as arret:
        main(["lire"])
    assert arret.value.code == 2
    assert "il manque : DOSSIER, --vers" in capsys.readouterr().err


def test_un_port_qui_n_existe_pas_se_dit_au_lieu_d_en_annoncer_un_autre(capsys):
    with pytest.raises(SystemExit) as arret:
        main(["servir", "publication", "--port", "99999"])
    assert arret.value.code == 2
    assert "de 0 à 65535 est attendu : '99999'" in capsys.readouterr().err


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


def test_l_aide_se_lit_sur_un_terminal_sans_accents():
    aide = subprocess.run(
        [sys.executable, "-m", "pixkit", "lire", "--aide"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Codes de retour" in aide.stdout


def test_l_aide_nomme_les_codes_de_retour(capsys):
    with pytest.raises(SystemExit):
        main(["--aide"])
    assert "Codes de retour" in capsys.readouterr().out


def test_une_phrase_ne_commande_pas_le_terminal(tmp_path, capsys):
    """Un fichier binaire cité ne change ni sa couleur ni son titre."""
    (tmp_path / "a.csv").write_bytes(
        b"Nom;Pr\xe9nom;\x1b]0;titre\x07;\x1b[31mrouge\nLEROY;Emma;a;b\n"
    )
    main(["lire", str(tmp_path), "--vers", str(tmp_path.parent / "sortie")])
    assert "\x1b" not in "".join(capsys.readouterr())
