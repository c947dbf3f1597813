"""Étage 3 — deux classes face à face, compétence par compétence."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import SOUS, SUR, enumerer
from pixkit.grandeurs import mesure_de_la_table
from pixkit.mesures import face_a_face
from pixkit.mesures.certitude import SIGNAUX
from pixkit.vues.selection import Question, Regard, seule
from pixkit.vues.vue import (
    Cle,
    Vue,
    avec_effectif,
    colonne_des_codes,
    dessiner,
    en_unites,
    graduer,
    legender,
    libelle,
    libelles,
    vide,
)

CLE = Cle(
    "Les compétences dont l'écart est net ou probable, et les intervalles qui s'y éloignent.",
    "Laquelle est la meilleure classe : elles n'ont ni les mêmes élèves ni les mêmes conditions.",
    "Que fait-on dans l'une qui servirait à l'autre ?",
)
_MARQUES = (SUR, "o", -0.055), (SOUS, "s", 0.055)
"""Au-dessus et au-dessous de la ligne, en pouces : au téléphone, sous le nom qui la surmonte."""


def vue_face_a_face(table: pd.DataFrame, *, par: str = "classe") -> Vue:
    """Deux groupes d'une table de `face_a_face`, chacun avec son intervalle à 95 %."""
    if table.empty:
        return vide("Choisissez deux classes qui ont toutes deux envoyé des résultats.")
    groupe, autre = table[par].unique()
    juges = table.drop_duplicates(colonne_des_codes(table))

    def trace(ax):
        tracer_deux(ax, table.assign(valeur=table["moyenne"]), par)
        ax.set(xlabel="moyenne des élèves et intervalle à 95 %, effectif entre parenthèses")

    figure = dessiner(
        trace,
        question=f"{groupe} et {autre}, face à face",
        hauteur=1.8 + 0.42 * len(juges),
    )
    phrase = (
        f"{groupe} et {autre} {_ou(juges)}, leur écart est dans le bruit. Deux classes n'ont ni "
        "les mêmes élèves ni les mêmes conditions : cette vue cherche ce que l'une peut apprendre "
        "à l'autre, pas laquelle est la meilleure."
    )
    return Vue(figure, phrase, table, CLE)


def tracer_deux(ax: Axes, table: pd.DataFrame, par: str, dits: Sequence[str] = ()) -> None:
    """La `valeur` et l'intervalle de chacun des deux groupes, de part et d'autre de chaque ligne ;
    `dits`, ce qui les sépare."""
    sur = colonne_des_codes(table)
    codes = sorted(table[sur].unique())
    graduer(ax, libelles(codes), dits)
    lignes_par_pouce = len(codes) / ax.figure.get_figheight()
    groupes = zip(table.groupby(par, sort=False), _MARQUES, strict=True)
    for (nom, lignes), (couleur, forme, decalage) in groupes:
        places = lignes[sur].map(codes.index) + decalage * lignes_par_pouce
        ax.hlines(places, lignes["bas"], lignes["haut"], colors=couleur, linewidth=2)
        (etiquette,) = avec_effectif([nom], lignes.nlargest(1, "effectif"))
        style = {"color": couleur, "s": 36, "zorder": 3, "marker": forme, "label": etiquette}
        ax.scatter(lignes["valeur"], places, **style)
    en_unites(ax.xaxis, mesure_de_la_table(table))
    legender(ax)


def _ou(juges: pd.DataFrame) -> str:
    """Les compétences qui séparent deux groupes, en mots."""
    sur = colonne_des_codes(juges)
    surs = juges[juges["signal"].isin(SIGNAUX[:2])].sort_values(sur)
    dits = [f"{libelle(c)} ({s})" for c, s in zip(surs[sur], surs["signal"], strict=True)]
    if not dits:
        return "ne se séparent nulle part : partout"
    return f"se séparent sur {enumerer(dits)} ; ailleurs"


def _repondre(regard: Regard) -> Vue:
    choix = regard.selection
    if choix.autre in (None, choix.classe):
        return vide(seule(choix.classe))
    deux = {"groupe": choix.classe, "autre": choix.autre}
    return vue_face_a_face(regard.de_toutes_les_classes(face_a_face, **deux))


QUESTION = Question(5, "Deux classes", _repondre, frozenset({"classe", "autre", "domaine"}))
