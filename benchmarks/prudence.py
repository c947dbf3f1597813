"""Ce que coûte la prudence, une année ordinaire : cinq exports, personne ne change de classe.

Une case est due quand N élèves de la classe au moins ont envoyé un résultat dans la compétence.

Commande : python -m benchmarks.prudence [--ecoles 20]
"""

import argparse
import random

import pandas as pd

from benchmarks.ecole_vivante import Ecole, Eleve, Envoi, archiver, arriver
from pixkit.publication.agregats import agreger
from pixkit.publication.cellules import publier
from pixkit.publication.memoire import Memoire

PARTS = (0.35, 0.6, 0.75, 0.85, 0.95)
"""Ceux qui ont envoyé, d'un export à l'autre."""


def ordinaire(graine: int, effectif_min: int) -> tuple[Ecole, dict[str, float]]:
    """Six classes de 18 à 30 élèves, un parcours de 12 compétences ; {compétence: réussite}."""
    alea = random.Random(graine)
    vises = {f"{1 + rang // 3}.{1 + rang % 3}": alea.randint(2, 5) for rang in range(12)}
    ecole = Ecole(alea, [], {"P0": vises}, {"P0": "C0"}, effectif_min, liste=True)
    for classe in ("6eA", "6eB", "6eC", "5eA", "5eB", "5eC"):
        ecole.eleves.append(Eleve(0, "", "", classe, classe[:2]))
        arriver(ecole, classe, alea.randint(18, 30))
    ecole.eleves = [eleve for eleve in ecole.eleves if eleve.nom]
    return ecole, {code: alea.uniform(0.25, 0.8) for code in vises}


def exporter(ecole: Ecole, reussite: dict[str, float], part: float) -> None:
    """Assez d'élèves envoient pour que cette part l'ait fait ; 2 % sautent une compétence."""
    restants = [eleve for eleve in ecole.eleves if not eleve.envois]
    manquent = round(part * len(ecole.eleves)) - (len(ecole.eleves) - len(restants))
    for eleve in ecole.alea.sample(restants, max(manquent, 0)):
        notes = {
            code: sum(ecole.alea.random() < reussite[code] for _ in range(acquis))
            for code, acquis in ecole.parcours["P0"].items()
            if ecole.alea.random() < 0.98
        }
        eleve.envois["P0"] = Envoi(int(ecole.neuf()), notes)
    ecole.jour += 20


def mesurer(graine: int, effectif_min: int) -> tuple[list[bool], list[float]]:
    """Chaque case due, publication après publication : est-elle publiée ? Et, à la dernière, la
    part des résultats envoyés qui y sont comptés."""
    ecole, reussite = ordinaire(graine, effectif_min)
    memoire, publiees, parts = Memoire(), [], []
    for rang, part in enumerate(PARTS, start=1):
        exporter(ecole, reussite, part)
        lignes = ecole.exporter()
        archiver(ecole, lignes)
        eleves, resultats = ecole.tables(lignes)
        cases, listes = publier(memoire, eleves, resultats, effectif_min)
        maitrise = agreger(cases, listes, eleves, effectif_min).maitrise
        dites = set(zip(maitrise["classe"], maitrise["competence"], strict=True))
        classes = resultats.merge(eleves[["eleve", "classe"]], on="eleve")
        envoyes = classes.groupby(["classe", "competence"]).size()
        dues = envoyes[envoyes >= effectif_min]
        publiees += [case in dites for case in dues.index]
        if rang == len(PARTS):
            comptes = cases.set_index(["classe", "quoi"])["nombre"].reindex(dues.index).fillna(0)
            parts = (comptes / dues).tolist()
    return publiees, parts


def main() -> None:
    analyseur = argparse.ArgumentParser(description=__doc__)
    analyseur.add_argument("--ecoles", type=int, default=20)
    for effectif_min in (5, 10):
        mesures = [mesurer(g, effectif_min) for g in range(analyseur.parse_args().ecoles)]
        publiees = pd.Series([oui for siennes, _ in mesures for oui in siennes])
        parts = pd.Series([part for _, siennes in mesures for part in siennes])
        print(
            f"N = {effectif_min} : {publiees.mean():.1%} des {len(publiees)} cases dues publiées ; "
            f"au cinquième export, part comptée médiane {parts.median():.1%}, "
            f"premier décile {parts.quantile(0.1):.1%}"
        )


if __name__ == "__main__":
    main()
