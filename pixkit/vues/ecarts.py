"""Étage 3 — les écarts d'une classe, des plus sûrs aux moins sûrs, avec leurs intervalles."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import NEUTRE, SOUS, SUR, accord, compter, enumerer
from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures import ETABLISSEMENT, ETABLISSEMENTS, ecarts, objectifs
from pixkit.mesures.certitude import SIGNAUX
from pixkit.mesures.rapprochement import classes_a_part
from pixkit.vues.selection import (
    OBJECTIF,
    OBJECTIF_ETABLISSEMENT,
    TOUT,
    Question,
    Regard,
    Selection,
    seule,
)
from pixkit.vues.vue import (
    Cle,
    Vue,
    avec_effectif,
    colonne_des_codes,
    dessiner,
    en_ecarts,
    graduer,
    libelles,
    tracer_repere,
    vide,
)

CLE = Cle(
    "D'abord les points pleins (écarts nets : leur sens est sûr), puis les cercles (probables : un "
    "hasard sur vingt). Le point est l'écart retenu ; la barre, l'écart brut ; le trait, "
    "l'intervalle où se trouve sans doute le vrai.",
    "Pourquoi. Ni que les écarts « dans le bruit » n'existent pas : on ne peut pas les "
    "distinguer du hasard. Dans dix classes de 25, un écart vrai de 10 points à l'école n'est dit "
    "net qu'une fois sur quatre, de 15 points une fois sur deux, de 20 points trois fois sur "
    "quatre.",
    "Cet écart net, l'avions-nous vu en classe ? Qu'a cette classe de particulier (horaires, "
    "conditions de passation) ?",
)
_SANS_SIGNAL = Cle(
    "Des points gris, dont l'intervalle touche zéro : aucun écart ne se distingue du hasard. Le "
    "point est l'écart retenu ; la barre, l'écart brut ; le trait, l'intervalle où se trouve sans "
    "doute le vrai.",
    CLE.ne_dit_pas,
    "Que dirait la même question à la prochaine campagne, ou avec les absents ?",
)
_DITS = ["ecart_retenu", "ecart", "ecart_bas", "ecart_haut"]


def vue_ecarts(
    ecarts: pd.DataFrame, *, groupe: str, nom_reference: str, par: str = "classe"
) -> Vue:
    """Les écarts d'un groupe d'une table de `ecarts`, les plus sûrs en haut."""
    sur = colonne_des_codes(ecarts)
    table = ecarts[ecarts[par] == groupe].dropna(subset="ecart")
    table = table.assign(rang=table["signal"].map(SIGNAUX.index))
    table = table.sort_values(["rang", "ecart_retenu", sur])
    if table.empty:
        return vide(
            f"Pas d'écart à montrer pour {groupe} : ou rien n'a été envoyé, ou la référence "
            "choisie n'existe pas ici ; face à son niveau scolaire, il faut au moins deux "
            "classes."
        )
    grandeur = mesure_de_la_table(table)
    figure = dessiner(
        lambda ax: _tracer(ax, table, grandeur),
        question=f"Où {groupe} s'écarte de : {nom_reference} ?",
        hauteur=1.4 + 0.2 * len(table),
    )
    phrase = _phrase(table, groupe, nom_reference, grandeur)
    cle = CLE if table["signal"].isin(SIGNAUX[:-1]).any() else _SANS_SIGNAL
    return Vue(figure, phrase, table.drop(columns="rang"), cle)


def couleur_du_signal(signal: str, ecart: float) -> str:
    """Sans jugement dans le bruit ; sinon orangé au-dessous, bleu au-dessus."""
    return NEUTRE if signal == SIGNAUX[-1] else SOUS if ecart < 0 else SUR


def _tracer(ax: Axes, table: pd.DataFrame, grandeur: Mesure) -> None:
    """Un écart par ligne : son point, son intervalle, ses mots."""
    _poser(ax, table, 100 if grandeur.est_un_taux else 1)
    en_ecarts(ax.xaxis)
    tracer_repere(ax, len(table))
    noms = avec_effectif(libelles(table[colonne_des_codes(table)]), table)
    dits = [_dire(grandeur, ligne) for ligne in table[_DITS[:2]].itertuples(index=False)]
    graduer(ax, noms, list(map("{}, {}".format, dits, table["signal"])))
    unite = f"écart retenu, écart brut (barre) et son intervalle à 95 % ({grandeur.unite})"
    ax.set(xlabel=f"{unite} ; effectif entre parenthèses")


def _dire(grandeur: Mesure, ecarts: tuple[float, float]) -> str:
    """L'écart retenu, et le brut s'il dit autre chose."""
    retenu, brut = map(grandeur.dire_ecart, ecarts)
    return retenu if retenu == brut else f"{retenu}, brut {brut}"


def _poser(ax: Axes, table: pd.DataFrame, echelle: int) -> None:
    """Points et intervalles, d'autant plus visibles que l'écart est sûr."""
    valeurs, bruts, bas, haut = echelle * table[_DITS].to_numpy(float).T
    signaux, places = table["signal"], range(len(table))
    couleurs = list(map(couleur_du_signal, signaux, valeurs))
    remplis = np.where(signaux == "probable", "white", couleurs)
    traits, points = np.where(signaux == SIGNAUX[-1], [[1], [14]], [[2.4], [60]])
    ax.hlines(places, bas, haut, colors=couleurs, linewidth=traits)
    ax.scatter(bruts, places, s=90, c=couleurs, marker="|", linewidths=1.4, zorder=2)
    contours = {"edgecolors": couleurs, "linewidths": 2, "zorder": 3}
    ax.scatter(valeurs, places, s=points, c=remplis, **contours)


def _phrase(table: pd.DataFrame, groupe: str, nom_reference: str, grandeur: Mesure) -> str:
    comptes = table["signal"].value_counts().reindex(SIGNAUX, fill_value=0)
    surs, probables = table[table["signal"] == "net"], int(comptes["probable"])
    noms = libelles(surs[colonne_des_codes(surs)])
    bornes = surs[_DITS[2:]].astype(float).map(grandeur.dire_ecart).to_numpy()
    ecarts = [_dire(grandeur, ligne) for ligne in surs[_DITS[:2]].itertuples(index=False)]
    dits = list(map("{} ({}, entre {} et {})".format, noms, ecarts, *bornes.T))
    nets = accord(len(dits), "écart net", "écarts nets")
    borne = "au moins" if "au_moins" in table and table["au_moins"].any() else "au plus"
    trouves = f"{nets} : {enumerer(dits, 4)}" if dits else "Aucun écart net"
    return (
        f"{groupe}, {accord(int(table['effectif'].max()), 'élève')} {borne}, face à : "
        f"{nom_reference}. {trouves} ; {compter(probables, 'probable', aucun='aucun probable')}, "
        f"{comptes['dans le bruit'] or 'aucun'} dans le bruit. Dans le bruit ne veut pas dire "
        "sans écart : avec si peu d'élèves, on ne peut pas le distinguer du hasard."
    )


def _repondre(regard: Regard) -> Vue:
    choix = regard.selection
    buts = {OBJECTIF: objectifs(), OBJECTIF_ETABLISSEMENT: choix.objectif}
    reference = buts.get(choix.reference, choix.reference)
    table = regard.de_toutes_les_classes(ecarts, reference=reference)
    nom = choix.reference
    if reference == nom and not _autres(table["classe"], choix):
        return vide(seule(choix.classe))
    if nom in ETABLISSEMENTS:
        du_niveau = "" if choix.niveau_scolaire == TOUT else f" ({choix.niveau_scolaire})"
        sans = enumerer(classes_a_part(table["classe"])) if nom == ETABLISSEMENT else ""
        nom = f"ensemble de la campagne{du_niveau}" + (f", sans {sans}" if sans else "")
    return vue_ecarts(table, groupe=choix.classe, nom_reference=nom)


def _autres(classes: Iterable[str], choix: Selection) -> set[str]:
    """Les classes qui sont vraiment la référence : jamais celle que l'on regarde."""
    toutes = set(classes)
    if choix.reference == ETABLISSEMENT:
        toutes -= set(classes_a_part(toutes))
    elif choix.reference not in ETABLISSEMENTS:
        toutes = {choix.reference}
    return toutes - {choix.classe}


_COMMANDES = frozenset({"classe", "domaine", "reference"})
QUESTION = Question(3, "Écarts d'une classe", _repondre, _COMMANDES)
