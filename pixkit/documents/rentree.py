"""Les feuilles de la rentrée : la liste à cocher et le calendrier, les coupons de code d'une
classe, la page des familles."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pixkit.documents.page import POLICE, Page
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.referentiel import lire

_COUPONS_PAR_PAGE = 10
_SE_CONNECTER = (
    "1. app.pix.fr (ou Pix dans l'ENT)   2. « J'ai un code »   3. se connecter\n"
    "4. répondre seul, aller au bout   5. « J'envoie mes résultats »"
)
_POURQUOI = (
    "Votre enfant passe des parcours Pix en classe : ils montrent ce qu'il sait faire avec le "
    "numérique, et par où continuer. En 6e ils donnent une attestation ; en 3e et en fin de "
    "lycée, une certification."
)
_RENCONTRE = f"Rencontre, date et lieu : {28 * '_'}    Votre interlocuteur : {22 * '_'}"
_PARLONS = (
    "Chaque début d'année, l'équipe vous informe sur la citoyenneté numérique. Parlons ensemble "
    "de :"
)
_FAMILLES = (
    "le temps d'utilisation des écrans, et l'âge des utilisateurs",
    "l'exposition des mineurs aux contenus illicites, et la lutte contre la haine en ligne",
    "la manipulation d'ordre commercial et les risques d'escroquerie en ligne",
    "les dispositifs de signalement des contenus illicites mis à disposition par les plateformes",
    "l'interdiction du harcèlement dans l'espace numérique",
    "les plateformes et services publics qui peuvent vous accompagner",
)


def ecrire_calendrier(etapes: pd.DataFrame, sortie: str | Path | Sortie, *, titre: str) -> Path:
    """Écrit `calendrier.pdf` : la rentrée à cocher, les étapes d'une table de `annee`."""
    page = Page("Calendrier : une date sans source est dite inconnue", du=None)
    page.add_page()
    page.titre(titre)
    page.titre("La rentrée, à cocher", 12)
    for rang in lire("rentree"):
        page.paragraphe(f"☐  {rang['etape']}")
    page.titre("L'année", 12)
    lignes = [[str(texte) for texte in etape] for etape in etapes.itertuples(index=False)]
    page.tableau((52, 36, 36, 56), ("Étape", "Du", "Au", "Pourquoi, ou source"), lignes)
    with ensemble(sortie) as ou:
        return ou.poser("calendrier.pdf", page.octets())


def ecrire_coupons(
    code: str, nom_campagne: str, sortie: str | Path | Sortie, *, classes: Mapping[str, int]
) -> Path:
    """Écrit `coupons.pdf` : pour chaque classe, ses coupons ({classe: combien}), qui portent le
    code de la campagne et disent comment se connecter. Une classe commence une page."""
    page = Page("Coupons à découper", du=None)
    for classe, nombre in classes.items():
        for rang in range(nombre):
            if rang % _COUPONS_PAR_PAGE == 0:
                page.add_page()
            _coupon(page, rang % _COUPONS_PAR_PAGE, f"{classe} — {nom_campagne}"[:90], code)
    with ensemble(sortie) as ou:
        return ou.poser("coupons.pdf", page.octets())


def _coupon(page: Page, place: int, titre: str, code: str) -> None:
    x, y = page.l_margin + 92 * (place % 2), page.t_margin + 51 * (place // 2)
    page.rect(x, y, 88, 47)
    page.set_xy(x + 3, y + 3)
    gauche = page.x
    page.set_font(POLICE, "B", 10)
    page.multi_cell(82, 5, titre, align="L")
    page.set_x(gauche)
    page.set_font(POLICE, "B", 15)
    page.cell(82, 9, f"Code : {code}", new_x="LEFT", new_y="NEXT")
    page.set_font(POLICE, size=8)
    page.multi_cell(82, 4, _SE_CONNECTER, align="L")


def ecrire_page_familles(
    sortie: str | Path | Sortie, *, etablissement: str, annee_scolaire: str
) -> Path:
    """Écrit `familles.pdf` : l'information annuelle des familles."""
    page = Page("Code de l'éducation, article L. 312-9 ; note de service du 23-10-2024", du=None)
    page.add_page()
    page.titre(f"{etablissement} — {annee_scolaire}")
    page.titre("Grandir avec le numérique : information aux familles", 13)
    page.paragraphe(_PARLONS, 10)
    for sujet in _FAMILLES:
        page.paragraphe(f"•  {sujet} ;", 10)
    page.paragraphe(_POURQUOI, 10)
    page.paragraphe(_RENCONTRE, 10)
    with ensemble(sortie) as ou:
        return ou.poser("familles.pdf", page.octets())
