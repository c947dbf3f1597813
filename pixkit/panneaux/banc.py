"""Étage 4 — le banc : qui est qui.

Un nom de Pix, les élèves possibles et pourquoi ; une personne décide, et peut défaire.
"""

import difflib
from collections.abc import Callable
from datetime import date, datetime
from functools import partial

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.appariement import SANS_LISTE as SANS_LISTE_A_RELIER
from pixkit.appariement import SANS_NOM, Decision, Lien, Nom
from pixkit.charte import ESPACE, accord, compter, date_en_mots
from pixkit.decisions import ACCEPTE, HORS, REFUSE
from pixkit.ecole import Ecole
from pixkit.erreurs import ChoixInconnu
from pixkit.panneaux.commandes import LARGE, Panneau, montrer_si, nommer, rangee, rechoisir, refus
from pixkit.panneaux.html import annonce

_AUTRE = "un autre : tapez son nom"
_AUSSI = (
    "<p>Ce nom est aussi sur d'autres envois. Choisissez ceux qui sont du même élève (Ctrl + clic, "
    "ou Ctrl + espace) : la décision vaudra pour tous.</p>"
)
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
_RIEN = {
    "à décider": "Rien à décider : chaque nom est relié, décidé, ou sans élève proche.",
    "déjà décidés": "Personne n'a encore rien décidé.",
}
_AUCUN = "Aucun nom ici."
_DECIDE = {
    ACCEPTE: "est {}",
    REFUSE: "n'est pas {}",
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
        self.autre = nommer(w.Combobox, "ou", LARGE, placeholder=_AUTRE)
        self.aussi = nommer(w.SelectMultiple, "Décider aussi", _TRES_LARGE, rows=3)
        self.jumeaux = w.VBox([w.HTML(_AUSSI), self.aussi])
        self.choix = w.VBox([self.candidats, self.autre, self.jumeaux])
        self.arbitrage = w.VBox([self.tri, self.noms, self.fiche, self.choix, self._actions()])
        super().__init__([self.bilan, self.arbitrage, self.message])
        self.brancher(self._lister, self.tri)
        self.brancher(self._montrer, self.noms)
        self.brancher(self._decocher, self.autre)
        self.brancher(self._detaper, self.candidats)

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
        if ecole.dossier:  # un collègue a pu décider depuis
            ecole.relire()
        avec_liste = not ecole.tables.eleves.empty
        montrer_si(avec_liste, self.arbitrage)
        self.bilan.value, self.message.value = ("" if avec_liste else SANS_LISTE), ""
        if avec_liste:
            self._fiches = {ligne.eleve: ligne for ligne in ecole.tables.eleves.itertuples()}
            self._eleves = {self._nommer(cle): cle for cle in self._fiches}
            self.autre.options = list(self._eleves)
            self._lister()

    def _nommer(self, cle: str) -> str:
        """« MARTIN Emma — 5eB, né(e) le 3 mai 2014 »."""
        eleve = self._fiches[cle]
        lieux = [lieu for lieu in (eleve.classe, eleve.groupes) if isinstance(lieu, str)]
        classe = next(iter(lieux), "sans classe")
        naissance = eleve.date_naissance
        ne = "" if pd.isna(naissance) else f", né(e) le {date_en_mots(naissance)}"
        usage = f" ({eleve.nom_usage})" if isinstance(eleve.nom_usage, str) else ""
        numero = "" if ne else f", n° {cle}"  # sans naissance, deux homonymes se confondraient
        return f"{eleve.nom}{usage} {eleve.prenom} — {classe}{ne}{numero}"

    def _liens(self) -> list[Lien]:
        return [*self.ecole.liens.liens, *self.ecole.liens_certifications.liens]

    def _lister(self, rang: int = 0) -> None:
        liens = self._liens()
        self._lieux = self._situer()
        self.bilan.value = Markup("<p>{}</p>").format(_bilan(liens))
        self._gardes = [lien for lien in liens if _TRIS[self.tri.value](lien)]
        with self.gel():
            self.noms.options = [(self._ecrire(lien), n) for n, lien in enumerate(self._gardes)]
            self.noms.value = min(rang, len(self._gardes) - 1) if self._gardes else None
        self._montrer()

    def _ecrire(self, lien: Lien) -> str:
        """« MARTIN Emma — 5eB — Rentrée 5e 2026, envoyé le 24 septembre 2026 à 14 h 55 »."""
        nom = lien.nom
        return " — ".join(filter(None, (f"{nom.nom} {nom.prenom}", nom.classe, self._lieux[nom])))

    def _situer(self) -> dict[Nom, str]:
        """Pour chaque nom, les envois ou les certifications qui le portent."""
        envois = [_envoi(ligne) for ligne in self.ecole.tables.participations.itertuples()]
        saisis = {
            lien.nom: " ; ".join(envois[rang] for rang in lien.nom.rangs)
            for lien in self.ecole.liens.liens
        }
        certifies = [lien.nom for lien in self.ecole.liens_certifications.liens]
        return saisis | {nom: _certification(nom) for nom in certifies}

    def _montrer(self) -> None:
        lien, sauvable = self._choisi(), self.ecole.dossier is not None
        for bouton in (self.accepter, self.refuser, self.hors):
            bouton.disabled = lien is None or not sauvable
        self.passer.disabled = lien is None
        self.annuler.disabled = not self.ecole.decisions
        montrer_si(lien is not None, self.choix)
        if lien is None:
            self.fiche.value = f"<p>{_RIEN.get(self.tri.value, _AUCUN)}</p>"
            return
        self._proposer(lien)
        self.fiche.value = self._fiche(lien, sauvable)

    def _proposer(self, lien: Lien) -> None:
        proposes = [(f"{self._nommer(c.eleve)} : {c.raison}", c.eleve) for c in lien.candidats[:5]]
        with self.gel():
            self.candidats.options = proposes
            self.candidats.value = self._evident(lien)
            self.autre.value = ""
            memes = [autre for autre in self._gardes if _jumeaux(autre, lien)]
            rechoisir(self.aussi, [(self._ecrire(autre), autre) for autre in memes])
        montrer_si(bool(memes), self.jumeaux)

    def _evident(self, lien: Lien) -> str | None:
        """L'élève coché d'avance : un seul possible, que nul autre nom n'a dans cette campagne."""
        rivaux = {
            autre.eleve
            for autre in self._liens()
            if autre is not lien and autre.nom.campagnes & lien.nom.campagnes
        }
        seul = lien.eleve not in rivaux and lien.eleve in dict(self.candidats.options).values()
        return lien.eleve if seul else None

    def _decocher(self) -> None:
        """Un nom tapé remplace l'élève coché, et l'inverse : jamais deux choix à la fois."""
        if self.autre.value:
            with self.gel():
                self.candidats.value = None

    def _detaper(self) -> None:
        with self.gel():
            self.autre.value = ""

    def _fiche(self, lien: Lien, sauvable: bool) -> str:
        nom, raison = lien.nom, lien.raison[:1].upper() + lien.raison[1:]
        garder = Markup("<p>Ouvrez un dossier pour que les décisions soient gardées.</p>")
        dit = Markup("<p>Dans Pix : <strong>{}</strong>, {}.<br>{}.<br>{}.</p>{}")
        ou = ", ".join(filter(None, (nom.classe or "sans classe", nom.annee_scolaire)))
        suite = "" if sauvable else garder
        return dit.format(f"{nom.nom} {nom.prenom}", ou, self._lieux[nom], raison, suite)

    def _choisi(self) -> Lien | None:
        return self._gardes[self.noms.value] if self.noms.value is not None else None

    def _decider(self, quoi: str) -> None:
        choisis, rang = [self._choisi(), *self.aussi.value], self.noms.value
        with refus(self.message):
            eleve = "" if quoi == HORS else self._designe()
            self.ecole.decider(*(_decision(lien, quoi, eleve) for lien in choisis))
            nom, reste = choisis[0].nom, len(choisis) - 1
            qui = f"{nom.prenom} {nom.nom}, {self._lieux[nom]},"
            qui += f" et {accord(reste, 'autre envoi', 'autres envois')} :" if reste else ""
            dit = _DECIDE[quoi].format(self._nommer(eleve) if eleve else "")
            self.message.value = annonce(f"Gardé : {qui} {dit}.")
            self._lister(rang)

    def _designe(self) -> str:
        """L'élève tapé, ou coché. Lève ChoixInconnu si l'on n'a désigné personne de la liste."""
        tape = self.autre.value.strip()
        if tape in self._eleves:
            return self._eleves[tape]
        if not tape and self.candidats.value:
            return self.candidats.value
        noms = {texte: texte.split(" — ")[0].upper() for texte in self._eleves}
        ressemblants = difflib.get_close_matches(tape.upper(), set(noms.values()), n=2)
        proches = [texte for texte, nom in noms.items() if nom in ressemblants]
        conseil = f" Par exemple : {' ; '.join(proches)}." if tape and proches else ""
        raise ChoixInconnu(
            f"« {tape} », qui n'est pas dans la liste." if tape else "aucun élève choisi.",
            "un élève de la liste, sa classe et sa date de naissance comprises.",
            f"cochez-en un, ou tapez son nom et choisissez-le dans ce qui s'affiche.{conseil} Rien "
            "n'a été gardé.",
        )

    def _suivant(self) -> None:
        self.noms.value = (self.noms.value + 1) % len(self._gardes)

    def _annuler(self) -> None:
        with refus(self.message):
            if defaite := self.ecole.annuler():
                self._montrer_la(defaite)
                qui = f"{defaite.prenom} {defaite.nom}"
                self.message.value = annonce(f"Défait : {qui} est à nouveau à décider.")

    def _montrer_la(self, defaite: Decision) -> None:
        """Le nom dont on vient de défaire la décision est celui que l'on voit."""
        lien = next((un for un in self._liens() if _decision(un, "", "").nomme(defaite)), None)
        tri = next((tri for tri, garde in _TRIS.items() if lien and garde(lien)), self.tri.value)
        with self.gel():
            self.tri.value = tri
        self._lister()
        if lien in self._gardes:
            self.noms.value = self._gardes.index(lien)


def _decision(lien: Lien, quoi: str, eleve: str) -> Decision:
    nom = lien.nom
    cle = (nom.nom, nom.prenom, nom.classe, nom.annee_scolaire, nom.precision)
    return Decision(*cle, quoi, eleve, "")


def _jumeaux(un: Lien, autre: Lien) -> bool:
    """Le même nom, dans d'autres campagnes : dans une même, ce sont deux élèves."""
    memes = un.nom.cle[2:4] == autre.nom.cle[2:4]
    return un is not autre and memes and not un.nom.campagnes & autre.nom.campagnes


def _envoi(ligne) -> str:
    """« Rentrée 5e 2026, envoyé le 24 septembre 2026 à 14 h 55 »."""
    envoye = not pd.isna(ligne.date_envoi)
    jour = ligne.date_envoi if envoye else ligne.date_debut
    quand = "" if pd.isna(jour) else f", {'envoyé' if envoye else 'commencé'} le {_moment(jour)}"
    return f"{ligne.nom_campagne}{quand}"


def _certification(nom: Nom) -> str:
    """« né(e) le 3 mai 2012, certification (20260519_resultats_3eA.csv) »."""
    jour = date.fromisoformat(nom.naissance) if nom.naissance else None
    ne = f"né(e) le {date_en_mots(jour)}, " if jour else ""
    return f"{ne}certification ({', '.join(sorted(nom.campagnes))})"


def _moment(jour: datetime) -> str:
    """« 24 septembre 2026 à 14 h 55 » ; sans heure, le jour seul."""
    heure = f" à {jour.hour}{ESPACE}h{ESPACE}{jour.minute:02}" if jour.hour else ""
    return date_en_mots(jour) + heure


def _bilan(liens: list[Lien]) -> str:
    comptes = {tri: sum(map(garde, liens)) for tri, garde in _TRIS.items()}
    surs = sum(lien.certitude == "sure" for lien in liens)
    return (
        f"{compter(comptes['à décider'], 'nom', aucun='Aucun nom')} à décider, "
        f"{comptes['sans élève proche'] or 'aucun'} sans élève proche, "
        f"{compter(comptes['probables, à relire'], 'probable', aucun='aucun probable')}, "
        f"{compter(surs, 'sûr', aucun='aucun sûr')}."
    )
