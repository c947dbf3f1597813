"""Étage 4 — les textes que des personnes ont tapés et qui sortiraient : lus bruts, puis montrés.

Une personne peut répondre de ceux qui ne nomment personne ; ce qui en découle (phrases, images,
pages) est lu par `controle.controler`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pixkit.erreurs import TexteSuspect
from pixkit.memoire import lire_memoire
from pixkit.publication.agregats import Agregats
from pixkit.publication.controle import DE_PERSONNE, Personnes, signe
from pixkit.publication.lectures import mots
from pixkit.publication.reponses import Conseil


@dataclass(frozen=True)
class Saisie:
    """Un texte, et où il a été tapé ; `quoi`, ce qu'il trahit, vide s'il ne trahit rien."""

    ou: str
    texte: str
    quoi: str = ""

    def dite(self) -> str:
        """« décision du conseil n° 2 : « … » (un nom ou un prénom) » : pour un écran."""
        return f"{self.ou} : « {self.texte} » ({self.quoi})"


def saisies(agregats: Agregats, conseil: Conseil, malgre: str = "") -> list[Saisie]:
    """Tous les textes tapés que cette publication montre, chacun une fois."""
    campagnes = agregats.campagnes
    tables = (agregats.participation, agregats.maitrise, agregats.certification)
    classes = {classe for table in tables for classe in table["classe"]}
    dites = conseil.decisions[conseil.decisions["annee_scolaire"].isin(campagnes["annee_scolaire"])]
    numeros = dites.groupby("annee_scolaire").cumcount() + 1
    toutes = [
        *(("établissement", nom) for nom in campagnes["organisation"].dropna()),
        *zip("campagne " + campagnes["campagne"], campagnes["nom_campagne"], strict=True),
        *(("classe", nom) for nom in sorted(classes)),
        *zip("discipline en " + conseil.repartition["competence"],
             conseil.repartition["discipline"], strict=True),
        *zip(decision(numeros.astype(str), dites["annee_scolaire"]), dites["decision"],
             strict=True),
        ("raison de passer outre", malgre),
    ]  # fmt: skip
    uniques: dict[str, Saisie] = {}
    for ou, texte in toutes:
        uniques.setdefault(texte, Saisie(ou, texte))
    return list(uniques.values())


def decision(numero, annee):
    """Où est une décision, ou chacune d'une colonne."""
    return "décision du conseil n° " + numero + ", " + annee


def suspectes(dites: Iterable[Saisie], qui: Personnes, repondus: Iterable[str]) -> list[Saisie]:
    """Celles qui désignent quelqu'un, sauf les noms dont une personne a répondu.

    D'un INE, d'un numéro, d'une adresse, on ne répond pas.
    """
    lues = [Saisie(dite.ou, dite.texte, signe(dite.texte, qui)) for dite in dites]
    repondus = set(repondus)
    return [lue for lue in lues if lue.quoi and not (lue.texte in repondus and nomme(lue))]


def nomme(dite: Saisie) -> bool:
    """Est-ce un nom, dont on peut répondre ?"""
    return dite.quoi in DE_PERSONNE


def controler_saisies(dites: list[Saisie], qui: Personnes, dossier: Path) -> list[str]:
    """Les textes de la publication dont une personne a répondu.

    Lève TexteSuspect, qui montre les autres et leur place.
    """
    repondus = _repondus(dossier)
    _refuser(
        suspectes(dites, qui, repondus),
        "récrivez la décision ou la discipline dans « Année » ; une campagne ou une classe se "
        "publie sous un autre nom (pixkit_noms_publies.csv, colonnes nom_pix;nom_publie). Si "
        "un nom n'est celui de personne d'ici, répondez « Ce n'est pas un élève » (ou "
        '--pas-un-eleve "le texte"). Rien n\'a été écrit.',
    )
    return [dite.texte for dite in dites if dite.texte in repondus]


def ranges_par_pixkit(dites: Iterable[Saisie]) -> list[str]:
    """Les noms de classes et de campagnes, une fois contrôlés : pixkit seul les met l'un à côté de
    l'autre (« 6e Rose », « Petit parcours »). D'un seul mot, un nom se lirait encore partout."""
    return [
        dite.texte
        for dite in dites
        if dite.ou.startswith(("classe", "campagne ")) and len(mots(dite.texte)) > 1
    ]


def refuser_a_la_frappe(dites: Iterable[Saisie], qui: Personnes, dossier: Path) -> None:
    """Lève TexteSuspect si l'un des textes que l'on vient de taper nomme quelqu'un, et que personne
    n'en a répondu."""
    _refuser(
        suspectes(dites, qui, _repondus(dossier)),
        "récrivez-le sans nommer personne. Si ce n'est le nom de personne d'ici, répondez « Ce "
        "n'est pas un élève ». Rien n'a été gardé.",
    )


def _refuser(trouvees: list[Saisie], que_faire: str) -> None:
    if not trouvees:
        return
    refus = TexteSuspect(
        f"{' ; '.join(une.dite() for une in trouvees)}.",
        "des textes qui ne désignent ni un élève ni un professeur.",
        que_faire,
    )
    refus.textes = tuple(une.texte for une in trouvees if nomme(une))
    raise refus


def _repondus(dossier: Path) -> set[str]:
    return {ligne["texte"] for ligne in lire_memoire(dossier, "pas_un_eleve")}
