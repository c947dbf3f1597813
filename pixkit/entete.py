"""Étage 1 — ce que porte tout document : l'établissement, son logo, la campagne, la date des
données. Dit une fois, là où l'on écrit ; chaque page, classeur ou image le lit ici."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.charte import date_en_mots, enumerer
from pixkit.tables import Tables

LOGOS = ("logo.png", "logo.jpg", "logo.svg")
"""Le logo de l'établissement, s'il est dans le dossier."""


@dataclass(frozen=True)
class Entete:
    """`logo` : une image de LOGOS, ou rien."""

    etablissement: str = ""
    campagne: str = ""
    du: datetime | None = None
    logo: Path | None = None

    @property
    def titre(self) -> str:
        """« Collège Rosa-Parks — Parcours de rentrée 5e »."""
        return " — ".join(filter(None, (self.etablissement, self.campagne)))

    @property
    def date(self) -> str:
        return f"données du {date_en_mots(self.du)}" if self.du else ""

    @property
    def signature(self) -> str:
        return " — ".join(filter(None, (self.titre, self.date)))


_courant: ContextVar[Entete] = ContextVar("entete")
_SANS = Entete()


def entete() -> Entete:
    """Celui de ce que l'on est en train d'écrire."""
    return _courant.get(_SANS)


@contextmanager
def au_nom_de(tables: Tables, dossier: Path | None = None, *, campagne: str = "") -> Iterator[None]:
    """Le temps d'écrire des documents d'après ces tables."""
    du = tables.fichiers["date_donnees"].dropna().max()
    logos = [chemin for nom in LOGOS if dossier and (chemin := Path(dossier) / nom).is_file()]
    porte = Entete(
        nommer_l_etablissement(tables),
        campagne,
        None if pd.isna(du) else du,
        next(iter(logos), None),
    )
    jeton = _courant.set(porte)
    try:
        yield
    finally:
        _courant.reset(jeton)


def nommer_l_etablissement(tables: Tables) -> str:
    """Celui, ou ceux, des exports : les listes d'élèves n'ont qu'un numéro."""
    return enumerer(sorted(set(tables.participations["organisation"].dropna())), 3)
