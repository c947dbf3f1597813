"""Étage 0, à part — le panneau d'une page publiée : des commandes et une vue déjà dessinée.

Dans un carnet, des widgets ; là où il n'y a pas de noyau, le même formulaire en HTML.
"""

from pathlib import Path

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
        return _Phrase(rendre("alerte.html.j2", erreur=erreur))


class _EnHtml:
    """Un widget qui donne aussi son HTML (`html`) à qui n'a pas de noyau."""

    def _repr_mimebundle_(self, **options) -> dict[str, str]:
        return {**super()._repr_mimebundle_(**options), "text/html": self.html}


class _Phrase(_EnHtml, w.HTML):
    @property
    def html(self) -> str:
        return self.value


class PanneauPublication(_EnHtml, w.VBox):
    """`commandes` {nom: liste}, `corps` (le HTML des vues)."""

    def __init__(self, publication: Publication, audience: Audience):
        self.publication, self.audience = publication, audience
        style = {"description_width": "auto"}
        self.commandes = {
            commande.nom: w.Dropdown(description=commande.libelle, style=style)
            for commande in audience.commandes
        }
        self.corps = w.HTML()
        self._en_cours = False  # une liste qu'on règle nous-mêmes n'est pas un choix de la personne
        self._montrer({})
        for liste in self.commandes.values():
            liste.observe(self._changer, "value")
        super().__init__([w.HBox(list(self.commandes.values())), self.corps])

    @property
    def html(self) -> str:
        return self.publication.fragment(self.audience, self.audience.etat(self._choix))

    @property
    def _choix(self) -> dict[str, str]:
        return {nom: liste.value for nom, liste in self.commandes.items()}

    def _changer(self, _changement) -> None:
        if self._en_cours:
            return
        try:
            self._montrer(self._choix)
        except ErreurPixkit as erreur:  # une vue abîmée : les autres choix restent
            self.corps.value = rendre("alerte.html.j2", erreur=erreur)

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
        self.corps.value = self.publication.corps(etat)
