"""Étage 0 — les gabarits : tout texte est échappé dans une page, aucun dans une notice."""

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pixkit.charte import accord, date_en_mots, decimal, enumerer

_GABARITS = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,
)
_GABARITS.filters |= {
    "accord": accord,
    "decimal": decimal,
    "enumerer": enumerer,
    "jour": lambda iso: date_en_mots(datetime.fromisoformat(iso)),
}


def rendre(gabarit: str, **donnees) -> str:
    """Le texte d'un gabarit de ce dossier ; une donnée qui manque lève UndefinedError."""
    return _GABARITS.get_template(gabarit).render(donnees)
