"""Étage 2 — des lignes d'élèves à des décomptes : ce que lisent ensuite intervalles, écarts et
publication.

Les décomptes de deux ensembles d'élèves disjoints s'additionnent : moyennes, dispersions et parts
s'en déduisent, sans revenir aux élèves.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pixkit.grandeurs import TAUX
from pixkit.mesures.retenus import exiger_colonnes, mesure_de

TOUT = "tout"
"""`sur=TOUT` : toutes les compétences ensemble."""
Par = str | Sequence[str]


def notes(resultats: pd.DataFrame, *, par: Par, sur: str | None = None) -> pd.DataFrame:
    """Une ligne par élève × groupe (× compétence, domaine ou « tout ») : `nb_acquis`, `valeur`,
    `note`.

    `nb_acquis` est le dénominateur : les acquis visés, ou le nombre de compétences pour des
    niveaux ; `valeur`, la somme : acquis maîtrisés, ou niveaux ; `note`, leur quotient, vide si
    rien n'est visé.
    """
    colonnes = [par] if isinstance(par, str) else list(par)
    cles = [*colonnes, *([sur] if sur else [])]
    if sur == TOUT:
        resultats = resultats.assign(tout=TOUT)
    exiger_colonnes(resultats, cles)
    if mesure_de(resultats) is TAUX:
        nombre, somme = resultats["nb_acquis"], resultats["nb_acquis_maitrises"]
    else:
        nombre, somme = resultats["niveau_pix"].notna(), resultats["niveau_pix"]
    decomptes = {"nb_acquis": nombre.astype("float"), "valeur": somme.astype("float")}
    lignes = resultats[list(dict.fromkeys([*cles, "eleve"]))].assign(**decomptes)
    sommes = _sommer(lignes)
    if "classe" in colonnes and _deux_classes(sommes.index):
        sommes = _sommer(lignes.assign(classe=_principales(resultats)))
    if mesure_de(resultats) is not TAUX:  # jamais testé n'est pas un niveau
        sommes = sommes[sommes["nb_acquis"] > 0]
    note = sommes["valeur"] / sommes["nb_acquis"].where(sommes["nb_acquis"] > 0)
    return sommes.assign(note=note).reset_index()


def _sommer(lignes: pd.DataFrame) -> pd.DataFrame:
    cles = [nom for nom in lignes if nom not in ("nb_acquis", "valeur")]
    return lignes.groupby(cles, observed=True, sort=True)[["nb_acquis", "valeur"]].sum()


def _deux_classes(index: pd.MultiIndex) -> bool:
    """Un élève est-il dans deux classes ?"""
    classes, eleves = (index.codes[index.names.index(nom)] for nom in ("classe", "eleve"))
    paires = classes.astype(np.int64) * len(index) + eleves
    return len(np.unique(paires)) > len(np.unique(eleves))


def _principales(resultats: pd.DataFrame) -> pd.Series:
    """La classe principale de l'année, ligne à ligne : celle où l'élève a le plus de résultats."""
    qui = ["annee_scolaire", "eleve"] if "annee_scolaire" in resultats else ["eleve"]
    nombres = resultats.groupby([*qui, "classe"], dropna=False).size().rename("nombre")
    nombres = nombres.reset_index().sort_values("nombre", ascending=False, kind="stable")
    principales = nombres.drop_duplicates(qui).set_index(qui)["classe"].rename("principale")
    return resultats[qui].join(principales, on=qui)["principale"]


def compter(
    resultats: pd.DataFrame, *, par: Par = "classe", sur: str = "competence"
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (domaine ou « tout ») × `nb_acquis` × `valeur` : `effectif`
    élèves.

    Les élèves dont rien n'est visé ne comptent pas. `mesure` dit ce que sont les valeurs.
    """
    eleves = notes(resultats, par=par, sur=sur)
    cles = [*([par] if isinstance(par, str) else par), sur, "nb_acquis", "valeur"]
    comptes = eleves[eleves["nb_acquis"] > 0].groupby(cles, observed=True).size()
    return comptes.rename("effectif").reset_index().assign(mesure=mesure_de(resultats).nom)


def additionner(*comptes: pd.DataFrame) -> pd.DataFrame:
    """Les décomptes de l'union d'ensembles d'élèves disjoints."""
    tous = pd.concat(comptes)
    cles = [nom for nom in tous if nom != "effectif"]
    return tous.groupby(cles, observed=True)["effectif"].sum().reset_index()[list(tous)]


def compter_paires(
    avant: pd.DataFrame, apres: pd.DataFrame, *, par: str = "classe", sur: str = "competence"
) -> pd.DataFrame:
    """Une ligne par groupe (celui d'`apres`) × compétence × (avant, après) : `effectif` élèves des
    deux.

    `nb_acquis`, `valeur` : ceux d'après ; `nb_acquis_avant`, `valeur_avant` : ceux d'avant ;
    `reprise` : deux envois d'une même campagne. Un élève compte une fois par compétence : son
    dernier envoi d'`apres`, et le dernier d'`avant` qui n'est ni celui-là ni plus récent.
    """
    envoi = ["campagne", "date_envoi"]
    ancien, recent = notes(avant, par=envoi, sur=sur), notes(apres, par=[par, *envoi], sur=sur)
    paires = recent.merge(ancien, on=["eleve", sur], suffixes=("", "_avant"))
    paires["reprise"] = paires["campagne"] == paires["campagne_avant"]
    delai = paires["date_envoi"] - paires["date_envoi_avant"]
    suivent = (delai > pd.Timedelta(0)) | (~paires["reprise"] & (delai == pd.Timedelta(0)))
    testes = (paires["nb_acquis"] > 0) & (paires["nb_acquis_avant"] > 0)
    paires = paires[suivent & testes].sort_values(["date_envoi", "date_envoi_avant"])
    paires = paires.drop_duplicates([par, "eleve", sur], keep="last")
    cles = [par, sur, "reprise", "nb_acquis", "valeur", "nb_acquis_avant", "valeur_avant"]
    comptes = paires.groupby(cles, observed=True).size()
    return comptes.rename("effectif").reset_index().assign(mesure=mesure_de(apres).nom)


def compter_mouvements(
    avant: pd.DataFrame, apres: pd.DataFrame, *, par: str = "classe"
) -> pd.DataFrame:
    """Une ligne par groupe d'`apres` : `nb_partis` et `nb_arrives`, ceux d'un seul des deux.

    Un parti compte dans le groupe où sont allés le plus de ses camarades : les classes changent de
    nom d'une année à l'autre. Un groupe d'`avant` dont personne n'est dans `apres` a sa ligne,
    `nb_arrives` vide.
    """
    avant, apres = (table[["eleve", par]].drop_duplicates() for table in (avant, apres))
    arrives = apres[~apres["eleve"].isin(avant["eleve"])].groupby(par).size()
    arrives = arrives.reindex(pd.Index(sorted(set(apres[par])), name=par), fill_value=0)
    partis = avant[~avant["eleve"].isin(apres["eleve"])].groupby(par).size()
    suites = _suites(avant, apres, par=par)
    suivis = partis.groupby(partis.index.map(suites)).sum().rename_axis(par)
    disparus = partis[~partis.index.isin(suites.index)].rename("nb_partis").reset_index()
    suivis = suivis.reindex(arrives.index, fill_value=0)
    table = pd.DataFrame({"nb_partis": suivis, "nb_arrives": arrives}).reset_index()
    table = pd.concat([table, disparus], ignore_index=True)
    return table.astype({"nb_partis": "Int64", "nb_arrives": "Int64"})


def _suites(avant: pd.DataFrame, apres: pd.DataFrame, *, par: str) -> pd.Series:
    """{groupe d'`avant`: celui d'`apres` où vont le plus de ses élèves} ; à égalité, le même
    nom."""
    restes = avant.merge(apres, on="eleve", suffixes=("", "_apres"))
    nombres = restes.groupby([par, f"{par}_apres"], observed=True).size().rename("n").reset_index()
    nombres["autre"] = nombres[par] != nombres[f"{par}_apres"]
    nombres = nombres.sort_values(["n", "autre"], ascending=[False, True], kind="stable")
    return nombres.drop_duplicates(par).set_index(par)[f"{par}_apres"]
