"""Étage 3 — trois moteurs pour les mêmes tables : pandas en mémoire, DuckDB au-delà, Spark sur
plusieurs machines."""

import glob
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import dataset

from pixkit.ecriture_sure import DOSSIER_POUR_SOI
from pixkit.erreurs import PaquetAbsent

MEMOIRE = "3GB"
"""Ce que DuckDB peut tenir ; au-delà, il écrit à côté de ce qu'il calcule."""
_PARTITIONS = pa.schema({"annee_scolaire": pa.string(), "etablissement": pa.string()})


class Moteur(NamedTuple):
    """`lire` : une table Parquet, fichier ou dossier partitionné ; `prendre` : une table pandas."""

    lire: Callable[[str], Any]
    prendre: Callable[[pd.DataFrame], Any]
    fautes: tuple[type[Exception], ...]


@contextmanager
def ouvrir_moteur(nom: str, provisoire: Path) -> Iterator[Moteur]:
    """Un moteur prêt à lire ; `provisoire` est le dossier où il peut déborder, effacé ensuite.

    Lève PaquetAbsent si le moteur, ou Java, n'est pas installé.
    """
    shutil.rmtree(provisoire, ignore_errors=True)  # celui d'un processus tué
    try:
        with _OUVRIR[nom](provisoire) as moteur:
            yield moteur
    finally:
        shutil.rmtree(provisoire, ignore_errors=True)


@contextmanager
def _pandas(_provisoire: Path) -> Iterator[Moteur]:
    def lire(ou: str) -> pd.DataFrame:
        hive = dataset.partitioning(_PARTITIONS, flavor="hive") if Path(ou).is_dir() else None
        return dataset.dataset(ou, format="parquet", partitioning=hive).to_table().to_pandas()

    yield Moteur(lire, lambda table: table, (pa.ArrowException, OSError))


@contextmanager
def _duckdb(provisoire: Path) -> Iterator[Moteur]:
    _exiger("duckdb", "academie")
    import duckdb  # noqa: PLC0415

    provisoire.mkdir(mode=DOSSIER_POUR_SOI, parents=True)
    reglages = {
        "memory_limit": MEMOIRE,
        "temp_directory": str(provisoire),
        "preserve_insertion_order": False,
    }
    with duckdb.connect(config=reglages) as base:
        base.sql("SET enable_progress_bar = false")  # elle est en anglais

        def lire(ou: str) -> Any:
            if not Path(ou).is_dir():
                return base.read_parquet(ou)
            types = ", ".join(f"'{nom}': VARCHAR" for nom in _PARTITIONS.names)
            hive = f"hive_partitioning = true, hive_types = {{{types}}}"
            motif = f"{glob.escape(ou)}/**/*.parquet".replace("'", "''")
            return base.sql(f"FROM read_parquet('{motif}', {hive})")

        yield Moteur(lire, lambda table: base.from_arrow(_en_arrow(table)), (duckdb.Error,))


@contextmanager
def _spark(_provisoire: Path) -> Iterator[Moteur]:
    _exiger("pyspark", "spark")
    from pyspark.errors import PySparkException, PySparkRuntimeError  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    atelier = SparkSession.builder.appName("pixkit compter")
    try:  # celle de spark-submit, ou une sur cet ordinateur
        session = atelier.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    except PySparkRuntimeError as erreur:
        raise PaquetAbsent(
            "Spark qui ne démarre pas, faute de Java.",
            "Java 17 ou plus récent.",
            "installez-le (sous Debian : apt install openjdk-17-jre-headless), ou passez par "
            "spark-submit sur une grappe qui l'a.",
        ) from erreur
    session.sparkContext.setLogLevel("ERROR")
    # Un établissement « 0123 » n'est pas le nombre 123.
    session.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    try:
        prendre = lambda table: session.createDataFrame(_en_arrow(table))  # noqa: E731
        yield Moteur(session.read.parquet, prendre, (PySparkException,))
    finally:
        session.stop()


_OUVRIR = {"pandas": _pandas, "duckdb": _duckdb, "spark": _spark}


def _en_arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False)


def _exiger(paquet: str, extra: str) -> None:
    if find_spec(paquet) is None:
        raise PaquetAbsent(
            f"pixkit sans {paquet}.",
            "les paquets dont ce moteur a besoin.",
            f'pip install "pixkit-parcours[{extra}]"',
        )
