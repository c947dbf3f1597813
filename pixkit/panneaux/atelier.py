"""Étage 4 — l'atelier : un dossier ou des fichiers déposés, leur compte rendu, les pages."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.charte import age_en_mots
from pixkit.ecole import Ecole, ouvrir
from pixkit.entete import nommer_l_etablissement
from pixkit.erreurs import ErreurPixkit
from pixkit.gabarits import rendre
from pixkit.lecture import lire_fichiers
from pixkit.panneaux import souvenir
from pixkit.panneaux.attente import EnAttendant
from pixkit.panneaux.chercher import PanneauChercher
from pixkit.panneaux.commandes import (
    MOYEN,
    Panneau,
    montrer_si,
    nommer,
    plus_tard,
    rangee,
    refus,
    remplir,
    valeurs,
    vouloir,
)
from pixkit.panneaux.fichiers import PanneauFichiers
from pixkit.panneaux.filet import Filet
from pixkit.panneaux.html import alerte, annonce, phrase
from pixkit.situation import annees_scolaires
from pixkit.tableaux import tableau_fichiers, tableau_journal
from pixkit.tables import CAMPAGNES, ENVOIS, FUSEAU, Tables
from pixkit.vie.annee import rappel

_UN_ELEVE = "Un élève demande ce que l'on sait de lui, ou à être effacé"
PAGES = {
    "Où en sommes-nous ?": "accueil",
    "Explorer": "explorer",
    "Qui est qui": "qui_est_qui",
    "Relances": "relances",
    "Accompagner": "accompagner",
    "Choisir": "choisir",
    "Certifier": "certifier",
    "Année": "annee",
    "Publier": "publier",
}
_PANNEAUX = {
    "accueil": ("PanneauAccueil", "aller"),
    "explorer": ("PanneauExplorer", "_changer_envois"),
    "colonnes": ("PanneauColonnes", "lire_dossier"),
    "banc": ("PanneauBanc", ""),
    "eleve": ("PanneauEleve", "lire_dossier"),
    "relances": ("PanneauRelances", ""),
    "accompagner": ("PanneauAccompagner", ""),
    "choisir": ("PanneauChoisir", ""),
    "certifier": ("PanneauCertifier", ""),
    "annee": ("PanneauAnnee", ""),
    "publier": ("PanneauPublier", ""),
}
"""{module de ce dossier : (son panneau, la méthode d'ici qu'il appelle)}. Un panneau, et les
bibliothèques qu'il demande, ne se chargent qu'à la première ouverture de sa page."""
_LECTURE = 1.5
"""Secondes où le navigateur anime la première page, avant que rien d'autre ne l'occupe."""
_A_DESSINER = ("pixkit.panneaux.explorer", "seaborn", "pyarrow.acero")
"""Ce que demandent les premières images : du dernier, pandas se sert dès qu'il groupe des mots."""
_SANS_EXPORT = ("Où en sommes-nous ?", "Qui est qui", "Relances", "Certifier")
_FERMEE = (
    "Cette page s'ouvrira avec un premier export de campagne : « Où en sommes-nous ? » dit où le "
    "prendre."
)
_PLUS = "Année scolaire, fichiers, chercher un élève"
_SUIVENT = {
    "annee": "annee",
    "campagne": "campagne",
    "niveau_scolaire": "niveau",
    "classe": "classe",
    "question": "question",
}
"""{ce qui suit d'une page à l'autre : la liste d'un panneau où cela se choisit}"""


class PanneauAtelier(EnAttendant, Panneau):
    """Ce qui se lit est dans `message`, `compte_rendu`, `age` et la page ouverte."""

    def __init__(self, dossier: str | Path):
        self.depart, self.choix = str(dossier), {}
        self.deposes: dict[str, bytes] = {}
        self.fichiers = PanneauFichiers(
            souvenir.rouvrir(self.depart), self.lire_dossier, self._deposer
        )
        self.chemin, self.depot = self.fichiers.chemin, self.fichiers.depot
        self.ouvrir = self.fichiers.ouvrir
        self.nom, self.message, self.age, self.compte_rendu = self.textes(4)
        self.filet, self.corps = Filet(), w.VBox()
        self.corps.add_class("pixkit-corps")
        self.fermee = w.HTML(phrase(_FERMEE))
        self.page = w.ToggleButtons(options=list(PAGES), tooltips=list(PAGES))
        bas = [self.pli("Compte rendu de la lecture", self.compte_rendu), self.filet]
        self.chercher = PanneauChercher(self._montrer_eleve)
        super().__init__([*self._haut(), self.page, self.corps, *bas])
        self.page.add_class("pixkit-onglets")
        self.add_class("pixkit")
        self.brancher(self._tourner_la_page, self.page, self.an)
        try:
            self.lire_dossier()
        except Exception:  # l'ouverture n'est pas un geste : ipywidgets n'y rattrape rien
            self.filet.showtraceback()
        # Ce qu'il faut pour dessiner se charge pendant qu'on lit la première page.
        charger = Thread(target=lambda: list(map(import_module, _A_DESSINER)), daemon=True)
        plus_tard(_LECTURE, charger.start)

    def _haut(self) -> list[w.Widget]:
        self.an = nommer(w.Dropdown, "Année scolaire", "17em", "7.5em")
        self.montrer = w.ToggleButton(value=True, description="Fichiers")
        w.link((self.montrer, "value"), (self.fichiers, "ouvert"))
        self.avancement = w.IntProgress(0, 0, 1, layout=w.Layout(width=MOYEN, display="none"))
        self.fichiers.add_class("pixkit-fichiers")
        self.message.add_class("pixkit-message")  # depot.js, dans le gabarit, y annonce un envoi
        # L'adresse de la page (etat.js) : ce qu'elle demande, ce qu'elle doit dire.
        self.adresse = w.Text(continuous_update=False, layout=w.Layout(display="none"))
        self.adresse_dite = w.HTML(layout=w.Layout(display="none"))
        # Une page étroite (etat.js) se dessine étroite.
        self.etroite = w.Checkbox(layout=w.Layout(display="none"))
        self.etroite.add_class("pixkit-etroite")
        self.etroite.observe(self._changer_de_largeur, "value")
        self.adresse.add_class("pixkit-adresse")
        self.adresse_dite.add_class("pixkit-adresse-dite")
        self.brancher(self._suivre_l_adresse, self.adresse)
        # Au téléphone, ce qui ne sert pas à chaque fois se replie (atelier.css).
        deplier = w.ToggleButton(description="Plus", tooltip=_PLUS)
        deplier.add_class("pixkit-pli").add_class("pixkit-deplier")
        entete = rangee(self.nom, deplier, self.an, self.montrer, self.chercher)
        dits = rangee(self.age, self.message)
        entete.add_class("pixkit-entete")
        dits.add_class("pixkit-dits")
        caches = [self.adresse, self.adresse_dite, self.etroite]
        style = w.HTML(rendre("atelier.html.j2"))
        return [style, entete, dits, *caches, self.fichiers, self.avancement]

    def __getattr__(self, nom: str) -> Panneau:
        if nom not in _PANNEAUX:
            raise AttributeError(nom)
        classe, methode = _PANNEAUX[nom]
        module = import_module(f"pixkit.panneaux.{nom}")
        arguments = [getattr(self, methode)] if methode else []
        panneau = self.__dict__[nom] = getattr(module, classe)(*arguments)
        if "annee" in vars(panneau):
            montrer_si(False, panneau.annee)  # une seule année se choisit, en haut
        for liste in (getattr(panneau, "campagne", None), getattr(panneau, "classe", None)):
            if liste is not None:
                liste.observe(partial(self._noter_un_choix, panneau), "value")
        return panneau

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
        envois = self.explorer.envois.value if "explorer" in vars(self) else ENVOIS[0]
        try:
            ecole = lecture(envois=envois, suivi=self._suivre)
        except ErreurPixkit as erreur:  # rien n'est perdu : les tables déjà lues restent à l'écran
            dit, self.montrer.value = alerte(erreur), True
            return
        finally:  # quoi qu'il arrive, « Lecture de… » ne reste pas
            montrer_si(False, self.avancement)
            self.message.value = dit
        self._installer(ecole)

    def _installer(self, ecole: Ecole) -> None:
        """Montre une école, la page et les choix d'abord tels qu'on les avait laissés."""
        autre = self.ecole is None or ecole.dossier != self.ecole.dossier
        self.ecole = ecole
        if autre and ecole.dossier:
            self.choix = souvenir.retrouver(ecole.dossier)
            souvenir.retenir_ouvert(self.depart, str(ecole.dossier))
        self._rendre_compte()
        self.chercher.ouvrir(ecole)
        with self.gel():
            vouloir(self.an, self.choix.get("annee", ""))
            remplir(self.an, annees_scolaires(ecole))
            if autre and ecole.dossier:
                self.page.value = self.choix.get("page", next(iter(PAGES)))
        self._tourner_la_page()

    def _changer_envois(self, ecole: Ecole) -> None:
        self.ecole = ecole

    def aller(self, page: str, choix: dict[str, str]) -> None:
        """Ouvre une page sur ce choix."""
        self.choix |= choix
        with self.gel():
            self.page.value = page
            vouloir(self.an, self.choix.get("annee", self.an.value))
        self._tourner_la_page()

    def _suivre_l_adresse(self) -> None:
        demande = {nom: dit for nom, dit in parse_qsl(self.adresse.value) if nom in souvenir.GARDES}
        self.adresse.value = ""
        if demande.get("page") in PAGES:
            self.aller(demande.pop("page"), demande)

    def _changer_de_largeur(self, _) -> None:
        Panneau.telephone = self.etroite.value
        for nom in vars(self).keys() & _PANNEAUX:
            getattr(self, nom).redessiner()

    def _tourner_la_page(self) -> None:
        """Ouvre une page ; elle n'est calculée qu'à ce moment. Sans export, seules celles qui
        disent quoi ajouter s'ouvrent."""
        nom, self.corps.children = self.page.value, ()
        self.chercher.message.value = ""
        lus = self.tables is not None and self.tables.fichiers["nature"].isin(CAMPAGNES).any()
        if self.ecole is None:
            return
        if not lus and nom not in _SANS_EXPORT:
            self.corps.children = (self.fermee,)
            return
        self._retenir()  # d'abord : une page rechargée pendant qu'elle se calcule revient ici
        with refus(self.message):  # un fichier de décisions abîmé : le dire, et ne rien y changer
            self.corps.children = tuple(self._ouvrir_la_page(PAGES[nom]))

    def _ouvrir_la_page(self, nom: str) -> Iterator[w.Widget]:
        if nom == "qui_est_qui":
            self.colonnes.ouvrir(self.tables, self.ecole.dossier)
            self.banc.ouvrir(self.ecole)
            self.eleve.ouvrir(self.ecole)
            yield from (self.colonnes, self.banc, self.pli(_UN_ELEVE, self.eleve))
            return
        panneau = getattr(self, nom)
        panneau.annee_scolaire = self.an.value
        demandes = self.choix | {"annee": self.an.value}
        voulus = [(liste, demandes.get(dit)) for dit, liste in _listes(panneau)]
        for liste, voulu in voulus:
            if voulu:
                vouloir(liste, voulu)
        panneau.rafraichir(self.ecole)
        for liste, voulu in voulus:  # une liste remplie d'office
            if voulu and voulu in valeurs(liste):
                liste.value = voulu
        self.choix = {dit: voulu for dit, voulu in self.choix.items() if dit in souvenir.GARDES}
        yield panneau

    def _noter_un_choix(self, panneau: Panneau, _) -> None:
        """Une campagne ou une classe qu'une personne choisit suit d'une page à l'autre."""
        if not panneau.en_gel:
            dites = {dit: liste.value for dit, liste in _listes(panneau) if liste.value}
            self.choix |= {dit: dites[dit] for dit in ("campagne", "classe") if dit in dites}
            self._retenir()

    def _retenir(self) -> None:
        self.choix |= {"page": self.page.value} | (
            {"annee": self.an.value} if self.an.value else {}
        )
        dits = {nom: self.choix[nom] for nom in souvenir.GARDES if self.choix.get(nom)}
        self.adresse_dite.value = Markup("<i data-adresse='{}'></i>").format(urlencode(dits))
        if self.ecole.dossier:
            souvenir.retenir(self.ecole.dossier, dits)

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
        self.montrer.value = exports.empty
        self.nom.value = Markup("<p class='pixkit-ecole' title='{0}'>{0}</p>").format(
            nommer_l_etablissement(self.tables) or "Atelier pixkit"
        )
        self.message.value = rendre("compte_rendu.html.j2", **nombres)
        self.compte_rendu.value = tableau_fichiers(fichiers).to_html()
        self.compte_rendu.value += tableau_journal(journal).to_html()
        self.age.value = _age(fichiers["date_donnees"].dropna())
        with refus(self.age):
            if dit := rappel(self.ecole, date.today()):
                self.age.value = f"{self.age.value}{annonce(dit)}"


def _listes(panneau: Panneau) -> Iterator[tuple[str, w.Widget]]:
    """Ce qui se choisit dans une page et suit de l'une à l'autre."""
    for dit, attribut in _SUIVENT.items():
        if hasattr(panneau, attribut):
            yield dit, getattr(panneau, attribut)


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
