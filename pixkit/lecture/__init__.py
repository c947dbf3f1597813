"""Étage 1 — la seule pièce qui connaît les fichiers bruts : octets → grilles → un format →
tables."""

from pixkit.lecture.dossier import lire_dossier, lire_fichiers, listes_inconnues, reprendre
from pixkit.lecture.formats.listes.entetes import CHAMPS
from pixkit.lecture.rassembler.envois import retenir

__all__ = ["CHAMPS", "lire_dossier", "lire_fichiers", "listes_inconnues", "reprendre", "retenir"]
