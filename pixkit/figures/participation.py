"""Étage 3 — la participation, classe par classe."""

from datetime import date

import pandas as pd
from matplotlib.dates import num2date

from pixkit.charte import (
    ETATS,
    MANQUE,
    NEUTRE,
    SOUS,
    SUR,
    accord,
    conjuguer,
    date_courte,
    date_en_mots,
    pourcentage,
)
from pixkit.figures.vue import Vue, dessiner, vide

_QUE_FAIRE = "donnez le code de la campagne aux élèves, puis refaites l'export."
_SANS_PARTICIPATION = f"Aucune participation à montrer : {_QUE_FAIRE}"
_SANS_ATTENDU = (
    "Aucun élève n'est attendu ici : vérifiez à quelles classes cette campagne s'adresse, et que "
    "la liste des élèves est celle de cette année."
)


def vue_participation(table: pd.DataFrame, *, par: str = "classe") -> Vue:
    """Une barre par groupe d'une table de `participation` ou de `participation_attendue`, un segment par état."""
    if table.empty:
        return vide(_SANS_ATTENDU if "taux_envoye" in table else _SANS_PARTICIPATION)
    presents = [nom for nom in ETATS if nom in table and table[nom].notna().any()]
    table_triee = table.sort_values(par)

    def trace(ax):
        gauche = pd.Series(0, index=table_triee.index)
        for nom in presents:
            libelle, couleur = ETATS[nom]
            barres = ax.barh(
                table_triee[par],
                table_triee[nom],
                left=gauche,
                color=couleur,
                label=libelle,
                edgecolor="white",
            )
            sombre = couleur in ("#2166ac", "#b35806")
            ax.bar_label(
                barres, [str(v) if v else "" for v in table_triee[nom]], label_type="center", fontsize=9,
                color="white" if sombre else "black",
            )  # fmt: skip
            gauche = gauche + table_triee[nom]
        ax.invert_yaxis()
        ax.set(
            xlabel="élèves" if "jamais_commence" in presents else "élèves qui ont commencé",
            ylabel=par,
        )
        ax.figure.legend(loc="outside lower center", ncols=2, frameon=False)

    figure = dessiner(
        trace,
        question="Qui a envoyé ses résultats ?",
        largeur=9,
        hauteur=2 + 0.4 * len(table_triee),
    )
    return Vue(figure, _phrase(table), table, "participation")


def _phrase(table: pd.DataFrame) -> str:
    sommes = table.select_dtypes("number").sum()
    effectif, envoyes = (
        int(sommes["effectif"]),
        int(sommes["envoye"] + sommes.get("envoye_sans_detail", 0)),
    )
    detail = (
        f"{conjuguer(int(sommes['termine_non_envoye']), 'a', 'ont')} terminé sans envoyer (il reste un clic), "
        f"{conjuguer(int(sommes['en_cours']), 'est', 'sont')} en cours"
    )
    if table["jamais_commence"].isna().all():
        return (
            f"{accord(effectif, 'élève')} {'ont' if effectif > 1 else 'a'} commencé : "
            f"{conjuguer(envoyes, 'a envoyé', 'ont envoyé')}, {detail}. Un export ne montre que ceux qui ont commencé : qui n'a "
            "jamais ouvert le parcours n'est pas ici."
        )
    if sommes["jamais_commence"] == effectif:
        attendus = accord(effectif, "élève attendu", "élèves attendus")
        return f"Personne n'a encore commencé, sur {attendus} : {_QUE_FAIRE}"
    a_temps = (
        f", dont {int(sommes['envoye_a_temps'])} avant l'échéance"
        if "envoye_a_temps" in table
        else ""
    )
    jamais = conjuguer(int(sommes["jamais_commence"]), "n'a", "n'ont")
    return (
        f"{accord(envoyes, 'élève')} sur {effectif} {'ont' if envoyes > 1 else 'a'} envoyé "
        f"({pourcentage(envoyes / effectif)}){a_temps} ; {detail}, {jamais} jamais commencé. L'effectif est celui de la liste "
        "des élèves."
    )


def vue_participation_dans_le_temps(table: pd.DataFrame, *, echeance: date | None = None) -> Vue:
    """Les courbes d'une table de `participation_dans_le_temps` : qui a commencé, qui a envoyé, jour après jour."""
    if table.empty:
        return vide("Ni début ni envoi d'un élève attendu : les courbes partiront du premier.")
    effectif = int(table["effectif"].iloc[0])

    def trace(ax):
        for nom, libelle, couleur in (
            ("nb_commence", "ont commencé", NEUTRE),
            ("nb_envoye", "ont envoyé", SUR),
        ):
            ax.step(
                table["jour"], table[nom], where="post", color=couleur, label=libelle, linewidth=2
            )
        ax.axhline(effectif, color=MANQUE, linewidth=2, zorder=0)
        ax.annotate(
            f"{effectif} élèves attendus",
            (table["jour"].iloc[0], effectif),
            xytext=(0, 3),
            textcoords="offset points",
        )
        if echeance is not None:
            ax.axvline(
                pd.Timestamp(echeance),
                color=SOUS,
                linestyle="--",
                label=f"échéance ({date_courte(echeance)})",
            )
        ax.set(ylabel="élèves", ylim=(0, effectif * 1.12), xlabel="")
        ax.xaxis.set_major_formatter(lambda jour, _: date_courte(num2date(jour)))
        ax.figure.legend(loc="outside lower center", ncols=3, frameon=False)

    figure = dessiner(trace, question="Où en est-on, jour après jour ?", largeur=9, hauteur=4)
    dernier = table.iloc[-1]
    phrase = f"Le {date_en_mots(dernier['jour'])}, {int(dernier['nb_envoye'])} élèves sur {effectif} avaient envoyé"
    if echeance is not None:
        avant = table[table["jour"] < pd.Timestamp(echeance)]
        fait = int(avant["nb_envoye"].iloc[-1]) if len(avant) else 0
        phrase += f" ; {fait} l'avaient fait avant l'échéance du {date_en_mots(echeance)}"
    return Vue(
        figure,
        f"{phrase}. Les dates sont celles du dernier export : refaites-le pour voir la suite.",
        table,
        "dans_le_temps",
    )
