"""Étage 3 — ce qu'un plan travaille, et ce qu'il laisse."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pixkit.charte import MANQUE, NEUTRE, SUR, accord, compter, conjuguer
from pixkit.vues.selection import en_classe
from pixkit.vues.vue import Cle, Vue, dessiner, epaisseur, graduer, libelles, vide

CLE = Cle(
    "Les barres pleines : ce que le plan travaille. Les barres vides : ce qu'il laisse, ou ce qui "
    "n'est pas un besoin de classe (écrit à côté).",
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
    travaille, vides où il laisse ; en gris, ceux dont on ne sait rien."""
    if not couverture["testee"].any():
        return vide(
            f"Personne {en_classe(classe)} n'a encore envoyé : le plan se fera après les premiers "
            "envois."
        )
    figure = dessiner(
        lambda ax: _tracer(ax, couverture),
        question=f"Que travaille ce plan {en_classe(classe)} ?",
        hauteur=1.4 + 0.3 * len(couverture),
    )
    besoins, jamais = couverture[couverture["besoin"] > 0], int((~couverture["testee"]).sum())
    travaillees = compter(
        int(besoins["travaillee"].sum()),
        "travaillée par le plan",
        "travaillées par le plan",
        aucun="aucune travaillée par le plan",
    )
    phrase = (
        f"Besoins {en_classe(classe)} : {accord(len(besoins), 'compétence')}, dont {travaillees}."
        if len(besoins)
        else f"Pas de besoin {en_classe(classe)} qui vaille une heure de classe."
    )
    if jamais:
        inconnues = conjuguer(jamais, "n'a jamais été testée", "n'ont jamais été testées")
        phrase += f" {inconnues} : on n'en sait rien."
    return Vue(figure, phrase, couverture, CLE)


def _tracer(ax: Axes, couverture: pd.DataFrame) -> None:
    couleurs = couverture["travaillee"].map({True: SUR, False: "white"})
    places, sous = range(len(couverture)), couverture["nb_sous"]
    ax.barh(places, couverture["nb_jamais"], left=sous, height=epaisseur(), color=MANQUE)
    ax.barh(places, sous, height=epaisseur(), color=couleurs, edgecolor=SUR)
    for place, ligne in enumerate(couverture.itertuples()):
        fin = ligne.nb_sous + ligne.nb_jamais if ligne.testee else 0
        ax.annotate(_dire(ligne), (fin, place), **_MOTS)
    graduer(ax, libelles(couverture["competence"]))
    ax.margins(x=0.2)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    gris = " ; en gris : jamais testés, ou sans aucun pix" if couverture["nb_jamais"].any() else ""
    ax.set(xlabel=f"élèves sous l'objectif (barre pleine : le plan y travaille){gris}")


def _dire(ligne) -> str:
    dit = f"{ligne.nb_sous} sur {ligne.effectif}" if ligne.testee else "jamais testée"
    if ligne.travaillee:
        return f"{dit}, travaillée"
    return dit if ligne.besoin > 0 or not ligne.testee else f"{dit}, pas un besoin de classe"
