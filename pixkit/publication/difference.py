"""Étage 4 — ce qu'une publication change à celle qu'elle remplace : à lire avant de dire oui."""

import json
from collections.abc import Mapping
from itertools import chain

from pixkit.charte import accord, conjuguer, enumerer

_LIEU = ("campagne", "niveau_scolaire", "classe")
_COMPAREES = {
    "participation": ("participation", _LIEU),
    "etapes": ("étapes de la participation", _LIEU),
    "maitrise": ("résultats", (*_LIEU, "competence")),
    "dispersion": ("dispersion", (*_LIEU, "part")),
    "certification": ("certification et attestation", (*_LIEU, "annee_scolaire", "part")),
}
"""{table: (son nom, ce qui désigne une ligne)} ; les écarts se déduisent des résultats."""
PREMIERE = "Première publication dans ce dossier."
AUCUNE = "Aucun chiffre ne change depuis la publication en place."


def en_mots(avant: Mapping[str, bytes], apres: Mapping[str, bytes]) -> str:
    """Une phrase par table : combien de cases changent, apparaissent, disparaissent, et de quelles
    classes. `avant` : voir `agregats_en_place`."""
    if not avant:
        return PREMIERE
    phrases = [
        phrase
        for table, (nom, cles) in _COMPAREES.items()
        if (phrase := _comparer(nom, *(_cases(ou, table, cles) for ou in (avant, apres))))
    ]
    return "\n".join(["Depuis la publication en place :", *phrases]) if phrases else AUCUNE


def _cases(
    fichiers: Mapping[str, bytes], table: str, cles: tuple[str, ...]
) -> dict[tuple[str, ...], dict]:
    """{ce qui désigne une case: la case}."""
    lignes = json.loads(fichiers.get(f"agregats/{table}.json", b"[]"))
    return {tuple(str(ligne.get(cle) or "") for cle in cles): ligne for ligne in lignes}


def _comparer(nom: str, avant: Mapping[tuple, dict], apres: Mapping[tuple, dict]) -> str:
    """Vide si rien ne change ; une colonne que l'une des deux n'a pas ne se compare pas."""
    communes = avant.keys() & apres.keys()
    changees = {
        cle
        for cle in communes
        if any(avant[cle][une] != apres[cle][une] for une in avant[cle].keys() & apres[cle].keys())
    }
    apparues, disparues = apres.keys() - avant.keys(), avant.keys() - apres.keys()
    comptes = (
        (changees, "change", "changent"),
        (apparues, "apparaît", "apparaissent"),
        (disparues, "disparaît", "disparaissent"),
    )
    dits = [conjuguer(len(cases), un, plusieurs) for cases, un, plusieurs in comptes if cases]
    if not dits:
        return ""
    classes = sorted({cle[2] for cle in chain(changees, apparues, disparues)})
    tous = accord(len(apres), "case")
    return f"  {nom} : {enumerer(dits)} (sur {tous}) ; {enumerer(classes, 12)}."
