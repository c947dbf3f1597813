"""Étage 1 — l'export « élèves » de SIECLE (avec ou sans adresses), en XML, lu d'un trait sans le garder en mémoire.

Pix Orga écarte en silence l'élève sans INE, sans classe ou au moindre DATE_SORTIE, même vide : ici il reste dans la liste, et
une phrase le nomme.
"""

import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from pixkit.erreurs import FichierIllisible, FichierNonPix
from pixkit.lecture.liste import Liste, jour

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
_REFAIRE = "dans SIECLE, refaites Exportations > En XML > Élèves sans adresses, et déposez le fichier sans l'ouvrir."


def lire_siecle(octets: bytes, fichier: str) -> Liste:
    """La liste des élèves d'un XML de SIECLE ; `ligne` est le rang de l'élève dans le fichier.

    Lève FichierNonPix (un autre XML, ou un XML qui porte des entités) ou FichierIllisible (coupé, abîmé).
    """
    liste = Liste(fichier, nature="siecle")
    octets = _en_clair(octets, liste)
    rangs: dict[str, dict[str, str]] = {}
    try:
        for element in _elements(octets):
            _prendre(element, liste, rangs)
    except DefusedXmlException as erreur:
        raise FichierNonPix(
            "un XML qui déclare des entités ou une DTD, ce que SIECLE ne fait jamais et qui sert à piéger qui l'ouvre.",
            _ATTENDU,
            "ne l'utilisez pas ; " + _REFAIRE,
        ) from erreur
    except (ParseError, LookupError, ValueError) as erreur:
        raise FichierIllisible(_coupure(liste), f"{_ATTENDU[:-1]}, entier.", _REFAIRE) from erreur
    if not liste.lignes:
        raise FichierNonPix("un fichier XML qui n'est pas une liste d'élèves de SIECLE.", _ATTENDU, _REFAIRE)
    return liste


def _en_clair(octets: bytes, liste: Liste) -> bytes:
    """Les octets, réécrits en UTF-8 quand l'encodage annoncé n'est pas le vrai."""
    trouve = _ENCODAGE.search(octets[:128])
    annonce = (trouve[1].decode() if trouve else "utf-8").lower()
    try:
        octets.decode("utf-8")
        vrai = "utf-8"
    except UnicodeDecodeError:
        vrai = "iso-8859-15"
    if octets.isascii() or (annonce.startswith("utf") == (vrai == "utf-8")):
        return octets
    liste.remarques.append(
        f"Encodage : le fichier annonce {annonce.upper()} mais il est écrit en {vrai.upper()} (il a été réenregistré) ; "
        "il est lu comme il est écrit."
    )
    clair = octets.decode(vrai).encode()
    return re.sub(_ENCODAGE, b'encoding="UTF-8"', clair[:128]) + clair[128:]


def _elements(octets: bytes) -> Iterator[Element]:
    """Les petits-enfants de DONNEES et les PARAMETRES, un par un ; chacun est oublié sitôt rendu."""
    chemin: list[str] = []
    for evenement, element in iterparse(io.BytesIO(octets), events=("start", "end"), forbid_dtd=True):
        if evenement == "start":
            chemin.append(element.tag)
            continue
        chemin.pop()
        if len(chemin) == 3 or (len(chemin) == 1 and element.tag == "PARAMETRES"):
            yield element
            element.clear()


def _prendre(element: Element, liste: Liste, rangs: dict[str, dict[str, str]]) -> None:
    if element.tag == "PARAMETRES":
        liste.etablissement = (element.findtext("UAJ") or "").strip()
        annee = (element.findtext("ANNEE_SCOLAIRE") or "").strip()
        liste.annee_scolaire = f"{annee}-{int(annee) + 1}" if annee.isdigit() else None
        liste.date_liste = jour(element.findtext("DATE_EXPORT") or element.findtext("HORODATAGE") or "")
    elif element.tag == "ELEVE":
        champs = rangs.setdefault(element.get("ELEVE_ID") or "", {})
        champs |= {_CHAMPS[enfant.tag]: (enfant.text or "").strip() for enfant in element if enfant.tag in _CHAMPS}
        champs["rang"] = element.get("ELEVE_ID") or ""
        liste.lignes.append(champs)
        liste.numeros.append(len(liste.lignes))
    elif element.tag == "STRUCTURES_ELEVE":
        eleve = rangs.setdefault(element.get("ELEVE_ID") or "", {})
        structures = [(s.findtext("TYPE_STRUCTURE"), " ".join((s.findtext("CODE_STRUCTURE") or "").split())) for s in element]
        for genre, code in structures:
            if genre == "D" and code and code != "Inactifs":
                eleve["classe"] = code
        eleve["groupe"] = ", ".join(sorted(code for genre, code in structures if genre == "G" and code))


def _coupure(liste: Liste) -> str:
    if not liste.lignes:
        return "un fichier XML abîmé dès le début."
    dernier = liste.lignes[-1]
    qui = f"{dernier.get('nom', '')} {dernier.get('prenom', '')}".strip()
    return f"un fichier XML coupé ou abîmé après {len(liste.lignes)} élèves, le dernier lu étant {qui}."
