"""Étage 1 — qui est qui : les noms saisis dans Pix et les élèves de l'établissement, sans jamais décider seul d'un homonyme."""

from pixkit.appariement.decisions import Decision, annuler, decider, lire_decisions
from pixkit.appariement.relier import SANS_LISTE, SANS_NOM, Appariement, Lien, apparier

__all__ = [
    "SANS_LISTE",
    "SANS_NOM",
    "Appariement",
    "Decision",
    "Lien",
    "annuler",
    "apparier",
    "decider",
    "lire_decisions",
]
