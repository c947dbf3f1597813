"""Étage 3 — ce qu'un plan travaille, et ce qu'il laisse."""

import pandas as pd

from pixkit.charte import MANQUE, NEUTRE, SUR, accord
from pixkit.vues.vue import Cle, Vue, dessiner, graduer, libelles, vide

CLE = Cle(
    "Les barres pleines : ce que le plan travaille. Les barres vides : ce qu'il laisse.",
    "Que ces parcours suffiront : ils ouvrent un travail, ils ne le remplacent pas.",
    "Dans quelle discipline, par qui, et quand ?",
)


def vue_plan(couverture: pd.DataFrame, *, classe: str) -> Vue:
    """Les élèves sous l'objectif par compétence (`couverture` d'un plan), pleins où le plan
    travaille, vides où il laisse."""
    if not couverture["testee"].any():
        return vide(f"{classe} n'a encore rien envoyé : le plan se fera après les premiers envois.")
    jamais = ~couverture["testee"]

    def trace(ax):
        couleurs = [SUR if travaillee else "white" for travaillee in couverture["travaillee"]]
        places = range(len(couverture))
        ax.barh(places, couverture["nb_sous"], color=couleurs, edgecolor=SUR)
        ax.barh(
            [p for p, inconnu in zip(places, jamais, strict=True) if inconnu],
            couverture["effectif"].max(),
            color=MANQUE,
        )
        for place, ligne in zip(places, couverture.itertuples(), strict=True):
            suite = ", travaillée" if ligne.travaillee else ""
            texte = (
                f" {ligne.nb_sous} sur {ligne.effectif}{suite}"
                if ligne.testee
                else f" jamais testée{suite}"
            )
            ax.text(
                ligne.nb_sous if ligne.testee else 0,
                place,
                texte,
                va="center",
                fontsize=8.5,
                color=NEUTRE,
            )
        graduer(ax, libelles(couverture["competence"]))
        ax.margins(x=0.2)
        ax.set(xlabel="élèves sous l'objectif (barre pleine : le plan y travaille)")

    figure = dessiner(
        trace,
        question=f"Que travaille ce plan pour {classe} ?",
        largeur=9,
        hauteur=1.4 + 0.3 * len(couverture),
    )
    besoins = couverture[couverture["besoin"] > 0]
    phrase = (
        f"Le plan travaille {int(besoins['travaillee'].sum())} des "
        f"{accord(len(besoins), 'compétence')} où {classe} a un besoin ; {int(jamais.sum())} "
        "n'ont jamais été testées : on n'en sait rien."
    )
    return Vue(figure, phrase, couverture, CLE)
