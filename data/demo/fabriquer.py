"""Fabrique les exports de démonstration : un collège et un lycée agricole inventés, aux octets des
exports Pix de 2026.

Tout est tiré au sort avec des graines fixes : `python data/demo/fabriquer.py` redonne les mêmes
fichiers, octet pour octet, sur tout système. Ni élève, ni établissement n'existe ; les noms
d'acquis (`@moteur2`…) sont inventés aussi.
"""

import re
from itertools import chain
from pathlib import Path

from certifications import ecrire_certifications
from eleves import college, lycee
from etablissements import CAMPAGNES, COLLEGE, ECOLES, EXPORTS, LYCEE, Campagne
from exports import echapper, entete, ligne, octets_pix, octets_tableur, rang_alphabetique
from listes import ecrire_listes
from participations import Participation, a_la_date, garder_les_acquis, participer


def fabriquer(dossier: Path) -> list[Path]:
    """Écrit tous les exports dans `dossier`, d'où les anciens CSV sont d'abord retirés ; rend leurs
    chemins."""
    eleves = {COLLEGE: college(), LYCEE: lycee()}
    ecrits = []
    for ecole in ECOLES:
        (dossier / ecole).mkdir(parents=True, exist_ok=True)
        for ancien in [*(dossier / ecole).glob("*.csv"), *(dossier / ecole).glob("*.xml")]:
            ancien.unlink()
    passees = {campagne: participer(campagne, eleves[campagne.ecole]) for campagne in CAMPAGNES}
    garder_les_acquis(chain.from_iterable(passees.values()))
    for campagne, participations in passees.items():
        toutes = sorted(participations, key=rang_alphabetique)
        for horodatage in [*campagne.exports.split(), EXPORTS[campagne.annee]]:
            ecrits.append(ecrire(dossier, campagne, a_la_date(toutes, horodatage), horodatage))
    ecrits += ecrire_listes(dossier, eleves[COLLEGE], eleves[LYCEE])
    return ecrits + ecrire_certifications(dossier, eleves[LYCEE])


def ecrire(
    dossier: Path, campagne: Campagne, participations: list[Participation], horodatage: str
) -> Path:
    noms = entete(campagne)
    lignes = [noms, *(ligne(campagne, p, len(noms)) for p in participations)]
    nom = re.sub(r"[^A-Za-z0-9 _.-]", "_", echapper(campagne.nom))
    chemin = dossier / campagne.ecole / f"Resultats-{nom}-{campagne.numero}-{horodatage}.csv"
    chemin.write_bytes(
        octets_tableur(lignes) if "tableur" in campagne.incidents else octets_pix(lignes)
    )
    return chemin


if __name__ == "__main__":
    for ecrit in fabriquer(Path(__file__).parent):
        print(ecrit.name, ecrit.stat().st_size)
