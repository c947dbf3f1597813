"""Qui est qui : chaque façon d'abîmer un nom a sa raison, les homonymes restent à des personnes, et
l'ordre ne change rien."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixkit.appariement import Decision, annuler, apparier, decider, lire_decisions
from pixkit.appariement.noms import ecart_mots, mots
from pixkit.erreurs import FichierIllisible
from pixkit.lecture import lire_fichiers
from pixkit.memoire import chemin_memoire
from pixkit.tables import ELEVES, TEXTE
from tests.fausse_ecole import fausse_ecole
from tests.test_lecture import EXPORTS, verite
from tests.test_listes import LISTES, SIECLE


def liste(*lignes: tuple, **communs) -> pd.DataFrame:
    """Des élèves (clé, nom, prénom, classe)."""
    table = pd.DataFrame(lignes, columns=["eleve", "nom", "prenom", "classe"]).reindex(
        columns=list(ELEVES)
    )
    table = table.assign(annee_scolaire="2026-2027", etablissement="X", present=True, **communs)
    return table.astype({nom: genre for nom, genre in ELEVES.items() if genre == TEXTE})


def saisies(*lignes: tuple, campagne="AAA", annee="2026-2027") -> pd.DataFrame:
    """Des participations (nom, prénom, classe)."""
    table = pd.DataFrame(lignes, columns=["nom", "prenom", "classe"])
    dates = pd.date_range("2026-09-15 10:00", periods=len(table), freq="h", tz="Europe/Paris")
    return table.assign(
        fichier="e.csv",
        ligne=range(2, len(table) + 2),
        organisation="O",
        annee_scolaire=annee,
        groupe=None,
        campagne=campagne,
        numero_etudiant=None,
        identifiant_externe=None,
        date_debut=dates,
        date_envoi=pd.NaT,
        eleve=[f"c{i}" for i in range(len(table))],
    )


# Une classe autour de l'élève cherché : l'établissement se reconnaît à ses noms.
AUTRES = [
    ("x1", "LAMBERT", "Louise", "5eA"),
    ("x2", "ROUSSEAU", "Hugo", "5eA"),
    ("x3", "CHEVALIER", "Inès", "5eB"),
]
PRESENTS = [(nom, prenom, classe) for _, nom, prenom, classe in AUTRES]


def lien(nom: str, prenom: str, eleve: tuple, classe: str | None = "5eA", **communs):
    table = liste(("e1", *eleve, "5eA"), *AUTRES, **communs)
    return apparier(saisies((nom, prenom, classe), *PRESENTS), table).appariements.iloc[0]


@pytest.mark.parametrize(
    ("saisi", "eleve", "certitude", "raison"),
    [
        (("MARTIN", "Emma"), ("MARTIN", "Emma"), "sure", "mêmes nom et prénom, même classe"),
        (("martin", "EMMA"), ("MARTIN", "Emma"), "sure", "mêmes nom et prénom"),
        (("Emma", "MARTIN"), ("MARTIN", "Emma"), "sure", "nom et prénom inversés"),
        (("OZDEMIR", "Maelle Anais"), ("ÖZDEMİR", "Maëlle-Anaïs"), "sure", "mêmes nom et prénom"),
        (("DELATOUR", "Jean-Paul"), ("DE LA TOUR", "Jean Paul"), "sure", "mêmes nom et prénom"),
        (("TOUR", "Jean"), ("DE LA TOUR", "Jean"), "probable", "particule en plus ou en moins"),
        (("N DIAYE", "Rayan"), ("N’DIAYE", "Rayan"), "sure", "mêmes nom et prénom"),
        (("MARTIN", "Jean"), ("MARTIN", "Jean-Baptiste"), "probable", "prénom : un mot de moins"),
        (("GARCIA", "Lina"), ("GARCIA LOPEZ", "Lina"), "probable", "nom : un mot de moins"),
        (("MARTN", "Emma"), ("MARTIN", "Emma"), "probable", "nom : une lettre d'écart"),
        (("MARTIN", "Emam"), ("MARTIN", "Emma"), "probable", "prénom : une lettre d'écart"),
        (("MARTINE", "Ema"), ("MARTIN", "Emma"), "probable", "une lettre d'écart"),
        (("CHARPENT", "Alex"), ("CHARPENTIER", "Alex"), "probable", "nom abrégé"),
        (("CHARPENTIER", "Alex"), ("CHARPENTIER", "Alexandre"), "probable", "prénom : nom abrégé"),
        (("ŒUVRARD", "Zoé"), ("OEUVRARD", "Zoe"), "sure", "mêmes nom et prénom"),
        (("DURANDAL", "Kim"), ("MARTIN", "Emma"), "aucune", "aucun élève de la liste"),
    ],
)  # fmt: skip
def test_chaque_facon_d_ecrire_a_sa_certitude_et_sa_raison(saisi, eleve, certitude, raison):
    trouve = lien(*saisi, eleve)
    assert (trouve.certitude, raison in trouve.raison) == (certitude, True), trouve.raison
    assert trouve.eleve == "e1" or certitude == "aucune"


@pytest.mark.parametrize("ecrite", ["5EME A", "5ème A", "5A", "5°A", "5 A"])
def test_une_classe_ecrite_autrement_dans_la_liste_departage_deux_homonymes(ecrite):
    autre = ecrite.replace("A", "B")
    table = liste(("e1", "MARTIN", "Emma", ecrite), ("e2", "MARTIN", "Emma", autre), *AUTRES)
    table["classe"] = table["classe"].replace({"5eA": ecrite, "5eB": autre})
    trouve = apparier(saisies(("MARTIN", "Emma", "5eB"), *PRESENTS), table).appariements.iloc[0]
    assert (trouve.eleve, trouve.certitude) == ("e2", "sure"), trouve.raison


def test_une_classe_ecrite_de_deux_facons_dans_la_liste_ne_departage_personne():
    table = liste(("e1", "MARTIN", "Emma", "5A"), ("e2", "MARTIN", "Emma", "5EME A"), *AUTRES[1:])
    table["classe"] = table["classe"].replace({"5eA": "5A", "5eB": "5B"})
    trouve = apparier(saisies(("MARTIN", "Emma", "5eA"), *PRESENTS), table).appariements.iloc[0]
    assert trouve.certitude == "douteuse"


def test_le_nom_d_usage_et_le_deuxieme_prenom_se_reconnaissent():
    assert lien("PETIT", "Emma", ("MARTIN", "Emma"), nom_usage="PETIT").raison.startswith(
        "nom d'usage"
    )
    assert lien("MARTIN-PETIT", "Emma", ("MARTIN", "Emma"), nom_usage="PETIT").certitude == "sure"
    assert (
        "deuxième prénom"
        in lien("MARTIN", "Rose", ("MARTIN", "Emma"), autres_prenoms="Rose").raison
    )


def test_un_changement_de_classe_connu_ne_fait_douter_de_personne():
    freres = [(f"m{rang}", "MARTIN", prenom, "5eC") for rang, prenom in enumerate(("Ana", "Bo"))]
    table = liste(("e1", "MARTIN", "Zoé", "5eB"), *freres, *AUTRES)
    noms = saisies(("MARTIN", "Zoé", "5eA"), *PRESENTS)
    assert apparier(noms, table).appariements.iloc[0]["certitude"] == "douteuse"
    table.loc[0, "mouvement"] = "a changé de classe (5eA → 5eB)"
    assert apparier(noms, table).appariements.iloc[0]["certitude"] == "sure"


def test_des_homonymes_ne_se_decident_jamais_seuls():
    deux = liste(("e1", "MARTIN", "Emma", "5eA"), ("e2", "MARTIN", "Emma", "5eA"), *AUTRES)
    (trouve, *_) = apparier(
        saisies(("MARTIN", "Emma", "5eA"), *PRESENTS), deux
    ).appariements.itertuples()
    assert (trouve.certitude, pd.isna(trouve.eleve)) == ("douteuse", True)
    assert trouve.raison == "homonymes : 2 élèves de la liste portent ce nom"


def test_la_classe_distingue_deux_homonymes():
    deux = liste(("e1", "MARTIN", "Emma", "5eA"), ("e2", "MARTIN", "Emma", "5eB"), *AUTRES)
    trouves = apparier(
        saisies(("MARTIN", "Emma", "5eB"), ("MARTIN", "Emma", "5eA"), *PRESENTS), deux
    ).appariements
    assert trouves["eleve"].tolist()[:2] == ["e2", "e1"]
    assert set(trouves["certitude"][:2]) == {"sure"}
    assert (
        apparier(saisies(("MARTIN", "Emma", None), *PRESENTS), deux).appariements["certitude"][0]
        == "douteuse"
    )


def test_des_jumeaux_ne_se_decident_pas_sur_une_faute():
    jumeaux = liste(("e1", "MARTIN", "Léa", "5eA"), ("e2", "MARTIN", "Léo", "5eA"), *AUTRES)
    jumeaux = jumeaux.assign(date_naissance=pd.Timestamp(2014, 1, 1))
    exact = apparier(saisies(("MARTIN", "Léo", "5eA"), *PRESENTS), jumeaux).appariements.iloc[0]
    assert (exact.eleve, exact.certitude) == ("e2", "sure")
    assert (
        apparier(saisies(("MARTIN", "Léi", "5eA"), *PRESENTS), jumeaux).appariements["certitude"][0]
        == "douteuse"
    )


def test_une_faute_qui_tombe_sur_un_autre_vrai_prenom_reste_un_doute():
    connus = liste(("e1", "MARTIN", "Marin", "5eA"), ("e2", "PETIT", "Marie", "5eA"), *AUTRES)
    assert (
        apparier(saisies(("MARTIN", "Marie", None), *PRESENTS), connus).appariements["certitude"][0]
        == "douteuse"
    )


def test_dans_une_campagne_un_eleve_n_est_relie_qu_a_un_nom():
    connus = liste(("e1", "MARTIN", "Emma", "5eA"), *AUTRES)
    trouves = apparier(
        saisies(("MARTN", "Emma", "5eA"), ("MARTIN", "Emma", "5eA"), *PRESENTS), connus
    ).appariements
    assert trouves["certitude"].tolist()[:2] == ["douteuse", "sure"]
    assert "déjà relié à un autre nom" in trouves["raison"][0]


def test_le_numero_d_etudiant_passe_avant_les_noms():
    connus = liste(
        ("22000001", "MARTIN", "Emma", None), ("22000002", "MARTIN", "Emma", None), *AUTRES
    )
    table = saisies(("MARTIN", "Emma", None), *PRESENTS)
    table.loc[0, "numero_etudiant"] = "22000002"
    trouve = apparier(table, connus).appariements.iloc[0]
    assert (trouve.eleve, trouve.certitude, trouve.raison) == (
        "22000002",
        "sure",
        "même numéro et noms proches",
    )


def test_un_autre_etablissement_n_est_pas_relie_a_nos_eleves():
    trouves = apparier(
        saisies(*[(f"NOM{i}", "Zoé", "2GT1") for i in range(30)], ("LAMBERT", "Louise", "2GT1")),
        liste(*AUTRES),
    )
    assert set(trouves.appariements["raison"]) == {"pas de liste d'élèves pour cet établissement"}


def test_sur_les_vrais_exports_tout_est_relie_sauf_les_homonymes():
    sources = {"siecle.xml": SIECLE, "export.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()}
    tables = lire_fichiers(sources)
    liens = apparier(tables.participations, tables.eleves).appariements
    vrais = {
        (r["lastName"], r["firstName"], r["division"] or ""): r["nationalStudentId"]
        for r in verite("01_5e")["rows"]
    }
    lus = tables.participations.merge(liens, on=["fichier", "ligne"], suffixes=("_pix", ""))
    assert liens["certitude"].value_counts().to_dict() == {"sure": 120, "douteuse": 2}
    for ligne in lus[lus["certitude"] == "sure"].itertuples():
        assert (
            vrais[ligne.nom, ligne.prenom, ligne.classe if isinstance(ligne.classe, str) else ""]
            == ligne.eleve
        )
    assert set(lus[lus["certitude"] == "douteuse"]["nom"]) == {"MARTIN"}


@pytest.mark.parametrize("cas", [("fregata.csv", "07_agricole", 79), ("sup.csv", "08_sup", 30)])
def test_au_lycee_agricole_et_dans_le_superieur_tout_est_relie(cas):
    nom, export, nombre = cas
    tables = lire_fichiers(
        {nom: (LISTES / nom).read_bytes(), "e.csv": (EXPORTS / export / "export.csv").read_bytes()}
    )
    liens = apparier(tables.participations, tables.eleves).appariements
    assert liens["certitude"].value_counts().to_dict() == {"sure": nombre}


# — Les seuils de qualité —


@pytest.mark.parametrize(
    ("nombre", "avec_classe"), [(600, True), (600, False), (3000, True), (3000, False)]
)
def test_98_pour_cent_relies_et_un_pour_mille_de_faux_au_plus(nombre, avec_classe):
    relies = attendus = faux = liens = 0
    for graine in (11, 12):
        ecole = fausse_ecole(nombre, graine=graine, avec_classe=avec_classe)
        trouves = apparier(ecole.participations, ecole.eleves).appariements
        for trouve, vrai in zip(trouves.itertuples(), ecole.verite, strict=True):
            ferme = trouve.certitude in ("sure", "probable")
            liens += ferme
            faux += ferme and trouve.eleve != vrai
            attendus += vrai is not None and vrai not in ecole.ambigus
            relies += ferme and vrai is not None and vrai not in ecole.ambigus
            assert ferme or trouve.certitude in ("douteuse", "aucune")
            assert not (ferme and vrai in ecole.ambigus), (
                "un homonyme parfait ne se décide pas seul"
            )
    assert relies >= 0.98 * attendus
    assert faux <= 0.001 * liens


# — Propriétés —


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_l_ordre_des_lignes_ne_change_rien(alea, avec_classe):
    ecole = fausse_ecole(120, graine=alea.randrange(1000), avec_classe=avec_classe)
    reference = apparier(ecole.participations, ecole.eleves).appariements
    melange = ecole.participations.sample(frac=1, random_state=alea.randrange(1000)).reset_index(
        drop=True
    )
    eleves = ecole.eleves.sample(frac=1, random_state=alea.randrange(1000)).reset_index(drop=True)
    pd.testing.assert_frame_equal(apparier(melange, eleves).appariements, reference)


@given(st.text(max_size=12), st.text(max_size=12))
def test_l_ecart_de_deux_noms_est_symetrique_et_nul_seulement_entre_memes_lettres(un, autre):
    a, b = mots(un), mots(autre)
    assert ecart_mots(a, b).cout == ecart_mots(b, a).cout
    assert (ecart_mots(a, b).cout == 0) == ("".join(a) == "".join(b))


# — Les décisions —

DOUTE = Decision("MARTN", "Em", "5eA", "2026-2027", "", "accepte", "e1", "2026-11-20")


def relier(decisions, nom=("MARTN", "Em", "5eA"), annee="2026-2027", eleves=None):
    connus = (
        eleves
        if eleves is not None
        else liste(("e1", "MARTIN", "Emma", "5eA"), ("e9", "MARTINEZ", "Emy", "5eA"), *AUTRES)
    )
    return apparier(
        saisies(nom, *PRESENTS, annee=annee), connus, decisions=decisions
    ).appariements.iloc[0]


def test_une_decision_passe_avant_le_calcul():
    assert relier([DOUTE])[["eleve", "certitude", "raison"]].tolist() == [
        "e1",
        "sure",
        "choisi par une personne (décision du 20 novembre 2026)",
    ]
    assert relier([replace(DOUTE, eleve="e9")]).eleve == "e9"
    dehors = relier([replace(DOUTE, decision="hors_etablissement", eleve="")])
    assert (dehors.certitude, dehors.raison) == (
        "aucune",
        "hors établissement (décision du 20 novembre 2026)",
    )


def test_un_refus_retire_cet_eleve_et_laisse_les_autres():
    refus = replace(DOUTE, nom="MARTIN", prenom="Emma", decision="refuse")
    assert relier([], ("MARTIN", "Emma", "5eA")).eleve == "e1"
    assert relier([refus], ("MARTIN", "Emma", "5eA")).eleve != "e1"


def test_une_decision_vaut_l_annee_suivante_la_ou_l_eleve_est_alors():
    montes = liste(
        ("e1", "MARTIN", "Emma", "4eA"), ("e9", "MARTINEZ", "Emy", "4eB"), *AUTRES
    ).assign(annee_scolaire="2027-2028")
    assert relier([DOUTE], ("MARTN", "Em", "4eA"), "2027-2028", montes).eleve == "e1"
    autre = relier([DOUTE], ("MARTN", "Em", "5eA"), "2027-2028", montes)
    assert "choisi par une personne" not in autre.raison, (
        "dans la même classe un an après, c'est quelqu'un d'autre"
    )


def test_les_decisions_se_gardent_se_remplacent_et_se_defont(tmp_path):
    decider(tmp_path, DOUTE)
    decider(tmp_path, replace(DOUTE, eleve="e9"))
    assert [d.eleve for d in lire_decisions(tmp_path)] == ["e9"]
    decider(tmp_path, replace(DOUTE, decision="refuse", eleve="e1"))
    assert len(lire_decisions(tmp_path)) == 2
    assert annuler(tmp_path).decision == "refuse"
    assert [d.eleve for d in lire_decisions(tmp_path)] == ["e9"]
    assert annuler(tmp_path).eleve == "e9"
    assert annuler(tmp_path) is None


def test_le_fichier_des_decisions_survit_a_un_tableur_et_un_fichier_abime_se_dit(tmp_path):
    decider(tmp_path, replace(DOUTE, prenom="Léa"))
    chemin = chemin_memoire(tmp_path, "decisions")
    assert chemin.read_bytes().startswith(b"\xef\xbb\xbfnom;prenom;classe")
    chemin.write_bytes(chemin.read_bytes().decode("utf-8-sig").replace(";", ",").encode("cp1252"))
    assert lire_decisions(tmp_path)[0].prenom == "Léa"
    chemin.write_text("nom;prenom\nA;B\n", encoding="utf-8")
    with pytest.raises(FichierIllisible, match="qui garde vos décisions"):
        lire_decisions(tmp_path)
    assert chemin.read_text(encoding="utf-8") == "nom;prenom\nA;B\n"
