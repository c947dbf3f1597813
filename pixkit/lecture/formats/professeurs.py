"""Étage 1 — « Classe ; Professeur principal » : à qui donner les relances de chaque classe."""

from pathlib import PurePosixPath

from pixkit.grilles import Morceau
from pixkit.lecture.formats.listes import Liste
from pixkit.lecture.formats.listes.eleves import brutes
from pixkit.lecture.formats.listes.entetes import colonnes, libelles_connus
from pixkit.lecture.lu import Reglages

EXEMPLES = ("Classe;Professeur principal\n5eA;Mme PERRIN\n",)


def reconnaitre(morceau: Morceau, reglages: Reglages) -> int | None:
    """Le rang de l'en-tête."""
    connus = libelles_connus(reglages.colonnes)
    debut = morceau.feuille.debut if morceau.feuille else ()
    voulus = {"classe", "professeur_principal"}
    return next(
        (
            rang
            for rang, cellules in enumerate(debut)
            if voulus <= colonnes(cellules, connus).keys()
        ),
        None,
    )


def lire(morceau: Morceau, rang: int, reglages: Reglages) -> Liste:
    grille = morceau.feuille.sous(rang)
    places = colonnes(grille.entete, libelles_connus(reglages.colonnes))
    return Liste(
        morceau.fichier,
        "professeurs",
        lues=grille.numeros,
        rejets=grille.rejets,
        remarques=grille.remarques,
        classeur=morceau.classeur,
        etablissement=f"{PurePosixPath(morceau.classeur).parent.as_posix()} (professeurs)",
        lignes=brutes(
            grille, {champ: places[champ] for champ in ("classe", "professeur_principal")}
        ),
    )
