"""Des octets aux grilles : un décodage jugé sur tout le texte, les mêmes cellules quel que soit le
chemin, les gardes ôtées."""

import csv
import io
import zipfile

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from pixkit.erreurs import FichierIllisible, FichierNonPix
from pixkit.grilles import ouvrir
from pixkit.grilles.decoupe import _colonnes_rapides, _enregistrements
from pixkit.grilles.feuilles import sans_garde
from pixkit.grilles.texte import decoder, defaire_mojibake

LISTE = (
    "Nom;Prénom;Classe\nMONTFERRAL;Inès;6°A\nÇELIK;Maël;5e B\nN’DIAYE;Zoé;6°A\nL'HÉRITIER;Noël;4e\n"
)


def feuille(octets: bytes, nom: str = "liste.csv"):
    return ouvrir(octets, nom)[0].feuille


@pytest.mark.parametrize(
    "encodage",
    ["utf-8", "utf-8-sig", "cp1252", "mac_roman", "cp850", "utf-16", "utf-16-le", "utf-16-be"],
)
def test_le_meme_texte_revient_de_chaque_encodage(encodage):
    texte = (
        LISTE if encodage != "cp850" else LISTE.replace("’", "'")
    )  # cp850 n'a pas d'apostrophe courbe
    assert decoder(texte.encode(encodage))[0] == texte


def test_un_octet_abime_ne_fait_pas_choisir_un_decodage_qui_perd_des_lettres():
    octets = LISTE.encode("cp1252") + b"\xe9\n"
    assert "\ufffd" not in decoder(octets)[0]


noms = st.text(st.sampled_from("abcdeéèêëàâçîïôöûùüÉÈÀÇ '-"), max_size=12)


@given(st.lists(noms, min_size=3, max_size=30))
def test_defaire_le_mojibake_rend_le_texte_et_ne_touche_pas_un_texte_sain(mots):
    texte = ";".join(mots)
    assert defaire_mojibake(texte) == texte
    assert defaire_mojibake(texte.encode().decode("cp1252", "ignore")) in (
        texte,
        texte.encode().decode("cp1252", "ignore"),
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab;"\n é='), max_size=6), min_size=2, max_size=2),
        min_size=1,
        max_size=8,
    )
)
def test_le_decoupage_rapide_donne_les_memes_cellules_que_le_soigneux(lignes):
    sortie = io.StringIO(newline="")
    csv.writer(sortie, delimiter=";", lineterminator="\n").writerows(lignes)
    texte = sortie.getvalue()
    rapides = _colonnes_rapides(texte, ";", 2)
    assert rapides is not None
    soigneux = [
        list(map(sans_garde, cellules))
        for cellules in zip(*_enregistrements(texte, ";", 2), strict=True)
    ]
    assert [colonne.cellules() for colonne in rapides] == soigneux


@pytest.mark.parametrize(
    ("ecrit", "lu"),
    [
        ('="0123"', "0123"),
        ('=""0123""', "0123"),
        ("=A1", "=A1"),
        ('="a""b"', 'a"b'),
        ("'0123", "'0123"),
        ("#N/A", ""),
        ("#NOM ?", ""),
        ("#DIV/0!", ""),
        ("Err:502", ""),
        ("#MeToo", "#MeToo"),
        ("Erratum", "Erratum"),
    ],
)
def test_une_garde_de_tableur_est_otee_et_rien_d_autre(ecrit, lu):
    assert sans_garde(ecrit) == lu


def test_sep_annonce_le_separateur_sans_decaler_les_lignes():
    grille = feuille(b"sep=|\nNom|Classe\nLEROY|5eA\n").sous(0)
    assert (grille.entete, grille.numeros) == (["Nom", "Classe"], [3])


def test_toutes_les_feuilles_d_un_classeur_sont_des_morceaux():
    classeur = openpyxl.Workbook()
    classeur.active.title = "6A"
    classeur.active.append(["Nom", 5.0, 0.5, True])
    classeur.create_sheet("6B").append(["Nom"])
    classeur.create_sheet("vide")
    sortie = io.BytesIO()
    classeur.save(sortie)
    morceaux = ouvrir(sortie.getvalue(), "listes.xlsx")
    assert [m.fichier for m in morceaux] == ["listes.xlsx [6A]", "listes.xlsx [6B]"]
    assert morceaux[0].feuille.debut == [["Nom", "5", "0.5", "True"]]


def test_une_cellule_ecrite_au_bout_de_la_feuille_ne_prend_pas_toute_la_memoire():
    classeur = openpyxl.Workbook()
    classeur.active["A1"], classeur.active["XFD1048576"] = "Nom", "loin"
    sortie = io.BytesIO()
    classeur.save(sortie)
    with pytest.raises(FichierIllisible, match="millions de cellules"):
        ouvrir(sortie.getvalue(), "piege.xlsx")


def test_une_table_html_se_lit_et_une_page_sans_table_est_nommee():
    assert feuille(
        b"<table><tr><th colspan=2>Nom</th></tr><tr><td>LEROY</td><td>Emma</td></tr></table>"
    ).debut == [["Nom", ""], ["LEROY", "Emma"]]
    with pytest.raises(FichierNonPix, match="page web"):
        ouvrir(b"<html><body>Connexion</body></html>", "x.xls")


def test_un_classeur_abime_ne_dit_rien_au_terminal(capfd):
    livre, sortie = xlwt.Workbook(), io.BytesIO()
    livre.add_sheet("6A").write(0, 0, "Nom")
    livre.save(sortie)
    for part in (0.5, 0.9, 0.99):
        with pytest.raises(FichierIllisible, match="classeur Excel qui ne s'ouvre pas"):
            ouvrir(sortie.getvalue()[: int(len(sortie.getvalue()) * part)], "coupe.xls")
    assert capfd.readouterr().err == ""


def test_une_table_en_xhtml_se_lit_sans_un_mot_d_anglais(recwarn):
    table = (
        b"<html xmlns='http://www.w3.org/1999/xhtml'><table><tr><td>Nom</td></tr></table></html>"
    )
    assert feuille(b'<?xml version="1.0"?>' + table).debut == [["Nom"]]
    assert not recwarn.list


def test_un_zip_qui_ment_sur_sa_nature_est_refuse_par_une_phrase():
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        archive.writestr("xl/workbook.xml", "<pas un classeur>")
    with pytest.raises(FichierIllisible, match="classeur Excel qui ne s'ouvre pas"):
        ouvrir(sortie.getvalue(), "faux.xlsx")
