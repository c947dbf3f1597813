"""Étage 3 — les documents à imprimer (PDF, DOCX, XLSX). Les nominatifs restent à l'enseignant."""

from pixkit.documents.accompagner import ecrire_accompagner
from pixkit.documents.attestations import ecrire_attestations, ecrire_modele_attestation
from pixkit.documents.bilan import ecrire_bilan
from pixkit.documents.feuilles import ecrire_feuille_de_route, ecrire_fiches_eleves
from pixkit.documents.livrets import ecrire_livrets
from pixkit.documents.relances import ecrire_relances
from pixkit.documents.rentree import ecrire_calendrier, ecrire_coupons, ecrire_page_familles
from pixkit.documents.sessions import ecrire_sessions
