"""Étage 1 — écrire les tables rangées dans des fichiers que d'autres programmes lisent."""

from pathlib import Path

import pandas as pd

from pixkit.tables import Tables

TOUJOURS = ("participations", "resultats", "journal")
AU_BESOIN = ("acquis", "badges", "eleves", "certifications")
"""Écrites seulement quand les fichiers en contiennent."""


def ecrire(tables: Tables, sortie: str | Path, *, en: str = "csv") -> list[Path]:
    """Écrit les tables dans le dossier `sortie` et rend les fichiers écrits.

    CSV : RFC 4180, UTF-8, virgules, points décimaux, dates ISO 8601 avec décalage, `true`/`false`,
    vide quand ça manque. Ces fichiers sont faits pour des programmes : les textes y sont exacts,
    même ceux qui commencent par « = ».
    """
    racine = Path(sortie)
    racine.mkdir(parents=True, exist_ok=True)
    choisies = [
        nom for nom in (*TOUJOURS, *AU_BESOIN) if nom in TOUJOURS or len(getattr(tables, nom))
    ]
    chemins = [racine / f"{nom}.{en}" for nom in choisies]
    for nom, chemin in zip(choisies, chemins, strict=True):
        if en == "parquet":
            getattr(tables, nom).to_parquet(chemin, index=False)
        else:
            ecrire_csv(getattr(tables, nom), chemin)
    return chemins


def ecrire_csv(table: pd.DataFrame, chemin: Path) -> Path:
    """Écrit une table en CSV selon le contrat (voir `ecrire`), en créant le dossier au besoin."""
    chemin.parent.mkdir(parents=True, exist_ok=True)
    _en_texte(table).to_csv(chemin, index=False, encoding="utf-8", lineterminator="\r\n")
    return chemin


def _en_texte(table: pd.DataFrame) -> pd.DataFrame:
    """Booléens et dates écrits comme le veut le contrat ; pandas sait déjà écrire le reste."""
    booleens = table.select_dtypes("boolean")
    dates = table.select_dtypes("datetimetz")
    return table.assign(
        **{nom: booleens[nom].map({True: "true", False: "false"}) for nom in booleens},
        **{nom: dates[nom].map(lambda date: date.isoformat(), na_action="ignore") for nom in dates},
    )
