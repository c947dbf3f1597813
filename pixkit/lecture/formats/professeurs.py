"""Étage 1 — « Classe ; Professeur principal » : à qui donner les relances de chaque classe."""

from pixkit.grilles import Morceau
from pixkit.lecture.formats.listes import Liste
from pixkit.lecture.formats.listes.eleves import brutes
from pixkit.lecture.formats.listes.entetes import colonnes, libelles_connus
from pixkit.lecture.lu import Reglages

EXEMPLES = ("Classe;Professeur principal\n5eA;Mme PERRIN\n",)
_VOULUS = {"classe", "professeur_principal"}


def reconnaitre(morceau: Morceau, reglages: Reglages) -> int | None:
    """Le rang de l'en-tête."""
    connus = libelles_connus(reglages.colonnes)
    debut = morceau.feuille.debut if morceau.feuille else ()
    return next(
        (rang for rang, ligne in enumerate(debut) if colonnes(ligne, connus).keys() >= _VOULUS),
        None,
    )


def lire(morceau: Morceau, rang: int, reglages: Reglages) -> Liste:
    grille = morceau.feuille.sous(rang)
    places = colonnes(grille.entete, libelles_connus(reglages.colonnes))
    liste = Liste.de(morceau, grille, "professeurs")
    liste.lues = grille.numeros
    liste.lignes = brutes(grille, {champ: places[champ] for champ in _VOULUS})
    return liste
