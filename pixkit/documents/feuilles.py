"""Les feuilles d'un plan : la feuille de route d'une classe, et deux pas pour chaque élève."""

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
from pixkit.parcours import Plan
from pixkit.parcours.groupes import SANS_BESOIN
from pixkit.referentiel import competences, libelle
from pixkit.tableaux import tableau

_CODE = "Code : ______________"
_A_REMPLIR = f"Discipline et enseignant : {20 * '_'}    Date : {12 * '_'}    {_CODE}"
_CAMPAGNES = ["nom_campagne", "parcours", "classe", "minutes", "Propriétaire", "debut", "fin"]
_BRAVO = "Bravo pour le travail déjà envoyé : il montre ce que tu sais faire, et par où continuer."
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
    groupes: pd.DataFrame,
    noms: pd.Series,
    sortie: str | Path | Sortie,
    *,
    du: datetime | None = None,
) -> Path:
    """Écrit `fiches-eleves.pdf` : une page par groupe, pour l'enseignant, puis une fiche par élève.

    `groupes` : la table d'un plan ; `noms` : {eleve: « Prénom Nom »}.
    """
    page = Page("Pour l'élève et son enseignant : ne pas afficher", du=du)
    nommes = groupes.assign(nom=[str(noms.get(eleve, eleve)) for eleve in groupes["eleve"]])
    for numero, siens in nommes.groupby("groupe"):
        _groupe(page, numero, siens)
    page.add_page()
    if groupes.empty:
        page.paragraphe("Aucune fiche : personne n'a encore envoyé de résultats.", 12)
    for eleve in nommes.itertuples():
        _fiche(page, eleve)
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


def _fiche(page: Page, eleve) -> None:
    if page.will_page_break(62):
        page.add_page()
    pas = [*_libelles(eleve.competences), "refaire un essai quand tu veux"]
    parcours = eleve.parcours or "à choisir avec ton enseignant"
    page.titre(eleve.nom, 12)
    page.paragraphe(_BRAVO, 10)
    page.paragraphe(f"Tes deux prochains pas : 1. {pas[0]}   2. {pas[1]}", 10)
    page.paragraphe(f"Le parcours : {parcours}. {_CODE}", 10)
    page.set_font(POLICE, size=8)
    page.cell(0, 5, "- " * 70, align="C", new_x="LMARGIN", new_y="NEXT")


def _nommer(texte: str) -> str:
    """Le texte, chaque code de compétence suivi de son nom."""
    return _CODES.sub(lambda trouve: libelle(trouve[0]), texte)


def _libelles(codes: str) -> list[str]:
    if codes == SANS_BESOIN:
        return ["continuer dans la compétence de ton choix"]
    return [f"{competences()[code]} ({code})" for code in codes.split(", ")]
