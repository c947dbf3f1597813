"""Étage 1 — des fichiers lus aux tables rangées, dans les colonnes et les types de
`pixkit.tables`."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

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
    annees = (t["annee_scolaire"].dropna().unique() for t in (participations, *a_part.values()))
    annee = max(chain.from_iterable(annees), default=None)
    listes = [lu for lu in lus if isinstance(lu, Liste) and not lu.remplacees]
    eleves = _conformer(rassembler(listes, annee), schema.ELEVES)
    participations["eleve"] = _reconnaitre(participations, eleves, exports)
    journal = zip(*chain.from_iterable(lu.journal() for lu in lus), strict=True)
    return schema.Tables(
        participations=retenir(participations, envois),
        resultats=_resultats(exports),
        journal=_ranger(dict(zip(schema.JOURNAL, journal, strict=False)), schema.JOURNAL),
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
    morceaux = []
    for export in exports:
        siennes, gardees = export.participations, export.gardees
        lieux = zip(siennes["classe"], siennes["groupe"], strict=True)
        niveaux = [niveau_scolaire(classe or groupe) for classe, groupe in lieux]
        siennes = siennes | {"niveau_scolaire": np.array(niveaux, dtype=object)}
        morceaux.append({nom: colonne[gardees] for nom, colonne in siennes.items()})
    participations = _empiler(morceaux, schema.PARTICIPATIONS)
    participations["annee_scolaire"] = _annee_scolaire(participations).astype("str")
    return participations


def _reconnaitre(
    participations: pd.DataFrame, eleves: pd.DataFrame, exports: list[Export]
) -> pd.Series:
    """L'élève de chaque participation ; chaque export note ce qui a été réuni ou séparé."""
    cles, motifs = identifier(participations, eleves)
    par_fichier = {export.fichier: export for export in exports}
    concernees = participations.loc[list(motifs), schema.PARTICIPATION].itertuples(index=False)
    for (fichier, ligne), motif in zip(concernees, motifs.values(), strict=True):
        par_fichier[fichier].noter(ligne, motif)
    return cles


def _conformer(lignes: Sequence[Mapping[str, Any]], types: dict[str, str]) -> pd.DataFrame:
    if not lignes:
        return _vide(tuple(types.items())).copy()
    return _ranger({nom: [ligne.get(nom) for ligne in lignes] for nom in types}, types)


@cache
def _vide(types: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Une table sans ligne : un dossier en a souvent, et les typer coûte autant."""
    return _ranger({}, dict(types))


def _ranger(colonnes: Mapping[str, Sequence], types: dict[str, str]) -> pd.DataFrame:
    """Une table dans les colonnes et les types du schéma, chacune typée une seule fois."""
    typees = {nom: _typer(colonnes.get(nom, []), genre) for nom, genre in types.items()}
    return pd.DataFrame(typees, copy=False)


def _typer(colonne: Sequence, genre: str) -> Any:
    if genre == schema.INSTANT:
        instants = pd.to_datetime(colonne, utc=True).astype("datetime64[us, UTC]")
        return instants.tz_convert(schema.FUSEAU)
    if genre == schema.JOUR:
        return pd.to_datetime(colonne).astype(schema.JOUR)
    return pd.array(colonne, dtype=genre)


def _annee_scolaire(participations: pd.DataFrame) -> pd.Series:
    dates = participations["date_debut"].fillna(participations["date_envoi"])
    return dates.dt.date.map(annee_scolaire_du, na_action="ignore")


class Repetes(NamedTuple):
    """Une colonne de textes qui se répètent : celui de la ligne i est `textes[rangs[i]]`."""

    textes: Sequence[str | None]
    rangs: np.ndarray


def _resultats(exports: list[Export]) -> pd.DataFrame:
    morceaux = []
    for export in exports:
        lues = ~np.isnan(next(iter(export.mesures.values()))) & export.gardees[:, None]
        lignes, places = np.nonzero(lues)
        mesures = {nom: tableau[lues] for nom, tableau in export.mesures.items()}
        competences = {"competence": Repetes(export.competences, places)}
        morceaux.append(_places(export, lignes) | competences | mesures)
    return _empiler(morceaux, schema.RESULTATS)


def _acquis(exports: list[Export]) -> pd.DataFrame:
    morceaux = []
    for export in exports:
        lignes, places = np.nonzero((export.etats >= 0) & export.gardees[:, None])
        textes = {
            "competence": Repetes(list(export.acquis.values()), places),
            "acquis": Repetes(list(export.acquis), places),
            "etat": Repetes(schema.ETATS_ACQUIS, export.etats[lignes, places]),
        }
        morceaux.append(_places(export, lignes) | textes)
    return _empiler(morceaux, schema.ACQUIS)


def _badges(exports: list[Export]) -> pd.DataFrame:
    morceaux = []
    for export in exports:
        lignes = export.participations["ligne"]
        for badge, obtenu in export.badges.items():
            lues = export.gardees & np.not_equal(obtenu, None).astype(bool)
            textes = {"fichier": export.fichier, "badge": badge}
            textes = {nom: np.full(lues.sum(), texte, object) for nom, texte in textes.items()}
            morceaux.append(textes | {"ligne": lignes[lues], "obtenu": obtenu[lues]})
    return _empiler(morceaux, schema.BADGES)


def _places(export: Export, lignes: np.ndarray) -> dict[str, Any]:
    return {
        "fichier": Repetes([export.fichier], np.zeros(len(lignes), dtype=np.int8)),
        "ligne": export.participations["ligne"][lignes],
    }


def _empiler(morceaux: list[dict[str, Any]], types: dict[str, str]) -> pd.DataFrame:
    """Les morceaux bout à bout ; une table vide quand il n'y en a pas."""
    if not morceaux:
        return _vide(tuple(types.items())).copy()
    colonnes: dict[str, Any] = {}
    for nom, genre in types.items():
        parties = [m[nom] if nom in m else np.full(len(m["ligne"]), np.nan) for m in morceaux]
        empiler = _categorie if genre == schema.CATEGORIE else np.concatenate
        colonnes[nom] = empiler(parties)
    return _ranger(colonnes, types)


def _categorie(parties: list[Repetes]) -> pd.Categorical:
    """Des textes répétés, sans les écrire un par un : des millions d'acquis tiennent en quelques
    dizaines de textes."""
    distincts = sorted({t for partie in parties for t in partie.textes if t is not None})
    codes = {texte: code for code, texte in enumerate(distincts)} | {None: -1}
    rangs = [np.array([codes[t] for t in p.textes], dtype=np.int32)[p.rangs] for p in parties]
    return pd.Categorical.from_codes(np.concatenate(rangs), pd.Index(distincts, dtype="str"))
