"""Le schéma : chaque colonne que voit un carnet ou un programme y a un nom, un type, un sens."""

import csv
import runpy
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import pandas as pd
import pytest
from pandas.api import types as genres

from pixkit import ouvrir, preparer_publication, une_campagne
from pixkit.academie.annuaire import lire_annuaire
from pixkit.academie.fusion import Ensembles, apports, reunir_les_publications
from pixkit.academie.recueil import recueillir
from pixkit.echelle.comptes import compter_dossier
from pixkit.ecriture import ecrire
from pixkit.erreurs import ChoixInconnu
from pixkit.mesures import par_eleve
from pixkit.mesures.entonnoir import situer
from pixkit.publication import preparer
from pixkit.sessions import PlanDeSessions, planifier
from pixkit.sessions.eligibles import eligibles
from pixkit.sessions.salles import Creneau
from pixkit.tableaux import tableau, textes
from pixkit.tables import SCHEMA, TYPES, titre
from pixkit.vues import vue_distribution
from tests.fausse_academie import academie
from tests.test_vides import MESURES, PARCOURS, Dossier, dans_un_carnet

RACINE = Path(__file__).parents[1]
DEMO = RACINE / "data" / "demo"
CONTRATS = {
    "participations": """fichier ligne campagne nom_campagne type_campagne parcours_evalue eleve
        nom prenom classe groupe identifiant_externe progression date_debut envoye date_envoi
        palier nb_paliers taux_maitrise nb_pix certifiable nb_competences_certifiables retenue
        organisation id_campagne niveau_scolaire annee_scolaire numero_etudiant compte_supprime
        precision_dates""",
    "resultats": "fichier ligne competence nb_acquis nb_acquis_maitrises niveau_pix nb_pix",
    "journal": "fichier ligne sort motif",
    "acquis": "fichier ligne competence acquis etat",
    "badges": "fichier ligne badge obtenu",
    "eleves": """eleve nom prenom autres_prenoms nom_usage date_naissance classe groupes
        niveau_scolaire date_entree date_sortie annee_scolaire etablissement present mouvement
        professeur_principal fichier ligne""",
    "certifications": """fichier ligne numero nom prenom date_naissance classe type statut
        niveau_global nb_pix 1.1 1.2 1.3 2.1 2.2 2.3 2.4 3.1 3.2 3.3 3.4 4.1 4.2 4.3 5.1 5.2
        session date_passage commentaire annee_scolaire""",
}
TYPES_ECRITS = {
    "Int64": """ligne palier nb_paliers nb_pix nb_competences_certifiables nb_acquis
        nb_acquis_maitrises niveau_pix numero session 1.1 1.2 1.3 2.1 2.2 2.3 2.4 3.1 3.2 3.3 3.4
        4.1 4.2 4.3 5.1 5.2""",
    "Float64": "progression taux_maitrise",
    "boolean": "envoye certifiable retenue compte_supprime obtenu present",
    "datetime64[us, Europe/Paris]": "date_debut date_envoi",
    "datetime64[us]": "date_naissance date_entree date_sortie date_passage",
}
"""Les autres colonnes sont des textes, en catégories là où ils se répètent par milliers."""
NOMS = {
    "participations_reliees": "participations",
    "relances": "suivi",
    "une_campagne": "resultats_retenus",
    "estimations_par_campagne": "estimations",
    **dict.fromkeys(("par_eleve", "reunir"), "mesure"),
    **dict.fromkeys(("compter", "additionner"), "comptes"),
    **dict.fromkeys(("Catalogue", "charger_catalogue", "parcours"), "catalogue"),
    **dict.fromkeys(("Choix", "choisir", "liste"), "choix"),
    **dict.fromkeys(("grouper", "eleves"), "groupes"),
    "couverture": "besoins",
    **dict.fromkeys(("collectes_anciennes", "parcours_pour_certifier"), "certifiables"),
    **dict.fromkeys(("dernieres_collectes", "niveaux_certifies"), "resultats_retenus"),
    "certifications_retenues": "certifications_reliees",
    **dict.fromkeys(("ecarts_a_l_attendu", "ecarts_a_l_an_passe"), "ecarts"),
}
"""La table du schéma, quand la fonction ou le champ qui la rend porte un autre nom."""
COLONNES = [ligne for ligne in SCHEMA if ligne.nom]


def est_un_nombre(valeurs: pd.Series) -> bool:
    return genres.is_numeric_dtype(valeurs) and not genres.is_bool_dtype(valeurs)


NATURES = {
    "texte": lambda valeurs: not genres.is_numeric_dtype(valeurs),
    "entier": est_un_nombre,
    "reel": est_un_nombre,
    "booleen": genres.is_bool_dtype,
    "instant": lambda valeurs: isinstance(valeurs.dtype, pd.DatetimeTZDtype),
    "jour": genres.is_datetime64_dtype,
    "objet": genres.is_object_dtype,
}


class Demonstration(Dossier):
    """Le collège fictif, vu par une de ses campagnes."""

    def __init__(self, ecole, genre: str):
        self.ecole, self.tables, self.liens, self.genre = ecole, ecole.tables, ecole.liens, genre

    @cached_property
    def resultats(self) -> pd.DataFrame:
        tous = self.ecole.resultats[self.ecole.resultats["type_campagne"] == self.genre]
        return tous[tous["campagne"].isin(tous["campagne"].head(1))]


def rendues(dossier: Dossier):
    """(nom, table) de tout ce que rendent les mesures et les choix."""
    for nom, appel in (MESURES | PARCOURS).items():
        for rendu in appel(dossier):
            if isinstance(rendu, pd.DataFrame):
                yield NOMS.get(nom, nom), rendu
            elif hasattr(rendu, "__dict__"):
                champs = vars(rendu).items()
                tables = ((c, t) for c, t in champs if isinstance(t, pd.DataFrame))
                yield from ((NOMS.get(champ, champ), table) for champ, table in tables)
    yield "distribution", vue_distribution(par_eleve(dossier.resultats, par="classe")).table


def ensembles_inventes(parent: Path) -> Ensembles:
    """Six établissements inventés, réunis."""
    academie(parent, 6, niveaux={"collège": ("3e",)}, classes=1)
    recueil = recueillir([parent], lire_annuaire(parent / "etablissements.csv")[0])
    return reunir_les_publications(recueil, apports(recueil.recues))


def plan_de_la_demonstration(college) -> PlanDeSessions:
    """Les 3e du collège fictif, en une matinée."""
    candidats = eligibles(college.tables.eleves, annee_scolaire="2026-2027")
    creneaux = [Creneau(datetime(2027, 3, 15, heure), "101", 30) for heure in (8, 10, 13, 15)]
    jour = date(2027, 3, 15)
    return planifier(candidats, creneaux, du=jour, au=jour, annee_scolaire="2026-2027")


@pytest.fixture(scope="module")
def college():
    return ouvrir(DEMO / "college")


@pytest.fixture(scope="module")
def obtenues(college, tmp_path_factory) -> list[tuple[str, pd.DataFrame]]:
    """Toutes les tables de la démonstration, chacune sous son nom dans le schéma."""
    lues = [(nom, getattr(college.tables, nom)) for nom in (*CONTRATS, "fichiers")]
    relies = [(nom, getattr(college.liens, nom)) for nom in ("appariements", "doutes")]
    mesurees = [
        rendue
        for genre in ("evaluation", "collecte")
        for rendue in rendues(Demonstration(college, genre))
    ]
    with pytest.MonkeyPatch.context() as essai:
        essai.setattr(preparer, "dessiner", lambda *_: {})  # les agrégats n'en viennent pas
        publies = preparer_publication(DEMO / "lycee_agricole", effectif_min=5).agregats.tables()
    reunies = ensembles_inventes(tmp_path_factory.mktemp("academie")).tables()
    plan = plan_de_la_demonstration(college)
    prevues = [("sessions", plan.candidats), ("seances", plan.sessions)]
    vers = tmp_path_factory.mktemp("comptes") / "comptes.parquet"
    comptes = compter_dossier(college, vers, moteur="pandas").to_pandas()
    return [
        ("comptes", comptes),
        *lues,
        *relies,
        *mesurees,
        *prevues,
        *((f"agregats.{nom}", t) for nom, t in publies.items()),
        *((f"academie.{nom}", t) for nom, t in reunies.items()),
        ("situer", situer(reunies["entonnoirs"].drop(columns="quoi"), (0.5, 0.5))),
    ]


def campagnes(ecole) -> set[str]:
    """Une table d'une colonne par campagne a ses noms pour titres."""
    return set(ecole.suivi["nom_campagne"])


def test_un_nom_n_est_decrit_qu_une_fois_par_table():
    paires = [(table, ligne.nom) for ligne in SCHEMA for table in ligne.tables]
    assert sorted(paires) == sorted(set(paires))


def test_chaque_colonne_a_un_type_connu_un_sens_et_une_table_decrite():
    tables = {ligne.tables[0] for ligne in SCHEMA if not ligne.nom}
    for ligne in COLONNES:
        assert ligne.type in TYPES, ligne
        assert ligne.sens, ligne
        assert set(ligne.tables) <= tables, ligne


def test_un_nom_n_a_qu_un_titre_et_il_est_en_francais():
    for ligne in COLONNES:
        assert ligne.titre == titre(ligne.nom), ligne
        assert "_" not in ligne.titre, ligne
        assert ligne.titre[0].isupper() or ligne.titre[0].isdigit(), ligne


def test_chaque_colonne_obtenue_est_decrite(college, obtenues):
    connues = {(table, ligne.nom) for ligne in COLONNES for table in ligne.tables}
    vues = {(nom, colonne) for nom, table in obtenues for colonne in table}
    inconnues = {
        (table, nom)
        for table, nom in vues - connues
        if ("*", nom) not in connues and nom not in campagnes(college)
    }
    assert not inconnues, "à décrire dans pixkit/colonnes.csv"


def test_chaque_colonne_decrite_s_obtient(obtenues):
    vues = {(nom, colonne) for nom, table in obtenues for colonne in table}
    vues |= {("*", colonne) for _, colonne in vues}
    decrites = {(table, ligne.nom) for ligne in COLONNES for table in ligne.tables}
    assert not decrites - vues, "à retirer de pixkit/colonnes.csv"


def test_chaque_colonne_a_le_type_que_dit_le_schema(obtenues):
    types = {(table, ligne.nom): ligne.type for ligne in COLONNES for table in ligne.tables}
    for nom, table in obtenues:
        for colonne in table.columns if len(table) else ():
            genre = types.get((nom, colonne)) or types.get(("*", colonne), "texte")
            assert NATURES[genre](table[colonne]), (nom, colonne, genre)


def test_les_fichiers_ecrits_gardent_leurs_colonnes_dans_leur_ordre(college, tmp_path):
    for chemin in ecrire(college.tables, tmp_path):
        with chemin.open(encoding="utf-8", newline="") as lignes:
            assert next(csv.reader(lignes)) == CONTRATS[chemin.stem].split(), chemin.name
    ecrites = {nom for nom in CONTRATS if len(getattr(college.tables, nom))}
    assert {chemin.stem for chemin in tmp_path.iterdir()} == ecrites


@pytest.mark.parametrize("nom", CONTRATS)
def test_les_tables_ecrites_gardent_leurs_types(college, nom):
    attendus = {colonne: t for t, colonnes in TYPES_ECRITS.items() for colonne in colonnes.split()}
    texte = "category" if nom in ("resultats", "acquis") else "str"
    types = getattr(college.tables, nom).dtypes.astype(str).to_dict()
    assert types == {colonne: attendus.get(colonne, texte) for colonne in types}


def test_la_page_des_colonnes_est_celle_du_schema():
    page = runpy.run_path(str(RACINE / "docs" / "colonnes.py"))["page"]()
    ecrite = (RACINE / "docs" / "colonnes.md").read_text(encoding="utf-8")
    assert ecrite == page, "à refaire : python docs/colonnes.py"


@pytest.mark.parametrize(
    ("table", "ecrit"),
    [
        ({"taux_maitrise": [0.5], "ecart": [0.04]}, ["50,0\u202f%", "+4\u202fpoints"]),
        (
            {"mesure": ["niveau_moyen"], "valeur": [3.25], "ecart": [-0.5]},
            ["niveau Pix moyen", "3,2", "−0,5\u202fniveau"],
        ),
        ({"taux_maitrise": [0.5], "reference": [0.25]}, ["50,0\u202f%", "25,0\u202f%"]),
        ({"niveau_moyen": [3.0], "mesure": ["niveau_moyen"]}, ["3,0", "niveau Pix moyen"]),
        ({"moyenne": [0.512345], "part_propre": [0.25]}, ["51,2\u202f%", "25,0\u202f%"]),
        (
            {"jour": [pd.Timestamp("2026-09-01")], "certifiable": [True]},
            ["1er septembre 2026", "oui"],
        ),
        ({"etat": ["en_cours"], "testee": [False]}, ["en cours", "jamais"]),
        ({"etat": ["Non testé"], "envoye": [24]}, ["Non testé", "24"]),
        ({"besoin": [None], "inconnue": [1]}, ["–", "1"]),
    ],
)
def test_une_case_s_ecrit_selon_l_unite_et_le_type_de_sa_colonne(table, ecrit):
    assert textes(pd.DataFrame(table))["lignes"] == [ecrit]
    html = tableau(pd.DataFrame(table)).to_html()
    assert all(texte in html for texte in ecrit)


# — Dans un carnet —


def test_un_carnet_montre_tables_et_series_en_francais(college):
    table = pd.DataFrame(
        {
            "nom_campagne": ["Rentrée", None],
            "taux": [0.5, float("nan")],
            "garde": [True, False],
            "type_campagne": ["collecte", "evaluation"],
        }
    )
    html = dans_un_carnet(table)
    for dit in ("Campagne", "0,50", "oui", "collecte de profils", "–"):
        assert dit in html
    comptes = dans_un_carnet(college.tables.journal["sort"].value_counts())
    assert "Nombre" in comptes
    assert "remplacée par une plus récente" in comptes
    tailles = college.resultats.groupby(["classe", "domaine"], observed=True).size()
    for montre in (html, comptes, dans_un_carnet(tailles), dans_un_carnet(tailles.unstack())):
        assert not [mot for mot in ("NaN", "nan", "None", "dtype", "True") if mot in montre]


def test_un_carnet_dit_combien_de_lignes_il_ne_montre_pas(college):
    html = dans_un_carnet(college.resultats)
    assert f"… et {len(college.resultats) - 30}\u202fautres lignes." in html
    assert html.count("<tr>") == 31


def test_une_erreur_dans_un_carnet_est_une_phrase(college):
    with pytest.raises(ChoixInconnu, match=r"2026-2027 \(3e, 4e, 5e, 6e\)") as erreur:
        une_campagne(college.resultats, annee="2030-2031", niveau="5e")
    assert erreur.value._render_traceback_() == [str(erreur.value)]


def test_une_campagne_est_celle_que_le_plus_d_eleves_ont_passee(college):
    quatrieme = une_campagne(college.resultats, annee="2026-2027", niveau="4e")
    assert set(quatrieme["nom_campagne"]) == {"Parcours de rentrée 4e 2026"}
