"""Étage 4 — préparer une publication : ce qui se fait, dans l'ordre, avant de rien écrire."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from pixkit.charte import enumerer
from pixkit.ecole import Ecole, ouvrir
from pixkit.ecriture_sure import verrou
from pixkit.embarque import commande
from pixkit.erreurs import MemoireInconnue, PublicationRefusee
from pixkit.gabarits import rendre
from pixkit.lecture.dossier import Suivi
from pixkit.memoire import MEMOIRES, lire_memoire
from pixkit.parcours import choisir
from pixkit.parcours.catalogue import proposables
from pixkit.publication import difference
from pixkit.publication.agregats import Agregats, agreger
from pixkit.publication.cellules import publier
from pixkit.publication.controle import controler, personnes
from pixkit.publication.deductions import besoins_publies
from pixkit.publication.dessiner import dessiner
from pixkit.publication.manifeste import empreinte_des_agregats, en_json, en_lignes, manifeste
from pixkit.publication.memoire import Memoire, ecrire_publications, lire_publications
from pixkit.publication.pages import pages_statiques
from pixkit.publication.place import (
    agregats_en_place,
    etablissement_en_place,
    remplacer,
    se_retire,
    verifier_place,
)
from pixkit.publication.population import population
from pixkit.publication.reponses import Conseil
from pixkit.publication.saisies import controler_saisies, ranges_par_pixkit, saisies
from pixkit.publication.tableaux_de_bord import tableaux_de_bord
from pixkit.tables import EXPORTS, Tables

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
    memoire: Memoire
    memoire_lue: bytes
    tables: Tables

    def resume(self) -> str:
        """Ce qui va quitter l'établissement, et ce qui n'en sort pas : à lire avant de dire oui."""
        dits = [f"{tu['classe']} ({tu['quoi']} : {tu['motif']})" for tu in self.manifeste["tus"]]
        poids = sum(map(len, self.fichiers.values())) / 1e6
        return rendre("resume.txt.j2", poids=poids, dits=dits, **self.manifeste)

    def difference(self, vers: str | Path) -> str:
        """Ce que cette publication change à celle qu'elle remplacerait."""
        return difference.en_mots(agregats_en_place(Path(vers).expanduser()), self.fichiers)

    def ecrire(self, vers: str | Path) -> Path:
        """Écrit le dossier, ou remplace la publication précédente.

        Lève EcritureImpossible, ou PublicationRefusee : un autre dossier, une autre publication
        depuis cet aperçu, une mémoire qui ne connaît pas celle que l'on remplace.
        """
        cible = verifier_place(vers, self.dossier)
        with verrou(self.dossier):
            self._verifier_memoire()
            if not self.manifeste["malgre"]:
                verifier_suite(cible, self.dossier, self.manifeste["etablissement"])
            # Avant l'échange : une publication que la mémoire ignore ne se remplacerait plus.
            retenir = partial(ecrire_publications, self.dossier, self.memoire)
            return remplacer(cible, self.fichiers, avant=retenir)

    def _verifier_memoire(self) -> None:
        # La sienne déjà : cet aperçu fut retenu, mais le disque a refusé l'échange.
        if lire_publications(self.dossier)[1] not in (self.memoire_lue, self.memoire.en_json()):
            raise PublicationRefusee(
                "une autre publication écrite depuis cet aperçu.",
                "un aperçu fait après elle : les deux, comparées, pourraient parler d'un seul "
                "élève.",
                "préparez de nouveau la publication, relisez-la, puis publiez.",
            )


def verifier_suite(vers: str | Path, dossier: str | Path, etablissement: str = "") -> None:
    """Lève MemoireInconnue si la mémoire du dossier ne connaît pas la publication à remplacer, ou
    ce qu'il en reste quand elle est d'un autre `etablissement`."""
    memoire, _ = lire_publications(dossier)
    cible = Path(vers).expanduser()
    en_place, autre = agregats_en_place(cible), etablissement_en_place(cible)
    connue = empreinte_des_agregats(en_place) in {une["empreinte"] for une in memoire.publications}
    d_un_autre = etablissement and autre not in ("", etablissement)
    # Retirée, elle a pu être lue.
    retiree = autre and not se_retire(cible) and memoire == Memoire(sel=memoire.sel)
    if not connue and (en_place or d_un_autre or retiree):
        raise MemoireInconnue(
            f"une publication à remplacer{f' (« {autre} »)' if autre else ''} dont la mémoire de "
            "ce dossier ne sait rien (pixkit_publications.json effacé, plus ancien, ou d'un autre "
            "établissement).",
            "la mémoire de toutes les publications : sans elle, deux publications comparées "
            "pourraient parler d'un seul élève.",
            "reprenez ce fichier d'une sauvegarde, ou publiez dans un dossier vide ; pour passer "
            "outre, dites pourquoi (--malgre) : la raison ira dans le registre.",
        )


def preparer_publication(
    dossier: str | Path,
    *,
    effectif_min: int,
    html: bool = False,
    malgre: str = "",
    suivi: Suivi | None = None,
) -> Preparation:
    """Prépare une publication sans rien écrire : agrégats, images, phrases, registre, contrôlés.

    `effectif_min` : N, le plus petit groupe dont on parle (`html` ajoute les pages sans serveur) ;
    `malgre` : pourquoi remplacer une publication que la mémoire ne connaît pas. Lève
    PublicationRefusee si un nom allait sortir ou s'il n'y a rien à publier, et les erreurs de la
    lecture du dossier.
    """
    _verifier_minimum(effectif_min)
    malgre = malgre.strip()
    racine = Path(dossier)
    (memoire, lue), ecole = lire_publications(racine), ouvrir(racine, suivi=suivi)
    _verifier_lecture(ecole)
    eleves, resultats = population(ecole, effectif_min)
    agregats = agreger(*publier(memoire, eleves, resultats, effectif_min), eleves, effectif_min)
    _verifier_contenu(agregats, effectif_min)
    conseil = _conseil(ecole, agregats)
    qui = personnes(ecole.tables)
    dites = saisies(agregats, conseil, malgre)
    repondus = controler_saisies(dites, qui, racine)  # avant de dessiner
    fichiers = dessiner(tableaux_de_bord(agregats, conseil), agregats.campagnes, suivi)
    dit = manifeste(ecole, agregats, effectif_min, malgre)
    dit["nb_repondus"] = len(repondus)
    dit["nb_images"] = sum(nom.startswith("images/") for nom in fichiers)
    fichiers |= _textes(dit, agregats)
    if html:
        fichiers |= pages_statiques(fichiers)
    controler(fichiers, qui.sauf(repondus + ranges_par_pixkit(dites)))
    memoire.publications.append(
        {"publiee_le": dit["publie_le"], "empreinte": empreinte_des_agregats(fichiers)}
    )
    return Preparation(racine, dit, agregats, fichiers, memoire, lue, ecole.tables)


def _verifier_lecture(ecole: Ecole) -> None:
    """Attendre des envois ne sert à rien quand aucun fichier ne se lit."""
    fichiers = ecole.tables.fichiers
    if fichiers["nature"].isin(EXPORTS).any():
        return
    listes = fichiers["nature"].notna().any()
    noms = enumerer(sorted(fichiers["fichier"]), 3)
    trouve = "aucun fichier" if fichiers.empty else f"aucun export de Pix parmi {noms}"
    raison = "" if fichiers.empty or listes else f" « {commande('lire')} » dit pourquoi."
    raise PublicationRefusee(
        f"{trouve} : rien n'est lu, il n'y a rien à publier.",
        "au moins un export de campagne, ou des résultats de certification.",
        "téléchargez-les de Pix Orga ou de Pix Certif dans ce dossier, sans les ouvrir ni les "
        f"réenregistrer, puis recommencez.{raison}",
    )


def _verifier_contenu(agregats: Agregats, effectif_min: int) -> None:
    if all(
        table.empty for table in (agregats.maitrise, agregats.participation, agregats.certification)
    ):
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


def _conseil(ecole: Ecole, agregats: Agregats) -> Conseil:
    offre, vues = ecole.catalogue.parcours, ecole.tables.participations
    parcours = {}
    for (campagne, niveau), cases in agregats.maitrise.groupby(["campagne", "niveau_scolaire"]):
        passes = set(vues.loc[vues["campagne"] == campagne, "parcours_evalue"].dropna())
        proposes = proposables(offre, niveau_scolaire=niveau or None, deja_passes=passes)
        choix = choisir(besoins_publies(cases), proposes, minutes=MINUTES)
        parcours[campagne, niveau] = choix.liste
    return Conseil(parcours, _memoire(ecole, "repartition"), _memoire(ecole, "conseil"))


def _memoire(ecole: Ecole, nom: str) -> pd.DataFrame:
    return pd.DataFrame(lire_memoire(ecole.dossier, nom), columns=MEMOIRES[nom])
