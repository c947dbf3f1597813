"""Étage 4 et un dixième — de quels groupes d'établissements on peut parler.

On publie l'ensemble, des départements, des types, et des croisements. Quiconque les additionne et
les soustrait ; *rien de ce qu'il obtient ne doit reposer sur moins de trois établissements, ni pour
plus de 80 % sur un seul* : le secret primaire et le secret secondaire (docs/academie.md).

Un croisement tu est une arête entre son département et son type. Ce que des sommes et des
différences disent de ces croisements est une coupe de ce graphe, où les départements dont on ne dit
rien ne font qu'un nœud, les types de même : la plus petite coupe qui sépare les deux bouts d'une
arête est donc le plus petit groupe que l'on pourrait isoler avec elle.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

ETABLISSEMENTS_MIN = 3
PART_MAX = 0.8
"""Du plus gros établissement, parmi les élèves d'un groupe."""
PAS_DES_TAILLES = 10
Lieu = tuple[str, str]
TOUS: Lieu = ("", "")


@cache  # d'une compétence à l'autre, ce sont souvent les mêmes élèves
def publiables(departements: tuple, types: tuple, tailles: tuple[int, ...]) -> tuple[Lieu, ...]:
    """Les groupes (département, type) dont on peut parler ; vide veut dire tous.

    Un élément par établissement, `tailles` ses élèves. Ne dépend d'aucun résultat.
    """
    noms = [np.unique(cotes, return_inverse=True) for cotes in (departements, types)]
    (lignes, rang), (colonnes, place) = noms
    croise = _Croise.de(rang, place, np.array(tailles), (len(lignes), len(colonnes)))
    if not _sur(croise.nombres.sum(), croise.plus_gros.max(), croise.sommes.sum()):
        return ()
    croise.taire()
    cotes = [("", str(nom)) for nom, dit in zip(colonnes, croise.types, strict=True) if dit]
    cotes += [(str(nom), "") for nom, dit in zip(lignes, croise.departements, strict=True) if dit]
    dits = zip(*np.nonzero(croise.croisements), strict=True)
    return (TOUS, *cotes, *((str(lignes[d]), str(colonnes[t])) for d, t in dits))


def _sur(nombre, plus_gros, somme):
    """Assez d'établissements, sans qu'un seul fasse presque tout."""
    return (nombre >= ETABLISSEMENTS_MIN) & (plus_gros <= PART_MAX * somme + 1e-9)


@dataclass
class _Croise:
    """Département × type : combien d'établissements, d'élèves, le plus gros ; et ce qui se dit."""

    nombres: np.ndarray
    sommes: np.ndarray
    plus_gros: np.ndarray
    departements: np.ndarray
    types: np.ndarray
    croisements: np.ndarray

    @classmethod
    def de(cls, rang, place, tailles, forme: tuple[int, int]) -> "_Croise":
        nombres, sommes, plus_gros = (np.zeros(forme, dtype=int) for _ in range(3))
        np.add.at(nombres, (rang, place), 1)
        np.add.at(sommes, (rang, place), tailles.astype(int))
        np.maximum.at(plus_gros, (rang, place), tailles.astype(int))
        cotes = [
            _sur(nombres.sum(axis=axe), plus_gros.max(axis=axe), sommes.sum(axis=axe))
            for axe in (1, 0)
        ]
        return cls(nombres, sommes, plus_gros, *cotes, _sur(nombres, plus_gros, sommes))

    def taire(self) -> None:
        """Tait des croisements, à défaut des côtés, les plus petits d'abord, jusqu'à ce que rien ne
        s'isole."""
        while (coupe := self._coupe_trop_petite()) is not None:
            self._elargir(coupe)

    def _elargir(self, coupe: np.ndarray) -> None:
        """Tait le plus petit de ce qui passe d'un bord à l'autre de cette coupe : elle le prendra.

        Il y en a toujours : une coupe que rien ne traverse prend tous les établissements.
        """
        departements, types = coupe[2 : 2 + len(self.departements)], coupe[-len(self.types) :]
        departements = np.where(self.departements, departements, coupe[0])
        types = np.where(self.types, types, coupe[1])
        traverse = self.croisements & (departements[:, None] != types[None])
        if traverse.any():
            d, t = min(
                map(tuple, np.argwhere(traverse)),
                key=lambda un: (self.nombres[un], self.sommes[un], un),
            )
            self.croisements[d, t] = False
            return
        cotes = [
            (ici.sum(), axe, rang)
            for axe, (dits, bords, nombres) in enumerate(
                ((self.departements, departements, self.nombres),
                 (self.types, types, self.nombres.T))
            )
            for rang, ici in enumerate(nombres)
            if dits[rang] and bords[rang] != coupe[axe]
        ]  # fmt: skip
        _, axe, rang = min(cotes)
        (self.departements, self.types)[axe][rang] = False

    def _coupe_trop_petite(self) -> np.ndarray | None:
        """De quel bord est chaque nœud, quand des sommes et des différences isoleraient trop peu
        d'établissements, ou un seul ; None si rien ne s'isole."""
        tus = np.argwhere((self.nombres > 0) & ~self.croisements)
        # Un croisement assez grand n'a rien à craindre : toute coupe qui le prend est plus grande.
        petits = [
            (d, t) for d, t in tus
            if not _sur(self.nombres[d, t], self.plus_gros[d, t], self.sommes[d, t])
        ]  # fmt: skip
        if not petits:
            return None
        reseaux = [self._reseau(tus, poids) for poids in (self.nombres, self.sommes)]
        for d, t in petits:
            bouts = self._bouts(d, t)
            demandes = ETABLISSEMENTS_MIN, self.plus_gros[d, t] / PART_MAX - 1e-6
            for reseau, demande in zip(reseaux, demandes, strict=True):
                flot = maximum_flow(reseau, *bouts)
                if flot.flow_value < demande:
                    reste = csr_array(reseau - flot.flow)
                    reste.eliminate_zeros()
                    bord = np.zeros(reseau.shape[0], dtype=bool)
                    bord[breadth_first_order(reste, bouts[0], return_predecessors=False)] = True
                    return bord
        return None

    def _bouts(self, d: int, t: int) -> tuple[int, int]:
        """Les nœuds d'un croisement : 0 pour les départements tus, 1 pour les types tus."""
        return (
            2 + int(d) if self.departements[d] else 0,
            2 + len(self.departements) + int(t) if self.types[t] else 1,
        )

    def _reseau(self, tus: np.ndarray, poids: np.ndarray) -> csr_array:
        taille = 2 + sum(poids.shape)
        reseau = np.zeros((taille, taille), dtype=np.int32)
        for d, t in tus:
            un, autre = self._bouts(d, t)
            reseau[un, autre] += poids[d, t]
            reseau[autre, un] += poids[d, t]
        return csr_array(reseau)


def tailles_communes(tailles: pd.Series) -> pd.Series:
    """Une taille que trois établissements au moins partagent, au plus la leur : connaître celle de
    l'un ne dit pas lequel il est."""
    rangs = tailles.rank(method="first").astype(int) - 1
    classe = np.minimum(rangs // ETABLISSEMENTS_MIN, max(len(tailles) // ETABLISSEMENTS_MIN - 1, 0))
    plus_petite = tailles.groupby(classe).transform("min")
    return (plus_petite // PAS_DES_TAILLES * PAS_DES_TAILLES).astype(int)
