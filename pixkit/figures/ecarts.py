"""Étage 3 — les écarts d'une classe, des plus sûrs aux moins sûrs, avec leurs intervalles."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import NEUTRE, SOUS, SUR, accord, ecart_en_mots, enumerer
from pixkit.figures.vue import Vue, dessiner, libelle, vide

_RANG = {"net": 0, "probable": 1, "dans le bruit": 2}


def vue_ecarts(
    ecarts: pd.DataFrame, *, groupe: str, nom_reference: str, par: str = "classe"
) -> Vue:
    """Les écarts d'un groupe d'une table de `ecarts`, les plus sûrs en haut ; `nom_reference` dit à quoi on compare."""
    sur = next(nom for nom in ("competence", "domaine") if nom in ecarts)
    table = ecarts[ecarts[par] == groupe].dropna(subset="ecart")
    table = (
        table.assign(rang=table["signal"].map(_RANG))
        .sort_values(["rang", "ecart", sur])
        .drop(columns="rang")
    )
    if table.empty:
        return vide(
            f"Pas d'écart à montrer pour {groupe} : ou rien n'a été envoyé, ou la référence choisie n'existe pas ici."
        )
    unite = "points" if "taux_maitrise" in table else "niveaux"
    figure = dessiner(
        lambda ax: tracer_ecarts(ax, table, [libelle(code) for code in table[sur]], unite),
        question=f"Où {groupe} s'écarte de : {nom_reference} ?", largeur=10, hauteur=1.5 + 0.34 * len(table),
    )  # fmt: skip
    return Vue(figure, _phrase(table, groupe, nom_reference, unite, sur), table, "ecarts")


def tracer_ecarts(ax: Axes, table: pd.DataFrame, noms: list[str], unite: str) -> None:
    """Un écart par ligne : son point, son intervalle, ses mots."""
    echelle = 100 if unite == "points" else 1
    valeurs, bas, haut = (
        echelle * table[nom].astype(float) for nom in ("ecart", "ecart_bas", "ecart_haut")
    )
    sens = [SOUS if valeur < 0 else SUR for valeur in valeurs]
    couleurs = [
        NEUTRE if signal == "dans le bruit" else sens[rang]
        for rang, signal in enumerate(table["signal"])
    ]
    places = range(len(table))
    ax.hlines(
        places, bas, haut, colors=couleurs, linewidth=[1 if c == NEUTRE else 2.4 for c in couleurs]
    )
    remplis = [c if signal == "net" else "white" if signal == "probable" else NEUTRE
               for c, signal in zip(couleurs, table["signal"], strict=True)]  # fmt: skip
    tailles = [14 if signal == "dans le bruit" else 60 for signal in table["signal"]]
    ax.scatter(valeurs, places, s=tailles, c=remplis, edgecolors=couleurs, linewidths=2, zorder=3)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(
        places,
        [f"{nom} ({effectif})" for nom, effectif in zip(noms, table["effectif"], strict=True)],
    )
    ax.invert_yaxis()
    droite = ax.secondary_yaxis("right")
    droite.set_yticks(places, [f"{ecart_en_mots(valeur / echelle, unite)}, {signal}"
                               for valeur, signal in zip(valeurs, table["signal"], strict=True)])  # fmt: skip
    droite.tick_params(length=0)
    droite.spines["right"].set_visible(False)
    ax.set(xlabel=f"écart ({unite}) et son intervalle à 95 % ; effectif entre parenthèses")


def _phrase(table: pd.DataFrame, groupe: str, nom_reference: str, unite: str, sur: str) -> str:
    comptes = table["signal"].value_counts().reindex(_RANG, fill_value=0)
    nets = table[table["signal"] == "net"]
    dits = [
        f"{libelle(ligne[sur])} ({ecart_en_mots(float(ligne['ecart']), unite)}, entre "
        f"{ecart_en_mots(float(ligne['ecart_bas']), unite)} et {ecart_en_mots(float(ligne['ecart_haut']), unite)})"
        for _, ligne in nets.iterrows()
    ]
    trouves = (
        f"{accord(len(nets), 'écart net', 'écarts nets')} : {enumerer(dits, 4)}"
        if dits
        else "Aucun écart net"
    )
    return (
        f"{groupe}, {accord(int(table['effectif'].max()), 'élève')} au plus, face à : {nom_reference}. {trouves} ; "
        f"{accord(comptes['probable'], 'probable')}, {comptes['dans le bruit']} dans le bruit. Dans le bruit ne veut pas dire "
        "sans écart : avec si peu d'élèves, on ne peut pas le distinguer du hasard."
    )
