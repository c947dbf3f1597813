"""Étage 4 — les groupes de besoin : une liste par groupe, à la souris ou au clavier ; des élèves
choisis s'y déplacent (d'un bouton, ou glissés), s'y séparent, s'y réunissent. Ces noms restent à
l'enseignant."""

import json
from collections.abc import Callable
from functools import partial
from itertools import combinations

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.charte import accord
from pixkit.panneaux.commandes import MOYEN, Panneau, nommer, rangee, rechoisir, refus, remplir
from pixkit.panneaux.html import alerte, annonce
from pixkit.parcours import Plan, deplacer
from pixkit.parcours.groupes import SANS_BESOIN
from pixkit.referentiel import competences
from pixkit.tableaux import tableau

SEPARER, REUNIR = "séparer", "réunir"
_AIDE = (
    "<p class='pixkit-phrase'>Un élève se glisse d'un groupe à l'autre. Ctrl + clic, ou Ctrl + "
    "espace, choisit plusieurs élèves, d'un groupe ou de plusieurs ; un bouton les déplace, les "
    "sépare ou les réunit. « Refaire les groupes » défait les déplacements.</p>"
)
_CHANGES = "Les groupes viennent de changer : refaites ce geste."
_TITRE = Markup("<h3>Groupe {} <small>({})</small></h3><p>{}<br><b>{}</b></p>")
_SEULS = "<h2>Seuls dans un besoin : une suggestion, pas une heure de classe</h2>"


class PanneauGroupes(Panneau):
    """Les groupes d'un `plan`, que l'on retouche ; `refaire` le plan quand une paire change."""

    plan: Plan | None = None
    _classe = ""

    def __init__(self, refaire: Callable[[], None]):
        self._refaire, self._noms = refaire, pd.Series(dtype="str")
        self._paires: dict[tuple[str, str, str], str] = {}  # (classe, élève, élève) : ce qu'on veut
        self._cases: list[w.VBox] = []
        self._numeros: list[int] = []  # celui de chaque case
        # Ce que l'on vient de glisser (glisser.js).
        self.glisse = w.Text(continuous_update=False, layout=w.Layout(display="none"))
        self.glisse.add_class("pixkit-glisse")
        self.brancher(self._suivre, self.glisse)
        self.table, self.dit, self.impossible, self.seuls = self.textes(4)
        self.listes = w.Box()
        self.listes.add_class("pixkit-groupes")
        gestes = [self._deplacement(), self._deux_eleves()]
        haut = [w.HTML("<h2>Groupes de besoin</h2>"), self.impossible, self.listes, w.HTML(_AIDE)]
        super().__init__([*haut, *gestes, self.dit, self.table, self.seuls, self.glisse])

    def _deplacement(self) -> w.Box:
        self.taille = nommer(w.BoundedIntText, "Par groupe", "12em", min=2, max=35, value=8)
        self.vers = nommer(w.BoundedIntText, "vers le groupe", "12em", min=1, max=40, value=1)
        self.deplacer = self.bouton("Déplacer", self._deplacer)
        self.refaire = self.bouton("Refaire les groupes", self._refaire)
        self.brancher(self._refaire, self.taille)
        return rangee(self.taille, self.vers, self.deplacer, self.refaire)

    def _deux_eleves(self) -> w.Box:
        self.separer = self.bouton("Séparer", partial(self._vouloir, SEPARER))
        self.reunir = self.bouton("Réunir", partial(self._vouloir, REUNIR))
        self.paires = nommer(w.Dropdown, "Paires", MOYEN)
        self.oublier = self.bouton("Oublier cette paire", self._oublier)
        return rangee(self.separer, self.reunir, self.paires, self.oublier)

    def demandees(self, quoi: str, classe: str) -> list[tuple[str, str]]:
        """Les paires d'élèves de cette classe à séparer, ou à réunir."""
        ici = (classe, quoi)
        return [(a, b) for (nom, a, b), voulu in self._paires.items() if (nom, voulu) == ici]

    def oublier_tout(self) -> None:
        """D'autres résultats : un élève peut y avoir une autre identité."""
        self._paires.clear()

    def montrer(self, plan: Plan | None, classe: str, noms: pd.Series) -> None:
        """Les groupes de ce plan ; les élèves choisis le restent."""
        self.plan, self._classe, self._noms = plan, classe, noms
        self.dit.value = ""
        self._montrer_paires()
        self._montrer_groupes()

    def _montrer_groupes(self) -> None:
        groupes = self.plan.groupes if self.plan else pd.DataFrame()
        self.layout.display = None if len(groupes) else "none"
        choisis = set(self.choisis)
        siens = list(groupes.groupby("groupe")) if len(groupes) else []
        while len(self._cases) < len(siens):
            self._cases.append(w.VBox([w.HTML(), w.SelectMultiple()]))
        for case, (numero, un) in zip(self._cases, siens, strict=False):
            self._remplir(case, numero, un, choisis)
        self.listes.children = self._cases[: len(siens)]
        self._numeros = [numero for numero, _ in siens]
        if self.plan:
            self.vers.max = max(self._numeros, default=1)
            self.table.value = self._a_copier(groupes) if len(groupes) else ""
            self.impossible.value, self.seuls.value = self._impossibles(), self._suggestions()

    def _remplir(self, case: w.VBox, numero: int, siens: pd.DataFrame, choisis: set[str]) -> None:
        titre, liste = case.children
        premier, combien = siens.iloc[0], accord(len(siens), "élève")
        titre.value = _TITRE.format(numero, combien, *_besoin(premier))
        liste.description = f"Groupe {numero} : {combien}"
        liste.rows = max(
            len(siens), 2
        )  # sur une seule ligne, ce serait une liste fermée, en anglais
        noms = sorted((self._noms.get(eleve, eleve), eleve) for eleve in siens["eleve"])
        rechoisir(liste, noms, [eleve for eleve in siens["eleve"] if eleve in choisis])

    @property
    def choisis(self) -> list[str]:
        """Les élèves choisis, dans toutes les listes."""
        return [eleve for case in self.listes.children for eleve in case.children[1].value]

    def _a_copier(self, groupes: pd.DataFrame) -> str:
        """Un groupe par ligne, ses élèves dans l'ordre alphabétique : à coller dans un tableur."""
        nommes = groupes.assign(eleves=[self._noms.get(cle, cle) for cle in groupes["eleve"]])
        par_groupe = nommes.sort_values("eleves").groupby(["groupe", "competences", "parcours"])
        table = par_groupe["eleves"].agg(effectif="size", eleves=", ".join).reset_index()
        html = tableau(table.rename(columns={"eleves": "Élèves"})).to_html()
        return f"<details><summary>Les groupes en un tableau</summary>{html}</details>"

    def _impossibles(self) -> str:
        dits = " ; ".join(self.plan.impossibles)
        for eleve in self.plan.groupes["eleve"]:
            dits = dits.replace(eleve, self._noms.get(eleve, eleve))
        return alerte(f"Impossible : {dits}.") if dits else ""

    def _suggestions(self) -> str:
        dites = self.plan.suggestions
        table = dites.assign(eleve=[self._noms.get(eleve, eleve) for eleve in dites["eleve"]])
        table = table.rename(columns={"eleve": "Élève"})
        return f"{_SEULS}{tableau(table).to_html()}" if len(table) else ""

    def _montrer_paires(self) -> None:
        noms, dites = self._noms, []
        for (classe, a, b), voulu in self._paires.items():
            if classe == self._classe:
                dites.append((f"{voulu} {noms.get(a, a)} et {noms.get(b, b)}", (classe, a, b)))
        remplir(self.paires, dites)
        for commande in (self.paires, self.oublier):
            commande.layout.display = None if dites else "none"

    def _deplacer(self) -> None:
        """Les élèves choisis changent de groupe ; le reste du plan ne bouge pas. « Refaire »
        défait."""
        self._porter(self._exiger(1, "les déplacer"), self.vers.value)

    def _porter(self, deplaces: list[str], vers: int) -> None:
        with refus(self.dit):
            for eleve in deplaces:
                self.plan = deplacer(self.plan, eleve, vers)
        if deplaces:
            self._montrer_groupes()
            self._annoncer(f"vers le groupe {vers}", deplaces)

    def _suivre(self) -> None:
        """Des élèves glissés : la page dit leur place et leur nom, qui doivent encore aller
        ensemble (un geste plus rapide que la page)."""
        if not self.glisse.value:
            return
        geste, self.glisse.value = json.loads(self.glisse.value), ""
        cases, vers = enumerate(self.listes.children), dict(enumerate(self._numeros))
        offerts = {(case, rang): option for case, liste in cases
                   for rang, option in enumerate(liste.children[1].options)}  # fmt: skip
        portes = [offerts.get((case, rang), ("", "")) for case, rang, _ in geste["eleves"]]
        memes = [nom for nom, _ in portes] == [nom for *_, nom in geste["eleves"]]
        if not memes or geste["vers"] not in vers:
            self.dit.value = alerte(_CHANGES)
            return
        self._porter([eleve for _, eleve in portes], vers[geste["vers"]])

    def _vouloir(self, quoi: str) -> None:
        """Des élèves à séparer ou à réunir : le dernier choix remplace l'autre."""
        choisis = self._exiger(2, f"les {quoi}")
        for a, b in combinations(sorted(choisis), 2):
            self._paires[self._classe, a, b] = quoi
        if choisis:
            self._refaire()
            self._annoncer(quoi, choisis)

    def _exiger(self, combien: int, pour: str) -> list[str]:
        choisis = self.choisis
        if len(choisis) < combien:
            manque = accord(combien, "élève")
            self.dit.value = alerte(f"Choisissez au moins {manque} dans les listes pour {pour}.")
            return []
        return choisis

    def _annoncer(self, quoi: str, eleves: list[str]) -> None:
        noms = ", ".join(sorted(self._noms.get(eleve, eleve) for eleve in eleves))
        self.dit.value = annonce(f"{quoi.capitalize()} : {noms}.")

    def _oublier(self) -> None:
        self._paires.pop(self.paires.value, None)
        self._refaire()


def _besoin(premier: pd.Series) -> tuple[str, str]:
    """Ce qu'un groupe travaille, compétences nommées, et par quel parcours."""
    if premier["competences"] == SANS_BESOIN:
        return "Rien ne leur manque dans ce qu'ils ont passé.", ""
    noms = [f"{code} {competences()[code]}" for code in premier["competences"].split(", ")]
    return " ; ".join(noms), premier["parcours"]
