"""Étage 4 — ce qu'on demande dans l'atelier : une question, des choix, une vue. Aucun calcul : des mesures et des figures."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pixkit.figures import Vue, vue_angles_morts, vue_carte, vue_distribution, vue_ecarts, vue_participation
from pixkit.mesures import (
    ETABLISSEMENT,
    angles_morts,
    ecarts,
    mesure,
    objectifs,
    par_eleve,
    participation,
    resultats_retenus,
)
from pixkit.mesures.retenus import classes
from pixkit.referentiel import domaines, rang_niveau
from pixkit.tables import Tables

TOUT = "tous"
OBJECTIF = "niveau attendu (note de service du 23-10-2024)"
OBJECTIF_ETABLISSEMENT = "objectif de l'établissement"


@dataclass(frozen=True)
class Choix:
    """Ce que la personne a choisi ; une classe, un domaine ou un niveau scolaire peuvent valoir « tous »."""

    campagne: str | None = None
    niveau_scolaire: str = TOUT
    classe: str | None = None
    domaine: str = TOUT
    reference: str = ETABLISSEMENT
    objectif: float = 0.6


@dataclass(frozen=True)
class Donnees:
    """Les tables d'un dossier, et les choix qu'elles permettent."""

    tables: Tables

    @cached_property
    def resultats(self) -> pd.DataFrame:
        return resultats_retenus(self.tables)

    @cached_property
    def participations(self) -> pd.DataFrame:
        return self.tables.participations.assign(classe=classes(self.tables.participations))

    @cached_property
    def campagnes(self) -> dict[str, str]:
        """{texte à montrer: code}, la plus récente d'abord."""
        dernieres = self.participations.groupby("campagne").agg(
            nom=("nom_campagne", "first"),
            annee=("annee_scolaire", "first"),
            organisation=("organisation", "first"),
            date=("date_debut", "max"),
            envoi=("date_envoi", "max"),
        )
        dernieres["date"] = dernieres["date"].fillna(dernieres["envoi"])
        plusieurs = dernieres["organisation"].nunique() > 1
        return {
            f"{c.nom} — {c.annee}" + (f" — {c.organisation}" if plusieurs else "") + f" ({c.Index})": c.Index
            for c in dernieres.sort_values("date", ascending=False).itertuples()
        }

    def niveaux_scolaires(self, campagne: str | None) -> list[str]:
        return self._valeurs("niveau_scolaire", campagne, TOUT)

    def classes(self, campagne: str | None, niveau: str) -> list[str]:
        return self._valeurs("classe", campagne, niveau)

    def _valeurs(self, colonne: str, campagne: str | None, niveau: str) -> list[str]:
        return sorted(_garder(self.participations, Choix(campagne, niveau))[colonne].dropna().unique(), key=rang_niveau)


def _garder(table: pd.DataFrame, choix: Choix) -> pd.DataFrame:
    table = table[table["campagne"] == choix.campagne]
    if choix.niveau_scolaire != TOUT:
        table = table[table["niveau_scolaire"] == choix.niveau_scolaire]
    if choix.domaine != TOUT and "domaine" in table:
        table = table[table["domaine"] == choix.domaine]
    return table


def _carte(donnees: Donnees, choix: Choix) -> Vue:
    return vue_carte(mesure(_garder(donnees.resultats, choix), par=["classe", "competence"]))


def _ecarts(donnees: Donnees, choix: Choix) -> Vue:
    resultats = _garder(donnees.resultats, choix)
    reference: object = choix.reference
    nom = f"ensemble de la campagne ({choix.niveau_scolaire})" if choix.niveau_scolaire != TOUT else "ensemble de la campagne"
    if choix.reference == OBJECTIF:
        reference, nom = objectifs(), choix.reference
    elif choix.reference == OBJECTIF_ETABLISSEMENT:
        reference, nom = choix.objectif, choix.reference
    elif choix.reference != ETABLISSEMENT:
        nom = choix.reference
    if choix.classe not in set(resultats["classe"]):
        return vue_ecarts(pd.DataFrame(columns=["classe", "competence", "ecart"]), groupe=choix.classe, nom_reference=nom)
    return vue_ecarts(ecarts(resultats, reference=reference), groupe=choix.classe, nom_reference=nom)


def _eleves(donnees: Donnees, choix: Choix) -> Vue:
    return vue_distribution(par_eleve(_garder(donnees.resultats, choix), par="classe"))


def _participation(donnees: Donnees, choix: Choix) -> Vue:
    return vue_participation(participation(_garder(donnees.participations, choix)))


def _angles_morts(donnees: Donnees, choix: Choix) -> Vue:
    annee = donnees.participations.loc[donnees.participations["campagne"] == choix.campagne, "annee_scolaire"].max()
    organisation = donnees.participations.loc[donnees.participations["campagne"] == choix.campagne, "organisation"].iloc[:1]
    de_l_annee = donnees.resultats[
        (donnees.resultats["annee_scolaire"] == annee) & donnees.resultats["organisation"].isin(organisation)
    ]
    return vue_angles_morts(angles_morts(de_l_annee))


QUESTIONS: dict[str, Callable[[Donnees, Choix], Vue]] = {
    "Maîtrise": _carte,
    "Écarts d'une classe": _ecarts,
    "Élèves": _eleves,
    "Participation": _participation,
    "Angles morts": _angles_morts,
}

DOMAINES = {"Les 5 domaines": TOUT} | {f"{code} {nom}": code for code, nom in domaines().items()}
