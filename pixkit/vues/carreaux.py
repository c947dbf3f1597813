"""Étage 3 — des cases en lignes et en colonnes, chacune son texte dedans."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixkit.charte import MANQUE
from pixkit.ecran import est_etroite
from pixkit.vues.mots import Mots
from pixkit.vues.vue import TELEPHONE, dessiner, encre, libelle, libelles, plier

_CODE = 3
"""Les signes d'un code de compétence."""
_LONG = 22
"""Le plus long nom de compétence sur une ligne, devant ses cases."""
_PETITE = 8.25
"""Le plus petit texte d'une image au téléphone : 11 pixels."""
_SIGNE = 5.2
"""La largeur d'un signe de cette taille, en points comme elle."""
_LIGNE = 0.155
"""La hauteur d'une ligne de cette taille, en pouces."""


def croiser(table: pd.DataFrame, *contenus, sur: str, par: str) -> list[pd.DataFrame]:
    """Chaque contenu (un par ligne de la table) en cases, `sur` en lignes, `par` en colonnes."""
    return [
        table.assign(case=contenu).pivot(index=sur, columns=par, values="case")
        for contenu in contenus
    ]


def carreler(
    ax: Axes, cases: pd.DataFrame, textes: pd.DataFrame, *, titre: str = "", **couleurs
) -> None:
    """Une case par ligne et colonne, son texte dedans ; une case vide reste grise."""
    ax.set_facecolor(MANQUE)
    valeurs = np.ma.masked_invalid(cases.to_numpy(float))
    teintes = ax.pcolormesh(valeurs, vmin=0, edgecolors="white", linewidth=1, **couleurs)
    fonds = teintes.to_rgba(valeurs)[..., :3]
    pleines = [(case, mot) for case, mot in np.ndenumerate(textes.to_numpy()) if mot]
    mots = Mots(
        ax,
        [mot for _, mot in pleines],
        [(colonne + 0.5, ligne + 0.5) for (ligne, colonne), _ in pleines],
        taille=_PETITE if est_etroite() else 9,
        couleurs=[encre(fonds[case]) for case, _ in pleines],
    )
    mots.set_in_layout(False)  # chacun tient dans sa case
    ax.set_xticks(np.arange(cases.shape[1]) + 0.5, cases.columns)
    ax.invert_yaxis()
    ax.yaxis.set_visible(False)
    bords = [(-0.01, ligne + 0.5) for ligne in range(cases.shape[0])]
    style = {"repere": ax.get_yaxis_transform(), "ha": "right"}
    Mots(ax, list(map(str, cases.index)), bords, taille=_PETITE if est_etroite() else 10, **style)
    ax.spines[:].set_visible(False)
    ax.tick_params(rotation=0, length=0)
    ax.set_xlabel(titre)


def carreaux_etroits(
    cases: pd.DataFrame, textes: pd.DataFrame, *, question: str, **couleurs
) -> tuple[Figure, list[pd.DataFrame]]:
    """Les mêmes cases (des codes en lignes, des groupes en colonnes) au téléphone, et celles de
    chaque cadre : tant qu'ils y tiennent, les groupes restent en colonnes ; sinon ils passent en
    lignes, et les codes se partagent plusieurs cadres.
    """
    grille = cases
    groupes = ["\n(".join(str(nom).rsplit(" (", 1)) for nom in cases.columns]
    signes, codes = (72 * TELEPHONE - 12) / _SIGNE, ""
    ensemble = int((signes - _LONG) / (max(_large(textes), _large(groupes)) + 0.8))
    # Un code tient en tête de colonne, non un nom.
    if ensemble >= len(groupes) or _large(cases.index) > _CODE:
        noms = [plier(nom, _LONG) for nom in libelles(cases.index)]
        cases = cases.set_axis(noms).set_axis(groupes, axis=1)
    else:
        codes = "\n".join(map(libelle, cases.index))
        noms = [plier(str(nom), 16) for nom in cases.columns]
        cases, textes, grille = cases.T.set_axis(noms), textes.T, cases.T
        ensemble = int((signes - _large(noms)) / (_large(textes) + 0.8))
    paquets = np.array_split(range(cases.shape[1]), -(-cases.shape[1] // max(1, ensemble)))

    def trace(cadres):
        for ax, ici in zip(cadres.flat, paquets, strict=True):
            carreler(ax, cases.iloc[:, ici], textes.iloc[:, ici], **couleurs)
            ax.xaxis.tick_top()
            ax.tick_params(length=0, labelsize=_PETITE)
        if codes:
            ax.figure.supxlabel(codes, x=0.01, ha="left", fontsize=_PETITE)

    ligne = _LIGNE * (max(nom.count("\n") for nom in noms) + 1) + 0.09
    cadres = {"nrows": len(paquets), "squeeze": False}
    hauteur = len(paquets) * (ligne * len(noms) + 0.2)
    figure = dessiner(trace, question=question, hauteur=hauteur, **cadres)
    return figure, [grille.iloc[:, ici] for ici in paquets]


def _large(textes: Sequence[str] | pd.DataFrame) -> int:
    """Les signes de la plus longue ligne, trois au moins : un code."""
    tous = np.ravel(textes)
    return max(3, *(len(ligne) for texte in tous for ligne in texte.split("\n")))
