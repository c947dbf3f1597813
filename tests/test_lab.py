"""JupyterLab tel que `pixkit lab` l'ouvre : en français, sur un carnet, sans rien d'ailleurs."""

import os
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

PATIENCE = 60_000


def test_lab_s_ouvre_en_francais_sur_le_premier_carnet_et_le_terminal_se_tait(chromium, tmp_path):
    lab = subprocess.Popen(
        [sys.executable, "-m", "pixkit", "lab", "--sans-navigateur"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    try:
        page, demandes = chromium.new_page(), []
        page.on("request", lambda requete: demandes.append(requete.url))
        page.goto(re.search(r"http\S+", lab.stdout.readline())[0])
        expect(page.get_by_role("menuitem", name="Fichier")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("heading", name="Lire les exports Pix")).to_be_visible(
            timeout=PATIENCE
        )
        # Le noyau répond : ce qu'il aurait à dire au terminal y est.
        expect(page.get_by_role("button", name="Inactif")).to_be_visible(timeout=PATIENCE)
        assert page.get_by_role("tab", name="Lanceur").count() == 0
        assert page.get_by_text("Would you like").count() == 0
        page.close()
    finally:
        lab.terminate()
        lab.wait(30)
        reste = lab.stdout.read()
    assert [
        une for une in demandes if not re.match(r"(http|ws)://127\.0\.0\.1|data:|blob:", une)
    ] == []
    assert [ligne for ligne in reste.splitlines() if "received signal" not in ligne] == [
        "(Ctrl-C pour fermer.)"
    ]
