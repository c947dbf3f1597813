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
    chacun, lots = np.arange(len(points)), connected_components(genes < 0, directed=False)[1]
    etapes = [lots, chacun] if (genes < 0).any() else [chacun]
    meilleur, moindre = chacun, np.inf
    vus = set()
    for depart in _k_moyennes(points, places, nombre):
        ensemble = (depart[:, None] == depart).tobytes()
        if ensemble in vus:
            continue
        vus.add(ensemble)
        essai = depart
        for etape in etapes:
            essai, cout = _echanger(essai, etape, paires, places, nombre)
        if cout < moindre - 1e-7:
            meilleur, moindre = essai, cout
    return meilleur


def _k_moyennes(points: np.ndarray, places: int, nombre: int) -> Iterator[np.ndarray]:
    """Chacun prend une place d'un groupe, au mieux pour tous à la fois ; aucun n'est vide."""
    groupe = np.repeat(np.arange(nombre), places)
    attrait = np.where(np.arange(len(groupe)) % places, 0, LOURD)
    alea = np.random.default_rng(0)
    for _ in range(DEPARTS):
        centres, moindre = alea.choice(points, nombre, replace=False), np.inf
        while True:
            couts = cdist(points, centres, "sqeuclidean")[:, groupe] - attrait
            eleves, prises = linear_sum_assignment(couts)
            cout = couts[eleves, prises].sum()
            if cout > moindre - 1e-7:  # des jumeaux s'échangeraient sans fin
                break
            dedans, moindre = np.eye(nombre)[groupe[prises]], cout
            centres = dedans.T @ points / dedans.sum(axis=0)[:, None]
        yield groupe[prises]


def _echanger(
    groupes: np.ndarray, lots: np.ndarray, paires: np.ndarray, places: int, nombre: int
) -> tuple[np.ndarray, float]:
    """Échange deux lots, le meilleur échange d'abord ; le dernier lot de chaque groupe, vide, est
    ce qu'un autre y remplace pour le rejoindre."""
    combien = lots.max() + 1
    membres = np.zeros((combien + nombre, len(lots)))
    membres[lots, np.arange(len(lots))] = 1
    poids, paires = membres.sum(axis=1), membres @ paires @ membres.T
    vides = np.arange(nombre)
    ou = np.concatenate([groupes[np.unique(lots, return_index=True)[1]], vides])
    while True:
        apres = _couts_apres(ou, poids, paires, places)
        avant = np.diag(apres)  # chaque lot à sa propre place
        ecarts = np.where(ou[:, None] == ou, 0, apres + apres.T - avant - avant[:, None])
        a, b = np.unravel_index(ecarts.argmin(), ecarts.shape)
        if ecarts[a, b] > -1e-7:
            return ou[lots], avant[combien:].sum()
        ou[[a, b]] = ou[[b, a]]
        ou[combien:] = vides


def _couts_apres(ou: np.ndarray, poids: np.ndarray, paires: np.ndarray, places: int) -> np.ndarray:
    """Pour tous lots a (ligne) et b (colonne) : le coût du groupe de b, si a y prenait sa place."""
    ensemble = (ou[:, None] == ou).astype(float)
    avec = paires @ ensemble
    propre = np.diagonal(paires, axis1=1, axis2=2)
    siens = np.diagonal(avec, axis1=1, axis2=2)
    tout = siens @ ensemble / 2
    sommes = tout[:, None] + avec - siens[:, None] - paires
    sommes += (propre[:, :, None] + propre[:, None]) / 2
    effectifs = poids @ ensemble - poids + poids[:, None]
    exces = np.maximum(effectifs - places, 0)
    return sommes[0] / np.maximum(effectifs, 1) + LOURD * (sommes[1] + LOURD * exces)
