"""Étage 3 — les élèves à accompagner d'une classe, sur le papier. Pour l'enseignant seul."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.accompagnement import Accompagnement
from pixkit.charte import enumerer, pourcentage
from pixkit.documents.page import Page
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.mesures.accompagner import A_VERIFIER, SUR
from pixkit.referentiel import libelle

_LIRE = (
    "« Sûr » : même en tenant compte de l'erreur de la note (intervalle à 95 %), l'élève est sous "
    "l'objectif. « À vérifier » : sa note y est, mais il est peut-être au-dessus. Par ordre "
    "alphabétique : ni classement ni jugement, un point de départ pour lui en parler."
)
_INCONNUS = "Rien envoyé, donc inconnus (ce n'est ni zéro, ni « tout va bien ») : {}."


def ecrire_accompagner(
    dit: Accompagnement,
    sortie: str | Path | Sortie,
    *,
    classe: str,
    objectif: float,
    du: datetime | None = None,
) -> Path:
    """Écrit `eleves-a-accompagner.pdf` : une ligne par élève sûrement sous l'objectif."""
    page = Page("Pour l'enseignant seul : ne pas afficher", du=du)
    page.add_page()
    page.titre(f"{classe} — élèves à accompagner")
    page.paragraphe(f"Objectif : {pourcentage(objectif)} d'acquis maîtrisés. {_LIRE}")
    table = dit.table
    siens = table[table["eleve"].isin(table.loc[table["sous_objectif"] == SUR, "eleve"])]
    lignes = [
        _ligne(eleve, dit.parcours) for _, eleve in siens.groupby(["nom", "eleve"], sort=True)
    ]
    if lignes:
        page.tableau(
            (34, 66, 66, 40), ("Élève", "Sûr", "À vérifier", "Prochain parcours"), lignes, 8
        )
    else:
        page.paragraphe("Personne n'est sûrement sous l'objectif.", 11)
    if dit.inconnus:
        page.paragraphe(_INCONNUS.format(enumerer(dit.inconnus, 60)))
    with ensemble(sortie) as ou:
        return ou.poser("eleves-a-accompagner.pdf", page.octets())


def _ligne(eleve: pd.DataFrame, parcours: pd.Series) -> tuple[str, ...]:
    dits = [_domaines(eleve[eleve["sous_objectif"] == quoi]) for quoi in (SUR, A_VERIFIER)]
    premier = eleve.iloc[0]
    return premier["nom"], *dits, parcours.get(premier["eleve"]) or "à choisir"


def _domaines(lignes: pd.DataFrame) -> str:
    return "\n".join(
        f"{libelle(un.domaine)} : {pourcentage(un.note)} (de {pourcentage(un.bas)} à "
        f"{pourcentage(un.haut)}, {un.nb_acquis} acquis)"
        for un in lignes.itertuples()
    )
