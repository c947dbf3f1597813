"""Étage 1 — qui est qui dans un export, et laquelle de ses participations compte.

Un élève est un nom, un prénom et une classe. Deux lignes de même nom sont deux envois d'un même
élève, ou deux homonymes : la liste des élèves le dit, à défaut ce que Pix a pu produire (des dates
qui se suivent, rien de validé qui se perd) ; le journal dit ce qui a été conclu. Une participation
sans nom n'est celle de personne d'autre : chacune compte pour une.
"""

from collections import Counter
from collections.abc import Sequence
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
    identites[anonymes] = _instants(participations[anonymes])
    numeros = pd.Series(0, index=participations.index)
    motifs: dict[int, str] = {}
    inscrits = _inscrits(eleves)
    nommees = participations.assign(identite=identites)[~anonymes]
    repetees = nommees[nommees.duplicated(["campagne", "identite"], keep=False)]
    repetees = repetees.sort_values(["date_debut", "date_envoi", "ligne"])
    for _, lignes in repetees.groupby(["campagne", "identite"], dropna=False, sort=False):
        personnes, motif = _personnes(lignes, inscrits)
        numeros[lignes.index] = personnes
        motifs |= dict.fromkeys(lignes.index, motif)
    cles = [
        blake2b(f"{identite}\x1f{numero}".encode(), digest_size=8).hexdigest()
        for identite, numero in zip(identites, numeros, strict=True)
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
    for eleve in eleves.fillna("").itertuples():
        noms = {normaliser(eleve.nom), normaliser(eleve.nom_usage)} - {""}
        lieux = {*map(normaliser, (eleve.classe, *eleve.groupes.split(", "))), ""}
        prenom = normaliser(eleve.prenom)
        nombres.update((eleve.annee_scolaire, nom, prenom, lieu) for nom in noms for lieu in lieux)
    return nombres


def _personnes(lignes: pd.DataFrame, inscrits: Inscrits) -> tuple[Sequence[int], str]:
    """Le numéro d'homonyme de chacune de ces lignes de même nom, rangées par dates, et pourquoi."""
    propres = lignes["numero_etudiant"].fillna(lignes["identifiant_externe"]).fillna("")
    if propres.nunique() > 1:
        return propres.factorize()[0], f"{HOMONYMES} : leurs numéros diffèrent"
    une = lignes.fillna({"classe": lignes["groupe"]}).iloc[0].fillna("")
    qui = (normaliser(une[nom]) for nom in ("nom", "prenom", "classe"))
    nombre = inscrits[une["annee_scolaire"], *qui]
    if nombre == 1:
        return [0] * len(lignes), f"{MEME_ELEVE} : la liste n'en a qu'un de ce nom"
    if nombre >= len(lignes):
        return range(len(lignes)), f"{HOMONYMES} : la liste en a {nombre} de ce nom"
    personnes = _suites(lignes)
    if max(personnes) == 0:
        return personnes, f"{MEME_ELEVE} : les dates se suivent et rien de validé ne se perd"
    return personnes, f"{HOMONYMES} : dans Pix, un seul élève n'aurait pas ces dates et ces acquis"


def _suites(lignes: pd.DataFrame) -> list[int]:
    """Chaque ligne est l'envoi suivant de la première personne dont elle peut l'être ; sinon, d'une
    personne de plus."""
    dernieres: list[Any] = []
    personnes = []
    for ligne in lignes.itertuples():
        possibles = (rang for rang, avant in enumerate(dernieres) if _peut_suivre(avant, ligne))
        rang = next(possibles, len(dernieres))
        dernieres[rang : rang + 1] = [ligne]
        personnes.append(rang)
    return personnes


def _peut_suivre(avant: Any, apres: Any) -> bool:
    """Pix a-t-il pu donner ces deux participations à un même élève ?

    On ne recommence qu'après avoir envoyé, et ce qui est validé le reste (REGLES de Pix, envois
    multiples) ; jusqu'à décembre 2024 (dates sans heure), un export n'avait qu'une ligne par élève.
    """
    if not avant.envoye or "jour" in (avant.precision_dates, apres.precision_dates):
        return False
    # Une collecte n'a pas de date de début.
    reprise = apres.date_envoi if pd.isna(apres.date_debut) else apres.date_debut
    suivent = pd.isna(reprise) or avant.date_envoi <= reprise
    scores = [
        ligne.nb_pix if pd.isna(ligne.taux_maitrise) else ligne.taux_maitrise
        for ligne in (avant, apres)
    ]
    return suivent and (any(map(pd.isna, scores)) or scores[0] <= scores[1])


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
    cles = participations.loc[_ordre(participations, envois), ["campagne", "eleve"]].fillna("")
    gagnantes = cles.index[~cles.duplicated(keep="last")]
    retenue = pd.array(participations.index.isin(gagnantes), dtype="boolean")
    return participations.assign(retenue=retenue)


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
