"""Les attestations de 6e à remettre aux élèves qui l'ont obtenue : un PDF, et un DOCX tiré d'un
modèle que l'école remplace.

« Le chef d'établissement délivre l'attestation aux élèves ayant obtenu ce badge […] pour les
conseils de classe du troisième trimestre » (note de service du 23-10-2024, III) : ces pages sont
celles de l'établissement, et le disent ; Pix délivre les siennes.
"""

from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.charte import date_en_mots
from pixkit.documents.fusion import PAR_ELEVE, fondre, lire_modele, modele_par_defaut
from pixkit.documents.page import POLICE, Page
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.gardes import imprimable
from pixkit.lecture.formats.listes import annee_scolaire_du

MODELE = "pixkit_attestation.docx"
"""Le modèle de l'école, dans son dossier."""
_TITRE = "Attestation de 6e"
_TEXTE = (
    "a obtenu, à l'issue des parcours Pix de 6e, l'attestation de sensibilisation au bon usage des "
    "outils numériques et des réseaux sociaux (code de l'éducation, article L. 312-9)."
)
_MENTION = (
    "Document de l'établissement, d'après les résultats de Pix Orga. Ce n'est pas un certificat de "
    "Pix : l'attestation délivrée par Pix est dans Pix Orga, page « Attestations »."
)
_CORPS_DU_NOM = (26, 10)
"""Du plus grand au plus petit, selon la longueur du nom."""


def ecrire_attestations(
    table: pd.DataFrame,
    sortie: str | Path | Sortie,
    *,
    etablissement: str = "",
    dossier: str | Path | None = None,
    du: datetime | None = None,
) -> list[Path]:
    """Écrit `attestations.pdf` et `attestations.docx` : une page par élève d'une table
    d'`attestations` dont `obtenue` est « oui », et eux seuls. Rend les fichiers écrits ; aucun si
    personne ne l'a.

    Le DOCX suit MODELE s'il est dans `dossier`. Lève FichierIllisible, avant d'avoir rien écrit, si
    ce modèle ne se comprend pas. `du`, la date des données, donne aussi l'année scolaire.
    """
    obtenues = table[table["obtenue"] == "oui"]
    if obtenues.empty:
        return []
    eleves = [[_propre(texte) for texte in ligne] for ligne in obtenues[[*PAR_ELEVE]].to_numpy()]
    communs = {
        "etablissement": _propre(etablissement),
        "annee_scolaire": "" if pd.isna(du) else annee_scolaire_du(du.date()),
        "date": "" if pd.isna(du) else date_en_mots(du),
    }
    modele = lire_modele(dossier, MODELE)
    if modele is None:
        modele = modele_par_defaut(_TITRE, _TEXTE, _MENTION)
    docx = fondre(modele, MODELE, eleves, communs)
    pdf = _pdf(eleves, communs, du).octets()
    with ensemble(sortie) as ou:
        return [ou.poser("attestations.pdf", pdf), ou.poser("attestations.docx", docx)]


def ecrire_modele_attestation(dossier: str | Path) -> Path:
    """Écrit MODELE, celui de pixkit, pour que l'école le corrige dans Word ou LibreOffice ; un
    modèle déjà là reste tel quel."""
    chemin = Path(dossier) / MODELE
    if chemin.exists():
        return chemin
    with ensemble(dossier) as ou:
        return ou.poser(MODELE, modele_par_defaut(_TITRE, _TEXTE, _MENTION))


def _propre(texte: str | None) -> str:
    return "" if pd.isna(texte) else " ".join(imprimable(texte).split())


class _Attestations(Page):
    """Une page encadrée par élève ; au pied, ce que le document n'est pas."""

    def header(self) -> None:
        """Le nom de l'établissement est déjà en grand : le logo seul."""
        if self.entete.logo:
            self.logo(13, 13)

    def footer(self) -> None:
        self.rect(8, 8, self.w - 16, self.h - 16)
        self.set_y(-30)
        self.paragraphe_centre(self.pied, 9)

    def paragraphe_centre(self, texte: str, taille: float, *, gras: bool = False) -> None:
        self.set_font(POLICE, "B" if gras else "", taille)
        self.multi_cell(0, taille * 0.55, texte, align="C", new_x="LMARGIN", new_y="NEXT")

    def nom(self, texte: str) -> None:
        """Le nom, aussi grand qu'il tient sur une ligne."""
        grand, petit = _CORPS_DU_NOM
        self.set_font(POLICE, "B", grand)
        large = self.get_string_width(texte) or 1
        self.paragraphe_centre(texte, max(petit, min(grand, grand * self.epw / large)), gras=True)


def _pdf(eleves: list[list[str]], communs: dict[str, str], du: datetime | None) -> Page:
    page = _Attestations(_MENTION, du=du)
    for prenom, nom, classe in eleves:
        page.add_page()
        page.ln(12)
        page.paragraphe_centre(communs["etablissement"], 14)
        page.paragraphe_centre(communs["annee_scolaire"], 12)
        page.ln(28)
        page.paragraphe_centre(_TITRE, 30, gras=True)
        page.ln(18)
        page.nom(f"{prenom} {nom}".strip())
        page.ln(3)
        page.paragraphe_centre(classe, 14)
        page.ln(14)
        page.paragraphe_centre(_TEXTE, 14)
        page.ln(24)
        page.paragraphe_centre(f"Le {communs['date'] or 22 * '_'}", 12)
        page.ln(4)
        page.paragraphe_centre("Le chef d'établissement", 12)
    return page
