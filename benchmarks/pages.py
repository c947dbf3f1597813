"""Une page publiée, servie de quatre façons, dans Chromium, tour à tour : un carnet Voilà naïf
(pandas et seaborn dans la page), Dash, nos pages statiques, `pixkit servir`.

Dash reçoit les mêmes images déjà dessinées, et son texte comprimé ; pixkit n'en dépend pas : sans
lui, les trois autres. Pour l'avoir : pip install --target AILLEURS "dash[compress]".

Commande : PYTHONPATH=AILLEURS python -m benchmarks.pages [--tours 20]
"""

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

import demarrer
from benchmarks.publication import fabriquer
from pixkit.ouverture import attendre, port_libre
from pixkit.publication.preparer import preparer_publication

NAIF = """import glob
import ipywidgets as w
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
table = pd.concat(pd.read_csv(f, sep=";", encoding="utf-8-sig") for f in glob.glob("*.csv"))
niveaux = [c for c in table if c.startswith("Niveau pour")]
def montrer(campagne, classe):
    siens = table[table["Code"] == campagne]
    sns.heatmap(siens.groupby("Classe")[niveaux].mean(numeric_only=True).T, annot=True)
    plt.show()
    sns.barplot(siens[siens["Classe"] == classe][niveaux].apply(pd.to_numeric, errors="coerce"))
    plt.show()
choix = {nom: sorted(table[nom].unique()) for nom in ("Code", "Classe")}
w.interact(montrer, campagne=choix["Code"], classe=choix["Classe"])"""
DASH = """import json, sys
from pathlib import Path
from urllib.parse import quote
from dash import Dash, Input, Output, dcc, html
ou, images = Path(sys.argv[1]), {}
for etat in json.loads((ou / "etats/classe.json").read_text("utf-8"))["etats"]:
    lues = (json.loads((ou / f"vues/{une}.json").read_text("utf-8")) for une in etat["vues"])
    vue = next(lue for lue in lues if lue["image"])
    svg = quote((ou / vue["image"]).read_text("utf-8"), safe=" =/:;,()!*'")
    images[etat["choix"]["classe"], etat["choix"]["campagne"]] = "data:image/svg+xml," + svg
premiere = next(iter(images))
noms = [list(dict.fromkeys(un)) for un in zip(*images)]
app = Dash(compress=True)
app.layout = [
    dcc.Dropdown(noms[0], premiere[0], id="classe", clearable=False),
    dcc.Dropdown(noms[1], premiere[1], id="campagne", clearable=False),
    html.Img(id="image", src=images[premiere]),
]
@app.callback(Output("image", "src"), Input("classe", "value"), Input("campagne", "value"),
              prevent_initial_call=True)
def montrer(classe, campagne):
    return images[classe, campagne]
app.run(port=int(sys.argv[2]))"""

# Ce que la page a peint, et quand elle répond aux choix, à sa propre horloge : celle de Playwright
# passe après les scripts de la page.
HORLOGE = """window.peintes = [];
new PerformanceObserver(liste => {
  for (const e of liste.getEntries())
    if (e.element?.tagName === 'IMG') window.peintes.push(e.renderTime || e.startTime);
}).observe({type: 'largest-contentful-paint', buffered: true});
const voir = () => {
  if (!window.prete && document.querySelector('PRET')) window.prete = performance.now(); };
new MutationObserver(voir).observe(document, {subtree: true, childList: true, attributes: true});
document.addEventListener('DOMContentLoaded', () => {
  document.documentElement.classList.add('lue'); voir(); });"""
VENUE = """() => new Promise(fini => {
  const venue = () => window.prete && window.peintes.length > 0;
  const attendre = () => venue() || performance.now() > 30000
    ? fini(venue()) : setTimeout(attendre, 20);
  attendre(); })"""
# D'un choix à la trame où la nouvelle image, entière, remplace l'ancienne.
CHANGER = """([numero, images, rang]) => new Promise(fini => {
  const image = () => document.querySelectorAll(images)[rang], avant = image().src;
  const debut = performance.now(), duree = () => performance.now() - debut;
  const attendre = () => {
    const une = image();
    const faite = une && une.src !== avant && une.complete && une.naturalWidth;
    faite || duree() > 8000 ? fini(duree()) : requestAnimationFrame(attendre); };
  CHOISIR; attendre(); })"""
LISTE = """const liste = document.querySelectorAll('select')[1]; liste.selectedIndex = numero;
liste.dispatchEvent(new Event('change', {bubbles: true}))"""
SPECTATEURS = 5


@dataclass(frozen=True)
class Facon:
    """Une façon de servir : sa commande et sa page ; l'image (`rang`, parmi plusieurs) qui change,
    à quoi l'on voit que la page répond aux choix, et ce qu'est en faire un (`ouvrir` : avant)."""

    nom: str
    commande: list[str]
    port: int
    page: str
    images: str
    pret: str
    choisir: str
    rang: int = 0
    ouvrir: str = ""
    change_de_page: bool = False

    @property
    def adresse(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.page}"


def facons(publication: Path) -> list[Facon]:
    """Les quatre, ou trois si Dash manque ; naïve la première, la nôtre la dernière."""
    ports = [str(port_libre()) for _ in range(4)]
    python = [sys.executable, "-m"]
    naive = Facon(
        "Voilà naïf",
        [*python, "voila", "naif.ipynb", "--no-browser", f"--port={ports[0]}"],
        int(ports[0]),
        "",
        ".jp-OutputArea-output img",
        ".widget-dropdown select",
        LISTE,
        rang=1,  # la première ne montre pas la classe
    )
    dash = Facon(
        "Dash",
        [sys.executable, "-c", DASH, str(publication), ports[1]],
        int(ports[1]),
        "",
        "#image",
        "#classe",
        "document.querySelectorAll('[role=option]')[numero].click()",
        ouvrir="document.querySelector('#classe').click()",
    )
    statique = Facon(
        "statique",
        [*python, "http.server", ports[2], "--directory", str(publication)],
        int(ports[2]),
        "pages/classe/0000.html",
        ".pixkit-vue img",
        ".lue",
        "document.querySelectorAll('nav[aria-label=Classe] a')[numero].click()",
        change_de_page=True,
    )
    notre = Facon(
        "pixkit servir",
        [*python, "pixkit", "servir", str(publication), "--port", ports[3]],
        int(ports[3]),
        "classe",
        ".pixkit-vue img",
        ".pixkit-script .pixkit-commandes select",
        LISTE,
    )
    toutes = [naive, dash, statique, notre]
    if importlib.util.find_spec("dash"):
        return toutes
    print("Dash n'est pas là : mesuré sans lui (voir le haut de benchmarks/pages.py).")
    return [une for une in toutes if une is not dash]


@contextmanager
def serveur(commande: list[str], dossier: Path, port: int) -> Iterator[psutil.Process]:
    """Un serveur ouvert le temps d'un bloc, son port ouvert : son processus."""
    racine = str(Path(__file__).parents[1])
    chemins = os.pathsep.join(filter(None, (racine, os.environ.get("PYTHONPATH"))))
    processus = psutil.Popen(
        commande,
        cwd=dossier,
        env={**os.environ, "JUPYTER_PATH": "", "PYTHONPATH": chemins},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        attendre(port, processus)
        yield processus
    finally:
        with suppress(psutil.NoSuchProcess):  # sinon l'erreur cacherait pourquoi il s'est arrêté
            processus.terminate()
        processus.wait()


def depart(facon: Facon, dossier: Path) -> float:
    """Les secondes d'un serveur, de la commande à la fin de sa première page."""
    debut = time.perf_counter()
    with serveur(facon.commande, dossier, facon.port), urlopen(facon.adresse) as reponse:
        reponse.read()
        return time.perf_counter() - debut


def memoire(processus: psutil.Process) -> float:
    """Ce qu'un serveur et ses enfants tiennent (RSS), en Mo."""
    tous = [processus, *processus.children(recursive=True)]
    return sum(un.memory_info().rss for un in tous) / 1e6


def centile(durees: Sequence[float], part: float) -> float:
    return sorted(durees)[math.ceil(part * (len(durees) - 1))]


def ouvrir(navigateur: Browser, facon: Facon) -> tuple[Page, list[float]] | None:
    """Une première visite, sans rien en cache, la page prête ; et les octets reçus, un à un.

    None si elle reste en attente : le Voilà naïf s'arrête parfois ainsi (12 fois sur 45 ailleurs).
    """
    page = navigateur.new_context(viewport={"width": 1280, "height": 800}).new_page()
    recus: list[float] = []
    espion = page.context.new_cdp_session(page)
    espion.send("Network.enable")
    espion.on("Network.loadingFinished", lambda e: recus.append(e["encodedDataLength"]))
    page.add_init_script(HORLOGE.replace("PRET", facon.pret))
    page.goto(facon.adresse, wait_until="commit")
    if not page.evaluate(VENUE):
        page.context.close()
        return None
    page.wait_for_timeout(500)
    return page, recus


def visite(navigateur: Browser, facon: Facon) -> dict[str, float] | None:
    """Une première visite : `image` et `commandes` en ms, `Mo` reçus."""
    if not (ouverte := ouvrir(navigateur, facon)):
        return None
    page, recus = ouverte
    image, prete = page.evaluate("[window.peintes[0], window.prete]")
    page.context.close()
    return {"image": image, "commandes": prete, "Mo": sum(recus) / 1e6}


def changements(navigateur: Browser, facon: Facon, nombre: int) -> list[float]:
    """Les durées, en ms, du choix d'une classe à sa nouvelle image ; de page en page, jusqu'à
    l'image peinte."""
    ouverte = None
    while not ouverte:
        ouverte = ouvrir(navigateur, facon)
    page, durees = ouverte[0], []
    page.wait_for_timeout(1500)
    for rang in range(1, nombre + 1):
        numero = rang % 30  # il y a trente classes
        if facon.ouvrir:
            page.evaluate(facon.ouvrir)
            page.wait_for_selector("[role=option]")
        if facon.change_de_page:
            with page.expect_navigation():
                page.evaluate(f"numero => {{ {facon.choisir} }}", numero)
            page.evaluate(VENUE)
            durees.append(page.evaluate("window.peintes[0]"))
        else:
            changer = CHANGER.replace("CHOISIR", facon.choisir)
            durees.append(page.evaluate(changer, [numero, facon.images, facon.rang]))
        page.wait_for_timeout(100)
    page.context.close()
    return durees


def par_spectateur(navigateur: Browser, facon: Facon, dossier: Path) -> tuple[float, float]:
    """La mémoire d'un serveur que personne n'a encore regardé, puis celle que chaque page ouverte
    ajoute."""
    with serveur(facon.commande, dossier, facon.port) as processus:
        time.sleep(15)  # nos carnets ont fini de s'exécuter
        repos = memoire(processus)
        pages = [ouverte[0] for _ in range(SPECTATEURS) if (ouverte := ouvrir(navigateur, facon))]
        ajoutee = (memoire(processus) - repos) / len(pages)
        for page in pages:
            page.context.close()
    return repos, ajoutee


def preparer(dossier: Path) -> tuple[Path, Path]:
    """Deux campagnes de trente classes : le dossier des exports et du carnet naïf, et sa
    publication."""
    naif, publication = dossier / "naif", dossier / "publication"
    naif.mkdir()
    fabriquer(naif, 2)
    preparer_publication(naif, effectif_min=5, html=True).ecrire(publication)
    cellule = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": NAIF,
        "execution_count": None,
        "outputs": [],
    }
    noyau = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    carnet = {"cells": [cellule], "metadata": noyau, "nbformat": 4, "nbformat_minor": 5}
    (naif / "naif.ipynb").write_text(json.dumps(carnet), encoding="utf-8")
    return naif, publication


def mesurer(dossier: Path, les: list[Facon], tours: int) -> dict[str, dict[str, list[float]]]:
    """{façon: ses mesures} ; les visites tour à tour, le reste une façon après l'autre."""
    mesures: dict[str, dict[str, list[float]]] = {
        une.nom: {"image": [], "commandes": [], "Mo": []} for une in les
    }
    for une in les * 3:
        mesures[une.nom].setdefault("depart", []).append(depart(une, dossier))
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(
            executable_path=demarrer.trouver("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        with ExitStack() as ouverts:
            for une in les:
                ouverts.enter_context(serveur(une.commande, dossier, une.port))
            for une in les:
                visite(navigateur, une)  # le navigateur et les serveurs se réveillent
            for une in les * tours:
                for quoi, combien in (visite(navigateur, une) or {}).items():
                    mesures[une.nom][quoi].append(combien)
            for une in les:
                nombre = 10 if une is les[0] else 60
                mesures[une.nom]["changement"] = changements(navigateur, une, nombre)
        for une in les:
            repos, ajoutee = par_spectateur(navigateur, une, dossier)
            mesures[une.nom] |= {"repos": [repos], "ajoutee": [ajoutee]}
        navigateur.close()
    return mesures


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--tours", type=int, default=20)
    tours = analyseur.parse_args().tours
    with TemporaryDirectory() as nom:
        naif, publication = preparer(Path(nom))
        mesures = mesurer(naif, facons(publication), tours)
    print(
        "| | première image, médiane (95 %) | commandes | changement | première visite | serveur "
        "au repos | par spectateur | de la commande à la première page | restées en attente |\n|"
        + "---|"
        * 9
    )
    mediane = {
        facon: {quoi: statistics.median(les) for quoi, les in siennes.items()}
        for facon, siennes in mesures.items()
    }
    for facon, m in mediane.items():
        image, commandes, changement = (
            f"{m[quoi]:.0f} ms ({centile(mesures[facon][quoi], 0.95):.0f})"
            for quoi in ("image", "commandes", "changement")
        )
        print(
            f"| {facon} | {image} | {commandes} | {changement} | {m['Mo']:.3f} Mo | "
            f"{m['repos']:.0f} Mo | {m['ajoutee']:.1f} Mo | {m['depart']:.1f} s | "
            f"{tours - len(mesures[facon]['image'])} sur {tours} |"
        )
    naive, statique, notre = (mediane[nom] for nom in ("Voilà naïf", "statique", "pixkit servir"))
    print(
        f"pixkit servir : image {notre['image'] / statique['image']:.2f} × statique, "
        f"{notre['image'] / naive['image']:.3f} × naïf ; commandes "
        f"{notre['commandes'] / naive['commandes']:.3f} × naïf"
    )


if __name__ == "__main__":
    main()
