"""Étage 4 et demi — compter toute une académie."""

import argparse

from pixkit.actions.dialogue import (
    MIS_DE_COTE,
    TOUT_COMPRIS,
    Actions,
    code,
    dire,
    ouvrir_les_exports,
)
from pixkit.charte import accord

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


ACTIONS: Actions = {"compter": (_compter, "")}
