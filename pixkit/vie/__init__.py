"""Étage 4 — la vie des données : ce que l'on sait d'un élève, l'effacer, clore une année.

Rien ici ne touche aux fichiers bruts : ils se corrigent là d'où ils viennent.
"""

from pixkit.vie.annee import Cloture, clore, preparer_cloture, rappel
from pixkit.vie.effacer import effacer, restes
from pixkit.vie.eleve import Connu, Personne, choisir_eleve, connaitre, ecrire_connu

__all__ = [
    "Cloture",
    "Connu",
    "Personne",
    "choisir_eleve",
    "clore",
    "connaitre",
    "ecrire_connu",
    "effacer",
    "preparer_cloture",
    "rappel",
    "restes",
]
