"""Étage 0, à part — le panneau d'une page publiée : des commandes et une vue déjà dessinée."""

from pathlib import Path
from urllib.parse import parse_qsl

import ipywidgets as w

from pixkit.erreurs import ErreurPixkit
from pixkit.gabarits import rendre
from pixkit.service.lecteur import Audience, Publication


def panneau_publication(chemin: str | Path, public: str) -> w.Widget:
    """La page d'un public (`etablissement`, `conseil_pedagogique`, `classe`, `certification`).

    Un dossier qui n'en est pas une donne une phrase : ce qui est trouvé, ce qui est attendu, ce
    qu'il faut faire.
    """
    try:
        publication = Publication(chemin)
        return PanneauPublication(publication, publication.audience(public))
    except ErreurPixkit as erreur:
        return w.HTML(rendre("alerte.html.j2", erreur=erreur))


class PanneauPublication(w.VBox):
    """`commandes` {nom: liste}, `corps` (le HTML des vues), `lien` (l'état que veut l'adresse)."""

    def __init__(self, publication: Publication, audience: Audience):
        self.publication, self.audience = publication, audience
        style = {"description_width": "auto"}
        self.commandes = {
            commande.nom: w.Dropdown(description=commande.libelle, style=style)
            for commande in audience.commandes
        }
        self.corps = w.HTML()
        # Le gabarit y écrit « campagne=…&classe=… » ; caché à l'écran.
        self.lien = w.Text(description="Lien de la page")
        self.lien.add_class("pixkit-lien")
        self._en_cours = False  # une liste qu'on règle nous-mêmes n'est pas un choix de la personne
        self.corps.add_class("pixkit-corps")
        self._montrer({})
        for liste in self.commandes.values():
            liste.observe(self._changer, "value")
        self.lien.observe(self._suivre, "value")
        barre = w.HBox(list(self.commandes.values()))
        barre.add_class("pixkit-commandes")
        super().__init__([barre, self.lien, self.corps])
        self.add_class("pixkit-publie")

    def _suivre(self, changement) -> None:
        self._montrer(dict(parse_qsl(changement["new"], keep_blank_values=True)))

    def _changer(self, _changement) -> None:
        if not self._en_cours:
            self._montrer({nom: liste.value for nom, liste in self.commandes.items()})

    def _montrer(self, voulu: dict[str, str]) -> None:
        """Va à l'état le plus proche de ce qu'on veut, et met chaque liste à ce qu'il permet."""
        etat = self.audience.etat(voulu)
        self._en_cours = True
        for commande in self.audience.commandes:
            liste = self.commandes[commande.nom]
            options = tuple(
                (commande.valeurs[valeur], valeur) for valeur in etat.possibles[commande.nom]
            )
            if liste.options != options:
                liste.options = options
            liste.value = etat.choix[commande.nom]
        self._en_cours = False
        try:
            self.corps.value = self.publication.corps(etat)
        except ErreurPixkit:  # publiée à nouveau pendant qu'on la regardait
            self.corps.value = rendre(
                "alerte.html.j2", erreur="La publication a changé : rechargez la page."
            )
