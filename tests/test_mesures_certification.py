"""De la liste aux certifiés : des décomptes calculés de tête, jamais mêlés à ceux des campagnes."""

import pandas as pd
import pytest

from pixkit.ecole import Ecole
from pixkit.erreurs import ComparaisonImpossible
from pixkit.grandeurs import CERTIFICATION
from pixkit.lecture import lire_fichiers
from pixkit.mesures import (
    certifications_retenues,
    compter_certifications,
    compter_niveaux,
    ecarts_a_l_attendu,
    estimations,
    mesure,
    mesure_de,
    niveaux,
    niveaux_atteints,
    niveaux_certifies,
    scores_certifies,
    taux_certification,
)
from tests.test_certification import CLASSE, CODES, SESSION, changer, en_csv, grille, octets
from tests.test_certifies import ENTETE, ine, la_liste

PASSAGE = "date_de_passage_de_la_certification"
NOMBRES = ["effectif", "attendus", "nb_inscrits", "nb_presents", "nb_certifies"]


def ecole(liste: list[str], **fichiers: bytes) -> Ecole:
    sources = {f"{nom}.csv": brut for nom, brut in fichiers.items()}
    if liste:
        sources["liste 2026-2027.csv"] = "\n".join([ENTETE, *liste]).encode()
    return Ecole(lire_fichiers(sources))


@pytest.fixture(scope="module")
def cette_annee() -> Ecole:
    """25 inscrits, dont un parti ; un absent de 3e, et une classe de 5e que rien n'attend."""
    liste = [ligne for ligne in la_liste() if not ligne.startswith("FAURE")]
    liste += [f"NEUF;Tom;01/01/2012;3eA;{ine(77)}", f"NEUF;Tim;01/01/2014;5eA;{ine(78)}"]
    return ecole(liste, **{CLASSE: octets(CLASSE), SESSION: octets(SESSION)})


def comptes(une: Ecole, **reglages) -> pd.DataFrame:
    return compter_certifications(une.certifications, une.tables.eleves, **reglages)


def test_une_certification_dite_par_deux_fichiers_compte_une_fois(cette_annee):
    retenues = certifications_retenues(cette_annee.certifications)
    assert len(cette_annee.certifications) == 38
    assert len(retenues) == retenues["numero"].nunique() == 25
    assert retenues["eleve"].notna().all()
    assert not retenues["eleve"].str.contains("FAURE").any()


def test_de_la_liste_aux_certifies_personne_ne_compte_deux_fois(cette_annee):
    (ligne,) = comptes(cette_annee)[NOMBRES].to_numpy().tolist()
    # 24 des 25 du fichier sont de la liste ; s'y ajoute un élève que personne n'a inscrit.
    assert ligne == [25, 25, 24, 24, 20]


def test_une_certification_seulement_commencee_n_est_pas_une_presence():
    une = ecole(la_liste(), **{CLASSE: octets(CLASSE)})
    (ligne,) = comptes(une)[NOMBRES].to_numpy().tolist()
    assert ligne == [25, 25, 25, 24, 20]


def test_qui_a_deux_certifications_garde_la_validee():
    seconde = changer(
        grille(),
        numéro_de_certification=lambda ligne: str(int(ligne[0]) + 1000),
        statut=lambda ligne: "Annulée" if ligne[7] == "Validée" else "Validée",
        **{PASSAGE: lambda _: "09/03/2027"},
    )
    sources = {CLASSE: octets(CLASSE), "20270401_resultats_3eA": en_csv(seconde)}
    retenues = certifications_retenues(ecole(la_liste(), **sources).certifications)
    assert len(retenues) == 25
    assert set(retenues["statut"]) == {"validee"}


def test_des_comptes_anonymises_sont_autant_de_personnes():
    anonymes = changer(grille(), nom=lambda _: "-", prénom=lambda _: "")
    une = ecole([], **{CLASSE: en_csv(anonymes)})
    assert certifications_retenues(une.certifications)["eleve"].nunique() == 25
    assert set(une.certifications["certitude"]) == {"aucune"}


def test_une_certification_pix_plus_ne_fait_pas_un_certifie():
    plus = changer(grille(), type_de_certification=lambda _: "Pix+ Droit")
    une = ecole(la_liste(), **{CLASSE: en_csv(plus)})
    assert comptes(une)["nb_certifies"].tolist() == [0]
    assert comptes(une)["nb_inscrits"].tolist() == [0]


def test_sans_liste_il_n_y_a_ni_effectif_ni_attendus():
    une = ecole([], **{CLASSE: octets(CLASSE), SESSION: octets(SESSION)})
    (ligne,) = comptes(une).to_dict("records")
    assert (ligne["nb_inscrits"], ligne["nb_presents"], ligne["nb_certifies"]) == (25, 24, 20)
    assert pd.isna(ligne["effectif"])
    assert pd.isna(ligne["attendus"])
    (taux,) = taux_certification(comptes(une)).to_dict("records")
    assert pd.isna(taux["taux_certifies"])
    assert taux["taux_reussite"] == pytest.approx(20 / 24)


def test_les_taux_se_disent_a_cote_de_ceux_de_l_an_passe():
    passee = changer(
        grille(),
        numéro_de_certification=lambda ligne: str(int(ligne[0]) - 100_000),
        nom=lambda ligne: f"{ligne[2]}EL",
        statut=lambda ligne: "Validée" if ligne[7] == "Non obtenue" else ligne[7],
        **{PASSAGE: lambda _: "10/02/2026"},
    )
    sources = {CLASSE: octets(CLASSE), "20260301_resultats_3eA": en_csv(passee)}
    une = ecole(la_liste(), **sources)
    (taux,) = taux_certification(comptes(une)).to_dict("records")
    assert taux["annee_scolaire"] == "2026-2027"
    assert taux["taux_certifies"] == pytest.approx(20 / 25)
    assert taux["part_bas"] < 0.8 < taux["part_haut"]
    assert taux["taux_reussite_avant"] == pytest.approx(22 / 24)
    assert pd.isna(taux["taux_certifies_avant"])
    (avant,) = taux_certification(comptes(une), annee="2025-2026").to_dict("records")
    assert avant["nb_certifies"] == 22


def test_une_classe_dont_aucun_resultat_ne_parle_n_a_pas_un_taux_nul():
    une = ecole([*la_liste(), f"NEUF;Tom;01/01/2012;3eB;{ine(77)}"], **{CLASSE: octets(CLASSE)})
    taux = taux_certification(comptes(une)).set_index("classe")
    assert taux["attendus"].to_dict() == {"3eA": 25, "3eB": 1}
    assert taux["taux_certifies"].notna().to_dict() == {"3eA": True, "3eB": False}
    du_niveau = taux_certification(comptes(une), par="niveau_scolaire")
    assert du_niveau["taux_certifies"].item() == pytest.approx(20 / 26)


def test_en_cap_seules_les_classes_ou_quelqu_un_est_inscrit_sont_attendues():
    liste = [ligne.replace("3eA", "CAP2 CUISINE") for ligne in la_liste()]
    liste += [f"NEUF;Tom;01/01/2012;CAP2 CUISINE;{ine(77)}"]
    liste += [f"NEUF;Tim;01/01/2013;CAP1 CUISINE;{ine(78)}"]
    une = ecole(liste, **{"20270301_resultats_CAP2 CUISINE": octets(CLASSE)})
    table = comptes(une, par="classe").set_index("classe")
    assert table["attendus"].to_dict() == {"CAP2 CUISINE": 26}


def test_le_niveau_global_se_juge_sur_celui_qui_est_attendu(cette_annee):
    table = compter_niveaux(cette_annee.certifications, par="niveau_scolaire")
    assert table.set_index("niveau_atteint")["effectif"].to_dict() == {
        0: 1, 1: 3, 2: 5, 3: 6, 4: 3, 5: 2,
    }  # fmt: skip
    (ligne,) = niveaux_atteints(table, par="niveau_scolaire").to_dict("records")
    assert (ligne["niveau_attendu"], ligne["effectif"], ligne["nb_atteint"]) == (3, 20, 11)
    assert ligne["part_bas"] < ligne["part_atteint"] == 11 / 20 < ligne["part_haut"]
    ailleurs = niveaux_atteints(table.assign(niveau_scolaire="4e"), par="niveau_scolaire")
    assert ailleurs[["niveau_attendu", "nb_atteint", "part_atteint"]].isna().all(axis=None)


def test_avant_la_rentree_2024_il_n_y_a_pas_de_niveau_global():
    ancienne = changer(grille(), **{PASSAGE: lambda _: "14/03/2023"})
    une = ecole([], **{"20230401_resultats_3eA": en_csv(ancienne)})
    assert compter_niveaux(une.certifications).empty
    assert comptes(une)["nb_certifies"].tolist() == [20]


def test_les_scores_des_certifies_ont_leurs_quartiles(cette_annee):
    (ligne,) = scores_certifies(cette_annee.certifications).to_dict("records")
    scores = sorted(int(ligne[9]) for ligne in grille()[1:] if ligne[7] == "Validée")
    assert ligne["effectif"] == len(scores)
    assert ligne["pix_median"] == (scores[9] + scores[10]) / 2


def test_le_niveau_de_certification_est_une_mesure_a_part(cette_annee):
    certifies = niveaux_certifies(cette_annee.certifications)
    assert len(certifies) == 20 * len(CODES)
    assert mesure_de(certifies) is CERTIFICATION
    (moyenne,) = mesure(certifies, par="classe")["valeur"]
    assert moyenne == pytest.approx(certifies["niveau_pix"].mean())
    assert niveaux(certifies, par="classe")["niveau_moyen"].item() == pytest.approx(moyenne)
    assert set(estimations(certifies)["mesure"]) == {"niveau_certification"}
    collecte = certifies.assign(type_campagne="collecte")
    with pytest.raises(ComparaisonImpossible, match="des certifications dans les mêmes"):
        mesure_de(pd.concat([certifies, collecte]))


def test_les_competences_les_plus_au_dessous_de_l_attendu_viennent_d_abord(cette_annee):
    certifies = niveaux_certifies(cette_annee.certifications)
    table = ecarts_a_l_attendu(certifies)
    assert table["ecart"].is_monotonic_increasing
    assert set(table["reference"]) == {3.0}
    pire = certifies.groupby("competence")["niveau_pix"].mean().astype(float).idxmin()
    assert table["competence"].iloc[0] == pire
