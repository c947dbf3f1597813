"""Ce que les élèves inventés ont fait de chaque campagne : débuts, envois, acquis réussis,
incidents."""

import math
import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from eleves import Eleve, normal
from etablissements import COMPETENCES, CROISSANCE, P3, VACANCES, VENUES, Campagne, Parcours


@dataclass
class Participation:
    """Une participation, en heures de Paris ; `etats` (acquis) et `pix` sont rangés par
    compétence."""

    eleve: Eleve
    debut: datetime
    progression: float
    envoi: datetime | None
    etats: dict[str, dict[str, str]]
    pix: dict[str, int]
    supprimee: bool = False


def participer(campagne: Campagne, eleves: Iterable[Eleve]) -> list[Participation]:
    """Toutes les participations d'une campagne ; qui n'est jamais venu n'en a pas."""
    alea = random.Random(campagne.code)
    choisies = tuple(campagne.classes.split())
    inscrits = [e for e in eleves if e.classes.get(campagne.annee, "").startswith(choisies)]
    seances = prevoir(campagne, sorted({e.classes[campagne.annee] for e in inscrits}), alea)
    toutes = []
    for eleve in inscrits:
        classe = eleve.classes[campagne.annee]
        if alea.random() < VENUES.get((campagne.annee, classe), 0.96):
            toutes += passer(campagne, eleve, commencer(seances[classe], alea), alea)
    arriver_incidents(campagne, toutes, alea)
    return toutes


def prevoir(campagne: Campagne, classes: list[str], alea: random.Random) -> dict[str, datetime]:
    """Une séance en salle informatique par classe, réparties entre le début et la fin de la
    campagne."""
    debut, fin = datetime.fromisoformat(campagne.debut), datetime.fromisoformat(campagne.fin)
    pas = (fin - debut).days / len(classes)
    jours = [
        debut + timedelta(days=int(pas * (rang + alea.random()))) for rang in range(len(classes))
    ]
    return {classe: jour_de_classe(jour, alea) for classe, jour in zip(classes, jours, strict=True)}


def jour_de_classe(jour: datetime, alea: random.Random) -> datetime:
    """Le premier jour de classe à partir de celui-ci, à une heure de cours."""
    while jour.weekday() > 4 or any(debut <= f"{jour:%Y-%m-%d}" <= fin for debut, fin in VACANCES):
        jour += timedelta(days=1)
    return jour.replace(hour=alea.choice((8, 9, 10, 11, 13, 14, 15)), minute=5)


def commencer(seance: datetime, alea: random.Random) -> datetime:
    """Avec sa classe, sauf un sur dix qui s'y met un autre jour."""
    if alea.random() < 0.1:
        seance = jour_de_classe(seance + timedelta(days=alea.randint(1, 8)), alea)
    return seance + timedelta(minutes=alea.randint(0, 9))


def passer(
    campagne: Campagne, eleve: Eleve, debut: datetime, alea: random.Random
) -> list[Participation]:
    """Les envois successifs d'un élève : on ne recommence qu'après avoir envoyé."""
    toutes: list[Participation] = []
    for rang in range(campagne.envois):
        toutes.append(repondre(campagne, eleve, debut, 0.4 * rang, alea))
        if toutes[-1].envoi is None or alea.random() > 0.5:
            break
        debut = jour_de_classe(toutes[-1].envoi + timedelta(days=alea.randint(10, 18)), alea)
        debut += timedelta(minutes=alea.randint(0, 20))
    return toutes


def repondre(
    campagne: Campagne, eleve: Eleve, debut: datetime, bonus: float, alea: random.Random
) -> Participation:
    """Une participation : jusqu'où elle est allée, si elle est envoyée, et ce qu'elle montre."""
    force = eleve.aisance + effet(campagne, eleve.classes[campagne.annee]) + bonus
    etats = evaluer(campagne.parcours, force, alea) if campagne.parcours else {}
    pix = {} if campagne.parcours else collecter(force, alea)
    fin = debut + timedelta(minutes=alea.randint(22, 48))
    sort, tard, apres = alea.random(), alea.random(), alea.randint(0, 4)
    if sort < 0.05 and etats:  # en cours
        nb_acquis = sum(map(len, etats.values()))
        return Participation(
            eleve, debut, round(alea.randrange(nb_acquis) / nb_acquis, 3), None, etats, pix
        )
    delai = (
        timedelta(days=1 + apres, minutes=37 * apres) if tard < 0.1 else timedelta(minutes=apres)
    )
    return Participation(eleve, debut, 1.0, None if sort < 0.12 else fin + delai, etats, pix)


def effet(campagne: Campagne, classe: str) -> float:
    """Ce que la classe change : son année, son groupe, et la SEGPA."""
    alea = random.Random(f"{campagne.ecole} {campagne.annee} {classe}")
    croissance = next(
        (valeur for debut, valeur in CROISSANCE.items() if classe.startswith(debut)), 1.0
    )
    return croissance + 0.35 * normal(alea) - (1.2 if "SEGPA" in classe else 0)


def chance(avance: float) -> float:
    """Une logistique, arrondie pour ne rien devoir à la bibliothèque mathématique de la machine."""
    return round(1 / (1 + math.exp(-avance)), 6)


def acquis_vises(parcours: Parcours) -> dict[str, list[tuple[str, str]]]:
    """{compétence: [(sujet, niveaux des acquis visés)]}, dans l'ordre des codes puis des noms."""
    vises = {}
    for code in parcours.competences.split():
        sujets = [
            re.fullmatch(r"(\D+)(\d+)", sujet).groups() for sujet in COMPETENCES[code][2].split()
        ]
        vises[code] = [
            (nom, "".join(n for n in niveaux if int(n) <= parcours.niveau_max))
            for nom, niveaux in sujets
        ]
    return vises


def evaluer(parcours: Parcours, force: float, alea: random.Random) -> dict[str, dict[str, str]]:
    """{compétence: {acquis: OK, KO ou Non testé}} : sur un sujet, un acquis manqué fait manquer les
    suivants."""
    etats: dict[str, dict[str, str]] = {}
    for code, sujets in acquis_vises(parcours).items():
        avance = 1.7 + force - 1.5 * COMPETENCES[code][1] + 0.4 * normal(alea)
        etats[code] = {}
        for sujet, niveaux in sujets:
            reussi = True
            for niveau in niveaux:
                reussi = reussi and alea.random() < chance(avance - 0.6 * (int(niveau) - 1))
                etats[code][f"@{sujet}{niveau}"] = (
                    "OK" if reussi else "Non testé" if alea.random() < 0.08 else "KO"
                )
    return etats


def collecter(force: float, alea: random.Random) -> dict[str, int]:
    """Les pix de chaque compétence : 47 au plus (niveau 5), 0 quand elle n'a jamais été abordée."""
    rares = set(COMPETENCES) - set(P3.competences.split())
    pix = {}
    for code, (_, difficulte, _) in COMPETENCES.items():
        abordee = alea.random() > (0.55 if code in rares else 0.12)
        brut = 8 * (1.2 + 0.8 * force - difficulte + 0.6 * normal(alea))
        pix[code] = min(47, max(0, int(brut))) if abordee else 0
    return pix


def arriver_incidents(campagne: Campagne, toutes: list[Participation], alea: random.Random) -> None:
    """Compte supprimé, envoi après minuit, nuit du changement d'heure : chacun à un élève, jamais à
    un homonyme."""
    minuit, nuit, supprimee = alea.sample(
        [p for p in toutes if p.envoi and p.eleve.nom != "MARTIN"], 3
    )
    if "minuit" in campagne.incidents:
        minuit.debut = minuit.debut.replace(hour=23, minute=21)
        minuit.envoi = minuit.debut + timedelta(minutes=51)
    if (
        "changement_heure" in campagne.incidents
    ):  # à 3 h il est 2 h : l'envoi semble précéder le début
        nuit.debut, nuit.envoi = datetime(2026, 10, 25, 2, 40), datetime(2026, 10, 25, 2, 15)
    supprimee.supprimee = "supprime" in campagne.incidents


def garder_les_acquis(toutes: Iterable[Participation]) -> None:
    """Pix garde ce qui est validé : un envoi montre au moins ce que montraient les précédents de
    l'élève, dans toute campagne."""
    valides: dict[Eleve, set[str]] = defaultdict(set)
    pix: dict[Eleve, dict[str, int]] = defaultdict(dict)
    for p in sorted((p for p in toutes if p.envoi), key=lambda p: p.envoi):
        for etats in p.etats.values():
            etats.update((acquis, "OK") for acquis in valides[p.eleve] & etats.keys())
            valides[p.eleve] |= {acquis for acquis, etat in etats.items() if etat == "OK"}
        for code, nombre in p.pix.items():
            p.pix[code] = pix[p.eleve][code] = max(nombre, pix[p.eleve].get(code, 0))


def a_la_date(toutes: Iterable[Participation], horodatage: str) -> list[Participation]:
    """Ce que montre un export fait à cet instant : ni les débuts, ni les envois d'après."""
    instant = datetime.strptime(horodatage, "%Y-%m-%d-%H%M")
    vues = [p for p in toutes if p.debut <= instant]
    return [replace(p, envoi=p.envoi if p.envoi and p.envoi <= instant else None) for p in vues]
