"""Étage 1 — ce qu'on a lu d'un fichier, quel que soit son format : le sort de chaque ligne, et ce
qu'il faut en savoir."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Reglages:
    """Ce que l'établissement a ajouté aux mots que pixkit connaît.

    `libelles` {libellé: code de compétence} ; `colonnes` {en-tête de liste: champ}.
    """

    libelles: Mapping[str, str] = field(default_factory=dict)
    colonnes: Mapping[str, str] = field(default_factory=dict)


class Constat(NamedTuple):
    """Ce qu'une conversion ou un contrôle a vu. Grave : ces lignes sont mises de côté ; sinon,
    c'est une note.

    `lignes` : un masque ou des rangs. Sans elles : des colonnes mises de côté (grave), ou une
    remarque sur tout le fichier.
    """

    motif: str
    lignes: np.ndarray | Sequence[int] | None = None
    grave: bool = False


@dataclass(eq=False)  # un fichier lu n'est égal qu'à lui-même
class Lu:
    """`lues` : les lignes gardées ; `rejets`, `motifs` et `remplacees` disent pourquoi. Chaque
    format ajoute ses données."""

    fichier: str
    nature: str | None = None
    lues: list[int] = field(default_factory=list)
    rejets: dict[int, str] = field(default_factory=dict)
    # Des lignes lues dont il y a quelque chose à dire.
    motifs: dict[int, str] = field(default_factory=dict)
    remplacees: dict[int, str] = field(default_factory=dict)
    # Des colonnes, ou le fichier (None), mis de côté.
    ecarts: list[tuple[int | None, str]] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)
    date_donnees: pd.Timestamp | None = None
    ligne_entete: int = 1

    def rangees(self) -> Mapping[str, pd.DataFrame]:
        """{table: ses lignes}, pour les tables que chaque fichier remplit seul (`A_PART`)."""
        return {}

    def constater(self, constats: Iterable[Constat]) -> None:
        """Range chaque constat à sa place. Le premier qui condamne une ligne suffit : il entraîne
        souvent les autres."""
        numeros = np.array(self.lues)
        for constat in constats:
            if constat.lignes is None:
                self.ecarts += [(self.ligne_entete, constat.motif)] if constat.grave else []
                self.remarques += [] if constat.grave else [constat.motif]
                continue
            for ligne in numeros[constat.lignes].tolist():
                if constat.grave:
                    self.rejets.setdefault(ligne, constat.motif)
                else:
                    self.noter(ligne, constat.motif)

    def copier(self, original: str) -> None:
        """Ce fichier en recopie un autre : rien n'y compte deux fois."""
        self.remarques, self.remplacees = (
            [],
            dict.fromkeys(self.lues, f"même contenu que {original}, déjà lu"),
        )

    def noter(self, ligne: int, motif: str) -> None:
        self.motifs[ligne] = f"{self.motifs[ligne]} ; {motif}" if ligne in self.motifs else motif

    def journal(self) -> Iterator[tuple[str, int | None, str, str | None]]:
        """Les lignes du JOURNAL : d'abord les colonnes écartées, puis chaque ligne une fois."""
        sorts: dict[int, tuple[str, str | None]] = {
            ligne: ("lue", self.motifs.get(ligne)) for ligne in self.lues
        }
        sorts |= {ligne: ("remplacee", motif) for ligne, motif in self.remplacees.items()}
        sorts |= {ligne: ("rejetee", motif) for ligne, motif in self.rejets.items()}
        yield from ((self.fichier, ligne, "rejetee", motif) for ligne, motif in self.ecarts)
        yield from ((self.fichier, ligne, *sorts[ligne]) for ligne in sorted(sorts))

    def resume(self) -> dict[str, Any]:
        """La ligne de FICHIERS : ce que chaque format peut compléter."""
        sorts = [sort for _, ligne, sort, _ in self.journal()][len(self.ecarts) :]
        return {
            "fichier": self.fichier,
            "nature": self.nature,
            "nb_lignes": len(sorts),
            "nb_lues": sorts.count("lue"),
            "nb_remplacees": sorts.count("remplacee"),
            "nb_rejetees": sorts.count("rejetee"),
            "date_donnees": self.date_donnees,
            "remarques": "\n".join([*self.remarques, *(motif for _, motif in self.ecarts)]),
        }
