"""Étage 2 — ce que vaut une liste de parcours : aucun besoin n'est servi deux fois quand un autre,
que la liste aurait pu servir, n'a rien.

Une liste vaut d'abord les besoins qu'elle touche, chacun une fois. Le travail qu'elle y met (un
parcours qui en travaille plus d'acquis, ceux qui y reviennent) ne départage que des listes qui
touchent autant de besoin : à lui tout entier, il vaut moins que le plus petit besoin. Un parcours
qui ne touche rien de neuf ne prend donc jamais la place de celui qui toucherait un besoin laissé
sans rien.

La valeur croît avec la liste, et ce qu'un parcours y ajoute décroît à mesure qu'elle s'allonge.
"""

from dataclasses import dataclass

import numpy as np

RENDEMENTS = (1.0, 0.5, 0.25)
"""Ce que vaut, à besoins touchés égaux, la première part de travail d'une compétence, la deuxième,
la troisième ; rien au-delà."""
_PERTES = -np.diff((*RENDEMENTS, 0.0))
"""Ce que le rendement perd après chaque part."""


@dataclass(frozen=True)
class Valeur:
    """Les poids (compétence par compétence) d'un besoin touché, et du travail cumulé."""

    touche: np.ndarray
    cumul: np.ndarray

    @classmethod
    def de(cls, besoins: np.ndarray) -> "Valeur":
        positifs = besoins[besoins > 0]
        if not len(positifs):
            return cls(besoins, besoins)
        tout = positifs.sum() * sum(RENDEMENTS)
        return cls(besoins, besoins * (positifs.min() / 2 / tout))

    def ajouts(self, deja: np.ndarray, apports: np.ndarray) -> np.ndarray:
        """Ce que chaque ligne d'`apports` ajouterait, seule, à celles qui sont `deja` prises."""
        travail = deja.sum(axis=0)
        neufs = ((apports > 0) & (travail == 0)) @ self.touche
        return neufs + self.rendre(travail + apports) - self.rendre(travail)

    def rendre(self, travail: np.ndarray) -> np.ndarray:
        """Ce que rend un travail cumulé, à besoins touchés égaux."""
        return sum(
            np.minimum(travail, part) @ (perte * self.cumul)
            for part, perte in enumerate(_PERTES, start=1)
        )


def valeur_de(apports: np.ndarray, besoins: np.ndarray) -> float:
    """Ce que valent ensemble des parcours (une ligne d'`apports` chacun), en unités de besoin."""
    valeur, travail = Valeur.de(besoins), apports.sum(axis=0)
    return float((travail > 0) @ valeur.touche + valeur.rendre(travail))
