"""Cinq cents publications réunies, de la lecture au dossier écrit ; demandé : moins de 20 s.

Commande : python -m benchmarks.academie [NOMBRE]
"""

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from pixkit.academie.annuaire import NOM, lire_annuaire
from pixkit.academie.fusion import apports, reunir_les_publications
from pixkit.academie.preparer import preparer_academie
from pixkit.academie.recueil import recueillir
from tests.fausse_academie import academie


def main(nombre: int) -> None:
    with TemporaryDirectory() as nom:
        dossier = Path(nom) / "publications"
        dossier.mkdir()
        academie(dossier, nombre, classes=6)
        poids = sum(chemin.stat().st_size for chemin in dossier.rglob("*.json")) / 1e6
        debut = time.perf_counter()
        recueil = recueillir([dossier], lire_annuaire(dossier / NOM)[0])
        lu = time.perf_counter()
        reunir_les_publications(recueil, apports(recueil.recues))
        reuni = time.perf_counter()
        preparation = preparer_academie([dossier])
        preparation.ecrire(Path(nom) / "academie")
        fini = time.perf_counter()
    memoire = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{len(recueil.recues)} publications ({poids:.0f} Mo) : lues et vérifiées en "
        f"{lu - debut:.1f} s, réunies en {reuni - lu:.1f} s ; tout, avec "
        f"{preparation.manifeste['nb_images']} images et l'écriture, en {fini - reuni:.1f} s ; "
        f"{memoire:.0f} Mo de mémoire"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
