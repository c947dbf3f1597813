"""Planifier 40 classes parmi 100 parcours, face à un choix glouton et au même choix par HiGHS ; et
le nouveau plan d'une classe quand on change les minutes.

Commande : python -m benchmarks.parcours
"""

import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd

from pixkit.lecture import lire_dossier
from pixkit.mesures import resultats_retenus
from pixkit.parcours import charger_catalogue, choisir, plan_de_classe, resoudre
from pixkit.parcours.catalogue import couverture
from pixkit.parcours.choix import valeur_de
from pixkit.referentiel import competences

DEMO = Path(__file__).parents[1] / "data" / "demo" / "college"
CODES = list(competences())


def tirer(alea: np.random.Generator, nombre: int) -> pd.DataFrame:
    lignes = [
        {
            "parcours": f"p{rang:03}",
            "minutes": int(alea.choice([20, 30, 40, 50, 60])),
            "minutes_supposees": False,
            "competences_deduites": False,
            "acquis": {
                code: int(alea.integers(1, 8))
                for code in alea.choice(CODES, alea.integers(1, 5), replace=False)
            },
        }
        for rang in range(nombre)
    ]
    return pd.DataFrame(lignes)


def glouton(besoin: pd.DataFrame, offre: pd.DataFrame, minutes: int) -> float:
    """Prendre chaque fois ce qui rapporte le plus par minute."""
    apports, poids, durees, pris = (
        couverture(offre, CODES),
        besoin["besoin"].to_numpy(),
        offre["minutes"].to_numpy(),
        [],
    )
    while True:
        libres = [
            r
            for r in range(len(offre))
            if r not in pris and durees[[*pris, r]].sum() <= minutes and len(pris) < 5
        ]
        if not libres:
            return valeur_de(apports[pris], poids)
        pris.append(max(libres, key=lambda r: valeur_de(apports[[*pris, r]], poids) / durees[r]))


def choisir_tous(besoins: list[pd.DataFrame], offre: pd.DataFrame) -> tuple[list[float], float]:
    """Les valeurs, et les secondes."""
    debut = time.perf_counter()
    valeurs = [choisir(besoin, offre, minutes=180, maximum=5).valeur for besoin in besoins]
    return valeurs, time.perf_counter() - debut


def main() -> None:
    alea = np.random.default_rng(1)
    offre = tirer(alea, 100)
    besoins = [
        pd.DataFrame(
            {
                "competence": CODES,
                "besoin": alea.random(16) * 20,
                "effectif": 25,
                "nb_sous": 9,
                "testee": True,
            }
        )
        for _ in range(40)
    ]
    exacts, duree = choisir_tous(besoins, offre)
    resoudre.PLACES, places = -1, resoudre.PLACES
    entiers, programme = choisir_tous(besoins, offre)
    resoudre.PLACES = places
    debut = time.perf_counter()
    gloutons = [glouton(besoin, offre, 180) for besoin in besoins]
    temoin = time.perf_counter() - debut
    gain = statistics.mean(e / g for e, g in zip(exacts, gloutons, strict=True))
    print(
        f"40 classes × 100 parcours (5 au plus) : {duree:.2f} s, {duree / temoin:.1f} × un "
        f"glouton ({temoin:.2f} s) ; valeur {gain:.3f} × la sienne"
    )
    ecart = max(abs(e - p) for e, p in zip(exacts, entiers, strict=True))
    print(f"le même choix par HiGHS seul : {programme:.2f} s, valeurs égales à {ecart:.0e} près")
    tables = lire_dossier(DEMO)
    resultats, catalogue = resultats_retenus(tables), charger_catalogue(None, tables)
    durees = []
    for minutes in range(60, 300, 20):
        debut = time.perf_counter()
        plan_de_classe(resultats, catalogue, classe="5eA", minutes=minutes, maximum=3)
        durees.append(time.perf_counter() - debut)
    print(
        "nouveau plan d'une classe quand on change les minutes : médiane "
        f"{1000 * statistics.median(durees):.0f} ms"
    )


if __name__ == "__main__":
    main()
