"""Planifier 200 écoles au hasard dont on sait qu'un plan existe, relire chaque plan ; puis 400
candidats dans 30 créneaux.

Commande : python -m benchmarks.sessions
"""

import statistics
import time
from datetime import datetime, timedelta

import numpy as np

from pixkit.sessions import planifier
from pixkit.sessions.programme import repartir
from pixkit.sessions.salles import Creneau
from tests.fausse_certification import ecole_au_hasard, infractions

ECOLES, GRANDES = 200, 60
DUREES = [120, 160]


def grande_ecole(alea: np.random.Generator) -> tuple[list[Creneau], np.ndarray]:
    """Trente créneaux à la suite dans deux à cinq salles, 400 candidats s'ils y tiennent, un sur
    douze au temps majoré."""
    salles = [int(places) for places in alea.integers(12, 33, alea.integers(2, 6))]
    creneaux = [
        Creneau(
            datetime(2027, 3, 15, 8) + timedelta(minutes=120 * (rang // len(salles))),
            f"S{rang % len(salles)}",
            salles[rang % len(salles)],
        )
        for rang in range(30)
    ]
    restent = min(400, int(alea.uniform(0.7, 0.95) * sum(c.places for c in creneaux)))
    tailles = []
    while restent:
        tailles.append(min(int(alea.integers(12, 33)), restent))
        restent -= tailles[-1]
    majores = alea.binomial(tailles, 1 / 12)
    return sorted(creneaux), np.column_stack([np.array(tailles) - majores, majores])


def main() -> None:
    alea, places, fautes, durees = np.random.default_rng(14), [], 0, []
    for _ in range(ECOLES):
        table, creneaux, jours = ecole_au_hasard(alea)
        debut = time.perf_counter()
        plan = planifier(table, creneaux, **jours, annee_scolaire="2026-2027")
        durees.append(time.perf_counter() - debut)
        places.append(len(plan.non_places) == 0)
        fautes += len(infractions(plan, table, creneaux))
    print(
        f"{ECOLES} écoles faisables : tous placés dans {sum(places)}, {fautes} infraction ; "
        f"médiane {1000 * statistics.median(durees):.0f} ms, au plus {1000 * max(durees):.0f} ms"
    )
    secondes, candidats = [], []
    for _ in range(GRANDES):
        creneaux, effectifs = grande_ecole(alea)
        debut = time.perf_counter()
        assis, _ = repartir(creneaux, effectifs, DUREES)
        secondes.append(time.perf_counter() - debut)
        candidats.append((int(effectifs.sum()), int(assis.sum())))
    tous = sum(a_placer == assis for a_placer, assis in candidats)
    combien = statistics.median(a_placer for a_placer, _ in candidats)
    print(
        f"{GRANDES} fois {combien:.0f} candidats × 30 créneaux : "
        f"tous placés dans {tous} ; médiane {statistics.median(secondes):.2f} s, au plus "
        f"{max(secondes):.2f} s"
    )


if __name__ == "__main__":
    main()
