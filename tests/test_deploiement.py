"""Ce que `deploiement/` promet.

Un vrai JupyterHub et son mandataire, un vrai nginx, des unités que systemd comprend.
"""

import html
import json
import os
import re
import ssl
import stat
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import (
    HTTPCookieProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    Request,
    build_opener,
)

import psutil
import pytest

from pixkit.erreurs import ServiceRefuse
from pixkit.ouverture import port_libre
from pixkit.service.hub import acces_du_hub
from pixkit.service.lecteur import PUBLICS
from tests.conftest import outil

RACINE = Path(__file__).parents[1]
DEPLOIEMENT = RACINE / "deploiement"
NOM = "tableaux.exemple.fr"
MOTS = {"alice": "la pluie de mars", "bruno": "le vent du nord", "referent": "un hiver sans neige"}
PATIENCE = 90
ENVIRONNEMENT = {**os.environ, "PYTHONPATH": str(RACINE), "PYTHONUTF8": "1"}

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="JupyterHub, nginx et systemd ne tournent pas sous Windows."
)


def publication(chemin: Path, etablissement: str) -> Path:
    """Une petite publication, au format du lecteur.

    Une image par public, qui dit de quel établissement elle est.
    """
    for dossier in ("etats", "vues", "images"):
        (chemin / dossier).mkdir(parents=True)
    dessin = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='20'>"
        f"<text y='15'>{etablissement}</text></svg>"
    )
    (chemin / "images" / "v1.svg").write_text(dessin, encoding="utf-8")
    vue = {"titre": "Participation", "phrase": f"{etablissement} : 24 envois.",
           "table": {"colonnes": [], "lignes": []},
           "cle": "", "image": "images/v1.svg"}  # fmt: skip
    ecrire_json(chemin / "vues" / "v1.json", vue)
    commandes = [{"nom": "classe", "libelle": "Classe", "valeurs": {"5eA": "5eA"}}]
    for public in PUBLICS:
        etats = [{"choix": {"classe": "5eA"}, "vues": ["v1"]}]
        ecrire_json(
            chemin / f"etats/{public}.json",
            {"titre": public, "lire": "", "commandes": commandes, "etats": etats},
        )
    manifeste = {"format": 1, "etablissement": etablissement, "publie_le": "2026-11-23T18:00:00",
                 "donnees_du": "2026-11-20T17:12:00", "a_supprimer_le": "2099-08-31",
                 "effectif_min": 5}  # fmt: skip
    ecrire_json(chemin / "manifeste.json", manifeste)
    return chemin


def ecrire_json(chemin: Path, donnees: dict) -> None:
    chemin.write_text(json.dumps(donnees, ensure_ascii=False), encoding="utf-8")


class SurPlace(HTTPRedirectHandler):
    """Rend la redirection au lieu de la suivre."""

    def redirect_request(self, *_):
        return None


class Visiteur:
    """Un navigateur sans écran : des témoins, des redirections suivies, des pages lues."""

    def __init__(self, base: str, nom: str = "", **en_tetes: str):
        self.base, self.nom, self.en_tetes, self.temoins = base, nom, en_tetes, CookieJar()
        outils = [
            HTTPCookieProcessor(self.temoins),
            HTTPSHandler(context=ssl._create_unverified_context()),
        ]
        self._ouvreur, self._immobile = build_opener(*outils), build_opener(*outils, SurPlace)

    def demander(
        self,
        chemin: str,
        donnees: dict | None = None,
        *,
        suivre: bool = True,
        methode: str | None = None,
        **en_tetes: str,
    ):
        corps = None if donnees is None else urlencode(donnees).encode()
        requete = Request(self.base + chemin, corps, {**self.en_tetes, **en_tetes}, method=methode)
        try:
            reponse = (self._ouvreur if suivre else self._immobile).open(requete, timeout=60)
        except HTTPError as refus:
            reponse = refus
        reponse.octets = reponse.read()
        return reponse

    def lire(self, chemin: str, donnees: dict | None = None) -> tuple[int, str]:
        reponse = self.demander(chemin, donnees)
        return reponse.status, reponse.octets.decode()

    def se_connecter(self, mot: str) -> tuple[int, str]:
        formulaire = self.lire("/hub/login")[1]
        jeton = re.search(r'name="_xsrf" value="([^"]+)"', formulaire)[1]
        return self.lire("/hub/login", {"_xsrf": jeton, "username": self.nom, "password": mot})


def attendre(pret, processus: subprocess.Popen, journal: Path) -> None:
    fin = time.monotonic() + PATIENCE
    while time.monotonic() < fin and processus.poll() is None:
        try:
            if pret():
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
        time.sleep(0.1)
    pytest.fail(f"Rien ne répond.\n{journal.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def arreter(processus: subprocess.Popen) -> None:
    """Poliment, puis, d'un Hub sourd, lui et ce qu'il a lancé."""
    siens = [psutil.Process(processus.pid), *psutil.Process(processus.pid).children(recursive=True)]
    processus.terminate()
    for sourd in psutil.wait_procs(siens, timeout=8)[1]:
        sourd.kill()
    processus.wait()


# — JupyterHub —


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """La configuration livrée, sur des ports libres ; les mots de passe par l'outil livré."""
    outil("configurable-http-proxy")  # JupyterHub le lance lui-même
    dossier = tmp_path_factory.mktemp("hub")
    declares = (DEPLOIEMENT / "etablissements.toml").read_text(encoding="utf-8")
    (dossier / "etablissements.toml").write_text(declares, encoding="utf-8")
    publication(dossier / "publications" / "college-a", "Collège fictif A")
    publication(dossier / "publications" / "lycee-b", "Lycée fictif B")
    configuration = str(DEPLOIEMENT / "jupyterhub_config.py")
    environnement = {
        **ENVIRONNEMENT,
        "PIXKIT_HUB": str(dossier),
        "STATE_DIRECTORY": str(dossier),
        "PIXKIT_HUB_TABLEAUX": f"http://127.0.0.1:{port_libre()}",
        "NODE_PATH": "/usr/share/nodejs",  # le Node de Debian y regarde de lui-même, les autres non
    }
    for nom, mot in MOTS.items():
        subprocess.run(
            [sys.executable, configuration, nom],
            input=f"{mot}\n",
            env=environnement,
            text=True,
            check=True,
        )
    assert stat.S_IMODE((dossier / "mots_de_passe.txt").stat().st_mode) == 0o600
    base, journal = f"http://127.0.0.1:{port_libre()}", dossier / "journal"
    commande = [sys.executable, "-m", "jupyterhub", "-f", configuration,
                f"--JupyterHub.bind_url={base}/",
                f"--JupyterHub.hub_port={port_libre()}",
                f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{port_libre()}"]  # fmt: skip
    with journal.open("w", encoding="utf-8") as sortie:
        processus = subprocess.Popen(
            commande, cwd=dossier, env=environnement, stdout=sortie, stderr=subprocess.STDOUT
        )
    try:
        curieux = Visiteur(base)
        attendre(
            lambda: curieux.demander("/services/tableaux/", suivre=False).status == 302,
            processus,
            journal,
        )
        yield base
    finally:
        arreter(processus)
    assert not list(dossier.glob("*.sqlite")), "Le Hub ne doit rien retenir."


@pytest.fixture(scope="module")
def connectes(hub) -> dict[str, Visiteur]:
    visiteurs = {nom: Visiteur(hub, nom) for nom in MOTS}
    for nom, visiteur in visiteurs.items():
        assert visiteur.se_connecter(MOTS[nom])[0] == 200
    return visiteurs


def test_un_anonyme_est_renvoye_a_la_connexion_du_hub(hub):
    reponse = Visiteur(hub).demander("/services/tableaux/college-a/etablissement")
    page = reponse.octets.decode()
    assert "/hub/login" in reponse.geturl()
    assert "<html lang='fr'>" in page
    assert "Mot de passe" in page
    assert "Collège fictif A" not in page


@pytest.mark.parametrize(
    ("nom", "mot"),
    [
        ("alice", MOTS["bruno"]),
        ("alice", ""),
        ("inconnue", MOTS["alice"]),
        ("college-a", ""),
        ("college-a", MOTS["alice"]),
    ],
)
def test_un_mauvais_mot_de_passe_est_refuse(hub, nom, mot):
    visiteur = Visiteur(hub, nom)
    code, page = visiteur.se_connecter(mot)
    assert code == 403
    assert "ne vont pas ensemble" in page
    assert "/hub/login" in visiteur.demander("/services/tableaux/college-a/").geturl()


@pytest.mark.parametrize(
    ("nom", "sien", "autre"), [("alice", ("college-a", "Collège fictif A"), "lycee-b"),
                               ("bruno", ("lycee-b", "Lycée fictif B"), "college-a")],
)  # fmt: skip
def test_un_lecteur_voit_son_etablissement_et_pas_l_autre(connectes, nom, sien, autre):
    visiteur, (compte, titre) = connectes[nom], sien
    accueil = visiteur.demander("/")
    assert accueil.geturl().endswith(f"/services/tableaux/{compte}/"), (
        "La connexion mène droit à son établissement."
    )
    code, page = visiteur.lire(f"/services/tableaux/{compte}/etablissement")
    assert code == 200
    assert "data:image/svg+xml," in page
    assert f"{titre} : 24 envois." in page
    for chemin in ("", "etablissement", "classe", "conseil_pedagogique", "certification"):
        code, page = visiteur.lire(f"/services/tableaux/{autre}/{chemin}")
        assert code == 403
        assert "ne vous est pas ouverte" in page
        assert "24 envois" not in page


def test_un_administrateur_voit_tout(connectes):
    referent = connectes["referent"]
    liste = referent.lire("/services/tableaux/")[1]
    for compte, titre in (("college-a", "Collège fictif A"), ("lycee-b", "Lycée fictif B")):
        assert f"href='/services/tableaux/{compte}/'>{titre}" in liste
        code, page = referent.lire(f"/services/tableaux/{compte}/etablissement")
        assert code == 200
        assert f"{titre} : 24 envois." in page


def test_un_etablissement_qui_n_existe_pas_est_une_phrase(connectes):
    code, page = connectes["referent"].lire("/services/tableaux/college-z/classe")
    assert code == 404
    assert "n'existe pas" in html.unescape(page)


def test_un_choix_vient_en_fragment_et_une_session_finie_renvoie_au_hub(connectes, hub):
    adresse = "/services/tableaux/college-a/classe?classe=5eA"
    demande = {"X-Pixkit-Fragment": "1", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    fragment = connectes["alice"].demander(adresse, **demande).octets.decode()
    assert fragment.startswith("<!-- pixkit classe -->")
    assert Visiteur(hub).demander(adresse, suivre=False, **demande).status == 302


@pytest.mark.parametrize(
    "chemin",
    ["/hub/admin", "/hub/spawn", "/hub/spawn/alice", "/hub/api/users"],
)
def test_un_lecteur_ne_lance_ni_n_administre_rien(connectes, chemin):
    assert connectes["alice"].lire(chemin)[0] == 403


@pytest.mark.parametrize(
    ("methode", "chemin"),
    [
        ("DELETE", "users/bruno/server"),
        ("POST", "users/alice/server"),
        ("POST", "users/alice/tokens"),
        ("POST", "shutdown"),
    ],
)
def test_un_lecteur_n_obtient_rien_de_l_api_du_hub(connectes, methode, chemin):
    alice = connectes["alice"]
    jeton = next(t.value for t in alice.temoins if t.name == "_xsrf" and t.path == "/hub/")
    corps = {} if methode == "POST" else None
    json_demande = {"X-XSRFToken": jeton, "Content-Type": "application/json"}
    reponse = alice.demander(f"/hub/api/{chemin}", corps, methode=methode, **json_demande)
    assert reponse.status == 403
    assert "credentials" not in reponse.octets.decode(), (
        "Un droit qui manque, pas un jeton mal envoyé."
    )


def test_hors_du_hub_le_serveur_du_hub_refuse_de_s_ouvrir():
    with pytest.raises(ServiceRefuse, match="pas de JupyterHub autour"):
        acces_du_hub({"JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:8888"})


def test_des_mots_de_passe_lisibles_par_d_autres_sont_refuses(tmp_path):
    (tmp_path / "mots_de_passe.txt").touch(mode=0o644)
    (tmp_path / "mots_de_passe.txt").chmod(0o644)
    refus = subprocess.run(
        [sys.executable, str(DEPLOIEMENT / "jupyterhub_config.py"), "alice"],
        input="un mot de passe\n", text=True,
        env={**ENVIRONNEMENT, "PIXKIT_HUB": str(tmp_path)}, capture_output=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert refus.returncode != 0
    assert "chmod 600" in refus.stderr


# — nginx —


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    """Le fichier livré, aux ports et au certificat près, devant un vrai `pixkit servir`."""
    dossier = tmp_path_factory.mktemp("nginx")
    publication(dossier / "publication", "Collège derrière nginx")
    demande = f"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={NOM}"
    fichiers = ["-keyout", dossier / "cle.pem", "-out", dossier / "certificat.pem"]
    subprocess.run([outil("openssl"), *demande.split(), *fichiers], check=True, capture_output=True)
    clair, chiffre, tableaux = port_libre(), port_libre(), port_libre()
    livre = (DEPLOIEMENT / "nginx.conf").read_text(encoding="utf-8")
    for avant, apres in (("listen 80;", f"listen 127.0.0.1:{clair};"),
                         ("listen 443 ", f"listen 127.0.0.1:{chiffre} "),
                         ("127.0.0.1:8866", f"127.0.0.1:{tableaux}"),
                         ("/etc/ssl/pixkit", str(dossier))):  # fmt: skip
        assert avant in livre
        livre = livre.replace(avant, apres)
    cadre = dossier / "nginx.conf"
    ecrits = "".join(
        f"{genre}_temp_path {dossier}/{genre};"
        for genre in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    cadre.write_text(
        f"pid {dossier}/pid; error_log {dossier}/erreurs; events {{}} "
        f"http {{ access_log off; {ecrits} {livre} }}",
        encoding="utf-8",
    )
    commande = [outil("nginx"), "-c", cadre, "-p", dossier]
    verifie = subprocess.run([*commande, "-t"], capture_output=True, text=True, check=False)
    assert verifie.returncode == 0, verifie.stderr
    assert "[warn]" not in verifie.stderr.replace('"user" directive', ""), verifie.stderr
    journal = dossier / "journal"
    servir = [sys.executable, "-m", "pixkit", "servir", str(dossier / "publication"), "--port",
              str(tableaux), "--prefixe",
              "/tableaux/", "--derriere-un-mandataire"]  # fmt: skip
    with journal.open("w", encoding="utf-8") as sortie:
        processus = [
            subprocess.Popen(servir, cwd=dossier, stdout=sortie, stderr=sortie,
                             env={**ENVIRONNEMENT, "PIXKIT_MOT_DE_PASSE": MOTS["alice"]}),
            subprocess.Popen([*commande, "-g", "daemon off;"], stdout=sortie, stderr=sortie),
        ]  # fmt: skip
    try:
        base = f"https://127.0.0.1:{chiffre}"
        curieux = Visiteur(base, Host=NOM)
        attendre(
            lambda: curieux.demander("/tableaux/login").status == 200,
            processus[0],
            journal,
        )
        yield base, f"http://127.0.0.1:{clair}"
    finally:
        for un in processus:
            arreter(un)


@pytest.fixture(scope="module")
def derriere_nginx(nginx) -> Visiteur:
    visiteur = Visiteur(nginx[0], Host=NOM)
    formulaire = visiteur.demander("/tableaux/etablissement")
    assert "/tableaux/login" in formulaire.geturl()
    jeton = re.search(r"name='_xsrf' value='([^']+)'", formulaire.octets.decode())[1]
    assert (
        visiteur.lire(
            "/tableaux/login?next=/tableaux/etablissement",
            {"_xsrf": jeton, "password": MOTS["alice"]},
        )[0]
        == 200
    )
    return visiteur


def test_nginx_chiffre_comprime_et_protege(nginx, derriere_nginx):
    en_clair = Visiteur(nginx[1], Host=NOM).demander(
        "/tableaux/etablissement?classe=5eA", suivre=False
    )
    assert (en_clair.status, en_clair.headers["Location"]) == (
        301,
        f"https://{NOM}/tableaux/etablissement?classe=5eA",
    )
    page = derriere_nginx.demander("/tableaux/etablissement", **{"Accept-Encoding": "gzip"})
    assert page.status == 200
    assert page.headers["Content-Encoding"] == "gzip"
    for en_tete, valeur in (("Strict-Transport-Security", "max-age"),
                            ("X-Content-Type-Options", "nosniff"),
                            ("Content-Security-Policy", "frame-ancestors"),
                            ("X-Robots-Tag", "noindex")):  # fmt: skip
        assert valeur in page.headers[en_tete]
        assert len(page.headers.get_all(en_tete)) == 1
    assert "nginx/" not in page.headers["Server"]
    texte = derriere_nginx.lire("/tableaux/etablissement")[1]
    assert "Collège derrière nginx : 24 envois." in texte
    assert "data:image/svg+xml," in texte
    assert all(
        temoin.secure and temoin.has_nonstandard_attr("HttpOnly")
        for temoin in derriere_nginx.temoins
    )


def test_un_visiteur_ne_se_fait_pas_passer_pour_une_autre_adresse(derriere_nginx):
    """Les essais manqués se comptent à qui parle à nginx, pas à qui il dit être."""
    for rang in range(3):
        menteur = derriere_nginx.demander(
            "/tableaux/classe", **{"X-Forwarded-For": f"10.0.0.{rang}"}
        )
        assert menteur.status == 200


def test_nginx_ralentit_qui_essaie_des_mots_de_passe(nginx, derriere_nginx):  # noqa: ARG001 — après la vraie connexion
    essais = [Visiteur(nginx[0], Host=NOM).demander("/tableaux/login").status for _ in range(30)]
    assert essais[0] == 200
    assert essais[-1] == 429


# — systemd —


@pytest.mark.parametrize(
    "unite", sorted(DEPLOIEMENT.glob("*.service")), ids=lambda unite: unite.stem
)
def test_systemd_comprend_l_unite(unite, tmp_path):
    copie = tmp_path / unite.name
    # Seul le programme change : celui de la notice n'existe pas sur la machine des essais.
    copie.write_text(
        re.sub(
            r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", unite.read_text(encoding="utf-8")
        )
    )
    commande = [outil("systemd-analyze"), "verify", copie]
    verifie = subprocess.run(commande, capture_output=True, text=True, check=False, timeout=60)
    assert verifie.returncode == 0
    assert unite.name not in verifie.stderr, verifie.stderr


def test_les_commandes_des_unites_existent():
    from pixkit.commande import analyseur  # noqa: PLC0415

    ligne = re.search(
        r"(?m)^ExecStart=\S+ (.*)$",
        (DEPLOIEMENT / "pixkit-tableaux.service").read_text(encoding="utf-8"),
    )[1]
    options = analyseur().parse_args(ligne.split())
    assert options.derriere_un_mandataire
    assert f"location {options.prefixe} {{" in (DEPLOIEMENT / "nginx.conf").read_text(
        encoding="utf-8"
    )
    assert f"127.0.0.1:{options.port};" in (DEPLOIEMENT / "nginx.conf").read_text(encoding="utf-8")
