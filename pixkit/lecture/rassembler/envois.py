"""Étage 1 — qui est qui dans un export, et laquelle de ses participations compte.

Un élève est un nom, un prénom et une classe. Deux lignes de même nom sont deux envois d'un même
élève, ou deux homonymes : la liste des élèves le dit, à défaut ce que Pix a pu produire (des dates
qui se suivent, presque rien de validé qui se perd) ; le journal dit ce qui a été conclu. Une
participation sans nom n'est celle de personne d'autre : chacune compte pour une.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Any

import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.lecture.formats.campagne.controles import sans_nom
from pixkit.referentiel import normaliser
from pixkit.tables import ENVOIS

MEME_ELEVE = (
    "même nom et même classe qu'une autre ligne : compté comme un autre envoi du même élève"
)
HOMONYMES = "même nom et même classe qu'une autre ligne : compté comme un autre élève (homonyme)"

CHUTE = 0.3
"""Ce qu'un élève peut perdre d'un envoi au suivant : une part du taux de maîtrise, ou de ses pix.

Pix garde ce qui est validé, mais un parcours change, une collecte s'arrondit : un petit recul ne
sépare pas deux envois. Dans une campagne où un seul nom se répète, il les sépare : les envois
multiples sont une option que d'autres auraient prise, et perdre un élève coûte plus cher que d'en
compter un de trop.
"""

Inscrits = Counter[tuple[str, ...]]
"""Combien d'élèves de la liste ont cette année, ce nom, ce prénom et cette classe (vide : toutes).
"""


def identifier(
    participations: pd.DataFrame, eleves: pd.DataFrame
) -> tuple[pd.Series, dict[int, str]]:
    """La clé opaque `eleve` de chaque participation, et ce que l'on a conclu de celles qui portent
    le même nom dans une campagne {rang: motif}. `eleves` : ceux de la liste, s'il y en a une."""
    anonymes = sans_nom(participations["nom"].fillna(""), participations["prenom"].fillna(""))
    identites = _identites(participations)
    if anonymes.any():
        identites[anonymes] = _instants(participations[anonymes])
    numeros: dict[int, int] = {}
    motifs: dict[int, str] = {}
    repetees = _repetees(participations, identites[~anonymes])
    inscrits = _inscrits(eleves) if repetees else Counter()
    noms = Counter(str(lignes[0].campagne) for lignes in repetees)
    for lignes in repetees:
        chute = CHUTE if noms[str(lignes[0].campagne)] > 1 else 0.0
        personnes, motif = _personnes(lignes, inscrits, chute)
        rangs = [ligne.Index for ligne in lignes]
        numeros |= zip(rangs, personnes, strict=True)
        motifs |= dict.fromkeys(rangs, motif)
    cles = [
        blake2b(f"{identite}\x1f{numeros.get(rang, 0)}".encode(), digest_size=8).hexdigest()
        for rang, identite in identites.items()
    ]
    return pd.Series(cles, index=participations.index, dtype="str"), motifs


def _identites(participations: pd.DataFrame) -> pd.Series:
    """Le nom au complet de chaque participation, là où il est porté."""
    colonnes = ["organisation", "nom", "prenom", "classe", "groupe"]
    textes = [map(normaliser, participations[colonne].fillna("").tolist()) for colonne in colonnes]
    complets = map("\x1f".join, zip(*textes, strict=True))
    return pd.Series(complets, index=participations.index, dtype=object)


def _instants(anonymes: pd.DataFrame) -> pd.Series:
    """La campagne et les dates qui tiennent lieu de nom, numérotées si elles se répètent."""
    campagnes, *dates = (
        anonymes[nom].astype(str) for nom in ("campagne", "date_debut", "date_envoi")
    )
    instants = campagnes.str.cat(dates, sep=" ")
    return instants + " " + instants.groupby(instants).cumcount().astype(str)


def _inscrits(eleves: pd.DataFrame) -> Inscrits:
    nombres: Inscrits = Counter()
    colonnes = ["annee_scolaire", "nom", "nom_usage", "prenom", "classe", "groupes"]
    for eleve in eleves[colonnes].fillna("").itertuples():
        noms = {normaliser(eleve.nom), normaliser(eleve.nom_usage)} - {""}
        lieux = {*map(normaliser, (eleve.classe, *eleve.groupes.split(", "))), ""}
        prenom = normaliser(eleve.prenom)
        nombres.update((eleve.annee_scolaire, nom, prenom, lieu) for nom in noms for lieu in lieux)
    return nombres


def _repetees(participations: pd.DataFrame, noms: pd.Series) -> Collection[list[Any]]:
    """Les lignes de même nom (`noms` : celui de qui en a un), campagne par campagne, de la plus
    ancienne à la plus récente."""
    cles = participations.loc[noms.index, ["campagne"]].assign(identite=noms)
    cles = cles[cles.duplicated(keep=False)]
    if cles.empty:
        return []  # presque toujours
    repetees = participations.loc[cles.index].assign(identite=noms)
    repetees = repetees.sort_values(["date_debut", "date_envoi", "ligne"])
    repetees = repetees.fillna({"nom": "", "prenom": ""})
    # Une collecte n'a pas de date de début, ni une évaluation de pix.
    repetees = repetees.assign(
        reprise=repetees["date_debut"].fillna(repetees["date_envoi"]),
        score=repetees["taux_maitrise"].fillna(repetees["nb_pix"]).astype(float),
        numero=repetees["numero_etudiant"].fillna(repetees["identifiant_externe"]).fillna(""),
        lieu=repetees["classe"].fillna(repetees["groupe"]).fillna(""),
    )
    ensembles = defaultdict(list)
    for ligne in repetees.itertuples():
        ensembles[str(ligne.campagne), ligne.identite].append(ligne)
    return ensembles.values()


def _personnes(lignes: list[Any], inscrits: Inscrits, chute: float) -> tuple[Sequence[int], str]:
    """Le numéro d'homonyme de chacune de ces lignes de même nom, et pourquoi."""
    une, propres = lignes[0], list(dict.fromkeys(ligne.numero for ligne in lignes))
    if len(propres) > 1:
        rangs = [propres.index(ligne.numero) for ligne in lignes]
        return rangs, f"{HOMONYMES} : leurs numéros diffèrent"
    qui = map(normaliser, (une.nom, une.prenom, une.lieu))
    nombre = inscrits[une.annee_scolaire, *qui]
    if nombre == 1:
        return [0] * len(lignes), f"{MEME_ELEVE} : la liste n'en a qu'un de ce nom"
    if nombre >= len(lignes):
        return range(len(lignes)), f"{HOMONYMES} : la liste en a {nombre} de ce nom"
    personnes = _suites(lignes, chute)
    if max(personnes) == 0:
        return (
            personnes,
            f"{MEME_ELEVE} : les dates se suivent et presque rien de validé ne se perd",
        )
    return personnes, f"{HOMONYMES} : dans Pix, un seul élève n'aurait pas ces dates et ces acquis"


def _suites(lignes: list[Any], chute: float) -> list[int]:
    """Chaque ligne est l'envoi suivant de la première personne dont elle peut l'être ; sinon, d'une
    personne de plus."""
    dernieres: list[Any] = []
    personnes = []
    for ligne in lignes:
        possibles = (
            rang for rang, avant in enumerate(dernieres) if _peut_suivre(avant, ligne, chute)
        )
        rang = next(possibles, len(dernieres))
        dernieres[rang : rang + 1] = [ligne]
        personnes.append(rang)
    return personnes


def _peut_suivre(avant: Any, apres: Any, chute: float) -> bool:
    """Pix a-t-il pu donner ces deux participations à un même élève ?

    On ne recommence qu'après avoir envoyé, et ce qui est validé le reste (REGLES de Pix, envois
    multiples) ; jusqu'à décembre 2024 (dates sans heure), un export n'avait qu'une ligne par élève.
    """
    if not avant.envoye or "jour" in (avant.precision_dates, apres.precision_dates):
        return False
    permise = chute * (avant.score if avant.type_campagne == "collecte" else 1)
    # Une date ou un score qui manque ne contredit rien.
    return not (avant.date_envoi > apres.reprise or avant.score - apres.score > permise + 1e-9)


def retenir(participations: pd.DataFrame, envois: str = "dernier") -> pd.DataFrame:
    """Les mêmes participations, `retenue` vraie pour une seule par élève et par campagne.

    `envois` : « dernier » (le plus récent envoi), « premier », ou « meilleur » (taux de maîtrise ou
    pix le plus haut). Qui n'a rien envoyé garde sa participation la plus récente.
    """
    if envois not in ENVOIS:
        raise ChoixInconnu(
            f"la règle d'envoi « {envois} ».",
            f"une de : {', '.join(ENVOIS)}.",
            "choisissez l'une des trois.",
        )
    cles = participations[["campagne", "eleve"]].fillna("")
    repetees = cles.duplicated(keep=False)
    retenue = ~repetees
    if repetees.any():
        siennes = cles.loc[_ordre(participations[repetees], envois)]
        retenue[siennes.index] = ~siennes.duplicated(keep="last")
    return participations.assign(retenue=retenue.astype("boolean"))


def _ordre(participations: pd.DataFrame, envois: str) -> pd.Index:
    """Les participations, de celle qui cède à celle qui l'emporte."""
    dates = participations["date_envoi"].fillna(participations["date_debut"])
    secondes = (dates - dates.min()).dt.total_seconds()
    ordre = participations[["envoye"]].assign(secondes=secondes, ligne=-participations["ligne"])
    if envois == "premier":
        ordre["secondes"] = secondes.where(~ordre["envoye"], -secondes)
    elif envois == "meilleur":
        score = participations["taux_maitrise"].fillna(participations["nb_pix"])
        ordre.insert(1, "score", score.astype("Float64"))
    return ordre.sort_values(list(ordre.columns), na_position="first").index
