"""Étage 0 — les tables rangées : leurs colonnes, leurs types, le sens d'une ligne.

L'ordre des colonnes est un contrat : d'autres programmes lisent les fichiers qu'écrit `pixkit lire`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # l'étage 0 ne charge pas pandas : `pixkit --aide` doit répondre tout de suite
    import pandas as pd

FUSEAU = "Europe/Paris"
ENVOIS = ("dernier", "premier", "meilleur")
CAMPAGNES = ("evaluation", "collecte")
"""Les natures de fichier qui sont des exports de campagne ; les autres sont des listes d'élèves."""
CERTITUDES = ("sure", "probable", "douteuse", "aucune")
"""Ce que vaut le lien entre un nom saisi dans Pix et un élève de la liste."""
LIENS_FERMES = CERTITUDES[:2]
BUTS = ("faibles", "certifiables", "angles-morts")
"""Ce que l'on peut chercher en choisissant des parcours."""
SORTS = ("lue", "remplacee", "rejetee")
ETATS_ACQUIS = ("KO", "OK", "Non testé")

TEXTE, CATEGORIE, ENTIER, REEL, BOOLEEN = "str", "category", "Int64", "Float64", "boolean"
INSTANT = f"datetime64[us, {FUSEAU}]"
JOUR = "datetime64[us]"

PARTICIPATIONS = {
    "fichier": TEXTE,  # chemin dans le dossier, séparé par « / »
    "ligne": ENTIER,  # numéro de ligne que montre un tableur (l'en-tête est la ligne 1)
    "campagne": TEXTE,  # code de la campagne ; son identifiant quand l'export, ancien, n'a pas de code
    "nom_campagne": TEXTE,
    "type_campagne": TEXTE,  # evaluation | collecte
    "parcours_evalue": TEXTE,
    "eleve": TEXTE,  # clé opaque : mêmes nom, prénom et classe, homonymes séparés
    "nom": TEXTE,
    "prenom": TEXTE,
    "classe": TEXTE,
    "groupe": TEXTE,
    "identifiant_externe": TEXTE,
    "progression": REEL,  # 0–1
    "date_debut": INSTANT,
    "envoye": BOOLEEN,
    "date_envoi": INSTANT,
    "palier": ENTIER,
    "nb_paliers": ENTIER,
    "taux_maitrise": REEL,  # 0–1, celui de Pix, à deux décimales
    "nb_pix": ENTIER,
    "certifiable": BOOLEEN,
    "nb_competences_certifiables": ENTIER,
    "retenue": BOOLEEN,  # la participation qui compte pour cet élève dans cette campagne
    "organisation": TEXTE,
    "id_campagne": TEXTE,
    "niveau_scolaire": TEXTE,  # déduit du nom de la classe, vide s'il ne le dit pas
    "annee_scolaire": TEXTE,  # 2026-2027
    "numero_etudiant": TEXTE,
    "compte_supprime": BOOLEEN,  # envoi dont Pix a effacé le détail : un taux global, aucun acquis
    "precision_dates": TEXTE,  # minute (heure de Paris) | jour (date UTC des exports d'avant décembre 2024)
}
"""Une ligne par participation lue (une ligne d'export Pix)."""

RESULTATS = {
    "fichier": CATEGORIE,
    "ligne": ENTIER,
    "competence": CATEGORIE,
    "nb_acquis": ENTIER,
    "nb_acquis_maitrises": ENTIER,
    "niveau_pix": ENTIER,
    "nb_pix": ENTIER,
}
"""Une ligne par participation envoyée × compétence visée : des décomptes (évaluation) ou niveau et pix (collecte)."""

JOURNAL = {"fichier": TEXTE, "ligne": ENTIER, "sort": TEXTE, "motif": TEXTE}
"""Une ligne par ligne de fichier ; `ligne` est vide quand le fichier entier est écarté, 1 pour une colonne écartée."""

ACQUIS = {
    "fichier": CATEGORIE,
    "ligne": ENTIER,
    "competence": CATEGORIE,
    "acquis": CATEGORIE,
    "etat": CATEGORIE,
}
"""Une ligne par participation envoyée × acquis, pour les exports qui montrent les acquis."""

BADGES = {"fichier": TEXTE, "ligne": ENTIER, "badge": TEXTE, "obtenu": BOOLEEN}
"""Une ligne par participation envoyée × résultat thématique."""

ELEVES = {
    "eleve": TEXTE,  # INE, à défaut l'identifiant de la liste, à défaut une clé faite des nom, prénom et date de naissance
    "nom": TEXTE,  # nom de famille
    "prenom": TEXTE,
    "autres_prenoms": TEXTE,
    "nom_usage": TEXTE,
    "date_naissance": JOUR,
    "classe": TEXTE,  # celle de la liste la plus récente de l'année
    "groupes": TEXTE,  # séparés par « , »
    "niveau_scolaire": TEXTE,  # du code MEF, à défaut du nom de la classe
    "date_entree": JOUR,
    "date_sortie": JOUR,
    "annee_scolaire": TEXTE,
    "etablissement": TEXTE,  # UAI (SIECLE), ou dossier et nature de la liste
    "present": BOOLEEN,  # faux : sorti, ou absent de la liste la plus récente qui couvre sa classe
    "mouvement": TEXTE,  # « arrivé le… », « parti… », « a changé de classe (5eA → 5eB) », vide sinon
    "professeur_principal": TEXTE,
    "fichier": TEXTE,  # la liste la plus récente qui le cite
    "ligne": ENTIER,  # sa ligne, ou son rang dans un XML
}
"""Une ligne par élève de l'établissement et par année scolaire."""

FICHIERS = {
    "fichier": TEXTE,
    "nature": TEXTE,  # evaluation | collecte | siecle | fregata | sup | liste | professeurs
    "campagne": TEXTE,
    "nom_campagne": TEXTE,
    "nb_lignes": ENTIER,  # = nb_lues + nb_remplacees + nb_rejetees
    "nb_lues": ENTIER,
    "nb_remplacees": ENTIER,
    "nb_rejetees": ENTIER,
    "date_donnees": INSTANT,  # l'événement le plus récent que porte le fichier
    "remarques": TEXTE,  # ce qui a été supposé ou trouvé bizarre, une phrase par ligne
}
"""Une ligne par fichier du dossier : le compte rendu de sa lecture."""


@dataclass(frozen=True)
class Tables:
    """Tout ce qu'un dossier contient, rangé."""

    participations: "pd.DataFrame"
    resultats: "pd.DataFrame"
    journal: "pd.DataFrame"
    fichiers: "pd.DataFrame"
    badges: "pd.DataFrame"
    eleves: "pd.DataFrame"
    _deplier_acquis: "Callable[[], pd.DataFrame]" = field(repr=False)

    @cached_property
    def acquis(self) -> "pd.DataFrame":
        """Les acquis (voir ACQUIS), dépliés à la première demande : des millions de lignes dont peu d'analyses ont besoin."""
        return self._deplier_acquis()

    def _repr_html_(self) -> str:
        tables = {
            nom: getattr(self, nom)
            for nom in ("fichiers", "eleves", "participations", "resultats", "journal")
        }
        lignes = "".join(
            f"<li>{escape(nom)} : {len(table)} lignes</li>" for nom, table in tables.items()
        )
        return f"<p>Dossier lu :</p><ul>{lignes}</ul>"
