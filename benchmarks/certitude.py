"""Les intervalles, les signaux et le rapprochement tiennent-ils leurs promesses ? Écoles simulées,
vérité connue (`ecoles_simulees`).

Commande : python -m benchmarks.certitude [--tours 300]
"""

import argparse
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from benchmarks.ecoles_simulees import Campagne, Reglage, tirer
from pixkit.mesures import ecarts, estimations

GENRES = {
    "ordinaires": Reglage(),
    "inégales": Reglage(inegales=True),
    "SEGPA sans le dire": Reglage(a_part=1, nommees=False),
    "SEGPA et ULIS": Reglage(a_part=2),
    "petites": Reglage(petites=True, inegales=True),
    "extrêmes": Reglage(extremes=True, inegales=True),
    "niveaux": Reglage(niveaux=True, inegales=True),
}
CLASSES = (2, 4, 10, 40)


@dataclass
class Bilan:
    """Ce qu'on compte sur des campagnes d'un réglage."""

    couverts: np.ndarray = field(default_factory=lambda: np.zeros(3))
    cases: np.ndarray = field(default_factory=lambda: np.zeros(3))
    largeur: float = 0.0
    nulles: int = 0
    carres: np.ndarray = field(default_factory=lambda: np.zeros(2))
    cris: int = 0
    vus: int = 0
    a_voir: int = 0
    nets: int = 0
    signes_faux: int = 0
    exageration: np.ndarray = field(default_factory=lambda: np.zeros(3))

    def estimer(self, campagne: Campagne) -> None:
        table = estimations(campagne.resultats)
        vrais = _lire(campagne.verite, table)
        dedans = (table["bas"] <= vrais + 1e-9) & (vrais <= table["haut"] + 1e-9)
        a_part = table["classe"].map(
            dict(zip(campagne.verite.index, campagne.speciale, strict=True))
        )
        assez = table["effectif"] >= 5
        sortes = (assez & ~a_part, assez & a_part, ~assez & table["bas"].notna())
        for rang, sorte in enumerate(sortes):
            self.couverts[rang] += dedans[sorte].sum()
            self.cases[rang] += sorte.sum()
        largeurs = table["haut"] - table["bas"]
        self.largeur += largeurs[sortes[0]].sum()
        self.nulles += int((largeurs < 1e-9).sum())
        for rang, nom in enumerate(("moyenne", "estimation")):
            self.carres[rang] += ((table[nom] - vrais) ** 2).sum()

    def juger(self, campagne: Campagne, etendue: int) -> None:
        table = ecarts(campagne.resultats)
        ordinaires = ~campagne.speciale | campagne.speciale.all()
        poids = campagne.resultats.groupby("classe")["eleve"].nunique()[campagne.verite.index]
        poids = poids.to_numpy() * (ordinaires if "SEGPA" in " ".join(poids.index) else 1)
        centre = np.average(campagne.verite, axis=0, weights=poids)
        vrais = _lire(campagne.verite - centre, table)
        net, a_voir = table["signal"] == "net", vrais.abs().between(0.13 * etendue, 0.17 * etendue)
        self.vus += int((net & a_voir).sum())
        self.a_voir += int(a_voir.sum())
        self.nets += int(net.sum())
        self.signes_faux += int((net & (vrais * table["ecart"] <= 0)).sum())
        for rang, serie in enumerate((vrais, table["ecart"], table["ecart_retenu"])):
            self.exageration[rang] += serie[net].abs().sum()

    def crier(self, campagne: Campagne) -> None:
        self.cris += bool((ecarts(campagne.resultats)["signal"] == "net").any())


def _lire(damier: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """La valeur de chaque case (classe, compétence) de la table."""
    cases = zip(table["classe"], table["competence"], strict=True)
    return pd.Series([damier.at[case] for case in cases], index=table.index)


def eprouver(reglage: Reglage, tours: int) -> Bilan:
    alea, bilan = np.random.default_rng(1), Bilan()
    for _ in range(tours):
        campagne = tirer(reglage, alea)
        bilan.estimer(campagne)
        bilan.juger(campagne, 8 if reglage.niveaux else 1)
        bilan.crier(tirer(reglage.sans_ecart, alea))
    return bilan


def ligne(nom: str, bilan: Bilan, tours: int) -> str:
    parts = [
        f"{100 * c / n:.1f} %" if n else "–"
        for c, n in zip(bilan.couverts, bilan.cases, strict=True)
    ]
    vrais, bruts, retenus = np.maximum(bilan.exageration, 1e-9)
    return " | ".join([
        f"| {nom}", *parts, f"{bilan.largeur / max(bilan.cases[0], 1):.2f}", str(bilan.nulles),
        f"{bilan.carres[1] / bilan.carres[0]:.2f}", f"{100 * bilan.cris / tours:.1f} %",
        f"{100 * bilan.signes_faux / max(bilan.nets, 1):.2f} % de {bilan.nets}",
        f"{100 * bilan.vus / max(bilan.a_voir, 1):.0f} % de {bilan.a_voir}",
        f"{bruts / vrais:.2f} / {retenus / vrais:.2f} |",
    ])  # fmt: skip


def puissance(tours: int) -> None:
    """Des écarts vrais de 8 à 22 points à l'école, selon l'effectif des classes."""
    print("\n| Classes | élèves par classe | écart de 10 points dit net | de 15 | de 20 |")
    print("|---|---|---|---|---|")
    for classes in CLASSES:
        for taille in (15, 25, 35, 50, 80):
            alea, vus, tous = np.random.default_rng(2), np.zeros(3), np.zeros(3)
            for _ in range(max(tours // classes, 4)):
                campagne = tirer(Reglage(classes, taille), alea)
                table = ecarts(campagne.resultats)
                vrais = _lire(campagne.verite - campagne.verite.mean(), table).abs()
                net = table["signal"] == "net"
                for rang, points in enumerate((0.10, 0.15, 0.20)):
                    la = vrais.between(points - 0.02, points + 0.02)
                    vus[rang] += (net & la).sum()
                    tous[rang] += la.sum()
            dites = [f"{100 * v / t:.0f} %" if t else "–" for v, t in zip(vus, tous, strict=True)]
            print(f"| {classes} | {taille} | {' | '.join(dites)} |", flush=True)


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--tours", type=int, default=300)
    tours = analyseur.parse_args().tours
    print(
        "| Réglage | couverture, 5 élèves et plus | SEGPA et ULIS | moins de 5 | largeur | nulles "
        "| erreur quadratique, rapprochée ÷ brute | sans écart : campagnes qui en crient un "
        "| nets de signe faux | écarts de 13 à 17 points dits nets | nets : brut ÷ vrai, retenu ÷ "
        "vrai |\n" + "|---" * 11 + "|"
    )
    for genre, reglage in GENRES.items():
        for classes in CLASSES:
            siens = max(tours * 4 // (classes + 2), 20)
            bilan = eprouver(replace(reglage, classes=classes), siens)
            print(ligne(f"{classes} classes, {genre}", bilan, siens), flush=True)
    for classes in CLASSES:
        siens = max(tours * 4 // (classes + 2), 20)
        bilan = eprouver(Reglage(classes, 25), siens)
        print(ligne(f"{classes} classes de 25", bilan, siens), flush=True)
    puissance(tours)


if __name__ == "__main__":
    main()
