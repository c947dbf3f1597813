"""Étage 3 — les classes côte à côte : une vignette par classe, toutes à la même échelle."""

from dataclasses import dataclass
from math import ceil

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixkit.charte import NEUTRE, SUR, accord, enumerer
from pixkit.ecran import est_etroite
from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures import mesure, reunir
from pixkit.mesures.rapprochement import classes_a_part, ordinaires
from pixkit.referentiel import rang_niveau
from pixkit.vues.mots import Mots
from pixkit.vues.selection import Question, Regard, seule
from pixkit.vues.vue import (
    Cle,
    Vue,
    avec_effectif,
    bornes,
    colonne_des_codes,
    dessiner,
    legender,
    libelle,
    par_qui,
    plier,
    vide,
)

CLE = Cle(
    "La forme de chaque vignette : une classe plus basse partout, ou dans un seul domaine.",
    "Si deux barres voisines diffèrent vraiment : dans une classe de vingt, dix points d'écart "
    "entre deux taux sont souvent du hasard ; « Écarts d'une classe » le dit.",
    "Que fait une classe dans ce domaine qui servirait aux autres ?",
)
_FOND = "#e8e8e8"
_LARGES, _ETROITES = 4, 2
"""Combien de vignettes par rangée."""
_BARRE, _BLANC = 0.21, 0.3
"""En pouces : la hauteur d'une barre, le blanc entre deux rangées."""
_PAS = 1.42
"""D'une vignette à sa voisine, quand une barre pleine vaut 1 : la place du nombre, et du blanc."""


@dataclass(frozen=True)
class _Grille:
    """Où est chaque vignette : {groupe: son nom}, tant par rangée, ses `codes` sous son nom."""

    noms: dict[str, str]
    codes: list[str]
    par_rangee: int

    @property
    def rangees(self) -> int:
        return ceil(len(self.noms) / self.par_rangee)

    @property
    def lignes_du_nom(self) -> float:
        """La hauteur des noms, en barres."""
        return 0.8 * max(nom.count("\n") + 1 for nom in self.noms.values())

    @property
    def pas(self) -> float:
        """La hauteur d'une rangée, en barres."""
        return len(self.codes) + self.lignes_du_nom + _BLANC / _BARRE

    @property
    def coins(self) -> dict[str, tuple[float, float]]:
        """{groupe: (gauche, haut) de sa première barre}."""
        places = (divmod(rang, self.par_rangee) for rang in range(len(self.noms)))
        return {groupe: (colonne * _PAS, rangee * self.pas)
                for groupe, (rangee, colonne) in zip(self.noms, places, strict=True)}  # fmt: skip


def vue_cote_a_cote(table: pd.DataFrame, *, par: str = "classe") -> Vue:
    """Une table de `mesure(resultats, par=[par, "domaine"])`, une vignette par groupe ; le trait
    est l'ensemble de ceux-là, sans les classes à part."""
    if table.empty:
        return vide(
            "Aucun résultat envoyé pour ce choix : chaque classe aura sa vignette dès ses premiers "
            "envois."
        )
    sur, grandeur = colonne_des_codes(table), mesure_de_la_table(table)
    communs = table[ordinaires(table)] if par == "classe" else table
    ensemble = reunir(communs, par=sur).set_index(sur)["valeur"]
    table = table.assign(reference=table[sur].map(ensemble))
    ordre = table[par].map(rang_niveau)
    table = table.assign(ordre=ordre).sort_values(["ordre", sur]).drop(columns="ordre")
    figure = _dessiner(table, par, sur, grandeur)
    return Vue(figure, _phrase(table, par, ensemble, grandeur), table, CLE)


def _dessiner(table: pd.DataFrame, par: str, sur: str, grandeur: Mesure) -> Figure:
    groupes = table.sort_values("effectif").drop_duplicates(par, keep="last").set_index(par)
    groupes = groupes.loc[table[par].unique()].reset_index()
    noms = [plier(nom, 21 if est_etroite() else 17) for nom in avec_effectif(groupes[par], groupes)]
    par_rangee = _ETROITES if est_etroite() else min(_LARGES, max(2, len(noms)))
    noms = dict(zip(groupes[par], noms, strict=True))
    grille = _Grille(noms, sorted(table[sur].unique()), par_rangee)
    gauche, haut = (table[par].map({nom: coin[k] for nom, coin in grille.coins.items()})
                    for k in (0, 1))  # fmt: skip
    rangs = table[sur].map(grille.codes.index)
    # Toute l'échelle, ou un niveau que peu dépassent.
    tout = 1 if grandeur.est_un_taux else max(5, ceil(table["valeur"].max()))
    places = table.assign(
        x=gauche, y=haut + rangs, fin=table["valeur"].astype(float) / tout,
        trait=table["reference"].astype(float) / tout,
        dit=list(map(grandeur.court, table["valeur"].astype(float), bornes(table))),
    )  # fmt: skip

    def trace(ax):
        _tracer(ax, places, grille)
        _nommer(ax, grille)

    return dessiner(
        trace,
        question=grandeur.question.replace("classe", par_qui(par)[0]),
        hauteur=(0.3 if est_etroite() else 0.8) + _BARRE * grille.pas * grille.rangees,
        largeur=2.6 + 1.6 * par_rangee,
    )


def _tracer(ax: Axes, places: pd.DataFrame, grille: _Grille) -> None:
    """Les barres, sur un fond qui est toute l'échelle, et leurs nombres."""
    x, y = places["x"], places["y"]
    style = {"linewidth": 72 * _BARRE * 0.7}
    ax.hlines(y, x, x + 1, colors=_FOND, zorder=1, **style)
    ax.hlines(y, x, x + places["fin"], colors=SUR, zorder=1.1, **style)
    traits = {"colors": NEUTRE, "linewidth": 2.4, "zorder": 2, "label": "l'ensemble"}
    ax.vlines(x + places["trait"], y - 0.45, y + 0.45, **traits)
    Mots(ax, list(places["dit"]), list(zip(x + 1.04, y, strict=True)), ha="left", taille=9)
    ax.set_ylim(grille.rangees * grille.pas - _BLANC / _BARRE, -grille.lignes_du_nom - 0.6)
    ax.set_xlim(-0.12 if est_etroite() else 0, grille.par_rangee * _PAS - 0.12)
    ax.set_axis_off()


def _nommer(ax: Axes, grille: _Grille) -> None:
    """Le groupe au-dessus de sa vignette ; à gauche les codes, en toutes lettres s'ils y
    tiennent."""
    coins, lus = list(grille.coins.values()), list(map(libelle, grille.codes))
    hauts = [(x, y - 0.62) for x, y in coins]
    Mots(ax, list(grille.noms.values()), hauts, ha="left", en_bas=True, taille=9)
    if est_etroite():
        cle = "\n".join([*lus, "Le trait : l'ensemble."])
        ax.figure.supxlabel(cle, x=0.01, ha="left", fontsize=8.25)
        lus, bords = grille.codes, coins
    else:
        legender(ax)
        bords = [(x, y) for x, y in coins if not x]
    a_gauche = [(x - 0.03, y + rang) for x, y in bords for rang in range(len(lus))]
    Mots(ax, lus * len(bords), a_gauche, ha="right", taille=9)


def _phrase(table: pd.DataFrame, par: str, ensemble: pd.Series, grandeur: Mesure) -> str:
    a_part = enumerer(classes_a_part(table[par])) if par == "classe" else ""
    sans = f", sans {a_part}" if a_part else ""
    haut, bas = (f"{libelle(un)} ({grandeur.dire(ensemble[un])})"
                 for un in (ensemble.idxmax(), ensemble.idxmin()))  # fmt: skip
    extremes = f" Ensemble, le mieux : {haut} ; le moins : {bas}." if haut != bas else ""
    return (
        f"{accord(table[par].nunique(), 'vignette')} à la même échelle ; le trait est l'ensemble"
        f"{sans}, l'effectif entre parenthèses.{extremes} D'une petite classe à l'autre, "
        f"{'dix points' if grandeur.est_un_taux else 'quelques dixièmes'} d'écart ne prouvent rien."
    )


def _repondre(regard: Regard) -> Vue:
    table = mesure(regard.resultats, par=["classe", "domaine"])
    if table["classe"].nunique() == 1:
        return vide(seule(table["classe"].iloc[0]))
    return vue_cote_a_cote(table)


QUESTION = Question(2, "Classes côte à côte", _repondre)
