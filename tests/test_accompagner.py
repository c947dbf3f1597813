"""Les élèves à accompagner : l'erreur d'une note d'élève, les inconnus, nul classement."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from pixkit.accompagnement import accompagner
from pixkit.documents import ecrire_accompagner
from pixkit.ecole import ouvrir
from pixkit.embarque import DEMO
from pixkit.mesures import a_accompagner
from pixkit.panneaux import panneau_atelier
from pixkit.vues import vue_accompagner
from tests.conftest import texte_du_pdf

CAMPAGNE = "Parcours de rentrée 3e 2026"


def resultats(*lignes) -> pd.DataFrame:
    colonnes = ["eleve", "domaine", "nb_acquis", "nb_acquis_maitrises"]
    table = pd.DataFrame(lignes, columns=colonnes)
    return table.assign(
        classe="5eA", type_campagne="evaluation", competence=table["domaine"] + ".1"
    )


@pytest.fixture(scope="module")
def college():
    return ouvrir(DEMO / "college")


@pytest.fixture(scope="module")
def code(college):
    participations = college.participations
    return participations.loc[participations["nom_campagne"] == CAMPAGNE, "campagne"].iloc[0]


def test_une_note_sous_l_objectif_n_est_sure_que_si_sa_marge_l_est_aussi():
    table = a_accompagner(
        resultats(("a", "1", 40, 8), ("b", "1", 8, 4), ("c", "1", 10, 7), ("d", "1", 0, 0)),
        objectif=0.6,
    )
    assert dict(zip(table["eleve"], table["sous_objectif"], strict=True)) == {
        "a": "sûr",  # 20 %, au plus 35 %
        "b": "à vérifier",  # 50 %, mais jusqu'à 78 %
        "c": "non",
    }, "qui n'a passé aucun acquis n'a pas de ligne : ce n'est pas un zéro"
    assert table.loc[0, ["note", "bas", "haut"]].tolist() == pytest.approx(
        [0.2, 0.105, 0.348], abs=1e-3
    )


def test_les_acquis_d_un_domaine_s_additionnent_et_l_ordre_n_est_pas_un_classement():
    table = a_accompagner(resultats(("z", "1", 4, 1), ("z", "1", 6, 2), ("a", "1", 10, 0)))
    assert table["eleve"].tolist() == ["a", "z"]
    assert table["nb_acquis"].tolist() == [10, 10]
    assert table["note"].tolist() == pytest.approx([0, 0.3])


def test_qui_n_a_rien_envoye_est_dit_inconnu_et_nul_autre_n_est_nomme(college, code):
    dit = accompagner(college, code, "3eC", 0.6)
    assert len(dit.inconnus) == 16
    assert not set(dit.inconnus) & set(dit.table["nom"])
    vue = vue_accompagner(dit.table, objectif=0.6, inconnus=len(dit.inconnus))
    assert "16\u202félèves n'ont rien envoyé : on ne sait rien d'eux" in vue.phrase
    assert set(vue.table["nom"]) == set(dit.table.loc[dit.table["sous_objectif"] == "sûr", "nom"])


def test_la_feuille_dit_qui_ou_a_quel_point_et_la_suite(college, code, tmp_path):
    dit = accompagner(college, code, "3eD", 0.6)
    dit = replace(dit, inconnus=["DUPONT Léa"])
    chemin = ecrire_accompagner(dit, tmp_path, classe="3eD", objectif=0.6)
    texte = texte_du_pdf(chemin)
    surs = dit.table[dit.table["sous_objectif"] == "sûr"]
    assert surs.iloc[0]["nom"].split()[0] in texte
    assert "Pour l'enseignant seul" in texte
    assert "DUPONT Léa" in texte
    assert re.search(r"\(de \d+\s%\s+à\s+\d+\s%", texte)
    assert set(dit.parcours) - {""}


def test_la_page_se_tient_sans_personne_et_donne_sa_feuille():
    page = panneau_atelier(DEMO / "college")
    page.page.value = "Accompagner"
    panneau = page.accompagner
    assert "pixkit-phrase" in panneau.vue.value
    panneau.objectif.value = 10
    assert "Personne n&#39;est" in panneau.vue.value
    panneau.preparer.click()
    assert "eleves-a-accompagner.pdf" in panneau.telecharger.value
