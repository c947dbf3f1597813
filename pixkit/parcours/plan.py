"""Étage 2 — le plan d'une classe : ce qu'on lui propose, pourquoi, et par groupes de besoin."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pixkit.charte import enumerer
from pixkit.erreurs import ChoixInconnu
from pixkit.parcours.besoins import besoins, besoins_des_notes, notes_recentes
from pixkit.parcours.catalogue import Catalogue, couverture, proposables
from pixkit.parcours.choix import choisir
from pixkit.parcours.groupes import Paires, grouper_profils, profils


@dataclass(frozen=True)
class Plan:
    """`choix` (rang, parcours, minutes, besoins_couverts, eleves_concernes, raison), `groupes`
    (groupe, eleve, competences, parcours), la `phrase` qui dit ce que le plan laisse et ce qui
    viendrait ensuite, `couverture` (nb_sous, effectif, testee, besoin, travaillee par le plan), une
    ligne par compétence, et les contraintes de groupes `impossibles`."""

    choix: pd.DataFrame
    groupes: pd.DataFrame
    phrase: str
    couverture: pd.DataFrame
    impossibles: list[str]


def plan_de_classe(  # noqa: PLR0913 — deux sources, le reste nommé
    resultats: pd.DataFrame,
    catalogue: Catalogue,
    *,
    classe: str,
    minutes: int,
    but: str = "faibles",
    maximum: int | None = None,
    gardes: Sequence[str] = (),
    bannis: Sequence[str] = (),
    disciplines: set[str] | None = None,
    taille_max: int = 8,
    separer: Paires = (),
    reunir: Paires = (),
) -> Plan:
    """Choisit pour une classe, d'après ses résultats de l'année la plus récente.

    `eleves_concernes` : les élèves sous l'objectif dans une compétence au moins que le parcours
    travaille ; `taille_max`, `separer`, `reunir` : pour les groupes (voir `grouper`). Lève
    ChoixInconnu, ou ComparaisonImpossible (but sans les données qu'il demande).
    """
    siens = _de_la_classe(resultats, classe)
    offre = _offre(siens, catalogue, disciplines)
    recentes = notes_recentes(siens)
    demande = (
        besoins(siens, but=but) if but == "certifiables" else besoins_des_notes(recentes, but=but)
    )
    choix = choisir(demande, offre, minutes=minutes, maximum=maximum, gardes=gardes, bannis=bannis)
    formes = grouper_profils(
        profils(recentes), taille_max=taille_max, nombre=None, separer=separer, reunir=reunir
    )
    visees = formes.eleves["competences"]
    proposes = {codes: _parcours_du_groupe(codes, offre, minutes) for codes in visees.unique()}
    groupes = formes.eleves.assign(parcours=visees.map(proposes))
    travaillees = set(", ".join(choix.liste["competences"]).split(", "))
    travail = demande.assign(travaillee=demande["competence"].isin(travaillees))
    liste = _avec_concernes(choix.liste, recentes[recentes["sous"]])
    return Plan(liste, groupes, _phrase(choix), travail, formes.impossibles)


def _avec_concernes(liste: pd.DataFrame, sous: pd.DataFrame) -> pd.DataFrame:
    concernes = [
        sous.loc[sous["competence"].isin(codes.split(", ")), "eleve"].nunique()
        for codes in liste["competences"]
    ]
    colonnes = ["rang", "parcours", "minutes", "besoins_couverts", "eleves_concernes", "raison"]
    return liste.assign(eleves_concernes=concernes)[colonnes]


def deplacer(plan: Plan, eleve: str, groupe: int) -> Plan:
    """Le même plan, un élève dans un autre groupe : il en prend les compétences et le parcours.

    Lève ChoixInconnu.
    """
    table = plan.groupes
    if groupe not in set(table["groupe"]):
        numeros = ", ".join(map(str, sorted(set(table["groupe"])))) or "le plan n'a pas de groupe"
        raise ChoixInconnu(
            f"le groupe {groupe}.", f"l'un de : {numeros}.", "choisissez un groupe qui existe."
        )
    modele = table[table["groupe"] == groupe].iloc[0]
    lui = table["eleve"] == eleve
    neuve = table.assign(
        **{nom: table[nom].mask(lui, modele[nom]) for nom in ("groupe", "competences", "parcours")}
    )
    return replace(plan, groupes=neuve.sort_values(["groupe", "eleve"], ignore_index=True))


def _de_la_classe(resultats: pd.DataFrame, classe: str) -> pd.DataFrame:
    classes = sorted(resultats["classe"].unique())
    if not classes:
        raise ChoixInconnu(
            "aucun résultat envoyé.",
            "les résultats d'une classe au moins.",
            "attendez les premiers envois, puis refaites l'export.",
        )
    if classe not in classes:
        proche = difflib.get_close_matches(classe, classes, n=1, cutoff=0.4)
        raise ChoixInconnu(
            f"la classe « {classe} », qui n'a pas de résultats.",
            f"l'une de : {', '.join(classes)}.",
            f"vouliez-vous dire « {proche[0]} » ?" if proche else "choisissez-en une.",
        )
    siens = resultats[resultats["classe"] == classe]
    return siens[siens["annee_scolaire"] == siens["annee_scolaire"].max()]


def _offre(siens: pd.DataFrame, catalogue: Catalogue, disciplines: set[str] | None) -> pd.DataFrame:
    """Ce que l'on peut proposer aux élèves de ces résultats."""
    niveau = next(iter(siens["niveau_scolaire"].dropna()), None)
    passes = set(siens["parcours_evalue"].dropna())
    return proposables(
        catalogue.parcours, niveau_scolaire=niveau, deja_passes=passes, disciplines=disciplines
    )


def _parcours_du_groupe(codes: str, offre: pd.DataFrame, minutes: int) -> str:
    """Le parcours qui sert le mieux les compétences d'un groupe ; à valeur égale, le plus court."""
    tient = offre[offre["minutes"] <= minutes]
    apport = couverture(tient, codes.split(", ")).sum(axis=1)
    utiles = tient.assign(apport=apport)[apport > 0]
    meilleurs = utiles.sort_values(["apport", "minutes"], ascending=[False, True], kind="stable")
    return meilleurs["parcours"].iloc[0] if len(meilleurs) else ""


def _phrase(choix) -> str:
    if choix.liste.empty:
        return (
            "Aucun parcours ne tient dans ce temps, ou rien ne manque avec certitude : "
            "changez les minutes ou le but."
        )
    laisse = (
        f"Le plan laisse {enumerer(choix.decouverts)} de côté."
        if choix.decouverts
        else "Le plan touche tous les besoins."
    )
    return laisse + (f" Le suivant serait « {choix.suivant} »." if choix.suivant else "")
