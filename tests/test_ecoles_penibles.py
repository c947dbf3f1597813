"""Ce qu'un établissement que personne n'avait vu fait dire : sept élèves sans classe ni niveau, une
campagne, aucune liste ; une collecte ; des classes aux noms de toutes casses."""

import csv
import io
import re

import pandas as pd
import pytest

from pixkit import une_campagne
from pixkit.ecole import Ecole, ouvrir
from pixkit.embarque import DEMO
from pixkit.erreurs import ChoixInconnu
from pixkit.lecture import lire_fichiers
from pixkit.mesures import relances
from pixkit.panneaux.accompagner import PanneauAccompagner
from pixkit.panneaux.banc import PanneauBanc
from pixkit.panneaux.certifier import PanneauCertifier
from pixkit.panneaux.choisir import PanneauChoisir
from pixkit.panneaux.explorer import QUESTIONS, PanneauExplorer
from pixkit.panneaux.relances import PanneauRelances
from pixkit.referentiel import rang_niveau
from pixkit.situation import ou_en_sommes_nous
from pixkit.vues import vue_objectif
from tests.test_accueil import JOUR

EXPORT = "Resultats-Parcours de rentr_e 6e 2026 _niveau d__39_entr_e_-204106-2026-11-20-1712.csv"


@pytest.fixture(scope="module")
def ecole() -> Ecole:
    texte = (DEMO / "college" / EXPORT).read_text(encoding="utf-8-sig")
    tete, *lignes = csv.reader(io.StringIO(texte), delimiter=";")
    envoyees = [ligne for ligne in lignes if ligne[tete.index("Partage (O/N)")] == "Oui"][:7]
    for rang, ligne in enumerate(envoyees):
        ligne[0], ligne[3], ligne[4] = "École du Bout-du-Monde", "Découverte", "Parcours découverte"
        ligne[tete.index("Nom du Participant")] = f"NOM{'ABCDEFG'[rang]}"
        ligne[tete.index("Classe")] = ""
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=";").writerows([tete, *envoyees])
    return Ecole(lire_fichiers({"export.csv": sortie.getvalue().encode()}))


@pytest.fixture
def explorer_du_college() -> PanneauExplorer:
    panneau = PanneauExplorer(lambda _: None)
    panneau.ouvrir(ouvrir(DEMO / "college"))
    panneau.campagne.value = "QTNRJH954"
    return panneau


@pytest.fixture
def explorer(ecole) -> PanneauExplorer:
    panneau = PanneauExplorer(lambda _: None)
    panneau.ouvrir(ecole)
    return panneau


@pytest.mark.parametrize("question", QUESTIONS)
def test_aucune_question_ne_parle_d_une_classe_qui_n_existe_pas(explorer, question):
    explorer.question.value = question
    dit = re.sub(r"<img[^>]*>|<table.*</table>", "", explorer.vue.value, flags=re.DOTALL)
    assert "en sans classe" not in dit
    assert "sans classe est seule" not in dit
    assert "Aucun résultat envoyé" not in dit


def test_les_angles_morts_disent_ce_que_dit_la_premiere_page(explorer, ecole):
    explorer.question.value = "Angles morts"
    reponses = {une.question: une.reponse for une in ou_en_sommes_nous(ecole, "2026-2027", JOUR)}
    accueil = reponses["Qu'est-ce qui n'a jamais été testé ?"]
    combien = int(re.match(r"\d+", accueil)[0])
    assert 0 < combien < 16
    assert re.search(rf"{combien}\scompétences jamais testées", explorer.vue.value)


def test_sans_livret_rien_ne_se_propose(ecole):
    panneau = PanneauCertifier()
    panneau.ouvrir(ecole)
    panneau.question.value = "Livrets"
    assert panneau.livret.layout.display == "none"


def test_les_classes_se_rangent_comme_un_dictionnaire():
    classes = ["3e Égalité", "3e B", "3e bilangue 2", "3e ULIS", "3e Fraternité", "3e BILANGUE 1"]
    assert sorted(classes, key=rang_niveau) == [
        "3e B", "3e BILANGUE 1", "3e bilangue 2", "3e Égalité", "3e Fraternité", "3e ULIS",
    ]  # fmt: skip


def test_un_carnet_dit_quel_niveau_ecrire_et_l_accepte(ecole):
    with pytest.raises(ChoixInconnu, match=r"2026-2027 \(sans niveau\)"):
        une_campagne(ecole.resultats, annee="2026-2027", niveau="5e")
    siens = une_campagne(ecole.resultats, annee="2026-2027", niveau="sans niveau")
    assert siens["eleve"].nunique() == 7


def test_avant_la_certification_personne_n_est_certifie():
    noms = (*(DEMO / "college").glob("*.xml"), *(DEMO / "college").glob("*Collecte*"))
    panneau = PanneauCertifier()
    panneau.ouvrir(Ecole(lire_fichiers({un.name: un.read_bytes() for un in noms})))
    panneau.question.value = "Résultats"
    assert "Personne n&#39;est certifié sur" in panneau.vue.value
    assert "personne n&#39;est encore venu." in panneau.vue.value


@pytest.fixture(scope="module")
def une_classe_et_un_inconnu() -> Ecole:
    return une_seule_classe()


def une_seule_classe() -> Ecole:
    """La liste du collège ; la collecte n'a passé qu'en 3eA, et l'un y a tapé un autre nom."""
    (collecte,) = (DEMO / "college").glob("*Collecte*")
    tete, *lignes = csv.reader(io.StringIO(collecte.read_text(encoding="utf-8-sig")), delimiter=";")
    classe, nom = tete.index("Classe"), tete.index("Nom du Participant")
    siennes = [ligne for ligne in lignes if ligne[classe] == "3eA"]
    qui = next(ligne[nom : nom + 2] for ligne in siennes if ligne[nom + 2 + 1] == "Oui")
    for ligne in siennes:
        if ligne[nom : nom + 2] == qui:
            ligne[nom : nom + 2] = "ZYGOMAR", "Théodule"
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=";").writerows([tete, *siennes])
    (liste,) = (DEMO / "college").glob("*.xml")
    fichiers = {"c.csv": sortie.getvalue().encode(), liste.name: liste.read_bytes()}
    return Ecole(lire_fichiers(fichiers))


def nombres(motif: str, texte: str) -> list[int]:
    return list(map(int, re.search(motif, texte).groups()))


def test_certifier_et_relances_disent_ce_qui_les_separe(une_classe_et_un_inconnu):
    ecole, panneau = une_classe_et_un_inconnu, PanneauCertifier()
    panneau.ouvrir(ecole)
    dit = panneau.suite.value
    sans, ailleurs = nombres(r"(\d+)\sélèves de 3e ou de terminale .*, dont (\d+) que", dit)
    assert sans - ailleurs == len(relances(ecole.suivi))
    assert re.search(r"1\sélève qui a envoyé n&#39;est pas reconnu .* non dans", dit)


def test_deux_homonymes_tous_venus_ne_manquent_pas_a_certifier():
    ecole, panneau = une_seule_classe(), PanneauCertifier()
    panneau.ouvrir(ecole)
    suivi = ecole.suivi
    (absent, *_) = relances(suivi)["eleve"]
    avant = nombres(r"(\d+)\sélèves de 3e", panneau.suite.value)
    suivi.loc[suivi["eleve"] == absent, "etat"] = "envoye"  # ce que le suivi sait d'eux
    panneau.ouvrir(ecole)
    assert nombres(r"(\d+)\sélèves de 3e", panneau.suite.value) == [avant[0] - 1]
    assert "n&#39;est pas reconnu" not in panneau.suite.value


def test_qui_est_qui_ne_montre_pas_de_commandes_sans_nom(une_classe_et_un_inconnu):
    banc = PanneauBanc()
    banc.ouvrir(une_classe_et_un_inconnu)
    banc.tri.value = "déjà décidés"
    assert banc.choix.layout.display == "none"
    assert "Personne n'a encore rien décidé" in banc.fiche.value
    banc.tri.value = "sûrs"
    assert banc.choix.layout.display is None
    for rang in range(len(banc.noms.options)):
        banc.noms.value = rang
        assert ", ." not in banc.fiche.value  # une collecte commencée n'a pas d'année


def test_sans_evaluation_accompagner_dit_ou_aller(une_classe_et_un_inconnu):
    panneau = PanneauAccompagner()
    panneau.ouvrir(une_classe_et_un_inconnu)
    assert "Aucune évaluation cette année-là" in panneau.vue.value
    assert panneau.barre.layout.display == "none"


def test_une_competence_dont_on_ne_sait_rien_n_est_pas_la_plus_touchee():
    connue = {"part_sous_objectif": 0.5, "part_bas": 0.3, "part_haut": 0.7, "nb_jamais": 2}
    inconnue = {"part_sous_objectif": None, "part_bas": None, "part_haut": None, "nb_jamais": 8}
    commun = {"classe": "3eA", "effectif": 8, "nb_sous_objectif": 0, "attendus": 8,
              "borne_basse": 0.0, "borne_haute": 1.0}  # fmt: skip
    lignes = [{"competence": code, **commun, **dite}
              for code, dite in (("4.3", inconnue), ("1.2", connue))]  # fmt: skip
    dit = vue_objectif(pd.DataFrame(lignes), groupe="3eA").phrase
    assert "1.2 Gérer des données, 50\u202f% de 6\u202félèves qui y ont un pix sous" in dit


def test_une_liste_a_plusieurs_choix_se_vide_avant_de_changer(une_classe_et_un_inconnu):
    """Le navigateur chercherait l'ancien choix parmi les nouvelles options."""
    choisis = []
    relancer, choisir = PanneauRelances(), PanneauChoisir()
    relancer.ouvrir(une_classe_et_un_inconnu)
    choisir.ouvrir(une_classe_et_un_inconnu)
    listes = [relancer.classes, *(case.children[1] for case in choisir.groupes.listes.children)]
    listes[-1].value = listes[-1].options[0][1:]
    for liste in listes:
        liste.observe(lambda change: choisis.append(change["owner"].index), "_options_labels")
    relancer._changer_campagne()
    choisir.groupes.taille.value = 3
    assert choisis
    assert not any(choisis)


def test_un_livret_nomme_son_domaine():
    panneau = PanneauCertifier()
    panneau.ouvrir(ouvrir(DEMO / "college"))
    panneau.question.value = "Livrets"
    assert "<td>1 Information et données</td>" in re.sub(r"<td [^>]*>", "<td>", panneau.suite.value)


def test_une_progression_ne_dit_pas_zero_parti(explorer_du_college):
    explorer_du_college.question.value = "Progression"
    dit = explorer_du_college._montree.phrase
    assert "deux envois" in dit
    assert "0\u202f" not in dit
