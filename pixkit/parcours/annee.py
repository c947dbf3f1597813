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


def annee(annee_scolaire: str, niveau_scolaire: str) -> pd.DataFrame:
    """Une ligne par étape : `etape`, `debut`, `fin` (en toutes lettres, « inconnu » sans source au
    jour), `source`.

    La certification est celle du niveau (3e, Tle, CAP, BTS, CPGE) ; en 6e, les trois parcours de
    l'attestation sur trois trimestres (note de service du 23-10-2024). Les parcours ciblés et la
    collecte se placent à rebours de la fenêtre.
    """
    rentree, toussaint = date(int(annee_scolaire[:4]), 9, 1), echeance_toussaint(annee_scolaire)
    etapes = [("Préparer la rentrée", "septembre", "septembre", "liste de la rentrée")]
    if niveau_scolaire == "6e":
        noms = ("premier parcours de l'attestation", "deuxième parcours", "évaluation finale")
        trimestres = (("septembre", "novembre"), ("décembre", "février"), ("mars", "juin"))
        etapes += [
            (
                f"{rang}e trimestre : {nom}".replace("1e ", "1er "),
                *mois,
                "trois parcours, attestation de sixième",
            )
            for rang, (nom, mois) in enumerate(zip(noms, trimestres, strict=True), start=1)
        ]
    else:
        etapes.append(
            (
                "Parcours de rentrée",
                date_en_mots(rentree),
                _dire(toussaint),
                "avant les vacances de la Toussaint",
            )
        )
    debut, fin, source = _fenetre(annee_scolaire, niveau_scolaire)
    if source:
        collecte = debut - AVANT_LA_SESSION if debut else None
        etapes += [
            (
                "Parcours ciblés",
                _dire(toussaint),
                _dire(collecte),
                "entre la Toussaint et la collecte",
            ),
            (
                "Collecte de profils",
                _dire(collecte),
                _dire(debut),
                "quatre semaines avant la session, le temps d'agir",
            ),
            ("Session de certification", _dire(debut), _dire(fin), source),
            ("Finalisation des sessions", _dire(fin), INCONNU, "aucune date limite trouvée"),
        ]
    return pd.DataFrame(etapes, columns=["etape", "debut", "fin", "source"])


def _fenetre(annee_scolaire: str, niveau_scolaire: str) -> tuple[date | None, date | None, str]:
    mot = _CERTIFIES.get(niveau_scolaire)
    for fenetre in fenetres_certification(annee_scolaire):
        public = normaliser(fenetre["public"])
        if mot and mot in public and fenetre["remplacee"] != "oui" and "rattrapage" not in public:
            return fenetre["debut"], fenetre["fin"], str(fenetre["source"])
    return None, None, "aucune fenêtre publiée" if mot else ""


def _dire(jour: date | None) -> str:
    return date_en_mots(jour) if jour else INCONNU
