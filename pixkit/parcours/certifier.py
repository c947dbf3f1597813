"""Étage 2 et demi — le plus court parcours qui rendrait un élève certifiable."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from pixkit.mesures import dernieres_collectes
from pixkit.parcours.catalogue import Catalogue, couverture, proposables
from pixkit.referentiel import competences, normaliser


@dataclass(frozen=True)
class _Offre:
    """Les parcours d'un niveau scolaire : leurs noms, leurs minutes, et les compétences que chacun
    travaille (parcours × 16)."""

    noms: list[str]
    minutes: list[int]
    travaille: np.ndarray

    @classmethod
    def de(cls, catalogue: Catalogue, niveau_scolaire: str) -> Self:
        offre = proposables(
            catalogue.parcours, niveau_scolaire=niveau_scolaire or None, deja_passes=set()
        )
        travaille = couverture(offre, list(competences())) > 0
        return cls(offre["parcours"].tolist(), offre["minutes"].tolist(), travaille)

    def plus_court(
        self, a_valider: np.ndarray, proches: np.ndarray, manquantes: int, passes: Collection[str]
    ) -> str | None:
        """Le nom du plus court qui suffit ; à durée égale, celui qui travaille le plus de
        `proches`."""
        suffisent = np.flatnonzero((self.travaille & a_valider).sum(axis=1) >= manquantes)
        servis = (self.travaille & proches).sum(axis=1)
        rangs = [rang for rang in suffisent if normaliser(self.noms[rang]) not in passes]
        rangs.sort(key=lambda rang: (self.minutes[rang], -servis[rang], rang))
        return self.noms[rangs[0]] if rangs and manquantes else None


def parcours_pour_certifier(
    certifiables: pd.DataFrame, resultats: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """La table de `certifiables`, et le `parcours` le plus court qui travaille assez de compétences
    sans le niveau 1 ; vide s'il n'y en a pas, ou s'il n'en faut plus.

    À durée égale, celui qui travaille le plus de `plus_proches`. Un parcours que l'élève a déjà
    passé n'est pas reproposé.
    """
    codes = list(competences())
    profils = dernieres_collectes(resultats)
    niveaux = profils.pivot(index="eleve", columns="competence", values="niveau_pix")
    a_valider = ~(niveaux.reindex(columns=codes) >= 1).fillna(False).astype(bool)
    evalues = resultats.dropna(subset="parcours_evalue").groupby("eleve")["parcours_evalue"]
    passes = {eleve: set(map(normaliser, siens)) for eleve, siens in evalues}
    dits = certifiables.fillna({"niveau_scolaire": "", "plus_proches": ""})
    offres = {niveau: _Offre.de(catalogue, niveau) for niveau in dits["niveau_scolaire"].unique()}
    proposes = [
        offres[ligne.niveau_scolaire].plus_court(
            a_valider.loc[ligne.eleve].to_numpy(),
            np.isin(codes, ligne.plus_proches.split(", ")),
            ligne.manquantes,
            passes.get(ligne.eleve, ()),
        )
        for ligne in dits.itertuples()
    ]
    return certifiables.assign(parcours=pd.array(proposes, dtype="str"))
