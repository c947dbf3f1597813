"""Étage 4 — les morceaux de page que tous les panneaux écrivent ; tout texte y est échappé."""

from base64 import b64encode

from markupsafe import Markup

from pixkit.erreurs import ErreurPixkit
from pixkit.gabarits import aider


def phrase(texte: str) -> Markup:
    return Markup("<p class='pixkit-phrase'>{}</p>").format(aider(texte))


def alerte(erreur: ErreurPixkit | str) -> Markup:
    """La phrase d'une erreur, qu'un lecteur d'écran annonce."""
    return Markup("<p class='pixkit-erreur' role='alert'>{}</p>").format(str(erreur))


def annonce(texte: str) -> Markup:
    """Ce qui vient d'être fait, qu'un lecteur d'écran annonce sans couper."""
    return Markup("<p role='status'>{}</p>").format(texte)


def lien(nom: str, octets: bytes) -> Markup:
    """Un lien de téléchargement qui porte le fichier lui-même."""
    adresse = f"data:application/octet-stream;base64,{b64encode(octets).decode()}"
    return Markup("<a download='{0}' href='{1}'>{0}</a>").format(nom, adresse)
