"""Étage 4 — ce que la publication dit d'elle-même : d'après quoi, jusqu'à quand, et sans quoi."""

import hashlib
import json
from datetime import datetime
from importlib.metadata import version

import pandas as pd

from pixkit.charte import enumerer
from pixkit.ecole import Ecole
from pixkit.publication.agregats import Agregats
from pixkit.service.lecteur import FORMAT

_PAQUETS = ("pixkit-parcours", "pandas", "matplotlib", "seaborn")


def manifeste(
    ecole: Ecole, agregats: Agregats, figees: list[tuple[str, str]], effectif_min: int
) -> dict:
    """Le contenu de `manifeste.json` : ce qui est publié, ce qui est tu, ce qui n'a pas changé."""
    return {
        "format": FORMAT,
        "etablissement": enumerer(sorted(agregats.campagnes["organisation"].dropna().unique())),
        "publie_le": datetime.now().isoformat(timespec="seconds"),
        "donnees_du": ecole.tables.fichiers["date_donnees"].dropna().max().isoformat(),
        "a_supprimer_le": f"{_fin(agregats)}-08-31",
        "effectif_min": effectif_min,
        "classes": sorted({*agregats.participation["classe"], *agregats.maitrise["classe"]}),
        "tus": en_lignes(agregats.tus),
        "figees": [classe for _, classe in figees],
        "fichiers_lus": _fichiers_lus(ecole),
        "versions": {nom: version(nom) for nom in _PAQUETS},
    }


def _fichiers_lus(ecole: Ecole) -> list[dict[str, str]]:
    lus = ecole.tables.fichiers.dropna(subset="nature")
    chemins = [(lu.nature, ecole.dossier / lu.fichier) for lu in lus.itertuples()]
    return [
        {"nature": nature, "sha256": hashlib.sha256(chemin.read_bytes()).hexdigest()}
        for nature, chemin in chemins
        if chemin.is_file()
    ]


def _fin(agregats: Agregats) -> int:
    """L'année où finit la dernière année scolaire publiée."""
    annees = agregats.campagnes["annee_scolaire"].dropna()
    return int(annees.max()[-4:]) if len(annees) else datetime.now().year + 1


def en_lignes(table: pd.DataFrame) -> list[dict]:
    """Les lignes d'une table, telles que JSON les écrit."""
    return json.loads(table.to_json(orient="records", force_ascii=False))


def en_json(donnees) -> bytes:
    """Le contenu d'un fichier JSON de la publication."""
    return json.dumps(donnees, ensure_ascii=False, separators=(",", ":")).encode()
