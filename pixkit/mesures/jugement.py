"""Étage 2 — d'un écart à un mot : ce qu'on en retient, et si son signe est sûr."""

import numpy as np
from scipy.special import ndtr, stdtr

from pixkit.mesures.certitude import EFFECTIF_NET, Differences, signaux
from pixkit.mesures.hasard import sans_remise
from pixkit.mesures.rapprochement import Rapprochement
from pixkit.mesures.resume import Resume

PETIT = 5
"""Une classe de n élèves où le plus rare (réussir, ou échouer) arrive avec la probabilité p : sous
n × p = 5, Student ne vaut plus rien, et la loi exacte le corrige."""


def probabilites_exactes(resume: Resume, reference: np.ndarray) -> np.ndarray:
    """La loi exacte de la somme d'une classe, tirée parmi la référence (et elle-même, si elle n'en
    est pas) ; vide là où Student suffit."""
    exactes = np.full(resume.effectif.shape, np.nan)
    for code in range(len(resume.codes)):
        scores = resume.scores[:, code]
        communs = scores[reference].sum(axis=0)
        urnes = [(communs, np.flatnonzero(reference))]
        urnes += [(communs + scores[i], np.array([i])) for i in np.flatnonzero(~reference)]
        for urne, classes in urnes:
            petites = classes[_petites(urne, scores[classes])]
            if len(petites):
                exactes[petites, code] = sans_remise(urne, *_tirages(scores[petites]))
    return exactes


def _tirages(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Combien d'élèves, et la somme de leurs scores."""
    return scores.sum(axis=-1), scores @ np.arange(scores.shape[-1])


def _petites(urne: np.ndarray, scores: np.ndarray) -> np.ndarray:
    tous, somme = _tirages(urne)
    part = somme / max(tous, 1) / max(np.flatnonzero(urne).max(initial=1), 1)
    nombre, _ = _tirages(scores)
    tires = np.minimum(nombre, tous - nombre)
    return (tires > 0) & (tires * min(part, 1 - part) < PETIT)


def signaler(
    resume: Resume, lien: float, juges: Differences, retenu: np.ndarray, erreur: np.ndarray
) -> np.ndarray:
    """Le signal de chaque case, toutes jugées ensemble ; vide où il n'y a personne."""
    ici = resume.effectif > 0
    signal = np.full(ici.shape, "", dtype=object)
    signal[ici] = signaux(
        juges.probabilite[ici],
        resume.effectif[ici],
        ensembles=_d_ensemble(juges, resume, lien),
        signe_faux=_signe_faux(retenu, erreur, juges)[ici],
    )
    return signal


def _d_ensemble(juges: Differences, resume: Resume, lien: float) -> np.ndarray:
    """Par classe, qu'un hasard l'écarte autant sur toutes ses compétences ; vide sous 5 élèves."""
    dites = (resume.effectif >= EFFECTIF_NET) & ~np.isnan(juges.probabilite)
    reduits, variances = (np.where(dites, x, 0) for x in (juges.reduit, juges.variance))
    liees, seules = np.sqrt(variances).sum(axis=1) ** 2, variances.sum(axis=1)
    variance = lien * liees + (1 - lien) * seules
    degres = np.where(dites, resume.degres, np.inf).min(axis=1, initial=np.inf)
    connue = dites.any(axis=1)
    z = np.divide(reduits.sum(axis=1), np.sqrt(variance), out=np.zeros(len(dites)), where=connue)
    return np.where(connue, 2 * stdtr(np.clip(degres, 1, 1e9), -np.abs(z)), np.nan)


def retenir(estimes: Rapprochement, resume: Resume, juges: Differences) -> tuple[np.ndarray, ...]:
    """Face à l'établissement : l'écart retenu, rapproché de ce que la campagne laisse attendre, et
    son erreur. Une case qui n'est rapprochée de rien garde les siens."""
    rapproche = estimes.estimation - resume.moyenne
    return juges.ecart + rapproche, np.where(estimes.seule, _brute(juges), estimes.erreur)


def retenir_au_nombre(
    estimes: Rapprochement, resume: Resume, juges: Differences
) -> tuple[np.ndarray, ...]:
    """Face à un nombre : l'établissement non plus n'est connu qu'à peu près."""
    retenu, _ = retenir(estimes, resume, juges)
    erreur = np.sqrt(estimes.erreur**2 + estimes.part * _brute(juges) ** 2)
    return retenu, np.where(estimes.seule, _brute(juges), erreur)


def retenir_au_groupe(
    estimes: Rapprochement, resume: Resume, juges: Differences, groupe: int
) -> tuple[np.ndarray, ...]:
    """Face à une classe : ce qu'on retient de l'une, moins ce qu'on retient de l'autre.

    Leur moyenne est commune : deux classes qui sont seules s'écartent d'autant l'une que l'autre.
    """
    retenu, _ = retenir(estimes, resume, juges)
    rapproche = estimes.estimation[groupe] - resume.moyenne[groupe]
    une, autre = estimes.erreur, estimes.erreur[groupe]
    commune = estimes.part / np.maximum(1 - estimes.part, estimes.part)
    erreur = np.sqrt(une**2 + autre**2 + 2 * une * autre * commune)
    return retenu - rapproche, np.where(np.isnan(erreur), _brute(juges), erreur)


def _brute(juges: Differences) -> np.ndarray:
    return juges.unite * np.sqrt(juges.variance)


def _signe_faux(retenu: np.ndarray, erreur: np.ndarray, juges: Differences) -> np.ndarray:
    """La probabilité que le vrai écart soit de l'autre signe (Stephens, 2017) ; 1 si l'écart brut
    l'est déjà."""
    surete = np.divide(np.abs(retenu), erreur, out=np.zeros(np.shape(erreur)), where=erreur > 0)
    return np.where(retenu * juges.ecart > 0, ndtr(-surete), 1.0)
