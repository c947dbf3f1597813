"""Étage 2 — ce sur quoi les mesures portent : un résultat par élève, campagne et compétence."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import pandas as pd

from pixkit.appariement import Appariement
from pixkit.charte import enumerer
from pixkit.erreurs import ChoixInconnu, ComparaisonImpossible
from pixkit.grandeurs import CERTIFICATION, NIVEAU, TAUX, Mesure
from pixkit.referentiel import domaine_de
from pixkit.tables import LIENS_FERMES, PARTICIPATION, Tables

SANS_CLASSE = "sans classe"
SANS_NIVEAU = "sans niveau"
_TYPES = {
    "evaluation": ("des évaluations", TAUX),
    "collecte": ("des collectes de profils", NIVEAU),
    "certification": ("des certifications", CERTIFICATION),
}
_CLASSE = nw.coalesce("classe", "groupe", nw.lit(SANS_CLASSE))
MESURES_DES_TYPES = {genre: mesure for genre, (_, mesure) in _TYPES.items()}
_DE_LA_PARTICIPATION = [
    *PARTICIPATION,
    "eleve",
    "organisation",
    "annee_scolaire",
    "campagne",
    "nom_campagne",
    "type_campagne",
    "classe",
    "niveau_scolaire",
    "groupe",
    "parcours_evalue",
    "date_envoi",
]


def resultats_retenus(tables: Tables, liens: Appariement | None = None) -> pd.DataFrame:
    """Une ligne par élève × campagne × compétence : l'envoi retenu, compte non supprimé, avec
    classe et domaine.

    `classe` vaut le groupe là où il n'y a pas de classe (enseignement supérieur), sinon « sans
    classe ». Avec `liens` (voir `apparier`), `eleve` est celui de la liste quand le nom lui est
    relié : il se suit d'une année à l'autre.
    """
    participations = (
        tables.participations if liens is None else participations_reliees(tables, liens)
    )
    gardees = qui_comptent(nw.from_native(participations)).to_native()[_DE_LA_PARTICIPATION]
    resultats = tables.resultats.astype({"fichier": "str", "competence": "str"})
    resultats = gardees.merge(resultats, on=PARTICIPATION, validate="one_to_many")
    return resultats.assign(domaine=resultats["competence"].map(domaine_de))


def une_campagne(
    resultats: pd.DataFrame, *, annee: str, niveau: str, genre: str = "evaluation"
) -> pd.DataFrame:
    """Les résultats de la campagne que le plus d'élèves de ce niveau ont envoyée cette année-là.

    `genre` : « evaluation », ou « collecte ». Si aucune classe ne dit son niveau, toutes sont
    « sans niveau ». Lève ChoixInconnu, et dit ce qui existe.
    """
    siens = resultats[resultats["type_campagne"] == genre]
    if siens["niveau_scolaire"].isna().all():
        siens = siens.fillna({"niveau_scolaire": SANS_NIVEAU})
    siens = siens.dropna(subset=["niveau_scolaire"])
    offerts = siens.groupby("annee_scolaire")["niveau_scolaire"].unique().to_dict()
    siens = siens[(siens["annee_scolaire"] == annee) & (siens["niveau_scolaire"] == niveau)]
    if siens.empty:
        existent = [f"{an} ({', '.join(sorted(siens))})" for an, siens in offerts.items()]
        raise ChoixInconnu(
            f"« {niveau} » en « {annee} », sans résultats de ce genre ({genre}).",
            f"{' ; '.join(existent) or 'un export de ce genre dans le dossier'}.",
            "changez l'année ou le niveau dans la première cellule.",
        )
    envois = siens.groupby("campagne", observed=True)["eleve"].nunique()
    return siens[siens["campagne"] == envois.idxmax()]


def qui_comptent(participations: Any) -> Any:
    """Les participations dont les résultats comptent, d'une table narwhals (pandas, DuckDB ou
    Spark) ; `classe` y est toujours dite."""
    retenue = nw.col("retenue") & nw.col("envoye") & ~nw.col("compte_supprime")
    return participations.filter(retenue).with_columns(classe=_CLASSE)


def participations_reliees(tables: Tables, liens: Appariement) -> pd.DataFrame:
    """Les participations ; `eleve` est celui de la liste quand le lien est ferme."""
    participations = tables.participations
    fermes = liens.appariements[liens.appariements["certitude"].isin(LIENS_FERMES)]
    relies = participations[PARTICIPATION].merge(fermes, on=PARTICIPATION, how="left")["eleve"]
    return participations.assign(eleve=relies.to_numpy()).fillna({"eleve": participations["eleve"]})


def classes(participations: pd.DataFrame) -> pd.Series:
    """La classe, à défaut le groupe, à défaut « sans classe »."""
    return nw.from_native(participations).select(classe=_CLASSE)["classe"].to_native()


def mesure_de(resultats: pd.DataFrame) -> Mesure:
    """TAUX pour des évaluations, NIVEAU pour des collectes, CERTIFICATION pour des certifications.

    Lève ComparaisonImpossible quand elles se mêlent : un taux ne se compare pas à un niveau, ni le
    niveau d'une campagne à celui d'une certification.
    """
    types = set(resultats["type_campagne"].dropna().unique())
    if len(types) > 1:
        meles = enumerer([nom for genre, (nom, _) in _TYPES.items() if genre in types])
        raise ComparaisonImpossible(
            f"{meles} dans les mêmes résultats.",
            "un seul type de campagne : un taux de maîtrise ne se compare pas à un niveau, ni un "
            "niveau de campagne à un niveau de certification.",
            "gardez un seul type, par exemple resultats.query(\"type_campagne == 'evaluation'\").",
        )
    return next((_TYPES[genre][1] for genre in types), TAUX)


def exiger_colonnes(table: Iterable[str], noms: list[str]) -> None:
    """Lève ChoixInconnu si une de ces colonnes n'existe pas, en citant celles qui existent."""
    absentes = [nom for nom in noms if nom not in table]
    if absentes:
        raise ChoixInconnu(
            f"un regroupement par « {', '.join(absentes)} ».",
            f"des colonnes de la table : {', '.join(table)}.",
            "corrigez le nom après par=.",
        )
