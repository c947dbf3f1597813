"""Étage 4 — ce que la publication dit d'elle-même : d'après quoi, jusqu'à quand, et sans quoi."""

import hashlib
import json
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from pixkit.charte import enumerer
from pixkit.publication.agregats import Agregats
from pixkit.service.lecteur import FORMAT
from pixkit.tables import Tables

_PAQUETS = ("pixkit-parcours", "pandas", "matplotlib", "seaborn")


def manifeste(
    dossier: Path,
    tables: Tables,
    agregats: Agregats,
    figees: list[tuple[str, str]],
    effectif_min: int,
) -> dict:
    """Le contenu de `manifeste.json` : ce qui est publié, ce qui est tu, ce qui n'a pas changé."""
    annees = agregats.campagnes["annee_scolaire"].dropna()
    fin = int(annees.max()[-4:]) if len(annees) else datetime.now().year + 1
    classes = pd.concat([agregats.participation["classe"], agregats.maitrise["classe"]]).unique()
    lus = tables.fichiers.dropna(subset="nature")
    return {
        "format": FORMAT,
        "etablissement": enumerer(sorted(agregats.campagnes["organisation"].dropna().unique())),
        "publie_le": datetime.now().isoformat(timespec="seconds"),
        "donnees_du": tables.fichiers["date_donnees"].dropna().max().isoformat(),
        "a_supprimer_le": f"{fin}-08-31",
        "effectif_min": effectif_min,
        "classes": sorted(classes),
        "tus": en_lignes(agregats.tus),
        "figees": [classe for _, classe in figees],
        "fichiers_lus": [
            {"nature": lu.nature, "sha256": _empreinte(dossier / lu.fichier)}
            for lu in lus.itertuples()
            if (dossier / lu.fichier).is_file()
        ],
        "versions": {nom: version(nom) for nom in _PAQUETS},
    }


def _empreinte(chemin: Path) -> str:
    return hashlib.sha256(chemin.read_bytes()).hexdigest()


def en_lignes(table: pd.DataFrame) -> list[dict]:
    """Les lignes d'une table, telles que JSON les écrit."""
    return json.loads(table.to_json(orient="records", force_ascii=False))


def en_json(donnees) -> bytes:
    """Le contenu d'un fichier JSON de la publication."""
    return json.dumps(donnees, ensure_ascii=False, separators=(",", ":")).encode()
