"""Étage 2 — ce que vaut une liste de parcours : un besoin laissé sans rien passe avant un besoin
servi deux fois.

Une compétence vaut d'abord son besoin × l'apport du parcours de la liste qui la travaille le mieux.
Tout le reste (les parcours qui y reviennent) ne départage que des listes égales, ou presque, sur ce
premier service : à eux tous, ils valent moins que le premier service du plus petit besoin. Un
parcours qui ne sert personne mieux que les autres de la liste n'y prend donc jamais la place de
celui qui travaillerait un besoin laissé sans rien.

La valeur croît avec la liste, et ce qu'un parcours y ajoute décroît à mesure qu'elle s'allonge.
"""

from dataclasses import dataclass

import numpy as np

from pixkit.parcours.catalogue import ACQUIS_MIN, ACQUIS_PLEINS

RENDEMENTS = (1.0, 0.5, 0.25)
"""Ce que vaut, à premier service égal, la première part de travail d'une compétence, la deuxième,
la troisième ; rien au-delà."""
_PERTES = -np.diff((*RENDEMENTS, 0.0))
"""Ce que le rendement perd après chaque part."""


@dataclass(frozen=True)
class Valeur:
    """Les poids (compétence par compétence) du premier service, et du travail cumulé."""

    premier: np.ndarray
    cumul: np.ndarray

    @classmethod
    def de(cls, besoins: np.ndarray) -> "Valeur":
        positifs = besoins[besoins > 0]
        if not len(positifs):
            return cls(besoins, besoins)
        moindre = positifs.min() * ACQUIS_MIN / ACQUIS_PLEINS
        return cls(besoins, besoins * (moindre / 2 / (positifs.sum() * sum(RENDEMENTS))))

    def ajouts(self, deja: np.ndarray, apports: np.ndarray) -> np.ndarray:
        """Ce que chaque ligne d'`apports` ajouterait, seule, à celles qui sont `deja` prises."""
        servi, travail = deja.max(axis=0, initial=0.0), deja.sum(axis=0)
        mieux = np.maximum(apports - servi, 0.0) @ self.premier
        return mieux + self.rendre(travail + apports) - self.rendre(travail)

    def rendre(self, travail: np.ndarray) -> np.ndarray:
        """Ce que rend un travail cumulé, à premier service égal."""
        return sum(
            np.minimum(travail, part) @ (perte * self.cumul)
            for part, perte in enumerate(_PERTES, start=1)
        )


def valeur_de(apports: np.ndarray, besoins: np.ndarray) -> float:
    """Ce que valent ensemble des parcours (une ligne d'`apports` chacun), en unités de besoin."""
    valeur = Valeur.de(besoins)
    servi, travail = apports.max(axis=0, initial=0.0), apports.sum(axis=0)
    return float(servi @ valeur.premier + valeur.rendre(travail))
