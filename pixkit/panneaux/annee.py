"""Étage 4 — l'année : la rentrée à cocher, le calendrier, qui prend quelle compétence."""

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from pixkit.charte import compter
from pixkit.documents import ecrire_calendrier, ecrire_coupons, ecrire_page_familles
from pixkit.ecole import Ecole
from pixkit.ecriture_sure import Sortie
from pixkit.entete import nommer_l_etablissement
from pixkit.erreurs import TexteSuspect
from pixkit.memoire import lire_memoire, modifier_memoire, repondre_pas_un_eleve
from pixkit.panneaux.commandes import (
    LARGE,
    MOYEN,
    Panneau,
    montrer_si,
    nommer,
    rangee,
    refus,
    remplir,
)
from pixkit.panneaux.html import annonce
from pixkit.parcours import annee
from pixkit.publication.controle import personnes
from pixkit.publication.saisies import Saisie, decision, refuser_a_la_frappe
from pixkit.referentiel import NIVEAUX_SCOLAIRES, competences
from pixkit.tableaux import tableau
from pixkit.vie import Cloture, clore, preparer_cloture
from pixkit.vues.selection import (
    TOUT,
    Selection,
    campagnes,
    classes_attendues,
    niveaux_de_l_ecole,
    niveaux_scolaires,
)

_PARTOUT = (
    "Français", "Mathématiques", "Histoire-géographie", "Langues vivantes", "SVT",
    "Physique-chimie", "Documentation (EMI)", "EPS",
)  # fmt: skip
_COLLEGE = ("Technologie", "Arts plastiques", "Éducation musicale")
_LYCEE = ("SNT", "Économie-gestion", "Enseignement professionnel")
_DU_COLLEGE = {"6e", "5e", "4e", "3e"}
_AVOIR = (("compétence", "a"), ("compétences", "ont"))
_TOUTES = "toutes ses classes"
_SANS_CAMPAGNE = ("aucune campagne : pas de coupon", "")
_SANS_LISTE = 30
"""Coupons d'une classe dont la liste ne dit pas combien d'élèves elle a."""
_SANS_ANNEE = "<p class='pixkit-phrase'>Les exports n'ont aucune date : l'année est inconnue.</p>"
_QUI = "<h2>Qui prend quelle compétence ? À discuter en conseil pédagogique</h2>"
_DECISIONS = "une décision par ligne, sans nom d'élève : ces phrases seront publiées"
_CLORE = "Clore une année : ce qui s'efface, ce qui se garde"
_CONSEIL = "<h2>Décisions du conseil pédagogique</h2>"


class PanneauAnnee(Panneau):
    """Le calendrier d'un niveau, les feuilles de la rentrée, qui prend quelle compétence."""

    _preparee: Cloture | None = None
    _suspects: tuple[str, ...] = ()
    _refuse: Callable[[], None] | None = None
    """Ce qui vient d'être refusé, à refaire si une personne répond de ses textes."""

    def __init__(self):
        self.annee = nommer(w.Dropdown, "Année")
        self.niveau, self.classe = nommer(w.Dropdown, "Niveau"), nommer(w.Dropdown, "Coupons de")
        self.campagne = nommer(w.Dropdown, "Campagne", MOYEN)
        self.preparer = self.bouton("Préparer calendrier, coupons, familles", self._preparer)
        self.calendrier, self.telecharger, self.message = self.textes(3)
        reglages = rangee(self.annee, self.campagne, self.niveau, self.classe, self.preparer)
        haut = [reglages, self.telecharger, self.calendrier]
        self.repondre = self.bouton("Ce n'est pas un élève", self._repondre)
        bas = [self.message, self.repondre, self._cloture()]
        super().__init__([*haut, *self._repartition(), *self._conseil(), *bas])
        self.brancher(self._changer_annee, self.annee)
        self.brancher(self._suivre_la_campagne, self.campagne)
        self.brancher(self._suivre_le_niveau, self.niveau)

    def _repartition(self) -> list[w.Widget]:
        indice = {"placeholder": "discipline, à discuter"}
        self.disciplines = {
            code: nommer(
                w.Combobox, f"{code} {nom}", "min(52em, 96vw)", titre="min(36em, 50vw)", **indice
            )
            for code, nom in competences().items()
        }
        self.retenir = self.bouton("Retenir cette répartition", self._retenir)
        return [w.HTML(_QUI), *self.disciplines.values(), self.retenir]

    def _conseil(self) -> list[w.Widget]:
        large = w.Layout(width=LARGE)
        self.decisions = w.Textarea(placeholder=_DECISIONS, rows=4, layout=large)
        self.decider = self.bouton("Retenir ces décisions", self._decider)
        return [w.HTML(_CONSEIL), self.decisions, self.decider]

    def _cloture(self) -> w.Widget:
        self.clore = self.bouton("Voir ce que clore cette année ferait", self._voir_la_cloture)
        self.oui = self.bouton("Oui, la clore", self._clore, button_style="danger")
        self.cloture = w.HTML()
        return self.pli(_CLORE, self.cloture, rangee(self.clore, self.oui))

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre la dernière année de cet établissement et la répartition déjà retenue."""
        self.ecole = ecole
        participations = ecole.tables.participations
        annees = sorted(participations["annee_scolaire"].dropna().unique(), reverse=True)
        niveaux = niveaux_de_l_ecole(ecole)
        with self.gel():
            remplir(self.annee, annees)
            remplir(self.niveau, niveaux or NIVEAUX_SCOLAIRES)
        connues = {ligne["competence"]: ligne["discipline"] for ligne in self._lire("repartition")}
        for code, choix in self.disciplines.items():
            choix.options, choix.value = _disciplines(set(niveaux)), connues.get(code, "")
        self.preparer.disabled = not annees
        self.retenir.disabled = ecole.dossier is None
        self.decider.disabled = self.clore.disabled = ecole.dossier is None or not annees
        self._changer_annee()

    def _changer_annee(self) -> None:
        connues = campagnes(self.ecole, annee_scolaire=self.annee.value)
        with self.gel():
            remplir(self.campagne, [*connues.items(), _SANS_CAMPAGNE])
            if self.campagne.value not in connues.values():
                self.campagne.value = ""
        self._suivre_le_niveau()

    def _suivre_la_campagne(self) -> None:
        """Une campagne apporte son niveau : son code n'ira pas à une autre classe."""
        siens = self._niveaux(self.campagne.value)
        if siens and self.niveau.value not in siens:
            with self.gel():
                self.niveau.value = siens[0]
        self._montrer()

    def _suivre_le_niveau(self) -> None:
        """Un niveau apporte sa campagne, la plus récente ; aucune s'il n'en a pas eu."""
        niveau, codes = self.niveau.value, [code for _, code in self.campagne.options]
        if niveau not in self._niveaux(self.campagne.value):
            siennes = (code for code in codes if code and niveau in self._niveaux(code))
            with self.gel():
                self.campagne.value = next(siennes, "")
        self._montrer()

    def _niveaux(self, campagne: str | None) -> list[str]:
        return niveaux_scolaires(self.ecole, Selection(campagne)) if campagne else []

    def _classes(self) -> dict[str, int | None]:
        campagne = self.campagne.value
        niveau = self.niveau.value if self._niveaux(campagne) else TOUT
        return classes_attendues(self.ecole, Selection(campagne, niveau)) if campagne else {}

    def _montrer(self) -> None:
        an, self.telecharger.value = self.annee.value, ""
        with self.gel():
            remplir(self.classe, [_TOUTES, *self._classes()])
        montrer_si(bool(self.campagne.value), self.classe)
        etapes = tableau(annee(an, self.niveau.value)).to_html() if an else _SANS_ANNEE
        self.calendrier.value = etapes
        gardees = self._lire("conseil")
        dites = [ligne["decision"] for ligne in gardees if ligne["annee_scolaire"] == an]
        self.decisions.value = "\n".join(dites)
        self.cloture.value = ""
        montrer_si(False, self.oui)
        montrer_si(False, self.repondre)

    def _lire(self, memoire: str) -> list[dict[str, str]]:
        return lire_memoire(self.ecole.dossier, memoire) if self.ecole.dossier else []

    def _preparer(self) -> None:
        niveau, an = self.niveau.value, self.annee.value
        chez = nommer_l_etablissement(self.ecole.tables)
        self.donner(
            self.telecharger,
            lambda ou: [
                ecrire_calendrier(annee(an, niveau), ou, titre=f"{niveau} — {an}"),
                *self._coupons(ou),
                ecrire_page_familles(ou, etablissement=chez, annee_scolaire=an),
            ],
            campagne=self.campagne.label if self.campagne.value else "",
        )

    def _coupons(self, ou: Sortie) -> list[Path]:
        """Les coupons des classes choisies, qui sont de la campagne et de son niveau."""
        code, siennes = self.campagne.value, self._classes()
        if self.classe.value != _TOUTES:
            siennes = {self.classe.value: siennes[self.classe.value]}
        nombres = {classe: nombre or _SANS_LISTE for classe, nombre in siennes.items()}
        noms = self.ecole.participations.query("campagne == @code")["nom_campagne"]
        return [ecrire_coupons(code, noms.iloc[0], ou, classes=nombres)] if nombres else []

    def _retenir(self) -> None:
        lignes = [
            {"competence": code, "discipline": choix.value}
            for code, choix in self.disciplines.items()
            if choix.value
        ]
        dites = [Saisie(f"discipline en {une['competence']}", une["discipline"]) for une in lignes]
        rien = "aucune compétence n'a de discipline."
        une, des = (f"{quoi} sur 16 {a} une discipline." for quoi, a in _AVOIR)
        dit = compter(len(lignes), une, des, aucun=rien)
        self._garder("repartition", lambda _: lignes, dit, dites, self._retenir)

    def _decider(self) -> None:
        """Les décisions de l'année choisie remplacent les siennes ; les autres années restent."""
        an = self.annee.value
        dites = [texte.strip() for texte in self.decisions.value.splitlines() if texte.strip()]
        lignes = [{"annee_scolaire": an, "decision": texte} for texte in dites]
        placees = [Saisie(decision(str(n), an), texte) for n, texte in enumerate(dites, start=1)]
        self._garder(
            "conseil",
            lambda lues: [une for une in lues if une["annee_scolaire"] != an] + lignes,
            f"{compter(len(dites), 'décision', aucun='aucune décision')} pour {an}.",
            placees,
            self._decider,
        )

    def _voir_la_cloture(self) -> None:
        with refus(self.cloture):
            self._preparee = preparer_cloture(self.ecole, self.annee.value)
            cadre = Markup("<pre role='status' style='white-space:pre-wrap'>{}</pre>")
            self.cloture.value = cadre.format(self._preparee.en_mots())
            montrer_si(True, self.oui)

    def _clore(self) -> None:
        montrer_si(False, self.oui)
        with refus(self.cloture):
            clore(self.ecole, self._preparee)
            self.cloture.value = annonce(f"{self._preparee.annee_scolaire} est close.")

    def _garder(
        self,
        memoire: str,
        changer: Callable[[list], list],
        dit: str,
        dites: list[Saisie],
        encore: Callable[[], None],
    ) -> None:
        """Garde, sauf si un texte nomme quelqu'un : le dire avant qu'il ne soit nulle part."""
        montrer_si(False, self.repondre)
        with refus(self.message):
            try:
                refuser_a_la_frappe(dites, personnes(self.ecole.tables), self.ecole.dossier)
            except TexteSuspect as erreur:
                self._suspects, self._refuse = erreur.textes, encore
                montrer_si(bool(erreur.textes), self.repondre)
                raise
            modifier_memoire(self.ecole.dossier, memoire, changer)
            self.message.value = annonce(f"Gardé : {dit}")

    def _repondre(self) -> None:
        """La personne répond des textes qu'elle vient de lire ; ce qu'elle voulait se refait."""
        with refus(self.message):
            repondre_pas_un_eleve(self.ecole.dossier, self._suspects)
            self._refuse()


def _disciplines(niveaux: set[str]) -> list[str]:
    """Celles qui s'enseignent ici, à proposer ; on peut en taper une autre."""
    lycee = _LYCEE if niveaux - _DU_COLLEGE or not niveaux else ()
    college = _COLLEGE if niveaux & _DU_COLLEGE or not niveaux else ()
    return [*_PARTOUT, *college, *lycee]
