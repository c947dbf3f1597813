"""Étage 4 — le banc : qui est qui. Un nom de Pix, les élèves possibles et pourquoi ; une personne décide, et peut défaire."""

from collections.abc import Callable
from html import escape

import ipywidgets as w
import pandas as pd

from pixkit.appariement import SANS_LISTE as SANS_LISTE_A_RELIER
from pixkit.appariement import SANS_NOM, Decision, Lien
from pixkit.charte import accord, date_en_mots
from pixkit.decisions import ACCEPTE, HORS, REFUSE
from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.panneaux.html import alerte

_LARGE = w.Layout(width="min(60em, 96vw)")
_TITRE = {"description_width": "8em"}
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
SANS_LISTE = (
    "<p>Pour savoir qui est qui, ajoutez au dossier la liste des élèves : l'export « élèves sans adresses » de SIECLE (.xml ou "
    ".zip), celui de FREGATA, ou une liste (CSV, Excel, LibreOffice) avec nom, prénom et classe.</p>"
)


class PanneauBanc(w.VBox):
    """Les noms à arbitrer. Au clavier : flèches dans les listes, Tab, Entrée ; le bouton garde le curseur après une décision."""

    def __init__(self):
        self.ecole: Ecole | None = None
        self.bilan, self.fiche, self.message = w.HTML(), w.HTML(), w.HTML()
        self.tri = w.Dropdown(options=list(_TRIS), description="Montrer", style=_TITRE)
        self.noms = w.Select(options=[], rows=8, description="Noms", layout=_LARGE, style=_TITRE)
        self.candidats = w.RadioButtons(
            options=[], description="Élève", layout=_LARGE, style=_TITRE
        )
        self.autre = w.Combobox(
            placeholder="un autre élève de la liste : tapez son nom", description="ou", ensure_option=True,
            layout=w.Layout(width="min(40em, 96vw)"), style=_TITRE,
        )  # fmt: skip
        self.accepter = w.Button(description="C'est cet élève", button_style="primary")
        self.refuser = w.Button(description="Ce n'est pas lui")
        self.hors = w.Button(description="Hors établissement")
        self.passer = w.Button(description="Passer")
        self.annuler = w.Button(description="Annuler la dernière décision")
        boutons = [self.accepter, self.refuser, self.hors, self.passer, self.annuler]
        rangee = w.Box(boutons, layout=w.Layout(flex_flow="row wrap"))
        self.arbitrage = w.VBox(
            [self.tri, self.noms, self.fiche, self.candidats, self.autre, rangee]
        )
        super().__init__([self.bilan, self.arbitrage, self.message])
        self._brancher()

    def _brancher(self) -> None:
        self.tri.observe(lambda _: self._lister(), "value")
        self.noms.observe(lambda _: self._montrer(), "value")
        self.accepter.on_click(lambda _: self._decider(ACCEPTE))
        self.refuser.on_click(lambda _: self._decider(REFUSE))
        self.hors.on_click(lambda _: self._decider(HORS))
        self.passer.on_click(lambda _: self._suivant())
        self.annuler.on_click(lambda _: self._annuler())

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre les noms de cet établissement."""
        self.ecole = ecole
        avec_liste = not ecole.tables.eleves.empty
        self.arbitrage.layout.display = None if avec_liste else "none"
        self.bilan.value, self.message.value = ("" if avec_liste else SANS_LISTE), ""
        if avec_liste:
            eleves = ecole.tables.eleves
            self._eleves = {self._nommer(ligne): ligne.eleve for ligne in eleves.itertuples()}
            self._fiches = {ligne.eleve: ligne for ligne in eleves.itertuples()}
            self.autre.options = list(self._eleves)
            self._lister()

    @staticmethod
    def _nommer(eleve) -> str:
        classe = next(
            (lieu for lieu in (eleve.classe, eleve.groupes) if isinstance(lieu, str)), "sans classe"
        )
        ne = (
            ""
            if pd.isna(eleve.date_naissance)
            else f", né(e) le {date_en_mots(eleve.date_naissance)}"
        )
        usage = f" ({eleve.nom_usage})" if isinstance(eleve.nom_usage, str) else ""
        return f"{eleve.nom}{usage} {eleve.prenom} — {classe}{ne}"

    def _lister(self, rang: int = 0) -> None:
        liens = self.ecole.liens.liens
        comptes = {tri: sum(map(garde, liens)) for tri, garde in _TRIS.items()}
        surs = sum(lien.certitude == "sure" for lien in liens)
        phrase = (
            f"{accord(comptes['à décider'], 'nom')} à décider, {comptes['sans élève proche']} sans élève proche, "
            f"{accord(comptes['probables, à relire'], 'probable')}, {accord(surs, 'sûr')}."
        )
        self.bilan.value = f"<p>{escape(phrase)}</p>"
        self._gardes = [lien for lien in liens if _TRIS[self.tri.value](lien)]
        self.noms.options = [(self._ecrire(lien), place) for place, lien in enumerate(self._gardes)]
        self.noms.value = min(rang, len(self._gardes) - 1) if self._gardes else None
        self._montrer()

    @staticmethod
    def _ecrire(lien: Lien) -> str:
        nom = lien.nom
        lieu = " — ".join(
            filter(None, (nom.classe, nom.precision or ", ".join(sorted(nom.campagnes))))
        )
        return f"{nom.nom} {nom.prenom} — {lieu}"

    def _montrer(self) -> None:
        lien = self._choisi()
        sauvable = self.ecole.dossier is not None
        for bouton in (self.accepter, self.refuser, self.hors, self.passer):
            bouton.disabled = lien is None or not (sauvable or bouton is self.passer)
        self.annuler.disabled = not self.ecole.decisions
        if lien is None:
            self.fiche.value = "<p>Rien ici : tout est relié ou décidé.</p>"
            self.candidats.options = []
            return
        options = [
            (f"{self._nommer(self._fiches[c.eleve])} : {c.raison}", c.eleve)
            for c in lien.candidats[:5]
        ]
        self.candidats.options = options
        self.candidats.value = (
            lien.eleve
            if lien.eleve in dict(map(reversed, options))
            else options[0][1]
            if options
            else None
        )
        self.autre.value = ""
        nom = lien.nom
        garder = (
            "" if sauvable else "<p>Ouvrez un dossier pour que les décisions soient gardées.</p>"
        )
        self.fiche.value = (
            f"<p>Dans Pix : <strong>{escape(f'{nom.nom} {nom.prenom}')}</strong>, {escape(nom.classe or 'sans classe')}, "
            f"{escape(nom.annee_scolaire)}.<br>{escape(lien.raison[:1].upper() + lien.raison[1:])}.</p>{garder}"
        )

    def _choisi(self) -> Lien | None:
        return self._gardes[self.noms.value] if self.noms.value is not None else None

    def _decider(self, quoi: str) -> None:
        nom, rang = self._choisi().nom, self.noms.value
        eleve = "" if quoi == HORS else self._eleves.get(self.autre.value) or self.candidats.value
        if eleve is None:
            self.message.value = alerte("Choisissez d'abord un élève, ou tapez son nom.")
            return
        decision = Decision(
            nom.nom, nom.prenom, nom.classe, nom.annee_scolaire, nom.precision, quoi, eleve, ""
        )
        try:
            self.ecole.decider(decision)
        except (
            ErreurPixkit
        ) as erreur:  # rien n'est perdu : les décisions précédentes sont entières dans le dossier
            self.message.value = alerte(erreur)
            return
        qui = "" if quoi == HORS else f" {self._fiches[eleve].prenom} {self._fiches[eleve].nom}"
        mots = {ACCEPTE: "est", REFUSE: "n'est pas", HORS: "n'est pas de l'établissement"}
        self.message.value = (
            f"<p role='status'>Gardé : {escape(f'{nom.prenom} {nom.nom} {mots[quoi]}{qui}')}.</p>"
        )
        self._lister(rang)

    def _suivant(self) -> None:
        self.noms.value = (self.noms.value + 1) % len(self._gardes)

    def _annuler(self) -> None:
        try:
            defaite = self.ecole.annuler()
        except ErreurPixkit as erreur:
            self.message.value = alerte(erreur)
            return
        qui = escape(f"{defaite.prenom} {defaite.nom}") if defaite else ""
        self.message.value = (
            f"<p role='status'>Défait : {qui} est à nouveau à décider.</p>" if defaite else ""
        )
        self._lister(self.noms.value or 0)
