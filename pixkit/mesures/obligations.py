"""Étage 2 — ce que l'année demande : des codes jumeaux d'un même parcours sont une seule
obligation."""

import pandas as pd

from pixkit.referentiel import normaliser

_COMMUNS = 0.1
"""Part du plus petit code au-delà de laquelle trop d'élèves ont passé les deux : le second est une
reprise."""
_ECART = pd.Timedelta(days=30)
"""Un code par classe, une classe après l'autre : leurs dates se recouvrent à un mois près ; une
reprise en juin, non."""


def obligations(participations: pd.DataFrame) -> dict[str, str]:
    """{campagne: la première campagne de son obligation}. `premier` est la première venue de
    l'élève dans la campagne.

    Deux codes sont jumeaux s'ils font passer le même parcours la même année, que presque aucun
    élève n'a pris les deux et que leurs dates se recouvrent : un code par classe, ou deux
    établissements sur un site. Une collecte n'a pas de jumelle.
    """
    parcours = participations["parcours_evalue"].map(normaliser, na_action="ignore")
    codes = (
        participations.assign(parcours=parcours)
        .groupby("campagne")
        .agg(
            debut=("premier", "min"),
            fin=("premier", "max"),
            eleves=("eleve", lambda eleves: set(eleves.dropna())),
            parcours=("parcours", "first"),
            annee=("annee_scolaire", "first"),
        )
        .sort_values("debut")
    )
    familles: list[list] = []
    for code in codes.itertuples():
        famille = next((f for f in familles if _jumelle(code, f)), None)
        if famille is None:
            familles.append([code])
        else:
            famille.append(code)
    return {code.Index: famille[0].Index for famille in familles for code in famille}


def _jumelle(code, famille: list) -> bool:
    """Le même parcours la même année, des dates qui suivent celles de la famille, et presque aucun
    élève en commun."""
    return (
        all((un.parcours, un.annee) == (code.parcours, code.annee) for un in famille)
        and any(_se_recouvrent(code, un) for un in famille)
        and all(_presque_aucun_commun(code.eleves, un.eleves) for un in famille)
    )


def _se_recouvrent(un, autre) -> bool:
    return un.debut <= autre.fin + _ECART and autre.debut <= un.fin + _ECART


def _presque_aucun_commun(uns: set, autres: set) -> bool:
    return len(uns & autres) <= max(1, _COMMUNS * min(len(uns), len(autres)))
