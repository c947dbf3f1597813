"""Étage 1 — toute table de personnes est une liste d'élèves : Pronote, ENT, ONDE, SACoche, EDT, extraction de SIECLE…

Les libellés connus sont des données : `entetes_listes.csv`, et ce que l'établissement a retenu (`Reglages.colonnes`). FREGATA et
SUP sont des listes aux en-têtes fixés par Pix : leurs modules n'ajoutent que leur signature.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import pandas as pd
from rapidfuzz import fuzz, process

from pixkit.erreurs import FichierNonPix
from pixkit.grilles import Feuille, Grille, Morceau
from pixkit.lecture.degats import classe_retablie, identifiant_perdu
from pixkit.lecture.formats.controles_listes import controler, identifiants_partages
from pixkit.lecture.lu import Lu, Reglages
from pixkit.lecture.valeurs import jour, mois_dabord
from pixkit.referentiel import niveau_scolaire, normaliser
from pixkit.tables import FUSEAU

EXEMPLES = (
    "Élèves;Né(e) le;Classe de rattachement\nMONTFERRAL Bastien;01/01/2014;6A\n",
    "Nom;Prénom(s);Classe\nMONTFERRAL;Bastien;6A\n",
    "Nom de famille;Prénom;Id National;Code Structure;Type Structure\nMONTFERRAL;Bastien;120000000AK;6A;D\n",
    "Liste des élèves;;\n;;\nIdentité;Division;\nMONTFERRAL Bastien;6A;\n",
    "Élève;;Scolarité\nNom;Prénom;Classe\nMONTFERRAL;Bastien;6A\n",
)

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

_COMPLETS = ("nom_prenom", "prenom_nom")
_LIEUX = {"classe", "groupe", "code_structure", "lib_structure"}
_ANCRES = {"identifiant", "date_naissance", "mef", *_LIEUX}
_DATES = ("date_naissance", "date_entree", "date_sortie")
_INE = re.compile(r"\d{9,10}[A-Z]{1,2}|\d{11}", re.I)
_MOTS_VIDES = frozenset(("de", "du", "des", "d", "l", "la", "le", "les", "et", "ou", "en"))
_DATE_DU_NOM = re.compile(r"(?<!\d)(20\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)|(?<!\d)(\d\d)[-_](\d\d)[-_](20\d\d)(?!\d)")
_ANNEE_DU_NOM = re.compile(r"(?<!\d)(20\d\d)[-_](20)?(\d\d)(?!\d|[-_]\d)")
_TOTAL = re.compile(r"(sous )?total|effectif|nombre d|moyenne|nb ")
_FEUILLE_SANS_NOM = re.compile(r"(feuil(le)?|sheet|table|onglet|export|donnees|data|listes?|(liste des )?eleves)?\s*\d*")


class Entete(NamedTuple):
    """Où est l'en-tête d'une liste, et ce qu'il dit de chaque colonne (deux lignes se lisent ensemble)."""

    rang: int
    libelles: list[str]
    hauteur: int
    places: dict[str, int]


@dataclass(eq=False)
class Liste(Lu):
    """Une liste lue : un dictionnaire par ligne d'élève (CHAMPS, `fichier`, `ligne`), et ce qu'il faut en savoir."""

    classeur: str = ""
    lignes: list[dict[str, Any]] = field(default_factory=list)
    etablissement: str = ""
    annee_scolaire: str | None = None
    date_liste: date | None = None

    def accueillir(self, ecrites: list[dict[str, Any]], lignes: list[dict[str, Any]]) -> None:
        """Garde les lignes réparées et ce que les contrôles disent de la différence."""
        partages = identifiants_partages(lignes)
        self.lignes = [champs | {"fichier": self.fichier, "partage": champs.get("identifiant") in partages} for champs in lignes]
        self.constater(controler(self.nature, ecrites, lignes))


def reconnaitre(morceau: Morceau, reglages: Reglages) -> Entete | None:
    """L'en-tête qui nomme des personnes et dit d'elles une classe, une naissance ou un identifiant."""
    if morceau.feuille is None:
        return None
    nommee = bool(_classe_de_la_feuille(morceau))
    entetes = [e for e in _entetes(morceau.feuille, reglages.colonnes) if _nomme(e, morceau.feuille)]
    entetes = [e for e in entetes if nommee or _ANCRES & e.places.keys()]
    return max(entetes, key=lambda e: (len(e.places), -e.hauteur, -e.rang), default=None)


def _entetes(feuille: Feuille, retenues: Mapping[str, str]) -> Iterable[Entete]:
    connus = libelles_connus(retenues)
    for rang, (haut, bas) in enumerate(zip(feuille.debut, [*feuille.debut[1:], []], strict=True)):
        yield Entete(rang, haut, 1, colonnes(haut, connus))
        sous_titres = [cellule for cellule in bas if cellule.strip()]
        titres = sum(champ_de(cellule, connus) is not None for cellule in sous_titres)
        if (titres > 1 or titres == len(sous_titres) == 1) and not any(re.search(r"\d\d", c) for c in sous_titres):
            deux = [_reunir(h, b, connus) for h, b in zip(haut, bas, strict=True)]
            yield Entete(rang, deux, 2, colonnes(deux, connus))


def _reunir(haut: str, bas: str, connus: Mapping[str, str]) -> str:
    essais = (f"{haut} {bas}".strip(), bas, haut)
    return next((essai for essai in essais if champ_de(essai, connus)), essais[0])


def _nomme(entete: Entete, feuille: Feuille) -> bool:
    places = entete.places
    if {"nom", "prenom"} <= places.keys() or not places.keys().isdisjoint(_COMPLETS):
        return True
    dessous = [ligne[places["nom"]].split() for ligne in feuille.debut[entete.rang + entete.hauteur :]] if "nom" in places else []
    pleines = [mots for mots in dessous if mots]
    return bool(pleines) and sum(len(mots) > 1 for mots in pleines) > 0.8 * len(pleines)  # « Nom » pour les deux


def lire(morceau: Morceau, entete: Entete, _reglages: Reglages, *, nature: str = "liste") -> Liste:
    """Les élèves d'une grille ; aucun n'est perdu : une ligne qui n'en est pas un est mise de côté avec son motif."""
    grille = morceau.feuille.sous(entete.rang, entete.libelles, hauteur=entete.hauteur)
    places = {champ: rang for champ, rang in entete.places.items() if rang < len(grille.colonnes)}
    if "prenom" not in places and "nom" in places and places.keys().isdisjoint(_COMPLETS):
        places["nom_prenom"] = places.pop("nom")
    date_liste, annee = _dates_du_nom(PurePosixPath(morceau.classeur).name)
    liste = Liste(
        fichier=morceau.fichier,
        nature=nature,
        rejets=grille.rejets,
        remarques=grille.remarques,
        classeur=morceau.classeur,
        etablissement=f"{PurePosixPath(morceau.classeur).parent.as_posix()} ({nature})",
        annee_scolaire=annee,
        date_liste=date_liste,
        date_donnees=date_liste and pd.Timestamp(date_liste, tz=FUSEAU),
    )
    toutes = brutes(grille, places)
    liste.rejets |= {brute["ligne"]: motif for brute in toutes if (motif := _motif_de_rejet(brute))}
    ecrites = [brute for brute in toutes if brute["ligne"] not in liste.rejets]
    liste.lues = [brute["ligne"] for brute in ecrites]
    lignes = list(map(reparer, ecrites))
    liste.remarques += _completer(lignes, grille, morceau)
    liste.accueillir(ecrites, lignes)
    return liste


# — Les mots des en-têtes —


@cache
def _libelles() -> dict[str, str]:
    with files("pixkit.lecture.formats").joinpath("entetes_listes.csv").open(encoding="utf-8", newline="") as fichier:
        return {cle(rang["libelle"]): rang["champ"] for rang in csv.DictReader(fichier)}


def libelles_connus(retenues: Mapping[str, str]) -> dict[str, str]:
    return _libelles() | {cle(libelle): champ for libelle, champ in retenues.items()}


@cache
def cle(libelle: str) -> str:
    """Un libellé sans accents, casse, pluriels, parenthèses ni petits mots : « Prénom(s) de l'élève » → « prenom eleve »."""
    texte = re.sub(r"\([^)]*\)", "", normaliser(libelle.replace("_", " ")).replace("°", "o "))
    mots = [mot for mot in re.findall(r"[a-z0-9]+", texte) if mot not in _MOTS_VIDES]
    return " ".join(mot[:-1] if len(mot) > 3 and mot.endswith("s") and not mot.endswith("ss") else mot for mot in mots)


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


# — Des cellules aux élèves —


def brutes(grille: Grille, places: Mapping[str, int]) -> list[dict[str, Any]]:
    """Les champs tels qu'ils sont écrits, espaces en trop et gardes ôtés ; les dates en AAAA-MM-JJ quand elles se comprennent."""
    lues = {champ: _propres(grille.colonnes[rang].cellules()) for champ, rang in places.items()}
    for champ in lues.keys() & set(_DATES):
        ordre = bool(mois_dabord(lues[champ]))
        lues[champ] = [str(jour(cellule, mois_dabord=ordre) or cellule) for cellule in lues[champ]]
    lignes = zip(*lues.values(), strict=True)
    return [dict(zip(lues, ligne, strict=True), ligne=numero) for ligne, numero in zip(lignes, grille.numeros, strict=True)]


def _propres(cellules: list[str]) -> list[str]:
    """Sans l'apostrophe qui empêche un tableur de calculer : « '0123 », ou une colonne entière de « 'NOM »."""
    textes = [" ".join(cellule.split()) for cellule in cellules]
    gardee = all(texte.startswith("'") for texte in textes if texte)
    return [texte[1:] if texte.startswith("'") and (gardee or re.match(r"'[-@=+\d]", texte)) else texte for texte in textes]


def _motif_de_rejet(brute: Mapping[str, Any]) -> str | None:
    noms = [brute.get(champ, "") for champ in ("nom", "prenom", *_COMPLETS)]
    pleines = [valeur for champ, valeur in brute.items() if champ != "ligne" and valeur]
    if not any(noms):
        return "ni nom ni prénom"
    if all(not any(map(str.isalpha, nom)) or _TOTAL.match(normaliser(nom)) for nom in noms):
        return f"ni nom ni prénom : « {' '.join(pleines)} »"
    if len(pleines) == 1 and len(brute) > 3 and re.search(r"\d", pleines[0]):
        return f"note hors de la liste (« {pleines[0]} »)"
    return None


def reparer(brute: Mapping[str, Any]) -> dict[str, Any]:
    """Les champs rétablis : INE, classe ; nom et prénom séparés ; structures de SIECLE, groupes de SACoche."""
    champs = dict(brute)
    if "identifiant" in champs:
        champs["identifiant"] = _identifiant(champs["identifiant"], second_degre="mef" in champs)
    complet = next((champ for champ in _COMPLETS if champs.get(champ)), None)
    if complet and not champs.get("nom"):
        champs["nom"], champs["prenom"] = separer_nom(champs[complet], prenom_dabord=complet == "prenom_nom")
    structure = champs.get("code_structure") or champs.get("lib_structure")
    if structure:
        lieu = "groupe" if champs.get("type_structure", "").upper().startswith("G") else "classe"
        champs[lieu] = champs.get(lieu) or structure
    for lieu in ("classe", "groupe"):
        if champs.get(lieu):
            champs[lieu] = classe_retablie(champs[lieu]) or champs[lieu]
    if champs.get("groupe"):
        champs["groupe"] = ", ".join(filter(None, map(str.strip, re.split(r"[|,]", champs["groupe"]))))
    return champs


def _identifiant(ecrit: str, *, second_degre: bool) -> str:
    """Un INE dont un tableur a ôté les zéros de tête les retrouve ; écrit comme un nombre, il est perdu."""
    complet = ecrit.zfill(11)
    if second_degre and 5 <= len(ecrit) < 11 and ecrit[0].isdigit() and _INE.fullmatch(complet):
        return complet  # seule une liste du second degré, qui a des MEF, promet des INE
    return "" if identifiant_perdu(ecrit) else ecrit


def separer_nom(nom_complet: str, *, prenom_dabord: bool = False) -> tuple[str, str]:
    """« DE LA TOUR Jean Paul » → (« DE LA TOUR », « Jean Paul ») : les mots en capitales d'abord, sinon le premier mot.

    « Jean Paul DE LA TOUR » se lit aussi ; `prenom_dabord` dit ce qu'est le premier mot quand les capitales n'aident pas.
    """
    mots = nom_complet.replace(",", " ").split()
    capitales = [mot == mot.upper() and any(map(str.isalpha, mot)) for mot in mots]
    debut = next((rang for rang, grand in enumerate(capitales) if not grand), len(mots))
    if 0 < debut < len(mots):
        return " ".join(mots[:debut]), " ".join(mots[debut:])
    fin = next((rang for rang, grand in enumerate(reversed(capitales)) if not grand), len(mots))
    if 0 < fin < len(mots):
        return " ".join(mots[-fin:]), " ".join(mots[:-fin])
    premier, reste = " ".join(mots[:1]), " ".join(mots[1:])
    return (reste, premier) if prenom_dabord and reste else (premier, reste)


def _completer(lignes: list[dict[str, Any]], grille: Grille, morceau: Morceau) -> list[str]:
    """Le lieu qu'une cellule fusionnée, la feuille ou un titre disent pour plusieurs lignes ; rend ce qui a été supposé."""
    remarques = []
    for lieu in ("classe", "groupe"):
        lieux = [champs.get(lieu, "") for champs in lignes]
        dits = [dit for dit in lieux if dit]
        if dits and len(set(dits)) == len(dits) <= len(lieux) / 3 and lieux[0]:
            for champs, precedent in zip(lignes, accumulate(lieux, lambda avant, dit: dit or avant), strict=True):
                champs[lieu] = precedent
            remarques.append(f"Une {lieu} n'est écrite qu'en tête de ses lignes : elle a été recopiée jusqu'à la suivante.")
    if any(champs.get("classe") for champs in lignes):
        return remarques
    classe = _classe_de_la_feuille(morceau) or _classe_des_titres(grille.titres)
    for champs in lignes if classe else ():
        champs["groupe" if champs.get("type_structure", "").upper().startswith("G") else "classe"] = classe
    suppose = f"Aucune colonne ne dit la classe : c'est celle du titre ou de la feuille, {classe}."
    return [*remarques, suppose] if classe and lignes else remarques


def _classe_de_la_feuille(morceau: Morceau) -> str:
    """Une feuille par classe porte le nom de la classe ; une feuille seule, seulement si c'en est un."""
    nom = morceau.feuille.nom
    une_parmi_d_autres = morceau.fichier != morceau.classeur and not _FEUILLE_SANS_NOM.fullmatch(normaliser(nom))
    return nom if niveau_scolaire(nom) or une_parmi_d_autres else ""


def _classe_des_titres(titres: list[str]) -> str:
    """« Classe de 6A », « Liste de la classe : 5eB »."""
    trouves = (re.search(r"classe\s*(?:de|:|-)*\s*(\S+)", titre, re.I) for titre in titres)
    return next((trouve[1] for trouve in trouves if trouve and niveau_scolaire(trouve[1])), "")


def _dates_du_nom(nom: str) -> tuple[date | None, str | None]:
    """La date et l'année scolaire qu'un nom de fichier peut porter (« eleves_2026-11-05.csv », « liste 2026-2027.xlsx »)."""
    trouve = _DATE_DU_NOM.search(nom)
    if trouve:
        an, mois, jj = trouve.group(1, 2, 3) if trouve[1] else trouve.group(6, 5, 4)
        quand = jour(f"{jj}/{mois}/{an}")
        if quand:
            return quand, annee_scolaire_du(quand)
    trouve = _ANNEE_DU_NOM.search(nom)
    suivante = trouve and int(trouve[1]) + 1
    return None, f"{trouve[1]}-{suivante}" if trouve and int(trouve[3]) == suivante % 100 else None


def annee_scolaire_du(quand: date) -> str:
    """L'année scolaire d'un jour ; elle commence en août."""
    rentree = quand.year - (quand.month < 8)
    return f"{rentree}-{rentree + 1}"


# — Une liste qu'on ne comprend pas —


def proposer_colonnes(feuille: Feuille) -> tuple[list[str], dict[str, str]]:
    """(en-têtes, {champ: en-tête}) : ce que l'on croit reconnaître, par les en-têtes puis par le contenu."""
    pleines = [sum(bool(cellule.strip()) for cellule in ligne) for ligne in feuille.debut]
    rang = next((rang for rang, nombre in enumerate(pleines) if nombre >= max(2, max(pleines) - 1)), 0)
    grille, connus = feuille.sous(rang), libelles_connus({})
    proposes = {champ: grille.entete[place] for champ, place in colonnes(grille.entete, connus).items()}
    for libelle, colonne in zip(grille.entete, grille.colonnes, strict=True):
        if libelle in proposes.values() or not libelle.strip():
            continue
        proches = process.extract(cle(libelle), connus.keys(), scorer=fuzz.token_set_ratio, score_cutoff=88)
        proche = max(proches, key=lambda trouve: (trouve[1], fuzz.ratio(cle(libelle), trouve[0])), default=None)
        champ = _champ_du_contenu(colonne.cellules()[:200]) or (proche and connus[proche[0]])
        if champ:
            proposes.setdefault(champ, libelle)
    return grille.entete, proposes


def _champ_du_contenu(cellules: list[str]) -> str | None:
    pleines = [cellule.strip() for cellule in cellules if cellule.strip()]
    tests = {"date_naissance": jour, "identifiant": _INE.fullmatch, "classe": niveau_scolaire}
    for champ, reconnait in tests.items():
        if pleines and sum(reconnait(cellule) is not None for cellule in pleines) > 0.8 * len(pleines):
            return champ
    return None


def ressemble_a_une_liste(morceau: Morceau) -> bool:
    """Des noms, ou une classe, une naissance ou un INE à côté d'autre chose : une personne saura dire ce que c'est."""
    if morceau.feuille is None or len(morceau.feuille.colonnes) == 1:
        return False
    _, propositions = proposer_colonnes(morceau.feuille)
    parlants = {"nom", "prenom", *_COMPLETS, "classe", "identifiant", "date_naissance", "lib_structure"}
    lignes = len(morceau.feuille.numeros) - 1
    return not parlants.isdisjoint(propositions) and (len(propositions) > 1 or lignes > 3) and lignes > 0


def refuser_liste_inconnue(morceau: Morceau) -> None:
    """Une liste dont on ne comprend pas assez de colonnes : le dire, et où l'expliquer une fois pour toutes."""
    if ressemble_a_une_liste(morceau):
        entetes, propositions = proposer_colonnes(morceau.feuille)
        comprises = Counter(propositions.values())
        autres = [f"« {libelle} »" for libelle in entetes if libelle.strip() and libelle not in comprises]
        raise FichierNonPix(
            f"une liste d'élèves dont les colonnes ne se comprennent pas toutes ({', '.join(autres[:8]) or 'classe absente'}) ; "
            "un texte sans les en-têtes d'un export Pix.",
            "le nom, le prénom, et la classe, la date de naissance ou l'INE de chaque élève.",
            "dites ce que dit chaque colonne dans l'atelier, page « Qui est qui » : c'est retenu pour les prochaines listes.",
        )
