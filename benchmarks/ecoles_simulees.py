"""Des campagnes dont on connaît la vérité : une IRT à deux paramètres, par sujets.

Une compétence a deux ou trois sujets ; dans un sujet, des acquis de plus en plus difficiles, et qui
réussit l'un a réussi les plus faciles : le modèle des tests n'est pas celui des mesures. Un élève
a une aisance générale et une par compétence ; une classe décale ses élèves, en tout et compétence
par compétence, et les disperse plus ou moins. La vérité d'une classe est la moyenne qu'auraient une
infinité d'élèves comme les siens.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit

COMPETENCES = 12
GENERALE = 0.75
"""Ce que l'aisance en une compétence doit à l'aisance générale."""
_NOEUDS, _POIDS = np.polynomial.hermite_e.hermegauss(31)
_POIDS = _POIDS / _POIDS.sum()


@dataclass(frozen=True)
class Reglage:
    """Une campagne d'un niveau scolaire ; les écarts vrais sont en logits."""

    classes: int = 4
    taille: int | None = None  # la même pour toutes ; sinon de 8 à 35
    ecart_classe: float = 0.35
    ecart_competence: float = 0.25
    inegales: bool = False  # des classes plus dispersées que d'autres
    petites: bool = False  # une classe sur deux a de 2 à 7 élèves
    a_part: int = 0  # combien de SEGPA, d'ULIS
    nommees: bool = True  # leur nom le dit
    extremes: bool = False  # trois compétences presque jamais, ou presque toujours réussies
    niveaux: bool = False  # une collecte (0 à 8), non une évaluation

    @property
    def sans_ecart(self) -> "Reglage":
        return replace(self, ecart_classe=0, ecart_competence=0)


@dataclass(frozen=True)
class Campagne:
    """`resultats`, comme de `resultats_retenus` ; `verite`, classes × compétences ; `speciale`,
    classe par classe."""

    resultats: pd.DataFrame
    verite: pd.DataFrame
    speciale: np.ndarray


@dataclass(frozen=True)
class _Epreuve:
    pentes: np.ndarray
    sujets: list[list[np.ndarray]]

    @property
    def acquis(self) -> np.ndarray:
        return np.array([sum(map(len, sujets)) for sujets in self.sujets])

    def taux(self, code: int, aisance: np.ndarray, ecart_type: np.ndarray) -> np.ndarray:
        """La part d'acquis qu'auraient une infinité d'élèves de cette aisance moyenne."""
        aisances = aisance[:, None] + ecart_type[:, None] * _NOEUDS
        return np.mean(
            [
                expit(self.pentes[code] * (aisances - seuil)) @ _POIDS
                for seuils in self.sujets[code]
                for seuil in seuils
            ],
            axis=0,
        )

    def reussir(self, code: int, aisances: np.ndarray, alea: np.random.Generator) -> np.ndarray:
        reussis = np.zeros(len(aisances), dtype=int)
        for seuils in self.sujets[code]:
            hasard = alea.logistic(size=len(aisances))
            for seuil in seuils:
                reussis += self.pentes[code] * (aisances - seuil) + hasard > 0
        return reussis


def tirer(reglage: Reglage, alea: np.random.Generator) -> Campagne:
    """Une campagne au hasard."""
    tailles, decalages, ecarts_types, speciale = _classes(reglage, alea)
    epreuve = _epreuve(reglage, alea)
    aisances = decalages[:, None] + _propres(reglage, alea)
    if not reglage.ecart_classe:
        aisances = _sans_ecart(epreuve, ecarts_types)
    codes = range(COMPETENCES)
    verite = np.array([epreuve.taux(j, aisances[:, j], ecarts_types) for j in codes]).T
    classe = np.repeat(np.arange(len(tailles)), tailles)
    generale = alea.normal(size=len(classe))
    propre = alea.normal(size=(len(classe), COMPETENCES)) * np.sqrt(1 - GENERALE**2)
    siennes = aisances[classe] + ecarts_types[classe, None] * (
        GENERALE * generale[:, None] + propre
    )
    reussis = np.array([epreuve.reussir(j, siennes[:, j], alea) for j in codes]).T
    noms = np.array(_noms(speciale, reglage.nommees), dtype=object)
    etendue = 8 if reglage.niveaux else 1
    return Campagne(
        _table(noms[classe], reussis, epreuve.acquis, reglage.niveaux),
        pd.DataFrame(etendue * verite, index=noms, columns=_CODES),
        speciale > 0,
    )


_CODES = [f"{j // 4 + 1}.{j % 4 + 1}" for j in range(COMPETENCES)]


def _classes(reglage: Reglage, alea: np.random.Generator):
    """Effectifs, décalages, écarts types entre élèves, et 0 (ordinaire), 1 (SEGPA) ou 2 (ULIS)."""
    nombre = reglage.classes
    tailles = alea.integers(8, 36, nombre)
    if reglage.taille:
        tailles = np.full(nombre, reglage.taille)
    if reglage.petites:
        tailles = np.where(alea.random(nombre) < 0.5, alea.integers(2, 8, nombre), tailles)
    decalages = alea.normal(0, reglage.ecart_classe, nombre)
    ecarts_types = np.exp(alea.normal(0, 0.35, nombre)) if reglage.inegales else np.ones(nombre)
    speciale = np.zeros(nombre, dtype=int)
    for rang in range(reglage.a_part):
        genre, ou = 1 + rang % 2, nombre - 1 - rang
        speciale[ou], ecarts_types[ou] = genre, (0.7, 1.3)[genre - 1]
        tailles[ou] = alea.integers(8, 15) if genre == 1 else alea.integers(3, 10)
        decalages[ou] -= (1.3, 1.7)[genre - 1]
    return tailles, decalages, ecarts_types, speciale


def _propres(reglage: Reglage, alea: np.random.Generator) -> np.ndarray:
    return alea.normal(0, reglage.ecart_competence, (reglage.classes, COMPETENCES))


def _epreuve(reglage: Reglage, alea: np.random.Generator) -> _Epreuve:
    difficultes = alea.normal(0, 0.75, COMPETENCES)
    if reglage.extremes:
        difficultes[:3] += np.array([4, -4, 3]) * alea.uniform(0.8, 1.2, 3)
    if reglage.niveaux:
        pas = np.linspace(-0.2, 6, 8)
        return _Epreuve(np.full(COMPETENCES, 1.3), [[d + pas] for d in difficultes])
    nombres = alea.integers(2, 4, COMPETENCES)
    nombres[alea.integers(COMPETENCES)] = 1
    sujets = [
        [_sujet(d, alea) for _ in range(n)] for d, n in zip(difficultes, nombres, strict=True)
    ]
    return _Epreuve(np.exp(alea.normal(0.2, 0.25, COMPETENCES)), sujets)


def _sujet(difficulte: float, alea: np.random.Generator) -> np.ndarray:
    pas = alea.uniform(0.4, 0.9) * np.arange(alea.integers(1, 4))
    return difficulte + alea.normal(0, 0.5) + pas


def _sans_ecart(epreuve: _Epreuve, ecarts_types: np.ndarray) -> np.ndarray:
    """Les aisances qui donnent à des classes inégalement dispersées les mêmes moyennes."""
    grille = np.linspace(-5, 5, 101)
    aisances = np.zeros((len(ecarts_types), COMPETENCES))
    for code in range(COMPETENCES):
        cible = epreuve.taux(code, np.zeros(1), np.ones(1))[0]
        for rang, ecart_type in enumerate(ecarts_types):
            taux = epreuve.taux(code, grille, np.full(len(grille), ecart_type))
            aisances[rang, code] = np.interp(cible, taux, grille)
    return aisances


def _noms(speciale: np.ndarray, nommees: bool) -> list[str]:
    genres = ("", " SEGPA", " ULIS") if nommees else ("", "", "")
    return [f"5e{rang}{genres[genre]}" for rang, genre in enumerate(speciale)]


def _table(
    classe: np.ndarray, reussis: np.ndarray, acquis: np.ndarray, niveaux: bool
) -> pd.DataFrame:
    nombre, maitrises = len(classe), reussis.ravel()
    return pd.DataFrame(
        {
            "eleve": np.repeat(np.arange(nombre), COMPETENCES),
            "classe": np.repeat(classe, COMPETENCES),
            "competence": np.tile(np.array(_CODES, dtype=object), nombre),
            "domaine": np.tile(np.array([code[0] for code in _CODES], dtype=object), nombre),
            "niveau_scolaire": "5e",
            "campagne": "A",
            "nom_campagne": "A",
            "type_campagne": "collecte" if niveaux else "evaluation",
            "date_envoi": pd.Timestamp("2026-09-20", tz="Europe/Paris"),
            "nb_acquis": np.tile(acquis, nombre),
            "nb_acquis_maitrises": maitrises,
            "niveau_pix": maitrises if niveaux else pd.NA,
        }
    )
