"""Étage 1 — un dossier entier : chaque fichier lu par son format, les doublons écartés, chaque
ligne comptée une fois."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from pixkit.erreurs import DossierIllisible, ErreurPixkit, FichierIllisible, raison
from pixkit.grilles import Morceau, octets_du_fichier, ouvrir
from pixkit.incidents import noter, phrase
from pixkit.lecture.formats import lire, refus
from pixkit.lecture.formats.listes.entetes import proposer_colonnes, ressemble_a_une_liste
from pixkit.lecture.lu import Lu, Reglages
from pixkit.lecture.rassembler import assembler
from pixkit.lecture.rassembler.envois import retenir
from pixkit.memoire import PREFIXE, lire_memoire
from pixkit.tables import Tables

Suivi = Callable[[int, int, str], None]
"""Appelé avant chaque fichier : (fichiers déjà lus, fichiers en tout, nom du fichier)."""

_IGNORES = {".py", ".md", ".pyc"}


def lire_dossier(
    dossier: str | Path,
    *,
    envois: str = "dernier",
    libelles: Mapping[str, str] | None = None,
    suivi: Suivi | None = None,
) -> Tables:
    """Lit tous les exports de campagne et toutes les listes d'élèves d'un dossier et de ses
    sous-dossiers.

    `envois` choisit la participation retenue quand un élève a envoyé plusieurs fois (voir
    `retenir`) ; `libelles` ajoute des noms de compétences {libellé: code}. Un fichier qui n'est ni
    un export ni une liste est écarté avec une phrase dans le journal. Lève DossierIllisible.
    """
    sources = fichiers_nommes(dossier)  # d'abord : un dossier qui ne s'ouvre pas se dit là
    colonnes = {ligne["entete"]: ligne["champ"] for ligne in lire_memoire(dossier, "colonnes")}
    return lire_fichiers(sources, envois=envois, libelles=libelles, colonnes=colonnes, suivi=suivi)


def lire_fichiers(
    sources: Mapping[str, Path | bytes],
    *,
    envois: str = "dernier",
    libelles: Mapping[str, str] | None = None,
    colonnes: Mapping[str, str] | None = None,
    suivi: Suivi | None = None,
) -> Tables:
    """Comme `lire_dossier`, pour des fichiers donnés un par un {nom: chemin ou octets} (déposés
    dans une page).

    `colonnes` {en-tête: champ} dit ce que sont les colonnes d'une liste d'élèves inconnue (voir
    `CHAMPS`).
    """
    reglages = Reglages(libelles or {}, colonnes or {})
    deja_lus: dict[bytes, str] = {}
    lus: list[Lu] = []
    with _sans_ramasse_miettes():
        for rang, (fichier, source) in enumerate(sorted(sources.items())):
            if suivi:
                suivi(rang, len(sources), fichier)
            lus += _lire(source, fichier, deja_lus, reglages)
        return assembler(lus, envois)


@contextmanager
def _sans_ramasse_miettes() -> Iterator[None]:
    """Des millions de cellules se créent sans un seul cycle : les faire examiner coûte un dixième
    du temps de lecture."""
    actif = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if actif:
            gc.enable()


def reprendre(tables: Tables, envois: str) -> Tables:
    """Les mêmes tables sous une autre règle d'envoi, sans relire les fichiers."""
    return replace(tables, participations=retenir(tables.participations, envois))


def fichiers_nommes(dossier: str | Path) -> dict[str, Path]:
    """Les mêmes que `fichiers_du_dossier`, sous le nom que portent les tables : leur chemin dans le
    dossier.

    Un octet qui n'est pas de l'UTF-8 (un zip de Windows ouvert sous Linux) s'y écrit « \\xe9 » :
    aucune table ne tiendrait le nom tel quel, et aucun fichier du dossier ne se lirait.
    """
    chemins = fichiers_du_dossier(dossier)
    bruts = (os.fsencode(chemin.relative_to(dossier).as_posix()) for chemin in chemins)
    noms = (brut.decode(errors="backslashreplace") for brut in bruts)
    return dict(zip(noms, chemins, strict=True))


def fichiers_du_dossier(dossier: str | Path) -> list[Path]:
    """Les fichiers du dossier, triés ; ni fichiers cachés ou provisoires, ni code, ni notes, ni
    mémoires de pixkit."""
    racine = Path(dossier)
    try:
        if not racine.is_dir():
            raise DossierIllisible(
                f"« {racine} », qui n'est pas un dossier."
                if racine.exists()
                else f"« {racine} », qui n'existe pas.",
                "un dossier où se trouvent les exports Pix.",
                "vérifiez le chemin, ou créez le dossier et mettez-y les fichiers.",
            )
        next(racine.iterdir(), None)
        return sorted(chemin for chemin in racine.rglob("*") if _a_lire(chemin, racine))
    except OSError as erreur:
        raise DossierIllisible(
            f"« {racine} », qui ne s'ouvre pas ({raison(erreur)}).",
            "un dossier que vous avez le droit de lire.",
            "demandez l'accès, ou copiez les fichiers dans un dossier à vous.",
        ) from erreur


def _a_lire(chemin: Path, racine: Path) -> bool:
    """Un lien vers un dossier, ou vers rien, n'est pas suivi, un sous-dossier interdit ne s'ouvre
    pas : ils se diront, au lieu de manquer."""
    parties = chemin.relative_to(racine).parts
    ecarte = any(partie.startswith((".", "~$", PREFIXE)) for partie in parties)
    if ecarte or chemin.suffix in _IGNORES:
        return False
    return chemin.is_file() or chemin.is_symlink() or _est_ferme(chemin)


def _est_ferme(chemin: Path) -> bool:
    try:
        if chemin.is_dir():
            next(chemin.iterdir(), None)
        return False
    except OSError:
        return True


def _lire(
    source: Path | bytes, fichier: str, deja_lus: dict[bytes, str], reglages: Reglages
) -> list[Lu]:
    """Ce qu'on lit d'un fichier, feuille par feuille ; ce qui ne se lit pas le dit."""
    try:
        octets = octets_du_fichier(source)
        original = deja_lus.setdefault(blake2b(octets).digest(), fichier)
        morceaux = ouvrir(octets, fichier)
    except OSError as erreur:
        que_faire = "fermez-le s'il est ouvert ailleurs, ou refaites l'export."
        trouve = f"un fichier qui ne s'ouvre pas ({raison(erreur)})."
        return [
            _ecarte(
                fichier,
                FichierIllisible(trouve, "un fichier que vous avez le droit de lire.", que_faire),
            )
        ]
    except Exception as erreur:  # la même chose, pour ce qui n'est pas encore un morceau
        return [_ecarte(fichier, erreur)]
    lus = [_lire_morceau(morceau, reglages) for morceau in morceaux]
    lus = _sans_feuilles_muettes(lus, morceaux)
    for lu in lus if original != fichier else ():
        lu.copier(original)
    return lus


def _lire_morceau(morceau: Morceau, reglages: Reglages) -> Lu:
    try:
        return lire(morceau, reglages)
    except (
        Exception
    ) as erreur:  # un fichier que personne n'avait prévu n'empêche pas de lire les autres
        return _ecarte(morceau.fichier, erreur)


def _ecarte(fichier: str, erreur: Exception) -> Lu:
    dit = str(erreur) if isinstance(erreur, ErreurPixkit) else phrase(noter(erreur))
    return Lu(fichier, ecarts=[(None, dit)])


def _sans_feuilles_muettes(lus: list[Lu], morceaux: list[Morceau]) -> list[Lu]:
    """Une page de garde, dans un classeur par ailleurs compris, se dit sans faire un fichier de
    côté."""
    compris = [lu for lu in lus if lu.nature]
    muettes = [
        morceau.feuille.nom
        for lu, morceau in zip(lus, morceaux, strict=True)
        if not lu.nature and compris and not ressemble_a_une_liste(morceau)
    ]
    if muettes:
        compris[0].remarques.append(
            "Feuilles sans export ni liste, non lues : "
            f"{', '.join(f'« {nom} »' for nom in muettes)}."
        )
    return [
        lu
        for lu, morceau in zip(lus, morceaux, strict=True)
        if not (morceau.feuille and morceau.feuille.nom in muettes)
    ]


def listes_inconnues(
    dossier: str | Path, tables: Tables
) -> dict[str, tuple[list[str], dict[str, str]]]:
    """{fichier: (ses en-têtes, {champ: en-tête} proposés)} pour les fichiers écartés qui pourraient
    être des listes d'élèves."""
    ecartes = set(tables.fichiers.loc[tables.fichiers["nature"].isna(), "fichier"])
    trouvees = {}
    for nom in sorted({ecarte.partition(" [")[0] for ecarte in ecartes} | ecartes):
        try:
            morceaux = ouvrir(octets_du_fichier(Path(dossier) / nom), nom)
        except (ErreurPixkit, OSError):
            continue  # déjà dit dans le compte rendu : ce n'est pas une grille
        for morceau in morceaux:
            inconnue = morceau.fichier in ecartes and refus.reconnaitre(morceau, Reglages()) is None
            if inconnue and ressemble_a_une_liste(morceau):
                trouvees[morceau.fichier] = proposer_colonnes(morceau.feuille)
    return trouvees
