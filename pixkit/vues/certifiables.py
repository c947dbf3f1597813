"""Étage 3 — la part d'élèves certifiables, classe par classe."""

import pandas as pd

from pixkit.charte import SUR, entre_taux, pourcentage
from pixkit.referentiel import rang_niveau
from pixkit.vues.vue import Vue, a_droite, dessiner, effectifs, graduer, vide


def vue_certifiables(table: pd.DataFrame) -> Vue:
    """La part d'élèves certifiables par classe, entre deux bornes s'il le faut (`taux_bas`,
    `taux_haut`)."""
    if table.empty:
        return vide(
            "Aucune collecte de profils assez envoyée : elle seule dit qui est certifiable."
        )
    table = table.sort_values("classe", key=lambda noms: noms.map(rang_niveau), ignore_index=True)
    lignes = zip(table["classe"], effectifs(table), strict=True)
    noms = [f"{classe} ({effectif})" for classe, effectif in lignes]
    dits = [entre_taux(ligne.taux_bas, ligne.taux_haut) for ligne in table.itertuples()]

    def trace(ax):
        ax.hlines(range(len(table)), table["taux_bas"], table["taux_haut"], colors=SUR, linewidth=9)
        exacts = table[table["taux_bas"] == table["taux_haut"]]
        ax.scatter(exacts["taux_bas"], exacts.index, color=SUR, s=80, zorder=3)
        ax.margins(y=0.15)
        graduer(ax, noms)
        a_droite(ax, dits)
        ax.set(xlim=(0, 1), xlabel="part d'élèves certifiables ; effectif entre parenthèses")
        ax.xaxis.set_major_formatter(lambda valeur, _: pourcentage(valeur))

    figure = dessiner(
        trace,
        question="Quelle part d'élèves est certifiable ?",
        largeur=9,
        hauteur=1.6 + 0.36 * len(table),
    )
    bas, haut = (
        (table[nom] * table["effectif"]).sum() / table["effectif"].sum()
        for nom in ("taux_bas", "taux_haut")
    )
    phrase = (
        f"{entre_taux(bas, haut).capitalize()} de ces élèves sont certifiables : au moins 5 "
        "compétences au niveau 1. Une bande plutôt qu'un point : presque tous, ou presque "
        "personne, et le nombre exact est tu."
    )
    return Vue(figure, phrase, table)
