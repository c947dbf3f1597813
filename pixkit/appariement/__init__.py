"""Étage 1 — qui est qui : les noms saisis dans Pix et les élèves de l'établissement, sans jamais
décider seul d'un homonyme."""

from pixkit.appariement.nom import Nom
from pixkit.appariement.relier import (
    HORS_ETABLISSEMENT,
    SANS_LISTE,
    SANS_NOM,
    Appariement,
    Lien,
    apparier,
    apparier_certifications,
)
from pixkit.decisions import Decision, annuler, decider, lire_decisions

__all__ = [
    "HORS_ETABLISSEMENT",
    "SANS_LISTE",
    "SANS_NOM",
    "Appariement",
    "Decision",
    "Lien",
    "Nom",
    "annuler",
    "apparier",
    "apparier_certifications",
    "decider",
    "lire_decisions",
]
