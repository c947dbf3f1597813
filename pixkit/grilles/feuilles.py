"""Une grille de textes : ses colonnes, ses lignes, son en-tête. Une colonne garde chaque texte
distinct une seule fois : il ne sera nettoyé, reconnu et converti qu'une fois.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

DEBUT = 40
"""Lignes où chaque format cherche ses en-têtes."""
COLONNES_MAX = 4000
_GARDE = re.compile(r'="{0,2}(.*?)"{1,2}', re.S)
_ERREUR = re.compile(r"#(N/[AD]|[A-ZÉ/0]+[ \xa0\u202f]?[!?])|Err ?:\d{3}")
"""Une formule qui a échoué : « #N/A », « #REF! », « #NOM ? », « Err:502 »."""


@dataclass(frozen=True, eq=False)
class Colonne:
    """Des cellules de texte : `textes[codes[i]]` est la cellule de la ligne i."""

    textes: list[str]
    codes: np.ndarray

    def garder(self, lignes: np.ndarray) -> "Colonne":
        return Colonne(self.textes, self.codes[lignes])

    def cellules(self) -> list[str]:
        return [self.textes[code] for code in self.codes.tolist()]

    def ecrits(self) -> list[int]:
        """Les codes des textes que des lignes portent : un titre n'est d'aucune."""
        nombres = np.bincount(self.codes.ravel(), minlength=len(self.textes))
        return np.flatnonzero(nombres).tolist()

    def distincts(self) -> list[str]:
        return [self.textes[code] for code in self.ecrits()]


def accoler(colonnes: Sequence[Colonne]) -> Colonne:
    """Ces colonnes en une, dont les cellules sont un tableau : lignes × colonnes."""
    textes = list(itertools.chain.from_iterable(colonne.textes for colonne in colonnes))
    debuts = np.cumsum([0, *(len(colonne.textes) for colonne in colonnes[:-1])])
    return Colonne(textes, np.array([colonne.codes for colonne in colonnes]).T + debuts)


@dataclass
class Grille:
    """Les lignes d'une feuille sous leur en-tête ; `numeros` donne la ligne que montre un tableur.

    `largeurs` compte les cellules écrites dans chaque ligne ; `rejets` dit les lignes qui n'en sont
    pas (vides, titres…).
    """

    entete: list[str]
    colonnes: list[Colonne]
    numeros: list[int]
    largeurs: np.ndarray
    rejets: dict[int, str] = field(default_factory=dict)
    remarques: list[str] = field(default_factory=list)
    ligne_entete: int = 1
    feuille: str = ""
    titres: list[str] = field(default_factory=list)

    def lignes(self) -> Iterator[dict[str, str]]:
        """Un dictionnaire {en-tête: texte} par ligne, pour de petites tables."""
        for cellules in zip(*(colonne.cellules() for colonne in self.colonnes), strict=True):
            yield dict(
                zip((titre.strip() for titre in self.entete), map(str.strip, cellules), strict=True)
            )


@dataclass(frozen=True, eq=False)
class Feuille:
    """Une grille telle qu'elle est écrite, avant qu'un format y trouve son en-tête.

    `indices` : ce que l'écriture du fichier laisse supposer (réenregistré, coupé), pour qui
    s'attendait à l'original.
    """

    colonnes: list[Colonne]
    numeros: np.ndarray
    largeurs: np.ndarray
    nom: str = ""
    indices: tuple[str, ...] = ()
    remarques: tuple[str, ...] = ()

    @cached_property
    def debut(self) -> list[list[str]]:
        """Les premières lignes : le coup d'œil par lequel un format se reconnaît."""
        colonnes = [colonne.garder(slice(0, DEBUT)).cellules() for colonne in self.colonnes]
        return [list(ligne) for ligne in zip(*colonnes, strict=True)]

    def sous(self, rang: int, entete: list[str] | None = None, *, hauteur: int = 1) -> Grille:
        """La grille dont l'en-tête commence à la ligne `rang` et occupe `hauteur` lignes."""
        entete = list(entete or self.debut[rang])
        while entete and not entete[-1].strip():
            entete.pop()
        rejets = self._rejets(rang, hauteur, len(entete))
        garder = ~np.isin(self.numeros, [*rejets, *self.numeros[rang : rang + hauteur]])
        return Grille(
            entete=entete,
            colonnes=[colonne.garder(garder) for colonne in self.colonnes[: len(entete)]],
            numeros=self.numeros[garder].tolist(),
            largeurs=self.largeurs[garder],
            rejets=rejets,
            remarques=list(self.remarques),
            ligne_entete=int(self.numeros[rang]),
            feuille=self.nom,
            titres=[" ".join(filter(None, ligne)) for ligne in self.debut[:rang]],
        )

    def _rejets(self, rang: int, hauteur: int, largeur: int) -> dict[int, str]:
        """{ligne: ce qui dit qu'elle n'en est pas une}."""
        apres = np.arange(len(self.numeros)) >= rang + hauteur
        motifs = {
            "ligne placée avant les en-têtes": slice(0, rang),
            "en-têtes répétés": apres & self._comme(rang, largeur),
            "ligne vide": apres & ~self.pleines(),
        }
        return {
            ligne: motif
            for motif, lignes in motifs.items()
            for ligne in self.numeros[lignes].tolist()
        }

    def pleines(self) -> np.ndarray:
        """Quelles lignes disent quelque chose."""
        pleines = np.zeros(len(self.numeros), dtype=bool)
        for colonne in self.colonnes:
            remplis = np.array([bool(texte.strip()) for texte in colonne.textes], dtype=bool)
            pleines |= remplis[colonne.codes]
            if pleines.all():
                break
        return pleines

    def _comme(self, rang: int, largeur: int) -> np.ndarray:
        pareilles = np.arange(len(self.numeros)) > rang
        for colonne in self.colonnes[:largeur]:
            if not pareilles.any():
                break
            pareilles &= colonne.codes == colonne.codes[rang]
        return pareilles


def feuille_de(lignes: list[list[str]], *, premiere: int = 1, **faits) -> Feuille:
    """La feuille de ces lignes, inégales ou non ; `premiere` est le numéro de la première."""
    courante = Counter(map(len, lignes)).most_common(1)[0][0] if lignes else 1
    largeurs = np.array([_largeur(ligne, courante) for ligne in lignes], dtype=int)
    largeur = min(int(largeurs.max(initial=1)), COLONNES_MAX)
    toutes = itertools.islice(itertools.zip_longest(*lignes, fillvalue=""), largeur)
    colonnes = [_colonne(list(map(sans_garde, cellules))) for cellules in toutes]
    return rogner(colonnes, largeurs, premiere, **faits)


def _largeur(ligne: list[str], courante: int) -> int:
    """Des séparateurs en trop, sans rien derrière, ne disent rien."""
    ecrites = (place + 1 for place, texte in enumerate(ligne[courante:], courante) if texte)
    return max(min(len(ligne), courante), *ecrites, 0)


def _colonne(cellules: list[str]) -> Colonne:
    rangs = {texte: rang for rang, texte in enumerate(dict.fromkeys(cellules))}
    return Colonne(
        list(rangs),
        np.fromiter(map(rangs.__getitem__, cellules), dtype=np.int32, count=len(cellules)),
    )


def rogner(colonnes: list[Colonne], largeurs: np.ndarray, premiere: int, **faits) -> Feuille:
    """Sans les lignes vides de la fin, qui ne disent rien."""
    feuille = Feuille(colonnes, np.arange(premiere, premiere + len(largeurs)), largeurs, **faits)
    nombre = int(np.flatnonzero(feuille.pleines()).max(initial=-1)) + 1
    rognees = [colonne.garder(slice(0, nombre)) for colonne in colonnes]
    return Feuille(rognees, feuille.numeros[:nombre], largeurs[:nombre], **faits)


def sans_garde(texte: str) -> str:
    """« ="0123" », « =""0123"" » : ce qu'on écrit pour qu'un tableur n'en fasse pas un nombre ; une
    formule qui a échoué ne dit rien."""
    if not texte.startswith(("=", "#", "Err")):
        return texte
    if _ERREUR.fullmatch(texte.strip()):
        return ""
    garde = _GARDE.fullmatch(texte.strip())
    return garde[1].replace('""', '"') if garde else texte
