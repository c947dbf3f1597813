"""Étage 1 — les formats que pixkit lit. Un format = un module : `reconnaitre` (un coup d'œil),
`lire`, `EXEMPLES`.

Le registre les essaie une fois, dans cet ordre : le premier qui reconnaît un morceau de fichier le
lit. Pour ajouter un format : son module, son essai, une ligne ici.
"""

from pixkit.erreurs import FichierNonPix
from pixkit.grilles import CE_QU_ON_LIT, Morceau
from pixkit.lecture.formats import (
    campagne,
    certification,
    fregata,
    listes,
    professeurs,
    refus,
    siecle,
    sup,
)
from pixkit.lecture.formats.listes.entetes import refuser_liste_inconnue
from pixkit.lecture.lu import Lu, Reglages

FORMATS = (refus, campagne, certification, siecle, fregata, sup, listes, professeurs)


def lire(morceau: Morceau, reglages: Reglages) -> Lu:
    """Ce que le premier format qui reconnaît ce morceau y lit. Lève une ErreurPixkit qui nomme ce
    que c'est, sinon."""
    for format_ in FORMATS:
        place = format_.reconnaitre(morceau, reglages)
        if place is not None:
            return format_.lire(morceau, place, reglages)
    refuser_liste_inconnue(morceau)
    raise FichierNonPix(
        "un texte sans les en-têtes d'un export Pix ni d'une liste d'élèves.", *CE_QU_ON_LIT
    )
