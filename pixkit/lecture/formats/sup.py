"""Étage 1 — le fichier d'import SUP de Pix Orga : une liste d'étudiants, avec leur régime et leur
groupe."""

from pixkit.grilles import Morceau
from pixkit.lecture.formats import listes
from pixkit.lecture.lu import Reglages

EXEMPLES = (
    "Premier prénom;Nom de famille;Date de naissance (jj/mm/aaaa);Numéro "
    "étudiant;Groupe;Diplôme;Régime\nBastien;MONTFERRAL;01/01/2005;22000001;G1;BTS;Formation "
    "initiale\n",
)


def reconnaitre(morceau: Morceau, reglages: Reglages) -> listes.Entete | None:
    return listes.reconnaitre(morceau, reglages, signes={"numero etudiant", "regime"})


def lire(morceau: Morceau, entete: listes.Entete, reglages: Reglages) -> listes.Liste:
    return listes.lire(morceau, entete, reglages, nature="sup")
