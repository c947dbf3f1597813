"""Étage 2 — ce que l'année demande : des codes jumeaux d'un même parcours sont une seule obligation."""

import pandas as pd

from pixkit.referentiel import normaliser

_COMMUNS = 0.1
"""Part du plus petit code au-delà de laquelle trop d'élèves ont passé les deux : le second est une reprise."""
_ECART = pd.Timedelta(days=30)
"""Un code par classe, une classe après l'autre : leurs dates se recouvrent à un mois près ; une reprise en juin, non."""


def obligations(participations: pd.DataFrame) -> dict[str, str]:
    """{campagne: la première campagne de son obligation}.

    Deux codes sont jumeaux s'ils font passer le même parcours la même année, que presque aucun élève n'a pris les deux et que
    leurs dates se recouvrent : un code par classe, ou deux établissements sur un site. Une collecte n'a pas de jumelle.
    """
    dates = participations["date_debut"].fillna(participations["date_envoi"])
    parcours = participations["parcours_evalue"].map(normaliser, na_action="ignore")
    codes = (
        participations.assign(date=dates, parcours=parcours)
        .groupby("campagne")
        .agg(
            debut=("date", "min"),
            fin=("date", "max"),
            eleves=("eleve", lambda eleves: set(eleves.dropna())),
            parcours=("parcours", "first"),
            annee=("annee_scolaire", "first"),
        )
        .sort_values("debut")
    )
    familles: list[list[str]] = []
    for code, fiche in codes.iterrows():
        famille = next((f for f in familles if all(_jumelles(codes.loc[autre], fiche) for autre in f)), None)
        if famille is None:
            familles.append([code])
        else:
            famille.append(code)
    return {code: famille[0] for famille in familles for code in famille}


def _jumelles(une: pd.Series, autre: pd.Series) -> bool:
    if pd.isna(une["parcours"]) or (une["parcours"], une["annee"]) != (autre["parcours"], autre["annee"]):
        return False
    communs = len(une["eleves"] & autre["eleves"])
    peu = communs <= max(1, _COMMUNS * min(len(une["eleves"]), len(autre["eleves"])))
    return peu and une["debut"] <= autre["fin"] + _ECART and autre["debut"] <= une["fin"] + _ECART
