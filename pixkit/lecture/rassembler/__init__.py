"""Étage 1 — des fichiers lus aux tables rangées, dans les colonnes et les types de
`pixkit.tables`."""

from collections.abc import Sequence
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pixkit import tables as schema
from pixkit.lecture.formats.campagne import Export
from pixkit.lecture.formats.listes import Liste, annee_scolaire_du
from pixkit.lecture.lu import Lu
from pixkit.lecture.rassembler.eleves import rassembler
from pixkit.lecture.rassembler.envois import identifier, retenir
from pixkit.lecture.rassembler.remplacements import nommer_les_campagnes, remplacer
from pixkit.referentiel import niveau_scolaire


def assembler(lus: Sequence[Lu], envois: str) -> schema.Tables:
    """Toutes les tables d'un dossier ; `envois` : voir `retenir`."""
    exports = [lu for lu in lus if isinstance(lu, Export)]
    nommer_les_campagnes(exports)
    remplacer(exports)
    participations = _participations(exports)
    a_part = {nom: _a_part(lus, nom, types) for nom, types in schema.A_PART.items()}
    annees = (table["annee_scolaire"].dropna() for table in (participations, *a_part.values()))
    annee = max(chain.from_iterable(annees), default=None)
    listes = [lu for lu in lus if isinstance(lu, Liste) and not lu.remplacees]
    eleves = _conformer(rassembler(listes, annee), schema.ELEVES)
    participations["eleve"] = _reconnaitre(participations, eleves, exports)
    journal = [ligne for lu in lus for ligne in lu.journal()]
    return schema.Tables(
        participations=retenir(participations, envois),
        resultats=_resultats(exports),
        journal=_conformer(journal, schema.JOURNAL),
        fichiers=_conformer([lu.resume() for lu in lus], schema.FICHIERS),
        badges=_badges(exports),
        eleves=eleves,
        **a_part,
        _deplier_acquis=partial(_acquis, exports),
    )


def _a_part(lus: Sequence[Lu], nom: str, types: dict[str, str]) -> pd.DataFrame:
    """Une table que chaque fichier remplit seul, du fichier le plus ancien au plus récent."""
    siens = [lu for lu in lus if nom in lu.rangees() and not lu.remplacees]
    siens.sort(key=lambda lu: lu.date_donnees or pd.Timestamp(0, tz=schema.FUSEAU))
    lignes = [ligne for lu in siens for ligne in lu.rangees()[nom].to_dict("records")]
    return _conformer(lignes, types)


def _participations(exports: list[Export]) -> pd.DataFrame:
    """Les lignes gardées des exports, sans leur élève."""
    tables = [export.participations[export.gardees] for export in exports]
    vide = _conformer({}, schema.PARTICIPATIONS)
    brutes = pd.concat(tables, ignore_index=True) if tables else vide
    lieux = brutes["classe"].fillna(brutes["groupe"])
    brutes["niveau_scolaire"] = lieux.map(niveau_scolaire, na_action="ignore")
    participations = _conformer(brutes, schema.PARTICIPATIONS)
    participations["annee_scolaire"] = _annee_scolaire(participations).astype("str")
    return participations


def _reconnaitre(
    participations: pd.DataFrame, eleves: pd.DataFrame, exports: list[Export]
) -> pd.Series:
    """L'élève de chaque participation ; chaque export note ce qui a été réuni ou séparé."""
    cles, motifs = identifier(participations, eleves)
    par_fichier = {export.fichier: export for export in exports}
    for rang, motif in motifs.items():
        fichier, ligne = participations.loc[rang, schema.PARTICIPATION]
        par_fichier[fichier].noter(ligne, motif)
    return cles


def _conformer(lignes, types: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(lignes, columns=list(types))
    if table.empty:
        return _vide(tuple(types.items())).copy()
    return _typer(table, types)


@cache
def _vide(types: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Une table sans ligne : un dossier en a souvent, et les typer coûte autant."""
    return _typer(pd.DataFrame(columns=[nom for nom, _ in types]), dict(types))


def _typer(table: pd.DataFrame, types: dict[str, str]) -> pd.DataFrame:
    for nom, genre in types.items():
        if genre == schema.INSTANT:
            instants = pd.to_datetime(table[nom], utc=True).astype("datetime64[us, UTC]")
            table[nom] = instants.dt.tz_convert(schema.FUSEAU)
        elif genre == schema.JOUR:
            table[nom] = pd.to_datetime(table[nom]).astype(schema.JOUR)
    autres = {nom: genre for nom, genre in types.items() if not genre.startswith("datetime")}
    return table.astype(autres)


def _annee_scolaire(participations: pd.DataFrame) -> pd.Series:
    dates = participations["date_debut"].fillna(participations["date_envoi"])
    return dates.map(annee_scolaire_du, na_action="ignore")


def _resultats(exports: list[Export]) -> pd.DataFrame:
    morceaux = []
    for export in exports:
        lues = ~np.isnan(next(iter(export.mesures.values()))) & export.gardees[:, None]
        lignes, places = np.nonzero(lues)
        mesures = {nom: tableau[lues] for nom, tableau in export.mesures.items()}
        competences = {"competence": _categorie(places, export.competences)}
        morceaux.append(_places(export, lignes) | competences | mesures)
    return _empiler(morceaux, schema.RESULTATS)


def _acquis(exports: list[Export]) -> pd.DataFrame:
    morceaux = []
    for export in exports:
        lignes, places = np.nonzero((export.etats >= 0) & export.gardees[:, None])
        noms = {"competence": list(export.acquis.values()), "acquis": list(export.acquis)}
        categories = {nom: _categorie(places, textes) for nom, textes in noms.items()}
        etats = {"etat": _categorie(export.etats[lignes, places], schema.ETATS_ACQUIS)}
        morceaux.append(_places(export, lignes) | categories | etats)
    return _empiler(morceaux, schema.ACQUIS)


def _places(export: Export, lignes: np.ndarray) -> dict[str, Any]:
    return {
        "fichier": _categorie(np.zeros(len(lignes), dtype=np.int8), [export.fichier]),
        "ligne": export.participations["ligne"].to_numpy()[lignes],
    }


def _categorie(places: np.ndarray, noms: Sequence[str | None]) -> pd.Categorical:
    """Des noms répétés, sans les écrire un par un : des millions d'acquis tiennent en quelques
    dizaines de textes."""
    distincts = pd.Index(sorted({nom for nom in noms if nom is not None}), dtype="str")
    rangs = distincts.get_indexer(pd.Index(noms, dtype="str")).astype(np.int16)
    return pd.Categorical.from_codes(rangs[places], distincts)


def _empiler(morceaux: list[dict[str, Any]], types: dict[str, str]) -> pd.DataFrame:
    """Les morceaux bout à bout ; une table vide quand il n'y en a pas."""
    colonnes: dict[str, Any] = {}
    for nom, genre in types.items():
        parties = [morceau.get(nom, np.full(len(morceau["ligne"]), np.nan)) for morceau in morceaux]
        if not parties:
            colonnes[nom] = pd.Series([], dtype=genre)
        elif genre == schema.CATEGORIE:
            colonnes[nom] = union_categoricals(parties, sort_categories=True)
        else:
            colonnes[nom] = pd.array(np.concatenate(parties), dtype=genre)
    return pd.DataFrame(colonnes)


def _badges(exports: list[Export]) -> pd.DataFrame:
    lignes = [
        (export.fichier, ligne, badge, obtenu)
        for export in exports
        for badge, colonne in export.badges.items()
        for ligne, obtenu, gardee in zip(
            export.participations["ligne"], colonne, export.gardees, strict=True
        )
        if gardee and obtenu is not None
    ]
    return _conformer(lignes, schema.BADGES)
