"""Étage 1 — « Classe ; Professeur principal » : à qui donner les relances de chaque classe."""

from pathlib import PurePosixPath

from pixkit.grilles import Morceau
from pixkit.lecture.formats import listes
from pixkit.lecture.lu import Reglages

EXEMPLES = ("Classe;Professeur principal\n5eA;Mme PERRIN\n",)


def reconnaitre(morceau: Morceau, reglages: Reglages) -> int | None:
    """Le rang de l'en-tête."""
    connus = listes.libelles_connus(reglages.colonnes)
    debut = morceau.feuille.debut if morceau.feuille else ()
    voulus = {"classe", "professeur_principal"}
    return next((rang for rang, cellules in enumerate(debut) if voulus <= listes.colonnes(cellules, connus).keys()), None)


def lire(morceau: Morceau, rang: int, reglages: Reglages) -> listes.Liste:
    grille = morceau.feuille.sous(rang)
    places = listes.colonnes(grille.entete, listes.libelles_connus(reglages.colonnes))
    return listes.Liste(
        morceau.fichier,
        "professeurs",
        lues=grille.numeros,
        rejets=grille.rejets,
        remarques=grille.remarques,
        classeur=morceau.classeur,
        etablissement=f"{PurePosixPath(morceau.classeur).parent.as_posix()} (professeurs)",
        lignes=listes.brutes(grille, {champ: places[champ] for champ in ("classe", "professeur_principal")}),
    )
