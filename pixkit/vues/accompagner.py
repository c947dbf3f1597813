"""Étage 3 — les élèves à accompagner d'une classe. Pour l'écran de l'enseignant seulement."""

import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from pixkit.charte import SOUS, accord, pourcentage
from pixkit.ecran import est_etroite
from pixkit.mesures.accompagner import A_VERIFIER, AU_DESSUS, SUR
from pixkit.vues.carreaux import carreaux_etroits, carreler, croiser
from pixkit.vues.vue import Cle, Vue, dessiner, libelle, vide

CLE = Cle(
    "Les cases foncées : même en tenant compte de l'erreur de la note, l'élève est sous l'objectif "
    "dans ce domaine.",
    "Pourquoi, ni ce qu'il sait faire hors de ce parcours. La marge d'un élève est large, et au "
    "plus courte : réussir un acquis en entraîne d'autres.",
    "De quoi a-t-il besoin, qui lui en parle, et que lui proposer d'abord ?",
)
_RANGS = {AU_DESSUS: 0, A_VERIFIER: 1, SUR: 2}
_COULEURS = ListedColormap(["#eef3f8", "#fdd9b0", SOUS])


def vue_accompagner(table: pd.DataFrame, *, objectif: float, inconnus: int = 0) -> Vue:
    """Une table de `a_accompagner` d'une classe, chaque élève nommé (`nom`) ; `inconnus` : ceux qui
    n'ont rien envoyé."""
    surs = table.loc[table["sous_objectif"] == SUR, "eleve"]
    siens = table[table["eleve"].isin(surs)].sort_values(["nom", "domaine"], ignore_index=True)
    phrase = _phrase(table, surs.nunique(), objectif, inconnus)
    if siens.empty:
        return vide(phrase)
    valeurs = siens["sous_objectif"].map(_RANGS).astype(float)
    noms = siens.drop_duplicates("eleve").set_index("eleve")[
        "nom"
    ]  # deux homonymes ont deux lignes
    cases, textes = (
        croisee.loc[noms.index].set_axis(noms)
        for croisee in croiser(
            siens, valeurs, list(map(_dire, siens.itertuples())), sur="eleve", par="domaine"
        )
    )
    question = f"Qui est sous {pourcentage(objectif)} d'acquis maîtrisés, et où ?"
    figure = _dessiner(cases, textes.fillna(""), question)
    return Vue(figure, phrase, siens.drop(columns="eleve"), CLE)


def _dessiner(cases: pd.DataFrame, textes: pd.DataFrame, question: str) -> Figure:
    teintes = {"cmap": _COULEURS, "vmax": 2}
    if est_etroite():
        figure, _ = carreaux_etroits(cases.T, textes.T, question=question, **teintes)
        return figure
    cases = cases.rename(columns=lambda code: libelle(code).replace(" ", "\n", 2))
    return dessiner(
        lambda ax: carreler(ax, cases, textes, **teintes),
        question=question,
        hauteur=1.8 + 0.34 * len(cases),
    )


def _dire(ligne) -> str:
    """« 40 % (22–61) » : la note, et son intervalle."""
    return f"{pourcentage(ligne.note)} ({100 * ligne.bas:.0f}–{100 * ligne.haut:.0f})"


def _phrase(table: pd.DataFrame, surs: int, objectif: float, inconnus: int) -> str:
    if table.empty:
        dite = "Aucun résultat d'évaluation dans cette classe pour cette campagne."
    else:
        sous = f"sûrement sous {pourcentage(objectif)}"
        sur = f"sur {accord(table['eleve'].nunique(), 'élève qui a', 'élèves qui ont')} envoyé."
        dite = f"Personne n'est {sous}, dans aucun domaine, {sur}"
        if surs:
            dite = (
                f"{accord(surs, 'élève est', 'élèves sont')} {sous} dans un domaine au moins, "
                f"{sur} Entre parenthèses, ce que la note laisse ignorer (à 95 %) ; une case "
                "grise n'a pas été testée. Par ordre alphabétique : personne n'est classé."
            )
    if not inconnus:
        return dite
    ont = "n'a" if inconnus < 2 else "n'ont"
    return f"{dite} {accord(inconnus, 'élève')} {ont} rien envoyé : on ne sait rien d'eux."
