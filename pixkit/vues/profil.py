"""Étage 3 — un groupe et sa référence côte à côte, par compétence ou par domaine."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import MANQUE, NEUTRE, SUR
from pixkit.grandeurs import mesure_de_la_table
from pixkit.vues.vue import (
    Vue,
    colonne_des_codes,
    dessiner,
    en_unites,
    graduer,
    legender,
    libelles,
    vide,
)

_TRAIT = {"marker": "|", "s": 130, "color": NEUTRE, "linewidths": 2.5}
_POINT = {"color": SUR, "s": 60, "zorder": 3}


def vue_profil(table: pd.DataFrame, *, nom: str, nom_reference: str) -> Vue:
    """La `valeur` d'un groupe et celle de sa `reference`, une ligne par compétence ou domaine."""
    if table.empty:
        return vide(
            f"Aucun résultat à montrer pour {nom} : son profil viendra avec les premiers envois."
        )
    sur, grandeur = colonne_des_codes(table), mesure_de_la_table(table)
    table = table.sort_values(sur)

    def trace(ax):
        _tracer(ax, table["valeur"], table["reference"], nom, nom_reference)
        graduer(ax, libelles(table[sur]))
        ax.set(xlim=(0, grandeur.etendue), xlabel=grandeur.titre)
        en_unites(ax.xaxis, grandeur)
        legender(ax)

    question = f"{nom}, face à : {nom_reference}"
    figure = dessiner(trace, question=question, hauteur=1.5 + 0.2 * len(table))
    phrase = (
        f"{nom} (point) face à : {nom_reference} (trait). Un petit écart n'est souvent que du "
        "hasard."
    )
    return Vue(figure, phrase, table)


def _tracer(
    ax: Axes, valeurs: pd.Series, references: pd.Series, nom: str, nom_reference: str
) -> None:
    places = range(len(valeurs))
    ax.hlines(places, references, valeurs, colors=MANQUE, linewidth=5)
    ax.scatter(references, places, label=nom_reference, **_TRAIT)
    ax.scatter(valeurs, places, label=nom, **_POINT)
