"""Quarante visiteurs en dix secondes, par HTTP et liaison au noyau, puis des chargements dans
Chromium : échecs, noyaux restants.

Commande : python -m benchmarks.charge [--prechauffes 10] [--chargements 200]
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import time
import uuid
from http.cookies import SimpleCookie
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client.session import Session
from playwright.sync_api import sync_playwright
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

import demarrer
from benchmarks.pages import noyaux, serveur
from benchmarks.publication import fabriquer
from pixkit.ouverture import port_libre
from pixkit.publication.preparer import preparer_publication
from pixkit.service.lecteur import PUBLICS

VISITEURS, FENETRE = 40, 10.0


async def visiter(port: int, attente: float) -> tuple[float, float]:
    """Un visiteur : (page complète avec son image, noyau qui répond), en secondes. Lève si l'un
    manque."""
    await asyncio.sleep(attente)
    debut = time.perf_counter()
    recus: list[tuple[float, bytes]] = []
    reponse = await AsyncHTTPClient(force_instance=True).fetch(
        f"http://127.0.0.1:{port}/classe", request_timeout=60,
        streaming_callback=lambda morceau: recus.append((time.perf_counter() - debut, morceau)),
    )  # fmt: skip
    page = b"".join(morceau for _, morceau in recus).decode()
    image = next(
        quand for quand, morceau in recus if b"</main>" in morceau
    )  # l'image entière est arrivée
    if "data:image/svg+xml" not in page:
        raise RuntimeError("page sans image")
    temoins = SimpleCookie(
        "; ".join(t.split(";")[0] for t in reponse.headers.get_list("Set-Cookie"))
    )
    cookie = "; ".join(f"{nom}={temoin.coded_value}" for nom, temoin in temoins.items())
    noyau = re.search(r'"kernelId": ?"([\w-]+)"', page)[1]
    adresse = f"ws://127.0.0.1:{port}/api/kernels/{noyau}/channels?session_id={uuid.uuid4().hex}"
    prise = await websocket_connect(HTTPRequest(adresse, headers={"Cookie": cookie}))
    demande = {**Session().msg("comm_info_request"), "channel": "shell"}
    await prise.write_message(json.dumps(demande, default=str))
    while "comm_info_reply" not in str(await asyncio.wait_for(prise.read_message(), 60)):
        pass
    return image, time.perf_counter() - debut


async def foule(port: int) -> list:
    hasard = random.Random(1)
    return await asyncio.gather(
        *(visiter(port, hasard.uniform(0, FENETRE)) for _ in range(VISITEURS)),
        return_exceptions=True,
    )


def centile(durees: list[float], part: float) -> float:
    return sorted(durees)[int(part * (len(durees) - 1))]


def memoire(processus) -> float:
    lignes = Path(f"/proc/{processus.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(
        int(ligne.split()[1]) for ligne in lignes if ligne.startswith("Private")
    ) / 1024 + sum(noyaux(processus))


def charger(port: int, nombre: int) -> tuple[int, list[float]]:
    """Des pages ouvertes puis fermées l'une après l'autre : (pages restées en attente, durées
    jusqu'aux commandes)."""
    bloquees, durees = 0, []
    with sync_playwright() as playwright:
        chemin = demarrer.trouver("chromium")
        navigateur = playwright.chromium.launch(
            executable_path=chemin, args=["--no-sandbox", "--disable-background-networking"]
        )
        for rang in range(nombre):
            page = navigateur.new_page()
            debut = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/{PUBLICS[rang % 3]}")
            try:
                page.wait_for_selector("body.pixkit-pret .pixkit-commandes select", timeout=30_000)
                durees.append(time.perf_counter() - debut)
            except Exception as erreur:
                bloquees += 1
                print(f"page {rang} restée en attente : {str(erreur)[:100]}", file=sys.stderr)
            page.goto("about:blank")  # l'onglet se ferme : la page rend son noyau
            page.close()
        navigateur.close()
    return bloquees, durees


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--prechauffes", type=int, default=10)
    analyseur.add_argument("--chargements", type=int, default=200)
    options = analyseur.parse_args()
    with TemporaryDirectory() as nom:
        dossier, publication = Path(nom) / "dossier", Path(nom) / "publication"
        dossier.mkdir()
        fabriquer(dossier, 1)
        preparer_publication(dossier, effectif_min=5).ecrire(publication)
        port = port_libre()
        commande = [sys.executable, "-m", "pixkit", "servir", str(publication), "--port", str(port)]
        with serveur(
            [*commande, "--prechauffes", str(options.prechauffes)], dossier, port
        ) as processus:
            time.sleep(10 + 2 * options.prechauffes)
            visites = asyncio.run(foule(port))
            reussies = [v for v in visites if not isinstance(v, BaseException)]
            images, noyaux_prets = zip(*reussies, strict=True)
            print(
                f"{VISITEURS} visiteurs en {FENETRE:.0f} s, {options.prechauffes} pages "
                f"préchauffées par public : {VISITEURS - len(reussies)} échec ; page et image, "
                f"médiane {1000 * statistics.median(images):.0f} ms, 95 % "
                f"{1000 * centile(images, 0.95):.0f} ms ; noyau prêt, 95 % "
                f"{1000 * centile(noyaux_prets, 0.95):.0f} ms ; mémoire totale "
                f"{memoire(processus):.0f} Mo"
            )
        with serveur([*commande, "--prechauffes", "1"], dossier, port) as processus:
            bloquees, durees = charger(port, options.chargements)
            time.sleep(8)
            restants = len(noyaux(processus)) - len(PUBLICS)
            print(
                f"{options.chargements} chargements : {bloquees} page bloquée, commandes prêtes "
                f"en {statistics.median(durees):.1f} s (médiane), {restants} noyau restant hors "
                "réserve"
            )


if __name__ == "__main__":
    main()
