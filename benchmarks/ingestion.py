"""Lire 2 000 exports de 150 élèves (500 établissements de 4) à deux processus, face à
`pandas.read_csv(dtype=str)` et à pyarrow sur les mêmes fichiers, à deux processus aussi ; puis tuer
vingt fois au hasard, reprendre, et comparer les octets.

Commande : python -m benchmarks.ingestion [ÉTABLISSEMENTS] [COUPURES] (Unix ; 500 et 20 par défaut)
"""

import multiprocessing
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from pyarrow import csv as csv_rapide

from benchmarks.lecture import fabriquer
from pixkit.echelle.arbre import lire_arbre

EXPORTS, ELEVES, OUVRIERS = 4, 150, 2


def fabriquer_arbre(
    racine: Path, nombre: int, exports: int = EXPORTS, eleves: int = ELEVES
) -> Path:
    """Autant d'établissements, aux élèves et aux campagnes de noms distincts."""
    with TemporaryDirectory() as ou:
        fabriquer(Path(ou), exports, eleves)
        modeles = {c.name: c.read_text(encoding="utf-8-sig") for c in sorted(Path(ou).iterdir())}
    for rang in range(nombre):
        siens = racine / f"021{rang:04}A"
        siens.mkdir(parents=True)
        for nom, texte in modeles.items():
            propre = texte.replace("NOM", f"N{rang}NOM").replace("CAMPAG", f"C{rang:04}")
            (siens / nom).write_text(propre, encoding="utf-8-sig", newline="")
    return racine


def octets(racine: Path) -> dict[str, bytes]:
    """{chemin: octets} de tout ce qu'un dossier contient."""
    return {
        c.relative_to(racine).as_posix(): c.read_bytes() for c in racine.rglob("*") if c.is_file()
    }


def commande(arbre: Path, vers: Path) -> list[str]:
    suite = ["lire", str(arbre), "--par-etablissement", "--format", "parquet", "--vers", str(vers)]
    return [sys.executable, "-m", "pixkit", *suite]


def couper(arbre: Path, vers: Path, apres: Iterable[float]) -> int:
    """Lance la lecture et la tue après chacun de ces délais ; rend combien de fois elle vivait
    encore. Puis la laisse finir."""
    tuees = 0
    for delai in apres:
        with subprocess.Popen(commande(arbre, vers), stdout=subprocess.DEVNULL) as lecture:
            try:
                lecture.wait(delai)
            except subprocess.TimeoutExpired:
                tuees += 1
                lecture.kill()
    subprocess.run(commande(arbre, vers), check=True, stdout=subprocess.DEVNULL)
    return tuees


def chronometrer(action: Callable[[], object]) -> tuple[float, float]:
    """(secondes, secondes de processeur des ouvriers compris) : les secondes seules ne disent rien
    d'une machine chargée."""
    debut, calcul = time.perf_counter(), _calcul()
    action()
    return time.perf_counter() - debut, _calcul() - calcul


def _calcul() -> float:
    usages = (resource.getrusage(q) for q in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def avec_pandas(chemin: Path) -> int:
    return len(pd.read_csv(chemin, sep=";", dtype=str))


def avec_pyarrow(chemin: Path) -> int:
    separateur = csv_rapide.ParseOptions(delimiter=";")
    return csv_rapide.read_csv(chemin, parse_options=separateur).num_rows


def a_deux(lire: Callable[[Path], int], fichiers: list[Path]) -> None:
    contexte = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(OUVRIERS, contexte) as bassin:
        list(bassin.map(lire, fichiers, chunksize=EXPORTS))


def main() -> None:
    demandes = [int(nombre) for nombre in sys.argv[1:]]
    nombre, coupures = (*demandes, *(500, 20)[len(demandes) :])
    with TemporaryDirectory() as nom:
        arbre, entier = fabriquer_arbre(Path(nom) / "arbre", nombre), Path(nom) / "entier"
        fichiers = sorted(arbre.rglob("*.csv"))
        temoins = [chronometrer(lambda lire=lire: a_deux(lire, fichiers))
                   for lire in (avec_pandas, avec_pyarrow)]  # fmt: skip
        mesures = [*temoins, chronometrer(lambda: lire_arbre(arbre, entier))]
        for qui, (duree, calcul) in zip(("pandas", "pyarrow", "pixkit"), mesures, strict=True):
            rapports = duree / mesures[0][0], calcul / mesures[0][1]
            print(
                f"{len(fichiers)} exports, {qui} : {duree:.1f} s ({rapports[0]:.2f} × pandas), "
                f"{calcul:.1f} s de processeur ({rapports[1]:.2f} ×)",
                flush=True,
            )
        memoire = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
        encore, _ = chronometrer(lambda: lire_arbre(arbre, entier))
        print(f"{memoire:.0f} Mo par processus ; relancée sans rien de neuf : {encore:.1f} s")
        petit = Path(nom) / "petit"
        for siens in sorted(arbre.iterdir())[: min(nombre, 60)]:
            shutil.copytree(siens, petit / siens.name)
        attendus, hasard = Path(nom) / "attendus", random.Random(20)
        total, _ = chronometrer(lambda: couper(petit, attendus, []))
        tuees, egaux = 0, True
        for rang in range(coupures):
            coupes = Path(nom) / f"coupes{rang}"
            tuees += couper(petit, coupes, [hasard.uniform(0.2, total)])
            egaux &= octets(attendus) == octets(coupes)
        print(f"{tuees} coupures : {'les mêmes octets' if egaux else 'DES OCTETS DIFFÉRENTS'}")


if __name__ == "__main__":
    main()
