"""Étage 4 — tout ce qu'un fichier peut vouloir dire.

Entités, %20, \\u00e9, base64, accents mal relus, lettres déguisées.
"""

import re
import unicodedata
from base64 import b64decode
from binascii import Error as PasDuBase64
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote_plus

_MOT = re.compile(r"[^\W_]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_STYLE = re.compile(r"<(style|script)\b.*?</\1>", re.S | re.I)
_EN_LIGNE = re.compile(r"</?(?:a|b|i|u|em|strong|span|tspan|small|font|sub|sup)\b[^<>]*>", re.I)
_BALISE = re.compile(r"<(?!!--)[^<>]*>")
_ATTRIBUT = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_DESSIN = re.compile(
    r"(?:d|style|transform|points|viewBox|width|height|clip-path|x\d?|y\d?|r[xy]?|c[xy]|dx|dy|"
    r"fill|stroke.*|xmlns.*)$"
)
_ECHAPPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_INVISIBLES = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_LETTRES = str.maketrans(
    "łŁøØđĐıßæÆœŒаеорсухіАВЕКМНОРСТХ", "lLoOdDis" + "a" + "A" + "o" + "O" + "aeopcyxiABEKMHOPCTX"
)


@dataclass(frozen=True)
class Lecture:
    """Une façon de lire un fichier.

    `texte` : ce qui se lit entre les balises ; `tout` : avec les attributs (hors du dessin).
    """

    texte: str
    tout: str


def lectures(octets: bytes) -> Iterator[Lecture]:
    """Toutes les façons de lire ces octets."""
    for brut in _decoder(octets):
        clair = _deplier(brut)
        yield _voir(clair)
        if _EN_LIGNE.search(clair):
            yield _voir(_EN_LIGNE.sub("", clair))
        for redresse in _redresser(clair):
            yield _voir(redresse)
        for morceau in _BASE64.findall(_BALISE.sub(" ", brut) if "base64," not in brut else brut):
            yield from (_voir(_deplier(texte)) for texte in _de_base64(morceau))


def _decoder(octets: bytes) -> list[str]:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return [octets.decode("utf-16", errors="replace")]
    if b"\0" in octets:
        return [octets.decode(code, errors="replace") for code in ("utf-16-le", "utf-16-be")]
    try:
        return [octets.decode("utf-8")]
    except UnicodeDecodeError:
        return [octets.decode("latin-1")]


def _deplier(texte: str) -> str:
    """Le texte sans ses échappements, même emboîtés, ni ses signes invisibles."""
    for _ in range(3):
        texte = _ECHAPPE.sub(
            lambda code: chr(int(code[1] or code[2], 16)), unescape(unquote_plus(texte))
        )
    return texte.translate(_INVISIBLES)


def _redresser(texte: str) -> Iterator[str]:
    """L'UTF-8 relu comme du Latin-1, une fois ou deux : « KÃ©vin »."""
    for _ in range(2):
        if not any(signe in texte for signe in "ÃÂ"):
            return
        texte = texte.encode("cp1252", errors="ignore").decode("utf-8", errors="ignore")
        yield texte


def _de_base64(morceau: str) -> Iterator[str]:
    try:
        octets = b64decode(
            morceau.translate(str.maketrans("-_", "+/")).rstrip("=")
            + "=" * (-len(morceau.rstrip("=")) % 4)
        )
    except (PasDuBase64, ValueError):
        return
    for texte in _decoder(octets):
        lisibles = sum(signe.isalpha() or signe.isspace() for signe in texte)
        if lisibles > 0.7 * len(texte):  # sinon ce n'est pas du texte : une empreinte, un nombre
            yield texte


def _voir(texte: str) -> Lecture:
    """Ce qui se lit, balises ôtées.

    Les coordonnées d'un dessin sont des nombres, comme les numéros d'élèves : non lues.
    """
    sans_style = _STYLE.sub(" ", texte)
    valeurs = [
        " ".join(reste) for balise in _BALISE.findall(sans_style)
        for nom, *reste in _ATTRIBUT.findall(balise) if not _DESSIN.match(nom)
    ]  # fmt: skip
    visible = _BALISE.sub(" ", sans_style)
    return Lecture(visible, " ".join([visible, *valeurs]))


def mots(texte: str) -> list[str]:
    """Les mots d'un texte, sans accents, casse ni déguisement : « N’Diaye » → n, diaye."""
    simple = unicodedata.normalize("NFKD", texte.translate(_LETTRES))
    return _MOT.findall(
        "".join(signe for signe in simple if not unicodedata.combining(signe)).casefold()
    )
