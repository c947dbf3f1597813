"""Étage 0, à part — relire une publication : une page publiée doit être légère et immédiate.

Une publication est un dossier : `manifeste.json`, `etats/<public>.json` (ce qu'on peut choisir),
`vues/<id>.json` (la phrase et la table d'une image), `images/<id>.svg`, `agregats/*.json`. Rien n'y
est nominatif et rien ne s'y calcule plus.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

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
    """Un dossier écrit par `pixkit publier`, ou ses `fichiers` à écrire.

    Lève PublicationIllisible si ce n'en est pas un.
    """

    def __init__(self, chemin: str | Path, fichiers: Mapping[str, bytes] | None = None):
        self.chemin, self._fichiers = Path(chemin), fichiers
        if mise_de_cote(self.chemin).exists() and not self.chemin.exists():
            self.chemin = mise_de_cote(self.chemin)  # on fut tué avant que la nouvelle y soit
        self.manifeste = self._lire("manifeste.json")
        if retiree := self.manifeste.get("retiree_le"):
            raise PublicationRetiree(
                f"une publication retirée le {date_en_mots(datetime.fromisoformat(retiree))}.",
                "des tableaux de bord encore publiés.",
                "demandez au référent numérique s'il y en a d'autres.",
            )
        if self.manifeste.get("format") not in LUS:
            raise PublicationIllisible(
                f"une publication au format {self.manifeste.get('format')}.",
                f"le format {FORMAT}, celui de cette version de pixkit.",
                REFAIRE,
            )

    def _lire(self, nom: str) -> dict:
        try:
            return json.loads(self._octets(nom))
        except ValueError as erreur:
            raise self._illisible(nom) from erreur

    def _octets(self, nom: str) -> bytes:
        try:
            if self._fichiers is not None:
                return self._fichiers[nom]
            return (self.chemin / nom).read_bytes()
        except (OSError, KeyError) as erreur:
            raise self._illisible(nom) from erreur

    def _illisible(self, nom: str) -> PublicationIllisible:
        return PublicationIllisible(
            f"« {self.chemin.name} », où « {nom} » ne se lit pas.",
            "un dossier écrit par « pixkit publier ».",
            REFAIRE,
        )

    def audience(self, nom: str) -> Audience:
        """Ce que voit un public de PUBLICS."""
        donnees = self._lire(f"etats/{nom}.json")
        return Audience(
            nom,
            donnees["titre"],
            donnees["lire"],
            [Commande(**c) for c in donnees["commandes"]],
            donnees["etats"],
        )

    def vue(self, identifiant: str) -> dict:
        """`titre`, `phrase`, `table` (`colonnes`, `lignes`) et `image` d'une vue."""
        return self._lire(f"vues/{identifiant}.json")

    def image(self, nom: str) -> str:
        """Une image en adresse « data: » : isolée, aucun texte qu'elle porte n'est interprété."""
        return f"data:image/svg+xml;base64,{b64encode(self._octets(nom)).decode()}"

    def vues(self, etat: Etat, image: Callable[[str], str] | None = None) -> list[dict]:
        """Les vues d'un état, chacune avec l'adresse de son image, que donne `image`."""
        adresse = image or self.image
        lues = [self.vue(identifiant) for identifiant in etat.vues]
        return [vue | {"image": vue["image"] and adresse(vue["image"])} for vue in lues]

    def corps(self, etat: Etat) -> str:
        """Le HTML d'un état."""
        return rendre("etat.html.j2", etat=etat, vues=self.vues(etat))

    @property
    def suppression(self) -> datetime:
        """Le jour où cette publication doit être supprimée."""
        return datetime.fromisoformat(self.manifeste["a_supprimer_le"])

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
