"""Étage 1 — des listes lues à la table `eleves` : qui est là, dans quelle classe, qui est arrivé, parti, a changé de classe."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from typing import Any

from pixkit.charte import date_en_mots
from pixkit.lecture.liste import Liste, jour
from pixkit.referentiel import NIVEAUX_SCOLAIRES, niveau_du_mef, niveau_scolaire, normaliser

_JOUR_DE_RENTREE = (9, 15)
"""Mois et jour : qui entre après n'était pas là à la rentrée."""


def rassembler(listes: Iterable[Liste], annee_par_defaut: str | None) -> list[dict[str, Any]]:
    """Une ligne d'ELEVES par élève et par année, l'ordre des fichiers n'y changeant rien.

    Une liste sans année est rangée dans `annee_par_defaut` (celle des dernières campagnes), à défaut avec les autres listes.
    """
    listes = sorted(listes, key=lambda liste: (liste.date_liste or date.min, liste.fichier))
    annee_par_defaut = annee_par_defaut or max((liste.annee_scolaire for liste in listes if liste.annee_scolaire), default=None)
    professeurs = {
        normaliser(champs["classe"]): champs["professeur_principal"]
        for liste in listes
        for champs in liste.lignes
        if champs.get("classe") and champs.get("professeur_principal")
    }
    homonymes = _homonymes(listes)
    passages: dict[tuple[str, str], list[tuple[Liste, dict[str, str], int]]] = defaultdict(list)
    identifiants = _identifiants(listes)
    for liste in (liste for liste in listes if liste.nature != "professeurs"):
        annee = liste.annee_scolaire or annee_par_defaut or ""
        for champs, numero in sorted(zip(liste.lignes, liste.numeros, strict=True), key=lambda paire: sorted(paire[0].items())):
            passages[annee, _cle(champs, identifiants, homonymes)].append((liste, champs, numero))
    couvertures: dict[tuple[str, str], list[tuple[Liste, set]]] = defaultdict(list)
    for liste in listes:
        annee = liste.annee_scolaire or annee_par_defaut or ""
        couvertures[annee, liste.etablissement].append((liste, {champs.get("classe") for champs in liste.lignes} - {None, ""}))
    eleves = [
        _eleve(annee, cle, vus, couvertures[annee, vus[-1][0].etablissement]) for (annee, cle), vus in sorted(passages.items())
    ]
    for eleve in eleves:
        eleve["professeur_principal"] = professeurs.get(normaliser(eleve["classe"] or eleve["groupes"] or ""))
    return eleves


def _nom(champs: dict[str, str]) -> tuple[str, str]:
    return normaliser(champs.get("nom", "")), normaliser(champs.get("prenom", ""))


def _traits(champs: dict[str, str]) -> list[tuple[str, str, str]]:
    """Ce qui désigne une personne sans son INE : nom, prénom et naissance ; à défaut de naissance, la classe."""
    naissance, classe = jour(champs.get("date_naissance", "")), normaliser(champs.get("classe") or champs.get("groupe") or "")
    return [(*_nom(champs), repere) for repere in (str(naissance or ""), f"en {classe}" if classe else "") if repere]


def _identifiants(listes: list[Liste]) -> dict[tuple[str, str, str], str]:
    """{trait: identifiant} quand un seul élève a ce trait : une liste sans INE (Pronote) retrouve ceux de SIECLE."""
    connus: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for champs in (champs for liste in listes for champs in liste.lignes):
        if champs.get("identifiant") and not champs.get("partage"):
            for trait in _traits(champs):
                connus[trait].add(champs["identifiant"])
    return {trait: cles.pop() for trait, cles in connus.items() if len(cles) == 1}


def _homonymes(listes: list[Liste]) -> set[tuple[str, str]]:
    """Les noms et prénoms que plusieurs lignes d'une même liste portent."""
    comptes = (Counter(_nom(champs) for champs in liste.lignes) for liste in listes)
    return {nom for compte in comptes for nom, fois in compte.items() if fois > 1}


def _cle(champs: dict[str, str], identifiants: dict[tuple[str, str, str], str], homonymes: set[tuple[str, str]]) -> str:
    identifiant = champs.get("identifiant")
    if identifiant and not champs.get("partage"):
        return identifiant
    traits = _traits(champs)[:1]
    if traits and traits[0] in identifiants:
        return identifiants[traits[0]]
    # Sans naissance, le nom seul : la clé, et ce qui a été décidé, survivent à un changement de classe.
    repere = traits[0][2] if traits and (jour(champs.get("date_naissance", "")) or _nom(champs) in homonymes) else ""
    empreinte = blake2b("\x1f".join((*_nom(champs), repere)).encode(), digest_size=4).hexdigest()
    return f"{identifiant}-{empreinte}" if identifiant else f"local-{empreinte}"


def _eleve(annee: str, cle: str, vus: list, couvertures: list[tuple[Liste, set]]) -> dict[str, Any]:
    """Les faits de l'élève dans la dernière liste qui le cite, complétés par les listes précédentes."""
    liste, _, numero = vus[-1]
    champs: dict[str, str] = {}
    for _, passage, _ in vus:
        champs |= {champ: texte for champ, texte in passage.items() if texte}
    classe = champs.get("classe") or None
    rangs = {autre: rang for rang, (autre, _) in enumerate(couvertures)}
    premiere, premiere_classe = vus[0][0], vus[0][1].get("classe")
    avant = [autre for autre, classes in couvertures[: rangs.get(premiere, 0)] if premiere_classe in classes]
    apres = [autre for autre, classes in couvertures[rangs[liste] + 1 :] if classe in classes]
    sortie, entree = jour(champs.get("date_sortie", "")), jour(champs.get("date_entree", ""))
    sorti = sortie is not None and (liste.date_liste is None or sortie <= liste.date_liste)
    return {
        "eleve": cle,
        "nom": champs.get("nom"),
        "prenom": champs.get("prenom"),
        "autres_prenoms": " ".join(filter(None, (champs.get("deuxieme_prenom"), champs.get("troisieme_prenom")))) or None,
        "nom_usage": champs.get("nom_usage"),
        "date_naissance": jour(champs.get("date_naissance", "")),
        "classe": classe,
        "groupes": champs.get("groupe"),
        "niveau_scolaire": _niveau(champs),
        "date_entree": entree,
        "date_sortie": sortie,
        "annee_scolaire": annee or None,
        "etablissement": liste.etablissement,
        "present": not sorti and not apres,
        "mouvement": _depart(sortie if sorti else None, apres) or _arrivee(vus, entree, annee, avant),
        "professeur_principal": None,
        "fichier": liste.fichier,
        "ligne": numero,
    }


def _niveau(champs: dict[str, str]) -> str | None:
    niveau = champs.get("niveau")
    dit = niveau if niveau in NIVEAUX_SCOLAIRES else niveau_scolaire(niveau) if niveau else None
    return niveau_du_mef(champs.get("mef")) or dit or niveau_scolaire(champs.get("classe") or champs.get("groupe"))


def _depart(sortie: date | None, apres: list[Liste]) -> str | None:
    if sortie:
        return f"parti le {date_en_mots(sortie)}"
    return f"parti : n'est plus dans la liste {_du(apres[0])}" if apres else None


def _arrivee(vus: list, entree: date | None, annee: str, avant: list[Liste]) -> str | None:
    classes = list(dict.fromkeys(champs["classe"] for _, champs, _ in vus if champs.get("classe")))
    if len(classes) > 1:
        return f"a changé de classe ({' → '.join(classes)})"
    if entree and annee and entree > date(int(annee[:4]), *_JOUR_DE_RENTREE):
        return f"arrivé le {date_en_mots(entree)}"
    return f"arrivé : n'était pas dans la liste {_du(avant[-1])}" if avant else None


def _du(liste: Liste) -> str:
    return f"du {date_en_mots(liste.date_liste)}" if liste.date_liste else liste.fichier
