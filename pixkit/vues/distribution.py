"""Étage 3 — la dispersion des élèves : un point par élève, jamais seulement une moyenne."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import NEUTRE, SUR, accord
from pixkit.ecran import est_etroite
from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures import par_eleve
from pixkit.mesures.dispersion import quartiles
from pixkit.referentiel import rang_niveau
from pixkit.vues.selection import Question, Regard, noms_des_eleves
from pixkit.vues.vue import Cle, Repere, Vue, avec_effectif, dessiner, en_unites, graduer, vide

CLE = Cle(
    "L'étalement des points, les groupes séparés, les élèves isolés à gauche.",
    "Qui sont ces élèves ni pourquoi : voyez « Un élève ».",
    "Un seul groupe ou deux ? Un même cours peut-il convenir à tous ?",
)
_RANGEE = 1.0
"""La hauteur d'un groupe au téléphone, en pouces : son nom, puis ses points."""


def vue_distribution(
    eleves: pd.DataFrame, *, par: str = "classe", noms: Mapping[str, str] | None = None
) -> Vue:
    """Un point par élève d'une table de `par_eleve`, la médiane de chaque groupe en trait.

    `noms` ({eleve: « NOM Prénom »}) : chaque point dit qui il est, à l'écran de l'enseignant.
    """
    qui = ["eleve"] if noms else []
    points = eleves[[par, "mesure", "valeur", *qui]].dropna()
    rangs = {nom: rang for rang, nom in enumerate(sorted(set(points[par]), key=rang_niveau))}
    points = points.sort_values(par, key=lambda noms: noms.map(rangs), kind="stable")
    if points.empty:
        return vide("Aucun résultat envoyé pour ce choix : il n'y a pas encore d'élève à situer.")
    grandeur, groupes = mesure_de_la_table(points), points.groupby(par, sort=False)["valeur"]
    resume = groupes.size().rename("effectif").to_frame().join(quartiles(groupes)).reset_index()
    resume["mesure"] = grandeur.nom
    figure = dessiner(
        lambda ax: _tracer(ax, points, resume, grandeur),
        question="Comment se répartissent les élèves ?",
        hauteur=1.4 + 0.55 * len(resume),
    )
    reperer = partial(_reperer, figure.axes[0], points, noms, grandeur) if noms else None
    return Vue(figure, _phrase(len(points), resume, grandeur), resume, CLE, reperer)


def _reperer(
    ax: Axes, points: pd.DataFrame, noms: Mapping[str, str], grandeur: Mesure
) -> Iterator[Repere]:
    """Où l'essaim a posé chaque élève : un nuage par groupe, dans l'ordre des lignes."""
    places = np.concatenate([nuage.get_offsets() for nuage in ax.collections])
    ou = ax.figure.transFigure.inverted().transform(ax.transData.transform(places))
    for (x, y), un in zip(ou, points.to_dict("records"), strict=True):
        dit = f"{noms.get(un['eleve'], 'sans nom')}, {grandeur.dire(un['valeur'])}"
        ouvre = {nom: un[nom] for nom in ("classe", "eleve")} if "classe" in un else {}
        yield Repere(x, 1 - y, dit, ouvre=ouvre)


def _phrase(nombre: int, resume: pd.DataFrame, grandeur: Mesure) -> str:
    if nombre < 2:
        return "Un seul élève a envoyé : son point ne dit rien d'une classe."
    large = resume.loc[(resume["quartile_3"] - resume["quartile_1"]).idxmax()]
    return (
        f"Un point par élève ({accord(nombre, 'élève')}), un trait à la médiane. Là où les "
        f"élèves diffèrent le plus, {large.iloc[0]}, la moitié centrale va de "
        f"{grandeur.dire(large['quartile_1'])} à {grandeur.dire(large['quartile_3'])}. Une même "
        "moyenne peut cacher une classe homogène ou deux groupes : regardez les points, pas "
        "seulement le trait."
    )


def _tracer(ax: Axes, points: pd.DataFrame, resume: pd.DataFrame, grandeur: Mesure) -> None:
    par = points.columns[0]
    noms = dict(zip(resume[par], avec_effectif(resume[par], resume), strict=True))
    nommes = points.assign(**{par: points[par].map(noms)})
    # Une seconde, que l'ouverture d'une page n'attend pas.
    from seaborn import swarmplot  # noqa: PLC0415

    style = {"color": SUR, "size": 2.8 if est_etroite() else 4, "warn_thresh": 1}
    swarmplot(nommes, x="valeur", y=par, ax=ax, **style)
    demi = 0.2 if est_etroite() else 0.35
    for place, mediane in enumerate(resume["mediane"]):
        ax.plot([mediane, mediane], [place - demi, place + demi], color=NEUTRE, linewidth=2.5)
    if est_etroite():
        graduer(ax, list(noms.values()))
        ax.figure.set_figheight(_RANGEE * len(noms))
    ax.set(ylabel=f"{par} (effectif)", xlabel=grandeur.titre, xlim=(-0.03, None))
    en_unites(ax.xaxis, grandeur)


def _repondre(regard: Regard) -> Vue:
    noms = noms_des_eleves(regard.ecole)
    return vue_distribution(par_eleve(regard.resultats, par="classe"), noms=noms)


QUESTION = Question(8, "Élèves", _repondre, frozenset({"domaine"}))
