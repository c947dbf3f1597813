"""Toutes les mesures d'une école de 1 500 élèves et trois campagnes, face à un simple `groupby` des
mêmes tables.

Commande : python benchmarks/mesures.py
"""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.lecture import fabriquer
from pixkit.lecture import lire_dossier
from pixkit.mesures import (
    angles_morts,
    dispersion,
    ecarts,
    estimations,
    loin_du_groupe,
    par_eleve,
    participation,
    resultats_retenus,
)

TOURS = 7


def tout_mesurer(tables) -> None:
    """Ce que l'atelier montre de chaque campagne."""
    resultats = resultats_retenus(tables)
    for _, lignes in resultats.groupby("campagne"):
        for sur in ("domaine", "competence"):
            ecarts(lignes, sur=sur)
            estimations(lignes, sur=sur, objectif=0.5)
        for mesurer in (dispersion, loin_du_groupe):
            mesurer(lignes)
        par_eleve(lignes, par="classe")
    angles_morts(resultats)
    participation(tables.participations)


def temoin(tables) -> None:
    """Le plus simple qu'on puisse faire : la somme des acquis par élève et par classe de chaque
    compétence."""
    resultats = resultats_retenus(tables)
    for _, lignes in resultats.groupby("campagne"):
        lignes.groupby(["classe", "competence", "eleve"])[
            ["nb_acquis", "nb_acquis_maitrises"]
        ].sum()


def chronometrer(action, tables) -> float:
    debut = time.perf_counter()
    action(tables)
    return time.perf_counter() - debut


def main() -> None:
    with TemporaryDirectory() as nom:
        fabriquer(Path(nom), 3, 1500)
        tables = lire_dossier(nom)
    tout_mesurer(tables)
    simples = [chronometrer(temoin, tables) for _ in range(TOURS)]
    mesures = [chronometrer(tout_mesurer, tables) for _ in range(TOURS)]
    rapport = statistics.median(m / s for m, s in zip(mesures, simples, strict=True))
    participations = len(tables.participations)
    print(
        f"{participations} participations, 3 campagnes : toutes les mesures "
        f"{statistics.median(mesures):.2f} s, {rapport:.1f} × un groupby "
        f"({statistics.median(simples):.3f} s)"
    )


if __name__ == "__main__":
    main()
