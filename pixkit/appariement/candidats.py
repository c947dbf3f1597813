"""Trouver vite, dans la liste, les quelques élèves à qui un nom peut ressembler ; les comparer ensuite mot à mot."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from pixkit.appariement.noms import Ecart, Forme, Vocabulaire, colle, ecart_noms, formes, mots
from pixkit.referentiel import normaliser

if TYPE_CHECKING:
    from pixkit.appariement.relier import Nom

PROCHES = 8
"""Élèves comparés mot à mot pour chaque nom."""
PRIME_DE_CLASSE = 15
"""Points de ressemblance (sur 100) donnés à ceux de la même classe pour entrer parmi les proches."""
AUTRE_CLASSE = 0.75
"""Coût d'une autre classe que celle de l'export."""
PART_DES_NOMS = {True: 0.15, False: 0.5}
"""Part des noms saisis qu'une liste doit contenir à la lettre pour être celle de l'établissement, sans classe ou avec."""
PART_DES_CLASSES = 0.1
"""La même part, pour les noms qu'elle contient dans la même classe."""


@dataclass(frozen=True)
class Candidat:
    """Un élève possible : `ecart` entre les noms, `cout` avec la classe, qui est « meme », « autre » ou « inconnue »."""

    eleve: str
    ecart: float
    cout: float
    classe: str
    raison: str


def listes_possibles(noms: Sequence["Nom"], eleves: pd.DataFrame) -> "Liste | None":
    """Les élèves de l'établissement de ces noms, l'année de leur campagne ou l'année la plus proche ; None s'il n'y en a pas."""
    annees = eleves["annee_scolaire"].dropna().unique()
    annee = noms[0].annee_scolaire
    proche = min(annees, key=lambda a: (abs(int(a[:4]) - int(annee[:4] or a[:4])), -int(a[:4])), default=None) if annee else None
    eleves = eleves[eleves["annee_scolaire"] == proche] if proche else eleves
    eleves = eleves[_siennes(noms, eleves)].drop_duplicates("eleve").sort_values("eleve")
    return Liste(eleves, classe_connue=not annee or proche in (annee, None)) if len(eleves) else None


def _siennes(noms: Sequence["Nom"], eleves: pd.DataFrame) -> pd.Series:
    """Les élèves dont la liste est bien celle de ces noms : assez de noms en commun, dans les mêmes classes s'il y en a.

    Deux établissements partagent des « Martin Léa » : sans cette précaution, les élèves de l'un passeraient pour ceux de l'autre.
    """
    connus = pd.DataFrame({
        "etablissement": eleves["etablissement"].fillna(""),
        "lettres": [_lettres(mots(nom) + mots(prenom)) for nom, prenom in zip(eleves["nom"], eleves["prenom"], strict=True)],
        "classe": eleves["classe"].fillna(eleves["groupes"]).fillna("").map(normaliser),
    })  # fmt: skip
    saisis = [(_lettres(nom.mots_nom + nom.mots_prenom), normaliser(nom.classe)) for nom in noms]
    sans_classe = not any(classe for _, classe in saisis)
    gardes = set()
    for etablissement, liste in connus.groupby("etablissement"):
        lettres, places = set(liste["lettres"]), set(zip(liste["lettres"], liste["classe"], strict=True))
        de_nom = sum(lettre in lettres for lettre, _ in saisis) / len(saisis)
        de_classe = sum(saisi in places for saisi in saisis) / len(saisis)
        if de_nom >= PART_DES_NOMS[sans_classe] or de_classe >= PART_DES_CLASSES:
            gardes.add(etablissement)
    return connus["etablissement"].isin(gardes)


def _lettres(tous: Sequence[str]) -> str:
    return "".join(sorted(colle(tous)))


@dataclass
class Liste:
    """Les élèves d'un établissement, prêts à être comparés. `classe_connue` : la liste est de l'année des campagnes."""

    eleves: pd.DataFrame
    classe_connue: bool
    refus: dict[int, set[str]] = field(default_factory=dict)

    @cached_property
    def rangs(self) -> dict[str, int]:
        return {eleve: rang for rang, eleve in enumerate(self.eleves["eleve"])}

    @cached_property
    def _sans_zeros(self) -> dict[str, list[str]]:
        cles: dict[str, list[str]] = defaultdict(list)
        for eleve in self.rangs:
            cles[eleve.lstrip("0")].append(eleve)
        return cles

    def retrouver(self, eleve: str) -> str:
        """La clé d'un élève décidé, même si un tableur en a ôté les zéros de tête ; vide s'il n'est pas de cette liste."""
        if eleve in self.rangs:
            return eleve
        proches = self._sans_zeros.get(eleve.lstrip("0"), [])
        return proches[0] if len(proches) == 1 else ""

    @cached_property
    def _cles(self) -> list[tuple[str, str]]:
        """Par élève, sa clé et sa classe telle qu'elle s'écrit : des listes, pandas étant lent cellule par cellule."""
        return list(zip(self.eleves["eleve"], self.eleves["classe"].fillna(""), strict=True))

    @cached_property
    def _classes(self) -> list[tuple[str, ...]]:
        """Par élève, les noms de sa classe et de ses groupes, normalisés."""
        textes = zip(self.eleves["classe"].fillna(""), self.eleves["groupes"].fillna(""), strict=True)
        return [tuple(filter(None, map(normaliser, (classe, *groupes.split(", "))))) for classe, groupes in textes]

    @cached_property
    def _formes(self) -> list[tuple[int, Forme]]:
        champs = self.eleves[["nom", "prenom", "nom_usage", "autres_prenoms"]].fillna("").itertuples(index=False)
        return [(rang, forme) for rang, ligne in enumerate(champs) for forme in formes(*ligne)]

    @cached_property
    def _vocabulaire(self) -> Vocabulaire:
        return Vocabulaire(
            frozenset(colle(forme.nom) for _, forme in self._formes), frozenset(colle(forme.prenom) for _, forme in self._formes)
        )

    @cached_property
    def _porteurs(self) -> Counter[str]:
        """Combien d'élèves portent chaque nom de famille ou d'usage."""
        return Counter(nom for nom, _ in {(colle(forme.nom), rang) for rang, forme in self._formes})

    def nom_rare(self, nom: "Nom") -> bool:
        """Deux élèves au plus (une fratrie) portent ce nom : un inconnu de même nom est peu probable."""
        return max(self._porteurs[colle(nom.mots_nom)], self._porteurs[colle(nom.mots_prenom)]) <= 2

    @cached_property
    def _par_lettres(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = defaultdict(list)
        for place, (_, forme) in enumerate(self._formes):
            index[_lettres(forme.nom + forme.prenom)].append(place)
        return index

    @cached_property
    def _fratries(self) -> dict[str, frozenset[str]]:
        nes = defaultdict(set)
        for eleve, nom, naissance in self.eleves[["eleve", "nom", "date_naissance"]].itertuples(index=False):
            if not pd.isna(naissance):
                nes[mots(nom), naissance].add(eleve)
        return {eleve: frozenset(ensemble - {eleve}) for ensemble in nes.values() if len(ensemble) > 1 for eleve in ensemble}

    def jumeaux(self, eleve: str) -> frozenset[str]:
        """Les élèves de mêmes nom et date de naissance."""
        return self._fratries.get(eleve, frozenset())

    def classe(self, eleve: str) -> str:
        """La classe d'un élève, normalisée ; vide s'il n'en a pas ou n'est pas de cette liste."""
        rang = self.rangs.get(eleve)
        return next(iter(self._classes[rang]), "") if rang is not None and self.classe_connue else ""

    def proposer(self, noms: Sequence["Nom"], possible: float) -> None:
        """Donne à chaque nom ses candidats, du plus ressemblant au moins, jusqu'au coût `possible`."""
        connues = {classe for classes in self._classes for classe in classes} if self.classe_connue else set()
        difficiles = []
        for nom in noms:
            classe = normaliser(nom.classe)
            classe = classe if classe in connues else ""
            places = self._par_lettres.get(_lettres(nom.mots_nom + nom.mots_prenom), [])
            nom.candidats = self._comparer(nom, places, classe, possible)
            if not nom.candidats or nom.candidats[0].ecart > 0.35 or nom.candidats[0].classe == "autre":
                difficiles.append((nom, classe))
        for debut in range(0, len(difficiles), 1000):
            self._chercher(difficiles[debut : debut + 1000], possible)
        for nom in noms:
            self._reconnaitre_numero(nom)
            nom.candidats = [c for c in nom.candidats if c.eleve not in self.refus.get(id(nom), ())]

    @cached_property
    def _textes(self) -> list[str]:
        return [colle(forme.nom + forme.prenom) for _, forme in self._formes]

    @cached_property
    def _par_mot(self) -> dict[str, list[int]]:
        index: dict[str, list[int]] = defaultdict(list)
        for place, (_, forme) in enumerate(self._formes):
            for mot in {*forme.nom, *forme.prenom}:
                index[mot].append(place)
        return index

    @cached_property
    def _places_de_classe(self) -> dict[str, np.ndarray]:
        places = defaultdict(list)
        for place, (rang, _) in enumerate(self._formes):
            for classe in self._classes[rang]:
                places[classe].append(place)
        return {classe: np.array(rangs) for classe, rangs in places.items()}

    def _chercher(self, difficiles: Sequence[tuple["Nom", str]], possible: float) -> None:
        droits = [colle(nom.mots_nom + nom.mots_prenom) for nom, _ in difficiles]
        inverses = [colle(nom.mots_prenom + nom.mots_nom) for nom, _ in difficiles]
        notes = np.maximum(*(process.cdist(q, self._textes, scorer=fuzz.ratio, dtype=np.uint8) for q in (droits, inverses)))
        for (nom, classe), note in zip(difficiles, notes, strict=True):
            if classe:
                note[self._places_de_classe[classe]] += PRIME_DE_CLASSE
            proches = np.argpartition(note, -min(PROCHES, len(note)))[-PROCHES:] if len(note) > PROCHES else range(len(note))
            rares = [place for mot in {*nom.mots_nom, *nom.mots_prenom} for place in self._par_mot.get(mot, ())[:PROCHES]]
            nom.candidats = self._comparer(nom, {*map(int, proches), *rares}, classe, possible)

    def _comparer(self, nom: "Nom", places, classe: str, possible: float) -> list[Candidat]:
        meilleurs: dict[int, Ecart] = {}
        for place in places:
            rang, forme = self._formes[place]
            ecart = ecart_noms(nom.mots_nom, nom.mots_prenom, forme, self._vocabulaire)
            if rang not in meilleurs or (ecart.cout, ecart.raison) < (meilleurs[rang].cout, meilleurs[rang].raison):
                meilleurs[rang] = ecart
        candidats = [self._candidat(rang, ecart, classe) for rang, ecart in meilleurs.items()]
        return sorted((c for c in candidats if c.cout <= possible), key=lambda c: (c.cout, c.eleve))

    def _candidat(self, rang: int, ecart: Ecart, classe: str) -> Candidat:
        eleve, la_sienne = self._cles[rang]
        raison = ecart.raison or "mêmes nom et prénom"
        siennes = self._classes[rang]
        if not classe or not siennes:
            return Candidat(eleve, ecart.cout, ecart.cout, "inconnue", raison)
        if classe in siennes:
            return Candidat(eleve, ecart.cout, ecart.cout, "meme", f"{raison}, même classe")
        ou = f"{la_sienne} dans la liste" if la_sienne else "sans classe dans la liste"
        return Candidat(eleve, ecart.cout, ecart.cout + AUTRE_CLASSE, "autre", f"{raison}, autre classe ({ou})")

    def _reconnaitre_numero(self, nom: "Nom") -> None:
        """Un numéro d'étudiant ou un identifiant externe qui est celui de la liste passe avant les noms, s'ils se ressemblent."""
        for numero in sorted(nom.numeros & self.rangs.keys()):
            connu = next((c for c in nom.candidats if c.eleve == numero), None)
            if connu is None:
                nom.candidats.append(Candidat(numero, 4.0, 4.0, "inconnue", "même numéro, mais noms différents"))
            else:
                nom.candidats = [replace(connu, ecart=0.0, cout=0.0, classe="meme", raison="même numéro et noms proches")] + [
                    replace(c, cout=c.cout + 2) for c in nom.candidats if c.eleve != numero
                ]
