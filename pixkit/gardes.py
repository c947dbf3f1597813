"""Étage 0 — des textes qu'un tableur montre sans les calculer, et que l'on relit tels quels."""

import re
import unicodedata

_FORMULE = re.compile(r"'*[=+\-@＝＋－＠]")
_CONTROLES = {code: 0x2400 + code for code in range(32)} | {127: 0x2421}
_SIGNES = str.maketrans(_CONTROLES)
_CONTROLES_DE = str.maketrans({signe: code for code, signe in _CONTROLES.items()})


def gardee(texte: str) -> str:
    """Une apostrophe devant ce qu'un tableur prendrait pour une formule (la garde de Pix), et un
    signe visible (« ␇ ») à la place de chaque signe de contrôle."""
    visible = texte.translate(_SIGNES)
    return f"'{visible}" if _FORMULE.match(visible) else visible


def sans_gardes(texte: str) -> str:
    """Ce que `gardee` avait reçu."""
    brut = texte.removeprefix("'") if _FORMULE.match(texte) else texte
    return brut.translate(_CONTROLES_DE)


def imprimable(texte: str) -> str:
    """Le texte sans ce qu'un document ne peut pas porter : contrôles (sauf le saut de ligne), sens
    d'écriture retourné, demi-caractères."""
    return "".join(
        " " if unicodedata.category(signe)[0] == "C" and signe != "\n" else signe for signe in texte
    )
