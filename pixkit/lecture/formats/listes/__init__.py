"""Étage 1 — toute table de personnes est une liste d'élèves : Pronote, ENT, ONDE, SACoche, EDT,
extraction de SIECLE…

Les libellés connus sont des données : `entetes.csv`, et ce que l'établissement a retenu
(`Reglages.colonnes`). FREGATA et SUP sont des listes aux en-têtes fixés par Pix : leurs modules
n'ajoutent que leur signature.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Self

import pandas as pd

from pixkit.grilles import Grille, Morceau
from pixkit.lecture.formats.listes.controles import controler, identifiants_partages
from pixkit.lecture.formats.listes.eleves import (
    autres_titres,
    brutes,
    classe_de_la_feuille,
    completer,
    motif_de_rejet,
    placer,
    reparer,
    seconde_table,
)
from pixkit.lecture.formats.listes.entetes import Entete, cle, entetes_possibles, nomme
from pixkit.lecture.lu import Lu, Reglages
from pixkit.lecture.valeurs import jour
from pixkit.tables import FUSEAU

EXEMPLES = (
    "Élèves;Né(e) le;Classe de rattachement\nMONTFERRAL Bastien;01/01/2014;6A\n",
    "Nom;Prénom(s);Classe\nMONTFERRAL;Bastien;6A\n",
    "Nom de famille;Prénom;Id National;Code Structure;Type "
    "Structure\nMONTFERRAL;Bastien;120000000AK;6A;D\n",
    "Liste des élèves;;\n;;\nIdentité;Division;\nMONTFERRAL Bastien;6A;\n",
    "Élève;;Scolarité\nNom;Prénom;Classe\nMONTFERRAL;Bastien;6A\n",
)

_ANCRES = {
    "identifiant", "date_naissance", "mef", "classe", "groupe", "code_structure", "lib_structure",
}  # fmt: skip
_A_DROITE = (
    "Trouvé : une seconde table à droite de la première (les mêmes titres, d'autres élèves). "
    "Attendu : une table par feuille, ou l'une sous l'autre. À faire : déplacez celle qui n'est "
    "pas lue."
)
_DATE_DU_NOM = re.compile(
    r"(?<!\d)(20\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)|(?<!\d)(\d\d)[-_](\d\d)[-_](20\d\d)(?!\d)"
)
_ANNEE_DU_NOM = re.compile(r"(?<!\d)(20\d\d)[-_](20)?(\d\d)(?!\d|[-_]\d)")


@dataclass(eq=False)
class Liste(Lu):
    """Une liste lue : un dictionnaire par ligne d'élève (CHAMPS, `fichier`, `ligne`), et ce qu'il
    faut en savoir."""

    classeur: str = ""
    lignes: list[dict[str, Any]] = field(default_factory=list)
    etablissement: str = ""
    annee_scolaire: str | None = None
    date_liste: date | None = None

    @classmethod
    def de(cls, morceau: Morceau, grille: Grille, nature: str) -> Self:
        """Ce que toute liste tient de sa grille."""
        dossier = PurePosixPath(morceau.classeur).parent.as_posix()
        return cls(
            morceau.fichier,
            nature,
            rejets=grille.rejets,
            remarques=grille.remarques,
            classeur=morceau.classeur,
            etablissement=f"{dossier} ({nature})",
        )

    def copier(self, original: str) -> None:
        """Une liste datée, fût-elle la même qu'avant, dit qui est là ce jour-là."""
        if self.date_liste is None:
            super().copier(original)

    def accueillir(self, ecrites: list[dict[str, Any]], lignes: list[dict[str, Any]]) -> None:
        """Garde les lignes réparées et ce que les contrôles disent de la différence."""
        self.lues = [champs["ligne"] for champs in ecrites]
        self.date_donnees = self.date_liste and pd.Timestamp(self.date_liste, tz=FUSEAU)
        partages = identifiants_partages(lignes)
        self.lignes = [
            champs | {"fichier": self.fichier, "partage": champs.get("identifiant") in partages}
            for champs in lignes
        ]
        self.constater(controler(self.nature, ecrites, lignes))


def reconnaitre(
    morceau: Morceau, reglages: Reglages, *, signes: Collection[str] = ()
) -> Entete | None:
    """L'en-tête qui nomme des personnes et dit d'elles une classe, une naissance ou un identifiant.

    `signes` : les mots (voir `cle`) qu'une de ses premières lignes doit avoir, pour un format plus
    précis.
    """
    if morceau.feuille is None or not any(
        set(signes) <= set(map(cle, ligne)) for ligne in morceau.feuille.debut
    ):
        return None
    dits_par_une_personne = reglages.colonnes.keys() & {
        cellule for ligne in morceau.feuille.debut for cellule in ligne
    }
    nommee = bool(classe_de_la_feuille(morceau) or dits_par_une_personne)
    entetes = [
        entete
        for entete in entetes_possibles(morceau.feuille, reglages.colonnes)
        if nomme(entete, morceau.feuille) and (nommee or _ANCRES & entete.places.keys())
    ]
    return max(entetes, key=lambda e: (len(e.places), -e.hauteur, -e.rang), default=None)


def lire(morceau: Morceau, entete: Entete, reglages: Reglages, *, nature: str = "liste") -> Liste:
    """Les élèves d'une grille ; aucun n'est perdu : une ligne qui n'en est pas un est mise de côté
    avec son motif."""
    grille = morceau.feuille.sous(entete.rang, entete.libelles, hauteur=entete.hauteur)
    places = placer(grille, reglages.colonnes)
    liste = Liste.de(morceau, grille, nature)
    liste.date_liste, liste.annee_scolaire = _dates_du_nom(PurePosixPath(morceau.classeur).name)
    toutes = brutes(grille, places)
    liste.rejets |= {brute["ligne"]: motif for brute in toutes if (motif := motif_de_rejet(brute))}
    liste.rejets |= autres_titres(grille, places, toutes)
    ecrites = [brute for brute in toutes if brute["ligne"] not in liste.rejets]
    lignes = list(map(reparer, ecrites))
    liste.remarques += completer(lignes, grille, morceau)
    liste.accueillir(ecrites, lignes)
    if seconde_table(grille, places):
        liste.ecarts.append((grille.ligne_entete, _A_DROITE))
    liste.remarques += [] if lignes else ["Cette liste n'a aucun élève."]
    return liste


def _dates_du_nom(nom: str) -> tuple[date | None, str | None]:
    """La date et l'année scolaire qu'un nom de fichier peut porter (« eleves_2026-11-05.csv », «
    liste 2026-2027.xlsx »)."""
    trouve = _DATE_DU_NOM.search(nom)
    if trouve:
        an, mois, jj = trouve.group(1, 2, 3) if trouve[1] else trouve.group(6, 5, 4)
        quand = jour(f"{jj}/{mois}/{an}")
        if quand:
            return quand, annee_scolaire_du(quand)
    trouve = _ANNEE_DU_NOM.search(nom)
    suivante = trouve and int(trouve[1]) + 1
    return None, f"{trouve[1]}-{suivante}" if trouve and int(trouve[3]) == suivante % 100 else None


def annee_scolaire_du(quand: date) -> str:
    """L'année scolaire d'un jour ; elle commence en août."""
    rentree = quand.year - (quand.month < 8)
    return f"{rentree}-{rentree + 1}"
