"""Étage 3 — la carte : une case par classe et par compétence."""

import pandas as pd

from pixkit.charte import DEGRADE, accord
from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures import mesure, reunir
from pixkit.referentiel import rang_niveau
from pixkit.vues.choix import Question, Regard
from pixkit.vues.vue import Cle, Vue, bornes, carreler, dessiner, effectifs, libelle, vide

CLE = Cle(
    "Les colonnes claires (une classe en difficulté partout) et les lignes claires (une "
    "compétence difficile pour tous).",
    "Si deux cases voisines diffèrent vraiment : dans une classe de vingt, dix points d'écart "
    "sont souvent du hasard.",
    "Quelle compétence n'est enseignée dans aucune discipline ?",
)
TROP_LARGE = 14
"""Au-delà d'autant de classes, elles passent en lignes : une image trop large ne se lit plus."""


def vue_carte(
    table: pd.DataFrame, *, par: str = "classe", sur: str = "competence", cle: Cle = CLE
) -> Vue:
    """La carte d'une table de `mesure(resultats, par=[par, sur])` ; une case grise n'a pas été
    testée."""
    if table.empty:
        return vide(
            "Aucun résultat envoyé pour ce choix : la carte se remplira avec les premiers envois."
        )
    grandeur = mesure_de_la_table(table)
    mots = [grandeur.court(v, b) for v, b in zip(table["valeur"], bornes(table), strict=True)]
    cases, textes = (
        table.assign(case=contenu).pivot(index=sur, columns=par, values="case")
        for contenu in (table["valeur"].astype(float), mots)
    )
    groupes = sorted(cases.columns, key=rang_niveau)
    cases, textes = cases[groupes], textes[groupes].fillna("")
    en_lignes = len(groupes) > TROP_LARGE
    dits = _effectifs(table, par)
    cases.columns = [
        f"{groupe}{' ' if en_lignes else chr(10)}({dits[groupe]})" for groupe in groupes
    ]
    cases.index = cases.index if en_lignes else [libelle(code) for code in cases.index]
    cases, textes = (cases.T, textes.T) if en_lignes else (cases, textes)

    def trace(ax):
        carreler(ax, cases, textes, cmap=DEGRADE, vmax=1 if grandeur.est_un_taux else 5)
        mot = "compétence" if sur == "competence" else sur
        ax.set(xlabel=mot if en_lignes else f"{par} (effectif)", ylabel="")

    lignes, colonnes = cases.shape
    largeur = max(6, (2.4 if en_lignes else 4) + 0.62 * colonnes)
    hauteur = 1.4 + (0.28 if en_lignes else 0.36) * lignes
    figure = dessiner(trace, question=grandeur.question, largeur=largeur, hauteur=hauteur)
    return Vue(figure, _phrase(table, grandeur, par, sur), table, cle)


def _effectifs(table: pd.DataFrame, par: str) -> dict[str, str]:
    """Le plus grand effectif de chaque groupe."""
    plus_grands = table.sort_values("effectif").drop_duplicates(par, keep="last")
    return dict(zip(plus_grands[par], effectifs(plus_grands), strict=True))


def _phrase(table: pd.DataFrame, grandeur: Mesure, par: str, sur: str) -> str:
    ensemble = reunir(table, par=sur).set_index(sur)["valeur"]
    haut, bas = ensemble.idxmax(), ensemble.idxmin()
    groupes = accord(table[par].nunique(), "classe" if par == "classe" else "groupe")
    return (
        f"Chaque case donne {grandeur.case}, pour {groupes} ; l'effectif est entre parenthèses. "
        f"La plus maîtrisée : {libelle(haut)} ({grandeur.dire(ensemble[haut])}) ; la moins : "
        f"{libelle(bas)} ({grandeur.dire(ensemble[bas])}). Une case grise n'a pas été testée : ce "
        "n'est pas un zéro. Entre deux petites classes, quelques points d'écart ne prouvent rien."
    )


def _repondre(regard: Regard) -> Vue:
    return vue_carte(mesure(regard.resultats, par=["classe", "competence"]))


QUESTION = Question(1, "Maîtrise", _repondre, frozenset({"domaine"}))
