"""Étage 0 — les gabarits : tout texte est échappé dans une page, aucun dans une notice."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from pixkit.charte import accord, coller, date_en_mots, decimal, enumerer

AIDES = {
    "envoi retenu": "Si un élève envoie plusieurs fois, l'envoi qui compte : le dernier, d'abord.",
    "net": "Un écart net : son sens est sûr, le hasard ne l'explique pas.",
    "besoin": "Une compétence où au moins deux élèves sont sous l'objectif, avec certitude. Il est "
    "couvert quand un parcours du plan la travaille.",
    "effectif": "Le nombre d'élèves sur qui repose ce chiffre.",
}
"""Les mots de pixkit qu'une bulle explique, la première fois qu'une phrase les dit."""
_AIDES = re.compile(r"\b(effectif|besoin|net)s?\b")


def aider(texte: str) -> Markup:
    """Le texte échappé ; ses mots de métier portent leur explication."""
    dits: set[str] = set()

    def expliquer(trouve: re.Match) -> str:
        mot = trouve[1]
        if mot in dits:
            return trouve[0]
        dits.add(mot)
        bulle = Markup("<abbr title='{}'>{}</abbr>")
        return bulle.format(AIDES[mot], Markup(trouve[0]))

    return Markup(_AIDES.sub(expliquer, str(escape(coller(texte)))))


def remplir(lignes: Sequence[Sequence[str]]) -> dict[str, int | bool]:
    """De quoi une table remplit une feuille A4 : en deux colonnes si elle est `longue`, combien de
    `rangs` par colonne et de `signes` par rang, et s'ils y tiennent sans retour (`tient`)."""
    longue = len(lignes) > 24
    signes = 1 + sum(max(map(len, colonne)) for colonne in zip(*lignes, strict=True))
    rangs = -(-len(lignes) // 2) if longue else max(len(lignes), 1)
    return {"longue": longue, "rangs": rangs, "signes": signes,
            "tient": signes < (105 if longue else 145)}  # fmt: skip


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
    "aider": aider,
    "coller": coller,
    "decimal": decimal,
    "enumerer": enumerer,
    "remplir": remplir,
    "jour": lambda iso: date_en_mots(datetime.fromisoformat(iso)),
}


def rendre(gabarit: str, **donnees) -> str:
    """Le texte d'un gabarit de ce dossier ; une donnée qui manque lève UndefinedError."""
    return _GABARITS.get_template(gabarit).render(donnees)
