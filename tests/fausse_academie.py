"""Une académie inventée : des publications d'établissements, écrites sans image, et leur annuaire.

Seuls le manifeste et les agregats y sont : c'est tout ce que « pixkit academie » lit.
"""

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pixkit.academie.annuaire import _CLES, COLONNES
from pixkit.referentiel import competences

ANNEE = "2026-2027"
_LIEU = {"campagne": "EVAL", "niveau_scolaire": "3e", "classe": "3eA"}
NIVEAUX = {
    "collège": ("6e", "5e", "4e", "3e"),
    "LGT": ("2de", "1re", "Tle"),
    "LP": ("2de", "CAP", "Tle"),
    "agricole": ("2de", "Tle", "BTS"),
}


def uai(numero: int) -> str:
    """Le UAI de ces sept chiffres, avec sa lettre."""
    return f"{numero:07}{_CLES[numero % len(_CLES)]}"


@dataclass
class Ecole:
    """Un établissement inventé : qui il est, et ce qu'il a publié."""

    numero: int
    departement: str = "21"
    type: str = "collège"
    annee: str = ANNEE
    publie_le: str = "2026-11-20"
    effectif_min: int = 5
    campagnes: list[dict] = field(default_factory=list)
    participation: list[dict] = field(default_factory=list)
    maitrise: list[dict] = field(default_factory=list)
    etapes: list[dict] = field(default_factory=list)
    dispersion: list[dict] = field(default_factory=list)
    certification: list[dict] = field(default_factory=list)
    manifeste: dict = field(default_factory=dict)

    @property
    def uai(self) -> str:
        return uai(self.numero)

    def campagne(self, code: str = "EVAL", genre: str = "evaluation") -> "Ecole":
        self.campagnes.append(
            {"campagne": code, "nom_campagne": f"Rentrée {code}", "type_campagne": genre,
             "annee_scolaire": self.annee, "organisation": f"École {self.numero}"}
        )  # fmt: skip
        return self

    def attend(self, attendus: int, bas: int, haut: int | None = None, **ici) -> "Ecole":
        self.participation.append(
            {**_LIEU, "attendus": attendus, "envoyes_bas": bas,
             "envoyes_haut": bas if haut is None else haut, **ici}
        )  # fmt: skip
        return self

    def passe(self, attendus: int, termines: tuple, commences: tuple, **ici) -> "Ecole":
        """Combien ont terminé, commencé : au moins, au plus."""
        noms = ("termines_bas", "termines_haut", "commences_bas", "commences_haut")
        bornes = dict(zip(noms, (*termines, *commences), strict=True))
        self.etapes.append({**_LIEU, "attendus": attendus, **bornes, **ici})
        return self

    def disperse(self, effectif: int, bas: float, haut: float | None = None, **ici) -> "Ecole":
        self.dispersion.append(
            {**_LIEU, "part": "sous_objectif", "effectif": effectif, "au_moins": False,
             "taux_bas": bas, "taux_haut": bas if haut is None else haut, **ici}
        )  # fmt: skip
        return self

    def maitrise_de(self, valeur: float, effectif: int = 20, **ici) -> "Ecole":
        self.maitrise.append(
            {**_LIEU, "competence": "1.1", "mesure": "taux_maitrise", "effectif": effectif,
             "au_moins": False, "valeur": valeur, "borne": "", "bas": 0, "haut": 1, "poids": 4,
             **ici}
        )  # fmt: skip
        return self

    def certifie(self, part: str, effectif: int, bas: float, haut: float | None = None,
                 **ici) -> "Ecole":  # fmt: skip
        self.certification.append(
            {**_LIEU, "campagne": "", "annee_scolaire": self.annee, "part": part,
             "effectif": effectif, "au_moins": False, "taux_bas": bas,
             "taux_haut": bas if haut is None else haut, **ici}
        )  # fmt: skip
        return self

    def ecrire(self, parent: Path, nom: str = "") -> Path:
        dossier = parent / (nom or self.uai)
        (dossier / "agregats").mkdir(parents=True)
        tables = ["campagnes", "participation", "maitrise", "certification"]
        tables += [nom for nom in ("etapes", "dispersion") if getattr(self, nom)]
        for table in tables:
            texte = json.dumps(getattr(self, table))
            (dossier / "agregats" / f"{table}.json").write_text(texte, encoding="utf-8")
        dit = {
            "format": 2, "etablissement": f"École {self.numero}", "publie_le": self.publie_le,
            "donnees_du": self.publie_le, "a_supprimer_le": f"{self.annee[-4:]}-08-31",
            "effectif_min": self.effectif_min,
        } | self.manifeste  # fmt: skip
        (dossier / "manifeste.json").write_text(json.dumps(dit), encoding="utf-8")
        return dossier


def annuaire(parent: Path, ecoles: Iterable[Ecole], *lignes: list[str]) -> Path:
    """`etablissements.csv`, et des lignes de plus."""
    chemin = parent / "etablissements.csv"
    with chemin.open("w", encoding="utf-8", newline="") as fichier:
        ecrivain = csv.writer(fichier, delimiter=";")
        ecrivain.writerow([*COLONNES, "academie"])
        for une in ecoles:
            qui = f"Établissement {une.numero}"
            ecrivain.writerow([une.uai, qui, une.uai, une.departement, une.type, "Dijon"])
        ecrivain.writerows(lignes)
    return chemin


def inventer(ecole: Ecole, niveaux: Sequence[str], hasard: random.Random, classes: int) -> Ecole:
    """Le rend vraisemblable : une évaluation, une collecte, des certifiables, des certifiés."""
    ecole.campagne().campagne("COLL", "collecte")
    force = hasard.gauss(0, 0.04)
    for niveau in niveaux:
        for rang in range(hasard.randint(max(classes // 2, 1), classes)):
            attendus = hasard.randint(18, 32)
            envoyes = sum(hasard.random() < 0.85 + force for _ in range(attendus))
            bornes = (attendus - 4, attendus) if attendus - envoyes < 5 else (envoyes, envoyes)
            ici = {"niveau_scolaire": niveau, "classe": f"{niveau} {'ABCDEFGHIJ'[rang]}"}
            ecole.attend(attendus, *bornes, **ici)
            ecole.passe(attendus, bornes, (bornes[0], attendus), **ici)
            for code in competences():
                taux = min(max(hasard.gauss(0.62 - 0.05 * int(code[0]) + force, 0.1), 0.05), 0.95)
                borne = "<" if taux == 0.05 else ">" if taux == 0.95 else ""
                ecole.maitrise_de(round(taux, 2), envoyes, borne=borne, competence=code, **ici)
                moyen = round(min(max(hasard.gauss(2.6 + 4 * force, 0.5), 0.4), 7.6), 1)
                genre = {"mesure": "niveau_moyen", "poids": 1, "campagne": "COLL"}
                ecole.maitrise_de(moyen, envoyes, competence=code, **genre, **ici)
            part = round(min(max(hasard.gauss(0.7 + force, 0.1), 0), 1), 2)
            ecole.disperse(envoyes, round(1 - part, 2), **ici)
            ecole.certifie("certifiables", envoyes, part, **ici)
            ecole.certifie("certifies", attendus, round(part * 0.8, 2), **ici)
    return ecole


def academie(
    parent: Path, nombre: int = 24, *, niveaux: Mapping[str, Sequence[str]] = NIVEAUX,
    classes: int = 4,
) -> list[Ecole]:  # fmt: skip
    """Des établissements de trois départements, écrits dans un dossier avec leur annuaire."""
    hasard = random.Random(1)
    types = [un for un in ("collège", "collège", "LGT", "LP", "collège", "agricole")
             if un in niveaux]  # fmt: skip
    ecoles = []
    for rang in range(nombre):
        type_ = types[rang // 3 % len(types)]
        ecole = Ecole(210_001 + 7 * rang, ("21", "58", "71")[rang % 3], type_)
        ecoles.append(inventer(ecole, niveaux[type_], hasard, classes))
        ecole.ecrire(parent)
    annuaire(parent, ecoles)
    return ecoles
