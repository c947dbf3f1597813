"""Étage 3 — quelle part d'une classe est sous l'objectif, et ce que les absents y changeraient."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import MANQUE, SUR, accord, entre_taux, pourcentage
from pixkit.mesures import estimations, participation_attendue
from pixkit.vues.selection import Question, Regard, en_classe
from pixkit.vues.vue import (
    Cle,
    Vue,
    avec_effectif,
    colonne_des_codes,
    dessiner,
    graduer,
    libelle,
    libelles,
    vide,
)

CLE = Cle(
    "La bande grise : où serait cette part si l'on savait tout des absents. Le point et son "
    "trait : ceux qui ont envoyé.",
    "Ce que savent les absents : ce ne sont pas n'importe lesquels, et rien ici ne le devine.",
    "Qui manque, et que savons-nous d'eux par ailleurs ?",
)


def vue_objectif(estimations: pd.DataFrame, *, groupe: str, par: str = "classe") -> Vue:
    """La part d'un groupe sous l'objectif d'une table d'`estimations` (avec `objectif` et
    `attendus`)."""
    table = estimations[estimations[par] == groupe].reset_index(drop=True)
    if table.empty:
        return vide(f"Personne {en_classe(groupe)} n'a envoyé : on n'en sait rien.")
    figure = dessiner(
        lambda ax: _tracer(ax, table),
        question=f"Quelle part d'élèves est sous l'objectif {en_classe(groupe)} ?",
        hauteur=1.7 + 0.34 * len(table),
    )
    return Vue(figure, _phrase(table, groupe), table, CLE)


def _tracer(ax: Axes, table: pd.DataFrame) -> None:
    """Ce que les inconnus permettent, l'intervalle, et le point."""
    places = table.index
    ax.hlines(places, table["borne_basse"], table["borne_haute"], colors=MANQUE, linewidth=11)
    ax.hlines(places, table["part_bas"], table["part_haut"], colors=SUR, linewidth=2.4)
    ax.scatter(table["part_sous_objectif"], places, color=SUR, s=50, zorder=3, clip_on=False)
    noms = avec_effectif(libelles(table[colonne_des_codes(table)]), table)
    graduer(ax, noms, list(map(_dire, table.itertuples())))
    ax.set(
        xlim=(0, 1),
        xlabel="part d'élèves sous l'objectif : envois, intervalle à 95 %, et absents (bande)",
    )
    ax.xaxis.set_major_formatter(lambda valeur, _: pourcentage(valeur))


def _dire(ligne) -> str:
    connus = ligne.effectif - ligne.nb_jamais
    dit = f"{ligne.nb_sous_objectif} sur {connus}" if connus else "personne n'y a un pix"
    return dit + (f" ; {ligne.nb_jamais} sans aucun pix" if connus and ligne.nb_jamais else "")


def _phrase(table: pd.DataFrame, groupe: str) -> str:
    haut = table.sort_values("part_sous_objectif", na_position="first").iloc[-1]
    attendus = haut["attendus"]
    if pd.isna(attendus):
        absents = (
            "Combien manquent ne se sait pas : il faut la liste des élèves, et que cette campagne "
            "s'adresse à leur classe."
        )
    elif attendus <= haut["effectif"]:
        absents = "Tous les élèves attendus ont envoyé."
    else:
        manquent = accord(int(attendus - haut["effectif"]), "élève n'a", "élèves n'ont")
        bornes = entre_taux(haut["borne_basse"], haut["borne_haute"])
        absents = f"{manquent} pas envoyé : avec eux, ce serait {bornes}, sans rien supposer."
    jamais = int(table["nb_jamais"].max())
    inconnus = (
        " Un élève sans aucun pix n'y a jamais rien validé, ou rien essayé : il est compté parmi "
        "les inconnus, non sous l'objectif."
    )
    part, connus = haut["part_sous_objectif"], int(haut["effectif"] - haut["nb_jamais"])
    combien = accord(connus, "élève qui y a un pix", "élèves qui y ont un pix")
    sur = f" de {combien}" if haut["nb_jamais"] else ""
    le_plus = (
        "personne n'y a un pix" if pd.isna(part) else f"{pourcentage(part)}{sur} sous l'objectif"
    )
    return (
        f"{groupe}, {accord(int(table['effectif'].max()), 'élève')} au plus. La plus touchée : "
        f"{libelle(haut[colonne_des_codes(table)])}, {le_plus}. {absents}"
        + (inconnus if jamais else "")
    )


def _repondre(regard: Regard) -> Vue:
    choix = regard.selection
    suivi = regard.ecole.suivi
    siens = suivi[suivi["campagne"] == choix.campagne]
    attendus = participation_attendue(siens).set_index("classe")["effectif"].to_dict()
    table = regard.de_toutes_les_classes(estimations, objectif=choix.objectif, attendus=attendus)
    return vue_objectif(table, groupe=choix.classe)


QUESTION = Question(4, "Sous l'objectif", _repondre, frozenset({"classe", "domaine", "objectif"}))
