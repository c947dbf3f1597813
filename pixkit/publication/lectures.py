"""Étage 4 — tout ce qu'un fichier, puis un texte, peut vouloir dire.

D'un fichier à ses textes (JSON, balises), d'un texte à ses lectures (entités, %20, \\u00e9, base64,
accents mal relus), d'une lecture à ses mots (lettres déguisées, signes invisibles).
"""

import json
import re
import unicodedata
from base64 import b64decode
from binascii import Error as PasDuBase64
from collections.abc import Iterator
from functools import cache
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

_MOT = re.compile(r"[^\W_]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_EN_LIGNE = re.compile("(?:a|b|i|u|em|strong|t?span|small|font|su[bp]|mark|wbr)$")
_COLLE = re.compile(r"(?:\S+\s)?\S*\ue000\S*(?:\s\S+)?")
_DESSIN = re.compile(r"(?:[-+\d\s.,%]|[MLHVCSQTAZe](?![a-z]))*", re.I)
_DECIMAL = re.compile(r"-?\d+\.\d+")
_BALISE = re.compile(r"<[^<>]*>")
_CHAMEAU = re.compile(r"(?<=[a-zà-ÿ]{3})(?=[A-ZÀ-Þ][a-zà-ÿ]{2}|\d)")
_ECHAPPE = re.compile(
    r"\\u\{?([0-9a-fA-F]{4})\}?|\\x([0-9a-fA-F]{2})|=([0-9A-F]{2})|\\u\{([0-9a-fA-F]{2,6})\}"
)
_LATINE = re.compile(
    r"LATIN .*(?:LETTER|LIGATURE) (?:\w+ )*?([A-Z]{1,2})(?: |$)|SYMBOL LETTER ([A-Z])$"
)
_ETIQUETTES = re.compile("[\U000e0020-\U000e007e]+")
_ETIQUETEES = {0xE0000 + code: code for code in range(0x20, 0x7F)}
"""Un texte entier en étiquettes : personne ne le voit, un programme le lit."""
_SIGNE, _LETTRES = re.compile(r"(?<=\w)[@€$!|](?=\w)"), str.maketrans("@€$!|", "aesil")
_CHIFFRES = str.maketrans("01345789", "oieastbg")
_VIDES = "\u115f\u1160\u3164\uffa0\u2800"  # des lettres et des signes qui ne se voient pas
_FINES = dict.fromkeys([0x1680, *range(0x2000, 0x200B), 0x205F, 0x3000, 0x2122], "_")
"""Les espaces que personne ne tape entre deux mots : elles coupent un nom (« Durand™ » aussi)."""


class Mot(NamedTuple):
    """Un mot sans accents, casse ni déguisement ; `nu` : sans les chiffres d'un identifiant.

    `capitale` : il en porte une ; `joint` : ce qui le sépare du mot d'avant.
    """

    mot: str
    nu: str
    capitale: bool
    joint: str


def textes(octets: bytes) -> Iterator[tuple[str, bool]]:
    """(texte, a-t-il été écrit d'un trait ?) de tout ce que dit un fichier.

    D'un JSON, chaque clé, chaque texte, et leur suite ; d'une page ou d'un dessin, ce qui se
    lit hors des vraies balises, puis chaque balise ; du reste, tout.
    """
    for brut in _decoder(octets):
        try:
            lu = json.loads(
                brut, object_pairs_hook=lambda paires: [*map(list, zip(*paires, strict=True))]
            )
        except ValueError:
            yield from _de_page(brut) if brut.lstrip().startswith("<") else [(brut, True)]
        else:
            feuilles = [*_feuilles(lu)]
            yield " ".join(feuilles), False
            yield from ((feuille, True) for feuille in feuilles)


def lectures(texte: str) -> Iterator[str]:
    """Toutes les façons de lire un texte ; d'abord tel quel."""
    clair = _deplier(texte)
    lues = [texte, clair, _BALISE.sub("", clair), _CHAMEAU.sub(" ", clair), *_redresser(clair)]
    lues.append(_SIGNE.sub(lambda signe: signe[0].translate(_LETTRES), clair))
    lues += [_deplier(code) for morceau in _BASE64.findall(texte) for code in _decode(morceau)]
    lues.append("".join(_ETIQUETTES.findall(clair)).translate(_ETIQUETEES))
    yield from dict.fromkeys(lues)


def decouper(texte: str) -> list[Mot]:
    """Les mots d'un texte, dans l'ordre."""
    simple = unicodedata.normalize("NFKD", texte.translate(_FINES)).translate(_SIGNES)
    suite, fin = [], 0
    for trouve in _MOT.finditer(simple):
        mot = trouve[0].casefold()
        suite.append(Mot(mot, _nu(mot), trouve[0][0].isupper(), simple[fin : trouve.start()]))
        fin = trouve.end()
    return suite


def mots(texte: str) -> list[str]:
    """« N’Diaye » → n, diaye."""
    return [mot.mot for mot in decouper(texte)]


@cache
def _nu(mot: str) -> str:
    """« kdurand2013 » → kdurand, « dur4nd » → durand ; « 5ea » reste une classe."""
    nu = mot if mot.isalpha() else mot.strip("0123456789")
    return nu.translate(_CHIFFRES) if len(nu) > 2 else mot


# — D'un fichier à ses textes —


def _decoder(octets: bytes) -> list[str]:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return [octets.decode("utf-16", errors="replace")]
    if b"\0" in octets:
        return [octets.decode(code, errors="replace") for code in ("utf-16-le", "utf-16-be")]
    try:
        return [octets.decode("utf-8-sig")]
    except UnicodeDecodeError:
        return [octets.decode("latin-1")]


def _feuilles(lu: Any) -> Iterator[str]:
    """Les textes d'un JSON, et ses entiers : un nombre à virgule n'est le numéro de personne."""
    if isinstance(lu, list):
        for dedans in lu:
            yield from _feuilles(dedans)
    elif isinstance(lu, str | int):
        yield str(lu)


def _de_page(brut: str) -> Iterator[tuple[str, bool]]:
    page = _Page()
    page.feed(brut)
    page.balises.append(page.rawdata)  # une balise jamais fermée
    visible = re.sub("[ \n]+", " ", "".join(page.visible))
    colles = " ".join(_COLLE.findall(visible)).replace("\ue000", "")
    yield from ((texte, False) for texte in (visible, colles, *page.balises))


class _Page(HTMLParser):
    """Ce qui se lit (`visible`, U+E000 pour une balise en ligne), et ce que portent les balises.

    Les coordonnées d'un dessin sont des nombres, comme les numéros d'élèves : non lues.
    """

    def __init__(self):
        super().__init__()
        self.visible: list[str] = []
        self.balises: list[str] = []

    def handle_data(self, data: str) -> None:
        (self.balises if self.cdata_elem else self.visible).append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        dits = (_DECIMAL.sub("", texte) for paire in attrs for texte in paire if texte)
        self.balises.append(" ".join([tag, *(dit for dit in dits if not _DESSIN.fullmatch(dit))]))
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.visible.append("\ue000" if _EN_LIGNE.match(tag) else " ")

    def updatepos(self, i: int, j: int) -> int:  # noqa: ARG002
        return j  # compter les lignes prend du temps, et ne sert à rien ici

    def handle_comment(self, data: str) -> None:
        self.balises.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


# — D'un texte à ses lectures —


def _deplier(texte: str) -> str:
    """Le texte sans ses échappements, même emboîtés."""
    for _ in range(3):
        texte = _ECHAPPE.sub(_signe, unescape(unquote_plus(texte)))
    return texte


def _signe(code: re.Match) -> str:
    numero = int(next(filter(None, code.groups())), 16)
    return chr(numero) if numero < 0x110000 else code[0]


def _redresser(texte: str) -> Iterator[str]:
    """L'UTF-8 relu comme du Latin-1, une fois ou deux : « KÃ©vin »."""
    for _ in range(2):
        if not any(signe in texte for signe in "ÃÂ"):
            return
        texte = texte.encode("cp1252", errors="ignore").decode("utf-8", errors="ignore")
        yield texte


def _decode(morceau: str) -> Iterator[str]:
    """Ce que disent une base64 ou un hexadécimal, s'ils disent quelque chose."""
    plein = morceau.translate(str.maketrans("-_", "+/")).rstrip("=")
    for lire in (lambda: b64decode(plein + "=" * (-len(plein) % 4)), lambda: bytes.fromhex(plein)):
        try:
            codes = _decoder(lire())
        except (PasDuBase64, ValueError):
            continue
        for texte in codes:
            lisibles = sum(signe.isalpha() or signe.isspace() for signe in texte)
            if lisibles > 0.7 * len(texte):  # sinon ce n'est pas du texte : une empreinte
                yield texte


# — D'une lecture à ses mots —


class _Signes(dict):
    """{signe: lettre latine qu'on y voit}, calculé à mesure ; « » s'il ne se voit pas."""

    def __missing__(self, code: int) -> str:
        signe = chr(code)
        nom = unicodedata.name(signe, "")
        latine = _LATINE.search(nom) if code > 127 else None
        chiffre = unicodedata.decimal(signe, None)
        if chiffre is not None:  # « ٤ » se lit 4
            signe = str(chiffre)
        elif latine and nom.startswith("COMBINING LATIN"):  # petite, au-dessus de la ligne
            signe = latine[1].lower()
        elif signe in _VIDES or (
            unicodedata.category(signe) in ("Cf", "Mn", "Me", "Lm", "Cc") and not signe.isspace()
        ):
            signe = ""
        elif latine:
            signe = latine[1] or latine[2]
            signe = signe if "CAPITAL LETTER" in nom else signe.lower()
        self[code] = signe
        return signe


def _sosies() -> Iterator[tuple[int, str]]:
    lignes = files(__package__).joinpath("sosies.txt").read_text(encoding="utf-8").splitlines()
    for lettre, sosies in (ligne.split() for ligne in lignes[1:]):
        yield from ((ord(s), lettre.upper() if s.isupper() else lettre) for s in sosies)


_SIGNES = _Signes(_sosies())
