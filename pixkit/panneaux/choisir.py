"""Étage 4 — choisir : un but, du temps, une classe ; des parcours, leurs raisons, des groupes."""

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.charte import compter
from pixkit.documents import ecrire_feuille_de_route, ecrire_fiches_eleves
from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.panneaux.commandes import LARGE, Panneau, nommer, rangee, remplir
from pixkit.panneaux.groupes import REUNIR, SEPARER, PanneauGroupes
from pixkit.panneaux.html import alerte, phrase
from pixkit.parcours import Plan, plan_de_classe
from pixkit.referentiel import competences, rang_niveau
from pixkit.tableaux import tableau
from pixkit.vues import vue_plan
from pixkit.vues.selection import noms_des_eleves

BUTS = {
    "relever les plus fragiles": "faibles",
    "rendre le plus d'élèves certifiables": "certifiables",
    "couvrir les angles morts": "angles-morts",
}
_ETIQUETTES = (
    "imposer : nom d'un parcours",
    "bannir : nom d'un parcours",
    "disciplines : toutes, sinon",
)
_DEFAUT = Markup("<li>ligne {0.ligne} : {0.motif}</li>")
_DEFAUTS = Markup("<p>Catalogue de l'établissement, mis de côté :</p><ul>{}</ul>")
_RECHERCHE = "chercher dans le catalogue : un thème, une discipline, ou une compétence comme 1.3"
_TROUVES = ["parcours", "type", "niveaux", "competences", "minutes", "theme", "source"]


class PanneauChoisir(Panneau):
    """Le plan et ses raisons, refait autour de ce qu'on impose, bannit, sépare ou réunit."""

    _lus: tuple[pd.DataFrame, str | None] | None = None

    def __init__(self):
        self.plan, self.vue = self.textes(2)
        self.telecharger, self.defauts, self.trouves = self.textes(3)
        self.groupes = PanneauGroupes(self._montrer)
        cherche = {"continuous_update": False, "layout": w.Layout(width=LARGE)}
        self.recherche = w.Text(placeholder=_RECHERCHE, **cherche)
        self.preparer = self.bouton("Préparer les feuilles (PDF, Excel)", self._preparer)
        suite = [rangee(self.preparer, self.telecharger), self._etiquettes(), self.defauts]
        vues = [self.groupes, self.vue, self.recherche, self.trouves]
        super().__init__([self._reglages(), self.plan, *suite, *vues])
        self.brancher(self._chercher, self.recherche)

    def _reglages(self) -> w.Box:
        self.classe = nommer(w.Dropdown, "Classe", "14em")
        self.but = nommer(w.Dropdown, "But", "min(24em, 96vw)", options=BUTS)
        duree = {"min": 20, "max": 400, "step": 10, "value": 120, "continuous_update": False}
        self.minutes = nommer(w.IntSlider, "Minutes", **duree)
        self.maximum = nommer(w.BoundedIntText, "Au plus", "9em", min=1, max=16, value=3)
        reglages = [self.classe, self.but, self.minutes, self.maximum]
        self.brancher(self._montrer, *reglages)
        return rangee(*reglages)

    def _etiquettes(self) -> w.Box:
        tiers = {"layout": w.Layout(width="min(26em, 96vw)"), "allow_duplicates": False}
        etiquettes = [w.TagsInput(placeholder=texte, **tiers) for texte in _ETIQUETTES]
        self.imposes, self.bannis, self.disciplines = etiquettes
        self.brancher(self._montrer, *etiquettes)
        return rangee(*etiquettes)

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre le plan d'une classe de cet établissement."""
        lus = ecole.resultats, self.annee_scolaire
        if self._lus is None or lus[0] is not self._lus[0] or lus[1] != self._lus[1]:
            self.groupes.oublier_tout()
        self.ecole, self._lus = ecole, lus
        self._resultats = self.de_l_annee(ecole.resultats)
        self._noms = pd.Series(noms_des_eleves(ecole), dtype="str")
        parcours, defauts = ecole.catalogue.parcours, ecole.catalogue.defauts
        with self.gel():
            self.imposes.allowed_tags = self.bannis.allowed_tags = parcours["parcours"].tolist()
            self.disciplines.allowed_tags = sorted(set(parcours["discipline"].dropna()) - {""})
            remplir(self.classe, sorted(self._resultats["classe"].unique(), key=rang_niveau))
        lignes = Markup().join(map(_DEFAUT.format, defauts.itertuples()))
        self.defauts.value = _DEFAUTS.format(lignes) if lignes else ""
        self._montrer()
        self._chercher()

    def _montrer(self) -> None:
        self.telecharger.value, classe = "", self.classe.value
        try:
            plan = self._planifier()
        except ErreurPixkit as erreur:
            self.preparer.disabled = True
            self.plan.value, self.vue.value = alerte(erreur), ""
            self.groupes.montrer(None, classe, self._noms)
            return
        self.preparer.disabled = False
        table = tableau(plan.choix).to_html() if len(plan.choix) else ""
        self.plan.value = phrase(plan.phrase) + Markup(table)  # le plan d'abord, l'image ensuite
        self.groupes.montrer(plan, classe, self._noms)
        self.illustrer()

    def _illustrer(self) -> None:
        self.vue.value = vue_plan(self.groupes.plan.couverture, classe=self.classe.value).html()

    def _planifier(self) -> Plan:
        return plan_de_classe(
            self._resultats,
            self.ecole.catalogue,
            classe=self.classe.value,
            minutes=self.minutes.value,
            but=self.but.value,
            maximum=self.maximum.value,
            gardes=self.imposes.value,
            bannis=self.bannis.value,
            disciplines=set(self.disciplines.value) or None,
            taille_max=self.groupes.taille.value,
            separer=self.groupes.demandees(SEPARER, self.classe.value),
            reunir=self.groupes.demandees(REUNIR, self.classe.value),
        )

    def _chercher(self) -> None:
        """Une compétence par son code, le reste dans tout le texte."""
        mots, catalogue = self.recherche.value.strip(), self.ecole.catalogue
        par_code = mots in competences()
        trouves = catalogue.chercher(competence=mots) if par_code else catalogue.chercher(mots)
        codes = [", ".join(acquis) or "inconnues" for acquis in trouves["acquis"]]
        html = tableau(trouves.assign(competences=codes)[_TROUVES]).to_html()
        rien = "Aucun parcours : essayez un autre mot, ou un code comme 1.3"
        combien = compter(len(trouves), "parcours", "parcours", aucun=rien)
        dit = f"<p>{combien}.</p>{html if len(trouves) else ''}"
        self.trouves.value = dit if mots else ""

    def _preparer(self) -> None:
        plan, du = self.groupes.plan, self.ecole.tables.fichiers["date_donnees"].dropna().max()
        self.donner(
            self.telecharger,
            lambda ou: [
                *ecrire_feuille_de_route(plan, ou, classe=self.classe.value, du=du),
                ecrire_fiches_eleves(plan, self._noms, ou, du=du),
            ],
            "{} (les fiches d'élèves portent des noms)",
        )
