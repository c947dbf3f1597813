"""Le chemin parcouru : l'intervalle couvre-t-il la vérité, et le hasard reste-t-il sans signal ?

Commande : python -m benchmarks.progression [--classes 2000]

Un élève a une aisance, qui change d'une date à l'autre ; une classe est tirée dans une population.
La vérité est le chemin moyen de cette population. `garde` : à la seconde date, ce qui était validé
le reste, comme le veut Pix.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pixkit.mesures import progression

EFFECTIFS = (5, 8, 15, 25)
FOULE = 200_000


@dataclass(frozen=True)
class Chemin:
    """`acquis` : leur nombre, 0 pour un niveau Pix de 0 à 8 ; `difficulte`, `gain` : en logits."""

    acquis: int
    difficulte: float = 0.0
    gain: float = 0.3
    garde: bool = False

    def tirer(self, nombre: int, alea: np.random.Generator) -> np.ndarray:
        """Ce que valident `nombre` élèves aux deux dates."""
        avant = alea.normal(0, 0.8, nombre) - self.difficulte
        apres = avant + alea.normal(self.gain, 0.5, nombre)
        notes = [self._passer(aisance, alea) for aisance in (avant, apres)]
        if self.garde:
            notes[1] = notes[1] | notes[0] if self.acquis else np.maximum(*notes)
        return np.array([note.sum(axis=1) for note in notes] if self.acquis else notes)

    def _passer(self, aisance: np.ndarray, alea: np.random.Generator) -> np.ndarray:
        if not self.acquis:
            jour = alea.normal(0, 0.6, len(aisance))
            return np.clip(np.floor(2.5 + 1.5 * aisance + jour), 0, 8)
        avance = 1.2 * aisance[:, None] - np.linspace(-1, 1, self.acquis)
        return alea.random(avance.shape) < 1 / (1 + np.exp(-avance))


def resultats(chemin: Chemin, effectif: int, classes: int, alea: np.random.Generator, codes="AB"):
    """Avant et après : `classes` classes de `effectif` élèves, une compétence."""
    eleves = np.arange(effectif * classes)
    communs = {
        "eleve": eleves, "classe": eleves // effectif, "competence": "1.1", "domaine": "1",
        "type_campagne": "evaluation" if chemin.acquis else "collecte", "nb_acquis": chemin.acquis,
    }  # fmt: skip
    dates = pd.to_datetime(["2026-09-20", "2027-05-20"]).tz_localize("Europe/Paris")
    notes = chemin.tirer(len(eleves), alea)
    return [
        pd.DataFrame(communs).assign(
            campagne=code, date_envoi=date, nb_acquis_maitrises=note, niveau_pix=note
        )
        for code, date, note in zip(codes, dates, notes, strict=True)
    ]


def couverture(chemin: Chemin, effectif: int, classes: int, graine: int = 0) -> tuple[float, float]:
    """(part des intervalles qui contiennent la vérité, largeur moyenne)."""
    alea = np.random.default_rng(graine)
    avant, apres = chemin.tirer(FOULE, alea) / (chemin.acquis or 1)
    verite = (apres - avant).mean()
    table = progression(*resultats(chemin, effectif, classes, alea))
    assert (table["ecart_bas"] < table["ecart_haut"]).all()
    couverts = table["ecart_bas"].le(verite) & table["ecart_haut"].ge(verite)
    return couverts.mean(), (table["ecart_haut"] - table["ecart_bas"]).mean()


def faux_signaux(chemin: Chemin, effectif: int, classes: int) -> float:
    """La part des classes qui ont un signal, sans aucun progrès."""
    alea = np.random.default_rng(1)
    signaux = progression(*resultats(chemin, effectif, classes, alea))["signal"]
    return (signaux != "dans le bruit").mean()


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--classes", type=int, default=2000)
    classes = analyseur.parse_args().classes
    print("| élèves | Pix garde | couverture (la pire à la meilleure) | sans progrès : p ≤ 5 % |")
    print("|---|---|---|---|")
    for garde in (False, True):
        for effectif in EFFECTIFS:
            chemins = [
                Chemin(acquis, difficulte, gain, garde)
                for acquis in (0, 4, 5, 7)
                for difficulte in (-1.5, -0.7, 0, 0.7, 1.5)
                for gain in (0, 0.3, 0.8)
            ]
            parts = [couverture(chemin, effectif, classes)[0] for chemin in chemins]
            dits = f"{np.mean(parts):.1%} (de {min(parts):.1%} à {max(parts):.1%})"
            faux = faux_signaux(Chemin(5, 0, 0), effectif, classes)
            print(f"| {effectif} | {garde} | {dits} | {faux:.1%} |", flush=True)


if __name__ == "__main__":
    main()
