"""Étage 2 — le chemin parcouru par les mêmes élèves ; partants et arrivants sont comptés à part."""

from math import lcm

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from pixkit.erreurs import ComparaisonImpossible
from pixkit.grandeurs import TAUX
from pixkit.mesures.certitude import CONFIANCE, signaux
from pixkit.mesures.compter import compter_mouvements, compter_paires
from pixkit.mesures.retenus import exiger_colonnes, mesure_de

MAILLE = 20_000
"""Pas au plus sur le chemin total d'un groupe : au-delà (des niveaux sur des nombres de compétences
très divers), les différences s'y arrondissent."""


def progression(
    avant: pd.DataFrame, apres: pd.DataFrame, *, par: str = "classe", sur: str = "competence"
) -> pd.DataFrame:
    """Une ligne par groupe × compétence : `moyenne_avant`, `moyenne_apres`, `ecart`, son signal.

    `avant` et `apres` sont des résultats : deux campagnes, ou le premier et le dernier envoi d'une
    seule (`reprendre`). Le groupe est celui d'`apres`. `effectif` : les élèves des deux ;
    `nb_partis` et `nb_arrives` : ceux d'un seul, jamais comptés dans l'écart ; un même envoi n'est
    pas comparé à lui-même. `signal` est vide entre deux envois d'une campagne : Pix garde les
    acquis validés, le hasard ne peut qu'y faire monter. Un groupe dont personne n'est resté a une
    ligne sans compétence. Deux évaluations doivent viser les mêmes acquis ; deux collectes se
    comparent toujours. D'une année à l'autre, donnez des résultats dont `eleve` est celui de la
    liste (`ecole.resultats`) : sinon, un élève qui change de classe est un inconnu. Lève
    ComparaisonImpossible.
    """
    for table in (avant, apres):
        exiger_colonnes(table, [par, sur])
    _exiger_paire(avant, apres)
    table = _juger(_resumer(compter_paires(avant, apres, par=par, sur=sur), [par, sur]))
    mouvements = compter_mouvements(avant, apres, par=par)
    disparus = mouvements["nb_arrives"].isna()
    table = table.merge(mouvements[~disparus], on=par, how="left")
    table = pd.concat([table, mouvements[disparus]], ignore_index=True)
    table = table.fillna({"effectif": 0, "nb_arrives": 0}).astype({"effectif": int})
    return table.assign(mesure=mesure_de(apres).nom)


def _exiger_paire(debut: pd.DataFrame, fin: pd.DataFrame) -> None:
    if mesure_de(debut) != mesure_de(fin):
        mesure_de(pd.concat([debut, fin]))  # refuse, en disant pourquoi
    if mesure_de(debut) is TAUX and _formes(debut) != _formes(fin):
        raise ComparaisonImpossible(
            "deux parcours qui ne visent pas les mêmes acquis.",
            "le même parcours passé deux fois, ou deux collectes de profils.",
            "comparez deux collectes : les niveaux Pix, eux, gardent le même sens.",
        )


def _formes(resultats: pd.DataFrame) -> set[tuple[str, int]]:
    """{(compétence, acquis visés)} : un seul nombre par compétence si le parcours est le même."""
    vises = resultats.groupby(["campagne", "competence"], observed=True)["nb_acquis"].max()
    return set(vises.droplevel("campagne").items())


def _resumer(paires: pd.DataFrame, cles: list[str]) -> pd.DataFrame:
    """Une ligne par groupe × compétence : les moyennes, la `variance` des différences, la
    `probabilite` qu'un hasard en fasse autant, `reprise` si deux envois sont d'une même campagne.

    L'écart type des différences ne descend pas sous un demi-acquis (un demi-niveau) par élève : le
    test ne voit pas plus fin, et trois gains égaux ne font pas une certitude.
    """
    groupes = paires.groupby(cles, observed=True)
    case, table = groupes.ngroup().to_numpy(), groupes.size().index.to_frame(index=False)
    n, acquis, somme, acquis_avant, somme_avant, reprise = (
        paires[nom].to_numpy(float)
        for nom in ("effectif", "nb_acquis", "valeur", "nb_acquis_avant", "valeur_avant", "reprise")
    )
    avant, apres, effectif = somme_avant / acquis_avant, somme / acquis, np.bincount(case, n)
    chemin, finesse = apres - avant, 0.5 / np.minimum(acquis, acquis_avant)
    moyennes = [np.bincount(case, n * x) / effectif for x in (avant, apres, chemin, finesse**2)]
    carres = np.bincount(case, n * (chemin - moyennes[2][case]) ** 2)
    lignes = np.array([chemin, n, acquis, acquis_avant])
    return table.assign(
        effectif=effectif.astype(int),
        **dict(zip(("moyenne_avant", "moyenne_apres", "ecart"), moyennes, strict=False)),
        variance=np.maximum(carres / np.maximum(effectif - 1, 1), moyennes[3]),
        probabilite=[_hasard(*lignes[:, case == rang]) for rang in range(len(table))],
        reprise=np.bincount(case, reprise) > 0,
    )


def _hasard(
    chemin: np.ndarray, effectif: np.ndarray, acquis: np.ndarray, acquis_avant: np.ndarray
) -> float:
    """La probabilité d'un groupe : ses différences sont des nombres entiers de parts d'acquis."""
    parts = lcm(*map(int, {*acquis, *acquis_avant}))
    parts = min(parts, MAILLE / max(effectif @ np.abs(chemin), 1.0))
    return hasard_des_signes(np.repeat(np.rint(chemin * parts), effectif.astype(int)).astype(int))


def hasard_des_signes(differences: np.ndarray) -> float:
    """La probabilité que ces entiers, leurs signes tirés à pile ou face, aient une somme aussi loin
    de 0.

    Loi exacte (Fisher, 1935 ; Pitman, 1937), élève après élève. Elle ne passe sous 5 % qu'à partir
    de 6 élèves : rien n'est net au-dessous.
    """
    loi = np.ones(1)  # de la somme de celles dont le signe est +
    for pas in np.abs(differences[differences != 0]):
        suivante = np.zeros(len(loi) + pas)
        suivante[: len(loi)] += loi / 2
        suivante[pas:] += loi / 2
        loi = suivante
    sommes = 2 * np.arange(len(loi)) - (len(loi) - 1)
    return min(1.0, loi[np.abs(sommes) >= abs(differences.sum())].sum())


def _juger(table: pd.DataFrame) -> pd.DataFrame:
    """Student sur les différences : deux mesures d'un même élève se ressemblent, leurs moyennes ne
    sont pas indépendantes. Le signal, lui, vient de la loi des signes."""
    n = table["effectif"].to_numpy(float)
    t = np.where(n > 1, stdtrit(np.maximum(n - 1, 1), 0.5 + CONFIANCE / 2), np.nan)
    demi = t * np.sqrt(table["variance"] / n)
    jugees = table["probabilite"].mask(table["reprise"]).to_numpy(float)
    signal = pd.Series(signaux(jugees, n), table.index, dtype="str").mask(table["reprise"])
    return table.assign(
        ecart_bas=table["ecart"] - demi, ecart_haut=table["ecart"] + demi, signal=signal
    ).drop(columns=["variance", "probabilite", "reprise"])
