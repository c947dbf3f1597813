"""Étage 4 — les deux morceaux de page que tous les panneaux écrivent : une alerte, un fichier à télécharger."""

from base64 import b64encode
from html import escape

from pixkit.erreurs import ErreurPixkit


def alerte(erreur: ErreurPixkit | str) -> str:
    """La phrase d'une erreur, qu'un lecteur d'écran annonce."""
    return f"<p class='pixkit-erreur' role='alert'>{escape(str(erreur))}</p>"


def lien(nom: str, octets: bytes) -> str:
    """Un lien de téléchargement qui porte le fichier lui-même : rien n'est écrit sur le disque sans qu'on le demande."""
    contenu = b64encode(octets).decode()
    return f"<a download='{escape(nom, quote=True)}' href='data:application/octet-stream;base64,{contenu}'>{escape(nom)}</a>"
