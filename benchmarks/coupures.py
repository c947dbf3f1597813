"""Tuer pendant chaque écriture (SIGKILL, au hasard) : rien de perdu, rien d'à moitié. Puis deux
processus qui décident ensemble, et un disque plein à chaque écriture.

Commande : python -m benchmarks.coupures [COUPURES] (Unix ; 200 de chaque par défaut)
"""

import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from pixkit import documents
from pixkit.decisions import HORS, Decision, decider, lire_decisions
from pixkit.documents.bilan import Bilan
from pixkit.ecole import Ecole, ouvrir
from pixkit.ecriture import ecrire
from pixkit.ecriture_sure import Sortie, reprendre
from pixkit.embarque import DEMO
from pixkit.erreurs import EcritureImpossible
from pixkit.mesures import attestations
from pixkit.parcours import plan_de_classe
from pixkit.publication import place
from pixkit.service.lecteur import mise_de_cote
from pixkit.sessions import planifier
from pixkit.sessions.eligibles import eligibles
from pixkit.sessions.salles import Creneau

A_DEUX = multiprocessing.get_context("spawn" if os.name == "nt" else "fork")
Fichiers = dict[str, bytes]
_DUREES: dict[tuple[Callable, Path], float] = {}


def une_decision(qui: str, rang: int) -> Decision:
    return Decision(f"NOM{rang}", qui, "6eA", "2026-2027", "", HORS, "", "")


def decider_en_boucle(dossier: Path, qui: str, dire) -> None:
    for rang in count():
        decider(dossier, une_decision(qui, rang))
        dire.send(rang + 1)


def ecrire_fichiers(racine: Path, fichiers: Fichiers) -> None:
    sortie = Sortie(racine)
    sortie.fichiers = fichiers
    sortie.ecrire()


def ecrire_en_boucle(racine: Path, versions: list[Fichiers], dire) -> None:
    for rang, fichiers in enumerate(cycle(versions)):
        ecrire_fichiers(racine, fichiers)
        dire.send(rang + 1)


def publier_en_boucle(cible: Path, versions: list[Fichiers], dire) -> None:
    for rang, fichiers in enumerate(cycle(versions)):
        place.remplacer(cible, fichiers)
        dire.send(rang + 1)


def tuer(geste: Callable, ou: Path, *arguments: object, hasard: random.Random) -> int:
    """Lance un geste sans fin, le tue pendant sa première écriture ou peu après ; rend combien de
    fois il a dit avoir fini."""
    entend, dire = A_DEUX.Pipe(duplex=False)
    processus = A_DEUX.Process(target=_commencer, args=(geste, ou, *arguments, dire))
    processus.start()
    dire.close()
    faits, debut = entend.recv(), time.perf_counter()
    if (geste, ou) not in _DUREES:  # la première fois, pour savoir ce qu'une écriture dure
        faits = entend.recv()
        _DUREES[geste, ou] = time.perf_counter() - debut
    else:
        time.sleep(hasard.uniform(0, 2) * _DUREES[geste, ou])
    processus.kill()
    processus.join()
    try:
        while entend.poll():
            faits = entend.recv()
    except EOFError:
        return faits
    return faits


def _commencer(geste: Callable, *arguments) -> None:
    arguments[-1].send(0)
    geste(*arguments)


def lus(racine: Path) -> Fichiers:
    chemins = (chemin for chemin in racine.rglob("*") if chemin.is_file())
    return {chemin.relative_to(racine).as_posix(): chemin.read_bytes() for chemin in chemins}


def couper_les_decisions(dossier: Path, hasard: random.Random) -> int:
    """Chaque décision dont on a dit qu'elle était gardée l'est encore."""
    avant = len(lire_decisions(dossier))
    qui = f"{hasard.random()}"
    faits = tuer(decider_en_boucle, dossier, qui, hasard=hasard)
    gardees = lire_decisions(dossier)
    siennes = [une.nom for une in gardees if une.prenom == qui]
    assert len(gardees) - avant == len(siennes) in (faits, faits + 1)
    return faits


def couper_un_ensemble(racine: Path, versions: list[Fichiers], hasard: random.Random) -> int:
    """Chaque fichier est entier, aussitôt ; reprise faite, tous sont de la même version."""
    faits = tuer(ecrire_en_boucle, racine, versions, hasard=hasard)
    if not racine.exists():
        return faits
    for nom, octets in lus(racine).items():
        assert nom.startswith(".pixkit") or octets in [une[nom] for une in versions]
    reprendre(racine)
    (racine / ".pixkit.verrou").unlink(missing_ok=True)
    assert lus(racine) in [*versions, {}]
    return faits


def couper_une_publication(cible: Path, versions: list[Fichiers], hasard: random.Random) -> int:
    """Celle qui se lit est entière, aussitôt ; une autre prend sa place, et rien ne reste."""
    faits = tuer(publier_en_boucle, cible, versions, hasard=hasard)
    lue = cible if cible.exists() or not mise_de_cote(cible).exists() else mise_de_cote(cible)
    assert (lus(lue) if lue.exists() else {}) in [*versions, {}]
    place.remplacer(cible, versions[0])
    assert lus(cible) == versions[0]
    assert [chemin.name for chemin in cible.parent.iterdir()] == [cible.name]
    return faits


def decider_ensemble(dossier: Path, chacun: int) -> int:
    """Deux processus, `chacun` décisions : combien sont gardées."""
    deux = [
        A_DEUX.Process(target=_decider, args=(dossier, qui, chacun)) for qui in ("Ada", "Grace")
    ]
    for processus in deux:
        processus.start()
    for processus in deux:
        processus.join()
    return len(lire_decisions(dossier))


def _decider(dossier: Path, qui: str, combien: int) -> None:
    for rang in range(combien):
        decider(dossier, une_decision(qui, rang))


UN_BILAN = Bilan("Bilan", "", "", datetime(2026, 11, 20), [], [])


def en_memoire(ecole: Ecole) -> dict[str, Fichiers]:
    """{ce qui s'écrit: ses fichiers} : les tables, et chaque document."""
    classe = ecole.resultats["classe"].mode()[0]
    plan = plan_de_classe(ecole.resultats, ecole.catalogue, classe=classe, but="faibles",
                          minutes=120, maximum=None)  # fmt: skip
    obtenue = attestations(ecole.tables, ecole.liens, ecole.suivi).assign(obtenue="oui")
    noms = ecole.tables.eleves.set_index("eleve")["nom"]
    jours = {"du": date(2027, 3, 15), "au": date(2027, 3, 15), "annee_scolaire": "2026-2027"}
    candidats = eligibles(ecole.tables.eleves, annee_scolaire="2026-2027")
    sessions = planifier(candidats, [Creneau(datetime(2027, 3, 15, 8), "101", 30)], **jours)
    gestes = {
        "lire": lambda ou: ecrire(ecole.tables, ou),
        "relances": lambda ou: documents.ecrire_relances(ecole.suivi, ou),
        "feuille de route": lambda ou: documents.ecrire_feuille_de_route(plan, ou, classe=classe),
        "fiches": lambda ou: documents.ecrire_fiches_eleves(plan, noms, ou),
        "livrets": lambda ou: documents.ecrire_livrets(ecole.livrets, ou),
        "attestations": lambda ou: documents.ecrire_attestations(obtenue, ou),
        "bilan": lambda ou: documents.ecrire_bilan(UN_BILAN, ou),
        "sessions": lambda ou: documents.ecrire_sessions(sessions, ou),
        "familles": lambda ou: documents.ecrire_page_familles(
            ou, etablissement="Collège", annee_scolaire="2026-2027"
        ),
    }
    faits = {}
    for nom, geste in gestes.items():
        sortie = Sortie()
        geste(sortie)
        faits |= {nom: sortie.fichiers} if sortie.fichiers else {}
    return faits


def deux_versions(fichiers: Fichiers) -> list[Fichiers]:
    """Ces fichiers, et d'autres de mêmes noms."""
    return [fichiers, {nom: octets + b"\n" for nom, octets in fichiers.items()}]


@contextmanager
def petit_disque(ou: Path, octets: int) -> Iterator[Path | None]:
    """Un disque de cette taille, monté à cet endroit ; None si la machine ne le permet pas."""
    ou.mkdir()
    commande = ["mount", "-t", "tmpfs", "-o", f"size={octets}", "tmpfs", str(ou)]
    monte = shutil.which("mount") and subprocess.run(commande, check=False).returncode == 0
    try:
        yield ou if monte else None
    finally:
        if monte:
            subprocess.run(["umount", str(ou)], check=True)


def remplir(disque: Path, laisse: int) -> None:
    """Prend tout le disque, sauf `laisse` octets."""
    with (disque / "rempli").open("wb") as plein:
        libre = os.statvfs(disque)
        plein.write(b"0" * max(libre.f_bavail * libre.f_frsize - laisse, 0))


def disque_plein(disque: Path, ecrire_en: Callable, versions: list[Fichiers], laisse: int) -> None:
    """L'ancienne version est entière, et rien ne reste de la nouvelle."""
    racine = disque / "sortie"
    ecrire_en(racine, versions[0])
    remplir(disque, laisse)
    try:
        ecrire_en(racine, versions[1])
        attendue = versions[1]
    except EcritureImpossible:
        attendue = versions[0]
    assert lus(racine) == attendue
    assert {chemin.name for chemin in disque.iterdir()} == {"sortie", "rempli"}
    (disque / "rempli").unlink()
    shutil.rmtree(racine)


def decider_sur_un_disque_plein(disque: Path) -> None:
    """Une décision refusée n'en perd aucune, et se reprend quand il y a de la place."""
    for rang in range(50):
        decider(disque, une_decision("Ada", rang))
    remplir(disque, 0)
    try:
        decider(disque, une_decision("Ada", 50))
        refusee = False
    except EcritureImpossible:
        refusee = True
    assert refusee
    assert len(lire_decisions(disque)) == 50
    assert {chemin.name for chemin in disque.iterdir()} == {"pixkit_decisions.csv", "rempli"}
    (disque / "rempli").unlink()
    assert len(decider(disque, une_decision("Ada", 50))) == 51
    (disque / "pixkit_decisions.csv").unlink()


def main() -> None:
    coupures = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    hasard = random.Random(1)
    with TemporaryDirectory() as nom:
        ici = Path(nom)
        dossier = shutil.copytree(DEMO / "college", ici / "dossier")
        tout = en_memoire(ouvrir(dossier))
        publication = {f"vues/{rang:016x}.json": b"{}" * 2000 for rang in range(40)}
        gestes = {"décisions": (couper_les_decisions, dossier)} | {
            geste: (couper_un_ensemble, ici / geste, deux_versions(fichiers))
            for geste, fichiers in tout.items()
        }
        (ici / "publiee").mkdir()
        versions = deux_versions(publication)
        gestes["publication"] = (couper_une_publication, ici / "publiee" / "p", versions)
        for geste, (couper, *arguments) in gestes.items():
            faits = sum(couper(*arguments, hasard=hasard) for _ in range(coupures))
            print(f"{geste} : {coupures} coupures, {faits} écritures finies ; rien de perdu.")
        neuf = ici / "deux"
        neuf.mkdir()
        debut = time.perf_counter()
        gardees = decider_ensemble(neuf, 500)
        print(f"2 × 500 décisions : {gardees} gardées en {time.perf_counter() - debut:.0f} s.")
        with petit_disque(ici / "disque", 8 * 2**20) as disque:
            ecritures = {geste: (ecrire_fichiers, fichiers) for geste, fichiers in tout.items()}
            ecritures["publication"] = (place.remplacer, publication)
            for geste, (ecrire_en, fichiers) in ecritures.items() if disque else ():
                total = sum(map(len, fichiers.values()))
                for part in (0, 0.3, 0.9, 1.5, 3):
                    laisse = int(part * total)
                    disque_plein(disque, ecrire_en, deux_versions(fichiers), laisse)
                print(f"{geste}, disque plein : l'ancien entier, rien ne reste.")
            if disque:
                decider_sur_un_disque_plein(disque)
                print("décisions, disque plein : aucune de perdue.")


if __name__ == "__main__":
    main()
