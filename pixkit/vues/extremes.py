"""Étage 3 — trois forces, ou trois lacunes, d'un niveau scolaire."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import SOUS, SUR, enumerer
from pixkit.grandeurs import mesure_de_la_table
from pixkit.vues.vue import Vue, dessiner, effectifs, graduer, libelles, vide

_FORCES = "forces", "Les plus maîtrisées", SUR
_LACUNES = "lacunes", "Les moins maîtrisées", SOUS
_AUTRES = "#b8b8b8"
_COMBIEN = 3


def vue_extremes(table: pd.DataFrame, *, niveau: str, forces: bool) -> Vue:
    """Les compétences d'une table de `mesure`, les plus maîtrisées (ou les moins) en couleur."""
    if table.empty:
        return vide(
            f"Aucun résultat de {niveau} : les premiers envois diront ses forces et ses lacunes."
        )
    grandeur = mesure_de_la_table(table)
    table = table.sort_values(["valeur", "competence"], ascending=[not forces, True])
    noms, dits = libelles(table["competence"]), list(map(grandeur.dire, table["valeur"]))
    quoi, lesquelles, couleur = _FORCES if forces else _LACUNES
    figure = dessiner(
        lambda ax: _tracer(ax, table["valeur"], noms, dits, couleur),
        question=f"Quelles sont les {quoi} des {niveau} ?",
        hauteur=1.2 + 0.34 * len(table),
    )
    premieres = list(map("{} ({})".format, noms, dits))[:_COMBIEN]
    return Vue(figure, _phrase(table, lesquelles, premieres), table)


def _phrase(table: pd.DataFrame, lesquelles: str, premieres: list[str]) -> str:
    plus_grand = effectifs(table.nlargest(1, "effectif"))[0]
    return (
        f"{lesquelles} des compétences testées : {enumerer(premieres)}. Effectif : {plus_grand} "
        "élèves. Une compétence absente n'a pas été testée."
    )


def _tracer(ax: Axes, valeurs: pd.Series, noms: list[str], dits: list[str], couleur: str) -> None:
    couleurs = [couleur] * _COMBIEN + [_AUTRES] * len(valeurs)
    barres = ax.barh(range(len(valeurs)), valeurs, color=couleurs[: len(valeurs)])
    ax.bar_label(barres, dits, padding=4, fontsize=10)
    graduer(ax, noms)
    ax.margins(x=0.12)
    ax.xaxis.set_visible(False)
