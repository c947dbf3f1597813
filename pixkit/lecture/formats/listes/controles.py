"""Étage 1 — ce qui cloche dans une liste d'élèves : des contrôles nommés, chacun avec une liste qui
le fait parler.

Un contrôle compare une ligne telle qu'elle est écrite et telle qu'elle est lue ; il nomme les
élèves et ne change rien.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pixkit.charte import accord, enumerer
from pixkit.grilles import ILLISIBLE
from pixkit.lecture.degats import classe_abimee
from pixkit.lecture.lu import Constat
from pixkit.lecture.valeurs import jour

Champs = Mapping[str, Any]

OU_CORRIGER = {
    "siecle": "dans SIECLE (Base élèves), {}, puis refaites l'export XML.",
    "fregata": "dans FREGATA, {}, et déposez le fichier sans l'ouvrir dans un tableur.",
    "sup": "dans votre logiciel de scolarité, {}.",
    "liste": "dans le logiciel d'où vient la liste, {}.",
}


class Controle(NamedTuple):
    """Quelles lignes sont concernées, ce qu'on en dit, ce qu'on attendait, quoi corriger, et une
    liste qui le fait parler."""

    concerne: Callable[[Champs, Champs], bool]
    trouve: str
    attendu: str
    corriger: str
    exemple: str


def lettres_perdues(_ecrite: Champs, lue: Champs) -> bool:
    return any(signe in f"{lue.get('nom')}{lue.get('prenom')}" for signe in (ILLISIBLE, "?"))


def sans_nom(_ecrite: Champs, lue: Champs) -> bool:
    return not lue.get("nom")


def zeros_rendus(ecrite: Champs, lue: Champs) -> bool:
    return bool(lue.get("identifiant")) and lue["identifiant"] != ecrite["identifiant"]


def ine_perdu(ecrite: Champs, lue: Champs) -> bool:
    return bool(ecrite.get("identifiant")) and not lue["identifiant"]


def classe_retablie(ecrite: Champs, lue: Champs) -> bool:
    return bool(ecrite.get("classe")) and ecrite["classe"] != lue["classe"]


def classe_douteuse(_ecrite: Champs, lue: Champs) -> bool:
    return bool(lue.get("classe")) and classe_abimee(lue["classe"])


def sans_identifiant(_ecrite: Champs, lue: Champs) -> bool:
    return not lue.get("identifiant")


def sans_classe(_ecrite: Champs, lue: Champs) -> bool:
    return not lue.get("classe") and not lue.get("groupe") and not lue.get("date_sortie")


def date_impossible(_ecrite: Champs, lue: Champs) -> bool:
    return bool(lue.get("date_naissance")) and jour(lue["date_naissance"]) is None


CONTROLES = (
    Controle(
        lettres_perdues,
        "lettres perdues dans le nom",
        "le nom entier",
        "refaites l'export",
        "Nom;Prénom;Classe\nLEROY;In?s;5eA\n",
    ),
    Controle(
        sans_nom,
        "sans nom de famille",
        "le nom et le prénom",
        "complétez son nom",
        "Nom;Prénom;Classe\n;Emma;5eA\n",
    ),
    Controle(
        zeros_rendus,
        "INE sans ses zéros de tête (fichier réenregistré par un tableur), rétablis",
        "11 caractères",
        "refaites l'export",
        "Nom;Prénom;Classe;Code MEF;INE\nLEROY;Emma;5eA;10110001110;59091075CE\n",
    ),
    Controle(
        ine_perdu,
        "INE détruit par un tableur (écrit comme un nombre)",
        "11 caractères",
        "refaites l'export",
        "Nom;Prénom;Classe;INE\nLEROY;Emma;5eA;7,76081E+10\n",
    ),
    Controle(
        classe_retablie,
        "classe changée en nombre par un tableur, rétablie",
        "le nom de la classe",
        "refaites l'export",
        "Nom;Prénom;Classe\nLEROY;Emma;5,00E+01\n",
    ),
    Controle(
        classe_douteuse,
        "classe changée en date ou en nombre par un tableur",
        "le nom de la classe",
        "rétablissez le nom de la classe",
        "Nom;Prénom;Classe\nLEROY;Emma;05-janv\n",
    ),
    Controle(
        sans_identifiant,
        "sans INE ni identifiant",
        "un INE (Pix Orga n'importera pas cet élève)",
        "complétez son INE",
        "Nom;Prénom;Classe;INE\nLEROY;Emma;5eA;\nPETIT;Tom;5eA;123456789AB\n",
    ),
    Controle(
        sans_classe,
        "sans classe",
        "une division (Pix Orga n'importera pas cet élève)",
        "affectez-le à une division",
        "Nom;Prénom;Classe\nLEROY;Emma;5eA\nPETIT;Tom;\n",
    ),
    Controle(
        date_impossible,
        "date de naissance impossible",
        "JJ/MM/AAAA",
        "corrigez cette date",
        "Nom;Prénom;Classe;Né le\nLEROY;Emma;5eA;31/31/2014\n",
    ),
)
_PARTOUT = {
    sans_identifiant: "",  # une liste sans aucun INE n'en promet pas
    sans_classe: (
        "une liste de {} sans colonne de classe (ni « Division », ni « Classe », ni « Groupe »)"
    ),
}
"""Ce qu'on dit d'un défaut que toutes les lignes partagent."""


def controler(nature: str, ecrites: Sequence[Champs], lues: Sequence[Champs]) -> Iterator[Constat]:
    """Ce que disent les contrôles d'une liste, puis les identifiants en double."""
    for controle in CONTROLES:
        paires = zip(ecrites, lues, strict=True)
        rangs = [rang for rang, paire in enumerate(paires) if controle.concerne(*paire)]
        que_faire = OU_CORRIGER[nature].format(controle.corriger)
        partout = _PARTOUT.get(controle.concerne) if rangs and len(rangs) == len(lues) else None
        if partout:
            dit = partout.format(accord(len(lues), "élève"))
            yield Constat(_phrase(dit, "la classe de chaque élève", que_faire))
        elif rangs and partout is None:
            yield from _nommes(controle.trouve, controle.attendu, que_faire, lues, rangs)
    yield from _en_double(nature, lues)


def _nommes(
    trouve: str, attendu: str, que_faire: str, lues: Sequence[Champs], rangs: Sequence[int]
) -> Iterator[Constat]:
    """Un défaut : ceux qu'il concerne, nommés, puis chacune de leurs lignes."""
    noms = enumerer([qui(lues[rang]) for rang in rangs])
    yield Constat(_phrase(f"{trouve} — {noms}", attendu, que_faire))
    yield Constat(trouve, rangs)


def _en_double(nature: str, lues: Sequence[Champs]) -> Iterator[Constat]:
    """Un INE pour plusieurs personnes, ou plusieurs lignes d'une même : sa classe, son ULIS, ses
    groupes."""
    plusieurs = _plusieurs_personnes(lues)
    que_faire = OU_CORRIGER[nature].format("donnez à chacun le sien")
    ensembles = [rangs for rangs in _par_identifiant(lues).values() if len(rangs) > 1]
    for rangs in filter(plusieurs, ensembles):
        trouve = "le même INE pour plusieurs élèves"
        yield from _nommes(trouve, "un INE par élève", que_faire, lues, rangs)
    memes = [rangs for rangs in ensembles if not plusieurs(rangs)]
    if memes:
        noms = enumerer([qui(lues[rangs[0]]) for rangs in memes])
        yield Constat(
            "Sur plusieurs lignes (classe et groupe, ULIS…), lus une fois avec toutes leurs "
            f"classes : {noms}."
        )
        yield Constat("autre ligne du même élève", [rang for rangs in memes for rang in rangs[1:]])


def identifiants_partages(lues: Sequence[Champs]) -> set[str]:
    """Les identifiants que portent plusieurs personnes : ils ne désignent plus personne."""
    return {
        ine for ine, rangs in _par_identifiant(lues).items() if _plusieurs_personnes(lues)(rangs)
    }


def _par_identifiant(lues: Sequence[Champs]) -> dict[str, list[int]]:
    rangs: dict[str, list[int]] = defaultdict(list)
    for rang, champs in enumerate(lues):
        sans = (
            champs.get("nom"),
            champs.get("prenom"),
            champs.get("date_naissance") or champs.get("classe"),
        )
        rangs[champs.get("identifiant") or "\x1f".join(map(str, sans))].append(rang)
    return rangs


def _plusieurs_personnes(lues: Sequence[Champs]) -> Callable[[Sequence[int]], bool]:
    traits = ("nom", "prenom", "date_naissance")
    return lambda rangs: (
        len({tuple(lues[rang].get(trait) for trait in traits) for rang in rangs}) > 1
    )


def qui(champs: Champs) -> str:
    lieu = f"({champs['classe']})" if champs.get("classe") else ""
    return " ".join(filter(None, (champs.get("nom"), champs.get("prenom"), lieu)))


def _phrase(trouve: str, attendu: str, que_faire: str) -> str:
    return f"Trouvé : {trouve}. Attendu : {attendu}. À faire : {que_faire}"
