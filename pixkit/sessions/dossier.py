"""Étage 2 et quatre cinquièmes — planifier les sessions d'un dossier ouvert."""

from datetime import date
from pathlib import Path

from pixkit.ecole import Ecole
from pixkit.erreurs import ChoixInconnu, FichierNonPix
from pixkit.lecture.formats.certification import PIX
from pixkit.lecture.formats.listes import annee_scolaire_du
from pixkit.memoire import lire_memoire
from pixkit.sessions.eligibles import eligibles, verifier_amenagements
from pixkit.sessions.planifier import PlanDeSessions, planifier
from pixkit.sessions.publics import verifier_saisies
from pixkit.sessions.salles import lire_salles


def planifier_sessions(
    ecole: Ecole, salles: str | Path, *, du: date, au: date, public: str | None = None
) -> PlanDeSessions:
    """Le plan des sessions d'un dossier, dans les salles de `salles` (voir `lire_salles`), entre
    deux jours compris ; d'un `public` (PUBLICS) ou de tous.

    Lève ChoixInconnu si les jours sont dans le désordre, FichierNonPix si la liste des élèves n'est
    pas de cette année scolaire, FichierIllisible si un fichier ne se comprend pas.
    """
    if du > au:
        trouve = f"du {du.isoformat()} au {au.isoformat()}."
        raise ChoixInconnu(trouve, "un premier jour avant le dernier.", "échangez --du et --au.")
    annee_scolaire = annee_scolaire_du(du)
    eleves = ecole.tables.eleves
    _verifier_l_annee(set(eleves["annee_scolaire"].dropna()), annee_scolaire, len(eleves))
    creneaux, mis_de_cote = lire_salles(salles)
    saisies, amenagements = _gardees(ecole, "fenetres"), _gardees(ecole, "amenagements")
    verifier_saisies(saisies)
    mis_de_cote += verifier_amenagements(amenagements, set(eleves["eleve"]))
    candidats = eligibles(
        eleves,
        amenagements,
        annee_scolaire=annee_scolaire,
        public=public,
        certifies=certifies_dans_l_annee(ecole, annee_scolaire),
        certifiables=ecole.certifiables.set_index("eleve")["certifiable"].to_dict(),
    )
    jours = {"du": du, "au": au, "annee_scolaire": annee_scolaire}
    return planifier(candidats, creneaux, **jours, saisies=saisies, mis_de_cote=mis_de_cote)


def certifies_dans_l_annee(ecole: Ecole, annee_scolaire: str) -> frozenset[str]:
    """Les élèves de la liste déjà certifiés dans l'année."""
    table = ecole.certifications
    valides = (table["annee_scolaire"] == annee_scolaire) & (table["statut"] == "validee")
    seize = valides & (table["type"] == PIX)
    return frozenset(table.loc[seize, "eleve"].dropna())


def _gardees(ecole: Ecole, nom: str) -> list[dict[str, str]]:
    return lire_memoire(ecole.dossier, nom) if ecole.dossier else []


def _verifier_l_annee(annees: set[str], annee_scolaire: str, nb_eleves: int) -> None:
    if nb_eleves and annees and annee_scolaire not in annees:
        raise FichierNonPix(
            f"une liste d'élèves de {', '.join(sorted(annees))}.",
            f"celle de {annee_scolaire}, l'année de --du.",
            "ajoutez la liste de cette année au dossier, ou corrigez la date.",
        )
