"""Servir une publication : ce qu'un client hostile essaie, ce qu'un visiteur voit.

Un vrai serveur, un vrai Chromium.
"""

import asyncio
import html
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from pixkit.commande import main
from pixkit.publication.preparer import preparer_publication
from tests.conftest import executer
from tests.test_lecture import EXPORTS

RACINE = Path(__file__).parents[1]
CLASSE, CAMPAGNE = "<script>alert(1)</script>", "<img src=x onerror=alert(2)> & cie"


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


class Serveur:
    """Un `pixkit servir` dans son processus."""

    def __init__(self, publication: Path, *options: str, **environnement: str):
        self.port = port_libre()
        commande = [
            sys.executable,
            "-m",
            "pixkit",
            "servir",
            str(publication),
            "--port",
            str(self.port),
            *options,
        ]
        self.processus = subprocess.Popen(
            commande,
            cwd=RACINE,
            env={**os.environ, **environnement},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.adresse = f"http://127.0.0.1:{self.port}"
        fin = time.monotonic() + 60
        while time.monotonic() < fin and self.processus.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)

    def demander(
        self, chemin: str, methode: str = "GET", donnees: bytes | None = None, **en_tetes: str
    ):
        """(code, texte, en-têtes) d'une demande, erreurs comprises."""
        requete = Request(self.adresse + chemin, donnees, en_tetes, method=methode)
        try:
            with urlopen(requete, timeout=30) as reponse:
                return reponse.status, reponse.read().decode(), reponse.headers
        except HTTPError as erreur:
            return erreur.code, erreur.read().decode(), erreur.headers

    def ouvrir(self, chemin: str = "/classe") -> tuple[str, str, str]:
        """(page, noyau, témoins) d'une visite."""
        code, page, en_tetes = self.demander(chemin)
        assert code == 200
        temoins = SimpleCookie(
            "; ".join(t.split(";")[0] for t in en_tetes.get_all("Set-Cookie") or [])
        )
        cookie = "; ".join(f"{nom}={temoin.coded_value}" for nom, temoin in temoins.items())
        return page, re.search(r'"kernelId": ?"([\w-]+)"', page)[1], cookie

    def noyaux(self) -> list[int]:
        enfants = subprocess.run(
            ["pgrep", "-P", str(self.processus.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in enfants.stdout.split()]

    def fermer(self) -> None:
        self.processus.terminate()
        self.processus.wait(30)


@pytest.fixture(scope="module")
def publication(tmp_path_factory):
    """Un vrai export, dont une classe et la campagne portent du HTML hostile."""
    dossier = tmp_path_factory.mktemp("dossier")
    texte = (EXPORTS / "01_5e" / "export.csv").read_text(encoding="utf-8-sig")
    nom = re.search(r'"KLTBCQ459";"([^"]*)"', texte)[1]
    (dossier / "e.csv").write_text(
        texte.replace('"5eA"', f'"{CLASSE}"').replace(f'"{nom}"', f'"{CAMPAGNE}"'), encoding="utf-8"
    )
    return preparer_publication(dossier, effectif_min=5, html=True).ecrire(
        tmp_path_factory.mktemp("sortie") / "publication"
    )


@pytest.fixture(scope="module")
def serveur(publication):
    ouvert = Serveur(publication, "--prechauffes", "1")
    yield ouvert
    assert ouvert.processus.poll() is None, "le serveur a survécu à toutes les attaques"
    ouvert.fermer()


@pytest.fixture(autouse=True)
def survivant(request):
    """Après chaque attaque, le serveur répond encore."""
    yield
    if "serveur" in request.fixturenames:
        assert request.getfixturevalue("serveur").demander("/")[0] == 200


def liaison(serveur: Serveur, noyau: str, cookie: str, **en_tetes: str):
    adresse = (
        f"ws://127.0.0.1:{serveur.port}/api/kernels/{noyau}/channels?session_id={uuid.uuid4().hex}"
    )
    return websocket_connect(HTTPRequest(adresse, headers={"Cookie": cookie, **en_tetes}))


def message(genre: str, contenu: dict, canal: str = "shell") -> str:
    entete = {
        "msg_id": uuid.uuid4().hex,
        "username": "x",
        "session": "x",
        "msg_type": genre,
        "version": "5.3",
    }
    return json.dumps(
        {
            "header": entete,
            "parent_header": {},
            "metadata": {},
            "content": contenu,
            "channel": canal,
            "buffers": [],
        }
    )


def converser(serveur: Serveur, *messages: str, attente: float = 2.0) -> list[str]:
    """Envoie des messages au noyau d'une visite ; rend tout ce que la page reçoit ensuite."""
    _, noyau, cookie = serveur.ouvrir()

    async def parler() -> list[str]:
        prise = await liaison(serveur, noyau, cookie)
        await asyncio.sleep(0.5)
        for texte in messages:
            await prise.write_message(texte)
        recus, fin = [], asyncio.get_running_loop().time() + attente
        while (reste := fin - asyncio.get_running_loop().time()) > 0:
            try:
                recu = await asyncio.wait_for(prise.read_message(), reste)
            except TimeoutError:
                break
            if recu is None:
                break
            recus.append(recu if isinstance(recu, str) else recu.decode("utf-8", "replace"))
        prise.close()
        return recus

    return executer(parler())


# — Le noyau —


@pytest.mark.parametrize("canal", ["shell", "control", "stdin", "iopub", "inconnu"])
def test_aucun_code_ne_s_execute_par_la_liaison(serveur, canal, tmp_path):
    trace = tmp_path / "execute"
    code = {
        "code": f"open({str(trace)!r}, 'w').close()",
        "silent": False,
        "store_history": False,
        "user_expressions": {},
    }
    genres = (
        "execute_request",
        "inspect_request",
        "complete_request",
        "debug_request",
        "create_subshell_request",
    )
    recus = converser(serveur, *(message(genre, code, canal) for genre in genres), attente=1.5)
    assert not trace.exists()
    assert not [recu for recu in recus if "execute_reply" in recu]


def test_une_commande_trafiquee_n_execute_rien_et_ne_montre_aucune_trace(serveur):
    etat = {
        "state": {"_model_name": "HTMLModel", "_model_module": "os", "value": "x"},
        "buffer_paths": [],
    }
    ouvertures = [
        message("comm_open", {"comm_id": "a", "target_name": "jupyter.widget", "data": etat}),
        message("comm_open", {"comm_id": "b", "target_name": "os.system", "data": {"x": "id"}}),
        message(
            "comm_msg",
            {"comm_id": "inconnu", "data": {"method": "update", "state": {"value": 1 / 3}}},
        ),
        message("comm_open", {"comm_id": "c"}),
    ]
    recus = "".join(converser(serveur, *ouvertures))
    assert "Traceback" not in recus
    assert "site-packages" not in recus
    assert not re.search(r'"msg_type": ?"(stream|error|display_data|execute_result)"', recus)


@pytest.mark.parametrize(
    "texte",
    [
        "{",
        "[]",
        "null",
        '{"header": null}',
        '{"header": {}, "channel": 3}',
        "\x00\xff",
        "9" * 200_000,
    ],
)
def test_un_message_absurde_ou_enorme_ferme_la_liaison_et_rien_d_autre(serveur, texte):
    assert not [recu for recu in converser(serveur, texte, attente=1) if "Traceback" in recu]


def test_le_noyau_d_un_autre_visiteur_n_obeit_pas(serveur):
    _, noyau, _ = serveur.ouvrir()
    _, _, autre = serveur.ouvrir()
    assert serveur.demander(f"/api/kernels/{noyau}", Cookie=autre)[0] == 404
    assert serveur.demander(f"/api/kernels/{noyau}")[0] == 404
    assert serveur.demander(f"/voila/api/shutdown/{noyau}", "POST", b"", Cookie=autre)[0] in (
        403,
        404,
    )
    with pytest.raises(Exception, match="HTTP 404"):
        executer(_ouvrir(serveur, noyau, autre))


async def _ouvrir(serveur: Serveur, noyau: str, cookie: str, **en_tetes: str) -> None:
    (await liaison(serveur, noyau, cookie, **en_tetes)).close()


def test_un_autre_site_ne_se_lie_pas_au_noyau(serveur):
    _, noyau, cookie = serveur.ouvrir()
    executer(_ouvrir(serveur, noyau, cookie))
    with pytest.raises(Exception, match="HTTP 40"):
        executer(_ouvrir(serveur, noyau, cookie, Origin="http://mechant.example"))


def test_un_nom_de_domaine_detourne_vers_cet_ordinateur_est_refuse(serveur):
    assert serveur.demander("/classe", Host="mechant.example")[0] == 403


# — Les fichiers —


@pytest.mark.parametrize(
    "chemin",
    [
        "/voila/files/classe.ipynb", "/files/classe.ipynb", "/voila/tree", "/tree",
        "/voila/render/atelier.ipynb", "/atelier",
        "/atelier.ipynb", "/classe.ipynb", "/voila/api/contents/", "/api/contents", "/api/kernels",
        "/api/sessions",
        "/voila/static/../../../../../etc/passwd", "/voila/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/voila/static//etc/passwd",
        "/voila/templates/pixkit_publie/static/../conf.json",
        "/voila/templates/..%2f..%2fatelier.ipynb", "/api/terminals",
        "/voila/labextensions/../../../etc/passwd", "/voila/static/", "/voila/labextensions/",
        "/manifeste.json",
        "/etats/classe.json", "/voila/query/00000000-0000-4000-8000-000000000000",
        "/api/kernels/00000000-0000-4000-8000-000000000000", "/api/kernels/x",
        "/" + quote("é" * 50),
    ],
)  # fmt: skip
def test_ni_fichier_ni_dossier_ni_source_ne_se_lit(serveur, chemin):
    code, texte, en_tetes = serveur.demander(chemin)
    assert code in (403, 404, 405)
    assert "Traceback" not in texte
    assert "root:" not in texte
    assert "panneau_publication" not in texte
    assert "tornado" not in (en_tetes.get("Server") or "").casefold()


@pytest.mark.parametrize(
    "requete", ["template=classic", "voila-template=reveal", "theme=dark", "classe=%00&classe=%ff"]
)
def test_l_adresse_ne_change_ni_le_gabarit_ni_le_theme(serveur, requete):
    code, page, _ = serveur.demander(f"/classe?{requete}")
    assert code == 200
    assert "pixkit-premiere" in page
    assert "data-jp-theme-name='JupyterLab Light'" in page


def test_la_source_du_carnet_n_est_pas_dans_la_page_et_rien_ne_vient_d_ailleurs(serveur):
    page, _, _ = serveur.ouvrir()
    assert "panneau_publication" not in page
    assert "import os" not in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def test_du_html_dans_un_nom_de_classe_ou_de_campagne_reste_du_texte(serveur):
    page, _, _ = serveur.ouvrir(f"/classe?classe={quote(CLASSE)}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_la_politique_de_contenu_interdit_tout_autre_site(serveur):
    en_tetes = serveur.demander("/classe")[2]
    assert "default-src 'self'" in en_tetes["Content-Security-Policy"]
    assert en_tetes["X-Content-Type-Options"] == "nosniff"


def test_la_premiere_image_est_dans_le_premier_html_et_suit_le_lien(serveur):
    assert "data:image/svg+xml" in serveur.ouvrir("/etablissement")[0]
    page, _, _ = serveur.ouvrir("/classe?classe=5eB&domaine=domaines")
    assert "classe=5eB" in re.search(r"data-etat='([^']*)'", page)[1]


def test_un_visiteur_ne_choisit_pas_les_scripts_des_autres(serveur):
    _, _, cookie = serveur.ouvrir()
    pieges = (
        "voila.js?v=1",
        "voila.js?a=b",
        "voila.js?v=js",
        f"voila.js?v={'f' * 16}",
        "../static/voila.js",
        "%76oila.js",
    )
    for chemin in (*pieges, "voila.js"):
        assert serveur.demander(f"/voila/static/{chemin}", Cookie=cookie)[0] == 200
    annonces = re.findall(r"rel='preload' as='script' href='([^']*)'", serveur.ouvrir()[0])
    assert len(annonces) <= 120
    assert not {f"/voila/static/{piege}" for piege in pieges} & set(annonces)
    assert "/voila/static/voila.js" in annonces


# — L'adresse, le mot de passe —


@pytest.mark.parametrize(
    ("options", "environnement", "dit"),
    [
        (["--adresse", "0.0.0.0"], {}, "sans mot de passe"),
        (["--adresse", "192.168.1.2"], {"PIXKIT_JETON": "abc"}, "sans chiffrement"),
        (["--adresse", "0.0.0.0", "--derriere-un-mandataire"], {}, "sans mot de passe"),
        (["--derriere-un-mandataire"], {}, "sans mot de passe"),
        (["--certificat", "absent.pem", "--cle", "absent.pem"], {}, "ne s'ouvre pas"),
    ],
)
def test_une_adresse_ouverte_sans_protection_est_refusee(publication, options, environnement, dit):
    refuse = Serveur(publication, "--prechauffes", "0", *options, **environnement)
    assert refuse.processus.wait(30) == 2
    assert dit in refuse.processus.stderr.read()


def test_une_publication_retiree_pendant_qu_on_la_sert_le_dit(publication, tmp_path):
    copie = shutil.copytree(publication, tmp_path / "publication")
    ouvert = Serveur(copie, "--prechauffes", "0")
    try:
        assert ouvert.demander("/")[0] == 200
        assert main(["retirer", str(copie), "--oui"]) == 0
        for chemin in ("/", "/classe"):
            code, page, _ = ouvert.demander(chemin)
            assert code == 410
            assert "une publication retirée le" in page
    finally:
        ouvert.fermer()


def test_ce_qui_n_est_pas_une_publication_ne_se_sert_pas(tmp_path, capsys):
    assert main(["servir", str(tmp_path)]) == 2
    assert "pixkit publier" in capsys.readouterr().err


def test_le_mot_de_passe_est_demande_en_francais_et_le_prefixe_est_suivi(publication):
    ferme = Serveur(
        publication,
        "--prechauffes",
        "0",
        "--prefixe",
        "/tableaux/",
        PIXKIT_MOT_DE_PASSE="un bon mot",
    )
    try:
        code, page, en_tetes = ferme.demander("/tableaux/")
        assert code == 200
        assert "Mot de passe" in page
        assert "Les tableaux de bord" not in page
        jeton = re.search(r"name='_xsrf' value='([^']*)'", page)[1]
        temoin = en_tetes["Set-Cookie"].split(";")[0]
        faux_mot = f"password=non&_xsrf={quote(jeton)}".encode()
        faux = ferme.demander("/tableaux/login", "POST", faux_mot, Cookie=temoin)
        assert faux[0] == 401
        assert "n'est pas le bon" in html.unescape(faux[1])
        bon = f"password={quote('un bon mot')}&_xsrf={quote(jeton)}".encode()
        connexion = HTTPConnection("127.0.0.1", ferme.port)
        formulaire = {"Cookie": temoin, "Content-Type": "application/x-www-form-urlencoded"}
        connexion.request("POST", "/tableaux/login?next=/tableaux/", bon, formulaire)
        reponse = connexion.getresponse()
        assert reponse.status == 302
        entree = "; ".join(t.split(";")[0] for t in reponse.headers.get_all("Set-Cookie"))
        assert "href='/tableaux/classe'" in ferme.demander("/tableaux/", Cookie=entree)[1]
        assert ferme.demander("/classe")[0] == 404
        essais = [
            ferme.demander("/tableaux/login", "POST", corps, Cookie=temoin)
            for corps in (faux_mot,) * 10 + (bon,)
        ]
        assert [code for code, _, _ in essais] == [401] * 9 + [429] * 2, (
            "le onzième essai, même bon, attend une minute"
        )
        assert "Trop d'essais" in html.unescape(essais[-1][1])
    finally:
        ferme.fermer()


# — Dans le navigateur —


@pytest.fixture
def page(chromium):
    contexte = chromium.new_context(viewport={"width": 1280, "height": 800})
    vue = contexte.new_page()
    vue.dehors, vue.erreurs = [], []
    vue.on(
        "request",
        lambda r: (
            vue.dehors.append(r.url)
            if not re.match(r"(http://127\.0\.0\.1|ws://127|data:|blob:)", r.url)
            else 0
        ),
    )
    vue.on("console", lambda m: vue.erreurs.append(m.text) if m.type == "error" else None)
    yield vue
    contexte.close()


def prete(page, adresse: str) -> None:
    page.goto(adresse)
    page.wait_for_selector("body.pixkit-pret .pixkit-commandes select", timeout=40_000)


def test_au_clavier_la_classe_change_l_image_et_le_lien(serveur, page):
    prete(page, f"{serveur.adresse}/classe")
    avant, lien = page.locator(".pixkit-corps img").first.get_attribute("src"), page.url
    page.get_by_label("Classe", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "avant => document.querySelector('.pixkit-corps img').src !== avant",
        arg=avant,
        timeout=10_000,
    )
    page.wait_for_url(lambda adresse: adresse != lien)
    assert page.dehors == []
    assert page.erreurs == []
    prete(page, page.url)
    assert page.locator(".pixkit-corps img").first.get_attribute("src") != avant, (
        "le lien ramène à la même classe"
    )


def test_un_onglet_ferme_rend_son_noyau(serveur, chromium):
    contexte = chromium.new_context()
    onglet = contexte.new_page()
    prete(onglet, f"{serveur.adresse}/classe")
    noyau = onglet.evaluate(
        "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
    )
    temoins = "; ".join(f"{t['name']}={t['value']}" for t in contexte.cookies())
    assert serveur.demander(f"/api/kernels/{noyau}", Cookie=temoins)[0] == 200
    onglet.goto("about:blank")
    fin = time.monotonic() + 10
    while (
        serveur.demander(f"/api/kernels/{noyau}", Cookie=temoins)[0] == 200
        and time.monotonic() < fin
    ):
        time.sleep(0.2)
    assert serveur.demander(f"/api/kernels/{noyau}", Cookie=temoins)[0] == 404
    contexte.close()


def test_un_noyau_tue_se_dit_puis_la_page_se_recharge_au_meme_endroit(serveur, page):
    prete(page, f"{serveur.adresse}/classe?classe=5eB")
    etat = page.url
    noyau = page.evaluate(
        "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
    )
    tues = [
        pid
        for pid in serveur.noyaux()
        if noyau in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    ]
    assert len(tues) == 1
    os.kill(tues[0], signal.SIGKILL)
    page.evaluate("document.dispatchEvent(new Event('change'))")
    page.wait_for_selector("text=La page s'était endormie", timeout=10_000)
    page.wait_for_load_state("load")
    page.wait_for_selector("body.pixkit-pret .pixkit-commandes select", timeout=40_000)
    assert page.url == etat


def test_une_publication_refaite_se_voit_sans_relancer_le_serveur(publication, page, tmp_path):
    copie = tmp_path / "publication"
    shutil.copytree(publication, copie)
    ouvert = Serveur(copie, "--prechauffes", "1")
    try:
        time.sleep(8)  # la réserve est prête, sur l'ancienne publication
        for etats in (copie / "etats").iterdir():
            etats.write_text(
                etats.read_text(encoding="utf-8").replace("5eB", "5eZ"), encoding="utf-8"
            )
        (copie / "manifeste.json").touch()
        time.sleep(4)
        prete(page, f"{ouvert.adresse}/classe")
        assert "5eZ" in page.get_by_label("Classe", exact=True).inner_text()
    finally:
        ouvert.fermer()


def test_au_telephone_rien_ne_deborde(serveur, page):
    page.set_viewport_size({"width": 390, "height": 844})
    prete(page, f"{serveur.adresse}/etablissement")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("ou", ["/", "/etablissement", "/conseil_pedagogique", "/classe"])
def test_chaque_page_servie_est_accessible(serveur, page, ou):
    (page.goto if ou == "/" else lambda adresse: prete(page, adresse))(serveur.adresse + ou)
    assert violations(page) == []


def test_chaque_page_statique_est_accessible_et_aucune_ne_demande_rien_dehors(publication, page):
    vues = [
        publication / "index.html",
        *(sorted(dossier.iterdir())[-1] for dossier in (publication / "pages").iterdir()),
    ]
    for vue in vues:
        page.goto(vue.as_uri())
        assert violations(page) == [], vue
        assert page.locator("img").evaluate_all(
            "images => images.every(i => i.complete && i.naturalWidth > 0)"
        )
    assert [adresse for adresse in page.dehors if not adresse.startswith("file:")] == []


def violations(page) -> list[str]:
    """Ce qu'axe-core reproche à une page : RGAA et WCAG 2.2 (A et AA), et les bonnes pratiques."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    trouvees = Axe().run(page).response["violations"]
    return [f"{v['id']} : {v['help']} — {[n['target'] for n in v['nodes']][:3]}" for v in trouvees]


def test_a_200_pour_cent_rien_ne_deborde(serveur, page):
    page.set_viewport_size({"width": 640, "height": 400})  # 1280 × 800 vu à 200 %
    prete(page, f"{serveur.adresse}/classe")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_imprimee_chaque_page_tient_sur_une_feuille(serveur, page):
    for public in ("etablissement", "conseil_pedagogique", "classe"):
        prete(page, f"{serveur.adresse}/{public}")
        feuille = page.pdf(landscape=True, format="A4", print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", feuille)) == 1, public
