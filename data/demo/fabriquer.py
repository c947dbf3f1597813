"""Fabrique les exports de démonstration : un collège et un lycée agricole inventés, aux octets des exports Pix de 2026.

Tout est tiré au sort avec des graines fixes : `python data/demo/fabriquer.py` redonne les mêmes fichiers, octet pour
octet, sur tout système. Ni élève, ni établissement n'existe ; les noms d'acquis (`@moteur2`…) sont inventés aussi.
"""

import csv
import io
import math
import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from etablissements import (
    A25,
    A26,
    CAMPAGNES,
    COLLEGE,
    COMPETENCES,
    CROISSANCE,
    DOMAINES,
    ECOLES,
    EXPORTS,
    HOMONYMES,
    LYCEE,
    NOMS,
    P3,
    PRENOMS,
    SANS_CLASSE,
    VACANCES,
    VENUES,
    Campagne,
    Parcours,
)
from listes import ecrire_listes

# — Les élèves —


@dataclass(eq=False)
class Eleve:
    """Un élève, son aisance (0 en moyenne) et sa classe de chaque année scolaire."""

    nom: str
    prenom: str
    aisance: float
    classes: dict[str, str] = field(default_factory=dict)
    sans_classe: bool = False


def normal(alea: random.Random) -> float:
    """Une loi normale en additions seules : les mêmes bits sur toutes les machines."""
    return sum(alea.random() for _ in range(12)) - 6


def nouveaux(alea: random.Random) -> Iterator[Eleve]:
    """Des élèves sans fin ; deux élèves d'un établissement n'ont jamais le même nom et le même prénom."""
    noms = [nom.replace("_", " ") for nom in NOMS.split()]
    pris = {("MARTIN", "Emma")}
    while True:
        identite = alea.choice(noms), alea.choice(PRENOMS.split())
        if identite not in pris:
            pris.add(identite)
            yield Eleve(*identite, aisance=normal(alea))


def college() -> list[Eleve]:
    """Quatre classes par niveau et une SEGPA ; en 2026 chacun monte, un ou deux par classe changent."""
    alea = random.Random("college")
    reserve = nouveaux(alea)
    eleves: list[Eleve] = []
    for lettre in "ABCD":
        eleves += inscrire(reserve, alea.randint(22, 28), {A26: f"6e{lettre}"})
    for niveau in (6, 5, 4):
        for lettre in "ABCD":
            cohorte = {A25: f"{niveau}e{lettre}", A26: f"{niveau - 1}e{lettre}"}
            eleves += faire_monter(reserve, alea, alea.randint(22, 27), cohorte)
    eleves += faire_monter(reserve, alea, 15, {A25: "5e SEGPA", A26: "4e SEGPA"})
    melanger(eleves, alea)
    for classe, (nom, prenom) in HOMONYMES.items():
        for eleve in [eleve for eleve in eleves if eleve.classes.get(A26) == classe and A25 in eleve.classes][3:5]:
            eleve.nom, eleve.prenom = nom, prenom
    next(eleve for eleve in eleves if eleve.classes.get(A26) == SANS_CLASSE).sans_classe = True
    return eleves


def lycee() -> list[Eleve]:
    """Six classes en 2026 ; la 1G1 vient de la 2GT1 de 2025."""
    alea = random.Random("lycee_agricole")
    reserve = nouveaux(alea)
    eleves = faire_monter(reserve, alea, 24, {A25: "2GT1", A26: "1G1"})
    eleves += inscrire(reserve, 19, {A25: "2 PRO NATURE"})
    effectifs = {"2GT1": 26, "2 PRO NATURE": 20, "TG1": 22, "CAPa 1 MA": 15, "BTSA1 ACSE": 18}
    for classe, effectif in effectifs.items():
        eleves += inscrire(reserve, effectif, {A26: classe})
    return eleves


def inscrire(reserve: Iterator[Eleve], effectif: int, classes: dict[str, str]) -> list[Eleve]:
    return [replace(next(reserve), classes=dict(classes)) for _ in range(effectif)]


def faire_monter(reserve: Iterator[Eleve], alea: random.Random, effectif: int, classes: dict[str, str]) -> list[Eleve]:
    """Une classe et sa suite : un ou deux partent à la fin de la première année, un ou deux arrivent."""
    partants, arrivants = alea.randint(1, 2), alea.randint(1, 2)
    partis = inscrire(reserve, partants, {A25: classes[A25]})
    return partis + inscrire(reserve, effectif - partants, classes) + inscrire(reserve, arrivants, {A26: classes[A26]})


def melanger(eleves: list[Eleve], alea: random.Random) -> None:
    """Une partie des élèves changent de lettre en montant, deux par deux : les effectifs restent."""
    for niveau in ("5e", "4e", "3e"):
        montes = [e for e in eleves if e.classes.get(A26, "").startswith(niveau) and "SEGPA" not in e.classes[A26]]
        tires = alea.sample(montes, 30)
        for un, autre in zip(tires[::2], tires[1::2], strict=True):
            un.classes[A26], autre.classes[A26] = autre.classes[A26], un.classes[A26]


# — Ce qu'ils ont fait —


@dataclass
class Participation:
    """Une participation, en heures de Paris ; `etats` (acquis) et `pix` sont rangés par compétence."""

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
    """Une séance en salle informatique par classe, réparties entre le début et la fin de la campagne."""
    debut, fin = datetime.fromisoformat(campagne.debut), datetime.fromisoformat(campagne.fin)
    pas = (fin - debut).days / len(classes)
    jours = [debut + timedelta(days=int(pas * (rang + alea.random()))) for rang in range(len(classes))]
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


def passer(campagne: Campagne, eleve: Eleve, debut: datetime, alea: random.Random) -> list[Participation]:
    """Les envois successifs d'un élève : on ne recommence qu'après avoir envoyé."""
    toutes: list[Participation] = []
    for rang in range(campagne.envois):
        toutes.append(repondre(campagne, eleve, debut, 0.4 * rang, alea))
        if toutes[-1].envoi is None or alea.random() > 0.5:
            break
        debut = jour_de_classe(toutes[-1].envoi + timedelta(days=alea.randint(10, 18)), alea)
        debut += timedelta(minutes=alea.randint(0, 20))
    return toutes


def repondre(campagne: Campagne, eleve: Eleve, debut: datetime, bonus: float, alea: random.Random) -> Participation:
    """Une participation : jusqu'où elle est allée, si elle est envoyée, et ce qu'elle montre."""
    force = eleve.aisance + effet(campagne, eleve.classes[campagne.annee]) + bonus
    etats = evaluer(campagne.parcours, force, alea) if campagne.parcours else {}
    pix = {} if campagne.parcours else collecter(force, alea)
    fin = debut + timedelta(minutes=alea.randint(22, 48))
    sort, tard, apres = alea.random(), alea.random(), alea.randint(0, 4)
    if sort < 0.05 and etats:  # en cours
        nb_acquis = sum(map(len, etats.values()))
        return Participation(eleve, debut, round(alea.randrange(nb_acquis) / nb_acquis, 3), None, etats, pix)
    delai = timedelta(days=1 + apres, minutes=37 * apres) if tard < 0.1 else timedelta(minutes=apres)
    return Participation(eleve, debut, 1.0, None if sort < 0.12 else fin + delai, etats, pix)


def effet(campagne: Campagne, classe: str) -> float:
    """Ce que la classe change : son année, son groupe, et la SEGPA."""
    alea = random.Random(f"{campagne.ecole} {campagne.annee} {classe}")
    croissance = next((valeur for debut, valeur in CROISSANCE.items() if classe.startswith(debut)), 1.0)
    return croissance + 0.35 * normal(alea) - (1.2 if "SEGPA" in classe else 0)


def chance(avance: float) -> float:
    """Une logistique, arrondie pour ne rien devoir à la bibliothèque mathématique de la machine."""
    return round(1 / (1 + math.exp(-avance)), 6)


def acquis_vises(parcours: Parcours) -> dict[str, list[tuple[str, str]]]:
    """{compétence: [(sujet, niveaux des acquis visés)]}, dans l'ordre des codes puis des noms."""
    vises = {}
    for code in parcours.competences.split():
        sujets = [re.fullmatch(r"(\D+)(\d+)", sujet).groups() for sujet in COMPETENCES[code][2].split()]
        vises[code] = [(nom, "".join(n for n in niveaux if int(n) <= parcours.niveau_max)) for nom, niveaux in sujets]
    return vises


def evaluer(parcours: Parcours, force: float, alea: random.Random) -> dict[str, dict[str, str]]:
    """{compétence: {acquis: OK, KO ou Non testé}} : sur un sujet, un acquis manqué fait manquer les suivants."""
    etats: dict[str, dict[str, str]] = {}
    for code, sujets in acquis_vises(parcours).items():
        avance = 1.7 + force - 1.5 * COMPETENCES[code][1] + 0.4 * normal(alea)
        etats[code] = {}
        for sujet, niveaux in sujets:
            reussi = True
            for niveau in niveaux:
                reussi = reussi and alea.random() < chance(avance - 0.6 * (int(niveau) - 1))
                etats[code][f"@{sujet}{niveau}"] = "OK" if reussi else "Non testé" if alea.random() < 0.08 else "KO"
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
    """Compte supprimé, envoi après minuit, nuit du changement d'heure : chacun à un élève, jamais à un homonyme."""
    minuit, nuit, supprimee = alea.sample([p for p in toutes if p.envoi and p.eleve.nom != "MARTIN"], 3)
    if "minuit" in campagne.incidents:
        minuit.debut = minuit.debut.replace(hour=23, minute=21)
        minuit.envoi = minuit.debut + timedelta(minutes=51)
    if "changement_heure" in campagne.incidents:  # à 3 h il est 2 h : l'envoi semble précéder le début
        nuit.debut, nuit.envoi = datetime(2026, 10, 25, 2, 40), datetime(2026, 10, 25, 2, 15)
    supprimee.supprimee = "supprime" in campagne.incidents


def a_la_date(toutes: Iterable[Participation], horodatage: str) -> list[Participation]:
    """Ce que montre un export fait à cet instant : ni les débuts, ni les envois d'après."""
    instant = datetime.strptime(horodatage, "%Y-%m-%d-%H%M")
    vues = [p for p in toutes if p.debut <= instant]
    return [replace(p, envoi=p.envoi if p.envoi and p.envoi <= instant else None) for p in vues]


# — Ce que Pix en écrit —

DEBUT = ["Nom de l'organisation", "ID Campagne", "Code", "Nom de la campagne"]
ELEVE = ["Nom du Participant", "Prénom du Participant", "Classe"]
# fmt: off
ENVOI = ["Envoi (O/N)", "Date et heure de l'envoi (Europe/Paris)", "Nombre de pix total", "Certifiable (O/N)",
         "Nombre de compétences certifiables"]
PARTAGE = ["% de progression", "Date et heure de début (Europe/Paris)", "Partage (O/N)",
           "Date et heure du partage (Europe/Paris)", "Palier obtenu (/{paliers})", "{badge} obtenu (O/N)",
           "% maitrise de l'ensemble des acquis du profil"]
PAR_PROFIL = ["Niveau pour la compétence {}", "Nombre de pix pour la compétence {}"]
PAR_COMPETENCE = ["% de maitrise des acquis de la compétence {}",
                  "Nombre d'acquis du profil cible dans la compétence {}", "Acquis maitrisés dans la compétence {}"]
PAR_DOMAINE = ["% de maitrise des acquis du domaine {}", "Nombre d'acquis du profil cible du domaine {}",
               "Acquis maitrisés du domaine {}"]
# fmt: on


def echapper(texte: str) -> str:
    """Les entités HTML que Pix laisse dans les en-têtes et le nom du fichier."""
    entites = {"'": "#39", "&": "amp", "<": "lt", ">": "gt", '"': "quot", "/": "#x2F", "`": "#x60", "=": "#x3D"}
    return "".join(f"&{entites[lettre]};" if lettre in entites else lettre for lettre in texte)


def cellule(valeur: str | int | float) -> str:
    """Une cellule de Pix : virgule décimale, guillemets sauf aux nombres, apostrophe devant une formule."""
    if isinstance(valeur, float):
        return f"{valeur:.3f}".rstrip("0").rstrip(".").replace(".", ",")
    if isinstance(valeur, int) or re.fullmatch(r"[0-9-]+", valeur):
        return str(valeur)
    garde = "'" if valeur.startswith(("-", "@", "=", "+")) else ""
    return '"' + (garde + valeur).replace('"', '""') + '"'


def octets_pix(lignes: list[list]) -> bytes:
    return "".join(";".join(map(cellule, ligne)) + "\n" for ligne in lignes).encode("utf-8-sig")


def octets_tableur(lignes: list[list]) -> bytes:
    """Le même export ouvert puis réenregistré : virgules, Windows-1252, CRLF, taux en pourcentages."""
    sortie = io.StringIO(newline="")
    ecrivain = csv.writer(sortie, lineterminator="\r\n")
    for ligne in lignes:
        ecrivain.writerow([f"{100 * valeur:.0f} %" if isinstance(valeur, float) else valeur for valeur in ligne])
    return sortie.getvalue().encode("cp1252")


def entete(campagne: Campagne) -> list[str]:
    """Les en-têtes : les noms de compétences et de badges y gardent leurs entités HTML, sans code ni numéro."""
    noms = {code: echapper(nom) for code, (nom, _, _) in COMPETENCES.items()}
    parcours = campagne.parcours
    if parcours is None:
        return [*DEBUT, *ELEVE, *ENVOI, *(mesure.format(nom) for nom in noms.values() for mesure in PAR_PROFIL)]
    vises = acquis_vises(parcours)
    fixes = [texte.format(paliers=parcours.paliers, badge=echapper(parcours.badge)) for texte in PARTAGE]
    competences = [mesure.format(noms[code]) for code in vises for mesure in PAR_COMPETENCE]
    domaines = [mesure.format(DOMAINES[code]) for code in sorted({code[0] for code in vises}) for mesure in PAR_DOMAINE]
    acquis = [f"@{nom}{niveau}" for sujets in vises.values() for nom, niveaux in sujets for niveau in niveaux]
    return [*DEBUT, "Parcours", *ELEVE, *fixes, *competences, *domaines, *(acquis if campagne.acquis else [])]


def ligne(campagne: Campagne, p: Participation, largeur: int) -> list:
    """Les cellules d'une participation ; « NA » jusqu'au bout quand elle n'est pas envoyée."""
    classe = "" if p.eleve.sans_classe and campagne.annee == A26 else p.eleve.classes[campagne.annee]
    cellules = [ECOLES[campagne.ecole], campagne.numero, campagne.code, campagne.nom]
    cellules += [campagne.parcours.nom] if campagne.parcours else []
    cellules += [p.eleve.nom, p.eleve.prenom, classe]
    cellules += [p.progression, f"{p.debut:%d/%m/%Y %H:%M}"] if campagne.parcours else []
    if p.envoi is None:
        cellules.append("Non")
    else:
        cellules += ["Oui", f"{p.envoi:%d/%m/%Y %H:%M}"]
        cellules += resultats_evaluation(campagne, p) if campagne.parcours else resultats_collecte(p)
    return cellules + ["NA"] * (largeur - len(cellules))


def resultats_evaluation(campagne: Campagne, p: Participation) -> list:
    """Palier, badge, taux d'ensemble, décomptes ; d'un compte supprimé il ne reste que les trois premiers."""
    comptes = {code: (len(etats), sum(e == "OK" for e in etats.values())) for code, etats in p.etats.items()}
    taux = decompte(comptes.values())[0]
    protection = decompte(compte for code, compte in comptes.items() if code[0] == "4")[0]
    seuils = [rang / (campagne.parcours.paliers + 1) for rang in range(1, campagne.parcours.paliers + 1)]
    cellules = [sum(taux >= seuil for seuil in seuils), "Oui" if protection >= 0.7 else "Non", taux]
    if p.supprimee:
        comptes = {code: (vises, 0) for code, (vises, _) in comptes.items()}
    for code in comptes:
        cellules += decompte([comptes[code]])
    for domaine in sorted({code[0] for code in comptes}):
        cellules += decompte(compte for code, compte in comptes.items() if code[0] == domaine)
    acquis = [etat for etats in p.etats.values() for etat in etats.values()] if campagne.acquis else []
    return cellules + ["Non testé" if p.supprimee else etat for etat in acquis]


def decompte(comptes: Iterable[tuple[int, int]]) -> list:
    """[taux à deux décimales, acquis visés, acquis maîtrisés] de plusieurs décomptes réunis."""
    vises, maitrises = map(sum, zip(*comptes, strict=True))
    return [round(maitrises / vises, 2), vises, maitrises]


def resultats_collecte(p: Participation) -> list:
    certifiables = sum(pix >= 8 for pix in p.pix.values())
    niveaux = [nombre for pix in p.pix.values() for nombre in (pix // 8, pix)]
    return [sum(p.pix.values()), "Oui" if certifiables >= 5 else "Non", certifiables, *niveaux]


def rang_alphabetique(p: Participation) -> tuple[str, str, timedelta]:
    """Nom, prénom sans accents ni signes, puis la participation la plus récente d'abord."""
    textes = (unicodedata.normalize("NFD", texte.casefold()) for texte in (p.eleve.nom, p.eleve.prenom))
    nom, prenom = ("".join(lettre for lettre in texte if lettre.isalpha()) for texte in textes)
    return nom, prenom, datetime.max - p.debut


# — Les fichiers —


def fabriquer(dossier: Path) -> list[Path]:
    """Écrit tous les exports dans `dossier`, d'où les anciens CSV sont d'abord retirés ; rend leurs chemins."""
    eleves = {COLLEGE: college(), LYCEE: lycee()}
    ecrits = []
    for ecole in ECOLES:
        (dossier / ecole).mkdir(parents=True, exist_ok=True)
        for ancien in [*(dossier / ecole).glob("*.csv"), *(dossier / ecole).glob("*.xml")]:
            ancien.unlink()
    for campagne in CAMPAGNES:
        toutes = sorted(participer(campagne, eleves[campagne.ecole]), key=rang_alphabetique)
        for horodatage in [*campagne.exports.split(), EXPORTS[campagne.annee]]:
            ecrits.append(ecrire(dossier, campagne, a_la_date(toutes, horodatage), horodatage))
    return ecrits + ecrire_listes(dossier, eleves[COLLEGE], eleves[LYCEE])


def ecrire(dossier: Path, campagne: Campagne, participations: list[Participation], horodatage: str) -> Path:
    noms = entete(campagne)
    lignes = [noms, *(ligne(campagne, p, len(noms)) for p in participations)]
    nom = re.sub(r"[^A-Za-z0-9 _.-]", "_", echapper(campagne.nom))
    chemin = dossier / campagne.ecole / f"Resultats-{nom}-{campagne.numero}-{horodatage}.csv"
    chemin.write_bytes(octets_tableur(lignes) if "tableur" in campagne.incidents else octets_pix(lignes))
    return chemin


if __name__ == "__main__":
    for ecrit in fabriquer(Path(__file__).parent):
        print(ecrit.name, ecrit.stat().st_size)
