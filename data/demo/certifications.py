"""Les résultats de certification de démonstration, aux octets de Pix Orga : deux années de 3e au
collège (avant et après avril 2026, l'export a changé), deux de terminale au lycée."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eleves import Eleve, normal, nouveaux
from etablissements import COLLEGE, COMPETENCES, LYCEE
from listes import fiches

NIVEAUX = (
    (64, "Novice 1"),
    (128, "Novice 2"),
    (256, "Indépendant 1"),
    (384, "Indépendant 2"),
    (512, "Avancé 1"),
)
FAUX = (
    "Le candidat a répondu faux à plus de 50% des questions posées, cela a invalidé l'ensemble de sa "
    "certification, et a donc entraîné un score de 0 pix."
)
DEBUT = (
    "Numéro de certification",
    "Prénom",
    "Nom",
    "Date de naissance",
    "Lieu de naissance",
    "Identifiant Externe",
)
FIN = ("Commentaire jury pour l’organisation", "Session", "Date de passage de la certification")


class Examen(NamedTuple):
    """Une classe, le jour où elle a passé, combien étaient inscrits ; `ancien` : l'export d'avant
    avril 2026."""

    ecole: str
    classe: str
    jour: str
    inscrits: int
    ancien: bool = False


EXAMENS = [
    *(Examen(COLLEGE, f"3e{lettre}", "2025-05-22", 24, ancien=True) for lettre in "ABCD"),
    *(Examen(COLLEGE, f"3e{lettre}", "2026-05-19", 25) for lettre in "ABCD"),
    Examen(LYCEE, "TG1", "2026-03-10", 23),
    Examen(LYCEE, "TG1", "2026-11-17", 20),
]


def ecrire_certifications(dossier: Path, lycee: list[Eleve]) -> list[Path]:
    """Un fichier par classe et par année ; les terminales de cette année sont ceux de la liste."""
    alea, numeros = random.Random("certifications"), iter(range(660100, 700000))
    anciens = nouveaux(alea)
    presents = [f for f in fiches(lycee, "lycee") if f["classe"] == "TG1" and not f["sortie"]]
    ecrits = []
    for examen in EXAMENS:
        cette_annee = examen.jour > "2026-08"
        venus = presents[: examen.inscrits] if cette_annee else _inventer(examen, anciens, alea)
        lignes = [_ligne(examen, fiche, next(numeros), alea) for fiche in venus]
        nom = f"{examen.jour.replace('-', '')}_resultats_{examen.classe}.csv"
        chemin = dossier / examen.ecole / nom
        chemin.write_bytes(_octets([_entete(examen), *lignes]))
        ecrits.append(chemin)
    return ecrits


def _inventer(examen: Examen, anciens: Iterator[Eleve], alea: random.Random) -> list[dict]:
    naissance = int(examen.jour[:4]) - (15 if examen.ecole == COLLEGE else 18)
    return [
        {
            "nom": eleve.nom,
            "prenom": eleve.prenom,
            "naissance": f"{alea.randint(1, 28):02d}/{alea.randint(1, 12):02d}/{naissance}",
        }
        for eleve, _ in zip(anciens, range(examen.inscrits), strict=False)
    ]


def _entete(examen: Examen) -> list[str]:
    milieu = ["Statut", "Nombre de Pix"]
    if not examen.ancien:
        milieu = ["Type de certification", "Statut", "Niveau", "Score en Pix"]
    return [*DEBUT, *milieu, *COMPETENCES, *FIN]


def _ligne(examen: Examen, fiche: dict, numero: int, alea: random.Random) -> list:
    """Un passage : presque tous sont certifiés ; un absent n'a pas de ligne."""
    sort = alea.random()
    niveaux = [max(0, min(6, round(2.4 + normal(alea) * 1.1))) for _ in COMPETENCES]
    pix = sum(niveaux) * 8 + alea.randint(0, 7)
    statut, commentaire = "Validée", None
    if sort < 0.07:
        statut, commentaire = ("Rejetée" if examen.ancien else "Non obtenue"), FAUX
        niveaux, pix = ["-"] * 16 if not examen.ancien else [0] * 16, "0" if examen.ancien else 0
    elif sort < 0.09:
        statut, niveaux, pix = "Annulée", ["-"] * 16, "-"
    elif sort < 0.11:
        statut, niveaux, pix = "Démarrée", ["-"] * 16, None
    milieu = [statut, pix]
    if not examen.ancien:
        milieu = ["Pix", statut, _global(pix), pix]
    annee, mois, jour = examen.jour.split("-")
    passage = f"{jour}/{mois}/{annee}"
    qui = [numero, fiche["prenom"], fiche["nom"], fiche["naissance"], "ORVANNE", None]
    return [*qui, *milieu, *niveaux, commentaire, numero // 100, passage]


def _global(pix) -> str:
    noms = [nom for seuil, nom in NIVEAUX if isinstance(pix, int) and pix >= seuil]
    return noms[-1] if noms else "-"


def _octets(lignes: list[list]) -> bytes:
    """Le dialecte de ces exports : tout texte entre guillemets, sans fin de ligne à la fin."""

    def cellule(valeur) -> str:
        if valeur is None:
            return ""
        return str(valeur) if isinstance(valeur, int) else '"' + valeur.replace('"', '""') + '"'

    return "\n".join(";".join(map(cellule, ligne)) for ligne in lignes).encode("utf-8-sig")
