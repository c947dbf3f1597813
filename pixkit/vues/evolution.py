"""Étage 3 — deux campagnes d'une même année, l'une à côté de l'autre : ce qu'en dit une
publication, qui ne sait pas si ce sont les mêmes élèves."""

import pandas as pd

from pixkit.charte import accord, compter, enumerer
from pixkit.grandeurs import Mesure, effectif_en_mots, mesure_de_la_table
from pixkit.mesures.certitude import SIGNAUX
from pixkit.reponses import RIEN_DE_NET
from pixkit.vues.face_a_face import tracer_deux
from pixkit.vues.vue import Vue, dessiner, libelle, libelles, vide


def vue_evolution(
    table: pd.DataFrame, *, groupe: str, ordonnee: bool = True, bornees: int = 0
) -> Vue:
    """Deux campagnes d'un groupe (`campagne`, `competence`, valeur, intervalle, écart de la seconde
    à la première, signal), une ligne par compétence.

    `ordonnee` : la seconde vient après ; `bornees` : combien de compétences on n'a pu comparer.
    """
    if table.empty:
        return vide(
            f"Rien à comparer pour {groupe} : il faut deux campagnes de l'année, sur les mêmes "
            "acquis."
        )
    grandeur = mesure_de_la_table(table)
    table = table.sort_values("competence", kind="stable")
    noms = [f"« {nom} »" for nom in table["campagne"].unique()]
    juges = table.drop_duplicates("competence")

    def trace(ax):
        nommees = table.assign(campagne="« " + table["campagne"] + " »")
        dits = [f"{grandeur.dire_ecart(une.ecart)}, {une.signal}" for une in juges.itertuples()]
        tracer_deux(ax, nommees, "campagne", dits)
        ax.set(xlabel=f"{grandeur.titre} et intervalle à 95 %, effectif entre parenthèses")

    question = "{}, de {} à {}".format(groupe, *noms)
    figure = dessiner(trace, question=question, hauteur=1.5 + 0.26 * len(juges))
    phrase = f"{groupe}, {_ou(noms, ordonnee)}. {_nets(juges, grandeur)}{_restes(juges, bornees)}"
    return Vue(figure, f"{phrase} {_PRUDENCE}", _jumelle(table, juges, grandeur))


_PRUDENCE = (
    "Ce ne sont pas forcément les mêmes élèves : un écart net est plus que du hasard, il ne dit ni "
    "que chacun a avancé, ni pourquoi."
)


def _ou(noms: list[str], ordonnee: bool) -> str:
    dits = "de {} à {}" if ordonnee else "de {} à {} (rien ne dit laquelle est venue d'abord)"
    return dits.format(*noms)


def _nets(juges: pd.DataFrame, grandeur: Mesure) -> str:
    nets = juges[juges["signal"] == SIGNAUX[0]]
    dits = [
        f"{libelle(une.competence)} ({grandeur.dire_ecart(une.ecart)}, entre "
        f"{grandeur.dire_ecart(une.ecart_bas)} et {grandeur.dire_ecart(une.ecart_haut)})"
        for une in nets.sort_values("ecart", key=abs, ascending=False).itertuples()
    ]
    trouves = f"{accord(len(dits), 'écart net', 'écarts nets')} : {enumerer(dits, 4)}."
    return trouves if dits else RIEN_DE_NET


def _restes(juges: pd.DataFrame, bornees: int) -> str:
    comptes = juges["signal"].value_counts().reindex(SIGNAUX, fill_value=0)
    bruit = comptes[SIGNAUX[-1]]
    dits = (
        f" {compter(comptes['probable'], 'probable', aucun='aucun probable').capitalize()}, "
        f"{bruit or 'aucun'} dans le bruit."
    )
    if bornees:
        tues = accord(bornees, "compétence ne se compare pas", "compétences ne se comparent pas")
        dits += f" {tues} : la publication n'en donne qu'une borne."
    return dits


def _jumelle(table: pd.DataFrame, juges: pd.DataFrame, grandeur: Mesure) -> pd.DataFrame:
    dites = {
        nom: [_dire(une, grandeur) for une in lignes.itertuples()]
        for nom, lignes in table.groupby("campagne", sort=False)
    }
    ecarts = [
        f"{grandeur.dire_ecart(une.ecart)}, de {grandeur.dire_ecart(une.ecart_bas)} à "
        f"{grandeur.dire_ecart(une.ecart_haut)}"
        for une in juges.itertuples()
    ]
    colonnes = {"Compétence": libelles(juges["competence"])} | dites
    return pd.DataFrame(colonnes | {"Écart": ecarts, "Certitude": list(juges["signal"])})


def _dire(une, grandeur: Mesure) -> str:
    """« 62 % (24), de 41 % à 79 % »."""
    effectif = effectif_en_mots(int(une.effectif), bool(une.au_moins))
    return f"{grandeur.dire(une.valeur)} ({effectif}), {grandeur.entre(une.bas, une.haut)}"
