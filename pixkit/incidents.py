"""Étage 0 — ce que personne n'a prévu : noté sans rien d'un élève, et dit par une phrase."""

import os
import traceback
from datetime import datetime
from pathlib import Path

from platformdirs import user_log_path

TAILLE = 100_000
"""Octets à partir desquels le journal recommence ; le précédent est gardé."""


def noter(erreur: BaseException) -> Path | None:
    """Ajoute une erreur au journal de la personne ; rend son chemin, None s'il ne s'écrit pas.

    Le type, les fichiers et les lignes : ni le message ni les valeurs, qui peuvent nommer un élève.
    """
    genre, pile = type(erreur), traceback.walk_tb(erreur.__traceback__)
    lignes = [f"{datetime.now():%Y-%m-%d %H:%M:%S} {genre.__module__}.{genre.__qualname__}"]
    lignes += [f"  {cadre.f_code.co_filename}:{numero}" for cadre, numero in pile]
    try:
        chemin = user_log_path("pixkit", appauthor=False, ensure_exists=True) / "incidents.log"
        if chemin.exists() and chemin.stat().st_size > TAILLE:
            chemin.replace(chemin.with_name("incidents.ancien.log"))
        with open(chemin, "a", encoding="utf-8", opener=_pour_soi) as journal:
            journal.write("\n".join(lignes) + "\n")
    except OSError:
        return None
    return chemin


def _pour_soi(chemin: str, drapeaux: int) -> int:
    return os.open(chemin, drapeaux, 0o600)


def phrase(journal: Path | None) -> str:
    """Ce qui s'est passé, ce qui n'est pas perdu, que faire."""
    note = f"noté sans aucun nom dans « {journal} »" if journal else "qui n'a pas pu être noté"
    return (
        f"Trouvé : un imprévu dans pixkit, {note}. Attendu : que cette demande aboutisse ; rien "
        "n'est perdu, vos fichiers et vos décisions sont intacts. À faire : recommencez ; si cela "
        "revient, prévenez qui s'occupe de pixkit."
    )
