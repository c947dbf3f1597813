"""Étage 2 — des décomptes à ce qu'ils disent d'un groupe : sa moyenne, et ce qui l'entoure."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from pixkit.grandeurs import Mesure, mesure_de_la_table
from pixkit.mesures.certitude import Moyennes
from pixkit.mesures.compter import croiser, ranger

COMMUN = 12
"""Ce que pèse l'étalement commun face à celui d'une classe, en degrés de liberté."""
_COMPETENCES_LIBRES = 4
"""Seize compétences des mêmes élèves ne renseignent pas plus que quatre sur leur étalement."""


@dataclass(frozen=True)
class Resume(Moyennes):
    """Groupes × compétences (`codes`, de la colonne `sur`) : un effectif, une moyenne par case.

    `valeur` est celle de la mesure (des décomptes additionnés pour un taux) ; `scores` : groupes ×
    compétences × scores, combien d'élèves ont 0, 1, 2… acquis (ou niveaux).
    """

    mesure: Mesure
    groupes: pd.DataFrame
    sur: str
    codes: pd.Index
    nb_acquis: np.ndarray
    valeur: np.ndarray
    scores: np.ndarray

    def table(self, **colonnes: np.ndarray) -> pd.DataFrame:
        """Une ligne par case où il y a des élèves : le groupe, la compétence, et ces colonnes."""
        groupe, code = np.nonzero(self.effectif > 0)
        siens = self.groupes.iloc[groupe]
        cles = {nom: siens[nom].array for nom in siens} | {self.sur: self.codes.take(code)}
        effectif = self.effectif[groupe, code].astype(int)
        dites = {nom: tableau[groupe, code] for nom, tableau in colonnes.items()}
        return pd.DataFrame(cles | {"mesure": self.mesure.nom, "effectif": effectif} | dites)

    def lignes(self, lesquelles: np.ndarray) -> "Resume":
        """Ces groupes-là seulement."""
        rangs = np.arange(len(self.groupes))[lesquelles]
        noms = {"groupes": self.groupes.iloc[rangs].reset_index(drop=True)}
        for champ in fields(self):
            tableau = getattr(self, champ.name)
            if isinstance(tableau, np.ndarray):
                noms[champ.name] = tableau[lesquelles]
        return replace(self, **noms)


def resumer(comptes: pd.DataFrame, *, sur: str) -> Resume:
    """Le résumé de décomptes.

    La dispersion est commune aux groupes d'une compétence : estimée sur tous, elle est bien plus
    stable que classe par classe.
    """
    mesure = mesure_de_la_table(comptes)
    compte = ("nb_acquis", "valeur", "effectif", "mesure")
    par = [nom for nom in comptes if nom not in (*compte, sur)]
    groupe, noms = croiser([ranger(comptes[nom]) for nom in par])
    code, codes = ranger(comptes[sur])
    n, acquis, somme = (comptes[nom].to_numpy(float) for nom in ("effectif", *compte[:2]))
    forme = (len(noms[0]), len(codes))
    case, plus = groupe * len(codes) + code, np.ones(len(codes))
    np.maximum.at(plus, code, acquis)

    def total(nombres: np.ndarray) -> np.ndarray:
        return np.bincount(case, nombres, forme[0] * forme[1]).reshape(forme)

    note, effectif, nb_acquis = somme / acquis, total(n), total(n * acquis)
    moyenne = _diviser(total(n * note), effectif)
    carres = total(n * (note - moyenne[groupe, code]) ** 2) / mesure.etendue**2
    finesse = mesure.etendue * plus
    score, combien = np.rint(note * plus[code]).astype(int), int(finesse.max(initial=1)) + 1
    scores = np.bincount(case * combien + score, n, effectif.size * combien)
    return Resume(
        mesure=mesure,
        groupes=pd.DataFrame(dict(zip(par, noms, strict=True))),
        sur=sur,
        codes=codes,
        nb_acquis=nb_acquis,
        valeur=_diviser(total(n * somme), nb_acquis) if mesure.est_un_taux else moyenne,
        scores=scores.reshape(*forme, combien).astype(int),
        etendue=mesure.etendue,
        effectif=effectif,
        moyenne=moyenne,
        **_disperser(effectif, moyenne / mesure.etendue, carres, finesse),
    )


def _diviser(nombres: np.ndarray, par: np.ndarray, sinon: float = np.nan) -> np.ndarray:
    return np.divide(nombres, par, out=np.full(np.shape(par), sinon), where=par > 0)


def _disperser(
    effectif: np.ndarray, part: np.ndarray, carres: np.ndarray, finesse: np.ndarray
) -> dict[str, np.ndarray]:
    """`dispersion`, `etalement` et `degres`, d'après les carrés des écarts entre élèves.

    L'étalement d'une classe se lit sur toutes ses compétences, et se rapproche de 1. Rien n'est
    plus serré que des acquis (ou des niveaux) tirés chacun à part : des notes toutes égales ne
    disent pas que la prochaine le serait.
    """
    libres = np.maximum(effectif - 1, 0)
    hasard = libres * np.nan_to_num(part * (1 - part))
    commune = _diviser(carres.sum(axis=0), hasard.sum(axis=0), 1.0)
    commune = np.maximum(commune, 1 / finesse)
    propre = _diviser((carres / commune).sum(axis=1), hasard.sum(axis=1), 1.0)
    passees = np.maximum((effectif > 0).sum(axis=1), 1)
    poids = np.minimum(passees, _COMPETENCES_LIBRES) * libres.sum(axis=1) / passees
    etalement = ((poids * propre + COMMUN) / (poids + COMMUN))[:, None]
    return {
        "dispersion": np.broadcast_to(commune, effectif.shape),
        "etalement": np.maximum(etalement, 1 / (finesse * commune)),
        "degres": np.broadcast_to(libres.sum(axis=0), effectif.shape),
    }


def liaison(resume: Resume, ensemble: Resume) -> float:
    """À quel point deux compétences d'un même élève varient ensemble (0 : pas du tout, 1 : tout).

    `ensemble` : les mêmes élèves, toutes compétences réunies. Leur note d'ensemble varie d'autant
    plus que les compétences sont liées.
    """
    if not resume.effectif.any():
        return 0.0
    variances = _variance_commune(resume)
    parts = resume.nb_acquis.sum(axis=0) / resume.nb_acquis.sum() * np.sqrt(variances)
    seules, liees = (parts**2).sum(), parts.sum() ** 2
    if not liees - seules > 1e-9:  # une seule compétence
        return 0.0
    return float(np.clip((_variance_commune(ensemble)[0] - seules) / (liees - seules), 0, 0.9))


def _variance_commune(resume: Resume) -> np.ndarray:
    """La variance des notes de chaque compétence, sur l'étendue ramenée à 1."""
    total = (resume.effectif * np.nan_to_num(resume.moyenne)).sum(axis=0)
    part = total / resume.effectif.sum(axis=0) / resume.etendue
    return resume.dispersion[0] * part * (1 - part)
