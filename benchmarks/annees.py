"""Des années scolaires au hasard, et un attaquant qui les connaît : rien ne doit s'isoler.

Le contrôle ne se sert pas de la règle : il retrouve qui est compté dans chaque cellule publiée,
d'après la vérité, et cherche ce qu'une combinaison de cellules isolerait.

Commande : python -m benchmarks.annees --annees 2000
"""

import argparse
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain, combinations

import numpy as np
import pandas as pd

from benchmarks.ecole_vivante import Ecole, archiver, fonder
from benchmarks.evenements import EVENEMENTS, passer
from pixkit.publication.agregats import Agregats, agreger
from pixkit.publication.atomes import personnes
from pixkit.publication.cellules import publier
from pixkit.publication.memoire import ATTENDUS, ETAPES, OUI, PARTS, Groupe, Memoire

Jeton = tuple
"""(personne, laquelle, valeur) : une contribution, telle que la vérité la connaît."""


@dataclass
class Cellule:
    """Ce qu'une case publiée a compté, à quelle publication, sous quel N ; exacte ou bornée."""

    publication: int
    minimum: int
    lieu: tuple
    quoi: tuple
    contenu: frozenset[Jeton]
    somme: int
    sur: int
    bornee: bool
    effectif: int | None


@dataclass
class Annee:
    """Une école, sa mémoire, tout ce qui en a été publié ; `fautes`, en mots."""

    ecole: Ecole
    memoire: Memoire = field(default_factory=Memoire)
    cellules: list[Cellule] = field(default_factory=list)
    fautes: list[str] = field(default_factory=list)
    _classes: dict[tuple, set[frozenset]] = field(default_factory=dict)
    _confondus: dict[int, int] = field(default_factory=dict)

    def publier(self, rang: int) -> None:
        ecole = self.ecole
        lignes = ecole.exporter()
        eleves, resultats = ecole.tables(lignes)
        archiver(ecole, lignes)
        self.memoire = Memoire.de_json(self.memoire.en_json())
        cases, listes = publier(self.memoire, eleves, resultats, ecole.effectif_min)
        agregats = agreger(cases, listes, eleves, ecole.effectif_min)
        vrais = self._vrais()
        neuves = [
            *self._maitrise(rang, cases, _bornees(agregats), vrais),
            *self._participation(rang, agregats.participation, OUI, vrais),
            *(
                c
                for etape in ETAPES
                for c in self._participation(rang, agregats.etapes, etape, vrais)
            ),
        ]
        self.cellules += neuves
        self._confondre(vrais)
        self._controler(rang)

    def _confondre(self, vrais: dict[int, set[int]]) -> None:
        """Ceux que la mémoire tient pour une seule personne le sont aussi ici, depuis le début."""
        for gens in vrais.values():
            racines = {self._confondus.get(numero, numero) for numero in gens}
            if len(racines) > 1:
                un = min(racines)
                tous = {*gens, *racines, *(n for n, r in self._confondus.items() if r in racines)}
                self._confondus |= dict.fromkeys(tous, un)
        for cellule in self.cellules:
            cellule.contenu = self._reconnus(cellule.contenu)

    def _reconnus(self, contenu: Collection[Jeton]) -> frozenset[Jeton]:
        """De plusieurs que la mémoire confond, on ne sait plus de qui était un envoi."""
        return _numeroter(
            (self._confondus[qui], valeur[:2]) if qui in self._confondus else (qui, valeur)
            for qui, _, valeur in contenu
        )

    def _vrais(self) -> dict[int, set[int]]:
        """{numéro de la mémoire: les personnes qui le portent ou l'ont porté}."""
        vrais: dict[int, set[int]] = {}
        for une in [ligne for lignes in self.ecole.archives for ligne in lignes]:
            cles = (f"INE{une.numero}", f"{une.cle} {une.nom} {une.classe}")
            indices = [self.memoire.empreinte("nom", une.nom)]
            for indice in (*indices, *(self.memoire.empreinte("cle", cle) for cle in cles)):
                if indice in self.memoire.personnes:
                    vrais.setdefault(self.memoire.personnes[indice], set()).add(une.numero)
        return vrais

    def _groupes(self, lieu: tuple) -> list[Groupe]:
        return [groupe for groupe in self.memoire.groupes if tuple(groupe.nom) == lieu]

    def _parcours(self, groupe: Groupe) -> str:
        """Le vrai parcours, quel que soit le code de campagne sous lequel il fut publié."""
        lignes = (ligne for lignes in self.ecole.archives for ligne in lignes)
        connues = self.memoire.campagnes
        return next(une.parcours for une in lignes if connues.get(une.campagne) == groupe.racine)

    def _decoder(self, groupe: Groupe, quoi: str, vrais: dict[int, set[int]]) -> list[tuple]:
        """Les contributions d'une cellule : leur empreinte, essayée sur toutes les valeurs."""
        contributions, envois = [], self._envois(groupe.racine, quoi)
        for atome in groupe.cellules.get(quoi, []):
            for qui, siennes in atome.contributions.items():
                gens = vrais.get(qui, {-1 - qui})
                for empreinte in siennes:
                    valeur = self._valeur(groupe.racine, quoi, empreinte)
                    envoi = min(envois.get((un, valeur[0]), "") for un in gens)
                    contributions.append((min(gens), (*valeur, envoi)))
        return contributions

    def _envois(self, racine: str, quoi: str) -> dict[tuple[int, int], str]:
        """{(personne, valeur): le premier envoi qui la lui valut} : sous deux codes que rien ne
        relie, deux envois de même valeur ne sont pas la même contribution."""
        envois: dict[tuple[int, int], str] = {}
        for une in chain.from_iterable(self.ecole.archives):
            if une.envoi and self.memoire.campagnes.get(une.campagne) == racine:
                for valeur in (0, 1) if quoi in PARTS else (une.envoi.notes.get(quoi),):
                    envois.setdefault((une.numero, valeur), f"jour {une.envoi.jour:03}")
        return envois

    def _valeur(self, racine: str, quoi: str, empreinte: str) -> tuple[int, int]:
        if quoi in (OUI, *ETAPES):
            return (1, 1)
        possibles = ((somme, sur) for sur in range(1, 9) for somme in range(sur + 1))
        return next(
            valeur for valeur in possibles
            if self.memoire.empreinte(racine, quoi, *valeur) == empreinte
        )  # fmt: skip

    def _maitrise(self, rang, cases, bornes, vrais) -> list[Cellule]:
        cellules = []
        for une in cases.itertuples():
            lieu = (une.campagne, une.niveau_scolaire, une.classe)
            groupes = self._groupes(lieu)
            for groupe in groupes:
                jetons = self._decoder(groupe, une.quoi, vrais)
                sommes = [sum(valeur[rang] for _, valeur in jetons) for rang in (0, 1)]
                comptes = personnes(groupe.cellules.get(une.quoi, ()))
                dits = personnes(groupe.cellules.get(OUI, ()))
                meme = (*sommes, len(jetons)) == (une.somme, une.sur, une.nombre)
                if meme and (une.au_moins or comptes <= dits):
                    break
            else:
                self.fautes.append(f"{rang} {lieu} {une.quoi} : la somme n'est pas celle des siens")
                continue
            effectif = None if une.au_moins else une.effectif
            # D'une classe réunie de plusieurs, chaque somme est bornée avant d'être additionnée.
            bornee = (*lieu, une.quoi) in bornes or (
                len(groupes) > 1 and not 0.05 <= une.somme / une.sur <= 0.95
            )
            cellules.append(
                Cellule(rang, self.ecole.effectif_min, lieu, (self._parcours(groupe), une.quoi),
                        _numeroter(jetons), une.somme, une.sur, bornee, effectif)
            )  # fmt: skip
        return cellules

    def _participation(self, rang, participation, fait, vrais) -> list[Cellule]:
        cellules, nom = [], {OUI: "envoyes"}.get(fait, f"{fait}s")
        for une in participation.to_dict("records"):
            if une[f"{nom}_bas"] != une[f"{nom}_haut"]:
                continue
            lieu = (une["campagne"], une["niveau_scolaire"], une["classe"])
            tous = self._groupes(lieu)
            # D'une classe réunie de plusieurs, certaines n'ont plus d'élève et ne se disent pas.
            for groupes in chain(*(combinations(tous, n) for n in range(len(tous), 0, -1))):
                jetons = [j for g in groupes for j in self._decoder(g, fait, vrais)]
                attendus = [a.nombre for g in groupes for a in g.cellules.get(ATTENDUS, ())]
                if (sum(attendus), len(jetons)) == (une["attendus"], une[f"{nom}_bas"]):
                    break
            else:
                self.fautes.append(f"{rang} {lieu} : les envois publiés ne sont pas les siens")
                continue
            minimum = self.ecole.effectif_min
            cellules.append(Cellule(rang, minimum, lieu, (self._parcours(groupes[0]), fait),
                                    _numeroter(jetons), len(jetons), une["attendus"], False,
                                    len(jetons)))  # fmt: skip
        return cellules

    # — Ce qu'un attaquant isolerait —

    def _controler(self, rang: int) -> None:
        for quoi in {cellule.quoi for cellule in self.cellules}:
            siennes = [cellule for cellule in self.cellules if cellule.quoi == quoi]
            self._isoler(rang, quoi, siennes)
            if quoi[1] not in (OUI, *ETAPES):
                self._extremes(rang, siennes)
        self._effectifs(rang)
        self._emboites(rang)

    def _isoler(self, rang: int, quoi: tuple, siennes: list[Cellule]) -> None:
        """Une combinaison de cellules est constante sur les contributions comptées ensemble : elle
        ne repose que sur de petites classes si, sans elles, le rang décroît."""
        distinctes = list({cellule.contenu: cellule for cellule in siennes})
        signatures: dict[Jeton, tuple[int, ...]] = {}
        for jeton in frozenset().union(*distinctes):
            signatures[jeton] = tuple(int(jeton in contenu) for contenu in distinctes)
        classes: dict[tuple[int, ...], set[Jeton]] = {}
        for jeton, signature in signatures.items():
            classes.setdefault(signature, set()).add(jeton)
        connues = {self._reconnus(classe) for classe in self._classes.get(quoi, set())}
        minimum = self.ecole.effectif_min
        gens = {s: len({jeton[0] for jeton in jetons}) for s, jetons in classes.items()}
        neuves = [s for s in gens if gens[s] < minimum and frozenset(classes[s]) not in connues]
        toutes = _rang(classes)
        for combien in range(1, min(len(neuves), 4) + 1):
            for petites in combinations(neuves, combien):
                nombre = sum(gens[signature] for signature in petites)
                if nombre < minimum and toutes > _rang(set(classes) - set(petites)):
                    self.fautes.append(f"{rang} {quoi} : {nombre} isolés, N = {minimum}")
        self._classes[quoi] = set(map(frozenset, classes.values()))

    def _extremes(self, rang: int, siennes: list[Cellule]) -> None:
        for apres in (une for une in siennes if une.publication == rang and not une.bornee):
            for avant in (une for une in siennes if une.publication < rang and not une.bornee):
                if avant.contenu < apres.contenu:
                    somme, sur = apres.somme - avant.somme, apres.sur - avant.sur
                    if not 0.05 - 1e-9 <= somme / sur <= 0.95 + 1e-9:
                        self.fautes.append(f"{rang} {apres.quoi} : une différence extrême")

    def _effectifs(self, rang: int) -> None:
        """Envoyés − testés, d'une publication à l'autre : 0, ou N au moins."""
        dits = [une for une in self.cellules if une.effectif is not None]
        for envois in (une for une in dits if une.quoi[1] == OUI):
            qui = Counter(jeton[0] for jeton in envois.contenu)
            for une in dits:
                if une.quoi[1] in (OUI, *ETAPES) or rang not in (
                    une.publication,
                    envois.publication,
                ):
                    continue
                testes = Counter(jeton[0] for jeton in une.contenu)
                if une.quoi[0] != envois.quoi[0] or not qui & testes:
                    continue
                minimum = min(une.minimum, envois.minimum)
                for nombre in ((qui - testes).total(), (testes - qui).total()):
                    if 0 < nombre < minimum and len(qui & testes):
                        self.fautes.append(
                            f"{rang} {une.quoi} : {nombre} de différence avec les envois"
                        )

    def _emboites(self, rang: int) -> None:
        """Ce qu'une étape a de plus que la suivante, le même jour : 0, ou N au moins."""
        dites = [
            une for une in self.cellules
            if une.publication == rang and une.quoi[1] in (OUI, *ETAPES)
            and len(self._groupes(une.lieu)) == 1
        ]  # fmt: skip
        for une, autre in combinations(dites, 2):
            ecart = abs(une.somme - autre.somme)
            if une.lieu == autre.lieu and 0 < ecart < une.minimum:
                self.fautes.append(f"{rang} {une.quoi} : {ecart} de plus que {autre.quoi[1]}")


def _bornees(agregats: Agregats) -> set[tuple]:
    """Les cases dont la valeur n'est qu'une borne, ou la part un intervalle."""
    maitrise = agregats.maitrise
    parts = pd.concat([agregats.dispersion, agregats.certification])
    lieu = ["campagne", "niveau_scolaire", "classe"]
    bornees = maitrise.loc[maitrise["borne"] != "", [*lieu, "competence"]]
    tues = parts.loc[parts["taux_bas"] != parts["taux_haut"], [*lieu, "part"]]
    return {*bornees.itertuples(False, None), *tues.itertuples(False, None)}


def _numeroter(contributions: Iterable[tuple]) -> frozenset[Jeton]:
    """Deux homonymes confondus qui ont la même valeur restent deux contributions."""
    fois: Counter[tuple] = Counter()
    jetons = set()
    for qui, valeur in contributions:
        jetons.add((qui, fois[qui, valeur], valeur))
        fois[qui, valeur] += 1
    return frozenset(jetons)


def _rang(signatures: Collection[tuple[int, ...]]) -> int:
    return int(np.linalg.matrix_rank(np.array(list(signatures)))) if signatures else 0


def vivre(graine: int, evenement=None) -> Annee:
    """Une année : deux à cinq publications, et ce qui arrive entre elles."""
    annee = Annee(fonder(graine))
    alea = annee.ecole.alea
    for rang in range(alea.randint(2, 5)):
        if rang:
            choix = [evenement] if evenement else alea.sample(EVENEMENTS, alea.randint(1, 3))
            passer(annee.ecole, choix)
        annee.publier(rang)
    return annee


def main() -> None:
    analyseur = argparse.ArgumentParser(description=__doc__)
    analyseur.add_argument("--annees", type=int, default=2000)
    analyseur.add_argument("--graine", type=int, default=0)
    options = analyseur.parse_args()
    cellules, fautives = 0, []
    for graine in range(options.graine, options.graine + options.annees):
        annee = vivre(graine)
        cellules += len(annee.cellules)
        if annee.fautes:
            fautives.append(graine)
            print(graine, annee.fautes[:3], flush=True)
    print(f"{options.annees} années, {cellules} cellules publiées, {len(fautives)} années fautives")


if __name__ == "__main__":
    main()
