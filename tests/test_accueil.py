"""La première page de l'atelier, et ce qui suit d'une page à l'autre."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pixkit.ecole import ouvrir
from pixkit.embarque import DEMO, commande
from pixkit.mesures import envois_de_l_ecole
from pixkit.panneaux import ouvertures as ouvertures_
from pixkit.panneaux import panneau_atelier, souvenir
from pixkit.reponses import RIEN_DE_NET, SANS_LISTE
from pixkit.situation import (
    annees_scolaires,
    ecarts_nets_de_l_annee,
    envois_de_l_annee,
    ou_en_sommes_nous,
)
from tests.test_lecture import EXPORTS

RACINE = Path(__file__).parents[1]
JOUR = date(2026, 11, 27)
LOURDS = ("matplotlib", "seaborn", "scipy.stats", "scipy.optimize", "fpdf", "docx", "openpyxl")


@pytest.fixture(scope="module")
def college():
    return ouvrir(DEMO / "college")


@pytest.fixture
def dossier(tmp_path):
    return shutil.copytree(DEMO / "college", tmp_path / "college")


def reponses(ecole, annee="2026-2027"):
    return {une.question: une for une in ou_en_sommes_nous(ecole, annee, JOUR)}


def test_la_premiere_page_ne_charge_aucune_bibliotheque_dont_elle_ne_se_sert_pas():
    code = (
        "import sys; from pixkit import panneau_atelier\n"
        f"page = panneau_atelier({str(DEMO / 'college')!r})\n"
        "assert 'class=\\'pixkit-table pixkit-chaleur' in page.accueil.toute_l_ecole.value\n"
        f"print([nom for nom in {LOURDS} if nom in sys.modules])"
    )
    commande = [sys.executable, "-c", code]
    sortie = subprocess.run(commande, cwd=RACINE, capture_output=True, text=True, check=True)
    assert sortie.stdout.strip() == "[]"


def test_la_page_se_lit_avant_ses_commandes_sous_voila_et_jamais_dans_un_carnet(
    dossier, monkeypatch
):
    page = panneau_atelier(dossier)
    assert "text/html" not in page._repr_mimebundle_()
    monkeypatch.setenv("VOILA_PREHEAT", "True")
    dit = page._repr_mimebundle_()["text/html"]
    assert page.accueil.toute_l_ecole.value in dit
    assert page.compte_rendu.value not in dit  # plié


def test_les_envois_de_l_ecole_se_comptent_classe_par_classe_et_parcours_par_parcours():
    suivi = pd.DataFrame(
        [
            ("5eA", "Rentrée", "envoye"),
            ("5eA", "Rentrée", "en_cours"),
            ("5eA", "Collecte", "hors_perimetre"),
            ("5eB", "Rentrée", "jamais_commence"),
        ],
        columns=["classe", "nom_campagne", "etat"],
    )
    table = envois_de_l_ecole(suivi)
    assert table.to_dict("list") == {
        "classe": ["5eA", "5eB"],
        "nom_campagne": ["Rentrée", "Rentrée"],
        "envoye": [1, 0],
        "effectif": [2, 1],
        "taux_envoye": [0.5, 0.0],
    }


def test_chaque_reponse_a_sa_page_et_son_age(college):
    dites = reponses(college)
    assert dites["Qui est qui ?"].reponse == "5\u202fnoms attendent une décision."
    assert "sur 405 n’ont pas tout envoyé" in dites["Qui n'a pas envoyé ?"].reponse
    assert dites["Combien sont certifiables ?"].reponse.startswith("70 sur 79\u202félèves")
    # La collecte des 3e a tout montré ; les autres niveaux n'ont passé que des parcours.
    jamais = dites["Qu'est-ce qui n'a jamais été testé ?"].reponse
    assert "Il en manque en 6e : " in jamais
    assert "sans niveau" not in jamais, "la page ouverte n'en montre pas"
    for question, une in dites.items():
        assert une.public, question
        assert une.age or question == "Quelles sont les prochaines dates ?"
    assert "il y a 7 jours" in dites["Combien sont certifiables ?"].age


def test_les_prochaines_dates_sont_celles_des_publics_de_l_ecole(college):
    dit = {u.question: u for u in ou_en_sommes_nous(college, "2025-2026", date(2025, 9, 1))}
    dates = dit["Quelles sont les prochaines dates ?"].reponse
    assert dates.startswith("Parcours de rentrée avant le 18 octobre 2025")
    assert "certification (3e) du 16 mars 2026 au 13 juin 2026" in dates
    assert "Tle" not in dates


def test_une_classe_a_part_n_est_pas_dite_en_ecart(college):
    nets = ecarts_nets_de_l_annee(college, "2026-2027")
    assert len(nets)
    assert not nets["classe"].str.contains("SEGPA").any()


def test_rien_de_net_est_une_reponse_et_sans_liste_aussi(tmp_path):
    (tmp_path / "export.csv").write_bytes((EXPORTS / "01_5e" / "export.csv").read_bytes())
    ecole = ouvrir(tmp_path)
    dites = reponses(ecole, annees_scolaires(ecole)[0])
    assert dites["Quelles classes s'écartent nettement ?"].reponse == RIEN_DE_NET
    assert dites["Qui n'a pas envoyé ?"].reponse == SANS_LISTE
    assert dites["Que faire cette semaine ?"].reponse.startswith("Ajouter la liste des élèves")
    assert envois_de_l_annee(ecole, annees_scolaires(ecole)[0]).empty


def test_un_dossier_vide_enseigne_ou_prendre_les_fichiers(tmp_path):
    page = panneau_atelier(tmp_path)
    for dit in ("Exporter les résultats", "SIECLE", "sans adresses", "FREGATA", "Déposez-les"):
        assert dit in page.accueil.apprendre.value
    assert page.accueil.cartes.layout.display == "none"
    assert page.fichiers.layout.display is None, "de quoi ouvrir un dossier est montré"


def test_une_carte_mene_a_la_page_qui_dit_la_meme_chose(dossier):
    page = panneau_atelier(dossier)
    carte = next(c for c in page.accueil.cartes.children if "écartent" in c.children[0].description)
    carte.children[0].click()
    net = ecarts_nets_de_l_annee(page.ecole, page.an.value).iloc[0]
    explorer = page.explorer
    assert page.page.value == "Explorer"
    assert explorer.question.value == "Écarts d'une classe"
    assert explorer.campagne.value == net["campagne"]
    assert explorer.niveau.value == net["niveau_scolaire"]
    assert explorer.classe.value == net["classe"]


# — Ce qui suit, et ce qui se retrouve —


def test_la_campagne_et_la_classe_suivent_d_une_page_a_l_autre_et_se_retrouvent(dossier):
    page = panneau_atelier(dossier)
    page.page.value = "Relances"
    page.relances.campagne.value = page.relances.campagne.options[2][1]
    page.relances.classe.value = page.relances.classe.options[1]
    choisies = page.relances.campagne.value, page.relances.classe.value
    page.page.value = "Explorer"
    assert (page.explorer.campagne.value, page.explorer.classe.value) == choisies
    encore = panneau_atelier(dossier)
    assert encore.page.value == "Explorer"
    assert (encore.explorer.campagne.value, encore.explorer.classe.value) == choisies


def test_une_annee_scolaire_vaut_pour_toute_la_page(dossier):
    page = panneau_atelier(dossier)
    page.an.value = "2025-2026"
    page.page.value = "Explorer"
    assert all("2025-2026" in nom for nom, _ in page.explorer.campagne.options)
    page.page.value = "Année"
    assert page.annee.annee.value == "2025-2026"
    assert page.annee.annee.layout.display == "none", "une seule année se choisit, en haut"
    page.page.value = "Certifier"
    assert page.certifier.annee.value == "2025-2026"


def test_l_adresse_dit_la_page_et_jamais_un_eleve(dossier):
    page = panneau_atelier(dossier)
    page.page.value = "Explorer"
    page.explorer.question.value = "Un élève"
    page.explorer.classe.value = page.explorer.classe.options[1][1]
    page.explorer.eleve.value = page.explorer.eleve.options[1][1]
    adresse = page.adresse_dite.value
    assert "page=Explorer" in adresse
    assert page.explorer.eleve.value not in adresse
    page.adresse.value = "page=Relances&eleve=X&classe=5eB"
    assert page.page.value == "Relances"
    assert "eleve" not in page.choix


def test_recharger_la_page_retrouve_le_dossier_ouvert(dossier, tmp_path):
    page = panneau_atelier(dossier)
    autre = shutil.copytree(DEMO / "lycee_agricole", tmp_path / "lycee")
    page.chemin.value = str(autre)
    page.ouvrir.click()
    assert "lycée" in panneau_atelier(dossier).nom.value.lower()
    assert souvenir.rouvrir("un autre départ") == "un autre départ"


def test_des_reglages_abimes_ne_se_voient_pas(dossier):
    panneau_atelier(dossier)
    souvenir._chemin().write_text("[", encoding="utf-8")
    assert panneau_atelier(dossier).page.value == "Où en sommes-nous ?"


def test_parcourir_descend_remonte_et_entree_ouvre(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "a.csv").write_bytes((EXPORTS / "01_5e" / "export.csv").read_bytes())
    page = panneau_atelier(tmp_path)
    page.fichiers.parcourir.click()
    dossiers = dict(page.fichiers.dossiers.options)
    page.fichiers.dossiers.value = dossiers["exports"]
    assert page.chemin.value == str(tmp_path / "exports")
    page.chemin._handle_custom_msg({"event": "submit"}, [])
    assert "1\u202fexport lu" in page.message.value
    page.fichiers.dossiers.value = page.fichiers.dossiers.options[0][1]
    assert page.chemin.value == str(tmp_path)


# — Ce qui est publié s'ouvre d'un bouton —


@pytest.fixture
def ouvertures(tmp_path, monkeypatch):
    """Le panneau d'une publication faite, et ce qu'il demande au navigateur."""
    pages = []
    monkeypatch.setattr(ouvertures_.webbrowser, "open", pages.append)
    (tmp_path / "manifeste.json").write_text('{"format": 1}', encoding="utf-8")
    panneau = ouvertures_.PanneauOuvertures()
    panneau.proposer(str(tmp_path))
    return panneau, pages


def test_sans_publication_rien_a_ouvrir(tmp_path):
    panneau = ouvertures_.PanneauOuvertures()
    panneau.proposer(str(tmp_path))
    assert panneau.layout.display == "none"


def test_les_pages_sans_serveur_s_ouvrent_si_elles_sont_la(ouvertures, tmp_path):
    panneau, pages = ouvertures
    assert panneau.layout.display is None
    assert panneau.sans_serveur.layout.display == "none"
    (tmp_path / "index.html").write_text("", encoding="utf-8")
    panneau.proposer(str(tmp_path))
    assert panneau.sans_serveur.layout.display is None
    panneau.sans_serveur.click()
    assert pages == [(tmp_path / "index.html").as_uri()]


def test_une_publication_illisible_ne_s_ouvre_pas_et_dit_la_commande(ouvertures):
    panneau, pages = ouvertures
    panneau.servir.click()
    assert "les tableaux de bord, qui ne s&#39;ouvrent pas" in panneau.message.value
    assert "servir" in panneau.message.value
    assert pages == []


def test_la_commande_dite_est_celle_de_cet_ordinateur():
    essai = subprocess.run(
        commande("--help"), shell=True, capture_output=True, text=True, check=False
    )
    assert essai.returncode == 0, essai.stderr
    assert "servir" in essai.stdout
