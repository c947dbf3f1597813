"""Étage 1 — qui est qui dans un export, et laquelle de ses participations compte.

Sans la liste des élèves de l'établissement, un élève est un nom, un prénom et une classe. Deux
lignes de même nom sont deux envois d'un même élève, ou deux homonymes : les dates, les résultats et
le reste de la campagne le disent, ou le doute est dit. Une participation sans nom n'est celle de
personne d'autre : chacune compte pour une.
"""

from collections.abc import Iterable
from hashlib import blake2b

import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.lecture.formats.campagne.controles import sans_nom
from pixkit.referentiel import normaliser
from pixkit.tables import ENVOIS

HOMONYMES = "même nom et même classe qu'une autre ligne : compté comme un autre élève (homonyme)"
HOMONYMES_POSSIBLES = (
    "même nom et même classe qu'une autre ligne, seul cas de la campagne : compté comme un "
    "homonyme ; si c'est le même élève, il a envoyé plusieurs fois"
)

CHUTE = 0.3
"""Baisse du taux de maîtrise au-delà de laquelle deux envois sont de deux personnes, dans toute
campagne."""


def identifier(participations: pd.DataFrame) -> tuple[pd.Series, dict[int, str]]:
    """La clé opaque `eleve` de chaque participation, et ce qu'il faut savoir des homonymes {rang:
    motif}."""
    anonymes = sans_nom(participations["nom"].fillna(""), participations["prenom"].fillna(""))
    identites = _identites(participations)
    identites[anonymes] = _instants(participations[anonymes])
    numeros = pd.Series(0, index=participations.index)
    motifs: dict[int, str] = {}
    for _, campagne in participations[~anonymes].groupby("campagne", dropna=False, sort=False):
        repetees = identites[campagne.index]
        repetees = repetees[repetees.duplicated(keep=False)]
        _separer_homonymes(campagne.loc[repetees.index], repetees, numeros, motifs)
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


def _separer_homonymes(
    lignes: pd.DataFrame, identites: pd.Series, numeros: pd.Series, motifs: dict[int, str]
) -> None:
    """Donne un numéro d'homonyme aux lignes d'une campagne qui portent le même nom dans la même
    classe."""
    plausibles = []
    for rangs in identites.groupby(identites, sort=False).groups.values():
        groupe = lignes.loc[rangs].sort_values(["date_debut", "date_envoi", "ligne"])
        propres = _numero_propre(groupe)
        distincts = propres.nunique() > 1
        if distincts or not _envois_successifs(groupe) or _chute(groupe) > CHUTE:
            personnes = propres.factorize()[0] if distincts else range(len(groupe))
            _numeroter(personnes, groupe, numeros, motifs, HOMONYMES)
        else:
            plausibles.append(groupe)
    if len(plausibles) == 1 and _chute(plausibles[0]) > 0:
        # Les envois multiples sont une option de la campagne : un seul élève qui s'en serve, et qui
        # recule, est moins probable que deux homonymes ; perdre un élève coûte plus cher que d'en
        # compter un de trop. Une collecte les permet, et n'a pas de chute.
        groupe = plausibles[0]
        _numeroter(range(len(groupe)), groupe, numeros, motifs, HOMONYMES_POSSIBLES)


def _chute(groupe: pd.DataFrame) -> float:
    """La plus forte baisse du taux de maîtrise (0–1) d'un envoi au suivant.

    Qui recommence garde ses acquis et ne repasse que les autres : deux envois d'un élève ne
    reculent guère (REGLES de Pix).
    """
    if groupe["type_campagne"].iloc[0] != "evaluation":
        return 0.0
    taux = groupe["taux_maitrise"].astype(float).dropna()
    return float(-taux.diff().min()) if len(taux) > 1 else 0.0


def _numero_propre(groupe: pd.DataFrame) -> pd.Series:
    return groupe["numero_etudiant"].fillna(groupe["identifiant_externe"]).fillna("")


def _numeroter(
    personnes: Iterable[int],
    groupe: pd.DataFrame,
    numeros: pd.Series,
    motifs: dict[int, str],
    motif: str,
) -> None:
    numeros[groupe.index] = list(personnes)
    motifs.update(dict.fromkeys(groupe.index, motif))


def _envois_successifs(groupe: pd.DataFrame) -> bool:
    """Ces lignes, de la plus ancienne à la plus récente, peuvent-elles être d'un seul élève ?

    On ne recommence qu'après avoir envoyé (REGLES de Pix, envois multiples) ; jusqu'à décembre 2024
    (dates sans heure), un export ne donnait qu'une ligne par élève.
    """
    if (groupe["precision_dates"] == "jour").any():
        return False
    if groupe["date_debut"].isna().all():
        # Une collecte n'a pas de date de début : une seule ligne peut être en attente.
        return int((~groupe["envoye"]).sum()) <= 1
    suivantes = groupe["date_debut"].shift(-1)
    precedentes = groupe.iloc[:-1]
    return bool((precedentes["envoye"] & (precedentes["date_envoi"] <= suivantes.iloc[:-1])).all())


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
