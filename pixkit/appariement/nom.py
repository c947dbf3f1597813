"""Un nom saisi dans Pix, dans une classe, une année et un établissement ; il a pu participer à
plusieurs campagnes."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pixkit.appariement.noms import Mots, mots
from pixkit.referentiel import normaliser

_TEXTES = [
    "organisation",
    "annee_scolaire",
    "nom",
    "prenom",
    "classe",
    "groupe",
    "campagne",
    "eleve",
    "numero_etudiant",
    "identifiant_externe",
]


@dataclass(
    frozen=True, eq=False
)  # deux homonymes ne sont pas le même nom ; et un nom sert de clé, très souvent
class Nom:
    """`precision` distingue deux homonymes (campagne et date) ; `rangs` : les participations qui
    portent ce nom."""

    organisation: str
    annee_scolaire: str
    nom: str
    prenom: str
    classe: str
    precision: str = ""
    campagnes: frozenset[str] = frozenset()
    numeros: frozenset[str] = frozenset()
    rangs: tuple[int, ...] = ()

    @cached_property
    def mots(self) -> tuple[Mots, Mots]:
        """(mots du nom, mots du prénom)."""
        return mots(self.nom), mots(self.prenom)

    @cached_property
    def cle(self) -> tuple[str, ...]:
        """Ce qui s'écrit pareil au même endroit."""
        return (
            self.organisation,
            self.annee_scolaire,
            *map(normaliser, (self.nom, self.prenom, self.classe)),
        )


def noms_saisis(participations: pd.DataFrame) -> list[Nom]:
    """Les noms d'une table de participations, dans un ordre qui ne dépend ni des fichiers ni des
    lignes."""
    lignes = list(participations[_TEXTES].fillna("").astype("object").itertuples(index=False))
    ecrits = [Nom(*ligne[:4], ligne.classe or ligne.groupe) for ligne in lignes]
    personnes: dict[tuple, set[str]] = defaultdict(set)
    for ecrit, ligne in zip(ecrits, lignes, strict=True):
        personnes[ecrit.cle].add(ligne.eleve)
    dates = (
        participations["date_debut"]
        .fillna(participations["date_envoi"])
        .dt.strftime("%d/%m/%Y %H:%M")
        .fillna("")
    )
    groupes: dict[tuple, list[int]] = defaultdict(list)
    for rang, (ecrit, ligne) in enumerate(zip(ecrits, lignes, strict=True)):
        # Des homonymes numérotés par leurs dates dans une campagne ne se retrouvent pas d'une
        # campagne à l'autre.
        groupes[
            ecrit.cle, ligne.eleve, ligne.campagne if len(personnes[ecrit.cle]) > 1 else ""
        ].append(rang)
    noms = [
        Nom(
            *lignes[rangs[0]][:4],
            ecrits[rangs[0]].classe,
            precision=min(f"{campagne} {dates.iloc[rang]}" for rang in rangs) if campagne else "",
            campagnes=frozenset(lignes[rang].campagne for rang in rangs),
            numeros=frozenset(
                n
                for rang in rangs
                for n in (lignes[rang].numero_etudiant, lignes[rang].identifiant_externe)
                if n
            ),
            rangs=tuple(rangs),
        )
        for (_, _, campagne), rangs in groupes.items()
    ]
    return sorted(noms, key=lambda nom: (nom.cle, nom.precision, nom.rangs))
