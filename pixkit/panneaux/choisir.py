"""Étage 4 — choisir : un but, du temps, une classe ; des parcours et leurs raisons ; imposer, bannir ; des groupes."""

from html import escape
from tempfile import TemporaryDirectory

import ipywidgets as w
import pandas as pd

from pixkit.charte import accord
from pixkit.documents import ecrire_feuille_de_route, ecrire_fiches_eleves
from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.panneaux.html import alerte, lien
from pixkit.parcours import Plan, deplacer, plan_de_classe
from pixkit.referentiel import competences, rang_niveau
from pixkit.tableaux import tableau
from pixkit.vues import vue_plan

BUTS = {
    "relever les plus fragiles": "faibles",
    "rendre le plus d'élèves certifiables": "certifiables",
    "couvrir les angles morts": "angles-morts",
}
_TITRE = {"description_width": "8em"}


class PanneauChoisir(w.VBox):
    """Les commandes, le plan et ses raisons. Le plan se refait autour de ce qu'on impose ou bannit."""

    def __init__(self):
        self.ecole: Ecole | None = None
        self._gele = False
        self._plan: Plan | None = None
        self.classe = w.Dropdown(
            options=[], description="Classe", layout=w.Layout(width="min(22em, 96vw)"), style=_TITRE
        )
        self.but = w.Dropdown(
            options=BUTS, description="But", layout=w.Layout(width="min(30em, 96vw)"), style=_TITRE
        )
        self.minutes = w.IntSlider(
            120,
            min=20,
            max=400,
            step=10,
            description="Minutes",
            style=_TITRE,
            continuous_update=False,
        )
        self.maximum = w.BoundedIntText(
            3, min=1, max=16, description="Au plus", style=_TITRE, layout=w.Layout(width="14em")
        )
        self.imposes, self.bannis, self.disciplines = (
            w.TagsInput(
                allow_duplicates=False, layout=w.Layout(width="min(60em, 96vw)"), placeholder=texte
            )
            for texte in (
                "imposer un parcours : tapez son nom",
                "bannir un parcours : tapez son nom",
                "disciplines qui accueillent : toutes, si vous n'en tapez aucune",
            )
        )
        self.plan, self.vue, self.groupes, self.telecharger, self.defauts = (
            w.HTML() for _ in range(5)
        )
        self.preparer = w.Button(description="Préparer les feuilles (PDF, Excel)")
        self.taille = w.BoundedIntText(
            8, min=2, max=35, description="Par groupe", style=_TITRE, layout=w.Layout(width="14em")
        )
        self.eleve = w.Select(
            options=[],
            rows=8,
            description="Élève",
            style=_TITRE,
            layout=w.Layout(width="min(34em, 96vw)"),
        )
        self.vers = w.BoundedIntText(
            1,
            min=1,
            max=40,
            description="vers le groupe",
            style=_TITRE,
            layout=w.Layout(width="14em"),
        )
        self.deplacer, self.refaire = (
            w.Button(description="Déplacer"),
            w.Button(description="Refaire les groupes"),
        )
        retouche = w.Box(
            [self.taille, self.eleve, self.vers, self.deplacer, self.refaire],
            layout=w.Layout(flex_flow="row wrap"),
        )
        self.recherche = w.Text(placeholder="chercher dans le catalogue : un thème, une discipline, ou une compétence comme 1.3",
                                continuous_update=False, layout=w.Layout(width="min(46em, 96vw)"))  # fmt: skip
        self.trouves = w.HTML()
        self.retouche = w.Accordion(
            [retouche], titles=["Retoucher les groupes (avec les noms)"], selected_index=None
        )
        ligne = w.Box(
            [self.classe, self.but, self.minutes, self.maximum, self.preparer],
            layout=w.Layout(flex_flow="row wrap"),
        )
        super().__init__(
            [ligne, self.imposes, self.bannis, self.disciplines, self.defauts, self.telecharger, self.plan, self.groupes,
             self.retouche, self.vue, self.recherche, self.trouves]
        )  # fmt: skip
        for widget in (
            self.classe,
            self.but,
            self.minutes,
            self.maximum,
            self.imposes,
            self.bannis,
            self.disciplines,
            self.taille,
        ):
            widget.observe(lambda _: self._montrer(), "value")
        self.preparer.on_click(lambda _: self._preparer())
        self.recherche.observe(lambda _: self._chercher(), "value")
        self.deplacer.on_click(lambda _: self._deplacer())
        self.refaire.on_click(lambda _: self._montrer())

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre le plan d'une classe de cet établissement."""
        self.ecole = ecole
        self._resultats, self._catalogue = ecole.resultats, ecole.catalogue
        noms = self._catalogue.parcours["parcours"].tolist()
        self._gele = True
        self.imposes.allowed_tags = self.bannis.allowed_tags = noms
        self.disciplines.allowed_tags = sorted(
            set(self._catalogue.parcours["discipline"].dropna()) - {""}
        )
        classes = sorted(self._resultats["classe"].unique(), key=rang_niveau)
        ancienne = self.classe.value
        self.classe.options = classes
        self.classe.value = ancienne if ancienne in classes else next(iter(classes), None)
        self._gele = False
        mis_de_cote = self._catalogue.defauts.itertuples()
        phrases = "".join(
            f"<li>ligne {defaut.ligne} : {escape(defaut.motif)}</li>" for defaut in mis_de_cote
        )
        self.defauts.value = (
            f"<p>Catalogue de l'établissement, mis de côté :</p><ul>{phrases}</ul>"
            if phrases
            else ""
        )
        self._montrer()

    def _montrer(self) -> None:
        if self._gele:
            return
        self.telecharger.value, self._plan = "", None
        self.preparer.disabled = self.deplacer.disabled = True
        try:
            self._plan = plan_de_classe(
                self._resultats, self._catalogue, classe=self.classe.value, but=self.but.value, minutes=self.minutes.value,
                maximum=self.maximum.value, gardes=self.imposes.value, bannis=self.bannis.value, taille_max=self.taille.value,
                disciplines=set(self.disciplines.value) or None,
            )  # fmt: skip
        except ErreurPixkit as erreur:
            self.plan.value = alerte(erreur)
            self.vue.value = self.groupes.value = ""
            return
        plan, self.preparer.disabled = self._plan, False
        table = tableau(plan.choix).to_html() if len(plan.choix) else ""
        self.plan.value = f"<p class='pixkit-phrase'>{escape(plan.phrase)}</p>{table}"  # le plan d'abord, l'image ensuite
        self._montrer_groupes()
        self.vue.value = vue_plan(plan.couverture, classe=self.classe.value).html()

    def _montrer_groupes(self) -> None:
        groupes, noms, ancien = self._plan.groupes, self._noms(), self.eleve.index
        tailles = (
            groupes.groupby(["groupe", "competences", "parcours"])
            .size()
            .rename("effectif")
            .reset_index()
        )
        self.groupes.value = (
            f"<h3>Groupes de besoin</h3>{tableau(tailles).to_html()}" if len(tailles) else ""
        )
        self.eleve.options = [
            (f"groupe {g} — {noms.get(e, e)}", e)
            for g, e in zip(groupes["groupe"], groupes["eleve"], strict=True)
        ]
        self.eleve.index = min(ancien or 0, len(groupes) - 1) if len(groupes) else None
        self.deplacer.disabled = groupes.empty

    def _deplacer(self) -> None:
        """Un élève change de groupe ; le reste du plan ne bouge pas. « Refaire » défait."""
        try:
            self._plan = deplacer(self._plan, self.eleve.value, self.vers.value)
        except ErreurPixkit as erreur:
            self.groupes.value = alerte(erreur)
            return
        self._montrer_groupes()

    def _chercher(self) -> None:
        """Les trois entrées de Pix Orga dans une seule case : une compétence par son code, le reste dans tout le texte."""
        mots = self.recherche.value.strip()
        catalogue = self._catalogue
        trouves = (
            catalogue.chercher(competence=mots)
            if mots in competences()
            else catalogue.chercher(mots)
        )
        table = trouves.assign(
            competences=[", ".join(acquis) or "inconnues" for acquis in trouves["acquis"]]
        )
        html = tableau(
            table[["parcours", "type", "niveaux", "competences", "minutes", "theme", "source"]]
        ).to_html()
        self.trouves.value = (
            f"<p>{accord(len(table), 'parcours', 'parcours')}.</p>{html}" if mots else ""
        )

    def _preparer(self) -> None:
        du = self.ecole.tables.fichiers["date_donnees"].dropna().max()
        with TemporaryDirectory() as provisoire:
            ecrits = ecrire_feuille_de_route(
                self._plan, provisoire, classe=self.classe.value, du=du
            )
            ecrits.append(ecrire_fiches_eleves(self._plan.groupes, self._noms(), provisoire, du=du))
            liens = [lien(chemin.name, chemin.read_bytes()) for chemin in ecrits]
        self.telecharger.value = (
            f"<p role='status'>{' · '.join(liens)} (les fiches d'élèves portent des noms)</p>"
        )

    def _noms(self) -> pd.Series:
        """{eleve: « Prénom Nom »} : ceux de la liste, à défaut ceux de l'export."""
        tables = self.ecole.tables
        saisis, connus = (_noms(table) for table in (tables.participations, tables.eleves))
        return connus.combine_first(saisis)


def _noms(table: pd.DataFrame) -> pd.Series:
    seuls = table.drop_duplicates("eleve").set_index("eleve")
    return seuls["prenom"].fillna("") + " " + seuls["nom"].fillna("")
