"""Étage 2 — le chemin parcouru par les mêmes élèves ; partants et arrivants sont comptés à part."""

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from pixkit.erreurs import ComparaisonImpossible
from pixkit.grandeurs import TAUX
from pixkit.mesures.certitude import CONFIANCE, signaux
from pixkit.mesures.compter import compter_mouvements, compter_paires
from pixkit.mesures.retenus import exiger_colonnes, mesure_de

BRUIT = 1e-12
"""Sous ce carré, des écarts sont égaux : 4/5 - 3/5 et 3/5 - 2/5 ne le sont pas au bit près."""


def progression(
    avant: pd.DataFrame, apres: pd.DataFrame, *, par: str = "classe", sur: str = "competence"
) -> pd.DataFrame:
    """Une ligne par groupe × compétence : `moyenne_avant`, `moyenne_apres`, `ecart`, son signal.

    `avant` et `apres` sont des résultats : deux campagnes, ou le premier et le dernier envoi d'une
    seule (`reprendre`). Le groupe est celui d'`apres`. `effectif` : les élèves des deux ;
    `nb_partis` et `nb_arrives` : ceux d'un seul, jamais comptés dans l'écart ; un même envoi n'est
    pas comparé à lui-même. Deux évaluations doivent viser les mêmes acquis ; deux collectes se
    comparent toujours. D'une année à l'autre, donnez des résultats dont `eleve` est celui de la
    liste (`ecole.resultats`) : sinon, un élève qui change de classe est un inconnu. Lève
    ComparaisonImpossible.
    """
    exiger_colonnes(apres, [par, sur])
    _exiger_paire(avant, apres)
    paires, cles = compter_paires(avant, apres, par=par, sur=sur), [par, sur]
    n = paires["effectif"]
    notes = pd.DataFrame({
        "moyenne_avant": paires["valeur_avant"] / paires["nb_acquis_avant"],
        "moyenne_apres": paires["valeur"] / paires["nb_acquis"],
    }).assign(ecart=lambda table: table["moyenne_apres"] - table["moyenne_avant"])  # fmt: skip
    sommes = notes.mul(n, axis="index").assign(effectif=n, carres=n * notes["ecart"] ** 2)
    table = sommes.groupby([paires[nom] for nom in cles]).sum()
    table[list(notes)] = table[list(notes)].div(table["effectif"], axis="index")
    carres = table["carres"] - table["effectif"] * table["ecart"] ** 2
    table["carres"] = carres.where(carres > BRUIT, 0.0)
    table = table.reset_index().assign(mesure=mesure_de(apres).nom)
    mouvements = compter_mouvements(avant, apres, par=par)
    return _juger(table.merge(mouvements, on=par, how="left")).drop(columns="carres")


def _exiger_paire(debut: pd.DataFrame, fin: pd.DataFrame) -> None:
    if mesure_de(debut) != mesure_de(fin):
        mesure_de(pd.concat([debut, fin]))  # refuse, en disant pourquoi
    if mesure_de(debut) is TAUX:
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


def _juger(table: pd.DataFrame) -> pd.DataFrame:
    """Student sur les différences : deux mesures d'un même élève se ressemblent, leurs moyennes ne
    sont pas indépendantes."""
    degres = (table["effectif"] - 1).to_numpy(float)
    carres = table["carres"].to_numpy(float)
    erreur = np.sqrt(carres / np.maximum(degres, 1) / table["effectif"].to_numpy(float))
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
