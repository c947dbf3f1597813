"""Étage 4 — préparer une publication : ce qui se fait, dans l'ordre, avant de rien écrire."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pixkit.charte import accord, date_en_mots, enumerer
from pixkit.ecole import Ecole, ouvrir
from pixkit.erreurs import PublicationRefusee
from pixkit.memoire import lire_memoire
from pixkit.parcours import besoins, choisir
from pixkit.parcours.catalogue import proposables
from pixkit.publication.agregats import Agregats, agreger
from pixkit.publication.controle import controler, personnes
from pixkit.publication.dessiner import Suivi, dessiner
from pixkit.publication.etats import Conseil, tableaux_de_bord
from pixkit.publication.manifeste import en_json, en_lignes, manifeste
from pixkit.publication.pages import pages_statiques
from pixkit.publication.photos import ecrire_photos, figer, lire_photos
from pixkit.publication.place import remplacer, verifier_place
from pixkit.publication.population import population, publiable
from pixkit.service.rendre import rendre
from pixkit.tables import Tables

MINUTES = 120
"""Le temps pour lequel des parcours sont proposés au conseil pédagogique : deux heures de cours."""
PLUS_PETIT_MINIMUM = 3


@dataclass(frozen=True)
class Preparation:
    """Une publication prête, contrôlée, et pas encore écrite.

    `fichiers` {chemin: octets} ; `manifeste`, ce qu'elle dit d'elle-même.
    """

    dossier: Path
    manifeste: dict
    agregats: Agregats
    fichiers: dict[str, bytes]
    photos: list[dict]
    tables: Tables

    def resume(self) -> str:
        """Ce qui va quitter l'établissement, et ce qui n'en sort pas : à lire avant de dire oui."""
        m = self.manifeste
        poids = sum(map(len, self.fichiers.values())) / 1e6
        images = f"{accord(m['nb_images'], 'image')} et leurs tables, {poids:.1f} Mo"
        du, fin = (
            date_en_mots(date.fromisoformat(m[nom][:10]))
            for nom in ("donnees_du", "a_supprimer_le")
        )
        dit = [
            f"Ce qui va sortir de {m['etablissement']} :",
            f"{images} ; données du {du}.",
            f"Classes : {enumerer(m['classes'], 40)}.",
            f"Aucun chiffre ne repose sur moins de {m['effectif_min']} élèves ; aucun nom, "
            "identifiant ni adresse (vérifié).",
        ]
        if m["tus"]:
            tus = [f"{ligne['classe']} ({ligne['quoi']} : {ligne['motif']})" for ligne in m["tus"]]
            dit.append(f"Non publié : {enumerer(tus, 12)}.")
        if m["figees"]:
            dit.append(
                "Inchangé depuis la dernière publication, trop peu d'envois nouveaux : "
                f"{enumerer(m['figees'], 12)}."
            )
        return "\n  ".join([*dit, f"À supprimer le {fin} au plus tard (registre_rgpd.md)."])

    def ecrire(self, vers: str | Path) -> Path:
        """Écrit le dossier, ou remplace la publication précédente.

        Lève EcritureImpossible ou PublicationRefusee.
        """
        cible = verifier_place(vers, self.dossier)
        ecrire_photos(self.dossier, self.photos)
        return remplacer(cible, self.fichiers)


def preparer_publication(
    dossier: str | Path, *, effectif_min: int, html: bool = False, suivi: Suivi | None = None
) -> Preparation:
    """Prépare une publication sans rien écrire : agrégats, images, phrases, registre, contrôlés.

    `effectif_min` : N, le plus petit groupe dont on parle (`html` ajoute les pages sans serveur).
    Lève PublicationRefusee si un nom allait sortir ou s'il n'y a rien à publier, et les erreurs de
    la lecture du dossier.
    """
    _verifier_minimum(effectif_min)
    racine = Path(dossier)
    photos, ecole = lire_photos(racine), ouvrir(racine, suivi=suivi)
    tables = ecole.tables
    eleves, resultats = (
        _renommer(table, racine) for table in population(tables, ecole.liens, ecole.perimetres)
    )
    eleves, resultats, photos, figees = figer(eleves, resultats, photos, effectif_min)
    agregats = agreger(eleves, resultats, effectif_min)
    if agregats.maitrise.empty and agregats.participation.empty:
        raise PublicationRefusee(
            f"aucune classe dont {effectif_min} élèves au moins ont envoyé leurs résultats.",
            "au moins une classe assez nombreuse.",
            "attendez plus d'envois, ou choisissez un effectif minimum plus petit.",
        )
    gardes = _publies(eleves, resultats, effectif_min)
    tableaux = tableaux_de_bord(agregats, _conseil(ecole, gardes, effectif_min))
    fichiers = dessiner(tableaux, agregats, suivi)
    nb_images = sum(nom.startswith("images/") for nom in fichiers)
    dit = manifeste(racine, tables, agregats, figees, effectif_min) | {"nb_images": nb_images}
    fichiers |= _textes(dit, agregats)
    fichiers |= pages_statiques(fichiers) if html else {}
    controler(fichiers, personnes(tables))
    return Preparation(racine, dit, agregats, fichiers, photos, tables)


def _verifier_minimum(effectif_min: int) -> None:
    if effectif_min < PLUS_PETIT_MINIMUM:
        raise PublicationRefusee(
            f"un effectif minimum de {effectif_min}.",
            f"au moins {PLUS_PETIT_MINIMUM} : au-dessous, chacun peut déduire le résultat de "
            "l'autre.",
            "choisissez 5 pour un usage interne, 10 ou plus pour une publication large.",
        )


def _textes(dit: dict, agregats: Agregats) -> dict[str, bytes]:
    """{chemin: octets} du manifeste, des notices qui en découlent et des agrégats."""
    return {
        f"agregats/{nom}.json": en_json(en_lignes(table))
        for nom, table in agregats.tables().items()
    } | {
        "manifeste.json": en_json(dit),
        "registre_rgpd.md": rendre("registre.md.j2", **dit).encode(),
        "LISEZMOI.md": rendre("lisez_moi.md.j2", **dit).encode(),
    }


def _renommer(table: pd.DataFrame, dossier: Path) -> pd.DataFrame:
    """Les campagnes et les classes que l'établissement publie sous un autre nom."""
    noms = {
        ligne["nom_pix"]: ligne["nom_publie"] for ligne in lire_memoire(dossier, "noms_publies")
    }
    return table.assign(**{nom: table[nom].replace(noms) for nom in ("nom_campagne", "classe")})


def _publies(eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int) -> pd.DataFrame:
    """Les résultats des classes publiées : le conseil ne se voit rien proposer d'après d'autres."""
    avec = resultats.groupby("campagne")["eleve"].agg(set)
    gardes = [
        cle
        for cle, classe in eleves.groupby(["campagne", "classe"])
        if cle[0] in avec.index and publiable(classe, avec[cle[0]], effectif_min)
    ]
    return resultats[pd.MultiIndex.from_frame(resultats[["campagne", "classe"]]).isin(gardes)]


def _conseil(ecole: Ecole, resultats: pd.DataFrame, effectif_min: int) -> Conseil:
    offre, vues = ecole.catalogue.parcours, ecole.tables.participations
    parcours = {}
    for (campagne, niveau), lignes in resultats.groupby(["campagne", "niveau_scolaire"]):
        demande = besoins(lignes)
        demande["besoin"] = demande["besoin"].where(demande["nb_sous"] >= effectif_min, 0.0)
        passes = set(vues.loc[vues["campagne"] == campagne, "parcours_evalue"].dropna())
        proposes = proposables(offre, niveau_scolaire=niveau or None, deja_passes=passes)
        parcours[campagne, niveau] = choisir(demande, proposes, minutes=MINUTES).liste
    memoires = {
        nom: pd.DataFrame(lire_memoire(ecole.dossier, nom)) for nom in ("repartition", "conseil")
    }
    return Conseil(
        parcours,
        memoires["repartition"].reindex(columns=["competence", "discipline"]),
        memoires["conseil"].reindex(columns=["annee_scolaire", "decision"]),
    )
