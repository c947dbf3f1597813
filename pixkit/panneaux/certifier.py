"""Étage 4 — la certification : qui est certifiable, qui l'a, l'attestation de 6e, les sessions."""

from pathlib import Path

import ipywidgets as w
import pandas as pd

from pixkit.charte import accord, compter
from pixkit.documents import ecrire_attestations, ecrire_livrets, ecrire_sessions
from pixkit.ecole import Ecole
from pixkit.entete import nommer_l_etablissement
from pixkit.mesures import (
    certifiables_par_semaine,
    collectes_anciennes,
    compter_certifications,
    compter_niveaux,
    ecarts_a_l_attendu,
    mentions,
    niveaux_atteints,
    niveaux_certifies,
    remarques_des_certifications,
    scores_certifies,
    taux_certifiables,
    taux_certification,
)
from pixkit.mesures.certifiables import face_a_la_liste
from pixkit.mesures.certifies import OBLIGES
from pixkit.panneaux.banc import SANS_LISTE
from pixkit.panneaux.commandes import (
    MOYEN,
    Panneau,
    montrer_si,
    nommer,
    rangee,
    refus,
    remplir,
)
from pixkit.panneaux.html import annonce, phrase
from pixkit.referentiel import domaines, libelle
from pixkit.sessions import planifier_sessions, publics_presents
from pixkit.tableaux import tableau
from pixkit.vues import vue_attestations, vue_certifiables, vue_certification, vue_ecarts

_PRETS, _RESULTATS, _SIXIEME = "Certifiables", "Résultats", "Attestation de 6e"
_LIVRETS, _SESSIONS = "Livrets", "Sessions"
_ANCIENNE = 60
"""Jours au-delà desquels une collecte ne dit plus où en est un élève."""
_NIVEAUX = [("1", 1), ("2", 2), ("3", 3), ("aucun : la proposition est écartée", None)]
_A_INSCRIRE = ["classe", "nom", "prenom", "domaine", "niveau_propose", "methode", "niveau_retenu"]
_MANQUES = ["classe", "nom", "prenom", "nb_competences", "manquantes", "plus_proches", "parcours"]
_SALLES = (
    "<p>Un fichier <code>salles.csv</code> : une salle par ligne, ses postes qui fonctionnent et "
    "ses créneaux.</p><pre>salle;places;creneaux\nInfo 1;18;2027-03-15 08:00|2027-03-15 10:00</pre>"
)
_DEUX_EXAMENS = (
    "Un niveau de certification n'est pas un niveau de campagne : ce sont deux épreuves. On les "
    "regarde côte à côte, on n'en fait ni une moyenne ni un écart."
)
_D_AUJOURD_HUI = (
    "Qui est certifiable se dit d'après la dernière collecte de chacun, quelle que soit l'année "
    "choisie en haut de la page."
)
_PROPOSITION = (
    "Une proposition par domaine, limitée aux trois premiers niveaux (note de service du "
    "23-10-2024, II.A) : ce n'est pas un verdict de Pix. L'enseignant la garde, la "
    "change ou l'écarte."
)
_DOMAINES = [(f"{code}. {nom}", code) for code, nom in domaines().items()]
_TOUS = ("tous", None)


class PanneauCertifier(Panneau):
    """Une question sur la certification, sa réponse, et ses documents."""

    def __init__(self):
        self.question = w.ToggleButtons(options=[_PRETS, _RESULTATS, _SIXIEME, _LIVRETS, _SESSIONS])
        self.annee = nommer(w.Dropdown, "Année")
        self.vue, self.suite, self.telecharger = self.textes(3)
        self.imprimer = self.bouton("Préparer les attestations (PDF, DOCX)", self._imprimer)
        self.formulaire, self.livret = self._formulaire(), self._livret()
        reglages = [self.formulaire, self.livret, rangee(self.imprimer)]
        commandes = [self.question, *reglages]
        super().__init__([*commandes, self.telecharger, self.vue, self.suite])
        self.brancher(self._montrer, self.question, self.annee, self.eleve)

    def _formulaire(self) -> w.VBox:
        self.salles = nommer(w.Text, "Salles", MOYEN, placeholder="le chemin de salles.csv")
        self.du, self.au = nommer(w.DatePicker, "Du"), nommer(w.DatePicker, "Au")
        self.public = nommer(w.Dropdown, "Public", options=[_TOUS])
        self.planifier = self.bouton("Proposer un plan", self._planifier)
        ligne = rangee(self.du, self.au, self.public, self.planifier)
        return w.VBox([w.HTML(_SALLES), rangee(self.salles), ligne])

    def _livret(self) -> w.VBox:
        self.eleve = nommer(w.Dropdown, "Élève", MOYEN)
        self.domaine = nommer(w.Dropdown, "Domaine", MOYEN, options=_DOMAINES)
        self.niveau = nommer(w.Dropdown, "Niveau", options=_NIVEAUX)
        self.retenir = self.bouton("Retenir ce niveau", self._retenir)
        self.copier = self.bouton("Préparer la table à recopier (Excel)", self._copier)
        choix = rangee(self.eleve, self.domaine, self.niveau)
        return w.VBox([choix, rangee(self.retenir, self.copier)])

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre la certification de cet établissement."""
        self.ecole = ecole
        self.comptes = compter_certifications(ecole.certifications, ecole.tables.eleves)
        passees = self.comptes[self.comptes["nb_inscrits"] > 0]["annee_scolaire"]
        annees = sorted({*passees.dropna(), self.annee_scolaire} - {None}, reverse=True)
        with self.gel():
            remplir(self.annee, annees)
            remplir(self.public, [_TOUS, *publics_presents(ecole.tables.eleves).items()])
            remplir(self.eleve, _eleves(ecole.livrets))
        self.retenir.disabled = ecole.dossier is None  # des fichiers déposés : rien n'est gardé
        if not self.salles.value and ecole.dossier:
            self.salles.value = str(Path(ecole.dossier) / "salles.csv")
        self._montrer()

    def _montrer(self) -> None:
        quoi, self.telecharger.value = self.question.value, ""
        montrer_si(quoi == _SESSIONS, self.formulaire)
        montrer_si(quoi == _SIXIEME, self.imprimer)
        montrer_si(quoi == _LIVRETS and bool(self.eleve.options), self.livret)
        self.illustrer()

    def _illustrer(self) -> None:
        self.suite.value = ""
        reponses = {
            _PRETS: self._prets,
            _RESULTATS: self._resultats,
            _SIXIEME: self._sixieme,
            _LIVRETS: self._livrets,
            _SESSIONS: self._sessions,
        }
        self.vue.value = reponses[self.question.value]()

    def _prets(self) -> str:
        prets = self.ecole.certifiables
        pas_encore = prets[~prets["certifiable"].fillna(False)]
        titre = compter(
            len(pas_encore),
            "élève pas encore certifiable",
            "élèves pas encore certifiables",
            aucun="Tous ceux qui ont envoyé sont certifiables",
        )
        table = tableau(pas_encore[_MANQUES]).to_html() if len(pas_encore) else ""
        suivi, lignes = self.ecole.suivi, self.ecole.participations
        collectes = lignes.loc[lignes["type_campagne"] == "collecte", "campagne"]
        suivi = suivi[suivi["campagne"].isin(collectes)]
        manquent, en_plus, inconnus = face_a_la_liste(
            prets, self.ecole.tables.eleves, suivi, niveaux=OBLIGES
        )
        dits = [*_sans_collecte(manquent, en_plus), *_inconnus(inconnus)]
        if len(prets) and len(anciennes := self._anciennes(prets)):
            combien = accord(len(anciennes), "collecte a", "collectes ont")
            dits.append(f"{combien} plus de {_ANCIENNE} jours : à refaire avant de les croire.")
        if len(prets) and self.annee_scolaire not in (None, prets["annee_scolaire"].max()):
            dits.append(_D_AUJOURD_HUI)
        semaines = certifiables_par_semaine(self.ecole.participations)
        if len(semaines) > 1:
            suivi = f"<details><summary>Semaine par semaine</summary>{tableau(semaines).to_html()}"
            table += suivi + "</details>"
        titres = [f"<h2>{titre}</h2>" if len(prets) else ""]
        self.suite.value = "".join([*map(phrase, dits), *titres, table])
        return vue_certifiables(taux_certifiables(prets)).html()

    def _anciennes(self, prets: pd.DataFrame) -> pd.DataFrame:
        return collectes_anciennes(prets, jours=_ANCIENNE, au=self._du_jour().date())

    def _resultats(self) -> str:
        certifications, annee = self.ecole.certifications, self.annee.value
        dites = "".join(map(phrase, [*remarques_des_certifications(certifications), _DEUX_EXAMENS]))
        niveaux = niveaux_certifies(certifications[certifications["annee_scolaire"] == annee])
        ecarts = ecarts_a_l_attendu(niveaux)
        nom = "niveau attendu (note de service du 23-10-2024)"
        tables = [
            niveaux_atteints(compter_niveaux(certifications)),
            scores_certifies(certifications),
        ]
        siennes = [table[table["annee_scolaire"] == annee] for table in tables]
        nombres = "".join(tableau(table).to_html() for table in siennes if len(table))
        self.suite.value = (
            dites
            + nombres
            + "".join(
                vue_ecarts(ecarts, groupe=niveau, nom_reference=nom, par="niveau_scolaire").html()
                for niveau in ecarts["niveau_scolaire"].unique()
            )
        )
        return vue_certification(taux_certification(self.comptes, annee=annee)).html()

    def _sixieme(self) -> str:
        table = self.ecole.attestations
        self.imprimer.disabled = not (table["obtenue"] == "oui").any()
        sans = table[table["obtenue"] != "oui"].drop(columns="eleve")
        self.suite.value = tableau(sans).to_html() if len(sans) else ""
        return vue_attestations(table).html()

    def _imprimer(self) -> None:
        options = {
            "dossier": self.ecole.dossier,
            "du": self._du_jour(),
            "etablissement": nommer_l_etablissement(self.ecole.tables),
        }
        self.donner(
            self.telecharger,
            lambda ou: ecrire_attestations(self.ecole.attestations, ou, **options),
            "{}. Ces documents portent des noms.",
        )

    def _du_jour(self) -> pd.Timestamp:
        return self.ecole.tables.fichiers["date_donnees"].dropna().max()

    def _livrets(self) -> str:
        table = self.ecole.livrets
        classe = table.loc[table["eleve"] == self.eleve.value, "classe"]
        siens = table[table["classe"].isin(classe)]
        siens = siens.assign(domaine=siens["domaine"].map(libelle))
        self.suite.value = tableau(siens[_A_INSCRIRE]).to_html() if len(siens) else ""
        self.copier.disabled = table.empty
        dit = "Aucun élève de CM2 ni de 6e dans ce dossier." if table.empty else _PROPOSITION
        return phrase(dit)

    def _retenir(self) -> None:
        with refus(self.telecharger):
            self.ecole.retenir_niveau(self.eleve.value, self.domaine.value, self.niveau.value)
            self._montrer()

    def _copier(self) -> None:
        mentions_ = mentions(self.ecole.certifications)
        dit = "{}. Ce classeur porte des noms."
        self.donner(
            self.telecharger,
            lambda ou: [ecrire_livrets(self.ecole.livrets, ou, mentions=mentions_)],
            dit,
        )

    def _sessions(self) -> str:
        return SANS_LISTE if self.ecole.tables.eleves.empty else ""

    def _planifier(self) -> None:
        if None in (self.du.value, self.au.value):
            self.vue.value = annonce("Choisissez un premier et un dernier jour.")
            return
        with refus(self.vue):
            jours = {"du": self.du.value, "au": self.au.value}
            plan = planifier_sessions(
                self.ecole, self.salles.value, **jours, public=self.public.value
            )
            dites = [plan.phrase, *plan.manques, *plan.mis_de_cote, *plan.remarques]
            self.vue.value = "".join(map(phrase, dites))
            colonnes = ["session", "date", "heure", "salle", "classe", "nom", "prenom"]
            self.suite.value = tableau(plan.candidats[colonnes]).to_html()
            dit = "{}. Ces documents portent des noms, sauf modalites.pdf."
            self.donner(self.telecharger, lambda ou: ecrire_sessions(plan, ou), dit)


def _sans_collecte(manquent: int, en_plus: int) -> list[str]:
    if not manquent:
        return []
    sans = accord(manquent, "élève de 3e ou de terminale n'a", "élèves de 3e ou de terminale n'ont")
    dont = f", dont {en_plus} que « Relances » ne compte pas : aucune collecte ne vise leur classe"
    return [f"{sans} envoyé aucune collecte de profils{dont if en_plus else ''}."]


def _inconnus(inconnus: int) -> list[str]:
    if inconnus < 1:
        return []
    dits = (
        "élève qui a envoyé n'est pas reconnu dans la liste : il compte",
        "élèves qui ont envoyé ne sont pas reconnus dans la liste : ils comptent",
    )
    return [f"{accord(inconnus, *dits)} ici, non dans « Relances » ; « Qui est qui » en décide."]


def _eleves(livrets: pd.DataFrame) -> list[tuple[str, str]]:
    uns = livrets.drop_duplicates("eleve")
    noms = uns["classe"] + " — " + uns["nom"].fillna("") + " " + uns["prenom"].fillna("")
    return list(zip(noms, uns["eleve"], strict=True))
