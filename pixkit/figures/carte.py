"""Étage 3 — la carte : une case par classe et par compétence."""

import pandas as pd
import seaborn as sns

from pixkit.charte import DEGRADE, MANQUE, accord, decimal, pourcentage
from pixkit.figures.vue import Vue, dessiner, libelle, vide
from pixkit.referentiel import rang_niveau

TROP_LARGE = 14
"""Au-delà d'autant de classes, elles passent en lignes : une image trop large ne se lit plus."""


def vue_carte(mesures: pd.DataFrame, *, par: str = "classe", sur: str = "competence") -> Vue:
    """La carte d'une table de `mesure(resultats, par=[par, sur])` ; une case grise n'a pas été testée."""
    if mesures.empty:
        return vide(
            "Aucun résultat envoyé pour ce choix : la carte se remplira avec les premiers envois."
        )
    nom = "taux_maitrise" if "taux_maitrise" in mesures else "niveau_moyen"
    cases = mesures.pivot(index=sur, columns=par, values=nom).astype(float)
    cases = cases[sorted(cases.columns, key=rang_niveau)]
    effectifs = mesures.groupby(par)["effectif"].max()
    en_lignes = len(cases.columns) > TROP_LARGE
    cases.index = cases.index if en_lignes else [libelle(code) for code in cases.index]
    cases.columns = [
        f"{groupe}{' ' if en_lignes else chr(10)}({effectifs[groupe]})" for groupe in cases.columns
    ]
    cases = cases.T if en_lignes else cases
    textes = cases.map(lambda valeur: "" if pd.isna(valeur) else _texte(valeur, nom))

    def trace(ax):
        ax.set_facecolor(MANQUE)
        maximum = 1 if nom == "taux_maitrise" else 5
        style = {
            "linewidths": 1,
            "cbar": False,
            "cmap": DEGRADE,
            "vmin": 0,
            "vmax": maximum,
            "annot_kws": {"size": 9},
        }
        sns.heatmap(cases, ax=ax, annot=textes.to_numpy(), fmt="", **style)
        for texte in ax.texts:
            texte.set_in_layout(
                False
            )  # il tient dans sa case : le mesurer mille fois prend des secondes
        ax.set(
            xlabel=sur.replace("competence", "compétence") if en_lignes else f"{par} (effectif)",
            ylabel="",
        )
        ax.tick_params(rotation=0, length=0)

    lignes, colonnes = cases.shape
    largeur = max(6, (2 if en_lignes else 4) + 0.62 * colonnes)
    figure = dessiner(
        trace,
        question=_question(nom),
        largeur=largeur,
        hauteur=1.4 + (0.28 if en_lignes else 0.36) * lignes,
    )
    return Vue(
        figure, _phrase(mesures, nom, par, sur), mesures, "acquis" if sur == "acquis" else "carte"
    )


def _question(nom: str) -> str:
    return (
        "Que maîtrise chaque classe ?"
        if nom == "taux_maitrise"
        else "Quel niveau Pix moyen dans chaque classe ?"
    )


def _texte(valeur: float, nom: str) -> str:
    return f"{100 * valeur:.0f}" if nom == "taux_maitrise" else decimal(valeur, 1)


def _phrase(mesures: pd.DataFrame, nom: str, par: str, sur: str) -> str:
    if nom == "taux_maitrise":
        poids, total, dire = mesures["nb_acquis_maitrises"], mesures["nb_acquis"], pourcentage
        unite = "Chaque case donne la part des acquis maîtrisés, en %"
    else:
        poids, total, dire = (
            mesures["niveau_moyen"] * mesures["effectif"],
            mesures["effectif"],
            decimal,
        )
        unite = "Chaque case donne le niveau Pix moyen (0 à 8)"
    ensemble = (poids.groupby(mesures[sur]).sum() / total.groupby(mesures[sur]).sum()).astype(float)
    haut, bas = ensemble.idxmax(), ensemble.idxmin()
    groupes = accord(mesures[par].nunique(), "classe" if par == "classe" else "groupe")
    return (
        f"{unite}, pour {groupes}. La plus maîtrisée : {libelle(haut)} ({dire(ensemble[haut])}) ; la moins : {libelle(bas)} "
        f"({dire(ensemble[bas])}). Une case grise n'a pas été testée : ce n'est pas un zéro. Entre deux petites classes, "
        "quelques points d'écart ne prouvent rien."
    )
