"""Étage 3 — la participation, classe par classe."""

import pandas as pd

from pixkit.charte import ETATS, accord
from pixkit.figures.vue import Vue, dessiner, vide


def vue_participation(table: pd.DataFrame, *, par: str = "classe") -> Vue:
    """Une barre par groupe d'une table de `participation`, un segment par état."""
    if table.empty:
        return vide("Personne n'a encore commencé : donnez le code de la campagne aux élèves, puis refaites l'export.")
    presents = [nom for nom in ETATS if nom in table and table[nom].notna().any()]
    table_triee = table.sort_values(par)

    def trace(ax):
        gauche = pd.Series(0, index=table_triee.index)
        for nom in presents:
            libelle, couleur = ETATS[nom]
            barres = ax.barh(table_triee[par], table_triee[nom], left=gauche, color=couleur, label=libelle, edgecolor="white")
            sombre = couleur in ("#2166ac", "#b35806")
            ax.bar_label(
                barres, [str(v) if v else "" for v in table_triee[nom]], label_type="center", fontsize=9,
                color="white" if sombre else "black",
            )  # fmt: skip
            gauche = gauche + table_triee[nom]
        ax.invert_yaxis()
        ax.set(xlabel="élèves qui ont commencé", ylabel=par)
        ax.figure.legend(loc="outside lower center", ncols=2, frameon=False)

    figure = dessiner(trace, question="Qui a envoyé ses résultats ?", largeur=9, hauteur=2 + 0.4 * len(table_triee))
    sommes = table[presents].sum()
    envoyes = int(sommes.get("envoye", 0) + sommes.get("envoye_sans_detail", 0))
    phrase = (
        f"{accord(int(table['effectif'].sum()), 'élève')} ont commencé : {envoyes} ont envoyé, "
        f"{int(sommes.get('termine_non_envoye', 0))} ont terminé sans envoyer (il leur reste un clic), "
        f"{int(sommes.get('en_cours', 0))} sont en cours. Un export ne montre que ceux qui ont commencé : qui n'a jamais "
        "ouvert le parcours n'est pas ici."
    )
    return Vue(figure, phrase, table)
