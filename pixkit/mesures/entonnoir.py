"""Étage 2 — jusqu'où le hasard seul écarterait un établissement de l'ensemble, selon sa taille.

Un petit groupe s'en écarte plus qu'un grand sans rien faire de différent : un classement met donc
les petits aux deux bouts. L'entonnoir (Spiegelhalter, 2005) montre ce que le hasard permet.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import bdtrik

from pixkit.charte import ESPACE

CHANCES = {"95": 0.05, "998": 0.002}
"""{limite: la part des établissements que le hasard met dehors}, des deux côtés ensemble."""
DEDANS, DEHORS_95, DEHORS_998 = (
    "dans les limites", f"hors des limites à 95{ESPACE}%",
    f"hors des limites à 99,8{ESPACE}%",
)  # fmt: skip


def limites_du_hasard(taux: tuple[float, float], effectifs: Iterable[int]) -> pd.DataFrame:
    """Une ligne par effectif : entre quels taux une loi binomiale exacte met 95 % et 99,8 % des
    groupes de cette taille.

    `taux` : celui de l'ensemble, au moins et au plus ; les limites sont les plus larges des deux.
    Un élève y compte tout ou rien : pour une moyenne, elles sont trop larges plutôt que trop
    étroites.
    """
    nombres = np.asarray(list(effectifs), dtype=float)
    table = pd.DataFrame({"effectif": nombres.astype(int)})
    for nom, chance in CHANCES.items():
        table[f"bas_{nom}"] = _quantile(chance / 2, nombres, taux[0]) / nombres
        table[f"haut_{nom}"] = _quantile(1 - chance / 2, nombres, taux[1]) / nombres
    return table


def _quantile(probabilite: float, nombres: np.ndarray, taux: float) -> np.ndarray:
    """Le plus petit nombre de succès qu'une loi binomiale dépasse au plus une fois sur tant."""
    if not 0 < taux < 1:
        return nombres * taux
    return np.ceil(np.clip(bdtrik(probabilite, nombres, taux), 0, nombres) - 1e-9)


def situer(points: pd.DataFrame, taux: tuple[float, float]) -> pd.DataFrame:
    """Les mêmes `points` (effectif, taux_bas, taux_haut) et leur `place` : dehors seulement si
    l'intervalle entier l'est."""
    limites = limites_du_hasard(taux, points["effectif"]).set_index(points.index)
    dehors = {
        nom: (points["taux_haut"] < limites[f"bas_{nom}"] - 1e-9)
        | (points["taux_bas"] > limites[f"haut_{nom}"] + 1e-9)
        for nom in CHANCES
    }
    places = np.select([dehors["998"], dehors["95"]], [DEHORS_998, DEHORS_95], DEDANS)
    return points.assign(place=places)
