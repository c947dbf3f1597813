"""Étage 2 et neuf dixièmes — une réponse à une question, dite partout avec les mêmes mots : sur une
page publiée, dans l'atelier."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pixkit.charte import accord, enumerer
from pixkit.referentiel import competences, libelle

RIEN_DE_NET = "Rien de net : aucun écart ne dépasse ce que ferait le hasard."
SANS_LISTE = "Sans liste des élèves, cela ne se sait pas."
MONTREES = 3
"""Forces, lacunes ou écarts que dit une réponse."""


@dataclass(frozen=True)
class Reponse:
    """Une question, une réponse courte, où la voir (l'état d'un public, une page de l'atelier), et
    de quand elle date."""

    question: str
    reponse: str
    public: str = ""
    choix: dict[str, str] = field(default_factory=dict)
    age: str = ""

    @property
    def lien(self) -> str:
        """« classe?annee=…&classe=5eA » ; vide s'il n'y a rien de plus à voir."""
        return self.public and f"{self.public}?{urlencode(self.choix)}"


def dire_ecarts(dits: Iterable[str]) -> str:
    """Les premiers écarts nets ; « rien de net » est une réponse."""
    gardes = list(dits)[:MONTREES]
    return f"{enumerer(gardes)}." if gardes else RIEN_DE_NET


def jamais_testees(testees: Collection[str]) -> str:
    """Les compétences qu'aucun parcours n'a testées, parmi les seize."""
    jamais = [code for code in competences() if code not in testees]
    if not jamais:
        return "Chacune des 16 compétences l'a été, à un niveau au moins."
    dites = enumerer([libelle(code) for code in jamais], maximum=MONTREES)
    return f"{accord(len(jamais), 'compétence')} sur 16 : {dites}."
