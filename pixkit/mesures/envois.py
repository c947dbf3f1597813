"""Étage 2 — ce que change la règle d'envoi quand des élèves ont envoyé plusieurs fois."""

import pandas as pd

from pixkit.tables import Tables


def effet_envois(avant: Tables, apres: Tables) -> pd.DataFrame:
    """Une ligne par campagne que la règle d'envoi change : élèves dont l'envoi retenu change,
    médianes avant et après.

    La médiane est celle du taux de maîtrise (évaluation) ou du total de pix (collecte) des envois
    retenus.
    """
    cote = pd.DataFrame(
        {"avant": avant.participations["retenue"], "apres": apres.participations["retenue"]}
    )
    table = avant.participations.assign(
        score=avant.participations["taux_maitrise"].fillna(
            avant.participations["nb_pix"].astype("Float64")
        ),
        **cote,
    )
    changees = table[table["apres"] & ~table["avant"]]
    effet = (
        changees.groupby(["campagne", "nom_campagne", "type_campagne"], dropna=False)
        .size()
        .rename("nb_eleves")
        .to_frame()
    )
    medianes = {
        f"mediane_{nom}": table[table[nom]].groupby("campagne")["score"].median() for nom in cote
    }
    return effet.reset_index().join(pd.DataFrame(medianes), on="campagne")
