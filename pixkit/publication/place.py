"""Étage 4 — où publier : un dossier à soi, loin des exports, remplacé d'un coup."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from pixkit.erreurs import EcritureImpossible, PublicationRefusee

CONTENU = {
    "manifeste.json", "agregats", "etats", "vues", "images", "registre_rgpd.md", "LISEZMOI.md",
    "index.html", "pages",
}  # fmt: skip
"""Ce qu'une publication contient, et rien d'autre."""


def verifier_place(vers: str | Path, dossier: str | Path) -> Path:
    """Le dossier où publier.

    Lève PublicationRefusee s'il touche à celui des exports, ou contient autre chose.
    """
    cible, exports = Path(vers).expanduser().resolve(), Path(dossier).expanduser().resolve()
    if not str(vers).strip():
        raise PublicationRefusee(
            "pas de dossier où publier.", "le chemin d'un dossier.", "donnez-en un avec --vers."
        )
    if cible == exports or exports in cible.parents or cible in exports.parents:
        raise PublicationRefusee(
            "une publication dans le dossier des exports, ou autour de lui.",
            "un autre dossier : celui-ci porte des noms et ne sort pas de votre ordinateur.",
            "choisissez-en un autre avec --vers.",
        )
    if cible.exists() and not _remplacable(cible):
        raise PublicationRefusee(
            f"« {cible.name} », qui contient déjà autre chose qu'une publication.",
            "un dossier vide, nouveau, ou une publication à remplacer.",
            "choisissez-en un autre avec --vers ; rien n'y a été changé.",
        )
    return cible


def agregats_en_place(cible: Path) -> dict[str, bytes]:
    """{chemin: octets} des chiffres de la publication à remplacer, s'il y en a une."""
    return {
        f"agregats/{chemin.name}": chemin.read_bytes()
        for chemin in sorted(cible.glob("agregats/*.json"))
    }


def remplacer(cible: Path, fichiers: Mapping[str, bytes]) -> Path:
    """Écrit les fichiers à côté, puis met leur dossier à la place. Lève EcritureImpossible."""
    neuve, ancienne = (cible.with_name(f".{cible.name}.{nom}") for nom in ("neuve", "ancienne"))
    try:
        shutil.rmtree(neuve, ignore_errors=True)
        for nom, octets in fichiers.items():
            (neuve / nom).parent.mkdir(parents=True, exist_ok=True)
            (neuve / nom).write_bytes(octets)
        # Un fichier ouvert empêche de renommer : l'ancienne publication reste alors entière.
        shutil.rmtree(ancienne, ignore_errors=True)
        if cible.exists():
            cible.rename(ancienne)
        neuve.rename(cible)
        shutil.rmtree(ancienne, ignore_errors=True)
    except OSError as erreur:
        raise EcritureImpossible(
            f"« {cible.name} », qui ne s'écrit pas ({erreur.strerror}).",
            "un dossier de publication où vous pouvez écrire.",
            "choisissez-en un autre avec --vers, ou fermez les fichiers ouverts, puis recommencez.",
        ) from erreur
    return cible


def _remplacable(cible: Path) -> bool:
    """Un dossier vide, ou une publication et rien d'autre : lui seul peut être remplacé."""
    if not cible.is_dir():
        return False
    noms = {chemin.name for chemin in cible.iterdir()}
    return not noms or ("registre_rgpd.md" in noms and noms <= CONTENU)
