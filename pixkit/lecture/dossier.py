"""Étage 1 — un dossier entier : chaque fichier reconnu, les doublons écartés, chaque ligne comptée une fois."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pixkit.erreurs import DossierIllisible, ErreurPixkit, FichierIllisible
from pixkit.lecture.envois import identifier, retenir
from pixkit.lecture.export import Export, lire_export
from pixkit.lecture.octets import octets_du_fichier
from pixkit.referentiel import niveau_scolaire, normaliser
from pixkit.tables import (
    ACQUIS,
    BADGES,
    CATEGORIE,
    ETATS_ACQUIS,
    FICHIERS,
    FUSEAU,
    JOURNAL,
    PARTICIPATIONS,
    RESULTATS,
    Tables,
)

Suivi = Callable[[int, int, str], None]
"""Appelé avant chaque fichier : (fichiers déjà lus, fichiers en tout, nom du fichier)."""

_IGNORES = {".py", ".md", ".pyc"}
_HORODATAGE = re.compile(r"-(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})\b")


@dataclass
class _Lu:
    """Ce qu'on sait d'un fichier : son export ou l'erreur qui l'écarte, et ses lignes remplacées {ligne: motif}."""

    fichier: str
    export: Export | None = None
    erreur: str | None = None
    date_donnees: pd.Timestamp | None = None
    remplacees: dict[int, str] = field(default_factory=dict)


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
    contenus: dict[bytes, _Lu] = {}
    lus = []
    for rang, (fichier, source) in enumerate(sorted(sources.items())):
        if suivi:
            suivi(rang, len(sources), fichier)
        lus.append(_lire(source, fichier, contenus, libelles))
    _remplacer(lus)
    return _assembler(lus, envois)


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


def _lire(source: Path | bytes, fichier: str, contenus: dict[bytes, _Lu], libelles: Mapping[str, str] | None) -> _Lu:
    try:
        octets = octets_du_fichier(source)
        empreinte = blake2b(octets).digest()
        if empreinte in contenus:
            return _copie(fichier, contenus[empreinte])
        export = lire_export(octets, fichier, libelles=libelles)
        contenus[empreinte] = _Lu(fichier, export, date_donnees=_date_donnees(fichier, export.participations))
        return contenus[empreinte]
    except ErreurPixkit as erreur:
        return _Lu(fichier, erreur=str(erreur))
    except OSError as erreur:
        refus = FichierIllisible(
            f"un fichier qui ne s'ouvre pas ({erreur.strerror}).",
            "un fichier que vous avez le droit de lire.",
            "fermez-le s'il est ouvert ailleurs, ou refaites l'export.",
        )
        return _Lu(fichier, erreur=str(refus))


def _copie(fichier: str, original: _Lu) -> _Lu:
    export = replace(original.export, fichier=fichier, participations=original.export.participations.assign(fichier=fichier))
    motif = f"même contenu que {original.fichier}, déjà lu"
    return _Lu(fichier, export, None, original.date_donnees, dict.fromkeys(export.participations["ligne"], motif))


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


def _remplacer(lus: list[_Lu]) -> None:
    """Quand plusieurs exports d'une campagne se recouvrent, le plus récent remplace les autres.

    Des exports d'une même campagne sans élèves communs (découpés par classe à la main) se complètent : on les garde.
    """
    codes = {}
    for lu in _exports(lus):
        vus = lu.export.participations[["id_campagne", "campagne"]].dropna().drop_duplicates()
        codes |= dict(vus.itertuples(index=False))
    morceaux: dict[str, list[tuple[_Lu, pd.DataFrame]]] = {}
    for lu in _exports(lus):
        participations = lu.export.participations
        participations["campagne"] = participations["campagne"].fillna(participations["id_campagne"].map(codes))
        participations["campagne"] = participations["campagne"].fillna(participations["id_campagne"])
        _ecarter_repetitions(lu)
        for code, morceau in participations[~participations["ligne"].isin(lu.remplacees)].groupby("campagne"):
            morceaux.setdefault(code, []).append((lu, morceau))
    for rivaux in morceaux.values():
        rivaux.sort(
            key=lambda rival: (
                rival[0].date_donnees or pd.Timestamp.min.tz_localize("UTC"),
                len(rival[1]),
                rival[0].fichier,
            )
        )
        gardes: dict[tuple, str] = {}
        while len(rivaux) > 1 or (rivaux and gardes):
            lu, morceau = rivaux.pop()
            _ceder_la_place(lu, morceau, gardes)


def _exports(lus: list[_Lu]) -> Iterator[_Lu]:
    return (lu for lu in lus if lu.export is not None)


def _personnes(morceau: pd.DataFrame) -> list[tuple]:
    return list(zip(morceau["nom"].fillna("").map(normaliser), morceau["prenom"].fillna("").map(normaliser), strict=True))


def _ceder_la_place(lu: _Lu, morceau: pd.DataFrame, gardes: dict[tuple, str]) -> None:
    personnes = _personnes(morceau)
    communes = [gardes[personne] for personne in personnes if personne in gardes]
    if 2 * len(communes) < len(personnes):
        gardes.update(dict.fromkeys(personnes, lu.fichier))
        return
    for ligne, personne in zip(morceau["ligne"], personnes, strict=True):
        recent = gardes.get(personne, communes[0])
        suite = "" if personne in gardes else ", où cette participation n'est plus"
        lu.remplacees[ligne] = f"remplacée par un export plus récent de la campagne, {recent}{suite}"


def _ecarter_repetitions(lu: _Lu) -> None:
    """Deux lignes identiques à la minute près sont la même participation recopiée ; au jour près, on ne peut le dire."""
    participations, mesures = lu.export.participations, lu.export.mesures
    if not participations.duplicated(["nom", "prenom", "date_debut"]).any():
        return  # presque toujours ; comparer toutes les colonnes coûte
    contenu = participations.drop(columns="ligne").assign(
        **{f"{nom}{place}": colonne for nom, tableau in mesures.items() for place, colonne in enumerate(tableau.T)}
    )
    repetees = contenu.duplicated() & (participations["precision_dates"] == "minute") & participations["date_debut"].notna()
    for ligne in participations.loc[repetees, "ligne"]:
        lu.remplacees.setdefault(ligne, "ligne recopiée : la même figure plus haut dans le fichier")


def _assembler(lus: list[_Lu], envois: str) -> Tables:
    exports = [lu.export for lu in _exports(lus)]
    gardees = [~lu.export.participations["ligne"].isin(lu.remplacees).to_numpy() for lu in _exports(lus)]
    tables = [export.participations[garde] for export, garde in zip(exports, gardees, strict=True)]
    brutes = pd.concat(tables, ignore_index=True) if tables else _conformer({}, PARTICIPATIONS)
    brutes["eleve"], homonymes = identifier(brutes)
    brutes["niveau_scolaire"] = brutes["classe"].fillna(brutes["groupe"]).map(niveau_scolaire, na_action="ignore")
    participations = _conformer(brutes, PARTICIPATIONS)
    participations["annee_scolaire"] = _annee_scolaire(participations).astype("str")
    participations = retenir(participations, envois)
    notes = {(participations.at[rang, "fichier"], participations.at[rang, "ligne"]): motif for rang, motif in homonymes.items()}
    journal = _journal(lus, notes)
    return Tables(
        participations=participations,
        resultats=_resultats(exports, gardees),
        journal=journal,
        fichiers=_fichiers(lus, journal),
        badges=_badges(exports, gardees),
        _deplier_acquis=partial(_acquis, exports, gardees),
    )


def _conformer(table, schema: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(table, columns=list(schema))
    return table.astype({nom: genre for nom, genre in schema.items() if not genre.startswith("datetime")}).assign(
        **{
            nom: pd.to_datetime(table[nom], utc=True).astype("datetime64[us, UTC]").dt.tz_convert(FUSEAU)
            for nom, genre in schema.items()
            if genre.startswith("datetime")
        }
    )[list(schema)]


def _annee_scolaire(participations: pd.DataFrame) -> pd.Series:
    dates = participations["date_debut"].fillna(participations["date_envoi"])
    rentree = dates.dt.year - (dates.dt.month < 8)
    return rentree.map(lambda an: f"{an:.0f}-{an + 1:.0f}", na_action="ignore")


def _resultats(exports: list[Export], gardees: list[np.ndarray]) -> pd.DataFrame:
    morceaux = []
    for export, garde in zip(exports, gardees, strict=True):
        lues = ~np.isnan(next(iter(export.mesures.values()))) & garde[:, None]
        lignes, places = np.nonzero(lues)
        morceaux.append(
            {
                "fichier": _categorie(np.zeros(len(lignes), dtype=np.int8), [export.fichier]),
                "ligne": export.participations["ligne"].to_numpy()[lignes],
                "competence": _categorie(places, export.competences),
            }
            | {nom: tableau[lues] for nom, tableau in export.mesures.items()}
        )
    return _empiler(morceaux, RESULTATS)


def _acquis(exports: list[Export], gardees: list[np.ndarray]) -> pd.DataFrame:
    morceaux = []
    for export, garde in zip(exports, gardees, strict=True):
        lignes, places = np.nonzero((export.etats >= 0) & garde[:, None])
        morceaux.append(
            {
                "fichier": _categorie(np.zeros(len(lignes), dtype=np.int8), [export.fichier]),
                "ligne": export.participations["ligne"].to_numpy()[lignes],
                "competence": _categorie(places, list(export.acquis.values())),
                "acquis": _categorie(places, list(export.acquis)),
                "etat": _categorie(export.etats[lignes, places], ETATS_ACQUIS),
            }
        )
    return _empiler(morceaux, ACQUIS)


def _categorie(places: np.ndarray, noms: Sequence[str | None]) -> pd.Categorical:
    """Des noms répétés, sans les écrire un par un : des millions d'acquis tiennent en quelques dizaines de textes."""
    distincts = pd.Index(sorted({nom for nom in noms if nom is not None}), dtype="str")
    rangs = np.array([distincts.get_loc(nom) if nom is not None else -1 for nom in noms], dtype=np.int16)
    return pd.Categorical.from_codes(rangs[places], distincts)


def _empiler(morceaux: list[dict[str, Any]], schema: dict[str, str]) -> pd.DataFrame:
    """Les morceaux bout à bout ; une table vide quand il n'y en a pas."""
    colonnes: dict[str, Any] = {}
    for nom, genre in schema.items():
        parties = [morceau.get(nom, np.full(len(morceau["ligne"]), np.nan)) for morceau in morceaux]
        if not parties:
            colonnes[nom] = pd.Series([], dtype=genre)
        elif genre == CATEGORIE:
            colonnes[nom] = union_categoricals(parties, sort_categories=True)
        else:
            colonnes[nom] = pd.array(np.concatenate(parties), dtype=genre)
    return pd.DataFrame(colonnes)


def _badges(exports: list[Export], gardees: list[np.ndarray]) -> pd.DataFrame:
    lignes = [
        (export.fichier, ligne, badge, obtenu)
        for export, garde in zip(exports, gardees, strict=True)
        for badge, colonne in export.badges.items()
        for ligne, obtenu, gardee in zip(export.participations["ligne"], colonne, garde, strict=True)
        if gardee and obtenu is not None
    ]
    return _conformer(pd.DataFrame(lignes, columns=list(BADGES)), BADGES)


def _journal(lus: list[_Lu], notes: dict[tuple[str, int], str]) -> pd.DataFrame:
    lignes = []
    for lu in lus:
        if lu.export is None:
            lignes.append((lu.fichier, None, "rejetee", lu.erreur))
            continue
        sorts = dict.fromkeys(lu.export.participations["ligne"], ("lue", None))
        for ligne, motif in lu.export.motifs.items():
            sorts[ligne] = ("lue", motif)
        for ligne in sorts:
            if (lu.fichier, ligne) in notes:
                motif = sorts[ligne][1]
                sorts[ligne] = ("lue", f"{motif} ; {notes[lu.fichier, ligne]}" if motif else notes[lu.fichier, ligne])
        sorts |= {ligne: ("remplacee", motif) for ligne, motif in lu.remplacees.items()}
        sorts |= {ligne: ("rejetee", motif) for ligne, motif in lu.export.rejets}
        lignes += [(lu.fichier, lu.export.ligne_entete, "rejetee", _colonne_ecartee(nom)) for nom in lu.export.inconnues]
        lignes += [(lu.fichier, ligne, *sorts[ligne]) for ligne in sorted(sorts)]
    return _conformer(pd.DataFrame(lignes, columns=list(JOURNAL)), JOURNAL)


def _colonne_ecartee(nom: str) -> str:
    return (
        f"Trouvé : {nom}, inconnue du référentiel. Attendu : une des 16 compétences ou un des 5 domaines. "
        "À faire : ses colonnes sont mises de côté ; ajoutez ce libellé avec `libelles={…}` si vous en connaissez le code."
    )


def _fichiers(lus: list[_Lu], journal: pd.DataFrame) -> pd.DataFrame:
    lignes = journal.dropna(subset="ligne")
    comptes = lignes.groupby(["fichier", "sort"]).size().unstack(fill_value=0)
    comptes = comptes.reindex([lu.fichier for lu in lus], columns=["lue", "remplacee", "rejetee"], fill_value=0)
    table = pd.DataFrame(
        [
            {
                "fichier": lu.fichier,
                "type_campagne": lu.export and lu.export.type_campagne,
                "campagne": _seul(lu, "campagne"),
                "nom_campagne": _seul(lu, "nom_campagne"),
                "nb_lues": comptes.at[lu.fichier, "lue"],
                "nb_remplacees": comptes.at[lu.fichier, "remplacee"],
                "nb_rejetees": comptes.at[lu.fichier, "rejetee"] - len(lu.export.inconnues if lu.export else []),
                "date_donnees": lu.date_donnees,
                "remarques": lu.erreur or "\n".join(lu.export.remarques),
            }
            for lu in lus
        ],
        columns=list(FICHIERS),
    )
    table["nb_lignes"] = table[["nb_lues", "nb_remplacees", "nb_rejetees"]].sum(axis=1)
    return _conformer(table, FICHIERS)


def _seul(lu: _Lu, colonne: str) -> str | None:
    if lu.export is None:
        return None
    return ", ".join(lu.export.participations[colonne].dropna().unique()) or None
