"""Étage 1 — compter chaque participation une fois : exports plus récents, exports complémentaires,
lignes recopiées."""

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from pixkit.lecture.formats.campagne import Export
from pixkit.lecture.formats.campagne.controles import sans_nom
from pixkit.referentiel import normaliser


def nommer_les_campagnes(exports: Sequence[Export]) -> None:
    """Donne à un export ancien, qui n'a que l'identifiant de la campagne, le code qu'un autre
    export en dit."""
    codes = {}
    for export in exports:
        codes |= dict(
            export.participations[["id_campagne", "campagne"]]
            .dropna()
            .drop_duplicates()
            .itertuples(index=False)
        )
    for export in exports:
        table = export.participations
        table["campagne"] = (
            table["campagne"].fillna(table["id_campagne"].map(codes)).fillna(table["id_campagne"])
        )


def remplacer(exports: Sequence[Export]) -> None:
    """Quand plusieurs exports d'une campagne se recouvrent, le plus récent remplace les autres.

    Des exports d'une même campagne sans élèves communs (découpés par classe à la main) se
    complètent : on les garde.
    """
    morceaux: dict[str, list[tuple[Export, pd.DataFrame]]] = defaultdict(list)
    for export in exports:
        _ecarter_repetitions(export)
        table = export.participations
        for code, morceau in table[~table["ligne"].isin(export.remplacees)].groupby("campagne"):
            morceaux[code].append((export, morceau))
    for rivaux in morceaux.values():
        if len(rivaux) > 1:
            gardes: dict[tuple, str] = {}
            instants: dict[tuple, str] = {}
            for export, morceau in sorted(rivaux, key=_anciennete, reverse=True):
                _ceder_la_place(export, morceau, gardes)
                _ecarter_recopies(export, morceau, instants)


def _anciennete(rival: tuple[Export, pd.DataFrame]) -> tuple:
    export, morceau = rival
    return export.date_donnees or pd.Timestamp.min.tz_localize("UTC"), len(morceau), export.fichier


def _personnes(morceau: pd.DataFrame) -> list[tuple]:
    """Qui a participé : un nom, ou l'instant du début quand le compte est anonyme."""
    noms = [morceau[nom].fillna("").map(normaliser) for nom in ("nom", "prenom")]
    anonymes = sans_nom(*noms)
    instants = morceau["date_debut"].fillna(morceau["date_envoi"]).where(anonymes)
    return list(zip(*noms, instants.astype(str), strict=True))


def _ceder_la_place(export: Export, morceau: pd.DataFrame, gardes: dict[tuple, str]) -> None:
    personnes = _personnes(morceau)
    communes = [gardes[personne] for personne in personnes if personne in gardes]
    if 2 * len(communes) < len(personnes):
        gardes.update(dict.fromkeys(personnes, export.fichier))
        return
    for ligne, personne in zip(morceau["ligne"], personnes, strict=True):
        recent = gardes.get(personne, communes[0])
        suite = "" if personne in gardes else ", où cette participation n'est plus"
        export.remplacees[ligne] = (
            f"remplacée par un export plus récent de la campagne, {recent}{suite}"
        )


def _ecarter_recopies(export: Export, morceau: pd.DataFrame, instants: dict[tuple, str]) -> None:
    """Deux exports qui se recouvrent un peu se complètent, mais une participation à la minute près
    n'y est qu'une fois."""
    dates = zip(morceau["date_debut"].astype(str), morceau["date_envoi"].astype(str), strict=True)
    precises = (morceau["precision_dates"] == "minute") & morceau["date_debut"].notna()
    for ligne, precise, *cle in zip(
        morceau["ligne"], precises, _personnes(morceau), dates, strict=True
    ):
        deja = instants.setdefault(tuple(cle), export.fichier) if precise else export.fichier
        if deja != export.fichier:
            export.remplacees.setdefault(
                ligne, f"ligne recopiée : la même participation figure dans {deja}"
            )


def _ecarter_repetitions(export: Export) -> None:
    """Deux lignes identiques à la minute près sont la même participation recopiée ; au jour près,
    on ne peut le dire."""
    participations = export.participations
    if not participations.duplicated(["nom", "prenom", "date_debut"]).any():
        return  # presque toujours ; comparer toutes les colonnes coûte
    contenu = participations.drop(columns="ligne").assign(
        **{
            f"{nom}{place}": colonne
            for nom, tableau in export.mesures.items()
            for place, colonne in enumerate(tableau.T)
        }
    )
    repetees = (
        contenu.duplicated()
        & (participations["precision_dates"] == "minute")
        & participations[["date_debut", "date_envoi"]].notna().any(axis=1)
    )
    for ligne in participations.loc[repetees, "ligne"]:
        export.remplacees.setdefault(
            ligne, "ligne recopiée : la même figure plus haut dans le fichier"
        )
