"""Étage 3 — les vues : de table en image, sans rien calculer qui ne soit dans la table."""

from pixkit.figures.angles_morts import vue_angles_morts
from pixkit.figures.carte import vue_carte
from pixkit.figures.comparer import (
    vue_eleve,
    vue_face_a_face,
    vue_niveaux_scolaires,
    vue_progression,
)
from pixkit.figures.distribution import vue_distribution
from pixkit.figures.ecarts import vue_ecarts
from pixkit.figures.participation import vue_participation, vue_participation_dans_le_temps
from pixkit.figures.plan import vue_plan
from pixkit.figures.vue import Vue
