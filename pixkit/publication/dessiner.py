"""Étage 4 — dessiner une publication : chaque vue une seule fois, sur tous les cœurs."""

import hashlib

import pandas as pd

from pixkit.ecran import au_telephone
from pixkit.lecture.dossier import Suivi
from pixkit.publication.coeurs import sur_tous_les_coeurs
from pixkit.publication.dessins import Dessin
from pixkit.publication.manifeste import en_json
from pixkit.publication.tableaux_de_bord import Tableau
from pixkit.tableaux import textes


def dessiner(
    tableaux: dict[str, Tableau], campagnes: pd.DataFrame, suivi: Suivi | None
) -> dict[str, bytes]:
    """{chemin: octets} des vues, des images et des états ; les `campagnes` y ont leur nom."""
    etats = [etat for tableau in tableaux.values() for etat in tableau.etats]
    uniques = {id(dessin): dessin for _, dessins in etats for dessin in dessins}
    faits = sur_tous_les_coeurs(faire, list(uniques.values()), suivi, par_envoi=4)
    noms = dict(zip(uniques, (nom for nom, _ in faits), strict=True))
    fichiers: dict[str, bytes] = {}
    for _, ecrits in faits:
        fichiers |= ecrits
    for public, tableau in tableaux.items():
        fichiers[f"etats/{public}.json"] = en_json(_etats(tableau, noms, campagnes))
    return fichiers


def faire(dessin: Dessin) -> tuple[str, dict[str, bytes]]:
    """L'identifiant d'une vue, et ses fichiers : du JSON et, sans date ni logiciel, deux SVG, l'un
    pour l'étroitesse d'un téléphone."""
    vue = dessin.vue()
    donnees = {"titre": dessin.titre, "phrase": vue.phrase, "table": textes(vue.table)}
    donnees |= {"liens": dessin.liens} if dessin.liens else {}
    images = {}
    if vue.figure is not None and not vue.table.empty:
        with au_telephone():
            etroite = dessin.vue()
        images = {"image": vue.svg().encode(), "etroite": etroite.svg().encode()}
    noms = {nom: f"images/{_empreinte(image)}.svg" for nom, image in images.items()}
    nom = _empreinte(en_json(donnees | noms))
    ecrits = {noms[genre]: image for genre, image in images.items()}
    return nom, ecrits | {f"vues/{nom}.json": en_json(donnees | {"image": None} | noms)}


def _empreinte(octets: bytes) -> str:
    return hashlib.blake2s(octets, digest_size=8).hexdigest()


def _etats(tableau: Tableau, noms: dict[int, str], campagnes: pd.DataFrame) -> dict:
    """Ce qu'un public peut choisir, sous quels mots, et les vues de chaque choix."""
    etats = [
        {"choix": choix, "vues": [noms[id(dessin)] for dessin in dessins]}
        for choix, dessins in tableau.etats
    ]
    commandes = [
        {"nom": nom, "libelle": libelle, "valeurs": tableau.valeurs(nom, campagnes)}
        for nom, libelle in tableau.commandes.items()
    ]
    return {"titre": tableau.titre, "lire": tableau.lire, "commandes": commandes, "etats": etats}
