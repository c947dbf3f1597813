"""Étage 4 — l'atelier : ouvrir un dossier ou déposer des fichiers, lire le compte rendu, explorer, relier, relancer."""

from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import ipywidgets as w

from pixkit.charte import accord, age_en_mots
from pixkit.ecole import Ecole, ouvrir
from pixkit.erreurs import ErreurPixkit
from pixkit.lecture import lire_fichiers
from pixkit.panneaux.annee import PanneauAnnee
from pixkit.panneaux.banc import PanneauBanc
from pixkit.panneaux.choisir import PanneauChoisir
from pixkit.panneaux.colonnes import PanneauColonnes
from pixkit.panneaux.explorer import PanneauExplorer
from pixkit.panneaux.filet import Filet
from pixkit.panneaux.html import alerte
from pixkit.panneaux.publier import PanneauPublier
from pixkit.panneaux.relances import PanneauRelances
from pixkit.tableaux import tableau_fichiers, tableau_journal
from pixkit.tables import CAMPAGNES, FUSEAU, Tables

STYLE = """<style>
.pixkit-phrase {font-size: 1.05em; line-height: 1.45; max-width: 60em; margin: .4em 0}
.pixkit p {margin: .3em 0} .pixkit-age {padding: .2em .6em; border-left: .3em solid #2166ac}
.pixkit-age.vieux {border-color: #b35806; background: #fff4e5}
.pixkit-erreur {padding: .5em .8em; border-left: .3em solid #b35806; background: #fff4e5; max-width: 60em}
/* L'imprévu reste au bas de l'écran : aucun cadre ne doit défiler à la place de la page. */
.pixkit-filet {position: sticky; bottom: 0; z-index: 9} .pixkit-filet:not(:has(p)) {display: none}
.pixkit.widget-vbox, :is(.jp-OutputArea, .jp-OutputArea-child, .jp-OutputArea-output):has(.pixkit) {
  overflow: visible}
.pixkit-table {border-collapse: collapse; display: block; overflow-x: auto; max-width: 100%}
.pixkit-table th, .pixkit-table td {padding: .25em .6em; text-align: left; border-bottom: 1px solid #ddd;
  white-space: pre-line; vertical-align: top; overflow-wrap: break-word; max-width: 30em; line-height: 1.35}
.pixkit-table th {white-space: nowrap}
.pixkit details {margin: .5em 0} .pixkit summary {cursor: pointer}
.pixkit .widget-radio-box label {height: auto; white-space: normal; line-height: 1.4; margin: .15em 0}
.pixkit .jupyter-widgets {max-width: 100%}
.pixkit-cle dt {font-weight: 600} .pixkit-cle dd {margin: 0 0 .4em 1.2em; max-width: 60em}
.pixkit .widget-toggle-button, .pixkit .jupyter-button {width: auto; min-width: 7em}
</style>"""

_LARGE = "min(34em, 96vw)"  # tient sur un téléphone
_TITRE = {"description_width": "8em"}
_TYPES = ".csv,.txt,.tsv,.xml,.zip,.xlsx,.xls,.xlsb,.ods,.html,.htm"
_SANS_EXPORT = ("Qui est qui", "Relances")


class PanneauAtelier(w.VBox):
    """Les commandes et la vue. Tout ce qui se lit à l'écran est dans `message`, `compte_rendu`, `age` et la page ouverte."""

    def __init__(self, dossier: str | Path):
        self.deposes: dict[str, bytes] = {}
        self.ecole: Ecole | None = None
        self.tables: Tables | None = None
        self.chemin = w.Text(
            str(dossier), description="Dossier", layout=w.Layout(width=_LARGE), style=_TITRE
        )
        self.ouvrir = w.Button(description="Ouvrir ce dossier", icon="")
        self.depot = w.FileUpload(accept=_TYPES, multiple=True, description="Déposer des fichiers")
        self.avancement = w.IntProgress(0, 0, 1, layout=w.Layout(width=_LARGE, display="none"))
        self.message, self.age = w.HTML(), w.HTML()
        self.message.add_class("pixkit-message")  # depot.js, dans le gabarit, y annonce un envoi
        self.compte_rendu, self.filet = w.HTML(), Filet()
        self.explorer = PanneauExplorer(self._changer_envois)
        self.banc = PanneauBanc()
        self.relances = PanneauRelances()
        self.colonnes = PanneauColonnes(self.lire_dossier)
        self.choisir = PanneauChoisir()
        self.annee = PanneauAnnee()
        self.publier = PanneauPublier()
        self.pages = {
            "Explorer": self.explorer,
            "Qui est qui": w.VBox([self.colonnes, self.banc]),
            "Relances": self.relances,
            "Choisir": self.choisir,
            "Année": self.annee,
            "Publier": self.publier,
        }
        self.corps = w.VBox()
        self.page = w.ToggleButtons(options=list(self.pages), tooltips=list(self.pages))
        pli = w.Accordion(
            [self.compte_rendu], titles=["Compte rendu de la lecture"], selected_index=None
        )
        super().__init__(
            [w.HTML(STYLE), self._ligne(self.chemin, self.ouvrir, self.depot), self.avancement, self.message, self.age,
             self.page, self.corps, pli, self.filet]
        )  # fmt: skip
        self.add_class("pixkit")
        self._brancher()
        try:
            self.lire_dossier()
        except Exception:  # l'ouverture n'est pas un geste : ipywidgets n'y rattrape rien
            self.filet.showtraceback()

    @staticmethod
    def _ligne(*widgets: w.Widget) -> w.Box:
        return w.Box(widgets, layout=w.Layout(flex_flow="row wrap", align_items="center"))

    def _brancher(self) -> None:
        self.ouvrir.on_click(lambda _: self.lire_dossier())
        self.depot.observe(self._deposer, "value")
        self.page.observe(lambda _: self._tourner_la_page(), "value")

    def lire_dossier(self) -> None:
        """Ouvre le dossier écrit dans `chemin` ; les fichiers déposés sont oubliés."""
        self.deposes = {}
        self._lire(
            lambda: ouvrir(self.chemin.value, envois=self.explorer.envois.value, suivi=self._suivre)
        )

    def _deposer(self, changement: dict) -> None:
        if not changement["new"]:
            return
        self.deposes |= {
            fichier["name"]: bytes(fichier["content"]) for fichier in changement["new"]
        }
        self.depot.value = ()  # rendu aussitôt : moins de mémoire, et le même fichier peut revenir
        self._lire(
            lambda: Ecole(
                lire_fichiers(self.deposes, envois=self.explorer.envois.value, suivi=self._suivre)
            )
        )

    def _lire(self, lecture) -> None:
        self.avancement.layout.display, dit = None, self.message.value
        try:
            ecole = lecture()
        except ErreurPixkit as erreur:  # rien n'est perdu : les tables déjà lues restent à l'écran
            dit = alerte(erreur)
            return
        finally:  # quoi qu'il arrive, « Lecture de… » ne reste pas
            self.avancement.layout.display, self.message.value = "none", dit
        self.tables, self.ecole = ecole.tables, ecole
        self._rendre_compte()
        self.explorer.ouvrir(ecole)
        self._tourner_la_page()

    def _changer_envois(self, ecole: Ecole) -> None:
        self.tables, self.ecole = ecole.tables, ecole

    def _tourner_la_page(self) -> None:
        """Ouvre une page ; elle n'est calculée qu'à ce moment. Sans export, seules celles qui disent quoi ajouter s'ouvrent."""
        nom, self.corps.children = self.page.value, ()
        lus = self.tables is not None and self.tables.fichiers["nature"].isin(CAMPAGNES).any()
        if self.ecole is None or not (lus or nom in _SANS_EXPORT):
            return
        try:
            if nom == "Qui est qui":
                self.colonnes.ouvrir(self.tables, self.ecole.dossier)
                self.banc.ouvrir(self.ecole)
            elif nom == "Explorer":  # ouvert dès la lecture
                self.explorer.rafraichir(self.ecole)
            else:
                self.pages[nom].ouvrir(self.ecole)
        except (
            ErreurPixkit
        ) as erreur:  # un fichier de décisions abîmé : le dire, et ne rien y changer
            self.message.value = alerte(erreur)
            return
        self.corps.children = (self.pages[nom],)

    def _suivre(self, fait: int, total: int, fichier: str) -> None:
        self.avancement.max, self.avancement.value = total, fait
        self.message.value = f"<p>Lecture de {escape(fichier)} ({fait + 1} sur {total})…</p>"

    def _rendre_compte(self) -> None:
        fichiers = self.tables.fichiers
        exports = fichiers["nature"].isin(CAMPAGNES)
        lus = int(exports.sum())
        sommes = fichiers.loc[exports, ["nb_lues", "nb_remplacees"]].sum()
        cote = int((self.tables.journal["sort"] == "rejetee").sum())
        phrase = (
            f"{accord(lus, 'export lu', 'exports lus')} : {accord(int(sommes['nb_lues']), 'ligne lue', 'lignes lues')}, "
            f"{accord(int(sommes['nb_remplacees']), 'remplacée')} par un export plus récent."
        )
        if lus == 0:
            phrase = (
                "Aucun export de campagne ici. Dans Pix Orga, ouvrez une campagne, puis « Exporter les résultats » : "
                "déposez le fichier tel quel."
            )
        alerte = (
            f" <strong>{accord(cote, 'mise de côté', 'mises de côté')} : voir le compte rendu.</strong>"
            if cote
            else ""
        )
        self.message.value = f"<p>{escape(phrase)}{alerte}</p>"
        self.compte_rendu.value = (
            tableau_fichiers(fichiers).to_html() + tableau_journal(self.tables.journal).to_html()
        )
        dates = fichiers["date_donnees"].dropna()
        texte, vieux = (
            age_en_mots(dates.max(), datetime.now(ZoneInfo(FUSEAU))) if len(dates) else ("", False)
        )
        conseil = " Refaites l'export pour suivre les derniers envois." if vieux else ""
        self.age.value = (
            f"<p class='pixkit-age {'vieux' if vieux else ''}'>{texte}{conseil}</p>"
            if texte
            else ""
        )


def panneau_atelier(dossier: str | Path) -> PanneauAtelier:
    """L'atelier ouvert sur un dossier d'exports.

    Dans JupyterLab, un fichier déposé de plus de 10 Mo n'arrive pas : mettez-le dans le dossier.
    """
    return PanneauAtelier(dossier)
