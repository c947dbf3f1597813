"""Les intervalles, les signaux et le rapprochement tiennent-ils leurs promesses ? Écoles simulées,
vérité connue.

Commande : python benchmarks/certitude.py [--tours 300]

Un élève a une aisance ; chaque acquis d'une compétence est réussi ou non. La vérité d'une classe
est la moyenne qu'auraient une infinité d'élèves comme les siens qui envoient. Absents au hasard, ou
d'autant plus absents qu'ils sont en difficulté.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pixkit.mesures import ecarts, estimations

NB_ACQUIS = np.array(
    [7, 7, 5, 4, 5, 4, 6, 4, 5, 5, 5]
)  # le parcours de rentrée 5e des exports d'essai
AISANCE = 0.8
_NOEUDS, _POIDS = np.polynomial.hermite_e.hermegauss(41)
_POIDS = _POIDS / _POIDS.sum()


@dataclass(frozen=True)
class Reglage:
    """Une campagne d'un niveau scolaire : combien de classes, quelle participation, quels écarts
    vrais (logits)."""

    classes: int
    participation: float
    au_hasard: bool
    ecart_classe: float = 0.35
    ecart_competence: float = 0.25

    def __str__(self) -> str:
        absents = "au hasard" if self.au_hasard else "les plus fragiles"
        return f"{self.classes} classes, {self.participation:.0%} d'envois, absents : {absents}"


def logistique(x):
    return 1 / (1 + np.exp(-x))


def envoi(reglage: Reglage, aisance):
    """La probabilité d'envoyer."""
    if reglage.participation == 1:
        return np.ones_like(aisance)
    depart = np.log(reglage.participation / (1 - reglage.participation))
    return logistique(depart + (0 if reglage.au_hasard else 1.2) * aisance / AISANCE)


def tirer(
    reglage: Reglage, alea: np.random.Generator, tailles=None
) -> tuple[pd.DataFrame, np.ndarray]:
    """(résultats, vérité classes × compétences)."""
    tailles = alea.integers(8, 36, reglage.classes) if tailles is None else tailles
    difficulte = alea.normal(0, 0.7, len(NB_ACQUIS))
    effets = alea.normal(0, reglage.ecart_classe, (reglage.classes, 1)) + alea.normal(
        0, reglage.ecart_competence, (reglage.classes, len(NB_ACQUIS))
    )
    poids = _POIDS * envoi(reglage, AISANCE * _NOEUDS)
    reussite = logistique((effets - difficulte)[:, :, None] + AISANCE * _NOEUDS)
    verite = (reussite * poids).sum(axis=2) / poids.sum()
    classe = np.repeat(np.arange(reglage.classes), tailles)
    aisance = alea.normal(0, AISANCE, len(classe))
    present = alea.random(len(classe)) < envoi(reglage, aisance)
    classe, aisance = classe[present], aisance[present]
    reussis = alea.binomial(NB_ACQUIS, logistique((effets - difficulte)[classe] + aisance[:, None]))
    return table(classe, reussis), verite


def table(classe: np.ndarray, reussis: np.ndarray) -> pd.DataFrame:
    nombre, competences = reussis.shape
    return pd.DataFrame(
        {
            "eleve": np.repeat(np.arange(nombre), competences),
            "classe": np.repeat(classe, competences),
            "competence": np.tile(np.arange(competences), nombre),
            "niveau_scolaire": "5e",
            "campagne": "A",
            "nom_campagne": "A",
            "type_campagne": "evaluation",
            "nb_acquis": np.tile(NB_ACQUIS, nombre),
            "nb_acquis_maitrises": reussis.ravel(),
        }
    )


def couverture(reglage: Reglage, tours: int) -> str:
    alea = np.random.default_rng(1)
    couverts = groupes = 0
    brut = rapproche = 0.0
    for _ in range(tours):
        resultats, verite = tirer(reglage, alea)
        if resultats.empty:
            continue
        estimes = estimations(resultats)
        vrais = verite[estimes["classe"], estimes["competence"]]
        brut += ((estimes["moyenne"] - vrais) ** 2).sum()
        rapproche += ((estimes["estimation"] - vrais) ** 2).sum()
        dix = estimes["effectif"] >= 10
        couverts += ((estimes["bas"] <= vrais) & (vrais <= estimes["haut"]))[dix].sum()
        groupes += dix.sum()
    return f"| {reglage} | {100 * couverts / max(groupes, 1):.1f} % | {rapproche / brut:.2f} |"


def faux_nets(reglage: Reglage, tours: int) -> str:
    """La part des campagnes, sans aucun écart vrai, où un écart est dit net : tous les nets y sont
    faux."""
    alea = np.random.default_rng(2)
    sans_ecart = Reglage(reglage.classes, reglage.participation, reglage.au_hasard, 0, 0)
    avec_net = probables = lignes = 0
    for _ in range(tours):
        signal = ecarts(tirer(sans_ecart, alea)[0])["signal"]
        avec_net += (signal == "net").any()
        probables += (signal == "probable").sum()
        lignes += len(signal)
    return f"| {reglage} | {100 * avec_net / tours:.1f} % | {100 * probables / lignes:.1f} % |"


def puissance(classes: int, tours: int) -> str:
    """Un écart vrai de 15 points, sur une compétence d'une classe de 25 : combien de fois le
    voit-on ?"""
    alea = np.random.default_rng(3)
    reglage = Reglage(classes, 1.0, True, 0, 0)
    vus = nets = 0
    for _ in range(tours):
        resultats, verite = tirer(reglage, alea, tailles=np.full(classes, 25))
        place = int(alea.integers(len(NB_ACQUIS)))
        while not 0.25 < verite[0, place] < 0.9:
            place = int(alea.integers(len(NB_ACQUIS)))
        resultats = enfoncer(resultats, place, verite[0, place], alea)
        signal = ecarts(resultats, reference=float(verite[0, place])).set_index(
            ["classe", "competence"]
        )["signal"]
        vus += signal[0, place] != "dans le bruit"
        nets += signal[0, place] == "net"
    return f"| {classes} classes | {100 * vus / tours:.0f} % | {100 * nets / tours:.0f} % |"


def enfoncer(
    resultats: pd.DataFrame, place: int, taux: float, alea: np.random.Generator
) -> pd.DataFrame:
    """La classe 0 perd 15 points en `place` : chaque acquis réussi est perdu avec la probabilité
    qu'il faut."""
    lui = (resultats["classe"] == 0) & (resultats["competence"] == place)
    reussis = resultats.loc[lui, "nb_acquis_maitrises"].to_numpy()
    return resultats.assign(
        nb_acquis_maitrises=resultats["nb_acquis_maitrises"].mask(lui, 0)
        + pd.Series(alea.binomial(reussis, 1 - 0.15 / taux), index=resultats.index[lui]).reindex(
            resultats.index, fill_value=0
        )
    )


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--tours", type=int, default=300)
    tours = analyseur.parse_args().tours
    reglages = [
        Reglage(c, p, h)
        for c in (1, 2, 4, 10)
        for p, h in ((0.4, True), (0.7, True), (1.0, True), (0.7, False))
    ]
    print(
        "| Réglage | couverture à 95 % (10 élèves et plus) | erreur quadratique, rapprochée ÷ "
        "brute |\n|---|---|---|"
    )
    for reglage in reglages:
        print(couverture(reglage, tours), flush=True)
    print(
        "\n| Sans aucun écart vrai | campagnes où un écart est dit net | lignes dites probables "
        "|\n|---|---|---|"
    )
    for reglage in reglages[4:]:
        print(faux_nets(reglage, 2 * tours), flush=True)
    print("\n| Écart vrai de 15 points, classe de 25 | vu (net ou probable) | net |\n|---|---|---|")
    for classes in (1, 4, 10):
        print(puissance(classes, 2 * tours), flush=True)


if __name__ == "__main__":
    main()
