"""Étage 2 — les parcours connus : ceux du référentiel, ceux de l'établissement, et ce que les
exports nous en apprennent."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pixkit.memoire import PREFIXE, lire_petite_table
from pixkit.referentiel import NIVEAUX_SCOLAIRES, catalogue, competences, normaliser
from pixkit.tables import Tables

_ETABLISSEMENT = "catalogue de l'établissement"
MINUTES_SUPPOSEES = 50
"""Une heure de cours : la durée d'un parcours dont aucune source ne la donne."""
ACQUIS_PLEINS = 5
"""Acquis qui travaillent pleinement une compétence (4 à 7 dans les parcours de rentrée d'essai)."""
ACQUIS_MIN = 3
"""Au-dessous, un parcours effleure une compétence : il ne la travaille pas."""
ACQUIS_D_UN_PARCOURS = 12
"""Acquis en tout, supposés d'un parcours qu'aucun export n'a encore montré, partagés entre ses
compétences : en une heure, quatre se survolent."""

COLONNES = ["parcours", "type", "niveaux", "competences", "minutes", "theme", "discipline",
            "accessible"]  # fmt: skip
_HORS_CLASSE = r"parents|junior|collecte|certification|pix\+"
_CYCLES = {"college": NIVEAUX_SCOLAIRES[:4], "lycee": NIVEAUX_SCOLAIRES[4:]}
_SANS_PRECISION = {
    **dict.fromkeys(["parcours", "type", "niveaux", "acquis", "minutes"]),
    "theme": "",
    "discipline": "",
    "accessible": False,
    "date": "",
    "minutes_supposees": True,
    "acquis_supposes": True,
    "competences_deduites": False,
}


@dataclass(frozen=True)
class Catalogue:
    """`parcours` : un parcours par ligne ; `defauts` : les lignes de l'établissement mises de côté
    (`ligne`, `motif`).

    Colonnes de `parcours` : `parcours`, `type`, `niveaux`, `acquis` {compétence: nombre},
    `minutes`, `theme`, `discipline`, `accessible` (aux élèves malvoyants), `source`, `date`, et ce
    qui est supposé : `minutes_supposees`, `acquis_supposes`, `competences_deduites` (d'un nom, non
    d'une source).
    """

    parcours: pd.DataFrame
    defauts: pd.DataFrame

    def chercher(self, texte: str = "", *, competence: str | None = None) -> pd.DataFrame:
        """Les trois entrées de Pix Orga : par compétence, par discipline ou par thème (dans tout le
        texte)."""
        table = self.parcours
        mots = normaliser(texte)
        partout = (
            table[["parcours", "type", "theme", "discipline"]]
            .fillna("")
            .agg(" ".join, axis=1)
            .map(normaliser)
        )
        trouves = partout.str.contains(mots, regex=False)
        if competence:
            trouves &= table["acquis"].map(lambda acquis: competence in acquis)
        return table[trouves]


def charger_catalogue(dossier: str | Path | None = None, tables: Tables | None = None) -> Catalogue:
    """Le catalogue du référentiel, corrigé par celui du dossier (`pixkit_catalogue.csv` ou
    `.xlsx`), puis par les exports lus.

    Une ligne de l'établissement qui ne se comprend pas (compétence inconnue, minutes négatives, nom
    en double) est dite dans `defauts` avec son numéro ; les autres servent.
    """
    lignes = {normaliser(ligne["parcours"]): ligne for ligne in map(_du_referentiel, catalogue())}
    siennes, defauts = {}, []
    for numero, brute in _de_l_etablissement(dossier):
        cle = normaliser(brute.get("parcours") or "")
        try:
            ligne = _comprendre(brute)
            if cle in siennes:
                raise ValueError("nom en double dans ce catalogue")
            siennes[cle] = ligne
        except ValueError as motif:
            defauts.append((numero, str(motif)))
    lignes |= siennes
    if tables is not None:
        _apprendre(lignes, tables)
    return Catalogue(
        pd.DataFrame(lignes.values()), pd.DataFrame(defauts, columns=["ligne", "motif"])
    )


def _du_referentiel(rang: dict[str, str]) -> dict:
    cites = rang["competences"]
    codes = list(competences()) if cites == "toutes" else list(filter(None, cites.split("|")))
    minutes = rang["duree_min"].partition("-")[2] or rang["duree_min"]  # « 30-90 » : au plus long
    return _SANS_PRECISION | {
        "parcours": rang["nom"],
        "type": rang["type"],
        "niveaux": rang["niveaux"],
        "acquis": dict.fromkeys(codes, _acquis_supposes(codes)),
        "minutes": int(minutes or MINUTES_SUPPOSEES),
        "theme": rang["theme"],
        "source": rang["source"],
        "date": rang["date"],
        "minutes_supposees": not minutes,
        "competences_deduites": rang["competences_deduites"] == "oui",
    }


def _de_l_etablissement(dossier: str | Path | None) -> list[tuple[int, dict[str, str]]]:
    if dossier is None:
        return []
    chemins = sorted(Path(dossier).glob(f"{PREFIXE}catalogue.*"))
    return lire_petite_table(chemins[0])[1] if chemins else []


def _comprendre(brute: dict[str, str]) -> dict:
    """La ligne du catalogue. Lève ValueError, qui dit ce qui ne s'y comprend pas."""
    textes = {nom: (brute.get(nom) or "").strip() for nom in COLONNES}
    minutes = textes["minutes"] or str(MINUTES_SUPPOSEES)
    acquis = _acquis(textes["competences"])
    if not textes["parcours"]:
        raise ValueError("parcours sans nom")
    if not acquis:
        raise ValueError("aucune compétence (attendu : « 1.1:6|3.3:4 » ou « 1.1|3.3 »)")
    if not minutes.isdecimal() or not int(minutes):
        raise ValueError(f"« {minutes} » minutes (attendu : un nombre positif)")
    return (
        _SANS_PRECISION
        | textes
        | {
            "acquis": acquis,
            "minutes": int(minutes),
            "accessible": normaliser(textes["accessible"]) == "oui",
            "source": _ETABLISSEMENT,
            "minutes_supposees": not textes["minutes"],
            "acquis_supposes": ":" not in textes["competences"],
        }
    )


def _acquis_supposes(codes: Collection[str]) -> int:
    """Les acquis que l'on suppose à chacune de ces compétences : le même partage pour tous."""
    return max(1, ACQUIS_D_UN_PARCOURS // max(1, len(codes)))


def _acquis(cites: str) -> dict[str, int]:
    """{compétence: acquis} de « 1.1:6|3.3 ». Lève ValueError."""
    morceaux = [morceau for morceau in cites.replace(",", "|").split("|") if morceau]
    acquis = {}
    for morceau in morceaux:
        code, _, nombre = (partie.strip() for partie in morceau.partition(":"))
        if code not in competences():
            attendu = "attendu : 1.1 à 5.2, par exemple « 1.1:6|3.3:4 »"
            raise ValueError(f"compétence inconnue « {code} » ({attendu})")
        if nombre and not (nombre.isdecimal() and int(nombre)):
            raise ValueError(f"« {nombre} » acquis en {code} (attendu : un nombre positif)")
        acquis[code] = int(nombre or _acquis_supposes(morceaux))
    return acquis


def _apprendre(lignes: dict[str, dict], tables: Tables) -> None:
    """Un export dit combien d'acquis son parcours vise dans chaque compétence : c'est plus sûr que
    tout catalogue."""
    evaluations = tables.participations.query("type_campagne == 'evaluation'")
    for nom, siennes in evaluations.dropna(subset="parcours_evalue").groupby("parcours_evalue"):
        vises = _vises(tables.resultats[tables.resultats["fichier"].isin(siennes["fichier"])])
        if not vises:
            continue
        date = siennes["date_debut"].max()
        inconnu = _SANS_PRECISION | {
            "parcours": nom,
            "type": "vu dans un export",
            "niveaux": " ".join(sorted(set(siennes["niveau_scolaire"].dropna()))),
            "minutes": MINUTES_SUPPOSEES,
        }
        lignes[normaliser(nom)] = lignes.get(normaliser(nom), inconnu) | {
            "acquis": vises,
            "acquis_supposes": False,
            "competences_deduites": False,
            "source": "export de l'établissement",
            "date": "" if pd.isna(date) else f"{date:%Y-%m-%d}",
        }


def _vises(resultats: pd.DataFrame) -> dict[str, int]:
    """{compétence: acquis visés} de ces résultats."""
    nombres = resultats.groupby("competence", observed=True)["nb_acquis"].max()
    return {str(code): int(nombre) for code, nombre in nombres.items() if nombre > 0}


def convient(niveaux: str, niveau_scolaire: str | None) -> bool:
    """Un parcours du catalogue s'adresse-t-il à ce niveau scolaire ? Un texte qui ne dit rien
    convient à tous."""
    texte = normaliser(niveaux)
    if not texte or niveau_scolaire is None or "tous" in texte:
        return True
    if "famille" in texte or "cm1" in texte:
        return False
    cites = [niveau for niveau in NIVEAUX_SCOLAIRES if niveau.casefold() in texte]
    if len(cites) > 1 and " a " in texte:  # « 5e à Tle »
        return (
            NIVEAUX_SCOLAIRES.index(cites[0])
            <= NIVEAUX_SCOLAIRES.index(niveau_scolaire)
            <= NIVEAUX_SCOLAIRES.index(cites[-1])
        )
    return niveau_scolaire in cites or (
        not cites and any(c in texte and niveau_scolaire in n for c, n in _CYCLES.items())
    )


def proposables(
    parcours: pd.DataFrame,
    *,
    niveau_scolaire: str | None,
    deja_passes: set[str],
    disciplines: set[str] | None = None,
) -> pd.DataFrame:
    """Les parcours que l'on peut donner à une classe : de son niveau, jamais passés, d'une
    discipline qui accueille."""
    noms, types = parcours["parcours"].map(normaliser), parcours["type"].map(normaliser)
    gardes = (
        parcours["acquis"].astype(bool)
        & ~types.str.contains(_HORS_CLASSE)
        & ~types.isin(["parcours de rentree", "vu dans un export"])
        & ~noms.isin(set(map(normaliser, deja_passes)))
        & parcours["niveaux"].map(lambda niveaux: convient(niveaux, niveau_scolaire))
    )
    if disciplines:
        accueillent = {"", *map(normaliser, disciplines)}
        gardes &= parcours["discipline"].map(normaliser).isin(accueillent)
    # À valeur égale, ce qui est sourcé passe avant ce qui est déduit d'un nom.
    return parcours[gardes].sort_values(["competences_deduites", "parcours"], ignore_index=True)


def couverture(parcours: pd.DataFrame, codes: list[str]) -> np.ndarray:
    """Parcours × compétences : la part (0–1) du travail d'une compétence qu'un parcours apporte, 0
    au-dessous d'ACQUIS_MIN acquis, 1 dès ACQUIS_PLEINS."""
    nombres = [[acquis.get(code, 0) for code in codes] for acquis in parcours["acquis"]]
    acquis = np.array(nombres, dtype=float).reshape(len(parcours), len(codes))
    return np.where(acquis < ACQUIS_MIN, 0.0, np.minimum(1.0, acquis / ACQUIS_PLEINS))
