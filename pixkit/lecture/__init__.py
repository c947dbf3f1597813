"""Étage 1 — la seule pièce qui connaît les fichiers bruts : octets → grille → plan → export → dossier → tables."""

from pixkit.lecture.dossier import lire_dossier, lire_fichiers, reprendre
from pixkit.lecture.envois import retenir
from pixkit.lecture.export import lire_export

__all__ = ["lire_dossier", "lire_export", "lire_fichiers", "reprendre", "retenir"]
