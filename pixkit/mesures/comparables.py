"""Étage 2 — ne pas comparer ce qui ne se compare pas : deux parcours, deux moments, des taux et des
niveaux."""

from collections.abc import Sequence

import pandas as pd

from pixkit.charte import date_en_mots, enumerer
from pixkit.erreurs import ComparaisonImpossible
from pixkit.grandeurs import NIVEAU, TAUX
from pixkit.mesures.retenus import mesure_de

MEME_MOMENT = 75
"""Jours : au-delà, deux collectes de profils ne disent plus le même moment de l'année."""


def exiger_comparables(resultats: pd.DataFrame, *, par: Sequence[str] = ()) -> None:
    """Lève ComparaisonImpossible si ces résultats viennent de parcours aux acquis différents, ou de
    collectes éloignées ; avec `par`, si un même groupe en mêle.

    Plusieurs campagnes d'un même parcours (une par classe) se comparent.
    """
    if "campagne" not in resultats or "campagne" in par or resultats["campagne"].nunique() < 2:
        return
    toutes = [resultats["campagne"].unique()]
    melees = resultats.groupby(list(par))["campagne"].unique() if par else toutes
    for codes in {tuple(sorted(codes)) for codes in melees}:
        ensemble = resultats[resultats["campagne"].isin(codes)]
        mesure = mesure_de(ensemble)
        if mesure is NIVEAU:
            _exiger_meme_moment(ensemble)
        elif mesure is TAUX:  # la certification est la même épreuve pour tous
            _exiger_memes_acquis(ensemble)


def _exiger_memes_acquis(resultats: pd.DataFrame) -> None:
    vises = (
        resultats.groupby(["campagne", "competence"], observed=True)["nb_acquis"].max().unstack()
    )
    formes = vises.apply(lambda ligne: tuple(ligne.fillna(0)), axis=1)
    if formes.nunique() > 1:
        noms = resultats.groupby("campagne")["nom_campagne"].first()
        differentes = [noms[formes.index[formes == forme][0]] for forme in formes.drop_duplicates()]
        cites = enumerer([f"« {nom} »" for nom in differentes], 6)
        raise ComparaisonImpossible(
            f"des parcours différents, qui ne visent pas les mêmes acquis : {cites}.",
            "un seul parcours : réussir la moitié d'un parcours facile n'est pas réussir la "
            "moitié d'un difficile.",
            "gardez une campagne, par exemple resultats.query(\"campagne == 'ABCDEF123'\"), ou "
            "regardez-les côte à côte.",
        )


def _exiger_meme_moment(resultats: pd.DataFrame) -> None:
    dates = resultats.groupby("campagne")["date_envoi"].median().dropna().sort_values()
    if len(dates) > 1 and (dates.iloc[-1] - dates.iloc[0]).days > MEME_MOMENT:
        raise ComparaisonImpossible(
            f"des profils du {date_en_mots(dates.iloc[0])} et du {date_en_mots(dates.iloc[-1])} "
            "dans les mêmes résultats.",
            "des profils d'un même moment de l'année.",
            "gardez une campagne ; pour voir le chemin parcouru par les mêmes élèves, utilisez "
            "progression(avant, apres).",
        )
