"""Étage 3 — les angles morts : ce qu'aucun parcours n'a encore testé."""

import pandas as pd
from matplotlib.colors import ListedColormap

from pixkit.charte import MANQUE, SUR, accord, enumerer
from pixkit.ecran import est_etroite
from pixkit.mesures import angles_morts, plafonds
from pixkit.mesures.angles_morts import d_un_niveau
from pixkit.vues.carreaux import carreaux_etroits, carreler, croiser
from pixkit.vues.selection import Question, Regard
from pixkit.vues.vue import Cle, Vue, dessiner, libelle, libelles, vide

_NE_DIT_PAS = (
    "Que ces compétences ne sont pas maîtrisées : on ne sait pas.",
    "Quel parcours les testerait, dans quelle discipline, avant la certification ?",
)
_COLLECTE = (
    " Une collecte de profils teste ce qu'elle montre : une compétence compte pour les élèves qui "
    "y ont au moins un pix."
)
_TEINTES = {"cmap": ListedColormap([MANQUE, SUR]), "vmax": 1}
_TITRE = "élèves testés{}, ou « jamais »"
_QUESTION = "Qu'est-ce qu'aucun parcours n'a encore testé ?"


def vue_angles_morts(
    table: pd.DataFrame, *, par: str = "niveau_scolaire", precision: str = ""
) -> Vue:
    """Les compétences × groupes d'une table de `angles_morts` : testée, ou jamais ; la `precision`
    suit la phrase."""
    if table.empty:
        return vide(
            "Aucun résultat envoyé : pour l'instant, les 16 compétences sont un angle mort."
        )
    groupes = list(table[par].unique())  # l'ordre de la table : de la 6e à la terminale
    testees = table["testee"].astype(float)
    cases, textes = croiser(table, testees, _mots(table), sur="competence", par=par)
    cases, textes = cases[groupes], textes[groupes]
    if est_etroite():
        figure, _ = carreaux_etroits(cases, textes, question=_QUESTION, **_TEINTES)
    else:
        noms = cases.rename(index=libelle)
        niveaux = " (et jusqu'à quel niveau d'acquis)" if "niveau_teste" in table else ""
        titre = _TITRE.format(niveaux)
        figure = dessiner(
            lambda ax: carreler(ax, noms, textes, titre=titre, **_TEINTES),
            question=_QUESTION,
            largeur=max(6, 4.5 + (1.4 if "niveau_teste" in table else 0.9) * len(groupes)),
            hauteur=1.4 + 0.25 * len(cases),
        )
    return Vue(figure, _phrase(table) + precision, table, _cle(table))


def _cle(table: pd.DataFrame) -> Cle:
    """Ce qu'il y a à regarder dans cette image-là."""
    jamais = [] if table["testee"].all() else ["les cases « jamais »"]
    bas = ["les compétences testées seulement à bas niveau"] if "niveau_teste" in table else []
    dit = enumerer(jamais + bas) or "Rien ne manque : chaque compétence a été testée partout"
    return Cle(f"{dit[0].upper()}{dit[1:]}.", *_NE_DIT_PAS)


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
    collecte = (de_l_annee["type_campagne"] == "collecte").any()
    table = angles_morts(d_un_niveau(de_l_annee), plafonds=hauts)
    return vue_angles_morts(table, precision=_COLLECTE if collecte else "")


QUESTION = Question(12, "Angles morts", _repondre, ignore=frozenset({"niveau"}))
