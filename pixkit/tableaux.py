"""Étage 3 — les tableaux : mêmes nombres que les figures, écrits à la française, tout texte échappé."""

from collections.abc import Callable

import pandas as pd
from pandas.io.formats.style import Styler

from pixkit.charte import ETATS, date_en_mots, decimal, ecart_en_mots, pourcentage

LIBELLES = {
    "classe": "Classe",
    "niveau_scolaire": "Niveau scolaire",
    "competence": "Compétence",
    "domaine": "Domaine",
    "effectif": "Effectif",
    "effectif_reference": "Effectif de la référence",
    "reference": "Référence",
    "ecart": "Écart",
    "taux_maitrise": "Taux de maîtrise",
    "taux_maitrise_median": "Médiane",
    "taux_maitrise_quartile_1": "1er quartile",
    "taux_maitrise_quartile_3": "3e quartile",
    "niveau_moyen": "Niveau moyen",
    "niveau_median": "Niveau médian",
    "niveau_quartile_1": "1er quartile",
    "niveau_quartile_3": "3e quartile",
    "niveau_moyen_median": "Médiane",
    "niveau_moyen_quartile_1": "1er quartile",
    "niveau_moyen_quartile_3": "3e quartile",
    "nb_acquis": "Acquis visés",
    "nb_acquis_maitrises": "Acquis maîtrisés",
    "testee": "Testée",
    "envoye": "Envoyé",
    "envoye_sans_detail": "Envoyé, détail effacé",
    "termine_non_envoye": "Terminé, non envoyé",
    "en_cours": "En cours",
    "jamais_commence": "Jamais commencé",
    "hors_perimetre": "Hors périmètre",
    "envoye_a_temps": "Envoyé avant l'échéance",
    "taux_envoye": "Part d'envoyés",
    "jour": "Jour",
    "nb_commence": "Ont commencé",
    "nb_envoye": "Ont envoyé",
    "nom": "Nom",
    "prenom": "Prénom",
    "etat": "État",
    "progression": "Avancement",
    "mouvement": "Mouvement",
    "a_verifier": "Peut-être sous le nom de",
    "professeur_principal": "Professeur principal",
    "annee_scolaire": "Année",
    "certitude": "Certitude",
    "raison": "Raison",
    "saisi": "Dans Pix",
    "ecart_bas": "Au moins",
    "ecart_haut": "Au plus",
    "signal": "Certitude de l'écart",
    "moyenne": "Moyenne",
    "bas": "Au moins",
    "haut": "Au plus",
    "estimation": "Rapprochée du niveau",
    "part_propre": "Part de la classe",
    "moyenne_avant": "Avant",
    "moyenne_apres": "Après",
    "nb_partis": "Partis",
    "nb_arrives": "Arrivés",
    "note": "Élève",
    "mediane": "Médiane",
    "quartile_1": "1er quartile",
    "quartile_3": "3e quartile",
    "separent": "Ce qui l'en sépare",
    "niveau_teste": "Testée jusqu'au niveau",
    "acquis": "Acquis",
    "rang": "Rang",
    "parcours": "Parcours",
    "minutes": "Minutes",
    "besoins_couverts": "Besoins couverts",
    "eleves_concernes": "Élèves concernés",
    "groupe": "Groupe",
    "competences": "Compétences",
    "nb_sous": "Sous l'objectif",
    "besoin": "Besoin sûr",
    "travaillee": "Travaillée",
    "type": "Genre",
    "niveaux": "Niveaux",
    "theme": "Thème",
    "etape": "Étape",
    "debut": "Du",
    "fin": "Au",
    "source": "Source",
    "fichier": "Fichier",
    "nom_campagne": "Campagne",
    "campagne": "Code",
    "nature": "Nature",
    "nb_lignes": "Lignes",
    "nb_lues": "Lues",
    "nb_remplacees": "Remplacées",
    "nb_rejetees": "Mises de côté",
    "date_donnees": "Données du",
    "remarques": "À savoir",
    "ligne": "Ligne",
    "sort": "Sort",
    "motif": "Pourquoi",
}
NATURES = {
    "evaluation": "évaluation",
    "collecte": "collecte de profils",
    "siecle": "élèves (SIECLE)",
    "fregata": "élèves (FREGATA)",
    "sup": "étudiants",
    "liste": "liste d'élèves",
    "professeurs": "professeurs principaux",
}
_MANQUE = "–"


def tableau(table: pd.DataFrame) -> Styler:
    """Le Styler d'une table quelconque : titres en français, nombres français, textes échappés, vides en « – »."""
    en_points = "taux_maitrise" in table or not any(nom.startswith("niveau_m") for nom in table)
    formats = {nom: _format(nom, en_points) for nom in table.columns}
    style = table.style.format(formats, na_rep=_MANQUE, escape="html").hide(axis="index")
    style.format_index(lambda nom: LIBELLES.get(nom, nom), axis="columns", escape="html")
    return style.set_table_attributes('class="pixkit-table"')


def tableau_fichiers(fichiers: pd.DataFrame) -> Styler:
    """Le compte rendu de la lecture, un fichier par ligne."""
    colonnes = [
        "fichier",
        "nature",
        "nom_campagne",
        "nb_lignes",
        "nb_lues",
        "nb_remplacees",
        "nb_rejetees",
    ]
    natures = fichiers["nature"].map(NATURES)
    return tableau(fichiers.assign(nature=natures)[[*colonnes, "date_donnees", "remarques"]])


def tableau_journal(journal: pd.DataFrame) -> Styler:
    """Les lignes mises de côté et pourquoi, puis les lignes lues dont il y a quelque chose à savoir."""
    dites = journal[journal["motif"].notna() & (journal["sort"] != "remplacee")].sort_values(
        "sort", ascending=False, kind="stable"
    )
    return tableau(dites.assign(sort=dites["sort"].map({"rejetee": "mise de côté", "lue": "lue"})))


_FORMATS: dict[str, Callable] = {
    "jour": date_en_mots,
    "progression": pourcentage,
    "etat": lambda etat: ETATS[etat][0],
    "testee": lambda testee: "oui" if testee else "jamais",
    "travaillee": lambda travaillee: "oui" if travaillee else "non",
    "besoin": decimal,
}


def _format(nom: str, en_points: bool) -> Callable | None:
    if nom.startswith("taux_") or (nom == "reference" and en_points):
        return lambda valeur: pourcentage(valeur, 1)
    if nom == "ecart":
        return lambda valeur: ecart_en_mots(valeur, "points" if en_points else "niveaux")
    if nom.startswith(("niveau_m", "niveau_q")) or nom == "reference":
        return decimal
    return date_en_mots if nom.startswith("date_") else _FORMATS.get(nom)


def textes(table: pd.DataFrame) -> dict[str, list]:
    """`colonnes` et `lignes` d'une table, écrites comme `tableau` les écrirait, sans HTML."""
    formats = {nom: _format(nom, True) or str for nom in table.columns}
    colonnes = [
        [_MANQUE if pd.isna(cellule) else ecrire(cellule) for cellule in table[nom]]
        for nom, ecrire in formats.items()
    ]  # fmt: skip
    lignes = [list(ligne) for ligne in zip(*colonnes, strict=True)]
    return {"colonnes": [LIBELLES.get(nom, nom) for nom in table.columns], "lignes": lignes}
