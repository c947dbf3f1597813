"""Qui n'a pas passé le parcours : les cinq états, le périmètre, les départs, et les documents qui
en sortent."""

import json
import re
from dataclasses import replace
from datetime import date

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from pixkit.appariement import Decision, apparier, decider
from pixkit.commande import main
from pixkit.documents import ecrire_relances
from pixkit.lecture import lire_fichiers
from pixkit.mesures import (
    participation,
    participation_attendue,
    participation_dans_le_temps,
    relances,
    suivi,
    suivi_par_eleve,
)
from pixkit.vues import vue_participation, vue_participation_dans_le_temps
from tests.conftest import texte_du_pdf
from tests.test_lecture import EXPORTS, verite
from tests.test_listes import SIECLE

CAS = ("01_5e", "02_4e_acquis", "04_envois_multiples", "05_collecte")
CODES = {
    "01_5e": "KLTBCQ459",
    "02_4e_acquis": "RZDMNP218",
    "04_envois_multiples": "MULTAB642",
    "05_collecte": "PROFIL333",
}


@pytest.fixture(scope="module")
def college():
    sources = {f"{cas}.csv": (EXPORTS / cas / "export.csv").read_bytes() for cas in CAS}
    return lire_fichiers({"siecle.xml": SIECLE, **sources})


@pytest.fixture(scope="module")
def etats(college):
    return suivi(college, apparier(college.participations, college.eleves))


@pytest.mark.parametrize(
    ("cas", "absents"), [("01_5e", 9), ("02_4e_acquis", 11), ("04_envois_multiples", 3)]
)
def test_n_ont_jamais_commence_exactement_ceux_que_pix_ne_connait_pas(etats, cas, absents):
    trouves = etats[(etats["campagne"] == CODES[cas]) & (etats["etat"] == "jamais_commence")]
    vrais = {(e["lastName"].replace("’", "'"), e["firstName"]) for e in verite(cas)["notInExport"]}
    assert len(trouves) == len(vrais) == absents
    assert {prenom for _, prenom in vrais} == set(trouves["prenom"])


def test_les_autres_etats_sont_ceux_de_la_verite(etats):
    vrais = pd.Series([rang["status"] for rang in verite("01_5e")["rows"]]).value_counts()
    trouves = etats[etats["campagne"] == CODES["01_5e"]]["etat"].value_counts()
    assert trouves["envoye"] == vrais["SHARED"]
    assert trouves["termine_non_envoye"] == vrais["TO_SHARE"]
    assert trouves["en_cours"] == vrais["STARTED"]


def test_un_eleve_parti_ou_d_un_autre_niveau_est_hors_perimetre(etats):
    cinquieme = etats[etats["campagne"] == CODES["01_5e"]]
    assert set(cinquieme[cinquieme["niveau_scolaire"] == "3e"]["etat"]) == {"hors_perimetre"}
    assert set(etats[etats["nom"] == "PARTI"]["etat"]) == {"hors_perimetre"}
    assert etats[etats["nom"] == "PARTI"]["mouvement"].str.startswith("parti le").all()


def test_une_campagne_qui_nomme_une_classe_ne_s_adresse_qu_a_elle(etats):
    dedans = etats[
        (etats["campagne"] == CODES["04_envois_multiples"]) & (etats["etat"] != "hors_perimetre")
    ]
    assert set(dedans["classe"]) == {"4eB"}


def test_le_perimetre_choisi_par_une_personne_l_emporte(college):
    liens = apparier(college.participations, college.eleves)
    choisi = suivi(college, liens, perimetres={"KLTBCQ459": ["5eA"]}).query(
        "campagne == 'KLTBCQ459'"
    )
    assert set(choisi[choisi["etat"] == "jamais_commence"]["classe"]) == {"5eA"}


def test_deux_homonymes_qui_ont_tous_deux_envoye_ne_sont_pas_a_relancer(etats):
    emmas = etats.query(
        "campagne == 'KLTBCQ459' and nom == 'MARTIN' and prenom == 'Emma' and classe == '5eB'"
    )
    assert len(emmas) == 2
    assert set(emmas["etat"]) == {"envoye"}


def test_un_nom_douteux_est_signale_a_cote_de_l_eleve_qu_il_pourrait_etre(college):
    participations = college.participations.copy()
    rang = participations.index[(participations["classe"] == "5eA") & participations["envoye"]][0]
    nom, prenom = participations.loc[rang, ["nom", "prenom"]]
    participations.loc[rang, ["prenom", "classe"]] = [
        f"{prenom}x",
        "5eB",
    ]  # une faute, et une autre classe
    tables = replace(college, participations=participations)
    douteux = suivi(tables, apparier(participations, college.eleves)).query(
        "campagne == 'KLTBCQ459'"
    )
    (eleve,) = douteux[(douteux["nom"] == nom) & (douteux["prenom"] == prenom)].itertuples()
    assert (eleve.etat, eleve.a_verifier) == ("jamais_commence", f"{prenom}x {nom}")


def test_la_participation_attendue_compte_chaque_eleve_une_fois(etats):
    table = participation_attendue(
        etats[etats["campagne"] == CODES["01_5e"]], avant=date(2026, 10, 1)
    )
    colonnes = ["envoye", "termine_non_envoye", "en_cours", "jamais_commence"]
    assert (table[colonnes].sum(axis=1) == table["effectif"]).all()
    assert (table["envoye_a_temps"] <= table["envoye"]).all()
    assert table["envoye_a_temps"].sum() < table["envoye"].sum()
    assert table["effectif"].sum() == 131


def test_la_participation_dans_le_temps_finit_sur_le_total(etats):
    cinquieme = etats[etats["campagne"] == CODES["01_5e"]]
    jours = participation_dans_le_temps(cinquieme)
    assert jours["nb_envoye"].is_monotonic_increasing
    assert jours["nb_envoye"].iloc[-1] == participation_attendue(cinquieme)["envoye"].sum()
    assert (jours["nb_envoye"] <= jours["nb_commence"]).all()


def test_les_vues_disent_la_liste_et_l_echeance(college, etats):
    cinquieme = etats[etats["campagne"] == CODES["01_5e"]]
    phrase = vue_participation(participation_attendue(cinquieme, avant=date(2026, 10, 17))).phrase
    assert re.search(
        r"^94\u202félèves sur 131 ont envoyé \(72\u202f%\), dont \d+ avant l'échéance", phrase
    )
    assert "9 n'ont jamais commencé" in phrase
    temps = vue_participation_dans_le_temps(
        participation_dans_le_temps(cinquieme), echeance=date(2026, 10, 17)
    )
    assert "avant l'échéance du 17 octobre 2026" in temps.phrase
    assert (
        "Un export ne montre que ceux qui"
        in vue_participation(participation(college.participations)).phrase
    )


def test_une_ligne_par_eleve_et_une_colonne_par_campagne(etats):
    table = suivi_par_eleve(etats)
    assert len(table) == etats["eleve"].nunique() == 294
    assert set(etats["nom_campagne"]) <= set(table.columns)


# — Documents —


@pytest.fixture(scope="module")
def documents(etats, tmp_path_factory):
    dossier = tmp_path_factory.mktemp("relances")
    piege = etats.assign(nom=etats["nom"].replace({"DIALLO": "=cmd|' /C calc'!A1"}),
                         professeur_principal=etats["classe"].map({"5eA": "Mme X"}))  # fmt: skip
    return {
        chemin.name: chemin
        for chemin in ecrire_relances(
            piege, dossier, du=pd.Timestamp("2026-10-27", tz="Europe/Paris")
        )
    }


def test_le_classeur_s_ouvre_et_un_nom_piege_y_reste_un_texte(documents):
    classeur = openpyxl.load_workbook(documents["relances.xlsx"])
    assert classeur.sheetnames[:2] == ["Relances", "Une ligne par élève"]
    cellules = [
        cellule for feuille in classeur for ligne in feuille.iter_rows() for cellule in ligne
    ]
    assert any(str(cellule.value).startswith("=cmd") for cellule in cellules)
    assert not [cellule for cellule in cellules if cellule.data_type == "f"]
    assert classeur.properties.creator == "pixkit"


def test_un_lecteur_qui_ne_l_a_pas_ecrit_ouvre_le_classeur(documents):
    feuille = CalamineWorkbook.from_path(documents["relances.xlsx"]).get_sheet_by_name("Relances")
    assert any("jamais commencé" in ligne for ligne in feuille.to_python())


def test_le_pdf_a_une_page_par_classe_avec_le_code_et_tous_les_noms(documents, etats):
    texte = texte_du_pdf(documents["relances.pdf"])
    liste = relances(etats)
    assert texte.count("\f") == liste["classe"].nunique()
    assert "code KLTBCQ459" in texte
    assert "Professeur principal : Mme X" in texte
    for eleve in liste.itertuples():
        assert eleve.nom == "DIALLO" or eleve.nom in texte
    assert "NGUYỄN" in texte or "NGUYEN" in texte
    assert "données du 27 octobre 2026" in texte
    assert documents["relances_professeurs.pdf"].exists()


def test_les_metadonnees_du_pdf_ne_disent_que_pixkit(documents):
    octets = documents["relances.pdf"].read_bytes()
    assert b"/Creator (pixkit)" in octets
    assert b"DIALLO" not in octets


# — La ligne de commande —


@pytest.fixture
def dossier(tmp_path):
    racine = tmp_path / "dossier"
    racine.mkdir()
    (racine / "siecle.xml").write_bytes(SIECLE)
    for cas in CAS:
        (racine / f"{cas}.csv").write_bytes((EXPORTS / cas / "export.csv").read_bytes())
    return racine


def test_les_commandes_ecrivent_ce_que_leur_contrat_promet(dossier, tmp_path, capsys):
    assert main(["apparier", str(dossier), "--vers", str(tmp_path / "s")]) == 0
    assert main(["relances", str(dossier), "--vers", str(tmp_path / "s")]) == 0
    liens = pd.read_csv(tmp_path / "s" / "appariements.csv", dtype=str)
    assert list(liens.columns) == ["fichier", "ligne", "eleve", "certitude", "raison"]
    assert len(liens) == 338
    assert list(pd.read_csv(tmp_path / "s" / "suivi.csv").columns) == [
        "eleve",
        "nom",
        "prenom",
        "classe",
        "campagne",
        "etat",
    ]
    assert (tmp_path / "s" / "relances.pdf").exists()
    assert "gardez-les pour vous" in capsys.readouterr().out


def test_sans_liste_la_commande_dit_quoi_ajouter(dossier, tmp_path, capsys):
    (dossier / "siecle.xml").unlink()
    assert main(["relances", str(dossier), "--vers", str(tmp_path / "s")]) == 1
    assert "élèves sans adresses" in capsys.readouterr().err
    assert pd.read_csv(tmp_path / "s" / "suivi.csv").empty
    assert main(["apparier", str(dossier), "--vers", str(tmp_path / "s")]) == 2


def test_tout_refaire_donne_les_memes_octets_quels_que_soient_les_noms_et_l_ordre(
    dossier, tmp_path
):
    decider(
        dossier,
        Decision("MARTIN", "Emma", "5eB", "2026-2027", "", "hors_etablissement", "", "2026-11-20"),
    )
    decisions = (dossier / "pixkit_decisions.csv").read_bytes()
    for sortie in ("un", "deux"):
        for action in ("apparier", "relances"):
            main([action, str(dossier), "--vers", str(tmp_path / sortie)])
        for chemin in sorted(dossier.iterdir(), reverse=True):  # réécrits dans un autre ordre
            contenu = chemin.read_bytes()
            chemin.unlink()
            chemin.write_bytes(contenu)
    for nom in ("appariements.csv", "suivi.csv", "relances.pdf"):
        assert (tmp_path / "un" / nom).read_bytes() == (tmp_path / "deux" / nom).read_bytes()
    assert (dossier / "pixkit_decisions.csv").read_bytes() == decisions, (
        "un calcul n'écrit jamais dans les décisions"
    )


def test_une_sortie_relue_par_erreur_n_est_pas_prise_pour_une_liste(dossier):
    main(["relances", str(dossier), "--vers", str(dossier / "sortie")])
    assert main(["apparier", str(dossier), "--vers", str(dossier / "sortie")]) == 1
    fichiers = lire_fichiers(
        {chemin.name: chemin for chemin in (dossier / "sortie").iterdir()}
    ).fichiers
    assert fichiers["nature"].isna().all()
    assert json.dumps(fichiers["remarques"].tolist(), ensure_ascii=False).count("déjà écrit") == 3


# — Codes jumeaux —


def coder(octets: bytes, code: str, *, garder, decaler: int = 0, identifiant: str = "9") -> bytes:
    """L'export 01_5e sous un autre code, réduit à certaines classes, ses dates décalées de
    `decaler` mois."""
    entete, *lignes = octets.decode("utf-8-sig").splitlines()
    siennes = [ligne for ligne in lignes if any(f'"{classe}"' in ligne for classe in garder)]
    texte = (
        "\n".join([entete, *siennes])
        .replace("KLTBCQ459", code)
        .replace(";204517;", f";{identifiant};")
    )
    mois = {
        f"/{m:02}/2026": f"/{m + decaler - 12:02}/2027" if decaler else f"/{m:02}/2026"
        for m in (9, 10)
    }
    for avant, apres in mois.items():
        texte = texte.replace(avant, apres)
    return ("\ufeff" + texte + "\n").encode()


CINQUIEME = (EXPORTS / "01_5e" / "export.csv").read_bytes()
PAR_CLASSE = {
    "5eA": "AAAAAA111",
    "5eB": "BBBBBB222",
    "5eC": "CCCCCC333",
    "5eD": "DDDDDD444",
    "5e SEGPA": "EEEEEE555",
}


def suivre(**exports: bytes):
    tables = lire_fichiers(
        {"siecle.xml": SIECLE, **{f"{nom}.csv": octets for nom, octets in exports.items()}}
    )
    return suivi(tables, apparier(tables.participations, tables.eleves))


def test_un_code_par_classe_fait_un_seul_parcours_et_chacun_a_son_code():
    ensemble = suivre(tout=CINQUIEME)
    morceles = suivre(
        **{
            code: coder(CINQUIEME, code, garder=[classe], identifiant=str(rang))
            for rang, (classe, code) in enumerate(PAR_CLASSE.items(), start=1)
        }
    )
    cles = ["eleve", "etat"]
    places = set(
        ensemble.query("classe in @PAR_CLASSE.keys()")["eleve"]
    )  # l'élève sans classe n'est d'aucun morceau
    attendus, obtenus = (
        t[t["eleve"].isin(places)].sort_values("eleve")[cles] for t in (ensemble, morceles)
    )
    assert obtenus.to_numpy().tolist() == attendus.to_numpy().tolist()
    assert morceles["eleve"].is_unique
    absents = morceles[
        (morceles["etat"] == "jamais_commence") & morceles["classe"].isin(PAR_CLASSE)
    ]
    assert len(absents)
    assert (absents["campagne"] == absents["classe"].map(PAR_CLASSE)).all()


def test_le_meme_parcours_repris_en_juin_est_une_autre_campagne():
    reprise = suivre(
        rentree=CINQUIEME, juin=coder(CINQUIEME, "REPRIS999", garder=PAR_CLASSE, decaler=9)
    )
    assert set(reprise["campagne"]) == {"KLTBCQ459", "REPRIS999"}
    assert reprise.groupby("campagne")["eleve"].nunique().nunique() == 1


def test_deux_codes_que_les_memes_eleves_ont_pris_ne_sont_pas_jumeaux():
    double = suivre(un=CINQUIEME, deux=coder(CINQUIEME, "DEUXIEME2", garder=PAR_CLASSE))
    assert set(double["campagne"]) == {"KLTBCQ459", "DEUXIEME2"}


def test_une_collecte_n_acquitte_pas_un_parcours(etats):
    assert "PROFIL333" in set(etats["campagne"])
    assert etats.groupby("campagne")["eleve"].nunique()["PROFIL333"] == 294
