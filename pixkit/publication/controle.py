"""Étage 4 — le portique : avant que rien ne soit écrit, chercher dans tout ce qui va sortir le moindre signe d'un élève.

Un mot courant qui est aussi un nom (« Rose », « Petit ») ne suffit pas ; à côté du prénom de cet élève, il suffit.
"""

import re
import unicodedata
from base64 import b64decode
from binascii import Error as PasDuBase64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote_plus

import pandas as pd
from simplemma import is_known

from pixkit.charte import enumerer
from pixkit.erreurs import PublicationRefusee
from pixkit.referentiel import catalogue, competences, domaines
from pixkit.tables import Tables

VOISINS = 4
"""À combien de mots l'un de l'autre un nom et un prénom se touchent ; un nom de deux lettres doit toucher le prénom."""
_NOMS = ("nom", "nom_usage")
_PRENOMS = ("prenom", "autres_prenoms")
_IDENTIFIANTS = ("eleve", "identifiant_externe", "numero_etudiant")
_COURRIEL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MOT = re.compile(r"[a-z0-9]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_STYLE = re.compile(r"<(style|script)\b.*?</\1>", re.S | re.I)
_BALISE = re.compile(r"<(?!!--)[^<>]*>")
_LISIBLE = re.compile(r"""\b(?:alt|title|aria-label|content|href|src|data-[\w-]+)=(?:"([^"]*)"|'([^']*)')""")
_ECHAPPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


@dataclass(frozen=True)
class Personnes:
    """Ce qui désigne quelqu'un dans un dossier, sans accents ni casse.

    `couples` : (mot du nom, mot du prénom) ; `seuls` : les mots qui suffisent à désigner ; `identifiants` : INE et numéros.
    """

    couples: set[tuple[str, str]]
    seuls: set[str]
    identifiants: set[str]


def personnes(tables: Tables) -> Personnes:
    """Tous ceux que citent les fichiers d'un dossier.

    Le nom de l'établissement, les compétences et le catalogue sont publics : un mot seul qui s'y trouve n'est pas un signe.
    """
    publics = [*tables.participations["organisation"].dropna().unique(), *competences().values(), *domaines().values()]
    publics += [ligne["nom"] for ligne in catalogue()]
    permis = {mot for texte in publics for mot in mots(texte)}
    couples, seuls, identifiants = set(), set(), set()
    for table in (tables.participations, tables.eleves):
        noms, prenoms = (_colonnes(table, colonnes) for colonnes in (_NOMS, _PRENOMS))
        for nom, prenom in zip(noms, prenoms, strict=True):
            couples |= {(un, autre) for un in _signifiants(nom) for autre in _signifiants(prenom)}
            seuls |= {mot for mot in (*_rares(nom), *_rares(prenom)) if len(mot) > 2}
        for colonne in set(_IDENTIFIANTS) & set(table) - ({"eleve"} if table is tables.participations else set()):
            identifiants |= {numero for numero in map(_serrer, table[colonne].dropna()) if _est_identifiant(numero)}
    return Personnes(couples, seuls - permis, identifiants)


def _colonnes(table: pd.DataFrame, noms: tuple[str, ...]) -> list[str]:
    presentes = [table[nom].fillna("") for nom in noms if nom in table]
    return [" ".join(textes) for textes in zip(*presentes, strict=True)]


def _signifiants(nom: str) -> list[str]:
    """Les mots d'un nom sans ses particules : « DE LA TOUR » → tour ; « LE » → le."""
    tous = mots(nom)
    return [mot for mot in tous if len(mot) > 2 and mot not in ("des", "les", "del", "dos")] or tous


def _rares(nom: str) -> list[str]:
    """Les mots d'un nom qui ne sont pas des mots de la langue (dictionnaire de simplemma) : seuls, ils désignent quelqu'un."""
    return [
        mot
        for brut in re.findall(r"\w+", nom)
        for mot in mots(brut)
        if not (is_known(brut, lang="fr") or is_known(mot, lang="fr"))
    ]


def _est_identifiant(numero: str) -> bool:
    return len(numero) > 3 and not (numero.isdigit() and 1900 <= int(numero) <= 2100)


def controler(fichiers: Mapping[str, bytes], qui: Personnes) -> None:
    """Lève PublicationRefusee si un fichier à publier porte un nom, un prénom, un INE, un identifiant ou une adresse.

    La phrase dit où chercher, sans répéter le nom : une erreur peut être recopiée.
    """
    trouves = {}
    for chemin, octets in fichiers.items():
        for texte in lectures(octets):
            quoi = _signe(texte, qui)
            if quoi:
                trouves.setdefault(quoi, chemin)
    if trouves:
        raise PublicationRefusee(
            f"dans ce qui allait sortir, {enumerer([f'{quoi} (dans {chemin})' for quoi, chemin in trouves.items()])}.",
            "des chiffres, des classes et des campagnes, sans rien qui désigne un élève.",
            "si ce nom vient d'une campagne ou d'une classe, publiez-la sous un autre nom (pixkit_noms_publies.csv, colonnes "
            "nom_pix;nom_publie) ; s'il vient d'une décision, récrivez-la. Rien n'a été écrit.",
        )


def _signe(texte: str, qui: Personnes) -> str:
    """Ce qu'un texte trahit, en mots ; vide s'il ne trahit rien."""
    if _COURRIEL.search(texte):
        return "une adresse électronique"
    suite = mots(_visible(texte))
    presents = set(suite)
    if presents & qui.identifiants or _colles(suite) & qui.identifiants:
        return "l'identifiant d'un élève"
    if presents & qui.seuls:
        return "le nom ou le prénom d'un élève"
    rangs: dict[str, list[int]] = {}
    for rang, mot in enumerate(suite):
        rangs.setdefault(mot, []).append(rang)
    for nom, prenom in qui.couples:
        if f"{nom}{prenom}" in presents or f"{prenom}{nom}" in presents:
            return "le nom et le prénom d'un élève"
        if nom in rangs and prenom in rangs and _proches(rangs[nom], rangs[prenom], 1 if len(nom) < 3 else VOISINS):
            return "le nom et le prénom d'un élève"
    return ""


def _visible(texte: str) -> str:
    """Le texte et les attributs qui se lisent : les coordonnées d'un dessin sont des nombres comme les numéros d'élèves."""
    sans_style = _STYLE.sub(" ", texte)
    lisibles = [un or autre for balise in _BALISE.findall(sans_style) for un, autre in _LISIBLE.findall(balise)]
    return " ".join([_BALISE.sub(" ", sans_style), *lisibles])


def _proches(uns: list[int], autres: list[int], voisins: int) -> bool:
    return any(0 < abs(un - autre) <= voisins for un in uns for autre in autres)


def _colles(suite: list[str]) -> set[str]:
    """Les mots collés deux à deux et trois à trois : un INE coupé par un tiret reste un INE."""
    colles = {"".join(suite[rang : rang + n]) for n in (2, 3) for rang in range(len(suite) - n + 1)}
    return {mot for mot in colles if not mot.isdigit()}


def lectures(octets: bytes) -> Iterator[str]:
    """Tout ce qu'un fichier peut vouloir dire : UTF-8, UTF-16, Latin-1 mal relu, entités, %20, \\u00e9, base64."""
    texte = octets.decode("utf-16" if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", errors="replace")
    yield from _deplier(texte)
    for morceau in _BASE64.findall(texte):
        try:
            yield from _deplier(b64decode(morceau + "=" * (-len(morceau) % 4)).decode("utf-8"))
        except (PasDuBase64, UnicodeDecodeError):
            continue  # ce n'était pas du base64, ou pas un texte


def _deplier(texte: str) -> Iterator[str]:
    clair = _ECHAPPE.sub(lambda code: chr(int(code[1] or code[2], 16)), unescape(unescape(unquote_plus(texte))))
    yield clair
    if any(signe in clair for signe in "ÃÂ"):
        yield clair.encode("cp1252", errors="ignore").decode("utf-8", errors="ignore")


def mots(texte: str) -> list[str]:
    """Les mots d'un texte, sans accents ni casse : « Éloïse-Marie » → eloise, marie."""
    sans_accents = unicodedata.normalize("NFKD", texte.replace("œ", "oe").replace("Œ", "OE")).encode("ascii", "ignore").decode()
    return _MOT.findall(sans_accents.casefold())


def _serrer(texte: str) -> str:
    return "".join(mots(str(texte)))
