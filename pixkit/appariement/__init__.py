"""Étage 1 — qui est qui : les noms saisis dans Pix et les élèves de l'établissement, sans jamais décider seul d'un homonyme."""

from pixkit.appariement.decisions import Decision, annuler, decider, lire_decisions
from pixkit.appariement.relier import Appariement, apparier

__all__ = ["Appariement", "Decision", "annuler", "apparier", "decider", "lire_decisions"]
