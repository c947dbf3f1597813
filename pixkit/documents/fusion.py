"""Fondre un modèle Word et des élèves en un seul DOCX, une page par élève.

Le modèle est celui de l'école ou, à défaut, celui que dessine `modele_par_defaut`. Ce qu'il écrit
entre accolades s'exécute dans un bac à sable : ni fichier, ni réseau, et tout texte y est échappé.
"""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Pt
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from pixkit.charte import enumerer
from pixkit.erreurs import FichierIllisible

PAR_ELEVE = ("prenom", "nom", "classe")
COMMUNES = ("etablissement", "annee_scolaire", "date")
VARIABLES = (*PAR_ELEVE, *COMMUNES)
"""Ce qu'un modèle peut demander ; celles d'un élève, dans le corps du texte seulement."""
_QUE_FAIRE = (
    "corrigez ce modèle dans Word ou LibreOffice, ou retirez-le du dossier : celui de pixkit "
    "servira. Rien n'a été changé."
)


def modele_par_defaut(titre: str, texte: str, mention: str) -> bytes:
    """Un modèle d'une page : l'établissement, `titre`, l'élève, `texte`, la signature, et
    `mention`, ce que le document n'est pas."""
    document = Document()
    document.core_properties.author, document.core_properties.comments = "pixkit", ""
    for ligne, corps, gras in (
        ("{{ etablissement }}", 14, False),
        ("{{ annee_scolaire }}", 12, False),
        (f"\n\n{titre}\n", 28, True),
        ("{{ prenom }} {{ nom }}", 24, True),
        ("{{ classe }}\n", 14, False),
        (texte, 14, False),
        ("\n\nLe {{ date }}\nLe chef d'établissement\n\n\n\n", 12, False),
        (mention, 9, False),
    ):
        paragraphe = document.add_paragraph()
        paragraphe.alignment = WD_ALIGN_PARAGRAPH.CENTER
        passage = paragraphe.add_run(ligne)
        passage.font.size, passage.bold = Pt(corps), gras
    return octets(document)


def fondre(
    modele: bytes, nom: str, eleves: Sequence[Sequence[str]], communs: Mapping[str, str]
) -> bytes:
    """Le DOCX de tous les `eleves` (les textes de PAR_ELEVE), `communs` dans chaque page.

    `nom` est celui du modèle, pour le nommer. Lève FichierIllisible si ce n'est pas un DOCX, s'il
    demande ce que pixkit ne connaît pas, ou s'il ne s'exécute pas.
    """
    repete = _repeter(modele, nom)
    _exiger_des_variables_connues(repete, nom)
    try:
        repete.render({"eleves": eleves, **communs}, _bac_a_sable(), autoescape=True)
        return octets(repete)
    except Exception as erreur:  # un modèle peut tout demander : 1/0, un mot sans fin
        raise _illisible(nom, erreur) from erreur


def _repeter(modele: bytes, nom: str) -> DocxTemplate:
    """Le modèle, son corps répété pour chaque élève, une page chacun."""
    try:
        document = Document(BytesIO(modele))
    except Exception as erreur:  # ni zip, ni Word, ni XML : chaque bibliothèque lève la sienne
        raise FichierIllisible(
            f"« {nom} », qui n'est pas un document Word.", "un fichier .docx.", _QUE_FAIRE
        ) from erreur
    _exiger_des_accolades_fermees(document, nom)
    debut = document.add_paragraph(f"{{%p for {', '.join(PAR_ELEVE)} in eleves %}}")
    document.element.body.insert(0, debut._p)
    document.add_paragraph("{%p if not loop.last %}")
    _sauter_une_page(document)
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")
    return DocxTemplate(BytesIO(octets(document)))


def _exiger_des_accolades_fermees(document, nom: str) -> None:
    """Une accolade jamais refermée avalerait la suite sans rien dire."""
    for paragraphe in document.element.iter(qn("w:p")):
        texte = "".join(bout.text or "" for bout in paragraphe.iter(qn("w:t")))
        for ouvre, ferme in (("{{", "}}"), ("{%", "%}")):
            if texte.count(ouvre) != texte.count(ferme):
                raise _illisible(nom, ValueError(texte.strip()))


def _sauter_une_page(document) -> None:
    """Une page neuve, par un paragraphe d'un point : il ne décale pas le haut de la suivante."""
    saut = document.add_paragraph()
    passage = saut.add_run()
    passage.font.size = saut.paragraph_format.line_spacing = Pt(1)
    saut.paragraph_format.space_after = saut.paragraph_format.space_before = Pt(0)
    passage.add_break(WD_BREAK.PAGE)


def _exiger_des_variables_connues(modele: DocxTemplate, nom: str) -> None:
    try:
        demandees = modele.get_undeclared_template_variables(_bac_a_sable())
    except TemplateError as erreur:
        raise _illisible(nom, erreur) from erreur
    inconnues = sorted(demandees - {*COMMUNES, "eleves"})
    if inconnues:
        raise FichierIllisible(
            f"« {nom} » demande {enumerer([f'« {mot} »' for mot in inconnues])}.",
            f"{enumerer([f'{{{{ {mot} }}}}' for mot in VARIABLES])} ; celles de l'élève dans le "
            "corps du texte, ni en-tête ni pied de page.",
            _QUE_FAIRE,
        )


def _illisible(nom: str, erreur: Exception) -> FichierIllisible:
    dit = re.sub(r"\s+", " ", str(erreur))[:200] or type(erreur).__name__
    return FichierIllisible(
        f"« {nom} », dont un passage entre accolades ne se comprend pas ({dit}).",
        "des variables entre doubles accolades, par exemple {{ prenom }}.",
        _QUE_FAIRE,
    )


def _bac_a_sable() -> SandboxedEnvironment:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


def octets(document) -> bytes:
    """Un document Word, en mémoire."""
    sortie = BytesIO()
    document.save(sortie)
    return sortie.getvalue()


def lire_modele(dossier: str | Path | None, nom: str) -> bytes | None:
    """Les octets du modèle que l'école a mis dans son dossier, s'il y en a un."""
    chemin = None if dossier is None else Path(dossier) / nom
    return chemin.read_bytes() if chemin is not None and chemin.is_file() else None
