"""Étage 4 — ce qui a le droit de sortir : des agrégats par classe, arrondis, bornés, et rien qui se retrouve par soustraction.

Le principe tient en une phrase : on ne publie que des classes × campagnes d'au moins N élèves, et *tout le reste* (niveau
scolaire, établissement, domaine, phrases, images) se calcule à partir de ces seuls chiffres. Soustraire n'apprend donc rien.
"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from pixkit.mesures import ecarts, mesure_de
from pixkit.mesures.certitude import estimations
from pixkit.publication.population import publiable

EXTREME = 0.05
"""Plus près de 0 ou de 100 %, un taux dirait presque le résultat de chacun : on publie « moins de », « plus de »."""
_PAS = {"taux_maitrise": 0.01, "niveau_moyen": 0.1}
_DEMI_MINIMUM = {"taux_maitrise": 0.02, "niveau_moyen": 0.2}
"""Un intervalle plus étroit dirait que tous les élèves ont le même résultat."""
_ETENDUE = {"taux_maitrise": 1.0, "niveau_moyen": 8.0}
_CLASSE = ["campagne", "niveau_scolaire", "classe"]


@dataclass(frozen=True)
class Agregats:
    """Les tables publiées. `effectif` est un minimum quand `au_moins` est vrai ; `borne` vaut « », « < » ou « > ».

    campagnes : campagne, nom_campagne, type_campagne, annee_scolaire, date_donnees.
    participation (classe × campagne, si la liste des élèves est connue) : attendus, envoyes_bas, envoyes_haut.
    maitrise (classe × campagne × compétence) : mesure, effectif, au_moins, valeur, borne, bas, haut, poids (acquis visés).
    ecarts (mêmes lignes, face au niveau scolaire) : ecart, ecart_bas, ecart_haut, signal.
    certification (classe × collecte) : effectif, au_moins, taux_bas, taux_haut.
    tus : ce qui n'est pas publié, et pourquoi (campagne, classe, quoi, motif), sans aucun nombre.
    """

    campagnes: pd.DataFrame
    participation: pd.DataFrame
    maitrise: pd.DataFrame
    ecarts: pd.DataFrame
    certification: pd.DataFrame
    tus: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        return {champ.name: getattr(self, champ.name) for champ in fields(self)}


def agreger(eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int) -> Agregats:
    """Les agrégats de deux tables de `population`, pour un effectif minimum."""
    participations, maitrises, differences, certifications, tus = [], [], [], [], []
    avec = resultats.groupby("campagne")["eleve"].agg(set)
    for (campagne, classe), siens in eleves.groupby(["campagne", "classe"], sort=True):
        if not siens["sur_liste"].iloc[0]:
            continue
        if len(siens) < 2 * effectif_min - 1:
            tus.append((campagne, classe, "participation", "classe trop petite"))
            continue
        bas, haut = borner(int(siens["envoye"].sum()), len(siens), effectif_min)
        participations.append((campagne, siens["niveau_scolaire"].iloc[0], classe, len(siens), bas, haut))
    for (campagne, niveau), lignes in resultats.groupby(["campagne", "niveau_scolaire"], sort=True):
        groupes = dict(list(eleves[eleves["campagne"] == campagne].groupby("classe")))
        publiables = [c for c in sorted(lignes["classe"].unique()) if publiable(groupes[c], avec[campagne], effectif_min)]
        tus += [(campagne, c, "résultats", "trop peu d'envois") for c in sorted(set(lignes["classe"]) - set(publiables))]
        gardes = lignes[lignes["classe"].isin(publiables)]
        if gardes.empty:
            continue
        cases, trop_peu = _maitrise(gardes, groupes, effectif_min)
        maitrises.append(cases.assign(campagne=campagne, niveau_scolaire=niveau))
        tus += [(campagne, classe, f"compétence {code}", "trop peu d'élèves testés") for classe, code in trop_peu]
        if len(publiables) > 1:
            differences.append(_ecarts(gardes, cases).assign(campagne=campagne, niveau_scolaire=niveau))
        if gardes["type_campagne"].iloc[0] == "collecte":
            certifications.append(_certification({c: groupes[c] for c in publiables}, effectif_min).assign(
                campagne=campagne, niveau_scolaire=niveau))  # fmt: skip
    ordre = ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"]
    return Agregats(
        eleves[ordre].drop_duplicates("campagne").sort_values(["annee_scolaire", "campagne"], ascending=False, ignore_index=True),
        pd.DataFrame(participations, columns=[*_CLASSE, "attendus", "envoyes_bas", "envoyes_haut"]),
        _reunir(maitrises, [*_CLASSE, "competence", "mesure", "effectif", "au_moins", "valeur", "borne", "bas", "haut", "poids"]),
        _reunir(differences, [*_CLASSE, "competence", "ecart", "ecart_bas", "ecart_haut", "signal"]),
        _reunir(certifications, [*_CLASSE, "effectif", "au_moins", "taux_bas", "taux_haut"]),
        pd.DataFrame(tus, columns=["campagne", "classe", "quoi", "motif"]),
    )


def _reunir(morceaux: list[pd.DataFrame], colonnes: list[str]) -> pd.DataFrame:
    return pd.concat(morceaux, ignore_index=True)[colonnes] if morceaux else pd.DataFrame(columns=colonnes)


def borner(partie: int, tout: int, effectif_min: int) -> tuple[int, int]:
    """Entre quoi et quoi publier une partie d'un groupe connu : exacte si elle et son reste font N au moins."""
    if partie < effectif_min:
        return 0, effectif_min - 1
    if tout - partie < effectif_min:
        return tout - effectif_min + 1, tout
    return partie, partie


def _effectif(nombre: int, classe: pd.DataFrame, effectif_min: int) -> tuple[int, bool]:
    """L'effectif à publier pour `nombre` élèves testés d'une classe, et si c'est un minimum ; 0 s'il doit être tu.

    Ceux qui manquent (pas envoyé, compte effacé, compétence non testée) ne doivent pas se compter par différence. Sans liste,
    on ne sait pas combien ils sont : l'effectif est arrondi au multiple de N inférieur.
    """
    envoyes = int(classe["envoye"].sum())
    if not classe["sur_liste"].iloc[0]:
        return (nombre // effectif_min * effectif_min, True) if not 0 < envoyes - nombre < effectif_min else (0, True)
    plancher, haut = borner(envoyes, len(classe), effectif_min)
    if nombre == envoyes:
        return plancher, plancher != haut
    manquent = envoyes - nombre
    if manquent >= effectif_min and plancher == haut:
        return nombre, False
    reste = min(plancher, nombre) - effectif_min + 1
    return (reste if reste >= effectif_min else 0), True


def _maitrise(lignes: pd.DataFrame, groupes: dict, effectif_min: int) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Une ligne par classe × compétence publiable d'un niveau scolaire, et les (classe, compétence) tues."""
    nom = mesure_de(lignes)
    table = estimations(lignes, sur="competence")
    effectifs = [_effectif(int(ligne.effectif), groupes[ligne.classe], effectif_min) for ligne in table.itertuples()]
    valeurs = table["nb_acquis_maitrises"] / table["nb_acquis"] if nom == "taux_maitrise" else table["moyenne"]
    poids = lignes.groupby("competence")["nb_acquis"].max() if nom == "taux_maitrise" else None
    table = table.assign(
        mesure=nom,
        testes=table["effectif"],
        effectif=[effectif for effectif, _ in effectifs],
        au_moins=[au_moins for _, au_moins in effectifs],
        brute=valeurs.astype(float),
        poids=table["competence"].map(poids).astype(int) if poids is not None else 1,
    )
    gardees = table[table["effectif"] >= effectif_min]
    tues = table[table["effectif"] < effectif_min]
    gardees = gardees.assign(elargi=np.sqrt(gardees["testes"] / gardees["effectif"]))
    return _arrondir(gardees, nom), list(zip(tues["classe"], tues["competence"], strict=True))


def _arrondir(table: pd.DataFrame, nom: str) -> pd.DataFrame:
    """Valeur arrondie, extrêmes remplacés par une borne, intervalle jamais plus étroit que `_DEMI_MINIMUM`.

    L'intervalle est celui de l'effectif publié : sa largeur redonnerait l'effectif exact.
    """
    pas, etendue = _PAS[nom], _ETENDUE[nom]
    marge = np.maximum(EXTREME, 1 / table["effectif"].astype(float)) * etendue
    marge = np.ceil(marge / pas - 1e-9) * pas
    valeur = table["brute"].clip(marge, etendue - marge)
    borne = np.select([table["brute"] < marge, table["brute"] > etendue - marge], ["<", ">"], "")
    demi = np.maximum((table["haut"] - table["bas"]) / 2 * table["elargi"], _DEMI_MINIMUM[nom])
    milieu = valeur.where(borne != "", (table["haut"] + table["bas"]) / 2)
    return table.assign(
        valeur=(valeur / pas).round() * pas, borne=borne,
        bas=np.where(borne == "<", 0, np.floor((milieu - demi).clip(0) / pas + 1e-9) * pas),
        haut=np.where(borne == ">", etendue, np.ceil((milieu + demi).clip(upper=etendue) / pas - 1e-9) * pas),
    ).round({"valeur": 2, "bas": 2, "haut": 2}).drop(columns="brute")  # fmt: skip


def _ecarts(lignes: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Les écarts d'une classe à son niveau scolaire : la différence de deux chiffres publiés, l'intervalle élargi à l'arrondi.

    Une case bornée n'a pas d'écart : il redonnerait la valeur qu'on tait.
    """
    nom = cases["mesure"].iloc[0]
    pas = _PAS[nom]
    juges = ecarts(lignes, par="classe")[["classe", "competence", "ecart_bas", "ecart_haut", "signal"]]
    table = cases[cases["borne"] == ""].merge(juges, on=["classe", "competence"])
    reference = moyenne_ponderee(cases, ["competence"]).set_index("competence")["valeur"]
    ecart = (table["valeur"] - table["competence"].map(reference)).round(2)
    demi = np.maximum((table["ecart_haut"] - table["ecart_bas"]) / 2 * table["elargi"], _DEMI_MINIMUM[nom])
    demi = np.ceil(demi / pas - 1e-9) * pas
    return table.assign(ecart=ecart, ecart_bas=(ecart - demi).round(2), ecart_haut=(ecart + demi).round(2))


def moyenne_ponderee(cases: pd.DataFrame, par: list[str]) -> pd.DataFrame:
    """Réunit des cases publiées (classes d'un niveau, compétences d'un domaine) : `valeur`, `effectif`, `au_moins`.

    Ne se sert que de chiffres publiés : n'importe qui peut refaire ce calcul, et il n'apprend rien de plus.
    """
    masse = cases["effectif"] * cases["poids"]
    sommes = cases.assign(masse=masse, total=masse * cases["valeur"]).groupby(par, sort=True)
    table = sommes.agg(masse=("masse", "sum"), total=("total", "sum"), au_moins=("au_moins", "any"), mesure=("mesure", "first"))
    par_classe = cases.groupby([*par, "classe"])["effectif"].max().groupby(par).sum()
    pas = table["mesure"].map(_PAS)
    valeur = ((table["total"] / table["masse"]) / pas).round() * pas
    return table.assign(valeur=valeur.round(2), effectif=par_classe, borne="").reset_index().drop(columns=["masse", "total"])


def _certification(groupes: dict[str, pd.DataFrame], effectif_min: int) -> pd.DataFrame:
    """Une ligne par classe : la part d'élèves certifiables, exacte ou entre deux bornes."""
    lignes = []
    for classe, siens in groupes.items():
        dits = siens.loc[siens["envoye"], "certifiable"].dropna()
        effectif, au_moins = _effectif(len(dits), siens, effectif_min)
        if effectif >= effectif_min:
            lignes.append((classe, effectif, au_moins, *_part(int(dits.sum()), len(dits), effectif, effectif_min)))
    return pd.DataFrame(lignes, columns=["classe", "effectif", "au_moins", "taux_bas", "taux_haut"])


def _part(nombre: int, sur: int, effectif: int, effectif_min: int) -> tuple[float, float]:
    """Entre quoi et quoi publier une part : les petits nombres sont bornés, et un effectif tu n'est pas redonné par la part."""
    marge = (effectif_min - 1) / effectif
    if nombre < effectif_min:
        return 0.0, float(np.ceil(20 * marge) / 20)
    if sur - nombre < effectif_min:
        return float(np.floor(20 * (1 - marge)) / 20), 1.0
    if sur != effectif:
        return float(np.floor(20 * nombre / sur) / 20), float(np.ceil(20 * nombre / sur) / 20)
    return (float(round(nombre / sur, 2)),) * 2
