"""Des listes d'élèves comme les écoles en ont vraiment, et la vérité de chacune.

Une variante croise un logiciel (ses libellés), une présentation et une écriture (le format du
fichier). Tout est inventé, et tiré au sort d'après l'identifiant de la variante : en ajouter une ne
change pas les autres.
"""

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from tests.ecritures import CLASSEURS, ECRITURES, TEXTES, Classeur, Lignes
from tests.fausse_ecole import LISTES, fausse_ecole

LOGICIELS = {
    nom: dict(colonne.split("=") for colonne in colonnes.split(";"))
    for ligne in (LISTES / "logiciels.txt").read_text(encoding="utf-8").splitlines()
    for nom, _, colonnes in [ligne.partition(" : ")]
}
"""{logiciel: {libellé: champ}} ; ce qui n'est pas un champ d'`Eleve` est écrit tel quel."""
CLASSES = (
    "6A, 6B, 6C", "6°A, 6°B", "6EME A, 6EME B", "A, B, C", "601, 602", "5E1, 5E2, 5E3", "5-1, 5-2",
    "T.04, T.05", "3-06, 3-07", "1RE 5, 1RE 6", "2GT1, 2MRC, 2TMA", "1STI2D, TSTMG1", "CAP1, CAP2",
    "BTS SIO 1, BTS SIO 2", "DCG1, DCG2", "6A, ULIS", "4A, 4SEGPA", "5B, 5C, UPE2A",
)  # fmt: skip
DIFFICILES = (
    ("DE LA TOUR", "Jean-Paul"), ("N’DIAYE", "Marie Ève"), ("LEBŒUF", "Loïc"), ("ÇELIK", "Élise"),
    ("D’ALMEIDA", "Zoë"), ("LE GUÉVEL", "François"),
)  # fmt: skip
TITRES = [["Collège des Trois Sources"], ["Édité le 05/11/2026"], []]
ACCUEIL = {"Accueil": [["Collège des Trois Sources"], ["Listes de classe", "2026-2027"]]}
IDENTITE = {"ine", "nom", "prenom", "nom_prenom"}


@dataclass(frozen=True)
class Eleve:
    nom: str
    prenom: str
    naissance: date
    ine: str
    classe: str = ""
    structure: str = "D"  # ce qu'est `classe` pour SIECLE : une division, ou un groupe (G)

    @property
    def nom_prenom(self) -> str:
        return f"{self.nom} {self.prenom}"

    @property
    def naissance_iso(self) -> str:
        return self.naissance.isoformat()

    @property
    def numero(self) -> str:
        return self.ine[3:9]

    def verite(self, dits: set[str]) -> tuple:
        faits = {"classe": self.classe, "naissance": self.naissance, "ine": self.ine}
        return (self.nom, self.prenom, *(faits[nom] if nom in dits else None for nom in faits))


class Tableau(NamedTuple):
    """Une liste avant sa mise en page ; `classes` dit celle de chaque ligne, même sans colonne."""

    libelles: list[str]
    champs: list[str]
    classes: list[str]
    lignes: Lignes


class Variante(NamedTuple):
    """Un fichier et sa vérité : (nom, prénom, classe, naissance, INE), None pour ce qu'il tait."""

    identifiant: str
    fichier: str
    octets: bytes
    verite: set[tuple]


# — Qui est inscrit —


def ecole() -> list[Eleve]:
    """Des élèves sans homonymes, qu'une liste sans INE ni naissance ne distinguerait pas."""
    eleves = fausse_ecole(600, graine=2026).eleves.drop_duplicates(["nom", "prenom"])
    return [Eleve(e.nom, e.prenom, e.date_naissance.date(), e.eleve) for e in eleves.itertuples()]


def choisir(eleves: list[Eleve], alea: random.Random) -> list[Eleve]:
    """De 12 à 30 élèves, dont les noms difficiles, dans deux ou trois classes."""
    choisis = alea.sample(eleves, alea.randint(12, 30))
    for rang, (nom, prenom) in enumerate(DIFFICILES):
        choisis[rang] = replace(choisis[rang], nom=nom, prenom=prenom)
    classes = alea.choice(CLASSES).split(", ")
    choisis = [replace(e, classe=classes[rang % len(classes)]) for rang, e in enumerate(choisis)]
    return sorted(choisis, key=lambda e: (e.classe, e.nom, e.prenom))


def aussi_en_ulis(eleves: list[Eleve]) -> list[Eleve]:
    return [*eleves, *(replace(e, classe="ULIS") for e in eleves[::5] if e.classe != "ULIS")]


def aussi_dans_un_groupe(eleves: list[Eleve]) -> list[Eleve]:
    """Deux élèves sur trois ; le groupe vient avant la classe : la première n'est pas la bonne."""
    inscrits = []
    for rang, eleve in enumerate(eleves):
        if rang % 3:
            inscrits.append(replace(eleve, classe="LATIN GR1", structure="G"))
        inscrits.append(eleve)
    return inscrits


# — Mises en page : un tableau devient un classeur —


def page(*lignes: list[Any]) -> Classeur:
    return {"Feuil1": list(lignes)}


def encadree(t: Tableau, *, avant: Lignes = (), apres: Lignes = ()) -> Classeur:
    pied = ([cellule.format(len(t.lignes)) for cellule in ligne] for ligne in apres)
    return page(*avant, t.libelles, *t.lignes, *pied)


def rubriques(t: Tableau) -> Classeur:
    noms = {"nom": "Élève", "nom_prenom": "Élève", "classe": "Scolarité", "ine": "Dossier"}
    return page([noms.get(champ, "") for champ in t.champs], t.libelles, *t.lignes)


def entete_a_cheval(t: Tableau) -> Classeur:
    """La classe est nommée sur une première ligne, le reste sur la seconde."""
    colonnes = list(zip(t.champs, t.libelles, strict=True))
    haut = [libelle if champ == "classe" else "" for champ, libelle in colonnes]
    bas = ["" if champ == "classe" else libelle for champ, libelle in colonnes]
    return page(haut, bas, *t.lignes)


def colonne_sans_titre(t: Tableau) -> Classeur:
    milieu = len(t.champs) // 2
    notes = ["", *("vu" if rang % 3 else "" for rang, _ in enumerate(t.lignes))]
    lignes = zip([t.libelles, *t.lignes], notes, strict=True)
    return page(*([*ligne[:milieu], note, *ligne[milieu:]] for ligne, note in lignes))


def colonnes_vides(t: Tableau) -> Classeur:
    return page(*([*ligne, "", "", ""] for ligne in (t.libelles, *t.lignes)))


def entrecoupee(t: Tableau, *, par_l_entete: bool) -> Classeur:
    lignes = list(t.lignes)
    for rang in range(7, len(lignes), 8):
        lignes.insert(rang, t.libelles if par_l_entete else [""] * len(t.libelles))
    return page(t.libelles, *lignes)


def classe_par_bloc(t: Tableau) -> Classeur:
    """La classe n'est dite qu'en tête de bloc ; un .xlsx y fusionne les cellules."""
    lignes = [list(ligne) for ligne in t.lignes]
    for ligne, (precedente, classe) in zip(lignes, pairwise(["", *t.classes]), strict=True):
        for rang, champ in enumerate(t.champs):
            if champ == "classe" and classe == precedente:
                ligne[rang] = None
    return page(t.libelles, *lignes)


def par_classe(t: Tableau, *, avant: Classeur) -> Classeur:
    """Seul le nom de la feuille dit la classe."""
    gardees = [rang for rang, champ in enumerate(t.champs) if champ != "classe"]
    feuilles = {classe: [[t.libelles[rang] for rang in gardees]] for classe in t.classes}
    for classe, ligne in zip(t.classes, t.lignes, strict=True):
        feuilles[classe].append([ligne[rang] for rang in gardees])
    return avant | feuilles


def plus_loin(t: Tableau) -> Classeur:
    return ACCUEIL | {"Liste": [*TITRES, [], t.libelles, *t.lignes]}


def gardee(t: Tableau, *, garde: str, champs: set[str]) -> Classeur:
    gardes = [garde if champ in champs else "{}" for champ in t.champs]
    return page(t.libelles, *(list(map(str.format, gardes, ligne)) for ligne in t.lignes))


# — Le croisement —


COURANTES = (*ECRITURES, "xlsx", "xlsx")  # le .xlsx est de loin le plus fréquent


class Presentation(NamedTuple):
    """Ce qui fait qu'une même liste ne ressemble pas à une autre, libellés et format mis à part."""

    disposer: Callable[[Tableau], Classeur] = encadree
    ecritures: Collection[str] = COURANTES
    exige: str = ""  # le champ sans lequel elle n'a pas de sens
    dater: Callable[[date], Any] = "{:%d/%m/%Y}".format
    inscrire: Callable[[list[Eleve]], list[Eleve]] = list


def en_nombre(jour: date) -> str:
    return str((jour - date(1899, 12, 30)).days)


def j_m_aa(jour: date) -> str:
    return f"{jour.day}/{jour.month}/{jour:%y}"


GARDE_EGAL = partial(gardee, garde='="{}"', champs=IDENTITE | {"classe", "naissance"})
PRESENTATIONS = {
    "simple": Presentation(),
    "titre et total": Presentation(partial(encadree, avant=TITRES, apres=[["Total", "{}"]])),
    "effectif": Presentation(partial(encadree, apres=[[], ["Effectif : {}"]])),
    "rubriques au-dessus": Presentation(rubriques),
    "en-tête à cheval": Presentation(entete_a_cheval, exige="classe"),
    "en-tête répété": Presentation(partial(entrecoupee, par_l_entete=True)),
    "lignes vides": Presentation(partial(entrecoupee, par_l_entete=False)),
    "colonne sans titre": Presentation(colonne_sans_titre),
    "colonnes vides": Presentation(colonnes_vides),
    "classe par bloc": Presentation(classe_par_bloc, exige="classe"),
    "classe fusionnée": Presentation(classe_par_bloc, ["xlsx"], exige="classe"),
    "accueil puis feuilles": Presentation(partial(par_classe, avant=ACCUEIL), CLASSEURS),
    "vide puis feuilles": Presentation(partial(par_classe, avant={"Feuil1": []}), CLASSEURS),
    "plus loin": Presentation(plus_loin, CLASSEURS),
    "gardes =": Presentation(GARDE_EGAL, TEXTES),
    "gardes '": Presentation(partial(gardee, garde="'{}", champs=IDENTITE)),
    "naissances J/M/AA": Presentation(exige="naissance", dater=j_m_aa),
    "naissances ISO": Presentation(exige="naissance", dater=date.isoformat),
    "naissances en nombre": Presentation(exige="naissance", dater=en_nombre),
    "vraies dates": Presentation(ecritures=CLASSEURS, exige="naissance", dater=lambda jour: jour),
    "classe et ULIS": Presentation(exige="classe", inscrire=aussi_en_ulis),
    "classe et groupe": Presentation(exige="classe", inscrire=aussi_dans_un_groupe),
}


def variantes() -> Iterator[Variante]:
    """Chaque logiciel sous chaque présentation ; l'écriture tourne, et les rencontre tous."""
    eleves = ecole()
    for rang, (logiciel, colonnes) in enumerate(LOGICIELS.items()):
        for tour, (nom, presentation) in enumerate(PRESENTATIONS.items(), start=rang):
            if presentation.exige in ("", *colonnes.values()):
                ecritures = list(presentation.ecritures)
                yield varier(logiciel, nom, ecritures[tour % len(ecritures)], eleves)


def varier(logiciel: str, nom: str, ecriture: str, eleves: list[Eleve]) -> Variante:
    identifiant = f"{logiciel}, {nom}, {ecriture}"
    choisis = choisir(eleves, random.Random(identifiant))
    if "latin-1" in ecriture:  # qui n'a ni « œ » ni apostrophe courbe
        choisis = [replace(e, nom=e.nom.replace("’", "'").replace("Œ", "OE")) for e in choisis]
    tableau = remplir(LOGICIELS[logiciel], PRESENTATIONS[nom], choisis)
    classeur = PRESENTATIONS[nom].disposer(tableau)
    dits = {champ.removesuffix("_iso") for champ in tableau.champs}
    if tableau.classes[0] in classeur:
        dits.add("classe")
    return Variante(
        identifiant,
        fichier=f"liste.{ecriture.partition(' ')[0]}",
        octets=ECRITURES[ecriture](classeur),
        verite={e.verite(dits) for e in choisis},
    )


def remplir(colonnes: dict[str, str], presentation: Presentation, eleves: list[Eleve]) -> Tableau:
    champs = list(colonnes.values())
    inscrire = presentation.inscrire
    if "structure" in champs and inscrire is list:  # SIECLE répète toujours l'élève d'un groupe
        inscrire = aussi_dans_un_groupe
    inscrits = inscrire(eleves)
    lignes = [[ecrire(e, champ, presentation.dater) for champ in champs] for e in inscrits]
    return Tableau(list(colonnes), champs, [e.classe for e in inscrits], lignes)


def ecrire(eleve: Eleve, champ: str, dater: Callable[[date], Any]) -> Any:
    return dater(eleve.naissance) if champ == "naissance" else getattr(eleve, champ, champ)
