"""Étage 4 — explorer : une question, ses commandes, une vue ; la vue qu'on emporte."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from pixkit.appariement import Appariement
from pixkit.charte import accord, decimal, pourcentage
from pixkit.documents.classeur import classeur
from pixkit.ecole import Ecole
from pixkit.ecran import au_telephone
from pixkit.ecriture_sure import Sortie
from pixkit.entete import entete
from pixkit.erreurs import ErreurPixkit
from pixkit.gabarits import AIDES
from pixkit.incidents import noter
from pixkit.lecture import reprendre
from pixkit.mesures import ETABLISSEMENT, ETABLISSEMENT_ENTIER, effet_envois
from pixkit.mesures.rapprochement import classes_a_part
from pixkit.panneaux.case import PanneauCase
from pixkit.panneaux.commandes import MOYEN, Panneau, montrer_si, nommer, plus_tard, rangee, remplir
from pixkit.panneaux.html import alerte, phrase
from pixkit.referentiel import competences, domaines
from pixkit.tables import ENVOIS
from pixkit.vues import QUESTIONS
from pixkit.vues.selection import (
    OBJECTIF,
    OBJECTIF_ETABLISSEMENT,
    PREMIER_ENVOI,
    TOUT,
    Regard,
    Selection,
    campagnes,
    classes,
    eleves,
    niveaux_scolaires,
    plus_anciennes,
)
from pixkit.vues.vue import Vue

DOMAINES = [("Les 5 domaines", TOUT), *((f"{c} {nom}", c) for c, nom in domaines().items())]
COMPETENCES = [(f"{code} {nom}", code) for code, nom in competences().items()]
_REPOS = 0.15
"""Secondes entre deux dessins faits d'avance : ce que la personne demande passe devant."""


class PanneauExplorer(Panneau):
    """La `vue` choisie. `apres` est prévenu quand l'envoi retenu change."""

    _liens: Appariement | None = None
    _annee: str | None = None
    _montree: Vue | None = None
    _suite: asyncio.TimerHandle | None = None

    def __init__(self, apres: Callable[[Ecole], None]):
        self.apres = apres
        self._dessinees: dict[tuple[str, Selection, bool], tuple[Vue | None, str]] = {}
        self.vue, self.effet, self.telecharger = self.textes(3)
        self.question = w.ToggleButtons(options=list(QUESTIONS), tooltips=list(QUESTIONS))
        self.envois = nommer(
            w.Dropdown, "Envoi retenu", options=ENVOIS, tooltip=AIDES["envoi retenu"]
        )
        self.emporter = self.bouton("Emporter cette vue", self._emporter)
        self.retenu = rangee(self.envois, self.effet)
        suite = [rangee(self.emporter, self.telecharger), self.retenu]
        commandes = rangee(self._qui(), self._quoi())
        self.case = PanneauCase(self._ouvrir_eleve)
        super().__init__([self.question, commandes, self.vue, self.case, *suite])
        self.brancher(self._changer_envois, self.envois)
        self.brancher(self._montrer, self.question)

    def _qui(self) -> w.Box:
        self.campagne = nommer(w.Dropdown, "Campagne", MOYEN)
        self.niveau = nommer(w.Dropdown, "Niveau scolaire")
        self.classe = nommer(w.Dropdown, "Classe")
        self.autre = nommer(w.Dropdown, "Autre classe")
        self.eleve = nommer(w.Dropdown, "Élève")
        self.brancher(self._proposer_niveaux, self.campagne)
        self.brancher(self._proposer_classes, self.niveau)
        self.brancher(self._proposer_eleves, self.classe)
        self.brancher(self._montrer, self.autre, self.eleve)
        return rangee(self.campagne, self.niveau, self.classe, self.autre, self.eleve)

    def _quoi(self) -> w.Box:
        self.domaine = nommer(w.Dropdown, "Domaine", options=DOMAINES)
        self.competence = nommer(w.Dropdown, "Compétence", MOYEN, options=COMPETENCES)
        self.reference = nommer(w.Dropdown, "Référence", MOYEN)
        self.depuis = nommer(w.Dropdown, "Depuis", MOYEN)
        bornes = {"min": 0, "max": 100, "step": 10, "value": 60}
        self.objectif = nommer(w.BoundedFloatText, "Objectif (%)", "15em", "10em", **bornes)
        self.brancher(self._proposer_competences, self.domaine)
        self.brancher(self._montrer, self.competence, self.reference, self.depuis, self.objectif)
        return rangee(self.domaine, self.competence, self.reference, self.depuis, self.objectif)

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre cette école, les choix qui existent encore restant choisis."""
        if self._suite is not None:  # ce qui se dessinait d'avance était d'une autre école
            self._suite.cancel()
        self.ecole, self._dessinees, self._liens = ecole, {}, ecole.liens
        self._annee = self.annee_scolaire
        siennes = set(self.de_l_annee(ecole.participations)["campagne"])
        offertes = [(nom, code) for nom, code in campagnes(ecole).items() if code in siennes]
        with self.gel():
            remplir(self.campagne, offertes)
        self._proposer_niveaux()

    def montrer_eleve(self, campagne: str, classe: str, eleve: str) -> None:
        """La page d'un élève que l'on a cherché."""
        with self.gel():
            self.question.value = "Un élève"
            self.campagne.value, self.niveau.value = campagne, TOUT
        self._proposer_niveaux()
        self.classe.value = classe
        self.eleve.value = eleve

    def _ouvrir_eleve(self, classe: str, eleve: str) -> None:
        self.montrer_eleve(self.campagne.value, classe, eleve)

    def rafraichir(self, ecole: Ecole) -> None:
        """Refait ce qu'une décision de « Qui est qui », ou une autre année, a changé."""
        if ecole.liens is not self._liens or self._annee != self.annee_scolaire:
            self.ouvrir(ecole)

    def _proposer_niveaux(self) -> None:
        niveaux = niveaux_scolaires(self.ecole, Selection(self.campagne.value))
        anciennes = plus_anciennes(self.ecole, self.campagne.value)
        with self.gel():
            remplir(self.niveau, [("Tous les niveaux", TOUT), *_paires(niveaux)])
            remplir(self.depuis, [*_paires([PREMIER_ENVOI]), *anciennes.items()])
        self._proposer_classes()

    def _proposer_classes(self) -> None:
        noms = classes(self.ecole, Selection(self.campagne.value, self.niveau.value))
        objectifs = [OBJECTIF] if self._collecte() else []
        references = [("ensemble de la campagne", ETABLISSEMENT)]
        if classes_a_part(noms):
            references.append(("ensemble, SEGPA et ULIS comprises", ETABLISSEMENT_ENTIER))
        references += _paires([*objectifs, OBJECTIF_ETABLISSEMENT])
        self._references = references
        with self.gel():
            remplir(self.classe, _paires(noms))
            self._proposer_objectif()
        self._proposer_eleves()

    def _proposer_eleves(self) -> None:
        choix = Selection(self.campagne.value, classe=self.classe.value)
        autres = [nom for _, nom in self.classe.options if nom != self.classe.value]
        siennes = [(f"classe : {nom}", nom) for nom in autres]  # jamais face à elle-même
        with self.gel():
            remplir(self.eleve, eleves(self.ecole, choix))
            remplir(self.autre, _paires(autres))
            remplir(self.reference, [*self._references, *siennes])
        self._montrer()

    def _proposer_competences(self) -> None:
        domaine = self.domaine.value
        with self.gel():
            remplir(self.competence, [c for c in COMPETENCES if domaine in (TOUT, c[1][0])])
        self._montrer()

    def _proposer_objectif(self) -> None:
        """L'objectif se dit en niveaux pour une collecte, en % d'acquis pour une évaluation."""
        maximum, depart, unite = (8, 3, "niveau") if self._collecte() else (100, 60, "%")
        if self.objectif.max != maximum:
            self.objectif.description, self.objectif.value = f"Objectif ({unite})", 0
            self.objectif.max, self.objectif.step = maximum, depart / 6
            self.objectif.value = depart

    def _collecte(self) -> bool:
        collectes = self.ecole.participations.query("type_campagne == 'collecte'")
        return self.campagne.value in set(collectes["campagne"])

    def _changer_envois(self) -> None:
        if self.ecole is None:
            return
        self.ecole, self._dessinees = self.ecole.selon(self.envois.value), {}
        tables = self.ecole.tables
        effet = effet_envois(reprendre(tables, ENVOIS[0]), tables)
        phrases = map(_effet_en_mots, effet.itertuples())
        dit = Markup("<br>").join(phrases) or "Rien ne change."
        self.effet.value = Markup("<p>{}</p>").format(dit)
        self.apres(self.ecole)
        self._montrer()

    def _montrer(self) -> None:
        if self.ecole is None:
            return
        if self.campagne.value is None:
            self.vue.value = phrase("Aucun export de campagne cette année-là.")
            return
        question = QUESTIONS[self.question.value]
        utiles = question.commandes
        for nom in ("classe", "eleve", "domaine", "competence", "reference", "depuis", "autre"):
            montrer_si(nom in utiles and len(getattr(self, nom).options) > 1, getattr(self, nom))
        plusieurs = len(self.niveau.options) > 2  # « tous », et un seul : rien à choisir
        montrer_si("niveau" not in question.ignore and plusieurs, self.niveau)
        montrer_si("envois" not in question.ignore, self.retenu)
        en_reference = "reference" in utiles and self.reference.value == OBJECTIF_ETABLISSEMENT
        montrer_si(en_reference or "objectif" in utiles, self.objectif)
        choix = self._choix()
        self._illustrer()
        self.case.regarder(Regard(self.ecole, choix))
        self._preparer_la_suite(choix)
        self.emporter.disabled = self._montree is None
        self.telecharger.value = ""

    def _illustrer(self) -> None:
        self._montree, self.vue.value = self._dessiner(self._choix())

    def _dessiner(self, choix: Selection) -> tuple[Vue | None, str]:
        """La vue et son HTML, gardés : dessiner prend un quart de seconde."""
        cle = (self.question.value, choix, Panneau.telephone)
        if cle not in self._dessinees:
            try:
                with au_telephone(Panneau.telephone):
                    vue = self._repondre(choix)
                    self._dessinees[cle] = vue, vue.html()
            except ErreurPixkit as erreur:
                self._dessinees[cle] = None, alerte(erreur)
        return self._dessinees[cle]

    def _repondre(self, choix: Selection) -> Vue:
        return QUESTIONS[self.question.value].repondre(Regard(self.ecole, choix))

    def _preparer_la_suite(self, choix: Selection) -> None:
        """Dessine d'avance les autres classes, une à la fois, quand le noyau n'a rien à faire."""
        if self._suite is not None:
            self._suite.cancel()
        commandes = QUESTIONS[self.question.value].commandes
        if "classe" not in commandes or "eleve" in commandes:
            return
        autres = [classe for _, classe in self.classe.options if classe != choix.classe]
        comparees = {choix.autre, choix.reference}  # une classe ne se compare pas à elle-même
        restent = [replace(choix, classe=nom) for nom in autres if nom not in comparees]
        self._suite = plus_tard(_REPOS, self._preparer_une, restent)

    def _preparer_une(self, restent: list[Selection]) -> None:
        if restent:
            try:
                self._dessiner(restent[0])
            except Exception as erreur:  # nul ne l'a demandé ; à qui le demandera, le filet le dira
                noter(erreur)
            self._suite = plus_tard(_REPOS, self._preparer_une, restent[1:])

    def _choix(self) -> Selection:
        return Selection(
            campagne=self.campagne.value,
            niveau_scolaire=self.niveau.value,
            classe=self.classe.value,
            autre=self.autre.value,
            depuis=self.depuis.value,
            competence=self.competence.value,
            eleve=self.eleve.value if "eleve" in QUESTIONS[self.question.value].commandes else "",
            domaine=self.domaine.value,
            reference=self.reference.value,
            objectif=self.objectif.value / (1 if self._collecte() else 100),
        )

    def _emporter(self) -> None:
        """L'image et sa table, à 300 points par pouce."""
        nom = re.sub(r"[^\w .-]", " ", f"{self.question.value} {self.campagne.value}")[:80]
        dit = "{} (image à 300 points par pouce)"
        ecrire = partial(self._ecrire, nom=nom)
        self.donner(self.telecharger, ecrire, dit, campagne=self.campagne.label)

    def _ecrire(self, ou: Sortie, nom: str) -> list[Path]:
        vue = self._repondre(self._choix())  # large, même si un téléphone la demande
        with vue.signee(entete().signature) as signee:
            png, svg = signee.png(), signee.svg().encode()
        return [
            ou.poser(f"{nom}.png", png),
            ou.poser(f"{nom}.svg", svg),
            ou.poser(f"{nom}.xlsx", classeur({self.question.value: vue.table})),
        ]


def _paires(noms: list[str]) -> list[tuple[str, str]]:
    return [(nom, nom) for nom in noms]


def _effet_en_mots(ligne) -> str:
    en_taux = ligne.type_campagne == "evaluation"
    dire = pourcentage if en_taux else lambda pix: f"{decimal(pix, 0)} pix"
    return (
        f"{ligne.nom_campagne} : un autre envoi compte pour {accord(ligne.nb_eleves, 'élève')} ; "
        f"la médiane passe de {dire(ligne.mediane_avant)} (dernier envoi) à "
        f"{dire(ligne.mediane_apres)}."
    )
