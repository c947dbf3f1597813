"""Une page publiée face à un carnet Voilà naïf (pandas et seaborn dans la page), dans Chromium,
tour à tour.

Commande : python -m benchmarks.pages [--tours 10]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, TimeoutError, sync_playwright

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
CHANGER = """([rang, image]) => new Promise(fini => {
  const src = () => document.querySelector(image)?.src, avant = src(), debut = performance.now();
  const listes = document.querySelectorAll('select'), liste = listes[1];
  liste.selectedIndex = rang; liste.dispatchEvent(new Event('change', {bubbles: true}));
  const attendre = () => (src() && src() !== avant) || performance.now() - debut > 8000
    ? fini(performance.now() - debut) : requestAnimationFrame(attendre);
  attendre(); })"""


# Ce que le navigateur a peint, et quand : l'attente de Playwright, elle, passe après les scripts de
# la page.
PEINTES = """window.peintes = [];
new PerformanceObserver(liste => {
  for (const e of liste.getEntries())
    if (e.element?.tagName === 'IMG') window.peintes.push(e.renderTime || e.startTime);
}).observe({type: 'largest-contentful-paint', buffered: true});"""


@contextmanager
def serveur(commande: list[str], dossier: Path, port: int):
    """Un serveur ouvert le temps d'un bloc ; rend son processus."""
    environnement = {**os.environ, "JUPYTER_PATH": "", "PYTHONPATH": str(Path(__file__).parents[1])}
    processus = subprocess.Popen(
        commande,
        cwd=dossier,
        env=environnement,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        attendre(port, processus)
        time.sleep(15)  # les noyaux préchauffés sont prêts
        yield processus
    finally:
        processus.terminate()
        processus.wait()


def visite(navigateur: Browser, adresse: str, premiere: str, pret: str) -> dict[str, float] | None:
    """Une première visite, sans rien en cache : première image, commandes prêtes, octets reçus,
    requêtes dehors.

    None si la page reste en attente : le Voilà naïf s'arrête parfois ainsi (12 fois sur 45
    ailleurs).
    """
    contexte = navigateur.new_context(viewport={"width": 1280, "height": 800})
    page = contexte.new_page()
    espion, recus, dehors = contexte.new_cdp_session(page), [], []
    espion.send("Network.enable")
    espion.on("Network.loadingFinished", lambda e: recus.append(e["encodedDataLength"]))
    page.on(
        "request",
        lambda r: (
            dehors.append(r.url)
            if not r.url.startswith((adresse[:16], "data:", "blob:", "ws:"))
            else None
        ),
    )
    page.add_init_script(PEINTES)
    debut = time.perf_counter()
    page.goto(adresse, wait_until="commit")
    try:
        page.wait_for_selector(premiere, timeout=30_000)
        page.wait_for_selector(pret, timeout=30_000)
    except TimeoutError:
        contexte.close()
        return None
    commandes = time.perf_counter() - debut
    page.wait_for_timeout(1000)
    image = page.evaluate("window.peintes[0]") / 1000
    contexte.close()
    return {"image": image, "commandes": commandes, "Mo": sum(recus) / 1e6, "dehors": len(dehors)}


def changements(
    navigateur: Browser, adresse: str, pret: str, image: str, tours: int
) -> list[float]:
    """Les durées, en ms, d'un changement de la deuxième liste à la nouvelle image."""
    page = navigateur.new_page(viewport={"width": 1280, "height": 800})
    page.goto(adresse)
    page.wait_for_selector(pret, timeout=60_000)
    page.wait_for_timeout(1500)
    nombre = page.locator("select").nth(1).locator("option").count()
    rangs = [rang % nombre for rang in range(1, tours + 1)]
    durees = [page.evaluate(CHANGER, [rang, image]) for rang in rangs]
    page.close()
    return durees


def noyaux(processus: subprocess.Popen) -> list[float]:
    """La mémoire propre (USS, en Mo) de chaque noyau de ce serveur."""
    enfants = subprocess.run(
        ["pgrep", "-P", str(processus.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    tailles = []
    for pid in enfants:
        lignes = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        tailles.append(
            sum(int(ligne.split()[1]) for ligne in lignes if ligne.startswith("Private")) / 1024
        )
    return tailles


def resumer(nom: str, visites: list[dict[str, float] | None]) -> dict[str, float]:
    mesures = [mesure for mesure in visites if mesure]
    medianes = {
        cle: statistics.median(m[cle] for m in mesures) for cle in ("image", "commandes", "Mo")
    }
    print(
        f"{nom} : première image {1000 * medianes['image']:.0f} ms, commandes "
        f"{1000 * medianes['commandes']:.0f} ms, {medianes['Mo']:.2f} Mo, requêtes dehors "
        f"{max(m['dehors'] for m in mesures):.0f}, restées en attente "
        f"{len(visites) - len(mesures)} sur {len(visites)}"
    )
    return medianes


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--tours", type=int, default=10)
    tours = analyseur.parse_args().tours
    with TemporaryDirectory() as nom:
        naif, publication = Path(nom) / "naif", Path(nom) / "publication"
        naif.mkdir()
        fabriquer(naif, 2)
        preparer_publication(naif, effectif_min=5).ecrire(publication)
        cellule = {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "source": NAIF,
            "execution_count": None,
            "outputs": [],
        }
        noyau = {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        }
        carnet = {"cells": [cellule], "metadata": noyau, "nbformat": 4, "nbformat_minor": 5}
        (naif / "naif.ipynb").write_text(json.dumps(carnet), encoding="utf-8")
        ports = port_libre(), port_libre()
        python = [sys.executable, "-m"]
        lancer = (
            [*python, "voila", "naif.ipynb", "--no-browser", f"--port={ports[0]}"],
            [
                *python,
                "pixkit",
                "servir",
                str(publication),
                "--port",
                str(ports[1]),
                "--prechauffes",
                "3",
            ],
        )
        adresses = f"http://127.0.0.1:{ports[0]}/", f"http://127.0.0.1:{ports[1]}/classe"
        images = ".jp-OutputArea-output img", ".pixkit-vue img"
        prets = ".widget-dropdown select", "body.pixkit-pret .pixkit-commandes select"
        with (
            serveur(lancer[0], naif, ports[0]) as un,
            serveur(lancer[1], naif, ports[1]) as deux,
            sync_playwright() as playwright,
        ):
            chemin = demarrer.trouver("chromium")
            arguments = ["--no-sandbox", "--disable-background-networking"]
            navigateur = playwright.chromium.launch(executable_path=chemin, args=arguments)
            visite(
                navigateur, adresses[1], images[1], prets[1]
            )  # le navigateur lui-même se réveille
            mesures: tuple[list, list] = ([], [])
            for _ in range(tours):
                for cote in (0, 1):
                    mesures[cote].append(
                        visite(navigateur, adresses[cote], images[cote], prets[cote])
                    )
                    time.sleep(4)  # la réserve se remplit
            simple, publie = resumer("naïf", mesures[0]), resumer("publié", mesures[1])
            print(
                "rapports : "
                + ", ".join(f"{cle} {publie[cle] / simple[cle]:.3f}" for cle in publie)
            )
            for cote, quoi in enumerate(("naïf", "publié")):
                durees = sorted(
                    changements(
                        navigateur,
                        adresses[cote],
                        prets[cote],
                        images[cote],
                        10 if cote == 0 else 40,
                    )
                )
                rang95 = int(0.95 * (len(durees) - 1))
                print(
                    f"changer ({quoi}) : médiane {statistics.median(durees):.0f} ms, 95 % "
                    f"{durees[rang95]:.0f} ms"
                )
            print(
                f"mémoire par noyau : naïf {max(noyaux(un)):.0f} Mo, publié "
                f"{statistics.median(noyaux(deux)):.0f} Mo"
            )


if __name__ == "__main__":
    main()
