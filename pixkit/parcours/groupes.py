"""Étage 2 — des groupes de besoin : des élèves à qui manquent les mêmes choses, sous des contraintes, toujours les mêmes."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2

from pixkit.parcours.besoins import notes_recentes

DEPARTS = 8
"""Partitions de départ essayées (k-moyennes) : la meilleure est ensuite améliorée élève par élève."""


@dataclass(frozen=True)
class Groupes:
    """`eleves` : une ligne par élève (`groupe`, `eleve`, `competences` visées) ; `impossibles` : les contraintes non tenues."""

    eleves: pd.DataFrame
    etalement: float
    impossibles: list[str] = field(default_factory=list)


def grouper(
    resultats: pd.DataFrame,
    *,
    taille_max: int = 8,
    nombre: int | None = None,
    separer: Sequence[tuple[str, str]] = (),
    reunir: Sequence[tuple[str, str]] = (),
) -> Groupes:
    """Répartit les élèves de ces résultats en groupes dont les besoins se ressemblent.

    `taille_max` : élèves par groupe ; `nombre` : de groupes (le plus petit possible à défaut) ; `separer` et `reunir` : paires
    d'élèves. Un élève est dans un groupe et un seul. Une contrainte impossible est dite, les autres tiennent. Part de k-moyennes,
    puis déplace et échange tant que l'étalement (somme des carrés des distances au centre) diminue.
    """
    besoins = profils(resultats)
    if besoins.empty:
        return Groupes(pd.DataFrame(columns=["groupe", "eleve", "competences"]), 0.0)
    points = besoins.to_numpy(float)
    au_moins = nombre or (2 if len(separer) else 1)
    combien = min(len(points), max(au_moins, -(-len(points) // taille_max)))
    impossibles = []
    if nombre and combien > nombre:
        impossibles.append(
            f"{nombre} groupes de {taille_max} élèves au plus : il en faut {combien} pour {len(points)} élèves"
        )
    rangs = {eleve: rang for rang, eleve in enumerate(besoins.index)}
    paires = {nom: [(rangs[a], rangs[b]) for a, b in liste if a in rangs and b in rangs]
              for nom, liste in (("separer", separer), ("reunir", reunir))}  # fmt: skip
    contraintes = _Contraintes(taille_max, paires["separer"], paires["reunir"])
    essais = [
        _ameliorer(points, contraintes.reparer(points, depart, combien), combien, contraintes)
        for depart in _departs(points, combien)
    ]
    groupes = min(
        essais,
        key=lambda groupe: (
            len(contraintes.violees(groupe)),
            round(etalement(points, groupe), 9),
            tuple(groupe),
        ),
    )
    noms = list(besoins.index)
    impossibles += [f"{mot} {noms[a]} et {noms[b]}" for mot, a, b in contraintes.violees(groupes)]
    return Groupes(_table(besoins, _renumeroter(groupes)), etalement(points, groupes), impossibles)


def profils(resultats: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève, une colonne par compétence testée : 1 s'il est sous l'objectif, 0 sinon ; la part de la classe s'il
    ne l'a pas passée (il n'attire alors ni ne repousse personne)."""
    recentes = notes_recentes(resultats)
    table = recentes.pivot(index="eleve", columns="competence", values="sous").astype(float)
    return table.fillna(table.mean()).sort_index()


def etalement(points: np.ndarray, groupes: np.ndarray) -> float:
    """La somme des carrés des distances de chaque élève au centre de son groupe."""
    sommes, nombres = _sommes(points, groupes)
    return float((points**2).sum() - ((sommes**2).sum(axis=1) / np.maximum(nombres, 1)).sum())


def _sommes(
    points: np.ndarray, groupes: np.ndarray, nombre: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    appartient = np.eye(max(nombre, groupes.max() + 1))[groupes]
    return appartient.T @ points, appartient.sum(axis=0)


def _departs(points: np.ndarray, nombre: int) -> list[np.ndarray]:
    partir = partial(kmeans2, points, nombre, minit="++", missing="warn")
    with warnings.catch_warnings(action="ignore"):  # si tous se ressemblent, un groupe part vide
        return [partir(rng=graine)[1] for graine in range(DEPARTS)]


@dataclass(frozen=True)
class _Contraintes:
    taille_max: int
    separer: list[tuple[int, int]]
    reunir: list[tuple[int, int]]

    def violees(self, groupes: np.ndarray) -> list[tuple[str, int, int]]:
        return [("séparer", a, b) for a, b in self.separer if groupes[a] == groupes[b]] + [
            ("réunir", a, b) for a, b in self.reunir if groupes[a] != groupes[b]
        ]

    def reparer(self, points: np.ndarray, groupes: np.ndarray, nombre: int) -> np.ndarray:
        """Vide les groupes trop pleins, puis sépare et réunit par le déplacement ou l'échange qui coûte le moins."""
        groupes = groupes.copy()
        for _ in range(2 * len(points)):
            trop = [g for g in range(nombre) if (groupes == g).sum() > self.taille_max]
            mal_places = {rang for _, *paire in self.violees(groupes) for rang in paire}
            fautifs = np.flatnonzero(groupes == trop[0]).tolist() if trop else sorted(mal_places)
            if not fautifs:
                break
            place = [g for g in range(nombre) if (groupes == g).sum() < self.taille_max]
            essais = [
                _deplacer(groupes, rang, g) for rang in fautifs for g in place if g != groupes[rang]
            ]
            if not trop:
                essais += [
                    _echanger(groupes, a, b)
                    for a in fautifs
                    for b in range(len(points))
                    if groupes[a] != groupes[b]
                ]
            meilleur = min(
                essais,
                key=lambda e: (len(self.violees(e)), round(etalement(points, e), 9)),
                default=groupes,
            )
            if not trop and len(self.violees(meilleur)) >= len(self.violees(groupes)):
                break
            groupes = meilleur
        return groupes


def _deplacer(groupes: np.ndarray, rang: int, place: int) -> np.ndarray:
    essai = groupes.copy()
    essai[rang] = place
    return essai


def _echanger(groupes: np.ndarray, a: int, b: int) -> np.ndarray:
    essai = groupes.copy()
    essai[a], essai[b] = groupes[b], groupes[a]
    return essai


def _ameliorer(
    points: np.ndarray, groupes: np.ndarray, nombre: int, contraintes: _Contraintes
) -> np.ndarray:
    """Le meilleur déplacement ou échange permis, tant que l'étalement y gagne."""
    while True:
        violations = len(contraintes.violees(groupes))
        for essai in _essais(points, groupes, nombre, contraintes.taille_max):
            if len(contraintes.violees(essai)) <= violations:
                groupes = essai
                break
        else:
            return groupes


def _essais(
    points: np.ndarray, groupes: np.ndarray, nombre: int, taille_max: int
) -> Iterator[np.ndarray]:
    """Les répartitions voisines qui diminuent l'étalement, la meilleure d'abord.

    L'étalement vaut une constante moins Σ |somme du groupe|² / effectif : on en calcule tous les gains d'un coup.
    """
    sommes, n = _sommes(points, groupes, nombre)
    normes, produits, tous = (sommes**2).sum(axis=1), points @ sommes.T, np.arange(len(points))
    carres, siens = (points**2).sum(axis=1), n[groupes]
    sans_lui = np.where(
        siens > 1,
        (normes[groupes] - 2 * produits[tous, groupes] + carres) / np.maximum(siens - 1, 1),
        0,
    )
    depart = (sans_lui - normes[groupes] / siens)[:, None]
    deplacer = (
        depart + (normes + 2 * produits + carres[:, None]) / (n + 1) - normes / np.maximum(n, 1)
    )
    deplacer[:, n >= taille_max] = -np.inf
    deplacer[tous, groupes] = -np.inf
    entre = carres[:, None] + carres - 2 * points @ points.T
    chez = produits[:, groupes]  # chez[b, a] : la somme du groupe de a, projetée sur b
    gain = (2 * (chez.T - produits[tous, groupes][:, None]) + entre) / siens[:, None]
    echanger = np.where(groupes[:, None] != groupes, gain + gain.T, -np.inf)
    candidats = [
        (deplacer[a, g], "deplacer", int(a), int(g)) for a, g in np.argwhere(deplacer > 1e-9)
    ]
    candidats += [
        (echanger[a, b], "echanger", int(a), int(b))
        for a, b in np.argwhere(np.triu(echanger, 1) > 1e-9)
    ]
    for _, genre, a, b in sorted(candidats, key=lambda c: (-round(c[0], 9), *c[1:])):
        yield _deplacer(groupes, a, b) if genre == "deplacer" else _echanger(groupes, a, b)


def _renumeroter(groupes: np.ndarray) -> np.ndarray:
    """1, 2, 3… dans l'ordre du premier élève : le même groupe garde le même numéro."""
    ordre = {ancien: rang for rang, ancien in enumerate(dict.fromkeys(groupes.tolist()), start=1)}
    return np.array([ordre[g] for g in groupes.tolist()])


def _table(besoins: pd.DataFrame, groupes: np.ndarray) -> pd.DataFrame:
    """Les deux compétences qui manquent au plus d'élèves de chaque groupe, s'il en manque à la moitié."""
    lignes = []
    for numero in sorted(set(groupes.tolist())):
        siens = besoins[groupes == numero]
        parts = siens.mean().sort_values(ascending=False, kind="stable")
        visees = [str(code) for code in parts.index[:2] if parts[code] >= 0.5] or [
            str(parts.index[0])
        ]
        lignes += [(numero, eleve, ", ".join(sorted(visees))) for eleve in siens.index]
    return pd.DataFrame(lignes, columns=["groupe", "eleve", "competences"])
