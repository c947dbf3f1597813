"""Étage 3 — ce qu'une personne choisit de regarder, et ce que l'école en montre."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from pixkit.ecole import Ecole
from pixkit.grandeurs import Mesure
from pixkit.mesures import ETABLISSEMENT, mesure_de
from pixkit.mesures.retenus import SANS_CLASSE
from pixkit.mesures.retenus import classes as classes_des
from pixkit.referentiel import domaine_de, rang_niveau
from pixkit.vues.vue import Vue

TOUT = "tous"
PREMIER_ENVOI = "premier envoi de la campagne"
OBJECTIF = "niveau attendu (note de service du 23-10-2024)"
OBJECTIF_ETABLISSEMENT = "objectif de l'établissement"


@dataclass(frozen=True)
class Selection:
    """Ce que la personne a choisi ; classe, domaine, niveau scolaire : parfois « tous »."""

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

    def garder(self, table: pd.DataFrame) -> pd.DataFrame:
        """Les lignes de la campagne, du niveau scolaire et du domaine choisis."""
        table = table[table["campagne"] == self.campagne]
        for nom in ("niveau_scolaire", "domaine"):
            if getattr(self, nom) != TOUT and nom in table:
                table = table[table[nom] == getattr(self, nom)]
        return table


@dataclass(frozen=True)
class Regard:
    """Une école vue selon un choix : ce que reçoit une question."""

    ecole: Ecole
    selection: Selection

    @property
    def resultats(self) -> pd.DataFrame:
        return self.selection.garder(self.ecole.resultats)

    @property
    def participations(self) -> pd.DataFrame:
        return self.selection.garder(participations(self.ecole))

    @property
    def mesure(self) -> Mesure:
        return mesure_de(self.resultats)

    def de_toutes_les_classes(
        self, mesurer: Callable[..., pd.DataFrame], **options
    ) -> pd.DataFrame:
        """Une mesure de toutes les classes et compétences, faite une fois : changer de classe ou de
        domaine ne la refait pas, et ne change aucun signal."""
        tout = replace(self.selection, classe=None, autre=None, eleve="", domaine=TOUT)
        cle = (mesurer, tout, *(nom for nom in options.values() if isinstance(nom, str)))
        resultats = tout.garder(self.ecole.resultats)
        table = self.ecole.une_fois(cle, lambda: mesurer(resultats, **options))
        garde = self.selection.domaine
        return table if garde == TOUT else table[table["competence"].map(domaine_de) == garde]


@dataclass(frozen=True)
class Question:
    """Une question de l'atelier : son nom, les `commandes` dont elle se sert en plus de la
    campagne, du niveau et de l'envoi retenu, ce qu'elle `ignore` de ces deux-là, et ce qui y
    répond."""

    rang: int
    nom: str
    repondre: Callable[[Regard], Vue]
    commandes: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()


def en_classe(classe: str) -> str:
    """« en 5eA » ; de qui n'a pas de classe, ce qu'on peut en dire."""
    return "parmi les élèves sans classe" if classe == SANS_CLASSE else f"en {classe}"


def seule(classe: str) -> str:
    """Ce qui se dit d'une classe que l'on ne peut comparer qu'à elle-même."""
    if classe == SANS_CLASSE:
        return (
            "Aucun élève n'a de classe dans cette campagne : rien à quoi les comparer. "
            "« Maîtrise » dit où ils en sont."
        )
    return (
        f"{classe} est seule de son niveau dans cette campagne : rien à quoi la comparer. "
        "« Maîtrise » dit où elle en est, et « Écarts d'une classe » aussi, face à une autre "
        "référence."
    )


def participations(ecole: Ecole) -> pd.DataFrame:
    """Les participations, chacune avec une classe (à défaut son groupe)."""
    lignes = ecole.participations
    return ecole.une_fois(("classes",), lambda: lignes.assign(classe=classes_des(lignes)))


def campagnes(ecole: Ecole, *, annee_scolaire: str | None = None) -> dict[str, str]:
    """{texte à montrer: code}, la plus récente d'abord ; toutes, ou celles d'une année scolaire. Un
    code ne se lit que si deux campagnes ont le même nom."""
    lignes = ecole.participations
    if annee_scolaire:
        lignes = lignes[lignes["annee_scolaire"] == annee_scolaire]
    dates = lignes["date_debut"].fillna(lignes["date_envoi"])
    dernieres = lignes.assign(date=dates).groupby("campagne").agg(
        nom=("nom_campagne", "first"),
        annee=("annee_scolaire", "first"),
        organisation=("organisation", "first"),
        date=("date", "max"),
    )  # fmt: skip
    dernieres = dernieres.sort_values("date", ascending=False)
    precisions = [] if annee_scolaire else ["annee"]
    precisions += ["organisation"] if dernieres["organisation"].nunique() > 1 else []
    textes = dernieres["nom"].str.cat([" — " + dernieres[nom].fillna("") for nom in precisions])
    codes = " (" + dernieres.index.to_series() + ")"
    return dict(
        zip(textes + codes.where(textes.duplicated(keep=False), ""), codes.index, strict=True)
    )


def plus_anciennes(ecole: Ecole, campagne: str | None) -> dict[str, str]:
    """{texte: code} des campagnes du même type, plus anciennes que celle-ci."""
    types = ecole.participations.groupby("campagne")["type_campagne"].first()
    toutes = list(campagnes(ecole).items())
    rang = next((rang for rang, (_, code) in enumerate(toutes) if code == campagne), len(toutes))
    return {texte: code for texte, code in toutes[rang + 1 :] if types[code] == types[campagne]}


def niveaux_scolaires(ecole: Ecole, choix: Selection) -> list[str]:
    return _valeurs(ecole, choix, "niveau_scolaire")


def niveaux_de_l_ecole(ecole: Ecole) -> list[str]:
    """Les niveaux scolaires qui existent ici, dans les exports ou dans la liste des élèves."""
    tables = (ecole.participations, ecole.tables.eleves)
    niveaux = {niveau for table in tables for niveau in table["niveau_scolaire"].dropna()}
    return sorted(niveaux, key=rang_niveau)


def classes(ecole: Ecole, choix: Selection) -> list[str]:
    return _valeurs(ecole, choix, "classe")


def classes_attendues(ecole: Ecole, choix: Selection) -> dict[str, int | None]:
    """{classe: ses élèves attendus par la campagne et le niveau choisis} ; sans liste d'élèves, les
    classes de l'export, et None."""
    attendus = choix.garder(ecole.suivi)
    attendus = attendus[attendus["etat"] != "hors_perimetre"]
    nombres = attendus.groupby("classe").size().to_dict() or dict.fromkeys(classes(ecole, choix))
    return {classe: nombres[classe] for classe in sorted(nombres, key=rang_niveau)}


def _valeurs(ecole: Ecole, choix: Selection, colonne: str) -> list[str]:
    return sorted(choix.garder(participations(ecole))[colonne].dropna().unique(), key=rang_niveau)


def noms_des_eleves(ecole: Ecole) -> dict[str, str]:
    """{eleve: « NOM Prénom »} : ceux de la liste, à défaut ceux de l'export."""
    tables = [ecole.participations, ecole.tables.eleves]
    return {
        cle: " ".join(filter(None, (nom, prenom)))
        for table in tables
        for cle, nom, prenom in table[["eleve", "nom", "prenom"]].fillna("").to_numpy()
    }


def eleves(ecole: Ecole, choix: Selection) -> list[tuple[str, str]]:
    """[(« NOM Prénom », clé)] des élèves d'une classe qui ont envoyé, homonymes compris."""
    lignes = Selection(choix.campagne).garder(participations(ecole))
    lignes = lignes[(lignes["classe"] == choix.classe) & lignes["retenue"] & lignes["envoye"]]
    lignes = lignes.sort_values(["nom", "prenom"])
    noms = (lignes["nom"].fillna("") + " " + lignes["prenom"].fillna("")).str.strip()
    return list(zip(noms.replace("", "sans nom"), lignes["eleve"], strict=True))
