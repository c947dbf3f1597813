"""Étage 2 et quatre cinquièmes — les salles et leurs créneaux, tels que quelqu'un les a écrits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pixkit.lecture import valeurs
from pixkit.memoire import lire_lignes
from pixkit.referentiel import normaliser
from pixkit.tables import FUSEAU

COLONNES = ["salle", "places", "creneaux"]
_ATTENDU = (
    "les colonnes salle;places;creneaux[;surveillants], des créneaux comme "
    "« 2027-03-15 08:00|2027-03-15 10:00 »."
)
_lire_places = valeurs.entier()
_lire_instant = valeurs.instant(heure_de_paris=True, fin=False)


@dataclass(frozen=True, order=True)
class Creneau:
    """Un début possible dans une salle. `surveillants` : ceux qui y sont nommés ; ils y restent
    ensemble toute la session."""

    debut: datetime
    salle: str
    places: int
    surveillants: tuple[str, ...] = ()

    @property
    def ressources(self) -> frozenset[tuple[str, str]]:
        """Ce qui ne peut servir à deux sessions à la fois : la salle, chaque surveillant nommé."""
        nommes = {("surveillant", normaliser(nom)) for nom in self.surveillants}
        return frozenset({("salle", normaliser(self.salle)), *nommes})

    def fin(self, minutes: int) -> datetime:
        """L'heure de fin d'une session de tant de minutes."""
        return self.debut + timedelta(minutes=minutes)


def lire_salles(chemin: str | Path) -> tuple[list[Creneau], list[str]]:
    """(les créneaux dans l'ordre du temps, ce qui ne s'y comprend pas, une phrase par ligne).

    `places` compte les postes qui fonctionnent ; `creneaux`, les débuts, séparés par « | ». Lève
    FichierIllisible s'il manque une colonne, ou si aucune ligne ne se comprend.
    """
    creneaux: list[Creneau] = []
    defauts = lire_lignes(
        Path(chemin),
        COLONNES,
        lambda ligne: creneaux.extend(_creneaux(ligne)),
        attendu=_ATTENDU,
        absent="vérifiez le chemin donné après --salles.",
    )
    uniques = {(normaliser(c.salle), c.debut): c for c in reversed(creneaux)}
    return sorted(uniques.values()), defauts


def _creneaux(ligne: dict[str, str]) -> Iterator[Creneau]:
    """Les créneaux d'une ligne. Lève ValueError, qui dit ce qui ne s'y comprend pas."""
    salle, places = (ligne["salle"] or "").strip(), _lire_places(ligne["places"] or "")
    if not salle:
        raise ValueError("salle sans nom")
    if places is None:
        raise ValueError(f"la salle {salle} n'a pas de nombre de postes")
    debuts = [_debut(texte) for texte in _morceaux(ligne["creneaux"] or "", r"\|")]
    if not debuts:
        raise ValueError(f"la salle {salle} n'a aucun créneau")
    nommes = tuple(_morceaux(ligne.get("surveillants") or "", r"[|,]"))
    # Un nombre de surveillants n'en nomme aucun : rien ne dit qu'ils seraient attendus ailleurs.
    nommes = tuple(nom for nom in nommes if not nom.isdecimal())
    return (Creneau(debut, salle, int(places), nommes) for debut in debuts)


def _morceaux(texte: str, separateur: str) -> list[str]:
    return [morceau.strip() for morceau in re.split(separateur, texte) if morceau.strip()]


def _debut(texte: str) -> datetime:
    lu = None if valeurs.sans_heure(texte) else _lire_instant(texte)
    if lu is None:
        raise ValueError(f"« {texte[:20]} » au lieu d'un jour et d'une heure (2027-03-15 08:00)")
    return lu.astimezone(ZoneInfo(FUSEAU)).replace(tzinfo=None)
