"""Étage 1 — les colonnes d'un export converties d'un trait, avant tout contrôle."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from pixkit.grilles import Colonne, Grille, accoler
from pixkit.lecture import valeurs as v
from pixkit.lecture.degats import classe_retablie, identifiant_perdu
from pixkit.lecture.formats.campagne.colonnes import MESURES, Plan
from pixkit.lecture.lu import Constat
from pixkit.tables import ETATS_ACQUIS


class Genre(NamedTuple):
    """Comment lire une colonne : la conversion de chaque texte, ce qui vaut « manquant », le type
    du tableau."""

    conversion: Callable[[str], Any]
    manquant: Any = np.nan
    dtype: Any = float


def _repere(cellule: str) -> str | None:
    """Un code, une classe : une espace de trop au bout en ferait deux."""
    return v.texte(cellule.strip())


def _classe(cellule: str) -> str | None:
    return classe_retablie(cellule) or _repere(cellule)


def _identifiant(cellule: str) -> str | None:
    return None if identifiant_perdu(cellule) else v.texte(cellule)


_DATES = ("date_debut", "date_envoi")
_REUSSI = ETATS_ACQUIS.index("OK")
_REPERES = ("organisation", "id_campagne", "campagne")
_TEXTES = ("nom_campagne", "parcours_evalue", "nom", "prenom")
_TAUX = ("taux_maitrise", "progression")
_TAUX_ECRIT = Genre(v.nombre)
_OUI_NON = Genre(v.oui_non, None, object)
_FIXES = {
    **dict.fromkeys(_REPERES, Genre(_repere, None, object)),
    **dict.fromkeys(_TEXTES, Genre(v.texte, None, object)),
    **dict.fromkeys(("classe", "groupe"), Genre(_classe, None, object)),
    **dict.fromkeys(("numero_etudiant", "identifiant_externe"), Genre(_identifiant, None, object)),
    **dict.fromkeys(("envoye", "certifiable"), _OUI_NON),
    **dict.fromkeys(_TAUX, _TAUX_ECRIT),
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

    `lues` (colonnes fixes), `decomptes`, `parts` (les taux) et `reponses` sont tels qu'écrits ; de
    là viennent `mesures` et `taux["competence"]`, une colonne par compétence, `domaines` et
    `taux["domaine"]`, une par domaine. Les résultats d'une participation non envoyée sont effacés.
    """

    grille: Grille
    plan: Plan
    lues: dict[str, np.ndarray]
    decomptes: dict[str, np.ndarray]
    parts: dict[str, np.ndarray]
    reponses: np.ndarray
    domaines: dict[str, np.ndarray]
    badges: dict[str, np.ndarray]
    mois_dabord: bool

    @cached_property
    def envoye(self) -> np.ndarray:
        return np.equal(self.lues["envoye"], True).astype(bool)

    @cached_property
    def trop_tot(self) -> np.ndarray:
        """Où des résultats précèdent l'envoi."""
        return (~np.isnan(next(iter(self.decomptes.values())))).any(axis=1) & ~self.envoye

    @cached_property
    def mesures(self) -> dict[str, np.ndarray]:
        envoye = self.envoye[:, None]
        return {nom: np.where(envoye, lus, np.nan) for nom, lus in self.decomptes.items()}

    @cached_property
    def etats(self) -> np.ndarray:
        return np.where(self.envoye[:, None], self.reponses, np.int8(-1))

    @cached_property
    def _echelles(self) -> dict[str, np.ndarray]:
        return {nom: v.echelles(parts, self.attendus[nom]) for nom, parts in self.parts.items()}

    @property
    def en_pourcentages(self) -> bool:
        return any((echelles == 100).any() for echelles in self._echelles.values())

    @cached_property
    def taux(self) -> dict[str, np.ndarray]:
        return {
            nom: np.where(self._echelles[nom] == 100, np.round(parts / 100, 5), parts)
            for nom, parts in self.parts.items()
        }

    @cached_property
    def fixes(self) -> dict[str, np.ndarray]:
        return self.lues | {nom: self.taux[nom][:, 0] for nom in _TAUX}

    def colonne(self, nom: str) -> Colonne:
        return self.grille.colonnes[self.plan.fixes[nom]]

    def distincts(self, nom: str) -> list[str]:
        """Les textes d'une colonne, tels qu'ils sont écrits ; aucun quand l'export ne l'a pas."""
        return sorted(self.colonne(nom).distincts()) if nom in self.plan.fixes else []

    @cached_property
    def attendus(self) -> dict[str, np.ndarray]:
        """Les taux que disent les décomptes, sous les clés de `taux`."""
        rien = np.full((len(self.envoye), len(self.plan.codes)), np.nan)
        vises, maitrises = (self.mesures.get(mesure, rien) for mesure in MESURES["evaluation"])
        sommer = {
            "competence": np.eye(rien.shape[1]),
            "domaine": self.plan.parts_des_domaines,
            "taux_maitrise": np.ones((rien.shape[1], 1)),
        }
        with np.errstate(invalid="ignore", divide="ignore"):
            dits = {nom: (maitrises @ par) / (vises @ par) for nom, par in sommer.items()}
        return dits | {"progression": np.where(self.envoye, 1.0, np.nan)[:, None]}

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
        suivis, en_tout = dict(zip(noms, competences, strict=True)), dict.fromkeys(noms)
        deplaces = self.contredits(suivis) and not self.contredits(en_tout)
        return en_tout if deplaces else suivis

    @cached_property
    def etats_fiables(self) -> np.ndarray:
        """Les états des acquis, sauf ceux que les décomptes contredisent."""
        faux = [code in self.contradictions for code in self.acquis.values()]
        return np.where(np.array(faux, dtype=bool), np.int8(-1), self.etats)

    @cached_property
    def contradictions(self) -> dict[str | None, tuple[int, int]]:
        """Voir `contredits`."""
        return self.contredits(self.acquis)

    def contredits(self, acquis: dict[str, str | None]) -> dict[str | None, tuple[int, int]]:
        """{compétence (None : toutes): (acquis réussis d'après leurs colonnes, d'après les
        décomptes)} qui se contredisent."""
        if "nb_acquis_maitrises" not in self.mesures or not acquis:
            return {}
        codes = list(dict.fromkeys(acquis.values()))
        # Une ligne coupée, mise de côté, ne contredit personne.
        envoyees = self.envoye & (self.grille.largeurs >= len(self.grille.entete))
        maitrises = self.mesures["nb_acquis_maitrises"][envoyees]
        decomptes = {None: maitrises.sum(axis=1)}
        decomptes |= zip(self.plan.codes, maitrises.T, strict=True)
        dits = np.array([decomptes[code] for code in codes])
        siens = np.array([codes.index(code) for code in acquis.values()])
        reussis = (self.etats[envoyees] == _REUSSI).T.astype(np.int16)
        lus = np.array([reussis[siens == rang].sum(axis=0) for rang in range(len(codes))])
        faux = (~np.isnan(dits) & (lus != dits)).any(axis=1)
        return {
            code: (int(lus[rang].sum()), int(np.nansum(dits[rang])))
            for rang, code in enumerate(codes)
            if faux[rang]
        }

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
    ecrit, ordres = _Ecrit(grille, plan), _ordres(grille, plan)
    lues = ecrit.fixes(ordres)
    # Le premier motif d'une ligne est celui qu'on dit : l'ordre de ces lectures compte.
    valeurs = Valeurs(
        grille,
        plan,
        lues,
        decomptes=ecrit.decomptes("competence"),
        parts=ecrit.taux() | {nom: lues[nom][:, None] for nom in _TAUX},
        reponses=ecrit.bloc(list(plan.acquis.values()), Genre(v.etat_acquis, -1, np.int8)),
        domaines=ecrit.decomptes("domaine"),
        badges={nom: ecrit.bloc([rang], _OUI_NON)[:, 0] for nom, rang in plan.badges.items()},
        mois_dabord=any(ordres.values()),
    )
    return valeurs, ecrit.fautes


@dataclass(frozen=True, eq=False)
class _Ecrit:
    """Un export à convertir ; `fautes` : ce qui ne s'y comprend pas."""

    grille: Grille
    plan: Plan
    fautes: list[Constat] = field(default_factory=list)

    def bloc(self, rangs: list[int | None], genre: Genre) -> np.ndarray:
        """Ces colonnes converties, côte à côte."""
        tableau = np.full((len(self.grille.numeros), len(rangs)), genre.manquant, genre.dtype)
        places = [place for place, rang in enumerate(rangs) if rang is not None]
        if places:
            ensemble = accoler([self.grille.colonnes[rangs[place]] for place in places])
            tableau[:, places], illisibles = v.convertir(ensemble, *genre)
            for motif, cellules in illisibles:
                ou = self.plan.nom(rangs[places[cellules.any(axis=0).argmax()]])
                self.fautes.append(Constat(f"{ou} : {motif}", cellules.any(axis=1), grave=True))
        return tableau

    def fixes(self, ordres: dict[str, bool]) -> dict[str, np.ndarray]:
        instants = {nom: _instant(self.grille, self.plan, nom, o) for nom, o in ordres.items()}
        return {
            nom: self.bloc([self.plan.fixes.get(nom)], genre)[:, 0]
            for nom, genre in (_FIXES | instants).items()
        }

    def taux(self) -> dict[str, np.ndarray]:
        rangs = {cible: self.plan.rangs(cible, "taux") for cible in ("competence", "domaine")}
        return {cible: self.bloc(siens, _TAUX_ECRIT) for cible, siens in rangs.items()}

    def decomptes(self, cible: str) -> dict[str, np.ndarray]:
        return {
            nom: self.bloc(self.plan.rangs(cible, nom), _DECOMPTES[nom])
            for nom in MESURES[self.plan.type_campagne]
        }


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


def _instant(grille: Grille, plan: Plan, nom: str, mois_dabord: bool) -> Genre:
    paris = nom in plan.fixes and "paris" in grille.entete[plan.fixes[nom]].casefold()
    conversion = v.instant(heure_de_paris=paris, fin=nom == "date_envoi", mois_dabord=mois_dabord)
    return Genre(conversion, None, object)
