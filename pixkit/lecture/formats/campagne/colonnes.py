"""Étage 1 — les colonnes d'un export de campagne. Leurs libellés sont des données : voir
`entetes.csv`.

On compare sans accents, sans casse, sans égard à la sorte d'apostrophe ni à la place de la colonne.
"""

import csv
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from importlib.resources import files

from pixkit.erreurs import ColonneManquante
from pixkit.lecture.valeurs import texte
from pixkit.referentiel import code_competence, code_domaine, normaliser

NOTE_MIN = 4
"""Il faut reconnaître autant d'en-têtes pour parler d'un export de campagne."""

_COMMUNS = {"classe", "groupe", "campagne", "parcours_evalue", "numero_etudiant"}
_TROU = "…"
_FUSEAU = re.compile(r" \((europe/paris|utc)\)$")
_PALIERS = re.compile(r"\(/(\d+)\)$")
_ACQUIS = re.compile(r"['’]?@(\S.*)")

INDISPENSABLES = {
    "evaluation": ("nom_campagne", "nom", "prenom", "envoye", "date_envoi", "taux_maitrise"),
    "collecte": ("nom_campagne", "nom", "prenom", "envoye", "date_envoi", "nb_pix", "certifiable"),
}
MESURES = {"evaluation": ("nb_acquis", "nb_acquis_maitrises"), "collecte": ("niveau_pix", "nb_pix")}
_ANCRES = {"evaluation": ("progression", "date_debut"), "collecte": ("envoye",)}
_COMME_UN_IDENTIFIANT = re.compile(
    "identifiant|numero|n°|no |matricule|mail|login|code|externe|dossier|number"
)
_COMME_UN_IMPORT = re.compile(
    "naissance|sexe|genre|prenom|usage|classe|division|groupe|niveau|cycle|regime|filiere|option|"
    "specialite|diplome|ville|commune|statut|ecole|annee|date|mef"
)


@dataclass
class Plan:
    """Où se trouve chaque colonne d'un export (rangs à partir de 0)."""

    type_campagne: str = ""
    fixes: dict[str, int] = field(default_factory=dict)
    competences: dict[str, dict[str, int]] = field(default_factory=dict)
    domaines: dict[str, dict[str, int]] = field(default_factory=dict)
    badges: dict[str, int] = field(default_factory=dict)
    acquis: dict[str, int] = field(default_factory=dict)
    nb_paliers: int | None = None
    inconnues: dict[int, str] = field(
        default_factory=dict
    )  # compétences et domaines qu'aucune table ne connaît
    autres: dict[int, str] = field(default_factory=dict)
    doubles: list[tuple[int, int]] = field(default_factory=list)
    entete: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """Les compétences de l'export, dans l'ordre du référentiel."""
        return sorted(self.competences)

    def rangs(self, cible: str, nom: str) -> list[int | None]:
        """Où est cette mesure, compétence par compétence ou domaine par domaine ; None là où
        l'export ne l'a pas."""
        tous = (
            self.domaines.values()
            if cible == "domaine"
            else (self.competences[code] for code in self.codes)
        )
        return [colonnes.get(nom) for colonnes in tous]

    def nom(self, rang: int) -> str:
        """Une colonne telle qu'on en parle."""
        return f"« {unescape(self.entete[rang])} »"


@cache
def _rangs() -> list[dict[str, str]]:
    with (
        files("pixkit.lecture.formats.campagne")
        .joinpath("entetes.csv")
        .open(encoding="utf-8", newline="") as fichier
    ):
        return list(csv.DictReader(fichier))


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
        if (
            libelle.startswith(debut)
            and libelle.endswith(fin)
            and len(libelle) > len(debut) + len(fin)
        ):
            return (
                type_campagne,
                colonne,
                cible,
                libelle[len(debut) : len(libelle) - len(fin)].strip(),
            )
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
    plan = Plan(entete=entete)
    vus: dict[tuple[str, ...], int] = {}
    types = []
    for rang, cellule in enumerate(entete):
        connu = _reconnaitre_un(cellule)
        acquis = _ACQUIS.fullmatch(cellule.strip())
        cle = connu[1:] if connu else ("acquis", acquis and acquis[1])
        if (connu or acquis) and vus.setdefault(cle, rang) != rang:
            plan.doubles.append((vus[cle], rang))
        elif connu:
            types.append(connu[0])
            _placer(plan, rang, cellule, connu, libelles)
        elif acquis:
            plan.acquis[acquis[1]] = rang
        elif cellule.strip():
            plan.autres[rang] = cellule.strip()
    plan.type_campagne = max(MESURES, key=types.count)
    _exiger(plan, entete)
    _trouver_identifiant(plan)
    return plan


def _placer(
    plan: Plan, rang: int, cellule: str, connu: tuple, libelles: Mapping[str, str] | None
) -> None:
    _, colonne, cible, trou = connu
    if cible == "":
        plan.fixes[colonne] = rang
    elif cible == "paliers":
        plan.fixes[colonne] = rang
        plan.nb_paliers = int(trou) if trou.isdecimal() else None
    elif cible == "badge":
        plan.badges[_nom_badge(cellule)] = rang
    else:
        code = code_competence(trou, libelles) if cible == "competence" else code_domaine(trou)
        if code is None:
            nom = " ".join(unescape(cellule).split()[-len(trou.split()) :])
            plan.inconnues[rang] = f"{'compétence' if cible == 'competence' else cible} « {nom} »"
        else:
            (plan.competences if cible == "competence" else plan.domaines).setdefault(code, {})[
                colonne
            ] = rang


def _nom_badge(cellule: str) -> str:
    return re.sub(r"( obtenu)? \((O/N|Y/N)\)\s*$", "", unescape(texte(cellule) or ""))


def _exiger(plan: Plan, entete: list[str]) -> None:
    manquent = [
        _libelle_courant(plan.type_campagne, colonne)
        for colonne in INDISPENSABLES[plan.type_campagne]
        if colonne not in plan.fixes
    ]
    if not {"campagne", "id_campagne"} & plan.fixes.keys():
        manquent.append("ID Campagne")
    for code, rangs in plan.competences.items():
        manquent += [
            f"{mesure} de la compétence {code}"
            for mesure in MESURES[plan.type_campagne]
            if mesure not in rangs
        ]
    if not plan.competences and not plan.inconnues:
        manquent.append("au moins une compétence")
    if not manquent:
        return
    libres = {normaliser(nom): nom for nom in plan.autres.values()}
    proches = [
        libres[p]
        for nom in manquent
        for p in difflib.get_close_matches(normaliser(nom), libres, n=1, cutoff=0.6)
    ]
    indice = (
        f" (peut-être renommées en : {', '.join(f'« {p} »' for p in proches)})" if proches else ""
    )
    raise ColonneManquante(
        f"un export de {len(entete)} colonnes où manque : {', '.join(manquent)}{indice}.",
        "toutes les colonnes que Pix Orga a écrites.",
        "refaites l'export dans Pix Orga et déposez-le sans en supprimer ni renommer de colonne.",
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
    plusieurs, le nom décide.
    """
    ancre = next(
        (plan.fixes[nom] for nom in _ANCRES[plan.type_campagne] if nom in plan.fixes), None
    )
    noms = {rang: normaliser(nom) for rang, nom in plan.autres.items()}
    candidats = [rang for rang, nom in noms.items() if not _COMME_UN_IMPORT.search(nom)]
    parlants = [rang for rang in candidats if _COMME_UN_IDENTIFIANT.search(noms[rang])]
    if len(noms) == 1 or (ancre is not None and ancre - 1 in parlants):
        parlants = [rang for rang in candidats if len(noms) == 1 or rang == ancre - 1]
    if len(parlants) == 1:
        plan.fixes["identifiant_externe"] = parlants[0]
        plan.autres.pop(parlants[0])
