"""Les gestes qui pourraient tromper, faits dans un vrai navigateur sur le collège de démonstration.

Un seul serveur et une seule page pour tous : l'ouvrir coûte plusieurs secondes.
"""

import json
import re
import shutil

import psutil
import pytest
from playwright.sync_api import expect

from pixkit.embarque import APPS, DEMO
from tests.conftest import texte_du_pdf
from tests.test_atelier import PATIENCE, ouvrir_la_page, sans_ennui, servir  # noqa: F401

expect.set_options(timeout=30_000)  # les machines d'essai sont lentes


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    return shutil.copytree(DEMO / "college", tmp_path_factory.mktemp("gestes") / "college")


@pytest.fixture(scope="module")
def page(chromium, dossier):
    with servir(APPS / "atelier.ipynb", PIXKIT_DOSSIER=str(dossier)) as adresse:
        page = ouvrir_la_page(chromium, adresse)
        yield page
        page.close()


SIGNES = {
    "Qui est qui": "Annuler la dernière décision",
    "Année": "Retenir ces décisions",
    "Explorer": "Emporter cette vue",
    "Relances": "Préparer les listes (PDF, Excel)",
}
"""Ce qui dit qu'une page est ouverte."""


def aller(page, nom: str) -> None:
    page.get_by_role("button", name=nom, exact=True).click()
    if nom in SIGNES:
        expect(page.get_by_role("button", name=SIGNES[nom])).to_be_visible()


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
    expect(page.get_by_role("button", name="Annuler la dernière décision")).to_be_disabled()
    expect(page.locator(".pixkit-corps .widget-box:focus")).to_have_count(1)


# — Année —


def test_un_coupon_ne_peut_porter_que_le_code_de_son_niveau(page):
    aller(page, "Année")
    niveaux = page.get_by_label("Niveau", exact=True)
    expect(niveaux.locator("option")).to_have_text(["6e", "5e", "4e", "3e"])
    page.get_by_label("Campagne").select_option(label="Progression 4e - envois multiples")
    expect(niveaux).to_have_value("4e")
    coupons = page.get_by_label("Coupons de").locator("option")
    expect(coupons).to_have_text(["toutes ses classes", "4eB", "4eC"])
    niveaux.select_option(label="5e")
    expect(page.get_by_label("Campagne")).to_have_value("Parcours de rentrée 5e 2026")
    expect(coupons).to_have_text(["toutes ses classes", "5eA", "5eB", "5eC", "5eD"])


def test_une_decision_qui_nomme_un_eleve_est_refusee_quand_on_la_tape(page, dossier):
    phrases = "Une heure de tableur en 4e.\nAider Emma Martin."
    page.get_by_placeholder("une décision par ligne").fill(phrases)
    cliquer(page, "Retenir ces décisions")
    refus = page.get_by_role("alert")
    expect(refus).to_contain_text("décision du conseil n° 2, 2026-2027 : « Aider Emma Martin. »")
    assert not (dossier / "pixkit_conseil.csv").exists()
    cliquer(page, "Ce n'est pas un élève")
    expect(page.get_by_text("Gardé : 2\u202fdécisions")).to_be_visible()
    gardes = (dossier / "pixkit_conseil.csv").read_text(encoding="utf-8-sig")
    assert "Aider Emma Martin." in gardes
    assert "Aider" in (dossier / "pixkit_pas_un_eleve.csv").read_text(encoding="utf-8-sig")


# — Une vérité par écran —


def explorer(page, question: str, campagne: str) -> None:
    aller(page, "Explorer")
    aller(page, question)
    page.get_by_label("Campagne").select_option(label=campagne)


def test_une_collecte_montree_par_maitrise_n_est_pas_un_angle_mort(page):
    collecte = "Collecte de profils 3e - avant la certification — 2026-2027"
    explorer(page, "Maîtrise", collecte)
    phrase = page.locator(".pixkit-phrase").first
    expect(phrase).to_contain_text("pour 4\u202fclasses")
    aller(page, "Angles morts")
    expect(phrase).to_contain_text("Une collecte de profils teste ce qu'elle montre")
    page.get_by_text("Voir les nombres").first.click()
    lignes = page.locator("tr", has=page.locator("td", has_text=re.compile("^3e$")))
    assert lignes.count() == 16
    assert not lignes.filter(has_text="non").count()


def test_la_cle_de_lecture_parle_de_l_image_que_l_on_voit(page):
    explorer(page, "Participation", "Parcours de rentrée 5e 2026 — 2026-2027")
    cle = page.locator(".pixkit-cle")
    expect(cle).to_contain_text("L'orange clair : terminé sans envoyer")
    expect(cle).to_contain_text("en cours")
    explorer(page, "Participation", "Collecte de profils 3e - avant la certification — 2026-2027")
    expect(cle).to_contain_text("jamais commencé")
    expect(cle).not_to_contain_text("en cours")  # personne ne l'est


def test_une_case_s_ouvre_sur_ses_eleves_a_la_souris_et_au_clavier(page):
    explorer(page, "Maîtrise", "Parcours de rentrée 5e 2026 — 2026-2027")
    case = page.get_by_role("link", name=re.compile(r"^5eB, 1\.2 Gérer des données"))
    case.click()
    titre = page.locator(".pixkit-case-ouverte h2")
    expect(titre).to_contain_text(re.compile(r"^5eB, 1\.2 Gérer des données : 22\s"))
    expect(titre).to_be_focused()
    expect(case).to_be_in_viewport()
    expect(page.locator(".pixkit-case.ouverte")).to_have_attribute(
        "data-choix", "classe=5eB&competence=1.2"
    )
    lignes = page.locator(".pixkit-case-ouverte tbody tr")
    expect(lignes).to_have_count(22)
    expect(lignes.first).to_have_text(
        re.compile(r"^BÂ Noah\s*7 sur 7\s*100\s%\s*de 65\s% à 100\s%$")
    )
    page.keyboard.press("Escape")
    expect(titre).to_have_count(0)
    expect(case).to_be_focused()
    expect(page.locator(".pixkit-case.ouverte")).to_have_count(0)
    for touche in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(touche)
    expect(titre).to_contain_text("5eC, 2.1 Interagir")
    page.wait_for_timeout(450)
    eleve = lignes.first.get_by_role("link")
    nom = eleve.inner_text()
    eleve.click()
    expect(page.get_by_label("Élève", exact=True).locator("option:checked")).to_have_text(nom)
    assert "eleve=" not in page.url
    aller(page, "Maîtrise")
    page.get_by_role("link", name=re.compile(r"^5eB, 1\.2")).click()
    expect(titre).to_contain_text("5eB")
    page.get_by_label("Domaine").select_option(index=1)
    expect(titre).to_have_count(0)
    page.get_by_label("Domaine").select_option(index=0)


def test_une_commande_sans_effet_n_est_pas_montree(page):
    explorer(page, "Angles morts", "Parcours de rentrée 5e 2026 — 2026-2027")
    expect(page.get_by_label("Niveau scolaire")).to_be_hidden()
    expect(page.get_by_label("Classe", exact=True)).to_be_hidden()
    expect(page.get_by_label("Campagne")).to_be_visible()


def test_une_classe_n_est_pas_sa_propre_reference(page):
    explorer(page, "Écarts d'une classe", "Parcours de rentrée 5e 2026 — 2026-2027")
    for classe in ("5eA", "5eB"):
        page.get_by_label("Classe", exact=True).select_option(label=classe)
        reference = page.get_by_label("Référence")
        expect(reference.locator("option", has_text=f"classe : {classe}")).to_have_count(0)
        expect(reference.locator("option", has_text="classe : ")).to_have_count(3)


# — Relances —


def test_les_relances_impriment_ce_qui_se_voit(page):
    aller(page, "Relances")
    page.get_by_label("Campagne").select_option(label="Parcours de rentrée 5e 2026 — 2026-2027")
    page.get_by_label("Classe", exact=True).select_option(label="5eA")
    expect(page.get_by_role("heading", name="à relancer")).to_have_text(re.compile("^[1-9]\\s"))
    cliquer(page, "Préparer les listes")
    with page.expect_download() as fichier:
        page.get_by_role("link", name="relances.pdf").click()
    texte = texte_du_pdf(fichier.value.path())
    assert "5eA — " in texte
    assert not re.search(r"5e[BCD] — |6e|4e|3e", texte)


# — Choisir —


def glisser(page, option, cible) -> None:
    """La souris prend un élève, passe sur ses voisins, le pose sur un autre groupe."""
    page.wait_for_timeout(450)
    cible.scroll_into_view_if_needed()
    depart, arrivee = option.bounding_box(), cible.bounding_box()
    page.mouse.move(depart["x"] + 20, depart["y"] + 5)
    page.mouse.down()
    page.mouse.move(depart["x"] + 25, depart["y"] + 60, steps=4)
    page.mouse.move(arrivee["x"] + 60, arrivee["y"] + 12, steps=8)
    page.mouse.up()


def test_un_eleve_se_glisse_d_un_groupe_a_l_autre_et_se_remet(page):
    aller(page, "Choisir")
    page.get_by_label("Classe", exact=True).select_option(label="5eA")
    listes = page.locator(".pixkit-groupes select")
    groupes = page.locator(".pixkit-groupes > *")
    expect(groupes.nth(0)).to_contain_text("DE LA TOUR Gabin")
    nom = listes.nth(0).locator("option").nth(1).inner_text().replace("\N{NO-BREAK SPACE}", " ")
    combien = [liste.locator("option").count() for liste in listes.all()[:2]]
    glisser(page, listes.nth(0).locator("option").nth(1), groupes.nth(1))
    expect(listes.nth(1).locator("option", has_text=nom)).to_have_count(1)
    expect(page.get_by_text(f"Vers le groupe 2 : {nom}.")).to_be_visible()
    assert [liste.locator("option").count() for liste in listes.all()[:2]] == [
        combien[0] - 1,
        combien[1] + 1,
    ]
    expect(page.locator(".pixkit-groupes option:checked")).to_have_text([nom])
    glisser(page, listes.nth(1).locator("option", has_text=nom), groupes.nth(1).locator("h3"))
    expect(listes.nth(1).locator("option", has_text=nom)).to_have_count(1)
    cliquer(page, "Refaire les groupes")
    expect(listes.nth(0).locator("option").nth(1)).to_have_text(nom)


# — De partout —


def test_un_tableau_se_copie_dans_un_tableur(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    explorer(page, "Maîtrise", "Parcours de rentrée 5e 2026 — 2026-2027")
    page.bring_to_front()  # le presse-papiers n'est qu'à la page que l'on regarde
    copie = page.get_by_role("button", name="Copié : collez-le dans un tableur")
    for _ in range(20):  # une vue qui se redessine emporte le bouton qu'on vient de presser
        page.get_by_role("button", name="Copier le tableau").first.click()
        page.wait_for_timeout(500)
        if copie.count():
            break
    expect(copie).to_be_visible()
    entete, *lignes = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert "Classe" in entete.split("\t")
    assert {ligne.count("\t") for ligne in lignes} == {entete.count("\t")}


def test_un_eleve_se_cherche_de_n_importe_ou(page):
    aller(page, "Année")
    page.get_by_label("Chercher un élève").fill("MARTIN Emma — 5eB")
    cliquer(page, "Voir sa page")
    expect(page.locator(".pixkit-phrase").first).to_contain_text("moitié centrale")
    expect(page.get_by_label("Élève", exact=True)).to_be_visible()


# — Un noyau, un serveur qui tombent —


def noyau_de(page) -> psutil.Process:
    """Le processus qui calcule cette page."""
    config = json.loads(page.locator("#jupyter-config-data").text_content())
    (noyau,) = (
        un
        for un in psutil.process_iter(["cmdline"])
        if config["kernelId"] in " ".join(un.info["cmdline"] or ())
    )
    return noyau


def test_un_noyau_tombe_se_dit_en_cinq_secondes_et_la_page_revient(page, dossier):
    aller(page, "Qui est qui")
    page.get_by_label("Noms").select_option(index=0)
    cliquer(page, "Hors établissement")
    expect(page.get_by_text("Gardé :")).to_be_visible()
    noyau_de(page).kill()
    veille = page.locator("#pixkit-veille")
    expect(veille).to_contain_text(
        "elle se recharge. Vos décisions sont enregistrées", timeout=5000
    )
    expect(veille).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".pixkit-age")).to_contain_text("Données du", timeout=PATIENCE)
    assert len(decisions(dossier)) == 1
    aller(page, "Qui est qui")
    expect(page.get_by_text("à décider,")).to_be_visible()
    page.get_by_label("Montrer").select_option(label="déjà décidés")
    expect(page.get_by_label("Noms").locator("option")).to_have_count(1)


def test_un_serveur_tombe_se_dit_en_cinq_secondes(page):
    noyau_de(page).parent().kill()
    veille = page.locator("#pixkit-veille")
    expect(veille).to_contain_text("L'atelier est fermé : relancez-le", timeout=5000)
    page.ennuis.clear()  # une liaison refusée est une erreur du navigateur : c'est voulu
