"""Étage 2 — ce que les classes d'un même ensemble apprennent les unes sur les autres.

Une classe s'écarte des autres de deux façons : dans son ensemble, et sur une compétence. Deux
variances le disent, tirées des écarts de la campagne ; chaque écart est rapproché de ce qu'elles
laissent attendre (Fay et Herriot, 1979 ; deux effets, comme Efron et Morris, 1975).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pixkit.mesures.certitude import Moyennes, difference
from pixkit.mesures.compter import Matrice, Par
from pixkit.mesures.resume import Resume, liaison, resumer
from pixkit.referentiel import est_a_part

ABSENTE = 1e9
"""La variance d'une compétence que la classe n'a pas passée : elle n'apprend rien."""


@dataclass(frozen=True)
class Autres(Moyennes):
    """Face à chaque case, les élèves d'une référence ; `part` : celle de la case dans la
    référence."""

    part: np.ndarray


@dataclass(frozen=True)
class Rapprochement:
    """Ce qu'on retient de chaque case : `estimation` ; `erreur`, l'écart type de ce qu'on retient
    de son écart aux autres ; `part_propre` (0–1), ce qui, dans l'estimation, vient du groupe.

    `part` : celle de la case dans son ensemble. Une case `seule` n'est rapprochée de rien.
    """

    estimation: np.ndarray
    erreur: np.ndarray
    part_propre: np.ndarray
    part: np.ndarray

    @property
    def seule(self) -> np.ndarray:
        return np.isnan(self.erreur)


def decrire(resultats: pd.DataFrame, *, par: Par, sur: str) -> tuple[pd.DataFrame, Resume, float]:
    """Les décomptes, leur résumé, et à quel point les compétences d'un élève sont liées."""
    matrice = Matrice.de(resultats, par=par, sur=sur)
    comptes, ensemble = matrice.compter(), matrice.ensemble()
    resume = resumer(comptes, sur=sur)
    return comptes, resume, liaison(resume, resumer(ensemble.compter(), sur=ensemble.sur))


def a_part(groupes: pd.DataFrame) -> np.ndarray:
    """Quels groupes sont des classes qu'on ne mêle pas aux autres (SEGPA, ULIS…)."""
    if "classe" not in groupes:
        return np.zeros(len(groupes), dtype=bool)
    return groupes["classe"].astype(str).map(est_a_part).to_numpy(bool)


def ordinaires(groupes: pd.DataFrame) -> np.ndarray:
    """Ceux dont la moyenne sert de référence : tous, s'il n'y a que des classes à part."""
    elles = a_part(groupes)
    return ~elles | elles.all()


def classes_a_part(classes: Iterable[str]) -> list[str]:
    """Les noms de celles que la référence ne compte pas."""
    groupes = pd.DataFrame({"classe": sorted(set(classes))})
    return groupes.loc[~ordinaires(groupes), "classe"].tolist()


def les_autres(resume: Resume, reference: np.ndarray) -> Autres:
    """Face à chaque case, les élèves de la référence (ces groupes) qui ne sont pas les siens.

    Une classe fait partie de son établissement : on la juge face aux autres élèves, et l'écart au
    tout s'en déduit.
    """
    nombre = np.where(reference[:, None], resume.effectif, 0)
    tous = nombre.sum(axis=0)
    reste = tous - nombre

    def moyenne(valeurs: np.ndarray) -> np.ndarray:
        total = nombre * np.nan_to_num(valeurs)
        vide = np.full(reste.shape, np.nan)
        return np.divide(total.sum(axis=0) - total, reste, out=vide, where=reste > 0)

    return Autres(
        etendue=resume.etendue,
        effectif=reste,
        moyenne=moyenne(resume.moyenne),
        dispersion=resume.dispersion,
        etalement=moyenne(resume.etalement),
        degres=resume.degres,
        part=nombre / np.maximum(tous, 1),
    )


def rapprocher(resume: Resume, lien: float, ensembles: np.ndarray | None = None) -> Rapprochement:
    """Chaque case rapprochée de ce que disent les autres classes de son ensemble (un niveau
    scolaire ; à défaut, toutes), et les autres compétences de sa classe.

    Une classe seule de son ensemble, ou à part (SEGPA, ULIS…), n'est rapprochée de rien.
    """
    forme = resume.effectif.shape
    rapprochement = Rapprochement(
        resume.moyenne.copy(), np.full(forme, np.nan), np.ones(forme), np.ones(forme)
    )
    ensembles = np.zeros(forme[0], dtype=int) if ensembles is None else ensembles
    melees = ~a_part(resume.groupes)
    for ensemble in np.unique(ensembles[melees]):
        ou = np.flatnonzero(melees & (ensembles == ensemble))
        if len(ou) > 1:
            for champ, valeurs in vars(_rapprocher(resume.lignes(ou), lien)).items():
                getattr(rapprochement, champ)[ou] = valeurs
    return rapprochement


def _rapprocher(resume: Resume, lien: float) -> Rapprochement:
    autres = les_autres(resume, np.ones(len(resume.groupes), dtype=bool))
    ecarts = difference(resume, autres, part=autres.part)
    connus = ~np.isnan(ecarts.reduit)
    reduits = np.where(connus, ecarts.reduit, 0)
    retenus, erreurs, propre = retenir(reduits, np.where(connus, ecarts.variance, ABSENTE), lien)
    rapprochee = resume.moyenne - ecarts.ecart + retenus * ecarts.unite
    return Rapprochement(
        estimation=np.where(connus, rapprochee, resume.moyenne),
        erreur=np.where(connus, erreurs * ecarts.unite, np.nan),
        part_propre=np.where(connus, propre, 1.0),
        part=autres.part,
    )


def retenir(
    reduits: np.ndarray, variances: np.ndarray, lien: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ce qu'on retient d'écarts réduits, son écart type, et la part qui vient de la classe.

    L'écart vrai d'une classe suit une loi normale de variance τ²_classe, commune à ses compétences,
    + τ²_compétence ; le hasard s'y ajoute, lié d'une compétence à l'autre. Classes × compétences.
    """
    diagonale, types = np.eye(reduits.shape[1]), np.sqrt(variances)
    hasard = types[:, :, None] * types[:, None, :] * (lien + (1 - lien) * diagonale)
    vraie = _variances_vraies(reduits, hasard, types, diagonale)
    poids = np.linalg.solve(vraie + hasard, np.broadcast_to(vraie, hasard.shape))
    restes = np.maximum(np.diagonal(vraie - vraie @ poids, axis1=1, axis2=2), 0)
    propre = 1 - restes / vraie[0, 0] if vraie[0, 0] > 0 else np.zeros(restes.shape)
    return np.einsum("kij,ki->kj", poids, reduits), np.sqrt(restes), propre


def _variances_vraies(
    reduits: np.ndarray, hasard: np.ndarray, types: np.ndarray, diagonale: np.ndarray
) -> np.ndarray:
    """τ²_classe partout, + τ²_compétence sur la diagonale : les moments, ôté le hasard ; les cases
    les plus sûres pèsent le plus."""
    poids = 1 / (types[:, :, None] * types[:, None, :])
    moments = poids * (reduits[:, :, None] * reduits[:, None, :] - hasard)

    def moyenne(cases: np.ndarray) -> float:
        total = poids[:, cases].sum()
        return max(moments[:, cases].sum() / total, 0.0) if total else 0.0

    commune = moyenne(diagonale == 0)
    return commune + max(moyenne(diagonale > 0) - commune, 0.0) * diagonale
