"""Étage 4 — une liste d'élèves inconnue : dire ce qu'est chaque colonne, une fois pour toutes."""

from collections.abc import Callable
from html import escape
from pathlib import Path

import ipywidgets as w

from pixkit.erreurs import ErreurPixkit
from pixkit.lecture import CHAMPS, listes_inconnues
from pixkit.memoire import ecrire_memoire, lire_memoire
from pixkit.panneaux.html import alerte
from pixkit.tables import Tables

_AUCUNE = "(aucune)"
_DEMANDES = (
    "nom", "prenom", "nom_prenom", "classe", "identifiant", "date_naissance", "date_entree", "date_sortie", "groupe",
    "professeur_principal",
)  # fmt: skip


class PanneauColonnes(w.VBox):
    """Visible seulement quand le dossier contient une liste dont les colonnes ne se reconnaissent pas toutes."""

    def __init__(self, apres: Callable[[], None]):
        self.apres, self.dossier, self.inconnues = apres, None, {}
        self.explication = w.HTML()
        self.fichier = w.Dropdown(
            options=[], description="Fichier", layout=w.Layout(width="min(40em, 96vw)")
        )
        self.choix = {champ: w.Dropdown(options=[_AUCUNE], description=CHAMPS[champ], style={"description_width": "16em"},
                                        layout=w.Layout(width="min(40em, 96vw)")) for champ in _DEMANDES}  # fmt: skip
        self.lire = w.Button(description="Lire cette liste")
        super().__init__([self.explication, self.fichier, *self.choix.values(), self.lire])
        self.fichier.observe(lambda _: self._proposer(), "value")
        self.lire.on_click(lambda _: self._retenir())

    def ouvrir(self, tables: Tables, dossier: Path | None) -> None:
        self.dossier = dossier
        self.inconnues = listes_inconnues(dossier, tables) if dossier else {}
        self.layout.display = None if self.inconnues else "none"
        self.fichier.options = list(self.inconnues)
        self.fichier.value = next(iter(self.inconnues), None)
        self._proposer()

    def _proposer(self) -> None:
        if self.fichier.value is None:
            return
        entetes, propositions = self.inconnues[self.fichier.value]
        self.explication.value = (
            f"<p>« {escape(self.fichier.value)} » est peut-être une liste d'élèves. Vérifiez ce que dit chaque colonne : il "
            "faut le nom, le prénom, et la classe (ou l'INE). C'est retenu pour les prochaines listes de même forme.</p>"
        )
        for champ, liste in self.choix.items():
            liste.options = [_AUCUNE, *filter(str.strip, dict.fromkeys(entetes))]
            liste.value = propositions.get(champ, _AUCUNE)

    def _retenir(self) -> None:
        nouvelles = [
            {"entete": liste.value, "champ": champ}
            for champ, liste in self.choix.items()
            if liste.value != _AUCUNE
        ]
        decidees = {ligne["entete"] for ligne in nouvelles}
        anciennes = [
            ligne
            for ligne in lire_memoire(self.dossier, "colonnes")
            if ligne["entete"] not in decidees
        ]
        try:
            ecrire_memoire(self.dossier, "colonnes", anciennes + nouvelles)
        except ErreurPixkit as erreur:
            self.explication.value = alerte(erreur)
            return
        self.apres()
