"""Étage 3 — les angles morts : ce qu'aucun parcours n'a encore testé."""

import pandas as pd
import seaborn as sns
from matplotlib.colors import ListedColormap

from pixkit.charte import MANQUE, SUR, accord
from pixkit.figures.vue import Vue, dessiner, libelle, vide


def vue_angles_morts(table: pd.DataFrame, *, par: str = "niveau_scolaire") -> Vue:
    """Les 16 compétences × groupes d'une table de `angles_morts` : testée (élèves) ou jamais testée."""
    if table.empty:
        return vide(
            "Aucune évaluation envoyée : pour l'instant, les 16 compétences sont un angle mort."
        )
    cases = table.pivot(index="competence", columns=par, values="testee").astype(float)
    cases = cases[list(table[par].unique())]  # l'ordre de la table : de la 6e à la terminale
    effectifs = table.pivot(index="competence", columns=par, values="effectif")[cases.columns]
    textes = effectifs.map(lambda effectif: f"{effectif}" if effectif else "jamais")
    if "niveau_teste" in table:
        niveaux = table.pivot(index="competence", columns=par, values="niveau_teste")[cases.columns]
        textes += niveaux.map(lambda niveau: "" if pd.isna(niveau) else f", niveau ≤ {niveau}")
    cases.index = [libelle(code) for code in cases.index]

    def trace(ax):
        sns.heatmap(
            cases, ax=ax, annot=textes.to_numpy(), fmt="", cmap=ListedColormap([MANQUE, SUR]), vmin=0, vmax=1,
            linewidths=1, cbar=False, annot_kws={"size": 9},
        )  # fmt: skip
        ax.set(xlabel="élèves testés (et jusqu'à quel niveau d'acquis), ou « jamais »", ylabel="")
        for texte in ax.texts:
            texte.set_in_layout(False)
        ax.tick_params(rotation=0, length=0)

    figure = dessiner(
        trace,
        question="Qu'est-ce qu'aucun parcours n'a encore testé ?",
        largeur=max(6, 4.5 + (1.4 if "niveau_teste" in table else 0.9) * cases.shape[1]),
        hauteur=1.4 + 0.36 * len(cases),
    )
    jamais = [
        code for code, testee in table.groupby("competence")["testee"].any().items() if not testee
    ]
    noms = ", ".join(libelle(code) for code in jamais)
    phrase = (
        (f"{accord(len(jamais), 'compétence')} jamais testée{'s' if len(jamais) > 1 else ''} : {noms}. " if jamais else
         "Chaque compétence a été testée dans au moins un groupe. ")
        + "La certification teste les 16 compétences (note de service du 23-10-2024). Jamais testé ne veut pas dire non "
        "maîtrisé : on ne sait pas."
    )  # fmt: skip
    return Vue(figure, phrase, table, "angles_morts")
