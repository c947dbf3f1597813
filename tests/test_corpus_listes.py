"""Les listes que les écoles ont vraiment se lisent toutes seules, et n'y perdent aucun élève."""

from collections import Counter
from math import inf
from typing import NamedTuple

import pandas as pd
import pytest

from pixkit.lecture import lire_fichiers
from pixkit.tables import Tables
from tests.corpus_listes import Variante, variantes


class Lecture(NamedTuple):
    """Une variante et ce qu'on en a lu ; son texte dit l'écart."""

    variante: Variante
    tables: Tables

    @property
    def eleves(self) -> list[tuple]:
        """Comme la vérité les dit : sans INE dans la liste, la clé est l'affaire de pixkit."""
        table = self.tables.eleves
        avec_ine = any(ine for *_, ine in self.variante.verite)
        lieux = table["classe"].fillna(table["groupes"])
        cles = table["eleve"] if avec_ine else [None] * len(table)
        naissances = table["date_naissance"].dt.date
        lignes = zip(table["nom"], table["prenom"], lieux, naissances, cles, strict=True)
        return [tuple(None if pd.isna(fait) else fait for fait in ligne) for ligne in lignes]

    @property
    def exacte(self) -> bool:
        return Counter(self.eleves) == Counter(self.variante.verite)

    @property
    def nb_dits(self) -> float:
        """Élèves lus, lignes écartées ou répétées ; un fichier écarté en entier a tout dit."""
        journal = self.tables.journal
        if journal["ligne"].isna().any():
            return inf
        return len(self.eleves) + journal["sort"].isin(["rejetee", "remplacee"]).sum()

    @property
    def remarques(self) -> str:
        return self.tables.fichiers["remarques"].iloc[0]

    def __str__(self) -> str:
        verite, eleves = self.variante.verite, self.eleves
        faux = next((f", lu {eleve}" for eleve in eleves if eleve not in verite), "")
        justes = f"{len(verite.intersection(eleves))} justes sur {len(verite)}{faux}"
        return f"{self.variante.identifiant} : {justes} ; {self.remarques[:150]}"


@pytest.fixture(scope="module")
def lectures() -> list[Lecture]:
    return [Lecture(v, lire_fichiers({v.fichier: v.octets})) for v in variantes()]


def enumerer(lectures: list[Lecture]) -> str:
    return "\n".join([f"{len(lectures)} variantes :", *map(str, lectures)])


def test_le_corpus_a_plus_de_300_variantes_qui_se_distinguent():
    identifiants = [variante.identifiant for variante in variantes()]
    assert len(set(identifiants)) == len(identifiants) >= 300


def test_99_listes_sur_100_se_lisent_exactement(lectures):
    fausses = [lecture for lecture in lectures if not lecture.exacte]
    assert len(fausses) <= len(lectures) / 100, enumerer(fausses)


def test_une_liste_qui_ne_se_lit_pas_est_appelee_une_liste(lectures):
    muettes = [
        lecture
        for lecture in lectures
        if "ouvrez la campagne" in lecture.remarques  # ce qu'on dit d'un export
        or not (lecture.eleves or "liste" in lecture.remarques)
    ]
    assert not muettes, enumerer(muettes)


def test_aucun_eleve_ne_se_perd_sans_une_ligne_au_journal(lectures):
    perdantes = [lecture for lecture in lectures if lecture.nb_dits < len(lecture.variante.verite)]
    assert not perdantes, enumerer(perdantes)
