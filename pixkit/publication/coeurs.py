"""Étage 4 — le plus long d'une publication, dessiner et relire, sur tous les cœurs."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from pixkit.lecture.dossier import Suivi

Chose, Fait = TypeVar("Chose"), TypeVar("Fait")


def nombre_de_coeurs() -> int:
    return min(4, os.cpu_count() or 1)


def sur_tous_les_coeurs(
    faire: Callable[[Chose], Fait],
    choses: Sequence[Chose],
    suivi: Suivi | None = None,
    *,
    par_envoi: int = 1,
) -> list[Fait]:
    """Ce que `faire` rend de chaque chose, dans l'ordre ; d'une seule, sans autre processus."""
    if len(choses) < 2:
        return list(map(faire, choses))
    faits = []
    with ProcessPoolExecutor(max_workers=nombre_de_coeurs()) as coeurs:
        for rang, fait in enumerate(coeurs.map(faire, choses, chunksize=par_envoi)):
            if suivi is not None:
                suivi(rang, len(choses), "images")
            faits.append(fait)
    return faits
