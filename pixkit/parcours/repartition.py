"""Étage 2 — répartir des points en groupes serrés, qui ont chacun tant de places.

Des k-moyennes, où chacun reçoit une place, puis des échanges tant que le coût baisse. Le coût d'un
groupe vient de ses paires seulement : la somme des carrés des distances au centre est celle des
carrés des distances entre deux points, divisée par l'effectif.
"""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

DEPARTS = 150
"""Tirages des premiers centres, toujours les mêmes ; la meilleure répartition est gardée."""
LOURD = 1e3
"""Plus que l'étalement d'une classe : une gêne coûte plus que tout étalement, et un élève de trop
dans un groupe plus que toutes les gênes."""


def repartir(points: np.ndarray, genes: np.ndarray, places: int, nombre: int) -> np.ndarray:
    """Le groupe (de 0 à `nombre` - 1) de chaque point.

    `genes` : pour deux points, ce que coûte de les mettre ensemble ; ceux qu'une gêne négative lie
    ne font qu'un lot, qui se déplace d'un bloc, avant d'être défait s'il le faut.
    """
    paires = np.array([cdist(points, points, "sqeuclidean"), genes])
    chacun, soudes = np.arange(len(points)), connected_components(genes < 0, directed=False)[1]
    etapes = [soudes, chacun] if (genes < 0).any() else [chacun]
    departs: dict[bytes, np.ndarray] = {}
    for depart in _k_moyennes(points, places, nombre):
        departs.setdefault((depart[:, None] == depart).tobytes(), depart)
    essais = [(depart, np.inf) for depart in departs.values()]
    for etape in etapes:
        membres = np.eye(etape.max() + 1 + nombre)[:, etape]
        poids, lots = membres.sum(axis=1), membres @ paires @ membres.T
        essais = [_echanger(depart, etape, poids, lots, places) for depart, _ in essais]
    return min(essais, key=lambda essai: round(essai[1], 6))[0]


def _k_moyennes(points: np.ndarray, places: int, nombre: int) -> Iterator[np.ndarray]:
    """Chacun prend une place d'un groupe, au mieux pour tous à la fois ; aucun n'est vide."""
    groupe = np.repeat(np.arange(nombre), places)
    attrait = np.where(np.arange(len(groupe)) % places, 0, LOURD)
    alea = np.random.default_rng(0)
    for _ in range(DEPARTS):
        yield groupe[_places(points, alea.choice(points, nombre, replace=False), groupe, attrait)]


def _places(
    points: np.ndarray, centres: np.ndarray, groupe: np.ndarray, attrait: np.ndarray
) -> np.ndarray:
    """La place que prend chacun quand on part de ces centres."""
    moindre = np.inf
    while True:
        couts = cdist(points, centres, "sqeuclidean")[:, groupe] - attrait
        eleves, prises = linear_sum_assignment(couts)
        cout = couts[eleves, prises].sum()
        if cout > moindre - 1e-7:  # des jumeaux s'échangeraient sans fin
            return prises
        dedans, moindre = np.eye(len(centres))[groupe[prises]], cout
        centres = dedans.T @ points / dedans.sum(axis=0)[:, None]


def _echanger(
    groupes: np.ndarray, lots: np.ndarray, poids: np.ndarray, paires: np.ndarray, places: int
) -> tuple[np.ndarray, float]:
    """Échange deux lots, le meilleur échange d'abord ; le dernier lot de chaque groupe, vide, est
    ce qu'un autre y remplace pour le rejoindre."""
    combien = lots.max() + 1
    vides = np.arange(len(poids) - combien)
    ou = np.concatenate([groupes[np.unique(lots, return_index=True)[1]], vides])
    while True:
        couts = _couts_apres(ou, poids, paires, places)
        a, b, ecart = _meilleur_echange(couts, ou)
        if ecart > -1e-7:
            return ou[lots], np.diag(couts)[combien:].sum()
        ou[[a, b]] = ou[[b, a]]
        ou[combien:] = vides


def _meilleur_echange(couts: np.ndarray, ou: np.ndarray) -> tuple[int, int, float]:
    """Deux lots à échanger, et ce que cela coûterait en plus."""
    hausses = np.where(ou[:, None] == ou, 0, couts - np.diag(couts))
    ecarts = hausses + hausses.T
    a, b = np.unravel_index(ecarts.argmin(), ecarts.shape)
    return a, b, ecarts[a, b]


def _couts_apres(ou: np.ndarray, poids: np.ndarray, paires: np.ndarray, places: int) -> np.ndarray:
    """Pour tous lots a (ligne) et b (colonne) : le coût du groupe de b, si a y prenait sa place."""
    dedans = np.eye(ou.max() + 1)[ou]
    distances, genes = (_sommes_apres(sorte, dedans, ou) for sorte in paires)
    effectifs = (poids @ dedans)[ou] - poids + poids[:, None]
    exces = np.maximum(effectifs - places, 0)
    return distances / np.maximum(effectifs, 1) + LOURD * (genes + LOURD * exces)


def _sommes_apres(paires: np.ndarray, dedans: np.ndarray, ou: np.ndarray) -> np.ndarray:
    """De même, la somme des paires du groupe de b."""
    propre, avec = np.diag(paires), (paires @ dedans)[:, ou]
    siens = np.diag(avec)
    tout = (siens @ dedans)[ou] / 2
    return tout + avec - siens - paires + (propre[:, None] + propre) / 2
