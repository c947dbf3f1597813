"""Ce que plusieurs fichiers d'essais partagent : un seul Chromium, et des conversations asynchrones à côté de lui."""

import asyncio
import os
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import sync_playwright

import demarrer
from pixkit import incidents

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


@pytest.fixture(scope="session", autouse=True)
def journal_des_essais(tmp_path_factory):
    """Un imprévu pendant les essais ne s'écrit pas dans le journal de la personne."""
    ou = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as essai:
        essai.setattr(incidents, "user_log_path", lambda *_, **__: ou)
        yield


@pytest.fixture(scope="session")
def chromium():
    chemin = os.environ.get("PIXKIT_CHROMIUM") or next(filter(None, map(shutil.which, demarrer.CHROMIUMS)), None)
    if not chemin:
        assert not os.environ.get("CI"), "En intégration continue, Chromium doit être là."
        pytest.skip("Pas de Chromium sur cette machine.")
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(executable_path=chemin, args=OPTIONS)
        yield navigateur
        navigateur.close()


def executer(coroutine: Coroutine):
    """Le résultat d'une coroutine, dans un fil à part : Playwright tient déjà la boucle de celui-ci."""
    with ThreadPoolExecutor(1) as fil:
        return fil.submit(asyncio.run, coroutine).result()
