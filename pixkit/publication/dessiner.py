"""Étage 4 — dessiner une publication : chaque vue une seule fois, sur tous les cœurs."""

import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from pixkit.publication.agregats import Agregats
from pixkit.publication.etats import LIBELLES, Dessin, Tableau
from pixkit.publication.manifeste import en_json
from pixkit.tableaux import textes

Suivi = Callable[[int, int, str], None]


def dessiner(
    tableaux: dict[str, Tableau], agregats: Agregats, suivi: Suivi | None
) -> dict[str, bytes]:
    """{chemin: octets} des vues, des images et des états."""
    uniques = {
        id(dessin): dessin
        for tableau in tableaux.values()
        for _, dessins in tableau.etats
        for dessin in dessins
    }
    faits = _sur_tous_les_coeurs(list(uniques.values()), suivi)
    fichiers: dict[str, bytes] = {}
    noms: dict[int, str] = {}
    for cle, (vue, image) in zip(uniques, faits, strict=True):
        nom = hashlib.blake2s(vue + image, digest_size=8).hexdigest()
        noms[cle] = nom
        fichiers |= {f"images/{nom}.svg": image} if image else {}
        fichiers[f"vues/{nom}.json"] = en_json(
            json.loads(vue) | {"image": f"images/{nom}.svg" if image else None}
        )
    campagnes = agregats.campagnes.set_index("campagne")["nom_campagne"].to_dict()
    for public, tableau in tableaux.items():
        fichiers[f"etats/{public}.json"] = en_json(_etats(tableau, noms, campagnes | LIBELLES))
    return fichiers


def _sur_tous_les_coeurs(dessins: list[Dessin], suivi: Suivi | None) -> list[tuple[bytes, bytes]]:
    faits = []
    with ProcessPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as coeurs:
        for rang, fait in enumerate(coeurs.map(faire, dessins, chunksize=4)):
            if suivi is not None:
                suivi(rang, len(dessins), "images")
            faits.append(fait)
    return faits


def faire(dessin: Dessin) -> tuple[bytes, bytes]:
    """La vue en JSON et son image en SVG, sans date ni logiciel."""
    vue = dessin.vue()
    donnees = {"titre": dessin.titre, "phrase": vue.phrase, "table": textes(vue.table)}
    dessinee = vue.figure is not None and not vue.table.empty
    return en_json(donnees), vue.svg().encode() if dessinee else b""


def _etats(tableau: Tableau, noms: dict[int, str], libelles: dict[str, str]) -> dict:
    """Ce qu'un public peut choisir, sous quels mots (`libelles`), et les vues de chaque choix."""
    etats = [
        {"choix": choix, "vues": [noms[id(dessin)] for dessin in dessins]}
        for choix, dessins in tableau.etats
    ]
    commandes = [
        {"nom": nom, "libelle": libelle, "valeurs": _valeurs(nom, etats, libelles)}
        for nom, libelle in tableau.commandes.items()
    ]
    return {"titre": tableau.titre, "lire": tableau.lire, "commandes": commandes, "etats": etats}


def _valeurs(commande: str, etats: list[dict], libelles: dict[str, str]) -> dict[str, str]:
    """{valeur: texte} d'une commande : le nom d'une campagne plutôt que son code."""
    valeurs = dict.fromkeys(etat["choix"][commande] for etat in etats)
    return {valeur: libelles.get(valeur) or valeur or "sans niveau" for valeur in valeurs}
