"""Étage 4 — la règle des petits nombres : ce qu'un effectif minimum N permet de dire d'un groupe.

La liste de classe est publique. Un nombre, ou son reste, entre 1 et N − 1 n'est donc ni dit ni
retrouvable.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Regle:
    """`effectif_min` est N."""

    effectif_min: int

    def borner(self, partie: int, tout: int) -> tuple[int, int]:
        """Entre quoi et quoi publier une partie : exacte si elle et son reste font N au moins."""
        if tout < 2 * self.effectif_min - 1:
            return 0, tout
        if partie < self.effectif_min:
            return 0, self.effectif_min - 1
        if tout - partie < self.effectif_min:
            return tout - self.effectif_min + 1, tout
        return partie, partie

    def emboiter(self, parties: list[int], tout: int) -> list[tuple[int, int]]:
        """Des parties dont chacune contient celle d'avant (envoyés, terminés, commencés) : ce que
        l'une a de plus que la dernière dite se borne comme une partie du reste."""
        dites, sure, minimum = [], 0, 0
        for partie in parties:
            bas, haut = self.borner(max(partie - sure, 0), tout - sure)
            dites.append((max(sure + bas, minimum), sure + haut))
            minimum = dites[-1][0]
            sure = sure + bas if bas == haut else sure
        return dites

    def plancher(self, nombre: int, envoyes: tuple[int, int], manquent: int, liste: bool) -> int:
        """Le minimum à publier pour `nombre` élèves testés, quand leur nombre doit être tu.

        `manquent` ont envoyé sans être testés : ils ne doivent pas se compter par différence avec
        les `envoyes` publiés, au moins et au plus. Sans liste, on ne sait pas combien ils sont : un
        multiple de N. Avec elle, N élèves testés se disent s'il en reste assez d'autres pour ne pas
        redonner ce nombre.
        """
        minimum, (bas, haut) = self.effectif_min, envoyes
        if manquent >= minimum or nombre < bas - minimum + 1:
            return nombre // minimum * minimum
        # Sans rapport avec `nombre`, que l'on retrouverait.
        reste = bas - minimum + 1 if manquent else bas
        if not liste:
            return reste // minimum * minimum
        assez = nombre >= minimum and 2 * (haut - minimum) >= minimum
        return max(reste, minimum) if assez else reste

    def part(self, nombre: int, sur: int, effectif: int) -> tuple[float, float]:
        """Entre quoi et quoi publier une part ; un effectif tu n'est pas redonné par elle."""
        nombre = round(nombre / sur * effectif)
        marge = (self.effectif_min - 1) / effectif
        if nombre < self.effectif_min:
            return 0.0, math.ceil(20 * marge) / 20
        if effectif - nombre < self.effectif_min:
            return math.floor(20 * (1 - marge)) / 20, 1.0
        return (round(nombre / effectif, 2),) * 2
