"""Étage 4 — ce que la publication dit d'elle-même : d'après quoi, jusqu'à quand, et sans quoi."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from typing import Any

import pandas as pd

from pixkit.charte import enumerer
from pixkit.ecole import Ecole
from pixkit.publication.agregats import Agregats
from pixkit.referentiel import a_supprimer_le
from pixkit.service.lecteur import FORMAT

_PAQUETS = ("pixkit-parcours", "pandas", "matplotlib", "seaborn")


def manifeste(
    ecole: Ecole, agregats: Agregats, effectif_min: int, malgre: str = ""
) -> dict[str, Any]:
    """Le contenu de `manifeste.json` : ce qui est publié, ce qui est tu, au jour près. `malgre` :
    pourquoi la mémoire des publications a été passée outre."""
    ecoles = sorted(agregats.campagnes["organisation"].dropna().unique())
    dites = (agregats.participation, agregats.maitrise, agregats.certification)
    return {
        "format": FORMAT,
        "etablissement": enumerer(ecoles) or "l'établissement",
        "publie_le": date.today().isoformat(),
        "donnees_du": ecole.tables.fichiers["date_donnees"].dropna().max().date().isoformat(),
        "a_supprimer_le": a_supprimer_le(_derniere(agregats)).isoformat(),
        "effectif_min": effectif_min,
        "classes": sorted({classe for table in dites for classe in table["classe"]}),
        "tus": en_lignes(agregats.tus),
        "malgre": malgre,
        "versions": {nom: version(nom) for nom in _PAQUETS},
    }


def empreinte_des_agregats(fichiers: Mapping[str, bytes]) -> str:
    """Ce à quoi la mémoire reconnaît une publication : ses chiffres."""
    calcul = hashlib.sha256()
    for nom in sorted(nom for nom in fichiers if nom.startswith("agregats/")):
        calcul.update(nom.encode() + b"\0" + fichiers[nom])
    return calcul.hexdigest()


def _derniere(agregats: Agregats) -> str:
    """La dernière année scolaire publiée ; à défaut, celle qui finira l'an prochain."""
    dites = (agregats.campagnes["annee_scolaire"], agregats.certification["annee_scolaire"])
    annees = {annee for table in dites for annee in table.dropna() if annee}
    return max(annees, default=str(date.today().year + 1))


def en_lignes(table: pd.DataFrame) -> list[dict]:
    """Les lignes d'une table, telles que JSON les écrit."""
    return json.loads(table.to_json(orient="records", force_ascii=False))


def en_json(donnees) -> bytes:
    """Le contenu d'un fichier JSON de la publication."""
    return json.dumps(donnees, ensure_ascii=False, separators=(",", ":")).encode()
