"""Ce que les écarts publiés supposent (`referentiel/dispersions.csv`), et ce qu'ils en disent de
moins que la page de l'enseignant. Écoles simulées (`ecoles_simulees`).

Une publication ne connaît que des sommes : la dispersion entre élèves et la liaison entre
compétences n'en sortent pas. Une compétence simulée sur quarante est plus dispersée que la table.

Commande : python -m benchmarks.dispersions [--tours 40] [--ecrire]
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd

from benchmarks.certitude import GENRES
from benchmarks.ecoles_simulees import tirer
from pixkit import referentiel
from pixkit.mesures import ecarts
from pixkit.mesures.certitude import SIGNAUX
from pixkit.mesures.rapprochement import decrire
from pixkit.publication.agregats import Agregats, agreger
from pixkit.publication.cellules import publier
from pixkit.publication.deductions import au_dessus
from pixkit.publication.memoire import PARTS, Memoire

QUANTILE = 0.975
CLASSES = (2, 4, 10)
TOURS = 40
EFFECTIF_MIN = 5
_COLONNES = ["mesure", "poids", "dispersion", "liaison", "source", "date"]


def campagnes(tours: int, graine: int, *, genres=GENRES, sans_ecart=False) -> Iterator[tuple]:
    """(genre, résultats), tant de fois par genre et nombre de classes."""
    alea = np.random.default_rng(graine)
    for genre, reglage in genres.items():
        for classes in CLASSES:
            sien = replace(reglage, classes=classes)
            sien = sien.sans_ecart if sans_ecart else sien
            for _ in range(tours):
                yield genre, tirer(sien, alea).resultats


# — La table —


def relever(resultats: pd.DataFrame) -> pd.DataFrame:
    """La dispersion de chaque compétence d'une campagne, et sa liaison, telles que les estime la
    page de l'enseignant."""
    _, resume, lien = decrire(resultats, par=["classe"], sur="competence")
    vises = resultats.groupby("competence")["nb_acquis"].max().reindex(resume.codes)
    poids = vises.to_numpy() if resume.mesure.est_un_taux else 1
    return pd.DataFrame(
        {"mesure": resume.mesure.nom, "poids": poids, "dispersion": resume.dispersion[0],
         "liaison": lien}
    )  # fmt: skip


def mesurer(tours: int, *, graine: int = 1, quantile: float = QUANTILE) -> pd.DataFrame:
    """`mesure`, `poids`, `dispersion`, `liaison` : un haut centile, arrondi au-dessus."""
    releves = pd.concat([relever(table) for _, table in campagnes(tours, graine)])
    liaisons = releves.groupby("mesure")["liaison"].quantile(quantile)
    table = releves.groupby(["mesure", "poids"], as_index=False)["dispersion"].quantile(quantile)
    table = table.assign(liaison=table["mesure"].map(liaisons))
    hauts = {nom: au_dessus(table[nom], 0.01).round(2) for nom in ("dispersion", "liaison")}
    return table.assign(**hauts).sort_values(["mesure", "poids"], ascending=[False, True])


def ecrire(table: pd.DataFrame, tours: int) -> None:
    nombre = tours * len(CLASSES) * len(GENRES)
    source = (
        f"python -m benchmarks.dispersions --ecrire : quantile {QUANTILE} de {nombre} campagnes "
        "simulées (IRT à deux paramètres, par sujets)"
    )
    table = table.assign(source=source, date="2026-11")[_COLONNES]
    chemin = files(referentiel).joinpath("dispersions.csv")
    table.to_csv(chemin, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


# — Face à la page de l'enseignant —


def publier_seule(resultats: pd.DataFrame, *, liste: bool = True) -> Agregats:
    """Ce que publierait une école qui n'a que cette campagne."""
    resultats = resultats.assign(eleve=resultats["eleve"].astype(str))
    if (resultats["type_campagne"] == "collecte").all():
        resultats["nb_acquis"] = pd.NA
    eleves = resultats.drop_duplicates("eleve").assign(
        annee_scolaire="2026-2027", organisation="", sur_liste=liste,
        **dict.fromkeys(("commence", "termine", "envoye"), True), **dict.fromkeys(PARTS),
        noms=lambda table: table["eleve"].map(lambda nom: [nom]),
    )  # fmt: skip
    cellules = publier(Memoire(), eleves, resultats, EFFECTIF_MIN)
    return agreger(*cellules, eleves, EFFECTIF_MIN)


def des_classes_publiees(resultats: pd.DataFrame, publies: pd.DataFrame) -> pd.DataFrame:
    """Les seuls résultats à qui la publication se compare : une classe tue n'y est pas."""
    return resultats[resultats["classe"].isin(publies["classe"])]


def croiser(resultats: pd.DataFrame, publies: pd.DataFrame) -> np.ndarray:
    """Combien de cases, selon ce qu'en dit l'enseignant (ligne) et ce qui est publié (colonne) ;
    du plus sûr (net) au moins sûr."""
    cles = ["classe", "competence"]
    dits = ecarts(resultats)[[*cles, "signal"]].merge(publies, on=cles, suffixes=("", "_publie"))
    rangs = [dits[nom].map(SIGNAUX.index).astype(int) for nom in ("signal", "signal_publie")]
    croisee = np.zeros((len(SIGNAUX),) * 2, dtype=int)
    np.add.at(croisee, tuple(rangs), 1)
    return croisee


def ligne(genre: str, croisees: np.ndarray) -> str:
    """`croisees` : face à toute la page de l'enseignant, puis face aux seules classes publiées."""
    forts, memes = (np.tril(croisee, -1).sum() for croisee in croisees)
    croisee, cases = croisees[0], croisees[0].sum()
    garde, baisse = 100 * croisee[0, :2] / max(croisee[0].sum(), 1)
    probables = 100 * croisee[1, 1] / max(croisee[1].sum(), 1)
    return (
        f"| {genre} | {cases} | {memes} | {forts} | {1e4 * forts / max(cases, 1):.1f} "
        f"| {garde:.0f} % | {baisse:.0f} % | {probables:.0f} % |"
    )


def comparer(tours: int) -> None:
    """Un signal publié ne doit jamais être plus fort ; combien en coûte la prudence."""
    print(
        "\n| Réglage | cases | plus fortes que les mêmes classes | que toute la page "
        "| pour 10 000 | nets publiés nets | nets publiés probables "
        "| probables publiés probables |\n" + "|---" * 8 + "|"
    )
    croisees: dict[str, np.ndarray] = {}
    for sans_ecart in (False, True):
        tirees = campagnes(tours, 2, sans_ecart=sans_ecart)
        for rang, (genre, resultats) in enumerate(tirees):
            publies = publier_seule(resultats, liste=rang % 3 > 0).ecarts
            if len(publies):
                siennes = des_classes_publiees(resultats, publies)
                deux = [croiser(lus, publies) for lus in (resultats, siennes)]
                croisees[genre] = croisees.get(genre, 0) + np.array(deux)
    for genre, croisee in croisees.items():
        print(ligne(genre, croisee), flush=True)
    print(ligne("ensemble", sum(croisees.values())))


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--tours", type=int, default=TOURS)
    analyseur.add_argument("--ecrire", action="store_true")
    options = analyseur.parse_args()
    table = mesurer(options.tours)
    print(table.to_string(index=False))
    if options.ecrire:
        ecrire(table, options.tours)
    else:
        comparer(options.tours)


if __name__ == "__main__":
    main()
