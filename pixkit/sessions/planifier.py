"""Étage 2 et quatre cinquièmes — des candidats et des créneaux à un plan : qui passe où, ce qui
manque, la session gardée pour les absents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pixkit.charte import conjuguer, enumerer
from pixkit.referentiel import rang_niveau
from pixkit.sessions.manques import heure_en_mots, manques
from pixkit.sessions.programme import repartir
from pixkit.sessions.publics import OU_TROUVER, en_mots, fenetres, hors_periode
from pixkit.sessions.salles import Creneau

COLONNES = ["session", "date", "heure", "salle", "eleve", "nom", "prenom", "classe", "temps_majore"]
"""Celles de `sessions.csv`, dans l'ordre du contrat."""

_SANS_PREUVE = (
    "Ce plan est le meilleur trouvé dans le temps donné, sans preuve qu'aucun autre ne partage "
    "moins de classes ou n'ouvre moins de sessions."
)


@dataclass(frozen=True)
class PlanDeSessions:
    """`candidats` : une ligne par élève placé (COLONNES, puis ce qu'en disent les documents).

    `sessions` : une ligne par session (`session` de 1 en 1 dans l'ordre du temps, `debut`, `fin`,
    `salle`, `places`, `effectif`, `classes`, `surveillants`, `hors_periode`) ; `non_places` : les
    candidats qui n'ont pas de place, et `manques` pourquoi ; `remplacement` : le créneau gardé pour
    les absents ; `fenetres` : {public: ses dates en mots} ; `remarques` : ce qu'il faut en savoir ;
    `mis_de_cote` : ce qui n'a pas été compris des fichiers.
    """

    candidats: pd.DataFrame
    sessions: pd.DataFrame
    non_places: pd.DataFrame
    remplacement: Creneau | None
    fenetres: dict[str, str]
    manques: list[str]
    remarques: list[str]
    mis_de_cote: list[str]

    @property
    def pas_encore_certifiables(self) -> pd.DataFrame:
        """Les candidats placés à qui il manque encore des compétences : à préparer d'ici là."""
        return self.candidats[(~self.candidats["certifiable"]).fillna(False)]

    @property
    def partagees(self) -> list[str]:
        """Les classes dont les candidats ne sont pas tous dans une même session."""
        tous = pd.concat([self.candidats, self.non_places])
        combien = tous.groupby("classe")["session"].nunique(dropna=False)
        return sorted(combien.index[combien > 1], key=rang_niveau)

    @property
    def phrase(self) -> str:
        """Le plan en une phrase."""
        places = conjuguer(len(self.candidats), "candidat placé", "candidats placés")
        sessions = conjuguer(len(self.sessions), "session", "sessions")
        partagees = enumerer(self.partagees) or "aucune"
        return f"{places} en {sessions} ; classes partagées entre deux sessions : {partagees}."


def planifier(  # noqa: PLR0913 — les candidats, les créneaux, le reste nommé
    candidats: pd.DataFrame,
    creneaux: Sequence[Creneau],
    *,
    du: date,
    au: date,
    annee_scolaire: str,
    saisies: Iterable[Mapping[str, str]] = (),
    mis_de_cote: Iterable[str] = (),
) -> PlanDeSessions:
    """Le plan des candidats (voir `eligibles`) entre deux jours, compris : tous placés si c'est
    possible, puis le moins de classes partagées, puis le moins de sessions.

    `saisies` : les fenêtres que l'établissement a notées. Un créneau d'après `au` peut servir de
    session de remplacement.
    """
    permis = sorted(creneau for creneau in creneaux if du <= creneau.debut.date() <= au)
    durees = sorted(set(candidats["duree"])) or [0]
    classes = sorted(set(candidats["classe"]), key=rang_niveau)
    effectifs = pd.crosstab(candidats["classe"], candidats["duree"])
    effectifs = effectifs.reindex(classes, columns=durees, fill_value=0).to_numpy(int)
    vide = not permis or candidats.empty
    rien = (np.zeros((*effectifs.shape, 0), int), True)
    assis, prouve = rien if vide else repartir(permis, effectifs, durees)
    ranges = _asseoir(candidats, assis, classes, durees)
    publics = sorted(set(candidats["public"]))
    ouvertes = {p: fenetres(p, annee_scolaire, saisies) for p in publics}
    places, sessions = _sessions(ranges, permis, ouvertes)
    restent = ranges[ranges["creneau"] < 0].assign(session=pd.NA)
    trop = manques(permis, effectifs.sum(axis=0), durees, [du, au]) if len(restent) else []
    remplacement = _remplacement(sessions, creneaux)
    absents = {p: fenetres(p, annee_scolaire, saisies, absents=True) for p in publics}
    remarques = [
        *_dire_les_fenetres(ouvertes, annee_scolaire, sessions),
        *_dire_les_candidats(candidats),
        _dire_le_remplacement(remplacement, absents),
        *([] if prouve else [_SANS_PREUVE]),
    ]
    dites = {public: en_mots(fenetre) for public, fenetre in ouvertes.items()}
    return PlanDeSessions(
        places, sessions, restent, remplacement, dites, trop, remarques, list(mis_de_cote)
    )


def _asseoir(
    candidats: pd.DataFrame, assis: np.ndarray, classes: list[str], durees: list[int]
) -> pd.DataFrame:
    """Le créneau de chacun, par ordre alphabétique dans sa classe ; -1 sans place."""
    creneau = pd.Series(-1, index=candidats.index)
    for classe, rangees in zip(classes, assis, strict=True):
        for duree, nombres in zip(durees, rangees, strict=True):
            siens = candidats.index[(candidats["classe"] == classe) & (candidats["duree"] == duree)]
            creneau[siens[: nombres.sum()]] = np.repeat(np.arange(len(nombres)), nombres)
    return candidats.assign(creneau=creneau)


def _sessions(
    ranges: pd.DataFrame, permis: Sequence[Creneau], ouvertes: Mapping[str, list]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(les candidats placés et leur session, les sessions)."""
    places = ranges[ranges["creneau"] >= 0]
    ouverts = sorted(set(places["creneau"]))  # les créneaux sont dans l'ordre du temps
    lignes = []
    for numero, rang in enumerate(ouverts, start=1):
        siens, creneau = places[places["creneau"] == rang], permis[rang]
        jour = creneau.debut.date()
        lignes.append((
            numero, creneau.debut, creneau.fin(int(siens["duree"].max())), creneau.salle,
            creneau.places, len(siens), enumerer(sorted(set(siens["classe"]), key=rang_niveau)),
            ", ".join(creneau.surveillants),
            any(hors_periode(jour, ouvertes[public]) for public in set(siens["public"])),
        ))  # fmt: skip
    noms = ["session", "debut", "fin", "salle", "places", "effectif", "classes", "surveillants",
            "hors_periode"]  # fmt: skip
    sessions = pd.DataFrame(lignes, columns=noms)
    debuts = places["creneau"].map(lambda rang: permis[rang].debut)
    places = places.assign(
        session=places["creneau"].map(ouverts.index).astype("Int64") + 1,
        date=[debut.date().isoformat() for debut in debuts],
        heure=[f"{debut:%H:%M}" for debut in debuts],
        salle=[permis[rang].salle for rang in places["creneau"]],
        temps_majore=(places["majoration"] > 0).astype("boolean"),
    )
    reste = [nom for nom in places if nom not in COLONNES and nom != "creneau"]
    ordonnes = places.sort_values("session", kind="stable", ignore_index=True)
    return ordonnes[[*COLONNES, *reste]], sessions


def _remplacement(sessions: pd.DataFrame, creneaux: Sequence[Creneau]) -> Creneau | None:
    """Le créneau gardé pour les absents : après la dernière session, un autre jour si possible, le
    plus tôt, dans la plus grande salle.

    « Une session de remplacement peut être organisée » (note de service du 23-10-2024, IV.C).
    """
    if sessions.empty:
        return None
    fin = sessions["fin"].max()

    def rang(creneau: Creneau) -> tuple:
        return creneau.debut.date() == fin.date(), creneau.debut, -creneau.places

    suivants = (creneau for creneau in creneaux if creneau.debut >= fin and creneau.places)
    return min(suivants, key=rang, default=None)


def _dire_les_fenetres(
    ouvertes: Mapping[str, list], annee_scolaire: str, sessions: pd.DataFrame
) -> list[str]:
    inconnues = [public for public, fenetre in ouvertes.items() if not fenetre]
    phrases = []
    if inconnues:
        phrases.append(
            f"Fenêtre de certification {annee_scolaire} ({enumerer(inconnues)}) : à saisir ; "
            f"{OU_TROUVER}."
        )
    dehors = int(sessions["hors_periode"].sum())
    if dehors:
        dites = [f"{public} : {en_mots(f)}" for public, f in ouvertes.items() if f]
        phrases.append(
            f"{conjuguer(dehors, 'session', 'sessions')} hors période ({' ; '.join(dites)}) : "
            "possible exceptionnellement, en lien avec l'académie (note de service du 23-10-2024, "
            "IV.C)."
        )
    return phrases


def _dire_les_candidats(candidats: pd.DataFrame) -> list[str]:
    phrases = []
    if candidats.empty:
        phrases.append(
            "Personne à certifier : aucun élève présent de ces publics, ou tous le sont déjà."
        )
    douteuses = sorted(set(candidats.loc[~candidats["annee_connue"], "classe"]), key=rang_niveau)
    if douteuses:
        phrases.append(
            f"{enumerer(douteuses)} : le nom ne dit pas si c'est l'année du diplôme ; à vérifier."
        )
    pas_encore = int((~candidats["certifiable"]).fillna(False).sum())
    if pas_encore:
        un, des = (
            "candidat n'est pas encore certifiable",
            "candidats ne sont pas encore certifiables",
        )
        quoi = conjuguer(pas_encore, un, des)
        phrases.append(f"{quoi} : à préparer d'ici là, voir listes.pdf.")
    inconnus = int(candidats["certifiable"].isna().sum())
    if inconnus:
        quoi = conjuguer(inconnus, "candidat", "candidats")
        phrases.append(f"{quoi} sans collecte de profils : rien ne dit qui est certifiable.")
    return phrases


def _dire_le_remplacement(garde: Creneau | None, absents: Mapping[str, list]) -> str:
    if garde is None:
        return (
            "Aucun créneau ne reste après la dernière session pour les absents : ajoutez-en un au "
            "fichier des salles, même après la date de fin."
        )
    dehors = any(hors_periode(garde.debut.date(), fenetre) for fenetre in absents.values())
    suite = ", hors période" if dehors else ""
    return (
        f"Session de remplacement pour les absents : {heure_en_mots(garde.debut)}, salle "
        f"{garde.salle}{suite}."
    )
