"""Étage 4 — choisir : un but, du temps, une classe ; des parcours, leurs raisons, des groupes."""

from functools import partial

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.charte import compter
from pixkit.documents import ecrire_feuille_de_route, ecrire_fiches_eleves
from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.panneaux.commandes import LARGE, MOYEN, Panneau, donner, nommer, rangee, refus, remplir
from pixkit.panneaux.html import alerte, phrase
from pixkit.parcours import Plan, deplacer, plan_de_classe
from pixkit.referentiel import competences, rang_niveau
from pixkit.tableaux import tableau
from pixkit.vues import vue_plan

BUTS = {
    "relever les plus fragiles": "faibles",
    "rendre le plus d'élèves certifiables": "certifiables",
    "couvrir les angles morts": "angles-morts",
}
_ETIQUETTES = (
    "imposer un parcours : tapez son nom",
    "bannir un parcours : tapez son nom",
    "disciplines : toutes, si vous n'en tapez aucune",
)
_DEFAUT = Markup("<li>ligne {0.ligne} : {0.motif}</li>")
_DEFAUTS = Markup("<p>Catalogue de l'établissement, mis de côté :</p><ul>{}</ul>")
_RECHERCHE = "chercher dans le catalogue : un thème, une discipline, ou une compétence comme 1.3"
_TROUVES = ["parcours", "type", "niveaux", "competences", "minutes", "theme", "source"]
_RETOUCHER = "Retoucher les groupes (avec les noms)"
_SEULS = "<h3>Seuls dans un besoin : une suggestion, pas une heure de classe</h3>"
SEPARER, REUNIR = "séparer", "réunir"


class PanneauChoisir(Panneau):
    """Le plan et ses raisons, refait autour de ce qu'on impose, bannit, sépare ou réunit."""

    _plan: Plan | None = None
    _resultats: pd.DataFrame | None = None

    def __init__(self):
        self._paires: dict[tuple[str, str, str], str] = {}  # (classe, élève, élève) : ce qu'on veut
        self.plan, self.vue, self.groupes = self.textes(3)
        self.telecharger, self.defauts, self.trouves, self.refuse = self.textes(4)
        cherche = {"continuous_update": False, "layout": w.Layout(width=LARGE)}
        self.recherche = w.Text(placeholder=_RECHERCHE, **cherche)
        haut = [self._reglages(), self._etiquettes(), self.defauts, self.telecharger]
        retouche = self.pli(_RETOUCHER, self._un_eleve(), self._deux_eleves())
        vues = [self.plan, self.refuse, self.groupes, retouche, self.vue]
        super().__init__([*haut, *vues, self.recherche, self.trouves])
        self.brancher(self._chercher, self.recherche)

    def _reglages(self) -> w.Box:
        self.classe = nommer(w.Dropdown, "Classe")
        self.but = nommer(w.Dropdown, "But", MOYEN, options=BUTS)
        duree = {"min": 20, "max": 400, "step": 10, "value": 120, "continuous_update": False}
        self.minutes = nommer(w.IntSlider, "Minutes", **duree)
        self.maximum = nommer(w.BoundedIntText, "Au plus", min=1, max=16, value=3)
        self.preparer = self.bouton("Préparer les feuilles (PDF, Excel)", self._preparer)
        reglages = [self.classe, self.but, self.minutes, self.maximum]
        self.brancher(self._montrer, *reglages)
        return rangee(*reglages, self.preparer)

    def _etiquettes(self) -> w.Box:
        tiers = {"layout": w.Layout(width="min(26em, 96vw)"), "allow_duplicates": False}
        etiquettes = [w.TagsInput(placeholder=texte, **tiers) for texte in _ETIQUETTES]
        self.imposes, self.bannis, self.disciplines = etiquettes
        self.brancher(self._montrer, *etiquettes)
        return rangee(*etiquettes)

    def _un_eleve(self) -> w.Box:
        self.taille = nommer(w.BoundedIntText, "Par groupe", min=2, max=35, value=8)
        self.eleve = nommer(w.Select, "Élève", MOYEN, rows=8)
        self.vers = nommer(w.BoundedIntText, "vers le groupe", min=1, max=40, value=1)
        self.deplacer = self.bouton("Déplacer", self._deplacer)
        self.refaire = self.bouton("Refaire les groupes", self._montrer)
        self.brancher(self._montrer, self.taille)
        return rangee(self.taille, self.eleve, self.vers, self.deplacer, self.refaire)

    def _deux_eleves(self) -> w.Box:
        self.autre = nommer(w.Dropdown, "et", MOYEN)
        self.separer = self.bouton("Séparer", partial(self._vouloir, SEPARER))
        self.reunir = self.bouton("Réunir", partial(self._vouloir, REUNIR))
        self.paires = nommer(w.Select, "Paires", MOYEN, rows=3)
        self.oublier = self.bouton("Oublier cette paire", self._oublier)
        return rangee(self.autre, self.separer, self.reunir, self.paires, self.oublier)

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre le plan d'une classe de cet établissement."""
        if ecole.resultats is not self._resultats:
            self._paires.clear()  # d'autres résultats : un élève peut y avoir une autre identité
        self.ecole, self._resultats = ecole, ecole.resultats
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
        self.telecharger.value, self._plan = "", None
        self._permettre()
        self._montrer_paires()
        try:
            self._plan = plan = self._planifier()
        except ErreurPixkit as erreur:
            self.plan.value = alerte(erreur)
            self.vue.value = self.groupes.value = self.refuse.value = ""
            return
        self._permettre()
        table = tableau(plan.choix).to_html() if len(plan.choix) else ""
        self.plan.value = phrase(plan.phrase) + Markup(table)  # le plan d'abord, l'image ensuite
        self._montrer_groupes()
        self.vue.value = vue_plan(plan.couverture, classe=self.classe.value).html()

    def _permettre(self) -> None:
        self.preparer.disabled = self._plan is None
        for bouton in (self.deplacer, self.separer, self.reunir):
            bouton.disabled = self._plan is None or self._plan.groupes.empty

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
            taille_max=self.taille.value,
            separer=self._paires_a(SEPARER),
            reunir=self._paires_a(REUNIR),
        )

    def _paires_a(self, quoi: str) -> list[tuple[str, str]]:
        ici = (self.classe.value, quoi)
        return [(a, b) for (nom, a, b), voulu in self._paires.items() if (nom, voulu) == ici]

    def _montrer_groupes(self) -> None:
        groupes, noms, self.refuse.value = self._plan.groupes, self._noms(), ""
        table = tableau(self._par_groupe(groupes, noms)).to_html()
        haut = f"<h3>Groupes de besoin</h3>{self._impossibles(noms)}"
        bas = self._suggestions(noms)
        self.groupes.value = f"{haut}{table}{bas}" if len(groupes) else ""
        lignes = zip(groupes["groupe"], groupes["eleve"], strict=True)
        eleves = sorted((f"{noms.get(eleve, eleve)} — groupe {n}", eleve) for n, eleve in lignes)
        remplir(self.eleve, eleves)
        remplir(self.autre, eleves)

    @staticmethod
    def _par_groupe(groupes: pd.DataFrame, noms: pd.Series) -> pd.DataFrame:
        """Un groupe par ligne, ses élèves dans l'ordre alphabétique."""
        nommes = groupes.assign(eleves=groupes["eleve"].map(lambda cle: noms.get(cle, cle)))
        par_groupe = nommes.sort_values("eleves").groupby(["groupe", "competences", "parcours"])
        table = par_groupe["eleves"].agg(effectif="size", eleves=", ".join)
        return table.reset_index().rename(columns={"eleves": "Élèves"})

    def _impossibles(self, noms: pd.Series) -> str:
        dits = " ; ".join(self._plan.impossibles)
        for eleve in self._plan.groupes["eleve"]:
            dits = dits.replace(eleve, noms.get(eleve, eleve))
        return alerte(f"Impossible : {dits}.") if dits else ""

    def _suggestions(self, noms: pd.Series) -> str:
        dites = self._plan.suggestions
        table = dites.assign(eleve=[noms.get(eleve, eleve) for eleve in dites["eleve"]])
        table = table.rename(columns={"eleve": "Élève"})
        return f"{_SEULS}{tableau(table).to_html()}" if len(table) else ""

    def _montrer_paires(self) -> None:
        noms, dites = self._noms(), []
        for (classe, a, b), voulu in self._paires.items():
            if classe == self.classe.value:
                dites.append((f"{voulu} {noms.get(a, a)} et {noms.get(b, b)}", (classe, a, b)))
        remplir(self.paires, dites)
        self.oublier.disabled = not dites

    def _deplacer(self) -> None:
        """Un élève change de groupe ; le reste du plan ne bouge pas. « Refaire » défait."""
        with refus(self.refuse):
            self._plan = deplacer(self._plan, self.eleve.value, self.vers.value)
            self._montrer_groupes()

    def _vouloir(self, quoi: str) -> None:
        """Deux élèves à séparer ou à réunir : le dernier choix remplace l'autre."""
        a, b = sorted((self.eleve.value, self.autre.value))
        if a == b:
            self.refuse.value = alerte(f"Pour {quoi}, choisissez deux élèves différents.")
            return
        self._paires[self.classe.value, a, b] = quoi
        self._montrer()

    def _oublier(self) -> None:
        self._paires.pop(self.paires.value, None)
        self._montrer()
        self.paires.value = None  # un double clic n'en oublie pas une autre

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
        plan, du = self._plan, self.ecole.tables.fichiers["date_donnees"].dropna().max()
        donner(
            self.telecharger,
            lambda ou: [
                *ecrire_feuille_de_route(plan, ou, classe=self.classe.value, du=du),
                ecrire_fiches_eleves(plan.groupes, self._noms(), ou, du=du),
            ],
            "{} (les fiches d'élèves portent des noms)",
        )

    def _noms(self) -> pd.Series:
        """{eleve: « NOM Prénom »} : ceux de la liste, à défaut ceux de l'export."""
        tables = self.ecole.tables
        saisis, connus = (_noms(table) for table in (tables.participations, tables.eleves))
        return connus.combine_first(saisis)


def _noms(table: pd.DataFrame) -> pd.Series:
    seuls = table.drop_duplicates("eleve").set_index("eleve")
    return (seuls["nom"].fillna("") + " " + seuls["prenom"].fillna("")).str.strip()
