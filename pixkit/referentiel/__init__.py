"""Étage 0 — le CRCN et ce qui l'entoure : des CSV dont chaque ligne porte sa source et sa date.

`date` est celle de la source ou, à défaut, celle où la ligne a été relevée (ISO, parfois réduite au
mois ou à l'année). Bibliothèque standard seule, rien n'est lu à l'import : `pixkit --aide` ne
charge pas pandas.
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
"""Dans l'ordre de la scolarité ; CAP, BTS et CPGE ensuite."""
EN_NIVEAUX = "2024-2025"
"""La première année où la certification a un niveau global : elle « prend une forme nouvelle à
partir de la rentrée scolaire 2024 » (note de service du 23-10-2024, IV.C)."""

_SIGNES = str.maketrans(
    dict.fromkeys("’‘‛ʼ`´′ʹ", "'")
    | dict.fromkeys("«»“”„‟″", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)
_NUMERO = re.compile(
    r"(?:domaine |competence )?(?P<code>\d(?:\.\d)?)(?:\s?[.:)-])?(?:\s(?P<nom>.+))?"
)


@cache
def lire(nom: str) -> tuple[dict[str, str], ...]:
    """Les lignes d'un CSV du référentiel (`competences` ou `competences.csv`…), en texte, dans
    l'ordre du fichier."""
    return lire_csv(__name__, nom.removesuffix(".csv"))


@cache
def lire_csv(paquet: str, nom: str) -> tuple[dict[str, str], ...]:
    """Les lignes d'un CSV rangé dans un de nos paquets."""
    with files(paquet).joinpath(f"{nom}.csv").open(encoding="utf-8", newline="") as lignes:
        return tuple(csv.DictReader(lignes))


@cache
def normaliser(texte: str) -> str:
    """Le texte sans accents, casse, entités HTML, sorte d'apostrophe ou de tiret ni espaces en
    trop : pour comparer."""
    # Deux fois : un export rouvert puis réécrit porte « &amp;#39; ».
    texte = unescape(unescape(texte)).translate(_SIGNES)
    texte = unicodedata.normalize("NFKD", texte).casefold()
    return " ".join(
        "".join(c for c in texte if unicodedata.category(c) not in ("Mn", "Cf")).split()
    )


def domaines() -> dict[str, str]:
    """Les 5 domaines, {code: nom}, noms exacts de Pix."""
    return {rang["domaine"]: rang["nom"] for rang in lire("domaines")}


def competences() -> dict[str, str]:
    """Les 16 compétences, {code: nom}, noms exacts de Pix (« veille d’information », « multimedia »
    sans accent)."""
    return {rang["competence"]: rang["nom"] for rang in lire("competences")}


def libelle(code: str) -> str:
    """« 1.2 » → « 1.2 Gérer des données »."""
    return f"{code} {(competences() | domaines()).get(code, '')}".strip()


def domaine_de(competence: str) -> str:
    """Le code du domaine d'une compétence : « 1.3 » → « 1 »."""
    return competence.partition(".")[0]


def code_competence(libelle: str, libelles: Mapping[str, str] | None = None) -> str | None:
    """Le code d'une compétence d'après une graphie connue, seule, après son code, ou d'après le
    code seul.

    `libelles` {libellé: code} ajoute les graphies d'un établissement. None quand rien n'est connu,
    ou quand le code et le nom se contredisent : on ne devine pas (les profils Pix+ ont d'autres
    compétences).
    """
    ajoutes = {normaliser(texte): code for texte, code in (libelles or {}).items()}
    return _code(libelle, _codes("competence") | ajoutes, competences())


def code_domaine(libelle: str) -> str | None:
    """Le code d'un domaine d'après une graphie connue, avec ou sans son code, ou None."""
    return _code(libelle, _codes("domaine"), domaines())


@cache
def _codes(genre: str) -> dict[str, str]:
    return {
        normaliser(rang["libelle"]): rang["code"]
        for rang in lire("libelles")
        if rang["genre"] == genre
    }


def _code(libelle: str, connus: Mapping[str, str], noms: Mapping[str, str]) -> str | None:
    texte = normaliser(libelle)
    numero = _NUMERO.fullmatch(texte)
    if texte in connus or not numero or numero["code"] not in noms:
        return connus.get(texte)
    code, nom = numero["code"], numero["nom"]
    return code if nom is None or connus.get(nom) == code else None


@cache
def niveau_scolaire(classe: str | None) -> str | None:
    """Le niveau scolaire que dit le nom d'une classe (« 5e SEGPA » → 5e), ou None s'il ne le dit
    pas.

    La première règle de `niveaux_scolaires.csv` vérifiée décide ; une règle sans niveau écarte («
    TP2 », « 5e-4e »).
    """
    nom = normaliser(classe or "")
    return (
        next(
            (r["niveau_scolaire"] for r in lire("niveaux_scolaires") if re.search(r["motif"], nom)),
            "",
        )
        or None
    )


@cache
def annee_precedente(annee: str) -> str:
    """« 2026-2027 » → « 2025-2026 »."""
    return "-".join(str(int(an) - 1) for an in annee.split("-")) if annee else ""


def a_supprimer_le(annee_scolaire: str) -> date:
    """Le jour où finit une année scolaire, et où ce qui en est nominatif n'a plus lieu d'être."""
    return date(int(annee_scolaire[-4:]), 8, 31)


def est_a_part(classe: str) -> bool:
    """Une classe dont le nom dit des élèves qu'on ne compare pas aux autres (SEGPA, ULIS, UPE2A,
    prépa-métiers) : voir `classes_a_part.csv`."""
    nom = normaliser(classe)
    return any(re.search(rang["motif"], nom) for rang in lire("classes_a_part"))


def etape_de_l_attestation(parcours: str | None, campagne: str | None) -> str | None:
    """L'étape de l'attestation de 6e (protection, initiation, bilan ou rattrapage) que dit un nom
    de parcours, à défaut un nom de campagne : voir `attestation_6e.csv` ; None si aucun n'en dit.

    Un nom qui ne dit que « attestation » passe après ceux qui disent une étape.
    """
    noms = [normaliser(nom) for nom in (parcours, campagne) if nom]
    return next(
        (
            regle["etape"]
            for rang in ("1", "2")
            for nom in noms
            for regle in lire("attestation_6e")
            if regle["rang"] == rang and re.search(regle["motif"], nom)
        ),
        None,
    )


def dit_la_sixieme(nom: str) -> bool:
    """Un nom de campagne ou de parcours qui dit la 6e (« 6ème », « 6eA », « sixième »)."""
    return bool(re.search(r"(?<![a-z0-9])6\s?e|sixieme", normaliser(nom)))


def est_du_livret(classe: str, niveau_scolaire: str) -> bool:
    """Une classe dont le livret porte un niveau par domaine : la 6e et le CM2, CM1-CM2 compris.

    Source : note de service du 23-10-2024, II.A.
    """
    cm2 = r"cm\s?2(?!\d)|cm\s?1\s*(et|[-/+&])\s*(cm\s?)?2"
    return niveau_scolaire == "6e" or bool(re.search(cm2, normaliser(classe)))


def niveau_du_mef(code: str | None) -> str | None:
    """Le niveau scolaire que dit un code MEF national (10110001110 → 5e), ou None si le référentiel
    ne le connaît pas."""
    return next(
        (r["niveau_scolaire"] for r in lire("mef") if (code or "").startswith(r["prefixe"])), None
    )


def echeance_toussaint(annee: str) -> date | None:
    """Le jour des vacances de la Toussaint, échéance du parcours de rentrée, ou None tant qu'aucune
    source ne donne le jour."""
    rangs = (
        r for r in lire("calendrier") if r["annee"] == annee and r["objet"] == "parcours_de_rentree"
    )
    return next(filter(None, (_jour(rang["fin"]) for rang in rangs)), None)


def rang_niveau(nom: str) -> tuple[int, bool, tuple[str | int, ...], str]:
    """De quoi trier des niveaux scolaires ou des classes : de la 6e à la terminale, SEGPA et ULIS
    après les autres, puis par nom (6e2 avant 6e10, « 6e Égalité » avant « 6e FRATERNITÉ »)."""
    niveau = nom if nom in NIVEAUX_SCOLAIRES else niveau_scolaire(nom)
    rang = NIVEAUX_SCOLAIRES.index(niveau) if niveau else len(NIVEAUX_SCOLAIRES)
    morceaux = re.split(r"(\d+)", normaliser(nom))
    mots = tuple(int(un) if un.isdecimal() else un for un in morceaux)
    return rang, est_a_part(nom), mots, nom


def niveau_attendu(niveau_scolaire: str | None) -> int | None:
    """Le niveau Pix global attendu : 3 en 3e, 4 en terminale ; None ailleurs, où le texte n'en fixe
    pas.

    Source : note de service du 23-10-2024, texte introductif (avant la partie I).
    """
    attendus = {rang["niveau_scolaire"]: rang["niveau_pix"] for rang in lire("niveaux_attendus")}
    return int(attendus.get(niveau_scolaire or "") or 0) or None


def nom_niveau(niveau_pix: float) -> str:
    """Le nom d'un niveau par compétence (0–8, moyenne admise) : Novice < 3 ≤ Indépendant < 5 ≤
    Avancé < 7 ≤ Expert."""
    if not 0 <= niveau_pix <= 8:
        raise ValueError(
            f"Trouvé : niveau Pix {niveau_pix}. Attendu : de 0 à 8. À faire : vérifier la colonne "
            "lue."
        )
    return [
        rang["libelle"] for rang in lire("niveaux_pix") if int(rang["niveau_min"]) <= niveau_pix
    ][-1]


def niveau_global(score: int) -> str | None:
    """Le niveau global d'un score de certification V3, en pix (« Indépendant 1 »), ou None sous 64
    pix."""
    return (
        next(
            (
                r["libelle"]
                for r in reversed(lire("niveaux_globaux"))
                if int(r["score_min"]) <= score
            ),
            "",
        )
        or None
    )


def fenetres_certification(annee: str) -> list[dict[str, str | date | None]]:
    """Les fenêtres de certification d'une année scolaire (« 2025-2026 »), une ligne par public et
    par source.

    `debut` et `fin` valent None tant que la source ne donne pas un jour ; `debut_texte` et
    `fin_texte` gardent ses mots pour l'affichage. `remplacee` (oui/non) marque une date annoncée
    puis révisée : elle est gardée pour mémoire.
    """
    retenus = (
        rang
        for rang in lire("calendrier")
        if rang["annee"] == annee and rang["objet"] == "certification"
    )
    return [
        rang
        | {"debut": _jour(rang["debut"]), "fin": _jour(rang["fin"])}
        | {"debut_texte": rang["debut"], "fin_texte": rang["fin"]}
        for rang in retenus
    ]


def _jour(texte: str) -> date | None:
    return date.fromisoformat(texte) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", texte) else None


def catalogue() -> list[dict[str, str]]:
    """Les parcours connus, une ligne par parcours et public (texte ; `duree_min` en minutes, vide
    ou « 30-90 »).

    `domaines` et `competences` sont des codes séparés par « | » (« toutes » : les 16 ; vide :
    inconnu) ; `competences_deduites` dit si ces codes viennent de nous et non de la source ;
    `certitude` dit pourquoi.
    """
    return [dict(rang) for rang in lire("parcours")]
