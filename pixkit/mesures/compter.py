"""Étage 2 — des lignes d'élèves à des décomptes : ce que lisent ensuite intervalles, écarts et
publication.

Les décomptes de deux ensembles d'élèves disjoints s'additionnent : moyennes, dispersions et parts
s'en déduisent, sans revenir aux élèves.
"""

from collections.abc import Sequence

import pandas as pd

from pixkit.grandeurs import TAUX
from pixkit.mesures.retenus import exiger_colonnes, mesure_de

TOUT = "tout"
"""`sur=TOUT` : toutes les compétences ensemble."""
Par = str | Sequence[str]


def notes(resultats: pd.DataFrame, *, par: Par, sur: str | None = None) -> pd.DataFrame:
    """Une ligne par élève × groupe (× compétence, domaine ou « tout ») : `nb_acquis`, `valeur`,
    `note`.

    `nb_acquis` est le dénominateur : les acquis visés, ou le nombre de compétences pour des niveaux
    ; `valeur`, la somme : acquis maîtrisés, ou niveaux ; `note`, leur quotient, vide si rien n'est
    visé.
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
    lignes = _a_sa_place(resultats[list(dict.fromkeys([*cles, "eleve"]))], resultats, colonnes)
    groupes = lignes.assign(**decomptes).groupby(list(lignes), observed=True, sort=True)
    sommes = groupes[["nb_acquis", "valeur"]].sum()
    if mesure_de(resultats) is not TAUX:  # jamais testé n'est pas un niveau
        sommes = sommes[sommes["nb_acquis"] > 0]
    note = sommes["valeur"] / sommes["nb_acquis"].where(sommes["nb_acquis"] > 0)
    return sommes.assign(note=note).reset_index()


def _a_sa_place(lignes: pd.DataFrame, resultats: pd.DataFrame, par: list[str]) -> pd.DataFrame:
    """Chaque élève dans sa classe principale de l'année : celle où il a le plus de résultats."""
    if "classe" not in par:
        return lignes
    qui = ["annee_scolaire", "eleve"] if "annee_scolaire" in resultats else ["eleve"]
    places = resultats[[*qui, "classe"]].drop_duplicates()
    if not places.duplicated(qui).any():
        return lignes
    nombres = (
        resultats.groupby([*qui, "classe"], dropna=False).size().rename("nombre").reset_index()
    )
    nombres = nombres.sort_values("nombre", ascending=False, kind="stable")
    principales = nombres.drop_duplicates(qui).set_index(qui)["classe"]
    return lignes.assign(classe=resultats[qui].join(principales, on=qui)["classe"])


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

    `nb_acquis`, `valeur` : ceux d'après ; `nb_acquis_avant`, `valeur_avant` : ceux d'avant. Un même
    envoi n'est pas comparé à lui-même.
    """
    envoi = ["campagne", "date_envoi"]
    ancien, recent = notes(avant, par=envoi, sur=sur), notes(apres, par=[par, *envoi], sur=sur)
    paires = recent.merge(ancien, on=["eleve", sur], suffixes=("", "_avant"))
    autre_envoi = (paires["campagne"] != paires["campagne_avant"]) | (
        paires["date_envoi"] != paires["date_envoi_avant"]
    )
    testes = (paires["nb_acquis"] > 0) & (paires["nb_acquis_avant"] > 0)
    cles = [par, sur, "nb_acquis", "valeur", "nb_acquis_avant", "valeur_avant"]
    comptes = paires[autre_envoi & testes].groupby(cles, observed=True).size()
    return comptes.rename("effectif").reset_index().assign(mesure=mesure_de(apres).nom)


def compter_mouvements(
    avant: pd.DataFrame, apres: pd.DataFrame, *, par: str = "classe"
) -> pd.DataFrame:
    """Une ligne par groupe d'`apres` : `nb_partis` et `nb_arrives`, ceux d'un seul des deux."""
    seuls = {
        "nb_partis": avant[~avant["eleve"].isin(apres["eleve"])],
        "nb_arrives": apres[~apres["eleve"].isin(avant["eleve"])],
    }
    groupes = pd.Index(sorted(set(apres[par])), name=par)
    comptes = {nom: lignes.groupby(par)["eleve"].nunique() for nom, lignes in seuls.items()}
    return pd.DataFrame(comptes).reindex(groupes).fillna(0).astype("Int64").reset_index()
