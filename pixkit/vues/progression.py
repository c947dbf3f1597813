"""Étage 3 — le chemin des mêmes élèves, d'un envoi à l'autre."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import accord, compter, enumerer
from pixkit.ecran import est_etroite
from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures import progression
from pixkit.mesures.certitude import SIGNAUX
from pixkit.referentiel import domaine_de
from pixkit.vues.ecarts import couleur_du_signal
from pixkit.vues.selection import PREMIER_ENVOI, TOUT, Question, Regard, Selection, en_classe
from pixkit.vues.vue import Cle, Vue, colonne_des_codes, dessiner, en_unites, graduer, libelle, vide

CLE = Cle(
    "La pente des traits pleins : mêmes élèves, avant et après.",
    "Que le cours en est la cause : ces élèves ont grandi, et Pix garde ce qui est déjà validé : "
    "refaire un parcours fait monter. Ni rien des élèves partis ou arrivés.",
    "Qu'avons-nous fait entre les deux qui explique une pente ?",
)
_TRAITS = {
    "net": {"linewidth": 2.4},
    "probable": {"linewidth": 1.4},
    "dans le bruit": {"linewidth": 1.4, "linestyle": (0, (4, 3))},
}


def vue_progression(progression: pd.DataFrame, *, groupe: str, par: str = "classe") -> Vue:
    """La pente de chaque compétence d'un groupe d'une table de `progression` : avant et après."""
    table = progression[progression[par] == groupe]
    table = table.dropna(subset=colonne_des_codes(table))
    if table.empty:
        return vide(
            f"Personne {en_classe(groupe)} n'a envoyé deux fois : la progression se verra après un "
            "deuxième envoi."
        )
    table, grandeur = table.sort_values("moyenne_apres"), mesure_de_la_table(table)

    def trace(ax):
        if est_etroite():
            _tracer_en_lignes(ax, table.iloc[::-1], grandeur)
            return
        _tracer(ax, table, grandeur)
        ax.set_xticks([0, 1], ["avant", "après"])
        ax.set_xlim(-0.15, 3.2)
        ax.spines["bottom"].set_bounds(0, 1)
        en_unites(ax.yaxis, grandeur)

    figure = dessiner(
        trace,
        question=f"Quel chemin les mêmes élèves de {groupe} ont-ils fait ?",
        hauteur=2 + 0.32 * len(table),
    )
    return Vue(figure, _phrase(table, groupe), table, CLE)


def _phrase(table: pd.DataFrame, groupe: str) -> str:
    premier = table.iloc[0]
    plus_grand = int(table["effectif"].max())
    venus = accord(plus_grand, "élève a deux envois", "élèves ont deux envois")
    mouvements = (premier["nb_partis"], "parti"), (premier["nb_arrives"], "arrivé")
    autres = [accord(nombre, dit) for nombre, dit in mouvements if nombre]
    a_part = f" ({enumerer(autres)}, à part)" if autres else ""
    return f"{groupe} : {venus}{a_part}. {_certitude(table['signal'])}"


def _certitude(signaux: pd.Series) -> str:
    if signaux.isna().any():
        return (
            "Entre deux envois d'une campagne, Pix garde les acquis validés et ne redemande que "
            "les autres : le hasard suffit à monter, et aucune pente n'est dite nette."
        )
    bruit = int((signaux == SIGNAUX[-1]).sum())
    dits, aucun = ("compétence bouge", "compétences bougent"), "Aucune compétence ne bouge"
    bougent = compter(len(signaux) - bruit, *dits, aucun=aucun)
    non = f", {bruit} non" if 0 < bruit < len(signaux) else ""
    return (
        f"{bougent} plus que le hasard ne l'explique{non}. Un progrès ne dit pas sa "
        "cause : Pix garde ce qui était validé, et une classe choisie parce qu'elle était basse "
        "remonte d'elle-même (régression vers la moyenne)."
    )


def _tracer(ax: Axes, table: pd.DataFrame, grandeur: Mesure) -> None:
    """Un trait par compétence, ses mots à droite."""
    pas = 0.045 if grandeur.est_un_taux else 0.22
    hauteurs = _ecarter(table["moyenne_apres"].to_numpy(float), pas)
    codes, dits = table[colonne_des_codes(table)], (", " + table["signal"]).fillna("")
    table = table.fillna({"signal": SIGNAUX[-1]})  # sans signal, une pente se voit comme du bruit
    for ligne, code, juge, hauteur in zip(table.itertuples(), codes, dits, hauteurs, strict=True):
        couleur = couleur_du_signal(ligne.signal, ligne.ecart)
        moyennes = [ligne.moyenne_avant, ligne.moyenne_apres]
        ax.plot([0, 1], moyennes, color=couleur, marker="o", **_TRAITS[ligne.signal])
        dit = f"{libelle(code)} : {grandeur.dire_ecart(ligne.ecart)}{juge}"
        ax.text(1.06, hauteur, dit, fontsize=8.5, color=couleur, va="center")


def _tracer_en_lignes(ax: Axes, table: pd.DataFrame, grandeur: Mesure) -> None:
    """Au téléphone, une compétence par ligne : d'un cercle (avant) à un point (après)."""
    juges, places = table["signal"].fillna(SIGNAUX[-1]), range(len(table))
    couleurs = list(map(couleur_du_signal, juges, table["ecart"]))
    avant, apres = (table[nom] for nom in ("moyenne_avant", "moyenne_apres"))
    traits = [_TRAITS[signal] for signal in juges]
    ax.hlines(places, avant, apres, colors=couleurs,
              linewidth=[trait["linewidth"] for trait in traits],
              linestyles=[trait.get("linestyle", "-") for trait in traits])  # fmt: skip
    ax.scatter(avant, places, s=30, c="white", edgecolors=couleurs, zorder=3)
    ax.scatter(apres, places, s=30, c=couleurs, zorder=3)
    dits = table["ecart"].map(grandeur.dire_ecart) + (", " + table["signal"]).fillna("")
    graduer(ax, list(map(libelle, table[colonne_des_codes(table)])), list(dits))
    ax.set(xlabel=f"{grandeur.titre} : avant (cercle), après (point)")
    en_unites(ax.xaxis, grandeur)


def _ecarter(hauteurs: np.ndarray, pas: float) -> np.ndarray:
    """Des étiquettes triées, poussées vers le haut sans se recouvrir, puis recentrées."""
    places = hauteurs.copy()
    for rang in range(1, len(places)):
        places[rang] = max(places[rang], places[rang - 1] + pas)
    return places - (places[-1] - hauteurs[-1]) / 2


def _repondre(regard: Regard) -> Vue:
    """Du premier au dernier envoi de la campagne, ou depuis une campagne du même parcours."""
    choix, ecole = regard.selection, regard.ecole
    if choix.depuis == PREMIER_ENVOI:
        ecole = ecole.une_fois(("premiers envois",), lambda: regard.ecole.selon("premier"))
    code = choix.campagne if choix.depuis == PREMIER_ENVOI else choix.depuis
    debut = Selection(code).garder(ecole.resultats)
    if debut.empty:
        return vue_progression(pd.DataFrame(columns=["classe", "competence"]), groupe=choix.classe)
    # Jugée entière, puis filtrée : un domaine choisi à l'écran ne change aucun signal.
    fin = Selection(choix.campagne).garder(regard.ecole.resultats)
    table = regard.ecole.une_fois((code, choix.campagne), lambda: progression(debut, fin))
    if choix.domaine != TOUT:
        table = table[table["competence"].map(domaine_de, na_action="ignore") == choix.domaine]
    return vue_progression(table, groupe=choix.classe)


QUESTION = Question(7, "Progression", _repondre, frozenset({"classe", "domaine", "depuis"}))
