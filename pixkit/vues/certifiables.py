"""Étage 3 — la part d'élèves certifiables, classe par classe."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import SUR, accord, entre_taux, pourcentage
from pixkit.referentiel import rang_niveau
from pixkit.vues.vue import Vue, avec_effectif, dessiner, graduer, vide

PARTS = {
    "certifiables": (
        "Quelle part d'élèves est certifiable ?",
        "de ces élèves sont certifiables : au moins 5 compétences au niveau 1",
    ),
    "certifies": (
        "Quelle part des élèves attendus est certifiée ?",
        "des élèves attendus à la certification l'ont obtenue",
    ),
    "presents": (
        "Quelle part des élèves attendus était présente ?",
        "des élèves attendus à la certification étaient présents",
    ),
    "inscrits": (
        "Quelle part des élèves attendus est inscrite ?",
        "des élèves attendus à la certification y étaient inscrits",
    ),
    "au_niveau": (
        "Quelle part des élèves certifiés atteint le niveau attendu ?",
        "des élèves certifiés ont le niveau attendu (3 en 3e, 4 en terminale)",
    ),
    "reussite": (
        "Quelle part des élèves présents est certifiée ?",
        "des élèves présents à la certification l'ont obtenue",
    ),
    "attestations": (
        "Quelle part des élèves de 6e a son attestation ?",
        "des élèves de 6e ont leur attestation de sensibilisation au numérique",
    ),
    "sous_objectif": (
        "Quelle part d'élèves maîtrise moins de la moitié des acquis ?",
        "des élèves qui ont envoyé maîtrisent moins de la moitié des acquis du parcours",
    ),
}
"""{part publiée: (question, ce qui s'en dit)}"""


def vue_certifiables(
    table: pd.DataFrame,
    *,
    part: str = "certifiables",
    avant: pd.DataFrame | None = None,
    par: str = "classe",
) -> Vue:
    """Une part d'élèves (PARTS) par classe, ou par un autre groupe : publiée, de `taux_bas` à
    `taux_haut`, à côté de celle de l'année d'`avant` ; ou exacte, de `taux_certifiables`, avec son
    intervalle."""
    if table.empty:
        return vide(
            "Aucune collecte de profils assez envoyée : elle seule dit qui est certifiable."
        )
    table = table.sort_values(par, key=lambda noms: noms.map(rang_niveau), ignore_index=True)
    question, dit = PARTS[part]
    figure = dessiner(
        lambda ax: tracer_les_parts(ax, table, par),
        question=question,
        hauteur=1.6 + 0.36 * len(table),
    )
    if "nb_certifiables" in table:
        return Vue(figure, _phrase_exacte(table), table)
    passee = ""
    if avant is not None and len(avant):
        passee = f" L'an passé, {ensemble(avant)} {PARTS[avant['part'].iloc[0]][1]}."
    phrase = (
        f"{ensemble(table).capitalize()} {dit}. Une bande plutôt qu'un point : presque tous, ou "
        f"presque personne, et le nombre exact est tu.{passee}"
    )
    return Vue(figure, phrase, table)


def ensemble(table: pd.DataFrame) -> str:
    """« de 71 % à 80 % » : une part publiée, toutes les classes d'une table réunies."""
    taux = table[["taux_bas", "taux_haut"]].astype(float)
    return entre_taux(*np.average(taux, axis=0, weights=table["effectif"].astype(float)))


def _phrase_exacte(table: pd.DataFrame) -> str:
    nombre, effectif = int(table["nb_certifiables"].sum()), int(table["effectif"].sum())
    ont = "a" if effectif < 2 else "ont"
    return (
        f"{accord(nombre, 'élève')} sur {effectif} qui {ont} envoyé une collecte "
        f"{'est certifiable' if nombre < 2 else 'sont certifiables'} : au moins 5 compétences au "
        "niveau 1. Le trait est l'intervalle à 95 % ; une collecte ancienne ne dit plus où ils en "
        "sont."
    )


def tracer_les_parts(ax: Axes, table: pd.DataFrame, par: str) -> None:
    """Une part par ligne, d'une borne à l'autre ; exacte, un point et son intervalle."""
    exacte = "nb_certifiables" in table
    noms = ("part_bas", "part_haut") if exacte else ("taux_bas", "taux_haut")
    bas, haut = (table[nom] for nom in noms)
    ax.hlines(table.index, bas, haut, colors=SUR, linewidth=2.4 if exacte else 9)
    points = table["taux_certifiables"] if exacte else bas[bas == haut]
    ax.scatter(points, points.index, color=SUR, s=80, zorder=3, clip_on=False)
    dits = map("{} sur {}".format, table["nb_certifiables"], table["effectif"]) if exacte else None
    graduer(ax, avec_effectif(table[par], table), list(dits or map(entre_taux, bas, haut)))
    ax.set(xlim=(0, 1), xlabel="part d'élèves ; effectif entre parenthèses")
    ax.xaxis.set_major_formatter(lambda valeur, _: pourcentage(valeur))
