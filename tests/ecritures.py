"""Un même classeur, en octets, comme l'écrivent les logiciels et les tableurs."""

from datetime import date
from functools import partial
from html import escape
from io import BytesIO
from itertools import pairwise, zip_longest
from types import NoneType
from typing import Any
from zipfile import ZipFile

import openpyxl
import xlwt

Lignes = list[list[Any]]
Classeur = dict[str, Lignes]
"""{feuille: lignes} ; une cellule None est fusionnée avec celle du dessus."""


def texte(classeur: Classeur, ecriture: str) -> bytes:
    """`ecriture` dit tout : « csv cp1252, virgules, CRLF, guillemets, sep= »."""
    (lignes,) = classeur.values()
    _, encodage, *reglages = ecriture.replace(",", "").split()
    separateur = "," if "virgules" in reglages else "\t" if "tabulations" in reglages else ";"
    cellule = '"{}"' if "guillemets" in reglages else "{}"
    rangs = [f"sep={separateur}"] if "sep=" in reglages else []
    fin, largeur = "\n", 0
    if "CRLF" in reglages:  # un tableur, qui complète les lignes courtes
        fin, largeur = "\r\n", max(map(len, lignes))
    for ligne in lignes:
        completee = [*ligne, *[""] * (largeur - len(ligne))]
        rangs.append(separateur.join(cellule.format(valeur or "") for valeur in completee))
    return "".join(rang + fin for rang in rangs).encode(encodage)


def de_tableur(valeur: Any) -> Any:
    """Un tableur prend « 601 » pour un nombre, et ne garde pas les cellules vides."""
    chiffres = isinstance(valeur, str) and valeur.isdigit() and valeur[0] != "0"
    return int(valeur) if chiffres else valeur or None


def xlsx(classeur: Classeur) -> bytes:
    livre, sortie = openpyxl.Workbook(), BytesIO()
    livre.remove(livre.active)
    for nom, lignes in classeur.items():
        feuille = livre.create_sheet(nom)
        for ligne in lignes:
            feuille.append(list(map(de_tableur, ligne)))
        for colonne, valeurs in enumerate(zip_longest(*lignes, fillvalue=""), start=1):
            dites = [rang for rang, valeur in enumerate(valeurs, start=1) if valeur is not None]
            for debut, suivante in pairwise([*dites, len(lignes) + 1]):
                if suivante > debut + 1:
                    feuille.merge_cells(None, debut, colonne, suivante - 1, colonne)
    livre.save(sortie)
    return sortie.getvalue()


def xls(classeur: Classeur) -> bytes:
    livre, sortie = xlwt.Workbook(), BytesIO()
    styles = {date: xlwt.easyxf(num_format_str="DD/MM/YYYY")}
    for nom, lignes in classeur.items():
        feuille = livre.add_sheet(nom)
        for rang, ligne in enumerate(lignes):
            for colonne, valeur in enumerate(map(de_tableur, ligne)):
                style = styles.get(type(valeur), xlwt.Style.default_style)
                feuille.write(rang, colonne, valeur, style)
    livre.save(sortie)
    return sortie.getvalue()


def baliser(classeur: Classeur, feuille: str, ligne: str, cellules: dict[type, str]) -> str:
    """Les feuilles d'un format à balises ; `cellules` : un gabarit par type de valeur."""

    def rang(valeurs: list[Any]) -> str:
        reperees = enumerate(map(de_tableur, valeurs), start=1)
        return "".join(cellules[type(v)].format(escape(str(v)), colonne=c) for c, v in reperees)

    return "".join(
        feuille.format(escape(nom), "".join(ligne.format(rang(valeurs)) for valeurs in lignes))
        for nom, lignes in classeur.items()
    )


def html(classeur: Classeur) -> bytes:
    cellules = {int: "<td>{}</td>", str: "<td>{}</td>", NoneType: "<td></td>"}
    table = baliser(classeur, "<table border=1>{1}</table>", "<tr>{}</tr>", cellules)
    return f'<html><head><meta charset="utf-8"></head><body>{table}</body></html>'.encode()


def xml_2003(classeur: Classeur) -> bytes:
    """Excel saute les cellules vides, et dit la colonne de chacune des autres."""
    cellule = '<Cell ss:Index="{{colonne}}"><Data ss:Type="{}">{{}}{}</Data></Cell>'.format
    cellules = {
        int: cellule("Number", ""),
        str: cellule("String", ""),
        date: cellule("DateTime", "T00:00:00.000"),
        NoneType: "",
    }
    feuille = '<Worksheet ss:Name="{}"><Table>{}</Table></Worksheet>'
    urn = "urn:schemas-microsoft-com:office:spreadsheet"
    feuilles = baliser(classeur, feuille, "<Row>{}</Row>", cellules)
    entete = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    return f'{entete}<Workbook xmlns="{urn}" xmlns:ss="{urn}">{feuilles}</Workbook>'.encode()


def ods(classeur: Classeur) -> bytes:
    """LibreOffice répète une ligne vide jusqu'au bas de la feuille."""
    cellule = "<table:table-cell office:value-type={}><text:p>{{0}}</text:p></table:table-cell>"
    cellules = {
        int: cellule.format('"float" office:value="{0}"'),
        str: cellule.format('"string"'),
        date: cellule.format('"date" office:date-value="{0}"'),
        NoneType: "<table:table-cell/>",
    }
    feuille = (
        '<table:table table:name="{}">{}<table:table-row table:number-rows-repeated="1048500">'
        '<table:table-cell table:number-columns-repeated="1024"/></table:table-row></table:table>'
    )
    feuilles = baliser(classeur, feuille, "<table:table-row>{}</table:table-row>", cellules)
    genre = "application/vnd.oasis.opendocument.spreadsheet"
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    espaces = " ".join(f'xmlns:{nom}="{urn}:{nom}:1.0"' for nom in ("office", "table", "text"))
    membres = {
        "mimetype": genre,
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{urn}:manifest:1.0">'
        f'<m:file-entry m:full-path="/" m:media-type="{genre}"/>'
        '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
        "content.xml": f'<office:document-content {espaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{feuilles}</office:spreadsheet></office:body>"
        "</office:document-content>",
    }
    sortie = BytesIO()
    with ZipFile(sortie, "w") as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


TEXTES = {
    ecriture: partial(texte, ecriture=ecriture)
    for ecriture in (
        "csv utf-8", "csv utf-8-sig, guillemets", "csv utf-8-sig, sep=", "csv utf-8, virgules",
        "csv cp1252, CRLF", "csv cp1252, CRLF, sep=", "csv cp1252, virgules, guillemets",
        "csv mac_roman", "csv mac_roman, CRLF, guillemets", "csv latin-1",
        "txt latin-1, tabulations", "txt utf-16, CRLF, tabulations",
    )
}  # fmt: skip
CLASSEURS = {"xlsx": xlsx, "ods": ods, "xls": xls, "xls (XML 2003)": xml_2003}
ECRITURES = TEXTES | CLASSEURS | {"xls (HTML)": html}
