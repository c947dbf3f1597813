"""Étage 2 — des groupes de besoin : des élèves à qui manquent les mêmes choses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.parcours.besoins import notes_recentes
from pixkit.parcours.repartition import repartir

Paires = Sequence[tuple[str, str]]


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

    `taille_max` : élèves par groupe ; `nombre` : de groupes (le plus petit possible à défaut) ;
    `separer` et `reunir` : paires d'élèves. Un élève est dans un groupe et un seul. Une contrainte
    impossible est dite, les autres tiennent. Lève ChoixInconnu.
    """
    reglages = {"taille_max": taille_max, "nombre": nombre, "separer": separer, "reunir": reunir}
    return grouper_profils(profils(notes_recentes(resultats)), **reglages)


def grouper_profils(
    besoins: pd.DataFrame, *, taille_max: int, nombre: int | None, separer: Paires, reunir: Paires
) -> Groupes:
    """`grouper` d'après une table de `profils`."""
    _verifier(besoins.index, taille_max, nombre, [*separer, *reunir])
    if besoins.empty:
        return Groupes(pd.DataFrame(columns=["groupe", "eleve", "competences"]), 0.0)
    points, eleves = besoins.to_numpy(float), len(besoins)
    au_moins = nombre or (2 if len(separer) else 1)
    combien = min(eleves, max(au_moins, -(-eleves // taille_max)))
    genes = _genes(besoins.index, separer, reunir)
    groupes = repartir(points, genes, min(taille_max, eleves), combien)
    table = _table(besoins, groupes)
    ou = table.set_index("eleve")["groupe"]
    impossibles = [
        *_nombre_impossible(nombre, taille_max, ou),
        *_paires_impossibles(separer, reunir, ou),
    ]
    return Groupes(table, etalement(points, groupes), impossibles)


def profils(recentes: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève d'une table de `notes_recentes`, une colonne par compétence testée : 1
    s'il est sous l'objectif, 0 sinon ; la part de la classe s'il ne l'a pas passée (il n'attire
    alors ni ne repousse)."""
    table = recentes.pivot(index="eleve", columns="competence", values="sous").astype(float)
    return table.fillna(table.mean()).sort_index()


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


def _nombre_impossible(nombre: int | None, taille_max: int, ou: pd.Series) -> list[str]:
    formes, eleves = ou.max(), len(ou)
    if nombre in (None, formes):
        return []
    suite = f"il en faut {formes}" if formes > nombre else f"{formes} seulement"
    return [f"{nombre} groupes de {taille_max} élèves au plus : {suite} pour {eleves} élèves"]


def _paires_impossibles(separer: Paires, reunir: Paires, ou: pd.Series) -> list[str]:
    return [f"séparer {a} et {b}" for a, b in separer if ou[a] == ou[b]] + [
        f"réunir {a} et {b}" for a, b in reunir if ou[a] != ou[b]
    ]


def _table(besoins: pd.DataFrame, groupes: np.ndarray) -> pd.DataFrame:
    """Les groupes, numérotés dans l'ordre de leur premier élève, et les deux compétences qui y
    manquent au plus d'élèves, si elles manquent à la moitié."""
    morceaux = []
    for numero, ancien in enumerate(dict.fromkeys(groupes.tolist()), start=1):
        siens = besoins[groupes == ancien]
        parts = siens.mean().sort_values(ascending=False, kind="stable")
        visees = [code for code in parts.index[:2] if parts[code] >= 0.5] or [parts.index[0]]
        colonnes = {"eleve": siens.index, "competences": ", ".join(sorted(visees))}
        morceaux.append(pd.DataFrame({"groupe": numero} | colonnes))
    return pd.concat(morceaux, ignore_index=True)
