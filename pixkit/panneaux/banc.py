"""Étage 4 — le banc : qui est qui.

Un nom de Pix, les élèves possibles et pourquoi ; une personne décide, et peut défaire.
"""

from collections.abc import Callable
from functools import partial

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.appariement import SANS_LISTE as SANS_LISTE_A_RELIER
from pixkit.appariement import SANS_NOM, Decision, Lien
from pixkit.charte import accord, date_en_mots
from pixkit.decisions import ACCEPTE, HORS, REFUSE
from pixkit.ecole import Ecole
from pixkit.panneaux.commandes import LARGE, Panneau, montrer_si, nommer, rangee, refus
from pixkit.panneaux.html import alerte, annonce

_AUTRE = "un autre élève de la liste : tapez son nom"
_TRES_LARGE = "min(60em, 96vw)"
_TRIS: dict[str, Callable[[Lien], bool]] = {
    "à décider": lambda lien: lien.certitude == "douteuse",
    "sans élève proche": lambda lien: (
        lien.certitude == "aucune"
        and not lien.decide
        and lien.raison not in (SANS_LISTE_A_RELIER, SANS_NOM)
    ),
    "probables, à relire": lambda lien: lien.certitude == "probable",
    "sûrs": lambda lien: lien.certitude == "sure" and not lien.decide,
    "déjà décidés": lambda lien: lien.decide,
}
_DECIDE = {
    ACCEPTE: "est {0.prenom} {0.nom}",
    REFUSE: "n'est pas {0.prenom} {0.nom}",
    HORS: "n'est pas de l'établissement",
}
SANS_LISTE = (
    "<p>Pour savoir qui est qui, ajoutez au dossier la liste des élèves : l'export « élèves sans "
    "adresses » de SIECLE (.xml ou .zip), celui de FREGATA, ou une liste (CSV, Excel, LibreOffice) "
    "avec nom, prénom et classe.</p>"
)


class PanneauBanc(Panneau):
    """Les noms à arbitrer. Au clavier : flèches dans les listes, Tab, Entrée ; le bouton garde le
    curseur après une décision."""

    def __init__(self):
        self.bilan, self.fiche, self.message = self.textes(3)
        self.tri = nommer(w.Dropdown, "Montrer", options=list(_TRIS))
        self.noms = nommer(w.Select, "Noms", _TRES_LARGE, rows=8)
        self.candidats = nommer(w.RadioButtons, "Élève", _TRES_LARGE)
        self.autre = nommer(w.Combobox, "ou", LARGE, placeholder=_AUTRE, ensure_option=True)
        choix = [self.tri, self.noms, self.fiche, self.candidats, self.autre]
        self.arbitrage = w.VBox([*choix, self._actions()])
        super().__init__([self.bilan, self.arbitrage, self.message])
        self.brancher(self._lister, self.tri)
        self.brancher(self._montrer, self.noms)

    def _actions(self) -> w.Box:
        accepter, refuser, hors = (partial(self._decider, q) for q in (ACCEPTE, REFUSE, HORS))
        self.accepter = self.bouton("C'est cet élève", accepter, button_style="primary")
        self.refuser = self.bouton("Ce n'est pas lui", refuser)
        self.hors = self.bouton("Hors établissement", hors)
        self.passer = self.bouton("Passer", self._suivant)
        self.annuler = self.bouton("Annuler la dernière décision", self._annuler)
        return rangee(self.accepter, self.refuser, self.hors, self.passer, self.annuler)

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre les noms de cet établissement."""
        self.ecole = ecole
        avec_liste = not ecole.tables.eleves.empty
        montrer_si(avec_liste, self.arbitrage)
        self.bilan.value, self.message.value = ("" if avec_liste else SANS_LISTE), ""
        if avec_liste:
            eleves = ecole.tables.eleves
            self._eleves = {self._nommer(ligne): ligne.eleve for ligne in eleves.itertuples()}
            self._fiches = {ligne.eleve: ligne for ligne in eleves.itertuples()}
            self.autre.options = list(self._eleves)
            self._lister()

    @staticmethod
    def _nommer(eleve) -> str:
        lieux = [lieu for lieu in (eleve.classe, eleve.groupes) if isinstance(lieu, str)]
        classe = next(iter(lieux), "sans classe")
        date = eleve.date_naissance
        ne = "" if pd.isna(date) else f", né(e) le {date_en_mots(date)}"
        usage = f" ({eleve.nom_usage})" if isinstance(eleve.nom_usage, str) else ""
        return f"{eleve.nom}{usage} {eleve.prenom} — {classe}{ne}"

    def _lister(self, rang: int = 0) -> None:
        liens = [*self.ecole.liens.liens, *self.ecole.liens_certifications.liens]
        self.bilan.value = Markup("<p>{}</p>").format(_bilan(liens))
        self._gardes = [lien for lien in liens if _TRIS[self.tri.value](lien)]
        with self.gel():
            self.noms.options = [(self._ecrire(lien), n) for n, lien in enumerate(self._gardes)]
            self.noms.value = min(rang, len(self._gardes) - 1) if self._gardes else None
        self._montrer()

    @staticmethod
    def _ecrire(lien: Lien) -> str:
        nom = lien.nom
        lieux = (nom.classe, nom.precision or ", ".join(sorted(nom.campagnes)))
        return f"{nom.nom} {nom.prenom} — {' — '.join(filter(None, lieux))}"

    def _montrer(self) -> None:
        lien, sauvable = self._choisi(), self.ecole.dossier is not None
        for bouton in (self.accepter, self.refuser, self.hors):
            bouton.disabled = lien is None or not sauvable
        self.passer.disabled = lien is None
        self.annuler.disabled = not self.ecole.decisions
        if lien is None:
            self.fiche.value = "<p>Rien ici : tout est relié ou décidé.</p>"
            self.candidats.options = []
            return
        self._proposer(lien)
        self.fiche.value = self._fiche(lien, sauvable)

    def _proposer(self, lien: Lien) -> None:
        self.candidats.options = [
            (f"{self._nommer(self._fiches[c.eleve])} : {c.raison}", c.eleve)
            for c in lien.candidats[:5]
        ]
        proches = [eleve for _, eleve in self.candidats.options]
        self.candidats.value = lien.eleve if lien.eleve in proches else next(iter(proches), None)
        self.autre.value = ""

    @staticmethod
    def _fiche(lien: Lien, sauvable: bool) -> str:
        nom, raison = lien.nom, lien.raison[:1].upper() + lien.raison[1:]
        garder = Markup("<p>Ouvrez un dossier pour que les décisions soient gardées.</p>")
        dit = Markup("<p>Dans Pix : <strong>{}</strong>, {}, {}.<br>{}.</p>{}")
        qui, classe = f"{nom.nom} {nom.prenom}", nom.classe or "sans classe"
        return dit.format(qui, classe, nom.annee_scolaire, raison, "" if sauvable else garder)

    def _choisi(self) -> Lien | None:
        return self._gardes[self.noms.value] if self.noms.value is not None else None

    def _decider(self, quoi: str) -> None:
        nom, rang = self._choisi().nom, self.noms.value
        eleve = "" if quoi == HORS else self._eleves.get(self.autre.value) or self.candidats.value
        if eleve is None:
            self.message.value = alerte("Choisissez d'abord un élève, ou tapez son nom.")
            return
        cle = (nom.nom, nom.prenom, nom.classe, nom.annee_scolaire, nom.precision)
        with refus(self.message):
            self.ecole.decider(Decision(*cle, quoi, eleve, ""))
            dit = _DECIDE[quoi].format(self._fiches.get(eleve))
            self.message.value = annonce(f"Gardé : {nom.prenom} {nom.nom} {dit}.")
            self._lister(rang)

    def _suivant(self) -> None:
        self.noms.value = (self.noms.value + 1) % len(self._gardes)

    def _annuler(self) -> None:
        with refus(self.message):
            defaite = self.ecole.annuler()
            qui = f"{defaite.prenom} {defaite.nom}" if defaite else ""
            dit = annonce(f"Défait : {qui} est à nouveau à décider.")
            self.message.value = dit if defaite else ""
            self._lister(self.noms.value or 0)


def _bilan(liens: list[Lien]) -> str:
    comptes = {tri: sum(map(garde, liens)) for tri, garde in _TRIS.items()}
    surs = sum(lien.certitude == "sure" for lien in liens)
    return (
        f"{accord(comptes['à décider'], 'nom')} à décider, "
        f"{comptes['sans élève proche']} sans élève proche, "
        f"{accord(comptes['probables, à relire'], 'probable')}, {accord(surs, 'sûr')}."
    )
