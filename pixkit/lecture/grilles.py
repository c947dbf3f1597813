"""Étage 1 — un fichier, quelle que soit sa forme, en morceaux : des grilles de textes, ou un XML de SIECLE.

C'est le seul endroit qui connaisse octets, séparateurs, gardes de tableur et classeurs. Une colonne garde chaque texte distinct
une seule fois : il ne sera nettoyé, reconnu et converti qu'une fois.
"""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as csv_rapide

from pixkit.erreurs import FichierIllisible, FichierNonPix
from pixkit.lecture.classeurs import (
    TAILLE_MAX,
    est_un_classeur,
    feuilles_du_balisage,
    feuilles_du_classeur,
    xml_du_zip,
)
from pixkit.lecture.texte import decoder, defaire_mojibake

SAUTS_MAX = 20
"""Une cellule peut contenir des sauts de ligne ; au-delà, c'est un guillemet jamais refermé."""
REPRISES_MAX = 200
"""Au-delà d'autant de guillemets jamais refermés, le fichier n'est plus lisible ligne à ligne."""
DEBUT = 40
"""Lignes où chaque format cherche ses en-têtes."""
COLONNES_MAX = 4000

CE_QU_ON_LIT = (
    "un export de campagne tel que Pix Orga le donne, ou une liste d'élèves (SIECLE, FREGATA, SUP, CSV ou classeur avec nom, "
    "prénom et classe).",
    "déposez le fichier d'origine, sans l'ouvrir ni le convertir ; s'il n'a rien à faire ici, retirez-le.",
)
_SIGNATURES = (
    (b"%PDF", "un document PDF."),
    (b"\x89PNG", "une image."),
    (b"\xff\xd8\xff", "une image."),
    (b"PK\x05\x06", "une archive zip vide."),
    (b"\x1f\x8b", "une archive compressée."),
)
_SEPARATEURS = {";": "des points-virgules", ",": "des virgules", "\t": "des tabulations"}
_ANNONCE = re.compile(r"sep=(.)\r?\n", re.I)
_GARDE = re.compile(r'="{0,2}(.*?)"{1,2}', re.S)


@dataclass(frozen=True, eq=False)
class Colonne:
    """Des cellules de texte : `textes[codes[i]]` est la cellule de la ligne i."""

    textes: list[str]
    codes: np.ndarray

    def garder(self, lignes: np.ndarray) -> "Colonne":
        return Colonne(self.textes, self.codes[lignes])

    def cellules(self) -> list[str]:
        return [self.textes[code] for code in self.codes.tolist()]

    def distincts(self) -> list[str]:
        return [self.textes[code] for code in np.unique(self.codes).tolist()]


@dataclass
class Grille:
    """Les lignes d'une feuille sous leur en-tête ; `numeros` donne la ligne que montre un tableur.

    `largeurs` compte les cellules écrites dans chaque ligne ; `rejets` dit les lignes qui n'en sont pas (vides, titres…).
    """

    entete: list[str]
    colonnes: list[Colonne]
    numeros: list[int]
    largeurs: np.ndarray
    rejets: list[tuple[int, str]] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)
    ligne_entete: int = 1
    feuille: str = ""
    titres: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Feuille:
    """Une grille telle qu'elle est écrite, avant qu'un format y trouve son en-tête.

    `indices` : ce que l'écriture du fichier laisse supposer (réenregistré, coupé), pour qui s'attendait à l'original.
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
        colonnes, apres = self.colonnes[: len(entete)], np.arange(len(self.numeros)) >= rang + hauteur
        vides, repetees = ~self._pleines(), self._comme(rang, len(entete))
        motifs = [
            (apres & vides, "ligne vide"),
            (apres & repetees & ~vides, "en-têtes répétés"),
            (np.arange(len(self.numeros)) < rang, "ligne placée avant les en-têtes"),
        ]
        garder = apres & ~vides & ~repetees
        return Grille(
            entete=entete,
            colonnes=[colonne.garder(garder) for colonne in colonnes],
            numeros=self.numeros[garder].tolist(),
            largeurs=self.largeurs[garder],
            rejets=[(int(numero), motif) for lignes, motif in motifs for numero in self.numeros[lignes]],
            remarques=list(self.remarques),
            ligne_entete=int(self.numeros[rang]),
            feuille=self.nom,
            titres=[" ".join(filter(None, ligne)) for ligne in self.debut[:rang]],
        )

    def _pleines(self) -> np.ndarray:
        pleines = np.zeros(len(self.numeros), dtype=bool)
        for colonne in self.colonnes:
            pleines |= np.array([bool(texte.strip()) for texte in colonne.textes], dtype=bool)[colonne.codes]
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


@dataclass(frozen=True, eq=False)
class Morceau:
    """Ce qu'un format lit : une feuille, ou un XML. `classeur` est le fichier ; `fichier` y ajoute la feuille, s'il y en a."""

    fichier: str
    classeur: str
    feuille: Feuille | None = None
    xml: bytes | None = None


def octets_du_fichier(source: Path | bytes) -> bytes:
    """Les octets d'un fichier (ou ceux donnés) ; refuse avec une phrase ce qui est vide ou trop gros."""
    taille = len(source) if isinstance(source, bytes) else source.stat().st_size
    if taille > TAILLE_MAX:  # avant de lire : le fichier peut ne pas tenir en mémoire
        raise FichierIllisible(
            f"un fichier de {taille // 2**20} Mo.",
            f"moins de {TAILLE_MAX // 2**20} Mo (un export de 1 500 élèves pèse environ 1,5 Mo).",
            "vérifiez que c'est bien un export Pix ; sinon, retirez-le du dossier.",
        )
    octets = source if isinstance(source, bytes) else source.read_bytes()
    if not octets.strip(b" \t\r\n\0" + codecs.BOM_UTF8):
        raise FichierIllisible("un fichier vide.", *CE_QU_ON_LIT)
    return octets


def ouvrir(octets: bytes, fichier: str) -> list[Morceau]:
    """Les morceaux d'un fichier : ses feuilles, sa grille, ou son XML. Lève FichierNonPix ou FichierIllisible."""
    debut = octets[:2000].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    nature = next((nom for signature, nom in _SIGNATURES if octets.startswith(signature)), None)
    if debut.startswith((b"{", b"[")):
        nature = "un fichier JSON."
    if nature:
        raise FichierNonPix(nature, *CE_QU_ON_LIT)
    if est_un_classeur(octets):
        return _morceaux(feuilles_du_classeur(octets), fichier)
    if octets.startswith(b"PK"):
        return [Morceau(fichier, fichier, xml=xml_du_zip(octets))]
    if debut.startswith(b"<"):
        return _morceaux_du_balisage(octets, debut, fichier)
    return [Morceau(fichier, fichier, feuille=_feuille_csv(octets))]


def _morceaux_du_balisage(octets: bytes, debut: bytes, fichier: str) -> list[Morceau]:
    page = any(balise in debut for balise in (b"<html", b"<table", b"<meta", b"<!doctype html"))
    if not page and b"office:spreadsheet" not in debut:
        return [Morceau(fichier, fichier, xml=octets)]
    tables = feuilles_du_balisage(octets, decoder(octets)[0])
    if not tables:
        raise FichierNonPix(
            "une page web (souvent une page d'erreur ou de connexion enregistrée à la place du fichier).", *CE_QU_ON_LIT
        )
    return _morceaux(tables, fichier)


def _morceaux(feuilles: dict[str, list[list[str]]], fichier: str) -> list[Morceau]:
    pleines = {nom: lignes for nom, lignes in feuilles.items() if any(map(any, lignes))}
    if not pleines:
        raise FichierIllisible("un classeur vide.", *CE_QU_ON_LIT)
    return [
        Morceau(
            f"{fichier} [{nom}]" if len(pleines) > 1 else fichier,
            fichier,
            feuille=_feuille(lignes, nom=nom, indices=("Fichier réenregistré dans un classeur.",)),
        )
        for nom, lignes in pleines.items()
    ]


# — D'un texte à une feuille —


def _feuille_csv(octets: bytes) -> Feuille:
    brut, encodage = decoder(octets)
    texte = defaire_mojibake(brut)
    annonce = _ANNONCE.match(texte)
    lu = texte[annonce.end() :] if annonce else texte
    separateur, largeur = (annonce[1], 0) if annonce else _separateur(lu)
    remarques = () if texte == brut else ("Des accents abîmés par un réenregistrement (« Ã© » pour « é ») ont été rétablis.",)
    indices = tuple(_indices(octets, encodage, separateur, lu))
    premiere = 2 if annonce else 1
    colonnes = _colonnes_rapides(lu, separateur, largeur) if largeur else None
    if colonnes is None:
        lignes = list(_enregistrements(lu, separateur, largeur))
        return _feuille(lignes, premiere=premiere, indices=indices, remarques=remarques)
    return _rogner(colonnes, np.full(len(colonnes[0].codes), largeur), premiere, indices=indices, remarques=remarques)


def _separateur(texte: str) -> tuple[str, int]:
    """(séparateur, largeur) sous lesquels le plus de lignes du début ont la même largeur, la plus grande possible."""
    csv.field_size_limit(max(csv.field_size_limit(), len(texte) + 1))  # un nom très long n'est pas une erreur
    lignes = list(itertools.islice(filter(str.strip, io.StringIO(texte, newline="")), DEBUT))
    essais = []
    for separateur in _SEPARATEURS:
        # Ligne par ligne : un guillemet jamais refermé n'avale pas les suivantes.
        largeurs = Counter(len(next(csv.reader([ligne], delimiter=separateur))) for ligne in lignes)
        largeur, fois = max(largeurs.items(), key=lambda compte: (compte[0] - 1) * compte[1], default=(1, 0))
        essais.append(((largeur - 1) * fois, separateur, largeur))
    _, separateur, largeur = max(essais, key=lambda essai: essai[0])  # à égalité, le premier essayé
    return separateur, largeur


def _colonnes_rapides(texte: str, separateur: str, largeur: int) -> list[Colonne] | None:
    """Les colonnes d'un CSV sans une ligne irrégulière ; None s'il y en a : elles demandent plus de soin."""
    noms = [str(rang) for rang in range(largeur)]
    octets = texte.encode()
    try:
        table = csv_rapide.read_csv(
            pa.py_buffer(octets),
            read_options=csv_rapide.ReadOptions(column_names=noms, block_size=len(octets) + 1),
            parse_options=csv_rapide.ParseOptions(delimiter=separateur, newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv_rapide.ConvertOptions(
                column_types=dict.fromkeys(noms, pa.dictionary(pa.int32(), pa.string())), null_values=[]
            ),
        )
    except pa.ArrowInvalid:
        return None
    colonnes = [
        Colonne([_sans_garde(t) for t in morceau.dictionary.to_pylist()], morceau.indices.to_numpy())
        for morceau in (colonne.combine_chunks() for colonne in table.columns)
    ]
    if texte.count("\n") - table.num_rows > SAUTS_MAX and any(t.count("\n") > SAUTS_MAX for c in colonnes for t in c.textes):
        return None
    return colonnes


def _enregistrements(texte: str, separateur: str, largeur: int) -> Iterator[list[str]]:
    """Les enregistrements d'un CSV. Un guillemet jamais refermé ne coûte que sa ligne : on reprend à la suivante."""
    lignes = list(io.StringIO(texte, newline=""))
    debut, reprises = 0, REPRISES_MAX
    while debut < len(lignes):
        lecteur = csv.reader(itertools.islice(lignes, debut, None), delimiter=separateur)
        fin = debut
        for cellules in lecteur:
            depart, fin = fin, debut + lecteur.line_num
            avale = fin - depart > 1 and (len(cellules) != largeur or fin - depart > SAUTS_MAX)
            if avale and reprises:
                yield next(csv.reader([lignes[depart]], delimiter=separateur))
                reprises, fin = reprises - 1, depart + 1
                break
            yield cellules
        debut = max(fin, debut + 1)


def _feuille(lignes: list[list[str]], *, premiere: int = 1, **faits) -> Feuille:
    largeurs = np.array([len(ligne) for ligne in lignes], dtype=int)
    courante = Counter(largeurs.tolist()).most_common(1)[0][0] if lignes else 1
    for rang in np.flatnonzero(largeurs > courante):  # des séparateurs en trop, sans rien derrière, ne disent rien
        largeurs[rang] = max(courante, *(place + 1 for place, texte in enumerate(lignes[rang]) if texte))
    largeur = min(int(largeurs.max(initial=1)), COLONNES_MAX)
    carrees = [ligne[:largeur] + [""] * (largeur - len(ligne)) for ligne in lignes]
    colonnes = [_colonne(list(map(_sans_garde, cellules))) for cellules in zip(*carrees, strict=True)]
    return _rogner(colonnes, largeurs, premiere, **faits)


def _colonne(cellules: list[str]) -> Colonne:
    rangs = {texte: rang for rang, texte in enumerate(dict.fromkeys(cellules))}
    return Colonne(list(rangs), np.fromiter(map(rangs.__getitem__, cellules), dtype=np.int32, count=len(cellules)))


def _rogner(colonnes: list[Colonne], largeurs: np.ndarray, premiere: int, **faits) -> Feuille:
    """Sans les lignes vides de la fin, qui ne disent rien."""
    feuille = Feuille(colonnes, np.arange(premiere, premiere + len(largeurs)), largeurs, **faits)
    nombre = int(np.flatnonzero(feuille._pleines()).max(initial=-1)) + 1
    rognees = [colonne.garder(slice(0, nombre)) for colonne in colonnes]
    return Feuille(rognees, feuille.numeros[:nombre], largeurs[:nombre], **faits)


def _sans_garde(texte: str) -> str:
    """« ="0123" », « =""0123"" » : ce qu'on écrit pour qu'un tableur n'en fasse pas un nombre."""
    if not texte.startswith("="):
        return texte
    garde = _GARDE.fullmatch(texte.strip())
    return garde[1].replace('""', '"') if garde else texte


def _indices(octets: bytes, encodage: str, separateur: str, texte: str) -> Iterator[str]:
    if encodage != "utf-8-sig" or separateur != ";":
        ecriture = f"lu en {encodage.upper()}, cellules séparées par {_SEPARATEURS.get(separateur, f'« {separateur} »')}"
        yield f"Fichier réenregistré par un tableur : {ecriture}."
    elif not octets.endswith(b"\n"):
        yield "Le fichier ne finit pas par un saut de ligne : s'il a été coupé, refaites l'export."
    if "\r\n" in texte[:20_000]:
        yield "Fins de ligne Windows : le fichier a été réenregistré, les valeurs sont lues telles quelles."
