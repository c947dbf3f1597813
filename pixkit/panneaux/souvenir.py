"""Étage 4 — la page telle qu'on l'a laissée : pour chaque dossier, ce qui y était choisi.

Gardé dans les réglages de la personne, jamais dans le dossier : ni nom ni clé d'élève.
"""

import json
import os
from hashlib import sha256
from pathlib import Path

from platformdirs import user_state_path

from pixkit.ecriture_sure import ecrire_d_un_coup
from pixkit.erreurs import EcritureImpossible
from pixkit.incidents import noter

GARDES = ("page", "annee", "campagne", "classe")
"""Ce qui se retient, et ce que porte l'adresse de la page."""
_OUVERT = "ouvert"
_MOTS = {"attendu": "un dossier de réglages où écrire.", "que_faire": "rien : la page s'en passe."}


def retrouver(dossier: str | Path) -> dict[str, str]:
    """Ce qui était choisi dans ce dossier la dernière fois ; rien, la première."""
    return {nom: dit for nom, dit in _lire().get(_cle(dossier), {}).items() if nom in GARDES}


def retenir(dossier: str | Path, choix: dict[str, str]) -> None:
    _garder({_cle(dossier): {nom: choix[nom] for nom in GARDES if choix.get(nom)}})


def rouvrir(depart: str) -> str:
    """Le dossier ouvert dans cette séance, que recharger la page retrouve ; à défaut, `depart`."""
    ouvert = _lire().get(_OUVERT, {})
    return ouvert["dossier"] if ouvert.get("seance") == _seance(depart) else depart


def retenir_ouvert(depart: str, dossier: str) -> None:
    _garder({_OUVERT: {"seance": _seance(depart), "dossier": dossier}})


def _seance(depart: str) -> str:
    """Un atelier lancé, du début à la fin : le serveur d'où viennent tous ses noyaux."""
    return f"{os.getppid()} {depart}"


def _cle(dossier: str | Path) -> str:
    return sha256(str(Path(dossier).resolve()).encode()).hexdigest()[:16]


def _chemin() -> Path:
    return user_state_path("pixkit", appauthor=False, ensure_exists=True) / "atelier.json"


def _lire() -> dict[str, dict[str, str]]:
    try:
        lu = json.loads(_chemin().read_text(encoding="utf-8"))
    except (OSError, ValueError):  # la première fois, ou abîmé : on repart de rien
        return {}
    return lu if isinstance(lu, dict) else {}


def _garder(nouveau: dict[str, dict[str, str]]) -> None:
    try:
        ecrire_d_un_coup(_chemin(), json.dumps(_lire() | nouveau).encode(), **_MOTS)
    except (OSError, EcritureImpossible) as erreur:  # ne rien retenir n'empêche pas de travailler
        noter(erreur)
