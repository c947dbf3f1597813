"""Étage 1 — un dossier entier : chaque fichier reconnu, les doublons écartés, chaque ligne comptée une fois."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import pandas as pd

from pixkit.erreurs import DossierIllisible, ErreurPixkit, FichierIllisible
from pixkit.lecture.assemblage import assembler
from pixkit.lecture.envois import retenir
from pixkit.lecture.export import lire_export
from pixkit.lecture.octets import octets_du_fichier
from pixkit.lecture.remplacements import Lu, remplacer
from pixkit.tables import FUSEAU, Tables

Suivi = Callable[[int, int, str], None]
"""Appelé avant chaque fichier : (fichiers déjà lus, fichiers en tout, nom du fichier)."""

_IGNORES = {".py", ".md", ".pyc"}
_HORODATAGE = re.compile(r"-(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})\b")


def lire_dossier(
    dossier: str | Path,
    *,
    envois: str = "dernier",
    libelles: Mapping[str, str] | None = None,
    suivi: Suivi | None = None,
) -> Tables:
    """Lit tous les exports de campagne d'un dossier et de ses sous-dossiers.

    `envois` choisit la participation retenue quand un élève a envoyé plusieurs fois (voir `retenir`) ; `libelles`
    ajoute des noms de compétences {libellé: code}. Un fichier qui n'est pas un export est écarté avec une phrase dans
    le journal. Lève DossierIllisible.
    """
    sources = {chemin.relative_to(dossier).as_posix(): chemin for chemin in fichiers_du_dossier(dossier)}
    return lire_fichiers(sources, envois=envois, libelles=libelles, suivi=suivi)


def lire_fichiers(
    sources: Mapping[str, Path | bytes],
    *,
    envois: str = "dernier",
    libelles: Mapping[str, str] | None = None,
    suivi: Suivi | None = None,
) -> Tables:
    """Comme `lire_dossier`, pour des fichiers donnés un par un {nom: chemin ou octets} (déposés dans une page)."""
    contenus: dict[bytes, Lu] = {}
    lus = []
    for rang, (fichier, source) in enumerate(sorted(sources.items())):
        if suivi:
            suivi(rang, len(sources), fichier)
        lus.append(_lire(source, fichier, contenus, libelles))
    remplacer(lus)
    return assembler(lus, envois)


def reprendre(tables: Tables, envois: str) -> Tables:
    """Les mêmes tables sous une autre règle d'envoi, sans relire les fichiers."""
    return replace(tables, participations=retenir(tables.participations, envois))


def fichiers_du_dossier(dossier: str | Path) -> list[Path]:
    """Les fichiers du dossier, triés ; ni fichiers cachés, ni fichiers provisoires de tableur, ni code, ni notes."""
    racine = Path(dossier)
    try:
        if not racine.is_dir():
            raise DossierIllisible(
                f"« {racine} », qui n'est pas un dossier." if racine.exists() else f"« {racine} », qui n'existe pas.",
                "un dossier où se trouvent les exports Pix.",
                "vérifiez le chemin, ou créez le dossier et mettez-y les fichiers.",
            )
        next(racine.iterdir(), None)
        return sorted(chemin for chemin in racine.rglob("*") if _a_lire(chemin, racine))
    except OSError as erreur:
        raise DossierIllisible(
            f"« {racine} », qui ne s'ouvre pas ({erreur.strerror}).",
            "un dossier que vous avez le droit de lire.",
            "demandez l'accès, ou copiez les fichiers dans un dossier à vous.",
        ) from erreur


def _a_lire(chemin: Path, racine: Path) -> bool:
    parties = chemin.relative_to(racine).parts
    return chemin.is_file() and chemin.suffix not in _IGNORES and not any(p.startswith((".", "~$")) for p in parties)


def _lire(source: Path | bytes, fichier: str, contenus: dict[bytes, Lu], libelles: Mapping[str, str] | None) -> Lu:
    try:
        octets = octets_du_fichier(source)
        empreinte = blake2b(octets).digest()
        if empreinte in contenus:
            return _copie(fichier, contenus[empreinte])
        export = lire_export(octets, fichier, libelles=libelles)
        contenus[empreinte] = Lu(fichier, export, date_donnees=_date_donnees(fichier, export.participations))
        return contenus[empreinte]
    except ErreurPixkit as erreur:
        return Lu(fichier, erreur=str(erreur))
    except OSError as erreur:
        refus = FichierIllisible(
            f"un fichier qui ne s'ouvre pas ({erreur.strerror}).",
            "un fichier que vous avez le droit de lire.",
            "fermez-le s'il est ouvert ailleurs, ou refaites l'export.",
        )
        return Lu(fichier, erreur=str(refus))


def _copie(fichier: str, original: Lu) -> Lu:
    export = replace(original.export, fichier=fichier, participations=original.export.participations.assign(fichier=fichier))
    motif = f"même contenu que {original.fichier}, déjà lu"
    return Lu(fichier, export, None, original.date_donnees, dict.fromkeys(export.participations["ligne"], motif))


def _date_donnees(fichier: str, participations: pd.DataFrame) -> pd.Timestamp | None:
    """L'âge des données : l'heure de l'export, que Pix écrit dans le nom du fichier, ou le dernier événement s'il suit."""
    dates = [participations[nom].dropna().max() for nom in ("date_debut", "date_envoi")]
    dates = [pd.Timestamp(date) for date in dates if not pd.isna(date)]
    trouve = _HORODATAGE.search(fichier)
    if trouve:
        texte = f"{trouve[1]} {trouve[2]}:{trouve[3]}"
        export = pd.to_datetime(texte, errors="coerce")
        if not pd.isna(export):
            dates.append(export.tz_localize(FUSEAU, ambiguous=True, nonexistent="shift_forward"))
    return max(dates, default=None)
