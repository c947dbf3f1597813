"""Étage 4 — ce qu'on demande dans l'atelier : une question, des choix, une vue. Aucun calcul : des mesures et des figures."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pixkit.ecole import Ecole
from pixkit.figures import (
    Vue,
    vue_angles_morts,
    vue_carte,
    vue_distribution,
    vue_ecarts,
    vue_eleve,
    vue_face_a_face,
    vue_niveaux_scolaires,
    vue_participation,
    vue_progression,
)
from pixkit.figures.vue import vide
from pixkit.mesures import (
    ETABLISSEMENT,
    acquis_reussis,
    angles_morts,
    ecarts,
    estimations,
    estimations_par_campagne,
    fiche_eleve,
    mesure,
    objectifs,
    par_eleve,
    participation,
    plafonds,
    progression,
)
from pixkit.mesures.retenus import classes
from pixkit.referentiel import competences, domaines, rang_niveau
from pixkit.tables import Tables

TOUT = "tous"
PREMIER_ENVOI = "premier envoi de la campagne"
OBJECTIF = "niveau attendu (note de service du 23-10-2024)"
OBJECTIF_ETABLISSEMENT = "objectif de l'établissement"


@dataclass(frozen=True)
class Choix:
    """Ce que la personne a choisi ; une classe, un domaine ou un niveau scolaire peuvent valoir « tous »."""

    campagne: str | None = None
    niveau_scolaire: str = TOUT
    classe: str | None = None
    autre: str | None = None
    depuis: str = PREMIER_ENVOI
    competence: str = "1.1"
    eleve: str = ""
    domaine: str = TOUT
    reference: str = ETABLISSEMENT
    objectif: float = 0.6


@dataclass(frozen=True)
class Donnees:
    """Ce qu'une école permet de choisir et de voir."""

    ecole: Ecole

    @property
    def tables(self) -> Tables:
        return self.ecole.tables

    @property
    def resultats(self) -> pd.DataFrame:
        return self.ecole.resultats

    @cached_property
    def premiers_envois(self) -> pd.DataFrame:
        return self.ecole.selon("premier").resultats

    @cached_property
    def plafonds(self) -> pd.DataFrame:
        return plafonds(self.tables)

    @cached_property
    def _gardes(self) -> dict[tuple, pd.DataFrame]:
        return {}

    def ecarts(self, choix: Choix) -> pd.DataFrame:
        """Les écarts de toutes les classes : changer de classe ne les recalcule pas."""
        reference = {OBJECTIF: objectifs(), OBJECTIF_ETABLISSEMENT: choix.objectif}.get(
            choix.reference, choix.reference
        )
        cle = (
            "ecarts",
            choix.campagne,
            choix.niveau_scolaire,
            choix.domaine,
            choix.reference,
            choix.objectif,
        )
        if cle not in self._gardes:
            self._gardes[cle] = ecarts(_garder(self.resultats, choix), reference=reference)
        return self._gardes[cle]

    def estimations(self, choix: Choix) -> pd.DataFrame:
        cle = ("estimations", choix.campagne, choix.niveau_scolaire, choix.domaine)
        if cle not in self._gardes:
            self._gardes[cle] = estimations(_garder(self.resultats, choix))
        return self._gardes[cle]

    def memes_parcours(self, campagne: str | None) -> dict[str, str]:
        """{texte: code} des campagnes auxquelles celle-ci se compare : son premier envoi, ou une plus ancienne du même type."""
        textes = {code: texte for texte, code in self.campagnes.items()}
        codes = list(textes)
        types = self.participations.groupby("campagne")["type_campagne"].first()
        autres = (
            [code for code in codes[codes.index(campagne) + 1 :] if types[code] == types[campagne]]
            if campagne in codes
            else []
        )
        return {PREMIER_ENVOI: PREMIER_ENVOI} | {textes[code]: code for code in autres}

    def eleves(self, campagne: str | None, classe: str | None) -> dict[str, str]:
        """{« NOM Prénom »: clé} des élèves d'une classe qui ont envoyé. Pour l'écran de l'enseignant."""
        lignes = self.participations[
            (self.participations["campagne"] == campagne)
            & (self.participations["classe"] == classe)
        ]
        lignes = lignes[lignes["retenue"] & lignes["envoye"]].sort_values(["nom", "prenom"])
        return {f"{ligne.nom} {ligne.prenom}": ligne.eleve for ligne in lignes.itertuples()}

    @cached_property
    def participations(self) -> pd.DataFrame:
        return self.ecole.participations.assign(classe=classes(self.ecole.participations))

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
            f"{c.nom} — {c.annee}"
            + (f" — {c.organisation}" if plusieurs else "")
            + f" ({c.Index})": c.Index
            for c in dernieres.sort_values("date", ascending=False).itertuples()
        }

    def niveaux_scolaires(self, campagne: str | None) -> list[str]:
        return self._valeurs("niveau_scolaire", campagne, TOUT)

    def classes(self, campagne: str | None, niveau: str) -> list[str]:
        return self._valeurs("classe", campagne, niveau)

    def _valeurs(self, colonne: str, campagne: str | None, niveau: str) -> list[str]:
        return sorted(
            _garder(self.participations, Choix(campagne, niveau))[colonne].dropna().unique(),
            key=rang_niveau,
        )


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
    nom = (
        f"ensemble de la campagne ({choix.niveau_scolaire})"
        if choix.niveau_scolaire != TOUT
        else "ensemble de la campagne"
    )
    if choix.reference != ETABLISSEMENT:
        nom = choix.reference
    return vue_ecarts(donnees.ecarts(choix), groupe=choix.classe, nom_reference=nom)


def _face_a_face(donnees: Donnees, choix: Choix) -> Vue:
    table = donnees.estimations(choix)
    return vue_face_a_face(
        table, groupe=choix.classe, autre=choix.autre, taux=_en_taux(donnees, choix)
    )


def _niveaux(donnees: Donnees, choix: Choix) -> Vue:
    """L'année et le type de la campagne choisie, chaque campagne à part."""
    campagne = donnees.resultats[donnees.resultats["campagne"] == choix.campagne]
    memes = donnees.resultats
    for nom in ("annee_scolaire", "type_campagne", "organisation"):
        memes = memes[memes[nom].isin(campagne[nom])]
    dernieres = memes.groupby("niveau_scolaire")["campagne"].agg(
        lambda codes: codes.value_counts().index[0]
    )
    return vue_niveaux_scolaires(
        estimations_par_campagne(memes[memes["campagne"].isin(dernieres)]),
        taux=_en_taux(donnees, choix),
    )


def _progression(donnees: Donnees, choix: Choix) -> Vue:
    """Du premier au dernier envoi de la campagne, ou depuis une campagne du même parcours."""
    avant = donnees.premiers_envois if choix.depuis == PREMIER_ENVOI else donnees.resultats
    code = choix.campagne if choix.depuis == PREMIER_ENVOI else choix.depuis
    debut = _garder(avant, Choix(campagne=code, domaine=choix.domaine))
    if debut.empty:
        return vue_progression(pd.DataFrame(columns=["classe", "competence"]), groupe=choix.classe)
    table = progression(debut, _garder(donnees.resultats, choix))
    return vue_progression(table, groupe=choix.classe, taux=_en_taux(donnees, choix))


def _acquis(donnees: Donnees, choix: Choix) -> Vue:
    table = acquis_reussis(donnees.tables, _garder(donnees.resultats, choix))
    table = table[table["competence"] == choix.competence]
    if table.empty:
        return vide(
            f"Cet export ne montre pas les acquis de la compétence {choix.competence} : c'est une option de Pix Orga."
        )
    return vue_carte(table, sur="acquis")


def _eleve(donnees: Donnees, choix: Choix) -> Vue:
    siens = _garder(donnees.resultats, Choix(campagne=choix.campagne, domaine=choix.domaine))
    return vue_eleve(fiche_eleve(siens, choix.eleve), taux=_en_taux(donnees, choix))


def _en_taux(donnees: Donnees, choix: Choix) -> bool:
    return "collecte" not in set(
        donnees.resultats.loc[donnees.resultats["campagne"] == choix.campagne, "type_campagne"]
    )


def _eleves(donnees: Donnees, choix: Choix) -> Vue:
    return vue_distribution(par_eleve(_garder(donnees.resultats, choix), par="classe"))


def _participation(donnees: Donnees, choix: Choix) -> Vue:
    return vue_participation(participation(_garder(donnees.participations, choix)))


def _angles_morts(donnees: Donnees, choix: Choix) -> Vue:
    campagne = donnees.participations[donnees.participations["campagne"] == choix.campagne]
    de_l_annee = donnees.resultats[
        (donnees.resultats["annee_scolaire"] == campagne["annee_scolaire"].max())
        & donnees.resultats["organisation"].isin(campagne["organisation"].iloc[:1])
    ]
    return vue_angles_morts(angles_morts(de_l_annee, plafonds=donnees.plafonds))


QUESTIONS: dict[str, Callable[[Donnees, Choix], Vue]] = {
    "Maîtrise": _carte,
    "Écarts d'une classe": _ecarts,
    "Deux classes": _face_a_face,
    "Niveaux scolaires": _niveaux,
    "Progression": _progression,
    "Élèves": _eleves,
    "Un élève": _eleve,
    "Acquis": _acquis,
    "Participation": _participation,
    "Angles morts": _angles_morts,
}

COMMANDES = dict.fromkeys(QUESTIONS, frozenset[str]()) | {
    "Maîtrise": {"domaine"},
    "Écarts d'une classe": {"classe", "domaine", "reference"},
    "Deux classes": {"classe", "autre", "domaine"},
    "Progression": {"classe", "domaine", "depuis"},
    "Élèves": {"domaine"},
    "Un élève": {"classe", "eleve", "domaine"},
    "Acquis": {"domaine", "competence"},
}
"""Les commandes, en plus de la campagne et du niveau, dont chaque question se sert."""

DOMAINES = {"Les 5 domaines": TOUT} | {f"{code} {nom}": code for code, nom in domaines().items()}

COMPETENCES = {f"{code} {nom}": code for code, nom in competences().items()}
