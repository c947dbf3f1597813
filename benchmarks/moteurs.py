"""Compter 10⁵ à 5·10⁶ élèves × 16 compétences : DuckDB face au SQL écrit à la main sur les mêmes
fichiers, pandas et Spark à côté là où ils tiennent.

Commande : python -m benchmarks.moteurs [ÉLÈVES…] [--spark] (100000 500000 1000000 5000000 par
défaut ; chaque passage est un processus à part, sa mémoire la plus haute est celle que dit le
système ; pandas jusqu'à un million)
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from pyarrow import parquet

TAILLES, PAR_ETABLISSEMENT, JUSQU_A_PANDAS = (100_000, 500_000, 1_000_000, 5_000_000), 1000, 10**6
CODES = [f"{d}.{c}" for d, combien in enumerate((3, 4, 4, 3, 2), 1) for c in range(1, combien + 1)]
A_LA_MAIN = """
import sys, duckdb
ou, vers = sys.argv[1:]
base = duckdb.connect(config={"memory_limit": "3GB", "temp_directory": vers + ".d",
                              "preserve_insertion_order": False})
base.sql("SET enable_progress_bar = false")
hive = "hive_types = {'annee_scolaire': VARCHAR, 'etablissement': VARCHAR}"
cles = ("annee_scolaire, etablissement, type_campagne, campagne, parcours_evalue, niveau_scolaire, "
        "competence")
base.sql(f'''
COPY (
    WITH notes AS (
        SELECT {cles}, eleve, sum(nb_acquis) AS nb_acquis, sum(nb_acquis_maitrises) AS valeur
        FROM read_parquet('{ou}/participations/**/*.parquet', hive_partitioning = true, {hive})
        JOIN read_parquet('{ou}/resultats/**/*.parquet', hive_partitioning = false)
        USING (fichier, ligne)
        WHERE retenue AND envoye AND NOT compte_supprime
        GROUP BY ALL
    )
    SELECT {cles}, nb_acquis, valeur, count(*) AS effectif FROM notes WHERE nb_acquis > 0
    GROUP BY ALL ORDER BY ALL
) TO '{vers}' (FORMAT parquet)
''')
"""
PAR_PIXKIT = """
import sys
from pixkit.echelle.comptes import compter_tables
compter_tables(sys.argv[1], sys.argv[2], moteur=sys.argv[3])
"""


def fabriquer(racine: Path, nombre: int) -> Path:
    """Des établissements de mille élèves inventés, une campagne chacun."""
    hasard, codes = np.random.default_rng(1), CODES
    for rang in range(nombre // PAR_ETABLISSEMENT):
        nom, lignes = f"{rang:07}A", np.arange(2, PAR_ETABLISSEMENT + 2)
        eleves = [f"{rang * PAR_ETABLISSEMENT + un:016x}" for un in range(PAR_ETABLISSEMENT)]
        vrai = pa.array(np.ones(PAR_ETABLISSEMENT, dtype=bool))
        participations = {
            "fichier": _repete(f"{nom}/export.csv", PAR_ETABLISSEMENT), "ligne": lignes,
            "campagne": _repete(f"C{rang:08}", PAR_ETABLISSEMENT),
            "type_campagne": _repete("evaluation", PAR_ETABLISSEMENT),
            "parcours_evalue": _repete("Parcours de rentrée", PAR_ETABLISSEMENT),
            "eleve": eleves, "organisation": _repete(nom, PAR_ETABLISSEMENT),
            "classe": [f"{6 - un % 4}e{chr(65 + un % 10)}" for un in range(PAR_ETABLISSEMENT)],
            "groupe": pa.nulls(PAR_ETABLISSEMENT, pa.string()),
            "niveau_scolaire": [f"{6 - un % 4}e" for un in range(PAR_ETABLISSEMENT)],
            "retenue": vrai, "envoye": vrai,
            "compte_supprime": pa.array(np.zeros(PAR_ETABLISSEMENT, dtype=bool)),
        }  # fmt: skip
        resultats = {
            "fichier": _repete(f"{nom}/export.csv", PAR_ETABLISSEMENT * 16),
            "ligne": np.repeat(lignes, 16),
            "competence": codes * PAR_ETABLISSEMENT,
            "nb_acquis": np.full(PAR_ETABLISSEMENT * 16, 8),
            "nb_acquis_maitrises": hasard.integers(0, 9, PAR_ETABLISSEMENT * 16),
            "niveau_pix": pa.nulls(PAR_ETABLISSEMENT * 16, pa.int64()),
        }
        for quoi, table in (("participations", participations), ("resultats", resultats)):
            ou = racine / quoi / "annee_scolaire=2026-2027" / f"etablissement={nom}"
            ou.mkdir(parents=True)
            parquet.write_table(pa.table(table), ou / f"{quoi}.parquet")
    return racine


def _repete(texte: str, fois: int) -> list[str]:
    return [texte] * fois


def passer(programme: str, *arguments: object) -> tuple[float, float, float]:
    """(secondes, secondes de processeur, Mo au plus haut) d'un processus à part."""
    debut = time.perf_counter()
    processus = subprocess.Popen([sys.executable, "-c", programme, *map(str, arguments)])
    _, code, usage = os.wait4(processus.pid, 0)
    processus.returncode = os.waitstatus_to_exitcode(code)
    if code:
        raise SystemExit("un passage a échoué")
    duree = time.perf_counter() - debut
    return duree, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**10


def memes(un: Path, autre: Path) -> bool:
    colonnes = ["etablissement", "niveau_scolaire", "competence", "nb_acquis", "valeur", "effectif"]
    tables = (parquet.read_table(c, columns=colonnes).to_pandas() for c in (un, autre))
    un, autre = (t.sort_values(colonnes, ignore_index=True) for t in tables)
    nombres = dict.fromkeys(colonnes[3:], int)
    un, autre = un.astype(nombres), autre.astype(nombres)
    return un.equals(autre)


def mesurer(nombre: int, spark: bool) -> None:
    with TemporaryDirectory() as nom:
        ou = fabriquer(Path(nom) / "tables", nombre)
        main = Path(nom) / "main.parquet"
        reference = _dire(nombre, "SQL à la main", passer(A_LA_MAIN, ou, main))
        for moteur in ["duckdb", *["pandas"] * (nombre <= JUSQU_A_PANDAS), *["spark"] * spark]:
            vers = Path(nom) / f"{moteur}.parquet"
            _dire(nombre, moteur, passer(PAR_PIXKIT, ou, vers, moteur), reference)
            if nombre <= JUSQU_A_PANDAS and not memes(main, vers):
                raise SystemExit(f"{moteur} : d'autres décomptes que le SQL à la main")


def _dire(nombre: int, qui: str, passage: tuple, reference: tuple | None = None) -> tuple:
    duree, calcul, memoire = passage
    fois = [f"{p / r:.2f}" for p, r in zip(passage, reference or passage, strict=True)]
    print(
        f"{nombre:>9} élèves, {qui} : {duree:.1f} s ({fois[0]} × le SQL à la main), {calcul:.1f} s "
        f"de processeur ({fois[1]} ×), {memoire:.0f} Mo",
        flush=True,
    )
    return passage


def main() -> None:
    spark = "--spark" in sys.argv
    for nombre in [int(mot) for mot in sys.argv[1:] if mot.isdecimal()] or TAILLES:
        mesurer(nombre, spark)


if __name__ == "__main__":
    main()
