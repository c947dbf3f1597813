"""Toutes les petites classes possibles, une à une : rien de publié ne dit ce qu'a fait quelqu'un.

Une publication, puis une autre : entre les deux quelqu'un est parti ou arrivé, et l'attaquant sait
qui ; d'autres ont envoyé. Il essaie tous les mondes qui donnent ces octets-là.

Commande : python -m benchmarks.petites_ecoles
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from benchmarks.ecole_vivante import Ecole, Eleve, Envoi
from pixkit.publication.agregats import agreger
from pixkit.publication.cellules import publier
from pixkit.publication.memoire import Memoire


class Monde(NamedTuple):
    """`avant` et `apres` : combien ont envoyé, et la somme de leurs acquis ; `lui` : la note de
    celui dont on sait qu'il est parti ou arrivé, None s'il n'a pas envoyé."""

    avant: tuple[int, int]
    apres: tuple[int, int]
    lui: int | None


def mondes(nombre: int, acquis: int) -> Iterator[Monde]:
    """Tous ceux d'une classe de `nombre` élèves, lui en plus, et d'une compétence."""
    for avant in range(nombre + 1):
        for apres in range(nombre - avant + 1):
            sommes = product(range(avant * acquis + 1), range(apres * acquis + 1))
            for somme, suite in sommes:
                for lui in (None, *range(acquis + 1)):
                    yield Monde((avant, somme), (apres, suite), lui)


def _notes(combien: int, somme: int) -> list[int]:
    return [somme // combien + (rang < somme % combien) for rang in range(combien)]


class Essai(NamedTuple):
    """Une classe de `nombre` élèves, une compétence ; lui « part », « arrive » ou « reste »."""

    nombre: int
    acquis: int
    effectif_min: int
    liste: bool
    quoi: str

    def publier(self, monde: Monde) -> str:
        """Ce que disent les deux publications."""
        parcours = {"P0": {"1.1": self.acquis}}
        ecole = Ecole(None, [], parcours, {"P0": "C0"}, self.effectif_min, self.liste)
        lui, *tous = (
            Eleve(rang, f"nom{rang}", f"c{rang}", "5eA", "5e") for rang in range(self.nombre + 1)
        )
        if monde.lui is not None:
            lui.envois["P0"] = Envoi(0, {"1.1": monde.lui})
        suite, memoire, dits = iter(tous), Memoire(), []
        for jour, (combien, somme) in enumerate((monde.avant, monde.apres)):
            for note in _notes(combien, somme):
                next(suite).envois["P0"] = Envoi(jour, {"1.1": note})
            present = {"part": jour == 0, "arrive": jour == 1, "reste": True}[self.quoi]
            ecole.eleves = [*tous, lui] if present else tous
            eleves, resultats = ecole.tables(ecole.exporter())
            if len(eleves):
                publies = publier(memoire, eleves, resultats, self.effectif_min)
                agregats = agreger(*publies, eleves, self.effectif_min)
                dits += [table.to_json() for table in agregats.tables().values()]
        return "".join(dits)

    def devines(self) -> list[str]:
        """Ce que l'attaquant devinerait, en mots ; rien, si la règle tient."""
        selon: dict[str, list[Monde]] = {}
        for monde in mondes(self.nombre, self.acquis):
            selon.setdefault(self.publier(monde), []).append(monde)
        fautes = []
        for siens in selon.values():
            notes = {monde.lui for monde in siens}
            if len({note is None for note in notes}) == 1:
                fautes.append(f"a-t-il envoyé ? {notes} d'après {siens[0]}")
            if len(notes - {None}) == 1:
                fautes.append(f"sa note, {notes} d'après {siens[0]}")
            envoyes = {monde.avant[0] + monde.apres[0] for monde in siens}
            if envoyes in ({0}, {self.nombre}):
                fautes.append(f"tous, ou personne, d'après {siens[0]}")
        return fautes


def main() -> None:
    for acquis, liste, quoi in product((2, 3), (True, False), ("reste", "part", "arrive")):
        fautes = Essai(5, acquis, 3, liste, quoi).devines()
        dit = f"N = 3, {acquis} acquis, {'avec' if liste else 'sans'} liste, lui {quoi}"
        print(f"{dit} : {len(fautes)} devinés", *fautes[:2], flush=True)


if __name__ == "__main__":
    main()
