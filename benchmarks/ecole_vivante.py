"""Une école dont on sait tout, publication après publication : qui a envoyé quoi, sous quel nom.

Ses exports sont les tables de `population` ; ce que pixkit en fait se compare à la vérité.
"""

import random
from dataclasses import dataclass, field, replace

import pandas as pd

_RENTREE = pd.Timestamp("2026-09-01 10:00")
PRENOMS = ("Ana", "Bilal", "Chloé", "Driss", "Emma", "Farid", "Gaëlle", "Hugo", "Inès", "Jules")


@dataclass(frozen=True)
class Envoi:
    """{compétence: acquis maîtrisés, ou niveau} d'un envoi, son jour ; sans note, compte effacé."""

    jour: int
    notes: dict[str, int]


@dataclass
class Eleve:
    """`numero` est la vérité ; le reste peut changer."""

    numero: int
    nom: str
    cle: str
    classe: str
    niveau: str
    envois: dict[str, Envoi] = field(default_factory=dict)
    commences: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Ligne:
    """Une ligne d'export : ce qu'un fichier dit d'un élève dans un parcours."""

    numero: int
    nom: str
    cle: str
    classe: str
    niveau: str
    parcours: str
    campagne: str
    envoi: Envoi | None
    commence: bool


@dataclass
class Ecole:
    """`parcours` {nom: {compétence: acquis visés}}, `codes` {parcours: code de campagne}, `publies`
    {classe: nom publié}, `gardees` : les lignes d'anciens exports restés dans le dossier,
    `collectes` : les parcours qui relèvent un profil, chaque compétence de 0 à 8."""

    alea: random.Random
    eleves: list[Eleve]
    parcours: dict[str, dict[str, int]]
    codes: dict[str, str]
    effectif_min: int
    liste: bool
    jour: int = 0
    revenu: str = ""
    publies: dict[str, str] = field(default_factory=dict)
    gardees: list[Ligne] = field(default_factory=list)
    archives: list[list[Ligne]] = field(default_factory=list)
    collectes: set[str] = field(default_factory=set)
    _numero: int = 0

    @property
    def classes(self) -> list[str]:
        return sorted({eleve.classe for eleve in self.eleves})

    def de(self, classe: str) -> list[Eleve]:
        return [eleve for eleve in self.eleves if eleve.classe == classe]

    def neuf(self) -> str:
        self._numero += 1
        return f"{self._numero}"

    def exporter(self) -> list[Ligne]:
        """Les lignes d'aujourd'hui ; une ancienne ne reste que si aucune n'est sous sa clé."""
        lignes = [
            Ligne(
                e.numero,
                e.nom,
                e.cle,
                e.classe,
                e.niveau,
                parcours,
                code,
                e.envois.get(parcours),
                {*e.envois, *e.commences} >= {parcours},
            )
            for parcours, code in self.codes.items()
            for e in self.eleves
            if self.liste or parcours in e.envois
        ]
        if self.revenu and len(self.archives) > 1:
            lignes = [une for une in lignes if une.parcours != self.revenu]
            lignes += [une for une in self.archives[-2] if une.parcours == self.revenu]
        toutes = {(une.campagne, self._cle(une)): une for une in [*self.gardees, *lignes]}
        return list(toutes.values())

    def _cle(self, ligne: Ligne) -> str:
        """Avec une liste, la clé est la sienne ; sans, elle dépend du nom et de la classe."""
        return f"INE{ligne.numero}" if self.liste else f"{ligne.cle} {ligne.nom} {ligne.classe}"

    def _sous_la_moitie(self, ligne: Ligne) -> bool | None:
        """Ce que dit une part : d'une évaluation sous l'objectif, d'une collecte non certifiable
        (ici de même)."""
        notes = ligne.envoi.notes if ligne.envoi else {}
        vises = sum(self.parcours[ligne.parcours][code] for code in notes)
        return sum(notes.values()) < vises / 2 if vises else None

    def tables(self, lignes: list[Ligne]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Les deux tables de `population`."""
        eleves, resultats = [], []
        niveaux: dict[tuple[str, str], set[str]] = {}
        for une in lignes:
            classe = self.publies.get(une.classe, une.classe)
            niveaux.setdefault((une.campagne, classe), set()).add(une.niveau)
        for une in lignes:
            classe = self.publies.get(une.classe, une.classe)
            meles = len(niveaux[une.campagne, classe]) > 1
            collecte, sous = une.parcours in self.collectes, self._sous_la_moitie(une)
            eleves.append({
                "campagne": une.campagne, "nom_campagne": une.parcours, "organisation": "Essai",
                "type_campagne": "collecte" if collecte else "evaluation",
                "annee_scolaire": "2026-2027",
                "eleve": self._cle(une), "noms": [une.nom], "classe": classe,
                "niveau_scolaire": "" if meles else une.niveau, "sur_liste": self.liste,
                "termine": une.envoi is not None, "commence": une.commence,
                "envoye": une.envoi is not None, "au_niveau": None,
                "certifiables": not sous if collecte and sous is not None else None,
                "sous_objectif": None if collecte else sous,
            })  # fmt: skip
            for code, note in (une.envoi.notes if une.envoi else {}).items():
                resultats.append({
                    "campagne": une.campagne, "eleve": self._cle(une),
                    "date_envoi": _RENTREE
                    + pd.Timedelta(days=une.envoi.jour, minutes=une.numero % 60),
                    "competence": code,
                    "nb_acquis": None if collecte else self.parcours[une.parcours][code],
                    "nb_acquis_maitrises": None if collecte else note,
                    "niveau_pix": note if collecte else None,
                })  # fmt: skip
        colonnes = ["campagne", "eleve", "date_envoi", "competence", "nb_acquis",
                    "nb_acquis_maitrises", "niveau_pix"]  # fmt: skip
        table = pd.DataFrame(resultats, columns=colonnes)
        return pd.DataFrame(eleves), table.astype(dict.fromkeys(colonnes[-3:], "Int64"))


def nouvel_envoi(ecole: Ecole, parcours: str) -> Envoi:
    vises, alea = ecole.parcours[parcours], ecole.alea
    notes = {code: alea.randint(0, vises[code]) for code in vises if alea.random() < 0.97}
    return Envoi(ecole.jour, notes)


def arriver(ecole: Ecole, classe: str, combien: int, nom: str | None = None) -> None:
    niveau = ecole.de(classe)[0].niveau if ecole.de(classe) else "5e"
    for _ in range(combien):
        numero = int(ecole.neuf())
        prenom = ecole.alea.choice(PRENOMS)
        ecole.eleves.append(
            Eleve(numero, nom or f"nom{numero} {prenom}", f"c{numero}", classe, niveau)
        )


def envoyer(ecole: Ecole, part: float) -> None:
    """Cette part de ceux qui ne l'ont pas fait envoie ; d'autres commencent."""
    for eleve in ecole.eleves:
        for parcours in ecole.parcours:
            if parcours not in eleve.envois and ecole.alea.random() < part:
                eleve.envois[parcours] = nouvel_envoi(ecole, parcours)
            elif ecole.alea.random() < 0.2:
                eleve.commences.add(parcours)


def fonder(graine: int) -> Ecole:
    """Une école au hasard, à la rentrée."""
    alea = random.Random(graine)
    parcours, collectes = {}, set()
    for nom in ("P0", "P1")[: alea.randint(1, 2)]:
        collectes |= {nom} if alea.random() < 0.4 else set()
        parcours[nom] = {
            f"{code}.1": 8 if nom in collectes else alea.randint(1, 6)
            for code in range(1, alea.randint(2, 4))
        }
    codes = {nom: f"C{nom}" for nom in parcours}
    ecole = Ecole(alea, [], parcours, codes, alea.randint(3, 10), alea.random() < 0.7,
                  collectes=collectes)  # fmt: skip
    for rang in range(alea.randint(2, 5)):
        classe = f"{'65'[rang % 2]}e{'ABCDE'[rang]}"
        ecole.eleves += [Eleve(0, "", "", classe, classe[:2])]
        arriver(ecole, classe, alea.randint(8, 30))
    ecole.eleves = [eleve for eleve in ecole.eleves if eleve.nom]
    envoyer(ecole, alea.choice([0.2, 0.5, 0.8]))
    return ecole


def archiver(ecole: Ecole, lignes: list[Ligne]) -> None:
    ecole.archives.append([replace(une) for une in lignes])
