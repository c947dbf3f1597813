"""Étage 2 et quatre cinquièmes — les sessions de certification : qui passe, quand, dans quelle
salle ; exact, et ce qui manque dit en mots."""

from pixkit.sessions.dossier import planifier_sessions
from pixkit.sessions.planifier import COLONNES, PlanDeSessions, planifier
from pixkit.sessions.publics import publics_presents
