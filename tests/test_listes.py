"""Les listes d'élèves : ce que Pix y lit, nous le lisons ; ce qu'il perd, nous le nommons ; ce qui
est piégé est refusé."""

import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pixkit.lecture import lire_dossier, lire_fichiers, listes_inconnues
from pixkit.lecture.formats.listes.eleves import separer_nom
from pixkit.memoire import ecrire_memoire
from tests.test_lecture import EXPORTS

LISTES = Path(__file__).parent / "listes"
FREGATA = (LISTES / "fregata.csv").read_bytes()


def siecle() -> bytes:
    with zipfile.ZipFile(LISTES / "siecle.zip") as archive:
        return archive.read(archive.namelist()[0])


SIECLE = siecle()


def eleves(octets: bytes, nom: str = "liste") -> pd.DataFrame:
    return lire_fichiers({nom: octets}).eleves


def remarques(octets: bytes, nom: str = "liste") -> str:
    return lire_fichiers({nom: octets}).fichiers["remarques"].iloc[0]


def verite(nom: str) -> set[tuple]:
    rangs = json.loads((LISTES / f"{nom}.verite.json").read_text(encoding="utf-8"))
    return {
        (
            r.get("studentNumber") or r["nationalStudentId"],
            r["lastName"],
            r["firstName"],
            r["birthdate"],
            r.get("division") or r.get("group"),
        )
        for r in rangs
    }


def lus(table: pd.DataFrame) -> set[tuple]:
    lieux = table["classe"].fillna(table["groupes"])
    lignes = zip(
        table["eleve"],
        table["nom"],
        table["prenom"],
        table["date_naissance"].dt.strftime("%Y-%m-%d"),
        lieux,
        strict=True,
    )
    return {tuple(None if pd.isna(valeur) else valeur for valeur in ligne) for ligne in lignes}


def siecle_de(nombre: int) -> bytes:
    """Un SIECLE d'au moins `nombre` élèves, avec de longues adresses."""
    debut, reste = SIECLE.split(b"<ELEVES>")
    corps, fin = reste.split(b"</ELEVES>")
    adresses = b"<ADRESSES>" + b"<ADRESSE><LIGNE1>1 rue</LIGNE1></ADRESSE>" * 40 + b"</ADRESSES>"
    corps = corps.replace(b"</ELEVE>", adresses + b"</ELEVE>") * (
        1 + nombre // corps.count(b"</ELEVE>")
    )
    return debut + b"<ELEVES>" + corps + b"</ELEVES>" + fin


# — Ce que Pix y lit —


def test_siecle_rend_tous_les_eleves_que_pix_y_lit():
    assert verite("siecle") <= lus(eleves(SIECLE))
    assert verite("siecle") <= lus(eleves((LISTES / "siecle.zip").read_bytes()))


def test_siecle_garde_ceux_que_pix_perd_et_les_nomme():
    table = eleves(SIECLE).set_index("nom")
    assert len(table) == 294
    assert table.query("prenom == 'Maël'").at["ÇELIK", "niveau_scolaire"] == "5e", (
        "sans classe, le MEF dit son niveau"
    )
    assert not table.at["PARTI", "present"]
    assert table.at["PARTI", "mouvement"] == "parti le 2 juillet 2026"
    assert "PASENCORE Là" in remarques(SIECLE)
    assert "ÇELIK Maël" in remarques(SIECLE)
    assert "dans SIECLE" in remarques(SIECLE)


@pytest.mark.parametrize("nom", ["fregata", "sup"])
def test_une_liste_csv_rend_exactement_ce_que_pix_y_lit(nom):
    assert lus(eleves((LISTES / f"{nom}.csv").read_bytes())) == verite(nom)


@pytest.mark.parametrize(
    ("encodage", "separateur"),
    [("utf-8", ";"), ("utf-8-sig", ";"), ("cp1252", ","), ("mac_roman", ";"), ("utf-16", "\t")],
)
def test_fregata_se_lit_sous_tous_les_encodages(encodage, separateur):
    texte = "".join(
        c if c.encode("mac_roman", "replace") != b"?" != c.encode("cp1252", "replace") else "e"
        for c in FREGATA.decode("utf-8-sig")
    )  # sans les lettres que ces encodages n'ont pas
    attendus = lus(eleves(texte.encode()))
    assert len(attendus) == 83
    assert lus(eleves(texte.replace(";", separateur).encode(encodage))) == attendus


def test_le_niveau_vient_du_mef_puis_de_la_classe():
    niveaux = eleves(SIECLE).set_index("classe")["niveau_scolaire"]
    assert set(niveaux["5eA"]) == {"5e"}
    assert set(niveaux["5e SEGPA"]) == {"5e"}
    assert set(eleves((LISTES / "sup.csv").read_bytes())["niveau_scolaire"].dropna()) == {"BTS"}


# — Ce qui cloche —


def test_un_siecle_annonce_dans_un_encodage_faux_se_lit_et_le_dit():
    faux = SIECLE.decode("iso-8859-15").encode("utf-8")
    assert lus(eleves(faux)) == lus(eleves(SIECLE))
    assert "annonce ISO-8859-15 mais il est écrit en UTF-8" in remarques(faux)
    faux = SIECLE.replace(b"ISO-8859-15", b"UTF-8")
    assert lus(eleves(faux)) == lus(eleves(SIECLE))


def test_un_xml_coupe_est_refuse_en_nommant_le_dernier_eleve_lu():
    assert "coupé ou abîmé après 50 élèves, le dernier lu étant MOREL Gaël" in remarques(
        SIECLE[:40_000]
    )
    assert eleves(SIECLE[:40_000]).empty


def test_deux_eleves_de_meme_ine_sont_nommes_et_gardes_sous_deux_cles():
    double = SIECLE.replace(b"567462258JD", b"764329966CD")
    assert "le même INE pour plusieurs élèves — ÇELIK Maël et KOWALSKI Adam (5eA)" in remarques(
        double
    )
    cles = eleves(double).query("nom in ['ÇELIK', 'KOWALSKI'] and prenom in ['Maël', 'Adam']")[
        "eleve"
    ]
    assert cles.is_unique
    assert cles.str.startswith("764329966CD-").sum() == 2
    ensemble = lire_fichiers({"ancienne.xml": SIECLE, "nouvelle.xml": double}).eleves
    assert len(ensemble) == 294, "une liste saine, à côté, rend à chacun son INE"


def test_les_zeros_perdus_par_un_tableur_sont_rendus_et_les_eleves_nommes():
    perdu = FREGATA.replace(b"359091075CE", b"59091075CE").replace(b"776081491JC", b"7,76081E+10")
    texte = remarques(perdu)
    assert "zéros de tête" in texte
    assert "MOREL Jean Paul (2GT1)" in texte
    assert "INE détruit par un tableur (écrit comme un nombre) — O’BRIEN Sacha (2GT1)" in texte
    assert "dans FREGATA" in texte
    assert "059091075CE" in set(eleves(perdu)["eleve"])


def test_une_liste_sans_classe_est_lue_et_le_dit():
    sans = "\n".join(
        ligne.rpartition(";")[0] for ligne in FREGATA.decode("utf-8").splitlines()
    ).encode()
    assert len(eleves(sans)) == 83
    assert "sans colonne de classe" in remarques(sans)


def test_des_accents_abimes_sont_retablis():
    abime = FREGATA.replace("Léa".encode(), "Léa".encode().decode("cp1252").encode())
    assert lus(eleves(abime)) == lus(eleves(FREGATA))
    assert "accents abîmés" in remarques(abime)


def test_une_date_impossible_nomme_l_eleve_sans_le_perdre():
    faux = FREGATA.replace(b"19/07/2011", b"31/31/2011")
    assert "date de naissance impossible — MOREL Jean Paul (2GT1)" in remarques(faux)
    assert len(eleves(faux)) == 83


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
        b"<BEE_ELEVES>&c;</BEE_ELEVES>",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b"<BEE_ELEVES>&x;</BEE_ELEVES>",
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><BEE_ELEVES></BEE_ELEVES>',
    ],
)
def test_un_xml_piege_est_refuse_par_une_phrase(xml):
    assert "qui sert à piéger" in remarques(xml)


def test_un_zip_piege_est_refuse_par_une_phrase():
    def zip_de(**fichiers) -> bytes:
        sortie = io.BytesIO()
        with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
            for nom, contenu in fichiers.items():
                archive.writestr(nom.replace("__", "."), contenu)
        return sortie.getvalue()

    assert "dépasse 64 Mo" in remarques(zip_de(eleves__xml=b"<a>" + b"0" * (65 * 2**20)))
    assert "2 fichiers, dont 2 en .xml" in remarques(zip_de(a__xml=SIECLE, b__xml=SIECLE))
    assert "dont 0 en .xml" in remarques(zip_de(a__txt=b"bonjour"))
    assert "abîmée" in remarques(zip_de(a__xml=SIECLE)[:2000])
    assert "dépasse 64 Mo" in remarques(
        zip_de(**{"xl/workbook__xml": b"<a/>", "xl/a__xml": b"0" * (65 * 2**20)})
    )


def test_trois_mille_eleves_tiennent_dans_moins_de_200_mo():
    gros = siecle_de(3000)
    tracemalloc.start()
    lire_fichiers({"gros.xml": gros})
    pic = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert len(gros) > 5 * 2**20
    assert pic < 200


# — CSV et classeurs d'ailleurs —

PRONOTE = (
    "Élève;Né(e) le;Classe;Professeurs principaux\nDE LA TOUR Jean Paul;04/01/2014;5eA;Mme "
    "X\nLEROY Emma;01/02/2014;5eB;M. Y\n"
)


def test_une_liste_pronote_donne_noms_classes_et_professeurs():
    table = eleves(PRONOTE.encode()).set_index("nom")
    assert table.at["DE LA TOUR", "prenom"] == "Jean Paul"
    assert table.at["LEROY", "professeur_principal"] == "M. Y"
    assert table["eleve"].str.startswith("local-").all()


def test_sans_ine_l_eleve_garde_sa_cle_d_une_liste_a_l_autre_et_retrouve_son_ine():
    seule = eleves(PRONOTE.encode()).set_index("nom")["eleve"]
    suivante = eleves(PRONOTE.replace("5eA", "4eA").encode()).set_index("nom")["eleve"]
    assert seule.to_dict() == suivante.to_dict()
    qui = json.loads((LISTES / "siecle.verite.json").read_text(encoding="utf-8"))[0]
    ligne = (
        "Nom;Prénom;Classe;Né(e) "
        f"le\n{qui['lastName']};{qui['firstName']};5eA;{pd.Timestamp(qui['birthdate']):%d/%m/%Y}\n"
    )
    assert (
        len(lire_fichiers({"siecle.xml": SIECLE, "pronote 2026-2027.csv": ligne.encode()}).eleves)
        == 294
    )


def test_sans_ine_ni_naissance_la_cle_survit_a_un_changement_de_classe_sauf_entre_homonymes():
    cles = [
        set(eleves(f"Nom;Prénom;Classe\nLEROY;Emma;{classe}\n".encode())["eleve"])
        for classe in ("5eA", "4eB")
    ]
    assert cles[0] == cles[1]
    assert eleves("Nom;Prénom;Classe\nLEROY;Emma;5eA\nLEROY;Emma;5eB\n".encode())["eleve"].is_unique


def test_une_liste_sans_ine_ni_naissance_ne_double_pas_les_eleves_de_siecle():
    pronote = "Nom;Prénom;Classe;Professeur principal\nKOWALSKI;Adam;5eA;Mme X\n"
    table = lire_fichiers({"siecle.xml": SIECLE, "pronote 2026-2027.csv": pronote.encode()}).eleves
    assert len(table) == 294
    assert set(table.query("classe == '5eA'")["professeur_principal"]) == {"Mme X"}


def test_un_classeur_excel_se_lit_avec_ses_dates_et_ses_nombres():
    classeur = openpyxl.Workbook()
    ne_le = pd.Timestamp(2014, 2, 1).to_pydatetime()
    for ligne in (
        ["Liste du collège"],
        ["Nom", "Prénom", "Classe", "Né(e) le", "INE"],
        ["LEROY", "Emma", 501, ne_le, "123456789AB"],
    ):
        classeur.active.append(ligne)
    sortie = io.BytesIO()
    classeur.save(sortie)
    (eleve,) = eleves(sortie.getvalue(), "liste.xlsx").itertuples()
    assert (eleve.eleve, eleve.classe, eleve.date_naissance) == (
        "123456789AB",
        "501",
        pd.Timestamp(2014, 2, 1),
    )


def test_une_liste_aux_colonnes_inconnues_est_proposee_puis_retenue(tmp_path):
    (tmp_path / "export.csv").write_bytes((EXPORTS / "01_5e" / "export.csv").read_bytes())
    (tmp_path / "liste.csv").write_text(
        "Appellation;Prénom du jeune;Groupe-classe\nLEROY;Emma;5eA\nPETIT;Tom;5eB\n",
        encoding="utf-8",
    )
    tables = lire_dossier(tmp_path)
    assert tables.eleves.empty
    entetes, propositions = listes_inconnues(tmp_path, tables)["liste.csv"]
    assert entetes == ["Appellation", "Prénom du jeune", "Groupe-classe"]
    assert propositions["classe"] == "Groupe-classe"
    retenues = {"Appellation": "nom", "Prénom du jeune": "prenom", "Groupe-classe": "classe"}
    ecrire_memoire(
        tmp_path,
        "colonnes",
        [{"entete": entete, "champ": champ} for entete, champ in retenues.items()],
    )
    assert list(lire_dossier(tmp_path).eleves["nom"].sort_values()) == ["LEROY", "PETIT"]


def test_un_fichier_de_mots_de_passe_n_est_jamais_propose_comme_liste(tmp_path):
    (tmp_path / "mdp.csv").write_bytes((EXPORTS / "autres" / "mots_de_passe.csv").read_bytes())
    assert listes_inconnues(tmp_path, lire_dossier(tmp_path)) == {}


@pytest.mark.parametrize(
    ("complet", "attendu"),
    [
        ("DE LA TOUR Jean Paul", ("DE LA TOUR", "Jean Paul")),
        ("Leroy Emma", ("Leroy", "Emma")),
        ("N'DIAYE Rayan", ("N'DIAYE", "Rayan")),
    ],
)
def test_un_nom_complet_se_separe_aux_capitales(complet, attendu):
    assert separer_nom(complet) == attendu


@pytest.mark.parametrize("classe", ["5eA, LATIN", "LATIN,5eA", "5eA, <LATIN>", "\u200b5eA"])
def test_la_classe_se_lit_a_cote_de_ses_groupes_et_sans_signe_invisible(classe):
    lue = eleves(f'Nom,Prénom,Classe\nLEROY,Emma,"{classe}"\nPETIT,Tom,5eA\n'.encode())
    assert lue["classe"].tolist() == ["5eA", "5eA"]
    assert ("LATIN" in classe) == ("LATIN" in f"{lue['groupes'].iloc[0]}")


def test_une_formule_qui_a_echoue_n_est_ni_une_classe_ni_un_eleve():
    octets = "Nom;Prénom;Classe\nLEROY;Emma;#N/A\n#REF!;#REF!;5eA\nPETIT;Tom;5eA\n".encode()
    assert eleves(octets)["classe"].dropna().tolist() == ["5eA"]
    assert "sans classe — LEROY Emma" in remarques(octets)


# — D'une liste à la suivante —


def test_partis_arrives_et_changements_de_classe_sont_nommes():
    septembre = (
        "Nom;Prénom;Classe;INE\n"
        "A;Ana;5eA;111111111AA\nB;Bob;5eA;222222222BB\nC;Cyd;5eB;333333333CC\n"
    )
    novembre = (
        "Nom;Prénom;Classe;INE\n"
        "A;Ana;5eB;111111111AA\nC;Cyd;5eB;333333333CC\nD;Dan;5eA;444444444DD\n"
    )
    sources = {
        "eleves 2026-09-05.csv": septembre.encode(),
        "eleves 2026-11-05.csv": novembre.encode(),
    }
    table = lire_fichiers(sources).eleves.set_index("nom")
    assert table["mouvement"].fillna("").to_dict() == {
        "A": "a changé de classe (5eA → 5eB)",
        "B": "parti : n'est plus dans la liste du 5 novembre 2026",
        "C": "",
        "D": "arrivé : n'était pas dans la liste du 5 septembre 2026",
    }
    assert table.at["A", "classe"] == "5eB"
    assert table["present"].to_dict() == {"A": True, "B": False, "C": True, "D": True}
    dites = lire_fichiers(sources).fichiers["remarques"].str.replace("\u202f", " ").tolist()
    assert any("1 élève n'y est plus : compté comme parti." in dit for dit in dites)
    assert set(table["annee_scolaire"]) == {"2026-2027"}


def _siecle_puis_pronote(garder, classe):
    """SIECLE à la rentrée, la liste d'un autre logiciel en janvier : `classe` y renomme."""
    table = eleves(SIECLE).query("present")
    lignes = [
        f"{e.nom};{e.prenom};{e.eleve};{classe(e.classe)}\n"
        for e in table[table["classe"].notna()].itertuples()
        if garder(e)
    ]
    pronote = "".join(["Nom;Prénom;INE;Classe\n", *lignes]).encode()
    return {"ElevesSansAdresses-2026-09-05.xml": SIECLE, "pronote 2027-01-15.csv": pronote}


def test_une_liste_d_un_autre_logiciel_en_janvier_dit_qui_est_parti_meme_d_une_classe_renommee():
    avant = eleves(SIECLE)
    classe, parti = avant.loc[avant["present"] & avant["classe"].notna(), ["classe", "eleve"]].iloc[
        0
    ]
    sources = _siecle_puis_pronote(
        lambda e: e.eleve != parti, lambda nom: "5 HUGO" if nom == classe else nom
    )
    apres = lire_fichiers(sources).eleves.set_index("eleve")
    assert apres["etablissement"].nunique() == 1
    assert apres.at[parti, "mouvement"] == "parti : n'est plus dans la liste du 15 janvier 2027"
    assert set(apres.loc[apres["classe"] == classe].index) <= {parti}


def test_la_lecture_d_une_liste_n_ouvre_aucun_reseau_ni_fichier():
    code = (
        "import sys, builtins\n"
        "from pixkit.lecture import lire_fichiers\n"
        "xml = b'<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/x\"><BEE_ELEVES/>'\n"
        "import socket\n"
        "socket.socket.connect = lambda *a: sys.exit(3)\n"
        "lire_fichiers({'x.xml': xml})\n"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[1]
        ).returncode
        == 0
    )


COTE_A_COTE = (
    "Nom;Prénom;Classe;;Nom;Prénom;Classe\n"
    "ZERBINI;Oona;5eA;;OLTRA;Tim;5eB\nKASTELL;Ada;5eA;;VENZAL;Noé;5eB\n"
)


def test_une_seconde_table_a_droite_de_la_premiere_se_dit():
    tables = lire_fichiers({"liste.csv": COTE_A_COTE.encode()})
    assert tables.eleves["nom"].tolist() == ["ZERBINI", "KASTELL"]
    ecartee = tables.journal.query("sort == 'rejetee'")
    assert ecartee["ligne"].item() == 1
    assert "seconde table à droite" in ecartee["motif"].item()


@pytest.mark.parametrize(
    "dessous",
    [
        "Nom;Prénom;Téléphone\nROY;Eve;0102\n",
        "Classe;Nom;Prénom\n5eB;ROY;Eve\n",
        "Nom de l'organisation;ID Campagne;Code;Nom de la campagne\nCollège;12;AB;Rentrée\n",
    ],
)
def test_une_autre_table_sous_la_liste_n_est_pas_faite_d_eleves(dessous):
    liste = f"Nom;Prénom;Classe\nZERBINI;Oona;5eA\nKASTELL;Ada;5eA\n;;\n{dessous}"
    tables = lire_fichiers({"liste.csv": liste.encode()})
    assert tables.eleves["nom"].tolist() == ["ZERBINI", "KASTELL"]
    ecartees = tables.journal.query("sort == 'rejetee' and motif.str.contains('autre table')")
    assert ecartees["ligne"].tolist() == [5, 6]


def test_des_titres_redits_autrement_ne_sont_pas_un_eleve():
    liste = "Nom;Prénom;Classe\nZERBINI;Oona;5eA\nNOM;Prénom(s);Division\nKASTELL;Ada;5eB\n"
    tables = lire_fichiers({"liste.csv": liste.encode()})
    assert tables.eleves["nom"].tolist() == ["ZERBINI", "KASTELL"]
    assert tables.journal["motif"].dropna().tolist() == ["en-têtes répétés"]


def test_le_nom_d_un_responsable_n_est_pas_une_seconde_table():
    liste = "Nom;Prénom;Classe;Nom;Prénom\nZERBINI;Oona;5eA;ZERBINI;Paul\nKASTELL;Ada;5eA;ROY;Eve\n"
    tables = lire_fichiers({"liste.csv": liste.encode()})
    assert tables.eleves["prenom"].tolist() == ["Oona", "Ada"]
    assert (tables.journal["sort"] == "lue").all()


def test_une_feuille_cachee_est_lue_et_se_dit():
    classeur = openpyxl.Workbook()
    for rang, (nom, cachee) in enumerate([("ZERBINI", False), ("KASTELL", True)]):
        feuille = classeur.create_sheet(f"Feuille {rang}")
        feuille.append(["Nom", "Prénom", "Classe"])
        feuille.append([nom, "Oona", "5eA"])
        feuille.sheet_state = "hidden" if cachee else "visible"
    sortie = io.BytesIO()
    classeur.save(sortie)
    remarques = lire_fichiers({"liste.xlsx": sortie.getvalue()}).fichiers["remarques"]
    assert ["cachée" in remarque for remarque in remarques] == [False, True]
