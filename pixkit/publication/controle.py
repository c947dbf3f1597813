"""Étage 4 — le portique : chercher dans tout ce qui va sortir le moindre signe d'un élève.

Un mot courant qui est aussi un nom (« Rose », « Petit ») ne suffit pas ; à côté du prénom de cet
élève, il suffit. Les façons de cacher un nom dans un octet sont dans `lectures.py`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import pandas as pd
from simplemma import is_known

from pixkit.charte import enumerer
from pixkit.erreurs import PublicationRefusee
from pixkit.publication.lectures import Lecture, lectures, mots
from pixkit.tables import Tables

VOISINS = 4
"""À combien de mots l'un de l'autre un nom et un prénom se touchent.

Deux mots de pixkit doivent, eux, se suivre.
"""
LEXIQUE = Path(__file__).with_name("lexique.txt")
"""Les mots que pixkit écrit lui-même, phrases, clés et balises : ils ne disent rien de personne."""
_NOMS = ("nom", "nom_usage")
_PRENOMS = ("prenom", "autres_prenoms")
_NUMEROS = ["identifiant_externe", "numero_etudiant"]
_PARTICULES = set(mots("de la le du des les del dos da di el al van von ben"))
_COURRIEL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Personnes:
    """Ce qui désigne quelqu'un dans un dossier, sans accents ni casse.

    `couples` {(mot du nom, mot du prénom): distance} ; `seuls` : les mots qui suffisent ;
    `identifiants` : INE et numéros ; `publics` : les noms d'établissements, que l'on ne lit pas.
    """

    couples: dict[tuple[str, str], int]
    seuls: set[str]
    identifiants: set[str]
    publics: list[str]


def personnes(tables: Tables) -> Personnes:
    """Tous ceux que citent les fichiers d'un dossier."""
    couples, seuls = {}, set()
    for table in (tables.participations, tables.eleves):
        noms, prenoms = (_colonnes(table, colonnes) for colonnes in (_NOMS, _PRENOMS))
        for nom, prenom in zip(noms, prenoms, strict=True):
            mots_du_nom = product(_signifiants(nom), _signifiants(prenom))
            couples |= {couple: _distance(*couple) for couple in mots_du_nom}
            seuls |= _rares(nom, prenom) - _mots_de_pixkit()
    identifiants = _identifiants(tables.participations, _NUMEROS)
    identifiants |= _identifiants(tables.eleves, ["eleve", *_NUMEROS])
    organisations = tables.participations["organisation"].dropna().unique()
    publics = [" ".join(mots(nom)) for nom in organisations]
    return Personnes(couples, seuls, identifiants, sorted(publics, key=len, reverse=True))


def controler(fichiers: Mapping[str, bytes], qui: Personnes) -> None:
    """Lève PublicationRefusee si un fichier à publier, ou son nom, désigne quelqu'un.

    Un nom, un prénom, un INE, un numéro, une adresse. La phrase dit où chercher, sans répéter le
    nom : une erreur peut être recopiée.
    """
    trouves: dict[str, str] = {}
    for chemin, octets in fichiers.items():
        for lecture in (*lectures(chemin.encode()), *lectures(octets)):
            quoi = _signe(lecture, qui)
            if quoi:
                trouves[chemin] = quoi
    if trouves:
        ou = [f"{quoi} ({chemin})" for chemin, quoi in trouves.items()]
        raise PublicationRefusee(
            f"dans ce qui allait sortir, {enumerer(ou, 5)}.",
            "des chiffres, des classes et des campagnes, sans rien qui désigne un élève.",
            "si ce nom vient d'une campagne ou d'une classe, publiez-la sous un autre nom "
            "(pixkit_noms_publies.csv, colonnes nom_pix;nom_publie) ; s'il vient d'une décision, "
            "récrivez-la. Rien n'a été écrit.",
        )


def _signe(lecture: Lecture, qui: Personnes) -> str:
    """Ce qu'un texte trahit, en mots ; vide s'il ne trahit rien."""
    if _COURRIEL.search(lecture.tout):
        return "une adresse électronique"
    suite = _sans(mots(lecture.tout), qui.publics)
    presents = set(suite)
    du_texte = set(mots(lecture.texte))
    for numero in (presents | _colles(suite)) & qui.identifiants:
        if not numero.isdigit() or numero in du_texte:
            return "l'identifiant d'un élève"
    if presents & qui.seuls:
        return "le nom ou le prénom d'un élève"
    if _se_touchent(suite, qui.couples):
        return "le nom et le prénom d'un élève"
    return ""


def _se_touchent(suite: list[str], couples: dict[tuple[str, str], int]) -> bool:
    """Un nom et son prénom sont-ils à portée l'un de l'autre ?"""
    rangs: dict[str, list[int]] = {}
    for rang, mot in enumerate(suite):
        rangs.setdefault(mot, []).append(rang)
    return any(
        nom in rangs and prenom in rangs and _proches(rangs[nom], rangs[prenom], distance)
        for (nom, prenom), distance in couples.items()
    )


def _sans(suite: list[str], publics: Iterable[str]) -> list[str]:
    """La suite des mots, sans les noms d'établissements.

    Ils sont publics, même quand un élève s'appelle Victor ou Hugo.
    """
    phrase = f" {' '.join(suite)} "
    for nom in publics:
        phrase = phrase.replace(f" {nom} ", " ")
    return phrase.split()


def _proches(uns: list[int], autres: list[int], distance: int) -> bool:
    return any(0 < abs(un - autre) <= distance for un in uns for autre in autres)


def _colles(suite: list[str]) -> set[str]:
    """Les mots collés deux à quatre : un INE coupé par des espaces ou des tirets reste un INE.

    Des nombres voisins, non.
    """
    colles = {
        "".join(suite[rang : rang + n]) for n in (2, 3, 4) for rang in range(len(suite) - n + 1)
    }
    return {mot for mot in colles if not mot.isdigit()}


# — Ce qui désigne quelqu'un —


def _colonnes(table: pd.DataFrame, noms: tuple[str, ...]) -> list[str]:
    presentes = [table[nom].fillna("") for nom in noms if nom in table]
    return [" ".join(textes).strip() for textes in zip(*presentes, strict=True)]


def _signifiants(nom: str) -> list[str]:
    """Les mots d'un nom sans ses particules : « DE LA TOUR » → tour ; « LE » → le."""
    tous = mots(nom)
    return [mot for mot in tous if mot not in _PARTICULES and len(mot) > 1] or tous


def _rares(nom: str, prenom: str) -> set[str]:
    """Les mots qui, seuls, désignent quelqu'un.

    Hors du dictionnaire, et les façons de coller un nom (ndiaye, kdurand…).
    """
    simples = {
        mot
        for brut in re.findall(r"[^\W_]+", f"{nom} {prenom}")
        for mot in mots(brut)
        if not _courant(brut, mot)
    }
    n, p = _serrer(nom), _serrer(prenom)
    colles = {n, p, n + p, p + n, *(p[:1] + mot for mot in _signifiants(nom) if len(mot) > 4)}
    return {mot for mot in simples if len(mot) > 2} | {
        mot for mot in colles if len(mot) > 5 and not _courant(mot, mot)
    }


def _courant(brut: str, mot: str) -> bool:
    """Un mot de la langue, avec ou sans ses accents (dictionnaire de simplemma)."""
    return is_known(brut.casefold(), lang="fr") or is_known(mot, lang="fr")


def _distance(nom: str, prenom: str) -> int:
    courts = len(nom) < 3 or len(prenom) < 3
    return 1 if courts or {nom, prenom} <= _mots_de_pixkit() else VOISINS


def _identifiants(table: pd.DataFrame, colonnes: list[str]) -> set[str]:
    saisis = [texte for nom in colonnes if nom in table for texte in table[nom].dropna()]
    return set(filter(_est_identifiant, map(_serrer, saisis)))


def _est_identifiant(numero: str) -> bool:
    return len(numero) > 3 and not (
        numero.isdigit() and (len(numero) < 5 or 1900 <= int(numero) <= 2100)
    )


def _serrer(texte: str) -> str:
    return "".join(mots(str(texte)))


@cache
def _mots_de_pixkit() -> frozenset[str]:
    return frozenset(LEXIQUE.read_text(encoding="utf-8").split())
