"""Étage 0 et demi — le seul endroit qui connaît octets, encodages, séparateurs, gardes de tableur
et classeurs.

Exports, listes, décisions et catalogue y passent tous : octets → texte → feuille → grille sous son
en-tête.
"""

from pixkit.grilles.decoupe import SANS_FIN
from pixkit.grilles.feuilles import Colonne, Feuille, Grille, accoler
from pixkit.grilles.ouvrir import CE_QU_ON_LIT, Morceau, octets_du_fichier, ouvrir
from pixkit.grilles.texte import ILLISIBLE

__all__ = [
    "CE_QU_ON_LIT",
    "ILLISIBLE",
    "SANS_FIN",
    "Colonne",
    "Feuille",
    "Grille",
    "Morceau",
    "accoler",
    "octets_du_fichier",
    "ouvrir",
]
