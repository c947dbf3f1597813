"""Étage 2 et trois quarts — l'école : un dossier ouvert, et ce qui s'en déduit, calculé une fois et
quand on le demande.

C'est la seule chose que reçoivent commandes, panneaux, publication et carnets : personne ne refait
la recette.
"""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pandas as pd

from pixkit.appariement import Appariement, apparier, apparier_certifications
from pixkit.decisions import Decision, annuler, decider, lire_decisions
from pixkit.erreurs import ChoixInconnu
from pixkit.etablissements import distinguer, remarque_des_etablissements
from pixkit.lecture import lire_dossier, reprendre
from pixkit.lecture.dossier import Suivi
from pixkit.memoire import (
    lire_bilans,
    lire_livrets,
    lire_perimetres,
    modifier_memoire,
    retenir_livret,
)
from pixkit.mesures import (
    attestations,
    bilans,
    certifiables,
    certifications_reliees,
    livrets,
    participations_reliees,
    remarques_du_suivi,
    resultats_retenus,
    suivi,
)
from pixkit.parcours import Catalogue, charger_catalogue, parcours_pour_certifier
from pixkit.tables import Tables

T = TypeVar("T")
_CALCULES = ("liens", "participations", "resultats", "certifiables", "liens_certifications",
             "certifications", "livrets", "bilans")  # fmt: skip
"""Ce qui dépend des décisions, avec `_DU_SUIVI` ; les périmètres n'y changent rien."""
_DU_SUIVI = ("suivi", "remarques", "attestations")


def ouvrir(dossier: str | Path, *, envois: str = "dernier", suivi: Suivi | None = None) -> "Ecole":
    """Ouvre un dossier d'exports et de listes (voir `lire_dossier`). Lève DossierIllisible, ou
    FichierIllisible si des décisions ne se comprennent pas : mieux vaut s'arrêter que de les
    oublier.
    """
    tables = lire_dossier(dossier, envois=envois, suivi=suivi)
    return Ecole(tables, Path(dossier), lire_decisions(dossier), lire_perimetres(dossier))


class Ecole:
    """Un dossier ouvert. `dossier` est None si des fichiers ont été déposés : rien n'est gardé."""

    def __init__(
        self,
        tables: Tables,
        dossier: Path | None = None,
        decisions: list[Decision] | None = None,
        perimetres: dict[str, list[str]] | None = None,
    ):
        self._lues, self.dossier = tables, dossier
        self.decisions, self.perimetres = decisions or [], perimetres or {}
        self._faits: dict = {}
        self.tables = distinguer(tables, lambda: self.liens)

    @cached_property
    def liens(self) -> Appariement:
        """Qui est qui : chaque nom saisi dans Pix et l'élève de la liste."""
        # Les noms tels qu'ils sont écrits : ce sont eux que les décisions ont gardés.
        return apparier(self._lues.participations, self._lues.eleves, decisions=self.decisions)

    @cached_property
    def participations(self) -> pd.DataFrame:
        """Les participations ; `eleve` est celui de la liste quand le nom lui est relié."""
        return participations_reliees(self.tables, self.liens)

    @cached_property
    def resultats(self) -> pd.DataFrame:
        """Ce que les mesures lisent : voir `resultats_retenus`."""
        return resultats_retenus(self.tables, self.liens)

    @cached_property
    def liens_certifications(self) -> Appariement:
        """Qui est qui dans les résultats de certification ; les mêmes décisions y valent."""
        return apparier_certifications(
            self._lues.certifications, self._lues.eleves, decisions=self.decisions
        )

    @cached_property
    def certifications(self) -> pd.DataFrame:
        """Les résultats de certification, et leurs élèves : voir `certifications_reliees`."""
        return certifications_reliees(self.tables, self.liens_certifications)

    @cached_property
    def certifiables(self) -> pd.DataFrame:
        """Qui peut passer la certification, ce qui manque aux autres, et le parcours qui l'y
        mènerait : voir `certifiables` et `parcours_pour_certifier`."""
        table = certifiables(self.resultats, self.participations, self.tables.eleves)
        return parcours_pour_certifier(table, self.resultats, self.catalogue)

    @cached_property
    def suivi(self) -> pd.DataFrame:
        """Où en est chaque élève attendu : voir `suivi`."""
        return suivi(self.tables, self.liens, perimetres=self.perimetres)

    @cached_property
    def remarques(self) -> list[str]:
        """Ce qu'il faut dire du suivi : ce qui a été supposé, pourquoi personne n'est attendu."""
        dites = remarques_du_suivi(self.tables, self.suivi, perimetres=self.perimetres)
        return [*remarque_des_etablissements(self.tables, self._lues), *dites]

    @cached_property
    def attestations(self) -> pd.DataFrame:
        """Où en est chaque élève de 6e de son attestation : voir `attestations`."""
        return attestations(self.tables, self.liens, self.suivi)

    @cached_property
    def livrets(self) -> pd.DataFrame:
        """Le niveau de chaque élève de CM2 et de 6e dans chaque domaine : voir `livrets`."""
        return livrets(self.tables, self.liens, decisions=lire_livrets(self.dossier))

    @cached_property
    def bilans(self) -> pd.DataFrame:
        """Les décomptes de chaque année, gardés à sa clôture ou recomptés : voir `bilans`."""
        return bilans(self.resultats, gardes=lire_bilans(self.dossier))

    @cached_property
    def catalogue(self) -> Catalogue:
        """Les parcours que l'on peut proposer, corrigés par l'établissement et par ses exports."""
        return charger_catalogue(self.dossier, self.tables)

    def une_fois(self, cle: tuple, calculer: Callable[[], T]) -> T:
        """Ce qui se calcule de cette école, gardé jusqu'à ce qu'une décision le change."""
        if cle not in self._faits:
            self._faits[cle] = calculer()
        return self._faits[cle]

    def selon(self, envois: str) -> "Ecole":
        """La même école sous une autre règle d'envoi ; qui est qui n'en dépend pas."""
        autre = copy(self)
        autre._oublier()
        autre._lues, autre.tables = (reprendre(une, envois) for une in (self._lues, self.tables))
        autre.__dict__["liens"] = self.liens
        return autre

    def decider(self, *decisions: Decision) -> None:
        """Garde des décisions dans le dossier et refait ce qui en dépend."""
        self.decisions = decider(self.dossier, *decisions)
        self._oublier()

    def annuler(self) -> Decision | None:
        """Défait la dernière décision et la rend."""
        defaite = annuler(self.dossier)
        self.relire()
        return defaite

    def relire(self) -> None:
        """Reprend les décisions du dossier, et refait ce qui en dépend si elles ont changé."""
        decisions = lire_decisions(self.dossier)
        if decisions != self.decisions:
            self.decisions = decisions
            self._oublier()

    def retenir_perimetre(self, campagne: str, classes: list[str]) -> None:
        """Garde dans le dossier les classes à qui une campagne s'adresse."""
        siennes = [{"campagne": campagne, "classe": classe} for classe in classes]
        modifier_memoire(
            self.dossier,
            "perimetres",
            lambda lues: [une for une in lues if une["campagne"] != campagne] + siennes,
        )
        self.perimetres = lire_perimetres(self.dossier)
        self._oublier(_DU_SUIVI)

    def retenir_niveau(self, eleve: str, domaine: str, niveau: int | None) -> None:
        """Garde dans le dossier le niveau qu'un enseignant inscrit au livret d'un élève ; None
        écarte la proposition. Lève ChoixInconnu si ce niveau n'est pas permis, ou si l'élève n'est
        ni en CM2 ni en 6e.
        """
        siens = self.livrets.query("eleve == @eleve and domaine == @domaine")
        if siens.empty:
            raise ChoixInconnu(
                f"un niveau pour l'élève « {eleve} » dans le domaine « {domaine} ».",
                "un élève de CM2 ou de 6e, et un domaine de 1 à 5.",
                "choisissez-les dans la table des livrets.",
            )
        retenir_livret(self.dossier, siens.iloc[0], niveau)
        self.__dict__.pop("livrets", None)

    def _oublier(self, noms: tuple[str, ...] = (*_CALCULES, *_DU_SUIVI)) -> None:
        self._faits = {}
        for nom in noms:
            self.__dict__.pop(nom, None)

    def _repr_html_(self) -> str:
        return self.tables._repr_html_()
