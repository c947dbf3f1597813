"""Les résultats de certification : chaque génération, chaque statut, ce qu'un tableur en fait."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pixkit.lecture import lire_fichiers
from pixkit.referentiel import competences, lire
from pixkit.tables import CERTIFICATIONS

DOSSIER = Path(__file__).parent / "exports" / "certification"
CLASSE, SESSION = "20270301_resultats_3eA", "20270209_0900_resultats_session_88123"
CODES = list(competences())
STATUTS = {
    "validated": "validee",
    "rejected": "non_obtenue",
    "cancelled": "annulee",
    "error": "en_erreur",
    "started": "demarree",
}
NIVEAUX = {int(rang["niveau_global"]): rang["libelle"] for rang in lire("niveaux_globaux")}
Lignes = list[list[str]]


def octets(nom: str) -> bytes:
    return (DOSSIER / f"{nom}.csv").read_bytes()


def grille(nom: str = CLASSE) -> Lignes:
    return list(csv.reader(io.StringIO(octets(nom).decode("utf-8-sig")), delimiter=";"))


def en_csv(lignes: Lignes, separateur: str = ";") -> bytes:
    texte = io.StringIO(newline="")
    csv.writer(texte, delimiter=separateur, lineterminator="\n").writerows(lignes)
    return texte.getvalue().rstrip("\n").encode("utf-8-sig")


def certifications(sources: dict[str, bytes] | bytes | Lignes, nom: str = CLASSE) -> pd.DataFrame:
    """La table d'un fichier, ou de plusieurs."""
    if not isinstance(sources, dict):
        brut = sources if isinstance(sources, bytes) else en_csv(sources)
        sources = {f"{nom}.csv": brut}
    return lire_fichiers(sources).certifications


def sans(lignes: Lignes, *titres: str) -> Lignes:
    gardes = [rang for rang, titre in enumerate(lignes[0]) if titre not in titres]
    return [[ligne[rang] for rang in gardes] for ligne in lignes]


def changer(lignes: Lignes, **colonnes) -> Lignes:
    """Les lignes, des colonnes passées par une fonction (titre, ou `statut` pour « Statut »)."""
    rangs = {titre.casefold(): rang for rang, titre in enumerate(lignes[0])}
    neuves = [list(ligne) for ligne in lignes]
    for titre, fonction in colonnes.items():
        for ligne in neuves[1:]:
            ligne[rangs[titre.replace("_", " ")]] = fonction(ligne)
    return neuves


def renommer(lignes: Lignes, **noms: str) -> Lignes:
    return [[noms.get(titre.replace(" ", "_"), titre) for titre in lignes[0]], *lignes[1:]]


# — La vérité des fichiers —


@pytest.mark.parametrize("nom", [CLASSE, SESSION])
def test_chaque_valeur_est_celle_de_la_verite(nom):
    table = certifications(octets(nom), nom).set_index("numero")
    verite = json.loads((DOSSIER / f"{nom}.json").read_text(encoding="utf-8"))["rows"]
    assert len(table) == len(verite)
    for rang in verite:
        lue = table.loc[rang["certificationNumber"]]
        assert (lue["nom"], lue["prenom"]) == (rang["lastName"], rang["firstName"])
        assert lue["date_naissance"] == pd.Timestamp(rang["birthdate"])
        assert lue["statut"] == STATUTS[rang["status"]]
        assert lue["session"] == rang["sessionId"]
        assert lue["date_passage"] == pd.Timestamp(rang["date"])
        assert (None if pd.isna(lue["nb_pix"]) else lue["nb_pix"]) == rang["pixScore"]
        niveau = NIVEAUX[rang["meshIndex"]] if rang["meshIndex"] else ""
        assert ("" if pd.isna(lue["niveau_global"]) else lue["niveau_global"]) == niveau
        niveaux = lue[CODES].dropna().astype(int).to_dict()
        assert niveaux == (rang["levels"] or {})
        assert lue["annee_scolaire"] == "2026-2027"


def test_la_table_a_les_colonnes_et_les_types_du_contrat_meme_vide():
    for sources in ({}, {f"{CLASSE}.csv": octets(CLASSE)}):
        table = lire_fichiers(sources).certifications
        assert {nom: str(genre) for nom, genre in table.dtypes.items()} == CERTIFICATIONS


# — Chaque génération —


def resultat(ligne: list[str]) -> str:
    """Ce que disait la colonne « Résultat » d'avril 2026."""
    statut, niveau, score = ligne[7], ligne[8], ligne[9]
    if statut != "Validée":
        return {"Non obtenue": "0 Pix"}.get(statut, score or "-")
    return f"{score} Pix" if niveau == "-" else f"{niveau} ({score} Pix)"


def mars_2026() -> Lignes:
    return renommer(
        sans(changer(grille(), score_en_pix=resultat), "Niveau"), Score_en_Pix="Résultat"
    )


def de_2022(*, en: str = "Rejetée") -> Lignes:
    """Un refus y laisse des zéros, et un score de 0."""
    refuse = "Non obtenue"
    lignes = changer(
        grille(),
        **{code: lambda ligne, r=rang: "0" if ligne[7] == refuse and r % 2 else ligne[10 + r]
           for rang, code in enumerate(CODES)},
        statut=lambda ligne: en if ligne[7] == refuse else ligne[7],
    )  # fmt: skip
    lignes = renommer(sans(lignes, "Type de certification", "Niveau"), Score_en_Pix="Nombre de Pix")
    assert len(lignes[0]) == 27
    return lignes


def de_mai_2021() -> Lignes:
    lignes = sans(de_2022(), "Commentaire jury pour l’organisation")
    assert len(lignes[0]) == 26
    return lignes


GENERATIONS = {"mars 2026": mars_2026, "2022": de_2022, "mai 2021": de_mai_2021}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_chaque_generation_dit_la_meme_chose(generation):
    table, reference = certifications(GENERATIONS[generation]()), certifications(octets(CLASSE))
    if generation == "mai 2021":
        reference["commentaire"] = table["commentaire"]
    pd.testing.assert_frame_equal(table, reference)


def test_le_niveau_global_d_avant_la_rentree_2024_n_existe_pas():
    ancienne = changer(de_2022(), date_de_passage_de_la_certification=lambda _: "14/03/2023")
    assert certifications(ancienne)["niveau_global"].isna().all()
    assert certifications(ancienne)["nb_pix"].notna().any()


def test_une_session_de_2023_dit_ses_certifications_complementaires_a_part():
    lignes = grille(SESSION)
    rang = lignes[0].index("Statut") + 1
    avec = [
        [*ligne[:rang], "Certification CléA Numérique" if n == 0 else "Validée", *ligne[rang:]]
        for n, ligne in enumerate(lignes)
    ]
    tables = lire_fichiers({f"{SESSION}.csv": en_csv(avec)})
    reference = certifications(octets(SESSION), SESSION)
    pd.testing.assert_frame_equal(tables.certifications, reference)
    assert "CléA Numérique : 13" in tables.fichiers["remarques"].item()


def test_une_ligne_pix_plus_garde_son_type_et_n_a_aucun_des_seize_niveaux():
    plus = changer(grille(), type_de_certification=lambda _: "Pix+ Édu 2nd degré")
    plus = changer(plus, score_en_pix=lambda _: "-", niveau=lambda _: "Avancé")
    table = certifications(plus)
    assert set(table["type"]) == {"Pix+ Édu 2nd degré"}
    assert table[CODES].isna().all(axis=None)
    assert table["nb_pix"].isna().all()
    assert set(table["niveau_global"].dropna()) == {"Avancé"}
    assert (table["statut"] == "validee").sum() == 20


def test_un_pix_plus_refuse_n_a_un_score_nul_que_s_il_en_a_un():
    refuse = changer(
        grille(), type_de_certification=lambda _: "Pix+ Droit", statut=lambda _: "Non obtenue"
    )
    for ecrit, lu in (("-", None), ("0", 0), ("52", 0)):
        pix = certifications(changer(refuse, score_en_pix=lambda _, e=ecrit: e))["nb_pix"]
        assert pix.isna().all() if lu is None else (pix == lu).all()


@pytest.mark.parametrize("dit", ["Obtenue", "Non obtenue", "Admissible"])
def test_le_resultat_d_un_pix_plus_de_mars_2026_n_est_ni_un_score_ni_un_niveau(dit):
    plus = changer(
        mars_2026(), type_de_certification=lambda _: "Pix+ Droit", résultat=lambda _: dit
    )
    assert certifications(plus)[["nb_pix", "niveau_global", *CODES]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("statut", "pix"),
    [
        ("Non obtenue", 0),
        ("Rejetée", 0),
        ("Annulée", None),
        ("En erreur", None),
        ("Démarrée", None),
    ],
)
def test_seule_une_certification_validee_a_des_niveaux(statut, pix):
    table = certifications(changer(grille(), statut=lambda _: statut))
    assert table[["niveau_global", *CODES]].isna().all(axis=None)
    assert table["nb_pix"].isna().all() if pix is None else (table["nb_pix"] == 0).all()


def test_un_niveau_non_teste_reste_vide():
    table = certifications(changer(grille(), **{"1.1": lambda _: "-"}))
    assert table["1.1"].isna().all()
    assert table["1.2"].notna().any()


# — Ce qu'un tableur en fait —

MOIS = ("janv.", "févr.", "mars", "avr.", "mai")
ECRITURES = {
    "01/01": lambda j, m: f"{j:02}/{m:02}",
    "01/01/2027": lambda j, m: f"{j:02}/{m:02}/2027",
    "1-janv.": lambda j, m: f"{j}-{MOIS[m - 1]}",
    "01-janv": lambda j, m: f"{j:02}-{MOIS[m - 1].rstrip('.')}",
    "1 janvier": lambda j, m: f"{j} {('janvier', 'février', 'mars', 'avril', 'mai')[m - 1]}",
    "01-janv-27": lambda j, m: f"{j:02}-{MOIS[m - 1].rstrip('.')}-27",
    "ISO": lambda j, m: f"2027-{m:02}-{j:02} 00:00:00",
    "jour ISO": lambda j, m: f"2027-{m:02}-{j:02}",
    "américain": lambda j, m: f"{m}/{j}/2027",
    "anglais": lambda j, m: f"{j}-{('Jan', 'Feb', 'Mar', 'Apr', 'May')[m - 1]}",
    "série": lambda j, m: str((datetime(2027, m, j) - datetime(1899, 12, 30)).days),
    "virgule": lambda j, m: f"{j},{m}",
}


def titres_abimes(ecriture: str) -> Lignes:
    entete, *lignes = grille()
    abimes = [
        ECRITURES[ecriture](*map(int, titre.split("."))) if titre in CODES else titre
        for titre in entete
    ]
    return [abimes, *lignes]


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("ecriture", ECRITURES)
def test_des_titres_changes_en_dates_se_retablissent(ecriture, separateur):
    brut = en_csv(titres_abimes(ecriture), separateur)
    tables = lire_fichiers({f"{CLASSE}.csv": brut})
    pd.testing.assert_frame_equal(tables.certifications, certifications(octets(CLASSE)))
    assert "rétablis" in tables.fichiers["remarques"].item()


def test_des_titres_changes_en_dates_et_deplaces_se_retrouvent():
    melangees = [
        [*ligne[:10], *ligne[25:9:-1], *ligne[26:]] for ligne in titres_abimes("01/01/2027")
    ]
    pd.testing.assert_frame_equal(certifications(melangees), certifications(octets(CLASSE)))


def test_la_classe_peut_etre_dans_le_nom_de_la_feuille():
    livre = openpyxl.Workbook()
    for classe, ligne in (("3eA", 1), ("3eB", 2)):
        feuille = livre.create_sheet(f"20270301_resultats_{classe}")
        for cellules in (grille()[0], grille()[ligne]):
            feuille.append(cellules)
    sortie = io.BytesIO()
    livre.save(sortie)
    table = lire_fichiers({"résultats de tous.xlsx": sortie.getvalue()}).certifications
    assert table["classe"].tolist() == ["3eA", "3eB"]


@pytest.mark.parametrize("en_dates", [False, True])
def test_un_classeur_se_lit_comme_le_csv(en_dates):
    livre = openpyxl.Workbook()
    for rang, ligne in enumerate(grille()):
        cellules = [int(c) if c.isdigit() else c or None for c in ligne]
        if rang == 0:
            cellules = [
                datetime(2027, *map(int, c.split(".")[::-1])) if en_dates and c in CODES else c
                for c in ligne
            ]
        livre.active.append(cellules)
    sortie = io.BytesIO()
    livre.save(sortie)
    table = lire_fichiers({f"{CLASSE}.xlsx": sortie.getvalue()}).certifications
    reference = certifications(octets(CLASSE)).assign(fichier=f"{CLASSE}.xlsx")
    pd.testing.assert_frame_equal(table, reference, check_dtype=False)


def test_un_fichier_de_pix_sans_saut_de_ligne_final_n_est_pas_dit_coupe():
    assert "coupé" not in lire_fichiers({"x.csv": octets(CLASSE)}).fichiers["remarques"].item()


@pytest.mark.parametrize(
    ("nom", "classe"),
    [
        (f"{CLASSE}.csv", "3eA"),
        ("2027/20270301_resultats_3e A (1).csv", "3e A"),
        ("20270301_resultats_TSTMG1 - Copie.csv", "TSTMG1"),
        ("resultats_3eA.csv", "3eA"),
        (f"{SESSION}.csv", None),
        ("n'importe quoi.csv", None),
    ],
)
def test_la_classe_est_dans_le_nom_du_fichier_et_la_seulement(nom, classe):
    (lue,) = certifications({nom: octets(CLASSE)})["classe"].unique()
    assert lue == classe if classe else pd.isna(lue)


# — Ce qui est mis de côté —


@pytest.mark.parametrize(
    ("titre", "texte", "motif"),
    [
        ("Statut", "Peut-être", "« Peut-être » au lieu de Validée"),
        ("Statut", "", "au lieu de Validée"),
        ("Score en Pix", "beaucoup", "« Score en Pix »"),
        ("Score en Pix", "4000", "un entier de 0 à 1024"),
        ("2.3", "9", "« 2.3 »"),
        ("Date de naissance", "31/02/2012", "au lieu d'une date"),
        ("Date de passage de la certification", "hier", "au lieu d'une date"),
        ("Numéro de certification", "", "sans numéro"),
    ],
)
def test_une_ligne_impossible_est_mise_de_cote_avec_son_motif(titre, texte, motif):
    lignes = grille()
    lignes[3][lignes[0].index(titre)] = texte
    tables = lire_fichiers({f"{CLASSE}.csv": en_csv(lignes)})
    assert len(tables.certifications) == 24
    assert 4 not in set(tables.certifications["ligne"])
    journal = tables.journal.set_index("ligne")
    assert journal.loc[4, "sort"] == "rejetee"
    assert motif in journal.loc[4, "motif"]


def test_une_ligne_coupee_est_mise_de_cote():
    coupe = octets(CLASSE)[:-60]
    tables = lire_fichiers({f"{CLASSE}.csv": coupe})
    assert len(tables.certifications) == 24
    assert "cellules au lieu de 29" in tables.journal["motif"].iloc[-1]


def test_un_score_sur_une_certification_non_obtenue_ou_absent_d_une_validee_se_dit():
    lignes = changer(grille(), score_en_pix=lambda ligne: "12" if ligne[7] != "Validée" else "-")
    tables = lire_fichiers({f"{CLASSE}.csv": en_csv(lignes)})
    dits = tables.journal["motif"].value_counts()
    assert dits["validée, mais sans score"] == 20
    assert dits["non obtenue, mais avec un score : 0 est lu"] == 2


def test_tout_ce_qui_manque_se_dit_d_un_coup():
    tables = lire_fichiers({"x.csv": en_csv(sans(grille(), "2.3", "Score en Pix"))})
    (motif,) = tables.journal["motif"]
    assert "« Score en Pix », « 2.3 »" in motif
    assert tables.certifications.empty


def test_le_meme_fichier_deux_fois_ne_compte_qu_une_fois():
    table = certifications({"a.csv": octets(CLASSE), "b.csv": octets(CLASSE)})
    assert len(table) == 25
    assert set(table["fichier"]) == {"a.csv"}


def test_un_fichier_sans_resultat_le_dit():
    tables = lire_fichiers({"x.csv": en_csv(grille()[:1])})
    assert "aucun résultat" in tables.fichiers["remarques"].item()


def test_les_fichiers_se_suivent_du_plus_ancien_au_plus_recent():
    ancien = en_csv(changer(grille(), statut=lambda _: "Démarrée"))
    table = certifications({"20270401_resultats_3eA.csv": octets(CLASSE), f"{CLASSE}.csv": ancien})
    assert table["fichier"].iloc[0] == f"{CLASSE}.csv"
    assert table["fichier"].iloc[-1] == "20270401_resultats_3eA.csv"
