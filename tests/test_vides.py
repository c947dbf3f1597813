"""Rien, ou presque rien, est un résultat : tout tient sur un dossier vide ou minuscule.

Un nom public ou une commande que cette marche ne sait pas appeler la fait échouer.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from functools import cache, cached_property, partial
from io import BytesIO
from itertools import chain
from pathlib import Path

import ipywidgets as w
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from pixkit import documents, mesures, parcours, tableaux, vues
from pixkit.accompagnement import Accompagnement
from pixkit.appariement import apparier, apparier_certifications
from pixkit.commande import analyseur, main
from pixkit.documents.bilan import Bilan
from pixkit.documents.classeur import classeur
from pixkit.documents.page import Page
from pixkit.ecole import ouvrir
from pixkit.ecriture_sure import Sortie
from pixkit.erreurs import ErreurPixkit
from pixkit.lecture import lire_fichiers, reprendre
from pixkit.panneaux import panneau_atelier
from pixkit.panneaux.filet import Filet
from pixkit.referentiel import annee_precedente
from pixkit.sessions import planifier
from pixkit.sessions.eligibles import eligibles
from pixkit.sessions.salles import Creneau
from pixkit.tables import INSTANT
from pixkit.vie import choisir_eleve, connaitre, restes
from pixkit.vie.eleve import certifications_de_tous
from pixkit.vues.vue import Vue, vide
from tests.test_certification import CLASSE as RESULTATS_3EA
from tests.test_certification import en_csv, grille
from tests.test_lecture_mauvais import en_octets, rangees
from tests.test_listes import SIECLE

# Un avertissement sur une table vide est une chute qui s'annonce ; fpdf2 ne ferme pas ses polices.
pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")

# — Les dossiers —

EVALUATION, COLLECTE = rangees("01_5e"), rangees("05_collecte")
NOM, PRENOM, CLASSE = "Nom du Participant", "Prénom du Participant", "Classe"
Lignes = list[list[str]]


def garder(cas: Lignes, nombre: int, **valeurs: str) -> Lignes:
    """Les en-têtes et les premières lignes qui ont ces valeurs (`Partage` : « Partage (O/N) »)."""
    mots = [nom.split(" (")[0] for nom in cas[0]]
    rangs = {mots.index(mot): valeur for mot, valeur in valeurs.items()}
    lignes = [ligne for ligne in cas[1:] if all(ligne[rang] == v for rang, v in rangs.items())]
    return [cas[0], *lignes[:nombre]]


def sans_colonne(lignes: Lignes, nom: str) -> Lignes:
    rang = lignes[0].index(nom)
    return [ligne[:rang] + ligne[rang + 1 :] for ligne in lignes]


def sans_nom(lignes: Lignes) -> Lignes:
    noms = [lignes[0].index(nom) for nom in (NOM, PRENOM)]
    muettes = [["" if rang in noms else c for rang, c in enumerate(ligne)] for ligne in lignes[1:]]
    return [lignes[0], *muettes]


def liste_de(*exports: Lignes) -> bytes:
    """La liste des élèves de ces exports, et d'eux seuls."""
    eleves = [["Nom", "Prénom", "Classe"]]
    for entete, *lignes in exports:
        rangs = [entete.index(nom) for nom in (NOM, PRENOM, CLASSE)]
        eleves += [[ligne[rang] for rang in rangs] for ligne in lignes]
    return en_octets(eleves)


A, B = (garder(EVALUATION, 4, Partage="Oui", Classe=classe) for classe in ("5eA", "5eB"))
NON_ENVOYES = garder(EVALUATION, 3, Partage="Non")
PETITE = [*A, *B[1:], *NON_ENVOYES[1:]]
SANS_CLASSE = sans_colonne(PETITE, CLASSE)
PROFILS, PAS_DE_PROFIL = garder(COLLECTE, 6, Envoi="Oui"), garder(COLLECTE, 3, Envoi="Non")
EFFACES = garder(EVALUATION, 1, **{NOM: "VAN DER BERG"})
ANCIENNE = SIECLE.replace(b">2026<", b">2024<")
CERTIFIES = "".join(f"{nom};{prenom};3eA\n" for _, prenom, nom, *_ in grille()[1:]).encode()
ORDINAIRE = "une évaluation et sa liste"
DOSSIERS = {
    "rien": {},
    "une liste seule": {"liste.csv": liste_de(PETITE)},
    "un export sans ligne": {"e.csv": en_octets(EVALUATION[:1]), "liste.csv": liste_de(PETITE)},
    "une évaluation seule": {"e.csv": en_octets(A)},
    "une collecte seule": {"c.csv": en_octets(PROFILS)},
    ORDINAIRE: {"e.csv": en_octets(PETITE), "liste.csv": liste_de(PETITE)},
    "aucun envoi": {"e.csv": en_octets(NON_ENVOYES), "liste.csv": liste_de(NON_ENVOYES)},
    "aucun envoi de profil": {"c.csv": en_octets(PAS_DE_PROFIL), "liste.csv": liste_de(PROFILS)},
    "tous ont envoyé": {"e.csv": en_octets(A), "liste.csv": liste_de(A)},
    "un élève": {"e.csv": en_octets(A[:2]), "liste.csv": liste_de(A[:2])},
    "aucune classe": {"e.csv": en_octets(SANS_CLASSE), "liste.csv": liste_de(PETITE)},
    "des noms vides": {"e.csv": en_octets(sans_nom(PETITE)), "liste.csv": liste_de(PETITE)},
    "tous les comptes effacés": {"e.csv": en_octets(EFFACES)},
    "une certification seule": {f"{RESULTATS_3EA}.csv": en_csv(grille()[:4])},
    "une certification et une liste": {
        f"{RESULTATS_3EA}.csv": en_csv(grille()),
        "c.csv": en_octets(PROFILS),
        "liste.csv": liste_de(PROFILS) + CERTIFIES,
    },
    "une certification sans ligne": {f"{RESULTATS_3EA}.csv": en_csv(grille()[:1])},
    "une liste d'une autre année": {"e.csv": en_octets(A), "siecle.xml": ANCIENNE},
}


class Dossier:
    """Ce qu'un carnet aurait sous la main après avoir ouvert ces fichiers."""

    def __init__(self, sources: dict[str, bytes]):
        self.tables = lire_fichiers(sources)
        self.liens = apparier(self.tables.participations, self.tables.eleves)

    @cached_property
    def resultats(self) -> pd.DataFrame:
        """Ceux d'une campagne : un taux et un niveau ne se comparent pas."""
        tous = mesures.resultats_retenus(self.tables, self.liens)
        return tous[tous["campagne"].isin(tous["campagne"].head(1))]

    @cached_property
    def premiers(self) -> pd.DataFrame:
        tous = mesures.resultats_retenus(reprendre(self.tables, "premier"), self.liens)
        return tous[tous["campagne"].isin(self.resultats["campagne"])]

    @cached_property
    def suivi(self) -> pd.DataFrame:
        """Le suivi, ses dates typées même sans une ligne."""
        suivi = mesures.suivi(self.tables, self.liens)
        return suivi.astype({"date_debut": INSTANT, "date_envoi": INSTANT})

    @cached_property
    def certifications(self) -> pd.DataFrame:
        lues = self.tables.certifications
        liens = apparier_certifications(lues, self.tables.eleves)
        return mesures.certifications_reliees(self.tables, liens)

    @cached_property
    def certifiables(self) -> pd.DataFrame:
        participations = mesures.participations_reliees(self.tables, self.liens)
        return mesures.certifiables(self.resultats, participations, self.tables.eleves)

    @cached_property
    def bilans(self) -> pd.DataFrame:
        return mesures.bilans(self.resultats)

    @cached_property
    def classe(self) -> str:
        return next(iter(self.resultats["classe"]), "5eA")

    @cached_property
    def eleve(self) -> str:
        return next(iter(self.resultats["eleve"]), "inconnu")

    @cached_property
    def catalogue(self) -> parcours.Catalogue:
        return parcours.charger_catalogue(None, self.tables)

    @cached_property
    def plan(self) -> parcours.Plan:
        classe = self.classe
        return parcours.plan_de_classe(self.resultats, self.catalogue, classe=classe, minutes=60)


dossier = cache(lambda nom: Dossier(DOSSIERS[nom]))

# — Comment appeler chaque nom : de quoi remplir une liste de résultats —

TOUSSAINT = date(2026, 10, 17)
SANS_NOM = pd.Series(dtype="str")
SANS_LIGNE = pd.DataFrame(columns=["classe", "competence"])
CERTIFIABLES = pd.DataFrame({
    "classe": ["3eA", "3eB"], "effectif": [20, 24], "au_moins": [True, False],
    "taux_bas": [0.0, 0.5], "taux_haut": [0.2, 0.5],
})  # fmt: skip
ATTENDUS = pd.DataFrame({
    "competence": ["1.1"], "mesure": ["niveau_moyen"], "effectif": [5], "valeur_bas": [0.0],
    "valeur_haut": [0.4], "bas": [0.0], "haut": [3.0], "reference": [3.0],
})  # fmt: skip
DEUX_CAMPAGNES = pd.DataFrame({
    "campagne": ["Rentrée", "Juin"], "competence": "1.1", "mesure": "taux_maitrise", "effectif": 5,
    "au_moins": True, "valeur": [0.5, 0.6], "bas": 0.2, "haut": 0.8, "ecart": 0.1,
    "ecart_bas": -0.3, "ecart_haut": 0.5, "signal": "dans le bruit",
})  # fmt: skip
POINTS = pd.DataFrame({"effectif": [10, 10], "taux_bas": [0.0, 0.5], "taux_haut": [0.0, 1.0]})
ENVOIS = pd.DataFrame({
    "departement": ["21"], "effectif": [9], "attendus": [9], "envoyes_bas": [0],
    "envoyes_haut": [4], "taux_bas": [0.0], "taux_haut": [0.44],
})  # fmt: skip
OBTENUES = pd.DataFrame({
    "nom": ["", "LEROY"], "prenom": [None, "Zoé"], "classe": ["6eA", "6eB"],
    "obtenue": ["oui", "a_verifier"], "etape_suivante": ["", "à vérifier dans Pix Orga"],
})  # fmt: skip
CERTIFICATIONS = pd.DataFrame({
    "eleve": ["a"], "type": ["Pix"], "statut": ["validee"], "nb_pix": [412],
    "niveau_global": ["Indépendant 2"], "date_passage": [pd.Timestamp("2027-03-12")],
})  # fmt: skip


def l_an_passe(d: Dossier) -> pd.DataFrame:
    """Ce que ces mêmes résultats auraient laissé un an plus tôt."""
    annees = d.bilans["annee_scolaire"].map(annee_precedente)
    return d.bilans.assign(annee_scolaire=annees)


DE_LA_CAMPAGNE = ["annee_scolaire", "niveau_scolaire", "type_campagne"]
MESURES = {
    "acquis_reussis": lambda d: [mesures.acquis_reussis(d.tables, d.resultats)],
    "angles_morts": lambda d: [
        mesures.angles_morts(d.resultats),
        mesures.angles_morts(d.resultats, par="classe", plafonds=mesures.plafonds(d.tables)),
    ],
    "attestations": lambda d: [mesures.attestations(d.tables, d.liens, d.suivi)],
    "additionner": lambda d: [mesures.additionner(mesures.compter(d.resultats))],
    "bilans": lambda d: [d.bilans],
    "certifiables": lambda d: [d.certifiables],
    "certifications_retenues": lambda d: [mesures.certifications_retenues(d.certifications)],
    "compter_certifications": lambda d: [
        mesures.compter_certifications(d.certifications, d.tables.eleves)
    ],
    "compter_niveaux": lambda d: [mesures.compter_niveaux(d.certifications)],
    "niveaux_certifies": lambda d: [mesures.niveaux_certifies(d.certifications)],
    "niveaux_atteints": lambda d: [
        mesures.niveaux_atteints(mesures.compter_niveaux(d.certifications))
    ],
    "scores_certifies": lambda d: [mesures.scores_certifies(d.certifications)],
    "taux_certification": lambda d: [
        mesures.taux_certification(
            mesures.compter_certifications(d.certifications, d.tables.eleves), par=par
        )
        for par in ("classe", "niveau_scolaire")
    ],
    "ecarts_a_l_an_passe": lambda d: [
        mesures.ecarts_a_l_an_passe(d.resultats, bilans) for bilans in (d.bilans, l_an_passe(d))
    ],
    "ecarts_a_l_attendu": lambda d: [
        mesures.ecarts_a_l_attendu(mesures.niveaux_certifies(d.certifications))
    ],
    "certifiables_par_semaine": lambda d: [
        mesures.certifiables_par_semaine(d.tables.participations)
    ],
    "collectes_anciennes": lambda d: [
        mesures.collectes_anciennes(d.certifiables, jours=30, au=TOUSSAINT)
    ],
    "dernieres_collectes": lambda d: [mesures.dernieres_collectes(d.resultats)],
    "sans_collecte": lambda d: [
        mesures.sans_collecte(d.certifiables, d.tables.eleves, niveaux=niveaux)
        for niveaux in ((), ["3e"])
    ],
    "taux_certifiables": lambda d: [mesures.taux_certifiables(d.certifiables)],
    "certifications_reliees": lambda d: [d.certifications],
    "remarques_des_certifications": lambda d: [
        mesures.remarques_des_certifications(d.certifications)
    ],
    "compter": lambda d: [mesures.compter(d.resultats), mesures.compter(d.resultats, sur="tout")],
    "dispersion": lambda d: [mesures.dispersion(d.resultats)],
    "a_accompagner": lambda d: [mesures.a_accompagner(d.resultats)],
    "envois_de_l_ecole": lambda d: [mesures.envois_de_l_ecole(d.suivi)],
    "ecarts": lambda d: [
        mesures.ecarts(d.resultats),
        mesures.ecarts(d.resultats, reference=0.5, sur="domaine"),
        mesures.ecarts(d.resultats, reference=mesures.objectifs()),
    ],
    "effet_envois": lambda d: [mesures.effet_envois(d.tables, reprendre(d.tables, "premier"))],
    "estimations": lambda d: [
        mesures.estimations(d.resultats, objectif=0.5, attendus={d.classe: 30}),
        mesures.estimations(d.resultats, par="niveau_scolaire"),
    ],
    "estimations_par_campagne": lambda d: [mesures.estimations_par_campagne(d.resultats)],
    "face_a_face": lambda d: [mesures.face_a_face(d.resultats, groupe=d.classe, autre="5eB")],
    "eleves_d_une_case": lambda d: [
        mesures.eleves_d_une_case(d.resultats, classe=classe, competence="1.1")
        for classe in (d.classe, "inconnue")
    ],
    "fiche_eleve": lambda d: [mesures.fiche_eleve(d.resultats, e) for e in (d.eleve, "inconnu")],
    "loin_du_groupe": lambda d: [mesures.loin_du_groupe(d.resultats)],
    "livrets": lambda d: [mesures.livrets(d.tables, d.liens)],
    "mentions": lambda _: [mesures.mentions(CERTIFICATIONS.head(n)) for n in (0, 1)],
    "mesure": lambda d: [mesures.mesure(d.resultats, par=["classe", "competence"])],
    "mesure_de": lambda d: [mesures.mesure_de(d.resultats)],
    "une_campagne": lambda d: [
        mesures.une_campagne(d.resultats, annee=annee, niveau=niveau, genre=genre)
        for annee, niveau, genre in d.resultats[DE_LA_CAMPAGNE]
        .dropna()
        .drop_duplicates()
        .to_numpy()
    ],
    "niveaux": lambda d: [mesures.niveaux(d.resultats, par="classe")],
    "objectifs": lambda _: [mesures.objectifs()],
    "par_eleve": lambda d: [mesures.par_eleve(d.resultats, par="classe")],
    "participation": lambda d: [
        mesures.participation(d.tables.participations),
        mesures.participation(d.tables.participations, par="niveau_scolaire"),
    ],
    "participation_attendue": lambda d: [mesures.participation_attendue(d.suivi, avant=TOUSSAINT)],
    "participation_dans_le_temps": lambda d: [mesures.participation_dans_le_temps(d.suivi)],
    "plafonds": lambda d: [mesures.plafonds(d.tables)],
    "progression": lambda d: [mesures.progression(d.premiers, d.resultats)],
    "relances": lambda d: [mesures.relances(d.suivi)],
    "resultats_retenus": lambda d: [mesures.resultats_retenus(d.tables), d.resultats],
    "reunir": lambda d: [
        mesures.reunir(mesures.mesure(d.resultats, par=["classe", "domaine"]), par="domaine")
    ],
    "suivi": lambda d: [d.suivi],
    "participations_reliees": lambda d: [mesures.participations_reliees(d.tables, d.liens)],
    "remarques_du_suivi": lambda d: [mesures.remarques_du_suivi(d.tables, d.suivi)],
    "suivi_par_eleve": lambda d: [mesures.suivi_par_eleve(d.suivi)],
    "taux_maitrise": lambda d: [mesures.taux_maitrise(d.resultats, par="domaine")],
}


def face_a_face(d: Dossier) -> list[Vue]:
    """Une classe face à elle-même, puis face à une autre, qui peut ne pas exister."""
    autres = [d.classe, next(reversed(d.resultats["classe"].to_list()), "5eB")]
    paires = [{"groupe": d.classe, "autre": autre} for autre in autres]
    return [vues.vue_face_a_face(mesures.face_a_face(d.resultats, **deux)) for deux in paires]


def accompagnes(d: Dossier) -> pd.DataFrame:
    table = mesures.a_accompagner(d.resultats, objectif=0.6)
    return table.assign(nom=table["eleve"])


def carte(d: Dossier) -> pd.DataFrame:
    return mesures.mesure(d.resultats, par=["classe", "competence"])


def ecarts_d_une_classe(d: Dossier) -> list[Vue]:
    table = mesures.ecarts(d.resultats, reference=0.5)
    return [vues.vue_ecarts(table, groupe=d.classe, nom_reference="la moitié")]


def dans_le_temps(d: Dossier) -> list[Vue]:
    table = mesures.participation_dans_le_temps(d.suivi)
    return [vues.vue_participation_dans_le_temps(table, echeance=TOUSSAINT)]


FIGURES = {
    "vue_an_passe": lambda d: [
        vues.vue_an_passe(mesures.ecarts_a_l_an_passe(d.resultats, bilans))
        for bilans in (d.bilans, l_an_passe(d))
    ],
    "vue_angles_morts": lambda d: [vues.vue_angles_morts(mesures.angles_morts(d.resultats))],
    "vue_attestations": lambda d: [
        vues.vue_attestations(mesures.attestations(d.tables, d.liens, d.suivi)),
        vues.vue_attestations(OBTENUES),
    ],
    "vue_accompagner": lambda d: [
        vues.vue_accompagner(accompagnes(d), objectif=0.6, inconnus=nombre) for nombre in (0, 2)
    ],
    "vue_attendus": lambda _: [
        vues.vue_attendus(ATTENDUS.head(n), par="competence", niveau="3e") for n in (0, 1)
    ],
    "vue_entonnoir": lambda _: [
        vues.vue_entonnoir(POINTS.head(n), taux=taux, quoi="part")
        for n, taux in ((0, (0.5, 0.5)), (1, (0, 0)), (2, (0.4, 1)))
    ],
    "vue_part_envoyee": lambda _: [
        vues.vue_part_envoyee(ENVOIS.head(n), par="departement") for n in (0, 1)
    ],
    "vue_carte": lambda d: [
        vues.vue_carte(carte(d)),
        vues.vue_carte(mesures.acquis_reussis(d.tables, d.resultats), sur="acquis"),
    ],
    "vue_distribution": lambda d: [
        vues.vue_distribution(mesures.par_eleve(d.resultats, par="classe")),
    ],
    "vue_ecarts": ecarts_d_une_classe,
    "vue_eleve": lambda d: [vues.vue_eleve(mesures.fiche_eleve(d.resultats, d.eleve))],
    "vue_cote_a_cote": lambda d: [
        vues.vue_cote_a_cote(mesures.mesure(d.resultats, par=["classe", sur]))
        for sur in ("domaine", "competence")
    ],
    "vue_face_a_face": face_a_face,
    "vue_niveaux_scolaires": lambda d: [
        vues.vue_niveaux_scolaires(mesures.estimations_par_campagne(d.resultats)),
    ],
    "vue_objectif": lambda d: [
        vues.vue_objectif(
            mesures.estimations(d.resultats, objectif=0.5, attendus=attendus), groupe=d.classe
        )
        for attendus in ({}, {d.classe: 30})
    ],
    "vue_participation": lambda d: [
        vues.vue_participation(mesures.participation(d.tables.participations)),
        vues.vue_participation(mesures.participation_attendue(d.suivi, avant=TOUSSAINT)),
    ],
    "vue_extremes": lambda d: [
        vues.vue_extremes(mesures.reunir(carte(d), par="competence"), niveau="5e", forces=forces)
        for forces in (True, False)
    ],
    "vue_profil": lambda d: [
        vues.vue_profil(carte(d).assign(reference=0.5), nom="5eA", nom_reference="la moitié")
    ],
    "vue_certifiables": lambda d: [
        *(vues.vue_certifiables(CERTIFIABLES.head(n)) for n in (0, 2)),
        vues.vue_certifiables(mesures.taux_certifiables(d.certifiables)),
    ],
    "vue_certification": lambda d: [
        vues.vue_certification(
            mesures.taux_certification(
                mesures.compter_certifications(d.certifications, d.tables.eleves)
            )
        ),
    ],
    "vue_participation_dans_le_temps": dans_le_temps,
    "vue_plan": lambda d: [vues.vue_plan(d.plan.couverture, classe=d.classe)],
    "vue_progression": lambda d: [
        vues.vue_progression(mesures.progression(d.premiers, d.resultats), groupe=d.classe),
        vues.vue_progression(SANS_LIGNE, groupe=d.classe),
    ],
}


CASE = ["classe", "campagne"]
CONSEIL = {
    "vue_ensemble": lambda _: [
        vues.vue_ensemble(
            pd.DataFrame(columns=[*CASE, "attendus"]),
            maitrise=pd.DataFrame(columns=[*CASE, "effectif", "poids"]),
            ecarts=pd.DataFrame(columns=[*CASE, "signal"]),
            campagnes=pd.DataFrame(columns=["campagne", "nom_campagne"]),
        )
    ],
    "vue_couverture": lambda _: [
        vues.vue_couverture(
            pd.DataFrame(columns=["departement", "type_etablissement", "nb_etablissements"])
        )
    ],
    "vue_reponses": lambda _: [vues.vue_reponses(pd.DataFrame(columns=["question", "reponse"]))],
    "vue_evolution": lambda _: [
        vues.vue_evolution(DEUX_CAMPAGNES.head(n), groupe="5eA") for n in (0, 2)
    ],
    "vue_parcours": lambda d: [vues.vue_parcours(choisi.liste) for choisi in choix(d)],
    "vue_disciplines": lambda _: [
        vues.vue_disciplines(pd.DataFrame(columns=["competence", "discipline"]))
    ],
    "vue_decisions": lambda _: [
        vues.vue_decisions(pd.DataFrame(columns=["annee_scolaire", "decision"]), annee="2026-2027")
    ],
}
"""Les vues qui sont des tables : ni figure, ni image."""


def tables(d: Dossier) -> list[pd.DataFrame]:
    lues = d.tables
    return [d.resultats, d.suivi, lues.eleves, lues.participations, SANS_LIGNE, pd.DataFrame()]


def dans_un_carnet(table: pd.DataFrame | pd.Series) -> str:
    """Ce qu'un carnet montre d'une table, les siennes en français."""
    carnet = InteractiveShell.instance()
    tableaux.en_francais()
    return carnet.display_formatter.format(table)[0]["text/html"]


TABLEAUX = {
    "tableau": lambda d: [tableaux.tableau(table).to_html() for table in tables(d)],
    "tableau_fichiers": lambda d: [tableaux.tableau_fichiers(d.tables.fichiers).to_html()],
    "tableau_journal": lambda d: [tableaux.tableau_journal(d.tables.journal).to_html()],
    "en_francais": lambda d: [dans_un_carnet(table) for table in tables(d)],
    "textes": lambda d: [tableaux.textes(table) for table in tables(d)],
}


def choix(d: Dossier) -> list[parcours.Choix]:
    """Avec un catalogue et sans, avec du temps et sans."""
    demande, tout = parcours.besoins(d.resultats), d.catalogue.parcours
    cas = [(tout, 60), (tout, 0), (tout.head(0), 60)]
    return [parcours.choisir(demande, offre, minutes=minutes) for offre, minutes in cas]


def besoins(d: Dossier) -> list[pd.DataFrame]:
    collecte = "collecte" in set(d.resultats["type_campagne"])
    buts = ["faibles", "angles-morts", *(["certifiables"] if collecte else [])]
    return [parcours.besoins(d.resultats, but=but) for but in buts]


PARCOURS = {
    "Catalogue": lambda d: [d.catalogue.chercher("introuvable")],
    "Choix": choix,
    "Plan": lambda d: [d.plan],
    "annee": lambda _: [parcours.annee(an, "") for an in ("2026-2027", "1999-2000")],
    "besoins": besoins,
    "charger_catalogue": lambda d: [d.catalogue],
    "choisir": choix,
    "deplacer": lambda d: [parcours.deplacer(d.plan, d.eleve, 1)],
    "grouper": lambda d: [parcours.grouper(d.resultats, taille_max=taille) for taille in (1, 8)],
    "parcours_pour_certifier": lambda d: [
        parcours.parcours_pour_certifier(d.certifiables, d.resultats, d.catalogue)
    ],
    "plan_de_classe": lambda d: [d.plan],
}


def sans_etape(ou: Path) -> list[Path]:
    return [documents.ecrire_calendrier(parcours.annee("2026-2027", "").head(0), ou, titre="")]


def feuille_de_route(d: Dossier, ou: Path) -> list[Path]:
    return documents.ecrire_feuille_de_route(d.plan, ou, classe=d.classe, du=pd.NaT)


def sans_etablissement(ou: Path) -> list[Path]:
    return [documents.ecrire_page_familles(ou, etablissement="", annee_scolaire="")]


def sessions(d: Dossier, ou: Path) -> list[Path]:
    """Tous les élèves, certifiés ou non : de quoi remplir des pages."""
    tous = d.tables.eleves.assign(niveau_scolaire="3e", classe="3eA")
    candidats = eligibles(tous, annee_scolaire="2026-2027")
    creneaux = [Creneau(datetime(2027, 3, 15, 8), "101", 3)]
    jours = {"du": date(2027, 3, 15), "au": date(2027, 3, 15), "annee_scolaire": "2026-2027"}
    return documents.ecrire_sessions(planifier(candidats, creneaux, **jours), ou)


SANS_SECTION = Bilan("", "", "", datetime(2026, 11, 20), [], [])
DOCUMENTS = {
    "ecrire_attestations": lambda _, ou: documents.ecrire_attestations(OBTENUES, ou),
    "ecrire_bilan": lambda _, ou: documents.ecrire_bilan(SANS_SECTION, ou),
    "ecrire_modele_attestation": lambda _, ou: [documents.ecrire_modele_attestation(ou)],
    "ecrire_feuille_de_route": feuille_de_route,
    "ecrire_fiches_eleves": lambda d, ou: [
        documents.ecrire_fiches_eleves(d.plan, SANS_NOM, ou),
    ],
    "ecrire_accompagner": lambda d, ou: [
        documents.ecrire_accompagner(
            Accompagnement(accompagnes(d), pd.Series(dtype=str), []), ou, classe="5eA", objectif=0.6
        )
    ],
    "ecrire_livrets": lambda d, ou: [
        documents.ecrire_livrets(mesures.livrets(d.tables, d.liens), ou),
    ],
    "ecrire_sessions": sessions,
    "ecrire_relances": lambda d, ou: documents.ecrire_relances(d.suivi, ou, du=pd.NaT),
}
SANS_DOSSIER = {
    "ecrire_calendrier": sans_etape,
    "ecrire_coupons": lambda ou: [documents.ecrire_coupons("", "", ou, classes={})],
    "ecrire_page_familles": sans_etablissement,
}
"""Les documents qui ne doivent rien aux exports."""


def noms_publics(module) -> set[str]:
    """Ce qu'un étage offre : ce qui s'appelle, et qui est défini chez lui."""
    offerts = {nom: objet for nom, objet in vars(module).items() if not nom.startswith("_")}
    siens = module.__name__
    return {nom for nom, o in offerts.items() if callable(o) and o.__module__.startswith(siens)}


@pytest.mark.parametrize(
    ("module", "appels"),
    [
        (mesures, MESURES),
        (vues, FIGURES | CONSEIL),
        (tableaux, TABLEAUX),
        (parcours, PARCOURS),
        (documents, DOCUMENTS | SANS_DOSSIER),
    ],
)
def test_chaque_nom_public_est_appele_par_cette_marche(module, appels):
    assert noms_publics(module) == set(appels)


def verifier_erreur(erreur: ErreurPixkit) -> None:
    """Trois temps, dont aucun n'annonce une liste vide (« l'une de : . »)."""
    for temps in (erreur.trouve, erreur.attendu, erreur.que_faire):
        assert temps.endswith((".", "?"))
        assert ": ." not in temps


def essayer(appel, nom: str, *reste) -> list:
    """Ce qu'un appel rend ; sauf d'un dossier ordinaire, il peut dire pourquoi rien."""
    try:
        return appel(dossier(nom), *reste)
    except ErreurPixkit as erreur:
        verifier_erreur(erreur)
        if nom == ORDINAIRE:
            raise
        return []
    except Exception as erreur:
        erreur.add_note(f"Dossier : {nom}.")
        raise


def partout(appel, *reste) -> list:
    """Ce qu'un appel rend sur tous les dossiers."""
    return [resultat for nom in DOSSIERS for resultat in essayer(appel, nom, *reste)]


@pytest.mark.parametrize("nom", [*MESURES, *PARCOURS, *TABLEAUX, *CONSEIL])
def test_une_mesure_un_choix_un_tableau_rendent_toujours_quelque_chose(nom):
    assert all(
        resultat is not None for resultat in partout((MESURES | PARCOURS | TABLEAUX | CONSEIL)[nom])
    )


def verifier_vue(vue: Vue) -> None:
    assert vue.phrase.endswith(".")
    assert vue.figure is not None
    assert "eleve" not in vue.table


@pytest.mark.parametrize("nom", FIGURES)
def test_une_vue_a_toujours_une_phrase_et_une_figure(nom):
    for vue in partout(FIGURES[nom]):
        verifier_vue(vue)


@pytest.mark.parametrize("nom", FIGURES)
def test_la_vue_d_un_seul_eleve_se_dessine(nom):
    for vue in essayer(FIGURES[nom], "un élève"):
        assert "<svg" in vue.svg()
        assert "pixkit-phrase" in vue.html()


def test_la_figure_d_une_vue_vide_s_emporte_et_ne_s_affiche_pas():
    vue = vide("Rien à montrer.")
    assert "Rien à montrer." in vue.svg()
    assert vue.png().startswith(b"\x89PNG")
    assert "<img" not in vue.html()


@pytest.mark.parametrize("nom", [*DOCUMENTS, *SANS_DOSSIER])
def test_un_document_existe_toujours(nom, tmp_path):
    seul = SANS_DOSSIER.get(nom)
    ecrits = seul(tmp_path) if seul else partout(DOCUMENTS[nom], tmp_path)
    assert ecrits
    assert all(chemin.stat().st_size for chemin in ecrits)


@pytest.fixture
def imprime(monkeypatch) -> list[str]:
    """Ce qui s'écrit dans les PDF."""
    textes = []
    monkeypatch.setattr(Page, "multi_cell", lambda *arguments, **_: textes.append(arguments[3]))
    return textes


@pytest.mark.parametrize(
    ("nom", "etat", "dit"),
    [
        ("rien", "envoye", "aucun élève de la liste n'est attendu"),
        ("une liste d'une autre année", "envoye", "aucun élève de la liste n'est attendu"),
        (ORDINAIRE, "hors_perimetre", "aucun élève de la liste n'est attendu"),
        (ORDINAIRE, "envoye", "tous les élèves attendus ont envoyé"),
    ],
)
def test_des_relances_sans_personne_disent_pourquoi(imprime, tmp_path, nom, etat, dit):
    liste, *_ = documents.ecrire_relances(dossier(nom).suivi.assign(etat=etat), tmp_path)
    assert any("Personne à relancer" in texte and dit in texte for texte in imprime)
    assert dit in openpyxl.load_workbook(liste)["Relances"]["A2"].value


def test_un_plan_sans_groupe_et_une_table_sans_ligne_le_disent(imprime, tmp_path):
    plan = dossier(ORDINAIRE).plan
    sans = replace(plan, groupes=plan.groupes.head(0))
    documents.ecrire_fiches_eleves(sans, SANS_NOM, tmp_path)
    assert any("personne n'a encore envoyé" in texte for texte in imprime)
    vue = BytesIO(classeur({"Vue": SANS_LIGNE}))
    assert openpyxl.load_workbook(vue)["Vue"]["A2"].value == "Aucune ligne."


# — « Personne n'a encore commencé » ne se dit que si c'est vrai —

COMMENCE = "Personne n'a encore commencé"


def test_personne_n_a_commence_se_dit_quand_des_eleves_sont_attendus():
    suivi = dossier(ORDINAIRE).suivi.assign(etat="jamais_commence")
    assert COMMENCE in vues.vue_participation(mesures.participation_attendue(suivi)).phrase


@pytest.mark.parametrize("nom", ["rien", "un export sans ligne", "une liste d'une autre année"])
def test_personne_n_a_commence_ne_se_dit_pas_quand_personne_n_est_attendu(nom):
    vues = [*FIGURES["vue_participation"](dossier(nom)), *dans_le_temps(dossier(nom))]
    assert not [vue for vue in vues if COMMENCE in vue.phrase]
    assert "Aucun élève n'est attendu" in vues[1].phrase


# — De petits morceaux, au hasard, de vrais exports —


@st.composite
def morceau(dessin) -> dict[str, bytes]:
    """Quelques lignes d'un ou deux exports, avec ou sans liste, avec ou sans colonne de classe."""
    deux = st.lists(st.sampled_from([EVALUATION, COLLECTE]), min_size=1, max_size=2, unique_by=id)
    exports = [
        [cas[0], *dessin(st.lists(st.sampled_from(cas[1:]), max_size=5, unique_by=id))]
        for cas in dessin(deux)
    ]  # fmt: skip
    sources = {"liste.csv": liste_de(*exports)} if dessin(st.booleans()) else {}
    if dessin(st.booleans()):
        exports = [sans_colonne(export, CLASSE) for export in exports]
    return sources | {f"{rang}.csv": en_octets(export) for rang, export in enumerate(exports)}


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(morceau())
def test_quelques_lignes_au_hasard_ne_font_rien_tomber(sources):
    d = Dossier(sources)
    for appel in chain(MESURES.values(), PARCOURS.values(), FIGURES.values()):
        try:
            for vue in filter(lambda resultat: isinstance(resultat, Vue), appel(d)):
                verifier_vue(vue)
        except ErreurPixkit as erreur:
            verifier_erreur(erreur)


# — Les commandes —

SALLES = Path(__file__).parent / "listes" / "salles.csv"
COMMANDES = {
    "lire": [],
    "apparier": [],
    "relances": [],
    "parcours": ["--classe", "5eA", "--minutes", "60"],
    "certification": [],
    "sessions": ["--salles", str(SALLES), "--du", "2027-03-15", "--au", "2027-03-15"],
    "publier": ["--effectif-min", "5", "--oui", "--html"],
    "academie": [],
    "compter": ["--moteur", "duckdb"],
}
FICHIERS = {"compter": "comptes.parquet"}
"""Le fichier qu'écrit une commande qui n'écrit pas un dossier."""
DEPUIS_UNE_PUBLICATION = {"bilan": ["--effectif-min", "5", "--oui"]}
SANS_VERS = {
    "eleve": ["--eleve", "MARTIN", "--effacer", "--oui"],
    "clore": ["--annee", "2026-2027", "--oui"],
    "retirer": ["--oui"],
}


def sans_page(*dits, **_) -> Path:
    (ou,) = (dit for dit in dits if isinstance(dit, Sortie))
    return ou.poser("document.pdf", b"")


@pytest.fixture
def sans_encre(monkeypatch):
    """Images et PDF se préparent sans s'écrire : d'autres essais les dessinent, et c'est long."""
    monkeypatch.setattr(Vue, "html", lambda vue: f"<p class='pixkit-phrase'>{vue.phrase}</p>")
    monkeypatch.setattr(Vue, "svg", lambda _: "<svg/>")
    monkeypatch.setattr(Vue, "png", lambda _, *_points: b"")
    monkeypatch.setattr(Page, "output", lambda _: b"")
    for nom in SANS_DOSSIER:
        monkeypatch.setattr(f"pixkit.panneaux.annee.{nom}", sans_page)
    # Un seul fil : les réglages de matplotlib sont ceux du processus.
    monkeypatch.setattr(
        "pixkit.publication.coeurs.ProcessPoolExecutor", lambda **_: ThreadPoolExecutor(1)
    )


def deposer(nom: str, ou: Path) -> Path:
    ou.mkdir()
    for fichier, octets in DOSSIERS[nom].items():
        (ou / fichier).write_bytes(octets)
    return ou


def test_chaque_commande_est_appelee_par_cette_marche():
    actions = analyseur()._subparsers._group_actions[0].choices
    sans_sortie = {"atelier", "demo", "lab", "servir"}  # elles ouvrent une page, ou copient
    assert set(actions) == {*COMMANDES, *DEPUIS_UNE_PUBLICATION, *SANS_VERS, *sans_sortie}


@pytest.mark.usefixtures("sans_encre")
@pytest.mark.parametrize("nom", DOSSIERS)
@pytest.mark.parametrize("commande", COMMANDES)
def test_une_commande_rend_0_1_ou_2_et_dit_pourquoi(commande, nom, tmp_path, capsys):
    exports, sortie = deposer(nom, tmp_path / "exports"), tmp_path / "sortie"
    vers = sortie / FICHIERS.get(commande, "")
    code = main([commande, str(exports), "--vers", str(vers), *COMMANDES[commande]])
    dit = capsys.readouterr()
    assert code in (0, 1, 2)
    assert "Traceback" not in dit.out + dit.err
    assert dit.err.strip() if code == 2 else list(sortie.iterdir())


@pytest.mark.usefixtures("sans_encre")
@pytest.mark.parametrize("nom", DOSSIERS)
@pytest.mark.parametrize("commande", DEPUIS_UNE_PUBLICATION)
def test_une_commande_qui_publie_d_abord_rend_0_1_ou_2_et_dit_pourquoi(
    commande, nom, tmp_path, capsys
):
    exports, sortie = deposer(nom, tmp_path / "exports"), tmp_path / "sortie"
    options = ["--dossier", str(exports), *DEPUIS_UNE_PUBLICATION[commande]]
    code = main([commande, str(tmp_path / "publication"), "--vers", str(sortie), *options])
    dit = capsys.readouterr()
    assert code in (0, 1, 2)
    assert "imprévu" not in dit.err
    assert dit.err.strip() if code == 2 else list(sortie.iterdir())


@pytest.mark.parametrize("nom", DOSSIERS)
@pytest.mark.parametrize("commande", SANS_VERS)
def test_une_commande_sans_sortie_rend_0_1_ou_2_et_dit_pourquoi(commande, nom, tmp_path, capsys):
    exports = deposer(nom, tmp_path / "exports")
    code = main([commande, str(exports), *SANS_VERS[commande]])
    dit = capsys.readouterr()
    assert code in (0, 1, 2)
    assert "Traceback" not in dit.out + dit.err
    assert "imprévu" not in dit.err
    assert dit.err.strip() if code == 2 else dit.out.strip()
    assert {un.name for un in exports.iterdir()} >= {*DOSSIERS[nom]}, "rien de brut ne s'efface"


@pytest.mark.parametrize("nom", DOSSIERS)
def test_chaque_eleve_d_un_dossier_se_montre(nom, tmp_path):
    ecole = ouvrir(deposer(nom, tmp_path / "exports"))
    cles = {*ecole.tables.eleves["eleve"], *ecole.participations["eleve"]}
    cles |= set(certifications_de_tous(ecole)["eleve"])
    for cle in sorted(cles)[:3]:
        personne = choisir_eleve(ecole, cle)
        assert connaitre(ecole, personne).sections
        assert restes(ecole, personne)


# — L'atelier —

BIEN_REMPLIS = {ORDINAIRE, "une évaluation seule", "tous ont envoyé"}
"""Ce que les essais des panneaux ouvrent déjà."""


def arbre(widget: w.Widget):
    """Un panneau et tout ce qu'il montre."""
    if widget.layout.display != "none":
        yield widget
        for enfant in getattr(widget, "children", ()):
            yield from arbre(enfant)


def gestes(widget: w.Widget):
    """Ce qu'on peut faire d'une commande : poser chaque question, choisir autre chose, cliquer."""
    if isinstance(widget, w.Button) and not widget.disabled:
        yield widget.click
    elif isinstance(widget, w.ToggleButtons):
        yield from (partial(setattr, widget, "index", rang) for rang in range(len(widget.options)))
    elif isinstance(widget, w.Dropdown | w.Select | w.RadioButtons) and len(widget.options) > 1:
        yield partial(setattr, widget, "index", 1)


@pytest.mark.usefixtures("sans_encre")
@pytest.mark.parametrize("nom", sorted(DOSSIERS.keys() - BIEN_REMPLIS))
def test_chaque_page_et_chaque_question_disent_quelque_chose(nom, tmp_path, monkeypatch):
    def laisser_tomber(_filet):
        raise  # noqa: PLE0704 — l'exception que le filet tient

    monkeypatch.setattr(Filet, "showtraceback", laisser_tomber)
    atelier = panneau_atelier(deposer(nom, tmp_path / "exports"))
    for page in atelier.page.options:
        atelier.page.value = page
        assert atelier.message.value
        montres = list(arbre(atelier.corps))
        phrases = [widget.value for widget in montres if isinstance(widget, w.HTML)]
        assert any(phrases) or montres == [atelier.corps], "une page ouverte dit quelque chose"
        for geste in chain(*map(gestes, montres)):
            geste()
            assert page != "Explorer" or "class='pixkit-" in atelier.explorer.vue.value
