"""Servir une publication : ce qu'un client hostile essaie, ce qu'un visiteur voit.

Un vrai serveur, un vrai Chromium.
"""

import asyncio
import html
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import nbformat
import pytest
from playwright.sync_api import expect

from pixkit.commande import main
from pixkit.erreurs import PublicationIllisible
from pixkit.publication.preparer import preparer_publication
from pixkit.service.carnets import carnets_servis
from pixkit.service.lecteur import Publication
from pixkit.service.salle import Salle
from pixkit.service.serveur import _DELAIS
from tests.conftest import outil
from tests.test_lecture import EXPORTS

RACINE = Path(__file__).parents[1]
SECRET, JETON = "la pluie de mars", "un-jeton-assez-long"
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

    def page(self, chemin: str = "/classe") -> str:
        code, page, _ = self.demander(chemin)
        assert code == 200
        return page

    def noyaux(self) -> list[str]:
        """Les processus que ce serveur tient ouverts."""
        enfants = subprocess.run(
            ["pgrep", "-P", str(self.processus.pid)], capture_output=True, text=True, check=False
        )
        return enfants.stdout.split()

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
    ouvert = Serveur(publication)
    yield ouvert
    assert ouvert.processus.poll() is None, "le serveur a survécu à toutes les attaques"
    ouvert.fermer()


@pytest.fixture(autouse=True)
def survivant(request):
    """Après chaque attaque, le serveur répond encore."""
    yield
    if "serveur" in request.fixturenames:
        assert request.getfixturevalue("serveur").demander("/")[0] == 200


# — Le noyau —


def test_aucun_noyau_ne_survit_a_la_page_qu_il_a_faite(serveur):
    for chemin in ("/etablissement", "/conseil_pedagogique", "/classe", "/certification"):
        serveur.page(chemin)
    assert serveur.noyaux() == []


@pytest.mark.parametrize(
    "chemin",
    [
        "/api/kernels", "/api/kernels/00000000-0000-4000-8000-000000000000",
        "/api/kernels/00000000-0000-4000-8000-000000000000/channels",
        "/voila/api/shutdown/00000000-0000-4000-8000-000000000000",
        "/voila/execute/00000000-0000-4000-8000-000000000000",
        "/voila/static/voila.js", "/static/components/MathJax/MathJax.js",
    ],
)  # fmt: skip
@pytest.mark.parametrize("methode", ["GET", "POST", "DELETE"])
def test_il_n_y_a_ni_noyau_ni_liaison_a_qui_parler(serveur, chemin, methode):
    montee = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
              "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    assert serveur.demander(chemin, methode, b"" if methode == "POST" else None, **montee)[0] == 404


@pytest.mark.parametrize("methode", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_un_visiteur_ne_peut_que_lire(serveur, methode):
    assert serveur.demander("/classe", methode, b"x=1")[0] in (403, 405)


def test_ce_qui_est_lourd_n_entre_pas_dans_le_serveur():
    code = "import sys, pixkit.service.serveur, pixkit.service.hub; print(*sys.modules)"
    dits = subprocess.run([sys.executable, "-c", code], cwd=RACINE, capture_output=True, check=True)
    lourds = {b"pandas", b"matplotlib", b"seaborn", b"numpy", b"voila", b"nbconvert", b"ipykernel"}
    assert not lourds & set(dits.stdout.split())


# — D'où l'on demande —


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


@pytest.mark.parametrize("chemin", ["/%00", "/classe%00", "/classe%0d%0aX-Piege:%20oui", "/..%2fx"])
def test_un_signe_de_commande_dans_l_adresse_n_existe_pas(serveur, chemin):
    code, _, en_tetes = serveur.demander(chemin)
    assert code == 404
    assert "X-Piege" not in en_tetes


@pytest.mark.parametrize(
    "requete", ["template=classic", "voila-template=reveal", "theme=dark", "classe=%00&classe=%ff"]
)
def test_l_adresse_ne_change_ni_le_gabarit_ni_la_page_des_autres(serveur, requete):
    avant = serveur.page("/classe")
    assert "pixkit-commandes" in serveur.page(f"/classe?{requete}")
    assert serveur.page("/classe") == avant


def test_un_autre_site_ne_charge_rien_mais_un_lien_mene_ici(serveur):
    ailleurs = {"Sec-Fetch-Site": "cross-site"}
    assert serveur.demander("/classe", **ailleurs, **{"Sec-Fetch-Mode": "no-cors"})[0] == 403
    assert serveur.demander("/classe", **ailleurs, **{"Sec-Fetch-Mode": "navigate"})[0] == 200


def test_la_source_du_carnet_n_est_pas_dans_la_page_et_rien_ne_vient_d_ailleurs(serveur):
    page = serveur.page()
    assert "panneau_publication" not in page
    assert "import os" not in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def test_du_html_dans_un_nom_de_classe_ou_de_campagne_reste_du_texte(serveur):
    page = serveur.page(f"/classe?classe={quote(CLASSE)}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_chaque_reponse_interdit_tout_autre_script_et_tout_autre_site(serveur):
    for chemin in ("/classe", "/login", "/rien"):
        en_tetes = serveur.demander(chemin)[2]
        politique = en_tetes["Content-Security-Policy"]
        assert "default-src 'none'" in politique
        assert "unsafe-eval" not in politique
        assert "frame-ancestors 'self'" in politique
        assert en_tetes["X-Content-Type-Options"] == "nosniff"


def test_la_premiere_image_est_dans_le_premier_html_et_suit_le_lien(serveur):
    assert "data:image/svg+xml" in serveur.page("/etablissement")
    page = serveur.page("/classe?classe=5eB")
    assert "classe=5eB" in re.search(r"data-etat='([^']*)'", page)[1]
    assert "<option value='5eB' selected>" in page


def test_un_fragment_est_ce_que_la_page_montre_a_la_meme_adresse(serveur):
    adresse = "/classe?classe=5eB"
    fragment = serveur.demander(adresse, **{"X-Pixkit-Fragment": "1"})[1]
    assert fragment.startswith("<!-- pixkit classe -->")
    assert fragment in serveur.page(adresse)


# — Une publication abîmée ou piégée : elle vient d'ailleurs —


def test_ce_qu_on_choisira_est_pret_avant_qu_on_le_demande(publication, monkeypatch):
    salle = Salle(publication, carnets_servis(), asyncio.Semaphore(1))

    async def choisir() -> list[bytes]:
        await salle.preparer(["classe"])
        monkeypatch.delattr(Publication, "fragment")
        etats = salle.publication.audience("classe").etats
        return [await salle.fragments("classe", etat["choix"]) for etat in etats]

    assert len(set(asyncio.run(choisir()))) > 1


@pytest.fixture
def piegee(publication, tmp_path):
    """Une copie à abîmer."""
    return shutil.copytree(publication, tmp_path / "publication")


def montrer(chemin: Path, public: str = "classe") -> str:
    """Ce que le serveur montrerait d'un public ; lève PublicationIllisible."""
    lue = Publication(chemin)
    audience = lue.audience(public)
    return lue.fragment(audience, audience.etat({}))


@pytest.mark.parametrize("image", ["../../secrets.txt", "/etc/passwd", "images/lien.svg", 3, ["x"]])
def test_une_image_ne_sort_pas_de_la_publication(piegee, image):
    (piegee.parent.parent / "secrets.txt").write_text("alice:argon2", encoding="utf-8")
    (piegee / "images" / "lien.svg").symlink_to(piegee.parent.parent / "secrets.txt")
    for chemin in (piegee / "vues").iterdir():
        vue = json.loads(chemin.read_text(encoding="utf-8"))
        chemin.write_text(json.dumps(vue | {"image": image}), encoding="utf-8")
    with pytest.raises(PublicationIllisible, match="ne se lit pas") as refus:
        montrer(piegee)
    assert "alice" not in str(refus.value)


@pytest.mark.parametrize("dossier", ["etats", "vues", "images"])
@pytest.mark.parametrize("vers", ["ailleurs", "lui-même"])
def test_un_dossier_qui_mene_ailleurs_n_est_pas_suivi(piegee, dossier, vers):
    (piegee / dossier).rename(piegee.parent / dossier)
    (piegee / dossier).symlink_to((piegee.parent if vers == "ailleurs" else piegee) / dossier)
    with pytest.raises(PublicationIllisible, match="ne se lit pas"):
        montrer(piegee)


@pytest.mark.parametrize("lien", ["javascript:alert(1)", "//mechant.example", "../x", 3])
def test_une_reponse_ne_mene_qu_a_la_publication(piegee, lien):
    for chemin in (piegee / "vues").iterdir():
        vue = json.loads(chemin.read_text(encoding="utf-8"))
        liens = {"liens": [lien] * len(vue["liens"])} if "liens" in vue else {}
        chemin.write_text(json.dumps(vue | liens), encoding="utf-8")
    with pytest.raises(PublicationIllisible, match="ne se lit pas"):
        montrer(piegee, "etablissement")


@pytest.mark.parametrize(
    ("fichier", "contenu"),
    [
        ("etats/classe.json", "{"), ("etats/classe.json", "[]"), ("etats/classe.json", "null"),
        ("etats/classe.json", '{"titre": "x", "lire": "y", "commandes": 3, "etats": []}'),
        ("etats/classe.json",
         '{"titre": "x", "lire": "y", "commandes": [{"nom": "a", "libelle": "b", "valeurs": {}}],'
         ' "etats": [{"choix": {"a": "z"}, "vues": []}]}'),
        ("etats/classe.json", "[" * 100_000),
    ],
)  # fmt: skip
def test_un_fichier_abime_est_une_phrase_et_les_autres_se_lisent(piegee, fichier, contenu):
    (piegee / fichier).write_text(contenu, encoding="utf-8")
    with pytest.raises(PublicationIllisible, match="pixkit publier"):
        montrer(piegee)
    assert "pixkit-etat" in montrer(piegee, "etablissement")


def test_servie_une_publication_piegee_n_est_qu_une_phrase(piegee):
    (piegee / "etats" / "classe.json").write_text("{", encoding="utf-8")
    ouvert = Serveur(piegee)
    try:
        page = ouvert.page("/classe")
        assert "ne se lit pas" in html.unescape(page)
        assert "Traceback" not in page
        assert "pixkit-etat" in ouvert.page("/etablissement")
        assert "href='/classe'" in ouvert.page("/"), "la liste reste, et sa page dit pourquoi"
    finally:
        ouvert.fermer()


@pytest.mark.parametrize(
    "contenu",
    ["{", "[]", "{}", '{"format": 2}', '{"format": 2, "donnees_du": "hier", "a_supprimer_le": 5}'],
)
def test_un_manifeste_abime_est_une_phrase(piegee, contenu, capsys):
    (piegee / "manifeste.json").write_text(contenu, encoding="utf-8")
    assert main(["servir", str(piegee)]) == 2
    assert "« manifeste.json » ne se lit pas" in capsys.readouterr().err


# — Les carnets d'une école —


def test_un_carnet_ajoute_se_montre_et_l_atelier_jamais(publication, tmp_path):
    apps, siens = RACINE / "voila_apps", tmp_path / "carnets"
    siens.mkdir()
    for nom in ("classe", "atelier"):
        shutil.copy(apps / f"{nom}.ipynb", siens)
    classe = nbformat.read(siens / "classe.ipynb", as_version=4)
    classe.cells.append(nbformat.v4.new_markdown_cell("## Pour le conseil\n\nLe *vote* d'abord."))
    nbformat.write(classe, siens / "classe.ipynb")
    cellules = [
        "import ipywidgets as w; w.IntSlider()",
        "print('bonjour')",
        "import os; [nom for nom in os.environ if 'PIXKIT' in nom]",
        "1 / 0",
        "'jamais'",
    ]
    notre = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell("# Notre page\nCe que nous y mettons."),
        *map(nbformat.v4.new_code_cell, cellules),
    ])  # fmt: skip
    nbformat.write(notre, siens / "notre page.ipynb")
    ouvert = Serveur(publication, "--carnets", str(siens), PIXKIT_SECRET="x")
    try:
        page = ouvert.page("/classe")
        assert "<em>vote</em>" in page
        assert "pixkit-commandes" in page
        notre = html.unescape(ouvert.page("/notre%20page"))
        assert "marchent dans JupyterLab" in notre
        assert "bonjour" in notre
        assert "['PIXKIT_PUBLICATION']" in notre, "un carnet n'hérite d'aucun de nos secrets"
        assert "n'a pas abouti" in notre
        assert "ZeroDivisionError" not in notre
        assert "jamais" not in notre
        assert "Notre page</a> : Ce que nous y mettons." in ouvert.page("/")
        assert ouvert.demander("/etablissement")[0] == 200
        assert ouvert.demander("/atelier")[0] == 404
    finally:
        ouvert.fermer()


@pytest.mark.parametrize("contenu", [None, "{", "[]"])
def test_un_dossier_de_carnets_qui_n_en_est_pas_un_le_dit(publication, tmp_path, capsys, contenu):
    if contenu:
        (tmp_path / "x.ipynb").write_text(contenu, encoding="utf-8")
    assert main(["servir", str(publication), "--carnets", str(tmp_path)]) == 2
    assert "Attendu" in capsys.readouterr().err


# — L'adresse, le mot de passe —


@pytest.mark.parametrize(
    ("options", "environnement", "dit"),
    [
        (["--adresse", "0.0.0.0"], {}, "sans mot de passe"),
        (["--adresse", "192.168.1.2"], {"PIXKIT_JETON": SECRET}, "sans chiffrement"),
        ([], {"PIXKIT_JETON": "abc"}, "12 signes au moins"),
        ([], {"PIXKIT_MOT_DE_PASSE": "onze signes"}, "12 signes au moins"),
        (["--adresse", "0.0.0.0", "--derriere-un-mandataire"], {}, "sans mot de passe"),
        (["--derriere-un-mandataire"], {}, "sans mot de passe"),
        (["--certificat", "absent.pem", "--cle", "absent.pem"], {}, "ne s'ouvre pas"),
    ],
)
def test_une_adresse_ouverte_sans_protection_est_refusee(publication, options, environnement, dit):
    refuse = Serveur(publication, *options, **environnement)
    assert refuse.processus.wait(30) == 2
    assert dit in refuse.processus.stderr.read()


def test_une_publication_retiree_pendant_qu_on_la_sert_le_dit(publication, tmp_path):
    copie = shutil.copytree(publication, tmp_path / "publication")
    ouvert = Serveur(copie)
    try:
        assert ouvert.demander("/classe")[0] == 200
        assert main(["retirer", str(copie), "--oui"]) == 0
        for chemin, demande in (
            ("/", {}),
            ("/classe", {}),
            ("/classe", {"X-Pixkit-Fragment": "1"}),
        ):
            code, page, _ = ouvert.demander(chemin, **demande)
            assert code == 410
            assert "une publication retirée le" in page
    finally:
        ouvert.fermer()


def test_ce_qui_n_est_pas_une_publication_ne_se_sert_pas(tmp_path, capsys):
    assert main(["servir", str(tmp_path)]) == 2
    assert "pixkit publier" in capsys.readouterr().err


class Visiteur:
    """Un navigateur sans écran : il garde ses témoins et ne suit pas les redirections."""

    def __init__(self, serveur: Serveur):
        self.serveur, self.temoins = serveur, SimpleCookie()

    def demander(self, chemin: str, **formulaire: str):
        """(code, texte, en-têtes) d'une page, ou d'un formulaire qu'on y envoie."""
        connexion = HTTPConnection("127.0.0.1", self.serveur.port, timeout=30)
        temoins = "; ".join(f"{nom}={temoin.coded_value}" for nom, temoin in self.temoins.items())
        en_tetes = {"Cookie": temoins, "Content-Type": "application/x-www-form-urlencoded"}
        methode = "POST" if formulaire else "GET"
        connexion.request(methode, chemin, urlencode(formulaire) or None, en_tetes)
        reponse = connexion.getresponse()
        for temoin in reponse.headers.get_all("Set-Cookie") or []:
            self.temoins.load(temoin)
        return reponse.status, html.unescape(reponse.read().decode()), reponse.headers

    def se_connecter(self, mot: str, chemin: str):
        page = self.demander(chemin)[1]
        jeton = re.search(r"name='_xsrf' value='([^']*)'", page)[1]
        return self.demander(chemin, password=mot, _xsrf=jeton)


@pytest.fixture(scope="module")
def garde(publication):
    ouvert = Serveur(publication, "--prefixe", "/tableaux/", PIXKIT_MOT_DE_PASSE=SECRET,
                     PIXKIT_JETON=JETON)  # fmt: skip
    yield ouvert
    ouvert.fermer()


def test_le_mot_de_passe_est_demande_en_francais_et_le_prefixe_est_suivi(garde):
    visiteur = Visiteur(garde)
    code, _, en_tetes = visiteur.demander("/tableaux/classe?classe=5eB")
    assert code == 302
    porte = en_tetes["Location"]
    code, page, _ = visiteur.demander(porte)
    assert code == 200
    assert "Mot de passe" in page
    assert "tableaux de bord" not in page
    code, page, _ = visiteur.se_connecter("ce n'est pas lui", porte)
    assert code == 401
    assert "n'est pas le bon" in page
    code, _, en_tetes = visiteur.se_connecter(SECRET, porte)
    assert (code, en_tetes["Location"]) == (302, "/tableaux/classe?classe=5eB")
    assert visiteur.demander("/tableaux/classe?classe=5eB")[0] == 200
    assert "href='/tableaux/classe'" in visiteur.demander("/tableaux/")[1]
    assert visiteur.demander("/classe")[0] == 404


@pytest.mark.parametrize(
    "ailleurs",
    ["//mechant.example", "https://mechant.example", "/\\mechant.example", "/tableaux//x",
     "/tableaux/\r\nX-Piege: oui", "javascript:alert(1)"],
)  # fmt: skip
def test_la_connexion_ne_mene_qu_a_nos_pages(garde, ailleurs):
    porte = f"/tableaux/login?next={quote(ailleurs, safe='')}"
    code, _, en_tetes = Visiteur(garde).se_connecter(SECRET, porte)
    assert (code, en_tetes["Location"]) == (302, "/tableaux/")


def test_un_jeton_s_echange_une_fois_contre_un_temoin_sur_une_adresse_propre(garde):
    visiteur = Visiteur(garde)
    code, page, en_tetes = visiteur.demander(f"/tableaux/classe?classe=5eB&token={JETON}")
    assert (code, en_tetes["Location"]) == (302, "/tableaux/classe?classe=5eB")
    temoin = next(t for t in en_tetes.get_all("Set-Cookie") if t.startswith("pixkit_"))
    assert "HttpOnly" in temoin
    assert "SameSite=Lax" in temoin
    code, page, _ = visiteur.demander("/tableaux/classe?classe=5eB")
    assert code == 200
    assert JETON not in page
    commande = Path(f"/proc/{garde.processus.pid}/cmdline").read_bytes()
    assert JETON.encode() not in commande
    assert SECRET.encode() not in commande


def test_un_faux_jeton_et_un_faux_temoin_n_ouvrent_rien(garde):
    visiteur = Visiteur(garde)
    assert visiteur.demander("/tableaux/?token=un-autre-jeton-bien-long")[0] == 302
    assert visiteur.demander("/tableaux/")[0] == 302
    visiteur.temoins[f"pixkit_{garde.port}"] = "2|1:0|10:1790000000|6:pixkit|4:ZW50cmU=|abcd"
    assert visiteur.demander("/tableaux/")[0] == 302


def test_qui_devine_attend_mais_une_salle_des_professeurs_non(publication):
    ferme = Serveur(publication, PIXKIT_MOT_DE_PASSE=SECRET, PIXKIT_JETON=JETON)
    try:
        for _ in range(40):  # quarante collègues derrière une adresse se trompent, puis réussissent
            Visiteur(ferme).se_connecter("un mot de passe oublié", "/login")
        assert Visiteur(ferme).se_connecter(SECRET, "/login")[0] == 302
        codes = [Visiteur(ferme).demander(f"/?token=au-hasard-{rang}")[0] for rang in range(60)]
        assert codes[-1] == 429
        assert Visiteur(ferme).se_connecter(SECRET, "/login")[0] == 429, "même bon, il attend"
        assert "attendez une minute" in Visiteur(ferme).se_connecter(JETON, "/login")[1]
    finally:
        ferme.fermer()
        assert JETON not in ferme.processus.stderr.read() + ferme.processus.stdout.read()


def test_https_est_exige_ensuite_et_un_ent_declare_peut_encadrer(publication, tmp_path):
    cles = ["-keyout", tmp_path / "cle.pem", "-out", tmp_path / "certificat.pem"]
    demande = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    subprocess.run([outil("openssl"), *demande.split(), *cles], check=True, capture_output=True)
    ouvert = Serveur(publication, "--certificat", str(tmp_path / "certificat.pem"), "--cle",
                     str(tmp_path / "cle.pem"), "--cadre", "https://ent.exemple.fr",
                     PIXKIT_MOT_DE_PASSE=SECRET)  # fmt: skip
    try:
        sans_autorite = ssl._create_unverified_context()
        reponse = urlopen(f"https://127.0.0.1:{ouvert.port}/", context=sans_autorite, timeout=30)
        assert "max-age" in reponse.headers["Strict-Transport-Security"]
        assert (
            "frame-ancestors 'self' https://ent.exemple.fr"
            in reponse.headers["Content-Security-Policy"]
        )
        temoin = reponse.headers["Set-Cookie"]
        assert "Secure" in temoin
        assert "SameSite=None" in temoin
    finally:
        ouvert.fermer()


def test_une_demande_qui_n_en_finit_pas_raccroche(serveur):
    reglages = _DELAIS
    assert reglages["idle_connection_timeout"] <= 60
    with socket.create_connection(("127.0.0.1", serveur.port), timeout=10) as prise:
        prise.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: " + b"a" * 100_000)
        assert b"200" not in prise.recv(100)


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
    page.wait_for_selector(".pixkit-commandes select")


def image(page):
    return page.locator(".pixkit-publie img").first


def adresse_de(page) -> str:
    return image(page).get_attribute("src")


def test_au_clavier_la_classe_change_l_image_le_lien_et_se_dit(serveur, page):
    prete(page, f"{serveur.adresse}/classe")
    avant, lien = adresse_de(page), page.url
    page.get_by_label("Classe", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(image(page)).not_to_have_attribute("src", avant)
    assert page.url != lien
    assert page.evaluate("document.activeElement.name") == "classe", "on reste où l'on était"
    assert page.inner_text("#pixkit-annonce") == page.inner_text(".pixkit-phrase >> nth=0")
    ensuite = page.url
    page.go_back()
    page.wait_for_url(lien)
    expect(image(page)).to_have_attribute("src", avant)
    page.go_forward()
    expect(image(page)).not_to_have_attribute("src", avant)
    assert page.url == ensuite
    assert page.dehors == []
    assert page.erreurs == []
    prete(page, page.url)
    assert adresse_de(page) != avant, "le lien ramène à la même classe"


def test_apres_deux_choix_de_suite_chaque_image_est_celle_du_second(serveur, page):
    """Sous la première, l'ancienne reste un instant : jamais davantage."""
    prete(page, f"{serveur.adresse}/classe")
    images = "() => [...document.querySelectorAll('.pixkit-publie img')].map(une => une.src)"
    page.evaluate("""async () => {
      for (const classe of ["5eB", "5eC"]) {
        const avant = document.querySelector(".pixkit-publie");
        const liste = document.querySelector("select[name=classe]");
        liste.value = classe;
        liste.dispatchEvent(new Event("change", { bubbles: true }));
        while (avant.isConnected) await new Promise(requestAnimationFrame);
      } }""")
    page.wait_for_timeout(150)
    vues = page.evaluate(images)
    prete(page, f"{serveur.adresse}/classe?classe=5eC")
    assert len(vues) > 2
    assert vues == page.evaluate(images)


def test_sans_script_un_bouton_fait_de_meme(serveur, chromium):
    contexte = chromium.new_context(java_script_enabled=False)
    page = contexte.new_page()
    page.goto(f"{serveur.adresse}/classe")
    avant = adresse_de(page)
    page.get_by_label("Classe", exact=True).select_option("5eC")
    page.get_by_role("button", name="Afficher").click()
    assert "classe=5eC" in page.url
    assert adresse_de(page) != avant
    assert not page.get_by_role("button", name="Plein écran").is_visible()
    contexte.close()


def test_au_projecteur_les_fleches_tournent_les_pages(serveur, page):
    prete(page, f"{serveur.adresse}/conseil_pedagogique")
    premiere = page.get_by_label("Page", exact=True).input_value()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("page="))
    assert page.get_by_label("Page", exact=True).input_value() != premiere
    assert page.get_by_role("button", name="Plein écran").is_visible()


def test_un_serveur_arrete_se_dit_sans_perdre_l_image(publication, page):
    ouvert = Serveur(publication)
    prete(page, f"{ouvert.adresse}/classe")
    avant = adresse_de(page)
    ouvert.fermer()
    page.get_by_label("Classe", exact=True).select_option("5eB")
    page.wait_for_selector("text=ne répond pas")
    assert adresse_de(page) == avant


def test_une_publication_refaite_se_voit_sans_relancer_le_serveur(publication, page, tmp_path):
    copie = tmp_path / "publication"
    shutil.copytree(publication, copie)
    ouvert = Serveur(copie)
    try:
        assert "5eB" in ouvert.page("/classe")
        for etats in (copie / "etats").iterdir():
            etats.write_text(
                etats.read_text(encoding="utf-8").replace("5eB", "5eZ"), encoding="utf-8"
            )
        (copie / "manifeste.json").touch()
        fin = time.monotonic() + 90  # quatre carnets s'exécutent, puis quatre autres
        while "5eZ" not in ouvert.page("/classe") and time.monotonic() < fin:
            time.sleep(0.2)
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
        *(sorted(dossier.iterdir())[-1] for dossier in (publication / "pages").glob("*/")),
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
