"""Étage 2 — l'année à rebours : de la fenêtre de certification à la rentrée. Une date sans source
est dite inconnue."""

from datetime import date, timedelta

import pandas as pd

from pixkit.charte import date_en_mots
from pixkit.referentiel import echeance_toussaint, fenetres_certification, normaliser

INCONNU = "inconnu"
AVANT_LA_SESSION = timedelta(weeks=4)
"""Le temps de lire une collecte de profils et d'agir, avant que la certification n'ouvre."""
_CERTIFIES = {"3e": "3e", "Tle": "tle", "CAP": "cap", "BTS": "bts", "CPGE": "cpge"}
_SIXIEME = "trois parcours, attestation de sixième"
_ATTESTATION = (
    ("1er trimestre : premier parcours de l'attestation", "septembre", "novembre", _SIXIEME),
    ("2e trimestre : deuxième parcours", "décembre", "février", _SIXIEME),
    ("3e trimestre : évaluation finale", "mars", "juin", _SIXIEME),
)


def annee(annee_scolaire: str, niveau_scolaire: str) -> pd.DataFrame:
    """Une ligne par étape : `etape`, `debut`, `fin` (en toutes lettres, « inconnu » sans source au
    jour), `source`.

    La certification est celle du niveau (3e, Tle, CAP, BTS, CPGE) ; en 6e, les trois parcours de
    l'attestation sur trois trimestres (note de service du 23-10-2024). Les parcours ciblés et la
    collecte se placent à rebours de la fenêtre.
    """
    toussaint = _dire(echeance_toussaint(annee_scolaire))
    rentree = date_en_mots(date(int(annee_scolaire[:4]), 9, 1))
    avant = ("Parcours de rentrée", rentree, toussaint, "avant les vacances de la Toussaint")
    etapes = [
        ("Préparer la rentrée", "septembre", "septembre", "liste de la rentrée"),
        *(_ATTESTATION if niveau_scolaire == "6e" else [avant]),
        *_certification(*_fenetre(annee_scolaire, niveau_scolaire), toussaint),
    ]
    return pd.DataFrame(etapes, columns=["etape", "debut", "fin", "source"])


def _certification(
    debut: date | None, fin: date | None, source: str, toussaint: str
) -> list[tuple[str, str, str, str]]:
    """Les étapes qui mènent à une session ; aucune si le niveau n'en a pas."""
    if not source:
        return []
    collecte = _dire(debut and debut - AVANT_LA_SESSION)
    ouvre, ferme = _dire(debut), _dire(fin)
    agir = "quatre semaines avant la session, le temps d'agir"
    return [
        ("Parcours ciblés", toussaint, collecte, "entre la Toussaint et la collecte"),
        ("Collecte de profils", collecte, ouvre, agir),
        ("Session de certification", ouvre, ferme, source),
        ("Finalisation des sessions", ferme, INCONNU, "aucune date limite trouvée"),
    ]


def _fenetre(annee_scolaire: str, niveau_scolaire: str) -> tuple[date | None, date | None, str]:
    mot = _CERTIFIES.get(niveau_scolaire)
    for fenetre in fenetres_certification(annee_scolaire):
        public = normaliser(fenetre["public"])
        if mot and mot in public and fenetre["remplacee"] != "oui" and "rattrapage" not in public:
            return fenetre["debut"], fenetre["fin"], str(fenetre["source"])
    return None, None, "aucune fenêtre publiée" if mot else ""


def _dire(jour: date | None) -> str:
    return date_en_mots(jour) if jour else INCONNU
