"""Les groupes de besoin face à une autre version de `groupes.py` : étalement, contraintes, temps.

Commande : python -m benchmarks.groupes AUTRE.py
(par exemple : git show HEAD~1:pixkit/parcours/groupes.py > AUTRE.py)
"""

import importlib.util
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from pixkit.lecture import lire_dossier
from pixkit.mesures import resultats_retenus
from pixkit.parcours import groupes
from pixkit.referentiel import competences

DEMO = Path(__file__).parents[1] / "data" / "demo" / "college"
CLASSES = 600
Cas = tuple[str, pd.DataFrame, dict]


def simuler(alea: np.random.Generator, nombre: int) -> pd.DataFrame:
    """Une classe : huit compétences, des élèves plus ou moins à l'aise."""
    forces, codes = alea.normal(0, 0.15, nombre), list(competences())[:8]
    lignes = [
        (f"e{rang:02}", code, int(alea.binomial(4, np.clip(0.5 + force, 0.05, 0.95))))
        for rang, force in enumerate(forces)
        for code in codes
    ]
    table = pd.DataFrame(lignes, columns=["eleve", "competence", "nb_acquis_maitrises"])
    return table.assign(
        domaine=table["competence"].str[0], nb_acquis=4, campagne="A", nom_campagne="A",
        type_campagne="evaluation", classe="5eA", niveau_scolaire="5e",
        date_envoi=pd.Timestamp("2026-09-20", tz="Europe/Paris"),
    )  # fmt: skip


def tirer(alea: np.random.Generator, resultats: pd.DataFrame) -> dict:
    """Des réglages au hasard ; une fois sur deux, quelques paires, parfois contraires."""
    noms = resultats["eleve"].unique()
    paires = [
        [tuple(map(str, alea.choice(noms, 2, replace=False))) for _ in range(alea.integers(0, 5))]
        for _ in range(2)
    ]
    separer, reunir = paires if alea.random() < 0.5 else ([], [])
    nombre = int(alea.integers(1, 9)) if alea.random() < 0.4 else None
    taille = int(alea.integers(2, 11))
    return {"taille_max": taille, "nombre": nombre, "separer": separer, "reunir": reunir}


def cas() -> Iterator[Cas]:
    alea = np.random.default_rng(2026)
    for _ in range(CLASSES):
        resultats = simuler(alea, int(alea.integers(8, 36)))
        yield "simulées", resultats, tirer(alea, resultats)
    demo = resultats_retenus(lire_dossier(DEMO))
    for _, classe in demo.groupby("classe"):
        for _ in range(5 if classe["eleve"].nunique() > 1 else 0):
            yield "démonstration", classe, tirer(alea, classe)


def mesurer(module: ModuleType, resultats: pd.DataFrame, choix: dict) -> tuple[int, float, float]:
    """(contraintes non tenues, étalement, secondes) ; le nombre de groupes ne compte pas."""
    debut = time.perf_counter()
    sortie = module.grouper(resultats, **choix)
    duree = time.perf_counter() - debut
    assert sortie.eleves["groupe"].value_counts().max() <= choix["taille_max"]
    rompues = [i for i in sortie.impossibles if i.startswith(("séparer", "réunir"))]
    return len(rompues), sortie.etalement, duree


def main() -> None:
    spec = importlib.util.spec_from_file_location("autre", sys.argv[1])
    autre = importlib.util.module_from_spec(spec)
    sys.modules["autre"] = autre
    spec.loader.exec_module(autre)
    lignes = []
    for genre, resultats, choix in cas():
        avant, apres = mesurer(autre, resultats, choix), mesurer(groupes, resultats, choix)
        paires = "avec paires" if choix["separer"] or choix["reunir"] else "sans paire"
        lignes.append((f"{genre}, {paires}", choix, avant, apres))
    for titre in sorted({ligne[0] for ligne in lignes}):
        siens = [ligne[1:] for ligne in lignes if ligne[0] == titre]
        rapports = [b[1] / a[1] for _, a, b in siens if a[0] == b[0] and a[1]]
        temps = [1000 * statistics.median(s[rang][2] for s in siens) for rang in (1, 2)]
        moins, plus = (sum(s * (b[0] - a[0]) > 0 for _, a, b in siens) for s in (-1, 1))
        print(
            f"{titre} : {len(siens)} classes ; contraintes rompues : {moins} fois moins, "
            f"{plus} fois plus ; "
            f"étalement : {statistics.mean(rapports):.4f} fois l'autre (de {min(rapports):.3f} à "
            f"{max(rapports):.4f}), plus petit {sum(r < 1 - 1e-9 for r in rapports)} fois, "
            f"plus grand {sum(r > 1 + 1e-9 for r in rapports)} fois ; "
            f"médianes : {temps[0]:.0f} et {temps[1]:.0f} ms"
        )
        for choix, a, b in siens:
            if (b[0], b[1]) > (a[0], a[1] + 1e-6):
                print("  moins bon :", choix, a[:2], b[:2])


if __name__ == "__main__":
    main()
