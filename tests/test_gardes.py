"""Un tableur ne calcule rien de ce qu'on lui donne, et un fichier qu'il a gonflé n'étouffe pas."""

import csv
import io
import os
import subprocess
import sys
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.coupures import en_memoire, une_decision
from pixkit.commande import main
from pixkit.decisions import decider, lire_decisions
from pixkit.ecole import ouvrir
from pixkit.ecriture import ecrire_csv
from pixkit.ecriture_sure import Sortie
from pixkit.embarque import DEMO
from pixkit.gardes import gardee, sans_gardes
from pixkit.memoire import ecrire_memoire, lire_memoire
from tests.conftest import texte_du_pdf
from tests.ecritures import xlsx
from tests.test_publication import remplir

SANS_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="la mémoire se lit dans /proc")
HOSTILE = "\x00\x07A\x1b\u202eB\ufffe\t\r=1"
DANGEREUX = ["=1+1", "+33", "-1", "@A1", "\t=1", "\r=1", "'=1", "''=1", "\x07", "'", "＝1"]


# — Ce que l'on écrit —


SANS_SIGNES = st.text().map(lambda texte: texte.translate(dict.fromkeys(range(0x2400, 0x2422))))


@given(SANS_SIGNES)
def test_une_garde_se_defait_et_ne_laisse_ni_formule_ni_controle(texte):
    gardes = gardee(texte)
    assert gardes[:1] not in tuple("=+-@")
    assert not [signe for signe in gardes if ord(signe) < 32]
    assert sans_gardes(gardes) == texte


@pytest.mark.parametrize("debut", DANGEREUX)
def test_une_memoire_ne_se_calcule_pas_et_se_relit_telle_quelle(tmp_path, debut):
    lignes = [{"entete": f"{debut}Nom", "champ": "nom"}]
    ecrire_memoire(tmp_path, "colonnes", lignes)
    ecrit = (tmp_path / "pixkit_colonnes.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert ecrit[0] not in "=+-@＝"
    assert ecrit.isprintable()
    assert lire_memoire(tmp_path, "colonnes") == lignes


def test_une_decision_sur_un_nom_de_formule_vaut_encore(tmp_path):
    decision = une_decision("=CMD()", 1)
    decider(tmp_path, decision)
    assert lire_decisions(tmp_path)[0].nomme(decision)


def test_un_csv_a_ouvrir_est_garde_et_celui_d_un_programme_est_exact(tmp_path):
    table = pd.DataFrame({"nom": DANGEREUX, "rang": -1})
    with ecrire_csv(table, "suivi", tmp_path).open(encoding="utf-8", newline="") as fichier:
        lignes = list(csv.DictReader(fichier))
    assert [sans_gardes(ligne["nom"]) for ligne in lignes] == DANGEREUX
    assert not [ligne for ligne in lignes if ligne["nom"][0] in "=+-@\t\r＝"]
    assert {ligne["rang"] for ligne in lignes} == {"-1"}, "un nombre reste un nombre"
    (tmp_path / "d").mkdir()
    export = remplir(tmp_path / "d", liste=False) / "01_5e.csv"
    nom = lire_participations(tmp_path, export)
    export.write_bytes(export.read_bytes().replace(nom.encode(), b"=1+1"))
    assert lire_participations(tmp_path, export) == "=1+1"


def lire_participations(ou, export) -> str:
    assert main(["lire", str(export.parent), "--vers", str(ou / "lu")]) == 0
    table = pd.read_csv(ou / "lu" / "participations.csv", dtype=str)
    return table.loc[table["fichier"] == export.name, "nom"].iloc[0]


def test_un_nom_plein_de_signes_de_controle_n_arrete_aucun_document(tmp_path):
    ecole = ouvrir(DEMO / "college")
    ecole.tables.eleves["nom"] = HOSTILE
    ecole.tables.eleves["classe"] = ecole.tables.eleves["classe"] + "\x07"
    ecole.tables.participations["nom"] = HOSTILE
    ecole.tables.participations["nom_campagne"] = HOSTILE
    faits = en_memoire(ecole)
    assert {"relances", "fiches", "livrets", "attestations", "lire"} <= faits.keys()
    for document, fichiers in faits.items():
        sortie = Sortie(tmp_path / document)
        sortie.fichiers = fichiers
        sortie.ecrire()
    assert "A" in texte_du_pdf(tmp_path / "attestations" / "attestations.pdf")
    relances = openpyxl.load_workbook(tmp_path / "relances" / "relances.xlsx")
    assert len(relances.sheetnames) > 2


# — Ce que l'on ouvre, en quelques secondes et 500 Mo —

MESURER = """
import re, sys
from pathlib import Path
from pixkit.erreurs import FichierIllisible
from pixkit.grilles import octets_du_fichier, ouvrir

try:
    ouvrir(octets_du_fichier(Path(sys.argv[1])), "essai")
    dit = "lu"
except FichierIllisible as erreur:
    dit = str(erreur)
# `ru_maxrss` compterait aussi ce que pesait le processus qui a lancé celui-ci.
pic = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(int(pic[1]) // 1024, dit)
"""


def mesurer(chemin) -> tuple[int, str]:
    """(mégaoctets, ce qui en est dit) d'une lecture, dans un processus à elle."""
    commande = [sys.executable, "-c", MESURER, str(chemin)]
    fait = subprocess.run(commande, capture_output=True, text=True, check=True, timeout=60)
    poids, dit = fait.stdout.split(" ", 1)
    return int(poids), dit


def clairseme(places: list[str], apres: str = "") -> bytes:
    """Un XLSX d'une feuille qui ne dit quelque chose qu'à ces places."""
    cellule = '<row r="{1}"><c r="{0}{1}" t="inlineStr"><is><t>x</t></is></c></row>'
    rangees = "".join(cellule.format(*place.split()) for place in places) + apres
    sortie = io.BytesIO()
    with (
        ZipFile(io.BytesIO(xlsx({"F": [["Nom"]]}))) as modele,
        ZipFile(sortie, "w", ZIP_DEFLATED) as f,
    ):
        for membre in modele.namelist():
            octets = modele.read(membre)
            if membre.startswith("xl/worksheets/"):
                debut, fin = octets.decode().split("<sheetData>")[0], "</sheetData></worksheet>"
                octets = f"{debut}<sheetData>{rangees}{fin}".encode()
            f.writestr(membre, octets)
    return sortie.getvalue()


@SANS_WINDOWS
@pytest.mark.parametrize(
    "places",
    [
        ["A 1", "XFD 1048576"],
        ["A 1", "ZZ 1048576"],
        ["A 1", "H 1048576"],
        [f"{'A' if rang % 2 else 'XFD'} {rang}" for rang in range(1, 20_000)],
    ],
)
def test_un_classeur_clairseme_se_refuse_aussitot(tmp_path, places):
    (tmp_path / "c.xlsx").write_bytes(clairseme(places))
    poids, dit = mesurer(tmp_path / "c.xlsx")
    assert "presque vide" in dit
    assert poids < 500


@SANS_WINDOWS
def test_une_feuille_mise_en_forme_jusqu_en_bas_se_lit(tmp_path):
    en_forme = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    (tmp_path / "c.xlsx").write_bytes(clairseme(["A 1", "B 2"], en_forme))
    assert mesurer(tmp_path / "c.xlsx")[1].strip() == "lu"


@SANS_WINDOWS
def test_un_classeur_sans_places_ecrites_se_lit(tmp_path):
    cellules = '<c t="inlineStr"><is><t>x</t></is></c>' * 200
    (tmp_path / "c.xlsx").write_bytes(clairseme([], f"<row>{cellules}</row>" * 200))
    assert mesurer(tmp_path / "c.xlsx")[1].strip() == "lu"


@SANS_WINDOWS
@pytest.mark.parametrize(("mega", "attendu"), [(56, "moins de 20 Mo"), (19, "lu")])
def test_un_csv_enorme_se_lit_ou_se_refuse(tmp_path, mega, attendu):
    ligne = ";".join(f"cellule{rang}" for rang in range(40)) + "\n"
    corps = "".join(f"{rang};{ligne}" for rang in range(1000))
    (tmp_path / "c.csv").write_text(corps * (mega * 2**20 // len(corps)), encoding="utf-8")
    poids, dit = mesurer(tmp_path / "c.csv")
    assert attendu in dit
    assert poids < 500
