"""Étage 2 et quatre cinquièmes — quand tous ne tiennent pas : combien de places manquent, quand, et
pourquoi."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from pixkit.charte import accord, conjuguer, date_en_mots
from pixkit.referentiel import normaliser
from pixkit.sessions.eligibles import DUREE
from pixkit.sessions.programme import en_conflit, placables
from pixkit.sessions.salles import Creneau


def manques(
    creneaux: Sequence[Creneau], totaux: np.ndarray, durees: Sequence[int], periode: list[date]
) -> list[str]:
    """Une phrase par cause, chacune avec ce qu'elle coûte : on relâche une règle après l'autre, et
    la différence est son prix. Leur somme est le nombre de candidats qui restent.

    `totaux` : combien de candidats demandent chaque durée ; `periode` : les jours que l'on dit si
    aucun créneau n'y est.
    """
    tous, postes = int(totaux.sum()), sum(creneau.places for creneau in creneaux)
    seules = [replace(creneau, surveillants=()) for creneau in creneaux]
    ordinaires, une_duree = np.array([tous]), [DUREE]
    tenables = [
        tous,
        min(tous, postes),
        placables(seules, ordinaires, une_duree),
        placables(creneaux, ordinaires, une_duree),
        placables(creneaux, totaux, durees),
    ]
    postes_pour = f"{accord(postes, 'poste')} pour {accord(tous, 'candidat')}"
    causes = (
        f"{postes_pour}. Ajoutez un créneau, une salle ou des postes.",
        f"{_trop_proches(seules)} Espacez de deux heures les débuts d'une salle.",
        f"{_deux_salles(creneaux)} Nommez quelqu'un d'autre, ou décalez un début.",
        f"avec un temps majoré, une session dure {heures(durees[-1])}. Espacez d'autant deux "
        "débuts d'une salle, ou ajoutez un créneau.",
    )
    quoi = [("place manque", "places manquent"), *[("place se perd", "places se perdent")] * 3]
    quand, pertes = _quand(creneaux, periode), -np.diff(tenables)
    return [
        f"{conjuguer(int(perte), *mots)} {quand} : {cause}"
        for perte, mots, cause in zip(pertes, quoi, causes, strict=True)
        if perte > 0
    ]


def heures(minutes: int) -> str:
    """120 → « 2 h » ; 160 → « 2 h 40 »."""
    entieres, reste = divmod(minutes, 60)
    return f"{entieres} h {reste:02}" if reste else f"{entieres} h"


def heure_en_mots(quand: datetime) -> str:
    """« 15 mars 2027 à 8 h »."""
    return f"{date_en_mots(quand)} à {heures(60 * quand.hour + quand.minute)}"


def _quand(creneaux: Sequence[Creneau], periode: list[date]) -> str:
    jours = sorted({creneau.debut.date() for creneau in creneaux}) or periode
    if jours[0] == jours[-1]:
        return f"le {date_en_mots(jours[0])}"
    return f"du {date_en_mots(jours[0])} au {date_en_mots(jours[-1])}"


def _trop_proches(creneaux: Sequence[Creneau]) -> str:
    deux = next(en_conflit(creneaux, DUREE), None)
    if deux is None:
        return ""
    premier, second = (creneaux[rang] for rang in deux[:2])
    return (
        f"des débuts se chevauchent (salle {premier.salle}, le {heure_en_mots(premier.debut)} et à "
        f"{heures(60 * second.debut.hour + second.debut.minute)})."
    )


def _deux_salles(creneaux: Sequence[Creneau]) -> str:
    for un, autre, _ in en_conflit(creneaux, DUREE):
        premier, second = creneaux[un], creneaux[autre]
        seconds = set(map(normaliser, second.surveillants))
        communs = [nom for nom in premier.surveillants if normaliser(nom) in seconds]
        if communs and premier.salle != second.salle:
            return (
                f"{communs[0]} y surveille deux salles à la fois ({premier.salle} et "
                f"{second.salle}, le {heure_en_mots(premier.debut)})."
            )
    return ""
