"""Étage 4 — la règle des petits nombres : ce qu'un effectif minimum N permet de dire d'un groupe.

La liste de classe est publique. Un nombre, ou son reste, entre 1 et N − 1 n'est donc ni dit ni
retrouvable.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Regle:
    """`effectif_min` est N. `attendus` : le nombre d'élèves d'une classe, None si aucune liste ne
    le dit."""

    effectif_min: int

    def refus(self, resultats: int, attendus: int | None) -> str:
        """Pourquoi les résultats d'une classe ne sont pas publiés ; vide s'ils le sont.

        N résultats au moins ; et si la liste est connue, elle est assez longue (2 N − 1) pour que
        publier ne dise pas que tous, ou presque, ont envoyé. Une seule raison : deux se
        compteraient.
        """
        assez = attendus is None or attendus >= 2 * self.effectif_min - 1
        return "" if resultats >= self.effectif_min and assez else "trop peu d'envois"

    def publiable(self, resultats: int, attendus: int | None) -> bool:
        return not self.refus(resultats, attendus)

    def borner(self, partie: int, tout: int) -> tuple[int, int]:
        """Entre quoi et quoi publier une partie : exacte si elle et son reste font N au moins."""
        if partie < self.effectif_min:
            return 0, self.effectif_min - 1
        if tout - partie < self.effectif_min:
            return tout - self.effectif_min + 1, tout
        return partie, partie

    def effectif(self, nombre: int, envoyes: int, attendus: int | None) -> tuple[int, bool]:
        """L'effectif à publier pour `nombre` élèves testés, et si c'est un minimum ; 0 s'il doit
        être tu.

        Ceux qui manquent (pas envoyé, compte effacé, compétence non testée) ne doivent pas se
        compter par différence. Sans liste, on ne sait pas combien ils sont : l'effectif est arrondi
        au multiple de N inférieur.
        """
        minimum, manquent = self.effectif_min, envoyes - nombre
        if attendus is None:
            arrondi = nombre // minimum * minimum
            return (0 if 0 < manquent < minimum else arrondi), True
        plancher, haut = self.borner(envoyes, attendus)
        if nombre == envoyes:
            return plancher, plancher != haut
        if manquent >= minimum:
            return (nombre if nombre >= minimum else 0), plancher != haut
        reste = plancher - minimum + 1  # sans rapport avec `nombre`, que l'on retrouverait
        return (reste if reste >= minimum else 0), True

    def part(self, nombre: int, sur: int, effectif: int) -> tuple[float, float]:
        """Entre quoi et quoi publier une part ; un effectif tu n'est pas redonné par elle."""
        nombre = round(nombre / sur * effectif)
        marge = (self.effectif_min - 1) / effectif
        if nombre < self.effectif_min:
            return 0.0, math.ceil(20 * marge) / 20
        if effectif - nombre < self.effectif_min:
            return math.floor(20 * (1 - marge)) / 20, 1.0
        return (round(nombre / effectif, 2),) * 2
