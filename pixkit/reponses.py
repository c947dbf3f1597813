"""Étage 2 et neuf dixièmes — une réponse à une question, dite partout avec les mêmes mots : sur une
page publiée, dans l'atelier."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pixkit.charte import accord, enumerer
from pixkit.referentiel import competences, libelle, rang_niveau

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


def jamais_testees(testees: Mapping[str, Collection[str]]) -> str:
    """Les compétences qu'aucun parcours n'a testées, parmi les seize ; si chacune l'a été quelque
    part, combien manquent à chaque niveau. `testees` {niveau scolaire: codes}."""
    partout = set().union(*testees.values())
    jamais = [code for code in competences() if code not in partout]
    if not jamais:
        niveaux = sorted(testees, key=rang_niveau)
        manquent = {niveau: len(competences()) - len({*testees[niveau]}) for niveau in niveaux}
        dits = [f"{niveau} : {nombre}" for niveau, nombre in manquent.items() if nombre]
        suite = f", à un niveau au moins. Il en manque en {enumerer(dits)}" if dits else ""
        return f"Chacune des 16 compétences l'a été{suite}."
    dites = enumerer([libelle(code) for code in jamais], maximum=MONTREES)
    return f"{accord(len(jamais), 'compétence')} sur 16 : {dites}."
