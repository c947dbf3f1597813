"""Étage 3 — les tables du conseil pédagogique : parcours, disciplines, décisions."""

import pandas as pd

from pixkit.charte import conjuguer
from pixkit.referentiel import annee_precedente, competences
from pixkit.vues.vue import Vue, libelle, libelles


def vue_reponses(reponses: pd.DataFrame) -> Vue:
    """Des questions et leur réponse en une ligne (`question`, `reponse`)."""
    table = reponses.set_axis(["Question", "Réponse"], axis="columns")
    return Vue(None, "Les réponses d'abord ; chacune mène à ce qui la montre.", table)


def vue_parcours(choix: pd.DataFrame) -> Vue:
    """Les parcours proposés à un niveau scolaire, dans l'ordre d'utilité (`choisir(…).liste`)."""
    if choix.empty:
        phrase = (
            "Aucun besoin sûr à ce niveau, ou aucun parcours du catalogue qui y réponde en deux "
            "heures."
        )
        return Vue(None, phrase, pd.DataFrame())
    travaillees = [", ".join(libelles(codes.split(", "))) for codes in choix["competences"]]
    table = pd.DataFrame({
        "Parcours": choix["parcours"],
        "Durée": [f"{minutes} min" for minutes in choix["minutes"]],
        "Compétences travaillées": travaillees,
    })  # fmt: skip
    phrase = (
        "La liste qui sert le plus d'élèves en deux heures. C'est une proposition : l'équipe "
        "connaît ses élèves."
    )
    return Vue(None, phrase, table)


def vue_disciplines(repartition: pd.DataFrame) -> Vue:
    """Les 16 compétences et la discipline qui s'en charge (`competence`, `discipline`)."""
    dites = dict(zip(repartition["competence"], repartition["discipline"], strict=True))
    lignes = [(libelle(code), dites.get(code, "à décider")) for code in competences()]
    prises = sum(code in dites for code in competences())
    dit = disciplines_en_mots(prises)
    phrase = f"{dit[0].upper()}{dit[1:]} ; la page « Année » de l'atelier garde ce choix."
    return Vue(None, phrase, pd.DataFrame(lignes, columns=["Compétence", "Discipline"]))


def disciplines_en_mots(prises: int) -> str:
    """« 3 des 16 compétences ont une discipline »."""
    des = "des 16 compétences"
    aucune = f"aucune {des} n'a de discipline"
    return conjuguer(
        prises, f"{des} a une discipline", f"{des} ont une discipline", personne=aucune
    )


def vue_decisions(decisions: pd.DataFrame, *, annee: str) -> Vue:
    """Les décisions (`annee_scolaire`, `decision`) de l'année et de la précédente."""
    gardees = decisions[decisions["annee_scolaire"].isin([annee, annee_precedente(annee)])]
    gardees = gardees.sort_values("annee_scolaire", ascending=False)
    table = gardees[["annee_scolaire", "decision"]].set_axis(["Année", "Décision"], axis="columns")
    cette = int((gardees["annee_scolaire"] == annee).sum())
    phrase = f"Cette année, {cette or 'aucune'} ; l'an dernier, {len(gardees) - cette or 'aucune'}."
    if gardees.empty:
        phrase = (
            "Aucune décision gardée : notez-les dans la page « Année » de l'atelier, elles "
            "reviendront l'an prochain."
        )
    return Vue(None, phrase, table)
