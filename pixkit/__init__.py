"""pixkit — lire les exports Pix d'un établissement et montrer, sans se tromper, ce que chaque
classe maîtrise.

La vitrine : ce qu'un carnet importe d'abord. Le reste est dans `pixkit.mesures`, `pixkit.vues`,
`pixkit.parcours` et `pixkit.documents`. Chaque nom n'est chargé qu'au premier usage, pour que la
commande réponde tout de suite.
"""

from importlib import import_module

_OU = {
    "ouvrir": "pixkit.ecole",
    "lire_dossier": "pixkit.lecture",
    "reprendre": "pixkit.lecture",
    "ecrire": "pixkit.ecriture",
    "mesure": "pixkit.mesures",
    "ecarts": "pixkit.mesures",
    "estimations": "pixkit.mesures",
    "objectifs": "pixkit.mesures",
    "participation": "pixkit.mesures",
    "progression": "pixkit.mesures",
    "besoins": "pixkit.parcours",
    "plan_de_classe": "pixkit.parcours",
    "tableau": "pixkit.tableaux",
    "en_francais": "pixkit.tableaux",
    "une_campagne": "pixkit.mesures",
    "panneau_atelier": "pixkit.panneaux",
    "panneau_publication": "pixkit.service.panneau",
    "preparer_publication": "pixkit.publication.preparer",
}
_ETAGES = ("mesures", "vues", "parcours", "documents")

__all__ = sorted(_OU)  # noqa: PLE0605 — la liste est ci-dessus, une seule fois


def __getattr__(nom: str):
    if nom in _ETAGES:
        return import_module(f"pixkit.{nom}")
    if nom not in _OU:
        etages = ", ".join(f"pixkit.{etage}" for etage in _ETAGES)
        raise AttributeError(
            f"pixkit ne connaît pas « {nom} » ; il connaît : {', '.join(__all__)} ; et {etages}."
        )
    return getattr(import_module(_OU[nom]), nom)


def __dir__() -> list[str]:
    return [*__all__, *_ETAGES]
