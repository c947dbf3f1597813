"""Les textes tapés : lus bruts, montrés avec leur place ; une personne peut répondre d'un nom."""

import pytest

from pixkit.ecole import ouvrir
from pixkit.erreurs import PublicationRefusee, TexteSuspect
from pixkit.memoire import ecrire_memoire, lire_memoire, repondre_pas_un_eleve
from pixkit.panneaux import panneau_atelier
from pixkit.publication.controle import controler
from pixkit.publication.preparer import preparer_publication
from pixkit.publication.saisies import (
    Saisie,
    controler_saisies,
    ranges_par_pixkit,
    refuser_a_la_frappe,
    suspectes,
)
from tests.deguisements import DEGUISEMENTS, INE
from tests.test_controle import TOUS
from tests.test_publication import DEUX, publier, remplir


@pytest.fixture
def jeu(tmp_path):
    (tmp_path / "exports").mkdir()
    return remplir(tmp_path / "exports", liste=False, classes=DEUX)


def decider(jeu, *textes: str) -> None:
    annee = ouvrir(jeu).tables.participations["annee_scolaire"].dropna().max()
    lignes = [{"annee_scolaire": annee, "decision": texte} for texte in textes]
    ecrire_memoire(jeu, "conseil", lignes)


def nommer(jeu) -> str:
    eleve = ouvrir(jeu).tables.participations.dropna(subset=["nom", "prenom"]).iloc[0]
    return f"{eleve['prenom']} {eleve['nom']}"


def test_une_decision_qui_nomme_se_montre_avec_sa_place_et_ce_qu_il_faut_faire(jeu):
    phrase = f"rencontre avec < {nommer(jeu)} >"
    decider(jeu, "Deux heures de 2.1 en 5e.", phrase)
    with pytest.raises(TexteSuspect) as refus:
        preparer_publication(jeu, effectif_min=5)
    assert f"décision du conseil n° 2, 2026-2027 : « {phrase} »" in str(refus.value)
    assert "n° 1" not in str(refus.value)
    assert "Ce n'est pas un élève" in refus.value.que_faire
    assert refus.value.textes == (phrase,)


def test_une_reponse_laisse_passer_ce_texte_et_se_compte_au_registre(jeu, tmp_path, capsys):
    phrase, sortie = f"Visite du musée {nommer(jeu)}", tmp_path / "publication"
    decider(jeu, phrase)
    options = ("--effectif-min", "5", "--oui")
    assert publier(jeu, sortie, *options) == 2
    assert f"« {phrase} »" in capsys.readouterr().err
    assert publier(jeu, sortie, *options, "--pas-un-eleve", phrase) == 0
    registre = (sortie / "registre_rgpd.md").read_text(encoding="utf-8")
    assert "une personne en a répondu | 1 |" in registre
    assert phrase not in registre
    assert publier(jeu, sortie, *options) == 0, "la réponse est gardée"
    decider(jeu, phrase, f"{phrase}, lundi")
    assert publier(jeu, sortie, *options) == 2, "elle ne vaut que pour ce texte"


def test_sans_reponse_le_registre_compte_zero(jeu):
    registre = preparer_publication(jeu, effectif_min=5).fichiers["registre_rgpd.md"].decode()
    assert "une personne en a répondu | 0 |" in registre


@pytest.mark.parametrize(
    "texte", [f"dossier {INE}", " ".join(INE), "écrire à k.d@exemple.fr", "n° 4821093"]
)
def test_on_ne_repond_ni_d_un_numero_ni_d_une_adresse(texte, tmp_path):
    repondre_pas_un_eleve(tmp_path, [texte])
    with pytest.raises(TexteSuspect) as refus:
        controler_saisies([Saisie("classe", texte)], TOUS, tmp_path)
    assert refus.value.textes == ()


def test_une_reponse_se_garde_une_fois(tmp_path):
    for _ in range(2):
        repondre_pas_un_eleve(tmp_path, ["Rose Petit", "Durand"])
    assert [ligne["texte"] for ligne in lire_memoire(tmp_path, "pas_un_eleve")] == [
        "Durand", "Rose Petit",
    ]  # fmt: skip


def test_ce_qui_decoule_d_un_texte_repondu_passe_et_le_reste_non():
    permis = TOUS.sauf(["Parc Rose Petit"])
    controler({"vues/a.json": b'["Parc Rose Petit, mardi"]'}, permis)
    with pytest.raises(PublicationRefusee):
        controler({"vues/a.json": b'["Rose Petit, mardi"]'}, permis)


def test_deux_noms_que_pixkit_met_cote_a_cote_ne_nomment_personne():
    """« 6e Rose » et « 6e Petit » : ni l'un ni l'autre ne parle de Rose Petit."""
    fichier = {"manifeste.json": b'{"classes":["6e Petit","6e Rose"]}'}
    with pytest.raises(PublicationRefusee):
        controler(fichier, TOUS)
    dites = [Saisie("classe", "6e Petit"), Saisie("campagne ABC", "6e Rose")]
    assert not suspectes(dites, TOUS, [])
    controler(fichier, TOUS.sauf(ranges_par_pixkit(dites)))
    with pytest.raises(PublicationRefusee):
        controler({"vues/a.json": b'["Petit, Rose"]'}, TOUS.sauf(ranges_par_pixkit(dites)))
    libres = [Saisie("classe", "Rose"), Saisie("décision du conseil n° 1", "Petit point")]
    assert not ranges_par_pixkit(libres), "ni un mot seul, ni une phrase"


@pytest.mark.parametrize("texte", [texte for texte in DEGUISEMENTS.values() if "<" in str(texte)])
def test_un_texte_tape_se_lit_brut(texte):
    assert suspectes([Saisie("classe", texte)], TOUS, [])


def test_ce_qui_vient_d_etre_tape_est_refuse_tout_de_suite(tmp_path):
    bien, mal = Saisie("décision n° 1", "Deux heures"), Saisie("décision n° 2", "Aider Rose Petit")
    refuser_a_la_frappe([bien], TOUS, tmp_path)
    with pytest.raises(TexteSuspect, match="décision n° 2 : « Aider Rose Petit »"):
        refuser_a_la_frappe([bien, mal], TOUS, tmp_path)
    repondre_pas_un_eleve(tmp_path, ["Aider Rose Petit"])
    refuser_a_la_frappe([bien, mal], TOUS, tmp_path)


def test_les_decisions_d_une_annee_non_publiee_ne_bloquent_rien(jeu):
    ancienne = {"annee_scolaire": "2001-2002", "decision": f"Aider {nommer(jeu)}"}
    ecrire_memoire(jeu, "conseil", [ancienne])
    assert preparer_publication(jeu, effectif_min=5).fichiers


def test_la_page_annee_refuse_puis_une_personne_repond(jeu):
    atelier, nom = panneau_atelier(jeu), nommer(jeu)
    atelier.page.value = "Année"
    annee = atelier.annee
    assert annee.repondre.layout.display == "none"
    annee.decisions.value = f"Deux heures\nAider {nom}"
    annee.decider.click()
    assert f"décision du conseil n° 2, 2026-2027 : « Aider {nom} »" in annee.message.value
    assert lire_memoire(jeu, "conseil") == [], "rien n'est gardé"
    annee.repondre.click()
    assert "2\u202fdécisions" in annee.message.value
    assert annee.repondre.layout.display == "none"
    assert [une["decision"] for une in lire_memoire(jeu, "conseil")] == [
        "Deux heures", f"Aider {nom}",
    ]  # fmt: skip
    assert [une["texte"] for une in lire_memoire(jeu, "pas_un_eleve")] == [f"Aider {nom}"]


def test_une_decision_ecrite_ailleurs_se_demande_a_la_page_publier(jeu, tmp_path):
    nom = nommer(jeu)
    ecrite = {"annee_scolaire": "2026-2027", "decision": f"Aider {nom}"}
    ecrire_memoire(jeu, "conseil", [ecrite])
    atelier = panneau_atelier(jeu)
    atelier.page.value = "Publier"
    page = atelier.publier
    page.vers.value, page.effectif_min.value = str(tmp_path / "sortie"), 5
    assert page.repondre.layout.display == "none"
    page.apercevoir.click()
    assert f"« Aider {nom} »" in page.apercu.value
    assert page.repondre.layout.display is None
    page.repondre.click()
    assert "Ce qui va sortir" in page.apercu.value
    assert page.repondre.layout.display == "none"
    assert [une["texte"] for une in lire_memoire(jeu, "pas_un_eleve")] == [f"Aider {nom}"]


def test_une_discipline_tapee_se_dit_aussi_et_un_numero_n_a_pas_de_bouton(jeu, tmp_path):
    atelier = panneau_atelier(jeu)
    atelier.page.value = "Année"
    atelier.annee.disciplines["1.1"].value = "écrire à k.d@exemple.fr"
    atelier.annee.retenir.click()
    assert "discipline en 1.1 : « écrire à" in atelier.annee.message.value
    assert atelier.annee.repondre.layout.display == "none", "d'une adresse, on ne répond pas"
    assert lire_memoire(jeu, "repartition") == []
    ecrite = {"competence": "1.1", "discipline": "écrire à k.d@exemple.fr"}
    ecrire_memoire(jeu, "repartition", [ecrite])
    atelier.page.value = "Publier"
    page = atelier.publier
    page.vers.value, page.effectif_min.value = str(tmp_path / "sortie"), 5
    page.apercevoir.click()
    assert "une adresse électronique" in page.apercu.value
    assert page.repondre.layout.display == "none"
