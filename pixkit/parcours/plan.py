"""Étage 2 — le plan d'une classe : ce qu'on lui propose, pourquoi, et par groupes de besoin."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from pixkit.charte import enumerer
from pixkit.erreurs import ChoixInconnu
from pixkit.parcours.besoins import (
    besoins_des_notes,
    notes_a_certifier,
    notes_recentes,
    ou_en_est_chacun,
)
from pixkit.parcours.catalogue import Catalogue, couverture, proposables
from pixkit.parcours.choix import Choix, choisir
from pixkit.parcours.groupes import Paires, grouper_notes


@dataclass(frozen=True)
class Plan:
    """`choix` (rang, parcours, minutes, besoins_couverts, eleves_concernes, raison), `groupes`
    (groupe, eleve, competences, parcours), la `phrase` qui dit ce que le plan laisse et ce qui
    viendrait ensuite, `couverture` (les `besoins`, et `travaillee` par le plan), une ligne par
    compétence, les contraintes de groupes `impossibles`, les `suggestions` (eleve, competences,
    parcours) pour qui est seul dans un besoin : on n'y passe pas une heure de classe, et `notes`,
    où en est chacun (`ou_en_est_chacun`)."""

    choix: pd.DataFrame
    groupes: pd.DataFrame
    phrase: str
    couverture: pd.DataFrame
    impossibles: list[str]
    suggestions: pd.DataFrame
    notes: pd.DataFrame


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

    `eleves_concernes` : les élèves que la raison compte, sous l'objectif (ou jamais testés, pour
    les angles morts) dans un besoin au moins que le parcours travaille ; `taille_max`, `separer`,
    `reunir` : pour les groupes (voir `grouper`). Lève ChoixInconnu, ou ComparaisonImpossible (but
    sans les données qu'il demande).
    """
    siens = _de_la_classe(resultats, classe)
    offre = _offre(siens, catalogue, disciplines)
    recentes = notes_recentes(siens)
    comptees = notes_a_certifier(siens) if but == "certifiables" else recentes
    demande = besoins_des_notes(comptees, but=but)
    concernes = _concernes(comptees, demande)
    seuls = concernes[~concernes.duplicated("competence", keep=False)]
    demande = _pour_plusieurs(demande, seuls)
    choix = choisir(demande, offre, minutes=minutes, maximum=maximum, gardes=gardes, bannis=bannis)
    reglages = {"taille_max": taille_max, "nombre": None, "separer": separer, "reunir": reunir}
    formes = grouper_notes(recentes, **reglages)
    proposer = partial(_proposer, offre=offre, minutes=minutes)
    suggestions = proposer(_par_eleve(seuls))
    du_plan = offre[offre["parcours"].isin(choix.liste["parcours"])]
    return Plan(
        _avec_concernes(choix.liste, concernes),
        proposer(formes.eleves, dabord=du_plan),
        _phrase(choix, suggestions),
        demande.assign(travaillee=demande["competence"].isin(_codes(choix.liste))),
        formes.impossibles,
        suggestions,
        ou_en_est_chacun(recentes),
    )


def _concernes(notes: pd.DataFrame, demande: pd.DataFrame) -> pd.DataFrame:
    """Qui (`eleve`) a besoin de quoi (`competence`) : sous l'objectif ; toute la classe, là où une
    compétence jamais testée est un besoin."""
    en_besoin = demande[demande["besoin"] > 0]
    testees, inconnues = (en_besoin.loc[en_besoin["testee"] == oui] for oui in (True, False))
    sous = notes[notes["sous"] & notes["competence"].isin(testees["competence"])]
    tous = notes[["eleve"]].drop_duplicates().merge(inconnues[["competence"]], how="cross")
    return pd.concat([sous[["eleve", "competence"]], tous], ignore_index=True)


def _pour_plusieurs(demande: pd.DataFrame, seuls: pd.DataFrame) -> pd.DataFrame:
    """Sans les besoins d'un seul élève : une heure de classe ne se prend pas pour lui."""
    un_seul = demande["competence"].isin(seuls["competence"])
    return demande.assign(besoin=demande["besoin"].mask(un_seul, 0.0))


def _par_eleve(seuls: pd.DataFrame) -> pd.DataFrame:
    par_eleve = seuls.groupby("eleve")["competence"].agg(", ".join)
    return par_eleve.rename("competences").reset_index()


def _codes(liste: pd.DataFrame) -> set[str]:
    return set(", ".join(liste["competences"]).split(", "))


def _avec_concernes(liste: pd.DataFrame, concernes: pd.DataFrame) -> pd.DataFrame:
    nombres = [
        concernes.loc[concernes["competence"].isin(codes.split(", ")), "eleve"].nunique()
        for codes in liste["competences"]
    ]
    colonnes = ["rang", "parcours", "minutes", "besoins_couverts", "eleves_concernes", "raison"]
    return liste.assign(eleves_concernes=nombres)[colonnes]


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
        courtes = {"".join(une.casefold().split()): une for une in classes}
        voulue = "".join(classe.casefold().split())
        proche = difflib.get_close_matches(voulue, courtes, n=1, cutoff=0.4)
        raise ChoixInconnu(
            f"la classe « {classe} », qui n'a pas de résultats.",
            f"l'une de : {', '.join(classes)}.",
            f"vouliez-vous dire « {courtes[proche[0]]} » ?" if proche else "choisissez-en une.",
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


def _proposer(
    table: pd.DataFrame, *, offre: pd.DataFrame, minutes: int, dabord: pd.DataFrame | None = None
) -> pd.DataFrame:
    """La table, et le parcours qui sert le mieux les `competences` de chaque ligne : un de ceux du
    plan (`dabord`) s'il en travaille une, que la classe a déjà au programme."""
    visees = table["competences"]
    proposes = {
        codes: (_meilleur(codes, dabord, minutes) if dabord is not None else "")
        or _meilleur(codes, offre, minutes)
        for codes in visees.unique()
    }
    return table.assign(parcours=visees.map(proposes).astype(str))


def _meilleur(codes: str, offre: pd.DataFrame, minutes: int) -> str:
    """Le parcours qui sert le mieux ces compétences ; à valeur égale, le plus court."""
    tient = offre[offre["minutes"] <= minutes]
    apport = couverture(tient, codes.split(", ")).sum(axis=1)
    utiles = tient.assign(apport=apport)[apport > 0]
    meilleurs = utiles.sort_values(["apport", "minutes"], ascending=[False, True], kind="stable")
    return meilleurs["parcours"].iloc[0] if len(meilleurs) else ""


def _phrase(choix: Choix, suggestions: pd.DataFrame) -> str:
    suite = f" Le suivant serait « {choix.suivant} »." if choix.suivant else ""
    if choix.liste.empty:
        dit, suite = (
            (
                "Aucun parcours ne tient dans ce temps, ou rien ne manque avec certitude : "
                "changez les minutes ou le but."
            ),
            "",
        )
    elif choix.decouverts:
        dit = f"Le plan laisse {enumerer(choix.decouverts)} de côté."
    else:
        dit = "Le plan touche tous les besoins."
    return dit + suite + _seuls(suggestions)


def _seuls(suggestions: pd.DataFrame) -> str:
    """Ce que l'on suggère, sans nommer personne, à qui est seul dans un besoin."""
    dits = [
        f"{f'« {parcours} »' if parcours else 'à choisir avec lui'} ({codes})"
        for codes, parcours in zip(suggestions["competences"], suggestions["parcours"], strict=True)
    ]
    if not dits:
        return ""
    return (
        f" Pas d'heure de classe pour un seul élève ; pour lui, une suggestion : {enumerer(dits)}."
    )
