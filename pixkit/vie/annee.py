"""Étage 4 — clore une année : ce qui s'efface, ce qui se garde sans nom, les fichiers à jeter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

import pandas as pd

from pixkit.charte import accord, date_en_mots, enumerer
from pixkit.ecole import Ecole
from pixkit.ecriture_sure import verrou
from pixkit.erreurs import ChoixInconnu
from pixkit.lecture.formats.listes import annee_scolaire_du
from pixkit.memoire import MEMOIRES, ecrire_memoire, lire_memoire, originaux
from pixkit.referentiel import a_supprimer_le

_DATEES = ("decisions", "livrets")
"""Les mémoires nominatives dont chaque ligne dit son année."""


@dataclass(frozen=True)
class Cloture:
    """Ce que clore une année ferait : `memoires` {nom: lignes qui restent}, `nb_effacees`, les
    `bilans` gardés pour l'année suivante, les `fichiers` bruts de cette seule année, les `meles`
    qui en disent d'autres."""

    annee_scolaire: str
    le: date
    memoires: dict[str, list[dict[str, str]]]
    nb_effacees: int
    bilans: list[dict[str, str]]
    fichiers: list[str]
    meles: list[str]

    def en_mots(self) -> str:
        """Ce qui s'efface, ce qui se garde, ce qui reste à faire : à lire avant de dire oui."""
        return "\n".join(self._phrases())

    def _phrases(self) -> Iterator[str]:
        yield (
            f"{self.annee_scolaire} : ses données nominatives sont à supprimer le "
            f"{date_en_mots(self.le)} au plus tard."
        )
        if self.le >= date.today():
            yield "  Attention : cette année n'est pas finie ; « qui est qui » serait à refaire."
        dit = accord(self.nb_effacees, "ligne nominative", "lignes nominatives")
        yield (
            f"  S'efface : {dit} (qui est qui, livrets, aménagements de qui n'est plus là), et ce "
            "qui est gardé d'un ancien format."
        )
        yield (
            "  Se garde : les décisions du conseil, les disciplines, les périmètres, et "
            f"{accord(len(self.bilans), 'décompte')} sans nom (pixkit_bilans.csv) pour comparer "
            "l'an prochain : Explorer, « D'une année à l'autre »."
        )
        if self.fichiers:
            yield f"  À supprimer vous-même, quand ils ne servent plus : {enumerer(self.fichiers)}."
        if self.meles:
            yield f"  D'autres années aussi, à refaire sans elle : {enumerer(self.meles)}."


def annees_connues(ecole: Ecole) -> list[str]:
    """Les années scolaires dont le dossier parle, de la première à la dernière."""
    dites = chain.from_iterable(table["annee_scolaire"].dropna() for table in _lues(ecole))
    return sorted({*dites, *(une.annee_scolaire for une in ecole.decisions)} - {""})


def rappel(ecole: Ecole, aujourd_hui: date) -> str:
    """Les années finies qui ne sont pas closes ; vide s'il n'y en a pas."""
    if ecole.dossier is None:
        return ""
    closes = {ligne["annee_scolaire"] for ligne in lire_memoire(ecole.dossier, "annees")}
    finies = [
        une
        for une in annees_connues(ecole)
        if une not in closes and a_supprimer_le(une) < aujourd_hui
    ]
    if not finies:
        return ""
    return (
        f"À clore : {enumerer(finies)} (page « Année », ou pixkit clore) ; des noms sont à "
        f"supprimer depuis le {date_en_mots(a_supprimer_le(finies[0]))}."
    )


def preparer_cloture(ecole: Ecole, annee_scolaire: str) -> Cloture:
    """Ce que clore cette année ferait, sans rien écrire. Lève ChoixInconnu."""
    connues = annees_connues(ecole)
    if annee_scolaire not in connues:
        raise ChoixInconnu(
            f"l'année « {annee_scolaire} ».",
            f"une année de ce dossier : {enumerer(connues) or 'il n’en dit aucune'}.",
            "choisissez l'une d'elles."
            if connues
            else "vérifiez que c'est bien le dossier de vos exports.",
        )
    avant = {nom: lire_memoire(ecole.dossier, nom) for nom in (*_DATEES, "amenagements")}
    apres = {
        nom: [une for une in avant[nom] if une["annee_scolaire"] != annee_scolaire]
        for nom in _DATEES
    }
    listes = ecole.tables.eleves
    encore_la = set(listes.loc[listes["annee_scolaire"].fillna("") > annee_scolaire, "eleve"])
    apres["amenagements"] = [une for une in avant["amenagements"] if une["eleve"] in encore_la]
    fichiers = _annees_des_fichiers(ecole)
    return Cloture(
        annee_scolaire,
        a_supprimer_le(annee_scolaire),
        apres,
        sum(len(avant[nom]) - len(apres[nom]) for nom in avant),
        _bilans(ecole, annee_scolaire),
        [nom for nom, annees in fichiers.items() if annees == {annee_scolaire}],
        [nom for nom, annees in fichiers.items() if annees > {annee_scolaire}],
    )


def clore(ecole: Ecole, cloture: Cloture) -> None:
    """Efface, garde, et note que l'année est close. Aucun fichier brut n'est touché.

    Clore deux fois n'y change rien. Lève EcritureImpossible.
    """
    dossier, an = ecole.dossier, cloture.annee_scolaire
    note = {"annee_scolaire": an, "close_le": date.today().isoformat()}
    with verrou(dossier):
        bilans, closes = (
            [une for une in lire_memoire(dossier, nom) if une["annee_scolaire"] != an]
            for nom in ("bilans", "annees")
        )
        memoires = cloture.memoires | {"bilans": [*bilans, *cloture.bilans]}
        for nom, lignes in memoires.items():
            if lignes != lire_memoire(dossier, nom):
                ecrire_memoire(dossier, nom, lignes)
        for chemin in originaux(dossier):
            chemin.unlink(missing_ok=True)
        ecrire_memoire(dossier, "annees", [*closes, note])
    ecole.relire()


def _lues(ecole: Ecole) -> tuple[pd.DataFrame, ...]:
    """Les tables qui disent une année, sans rien relier : un rappel à l'ouverture ne coûte rien."""
    return ecole.tables.participations, ecole.tables.certifications, ecole.tables.eleves


def _bilans(ecole: Ecole, annee_scolaire: str) -> list[dict[str, str]]:
    """Les `bilans` de l'année, tels qu'ils se gardent ; ceux d'une clôture passée y restent."""
    siens = ecole.bilans[ecole.bilans["annee_scolaire"] == annee_scolaire]
    return siens[MEMOIRES["bilans"]].astype("str").to_dict("records")


def _annees_des_fichiers(ecole: Ecole) -> dict[str, set[str]]:
    """{fichier brut: les années dont il parle} ; à défaut d'une ligne gardée, celle de sa date."""
    annees: dict[str, set[str]] = {}
    for table in _lues(ecole):
        dites = table[["fichier", "annee_scolaire"]].dropna().drop_duplicates()
        for fichier, annee in dites.itertuples(index=False):
            annees.setdefault(fichier, set()).add(annee)
    dates = ecole.tables.fichiers.dropna(subset=["nature", "date_donnees"])
    for fichier, jour in dates[["fichier", "date_donnees"]].itertuples(index=False):
        annees.setdefault(fichier, {annee_scolaire_du(jour)})
    return dict(sorted(annees.items()))
