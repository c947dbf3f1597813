"""Un nom de Pix, dans une classe, une année et un établissement : saisi pour une ou plusieurs
campagnes, ou inscrit à la certification avec une date de naissance."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import pandas as pd

from pixkit.appariement.noms import Mots, lettres, mots
from pixkit.referentiel import normaliser

_TEXTES = [
    "organisation", "annee_scolaire", "nom", "prenom", "classe", "groupe", "campagne", "eleve",
    "numero_etudiant", "identifiant_externe",
]  # fmt: skip


# Deux homonymes ne sont pas le même nom ; et un nom sert de clé, très souvent.
@dataclass(frozen=True, eq=False)
class Nom:
    """`precision` distingue deux homonymes (campagne et date, ou naissance) ; `rangs` : les
    participations, ou les certifications, qui portent ce nom ; `naissance` : AAAA-MM-JJ."""

    organisation: str
    annee_scolaire: str
    nom: str
    prenom: str
    classe: str
    precision: str = ""
    campagnes: frozenset[str] = frozenset()
    numeros: frozenset[str] = frozenset()
    rangs: tuple[int, ...] = ()
    naissance: str = ""

    @cached_property
    def mots(self) -> tuple[Mots, Mots]:
        """(mots du nom, mots du prénom)."""
        return mots(self.nom), mots(self.prenom)

    @property
    def lettres(self) -> str:
        return lettres(self.mots[0] + self.mots[1])

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
    lignes = _lignes(participations)
    cles = [Nom(*ligne[:5]).cle for ligne in lignes]
    distincts = {(cle, ligne.eleve) for cle, ligne in zip(cles, lignes, strict=True)}
    personnes = Counter(cle for cle, _ in distincts)
    groupes: dict[tuple, list[int]] = defaultdict(list)
    for rang, (cle, ligne) in enumerate(zip(cles, lignes, strict=True)):
        # Des homonymes numérotés par leurs dates dans une campagne ne se retrouvent pas d'une
        # campagne à l'autre.
        campagne = ligne.campagne if personnes[cle] > 1 else ""
        groupes[cle, ligne.eleve, campagne].append(rang)
    noms = [
        _nom([lignes[rang] for rang in rangs], campagne, tuple(rangs))
        for (_, _, campagne), rangs in groupes.items()
    ]
    return sorted(noms, key=lambda nom: (nom.cle, nom.precision, nom.rangs))


def noms_certifies(certifications: pd.DataFrame) -> list[Nom]:
    """Les noms d'une table de certifications, chacun avec sa date de naissance. Une session ne dit
    pas la classe : celle d'un autre fichier vaut pour elle."""
    table = certifications[["annee_scolaire", "nom", "prenom", "classe", "fichier"]].fillna("")
    naissances = certifications["date_naissance"].dt.strftime("%Y-%m-%d").fillna("")
    groupes: dict[tuple, list[int]] = defaultdict(list)
    lignes = list(table.astype("object").itertuples(index=False))
    for rang, (ligne, naissance) in enumerate(zip(lignes, naissances, strict=True)):
        qui = (ligne.annee_scolaire, normaliser(ligne.nom), normaliser(ligne.prenom))
        groupes[qui, naissance].append(rang)
    personnes = Counter(qui for qui, _ in groupes)
    noms = [
        _certifie([lignes[rang] for rang in rangs], naissance, personnes[qui] > 1, tuple(rangs))
        for (qui, naissance), rangs in groupes.items()
    ]
    return sorted(noms, key=lambda nom: (nom.cle, nom.naissance, nom.rangs))


def _certifie(lignes: list[Any], naissance: str, homonyme: bool, rangs: tuple[int, ...]) -> Nom:
    return Nom(
        "",
        lignes[0].annee_scolaire,
        lignes[0].nom,
        lignes[0].prenom,
        max(ligne.classe for ligne in lignes),
        precision=f"né le {naissance}" if homonyme else "",
        campagnes=frozenset(ligne.fichier for ligne in lignes),
        rangs=rangs,
        naissance=naissance,
    )


def _lignes(participations: pd.DataFrame) -> list[Any]:
    """Les textes de chaque participation, sa date, et le groupe en guise de classe s'il le faut."""
    table = participations[_TEXTES].fillna("").astype("object")
    table["classe"] = table["classe"].where(table["classe"] != "", table["groupe"])
    dates = participations["date_debut"].fillna(participations["date_envoi"])
    table["date"] = dates.dt.strftime("%d/%m/%Y %H:%M").fillna("")
    return list(table.itertuples(index=False))


def _nom(lignes: list[Any], campagne: str, rangs: tuple[int, ...]) -> Nom:
    """Le nom que portent ces lignes."""
    numeros = chain.from_iterable((n.numero_etudiant, n.identifiant_externe) for n in lignes)
    return Nom(
        *lignes[0][:5],
        precision=min(f"{campagne} {ligne.date}" for ligne in lignes) if campagne else "",
        campagnes=frozenset(ligne.campagne for ligne in lignes),
        numeros=frozenset(filter(None, numeros)),
        rangs=rangs,
    )
