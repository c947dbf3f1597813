"""Ce qu'un établissement que personne n'avait vu fait dire : sept élèves sans classe ni niveau, une
campagne, aucune liste ; une collecte ; des classes aux noms de toutes casses."""

import csv
import io
import re

import pytest

from pixkit import une_campagne
from pixkit.ecole import Ecole, ouvrir
from pixkit.embarque import DEMO
from pixkit.erreurs import ChoixInconnu
from pixkit.lecture import lire_fichiers
from pixkit.panneaux.certifier import PanneauCertifier
from pixkit.panneaux.explorer import QUESTIONS, PanneauExplorer
from pixkit.referentiel import rang_niveau
from pixkit.situation import ou_en_sommes_nous
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
