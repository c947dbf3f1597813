"""Étage 3 — trois forces, ou trois lacunes, d'un niveau scolaire."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import SOUS, SUR, enumerer
from pixkit.grandeurs import mesure_de_la_table
from pixkit.vues.vue import Vue, dessiner, effectifs, epaisseur, graduer, libelles, vide

_FORCES = "forces", "Les plus maîtrisées", SUR
_LACUNES = "lacunes", "Les moins maîtrisées", SOUS
_AUTRES = "#b8b8b8"
_COMBIEN = 3


def vue_extremes(table: pd.DataFrame, *, niveau: str, forces: bool) -> Vue:
    """Les compétences d'une table de `mesure`, les plus maîtrisées (ou les moins) en couleur ; si
    elle dit leur `relief` (1, −1, 0), celles-là seules qui sortent nettement de l'ensemble."""
    if table.empty:
        return vide(
            f"Aucun résultat de {niveau} : les premiers envois diront ses forces et ses lacunes."
        )
    grandeur = mesure_de_la_table(table)
    table = table.sort_values(["valeur", "competence"], ascending=[not forces, True])
    noms, dits = libelles(table["competence"]), list(map(grandeur.dire, table["valeur"]))
    quoi, lesquelles, couleur = _FORCES if forces else _LACUNES
    nettes = None
    if "relief" in table:
        nettes = (table.pop("relief") == (1 if forces else -1)).tolist()
    montrees = nettes or [rang < _COMBIEN for rang in range(len(table))]
    couleurs = [couleur if oui else _AUTRES for oui in montrees]
    figure = dessiner(
        lambda ax: _tracer(ax, table["valeur"], noms, dits, couleurs),
        question=f"Quelles sont les {quoi} des {niveau} ?",
        hauteur=1.2 + 0.25 * len(table),
    )
    premieres = list(map("{} ({})".format, noms, dits))[:_COMBIEN]
    prudence = "" if nettes is None else _prudence(nettes, noms)
    return Vue(figure, _phrase(table, lesquelles, premieres) + prudence, table)


def _prudence(nettes: list[bool], noms: list[str]) -> str:
    dites = [nom for nom, oui in zip(noms, nettes, strict=True) if oui][:_COMBIEN]
    if dites:
        return f" Nettement, toutes regardées ensemble : {enumerer(dites)}."
    return " Rien de net : aucune ne sort de l'ensemble plus que ne ferait le hasard."


def _phrase(table: pd.DataFrame, lesquelles: str, premieres: list[str]) -> str:
    plus_grand = effectifs(table.nlargest(1, "effectif"))[0]
    return (
        f"{lesquelles} des compétences testées : {enumerer(premieres)}. Effectif : {plus_grand} "
        "élèves. Une compétence absente n'a pas été testée."
    )


def _tracer(
    ax: Axes, valeurs: pd.Series, noms: list[str], dits: list[str], couleurs: list[str]
) -> None:
    barres = ax.barh(range(len(valeurs)), valeurs, height=epaisseur(), color=couleurs)
    ax.bar_label(barres, dits, padding=4)
    graduer(ax, noms)
    ax.margins(x=0.12)
    ax.xaxis.set_visible(False)
