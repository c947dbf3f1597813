"""Étage 2 — le chemin parcouru par les mêmes élèves, d'une campagne à l'autre ; partants et arrivants sont comptés à part."""

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from pixkit.erreurs import ComparaisonImpossible
from pixkit.mesures.certitude import CONFIANCE, notes, signaux
from pixkit.mesures.retenus import exiger_colonnes, mesure_de


def progression(
    avant: pd.DataFrame, apres: pd.DataFrame, *, par: str = "classe", sur: str = "competence"
) -> pd.DataFrame:
    """Une ligne par groupe × compétence : `moyenne_avant`, `moyenne_apres`, `ecart` des mêmes élèves, son intervalle, son signal.

    `avant` et `apres` sont des résultats : deux campagnes, ou le premier et le dernier envoi d'une seule (`reprendre`). Le
    groupe est celui d'`apres`. `effectif` : les élèves des deux ; `nb_partis` et `nb_arrives` : ceux d'un seul, jamais comptés
    dans l'écart ; un même envoi n'est pas comparé à lui-même. Deux évaluations doivent viser les mêmes acquis ; deux collectes
    se comparent toujours. D'une année à l'autre, donnez des résultats dont `eleve` est celui de la liste
    (`resultats_retenus(tables, liens)`) : sinon, un élève qui change de classe est un inconnu. Lève ComparaisonImpossible.
    """
    exiger_colonnes(apres, [par, sur])
    _exiger_paire(avant, apres)
    envoi = ["campagne", "date_envoi"]
    ancien = notes(avant, par=envoi, sur=sur).rename(columns={"note": "note_avant"})[
        [*envoi, sur, "eleve", "note_avant"]
    ]
    recent = notes(apres, par=[par, *envoi], sur=sur).rename(columns={"note": "note_apres"})
    paires = recent.merge(ancien, on=["eleve", sur], suffixes=("", "_avant"))
    meme_envoi = (paires["campagne"] == paires["campagne_avant"]) & (
        paires["date_envoi"] == paires["date_envoi_avant"]
    )
    paires = paires[~meme_envoi].assign(ecart=lambda p: p["note_apres"] - p["note_avant"])
    table = paires.groupby([par, sur]).agg(
        effectif=("ecart", "size"), moyenne_avant=("note_avant", "mean"), moyenne_apres=("note_apres", "mean"),
        ecart=("ecart", "mean"), etendue=("ecart", "std"),
    ).reset_index()  # fmt: skip
    return _juger(table.merge(_mouvements(avant, apres, par), on=par, how="left")).drop(
        columns="etendue"
    )


def _exiger_paire(debut: pd.DataFrame, fin: pd.DataFrame) -> None:
    if mesure_de(debut) != mesure_de(fin):
        mesure_de(pd.concat([debut, fin]))  # refuse, en disant pourquoi
    if mesure_de(debut) == "taux_maitrise":
        formes = [
            table.groupby("competence", observed=True)["nb_acquis"].max().to_dict()
            for table in (debut, fin)
        ]
        if formes[0] != formes[1]:
            raise ComparaisonImpossible(
                "deux parcours qui ne visent pas les mêmes acquis.",
                "le même parcours passé deux fois, ou deux collectes de profils.",
                "comparez deux collectes : les niveaux Pix, eux, gardent le même sens.",
            )


def _mouvements(debut: pd.DataFrame, fin: pd.DataFrame, par: str) -> pd.DataFrame:
    """Par groupe : ceux qui n'étaient pas à la première campagne, ceux qui ne sont pas à la seconde."""
    anciens, recents = set(debut["eleve"]), set(fin["eleve"])
    arrives = fin[~fin["eleve"].isin(anciens)].groupby(par)["eleve"].nunique()
    partis = debut[~debut["eleve"].isin(recents)].groupby(par)["eleve"].nunique()
    groupes = pd.Index(sorted(set(fin[par])), name=par)
    return pd.DataFrame({
        "nb_partis": partis.reindex(groupes, fill_value=0).astype("Int64"),
        "nb_arrives": arrives.reindex(groupes, fill_value=0).astype("Int64"),
    }).reset_index()  # fmt: skip


def _juger(table: pd.DataFrame) -> pd.DataFrame:
    """Student sur les différences : deux mesures d'un même élève se ressemblent, leurs moyennes ne sont pas indépendantes."""
    degres = (table["effectif"] - 1).to_numpy(float)
    erreur = (table["etendue"] / np.sqrt(table["effectif"])).to_numpy(float)
    demi = np.where(
        degres > 0, stdtrit(np.maximum(degres, 1), 0.5 + CONFIANCE / 2) * erreur, np.nan
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        probabilite = 2 * stdtr(
            np.maximum(degres, 1), -np.abs(table["ecart"].to_numpy(float) / erreur)
        )
    probabilite = pd.Series(
        np.where((degres > 0) & (erreur > 0), probabilite, np.nan), index=table.index
    )
    return table.assign(
        ecart_bas=table["ecart"] - demi,
        ecart_haut=table["ecart"] + demi,
        signal=signaux(probabilite),
    )
