"""Étage 4 — l'atelier : ouvrir un dossier ou déposer des fichiers, lire le compte rendu, explorer, relier, relancer."""

from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import ipywidgets as w

from pixkit.charte import accord, age_en_mots, decimal, pourcentage
from pixkit.erreurs import ErreurPixkit
from pixkit.lecture import lire_dossier, lire_fichiers, reprendre
from pixkit.mesures import ETABLISSEMENT, effet_envois
from pixkit.panneaux.banc import PanneauBanc
from pixkit.panneaux.colonnes import PanneauColonnes
from pixkit.panneaux.ecole import Ecole
from pixkit.panneaux.questions import DOMAINES, OBJECTIF, OBJECTIF_ETABLISSEMENT, QUESTIONS, TOUT, Choix, Donnees
from pixkit.panneaux.relances import PanneauRelances
from pixkit.tableaux import tableau_fichiers, tableau_journal
from pixkit.tables import CAMPAGNES, ENVOIS, FUSEAU, Tables

STYLE = """<style>
.pixkit-phrase {font-size: 1.05em; line-height: 1.45; max-width: 60em; margin: .4em 0}
.pixkit p {margin: .3em 0} .pixkit-age {padding: .2em .6em; border-left: .3em solid #2166ac}
.pixkit-age.vieux {border-color: #b35806; background: #fff4e5}
.pixkit-erreur {padding: .5em .8em; border-left: .3em solid #b35806; background: #fff4e5; max-width: 60em}
.pixkit-table {border-collapse: collapse; display: block; overflow-x: auto; max-width: 100%}
.pixkit-table th, .pixkit-table td {padding: .25em .6em; text-align: left; border-bottom: 1px solid #ddd;
  white-space: pre-line; vertical-align: top; overflow-wrap: break-word; max-width: 30em; line-height: 1.35}
.pixkit-table th {white-space: nowrap}
.pixkit details {margin: .5em 0} .pixkit summary {cursor: pointer}
.pixkit .widget-radio-box label {height: auto; white-space: normal; line-height: 1.4; margin: .15em 0}
.pixkit .jupyter-widgets {max-width: 100%}
.pixkit .widget-toggle-button, .pixkit .jupyter-button {width: auto; min-width: 7em}
</style>"""

_LARGE, _ETROIT = "min(34em, 96vw)", "min(22em, 96vw)"  # tient sur un téléphone
_TITRE = {"description_width": "8em"}


class PanneauAtelier(w.VBox):
    """Les commandes et la vue. Tout ce qui se lit à l'écran est dans `message`, `compte_rendu`, `age` et `vue`."""

    def __init__(self, dossier: str | Path):
        self.deposes: dict[str, bytes] = {}
        self.ecole: Ecole | None = None
        self.tables: Tables | None = None
        self.donnees: Donnees | None = None
        self._gele = False
        self.chemin = w.Text(str(dossier), description="Dossier", layout=w.Layout(width=_LARGE), style=_TITRE)
        self.ouvrir = w.Button(description="Ouvrir ce dossier", icon="")
        self.depot = w.FileUpload(accept=".csv,.txt,.tsv,.xml,.zip,.xlsx", multiple=True, description="Déposer des fichiers")
        self.avancement = w.IntProgress(0, 0, 1, layout=w.Layout(width=_LARGE, display="none"))
        self.message, self.age, self.effet = w.HTML(), w.HTML(), w.HTML()
        self.compte_rendu = w.HTML()
        self.vue = w.HTML()
        self.question = w.ToggleButtons(options=list(QUESTIONS), tooltips=list(QUESTIONS))
        self.campagne = self._liste("Campagne", _LARGE)
        self.niveau = self._liste("Niveau scolaire", _ETROIT)
        self.classe = self._liste("Classe", _ETROIT)
        self.domaine = w.Dropdown(options=DOMAINES, description="Domaine", layout=w.Layout(width=_ETROIT), style=_TITRE)
        self.reference = self._liste("Référence", _LARGE)
        self.objectif = w.BoundedFloatText(
            60, min=0, max=100, step=10, description="Objectif (%)", layout=w.Layout(width="13em"), style=_TITRE
        )
        self.envois = w.Dropdown(options=ENVOIS, description="Envoi retenu", layout=w.Layout(width=_ETROIT), style=_TITRE)
        self.exploration = w.VBox([self.question, self._ligne(self.campagne, self.niveau, self.classe),
                                   self._ligne(self.domaine, self.reference, self.objectif), self.vue,
                                   self._ligne(self.envois, self.effet)])  # fmt: skip
        self.banc = PanneauBanc()
        self.relances = PanneauRelances()
        self.colonnes = PanneauColonnes(self.lire_dossier)
        self.pages = {"Explorer": self.exploration, "Qui est qui": w.VBox([self.colonnes, self.banc]), "Relances": self.relances}
        self.corps = w.VBox()
        self.page = w.ToggleButtons(options=list(self.pages), tooltips=list(self.pages))
        pli = w.Accordion([self.compte_rendu], titles=["Compte rendu de la lecture"], selected_index=None)
        super().__init__(
            [w.HTML(STYLE), self._ligne(self.chemin, self.ouvrir, self.depot), self.avancement, self.message, self.age,
             self.page, self.corps, pli]
        )  # fmt: skip
        self.add_class("pixkit")
        self._brancher()
        self.lire_dossier()

    @staticmethod
    def _liste(nom: str, largeur: str) -> w.Dropdown:
        return w.Dropdown(options=[], description=nom, layout=w.Layout(width=largeur), style=_TITRE)

    @staticmethod
    def _ligne(*widgets: w.Widget) -> w.Box:
        return w.Box(widgets, layout=w.Layout(flex_flow="row wrap", align_items="center"))

    def _brancher(self) -> None:
        self.ouvrir.on_click(lambda _: self.lire_dossier())
        self.depot.observe(self._deposer, "value")
        self.envois.observe(lambda _: self._changer_envois(), "value")
        self.page.observe(lambda _: self._tourner_la_page(), "value")
        self.campagne.observe(lambda _: self._proposer_niveaux(), "value")
        self.niveau.observe(lambda _: self._proposer_classes(), "value")
        for widget in (self.question, self.classe, self.domaine, self.reference, self.objectif):
            widget.observe(lambda _: self._montrer(), "value")

    def lire_dossier(self) -> None:
        """Ouvre le dossier écrit dans `chemin` ; les fichiers déposés sont oubliés."""
        self.deposes = {}
        self._lire(lambda: lire_dossier(self.chemin.value, envois=self.envois.value, suivi=self._suivre))

    def _deposer(self, changement: dict) -> None:
        if not changement["new"]:
            return
        self.deposes |= {fichier["name"]: bytes(fichier["content"]) for fichier in changement["new"]}
        self._lire(lambda: lire_fichiers(self.deposes, envois=self.envois.value, suivi=self._suivre))

    def _lire(self, lecture) -> None:
        self.avancement.layout.display = None
        try:
            tables = lecture()
            ecole = Ecole(tables, None if self.deposes else Path(self.chemin.value))
        except ErreurPixkit as erreur:  # rien n'est perdu : les tables déjà lues restent à l'écran
            self.message.value = f"<p class='pixkit-erreur' role='alert'>{escape(str(erreur))}</p>"
            return
        finally:
            self.avancement.layout.display = "none"
        self.tables, self.donnees, self.ecole = tables, Donnees(tables), ecole
        self._rendre_compte()
        self._proposer_campagnes()
        self._tourner_la_page()

    def _tourner_la_page(self) -> None:
        """Montre une page ; « Qui est qui » et « Relances » ne sont calculées que lorsqu'on les ouvre."""
        lus = self.tables is not None and self.tables.fichiers["nature"].isin(CAMPAGNES).any()
        self.corps.children = (self.pages[self.page.value],) if lus or self.page.value != "Explorer" else ()
        if self.ecole is not None and self.page.value == "Qui est qui":
            self.colonnes.ouvrir(self.tables, self.ecole.dossier)
            self.banc.ouvrir(self.ecole)
        elif self.ecole is not None and self.page.value == "Relances":
            self.relances.ouvrir(self.ecole)

    def _suivre(self, fait: int, total: int, fichier: str) -> None:
        self.avancement.max, self.avancement.value = total, fait
        self.message.value = f"<p>Lecture de {escape(fichier)} ({fait + 1} sur {total})…</p>"

    def _rendre_compte(self) -> None:
        fichiers = self.tables.fichiers
        exports = fichiers["nature"].isin(CAMPAGNES)
        lus = int(exports.sum())
        sommes = fichiers.loc[exports, ["nb_lues", "nb_remplacees", "nb_rejetees"]].sum()
        cote = int(fichiers["nb_rejetees"].sum() + fichiers["nature"].isna().sum())
        phrase = (
            f"{accord(lus, 'export lu', 'exports lus')} : {accord(int(sommes['nb_lues']), 'ligne lue', 'lignes lues')}, "
            f"{int(sommes['nb_remplacees'])} remplacées par un export plus récent."
        )
        if lus == 0:
            phrase = (
                "Aucun export de campagne ici. Dans Pix Orga, ouvrez une campagne, puis « Exporter les résultats » : "
                "déposez le fichier tel quel."
            )
        alerte = f" <strong>{accord(cote, 'mise de côté', 'mises de côté')} : voir le compte rendu.</strong>" if cote else ""
        self.message.value = f"<p>{escape(phrase)}{alerte}</p>"
        self.compte_rendu.value = tableau_fichiers(fichiers).to_html() + tableau_journal(self.tables.journal).to_html()
        dates = fichiers["date_donnees"].dropna()
        texte, vieux = age_en_mots(dates.max(), datetime.now(ZoneInfo(FUSEAU))) if len(dates) else ("", False)
        conseil = " Refaites l'export pour suivre les derniers envois." if vieux else ""
        self.age.value = f"<p class='pixkit-age {'vieux' if vieux else ''}'>{texte}{conseil}</p>" if texte else ""

    def _proposer_campagnes(self) -> None:
        self._remplir(self.campagne, self.donnees.campagnes)
        self._proposer_niveaux()

    def _proposer_niveaux(self) -> None:
        if self._gele:
            return
        niveaux = self.donnees.niveaux_scolaires(self.campagne.value)
        self._remplir(self.niveau, {"Tous les niveaux": TOUT} | {niveau: niveau for niveau in niveaux})
        self._proposer_classes()

    def _proposer_classes(self) -> None:
        if self._gele:
            return
        classes = self.donnees.classes(self.campagne.value, self.niveau.value)
        self._remplir(self.classe, {classe: classe for classe in classes})
        references = {"ensemble de la campagne": ETABLISSEMENT}
        references |= {OBJECTIF: OBJECTIF} if self._collecte() else {}
        references |= {OBJECTIF_ETABLISSEMENT: OBJECTIF_ETABLISSEMENT} | {f"classe : {c}": c for c in classes}
        self._remplir(self.reference, references)
        self._proposer_objectif()
        self._montrer()

    def _proposer_objectif(self) -> None:
        """L'objectif se dit en niveaux pour une collecte, en % d'acquis maîtrisés pour une évaluation."""
        maximum, depart, unite = (8, 3, "niveau") if self._collecte() else (100, 60, "%")
        if self.objectif.max != maximum:
            self._gele, self.objectif.description = True, f"Objectif ({unite})"
            self.objectif.value = 0
            self.objectif.max, self.objectif.step, self.objectif.value = maximum, depart / 6, depart
            self._gele = False

    def _collecte(self) -> bool:
        return self.campagne.value in set(self.donnees.participations.query("type_campagne == 'collecte'")["campagne"])

    def _remplir(self, liste: w.Dropdown, options: dict) -> None:
        """Change les options en gardant la valeur choisie si elle existe encore, sans redessiner à chaque étape."""
        ancienne, self._gele = liste.value, True
        liste.options = list(options.items())
        liste.value = ancienne if ancienne in options.values() else next(iter(options.values()), None)
        self._gele = False

    def _changer_envois(self) -> None:
        if self.tables is None:
            return
        apres = reprendre(self.tables, self.envois.value)
        effet = effet_envois(reprendre(self.tables, ENVOIS[0]), apres)
        self.effet.value = f"<p>{'<br>'.join(map(escape, map(_effet_en_mots, effet.itertuples()))) or 'Rien ne change.'}</p>"
        self.tables, self.donnees, self.ecole = apres, Donnees(apres), Ecole(apres, self.ecole.dossier)
        self._montrer()

    def _montrer(self) -> None:
        if self._gele or self.donnees is None or self.campagne.value is None:
            return
        en_classe = self.question.value == "Écarts d'une classe"
        par_competence = self.question.value not in ("Participation", "Angles morts")
        avec_objectif = en_classe and self.reference.value == OBJECTIF_ETABLISSEMENT
        utiles = {
            self.classe: en_classe, self.reference: en_classe, self.objectif: avec_objectif, self.domaine: par_competence,
        }  # fmt: skip
        for widget, utile in utiles.items():
            widget.layout.display = None if utile else "none"
        objectif = self.objectif.value / (1 if self._collecte() else 100)
        choix = Choix(
            campagne=self.campagne.value,
            niveau_scolaire=self.niveau.value,
            classe=self.classe.value,
            domaine=self.domaine.value,
            reference=self.reference.value,
            objectif=objectif,
        )
        try:
            self.vue.value = QUESTIONS[self.question.value](self.donnees, choix).html()
        except ErreurPixkit as erreur:
            self.vue.value = f"<p class='pixkit-erreur' role='alert'>{escape(str(erreur))}</p>"


def _effet_en_mots(ligne) -> str:
    dire = pourcentage if ligne.type_campagne == "evaluation" else lambda pix: f"{decimal(pix, 0)} pix"
    return (
        f"{ligne.nom_campagne} : un autre envoi compte pour {accord(ligne.nb_eleves, 'élève')} ; la médiane passe de "
        f"{dire(ligne.mediane_avant)} (dernier envoi) à {dire(ligne.mediane_apres)}."
    )


def panneau_atelier(dossier: str | Path) -> PanneauAtelier:
    """L'atelier ouvert sur un dossier d'exports."""
    return PanneauAtelier(dossier)
