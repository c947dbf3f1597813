"""Étage 4 — publier depuis l'atelier : choisir N, voir ce qui va sortir, puis dire oui."""

from datetime import date
from functools import partial
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from pixkit.charte import coller, date_en_mots
from pixkit.documents import ecrire_bilan
from pixkit.ecole import Ecole
from pixkit.erreurs import MemoireInconnue, TexteSuspect
from pixkit.memoire import repondre_pas_un_eleve
from pixkit.panneaux.commandes import (
    LARGE,
    Panneau,
    montrer_si,
    nommer,
    rangee,
    refus,
)
from pixkit.panneaux.html import alerte, annonce
from pixkit.panneaux.ouvertures import PanneauOuvertures
from pixkit.publication.bilan import bilan_de_rentree
from pixkit.publication.place import retirer, se_retire, verifier_place
from pixkit.publication.preparer import Preparation, preparer_publication, verifier_suite

EXPLICATION = (
    "<p class='pixkit-phrase'>Des tableaux de bord sans nom, pour la direction, le conseil "
    "pédagogique et les équipes. Rien ne sort avant que vous n'ayez lu ce qui va sortir. "
    "<b>L'effectif minimum</b> est le plus petit groupe dont on parle : 5 entre collègues qui "
    "connaissent les élèves, 10 ou plus si la page va plus loin.</p>"
)
SANS_DOSSIER = (
    "<p class='pixkit-phrase'>Ouvrez un dossier : il garde ce qui est publié, pour protéger la "
    "suite.</p>"
)
_TAILLES = {"à choisir": 0} | {f"{n} élèves": n for n in (5, 8, 10, 15, 20)}
_OU = "chemin d'un dossier, hors de celui des exports"
_BILAN = "Bilan de rentrée (Word, PDF), deux pages pour le conseil pédagogique : {}"
_SANS_SERVEUR = "aussi des pages sans serveur (clé USB)"


class PanneauPublier(Panneau):
    """Le choix de N, l'aperçu (obligatoire), la publication."""

    _prete: Preparation | None = None
    _suspects: tuple[str, ...] = ()

    def __init__(self):
        self.effectif_min = nommer(w.Dropdown, "Effectif minimum", titre="11em", options=_TAILLES)
        self.vers = nommer(w.Text, "Publier dans", LARGE, titre="11em", placeholder=_OU)
        large = w.Layout(width=LARGE)
        self.html = w.Checkbox(description=_SANS_SERVEUR, indent=False, layout=large)
        self.malgre = nommer(w.Text, "Passer outre, parce que", LARGE, titre="11em")
        self.apercevoir = self.bouton("Voir ce qui va sortir", self._apercevoir)
        primaire = {"button_style": "primary", "disabled": True}
        self.publier = self.bouton("Publier", self._publier, **primaire)
        self.repondre = self.bouton("Ce n'est pas un élève", self._repondre)
        self.retirer = self.bouton("Retirer la publication", self._demander_a_retirer)
        self.oui = self.bouton("Oui, la retirer", self._retirer, button_style="danger")
        self.avancement = w.IntProgress(description="Images", layout=w.Layout(display="none"))
        self.explication, self.apercu, self.bilan = w.HTML(EXPLICATION), w.HTML(), w.HTML()
        reglages = [self.effectif_min, self.vers, self.html, self.malgre]
        actions = rangee(self.apercevoir, self.publier, self.repondre, self.avancement)
        reprise = rangee(self.retirer, self.oui)
        self.ouvertures = PanneauOuvertures()
        bas = [reprise, self.apercu, self.ouvertures, self.bilan]
        super().__init__([self.explication, *reglages, actions, *bas])
        montrer_si(False, self.malgre)
        self.brancher(self._oublier, *reglages)

    def ouvrir(self, ecole: Ecole) -> None:
        """Prépare la page pour ce dossier ; des fichiers déposés ne se publient pas."""
        self.ecole = ecole
        self.explication.value = EXPLICATION if ecole.dossier else SANS_DOSSIER
        self.apercevoir.disabled = ecole.dossier is None
        if ecole.dossier and not self.vers.value:
            absolu = ecole.dossier.resolve()
            self.vers.value = str(absolu.with_name(f"{absolu.name}_publication"))
        self._oublier()

    def _oublier(self) -> None:
        """Un réglage changé : ce qui a été lu n'est plus ce qui sortirait."""
        self._prete, self.publier.disabled, self.apercu.value = None, True, ""
        self._suspects = ()
        self.bilan.value = ""
        montrer_si(False, self.repondre)
        montrer_si(False, self.oui)
        montrer_si(se_retire(self.vers.value), self.retirer)
        self.ouvertures.proposer(self.vers.value)

    def _apercevoir(self) -> None:
        if not self.effectif_min.value:
            self.apercu.value = alerte("Choisissez d'abord l'effectif minimum.")
            return
        self._oublier()
        montrer_si(True, self.avancement)
        try:
            with refus(self.apercu):
                self._preparer()
        finally:
            montrer_si(False, self.avancement)

    def _preparer(self) -> None:
        dossier = self.ecole.dossier
        verifier_place(self.vers.value, dossier)
        if not self.malgre.value:
            self._verifier_suite()
        reglages = {"effectif_min": self.effectif_min.value, "html": self.html.value,
                    "malgre": self.malgre.value}  # fmt: skip
        try:
            self._prete = preparer_publication(dossier, **reglages, suivi=self._suivre)
        except TexteSuspect as erreur:
            self._suspects = erreur.textes
            montrer_si(bool(erreur.textes), self.repondre)
            raise
        cadre = Markup("<pre role='status' style='white-space:pre-wrap'>{}</pre>")
        dit = f"{self._prete.resume()}\n{self._prete.difference(self.vers.value)}"
        self.apercu.value = cadre.format(dit)
        self.publier.disabled = False

    def _verifier_suite(self) -> None:
        """Le champ où dire pourquoi passer outre ne se montre qu'à qui en a besoin."""
        try:
            verifier_suite(self.vers.value, self.ecole.dossier)
        except MemoireInconnue:
            montrer_si(True, self.malgre)
            raise

    def _repondre(self) -> None:
        """La personne répond des textes qu'elle vient de lire ; le portique les relit."""
        with refus(self.apercu):
            repondre_pas_un_eleve(self.ecole.dossier, self._suspects)
            self._apercevoir()

    def _publier(self) -> None:
        with refus(self.apercu):
            publication = self._prete.ecrire(self.vers.value)
            self._oublier()
            self.apercu.value = annonce(coller(f"Publié dans « {publication} »."))
            self.ouvertures.proposer(str(publication))
            self._donner_le_bilan(publication)

    def _donner_le_bilan(self, publication: Path) -> None:
        """Un bilan impossible (aucune campagne) se dit à part : la publication, elle, est là."""
        with refus(self.bilan):
            ecrire = partial(ecrire_bilan, bilan_de_rentree(publication))
            self.donner(self.bilan, ecrire, _BILAN)

    def _demander_a_retirer(self) -> None:
        self._oublier()
        self.apercu.value = alerte(
            coller(
                f"Effacer la publication « {self.vers.value} » ? Ses pages diront qu'elle a été "
                "retirée ; une copie (clé USB) resterait à reprendre."
            )
        )
        montrer_si(True, self.oui)

    def _retirer(self) -> None:
        montrer_si(False, self.oui)
        with refus(self.apercu):
            jour = date_en_mots(date.fromisoformat(retirer(self.vers.value)))
            self._oublier()
            self.apercu.value = annonce(f"Publication retirée depuis le {jour}.")

    def _suivre(self, fait: int, total: int, _quoi: str) -> None:
        self.avancement.max, self.avancement.value = total, fait
