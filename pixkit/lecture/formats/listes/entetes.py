"""Étage 1 — l'en-tête d'une liste d'élèves : ses mots, ses deux lignes parfois, ce qu'on propose
s'il ne se comprend pas."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from pixkit.erreurs import FichierNonPix
from pixkit.grilles import Feuille, Morceau
from pixkit.lecture.valeurs import jour
from pixkit.referentiel import lire_csv, niveau_scolaire, normaliser

CHAMPS = {
    "nom": "Nom",
    "prenom": "Prénom",
    "nom_prenom": "Nom et prénom dans la même colonne",
    "prenom_nom": "Prénom et nom dans la même colonne",
    "classe": "Classe",
    "identifiant": "INE ou identifiant",
    "date_naissance": "Date de naissance",
    "date_entree": "Date d'entrée",
    "date_sortie": "Date de sortie",
    "groupe": "Groupe",
    "nom_usage": "Nom d'usage",
    "deuxieme_prenom": "Deuxième prénom",
    "troisieme_prenom": "Troisième prénom",
    "mef": "Code MEF",
    "niveau": "Niveau scolaire",
    "code_structure": "Classe ou groupe (code)",
    "lib_structure": "Classe ou groupe (libellé)",
    "type_structure": "D pour une classe, G pour un groupe",
    "professeur_principal": "Professeur principal",
}
"""Ce qu'une colonne de liste peut dire, et comment on en parle."""

COMPLETS = ("nom_prenom", "prenom_nom")
INE = re.compile(r"\d{9,10}[A-Z]{1,2}|\d{11}", re.I)
_MOTS_VIDES = frozenset(("de", "du", "des", "d", "l", "la", "le", "les", "et", "ou", "en"))


class Entete(NamedTuple):
    """Où est l'en-tête d'une liste, et ce qu'il dit de chaque colonne (deux lignes se lisent
    ensemble)."""

    rang: int
    libelles: list[str]
    hauteur: int
    places: dict[str, int]


@cache
def _libelles() -> dict[str, str]:
    return {cle(rang["libelle"]): rang["champ"] for rang in lire_csv(__package__, "entetes")}


def libelles_connus(retenues: Mapping[str, str]) -> dict[str, str]:
    return _libelles() | {cle(libelle): champ for libelle, champ in retenues.items()}


@cache
def cle(libelle: str) -> str:
    """Un libellé sans accents, pluriels, années, parenthèses ni petits mots : « Prénom(s) de
    l'élève » → « prenom eleve »."""
    texte = re.sub(
        r"\([^)]*\)|20\d\d", "", normaliser(libelle.replace("_", " ")).replace("°", "o ")
    )
    mots = [mot for mot in re.findall(r"[a-z0-9]+", texte) if mot not in _MOTS_VIDES]
    return " ".join(
        mot[:-1] if len(mot) > 3 and mot.endswith("s") and not mot.endswith("ss") else mot
        for mot in mots
    )


def champ_de(libelle: str, connus: Mapping[str, str]) -> str | None:
    """Le champ que dit un en-tête ; « … de l'élève » ne change rien à ce qu'il dit."""
    entiere = cle(libelle)
    sans_eleve = " ".join(mot for mot in entiere.split() if mot != "eleve")
    return connus.get(entiere) or connus.get(sans_eleve)


def colonnes(entete: list[str], connus: Mapping[str, str]) -> dict[str, int]:
    """{champ: rang} des colonnes reconnues ; la première gagne."""
    places: dict[str, int] = {}
    for rang, libelle in enumerate(entete):
        champ = champ_de(libelle, connus)
        if champ:
            places.setdefault(champ, rang)
    return places


def entetes_possibles(feuille: Feuille, retenues: Mapping[str, str]) -> Iterable[Entete]:
    connus = libelles_connus(retenues)
    for rang, (haut, bas) in enumerate(zip(feuille.debut, [*feuille.debut[1:], []], strict=True)):
        yield Entete(rang, haut, 1, colonnes(haut, connus))
        if _sont_des_titres(bas, connus):
            deux = [_reunir(h, b, connus) for h, b in zip(haut, bas, strict=True)]
            yield Entete(rang, deux, 2, colonnes(deux, connus))


def _sont_des_titres(ligne: list[str], connus: Mapping[str, str]) -> bool:
    pleines = [cellule for cellule in ligne if cellule.strip()]
    titres = sum(champ_de(cellule, connus) is not None for cellule in pleines)
    chiffres = any(re.search(r"\d\d", cellule) for cellule in pleines)
    return (titres > 1 or titres == len(pleines) == 1) and not chiffres


def _reunir(haut: str, bas: str, connus: Mapping[str, str]) -> str:
    essais = (f"{haut} {bas}".strip(), bas, haut)
    return next((essai for essai in essais if champ_de(essai, connus)), essais[0])


def nomme(entete: Entete, feuille: Feuille) -> bool:
    places = entete.places
    if {"nom", "prenom"} <= places.keys() or not places.keys().isdisjoint(COMPLETS):
        return True
    if "nom" not in places:
        return False
    dessous = feuille.debut[entete.rang + entete.hauteur :]
    pleines = [mots for ligne in dessous if (mots := ligne[places["nom"]].split())]
    # « Nom » pour les deux.
    return bool(pleines) and sum(len(mots) > 1 for mots in pleines) > 0.8 * len(pleines)


# — Une liste qu'on ne comprend pas —


def proposer_colonnes(feuille: Feuille) -> tuple[list[str], dict[str, str]]:
    """(en-têtes, {champ: en-tête}) : ce que l'on croit reconnaître, par les en-têtes puis par le
    contenu."""
    grille, connus = feuille.sous(_rang_probable(feuille)), libelles_connus({})
    reconnues = colonnes(grille.entete, connus)
    proposes = {champ: grille.entete[place] for champ, place in reconnues.items()}
    for libelle, colonne in zip(grille.entete, grille.colonnes, strict=True):
        if libelle.strip() and libelle not in proposes.values():
            cellules = colonne.cellules()[:200]
            champ = _champ_du_contenu(cellules) or _champ_proche(cle(libelle), connus)
            proposes |= {champ: libelle} if champ and champ not in proposes else {}
    return grille.entete, proposes


def _rang_probable(feuille: Feuille) -> int:
    """La première ligne assez remplie pour être un en-tête."""
    pleines = [sum(bool(cellule.strip()) for cellule in ligne) for ligne in feuille.debut]
    assez = max(2, max(pleines, default=0) - 1)
    return next((rang for rang, nombre in enumerate(pleines) if nombre >= assez), 0)


def _champ_proche(ecrit: str, connus: Mapping[str, str]) -> str | None:
    """Le champ du libellé connu le plus ressemblant."""
    proches = process.extract(ecrit, connus.keys(), scorer=fuzz.token_set_ratio, score_cutoff=88)
    notes = {connu: (note, fuzz.ratio(ecrit, connu)) for connu, note, _ in proches}
    return connus[max(notes, key=notes.__getitem__)] if notes else None


def _champ_du_contenu(cellules: list[str]) -> str | None:
    pleines = [cellule.strip() for cellule in cellules if cellule.strip()]
    tests = {"date_naissance": jour, "identifiant": INE.fullmatch, "classe": niveau_scolaire}
    for champ, reconnait in tests.items():
        reconnues = [cellule for cellule in pleines if reconnait(cellule) is not None]
        if len(reconnues) > 0.8 * len(pleines):
            return champ
    return None


def ressemble_a_une_liste(morceau: Morceau) -> bool:
    """Des noms, ou une classe, une naissance ou un INE à côté d'autre chose : une personne saura
    dire ce que c'est."""
    if morceau.feuille is None or len(morceau.feuille.colonnes) == 1:
        return False
    _, propositions = proposer_colonnes(morceau.feuille)
    parlants = {
        "nom",
        "prenom",
        *COMPLETS,
        "classe",
        "identifiant",
        "date_naissance",
        "lib_structure",
    }
    lignes = len(morceau.feuille.numeros) - 1
    return (
        not parlants.isdisjoint(propositions)
        and (len(propositions) > 1 or lignes > 3)
        and lignes > 0
    )


def refuser_liste_inconnue(morceau: Morceau) -> None:
    """Une liste dont on ne comprend pas assez de colonnes : le dire, et où l'expliquer une fois
    pour toutes."""
    if ressemble_a_une_liste(morceau):
        entetes, propositions = proposer_colonnes(morceau.feuille)
        # Sans ligne d'en-têtes, ces « en-têtes » sont ceux du premier élève : ne pas le nommer.
        autres = (
            ["pas de ligne d'en-têtes"]
            if any(_champ_du_contenu([libelle]) for libelle in entetes)
            else [
                f"« {libelle} »"
                for libelle in entetes
                if libelle.strip() and libelle not in propositions.values()
            ]
        )
        if not propositions.keys() & {"nom", *COMPLETS}:
            autres.insert(0, "nom absent")
        if not propositions.keys() & {
            "classe",
            "groupe",
            "identifiant",
            "date_naissance",
            "lib_structure",
        }:
            autres.insert(0, "classe absente")
        dites = ", ".join(autres[:8]) or "en-têtes inattendus"
        raise FichierNonPix(
            f"une liste d'élèves dont les colonnes ne se comprennent pas toutes ({dites}) ; "
            "un texte sans les en-têtes d'un export Pix.",
            "le nom, le prénom, et la classe, la date de naissance ou l'INE de chaque élève.",
            "dites ce que dit chaque colonne dans l'atelier, page « Qui est qui » : c'est retenu "
            "pour les prochaines listes.",
        )
