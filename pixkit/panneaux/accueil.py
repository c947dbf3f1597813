"""Étage 4 — la première page : où en sommes-nous, et où aller ; sans export, où les prendre."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import ipywidgets as w
import pandas as pd

from pixkit.charte import coller
from pixkit.ecole import Ecole
from pixkit.gabarits import rendre
from pixkit.panneaux.commandes import Panneau, montrer_si
from pixkit.referentiel import rang_niveau
from pixkit.reponses import Reponse
from pixkit.situation import envois_de_l_annee, ou_en_sommes_nous
from pixkit.tables import CAMPAGNES, FUSEAU


class PanneauAccueil(Panneau):
    """Une carte par réponse, qui mène à sa page (`aller`), puis toute l'école."""

    def __init__(self, aller: Callable[[str, dict[str, str]], None]):
        self.aller = aller
        self.cartes, (self.toute_l_ecole, self.apprendre) = w.Box(), self.textes(2)
        self.cartes.add_class("pixkit-reponses")
        super().__init__([self.apprendre, self.cartes, self.toute_l_ecole])

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre où en est cet établissement aujourd'hui."""
        self.ecole = ecole
        natures, annee = set(ecole.tables.fichiers["nature"]), self.annee_scolaire
        sans_export = not natures & set(CAMPAGNES)
        a_apprendre = sans_export or not annee or ecole.tables.eleves.empty
        self.apprendre.value = _apprendre(ecole, annee) if a_apprendre else ""
        montrer_si(bool(annee), self.cartes)
        self.toute_l_ecole.value = ""
        if annee:
            jour = datetime.now(ZoneInfo(FUSEAU)).date()
            self.cartes.children = tuple(map(self._carte, ou_en_sommes_nous(ecole, annee, jour)))
            envois = envois_de_l_annee(ecole, annee)
            codes = self.de_l_annee(ecole.suivi).query("etat != 'hors_perimetre'")
            codes = codes.groupby(["classe", "nom_campagne"])["campagne"].first()
            self.toute_l_ecole.value = _carte_de_chaleur(envois, codes) if len(envois) else ""

    def _carte(self, reponse: Reponse) -> w.VBox:
        titre = self.bouton(
            coller(reponse.question), partial(self.aller, reponse.public, reponse.choix)
        )
        titre.tooltip = f"Ouvrir la page « {reponse.public} »"
        return w.VBox([titre, w.HTML(rendre("reponse.html.j2", reponse=reponse))])


def _apprendre(ecole: Ecole, annee: str) -> str:
    natures = set(ecole.tables.fichiers["nature"])
    return rendre(
        "apprendre.html.j2",
        sans_export=not natures & set(CAMPAGNES),
        sans_liste=ecole.tables.eleves.empty,
        sans_annee=not annee,
    )


def _carte_de_chaleur(envois: pd.DataFrame, codes: pd.Series) -> str:
    """Une ligne par classe, une colonne par parcours ; une case vide n'attend personne, une autre
    mène à ses élèves."""
    menent = [
        {"page": "Relances", "campagne": codes[classe, nom], "classe": classe}
        for classe, nom in zip(envois["classe"], envois["nom_campagne"], strict=True)
    ]
    envois = envois.assign(choix=menent)
    cases = {(une.classe, une.nom_campagne): une for une in envois.itertuples()}
    classes = sorted(set(envois["classe"]), key=rang_niveau)
    parcours = sorted(set(envois["nom_campagne"]))
    return rendre("toute_l_ecole.html.j2", classes=classes, parcours=parcours, cases=cases)
