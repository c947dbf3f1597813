"""Étage 4 — les fichiers : un dossier de cet ordinateur, ou des fichiers déposés sur la page."""

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w
from traitlets import Bool

from pixkit.panneaux.commandes import LARGE, MOYEN, Panneau, montrer_si, nommer, rangee

_TYPES = ".csv,.txt,.tsv,.xml,.zip,.xlsx,.xls,.xlsb,.ods,.html,.htm"
_PLUS_HAUT = "⬆ le dossier au-dessus"
_ICI = "Choisissez un dossier, puis « Ouvrir ce dossier » :"


class PanneauFichiers(Panneau):
    """Le chemin d'un dossier, qu'Entrée ouvre ; de quoi le trouver ; de quoi déposer."""

    def __init__(self, dossier: str, ouvrir: Callable[[], None], deposer: Callable[[], None]):
        self.chemin = nommer(w.Text, "Dossier", MOYEN, titre="5em", value=dossier)
        self.chemin.on_msg(lambda _, dit, __: ouvrir() if dit.get("event") == "submit" else None)
        self.ouvrir = self.bouton("Ouvrir ce dossier", ouvrir, button_style="primary")
        self.parcourir = self.bouton("Parcourir…", self._parcourir)
        self.depot = w.FileUpload(accept=_TYPES, multiple=True, description="Déposer des fichiers")
        self.depot.add_class("pixkit-depot")  # depot.js y envoie ce qu'on lâche sur la page
        self.brancher(deposer, self.depot)
        self.dossiers = nommer(w.Select, "Dossiers", LARGE, titre="5em", rows=8)
        self.choix = w.VBox([w.HTML(f"<p>{_ICI}</p>"), self.dossiers])
        montrer_si(False, self.choix)
        barre = rangee(self.chemin, self.ouvrir, self.parcourir, self.depot)
        super().__init__([barre, self.choix])
        self.add_traits(ouvert=Bool(True))
        self.observe(lambda _: montrer_si(self.ouvert, self), "ouvert")
        self.brancher(self._descendre, self.dossiers)

    def _parcourir(self) -> None:
        """Montre les dossiers rangés là, ou les cache."""
        montrer_si(self.choix.layout.display == "none", self.choix)
        self._lister()

    def _lister(self) -> None:
        ici = Path(self.chemin.value).expanduser().resolve()
        while not ici.is_dir():  # un chemin mal tapé : ce qui en existe
            ici = ici.parent
        options = [(_PLUS_HAUT, str(ici.parent)), *((un.name, str(un)) for un in _dossiers(ici))]
        with self.gel():
            self.chemin.value, self.dossiers.options, self.dossiers.value = str(ici), options, None

    def _descendre(self) -> None:
        if self.dossiers.value:
            self.chemin.value = self.dossiers.value
            self._lister()


def _dossiers(ici: Path) -> list[Path]:
    """Ceux qu'on peut ouvrir, sans les cachés, par nom."""
    try:
        dedans = [un for un in ici.iterdir() if un.is_dir() and not un.name.startswith(".")]
    except OSError:  # interdit : rien à y choisir
        return []
    return sorted(dedans, key=lambda un: un.name.casefold())
