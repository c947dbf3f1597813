"""Étage 4 et demi — publier, en faire le bilan, retirer, servir."""

import argparse
import os
from datetime import date
from pathlib import Path

from pixkit.actions.dialogue import (
    MIS_DE_COTE,
    RIEN_DE_LISIBLE,
    TOUT_COMPRIS,
    Actions,
    code,
    demander,
    dire,
    dit_oui,
    noms,
)
from pixkit.charte import date_en_mots
from pixkit.compte_rendu import suivre
from pixkit.embarque import APPS, commande
from pixkit.erreurs import PublicationIllisible, PublicationRefusee


def _publier(options: argparse.Namespace) -> int:
    from pixkit.memoire import repondre_pas_un_eleve  # noqa: PLC0415
    from pixkit.publication.place import verifier_place  # noqa: PLC0415
    from pixkit.publication.preparer import preparer_publication, verifier_suite  # noqa: PLC0415

    verifier_place(options.vers, options.dossier)  # avant une minute de dessin
    if not options.malgre.strip():
        verifier_suite(options.vers, options.dossier)
    if options.pas_un_eleve:
        repondre_pas_un_eleve(options.dossier, options.pas_un_eleve)
    effectif_min = _effectif_min() if options.effectif_min is None else options.effectif_min
    reglages = {"effectif_min": effectif_min, "html": options.html, "malgre": options.malgre}
    preparation = preparer_publication(options.dossier, **reglages, suivi=suivre)
    print(preparation.resume())
    print(preparation.difference(options.vers))
    if not options.oui and not dit_oui("Publier ? (oui/non)"):
        dire("Rien n'a été publié. (--oui répond oui d'avance.)")
        return RIEN_DE_LISIBLE
    preparation.ecrire(options.vers)
    print(
        f"Publié dans « {Path(options.vers).name} ». Pour l'ouvrir : "
        + commande("servir", f'"{options.vers}"')
    )
    return code(preparation.tables)


def _effectif_min() -> int:
    reponse = demander(
        "Le plus petit groupe d'élèves dont on puisse parler (5 entre collègues, 10 au-delà) ?"
    )
    if not reponse.isdigit():
        raise PublicationRefusee(
            "pas d'effectif minimum.",
            "le plus petit groupe d'élèves dont on puisse parler.",
            "ajoutez par exemple --effectif-min 5.",
        )
    return int(reponse)


def _ecrire_le_bilan(options: argparse.Namespace) -> int:
    from pixkit.documents import ecrire_bilan  # noqa: PLC0415
    from pixkit.publication.bilan import bilan_de_rentree  # noqa: PLC0415
    from pixkit.service.lecteur import mise_de_cote  # noqa: PLC0415

    publication, rendu = Path(options.publication), TOUT_COMPRIS
    _verifier_sortie(publication, Path(options.vers))
    if not publication.exists() and not mise_de_cote(publication).exists():
        rendu = _publier_d_abord(options)
    if rendu == RIEN_DE_LISIBLE:
        return rendu
    ecrits = ecrire_bilan(bilan_de_rentree(publication), options.vers)
    print(f"Écrits : {noms(ecrits)}. Deux pages sans nom d'élève ; le DOCX se complète.")
    return rendu


def _verifier_sortie(publication: Path, vers: Path) -> None:
    """Lève PublicationRefusee si le bilan irait dans la publication : elle ne se remplacerait
    plus."""
    cible, sortie = publication.resolve(), vers.resolve()
    if cible == sortie or cible in sortie.parents:
        raise PublicationRefusee(
            "un bilan à écrire dans la publication elle-même.",
            "un autre dossier : une publication ne contient que ce que « pixkit publier » écrit.",
            "choisissez-en un autre avec --vers.",
        )


def _publier_d_abord(options: argparse.Namespace) -> int:
    """Publie comme « pixkit publier » ; lève PublicationIllisible si l'on ne sait d'après quoi."""
    if options.dossier is None:
        raise PublicationIllisible(
            f"« {Path(options.publication).name} », qui n'existe pas.",
            "un dossier écrit par « pixkit publier ».",
            "vérifiez le chemin, ou donnez le dossier des exports (--dossier) : la publication se "
            "fera d'abord.",
        )
    reglages = {"vers": options.publication, "html": False, "malgre": "", "pas_un_eleve": None}
    return _publier(argparse.Namespace(**vars(options) | reglages))


def _reunir(options: argparse.Namespace) -> int:
    from pixkit.academie.preparer import (  # noqa: PLC0415
        preparer_academie,
        verifier_place_academie,
    )

    verifier_place_academie(options.vers, options.publications)  # avant de dessiner
    preparation = preparer_academie(
        options.publications,
        etablissements=options.etablissements,
        pour=options.pour,
        html=options.html,
        suivi=suivre,
    )
    for phrase in preparation.refus:
        dire(phrase)
    print(preparation.resume())
    preparation.ecrire(options.vers)
    print(
        f"Publié dans « {Path(options.vers).name} ». Pour l'ouvrir : "
        f'pixkit servir "{options.vers}"'
    )
    return MIS_DE_COTE if preparation.refus else TOUT_COMPRIS


def _retirer(options: argparse.Namespace) -> int:
    from pixkit.publication.place import retirer  # noqa: PLC0415

    nom = Path(options.publication).name
    if not options.oui and not dit_oui(f"Retirer « {nom} » et l'effacer ? (oui/non)"):
        dire("Rien n'a été retiré. (--oui répond oui d'avance.)")
        return RIEN_DE_LISIBLE
    jour = date_en_mots(date.fromisoformat(retirer(options.publication)))
    print(f"« {nom} » est retirée depuis le {jour} : ses pages le disent. Les copies (clé USB, "
          "impressions) restent à reprendre.")  # fmt: skip
    return TOUT_COMPRIS


def _servir(options: argparse.Namespace) -> int:
    from pixkit.service.carnets import carnets_servis, lancer  # noqa: PLC0415

    publication, carnets = Path(options.publication).resolve(), carnets_servis(options.carnets)
    # Voilà se charge dans son processus pendant que tornado se charge dans le nôtre.
    lancee = lancer(publication, Path(options.carnets or APPS))
    from pixkit.service.serveur import Acces, servir  # noqa: PLC0415

    acces = Acces(
        adresse=options.adresse,
        port=options.port,
        prefixe=options.prefixe,
        # Par l'environnement : la liste des processus montre les arguments.
        mot_de_passe=os.environ.pop("PIXKIT_MOT_DE_PASSE", ""),
        jeton=os.environ.pop("PIXKIT_JETON", ""),
        certificat=options.certificat,
        cle=options.cle,
        derriere_un_mandataire=options.derriere_un_mandataire,
        cadres=tuple(options.cadre),
    )
    servir(publication, acces, carnets, lancee)
    return TOUT_COMPRIS


ACTIONS: Actions = {
    "publier": (_publier, "publier"),
    "bilan": (_ecrire_le_bilan, "publier"),
    "academie": (_reunir, "publier"),
    "retirer": (_retirer, ""),
    "servir": (_servir, "service"),
}
