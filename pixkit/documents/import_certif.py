"""Le fichier que Pix Certif importe pour créer des sessions et y inscrire leurs candidats, quand le
centre n'a pas la liste de ses élèves."""

import csv
import io

import pandas as pd

from pixkit.gardes import gardee
from pixkit.sessions import PlanDeSessions

ENTETES = (
    "Numéro de session préexistante", "* Nom du site", "* Nom de la salle",
    "* Date de début (format: JJ/MM/AAAA)", "* Heure de début (heure locale format: HH:MM)",
    "* Surveillant(s)", "Observations (optionnel)", "* Nom de naissance", "* Prénom",
    "* Date de naissance (format: JJ/MM/AAAA)", "* Sexe (M ou F)",
    "Code INSEE de la commune de naissance", "Code postal de la commune de naissance",
    "Nom de la commune de naissance", "* Pays de naissance",
    "E-mail du destinataire des résultats (formateur, enseignant…)", "E-mail de convocation",
    "Identifiant externe", "Temps majoré ? (exemple format: 33%)",
)  # fmt: skip
"""L'en-tête d'un centre scolaire qui gère des élèves : Pix y refuse tarification et prépaiement."""


def import_certif(plan: PlanDeSessions, *, site: str = "") -> bytes:
    """Le CSV : une ligne par candidat. Le sexe et la naissance (commune, pays), que pixkit ne
    garde pas, restent à compléter, comme le site et les surveillants que l'on ne connaît pas."""
    surveillants = dict(
        plan.sessions[["session", "surveillants"]].itertuples(index=False, name=None)
    )
    texte = io.StringIO(newline="")
    ecrivain = csv.writer(texte, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow(ENTETES)
    for candidat in plan.candidats.itertuples():
        ligne = _ligne(candidat, site, surveillants[candidat.session])
        ecrivain.writerow([gardee(cellule) for cellule in ligne])
    return texte.getvalue().encode("utf-8-sig", "replace")


def _ligne(candidat, site: str, surveillants: str) -> list[str]:
    annee, mois, jour = candidat.date.split("-")
    ne_le = candidat.date_naissance
    naissance = "" if pd.isna(ne_le) else f"{ne_le:%d/%m/%Y}"
    seance = ["", site, candidat.salle, f"{jour}/{mois}/{annee}", candidat.heure, surveillants, ""]
    identite = ["" if pd.isna(nom) else nom for nom in (candidat.nom, candidat.prenom)]
    majore = f"{candidat.majoration}%" if candidat.majoration else ""
    return [*seance, *identite, naissance, *[""] * 7, candidat.eleve, majore]
