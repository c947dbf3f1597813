"""Étage 1 — des cellules d'une liste aux élèves : ce qui se répare sans deviner, ce qui n'est pas
un élève."""

import re
from collections import defaultdict
from collections.abc import Mapping
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any

from pixkit.grilles import Grille, Morceau
from pixkit.lecture.degats import classe_retablie, identifiant_perdu
from pixkit.lecture.formats.listes.entetes import COMPLETS, INE, champ_de, cle, libelles_connus
from pixkit.lecture.valeurs import jour, mois_dabord
from pixkit.referentiel import niveau_scolaire, normaliser

_DATES = ("date_naissance", "date_entree", "date_sortie")
_TOTAL = re.compile(r"((sous )?totaux|(sous )?total|effectifs?|nombre d\S*|moyennes?|nb)\b")
_TITRE = re.compile(r"(nom|prénom|prenom)(s|\(s\))?( de .*| du .*)?|id campagne")
_NOTE = re.compile(
    r"document|edite|imprime|le (principal|proviseur|chef)|signature|page \d|annee scolaire"
    r"|liste |classe "
)
_PARTICULES = {"de", "du", "des", "d'", "la", "le", "van", "von", "da", "dos", "el", "ben"}
_INVISIBLES = dict.fromkeys((0xAD, 0xFEFF, *range(0x200B, 0x2010)))
"""Ce qu'une page web laisse dans une cellule : « \u200b5eA » serait une autre classe."""
_FEUILLE_SANS_NOM = re.compile(
    r"(feuil(le)?|sheet|table|onglet|export|donnees|data|listes?|(liste des )?eleves)?\s*\d*"
)


def placer(grille: Grille, retenues: Mapping[str, str]) -> dict[str, int]:
    """{champ: rang}, là où deux colonnes disent la même chose, celle qui est remplie ; un titre
    fusionné couvre nom et prénom."""
    places = _par_champ(grille, libelles_connus(retenues))
    complet = next((champ for champ in (*COMPLETS, "nom") if champ in places), None)
    if complet is None or {"nom", "prenom"} <= places.keys():
        return places
    rang = places.pop(complet)
    if _deux_colonnes(grille, rang):
        premier, second = ("prenom", "nom") if complet == "prenom_nom" else ("nom", "prenom")
        return places | {premier: rang, second: rang + 1}
    return places | {"nom_prenom" if complet == "nom" else complet: rang}


def _par_champ(grille: Grille, connus: Mapping[str, str]) -> dict[str, int]:
    rangs: dict[str, list[int]] = defaultdict(list)
    for rang, libelle in enumerate(grille.entete):
        if champ := champ_de(libelle, connus):
            rangs[champ].append(rang)
    remplies = [any(colonne.distincts()) for colonne in grille.colonnes]
    return {champ: max(siens, key=remplies.__getitem__) for champ, siens in rangs.items()}


def seconde_table(grille: Grille, places: Mapping[str, int]) -> bool:
    """Chaque titre est-il écrit deux fois, sur d'autres élèves ? Un seul « Nom » de plus est celui
    d'un responsable."""
    titres = list(map(cle, grille.entete))
    if any(titres.count(titres[rang]) < 2 for rang in places.values()):
        return False
    rang = next(places[champ] for champ in ("nom", *COMPLETS) if champ in places)
    noms = grille.colonnes[rang].cellules()
    return any(
        any(map(str.strip, autres := colonne.cellules())) and autres != noms
        for titre, colonne in zip(titres, grille.colonnes, strict=True)
        if titre == titres[rang]
    )


def _deux_colonnes(grille: Grille, rang: int) -> bool:
    """La colonne suivante, sans titre, est-elle remplie de mots partout où celle-ci l'est ?"""
    if rang + 1 == len(grille.entete) or grille.entete[rang + 1].strip():
        return False
    premiers, seconds = (grille.colonnes[place].cellules() for place in (rang, rang + 1))
    pleines = [second for un, second in zip(premiers, seconds, strict=True) if un.strip()]
    return bool(pleines) and all(
        second.strip() and not any(map(str.isdigit, second)) for second in pleines
    )


def brutes(grille: Grille, places: Mapping[str, int]) -> list[dict[str, Any]]:
    """Les champs tels qu'ils sont écrits, espaces en trop et gardes ôtés ; les dates en AAAA-MM-JJ
    quand elles se comprennent."""
    lues = {champ: _propres(grille.colonnes[rang].cellules()) for champ, rang in places.items()}
    for champ in lues.keys() & set(_DATES):
        ordre = bool(mois_dabord(lues[champ]))
        lues[champ] = [str(jour(cellule, mois_dabord=ordre) or cellule) for cellule in lues[champ]]
    lignes = zip(*lues.values(), strict=True)
    return [
        dict(zip(lues, ligne, strict=True), ligne=numero)
        for ligne, numero in zip(lignes, grille.numeros, strict=True)
    ]


def _propres(cellules: list[str]) -> list[str]:
    """Sans l'apostrophe qui empêche un tableur de calculer : « '0123 », ou une colonne entière de «
    'NOM »."""
    textes = [" ".join(cellule.translate(_INVISIBLES).split()) for cellule in cellules]
    gardee = all(texte.startswith("'") for texte in textes if texte)
    return [
        texte[1:] if texte.startswith("'") and (gardee or re.match(r"'[-@=+\d]", texte)) else texte
        for texte in textes
    ]


def motif_de_rejet(brute: Mapping[str, Any]) -> str | None:
    noms = [brute.get(champ, "") for champ in ("nom", "prenom", *COMPLETS)]
    pleines = [valeur for champ, valeur in brute.items() if champ != "ligne" and valeur]
    if not any(noms):
        return "ni nom ni prénom"
    if all(not any(map(str.isalpha, nom)) or _TOTAL.match(normaliser(nom)) for nom in noms):
        return f"ni nom ni prénom : « {' '.join(pleines)} »"
    seule = pleines[0] if len(pleines) == 1 and len(brute) > 2 else ""
    if re.search(r"\d", seule) or _NOTE.match(normaliser(seule)):
        return f"note hors de la liste (« {seule} »)"
    return None


def autres_titres(
    grille: Grille, places: Mapping[str, int], toutes: list[dict[str, Any]]
) -> dict[int, str]:
    """{ligne: motif} des titres redits, et de toute autre table écrite plus bas : ses lignes ne
    sont pas des élèves de celle-ci."""
    connus, rejets, debut = libelles_connus({}), {}, None
    attendus = {champ: champ_de(grille.entete[rang], connus) for champ, rang in places.items()}
    for brute in toutes:
        ecrits = {champ: brute[champ] for champ in places if brute[champ]}
        if debut is None and any(map(_TITRE.fullmatch, map(str.casefold, ecrits.values()))):
            if all(champ_de(texte, connus) == attendus[champ] for champ, texte in ecrits.items()):
                rejets[brute["ligne"]] = "en-têtes répétés"
                continue
            debut = brute["ligne"]
        if debut is not None:
            rejets[brute["ligne"]] = (
                f"une autre table commence à la ligne {debut} : mettez-la dans un autre fichier, "
                "ou sur une autre feuille"
            )
    return rejets


def reparer(brute: Mapping[str, Any]) -> dict[str, Any]:
    """Les champs rétablis : INE, classe ; nom et prénom séparés ; structures de SIECLE, groupes de
    SACoche."""
    champs = dict(brute)
    if "identifiant" in champs:
        champs["identifiant"] = _identifiant(champs["identifiant"], second_degre="mef" in champs)
    complet = next(filter(champs.get, COMPLETS), None)
    if complet and not champs.get("nom"):
        noms = separer_nom(champs[complet], prenom_dabord=complet == "prenom_nom")
        champs["nom"], champs["prenom"] = noms
    premier, virgule, suite = champs.get("prenom", "").partition(",")
    if virgule and premier.strip():  # l'état civil : « Emma, Marie » ; Pix n'a que le premier
        champs["prenom"] = premier.strip()
        champs["deuxieme_prenom"] = champs.get("deuxieme_prenom") or suite.replace(",", " ").strip()
    if structure := champs.get("code_structure") or champs.get("lib_structure"):
        champs[_lieu(champs)] = champs.get(_lieu(champs)) or structure
    if "," in champs.get("classe", ""):  # la classe d'un élève, puis ses groupes
        lieux = [lieu for lieu in re.split(r"\s*,\s*", champs["classe"]) if lieu]
        champs["classe"] = max(
            lieux, key=lambda lieu: niveau_scolaire(lieu) is not None, default=""
        )
        autres = [lieu for lieu in lieux if lieu != champs["classe"]]
        champs["groupe"] = ", ".join(filter(None, (champs.get("groupe"), *autres)))
    for lieu in filter(champs.get, ("classe", "groupe")):
        champs[lieu] = classe_retablie(champs[lieu]) or champs[lieu]
    if champs.get("groupe"):
        champs["groupe"] = re.sub(r"\s*[|,][\s|,]*", ", ", champs["groupe"]).strip(", ")
    return champs


def _lieu(champs: Mapping[str, Any]) -> str:
    """Le champ que sa structure remplit : SIECLE écrit D pour une division, G pour un groupe."""
    return "groupe" if champs.get("type_structure", "").upper().startswith("G") else "classe"


def _identifiant(ecrit: str, *, second_degre: bool) -> str:
    """Un INE dont un tableur a ôté les zéros de tête les retrouve ; écrit comme un nombre, il est
    perdu."""
    complet = ecrit.zfill(11)
    if second_degre and 5 <= len(ecrit) < 11 and ecrit[0].isdigit() and INE.fullmatch(complet):
        return complet  # seule une liste du second degré, qui a des MEF, promet des INE
    # « - », « NC », un numéro d'ordre : rien qui désigne quelqu'un d'une liste à l'autre.
    seul = len(re.findall(r"\w", ecrit)) < 4 or not any(map(str.isdigit, ecrit))
    return "" if seul or identifiant_perdu(ecrit) else ecrit


def separer_nom(nom_complet: str, *, prenom_dabord: bool = False) -> tuple[str, str]:
    """« DE LA TOUR Jean Paul » → (« DE LA TOUR », « Jean Paul ») : les mots en capitales d'abord,
    sinon le premier mot.

    « Jean Paul DE LA TOUR » se lit aussi ; `prenom_dabord` dit ce qu'est le premier mot quand les
    capitales n'aident pas.
    """
    mots = nom_complet.replace(",", " ").split()
    capitales = _capitales(mots)
    debut = [*capitales, False].index(False)
    fin = len(mots) - [*capitales[::-1], False].index(False)
    coupes = [mots[:debut], mots[debut:]], [mots[fin:], mots[:fin]]
    sans_capitales = [mots[:1], mots[1:]]
    if prenom_dabord and len(mots) > 1:
        sans_capitales.reverse()
    nom, prenom = next(filter(all, coupes), sans_capitales)
    return " ".join(nom), " ".join(prenom)


def _capitales(mots: list[str]) -> list[bool]:
    """Quels mots sont en capitales, ou une particule de l'un d'eux."""
    capitales = [mot == mot.upper() and any(map(str.isalpha, mot)) for mot in mots]
    for rang in reversed(range(len(mots) - 1)):
        # « de LA TOUR » : une particule en minuscules va avec son nom.
        capitales[rang] |= mots[rang].casefold() in _PARTICULES and capitales[rang + 1]
    return capitales


def completer(lignes: list[dict[str, Any]], grille: Grille, morceau: Morceau) -> list[str]:
    """Le lieu qu'une cellule fusionnée, la feuille ou un titre disent pour plusieurs lignes ; rend
    ce qui a été supposé."""
    avec_classe = any(champs.get("classe") for champs in lignes)
    remarques = _recopier(lignes, "classe" if avec_classe else "groupe")
    colonne_vide = any("classe" in champs for champs in lignes) and not morceau.feuille.nom
    if avec_classe or colonne_vide or not lignes:
        return remarques
    dites = [*grille.titres, *grille.rejets.values()]
    classe = classe_de_la_feuille(morceau) or _classe_des_titres(dites)
    if not classe:
        return remarques
    for champs in lignes:
        champs[_lieu(champs)] = classe
    suppose = f"Aucune colonne ne dit la classe : c'est celle du titre ou de la feuille, {classe}."
    return [*remarques, suppose]


def _recopier(lignes: list[dict[str, Any]], lieu: str) -> list[str]:
    """Un lieu qui n'est écrit qu'en tête de ses lignes vaut pour toutes."""
    lieux = [champs.get(lieu, "") for champs in lignes]
    dits = [dit for dit in lieux if dit]
    if not dits or len(set(dits)) < len(dits) or len(dits) > len(lieux) / 3 or not lieux[0]:
        return []
    precedents = accumulate(lieux, lambda avant, dit: dit or avant)
    for champs, precedent in zip(lignes, precedents, strict=True):
        champs[lieu] = precedent
    return [
        f"Une {lieu} n'est écrite qu'en tête de ses lignes : elle a été recopiée jusqu'à la "
        "suivante."
    ]


def classe_de_la_feuille(morceau: Morceau) -> str:
    """Une feuille par classe porte le nom de la classe ; une feuille seule, seulement si c'en est
    un ; « 6A.csv » aussi."""
    nom, fichier = morceau.feuille.nom, PurePosixPath(morceau.classeur).stem
    seule = morceau.fichier == morceau.classeur or _FEUILLE_SANS_NOM.fullmatch(normaliser(nom))
    if niveau_scolaire(nom) or not seule:
        return nom
    return fichier if niveau_scolaire(fichier) else ""


def _classe_des_titres(titres: list[str]) -> str:
    """« Classe de 6A », « Liste de la classe : 5eB » ; rien si les titres de plusieurs classes se
    suivent."""
    trouves = (re.search(r"classe\s*(?:de|:|-)*\s*([^\s»]+)", titre, re.I) for titre in titres)
    classes = {trouve[1] for trouve in trouves if trouve and niveau_scolaire(trouve[1])}
    return classes.pop() if len(classes) == 1 else ""
