"""Étage 2 — qui a commencé, fini, envoyé : cinq états qui ne se mêlent jamais."""

import pandas as pd

from pixkit.mesures.retenus import classes, exiger_colonnes


def etats(participations: pd.DataFrame) -> pd.Series:
    """L'état de chaque participation : envoye, envoye_sans_detail, termine_non_envoye ou en_cours.

    Une collecte n'a pas de progression : qui n'a pas envoyé est en attente d'envoi (REGLES de Pix,
    4).
    """
    fini = participations["progression"].fillna(1) >= 1
    etat = fini.map({True: "termine_non_envoye", False: "en_cours"})
    etat = etat.mask(participations["envoye"], "envoye")
    return etat.mask(
        participations["envoye"] & participations["compte_supprime"], "envoye_sans_detail"
    )


def participation(participations: pd.DataFrame, *, par: str = "classe") -> pd.DataFrame:
    """Une ligne par groupe : combien de participations retenues dans chaque état, et leur
    `effectif`.

    Pour compter des élèves, donnez une seule campagne. `jamais_commence` est vide : un export ne
    liste que ceux qui ont commencé, seule la liste des élèves dirait les autres.
    """
    retenues = participations[participations["retenue"]]
    retenues = retenues.assign(classe=classes(retenues), etat=etats(retenues))
    exiger_colonnes(retenues, [par])
    compte = retenues.groupby([par, "etat"]).size().unstack(fill_value=0)
    compte = compte.reindex(
        columns=["envoye", "envoye_sans_detail", "termine_non_envoye", "en_cours"], fill_value=0
    )
    return compte.assign(
        jamais_commence=pd.array([pd.NA] * len(compte), dtype="Int64"), effectif=compte.sum(axis=1)
    ).reset_index()
