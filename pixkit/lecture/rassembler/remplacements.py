"""Étage 1 — compter chaque participation une fois : exports plus récents, exports complémentaires,
lignes recopiées."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pixkit.charte import accord
from pixkit.lecture.formats.campagne import Export
from pixkit.lecture.formats.campagne.controles import sans_nom
from pixkit.referentiel import normaliser

Personne = tuple[str, str, datetime | None]
"""Un nom et un prénom, ou l'instant du début quand le compte est anonyme."""


class Rival(NamedTuple):
    """Les participations d'un export à une campagne."""

    export: Export
    campagne: str
    siennes: np.ndarray

    def colonne(self, nom: str) -> list[Any]:
        return self.export.participations[nom][self.siennes].tolist()

    def anciennete(self) -> tuple:
        date = self.export.date_donnees or pd.Timestamp.min.tz_localize("UTC")
        return date, int(self.siennes.sum()), self.export.fichier

    def personnes(self) -> list[Personne]:
        """Qui a participé."""
        noms, prenoms = (
            [normaliser(texte or "") for texte in self.colonne(nom)] for nom in ("nom", "prenom")
        )
        dates = zip(self.colonne("date_debut"), self.colonne("date_envoi"), strict=True)
        instants = [
            (debut or envoi) if anonyme else None
            for anonyme, (debut, envoi) in zip(sans_nom(noms, prenoms), dates, strict=True)
        ]
        return list(zip(noms, prenoms, instants, strict=True))


def nommer_les_campagnes(exports: Sequence[Export]) -> None:
    """Donne à un export ancien, qui n'a que l'identifiant de la campagne, le code qu'un autre
    export en dit."""
    codes = {}
    for export in exports:
        paires = dict.fromkeys(_cote_a_cote(export, "id_campagne", "campagne"))
        codes |= {numero: code for numero, code in paires if numero and code}
    for export in exports:
        paires = _cote_a_cote(export, "id_campagne", "campagne")
        noms = [code or codes.get(numero, numero) for numero, code in paires]
        export.participations["campagne"] = np.array(noms, dtype=object)


def _cote_a_cote(export: Export, *noms: str) -> Iterator[tuple]:
    """Ces colonnes, participation par participation."""
    return zip(*(export.participations[nom].tolist() for nom in noms), strict=True)


def remplacer(exports: Sequence[Export]) -> None:
    """Quand plusieurs exports d'une campagne se recouvrent, le plus récent remplace les autres ;
    s'il est coupé, ce qui lui manque reste celui des autres.

    Des exports d'une même campagne sans élèves communs (découpés par classe à la main) se
    complètent : on les garde.
    """
    campagnes: dict[str, list[Rival]] = defaultdict(list)
    for export in exports:
        _ecarter_repetitions(export)
        for rival in _rivaux(export):
            campagnes[rival.campagne].append(rival)
    for rivaux in campagnes.values():
        if len(rivaux) > 1:
            gardes: dict[Personne, Export] = {}
            instants: dict[tuple, str] = {}
            for rival in sorted(rivaux, key=Rival.anciennete, reverse=True):
                _ceder_la_place(rival, gardes)
                _ecarter_recopies(rival, instants)


def _rivaux(export: Export) -> Iterator[Rival]:
    campagnes, gardees = export.participations["campagne"], export.gardees
    for campagne in filter(None, dict.fromkeys(campagnes[gardees])):
        yield Rival(export, campagne, gardees & (campagnes == campagne))


def _ceder_la_place(rival: Rival, gardes: dict[Personne, Export]) -> None:
    """Un export plus récent vaut pour toute la campagne ; coupé, pour ceux qu'il dit seulement."""
    personnes = rival.personnes()
    recents = [gardes.get(personne) for personne in personnes]
    coupe = next((recent for recent in recents if recent and recent.coupe), None)
    entiers = [recent for recent in recents if recent and not recent.coupe]
    cede = 2 * len(entiers) >= len(personnes)
    if not cede:
        gardes.update(dict.fromkeys(personnes, rival.export))
    if (absentes := recents.count(None)) and (cede or coupe):
        _dire_les_absentes(absentes, rival.export.fichier, entiers[0] if cede else coupe)
    for ligne, recent in zip(rival.colonne("ligne"), recents, strict=True):
        if cede or (recent and recent.coupe):
            suite = "" if recent else ", où cette participation n'est plus"
            rival.export.remplacees[ligne] = (
                "remplacée par un export plus récent de la campagne, "
                f"{(recent or entiers[0]).fichier}{suite}"
            )


def _dire_les_absentes(nombre: int, ancien: str, recent: Export) -> None:
    """Ce qui n'est plus dans l'export le plus récent n'en disparaît pas sans un mot."""
    if recent.coupe:
        manquent = accord(nombre, "participation y manque", "participations y manquent")
        suite = f"{'lue' if nombre < 2 else 'lues'} dans l'export précédent, {ancien}"
        dit = f"Ce fichier semble coupé avant la fin : {manquent}, {suite} ; refaites l'export."
    else:
        parties = accord(nombre, "participation n'y est plus", "participations n'y sont plus")
        otees = "l'a supprimée" if nombre < 2 else "les a supprimées"
        dit = (
            f"Depuis l'export précédent, {ancien}, {parties} : si personne ne {otees} dans Pix "
            "Orga, ce fichier est incomplet, refaites l'export."
        )
    recent.remarques.append(dit)


def _ecarter_recopies(rival: Rival, instants: dict[tuple, str]) -> None:
    """Deux exports qui se recouvrent un peu se complètent, mais une participation à la minute près
    n'y est qu'une fois."""
    export = rival.export
    noms = ("ligne", "precision_dates", "date_debut", "date_envoi")
    for ligne, precision, debut, envoi, qui in zip(
        *map(rival.colonne, noms), rival.personnes(), strict=True
    ):
        precise = precision == "minute" and (debut or envoi)
        cle = (qui, debut, envoi)
        deja = instants.setdefault(cle, export.fichier) if precise else export.fichier
        if deja != export.fichier:
            export.remplacees.setdefault(
                ligne, f"ligne recopiée : la même participation figure dans {deja}"
            )


def _ecarter_repetitions(export: Export) -> None:
    """Deux lignes identiques à la minute près sont la même participation recopiée ; au jour près,
    on ne peut le dire. Sans date (collecte non envoyée), elles le sont si d'autres le sont."""
    cles = list(_cote_a_cote(export, "nom", "prenom", "date_debut"))
    if len(set(cles)) == len(cles):
        return  # presque toujours ; comparer toutes les colonnes coûte
    participations = pd.DataFrame(export.participations)
    contenu = participations.drop(columns="ligne").assign(
        **{
            f"{nom}{place}": colonne
            for nom, tableau in export.mesures.items()
            for place, colonne in enumerate(tableau.T)
        }
    )
    pareilles = contenu.duplicated()
    datees = participations[["date_debut", "date_envoi"]].notna().any(axis=1)
    repetees = pareilles & datees & (participations["precision_dates"] == "minute")
    if repetees.any():
        repetees |= pareilles & ~datees
    for ligne in participations.loc[repetees, "ligne"]:
        export.remplacees.setdefault(
            ligne, "ligne recopiée : la même figure plus haut dans le fichier"
        )
