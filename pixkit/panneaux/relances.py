"""Étage 4 — qui n'a pas passé le parcours : la participation face à la liste, et qui relancer."""

import itertools

import ipywidgets as w
import pandas as pd
from markupsafe import Markup, escape

from pixkit.charte import accord, compter
from pixkit.documents import ecrire_relances
from pixkit.documents.relances import messages
from pixkit.ecole import Ecole
from pixkit.mesures import participation_attendue, participation_dans_le_temps, relances
from pixkit.panneaux.banc import SANS_LISTE
from pixkit.panneaux.commandes import (
    MOYEN,
    Panneau,
    montrer_si,
    nommer,
    rangee,
    rechoisir,
    refus,
    remplir,
)
from pixkit.panneaux.html import phrase
from pixkit.referentiel import echeance_toussaint, rang_niveau
from pixkit.tableaux import tableau
from pixkit.vues import vue_participation, vue_participation_dans_le_temps
from pixkit.vues.selection import campagnes

_TOUTES = "toutes"
_A_VOIR = ["classe", "nom", "prenom", "etat", "progression", "mouvement", "a_verifier"]
_QUAND = "le premier jour des vacances de la Toussaint"
_SANS_ACCOLADE = str.maketrans({"{": "{{", "}": "}}"})
"""Un nom de campagne n'est pas un gabarit."""
_A_QUI = "À qui s'adresse cette campagne ?"
_PERIMETRE = (
    "<p>Les classes à qui cette campagne s'adresse (Ctrl + clic, ou Ctrl + espace, pour en choisir "
    "plusieurs). Les autres sont hors périmètre.</p>"
)


_MESSAGE = Markup("<h3>{}</h3><pre class='pixkit-a-coller'>{}</pre>")


class PanneauRelances(Panneau):
    """Une campagne : ses classes, son avancement, les élèves à relancer, les documents."""

    def __init__(self):
        self.vide, self.vue, self.temps, self.liste, self.mouvements = self.textes(5)
        self.messages = w.HTML()
        self.telecharger = w.HTML()
        self.echeance = nommer(w.DatePicker, "Échéance", tooltip=_QUAND)
        self.campagne = nommer(w.Dropdown, "Campagne", MOYEN)
        self.classe = nommer(w.Dropdown, "Classe")
        self.preparer = self.bouton("Préparer les listes (PDF, Excel)", self._preparer)
        ligne = rangee(self.campagne, self.classe, self.echeance, self.preparer)
        vues = [self.vue, self.liste, self.messages, self.temps, self.mouvements]
        self.page = w.VBox([ligne, self.telecharger, *vues, self._perimetre()])
        super().__init__([self.vide, self.page])
        self.brancher(self._changer_campagne, self.campagne)
        self.brancher(self._montrer, self.classe, self.echeance)

    def _perimetre(self) -> w.VBox:
        self.retenir = self.bouton("Retenir ces classes", self._retenir)
        self.classes = nommer(w.SelectMultiple, "Classes", rows=8)
        return self.pli(_A_QUI, w.HTML(_PERIMETRE), self.classes, self.retenir)

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre le suivi de cet établissement, la campagne choisie restant choisie."""
        self.ecole, suivi = ecole, self.de_l_annee(ecole.suivi)
        phrases = "".join(map(phrase, ecole.remarques))
        self.vide.value = SANS_LISTE if ecole.tables.eleves.empty else phrases
        montrer_si(len(suivi) > 0, self.page)
        if suivi.empty:
            return
        suivies = set(suivi["campagne"])
        connues = [(nom, code) for nom, code in campagnes(ecole).items() if code in suivies]
        with self.gel():
            remplir(self.campagne, connues)
        self._changer_campagne()

    def _de_la_campagne(self) -> pd.DataFrame:
        return self.ecole.suivi[self.ecole.suivi["campagne"] == self.campagne.value]

    def _de_la_classe(self, suivi: pd.DataFrame) -> pd.DataFrame:
        classe = self.classe.value
        return suivi if classe == _TOUTES else suivi[suivi["classe"] == classe]

    def _changer_campagne(self) -> None:
        suivi = self._de_la_campagne()
        dedans = set(suivi.loc[suivi["etat"] != "hors_perimetre", "classe"])
        classes = sorted(set(suivi["classe"]), key=rang_niveau)
        attendues = [classe for classe in classes if classe in dedans]
        annee = suivi["annee_scolaire"].dropna().max()
        self.retenir.disabled = self.ecole.dossier is None
        with self.gel():
            rechoisir(self.classes, classes, attendues)
            self.echeance.value = echeance_toussaint(annee) if isinstance(annee, str) else None
            remplir(self.classe, [_TOUTES, *attendues])
        self._montrer()

    def _montrer(self) -> None:
        self.illustrer()
        suivi = self._de_la_classe(self._de_la_campagne())
        a_relancer = relances(suivi)
        remplies = a_relancer[_A_VOIR].dropna(axis="columns", how="all")
        combien = compter(len(a_relancer), "élève", aucun="Personne")
        titre = f"<h2>{combien} à relancer</h2>"
        self.liste.value = titre + (tableau(remplies).to_html() if len(a_relancer) else "")
        self.messages.value = _plier_messages(messages(suivi))
        self.mouvements.value = self._plier_mouvements(suivi[suivi["mouvement"].notna()])
        self.telecharger.value = ""

    def _illustrer(self) -> None:
        suivi, echeance = self._de_la_classe(self._de_la_campagne()), self.echeance.value
        self.vue.value = vue_participation(participation_attendue(suivi, avant=echeance)).html()
        temps = participation_dans_le_temps(suivi)
        self.temps.value = vue_participation_dans_le_temps(temps, echeance=echeance).html()

    @staticmethod
    def _plier_mouvements(suivi: pd.DataFrame) -> str:
        if suivi.empty:
            return ""
        titre = f"{accord(len(suivi), 'mouvement')} : arrivés, partis, changements de classe"
        table = tableau(suivi[["classe", "nom", "prenom", "mouvement", "etat"]]).to_html()
        return f"<details><summary>{titre}</summary>{table}</details>"

    def _preparer(self) -> None:
        choisi = self._de_la_classe(self._de_la_campagne())
        de_qui = "" if self.classe.value == _TOUTES else f", {self.classe.value}"
        quoi = escape(f"{self.campagne.label}{de_qui}").translate(_SANS_ACCOLADE)
        du = self.ecole.tables.fichiers["date_donnees"].dropna().max()
        self.donner(
            self.telecharger,
            lambda ou: ecrire_relances(choisi, ou, du=du),
            f"{quoi} : {{}}. Ces listes portent des noms.",
            campagne=self.campagne.label,
        )

    def _retenir(self) -> None:
        with refus(self.telecharger):
            self.ecole.retenir_perimetre(self.campagne.value, list(self.classes.value))
            self._changer_campagne()


def _plier_messages(dits: dict[str, str]) -> str:
    """Un message par professeur, que copier.js copie d'un bouton."""
    if not dits:
        return ""
    titre = compter(len(dits), "message prêt à coller", "messages prêts à coller", aucun="")
    corps = Markup().join(itertools.starmap(_MESSAGE.format, dits.items()))
    return Markup("<details><summary>{} dans l'ENT ou Pronote</summary>{}</details>").format(
        titre, corps
    )
