"""Étage 0 — écrire un fichier d'un coup : une panne au milieu laisse l'ancien entier."""

from pathlib import Path
from uuid import uuid4

from pixkit.erreurs import EcritureImpossible


def ecrire_d_un_coup(chemin: Path, octets: bytes, *, attendu: str, que_faire: str) -> Path:
    """Écrit à côté, puis met à la place. Lève EcritureImpossible, avec les mots de qui écrit.

    Deux programmes qui écrivent ensemble ne se mêlent pas : le dernier l'emporte, entier.
    """
    provisoire = chemin.with_name(f".{chemin.name}.{uuid4().hex}")
    try:
        try:
            provisoire.write_bytes(octets)
            provisoire.replace(chemin)
        finally:
            provisoire.unlink(missing_ok=True)
    except OSError as erreur:
        trouve = f"« {chemin.name} », qui ne s'écrit pas ({erreur.strerror})."
        raise EcritureImpossible(trouve, attendu, que_faire) from erreur
    return chemin
