"""Deux établissements dans un dossier : leurs classes de même nom ne se mêlent nulle part."""

from pathlib import Path

import pytest

from pixkit import ouvrir
from pixkit.commande import main
from pixkit.ecole import Ecole
from pixkit.mesures import taux_maitrise
from pixkit.parcours import plan_de_classe
from pixkit.referentiel import niveau_scolaire
from tests.test_lecture_mauvais import en_octets, rangees

ORMES, TILLEULS = "Collège des Ormes", "Lycée des Tilleuls"


def export(organisation: str, code: str, suffixe: str = "") -> bytes:
    """L'export d'essai, d'une organisation, sous un autre code et d'autres noms."""
    entete, *lignes = rangees("01_5e")
    places = [entete.index(nom) for nom in ("Nom de l'organisation", "Code", "Nom du Participant")]
    copies = [list(ligne) for ligne in lignes]
    for ligne in copies:
        nom = ligne[places[2]] + suffixe
        for place, texte in zip(places, (organisation, code, nom), strict=True):
            ligne[place] = texte
    return en_octets([entete, *copies])


def liste(suffixe: str = "") -> bytes:
    entete, *lignes = rangees("01_5e")
    rangs = [entete.index(nom) for nom in ("Nom du Participant", "Prénom du Participant", "Classe")]
    eleves = [[ligne[rang] for rang in rangs] for ligne in lignes]
    return en_octets(
        [["Nom", "Prénom", "Classe"], *([nom + suffixe, *reste] for nom, *reste in eleves)]
    )


@pytest.fixture(scope="module")
def cite(tmp_path_factory) -> Path:
    ou = tmp_path_factory.mktemp("cite")
    for dossier, organisation, code, suffixe in (
        ("a", ORMES, "AAAAAA111", ""),
        ("b", TILLEULS, "BBBBBB222", "OV"),
    ):
        (ou / dossier).mkdir()
        (ou / dossier / "export.csv").write_bytes(export(organisation, code, suffixe))
        (ou / dossier / "liste 2026-2027.csv").write_bytes(liste(suffixe))
    return ou


@pytest.fixture(scope="module")
def ecole(cite) -> Ecole:
    return ouvrir(cite)


def test_une_classe_de_deux_etablissements_porte_le_nom_du_sien(ecole):
    attendues = {f"{classe} ({chez})" for classe in ("5eA", "5eB") for chez in (ORMES, TILLEULS)}
    for table in (ecole.resultats, ecole.suivi, ecole.tables.eleves):
        assert attendues <= set(table["classe"].dropna())
        assert not {"5eA", "5eB"} & set(table["classe"])
    assert {niveau_scolaire(classe) for classe in attendues} == {"5e"}
    assert any("chacune porte le nom du sien" in phrase for phrase in ecole.remarques)


def test_qui_est_qui_et_les_chiffres_sont_ceux_de_chaque_dossier_seul(cite, ecole):
    seul = ouvrir(cite / "a")
    assert set(seul.resultats["classe"]) >= {"5eA", "5eB"}, "un seul établissement : rien ne change"
    assert not any("chacune porte" in phrase for phrase in seul.remarques)
    mesures = taux_maitrise(ecole.resultats, par="classe").set_index("classe")["taux_maitrise"]
    seules = taux_maitrise(seul.resultats, par="classe").set_index("classe")["taux_maitrise"]
    for classe in ("5eA", "5eB"):
        assert mesures[f"{classe} ({ORMES})"] == seules[classe]
    certitudes = [
        une.liens.appariements["certitude"].value_counts().to_dict() for une in (seul, ecole)
    ]
    assert certitudes[1] == {nom: 2 * nombre for nom, nombre in certitudes[0].items()}
    assert set(ecole.selon("premier").resultats["classe"]) == set(ecole.resultats["classe"])


def test_choisir_pour_une_classe_demande_laquelle(ecole, cite, tmp_path, capsys):
    plan = plan_de_classe(ecole.resultats, ecole.catalogue, classe=f"5eA ({TILLEULS})", minutes=120)
    assert len(plan.choix)
    demande = ["--classe", "5eA", "--minutes", "120", "--vers", str(tmp_path)]
    assert main(["parcours", str(cite), *demande]) == 2
    dit = capsys.readouterr().err
    assert f"5eA ({ORMES})" in dit
    assert f"5eA ({TILLEULS})" in dit
