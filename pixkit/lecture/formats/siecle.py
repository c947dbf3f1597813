"""Étage 1 — l'export « élèves » de SIECLE (avec ou sans adresses), en XML, lu d'un trait sans le
garder en mémoire.

Pix Orga écarte en silence l'élève sans INE, sans classe ou au moindre DATE_SORTIE, même vide : ici
il reste dans la liste, et une phrase le nomme.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from pixkit.erreurs import FichierIllisible, FichierNonPix
from pixkit.grilles import Morceau
from pixkit.lecture.formats.listes import Liste
from pixkit.lecture.formats.listes.eleves import reparer
from pixkit.lecture.lu import Reglages
from pixkit.lecture.valeurs import jour

EXEMPLES = (
    "<BEE_ELEVES><PARAMETRES><UAJ>0999999X</UAJ></PARAMETRES><DONNEES><ELEVES><ELEVE "
    "ELEVE_ID='1'><NOM>LEROY</NOM><PRENOM>Emma</PRENOM></ELEVE></ELEVES></DONNEES></BEE_ELEVES>",
)

_CHAMPS = {
    "ID_NATIONAL": "identifiant",
    "NOM_DE_FAMILLE": "nom",
    "NOM": "nom",  # exports d'avant 2016
    "NOM_USAGE": "nom_usage",
    "PRENOM": "prenom",
    "PRENOM2": "deuxieme_prenom",
    "PRENOM3": "troisieme_prenom",
    "DATE_NAISS": "date_naissance",
    "CODE_MEF": "mef",
    "DATE_ENTREE": "date_entree",
    "DATE_SORTIE": "date_sortie",
}
_ENCODAGE = re.compile(rb"encoding=[\"']([A-Za-z0-9_.-]+)[\"']")
_ATTENDU = "l'export « élèves sans adresses » de SIECLE (.xml ou .zip)."
_REFAIRE = (
    "dans SIECLE, refaites Exportations > En XML > Élèves sans adresses, et déposez le fichier "
    "sans l'ouvrir."
)


def reconnaitre(morceau: Morceau, _reglages: Reglages) -> bytes | None:
    """Tout XML qui n'est pas une page ou un classeur : s'il n'est pas de SIECLE, `lire` le dit."""
    return morceau.xml


def lire(morceau: Morceau, octets: bytes, _reglages: Reglages) -> Liste:
    """La liste des élèves d'un XML de SIECLE ; `ligne` est le rang de l'élève dans le fichier.

    Lève FichierNonPix (un autre XML, ou un XML qui porte des entités) ou FichierIllisible (coupé,
    abîmé).
    """
    clair, remarques = _en_clair(octets)
    liste = Liste(morceau.fichier, nature="siecle", classeur=morceau.classeur, remarques=remarques)
    ecrites: list[dict[str, Any]] = []
    try:
        _prendre(_elements(clair), liste, ecrites)
    except DefusedXmlException as erreur:
        raise FichierNonPix(
            "un XML qui déclare des entités ou une DTD, ce que SIECLE ne fait jamais et qui sert "
            "à piéger qui l'ouvre.",
            _ATTENDU,
            "ne l'utilisez pas ; " + _REFAIRE,
        ) from erreur
    except (ParseError, LookupError, ValueError) as erreur:
        raise FichierIllisible(_coupure(ecrites), f"{_ATTENDU[:-1]}, entier.", _REFAIRE) from erreur
    if not ecrites:
        raise FichierNonPix(
            "un fichier XML qui n'est pas une liste d'élèves de SIECLE.", _ATTENDU, _REFAIRE
        )
    liste.accueillir(ecrites, list(map(reparer, ecrites)))
    return liste


def _en_clair(octets: bytes) -> tuple[bytes, list[str]]:
    """(les octets, réécrits en UTF-8 quand l'encodage annoncé n'est pas le vrai, ce qu'il faut en
    savoir)."""
    trouve = _ENCODAGE.search(octets[:128])
    annonce = (trouve[1].decode() if trouve else "utf-8").lower()
    try:
        octets.decode("utf-8")
        vrai = "utf-8"
    except UnicodeDecodeError:
        vrai = "iso-8859-15"
    if octets.isascii() or (annonce.startswith("utf") == (vrai == "utf-8")):
        return octets, []
    remarque = (
        f"Encodage : le fichier annonce {annonce.upper()} mais il est écrit en {vrai.upper()} (il "
        "a été réenregistré) ; il est lu comme il est écrit."
    )
    clair = octets.decode(vrai).encode()
    return re.sub(_ENCODAGE, b'encoding="UTF-8"', clair[:128]) + clair[128:], [remarque]


def _elements(octets: bytes) -> Iterator[Element]:
    """Les petits-enfants de DONNEES et les PARAMETRES, un par un ; chacun est oublié sitôt
    rendu."""
    chemin: list[str] = []
    for evenement, element in iterparse(
        io.BytesIO(octets), events=("start", "end"), forbid_dtd=True
    ):
        if evenement == "start":
            chemin.append(element.tag)
            continue
        chemin.pop()
        if len(chemin) == 3 or (len(chemin) == 1 and element.tag == "PARAMETRES"):
            yield element
            element.clear()


def _prendre(elements: Iterable[Element], liste: Liste, ecrites: list[dict[str, Any]]) -> None:
    eleves: dict[str, dict[str, Any]] = defaultdict(dict)
    for element in elements:
        champs = eleves[element.get("ELEVE_ID") or ""]
        if element.tag == "PARAMETRES":
            _dater(liste, element)
        elif element.tag == "ELEVE":
            ecrites.append(champs)
            champs |= {_CHAMPS[e.tag]: _texte(e) for e in element if e.tag in _CHAMPS}
            champs["ligne"] = len(ecrites)
        elif element.tag == "STRUCTURES_ELEVE":
            champs |= _lieux(element)


def _dater(liste: Liste, parametres: Element) -> None:
    liste.etablissement = _texte(parametres.find("UAJ"))
    annee = _texte(parametres.find("ANNEE_SCOLAIRE"))
    liste.annee_scolaire = f"{annee}-{int(annee) + 1}" if annee.isdigit() else None
    liste.date_liste = jour(
        parametres.findtext("DATE_EXPORT") or parametres.findtext("HORODATAGE") or ""
    )


def _lieux(structures: Element) -> dict[str, str]:
    """La classe et les groupes d'un élève."""
    codes: dict[str, list[str]] = {"D": [], "G": []}
    for structure in structures:
        code = " ".join(_texte(structure.find("CODE_STRUCTURE")).split())
        if code:
            codes.setdefault(structure.findtext("TYPE_STRUCTURE") or "", []).append(code)
    classes = [code for code in codes["D"] if code != "Inactifs"]
    groupes = {"groupe": ", ".join(sorted(codes["G"]))}
    return groupes | ({"classe": classes[-1]} if classes else {})


def _texte(element: Element | None) -> str:
    return ((element.text if element is not None else None) or "").strip()


def _coupure(ecrites: list[dict[str, Any]]) -> str:
    if not ecrites:
        return "un fichier XML abîmé dès le début."
    dernier = ecrites[-1]
    qui = f"{dernier.get('nom', '')} {dernier.get('prenom', '')}".strip()
    return f"un fichier XML coupé ou abîmé après {len(ecrites)} élèves, le dernier lu étant {qui}."
