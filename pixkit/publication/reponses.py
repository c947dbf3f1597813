"""Étage 4 — à chaque public, sa première réponse : une question, une ligne, où en voir plus.

Tout se déduit des agrégats publiés.
"""

from dataclasses import dataclass

import pandas as pd

from pixkit.charte import accord, coller, compter, entre, entre_taux, enumerer
from pixkit.grandeurs import TAUX, effectif_en_mots, mesure_de_la_table
from pixkit.mesures.certitude import SIGNAUX
from pixkit.publication.agregats import Agregats
from pixkit.publication.deductions import (
    cases_des_domaines,
    cases_testees,
    etats_publies,
    moyenne_ponderee,
    reliefs,
)
from pixkit.publication.evolution import Evolution
from pixkit.referentiel import annee_precedente, libelle, rang_niveau
from pixkit.reponses import MONTREES, SANS_LISTE, Reponse, dire_ecarts, jamais_testees
from pixkit.vues.certifiables import ensemble
from pixkit.vues.conseil import disciplines_en_mots
from pixkit.vues.ensemble import sans_niveau

QUESTIONS = {
    "certifiables": "Combien sont certifiables ?",
    "certifies": "Combien d'attendus sont certifiés ?",
    "reussite": "Combien de présents sont certifiés ?",
    "attestations": "Combien de 6e ont leur attestation ?",
    "au_niveau": "Combien de certifiés ont le niveau attendu ?",
}

EVOLUTION = "Avons-nous avancé ?"
_RIEN = "Aucun résultat publié."
_RIEN_DE_NET = "rien de net"


@dataclass(frozen=True)
class Conseil:
    """Ce que le conseil pédagogique a décidé ou va décider, sans nom d'élève.

    `parcours` {(campagne, niveau): rang, parcours, minutes, competences}, `repartition`
    (competence, discipline), `decisions` (annee_scolaire, decision).
    """

    parcours: dict[tuple[str, str], pd.DataFrame]
    repartition: pd.DataFrame
    decisions: pd.DataFrame


def manquants(lignes: pd.DataFrame) -> str:
    """« 22 à 30 sur 100 n'ont pas envoyé », ou « 4 au plus sur 24 », d'une table de
    participation."""
    bas, haut, attendus = (
        int(lignes[nom].sum()) for nom in ("envoyes_bas", "envoyes_haut", "attendus")
    )
    combien = entre(attendus - haut, attendus - bas).removeprefix("de ")
    if haut == attendus > bas:
        combien = f"{attendus - bas} au plus"
    return f"{combien} sur {attendus} {'n’a' if attendus - bas < 2 else 'n’ont'} pas envoyé"


def premiere_campagne(lignes: pd.DataFrame, campagnes: pd.DataFrame) -> pd.DataFrame:
    """De chaque niveau scolaire, la campagne où il est le plus attendu ; à égalité, l'évaluation,
    puis la plus récente."""
    rangs = campagnes.sort_values("type_campagne", ascending=False, kind="stable")["campagne"]
    ordre = lignes["campagne"].map({code: rang for rang, code in enumerate(rangs)})
    triees = lignes.loc[ordre.sort_values(kind="stable").index]
    attendus = triees.groupby(["niveau_scolaire", "campagne"], sort=False)["attendus"].sum()
    gardees = attendus.groupby(level=0, sort=False).idxmax()
    return lignes.set_index(["niveau_scolaire", "campagne"]).loc[list(gardees)].reset_index()


def en_relief(cases: pd.DataFrame, sur: str, sens: int) -> str:
    """Les forces (`sens` 1) ou les lacunes (−1) nettes, les plus grandes d'abord."""
    return _dire_relief(reliefs(cases, sur), sur, sens) if len(cases) else _RIEN


def forces_et_lacunes(cases: pd.DataFrame) -> tuple[str, str]:
    """`en_relief` des deux côtés, d'un seul calcul."""
    if cases.empty:
        return _RIEN, _RIEN
    table = reliefs(cases, "competence")
    return _dire_relief(table, "competence", 1), _dire_relief(table, "competence", -1)


def _dire_relief(table: pd.DataFrame, sur: str, sens: int) -> str:
    mesure = mesure_de_la_table(table)
    nettes = table[table["relief"] == sens].sort_values("valeur", ascending=sens < 0)
    return dire_ecarts(
        f"{libelle(ligne[sur])} ({mesure.dire(ligne['valeur'])}, "
        f"{effectif_en_mots(int(ligne['effectif']), bool(ligne['au_moins']))} élèves)"
        for _, ligne in nettes.iterrows()
    )


def du_certificat(lignes: pd.DataFrame, avant: pd.DataFrame) -> str:
    """« de 71 % à 80 % de 85 élèves ; l'an passé, 70 % » d'une part de certification."""
    if lignes.empty:
        return "Rien de publié : trop peu d'élèves, ou aucun résultat lu."
    nombre = effectif_en_mots(int(lignes["effectif"].sum()), bool(lignes["au_moins"].any()))
    passee = f" ; l'an passé, {ensemble(avant)}" if len(avant) else ""
    return f"{ensemble(lignes).capitalize()} de {nombre} élèves{passee}."


def ecarts_nets(siens: pd.DataFrame, mesure=TAUX) -> str:
    """Les écarts nets d'une classe à son niveau scolaire, les plus grands d'abord."""
    if siens.empty:
        return "Seule de son niveau à être publiée : rien à quoi la comparer."
    nets = siens[siens["signal"] == SIGNAUX[0]]
    return dire_ecarts(
        f"{libelle(ligne.competence)} ({mesure.dire_ecart(ligne.ecart_retenu)})"
        for ligne in nets.sort_values("ecart_retenu", key=abs, ascending=False).itertuples()
    )


def avance(lues: list[Evolution], classe: str | None = None) -> str:
    """« De « A » à « B » : 2 hausses nettes. » d'une classe (« » : de toutes réunies), ou de chaque
    niveau scolaire, nommé."""
    dites: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for une in lues:
        juges = une.tables[classe or ""].drop_duplicates("competence")
        nets = juges.loc[juges["signal"] == SIGNAUX[0], "ecart"]
        noms = une.noms if classe else tuple(sans_niveau(nom, [une.niveau]) for nom in une.noms)
        niveaux = dites.setdefault(noms, {}).setdefault(_sens(nets, une.ordonnee), [])
        niveaux.append(une.niveau or "sans niveau")
    lignes = [
        coller("De « {} » à « {} »").format(*noms)
        + " : "
        + " ; ".join(
            sens if classe is not None else _aux_niveaux(sens, niveaux)
            for sens, niveaux in sienne.items()
        )
        for noms, sienne in dites.items()
    ]
    reste = f" · et {accord(len(lignes) - MONTREES, 'autre')}" if len(lignes) > MONTREES else ""
    return f"{' · '.join(lignes[:MONTREES])}{reste}."


def _aux_niveaux(sens: str, niveaux: list[str]) -> str:
    """« 2 hausses nettes (6e) », « 2 hausses nettes par niveau (5e et 4e) »."""
    chacun = " par niveau" if len(niveaux) > 1 and sens != _RIEN_DE_NET else ""
    return f"{sens}{chacun} ({enumerer(niveaux)})"


def _sens(nets: pd.Series, ordonnee: bool) -> str:
    hausses, baisses = int((nets > 0).sum()), int((nets < 0).sum())
    if not ordonnee:
        return compter(len(nets), "écart net", "écarts nets", aucun=_RIEN_DE_NET)
    dits = [accord(hausses, "hausse nette", "hausses nettes")] * (hausses > 0)
    dits += [accord(baisses, "baisse nette", "baisses nettes")] * (baisses > 0)
    return enumerer(dits) or _RIEN_DE_NET


def de_l_etablissement(agregats: Agregats, annee: str, lues: list[Evolution]) -> list[Reponse]:
    """Participation, domaines à travailler, angles morts, évolution, certification d'une année."""
    campagnes = agregats.campagnes[agregats.campagnes["annee_scolaire"] == annee]
    venus, cases = (
        table[table["campagne"].isin(campagnes["campagne"])]
        for table in (agregats.participation, agregats.maitrise)
    )
    reponses = {
        "participation": ("Qui n'a pas envoyé ?", _par_niveau(venus, campagnes)),
        "maitrise": (
            "Que travailler d'abord ?",
            en_relief(cases_des_domaines(cases), "domaine", -1),
        ),
        "angles_morts": (
            "Qu'est-ce qui n'a jamais été testé ?",
            _jamais_testees(cases),
        ),
    }
    if lues:
        reponses["evolution"] = EVOLUTION, avance(lues)
    return [
        *(
            Reponse(*dite, "etablissement", {"annee": annee, "question": question})
            for question, dite in reponses.items()
        ),
        *de_la_certification(agregats, annee),
    ]


def _jamais_testees(cases: pd.DataFrame) -> str:
    lues = cases_testees(cases).replace({"niveau_scolaire": {"": "sans niveau"}})
    return jamais_testees(lues.groupby("niveau_scolaire")["competence"].agg(set).to_dict())


def _attendus(siens: Agregats) -> str:
    if siens.participation.empty:
        return SANS_LISTE
    etats = etats_publies(siens.participation, siens.etapes)
    termines = int(etats["termine_non_envoye"].sum()) if "termine_non_envoye" in etats else 0
    dont = f", dont {termines} au moins à qui il reste un clic" if termines else ""
    return f"{manquants(siens.participation).capitalize()}{dont}."


def _sous_objectif(dispersion: pd.DataFrame) -> str:
    if dispersion.empty:
        return "Rien de publié : trop peu d'élèves, ou une collecte."
    return du_certificat(dispersion, dispersion[:0])


def _par_niveau(venus: pd.DataFrame, campagnes: pd.DataFrame) -> str:
    if venus.empty:
        return SANS_LISTE
    parts = premiere_campagne(venus, campagnes).groupby("niveau_scolaire")
    niveaux = sorted(parts.groups, key=rang_niveau)
    dits = [
        f"{niveau or 'Sans niveau'} : {manquants(parts.get_group(niveau))}" for niveau in niveaux
    ]
    dits = " · ".join(dits).replace(" n’ont pas envoyé ·", " ·").replace(" n’a pas envoyé ·", " ·")
    return f"{dits}."


def de_la_certification(agregats: Agregats, annee: str) -> list[Reponse]:
    """Une réponse par part publiée cette année-là, à côté de celle de l'an passé."""
    table, reponses = agregats.certification, []
    for part, question in QUESTIONS.items():
        siennes = table[table["part"] == part].drop_duplicates(["annee_scolaire", "classe"])
        lignes = siennes[siennes["annee_scolaire"] == annee]
        avant = siennes[siennes["annee_scolaire"] == annee_precedente(annee)]
        if len(lignes):
            dit, choix = du_certificat(lignes, avant), {"annee": annee, "part": part}
            if part == "certifies":
                dit += _sur_moins(lignes, table[table["annee_scolaire"] == annee])
            reponses.append(Reponse(question, dit, "certification", choix))
    return reponses


def _sur_moins(certifies: pd.DataFrame, table: pd.DataFrame) -> str:
    """« Des présents, de 80 % à 90 % et des inscrits, … » : les mêmes reçus, sur moins d'élèves."""
    dits, recus = [], certifies.set_index("classe")
    for part in ("presents", "inscrits"):
        sur = table[table["part"] == part].set_index("classe")
        nombres = recus.merge(sur, on="classe", suffixes=("", "_sur"))
        bas, haut, sur_bas, sur_haut = (
            (nombres[f"taux_{nom}"] * nombres["effectif"]).sum()
            for nom in ("bas", "haut", "bas_sur", "haut_sur")
        )
        if sur_bas:
            dits.append(f"des {part[:-1]}s, {entre_taux(bas / sur_haut, min(haut / sur_bas, 1))}")
    return f" {enumerer(dits).capitalize()}." if dits else ""


def de_la_classe(
    siens: Agregats,
    parcours: pd.DataFrame,
    certification: pd.DataFrame,
    lues: list[Evolution],
) -> list[Reponse]:
    """Ce qu'une classe maîtrise, ce qui lui manque, ses écarts, qui l'on attend, que proposer.

    `siens` : les agrégats de la classe dans une campagne ; `certification` : ceux de son année ;
    `lues` : ce qui sépare cette campagne des autres de l'année.
    """
    cases, certifiables = siens.maitrise, certification[certification["part"] == "certifiables"]
    forces, lacunes = forces_et_lacunes(cases)
    classe = cases["classe"].iloc[0]
    return [
        Reponse("Qui n'a pas envoyé ?", _attendus(siens)),
        Reponse("Que maîtrise-t-elle le mieux ?", f"{forces} {_en_moyenne(cases)}"),
        Reponse("Que maîtrise-t-elle le moins ?", lacunes),
        Reponse(
            "En quoi s'écarte-t-elle de son niveau ?",
            ecarts_nets(siens.ecarts, mesure_de_la_table(cases)),
        ),
        Reponse("Que proposer à son niveau ?", _proposes(parcours)),
        *([Reponse(EVOLUTION, avance(lues, classe))] if lues else ()),
        Reponse("Qui maîtrise moins de la moitié des acquis ?", _sous_objectif(siens.dispersion)),
        Reponse("Combien sont certifiables ?", du_certificat(certifiables, certifiables[:0])),
    ]


def _en_moyenne(cases: pd.DataFrame) -> str:
    """« En moyenne : 87 % des acquis visés (≥ 24 élèves). » des cases d'une classe."""
    (tout,), mesure = moyenne_ponderee(cases, ["classe"]).itertuples(), mesure_de_la_table(cases)
    combien = effectif_en_mots(int(tout.effectif), bool(tout.au_moins))
    dit = mesure.dire(tout.valeur)
    quoi = f"{dit} des acquis visés" if mesure is TAUX else f"niveau Pix {dit}"
    return f"En moyenne : {quoi} ({combien} élèves)."


def _proposes(parcours: pd.DataFrame) -> str:
    noms = list(parcours.get("parcours", ()))[:MONTREES]
    return f"{enumerer(noms)}." if noms else "Aucun besoin sûr."


def du_conseil(
    lieu: dict[str, str], siens: Agregats, conseil: Conseil, lues: list[Evolution]
) -> list[Reponse]:
    """L'ordre du jour d'un niveau scolaire : chaque page, et ce qu'elle dit en une ligne."""
    cases = siens.maitrise
    forces, lacunes = forces_et_lacunes(cases)
    disciplines = conseil.repartition["competence"].nunique()
    decisions = int((conseil.decisions["annee_scolaire"] == lieu["annee"]).sum())
    parcours = conseil.parcours[lieu["campagne"], lieu["niveau"]]
    points = {
        "participation": ("Qui n'a pas envoyé ?", _attendus(siens)),
        "classes": ("Les classes se ressemblent-elles ?", _differences(siens.ecarts)),
        "forces": ("Trois forces", forces),
        "lacunes": ("Trois lacunes", lacunes),
        "evolution": (EVOLUTION, avance(lues, "") if lues else ""),
        "angles_morts": ("Qu'est-ce qui n'a jamais été testé ?",
                         _jamais_testees(cases)),
        "parcours": ("Que proposer ?", _proposes(parcours)),
        "disciplines": ("Qui prend en charge quoi ?",
                        f"{disciplines_en_mots(disciplines).capitalize()}."),
        "decisions": ("Qu'avons-nous décidé ?",
                      f"{accord(decisions, 'décision')} cette année." if decisions
                      else "Rien encore cette année."),
    }  # fmt: skip
    if cases["classe"].nunique() < 2:
        del points["classes"]
    return [
        Reponse(*dite, "conseil_pedagogique", lieu | {"page": page})
        for page, dite in points.items()
        if dite[1]
    ]


def _differences(ecarts: pd.DataFrame) -> str:
    """Combien d'écarts nets entre les classes d'un niveau scolaire, et dans lesquelles."""
    nets = ecarts[ecarts["signal"] == SIGNAUX[0]]
    classes = enumerer(sorted(nets["classe"].unique(), key=rang_niveau), MONTREES)
    combien = accord(len(nets), "écart net", "écarts nets")
    return f"{combien} ({classes})." if len(nets) else dire_ecarts([])
