"""Ce que porte chaque document : l'établissement, son logo, la campagne, la date des données."""

import shutil
from base64 import b64decode
from io import BytesIO

import openpyxl
import pytest
from PIL import Image

from pixkit.documents.page import Page
from pixkit.documents.relances import messages
from pixkit.ecole import ouvrir
from pixkit.embarque import DEMO
from pixkit.entete import au_nom_de
from pixkit.erreurs import FichierIllisible
from pixkit.panneaux import panneau_atelier
from tests.conftest import texte_du_pdf

COLLEGE = "Collège Alice-Milliat d'Orvanne"
DU = "données du 20 novembre 2026"


@pytest.fixture
def dossier(tmp_path):
    return shutil.copytree(DEMO / "college", tmp_path / "college")


def octets_des_liens(html: str) -> dict[str, bytes]:
    """{nom: octets} des documents donnés en liens."""
    morceaux = html.split("<a download='")[1:]
    return {
        un.partition("'")[0]: b64decode(un.partition("base64,")[2].partition("'")[0])
        for un in morceaux
    }


def en_texte(octets: bytes, ou) -> str:
    chemin = ou / "document.pdf"
    chemin.write_bytes(octets)
    return texte_du_pdf(chemin)


def test_les_relances_portent_l_etablissement_la_campagne_et_la_date(dossier, tmp_path):
    page = panneau_atelier(dossier)
    page.page.value = "Relances"
    relances = page.relances
    relances.campagne.label = next(t for t, _ in relances.campagne.options if "5e 2026" in t)
    relances.preparer.click()
    faits = octets_des_liens(relances.telecharger.value)
    texte = en_texte(faits["relances.pdf"], tmp_path)
    assert f"{COLLEGE} — Parcours de rentrée 5e 2026" in texte
    assert DU in texte
    livre = openpyxl.load_workbook(BytesIO(faits["relances.xlsx"]))
    a_propos = dict(ligne[:2] for ligne in livre["À propos"].iter_rows(values_only=True))
    assert a_propos["Établissement"] == COLLEGE
    assert "5e 2026" in a_propos["Campagne"]
    assert DU in livre["Relances"].oddHeader.left.text


@pytest.mark.parametrize("page_", ["Accompagner", "Choisir", "Année"])
def test_chaque_document_dit_de_quel_etablissement_il_vient(dossier, tmp_path, page_):
    page = panneau_atelier(dossier)
    page.page.value = page_
    panneau = page.corps.children[0]
    panneau.preparer.click()
    for nom, octets in octets_des_liens(panneau.telecharger.value).items():
        if nom.endswith(".pdf"):
            texte = en_texte(octets, tmp_path)
            assert COLLEGE in texte, nom
            assert DU in texte, nom
        else:
            assert b"Orvanne" in octets or b"PK" in octets[:2], nom


def test_une_image_emportee_est_signee_et_celle_de_l_ecran_ne_l_est_pas(dossier):
    page = panneau_atelier(dossier)
    page.page.value = "Explorer"
    explorer = page.explorer
    avant = explorer._montree.svg()
    explorer.emporter.click()
    faits = octets_des_liens(explorer.telecharger.value)
    (svg,) = (octets.decode() for nom, octets in faits.items() if nom.endswith(".svg"))
    assert COLLEGE in svg
    assert DU in svg
    assert COLLEGE not in avant
    assert COLLEGE not in explorer._montree.svg()


def test_le_logo_du_dossier_est_sur_chaque_page(dossier):
    Image.new("RGB", (60, 30), "navy").save(dossier / "logo.png")
    ecole = ouvrir(dossier)
    with au_nom_de(ecole.tables, ecole.dossier):
        page = Page("", du=None)
        page.add_page()
        page.add_page()
    assert len(page.image_cache.images) == 1
    assert page.octets().count(b"/Subtype /Image") == 1


def test_un_logo_qui_n_en_est_pas_un_se_dit_et_n_emporte_pas_la_page(dossier):
    (dossier / "logo.svg").write_text("pas une image", encoding="utf-8")
    ecole = ouvrir(dossier)
    with (
        au_nom_de(ecole.tables, ecole.dossier),
        pytest.raises(FichierIllisible, match=r"« logo\.svg »"),
    ):
        Page("", du=None).add_page()
    page = panneau_atelier(dossier)
    page.page.value = "Accompagner"
    page.accompagner.preparer.click()
    assert "logo.svg" in page.accompagner.telecharger.value
    assert page.filet.value == ""


def test_un_message_par_professeur_principal_dit_qui_relancer_et_comment(dossier):
    ecole = ouvrir(dossier)
    dits = messages(ecole.suivi.query("nom_campagne == 'Parcours de rentrée 5e 2026'"))
    assert set(dits) == {"M. Joly", "Mme Keller", "M. Lafon", "Mme Arnaud"}
    assert "En 5eA, 6 élèves n'ont pas fini" in dits["M. Joly"]
    assert "code RMQTVB835" in dits["M. Joly"]
    assert "- DA SILVA Basile : terminé, non envoyé" in dits["M. Joly"]
    sans = ecole.suivi.assign(professeur_principal=None)
    assert "Professeur principal, 5eA" in messages(sans)
    assert messages(ecole.suivi.assign(etat="envoye")) == {}
