"""Un fichier, quelle que soit sa forme, en morceaux : des grilles de textes, ou un XML de
SIECLE."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from pixkit.erreurs import FichierIllisible, FichierNonPix
from pixkit.grilles.classeurs import (
    CLASSEUR_XML,
    TAILLE_MAX,
    Feuilles,
    est_un_classeur,
    feuilles_du_balisage,
    feuilles_du_classeur,
    xml_du_zip,
)
from pixkit.grilles.decoupe import deplier, feuille_csv
from pixkit.grilles.feuilles import Feuille, feuille_de
from pixkit.grilles.texte import ACCENTS_RETABLIS, decoder, defaire_mojibake

CE_QU_ON_LIT = (
    "un export de campagne ou des résultats de certification tels que Pix les donne, ou une liste "
    "d'élèves (SIECLE, FREGATA, SUP, CSV ou classeur avec nom, prénom et classe).",
    "déposez le fichier d'origine, sans l'ouvrir ni le convertir ; s'il n'a rien à faire ici, "
    "retirez-le.",
)
CACHEE = (
    "Cette feuille est cachée dans le classeur, et elle compte comme les autres : si elle n'est "
    "plus bonne, supprimez-la."
)
TEXTE_MAX = 20 * 2**20
"""Octets d'un CSV : ses cellules en tiennent quinze fois plus en mémoire."""
_SIGNATURES = (
    (b"%PDF", "un document PDF."),
    (b"\x89PNG", "une image."),
    (b"\xff\xd8\xff", "une image."),
    (b"PK\x05\x06", "une archive zip vide."),
    *((signe, "une archive compressée.") for signe in (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")),
    (b"PAR1", "une table Parquet."),
)
_JSON = re.compile(rb'[\[{]\s*["\[{\d]')
_BUREAUTIQUE = (
    (b"word/document", "un document Word."),
    (b"ppt/slides", "un diaporama."),
    (b"Index/Document.iwa", "un document Numbers, à exporter en .xlsx ou en CSV."),
)


@dataclass(frozen=True, eq=False)
class Morceau:
    """Ce qu'un format lit : une feuille, ou un XML. `classeur` est le fichier ; `fichier` y ajoute
    la feuille, s'il y en a."""

    fichier: str
    classeur: str
    feuille: Feuille | None = None
    xml: bytes | None = None


def octets_du_fichier(source: Path | bytes) -> bytes:
    """Les octets d'un fichier (ou ceux donnés) ; refuse avec une phrase ce qui est vide ou trop
    gros."""
    if isinstance(source, Path) and source.is_symlink() and not source.is_file():
        raise FichierIllisible(
            "un lien vers un dossier, ou vers un fichier qui n'est plus là : il n'est pas suivi.",
            "les fichiers eux-mêmes, dans ce dossier ou dans ses sous-dossiers.",
            "copiez ici ce que ce lien désigne.",
        )
    if isinstance(source, Path) and source.is_dir():
        raise FichierIllisible(
            "un sous-dossier qui ne s'ouvre pas.",
            "des sous-dossiers que vous avez le droit de lire.",
            "demandez l'accès, ou copiez ici ses fichiers.",
        )
    taille = len(source) if isinstance(source, bytes) else source.stat().st_size
    _refuser_trop_gros(taille, TAILLE_MAX)  # avant de lire : il peut ne pas tenir en mémoire
    octets = source if isinstance(source, bytes) else source.read_bytes()
    if not octets.strip(b" \t\r\n\0" + codecs.BOM_UTF8):
        raise FichierIllisible("un fichier vide.", *CE_QU_ON_LIT)
    return octets


def _refuser_trop_gros(taille: int, maximum: int) -> None:
    if taille > maximum:
        raise FichierIllisible(
            f"un fichier de {taille // 2**20} Mo.",
            f"moins de {maximum // 2**20} Mo (un export de 1 500 élèves pèse environ 1,5 Mo).",
            "vérifiez que c'est bien un export Pix ; sinon, retirez-le du dossier.",
        )


def ouvrir(octets: bytes, fichier: str) -> list[Morceau]:
    """Les morceaux d'un fichier : ses feuilles, sa grille, ou son XML. Lève FichierNonPix ou
    FichierIllisible."""
    debut = octets[:2000].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if autre := _autre_chose(octets, debut):
        raise FichierNonPix(autre, *CE_QU_ON_LIT)
    if est_un_classeur(octets):
        return _morceaux(*feuilles_du_classeur(octets), fichier)
    if octets.startswith(b"PK"):
        return [Morceau(fichier, fichier, xml=xml_du_zip(octets))]
    if debut.startswith(b"<"):
        return _morceaux_du_balisage(octets, debut, fichier)
    _refuser_trop_gros(len(octets), TEXTE_MAX)
    feuille = deplier(feuille_csv(octets))
    if not len(feuille.numeros):
        raise FichierIllisible("un fichier vide.", *CE_QU_ON_LIT)
    return [Morceau(fichier, fichier, feuille=feuille)]


def _autre_chose(octets: bytes, debut: bytes) -> str | None:
    """Ce que c'est, quand on le reconnaît et qu'il ne se lit pas."""
    if _JSON.match(debut):
        return "un fichier JSON."
    signes = [nom for signature, nom in _SIGNATURES if octets.startswith(signature)]
    if octets.startswith(b"PK"):
        signes += [nom for signe, nom in _BUREAUTIQUE if signe in octets]
    return signes[0] if signes else None


def _morceaux_du_balisage(octets: bytes, debut: bytes, fichier: str) -> list[Morceau]:
    page = any(balise in debut for balise in (b"<html", b"<table", b"<meta", b"<!doctype html"))
    if not page and CLASSEUR_XML not in debut:
        return [Morceau(fichier, fichier, xml=octets)]
    tables = feuilles_du_balisage(octets, decoder(octets)[0])
    if not tables:
        raise FichierNonPix(
            "une page web (souvent une page d'erreur ou de connexion enregistrée à la place du "
            "fichier).",
            *CE_QU_ON_LIT,
        )
    return _morceaux(tables, set(), fichier)


def _morceaux(feuilles: Feuilles, cachees: set[str], fichier: str) -> list[Morceau]:
    pleines = {nom: lignes for nom, lignes in feuilles.items() if any(map(any, lignes))}
    if not pleines:
        raise FichierIllisible("un classeur vide.", *CE_QU_ON_LIT)
    return [
        Morceau(
            f"{fichier} [{nom}]" if len(pleines) > 1 else fichier,
            fichier,
            feuille=_feuille(nom, lignes, cachee=nom in cachees),
        )
        for nom, lignes in pleines.items()
    ]


def _feuille(nom: str, lignes: list[list[str]], *, cachee: bool) -> Feuille:
    reparees = [list(map(defaire_mojibake, ligne)) for ligne in lignes]
    remarques = ((CACHEE,) if cachee else ()) + (() if reparees == lignes else (ACCENTS_RETABLIS,))
    indices = ("Fichier réenregistré dans un classeur.",)
    return deplier(feuille_de(reparees, nom=nom, remarques=remarques, indices=indices))
