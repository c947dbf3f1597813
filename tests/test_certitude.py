"""Des écarts honnêtes : de petites tables calculées à la main, des propriétés, des refus, et des
simulations à vérité connue."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.certitude import Bilan
from benchmarks.ecoles_simulees import Reglage, tirer
from pixkit.erreurs import ComparaisonImpossible
from pixkit.lecture import lire_fichiers, reprendre
from pixkit.mesures import (
    acquis_reussis,
    angles_morts,
    dispersion,
    ecarts,
    estimations,
    estimations_par_campagne,
    face_a_face,
    fiche_eleve,
    loin_du_groupe,
    plafonds,
    progression,
    resultats_retenus,
)
from pixkit.mesures.certitude import signaux, wilson
from pixkit.mesures.hasard import sans_remise
from pixkit.vues import (
    vue_ecarts,
    vue_eleve,
    vue_face_a_face,
    vue_niveaux_scolaires,
    vue_progression,
)
from tests.test_lecture import EXPORTS


def table(*lignes, nb_acquis=4, campagne="A", envoi="2026-09-20", **communs) -> pd.DataFrame:
    """Des résultats (eleve, classe, competence, acquis maîtrisés)."""
    resultats = pd.DataFrame(
        lignes, columns=["eleve", "classe", "competence", "nb_acquis_maitrises"]
    )
    base = {
        "nb_acquis": nb_acquis,
        "campagne": campagne,
        "nom_campagne": f"Campagne {campagne}",
        "niveau_scolaire": "5e",
        "type_campagne": "evaluation",
        "date_envoi": pd.Timestamp(envoi, tz="Europe/Paris"),
    }
    return resultats.assign(domaine=resultats["competence"].str[0], **(base | communs))


DEUX = table(
    ("a", "5eA", "1.1", 1),
    ("b", "5eA", "1.1", 2),
    ("c", "5eA", "1.1", 3),
    ("d", "5eB", "1.1", 2),
    ("e", "5eB", "1.1", 4),
)


def test_wilson_est_celui_des_livres():
    bas, haut = wilson(np.array([0.4]), np.array([10.0]), stats.norm.ppf(0.975))
    attendu = stats.binomtest(4, 10).proportion_ci(method="wilson")
    assert (bas[0], haut[0]) == pytest.approx((attendu.low, attendu.high))


def test_la_moyenne_et_la_dispersion_se_calculent_a_la_main():
    classe = estimations(DEUX).set_index("classe").loc["5eA"]
    assert classe["moyenne"] == pytest.approx(0.5)
    assert classe["effectif"] == 3
    # dispersion commune : somme des carrés 2×0,0625 + 2×0,0625, sur 2×0,25 + 1×0,75×0,25 ; 3 degrés
    # de liberté. Étalement de la classe : 0,125 / φ sur 2×0,25, face à 12 degrés de liberté.
    phi = (2 * 0.0625 + 2 * 0.0625) / (2 * 0.25 + 0.75 * 0.25)
    etalement = (2 * (0.125 / phi / 0.5) + 12) / (2 + 12)
    bas, haut = wilson(np.array([0.5]), np.array([3 / phi / etalement]), stats.t.ppf(0.975, 3))
    assert (classe["bas"], classe["haut"]) == pytest.approx((bas[0], haut[0]))


def collecte(*lignes) -> pd.DataFrame:
    niveaux = table(*lignes)
    niveaux = niveaux.assign(type_campagne="collecte", niveau_pix=niveaux["nb_acquis_maitrises"])
    return niveaux.drop(columns="nb_acquis")


def test_des_niveaux_ont_l_intervalle_d_une_part_de_8():
    niveaux = collecte(*DEUX[["eleve", "classe", "competence", "nb_acquis_maitrises"]].values)
    parts = DEUX.assign(nb_acquis=8)
    un, autre = (estimations(table_).set_index("classe") for table_ in (niveaux, parts))
    for nom in ("moyenne", "bas", "haut", "estimation"):
        assert un[nom].tolist() == pytest.approx((8 * autre[nom]).tolist())
    bas = estimations(collecte(*[(f"e{i}", "6eA", "1.1", i < 2) for i in range(20)])).iloc[0]["bas"]
    assert 0 <= bas < 0.1, "près de 0, l'intervalle reste dans 0…8"


def test_aucun_intervalle_n_est_nul_sauf_pour_un_seul_eleve():
    for note in (0, 3, 4):
        egales = table(*[(f"e{i}", "5eA", "1.1", note) for i in range(6)])
        (ligne,) = estimations(egales).itertuples()
        assert ligne.haut - ligne.bas > 1 / 4 / 6, "un acquis de plus pour un élève est possible"


def test_les_bornes_disent_ce_que_les_absents_changent_au_plus():
    classe = estimations(DEUX, objectif=0.5, attendus={"5eA": 5}).set_index("classe")
    assert classe.loc[
        "5eA", ["nb_sous_objectif", "attendus", "borne_basse", "borne_haute"]
    ].tolist() == [1, 5, 0.2, 0.6]
    assert classe.loc["5eB", ["borne_basse", "borne_haute"]].isna().all(), (
        "sans attendus, pas de borne inventée"
    )


def test_une_classe_seule_de_son_niveau_n_est_rapprochee_de_rien():
    seule = estimations(DEUX[DEUX["classe"] == "5eA"]).iloc[0]
    assert (seule["estimation"], seule["part_propre"]) == (seule["moyenne"], 1.0)


def test_le_rapprochement_reste_entre_la_classe_et_son_niveau_et_plus_fort_pour_la_petite():
    campagne = tirer(Reglage(4, 30), np.random.default_rng(0))
    petite = campagne.resultats["eleve"] % 30 < 6
    resultats = campagne.resultats[petite | (campagne.resultats["classe"] != "5e0")]
    estimes = estimations(resultats)
    parts = estimes.groupby("classe")["part_propre"].mean()
    assert parts["5e0"] < parts["5e1"]
    assert estimes["part_propre"].between(0, 1).all()


def test_une_segpa_n_est_ni_rapprochee_ni_dans_la_reference():
    lignes = [
        (f"{classe}{i}", classe, code, reussis)
        for classe, reussis in (("5eA", 3), ("5eB", 3), ("5eC", 3), ("5e SEGPA", 1))
        for i in range(20)
        for code in ("1.1", "2.1")
    ]
    resultats = table(*lignes)
    table_ = ecarts(resultats).set_index("classe")
    assert (table_.loc[["5eA", "5eB", "5eC"], "ecart"] == 0).all(), "semblables, et non au-dessus"
    assert table_.loc["5e SEGPA", "ecart"].tolist() == [-0.5, -0.5]
    assert (table_["effectif_reference"] == 60).all()
    entier = ecarts(resultats, reference="établissement entier").set_index("classe")
    assert entier.loc["5eA", "ecart"].tolist() == pytest.approx([0.125, 0.125])
    segpa = estimations(resultats).set_index("classe").loc["5e SEGPA"]
    assert segpa["estimation"].tolist() == segpa["moyenne"].tolist()
    assert (segpa["part_propre"] == 1).all()


def test_l_ecart_a_l_etablissement_se_juge_face_au_reste():
    ligne = ecarts(DEUX).set_index("classe").loc["5eA"]
    assert ligne["ecart"] == pytest.approx(0.5 - 0.6)
    assert ligne["ecart_bas"] < ligne["ecart"] < ligne["ecart_haut"]
    assert ligne["signal"] == "dans le bruit"


def test_une_classe_n_a_pas_d_ecart_a_elle_meme():
    table_ = ecarts(DEUX, reference="5eA").set_index("classe")
    assert table_.loc["5eA", "ecart"] == 0
    assert table_.loc["5eA", "signal"] == "dans le bruit"


def test_les_signaux_se_jugent_ensemble():
    assert signaux(np.array([0.03])).tolist() == ["net"]
    assert signaux(np.array([0.03, *[0.6] * 19]))[0] == "probable"
    assert signaux(np.array([1e-6, *[0.6] * 19]))[0] == "net"
    assert signaux(np.array([np.nan, 0.2])).tolist() == ["dans le bruit"] * 2
    assert signaux(np.array([])).tolist() == []


def test_un_signe_sur_est_net_des_que_la_campagne_montre_quelque_chose():
    seul, dix = np.array([0.03, *[0.6] * 19]), np.full(20, 0.01)
    assert signaux(seul, signe_faux=dix)[0] == "probable", "rien d'autre dans la campagne"
    ouverte = signaux(seul, ensembles=np.array([1e-4, 0.5]), signe_faux=dix)
    assert ouverte.tolist() == ["net", *["dans le bruit"] * 19], "un écart net l'est aussi seul"
    assert signaux(seul, ensembles=np.array([1e-4]), signe_faux=np.full(20, 0.1))[0] == "probable"


@pytest.mark.parametrize("nombre", [1, 2, 4])
def test_sous_cinq_eleves_rien_n_est_net(nombre):
    petite = [(f"p{i}", "5eA", "1.1", 0) for i in range(nombre)]
    grande = [(f"g{i}", "5eB", "1.1", 4) for i in range(30)]
    assert (ecarts(table(*petite, *grande)).set_index("classe").loc["5eA", "signal"]) != "net"


def test_la_loi_d_une_somme_sans_remise_est_celle_des_permutations():
    scores = np.array([3, 2, 1, 2])
    eleves = np.repeat(np.arange(4), scores)
    for nombre in (1, 3, 5, 7):
        sommes = np.array([sum(tirage) for tirage in combinations(eleves, nombre)])
        for somme in set(sommes.tolist()):
            cotes = (sommes <= somme).mean(), (sommes >= somme).mean()
            trouvee = sans_remise(scores, np.array([nombre]), np.array([somme]))[0]
            assert trouvee == pytest.approx(min(1, 2 * min(cotes)))


# — Ce qui ne se compare pas —


def test_deux_parcours_differents_sont_refuses_en_les_nommant():
    autre = table(("f", "5eC", "1.1", 1), nb_acquis=7, campagne="B")
    with pytest.raises(ComparaisonImpossible, match="« Campagne A » et « Campagne B »"):
        ecarts(pd.concat([DEUX, autre]))
    meme = table(("f", "5eC", "1.1", 1), campagne="B")
    assert set(ecarts(pd.concat([DEUX, meme]))["classe"]) == {"5eA", "5eB", "5eC"}, (
        "le même parcours en deux campagnes se compare"
    )


def test_un_profil_de_septembre_ne_se_mele_pas_a_un_de_mai():
    niveaux = {"type_campagne": "collecte", "niveau_pix": 2}
    lignes = [
        table(("a", "3eA", "1.1", 1), campagne=c, envoi=e, **niveaux)
        for c, e in (("A", "2026-09-20"), ("B", "2027-05-20"))
    ]
    with pytest.raises(ComparaisonImpossible, match="20 septembre 2026 et du 20 mai 2027"):
        estimations(pd.concat(lignes))


# — Le chemin parcouru —


def test_la_progression_ne_compte_que_les_memes_eleves():
    avant = table(
        ("a", "6eA", "1.1", 1), ("b", "6eA", "1.1", 2), ("z", "6eA", "1.1", 4), campagne="A"
    )
    apres = table(
        ("a", "5eA", "1.1", 2),
        ("b", "5eA", "1.1", 4),
        ("n", "5eA", "1.1", 0),
        campagne="B",
        envoi="2027-05-20",
    )
    (ligne,) = progression(avant, apres).itertuples()
    assert (ligne.effectif, ligne.nb_arrives) == (2, 1)
    assert ligne.ecart == pytest.approx((0.25 + 0.5) / 2)
    demi = stats.t.ppf(0.975, 1) * np.std([0.25, 0.5], ddof=1) / np.sqrt(2)
    assert ligne.ecart_haut - ligne.ecart == pytest.approx(demi)


def test_un_envoi_n_est_pas_compare_a_lui_meme():
    assert progression(DEUX, DEUX).empty


def test_des_pertes_egales_a_un_arrondi_pres_ne_sont_pas_une_certitude():
    avant = table(("a", "5eA", "1.1", 4), ("b", "5eA", "1.1", 3), nb_acquis=5)
    apres = table(
        ("a", "5eA", "1.1", 3),
        ("b", "5eA", "1.1", 2),
        nb_acquis=5,
        campagne="B",
        envoi="2027-05-20",
    )
    (ligne,) = progression(avant, apres).itertuples()
    assert ligne.ecart == pytest.approx(-0.2)
    assert ligne.signal == "dans le bruit"


def test_la_progression_refuse_deux_parcours_ou_deux_mesures():
    with pytest.raises(ComparaisonImpossible, match="mêmes acquis"):
        progression(DEUX, DEUX.assign(nb_acquis=9, campagne="B"))
    with pytest.raises(ComparaisonImpossible, match="un seul type"):
        progression(DEUX, DEUX.assign(type_campagne="collecte", niveau_pix=2))


# — Au plus près —


def test_qui_est_loin_de_sa_classe_et_sur_quoi():
    lignes = [(f"e{i}", "5eA", code, 3 if i else 0) for i in range(9) for code in ("1.1", "2.1")]
    lignes = [(e, c, code, min(4, m + (int(e[1]) % 2))) for e, c, code, m in lignes]
    resultats = table(*lignes)
    assert dispersion(resultats)["nb_loin"].tolist() == [1]
    (loin,) = loin_du_groupe(resultats).itertuples()
    assert (loin.eleve, loin.separent) == ("e0", "1.1, 2.1")
    fiche = fiche_eleve(resultats, "e0")
    assert fiche["note"].tolist() == [0, 0]
    assert (fiche["effectif"] == 9).all()
    assert "Au-dessous de la moitié centrale" in vue_eleve(fiche).phrase


@pytest.fixture(scope="module")
def quatrieme():
    return lire_fichiers({"x.csv": (EXPORTS / "02_4e_acquis" / "export.csv").read_bytes()})


def test_les_acquis_reussis_s_additionnent_comme_les_competences(quatrieme):
    resultats = resultats_retenus(quatrieme)
    detail = (
        acquis_reussis(quatrieme, resultats)
        .groupby(["classe", "competence"])["nb_acquis_maitrises"]
        .sum()
    )
    attendu = resultats.groupby(["classe", "competence"])["nb_acquis_maitrises"].sum()
    assert (detail.reindex(attendu.index, fill_value=0) == attendu).all()


def test_le_plafond_d_un_parcours_se_lit_dans_ses_acquis(quatrieme):
    haut = plafonds(quatrieme).set_index("competence")["niveau_teste"]
    table_ = angles_morts(resultats_retenus(quatrieme), plafonds=plafonds(quatrieme)).set_index(
        "competence"
    )
    assert haut.between(1, 8).all()
    assert table_.loc[haut.index, "niveau_teste"].tolist() == haut.tolist()


# — Propriétés —


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_ni_l_ordre_ni_une_classe_vide_ni_un_doublon_ne_changent_rien(graine):
    alea = np.random.default_rng(graine)
    resultats = tirer(Reglage(3, petites=True), alea).resultats
    melange = resultats.sample(frac=1, random_state=graine).reset_index(drop=True)
    for mesurer in (ecarts, estimations, dispersion):
        pd.testing.assert_frame_equal(mesurer(melange), mesurer(resultats))
    estimes = estimations(resultats)
    assert (
        estimes.groupby("competence")["effectif"].sum()
        == resultats.groupby("competence")["eleve"].nunique()
    ).all()


def test_une_mesure_ne_modifie_pas_sa_table():
    copie = DEUX.copy()
    for mesurer in (ecarts, estimations, dispersion, loin_du_groupe):
        mesurer(DEUX)
    pd.testing.assert_frame_equal(DEUX, copie)


# — Vérité connue (les épreuves complètes sont dans benchmarks/certitude.py) —


def test_les_intervalles_couvrent_la_verite_19_fois_sur_20():
    alea, bilan = np.random.default_rng(5), Bilan()
    for _ in range(40):
        bilan.estimer(tirer(Reglage(4, petites=True, inegales=True), alea))
    assert bilan.nulles == 0
    for couverts, cases in zip(bilan.couverts, bilan.cases, strict=True):
        assert cases == 0 or 0.92 <= couverts / cases <= 0.985
    assert bilan.carres[1] < bilan.carres[0], "rapprochée, une moyenne se trompe moins"


def test_sans_aucun_ecart_vrai_on_en_crie_rarement():
    alea, bilan = np.random.default_rng(6), Bilan()
    for _ in range(60):
        bilan.crier(tirer(Reglage(4, inegales=True).sans_ecart, alea))
    assert bilan.cris <= 8  # 5 % attendus : 3 ; plus de 8 n'arrive pas une fois sur cent


def test_un_ecart_net_a_le_bon_signe():
    alea, bilan = np.random.default_rng(7), Bilan()
    for _ in range(30):
        bilan.juger(tirer(Reglage(6, 25), alea), 1)
    assert bilan.nets > 100
    assert bilan.signes_faux <= 0.04 * bilan.nets
    vrais, bruts, retenus = bilan.exageration
    assert abs(retenus / vrais - 1) < abs(bruts / vrais - 1), "retenu, il exagère moins"


# — Les vues —


def test_chaque_vue_nouvelle_a_sa_phrase_et_sa_cle():
    resultats = tirer(Reglage(3), np.random.default_rng(1)).resultats
    apres = resultats.assign(campagne="B", nb_acquis_maitrises=resultats["nb_acquis"])
    vues = {
        "ecarts": vue_ecarts(ecarts(resultats), groupe="5e1", nom_reference="ensemble"),
        "face_a_face": vue_face_a_face(face_a_face(resultats, groupe="5e0", autre="5e1")),
        "multiples": vue_niveaux_scolaires(estimations_par_campagne(resultats)),
        "progression": vue_progression(progression(resultats, apres), groupe="5e1"),
    }
    for vue in vues.values():
        assert vue.phrase.endswith(".")
        assert "À se demander en équipe" in vue.html()
        assert vue.png(50).startswith(b"\x89PNG")
    assert "plus que le hasard" in vues["progression"].phrase
    assert "jamais d'un cadre à l'autre" in vues["multiples"].phrase


def test_la_progression_du_premier_au_dernier_envoi_sur_un_vrai_export():
    tables = lire_fichiers({"x.csv": (EXPORTS / "04_envois_multiples" / "export.csv").read_bytes()})
    table_ = progression(resultats_retenus(reprendre(tables, "premier")), resultats_retenus(tables))
    multiples = tables.participations.dropna(subset="date_envoi").groupby("eleve").size()
    assert table_["effectif"].max() == (multiples > 1).sum()
