"""Étage 2 — ce qui s'inscrit dans les livrets scolaires : un niveau par domaine en CM2 et en 6e,
proposé aux enseignants ; la mention de la certification."""

from collections.abc import Iterable, Mapping

import pandas as pd

from pixkit.appariement import Appariement
from pixkit.charte import accord, decimal, pourcentage
from pixkit.mesures.details import plafonds
from pixkit.mesures.retenus import participations_reliees, resultats_retenus
from pixkit.referentiel import domaines, est_du_livret, lire, normaliser, rang_niveau
from pixkit.tables import Tables

_CLES = ["eleve", "annee_scolaire"]
_QUI = [*_CLES, "nom", "prenom", "classe"]
_CASE = [*_CLES, "domaine"]
_PLAFOND = 2
"""Le niveau que testent les parcours de 6e (DANE de Créteil : « niveau 2 maximum ») : sans les
acquis dans l'export, un taux n'en dit pas davantage."""
_COLONNES = [*_QUI, "domaine", "niveau_propose", "methode", "niveau_retenu", "date"]


def livrets(
    tables: Tables, appariement: Appariement, *, decisions: Iterable[Mapping[str, str]] = ()
) -> pd.DataFrame:
    """Une ligne par élève de CM2 ou de 6e × domaine (les 5) : `niveau_propose` et sa `methode`,
    `niveau_retenu` par un enseignant et sa `date`.

    Les niveaux de maîtrise des cinq domaines s'inscrivent dans le dernier bilan périodique du LSU,
    en CM2 et en 6e, limités aux trois premiers sur huit (note de service du 23-10-2024, II.A). La
    proposition n'est pas un verdict de Pix. D'une collecte : la moyenne des niveaux des compétences
    abordées, jamais la plus haute. À défaut, d'évaluations : les acquis maîtrisés du domaine sur
    les acquis visés, à la dernière campagne qui teste chaque compétence, sans dépasser le plus haut
    niveau testé, 2 quand l'export ne le montre pas. Les seuils sont dans `livrets.csv`. Vide :
    rien de testé, ou moins que le niveau 1. L'année est la dernière connue.
    """
    participations = participations_reliees(tables, appariement)
    qui = _eleves(tables.eleves, participations)
    grille = qui.merge(pd.DataFrame({"domaine": list(domaines())}), how="cross")
    resultats = resultats_retenus(tables, appariement)
    resultats = resultats[resultats["eleve"].isin(qui["eleve"])]
    grille = grille.merge(_propositions(resultats, tables), on=_CASE, how="left")
    retenus = pd.DataFrame(decisions, columns=[*_CASE, "niveau", "date"], dtype="str")
    retenus = retenus.drop_duplicates(_CASE, keep="last").rename(
        columns={"niveau": "niveau_retenu"}
    )
    grille = grille.merge(retenus, on=_CASE, how="left")
    niveaux = pd.to_numeric(grille["niveau_retenu"]).astype("Int64")
    return grille.assign(niveau_retenu=niveaux)[_COLONNES]


def _eleves(eleves: pd.DataFrame, participations: pd.DataFrame) -> pd.DataFrame:
    """Les élèves de CM2 et de 6e de la dernière année : ceux de la liste, et ceux des exports
    d'une année sans liste."""
    presents = eleves.loc[eleves["present"], [*_QUI, "niveau_scolaire"]]
    annees = presents["annee_scolaire"]
    autres = participations[~participations["annee_scolaire"].isin(annees)]
    tous = pd.concat([presents, autres[[*_QUI, "niveau_scolaire"]]]).dropna(subset="nom")
    lignes = zip(tous["classe"].fillna(""), tous["niveau_scolaire"].fillna(""), strict=True)
    siens = tous[pd.Series([est_du_livret(*ligne) for ligne in lignes], tous.index, dtype=bool)]
    siens = siens[siens["annee_scolaire"] == siens["annee_scolaire"].max()]
    siens = siens.drop_duplicates(_CLES)[_QUI]
    rangs = [siens["classe"].fillna("").map(rang_niveau), siens["nom"].map(normaliser)]
    ordre = pd.concat([*rangs, siens["prenom"].fillna("").map(normaliser)], axis=1, keys=range(3))
    return siens.loc[ordre.sort_values([*range(3)]).index].reset_index(drop=True)


def _propositions(resultats: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Une ligne par élève × domaine testé : `niveau_propose`, `methode`."""
    jamais = ((resultats["niveau_pix"] == 0) & (resultats["nb_pix"] == 0)).fillna(False)
    abordes = resultats[~jamais]
    if abordes.empty:
        return pd.DataFrame(columns=[*_CASE, "niveau_propose", "methode"])
    testes = abordes.merge(plafonds(tables), on=["campagne", "competence"], how="left")
    genre = [*_CLES, "type_campagne"]
    derniers = testes.sort_values("date_envoi").drop_duplicates([*genre, "competence"], keep="last")
    cases = derniers.groupby([*_CASE, "type_campagne"]).agg(
        nb_acquis=("nb_acquis", "sum"),
        maitrises=("nb_acquis_maitrises", "sum"),
        niveau=("niveau_pix", "mean"),
        competences=("competence", "size"),
        plafond=("niveau_teste", "max"),
    )
    # « collecte » est avant « evaluation » : elle dit un niveau, l'autre un taux.
    cases = cases.reset_index().drop_duplicates(_CASE, ignore_index=True)
    dites = [_proposer(case) for case in cases.itertuples()]
    dites = pd.DataFrame(dites, columns=["niveau_propose", "methode"])
    return cases[_CASE].join(dites.astype({"niveau_propose": "Int64", "methode": "str"}))


def _proposer(case) -> tuple[int | None, str]:
    """(niveau proposé ou None, comment il se lit)."""
    if case.type_campagne == "collecte":
        dit = f"collecte : niveau moyen {decimal(case.niveau)} dans "
        return _niveau(case.niveau, "niveau_pix_min"), dit + accord(case.competences, "compétence")
    if not case.nb_acquis:
        return None, "évaluations : aucun acquis visé"
    taux = case.maitrises / case.nb_acquis
    propose, dit = _niveau(taux, "taux_min"), f"évaluations : {pourcentage(taux)} des "
    dit += f"{accord(case.nb_acquis, 'acquis', 'acquis')} maîtrisés"
    if pd.isna(case.plafond):
        plafond, dit = _PLAFOND, f"{dit} ; leur niveau n'est pas dans l'export : {_PLAFOND} au plus"
    else:
        plafond, dit = int(case.plafond), f"{dit}, testés jusqu'au niveau {int(case.plafond)}"
    return propose and min(propose, plafond), dit


def _niveau(valeur: float, seuil: str) -> int | None:
    """Le plus haut niveau dont le seuil est atteint."""
    atteints = [int(r["niveau"]) for r in lire("livrets") if valeur >= float(r[seuil]) - 1e-9]
    return max(atteints, default=None)


def mentions(certifications: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève certifié : la `mention` de sa dernière certification Pix, pour le LSU ou
    le LSL : « Pix : 412 pix, Indépendant 2 (12/03/2027) ».

    `certifications` : eleve, type, statut, nb_pix, niveau_global, date_passage. Les seules lignes
    validées et de type Pix : un Pix+ n'y est jamais mêlé. La certification s'inscrit dans le LSU
    en fin de cycle 4, dans le LSL en terminale (note de service du 23-10-2024, II.C) : les niveaux
    et les points Pix (IV.D).
    """
    pix = certifications["type"].fillna("").map(normaliser) == "pix"
    validees = certifications[pix & (certifications["statut"] == "validee")]
    validees = validees.dropna(subset=["eleve", "nb_pix"])
    dernieres = validees.sort_values("date_passage", na_position="first", kind="stable")
    dernieres = dernieres.drop_duplicates("eleve", keep="last").sort_values("eleve")
    textes = [_mention(ligne) for ligne in dernieres.itertuples()]
    return pd.DataFrame({"eleve": dernieres["eleve"].to_numpy(), "mention": textes}, dtype="str")


def _mention(ligne) -> str:
    niveau = "" if pd.isna(ligne.niveau_global) or not ligne.niveau_global else ligne.niveau_global
    jour = "" if pd.isna(ligne.date_passage) else f" ({pd.Timestamp(ligne.date_passage):%d/%m/%Y})"
    return ", ".join(filter(None, (f"Pix : {int(ligne.nb_pix)} pix", niveau))) + jour
