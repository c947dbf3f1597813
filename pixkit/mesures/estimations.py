"""Étage 2 — la moyenne des élèves d'une classe, et ce qu'on en sait vraiment."""

from collections.abc import Mapping

import pandas as pd
from scipy.special import stdtrit

from pixkit.mesures.certitude import CONFIANCE, intervalle, rapprocher, resumer, wilson
from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.compter import compter


def estimations(
    resultats: pd.DataFrame,
    *,
    par: str = "classe",
    sur: str = "competence",
    objectif: float | None = None,
    attendus: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (ou domaine) : la moyenne des élèves et ce qu'on en sait
    vraiment.

    `moyenne` (taux 0–1 ou niveau), `bas` et `haut` (95 %), `estimation` : la moyenne rapprochée de
    celle du niveau scolaire d'autant plus que le groupe est petit, `part_propre` (0–1) étant ce qui
    vient du groupe. Avec `objectif`, `part_sous_objectif` et son intervalle ; avec `attendus`
    {groupe: élèves attendus}, `borne_basse` et `borne_haute` : la part si tous les absents étaient
    au-dessus, ou au-dessous.
    """
    exiger_comparables(resultats)
    comptes = compter(resultats, par=par, sur=sur)
    resume = resumer(comptes, sur=sur)
    bas, haut = intervalle(resume)
    niveaux = resume[par].map(resultats.groupby(par)["niveau_scolaire"].min()).fillna("")
    table = rapprocher(resume.assign(bas=bas, haut=haut), niveaux, sur=sur)
    table = table.drop(columns=["dispersion", "degres", "valeur"])
    if objectif is None:
        return table
    sous = comptes["valeur"] / comptes["nb_acquis"] < objectif - 1e-9
    nombres = comptes["effectif"].where(sous, 0).groupby([comptes[par], comptes[sur]]).sum()
    table = table.assign(nb_sous_objectif=nombres.to_numpy())  # les mêmes cases, dans le même ordre
    return _avec_objectif(table, par, {} if attendus is None else attendus)


def _avec_objectif(table: pd.DataFrame, par: str, attendus: Mapping[str, int]) -> pd.DataFrame:
    part = table["nb_sous_objectif"] / table["effectif"]
    t = stdtrit(1e6, 0.5 + CONFIANCE / 2)
    bas, haut = wilson(part.to_numpy(float), table["effectif"].to_numpy(float), t)
    tous = table[par].map(dict(attendus)).astype("Float64").astype(float)
    tous = tous.clip(lower=table["effectif"])
    absents = tous - table["effectif"]
    return table.assign(
        part_sous_objectif=part, part_bas=bas, part_haut=haut, attendus=tous,
        borne_basse=table["nb_sous_objectif"] / tous,
        borne_haute=(table["nb_sous_objectif"] + absents) / tous,
    )  # fmt: skip


def estimations_par_campagne(
    resultats: pd.DataFrame, *, par: str = "classe", sur: str = "domaine"
) -> pd.DataFrame:
    """`estimations` de chaque campagne, chacune à part : deux parcours ne se mêlent pas.

    Ajoute campagne et niveau scolaire, et `moyenne_du_niveau`, celle de tous ses élèves. Un groupe
    sans niveau scolaire connu n'a pas de cadre où se placer : il n'est pas rendu.
    """
    colonnes = [
        par,
        sur,
        "mesure",
        "effectif",
        "moyenne",
        "bas",
        "haut",
        "niveau_scolaire",
        "campagne",
        "nom_campagne",
        "moyenne_du_niveau",
    ]
    cadres = resultats.groupby(["niveau_scolaire", "campagne", "nom_campagne"], observed=True)
    morceaux = []
    for (niveau, campagne, nom), lignes in cadres:
        table = estimations(lignes, par=par, sur=sur)
        sommes = table.assign(total=table["effectif"] * table["moyenne"]).groupby(sur)
        du_niveau = sommes["total"].sum() / sommes["effectif"].sum()
        table = table.assign(niveau_scolaire=niveau, campagne=campagne, nom_campagne=nom)
        morceaux.append(table.assign(moyenne_du_niveau=table[sur].map(du_niveau)))
    return pd.concat(morceaux, ignore_index=True) if morceaux else pd.DataFrame(columns=colonnes)
