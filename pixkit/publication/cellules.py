"""Étage 4 — d'une école à ses cellules publiables : la règle des atomes, classe par classe."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

import pandas as pd

from pixkit.publication.atomes import (
    Atome,
    Contribution,
    Pointage,
    avancer,
    est_extreme,
    personnes,
    se_compte,
)
from pixkit.publication.identites import Rangee, rangees, reconnaitre
from pixkit.publication.memoire import ATTENDUS, OUI, Groupe, Memoire
from pixkit.publication.regle import Regle

_LIEU = ["campagne", "niveau_scolaire", "classe"]
CASES = [*_LIEU, "quoi", "effectif", "au_moins", "nombre", "somme", "sur", "minimum"]
LISTES = [*_LIEU, "attendus", "bas", "haut"]
Lieu = tuple[str, str, str]


def publier(
    memoire: Memoire, eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ce qui est publié, `cases` et `listes` ; `memoire` devient celle d'après.

    `eleves`, `resultats` : voir `population`. Cases : une ligne par classe × campagne × ce qui est
    compté (`quoi`), `effectif` (un minimum si `au_moins`), `somme` sur `sur` de `nombre` élèves,
    `minimum` le plus grand N qui leur fut promis.
    Listes : une ligne par classe × campagne qui a une liste, entre `bas` et `haut` oui sur
    `attendus`.
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
    par_lieu: dict[Lieu, list[Groupe]] = {}
    for groupe in memoire.groupes:
        if id(groupe) in montres:
            par_lieu.setdefault(tuple(groupe.nom), []).append(groupe)
    lues = [_lire(lieu, par_lieu[lieu], effectif_min) for lieu in sorted(par_lieu)]
    cases = pd.DataFrame(chain.from_iterable(cases for cases, _ in lues), columns=CASES)
    listes = pd.DataFrame(chain.from_iterable(listes for _, listes in lues), columns=LISTES)
    return cases, listes


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
    attendus = [ligne for ligne in lignes if ligne.sur_liste]
    dits: dict[int, list[bool]] = {}
    for ligne in attendus:
        dits.setdefault(ligne.qui, []).append(ligne.envoye)
    liste = Pointage(groupe.cellules.get(ATTENDUS, []), groupe.cellules.get(OUI, []))
    liste = liste.avancer(dits, minimum)
    groupe.cellules |= {ATTENDUS: liste.attendus, OUI: liste.oui}
    if attendus and not liste.attendus:  # une classe trop petite pour qu'on en parle
        return
    du_jour: dict[str, dict[int, list[Contribution]]] = {}
    for ligne in lignes:
        for quoi, (somme, sur) in (ligne.notes | ligne.certifiable).items():
            empreinte = memoire.empreinte(ligne.racine, quoi, somme, sur)
            une = Contribution(ligne.qui, empreinte, somme, sur)
            du_jour.setdefault(quoi, {}).setdefault(ligne.qui, []).append(une)
    for quoi, siennes in du_jour.items():
        avant = groupe.cellules.get(quoi, []), groupe.sorties.get(quoi, [])
        restent = personnes(liste.attendus) - personnes(avant[0])
        if avant[0] and liste.attendus and len(restent) <= minimum:
            continue  # N de plus, et l'on saurait que tous les attendus ont envoyé
        groupe.cellules[quoi], groupe.sorties[quoi] = avancer(*avant, siennes, minimum)


# — Ce qui se lit des atomes : tout le reste de la publication n'en connaît rien d'autre —


def _lire(lieu: Lieu, groupes: Sequence[Groupe], effectif_min: int) -> tuple[list, list]:
    """Les `cases` et les `listes` d'une classe ; réunie de plusieurs, ses sommes le sont aussi."""
    regle = Regle(max(effectif_min, *(groupe.promis for groupe in groupes)))
    inscrits = [groupe for groupe in groupes if groupe.cellules.get(ATTENDUS)]
    listes = [Pointage(groupe.cellules[ATTENDUS], groupe.cellules[OUI]) for groupe in inscrits]
    if any(liste.nombre < 2 * regle.effectif_min - 1 for liste in listes):  # N a grandi depuis
        return [], []
    comptes = [compte for liste in listes for compte in liste.compter()]
    bornes = [(tous, *regle.borner(oui, tous)) for oui, tous in comptes]
    attendus, bas, haut = map(sum, zip(*bornes, strict=True)) if bornes else (None, 0, 0)
    deux = [liste.dites(regle.effectif_min) for liste in listes]
    dites, tues = ([vague for une in deux for vague in une[rang]] for rang in (0, 1))
    quois = {quoi for groupe in groupes for quoi in groupe.cellules} - {ATTENDUS, OUI}
    cellules = {
        quoi: _reunir([groupe.cellules.get(quoi, []) for groupe in groupes], regle.effectif_min)
        for quoi in quois
    }
    tous = (
        personnes(dites + tues) if inscrits else personnes(chain.from_iterable(cellules.values()))
    )
    cases = []
    for quoi, atomes in sorted(cellules.items()):
        exact = bool(inscrits) and se_compte(atomes, dites, tues, regle.effectif_min)
        nombre = sum(atome.nombre for atome in atomes)
        envoyes = bas if inscrits else len(tous)
        manquent = max(len(tous - personnes(atomes)), envoyes - nombre)
        plancher = regle.plancher(nombre, envoyes, manquent, bool(inscrits))
        effectif = nombre if exact else plancher
        if effectif >= regle.effectif_min:
            sommes = (sum(atome.somme for atome in atomes), sum(atome.sur for atome in atomes))
            dit = effectif, not exact, nombre, *sommes, regle.effectif_min
            cases.append((*lieu, quoi, *dit))
    return cases, [(*lieu, attendus, bas, haut)] if inscrits else []


def _reunir(cellules: list[list[Atome]], minimum: int) -> list[Atome]:
    """Une seule cellule ; la plus grande si la somme en dirait une que l'on n'a que bornée, ou
    tue (N a grandi depuis)."""
    pleines = [cellule for cellule in cellules if cellule]
    tues = any(est_extreme(une) or len(personnes(une)) < minimum for une in pleines)
    if len(pleines) > 1 and tues:
        return max(pleines, key=lambda cellule: sum(atome.nombre for atome in cellule))
    return list(chain.from_iterable(pleines))
