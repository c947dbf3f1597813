"""Étage 1 — un export de campagne : des cellules aux tables, ligne par ligne, sans rien perdre."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from pixkit.erreurs import ColonneEnDouble, FichierIllisible
from pixkit.lecture import valeurs
from pixkit.lecture.entetes import Plan, reconnaitre
from pixkit.lecture.octets import Grille
from pixkit.referentiel import domaine_de
from pixkit.tables import ETATS_ACQUIS

_ETATS = {"ko": 0, "ok": 1, "non testé": 2, "non teste": 2, "not tested": 2}  # rangs dans ETATS_ACQUIS
_TEXTES = [
    "organisation",
    "id_campagne",
    "campagne",
    "nom_campagne",
    "parcours_evalue",
    "nom",
    "prenom",
    "classe",
    "groupe",
    "numero_etudiant",
    "identifiant_externe",
]
_NOMBRES = {
    "palier": valeurs.entier(),
    "nb_pix": valeurs.entier(1024),  # 16 compétences × 8 niveaux × 8 pix
    "nb_competences_certifiables": valeurs.entier(16),
}
_MESURES = {
    "evaluation": {"nb_acquis": valeurs.entier(), "nb_acquis_maitrises": valeurs.entier()},
    "collecte": {"niveau_pix": valeurs.entier(8), "nb_pix": valeurs.entier(64)},  # 8 niveaux de 8 pix
}


@dataclass
class Export:
    """Un export lu : ses participations, ses résultats par compétence, et le sort de chacune de ses lignes."""

    fichier: str
    type_campagne: str
    participations: pd.DataFrame
    competences: list[str]
    mesures: dict[str, np.ndarray]  # mesure → participations × compétences, NaN quand le résultat manque
    acquis: dict[str, str | None]  # acquis → compétence
    etats: np.ndarray  # participations × acquis, rang dans ETATS_ACQUIS, -1 quand le résultat manque
    badges: dict[str, list[bool | None]]
    rejets: list[tuple[int, str]]
    motifs: dict[int, str]  # lignes lues dont il y a quelque chose à dire
    inconnues: list[str]  # compétences et domaines qu'aucune table ne connaît : leurs colonnes sont mises de côté
    ligne_entete: int
    remarques: list[str] = field(default_factory=list)


def lire_export(cellules: Grille, fichier: str, *, libelles: Mapping[str, str] | None = None) -> Export:
    """Lit la grille d'un export de campagne Pix Orga.

    Lève FichierNonPix, ColonneManquante ou ColonneEnDouble quand aucune ligne ne peut être lue ; une ligne impossible,
    elle, est mise de côté avec son motif.
    """
    plan = reconnaitre(cellules.entete, libelles)
    if not cellules.lignes and not cellules.rejets:
        raise FichierIllisible(
            "un export de campagne qui n'a que ses en-têtes.",
            "une ligne par élève qui a commencé.",
            "si la campagne vient d'ouvrir, attendez les premiers élèves ; sinon, refaites l'export.",
        )
    return _Lecteur(cellules, plan, fichier).export()


class _Lecteur:
    """Convertit les colonnes d'une grille en retenant ce qui cloche, ligne par ligne."""

    def __init__(self, cellules: Grille, plan: Plan, fichier: str):
        self.grille, self.plan, self.fichier = cellules, plan, fichier
        self.nb = len(cellules.lignes)
        self.fautes: dict[int, list[str]] = defaultdict(list)  # rang de ligne → pourquoi la mettre de côté
        self.notes: dict[int, list[str]] = defaultdict(list)  # rang de ligne → à savoir, sans la mettre de côté

    def export(self) -> Export:
        self._verifier_doubles()
        participations = self._participations()
        mesures = self._mesures(participations)
        badges = {nom: self._colonne(rang, valeurs.oui_non) for nom, rang in self.plan.badges.items()}
        etats, acquis = self._acquis(mesures)
        self._dire_le_plan()
        gardees = np.array([rang not in self.fautes for rang in range(self.nb)], dtype=bool)
        numeros = self.grille.numeros
        return Export(
            fichier=self.fichier,
            type_campagne=self.plan.type_campagne,
            participations=participations[gardees].reset_index(drop=True),
            competences=sorted(self.plan.competences),
            mesures={nom: tableau[gardees] for nom, tableau in mesures.items()},
            acquis=acquis,
            etats=etats[gardees],
            badges={nom: [v for v, garde in zip(col, gardees, strict=True) if garde] for nom, col in badges.items()},
            rejets=self.grille.rejets + [(numeros[rang], " ; ".join(mots)) for rang, mots in self.fautes.items()],
            motifs={numeros[rang]: " ; ".join(mots) for rang, mots in self.notes.items() if gardees[rang]},
            inconnues=sorted(set(self.plan.inconnues.values())),
            ligne_entete=self.grille.ligne_entete,
            remarques=self.grille.remarques,
        )

    def _colonne(self, rang: int | None, conversion: Any, manquant: Any = None) -> list[Any]:
        """Une colonne convertie ; chaque cellule impossible condamne sa ligne."""
        if rang is None:
            return [manquant] * self.nb
        cellules = self._cellules([rang])
        table = valeurs.Conversion(conversion, manquant)
        converties = list(map(table.__getitem__, cellules))
        self._condamner_cellules(cellules, [rang], table.motifs)
        return converties

    def _bloc(self, rangs: Sequence[int], conversion: Any, manquant: float = np.nan, genre: Any = float) -> np.ndarray:
        """Lignes × colonnes, en nombres, converties ligne après ligne : l'ordre où la mémoire les range."""
        cellules = self._cellules(rangs)
        table = valeurs.Conversion(conversion, manquant)
        bloc = np.fromiter(map(table.__getitem__, cellules), dtype=genre, count=len(cellules))
        self._condamner_cellules(cellules, rangs, table.motifs)
        return bloc.reshape(self.nb, len(rangs))

    def _condamner_cellules(self, cellules: list[str], rangs: Sequence[int], motifs: dict[str, str]) -> None:
        for place in (place for place, cellule in enumerate(cellules if motifs else ()) if cellule in motifs):
            ligne, colonne = divmod(place, len(rangs))
            self.fautes[ligne].append(f"{self._nom(rangs[colonne])} : {motifs[cellules[place]]}")

    def _cellules(self, rangs: Sequence[int]) -> list[str]:
        if len(rangs) < 2:
            return [ligne[rang] for ligne in self.grille.lignes for rang in rangs]
        return list(chain.from_iterable(map(itemgetter(*rangs), self.grille.lignes)))

    def _nom(self, rang: int) -> str:
        return f"« {unescape(self.grille.entete[rang])} »"

    def _reels(self, rang: int | None, conversion: Any) -> np.ndarray:
        return np.full(self.nb, np.nan) if rang is None else self._bloc([rang], conversion)[:, 0]

    def _verifier_doubles(self) -> None:
        for premier, second in self.plan.doubles:
            if self._cellules([premier]) != self._cellules([second]):
                raise ColonneEnDouble(
                    f"deux colonnes {self._nom(premier)} qui ne disent pas la même chose.",
                    "une seule colonne de ce nom.",
                    "refaites l'export dans Pix Orga et déposez-le sans le modifier.",
                )
            self.grille.remarques.append(f"La colonne {self._nom(premier)} est en double, à l'identique : lue une fois.")

    def _participations(self) -> pd.DataFrame:
        fixes = self.plan.fixes
        table: dict[str, Any] = {nom: pd.Series(self._colonne(fixes.get(nom), valeurs.texte), dtype=object) for nom in _TEXTES}
        envoye = self._colonne(fixes["envoye"], valeurs.oui_non)
        for ligne, valeur in enumerate(envoye):
            if valeur is None and ligne not in self.fautes:
                self.fautes[ligne].append(f"{self._nom(fixes['envoye'])} : vide au lieu de Oui ou Non")
        self.envoye = np.array([valeur is True for valeur in envoye], dtype=bool)
        table |= {nom: self._reels(fixes.get(nom), conversion) for nom, conversion in _NOMBRES.items()}
        table["progression"] = self._taux("progression", np.where(self.envoye, 1.0, np.nan))
        table["date_debut"] = self._dates("date_debut", fin=False)
        table["date_envoi"] = self._dates("date_envoi", fin=True)
        table["envoye"] = self.envoye
        table["certifiable"] = self._colonne(fixes.get("certifiable"), valeurs.oui_non)
        nb_paliers = np.nan if self.plan.nb_paliers is None else float(self.plan.nb_paliers)
        table["nb_paliers"] = np.full(self.nb, nb_paliers)
        table["taux_maitrise"], table["compte_supprime"] = np.full(self.nb, np.nan), np.zeros(self.nb, dtype=bool)
        self._condamner(table["palier"] > nb_paliers, "palier plus haut que le nombre de paliers")
        dates = self._cellules([fixes.get("date_debut", fixes["date_envoi"])])
        precises = [not valeurs.sans_heure(c) for c in dates if c not in valeurs.MANQUANTS]
        table["precision_dates"] = "jour" if precises and not any(precises) else "minute"
        table["ligne"] = self.grille.numeros
        for ligne, (debut, envoi) in enumerate(zip(table["date_debut"], table["date_envoi"], strict=True)):
            if self.envoye[ligne] and envoi is None:
                self.notes[ligne].append("envoyée, mais sans date d'envoi")
            elif isinstance(debut, datetime) and isinstance(envoi, datetime) and envoi < debut:
                self.notes[ligne].append("envoyée avant d'être commencée")
        return pd.DataFrame(table).assign(fichier=self.fichier, type_campagne=self.plan.type_campagne)

    def _dates(self, nom: str, *, fin: bool) -> list[Any]:
        rang = self.plan.fixes.get(nom)
        heure_de_paris = rang is not None and "paris" in self.grille.entete[rang].casefold()
        return self._colonne(rang, valeurs.instant(heure_de_paris=heure_de_paris, fin=fin))

    def _taux(self, nom: str, attendus: np.ndarray) -> np.ndarray:
        if nom not in self.plan.fixes:
            return np.full(self.nb, np.nan)
        return self._a_l_echelle([self.plan.fixes[nom]], attendus[:, None])[:, 0]

    def _a_l_echelle(self, rangs: Sequence[int], attendus: np.ndarray) -> np.ndarray:
        """Des colonnes de taux ramenées entre 0 et 1 ; un taux hors de là condamne sa ligne."""
        taux = self._bloc(rangs, valeurs.nombre)
        echelles = valeurs.echelles(taux, attendus)
        if any("%" in ligne[rang] for ligne in self.grille.lignes[:50] for rang in rangs):
            self._remarquer("Des taux sont écrits avec le signe % (72 % pour 0,72) : ils ont été convertis.")
        if (echelles == 100).any():
            taux = np.round(taux / echelles, 5)
            self._remarquer("Des taux sont écrits en pourcentages (72 pour 0,72) : ils ont été divisés par 100.")
        for place in np.flatnonzero((taux > 1).any(axis=0)):
            self._condamner(taux[:, place] > 1, f"{self._nom(rangs[place])} : un taux plus grand que 1")
        return taux

    def _condamner(self, mauvaises: np.ndarray, motif: str) -> None:
        for ligne in np.flatnonzero(mauvaises):
            if int(ligne) not in self.fautes:  # une cellule illisible en entraîne d'autres : la première raison suffit
                self.fautes[int(ligne)].append(motif)

    def _noter(self, concernees: np.ndarray, motif: str) -> None:
        for ligne in np.flatnonzero(concernees):
            self.notes[int(ligne)].append(motif)

    def _remarquer(self, phrase: str) -> None:
        if phrase not in self.grille.remarques:
            self.grille.remarques.append(phrase)

    def _mesures(self, participations: pd.DataFrame) -> dict[str, np.ndarray]:
        plan = self.plan
        codes = sorted(plan.competences)
        mesures = {
            nom: self._bloc([plan.competences[code][nom] for code in codes], conversion)
            for nom, conversion in _MESURES[plan.type_campagne].items()
        }
        premiere, seconde = mesures.values()
        self._condamner((np.isnan(premiere) != np.isnan(seconde)).any(axis=1), "un décompte sur deux manque")
        self._noter(
            (~np.isnan(premiere)).any(axis=1) & ~self.envoye,
            "des résultats figurent sur une participation non envoyée : ils ne sont pas lus",
        )
        self._noter(np.isnan(premiere).any(axis=1) & self.envoye, "envoyée, mais des résultats manquent")
        for tableau in mesures.values():
            tableau[~self.envoye] = np.nan
        if plan.type_campagne == "evaluation":
            self._verifier_evaluation(participations, codes, premiere, seconde)
        else:
            self._verifier_collecte(premiere, seconde)
        return mesures

    def _verifier_evaluation(self, participations, codes: list[str], vises: np.ndarray, maitrises: np.ndarray) -> None:
        self._condamner((maitrises > vises).any(axis=1), "plus d'acquis maîtrisés que d'acquis visés")
        parts = np.array([[domaine_de(code) == domaine for domaine in self.plan.domaines] for code in codes], dtype=float)
        parts = parts.reshape(len(codes), len(self.plan.domaines))  # compétences × domaines
        sommes = {"nb_acquis": vises @ parts, "nb_acquis_maitrises": maitrises @ parts}
        for nom, somme in sommes.items():
            places, rangs = self._presentes(self.plan.domaines.values(), nom)
            ecarts = self._bloc(rangs, valeurs.entier()) - somme[:, places]
            self._noter_colonnes(rangs, ecarts, 0, "autre chose que la somme de ses compétences")
        self._verifier_taux(self.plan.domaines.values(), sommes["nb_acquis_maitrises"], sommes["nb_acquis"])
        self._verifier_taux([self.plan.competences[code] for code in codes], maitrises, vises)
        total_vises, total_maitrises = vises.sum(axis=1), maitrises.sum(axis=1)
        with np.errstate(invalid="ignore"):
            attendus = total_maitrises / total_vises
        taux = self._taux("taux_maitrise", attendus)
        supprime = self.envoye & (total_maitrises == 0) & (taux > 0)
        self._noter(supprime, "compte Pix supprimé : le taux global reste, le détail par compétence est effacé")
        if not self.plan.inconnues:
            self._noter(~supprime & (np.abs(taux - attendus) > 0.011), "le taux global ne suit pas les décomptes")
        participations["taux_maitrise"] = taux
        participations["compte_supprime"] = supprime

    def _verifier_taux(self, colonnes: Iterable[dict[str, int]], maitrises: np.ndarray, vises: np.ndarray) -> None:
        places, rangs = self._presentes(colonnes, "taux")
        with np.errstate(invalid="ignore", divide="ignore"):
            attendus = maitrises[:, places] / vises[:, places]
        ecarts = self._a_l_echelle(rangs, attendus) - attendus
        self._noter_colonnes(rangs, ecarts, 0.011, "ne suit pas les décomptes, qui font foi")

    @staticmethod
    def _presentes(colonnes: Iterable[dict[str, int]], nom: str) -> tuple[list[int], list[int]]:
        """(places, rangs) des compétences ou domaines qui ont cette colonne."""
        trouvees = [(place, rangs[nom]) for place, rangs in enumerate(colonnes) if nom in rangs]
        return [place for place, _ in trouvees], [rang for _, rang in trouvees]

    def _noter_colonnes(self, rangs: list[int], ecarts: np.ndarray, tolerance: float, motif: str) -> None:
        for place in np.flatnonzero((np.abs(ecarts) > tolerance).any(axis=0)):
            self._noter(np.abs(ecarts[:, place]) > tolerance, f"{self._nom(rangs[place])} : {motif}")

    def _verifier_collecte(self, niveaux: np.ndarray, pix: np.ndarray) -> None:
        # REGLES.md, 1 : niveau = pix // 8, plafonné à 5 (2020) ou plus ; au-dessous du plafond l'égalité est exacte.
        faux = (niveaux != pix // 8) & ~np.isnan(niveaux) & ((niveaux < 5) | (niveaux > pix // 8))
        self._noter(faux.any(axis=1), "un niveau ne suit pas son nombre de pix")

    def _acquis(self, mesures: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, str | None]]:
        """L'état de chaque acquis. Les acquis se suivent par compétence : les décomptes disent où chacune commence."""
        rangs = self.plan.acquis
        etats = self._bloc(list(rangs.values()), _etat, -1, np.int8)
        etats[~self.envoye] = -1
        competences: list[str | None] = [None] * len(rangs)
        vises = mesures.get("nb_acquis", np.empty((0, 0)))
        largeurs = vises[~np.isnan(vises).any(axis=1)][:1]
        if len(largeurs) and largeurs.sum() == len(rangs):
            competences = list(np.repeat(sorted(self.plan.competences), largeurs[0].astype(int)))
        return etats, dict(zip(rangs, competences, strict=True))

    def _dire_le_plan(self) -> None:
        plan = self.plan
        if "campagne" not in plan.fixes:
            self._remarquer("Export ancien, sans code de campagne : son identifiant en tient lieu.")
        if "classe" not in plan.fixes and "groupe" not in plan.fixes:
            self._remarquer("Cet export n'a pas de colonne « Classe » : les noms y sont peut-être saisis par les élèves.")
        if "identifiant_externe" in plan.fixes:
            self._remarquer(f"La colonne {self._nom(plan.fixes['identifiant_externe'])} est lue comme identifiant externe.")
        if plan.autres:
            self._remarquer(f"Colonnes ajoutées, non lues : {', '.join(f'« {nom} »' for nom in plan.autres.values())}.")


def _etat(cellule: str) -> int | None:
    propre = cellule.strip()
    if propre in valeurs.MANQUANTS:
        return None
    try:
        return _ETATS[propre.casefold()]
    except KeyError:
        raise ValueError(f"« {cellule[:20]} » au lieu de {', '.join(ETATS_ACQUIS)}") from None
