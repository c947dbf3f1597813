"""Étage 3 — comparer sans classer : un cadre par niveau scolaire, deux classes face à face, le chemin des mêmes élèves."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from pixkit.charte import NEUTRE, SOUS, SUR, accord, decimal, ecart_en_mots, enumerer, pourcentage
from pixkit.figures.vue import Vue, dessiner, libelle, vide
from pixkit.referentiel import rang_niveau


def vue_niveaux_scolaires(
    estimations: pd.DataFrame, *, sur: str = "domaine", taux: bool = True
) -> Vue:
    """Un cadre par niveau scolaire d'une table de `estimations_par_campagne` : un point par classe, un trait pour le niveau."""
    if estimations.empty:
        return vide(
            "Aucun résultat envoyé cette année : chaque niveau scolaire aura son cadre avec ses premiers envois."
        )
    niveaux = sorted(estimations["niveau_scolaire"].unique(), key=rang_niveau)
    codes = sorted(estimations[sur].unique())
    dire = pourcentage if taux else decimal

    def trace(cadres):
        for cadre, niveau in zip(np.atleast_1d(cadres), niveaux, strict=True):
            lignes = estimations[estimations["niveau_scolaire"] == niveau]
            for _, classe in lignes.groupby("classe"):
                cadre.scatter(
                    classe["moyenne"],
                    [codes.index(c) for c in classe[sur]],
                    color=SUR,
                    alpha=0.6,
                    s=26,
                )
            communs = (
                lignes.assign(total=lignes["moyenne"] * lignes["effectif"])
                .groupby(sur)[["total", "effectif"]]
                .sum()
            )
            cadre.scatter(communs["total"] / communs["effectif"], [codes.index(c) for c in communs.index], marker="|", s=420,
                          color=NEUTRE, linewidths=2.5)  # fmt: skip
            cadre.set_title(
                f"{niveau} ({lignes.groupby('classe')['effectif'].max().sum()})", fontsize=10
            )
            cadre.set_yticks(range(len(codes)), [libelle(code) for code in codes])
            cadre.xaxis.set_major_formatter(FuncFormatter(lambda valeur, _: dire(valeur)))
            cadre.tick_params(axis="x", labelsize=8)
        np.atleast_1d(cadres)[0].invert_yaxis()

    figure = dessiner(trace, question="Comment les classes se placent-elles dans leur niveau scolaire ?", ncols=len(niveaux),
                      sharey=True, largeur=4 + 2.1 * len(niveaux), hauteur=1.6 + 0.42 * len(codes))  # fmt: skip
    parcours = enumerer(
        [
            f"{niveau} : {nom}"
            for niveau, nom in estimations.groupby("niveau_scolaire")["nom_campagne"]
            .first()
            .items()
        ],
        8,
    )
    phrase = (
        "Un point par classe, un trait pour le niveau scolaire, effectif entre parenthèses. Chaque cadre a son parcours "
        f"({parcours}) et son échelle de difficulté : on compare des classes dans un cadre, jamais d'un cadre à l'autre."
    )
    return Vue(figure, phrase, estimations, "multiples")


def vue_face_a_face(
    estimations: pd.DataFrame, *, groupe: str, autre: str, par: str = "classe", taux: bool = True
) -> Vue:
    """Deux groupes d'une table de `estimations`, compétence par compétence, chacun avec son intervalle à 95 %."""
    sur = next(nom for nom in ("competence", "domaine") if nom in estimations)
    deux = estimations[estimations[par].isin([groupe, autre])]
    if deux[par].nunique() < 2:
        return vide(
            f"Choisissez deux classes qui ont envoyé des résultats : {groupe} et {autre} ne se comparent pas encore."
        )
    codes = sorted(deux[sur].unique())
    dire = pourcentage if taux else decimal

    def trace(ax):
        for nom, couleur, decalage in ((groupe, SUR, -0.14), (autre, SOUS, 0.14)):
            lignes = deux[deux[par] == nom]
            places = np.array([codes.index(code) for code in lignes[sur]]) + decalage
            ax.hlines(places, lignes["bas"], lignes["haut"], colors=couleur, linewidth=2)
            ax.scatter(lignes["moyenne"], places, color=couleur, s=36, zorder=3, marker="o" if nom == groupe else "s",
                       label=f"{nom} ({lignes['effectif'].max()})")  # fmt: skip
        ax.set_yticks(range(len(codes)), [libelle(code) for code in codes])
        ax.invert_yaxis()
        ax.xaxis.set_major_formatter(FuncFormatter(lambda valeur, _: dire(valeur)))
        ax.set(xlabel="moyenne des élèves et intervalle à 95 %, effectif entre parenthèses")
        ax.figure.legend(loc="outside lower center", ncols=2, frameon=False)

    figure = dessiner(
        trace,
        question=f"{groupe} et {autre}, face à face",
        largeur=9,
        hauteur=1.8 + 0.42 * len(codes),
    )
    bornes = deux.pivot(index=sur, columns=par, values=["bas", "haut"])
    separees = [code for code in bornes.index if bornes.loc[code, ("haut", groupe)] < bornes.loc[code, ("bas", autre)]
                or bornes.loc[code, ("haut", autre)] < bornes.loc[code, ("bas", groupe)]]  # fmt: skip
    noms = enumerer([libelle(code) for code in separees])
    quoi = (
        f"se séparent sur {noms} ; ailleurs" if separees else "ne se séparent nulle part : partout"
    )
    phrase = (
        f"{groupe} et {autre} {quoi} leurs intervalles se touchent. Deux classes n'ont ni les mêmes élèves ni les "
        "mêmes conditions : cette vue cherche ce que l'une peut apprendre à l'autre, pas laquelle est la meilleure."
    )
    return Vue(figure, phrase, deux, "face_a_face")


def vue_progression(
    progression: pd.DataFrame, *, groupe: str, par: str = "classe", taux: bool = True
) -> Vue:
    """La pente de chaque compétence d'un groupe d'une table de `progression` : les mêmes élèves, avant et après."""
    sur = next(nom for nom in ("competence", "domaine") if nom in progression)
    table = progression[progression[par] == groupe]
    if table.empty:
        return vide(
            f"Personne en {groupe} n'a envoyé deux fois : la progression se verra après un deuxième envoi."
        )
    table = table.sort_values("moyenne_apres")
    unite = "points" if taux else "niveaux"
    couleurs = [NEUTRE if signal == "dans le bruit" else SOUS if ecart < 0 else SUR
                for signal, ecart in zip(table["signal"], table["ecart"], strict=True)]  # fmt: skip

    def trace(ax):
        textes = _ecarter(table["moyenne_apres"].to_numpy(float), 0.045 if taux else 0.22)
        for ligne, couleur, hauteur in zip(table.itertuples(), couleurs, textes, strict=True):
            plein = "-" if ligne.signal != "dans le bruit" else (0, (4, 3))
            ax.plot([0, 1], [ligne.moyenne_avant, ligne.moyenne_apres], color=couleur, linestyle=plein, marker="o",
                    linewidth=2.4 if ligne.signal == "net" else 1.4)  # fmt: skip
            mots = ecart_en_mots(ligne.ecart, unite)
            dit = f"{libelle(getattr(ligne, sur))} : {mots}, {ligne.signal}"
            ax.text(1.06, hauteur, dit, fontsize=8.5, color=couleur, va="center")
        ax.set_xticks([0, 1], ["avant", "après"])
        ax.set_xlim(-0.15, 3.2)
        ax.spines["bottom"].set_bounds(0, 1)
        ax.yaxis.set_major_formatter(
            FuncFormatter(lambda valeur, _: (pourcentage if taux else decimal)(valeur))
        )

    figure = dessiner(
        trace,
        question=f"Quel chemin les mêmes élèves de {groupe} ont-ils fait ?",
        largeur=9,
        hauteur=2 + 0.32 * len(table),
    )
    surs = table[table["signal"] != "dans le bruit"]
    premier = table.iloc[0]
    phrase = (
        f"{groupe} : {accord(int(table['effectif'].max()), 'élève')} ont deux envois ({premier['nb_partis']} partis et "
        f"{premier['nb_arrives']} arrivés, à part). {accord(len(surs), 'compétence bouge', 'compétences bougent')} plus que le "
        f"hasard ne l'explique, {len(table) - len(surs)} non. Un progrès ne dit pas sa cause : refaire un parcours suffit "
        "à monter."
    )
    return Vue(figure, phrase, table, "progression")


def _ecarter(hauteurs: np.ndarray, pas: float) -> np.ndarray:
    """Des étiquettes triées, poussées vers le haut jusqu'à ne plus se recouvrir, puis recentrées."""
    places = hauteurs.copy()
    for rang in range(1, len(places)):
        places[rang] = max(places[rang], places[rang - 1] + pas)
    return places - (places - hauteurs).mean()


def vue_eleve(fiche: pd.DataFrame, *, taux: bool = True) -> Vue:
    """Un élève d'une table de `fiche_eleve` face à la moitié centrale de sa classe. Pour l'écran de l'enseignant seulement."""
    if fiche.empty:
        return vide(
            "Cet élève n'a rien envoyé dans cette campagne : voyez son état dans « Relances »."
        )
    noms = [libelle(code) for code in fiche["competence"]]
    dire = pourcentage if taux else decimal

    def trace(ax):
        places = range(len(fiche))
        ax.hlines(places, fiche["quartile_1"], fiche["quartile_3"], colors="#c9d7e8", linewidth=9)
        ax.scatter(
            fiche["mediane"], places, marker="|", s=150, color=NEUTRE, label="médiane de la classe"
        )
        sous = fiche["note"] < fiche["quartile_1"]
        ax.scatter(
            fiche["note"],
            places,
            c=[SOUS if s else SUR for s in sous],
            s=55,
            zorder=3,
            label="l'élève",
        )
        ax.set_yticks(places, noms)
        ax.invert_yaxis()
        ax.xaxis.set_major_formatter(FuncFormatter(lambda valeur, _: dire(valeur)))
        ax.figure.legend(loc="outside lower center", ncols=2, frameon=False)

    figure = dessiner(
        trace,
        question="Où en est cet élève, et où en est sa classe ?",
        largeur=9,
        hauteur=1.8 + 0.34 * len(fiche),
    )
    bas = [libelle(code) for code in fiche.loc[fiche["note"] < fiche["quartile_1"], "competence"]]
    ou = (
        f"Au-dessous de la moitié centrale de sa classe : {enumerer(bas)}."
        if bas
        else "Nulle part au-dessous de la moitié centrale."
    )
    phrase = f"{ou} La bande claire va d'un quart à trois quarts de la classe ({accord(int(fiche['effectif'].max()), 'élève')})."
    return Vue(figure, phrase, fiche.drop(columns="eleve"), "eleve")
