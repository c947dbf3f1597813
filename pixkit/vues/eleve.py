"""Étage 3 — un élève et sa classe. Pour l'écran de l'enseignant seulement."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import NEUTRE, SOUS, SUR, accord, enumerer
from pixkit.grandeurs import mesure_de_la_table
from pixkit.mesures import fiche_eleve
from pixkit.vues.selection import Question, Regard, Selection
from pixkit.vues.vue import Cle, Vue, dessiner, en_unites, graduer, legender, libelles, vide

CLE = Cle(
    "Les compétences où l'élève est loin de la moitié centrale de sa classe.",
    "Ce qu'il sait faire en dehors de ce parcours, ni s'il était pressé ce jour-là.",
    "De quoi a-t-il besoin, et qui lui en parle ?",
)


def vue_eleve(fiche: pd.DataFrame) -> Vue:
    """Un élève d'une table de `fiche_eleve` face à la moitié centrale de sa classe."""
    if fiche.empty:
        return vide(
            "Cet élève n'a rien envoyé dans cette campagne : voyez son état dans « Relances »."
        )
    sous = fiche["note"] < fiche["quartile_1"]
    figure = dessiner(
        lambda ax: _tracer(ax, fiche, sous.map({True: SOUS, False: SUR})),
        question="Où en est cet élève, et où en est sa classe ?",
        hauteur=1.8 + 0.34 * len(fiche),
    )
    bas = libelles(fiche.loc[sous, "competence"])
    ou = f"Au-dessous de la moitié centrale de sa classe : {enumerer(bas)}."
    phrase = (
        f"{ou if bas else 'Nulle part au-dessous de la moitié centrale.'} La bande claire va d'un "
        f"quart à trois quarts de la classe ({accord(int(fiche['effectif'].max()), 'élève')})."
    )
    return Vue(figure, phrase, fiche.drop(columns="eleve"), CLE)


def _tracer(ax: Axes, fiche: pd.DataFrame, couleurs: pd.Series) -> None:
    places = range(len(fiche))
    ax.hlines(places, fiche["quartile_1"], fiche["quartile_3"], colors="#c9d7e8", linewidth=9)
    trait = {"marker": "|", "s": 150, "color": NEUTRE, "label": "médiane de la classe"}
    ax.scatter(fiche["mediane"], places, **trait)
    ax.scatter(fiche["note"], places, c=couleurs, s=55, zorder=3, label="l'élève")
    graduer(ax, libelles(fiche["competence"]))
    en_unites(ax.xaxis, mesure_de_la_table(fiche))
    legender(ax)


def _repondre(regard: Regard) -> Vue:
    choix = regard.selection
    siens = Selection(campagne=choix.campagne, domaine=choix.domaine).garder(regard.ecole.resultats)
    return vue_eleve(fiche_eleve(siens, choix.eleve))


QUESTION = Question(9, "Un élève", _repondre, frozenset({"classe", "eleve", "domaine"}))
