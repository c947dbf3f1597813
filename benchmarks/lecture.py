"""Lire 20 exports de 1 500 élèves, tous les acquis compris, contre `pandas.read_csv(dtype=str)` sur
les mêmes fichiers.

Commande : python benchmarks/lecture.py
"""

import csv
import random
import statistics
import tempfile
import time
from pathlib import Path

import pandas as pd

from pixkit.lecture import lire_dossier

MODELE = Path(__file__).parents[1] / "tests" / "exports" / "02_4e_acquis" / "export.csv"
NB_FICHIERS, NB_ELEVES, TOURS = 20, 1500, 5


def fabriquer(dossier: Path, nb_fichiers: int = NB_FICHIERS, nb_eleves: int = NB_ELEVES) -> None:
    """Des campagnes aux élèves de noms distincts, tirées d'un vrai export à 107 acquis."""
    hasard = random.Random(1)
    with MODELE.open(encoding="utf-8-sig", newline="") as fichier:
        entete, *lignes = csv.reader(fichier, delimiter=";")
    for numero in range(nb_fichiers):
        with (dossier / f"export-{numero:02}.csv").open(
            "w", encoding="utf-8-sig", newline=""
        ) as fichier:
            sortie = csv.writer(fichier, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
            sortie.writerow(entete)
            for rang in range(nb_eleves):
                ligne = list(hasard.choice(lignes))
                ligne[1:3] = [str(1000 + numero), f"CAMPAG{numero:03}"]
                ligne[5:7] = [f"NOM{rang}", f"Prénom{rang % 97}"]
                sortie.writerow(ligne)


def chronometrer(action) -> float:
    debut = time.perf_counter()
    action()
    return time.perf_counter() - debut


def main() -> None:
    with tempfile.TemporaryDirectory() as nom:
        dossier = Path(nom)
        fabriquer(dossier)
        fichiers = sorted(dossier.glob("*.csv"))
        temoin, pixkit = [], []
        for _ in range(TOURS):
            temoin.append(
                chronometrer(lambda: [pd.read_csv(f, sep=";", dtype=str) for f in fichiers])
            )
            pixkit.append(chronometrer(lambda: lire_dossier(dossier)))
    rapport = statistics.median(p / t for p, t in zip(pixkit, temoin, strict=True))
    print(
        f"pandas.read_csv : {statistics.median(temoin):.2f} s ; pixkit : "
        f"{statistics.median(pixkit):.2f} s"
    )
    print(f"rapport médian : {rapport:.2f} (au plus 2,5 demandé)")


if __name__ == "__main__":
    main()
