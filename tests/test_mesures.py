"""Chaque mesure sur une table qu'on calcule de tête, et ce qui ne doit rien changer."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixkit.erreurs import ChoixInconnu, ComparaisonImpossible
from pixkit.lecture import lire_fichiers, reprendre
from pixkit.mesures import (
    additionner,
    angles_morts,
    bilans,
    compter,
    ecarts,
    ecarts_a_l_an_passe,
    effet_envois,
    mesure,
    niveaux,
    objectifs,
    par_eleve,
    participation,
    resultats_retenus,
    taux_maitrise,
)
from tests.test_lecture import EXPORTS, verite


def evaluation(*lignes) -> pd.DataFrame:
    """(élève, classe, compétence, acquis visés, maîtrisés)."""
    table = pd.DataFrame(
        lignes, columns=["eleve", "classe", "competence", "nb_acquis", "nb_acquis_maitrises"]
    )
    return table.assign(
        type_campagne="evaluation", niveau_scolaire="5e", domaine=table["competence"].str[0]
    )


def collecte(*lignes) -> pd.DataFrame:
    """(élève, classe, niveau scolaire, compétence, niveau Pix)."""
    table = pd.DataFrame(
        lignes, columns=["eleve", "classe", "niveau_scolaire", "competence", "niveau_pix"]
    )
    return table.assign(type_campagne="collecte", domaine=table["competence"].str[0])


PETITE = evaluation(
    ("a", "5eA", "1.1", 2, 2),
    ("b", "5eA", "1.1", 8, 1),
    ("c", "5eB", "1.1", 10, 5),
    ("c", "5eB", "2.1", 4, 4),
)


def test_les_decomptes_s_additionnent_avant_de_se_diviser():
    table = taux_maitrise(PETITE, par="classe").set_index("classe")
    assert table["taux_maitrise"].to_dict() == {"5eA": 0.3, "5eB": 9 / 14}
    assert table["effectif"].to_dict() == {"5eA": 2, "5eB": 1}


def test_un_taux_sans_acquis_manque_et_ne_vaut_pas_zero():
    assert (
        taux_maitrise(evaluation(("a", "5eA", "1.1", 0, 0)), par="classe")["taux_maitrise"]
        .isna()
        .all()
    )


def test_les_decomptes_disent_combien_d_eleves_ont_chaque_resultat():
    table = compter(PETITE).set_index(["classe", "competence", "nb_acquis", "valeur"])
    assert table["effectif"].to_dict() == {
        ("5eA", "1.1", 2, 2): 1,
        ("5eA", "1.1", 8, 1): 1,
        ("5eB", "1.1", 10, 5): 1,
        ("5eB", "2.1", 4, 4): 1,
    }
    assert set(table["mesure"]) == {"taux_maitrise"}
    ensemble = compter(PETITE, sur="tout").set_index(["classe", "nb_acquis", "valeur"])
    assert ensemble["effectif"].to_dict() == {("5eA", 2, 2): 1, ("5eA", 8, 1): 1, ("5eB", 14, 9): 1}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["5eA", "5eB"]), st.integers(0, 3)), min_size=2, max_size=12
    ),
    st.data(),
)
def test_les_decomptes_d_eleves_disjoints_s_additionnent(eleves, tirage):
    lignes = [(f"e{rang}", classe, "1.1", 3, note) for rang, (classe, note) in enumerate(eleves)]
    coupe = tirage.draw(st.integers(1, len(lignes) - 1))
    parties = [compter(evaluation(*morceau)) for morceau in (lignes[:coupe], lignes[coupe:])]
    pd.testing.assert_frame_equal(additionner(*parties), compter(evaluation(*lignes)))


def test_un_eleve_de_deux_classes_compte_dans_sa_principale():
    deux = evaluation(
        ("a", "5eA", "1.1", 4, 4),
        ("a", "5eA", "2.1", 4, 4),
        ("a", "ULIS", "3.1", 4, 0),
        ("b", "ULIS", "3.1", 4, 2),
    )
    table = compter(deux, sur="tout").set_index("classe")
    assert table.loc["5eA", ["effectif", "nb_acquis", "valeur"]].tolist() == [1, 12, 8]
    assert table.loc["ULIS", "effectif"] == 1


def test_les_niveaux_donnent_moyenne_mediane_et_quartiles():
    table = niveaux(
        collecte(*(("x" + str(n), "3eA", "3e", "1.1", n) for n in (0, 1, 2, 5))), par="classe"
    ).iloc[0]
    assert (table["niveau_moyen"], table["niveau_median"], table["effectif"]) == (2, 1.5, 4)


def test_l_ecart_a_l_etablissement():
    table = ecarts(PETITE).set_index(["classe", "competence"])
    assert table.loc[("5eA", "1.1"), "ecart"] == pytest.approx(0.3 - 8 / 20)
    assert table.loc[("5eA", "1.1"), "effectif_reference"] == 3


def test_l_ecart_a_un_nombre_et_a_une_autre_classe():
    assert (
        ecarts(PETITE, reference=0.5)
        .set_index(["classe", "competence"])
        .loc[("5eB", "2.1"), "ecart"]
        == 0.5
    )
    assert (
        ecarts(PETITE, reference="5eB")
        .set_index(["classe", "competence"])
        .loc[("5eA", "1.1"), "ecart"]
        == -0.2
    )


def test_un_nombre_de_numpy_est_un_nombre():
    un, autre = (ecarts(PETITE, reference=nombre) for nombre in (1, np.int64(1)))
    pd.testing.assert_frame_equal(un, autre)


def test_l_objectif_national_ne_vaut_qu_en_3e_et_en_terminale():
    assert objectifs() == {"3e": 3, "Tle": 4}
    table = ecarts(
        collecte(("a", "3eA", "3e", "1.1", 1), ("b", "4eA", "4e", "1.1", 1)), reference=objectifs()
    )
    assert table.set_index("classe")["ecart"].isna().to_dict() == {"3eA": False, "4eA": True}
    assert table.set_index("classe").at["3eA", "ecart"] == -2


def test_l_etablissement_peut_fixer_son_objectif():
    assert objectifs(**{"4e": 2})["4e"] == 2


def test_une_reference_inconnue_propose_la_plus_proche():
    with pytest.raises(ChoixInconnu, match="vouliez-vous dire « 5eA »"):
        ecarts(PETITE, reference="5ea")


def test_une_colonne_inconnue_cite_celles_qui_existent():
    with pytest.raises(ChoixInconnu, match="niveau_scolaire"):
        taux_maitrise(PETITE, par="clase")


def test_un_taux_ne_se_compare_pas_a_un_niveau():
    with pytest.raises(ComparaisonImpossible, match="un seul type"):
        ecarts(pd.concat([PETITE, collecte(("a", "3eA", "3e", "1.1", 1))]))


def test_les_angles_morts_montrent_les_16_competences():
    table = angles_morts(PETITE).set_index("competence")
    assert len(table) == 16
    assert table.loc["1.1", ["effectif", "nb_acquis", "testee"]].tolist() == [3, 10, True]
    assert table.loc["5.2", ["effectif", "testee"]].tolist() == [0, False]


def test_une_collecte_teste_ce_qu_elle_montre_et_rien_de_plus():
    lignes = [
        ("a", "3eA", "3e", "1.1", 1),
        ("b", "3eA", "3e", "1.1", 0),
        ("a", "3eA", "3e", "1.2", 0),
    ]
    resultats = collecte(*lignes).assign(nb_acquis=pd.NA)
    table = angles_morts(resultats).set_index("competence")
    assert table.loc["1.1", ["effectif", "testee"]].tolist() == [1, True]
    assert table["testee"].sum() == 1, "sans un pix, on ne sait pas s'il a essayé"


@settings(deadline=None)
@given(st.permutations(range(len(PETITE))))
def test_l_ordre_des_lignes_ne_change_rien(ordre):
    for mesurer in (lambda t: taux_maitrise(t, par="classe"), ecarts, angles_morts):
        pd.testing.assert_frame_equal(mesurer(PETITE.iloc[list(ordre)]), mesurer(PETITE))


def test_une_mesure_ne_modifie_pas_sa_table():
    copie = PETITE.copy()
    for mesurer in (
        ecarts,
        angles_morts,
        lambda t: mesure(t, par="classe"),
        lambda t: par_eleve(t, par="classe"),
    ):
        mesurer(PETITE)
    pd.testing.assert_frame_equal(PETITE, copie)


def passee(an: str, maitrises: int, *, vises: int = 4, nom: str = "Rentrée 5e") -> pd.DataFrame:
    """Six élèves d'une année, dont quatre seulement testés en 2.1."""
    lignes = [(f"{an}{n}", "5eA", "1.1", vises, maitrises) for n in range(6)]
    lignes += [(f"{an}{n}", "5eA", "2.1", 2, 1) for n in range(4)]
    siennes = {"annee_scolaire": an, "campagne": f"C{an}", "nom_campagne": f"{nom} {an[:4]}"}
    return evaluation(*lignes).assign(**siennes)


AVANT, APRES = passee("2025-2026", 2), passee("2026-2027", 3)


def test_un_bilan_additionne_et_tait_moins_de_cinq_eleves():
    (ligne,) = bilans(AVANT).to_dict("records")
    assert (ligne["competence"], ligne["campagne"]) == ("1.1", "C2025-2026")
    assert (ligne["effectif"], ligne["valeur"], ligne["nb_acquis"]) == (6, 12, 24)


def test_une_annee_close_reste_et_ce_qui_est_encore_lu_se_recompte():
    gardes = bilans(AVANT).astype(str).to_dict("records")
    tous = bilans(APRES, gardes=gardes)
    pd.testing.assert_frame_equal(tous.head(1), bilans(AVANT), check_dtype=False)
    pd.testing.assert_frame_equal(
        tous.tail(1).reset_index(drop=True), bilans(APRES), check_dtype=False
    )
    faux = [ligne | {"valeur": "24"} for ligne in gardes]
    assert bilans(AVANT, gardes=faux)["valeur"].tolist() == [12]


def test_l_an_passe_se_met_a_cote_et_ce_qui_manque_n_est_pas_zero():
    table = ecarts_a_l_an_passe(APRES, bilans(AVANT)).set_index("competence")
    dits = ["valeur", "reference", "effectif", "effectif_reference", "ecart"]
    assert table.loc["1.1", dits].tolist() == [0.75, 0.5, 6, 6, 0.25]
    assert table.loc["1.1", "ecart_bas"] < 0.25 < table.loc["1.1", "ecart_haut"]
    manquent = ["reference", "effectif_reference", "ecart", "ecart_bas", "ecart_haut", "signal"]
    assert table.loc["2.1", manquent].isna().all()
    assert table.loc["2.1", ["valeur", "effectif"]].tolist() == [0.5, 4]


@pytest.mark.parametrize(
    ("avant", "comparable"),
    [
        ([AVANT], True),
        ([passee("2025-2026", 2, vises=5)], False),
        ([passee("2025-2026", 2, nom="Bilan 5e")], True),
        ([AVANT, passee("2025-2026", 2, nom="Bilan 5e").assign(campagne="B")], True),
        ([passee("2025-2026", 2, nom=n).assign(campagne=n) for n in ("Un", "Deux")], False),
        ([passee("2024-2025", 2)], False),
        ([APRES], False),
        ([], False),
    ],
)
def test_seule_la_meme_campagne_de_l_an_passe_se_compare(avant, comparable):
    gardes = bilans(pd.concat([*avant, AVANT.head(0)]))
    references = ecarts_a_l_an_passe(APRES, gardes)["reference"].dropna().tolist()
    assert references == ([0.5] if comparable else [])


@pytest.fixture(scope="module")
def cinquieme():
    return lire_fichiers({"x.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()})


def test_les_etats_s_additionnent_et_jamais_commence_reste_inconnu(cinquieme):
    table = participation(cinquieme.participations)
    etats = table[["envoye", "envoye_sans_detail", "termine_non_envoye", "en_cours"]].sum()
    vrais = Counter(
        "supprime" if r["accountDeleted"] and r["sharedAtUTC"] else r["status"]
        for r in verite("01_5e")["rows"]
    )
    assert etats.tolist() == [
        vrais["SHARED"],
        vrais["supprime"],
        vrais["TO_SHARE"],
        vrais["STARTED"],
    ]
    assert table["effectif"].sum() == 122
    assert table["jamais_commence"].isna().all()


def test_un_compte_supprime_ne_compte_pas_pour_des_zeros(cinquieme):
    resultats = resultats_retenus(cinquieme)
    vrais = [r for r in verite("01_5e")["rows"] if r["sharedAtUTC"] and not r["accountDeleted"]]
    assert resultats["eleve"].nunique() == len(vrais)
    total = cinquieme.resultats["nb_acquis_maitrises"].sum()
    assert (
        resultats["nb_acquis_maitrises"].sum() == total
    )  # les siens étaient nuls, mais ses acquis visés sortent aussi


def test_le_meme_fichier_deux_fois_ne_change_aucune_mesure(cinquieme):
    octets = (EXPORTS / "01_5e" / "export.csv").read_bytes()
    double = lire_fichiers({"x.csv": octets, "y.csv": octets})
    pd.testing.assert_frame_equal(
        ecarts(resultats_retenus(double)), ecarts(resultats_retenus(cinquieme))
    )


def test_l_effet_d_une_regle_d_envoi_est_compte():
    tables = lire_fichiers({"x.csv": (EXPORTS / "05_collecte" / "export.csv").read_bytes()})
    effet = effet_envois(tables, reprendre(tables, "premier")).iloc[0]
    multiples = tables.participations.dropna(subset="date_envoi").groupby("eleve").size()
    assert effet["nb_eleves"] == (multiples > 1).sum()
    assert effet["mediane_apres"] < effet["mediane_avant"]
