"""Étage 0 et demi — ce que des personnes ont décidé de qui est qui : le lire, l'ajouter, le
défaire. Aucun calcul n'y touche."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pixkit.charte import date_en_mots
from pixkit.ecriture_sure import verrou
from pixkit.erreurs import FichierIllisible
from pixkit.memoire import ecrire_memoire, lire_memoire
from pixkit.referentiel import normaliser

ACCEPTE, REFUSE, HORS = DECISIONS = ("accepte", "refuse", "hors_etablissement")


@dataclass(frozen=True)
class Decision:
    """Un nom tel que Pix l'écrit, et ce qui en a été décidé. `precision` distingue deux homonymes
    (campagne et date)."""

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

    def en_mots(self) -> str:
        """« décision du 20 novembre 2026 » ; la date comme elle est si un tableur l'a réécrite."""
        try:
            return f"décision du {date_en_mots(date.fromisoformat(self.date))}"
        except ValueError:
            return f"décision du {self.date}" if self.date else "décision"


def _cle(decision: Decision) -> tuple[str, ...]:
    textes = (decision.nom, decision.prenom, decision.classe)
    return (*map(normaliser, textes), decision.annee_scolaire, decision.precision)


def lire_decisions(dossier: str | Path) -> list[Decision]:
    """Les décisions, dans l'ordre. Lève FichierIllisible si l'une ne se comprend pas."""
    lignes = lire_memoire(dossier, "decisions")
    for numero, ligne in enumerate(lignes, start=2):
        if ligne["decision"] not in DECISIONS:
            raise FichierIllisible(
                f"dans « pixkit_decisions.csv », ligne {numero}, la décision « "
                f"{ligne['decision']} ».",
                f"l'une de : {', '.join(DECISIONS)}.",
                "corrigez ce mot, ou supprimez la ligne ; rien n'y a été changé.",
            )
    champs = Decision.__dataclass_fields__
    return [Decision(**{champ: ligne[champ] for champ in champs}) for ligne in lignes]


def decider(dossier: str | Path, *decisions: Decision) -> list[Decision]:
    """Ajoute des décisions datées d'aujourd'hui ; chacune remplace une acceptation ou un « hors
    établissement » du même nom.

    Plusieurs refus du même nom coexistent : un par élève refusé.
    """
    with verrou(dossier):
        gardees = lire_decisions(dossier)
        for decision in decisions:
            nouvelle = replace(decision, date=decision.date or date.today().isoformat())
            gardees = [*(une for une in gardees if not _remplace(nouvelle, une)), nouvelle]
        return _ecrire(dossier, gardees)


def _remplace(nouvelle: Decision, ancienne: Decision) -> bool:
    refus = REFUSE in (ancienne.decision, nouvelle.decision)
    return ancienne.nomme(nouvelle) and not (refus and ancienne.eleve != nouvelle.eleve)


def annuler(dossier: str | Path) -> Decision | None:
    """Retire la dernière décision et la rend ; None s'il n'y en a pas."""
    with verrou(dossier):
        decisions = lire_decisions(dossier)
        if not decisions:
            return None
        _ecrire(dossier, decisions[:-1])
        return decisions[-1]


def _ecrire(dossier: str | Path, decisions: list[Decision]) -> list[Decision]:
    ecrire_memoire(dossier, "decisions", [vars(une) for une in decisions])
    return decisions
