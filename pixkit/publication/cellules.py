"""Étage 4 — d'une école à ses cellules publiables : la règle des atomes, classe par classe."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import pandas as pd

from pixkit.publication.atomes import (
    EXTREME,
    Atome,
    Contribution,
    Pointage,
    avancer,
    personnes,
    se_compte,
)
from pixkit.publication.identites import Rangee, rangees, reconnaitre
from pixkit.publication.memoire import (
    ATTENDUS,
    CERTIFIABLES,
    ETAPES,
    OUI,
    PARTS,
    SOUS_OBJECTIF,
    Groupe,
    Memoire,
)
from pixkit.publication.regle import Regle

_LIEU = ["campagne", "niveau_scolaire", "classe"]
CASES = [*_LIEU, "quoi", "effectif", "au_moins", "nombre", "somme", "sur", "minimum"]
FAITS = (OUI, *ETAPES)
LISTES = [*_LIEU, "attendus", *(f"{fait}_{cote}" for fait in FAITS for cote in ("bas", "haut"))]
Lieu = tuple[str, str, str]


def publier(
    memoire: Memoire, eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ce qui est publié, `cases` et `listes` ; `memoire` devient celle d'après.

    `eleves`, `resultats` : voir `population`. Cases : une ligne par groupe (une classe réunie de
    plusieurs en a plusieurs) × ce qui est compté (`quoi`), `effectif` (un minimum si `au_moins`),
    `somme` sur `sur` de `nombre` élèves, `minimum` le plus grand N qui leur fut promis.
    Listes : une ligne par classe × campagne qui a une liste, entre `oui_bas` et `oui_haut` oui sur
    `attendus`, et de même chaque étape.
    """
    lignes = reconnaitre(memoire, rangees(eleves, resultats))
    annees = dict(zip(eleves["campagne"], eleves["annee_scolaire"].fillna(""), strict=True))
    for groupe, siennes in _ranger(memoire, lignes):
        groupe.annee_scolaire = annees[groupe.nom[0]]
        _avancer(memoire, groupe, siennes, max(effectif_min, groupe.promis))
        for quoi, atomes in groupe.cellules.items():
            groupe.cellules[quoi] = [
                replace(atome, promis=max(atome.promis, effectif_min)) for atome in atomes
            ]
    montres = {id(groupe): groupe.nom for groupe, _ in _ranger(memoire, lignes)}
    memoire.groupes = [groupe for groupe in memoire.groupes if groupe.atomes]
    derniere = max(annees.values(), default="")
    memoire.purger(
        {ligne.racine for ligne in lignes}
        | {groupe.racine for groupe in memoire.groupes if groupe.annee_scolaire >= derniere}
    )
    lus = [groupe for groupe in memoire.groupes if id(groupe) in montres]
    # Une classe réunie de plusieurs, dont une se tairait, isolerait celle-ci des fois d'avant.
    tus = {tuple(groupe.nom) for groupe in lus if _trop_petit(groupe, effectif_min)}
    lus = [groupe for groupe in lus if tuple(groupe.nom) not in tus]
    lues = [_lire(groupe, effectif_min) for groupe in sorted(lus, key=lambda lu: lu.nom)]
    cases = pd.DataFrame(chain.from_iterable(cases for cases, _ in lues), columns=CASES)
    listes = pd.DataFrame(chain.from_iterable(listes for _, listes in lues), columns=LISTES)
    return cases, listes.groupby(_LIEU, as_index=False).sum()


def _ranger(memoire: Memoire, lignes: Iterable[Rangee]) -> list[tuple[Groupe, list[Rangee]]]:
    """Chaque rangée dans son groupe : celui où elle a d'abord compté, sinon celui de sa classe.

    Un groupe porte le nom sous lequel sont aujourd'hui la plupart de ceux qui y comptent.
    """
    siens: dict[tuple[str, int], list[Groupe]] = {}
    for groupe in memoire.groupes:
        for qui in groupe.gens:
            siens.setdefault((groupe.racine, qui), []).append(groupe)
    noms: dict[int, Counter[Lieu]] = {}
    for ligne in lignes:
        for groupe in siens.get((ligne.racine, ligne.qui), ()):
            noms.setdefault(id(groupe), Counter())[ligne.lieu] += 1
    for groupe in memoire.groupes:
        if id(groupe) in noms:
            decompte, ancien = noms[id(groupe)], tuple(groupe.nom)
            groupe.nom = list(min(decompte, key=lambda nom: (-decompte[nom], nom != ancien, nom)))
    places = {}
    for groupe in sorted(memoire.groupes, key=lambda groupe: len(personnes(groupe.atomes))):
        if id(groupe) in noms:
            places[groupe.racine, tuple(groupe.nom)] = groupe
    ranges: dict[int, tuple[Groupe, list[Rangee]]] = {}
    for ligne in lignes:
        groupes = siens.get((ligne.racine, ligne.qui), [])
        ici = [groupe for groupe in groupes if tuple(groupe.nom) == ligne.lieu] or groupes
        groupe = ici[0] if ici else places.get((ligne.racine, ligne.lieu))
        if groupe is None:
            groupe = places[ligne.racine, ligne.lieu] = Groupe(ligne.racine, list(ligne.lieu), "")
            memoire.groupes.append(groupe)
        ranges.setdefault(id(groupe), (groupe, []))[1].append(ligne)
    return list(ranges.values())


def _avancer(memoire: Memoire, groupe: Groupe, lignes: list[Rangee], minimum: int) -> None:
    """Les cellules d'un groupe, avec ce que ces rangées permettent d'y ajouter."""
    attendus, deja = [ligne for ligne in lignes if ligne.sur_liste], personnes(groupe.oui)
    for fait in FAITS:
        dits: dict[int, list[bool]] = {}
        for ligne in attendus:
            dits.setdefault(ligne.qui, []).append(ligne.faits[fait])
        liste = Pointage(groupe.attendus, groupe.cellules.get(fait, [])).avancer(dits, minimum)
        groupe.cellules[fait] = liste.oui
    groupe.cellules[ATTENDUS] = liste.attendus
    if attendus and not groupe.attendus:  # une classe trop petite pour qu'on en parle
        return
    tous, envoyes = personnes(groupe.attendus), {ligne.qui for ligne in lignes if ligne.faits[OUI]}
    muets = tous - personnes(groupe.oui) - envoyes
    du_jour: dict[str, dict[int, list[Contribution]]] = {}
    for ligne in lignes:
        for quoi, (somme, sur) in (ligne.notes | ligne.parts).items():
            empreinte = memoire.empreinte(ligne.racine, quoi, somme, sur)
            une = Contribution(ligne.qui, empreinte, somme, sur)
            du_jour.setdefault(quoi, {}).setdefault(ligne.qui, []).append(une)
    for quoi, siennes in du_jour.items():
        avant = groupe.cellules.get(quoi, []), groupe.sorties.get(quoi, [])
        restent = tous - personnes(avant[0])
        assez = _vague(quoi, lignes, minimum)
        presque = len(restent) <= minimum or (not muets and len(restent - deja) < assez)
        if avant[0] and tous and presque:
            continue  # N de plus, et l'on saurait que tous les attendus ont envoyé
        groupe.cellules[quoi], groupe.sorties[quoi] = avancer(*avant, siennes, minimum)


def _vague(quoi: str, lignes: list[Rangee], minimum: int) -> float:
    """Combien doivent s'ajouter ensemble quand tous ont envoyé. D'une vague où un seul acquis
    sépare l'extrême de ce qui se dit, la somme dirait combien ils sont ; une part d'élèves attend
    comme la réunion des compétences dont elle juge."""
    poids = {code: sur for ligne in lignes for code, (_, sur) in ligne.notes.items()}
    acquis = poids.get(quoi) or sum(poids.values()) or 1
    return max(2 * minimum, 1 / EXTREME / acquis + 1)


# — Ce qui se lit des atomes : tout le reste de la publication n'en connaît rien d'autre —


def _trop_petit(groupe: Groupe, effectif_min: int) -> bool:
    """N a-t-il grandi depuis qu'une classe se dit, au point qu'on n'en dirait plus rien ?"""
    nombre = sum(atome.nombre for atome in groupe.attendus)
    return 0 < nombre < 2 * max(effectif_min, groupe.promis) - 1


def _lire(groupe: Groupe, effectif_min: int) -> tuple[list, list]:
    """Les `cases` et la `liste` d'un groupe."""
    regle, attendus = Regle(max(effectif_min, groupe.promis)), groupe.attendus
    cellules = {q: a for q, a in groupe.cellules.items() if a and q not in (ATTENDUS, *FAITS)}
    liste = Pointage(attendus, groupe.oui)
    dite = _pointer(groupe, regle)
    dites, tues = liste.dites(regle.effectif_min)
    tous = personnes(dites + tues if attendus else chain.from_iterable(cellules.values()))
    notes = [atomes for quoi, atomes in cellules.items() if quoi not in PARTS]
    cases = []
    for quoi, atomes in sorted(cellules.items()):
        exact = bool(attendus) and se_compte(atomes, dites, tues, regle.effectif_min)
        nombre = sum(atome.nombre for atome in atomes)
        envoyes = dite[1:3] if attendus else (len(tous), len(tous))
        manquent = max(len(tous - personnes(atomes)), envoyes[0] - nombre)
        plancher = regle.plancher(nombre, envoyes, manquent, bool(attendus))
        effectif = nombre if exact else plancher
        if quoi == SOUS_OBJECTIF and _se_devine(notes, effectif, regle):
            continue
        if effectif >= _assez(quoi, exact, bool(attendus), regle.effectif_min):
            sommes = (sum(atome.somme for atome in atomes), sum(atome.sur for atome in atomes))
            dit = effectif, not exact, nombre, *sommes, regle.effectif_min
            cases.append((*groupe.nom, quoi, *dit))
    return cases, [(*groupe.nom, *dite)] if attendus else []


def _se_devine(notes: list[list[Atome]], effectif: int, regle: Regle) -> bool:
    """Combien sont sous l'objectif donnerait-il la note de chacun ? De même de ceux qu'une
    publication distingue : eux, d'après leur nombre, que la différence donne.

    Il la donnerait si le parcours a trop peu d'acquis, ou si la maîtrise que l'on publierait d'un
    tel `effectif` est celle d'élèves qui auraient tous tout juste l'objectif, ou tous un acquis de
    moins, ou presque tout, ou presque rien.
    """
    acquis = sum(round(atomes[0].sur / atomes[0].nombre) for atomes in notes)
    if acquis < 2 * regle.effectif_min:
        return True
    sommes: dict[frozenset[int], list[int]] = {frozenset(): [0, 0]}  # et tous ensemble
    for atome in chain.from_iterable(notes):
        for qui in (frozenset(), frozenset(atome.contributions)):
            une = sommes.setdefault(qui, [0, 0])
            une[:] = une[0] + atome.somme, une[1] + atome.sur
    for qui, (somme, sur) in sommes.items():
        nombre = len(qui) or effectif
        if qui and sur != acquis * nombre:  # ils n'ont pas tout passé
            continue
        seuil, tout = -(-acquis // 2) * nombre, acquis * nombre
        marge = max(regle.effectif_min, EXTREME * tout)
        dite = round(somme / sur * tout)
        if dite in (seuil, seuil - nombre) or not marge <= dite <= tout - marge:
            return True
    return False


def _assez(quoi: str, exact: bool, liste: bool, minimum: int) -> float:
    """L'effectif à partir duquel cela se dit. D'un petit groupe, la borne d'une part dirait de quel
    côté sont presque tous ; et une part, jointe à la maîtrise, redonnerait un effectif tu s'il est
    petit, ou, sous l'objectif, si aucune liste ne le borne."""
    if quoi not in PARTS:
        return minimum
    if not (liste or quoi == CERTIFIABLES):
        return math.inf
    return 3 * minimum if liste and not exact else 2 * minimum - 1


def _pointer(groupe: Groupe, regle: Regle) -> tuple[int, ...]:
    """Les nombres de LISTES : ceux qui sont arrivés ensemble se disent ensemble."""
    comptes = [Pointage(groupe.attendus, groupe.cellules.get(fait, [])).compter() for fait in FAITS]
    dits = []
    for ensemble in zip(*comptes, strict=True):
        attendus = ensemble[0][1]
        bornes = regle.emboiter([oui for oui, _ in ensemble], attendus)
        dits.append((attendus, *chain.from_iterable(bornes)))
    return tuple(map(sum, zip(*dits, strict=True)))
