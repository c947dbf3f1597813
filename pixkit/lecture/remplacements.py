"""Étage 1 — compter chaque participation une fois : exports plus récents, exports complémentaires, lignes recopiées."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from pixkit.lecture.export import Export
from pixkit.lecture.liste import Liste
from pixkit.referentiel import normaliser


@dataclass
class Lu:
    """Ce qu'on sait d'un fichier : son export, sa liste ou l'erreur qui l'écarte, ses lignes remplacées {ligne: motif}."""

    fichier: str
    export: Export | None = None
    erreur: str | None = None
    liste: Liste | None = None
    date_donnees: pd.Timestamp | None = None
    remplacees: dict[int, str] = field(default_factory=dict)


def remplacer(lus: list[Lu]) -> None:
    """Quand plusieurs exports d'une campagne se recouvrent, le plus récent remplace les autres.

    Des exports d'une même campagne sans élèves communs (découpés par classe à la main) se complètent : on les garde.
    """
    codes = {}
    for lu in exports_lus(lus):
        vus = lu.export.participations[["id_campagne", "campagne"]].dropna().drop_duplicates()
        codes |= dict(vus.itertuples(index=False))
    morceaux: dict[str, list[tuple[Lu, pd.DataFrame]]] = {}
    for lu in exports_lus(lus):
        participations = lu.export.participations
        participations["campagne"] = participations["campagne"].fillna(participations["id_campagne"].map(codes))
        participations["campagne"] = participations["campagne"].fillna(participations["id_campagne"])
        _ecarter_repetitions(lu)
        for code, morceau in participations[~participations["ligne"].isin(lu.remplacees)].groupby("campagne"):
            morceaux.setdefault(code, []).append((lu, morceau))
    for rivaux in morceaux.values():
        rivaux.sort(
            key=lambda rival: (
                rival[0].date_donnees or pd.Timestamp.min.tz_localize("UTC"),
                len(rival[1]),
                rival[0].fichier,
            )
        )
        gardes: dict[tuple, str] = {}
        while len(rivaux) > 1 or (rivaux and gardes):
            lu, morceau = rivaux.pop()
            _ceder_la_place(lu, morceau, gardes)


def exports_lus(lus: list[Lu]) -> Iterator[Lu]:
    return (lu for lu in lus if lu.export is not None)


def _personnes(morceau: pd.DataFrame) -> list[tuple]:
    return list(zip(morceau["nom"].fillna("").map(normaliser), morceau["prenom"].fillna("").map(normaliser), strict=True))


def _ceder_la_place(lu: Lu, morceau: pd.DataFrame, gardes: dict[tuple, str]) -> None:
    personnes = _personnes(morceau)
    communes = [gardes[personne] for personne in personnes if personne in gardes]
    if 2 * len(communes) < len(personnes):
        gardes.update(dict.fromkeys(personnes, lu.fichier))
        return
    for ligne, personne in zip(morceau["ligne"], personnes, strict=True):
        recent = gardes.get(personne, communes[0])
        suite = "" if personne in gardes else ", où cette participation n'est plus"
        lu.remplacees[ligne] = f"remplacée par un export plus récent de la campagne, {recent}{suite}"


def _ecarter_repetitions(lu: Lu) -> None:
    """Deux lignes identiques à la minute près sont la même participation recopiée ; au jour près, on ne peut le dire."""
    participations, mesures = lu.export.participations, lu.export.mesures
    if not participations.duplicated(["nom", "prenom", "date_debut"]).any():
        return  # presque toujours ; comparer toutes les colonnes coûte
    contenu = participations.drop(columns="ligne").assign(
        **{f"{nom}{place}": colonne for nom, tableau in mesures.items() for place, colonne in enumerate(tableau.T)}
    )
    repetees = (
        contenu.duplicated()
        & (participations["precision_dates"] == "minute")
        & participations[["date_debut", "date_envoi"]].notna().any(axis=1)
    )
    for ligne in participations.loc[repetees, "ligne"]:
        lu.remplacees.setdefault(ligne, "ligne recopiée : la même figure plus haut dans le fichier")
