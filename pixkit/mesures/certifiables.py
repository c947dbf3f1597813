"""Étage 2 — qui est certifiable d'après la dernière collecte de chaque élève, et ce qui lui manque.

« Seuls les élèves ayant constitué un profil de compétence “certifiable”, c'est-à-dire ayant validé
cinq compétences de niveau 1 minimum, pourront passer la certification » (note de service du
23-10-2024, IV.C).
"""

from collections.abc import Collection
from datetime import date

import pandas as pd

from pixkit.mesures.certitude import A_95, wilson
from pixkit.mesures.retenus import SANS_CLASSE, exiger_colonnes
from pixkit.mesures.suivi import A_RELANCER
from pixkit.tables import FUSEAU, PARTICIPATION

CERTIFIABLE = 5
"""Compétences au niveau 1 qu'il faut pour passer la certification."""
_QUI = ["eleve", "nom", "prenom", "classe", "niveau_scolaire"]
_COLONNES = [*_QUI, "annee_scolaire", "certifiable", "nb_competences", "manquantes",
             "plus_proches", "date_collecte"]  # fmt: skip


def dernieres_collectes(resultats: pd.DataFrame) -> pd.DataFrame:
    """Les résultats de la dernière collecte que chaque élève a envoyée : seize lignes par élève."""
    collectes = resultats[resultats["type_campagne"] == "collecte"]
    ordre = collectes.sort_values(["date_envoi", *PARTICIPATION], kind="stable")
    dernieres = ordre.drop_duplicates("eleve", keep="last")[["eleve", *PARTICIPATION]]
    return collectes.merge(dernieres, on=["eleve", *PARTICIPATION])


def certifiables(
    resultats: pd.DataFrame, participations: pd.DataFrame, eleves: pd.DataFrame
) -> pd.DataFrame:
    """Une ligne par élève qui a envoyé une collecte : est-il `certifiable` à la dernière,
    `nb_competences` au niveau 1 ou plus, combien de `manquantes` pour en avoir cinq.

    `plus_proches` : autant de compétences déjà testées que de manquantes, du plus de pix au moins
    (« , » entre elles). Noms et classe sont ceux de la liste quand l'élève y est. Les élèves des
    années précédentes n'y sont que si la liste les dit encore là.
    """
    profils = dernieres_collectes(resultats)
    valides = (profils["niveau_pix"] >= 1).fillna(False)
    nombres = valides.groupby(profils["eleve"]).sum().astype("Int64").rename("nb_competences")
    manquantes = (CERTIFIABLE - nombres).clip(lower=0).rename("manquantes")
    table = profils.drop_duplicates("eleve").rename(columns={"date_envoi": "date_collecte"})
    table = table.join(nombres, on="eleve").join(manquantes, on="eleve")
    proches = _plus_proches(profils[~valides], manquantes)
    table = table.assign(
        certifiable=table["manquantes"].eq(0).astype("boolean"),
        plus_proches=table["eleve"].map(proches).astype("str"),
    )
    table = table.merge(participations[[*PARTICIPATION, "nom", "prenom"]], on=PARTICIPATION)
    la = _dans_la_liste(eleves)
    recents = table["annee_scolaire"] == table["annee_scolaire"].max()
    gardes = table[recents | table["eleve"].isin(la["eleve"])]
    rangees = _nommer(gardes, la)[_COLONNES]
    return rangees.sort_values(["classe", "nom", "prenom", "eleve"], ignore_index=True)


def _plus_proches(a_valider: pd.DataFrame, manquantes: pd.Series) -> pd.Series:
    """{élève: les compétences testées sans le niveau 1, les plus avancées d'abord}."""
    testees = a_valider[(a_valider["nb_pix"] > 0).fillna(False)]
    testees = testees.sort_values(["nb_pix", "competence"], ascending=[False, True])
    testees = testees.join(manquantes, on="eleve")
    proches = testees[testees.groupby("eleve").cumcount() < testees["manquantes"]]
    return proches.groupby("eleve")["competence"].agg(", ".join)


def _dans_la_liste(eleves: pd.DataFrame) -> pd.DataFrame:
    """Les élèves présents de la liste la plus récente."""
    annees = eleves["annee_scolaire"]
    presents = eleves[eleves["present"] & (annees.isna() | (annees == annees.dropna().max()))]
    lieux = presents["classe"].fillna(presents["groupes"]).fillna(SANS_CLASSE)
    return presents.assign(classe=lieux)[_QUI].drop_duplicates("eleve")


def _nommer(table: pd.DataFrame, la: pd.DataFrame) -> pd.DataFrame:
    """Le nom et la classe de la liste, à défaut ceux de la collecte."""
    siens = table[["eleve"]].merge(la, on="eleve", how="left").set_index(table.index)
    return table.assign(**{nom: siens[nom].fillna(table[nom]) for nom in _QUI[1:]})


def taux_certifiables(certifiables: pd.DataFrame, *, par: str = "classe") -> pd.DataFrame:
    """Une ligne par groupe : `nb_certifiables` sur `effectif` élèves qui ont envoyé une collecte,
    leur part et son intervalle à 95 %."""
    exiger_colonnes(certifiables, [par])
    groupes = certifiables["certifiable"].astype(float).groupby(certifiables[par])
    comptes = groupes.agg(nb_certifiables="sum", effectif="size").astype(int).reset_index()
    nombre = comptes["effectif"].to_numpy(float)
    part = comptes["nb_certifiables"].to_numpy(float) / nombre
    bas, haut = wilson(part, nombre, A_95)
    return comptes.assign(taux_certifiables=part, part_bas=bas, part_haut=haut)


def certifiables_par_semaine(participations: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par semaine (son lundi), de la première collecte envoyée à la dernière : combien
    d'élèves étaient certifiables à leur dernier envoi, sur `effectif` qui en avaient fait un.

    Donnez les participations d'une année (`ecole.participations`).
    """
    collectes = participations[participations["type_campagne"] == "collecte"]
    envois = collectes[collectes["envoye"]].dropna(subset=["date_envoi", "certifiable"])
    jours = envois["date_envoi"].dt.tz_localize(None).dt.normalize()
    lundis = jours - pd.to_timedelta(jours.dt.day_of_week, unit="D")
    envois = envois.assign(semaine=lundis).sort_values("date_envoi", kind="stable")
    envois = envois.drop_duplicates(["eleve", "semaine"], keep="last")
    etats = envois.assign(certifiable=envois["certifiable"].astype(float))
    etats = etats.pivot(index="semaine", columns="eleve", values="certifiable")
    semaines = pd.date_range(lundis.min(), lundis.max(), freq="7D") if len(lundis) else lundis
    etats = etats.reindex(pd.DatetimeIndex(semaines, name="semaine").as_unit("us")).ffill()
    nombres = {"nb_certifiables": etats.sum(axis=1), "effectif": etats.count(axis=1)}
    return pd.DataFrame(nombres).astype(int).reset_index()


def collectes_anciennes(certifiables: pd.DataFrame, *, jours: int, au: date) -> pd.DataFrame:
    """Ceux dont la dernière collecte a plus de `jours` jours à ce jour-là : à refaire avant de
    croire ce qu'elle dit."""
    limite = pd.Timestamp(au, tz=FUSEAU) - pd.Timedelta(days=jours)
    return certifiables[certifiables["date_collecte"] < limite].reset_index(drop=True)


def sans_collecte(
    certifiables: pd.DataFrame, eleves: pd.DataFrame, *, niveaux: Collection[str] = ()
) -> pd.DataFrame:
    """Les élèves présents de la liste qui n'ont envoyé aucune collecte ; `niveaux` : de ces seuls
    niveaux scolaires."""
    la = _dans_la_liste(eleves)
    la = la[la["niveau_scolaire"].isin(niveaux)] if niveaux else la
    manquent = la[~la["eleve"].isin(certifiables["eleve"])]
    return manquent.sort_values(["classe", "nom", "prenom", "eleve"], ignore_index=True)


def face_a_la_liste(
    certifiables: pd.DataFrame,
    eleves: pd.DataFrame,
    suivi: pd.DataFrame,
    *,
    niveaux: Collection[str] = (),
) -> tuple[int, int, int]:
    """Combien, de la liste, n'ont envoyé aucune collecte ; combien d'eux le `suivi` des collectes
    ne relance pas ; combien ont envoyé sans être reconnus dans la liste (0 sans liste)."""
    # Des homonymes tous venus : le suivi le sait, sans savoir qui est qui.
    venus = set(suivi.loc[suivi["etat"] == "envoye", "eleve"])
    relances = set(suivi.loc[suivi["etat"].isin(A_RELANCER), "eleve"])
    manquent = set(sans_collecte(certifiables, eleves, niveaux=niveaux)["eleve"]) - venus
    envoyes, liste = set(certifiables["eleve"]), set(eleves["eleve"])
    inconnus = len(envoyes - liste) - len(venus - envoyes) if liste else 0
    return len(manquent), len(manquent - relances), max(inconnus, 0)
