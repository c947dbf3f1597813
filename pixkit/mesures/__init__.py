"""Étage 2 — les mesures : de table en table, sans état et sans image."""

from pixkit.mesures.accompagner import a_accompagner
from pixkit.mesures.angles_morts import angles_morts
from pixkit.mesures.attestations import attestations
from pixkit.mesures.bilans import bilans, ecarts_a_l_an_passe
from pixkit.mesures.certifiables import (
    certifiables,
    certifiables_par_semaine,
    collectes_anciennes,
    dernieres_collectes,
    sans_collecte,
    taux_certifiables,
)
from pixkit.mesures.certification import (
    ecarts_a_l_attendu,
    niveaux_atteints,
    taux_certification,
)
from pixkit.mesures.certifies import (
    certifications_reliees,
    certifications_retenues,
    compter_certifications,
    compter_niveaux,
    niveaux_certifies,
    remarques_des_certifications,
    scores_certifies,
)
from pixkit.mesures.compter import additionner, compter
from pixkit.mesures.details import acquis_reussis, eleves_d_une_case, fiche_eleve, plafonds
from pixkit.mesures.dispersion import dispersion, loin_du_groupe
from pixkit.mesures.ecarts import (
    ETABLISSEMENT,
    ETABLISSEMENT_ENTIER,
    ETABLISSEMENTS,
    ecarts,
    face_a_face,
    objectifs,
)
from pixkit.mesures.envois import effet_envois
from pixkit.mesures.estimations import estimations, estimations_par_campagne
from pixkit.mesures.livrets import livrets, mentions
from pixkit.mesures.maitrise import mesure, niveaux, par_eleve, reunir, taux_maitrise
from pixkit.mesures.participation import participation
from pixkit.mesures.progression import progression
from pixkit.mesures.remarques import remarques_du_suivi
from pixkit.mesures.retenus import (
    mesure_de,
    participations_reliees,
    resultats_retenus,
    une_campagne,
)
from pixkit.mesures.suivi import (
    envois_de_l_ecole,
    participation_attendue,
    participation_dans_le_temps,
    relances,
    suivi,
    suivi_par_eleve,
)
