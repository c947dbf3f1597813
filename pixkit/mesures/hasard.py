"""Étage 2 — la loi exacte d'une somme, quand une loi approchée ne suffit pas."""

import numpy as np
from scipy.special import gammaln


def sans_remise(scores: np.ndarray, tirages: np.ndarray, sommes: np.ndarray) -> np.ndarray:
    """La probabilité (bilatérale) qu'autant d'élèves tirés au sort fassent une somme aussi extrême.

    `scores` : combien d'élèves ont 0, 1, 2… acquis ; `tirages`, `sommes` : pour chaque classe, ses
    élèves et leur somme. Le test de permutation de Fisher et Pitman (1937), exact : une seule
    programmation dynamique sert toutes les tailles de classe.
    """
    combien, plus = scores.sum(), len(scores) - 1
    if scores @ np.arange(plus + 1) > combien * plus / 2:  # on compte ce qui est le plus rare
        scores, sommes = scores[::-1], plus * tirages - sommes
    loi = _chances(scores, int(tirages.max()), int(sommes.max()))
    total = gammaln(combien + 1) - gammaln(tirages + 1) - gammaln(combien - tirages + 1)
    lois = loi[tirages] / np.exp(total - tirages * np.log(combien))[:, None]
    cumul = np.cumsum(lois, axis=1)
    rangs, ici = np.arange(len(tirages)), lois[np.arange(len(tirages)), sommes]
    au_plus = cumul[rangs, sommes]
    return np.clip(2 * np.minimum(au_plus, 1 - au_plus + ici), 0, 1)


def _chances(scores: np.ndarray, tirages: int, somme: int) -> np.ndarray:
    """Tirages × sommes, sans les sommes au-delà : le nombre de façons, divisé par N puissance les
    tirages."""
    facons = np.zeros((tirages + 1, somme + 1))
    facons[0, 0] = 1.0
    for score in np.flatnonzero(scores):
        nombre = scores[score]
        pris = np.arange(min(nombre, tirages, somme // score if score else tirages) + 1)
        poids = gammaln(nombre + 1) - gammaln(pris + 1) - gammaln(nombre - pris + 1)
        poids = np.exp(poids - pris * np.log(scores.sum()))
        suite = np.zeros_like(facons)
        for combien, chance in zip(pris, poids, strict=True):
            suite[combien:, combien * score :] += (
                chance * facons[: len(facons) - combien, : somme + 1 - combien * score]
            )
        facons = suite
    return facons
