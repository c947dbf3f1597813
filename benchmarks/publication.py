"""Publier 30 classes × 16 compétences × 3 campagnes : durée, poids, et rapport au simple dessin
d'une carte par campagne.

Commande : python -m benchmarks.publication
"""

import csv
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from pixkit.lecture import lire_dossier
from pixkit.mesures import mesure, resultats_retenus
from pixkit.publication.preparer import preparer_publication
from pixkit.vues import vue_carte

MODELE = Path(__file__).parents[1] / "tests" / "exports" / "05_collecte" / "export.csv"
CLASSES = [f"{niveau}e{lettre}" for niveau in (6, 5, 4, 3) for lettre in "ABCDEFGH"][:30]
PAR_CLASSE = 25


def fabriquer(dossier: Path, nb_campagnes: int = 3) -> None:
    """Des collectes de profils aux élèves de noms distincts, 25 par classe, tirées d'un vrai export
    à 16 compétences."""
    hasard = random.Random(1)
    with MODELE.open(encoding="utf-8-sig", newline="") as fichier:
        entete, *lignes = csv.reader(fichier, delimiter=";")
    place = {nom: rang for rang, nom in enumerate(entete)}
    envoyees = [ligne for ligne in lignes if "Oui" in ligne]
    for numero in range(nb_campagnes):
        with (dossier / f"export-{numero}.csv").open(
            "w", encoding="utf-8-sig", newline=""
        ) as fichier:
            sortie = csv.writer(fichier, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
            sortie.writerow(entete)
            for rang in range(len(CLASSES) * PAR_CLASSE):
                ligne = list(hasard.choice(envoyees))
                ligne[place["ID Campagne"]], ligne[place["Code"]] = (
                    str(1000 + numero),
                    f"CAMPAG{numero:03}",
                )
                ligne[place["Nom du Participant"]], ligne[place["Prénom du Participant"]] = (
                    f"NOM{rang}",
                    f"Prénom{rang % 97}",
                )
                ligne[place["Classe"]] = CLASSES[rang // PAR_CLASSE]
                sortie.writerow(ligne)


def main() -> None:
    with TemporaryDirectory() as nom:
        dossier, cible = Path(nom) / "dossier", Path(nom) / "publication"
        dossier.mkdir()
        fabriquer(dossier)
        debut = time.perf_counter()
        for _, lignes in resultats_retenus(lire_dossier(dossier)).groupby("campagne"):
            vue_carte(mesure(lignes, par=["classe", "competence"])).svg()
        temoin = time.perf_counter() - debut
        debut = time.perf_counter()
        preparation = preparer_publication(dossier, effectif_min=5, html=True)
        preparation.ecrire(cible)
        duree = time.perf_counter() - debut
        poids = sum(chemin.stat().st_size for chemin in cible.rglob("*") if chemin.is_file()) / 1e6
    print(
        f"{preparation.manifeste['nb_images']} images : {duree:.1f} s ({duree / temoin:.1f} × "
        f"lire et dessiner trois cartes, {temoin:.1f} s), {poids:.1f} Mo avec les pages statiques"
    )


if __name__ == "__main__":
    main()
