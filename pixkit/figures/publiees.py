"""Étage 3 — les vues d'une publication : elles dessinent des chiffres arrondis et bornés (voir `publication.agregats`)."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter

from pixkit.charte import (
    DEGRADE,
    ESPACE,
    MANQUE,
    NEUTRE,
    SOUS,
    SUR,
    accord,
    decimal,
    ecart_en_mots,
    enumerer,
    pourcentage,
)
from pixkit.figures.ecarts import tracer_ecarts
from pixkit.figures.vue import Vue, dessiner, libelle, vide
from pixkit.referentiel import rang_niveau

_INCERTAIN = "#92c5de"
_TROP_LARGE = 14


def vue_participation_publiee(table: pd.DataFrame) -> Vue:
    """Une barre par classe (`classe`, `attendus`, `envoyes_bas`, `envoyes_haut`) : qui a envoyé, à coup sûr et au plus."""
    if table.empty:
        return vide(
            "Qui a envoyé ne se sait qu'avec la liste des élèves : ajoutez-la au dossier, puis publiez à nouveau."
        )
    table = table.sort_values("classe", key=lambda noms: noms.map(rang_niveau)).reset_index(
        drop=True
    )
    dits = [f"{_entre(c.envoyes_bas, c.envoyes_haut)} sur {c.attendus}" for c in table.itertuples()]

    def trace(ax):
        bas, haut = table["envoyes_bas"], table["envoyes_haut"]
        ax.barh(table["classe"], table["attendus"], color=MANQUE, label="pas encore envoyé")
        ax.barh(
            table["classe"],
            haut,
            color=_INCERTAIN,
            label="envoyé ou non : trop peu d'élèves pour le dire",
        )
        ax.barh(table["classe"], bas, color=SUR, label="envoyé")
        ax.set_yticks(range(len(table)), table["classe"])
        droite = ax.secondary_yaxis("right")
        droite.set_yticks(range(len(table)), dits)
        droite.tick_params(length=0)
        droite.spines["right"].set_visible(False)
        ax.invert_yaxis()
        ax.set(xlabel="élèves attendus")
        ax.figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)

    figure = dessiner(
        trace, question="Qui a envoyé ses résultats ?", largeur=9, hauteur=1.8 + 0.32 * len(table)
    )
    bas, haut, tous = (int(table[nom].sum()) for nom in ("envoyes_bas", "envoyes_haut", "attendus"))
    phrase = (
        f"{_entre(bas, haut).capitalize()} élèves sur {tous} attendus ont envoyé leurs résultats "
        f"({_entre_taux(bas / tous, haut / tous)}), dans {accord(len(table), 'classe')}. Là où presque "
        "tous, ou presque personne, ont envoyé, le nombre exact est tu."
    )
    nombres = pd.DataFrame(
        {"Classe": table["classe"], "Attendus": table["attendus"].astype(str), "Ont envoyé": dits}
    )
    return Vue(figure, phrase, nombres)


def vue_carte_publiee(cases: pd.DataFrame) -> Vue:
    """Une case par classe × compétence (`classe`, `competence`, `valeur`, `borne`, `effectif`, `au_moins`, `mesure`)."""
    taux = cases["mesure"].iloc[0] == "taux_maitrise"
    valeurs = cases.pivot(index="competence", columns="classe", values="valeur").astype(float)
    valeurs = valeurs[sorted(valeurs.columns, key=rang_niveau)]
    textes = cases.assign(
        texte=[_case(v, b, taux) for v, b in zip(cases["valeur"], cases["borne"], strict=True)]
    )
    textes = textes.pivot(index="competence", columns="classe", values="texte")[
        valeurs.columns
    ].fillna("")
    effectifs = effectifs_en_mots(cases, "classe")
    en_lignes = len(valeurs.columns) > _TROP_LARGE
    dessin = valeurs.T if en_lignes else valeurs
    annotations = (textes.T if en_lignes else textes).to_numpy()
    classes = [
        f"{classe}{' ' if en_lignes else chr(10)}({effectifs[classe]})"
        for classe in valeurs.columns
    ]
    codes = list(valeurs.index) if en_lignes else [libelle(code) for code in valeurs.index]

    def trace(ax):
        ax.set_facecolor(MANQUE)
        style = {
            "linewidths": 1,
            "cbar": False,
            "cmap": DEGRADE,
            "vmin": 0,
            "vmax": 1 if taux else 5,
            "annot_kws": {"size": 9},
        }
        sns.heatmap(dessin.to_numpy(), ax=ax, annot=annotations, fmt="", **style)
        for texte in ax.texts:
            texte.set_in_layout(False)
        ax.set_xticks(np.arange(dessin.shape[1]) + 0.5, codes if en_lignes else classes, rotation=0)
        ax.set_yticks(np.arange(dessin.shape[0]) + 0.5, classes if en_lignes else codes, rotation=0)
        ax.set(xlabel="compétence" if en_lignes else "classe (effectif)", ylabel="")
        ax.tick_params(length=0)

    lignes, colonnes = dessin.shape
    question = (
        "Que maîtrise chaque classe ?" if taux else "Quel niveau Pix moyen dans chaque classe ?"
    )
    largeur = max(6, (2.4 if en_lignes else 4) + 0.62 * colonnes)
    figure = dessiner(
        trace,
        question=question,
        largeur=largeur,
        hauteur=1.4 + (0.28 if en_lignes else 0.36) * lignes,
    )
    unite = "la part des acquis maîtrisés, en %" if taux else "le niveau Pix moyen, de 0 à 8"
    phrase = (
        f"Chaque case donne {unite}, pour {accord(len(classes), 'classe')} ; l'effectif est entre parenthèses. Une case grise "
        "n'a pas été testée : ce n'est pas un zéro. Entre deux petites classes, quelques points d'écart ne prouvent rien."
    )
    nombres = textes.T.reset_index().rename(columns={"classe": "Classe"})
    nombres.insert(1, "Effectif", [effectifs[classe] for classe in nombres["Classe"]])
    return Vue(figure, phrase, nombres.rename_axis(columns=None))


def vue_ecarts_publies(table: pd.DataFrame, *, classe: str, niveau: str) -> Vue:
    """Les écarts d'une classe à son niveau scolaire, les plus sûrs en haut (`ecart`, ses bornes, `signal`, `effectif`)."""
    if table.empty:
        return vide(
            f"Pas d'écart à montrer pour {classe} : il faut au moins deux classes du même niveau scolaire."
        )
    unite = "points" if table["mesure"].iloc[0] == "taux_maitrise" else "niveaux"
    rang = table["signal"].map({"net": 0, "probable": 1, "dans le bruit": 2})
    table = (
        table.assign(rang=rang).sort_values(["rang", "ecart", "competence"]).reset_index(drop=True)
    )
    dits = _effectifs(table)
    noms = [libelle(code) for code in table["competence"]]
    figure = dessiner(
        lambda ax: tracer_ecarts(ax, table.assign(effectif=dits), noms, unite),
        question=f"Où {classe} s'écarte des autres {niveau} ?", largeur=10, hauteur=1.5 + 0.34 * len(table),
    )  # fmt: skip
    mots = [f"{ecart_en_mots(e, unite)}" for e in table["ecart"]]
    nets = [
        f"{nom} ({mot})"
        for nom, mot, signal in zip(noms, mots, table["signal"], strict=True)
        if signal == "net"
    ]
    comptes = table["signal"].value_counts()
    phrase = (
        f"{classe} face à l'ensemble des classes de {niveau} publiées. "
        + (
            f"{accord(len(nets), 'écart net', 'écarts nets')} : {enumerer(nets, 4)}"
            if nets
            else "Aucun écart net"
        )
        + f" ; {accord(int(comptes.get('probable', 0)), 'probable')}, {int(comptes.get('dans le bruit', 0))} dans le bruit : "
        "avec si peu d'élèves, on ne peut pas les distinguer du hasard."
    )
    limites = zip(table["ecart_bas"], table["ecart_haut"], strict=True)
    bornes = [
        f"{ecart_en_mots(bas, unite)} à {ecart_en_mots(haut, unite)}" for bas, haut in limites
    ]
    nombres = pd.DataFrame(
        {
            "Compétence": noms,
            "Écart": mots,
            "Intervalle à 95 %": bornes,
            "Certitude": table["signal"],
            "Effectif": dits,
        }
    )
    return Vue(figure, phrase, nombres)


def vue_profil_publie(siens: pd.DataFrame, *, nom: str, nom_autres: str, sur: str) -> Vue:
    """Un groupe et son niveau scolaire (`reference`) côte à côte, par compétence ou domaine (`valeur`, `borne`, `effectif`)."""
    taux = siens["mesure"].iloc[0] == "taux_maitrise"
    siens = siens.sort_values(sur).reset_index(drop=True)
    noms = [libelle(code) for code in siens[sur]]
    places = range(len(siens))

    def trace(ax):
        ax.hlines(places, siens["reference"], siens["valeur"], colors=MANQUE, linewidth=5)
        ax.scatter(
            siens["reference"],
            places,
            marker="|",
            s=260,
            color=NEUTRE,
            linewidths=2.5,
            label=nom_autres,
        )
        ax.scatter(siens["valeur"], places, color=SUR, s=60, zorder=3, label=nom)
        ax.set_yticks(places, noms)
        ax.margins(y=0.15)
        ax.invert_yaxis()
        ax.set(
            xlim=(0, 1 if taux else 8), xlabel="taux de maîtrise" if taux else "niveau Pix moyen"
        )
        ax.xaxis.set_major_formatter(
            FuncFormatter(lambda valeur, _: (pourcentage if taux else decimal)(valeur))
        )
        ax.figure.legend(loc="outside lower center", ncols=2, frameon=False)

    figure = dessiner(
        trace, question=f"{nom}, face à : {nom_autres}", largeur=9, hauteur=1.8 + 0.36 * len(siens)
    )
    dits = [en_mots(v, b, taux) for v, b in zip(siens["valeur"], siens["borne"], strict=True)]
    reference = [en_mots(v, "", taux) for v in siens["reference"]]
    effectifs = _effectifs(siens)
    phrase = (
        f"{nom} (point) face à : {nom_autres} (trait). Un petit écart n'est souvent que du hasard."
    )
    nombres = pd.DataFrame({"": noms, nom: dits, nom_autres: reference, "Effectif": effectifs})
    return Vue(figure, phrase, nombres)


def vue_extremes(cases: pd.DataFrame, *, niveau: str, forces: bool, combien: int = 3) -> Vue:
    """Les compétences d'un niveau scolaire, les `combien` plus maîtrisées (ou les moins) en couleur."""
    taux = cases["mesure"].iloc[0] == "taux_maitrise"
    table = cases.sort_values(["valeur", "competence"], ascending=[not forces, True]).reset_index(
        drop=True
    )
    couleurs = [
        (SUR if forces else SOUS) if rang < combien else "#b8b8b8" for rang in range(len(table))
    ]
    noms = [libelle(code) for code in table["competence"]]
    dits = [en_mots(v, "", taux) for v in table["valeur"]]

    def trace(ax):
        barres = ax.barh(range(len(table)), table["valeur"], color=couleurs)
        ax.bar_label(barres, dits, padding=4, fontsize=10)
        ax.set_yticks(range(len(table)), noms)
        ax.invert_yaxis()
        ax.margins(x=0.12)
        ax.xaxis.set_visible(False)

    mot = "forces" if forces else "lacunes"
    question = f"Quelles sont les {mot} des {niveau} ?"
    figure = dessiner(trace, question=question, largeur=9, hauteur=1.2 + 0.34 * len(table))
    premieres = [f"{nom} ({dit})" for nom, dit in zip(noms[:combien], dits, strict=False)]
    effectif = _effectif(int(table["effectif"].max()), bool(table["au_moins"].any()))
    phrase = (
        f"{'Les plus maîtrisées' if forces else 'Les moins maîtrisées'} des compétences testées : {enumerer(premieres)}. "
        f"Effectif : {effectif} élèves, classes publiées seulement. Une compétence absente n'a pas été testée."
    )
    effectifs = _effectifs(table)
    return Vue(
        figure,
        phrase,
        pd.DataFrame(
            {"Compétence": noms, "Taux" if taux else "Niveau": dits, "Effectif": effectifs}
        ),
    )


def vue_certifiables(table: pd.DataFrame) -> Vue:
    """La part d'élèves certifiables par classe, entre deux bornes s'il le faut (`taux_bas`, `taux_haut`, `effectif`)."""
    table = table.sort_values("classe", key=lambda noms: noms.map(rang_niveau)).reset_index(
        drop=True
    )
    dits = [
        _entre_taux(bas, haut)
        for bas, haut in zip(table["taux_bas"], table["taux_haut"], strict=True)
    ]
    noms = [
        f"{classe} ({effectif})"
        for classe, effectif in zip(table["classe"], _effectifs(table), strict=True)
    ]
    places = range(len(table))

    def trace(ax):
        ax.hlines(places, table["taux_bas"], table["taux_haut"], colors=SUR, linewidth=9)
        exacts = table["taux_bas"] == table["taux_haut"]
        ax.scatter(table.loc[exacts, "taux_bas"], table.index[exacts], color=SUR, s=80, zorder=3)
        ax.set_yticks(places, noms)
        droite = ax.secondary_yaxis("right")
        droite.set_yticks(places, dits)
        droite.tick_params(length=0)
        droite.spines["right"].set_visible(False)
        ax.margins(y=0.15)
        ax.invert_yaxis()
        ax.set(xlim=(0, 1), xlabel="part d'élèves certifiables ; effectif entre parenthèses")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda valeur, _: pourcentage(valeur)))

    figure = dessiner(
        trace,
        question="Quelle part d'élèves est certifiable ?",
        largeur=9,
        hauteur=1.6 + 0.36 * len(table),
    )
    effectif = table["effectif"].sum()
    bas, haut = (
        (table[nom] * table["effectif"]).sum() / effectif for nom in ("taux_bas", "taux_haut")
    )
    phrase = (
        f"{_entre_taux(bas, haut).capitalize()} de ces élèves sont certifiables : au moins 5 compétences au niveau 1. "
        "Une bande plutôt qu'un point : presque tous, ou presque personne, et le nombre exact est tu."
    )
    return Vue(figure, phrase, pd.DataFrame({"Classe": table["classe"], "Certifiables": dits,
               "Effectif": _effectifs(table)}))  # fmt: skip


def en_mots(valeur: float, borne: str, taux: bool) -> str:
    """« 72 % », « moins de 5 % », « plus de 7,6 »."""
    if pd.isna(valeur):
        return "–"
    mot = {"<": "moins de ", ">": "plus de ", "": ""}[borne]
    return mot + (pourcentage(valeur) if taux else decimal(valeur))


def effectifs_en_mots(cases: pd.DataFrame, par: str) -> dict[str, str]:
    """{groupe: « 24 » ou « ≥ 20 »}."""
    return {
        nom: _effectif(int(lignes["effectif"].max()), bool(lignes["au_moins"].any()))
        for nom, lignes in cases.groupby(par)
    }


def _effectifs(table: pd.DataFrame) -> list[str]:
    return [
        _effectif(int(n), bool(minimum))
        for n, minimum in zip(table["effectif"], table["au_moins"], strict=True)
    ]


def _effectif(nombre: int, au_moins: bool) -> str:
    return f"≥{ESPACE}{nombre}" if au_moins else str(nombre)


def _case(valeur: float, borne: str, taux: bool) -> str:
    return borne + (f"{100 * valeur:.0f}" if taux else decimal(valeur))


def _entre(bas: int, haut: int) -> str:
    return str(bas) if bas == haut else f"de {bas} à {haut}"


def _entre_taux(bas: float, haut: float) -> str:
    if round(bas, 2) == round(haut, 2):
        return pourcentage(bas)
    if bas <= 0:
        return f"moins de {pourcentage(haut)}"
    return (
        f"plus de {pourcentage(bas)}"
        if haut >= 1
        else f"de {pourcentage(bas)} à {pourcentage(haut)}"
    )
