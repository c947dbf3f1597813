"""Étage 4 — explorer : une question, ses commandes, une vue ; et la vue qu'on emporte (PNG, SVG,
table)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import ipywidgets as w

from pixkit.appariement import Appariement
from pixkit.charte import accord, decimal, pourcentage
from pixkit.documents.classeur import ecrire_classeur
from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.incidents import noter
from pixkit.lecture import reprendre
from pixkit.mesures import ETABLISSEMENT, effet_envois
from pixkit.panneaux.html import alerte, lien
from pixkit.referentiel import competences, domaines
from pixkit.tables import ENVOIS
from pixkit.vues import QUESTIONS
from pixkit.vues.choix import (
    OBJECTIF,
    OBJECTIF_ETABLISSEMENT,
    PREMIER_ENVOI,
    TOUT,
    Choix,
    Regard,
    campagnes,
    classes,
    eleves,
    niveaux_scolaires,
    plus_anciennes,
)
from pixkit.vues.vue import Vue

DOMAINES = {"Les 5 domaines": TOUT} | {f"{code} {nom}": code for code, nom in domaines().items()}
COMPETENCES = {f"{code} {nom}": code for code, nom in competences().items()}
_LARGE, _ETROIT = "min(34em, 96vw)", "min(22em, 96vw)"  # tient sur un téléphone
_TITRE = {"description_width": "8em"}
_REPOS = 0.15
"""Secondes entre deux dessins faits d'avance : ce que la personne demande passe devant."""


class PanneauExplorer(w.VBox):
    """Les commandes et la `vue`. `apres` est prévenu quand l'envoi retenu change : d'autres pages
    en dépendent."""

    def __init__(self, apres: Callable[[Ecole], None]):
        self.apres = apres
        self._liens: Appariement | None = None
        self.ecole: Ecole | None = None
        self._gele = False
        self._montree: Vue | None = None
        self._dessinees: dict[tuple[str, Choix], tuple[Vue | None, str]] = {}
        self._suite: asyncio.TimerHandle | None = None
        self.vue, self.effet, self.telecharger = w.HTML(), w.HTML(), w.HTML()
        self.question = w.ToggleButtons(options=list(QUESTIONS), tooltips=list(QUESTIONS))
        self.campagne, self.reference = (
            self._liste("Campagne", _LARGE),
            self._liste("Référence", _LARGE),
        )
        self.niveau, self.classe = (
            self._liste("Niveau scolaire", _ETROIT),
            self._liste("Classe", _ETROIT),
        )
        self.autre, self.depuis = (
            self._liste("Autre classe", _ETROIT),
            self._liste("Depuis", _LARGE),
        )
        self.eleve = self._liste("Élève", _ETROIT)
        self.domaine, self.competence = (
            self._liste("Domaine", _ETROIT),
            self._liste("Compétence", _LARGE),
        )
        self.domaine.options, self.competence.options = DOMAINES, COMPETENCES
        self.domaine.value, self.competence.value = TOUT, next(iter(COMPETENCES.values()))
        self.objectif = w.BoundedFloatText(
            60,
            min=0,
            max=100,
            step=10,
            description="Objectif (%)",
            layout=w.Layout(width="13em"),
            style=_TITRE,
        )
        self.envois = w.Dropdown(
            options=ENVOIS, description="Envoi retenu", layout=w.Layout(width=_ETROIT), style=_TITRE
        )
        self.emporter = w.Button(description="Emporter cette vue")
        super().__init__(
            [
                self.question,
                self._ligne(self.campagne, self.niveau, self.classe, self.autre, self.eleve),
                self._ligne(
                    self.domaine, self.competence, self.reference, self.depuis, self.objectif
                ),
                self.vue,
                self._ligne(self.emporter, self.telecharger),
                self._ligne(self.envois, self.effet),
            ]
        )
        self._brancher()

    @staticmethod
    def _liste(nom: str, largeur: str) -> w.Dropdown:
        return w.Dropdown(options=[], description=nom, layout=w.Layout(width=largeur), style=_TITRE)

    @staticmethod
    def _ligne(*widgets: w.Widget) -> w.Box:
        return w.Box(widgets, layout=w.Layout(flex_flow="row wrap", align_items="center"))

    def _brancher(self) -> None:
        self.envois.observe(lambda _: self._changer_envois(), "value")
        self.campagne.observe(lambda _: self._proposer_niveaux(), "value")
        self.niveau.observe(lambda _: self._proposer_classes(), "value")
        self.classe.observe(lambda _: self._proposer_eleves(), "value")
        self.domaine.observe(lambda _: self._proposer_competences(), "value")
        for widget in (
            self.question,
            self.autre,
            self.eleve,
            self.competence,
            self.reference,
            self.depuis,
            self.objectif,
        ):
            widget.observe(lambda _: self._montrer(), "value")
        self.emporter.on_click(lambda _: self._emporter())

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre cette école, les choix qui existent encore restant choisis."""
        self.ecole, self._dessinees, self._liens = ecole, {}, ecole.liens
        self._remplir(self.campagne, campagnes(ecole))
        self._proposer_niveaux()

    def rafraichir(self, ecole: Ecole) -> None:
        """Refait ce qu'une décision de « Qui est qui » a changé."""
        if ecole.liens is not self._liens:
            self.ouvrir(ecole)

    def _proposer_niveaux(self) -> None:
        if self._gele:
            return
        niveaux = niveaux_scolaires(self.ecole, Choix(self.campagne.value))
        self._remplir(self.niveau, {"Tous les niveaux": TOUT} | {n: n for n in niveaux})
        anciennes = plus_anciennes(self.ecole, self.campagne.value)
        self._remplir(self.depuis, {PREMIER_ENVOI: PREMIER_ENVOI} | anciennes)
        self._proposer_classes()

    def _proposer_classes(self) -> None:
        if self._gele:
            return
        noms = classes(self.ecole, Choix(self.campagne.value, self.niveau.value))
        self._remplir(self.classe, {classe: classe for classe in noms})
        self._remplir(self.autre, {classe: classe for classe in [*noms[1:], *noms[:1]]})
        references = {"ensemble de la campagne": ETABLISSEMENT}
        references |= {OBJECTIF: OBJECTIF} if self._collecte() else {}
        references |= {OBJECTIF_ETABLISSEMENT: OBJECTIF_ETABLISSEMENT}
        references |= {f"classe : {classe}": classe for classe in noms}
        self._remplir(self.reference, references)
        self._proposer_objectif()
        self._proposer_eleves()

    def _proposer_eleves(self) -> None:
        if self._gele:
            return
        choix = Choix(self.campagne.value, classe=self.classe.value)
        self._remplir(self.eleve, eleves(self.ecole, choix))
        self._montrer()

    def _proposer_competences(self) -> None:
        domaine = self.domaine.value
        gardees = {n: code for n, code in COMPETENCES.items() if domaine in (TOUT, code[0])}
        self._remplir(self.competence, gardees)
        self._montrer()

    def _proposer_objectif(self) -> None:
        """L'objectif se dit en niveaux pour une collecte, en % d'acquis pour une évaluation."""
        maximum, depart, unite = (8, 3, "niveau") if self._collecte() else (100, 60, "%")
        if self.objectif.max != maximum:
            self._gele, self.objectif.description = True, f"Objectif ({unite})"
            self.objectif.value = 0
            self.objectif.max, self.objectif.step = maximum, depart / 6
            self.objectif.value, self._gele = depart, False

    def _collecte(self) -> bool:
        collectes = self.ecole.participations.query("type_campagne == 'collecte'")
        return self.campagne.value in set(collectes["campagne"])

    def _remplir(self, liste: w.Dropdown, options: dict) -> None:
        """Change les options en gardant la valeur choisie si elle existe encore, sans redessiner à
        chaque étape."""
        ancienne, self._gele = liste.value, True
        liste.options = list(options.items())
        liste.value = (
            ancienne if ancienne in options.values() else next(iter(options.values()), None)
        )
        self._gele = False

    def _changer_envois(self) -> None:
        if self.ecole is None:
            return
        ecole = self.ecole.selon(self.envois.value)
        effet = effet_envois(reprendre(ecole.tables, ENVOIS[0]), ecole.tables)
        phrases = [escape(_effet_en_mots(ligne)) for ligne in effet.itertuples()]
        self.effet.value = f"<p>{'<br>'.join(phrases) or 'Rien ne change.'}</p>"
        self.ecole, self._dessinees = ecole, {}
        self.apres(ecole)
        self._montrer()

    def _montrer(self) -> None:
        if self._gele or self.ecole is None or self.campagne.value is None:
            return
        utiles = QUESTIONS[self.question.value].commandes
        for nom in ("classe", "autre", "eleve", "domaine", "competence", "reference", "depuis"):
            getattr(self, nom).layout.display = None if nom in utiles else "none"
        avec_objectif = "reference" in utiles and self.reference.value == OBJECTIF_ETABLISSEMENT
        self.objectif.layout.display = None if avec_objectif else "none"
        choix = self._choix()
        self._montree, self.vue.value = self._dessiner(choix)
        self._preparer_la_suite(choix)
        self.emporter.disabled = self._montree is None
        self.telecharger.value = ""

    def _dessiner(self, choix: Choix) -> tuple[Vue | None, str]:
        """La vue et son HTML, gardés : dessiner prend un quart de seconde."""
        cle = (self.question.value, choix)
        if cle not in self._dessinees:
            try:
                vue = QUESTIONS[self.question.value].repondre(Regard(self.ecole, choix))
                self._dessinees[cle] = vue, vue.html()
            except ErreurPixkit as erreur:
                self._dessinees[cle] = None, alerte(erreur)
        return self._dessinees[cle]

    def _preparer_la_suite(self, choix: Choix) -> None:
        """Dessine d'avance les autres classes, une à la fois, quand le noyau n'a rien à faire : en
        changer est immédiat."""
        if self._suite is not None:
            self._suite.cancel()
        commandes = QUESTIONS[self.question.value].commandes
        if "classe" not in commandes or "eleve" in commandes:
            return
        try:
            boucle = asyncio.get_running_loop()
        except RuntimeError:  # hors d'un noyau, personne n'attend
            return
        classes = [valeur for _, valeur in self.classe.options]
        restent = [replace(choix, classe=classe) for classe in classes if classe != choix.classe]
        self._suite = boucle.call_later(_REPOS, self._preparer_une, boucle, restent)

    def _preparer_une(self, boucle: asyncio.AbstractEventLoop, restent: list[Choix]) -> None:
        if restent:
            try:
                self._dessiner(restent[0])
            except Exception as erreur:  # nul ne l'a demandé ; à qui le demandera, le filet le dira
                noter(erreur)
            self._suite = boucle.call_later(_REPOS, self._preparer_une, boucle, restent[1:])

    def _choix(self) -> Choix:
        return Choix(
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
        """L'image et sa table, en liens : rien n'est écrit sur le disque sans qu'on le demande."""
        nom = f"{self.question.value} {self.campagne.value}".replace("'", " ")
        with TemporaryDirectory() as provisoire:
            classeur = ecrire_classeur(
                {self.question.value: self._montree.table}, Path(provisoire) / "vue.xlsx"
            ).read_bytes()
        contenus = {
            "png": self._montree.png(),
            "svg": self._montree.svg().encode(),
            "xlsx": classeur,
        }
        liens = [lien(f"{nom}.{suffixe}", contenu) for suffixe, contenu in contenus.items()]
        self.telecharger.value = (
            f"<p role='status'>{' · '.join(liens)} (image à 300 points par pouce)</p>"
        )


def _effet_en_mots(ligne) -> str:
    dire = (
        pourcentage if ligne.type_campagne == "evaluation" else lambda pix: f"{decimal(pix, 0)} pix"
    )
    return (
        f"{ligne.nom_campagne} : un autre envoi compte pour {accord(ligne.nb_eleves, 'élève')} ; "
        f"la médiane passe de {dire(ligne.mediane_avant)} (dernier envoi) à "
        f"{dire(ligne.mediane_apres)}."
    )
