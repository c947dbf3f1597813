"""Étage 4 — reconnaître, d'une publication à l'autre, la même personne et la même campagne.

Une classe se renomme, une liste arrive, un compte change, une colonne « Code » apparaît : le nom et
les résultats restent. Qui est douteux est tenu pour la même personne : elle ne compte qu'une fois.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain

import pandas as pd

from pixkit.publication.atomes import Atome
from pixkit.publication.memoire import ETAPES, OUI, PARTS, Memoire, Notes


@dataclass
class Rangee:
    """Un élève dans une campagne : son numéro `qui`, la `racine` de celle-ci, où il est (`lieu` :
    campagne, niveau scolaire, classe), jusqu'où il est allé (`faits`), ce qu'il a envoyé (`quand`,
    `notes`) et ce que cela dit de lui (`parts`)."""

    eleve: str
    noms: tuple[str, ...]
    lieu: tuple[str, str, str]
    sur_liste: bool
    faits: dict[str, bool]
    quand: str
    notes: Notes
    parts: Notes
    qui: int = -1
    racine: str = ""


def rangees(eleves: pd.DataFrame, resultats: pd.DataFrame) -> list[Rangee]:
    """Les élèves de `population`, et ce que chacun a envoyé dans chaque campagne."""
    notes: dict[tuple[str, str], Notes] = {}
    moments: dict[tuple[str, str], str] = {}
    vide = resultats[["nb_acquis", "niveau_pix"]].isna().all(axis=1)
    for ligne in resultats[~vide].itertuples():
        niveau = pd.isna(ligne.nb_acquis)
        note = (ligne.niveau_pix, 8) if niveau else (ligne.nb_acquis_maitrises, ligne.nb_acquis)
        qui = ligne.campagne, ligne.eleve
        notes.setdefault(qui, {})[str(ligne.competence)] = (int(note[0]), int(note[1]))
        moments[qui] = "" if pd.isna(ligne.date_envoi) else f"{ligne.date_envoi:%Y-%m-%d %H:%M}"
    return [
        Rangee(
            ligne.eleve,
            tuple(ligne.noms),
            (ligne.campagne, ligne.niveau_scolaire, ligne.classe),
            ligne.sur_liste,
            {OUI: ligne.envoye} | {etape: getattr(ligne, etape) for etape in ETAPES},
            moments.get((ligne.campagne, ligne.eleve), ""),
            notes.get((ligne.campagne, ligne.eleve), {}),
            {part: (int(dit), 1) for part in PARTS if not pd.isna(dit := getattr(ligne, part))},
        )
        for ligne in eleves.itertuples()
    ]


def reconnaitre(memoire: Memoire, lignes: list[Rangee]) -> list[Rangee]:
    """Les rangées, leur `qui` et leur `racine` trouvés ; la mémoire apprend les nouveaux.

    Deux exports d'une même campagne ne disent un élève qu'une fois.
    """
    _nommer(memoire, lignes)
    par_campagne: dict[str, list[Rangee]] = {}
    for ligne in lignes:
        par_campagne.setdefault(ligne.lieu[0], []).append(ligne)
    connues = sorted(
        par_campagne, key=lambda c: (c not in memoire.campagnes, -len(par_campagne[c]), c)
    )
    vus: dict[str, set[int]] = {}
    uniques = []
    for campagne in connues:
        siennes = par_campagne[campagne]
        racine = memoire.campagnes.get(campagne) or _racine(memoire, siennes) or campagne
        memoire.campagnes[campagne] = racine
        deja = vus.setdefault(racine, set())
        # Le même envoi deux fois : un vieil export, dans une autre classe.
        envois = {
            (une.qui, une.quand, str(une.notes)) if une.notes else id(une): une for une in siennes
        }
        neuves = [ligne for ligne in envois.values() if ligne.qui not in deja]
        for ligne in neuves:
            ligne.racine = racine
            memoire.retenir_envoi(ligne.qui, racine, ligne.notes, ligne.quand)
        deja |= {ligne.qui for ligne in neuves}
        uniques += neuves
    return uniques


def _nommer(memoire: Memoire, lignes: list[Rangee]) -> None:
    """Le numéro de chacun : par sa clé ou son nom ; à défaut, par un envoi au nom disparu."""
    par_eleve: dict[str, list[Rangee]] = {}
    for ligne in lignes:
        par_eleve.setdefault(ligne.eleve, []).append(ligne)
    indices = {
        eleve: [
            memoire.empreinte("cle", eleve),
            *sorted({memoire.empreinte("nom", nom) for ligne in siennes for nom in ligne.noms}),
        ]
        for eleve, siennes in par_eleve.items()
    }
    presents = {
        memoire.personnes[indice]
        for siens in indices.values()
        for indice in siens
        if indice in memoire.personnes
    }
    suivant = memoire.suivant
    for eleve, siens in indices.items():
        connus = sorted(
            {memoire.personnes[indice] for indice in siens if indice in memoire.personnes}
        )
        connus = connus or _par_envoi(memoire, par_eleve[eleve], presents)
        qui = connus[0] if connus else suivant
        suivant += not connus
        for autre in connus[1:]:
            _confondre(memoire, autre, qui)
        memoire.personnes |= dict.fromkeys(siens, qui)
        for ligne in par_eleve[eleve]:
            ligne.qui = qui
    # Une confusion tardive a pu renommer quelqu'un déjà vu.
    for eleve, siens in indices.items():
        for ligne in par_eleve[eleve]:
            ligne.qui = memoire.personnes[siens[0]]


def _par_envoi(memoire: Memoire, siennes: Iterable[Rangee], presents: set[int]) -> list[int]:
    """Qui a déjà fait l'un de ces envois, à la même minute, sous un autre nom.

    Les photographies n'avaient pas gardé la date : il faut alors que ce nom ait disparu.
    """
    for ligne in siennes:
        for qui, _ in _memes_envois(memoire, ligne, (ligne.quand,)):
            return [qui]
        for qui, _ in _memes_envois(memoire, ligne, ("",)):
            if qui not in presents:
                presents.add(qui)
                return [qui]
    return []


def _memes_envois(memoire: Memoire, ligne: Rangee, quand: Iterable[str]) -> list[list]:
    """Ceux qui, à ces moments-là, ont eu les mêmes résultats."""
    notes = sorted(ligne.notes.items())
    empreintes = [memoire.empreinte(un, notes) for un in dict.fromkeys(quand)] if notes else []
    return [vu for empreinte in empreintes for vu in memoire.envois.get(empreinte, ())]


def _confondre(memoire: Memoire, autre: int, qui: int) -> None:
    """Deux numéros d'une seule personne : le plus ancien reste."""
    memoire.personnes = {
        indice: qui if numero == autre else numero for indice, numero in memoire.personnes.items()
    }
    for vus in memoire.envois.values():
        for vu in vus:
            vu[0] = qui if vu[0] == autre else vu[0]
    for groupe in memoire.groupes:
        groupe.changer(partial(_renumeroter, autre=autre, qui=qui))


def _renumeroter(atome: Atome, autre: int, qui: int) -> Atome:
    siennes = dict(atome.contributions)
    if autre in siennes:
        siennes[qui] = [*siennes.get(qui, ()), *siennes.pop(autre)]
    return Atome(atome.somme, atome.sur, atome.promis, siennes)


def _racine(memoire: Memoire, siennes: list[Rangee]) -> str | None:
    """La campagne déjà connue dont celle-ci a, sous un autre code, la moitié des envois d'une
    classe : assez pour que leurs cellules se comparent."""
    connus: dict[str, set[int]] = {}
    for qui, racine in chain.from_iterable(memoire.envois.values()):
        connus.setdefault(racine, set()).add(qui)
    communs: dict[tuple[str, tuple], set[int]] = {}
    for ligne in siennes:
        for qui, racine in _memes_envois(memoire, ligne, (ligne.quand, "")):
            if qui == ligne.qui:
                communs.setdefault((racine, ligne.lieu), set()).add(qui)
    envois = Counter(ligne.lieu for ligne in siennes if ligne.notes)
    partages: Counter[str] = Counter()
    for (racine, lieu), gens in communs.items():
        classes = [g.gens & connus[racine] for g in memoire.groupes if g.racine == racine]
        if 2 * len(gens) >= envois[lieu] or any(
            2 * len(gens & une) >= len(une) > 0 for une in classes
        ):
            partages[racine] += len(gens)
    return max(partages, key=partages.get, default=None)
