"""Ouvrir l'atelier, y changer de classe, de page, de question, dans Chromium : du choix à ce qu'il
montre.

Commande : python -m benchmarks.atelier [--dossier DOSSIER]
"""

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

import demarrer
from pixkit.embarque import APPS, DEMO
from pixkit.ouverture import port_libre, voila

RACINE = Path(__file__).parents[1]
CHANGER = """([label, rang]) => new Promise(fini => {
  const image = () => document.querySelector('.pixkit img')?.src;
  const avant = image(), debut = performance.now();
  const titre = [...document.querySelectorAll('label')].find(l => l.innerText === label);
  const liste = document.getElementById(titre.htmlFor);
  liste.selectedIndex = rang; liste.dispatchEvent(new Event('change', {bubbles: true}));
  const attendre = () => (image() && image() !== avant) || performance.now() - debut > 5000
    ? fini(performance.now() - debut) : requestAnimationFrame(attendre);
  attendre(); })"""
TOURNER = """([onglets, zone, rang]) => new Promise(fini => {
  const montre = () => document.querySelector(zone)?.innerText.trim();
  const avant = montre(), debut = performance.now();
  document.querySelectorAll(`${onglets} button`)[rang].click();
  const attendre = () => (montre() && montre() !== avant) || performance.now() - debut > 10000
    ? fini(performance.now() - debut) : requestAnimationFrame(attendre);
  attendre(); })"""
PAGES = ".pixkit-onglets", ".pixkit-corps > *"
QUESTIONS = ".pixkit-corps .widget-toggle-buttons", ".pixkit-corps .pixkit-phrase"


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--dossier", default=str(DEMO / "college"))
    dossier = analyseur.parse_args().dossier
    port = port_libre()
    with TemporaryDirectory() as reglages, sync_playwright() as playwright:
        # Sans souvenir d'une page d'avant : l'atelier s'ouvre sur la première.
        environnement = {"PIXKIT_DOSSIER": dossier, "PYTHONPATH": str(RACINE),
                         "XDG_CONFIG_HOME": reglages, "XDG_STATE_HOME": reglages}  # fmt: skip
        chemin = demarrer.trouver("chromium")
        page = playwright.chromium.launch(executable_path=chemin, args=["--no-sandbox"]).new_page()
        ouvrir(page, port, environnement)


def ouvrir(page, port: int, environnement: dict[str, str]) -> None:
    """De la commande à la première page, puis à la première image d'« Explorer »."""
    debut = time.perf_counter()
    with voila(APPS / "atelier.ipynb", port, "x", **environnement):
        page.goto(f"http://127.0.0.1:{port}/?token=x", wait_until="commit")
        page.wait_for_selector(".pixkit-chaleur", timeout=60_000)
        print(f"de la commande à la première page : {time.perf_counter() - debut:.1f} s")
        page.locator(".pixkit-onglets button:enabled").first.wait_for(timeout=60_000)
        print(f"à ses commandes : {time.perf_counter() - debut:.1f} s")
        page.wait_for_timeout(2500)
        debut = time.perf_counter()
        page.get_by_role("button", name="Explorer").click()
        page.wait_for_selector(".pixkit img", timeout=60_000)
        print(f"ouvrir « Explorer » : {time.perf_counter() - debut:.1f} s")
        page.get_by_role("button", name="Écarts d'une classe").click()
        page.wait_for_selector("text=face à :")
        mesurer(page)
        tourner(page, "de question", *QUESTIONS)
        tourner(page, "de page", *PAGES)


def tourner(page, quoi: str, onglets: str, zone: str) -> None:
    """Chaque onglet l'un après l'autre, trois fois, quand on a eu le temps de lire."""
    rangs, durees = range(page.locator(f"{onglets} button").count()), []
    for _ in range(3):
        durees.append([])
        for rang in rangs:
            page.wait_for_timeout(400)
            durees[-1].append(page.evaluate(TOURNER, [onglets, zone, rang]))
    for quand, celles in (("la première fois", durees[0]), ("ensuite", durees[1] + durees[2])):
        mediane, pire = statistics.median(celles), max(celles)
        print(f"changer {quoi}, {quand} : médiane {mediane:.0f} ms, au pire {pire:.0f} ms")


def mesurer(page) -> None:
    """Toutes les classes, six fois, quand on a eu le temps de lire la première image."""
    classes = range(page.get_by_label("Classe", exact=True).locator("option").count())
    page.wait_for_timeout(2500)
    durees = [
        page.evaluate(CHANGER, ["Classe", rang]) for _ in range(6) for rang in [*classes[1:], 0]
    ]
    mediane, pire = statistics.median(durees), max(durees)
    print(
        f"changer de classe : médiane {mediane:.0f} ms, au pire {pire:.0f} ms ({len(durees)} fois)"
    )


if __name__ == "__main__":
    main()
