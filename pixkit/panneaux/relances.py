"""Étage 4 — qui n'a pas passé le parcours : la participation face à la liste des élèves, et qui relancer."""

from html import escape
from tempfile import TemporaryDirectory

import ipywidgets as w

from pixkit.charte import accord
from pixkit.documents import ecrire_relances
from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.mesures import participation_attendue, participation_dans_le_temps, relances
from pixkit.panneaux.banc import SANS_LISTE
from pixkit.panneaux.html import alerte, lien
from pixkit.referentiel import echeance_toussaint, rang_niveau
from pixkit.tableaux import tableau
from pixkit.vues import vue_participation, vue_participation_dans_le_temps

_TOUTES = "toutes"
_TITRE = {"description_width": "8em"}
_A_VOIR = ["classe", "nom", "prenom", "etat", "progression", "mouvement", "a_verifier"]


class PanneauRelances(w.VBox):
    """Une campagne : ses classes, son avancement, les élèves à relancer, et les documents à télécharger."""

    def __init__(self):
        self.ecole: Ecole | None = None
        self._gele = False
        self.vide, self.vue, self.temps, self.liste, self.mouvements, self.telecharger = (
            w.HTML() for _ in range(6)
        )
        self.campagne = w.Dropdown(
            options=[],
            description="Campagne",
            layout=w.Layout(width="min(34em, 96vw)"),
            style=_TITRE,
        )
        self.classe = w.Dropdown(
            options=[], description="Classe", layout=w.Layout(width="min(22em, 96vw)"), style=_TITRE
        )
        self.echeance = w.DatePicker(
            description="Échéance",
            tooltip="le premier jour des vacances de la Toussaint",
            style=_TITRE,
        )
        self.preparer = w.Button(description="Préparer les listes (PDF, Excel)")
        self.classes = w.SelectMultiple(options=[], rows=8, description="Classes", style=_TITRE)
        self.retenir = w.Button(description="Retenir ces classes")
        self.perimetre = w.Accordion(
            [w.VBox([w.HTML("<p>Les classes à qui cette campagne s'adresse (Ctrl + clic, ou Ctrl + espace, pour en choisir "
                            "plusieurs). Les autres sont hors périmètre.</p>"), self.classes, self.retenir])],
            titles=["À qui s'adresse cette campagne ?"], selected_index=None,
        )  # fmt: skip
        ligne = w.Box(
            [self.campagne, self.classe, self.echeance, self.preparer],
            layout=w.Layout(flex_flow="row wrap", align_items="center"),
        )
        self.page = w.VBox(
            [
                ligne,
                self.telecharger,
                self.vue,
                self.liste,
                self.temps,
                self.mouvements,
                self.perimetre,
            ]
        )
        super().__init__([self.vide, self.page])
        self.campagne.observe(lambda _: self._changer_campagne(), "value")
        self.classe.observe(lambda _: self._montrer(), "value")
        self.echeance.observe(lambda _: self._montrer(), "value")
        self.preparer.on_click(lambda _: self._preparer())
        self.retenir.on_click(lambda _: self._retenir())

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre le suivi de cet établissement, la campagne choisie restant choisie."""
        self.ecole = ecole
        suivi = ecole.suivi
        phrases = "".join(
            f"<p class='pixkit-phrase'>{escape(phrase)}</p>" for phrase in ecole.remarques
        )
        self.vide.value = SANS_LISTE if ecole.tables.eleves.empty else phrases
        self.page.layout.display = None if len(suivi) else "none"
        if len(suivi):
            dernieres = (
                suivi.groupby(["campagne", "nom_campagne"])["date_debut"]
                .max()
                .sort_values(ascending=False)
                .index
            )
            self._remplir(self.campagne, [(f"{nom} ({code})", code) for code, nom in dernieres])
            self._changer_campagne()

    def _remplir(self, liste: w.Dropdown, options: list) -> None:
        ancienne, self._gele = liste.value, True
        liste.options = options
        valeurs = [option[1] if isinstance(option, tuple) else option for option in options]
        liste.value = ancienne if ancienne in valeurs else valeurs[0]
        self._gele = False

    def _de_la_campagne(self):
        return self.ecole.suivi[self.ecole.suivi["campagne"] == self.campagne.value]

    def _changer_campagne(self) -> None:
        if self._gele:
            return
        suivi = self._de_la_campagne()
        dedans = suivi[suivi["etat"] != "hors_perimetre"]
        classes = sorted(set(suivi["classe"]), key=rang_niveau)
        self.classes.options, self.classes.value = (
            classes,
            [c for c in classes if c in set(dedans["classe"])],
        )
        self.retenir.disabled = self.ecole.dossier is None
        annee = suivi["annee_scolaire"].dropna().max()
        self._gele, self.echeance.value = (
            True,
            echeance_toussaint(annee) if isinstance(annee, str) else None,
        )
        self._gele = False
        self._remplir(self.classe, [_TOUTES, *(c for c in classes if c in set(dedans["classe"]))])
        self._montrer()

    def _montrer(self) -> None:
        if self._gele:
            return
        suivi = self._de_la_campagne()
        if self.classe.value != _TOUTES:
            suivi = suivi[suivi["classe"] == self.classe.value]
        echeance = self.echeance.value
        self.vue.value = vue_participation(participation_attendue(suivi, avant=echeance)).html()
        self.temps.value = vue_participation_dans_le_temps(
            participation_dans_le_temps(suivi), echeance=echeance
        ).html()
        a_relancer = relances(suivi)
        titre = f"<h3>{accord(len(a_relancer), 'élève')} à relancer</h3>"
        self.liste.value = titre + (
            tableau(a_relancer[_A_VOIR].dropna(axis="columns", how="all")).to_html()
            if len(a_relancer)
            else ""
        )
        mouvements = suivi[suivi["mouvement"].notna()]
        noms = mouvements[["classe", "nom", "prenom", "mouvement", "etat"]]
        pli = f"<details><summary>{accord(len(noms), 'mouvement')} : arrivés, partis, changements de classe</summary>"
        self.mouvements.value = f"{pli}{tableau(noms).to_html()}</details>" if len(noms) else ""
        self.telecharger.value = ""

    def _preparer(self) -> None:
        """Les documents sont faits en mémoire et donnés par un lien : rien n'est écrit sur le disque sans qu'on le demande."""
        suivi = self.ecole.suivi
        choisi = (
            suivi if self.classe.value == _TOUTES else suivi[suivi["classe"] == self.classe.value]
        )
        du = self.ecole.tables.fichiers["date_donnees"].dropna().max()
        dit, self.telecharger.value = "", "<p role='status'>Préparation…</p>"
        try:
            with TemporaryDirectory() as provisoire:
                ecrits = ecrire_relances(choisi, provisoire, du=du)
                liens = ", ".join(lien(chemin.name, chemin.read_bytes()) for chemin in ecrits)
            phrase = f"Toutes les campagnes : {liens}. Ces listes portent des noms."
            dit = f"<p role='status'>{phrase}</p>"
        finally:  # un imprévu se dit ailleurs (voir `filet`) : « Préparation… » ne reste pas
            self.telecharger.value = dit

    def _retenir(self) -> None:
        try:
            self.ecole.retenir_perimetre(self.campagne.value, list(self.classes.value))
        except ErreurPixkit as erreur:
            self.telecharger.value = alerte(erreur)
            return
        self._changer_campagne()
