"""Étage 0 — ce qu'est un chiffre : son étendue, son unité, comment dire une valeur et un écart.

Une table dit sa mesure dans la colonne `mesure` ; personne ne la devine au nom d'une autre colonne.
"""

from dataclasses import dataclass

from pixkit.charte import ESPACE, decimal, ecart_en_mots, entier, pourcentage


@dataclass(frozen=True)
class Mesure:
    """De 0 à `etendue`, publiée à `pas` près, ses écarts en `unite`."""

    nom: str
    titre: str
    question: str
    case: str  # ce que donne une case d'une carte
    unite: str
    etendue: float
    pas: float

    @property
    def est_un_taux(self) -> bool:
        return self.etendue == 1

    def dire(self, valeur: float | None, borne: str = "") -> str:
        """« 72 % », « 2,4 » ; une borne « < » ou « > » fait « moins de 5 % »."""
        if valeur is None or valeur != valeur:  # noqa: PLR0124 — NaN, sans charger numpy
            return "–"
        mot = {"<": "moins de ", ">": "plus de ", "": ""}[borne]
        return mot + (pourcentage(valeur) if self.est_un_taux else decimal(valeur))

    def entre(self, bas: float, haut: float) -> str:
        """« 72 % », ou « de 68 % à 72 % »."""
        return self.dire(bas) if bas == haut else f"de {self.dire(bas)} à {self.dire(haut)}"

    def court(self, valeur: float, borne: str = "") -> str:
        """Dans une case : « 72 », « 2,4 », « <5 »."""
        return borne + (f"{100 * valeur:.0f}" if self.est_un_taux else decimal(valeur))

    def dire_ecart(self, ecart: float) -> str:
        """« +4 points », « −0,5 niveau »."""
        return ecart_en_mots(ecart, self.unite)


TAUX = Mesure(
    "taux_maitrise", "taux de maîtrise", "Que maîtrise chaque classe ?",
    "la part des acquis maîtrisés, en %", "points", 1.0, 0.01,
)  # fmt: skip
NIVEAU = Mesure(
    "niveau_moyen", "niveau Pix moyen", "Quel niveau Pix moyen dans chaque classe ?",
    "le niveau Pix moyen, de 0 à 8", "niveaux", 8.0, 0.1,
)  # fmt: skip
CERTIFICATION = Mesure(
    "niveau_certification", "niveau de certification",
    "Quel niveau de certification dans chaque classe ?",
    "le niveau de certification moyen, de 0 à 8", "niveaux", 8.0, 0.1,
)  # fmt: skip
"""Un autre examen que les campagnes : son niveau ne se mêle pas au leur, fût-il sur 8 aussi."""
MESURES = {mesure.nom: mesure for mesure in (TAUX, NIVEAU, CERTIFICATION)}


def mesure_de_la_table(table) -> Mesure:
    """La mesure que dit une table ; un taux si elle est vide."""
    return MESURES[table["mesure"].iloc[0]] if len(table) else TAUX


def effectif_en_mots(nombre: int, au_moins: bool = False) -> str:
    """« 24 », ou « ≥ 20 » quand ce n'est qu'un minimum."""
    return f"≥{ESPACE}{entier(nombre)}" if au_moins else entier(nombre)
