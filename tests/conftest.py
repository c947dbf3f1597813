"""Ce que plusieurs fichiers d'essais partagent.

Les outils de la machine, un seul Chromium, et des conversations asynchrones à côté de lui.
"""

import asyncio
import gc
import os
import subprocess
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import demarrer
from pixkit import incidents
from pixkit.panneaux import souvenir
from pixkit.panneaux.commandes import Panneau

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


def outil(nom: str) -> str:
    """Le chemin d'un outil de `demarrer.OUTILS` ; sans lui l'essai se saute, ou échoue sous CI."""
    chemin = demarrer.trouver(nom)
    if chemin is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{nom} n'est pas installé.")
    return chemin


def texte_du_pdf(chemin: Path) -> str:
    """Ce qu'un autre programme que le nôtre lit dans un PDF."""
    commande = [outil("pdftotext"), "-layout", chemin, "-"]
    return subprocess.run(commande, check=True, capture_output=True).stdout.decode()


def pytest_collection_finish():
    """Ce que les essais ont chargé reste jusqu'au bout : le relire, à chaque passage du
    ramasse-miettes, coûte à qui crée beaucoup d'objets (dessins, PDF)."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def journal_des_essais(tmp_path_factory):
    """Un essai n'écrit ni dans le journal ni dans les réglages de la personne."""
    ou = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as essai:
        essai.setattr(incidents, "user_log_path", lambda *_, **__: ou)
        essai.setattr(souvenir, "user_state_path", lambda *_, **__: ou)
        essai.setenv("XDG_STATE_HOME", str(ou))  # les noyaux que l'essai lance
        yield


@pytest.fixture(scope="session", autouse=True)
def gestes_sans_attente():
    """Un essai clique plus vite qu'une personne."""
    with pytest.MonkeyPatch.context() as essai:
        essai.setattr(Panneau, "DOUBLE_CLIC", 0.0)
        yield


@pytest.fixture(scope="session")
def chromium():
    chemin = outil("chromium")
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(executable_path=chemin, args=OPTIONS)
        yield navigateur
        navigateur.close()


def executer(coroutine: Coroutine):
    """Le résultat d'une coroutine, dans un fil à part : Playwright tient déjà la boucle de
    celui-ci."""
    with ThreadPoolExecutor(1) as fil:
        return fil.submit(asyncio.run, coroutine).result()
