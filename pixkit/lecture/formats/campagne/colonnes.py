"""Étage 1 — les colonnes d'un export de campagne. Leurs libellés sont des données : voir
`entetes.csv`.

On compare sans accents, sans casse, sans égard à la sorte d'apostrophe ni à la place de la colonne.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from html import unescape

import numpy as np

from pixkit.erreurs import ColonneManquante
from pixkit.lecture.valeurs import texte
from pixkit.referentiel import code_competence, code_domaine, domaine_de, lire_csv, normaliser

NOTE_MIN = 4
"""Il faut reconnaître autant d'en-têtes pour parler d'un export de campagne."""

_COMMUNS = {"classe", "groupe", "campagne", "parcours_evalue", "numero_etudiant"}
_TROU = "…"
_FUSEAU = re.compile(r" \((europe/paris|utc)\)$")
_NOM_D_ACQUIS = re.compile(r"['’]?@(\S.*)")

INDISPENSABLES = {
    "evaluation": ("nom_campagne", "nom", "prenom", "envoye", "date_envoi", "taux_maitrise"),
    "collecte": ("nom_campagne", "nom", "prenom", "envoye", "date_envoi", "nb_pix", "certifiable"),
}
MESURES = {"evaluation": ("nb_acquis", "nb_acquis_maitrises"), "collecte": ("niveau_pix", "nb_pix")}
_ANCRES = {"evaluation": ("progression", "date_debut"), "collecte": ("envoye",)}
_COMME_UN_IDENTIFIANT = re.compile(
    "identifiant|numero|n°|no |matricule|mail|login|code|externe|dossier|number"
)
_COMME_UN_RANG = re.compile(r"n°?|no|numero|rang|ordre|#")
_COMME_UN_IMPORT = re.compile(
    "naissance|sexe|genre|prenom|usage|classe|division|groupe|niveau|cycle|regime|filiere|option|"
    "specialite|diplome|ville|commune|statut|ecole|annee|date|mef"
)


@dataclass
class Plan:
    """Où se trouve chaque colonne d'un export (rangs à partir de 0) ; le même objet pour tous ceux
    de cet en-tête."""

    type_campagne: str = ""
    fixes: dict[str, int] = field(default_factory=dict)
    competences: dict[str, dict[str, int]] = field(default_factory=dict)
    domaines: dict[str, dict[str, int]] = field(default_factory=dict)
    badges: dict[str, int] = field(default_factory=dict)
    acquis: dict[str, int] = field(default_factory=dict)
    nb_paliers: int | None = None
    # Des compétences et des domaines qu'aucune table ne connaît.
    inconnues: dict[int, str] = field(default_factory=dict)
    autres: dict[int, str] = field(default_factory=dict)
    doubles: list[tuple[int, int]] = field(default_factory=list)
    entete: Sequence[str] = ()

    @cached_property
    def codes(self) -> list[str]:
        """Les compétences de l'export, dans l'ordre du référentiel."""
        return sorted(self.competences)

    @cached_property
    def parts_des_domaines(self) -> np.ndarray:
        """Compétences × domaines : 1 là où la compétence est du domaine."""
        parts = [[domaine_de(code) == domaine for domaine in self.domaines] for code in self.codes]
        return np.array(parts, dtype=float).reshape(len(self.codes), len(self.domaines))

    def rangs(self, cible: str, nom: str) -> list[int | None]:
        """Où est cette mesure, compétence par compétence ou domaine par domaine ; None là où
        l'export ne l'a pas."""
        if cible == "domaine":
            return [colonnes.get(nom) for colonnes in self.domaines.values()]
        return [self.competences[code].get(nom) for code in self.codes]

    def nom(self, rang: int) -> str:
        """Une colonne telle qu'on en parle."""
        return f"« {unescape(self.entete[rang])} »"


def _rangs() -> tuple[dict[str, str], ...]:
    return lire_csv(__package__, "entetes")


@cache
def _libelles() -> tuple[dict[str, tuple[str, str]], list[tuple[str, str, str, str, str]]]:
    """Les en-têtes fixes {libellé: (type, colonne)} et ceux à trou [(début, fin, type, colonne,
    cible)], longs d'abord."""
    fixes, a_trou = {}, []
    for rang in _rangs():
        if rang["cible"]:
            debut, fin = (normaliser(morceau) for morceau in rang["libelle"].split(_TROU))
            a_trou.append((debut, fin, rang["type_campagne"], rang["colonne"], rang["cible"]))
        else:
            fixes[normaliser(rang["libelle"])] = (rang["type_campagne"], rang["colonne"])
    return fixes, sorted(a_trou, key=lambda motif: -len(motif[0]))


@cache
def _reconnaitre_un(cellule: str) -> tuple[str, str, str, str] | None:
    """(type, colonne, cible, texte du trou) d'un en-tête, ou None."""
    libelle = _FUSEAU.sub("", normaliser(texte(cellule) or ""))
    fixes, a_trou = _libelles()
    if libelle in fixes:
        return (*fixes[libelle], "", "")
    for debut, fin, type_campagne, colonne, cible in a_trou:
        encadre = libelle.startswith(debut) and libelle.endswith(fin)
        if encadre and len(libelle) > len(debut) + len(fin):
            trou = libelle[len(debut) : len(libelle) - len(fin)].strip()
            return type_campagne, colonne, cible, trou
    return None


def note_entete(cellules: list[str]) -> int:
    """Combien de ces cellules sont des en-têtes qu'un export seul a ; une liste aussi a une classe
    ou un groupe."""
    connus = map(_reconnaitre_un, cellules)
    return sum(connu is not None and connu[1] not in _COMMUNS for connu in connus)


def planifier(entete: list[str], libelles: Mapping[str, str] | None = None) -> Plan:
    """Le plan des colonnes d'un export.

    `libelles` ajoute des noms de compétences {libellé: code} que le référentiel ne connaît pas.
    Lève ColonneManquante, qui nomme d'un coup tout ce qui manque.
    """
    return _planifier(tuple(entete), tuple((libelles or {}).items()))


@lru_cache(maxsize=128)
def _planifier(entete: tuple[str, ...], libelles: tuple[tuple[str, str], ...]) -> Plan:
    """Un en-tête déjà vu est reconnu : les campagnes d'un même parcours, d'un établissement à
    l'autre, n'en ont qu'un."""
    plan, ajoutes = Plan(entete=entete), dict(libelles)
    vus: dict[tuple[str, ...], int] = {}
    types = []
    for rang, cellule in enumerate(entete):
        connu = _reconnaitre_un(cellule) or _acquis(cellule)
        if connu is None:
            plan.autres |= {rang: cellule.strip()} if cellule.strip() else {}
        elif vus.setdefault(connu[1:], rang) != rang:
            plan.doubles.append((vus[connu[1:]], rang))
        else:
            types.append(connu[0])
            _placer(plan, rang, connu, ajoutes)
    plan.type_campagne = max(MESURES, key=types.count)
    _exiger(plan)
    _trouver_identifiant(plan)
    return plan


def _acquis(cellule: str) -> tuple[str, str, str, str] | None:
    trouve = _NOM_D_ACQUIS.fullmatch(cellule.strip())
    return ("", "", "acquis", trouve[1]) if trouve else None


def _placer(plan: Plan, rang: int, connu: tuple, libelles: Mapping[str, str]) -> None:
    _, colonne, cible, trou = connu
    if cible in ("", "paliers"):
        plan.fixes[colonne] = rang
        plan.nb_paliers = int(trou) if trou.isdecimal() else plan.nb_paliers
    elif cible == "acquis":
        plan.acquis[trou] = rang
    elif cible == "badge":
        plan.badges[_nom_badge(plan.entete[rang])] = rang
    else:
        _placer_resultat(plan, rang, connu, libelles)


def _placer_resultat(plan: Plan, rang: int, connu: tuple, libelles: Mapping[str, str]) -> None:
    """Une mesure d'une compétence ou d'un domaine, s'il est connu."""
    _, colonne, cible, trou = connu
    if cible == "competence":
        code, tous, quoi = code_competence(trou, libelles), plan.competences, "compétence"
    else:
        code, tous, quoi = code_domaine(trou), plan.domaines, "domaine"
    if code is None:
        nom = " ".join(unescape(plan.entete[rang]).split()[-len(trou.split()) :])
        plan.inconnues[rang] = f"{quoi} « {nom} »"
    else:
        tous.setdefault(code, {})[colonne] = rang


def _nom_badge(cellule: str) -> str:
    return re.sub(r"( obtenu)? \((O/N|Y/N)\)\s*$", "", unescape(texte(cellule) or ""))


def _exiger(plan: Plan) -> None:
    manquent = _manquants(plan)
    if not manquent:
        return
    libres = {normaliser(nom): f"« {nom} »" for nom in plan.autres.values()}
    proches = [
        libres[proche]
        for nom in manquent
        for proche in difflib.get_close_matches(normaliser(nom), libres, n=1, cutoff=0.6)
    ]
    indice = f" (peut-être renommées en : {', '.join(proches)})" if proches else ""
    raise ColonneManquante(
        f"un export de {len(plan.entete)} colonnes où manque : {', '.join(manquent)}{indice}.",
        "toutes les colonnes que Pix Orga a écrites.",
        "refaites l'export dans Pix Orga et déposez-le sans en supprimer ni renommer de colonne.",
    )


def _manquants(plan: Plan) -> list[str]:
    """Les colonnes sans lesquelles un export ne se lit pas."""
    manquent = [
        _libelle_courant(plan.type_campagne, colonne)
        for colonne in INDISPENSABLES[plan.type_campagne]
        if colonne not in plan.fixes
    ]
    if not {"campagne", "id_campagne"} & plan.fixes.keys():
        manquent.append("ID Campagne")
    manquent += [
        f"{mesure} de la compétence {code}"
        for code, rangs in plan.competences.items()
        for mesure in MESURES[plan.type_campagne]
        if mesure not in rangs
    ]
    return (
        manquent if plan.competences or plan.inconnues else [*manquent, "au moins une compétence"]
    )


def _libelle_courant(type_campagne: str, colonne: str) -> str:
    """L'en-tête français d'une colonne, pour en parler."""
    return next(
        r["libelle"]
        for r in _rangs()
        if r["colonne"] == colonne and r["type_campagne"] in ("*", type_campagne)
    )


def _trouver_identifiant(plan: Plan) -> None:
    """L'identifiant externe porte un nom libre : Pix l'écrit juste avant la progression
    (évaluation) ou l'envoi.

    Les colonnes d'un import à format (date de naissance, cycle…) sont libres aussi : entre
    plusieurs, le nom décide. Ailleurs, une colonne que quelqu'un a ajoutée (« N° », « Notes »)
    ferait de chaque envoi d'un élève un élève de plus.
    """
    places = (plan.fixes[nom] for nom in _ANCRES[plan.type_campagne] if nom in plan.fixes)
    avant_l_ancre = next(places, 0) - 1
    noms = {rang: normaliser(nom) for rang, nom in plan.autres.items()}
    candidats = [rang for rang, nom in noms.items() if not _COMME_UN_IMPORT.search(nom)]
    parlants = [
        rang
        for rang in candidats
        if _COMME_UN_IDENTIFIANT.search(noms[rang])
        and (rang == avant_l_ancre or not _COMME_UN_RANG.fullmatch(noms[rang]))
    ]
    if avant_l_ancre in (candidats if len(noms) == 1 else parlants):
        parlants = [avant_l_ancre]
    if len(parlants) == 1:
        plan.fixes["identifiant_externe"] = parlants[0]
        plan.autres.pop(parlants[0])
