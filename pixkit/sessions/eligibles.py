"""Étage 2 et quatre cinquièmes — qui passe la certification, et avec quels aménagements."""

import math
import re
from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from pixkit.erreurs import FichierIllisible
from pixkit.mesures.retenus import SANS_CLASSE
from pixkit.referentiel import normaliser, rang_niveau
from pixkit.sessions.publics import publics_de

DUREE = 120
"""Minutes d'une session : un quart d'heure d'accueil et de sortie, 1 h 45 de test (note de service
du 23-10-2024, IV.C, « Description du test de certification »)."""
_TIERS = 33
"""Le temps majoré ordinaire, en pour cent, tel que Pix Certif l'écrit : un tiers."""
_QUI = ["eleve", "nom", "prenom", "classe", "date_naissance", "public"]
_RANGS = {"oui": _TIERS, "o": _TIERS, "true": _TIERS, "vrai": _TIERS, "x": _TIERS,
          "tiers temps": _TIERS, "tiers-temps": _TIERS, "1/3": _TIERS,
          "": 0, "non": 0, "n": 0, "false": 0, "faux": 0}  # fmt: skip


def eligibles(  # noqa: PLR0913 — deux tables, le reste nommé
    eleves: pd.DataFrame,
    amenagements: Iterable[Mapping[str, str]] = (),
    *,
    annee_scolaire: str,
    public: str | None = None,
    certifies: Collection[str] = (),
    certifiables: Mapping[str, bool] | None = None,
) -> pd.DataFrame:
    """Une ligne par candidat : sur la liste de l'année, présent, d'un public (de `public` s'il est
    donné), pas encore certifié cette année (`certifies`).

    `certifiable` : vrai, faux, ou vide si aucune collecte ne le dit ; qui ne l'est pas encore est
    placé aussi (note de service du 23-10-2024, IV.C : il lui faut cinq compétences de niveau 1
    avant de passer). `majoration` : son temps en plus, en pour cent ; `duree` : celle de sa
    session ; `annee_connue` : la classe dit-elle que c'est l'année du diplôme.
    """
    de_l_annee = eleves["annee_scolaire"].isna() | (eleves["annee_scolaire"] == annee_scolaire)
    gardes = eleves[de_l_annee & eleves["present"].fillna(True)].drop_duplicates("eleve")
    table = pd.concat([gardes, publics_de(gardes)], axis=1)
    table = table[table["public"].notna() & ~table["eleve"].isin(list(certifies))]
    if public is not None:
        table = table[table["public"] == public]
    siens = {ligne["eleve"].strip(): ligne for ligne in amenagements}
    majorations = {eleve: majoration(ligne["temps_majore"]) for eleve, ligne in siens.items()}
    materiels = {eleve: ligne["materiel"].strip() for eleve, ligne in siens.items()}
    table = table[[*_QUI, "annee_connue"]].assign(
        classe=table["classe"].fillna(SANS_CLASSE),
        majoration=[majorations.get(eleve, 0) for eleve in table["eleve"]],
        materiel=[materiels.get(eleve, "") for eleve in table["eleve"]],
        certifiable=table["eleve"].map(certifiables or {}).astype("boolean"),
    )
    table = table.assign(duree=table["majoration"].map(duree).astype(int))
    return table.sort_values(["classe", "nom", "prenom", "eleve"], key=_rang, ignore_index=True)


def _rang(colonne: pd.Series) -> pd.Series:
    if colonne.name == "classe":
        return colonne.map(rang_niveau)
    return colonne.fillna("").map(normaliser)


def majoration(texte: str) -> int:
    """Le temps en plus, en pour cent : « oui », « 1/3 » et « 33 % » valent 33. Lève ValueError."""
    propre = normaliser(texte or "").removesuffix("%").strip()
    if propre in _RANGS:
        return _RANGS[propre]
    if not re.fullmatch(r"\d{1,3}", propre) or int(propre) > 100:
        raise ValueError(f"« {texte[:20]} » au lieu de oui, non ou 33%")
    return int(propre)


def duree(majoration: int) -> int:
    """Les minutes d'une session pour qui a ce temps en plus : 120, 160 pour un tiers.

    Le temps majoré relève du PAP ou du PPS (note de service du 23-10-2024, IV.C ; code de
    l'éducation, D. 351-27).
    """
    return math.ceil(DUREE * (1 + majoration / 100))


def verifier_amenagements(
    lignes: Iterable[Mapping[str, str]], connus: Collection[str]
) -> list[str]:
    """Ce qui y est mis de côté, une phrase par élève qui n'est pas sur la liste.

    Lève FichierIllisible si un temps ne se comprend pas : mieux vaut s'arrêter que d'oublier un
    aménagement.
    """
    inconnus = []
    for numero, ligne in enumerate(lignes, start=2):
        try:
            majoration(ligne["temps_majore"])
        except ValueError as motif:
            raise FichierIllisible(
                f"dans « pixkit_amenagements.csv », ligne {numero}, {motif}.",
                "oui, non, ou le temps en plus (33%).",
                "corrigez ce mot ; rien n'y a été changé.",
            ) from None
        if ligne["eleve"].strip() not in connus:
            inconnus.append(
                f"pixkit_amenagements.csv, ligne {numero} : élève absent de la liste ; mise de "
                "côté."
            )
    return inconnus
