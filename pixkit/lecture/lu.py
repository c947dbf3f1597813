"""Étage 1 — ce qu'on a lu d'un fichier, quel que soit son format : le sort de chaque ligne, et ce qu'il faut en savoir."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Reglages:
    """Ce que l'établissement a ajouté aux mots que pixkit connaît.

    `libelles` {libellé: code de compétence} ; `colonnes` {en-tête de liste: champ}.
    """

    libelles: Mapping[str, str] = field(default_factory=dict)
    colonnes: Mapping[str, str] = field(default_factory=dict)


@dataclass(eq=False)  # un fichier lu n'est égal qu'à lui-même
class Lu:
    """`lues` : les lignes gardées ; `rejets`, `motifs` et `remplacees` disent pourquoi. Chaque format ajoute ses données."""

    fichier: str
    nature: str | None = None
    lues: list[int] = field(default_factory=list)
    rejets: list[tuple[int, str]] = field(default_factory=list)
    motifs: dict[int, str] = field(default_factory=dict)  # lignes lues dont il y a quelque chose à dire
    remplacees: dict[int, str] = field(default_factory=dict)
    ecarts: list[tuple[int | None, str]] = field(default_factory=list)  # colonnes, ou le fichier (None), mis de côté
    remarques: list[str] = field(default_factory=list)
    date_donnees: pd.Timestamp | None = None

    def noter(self, ligne: int, motif: str) -> None:
        self.motifs[ligne] = f"{self.motifs[ligne]} ; {motif}" if ligne in self.motifs else motif

    def journal(self) -> Iterator[tuple[str, int | None, str, str | None]]:
        """Les lignes du JOURNAL : d'abord les colonnes écartées, puis chaque ligne une fois."""
        sorts: dict[int, tuple[str, str | None]] = {ligne: ("lue", self.motifs.get(ligne)) for ligne in self.lues}
        sorts |= {ligne: ("remplacee", motif) for ligne, motif in self.remplacees.items()}
        sorts |= {ligne: ("rejetee", motif) for ligne, motif in self.rejets}
        yield from ((self.fichier, ligne, "rejetee", motif) for ligne, motif in self.ecarts)
        yield from ((self.fichier, ligne, *sorts[ligne]) for ligne in sorted(sorts))

    def resume(self) -> dict[str, Any]:
        """La ligne de FICHIERS : ce que chaque format peut compléter."""
        rejetees = {ligne for ligne, _ in self.rejets}
        remplacees = self.remplacees.keys() - rejetees
        lues = set(self.lues) - rejetees - remplacees
        return {
            "fichier": self.fichier,
            "nature": self.nature,
            "nb_lignes": len(lues) + len(remplacees) + len(rejetees),
            "nb_lues": len(lues),
            "nb_remplacees": len(remplacees),
            "nb_rejetees": len(rejetees),
            "date_donnees": self.date_donnees,
            "remarques": "\n".join([*self.remarques, *(motif for _, motif in self.ecarts)]),
        }
