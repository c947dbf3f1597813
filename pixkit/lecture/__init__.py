"""Étage 1 — la seule pièce qui connaît les fichiers bruts : octets → grille → export ou liste → dossier → tables."""

from pixkit.lecture.dossier import lire_dossier, lire_fichiers, reprendre
from pixkit.lecture.envois import retenir

__all__ = ["lire_dossier", "lire_fichiers", "reprendre", "retenir"]
