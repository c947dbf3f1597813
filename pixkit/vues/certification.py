"""Étage 3 — qui a été certifié, classe par classe, à côté de l'an passé."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pixkit.charte import MANQUE, NEUTRE, SUR, compter, pourcentage
from pixkit.referentiel import rang_niveau
from pixkit.vues.vue import Cle, Vue, dessiner, graduer, vide

CLE = Cle(
    "Ce qui reste de gris à droite du bleu : absents, non certifiés, ou jamais inscrits.",
    "La cause : un absent, une panne et un échec se lisent dans la table. Ni un classement : pour "
    "repère, l'académie de Martinique comptait 84 % de certifiés en 2022-2023 (88 % en 3e, 94 % "
    "en terminale).",
    "Qui peut encore passer, et quand ?",
)


def vue_certification(taux: pd.DataFrame, *, par: str = "classe") -> Vue:
    """Une barre par groupe d'une table de `taux_certification` : attendus, présents, certifiés."""
    table = taux.dropna(subset=par)
    table = table.sort_values(par, key=lambda noms: noms.map(rang_niveau), ignore_index=True)
    if table.empty:
        return vide(
            "Aucun résultat de certification dans ce dossier, et personne d'attendu : ajoutez-y "
            "les « résultats » que donne Pix Orga (Certifications), classe par classe."
        )
    total = table["attendus"].fillna(table["nb_inscrits"])
    figure = dessiner(
        lambda ax: _tracer(ax, table, total, par),
        question=f"Qui est certifié en {table['annee_scolaire'].iloc[0]} ?",
        hauteur=1.7 + 0.36 * len(table),
    )
    return Vue(figure, _phrase(table, total), table, CLE)


def _tracer(ax: Axes, table: pd.DataFrame, total: pd.Series, par: str) -> None:
    places = table.index
    barres = (total, MANQUE, 12), (table["nb_presents"], NEUTRE, 4), (table["nb_certifies"], SUR, 8)
    for nombres, couleur, largeur in barres:
        ax.hlines(places, 0, nombres.astype(float), colors=couleur, linewidth=largeur)
    noms = [f"{nom} ({nombre})" for nom, nombre in zip(table[par], total, strict=True)]
    graduer(ax, noms, list(map(_dire, table.itertuples())))
    ax.set(
        xlim=(0, None),
        xlabel="élèves : certifiés (bleu), présents (trait), attendus ou inscrits (gris)",
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _dire(ligne) -> str:
    if not ligne.nb_inscrits and pd.isna(ligne.taux_certifies):
        dit = "aucun inscrit"
    elif pd.isna(ligne.taux_certifies):
        dit = f"{ligne.nb_certifies} certifiés sur {ligne.nb_inscrits} inscrits"
    else:
        taux, bas, haut = map(pourcentage, (ligne.taux_certifies, ligne.part_bas, ligne.part_haut))
        dit = f"{ligne.nb_certifies} sur {ligne.attendus} ({taux}, de {bas} à {haut})"
    if not pd.isna(ligne.taux_certifies_avant):
        return f"{dit} ; l'an passé {pourcentage(ligne.taux_certifies_avant)}"
    if not pd.isna(ligne.taux_reussite_avant):
        return f"{dit} ; l'an passé {pourcentage(ligne.taux_reussite_avant)} des présents"
    return dit


def _phrase(table: pd.DataFrame, total: pd.Series) -> str:
    certifies, tous = int(table["nb_certifies"].sum()), int(total.sum())
    sans_liste = table["attendus"].isna().any()
    quoi = "inscrits" if sans_liste else "attendus"
    presents = int(table["nb_presents"].sum())
    oui = compter(certifies, "élève certifié", "élèves certifiés", aucun="Personne n'est certifié")
    venus = compter(presents, "présent", aucun="personne n'est encore venu")
    return (
        f"{oui} sur {tous} {quoi}, {venus}. "
        + (
            "Sans la liste des élèves de cette année, on ne sait pas combien étaient attendus. "
            if sans_liste
            else ""
        )
        + "Un élève inscrit n'est pas forcément venu, un élève venu pas forcément certifié."
    )
