"""Les nombres s'écrivent en français, avec des espaces fines insécables."""

from datetime import datetime

import pandas as pd

from pixkit.charte import (
    accord,
    age_en_mots,
    coller,
    compter,
    conjuguer,
    date_en_mots,
    decimal,
    ecart_en_mots,
    entier,
    pourcentage,
)
from pixkit.tableaux import tableau


def test_les_pourcentages_et_les_decimales_ont_une_virgule():
    assert pourcentage(0.125, 1) == "12,5\u202f%"
    assert pourcentage(0.755) == "76\u202f%"
    assert decimal(-0.04) == "0,0"


def test_un_grand_nombre_se_lit_par_tranches():
    assert [entier(un) for un in (0, 9999, 31866, 5_000_000)] == [
        "0", "9999", "31\N{NARROW NO-BREAK SPACE}866",
        "5\N{NARROW NO-BREAK SPACE}000\N{NARROW NO-BREAK SPACE}000",
    ]  # fmt: skip


def test_les_ecarts_ont_un_signe_et_un_accord():
    assert ecart_en_mots(0.04, "points") == "+4\u202fpoints"
    assert ecart_en_mots(-0.01, "points") == "−1\u202fpoint"
    assert ecart_en_mots(0.001, "points") == "0\u202fpoint"
    assert ecart_en_mots(-2.05, "niveaux").endswith("niveaux")
    assert ecart_en_mots(-0.5, "niveaux") == "−0,5\u202fniveau"


def test_les_accords():
    assert accord(1, "élève") == "1\u202félève"
    assert accord(0, "élève") == "0\u202félève"
    assert accord(2, "export lu", "exports lus") == "2\u202fexports lus"


def test_un_signe_reste_avec_son_mot():
    dit = "Décider « Qui est qui » ; faire : quoi ?"
    assert coller(dit) == "Décider «\u00a0Qui est qui\u00a0»\u00a0; faire\u00a0: quoi\u00a0?"


def test_l_age_des_donnees_alerte_apres_huit_jours():
    maintenant = datetime(2026, 11, 23)
    assert age_en_mots(datetime(2026, 11, 15), maintenant) == (
        "Données du 15 novembre 2026 (il y a 8 jours).",
        False,
    )
    assert age_en_mots(datetime(2026, 11, 14), maintenant)[1]
    assert "(date à venir)" in age_en_mots(datetime(2027, 3, 1), maintenant)[0]
    assert date_en_mots(datetime(2026, 9, 1)) == "1er septembre 2026"


def test_un_tableau_echappe_et_ecrit_les_manques_d_un_tiret():
    html = tableau(
        pd.DataFrame({"classe": ["<b>5eA</b>", "5eB"], "taux_maitrise": [0.5, None]})
    ).to_html()
    assert "<b>5eA</b>" not in html
    assert "50,0\u202f%" in html
    assert "–" in html
    assert "Taux de maîtrise" in html


def test_un_zero_se_dit_en_mots():
    assert conjuguer(0, "a envoyé", "ont envoyé", personne="personne n'a envoyé") == (
        "personne n'a envoyé"
    )
    assert conjuguer(2, "a envoyé", "ont envoyé", personne="personne n'a envoyé") == "2 ont envoyé"
    assert compter(0, "probable", aucun="aucun probable") == "aucun probable"
    assert compter(2, "probable", aucun="aucun probable") == "2\u202fprobables"
