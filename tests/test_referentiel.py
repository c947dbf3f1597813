"""Le référentiel : des CSV complets et sourcés, et des fonctions qui ne devinent jamais."""

import csv
import re
import subprocess
import sys
from datetime import date
from importlib.resources import files
from itertools import pairwise

import pytest

from pixkit import referentiel
from pixkit.referentiel import (
    NIVEAUX_SCOLAIRES,
    catalogue,
    code_competence,
    code_domaine,
    competences,
    domaine_de,
    domaines,
    est_a_part,
    fenetres_certification,
    lire,
    niveau_attendu,
    niveau_global,
    niveau_scolaire,
    nom_niveau,
    normaliser,
)

TABLES = sorted(f.name for f in files(referentiel).iterdir() if f.name.endswith(".csv"))
EXEMPLES = [
    (exemple, regle["niveau_scolaire"] or None)
    for regle in lire("niveaux_scolaires")
    for exemple in regle["exemples"].split("|")
]


# — Les fichiers —


def test_le_referentiel_contient_ces_tables():
    assert TABLES == [
        "attestation_6e.csv",
        "calendrier.csv",
        "classes_a_part.csv",
        "competences.csv",
        "dispersions.csv",
        "domaines.csv",
        "finalisation.csv",
        "libelles.csv",
        "livrets.csv",
        "mef.csv",
        "niveaux_attendus.csv",
        "niveaux_globaux.csv",
        "niveaux_pix.csv",
        "niveaux_scolaires.csv",
        "parcours.csv",
        "publics.csv",
        "rentree.csv",
    ]


@pytest.mark.parametrize("rang", lire("classes_a_part"), ids=lambda rang: rang["motif"])
def test_une_classe_a_part_se_reconnait_a_son_nom(rang):
    for nom in rang["exemples"].split("|"):
        assert est_a_part(nom)


@pytest.mark.parametrize("nom", ["5eA", "3e2", "Ulisse", "6e Jules Verne", "PM1", "EMPAA", "3eP"])
def test_les_autres_non(nom):
    assert not est_a_part(nom)


@pytest.mark.parametrize("table", TABLES)
def test_chaque_ligne_porte_sa_source_et_une_date_lisible(table):
    assert lire(table)
    for rang in lire(table):
        assert rang["source"].strip(), rang
        assert re.fullmatch(r"(\d{4}(-\d{2}(-\d{2})?)?)?", rang["date"]), rang


@pytest.mark.parametrize("table", TABLES)
def test_chaque_fichier_est_en_utf8_separe_par_des_virgules_et_regulier(table):
    octets = files(referentiel).joinpath(table).read_bytes()
    assert not octets.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in octets
    assert octets.endswith(b"\n")
    largeurs = {len(cellules) for cellules in csv.reader(octets.decode("utf-8").splitlines())}
    assert len(largeurs) == 1


def test_une_table_se_lit_avec_ou_sans_son_extension():
    assert lire("domaines") == lire("domaines.csv")


# — Domaines et compétences —


def test_il_y_a_cinq_domaines_et_seize_competences_aux_codes_et_identifiants_uniques():
    assert list(domaines()) == list("12345")
    assert len(competences()) == len(lire("competences")) == 16
    assert list(competences()) == sorted(competences())
    assert len({rang["pix_id"] for rang in lire("competences")}) == 16
    assert len(set(competences().values())) == 16


def test_les_noms_sont_ceux_de_pix_a_la_lettre():
    assert competences()["1.1"] == "Mener une recherche et une veille d\u2019information"
    assert competences()["2.4"] == "S'insérer dans le monde numérique"
    assert competences()["3.2"] == "Développer des documents multimedia"
    assert domaines()["3"] == "Création de contenu"


def test_le_domaine_d_une_competence_est_celui_de_la_table():
    assert {r["competence"]: r["domaine"] for r in lire("competences")} == {
        c: domaine_de(c) for c in competences()
    }
    assert set(map(domaine_de, competences())) == set(domaines())


def test_modifier_un_resultat_ne_modifie_pas_le_referentiel():
    competences().clear()
    catalogue()[0].clear()
    assert len(competences()) == 16
    assert catalogue()[0]["nom"]


# — Reconnaître un libellé —


def test_chaque_libelle_connu_retrouve_son_code():
    for rang in lire("libelles"):
        chercher = code_competence if rang["genre"] == "competence" else code_domaine
        assert chercher(rang["libelle"]) == rang["code"], rang
        assert chercher(rang["libelle"].upper()) == rang["code"], rang


def test_deux_codes_n_ont_jamais_la_meme_graphie():
    for genre in ("competence", "domaine"):
        couples = {
            (normaliser(r["libelle"]), r["code"]) for r in lire("libelles") if r["genre"] == genre
        }
        assert len(couples) == len({libelle for libelle, _ in couples})


def test_les_noms_officiels_sont_des_libelles_connus():
    assert all(code_competence(nom) == code for code, nom in competences().items())
    assert all(code_domaine(nom) == code for code, nom in domaines().items())


@pytest.mark.parametrize(
    "libelle",
    [
        "S'insérer dans le monde numérique",
        "S\u2019insérer dans le monde numérique",
        "S\u02bcinsérer dans le monde numérique",
        "S`insérer dans le monde numérique",
        "S&#39;insérer dans le monde numérique",
        "S&amp;#39;insérer dans le monde numérique",
        "S&rsquo;ins&eacute;rer dans le monde num&eacute;rique",
        "S'INSERER DANS LE MONDE NUMERIQUE",
        "  S'inse\u0301rer\u00a0dans  le\tmonde\u202fnumérique\u200b ",
        "2.4 S'insérer dans le monde numérique",
        "2.4. S'insérer dans le monde numérique",
        "2.4 \u2013 S'insérer dans le monde numérique",
        "Compétence 2.4 : S'insérer dans le monde numérique",
        "2.4",
    ],
)
def test_une_competence_se_reconnait_sous_toutes_ses_graphies(libelle):
    assert code_competence(libelle) == "2.4"


@pytest.mark.parametrize(
    "libelle",
    [
        "4",
        "4.",
        "Protection et sécurité",
        "4. Protection et sécurité",
        "Domaine 4 : protection et securite",
    ],
)
def test_un_domaine_se_reconnait_sous_toutes_ses_graphies(libelle):
    assert code_domaine(libelle) == "4"


def test_le_trait_d_union_insecable_ne_change_rien():
    assert code_competence("Protéger la santé, le bien\u2011être et l\u2019environnement") == "4.3"


@pytest.mark.parametrize(
    "libelle",
    [
        "",
        " ",
        "Cuisiner",
        "6.1",
        "1.9",
        "1.1 Exercer sa citoyenneté",
        "1.1 Gérer des données",
        "Interagir bien",
    ],
)
def test_un_libelle_inconnu_ou_contradictoire_ne_donne_aucun_code(libelle):
    assert code_competence(libelle) is None


def test_un_domaine_inconnu_ou_une_competence_ne_donnent_aucun_domaine():
    assert [code_domaine(libelle) for libelle in ("Cuisine", "6", "1.1", "Interagir")] == [None] * 4


def test_un_etablissement_peut_ajouter_ses_libelles():
    assert code_competence("Manejar datos") is None
    assert code_competence("Manejar  DATOS", {"manejar datos": "1.2"}) == "1.2"
    assert code_competence("1.2 Manejar datos", {"manejar datos": "1.2"}) == "1.2"
    assert code_competence("Manejar datos") is None


# — Niveaux scolaires —


def test_chaque_regle_a_des_exemples_un_motif_et_un_niveau_connu():
    regles = lire("niveaux_scolaires")
    assert [regle["ordre"] for regle in regles] == [str(rang) for rang in range(1, len(regles) + 1)]
    for regle in regles:
        assert all(exemple.strip() for exemple in regle["exemples"].split("|")), regle
        re.compile(regle["motif"])
        assert regle["niveau_scolaire"] in (*NIVEAUX_SCOLAIRES, "")
    assert {regle["niveau_scolaire"] for regle in regles} == {*NIVEAUX_SCOLAIRES, ""}


@pytest.mark.parametrize(("classe", "attendu"), EXEMPLES)
def test_chaque_exemple_donne_le_niveau_de_sa_regle(classe, attendu):
    assert niveau_scolaire(classe) == attendu


@pytest.mark.parametrize(("classe", "attendu"), EXEMPLES)
def test_la_casse_d_une_classe_ne_compte_pas(classe, attendu):
    assert niveau_scolaire(f" {classe.upper()} ") == niveau_scolaire(classe.lower()) == attendu


@pytest.mark.parametrize(
    "classe",
    [
        *(
            None,
            "",
            " ",
            "ULIS",
            "SEGPA",
            "UPE2A",
            "Groupe 3",
            "G_LV2",
            "Inactifs",
            "Tous",
            "TEST",
            "Techno",
            "LV2",
        ),
        *("5", "12", "24", "1A", "2A", "1er", "2025", "6012", "capitaine", "L1", "NA"),
    ],
)
def test_un_nom_de_classe_qui_ne_dit_rien_reste_inconnu(classe):
    assert niveau_scolaire(classe) is None


def test_le_niveau_attendu_n_existe_qu_en_troisieme_et_en_terminale():
    assert {n: niveau_attendu(n) for n in NIVEAUX_SCOLAIRES if niveau_attendu(n)} == {
        "3e": 3,
        "Tle": 4,
    }
    assert [niveau_attendu(inconnu) for inconnu in ("", None, "CM2")] == [None] * 3
    assert tuple(rang["niveau_scolaire"] for rang in lire("niveaux_attendus")) == NIVEAUX_SCOLAIRES


# — Niveaux Pix —


def test_les_noms_de_niveau_changent_a_trois_cinq_et_sept():
    noms = [nom_niveau(niveau) for niveau in range(9)]
    assert noms == ["Novice"] * 3 + ["Indépendant"] * 2 + ["Avancé"] * 2 + ["Expert"] * 2
    assert (nom_niveau(2.9), nom_niveau(6.99)) == ("Novice", "Avancé")


@pytest.mark.parametrize("niveau", [-1, 9])
def test_un_niveau_hors_de_l_echelle_est_refuse_avec_des_mots(niveau):
    with pytest.raises(ValueError, match=f"Trouvé : niveau Pix {niveau}. Attendu : de 0 à 8"):
        nom_niveau(niveau)


@pytest.mark.parametrize(
    ("score", "attendu"),
    [
        *[
            (0, None),
            (63, None),
            (64, "Novice 1"),
            (127, "Novice 1"),
            (128, "Novice 2"),
            (255, "Novice 2"),
        ],
        *[
            (256, "Indépendant 1"),
            (384, "Indépendant 2"),
            (511, "Indépendant 2"),
            (512, "Avancé 1"),
        ],
        *[
            (640, "Avancé 2"),
            (768, "Expert 1"),
            (895, "Expert 1"),
            (896, "Expert 2"),
            (1024, "Expert 2"),
        ],
    ],
)
def test_le_niveau_global_suit_la_table_de_la_certification(score, attendu):
    assert niveau_global(score) == attendu


def test_les_tranches_de_niveaux_se_suivent_sans_trou():
    for table, colonne in (("niveaux_globaux", "score"), ("niveaux_pix", "niveau")):
        bornes = [
            (int(rang[f"{colonne}_min"]), int(rang[f"{colonne}_max"])) for rang in lire(table)
        ]
        assert bornes[0][0] == 0
        assert all(suivant[0] == avant[1] + 1 for avant, suivant in pairwise(bornes))


def test_le_niveau_attendu_porte_le_nom_du_niveau_global():
    noms = {rang["niveau_global"]: rang["libelle"] for rang in lire("niveaux_globaux")}
    assert all(
        r["libelle"] == noms[r["niveau_pix"]] for r in lire("niveaux_attendus") if r["niveau_pix"]
    )


# — Calendrier —


def test_une_fenetre_connue_a_deux_jours():
    fenetre = next(f for f in fenetres_certification("2025-2026") if f["public"] == "3e (collège)")
    assert (fenetre["debut"], fenetre["fin"]) == (date(2026, 3, 16), date(2026, 6, 13))
    assert fenetre["fin_texte"] == "2026-06-13"


def test_une_date_inconnue_reste_inconnue():
    fenetres = fenetres_certification("2026-2027")
    assert [f["public"] for f in fenetres] == [
        "Lycées (Tle, CAP, BTS/CPGE 2e année)",
        "3e (collège)",
    ]
    assert all(
        f["debut"] is f["fin"] is None and f["debut_texte"] == f["fin_texte"] == "inconnu"
        for f in fenetres
    )


def test_une_date_partielle_ou_commentee_n_est_pas_un_jour_mais_son_texte_reste():
    fenetres = fenetres_certification("2020-2021")
    textes = {f["fin_texte"]: f["fin"] for f in fenetres}
    assert textes["2021-06 (mois seulement)"] is None
    assert textes["2021-05-20 (fin initiale)"] is None
    assert textes["2021-06-25"] == date(2021, 6, 25)


def test_seules_les_certifications_sont_des_fenetres_de_certification():
    annees = {rang["annee"] for rang in lire("calendrier")}
    publics = [fenetre["public"] for annee in annees for fenetre in fenetres_certification(annee)]
    assert len(lire("calendrier")) == 29
    assert len(publics) == 20
    assert not any(
        mot in public
        for public in publics
        for mot in ("Parcours de rentrée", "Pix IA", "finalisation")
    )


def test_une_date_revisee_garde_l_ancienne_marquee_remplacee():
    fins = {f["fin_texte"]: f["remplacee"] for f in fenetres_certification("2021-2022")}
    assert fins == {
        "2022-03-04": "oui",
        "2022-04-07": "non",
        "2022-05-20": "oui",
        "2022-05-27": "non",
    }


def test_une_annee_absente_du_calendrier_n_a_pas_de_fenetre():
    assert fenetres_certification("1999-2000") == []


# — Catalogue —


def test_le_catalogue_a_quatre_vingt_treize_lignes_completes():
    colonnes = (
        "nom type niveaux domaines competences competences_deduites theme duree_min annee source "
        "date certitude"
    )
    assert len(catalogue()) == 93
    for parcours in catalogue():
        assert " ".join(parcours) == colonnes
        assert all(
            parcours[colonne].strip() for colonne in ("nom", "type", "source", "certitude")
        ), parcours


def test_les_codes_du_catalogue_existent_et_s_accordent_avec_leur_domaine():
    for parcours in catalogue():
        codes = set(filter(None, parcours["competences"].split("|")))
        assert codes <= {*competences(), "toutes"}, parcours
        assert set(filter(None, parcours["domaines"].split("|"))) <= set(domaines()), parcours
        if codes and codes != {"toutes"}:
            assert set(map(domaine_de, codes)) == set(parcours["domaines"].split("|")), parcours


def test_les_codes_deduits_sont_marques_et_eux_seuls():
    for parcours in catalogue():
        dits_deduits = re.search(r"\bcodes?\b[^;]*déduit", parcours["certitude"], re.IGNORECASE)
        assert parcours["competences_deduites"] == (
            "oui" if parcours["competences"] and dits_deduits else "non"
        ), parcours
    assert sum(parcours["competences_deduites"] == "oui" for parcours in catalogue()) == 16


def test_une_duree_est_un_nombre_ou_un_intervalle_de_minutes_ou_vide():
    assert all(re.fullmatch(r"(\d+(-\d+)?)?", parcours["duree_min"]) for parcours in catalogue())


# — Import —


def test_importer_le_referentiel_ne_charge_ni_pandas_ni_numpy_et_ne_lit_aucun_fichier():
    programme = (
        "import sys; from pixkit import referentiel;"
        "assert not {'pandas', 'numpy'} & set(sys.modules), 'bibliothèque lourde';"
        "assert referentiel.lire.cache_info().currsize == 0, 'lecture à l’import'"
    )
    fini = subprocess.run(
        [sys.executable, "-c", programme], capture_output=True, text=True, check=False
    )
    assert fini.returncode == 0, fini.stderr
