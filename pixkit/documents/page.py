"""Une page A4 : la police, l'en-tête, le pied de page, les titres, partagés par tous les PDF."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import matplotlib as mpl
import pandas as pd
from fpdf import FPDF
from fpdf.fonts import FontFace

from pixkit.entete import entete
from pixkit.erreurs import FichierIllisible
from pixkit.gardes import imprimable
from pixkit.tables import FUSEAU

# DejaVu : tous les accents d'Europe, et le vietnamien.
_POLICES = Path(mpl.get_data_path()) / "fonts" / "ttf"
POLICE = "DejaVu"
_LOGO_LARGE, _LOGO_HAUT = 30, 10
_SIGNES = 95
"""Ce que tient la ligne de l'en-tête."""


class Page(FPDF):
    """Un A4 en hauteur, en français, sans rien dans ses métadonnées que « pixkit »."""

    def __init__(self, pied: str, *, du: datetime | None):
        super().__init__(format="A4")
        self.entete = entete()
        self.pied, self.du = pied, self.entete.du if pd.isna(du) else du
        for style, nom in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
            self.add_font(POLICE, style, _POLICES / f"{nom}.ttf")
        self.set_margins(15, 15)
        self.set_auto_page_break(True, margin=18)
        self.set_creator("pixkit")
        self.set_producer("pixkit")
        self.set_lang("fr-FR")
        # La date des données, non celle de l'impression : mêmes données, même fichier.
        self.set_creation_date(self.du or datetime(2000, 1, 1, tzinfo=ZoneInfo(FUSEAU)))

    def octets(self) -> bytes:
        return bytes(self.output())

    def normalize_text(self, text: str) -> str:
        """Tout texte écrit passe ici : un signe de contrôle dans un nom n'arrête pas la liste."""
        return super().normalize_text(imprimable(text))

    def header(self) -> None:
        """L'établissement et la campagne, son logo à droite : dans la marge, sans rien déplacer."""
        ici = self.x, self.y
        if self.entete.logo:
            self.logo(self.w - 15 - _LOGO_LARGE, 3)
        self.set_xy(15, 6)
        self.set_font(POLICE, size=8)
        self.set_text_color(90)
        self.cell(self.w - 36 - _LOGO_LARGE, 5, self.entete.titre[:_SIGNES], align="L")
        self.set_text_color(0)
        self.set_xy(*ici)

    def logo(self, x: float, y: float) -> None:
        """Lève FichierIllisible si ce n'est pas une image."""
        chemin = self.entete.logo
        cadre = {"w": _LOGO_LARGE, "h": _LOGO_HAUT, "keep_aspect_ratio": True}
        try:
            self.image(chemin, x, y, alt_text=self.entete.etablissement, **cadre)
        except Exception as erreur:  # PNG, JPEG ou SVG : chaque bibliothèque lève la sienne
            raise FichierIllisible(
                f"« {chemin.name} », qui ne s'ouvre pas comme une image.",
                "un logo en PNG, JPEG ou SVG.",
                "remplacez-le, ou retirez-le du dossier.",
            ) from erreur

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(POLICE, size=8)
        self.set_text_color(90)
        dits = (self.pied, replace(self.entete, du=self.du).date)
        self.cell(0, 5, " — ".join(filter(None, dits)), align="L")
        self.cell(0, 5, f"page {self.page_no()}/{{nb}}", align="R")
        self.set_text_color(0)

    def titre(self, texte: str, taille: float = 15) -> None:
        self.set_font(POLICE, "B", taille)
        self.multi_cell(0, taille * 0.5, texte, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def paragraphe(self, texte: str, taille: float = 9) -> None:
        self.set_font(POLICE, size=taille)
        self.multi_cell(0, taille * 0.52, texte, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def hauteur(self, texte: str, taille: float) -> float:
        """Ce que prendra ce paragraphe, en millimètres."""
        self.set_font(POLICE, size=taille)
        return 1 + self.multi_cell(
            0, taille * 0.52, texte, align="L", dry_run=True, output="HEIGHT"
        )

    def garder_ensemble(self, hauteur: float) -> None:
        """Ce qui vient ne se coupe pas d'une page à l'autre."""
        if self.will_page_break(hauteur):
            self.add_page()

    def tableau(
        self,
        largeurs: tuple[int, ...],
        entetes: tuple[str, ...],
        lignes: Iterable,
        taille: float = 9,
    ) -> None:
        """Une table : ses en-têtes répétés à chaque page, un filet entre les lignes."""
        self.set_font(POLICE, size=taille)
        style = FontFace(emphasis="BOLD", fill_color=(221, 232, 243))
        filets = {"padding": 1, "borders_layout": "HORIZONTAL_LINES", "headings_style": style,
                  "line_height": taille / 1.8}  # fmt: skip
        with self.table(col_widths=largeurs, text_align="LEFT", **filets) as table:
            for cellules in (entetes, *lignes):
                table.row(cellules)
        self.ln(3)
