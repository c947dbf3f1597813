"""Étage 3 — la carte : une case par classe et par compétence."""

import pandas as pd
import seaborn as sns

from pixkit.charte import DEGRADE, MANQUE, accord, decimal, pourcentage
from pixkit.figures.vue import Vue, dessiner, libelle, vide


def vue_carte(mesures: pd.DataFrame, *, par: str = "classe", sur: str = "competence") -> Vue:
    """La carte d'une table de `mesure(resultats, par=[par, sur])` ; une case grise n'a pas été testée."""
    if mesures.empty:
        return vide("Aucun résultat envoyé pour ce choix : la carte se remplira avec les premiers envois.")
    nom = "taux_maitrise" if "taux_maitrise" in mesures else "niveau_moyen"
    cases = mesures.pivot(index=sur, columns=par, values=nom).astype(float)
    effectifs = mesures.groupby(par)["effectif"].max()
    textes = cases.map(lambda valeur: "" if pd.isna(valeur) else _texte(valeur, nom))
    cases.index = [libelle(code) for code in cases.index]
    cases.columns = [f"{groupe}\n({effectifs[groupe]})" for groupe in cases.columns]

    def trace(ax):
        ax.set_facecolor(MANQUE)
        sns.heatmap(
            cases, ax=ax, annot=textes.to_numpy(), fmt="", cmap=DEGRADE, vmin=0, vmax=1 if nom == "taux_maitrise" else 5,
            linewidths=1, cbar=False, annot_kws={"size": 9},
        )  # fmt: skip
        ax.set(xlabel=f"{par} (effectif)", ylabel="")
        ax.tick_params(axis="x", rotation=0 if len(cases.columns) <= 14 else 90, length=0)
        ax.tick_params(axis="y", rotation=0, length=0)

    figure = dessiner(
        trace, question=_question(nom), largeur=max(6, 4 + 0.62 * len(cases.columns)), hauteur=1.4 + 0.36 * len(cases)
    )
    return Vue(figure, _phrase(mesures, nom, par, sur), mesures)


def _question(nom: str) -> str:
    return "Que maîtrise chaque classe ?" if nom == "taux_maitrise" else "Quel niveau Pix moyen dans chaque classe ?"


def _texte(valeur: float, nom: str) -> str:
    return f"{100 * valeur:.0f}" if nom == "taux_maitrise" else decimal(valeur, 1)


def _phrase(mesures: pd.DataFrame, nom: str, par: str, sur: str) -> str:
    if nom == "taux_maitrise":
        sommes = mesures.groupby(sur)[["nb_acquis_maitrises", "nb_acquis"]].sum()
        ensemble = (sommes["nb_acquis_maitrises"] / sommes["nb_acquis"]).astype(float)
        dire, unite = pourcentage, "Chaque case donne la part des acquis maîtrisés, en %"
    else:
        poids = mesures["niveau_moyen"] * mesures["effectif"]
        ensemble = (poids.groupby(mesures[sur]).sum() / mesures.groupby(sur)["effectif"].sum()).astype(float)
        dire, unite = decimal, "Chaque case donne le niveau Pix moyen (0 à 8)"
    haut, bas = ensemble.idxmax(), ensemble.idxmin()
    groupes = mesures[par].nunique()
    return (
        f"{unite}, pour {accord(groupes, 'classe') if par == 'classe' else accord(groupes, 'groupe')}. "
        f"La plus maîtrisée : {libelle(haut)} ({dire(ensemble[haut])}) ; la moins : {libelle(bas)} "
        f"({dire(ensemble[bas])}). Une case vide n'a pas été testée : ce n'est pas un zéro. Entre deux petites classes, "
        "quelques points d'écart ne prouvent rien."
    )
