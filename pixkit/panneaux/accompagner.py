"""Étage 4 — les élèves à accompagner d'une classe ; ces noms restent à l'enseignant."""

import ipywidgets as w

from pixkit.accompagnement import Accompagnement, accompagner
from pixkit.documents import ecrire_accompagner
from pixkit.ecole import Ecole
from pixkit.panneaux.commandes import MOYEN, Panneau, montrer_si, nommer, rangee, remplir
from pixkit.panneaux.html import phrase
from pixkit.referentiel import rang_niveau
from pixkit.vues import vue_accompagner
from pixkit.vues.selection import campagnes

_DIT = "{}. Cette feuille porte des noms : elle reste à l'enseignant."


_SANS_EVALUATION = (
    "Aucune évaluation cette année-là, et cette page part des acquis qu'une évaluation teste. Ce "
    "qu'une collecte de profils dit de chacun est dans « Certifier » ; les besoins de sa classe, "
    "dans « Choisir »."
)


class PanneauAccompagner(Panneau):
    """Une évaluation, une classe, un objectif ; qui, où, à quel point c'est sûr, et la suite."""

    _dit: Accompagnement | None = None

    def __init__(self):
        self.campagne = nommer(w.Dropdown, "Campagne", MOYEN)
        self.classe = nommer(w.Dropdown, "Classe")
        bornes = {"min": 10, "max": 90, "step": 10, "value": 60}
        self.objectif = nommer(w.BoundedIntText, "Objectif (%)", "12em", **bornes)
        self.preparer = self.bouton("Préparer la feuille (PDF)", self._preparer)
        self.vue, self.telecharger = self.textes(2)
        self.barre = rangee(self.campagne, self.classe, self.objectif, self.preparer)
        super().__init__([self.barre, self.telecharger, self.vue])
        self.brancher(self._proposer_classes, self.campagne)
        self.brancher(self._montrer, self.classe, self.objectif)

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre une classe de cet établissement."""
        self.ecole = ecole
        lignes = self.de_l_annee(ecole.participations).query("type_campagne == 'evaluation'")
        siennes = set(lignes["campagne"])
        with self.gel():
            offertes = [(nom, code) for nom, code in campagnes(ecole).items() if code in siennes]
            remplir(self.campagne, offertes)
        self._proposer_classes()

    def _proposer_classes(self) -> None:
        resultats = self.ecole.resultats
        ici = resultats["campagne"] == self.campagne.value
        with self.gel():
            remplir(self.classe, sorted(resultats.loc[ici, "classe"].unique(), key=rang_niveau))
        self._montrer()

    def _montrer(self) -> None:
        part = self.objectif.value / 100
        montrer_si(self.campagne.value is not None, self.barre)
        self.telecharger.value, self.preparer.disabled = "", self.classe.value is None
        self._dit = accompagner(self.ecole, self.campagne.value, self.classe.value, part)
        self.illustrer()

    def _illustrer(self) -> None:
        if self.campagne.value is None:
            self.vue.value = phrase(_SANS_EVALUATION)
            return
        dit, part = self._dit, self.objectif.value / 100
        vue = vue_accompagner(dit.table, objectif=part, inconnus=len(dit.inconnus))
        self.vue.value = vue.html()

    def _preparer(self) -> None:
        dit, du = self._dit, self.ecole.tables.fichiers["date_donnees"].dropna().max()
        options = {"classe": self.classe.value, "objectif": self.objectif.value / 100, "du": du}
        self.donner(
            self.telecharger,
            lambda ou: [ecrire_accompagner(dit, ou, **options)],
            _DIT,
            campagne=self.campagne.label,
        )
