"""Par HTTP : quarante spectateurs en dix secondes, puis mille en trente, qui ouvrent chacun une
page et y choisissent deux fois : durées, échecs, noyaux restants, mémoire.

Commande : python -m benchmarks.charge [--spectateurs 1000]
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode
from urllib.request import urlopen

from tornado.httpclient import AsyncHTTPClient

from benchmarks.pages import centile, memoire, serveur
from benchmarks.publication import fabriquer
from pixkit.ouverture import port_libre
from pixkit.publication.preparer import preparer_publication
from pixkit.service.lecteur import PUBLICS, Publication

FRAGMENT = {"X-Pixkit-Fragment": "1"}


async def demander(adresse: str, *attendus: str, **en_tetes: str) -> float:
    """Les secondes qu'une réponse entière met à venir. Lève si ce n'est pas la bonne."""
    client = AsyncHTTPClient(force_instance=True)  # à chacun sa liaison
    debut = time.perf_counter()
    reponse = await client.fetch(adresse, headers=en_tetes, request_timeout=60)
    duree = time.perf_counter() - debut
    client.close()
    if manquants := [un for un in attendus if un not in reponse.body.decode()]:
        raise RuntimeError(f"{adresse} : sans {manquants}")
    return duree


async def regarder(attente: float, page: str, choix: list[str]) -> tuple[float, list[float]]:
    """Un spectateur : sa page, image et commandes comprises, puis ses choix ; en secondes."""
    await asyncio.sleep(attente)
    ouverte = await demander(page, "<section class='pixkit-vue'>", "<select", "</html>")
    changes = [
        await demander(f"{page}?{un}", f"data-etat='{escape(un)}'", **FRAGMENT) for un in choix
    ]
    return ouverte, changes


async def foule(base: str, publication: Path, nombre: int, secondes: float) -> list:
    """Des spectateurs venus au hasard dans ces secondes, chacun sur l'un des tableaux de bord."""
    hasard, lue = random.Random(nombre), Publication(publication)
    etats = {public: lue.audience(public).etats for public in PUBLICS}
    venues = []
    for _ in range(nombre):
        public = hasard.choice([un for un in PUBLICS if etats[un]])
        choix = [urlencode(hasard.choice(etats[public])["choix"]) for _ in range(2)]
        venues.append(regarder(hasard.uniform(0, secondes), base + public, choix))
    return await asyncio.gather(*venues, return_exceptions=True)


def raconter(nombre: int, secondes: float, venues: list) -> None:
    reussies = [une for une in venues if not isinstance(une, BaseException)]
    for echec in [une for une in venues if isinstance(une, BaseException)][:3]:
        print(f"échec : {echec!r}", file=sys.stderr)
    pages = [page for page, _ in reussies]
    changes = [un for _, les in reussies for un in les]
    print(
        f"{nombre} spectateurs en {secondes:.0f} s : {nombre - len(reussies)} échec ; page, image "
        f"et commandes, {_durees(pages)} ; changement, {_durees(changes)}"
    )


def _durees(secondes: list[float]) -> str:
    return (
        f"médiane {1000 * statistics.median(secondes):.0f} ms, "
        f"95 % {1000 * centile(secondes, 0.95):.0f} ms"
    )


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--spectateurs", type=int, default=1000)
    nombreux = analyseur.parse_args().spectateurs
    with TemporaryDirectory() as nom:
        dossier, publication = Path(nom) / "dossier", Path(nom) / "publication"
        dossier.mkdir()
        fabriquer(dossier, 2)
        preparer_publication(dossier, effectif_min=5).ecrire(publication)
        port = port_libre()
        base = f"http://127.0.0.1:{port}/"
        commande = [sys.executable, "-m", "pixkit", "servir", str(publication), "--port", str(port)]
        with serveur(commande, dossier, port) as processus:
            for public in PUBLICS:
                urlopen(base + public).read()
            avant, debut = memoire(processus), processus.cpu_times()
            for nombre, secondes in ((40, 10), (nombreux, 30)):
                raconter(nombre, secondes, asyncio.run(foule(base, publication, nombre, secondes)))
            fin = processus.cpu_times()
            print(
                f"{len(processus.children(recursive=True))} noyau restant ; mémoire du serveur "
                f"{avant:.0f} Mo avant, {memoire(processus):.0f} Mo après ; processeur "
                f"{fin.user + fin.system - debut.user - debut.system:.0f} s"
            )


if __name__ == "__main__":
    main()
