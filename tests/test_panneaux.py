"""L'atelier sans navigateur : ses commandes changent ce qui se lit, et rien n'est perdu quand un choix échoue."""

import pytest

from pixkit.panneaux import panneau_atelier
from pixkit.panneaux.questions import OBJECTIF, OBJECTIF_ETABLISSEMENT
from tests.test_lecture import EXPORTS


@pytest.fixture
def atelier(tmp_path):
    for cas in ("01_5e", "05_collecte"):
        (tmp_path / f"{cas}.csv").write_bytes((EXPORTS / cas / "export.csv").read_bytes())
    return panneau_atelier(tmp_path)


def fichier(nom: str, octets: bytes) -> dict:
    return {"name": nom, "type": "", "size": len(octets), "content": memoryview(octets), "last_modified": None}


def test_l_ouverture_dit_ce_qui_est_lu_et_de_quand_datent_les_donnees(atelier):
    assert "2\u202fexports lus" in atelier.message.value
    assert "Données du" in atelier.age.value
    assert "<img" in atelier.vue.value


@pytest.mark.parametrize("question", ["Écarts d'une classe", "Élèves", "Participation", "Angles morts"])
def test_chaque_question_a_sa_vue(atelier, question):
    avant = atelier.vue.value
    atelier.question.value = question
    assert atelier.vue.value != avant
    assert "pixkit-erreur" not in atelier.vue.value


def test_changer_de_classe_change_la_vue(atelier):
    atelier.question.value = "Écarts d'une classe"
    avant = atelier.vue.value
    atelier.classe.value = atelier.classe.options[1][1]
    assert atelier.vue.value != avant


def test_l_objectif_d_une_collecte_se_dit_en_niveaux(atelier):
    atelier.question.value = "Écarts d'une classe"
    atelier.campagne.value = "PROFIL333"
    assert OBJECTIF in dict(atelier.reference.options).values()
    atelier.reference.value = OBJECTIF_ETABLISSEMENT
    assert (atelier.objectif.value, atelier.objectif.max) == (3, 8)
    atelier.campagne.value = "KLTBCQ459"
    assert (atelier.objectif.value, atelier.objectif.max) == (60, 100)


def test_deposer_un_fichier_l_ajoute_aux_precedents_deposes(atelier):
    depot = [fichier("a.csv", (EXPORTS / "02_4e_acquis" / "export.csv").read_bytes())]
    atelier._deposer({"new": depot})
    assert "1\u202fexport lu" in atelier.message.value
    atelier._deposer({"new": [fichier("b.pdf", b"%PDF-1.7")]})
    assert "1\u202fmise de côté" in atelier.message.value
    assert "document PDF" in atelier.compte_rendu.value


def test_un_dossier_absent_le_dit_et_garde_ce_qui_est_a_l_ecran(atelier):
    vue = atelier.vue.value
    atelier.chemin.value = "/n/existe/pas"
    atelier.lire_dossier()
    assert "n&#x27;existe pas" in atelier.message.value
    assert atelier.vue.value == vue


def test_un_dossier_sans_export_enseigne_quoi_faire(tmp_path):
    assert "Exporter les résultats" in panneau_atelier(tmp_path).message.value


def test_changer_d_envoi_dit_combien_d_eleves_bougent(atelier):
    atelier.envois.value = "premier"
    assert "22\u202félèves" in atelier.effet.value
    assert "pix" in atelier.effet.value
