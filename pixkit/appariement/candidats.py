"""Trouver vite, dans la liste, les quelques élèves à qui un nom peut ressembler ; les comparer
ensuite mot à mot."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from pixkit.appariement.nom import Nom
from pixkit.appariement.noms import (
    Ecart,
    Forme,
    Vocabulaire,
    colle,
    ecart_noms,
    formes,
    lettres,
    mots,
)
from pixkit.referentiel import normaliser

_ORDINAL = re.compile(r"^(?:(1) ?(?:ere|re|°)?|(2) ?(?:nde|nd|de|°)?|([3-6]) ?(?:eme|e|°)?) ?(?=.)")
_CHANGEMENT = re.compile(r"a changé de classe \((.*)\)")
PROCHES = 8
"""Élèves comparés mot à mot pour chaque nom."""
PRIME_DE_CLASSE = 15
"""Points de ressemblance (sur 100) donnés à ceux de la même classe pour entrer parmi les proches.
"""
AUTRE_CLASSE = 0.75
"""Coût d'une autre classe que celle de l'export."""
AUTRE_NAISSANCE = 2.0
"""Coût d'une autre date de naissance : deux fautes, ou quelqu'un d'autre."""
PART_DES_NOMS = {True: 0.15, False: 0.5}
"""Part des noms saisis qu'une liste doit contenir à la lettre pour être celle de l'établissement,
sans classe ou avec."""
PART_DES_CLASSES = 0.1
"""La même part, pour les noms qu'elle contient dans la même classe."""
_LOT = 1000
"""Noms comparés d'un coup à toute la liste : au-delà, la table des ressemblances prend trop de
mémoire."""


@dataclass(frozen=True)
class Candidat:
    """Un élève possible : `ecart` entre les noms, `cout` avec la classe, qui est « meme », «
    autre » ou « inconnue ». Une date de naissance vaut mieux qu'une classe : la même fait « meme
    », une autre « naissance »."""

    eleve: str
    ecart: float
    cout: float
    classe: str
    raison: str


@dataclass(frozen=True, eq=False)
class Annuaire:
    """Les élèves d'un établissement, prêts à être comparés. `classe_connue` : la liste est de
    l'année des campagnes."""

    eleves: pd.DataFrame
    classe_connue: bool

    @cached_property
    def rangs(self) -> dict[str, int]:
        return {eleve: rang for rang, eleve in enumerate(self.eleves["eleve"])}

    @cached_property
    def cles(self) -> list[tuple[str, str]]:
        """Par élève, sa clé et sa classe telle qu'elle s'écrit : des listes, pandas étant lent
        cellule par cellule."""
        return list(zip(self.eleves["eleve"], self.eleves["classe"].fillna(""), strict=True))

    @cached_property
    def classes(self) -> list[tuple[str, ...]]:
        """Par élève, les noms de sa classe, de ses groupes et de ses classes d'avant, normalisés :
        un export de novembre ignore ce que la liste de janvier a changé."""
        dits = ["classe", "groupes", "mouvement"]
        textes = self.eleves[dits].fillna("").itertuples(index=False)
        lieux = (
            (classe, *groupes.split(", "), *_classes_d_avant(mouvement))
            for classe, groupes, mouvement in textes
        )
        return [tuple(filter(None, map(normaliser, siens))) for siens in lieux]

    @cached_property
    def naissances(self) -> list[str]:
        """Par élève, sa date de naissance (AAAA-MM-JJ), vide si la liste ne la dit pas."""
        nes = pd.to_datetime(self.eleves["date_naissance"])
        return nes.dt.strftime("%Y-%m-%d").fillna("").tolist()

    @cached_property
    def formes(self) -> list[tuple[int, Forme]]:
        """Toutes les façons d'écrire chaque élève ; une « place » est un rang dans cette liste."""
        champs = self.eleves[["nom", "prenom", "nom_usage", "autres_prenoms"]].fillna("")
        lignes = enumerate(champs.itertuples(index=False))
        return [(rang, forme) for rang, ligne in lignes for forme in formes(*ligne)]

    @cached_property
    def vocabulaire(self) -> Vocabulaire:
        noms, prenoms = (
            frozenset(colle(getattr(forme, champ)) for _, forme in self.formes)
            for champ in ("nom", "prenom")
        )
        return Vocabulaire(noms, prenoms)

    @cached_property
    def _porteurs(self) -> Counter[str]:
        return Counter(nom for nom, _ in {(colle(forme.nom), rang) for rang, forme in self.formes})

    def nom_rare(self, nom: Nom) -> bool:
        """Deux élèves au plus (une fratrie) portent ce nom : un inconnu de même nom est peu
        probable."""
        return max(self._porteurs[colle(partie)] for partie in nom.mots) <= 2

    @cached_property
    def _fratries(self) -> dict[str, frozenset[str]]:
        nes = self.eleves[["nom", "date_naissance", "eleve"]].dropna(subset="date_naissance")
        lignes = nes.itertuples(index=False)
        fratries = index(((mots(nom), ne), eleve) for nom, ne, eleve in lignes).values()
        return {
            eleve: frozenset(freres) - {eleve}
            for freres in fratries
            if len(freres) > 1
            for eleve in freres
        }

    def jumeaux(self, eleve: str) -> frozenset[str]:
        """Les élèves de mêmes nom et date de naissance."""
        return self._fratries.get(eleve, frozenset())

    @cached_property
    def _sans_zeros(self) -> dict[str, list[str]]:
        return index((eleve.lstrip("0"), eleve) for eleve in self.rangs)

    def retrouver(self, eleve: str) -> str:
        """La clé d'un élève décidé, même si un tableur en a ôté les zéros de tête ; vide s'il n'est
        pas de cette liste."""
        proches = [eleve] if eleve in self.rangs else self._sans_zeros.get(eleve.lstrip("0"), [])
        return proches[0] if len(proches) == 1 else ""

    def classe(self, eleve: str) -> str:
        """La classe d'un élève, normalisée ; vide s'il n'en a pas ou n'est pas de cette liste."""
        rang = self.rangs.get(eleve)
        return next(iter(self.classes[rang]), "") if rang is not None and self.classe_connue else ""

    @cached_property
    def par_lettres(self) -> dict[str, list[int]]:
        places = enumerate(self.formes)
        return index((lettres(une.nom + une.prenom), p) for p, (_, une) in places)

    @cached_property
    def par_mot(self) -> dict[str, list[int]]:
        places = enumerate(self.formes)
        return index((mot, p) for p, (_, une) in places for mot in {*une.nom, *une.prenom})

    def lieu(self, classe: str) -> str:
        """Une classe sous le nom que la liste lui donne : « 5EME A » pour « 5eA » si elle n'a pas
        de « 5eA », et une seule classe de ce nom à l'ordinal près."""
        nom = normaliser(classe)
        memes = self._par_classe_courte.get(_sans_ordinal(nom), [])
        return memes[0] if nom not in self.par_classe and len(memes) == 1 else nom

    @cached_property
    def _par_classe_courte(self) -> dict[str, list[str]]:
        return index((_sans_ordinal(nom), nom) for nom in self.par_classe)

    @cached_property
    def par_classe(self) -> dict[str, list[int]]:
        """Les places de chaque classe ; aucune quand la liste est d'une autre année."""
        places = (
            (classe, place)
            for place, (rang, _) in enumerate(self.formes)
            for classe in self.classes[rang]
        )
        return index(places) if self.classe_connue else {}

    @cached_property
    def par_naissance(self) -> dict[str, list[int]]:
        """Les places de chaque jour de naissance."""
        places = enumerate(self.formes)
        nes = ((self.naissances[rang], place) for place, (rang, _) in places)
        return index((naissance, place) for naissance, place in nes if naissance)

    @cached_property
    def textes(self) -> list[str]:
        return [colle(forme.nom + forme.prenom) for _, forme in self.formes]


def index(paires: Iterable[tuple[Hashable, Any]]) -> dict[Any, list]:
    """{clé: ses valeurs}."""
    valeurs: dict[Hashable, list] = defaultdict(list)
    for cle, valeur in paires:
        valeurs[cle].append(valeur)
    return valeurs


def annuaire_de(noms: Sequence[Nom], eleves: pd.DataFrame) -> Annuaire | None:
    """Les élèves de l'établissement de ces noms, l'année de leur campagne ou l'année la plus
    proche ; None s'il n'y en a pas."""
    annees = eleves["annee_scolaire"].dropna().unique()
    annee = noms[0].annee_scolaire
    proche = (
        min(
            annees,
            key=lambda a: (abs(int(a[:4]) - int(annee[:4] or a[:4])), -int(a[:4])),
            default=None,
        )
        if annee
        else None
    )
    eleves = eleves[eleves["annee_scolaire"] == proche] if proche else eleves
    eleves = eleves[_siennes(noms, eleves)].drop_duplicates("eleve").sort_values("eleve")
    return (
        Annuaire(eleves, classe_connue=not annee or proche in (annee, None))
        if len(eleves)
        else None
    )


def _siennes(noms: Sequence[Nom], eleves: pd.DataFrame) -> pd.Series:
    """Les élèves dont la liste est bien celle de ces noms : assez de noms en commun, dans les mêmes
    classes s'il y en a.

    Deux établissements partagent des « Martin Léa » : sans cette précaution, les élèves de l'un
    passeraient pour ceux de l'autre.
    """
    complets = zip(eleves["nom"].fillna(""), eleves["prenom"].fillna(""), strict=True)
    connus = pd.DataFrame({
        "etablissement": eleves["etablissement"].fillna(""),
        "lettres": [lettres(mots(nom) + mots(prenom)) for nom, prenom in complets],
        "classe": eleves["classe"].fillna(eleves["groupes"]).fillna("").map(normaliser),
    })  # fmt: skip
    saisis = [(nom.lettres, normaliser(nom.classe)) for nom in noms]
    gardes = [nom for nom, liste in connus.groupby("etablissement") if _contient(liste, saisis)]
    return connus["etablissement"].isin(gardes)


def _contient(liste: pd.DataFrame, saisis: Sequence[tuple[str, str]]) -> bool:
    """Assez de ces (nom, classe) sont dans la liste, ou assez dans la même classe."""
    ecrits, places = set(liste["lettres"]), set(zip(liste["lettres"], liste["classe"], strict=True))
    de_nom = sum(ecrit in ecrits for ecrit, _ in saisis) / len(saisis)
    de_classe = sum(saisi in places for saisi in saisis) / len(saisis)
    sans_classe = not any(classe for _, classe in saisis)
    return de_nom >= PART_DES_NOMS[sans_classe] or de_classe >= PART_DES_CLASSES


def proposer(
    noms: Sequence[Nom], annuaire: Annuaire, possible: float
) -> Mapping[Nom, list[Candidat]]:
    """{nom: ses candidats}, du plus ressemblant au moins, jusqu'au coût `possible`."""
    proposes = {
        nom: _comparer(nom, annuaire.par_lettres.get(nom.lettres, []), annuaire, possible)
        for nom in noms
    }
    difficiles = [
        nom
        for nom, siens in proposes.items()
        if not siens or siens[0].ecart > 0.35 or siens[0].classe in ("autre", "naissance")
    ]
    for debut in range(0, len(difficiles), _LOT):
        for nom, places in _proches(difficiles[debut : debut + _LOT], annuaire):
            proposes[nom] = _comparer(nom, places, annuaire, possible)
    return {nom: _par_numero(nom, siens, annuaire) for nom, siens in proposes.items()}


def _proches(noms: Sequence[Nom], annuaire: Annuaire) -> Iterable[tuple[Nom, set[int]]]:
    """(nom, les places les plus ressemblantes, et celles qui partagent un mot ou une naissance)."""
    for nom, note in zip(noms, _ressemblances(noms, annuaire), strict=True):
        note[annuaire.par_classe.get(annuaire.lieu(nom.classe), [])] += PRIME_DE_CLASSE
        proches = np.argpartition(note, -min(PROCHES, len(note)))[-PROCHES:]
        communs = (annuaire.par_mot.get(mot, [])[:PROCHES] for mot in {*nom.mots[0], *nom.mots[1]})
        memes = annuaire.par_naissance.get(nom.naissance, [])
        yield nom, set(proches.tolist()).union(memes, *communs)


def _ressemblances(noms: Sequence[Nom], annuaire: Annuaire) -> np.ndarray:
    """Noms × places : de 0 à 100, dans le sens (nom prénom, ou l'inverse) qui ressemble le plus."""
    sens = (
        [colle(nom.mots[0] + nom.mots[1]) for nom in noms],
        [colle(nom.mots[1] + nom.mots[0]) for nom in noms],
    )
    notes = (
        process.cdist(ecrits, annuaire.textes, scorer=fuzz.ratio, dtype=np.uint8) for ecrits in sens
    )
    return np.maximum(*notes)


def _comparer(
    nom: Nom, places: Iterable[int], annuaire: Annuaire, possible: float
) -> list[Candidat]:
    meilleurs: dict[int, Ecart] = {}
    for place in places:
        rang, forme = annuaire.formes[place]
        ecart = ecart_noms(*nom.mots, forme, annuaire.vocabulaire)
        connu = meilleurs.get(rang)
        if connu is None or (ecart.cout, ecart.raison) < (connu.cout, connu.raison):
            meilleurs[rang] = ecart
    candidats = (_candidat(rang, ecart, nom, annuaire) for rang, ecart in meilleurs.items())
    return sorted((c for c in candidats if c.cout <= possible), key=lambda c: (c.cout, c.eleve))


def _candidat(rang: int, ecart: Ecart, nom: Nom, annuaire: Annuaire) -> Candidat:
    eleve, la_sienne = annuaire.cles[rang]
    raison = ecart.raison or "mêmes nom et prénom"
    naissance = annuaire.naissances[rang]
    if nom.naissance and naissance == nom.naissance:
        return Candidat(eleve, ecart.cout, ecart.cout, "meme", f"{raison}, né(e) le même jour")
    if nom.naissance and naissance:
        cout = ecart.cout + AUTRE_NAISSANCE
        return Candidat(eleve, ecart.cout, cout, "naissance", f"{raison}, né(e) un autre jour")
    classe, siennes = annuaire.lieu(nom.classe), annuaire.classes[rang]
    if classe not in annuaire.par_classe or not siennes:
        return Candidat(eleve, ecart.cout, ecart.cout, "inconnue", raison)
    if classe in siennes:
        return Candidat(eleve, ecart.cout, ecart.cout, "meme", f"{raison}, même classe")
    ou = f"{la_sienne} dans la liste" if la_sienne else "sans classe dans la liste"
    return Candidat(
        eleve, ecart.cout, ecart.cout + AUTRE_CLASSE, "autre", f"{raison}, autre classe ({ou})"
    )


def _par_numero(nom: Nom, candidats: list[Candidat], annuaire: Annuaire) -> list[Candidat]:
    """Un numéro d'étudiant ou un identifiant externe qui est celui de la liste passe avant les
    noms, s'ils se ressemblent."""
    for numero in sorted(nom.numeros & annuaire.rangs.keys()):
        connu = next((c for c in candidats if c.eleve == numero), None)
        if connu is None:
            autre = Candidat(numero, 4.0, 4.0, "inconnue", "même numéro, mais noms différents")
            candidats = [*candidats, autre]
        else:
            autres = [replace(c, cout=c.cout + 2) for c in candidats if c.eleve != numero]
            connu = Candidat(numero, 0.0, 0.0, "meme", "même numéro et noms proches")
            candidats = [connu, *autres]
    return candidats


def _classes_d_avant(mouvement: str) -> list[str]:
    """« a changé de classe (5eA → 5eB) » → [« 5eA »]."""
    trouve = _CHANGEMENT.fullmatch(mouvement)
    return trouve[1].split(" → ")[:-1] if trouve else []


def _sans_ordinal(classe: str) -> str:
    """« 5ea », « 5eme a », « 5° a », « 5 a » → « 5a » ; « 1es » reste « 1es »."""
    return _ORDINAL.sub(r"\1\2\3", classe)
