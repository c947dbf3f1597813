"""pixkit — lire les exports Pix d'un établissement et montrer, sans se tromper, ce que chaque classe maîtrise.

La vitrine : ce qu'un carnet importe. Chaque nom n'est chargé qu'au premier usage, pour que la commande réponde tout de suite.
"""

from importlib import import_module

_ETAGES = {
    "pixkit.ecole": ("ouvrir",),
    "pixkit.lecture": ("lire_dossier", "reprendre"),
    "pixkit.ecriture": ("ecrire",),
    "pixkit.appariement": ("apparier", "lire_decisions"),
    "pixkit.mesures": (
        "acquis_reussis",
        "angles_morts",
        "dispersion",
        "ecarts",
        "effet_envois",
        "estimations",
        "estimations_par_campagne",
        "fiche_eleve",
        "loin_du_groupe",
        "mesure",
        "niveaux",
        "objectifs",
        "par_eleve",
        "participation",
        "participation_attendue",
        "participation_dans_le_temps",
        "plafonds",
        "progression",
        "relances",
        "resultats_retenus",
        "suivi",
        "suivi_par_eleve",
        "taux_maitrise",
    ),
    "pixkit.figures": (
        "vue_angles_morts",
        "vue_carte",
        "vue_distribution",
        "vue_ecarts",
        "vue_eleve",
        "vue_face_a_face",
        "vue_niveaux_scolaires",
        "vue_participation",
        "vue_participation_dans_le_temps",
        "vue_plan",
        "vue_progression",
    ),
    "pixkit.documents": (
        "ecrire_calendrier",
        "ecrire_coupons",
        "ecrire_feuille_de_route",
        "ecrire_fiches_eleves",
        "ecrire_page_familles",
        "ecrire_relances",
    ),
    "pixkit.parcours": (
        "annee",
        "besoins",
        "charger_catalogue",
        "choisir",
        "grouper",
        "plan_de_classe",
    ),
    "pixkit.tableaux": ("tableau", "tableau_fichiers", "tableau_journal"),
    "pixkit.panneaux": ("panneau_atelier",),
    "pixkit.service.panneau": ("panneau_publication",),
    "pixkit.publication.preparer": ("preparer_publication",),
}
_OU = {nom: module for module, noms in _ETAGES.items() for nom in noms}

__all__ = sorted(_OU)  # noqa: PLE0605 — la liste est ci-dessus, une seule fois


def __getattr__(nom: str):
    if nom not in _OU:
        raise AttributeError(
            f"pixkit ne connaît pas « {nom} » ; il connaît : {', '.join(__all__)}."
        )
    return getattr(import_module(_OU[nom]), nom)


def __dir__() -> list[str]:
    return __all__
