"""JupyterLab tel que `pixkit lab` l'ouvre : en français, sur un carnet, sans rien d'ailleurs."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import expect

PATIENCE = 60_000


def test_lab_s_ouvre_en_francais_sur_le_premier_carnet_et_le_terminal_se_tait(chromium, tmp_path):
    terminal = tmp_path / "terminal.txt"
    lab = subprocess.Popen(
        [sys.executable, "-m", "pixkit", "lab", "--sans-navigateur"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "PYTHONUTF8": "1"},
        stdout=terminal.open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        page, demandes = chromium.new_page(), []
        page.on("request", lambda requete: demandes.append(requete.url))
        while not (adresse := re.search(r"http\S+", terminal.read_text(encoding="utf-8"))):
            assert lab.poll() is None
            time.sleep(0.1)
        page.goto(adresse[0])
        expect(page.get_by_role("menuitem", name="Fichier")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("heading", name="Lire les exports Pix")).to_be_visible(
            timeout=PATIENCE
        )
        # Le noyau répond : ce qu'il aurait à dire au terminal y est.
        expect(page.get_by_role("button", name="Inactif")).to_be_visible(timeout=PATIENCE)
        assert page.get_by_role("tab", name="Lanceur").count() == 0
        assert page.get_by_text("Would you like").count() == 0
        page.close()
        dit = terminal.read_text(encoding="utf-8").splitlines()
    finally:
        lab.terminate()
        lab.wait()
    assert [
        une for une in demandes if not re.match(r"(http|ws)://127\.0\.0\.1|data:|blob:", une)
    ] == []
    assert dit[1:] == ["(Ctrl-C pour fermer.)"]
