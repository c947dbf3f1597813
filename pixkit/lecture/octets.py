"""Étage 1 — des octets au texte : ce qui n'est pas un CSV est nommé, l'encodage et le séparateur sont trouvés.

Pix écrit de l'UTF-8 avec BOM et des « ; ». Un tableur qui réenregistre change l'un, l'autre ou les deux : on essaie
les combinaisons connues sur les premières lignes et on garde celle où l'on reconnaît le plus d'en-têtes.
"""

import codecs
import csv
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pixkit.erreurs import FichierIllisible, FichierNonPix

TAILLE_MAX = 64 * 2**20
"""Octets. Un export de 1 500 élèves avec tous les acquis pèse environ 1,5 Mo."""

SAUTS_MAX = 20
"""Une cellule peut contenir des sauts de ligne ; au-delà, c'est un guillemet jamais refermé."""

REPRISES_MAX = 200
"""Au-delà d'autant de guillemets jamais refermés, le fichier n'est plus lisible ligne à ligne."""

ILLISIBLE = "\N{REPLACEMENT CHARACTER}"

_EXPORT = "un export CSV d'une campagne, tel que Pix Orga le donne."
_REFAIRE = "dans Pix Orga, ouvrez la campagne, puis « Exporter les résultats », et déposez ce fichier sans l'ouvrir."
_SIGNATURES = (
    (b"%PDF", "un document PDF."),
    (b"\xd0\xcf\x11\xe0", "un ancien classeur Excel (.xls)."),
    (b"\x89PNG", "une image."),
    (b"\xff\xd8\xff", "une image."),
    (b"PK\x05\x06", "une archive zip vide."),
    (b"\x1f\x8b", "une archive compressée."),
)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SANS_BOM = ("utf-8", "cp1252", "mac_roman", "cp850")
_SEPARATEURS = {";": "des points-virgules", ",": "des virgules", "\t": "des tabulations"}


@dataclass
class Grille:
    """Les cellules d'un fichier, en texte, sous leur en-tête ; `numeros` donne la ligne que montre un tableur."""

    entete: list[str]
    lignes: list[list[str]] = field(default_factory=list)
    numeros: list[int] = field(default_factory=list)
    rejets: list[tuple[int, str]] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)
    ligne_entete: int = 1


def octets_du_fichier(source: Path | bytes) -> bytes:
    """Les octets d'un fichier (ou ceux donnés) ; refuse avec une phrase ce qui est vide, trop gros, d'une autre nature."""
    taille = len(source) if isinstance(source, bytes) else source.stat().st_size
    if taille > TAILLE_MAX:  # avant de lire : le fichier peut ne pas tenir en mémoire
        raise FichierIllisible(
            f"un fichier de {taille // 2**20} Mo.",
            f"moins de {TAILLE_MAX // 2**20} Mo (un export de 1 500 élèves pèse environ 1,5 Mo).",
            "vérifiez que c'est bien un export Pix ; sinon, retirez-le du dossier.",
        )
    octets = source if isinstance(source, bytes) else source.read_bytes()
    _refuser_autre_nature(octets)
    return octets


def _refuser_autre_nature(octets: bytes) -> None:
    if not octets.strip(b" \t\r\n\0" + codecs.BOM_UTF8):
        raise FichierIllisible("un fichier vide.", _EXPORT, _REFAIRE)
    nature = next((nom for signature, nom in _SIGNATURES if octets.startswith(signature)), None)
    if octets.startswith(b"PK") and b"opendocument.spreadsheet" in octets[:200]:
        nature = "un classeur LibreOffice (.ods)."
    debut = octets[:2000].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if debut.startswith((b"<!doctype html", b"<html")):
        nature = "une page web (souvent une page d'erreur ou de connexion enregistrée à la place du fichier)."
    elif debut.startswith((b"{", b"[")):
        nature = "un fichier JSON."
    if nature:
        raise FichierNonPix(nature, _EXPORT, _REFAIRE)


def est_du_xml(octets: bytes) -> bool:
    return octets[:200].lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<")


def grille(octets: bytes, note_entete: Callable[[list[str]], int], *, note_min: int) -> Grille:
    """Découpe les octets en cellules. `note_entete` compte les en-têtes reconnus dans une ligne.

    Lève FichierNonPix quand aucune des premières lignes n'atteint `note_min`.
    """
    essais = []
    for encodage in _encodages(octets):
        texte = octets.decode(encodage, errors="replace")
        for separateur in _SEPARATEURS:
            rang, note = _trouver_entete(texte, separateur, note_entete, note_min)
            essais.append((note, rang, encodage, separateur, texte))
            if note >= note_min:
                break  # un en-tête ne se reconnaît pas sous deux séparateurs
    note, rang, encodage, separateur, texte = max(essais, key=lambda essai: essai[0])  # à égalité, le premier essayé
    if note < note_min:
        raise FichierNonPix("un texte sans les en-têtes d'un export Pix.", _EXPORT, _REFAIRE)
    resultat = _decouper(texte, separateur, rang)
    _dire_les_suppositions(resultat, octets, encodage, separateur, texte)
    return resultat


def _encodages(octets: bytes) -> tuple[str, ...]:
    for bom, encodage in _BOMS:
        if octets.startswith(bom):
            return (encodage,)
    if b"\0" in octets[:200]:
        return ("utf-16-le" if octets[1:2] == b"\0" else "utf-16-be",)
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return _SANS_BOM
    return ("utf-8",)


def _trouver_entete(texte: str, separateur: str, note_entete: Callable[[list[str]], int], note_min: int):
    """(rang, note) de la première des premières lignes où assez d'en-têtes se reconnaissent."""
    lignes = csv.reader(io.StringIO(texte[:400_000], newline=""), delimiter=separateur)
    try:
        for rang, cellules in enumerate(itertools.islice(lignes, 10)):
            note = note_entete(cellules)
            if note >= note_min:
                return rang, note
    except csv.Error:  # une cellule démesurée : ce découpage n'est pas le bon
        return 0, 0
    return 0, 0


def _decouper(texte: str, separateur: str, rang_entete: int) -> Grille:
    csv.field_size_limit(max(csv.field_size_limit(), len(texte) + 1))  # un nom très long n'est pas une erreur
    lignes = list(io.StringIO(texte, newline=""))
    largeur_brute = len(next(itertools.islice(csv.reader(lignes, delimiter=separateur), rang_entete, None)))
    enregistrements = list(_enregistrements(lignes, separateur, largeur_brute))
    while enregistrements and not enregistrements[-1]:
        enregistrements.pop()
    resultat = Grille(entete=enregistrements[rang_entete], ligne_entete=rang_entete + 1)
    while resultat.entete and not resultat.entete[-1].strip():
        resultat.entete.pop()
    largeur = len(resultat.entete)
    abime = ILLISIBLE in texte
    for numero, cellules in enumerate(enregistrements, start=1):
        if numero == rang_entete + 1:
            continue
        if len(cellules) == largeur and not abime and numero > rang_entete and cellules[0] != resultat.entete[0]:
            motif = None if any(cellules) else "ligne vide"  # presque toutes les lignes
        else:
            motif = _motif_de_rejet(cellules, resultat.entete, largeur, avant=numero <= rang_entete)
        if motif:
            resultat.rejets.append((numero, motif))
        else:
            resultat.lignes.append(cellules if len(cellules) == largeur else cellules[:largeur])
            resultat.numeros.append(numero)
    return resultat


def _enregistrements(lignes: list[str], separateur: str, largeur: int) -> Iterator[list[str]]:
    """Les enregistrements d'un CSV. Un guillemet jamais refermé ne coûte que sa ligne : on reprend à la suivante."""
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


def _motif_de_rejet(cellules: list[str], entete: list[str], largeur: int, *, avant: bool) -> str | None:
    if avant:
        return "ligne placée avant les en-têtes"
    if not any(cellules):
        return "ligne vide"
    if cellules[: len(entete)] == entete:
        return "en-têtes répétés"
    if len(cellules) < largeur or any(cellules[largeur:]):
        return (
            f"{_cellules(len(cellules))} au lieu de {largeur} : ligne coupée, guillemet ou séparateur en trop ; refaites l'export"
        )
    if any(ILLISIBLE in cellule for cellule in cellules):
        return "octets illisibles (fichier abîmé) ; refaites l'export"
    return None


def _cellules(nombre: int) -> str:
    return f"{nombre} cellule{'s' if nombre > 1 else ''}"


def _dire_les_suppositions(resultat: Grille, octets: bytes, encodage: str, separateur: str, texte: str) -> None:
    remarques = resultat.remarques
    if encodage != "utf-8-sig" or separateur != ";":
        remarques.append(
            f"Fichier réenregistré par un tableur : lu en {encodage.upper()}, cellules séparées par {_SEPARATEURS[separateur]}."
        )
    elif not octets.endswith(b"\n"):
        remarques.append("Le fichier ne finit pas par un saut de ligne : s'il a été coupé, refaites l'export.")
    if "\r\n" in texte[:20_000]:
        remarques.append("Fins de ligne Windows : le fichier a été réenregistré, les valeurs sont lues telles quelles.")
