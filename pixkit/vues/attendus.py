"""Étage 3 — à quelle distance du niveau attendu : une ligne par compétence ou par groupe."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import NEUTRE, SOUS, SUR, accord
from pixkit.grandeurs import NIVEAU
from pixkit.vues.vue import (
    Vue,
    avec_effectif,
    dessiner,
    en_unites,
    graduer,
    libelle,
    tracer_repere,
    vide,
)


def vue_attendus(table: pd.DataFrame, *, par: str, niveau: str) -> Vue:
    """Des niveaux moyens, de `valeur_bas` à `valeur_haut`, leur intervalle (`bas`, `haut`) et leur
    `reference` : l'attendu national d'un niveau scolaire."""
    if table.empty:
        return vide(
            f"Aucune collecte de profils de {niveau} à réunir : elle seule dit des niveaux Pix."
        )
    table = table.sort_values(par, ignore_index=True)
    attendu = float(table["reference"].iloc[0])
    figure = dessiner(
        lambda ax: _tracer(ax, table, par, attendu),
        question=f"À quelle distance du niveau attendu en {niveau} ?",
        hauteur=1.8 + 0.36 * len(table),
    )
    surs = int((table["haut"] < attendu).sum())
    lignes = accord(len(table), "ligne")
    phrase = (
        f"Le texte national attend le niveau {attendu:.0f} en {niveau} (trait) : un niveau "
        f"d'ensemble, lu ici compétence par compétence. Sur {lignes}, {surs} "
        f"{'est' if surs < 2 else 'sont'} au-dessous à coup sûr ; le trait fin est l'intervalle à "
        "95\N{NARROW NO-BREAK SPACE}%."
    )
    return Vue(figure, phrase, table.assign(**_ecarts(table)))


def _ecarts(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        f"ecart_{nom}": (table[f"valeur_{nom}"] - table["reference"]).round(2)
        for nom in ("bas", "haut")
    }


def _tracer(ax: Axes, table: pd.DataFrame, par: str, attendu: float) -> None:
    milieux = (table["valeur_bas"] + table["valeur_haut"]) / 2
    couleurs = [SOUS if haut < attendu else SUR if bas > attendu else NEUTRE
                for bas, haut in zip(table["bas"], table["haut"], strict=True)]  # fmt: skip
    ax.hlines(table.index, table["bas"], table["haut"], colors=couleurs, linewidth=1.6)
    ax.hlines(table.index, table["valeur_bas"], table["valeur_haut"], colors=couleurs, linewidth=7)
    ax.scatter(milieux, table.index, c=couleurs, s=50, zorder=3)
    tracer_repere(ax, len(table), attendu)
    noms = table[par].map(libelle) if par == "competence" else table[par]
    bornes = table[["valeur_bas", "valeur_haut"]].itertuples(index=False)
    dits = [NIVEAU.entre(bas, haut) for bas, haut in bornes]
    graduer(ax, avec_effectif(noms, table), dits)
    ax.set(xlim=(0, NIVEAU.etendue), xlabel="niveau Pix moyen ; effectif entre parenthèses")
    en_unites(ax.xaxis, NIVEAU)
