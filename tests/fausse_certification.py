"""Des écoles inventées dont on sait qu'un plan existe, et ce qu'un plan enfreindrait."""

from datetime import date, datetime, timedelta
from itertools import permutations

import numpy as np
import pandas as pd

from pixkit.sessions import PlanDeSessions
from pixkit.sessions.salles import Creneau

_DEPART = datetime(2027, 3, 15, 8)
_SURVEILLANTS = ("Mme Roux", "M. Petit", "Mme Diallo", "M. Nguyen", "Mme Faure")


def ecole_au_hasard(alea: np.random.Generator) -> tuple[pd.DataFrame, list[Creneau], dict]:
    """(candidats, créneaux, {du, au}) : un plan est tiré d'abord, les candidats le remplissent.

    S'y ajoutent des créneaux qui chevauchent ceux du plan, dans les mêmes salles.
    """
    creneaux, candidats = [], []
    noms_de_classe = [f"3e{lettre}" for lettre in "ABCDEFGHIJKLMNOP"[: alea.integers(3, 16)]]
    for salle in range(alea.integers(1, 4)):
        places = int(alea.integers(8, 32))
        nommes = (_SURVEILLANTS[salle],) if alea.random() < 0.7 else ()
        for jour in range(alea.integers(1, 5)):
            debut = _DEPART + timedelta(days=jour)
            for _ in range(alea.integers(1, 4)):
                remplis = int(alea.integers(places // 2, places + 1))
                longs = int(alea.integers(0, 4)) if alea.random() < 0.4 else 0
                candidats += [160] * min(longs, remplis) + [120] * max(remplis - longs, 0)
                creneaux.append(Creneau(debut, f"S{salle}", places, nommes))
                debut += timedelta(minutes=160 if longs else 120)
            if alea.random() < 0.3:
                avant = creneaux[-1].debut + timedelta(minutes=int(alea.integers(10, 110)))
                creneaux.append(Creneau(avant, f"S{salle}", places, nommes))
    table = pd.DataFrame({"duree": candidats})
    table["classe"] = np.sort(alea.choice(noms_de_classe, len(table)))
    table["duree"] = alea.permutation(table["duree"])
    table["eleve"] = [f"E{rang:04}" for rang in range(len(table))]
    table["majoration"] = np.where(table["duree"] > 120, 33, 0)
    table = table.assign(
        nom=table["eleve"], prenom="Ada", date_naissance=pd.Timestamp(2012, 1, 1), public="3e",
        annee_connue=True, materiel="", certifiable=pd.array([True] * len(table), "boolean"),
    )  # fmt: skip
    jours = {"du": date(2027, 3, 15), "au": date(2027, 3, 31)}
    return table, sorted(creneaux), jours


def infractions(
    plan: PlanDeSessions, candidats: pd.DataFrame, creneaux: list[Creneau]
) -> list[str]:
    """Ce que le plan enfreint, relu sans rien de son calcul : postes, salles, surveillants, durées,
    un élève une fois."""
    permis = {(c.salle, f"{c.debut:%Y-%m-%d %H:%M}"): c for c in creneaux}
    lus = plan.candidats.merge(candidats[["eleve", "duree"]], on="eleve", suffixes=("", "_vraie"))
    fautes = [] if lus["eleve"].is_unique else ["un élève deux fois"]
    if {*lus["eleve"], *plan.non_places["eleve"]} != set(candidats["eleve"]):
        fautes.append("un élève oublié")
    tenues = []
    for (salle, jour, heure), siens in lus.groupby(["salle", "date", "heure"]):
        creneau = permis[salle, f"{jour} {heure}"]
        if len(siens) > creneau.places:
            fautes.append(f"trop d'élèves : {creneau}")
        tenues.append((creneau, creneau.debut + timedelta(minutes=int(siens["duree_vraie"].max()))))
    for (un, fin), (autre, _) in permutations(tenues, 2):
        memes = un.salle == autre.salle or set(un.surveillants) & set(autre.surveillants)
        if memes and un.debut <= autre.debut < fin:
            fautes.append(f"en même temps : {un} et {autre}")
    return fautes
