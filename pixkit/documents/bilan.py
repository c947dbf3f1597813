"""Le bilan de rentrée du conseil pédagogique : deux pages, en PDF pour les lire, en DOCX pour que
l'équipe les corrige et y écrive ce qu'elle décide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from pixkit.documents.fusion import octets
from pixkit.documents.page import POLICE, Page
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.gardes import imprimable

NOM = "bilan_de_rentree"
_CORPS = (9, 8, 7.5, 7, 6)
"""Du plus grand au plus petit : le premier qui tient sur deux pages."""
_PAGES, _LIGNE, _A_ECRIRE = 2, 8, 4
"""Pages d'un bilan ; hauteur d'une ligne à remplir ; lignes à remplir, au moins."""
_MARGE, _LARGEUR = 15, 180


@dataclass(frozen=True)
class Section:
    """Un titre, ses phrases, une image et ce qu'elle montre (`decrite`), une table : `largeurs`
    (mm), `entetes`, `lignes`.

    `puces` : ce que l'on énumère ; `a_remplir`, ce que l'équipe écrira à la suite.
    """

    titre: str
    phrases: Sequence[str] = ()
    image: bytes = b""
    decrite: str = ""
    largeurs: tuple[int, ...] = ()
    entetes: tuple[str, ...] = ()
    lignes: Sequence[Sequence[str]] = ()
    puces: Sequence[str] = ()
    a_remplir: str = ""


@dataclass(frozen=True)
class Bilan:
    """Ce que l'on sait (`constats`, la première page), ce que l'on en fait (`suites`)."""

    titre: str
    entete: str
    pied: str
    du: datetime
    constats: Sequence[Section]
    suites: Sequence[Section]

    @property
    def pages(self) -> tuple[Sequence[Section], Sequence[Section]]:
        return self.constats, self.suites


def ecrire_bilan(bilan: Bilan, sortie: str | Path | Sortie) -> list[Path]:
    """Écrit `bilan_de_rentree.docx` et `bilan_de_rentree.pdf`, deux pages A4. Rend les fichiers
    écrits."""
    docx, pdf = _docx(bilan), _pdf(bilan).octets()
    with ensemble(sortie) as ou:
        return [ou.poser(f"{NOM}.docx", docx), ou.poser(f"{NOM}.pdf", pdf)]


# — Le PDF —


def _pdf(bilan: Bilan) -> Page:
    """Écrit aussi gros que deux pages le permettent."""
    for corps in _CORPS:
        page = _imprimer(bilan, corps)
        if page.page_no() <= _PAGES:
            break
    return page


def _imprimer(bilan: Bilan, corps: float) -> Page:
    page = Page(bilan.pied, du=None)
    page.set_title(bilan.titre)
    for rang, sections in enumerate(bilan.pages):
        page.add_page()
        if rang == 0:
            page.titre(bilan.titre)
            page.paragraphe(bilan.entete, corps)
        for section in sections:
            _section(page, section, corps)
    return page


def _section(page: Page, section: Section, corps: float) -> None:
    page.ln(1)
    page.titre(section.titre, corps + 2.5)
    for phrase in section.phrases:
        page.paragraphe(phrase, corps)
    if section.image:
        page.image(BytesIO(section.image), w=page.epw, alt_text=section.decrite)
        page.ln(2)
    if section.lignes:
        page.tableau(section.largeurs, section.entetes, section.lignes, corps - 0.5)
    for puce in section.puces:
        page.paragraphe(f"•  {puce}", corps)
    if section.a_remplir:
        page.paragraphe(section.a_remplir, corps)
        _lignes_a_remplir(page)


def _lignes_a_remplir(page: Page) -> None:
    """Des lignes où écrire à la main, jusqu'au bas de la page."""
    page.set_font(POLICE, size=9)
    page.set_draw_color(170)
    reste = page.h - page.b_margin - page.get_y()
    for _ in range(max(_A_ECRIRE, int(reste // _LIGNE))):
        page.cell(5, _LIGNE, "•")
        page.cell(0, _LIGNE, "", border="B", new_x="LMARGIN", new_y="NEXT")


# — Le DOCX —


def _docx(bilan: Bilan) -> bytes:
    document = Document()
    _regler(document, bilan)
    document.add_heading(imprimable(bilan.titre), level=0)
    document.add_paragraph(imprimable(bilan.entete), "Subtitle")
    for rang, sections in enumerate(bilan.pages):
        for place, section in enumerate(sections):
            titre = document.add_heading(imprimable(section.titre), level=1)
            titre.paragraph_format.page_break_before = rang > 0 and place == 0
            _remplir(document, section)
    return octets(document)


def _regler(document, bilan: Bilan) -> None:
    """Un A4 en français, sans rien dans ses propriétés que « pixkit » et son titre."""
    dit = document.core_properties
    dit.author = dit.last_modified_by = "pixkit"
    dit.title, dit.comments, dit.language = bilan.titre, "", "fr-FR"
    dit.created = dit.modified = bilan.du
    for langue in document.styles.element.iter(qn("w:lang")):
        langue.set(qn("w:val"), "fr-FR")
    (section,) = document.sections
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = Mm(_MARGE)
    section.bottom_margin = Mm(_MARGE)
    section.footer.paragraphs[0].add_run(imprimable(bilan.pied)).font.size = Pt(8)
    for style, corps, apres in (
        ("Title", 18, 2), ("Subtitle", 9, 2), ("Heading 1", 12, 2), ("Normal", 9, 3),
        ("List Bullet", 9, 2),
    ):  # fmt: skip
        document.styles[style].font.size = Pt(corps)
        document.styles[style].paragraph_format.space_after = Pt(apres)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(6)


def _remplir(document, section: Section) -> None:
    for phrase in section.phrases:
        document.add_paragraph(imprimable(phrase))
    if section.image:
        image = document.add_picture(BytesIO(section.image), width=Mm(_LARGEUR))
        image._inline.docPr.set("descr", imprimable(section.decrite))
    if section.lignes:
        _tableau(document, section)
    for puce in section.puces:
        document.add_paragraph(imprimable(puce), "List Bullet")
    if section.a_remplir:
        document.add_paragraph(imprimable(section.a_remplir))
        for _ in range(_A_ECRIRE):
            document.add_paragraph("", "List Bullet")


def _tableau(document, section: Section) -> None:
    """Une table de Word, ses en-têtes répétés si elle passe à la page suivante."""
    table = document.add_table(0, len(section.entetes), "Table Grid")
    table.autofit = False
    for rang, textes in enumerate((section.entetes, *section.lignes)):
        ligne = table.add_row()
        for cellule, texte, large in zip(ligne.cells, textes, section.largeurs, strict=True):
            cellule.width = Mm(large)
            (paragraphe,) = cellule.paragraphs
            paragraphe.paragraph_format.space_after = Pt(0)
            passage = paragraphe.add_run(imprimable(texte))
            passage.font.size, passage.bold = Pt(8), rang == 0
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
