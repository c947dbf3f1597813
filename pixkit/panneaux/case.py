"""Étage 4 — les élèves d'une case de « Maîtrise », ou d'un paquet de points d'« Élèves » ; ces noms
restent à l'enseignant."""

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import parse_qsl

import ipywidgets as w
import pandas as pd

from pixkit.gabarits import rendre
from pixkit.grandeurs import mesure_de_la_table
from pixkit.mesures import eleves_d_une_case, par_eleve
from pixkit.panneaux.commandes import Panneau, montrer_si
from pixkit.referentiel import libelle
from pixkit.vues.selection import Regard, noms_des_eleves


class PanneauCase(Panneau):
    """Ce qu'une case ou un paquet contient, jusqu'à ce qu'on le ferme ; `aller` ouvre la page d'un
    de ses élèves : sa classe, sa clé."""

    _regard: Regard | None = None

    def __init__(self, aller: Callable[[str, str], None]):
        self.aller = aller
        # Ce que la page demande (etat.js) : une case, un paquet, ou un élève.
        self.demande = w.Text(continuous_update=False, layout=w.Layout(display="none"))
        self.demande.add_class("pixkit-case-demandee")
        self.eleves = w.HTML()
        self.bouton_fermer = self.bouton("Fermer cette case", self.fermer)
        self.bouton_fermer.add_class("pixkit-fermer")
        super().__init__([self.demande, self.bouton_fermer, self.eleves])
        self.add_class("pixkit-case-ouverte")
        self.brancher(self._suivre, self.demande)
        self.fermer()

    def regarder(self, regard: Regard) -> None:
        """D'où viennent les cases désormais ; celle qui était ouverte n'y est plus."""
        self._regard = regard
        self.fermer()

    def fermer(self) -> None:
        montrer_si(False, self)
        self.eleves.value = ""

    def _suivre(self) -> None:
        demande = parse_qsl(self.demande.value)
        self.demande.value = ""
        paquet = [eleve for nom, eleve in demande if nom == "paquet"]
        if "eleve" in dict(demande):
            self.aller(**dict(demande))
        elif demande:
            dire = (
                partial(_dire_un_paquet, eleves=paquet)
                if paquet
                else partial(_dire, **dict(demande))
            )
            self.eleves.value = dire(self._regard)
            montrer_si(bool(self.eleves.value), self)


def _dire(regard: Regard, classe: str, competence: str) -> str:
    """Vide si cette vue n'a plus cette case : un clic plus rapide que la page."""
    table = eleves_d_une_case(regard.resultats, classe=classe, competence=competence)
    if table.empty:
        return ""
    mesure = mesure_de_la_table(table)
    nommes = table.assign(
        dite=table["note"].map(mesure.dire),
        entre=list(map(mesure.entre, table["bas"], table["haut"])),
    )
    return rendre(
        "case.html.j2",
        titre=f"{classe}, {libelle(competence)}",
        en_taux=mesure.est_un_taux,
        ensemble=mesure.dire(_ensemble(table)),
        eleves=_nommer(regard, nommes),
    )


def _dire_un_paquet(regard: Regard, eleves: Sequence[str]) -> str:
    """Ceux que des points qui se recouvrent cachent les uns sous les autres."""
    table = par_eleve(regard.resultats, par="classe")
    table = table[table["eleve"].isin(eleves)]
    if table.empty:
        return ""
    mesure = mesure_de_la_table(table)
    nommes = table.assign(dite=table["valeur"].map(mesure.dire))
    return rendre("paquet.html.j2", titre=mesure.titre, eleves=_nommer(regard, nommes))


def _nommer(regard: Regard, table: pd.DataFrame) -> list[dict]:
    """Les lignes, avec le nom de chaque élève, par ordre alphabétique."""
    noms = noms_des_eleves(regard.ecole)
    nommes = table.assign(nom=[noms.get(cle) or "sans nom" for cle in table["eleve"]])
    return nommes.sort_values("nom").to_dict("records")


def _ensemble(table: pd.DataFrame) -> float:
    """Ce que montre la case : les acquis de tous, réunis."""
    return table["valeur"].sum() / table["nb_acquis"].sum()
