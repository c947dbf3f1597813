"""Étage 2 — la moyenne des élèves d'une classe, et ce qu'on en sait vraiment."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pixkit.grandeurs import NIVEAU
from pixkit.mesures.certitude import A_95, intervalle, wilson
from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.rapprochement import decrire, ordinaires, rapprocher
from pixkit.mesures.retenus import mesure_de


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
    vient du groupe. Avec `objectif`, `part_sous_objectif` et son intervalle, parmi ceux dont on
    sait quelque chose : une collecte montre au niveau 0, avec 0 pix, ce qu'un élève n'a jamais
    validé ou jamais essayé (`nb_jamais`). Avec `attendus` {groupe: élèves attendus}, `borne_basse`
    et `borne_haute` : la part si tous les inconnus, absents compris, étaient au-dessus, ou
    au-dessous.
    """
    exiger_comparables(resultats)
    comptes, resume, lien = decrire(resultats, par=par, sur=sur)
    bas, haut = intervalle(resume)
    couples = resultats[[par, "niveau_scolaire"]] if par != "niveau_scolaire" else resultats[[par]]
    plus_bas = couples.drop_duplicates().groupby(par)["niveau_scolaire"].min()
    niveaux = resume.groupes[par].map(plus_bas).fillna("")
    estimes = rapprocher(resume, lien, pd.factorize(niveaux)[0])
    table = resume.table(
        nb_acquis=resume.nb_acquis.astype(int),
        moyenne=resume.moyenne,
        bas=bas,
        haut=haut,
        estimation=estimes.estimation,
        part_propre=estimes.part_propre,
    )
    if objectif is None:
        return table
    jamais = _jamais(resultats, par=par, sur=sur)
    cles = [table[par], table[sur]]
    jamais = jamais.reindex(pd.MultiIndex.from_arrays(cles), fill_value=0).to_numpy()
    sous = comptes["valeur"] / comptes["nb_acquis"] < objectif - 1e-9
    nombres = comptes["effectif"].where(sous, 0).groupby([comptes[par], comptes[sur]]).sum()
    jamais = np.minimum(jamais, nombres.to_numpy())  # un objectif nul n'a personne au-dessous
    nombres = nombres.to_numpy() - jamais  # les mêmes cases, dans le même ordre
    table = table.assign(nb_jamais=jamais, nb_sous_objectif=nombres)
    return _avec_objectif(table, par, {} if attendus is None else attendus)


def _jamais(resultats: pd.DataFrame, *, par: str, sur: str) -> pd.Series:
    """Par groupe et compétence, les élèves d'une collecte qui n'y ont pas un pix."""
    if mesure_de(resultats) is not NIVEAU or "nb_pix" not in resultats:
        return pd.Series(0, pd.MultiIndex.from_arrays([[], []]), dtype=int)
    pix = resultats.dropna(subset="niveau_pix").groupby([par, sur, "eleve"])["nb_pix"].max()
    return pix.fillna(1).eq(0).groupby(level=[0, 1]).sum()


def _avec_objectif(table: pd.DataFrame, par: str, attendus: Mapping[str, int]) -> pd.DataFrame:
    connus = (table["effectif"] - table["nb_jamais"]).to_numpy(float)
    part = np.divide(
        table["nb_sous_objectif"], connus, out=np.full(len(table), np.nan), where=connus > 0
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        bas, haut = wilson(part, connus, A_95)
    tous = np.array([attendus.get(groupe, np.nan) for groupe in table[par]], dtype=float)
    tous = np.maximum(tous, table["effectif"])
    return table.assign(
        part_sous_objectif=part, part_bas=bas, part_haut=haut, attendus=tous,
        borne_basse=table["nb_sous_objectif"] / tous,
        borne_haute=(table["nb_sous_objectif"] + tous - connus) / tous,
    )  # fmt: skip


def estimations_par_campagne(
    resultats: pd.DataFrame, *, par: str = "classe", sur: str = "domaine"
) -> pd.DataFrame:
    """`estimations` de chaque campagne, chacune à part : deux parcours ne se mêlent pas.

    Ajoute campagne et niveau scolaire, et `moyenne_du_niveau`, celle de tous ses élèves, sans les
    classes à part (SEGPA, ULIS…). Un groupe sans niveau scolaire connu n'a pas de cadre où se
    placer : il n'est pas rendu.
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
        communes = table[ordinaires(table)]
        sommes = communes.assign(total=communes["effectif"] * communes["moyenne"]).groupby(sur)
        du_niveau = sommes["total"].sum() / sommes["effectif"].sum()
        table = table.assign(niveau_scolaire=niveau, campagne=campagne, nom_campagne=nom)
        morceaux.append(table.assign(moyenne_du_niveau=table[sur].map(du_niveau)))
    return pd.concat(morceaux, ignore_index=True) if morceaux else pd.DataFrame(columns=colonnes)
