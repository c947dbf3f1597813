"""Étage 0, à part — relire une publication : une page publiée doit être légère et immédiate.

Une publication est un dossier : `manifeste.json`, `etats/<public>.json` (ce qu'on peut choisir),
`vues/<id>.json` (la phrase et la table d'une image), `images/<id>.svg` (large, et étroite pour un
téléphone), `agregats/*.json`. Rien n'y est nominatif et rien ne s'y calcule plus. Elle vient
d'ailleurs : on n'en croit que la forme.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from os.path import realpath
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from pixkit.charte import age_en_mots, date_en_mots
from pixkit.erreurs import PublicationIllisible, PublicationRetiree
from pixkit.gabarits import rendre

FORMAT = 2
LUS = (1, FORMAT)
"""La première version avait les mêmes vues et les mêmes états."""
REFAIRE = "publiez : pixkit publier DOSSIER --vers PUBLICATION --effectif-min N."
A_SUPPRIMER = (
    "Cette publication devait être supprimée : demandez au référent numérique de la refaire."
)
PUBLICS = ("etablissement", "conseil_pedagogique", "classe", "certification")
ACADEMIE = "academie"
"""Le genre d'une publication qui en réunit d'autres, et sa seule page."""
TOUS_LES_PUBLICS = (*PUBLICS, ACADEMIE)
IMAGES = ("image", "etroite")
_MONTRES = re.compile(r"manifeste\.json|(etats|vues)/[a-z0-9_]+\.json|images/[a-z0-9]+\.svg")
_LIEN = re.compile(rf"({'|'.join(TOUS_LES_PUBLICS)})\?[\w%&=.+~-]*|", re.ASCII)
_A_ECHAPPER = '%#<>"& \n\t\r'
_Lu = TypeVar("_Lu")


def mise_de_cote(publication: Path) -> Path:
    """Où attend l'ancienne publication, le temps que la nouvelle prenne sa place."""
    return publication.parent / f".{publication.name}.ancienne"


@dataclass(frozen=True)
class Commande:
    """Un choix offert : son nom dans l'adresse, son libellé, et {valeur: texte} à y choisir."""

    nom: str
    libelle: str
    valeurs: dict[str, str]


@dataclass(frozen=True)
class Etat:
    """Un choix complet et permis, les vues qu'il montre, ce que chaque commande permet encore."""

    choix: dict[str, str]
    vues: list[str]
    possibles: dict[str, list[str]]

    @property
    def adresse(self) -> str:
        """« campagne=ABC&classe=5eA » : le lien qui ramène ici."""
        return urlencode(self.choix)


@dataclass(frozen=True)
class Audience:
    """Ce qu'un public voit : un titre, une phrase pour lire, des commandes, des états."""

    nom: str
    titre: str
    lire: str
    commandes: list[Commande]
    etats: list[dict]

    def etat(self, voulu: Mapping[str, str]) -> Etat:
        """L'état le plus proche de ce qu'on veut.

        Commande après commande, la valeur voulue si elle existe, sinon la première. Lève
        PublicationIllisible si ce public n'a aucun état.
        """
        if not self.etats:
            raise PublicationIllisible(
                f"un tableau de bord « {self.titre} » vide.",
                "au moins une campagne dont assez d'élèves ont envoyé leurs résultats.",
                "publiez à nouveau quand les envois seront plus nombreux, ou avec un effectif "
                "minimum plus petit.",
            )
        restants, possibles = self.etats, {}
        for commande in self.commandes:
            possibles[commande.nom] = list(
                dict.fromkeys(etat["choix"][commande.nom] for etat in restants)
            )
            valeur = voulu.get(commande.nom)
            valeur = valeur if valeur in possibles[commande.nom] else possibles[commande.nom][0]
            restants = [etat for etat in restants if etat["choix"][commande.nom] == valeur]
        return Etat(restants[0]["choix"], restants[0]["vues"], possibles)


class Publication:
    """Un dossier écrit par `pixkit publier`, ou ses `fichiers` à écrire ; tenu en mémoire.

    Lève PublicationIllisible si ce n'en est pas un, PublicationRetiree si elle a été retirée.
    """

    def __init__(self, chemin: str | Path, fichiers: Mapping[str, bytes] | None = None):
        self.chemin = Path(chemin)
        if mise_de_cote(self.chemin).exists() and not self.chemin.exists():
            self.chemin = mise_de_cote(self.chemin)  # on fut tué avant que la nouvelle y soit
        lus = _montres(self.chemin) if fichiers is None else fichiers.items()
        self._comprimes = {nom: zlib.compress(octets, 1) for nom, octets in lus}
        self._audiences: dict[str, Audience] = {}
        self.manifeste = self._lire("manifeste.json", _manifeste)
        refuser_retiree(self.manifeste)
        if self.manifeste["format"] not in LUS:
            raise PublicationIllisible(
                f"une publication au format {self.manifeste['format']}.",
                f"le format {FORMAT}, celui de cette version de pixkit.",
                REFAIRE,
            )

    def _lire(self, nom: str, forme: Callable[[bytes], _Lu]) -> _Lu:
        """Un fichier, mis en forme ; lève PublicationIllisible s'il n'est pas là, ou autrement."""
        try:
            return forme(zlib.decompress(self._comprimes[nom]))
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as erreur:
            raise PublicationIllisible(
                f"« {self.chemin.name} », où « {nom} » ne se lit pas.",
                "un dossier écrit par « pixkit publier ».",
                REFAIRE,
            ) from erreur

    @property
    def publics(self) -> tuple[str, ...]:
        """Ceux à qui elle s'adresse."""
        return (ACADEMIE,) if self.manifeste.get("genre") == ACADEMIE else PUBLICS

    def audience(self, nom: str) -> Audience:
        """Ce que voit un public de TOUS_LES_PUBLICS."""
        if nom not in self._audiences:
            self._audiences[nom] = self._lire(f"etats/{nom}.json", partial(_audience, nom))
        return self._audiences[nom]

    def image(self, nom: str) -> str:
        """Une image en adresse « data: » : isolée, aucun texte qu'elle porte n'est interprété."""
        return self._lire(nom, _en_adresse)

    def vue(self, identifiant: str) -> dict:
        """`titre`, `phrase`, `table` (`colonnes`, `lignes`), `image` et `etroite` d'une vue."""
        return self._lire(f"vues/{identifiant}.json", _vue)

    def vues(
        self,
        etat: Etat,
        image: Callable[[str], str] | None = None,
        lien: Callable[[str], str] = str,
    ) -> list[dict]:
        """Les vues d'un état ; `image` et `lien` disent où mènent les leurs."""
        adresse, lues = image or self.image, map(self.vue, etat.vues)
        return [
            vue
            | {nom: vue[nom] and adresse(vue[nom]) for nom in IMAGES}
            | {"liens": [un and lien(un) for un in vue["liens"]]}
            for vue in lues
        ]

    def corps(self, etat: Etat) -> str:
        """Le HTML des vues d'un état."""
        return rendre("etat.html.j2", etat=etat, vues=self.vues(etat))

    def fragment(self, audience: Audience, etat: Etat) -> str:
        """Le HTML d'un état : ce qu'on peut choisir, puis ses vues."""
        vues = self.vues(etat)
        return rendre("fragment.html.j2", audience=audience, etat=etat, vues=vues)

    @property
    def suppression(self) -> datetime:
        """Le jour où cette publication doit être supprimée."""
        return datetime.fromisoformat(self.manifeste["a_supprimer_le"]).replace(tzinfo=None)

    @property
    def perimee(self) -> bool:
        return datetime.now() > self.suppression

    def entete(self) -> dict[str, str | bool]:
        """Ce que dit le haut d'une page : `etablissement`, `age`, `perimee` (il faut s'en méfier).

        Passé la date de suppression, `age` ne dit que cela.
        """
        if self.perimee:
            age, perimee = A_SUPPRIMER, True
        else:
            du = datetime.fromisoformat(self.manifeste["donnees_du"])
            age, perimee = age_en_mots(du, datetime.now())
        return {"etablissement": self.manifeste["etablissement"], "age": age, "perimee": perimee}


def refuser_retiree(manifeste: Mapping[str, Any]) -> None:
    """Lève PublicationRetiree si c'est ce que dit ce manifeste."""
    if retiree := manifeste.get("retiree_le"):
        raise PublicationRetiree(
            f"une publication retirée le {date_en_mots(datetime.fromisoformat(retiree))}.",
            "des tableaux de bord encore publiés.",
            "demandez au référent numérique s'il y en a d'autres.",
        )


def _montres(chemin: Path) -> Iterator[tuple[str, bytes]]:
    """Les fichiers qu'une publication montre : ni lien, ni autre forme de nom.

    Un fichier que le système refuse de lire est comme absent : les autres se lisent.
    """
    racine = realpath(chemin)
    for dossier in ("", "etats/", "vues/", "images/"):
        if Path(realpath(chemin / dossier)) != Path(racine, dossier):
            continue
        for fichier in (chemin / dossier).glob("*"):
            nom = dossier + fichier.name
            if _MONTRES.fullmatch(nom) and fichier.is_file() and not fichier.is_symlink():
                with suppress(OSError):
                    yield nom, fichier.read_bytes()


def _en_adresse(svg: bytes) -> str:
    """En clair, une image se comprime deux fois mieux qu'en base 64."""
    texte = svg.decode("utf-8", "replace")
    for signe in _A_ECHAPPER:
        texte = texte.replace(signe, quote(signe))
    return f"data:image/svg+xml,{texte}"


def _manifeste(octets: bytes) -> dict:
    """Un manifeste dont les dates se lisent ; d'une publication retirée, il n'y en a qu'une."""
    lu = json.loads(octets)
    attendues = ("donnees_du", "a_supprimer_le") if lu["format"] in LUS else ()
    for date in ("retiree_le",) if lu.get("retiree_le") else attendues:
        datetime.fromisoformat(lu[date])
    return {"etablissement": ""} | lu


def _audience(nom: str, octets: bytes) -> Audience:
    """Un public dont chaque état ne choisit que parmi ce qui est offert."""
    lu = json.loads(octets)
    commandes = [Commande(c["nom"], c["libelle"], dict(c["valeurs"])) for c in lu["commandes"]]
    etats = [
        {"choix": {c.nom: e["choix"][c.nom] for c in commandes}, "vues": list(e["vues"])}
        for e in lu["etats"]
    ]
    if any(e["choix"][c.nom] not in c.valeurs for e in etats for c in commandes):
        raise ValueError("un choix qui n'est pas offert")
    return Audience(nom, lu["titre"], lu["lire"], commandes, etats)


def _vue(octets: bytes) -> dict:
    lu = json.loads(octets)
    lignes = [[ligne[0], *ligne[1:]] for ligne in lu["table"]["lignes"]]
    table = {"colonnes": list(lu["table"]["colonnes"]), "lignes": lignes}
    images = {nom: lu.get(nom) and str(lu[nom]) for nom in IMAGES}
    liens = lu.get("liens", [])
    if liens and not (len(liens) == len(lignes) and all(map(_LIEN.fullmatch, liens))):
        raise ValueError("un lien qui sort de la publication")
    dits = {nom: lu[nom] for nom in ("titre", "phrase")}
    return dits | images | {"table": table, "liens": liens}
