"""Écrire des tables dans un classeur qu'Excel et LibreOffice ouvrent sans alerte.

Aucun nom n'y devient une formule.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from pixkit.entete import entete
from pixkit.gardes import imprimable
from pixkit.tables import titre

_INTERDITS = re.compile(r"[\[\]:*?/\\']")
_LARGEURS = (8, 45)
_GRAS, _FOND = Font(bold=True), PatternFill("solid", fgColor="DDE8F3")
_EN_HAUT = Alignment(wrap_text=True, vertical="top")


def classeur(feuilles: Mapping[str, pd.DataFrame]) -> bytes:
    """Les octets d'un XLSX : une feuille par table, en-têtes français figés et filtrables ; les
    textes restent des textes, même « =1+1 ».
    """
    livre, sortie = Workbook(), BytesIO()
    livre.remove(livre.active)
    livre.properties.creator = livre.properties.lastModifiedBy = "pixkit"
    pris: set[str] = set()
    for nom, table in (feuilles | _a_propos()).items():
        _remplir(livre.create_sheet(_nom_permis(nom, pris)), table)
    livre.save(sortie)
    return sortie.getvalue()


def _a_propos() -> dict[str, pd.DataFrame]:
    """D'où viennent ces tables : la dernière feuille, si on le sait."""
    porte = entete()
    dits = {
        "Établissement": porte.etablissement,
        "Campagne": porte.campagne,
        "Données du": porte.du,
    }
    lignes = [(quoi, dit) for quoi, dit in dits.items() if dit]
    return {"À propos": pd.DataFrame(lignes, columns=["Quoi", "Ce que c'est"])} if lignes else {}


def _nom_permis(nom: str, pris: set[str]) -> str:
    """Un nom de feuille permis : 31 signes, ni [ ] : * ? / \\ ', sans doublon."""
    base = permis = _INTERDITS.sub("-", imprimable(nom)).strip()[:31] or "feuille"
    rang = 2
    while permis.casefold() in pris:
        permis, rang = f"{base[:27]} ({rang})", rang + 1
    pris.add(permis.casefold())
    return permis


def _remplir(feuille: Worksheet, table: pd.DataFrame) -> None:
    entetes = [imprimable(titre(nom)) for nom in table.columns]
    for rang, valeurs in enumerate([entetes, *table.itertuples(index=False)], start=1):
        for colonne, valeur in enumerate(map(_valeur, valeurs), start=1):
            _ecrire(feuille.cell(rang, colonne), valeur)
    for place, (dit, cellule) in enumerate(zip(entetes, feuille[1], strict=False)):
        cellule.font, cellule.fill, cellule.alignment = _GRAS, _FOND, _EN_HAUT
        largeur = _largeur(dit, table.iloc[:, place])
        feuille.column_dimensions[cellule.column_letter].width = largeur
    if table.empty:
        feuille.cell(2, 1, "Aucune ligne.")
    _mettre_en_page(feuille)


def _largeur(entete: str, colonne: pd.Series) -> int:
    plus_long = max(map(len, [entete, *map(str, colonne.dropna().head(500))]))
    return min(max(plus_long + 2, _LARGEURS[0]), _LARGEURS[1])


def _mettre_en_page(feuille: Worksheet) -> None:
    """En-têtes figés, filtrables et répétés ; à imprimer en largeur."""
    feuille.freeze_panes = "A2"
    feuille.auto_filter.ref = feuille.dimensions
    feuille.page_setup.orientation, feuille.page_setup.paperSize = "landscape", feuille.PAPERSIZE_A4
    feuille.page_setup.fitToHeight = 0
    feuille.sheet_properties.pageSetUpPr.fitToPage = True
    feuille.print_title_rows = "1:1"
    # « & » y commence un code de mise en page.
    feuille.oddHeader.left.text = imprimable(entete().signature).replace("&", "&&")


def _ecrire(cellule: Cell, valeur: Any) -> None:
    cellule.value = valeur
    if isinstance(valeur, str):
        cellule.data_type = "s"  # openpyxl prendrait « =… » pour une formule
    if isinstance(valeur, datetime):
        cellule.number_format = "DD/MM/YYYY"


def _valeur(valeur: Any) -> Any:
    if pd.isna(valeur):
        return None
    if isinstance(valeur, pd.Timestamp):
        return valeur.tz_localize(None).to_pydatetime() if valeur.tzinfo else valeur.to_pydatetime()
    if isinstance(valeur, str):
        # Un signe de contrôle dans un nom n'arrête pas la liste de tous.
        return imprimable(valeur)
    return valeur.item() if hasattr(valeur, "item") else valeur
