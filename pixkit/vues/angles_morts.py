"""Étage 3 — les angles morts : ce qu'aucun parcours n'a encore testé."""

import pandas as pd
from matplotlib.colors import ListedColormap

from pixkit.charte import MANQUE, SUR, accord
from pixkit.mesures import angles_morts, plafonds
from pixkit.vues.carreaux import carreaux_etroits, carreler, croiser
from pixkit.vues.selection import Question, Regard
from pixkit.vues.vue import Cle, Vue, dessiner, est_etroite, libelle, libelles, vide

CLE = Cle(
    "Les cases « jamais », et les compétences testées seulement à bas niveau.",
    "Que ces compétences ne sont pas maîtrisées : on ne sait pas.",
    "Quel parcours les testerait, dans quelle discipline, avant la certification ?",
)
_TEINTES = {"cmap": ListedColormap([MANQUE, SUR]), "vmax": 1}
_TITRE = "élèves testés{}, ou « jamais »"
_QUESTION = "Qu'est-ce qu'aucun parcours n'a encore testé ?"


def vue_angles_morts(table: pd.DataFrame, *, par: str = "niveau_scolaire") -> Vue:
    """Les compétences × groupes d'une table de `angles_morts` : testée, ou jamais."""
    if table.empty:
        return vide(
            "Aucune évaluation envoyée : pour l'instant, les 16 compétences sont un angle mort."
        )
    groupes = list(table[par].unique())  # l'ordre de la table : de la 6e à la terminale
    testees = table["testee"].astype(float)
    cases, textes = croiser(table, testees, _mots(table), sur="competence", par=par)
    cases, textes = cases[groupes], textes[groupes]
    if est_etroite():
        figure = carreaux_etroits(cases, textes, question=_QUESTION, **_TEINTES)
    else:
        noms = cases.rename(index=libelle)
        niveaux = " (et jusqu'à quel niveau d'acquis)" if "niveau_teste" in table else ""
        titre = _TITRE.format(niveaux)
        figure = dessiner(
            lambda ax: carreler(ax, noms, textes, titre=titre, **_TEINTES),
            question=_QUESTION,
            largeur=max(6, 4.5 + (1.4 if "niveau_teste" in table else 0.9) * len(groupes)),
            hauteur=1.4 + 0.36 * len(cases),
        )
    return Vue(figure, _phrase(table), table, CLE)


def _mots(table: pd.DataFrame) -> pd.Series:
    """« 24, niveau ≤ 3 », « jamais »."""
    mots = table["effectif"].map(lambda nombre: str(nombre) if nombre else "jamais")
    if "niveau_teste" in table:
        mots += table["niveau_teste"].map(lambda n: "" if pd.isna(n) else f", niveau ≤ {n}")
    return mots


def _phrase(table: pd.DataFrame) -> str:
    testees = table.groupby("competence")["testee"].any()
    jamais = libelles(testees.index[~testees])
    manquent = accord(len(jamais), "compétence jamais testée", "compétences jamais testées")
    dit = f"{manquent} : {', '.join(jamais)}."
    return (
        f"{dit if jamais else 'Chaque compétence a été testée dans au moins un groupe.'} La "
        "certification teste les 16 compétences (note de service du 23-10-2024). Jamais testé ne "
        "veut pas dire non maîtrisé : on ne sait pas."
    )


def _repondre(regard: Regard) -> Vue:
    """L'année et l'établissement de la campagne choisie."""
    ecole = regard.ecole
    campagne = ecole.participations[ecole.participations["campagne"] == regard.selection.campagne]
    de_l_annee = ecole.resultats[
        (ecole.resultats["annee_scolaire"] == campagne["annee_scolaire"].max())
        & ecole.resultats["organisation"].isin(campagne["organisation"].iloc[:1])
    ]
    hauts = ecole.une_fois(("plafonds",), lambda: plafonds(ecole.tables))
    return vue_angles_morts(angles_morts(de_l_annee, plafonds=hauts))


QUESTION = Question(11, "Angles morts", _repondre)
