"""Étage 4 et un dixième — préparer une publication d'académie, dans l'ordre, puis l'écrire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from pixkit.academie.annuaire import NOM, lire_annuaire
from pixkit.academie.fusion import Apports, Ensembles, apports, points_de, reunir_les_publications
from pixkit.academie.recueil import Recueil, recueillir
from pixkit.academie.tableau import Ici, tableau_de_l_academie
from pixkit.charte import enumerer
from pixkit.erreurs import ChoixInconnu, FichierIllisible, PublicationRefusee
from pixkit.gabarits import rendre
from pixkit.lecture.dossier import Suivi
from pixkit.publication.controle import Personnes, controler
from pixkit.publication.dessiner import dessiner
from pixkit.publication.manifeste import a_supprimer_le, en_json, en_lignes
from pixkit.publication.pages import pages_statiques
from pixkit.publication.place import genre_en_place, place_libre, remplacer
from pixkit.service.lecteur import ACADEMIE, FORMAT

_PAQUETS = ("pixkit-parcours", "pandas", "matplotlib", "seaborn")
_PERSONNE = Personnes({}, set(), set(), set(), frozenset())
"""Il n'y a ici aucun élève à connaître : le portique cherche encore les adresses."""


@dataclass(frozen=True)
class PreparationAcademie:
    """Une publication d'académie prête, contrôlée, et pas encore écrite ; `refus` : une phrase par
    publication ou ligne mise de côté."""

    chemins: Sequence[Path]
    manifeste: dict
    ensembles: Ensembles
    fichiers: dict[str, bytes]
    refus: list[str]

    def resume(self) -> str:
        """Ce qui est réuni, et ce qui ne l'est pas."""
        return rendre("resume_academie.txt.j2", **self.manifeste)

    def ecrire(self, vers: str | Path) -> Path:
        """Écrit le dossier, ou remplace la publication d'académie précédente. Lève
        PublicationRefusee ou EcritureImpossible."""
        return remplacer(verifier_place_academie(vers, self.chemins), self.fichiers)


def verifier_place_academie(vers: str | Path, chemins: Sequence[str | Path]) -> Path:
    """Le dossier où publier. Lève PublicationRefusee s'il touche à l'un de ceux que l'on réunit, ou
    contient autre chose qu'une publication d'académie."""
    cible = Path(vers).expanduser().resolve()
    for lu in (Path(chemin).expanduser().resolve() for chemin in chemins):
        if cible == lu or lu in cible.parents or cible in lu.parents:
            raise PublicationRefusee(
                "une publication d'académie dans un dossier qu'elle réunit, ou autour de lui.",
                "un autre dossier : la prochaine fois, elle se réunirait elle-même.",
                "choisissez-en un autre avec --vers.",
            )
    if genre_en_place(place_libre(vers)) not in (None, ACADEMIE):
        raise PublicationRefusee(
            f"« {cible.name} », qui est la publication d'un établissement.",
            "un dossier vide, nouveau, ou une publication d'académie à remplacer.",
            "choisissez-en un autre avec --vers ; rien n'y a été changé.",
        )
    return cible


def preparer_academie(
    chemins: Sequence[str | Path],
    *,
    etablissements: str | Path | None = None,
    pour: str = "",
    html: bool = False,
    suivi: Suivi | None = None,
) -> PreparationAcademie:
    """Réunit des publications (ou des dossiers de publications), sans rien écrire.

    `etablissements` : l'annuaire, à défaut « etablissements.csv » dans l'un des dossiers ; `pour` :
    l'UAI du seul établissement à marquer, sur sa page. Lève FichierIllisible, ChoixInconnu,
    PublicationIllisible, PublicationRefusee.
    """
    dossiers = [Path(chemin).expanduser() for chemin in chemins]
    annuaire, defauts = lire_annuaire(etablissements or _annuaire(dossiers))
    recueil = recueillir(dossiers, annuaire)
    apportes = apports(recueil.recues)
    ensembles = reunir_les_publications(recueil, apportes)
    _verifier_contenu(ensembles)
    ici = _ici(recueil, apportes, pour)
    tableaux = tableau_de_l_academie(ensembles, ici)
    sans_campagne = pd.DataFrame(columns=["campagne", "nom_campagne"])
    fichiers = dessiner(tableaux, sans_campagne, suivi)
    dit = _manifeste(recueil, annuaire.values(), ici)
    dit["nb_images"] = sum(nom.startswith("images/") for nom in fichiers)
    fichiers |= _textes(dit, ensembles)
    if html:
        fichiers |= pages_statiques(fichiers)
    controler(fichiers, _PERSONNE)
    return PreparationAcademie(dossiers, dit, ensembles, fichiers, [*defauts, *recueil.refus])


def _annuaire(dossiers: list[Path]) -> Path:
    trouves = (ou / NOM for ou in dossiers if (ou / NOM).is_file())
    annuaire = next(trouves, None)
    if annuaire is None:
        raise FichierIllisible(
            f"pas de « {NOM} » dans les dossiers donnés.",
            "les colonnes dossier;nom;uai;departement;type[;academie][;niveau].",
            "écrivez-le dans le dossier des publications, ou donnez-le après --etablissements.",
        )
    return annuaire


def _verifier_contenu(ensembles: Ensembles) -> None:
    dites = (ensembles.participation, ensembles.maitrise, ensembles.certification)
    if all(table.empty for table in dites):
        raise PublicationRefusee(
            "aucun groupe dont on puisse parler.",
            "au moins trois établissements de la même année, dont aucun ne fait plus de 80 % des "
            "élèves.",
            "attendez d'autres publications.",
        )


def _ici(recueil: Recueil, apportes: Apports, pour: str) -> Ici | None:
    if not pour:
        return None
    uai = pour.strip().upper()
    qui = {une.etablissement.uai: une.etablissement for une in recueil.recues}
    if uai not in qui:
        raise ChoixInconnu(
            f"l'UAI « {pour} », dont aucune publication n'est réunie.",
            "celui d'un établissement de l'annuaire qui a publié cette année.",
            "vérifiez-le, ou demandez-lui de publier.",
        )
    return Ici(qui[uai].nom, points_de(apportes, uai))


def _manifeste(recueil: Recueil, annuaire, ici: Ici | None) -> dict:
    """Ce que la publication dit d'elle-même ; de quels établissements elle vient, jamais lesquels
    ont manqué."""
    qui = [une.etablissement for une in recueil.recues]
    academies = sorted({un.academie for un in qui} - {""})
    academie = f"Académie : {enumerer(academies, 6)}" if academies else "L'académie"
    return {
        "format": FORMAT,
        "genre": ACADEMIE,
        "etablissement": f"{ici.nom} — {academie}" if ici else academie,
        "annee_scolaire": recueil.annee,
        "nb_publications": len(qui),
        "nb_annuaire": len({un.uai for un in annuaire}),
        "publie_le": date.today().isoformat(),
        "donnees_depuis": min(une.donnees_du for une in recueil.recues),
        "donnees_du": max(une.donnees_du for une in recueil.recues),
        "a_supprimer_le": a_supprimer_le(recueil.annee).isoformat(),
        "effectif_min": max(une.effectif_min for une in recueil.recues),
        "versions": {nom: version(nom) for nom in _PAQUETS},
    }


def _textes(dit: dict, ensembles: Ensembles) -> dict[str, bytes]:
    """{chemin: octets} du manifeste, des notices qui en découlent et des ensembles."""
    return {
        f"agregats/{nom}.json": en_json(en_lignes(table))
        for nom, table in ensembles.tables().items()
    } | {
        "manifeste.json": en_json(dit),
        "registre_rgpd.md": rendre("registre_academie.md.j2", **dit).encode(),
        "LISEZMOI.md": rendre("lisez_moi_academie.md.j2", **dit).encode(),
    }
