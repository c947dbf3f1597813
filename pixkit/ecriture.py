"""Étage 1 — les tables en fichiers : exactes pour des programmes, ou gardées pour un tableur."""

import io
from pathlib import Path

import pandas as pd

from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.gardes import gardee
from pixkit.tables import Tables

TOUJOURS = ("participations", "resultats", "journal")
AU_BESOIN = ("acquis", "badges", "eleves", "certifications")
"""Écrites seulement quand les fichiers en contiennent."""


def ecrire(tables: Tables, sortie: str | Path | Sortie, *, en: str = "csv") -> list[Path]:
    """Écrit les tables dans le dossier `sortie`, toutes ou aucune, et rend les fichiers écrits.

    CSV : RFC 4180, UTF-8, virgules, points décimaux, dates ISO 8601 avec décalage, `true`/`false`,
    vide quand ça manque. Ces fichiers sont faits pour des programmes : les textes y sont exacts,
    même ceux qui commencent par « = ».
    """
    choisies = [
        nom for nom in (*TOUJOURS, *AU_BESOIN) if nom in TOUJOURS or len(getattr(tables, nom))
    ]
    octets = en_parquet if en == "parquet" else _csv
    with ensemble(sortie) as ou:
        return [ou.poser(f"{nom}.{en}", octets(getattr(tables, nom))) for nom in choisies]


def ecrire_csv(table: pd.DataFrame, nom: str, sortie: str | Path | Sortie) -> Path:
    """Écrit `nom`.csv selon le même contrat, pour un tableur : un texte n'y devient pas une formule
    (voir `gardee`, que défait `sans_gardes`)."""
    textes = table.select_dtypes(["object", "string"])
    gardes = {nom: textes[nom].map(_garder, na_action="ignore") for nom in textes}
    with ensemble(sortie) as ou:
        return ou.poser(f"{nom}.csv", _csv(table.assign(**gardes)))


def _garder(valeur: object) -> object:
    return gardee(valeur) if isinstance(valeur, str) else valeur


def en_parquet(table: pd.DataFrame) -> bytes:
    """Les octets d'une table : les mêmes lignes donnent les mêmes."""
    from pyarrow import Table, parquet  # noqa: PLC0415 — inutile à qui n'écrit pas de Parquet

    sortie = io.BytesIO()
    # Un fil par colonne, que pandas lance par défaut, coûte plus que de convertir ces tables.
    parquet.write_table(Table.from_pandas(table, nthreads=1, preserve_index=False), sortie)
    return sortie.getvalue()


def _csv(table: pd.DataFrame) -> bytes:
    """Booléens et dates écrits comme le veut le contrat ; pandas sait déjà écrire le reste."""
    booleens = table.select_dtypes("boolean")
    dates = table.select_dtypes("datetimetz")
    ecrite = table.assign(
        **{nom: booleens[nom].map({True: "true", False: "false"}) for nom in booleens},
        **{nom: dates[nom].map(lambda date: date.isoformat(), na_action="ignore") for nom in dates},
    )
    return ecrite.to_csv(index=False, lineterminator="\r\n").encode()
