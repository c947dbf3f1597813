"""Étage 3 — la dispersion des élèves : un point par élève, jamais seulement une moyenne."""

import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter

from pixkit.charte import NEUTRE, SUR, accord, decimal, pourcentage
from pixkit.figures.vue import Vue, dessiner, vide


def vue_distribution(eleves: pd.DataFrame, *, par: str = "classe") -> Vue:
    """Un point par élève d'une table de `par_eleve`, la médiane de chaque groupe en trait ; aucun nom, aucune clé."""
    nom = "taux_maitrise" if "taux_maitrise" in eleves else "niveau_moyen"
    points = eleves[[par, nom]].dropna().astype({nom: float}).sort_values(par)
    if points.empty:
        return vide("Aucun résultat envoyé pour ce choix : il n'y a pas encore d'élève à situer.")
    dire = pourcentage if nom == "taux_maitrise" else decimal
    resume = points.groupby(par)[nom].describe()[["count", "25%", "50%", "75%"]].reset_index()
    resume.columns = [par, "effectif", f"{nom}_quartile_1", f"{nom}_median", f"{nom}_quartile_3"]
    resume["effectif"] = resume["effectif"].astype(int)
    noms = {g: f"{g} ({n})" for g, n in zip(resume[par], resume["effectif"], strict=True)}

    def trace(ax):
        points_nommes = points.assign(**{par: points[par].map(noms)})
        sns.swarmplot(points_nommes, x=nom, y=par, ax=ax, color=SUR, size=4, warn_thresh=1)
        for place, mediane in enumerate(resume[f"{nom}_median"]):
            ax.plot([mediane, mediane], [place - 0.35, place + 0.35], color=NEUTRE, linewidth=2.5)
        ax.set(ylabel=f"{par} (effectif)")
        ax.set(
            xlabel="taux de maîtrise" if nom == "taux_maitrise" else "niveau Pix moyen",
            xlim=(-0.03, None),
        )
        ax.xaxis.set_major_formatter(FuncFormatter(lambda valeur, _: dire(valeur)))

    figure = dessiner(
        trace,
        question="Comment se répartissent les élèves ?",
        largeur=9,
        hauteur=1.4 + 0.55 * len(resume),
    )
    etendue = resume[f"{nom}_quartile_3"] - resume[f"{nom}_quartile_1"]
    large = resume.loc[etendue.idxmax()]
    phrase = (
        f"Un point par élève ({accord(len(points), 'élève')}), un trait à la médiane. Là où les élèves diffèrent le plus, "
        f"{large[par]}, la moitié centrale va de {dire(large[f'{nom}_quartile_1'])} à {dire(large[f'{nom}_quartile_3'])}. "
        "Une même moyenne peut cacher une classe homogène ou deux groupes : regardez les points, pas seulement le trait."
    )
    return Vue(figure, phrase, resume, "distribution")
