"""Étage 2 — des lignes d'élèves à des décomptes : ce que lisent ensuite intervalles, écarts et
publication.

Les décomptes de deux ensembles d'élèves disjoints s'additionnent : moyennes, dispersions et parts
s'en déduisent, sans revenir aux élèves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from pixkit.grandeurs import TAUX, Mesure
from pixkit.mesures.retenus import MESURES_DES_TYPES, exiger_colonnes, mesure_de

TOUT = "tout"
"""`sur=TOUT` : toutes les compétences ensemble."""
Par = str | Sequence[str]


@dataclass(frozen=True)
class Matrice:
    """Élèves × compétences (domaines, ou « tout ») : `nb_acquis` et `valeur`, rangés une fois.

    Une ligne par élève de chaque groupe (`groupe` et `eleve`, leurs rangs dans `groupes` et
    `eleves`). `nb_acquis`
    est le dénominateur : les acquis visés, ou le nombre de compétences pour des niveaux ; `valeur`,
    la somme : acquis maîtrisés, ou niveaux. `vue` : la case est dans les résultats.
    """

    mesure: Mesure
    groupes: pd.DataFrame
    groupe: np.ndarray
    eleves: pd.Index
    eleve: np.ndarray
    sur: str
    codes: pd.Index
    nb_acquis: np.ndarray
    valeur: np.ndarray
    vue: np.ndarray

    @classmethod
    def de(cls, resultats: pd.DataFrame, *, par: Par, sur: str) -> "Matrice":
        """Un élève de deux classes compte dans sa principale."""
        colonnes = [par] if isinstance(par, str) else list(par)
        if sur == TOUT:
            resultats = resultats.assign(tout=TOUT)
        exiger_colonnes(resultats, [*colonnes, sur])
        rangs = {nom: ranger(resultats[nom]) for nom in dict.fromkeys([*colonnes, sur, "eleve"])}
        if "classe" in colonnes and _deux_classes(*rangs["classe"], *rangs["eleve"]):
            principales = _dans_leur_principale(nw.from_native(resultats))["classe"]
            rangs["classe"] = ranger(principales.to_native())
        groupe, groupes = croiser([rangs[nom] for nom in colonnes])
        (eleve, eleves), (code, codes) = rangs["eleve"], rangs[sur]
        ligne, (ou, qui) = croiser([(groupe, range(len(groupes[0]))), (eleve, range(len(eleves)))])
        mesure = mesure_de(resultats)
        nombre, somme = _decomptes(resultats, mesure)
        connue = (ligne >= 0) & (code >= 0)
        case, forme = ligne[connue] * len(codes) + code[connue], (len(ou), len(codes))

        def additionner_cases(nombres: np.ndarray | None) -> np.ndarray:
            poids = None if nombres is None else nombres[connue]
            return np.bincount(case, poids, forme[0] * forme[1]).reshape(forme)

        noms = pd.DataFrame(dict(zip(colonnes, groupes, strict=True)))
        cases = (additionner_cases(nombre), additionner_cases(somme), additionner_cases(None) > 0)
        return cls(mesure, noms, ou, eleves, qui, sur, codes, *cases)

    def notes(self) -> np.ndarray:
        """Leur quotient, vide si rien n'est visé."""
        vides = np.full(self.valeur.shape, np.nan)
        return np.divide(self.valeur, self.nb_acquis, out=vides, where=self.nb_acquis > 0)

    def ensemble(self) -> "Matrice":
        """Les mêmes élèves, toutes compétences réunies."""
        nombre, somme = (t.sum(axis=1, keepdims=True) for t in (self.nb_acquis, self.valeur))
        vue = self.vue.any(axis=1, keepdims=True)
        tout = {"sur": TOUT, "codes": pd.Index([TOUT])}
        return replace(self, **tout, nb_acquis=nombre, valeur=somme, vue=vue)

    def compter(self) -> pd.DataFrame:
        """Les décomptes de `compter`, d'élèves déjà rangés."""
        lignes, rangs = np.nonzero(self.nb_acquis > 0)
        nombres = [t[lignes, rangs] for t in (self.nb_acquis, self.valeur)]
        cles = [(self.groupe[lignes], range(len(self.groupes))), (rangs, self.codes)]
        case, (groupe, code, nombre, somme) = croiser([*cles, *map(ranger, nombres)])
        siens, effectif = self.groupes.iloc[groupe], np.bincount(case, minlength=len(code))
        cles = {nom: siens[nom].array for nom in siens} | {self.sur: code}
        comptes = {"nb_acquis": nombre, "valeur": somme, "effectif": effectif}
        return pd.DataFrame(cles | comptes | {"mesure": self.mesure.nom})


def _decomptes(resultats: pd.DataFrame, mesure: Mesure) -> tuple[np.ndarray, np.ndarray]:
    if mesure is TAUX:
        nombre, somme = resultats["nb_acquis"], resultats["nb_acquis_maitrises"]
    else:
        nombre, somme = resultats["niveau_pix"].notna(), resultats["niveau_pix"]
    return tuple(np.nan_to_num(s.to_numpy(float, na_value=np.nan)) for s in (nombre, somme))


def ranger(valeurs: pd.Series | np.ndarray) -> tuple[np.ndarray, pd.Index]:
    """Le rang de chaque valeur parmi les valeurs triées (-1 si elle manque), et ces valeurs."""
    return pd.factorize(valeurs, sort=True)


def croiser(cles: list[tuple[np.ndarray, Sequence]]) -> tuple[np.ndarray, list]:
    """La case de chaque ligne (-1 si une clé y manque), et les clés de chaque case, dans
    l'ordre."""
    case, manque = np.zeros(len(cles[0][0]), dtype=np.int64), np.zeros(len(cles[0][0]), dtype=bool)
    for rang, valeurs in cles:
        case, manque = case * max(len(valeurs), 1) + rang, manque | (rang < 0)
    cases, case[~manque] = np.unique(case[~manque], return_inverse=True)
    case[manque] = -1
    trouvees = []
    for _, valeurs in reversed(cles):
        cases, rang = np.divmod(cases, max(len(valeurs), 1))
        trouvees.append(rang if isinstance(valeurs, range) else valeurs.take(rang))
    return case, trouvees[::-1]


def _deux_classes(classe: np.ndarray, classes, eleve: np.ndarray, eleves) -> bool:
    """Un élève est-il dans deux classes ?"""
    _, (_, qui) = croiser([(classe, range(len(classes))), (eleve, range(len(eleves)))])
    return len(qui) > len(np.unique(qui))


def notes(resultats: pd.DataFrame, *, par: Par, sur: str | None = None) -> pd.DataFrame:
    """Une ligne par élève × groupe (× compétence, domaine ou « tout ») : `nb_acquis`, `valeur`,
    `note`, leur quotient, vide si rien n'est visé (voir `Matrice`)."""
    matrice = Matrice.de(resultats, par=par, sur=sur or TOUT)
    vue = matrice.vue
    if matrice.mesure is not TAUX:  # jamais testé n'est pas un niveau
        vue = vue & (matrice.nb_acquis > 0)
    lignes, rangs = np.nonzero(vue)
    ordre = np.lexsort((matrice.eleve[lignes], rangs, matrice.groupe[lignes]))
    lignes, rangs = lignes[ordre], rangs[ordre]
    siens = matrice.groupes.iloc[matrice.groupe[lignes]]
    cles = {nom: siens[nom].array for nom in siens}
    cles |= {sur: matrice.codes.take(rangs)} if sur else {}
    cles |= {"eleve": matrice.eleves.take(matrice.eleve[lignes])}
    nombres = {"nb_acquis": matrice.nb_acquis, "valeur": matrice.valeur, "note": matrice.notes()}
    return pd.DataFrame(cles | {nom: tableau[lignes, rangs] for nom, tableau in nombres.items()})


def compter(resultats: Any, *, par: Par = "classe", sur: str = "competence") -> Any:
    """Une ligne par groupe × compétence (domaine ou « tout ») × `nb_acquis` × `valeur` : `effectif`
    élèves.

    Les élèves dont rien n'est visé ne comptent pas. `mesure` dit ce que sont les valeurs.
    `resultats` est une table pandas, une relation DuckDB ou une table Spark ; ce qui est rendu
    aussi. Des évaluations et des collectes ne se mêlent pas : `par` dit le `type_campagne`, ou une
    table pandas n'en a qu'un.
    """
    colonnes = [par] if isinstance(par, str) else list(par)
    lignes = nw.from_native(resultats)
    if sur == TOUT:
        lignes = lignes.with_columns(nw.lit(TOUT).alias(TOUT))
    exiger_colonnes(lignes.collect_schema().names(), [*colonnes, sur])
    if "classe" in colonnes and _en_deux_classes(lignes):
        lignes = _dans_leur_principale(lignes)
    nombre, somme, mesure = _decomptes_de(resultats, colonnes)
    cles = [*colonnes, sur]
    lignes = lignes.select(*dict.fromkeys([*cles, "eleve"]), nb_acquis=nombre, valeur=somme)
    notes = lignes.group_by([*cles, "eleve"], drop_null_keys=True).agg(
        nw.col("nb_acquis").sum(), nw.col("valeur").sum()
    )
    cases = [*cles, "nb_acquis", "valeur"]
    comptes = notes.filter(nw.col("nb_acquis") > 0).group_by(cases).agg(effectif=nw.len())
    return nw.maybe_reset_index(comptes.with_columns(mesure=mesure).sort(cases)).to_native()


def _decomptes_de(resultats: Any, colonnes: list[str]) -> tuple[nw.Expr, nw.Expr, nw.Expr]:
    """Ce que chaque ligne ajoute à `nb_acquis` et à `valeur`, et le nom de leur mesure."""
    taux = nw.col("nb_acquis"), nw.col("nb_acquis_maitrises")
    niveau = (~nw.col("niveau_pix").is_null()).cast(nw.Int64), nw.col("niveau_pix")
    if "type_campagne" not in colonnes:
        mesure = mesure_de(resultats)
        nombres = taux if mesure is TAUX else niveau
        return *(nombre.fill_null(0) for nombre in nombres), nw.lit(mesure.nom)
    genre, nom = nw.col("type_campagne"), nw.lit(TAUX.nom)
    des_niveaux = {g: m for g, m in MESURES_DES_TYPES.items() if m is not TAUX}
    for un_genre, mesure in des_niveaux.items():
        nom = nw.when(genre == un_genre).then(nw.lit(mesure.nom)).otherwise(nom)
    en_niveau = nw.when(genre.is_in(list(des_niveaux)))
    nombres = (en_niveau.then(n).otherwise(t) for n, t in zip(niveau, taux, strict=True))
    return *(nombre.fill_null(0) for nombre in nombres), nom


def _dans_leur_principale(lignes: Any) -> Any:
    """Les mêmes lignes, `classe` devenue la principale de l'année : celle où l'élève a le plus de
    résultats, à égalité la première par son nom."""
    avec_annee = "annee_scolaire" in lignes.collect_schema().names()
    annee = nw.col("annee_scolaire").fill_null("") if avec_annee else nw.lit("")
    lignes, qui = lignes.with_columns(_annee=annee), ["_annee", "eleve"]
    nombres = lignes.group_by([*qui, "classe"]).agg(nombre=nw.len())
    plus_grand = nw.col("nombre").max().over(*qui)
    gagnantes = nombres.filter(nw.col("nombre") == plus_grand).group_by(qui)
    principales = gagnantes.agg(_principale=nw.col("classe").min())
    placees = lignes.join(principales, on=qui, how="left").drop("classe", "_annee")
    return placees.rename({"_principale": "classe"})


def _en_deux_classes(lignes: Any) -> bool:
    """Un élève est-il dans deux classes ? Une table qu'on ne lit pas d'avance peut en avoir."""
    if isinstance(lignes, nw.LazyFrame):
        return True
    paires = lignes.select("eleve", "classe").unique()
    return paires["eleve"].n_unique() < len(paires)


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
