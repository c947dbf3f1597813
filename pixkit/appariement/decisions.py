"""Ce que des personnes ont décidé de qui est qui : le lire, l'ajouter, le défaire. Aucun calcul n'y touche."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from pixkit.memoire import ecrire_memoire, lire_memoire
from pixkit.referentiel import normaliser

ACCEPTE, REFUSE, HORS = "accepte", "refuse", "hors_etablissement"


@dataclass(frozen=True)
class Decision:
    """Un nom tel que Pix l'écrit, et ce qui en a été décidé. `precision` distingue deux homonymes (campagne et date)."""

    nom: str
    prenom: str
    classe: str
    annee_scolaire: str
    precision: str
    decision: str
    eleve: str
    date: str

    def nomme(self, autre: "Decision") -> bool:
        """Est-ce le même nom, au même endroit ?"""
        return _cle(self) == _cle(autre)


def _cle(decision: Decision) -> tuple[str, ...]:
    textes = (decision.nom, decision.prenom, decision.classe)
    return (*map(normaliser, textes), decision.annee_scolaire, decision.precision)


def lire_decisions(dossier: str | Path) -> list[Decision]:
    """Les décisions du dossier, dans l'ordre où elles ont été prises."""
    return [
        Decision(**{champ: ligne[champ] for champ in Decision.__dataclass_fields__})
        for ligne in lire_memoire(dossier, "decisions")
    ]


def decider(dossier: str | Path, decision: Decision) -> list[Decision]:
    """Ajoute une décision datée d'aujourd'hui ; elle remplace une acceptation ou un « hors établissement » du même nom.

    Plusieurs refus du même nom coexistent : un par élève refusé.
    """
    nouvelle = replace(decision, date=decision.date or date.today().isoformat())
    gardees = [
        ancienne
        for ancienne in lire_decisions(dossier)
        if not ancienne.nomme(nouvelle) or (REFUSE in (ancienne.decision, nouvelle.decision) and ancienne.eleve != nouvelle.eleve)
    ]
    ecrire_memoire(dossier, "decisions", [asdict(une) for une in (*gardees, nouvelle)])
    return [*gardees, nouvelle]


def annuler(dossier: str | Path) -> Decision | None:
    """Retire la dernière décision et la rend ; None s'il n'y en a pas."""
    decisions = lire_decisions(dossier)
    if not decisions:
        return None
    ecrire_memoire(dossier, "decisions", [asdict(une) for une in decisions[:-1]])
    return decisions[-1]
