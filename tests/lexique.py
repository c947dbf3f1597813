"""Le lexique du portique : les mots que pixkit écrit lui-même dans une publication.

Commande : python -m tests.lexique
"""

import ast
from pathlib import Path

from jinja2 import Environment

from pixkit.publication.controle import LEXIQUE
from pixkit.publication.lectures import mots
from pixkit.referentiel import catalogue, competences, domaines
from pixkit.tables import SCHEMA

PAQUET = Path(__file__).parents[1] / "pixkit"
SOURCES = (
    "publication/*.py",
    "service/*.py",
    "vues/*.py",
    "charte.py",
    "grandeurs.py",
    "tableaux.py",
)
DESSIN = "xml svg path text index fill none true false null"
"""Ce que JSON et matplotlib écrivent pour nous."""


def mots_de_pixkit() -> str:
    """Le contenu de `lexique.txt` : phrases, clés et balises, un mot par ligne."""
    textes = [DESSIN, *competences().values(), *domaines().values()]
    textes += [ligne["nom"] for ligne in catalogue()]
    textes += [texte for colonne in SCHEMA for texte in (colonne.nom, colonne.titre)]
    for module in (chemin for motif in SOURCES for chemin in PAQUET.glob(motif)):
        textes += _chaines(module.read_text(encoding="utf-8"))
    for gabarit in (PAQUET / "gabarits").glob("*.[jc]*"):  # .j2 et .css
        textes += _hors_balises_jinja(gabarit.read_text(encoding="utf-8"))
    return "".join(f"{mot}\n" for mot in sorted({mot for texte in textes for mot in mots(texte)}))


def _chaines(source: str) -> list[str]:
    """Les chaînes et les clés d'un module, non ses explications."""
    noeuds = list(ast.walk(ast.parse(source)))
    explications = {id(noeud.value) for noeud in noeuds if isinstance(noeud, ast.Expr)}
    chaines = [
        noeud.value
        for noeud in noeuds
        if isinstance(noeud, ast.Constant)
        and isinstance(noeud.value, str)
        and id(noeud) not in explications
    ]
    return chaines + [noeud.arg for noeud in noeuds if isinstance(noeud, ast.keyword) and noeud.arg]


def _hors_balises_jinja(gabarit: str) -> list[str]:
    """Ce qu'un gabarit écrit tel quel, et les textes qu'il nomme ; non ses commentaires."""
    lus = Environment(autoescape=True).lex(gabarit)
    return [texte for _, genre, texte in lus if genre in ("data", "string")]


if __name__ == "__main__":
    LEXIQUE.write_text(mots_de_pixkit(), encoding="utf-8", newline="\n")
