"""Étage 3 — les décomptes de toute une académie, des lignes de ses élèves à COMPTES.parquet.

La définition est `mesures.compter`, la même que dans un établissement ; seul le moteur change.
"""

import io
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
from pyarrow import compute, parquet

from pixkit.charte import accord
from pixkit.echelle.moteurs import ouvrir_moteur
from pixkit.ecole import Ecole
from pixkit.ecriture_sure import EN_COURS, ensemble
from pixkit.erreurs import DossierIllisible, EcritureImpossible, FichierIllisible
from pixkit.mesures import compter
from pixkit.mesures.retenus import qui_comptent
from pixkit.tables import PARTICIPATION

GROUPE = ["annee_scolaire", "etablissement", "type_campagne", "campagne", "parcours_evalue",
          "niveau_scolaire"]  # fmt: skip
COLONNES = [*GROUPE, "competence", "nb_acquis", "valeur", "effectif", "mesure"]
_NOMBRES = ("nb_acquis", "valeur", "effectif")
_TYPES = pa.schema({nom: pa.int64() if nom in _NOMBRES else pa.string() for nom in COLONNES})
_DES_PARTICIPATIONS = [
    *PARTICIPATION, "eleve", "classe", "groupe", "organisation",
    *(nom for nom in GROUPE if nom != "etablissement"), "retenue", "envoye", "compte_supprime",
]  # fmt: skip
_DES_RESULTATS = [*PARTICIPATION, "competence", "nb_acquis", "nb_acquis_maitrises", "niveau_pix"]


def compter_tables(ou: str, vers: str | Path, *, moteur: str) -> pa.Table:
    """Compte les tables Parquet écrites par `pixkit lire` et écrit COMPTES.parquet (`vers`).

    `ou` : leur dossier, d'un établissement ou d'un arbre (`--par-etablissement`) ; avec Spark,
    aussi une adresse (`hdfs://…`). Lève DossierIllisible, FichierIllisible ou PaquetAbsent.
    """
    vers = verifier_vers(vers)
    lieux = [_lieu(ou, nom) for nom in ("participations", "resultats")]
    with ouvrir_moteur(moteur, vers.with_name(f".{vers.name}.provisoire")) as ouvert:
        try:
            comptes = _compter(*map(ouvert.lire, lieux))
        except (*ouvert.fautes, nw.exceptions.NarwhalsError) as erreur:
            raise FichierIllisible(
                f"des tables de « {ou} » que {moteur} ne lit pas ({type(erreur).__name__}).",
                "des tables écrites par « pixkit lire --format parquet ».",
                "refaites-les avec cette commande, puis recommencez.",
            ) from erreur
    return _ecrire(comptes, vers)


def sont_des_tables(ou: str) -> bool:
    """Ce dossier est-il celui que « pixkit lire » a écrit, plutôt que des exports ?"""
    ici = Path(ou)
    return "://" in ou or any(
        (ici / nom).exists() for nom in ("participations", "participations.parquet", EN_COURS)
    )


def compter_dossier(ecole: Ecole, vers: str | Path, *, moteur: str) -> pa.Table:
    """La même chose, d'un dossier d'exports ouvert."""
    vers = verifier_vers(vers)
    textes = dict.fromkeys(("fichier", "competence"), "str")
    with ouvrir_moteur(moteur, vers.with_name(f".{vers.name}.provisoire")) as ouvert:
        participations = ouvert.prendre(ecole.participations[_DES_PARTICIPATIONS])
        resultats = ouvert.prendre(ecole.tables.resultats[_DES_RESULTATS].astype(textes))
        comptes = _compter(participations, resultats)
    return _ecrire(comptes, vers)


def _compter(participations: Any, resultats: Any) -> pa.Table:
    """De deux tables du moteur aux décomptes ; c'est ici que tout se calcule."""
    participations, resultats = map(nw.from_native, (participations, resultats))
    _exiger_une_fois(participations)
    if "etablissement" not in participations.collect_schema().names():
        participations = participations.with_columns(etablissement="organisation")
    groupe = [nw.col(nom).fill_null("") for nom in GROUPE]
    siennes = qui_comptent(participations).select(*PARTICIPATION, "eleve", *groupe)
    textes = nw.col("fichier", "competence").cast(nw.String)
    lignes = siennes.join(
        resultats.select(_DES_RESULTATS).with_columns(textes), on=PARTICIPATION, how="inner"
    )
    comptes = nw.from_native(compter(lignes.to_native(), par=GROUPE)).lazy()
    return _conformer(comptes.collect(backend="pyarrow").to_arrow())


def _exiger_une_fois(participations: Any) -> None:
    """Lève FichierIllisible si une participation est deux fois dans les tables."""
    fois = participations.group_by(PARTICIPATION).agg(fois=nw.len())
    doubles = fois.filter(nw.col("fois") > 1).lazy().collect()
    if len(doubles):
        raise FichierIllisible(
            f"{accord(len(doubles), 'participation')} plusieurs fois dans les tables.",
            "chaque participation une fois.",
            "ôtez les tables recopiées, ou refaites-les avec « pixkit lire ».",
        )


def _conformer(comptes: pa.Table) -> pa.Table:
    """Les types du contrat ; ce qu'un export ne dit pas est vide."""
    comptes = comptes.select(COLONNES).cast(_TYPES)
    for nom in GROUPE:
        texte = comptes[nom]
        dit = compute.if_else(compute.equal(texte, ""), pa.scalar(None, pa.string()), texte)
        comptes = comptes.set_column(COLONNES.index(nom), nom, dit)
    return comptes.combine_chunks()


def verifier_vers(vers: str | Path) -> Path:
    """Où écrire les décomptes ; lève EcritureImpossible si ce n'est pas un fichier .parquet."""
    vers = Path(vers)
    if vers.suffix != ".parquet" or vers.is_dir():
        raise EcritureImpossible(
            f"« {vers.name} », où écrire des décomptes.",
            "le nom d'un fichier .parquet.",
            "donnez par exemple --vers COMPTES.parquet.",
        )
    return vers


def _lieu(ou: str, nom: str) -> str:
    """Où est cette table : un fichier, ou un dossier partitionné."""
    if "://" in ou:
        return f"{ou.rstrip('/')}/{nom}"
    if any(Path(ou).glob(f"{EN_COURS}*")):
        raise DossierIllisible(
            f"« {ou} », dont la lecture n'est pas finie.",
            "des tables entières.",
            "relancez « pixkit lire --par-etablissement », qui reprend où elle s'est arrêtée.",
        )
    fichier, dossier = Path(ou) / f"{nom}.parquet", Path(ou) / nom
    if fichier.is_file():
        return str(fichier)
    if any(dossier.rglob("*.parquet")):
        return str(dossier)
    raise DossierIllisible(
        f"« {ou} », sans table « {nom} » en Parquet.",
        "un dossier d'exports, ou de tables écrites par « pixkit lire --format parquet ».",
        "vérifiez le chemin, ou lisez d'abord les exports.",
    )


def _ecrire(comptes: pa.Table, vers: Path) -> pa.Table:
    """Pour soi seul : un décompte d'un élève en dit les résultats."""
    octets = io.BytesIO()
    parquet.write_table(comptes, octets)
    with ensemble(vers.parent) as sortie:
        sortie.poser(vers.name, octets.getvalue())
    return comptes
