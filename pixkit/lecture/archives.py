"""Étage 1 — les fichiers compressés : le XML d'un zip SIECLE, la première feuille d'un classeur ; les bombes sont refusées."""

import io
import zipfile
import zlib
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from pixkit.erreurs import FichierIllisible, FichierNonPix
from pixkit.lecture.octets import TAILLE_MAX, Grille

_SIECLE = "un zip qui contient un seul fichier .xml, tel que SIECLE l'exporte."
_CLASSEUR = "un classeur Excel (.xlsx) d'une liste d'élèves, une ligne par élève."


def est_un_classeur(octets: bytes) -> bool:
    return octets.startswith(b"PK") and b"xl/workbook" in octets


def xml_du_zip(octets: bytes) -> bytes:
    """Le seul XML d'un zip, quelle que soit sa place ; jamais plus de TAILLE_MAX octets, quoi que le zip annonce."""
    archive = _ouvrir(octets, _SIECLE)
    fichiers = [
        membre
        for membre in archive.infolist()
        if not membre.is_dir()
        and not any(partie.startswith((".", "__MACOSX")) for partie in PurePosixPath(membre.filename).parts)
    ]
    xml = [membre for membre in fichiers if membre.filename.lower().endswith(".xml")]
    if len(xml) != 1:
        raise FichierNonPix(
            f"un zip de {len(fichiers)} fichiers, dont {len(xml)} en .xml." if fichiers else "un zip vide.",
            _SIECLE,
            "décompressez-le et déposez le fichier voulu, ou refaites l'export « élèves sans adresses » de SIECLE.",
        )
    try:
        with archive.open(xml[0]) as flux:
            contenu = flux.read(TAILLE_MAX + 1)
    except (RuntimeError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as erreur:
        protege = isinstance(erreur, RuntimeError)
        raise FichierIllisible(
            "un zip protégé par un mot de passe." if protege else "un zip abîmé.",
            _SIECLE,
            "décompressez-le vous-même et déposez le .xml, ou refaites l'export dans SIECLE.",
        ) from erreur
    _refuser_bombe(len(contenu))
    return contenu


def feuille(octets: bytes) -> Grille:
    """La première feuille d'un classeur, en texte : la première ligne d'au moins deux cellules pleines est l'en-tête."""
    import openpyxl  # noqa: PLC0415 — long à charger, inutile à qui n'a pas de classeur

    archive = _ouvrir(octets, _CLASSEUR)
    _refuser_bombe(sum(membre.file_size for membre in archive.infolist()))
    try:
        classeur = openpyxl.load_workbook(io.BytesIO(octets), read_only=True, data_only=True)
        lignes = [[_texte(valeur) for valeur in ligne] for ligne in classeur.worksheets[0].iter_rows(values_only=True)]
    except Exception as erreur:  # openpyxl lève de tout sur un classeur abîmé
        raise FichierIllisible(
            "un classeur Excel qui ne s'ouvre pas.", _CLASSEUR, "réenregistrez-le, ou exportez-le en CSV."
        ) from erreur
    if classeur.properties.creator == "pixkit":
        raise FichierNonPix("un classeur déjà écrit par pixkit.", _CLASSEUR, "rangez-le hors du dossier des exports.")
    rang = next((rang for rang, ligne in enumerate(lignes) if sum(map(bool, ligne)) > 1), None)
    if rang is None:
        raise FichierIllisible(
            "un classeur dont la première feuille est vide.", _CLASSEUR, "mettez la liste sur la première feuille."
        )
    largeur = max(place + 1 for place, cellule in enumerate(lignes[rang]) if cellule)
    gardees = [(numero, ligne[:largeur]) for numero, ligne in enumerate(lignes[rang + 1 :], start=rang + 2) if any(ligne)]
    return Grille(
        lignes[rang][:largeur], [ligne for _, ligne in gardees], [numero for numero, _ in gardees], ligne_entete=rang + 1
    )


def _ouvrir(octets: bytes, attendu: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(octets))
    except (zipfile.BadZipFile, OSError, ValueError) as erreur:
        raise FichierIllisible("une archive zip abîmée.", attendu, "refaites l'export et déposez-le sans l'ouvrir.") from erreur


def _refuser_bombe(taille: int) -> None:
    if taille > TAILLE_MAX:
        raise FichierIllisible(
            f"un fichier compressé qui, décompressé, dépasse {TAILLE_MAX // 2**20} Mo.",
            "une liste d'élèves : 3 000 élèves avec adresses pèsent environ 20 Mo.",
            "ne l'ouvrez pas ; refaites l'export dans SIECLE.",
        )


def _texte(valeur: Any) -> str:
    if isinstance(valeur, datetime | date):
        return valeur.strftime("%d/%m/%Y")
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    return "" if valeur is None else str(valeur).strip()
