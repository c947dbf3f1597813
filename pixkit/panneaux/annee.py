"""Étage 4 — l'année : la rentrée à cocher, le calendrier, qui prend quelle compétence."""

from collections.abc import Callable

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.charte import accord
from pixkit.documents import ecrire_calendrier, ecrire_coupons, ecrire_page_familles
from pixkit.ecole import Ecole
from pixkit.memoire import lire_memoire, modifier_memoire
from pixkit.panneaux.commandes import (
    LARGE,
    MOYEN,
    Panneau,
    donner,
    montrer_si,
    nommer,
    rangee,
    refus,
)
from pixkit.panneaux.html import alerte, annonce
from pixkit.parcours import annee
from pixkit.publication.controle import personnes
from pixkit.publication.saisies import Saisie, avertir, decision
from pixkit.referentiel import NIVEAUX_SCOLAIRES, competences
from pixkit.tableaux import tableau
from pixkit.vie import Cloture, clore, preparer_cloture

DISCIPLINES = (
    "Français", "Mathématiques", "Histoire-géographie", "Langues vivantes", "SVT",
    "Physique-chimie", "Technologie", "Documentation (EMI)", "Arts plastiques",
    "Éducation musicale", "EPS", "SNT", "Économie-gestion", "Enseignement professionnel",
)  # fmt: skip
_SANS_ANNEE = "<p class='pixkit-phrase'>Les exports n'ont aucune date : l'année est inconnue.</p>"
_QUI = "<h3>Qui prend quelle compétence ? À discuter en conseil pédagogique</h3>"
_DECISIONS = "une décision par ligne, sans nom d'élève : ces phrases seront publiées"
_CLORE = "Clore une année : ce qui s'efface, ce qui se garde"
_CONSEIL = "<h3>Décisions du conseil pédagogique</h3>"


class PanneauAnnee(Panneau):
    """Le calendrier d'un niveau, les feuilles de la rentrée, qui prend quelle compétence."""

    _preparee: Cloture | None = None

    def __init__(self):
        self.annee = nommer(w.Dropdown, "Année")
        self.niveau = nommer(w.Dropdown, "Niveau", options=NIVEAUX_SCOLAIRES, value="3e")
        self.campagne = nommer(w.Dropdown, "Campagne", MOYEN)
        self.preparer = self.bouton("Préparer calendrier, coupons, familles", self._preparer)
        self.calendrier, self.telecharger, self.message = self.textes(3)
        reglages = rangee(self.annee, self.niveau, self.campagne, self.preparer)
        haut = [reglages, self.telecharger, self.calendrier]
        bas = [self._cloture(), self.message]
        super().__init__([*haut, *self._repartition(), *self._conseil(), *bas])
        self.brancher(self._montrer, self.annee, self.niveau)

    def _repartition(self) -> list[w.Widget]:
        indice = {"options": DISCIPLINES, "placeholder": "discipline, à discuter"}
        self.disciplines = {
            code: nommer(w.Combobox, f"{code} {nom}", LARGE, titre="min(26em, 50vw)", **indice)
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
        with self.gel():
            for liste, options in ((self.annee, annees), (self.campagne, _codes(participations))):
                liste.options, liste.index = options, 0 if options else None
        connues = {ligne["competence"]: ligne["discipline"] for ligne in self._lire("repartition")}
        for code, choix in self.disciplines.items():
            choix.value = connues.get(code, "")
        self.preparer.disabled = not annees
        self.retenir.disabled = ecole.dossier is None
        self.decider.disabled = self.clore.disabled = ecole.dossier is None or not annees
        self._montrer()

    def _montrer(self) -> None:
        an = self.annee.value
        etapes = tableau(annee(an, self.niveau.value)).to_html() if an else _SANS_ANNEE
        self.calendrier.value = etapes
        gardees = self._lire("conseil")
        dites = [ligne["decision"] for ligne in gardees if ligne["annee_scolaire"] == an]
        self.decisions.value = "\n".join(dites)
        self.cloture.value = ""
        montrer_si(False, self.oui)

    def _lire(self, memoire: str) -> list[dict[str, str]]:
        return lire_memoire(self.ecole.dossier, memoire) if self.ecole.dossier else []

    def _preparer(self) -> None:
        campagne, niveau, an = self.campagne.value, self.niveau.value, self.annee.value
        premiere = self.ecole.tables.participations.query("campagne == @campagne").iloc[0]
        nom, chez = premiere["nom_campagne"], premiere["organisation"] or ""
        donner(
            self.telecharger,
            lambda ou: [
                ecrire_calendrier(annee(an, niveau), ou, titre=f"{niveau} — {an}"),
                ecrire_coupons(campagne, nom, ou, classe=niveau, nombre=30),
                ecrire_page_familles(ou, etablissement=chez, annee_scolaire=an),
            ],
        )

    def _retenir(self) -> None:
        lignes = [
            {"competence": code, "discipline": choix.value}
            for code, choix in self.disciplines.items()
            if choix.value
        ]
        dites = [Saisie(f"discipline en {une['competence']}", une["discipline"]) for une in lignes]
        dit = f"{len(lignes)} compétences sur 16 ont une discipline."
        self._garder("repartition", lambda _: lignes, dit, dites)

    def _decider(self) -> None:
        """Les décisions de l'année choisie remplacent les siennes ; les autres années restent."""
        an = self.annee.value
        dites = [texte.strip() for texte in self.decisions.value.splitlines() if texte.strip()]
        lignes = [{"annee_scolaire": an, "decision": texte} for texte in dites]
        placees = [Saisie(decision(str(n), an), texte) for n, texte in enumerate(dites, start=1)]
        self._garder(
            "conseil",
            lambda lues: [une for une in lues if une["annee_scolaire"] != an] + lignes,
            f"{accord(len(dites), 'décision')} pour {an}.",
            placees,
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
        self, memoire: str, changer: Callable[[list], list], dit: str, dites: list[Saisie]
    ) -> None:
        """Garde, et dit tout de suite ce qui, tapé là, empêcherait de publier."""
        with refus(self.message):
            modifier_memoire(self.ecole.dossier, memoire, changer)
            mal = avertir(dites, personnes(self.ecole.tables), self.ecole.dossier)
            self.message.value = annonce(f"Gardé : {dit}") + (alerte(mal) if mal else "")


def _codes(participations: pd.DataFrame) -> list[tuple[str, str]]:
    """(texte, code) des campagnes, la plus récente d'abord."""
    campagnes = participations.drop_duplicates("campagne")
    recentes = campagnes.sort_values("date_debut", ascending=False).itertuples()
    return [(f"{c.nom_campagne} ({c.campagne})", c.campagne) for c in recentes]
