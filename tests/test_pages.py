"""Chaque page de l'atelier dans un vrai navigateur : lisible par tous, imprimable, au clavier.

Un seul serveur et une seule page pour tous : l'ouvrir coûte plusieurs secondes.
"""

import re
import shutil

import pytest
from playwright.sync_api import expect

from pixkit.embarque import APPS, DEMO
from pixkit.panneaux.atelier import PAGES
from tests.conftest import texte_du_pdf
from tests.test_atelier import ouvrir_la_page, sans_ennui, servir  # noqa: F401
from tests.test_serveur import violations

expect.set_options(timeout=30_000)  # les machines d'essai sont lentes
SIGNES = {
    "Où en sommes-nous ?": ".pixkit-chaleur",
    "Explorer": "button:has-text('Emporter cette vue')",
    "Qui est qui": "button:has-text('Annuler la dernière décision')",
    "Relances": "button:has-text('Préparer les listes')",
    "Accompagner": "button:has-text('Préparer la feuille')",
    "Choisir": ".pixkit-groupes select",
    "Certifier": "button:has-text('Certifiables')",
    "Année": "button:has-text('Retenir ces décisions')",
    "Publier": "button:has-text('Voir ce qui va sortir')",
}
"""Ce qui dit qu'une page est ouverte."""


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    dossier = shutil.copytree(DEMO / "college", tmp_path_factory.mktemp("pages") / "college")
    with servir(APPS / "atelier.ipynb", PIXKIT_DOSSIER=str(dossier)) as adresse:
        page = ouvrir_la_page(chromium, adresse)
        page.set_viewport_size({"width": 1366, "height": 768})
        yield page
        page.close()


def aller(page, nom: str) -> None:
    page.locator(".pixkit-onglets").get_by_role("button", name=nom, exact=True).click()
    expect(page.locator(SIGNES[nom]).first).to_be_visible()


def test_chaque_page_a_son_signe():
    assert set(SIGNES) == set(PAGES)


@pytest.mark.parametrize("nom", SIGNES)
def test_axe_n_a_rien_a_redire(page, nom):
    aller(page, nom)
    for teinte in ("light", "dark"):
        page.emulate_media(color_scheme=teinte)
        assert violations(page) == []


@pytest.mark.parametrize("nom", SIGNES)
def test_une_page_s_imprime_entiere_sur_des_feuilles_a4(page, nom, tmp_path):
    aller(page, nom)
    page.emulate_media(color_scheme="light")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    texte = texte_du_pdf(tmp_path / "page.pdf")
    assert nom.rstrip(" ?") in texte.replace("\xa0", " "), "la page dit laquelle elle est"
    assert "Données du 20 novembre 2026" in texte
    lignes = page.locator(".pixkit-corps .pixkit-table:visible tbody tr:visible")
    for rang in (0, -1) if lignes.count() else ():
        premiere, *_ = lignes.nth(rang).locator("th, td").all_inner_texts()
        assert premiere.split()[0] in texte
    assert "Copier le tableau" not in texte


def test_au_plus_trois_rangees_au_dessus_des_onglets(page):
    hauts = page.locator(".pixkit-entete > *, .pixkit-dits > *").evaluate_all(
        """uns => uns.map(un => un.getBoundingClientRect()).filter(r => r.height > 0)
             .map(r => [r.top, r.bottom]).sort((a, b) => a[0] - b[0])
             .reduce((rangees, [haut, bas]) => {
                if (rangees.length && haut < rangees.at(-1) - 8) return rangees;
                return [...rangees, bas]; }, [])"""
    )
    assert len(hauts) <= 3


def test_la_page_ouverte_est_a_deux_tabulations(page):
    aller(page, "Relances")
    premier = page.locator("a[href], button, input, select, textarea, [tabindex='0']").first
    premier.focus()
    expect(premier).to_have_text("Aller à la page ouverte")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Campagne")).to_be_focused()
    assert "#" not in page.url


def test_un_onglet_dit_qu_il_est_choisi_un_pli_qu_il_est_ouvert(page):
    aller(page, "Relances")
    onglets = page.locator(".pixkit-onglets")
    expect(onglets.get_by_role("button", pressed=True)).to_have_text(["Relances"])
    pli = page.get_by_role("button", name="À qui s'adresse cette campagne ?")
    expect(pli).to_have_attribute("aria-expanded", "false")
    pli.press("Enter")
    expect(pli).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name="Retenir ces classes")).to_be_visible()
    pli.press("Enter")


def test_une_longue_table_se_trie_et_se_filtre(page):
    aller(page, "Relances")
    page.get_by_label("Campagne").select_option(label="Parcours de rentrée 5e 2026 — 2026-2027")
    expect(page.get_by_role("heading", name="à relancer")).to_contain_text("20")
    table = page.locator(".pixkit-table", has_text="Avancement").first
    titre = table.get_by_role("columnheader", name="Avancement")
    titre.get_by_role("button").click()
    avances = table.locator("tbody tr td:nth-child(5)").all_inner_texts()
    nombres = [int(dit.split("\u202f")[0]) for dit in avances if dit != "–"]
    assert nombres == sorted(nombres)
    assert avances[-1] == "–", "ce qui manque est à la fin"
    expect(titre).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Chercher dans ce tableau").first.fill("5ea delorme")
    expect(table.locator("tbody tr:visible")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 ligne sur 20")).to_be_visible()
    page.get_by_label("Chercher dans ce tableau").first.fill("")


def test_des_eleves_se_separent_au_clavier(page):
    aller(page, "Choisir")
    expect(page.get_by_role("slider", name="Minutes")).to_be_visible()
    groupe = page.get_by_label("Groupe 1 :")
    groupe.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowDown")
    deux = groupe.evaluate("liste => [...liste.selectedOptions].map(o => o.text)")
    assert len(deux) == 2
    page.wait_for_timeout(500)  # ce qui est choisi part au noyau avant le geste suivant
    page.get_by_role("button", name="Séparer").press("Enter")
    expect(page.get_by_text("Séparer : ")).to_contain_text(", ".join(sorted(deux)))
    listes = page.locator(".pixkit-groupes select")
    tenus = listes.evaluate_all("uns => uns.map(un => [...un.options].map(o => o.text))")
    assert not any(set(deux) <= set(liste) for liste in tenus)
    page.get_by_role("button", name="Oublier cette paire").click()


def test_une_case_de_toute_l_ecole_ouvre_ses_eleves(page):
    aller(page, "Où en sommes-nous ?")
    ligne = page.locator(".pixkit-chaleur tr", has=page.get_by_role("rowheader", name="5eA"))
    ligne.get_by_role("link").first.click()
    expect(page.locator(SIGNES["Relances"])).to_be_visible()
    expect(page.get_by_label("Classe", exact=True)).to_have_value("5eA")
    expect(page.get_by_label("Campagne")).to_have_value("Parcours de rentrée 5e 2026 — 2026-2027")


def test_un_point_dit_qui_il_est_au_survol_au_clavier_et_ne_se_publie_pas(page):
    aller(page, "Explorer")
    page.get_by_role("button", name="Élèves", exact=True).click()
    points = page.locator(".pixkit-point")
    expect(points.first).to_be_visible()
    expect(points.first).to_have_attribute("aria-label", re.compile(r"^[A-Z].+, \d+\s%$"))
    points.first.focus()
    page.keyboard.press("ArrowRight")
    expect(points.nth(1)).to_be_focused()
    bulle = points.nth(1).evaluate("un => getComputedStyle(un, '::after').content")
    assert bulle.strip('"') == points.nth(1).get_attribute("aria-label")
    assert violations(page) == []
