"""L'atelier dans un vrai navigateur, le réseau coupé hors de cet ordinateur."""

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, url2pathname, urlopen

import nbformat
import pandas as pd
import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from jupyter_client.session import Session
from playwright.sync_api import expect
from tornado.websocket import websocket_connect

from pixkit.embarque import APPS, DEMO
from pixkit.erreurs import ServiceRefuse
from pixkit.ouverture import _renvoi, attendre, noyaux, port_libre, voila
from tests.conftest import executer
from tests.test_lecture import EXPORTS

RACINE = Path(__file__).parents[1]
JETON = "jeton-d-essai"
NOM_DU_CURSEUR = """(() => { const e = document.activeElement;
  const nom = () => document.querySelector(`label[for='${e.id}']`)?.innerText || '';
  return e.tagName === 'BUTTON' ? e.innerText : nom(); })()"""
PATIENCE = 60_000  # ms : les machines d'essai sont lentes


@pytest.fixture(scope="session")
def dossier(tmp_path_factory):
    """Une copie du collège : les décisions s'y écrivent."""
    return shutil.copytree(DEMO / "college", tmp_path_factory.mktemp("atelier") / "college")


@contextmanager
def servir(carnet: Path, **environnement: str):
    """L'adresse d'un carnet que Voilà sert, le temps d'un `with`."""
    port = port_libre()
    with voila(carnet, port, JETON, PYTHONPATH=str(RACINE), **environnement):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="session")
def adresse(dossier):
    with servir(APPS / "atelier.ipynb", PIXKIT_DOSSIER=str(dossier)) as ou:
        yield ou


@pytest.fixture(scope="session")
def page(chromium, adresse):
    """Une seule page pour tous les essais : l'ouvrir coûte plusieurs secondes."""
    return ouvrir_la_page(chromium, adresse)


def ouvrir_la_page(chromium, adresse):
    """La page de l'atelier, qui note ses ennuis et ses requêtes."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.ennuis, page.requetes = [], []
    page.on(
        "console",
        lambda message: page.ennuis.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda erreur: page.ennuis.append(str(erreur)))
    page.on(
        "dialog",
        lambda fenetre: (page.ennuis.append("une fenêtre s'est ouverte"), fenetre.dismiss()),
    )
    page.on("request", lambda requete: page.requetes.append(requete.url))
    page.set_default_timeout(PATIENCE)
    page.goto(f"{adresse}?token={JETON}")
    page.wait_for_selector(".pixkit-chaleur")
    page.ouverture = page.locator(".pixkit").first.inner_text()
    page.get_by_role("button", name="Explorer").click()
    page.wait_for_selector(".pixkit img")
    return page


@pytest.fixture(autouse=True)
def sans_ennui(request):
    """Après chaque essai : aucune erreur de console, aucune requête hors de cet ordinateur."""
    yield
    if "page" in request.fixturenames:
        page = request.getfixturevalue("page")
        assert page.ennuis == []
        assert [
            url
            for url in page.requetes
            if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
        ] == []


def image(page) -> str:
    return page.locator(".pixkit img").get_attribute("src")


def attendre_une_autre_image(page, avant: str) -> None:
    page.wait_for_function(
        "avant => document.querySelector('.pixkit img')?.src !== avant", arg=avant
    )


def montrer_les_fichiers(page) -> None:
    if not page.get_by_role("button", name="Déposer des fichiers").is_visible():
        page.get_by_role("button", name="Fichiers", exact=True).click()


def choisir(page, *fichiers) -> None:
    montrer_les_fichiers(page)
    with page.expect_file_chooser() as choix:
        page.get_by_role("button", name="Déposer des fichiers").click()
    choix.value.set_files(fichiers)


def deposer(page, nom: str, octets: bytes, attendu: str) -> None:
    choisir(page, {"name": nom, "mimeType": "text/csv", "buffer": octets})
    expect(page.get_by_text(attendu)).to_be_visible(timeout=PATIENCE)


def creux(chemin: Path, mo: int) -> Path:
    """Un fichier de cette taille, qui n'occupe rien sur le disque."""
    with chemin.open("wb") as fichier:
        fichier.truncate(mo * 2**20)
    return chemin


def ligne_du_compte_rendu(page, fichier: str):
    return page.locator("tr", has_text=fichier).first


def test_sans_jeton_la_page_est_refusee(chromium, adresse):
    page = chromium.new_page()
    page.goto(adresse)
    assert "login" in page.url or "Token" in page.content()
    assert page.locator(".pixkit-phrase").count() == 0
    page.close()


def test_un_nom_de_domaine_detourne_est_refuse(adresse):
    demande = Request(f"{adresse}?token={JETON}", headers={"Host": "mechant.example"})
    with pytest.raises(HTTPError, match="403"):
        urlopen(demande, timeout=30)


def test_le_jeton_ne_se_lit_dans_aucune_ligne_de_commande(adresse, tmp_path):
    """Ni celle de Voilà, ni celle du navigateur, qui n'ouvre qu'une page de renvoi."""
    renvoi = _renvoi(tmp_path, f"{adresse}?token={JETON}")
    assert JETON not in renvoi
    assert f"?token={JETON}'" in Path(url2pathname(urlsplit(renvoi).path)).read_text(
        encoding="utf-8"
    )
    lignes = [" ".join(un.info["cmdline"] or ()) for un in psutil.process_iter(["cmdline"])]
    assert not [ligne for ligne in lignes if JETON in ligne]


def test_le_port_d_un_autre_programme_ne_recoit_pas_la_page():
    with socket.create_server(("127.0.0.1", 0)) as autre:
        port = autre.getsockname()[1]
        attente = [sys.executable, "-c", "import time; time.sleep(30)"]
        with subprocess.Popen(attente) as serveur:
            with pytest.raises(ServiceRefuse, match="ne répond pas"):
                attendre(port, serveur, delai=1)
            serveur.kill()


def test_une_page_venue_aussitot_prend_le_noyau_prepare(dossier):
    """Sinon il en resterait un, qui montrerait à la page suivante le dossier d'avant."""
    port, environnement = port_libre(), {"PIXKIT_DOSSIER": str(dossier), "PYTHONPATH": str(RACINE)}
    with voila(APPS / "atelier.ipynb", port, JETON, **environnement) as serveur:
        dit = urlopen(f"http://127.0.0.1:{port}/?token={JETON}").read().decode()
        assert len(noyaux(serveur.pid)) == 1
    attente = dit.partition('id="pixkit-attente"')[2].partition("<script")[0]
    assert "Collège Alice-Milliat" in attente  # ce qui se lit n'attend pas les commandes
    assert "<button disabled class='jupyter-button'>Que faire cette semaine" in attente


def test_un_atelier_ferme_se_dit_sur_la_page(chromium, dossier):
    page = chromium.new_page()
    with servir(APPS / "atelier.ipynb", PIXKIT_DOSSIER=str(dossier)) as ou:
        page.goto(f"{ou}?token={JETON}")
        page.wait_for_selector(".pixkit-chaleur", timeout=PATIENCE)
        assert page.locator("#pixkit-veille").count() == 0
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#pixkit-veille")).to_contain_text("L'atelier est fermé")
    page.close()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C s'y envoie autrement")
@pytest.mark.parametrize(
    ("signal_", "attente", "dit"),
    [
        (signal.SIGINT, 0, "(Ctrl-C pour fermer.)\n\nFermé.\n"),  # le noyau se prépare
        (signal.SIGINT, 2, "(Ctrl-C pour fermer.)\n\nFermé.\n"),  # il calcule
        (signal.SIGHUP, 2, "(Ctrl-C pour fermer.)\n"),  # on ferme le terminal
    ],
)
def test_fermer_l_atelier_n_ecrit_rien_d_autre_et_ne_laisse_rien(dossier, signal_, attente, dit):
    """Le terminal envoie un signal à tout ce qui y tourne au premier plan."""
    avant = signal.signal(signal_, signal.default_int_handler)  # nohup ferait taire le second
    atelier = subprocess.Popen(
        [sys.executable, "-m", "pixkit", "atelier", str(dossier), "--sans-navigateur"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    signal.signal(signal_, avant)
    assert "L'atelier est ouvert" in atelier.stdout.readline()
    siens = psutil.Process(atelier.pid).children(recursive=True)
    assert len(siens) > 1, "Voilà, et son noyau"
    time.sleep(attente)
    os.killpg(atelier.pid, signal_)
    atelier.wait(60)
    assert atelier.stdout.read() == dit
    assert psutil.wait_procs(siens, timeout=10)[1] == []


def test_la_premiere_page_repond_et_mene_a_la_page_qui_le_montre(page):
    for dit in (
        "Collège Alice-Milliat",
        "Que faire cette semaine",
        "Données du",
        "Toute l'école",
    ):
        assert dit in page.ouverture
    expect(page.locator("#pixkit-attente")).to_have_count(0)
    page.get_by_role("button", name="Où en sommes-nous ?").click()
    page.get_by_role("button", name="Qui n'a pas envoyé ?").click()
    expect(page.get_by_text("à relancer").first).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile("page=Relances"))
    assert "campagne=" in page.url
    assert "token" not in page.url
    page.get_by_role("button", name="Explorer").click()
    page.wait_for_selector(".pixkit img[alt^='Chaque case']")


def test_une_page_rechargee_revient_comme_on_l_avait_laissee(page):
    avant = image(page)
    page.get_by_label("Campagne").select_option(index=3)
    attendre_une_autre_image(page, avant)
    laissee = page.get_by_label("Campagne").input_value()
    expect(page).to_have_url(re.compile("campagne=PDVBKX628"))
    page.reload()
    page.wait_for_selector(".pixkit img")
    expect(page.get_by_label("Campagne")).to_have_value(laissee, timeout=PATIENCE)
    # En partant, la page rend son noyau ; Voilà n'y joint pas son témoin, et Jupyter refuse.
    page.ennuis[:] = [dit for dit in page.ennuis if "403" not in dit]
    page.get_by_label("Campagne").select_option(index=0)


def test_les_commandes_tiennent_en_trois_rangees_et_l_image_se_voit(page):
    page.set_viewport_size({"width": 1366, "height": 768})
    haut = page.locator(".pixkit img").bounding_box()["y"]
    rangees = page.locator(".pixkit-onglets").bounding_box()["y"]
    assert haut - rangees < 3 * 40 + 3 * 26, "trois rangées, puis la phrase, puis l'image"
    page.set_viewport_size({"width": 1280, "height": 900})


def test_la_page_s_ouvre_en_francais_avec_une_image_et_l_age_des_donnees(page):
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert "pixkit" in page.title()
    assert image(page).startswith("data:image/svg+xml")
    expect(page.locator(".pixkit-age")).to_contain_text("Données du")


def test_changer_de_classe_change_l_image(page):
    avant = image(page)
    page.get_by_role("button", name="Écarts d'une classe").click()
    attendre_une_autre_image(page, avant)
    avant = image(page)
    page.get_by_label("Classe", exact=True).select_option(index=1)
    attendre_une_autre_image(page, avant)


def test_changer_de_campagne_change_l_image(page):
    avant = image(page)
    page.get_by_label("Campagne").select_option(index=2)
    attendre_une_autre_image(page, avant)


def test_tout_se_fait_au_clavier(page):
    avant = image(page)
    page.get_by_label("Campagne").focus()
    page.keyboard.press("ArrowDown")
    attendre_une_autre_image(page, avant)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"


def tabuler_jusqu_a(page, nom: str) -> None:
    """Tab, jusqu'à la commande de ce nom : rien d'autre que le clavier."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(NOM_DU_CURSEUR).strip().startswith(nom):
            return
    raise AssertionError(f"« {nom} » ne s'atteint pas au clavier")


def test_le_banc_se_tient_au_clavier_seul_et_garde_les_decisions(page, dossier):
    tabuler_jusqu_a(page, "Qui est qui")
    page.keyboard.press("Enter")
    expect(page.get_by_text("à décider,")).to_be_visible(timeout=PATIENCE)
    tabuler_jusqu_a(page, "Noms")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")  # deux homonymes : aucun n'est coché d'avance
    page.keyboard.press("Space")
    tabuler_jusqu_a(page, "C'est cet élève")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Gardé :")).to_be_visible(timeout=PATIENCE)
    memoire = dossier / "pixkit_decisions.csv"
    assert ";accepte;" in memoire.read_text(encoding="utf-8-sig")
    assert page.evaluate("document.activeElement.innerText").startswith("C'est cet élève"), (
        "le curseur reste sur le bouton"
    )
    tabuler_jusqu_a(page, "Hors établissement")
    page.keyboard.press("Enter")
    expect(page.get_by_text("n'est pas de l'établissement")).to_be_visible(timeout=PATIENCE)
    assert ";hors_etablissement;" in memoire.read_text(encoding="utf-8-sig")
    for _ in range(20):  # un geste fait avant la fin du précédent ne compte pas : on recommence
        tabuler_jusqu_a(page, "Annuler la dernière décision")
        page.keyboard.press("Enter")
        page.wait_for_timeout(1000)
        if len(memoire.read_text(encoding="utf-8-sig").splitlines()) == 1:
            break
    else:
        raise AssertionError("les deux décisions ne se défont pas")
    expect(page.get_by_text("Défait :")).to_be_visible(timeout=PATIENCE)


def test_les_relances_se_voient_et_se_telechargent(page):
    page.get_by_role("button", name="Relances", exact=True).click()
    expect(page.get_by_text("à relancer").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Préparer les listes").click()
    with page.expect_download(timeout=PATIENCE) as fichier:
        page.get_by_role("link", name="relances.pdf").click()
    assert Path(fichier.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("button", name="Explorer").click()
    expect(page.locator(".pixkit img")).to_have_count(1, timeout=PATIENCE)


def test_un_dossier_absent_se_dit_et_l_image_reste(page):
    avant = image(page)
    montrer_les_fichiers(page)
    page.get_by_label("Dossier", exact=True).fill("/n/existe/pas")
    page.get_by_role("button", name="Ouvrir ce dossier").click()
    expect(page.get_by_role("alert")).to_contain_text("n'existe pas", timeout=PATIENCE)
    assert image(page) == avant


def test_deposer_un_export_montre_son_image(page):
    avant = image(page)
    deposer(
        page,
        "export.csv",
        (EXPORTS / "02_4e_acquis" / "export.csv").read_bytes(),
        "1\u202fexport lu",
    )
    attendre_une_autre_image(page, avant)


def test_des_fichiers_laches_n_importe_ou_sur_la_page_se_lisent(page):
    octets = EXPORTS / "07_agricole" / "export.csv"
    page.evaluate(
        """texte => {
          const porte = new DataTransfer();
          porte.items.add(new File([texte], "lache.csv", {type: "text/csv"}));
          for (const nom of ["dragenter", "dragover", "drop"])
            document.body.dispatchEvent(new DragEvent(nom, {dataTransfer: porte, bubbles: true}));
        }""",
        octets.read_text(encoding="utf-8"),
    )
    expect(ligne_du_compte_rendu(page, "lache.csv")).to_contain_text("évaluation", timeout=PATIENCE)
    assert not page.evaluate("document.body.classList.contains('pixkit-survol')")


def test_deposer_autre_chose_le_dit_sans_rien_perdre(page):
    deposer(page, "notes.csv", b"%PDF-1.7", "1\u202fmise de côté")
    page.get_by_text("Compte rendu de la lecture").click()
    expect(page.get_by_text("un document PDF").first).to_be_visible()
    assert "Traceback" not in page.content()


def test_une_classe_hostile_reste_du_texte(page):
    octets = (
        (EXPORTS / "01_5e" / "export.csv")
        .read_bytes()
        .replace(b'"5eA"', b'"<img src=x onerror=alert(1)>"')
    )
    choisir(page, {"name": "hostile.csv", "mimeType": "text/csv", "buffer": octets})
    compte_rendu = ligne_du_compte_rendu(page, "hostile.csv")
    expect(compte_rendu).to_contain_text("évaluation", timeout=PATIENCE)
    page.get_by_role("button", name="Écarts d'une classe").click()
    cinquiemes = page.get_by_label("Campagne").locator("option", has_text="rentrée 5e")
    expect(cinquiemes).to_have_count(1, timeout=PATIENCE)
    page.get_by_label("Campagne").select_option(label=cinquiemes.inner_text())
    expect(page.get_by_label("Classe", exact=True)).to_contain_text("onerror", timeout=PATIENCE)
    classes = page.get_by_label("Classe", exact=True).locator("option").all_inner_texts()
    page.get_by_label("Classe", exact=True).select_option(
        index=next(i for i, nom in enumerate(classes) if "onerror" in nom)
    )
    expect(page.locator(".pixkit-phrase")).to_contain_text(
        "<img src=x onerror=alert(1)>", timeout=PATIENCE
    )
    assert page.locator("img[src=x]").count() == 0


# — Les gros fichiers —


@pytest.mark.parametrize(
    ("tailles", "quoi"),
    [([201], "lourd0.csv, 201 Mo"), ([101, 101], "2 fichiers, 202 Mo")],
)
def test_plus_de_200_mo_sont_refuses_par_la_page_et_ne_partent_pas(page, tmp_path, tailles, quoi):
    choisir(page, *[creux(tmp_path / f"lourd{rang}.csv", mo) for rang, mo in enumerate(tailles)])
    phrase = f"Trouvé : {quoi}. Attendu : 200 Mo au plus à la fois. À faire : déposez"
    expect(page.get_by_role("alert")).to_contain_text(phrase, timeout=1000)
    suivant = creux(tmp_path / f"apres_{len(tailles)}.csv", 0)
    choisir(page, suivant)
    expect(ligne_du_compte_rendu(page, suivant.name)).to_contain_text("vide", timeout=PATIENCE)
    assert ligne_du_compte_rendu(page, "lourd").count() == 0


def test_70_mo_arrivent_et_la_lecture_dit_qu_elle_n_en_veut_pas(page, tmp_path):
    page.evaluate("""() => {
      const message = document.querySelector(".pixkit-message");
      window.phrases = [];
      const noter = new MutationObserver(() => phrases.push(message.innerText));
      noter.observe(message, {childList: true, subtree: true});
    }""")
    choisir(page, creux(tmp_path / "gros.csv", 70))
    refus = "Trouvé : un fichier de 70 Mo. Attendu : moins de 64 Mo"
    expect(ligne_du_compte_rendu(page, "gros.csv")).to_contain_text(refus, timeout=PATIENCE)
    assert "Envoi de gros.csv…" in [dite.strip() for dite in page.evaluate("phrases")]


def test_un_export_de_12_mo_est_lu(page, tmp_path):
    export = pd.read_csv(EXPORTS / "02_4e_acquis" / "export.csv", sep=";", dtype=str)
    noms = export["Nom du Participant"]
    copies = [export.assign(**{noms.name: f"{rang} " + noms}) for rang in range(130)]
    grand = tmp_path / "grand.csv"
    pd.concat(copies).to_csv(grand, sep=";", index=False, quoting=csv.QUOTE_ALL)
    assert grand.stat().st_size > 12 * 2**20
    choisir(page, grand)
    nombre = str(len(export) * len(copies))
    expect(ligne_du_compte_rendu(page, "grand.csv")).to_contain_text(nombre, timeout=PATIENCE)


def test_un_message_d_un_seul_tenant_arrive_comme_firefox_l_envoie(page, adresse):
    """Chromium découpe les siens ; entier, il doit tenir dans un tampon, de 100 Mo d'ordinaire."""
    noyau = json.loads(page.locator("#jupyter-config-data").text_content())["kernelId"]
    liaison = f"ws{adresse.removeprefix('http')}api/kernels/{noyau}/channels?token={JETON}"
    assert "kernel_info_reply" in executer(_reponses(liaison, lest="x" * 101 * 2**20))


async def _reponses(liaison: str, lest: str) -> list[str]:
    """Demande au noyau qui il est ; rend les genres des messages reçus jusqu'à sa réponse."""
    canal = await websocket_connect(liaison)
    demande = Session().msg("kernel_info_request", {"lest": lest}) | {"channel": "shell"}
    await canal.write_message(json.dumps(demande, default=str))
    genres = []
    while "kernel_info_reply" not in genres and (message := await canal.read_message()):
        genres.append(json.loads(message)["header"]["msg_type"])
    canal.close()
    return genres


def test_sur_un_telephone_rien_ne_deborde_et_les_images_se_redessinent(page):
    page.reload()
    for large, image in ((1280, "> 400"), (390, "=== 360"), (1280, "> 400")):
        page.set_viewport_size({"width": large, "height": 844})
        page.wait_for_function(
            f"() => document.querySelector('.pixkit-figure img')?.naturalWidth {image}"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= large + 1


PREMIERE_REPONSE = """() => [...document.querySelectorAll(
  '.pixkit-corps :is(img, .pixkit-phrase, .pixkit-table, .pixkit-reponses p)')]
  .find(e => e.offsetParent)?.getBoundingClientRect().top + scrollY"""


TROP_PETITS = """() => [...document.querySelectorAll('.pixkit :is(button, select, summary)')]
  .filter(e => e.offsetParent && !e.closest('details:not([open]) > :not(summary)'))
  .filter(e => Math.min(e.offsetWidth, e.offsetHeight) < 24).map(e => e.innerText)"""
"""Ce qu'un doigt manquerait."""


def test_au_telephone_la_reponse_se_lit_aussitot_et_aucune_commande_ne_manque(page):
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        pages = ("Où en sommes-nous ?", "Relances", "Choisir", "Publier", "Certifier", "Explorer")
        for nom in pages:
            onglet = page.get_by_role("button", name=nom, exact=True)
            onglet.click()
            page.wait_for_function(
                "nom => new URLSearchParams(location.search).get('page') === nom", arg=nom
            )
            expect(onglet).to_be_in_viewport(ratio=1)
            # « Relances » a quatre commandes, et son bouton.
            limite = 260 if nom == "Relances" else 215
            page.wait_for_function(f"() => ({PREMIERE_REPONSE})() < {limite}")
            assert page.evaluate(TROP_PETITS) == []
        page.reload()
        onglet = page.get_by_role("button", name="Explorer", exact=True)
        expect(onglet).to_be_in_viewport(ratio=1)
        chercher = page.get_by_label("Chercher un élève")
        expect(chercher).to_be_hidden()
        plus = page.locator(".pixkit-deplier")
        expect(plus).to_have_attribute("aria-expanded", "false")
        plus.focus()
        page.keyboard.press("Enter")
        expect(plus).to_have_attribute("aria-expanded", "true")
        for nom in ("Chercher un élève", "Année scolaire"):
            expect(page.get_by_label(nom, exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Fichiers", exact=True)).to_be_visible()
        expect(page.get_by_text("exports lus")).to_be_visible()
        assert Axe().run(page).response["violations"] == []
        plus.click()
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})
    expect(chercher).to_be_visible()
    expect(plus).to_be_hidden()


LE_PLUS_SERRE = """() => {
  const points = [...document.querySelectorAll('.pixkit-point')];
  const ici = points.map((un) => un.getBoundingClientRect());
  const la = ici.map((a) => ici.filter((b) => Math.hypot(a.x - b.x, a.y - b.y) <= 12).length);
  return la.indexOf(Math.max(...la));
}"""


def test_toucher_un_paquet_de_points_dit_tous_ceux_qui_sont_dessous(chromium, adresse):
    doigt = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
    page = chromium.new_context(**doigt).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{adresse}?token={JETON}")
    page.wait_for_function("!document.getElementById('pixkit-attente')")
    page.get_by_role("button", name="Explorer").tap()
    page.get_by_role("button", name="Élèves", exact=True).tap()
    page.wait_for_selector(".pixkit-point")
    page.wait_for_timeout(1500)  # l'image large laisse la place à l'étroite
    point = page.locator(".pixkit-point").nth(page.evaluate(LE_PLUS_SERRE))
    point.scroll_into_view_if_needed()
    place = point.bounding_box()
    page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    titre, noms = (
        page.locator(".pixkit-case-ouverte h2"),
        page.locator(".pixkit-case-ouverte tbody a"),
    )
    expect(titre).to_have_text(re.compile(r"^([2-9]|\d\d)\sélèves à cet endroit$"))
    dits = noms.all_inner_texts()
    assert dits == sorted(dits)
    assert len(dits) == int(titre.inner_text().split("\N{NARROW NO-BREAK SPACE}")[0])
    assert point.get_attribute("aria-label").split(",")[0] in dits
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    expect(titre).to_have_count(0)
    expect(page.locator(".pixkit-point:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(titre).to_be_focused()
    dernier = noms.last.inner_text()
    noms.last.tap()
    expect(page.get_by_label("Élève", exact=True).locator("option:checked")).to_have_text(dernier)
    assert "eleve=" not in page.url
    page.context.close()


def test_une_page_qui_change_de_largeur_garde_le_foyer_et_la_case_ouverte(page):
    page.get_by_role("button", name="Maîtrise", exact=True).click()
    case = page.locator(".pixkit-case").first
    case.click()
    titre = page.locator(".pixkit-case-ouverte h2")
    expect(titre).to_be_focused()
    for large, image in ((390, "=== 360"), (1280, "> 400")):
        page.set_viewport_size({"width": large, "height": 844})
        page.wait_for_function(
            f"() => document.querySelector('.pixkit-figure img')?.naturalWidth {image}"
        )
        expect(titre).to_be_focused()
        expect(page.locator(".pixkit-case.ouverte")).to_have_count(1)
    page.get_by_role("button", name="Fermer cette case").click()
    expect(page.locator(".pixkit-case.ouverte")).to_have_count(0)


def test_l_en_tete_tient_sur_une_rangee_quel_que_soit_le_nom(page):
    page.set_viewport_size({"width": 1366, "height": 768})
    nom = page.locator(".pixkit-ecole")
    avant = nom.inner_text()
    nom.evaluate("e => { e.textContent = 'Lycée agricole de l’Étang-Bleu, '.repeat(4); }")
    haut = page.locator(".pixkit-entete").bounding_box()["height"]
    nom.evaluate("(e, avant) => { e.textContent = avant; }", avant)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert haut < 60
    assert nom.get_attribute("title") == avant


def test_un_imprevu_se_dit_sans_nom_jusqu_au_geste_suivant(chromium, dossier, tmp_path):
    """Les documents tombent exprès : ni page muette, ni « Préparation… » sans fin, ni nom."""
    casse = (
        "from pixkit.panneaux import panneau_atelier, relances\n"
        "relances.ecrire_relances = lambda *_, **__: {}['DUPONT Léa']\n"
        f"panneau_atelier({str(dossier)!r})"
    )
    carnet = tmp_path / "casse.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(casse)]), carnet)
    with servir(carnet, XDG_STATE_HOME=str(tmp_path)) as adresse:
        page = chromium.new_page()
        page.goto(f"{adresse}?token={JETON}")
        page.get_by_role("button", name="Relances", exact=True).click(timeout=PATIENCE)
        page.get_by_role("button", name="Préparer les listes").click(timeout=PATIENCE)
        expect(page.get_by_role("alert")).to_contain_text("un imprévu", timeout=PATIENCE)
        assert page.get_by_text("Préparation…").count() == 0
        phrase = page.get_by_role("alert").inner_text()
        page.get_by_label("Classe", exact=True).select_option(index=1)
        expect(page.get_by_role("alert")).to_have_count(0, timeout=PATIENCE)
        page.close()
    assert "DUPONT" not in phrase
    journal = Path(re.search(r"« (.+) »", phrase)[1]).read_text(encoding="utf-8")
    assert "KeyError" in journal
    assert "relances.py:" in journal
    assert "DUPONT" not in journal
