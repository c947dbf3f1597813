"""Des octets au texte. Un décodage se juge sur le texte entier, jamais sur ses premières lignes.

Pix écrit de l'UTF-8 avec BOM ; un tableur réenregistre en Windows-1252, en Mac Roman, en UTF-16, ou
relit un UTF-8 comme du Windows-1252 (« LÃ©a ») : ce qui se défait sans deviner est défait.
"""

import codecs
import re
from collections import Counter

ILLISIBLE = "\N{REPLACEMENT CHARACTER}"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SANS_BOM = (
    ("cp1252", "replace"),
    ("utf-8", "pixkit_octet_seul"),
    ("mac_roman", "replace"),
    ("cp850", "replace"),
)
_PONCTUATION = frozenset("«»“”’‘…–—°€§²³·œŒ\xa0\u202f")
_OUVRANTS = frozenset("«“’‘–—€§°\xa0\u202f")
_SUITES = "\x80-\xbf" + "".join(
    {bytes([octet]).decode("cp1252", "ignore") for octet in range(0x80, 0xC0)} - {"-"}
)
_TRIO = re.compile(r"(?=(.[^\x00-\x7f].))", re.S)
_MOJIBAKE = re.compile(f"[ÂÃÄÅ][{_SUITES}]|â[{_SUITES}]{{2}}")


def decoder(octets: bytes) -> tuple[str, str]:
    """(texte, encodage). Un décodage qui laisse des signes illisibles ne l'emporte jamais sur un
    qui n'en laisse pas."""
    encodage = next((nom for bom, nom in _BOMS if octets.startswith(bom)), None)
    if encodage is None and b"\0" in octets[:200]:
        encodage = "utf-16-le" if octets[1:2] == b"\0" else "utf-16-be"
    if encodage:
        return octets.decode(encodage, errors="replace"), encodage
    try:
        return octets.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        essais = [(octets.decode(nom, errors=fautes), nom) for nom, fautes in _SANS_BOM]
    return min(essais, key=lambda essai: _defauts(essai[0]))  # à égalité, le premier essayé


def _defauts(texte: str) -> tuple[bool, int]:
    """(des signes illisibles ?, combien de signes qu'un texte français n'aurait pas à cette
    place)."""
    # Chaque signe avec ses deux voisins : peu de trios différents, si long que soit le texte.
    trios = Counter(trouve[1] for trouve in _TRIO.finditer(f"\0{texte}\0"))
    douteux = sum(fois for trio, fois in trios.items() if _deplace(*trio))
    return ILLISIBLE in texte, douteux


def _deplace(avant: str, signe: str, apres: str) -> bool:
    """« InÈs », « In‚s », « In”s », « …mile » : lu dans le mauvais encodage."""
    if signe.isalpha() and ord(signe) < 0x180:
        return signe.isupper() and avant.islower()
    if signe not in _PONCTUATION:
        return True
    return apres.isalpha() and (signe not in _OUVRANTS or (avant.isalpha() and signe not in "’°"))


def _octet_seul(erreur: UnicodeDecodeError) -> tuple[str, int]:
    """Un octet abîmé dans un texte en UTF-8 ne coûte que sa lettre : il se lit en Windows-1252."""
    octet = erreur.object[erreur.start : erreur.start + 1]
    return octet.decode("cp1252", "ignore") or octet.decode("latin-1"), erreur.start + 1


codecs.register_error("pixkit_octet_seul", _octet_seul)


def defaire_mojibake(texte: str) -> str:
    """« LÃ©a » → « Léa », « lâ€™eau » → « l’eau » : de l'UTF-8 relu en Windows-1252, là seulement
    où tout se défait."""
    if not any(signe in texte for signe in ("Ã", "Å", "Ä", "Â", "â€")):
        return texte
    defait = _MOJIBAKE.sub(_defaire, texte)
    return defait if defait == texte else defaire_mojibake(defait)  # réenregistré deux fois


ACCENTS_RETABLIS = (
    "Des accents abîmés par un réenregistrement (« Ã© » pour « é ») ont été rétablis."
)


def _defaire(trouve: re.Match) -> str:
    octets = b"".join(_octet(signe) for signe in trouve[0])
    rendu = octets.decode("utf-8", errors="replace")
    attendu = rendu.isalpha() or rendu in _PONCTUATION or trouve[0].startswith("Â")
    return rendu if len(rendu) == 1 and rendu != ILLISIBLE and attendu else trouve[0]


def _octet(signe: str) -> bytes:
    try:
        return signe.encode("cp1252")
    except UnicodeEncodeError:
        return signe.encode("latin-1", errors="replace")
