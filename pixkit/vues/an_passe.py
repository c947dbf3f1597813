"""Étage 3 — une campagne à côté de celle de l'an passé, compétence par compétence."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import accord, enumerer
from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures import ecarts_a_l_an_passe
from pixkit.mesures.certitude import SIGNAUX
from pixkit.referentiel import rang_niveau
from pixkit.vues.ecarts import couleur_du_signal
from pixkit.vues.selection import TOUT, Question, Regard, Selection
from pixkit.vues.vue import (
    Cle,
    Vue,
    dessiner,
    en_ecarts,
    graduer,
    libelle,
    libelles,
    tracer_repere,
    vide,
)

CLE = Cle(
    "Les traits qui ne touchent pas zéro : les élèves de cette année, moins ceux de l'an passé.",
    "Un progrès : ce ne sont pas les mêmes élèves, et le parcours a pu être passé autrement.",
    "Qu'avons-nous fait, d'une année à l'autre, qui explique un écart net ?",
)


def vue_an_passe(table: pd.DataFrame) -> Vue:
    """Une ligne par compétence d'une table d'`ecarts_a_l_an_passe` : l'écart et son intervalle."""
    connus = table.dropna(subset="reference")
    if connus.empty:
        return vide(
            "Rien de l'an passé à mettre à côté : il faut la même campagne (mêmes acquis, même "
            "nom à l'année près), encore dans le dossier ou gardée quand l'année a été close."
        )
    connus = connus.sort_values(
        ["niveau_scolaire", "ecart"], key=_ranger, kind="stable", ignore_index=True
    )
    grandeur = mesure_de_la_table(connus)
    figure = dessiner(
        lambda ax: _tracer(ax, connus, grandeur),
        question="Qu'est-ce qui a changé depuis l'an passé ?",
        largeur=10,
        hauteur=1.5 + 0.34 * len(connus),
    )
    return Vue(figure, _phrase(connus, grandeur), table, CLE)


def _ranger(colonne: pd.Series) -> pd.Series:
    return colonne.map(rang_niveau) if colonne.name == "niveau_scolaire" else colonne


def _tracer(ax: Axes, table: pd.DataFrame, grandeur: Mesure) -> None:
    echelle, places = 100 if grandeur.est_un_taux else 1, range(len(table))
    ecart, bas, haut = (echelle * table[nom] for nom in ("ecart", "ecart_bas", "ecart_haut"))
    couleurs = list(map(couleur_du_signal, table["signal"], ecart))
    en_ecarts(ax.xaxis)
    tracer_repere(ax, len(table))
    ax.hlines(places, bas, haut, colors=couleurs, linewidth=2)
    ax.scatter(ecart, places, c=couleurs, s=36, zorder=3)
    noms = libelles(table["competence"])
    if table["niveau_scolaire"].nunique() > 1:
        noms = list(map("{} {}".format, table["niveau_scolaire"], noms))
    graduer(ax, noms, [_dire(grandeur, ligne) for ligne in table.itertuples()])
    ax.set(xlabel=f"cette année moins l'an passé, intervalle à 95 % ({grandeur.unite})")


def _dire(grandeur: Mesure, ligne) -> str:
    """« 62 % (78), l'an passé 55 % (93) : +7 points, probable »."""
    ici, avant = map(grandeur.dire, (ligne.valeur, ligne.reference))
    return (
        f"{ici} ({ligne.effectif}), l'an passé {avant} ({ligne.effectif_reference}) : "
        f"{grandeur.dire_ecart(ligne.ecart)}, {ligne.signal}"
    )


def _phrase(table: pd.DataFrame, grandeur: Mesure) -> str:
    nets = table[table["signal"] == SIGNAUX[0]].itertuples()
    dits = [f"{libelle(une.competence)} ({grandeur.dire_ecart(une.ecart)})" for une in nets]
    comptes = table["signal"].value_counts().reindex(SIGNAUX, fill_value=0)
    trouves = f"{accord(len(dits), 'écart net', 'écarts nets')} : {enumerer(dits, 4)}"
    return (
        f"{accord(int(table['effectif'].max()), 'élève')} au plus cette année, "
        f"{int(table['effectif_reference'].max())} l'an passé. "
        f"{trouves if dits else 'Aucun écart net'} ; {accord(comptes['probable'], 'probable')}, "
        f"{comptes['dans le bruit']} dans le bruit. Ce ne sont pas les mêmes élèves : un écart ne "
        "dit pas un progrès."
    )


def _repondre(regard: Regard) -> Vue:
    """Toute la campagne jugée ensemble, puis le niveau scolaire choisi."""
    choix = regard.selection
    resultats = Selection(choix.campagne).garder(regard.ecole.resultats)
    table = ecarts_a_l_an_passe(resultats, regard.ecole.bilans)
    niveau = choix.niveau_scolaire
    return vue_an_passe(table if niveau == TOUT else table[table["niveau_scolaire"] == niveau])


QUESTION = Question(13, "D'une année à l'autre", _repondre, ignore=frozenset({"niveau"}))
