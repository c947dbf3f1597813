"""Étage 4 — une liste d'élèves inconnue : dire ce qu'est chaque colonne, une fois pour toutes."""

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w

from pixkit.lecture import CHAMPS, listes_inconnues
from pixkit.memoire import modifier_memoire
from pixkit.panneaux.commandes import LARGE, Panneau, montrer_si, nommer, refus, remplir
from pixkit.panneaux.html import phrase
from pixkit.tables import Tables

_AUCUNE = "(aucune)"
_DEMANDES = (
    "nom", "prenom", "nom_prenom", "classe", "identifiant", "date_naissance", "date_entree",
    "date_sortie", "groupe", "professeur_principal",
)  # fmt: skip


class PanneauColonnes(Panneau):
    """Visible seulement quand une liste du dossier a des colonnes qui ne se reconnaissent pas."""

    def __init__(self, apres: Callable[[], None]):
        self.apres, self.dossier, self.inconnues = apres, None, {}
        self.explication = w.HTML()
        self.fichier = nommer(w.Dropdown, "Fichier", LARGE, titre="16em")
        self.choix = {
            champ: nommer(w.Dropdown, CHAMPS[champ], LARGE, titre="16em", options=[_AUCUNE])
            for champ in _DEMANDES
        }
        self.lire = self.bouton("Lire cette liste", self._retenir)
        super().__init__([self.explication, self.fichier, *self.choix.values(), self.lire])
        self.brancher(self._proposer, self.fichier)

    def ouvrir(self, tables: Tables, dossier: Path | None) -> None:
        self.dossier = dossier
        self.inconnues = listes_inconnues(dossier, tables) if dossier else {}
        montrer_si(bool(self.inconnues), self)
        with self.gel():
            remplir(self.fichier, list(self.inconnues))
        if self.inconnues:
            self._proposer()

    def _proposer(self) -> None:
        entetes, propositions = self.inconnues[self.fichier.value]
        self.explication.value = phrase(
            f"« {self.fichier.value} » est peut-être une liste d'élèves. Vérifiez ce que dit "
            "chaque colonne : il faut le nom, le prénom, et la classe (ou l'INE). C'est retenu "
            "pour les prochaines listes de même forme."
        )
        for champ, liste in self.choix.items():
            liste.options = [_AUCUNE, *filter(str.strip, dict.fromkeys(entetes))]
            liste.value = propositions.get(champ, _AUCUNE)

    def _retenir(self) -> None:
        choisies = {champ: liste.value for champ, liste in self.choix.items()}
        nouvelles = [
            {"entete": entete, "champ": champ}
            for champ, entete in choisies.items()
            if entete != _AUCUNE
        ]
        with refus(self.explication):
            modifier_memoire(
                self.dossier,
                "colonnes",
                lambda lues: (
                    [une for une in lues if une["entete"] not in choisies.values()] + nouvelles
                ),
            )
            self.apres()
