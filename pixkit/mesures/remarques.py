"""Étage 2 — ce qu'il faut dire d'un suivi : ce qui a été supposé, et pourquoi personne n'est
attendu."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import pandas as pd

from pixkit.charte import accord, enumerer
from pixkit.mesures.retenus import SANS_CLASSE
from pixkit.mesures.suivi import est_de_rentree
from pixkit.referentiel import normaliser, rang_niveau
from pixkit.tables import Tables

_OU_LE_DIRE = "dites-le page « Relances », « À qui s'adresse cette campagne ? »."
_ATTENDUES = (
    "La classe {} est attendue, car certains de ses élèves ont",
    "Les classes {} sont attendues, car certains de leurs élèves ont",
)
_HORS_PERIMETRE = (
    "La classe {} est hors périmètre, car personne n'y a",
    "Les classes {} sont hors périmètre, car personne n'y a",
)


def remarques_du_suivi(
    tables: Tables, suivi: pd.DataFrame, *, perimetres: Mapping[str, Iterable[str]] | None = None
) -> list[str]:
    """Les phrases à montrer avec un suivi. `perimetres` {campagne: classes} : ce qu'une personne a
    choisi."""
    perimetres = perimetres or {}
    return [
        *_classes_prises(tables, suivi),
        *_niveaux_inconnus(tables, suivi, perimetres),
        *_perimetres_inconnus(tables, suivi, perimetres),
        *_personne(tables, suivi),
    ]


def _classes_prises(tables: Tables, suivi: pd.DataFrame) -> Iterator[str]:
    muettes = tables.eleves[tables.eleves["classe"].isna() & tables.eleves["groupes"].isna()]
    placees = suivi[
        suivi["eleve"].isin(muettes["eleve"]) & (suivi["classe"] != SANS_CLASSE)
    ].drop_duplicates("eleve")
    comptes = placees["classe"].value_counts()
    if len(comptes):
        dites = enumerer(
            [f"{classe} ({accord(nombre, 'élève')})" for classe, nombre in comptes.items()]
        )
        yield f"La liste ne dit pas la classe : elle est prise dans les exports, {dites}."


def _niveaux_inconnus(
    tables: Tables, suivi: pd.DataFrame, perimetres: Collection[str]
) -> Iterator[str]:
    """Les classes dont le nom ne dit pas le niveau : attendues si des élèves ont commencé, hors
    périmètre sinon."""
    participations = tables.participations
    rentrees = set(participations.loc[est_de_rentree(participations), "campagne"])
    sans_niveau = suivi[
        suivi["campagne"].isin(rentrees - set(perimetres))
        & suivi["niveau_scolaire"].isna()
        & (suivi["classe"] != SANS_CLASSE)
    ]
    attendues = set(sans_niveau.loc[sans_niveau["etat"] != "hors_perimetre", "classe"])
    autres = set(sans_niveau["classe"]) - attendues
    for classes, phrases in ((attendues, _ATTENDUES), (autres, _HORS_PERIMETRE)):
        if classes:
            noms = enumerer(sorted(classes, key=rang_niveau))
            yield (
                f"{phrases[len(classes) > 1].format(noms)} commencé : un nom qui ne dit pas le "
                f"niveau. Si ce n'est pas le cas, {_OU_LE_DIRE}"
            )


def _perimetres_inconnus(
    tables: Tables, suivi: pd.DataFrame, perimetres: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    """Une classe ou un code de `pixkit_perimetres.csv` que rien ne connaît."""
    codes = set(tables.participations["campagne"].dropna())
    classes = set(suivi["classe"].dropna().map(normaliser))
    inconnus = [code for code in perimetres if code not in codes]
    citees = {c for code in codes & set(perimetres) for c in perimetres[code]}
    inconnues = sorted(c for c in citees if normaliser(c) not in classes)
    dites = [
        *(f"la campagne « {code} »" for code in inconnus),
        *(f"la classe « {classe} »" for classe in inconnues),
    ]
    if dites and len(suivi):
        yield (
            f"Trouvé : dans « pixkit_perimetres.csv », {enumerer(dites)}. Attendu : un code et "
            f"une classe qui existent. À faire : corrigez-les dans ce fichier, ou {_OU_LE_DIRE}"
        )


def _personne(tables: Tables, suivi: pd.DataFrame) -> Iterator[str]:
    if len(suivi) or tables.eleves.empty:
        return
    if tables.participations.empty:
        yield (
            "Trouvé : une liste d'élèves, et pas une participation. Attendu : au moins un export "
            "de campagne avec des élèves. À faire : ajoutez-le, ou attendez que les premiers "
            "élèves commencent et refaites l'export."
        )
        return
    annees = [
        sorted(table["annee_scolaire"].dropna().unique())
        for table in (tables.eleves, tables.participations)
    ]
    if all(annees) and not set(annees[0]) & set(annees[1]):
        liste, campagnes = map(enumerer, annees)
        yield (
            f"Trouvé : une liste d'élèves de {liste} et des campagnes de {campagnes}. Attendu : "
            "la liste de la même année. À faire : ajoutez-la au dossier ; sans elle, on ne sait "
            "pas qui est attendu."
        )
    else:
        etablissements = enumerer(sorted(tables.participations["organisation"].dropna().unique()))
        yield (
            "Trouvé : une liste d'élèves où ne figure presque aucun des noms des exports. "
            f"Attendu : la liste de l'établissement de ces campagnes ({etablissements}). À faire "
            ": remplacez-la ; sans elle, on ne sait pas qui est attendu."
        )
