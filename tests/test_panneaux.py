"""L'atelier sans navigateur : ses commandes changent ce qui se lit, et rien n'est perdu quand un
choix échoue."""

import json
import re
import shutil
from datetime import date, datetime
from html import escape, unescape
from pathlib import Path

import pytest

from pixkit.panneaux import panneau_atelier
from pixkit.panneaux.commandes import Panneau
from pixkit.vues.selection import OBJECTIF, OBJECTIF_ETABLISSEMENT
from tests.test_lecture import EXPORTS
from tests.test_lecture_mauvais import en_octets, rangees
from tests.test_listes import SIECLE

DEMO = Path(__file__).parents[1] / "data" / "demo" / "college"


@pytest.fixture
def atelier(tmp_path):
    for cas in ("01_5e", "05_collecte"):
        (tmp_path / f"{cas}.csv").write_bytes((EXPORTS / cas / "export.csv").read_bytes())
    return ouvert(tmp_path)


def ouvert(dossier):
    """L'atelier sur un dossier, à la page « Explorer »."""
    atelier = panneau_atelier(dossier)
    atelier.page.value = "Explorer"
    return atelier


def fichier(nom: str, octets: bytes) -> dict:
    contenu = {"size": len(octets), "content": memoryview(octets)}
    return {"name": nom, "type": "", "last_modified": datetime.now(), **contenu}


def test_l_ouverture_dit_ce_qui_est_lu_et_de_quand_datent_les_donnees(atelier):
    assert "2\u202fexports lus" in atelier.message.value
    assert "Données du" in atelier.age.value
    assert "<img" in atelier.explorer.vue.value


@pytest.mark.parametrize(
    "question",
    ["Écarts d'une classe", "Classes côte à côte", "Élèves", "Participation", "Angles morts"],
)
def test_chaque_question_a_sa_vue(atelier, question):
    avant = atelier.explorer.vue.value
    atelier.explorer.question.value = question
    assert atelier.explorer.vue.value != avant
    assert "pixkit-erreur" not in atelier.explorer.vue.value


def test_changer_de_classe_change_la_vue(atelier):
    atelier.explorer.question.value = "Écarts d'une classe"
    avant = atelier.explorer.vue.value
    atelier.explorer.classe.value = atelier.explorer.classe.options[1][1]
    assert atelier.explorer.vue.value != avant


def test_l_objectif_d_une_collecte_se_dit_en_niveaux(atelier):
    atelier.explorer.question.value = "Écarts d'une classe"
    atelier.explorer.campagne.value = "PROFIL333"
    assert OBJECTIF in dict(atelier.explorer.reference.options).values()
    atelier.explorer.reference.value = OBJECTIF_ETABLISSEMENT
    assert (atelier.explorer.objectif.value, atelier.explorer.objectif.max) == (3, 8)
    atelier.explorer.campagne.value = "KLTBCQ459"
    assert (atelier.explorer.objectif.value, atelier.explorer.objectif.max) == (60, 100)


def test_deposer_un_fichier_l_ajoute_aux_precedents_deposes(atelier):
    depot = [fichier("a.csv", (EXPORTS / "02_4e_acquis" / "export.csv").read_bytes())]
    atelier.depot.value = depot
    assert "1\u202fexport lu" in atelier.message.value
    atelier.depot.value = [fichier("b.pdf", b"%PDF-1.7")]
    assert "1\u202fmise de côté" in atelier.message.value
    assert "document PDF" in atelier.compte_rendu.value


def test_un_fichier_depose_quitte_la_commande_et_peut_revenir(atelier):
    for nom in ("a.pdf", "a.pdf", "b.pdf"):
        atelier.message.value = "Envoi…"
        atelier.depot.value = (fichier(nom, b"%PDF-1.7"),)
        assert "mise" in atelier.message.value
        assert atelier.depot.value == ()


def test_un_dossier_absent_le_dit_et_garde_ce_qui_est_a_l_ecran(atelier):
    vue = atelier.explorer.vue.value
    atelier.chemin.value = "/n/existe/pas"
    atelier.lire_dossier()
    assert "n&#39;existe pas" in atelier.message.value
    assert atelier.explorer.vue.value == vue


def test_un_dossier_sans_export_enseigne_quoi_faire(tmp_path):
    assert "Exporter les résultats" in ouvert(tmp_path).message.value


def test_changer_d_envoi_dit_combien_d_eleves_bougent(atelier):
    atelier.explorer.envois.value = "premier"
    assert "22\u202félèves" in atelier.explorer.effet.value
    assert "pix" in atelier.explorer.effet.value


# — Qui est qui, relances —


def cocher_le_premier(banc) -> str:
    """L'élève que l'essai choisit : entre homonymes, la page n'en coche aucun."""
    banc.candidats.value = banc.candidats.options[0][1]
    return banc.candidats.value


@pytest.fixture
def etablissement(tmp_path):
    (tmp_path / "siecle.xml").write_bytes(SIECLE)
    for cas in ("01_5e", "05_collecte"):
        (tmp_path / f"{cas}.csv").write_bytes((EXPORTS / cas / "export.csv").read_bytes())
    return ouvert(tmp_path)


def test_le_banc_montre_les_homonymes_et_garde_la_decision(etablissement, tmp_path):
    etablissement.page.value = "Qui est qui"
    banc = etablissement.banc
    assert "2\u202fnoms à décider" in banc.bilan.value
    assert [texte.split(" —")[0] for texte, _ in banc.noms.options] == [
        "MARTIN Emma",
        "MARTIN Emma",
    ]
    assert "Homonymes : 2 élèves" in banc.fiche.value
    assert "Parcours de rentrée" in banc.fiche.value, "on sait de quel envoi il s'agit"
    assert banc.candidats.value is None, "rien n'est coché d'avance entre homonymes"
    banc.accepter.click()
    assert "aucun élève choisi" in banc.message.value
    assert not (tmp_path / "pixkit_decisions.csv").exists()
    choisi = cocher_le_premier(banc)
    banc.accepter.click()
    assert "Gardé" in banc.message.value
    assert escape(banc._nommer(choisi)) in banc.message.value
    assert "né(e) le" in banc.message.value
    assert "MARTIN;Emma;5eB;2026-2027;KLTBCQ459" in (tmp_path / "pixkit_decisions.csv").read_text(
        encoding="utf-8-sig"
    )
    assert banc.noms.options == (), "l'autre homonyme ne peut plus être que l'autre élève"
    banc.annuler.click()
    assert len(banc.noms.options) == 2


def test_un_nom_sans_candidat_se_relie_a_la_main(etablissement):
    etablissement.page.value = "Qui est qui"
    banc = etablissement.banc
    banc.autre.value = banc.autre.options[0]
    banc.accepter.click()
    assert any(
        nom.eleve == banc._eleves[banc.autre.options[0]]
        for nom in etablissement.ecole.liens.liens
        if nom.decide
    )


def test_un_nom_tape_qui_n_est_pas_dans_la_liste_est_refuse(etablissement, tmp_path):
    etablissement.page.value = "Qui est qui"
    banc = etablissement.banc
    cocher_le_premier(banc)
    banc.autre.value = "Martin Ema"
    assert banc.candidats.value is None, "un nom tapé remplace celui qui était coché"
    banc.accepter.click()
    assert "« Martin Ema », qui n&#39;est pas dans la liste" in banc.message.value
    assert "MARTIN Emma" in banc.message.value
    assert not (tmp_path / "pixkit_decisions.csv").exists()
    cocher_le_premier(banc)
    assert banc.autre.value == ""


def test_les_envois_d_un_meme_eleve_se_decident_ensemble_et_se_defont_sous_les_yeux(tmp_path):
    page = panneau_atelier(shutil.copytree(DEMO, tmp_path / "college"))
    page.page.value = "Qui est qui"
    banc = page.banc
    memes = [texte for texte, _ in banc.noms.options if texte.startswith("MARTIN Emma")]
    banc.noms.value = [texte for texte, _ in banc.noms.options].index(memes[0])
    ailleurs = [lien for _, lien in banc.aussi.options]
    assert len(memes) == 4
    assert len(ailleurs) == 2, "les deux envois de l'autre campagne, pas celui de la même"
    banc.aussi.value = ailleurs[:1]
    choisi = cocher_le_premier(banc)
    banc.accepter.click()
    assert "et 1\u202fautre envoi" in banc.message.value
    assert [une.eleve for une in page.ecole.decisions] == [choisi, choisi]
    banc.annuler.click()
    assert banc._choisi().nom.precision == ailleurs[0].nom.precision
    banc.tri.value = "sûrs"
    banc.annuler.click()
    assert banc.tri.value == "à décider"
    assert banc.noms.options[banc.noms.value][0] == memes[0]


def test_sans_liste_les_pages_disent_quoi_ajouter(atelier):
    atelier.page.value = "Qui est qui"
    assert "élèves sans adresses" in atelier.banc.bilan.value
    atelier.page.value = "Relances"
    assert "élèves sans adresses" in atelier.relances.vide.value


def test_les_relances_suivent_la_campagne_la_classe_et_le_perimetre(etablissement, tmp_path):
    etablissement.page.value = "Relances"
    relances = etablissement.relances
    relances.campagne.value = "KLTBCQ459"
    toutes = relances.liste.value
    assert "à relancer" in toutes
    relances.classe.value = "5eA"
    assert relances.liste.value != toutes
    relances.preparer.click()
    assert relances.telecharger.value.count("download=") == 2
    assert (
        "(niveau d&#39;entrée) — 2026-2027, 5eA\N{NO-BREAK SPACE}: " in relances.telecharger.value
    )
    relances.classes.value = ["5eB"]
    relances.retenir.click()
    assert (tmp_path / "pixkit_perimetres.csv").read_text(encoding="utf-8-sig").split() == [
        "campagne;classe;pixkit_format_1",
        "KLTBCQ459;5eB;",
    ]
    assert set(relances.classe.options) == {"toutes", "5eB"}


def test_les_relances_n_impriment_que_ce_qui_se_voit(monkeypatch):
    atelier, imprimes = panneau_atelier(DEMO), []
    atelier.page.value = "Relances"
    relances = atelier.relances
    relances.classe.value = relances.classe.options[1]
    monkeypatch.setattr(
        "pixkit.panneaux.relances.ecrire_relances",
        lambda suivi, *_, **__: imprimes.append(suivi) or [],
    )
    relances.preparer.click()
    (suivi,) = imprimes
    assert set(suivi["campagne"]) == {relances.campagne.value}
    assert set(suivi["classe"]) == {relances.classe.value}
    assert not re.search(r"\([A-Z]{6}\d{3}\)", str(relances.campagne.options)), (
        "des noms, sans code"
    )


def test_une_liste_inconnue_se_lit_apres_avoir_dit_ses_colonnes(tmp_path):
    (tmp_path / "export.csv").write_bytes((EXPORTS / "01_5e" / "export.csv").read_bytes())
    (tmp_path / "liste.csv").write_text(
        "Appellation;Prénom du jeune;Groupe-classe\nLEROY;Emma;5eA\n", encoding="utf-8"
    )
    atelier = ouvert(tmp_path)
    atelier.page.value = "Qui est qui"
    colonnes = atelier.colonnes
    assert colonnes.layout.display is None
    assert colonnes.choix["prenom"].value == "Prénom du jeune"
    colonnes.choix["nom"].value, colonnes.choix["classe"].value = "Appellation", "Groupe-classe"
    colonnes.lire.click()
    assert list(atelier.tables.eleves["nom"]) == ["LEROY"]
    assert colonnes.layout.display == "none"


def test_des_fichiers_deposes_se_consultent_sans_rien_ecrire(etablissement, tmp_path):
    export = (EXPORTS / "01_5e" / "export.csv").read_bytes()
    etablissement.depot.value = [fichier("s.xml", SIECLE), fichier("e.csv", export)]
    etablissement.page.value = "Qui est qui"
    assert etablissement.banc.accepter.disabled
    assert "Ouvrez un dossier" in etablissement.banc.fiche.value
    assert not (tmp_path / "pixkit_decisions.csv").exists()


# — Explorer —


@pytest.mark.parametrize(
    "question",
    [
        "Deux classes",
        "Niveaux scolaires",
        "Progression",
        "Un élève",
        "Acquis",
        "D'une année à l'autre",
    ],
)
def test_chaque_question_nouvelle_a_sa_vue_et_rien_que_ses_commandes(atelier, question):
    atelier.explorer.question.value = question
    assert "pixkit-erreur" not in atelier.explorer.vue.value
    assert (atelier.explorer.eleve.layout.display is None) == (question == "Un élève")
    assert (atelier.explorer.competence.layout.display is None) == (question == "Acquis")


def test_une_commande_qui_ne_change_rien_n_est_pas_montree():
    """Sur chaque vue, chaque liste montrée change au moins une fois ce qui se lit."""
    explorer = ouvert(DEMO.parent / "lycee_agricole").explorer
    offertes = [code for _, code in explorer.campagne.options[:2]]
    listes = ("niveau", "classe", "autre", "domaine", "competence", "reference", "depuis")
    for question in (
        "Maîtrise",
        "Niveaux scolaires",
        "Participation",
        "Angles morts",
        "Deux classes",
    ):
        explorer.question.value = question
        montrees, utiles = set(), set()
        for campagne in offertes:
            explorer.campagne.value = campagne
            for liste in (getattr(explorer, nom) for nom in listes):
                if liste.layout.display == "none":
                    continue
                vues = {regler(explorer, liste, option) for option in liste.options[:3]}
                montrees.add(liste.description)
                utiles |= {liste.description} if len(vues) > 1 else set()
        assert montrees == utiles, question
    assert explorer.retenu.layout.display is None
    explorer.question.value = "Participation"
    assert explorer.retenu.layout.display == "none"


def regler(explorer, liste, option) -> str:
    avant, liste.value = liste.value, option[1]
    vue, liste.value = explorer.vue.value, avant
    return vue


def test_une_classe_n_est_jamais_comparee_a_elle_meme():
    explorer = ouvert(DEMO.parent / "lycee_agricole").explorer
    for question in ("Écarts d'une classe", "Deux classes"):
        explorer.question.value = question
        explorer.campagne.value, explorer.niveau.value = "GKRZMD867", "tous"
        for _, classe in explorer.classe.options:
            explorer.classe.value = classe
            assert classe not in dict(explorer.reference.options).values()
            assert classe not in dict(explorer.autre.options).values()
            assert "seule de son niveau" not in explorer.vue.value
        explorer.niveau.value = "Tle"
        assert "TG1 est seule de son niveau" in explorer.vue.value
        assert "<img" not in explorer.vue.value


def test_un_eleve_se_cherche_de_partout(atelier):
    atelier.page.value = "Année"
    chercher = atelier.chercher
    chercher.qui.value = "Personne Inconnue"
    chercher.aller.click()
    assert "n&#39;est pas parmi les élèves qui ont envoyé" in chercher.message.value
    assert atelier.page.value == "Année"
    chercher.qui.value = nom = chercher.qui.options[3]
    chercher.aller.click()
    explorer = atelier.explorer
    assert (atelier.page.value, explorer.question.value) == ("Explorer", "Un élève")
    assert nom == f"{explorer.eleve.label} — {explorer.classe.value}"
    assert "moitié centrale" in explorer.vue.value
    assert chercher.qui.value == chercher.message.value == ""


def test_la_vue_s_emporte_en_image_et_en_table(atelier):
    atelier.explorer.question.value = "Écarts d'une classe"
    atelier.explorer.emporter.click()
    assert atelier.explorer.telecharger.value.count("download=") == 3
    atelier.explorer.classe.value = atelier.explorer.classe.options[1][1]
    assert atelier.explorer.telecharger.value == "", (
        "un lien n'emporte pas une autre vue que celle qu'on voit"
    )


def test_la_progression_depuis_un_autre_parcours_est_refusee_par_une_phrase(tmp_path):
    for cas in ("01_5e", "02_4e_acquis"):
        (tmp_path / f"{cas}.csv").write_bytes((EXPORTS / cas / "export.csv").read_bytes())
    explorer = ouvert(tmp_path).explorer
    explorer.question.value = "Progression"
    explorer.depuis.value = explorer.depuis.options[-1][1]
    assert "mêmes acquis" in explorer.vue.value


# — Choisir —


def test_le_plan_se_refait_autour_de_ce_qu_on_impose(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.classe.value = "5eA"
    avant = choisir.plan.value
    assert "couvre" in avant
    choisir.imposes.value = ["Collaborer"]
    assert "Collaborer" in choisir.plan.value
    choisir.imposes.value = []
    assert choisir.plan.value.count("couvre") == avant.count("couvre")
    choisir.minutes.value = 20
    assert choisir.plan.value != avant


def test_les_groupes_se_lisent_et_puisent_d_abord_dans_le_plan():
    atelier = panneau_atelier(DEMO)
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.classe.value = "5eA"
    plan, noms = choisir.groupes.plan, choisir._noms
    du_plan = set(plan.choix["parcours"])
    assert any(set(siens["parcours"]) & du_plan for _, siens in plan.groupes.groupby("groupe"))
    for _, siens in plan.groupes.groupby("groupe"):
        dits = ", ".join(sorted(noms[eleve] for eleve in siens["eleve"]))
        assert dits in unescape(choisir.groupes.table.value)
    for case in choisir.groupes.listes.children:
        noms_d_un_groupe = [texte for texte, _ in case.children[1].options]
        assert noms_d_un_groupe == sorted(noms_d_un_groupe)


def test_un_mot_de_metier_porte_sa_bulle(atelier):
    assert "<abbr title='Le nombre d&#39;élèves" in atelier.explorer.vue.value
    assert "plusieurs fois" in atelier.explorer.envois.tooltip


def test_un_but_sans_donnees_le_dit_et_les_feuilles_se_preparent(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.classe.value, choisir.but.value = "5eA", "certifiables"
    assert "collecte de profils" in choisir.plan.value
    choisir.but.value = "angles-morts"
    choisir.preparer.click()
    assert choisir.telecharger.value.count("download=") == 4


def test_qui_est_seul_dans_un_besoin_a_sa_suggestion_avec_son_nom(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    for classe in choisir.classe.options:
        choisir.classe.value = classe
        seuls = choisir.groupes.plan.suggestions["eleve"]
        titre = "Seuls dans un besoin : une suggestion, pas une heure de classe"
        bas = choisir.groupes.seuls.value
        assert (titre in bas) == (len(seuls) > 0)
        assert all(escape(choisir._noms[eleve]) in bas for eleve in seuls)
        assert ("Pas d&#39;heure de classe" in choisir.plan.value) == (len(seuls) > 0)


def test_la_repartition_des_competences_se_garde_d_une_annee_a_l_autre(atelier, tmp_path):
    atelier.page.value = "Année"
    atelier.annee.disciplines["1.1"].value = "Documentation (EMI)"
    atelier.annee.retenir.click()
    assert "1.1;Documentation (EMI)" in (tmp_path / "pixkit_repartition.csv").read_text(
        encoding="utf-8-sig"
    )
    encore = ouvert(tmp_path)
    encore.page.value = "Année"
    assert encore.annee.disciplines["1.1"].value == "Documentation (EMI)"
    encore.annee.decisions.value = "Une heure de tableur en 4e.\n\nLe CDI accueille les 6e."
    encore.annee.decider.click()
    assert "2\u202fdécisions" in encore.annee.message.value
    encore.annee.ouvrir(encore.ecole)
    assert encore.annee.decisions.value.splitlines() == [
        "Une heure de tableur en 4e.",
        "Le CDI accueille les 6e.",
    ]
    encore.annee.preparer.click()
    assert encore.annee.telecharger.value.count("download=") == 3


def test_une_campagne_apporte_son_niveau_et_ses_classes():
    atelier = panneau_atelier(DEMO)
    atelier.page.value = "Année"
    annee = atelier.annee
    assert annee.niveau.options == ("6e", "5e", "4e", "3e"), "ni BTS ni terminale dans un collège"
    assert "SNT" not in annee.disciplines["1.1"].options
    codes = dict(annee.campagne.options)
    annee.campagne.value = codes["Progression 4e - envois multiples"]
    assert annee.niveau.value == "4e"
    assert annee.classe.options == ("toutes ses classes", "4eB", "4eC")
    annee.niveau.value = "5e"
    assert annee.campagne.value == codes["Parcours de rentrée 5e 2026"]
    assert annee._classes() == {"5eA": 25, "5eB": 24, "5eC": 26, "5eD": 23}
    annee.preparer.click()
    assert annee.telecharger.value.count("download=") == 3
    annee.annee.value = "2025-2026"
    assert annee.niveau.value == "5e", "le niveau reste, sa campagne de cette année-là vient"
    assert annee.campagne.value == "BWXJLM742"
    annee.niveau.value = "3e"
    assert annee.campagne.label == "aucune campagne : pas de coupon"
    annee.preparer.click()
    assert annee.telecharger.value.count("download=") == 2, "sans campagne, aucun coupon"


def test_choisir_se_tient_a_l_annee_de_la_page(etablissement):
    etablissement.page.value = "Choisir"
    choisir = etablissement.choisir
    for annee in etablissement.an.options:
        etablissement.an.value = annee
        siens = etablissement.ecole.resultats.query("annee_scolaire == @annee")
        assert set(choisir.classe.options) == set(siens["classe"])
        concernes = set(choisir.groupes.plan.groupes["eleve"])
        assert concernes <= set(siens.query("classe == @choisir.classe.value")["eleve"])


def dans_les_listes(groupes, *eleves: str) -> None:
    """Choisit ces élèves, là où ils sont."""
    for case in groupes.listes.children:
        liste = case.children[1]
        liste.value = [cle for _, cle in liste.options if cle in eleves]


def test_des_eleves_changent_de_groupe_et_l_on_peut_tout_refaire(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.classe.value = "5eA"
    groupes = choisir.groupes
    un, deux = groupes.plan.groupes.query("groupe == 1")["eleve"].head(2)
    dans_les_listes(groupes, un, deux)
    groupes.vers.value = 2
    groupes.deplacer.click()
    assert groupe_de(choisir, un) == groupe_de(choisir, deux) == 2
    assert "Vers le groupe 2 : " in groupes.dit.value
    assert set(groupes.choisis) == {un, deux}, "ils restent choisis"
    groupes.vers.value = 40
    assert groupes.vers.value == len(groupes.listes.children), "un groupe qui existe"
    groupes.refaire.click()
    assert groupe_de(choisir, un) == groupe_de(choisir, deux) == 1


def test_des_eleves_glisses_sur_des_groupes_qui_viennent_de_changer_ne_bougent_pas(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.classe.value, groupes = "5eA", choisir.groupes
    avant, liste = groupes.plan, groupes.listes.children[0].children[1]
    (nom, un), (autre, _) = liste.options[:2]
    for rang, dit in ((0, autre), (len(liste.options), nom)):
        groupes.glisse.value = json.dumps({"eleves": [[0, rang, dit]], "vers": 1})
        assert groupes.plan is avant
        assert "refaites ce geste" in groupes.dit.value
    for case, vers in ((99, 1), (0, 99)):  # un groupe de moins
        groupes.glisse.value = json.dumps({"eleves": [[case, 0, nom]], "vers": vers})
        assert groupes.plan is avant
    groupes.glisse.value = json.dumps({"eleves": [[0, 0, nom]], "vers": 1})
    assert groupe_de(choisir, un) == 2
    groupes.refaire.click()
    assert groupe_de(choisir, un) == 1


def groupe_de(choisir, eleve: str) -> int:
    return choisir.groupes.plan.groupes.set_index("eleve").at[eleve, "groupe"]


def test_des_eleves_se_separent_se_reunissent_et_la_paire_s_oublie(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.classe.value, groupes = "5eA", choisir.groupes
    depart = groupes.plan.groupes
    assert groupes.oublier.layout.display == "none"
    a, b = groupes.plan.groupes.query("groupe == 1")["eleve"].head(2)
    dans_les_listes(groupes, a, b)
    groupes.separer.click()
    assert groupe_de(choisir, a) != groupe_de(choisir, b)
    assert [texte.split()[0] for texte, _ in groupes.paires.options] == ["séparer"]
    assert set(groupes.choisis) == {a, b}, "la même paire reste choisie"
    atelier.page.value = "Année"
    atelier.page.value = "Choisir"
    assert groupe_de(choisir, a) != groupe_de(choisir, b), "tourner la page n'oublie rien"
    groupes.reunir.click()
    assert groupe_de(choisir, a) == groupe_de(choisir, b)
    assert [texte.split()[0] for texte, _ in groupes.paires.options] == ["réunir"]
    choisir.classe.value = "5eB"
    assert groupes.paires.options == (), "les paires d'une classe ne sont qu'à elle"
    choisir.classe.value = "5eA"
    groupes.oublier.click()
    assert groupes.paires.options == ()
    assert groupes.plan.groupes.equals(depart)


def test_une_paire_impossible_se_dit_avec_les_noms(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.classe.value, groupes = "5eA", choisir.groupes
    groupes.taille.value = 2
    trois = sorted(groupes.plan.groupes["eleve"])[:3]
    dans_les_listes(groupes, *trois)
    groupes.reunir.click()
    impossible = re.search("réunir (.+?) et (.+?)(?: ;|\\.)", groupes.impossible.value)
    assert set(impossible.groups()) < {choisir._noms[eleve] for eleve in trois}
    dans_les_listes(groupes, trois[0])
    groupes.separer.click()
    assert "au moins 2\u202félèves" in groupes.dit.value


def test_un_double_clic_ne_decide_pas_du_nom_suivant(etablissement, monkeypatch, tmp_path):
    monkeypatch.setattr(Panneau, "DOUBLE_CLIC", 60.0)
    etablissement.page.value = "Qui est qui"
    for _ in range(2):
        etablissement.banc.hors.click()
    decisions = (tmp_path / "pixkit_decisions.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(decisions) == 2, "l'en-tête, et une décision"


def test_un_bouton_ferme_n_obeit_pas(etablissement):
    etablissement.page.value = "Publier"
    etablissement.publier.publier.click()  # rien n'a été relu : « Publier » est fermé
    assert etablissement.filet.value == ""


def test_un_fichier_de_decisions_abime_pendant_que_la_page_est_ouverte_se_dit(
    etablissement, tmp_path
):
    etablissement.page.value = "Année"
    (tmp_path / "pixkit_conseil.csv").write_text("rien\nx\n", encoding="utf-8")
    etablissement.annee.decider.click()
    assert "sans la colonne annee_scolaire" in etablissement.annee.message.value
    assert etablissement.filet.value == ""


def test_une_decision_qui_change_les_identites_oublie_les_paires(etablissement):
    etablissement.page.value = "Choisir"
    choisir = etablissement.choisir
    groupes = choisir.groupes
    dans_les_listes(groupes, *groupes.plan.groupes["eleve"].head(2))
    groupes.separer.click()
    assert groupes.paires.options
    etablissement.page.value = "Qui est qui"
    cocher_le_premier(etablissement.banc)
    etablissement.banc.accepter.click()
    etablissement.page.value = "Choisir"
    assert groupes.paires.options == ()
    assert "pixkit-erreur" not in choisir.plan.value


def test_le_catalogue_se_cherche_par_competence_ou_par_mot(atelier):
    atelier.page.value = "Choisir"
    choisir = atelier.choisir
    choisir.recherche.value = "1.3"
    assert "Tableur pour calculer" in choisir.trouves.value
    choisir.recherche.value = "cyberharcelement"
    assert "Cyberharcèlement" in choisir.trouves.value
    choisir.recherche.value = ""
    assert choisir.trouves.value == ""


# — Des mémoires abîmées —

ENTETE = "nom;prenom;classe;annee_scolaire;precision;decision;eleve;date\n"


@pytest.mark.parametrize(
    ("memoire", "contenu", "dit"),
    [
        (
            "decisions",
            ENTETE + "MARTIN;Emma;5eB;2026-2027;;oui;567462258JD;\n",
            "ligne 2, la décision « oui »",
        ),
        ("decisions", "nom;prenom\nA;B\n", "sans la colonne classe"),
        ("repartition", "rien", "sans la colonne competence"),
        ("perimetres", "a;b\n", "sans la colonne campagne"),
    ],
)
def test_une_memoire_abimee_se_dit_par_une_phrase_et_n_est_pas_changee(
    etablissement, memoire, contenu, dit
):
    chemin = etablissement.ecole.dossier / f"pixkit_{memoire}.csv"
    chemin.write_text(contenu, encoding="utf-8")
    etablissement.lire_dossier()
    etablissement.page.value = "Année"
    assert dit in etablissement.message.value
    assert chemin.read_text(encoding="utf-8") == contenu


def test_une_decision_qu_excel_a_reecrite_vaut_toujours(etablissement, tmp_path):
    texte = SIECLE.replace(b"448128184CG", b"048128184CG")
    (tmp_path / "siecle.xml").write_bytes(texte)
    ligne = "MARTIN;Emma;5eB;2026-2027;;accepte;48128184CG;20/11/2026\n"
    (tmp_path / "pixkit_decisions.csv").write_text(ENTETE + ligne, encoding="utf-8")
    etablissement.lire_dossier()
    etablissement.page.value = "Qui est qui"
    decide = next(nom for nom in etablissement.ecole.liens.liens if nom.decide)
    assert decide.eleve == "048128184CG"
    assert "décision du 20/11/2026" in decide.raison


def test_un_fichier_de_decisions_qui_ne_s_ecrit_pas_se_dit(etablissement, monkeypatch):
    def ouvert_dans_un_tableur(*_):
        raise PermissionError(13, "Permission denied")

    etablissement.page.value = "Qui est qui"
    monkeypatch.setattr(Path, "replace", ouvert_dans_un_tableur)
    cocher_le_premier(etablissement.banc)
    etablissement.banc.accepter.click()
    assert "qui ne s&#39;écrit pas" in etablissement.banc.message.value


def test_sans_export_les_pages_qui_en_ont_besoin_restent_fermees(tmp_path):
    vide = ouvert(tmp_path)
    for page in ("Choisir", "Année", "Explorer"):
        vide.page.value = page
        (dit,) = vide.corps.children
        assert "premier export" in dit.value


def test_tourner_le_telephone_ne_defait_pas_ce_qui_est_commence(atelier):
    atelier.page.value = "Choisir"
    choisir, groupes = atelier.choisir, atelier.choisir.groupes
    liste = groupes.listes.children[0].children[1]
    liste.value, groupes.vers.value = [liste.options[0][1]], 2
    groupes.deplacer.click()
    deplaces, images = groupes.plan, []
    for etroite in (False, True, False):
        atelier.etroite.value = etroite
        images += re.findall("base64,([^']+)", choisir.vue.value)
        assert groupes.plan is deplaces
    assert images[0] == images[2] != images[1]


# — Rien à montrer —


def test_une_liste_d_une_autre_annee_dit_les_deux_annees(tmp_path):
    (tmp_path / "siecle.xml").write_bytes(SIECLE.replace(b">2026<", b">2024<"))
    (tmp_path / "export.csv").write_bytes((EXPORTS / "01_5e" / "export.csv").read_bytes())
    atelier = ouvert(tmp_path)
    atelier.page.value = "Relances"
    assert "2024-2025" in atelier.relances.vide.value
    assert "2026-2027" in atelier.relances.vide.value


def test_sans_envoi_ni_date_les_pages_le_disent_et_leurs_boutons_attendent(tmp_path):
    entete, *lignes = rangees("05_collecte")
    envoi = entete.index("Envoi (O/N)")
    jamais = [ligne for ligne in lignes if ligne[envoi] == "Non"]
    (tmp_path / "export.csv").write_bytes(en_octets([entete, *jamais]))
    atelier = ouvert(tmp_path)
    atelier.page.value = "Choisir"
    assert "aucun résultat envoyé" in atelier.choisir.plan.value
    assert atelier.choisir.preparer.disabled
    assert atelier.choisir.groupes.layout.display == "none"
    atelier.page.value = "Année"
    assert "l'année est inconnue" in atelier.annee.calendrier.value
    assert atelier.annee.preparer.disabled
    assert atelier.annee.decider.disabled


# — Publier —


def test_publier_demande_n_montre_ce_qui_sort_puis_ecrit(atelier, monkeypatch, tmp_path):
    monkeypatch.setattr(Panneau, "telephone", True)  # même de là, ce qui sort est large
    atelier.page.value = "Publier"
    publier = atelier.publier
    publier.vers.value = str(tmp_path.parent / f"{tmp_path.name}_sortie")
    publier.apercevoir.click()
    assert "effectif minimum" in publier.apercu.value
    assert publier.publier.disabled
    publier.effectif_min.value = 5
    publier.apercevoir.click()
    assert "Ce qui va sortir" in publier.apercu.value
    publier.html.value = True
    assert publier.publier.disabled, "un réglage changé demande à revoir ce qui sort"
    publier.html.value = False
    publier.apercevoir.click()
    publier.publier.click()
    assert f"Publié dans «\N{NO-BREAK SPACE}{publier.vers.value}" in publier.apercu.value
    for nom in ("bilan_de_rentree.docx", "bilan_de_rentree.pdf"):
        assert f"download='{nom}'" in publier.bilan.value
    publier.html.value = True
    assert not publier.bilan.value, "un réglage changé : ce n'est plus de cette publication"
    publiee = tmp_path.parent / f"{tmp_path.name}_sortie"
    vues = [json.loads(vue.read_bytes()) for vue in publiee.glob("vues/*.json")]
    assert all(vue["image"] != vue["etroite"] for vue in vues if vue["image"])


def test_publier_dans_le_dossier_des_exports_se_refuse_par_une_phrase(atelier, tmp_path):
    atelier.page.value = "Publier"
    atelier.publier.vers.value, atelier.publier.effectif_min.value = str(tmp_path / "dedans"), 5
    atelier.publier.apercevoir.click()
    assert "dossier des exports" in atelier.publier.apercu.value


# — Une seule identité par élève —


def test_deux_collectes_a_un_an_d_ecart_suivent_les_memes_eleves(tmp_path):
    (collecte,) = DEMO.glob("Resultats-Collecte*.csv")
    texte = collecte.read_bytes().decode("utf-8-sig")
    avant = texte.replace("/2026", "/2025").replace('"3e', '"4e').replace("204311", "104311")
    code = re.search(r'"([A-Z]{6}\d{3})"', texte)[1]
    (tmp_path / "apres.csv").write_text(texte, encoding="utf-8-sig")
    (tmp_path / "avant.csv").write_text(avant.replace(code, "AVANTT111"), encoding="utf-8-sig")
    (tmp_path / "eleves.xml").write_bytes(next(DEMO.glob("Eleves*.xml")).read_bytes())
    explorer = ouvert(tmp_path).explorer
    explorer.question.value, explorer.campagne.value = "Progression", code
    explorer.classe.value, explorer.depuis.value = "3eA", "AVANTT111"
    assert "23\u202félèves" in explorer.vue.value
    assert "n'a envoyé deux fois" not in explorer.vue.value


def test_une_decision_change_ce_que_l_explorateur_sait_des_eleves(etablissement):
    avant = etablissement.explorer.ecole.resultats
    etablissement.page.value = "Qui est qui"
    cocher_le_premier(etablissement.banc)
    etablissement.banc.accepter.click()
    etablissement.page.value = "Explorer"
    assert etablissement.explorer.ecole.resultats is not avant


@pytest.fixture
def lycee():
    return ouvert(DEMO.parent / "lycee_agricole")


def test_certifier_repond_a_chaque_question_et_planifie(lycee, tmp_path):
    lycee.page.value = "Certifier"
    certifier = lycee.certifier
    assert "sur 29 qui ont envoyé une collecte" in certifier.vue.value
    assert "dernière collecte de chacun" not in certifier.suite.value
    certifier.annee_scolaire = "2020-2021"
    certifier.illustrer()
    assert "dernière collecte de chacun" in certifier.suite.value
    certifier.question.value = "Résultats"
    assert "16 élèves certifiés".replace(" ", "\u202f", 1) in certifier.vue.value
    assert "niveau attendu" in certifier.suite.value
    certifier.question.value = "Attestation de 6e"
    assert certifier.imprimer.disabled
    certifier.question.value = "Sessions"
    assert "3e" not in dict(certifier.public.options).values(), "il n'y a pas de 3e dans ce lycée"
    certifier.planifier.click()
    assert "premier et un dernier jour" in certifier.vue.value
    salles = tmp_path / "salles.csv"
    salles.write_text("salle;places;creneaux\nInfo;20;2027-03-15 08:00\n", encoding="utf-8")
    certifier.salles.value = str(salles)
    certifier.du.value = certifier.au.value = date(2027, 3, 15)
    certifier.planifier.click()
    assert "placés en 1" in certifier.vue.value
    assert "convocations.pdf" in certifier.telecharger.value
    certifier.salles.value = str(tmp_path / "absent.csv")
    certifier.planifier.click()
    assert "Trouvé" in certifier.vue.value
    assert lycee.filet.value == ""


def test_un_nom_de_certification_s_arbitre_sur_le_meme_banc(tmp_path):
    dossier = shutil.copytree(DEMO.parent / "lycee_agricole", tmp_path / "lycee")
    resultats = dossier / "20261117_resultats_TG1.csv"
    lignes = resultats.read_text(encoding="utf-8-sig").splitlines()
    cases = lignes[1].split(";")
    nom, cases[3] = cases[2].strip('"'), '"01/01/2001"'  # une autre naissance : à une personne
    lignes[1] = ";".join(cases)
    resultats.write_text("\n".join(lignes), encoding="utf-8")
    page = ouvert(dossier)
    page.page.value = "Qui est qui"
    rangs = [rang for texte, rang in page.banc.noms.options if texte.startswith(nom)]
    assert len(rangs) == 1
    page.banc.noms.value = rangs[0]
    avant = page.ecole.certifications["eleve"].notna().sum()
    page.banc.accepter.click()
    assert page.ecole.certifications["eleve"].notna().sum() == avant + 1


def test_un_livret_se_retient_et_se_copie(tmp_path):
    dossier = shutil.copytree(DEMO, tmp_path / "college")
    page = ouvert(dossier)
    page.page.value = "Certifier"
    certifier = page.certifier
    assert "pas encore certifiables" in certifier.suite.value
    certifier.question.value = "Livrets"
    assert "pas un verdict de Pix" in certifier.vue.value
    certifier.niveau.value = 2
    certifier.retenir.click()
    gardes = (dossier / "pixkit_livrets.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(gardes) == 2
    certifier.copier.click()
    assert "livrets.xlsx" in certifier.telecharger.value
    certifier.question.value = "Attestation de 6e"
    certifier.imprimer.click()
    assert "attestations.pdf" in certifier.telecharger.value
    assert page.filet.value == ""
