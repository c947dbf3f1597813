"""Étage 3 — l'entonnoir : un taux selon la taille, et jusqu'où le hasard l'écarterait ; jamais un
classement."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import SOUS, SUR, accord, entre_taux, pourcentage
from pixkit.mesures.entonnoir import DEDANS, DEHORS_998, limites_du_hasard, situer
from pixkit.vues.vue import Cle, Vue, dessiner, legender, vide

CLE = Cle(
    "Les points hors de la bande : le hasard seul les y met une fois sur vingt (bande foncée) ou "
    "une fois sur cinq cents (bande claire).",
    "Pourquoi, ni qui a bien fait : des élèves différents suffisent. Dans la bande, l'ordre des "
    "points ne veut rien dire.",
    "Qu'ont de particulier les établissements hors de la bande : élèves, équipement, calendrier ?",
)
PRESQUE_EXACT = 0.02
"""Une bande plus courte ne se verrait pas."""
_BANDES = (("998", "#eef3f8", "99,8"), ("95", "#d1e5f0", "95"))


def vue_entonnoir(
    points: pd.DataFrame,
    *,
    taux: tuple[float, float],
    quoi: str,
    ici: tuple[str, pd.DataFrame] | None = None,
) -> Vue:
    """Un point sans nom par établissement (effectif, taux_bas, taux_haut) ; `taux` : celui de
    l'ensemble, au moins et au plus ; `quoi` : ce qui est montré ; `ici` : le nom du seul
    établissement marqué, sur sa page, et son point."""
    if points.empty:
        return vide(
            f"Pas assez d'établissements pour montrer : {quoi}. Il en faut trois, dont aucun ne "
            "fait presque tout."
        )
    table = situer(points, taux)
    marque = None if ici is None else situer(ici[1], taux)
    plus_grand = max(une["effectif"].max() for une in (table, marque) if une is not None)
    plus_petit = min(une["effectif"].min() for une in (table, marque) if une is not None)
    tailles = np.unique(np.linspace(0.8 * plus_petit, 1.05 * plus_grand, 160).astype(int))
    bornes = limites_du_hasard(taux, tailles)
    bas = min(bornes["bas_998"].min(), table["taux_bas"].min())
    haut = max(bornes["haut_998"].max(), table["taux_haut"].max())

    def trace(ax):
        _bandes(ax, bornes, taux)
        _points(ax, table)
        if marque is not None:
            _marquer(ax, ici[0], marque)
        ax.set(xlim=(tailles[0], tailles[-1]), ylim=(max(0, bas - 0.03), min(1, haut + 0.03)))
        ax.set(xlabel="élèves (arrondis vers le bas, trois établissements au moins par taille)")
        ax.set_ylabel(quoi)
        ax.yaxis.set_major_formatter(lambda valeur, _: pourcentage(valeur))
        legender(ax)

    figure = dessiner(trace, question="Qu'est-ce qui dépasse le hasard ?", hauteur=5)
    return Vue(figure, _phrase(table, taux, quoi, ici and (ici[0], marque)), table, CLE)


def _bandes(ax: Axes, limites: pd.DataFrame, taux: tuple[float, float]) -> None:
    for nom, couleur, dite in _BANDES:
        bas, haut = limites[f"bas_{nom}"], limites[f"haut_{nom}"]
        bande = {"color": couleur, "linewidth": 0, "step": "mid", "zorder": 0}
        label = f"ce que fait le hasard, {dite}\N{NARROW NO-BREAK SPACE}%"
        ax.fill_between(limites["effectif"], bas, haut, label=label, **bande)
    trait = {"color": "black", "linewidth": 1, "linestyle": "--", "zorder": 1}
    for rang, un in enumerate(dict.fromkeys(taux)):
        ax.axhline(un, **trait, label=None if rang else "l'ensemble")


def _points(ax: Axes, table: pd.DataFrame) -> None:
    """Un point ; ou une bande, s'il n'est connu qu'entre deux bornes."""
    dehors = table["place"] == DEHORS_998
    for choix, couleur, dit in ((~dehors, SUR, "un établissement"),
                                (dehors, SOUS, f"un établissement {DEHORS_998}")):  # fmt: skip
        siens = table[choix]
        exacts = siens[siens["taux_haut"] - siens["taux_bas"] <= PRESQUE_EXACT]
        bandes = siens.drop(exacts.index)
        ax.vlines(bandes["effectif"], bandes["taux_bas"], bandes["taux_haut"], colors=couleur,
                  linewidth=4, alpha=0.35, zorder=2)  # fmt: skip
        if len(siens):
            point = {"color": couleur, "s": 30, "alpha": 0.75, "linewidths": 0, "zorder": 2}
            ax.scatter(exacts["effectif"], exacts["taux_bas"], label=dit, **point)


def _marquer(ax: Axes, nom: str, marque: pd.DataFrame) -> None:
    """Le seul point qui a un nom : celui de l'établissement à qui est cette page."""
    (une,) = marque.itertuples()
    milieu = (une.taux_bas + une.taux_haut) / 2
    ax.vlines(une.effectif, une.taux_bas, une.taux_haut, colors="black", linewidth=2, zorder=3)
    losange = {"color": "black", "s": 90, "marker": "D", "zorder": 4}
    ax.scatter([une.effectif], [milieu], label=nom, **losange)


def _phrase(
    table: pd.DataFrame,
    taux: tuple[float, float],
    quoi: str,
    ici: tuple[str, pd.DataFrame] | None,
) -> str:
    dehors = int((table["place"] == DEHORS_998).sum())
    presque = int((table["place"] != DEDANS).sum()) - dehors
    espace = "\N{NARROW NO-BREAK SPACE}"
    dit = (
        f"{accord(len(table), 'établissement')} ; ensemble, {quoi} : {entre_taux(*taux)}. "
        f"{dehors} hors des limites à 99,8{espace}% (le hasard en met un sur 500), {presque} de "
        f"plus hors de celles à 95{espace}% (un sur 20). Un point dehors demande pourquoi ; il ne "
        "classe personne."
    )
    if ici is None:
        return dit
    (une,) = ici[1].itertuples()
    return f"{ici[0]} : {entre_taux(une.taux_bas, une.taux_haut)}, {une.place}. {dit}"
