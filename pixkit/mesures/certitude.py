"""Étage 2 — ce qu'un chiffre laisse ignorer : intervalles, écarts sûrs ou non, ce que les absents pourraient changer.

L'élève est l'unité : il compte une fois, quel que soit son nombre d'acquis. La méthode et ses références : docs/methode.md.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.retenus import exiger_colonnes, mesure_de

CONFIANCE = 0.95
SIGNAUX = ("net", "probable", "dans le bruit")
FAUX_NETS = 0.04
"""Part des écarts « nets » que l'on accepte de voir démentis (Benjamini et Hochberg, 1995) : 4 % visés pour en tenir 5, les
petites classes ayant des extrêmes un peu plus fréquents que la loi ne le dit."""
NIVEAU_MAX = 8.0


def notes(resultats: pd.DataFrame, *, par: str | list[str], sur: str) -> pd.DataFrame:
    """Une ligne par élève × groupe × compétence (ou domaine) : `note`, sa part d'acquis maîtrisés (0–1) ou son niveau moyen.

    Pour des taux, `nb_acquis` et `nb_acquis_maitrises` l'accompagnent.
    """
    cles = [*([par] if isinstance(par, str) else par), sur, "eleve"]
    groupes = resultats.groupby(cles, observed=True, sort=True)
    if mesure_de(resultats) == "niveau_moyen":
        return groupes["niveau_pix"].mean().astype(float).rename("note").dropna().reset_index()
    sommes = groupes[["nb_acquis", "nb_acquis_maitrises"]].sum().astype(float)
    sommes = sommes[sommes["nb_acquis"] > 0]
    return sommes.assign(note=sommes["nb_acquis_maitrises"] / sommes["nb_acquis"]).reset_index()


def resumes(resultats: pd.DataFrame, *, par: str | list[str], sur: str) -> pd.DataFrame:
    """Une ligne par groupe × compétence : `effectif`, `moyenne` des notes, et de quoi en dire la précision.

    `dispersion` est commune aux groupes d'une compétence : le rapport de la variance entre élèves à celle d'un tirage à pile
    ou face (taux), ou la variance elle-même (niveaux). `degres` : ses degrés de liberté. Estimée sur tous les groupes, elle
    est bien plus stable que classe par classe. `taux_maitrise` (des décomptes additionnés) ou `niveau_moyen` s'y ajoute.
    """
    cles = [*([par] if isinstance(par, str) else par), sur]
    exiger_colonnes(resultats, cles)
    exiger_comparables(resultats)
    groupes = notes(resultats, par=cles[:-1], sur=sur).groupby(cles)
    bruts = groupes["note"].agg(effectif="size", moyenne="mean", carres="var")
    nom = mesure_de(resultats)
    if nom == "taux_maitrise":
        bruts = bruts.join(groupes[["nb_acquis", "nb_acquis_maitrises"]].sum())
        bruts[nom] = bruts["nb_acquis_maitrises"] / bruts["nb_acquis"]
    else:
        bruts[nom] = bruts["moyenne"]
    bruts = bruts.reset_index()
    libres = bruts["effectif"] - 1
    poids = libres * bruts["moyenne"] * (1 - bruts["moyenne"]) if nom == "taux_maitrise" else libres
    communs = pd.DataFrame(
        {"carres": bruts["carres"].fillna(0) * libres, "degres": libres, "poids": poids}
    )
    sommes = communs.groupby(bruts[sur])[["carres", "degres", "poids"]].transform("sum")
    dispersion = (sommes["carres"] / sommes["poids"].where(sommes["poids"] > 0)).fillna(1.0)
    return bruts.drop(columns="carres").assign(
        dispersion=dispersion.astype(float), degres=sommes["degres"].astype(float)
    )


def intervalle(resume: pd.DataFrame, *, taux: bool) -> tuple[np.ndarray, np.ndarray]:
    """Les bornes à 95 % des moyennes d'une table de `resumes` : Wilson (1927) pour des taux, Student pour des niveaux.

    Vides quand rien ne dit la dispersion (un seul élève, une seule classe).
    """
    n, m = resume["effectif"].to_numpy(float), resume["moyenne"].to_numpy(float)
    degres = resume["degres"].to_numpy(float)
    t = np.where(degres > 0, stdtrit(np.maximum(degres, 1), 0.5 + CONFIANCE / 2), np.nan)
    if not taux:
        demi = t * np.sqrt(resume["dispersion"].to_numpy(float) / n)
        return np.clip(m - demi, 0, NIVEAU_MAX), np.clip(m + demi, 0, NIVEAU_MAX)
    return wilson(m, n / np.maximum(resume["dispersion"].to_numpy(float), 1e-9), t)


def wilson(
    part: np.ndarray, nombre: np.ndarray, t: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """L'intervalle de Wilson d'une proportion : il reste entre 0 et 1, et tient même près des bords."""
    milieu = (part + t**2 / (2 * nombre)) / (1 + t**2 / nombre)
    demi = t / (1 + t**2 / nombre) * np.sqrt(part * (1 - part) / nombre + t**2 / (4 * nombre**2))
    return np.clip(milieu - demi, 0, 1), np.clip(milieu + demi, 0, 1)


def estimations(
    resultats: pd.DataFrame,
    *,
    par: str = "classe",
    sur: str = "competence",
    objectif: float | None = None,
    attendus: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (ou domaine) : la moyenne des élèves et ce qu'on en sait vraiment.

    `moyenne` (taux 0–1 ou niveau), `bas` et `haut` (95 %), `estimation` : la moyenne rapprochée de celle du niveau scolaire
    d'autant plus que le groupe est petit, `part_propre` (0–1) étant ce qui vient du groupe. Avec `objectif`,
    `part_sous_objectif` et son intervalle ; avec `attendus` {groupe: élèves attendus}, `borne_basse` et `borne_haute` : la
    part si tous les absents étaient au-dessus, ou au-dessous.
    """
    nom = mesure_de(resultats)
    resume = resumes(resultats, par=par, sur=sur)
    bas, haut = intervalle(resume, taux=nom == "taux_maitrise")
    table = resume.assign(bas=bas, haut=haut, **_rapprochees(resume, resultats, par, sur))
    table = table.drop(columns=["dispersion", "degres", nom])
    if objectif is not None:
        sous = notes(resultats, par=par, sur=sur)
        sous = sous.assign(sous=sous["note"] < objectif - 1e-9).groupby([par, sur])["sous"].sum()
        table = table.merge(sous.rename("nb_sous_objectif").reset_index(), on=[par, sur])
        table = _avec_objectif(table, par, {} if attendus is None else attendus)
    return table


def _avec_objectif(table: pd.DataFrame, par: str, attendus: Mapping[str, int]) -> pd.DataFrame:
    part = table["nb_sous_objectif"] / table["effectif"]
    bas, haut = wilson(
        part.to_numpy(float), table["effectif"].to_numpy(float), stdtrit(1e6, 0.5 + CONFIANCE / 2)
    )
    table = table.assign(part_sous_objectif=part, part_bas=bas, part_haut=haut)
    tous = (
        table[par].map(dict(attendus)).astype("Float64").astype(float).clip(lower=table["effectif"])
    )
    absents = tous - table["effectif"]
    return table.assign(
        attendus=tous,
        borne_basse=table["nb_sous_objectif"] / tous,
        borne_haute=(table["nb_sous_objectif"] + absents) / tous,
    )


def _rapprochees(
    resume: pd.DataFrame, resultats: pd.DataFrame, par: str, sur: str
) -> dict[str, np.ndarray]:
    """Le rapprochement partiel, niveau scolaire par niveau scolaire : B = τ² / (τ² + variance du groupe).

    τ², la variance vraie entre les groupes d'un niveau, est estimée par la méthode des moments (DerSimonian et Laird, 1986) sur
    toutes les compétences à la fois : avec deux ou trois classes par niveau, une seule ne suffirait pas.
    """
    niveau_de = resultats.groupby(par)["niveau_scolaire"].min()
    niveau, _ = pd.factorize(resume[par].map(niveau_de).fillna(""))
    cases = niveau * (resume[sur].nunique() + 1) + pd.factorize(resume[sur])[0]
    _, case = np.unique(cases, return_inverse=True)  # un niveau scolaire × une compétence
    n, moyenne = resume["effectif"].to_numpy(float), resume["moyenne"].to_numpy(float)
    centre = (np.bincount(case, n * moyenne) / np.bincount(case, n))[case]
    taux = mesure_de(resultats) == "taux_maitrise"
    variance = resume["dispersion"].to_numpy(float) * (centre * (1 - centre) if taux else 1.0) / n
    poids = 1 / np.maximum(variance, 1e-9)
    somme, nombre = np.bincount(case, poids)[case], np.bincount(case)[case]
    centre = np.bincount(case, poids * moyenne)[case] / somme
    q = np.bincount(niveau, poids * (moyenne - centre) ** 2)
    degres = np.bincount(niveau, (nombre - 1) / nombre)
    c = np.bincount(niveau, (somme - (np.bincount(case, poids**2)[case] / somme)) / nombre)
    with np.errstate(divide="ignore", invalid="ignore"):
        tau2 = np.maximum((q - degres) / c, 0)[niveau]
        propre = np.where(nombre < 2, 1.0, tau2 / (tau2 + variance))
    return {"estimation": centre + propre * (moyenne - centre), "part_propre": propre}


# — Les écarts —


def signaux(probabilites: pd.Series) -> pd.Series:
    """« net », « probable » ou « dans le bruit » d'après les probabilités qu'un hasard sans écart fasse autant.

    Toutes les lignes données sont jugées ensemble : sur 16 compétences × 20 classes, 16 écarts « à 5 % » sont du hasard. Un
    écart est net si, parmi les nets, 5 % au plus sont faux (Benjamini et Hochberg, 1995) ; probable, s'il ne passerait que seul.
    """
    from scipy.stats import false_discovery_control  # noqa: PLC0415 — une demi-seconde, que l'ouverture d'une page n'attend pas

    connues = probabilites.dropna()
    ajustees = pd.Series(
        false_discovery_control(connues, method="bh") if len(connues) else [],
        index=connues.index,
        dtype=float,
    )
    signal = pd.Series("dans le bruit", index=probabilites.index)
    signal = signal.mask(probabilites <= 1 - CONFIANCE, "probable")
    return signal.mask(ajustees.reindex(probabilites.index) <= FAUX_NETS, "net")


def difference(
    un: pd.DataFrame, autre: pd.DataFrame | float, *, taux: bool, part: pd.Series | float = 0.0
) -> pd.DataFrame:
    """`ecart`, `ecart_bas`, `ecart_haut` et `probabilite` d'une moyenne (lignes de `resumes`) à une autre, ligne à ligne.

    `autre` est un nombre, ou les résumés d'un groupe disjoint ; `part` est alors celle du premier dans la référence qui les
    réunit (une classe dans son établissement). Bornes : Newcombe (1998), qui combine les deux intervalles.
    """
    m, n = un["moyenne"].to_numpy(float), un["effectif"].to_numpy(float)
    bas, haut = intervalle(un, taux=taux)
    phi = un["dispersion"].to_numpy(float)
    if isinstance(autre, pd.DataFrame):
        m2, n2 = autre["moyenne"].to_numpy(float), autre["effectif"].to_numpy(float)
        bas2, haut2 = intervalle(autre, taux=taux)
        commun = (n * m + n2 * m2) / (n + n2)
        inverse = 1 / n + 1 / n2
    else:
        m2 = np.broadcast_to(np.asarray(autre, float), m.shape)
        bas2 = haut2 = commun = m2
        inverse = 1 / n
    echelle = 1 - np.asarray(part, float)
    ecart = m - m2
    erreur = np.sqrt(
        phi
        * inverse
        * (np.clip(commun, 0.005, 0.995) * (1 - np.clip(commun, 0.005, 0.995)) if taux else 1.0)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        probabilite = 2 * stdtr(
            np.maximum(un["degres"].to_numpy(float), 1), -np.abs(ecart / erreur)
        )
    return pd.DataFrame({
        "ecart": echelle * ecart,
        "ecart_bas": echelle * (ecart - np.hypot(m - bas, haut2 - m2)),
        "ecart_haut": echelle * (ecart + np.hypot(haut - m, m2 - bas2)),
        "probabilite": np.where(un["degres"].to_numpy(float) > 0, probabilite, np.nan),
    }, index=un.index)  # fmt: skip


def estimations_par_campagne(
    resultats: pd.DataFrame, *, par: str = "classe", sur: str = "domaine"
) -> pd.DataFrame:
    """`estimations` de chaque campagne, chacune à part : deux parcours ne se mêlent pas. Ajoute campagne et niveau scolaire.

    Un groupe sans niveau scolaire connu n'a pas de cadre où se placer : il n'est pas rendu.
    """
    morceaux = []
    for (niveau, campagne, nom), lignes in resultats.groupby(
        ["niveau_scolaire", "campagne", "nom_campagne"], observed=True
    ):
        morceaux.append(
            estimations(lignes, par=par, sur=sur).assign(
                niveau_scolaire=niveau, campagne=campagne, nom_campagne=nom
            )
        )
    colonnes = [
        par,
        sur,
        "effectif",
        "moyenne",
        "bas",
        "haut",
        "niveau_scolaire",
        "campagne",
        "nom_campagne",
    ]
    return pd.concat(morceaux, ignore_index=True) if morceaux else pd.DataFrame(columns=colonnes)
