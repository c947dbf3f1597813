"""Les attestations imprimées : les seuls élèves qui l'ont, le modèle de l'école, des noms
hostiles, et un mauvais modèle qui n'efface rien."""

import io
import subprocess
import zipfile
from datetime import datetime

import pandas as pd
import pytest
from docx import Document
from matplotlib.image import imread

from pixkit.documents import ecrire_attestations, ecrire_modele_attestation
from pixkit.documents.attestations import MODELE
from pixkit.erreurs import FichierIllisible
from pixkit.lecture import lire_dossier
from tests.conftest import outil, texte_du_pdf

DU = datetime(2027, 5, 20)
HOSTILES = [
    "O'CONNOR <b>&amp;</b>",
    "=1+1",
    "{{ 7*7 }}{% for %}",
    "A\x00B\x07\u202eC\ufffe\nD\t",
    "Nguyễn-Đặng " * 8,
    "A" * 200,
    "李 🎉 Ünal",
    "]]></w:t>",
]


def table(*noms: str, obtenue: str = "oui") -> pd.DataFrame:
    valeurs = {"prenom": "Léa", "classe": "6eA", "obtenue": obtenue, "etape_suivante": ""}
    return pd.DataFrame({"nom": list(noms)}).assign(**valeurs)


def ecrire(noms, tmp_path, **options) -> tuple[str, str]:
    """(texte du PDF, texte du DOCX)."""
    pdf, docx = ecrire_attestations(table(*noms), tmp_path, du=DU, **options)
    return texte_du_pdf(pdf), texte_du_docx(docx)


def texte_du_docx(chemin) -> str:
    return "\n".join(paragraphe.text for paragraphe in Document(chemin).paragraphs)


def modele(texte: str, *, pied: str = "") -> bytes:
    document = Document()
    document.add_paragraph(texte)
    document.sections[0].footer.paragraphs[0].text = pied
    sortie = io.BytesIO()
    document.save(sortie)
    return sortie.getvalue()


def test_seuls_ceux_qui_l_ont_obtenue_ont_une_attestation(tmp_path):
    tous = pd.concat([
        table("MARTIN"), table("PETIT", obtenue="non"), table("ROY", obtenue="a_verifier"),
    ])  # fmt: skip
    pdf, docx = ecrire_attestations(tous, tmp_path, etablissement="Collège d'Orvanne", du=DU)
    for texte in (texte_du_pdf(pdf), texte_du_docx(docx)):
        for dit in ("Léa MARTIN", "Collège d'Orvanne", "2026-2027", "Le 20 mai 2027", "L. 312-9"):
            assert dit in texte
        assert "n'est pas un certificat de" in texte
        assert "PETIT" not in texte
        assert "ROY" not in texte


def test_personne_ne_l_a_rien_n_est_ecrit(tmp_path):
    assert ecrire_attestations(table("ROY", obtenue="a_verifier"), tmp_path / "ici") == []
    assert not (tmp_path / "ici").exists()


def test_une_page_par_eleve_meme_aux_noms_hostiles(tmp_path):
    pdf, docx = ecrire(HOSTILES, tmp_path)
    assert pdf.count("\f") == len(HOSTILES)
    assert docx.count("Attestation de 6e") == len(HOSTILES)
    for nom in (*HOSTILES[:3], "A B C D", "李 🎉 Ünal", "]]></w:t>"):
        assert f"Léa {nom}" in docx
    for nom in (*HOSTILES[:3], "A B C D"):
        assert f"Léa {nom}" in pdf


def test_l_attestation_se_regarde(tmp_path):
    """Un cadre noir, du blanc, et de l'encre au milieu, là où est le nom."""
    ecrire(["MARTIN"], tmp_path)
    commande = [outil("pdftoppm"), "-r", "40", "-png", "-singlefile", "attestations.pdf", "page"]
    subprocess.run(commande, cwd=tmp_path, check=True)
    image = imread(tmp_path / "page.png")[..., :3].mean(axis=2)
    haut, large = image.shape
    assert image[10:14, large // 2].min() < 0.6
    assert image[:, large // 2 - 60 : large // 2 + 60][haut // 3 : haut // 2].min() < 0.3
    assert image.mean() > 0.9


def test_le_modele_de_l_ecole_remplace_celui_de_pixkit(tmp_path):
    (tmp_path / MODELE).write_bytes(
        modele("Bravo {{ prenom }} {{ nom }}, de {{ classe }} !", pied="{{ etablissement }}")
    )
    options = {"etablissement": "Collège d'Orvanne", "dossier": tmp_path}
    _, docx = ecrire(["MARTIN", "<ROY>"], tmp_path, **options)
    assert "Bravo Léa MARTIN, de 6eA !" in docx
    assert "Bravo Léa <ROY>, de 6eA !" in docx
    pied = Document(tmp_path / "attestations.docx").sections[0].footer
    assert pied.paragraphs[0].text == "Collège d'Orvanne"


def test_le_modele_de_pixkit_se_corrige_et_ne_s_ecrase_pas(tmp_path):
    chemin = ecrire_modele_attestation(tmp_path)
    assert "{{ prenom }} {{ nom }}" in texte_du_docx(chemin)
    _, docx = ecrire(["MARTIN"], tmp_path, dossier=tmp_path)
    assert "Léa MARTIN" in docx
    chemin.write_bytes(modele("le nôtre"))
    assert ecrire_modele_attestation(tmp_path).read_bytes() == chemin.read_bytes()
    assert texte_du_docx(chemin) == "le nôtre"


def test_le_modele_n_est_pas_pris_pour_un_export(tmp_path):
    ecrire_modele_attestation(tmp_path)
    assert lire_dossier(tmp_path).fichiers.empty


def zip_quelconque() -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        archive.writestr("bonjour.txt", "bonjour")
    return sortie.getvalue()


@pytest.mark.parametrize(
    ("octets", "dit"),
    [
        (modele("{{ prénom }} {{ date_de_naissance }}"), "« date_de_naissance »"),
        (modele("Bravo", pied="{{ nom }}"), "« nom »"),
        (modele("{{ prenom "), "ne se comprend pas"),
        (modele("{% for x in classe %}"), "ne se comprend pas"),
        (modele("{{ 1 / 0 }}"), "ne se comprend pas"),
        (modele("{{ nom.inconnu }}"), "ne se comprend pas"),
        (modele("{{ ''.__class__.__mro__ }}"), "ne se comprend pas"),
        (b"", "n'est pas un document Word"),
        (b"du texte", "n'est pas un document Word"),
        (zip_quelconque(), "n'est pas un document Word"),
    ],
)
def test_un_mauvais_modele_se_dit_et_rien_n_est_perdu(tmp_path, octets, dit):
    avant = {chemin: chemin.read_bytes() for chemin in ecrire_attestations(table("ROY"), tmp_path)}
    (tmp_path / MODELE).write_bytes(octets)
    with pytest.raises(FichierIllisible) as levee:
        ecrire_attestations(table("MARTIN"), tmp_path, dossier=tmp_path)
    assert dit in levee.value.trouve
    assert MODELE in levee.value.trouve
    assert "retirez-le" in levee.value.que_faire
    assert {chemin: chemin.read_bytes() for chemin in avant} == avant
    assert (tmp_path / MODELE).read_bytes() == octets
