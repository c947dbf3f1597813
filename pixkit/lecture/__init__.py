"""Étage 1 — la seule pièce qui connaît les fichiers bruts : octets → grille → export ou liste → dossier → tables."""

from pixkit.lecture.dossier import lire_dossier, lire_fichiers, listes_inconnues, reprendre
from pixkit.lecture.envois import retenir
from pixkit.lecture.liste import CHAMPS

__all__ = ["CHAMPS", "lire_dossier", "lire_fichiers", "listes_inconnues", "reprendre", "retenir"]
