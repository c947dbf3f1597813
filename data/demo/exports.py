"""Ce que Pix écrit de ces participations : en-têtes, cellules et octets des exports de 2026."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from etablissements import A26, COMPETENCES, DOMAINES, ECOLES, Campagne
from participations import Participation, acquis_vises

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
    entites = {
        "'": "#39",
        "&": "amp",
        "<": "lt",
        ">": "gt",
        '"': "quot",
        "/": "#x2F",
        "`": "#x60",
        "=": "#x3D",
    }
    return "".join(f"&{entites[lettre]};" if lettre in entites else lettre for lettre in texte)


def cellule(valeur: str | int | float) -> str:
    """Une cellule de Pix : virgule décimale, guillemets sauf aux nombres, apostrophe devant une
    formule."""
    if isinstance(valeur, float):
        return f"{valeur:.3f}".rstrip("0").rstrip(".").replace(".", ",")
    if isinstance(valeur, int) or re.fullmatch(r"[0-9-]+", valeur):
        return str(valeur)
    garde = "'" if valeur.startswith(("-", "@", "=", "+")) else ""
    return '"' + (garde + valeur).replace('"', '""') + '"'


def octets_pix(lignes: list[list]) -> bytes:
    return "".join(";".join(map(cellule, ligne)) + "\n" for ligne in lignes).encode("utf-8-sig")


def octets_tableur(lignes: list[list]) -> bytes:
    """Le même export ouvert puis réenregistré : virgules, Windows-1252, CRLF, taux en
    pourcentages."""
    sortie = io.StringIO(newline="")
    ecrivain = csv.writer(sortie, lineterminator="\r\n")
    for ligne in lignes:
        ecrivain.writerow(
            [f"{100 * valeur:.0f} %" if isinstance(valeur, float) else valeur for valeur in ligne]
        )
    return sortie.getvalue().encode("cp1252")


def entete(campagne: Campagne) -> list[str]:
    """Les en-têtes : les noms de compétences et de badges y gardent leurs entités HTML, sans code
    ni numéro."""
    noms = {code: echapper(nom) for code, (nom, _, _) in COMPETENCES.items()}
    parcours = campagne.parcours
    if parcours is None:
        return [
            *DEBUT,
            *ELEVE,
            *ENVOI,
            *(mesure.format(nom) for nom in noms.values() for mesure in PAR_PROFIL),
        ]
    vises = acquis_vises(parcours)
    fixes = [
        texte.format(paliers=parcours.paliers, badge=echapper(parcours.badge)) for texte in PARTAGE
    ]
    competences = [mesure.format(noms[code]) for code in vises for mesure in PAR_COMPETENCE]
    domaines = [
        mesure.format(DOMAINES[code])
        for code in sorted({code[0] for code in vises})
        for mesure in PAR_DOMAINE
    ]
    acquis = [
        f"@{nom}{niveau}"
        for sujets in vises.values()
        for nom, niveaux in sujets
        for niveau in niveaux
    ]
    return [
        *DEBUT,
        "Parcours",
        *ELEVE,
        *fixes,
        *competences,
        *domaines,
        *(acquis if campagne.acquis else []),
    ]


def ligne(campagne: Campagne, p: Participation, largeur: int) -> list:
    """Les cellules d'une participation ; « NA » jusqu'au bout quand elle n'est pas envoyée."""
    classe = (
        "" if p.eleve.sans_classe and campagne.annee == A26 else p.eleve.classes[campagne.annee]
    )
    cellules = [ECOLES[campagne.ecole], campagne.numero, campagne.code, campagne.nom]
    cellules += [campagne.parcours.nom] if campagne.parcours else []
    cellules += [p.eleve.nom, p.eleve.prenom, classe]
    cellules += [p.progression, f"{p.debut:%d/%m/%Y %H:%M}"] if campagne.parcours else []
    if p.envoi is None:
        cellules.append("Non")
    else:
        cellules += ["Oui", f"{p.envoi:%d/%m/%Y %H:%M}"]
        cellules += (
            resultats_evaluation(campagne, p) if campagne.parcours else resultats_collecte(p)
        )
    return cellules + ["NA"] * (largeur - len(cellules))


def resultats_evaluation(campagne: Campagne, p: Participation) -> list:
    """Palier, badge, taux d'ensemble, décomptes ; d'un compte supprimé il ne reste que les trois
    premiers."""
    comptes = {
        code: (len(etats), sum(e == "OK" for e in etats.values()))
        for code, etats in p.etats.items()
    }
    taux = decompte(comptes.values())[0]
    protection = [compte for code, compte in comptes.items() if code[0] == "4"]
    badge = decompte(protection or comptes.values())[0] >= campagne.parcours.seuil_badge
    seuils = [
        rang / (campagne.parcours.paliers + 1) for rang in range(1, campagne.parcours.paliers + 1)
    ]
    cellules = [sum(taux >= seuil for seuil in seuils), "Oui" if badge else "Non", taux]
    if p.supprimee:
        comptes = {code: (vises, 0) for code, (vises, _) in comptes.items()}
    for code in comptes:
        cellules += decompte([comptes[code]])
    for domaine in sorted({code[0] for code in comptes}):
        cellules += decompte(compte for code, compte in comptes.items() if code[0] == domaine)
    acquis = (
        [etat for etats in p.etats.values() for etat in etats.values()] if campagne.acquis else []
    )
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
    textes = (
        unicodedata.normalize("NFD", texte.casefold()) for texte in (p.eleve.nom, p.eleve.prenom)
    )
    nom, prenom = ("".join(lettre for lettre in texte if lettre.isalpha()) for texte in textes)
    return nom, prenom, datetime.max - p.debut
