"""Étage 3 — un groupe et sa référence côte à côte, par compétence ou par domaine."""

import pandas as pd

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


def vue_profil(table: pd.DataFrame, *, nom: str, nom_reference: str) -> Vue:
    """La `valeur` d'un groupe et celle de sa `reference`, une ligne par compétence ou domaine."""
    if table.empty:
        return vide(
            f"Aucun résultat à montrer pour {nom} : son profil viendra avec les premiers envois."
        )
    sur, grandeur = colonne_des_codes(table), mesure_de_la_table(table)
    table = table.sort_values(sur)
    places = range(len(table))

    def trace(ax):
        ax.hlines(places, table["reference"], table["valeur"], colors=MANQUE, linewidth=5)
        trait = {"marker": "|", "s": 260, "color": NEUTRE, "linewidths": 2.5}
        ax.scatter(table["reference"], places, label=nom_reference, **trait)
        ax.scatter(table["valeur"], places, color=SUR, s=60, zorder=3, label=nom)
        ax.margins(y=0.15)
        graduer(ax, libelles(table[sur]))
        ax.set(xlim=(0, grandeur.etendue), xlabel=grandeur.titre)
        en_unites(ax.xaxis, grandeur)
        legender(ax)

    question = f"{nom}, face à : {nom_reference}"
    figure = dessiner(trace, question=question, largeur=9, hauteur=1.8 + 0.36 * len(table))
    phrase = (
        f"{nom} (point) face à : {nom_reference} (trait). Un petit écart n'est souvent que du "
        "hasard."
    )
    return Vue(figure, phrase, table)
