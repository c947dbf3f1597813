"""Changer de classe dans l'atelier, dans Chromium : du choix à la nouvelle image.

Commande : python -m benchmarks.atelier [--dossier DOSSIER]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

import demarrer

RACINE = Path(__file__).parents[1]
CHANGER = """([label, rang]) => new Promise(fini => {
  const image = () => document.querySelector('.pixkit img')?.src, avant = image(), debut = performance.now();
  const liste = document.getElementById([...document.querySelectorAll('label')].find(l => l.innerText === label).htmlFor);
  liste.selectedIndex = rang; liste.dispatchEvent(new Event('change', {bubbles: true}));
  const attendre = () => (image() && image() !== avant) || performance.now() - debut > 5000
    ? fini(performance.now() - debut) : requestAnimationFrame(attendre);
  attendre(); })"""


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--dossier", default=str(RACINE / "data" / "demo" / "college"))
    dossier = analyseur.parse_args().dossier
    port = demarrer.port_libre()
    gabarits = str(RACINE / "voila_apps" / "gabarits")
    environnement = {
        **os.environ,
        "PIXKIT_DOSSIER": dossier,
        "JUPYTER_PATH": gabarits,
        "PYTHONPATH": str(RACINE),
    }
    commande = [
        sys.executable,
        "-m",
        "voila",
        str(RACINE / "voila_apps" / "atelier.ipynb"),
        *demarrer.REGLAGES_VOILA,
    ]
    serveur = subprocess.Popen(
        [*commande, f"--port={port}", "--token=x"], env=environnement, stderr=subprocess.DEVNULL
    )
    try:
        demarrer.attendre(port, serveur)
        with sync_playwright() as playwright:
            chemin = demarrer.trouver("chromium")
            page = playwright.chromium.launch(
                executable_path=chemin, args=["--no-sandbox"]
            ).new_page()
            debut = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/?token=x")
            page.wait_for_selector(".pixkit img", timeout=60_000)
            print(f"première image : {time.perf_counter() - debut:.1f} s")
            page.get_by_role("button", name="Écarts d'une classe").click()
            page.wait_for_selector("text=face à :")
            mesurer(page)
    finally:
        serveur.terminate()


def mesurer(page) -> None:
    """Toutes les classes, six fois, deux secondes et demie après l'ouverture : le temps de lire la première image."""
    classes = range(page.get_by_label("Classe", exact=True).locator("option").count())
    page.wait_for_timeout(2500)
    durees = [
        page.evaluate(CHANGER, ["Classe", rang]) for _ in range(6) for rang in [*classes[1:], 0]
    ]
    print(
        f"changer de classe : médiane {statistics.median(durees):.0f} ms, au pire {max(durees):.0f} ms ({len(durees)} fois)"
    )


if __name__ == "__main__":
    main()
