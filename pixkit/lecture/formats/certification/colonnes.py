"""Étage 1 — les colonnes d'un fichier de résultats de certification, de mai 2021 à aujourd'hui.

Les seize niveaux n'ont pour titre que leur code (« 1.1 »), qu'un tableur prend pour une date : le
1er janvier. Les seize codes ne se lisent ensemble que dans un sens, jour puis mois ou l'inverse.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pixkit.erreurs import ColonneManquante
from pixkit.lecture.valeurs import jour
from pixkit.referentiel import competences, normaliser

NUMERO = "numero de certification"
_LIBELLES = {
    NUMERO: "numero",
    "prenom": "prenom",
    "nom": "nom",
    "date de naissance": "date_naissance",
    "type de certification": "type",
    "statut": "statut",
    "niveau": "niveau_global",
    "nombre de pix": "nb_pix",  # jusqu'en mars 2026
    "resultat": "resultat",  # d'avril 2026 : « Indépendant 1 (350 Pix) », « 52 Pix », « Obtenue »
    "score en pix": "nb_pix",
    "commentaire jury pour l'organisation": "commentaire",
    "session": "session",
    "date de passage de la certification": "date_passage",
}
_INDISPENSABLES = {
    "prenom": "Prénom",
    "nom": "Nom",
    "statut": "Statut",
    "nb_pix": "Score en Pix",
    "date_passage": "Date de passage de la certification",
}
_COMPLEMENTAIRE = "certification "
"""De 2021 à 2025, une colonne par certification complémentaire : « Certification CléA »."""
_JOUR_ET_MOIS = re.compile(r"0?(\d)(?:er)?[-/. ]+(?:0?(\d)|([a-z]{3})[a-z]*)\b.*")
_MOIS = {"jan": 1, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5}


@dataclass(frozen=True)
class Places:
    """Où est chaque colonne (rangs à partir de 0) : les `champs`, les seize `niveaux`, et les
    certifications `complementaires` de 2021 à 2025, par leur nom."""

    champs: dict[str, int]
    niveaux: dict[str, int]
    complementaires: dict[str, int]


def placer(entete: list[str]) -> Places:
    """Lève ColonneManquante, qui nomme d'un coup tout ce qui manque."""
    titres = {normaliser(titre): rang for rang, titre in reversed(list(enumerate(entete)))}
    champs = {_LIBELLES[titre]: rang for titre, rang in titres.items() if titre in _LIBELLES}
    niveaux = _niveaux(entete)
    dits = champs | {"nb_pix": champs["resultat"]} if "resultat" in champs else champs
    manquent = [titre for champ, titre in _INDISPENSABLES.items() if champ not in dits]
    manquent += [code for code in competences() if code not in niveaux]
    if manquent:
        raise ColonneManquante(
            f"des résultats de certification sans {', '.join(f'« {nom} »' for nom in manquent)}.",
            "toutes les colonnes du fichier de Pix Orga ou de Pix Certif.",
            "téléchargez-le de nouveau et déposez-le sans le modifier.",
        )
    complementaires = {
        entete[rang][len(_COMPLEMENTAIRE) :].strip(): rang
        for titre, rang in titres.items()
        if titre.startswith(_COMPLEMENTAIRE)
    }
    return Places(champs, niveaux, complementaires)


def _niveaux(entete: list[str]) -> dict[str, int]:
    """{code: rang}, dans le sens (jour puis mois, ou l'inverse) qui reconnaît le plus de codes."""
    dates = [(rang, _nombres(titre)) for rang, titre in enumerate(entete)]
    lus = [(rang, nombres) for rang, nombres in dates if nombres]
    sens = ({f"{a}.{b}": rang for rang, (a, b) in lus}, {f"{b}.{a}": rang for rang, (a, b) in lus})
    connus = [{code: rangs[code] for code in competences() if code in rangs} for rangs in sens]
    return max(connus, key=len)


def _nombres(titre: str) -> tuple[int, int] | None:
    """Les deux nombres de « 1.2 », « 01/02/2027 », « 1-févr. », « 2027-02-01 », « 46054 »."""
    if date := jour(titre):
        return date.day, date.month
    trouve = _JOUR_ET_MOIS.fullmatch(normaliser(titre).replace(",", "."))
    mois = trouve and (int(trouve[2]) if trouve[2] else _MOIS.get(trouve[3]))
    return (int(trouve[1]), mois) if mois else None


def en_dates(entete: list[str], places: Places) -> Iterator[str]:
    """Ce qu'un tableur a fait des titres, s'il y a touché."""
    abimes = [entete[rang] for code, rang in places.niveaux.items() if entete[rang] != code]
    if abimes:
        yield (
            f"Titres de compétences changés par un tableur (« {abimes[0].strip()} » pour « "
            f"{next(c for c, rang in places.niveaux.items() if entete[rang] == abimes[0])} »), "
            "rétablis."
        )
