"""Étage 1 — des exports lus aux tables rangées, dans les colonnes et les types de `pixkit.tables`."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pixkit.lecture.eleves import rassembler
from pixkit.lecture.envois import identifier, retenir
from pixkit.lecture.export import Export
from pixkit.lecture.remplacements import Lu, exports_lus
from pixkit.referentiel import niveau_scolaire
from pixkit.tables import (
    ACQUIS,
    BADGES,
    CATEGORIE,
    ELEVES,
    ETATS_ACQUIS,
    FICHIERS,
    FUSEAU,
    INSTANT,
    JOUR,
    JOURNAL,
    PARTICIPATIONS,
    RESULTATS,
    Tables,
)


def assembler(lus: list[Lu], envois: str) -> Tables:
    exports = [lu.export for lu in exports_lus(lus)]
    gardees = [~lu.export.participations["ligne"].isin(lu.remplacees).to_numpy() for lu in exports_lus(lus)]
    tables = [export.participations[garde] for export, garde in zip(exports, gardees, strict=True)]
    brutes = pd.concat(tables, ignore_index=True) if tables else _conformer({}, PARTICIPATIONS)
    brutes["eleve"], homonymes = identifier(brutes)
    brutes["niveau_scolaire"] = brutes["classe"].fillna(brutes["groupe"]).map(niveau_scolaire, na_action="ignore")
    participations = _conformer(brutes, PARTICIPATIONS)
    participations["annee_scolaire"] = _annee_scolaire(participations).astype("str")
    participations = retenir(participations, envois)
    notes = {(participations.at[rang, "fichier"], participations.at[rang, "ligne"]): motif for rang, motif in homonymes.items()}
    annees = participations["annee_scolaire"].dropna()
    listes = [lu.liste for lu in lus if lu.liste is not None and not lu.remplacees]
    journal = _journal(lus, notes)
    return Tables(
        participations=participations,
        resultats=_resultats(exports, gardees),
        journal=journal,
        fichiers=_fichiers(lus, journal),
        badges=_badges(exports, gardees),
        eleves=_conformer(pd.DataFrame(rassembler(listes, max(annees, default=None)), columns=list(ELEVES)), ELEVES),
        _deplier_acquis=partial(_acquis, exports, gardees),
    )


def _conformer(table, schema: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(table, columns=list(schema))
    return table.astype({nom: genre for nom, genre in schema.items() if not genre.startswith("datetime")}).assign(
        **{
            nom: pd.to_datetime(table[nom], utc=True).astype("datetime64[us, UTC]").dt.tz_convert(FUSEAU)
            for nom, genre in schema.items()
            if genre == INSTANT
        },
        **{nom: pd.to_datetime(table[nom]).astype(JOUR) for nom, genre in schema.items() if genre == JOUR},
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


def _journal(lus: list[Lu], notes: dict[tuple[str, int], str]) -> pd.DataFrame:
    lignes = []
    for lu in lus:
        if lu.liste is not None:
            sorts = {numero: ("lue", lu.liste.motifs.get(numero)) for numero in lu.liste.numeros}
            sorts |= {numero: ("remplacee", motif) for numero, motif in lu.remplacees.items()}
            sorts |= {numero: ("rejetee", motif) for numero, motif in lu.liste.rejets}
            lignes += [(lu.fichier, numero, *sorts[numero]) for numero in sorted(sorts)]
            continue
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


def _fichiers(lus: list[Lu], journal: pd.DataFrame) -> pd.DataFrame:
    lignes = journal.dropna(subset="ligne")
    comptes = lignes.groupby(["fichier", "sort"]).size().unstack(fill_value=0)
    comptes = comptes.reindex([lu.fichier for lu in lus], columns=["lue", "remplacee", "rejetee"], fill_value=0)
    table = pd.DataFrame(
        [
            {
                "fichier": lu.fichier,
                "nature": lu.export.type_campagne if lu.export else lu.liste and lu.liste.nature,
                "campagne": _seul(lu, "campagne"),
                "nom_campagne": _seul(lu, "nom_campagne"),
                "nb_lues": comptes.at[lu.fichier, "lue"],
                "nb_remplacees": comptes.at[lu.fichier, "remplacee"],
                "nb_rejetees": comptes.at[lu.fichier, "rejetee"] - len(lu.export.inconnues if lu.export else []),
                "date_donnees": lu.date_donnees,
                "remarques": lu.erreur or "\n".join((lu.export or lu.liste).remarques),
            }
            for lu in lus
        ],
        columns=list(FICHIERS),
    )
    table["nb_lignes"] = table[["nb_lues", "nb_remplacees", "nb_rejetees"]].sum(axis=1)
    return _conformer(table, FICHIERS)


def _seul(lu: Lu, colonne: str) -> str | None:
    if lu.export is None:
        return None
    return ", ".join(lu.export.participations[colonne].dropna().unique()) or None
