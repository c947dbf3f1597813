"""Ce que de vraies écoles déposent : listes partielles, homonymes, plusieurs codes, et ce qu'il ne
faut pas en conclure."""

import csv
import io

import pandas as pd
import pytest

from pixkit.appariement import apparier
from pixkit.commande import main
from pixkit.lecture import lire_fichiers
from pixkit.lecture.formats.campagne import EXEMPLES
from pixkit.mesures import remarques_du_suivi, suivi

MODELE = list(csv.reader(io.StringIO(EXEMPLES[0]), delimiter=";"))
NOMS = [
    "ABRILLOT",
    "BACHELOUX",
    "CARVENNEC",
    "DUMONTEIX",
    "ESTRAGNAC",
    "FOURCHEVAL",
    "GRINDORGE",
    "HAUTERANT",
    "ISNELOT",
]
PRENOMS = ["Anaëlle", "Bastien", "Célestine"]


def eleves(classe: str) -> list[tuple[str, str, str, str]]:
    """Vingt élèves (nom, prénom, classe, date de naissance) propres à leur classe."""
    return [
        (f"{NOMS[r % 7]}{classe[-1]}", PRENOMS[r // 7], classe, f"{r + 1:02}/03/2014")
        for r in range(20)
    ]


def liste(lignes, entete=("Nom", "Prénom", "Classe", "Né le")) -> bytes:
    return (
        "\n".join(";".join(ligne[: len(entete)]) for ligne in (entete, *lignes)) + "\n"
    ).encode()


def export(lignes, code="ABCDEF123", *, le="01/10/2026", organisation="Collège Inventé") -> bytes:
    """Un export où ces élèves ont envoyé ; chaque participation a sa minute."""
    rangees = [MODELE[0]]
    for rang, (nom_eleve, prenom, classe, *_) in enumerate(lignes):
        rangee = MODELE[1][:]
        quand = f"{le} {9 + rang // 60:02}:{rang % 60:02}"
        parcours = ["Parcours de rentrée 6e 2026", "Parcours de rentrée 6e"]
        rangee[:8] = [organisation, code[-3:], code, *parcours, nom_eleve, prenom, classe]
        rangee[9], rangee[11] = quand, f"{le} 18:00"
        rangees.append(rangee)
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=";", lineterminator="\n").writerows(rangees)
    return sortie.getvalue().encode("utf-8-sig")


def suivre(perimetres=None, **fichiers: bytes) -> tuple[pd.DataFrame, str]:
    """(le suivi, ce qu'on en dit) d'un dossier."""
    tables = lire_fichiers(
        {nom.replace("__", "/") + ".csv": octets for nom, octets in fichiers.items()}
    )
    etats = suivi(tables, apparier(tables.participations, tables.eleves), perimetres=perimetres)
    return etats, " ".join(remarques_du_suivi(tables, etats, perimetres=perimetres))


def absents(etats: pd.DataFrame) -> dict[str, int]:
    return etats[etats["etat"] == "jamais_commence"].groupby("classe").size().to_dict()


A, B, C = eleves("6A"), eleves("6B"), eleves("6C")
TOUS = liste([*A, *B, *C])
ENVOIS = export([*A[:18], *B[:18], *C[:18]])
ATTENDUS = {"6A": 2, "6B": 2, "6C": 2}


@pytest.mark.parametrize(
    "autre",
    [
        {"z_latinistes": liste([*A[:8], *B[:5]])},
        {"z_sans_naissance": liste([*A, *B, *C], ("Nom", "Prénom", "Classe"))},
        {"z_profs": b"Nom;Pr\xc3\xa9nom;Discipline;Classes\nDURAND;Luc;SVT;6A\n"},
        {
            "z_relances": (
                "Classe;Nom;Prénom;Campagne;Code;État\n6A;X;Y;R;ABCDEF123;jamais commencé\n"
            ).encode()
        },
        {
            "z_cantine": liste(
                [(*eleve[:3], "DP") for eleve in A[::3]], ("Nom", "Prénom", "Classe", "Régime")
            )
        },
    ],
    ids=lambda fichiers: next(iter(fichiers)),
)
def test_une_liste_de_plus_ne_fait_partir_ni_attendre_personne(autre):
    etats, _ = suivre(liste=TOUS, envois=ENVOIS, **autre)
    assert absents(etats) == ATTENDUS
    assert (etats["etat"] != "hors_perimetre").all()


def test_une_classe_6e_ne_se_prend_pas_pour_le_niveau_que_dit_la_campagne():
    e = eleves("6E")
    etats, _ = suivre(liste=liste([*A, *B, *e]), envois=export([*A[:18], *B[:18], *e[:18]]))
    assert absents(etats) == {"6A": 2, "6B": 2, "6E": 2}


def test_la_fin_de_l_annee_n_est_pas_un_depart():
    sortie = liste(
        [(*ligne, "03/07/2099") for ligne in A], ("Nom", "Prénom", "Classe", "Né le", "Sortie")
    )
    assert absents(suivre(liste=sortie, envois=export(A[:18]))[0]) == {"6A": 2}


def test_deux_etablissements_d_un_meme_parcours_gardent_chacun_leurs_eleves():
    petits = eleves("6P")
    etats, _ = suivre(
        c__liste=TOUS, p__liste=liste(petits), c__envois=ENVOIS,
        p__envois=export(petits[:12], "PPPPPP111", organisation="Collège Petit"),
    )  # fmt: skip
    assert absents(etats) == {**ATTENDUS, "6P": 8}


def test_des_codes_qui_se_suivent_de_classe_en_classe_font_un_seul_parcours():
    etats, _ = suivre(
        liste=TOUS, un=export(A[:18]), deux=export(B[:18], "BBBBBB222", le="28/10/2026"),
        trois=export(C[:18], "CCCCCC333", le="20/11/2026"),
    )  # fmt: skip
    assert absents(etats) == ATTENDUS
    assert etats["eleve"].is_unique


def test_un_code_repris_en_juin_par_les_memes_eleves_reste_le_jumeau_des_autres():
    reprise = export(A[:18], le="01/06/2027").partition(b"\n")[2]
    etats, _ = suivre(
        liste=TOUS, un=export(A[:18]) + reprise, deux=export([*B[:18], *C[:18]], "BBBBBB222")
    )
    assert absents(etats) == ATTENDUS


def test_une_participation_que_deux_exports_partagent_ne_compte_qu_une_fois():
    entete, *lignes = export(A).splitlines(keepends=True)
    tables = lire_fichiers(
        {"a.csv": entete + b"".join(lignes[:10]), "b.csv": entete + b"".join(lignes[8:])}
    )
    assert tables.participations["eleve"].nunique() == len(tables.participations) == 20
    assert (tables.journal["sort"] == "remplacee").sum() == 2


def test_un_perimetre_se_lit_sans_casse_et_une_classe_inconnue_se_dit():
    etats, dit = suivre({"ABCDEF123": ["6a", "5Z"], "abcdef": ["6B"]}, liste=TOUS, envois=ENVOIS)
    assert absents(etats) == {"6A": 2}
    assert "la campagne « abcdef » et la classe « 5Z »" in dit


def test_sans_aucune_classe_les_absents_d_une_liste_qui_participe_sont_attendus():
    etats, dit = suivre(
        liste=liste([(n, p, ne) for n, p, _, ne in [*A, *B]], ("Nom", "Prénom", "Né le")),
        envois=export([*A[:18], *B[:18]]),
    )
    assert (etats["etat"] == "jamais_commence").sum() == 4
    assert "6A (18\u202félèves)" in dit


def noms(texte: str, fichier: str = "liste.csv") -> set[tuple]:
    table = lire_fichiers({fichier: texte.encode()}).eleves
    return set(
        zip(table["nom"], table["prenom"].fillna(""), table["classe"].fillna(""), strict=True)
    )


@pytest.mark.parametrize(
    ("texte", "attendus"),
    [
        (
            "Élève;Classe\nTOTALI Marco;6A\nde LA FERTE Anne;6A\n",
            {("TOTALI", "Marco", "6A"), ("de LA FERTE", "Anne", "6A")},
        ),
        ("Nom;Prénom;Division;Classe\nLEROY;Emma;;6A\n", {("LEROY", "Emma", "6A")}),
        (
            "Élève;;Classe\nLEROY;Emma;6A\nPETIT;Tom;6A\n",
            {("LEROY", "Emma", "6A"), ("PETIT", "Tom", "6A")},
        ),
        (
            "Nom;Prénom;Né le\nLEROY;Emma;01/02/2014\nDocument édité par Pronote;;\n",
            {("LEROY", "Emma", "")},
        ),
        (
            "Nom;Prénoms;Classe\nLEROY;Emma, Marie, Claude;6A\nPETIT;Tom;6A\n",
            {("LEROY", "Emma", "6A"), ("PETIT", "Tom", "6A")},
        ),
    ],
)
def test_une_liste_se_lit_comme_on_la_lirait(texte, attendus):
    assert noms(texte) == attendus


def test_un_groupe_ecrit_pour_quelques_uns_ne_se_recopie_pas():
    texte = "Nom;Prénom;Classe;Groupe\n" + "".join(
        f"N{r};P{r};6A;{'Chorale' if r in (0, 5) else ''}\n" for r in range(10)
    )
    assert lire_fichiers({"l.csv": texte.encode()}).eleves["groupes"].notna().sum() == 2


def test_le_nom_du_fichier_dit_la_classe_quand_la_liste_n_en_a_pas():
    assert noms("Nom;Prénom\nLEROY;Zoé\nMOREL;Tom\n", "6A.csv") == {
        ("LEROY", "Zoé", "6A"),
        ("MOREL", "Tom", "6A"),
    }


def test_des_homonymes_de_deux_fichiers_de_classe_restent_deux_eleves():
    fichiers = {
        f"{c}.csv": f"INE;Nom;Prénom;Classe\n-;MARTIN;Léa;{c}\nNC;X{c};Ali;{c}\n".encode()
        for c in ("6A", "6B")
    }
    table = lire_fichiers(fichiers).eleves
    assert len(table) == 4
    assert table["mouvement"].isna().all()


def test_un_octet_abime_ne_change_pas_l_encodage_des_autres_lettres():
    octets = "Nom;Prenom;Classe\nLEROY;Zoé;6A\nNOËL;LOÏS;6B\n".encode() + b"CADET;Rapha\xebl;6A\n"
    assert set(lire_fichiers({"l.csv": octets}).eleves["prenom"]) == {"Zoé", "LOÏS", "Raphaël"}


def test_une_liste_avec_parcours_et_code_n_est_pas_un_export():
    table = lire_fichiers(
        {"l.csv": "Nom;Prénom;Classe;Groupe;Parcours;Code\nLEROY;Zoé;2GT1;G1;STI;75001\n".encode()}
    ).fichiers
    assert table["nature"].item() == "liste"


def test_un_signe_de_controle_dans_un_nom_n_arrete_pas_les_relances(tmp_path):
    (tmp_path / "liste.csv").write_bytes(liste([*A[:3], ("LE\x02ROY", "Zo", "6A", "01/01/2014")]))
    (tmp_path / "envois.csv").write_bytes(export(A[:3]))
    assert main(["relances", str(tmp_path), "--vers", str(tmp_path / "s")]) == 0
    assert (tmp_path / "s" / "relances.xlsx").exists()


def test_des_tables_de_deux_classes_qui_se_suivent_ne_donnent_pas_leur_classe_a_tous():
    tables = "Classe de {};;\nNom;Prénom;Né le\n{};Zoé;01/02/2014\n;;\n"
    assert noms(tables.format("6A", "LEROY") + tables.format("6B", "ROUX")) == {
        ("LEROY", "Zoé", ""),
        ("ROUX", "Zoé", ""),
    }


def test_une_liste_datee_identique_a_une_ancienne_dit_qui_est_revenu():
    fichiers = {
        f"e_2026-{mois}-05": liste(lignes) for mois, lignes in (("09", A), ("10", A[1:]), ("11", A))
    }
    assert absents(suivre(envois=export(A[:18]), **fichiers)[0]) == {"6A": 2}


def test_une_liste_et_un_export_sans_classe_disent_qui_manque():
    sans = [(n, p, "", ne) for n, p, _, ne in A]
    etats, _ = suivre(
        liste=liste([(n, p, ne) for n, p, _, ne in A], ("Nom", "Prénom", "Né le")),
        envois=export(sans[:18]),
    )
    assert absents(etats) == {"sans classe": 2}
