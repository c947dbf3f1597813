"""Étage 4 — les morceaux de page que tous les panneaux écrivent."""

from base64 import b64encode
from html import escape

from pixkit.erreurs import ErreurPixkit


def alerte(erreur: ErreurPixkit | str) -> str:
    """La phrase d'une erreur, qu'un lecteur d'écran annonce."""
    return f"<p class='pixkit-erreur' role='alert'>{escape(str(erreur))}</p>"


def annonce(html: str) -> str:
    """Ce qui vient d'être fait, qu'un lecteur d'écran annonce sans couper."""
    return f"<p role='status'>{html}</p>"


def lien(nom: str, octets: bytes) -> str:
    """Un lien de téléchargement qui porte le fichier lui-même."""
    adresse = f"data:application/octet-stream;base64,{b64encode(octets).decode()}"
    return f"<a download='{escape(nom, quote=True)}' href='{adresse}'>{escape(nom)}</a>"
