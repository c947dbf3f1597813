"""Étage 3 — lire des milliers d'exports, un dossier par établissement : à plusieurs processus, et
repris où un arrêt les a laissés.

Un établissement est lu en entier ou pas du tout : ses tables se préparent à part, se mettent à la
place, puis sa marque (`lus/`) dit d'après quels fichiers, et l'empreinte de ce qui est écrit. Sans
marque, ou si une empreinte ne va plus, il se relit. Les mêmes fichiers donnent les mêmes octets.
"""

import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import blake2b
from multiprocessing import get_context, parent_process
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd

from pixkit.ecriture import AU_BESOIN, TOUJOURS, en_parquet
from pixkit.ecriture_sure import (
    DOSSIER_POUR_SOI,
    EN_COURS,
    POUR_SOI,
    creer,
    en_mots,
    poser,
    verrou,
)
from pixkit.erreurs import DossierIllisible
from pixkit.lecture import lire_fichiers
from pixkit.lecture.dossier import Suivi, fichiers_du_dossier, fichiers_nommes
from pixkit.memoire import lire_memoire
from pixkit.tables import CATEGORIE, FICHIERS, PARTICIPATION, TEXTE, Tables

FORMAT = 1
"""De ces tables : le changer fait tout relire."""
LUS = "lus"
_SANS_ANNEE = "__HIVE_DEFAULT_PARTITION__"
_RESERVES = re.compile(r"""[\x00-\x1f"#%'*/:=?\\\x7f{\[\]^]""")
"""Ce que Hive, DuckDB et Spark écrivent %XX dans un nom de partition."""
_MOTS = {
    "attendu": "un dossier où vous pouvez écrire.",
    "que_faire": "rendez-le modifiable, ou choisissez-en un autre (--vers), puis relancez : ce qui "
    "est lu le reste.",
}


def lire_arbre(
    dossier: str | Path, vers: str | Path, *, envois: str = "dernier", suivi: Suivi | None = None
) -> pd.DataFrame:
    """Lit chaque sous-dossier de `dossier`, un établissement, et écrit ses tables dans `vers`,
    `TABLE/annee_scolaire=…/etablissement=…`. Rend la table FICHIERS de tous.

    Un établissement déjà lu, d'après les mêmes fichiers, ne l'est pas deux fois. Lève
    DossierIllisible ou EcritureImpossible.
    """
    racine, vers = Path(dossier), Path(vers)
    etablissements = _etablissements(racine)
    with en_mots(vers.name, **_MOTS):
        creer(vers)
    with verrou(vers), en_mots(vers.name, **_MOTS):
        for reste in vers.glob(f"{EN_COURS}*"):
            shutil.rmtree(reste, ignore_errors=True)
        (vers / EN_COURS).mkdir(mode=DOSSIER_POUR_SOI)  # tant qu'il est là, rien ne se compte
        (vers / LUS).mkdir(mode=DOSSIER_POUR_SOI, exist_ok=True)
        demandes = [(racine / nom, vers, envois) for nom in etablissements]
        a_lire = [demande for demande in demandes if not _deja_lu(*demande)]
        _lire_tous(a_lire, len(etablissements), suivi)
        if hasattr(os, "sync"):
            os.sync()
        (vers / EN_COURS).rmdir()
    return pd.concat([_fichiers_de(vers, nom) for nom in etablissements], ignore_index=True)


def _etablissements(racine: Path) -> list[str]:
    fichiers_du_dossier(racine)  # lève s'il n'existe pas, ou ne s'ouvre pas
    noms = sorted(d.name for d in racine.iterdir() if d.is_dir() and d.name[0] not in ".~")
    if not noms:
        raise DossierIllisible(
            f"« {racine} », sans un seul dossier d'établissement.",
            "un dossier par établissement, ses exports dedans.",
            "rangez-les ainsi, ou relancez sans --par-etablissement.",
        )
    return noms


def _lire_tous(demandes: list[tuple], total: int, suivi: Suivi | None) -> None:
    """À autant de processus que de cœurs ; chacun ne tient qu'un établissement à la fois."""
    if not demandes:
        return
    ouvriers = min(os.cpu_count() or 1, len(demandes))
    bassin = ProcessPoolExecutor(ouvriers, get_context("spawn"), _finir_avec_le_parent)
    with bassin:
        promesses = {bassin.submit(_lire_un, *d): d[0].name for d in demandes}
        try:
            for fait, promesse in enumerate(as_completed(promesses), total - len(demandes)):
                promesse.result()
                if suivi:
                    suivi(fait, total, promesses[promesse])
        except BaseException:
            bassin.shutdown(wait=True, cancel_futures=True)
            raise


def _finir_avec_le_parent() -> None:
    """Un ouvrier dont le parent est tué n'écrit plus rien."""

    def attendre() -> None:
        parent_process().join()
        os._exit(1)

    threading.Thread(target=attendre, daemon=True).start()


# — Un établissement —


def _lire_un(dossier: Path, vers: Path, envois: str) -> None:
    sources, nom = _sources(dossier, envois), dossier.name
    chemins = {f"{nom}/{fichier}": c for fichier, c in fichiers_nommes(dossier).items()}
    colonnes = {ligne["entete"]: ligne["champ"] for ligne in lire_memoire(dossier, "colonnes")}
    tables = lire_fichiers(chemins, envois=envois, colonnes=colonnes)
    octets = {chemin: en_parquet(table) for chemin, table in _partitions(tables, nom)}
    a_part = Path(mkdtemp(prefix=EN_COURS, dir=vers))
    for rang, contenu in enumerate(octets.values()):
        poser(a_part / str(rang), contenu, POUR_SOI, attendre=False)
    _oublier(vers, nom)
    for rang, chemin in enumerate(octets):
        creer((vers / chemin).parent)
        (a_part / str(rang)).replace(vers / chemin)
    marque = {
        "sources": sources,
        "ecrits": {chemin: _empreinte(contenu) for chemin, contenu in octets.items()},
        "fichiers": json.loads(tables.fichiers.to_json(orient="records", date_format="iso")),
    }
    dit = json.dumps(marque, ensure_ascii=False, indent=1).encode()
    poser(a_part / LUS, dit, POUR_SOI)  # la seule attente du disque : les empreintes font le reste
    (a_part / LUS).replace(_marque(vers, nom))
    a_part.rmdir()


def _partitions(tables: Tables, nom: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """(où, la table) : chaque table, année par année."""
    etablissement = f"etablissement={_RESERVES.sub(lambda r: f'%{ord(r[0]):02X}', nom)}"
    annees = tables.participations[[*PARTICIPATION, "annee_scolaire"]]
    for quoi in (*TOUJOURS, *AU_BESOIN):
        table = getattr(tables, quoi)
        if quoi == "journal":
            yield f"{quoi}/{etablissement}/{quoi}.parquet", table
            continue
        if "etablissement" in table:  # celui que dit la liste, et non le dossier
            table = table.rename(columns={"etablissement": "etablissement_liste"})
        # Une colonne vide d'un établissement a le type de celle des autres.
        repetes = [nom for nom, genre in table.dtypes.items() if genre == CATEGORIE]
        table = table.assign(**{nom: _en_textes(table[nom]) for nom in repetes})
        for annee, lignes in _par_annee(table, annees):
            ou = f"annee_scolaire={annee}/{etablissement}"
            yield f"{quoi}/{ou}/{quoi}.parquet", lignes


def _en_textes(colonne: pd.Series) -> pd.Series:
    """Les textes d'une catégorie : pandas les referait un par un."""
    textes = colonne.cat.categories.array.take(colonne.cat.codes.to_numpy(), allow_fill=True)
    return pd.Series(textes, colonne.index, TEXTE)


def _par_annee(table: pd.DataFrame, annees: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """(une année scolaire, ses lignes) ; `annees` : celle de chaque participation."""
    if table.empty:
        return
    propres = "annee_scolaire" in table
    siennes = (table if propres else annees)["annee_scolaire"].fillna(_SANS_ANNEE)
    if propres:
        table = table.drop(columns="annee_scolaire")
    if siennes.nunique() == 1:  # presque toujours
        yield siennes.iloc[0], table
        return
    if not propres:
        cles = table[PARTICIPATION].astype({"fichier": TEXTE})
        dites = annees.assign(annee_scolaire=siennes)
        siennes = cles.merge(dites, on=PARTICIPATION, how="left")["annee_scolaire"]
    yield from table.groupby(siennes.to_numpy())


def _oublier(vers: Path, nom: str) -> None:
    """Ce qu'une lecture d'avant, ou un processus tué, avait mis pour cet établissement."""
    _marque(vers, nom).unlink(missing_ok=True)
    etablissement = f"etablissement={_RESERVES.sub(lambda r: f'%{ord(r[0]):02X}', nom)}"
    for quoi in (*TOUJOURS, *AU_BESOIN):
        lieux = [vers / quoi, *(vers / quoi).glob("annee_scolaire=*")]
        for lieu in lieux:
            shutil.rmtree(lieu / etablissement, ignore_errors=True)


# — Ce qui est déjà lu —


def _marque(vers: Path, nom: str) -> Path:
    return vers / LUS / f"{nom}.json"


def absents(dossier: str | Path, vers: str | Path) -> list[str]:
    """Les établissements dont `vers` garde les tables, et qui ne sont plus dans `dossier`."""
    lus = {marque.stem for marque in (Path(vers) / LUS).glob("*.json")}
    return sorted(lus - {*_etablissements(Path(dossier))})


def _sources(dossier: Path, envois: str) -> str:
    """L'empreinte de ce que l'on lirait, sans le lire."""
    etats = [(c, c.stat()) for c in sorted(dossier.rglob("*")) if c.is_file()]
    dits = [(c.relative_to(dossier).as_posix(), e.st_size, e.st_mtime_ns) for c, e in etats]
    return _empreinte(json.dumps([FORMAT, envois, dits]).encode())


def _empreinte(octets: bytes) -> str:
    return blake2b(octets, digest_size=16).hexdigest()


def _deja_lu(dossier: Path, vers: Path, envois: str) -> bool:
    """Les mêmes fichiers, et ce qui en est écrit est entier."""
    try:
        marque = json.loads(_marque(vers, dossier.name).read_text(encoding="utf-8"))
        return marque["sources"] == _sources(dossier, envois) and all(
            _empreinte((vers / chemin).read_bytes()) == empreinte
            for chemin, empreinte in marque["ecrits"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


def _fichiers_de(vers: Path, nom: str) -> pd.DataFrame:
    marque: dict[str, Any] = json.loads(_marque(vers, nom).read_text(encoding="utf-8"))
    table = pd.DataFrame(marque["fichiers"], columns=list(FICHIERS))
    return table.assign(etablissement=nom)
