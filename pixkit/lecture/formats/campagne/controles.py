"""Étage 1 — ce qui cloche dans un export : des contrôles nommés, chacun avec l'exemple qui le fait
parler.

Un contrôle va des valeurs aux constats et ne change rien. Le premier constat grave d'une ligne
suffit : l'ordre compte.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np

from pixkit.charte import accord, enumerer
from pixkit.grilles import ILLISIBLE
from pixkit.lecture.abimes import coupees, illisibles
from pixkit.lecture.degats import classe_abimee, classe_retablie, identifiant_perdu
from pixkit.lecture.formats.campagne.conversion import Valeurs
from pixkit.lecture.lu import Constat

_TOLERANCE = 0.011
"""Pix arrondit ses taux à deux décimales."""


def lignes_coupees(lu: Valeurs) -> Iterator[Constat]:
    yield from coupees(lu.grille)


def octets_illisibles(lu: Valeurs) -> Iterator[Constat]:
    yield from illisibles(lu.grille)


def envoi_non_dit(lu: Valeurs) -> Iterator[Constat]:
    vides = np.equal(lu.fixes["envoye"], None).astype(bool)
    yield Constat(
        f"{lu.plan.nom(lu.plan.fixes['envoye'])} : vide au lieu de Oui ou Non", vides, grave=True
    )


def palier_trop_haut(lu: Valeurs) -> Iterator[Constat]:
    if lu.plan.nb_paliers is not None:
        yield Constat(
            "palier plus haut que le nombre de paliers",
            lu.fixes["palier"] > lu.plan.nb_paliers,
            grave=True,
        )


def decompte_seul(lu: Valeurs) -> Iterator[Constat]:
    premiere, seconde = map(np.isnan, lu.mesures.values())
    yield Constat("un décompte sur deux manque", (premiere != seconde).any(axis=1), grave=True)


def maitrises_plus_que_vises(lu: Valeurs) -> Iterator[Constat]:
    if lu.plan.type_campagne == "evaluation":
        trop = (lu.mesures["nb_acquis_maitrises"] > lu.mesures["nb_acquis"]).any(axis=1)
        yield Constat("plus d'acquis maîtrisés que d'acquis visés", trop, grave=True)


def taux_trop_grands(lu: Valeurs) -> Iterator[Constat]:
    for rang, taux in _taux_lus(lu):
        yield Constat(f"{lu.plan.nom(rang)} : un taux plus grand que 1", taux > 1, grave=True)


def dates_impossibles(lu: Valeurs) -> Iterator[Constat]:
    dates = list(zip(lu.fixes["date_debut"], lu.fixes["date_envoi"], strict=True))
    yield Constat(
        "envoyée, mais sans date d'envoi", lu.envoye & [envoi is None for _, envoi in dates]
    )
    inverses = [
        isinstance(debut, datetime) and isinstance(envoi, datetime) and envoi < debut
        for debut, envoi in dates
    ]
    yield Constat("envoyée avant d'être commencée", np.array(inverses, dtype=bool))


def resultats_inattendus(lu: Valeurs) -> Iterator[Constat]:
    manquent = np.isnan(next(iter(lu.mesures.values()))).any(axis=1) & lu.envoye
    yield Constat(
        "des résultats figurent sur une participation non envoyée : ils ne sont pas lus",
        lu.trop_tot,
    )
    yield Constat("envoyée, mais des résultats manquent", manquent)


def sommes_de_domaines(lu: Valeurs) -> Iterator[Constat]:
    if lu.plan.inconnues:
        return  # des compétences mises de côté manquent à leurs domaines
    for nom, tableau in lu.domaines.items():
        ecarts = np.abs(tableau - lu.mesures[nom] @ lu.plan.parts_des_domaines) > 0
        yield from _par_colonne(
            lu, lu.plan.rangs("domaine", nom), ecarts, "autre chose que la somme de ses compétences"
        )


def taux_et_decomptes(lu: Valeurs) -> Iterator[Constat]:
    """Les décomptes font foi : un taux qui ne les suit pas se dit, et n'est pas lu."""
    for cible in ("competence",) if lu.plan.inconnues else ("domaine", "competence"):
        ecarts = np.abs(lu.taux[cible] - lu.attendus[cible]) > _TOLERANCE
        yield from _par_colonne(
            lu, lu.plan.rangs(cible, "taux"), ecarts, "ne suit pas les décomptes, qui font foi"
        )
    yield Constat(
        "compte Pix supprimé : le taux global reste, le détail par compétence est effacé",
        lu.compte_supprime,
    )
    faux = np.abs(lu.fixes["taux_maitrise"] - lu.attendus["taux_maitrise"][:, 0]) > _TOLERANCE
    if not lu.plan.inconnues:
        yield Constat("le taux global ne suit pas les décomptes", faux & ~lu.compte_supprime)


def niveaux_et_pix(lu: Valeurs) -> Iterator[Constat]:
    """Niveau = pix // 8, plafonné à 5 (2020) ou plus : au-dessous du plafond l'égalité est exacte
    (calcul de Pix)."""
    if lu.plan.type_campagne == "collecte":
        niveaux, pix = lu.mesures["niveau_pix"], lu.mesures["nb_pix"]
        faux = (niveaux != pix // 8) & ~np.isnan(niveaux) & ((niveaux < 5) | (niveaux > pix // 8))
        yield Constat("un niveau ne suit pas son nombre de pix", faux.any(axis=1))


def acquis_et_decomptes(lu: Valeurs) -> Iterator[Constat]:
    """En janvier 2025, Pix a exporté un temps des acquis tous échoués, les décomptes étant justes
    (PR 11096 de Pix)."""
    if contredits := lu.contradictions:
        reussis, dits = map(sum, zip(*contredits.values(), strict=True))
        ou = enumerer([code for code in contredits if code]) or "tout le parcours"
        yield Constat(
            f"Trouvé : {accord(reussis, 'acquis réussi', 'acquis réussis')} d'après les colonnes "
            f"d'acquis, {dits} d'après les décomptes (compétences : {ou}). Attendu : le même "
            "nombre. À faire : les décomptes font foi, ces acquis ne sont pas lus ; refaites "
            "l'export (Pix a connu cette panne en janvier 2025).",
            grave=True,
        )


def competences_inconnues(lu: Valeurs) -> Iterator[Constat]:
    for nom in sorted(set(lu.plan.inconnues.values())):
        yield Constat(
            f"Trouvé : {nom}, inconnue du référentiel. Attendu : une des 16 compétences ou un des "
            "5 domaines. À faire : ses colonnes sont mises de côté ; ajoutez ce libellé avec "
            "`libelles={…}` si vous en connaissez le code.",
            grave=True,
        )


def classes_abimees(lu: Valeurs) -> Iterator[Constat]:
    for nom in ("classe", "groupe"):
        textes = lu.distincts(nom)
        retablies = enumerer(
            [f"« {texte} » → {classe}" for texte in textes if (classe := classe_retablie(texte))]
        )
        if retablies:
            yield Constat(f"Classes changées en nombres par un tableur, rétablies : {retablies}.")
        abimees = [texte for texte in textes if not classe_retablie(texte) and classe_abimee(texte)]
        if abimees:
            lignes = np.isin(lu.fixes[nom].astype(str), abimees)
            yield Constat("classe changée par un tableur en date ou en nombre", lignes)
            yield _phrase(
                f"classes changées par un tableur en dates ou en nombres ({enumerer(abimees)})",
                lu,
                lignes,
            )


def identifiants_perdus(lu: Valeurs) -> Iterator[Constat]:
    for nom in ("numero_etudiant", "identifiant_externe"):
        if any(map(identifiant_perdu, lu.distincts(nom))):
            perdus = np.array(
                [identifiant_perdu(cellule) for cellule in lu.colonne(nom).cellules()]
            )
            yield _phrase(
                f"{lu.plan.nom(lu.plan.fixes[nom])} détruit par un tableur (7,76E+10)", lu, perdus
            )


def participations_sans_nom(lu: Valeurs) -> Iterator[Constat]:
    """Un compte anonymisé n'a pas de nom, ou « - » : autant de personnes que de participations."""
    ecartees = np.equal(lu.fixes["envoye"], None).astype(bool)  # un total, une ligne coupée
    if nombre := int((sans_nom(lu.fixes["nom"], lu.fixes["prenom"]) & ~ecartees).sum()):
        dites = accord(nombre, "participation")
        yield Constat(f"{dites} sans nom : autant de personnes, qu'aucune liste ne peut nommer.")


def sans_nom(noms, prenoms) -> np.ndarray:
    """Là où ni le nom ni le prénom n'ont une lettre."""
    complets = (f"{nom or ''}{prenom or ''}" for nom, prenom in zip(noms, prenoms, strict=True))
    # Presque tous n'ont que des lettres : c'est vu d'un coup.
    nommes = [c.isalnum() or any(map(str.isalnum, c)) for c in complets]
    return ~np.array(nommes, dtype=bool)


def suppositions(lu: Valeurs) -> Iterator[Constat]:
    """Ce qu'on a cru comprendre de l'export entier."""
    fixes, autres = lu.plan.fixes, ", ".join(f"« {nom} »" for nom in lu.plan.autres.values())
    avec_signe = any(
        "%" in texte for rang, _ in _taux_lus(lu) for texte in lu.grille.colonnes[rang].distincts()
    )
    dites = {
        "Des taux sont écrits en pourcentages (72 pour 0,72) : ils ont été divisés par 100.": (
            lu.en_pourcentages
        ),
        "Des taux sont écrits avec le signe % (72 % pour 0,72) : ils ont été convertis.": (
            avec_signe
        ),
        "Dates écrites le mois d'abord (10/13/2026), réglage américain d'un tableur : "
        "lues ainsi.": lu.mois_dabord,
        "Export ancien, sans code de campagne : son identifiant en tient lieu.": (
            "campagne" not in fixes
        ),
        "Cet export n'a pas de colonne « Classe » : les noms y sont peut-être saisis par les "
        "élèves.": (not {"classe", "groupe"} & fixes.keys()),
        f"La colonne {lu.plan.nom(fixes.get('identifiant_externe', 0))} est lue comme identifiant "
        "externe.": "identifiant_externe" in fixes,
        f"Colonnes ajoutées, non lues : {autres}.": autres,
    }
    yield from (Constat(phrase) for phrase, vrai in dites.items() if vrai)


def _taux_lus(lu: Valeurs) -> Iterator[tuple[int, np.ndarray]]:
    """(rang de la colonne, valeurs) de tous les taux que l'export a."""
    rangs = {cible: lu.plan.rangs(cible, "taux") for cible in ("competence", "domaine")}
    rangs |= {nom: [lu.plan.fixes.get(nom)] for nom in ("progression", "taux_maitrise")}
    for nom, places in rangs.items():
        yield from (
            (rang, lu.taux[nom][:, place]) for place, rang in enumerate(places) if rang is not None
        )


def _par_colonne(
    lu: Valeurs, rangs: list[int | None], lignes: np.ndarray, motif: str
) -> Iterator[Constat]:
    for place, rang in enumerate(rangs):
        if rang is not None:
            yield Constat(f"{lu.plan.nom(rang)} : {motif}", lignes[:, place])


def _phrase(trouve: str, lu: Valeurs, lignes: np.ndarray) -> Constat:
    eleves = zip(lu.fixes["prenom"][lignes], lu.fixes["nom"][lignes], strict=True)
    noms = enumerer([" ".join(filter(None, eleve)) or "sans nom" for eleve in eleves])
    return Constat(
        f"Trouvé : {trouve} — {noms}. Attendu : le texte d'origine. À faire : refaites l'export "
        "dans Pix Orga."
    )


class Controle(NamedTuple):
    """Un contrôle, et ce qu'il suffit de changer dans un exemple de campagne pour qu'il parle."""

    constater: Callable[[Valeurs], Iterator[Constat]]
    avant: str
    apres: str


CONTROLES = (
    Controle(lignes_coupees, ";OK;KO\n", ";OK\n"),
    Controle(octets_illisibles, ";Emma;", f";Em{ILLISIBLE}a;"),
    Controle(envoi_non_dit, ";Oui;", ";;"),
    Controle(palier_trop_haut, "10:10;1;0,5;", "10:10;7;0,5;"),
    Controle(decompte_seul, ";0,5;2;1;0,5;", ";0,5;2;NA;0,5;"),
    Controle(maitrises_plus_que_vises, ";2;1;", ";2;3;"),
    Controle(taux_trop_grands, "10:10;1;0,5;", "10:10;1;1,7;"),
    Controle(dates_impossibles, ";Oui;01/10/2026", ";Oui;01/09/2026"),
    Controle(resultats_inattendus, ";Oui;", ";Non;"),
    Controle(sommes_de_domaines, ";2;1;OK", ";4;1;OK"),
    Controle(taux_et_decomptes, ";0,5;0,5;2;1;", ";0,5;0,9;2;1;"),
    Controle(niveaux_et_pix, ";No;1;1;12", ";No;1;7;12"),
    Controle(acquis_et_decomptes, ";OK;KO", ";KO;KO"),
    Controle(competences_inconnues, "Gérer des données", "Jongler"),
    Controle(classes_abimees, ";5eA;", ";05-janv;"),
    Controle(identifiants_perdus, ";22000001;", ";2,2E+07;"),
    Controle(participations_sans_nom, ";LEROY;Emma;", ";-;-;"),
    Controle(suppositions, "10:10;1;0,5;", "10:10;1;50 %;"),
)
