"""Étage 1 — la liste FREGATA de l'enseignement agricole, telle que Pix Orga l'importe : une liste
aux en-têtes fixés."""

from pixkit.grilles import Morceau
from pixkit.lecture.formats import listes
from pixkit.lecture.lu import Reglages

EXEMPLES = (
    "Identifiant unique*;Premier prénom*;Nom de famille*;Date de naissance (jj/mm/aaaa)*;Code "
    "MEF*;Division*\n120000000AK;Bastien;MONTFERRAL;01/01/2011;20010015110;2GT1\n",
)


def reconnaitre(morceau: Morceau, reglages: Reglages) -> listes.Entete | None:
    return listes.reconnaitre(morceau, reglages, signes={"identifiant unique"})


def lire(morceau: Morceau, entete: listes.Entete, reglages: Reglages) -> listes.Liste:
    return listes.lire(morceau, entete, reglages, nature="fregata")
