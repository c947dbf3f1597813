"""Étage 4 — préparer une publication : ce qui se fait, dans l'ordre, avant de rien écrire."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pixkit.ecole import Ecole, ouvrir
from pixkit.erreurs import PublicationRefusee
from pixkit.gabarits import rendre
from pixkit.lecture.dossier import Suivi
from pixkit.memoire import MEMOIRES, lire_memoire
from pixkit.parcours import besoins, choisir
from pixkit.parcours.catalogue import proposables
from pixkit.publication.agregats import Agregats, agreger, publies
from pixkit.publication.controle import controler, personnes
from pixkit.publication.dessiner import dessiner
from pixkit.publication.manifeste import en_json, en_lignes, manifeste
from pixkit.publication.pages import pages_statiques
from pixkit.publication.photos import ecrire_photos, figer, lire_photos
from pixkit.publication.place import remplacer, verifier_place
from pixkit.publication.population import population
from pixkit.publication.saisies import controler_saisies, saisies
from pixkit.publication.tableaux_de_bord import Conseil, tableaux_de_bord
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
        dits = [f"{tu['classe']} ({tu['quoi']} : {tu['motif']})" for tu in self.manifeste["tus"]]
        poids = sum(map(len, self.fichiers.values())) / 1e6
        return rendre("resume.txt.j2", poids=poids, dits=dits, **self.manifeste)

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
    eleves, resultats, photos, figees = figer(*_population(ecole), photos, effectif_min)
    agregats = agreger(eleves, resultats, effectif_min)
    _verifier_contenu(agregats, effectif_min)
    conseil = _conseil(ecole, publies(eleves, resultats, effectif_min), effectif_min)
    qui = personnes(ecole.tables)
    repondus = controler_saisies(saisies(agregats, conseil), qui, racine)  # avant de dessiner
    fichiers = dessiner(tableaux_de_bord(agregats, conseil), agregats, suivi)
    dit = manifeste(ecole, agregats, figees, effectif_min)
    dit["nb_repondus"] = len(repondus)
    dit["nb_images"] = sum(nom.startswith("images/") for nom in fichiers)
    fichiers |= _textes(dit, agregats)
    if html:
        fichiers |= pages_statiques(fichiers)
    controler(fichiers, qui.sauf(repondus))
    return Preparation(racine, dit, agregats, fichiers, photos, ecole.tables)


def _verifier_contenu(agregats: Agregats, effectif_min: int) -> None:
    if agregats.maitrise.empty and agregats.participation.empty:
        raise PublicationRefusee(
            f"aucune classe dont {effectif_min} élèves au moins ont envoyé leurs résultats.",
            "au moins une classe assez nombreuse.",
            "attendez plus d'envois, ou choisissez un effectif minimum plus petit.",
        )


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


def _population(ecole: Ecole) -> list[pd.DataFrame]:
    """Les tables de `population`, sous les noms que l'établissement publie.

    Une classe à plusieurs niveaux scolaires (ULIS, UPE2A, deux classes publiées sous un nom) n'en a
    aucun : elle reste une classe.
    """
    lignes = _memoire(ecole, "noms_publies").set_index("nom_pix")
    noms = lignes["nom_publie"].to_dict()
    eleves, resultats = (
        table.assign(**{nom: table[nom].replace(noms) for nom in ("nom_campagne", "classe")})
        for table in population(ecole)
    )
    niveaux = eleves.groupby(["campagne", "classe"])["niveau_scolaire"].nunique()
    meles = niveaux.index[niveaux > 1]
    return [_sans_niveau(table, meles) for table in (eleves, resultats)]


def _sans_niveau(table: pd.DataFrame, meles: pd.MultiIndex) -> pd.DataFrame:
    dedans = pd.MultiIndex.from_frame(table[["campagne", "classe"]]).isin(meles)
    return table.assign(niveau_scolaire=table["niveau_scolaire"].mask(dedans, ""))


def _conseil(ecole: Ecole, resultats: pd.DataFrame, effectif_min: int) -> Conseil:
    offre, vues = ecole.catalogue.parcours, ecole.tables.participations
    parcours = {}
    for (campagne, niveau), lignes in resultats.groupby(["campagne", "niveau_scolaire"]):
        demande = besoins(lignes)
        demande["besoin"] = demande["besoin"].where(demande["nb_sous"] >= effectif_min, 0.0)
        passes = set(vues.loc[vues["campagne"] == campagne, "parcours_evalue"].dropna())
        proposes = proposables(offre, niveau_scolaire=niveau or None, deja_passes=passes)
        parcours[campagne, niveau] = choisir(demande, proposes, minutes=MINUTES).liste
    return Conseil(parcours, _memoire(ecole, "repartition"), _memoire(ecole, "conseil"))


def _memoire(ecole: Ecole, nom: str) -> pd.DataFrame:
    return pd.DataFrame(lire_memoire(ecole.dossier, nom), columns=MEMOIRES[nom])
