"""Étage 1 — les colonnes d'un export converties d'un trait, avant tout contrôle."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from pixkit.grilles import Colonne, Grille
from pixkit.lecture import valeurs as v
from pixkit.lecture.degats import classe_retablie, identifiant_perdu
from pixkit.lecture.formats.campagne.colonnes import MESURES, Plan
from pixkit.lecture.lu import Constat
from pixkit.referentiel import domaine_de
from pixkit.tables import ETATS_ACQUIS


class Genre(NamedTuple):
    """Comment lire une colonne : la conversion de chaque texte, ce qui vaut « manquant », le type
    du tableau."""

    conversion: Callable[[str], Any]
    manquant: Any = np.nan
    dtype: Any = float


def _classe(cellule: str) -> str | None:
    return classe_retablie(cellule) or v.texte(cellule)


def _identifiant(cellule: str) -> str | None:
    return None if identifiant_perdu(cellule) else v.texte(cellule)


_DATES = ("date_debut", "date_envoi")
_REUSSI = ETATS_ACQUIS.index("OK")
_TEXTES = (
    "organisation",
    "id_campagne",
    "campagne",
    "nom_campagne",
    "parcours_evalue",
    "nom",
    "prenom",
)
_FIXES = {
    **dict.fromkeys(_TEXTES, Genre(v.texte, None, object)),
    **dict.fromkeys(("classe", "groupe"), Genre(_classe, None, object)),
    **dict.fromkeys(("numero_etudiant", "identifiant_externe"), Genre(_identifiant, None, object)),
    **dict.fromkeys(("envoye", "certifiable"), Genre(v.oui_non, None, object)),
    **dict.fromkeys(("progression", "taux_maitrise"), Genre(v.nombre)),
    "palier": Genre(v.entier()),
    "nb_pix": Genre(v.entier(1024)),  # 16 compétences × 8 niveaux × 8 pix
    "nb_competences_certifiables": Genre(v.entier(16)),
}
_DECOMPTES = {
    "nb_acquis": Genre(v.entier()),
    "nb_acquis_maitrises": Genre(v.entier()),
    "niveau_pix": Genre(v.entier(8)),
    "nb_pix": Genre(v.entier(64)),  # 8 niveaux de 8 pix
}


@dataclass(frozen=True, eq=False)
class Valeurs:
    """Un export converti, une ligne par participation.

    `mesures` et `taux["competence"]` ont une colonne par compétence, `domaines` et
    `taux["domaine"]` une par domaine. Les résultats d'une participation non envoyée sont effacés ;
    `trop_tot` dit où il y en avait.
    """

    grille: Grille
    plan: Plan
    fixes: dict[str, np.ndarray]
    envoye: np.ndarray
    trop_tot: np.ndarray
    mesures: dict[str, np.ndarray]
    domaines: dict[str, np.ndarray]
    taux: dict[str, np.ndarray]
    en_pourcentages: bool
    mois_dabord: bool
    etats: np.ndarray
    badges: dict[str, np.ndarray]

    def colonne(self, nom: str) -> Colonne:
        return self.grille.colonnes[self.plan.fixes[nom]]

    def distincts(self, nom: str) -> list[str]:
        """Les textes d'une colonne, tels qu'ils sont écrits ; aucun quand l'export ne l'a pas."""
        return sorted(self.colonne(nom).distincts()) if nom in self.plan.fixes else []

    def attendus(self, nom: str) -> np.ndarray:
        """Les taux que disent les décomptes (`nom` : une clé de `taux`)."""
        return _attendus(self.plan, self.mesures, self.envoye, nom)

    @cached_property
    def acquis(self) -> dict[str, str | None]:
        """{acquis: compétence}. Les acquis se suivent par compétence : les décomptes disent où
        chacune commence.

        Des colonnes déplacées se trahissent : le compte y est, mais pas compétence par compétence ;
        on ne devine pas.
        """
        noms = self.plan.acquis
        vises = self.mesures.get("nb_acquis", np.empty((0, 0)))
        largeurs = vises[~np.isnan(vises).any(axis=1)][:1]
        if not len(largeurs) or largeurs.sum() != len(noms):
            return dict.fromkeys(noms)
        competences = np.repeat(self.plan.codes, largeurs[0].astype(int)).tolist()
        en_tout, en_chacune = (
            self.contredits(dict.fromkeys(noms)),
            self.contredits(dict(zip(noms, competences, strict=True))),
        )
        return (
            dict.fromkeys(noms)
            if en_chacune and not en_tout
            else dict(zip(noms, competences, strict=True))
        )

    def contredits(self, acquis: dict[str, str | None]) -> dict[str | None, tuple[int, int]]:
        """{compétence (None : toutes): (acquis réussis d'après leurs colonnes, d'après les
        décomptes)} qui se contredisent."""
        maitrises = self.mesures.get("nb_acquis_maitrises")
        contredits = {}
        for code in dict.fromkeys(acquis.values() if maitrises is not None else ()):
            reussis = (self.etats[:, [c == code for c in acquis.values()]] == _REUSSI).sum(axis=1)
            dits = (
                maitrises.sum(axis=1) if code is None else maitrises[:, self.plan.codes.index(code)]
            )
            if (self.envoye & ~np.isnan(dits) & (reussis != dits)).any():
                contredits[code] = (
                    int(reussis[self.envoye].sum()),
                    int(np.nansum(dits[self.envoye])),
                )
        return contredits

    @cached_property
    def compte_supprime(self) -> np.ndarray:
        """Un envoi dont Pix a effacé le détail : un taux global, aucun acquis."""
        maitrises = self.mesures.get("nb_acquis_maitrises")
        if maitrises is None:
            return np.zeros(len(self.envoye), dtype=bool)
        # Les domaines comptent aussi les compétences que le référentiel ne connaît pas.
        rien = (maitrises.sum(axis=1) == 0) & (
            np.nansum(self.domaines["nb_acquis_maitrises"], axis=1) == 0
        )
        muet = bool(self.plan.inconnues) and not self.plan.domaines
        return self.envoye & rien & (self.fixes["taux_maitrise"] > 0) & (not muet)


def convertir(grille: Grille, plan: Plan) -> tuple[Valeurs, list[Constat]]:
    """(les valeurs, les cellules incompréhensibles)."""
    fautes: list[Constat] = []

    def bloc(rangs: list[int | None], genre: Genre) -> np.ndarray:
        tableau = np.full((len(grille.numeros), len(rangs)), genre.manquant, dtype=genre.dtype)
        for place, rang in enumerate(rangs):
            if rang is not None:
                tableau[:, place], illisibles = v.convertir(grille.colonnes[rang], *genre)
                fautes.extend(
                    Constat(f"{plan.nom(rang)} : {motif}", lignes, True)
                    for motif, lignes in illisibles
                )
        return tableau

    ordres = _ordres(grille, plan)
    instants = {
        nom: Genre(_instant(grille, plan, nom, ordre), None, object)
        for nom, ordre in ordres.items()
    }
    genres = _FIXES | instants
    fixes = {nom: bloc([plan.fixes.get(nom)], genre)[:, 0] for nom, genre in genres.items()}
    envoye = np.array([valeur is True for valeur in fixes["envoye"]], dtype=bool)
    decomptes = {nom: _DECOMPTES[nom] for nom in MESURES[plan.type_campagne]}
    lues = {nom: bloc(plan.rangs("competence", nom), genre) for nom, genre in decomptes.items()}
    trop_tot = (~np.isnan(next(iter(lues.values())))).any(axis=1) & ~envoye
    mesures = {nom: np.where(envoye[:, None], tableau, np.nan) for nom, tableau in lues.items()}
    ecrits = {
        cible: bloc(plan.rangs(cible, "taux"), Genre(v.nombre))
        for cible in ("competence", "domaine")
    }
    ecrits |= {nom: fixes[nom][:, None] for nom in ("taux_maitrise", "progression")}
    taux = {
        nom: _a_l_echelle(tableau, _attendus(plan, mesures, envoye, nom))
        for nom, tableau in ecrits.items()
    }
    etats = bloc(list(plan.acquis.values()), Genre(v.etat_acquis, -1, np.int8))
    return (
        Valeurs(
            grille=grille,
            plan=plan,
            fixes=fixes | {nom: taux[nom][:, 0] for nom in ("taux_maitrise", "progression")},
            envoye=envoye,
            trop_tot=trop_tot,
            mesures=mesures,
            domaines={
                nom: bloc(plan.rangs("domaine", nom), genre) for nom, genre in decomptes.items()
            },
            taux=taux,
            en_pourcentages=any(
                not np.array_equal(taux[nom], ecrits[nom], equal_nan=True) for nom in ecrits
            ),
            mois_dabord=any(ordres.values()),
            etats=np.where(envoye[:, None], etats, np.int8(-1)),
            badges={
                nom: bloc([rang], Genre(v.oui_non, None, object))[:, 0]
                for nom, rang in plan.badges.items()
            },
        ),
        fautes,
    )


def _ordres(grille: Grille, plan: Plan) -> dict[str, bool]:
    """{colonne de dates: le mois d'abord ?} ; une colonne qui ne tranche pas suit l'autre."""
    ordres = {
        nom: v.mois_dabord(grille.colonnes[plan.fixes[nom]].distincts())
        for nom in _DATES
        if nom in plan.fixes
    }
    return {
        nom: next((o for o in (ordres.get(nom), *ordres.values()) if o is not None), False)
        for nom in _DATES
    }


def _instant(grille: Grille, plan: Plan, nom: str, mois_dabord: bool) -> Callable[[str], Any]:
    heure_de_paris = nom in plan.fixes and "paris" in grille.entete[plan.fixes[nom]].casefold()
    return v.instant(
        heure_de_paris=heure_de_paris, fin=nom == "date_envoi", mois_dabord=mois_dabord
    )


def parts_des_domaines(plan: Plan) -> np.ndarray:
    """Compétences × domaines : 1 là où la compétence est du domaine."""
    parts = [[domaine_de(code) == domaine for domaine in plan.domaines] for code in plan.codes]
    return np.array(parts, dtype=float).reshape(len(plan.codes), len(plan.domaines))


def _attendus(
    plan: Plan, mesures: dict[str, np.ndarray], envoye: np.ndarray, nom: str
) -> np.ndarray:
    """Les taux que disent les décomptes."""
    if nom == "progression":
        return np.where(envoye, 1.0, np.nan)[:, None]
    rien = np.full((len(envoye), len(plan.codes)), np.nan)
    vises, maitrises = (mesures.get(mesure, rien) for mesure in MESURES["evaluation"])
    sommer = {"competence": np.eye(len(plan.codes)), "domaine": parts_des_domaines(plan)}
    parts = sommer.get(nom, np.ones((len(plan.codes), 1)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (maitrises @ parts) / (vises @ parts)


def _a_l_echelle(taux: np.ndarray, attendus: np.ndarray) -> np.ndarray:
    echelles = v.echelles(taux, attendus)
    return np.where(echelles == 100, np.round(taux / 100, 5), taux)
