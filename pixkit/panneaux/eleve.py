"""Étage 4 — un élève : tout ce que le dossier sait de lui, et l'effacer de ce que pixkit garde."""

from collections.abc import Callable

import ipywidgets as w
from markupsafe import Markup

from pixkit.ecole import Ecole
from pixkit.panneaux.commandes import LARGE, Panneau, montrer_si, nommer, rangee, refus
from pixkit.panneaux.html import alerte, annonce
from pixkit.vie import Personne, choisir_eleve, connaitre, ecrire_connu, effacer, restes

_QUI = "sa clé, ou son nom et son prénom"
_DOCUMENT = "{} : ce document nomme un élève, remettez-le à lui ou à sa famille."


class PanneauEleve(Panneau):
    """Un nom, un document, un bouton qui efface après un oui ; `apres` relit alors le dossier."""

    _a_effacer: Personne | None = None

    def __init__(self, apres: Callable[[], None]):
        self.apres = apres
        self.qui = nommer(w.Text, "Élève", LARGE, placeholder=_QUI)
        self.voir = self.bouton("Tout ce que l'on sait de lui", self._voir)
        self.effacer = self.bouton("L'effacer", self._demander)
        self.oui = self.bouton("Oui, l'effacer", self._effacer, button_style="danger")
        self.message = w.HTML()
        super().__init__([self.qui, rangee(self.voir, self.effacer, self.oui), self.message])
        self.brancher(self._oublier, self.qui)

    def ouvrir(self, ecole: Ecole) -> None:
        """Prépare la page pour ce dossier ; des fichiers déposés ne gardent personne."""
        self.ecole = ecole
        self.effacer.disabled = ecole.dossier is None
        self._oublier()

    def _oublier(self) -> None:
        self._a_effacer = None
        montrer_si(False, self.oui)

    def _voir(self) -> None:
        with refus(self.message):
            connu = connaitre(self.ecole, choisir_eleve(self.ecole, self.qui.value))
            self.donner(self.message, lambda ou: [ecrire_connu(connu, ou)], _DOCUMENT)

    def _demander(self) -> None:
        with refus(self.message):
            self._a_effacer = choisir_eleve(self.ecole, self.qui.value)
            dit = f"Effacer {self._a_effacer.en_mots()} de ce que pixkit garde ?"
            self.message.value = alerte(dit)
            montrer_si(True, self.oui)

    def _effacer(self) -> None:
        with refus(self.message):
            dites = effacer(self.ecole, self._a_effacer)
            dites = dites or ["pixkit ne gardait rien de cet élève."]
            encore = [reste.en_mots() for reste in restes(self.ecole, self._a_effacer)]
            self.apres()
            suite = ["Vos fichiers le nomment encore (sans cela, il reviendrait) :", *encore]
            lignes = [*dites, *(suite if encore else [])]
            self.message.value = annonce(Markup("<br>").join(lignes))
