"""Étage 3 — ce qu'un plan travaille, et ce qu'il laisse."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import MANQUE, NEUTRE, SUR, accord, conjuguer
from pixkit.vues.vue import Cle, Vue, dessiner, graduer, libelles, vide

CLE = Cle(
    "Les barres pleines : ce que le plan travaille. Les barres vides : ce qu'il laisse.",
    "Que ces parcours suffiront : ils ouvrent un travail, ils ne le remplacent pas.",
    "Dans quelle discipline, par qui, et quand ?",
)
_MOTS = {
    "xytext": (4, 0),
    "textcoords": "offset points",
    "va": "center",
    "fontsize": 8.5,
    "color": NEUTRE,
}


def vue_plan(couverture: pd.DataFrame, *, classe: str) -> Vue:
    """Les élèves sous l'objectif par compétence (`couverture` d'un plan), pleins où le plan
    travaille, vides où il laisse."""
    if not couverture["testee"].any():
        return vide(f"{classe} n'a encore rien envoyé : le plan se fera après les premiers envois.")
    figure = dessiner(
        lambda ax: _tracer(ax, couverture),
        question=f"Que travaille ce plan pour {classe} ?",
        hauteur=1.4 + 0.3 * len(couverture),
    )
    besoins, jamais = couverture[couverture["besoin"] > 0], int((~couverture["testee"]).sum())
    inconnues = conjuguer(jamais, "n'a jamais été testée", "n'ont jamais été testées")
    phrase = (
        f"Le plan travaille {int(besoins['travaillee'].sum())} des "
        f"{accord(len(besoins), 'compétence')} où {classe} a un besoin ; {inconnues} : "
        "on n'en sait rien."
    )
    return Vue(figure, phrase, couverture, CLE)


def _tracer(ax: Axes, couverture: pd.DataFrame) -> None:
    couleurs = couverture["travaillee"].map({True: SUR, False: "white"})
    ax.barh(range(len(couverture)), couverture["nb_sous"], color=couleurs, edgecolor=SUR)
    ax.barh(np.flatnonzero(~couverture["testee"]), couverture["effectif"].max(), color=MANQUE)
    for place, ligne in enumerate(couverture.itertuples()):
        sous, dit = 0, "jamais testée"
        if ligne.testee:
            sous, dit = ligne.nb_sous, f"{ligne.nb_sous} sur {ligne.effectif}"
        suite = ", travaillée" if ligne.travaillee else ""
        ax.annotate(f"{dit}{suite}", (sous, place), **_MOTS)
    graduer(ax, libelles(couverture["competence"]))
    ax.margins(x=0.2)
    ax.set(xlabel="élèves sous l'objectif (barre pleine : le plan y travaille)")
