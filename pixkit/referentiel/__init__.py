"""Étage 0 — le CRCN et ce qui l'entoure : des CSV dont chaque ligne porte sa source et sa date.

Bibliothèque standard seule : `pixkit --aide` ne charge pas pandas.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from html import unescape
from importlib.resources import files

NIVEAUX_SCOLAIRES = ("6e", "5e", "4e", "3e", "2de", "1re", "Tle", "CAP", "BTS", "CPGE")

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´′ʹ", "'") | dict.fromkeys("«»“”„", '"'))


@cache
def lire(nom: str) -> tuple[dict[str, str], ...]:
    """Les lignes d'un CSV du référentiel (`competences`, `calendrier`, `parcours`…), en texte."""
    with files(__name__).joinpath(f"{nom}.csv").open(encoding="utf-8", newline="") as fichier:
        return tuple(csv.DictReader(fichier))


@cache
def normaliser(texte: str) -> str:
    """Le texte sans accents, casse, entités HTML, sorte d'apostrophe ni espaces en trop : ce qui sert à comparer."""
    texte = unescape(unescape(texte)).translate(_APOSTROPHES)
    texte = "".join(c for c in unicodedata.normalize("NFKD", texte.casefold()) if not unicodedata.combining(c))
    return " ".join(texte.split())


def domaines() -> dict[str, str]:
    """Les 5 domaines, {code: nom}."""
    return {rang["domaine"]: rang["nom"] for rang in lire("domaines")}


def competences() -> dict[str, str]:
    """Les 16 compétences, {code: nom}."""
    return {rang["competence"]: rang["nom"] for rang in lire("competences")}


def domaine_de(competence: str) -> str:
    """Le code du domaine d'une compétence : « 1.3 » → « 1 »."""
    return competence.split(".")[0]


def code_competence(libelle: str, libelles: Mapping[str, str] | None = None) -> str | None:
    """Le code d'une compétence d'après une de ses graphies connues, ou None : on ne devine pas.

    `libelles` {libellé: code} ajoute les graphies d'un établissement.
    """
    ajoutes = {normaliser(texte): code for texte, code in (libelles or {}).items()}
    return ajoutes.get(normaliser(libelle)) or _codes("competence").get(normaliser(libelle))


def code_domaine(libelle: str) -> str | None:
    """Le code d'un domaine d'après une de ses graphies connues, ou None."""
    return _codes("domaine").get(normaliser(libelle))


@cache
def _codes(genre: str) -> dict[str, str]:
    return {normaliser(rang["libelle"]): rang["code"] for rang in lire("libelles") if rang["genre"] == genre}


@cache
def niveau_scolaire(classe: str | None) -> str | None:
    """Le niveau scolaire que dit le nom d'une classe (« 5e SEGPA » → 5e), ou None s'il ne le dit pas."""
    nom = normaliser(classe or "").replace("°", "e ")
    regles = ((rang["niveau_scolaire"], rang["motif"]) for rang in lire("niveaux_scolaires"))
    return next((niveau for niveau, motif in regles if re.match(rf"(?:\d\s?)?(?:{motif})|(?:{motif})", nom)), None)


def niveau_attendu(niveau: str) -> int | None:
    """Le niveau global attendu (note de service du 23-10-2024) : 3 en 3e, 4 en terminale ; None ailleurs."""
    trouve = next((rang["niveau_pix"] for rang in lire("niveaux_attendus") if rang["niveau_scolaire"] == niveau), "")
    return int(trouve) if trouve else None


def nom_niveau(niveau_pix: int) -> str:
    """Le nom d'un niveau par compétence : Novice, Indépendant, Avancé, Expert."""
    return [rang["nom"] for rang in lire("niveaux_pix") if int(rang["niveau_min"]) <= niveau_pix][-1]


def niveau_global(score: int) -> str | None:
    """Le niveau global d'un score de certification (« Indépendant 1 »), None sous 64 pix."""
    atteints = [rang["nom"] for rang in lire("niveaux_globaux") if int(rang["score_min"]) <= score]
    return atteints[-1] if atteints else None


def fenetres_certification(annee: str) -> list[dict[str, object]]:
    """Le calendrier d'une année scolaire. `debut` et `fin` valent None quand la source ne donne pas le jour."""
    return [
        {**rang, "debut": _jour(rang["debut"]), "fin": _jour(rang["fin"])}
        for rang in lire("calendrier")
        if rang["annee"] == annee
    ]


def _jour(texte: str) -> date | None:
    trouve = re.match(r"\d{4}-\d{2}-\d{2}", texte)
    return date.fromisoformat(trouve[0]) if trouve else None
