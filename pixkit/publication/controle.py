"""Étage 4 — le portique : chercher dans tout ce qui va sortir le moindre signe d'une personne.

Un mot courant qui est aussi un nom (« Rose », « Petit ») ne suffit pas ; à côté du prénom de cet
élève, il suffit. Les façons de cacher un nom sont dans `lectures.py`, ce que des personnes ont tapé
dans `saisies.py`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain, dropwhile, pairwise, product
from pathlib import Path

import pandas as pd
from simplemma import is_known

from pixkit.charte import enumerer
from pixkit.erreurs import PublicationRefusee
from pixkit.publication.coeurs import nombre_de_coeurs, sur_tous_les_coeurs
from pixkit.publication.lectures import Mot, decouper, lectures, mots, textes
from pixkit.tables import Tables

VOISINS = 4
"""À combien de mots l'un de l'autre un nom et un prénom se touchent.

Deux mots de pixkit doivent, eux, se suivre.
"""
LEXIQUE = Path(__file__).with_name("lexique.txt")
"""Les mots que pixkit écrit lui-même, phrases, clés et balises : ils ne disent rien de personne."""
SIGNES = (
    "une adresse électronique", "l'identifiant d'un élève",
    "un nom ou un prénom", "un nom et son prénom",
)  # fmt: skip
"""Ce qu'un texte peut trahir, le plus grave d'abord."""
DE_PERSONNE = SIGNES[2:]
"""Ce qui peut n'être pas un nom : une personne en répond (`saisies.py`)."""
_VUE = re.compile(r"(vues|images)/[0-9a-f]{16}\.")
_EMPREINTE = re.compile(rb"(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])")
_NUMEROS = ("eleve", "identifiant_externe", "numero_etudiant")
_PARTICULES = set(mots("de la le du des les del dos da di el al van von ben"))
_TITRES = tuple(mots(
    "m mr mme mlle melle mm mmes mlles monsieur madame mademoiselle messieurs mesdames dr docteur"
))  # fmt: skip
_GENRES = _PARTICULES | set(mots(
    "d l et college lycee ecole cite site scolaire etablissement institution groupe prive general "
    "technologique professionnel polyvalent agricole legta lpa eplefpa cfa"
))  # fmt: skip
_ADRESSE = re.compile(r"[\w.+-]+\s?(?:@|[(\[]\s?(?:at|arobase)\s?[)\]])\s?[\w-]+(?:\.[\w-]+)+")
_LIE = re.compile(r"[^\s'’]+|[-‐]\s*\n\s*")
"""Ce qui coupe un mot sans le séparer : « Du-rand » ; l'apostrophe sépare (« l'ami »)."""
_DEUX_LETTRES = str.maketrans({"ö": "oe", "ø": "oe", "ü": "ue", "ä": "ae", "å": "aa"})
_ACCENTS = {"a": "àâ", "c": "ç", "e": "éèêë", "i": "îï", "o": "ô", "u": "ùûü"}
_VIDE = Mot("", "", False, " ")


@dataclass(frozen=True)
class Personnes:
    """Ce qui désigne quelqu'un dans un dossier, sans accents ni casse.

    `couples` {mot du nom: {mot du prénom: distance}} ; `seuls` : les mots qui suffisent ;
    `colles` : ceux qui suffisent en morceaux ; `identifiants` : INE et numéros ; `publics` : les
    suites de mots que l'on ne lit pas.
    """

    couples: dict[str, dict[str, int]]
    seuls: set[str]
    colles: set[str]
    identifiants: set[str]
    publics: frozenset[tuple[str, ...]]

    def sauf(self, permis: Iterable[str]) -> "Personnes":
        """Les mêmes, ces textes étant publics."""
        lus = {tuple(mots(lu)) for texte in permis for lu in lectures(texte)}
        return replace(self, publics=self.publics | lus - {()})


def personnes(tables: Tables) -> Personnes:
    """Tous ceux que citent les fichiers d'un dossier, professeurs principaux compris."""
    couples, seuls, colles, identifiants = {}, set(), set(), set()
    for nom, prenom, titres in {*_gens(tables)}:
        for un, autre in product(_signifiants(nom), _signifiants(prenom)):
            couples.setdefault(un, dict.fromkeys(_TITRES, 1))[autre] = _distance(un, autre)
        rares, morceaux = _rares(nom, prenom, titres)
        seuls |= rares
        colles |= rares | morceaux
    for table in (tables.participations, tables.eleves, tables.certifications):
        connus = _NUMEROS[table is not tables.eleves :]  # ailleurs, `eleve` est une clé à nous
        saisis = chain.from_iterable(table[nom].dropna() for nom in connus if nom in table)
        identifiants |= set(filter(_est_identifiant, map(_serrer, saisis)))
    publics = _publics(tables.participations["organisation"].dropna().unique())
    colles |= {numero for numero in identifiants if not numero.isdigit()}
    return Personnes(couples, seuls, colles, identifiants, frozenset(publics) - {()})


def _gens(tables: Tables) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(nom, prénom, titres) ; d'un professeur, on ne sait lequel de ses mots est son prénom."""
    for table in (tables.participations, tables.eleves, tables.certifications):
        noms = _colonnes(table, "nom", "nom_usage")
        for nom, prenom in zip(noms, _colonnes(table, "prenom", "autres_prenoms"), strict=True):
            yield nom, prenom, ()
    for professeur in _colonnes(tables.eleves, "professeur_principal"):
        sien = " ".join(mot for mot in _signifiants(professeur) if mot not in _TITRES)
        yield sien, sien, _TITRES


def controler(fichiers: Mapping[str, bytes], qui: Personnes) -> None:
    """Lève PublicationRefusee si un fichier à publier, ou son nom, désigne quelqu'un.

    Un nom, un prénom, un INE, un numéro, une adresse. La phrase dit où chercher, sans répéter le
    nom : une erreur peut être recopiée.
    """
    empreintes = {Path(chemin).stem.encode() for chemin in fichiers if _VUE.match(chemin)}
    chercher = partial(_trouver, qui=qui, empreintes=empreintes)
    trouves = {}
    for siens in sur_tous_les_coeurs(chercher, _paquets(fichiers)):
        trouves |= siens
    if any(trouves.values()):
        ou = [f"{quoi} ({chemin})" for chemin, quoi in trouves.items() if quoi]
        raise PublicationRefusee(
            f"dans ce qui allait sortir, {enumerer(ou, 5)}.",
            "des chiffres, des classes et des campagnes, sans rien qui désigne une personne.",
            "si ce nom vient d'une campagne ou d'une classe, publiez-la sous un autre nom "
            "(pixkit_noms_publies.csv, colonnes nom_pix;nom_publie) ; s'il vient d'une décision, "
            "récrivez-la. Rien n'a été écrit.",
        )


def _paquets(fichiers: Mapping[str, bytes]) -> list[dict[str, bytes]]:
    """De gros paquets de fichiers voisins : ils ont les mêmes textes, lus une fois par paquet."""
    tous = sorted(fichiers.items())
    combien = min(2 * nombre_de_coeurs(), max(1, len(tous) // 100))
    bornes = [len(tous) * rang // combien for rang in range(combien + 1)]
    return [dict(tous[debut:fin]) for debut, fin in pairwise(bornes)]


def _trouver(fichiers: dict[str, bytes], qui: Personnes, empreintes: set[bytes]) -> dict[str, str]:
    """{chemin: ce que trahissent ce fichier ou son nom, le plus grave}."""
    lus = {
        chemin: {
            (_sans_empreintes(chemin.encode(), empreintes).decode(), True),
            *textes(_sans_empreintes(octets, empreintes)),
        }
        for chemin, octets in fichiers.items()
    }
    signes = {lu: signe(lu[0], qui, phrase=lu[1]) for lu in set().union(*lus.values())}
    return {c: max(signes[lu] for lu in siens) for c, siens in lus.items()}


def _sans_empreintes(octets: bytes, empreintes: set[bytes]) -> bytes:
    """Un fichier sans les noms de nos vues : décodé comme une base 64, leur hasard dit de tout."""
    return _EMPREINTE.sub(lambda une: b"" if une[0] in empreintes else une[0], octets)


def signe(texte: str, qui: Personnes, *, phrase: bool = True) -> str:
    """Ce qu'un texte trahit, en mots ; vide s'il ne trahit rien.

    `phrase` : il a été écrit d'un trait ; ses capitales y veulent dire quelque chose.
    """
    trouves = {_signe(lecture, qui, phrase) for lecture in lectures(texte)}
    return next((quoi for quoi in SIGNES if quoi in trouves), "")


def _signe(lecture: str, qui: Personnes, phrase: bool) -> str:
    adresse, numero, nom, nom_entier = SIGNES
    if _ADRESSE.search(lecture):
        return adresse
    suite = _sans(decouper(lecture), qui.publics)
    presents = {mot for lu in suite for mot in lu[:2]}
    # Des nombres voisins ne font pas un numéro.
    colles = (mot for mot in _colles(suite) & qui.identifiants if not mot.isdigit())
    recolle = _recolle(suite, qui.colles, phrase)
    if {*presents, recolle, *colles} & qui.identifiants:
        return numero
    if recolle or not qui.seuls.isdisjoint(presents):
        return nom
    return nom_entier if _se_touchent(suite, qui.couples, phrase) else ""


def _sans(suite: list[Mot], publics: Iterable[tuple[str, ...]]) -> list[Mot]:
    """La suite des mots, ceux des noms publics vidés : leur place reste."""
    lus = [lu.mot for lu in suite]
    presents = set(lus)
    for public in filter(presents.issuperset, publics):
        for rang in [rang for rang, mot in enumerate(lus) if mot == public[0]]:
            if tuple(lus[rang : rang + len(public)]) == public:
                suite[rang : rang + len(public)] = [_VIDE] * len(public)
    return suite


def _se_touchent(suite: list[Mot], couples: dict[str, dict[str, int]], phrase: bool) -> bool:
    """Un nom et son prénom sont-ils à portée, ou dans une phrase tous deux en capitale ?"""
    rangs: dict[str, list[int]] = {}
    for rang, lu in enumerate(suite):
        rangs.setdefault(lu.nu, []).append(rang)
    for nom in rangs.keys() & couples.keys():
        for prenom in rangs.keys() & couples[nom].keys():
            portee = couples[nom][prenom]
            for un, autre in product(rangs[nom], rangs[prenom]):
                propres = phrase and portee > 1 and suite[un].capitale and suite[autre].capitale
                if un != autre and (propres or abs(un - autre) <= portee):
                    return True
    return False


def _recolle(suite: list[Mot], connus: set[str], phrase: bool) -> str:
    """« D U R A N D », « Du-rand », « Dur and », « R. Petit » : le mot qu'ils forment, ou rien."""
    for debut, premier in enumerate(suite):
        colle, lettres = premier.nu, len(premier.mot) == 1
        for fin, lu in enumerate(suite[debut + 1 : debut + 30], start=debut + 2):
            colle, lettres = colle + lu.nu, lettres and len(lu.mot) == 1
            serre = lettres or _LIE.fullmatch(lu.joint)
            if colle in connus and len(colle) > 3:
                morceaux = suite[debut:fin]
                if lettres or lu.joint in "._" or _brises(morceaux, bool(serre), phrase):
                    return colle
            if not serre:
                break
    return ""


def _brises(morceaux: list[Mot], serre: bool, phrase: bool) -> bool:
    """Ni « là-bas », ni « l'ami », ni « la page » : des mots, sans capitale."""
    propres = phrase and all(lu.capitale for lu in morceaux[: 1 if serre else None])
    inconnu = any(
        len(lu.nu) > 1 and not {lu.nu} & _mots_de_pixkit() and not _courant(lu.nu)
        for lu in morceaux
    )
    return (propres or inconnu) and not {"'", "’"} & {*morceaux[-1].joint}


def _colles(suite: list[Mot]) -> set[str]:
    """Les mots collés deux à cinq : un INE coupé par des espaces ou des tirets reste un INE."""
    lus = [lu.mot for lu in suite]
    return {
        "".join(mots)
        for n in (2, 3, 4, 5)
        for mots in zip(*(lus[k:] for k in range(n)), strict=False)
    }


# — Ce qui désigne quelqu'un —


def _publics(organisations: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """« Collège Jules-Ferry, Lyon » et « Jules Ferry » : publics, même si un élève est Jules."""
    for nom in organisations:
        yield from (tuple(mots(lu)) for lu in lectures(nom))
        for partie in re.split(r"\s[-–—]\s|[,;(/|)]", nom):
            propre = tuple(dropwhile(_GENRES.__contains__, mots(partie)))
            if len(propre) > 1:
                yield propre


def _colonnes(table: pd.DataFrame, *noms: str) -> list[str]:
    presentes = [table[nom].fillna("") for nom in noms if nom in table]
    return [" ".join(textes).strip() for textes in zip(*presentes, strict=True)]


def _signifiants(nom: str) -> list[str]:
    """Les mots d'un nom sans ses particules : « DE LA TOUR » → tour ; « LE » → le."""
    tous = mots(nom)
    return [mot for mot in tous if mot not in _PARTICULES and len(mot) > 1] or tous


def _rares(nom: str, prenom: str, titres: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Les mots qui, seuls, désignent quelqu'un ; ceux qui le font en morceaux.

    Hors du dictionnaire, et les façons de coller, d'accorder ou de retourner un nom (ndiaye,
    kdurand, durands, dnarud).
    """
    bruts = re.findall(r"[^\W_]+", f"{nom} {prenom}")
    bruts += [brut.casefold().translate(_DEUX_LETTRES) for brut in bruts]
    simples = {m for b in bruts if not _courant(b.casefold()) for m in mots(b) if not _courant(m)}
    n, p = _serrer(nom), _serrer(prenom)
    accordes = {forme for mot in simples for forme in (mot[::-1], f"{mot}s")}
    colles = {n, p, n + p, p + n} | accordes | _abreges(nom, prenom, titres)
    longs = {mot for mot in colles if len(mot) > 4 and not _courant(mot)}
    return ({mot for mot in simples if len(mot) > 2} | longs) - _mots_de_pixkit(), colles


def _abreges(nom: str, prenom: str, titres: tuple[str, ...]) -> set[str]:
    """kdurand, kevdurand, durandk, kevind, mmebois : un mot d'un nom, et le début de l'autre."""
    noms, prenoms = mots(nom), mots(prenom)
    n, p = "".join(noms), "".join(prenoms)
    debuts = {p[:2], p[:3], *titres, *_initiales(prenoms)}
    paires = [*product((*noms, n), debuts), *product((*prenoms, p), _initiales(noms))]
    return {f for long, court in paires if len(long) > 2 for f in (long + court, court + long)}


def _initiales(siens: list[str]) -> set[str]:
    return {mot[0] for mot in siens} | {"".join(mot[0] for mot in siens)}


@cache
def _courant(mot: str) -> bool:
    """Un mot de la langue (dictionnaire de simplemma), même sans son accent : « NOEL »."""
    essais = (f"{mot[:i]}{a}{mot[i + 1 :]}" for i, e in enumerate(mot) for a in _ACCENTS.get(e, ""))
    return is_known(mot, lang="fr") or any(is_known(essai, lang="fr") for essai in essais)


def _distance(nom: str, prenom: str) -> int:
    courts = len(nom) < 3 or len(prenom) < 3 or nom == prenom
    return 1 if courts or {nom, prenom} <= _mots_de_pixkit() else VOISINS


def _est_identifiant(numero: str) -> bool:
    return len(numero) > 3 and not (
        numero.isdigit() and (len(numero) < 5 or 1900 <= int(numero) <= 2100)
    )


def _serrer(texte: str) -> str:
    return "".join(mots(str(texte)))


@cache
def _mots_de_pixkit() -> frozenset[str]:
    return frozenset(LEXIQUE.read_text(encoding="utf-8").split())
