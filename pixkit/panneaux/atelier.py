"""Étage 4 — l'atelier : un dossier ou des fichiers déposés, leur compte rendu, les pages."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.charte import age_en_mots
from pixkit.ecole import Ecole, ouvrir
from pixkit.erreurs import ErreurPixkit
from pixkit.gabarits import rendre
from pixkit.lecture import lire_fichiers
from pixkit.panneaux.annee import PanneauAnnee
from pixkit.panneaux.banc import PanneauBanc
from pixkit.panneaux.certifier import PanneauCertifier
from pixkit.panneaux.chercher import PanneauChercher
from pixkit.panneaux.choisir import PanneauChoisir
from pixkit.panneaux.colonnes import PanneauColonnes
from pixkit.panneaux.commandes import MOYEN, Panneau, montrer_si, nommer, rangee, refus
from pixkit.panneaux.eleve import PanneauEleve
from pixkit.panneaux.explorer import PanneauExplorer
from pixkit.panneaux.filet import Filet
from pixkit.panneaux.html import alerte, annonce
from pixkit.panneaux.publier import PanneauPublier
from pixkit.panneaux.relances import PanneauRelances
from pixkit.tableaux import tableau_fichiers, tableau_journal
from pixkit.tables import CAMPAGNES, FUSEAU, Tables
from pixkit.vie import rappel

_TYPES = ".csv,.txt,.tsv,.xml,.zip,.xlsx,.xls,.xlsb,.ods,.html,.htm"
_UN_ELEVE = "Un élève demande ce que l'on sait de lui, ou à être effacé"
_SANS_EXPORT = ("Qui est qui", "Relances", "Certifier")


class PanneauAtelier(Panneau):
    """Ce qui se lit est dans `message`, `compte_rendu`, `age` et la page ouverte."""

    def __init__(self, dossier: str | Path):
        self.deposes: dict[str, bytes] = {}
        self.chemin = nommer(w.Text, "Dossier", MOYEN, value=str(dossier))
        self.age, self.compte_rendu, self.filet = w.HTML(), w.HTML(), Filet()
        self.pages, self.corps = self._pages(), w.VBox()
        self.page = w.ToggleButtons(options=list(self.pages), tooltips=list(self.pages))
        bas = [self.pli("Compte rendu de la lecture", self.compte_rendu), self.filet]
        self.chercher = PanneauChercher(self._montrer_eleve)
        super().__init__([*self._haut(), self.age, self.chercher, self.page, self.corps, *bas])
        self.add_class("pixkit")
        self.brancher(self._tourner_la_page, self.page)
        try:
            self.lire_dossier()
        except Exception:  # l'ouverture n'est pas un geste : ipywidgets n'y rattrape rien
            self.filet.showtraceback()

    def _haut(self) -> list[w.Widget]:
        self.ouvrir = self.bouton("Ouvrir ce dossier", self.lire_dossier)
        self.depot = w.FileUpload(accept=_TYPES, multiple=True, description="Déposer des fichiers")
        self.avancement = w.IntProgress(0, 0, 1, layout=w.Layout(width=MOYEN, display="none"))
        self.message = w.HTML()
        self.message.add_class("pixkit-message")  # depot.js, dans le gabarit, y annonce un envoi
        self.brancher(self._deposer, self.depot)
        entrees = rangee(self.chemin, self.ouvrir, self.depot)
        return [w.HTML(rendre("atelier.html.j2")), entrees, self.avancement, self.message]

    def _pages(self) -> dict[str, w.Widget]:
        self.explorer, self.banc = PanneauExplorer(self._changer_envois), PanneauBanc()
        self.colonnes = PanneauColonnes(self.lire_dossier)
        self.eleve = PanneauEleve(self.lire_dossier)
        self.relances, self.choisir = PanneauRelances(), PanneauChoisir()
        self.annee, self.publier = PanneauAnnee(), PanneauPublier()
        self.certifier = PanneauCertifier()
        return {
            "Explorer": self.explorer,
            "Qui est qui": w.VBox([self.colonnes, self.banc, self.pli(_UN_ELEVE, self.eleve)]),
            "Relances": self.relances,
            "Choisir": self.choisir,
            "Certifier": self.certifier,
            "Année": self.annee,
            "Publier": self.publier,
        }

    @property
    def tables(self) -> Tables | None:
        return self.ecole.tables if self.ecole else None

    def lire_dossier(self) -> None:
        """Ouvre le dossier écrit dans `chemin` ; les fichiers déposés sont oubliés."""
        self.deposes = {}
        self._lire(partial(ouvrir, self.chemin.value))

    def _deposer(self) -> None:
        if not self.depot.value:
            return
        self.deposes |= {fichier["name"]: bytes(fichier["content"]) for fichier in self.depot.value}
        self.depot.value = ()  # rendu aussitôt : moins de mémoire, et le même fichier peut revenir
        self._lire(lambda **options: Ecole(lire_fichiers(self.deposes, **options)))

    def _lire(self, lecture: Callable[..., Ecole]) -> None:
        montrer_si(True, self.avancement)
        dit = self.message.value
        try:
            ecole = lecture(envois=self.explorer.envois.value, suivi=self._suivre)
        except ErreurPixkit as erreur:  # rien n'est perdu : les tables déjà lues restent à l'écran
            dit = alerte(erreur)
            return
        finally:  # quoi qu'il arrive, « Lecture de… » ne reste pas
            montrer_si(False, self.avancement)
            self.message.value = dit
        self.ecole = ecole
        self._rendre_compte()
        self.explorer.ouvrir(ecole)
        self.chercher.ouvrir(ecole)
        self._tourner_la_page()

    def _changer_envois(self, ecole: Ecole) -> None:
        self.ecole = ecole

    def _tourner_la_page(self) -> None:
        """Ouvre une page ; elle n'est calculée qu'à ce moment. Sans export, seules celles qui
        disent quoi ajouter s'ouvrent."""
        nom, self.corps.children = self.page.value, ()
        lus = self.tables is not None and self.tables.fichiers["nature"].isin(CAMPAGNES).any()
        if self.ecole is None or not (lus or nom in _SANS_EXPORT):
            return
        with refus(self.message):  # un fichier de décisions abîmé : le dire, et ne rien y changer
            if nom == "Qui est qui":
                self.colonnes.ouvrir(self.tables, self.ecole.dossier)
                self.banc.ouvrir(self.ecole)
                self.eleve.ouvrir(self.ecole)
            elif nom == "Explorer":  # ouvert dès la lecture
                self.explorer.rafraichir(self.ecole)
            else:
                self.pages[nom].ouvrir(self.ecole)
            self.corps.children = (self.pages[nom],)

    def _montrer_eleve(self, campagne: str, classe: str, eleve: str) -> None:
        self.page.value = "Explorer"
        self.explorer.montrer_eleve(campagne, classe, eleve)

    def _suivre(self, fait: int, total: int, fichier: str) -> None:
        self.avancement.max, self.avancement.value = total, fait
        dit = Markup("<p>Lecture de {} ({} sur {})…</p>")
        self.message.value = dit.format(fichier, fait + 1, total)

    def _rendre_compte(self) -> None:
        fichiers, journal = self.tables.fichiers, self.tables.journal
        exports = fichiers[fichiers["nature"].isin(CAMPAGNES)]
        nombres = {
            "exports": len(exports),
            "lues": int(exports["nb_lues"].sum()),
            "remplacees": int(exports["nb_remplacees"].sum()),
            "mises_de_cote": int((journal["sort"] == "rejetee").sum()),
        }
        self.message.value = rendre("compte_rendu.html.j2", **nombres)
        self.compte_rendu.value = tableau_fichiers(fichiers).to_html()
        self.compte_rendu.value += tableau_journal(journal).to_html()
        self.age.value = _age(fichiers["date_donnees"].dropna())
        with refus(self.age):
            if dit := rappel(self.ecole, date.today()):
                self.age.value = f"{self.age.value}{annonce(dit)}"


def _age(dates: pd.Series) -> str:
    """De quand datent les plus récentes de ces données."""
    if dates.empty:
        return ""
    age, vieux = age_en_mots(dates.max(), datetime.now(ZoneInfo(FUSEAU)))
    return rendre("age.html.j2", age=age, vieux=vieux)


def panneau_atelier(dossier: str | Path) -> PanneauAtelier:
    """L'atelier ouvert sur un dossier d'exports.

    Dans JupyterLab, un fichier déposé de plus de 10 Mo n'arrive pas : mettez-le dans le dossier.
    """
    return PanneauAtelier(dossier)
