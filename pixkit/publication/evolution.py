"""Étage 4 — d'une campagne à l'autre, la même année : ce que disent les seules cases publiées.

Ni élève ni date n'y entrent : deux cases, l'une à côté de l'autre, ne disent pas qu'il s'agit des
mêmes élèves (docs/publication.md), et seul son nom dit qu'une campagne vient avant une autre.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pixkit.grandeurs import TAUX, mesure_de_la_table
from pixkit.mesures.certitude import SIGNAUX, difference, signaux
from pixkit.publication.agregats import Agregats
from pixkit.publication.deductions import (
    au_dessous,
    au_dessus,
    avec_intervalle,
    moyenne_ponderee,
    resumer,
)
from pixkit.referentiel import normaliser, rang_niveau
from pixkit.vues.ensemble import noms_distincts

_CASE = ["classe", "competence"]
_MOMENTS = (
    "rentree", "septembre", "octobre", "novembre", "decembre", "janvier", "fevrier", "mars",
    "avril", "mai", "juin", "juillet",
)  # fmt: skip
"""Les mots qui, dans le nom d'une campagne, disent quand ; la rentrée, d'abord."""


@dataclass(frozen=True, eq=False)
class Evolution:
    """Deux campagnes d'un niveau scolaire, la première et la dernière de celles qui se comparent
    (`codes`), sur les mêmes acquis des mêmes classes publiées.

    `tables` {classe, ou « » pour toutes réunies : deux lignes (l'une, l'autre `campagne`, par leur
    nom) par compétence, avec l'écart de la seconde à la première} ; `ordonnee` : leurs noms disent
    laquelle est venue d'abord ; `bornees` : combien de compétences, bornées, n'y sont pas.
    """

    annee: str
    niveau: str
    codes: tuple[str, ...]
    noms: tuple[str, str]
    ordonnee: bool
    tables: dict[str, pd.DataFrame]
    bornees: dict[str, int]


def evolutions(agregats: Agregats) -> Iterator[Evolution]:
    """De chaque niveau scolaire et de chaque année, la première et la dernière des campagnes qui se
    comparent."""
    campagnes = agregats.campagnes.set_index("campagne", drop=False)
    par = [agregats.maitrise["campagne"].map(campagnes["annee_scolaire"]), "niveau_scolaire"]
    groupes = sorted(agregats.maitrise.groupby(par), key=lambda un: rang_niveau(un[0][1]))
    for (annee, niveau), cases in groupes:
        noms = noms_distincts(campagnes[campagnes["annee_scolaire"] == annee])
        codes = sorted(cases["campagne"].unique(), key=lambda code: (_moment(noms[code]), code))
        while codes:
            avant, *codes = codes
            lues = {code: _lire(cases, noms, (avant, code)) for code in codes}
            codes = [code for code, lue in lues.items() if not lue]
            comparees = {code: lue for code, lue in lues.items() if lue}
            if comparees:
                *_, derniere = comparees.values()
                yield Evolution(annee, niveau, (avant, *comparees), **derniere)


def _lire(cases: pd.DataFrame, noms: dict[str, str], paire: tuple[str, str]) -> dict | None:
    deux = (cases[cases["campagne"] == code] for code in paire)
    return _comparer(*_communes(*deux), tuple(noms[code] for code in paire))


def _moment(nom: str) -> int:
    """Le rang, dans l'année scolaire, de ce que dit ce nom ; le dernier s'il n'en dit rien."""
    dits = [_MOMENTS.index(mot) for mot in normaliser(nom).split() if mot in _MOMENTS]
    return min(dits, default=len(_MOMENTS))


def _ordonnes(noms: tuple[str, str]) -> bool:
    avant, apres = map(_moment, noms)
    return avant < apres and (avant == 0 or apres < len(_MOMENTS))


def _communes(avant: pd.DataFrame, apres: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Les cases que les deux disent, dans le même ordre ; aucune de deux évaluations qui ne visent
    pas les mêmes acquis : réussir la moitié d'un parcours facile n'est pas réussir celle d'un
    difficile. Deux collectes se comparent toujours (comme `mesures.progression`)."""
    cles = [*_CASE, "mesure"]
    communes = avant[cles].merge(apres[cles], on=cles).sort_values(_CASE)
    if _formes(avant) != _formes(apres):
        communes = communes[communes["mesure"] != TAUX.nom]
    return tuple(communes.merge(deux, on=cles) for deux in (avant, apres))


def _formes(cases: pd.DataFrame) -> set[tuple[str, int]]:
    """{(compétence, acquis visés)} d'une campagne."""
    return set(zip(cases["competence"], cases["poids"], strict=True))


def _comparer(avant: pd.DataFrame, apres: pd.DataFrame, noms: tuple[str, str]) -> dict | None:
    """Les tables et le reste d'une Evolution ; rien s'il n'y a rien à comparer. Une case bornée est
    ôtée : d'une borne à l'autre, on ne sait pas de combien."""
    bornee = (avant["borne"] != "") | (apres["borne"] != "")
    deux = tuple(cases[~bornee] for cases in (avant, apres))
    if deux[0].empty:
        return None
    ensemble = tuple(
        moyenne_ponderee(cases, ["competence"])
        .assign(classe="")
        .merge(cases.groupby("competence")["poids"].first().reset_index(), on="competence")
        for cases in deux
    )
    comptees = avant.loc[bornee, "classe"].value_counts().to_dict()
    tables = pd.concat([_juger(*deux, noms), _juger(*ensemble, noms)])
    ensembles_bornees = avant["competence"].nunique() - ensemble[0]["competence"].nunique()
    return {
        "noms": noms,
        "ordonnee": _ordonnes(noms),
        "tables": dict(iter(tables.groupby("classe"))),
        "bornees": comptees | {"": ensembles_bornees},
    }


def _juger(avant: pd.DataFrame, apres: pd.DataFrame, noms: tuple[str, str]) -> pd.DataFrame:
    """Deux lignes par classe × compétence, toutes jugées ensemble, comme les écarts publiés : la
    dispersion des campagnes simulées, et le bruit dès que l'intervalle publié touche zéro.

    Les deux campagnes sont tenues pour d'élèves différents : si ce sont les mêmes, leurs résultats
    se ressemblent, et le hasard y met moins qu'on ne le suppose.
    """
    un, autre = resumer(apres), resumer(avant)
    juges, pas = difference(un, autre), un.mesure.pas
    table = un.table(
        ecart=juges.ecart.round(2),
        ecart_bas=au_dessous(juges.bas, pas).round(2) + 0.0,
        ecart_haut=au_dessus(juges.haut, pas).round(2) + 0.0,
        probabilite=juges.probabilite,
        moindre=np.minimum(un.effectif, autre.effectif),
    )
    dits = pd.Series(signaux(table["probabilite"], table["moindre"]), table.index)
    touche = (table["ecart_bas"] <= 0) & (table["ecart_haut"] >= 0)
    table["signal"] = dits.mask(touche, SIGNAUX[-1])
    dites = [*_CASE, "ecart", "ecart_bas", "ecart_haut", "signal"]
    lignes = [avec_intervalle(cases, mesure_de_la_table(cases)).assign(campagne=nom)
              for cases, nom in zip((avant, apres), noms, strict=True)]  # fmt: skip
    gardees = ["campagne", *_CASE, "mesure", "effectif", "au_moins", "valeur", "bas", "haut"]
    return pd.concat(lignes, ignore_index=True)[gardees].merge(table[dites], on=_CASE)
