"""Étage 4 — chercher un élève par son nom, de n'importe quelle page : la sienne s'ouvre."""

import difflib
from collections.abc import Callable

import ipywidgets as w
from markupsafe import Markup

from pixkit.ecole import Ecole
from pixkit.erreurs import ChoixInconnu
from pixkit.panneaux.commandes import Panneau, nommer, rangee, refus
from pixkit.situation import envois_par_eleve

_QUI = "nom, puis prénom"
_LARGE = "min(23.5em, 96vw)"  # à côté du nom de l'établissement, sur une ligne


class PanneauChercher(Panneau):
    """Un nom ; `apres` reçoit la campagne la plus récente de l'élève, sa classe et sa clé."""

    def __init__(self, apres: Callable[[str, str, str], None]):
        self.apres, self._connus = apres, {}
        self.qui = nommer(w.Combobox, "Chercher un élève", _LARGE, "10em", placeholder=_QUI)
        self.aller = self.bouton("Voir sa page", self._aller)
        self.message = w.HTML()
        super().__init__([rangee(self.qui, self.aller), self.message])
        self.add_class("pixkit-chercher")
        self.brancher(self._taper, self.qui)

    def ouvrir(self, ecole: Ecole) -> None:
        """Offre les élèves qui ont envoyé leurs résultats."""
        self.ecole, self._connus = ecole, envois_par_eleve(ecole)
        self.qui.options = list(self._connus)

    def _taper(self) -> None:
        """Un nom pris dans la liste n'attend pas de bouton."""
        if self.qui.value in self._connus:
            self._aller()

    def _aller(self) -> None:
        tape = self.qui.value.strip()
        if not tape:
            return
        with refus(self.message):
            if tape not in self._connus:
                proches = difflib.get_close_matches(tape.upper(), self._connus, n=3, cutoff=0.4)
                conseil = f" Par exemple : {' ; '.join(proches)}." if proches else ""
                raise ChoixInconnu(
                    f"« {tape} », qui n'est pas parmi les élèves qui ont envoyé.",
                    "un nom de la liste qui s'affiche, sa classe comprise.",
                    f"tapez le début du nom, puis choisissez.{conseil}",
                )
            with self.gel():
                self.qui.value = ""
            self.message.value = Markup()
            self.apres(*self._connus[tape])
