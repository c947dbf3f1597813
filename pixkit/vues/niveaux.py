"""Étage 3 — comparer sans classer : un cadre par niveau scolaire, chacun avec son parcours."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import NEUTRE, SUR, enumerer
from pixkit.ecran import est_etroite
from pixkit.grandeurs import mesure_de_la_table
from pixkit.mesures import estimations_par_campagne
from pixkit.referentiel import rang_niveau
from pixkit.vues.selection import Question, Regard
from pixkit.vues.vue import Cle, Vue, dessiner, en_unites, graduer, libelles, vide

CLE = Cle(
    "Dans chaque cadre, les classes qui s'éloignent du trait de leur niveau scolaire.",
    "Rien d'un cadre à l'autre : chaque niveau passe un autre parcours.",
    "Les mêmes domaines sont-ils bas à chaque niveau ?",
)


_SANS_NIVEAU = (
    "Aucune classe d'ici ne dit son niveau scolaire : rien à ranger par niveau. « Maîtrise » "
    "montre ce que les élèves ont réussi."
)


def vue_niveaux_scolaires(estimations: pd.DataFrame, *, sur: str = "domaine") -> Vue:
    """Un cadre par niveau scolaire d'`estimations_par_campagne` : un point par classe."""
    if estimations.empty:
        return vide(
            "Aucun résultat envoyé cette année : chaque niveau scolaire aura son cadre avec ses "
            "premiers envois."
        )
    siennes = dict(iter(estimations.groupby("niveau_scolaire")))
    niveaux, codes = sorted(siennes, key=rang_niveau), sorted(estimations[sur].unique())

    def trace(cadres):
        for cadre, niveau in zip(cadres.flat, niveaux, strict=True):
            _tracer(cadre, siennes[niveau], codes, sur)
        if est_etroite():  # chacun sous le précédent, et de la hauteur que ses noms demandent
            figure = cadres[0, 0].figure
            figure.set_figheight(len(niveaux) * (figure.get_figheight() + 0.2))
        else:
            cadres[0, 0].invert_yaxis()

    figure = dessiner(
        trace,
        question="Comment les classes se placent-elles dans leur niveau scolaire ?",
        squeeze=False,
        **({"nrows": len(niveaux)} if est_etroite() else {"ncols": len(niveaux), "sharey": True}),
        largeur=4 + 2.1 * len(niveaux),
        hauteur=1.6 + 0.42 * len(codes),
    )
    return Vue(figure, _phrase(siennes, niveaux), estimations, CLE)


def _phrase(siennes: dict[str, pd.DataFrame], niveaux: list[str]) -> str:
    noms = [f"{niveau} : {siennes[niveau]['nom_campagne'].iloc[0]}" for niveau in niveaux]
    return (
        "Un point par classe, un trait pour le niveau scolaire, effectif entre parenthèses. "
        f"Chaque cadre a son parcours ({enumerer(noms, 8)}) et son échelle de difficulté : on "
        "compare des classes dans un cadre, jamais d'un cadre à l'autre."
    )


def _tracer(cadre: Axes, lignes: pd.DataFrame, codes: list[str], sur: str) -> None:
    places = lignes[sur].map(codes.index)
    cadre.scatter(lignes["moyenne"], places, color=SUR, alpha=0.6, s=26)
    trait = {"marker": "|", "s": 90 if est_etroite() else 420, "color": NEUTRE, "linewidths": 2.5}
    cadre.scatter(lignes["moyenne_du_niveau"], places, **trait)
    effectif = lignes.groupby("classe")["effectif"].max().sum()
    cadre.set_title(f"{lignes['niveau_scolaire'].iloc[0]} ({effectif})", fontsize=10)
    if est_etroite():
        graduer(cadre, libelles(codes))
    else:
        cadre.set_yticks(range(len(codes)), libelles(codes))
    en_unites(cadre.xaxis, mesure_de_la_table(lignes))
    cadre.tick_params(axis="x", labelsize=8)


def _repondre(regard: Regard) -> Vue:
    """L'année et le type de la campagne choisie, chaque campagne à part."""
    memes = regard.ecole.resultats
    campagne = memes[memes["campagne"] == regard.selection.campagne]
    for nom in ("annee_scolaire", "type_campagne", "organisation"):
        memes = memes[memes[nom].isin(campagne[nom])]
    if len(memes) and memes["niveau_scolaire"].isna().all():
        return vide(_SANS_NIVEAU)
    codes = memes.groupby("niveau_scolaire")["campagne"]
    memes = memes[memes["campagne"].isin(codes.agg(lambda c: c.value_counts().index[0]))]
    return vue_niveaux_scolaires(estimations_par_campagne(memes))


QUESTION = Question(6, "Niveaux scolaires", _repondre, ignore=frozenset({"niveau"}))
