"""Étage 4 — où publier : un dossier à soi, loin des exports, remplacé d'un coup."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from pixkit.ecriture_sure import POUR_TOUS, au_disque, en_mots, poser, verrou
from pixkit.erreurs import PublicationRefusee
from pixkit.gabarits import rendre
from pixkit.service.lecteur import FORMAT, mise_de_cote

CONTENU = {
    "manifeste.json", "agregats", "etats", "vues", "images", "registre_rgpd.md", "LISEZMOI.md",
    "index.html", "pages",
}  # fmt: skip
"""Ce qu'une publication contient, et rien d'autre."""
_MOITIE = re.compile(
    r"manifeste\.json|LISEZMOI\.md|(agregats|etats|vues)/\w+\.json|images/[0-9a-f]{16}\.svg|"
    r"index\.html|pages/.+\.(html|css)"
)
"""Les fichiers auxquels se reconnaît ce qui reste d'une publication à moitié écrite, ou copiée."""
_DU_SYSTEME = {".DS_Store", "Thumbs.db", "desktop.ini"}
_MOTS = {
    "attendu": "un dossier de publication où vous pouvez écrire.",
    "que_faire": "choisissez-en un autre avec --vers, ou fermez les fichiers ouverts, puis "
    "recommencez.",
}


def verifier_place(vers: str | Path, dossier: str | Path) -> Path:
    """Le dossier où publier.

    Lève PublicationRefusee s'il touche à celui des exports, ou contient autre chose.
    """
    cible, exports = place_libre(vers), Path(dossier).expanduser().resolve()
    if cible == exports or exports in cible.parents or cible in exports.parents:
        raise PublicationRefusee(
            "une publication dans le dossier des exports, ou autour de lui.",
            "un autre dossier : celui-ci porte des noms et ne sort pas de votre ordinateur.",
            "choisissez-en un autre avec --vers.",
        )
    return cible


def place_libre(vers: str | Path) -> Path:
    """Le dossier donné, s'il est vide, à créer, ou une publication ; lève PublicationRefusee."""
    if not str(vers).strip():
        raise PublicationRefusee(
            "pas de dossier où publier.", "le chemin d'un dossier.", "donnez-en un avec --vers."
        )
    cible = Path(vers).expanduser().resolve()
    if mise_de_cote(cible).exists():
        with verrou(cible.parent):
            reprendre(cible)
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


def etablissement_en_place(cible: Path) -> str:
    """De qui est la publication à remplacer ; vide si elle n'est plus là pour le dire."""
    return str(_manifeste(cible).get("etablissement", ""))


def genre_en_place(cible: Path) -> str | None:
    """Le genre de la publication à remplacer ; vide pour un établissement, None s'il n'y en a
    pas."""
    return _manifeste(cible).get("genre", "") if _manifeste(cible) else None


def se_retire(vers: str | Path) -> bool:
    """Y a-t-il là une publication qui n'est pas déjà retirée ?"""
    try:
        dit = _manifeste(Path(vers).expanduser())
    except RuntimeError:  # « ~quelqu'un », que cet ordinateur ne connaît pas
        return False
    return bool(dit) and "retiree_le" not in dit


def _manifeste(cible: Path) -> dict:
    try:
        lu = json.loads((cible / "manifeste.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return lu if isinstance(lu, dict) else {}


def remplacer(
    cible: Path, fichiers: Mapping[str, bytes], *, avant: Callable[[], object] = lambda: None
) -> Path:
    """Écrit les fichiers à côté, appelle `avant`, puis met leur dossier à la place.

    Tué à tout moment, l'ancienne ou la nouvelle est entière. Lève EcritureImpossible.
    """
    with en_mots(cible.name, **_MOTS):
        cible.parent.mkdir(parents=True, exist_ok=True)
    with verrou(cible.parent), en_mots(cible.name, **_MOTS):
        reprendre(cible)
        try:
            _preparer(_neuve(cible), fichiers)
            avant()
            # Un fichier ouvert empêche de renommer : l'ancienne publication reste alors entière.
            if cible.exists():
                cible.rename(mise_de_cote(cible))
            _neuve(cible).rename(cible)
            au_disque(cible.parent)
        finally:
            reprendre(cible)
    return cible


def retirer(vers: str | Path) -> str:
    """Efface une publication et laisse à sa place de quoi le dire ; rend le jour où elle le fut.

    Deux fois n'y change rien. Lève PublicationRefusee si ce dossier n'en est pas une, ou
    EcritureImpossible.
    """
    cible = Path(vers).expanduser().resolve()
    if not (cible / "manifeste.json").is_file() or not _remplacable(cible):
        raise PublicationRefusee(
            f"« {cible.name} », qui n'est pas une publication, ou contient autre chose.",
            "un dossier écrit par « pixkit publier ».",
            "vérifiez le chemin ; rien n'y a été changé.",
        )
    deja = _manifeste(cible).get("retiree_le", "")
    if deja:
        return deja
    dit = {
        "format": FORMAT,
        "etablissement": etablissement_en_place(cible) or "l'établissement",
        "retiree_le": date.today().isoformat(),
    }
    page = rendre("retiree.html.j2", **dit)
    octets = json.dumps(dit, ensure_ascii=False).encode()
    remplacer(cible, {"manifeste.json": octets, "index.html": page.encode()})
    return dit["retiree_le"]


def _neuve(cible: Path) -> Path:
    return cible.with_name(f".{cible.name}.neuve")


def _preparer(neuve: Path, fichiers: Mapping[str, bytes]) -> None:
    for nom, octets in fichiers.items():
        (neuve / nom).parent.mkdir(parents=True, exist_ok=True)
        poser(neuve / nom, octets, POUR_TOUS)  # sans aucun nom : un serveur doit pouvoir les lire
    for dossier in {(neuve / nom).parent for nom in fichiers} | {neuve}:
        au_disque(dossier)


def reprendre(cible: Path) -> None:
    """Arrêté entre les deux renommages : l'ancienne revient. Puis les restes s'effacent."""
    if mise_de_cote(cible).exists() and not cible.exists():
        mise_de_cote(cible).rename(cible)
    for reste in (_neuve(cible), mise_de_cote(cible)):
        shutil.rmtree(reste, ignore_errors=True)


def _remplacable(cible: Path) -> bool:
    """Un dossier vide, une publication ou sa moitié, et rien d'autre : lui seul se remplace."""
    if not cible.is_dir():
        return False
    noms = {chemin.name for chemin in cible.iterdir()} - _DU_SYSTEME
    if not noms or "registre_rgpd.md" in noms:
        return noms <= CONTENU
    fichiers = (chemin for nom in noms for chemin in (cible / nom, *(cible / nom).rglob("*")))
    # Un « index.html » seul peut être le site de quelqu'un.
    return (
        bool(noms - {"index.html", "pages"})
        and noms <= CONTENU
        and all(
            _MOITIE.fullmatch(chemin.relative_to(cible).as_posix())
            for chemin in fichiers
            if chemin.is_file()
        )
    )
