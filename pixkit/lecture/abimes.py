"""Étage 1 — les lignes qu'un fichier abîmé rend illisibles, quel que soit son format."""

from collections.abc import Iterator

import numpy as np

from pixkit.grilles import ILLISIBLE, Grille
from pixkit.lecture.lu import Constat


def coupees(grille: Grille) -> Iterator[Constat]:
    """Moins de cellules que l'en-tête, ou plus que les autres lignes."""
    largeurs, attendue = grille.largeurs, len(grille.entete)
    courante = max(attendue, int(np.median(largeurs))) if len(largeurs) else attendue
    for largeur in np.unique(largeurs[(largeurs < attendue) | (largeurs > courante)]):
        cellules = f"{largeur} cellule{'s' if largeur > 1 else ''} au lieu de {attendue}"
        motif = f"{cellules} : ligne coupée, guillemet ou séparateur en trop ; refaites l'export"
        yield Constat(motif, largeurs == largeur, grave=True)


def illisibles(grille: Grille) -> Iterator[Constat]:
    """Des octets qui ne sont d'aucun texte."""
    for colonne in grille.colonnes:
        if perdus := [code for code, texte in enumerate(colonne.textes) if ILLISIBLE in texte]:
            yield Constat(
                "octets illisibles (fichier abîmé) ; refaites l'export",
                np.isin(colonne.codes, perdus),
                grave=True,
            )
