"""Les feuilles d'un plan : la feuille de route d'une classe, et la fiche de chaque élève."""

import re
from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.charte import accord, enumerer
from pixkit.documents.classeur import classeur
from pixkit.documents.page import POLICE, Page
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.entete import entete
from pixkit.gabarits import rendre
from pixkit.grandeurs import TAUX
from pixkit.mesures.accompagner import A_VERIFIER, AU_DESSUS
from pixkit.parcours import Plan
from pixkit.parcours.groupes import SANS_BESOIN
from pixkit.referentiel import competences, libelle
from pixkit.tableaux import tableau

_CODE = "Code : ______________"
_A_REMPLIR = f"Discipline et enseignant : {20 * '_'}    Date : {12 * '_'}    {_CODE}"
_CAMPAGNES = ["nom_campagne", "parcours", "classe", "minutes", "Propriétaire", "debut", "fin"]
_A_VERIFIER = (
    "« À vérifier » : trop peu d'acquis testés pour en être sûr ; un nouvel essai le dira."
)
_CITEES = 4
"""Au-delà, une fiche compte les compétences au lieu de les nommer."""
_HAUT = 14
"""Ce que prennent le nom de l'élève et le trait à découper, en millimètres."""
_CODES = re.compile("|".join(rf"\b{re.escape(code)}\b" for code in competences()))
_ETAPES = (
    "app.pix.fr, « J'ai un code », entrer le code, se connecter (par l'ENT ou avec son "
    "identifiant), aller au bout, puis « J'envoie mes résultats »."
)


def ecrire_feuille_de_route(
    plan: Plan, sortie: str | Path | Sortie, *, classe: str, du: datetime | None = None
) -> list[Path]:
    """Écrit la feuille de route d'une classe (PDF A4 et HTML), sans nom d'élève.

    Et `campagnes.xlsx`, les campagnes à créer dans Pix Orga. Rend les fichiers écrits.
    """
    choix = plan.choix.assign(raison=[_nommer(raison) for raison in plan.choix["raison"]])
    textes = {
        "titre": f"{classe} — feuille de route",
        "phrase": _nommer(plan.phrase),
        "table": tableau(choix).to_html(),
        "etapes": _ETAPES,
        "signature": entete().signature,
    }
    campagnes = plan.choix[["parcours", "minutes"]].assign(
        nom_campagne=f"{classe} - " + plan.choix["parcours"], classe=classe,
        debut="", fin="", **{"Propriétaire": ""},
    )[_CAMPAGNES]  # fmt: skip
    html = rendre("feuille_de_route.html.j2", **textes).encode()
    with ensemble(sortie) as ou:
        return [
            ou.poser("feuille-de-route.pdf", _route(plan, classe, du).octets()),
            ou.poser("feuille-de-route.html", html),
            ou.poser("campagnes.xlsx", classeur({"Campagnes à créer": campagnes})),
        ]


def _route(plan: Plan, classe: str, du: datetime | None) -> Page:
    page = Page("Feuille de route, aucun nom d'élève", du=du)
    page.add_page()
    page.titre(f"{classe} — feuille de route")
    page.paragraphe(_nommer(plan.phrase))
    for ligne in plan.choix.itertuples():
        page.titre(f"{ligne.rang}. {ligne.parcours} — {ligne.minutes} min", 12)
        concernes = accord(ligne.eleves_concernes, "élève concerné", "élèves concernés")
        page.paragraphe(f"Pourquoi : {_nommer(ligne.raison)}. {concernes}.")
        page.paragraphe(_A_REMPLIR)
    page.titre("Pour se connecter", 12)
    page.paragraphe(_ETAPES)
    return page


def ecrire_fiches_eleves(
    plan: Plan, noms: pd.Series, sortie: str | Path | Sortie, *, du: datetime | None = None
) -> Path:
    """Écrit `fiches-eleves.pdf` : une page par groupe, pour l'enseignant, puis une fiche par élève.

    `noms` : {eleve: « Prénom Nom »}.
    """
    page, groupes = Page("Pour l'élève et son enseignant : ne pas afficher", du=du), plan.groupes
    nommes = groupes.assign(nom=[str(noms.get(eleve, eleve)) for eleve in groupes["eleve"]])
    for numero, siens in nommes.groupby("groupe"):
        _groupe(page, numero, siens)
    page.add_page()
    if groupes.empty:
        page.paragraphe("Aucune fiche : personne n'a encore envoyé de résultats.", 12)
    for eleve in nommes.itertuples():
        _fiche(page, eleve.nom, fiche(plan, eleve.eleve))
    with ensemble(sortie) as ou:
        return ou.poser("fiches-eleves.pdf", page.octets())


def _groupe(page: Page, numero: int, siens: pd.DataFrame) -> None:
    premier = siens.iloc[0]
    page.add_page()
    page.titre(f"Groupe {numero} — {accord(len(siens), 'élève')}")
    if premier["competences"] == SANS_BESOIN:
        page.paragraphe("Rien ne leur manque dans ce qu'ils ont passé.")
    else:
        page.paragraphe(f"À travailler : {enumerer(_libelles(premier['competences']))}.")
        page.paragraphe(f"Parcours proposé : {premier['parcours'] or 'à choisir'}. {_CODE}")
    page.paragraphe("\n".join(siens["nom"]), 10)


def fiche(plan: Plan, eleve: str) -> list[str]:
    """Ce que l'on dit à un élève : ce qu'il a réussi, ce qu'il peut travailler, ce qu'il n'a pas
    encore passé, et la suite."""
    siens = plan.notes[plan.notes["eleve"] == eleve]
    passees = siens[~siens["jamais"]].sort_values(["avance", "competence"], ascending=[False, True])
    sous, avance = passees["sous_objectif"] != AU_DESSUS, passees["avance"]
    manques = passees[sous].iloc[::-1]
    connues = set(passees["competence"])
    jamais = f"Pas encore testé{', ou sans aucun pix' if siens['jamais'].any() else ''}"
    inconnues = [libelle(code) for code in competences() if code not in connues]
    dits = [
        _citer("Réussi", passees[~sous])
        or _citer("Déjà commencé", passees[avance > avance.min()].head(1)),
        _citer("À travailler d'abord", manques)
        or _citer("À pousser plus loin", passees[avance < avance.max()].tail(1)),
        _A_VERIFIER if A_VERIFIER in set(manques.head(_CITEES)["sous_objectif"]) else "",
        f"{jamais} : {enumerer(inconnues)}." if inconnues else "",
        *_suite(plan, eleve),
        _tout(passees.sort_values("competence")),
    ]
    return list(filter(None, dits))


def _tout(passees: pd.DataFrame) -> str:
    """Chaque compétence par son code : ce que les listes plus haut ne font que compter."""
    dits = [
        f"{ligne.competence}\N{NO-BREAK SPACE}({_valeur(ligne, '/')})"
        for ligne in passees.itertuples()
    ]
    return f"Tout ce que tu as passé : {', '.join(dits)}." if dits else ""


def _citer(quoi: str, lignes: pd.DataFrame) -> str:
    dits = [_dire(ligne) for ligne in lignes.itertuples()]
    return f"{quoi} : {enumerer(dits, _CITEES)}." if dits else ""


def _dire(ligne) -> str:
    """« 1.2 Gérer des données (2 acquis sur 7, à vérifier) »."""
    doute = f", {A_VERIFIER}" if ligne.sous_objectif == A_VERIFIER else ""
    return f"{libelle(ligne.competence)} ({_valeur(ligne, ' acquis sur ')}{doute})"


def _valeur(ligne, sur: str) -> str:
    if ligne.mesure == TAUX.nom:
        return f"{ligne.valeur:.0f}{sur}{ligne.nb_acquis:.0f}"
    return f"niveau {ligne.note:.0f}"


def _suite(plan: Plan, eleve: str) -> list[str]:
    """Ce que fait son groupe, son parcours, et celui qui n'est que pour lui."""
    groupe = plan.groupes[plan.groupes["eleve"] == eleve].iloc[0]
    dits = []
    if groupe["competences"] != SANS_BESOIN:
        dits.append(f"Ton groupe travaille : {enumerer(_libelles(groupe['competences']))}.")
    parcours = groupe["parcours"] or "à choisir avec ton enseignant"
    dits.append(f"Le parcours proposé : {parcours}. {_CODE}")
    siennes = plan.suggestions[plan.suggestions["eleve"] == eleve]
    for sienne in siennes[siennes["parcours"] != ""].itertuples():
        pour = enumerer(_libelles(sienne.competences))
        dits.append(f"Et pour toi en particulier : {sienne.parcours} ({pour}).")
    return dits


def _fiche(page: Page, nom: str, dits: list[str]) -> None:
    page.garder_ensemble(_HAUT + sum(page.hauteur(dit, 10) for dit in dits))
    page.titre(nom, 12)
    for dit in dits:
        page.paragraphe(dit, 10)
    page.set_font(POLICE, size=8)
    page.cell(0, 5, "- " * 70, align="C", new_x="LMARGIN", new_y="NEXT")


def _nommer(texte: str) -> str:
    """Le texte, chaque code de compétence suivi de son nom."""
    return _CODES.sub(lambda trouve: libelle(trouve[0]), texte)


def _libelles(codes: str) -> list[str]:
    return list(map(libelle, codes.split(", ")))
