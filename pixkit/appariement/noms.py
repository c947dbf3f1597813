"""Comparer deux noms : ce qu'il en coûte de croire que l'un est l'autre mal écrit, et pourquoi, en
mots.

L'échelle des coûts : 0 = les mêmes lettres ; 0,25 à 0,5 = les mêmes mots rangés autrement ; 1 = une
faute ou un mot de moins ; 2 = deux ; au-delà de 4, deux personnes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from pixkit.referentiel import normaliser

TROP = 9.0
_MOTS = re.compile(r"[a-z0-9]+")
_LETTRES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "ß": "ss"}
)
_PARTICULES = frozenset((
    "de", "du", "des", "d", "la", "le", "les", "l", "el", "al", "da", "das", "do", "dos", "di",
    "van", "von", "der", "ben", "bin", "ibn", "abd", "o", "mc", "mac", "st", "ste", "saint",
    "sainte",
))  # fmt: skip

Mots = tuple[str, ...]


@cache
def mots(texte: str) -> Mots:
    """Les mots d'un nom, sans accents, casse, tirets ni apostrophes : « Marie-Ève » → (« marie », «
    eve »)."""
    return tuple(_MOTS.findall(normaliser(texte).translate(_LETTRES)))


def colle(nom: Iterable[str]) -> str:
    return "".join(nom)


def lettres(nom: Iterable[str]) -> str:
    """Les lettres d'un nom, triées : elles ne dépendent ni de l'ordre ni de la coupure des mots."""
    return "".join(sorted(colle(nom)))


@dataclass(frozen=True)
class Ecart:
    """Le coût d'un rapprochement et sa raison ; `cout` ≥ TROP : deux personnes."""

    cout: float
    raison: str

    def plus(self, cout: float, raison: str) -> "Ecart":
        return Ecart(self.cout + cout, ", ".join(filter(None, (raison, self.raison))))


RIEN = Ecart(TROP, "noms différents")


@lru_cache(maxsize=200_000)
def ecart_mots(saisi: Mots, connu: Mots) -> Ecart:
    """L'écart entre deux noms de famille, ou deux prénoms."""
    a, b = colle(saisi), colle(connu)
    if a == b:
        return Ecart(0, "")
    if not a or not b:
        return RIEN
    if sorted(saisi) == sorted(connu):
        return Ecart(0.25, "mots dans un autre ordre")
    sans = [colle(mot for mot in nom if mot not in _PARTICULES) for nom in (saisi, connu)]
    if sans[0] == sans[1] != "":
        return Ecart(0.5, "particule en plus ou en moins")
    return min(
        (_par_mots(saisi, connu), _par_debut(a, b), _par_lettres(a, b)),
        key=lambda ecart: ecart.cout,
    )


def _par_mots(saisi: Mots, connu: Mots) -> Ecart:
    """Des mots en moins d'un côté, ceux qui restent étant les mêmes à une lettre près."""
    court, long = sorted((saisi, connu), key=len)
    if len(court) == len(long) or len(colle(court)) < 3:
        return RIEN
    fautes, libres = 0, list(long)
    for mot in court:
        proche = min(libres, key=lambda autre: (OSA.distance(mot, autre), autre))
        distance = OSA.distance(mot, proche)
        if distance > (1 if len(mot) >= 4 else 0):
            return RIEN
        fautes += distance
        libres.remove(proche)
    de_moins = "un mot de moins" if len(libres) == 1 else f"{len(libres)} mots de moins"
    return Ecart(1 + 1.25 * fautes, f"{de_moins} et une lettre d'écart" if fautes else de_moins)


def _par_debut(a: str, b: str) -> Ecart:
    """L'un est le début de l'autre : tronqué, abrégé, ou réduit à une initiale."""
    court, long = sorted((a, b), key=len)
    if not long.startswith(court):
        return RIEN
    return Ecart(
        {1: 2.0, 2: 1.75}.get(len(court), 1.0),
        "initiale seule" if len(court) == 1 else "nom abrégé",
    )


def _par_lettres(a: str, b: str) -> Ecart:
    distance, longueur = OSA.distance(a, b, score_cutoff=3), max(len(a), len(b))
    if distance == 1:
        return Ecart(1.0 if longueur >= 5 else 1.5 if longueur == 4 else 2.5, "une lettre d'écart")
    if distance == 2:
        return Ecart(
            2.0 if longueur >= 9 else 2.5 if longueur >= 7 else 2.9 if longueur >= 5 else 4.0,
            "deux lettres d'écart",
        )
    if distance == 3 and longueur >= 8:
        return Ecart(3.25, "trois lettres d'écart")
    return RIEN


@dataclass(frozen=True)
class Forme:
    """Une façon d'écrire un élève de la liste : nom, prénom, ce qu'elle coûte et son nom."""

    nom: Mots
    prenom: Mots
    cout: float = 0.0
    raison: str = ""


def formes(
    nom: str, prenom: str, nom_usage: str | None, autres_prenoms: str | None
) -> tuple[Forme, ...]:
    """Les façons d'écrire un élève : nom de famille ou d'usage ou les deux, premier prénom, tous,
    ou le deuxième."""
    n, p, u, a = mots(nom), mots(prenom), mots(nom_usage or ""), mots(autres_prenoms or "")
    possibles = [Forme(n, p)]
    if u and u != n:
        possibles += [
            Forme(u, p, 0.1, "nom d'usage"),
            Forme(n + u, p, 0.1, "nom de famille et nom d'usage"),
            Forme(u + n, p, 0.1, "nom d'usage et nom de famille"),
        ]
    if a:
        possibles += [
            Forme(n, p + a, 0.1, "tous ses prénoms"),
            Forme(n, a[:1], 1.0, "deuxième prénom"),
        ]
    return tuple(possibles)


def ecart_noms(nom: Mots, prenom: Mots, connu: Forme, vocabulaire: "Vocabulaire") -> Ecart:
    """L'écart entre un nom saisi et une façon d'écrire un élève, dans le sens qui coûte le
    moins."""
    droit = _champs(nom, prenom, connu, vocabulaire)
    essais = [droit]
    if droit.cout > 0:
        essais.append(_champs(prenom, nom, connu, vocabulaire).plus(0.25, "nom et prénom inversés"))
        essais.append(_sac(nom + prenom, connu))
    meilleur = min(essais, key=lambda ecart: ecart.cout)
    return meilleur.plus(connu.cout, connu.raison) if connu.raison else meilleur


def _champs(nom: Mots, prenom: Mots, connu: Forme, vocabulaire: "Vocabulaire") -> Ecart:
    du_nom, du_prenom = ecart_mots(nom, connu.nom), ecart_mots(prenom, connu.prenom)
    cout = du_nom.cout + du_prenom.cout
    if cout >= TROP:
        return RIEN
    cout += vocabulaire.doute(colle(nom), du_nom, vocabulaire.noms) + vocabulaire.doute(
        colle(prenom), du_prenom, vocabulaire.prenoms
    )
    morceaux = (
        f"{champ} : {ecart.raison}"
        for champ, ecart in (("nom", du_nom), ("prénom", du_prenom))
        if ecart.raison
    )
    return Ecart(cout, ", ".join(morceaux))


def _sac(saisi: Mots, connu: Forme) -> Ecart:
    """Les mêmes mots, sans égard au champ où ils sont écrits."""
    tous = connu.nom + connu.prenom
    if sorted(saisi) == sorted(tous) or colle(saisi) == colle(tous):
        memes = set(saisi) == set(tous)
        return Ecart(
            0.3, "mêmes mots, ordre inversé" if memes else "mêmes lettres, coupées autrement"
        )
    communs = set(saisi) & set(tous)
    nomme = communs & set(connu.nom) and communs & set(connu.prenom)
    if nomme and (communs == set(saisi) or communs == set(tous)) and len(communs) >= 2:
        return Ecart(1.5 + 0.25 * abs(len(saisi) - len(tous)), "mêmes mots, moins quelques-uns")
    return RIEN


@dataclass(frozen=True)
class Vocabulaire:
    """Les noms et les prénoms de la liste : une « faute » qui tombe sur un vrai prénom est
    peut-être un autre élève."""

    noms: frozenset[str]
    prenoms: frozenset[str]

    @staticmethod
    def doute(saisi: str, ecart: Ecart, connus: frozenset[str]) -> float:
        if ecart.cout < 1 or saisi not in connus:
            return 0.0
        return 1.5 if "lettre" in ecart.raison else 0.5
