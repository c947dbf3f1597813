"""Étage 3 — la carte : une case par classe et par compétence."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixkit.charte import DEGRADE, accord
from pixkit.ecran import est_etroite
from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures import mesure, reunir
from pixkit.referentiel import rang_niveau
from pixkit.vues.carreaux import carreaux_etroits, carreler, croiser
from pixkit.vues.selection import Question, Regard
from pixkit.vues.vue import (
    Cle,
    Repere,
    Vue,
    avec_effectif,
    bornes,
    dessiner,
    libelle,
    par_qui,
    vide,
)

CLE = Cle(
    "Les colonnes claires (une classe en difficulté partout) et les lignes claires (une "
    "compétence difficile pour tous).",
    "Si deux cases voisines diffèrent vraiment : dans une classe de vingt, dix points d'écart "
    "entre deux taux sont souvent du hasard.",
    "Quelle compétence n'est enseignée dans aucune discipline ?",
)
EN_LIGNES = replace(
    CLE,
    regarder="Les lignes claires (une classe en difficulté partout) et les colonnes claires (une "
    "compétence difficile pour tous).",
)
UNE_SEULE = replace(CLE, regarder="Les cases claires : les compétences difficiles pour tous.")
TROP_LARGE = 14
"""Au-delà d'autant de classes, elles passent en lignes : une image trop large ne se lit plus."""


def vue_carte(
    table: pd.DataFrame,
    *,
    par: str = "classe",
    sur: str = "competence",
    cle: Cle | None = None,
    a_ouvrir: bool = False,
) -> Vue:
    """Une table de `mesure(resultats, par=[par, sur])` ; une case grise n'a pas été testée.

    Une case que l'on ne sait qu'à peu près va de `valeur_bas` à `valeur_haut`, autour de `valeur`.
    `a_ouvrir` : chacune mène à ses élèves, à l'écran de l'enseignant.
    """
    if table.empty:
        return vide(
            "Aucun résultat envoyé pour ce choix : la carte se remplira avec les premiers envois."
        )
    grandeur = mesure_de_la_table(table)
    valeurs = table["valeur"].astype(float)
    mots = _a_peu_pres(table, grandeur) or list(map(grandeur.court, valeurs, bornes(table)))
    cases, textes = croiser(table, valeurs, mots, sur=sur, par=par)
    groupes = _avec_effectif(table, par)
    cases, textes = (un[groupes.index].rename(columns=groupes) for un in (cases, textes))
    figure, grilles = _dessiner(cases, textes.fillna(""), grandeur, par)
    phrase, cle = _phrase(table, grandeur, par, sur), cle or _cle(cases.shape[1])
    cadres = list(zip(figure.axes, grilles, strict=True))
    reperer = partial(_reperer, cadres, table, groupes, grandeur) if a_ouvrir else None
    return Vue(figure, phrase, table, cle, reperer)


def _reperer(
    cadres: list[tuple[Axes, pd.DataFrame]],
    table: pd.DataFrame,
    groupes: pd.Series,
    grandeur: Mesure,
) -> Iterator[Repere]:
    """Chaque case testée, là où elle est dessinée, cadre par cadre et ligne par ligne."""
    dites = table.assign(classe=table["classe"].map(groupes))
    for ax, grille in cadres:
        places = [axe.get_indexer(dites[axe.name]) for axe in (grille.columns, grille.index)]
        ici = (np.array(places) >= 0).all(axis=0)
        places, siennes = [axe[ici] for axe in places], table[ici].to_dict("records")
        debuts, fins = (_en_parts(ax, np.column_stack(places) + pas) for pas in (0, 1))
        for rang in np.lexsort(places):
            (x, y), (large, haut), une = debuts[rang], fins[rang] - debuts[rang], siennes[rang]
            ouvre = {nom: une[nom] for nom in ("classe", "competence")}
            dit = f"{une['classe']}, {libelle(une['competence'])} : {grandeur.dire(une['valeur'])}"
            yield Repere(x, y, f"{dit}, {accord(une['effectif'], 'élève')}", large, haut, ouvre)


def _en_parts(ax: Axes, places: np.ndarray) -> np.ndarray:
    """Des places des données en parts de la figure, depuis son coin en haut à gauche."""
    parts = ax.figure.transFigure.inverted().transform(ax.transData.transform(places))
    return np.column_stack([parts[:, 0], 1 - parts[:, 1]])


def _cle(groupes: int) -> Cle:
    """Une clé parle de l'image que l'on voit : ses lignes, ses colonnes."""
    return UNE_SEULE if groupes == 1 else EN_LIGNES if groupes > TROP_LARGE else CLE


def _a_peu_pres(table: pd.DataFrame, grandeur: Mesure) -> list[str]:
    """« 72 », ou « 68–72 » ; rien d'une table qui n'a qu'une valeur."""
    if "valeur_bas" not in table:
        return []
    bas, haut = (table[nom].map(grandeur.court) for nom in ("valeur_bas", "valeur_haut"))
    return list((bas + "–" + haut).mask(bas == haut, bas))


def _dessiner(
    cases: pd.DataFrame, textes: pd.DataFrame, grandeur: Mesure, par: str
) -> tuple[Figure, list[pd.DataFrame]]:
    """Les groupes en colonnes ; en lignes s'il y en a trop. La figure, les cases de ses cadres."""
    question = grandeur.question.replace("classe", par_qui(par)[0])
    couleurs = {"cmap": DEGRADE, "vmax": 1 if grandeur.est_un_taux else 5}
    if est_etroite():
        return carreaux_etroits(cases, textes, question=question, **couleurs)
    if cases.shape[1] > TROP_LARGE:
        titre = "compétence" if cases.index.name == "competence" else cases.index.name
        grille, textes, marge, pas = cases.T, textes.T, 2.4, 0.28
        montrees = grille
    else:
        titre, marge, pas = f"{par_qui(par)[0]} (effectif)", 4, 0.36
        grille = cases
        montrees = cases.rename(index=libelle, columns=lambda nom: "\n(".join(nom.rsplit(" (", 1)))
    long = max(len(ligne) for nom in montrees.columns for ligne in str(nom).split("\n"))
    figure = dessiner(
        lambda ax: carreler(ax, montrees, textes, titre=titre, **couleurs),
        question=question,
        largeur=max(6, marge + max(0.62, 0.075 * long) * montrees.shape[1]),
        hauteur=1.4 + pas * len(montrees),
    )
    return figure, [grille]


def _avec_effectif(table: pd.DataFrame, par: str) -> pd.Series:
    """{groupe: son nom et son plus grand effectif}, de la 6e à la terminale."""
    plus_grands = table.sort_values("effectif").drop_duplicates(par, keep="last")
    plus_grands = plus_grands.sort_values(par, key=lambda noms: noms.map(rang_niveau))
    return pd.Series(avec_effectif(plus_grands[par], plus_grands), plus_grands[par])


def _phrase(table: pd.DataFrame, grandeur: Mesure, par: str, sur: str) -> str:
    ensemble = reunir(table, par=sur).set_index(sur)["valeur"]
    haut, bas = ensemble.idxmax(), ensemble.idxmin()
    groupes = accord(table[par].nunique(), *par_qui(par))
    petits = "petites classes" if par in ("classe", "niveau_scolaire") else "petits groupes"
    return (
        f"Chaque case donne {grandeur.case}, pour {groupes} ; l'effectif est entre parenthèses. "
        f"La plus maîtrisée : {libelle(haut)} ({grandeur.dire(ensemble[haut])}) ; la moins : "
        f"{libelle(bas)} ({grandeur.dire(ensemble[bas])}). Une case grise n'a pas été testée : ce "
        f"n'est pas un zéro. Entre deux {petits}, quelques "
        f"{'points' if grandeur.est_un_taux else 'dixièmes'} d'écart ne prouvent rien."
    )


def _repondre(regard: Regard) -> Vue:
    return vue_carte(mesure(regard.resultats, par=["classe", "competence"]), a_ouvrir=True)


QUESTION = Question(1, "Maîtrise", _repondre, frozenset({"domaine"}))
