"""Une école inventée et ce que ses élèves tapent dans Pix : une liste, des participations bruitées,
et la vérité."""

import random
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pixkit.tables import ELEVES, TEXTE

LISTES = Path(__file__).parent / "listes"
PRENOMS = (LISTES / "prenoms.txt").read_text(encoding="utf-8").split()
_DEBUTS, _FINS = (
    moitie.split() for moitie in (LISTES / "syllabes.txt").read_text(encoding="utf-8").split("—")
)
_PARTICULES = ["DE ", "DU ", "LE ", "DE LA ", "D'", "BEN ", "EL ", "DA "]
BRUITS = {
    "exact": 40,
    "sans_accents": 12,
    "minuscules": 8,
    "inverse": 8,
    "prenom_court": 5,
    "colle": 4,
    "separe": 4,
    "tiret": 4,
    "faute": 8,
    "deux_fautes": 2,
    "tronque": 2,
    "usage": 3,
}
"""Ce que les élèves font à leur nom, et en quelles proportions."""


@dataclass
class Ecole:
    """`eleves` (schéma ELEVES), `participations` à apparier, `verite` : l'élève de chaque ligne,
    None s'il n'est pas d'ici."""

    eleves: pd.DataFrame
    participations: pd.DataFrame
    verite: list[str | None]
    bruits: list[str]
    ambigus: set[str]  # élèves qu'un autre, présent dans la liste, rend indiscernables


def fausse_ecole(
    nb_eleves: int,
    *,
    graine: int,
    avec_classe: bool = True,
    dehors: float = 0.03,
    par_classe: int = 27,
) -> Ecole:
    alea = random.Random(graine)
    noms = sorted({(d + f).upper() for d in _DEBUTS for f in _FINS})
    alea.shuffle(noms)
    noms = noms[: max(60, nb_eleves * 2 // 3)]
    eleves = []
    for rang in range(nb_eleves):
        nom = (
            alea.choice(noms)
            if alea.random() > 0.06
            else alea.choice(_PARTICULES) + alea.choice(noms)
        )
        if alea.random() < 0.04:
            nom += alea.choice("- ") + alea.choice(noms)
        prenom = alea.choice(PRENOMS) + (
            alea.choice("- ") + alea.choice(PRENOMS) if alea.random() < 0.08 else ""
        )
        numero = rang // par_classe
        eleves.append(
            {"eleve": f"{100000000 + rang * 7919 % 899999999:09d}AB", "nom": nom, "prenom": prenom,
             "nom_usage": alea.choice(noms) if alea.random() < 0.05 else None,
             "autres_prenoms": alea.choice(PRENOMS) if alea.random() < 0.6 else None,
             "date_naissance": pd.Timestamp(2013, 1, 1) + pd.Timedelta(days=alea.randrange(365)),
             "classe": f"{6 - numero % 4}e{chr(65 + numero // 4 % 26)}{numero // 104 or ''}"}
        )  # fmt: skip
    for rang in range(0, nb_eleves - 1, 150):  # des jumeaux, et des homonymes parfaits
        frere = dict(
            eleves[rang],
            eleve=eleves[rang + 1]["eleve"],
            prenom=alea.choice([p for p in PRENOMS if p != eleves[rang]["prenom"]]),
        )
        eleves[rang + 1] = frere
    for rang in range(75, nb_eleves - 1, 300):
        eleves[rang + 1] = dict(
            eleves[rang], eleve=eleves[rang + 1]["eleve"], date_naissance=pd.Timestamp(2013, 3, 3)
        )
    return _participer(eleves, alea, noms, avec_classe, dehors)


def _participer(
    eleves: list[dict], alea: random.Random, noms: list[str], avec_classe: bool, dehors: float
) -> Ecole:
    identites: dict[tuple, list[str]] = {}
    for eleve in eleves:
        cle = (eleve["nom"], eleve["prenom"], eleve["classe"] if avec_classe else "")
        identites.setdefault(cle, []).append(eleve["eleve"])
    ambigus = {cle for groupe in identites.values() if len(groupe) > 1 for cle in groupe}
    lignes, verite, bruits = [], [], []
    presents = [eleve for eleve in eleves if alea.random() < 0.9]
    for eleve in presents:
        bruit = alea.choices(list(BRUITS), list(BRUITS.values()))[0]
        nom, prenom = bruiter(eleve, bruit, alea)
        lignes.append(
            (nom, prenom, eleve["classe"] if avec_classe and alea.random() > 0.02 else None)
        )
        verite.append(eleve["eleve"])
        bruits.append(bruit)
    for _ in range(int(dehors * len(presents))):
        lignes.append(
            (
                alea.choice(noms),
                alea.choice(PRENOMS),
                alea.choice(eleves)["classe"] if avec_classe else None,
            )
        )
        verite.append(None)
        bruits.append("dehors")
    participations = pd.DataFrame(lignes, columns=["nom", "prenom", "classe"]).assign(
        fichier="export.csv",
        organisation="Collège inventé",
        annee_scolaire="2026-2027",
        groupe=None,
        campagne="AAAAAA111",
        numero_etudiant=None,
        identifiant_externe=None,
        date_envoi=pd.NaT,
        date_debut=pd.date_range("2026-09-15", periods=len(lignes), freq="min", tz="Europe/Paris"),
    )
    participations["ligne"] = range(2, len(lignes) + 2)
    participations["eleve"] = [f"c{rang}" for rang in range(len(lignes))]
    table = pd.DataFrame(eleves).reindex(columns=list(ELEVES))
    table = table.assign(annee_scolaire="2026-2027", etablissement="0380000X", present=True)
    table = table.astype({nom: genre for nom, genre in ELEVES.items() if genre == TEXTE})
    return Ecole(table, participations, verite, bruits, ambigus)


def bruiter(eleve: dict, bruit: str, alea: random.Random) -> tuple[str, str]:
    """Le nom et le prénom tels qu'un élève pressé les tape."""
    nom, prenom = eleve["nom"], eleve["prenom"]
    if bruit == "sans_accents":
        prenom = prenom.translate(str.maketrans("ÉÈÊÀÂÇéèêëàâîïôûùç", "EEEAACeeeeaaiiouuc"))
    elif bruit == "minuscules":
        nom, prenom = nom.lower(), prenom.lower()
    elif bruit == "inverse":
        nom, prenom = prenom, nom
    elif bruit == "prenom_court":
        prenom = prenom.replace("-", " ").split()[0]
    elif bruit == "colle":
        nom, prenom = (
            nom.replace(" ", "").replace("'", ""),
            prenom.replace("-", "").replace(" ", ""),
        )
    elif bruit == "separe":
        nom = nom.replace("'", " ").replace("-", " ")
    elif bruit == "tiret":
        nom, prenom = nom.replace(" ", "-"), prenom.replace(" ", "-")
    elif bruit == "faute":
        nom, prenom = (
            (faute(nom, alea), prenom) if alea.random() < 0.6 else (nom, faute(prenom, alea))
        )
    elif bruit == "deux_fautes":
        nom, prenom = faute(nom, alea), faute(prenom, alea)
    elif bruit == "tronque":
        nom = nom[: max(4, len(nom) - 2)]
    elif bruit == "usage":
        nom = eleve["nom_usage"] or nom
    return nom, prenom


def faute(texte: str, alea: random.Random) -> str:
    """Une lettre changée, ajoutée, oubliée ou échangée avec la suivante."""
    place, lettre = (
        alea.randrange(max(1, len(texte) - 1)),
        alea.choice("abcdefghijklmnopqrstuvwxyz"),
    )
    return alea.choice(
        (
            texte[:place] + lettre + texte[place + 1 :],
            texte[:place] + lettre + texte[place:],
            texte[:place] + texte[place + 1 :],
            texte[:place] + texte[place + 1 : place + 2] + texte[place] + texte[place + 2 :],
        )
    )
