"""Étage 1 — ce que pixkit reconnaît et ne lit pas : dit par son nom, avec ce qu'il faut faire."""

import re

from pixkit.erreurs import FichierNonPix
from pixkit.grilles import Morceau
from pixkit.lecture.lu import Lu, Reglages
from pixkit.referentiel import normaliser
from pixkit.tables import PARTICIPATION

EXEMPLES = (
    "Nom|Prénom|Classe\nLEROY|Emma|5eA\n",
    "Classe;Nom;Prénom;Identifiant;Mot de passe\n5eA;LEROY;Emma;emma.leroy0102;motdepasse\n",
    "fichier,ligne,sort,motif\nexport.csv,2,lue,\n",
    "eleve,nom,prenom,classe,campagne,etat\n123,LEROY,Emma,5eA,ABCDEF123,envoye\n",
    "groupe,eleve,competences,parcours\n1,123,1.2,Gérer des données\n",
    "Nom;Prénom;Discipline;Classes\nDURAND;Luc;SVT;6A\n",
    "eleve,nom,prenom,classe,certifiable,plus_proches\n123,LEROY,Emma,3eA,true,\n",
    "eleve,nom,prenom,classe,protection,obtenue,etape_suivante\n123,LEROY,Emma,6eA,envoye,oui,\n",
    "session,date,heure,salle,eleve,nom,prenom,classe,temps_majore\n"
    "1,2027-03-15,08:00,B12,123,LEROY,Emma,3eA,false\n",
    "rang,parcours,minutes,besoins_couverts,raison\n1,Gérer des données,50,2,durée supposée\n",
    "Numéro de session préexistante;* Nom de naissance;* Prénom\n;LEROY;Emma\n",
)

_PIXKIT = (
    "une table déjà écrite par pixkit.",
    "retirez-la d'ici, et écrivez les tables hors du dossier des exports (--vers).",
)
_MOTS_DE_PASSE = (
    "un fichier de mots de passe d'élèves.",
    "effacez-le du dossier : ces mots de passe sont lisibles par qui ouvre le fichier.",
)
_CANDIDATS = (
    "un fichier d'import de candidats de Pix Certif.",
    "gardez-le hors du dossier des exports : ce n'est pas la liste de l'établissement.",
)
_ADULTES = (
    "une liste d'adultes (discipline, fonction), pas d'élèves.",
    "gardez-la ailleurs ; un CSV « Classe ; Professeur principal » suffit pour les relances.",
)
_BARRES = (
    "des cellules séparées par des « | ».",
    "enregistrez-le de nouveau en CSV, cellules séparées par des points-virgules.",
)
_FEUILLES_D_ADULTES = re.compile(
    r"(liste des )?(profs?|professeurs?|enseignants?|aesh|aed|personnels?|equipe.*)"
)
_SIGNES = (
    ({"mot de passe"}, _MOTS_DE_PASSE),
    (set(PARTICIPATION), _PIXKIT),
    ({"eleve", "campagne", "etat"}, _PIXKIT),
    ({"groupe", "eleve", "parcours"}, _PIXKIT),
    ({"eleve", "certifiable", "plus_proches"}, _PIXKIT),
    ({"eleve", "obtenue", "etape_suivante"}, _PIXKIT),
    ({"session", "salle", "eleve", "temps_majore"}, _PIXKIT),
    ({"rang", "parcours", "besoins_couverts"}, _PIXKIT),
    ({"nom", "prenom", "campagne", "code", "etat"}, _PIXKIT),
    ({"numero de session preexistante"}, _CANDIDATS),
    *(
        ({"nom", signe}, _ADULTES)
        for signe in ("discipline", "matiere", "fonction", "corps", "grade")
    ),
)


def reconnaitre(morceau: Morceau, _reglages: Reglages) -> tuple[str, str] | None:
    """(ce que c'est, ce qu'il faut en faire)."""
    debut = morceau.feuille.debut[:10] if morceau.feuille else ()
    if morceau.feuille and _FEUILLES_D_ADULTES.fullmatch(normaliser(morceau.feuille.nom)):
        return _ADULTES
    if debut and len(debut[0]) == 1 and all("|" in ligne[0] for ligne in debut):
        return _BARRES
    entetes = [{normaliser(cellule) for cellule in cellules} for cellules in debut]
    if any(
        "id campagne" in entete for entete in entetes
    ):  # un établissement peut ajouter une colonne « Fichier »
        return None
    return next(
        (phrases for signes, phrases in _SIGNES if any(signes <= entete for entete in entetes)),
        None,
    )


def lire(_morceau: Morceau, phrases: tuple[str, str], _reglages: Reglages) -> Lu:
    """Lève toujours FichierNonPix."""
    trouve, que_faire = phrases
    raise FichierNonPix(
        trouve,
        "un export de campagne (évaluation ou collecte de profils), des résultats de "
        "certification, ou une liste d'élèves.",
        que_faire,
    )
