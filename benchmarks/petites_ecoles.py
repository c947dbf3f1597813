"""Toutes les petites écoles possibles, une à une : rien de publié ne dit ce qu'a fait quelqu'un.

L'attaquant a toutes les publications et les listes de classe. Il essaie chaque monde qui donne ces
octets-là : ce que tous ont en commun, il le sait.

Commande : python -m benchmarks.petites_ecoles
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, pairwise, product
from time import perf_counter
from typing import NamedTuple

from benchmarks.ecole_vivante import Ecole, Eleve, Envoi
from pixkit.publication.agregats import agreger
from pixkit.publication.cellules import publier
from pixkit.publication.memoire import Memoire

Vie = tuple[int | None, ...]
"""À chaque publication, les acquis maîtrisés d'un élève ; None tant qu'il n'a pas commencé, −1 tant
qu'il n'a pas envoyé."""
Monde = tuple[tuple[Vie, ...], ...]
"""Les vies des élèves de chaque rôle."""


class Role(NamedTuple):
    """`combien` élèves que la liste de classe ne distingue pas : leur classe, ou None, à chaque
    publication."""

    combien: int
    classes: tuple[str | None, ...]


TOUS, PART, ARRIVE = ("5eA", "5eA"), ("5eA", None), (None, "5eA")
ROLES = {
    "rien ne change": [Role(6, TOUS)],
    "classe renommée": [Role(6, ("5eA", "5eB"))],
    "un part": [Role(5, TOUS), Role(1, PART)],
    "un arrive": [Role(5, TOUS), Role(1, ARRIVE)],
    "un part, un arrive": [Role(4, TOUS), Role(1, PART), Role(1, ARRIVE)],
    "classe scindée": [Role(4, TOUS), Role(2, ("5eA", "5eB"))],
}


@dataclass
class Essai:
    """Une compétence de `acquis` acquis ; `minimums`, `listes` : N, et si la liste est connue, à
    chaque publication ; `refont` : qui a envoyé peut recommencer ; `commencent` : sans envoyer ;
    `collecte` : la note est un niveau, et la moitié rend certifiable."""

    roles: list[Role]
    acquis: int
    minimums: tuple[int, ...]
    listes: tuple[bool, ...]
    refont: bool = False
    commencent: bool = False
    collecte: bool = False
    _dits: dict[Monde, tuple[bytes, tuple[str, ...]]] = field(default_factory=dict)
    _tables: dict[tuple, str] = field(default_factory=dict)

    def mondes(self) -> Iterator[Monde]:
        """Chaque monde une fois ; ceux qui commencent de même se suivent."""
        notes = (None, *((-1,) if self.commencent else ()), *range(self.acquis + 1))
        vies = [vie for vie in product(notes, repeat=len(self.minimums)) if self._possible(vie)]
        return product(*(combinations_with_replacement(vies, role.combien) for role in self.roles))

    def _possible(self, vie: Vie) -> bool:
        suites = pairwise(vie)
        return all(
            a is None or a == b or (b is not None and (a < 0 or (self.refont and b >= 0)))
            for a, b in suites
        )

    def publier(self, monde: Monde) -> tuple[bytes, tuple[str, ...]]:
        """La mémoire après la dernière publication de ce monde, et ce que toutes ont dit."""
        rang = len(monde[0][0]) - 1
        if rang < 0:
            return Memoire(sel="essai").en_json(), ()
        if monde not in self._dits:
            octets, dits = self.publier(tuple(tuple(v[:-1] for v in vies) for vies in monde))
            memoire, minimum = Memoire.de_json(octets), self.minimums[rang]
            ecole = self._ecole(monde, rang)
            lignes, dit = ecole.exporter(), ""
            if lignes:
                eleves, resultats = ecole.tables(lignes)
                cases, listes = publier(memoire, eleves, resultats, minimum)
                cellules = (*cases.itertuples(False, None), *listes.itertuples(False, None), rang)
                if cellules not in self._tables:
                    tables = agreger(cases, listes, eleves, minimum).tables().values()
                    self._tables[cellules] = "".join(t.to_json() for t in tables if len(t))
                dit = self._tables[cellules]
            self._dits[monde] = memoire.en_json(), (*dits, dit)
        return self._dits[monde]

    def _ecole(self, monde: Monde, rang: int) -> Ecole:
        ecole = Ecole(None, [], {"P0": {"1.1": self.acquis}}, {"P0": "C0"},
                      self.minimums[rang], self.listes[rang],
                      collectes={"P0"} if self.collecte else set())  # fmt: skip
        gens = ((role.classes[rang], vie) for role, vies in zip(self.roles, monde, strict=True)
                for vie in vies)  # fmt: skip
        for numero, (classe, vie) in enumerate(gens):
            # L'envoi date de la première publication où il est ainsi.
            premiere = next(un for un in range(rang + 1) if {*vie[un:]} == {vie[rang]})
            eleve = Eleve(numero, f"nom{numero} Ana", f"c{numero}", classe, "5e")
            if vie[rang] == -1:
                eleve.commences.add("P0")
            elif vie[rang] is not None:
                eleve.envois["P0"] = Envoi(100 * premiere + numero, {"1.1": vie[rang]})
            ecole.eleves += [eleve] if classe else []
        return ecole

    def devines(self) -> list[str]:
        """Ce que l'attaquant devinerait, en mots ; rien, si la règle tient."""
        selon: dict[tuple[str, ...], list[Monde]] = {}
        for monde in self.mondes():
            selon.setdefault(self.publier(monde)[1], []).append(monde)
        fautes = []
        for siens in selon.values():
            for role, rang in product(range(len(self.roles)), range(len(self.minimums))):
                notes = {vie[rang] for monde in siens for vie in monde[role]}
                if not notes & {None, -1} or notes <= {None, -1}:
                    fautes.append(f"a-t-il envoyé ? {notes} d'après {siens[0]}")
                if self.commencent and (None not in notes or notes == {None}):
                    fautes.append(f"a-t-il commencé ? {notes} d'après {siens[0]}")
                if len(notes - {None, -1}) == 1:
                    fautes.append(f"sa note : {notes} d'après {siens[0]}")
        return fautes


def essais() -> Iterator[tuple[str, Essai]]:
    for liste in (True, False):
        dit = f"{'avec' if liste else 'sans'} liste"
        for minimum, nombre, plus in ((3, 5, 6), (3, 8, 6), (3, 14, 2), (5, 9, 3), (5, 11, 2)):
            for acquis in range(2, plus + 1):
                roles = [Role(nombre, ("5eA",))]
                yield f"une fois, {dit}", Essai(roles, acquis, (minimum,), (liste,))
        for nom, roles in ROLES.items():
            yield f"{nom}, {dit}", Essai(roles, 2, (3, 3), (liste,) * 2)
        for acquis in (3, 4):
            yield f"deux fois, {dit}", Essai([Role(5, TOUS)], acquis, (3, 3), (liste,) * 2)
        for nombre, acquis in (*product((7, 8, 9, 10), (1, 2)), (11, 1), (12, 1), (16, 1)):
            yield f"deux fois, {dit}", Essai([Role(nombre, TOUS)], acquis, (3, 3), (liste,) * 2)
        yield f"deux fois, {dit}", Essai([Role(9, TOUS)], 2, (5, 5), (liste,) * 2)
        for nombre in (7, 8):
            roles = [Role(nombre, ("5eA",))]
            yield f"collecte, {dit}", Essai(roles, 8, (3,), (liste,), collecte=True)
        for nombre, fois in ((7, 1), (5, 2)):
            roles, minimums = [Role(nombre, TOUS[:fois])], (3,) * fois
            yield (
                f"sans envoyer, {dit}",
                Essai(roles, 1, minimums, (liste,) * fois, commencent=True),
            )
        yield f"un part, {dit}", Essai([Role(9, TOUS), Role(1, PART)], 1, (5, 5), (liste,) * 2)
        yield f"on recommence, {dit}", Essai([Role(6, TOUS)], 1, (3, 3), (liste,) * 2, refont=True)
        reunies = [Role(5, TOUS), Role(5, ("5eB", "5eA"))]
        for minimums in ((3, 3), (3, 4)):
            yield f"classes réunies, {dit}", Essai(reunies, 1, minimums, (liste,) * 2)
        for minimums in ((3, 4), (4, 3)):
            yield f"N change, {dit}", Essai([Role(8, TOUS)], 1, minimums, (liste,) * 2)
    yield "la liste arrive", Essai([Role(6, TOUS)], 2, (3, 3), (False, True))


def main() -> None:
    for nom, essai in essais():
        debut, fautes = perf_counter(), essai.devines()
        N = " puis ".join(map(str, essai.minimums))
        nombre = sum(role.combien for role in essai.roles)
        print(f"{nom}, {nombre} élèves, N = {N}, {essai.acquis} acquis : {len(fautes)} devinés ; "
              f"{perf_counter() - debut:.0f} s", *fautes[:2], sep="\n  ", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
