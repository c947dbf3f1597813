"""Étage 4 — les panneaux : des commandes jointes à des vues ; ils ne calculent rien."""

from pixkit.panneaux.atelier import panneau_atelier

__all__ = ["panneau_atelier"]
