"""Ce que personne n'a prévu : la page le dit, un journal en garde les lignes, jamais un nom."""

import os
import stat

import pytest

from pixkit import incidents
from pixkit.panneaux import panneau_atelier
from tests.test_lecture import EXPORTS
from tests.test_listes import SIECLE

SECRET = "DUPONT Léa, 5eA"


@pytest.fixture
def journal(tmp_path_factory, monkeypatch):
    ou = tmp_path_factory.mktemp("journal")
    monkeypatch.setattr(incidents, "user_log_path", lambda *_, **__: ou)
    return ou / "incidents.log"


@pytest.fixture
def atelier(tmp_path):
    (tmp_path / "siecle.xml").write_bytes(SIECLE)
    (tmp_path / "export.csv").write_bytes((EXPORTS / "01_5e" / "export.csv").read_bytes())
    page = panneau_atelier(tmp_path)
    page.page.value = "Explorer"
    return page


def tomber(*_, **__):
    raise KeyError(SECRET)


def regler(widget, **etat) -> None:
    """Règle une commande comme le fait le navigateur : par un message."""
    widget._handle_msg({"content": {"data": {"method": "update", "state": etat}}, "buffers": []})


def verifier(journal, atelier, module: str) -> None:
    """La page le dit en trois temps, sans rien laisser en cours ; le journal dit où, et pas qui."""
    for temps in ("Trouvé : un imprévu", "rien n&#39;est perdu", "À faire : recommencez"):
        assert temps in atelier.filet.value
    assert "Lecture de" not in atelier.message.value
    assert "Préparation" not in atelier.relances.telecharger.value
    assert atelier.avancement.layout.display == "none"
    texte = journal.read_text(encoding="utf-8")
    assert "builtins.KeyError" in texte
    assert f"{module}.py:" in texte
    assert __file__ in texte.splitlines()[-1]
    assert SECRET not in texte + atelier.filet.value


def test_un_bouton_qui_tombe_se_dit_et_ne_reste_pas_en_preparation(atelier, journal, monkeypatch):
    atelier.page.value = "Relances"
    monkeypatch.setattr("pixkit.panneaux.relances.ecrire_relances", tomber)
    atelier.relances.preparer.click()
    verifier(journal, atelier, "relances")
    atelier.filet.effacer()
    assert atelier.filet.value == ""


@pytest.mark.parametrize(
    ("mesure", "geste"),
    [
        ("vues.ecarts.ecarts", lambda a: regler(a.explorer.question, index=2)),
        ("panneaux.relances.participation_attendue", lambda a: regler(a.relances.classe, index=1)),
        ("panneaux.choisir.plan_de_classe", lambda a: regler(a.choisir.minutes, value=60)),
        ("panneaux.annee.annee", lambda a: regler(a.page, index=7)),
    ],
)
def test_un_choix_qui_tombe_se_dit(atelier, journal, monkeypatch, mesure, geste):
    for page in ("Relances", "Choisir", "Explorer"):
        atelier.page.value = page
    monkeypatch.setattr(f"pixkit.{mesure}", tomber)
    geste(atelier)
    verifier(journal, atelier, mesure.split(".")[-2])


def test_une_lecture_qui_tombe_ne_reste_pas_en_lecture(atelier, journal, monkeypatch):
    def lire(*_, suivi, **__):
        suivi(0, 1, "export.csv")
        tomber()

    monkeypatch.setattr("pixkit.panneaux.atelier.ouvrir", lire)
    image, bilan = atelier.explorer.vue.value, atelier.message.value
    atelier.ouvrir.click()
    verifier(journal, atelier, "atelier")
    assert (atelier.explorer.vue.value, atelier.message.value) == (image, bilan)
    verifier(journal, panneau_atelier(atelier.chemin.value), "atelier")


def test_un_dessin_fait_d_avance_qui_tombe_se_note_sans_rien_dire(atelier, journal, monkeypatch):
    explorer = atelier.explorer
    monkeypatch.setattr(explorer, "_dessiner", tomber)
    suite = []
    monkeypatch.setattr(
        "pixkit.panneaux.explorer.plus_tard", lambda _, __, restent: suite.append(restent)
    )
    explorer._preparer_une(["5eA", "5eB"])
    assert suite == [["5eB"]], "les autres classes se dessinent quand même"
    assert "explorer.py:" in journal.read_text(encoding="utf-8")
    assert atelier.filet.value == ""


def test_le_journal_est_a_la_personne_seule_et_ne_grossit_pas(journal, monkeypatch):
    monkeypatch.setattr(incidents, "TAILLE", 200)
    for _ in range(30):
        assert incidents.noter(KeyError(SECRET)) == journal
    ecrits = {chemin.name: chemin.stat() for chemin in journal.parent.iterdir()}
    assert set(ecrits) == {"incidents.log", "incidents.ancien.log"}
    assert max(etat.st_size for etat in ecrits.values()) < 300
    assert os.name == "nt" or {stat.S_IMODE(e.st_mode) for e in ecrits.values()} == {0o600}


def test_un_journal_qui_ne_s_ecrit_pas_n_empeche_pas_la_phrase(journal):
    journal.mkdir()
    assert incidents.noter(KeyError(SECRET)) is None
    assert "n'a pas pu être noté" in incidents.phrase(None)
