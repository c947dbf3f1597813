"""Publier la progression d'une classe ? Toutes les petites classes possibles, une à une.

L'attaquant a la liste de classe, ce que pixkit publie des deux campagnes, et une ligne de plus : la
progression des élèves comptés dans les deux, si la règle essayée le permet. Il essaie chaque monde
qui donne ces octets-là : ce que tous ont en commun, il le sait. Puis la part des classes ordinaires
dont chaque règle laisserait parler.

Commande : python -m benchmarks.progression_publiee
"""

import random
from collections.abc import Callable
from functools import cache
from itertools import combinations_with_replacement
from typing import NamedTuple

from benchmarks.petites_ecoles import Essai, Role

Vie = tuple[int | None, int | None]
"""Les acquis maîtrisés dans les deux campagnes, ou None : pas envoyé. Pix garde ce qui est validé :
le second n'est jamais moins que le premier."""
Monde = tuple[Vie, ...]


class Parts(NamedTuple):
    """Les vies d'une classe, selon les campagnes envoyées."""

    deux: Monde
    premiere: Monde
    seconde: Monde
    aucune: Monde

    @classmethod
    def de(cls, monde: Monde) -> "Parts":
        selon = {(vrai, aussi): [] for vrai in (True, False) for aussi in (True, False)}
        for vie in monde:
            selon[vie[0] is not None, vie[1] is not None].append(vie)
        return cls(*map(tuple, selon.values()))


def _extreme(somme: int, sur: int) -> bool:
    return sur > 0 and not 0.05 <= somme / sur <= 0.95


def reste_nombreux(parts: Parts, minimum: int, acquis: int) -> bool:
    """S et ce que chaque campagne compte de plus : 0 ou N au moins, rien d'extrême."""
    cellules = [(parts.deux, 0), (parts.deux, 1), (parts.premiere, 0), (parts.seconde, 1)]
    return len(parts.deux) >= minimum and all(
        (not vies or len(vies) >= minimum)
        and not _extreme(sum(vie[rang] for vie in vies), acquis * len(vies))
        for vies, rang in cellules
    )


def liste_comprise(parts: Parts, minimum: int, acquis: int) -> bool:
    """De même, et ceux qui n'ont envoyé ni l'une ni l'autre : la liste de classe les compte."""
    aucune = len(parts.aucune)
    return reste_nombreux(parts, minimum, acquis) and (not aucune or aucune >= minimum)


def gain_compris(parts: Parts, minimum: int, acquis: int) -> bool:
    """De même, et le gain, qui ne peut être négatif, n'est ni presque rien ni presque tout."""
    gain = sum(apres - avant for avant, apres in parts.deux)
    possible = sum(acquis - avant for avant, _ in parts.deux)
    return liste_comprise(parts, minimum, acquis) and not _extreme(gain, possible)


def personne_de_reste(parts: Parts, minimum: int, acquis: int) -> bool:
    """La plus prudente : N élèves au moins dans chacune des quatre parts, rien d'extrême."""
    return min(map(len, parts)) >= minimum and gain_compris(parts, minimum, acquis)


Regle = Callable[[Parts, int, int], bool]
REGLES: tuple[Regle, ...] = (reste_nombreux, liste_comprise, gain_compris, personne_de_reste)


@cache
def _publiee(notes: tuple[int, ...], minimum: int, acquis: int) -> str:
    """Ce que pixkit publie aujourd'hui d'une campagne seule ; −1 : pas envoyé."""
    monde = tuple((None if note < 0 else note,) for note in notes)
    essai = Essai([Role(len(notes), ("5eA",))], acquis, (minimum,), (True,))
    return str(essai.publier((monde,))[1])


def devines(nombre: int, minimum: int, acquis: int, regle: Regle | None) -> tuple[int, list[str]]:
    """Combien de classes parlent de progression, et ce que l'attaquant y devine d'un élève."""
    notes = (None, *range(acquis + 1))
    vies = [(a, b) for a in notes for b in notes if a is None or b is None or b >= a]
    selon: dict[tuple, set[Vie]] = {}
    exemples: dict[tuple, Monde] = {}
    parlent = 0
    for monde in combinations_with_replacement(vies, nombre):
        parts = Parts.de(monde)
        colonnes = [tuple(sorted(-1 if vie[rang] is None else vie[rang] for vie in monde))
                    for rang in (0, 1)]  # fmt: skip
        dit = [_publiee(colonne, minimum, acquis) for colonne in colonnes]
        if regle and regle(parts, minimum, acquis):
            sommes = [sum(vie[rang] for vie in parts.deux) for rang in (0, 1)]
            dit += [len(parts.deux), *sommes]
            parlent += 1
        selon.setdefault(tuple(dit), set()).update(monde)
        exemples.setdefault(tuple(dit), monde)
    fautes = [f"{quoi} d'après {exemples[dit]}"
              for dit, siennes in selon.items() for quoi in _su_de_chacun(siennes)]  # fmt: skip
    return parlent, fautes


def _su_de_chacun(vies: set[Vie]) -> list[str]:
    """Ce qui est vrai de tout élève, dans tous les mondes possibles."""
    fautes = []
    if all(vie == (None, None) for vie in vies):
        return fautes
    for rang, nom in ((0, "la première"), (1, "la seconde")):
        if all(vie[rang] is not None for vie in vies):
            fautes.append(f"chacun a envoyé {nom}")
        autres = {vie[rang] for vie in vies if vie[1 - rang] is not None}
        if autres and None not in autres:
            fautes.append(f"qui a envoyé l'autre a envoyé {nom}")
    if (None, None) not in vies and any(None in vie for vie in vies):
        fautes.append("chacun a envoyé l'une ou l'autre")
    gains = {vie[1] - vie[0] for vie in vies if None not in vie}
    if len(gains) == 1:
        fautes.append(f"qui a envoyé les deux a gagné {gains.pop()}")
    return fautes


def rendement(minimum: int, tirages: int = 4000, acquis: int = 4) -> dict[str, float]:
    """La part des classes de 20 à 30 élèves, deux campagnes envoyées chacune à 90 %, un acquis sur
    deux d'abord, un sur trois gagné de ceux qui manquent, dont chaque règle laisserait parler."""
    alea, oui = random.Random(1), dict.fromkeys((regle.__name__ for regle in REGLES), 0)
    for _ in range(tirages):
        monde = []
        for _ in range(alea.randint(20, 30)):
            avant = sum(alea.random() < 0.5 for _ in range(acquis))
            apres = avant + sum(alea.random() < 1 / 3 for _ in range(acquis - avant))
            monde.append(tuple(x if alea.random() < 0.9 else None for x in (avant, apres)))
        for regle in REGLES:
            oui[regle.__name__] += regle(Parts.de(tuple(monde)), minimum, acquis)
    return {nom: combien / tirages for nom, combien in oui.items()}


def main() -> None:
    for nombre, minimum, acquis in ((6, 3, 1), (8, 3, 1), (9, 3, 1), (12, 3, 1), (7, 3, 2)):
        for regle in (None, *REGLES):
            parlent, fautes = devines(nombre, minimum, acquis, regle)
            nom = regle.__name__ if regle else "sans progression"
            dit = f"{nombre} élèves, N = {minimum}, {acquis} acquis, {nom}"
            print(f"{dit} : {parlent} classes en parlent, {len(fautes)} devinées", *fautes[:1],
                  sep="\n  ", flush=True)  # fmt: skip
    for minimum in (3, 5, 10):
        dits = ", ".join(f"{nom} {part:.1%}" for nom, part in rendement(minimum).items())
        print(f"N = {minimum}, classes de 20 à 30 élèves : {dits}")


if __name__ == "__main__":
    main()
