"""Les listes de relances : un PDF à imprimer par classe, un classeur, et une ligne par élève."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.charte import ETATS, accord, conjuguer, enumerer, pourcentage
from pixkit.documents.classeur import classeur
from pixkit.documents.page import Page
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.mesures import relances, suivi_par_eleve
from pixkit.referentiel import rang_niveau

_COLONNES = [
    "classe", "professeur_principal", "nom", "prenom", "nom_campagne", "campagne", "etat",
    "mouvement", "a_verifier",
]  # fmt: skip
_QUI = ["annee_scolaire", "classe", "nom", "prenom", "eleve", "mouvement"]
_TOUS_ONT_ENVOYE = "tous les élèves attendus ont envoyé leurs résultats."
_AUCUN_ATTENDU = "aucun élève de la liste n'est attendu. Est-ce celle de cette année ?"
_PIED = "Liste nominative : à ne pas afficher ni diffuser, à détruire après usage"


_COMMENT = (
    "Pour commencer ou continuer : app.pix.fr, « J'ai un code », puis le code. « Terminé, non "
    "envoyé » : il ne reste qu'à cliquer sur « J'envoie mes résultats »."
)


def ecrire_relances(
    suivi: pd.DataFrame, sortie: str | Path | Sortie, *, du: datetime | None = None
) -> list[Path]:
    """Écrit `relances.pdf` (une page par classe), `relances.xlsx` et, si on les connaît,
    `relances_professeurs.pdf`.

    `du` est la date des données, écrite au pied des pages. Rend les fichiers écrits.
    """
    liste = relances(suivi)
    attendus = suivi["etat"] != "hors_perimetre"
    personne = f"Personne à relancer : {_TOUS_ONT_ENVOYE if attendus.any() else _AUCUN_ATTENDU}"
    faits = {
        "relances.xlsx": classeur(_feuilles(suivi, liste, personne)),
        "relances.pdf": _pdf(liste, "classe", du, personne),
    }
    connus = liste.dropna(subset="professeur_principal")
    if len(connus):
        faits["relances_professeurs.pdf"] = _pdf(connus, "professeur_principal", du, personne)
    with ensemble(sortie) as ou:
        return [ou.poser(nom, octets) for nom, octets in faits.items()]


def messages(suivi: pd.DataFrame) -> dict[str, str]:
    """{à qui: un message à coller dans l'ENT ou Pronote} : un par professeur principal, ou par
    classe si on ne le connaît pas, sur ses élèves à relancer."""
    liste = relances(suivi)
    qui = liste["professeur_principal"].fillna("Professeur principal, " + liste["classe"])
    return {str(nom): _message(siens) for nom, siens in liste.groupby(qui, sort=False)}


def _message(siens: pd.DataFrame) -> str:
    """Le message d'un professeur : ses élèves, parcours par parcours."""
    nombre, classes = siens["eleve"].nunique(), sorted(set(siens["classe"]), key=rang_niveau)
    combien = conjuguer(nombre, "élève n'a pas fini", "élèves n'ont pas fini")
    lignes = [f"Bonjour,\n\nEn {enumerer(classes)}, {combien} dans Pix :"]
    for (nom, code), uns in siens.groupby(["nom_campagne", "campagne"]):
        dits = [f"- {ligne.nom} {ligne.prenom} : {_etat(ligne)}" for ligne in uns.itertuples()]
        lignes.append("\n".join([f"« {nom} », code {code} :", *dits]))
    return "\n\n".join([*lignes, _COMMENT, "Merci de le leur rappeler."])


def _feuilles(suivi: pd.DataFrame, liste: pd.DataFrame, personne: str) -> dict[str, pd.DataFrame]:
    """Toutes les relances (ou la phrase `personne`), une ligne par élève, et chaque classe."""
    lisible = liste.assign(etat=[_etat(ligne) for ligne in liste.itertuples()])[_COLONNES]
    lisible = lisible.dropna(axis="columns", how="all")
    if liste.empty:
        lisible = pd.DataFrame({"Relances": [personne]})
    par_eleve = suivi_par_eleve(suivi)
    for nom in par_eleve.columns.difference(_QUI):
        par_eleve[nom] = par_eleve[nom].map(lambda etat: ETATS[etat][0], na_action="ignore")
    classes = sorted(set(liste["classe"]), key=rang_niveau)
    return {"Relances": lisible, "Une ligne par élève": par_eleve} | {
        classe: lisible[liste["classe"] == classe] for classe in classes
    }


def _etat(ligne) -> str:
    """« en cours (62 %) », « terminé, non envoyé »."""
    libelle = ETATS[ligne.etat][0]
    if ligne.etat == "en_cours" and not pd.isna(ligne.progression):
        return f"{libelle} ({pourcentage(ligne.progression)})"
    return libelle


def _pdf(liste: pd.DataFrame, par: str, du: datetime | None, personne: str) -> bytes:
    """Une page par groupe, ou la seule phrase `personne`."""
    page = Page(_PIED, du=du)
    if liste.empty:
        page.add_page()
        page.paragraphe(personne, 12)
    for groupe in sorted(set(liste[par]), key=rang_niveau):
        lignes = liste[liste[par] == groupe]
        page.add_page()
        page.titre(f"{groupe} — {accord(lignes['eleve'].nunique(), 'élève')} à relancer")
        _sous_titre(page, lignes, par)
        for (nom_campagne, code), siennes in lignes.groupby(["nom_campagne", "campagne"]):
            page.titre(f"{nom_campagne} — code {code}", 11)
            _tableau(page, siennes, avec_classe=par != "classe")
    return page.octets()


def _sous_titre(page: Page, lignes: pd.DataFrame, par: str) -> None:
    professeurs = lignes["professeur_principal"].dropna().unique()
    if par == "classe" and len(professeurs):
        page.paragraphe(f"Professeur principal : {', '.join(professeurs)}")
    page.paragraphe(_COMMENT)


def _tableau(page: Page, lignes: pd.DataFrame, *, avec_classe: bool) -> None:
    largeurs, entetes = (46, 38, 64, 32), ("Nom", "Prénom", "Où il en est", "À savoir")
    if avec_classe:
        largeurs, entetes = (24, 40, 34, 54, 28), ("Classe", *entetes)
    cellules = []
    for ligne in lignes.itertuples():
        qui = (ligne.nom, ligne.prenom, _etat(ligne), _a_savoir(ligne))
        dites = (ligne.classe, *qui) if avec_classe else qui
        cellules.append(["" if pd.isna(texte) else str(texte) for texte in dites])
    page.tableau(largeurs, entetes, cellules)


def _a_savoir(ligne) -> str:
    saisi = "" if pd.isna(ligne.a_verifier) else f"peut-être sous le nom « {ligne.a_verifier} »"
    mouvement = "" if pd.isna(ligne.mouvement) else ligne.mouvement
    return " ; ".join(filter(None, (mouvement, saisi)))
