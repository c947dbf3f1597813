"""Les élèves inventés : ceux de 2025-2026, ceux qui montent, ceux qui arrivent."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from etablissements import A25, A26, HOMONYMES, NOMS, PRENOMS, SANS_CLASSE


@dataclass(eq=False)
class Eleve:
    """Un élève, son aisance (0 en moyenne) et sa classe de chaque année scolaire."""

    nom: str
    prenom: str
    aisance: float
    classes: dict[str, str] = field(default_factory=dict)
    sans_classe: bool = False


def normal(alea: random.Random) -> float:
    """Une loi normale en additions seules : les mêmes bits sur toutes les machines."""
    return sum(alea.random() for _ in range(12)) - 6


def nouveaux(alea: random.Random) -> Iterator[Eleve]:
    """Des élèves sans fin ; deux élèves d'un établissement n'ont jamais le même nom et le même
    prénom."""
    noms = [nom.replace("_", " ") for nom in NOMS.split()]
    pris = {("MARTIN", "Emma")}
    while True:
        identite = alea.choice(noms), alea.choice(PRENOMS.split())
        if identite not in pris:
            pris.add(identite)
            yield Eleve(*identite, aisance=normal(alea))


def college() -> list[Eleve]:
    """Quatre classes par niveau et une SEGPA ; en 2026 chacun monte, un ou deux par classe
    changent."""
    alea = random.Random("college")
    reserve = nouveaux(alea)
    eleves: list[Eleve] = []
    for lettre in "ABCD":
        eleves += inscrire(reserve, alea.randint(22, 28), {A26: f"6e{lettre}"})
    for niveau in (6, 5, 4):
        for lettre in "ABCD":
            cohorte = {A25: f"{niveau}e{lettre}", A26: f"{niveau - 1}e{lettre}"}
            eleves += faire_monter(reserve, alea, alea.randint(22, 27), cohorte)
    eleves += faire_monter(reserve, alea, 15, {A25: "5e SEGPA", A26: "4e SEGPA"})
    melanger(eleves, alea)
    for classe, (nom, prenom) in HOMONYMES.items():
        for eleve in [
            eleve for eleve in eleves if eleve.classes.get(A26) == classe and A25 in eleve.classes
        ][3:5]:
            eleve.nom, eleve.prenom = nom, prenom
    next(eleve for eleve in eleves if eleve.classes.get(A26) == SANS_CLASSE).sans_classe = True
    return eleves


def lycee() -> list[Eleve]:
    """Six classes en 2026 ; la 1G1 vient de la 2GT1 de 2025."""
    alea = random.Random("lycee_agricole")
    reserve = nouveaux(alea)
    eleves = faire_monter(reserve, alea, 24, {A25: "2GT1", A26: "1G1"})
    eleves += inscrire(reserve, 19, {A25: "2 PRO NATURE"})
    effectifs = {"2GT1": 26, "2 PRO NATURE": 20, "TG1": 22, "CAPa 1 MA": 15, "BTSA1 ACSE": 18}
    for classe, effectif in effectifs.items():
        eleves += inscrire(reserve, effectif, {A26: classe})
    return eleves


def inscrire(reserve: Iterator[Eleve], effectif: int, classes: dict[str, str]) -> list[Eleve]:
    return [replace(next(reserve), classes=dict(classes)) for _ in range(effectif)]


def faire_monter(
    reserve: Iterator[Eleve], alea: random.Random, effectif: int, classes: dict[str, str]
) -> list[Eleve]:
    """Une classe et sa suite : un ou deux partent à la fin de la première année, un ou deux
    arrivent."""
    partants, arrivants = alea.randint(1, 2), alea.randint(1, 2)
    partis = inscrire(reserve, partants, {A25: classes[A25]})
    return (
        partis
        + inscrire(reserve, effectif - partants, classes)
        + inscrire(reserve, arrivants, {A26: classes[A26]})
    )


def melanger(eleves: list[Eleve], alea: random.Random) -> None:
    """Une partie des élèves changent de lettre en montant, deux par deux : les effectifs
    restent."""
    for niveau in ("5e", "4e", "3e"):
        montes = [
            e
            for e in eleves
            if e.classes.get(A26, "").startswith(niveau) and "SEGPA" not in e.classes[A26]
        ]
        tires = alea.sample(montes, 30)
        for un, autre in zip(tires[::2], tires[1::2], strict=True):
            un.classes[A26], autre.classes[A26] = autre.classes[A26], un.classes[A26]
