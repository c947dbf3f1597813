"""Étage 3 — trois forces, ou trois lacunes, d'un niveau scolaire."""

import pandas as pd

from pixkit.charte import SOUS, SUR, enumerer
from pixkit.grandeurs import mesure_de_la_table
from pixkit.vues.vue import Vue, dessiner, effectifs, graduer, libelles, vide


def vue_extremes(table: pd.DataFrame, *, niveau: str, forces: bool, combien: int = 3) -> Vue:
    """Les compétences d'une table de `mesure`, les `combien` plus maîtrisées (ou les moins) en
    couleur."""
    if table.empty:
        return vide(
            f"Aucun résultat de {niveau} : les premiers envois diront ses forces et ses lacunes."
        )
    grandeur = mesure_de_la_table(table)
    table = table.sort_values(["valeur", "competence"], ascending=[not forces, True])
    couleurs = [SUR if forces else SOUS] * combien + ["#b8b8b8"] * (len(table) - combien)
    noms, dits = (
        libelles(table["competence"]),
        [grandeur.dire(valeur) for valeur in table["valeur"]],
    )

    def trace(ax):
        barres = ax.barh(range(len(table)), table["valeur"], color=couleurs[: len(table)])
        ax.bar_label(barres, dits, padding=4, fontsize=10)
        graduer(ax, noms)
        ax.margins(x=0.12)
        ax.xaxis.set_visible(False)

    question = f"Quelles sont les {'forces' if forces else 'lacunes'} des {niveau} ?"
    figure = dessiner(trace, question=question, largeur=9, hauteur=1.2 + 0.34 * len(table))
    premieres = [f"{nom} ({dit})" for nom, dit in zip(noms[:combien], dits, strict=False)]
    plus_grand = effectifs(table.loc[[table["effectif"].idxmax()]])[0]
    phrase = (
        f"{'Les plus maîtrisées' if forces else 'Les moins maîtrisées'} des compétences testées : "
        f"{enumerer(premieres)}. Effectif : {plus_grand} élèves. Une compétence absente n'a pas "
        "été testée."
    )
    return Vue(figure, phrase, table)
