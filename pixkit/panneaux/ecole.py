"""Étage 4 — l'établissement ouvert : ses tables, ce qui a été décidé, et ce qui s'en déduit, recalculé quand il le faut."""

from functools import cached_property
from pathlib import Path

import pandas as pd

from pixkit.appariement import Appariement, Decision, annuler, apparier, decider, lire_decisions
from pixkit.memoire import ecrire_memoire, lire_memoire, lire_perimetres
from pixkit.mesures import remarques_du_suivi, suivi
from pixkit.tables import Tables


class Ecole:
    """Un dossier ouvert. `dossier` est None quand les fichiers ont été déposés : rien n'est alors gardé."""

    def __init__(self, tables: Tables, dossier: Path | None):
        self.tables, self.dossier = tables, dossier
        self._decisions: list[Decision] = lire_decisions(dossier) if dossier else []
        self._perimetres = lire_perimetres(dossier) if dossier else {}

    @cached_property
    def liens(self) -> Appariement:
        return apparier(self.tables.participations, self.tables.eleves, decisions=self._decisions)

    @cached_property
    def suivi(self) -> pd.DataFrame:
        return suivi(self.tables, self.liens, perimetres=self._perimetres)

    @cached_property
    def remarques(self) -> list[str]:
        """Ce qu'il faut dire du suivi : ce qui a été supposé, pourquoi personne n'est attendu."""
        return remarques_du_suivi(self.tables, self.suivi, perimetres=self._perimetres)

    @property
    def decisions(self) -> list[Decision]:
        return self._decisions

    def decider(self, decision: Decision) -> None:
        """Garde une décision dans le dossier et refait les liens."""
        self._decisions = decider(self.dossier, decision)
        self._oublier("liens", "suivi", "remarques")

    def annuler(self) -> Decision | None:
        """Défait la dernière décision et la rend."""
        defaite = annuler(self.dossier)
        self._decisions = lire_decisions(self.dossier)
        self._oublier("liens", "suivi", "remarques")
        return defaite

    def retenir_perimetre(self, campagne: str, classes: list[str]) -> None:
        """Garde dans le dossier les classes à qui une campagne s'adresse."""
        autres = [ligne for ligne in lire_memoire(self.dossier, "perimetres") if ligne["campagne"] != campagne]
        ecrire_memoire(self.dossier, "perimetres", autres + [{"campagne": campagne, "classe": classe} for classe in classes])
        self._perimetres = lire_perimetres(self.dossier)
        self._oublier("suivi", "remarques")

    def _oublier(self, *noms: str) -> None:
        for nom in noms:
            self.__dict__.pop(nom, None)
