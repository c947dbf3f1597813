"""Étage 4 — le filet : ce que personne n'a prévu derrière une commande se dit dans la page."""

import sys

import ipywidgets as w
from IPython import get_ipython
from ipywidgets.widgets import widget

from pixkit.erreurs import ErreurPixkit
from pixkit.incidents import noter, phrase
from pixkit.panneaux.html import alerte


class Filet(w.HTML):
    """Dit ce qu'un `on_click` ou un `observe` a laissé échapper, jusqu'au geste suivant.

    ipywidgets rattrape ce que lève une commande en deux endroits (`CallbackDispatcher.__call__` et
    `Widget._handle_msg`), qui finissent par `get_ipython().showtraceback()` : le filet y prend la
    place d'IPython, et là seulement. Ce que lève un carnet, ou un essai qui règle une commande, se
    voit comme avant. Un noyau montre une page : le dernier filet tendu est le seul.
    """

    def __init__(self):
        super().__init__()
        self.add_class("pixkit-filet")
        widget.get_ipython = lambda: self
        session = get_ipython()
        if session is not None:  # hors d'un noyau, pas de geste
            session.events.register("pre_execute", self.effacer)

    def showtraceback(self) -> None:
        """Dit l'exception en cours ; la note, si personne ne l'avait prévue."""
        erreur = sys.exception()
        prevue = isinstance(erreur, ErreurPixkit)
        self.value = alerte(erreur if prevue else phrase(noter(erreur)))

    def effacer(self) -> None:
        self.value = ""
