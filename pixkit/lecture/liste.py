"""Étage 1 — une liste d'élèves, d'où qu'elle vienne (FREGATA, SUP, Pronote, ENT, ONDE…) : ses colonnes, ses lignes, ses défauts.

Les libellés connus sont des données : `entetes_listes.csv`, et ce que l'établissement a retenu (`colonnes_retenues`).
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from rapidfuzz import fuzz, process

from pixkit.charte import enumerer
from pixkit.erreurs import FichierNonPix
from pixkit.lecture.octets import ILLISIBLE, Grille
from pixkit.referentiel import niveau_scolaire, normaliser

CHAMPS = {
    "nom": "Nom",
    "prenom": "Prénom",
    "nom_prenom": "Nom et prénom dans la même colonne",
    "classe": "Classe",
    "identifiant": "INE ou identifiant",
    "date_naissance": "Date de naissance",
    "nom_usage": "Nom d'usage",
    "deuxieme_prenom": "Deuxième prénom",
    "troisieme_prenom": "Troisième prénom",
    "groupe": "Groupe",
    "mef": "Code MEF",
    "niveau": "Niveau scolaire",
    "date_entree": "Date d'entrée",
    "date_sortie": "Date de sortie",
    "professeur_principal": "Professeur principal",
}
"""Ce qu'une colonne de liste peut dire, et comment on en parle."""

_ANCRES = {"identifiant", "date_naissance", "classe", "groupe", "mef"}
_INE = re.compile(r"\d{9,10}[A-Z]{1,2}|\d{11}", re.I)
_SCIENTIFIQUE = re.compile(r"\d[.,]\d+E\+?\d+", re.I)
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})|(\d{4})-(\d{2})-(\d{2})")
_DATE_DU_NOM = re.compile(r"(?<!\d)(20\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)|(?<!\d)(\d\d)[-_](\d\d)[-_](20\d\d)(?!\d)")
_ANNEE_DU_NOM = re.compile(r"(?<!\d)(20\d\d)[-_](20)?(\d\d)(?!\d|[-_]\d)")


@dataclass(eq=False)  # une liste n'est égale qu'à elle-même
class Liste:
    """Une liste lue : un dictionnaire de textes par élève, et ce qu'il faut en savoir."""

    fichier: str
    nature: str = "liste"  # siecle | fregata | sup | liste | professeurs
    lignes: list[dict[str, str]] = field(default_factory=list)
    numeros: list[int] = field(default_factory=list)
    rejets: list[tuple[int, str]] = field(default_factory=list)
    motifs: dict[int, str] = field(default_factory=dict)
    remarques: list[str] = field(default_factory=list)
    etablissement: str = ""
    annee_scolaire: str | None = None
    date_liste: date | None = None


def jour(texte: str) -> date | None:
    """« 04/01/2014 », « 4/1/14 », « 2014-01-04 », suivis ou non d'une heure ; None quand ce n'est pas une date."""
    trouve = _DATE.match(texte.strip())
    if not trouve:
        return None
    jj, mm, aa, an, mois, jour_du_mois = trouve.groups()
    try:
        if an:
            return date(int(an), int(mois), int(jour_du_mois))
        siecle = "" if len(aa) == 4 else "20" if int(aa) < 50 else "19"
        return date(int(siecle + aa), int(mm), int(jj))
    except ValueError:
        return None


@cache
def _libelles() -> dict[str, str]:
    with files("pixkit.lecture").joinpath("entetes_listes.csv").open(encoding="utf-8", newline="") as fichier:
        return {_cle(rang["libelle"]): rang["champ"] for rang in csv.DictReader(fichier)}


def _cle(libelle: str) -> str:
    return normaliser(libelle.replace("_", " ")).rstrip("*").strip()


def colonnes(entete: list[str], retenues: Mapping[str, str] | None = None) -> dict[str, int]:
    """{champ: rang} des colonnes reconnues ; la première gagne. `retenues` {libellé: champ} vient de l'établissement."""
    connus = _libelles() | {_cle(libelle): champ for libelle, champ in (retenues or {}).items()}
    places: dict[str, int] = {}
    for rang, libelle in enumerate(entete):
        champ = connus.get(_cle(libelle))
        if champ:
            places.setdefault(champ, rang)
    return places


def nature_liste(entete: list[str], retenues: Mapping[str, str] | None = None) -> str | None:
    """« fregata », « sup », « liste », « professeurs » (classe et professeur principal), ou None si ce n'en est pas une."""
    places = colonnes(entete, retenues)
    libelles = {_cle(libelle) for libelle in entete}
    if "id campagne" in libelles:
        return None
    nommes = {"nom", "prenom"} <= places.keys() or "nom_prenom" in places
    if nommes and "identifiant unique" in libelles:
        return "fregata"
    if nommes and {"numero etudiant", "regime"} <= libelles:
        return "sup"
    if nommes and _ANCRES & places.keys():
        return "liste"
    return "professeurs" if {"classe", "professeur_principal"} <= places.keys() and not nommes else None


def lire_liste(grille: Grille, fichier: str, retenues: Mapping[str, str] | None = None) -> Liste:
    """Les élèves d'une grille dont `nature_liste` a reconnu l'en-tête."""
    places = colonnes(grille.entete, retenues)
    liste = Liste(fichier, nature_liste(grille.entete, retenues), rejets=list(grille.rejets))
    for numero, cellules in zip(grille.numeros, grille.lignes, strict=True):
        champs = {champ: " ".join(cellules[rang].split()) for champ, rang in places.items()}
        if "nom_prenom" in champs and "nom" not in places:
            champs["nom"], champs["prenom"] = separer_nom(champs["nom_prenom"])
        if liste.nature == "professeurs" or champs["nom"] or champs["prenom"]:
            liste.lignes.append(champs)
            liste.numeros.append(numero)
        else:
            liste.rejets.append((numero, "ni nom ni prénom"))
    liste.etablissement = f"{PurePosixPath(fichier).parent.as_posix()} ({liste.nature})"
    liste.date_liste, liste.annee_scolaire = _dates_du_nom(PurePosixPath(fichier).name)
    if liste.nature != "professeurs" and not {"classe", "groupe"} & places.keys():
        liste.remarques.append(_phrase(
            f"une liste de {len(liste.lignes)} élèves sans colonne de classe (ni « Division », ni « Classe », ni « Groupe »)",
            "la classe de chaque élève",
            _OU_CORRIGER[liste.nature].format("refaites l'export avec la classe"),
        ))  # fmt: skip
    return liste


def separer_nom(nom_complet: str) -> tuple[str, str]:
    """« DE LA TOUR Jean Paul » → (« DE LA TOUR », « Jean Paul ») : les mots en capitales d'abord, sinon le premier mot."""
    mots = nom_complet.split()
    capitales = next((rang for rang, mot in enumerate(mots) if mot != mot.upper()), len(mots))
    coupe = capitales if 0 < capitales < len(mots) else 1
    return " ".join(mots[:coupe]), " ".join(mots[coupe:])


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


# — Contrôler —

_OU_CORRIGER = {
    "siecle": "dans SIECLE (Base élèves), {}, puis refaites l'export XML.",
    "fregata": "dans FREGATA, {}, et déposez le fichier sans l'ouvrir dans un tableur.",
    "sup": "dans votre logiciel de scolarité, {}.",
    "liste": "dans le logiciel d'où vient la liste, {}.",
}


def _phrase(trouve: str, attendu: str, que_faire: str) -> str:
    return f"Trouvé : {trouve}. Attendu : {attendu}. À faire : {que_faire}"


def qui(champs: Mapping[str, str]) -> str:
    return " ".join(
        filter(None, (champs.get("nom"), champs.get("prenom"), f"({champs['classe']})" if champs.get("classe") else ""))
    )


def controler(liste: Liste) -> None:
    """Corrige ce qui se corrige sans deviner, et nomme les élèves concernés par ce qui cloche."""
    corriger = _OU_CORRIGER[liste.nature].format
    controles: list[tuple[Callable[[dict[str, str]], bool], str, str, str]] = [
        (_reparer_accents, "accents abîmés par un réenregistrement, rétablis", "le texte d'origine",
         corriger("refaites l'export")),
        (_lettres_perdues, "lettres perdues dans le nom", "le nom entier", corriger("refaites l'export")),
        (_rendre_zeros, "INE sans ses zéros de tête (fichier réenregistré par un tableur), rétablis", "11 caractères",
         corriger("refaites l'export")),
        (_ine_perdu, "INE détruit par un tableur (écrit comme un nombre)", "11 caractères", corriger("refaites l'export")),
        (_sans_identifiant, "sans INE ni identifiant", "un INE (Pix Orga n'importera pas cet élève)",
         corriger("complétez son INE")),
        (_sans_classe, "sans classe", "une division (Pix Orga n'importera pas cet élève)",
         corriger("affectez-le à une division")),
        (_date_impossible, "date de naissance impossible", "JJ/MM/AAAA", corriger("corrigez cette date")),
    ]  # fmt: skip
    for concerne, trouve, attendu, que_faire in controles:
        rangs = [rang for rang, champs in enumerate(liste.lignes) if concerne(champs)]
        if not rangs or (concerne is _sans_identifiant and len(rangs) == len(liste.lignes)):
            continue  # une liste sans aucun INE n'en promet pas
        if concerne is _sans_classe and not any(champs.get("classe") or champs.get("groupe") for champs in liste.lignes):
            continue  # déjà dit, une fois, de la colonne
        _dire(liste, rangs, trouve, attendu, que_faire)
    _identifiants_en_double(liste, corriger("donnez à chacun le sien"))


def _dire(liste: Liste, rangs: list[int], trouve: str, attendu: str, que_faire: str) -> None:
    noms = enumerer([qui(liste.lignes[rang]) for rang in rangs])
    liste.remarques.append(_phrase(f"{trouve} — {noms}", attendu, que_faire))
    for rang in rangs:
        numero = liste.numeros[rang]
        liste.motifs[numero] = f"{liste.motifs[numero]} ; {trouve}" if numero in liste.motifs else trouve


def _reparer_accents(champs: dict[str, str]) -> bool:
    """« MaÃ«l » : de l'UTF-8 relu en Windows-1252. On défait, si tout se défait."""
    reparees = {}
    for champ in ("nom", "prenom", "nom_usage", "classe"):
        texte = champs.get(champ) or ""
        if any(signe in texte for signe in "ÃÂÅ"):
            for faux in ("cp1252", "iso-8859-15", "iso-8859-1"):
                try:
                    reparees[champ] = texte.encode(faux).decode("utf-8")
                    break
                except UnicodeError:
                    continue
    champs |= reparees
    return bool(reparees)


def _lettres_perdues(champs: dict[str, str]) -> bool:
    return any(signe in f"{champs.get('nom')}{champs.get('prenom')}" for signe in (ILLISIBLE, "?"))


def _rendre_zeros(champs: dict[str, str]) -> bool:
    identifiant = champs.get("identifiant", "")
    complet = identifiant.zfill(11)
    courte = 0 < len(identifiant) < 11 and len(identifiant) >= 5 and identifiant[0].isdigit()
    if courte and champs.get("mef") is not None and _INE.fullmatch(complet):  # seule une liste du second degré promet des INE
        champs["identifiant"] = complet
        return True
    return False


def _ine_perdu(champs: dict[str, str]) -> bool:
    if _SCIENTIFIQUE.fullmatch(champs.get("identifiant", "")):
        champs["identifiant"] = ""
        return True
    return False


def _sans_identifiant(champs: dict[str, str]) -> bool:
    return not champs.get("identifiant")


def _sans_classe(champs: dict[str, str]) -> bool:
    return not champs.get("classe") and not champs.get("groupe") and not champs.get("date_sortie")


def _date_impossible(champs: dict[str, str]) -> bool:
    return bool(champs.get("date_naissance")) and jour(champs["date_naissance"]) is None


def _identifiants_en_double(liste: Liste, que_faire: str) -> None:
    comptes = Counter(champs.get("identifiant") for champs in liste.lignes)
    for identifiant in sorted(cle for cle, fois in comptes.items() if cle and fois > 1):
        rangs = [rang for rang, champs in enumerate(liste.lignes) if champs.get("identifiant") == identifiant]
        personnes = {
            (champs["nom"], champs["prenom"], champs.get("date_naissance")) for champs in map(liste.lignes.__getitem__, rangs)
        }
        meme = len(personnes) == 1
        _dire(liste, rangs, "le même élève deux fois, lu une fois" if meme else "le même INE pour plusieurs élèves",
              "un INE par élève", que_faire)  # fmt: skip
        for rang in rangs:
            liste.lignes[rang]["partage"] = "" if meme else "oui"


# — Proposer —


def proposer_colonnes(grille: Grille) -> dict[str, str]:
    """{champ: en-tête} : ce que l'on croit reconnaître dans une liste inconnue, par ses en-têtes puis par son contenu."""
    libelles = _libelles()
    proposes = {champ: grille.entete[rang] for champ, rang in colonnes(grille.entete).items()}
    for rang, entete in enumerate(grille.entete):
        if entete in proposes.values() or not entete.strip():
            continue
        proches = process.extract(_cle(entete), libelles.keys(), scorer=fuzz.token_set_ratio, score_cutoff=88)
        proche = max(proches, key=lambda trouve: (trouve[1], fuzz.ratio(_cle(entete), trouve[0])), default=None)
        champ = _champ_du_contenu([ligne[rang] for ligne in grille.lignes[:200]]) or (proche and libelles[proche[0]])
        if champ:
            proposes.setdefault(champ, entete)
    return proposes


def _champ_du_contenu(cellules: list[str]) -> str | None:
    pleines = [cellule.strip() for cellule in cellules if cellule.strip()]
    tests = {"date_naissance": jour, "identifiant": _INE.fullmatch, "classe": niveau_scolaire}
    for champ, reconnait in tests.items():
        if pleines and sum(reconnait(cellule) is not None for cellule in pleines) > 0.8 * len(pleines):
            return champ
    return None


def refuser_liste_inconnue(entete: list[str]) -> None:
    """Une liste de noms dont on ne comprend pas assez de colonnes : le dire, et nommer ce qui manque."""
    places = colonnes(entete)
    if {"nom", "prenom"} <= places.keys() or "nom_prenom" in places:
        raise FichierNonPix(
            "une liste de noms sans classe, ni date de naissance, ni INE.",
            "une liste d'élèves avec au moins leur classe ou leur INE.",
            "ajoutez la colonne, ou dites laquelle c'est dans l'atelier, page « Qui est qui ».",
        )
