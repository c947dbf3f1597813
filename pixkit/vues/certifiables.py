"""Étage 3 — la part d'élèves certifiables, classe par classe."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import SUR, entre_taux, pourcentage
from pixkit.referentiel import rang_niveau
from pixkit.vues.vue import Vue, a_droite, avec_effectif, dessiner, graduer, vide


def vue_certifiables(table: pd.DataFrame) -> Vue:
    """La part d'élèves certifiables par classe, de `taux_bas` à `taux_haut`."""
    if table.empty:
        return vide(
            "Aucune collecte de profils assez envoyée : elle seule dit qui est certifiable."
        )
    table = table.sort_values("classe", key=lambda noms: noms.map(rang_niveau), ignore_index=True)
    figure = dessiner(
        lambda ax: _tracer(ax, table),
        question="Quelle part d'élèves est certifiable ?",
        hauteur=1.6 + 0.36 * len(table),
    )
    bas, haut = np.average(table[["taux_bas", "taux_haut"]], axis=0, weights=table["effectif"])
    phrase = (
        f"{entre_taux(bas, haut).capitalize()} de ces élèves sont certifiables : au moins 5 "
        "compétences au niveau 1. Une bande plutôt qu'un point : presque tous, ou presque "
        "personne, et le nombre exact est tu."
    )
    return Vue(figure, phrase, table)


def _tracer(ax: Axes, table: pd.DataFrame) -> None:
    bas, haut = table["taux_bas"], table["taux_haut"]
    ax.hlines(table.index, bas, haut, colors=SUR, linewidth=9)
    exacts = bas[bas == haut]
    ax.scatter(exacts, exacts.index, color=SUR, s=80, zorder=3)
    ax.margins(y=0.15)
    graduer(ax, avec_effectif(table["classe"], table))
    a_droite(ax, list(map(entre_taux, bas, haut)))
    ax.set(xlim=(0, 1), xlabel="part d'élèves certifiables ; effectif entre parenthèses")
    ax.xaxis.set_major_formatter(lambda valeur, _: pourcentage(valeur))
