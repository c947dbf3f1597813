"""Étage 1 — ce qui cloche dans un export : une liste de contrôles nommés, chacun avec l'exemple qui le fait parler.

Un contrôle va des valeurs aux constats et ne change rien. Le premier constat grave d'une ligne suffit : l'ordre compte.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np

from pixkit.charte import accord, enumerer
from pixkit.grilles import ILLISIBLE
from pixkit.lecture import valeurs as v
from pixkit.lecture.degats import classe_abimee, classe_retablie, identifiant_perdu
from pixkit.lecture.formats.campagne.conversion import Constat, Valeurs, parts_des_domaines

_TOLERANCE = 0.011
"""Pix arrondit ses taux à deux décimales."""


def lignes_coupees(lu: Valeurs) -> Iterator[Constat]:
    """Moins de cellules que l'en-tête, ou plus que les autres lignes."""
    largeurs, attendue = lu.grille.largeurs, len(lu.grille.entete)
    courante = max(attendue, int(np.median(largeurs))) if len(largeurs) else attendue
    for largeur in np.unique(largeurs[(largeurs < attendue) | (largeurs > courante)]):
        yield Constat(
            f"{accord(int(largeur), 'cellule').replace(chr(0x202F), ' ')} au lieu de {attendue} : ligne coupée, guillemet ou "
            "séparateur en trop ; refaites l'export",
            largeurs == largeur,
            grave=True,
        )


def octets_illisibles(lu: Valeurs) -> Iterator[Constat]:
    for colonne in lu.grille.colonnes:
        perdus = [code for code, texte in enumerate(colonne.textes) if ILLISIBLE in texte]
        if perdus:
            yield Constat("octets illisibles (fichier abîmé) ; refaites l'export", np.isin(colonne.codes, perdus), grave=True)


def envoi_non_dit(lu: Valeurs) -> Iterator[Constat]:
    vides = np.array([valeur is None for valeur in lu.fixes["envoye"]], dtype=bool)
    yield Constat(f"{lu.plan.nom(lu.plan.fixes['envoye'])} : vide au lieu de Oui ou Non", vides, grave=True)


def taux_trop_grands(lu: Valeurs) -> Iterator[Constat]:
    for rang, taux in _taux_lus(lu):
        yield Constat(f"{lu.plan.nom(rang)} : un taux plus grand que 1", taux > 1, grave=True)


def palier_trop_haut(lu: Valeurs) -> Iterator[Constat]:
    if lu.plan.nb_paliers is not None:
        yield Constat("palier plus haut que le nombre de paliers", lu.fixes["palier"] > lu.plan.nb_paliers, grave=True)


def decompte_seul(lu: Valeurs) -> Iterator[Constat]:
    premiere, seconde = lu.mesures.values()
    yield Constat("un décompte sur deux manque", (np.isnan(premiere) != np.isnan(seconde)).any(axis=1), grave=True)


def maitrises_plus_que_vises(lu: Valeurs) -> Iterator[Constat]:
    if lu.plan.type_campagne == "evaluation":
        trop = (lu.mesures["nb_acquis_maitrises"] > lu.mesures["nb_acquis"]).any(axis=1)
        yield Constat("plus d'acquis maîtrisés que d'acquis visés", trop, grave=True)


def dates_impossibles(lu: Valeurs) -> Iterator[Constat]:
    debuts, envois = lu.fixes["date_debut"], lu.fixes["date_envoi"]
    yield Constat("envoyée, mais sans date d'envoi", lu.envoye & np.equal(envois, None))
    inverses = [isinstance(d, datetime) and isinstance(e, datetime) and e < d for d, e in zip(debuts, envois, strict=True)]
    yield Constat("envoyée avant d'être commencée", np.array(inverses, dtype=bool))


def resultats_inattendus(lu: Valeurs) -> Iterator[Constat]:
    manquent = np.isnan(next(iter(lu.mesures.values()))).any(axis=1) & lu.envoye
    yield Constat("des résultats figurent sur une participation non envoyée : ils ne sont pas lus", lu.trop_tot)
    yield Constat("envoyée, mais des résultats manquent", manquent)


def sommes_de_domaines(lu: Valeurs) -> Iterator[Constat]:
    if lu.plan.inconnues:
        return  # des compétences mises de côté manquent à leurs domaines
    for nom, tableau in lu.domaines.items():
        ecarts = np.abs(tableau - lu.mesures[nom] @ parts_des_domaines(lu.plan)) > 0
        yield from _par_colonne(lu, lu.plan.rangs("domaine", nom), ecarts, "autre chose que la somme de ses compétences")


def taux_et_decomptes(lu: Valeurs) -> Iterator[Constat]:
    """Les décomptes font foi : un taux qui ne les suit pas se dit, et n'est pas lu."""
    for cible in ("competence",) if lu.plan.inconnues else ("domaine", "competence"):
        ecarts = np.abs(lu.taux[cible] - lu.attendus(cible)) > _TOLERANCE
        yield from _par_colonne(lu, lu.plan.rangs(cible, "taux"), ecarts, "ne suit pas les décomptes, qui font foi")
    yield Constat("compte Pix supprimé : le taux global reste, le détail par compétence est effacé", lu.compte_supprime)
    faux = np.abs(lu.fixes["taux_maitrise"] - lu.attendus("taux_maitrise")[:, 0]) > _TOLERANCE
    if not lu.plan.inconnues:
        yield Constat("le taux global ne suit pas les décomptes", faux & ~lu.compte_supprime)


def niveaux_et_pix(lu: Valeurs) -> Iterator[Constat]:
    """Niveau = pix // 8, plafonné à 5 (2020) ou plus : au-dessous du plafond l'égalité est exacte (api Pix, scoring)."""
    if lu.plan.type_campagne == "collecte":
        niveaux, pix = lu.mesures["niveau_pix"], lu.mesures["nb_pix"]
        faux = (niveaux != pix // 8) & ~np.isnan(niveaux) & ((niveaux < 5) | (niveaux > pix // 8))
        yield Constat("un niveau ne suit pas son nombre de pix", faux.any(axis=1))


def acquis_et_decomptes(lu: Valeurs) -> Iterator[Constat]:
    """En janvier 2025, Pix a exporté un temps des acquis tous échoués, les décomptes étant justes (PR 11096 de Pix)."""
    contredits = lu.contredits(lu.acquis)
    if contredits:
        reussis, dits = map(sum, zip(*contredits.values(), strict=True))
        ou = enumerer([code for code in contredits if code]) or "tout le parcours"
        yield Constat(
            f"Trouvé : {accord(reussis, 'acquis réussi', 'acquis réussis')} d'après les colonnes d'acquis, {dits} d'après les "
            f"décomptes (compétences : {ou}). Attendu : le même nombre. À faire : les décomptes font foi, ces acquis ne sont pas "
            "lus ; refaites l'export (Pix a connu cette panne en janvier 2025).",
            grave=True,
        )


def competences_inconnues(lu: Valeurs) -> Iterator[Constat]:
    for nom in sorted(set(lu.plan.inconnues.values())):
        yield Constat(
            f"Trouvé : {nom}, inconnue du référentiel. Attendu : une des 16 compétences ou un des 5 domaines. "
            "À faire : ses colonnes sont mises de côté ; ajoutez ce libellé avec `libelles={…}` si vous en connaissez le code.",
            grave=True,
        )


def classes_abimees(lu: Valeurs) -> Iterator[Constat]:
    for nom in ("classe", "groupe"):
        textes = lu.textes(nom)
        retablies = {texte: classe_retablie(texte) for texte in sorted(set(textes))}
        dites = enumerer([f"« {texte} » → {classe}" for texte, classe in retablies.items() if classe])
        if dites:
            yield Constat(f"Classes changées en nombres par un tableur, rétablies : {dites}.")
        abimees = {texte for texte, classe in retablies.items() if not classe and classe_abimee(texte)}
        lignes = np.isin(textes, list(abimees))
        if abimees:
            yield Constat(f"une {nom} changée par un tableur en date ou en nombre", lignes)
            yield _phrase(f"classes changées par un tableur en dates ou en nombres ({enumerer(sorted(abimees))})", lu, lignes)


def identifiants_perdus(lu: Valeurs) -> Iterator[Constat]:
    for nom in ("numero_etudiant", "identifiant_externe"):
        lignes = np.array([identifiant_perdu(texte) for texte in lu.textes(nom)], dtype=bool)
        if lignes.any():
            yield _phrase(f"{lu.plan.nom(lu.plan.fixes[nom])} détruit par un tableur (7,76E+10)", lu, lignes)


def participations_sans_nom(lu: Valeurs) -> Iterator[Constat]:
    """Un compte anonymisé n'a pas de nom, ou « - » : autant de personnes que de participations."""
    nombre = int(sans_nom(lu.fixes["nom"], lu.fixes["prenom"]).sum())
    if nombre:
        yield Constat(
            f"{accord(nombre, 'participation')} sans nom : chacune compte pour une personne, qu'aucune liste ne peut nommer."
        )


def sans_nom(noms: np.ndarray, prenoms: np.ndarray) -> np.ndarray:
    """Là où ni le nom ni le prénom n'ont une lettre."""
    complets = (f"{nom or ''}{prenom or ''}" for nom, prenom in zip(noms, prenoms, strict=True))
    return np.array([not any(map(str.isalnum, complet)) for complet in complets], dtype=bool)


def ce_que_dit_le_plan(lu: Valeurs) -> Iterator[Constat]:
    plan = lu.plan
    if lu.en_pourcentages:
        yield Constat("Des taux sont écrits en pourcentages (72 pour 0,72) : ils ont été divisés par 100.")
    if any("%" in texte for rang, _ in _taux_lus(lu) for texte in lu.grille.colonnes[rang].distincts()):
        yield Constat("Des taux sont écrits avec le signe % (72 % pour 0,72) : ils ont été convertis.")
    if any(v.mois_dabord(lu.textes(nom)) for nom in ("date_debut", "date_envoi")):
        yield Constat("Dates écrites le mois d'abord (10/13/2026), réglage américain d'un tableur : lues ainsi.")
    if "campagne" not in plan.fixes:
        yield Constat("Export ancien, sans code de campagne : son identifiant en tient lieu.")
    if "classe" not in plan.fixes and "groupe" not in plan.fixes:
        yield Constat("Cet export n'a pas de colonne « Classe » : les noms y sont peut-être saisis par les élèves.")
    if "identifiant_externe" in plan.fixes:
        yield Constat(f"La colonne {plan.nom(plan.fixes['identifiant_externe'])} est lue comme identifiant externe.")
    if plan.autres:
        yield Constat(f"Colonnes ajoutées, non lues : {', '.join(f'« {nom} »' for nom in plan.autres.values())}.")


def _taux_lus(lu: Valeurs) -> Iterator[tuple[int, np.ndarray]]:
    """(rang de la colonne, valeurs) de tous les taux que l'export a."""
    rangs = {cible: lu.plan.rangs(cible, "taux") for cible in ("competence", "domaine")}
    rangs |= {nom: [lu.plan.fixes.get(nom)] for nom in ("progression", "taux_maitrise")}
    for nom, places in rangs.items():
        yield from ((rang, lu.taux[nom][:, place]) for place, rang in enumerate(places) if rang is not None)


def _par_colonne(lu: Valeurs, rangs: list[int | None], lignes: np.ndarray, motif: str) -> Iterator[Constat]:
    for place, rang in enumerate(rangs):
        if rang is not None:
            yield Constat(f"{lu.plan.nom(rang)} : {motif}", lignes[:, place])


def _phrase(trouve: str, lu: Valeurs, lignes: np.ndarray) -> Constat:
    eleves = zip(lu.fixes["prenom"][lignes], lu.fixes["nom"][lignes], strict=True)
    noms = enumerer([" ".join(filter(None, eleve)) or "sans nom" for eleve in eleves])
    return Constat(f"Trouvé : {trouve} — {noms}. Attendu : le texte d'origine. À faire : refaites l'export dans Pix Orga.")


CONTROLES: tuple[Callable[[Valeurs], Iterator[Constat]], ...] = (
    lignes_coupees,
    octets_illisibles,
    envoi_non_dit,
    palier_trop_haut,
    decompte_seul,
    maitrises_plus_que_vises,
    taux_trop_grands,
    dates_impossibles,
    resultats_inattendus,
    sommes_de_domaines,
    taux_et_decomptes,
    niveaux_et_pix,
    acquis_et_decomptes,
    competences_inconnues,
    classes_abimees,
    identifiants_perdus,
    participations_sans_nom,
    ce_que_dit_le_plan,
)
