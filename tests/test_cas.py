"""Vingt-trois dossiers comme des écoles en ont, inventés d'après des rapports publics, et ce qu'il
faut y trouver."""

from pathlib import Path

import pandas as pd
import pytest

from pixkit.commande import main
from pixkit.lecture import lire_dossier

CAS = Path(__file__).parent / "cas"
JAMAIS_COMMENCE = {
    "01_pronote_une_classe": 2,
    "01c_eleves_pluriel": 2,
    "03_siecle_lib_structure": 2,
    "06_classe_5E1_excel": 2,
    "07_xlsx_une_feuille_par_classe": 3,
    "08b_xlsx_fusion": 2,
    "15_protection_excel": 2,
    "16_xlsx_serie": 2,
    "17_faux_xls": 2,
    "19_deux_classes_ulis": 2,
    "24_export_xlsx": 2,
    "43_titre_et_total": 3,
    "50_cp1252_entete_sans_accent": 2,
    "51_tous_ont_envoye": 0,
    "56_codes_par_classe": 2,
    "57_colonne_sans_titre": 2,
    "60_niveau_inconnu": 3,
    "71_liste_de_l_an_passe": 0,
    "72_liste_d_un_autre_college": 0,
}
SANS_LISTE = ("13_anonymes_eval", "52_dates_us_mixtes", "53_taux_divise", "54_acquis_tous_KO")
SUIVI = ["eleve", "nom", "prenom", "classe", "campagne", "etat"]


def relancer(cas: str, sortie: Path) -> tuple[int, pd.DataFrame]:
    code = main(["relances", str(CAS / cas), "--vers", str(sortie)])
    return code, pd.read_csv(sortie / "suivi.csv", dtype=str)


def test_chaque_dossier_est_essaye():
    assert {dossier.name for dossier in CAS.iterdir()} == {*JAMAIS_COMMENCE, *SANS_LISTE}


@pytest.mark.parametrize("cas", JAMAIS_COMMENCE)
def test_n_ont_jamais_commence_que_ceux_qu_on_attend(cas, tmp_path):
    code, suivi = relancer(cas, tmp_path)
    assert code in (0, 1)
    assert list(suivi.columns) == SUIVI
    assert (suivi["etat"] == "jamais_commence").sum() == JAMAIS_COMMENCE[cas]
    assert {"relances.pdf", "relances.xlsx"} <= {chemin.name for chemin in tmp_path.iterdir()}


@pytest.mark.parametrize("cas", SANS_LISTE)
def test_sans_liste_le_suivi_existe_et_n_a_personne(cas, tmp_path):
    code, suivi = relancer(cas, tmp_path)
    assert code == 1
    assert list(suivi.columns) == SUIVI
    assert suivi.empty


@pytest.mark.parametrize(
    ("cas", "phrase"),
    [
        ("01_pronote_une_classe", "elle est prise dans les exports, 6A (14\u202félèves)"),
        ("06_classe_5E1_excel", "rétablies : « 5,00E+01 » → 5E1"),
        ("13_anonymes_eval", "un dossier sans liste d'élèves"),
        (
            "54_acquis_tous_KO",
            "acquis réussi d'après les colonnes d'acquis, 4626 d'après les décomptes",
        ),
        ("19_deux_classes_ulis", "lus une fois avec toutes leurs classes"),
        ("60_niveau_inconnu", "La classe 2TMA est hors périmètre, car personne n'y a commencé"),
        (
            "60_niveau_inconnu",
            "La classe 2MRC est attendue, car certains de ses élèves ont commencé",
        ),
        ("71_liste_de_l_an_passe", "une liste d'élèves de 2025-2026 et des campagnes de 2026-2027"),
        ("72_liste_d_un_autre_college", "où ne figure presque aucun des noms des exports"),
        ("43_titre_et_total", "4\u202fmises de côté (surtout : ligne placée avant les en-têtes)"),
    ],
)
def test_ce_qui_est_suppose_se_dit(cas, phrase, tmp_path, capsys):
    code, suivi = relancer(cas, tmp_path)
    assert phrase in "".join(capsys.readouterr())
    assert code == 1 or len(suivi)


def eleves(cas: str) -> pd.DataFrame:
    return lire_dossier(CAS / cas).eleves


def test_une_liste_se_lit_entiere_malgre_ce_qu_on_lui_a_fait():
    assert set(eleves("08b_xlsx_fusion")["classe"]) == {"6A", "6B"}
    assert len(eleves("50_cp1252_entete_sans_accent")) == len(eleves("57_colonne_sans_titre")) == 27
    assert not eleves("43_titre_et_total")["nom"].str.contains("Total").any()
    gardee = eleves("15_protection_excel")
    assert gardee["eleve"].str.fullmatch(r"\d{9}[A-Z]{2}").all()
    assert set(gardee["classe"]) == {"6A", "6B"}
    for cas in ("15_protection_excel", "16_xlsx_serie", "07_xlsx_une_feuille_par_classe"):
        assert eleves(cas)["date_naissance"].dt.year.isin([2013, 2014]).all()


def test_l_eleve_d_une_ulis_reste_dans_sa_classe_et_l_ulis_est_connue():
    deux = eleves("19_deux_classes_ulis").query("groupes == 'ULIS'")
    assert set(deux["classe"]) == {"6A"}
    assert len(deux) == 2
    assert deux["mouvement"].isna().all()


def test_une_classe_changee_en_nombre_est_retablie():
    tables = lire_dossier(CAS / "06_classe_5E1_excel")
    assert set(tables.participations["classe"]) == {"5E1", "5E2", "5E3"}
    assert "« 5,00E+01 » → 5E1" in "".join(tables.fichiers["remarques"])


def test_des_participations_sans_nom_sont_autant_de_personnes():
    participations = lire_dossier(CAS / "13_anonymes_eval").participations
    assert participations["eleve"].nunique() == participations["retenue"].sum() == 15


def test_des_dates_ecrites_le_mois_d_abord_sont_toutes_d_octobre():
    participations = lire_dossier(CAS / "52_dates_us_mixtes").participations
    for nom in ("date_debut", "date_envoi"):
        assert set(participations[nom].dt.strftime("%Y-%m")) == {"2026-10"}


def test_un_taux_n_est_pas_divise_parce_qu_une_competence_est_a_zero():
    participations = lire_dossier(CAS / "53_taux_divise").participations
    assert participations["taux_maitrise"].iloc[0] == 0.39
    assert not participations["compte_supprime"].any()


def test_des_acquis_contredits_par_les_decomptes_se_disent_et_ne_sont_pas_lus(tmp_path, capsys):
    assert main(["lire", str(CAS / "54_acquis_tous_KO"), "--vers", str(tmp_path)]) == 1
    assert "4626 d'après les décomptes" in capsys.readouterr().out
    assert not (tmp_path / "acquis.csv").exists()
