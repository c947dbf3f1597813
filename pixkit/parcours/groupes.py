"""Étage 2 — des groupes de besoin : des élèves à qui manquent les mêmes choses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.parcours.besoins import notes_recentes

Paires = Sequence[tuple[str, str]]
SANS_BESOIN = "sans besoin"
"""Les `competences` d'un groupe à qui rien ne manque."""


@dataclass(frozen=True)
class Groupes:
    """`eleves` : une ligne par élève (`groupe`, `eleve`, `competences` visées) ; `impossibles` :
    les contraintes non tenues."""

    eleves: pd.DataFrame
    etalement: float
    impossibles: list[str] = field(default_factory=list)


def grouper(
    resultats: pd.DataFrame,
    *,
    taille_max: int = 8,
    nombre: int | None = None,
    separer: Paires = (),
    reunir: Paires = (),
) -> Groupes:
    """Répartit les élèves de ces résultats en groupes dont les besoins se ressemblent.

    `taille_max` : élèves par groupe ; `nombre` : de groupes de besoin (le plus petit possible à
    défaut) ; `separer` et `reunir` : paires d'élèves. Un élève est dans un groupe et un seul ; ceux
    à qui rien ne manque sont à part (SANS_BESOIN), sauf à réunir. Une contrainte impossible est
    dite, les autres tiennent. Lève ChoixInconnu.
    """
    reglages = {"taille_max": taille_max, "nombre": nombre, "separer": separer, "reunir": reunir}
    return grouper_notes(notes_recentes(resultats), **reglages)


def grouper_notes(
    recentes: pd.DataFrame, *, taille_max: int, nombre: int | None, separer: Paires, reunir: Paires
) -> Groupes:
    """`grouper` d'après une table de `notes_recentes`."""
    points = profils(recentes)
    _verifier(points.index, taille_max, nombre, [*separer, *reunir])
    if points.empty:
        return Groupes(pd.DataFrame(columns=["groupe", "eleve", "competences"]), 0.0)
    sans = _sans_besoin(recentes).difference([eleve for paire in reunir for eleve in paire])
    reste, a_part = points.drop(sans), points.loc[sans]
    besoin = _table(reste, _groupes(reste, taille_max, nombre, separer, reunir))
    autres = _table(a_part, _groupes(a_part, taille_max, None, separer, ()))
    formes = besoin["groupe"].nunique()
    autres = autres.assign(groupe=autres["groupe"] + formes, competences=SANS_BESOIN)
    table = pd.concat([besoin, autres], ignore_index=True)
    ou = table.set_index("eleve")["groupe"]
    impossibles = [
        *_nombre_impossible(nombre, taille_max, formes, len(points), len(sans)),
        *_paires_impossibles(separer, reunir, ou),
    ]
    return Groupes(table, etalement(points.to_numpy(), ou[points.index].to_numpy()), impossibles)


def profils(recentes: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève d'une table de `notes_recentes`, une colonne par compétence testée : 1
    s'il est sous l'objectif, 0 sinon ; la part de la classe si l'on n'en sait rien (il n'attire
    alors ni ne repousse)."""
    sous = recentes["sous"].astype(float).mask(recentes["jamais"])
    table = recentes.assign(sous=sous).pivot(index="eleve", columns="competence", values="sous")
    return table.fillna(table.mean()).fillna(0.0).sort_index()


def _sans_besoin(recentes: pd.DataFrame) -> pd.Index:
    """Ceux à qui rien ne manque, et dont on sait tout ce que leurs campagnes demandaient."""
    manque = (recentes["sous"] | recentes["jamais"]).groupby(recentes["eleve"]).any()
    return manque.index[~manque]


def _groupes(
    points: pd.DataFrame, taille_max: int, nombre: int | None, separer: Paires, reunir: Paires
) -> np.ndarray:
    """Le groupe de chacun de ces élèves, d'après les paires qui sont parmi eux."""
    eleves = len(points)
    if not eleves:
        return np.array([], dtype=int)
    separer, reunir = (
        [paire for paire in paires if set(paire) <= set(points.index)]
        for paires in (separer, reunir)
    )
    combien = max(nombre or (2 if separer else 1), -(-eleves // taille_max))
    genes = _genes(points.index, separer, reunir)
    # scipy.optimize, comme dans `choix`.
    from pixkit.parcours.repartition import repartir  # noqa: PLC0415

    return repartir(points.to_numpy(float), genes, min(taille_max, eleves), min(eleves, combien))


def etalement(points: np.ndarray, groupes: np.ndarray) -> float:
    """La somme des carrés des distances de chaque élève au centre de son groupe."""
    centres = pd.DataFrame(points).groupby(groupes).transform("mean").to_numpy()
    return float(((points - centres) ** 2).sum())


def _verifier(eleves: pd.Index, taille_max: int, nombre: int | None, paires: Paires) -> None:
    for quoi, valeur in (("élèves par groupe", taille_max), ("groupes", nombre)):
        if valeur is not None and valeur < 1:
            trouve, que_faire = f"{valeur} {quoi}.", "choisissez un nombre plus grand."
            raise ChoixInconnu(trouve, "1 au moins.", que_faire)
    inconnus = [eleve for paire in paires for eleve in paire if eleve not in eleves]
    if inconnus:
        raise ChoixInconnu(
            f"« {inconnus[0]} », à séparer ou à réunir, qui n'a pas de résultats ici.",
            "des élèves de ces résultats.",
            "corrigez ce nom, ou retirez cette paire.",
        )


def _genes(eleves: pd.Index, separer: Paires, reunir: Paires) -> np.ndarray:
    """Ce que deux élèves coûtent à être ensemble : 1 pour les séparer, -1 pour les réunir."""
    genes = pd.DataFrame(0.0, index=eleves, columns=eleves)
    for paires, gene in ((separer, 1), (reunir, -1)):
        for a, b in paires:
            genes.loc[a, b] += gene
            genes.loc[b, a] += gene
    return genes.to_numpy()


def _nombre_impossible(
    nombre: int | None, taille_max: int, formes: int, eleves: int, sans: int
) -> list[str]:
    if nombre in (None, formes):
        return []
    suite = f"il en faut {formes} pour {eleves} élèves"
    if formes < nombre:
        suite = f"{formes} seulement pour {eleves} élèves"
        suite += f", dont {sans} sans besoin" if sans else ""
    return [f"{nombre} groupes de {taille_max} élèves au plus : {suite}"]


def _paires_impossibles(separer: Paires, reunir: Paires, ou: pd.Series) -> list[str]:
    return [f"séparer {a} et {b}" for a, b in separer if ou[a] == ou[b]] + [
        f"réunir {a} et {b}" for a, b in reunir if ou[a] != ou[b]
    ]


def _table(points: pd.DataFrame, groupes: np.ndarray) -> pd.DataFrame:
    """Les groupes, numérotés dans l'ordre de leur premier élève, et les deux compétences qui y
    manquent au plus d'élèves, si elles manquent à la moitié."""
    numeros = pd.Series(pd.factorize(groupes)[0] + 1, index=points.index, name="groupe")
    visees = {numero: _visees(points[numeros == numero].mean()) for numero in numeros.unique()}
    table = numeros.reset_index().assign(competences=numeros.map(visees).astype(str).to_numpy())
    table = table[["groupe", "eleve", "competences"]]
    return table.sort_values("groupe", kind="stable", ignore_index=True)


def _visees(parts: pd.Series) -> str:
    parts = parts.sort_values(ascending=False, kind="stable")
    visees = [code for code in parts.index[:2] if parts[code] >= 0.5] or [parts.index[0]]
    return ", ".join(sorted(visees))
