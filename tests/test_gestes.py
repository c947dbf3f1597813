"""Les gestes qui pourraient tromper, faits dans un vrai navigateur sur le collège de démonstration.

Un seul serveur et une seule page pour tous : l'ouvrir coûte plusieurs secondes.
"""

import shutil

import pytest
from playwright.sync_api import expect

from pixkit.embarque import APPS, DEMO
from tests.test_atelier import ouvrir_la_page, servir


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    return shutil.copytree(DEMO / "college", tmp_path_factory.mktemp("gestes") / "college")


@pytest.fixture(scope="module")
def page(chromium, dossier):
    with servir(APPS / "atelier.ipynb", PIXKIT_DOSSIER=str(dossier)) as adresse:
        page = ouvrir_la_page(chromium, adresse)
        yield page
        page.close()


@pytest.fixture(autouse=True)
def sans_ennui(page):
    yield
    assert page.ennuis == []


def aller(page, nom: str) -> None:
    page.get_by_role("button", name=nom, exact=True).click()


def cliquer(page, nom: str) -> None:
    page.wait_for_timeout(450)  # deux clics plus proches ne font qu'un geste
    page.get_by_role("button", name=nom).click()


def decisions(dossier) -> list[str]:
    """Les décisions gardées, sans l'en-tête."""
    memoire = dossier / "pixkit_decisions.csv"
    return memoire.read_text(encoding="utf-8-sig").splitlines()[1:] if memoire.exists() else []


# — Qui est qui —


def test_entre_homonymes_rien_n_est_coche_et_le_bouton_le_dit(page, dossier):
    aller(page, "Qui est qui")
    page.get_by_label("Noms").select_option(index=3)
    fiche = page.get_by_text("Dans Pix :")
    expect(fiche).to_contain_text("Parcours de rentrée 5e 2026, envoyé le 24 septembre 2026 à 14")
    expect(page.get_by_role("radio")).to_have_count(2)
    assert page.get_by_role("radio", checked=True).count() == 0
    cliquer(page, "C'est cet élève")
    expect(page.get_by_role("alert")).to_contain_text("aucun élève choisi")
    assert decisions(dossier) == []


def test_un_nom_tape_hors_de_la_liste_est_refuse_par_une_phrase(page, dossier):
    page.get_by_role("radio").first.check()
    page.get_by_label("ou", exact=True).fill("Martin Ema")
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    cliquer(page, "C'est cet élève")
    refus = page.get_by_role("alert")
    expect(refus).to_contain_text("« Martin Ema », qui n'est pas dans la liste")
    expect(refus).to_contain_text("MARTIN Emma — 5eB, né(e) le 18 mai 2014")
    expect(refus).to_contain_text("MARTIN Emma — 5eB, né(e) le 14 janvier 2014")
    assert decisions(dossier) == []


def test_plusieurs_envois_se_decident_d_un_coup_et_ce_qui_se_defait_se_voit(page, dossier):
    page.get_by_role("radio").first.check()
    page.get_by_label("Décider aussi").select_option(index=0)
    cliquer(page, "C'est cet élève")
    garde = page.get_by_text("Gardé :")
    expect(garde).to_contain_text("et 1\u202fautre envoi")
    expect(garde).to_contain_text("est MARTIN Emma — 5eB, né(e) le")
    assert len(decisions(dossier)) == 2
    for quoi in ("6e 2025", "5e 2026"):
        cliquer(page, "Annuler la dernière décision")
        expect(page.get_by_text("Dans Pix :")).to_contain_text(f"Parcours de rentrée {quoi}")
    assert decisions(dossier) == []
