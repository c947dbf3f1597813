"""Étage 1 — un dossier entier : chaque fichier reconnu, les doublons écartés, chaque ligne comptée une fois."""

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path

import pandas as pd

from pixkit.erreurs import DossierIllisible, ErreurPixkit, FichierIllisible, FichierNonPix
from pixkit.lecture.archives import est_un_classeur, feuille, xml_du_zip
from pixkit.lecture.assemblage import assembler
from pixkit.lecture.entetes import NOTE_MIN, autre_fichier, note_entete
from pixkit.lecture.envois import retenir
from pixkit.lecture.export import lire_export
from pixkit.lecture.liste import colonnes as colonnes_de_liste
from pixkit.lecture.liste import controler, lire_liste, nature_liste, proposer_colonnes, refuser_liste_inconnue
from pixkit.lecture.octets import est_du_xml, grille, octets_du_fichier
from pixkit.lecture.remplacements import Lu, remplacer
from pixkit.lecture.siecle import lire_siecle
from pixkit.memoire import PREFIXE, lire_memoire
from pixkit.tables import FUSEAU, Tables

Suivi = Callable[[int, int, str], None]
"""Appelé avant chaque fichier : (fichiers déjà lus, fichiers en tout, nom du fichier)."""

_CE_QU_ON_LIT = (
    "un export CSV de campagne, ou une liste d'élèves (SIECLE, FREGATA, CSV ou XLSX avec nom, prénom et classe).",
    "dans Pix Orga, ouvrez la campagne, puis « Exporter les résultats », et déposez ce fichier sans l'ouvrir.",
)
_IGNORES = {".py", ".md", ".pyc"}
_HORODATAGE = re.compile(r"-(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})\b")


def lire_dossier(
    dossier: str | Path,
    *,
    envois: str = "dernier",
    libelles: Mapping[str, str] | None = None,
    suivi: Suivi | None = None,
) -> Tables:
    """Lit tous les exports de campagne et toutes les listes d'élèves d'un dossier et de ses sous-dossiers.

    `envois` choisit la participation retenue quand un élève a envoyé plusieurs fois (voir `retenir`) ; `libelles`
    ajoute des noms de compétences {libellé: code}. Un fichier qui n'est ni un export ni une liste est
    écarté avec une phrase dans le journal. Lève DossierIllisible.
    """
    sources = {chemin.relative_to(dossier).as_posix(): chemin for chemin in fichiers_du_dossier(dossier)}
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
    """Comme `lire_dossier`, pour des fichiers donnés un par un {nom: chemin ou octets} (déposés dans une page).

    `colonnes` {en-tête: champ} dit ce que sont les colonnes d'une liste d'élèves inconnue (voir `CHAMPS`).
    """
    contenus: dict[bytes, Lu] = {}
    lus = []
    with _sans_ramasse_miettes():
        for rang, (fichier, source) in enumerate(sorted(sources.items())):
            if suivi:
                suivi(rang, len(sources), fichier)
            lus.append(_lire(source, fichier, contenus, libelles, colonnes or {}))
        remplacer(lus)
        return assembler(lus, envois)


@contextmanager
def _sans_ramasse_miettes() -> Iterator[None]:
    """Des millions de cellules se créent sans un seul cycle : les faire examiner coûte un dixième du temps de lecture."""
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


def fichiers_du_dossier(dossier: str | Path) -> list[Path]:
    """Les fichiers du dossier, triés ; ni fichiers cachés ou provisoires, ni code, ni notes, ni mémoires de pixkit."""
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
    ecarte = any(partie.startswith((".", "~$", PREFIXE)) for partie in parties)
    return chemin.is_file() and chemin.suffix not in _IGNORES and not ecarte


def _lire(source, fichier: str, contenus: dict[bytes, Lu], libelles: Mapping[str, str] | None, colonnes: Mapping) -> Lu:
    try:
        octets = octets_du_fichier(source)
        empreinte = blake2b(octets).digest()
        if empreinte in contenus:
            return _copie(fichier, contenus[empreinte])
        contenus[empreinte] = _reconnaitre(octets, fichier, libelles, colonnes)
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


def _reconnaitre(octets: bytes, fichier: str, libelles: Mapping[str, str] | None, colonnes: Mapping[str, str]) -> Lu:
    """Un fichier se reconnaît à son contenu : un XML ou un zip est de SIECLE, une grille est un export ou une liste."""
    if est_du_xml(octets):
        liste = lire_siecle(octets, fichier)
    elif est_un_classeur(octets):
        cellules = feuille(octets)
        if nature_liste(cellules.entete, colonnes) is None:
            refuser_liste_inconnue(cellules.entete)
            raise FichierNonPix("un classeur Excel (.xlsx) qui n'est pas une liste d'élèves.", *_CE_QU_ON_LIT)
        liste = lire_liste(cellules, fichier, colonnes)
    elif octets.startswith(b"PK"):
        liste = lire_siecle(xml_du_zip(octets), fichier)
    else:
        cellules = grille(octets, partial(_note, colonnes=colonnes), note_min=NOTE_MIN)
        if autre_fichier(cellules.entete) or nature_liste(cellules.entete, colonnes) is None:
            export = lire_export(cellules, fichier, libelles=libelles)
            return Lu(fichier, export, date_donnees=_date_donnees(fichier, export.participations))
        liste = lire_liste(cellules, fichier, colonnes)
    if liste.nature != "professeurs":
        controler(liste)
    return Lu(fichier, liste=liste, date_donnees=liste.date_liste and pd.Timestamp(liste.date_liste, tz=FUSEAU))


def listes_inconnues(dossier: str | Path, tables: Tables) -> dict[str, tuple[list[str], dict[str, str]]]:
    """{fichier: (ses en-têtes, {champ: en-tête} proposés)} pour les fichiers écartés qui pourraient être des listes d'élèves."""
    trouvees = {}
    for fichier in tables.fichiers.loc[tables.fichiers["nature"].isna(), "fichier"]:
        try:
            octets = octets_du_fichier(Path(dossier) / fichier)
            cellules = feuille(octets) if est_un_classeur(octets) else grille(octets, _pleines, note_min=3)
        except (ErreurPixkit, OSError):
            continue  # déjà dit dans le compte rendu : ce n'est pas une grille
        propositions = proposer_colonnes(cellules)
        if not autre_fichier(cellules.entete) and {"nom", "nom_prenom", "prenom"} & propositions.keys():
            trouvees[fichier] = (cellules.entete, propositions)
    return trouvees


def _pleines(cellules: list[str]) -> int:
    return sum(bool(cellule.strip()) for cellule in cellules)


def _note(cellules: list[str], colonnes: Mapping[str, str]) -> int:
    """Combien d'en-têtes connus, d'un export ou d'une liste."""
    de_liste = NOTE_MIN + len(colonnes_de_liste(cellules, colonnes)) if nature_liste(cellules, colonnes) else 0
    return max(note_entete(cellules), de_liste)


def _copie(fichier: str, original: Lu) -> Lu:
    if original.liste is not None:
        motif = f"même contenu que {original.fichier}, déjà lu"
        liste = replace(original.liste, fichier=fichier, remarques=[])
        return Lu(fichier, liste=liste, date_donnees=original.date_donnees, remplacees=dict.fromkeys(liste.numeros, motif))
    export = replace(original.export, fichier=fichier, participations=original.export.participations.assign(fichier=fichier))
    motif = f"même contenu que {original.fichier}, déjà lu"
    remplacees = dict.fromkeys(export.participations["ligne"], motif)
    return Lu(fichier, export, date_donnees=original.date_donnees, remplacees=remplacees)


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
