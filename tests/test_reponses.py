"""À chaque public, sa première réponse : juste, prudente, et dans le premier écran."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from pixkit.charte import pourcentage
from pixkit.publication.deductions import cases_des_domaines, reliefs
from pixkit.publication.evolution import evolutions
from pixkit.publication.preparer import preparer_publication
from pixkit.publication.reponses import (
    de_l_etablissement,
    du_certificat,
    ecarts_nets,
    en_relief,
    manquants,
    premiere_campagne,
)
from pixkit.referentiel import rang_niveau
from pixkit.tableaux import textes
from pixkit.vues import vue_extremes
from pixkit.vues.ensemble import vue_ensemble
from tests.test_publication import remplir
from tests.test_serveur import Serveur

CODES = ("1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2")
ECRANS = ((1366, 768), (390, 844))
QUESTIONS = {
    "etablissement": {
        "Qui n'a pas envoyé ?": r"5e : \d+.* sur \d+ n’ont pas envoyé",
        "Que travailler d'abord ?": r"^\d [A-ZÉ].*%, .*élèves|^Rien de net",
        "Qu'est-ce qui n'a jamais été testé ?": r"sur 16 : \d\.\d|Chacune des 16",
        "Combien sont certifiables ?": r"% de .*élèves",
    },
    "classe": {
        "Qui n'a pas envoyé ?": r"sur \d+ n’ont? pas envoyé",
        "Que maîtrise-t-elle le mieux ?": r"(^\d\.\d |^Rien de net).* \d+\s% des acquis visés \(",
        "Que maîtrise-t-elle le moins ?": r"^\d\.\d |^Rien de net",
        "En quoi s'écarte-t-elle de son niveau ?": r"points|^Rien de net|^Seule",
        "Que proposer à son niveau ?": r"\w+\.$",
    },
    "conseil_pedagogique": {
        "Qui n'a pas envoyé ?": r"sur \d+ n’ont? pas envoyé",
        "Trois forces": r"^\d\.\d |^Rien de net",
        "Trois lacunes": r"^\d\.\d |^Rien de net",
        "Qu'est-ce qui n'a jamais été testé ?": r"sur 16 : \d\.\d|Chacune des 16",
        "Que proposer ?": r"\w+\.$",
    },
    "certification": {"Combien sont certifiables ?": r"% de .*élèves"},
}


def cases(valeurs, effectif: int = 120) -> pd.DataFrame:
    return pd.DataFrame({
        "campagne": "C", "niveau_scolaire": "5e", "classe": "5eA",
        "competence": CODES[: len(valeurs)],
        "mesure": "taux_maitrise", "effectif": effectif, "au_moins": False, "valeur": valeurs,
        "borne": "", "poids": 6,
    })  # fmt: skip


def participation(*lignes) -> pd.DataFrame:
    colonnes = ["campagne", "niveau_scolaire", "classe", "attendus", "envoyes_bas", "envoyes_haut"]
    return pd.DataFrame(lignes, columns=colonnes)


# — Les mots —


def test_qui_manque_est_le_complement_de_ce_qui_est_publie():
    assert (
        manquants(participation(("C", "5e", "5eA", 28, 20, 24))) == "4 à 8 sur 28 n’ont pas envoyé"
    )
    assert manquants(participation(("C", "5e", "5eA", 28, 27, 27))) == "1 sur 28 n’a pas envoyé"
    presque = participation(("C", "5e", "5eA", 24, 20, 24))
    assert manquants(presque) == "4 au plus sur 24 n’ont pas envoyé"


def test_une_ecole_qui_n_a_que_des_collectes_a_aussi_ses_domaines_a_travailler():
    collecte = cases([4.0, 3.9, 1.0, 0.9]).assign(mesure="niveau_moyen", poids=1)
    deux = pd.concat([collecte, cases([0.5] * 4)])
    assert en_relief(cases_des_domaines(collecte), "domaine", -1).startswith("2 Communication")
    assert set(cases_des_domaines(deux)["mesure"]) == {"taux_maitrise"}


def test_un_niveau_a_la_campagne_ou_il_est_le_plus_attendu_et_l_evaluation_a_egalite():
    venus = participation(("B", "3e", "3eA", 25, 9, 9), ("A", "3e", "3eA", 25, 20, 20),
                          ("A", "5e", "5eA", 25, 20, 20), ("D", "5e", "5eA", 30, 3, 3))  # fmt: skip
    genres = ["collecte", "evaluation", "evaluation"]
    campagnes = pd.DataFrame({"campagne": ["B", "A", "D"], "type_campagne": genres})
    gardees = premiere_campagne(venus, campagnes)
    assert dict(zip(gardees["niveau_scolaire"], gardees["campagne"], strict=True)) == {
        "3e": "A", "5e": "D",
    }  # fmt: skip


def test_une_force_et_une_lacune_se_nomment_avec_leur_effectif():
    lues = cases([0.9, 0.55, 0.55, 0.55, 0.55, 0.2])
    assert en_relief(lues, "competence", 1).startswith(
        f"1.1 Mener une recherche et une veille d’information ({pourcentage(0.9)}, 120 élèves)"
    )
    assert "3.2 Développer des documents multimedia" in en_relief(lues, "competence", -1)


def test_un_petit_groupe_ou_une_seule_competence_n_ont_rien_de_net():
    assert en_relief(cases([0.62, 0.55, 0.5], effectif=6), "competence", 1).startswith(
        "Rien de net"
    )
    assert en_relief(cases([0.9]), "competence", 1).startswith("Rien de net")
    assert en_relief(cases([]), "competence", 1) == "Aucun résultat publié."


def test_les_pages_forces_et_lacunes_ont_la_meme_prudence_que_l_ordre_du_jour():
    net, rien = (reliefs(cases(v), "competence") for v in ([0.9, 0.55, 0.55, 0.2], [0.55] * 4))
    assert (
        "Nettement, toutes regardées ensemble : 1.1"
        in vue_extremes(net, niveau="5e", forces=True).phrase
    )
    vue = vue_extremes(rien, niveau="5e", forces=False)
    assert "Rien de net" in vue.phrase
    assert "relief" not in vue.table


def test_deux_campagnes_du_meme_nom_ont_chacune_leur_colonne():
    venus = participation(("A", "5e", "5eA", 28, 20, 24), ("B", "5e", "5eA", 28, 9, 9))
    campagnes = pd.DataFrame({"campagne": ["A", "B"], "nom_campagne": "Rentrée"})
    ecarts = pd.DataFrame(columns=["campagne", "classe", "signal", "ecart"])
    vue = vue_ensemble(venus, maitrise=cases([]), ecarts=ecarts, campagnes=campagnes)
    assert textes(vue.table) == {
        "colonnes": ["Classe", "Rentrée (A)", "Rentrée (B)"],
        "lignes": [["5eA", "20 à 24 sur 28", "9 sur 28"]],
    }


def test_les_campagnes_que_seul_leur_niveau_distingue_ont_la_meme_colonne():
    venus = participation(("A", "5e", "5eA", 28, 20, 24), ("B", "3e", "3eA", 28, 9, 9),
                          ("C", "3e", "3eA", 28, 9, 9))  # fmt: skip
    noms = ["Rentrée 5e 2026", "Rentrée 3e 2026", "Bilan (3e)"]
    campagnes = pd.DataFrame({"campagne": list("ABC"), "nom_campagne": noms})
    ecarts = pd.DataFrame(columns=["campagne", "classe", "signal", "ecart"])
    options = {"maitrise": cases([]), "ecarts": ecarts}
    vue = vue_ensemble(venus, campagnes=campagnes, **options)
    assert list(vue.table) == ["Classe", "Rentrée 2026", "Bilan (3e)"]
    assert "3 campagnes" in vue.phrase.replace("\N{NARROW NO-BREAK SPACE}", " ")
    deux = pd.concat([venus, participation(("B", "3e", "5eA", 28, 9, 9))])
    assert list(vue_ensemble(deux, campagnes=campagnes, **options).table)[1:] == noms


def test_une_moyenne_ne_redit_pas_combien_ont_envoye():
    maitrise = cases([0.5, 0.5], 20)
    ecarts = pd.DataFrame(columns=["campagne", "classe", "signal", "ecart"])
    campagnes = pd.DataFrame({"campagne": ["C"], "nom_campagne": ["Rentrée"]})
    for envoyes, dit in (
        (20, "50\N{NARROW NO-BREAK SPACE}%"),
        (21, "50\N{NARROW NO-BREAK SPACE}% (20)"),
    ):
        venus = participation(("C", "5e", "5eA", 28, envoyes, envoyes))
        vue = vue_ensemble(venus, maitrise=maitrise, ecarts=ecarts, campagnes=campagnes)
        assert vue.table["Rentrée"].tolist() == [f"{dit} · {envoyes} sur 28"]


def test_sans_ecart_vrai_presque_rien_n_est_dit_net():
    """400 niveaux où toutes les compétences se valent : au plus 5 % en nomment une."""
    alea, effectif, acquis = np.random.default_rng(7), 60, 6
    cries = 0
    for _ in range(400):
        force = alea.beta(2, 2, (effectif, 1)).repeat(len(CODES), axis=1)
        valeurs = (alea.binomial(acquis, force) / acquis).mean(axis=0).round(2)
        cries += bool(reliefs(cases(valeurs, effectif), "competence")["relief"].any())
    assert cries / 400 <= 0.05


def test_un_ecart_net_se_dit_et_une_classe_seule_n_en_a_pas():
    siens = pd.DataFrame({"competence": ["1.1", "1.2"], "signal": ["net", "dans le bruit"],
                          "ecart_retenu": [-0.12, 0.2]})  # fmt: skip
    assert "1.1" in ecarts_nets(siens)
    assert "−12" in ecarts_nets(siens)
    assert "1.2" not in ecarts_nets(siens)
    assert ecarts_nets(siens.assign(signal="dans le bruit")).startswith("Rien de net")
    assert ecarts_nets(siens[:0]).startswith("Seule de son niveau")


def test_une_part_de_certification_se_dit_a_cote_de_l_an_passe():
    lignes = pd.DataFrame({"effectif": [20], "au_moins": [False], "taux_bas": [0.7],
                           "taux_haut": [0.8]})  # fmt: skip
    dit = du_certificat(lignes, lignes.assign(taux_haut=0.7))
    bas, haut = pourcentage(0.7), pourcentage(0.8)
    assert dit == f"De {bas} à {haut} de 20 élèves ; l'an passé, {bas}."
    assert du_certificat(lignes[:0], lignes).startswith("Rien de publié")


def test_les_classes_vont_de_la_6e_a_la_terminale_les_segpa_et_ulis_apres():
    melees = ["TG1", "6e10", "4e SEGPA", "6e ULIS", "4eA", "6e2", "3eA", "2GT1", "6eA"]
    rangees = ["6e2", "6e10", "6eA", "6e ULIS", "4eA", "4e SEGPA", "3eA", "2GT1", "TG1"]
    assert sorted(melees, key=rang_niveau) == rangees


# — La page —


@pytest.fixture(scope="module")
def publication(tmp_path_factory):
    preparation = preparer_publication(
        remplir(tmp_path_factory.mktemp("dossier")), effectif_min=5, html=True
    )
    return preparation, preparation.ecrire(tmp_path_factory.mktemp("sortie") / "publication")


@pytest.fixture(scope="module")
def serveur(publication):
    ouvert = Serveur(publication[1])
    yield ouvert
    ouvert.fermer()


@pytest.mark.parametrize("ecran", ECRANS, ids=["ordinateur", "telephone"])
@pytest.mark.parametrize("public", QUESTIONS)
def test_en_dix_secondes_chaque_question_a_sa_reponse_dans_le_premier_ecran(
    serveur, publication, chromium, public, ecran
):
    page = chromium.new_page(viewport=dict(zip(("width", "height"), ecran, strict=True)))
    statique = publication[1] / "pages" / public / "0000.html"
    for ou in (f"{serveur.adresse}/{public}", statique.as_uri()):
        page.goto(ou)
        for question, attendu in QUESTIONS[public].items():
            carte = page.locator(
                ".pixkit-reponses > div", has=page.get_by_text(question, exact=True)
            )
            assert re.search(attendu, carte.locator("dd").inner_text()), carte.inner_text()
            place = carte.bounding_box()
            assert place["y"] + place["height"] <= ecran[1], f"{question} : sous le premier écran"
            assert place["x"] + place["width"] <= ecran[0]
    page.close()


def test_chaque_reponse_mene_a_ce_qui_la_montre(serveur, chromium):
    page = chromium.new_page()
    page.goto(f"{serveur.adresse}/etablissement")
    page.get_by_role("link", name="Qui n'a pas envoyé ?").click()
    assert page.get_by_label("Question").input_value() == "participation"
    page.goto(f"{serveur.adresse}/conseil_pedagogique")
    page.get_by_role("link", name="Trois lacunes").click()
    assert page.get_by_label("Page", exact=True).input_value() == "lacunes"
    page.close()


def test_les_reponses_sont_celles_des_agregats_et_les_pages_statiques_les_repetent(publication):
    preparation, ou = publication
    (annee,) = preparation.agregats.campagnes["annee_scolaire"].unique()
    statique = (ou / "pages" / "etablissement" / "0000.html").read_text(encoding="utf-8")
    for une in de_l_etablissement(
        preparation.agregats, annee, list(evolutions(preparation.agregats))
    ):
        assert une.reponse.endswith("."), une.reponse
        assert une.reponse in statique.replace("&#39;", "'").replace("&amp;", "&")
    for public, quoi in (("classe", "classe"), ("conseil_pedagogique", "niveau")):
        etats = json.loads((ou / "etats" / f"{public}.json").read_text(encoding="utf-8"))["etats"]
        ranges = list(dict.fromkeys(etat["choix"][quoi] for etat in etats))
        assert ranges == sorted(ranges, key=rang_niveau)


def test_en_plein_ecran_il_ne_reste_que_la_question(serveur, chromium):
    for largeur, hauteur in ((1280, 720), (1920, 1080)):
        page = chromium.new_page(viewport={"width": largeur, "height": hauteur})
        page.goto(f"{serveur.adresse}/conseil_pedagogique?page=lacunes")
        page.get_by_role("button", name="Plein écran").click()
        page.wait_for_function("() => document.fullscreenElement")
        assert not page.get_by_label("Page", exact=True).is_visible()
        assert not page.locator("header").is_visible()
        for suivante in ("angles_morts", "parcours", "disciplines", "decisions", "ordre_du_jour"):
            haute = page.evaluate("document.documentElement.scrollHeight")
            assert haute <= hauteur, f"avant {suivante}, la question tient sans défiler"
            page.keyboard.press("ArrowRight")
            page.wait_for_url(re.compile(f"page={suivante}"))
        page.close()
