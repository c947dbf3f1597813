"""Étage 4 et demi — lire un arbre d'établissements, compter toute une académie."""

import argparse

from pixkit.actions.dialogue import (
    MIS_DE_COTE,
    RIEN_DE_LISIBLE,
    TOUT_COMPRIS,
    Actions,
    code,
    dire,
    ouvrir_les_exports,
)
from pixkit.charte import accord, enumerer
from pixkit.compte_rendu import suivre_longtemps
from pixkit.erreurs import ChoixInconnu

_NON_PUBLIABLE = (
    "Un décompte d'un seul élève en dit les résultats : ce fichier ne se publie pas, et seul votre "
    "compte l'ouvre."
)


def _compter(options: argparse.Namespace) -> int:
    from pixkit.echelle.comptes import (  # noqa: PLC0415
        compter_dossier,
        compter_tables,
        sont_des_tables,
        verifier_vers,
    )

    demande = {"vers": verifier_vers(options.vers), "moteur": options.moteur}
    if sont_des_tables(options.dossier):
        comptes, rendu = compter_tables(options.dossier, **demande), TOUT_COMPRIS
    else:
        ecole = ouvrir_les_exports(options.dossier)
        comptes, rendu = compter_dossier(ecole, **demande), code(ecole.tables)
    print(f"{accord(comptes.num_rows, 'décompte')} dans « {options.vers} ».")
    dire(_NON_PUBLIABLE)
    return rendu if comptes.num_rows else MIS_DE_COTE


def lire_un_arbre(options: argparse.Namespace) -> int:
    """« pixkit lire --par-etablissement »."""
    from pixkit.echelle.arbre import absents, lire_arbre  # noqa: PLC0415
    from pixkit.ecriture import ecrire_csv  # noqa: PLC0415

    if options.format != "parquet":
        raise ChoixInconnu(
            f"--par-etablissement en {options.format}.",
            "des tables en Parquet, par année et par établissement.",
            "ajoutez --format parquet.",
        )
    fichiers = lire_arbre(
        options.dossier, options.vers, envois=options.envois, suivi=suivre_longtemps()
    )
    rapport = ecrire_csv(fichiers, "rapport", options.vers)
    lus, ecartes = fichiers["nature"].notna(), fichiers["nb_rejetees"].gt(0)
    print(
        f"{accord(fichiers['etablissement'].nunique(), 'établissement')}, "
        f"{accord(int(lus.sum()), 'fichier lu', 'fichiers lus')}, "
        f"{accord(int((~lus).sum()), 'mis de côté', 'mis de côté')}, "
        f"{accord(int(fichiers['nb_lues'].sum()), 'ligne lue', 'lignes lues')}, "
        f"{accord(int(fichiers['nb_rejetees'].sum()), 'mise de côté', 'mises de côté')}."
    )
    print(f"Ce que chaque fichier a de particulier : {rapport.name}.")
    if restent := absents(options.dossier, options.vers):
        dire(
            f"Lus une autre fois, hors de ce dossier : {enumerer(restent, 5)}. Leurs tables "
            "restent et se comptent ; pour ne garder que ce dossier, écrivez ailleurs (--vers)."
        )
    if not lus.any():
        return RIEN_DE_LISIBLE
    return MIS_DE_COTE if (ecartes | ~lus).any() else TOUT_COMPRIS


ACTIONS: Actions = {"compter": (_compter, "")}
