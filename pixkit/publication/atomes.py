"""Étage 4 — la règle des publications : des contributions, des cellules, des atomes.

Une *contribution* est une valeur d'un envoi : un résultat dans une compétence, ou « a envoyé » d'un
élève attendu. Une *cellule* est une somme publiée de contributions. Celles qui sont comptées dans
exactement les mêmes cellules, de toutes les publications, forment un *atome* : personne ne peut les
distinguer. Une cellule n'est publiée que si chaque atome qu'elle crée a N contributions au moins,
et si aucun de ceux qu'une différence montrerait n'est extrême ; sinon la précédente est republiée.
Elle est donc un ensemble d'atomes entiers : un élève qui part n'y change rien.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

EXTREME = 0.05
"""Plus près de rien ou de tout, une somme dirait presque la valeur de chacun."""


@dataclass(frozen=True)
class Contribution:
    """La valeur de `qui` (un numéro sans nom), `somme` sur `sur`, et son empreinte salée."""

    qui: int
    empreinte: str
    somme: int
    sur: int


@dataclass(frozen=True)
class Atome:
    """Des contributions indiscernables, leur somme exacte, et de qui elles sont {numéro:
    empreintes} : jamais la valeur d'une seule. `promis` : le plus grand N promis à ceux-là."""

    somme: int
    sur: int
    promis: int
    contributions: Mapping[int, list[str]]

    @property
    def nombre(self) -> int:
        return sum(map(len, self.contributions.values()))

    @classmethod
    def de(cls, contributions: Iterable[Contribution], promis: int) -> "Atome":
        siennes = list(contributions)
        par_personne: dict[int, list[str]] = {}
        for une in siennes:
            par_personne.setdefault(une.qui, []).append(une.empreinte)
        sommes = (sum(une.somme for une in siennes), sum(une.sur for une in siennes))
        return cls(*sommes, promis, par_personne)

    def moins(self, autre: "Atome") -> "Atome":
        restent = {
            qui: siennes
            for qui, siennes in self.contributions.items()
            if qui not in autre.contributions
        }
        return replace(
            self, somme=self.somme - autre.somme, sur=self.sur - autre.sur, contributions=restent
        )

    def anonyme(self, effaces: Collection[int]) -> "Atome":
        """Le même, sans l'empreinte de ce qu'ont envoyé les `effaces` : leur nombre reste."""
        contributions = {
            qui: [""] * len(siennes) if qui in effaces else siennes
            for qui, siennes in self.contributions.items()
        }
        return replace(self, contributions=contributions)


Cellule = list[Atome]
DuJour = Mapping[int, list[Contribution]]


def est_extreme(atomes: Iterable[Atome]) -> bool:
    """La somme est-elle à moins de 5 points de rien ou de tout ?"""
    tous = list(atomes)
    somme, sur = sum(atome.somme for atome in tous), sum(atome.sur for atome in tous)
    return not EXTREME - 1e-9 <= somme / max(sur, 1) <= 1 - EXTREME + 1e-9


def petit(nombre: int, minimum: int) -> bool:
    """Un nombre qui parlerait de quelqu'un : ni personne, ni N élèves au moins."""
    return 0 < nombre < minimum


def personnes(atomes: Iterable[Atome]) -> set[int]:
    return {qui for atome in atomes for qui in atome.contributions}


def avancer(
    cellule: Cellule, sortis_avant: Cellule, du_jour: DuJour, minimum: int
) -> tuple[Cellule, Cellule]:
    """La cellule à publier, et les atomes qui n'y sont plus (`sortis_avant` compris).

    S'y ajoutent les contributions de ceux qu'aucun atome ne compte ; un envoi refait remplace le
    sien si N contributions de son atome sont dans ce cas : il est coupé s'il en reste N, retiré
    tout entier sinon. Ce qu'une seule empreinte ne suffit pas à reconnaître (deux homonymes)
    attend.
    """
    deja = {(q, une) for atome in sortis_avant for q, s in atome.contributions.items() for une in s}
    faits = {
        qui: siennes[0]
        for qui, siennes in du_jour.items()
        if len(siennes) == 1 and (qui, siennes[0].empreinte) not in deja
    }
    connues = personnes(cellule)
    neuves = [
        une
        for qui, siennes in du_jour.items()
        if qui not in connues
        for une in siennes
        if (qui, une.empreinte) not in deja
    ]
    coupes = [_couper(atome, du_jour, _refaits(atome, faits), minimum) for atome in cellule]
    gardes = [reste for reste, _ in coupes if reste is not None]
    sortis = [sorti for _, sorti in coupes if sorti is not None]
    refaites = [faits[qui] for sorti in sortis for qui in _refaits(sorti, faits)]
    essais = [(gardes, sortis, neuves + refaites)] if sortis else []
    for restent, partent, arrivent in [*essais, (cellule, [], neuves)]:
        atome = Atome.de(arrivent, minimum)
        if len(atome.contributions) < minimum:
            continue
        suivante = [*restent, atome]
        bornees = est_extreme(suivante) and (not cellule or est_extreme(cellule))
        if bornees or not cellule or not est_extreme([atome]):
            return suivante, [*sortis_avant, *partent]
    return cellule, sortis_avant


def _refaits(atome: Atome, faits: Mapping[int, Contribution]) -> set[int]:
    """Ceux dont l'envoi n'est plus celui de l'atome, ni l'un de ceux qui en sont sortis (un ancien
    export revenu)."""
    return {
        qui
        for qui, siennes in atome.contributions.items()
        if qui in faits and len(siennes) == 1 and faits[qui].empreinte != siennes[0]
    }


def _couper(
    atome: Atome, du_jour: DuJour, refaits: set[int], minimum: int
) -> tuple[Atome | None, Atome | None]:
    """(ce qui reste d'un atome, ce qui en sort) quand des envois ont été refaits."""
    minimum = max(minimum, atome.promis)
    restent = {qui: siennes for qui, siennes in atome.contributions.items() if qui not in refaits}
    if len(refaits) < minimum:
        return atome, None
    intacts = all(
        sorted(une.empreinte for une in du_jour.get(qui, ())) == sorted(siennes)
        for qui, siennes in restent.items()
    )
    if len(restent) >= minimum and intacts:
        # Leur somme se relit dans les fichiers ; celle des refaits s'en déduit.
        reste = Atome.de((une for qui in restent for une in du_jour[qui]), atome.promis)
        sorti = atome.moins(reste)
        if not est_extreme([reste]) and not est_extreme([sorti]):
            return reste, sorti
    return (None, atome) if len(restent) < minimum else (atome, None)


@dataclass(frozen=True)
class Pointage:
    """Ce qui se compte sur une liste publique : les `attendus`, et les vagues de ceux qui ont dit
    `oui` (envoyé, certifié…)."""

    attendus: Cellule
    oui: Cellule

    def avancer(self, du_jour: Mapping[int, list[bool]], minimum: int) -> "Pointage":
        """La liste à publier. `du_jour` : pour chaque attendu, oui ou non.

        Qui a dit oui une fois le reste, qui part reste attendu. Ceux qui arrivent ensemble se
        comptent ensemble : une vague d'eux compte N oui, ou est celle après laquelle leur nombre
        n'est plus dit (`compter`). Celui dont un homonyme arrive attend.
        """
        arrives = {q: siens for q, siens in du_jour.items() if q not in personnes(self.attendus)}
        attendus = list(self.attendus)
        if len(arrives) >= 2 * minimum - 1:
            un_chacun = [Contribution(q, "", 1, 1) for q, siens in arrives.items() for _ in siens]
            attendus.append(Atome.de(un_chacun, minimum))
        comptes = personnes(self.oui)
        vagues = [*self.oui]
        for atome, (oui, tous) in zip(attendus, Pointage(attendus, vagues).compter(), strict=True):
            neufs = [
                q for q, siens in atome.contributions.items()
                if q not in comptes and len(siens) == len(du_jour.get(q, ()))
            ]  # fmt: skip
            vague = Atome.de(
                (Contribution(q, "", 1, 1) for q in neufs for dit in du_jour[q] if dit),
                minimum,
            )
            se_tait = tous - oui - vague.nombre < minimum <= tous - oui
            if len(vague.contributions) >= minimum or se_tait:
                vagues.append(vague)
        return Pointage(attendus, vagues)

    @property
    def nombre(self) -> int:
        return sum(atome.nombre for atome in self.attendus)

    def compter(self) -> list[tuple[int, int]]:
        """(oui, attendus) de chacun de ceux qui sont arrivés ensemble."""
        dits = [une for vague in self.oui for une in vague.contributions.items()]
        return [
            (sum(len(s) for q, s in dits if q in atome.contributions), atome.nombre)
            for atome in self.attendus
        ]

    def dites(self, minimum: int) -> tuple[Cellule, Cellule]:
        """Les vagues dont le nombre a été dit, et celles après lesquelles il ne l'est plus."""
        dites, tues = [], []
        for atome in self.attendus:
            total = 0
            for vague in self.oui:
                if vague.contributions.keys() & atome.contributions.keys():
                    total += vague.nombre
                    la = dites if minimum <= total <= atome.nombre - minimum else tues
                    la.append(vague)
        return dites, tues


def se_compte(cellule: Cellule, dites: Cellule, tues: Cellule, minimum: int) -> bool:
    """Dire combien ils sont ne crée-t-il, face aux vagues dites, que des atomes de N, sans rien
    apprendre des autres ? De deux homonymes, on ne sait pas lequel manque."""
    siens, reste = personnes(cellule), personnes(cellule)
    if any(len(une) > 1 for atome in cellule + dites for une in atome.contributions.values()):
        return False
    if siens & personnes(tues):
        return False
    for vague in dites:
        dedans = siens & vague.contributions.keys()
        reste -= dedans
        if petit(len(dedans), minimum) or petit(len(vague.contributions) - len(dedans), minimum):
            return False
    return not reste  # une vague à venir en prendrait une partie
