"""Les pages servies, statiques et l'atelier dans Firefox ESR, celui de bien des établissements : ce
que la console y dit d'erreurs, et ce qui ne s'y charge pas ; les captures restent à regarder.

Par WebDriver BiDi, que Firefox parle de lui-même. Pour l'avoir : apt install firefox-esr.

Commande : python -m benchmarks.firefox [--vers CAPTURES]
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tornado.websocket import WebSocketClientConnection, websocket_connect

from pixkit.embarque import APPS, DEMO
from pixkit.ouverture import attendre, port_libre, voila
from pixkit.publication.preparer import preparer_publication
from pixkit.service.lecteur import PUBLICS
from tests.test_serveur import Serveur

TAILLES = {"1366": (1366, 768), "390": (390, 844)}
PAGES = (
    "Où en sommes-nous ?", "Qui est qui", "Relances", "Explorer", "Classes côte à côte", "Élèves",
    "Angles morts", "Accompagner", "Choisir", "Certifier", "Année", "Publier",
)  # fmt: skip
PARAITRE = """new Promise((fini, rate) => {{ const debut = performance.now(); const voir = () =>
  document.querySelector("{}") ? fini(true) : performance.now() - debut > 60000 ?
  rate(Error("rien ne paraît")) : setTimeout(voir, 50); voir(); }})"""
PRESSER = """(() => {{ [...document.querySelectorAll('button')].find(
  bouton => bouton.innerText.trim() === {} && bouton.offsetParent).click(); return true; }})()"""
CHANGER = """new Promise(fini => { const liste = document.querySelectorAll('select')[1];
  const avant = document.querySelector('.pixkit-etat'); liste.selectedIndex = 1;
  liste.dispatchEvent(new Event('change', {bubbles: true}));
  const voir = () => avant.isConnected ? requestAnimationFrame(voir) : fini(true); voir(); })"""


class Firefox:
    """Un onglet, et les `ennuis` qu'on y a vus."""

    def __init__(self, prise: WebSocketClientConnection):
        self._prise, self._demandes, self.ennuis = prise, 0, []

    async def dire(self, methode: str, **parametres) -> dict:
        """Ce que Firefox répond à une commande. Lève RuntimeError s'il la refuse."""
        self._demandes += 1
        demande = {"id": self._demandes, "method": methode, "params": parametres}
        await self._prise.write_message(json.dumps(demande))
        while True:
            dit = json.loads(await self._prise.read_message())
            if dit.get("id") == self._demandes:
                if dit["type"] == "error":
                    raise RuntimeError(dit["message"])
                return dit["result"]
            self._noter(dit.get("method"), dit.get("params", {}))

    def _noter(self, quoi: str | None, details: dict) -> None:
        if quoi == "log.entryAdded" and details["level"] == "error":
            self.ennuis.append(details["text"])
        elif quoi == "network.responseCompleted" and details["response"]["status"] >= 400:
            self.ennuis.append(f"{details['response']['status']} {details['request']['url']}")

    async def preparer(self) -> None:
        await self.dire("session.new", capabilities={})
        await self.dire("session.subscribe", events=["log.entryAdded", "network.responseCompleted"])
        arbre = await self.dire("browsingContext.getTree")
        self._ou = arbre["contexts"][0]["context"]

    async def aller(self, adresse: str, attendu: str, taille: tuple[int, int]) -> None:
        vue = dict(zip(("width", "height"), taille, strict=True))
        await self.dire("browsingContext.setViewport", context=self._ou, viewport=vue)
        await self.dire("browsingContext.navigate", context=self._ou, url=adresse, wait="complete")
        await self.faire(PARAITRE.format(attendu))

    async def faire(self, script: str) -> None:
        """Lève RuntimeError si le script échoue."""
        fait = await self.dire(
            "script.evaluate", expression=script, target={"context": self._ou}, awaitPromise=True
        )
        if fait["type"] == "exception":
            raise RuntimeError(fait["exceptionDetails"]["text"])

    async def capturer(self, vers: Path) -> None:
        await asyncio.sleep(1)
        image = await self.dire("browsingContext.captureScreenshot", context=self._ou)
        vers.write_bytes(b64decode(image["data"]))


@asynccontextmanager
async def firefox() -> AsyncIterator[Firefox]:
    """Un Firefox neuf, le temps d'un bloc."""
    port = port_libre()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profil:
        processus = subprocess.Popen(
            ["firefox-esr", "--headless", "--profile", profil,
             f"--remote-debugging-port={port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            attendre(port, processus)
            ou = f"ws://127.0.0.1:{port}/session"
            lui = Firefox(await websocket_connect(ou, max_message_size=1 << 28))
            await lui.preparer()
            yield lui
        finally:
            processus.terminate()
            processus.wait()


async def lire(lui: Firefox, publication: Path, captures: Path) -> None:
    """Chaque page servie, un choix changé ; et les statiques."""
    serveur = Serveur(publication)
    adresses = {f"servie-{un}": f"{serveur.adresse}/{un}" for un in PUBLICS}
    adresses["statique"] = (publication / "index.html").as_uri()
    adresses["statique-classe"] = (publication / "pages/classe/0000.html").as_uri()
    try:
        for nom, adresse in adresses.items():
            for largeur, taille in TAILLES.items():
                await lui.aller(adresse, "h1", taille)
                if nom == "servie-classe":
                    await lui.faire(CHANGER)
                await lui.capturer(captures / f"{nom}-{largeur}.png")
    finally:
        serveur.fermer()


async def travailler(lui: Firefox, dossier: Path, captures: Path) -> None:
    """Chaque page de l'atelier."""
    port, reglages = port_libre(), {"PIXKIT_DOSSIER": str(dossier), "XDG_STATE_HOME": str(dossier)}
    with voila(APPS / "atelier.ipynb", port, "x", **reglages):
        adresse = f"http://127.0.0.1:{port}/?token=x"
        await lui.aller(adresse, ".pixkit-chaleur", TAILLES["1366"])
        for rang, page in enumerate(PAGES):
            await lui.faire(PRESSER.format(json.dumps(page)))
            await lui.capturer(captures / f"atelier-{rang:02}.png")
        await lui.aller("about:blank", "body", TAILLES["1366"])


async def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--vers", type=Path, default=Path(tempfile.mkdtemp()))
    captures = analyseur.parse_args().vers
    captures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as a_soi:
        dossier = shutil.copytree(DEMO / "college", Path(a_soi) / "college")
        apercu = preparer_publication(dossier, effectif_min=5, html=True)
        publication = apercu.ecrire(Path(a_soi) / "publication")
        async with firefox() as lui:
            await lire(lui, publication, captures)
            await travailler(lui, dossier, captures)
            print(f"Ennuis : {lui.ennuis}\nCaptures : {captures}")


if __name__ == "__main__":
    asyncio.run(main())
