"""Les feuilles d'un plan : la feuille de route d'une classe, et deux pas pour chaque élève."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.charte import enumerer
from pixkit.documents.classeur import ecrire_classeur
from pixkit.documents.page import POLICE, Page
from pixkit.gabarits import rendre
from pixkit.parcours import Plan
from pixkit.referentiel import competences
from pixkit.tableaux import tableau

_CODE = "Code : ______________"
_ETAPES = (
    "app.pix.fr, « J'ai un code », entrer le code, se connecter (par l'ENT ou avec son "
    "identifiant), aller au bout, puis « J'envoie mes résultats »."
)


def ecrire_feuille_de_route(
    plan: Plan, sortie: str | Path, *, classe: str, du: datetime | None = None
) -> list[Path]:
    """Écrit la feuille de route d'une classe (PDF A4 et HTML), sans nom d'élève.

    Et `campagnes.xlsx`, les campagnes à créer dans Pix Orga. Rend les fichiers écrits.
    """
    racine = Path(sortie)
    racine.mkdir(parents=True, exist_ok=True)
    page = Page("Feuille de route, aucun nom d'élève", du=du)
    page.add_page()
    page.titre(f"{classe} — feuille de route")
    page.paragraphe(plan.phrase)
    for ligne in plan.choix.itertuples():
        page.titre(f"{ligne.rang}. {ligne.parcours} — {ligne.minutes} min", 12)
        page.paragraphe(f"Pourquoi : {ligne.raison}. {ligne.eleves_concernes} élèves concernés.")
        page.paragraphe(
            f"Discipline et enseignant : ____________________    Date : ____________    {_CODE}"
        )
    page.titre("Pour se connecter", 12)
    page.paragraphe(_ETAPES)
    page.output(racine / "feuille-de-route.pdf")
    html = rendre(
        "feuille_de_route.html.j2",
        classe=classe,
        phrase=plan.phrase,
        table=tableau(plan.choix).to_html(),
        etapes=_ETAPES,
    )
    (racine / "feuille-de-route.html").write_text(html, encoding="utf-8")
    choix = plan.choix
    campagnes = pd.DataFrame(
        {
            "nom_campagne": [f"{classe} - {nom}" for nom in choix["parcours"]],
            "parcours": choix["parcours"],
            "classe": classe,
            "minutes": choix["minutes"],
            **dict.fromkeys(["proprietaire", "debut", "fin"], ""),
        }
    )
    ecrire_classeur({"Campagnes à créer": campagnes}, racine / "campagnes.xlsx")
    return [
        racine / nom for nom in ("feuille-de-route.pdf", "feuille-de-route.html", "campagnes.xlsx")
    ]


def ecrire_fiches_eleves(
    groupes: pd.DataFrame, noms: pd.Series, sortie: str | Path, *, du: datetime | None = None
) -> Path:
    """Écrit `fiches-eleves.pdf` : une page par groupe, puis une fiche par élève.

    La page d'un groupe est la copie de l'enseignant, avec les noms.

    `groupes` : la table d'un plan ; `noms` : {eleve: « Prénom Nom »}. Les fiches encouragent et
    disent deux pas à faire.
    """
    page = Page("Pour l'élève et son enseignant : ne pas afficher", du=du)
    libelles = competences()
    for numero, siens in groupes.groupby("groupe"):
        page.add_page()
        page.titre(f"Groupe {numero} — {len(siens)} élèves")
        page.paragraphe(
            f"À travailler : {enumerer(_libelles(siens['competences'].iloc[0], libelles))}."
        )
        page.paragraphe(f"Parcours proposé : {siens['parcours'].iloc[0] or 'à choisir'}. {_CODE}")
        page.paragraphe("\n".join(str(noms.get(eleve, eleve)) for eleve in siens["eleve"]), 10)
    page.add_page()
    if groupes.empty:
        page.paragraphe("Aucune fiche : personne n'a encore envoyé de résultats.", 12)
    for ligne in groupes.itertuples():
        if page.will_page_break(62):
            page.add_page()
        page.titre(str(noms.get(ligne.eleve, ligne.eleve)), 12)
        pas = _libelles(ligne.competences, libelles)
        page.paragraphe(
            "Bravo pour le travail déjà envoyé : il montre ce que tu sais faire, et par où "
            "continuer.",
            10,
        )
        second = pas[1] if len(pas) > 1 else "refaire un essai quand tu veux"
        page.paragraphe(f"Tes deux prochains pas : 1. {pas[0]}   2. {second}", 10)
        page.paragraphe(
            f"Le parcours : {ligne.parcours or 'à choisir avec ton enseignant'}. {_CODE}", 10
        )
        page.set_font(POLICE, size=8)
        page.cell(0, 5, "- " * 70, align="C", new_x="LMARGIN", new_y="NEXT")
    chemin = Path(sortie) / "fiches-eleves.pdf"
    chemin.parent.mkdir(parents=True, exist_ok=True)
    page.output(chemin)
    return chemin


def _libelles(codes: str, libelles: dict[str, str]) -> list[str]:
    return [f"{libelles[code]} ({code})" for code in codes.split(", ")]
