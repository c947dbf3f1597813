"""Étage 3 — les écarts d'une classe, du plus en retard au plus en avance."""

import pandas as pd

from pixkit.charte import SOUS, SUR, accord, ecart_en_mots
from pixkit.figures.vue import Vue, dessiner, libelle, vide


def vue_ecarts(ecarts: pd.DataFrame, *, groupe: str, nom_reference: str, par: str = "classe") -> Vue:
    """Les écarts triés d'un groupe d'une table de `ecarts`, en points ou en niveaux ; `nom_reference` dit à quoi."""
    sur = next(nom for nom in ("competence", "domaine") if nom in ecarts)
    table = ecarts[ecarts[par] == groupe].dropna(subset="ecart").sort_values(["ecart", sur])
    if table.empty:
        return vide(f"Pas d'écart à montrer pour {groupe} : ou rien n'a été envoyé, ou la référence choisie n'existe pas ici.")
    unite = "points" if "taux_maitrise" in table else "niveaux"
    valeurs = table["ecart"].astype(float) * (100 if unite == "points" else 1)
    textes = [ecart_en_mots(ecart, unite) for ecart in table["ecart"].astype(float)]
    noms = [f"{libelle(code)} ({effectif})" for code, effectif in zip(table[sur], table["effectif"], strict=True)]

    def trace(ax):
        barres = ax.barh(noms, valeurs, color=[SOUS if valeur < 0 else SUR for valeur in valeurs])
        ax.bar_label(barres, textes, padding=4, fontsize=9)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.invert_yaxis()
        ax.margins(x=0.28)
        ax.set(xlabel=f"écart ({unite}), effectif entre parenthèses")

    figure = dessiner(trace, question=f"Où {groupe} s'écarte de : {nom_reference} ?", largeur=9, hauteur=1.4 + 0.34 * len(table))
    return Vue(figure, _phrase(table, groupe, nom_reference, textes, sur), table)


def _phrase(table: pd.DataFrame, groupe: str, nom_reference: str, textes: list[str], sur: str) -> str:
    sous = int((table["ecart"] < 0).sum())
    quoi = accord(sous, sur.replace("competence", "compétence")) if sous else "rien n'est"
    retrait = f" Le plus grand retrait : {libelle(table[sur].iloc[0])} ({textes[0]})." if sous else ""
    return (
        f"{groupe}, {accord(int(table['effectif'].max()), 'élève')} au plus : {quoi} sous la référence "
        f"({nom_reference}).{retrait} Ces barres ne disent pas "
        "si un écart dépasse le hasard : dans une classe, quelques élèves suffisent à déplacer une barre."
    )
