"""Étage 4 — ce qui a le droit de sortir : des agrégats par classe, arrondis, bornés, et rien qui se retrouve par soustraction.

Le principe tient en une phrase : on ne publie que des classes × campagnes d'au moins N élèves, et *tout le reste* (niveau
scolaire, établissement, domaine, phrases, images) se calcule à partir de ces seuls chiffres. Soustraire n'apprend donc rien.
"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from pixkit.mesures import mesure_de
from pixkit.mesures.certitude import difference, resumes, signaux, wilson
from pixkit.publication.population import publiable

EXTREME = 0.05
"""Plus près de 0 ou de 100 %, un taux dirait presque le résultat de chacun : on publie « moins de », « plus de »."""
_PAS = {"taux_maitrise": 0.01, "niveau_moyen": 0.1}
_PAS_DISPERSION = {"taux_maitrise": 0.25, "niveau_moyen": 0.5}
"""La dispersion des élèves est commune aux classes d'un niveau scolaire, et arrondie au-dessus : elle ne décrit personne."""
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
    for (campagne, niveau), du_niveau in eleves.groupby(["campagne", "niveau_scolaire"], sort=True):
        groupes = dict(list(du_niveau.groupby("classe", sort=True)))
        for classe, siens in groupes.items():
            if not siens["sur_liste"].iloc[0]:
                continue
            if len(siens) < 2 * effectif_min - 1:
                tus.append((campagne, classe, "participation", "classe trop petite"))
                continue
            participations.append(
                (
                    campagne,
                    niveau,
                    classe,
                    len(siens),
                    *borner(int(siens["envoye"].sum()), len(siens), effectif_min),
                )
            )
        publiables = [
            c
            for c, siens in groupes.items()
            if publiable(siens, avec.get(campagne, ()), effectif_min)
        ]
        tus += [
            (campagne, classe, "résultats", "trop peu d'envois")
            for classe in groupes
            if classe not in publiables
        ]
        lignes = resultats[
            (resultats["campagne"] == campagne) & resultats["classe"].isin(publiables)
        ]
        if lignes.empty:
            continue
        lieu = {"campagne": campagne, "niveau_scolaire": niveau}
        cases, ecarts = _maitrise(lignes, groupes, effectif_min)
        maitrises.append(cases.assign(**lieu))
        differences.append(ecarts.assign(**lieu))
        publiees = set(zip(cases["classe"], cases["competence"], strict=True))
        testees = (
            lignes[["classe", "competence"]].drop_duplicates().sort_values(["classe", "competence"])
        )
        tus += [(campagne, classe, f"compétence {code}", "trop peu d'élèves testés")
                for classe, code in testees.itertuples(index=False) if (classe, code) not in publiees]  # fmt: skip
        if lignes["type_campagne"].iloc[0] == "collecte":
            certifications.append(
                _certification({c: groupes[c] for c in publiables}, effectif_min).assign(**lieu)
            )
    ordre = ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"]
    return Agregats(
        eleves[ordre]
        .drop_duplicates("campagne")
        .sort_values(["annee_scolaire", "campagne"], ascending=False, ignore_index=True),
        pd.DataFrame(participations, columns=[*_CLASSE, "attendus", "envoyes_bas", "envoyes_haut"]),
        _reunir(
            maitrises,
            [
                *_CLASSE,
                "competence",
                "mesure",
                "effectif",
                "au_moins",
                "valeur",
                "borne",
                "bas",
                "haut",
                "poids",
            ],
        ),
        _reunir(
            differences, [*_CLASSE, "competence", "ecart", "ecart_bas", "ecart_haut", "signal"]
        ),
        _reunir(certifications, [*_CLASSE, "effectif", "au_moins", "taux_bas", "taux_haut"]),
        pd.DataFrame(tus, columns=["campagne", "classe", "quoi", "motif"]),
    )


def _reunir(morceaux: list[pd.DataFrame], colonnes: list[str]) -> pd.DataFrame:
    return (
        pd.concat(morceaux, ignore_index=True)[colonnes]
        if morceaux
        else pd.DataFrame(columns=colonnes)
    )


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
        return (
            (nombre // effectif_min * effectif_min, True)
            if not 0 < envoyes - nombre < effectif_min
            else (0, True)
        )
    plancher, haut = borner(envoyes, len(classe), effectif_min)
    if nombre == envoyes:
        return plancher, plancher != haut
    if envoyes - nombre >= effectif_min:
        return (nombre if nombre >= effectif_min else 0), plancher != haut
    reste = plancher - effectif_min + 1  # sans rapport avec `nombre`, que l'on retrouverait
    return (reste if reste >= effectif_min else 0), True


def _maitrise(
    lignes: pd.DataFrame, groupes: dict, effectif_min: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Les cases classe × compétence publiables d'un niveau scolaire, et leurs écarts au niveau."""
    nom = mesure_de(lignes)
    table = resumes(lignes, par="classe", sur="competence")
    effectifs = [
        _effectif(int(ligne.effectif), groupes[ligne.classe], effectif_min)
        for ligne in table.itertuples()
    ]
    vises = lignes.groupby("competence")["nb_acquis"].max().fillna(1).astype(int)
    table = table.assign(
        mesure=nom,
        effectif=[effectif for effectif, _ in effectifs],
        au_moins=[au_moins for _, au_moins in effectifs],
        brute=table[nom].astype(float),
        poids=table["competence"].map(vises),
    )
    table = table[table["effectif"] >= effectif_min]
    cases = _arrondir(table, nom, effectif_min)
    return cases, _ecarts(cases, nom)


def _arrondir(table: pd.DataFrame, nom: str, effectif_min: int) -> pd.DataFrame:
    """Tout se recalcule comme si l'effectif publié était le vrai : ni un quotient ni une largeur ne redonnent celui qu'on tait.

    Un extrême devient une borne. L'intervalle est celui de Wilson pour l'effectif publié, au plus large (des réponses tout ou
    rien) : la dispersion de la classe dirait si tous ont le même résultat.
    """
    pas, etendue = _PAS[nom], _ETENDUE[nom]
    effectif = table["effectif"].astype(float)
    quanta = effectif * table["poids"]
    brute = (table["brute"] * quanta).round() / quanta
    marge = (
        np.maximum(EXTREME, (effectif_min if nom == "taux_maitrise" else 1) / quanta).clip(
            upper=0.5
        )
        * etendue
    )
    borne = np.select([brute < marge - 1e-9, brute > etendue - marge + 1e-9], ["<", ">"], "")
    marge = np.ceil(marge / pas - 1e-9) * pas
    valeur = (brute.clip(marge, etendue - marge) / pas).round() * pas
    bas, haut = (
        etendue * limite
        for limite in wilson((valeur / etendue).to_numpy(), effectif.to_numpy(), 2.0)
    )
    return table.assign(
        valeur=valeur, borne=borne,
        bas=np.where(borne == "<", 0, np.minimum(np.floor(bas / pas + 1e-9) * pas, valeur)),
        haut=np.where(borne == ">", etendue, np.maximum(np.ceil(haut / pas - 1e-9) * pas, valeur)),
    ).round({"valeur": 2, "bas": 2, "haut": 2})  # fmt: skip


def _ecarts(cases: pd.DataFrame, nom: str) -> pd.DataFrame:
    """Les écarts d'une classe à son niveau scolaire, tirés des seuls chiffres publiés (et de la dispersion du niveau, arrondie).

    Une case bornée n'a pas d'écart, une classe seule non plus.
    """
    pas = _PAS[nom]
    table = cases.assign(
        moyenne=cases["valeur"],
        dispersion=np.ceil(cases["dispersion"] / _PAS_DISPERSION[nom]).clip(lower=1)
        * _PAS_DISPERSION[nom],
        produit=cases["valeur"] * cases["effectif"],
    )
    sommes = table.groupby("competence")[["effectif", "produit"]].transform("sum")
    reste = (sommes["effectif"] - table["effectif"]).astype(float)
    autres = table.assign(
        effectif=reste.where(reste > 0),
        moyenne=(sommes["produit"] - table["produit"]) / reste.where(reste > 0),
    )
    table["degres"] = sommes["effectif"] - table.groupby("competence")["classe"].transform("size")
    part = table["effectif"] / sommes["effectif"]
    juges = difference(table, autres, taux=nom == "taux_maitrise", part=part)
    table = table.assign(
        ecart=juges["ecart"], ecart_bas=juges["ecart_bas"], ecart_haut=juges["ecart_haut"]
    )
    table["signal"] = signaux(juges["probabilite"])
    bornes = {"ecart": table["ecart"].round(2), "ecart_bas": np.floor(table["ecart_bas"] / pas) * pas,
              "ecart_haut": np.ceil(table["ecart_haut"] / pas) * pas}  # fmt: skip
    return table.assign(**bornes)[(cases["borne"] == "") & table["ecart"].notna()].round(
        {"ecart_bas": 2, "ecart_haut": 2}
    )


def moyenne_ponderee(cases: pd.DataFrame, par: list[str]) -> pd.DataFrame:
    """Réunit des cases publiées (classes d'un niveau, compétences d'un domaine) : `valeur`, `effectif`, `au_moins`.

    Ne se sert que de chiffres publiés : n'importe qui peut refaire ce calcul, et il n'apprend rien de plus.
    """
    masse = cases["effectif"] * cases["poids"]
    sommes = cases.assign(masse=masse, total=masse * cases["valeur"]).groupby(par, sort=True)
    table = sommes.agg(
        masse=("masse", "sum"),
        total=("total", "sum"),
        au_moins=("au_moins", "any"),
        mesure=("mesure", "first"),
    )
    par_classe = cases.groupby([*par, "classe"])["effectif"].max().groupby(par).sum()
    pas = table["mesure"].map(_PAS)
    valeur = ((table["total"] / table["masse"]) / pas).round() * pas
    return (
        table.assign(valeur=valeur.round(2), effectif=par_classe, borne="")
        .reset_index()
        .drop(columns=["masse", "total"])
    )


def _certification(groupes: dict[str, pd.DataFrame], effectif_min: int) -> pd.DataFrame:
    """Une ligne par classe : la part d'élèves certifiables, exacte ou entre deux bornes."""
    lignes = []
    for classe, siens in groupes.items():
        dits = siens.loc[siens["envoye"], "certifiable"].dropna()
        effectif, au_moins = _effectif(len(dits), siens, effectif_min)
        if effectif >= effectif_min and len(dits):
            lignes.append(
                (
                    classe,
                    effectif,
                    au_moins,
                    *_part(int(dits.sum()), len(dits), effectif, effectif_min),
                )
            )
    return pd.DataFrame(lignes, columns=["classe", "effectif", "au_moins", "taux_bas", "taux_haut"])


def _part(nombre: int, sur: int, effectif: int, effectif_min: int) -> tuple[float, float]:
    """Entre quoi et quoi publier une part : les petits nombres sont bornés, et un effectif tu n'est pas redonné par la part."""
    nombre = round(nombre / sur * effectif)
    marge = (effectif_min - 1) / effectif
    if nombre < effectif_min:
        return 0.0, float(np.ceil(20 * marge) / 20)
    if effectif - nombre < effectif_min:
        return float(np.floor(20 * (1 - marge)) / 20), 1.0
    return (float(round(nombre / effectif, 2)),) * 2
