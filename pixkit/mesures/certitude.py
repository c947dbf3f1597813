"""Étage 2 — ce qu'un chiffre laisse ignorer : dispersion, intervalles, écarts sûrs ou non.

L'élève est l'unité : il compte une fois, quel que soit son nombre d'acquis. Tout part des décomptes
de `compter`. La méthode et ses références : docs/methode.md.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from pixkit.grandeurs import mesure_de_la_table

CONFIANCE = 0.95
SIGNAUX = ("net", "probable", "dans le bruit")
FAUX_NETS = 0.04
"""Part des écarts « nets » que l'on accepte de voir démentis (Benjamini et Hochberg, 1995) : 4 %
visés pour en tenir 5, les petites classes ayant des extrêmes un peu plus fréquents que la loi ne le
dit."""


def resumer(comptes: pd.DataFrame, *, sur: str) -> pd.DataFrame:
    """Une ligne par groupe × compétence des décomptes : de quoi dire une moyenne et sa précision.

    `effectif` ; `moyenne` des notes ; `valeur`, celle de la mesure (des décomptes additionnés pour
    un taux) ; `nb_acquis`. `dispersion` est commune aux groupes d'une compétence : le rapport de la
    variance entre élèves à celle d'un tirage à pile ou face (taux), ou la variance elle-même
    (niveaux) ; `degres` : ses degrés de liberté. Estimée sur tous les groupes, elle est bien plus
    stable que classe par classe.
    """
    cles = [nom for nom in comptes if nom not in ("nb_acquis", "valeur", "effectif", "mesure")]
    mesure, groupes = mesure_de_la_table(comptes), comptes.groupby(cles, observed=True, sort=True)
    case, table = groupes.ngroup().to_numpy(), groupes.size().index.to_frame(index=False)
    n, acquis, somme = _nombres(comptes, "effectif", "nb_acquis", "valeur")
    note, effectif = somme / acquis, np.bincount(case, n)
    moyenne, nb_acquis = np.bincount(case, n * note) / effectif, np.bincount(case, n * acquis)
    carres = np.bincount(case, n * (note - moyenne[case]) ** 2)
    code, _ = pd.factorize(table[sur])
    poids = (effectif - 1) * (moyenne * (1 - moyenne) if mesure.est_un_taux else 1)
    degres, poids, carres = (np.bincount(code, x)[code] for x in (effectif - 1, poids, carres))
    return table.assign(
        effectif=effectif.astype(int),
        nb_acquis=nb_acquis.astype(int),
        valeur=np.bincount(case, n * somme) / nb_acquis if mesure.est_un_taux else moyenne,
        moyenne=moyenne,
        mesure=mesure.nom,
        dispersion=np.where(poids > 0, carres / np.where(poids > 0, poids, 1), 1.0),
        degres=degres,
    )


def intervalle(resume: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Les bornes à 95 % des moyennes : Wilson (1927) pour des taux, Student pour des niveaux.

    Vides quand rien ne dit la dispersion (un seul élève, une seule classe).
    """
    mesure = mesure_de_la_table(resume)
    n, m, phi, degres = _nombres(resume, "effectif", "moyenne", "dispersion", "degres")
    t = np.where(degres > 0, stdtrit(np.maximum(degres, 1), 0.5 + CONFIANCE / 2), np.nan)
    if mesure.est_un_taux:
        return wilson(m, n / np.maximum(phi, 1e-9), t)
    demi = t * np.sqrt(phi / n)
    return np.clip(m - demi, 0, mesure.etendue), np.clip(m + demi, 0, mesure.etendue)


def _nombres(table: pd.DataFrame, *noms: str) -> list[np.ndarray]:
    return [table[nom].to_numpy(float) for nom in noms]


def wilson(
    part: np.ndarray, nombre: np.ndarray, t: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """L'intervalle de Wilson d'une proportion : il reste entre 0 et 1, et tient même près des
    bords."""
    milieu = (part + t**2 / (2 * nombre)) / (1 + t**2 / nombre)
    variance = part * (1 - part) / nombre + t**2 / (4 * nombre**2)
    demi = t / (1 + t**2 / nombre) * np.sqrt(variance)
    return np.clip(milieu - demi, 0, 1), np.clip(milieu + demi, 0, 1)


def rapprocher(resume: pd.DataFrame, niveaux: pd.Series, *, sur: str) -> pd.DataFrame:
    """Le résumé, et `estimation` et `part_propre` : B = τ² / (τ² + variance du groupe).

    Niveau scolaire par niveau scolaire (`niveaux`, ligne à ligne). τ², la variance vraie entre les
    groupes d'un niveau, est estimée par la méthode des moments (DerSimonian et Laird, 1986) sur
    toutes les compétences à la fois : avec deux ou trois classes par niveau, une seule ne suffirait
    pas.
    """
    niveau, _ = pd.factorize(niveaux)
    cases = niveau * (resume[sur].nunique() + 1) + pd.factorize(resume[sur])[0]
    _, case = np.unique(cases, return_inverse=True)  # un niveau scolaire × une compétence
    n, moyenne, phi = _nombres(resume, "effectif", "moyenne", "dispersion")
    centre = (np.bincount(case, n * moyenne) / np.bincount(case, n))[case]
    taux = mesure_de_la_table(resume).est_un_taux
    variance = phi * (centre * (1 - centre) if taux else 1.0) / n
    poids = 1 / np.maximum(variance, 1e-9)
    somme, nombre = np.bincount(case, poids)[case], np.bincount(case)[case]
    centre = np.bincount(case, poids * moyenne)[case] / somme
    q = np.bincount(niveau, poids * (moyenne - centre) ** 2)
    degres = np.bincount(niveau, (nombre - 1) / nombre)
    c = np.bincount(niveau, (somme - (np.bincount(case, poids**2)[case] / somme)) / nombre)
    with np.errstate(divide="ignore", invalid="ignore"):
        tau2 = np.maximum((q - degres) / c, 0)[niveau]
        propre = np.where(nombre < 2, 1.0, tau2 / (tau2 + variance))
    return resume.assign(estimation=centre + propre * (moyenne - centre), part_propre=propre)


def signaux(probabilites: pd.Series) -> pd.Series:
    """« net », « probable » ou « dans le bruit » d'après la probabilité qu'un hasard en fasse
    autant.

    Toutes les lignes données sont jugées ensemble : sur 16 compétences × 20 classes, 16 écarts « à
    5 % » sont du hasard. Un écart est net si, parmi les nets, 5 % au plus sont faux (Benjamini et
    Hochberg, 1995) ; probable, s'il ne passerait que seul.
    """
    # Une demi-seconde, que l'ouverture d'une page n'attend pas.
    from scipy.stats import false_discovery_control  # noqa: PLC0415

    connues = probabilites.dropna()
    controlees = false_discovery_control(connues, method="bh") if len(connues) else []
    ajustees = pd.Series(controlees, index=connues.index, dtype=float).reindex(probabilites.index)
    signal = pd.Series("dans le bruit", index=probabilites.index)
    signal = signal.mask(probabilites <= 1 - CONFIANCE, "probable")
    return signal.mask(ajustees <= FAUX_NETS, "net")


def difference(
    un: pd.DataFrame, autre: pd.DataFrame | pd.Series, *, part: pd.Series | float = 0.0
) -> pd.DataFrame:
    """`ecart`, `ecart_bas`, `ecart_haut` et `probabilite` d'une moyenne de `resumer` à une autre.

    `autre` : des nombres, ou les résumés d'un groupe disjoint, ligne à ligne ; `part` est alors
    celle du premier dans la référence qui les réunit (une classe dans son établissement). Bornes :
    Newcombe (1998), qui combine les deux intervalles.
    """
    m, n, phi, degres = _nombres(un, "moyenne", "effectif", "dispersion", "degres")
    bas, haut = intervalle(un)
    if isinstance(autre, pd.DataFrame):
        m2, n2 = _nombres(autre, "moyenne", "effectif")
        bas2, haut2 = intervalle(autre)
        commun, inverse = (n * m + n2 * m2) / (n + n2), 1 / n + 1 / n2
    else:
        m2 = bas2 = haut2 = commun = autre.to_numpy(float)
        inverse = 1 / n
    echelle, ecart = 1 - np.asarray(part, float), m - m2
    commun = np.clip(commun, 0.005, 0.995)
    taux = mesure_de_la_table(un).est_un_taux
    erreur = np.sqrt(phi * inverse * (commun * (1 - commun) if taux else 1.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        probabilite = 2 * stdtr(np.maximum(degres, 1), -np.abs(ecart / erreur))
    juges = {
        "ecart": echelle * ecart,
        "ecart_bas": echelle * (ecart - np.hypot(m - bas, haut2 - m2)),
        "ecart_haut": echelle * (ecart + np.hypot(haut - m, m2 - bas2)),
        "probabilite": np.where(degres > 0, probabilite, np.nan),
    }
    return pd.DataFrame(juges, index=un.index)
