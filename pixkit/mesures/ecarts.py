"""Étage 2 — les écarts à une référence toujours nommée."""

import difflib
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real

import numpy as np
import pandas as pd

from pixkit.erreurs import ChoixInconnu
from pixkit.grandeurs import TAUX
from pixkit.mesures.certitude import difference
from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.estimations import estimations
from pixkit.mesures.jugement import (
    probabilites_exactes,
    retenir,
    retenir_au_groupe,
    retenir_au_nombre,
    signaler,
)
from pixkit.mesures.rapprochement import decrire, les_autres, ordinaires, rapprocher
from pixkit.mesures.resume import Resume
from pixkit.mesures.retenus import exiger_colonnes
from pixkit.referentiel import NIVEAUX_SCOLAIRES, niveau_attendu, normaliser

ETABLISSEMENT = "établissement"
"""Tous les élèves donnés, sans les classes à part (SEGPA, ULIS…) : trois classes semblables ne sont
pas « au-dessus » parce qu'une quatrième a d'autres élèves."""
ETABLISSEMENT_ENTIER = "établissement entier"
ETABLISSEMENTS = (ETABLISSEMENT, ETABLISSEMENT_ENTIER)
Reference = str | float | Mapping[str, float]


def objectifs(**etablissement: float) -> dict[str, float]:
    """Le niveau attendu par niveau scolaire : la note de service du 23-10-2024, que l'établissement
    complète.

    C'est un niveau *global* attendu (3 en 3e, 4 en terminale) ; on le lit ici compétence par
    compétence. Exemple : objectifs(**{"4e": 2}).
    """
    nationaux = {niveau: niveau_attendu(niveau) for niveau in NIVEAUX_SCOLAIRES}
    connus = {niveau: valeur for niveau, valeur in nationaux.items() if valeur is not None}
    return connus | etablissement


def ecarts(
    resultats: pd.DataFrame,
    *,
    par: str = "classe",
    reference: Reference = ETABLISSEMENT,
    sur: str = "competence",
) -> pd.DataFrame:
    """Une ligne par groupe × compétence (ou domaine) : la `valeur` de la `mesure`, la référence,
    l'écart.

    `reference` : « établissement » (tous les résultats donnés, sans les SEGPA, ULIS, UPE2A et
    prépa-métiers), « établissement entier », le nom d'un groupe, un nombre, ou un objectif par
    niveau scolaire (voir `objectifs`) ; un niveau scolaire sans objectif a un écart vide.
    `ecart_bas` et `ecart_haut` l'encadrent à 95 % ; `ecart_retenu` le rapproche de ce que la
    campagne laisse attendre ; `signal` dit s'il est « net », « probable » ou « dans le bruit »,
    toutes lignes jugées ensemble (docs/methode.md) : filtrez la table, pas les résultats. Lève
    ComparaisonImpossible si les résultats viennent de parcours différents.
    """
    exiger_colonnes(resultats, [par, sur])
    exiger_comparables(resultats)
    par_objectif = isinstance(reference, Mapping)
    groupes = [par, "niveau_scolaire"] if par_objectif and par != "niveau_scolaire" else [par]
    if par_objectif:
        resultats = resultats.fillna({"niveau_scolaire": ""})
    _, resume, lien = decrire(resultats, par=groupes, sur=sur)
    estimes = rapprocher(resume, lien)
    if par_objectif or isinstance(reference, Real):
        but = _but(resume.groupes, reference)
        autre, effectif = np.broadcast_to(but[:, None], resume.effectif.shape), None
        juges = difference(resume, autre)
        retenu, erreur = retenir_au_nombre(estimes, resume, juges)
    else:
        dedans = _reference_nommee(resume.groupes[par], reference)
        autre, effectif = _communes(resume, dedans)
        autres = les_autres(resume, dedans)
        juges = difference(resume, autres, part=autres.part)
        exactes = np.fmax(juges.probabilite, probabilites_exactes(resume, dedans))
        juges = replace(juges, probabilite=exactes)
        retenu, erreur = (
            retenir(estimes, resume, juges)
            if reference in ETABLISSEMENTS
            else retenir_au_groupe(estimes, resume, juges, int(dedans.argmax()))
        )
    return resume.table(
        valeur=resume.valeur,
        reference=autre,
        **({} if effectif is None else {"effectif_reference": effectif}),
        ecart=resume.valeur - autre,
        ecart_bas=juges.bas,
        ecart_haut=juges.haut,
        ecart_retenu=retenu,
        signal=signaler(resume, lien, juges, retenu, erreur),
    )


def face_a_face(
    resultats: pd.DataFrame,
    *,
    groupe: str,
    autre: str,
    par: str = "classe",
    sur: str = "competence",
) -> pd.DataFrame:
    """Les `estimations` de deux groupes ; `ecart`, `ecart_retenu` et `signal` du premier au second
    (voir `ecarts`)."""
    tous = estimations(resultats, par=par, sur=sur)
    deux = pd.concat([tous[tous[par] == nom] for nom in dict.fromkeys([groupe, autre])])
    if deux[par].nunique() < 2:
        return deux.iloc[:0].assign(ecart=[], ecart_retenu=[], signal=[])
    juges = ecarts(resultats, par=par, sur=sur, reference=autre)
    juges = juges.loc[juges[par] == groupe, [sur, "ecart", "ecart_retenu", "signal"]]
    return deux.merge(juges, on=sur, how="left")


def _but(groupes: pd.DataFrame, reference: float | Mapping[str, float]) -> np.ndarray:
    """Un nombre par groupe : le même, ou l'objectif de son niveau scolaire (vide s'il n'en a
    pas)."""
    if isinstance(reference, Mapping):
        return groupes["niveau_scolaire"].map(dict(reference)).to_numpy(float)
    return np.full(len(groupes), float(reference))


def _communes(resume: Resume, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """La mesure et l'effectif de la référence, pour chaque case : ses décomptes additionnés."""
    dedans = resume.lignes(reference)
    poids = dedans.nb_acquis if resume.mesure is TAUX else dedans.effectif
    total, nombre = (poids * np.nan_to_num(dedans.valeur)).sum(axis=0), poids.sum(axis=0)
    valeur = np.divide(total, nombre, out=np.full(len(nombre), np.nan), where=nombre > 0)
    forme = resume.effectif.shape
    effectif = dedans.effectif.sum(axis=0).astype(int)
    return np.broadcast_to(valeur, forme), np.broadcast_to(effectif, forme)


def _reference_nommee(groupes: pd.Series, reference: str) -> np.ndarray:
    """Quels groupes sont ceux de la référence : l'établissement, ou le groupe de ce nom."""
    if reference in ETABLISSEMENTS:
        entier = reference == ETABLISSEMENT_ENTIER
        return np.full(len(groupes), True) if entier else ordinaires(groupes.to_frame())
    noms = [*ETABLISSEMENTS, *sorted(set(groupes))]
    if reference in noms:
        return (groupes == reference).to_numpy()
    sans_casse = {normaliser(nom): nom for nom in reversed(noms)}
    proches = difflib.get_close_matches(normaliser(str(reference)), sans_casse, n=1)
    proche = [sans_casse[nom] for nom in proches]
    raise ChoixInconnu(
        f"la référence « {reference} ».",
        f"un nombre, un objectif, ou l'un de ces noms : {', '.join(noms)}.",
        f"vouliez-vous dire « {proche[0]} » ?" if proche else "choisissez un de ces noms.",
    )
