"""Ce qui n'est ni un CSV ni un XML de SIECLE : classeurs, tables HTML ou XML nommées « .xls »,
archives zip.

Un classeur est une suite de feuilles, une feuille une suite de lignes de textes. Les bombes sont
refusées avant d'être ouvertes.
"""

import io
import os
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from pixkit.erreurs import ErreurPixkit, FichierIllisible, FichierNonPix

TAILLE_MAX = 64 * 2**20
"""Octets. Un export de 1 500 élèves avec tous les acquis pèse environ 1,5 Mo."""
CELLULES_MAX = 5_000_000
"""Cellules qu'une feuille peut étaler (1 500 élèves sur 3 000 colonnes) : une seule, écrite tout en
bas à droite, en ferait des milliards."""

Feuilles = dict[str, list[list[str]]]
"""{nom de la feuille: ses lignes}."""

_SIECLE = "un zip qui contient un seul fichier .xml, tel que SIECLE l'exporte."
_CLASSEUR = "un classeur (.xlsx, .xls, .xlsb ou .ods) avec une ligne par élève."
_OLE = b"\xd0\xcf\x11\xe0"
_FAUTES_DE_ZIP = (RuntimeError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError)
"""Un zip protégé (RuntimeError, dont NotImplementedError) ou abîmé."""
_PLEINE = re.compile(rb"""<c\b[^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""")
"""La place d'une cellule qui n'est pas seulement mise en forme."""
CLASSEUR_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_XML_2003 = f"{{{CLASSEUR_XML.decode()}}}"
_D_EXCEL = (b"xl/workbook", b"xl/worksheets", b"xl/theme")
"""Ce qu'un .xlsx contient, fût-il coupé."""


def est_un_classeur(octets: bytes) -> bool:
    """Les classeurs se reconnaissent à leur contenu : les .xls portent tous les noms."""
    if octets.startswith(b"PK"):
        return any(nom in octets for nom in _D_EXCEL) or b"opendocument.spreadsheet" in octets[:200]
    return octets.startswith(_OLE)


def feuilles_du_classeur(octets: bytes) -> tuple[Feuilles, set[str]]:
    """(toutes les feuilles d'un classeur Excel ou LibreOffice, les cachées) ; dates en JJ/MM/AAAA,
    nombres sans décimale inutile."""
    import python_calamine  # noqa: PLC0415 — inutile à qui n'a pas de classeur

    nom = "un classeur LibreOffice" if b"opendocument" in octets[:200] else "un classeur Excel"
    try:
        if octets.startswith(b"PK"):
            _verifier_archive(_ouvrir(octets, nom, _CLASSEUR))
        with _sans_panique_au_terminal():
            return _toutes_les_feuilles(octets)
    except (ErreurPixkit, KeyboardInterrupt, SystemExit):
        raise
    except python_calamine.PasswordError as erreur:
        que_faire = "ôtez le mot de passe, ou exportez-le en CSV."
        raise FichierIllisible(
            f"{nom} protégé par un mot de passe.", _CLASSEUR, que_faire
        ) from erreur
    except BaseException as erreur:
        # Sur un classeur abîmé, calamine lève de tout, jusqu'à une panique de Rust.
        raise FichierIllisible(
            f"{nom} qui ne s'ouvre pas.", _CLASSEUR, "réenregistrez-le, ou exportez-le en CSV."
        ) from erreur


def _toutes_les_feuilles(octets: bytes) -> tuple[Feuilles, set[str]]:
    import python_calamine  # noqa: PLC0415

    classeur = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(octets))
    visible = python_calamine.SheetVisibleEnum.Visible
    cachees = {f.name for f in classeur.sheets_metadata if f.visible != visible}
    feuilles = {
        feuille: [
            [_texte(valeur) for valeur in ligne]
            for ligne in classeur.get_sheet_by_name(feuille).to_python(skip_empty_area=False)
        ]
        for feuille in classeur.sheet_names
    }
    return feuilles, cachees


@contextmanager
def _sans_panique_au_terminal() -> Iterator[None]:
    """Une panique de Rust s'écrit droit sur la sortie d'erreur, sans passer par Python."""
    try:
        erreurs = os.dup(2)
    except OSError:  # pas de terminal (pythonw, service) : rien à taire
        yield
        return
    muet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(muet, 2)
    try:
        yield
    finally:
        os.dup2(erreurs, 2)
        os.close(erreurs)
        os.close(muet)


def _texte(valeur: Any) -> str:
    if isinstance(valeur, datetime) and (valeur.hour or valeur.minute or valeur.second):
        return f"{valeur:%d/%m/%Y %H:%M:%S}"
    if isinstance(valeur, date):  # un datetime en est une
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, float):
        return str(int(valeur)) if valeur.is_integer() else repr(valeur)
    return str(valeur)


def _verifier_archive(archive: zipfile.ZipFile) -> None:
    _refuser_bombe(sum(membre.file_size for membre in archive.infolist()))
    for membre in archive.namelist():
        if membre == "docProps/core.xml" and b">pixkit</dc:creator>" in archive.read(membre):
            raise FichierNonPix(
                "un classeur déjà écrit par pixkit.",
                _CLASSEUR,
                "rangez-le hors du dossier des exports.",
            )
        if membre.startswith("xl/worksheets/") and _etendue(archive.read(membre)) > CELLULES_MAX:
            raise FichierIllisible(
                "une feuille presque vide, qui s'étend pourtant sur des millions de cellules.",
                _CLASSEUR,
                "effacez ce qui est écrit loin à droite ou tout en bas, ou exportez-la en CSV.",
            )


def _etendue(feuille: bytes) -> int:
    """Les cellules que la feuille étalerait, d'après celles qui disent quelque chose : LibreOffice
    met souvent en forme jusqu'à la dernière ligne."""
    largeur = hauteur = 0
    for rang, rangee in enumerate(feuille.split(b"<row")):
        places = _PLEINE.findall(rangee)
        if not places and b"</c>" in rangee:  # des cellules qui ne disent pas où elles sont
            largeur, hauteur = max(largeur, rangee.count(b"<c")), max(hauteur, rang)
        for lettres, ligne in places:
            largeur, hauteur = max(largeur, _colonne(lettres)), max(hauteur, int(ligne))
    return largeur * hauteur


def _colonne(lettres: bytes) -> int:
    """« AB » → 28."""
    return sum((lettre - 64) * 26**rang for rang, lettre in enumerate(reversed(lettres)))


def feuilles_du_balisage(octets: bytes, texte: str) -> Feuilles:
    """Les tables d'une page HTML ou d'un classeur XML de 2003, souvent nommés « .xls » ; vide s'il
    n'y en a pas."""
    try:
        tables = _tables_xml(octets) if CLASSEUR_XML in octets[:2000] else _tables_html(texte)
    except (ParseError, DefusedXmlException) as erreur:
        raise FichierIllisible(
            "un classeur XML abîmé, coupé ou piégé.", _CLASSEUR, "refaites l'export, en CSV."
        ) from erreur
    noms = [nom or f"table {rang}" for rang, (nom, _) in enumerate(tables, start=1)]
    uniques = [
        nom if noms.count(nom) == 1 else f"{nom} {rang}" for rang, nom in enumerate(noms, start=1)
    ]
    return {nom: _etaler(lignes) for nom, (_, lignes) in zip(uniques, tables, strict=True)}


class Cellule(NamedTuple):
    """Une cellule d'une table balisée : à quelle colonne elle est dite (0 : la suivante), et
    combien elle en couvre."""

    texte: str
    place: int = 0
    largeur: int = 1
    hauteur: int = 1


def _etaler(lignes: list[list[Cellule]]) -> list[list[str]]:
    """Une cellule fusionnée vaut pour toutes ses lignes, et pour la première de ses colonnes."""
    table = [{} for _ in lignes]
    for rang, cellules in enumerate(lignes):
        place = 0
        for cellule in cellules:
            place = max(place, cellule.place - 1)
            while place in table[rang]:
                place += 1
            fin = place + cellule.largeur
            couvre = dict.fromkeys(range(place, fin), "") | {place: cellule.texte}
            for ligne in table[rang : rang + cellule.hauteur]:
                ligne.update(couvre)
            place = fin
    return [
        [ligne.get(place, "") for place in range(max(ligne, default=-1) + 1)] for ligne in table
    ]


def _nombre(texte: str | None, defaut: int = 1) -> int:
    trouve = re.match(r"\s*(\d{1,4})", texte or "")
    return min(int(trouve[1]), 1000) if trouve else defaut


def _tables_html(texte: str) -> list[tuple[str, list[list[Cellule]]]]:
    import bs4  # noqa: PLC0415

    with warnings.catch_warnings(action="ignore"):  # une page en XHTML ne doit rien dire en anglais
        tables = bs4.BeautifulSoup(texte, "html.parser").find_all("table")
    return [
        (
            "",
            [
                [_cellule_html(cellule) for cellule in ligne.find_all(["td", "th"])]
                for ligne in table.find_all("tr")
            ],
        )
        for table in tables
    ]


def _cellule_html(cellule) -> Cellule:
    largeur, hauteur = (_nombre(cellule.get(nom)) or 1 for nom in ("colspan", "rowspan"))
    return Cellule(_texte_propre(cellule), 0, largeur, hauteur)


def _texte_propre(cellule) -> str:
    """Le texte d'une cellule, sans celui des suivantes qu'une balise jamais refermée y a fait
    entrer."""
    siens = (
        t.strip() for t in cellule.find_all(string=True) if t.find_parent(["td", "th"]) is cellule
    )
    return " ".join(filter(None, siens))


def _tables_xml(octets: bytes) -> list[tuple[str, list[list[Cellule]]]]:
    return [
        (
            feuille.get(f"{_XML_2003}Name") or "",
            [
                [_cellule_xml(cellule) for cellule in ligne.iter(f"{_XML_2003}Cell")]
                for ligne in feuille.iter(f"{_XML_2003}Row")
            ],
        )
        for feuille in fromstring(octets).iter(f"{_XML_2003}Worksheet")
    ]


def _cellule_xml(cellule: Element) -> Cellule:
    donnee = cellule.find(f"{_XML_2003}Data")
    texte = "".join(donnee.itertext()).strip() if donnee is not None else ""
    if donnee is not None and donnee.get(f"{_XML_2003}Type") == "DateTime":
        texte = texte.removesuffix("T00:00:00.000")
    place, largeur, hauteur = (
        _nombre(cellule.get(f"{_XML_2003}{nom}"), 0)
        for nom in ("Index", "MergeAcross", "MergeDown")
    )
    return Cellule(texte, place, largeur + 1, hauteur + 1)


def xml_du_zip(octets: bytes) -> bytes:
    """Le seul XML d'un zip, quelle que soit sa place ; jamais plus de TAILLE_MAX octets, quoi que
    le zip annonce."""
    archive = _ouvrir(octets, "une archive zip", _SIECLE)
    fichiers = [membre for membre in archive.infolist() if _compte(membre)]
    xml = [membre for membre in fichiers if membre.filename.lower().endswith(".xml")]
    if len(xml) != 1:
        raise FichierNonPix(
            f"un zip de {len(fichiers)} fichier{'s'[: len(fichiers) - 1]}, dont {len(xml)} en .xml."
            if fichiers
            else "un zip vide.",
            _SIECLE,
            "décompressez-le et déposez le fichier voulu, ou refaites l'export « élèves sans "
            "adresses » de SIECLE.",
        )
    try:
        with archive.open(xml[0]) as flux:
            contenu = flux.read(TAILLE_MAX + 1)
    except _FAUTES_DE_ZIP as erreur:
        protege = isinstance(erreur, RuntimeError)
        raise FichierIllisible(
            "un zip protégé par un mot de passe." if protege else "un zip abîmé.",
            _SIECLE,
            "décompressez-le vous-même et déposez le .xml, ou refaites l'export dans SIECLE.",
        ) from erreur
    _refuser_bombe(len(contenu))
    return contenu


def _compte(membre: zipfile.ZipInfo) -> bool:
    """Ni un dossier, ni ce que macOS ajoute."""
    parties = PurePosixPath(membre.filename).parts
    return not (membre.is_dir() or any(p.startswith((".", "__MACOSX")) for p in parties))


def _ouvrir(octets: bytes, nom: str, attendu: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(octets))
    except (zipfile.BadZipFile, OSError, ValueError) as erreur:
        trouve = f"{nom} qui ne s'ouvre pas : fin abîmée, ou coupée."
        raise FichierIllisible(
            trouve, attendu, "refaites l'export et déposez-le sans l'ouvrir."
        ) from erreur


def _refuser_bombe(taille: int) -> None:
    if taille > TAILLE_MAX:
        raise FichierIllisible(
            f"un fichier compressé qui, décompressé, dépasse {TAILLE_MAX // 2**20} Mo.",
            "une liste d'élèves : 3 000 élèves avec adresses pèsent environ 20 Mo.",
            "ne l'ouvrez pas ; refaites l'export dans SIECLE.",
        )
