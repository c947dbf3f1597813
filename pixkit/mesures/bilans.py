"""Étage 2 — ce qui reste d'une année sans personne, et l'année suivante à côté."""

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pixkit.grandeurs import TAUX
from pixkit.mesures.certitude import Moyennes, difference, signaux
from pixkit.mesures.comparables import exiger_comparables
from pixkit.mesures.compter import Matrice
from pixkit.mesures.rapprochement import decrire
from pixkit.mesures.resume import Resume
from pixkit.referentiel import annee_precedente, normaliser

_CAMPAGNE = ["annee_scolaire", "campagne"]
_GROUPE = [*_CAMPAGNE, "nom_campagne", "niveau_scolaire"]
_CLES = [*_GROUPE, "competence", "mesure"]
_NOMBRES = ["effectif", "nb_acquis", "valeur"]
_CASE = ["niveau_scolaire", "competence"]
_PLUS_PETIT = 5
"""Au-dessous, un décompte parlerait presque d'un élève : il ne se garde pas."""


def bilans(resultats: pd.DataFrame, *, gardes: Iterable[Mapping[str, str]] = ()) -> pd.DataFrame:
    """Une ligne par année × campagne × niveau scolaire × compétence : `effectif` (cinq élèves au
    moins), la somme `valeur` sur `nb_acquis`.

    `gardes` : les lignes d'années closes ; une campagne encore dans les résultats se recompte.
    """
    vide = pd.DataFrame(list(gardes), columns=[*_CLES, *_NOMBRES])
    siens = resultats.fillna({"niveau_scolaire": ""})
    comptes = [_totaux(lignes) for _, lignes in siens.groupby("type_campagne")]
    comptes = pd.concat([vide.head(0), *comptes])
    recomptees = pd.MultiIndex.from_frame(comptes[_CAMPAGNE])
    anciens = vide[~pd.MultiIndex.from_frame(vide[_CAMPAGNE]).isin(recomptees)]
    tous = pd.concat([anciens, comptes], ignore_index=True)
    return tous.astype(dict.fromkeys(_NOMBRES, int))


def _totaux(resultats: pd.DataFrame) -> pd.DataFrame:
    """D'un élève à tous ceux de la ligne."""
    comptes = Matrice.de(resultats, par=_GROUPE, sur="competence").compter()
    totaux = comptes[_NOMBRES[1:]].mul(comptes["effectif"], axis="index")
    sommes = comptes.assign(**totaux).groupby(_CLES)[_NOMBRES].sum()
    return sommes[sommes["effectif"] >= _PLUS_PETIT].round().reset_index()


def ecarts_a_l_an_passe(resultats: pd.DataFrame, bilans: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par niveau scolaire × compétence d'une campagne, comme `ecarts` : la `reference`
    est celle de l'an passé, d'autres élèves (`effectif_reference`) sur les mêmes acquis.

    Vide là où rien de l'an passé ne se compare : il faut les mêmes acquis, et le même nom à l'année
    près ; un taux se passe du nom si une seule campagne a ces acquis. La dispersion entre élèves,
    que des sommes ne disent plus, est supposée celle de cette année. Lève ComparaisonImpossible.
    """
    exiger_comparables(resultats)
    _, resume, _ = decrire(resultats, par=["niveau_scolaire"], sur="competence")
    avant = _moyennes(_de_l_an_passe(resultats, resume, bilans), resume)
    juges = difference(resume, avant)
    table = resume.table(
        valeur=resume.valeur,
        reference=avant.moyenne,
        effectif_reference=avant.effectif,
        ecart=resume.valeur - avant.moyenne,
        ecart_bas=juges.bas,
        ecart_haut=juges.haut,
        probabilite=juges.probabilite,
    )
    connus = table["reference"].notna()
    moindre = table[["effectif", "effectif_reference"]].min(axis=1)
    signal = pd.Series(signaux(table["probabilite"], moindre), table.index, dtype=object)
    effectif = table["effectif_reference"].astype("Int64").where(connus)
    return table.drop(columns="probabilite").assign(
        effectif_reference=effectif, signal=signal.where(connus)
    )


def _de_l_an_passe(resultats: pd.DataFrame, resume: Resume, bilans: pd.DataFrame) -> pd.DataFrame:
    """Par niveau scolaire × compétence, les sommes de l'an passé qui se comparent à celles-ci."""
    annee = annee_precedente(max(resultats["annee_scolaire"].dropna(), default=""))
    siens = bilans[(bilans["annee_scolaire"] == annee) & (bilans["mesure"] == resume.mesure.nom)]
    ici = resume.table(ici=resume.nb_acquis)[[*_CASE, "effectif", "ici"]]
    ici = ici.assign(ici=(ici["ici"] / ici["effectif"]).round()).drop(columns="effectif")
    paires = siens.merge(ici, on=_CASE)
    memes = (paires["nb_acquis"] / paires["effectif"]).round() == paires["ici"]
    paires = paires[memes.groupby([paires["niveau_scolaire"], paires["campagne"]]).transform("all")]
    noms = set(resultats["nom_campagne"].map(_sans_annee))
    du_nom = paires["nom_campagne"].map(_sans_annee).isin(noms)
    seule = paires.groupby("niveau_scolaire")["campagne"].transform("nunique") == 1
    return paires[du_nom | (seule & (resume.mesure is TAUX))].groupby(_CASE)[_NOMBRES].sum()


def _sans_annee(nom: str) -> str:
    """« Rentrée 5e 2026 » et « Rentrée 5e 2025 » sont la même campagne."""
    return " ".join(re.sub(r"\b(20)?\d\d\b", " ", normaliser(nom)).split())


def _moyennes(sommes: pd.DataFrame, resume: Resume) -> Moyennes:
    """Les mêmes cases que `resume`, vides là où l'an passé ne dit rien."""
    cases = pd.MultiIndex.from_product([resume.groupes["niveau_scolaire"], resume.codes])
    nombres = sommes.reindex(cases)[_NOMBRES].to_numpy(float)
    effectif, acquis, valeur = nombres.T.reshape(3, *resume.effectif.shape)
    return Moyennes(
        etendue=resume.etendue,
        effectif=np.nan_to_num(effectif),
        moyenne=valeur / acquis,
        dispersion=resume.dispersion,
        etalement=resume.etalement,
        degres=resume.degres,
    )
