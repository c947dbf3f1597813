"""Étage 2 — ce qu'un chiffre laisse ignorer : dispersion, intervalles, écarts sûrs ou non.

L'élève est l'unité : il compte une fois, quel que soit son nombre d'acquis. Tout part des décomptes
de `compter` ; un niveau (0 à 8) s'y lit comme une part de 8. La méthode et ses références :
docs/methode.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

CONFIANCE = 0.95
A_95 = stdtrit(1e6, 0.5 + CONFIANCE / 2)
"""Le quantile d'une part d'élèves, chacun comptant une fois : 1,96."""
SIGNAUX = ("net", "probable", "dans le bruit")
EFFECTIF_NET = 5
"""Élèves en deçà desquels rien n'est dit net."""
FAUX_NETS = 0.04
"""Part des campagnes sans aucun écart où l'on accepte d'en crier un : 4 % visés pour en tenir 5."""
SIGNE_FAUX = 0.025
"""Probabilité d'un signe faux, au plus, dans un écart net : 2,5 % pour le pire, 1 % en moyenne."""


@dataclass(frozen=True)
class Moyennes:
    """Des moyennes de groupes et de quoi dire leur précision : des tableaux d'une même forme.

    La variance d'une note est `dispersion` × `etalement` fois celle d'un tirage à pile ou face de
    même moyenne (une part d'`etendue`). `degres` : sur combien d'élèves, moins un par groupe,
    `dispersion` est estimée.
    """

    etendue: float
    effectif: np.ndarray
    moyenne: np.ndarray
    dispersion: np.ndarray
    etalement: np.ndarray
    degres: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """Celle de la moyenne, en variances d'un tirage à pile ou face."""
        vide = np.full(np.shape(self.effectif), np.nan)
        fois = self.dispersion * self.etalement
        return np.divide(fois, self.effectif, out=vide, where=self.effectif > 0)


@dataclass(frozen=True)
class Differences:
    """Des écarts, leurs bornes à 95 %, la `probabilite` qu'un hasard sans écart en fasse autant.

    `reduit` et `variance` : l'écart, et ce que le hasard y met, en écarts types d'un tirage à pile
    ou face ; `unite` : ce que vaut un tel écart type.
    """

    ecart: np.ndarray
    bas: np.ndarray
    haut: np.ndarray
    probabilite: np.ndarray
    reduit: np.ndarray
    variance: np.ndarray
    unite: np.ndarray


def intervalle(moyennes: Moyennes) -> tuple[np.ndarray, np.ndarray]:
    """Les bornes à 95 % des moyennes : Wilson (1927), avec le quantile de Student.

    Vides quand rien ne dit la dispersion (un seul élève, une seule classe).
    """
    degres, etendue = moyennes.degres, moyennes.etendue
    t = np.where(degres > 0, stdtrit(np.maximum(degres, 1), 0.5 + CONFIANCE / 2), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        bas, haut = wilson(moyennes.moyenne / etendue, 1 / moyennes.variance, t)
    return etendue * bas, etendue * haut


def wilson(
    part: np.ndarray, nombre: np.ndarray, t: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """L'intervalle de Wilson d'une proportion : il reste entre 0 et 1, et tient même près des
    bords."""
    milieu = (part + t**2 / (2 * nombre)) / (1 + t**2 / nombre)
    variance = part * (1 - part) / nombre + t**2 / (4 * nombre**2)
    demi = t / (1 + t**2 / nombre) * np.sqrt(variance)
    return np.clip(milieu - demi, 0, 1), np.clip(milieu + demi, 0, 1)


def difference(
    un: Moyennes, autre: Moyennes | np.ndarray, *, part: np.ndarray | float = 0.0
) -> Differences:
    """Des unes aux autres : à des nombres, ou à des groupes disjoints, case à case.

    `part` : celle du premier dans la référence qui les réunit (une classe dans son établissement).
    Bornes : Newcombe (1998), qui combine les deux intervalles.
    """
    m, n, variance = un.moyenne, un.effectif, un.variance
    bas, haut = intervalle(un)
    if isinstance(autre, Moyennes):
        m2, (bas2, haut2) = autre.moyenne, intervalle(autre)
        commun = (n * m + autre.effectif * m2) / np.maximum(n + autre.effectif, 1)
        variance = variance + autre.variance
    else:
        m2 = bas2 = haut2 = commun = autre
    commun = np.clip(commun / un.etendue, 0.005, 0.995)
    unite, ecart = un.etendue * np.sqrt(commun * (1 - commun)), m - m2
    with np.errstate(invalid="ignore", divide="ignore"):
        reduit = ecart / unite
        probabilite = 2 * stdtr(np.maximum(un.degres, 1), -np.abs(reduit) / np.sqrt(variance))
    return Differences(
        ecart=(1 - part) * ecart,
        bas=(1 - part) * (ecart - np.hypot(m - bas, haut2 - m2)),
        haut=(1 - part) * (ecart + np.hypot(haut - m, m2 - bas2)),
        probabilite=np.where(un.degres > 0, probabilite, np.nan),
        reduit=reduit,
        variance=variance,
        unite=(1 - part) * unite,
    )


def signaux(
    probabilites: np.ndarray,
    effectifs: np.ndarray | float = np.inf,
    *,
    ensembles: Sequence[float] = (),
    signe_faux: np.ndarray | float = 1.0,
) -> np.ndarray:
    """« net », « probable » ou « dans le bruit », toutes les lignes jugées ensemble.

    `probabilites` : ligne à ligne, qu'un hasard sans écart en fasse autant. Sur 16 compétences × 20
    classes, 16 écarts « à 5 % » sont du hasard ; sous EFFECTIF_NET élèves, rien n'est net. Un écart
    est net s'il passe le filtre de Benjamini et Hochberg (1995) ; ou si, quelque chose l'ayant
    passé dans la campagne (un écart, ou une classe dans son ensemble : `ensembles`), son signe est
    sûr (`signe_faux`, la probabilité qu'il soit faux). Probable : il ne passerait que seul.
    """
    assez = np.asarray(effectifs) >= EFFECTIF_NET
    budget = FAUX_NETS / 2 if len(ensembles) else FAUX_NETS
    ajustees = _ajuster(np.where(assez, probabilites, np.nan))
    ouverte = (np.append(ajustees, _ajuster(ensembles)) <= budget).any()
    seul = probabilites <= 1 - CONFIANCE
    net = (ajustees <= budget) | (ouverte & seul & assez & (signe_faux <= SIGNE_FAUX))
    return np.select([net, seul], SIGNAUX[:2], SIGNAUX[2])


def _ajuster(probabilites: Sequence[float]) -> np.ndarray:
    """Benjamini et Hochberg, sans compter les probabilités vides."""
    # À la main : scipy.stats prendrait une demi-seconde à l'ouverture d'une page.
    probabilites = np.asarray(probabilites, dtype=float)
    rangs = np.argsort(probabilites)[: np.count_nonzero(~np.isnan(probabilites))]
    pas_a_pas = probabilites[rangs] * len(rangs) / np.arange(1, len(rangs) + 1)
    ajustees = np.full(len(probabilites), np.nan)
    ajustees[rangs] = np.minimum.accumulate(pas_a_pas[::-1])[::-1]
    return ajustees
