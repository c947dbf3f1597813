"""Étage 4 — publier : lire, agréger, dessiner chaque état, passer le portique, montrer ce qui sort, écrire d'un coup."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from pixkit.charte import accord, date_en_mots, enumerer
from pixkit.ecole import Ecole, ouvrir
from pixkit.erreurs import EcritureImpossible, PublicationRefusee
from pixkit.memoire import lire_memoire
from pixkit.parcours import besoins, choisir
from pixkit.parcours.catalogue import proposables
from pixkit.publication.agregats import Agregats, agreger
from pixkit.publication.controle import controler, personnes
from pixkit.publication.etats import LIBELLES, Conseil, Dessin, Tableau, tableaux_de_bord
from pixkit.publication.pages import pages_statiques
from pixkit.publication.photos import ecrire_photos, figer, lire_photos
from pixkit.publication.population import population, publiable
from pixkit.service.lecteur import FORMAT
from pixkit.service.rendre import rendre
from pixkit.tableaux import textes
from pixkit.tables import Tables

MINUTES = 120
"""Le temps pour lequel des parcours sont proposés au conseil pédagogique : deux heures de cours."""
PLUS_PETIT_MINIMUM = 3
CONTENU = (
    "manifeste.json", "agregats", "etats", "vues", "images", "registre_rgpd.md", "LISEZMOI.md", "index.html", "pages",
)  # fmt: skip
"""Ce qu'une publication contient, et rien d'autre."""
Suivi = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Preparation:
    """Une publication prête, contrôlée, et pas encore écrite : `fichiers` {chemin: octets}, et ce qu'elle dit d'elle-même."""

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
        tus = [f"{ligne['classe']} ({ligne['quoi']} : {ligne['motif']})" for ligne in m["tus"]]
        return "\n".join(filter(None, [
            f"Ce qui va sortir de {m['etablissement']} :",
            f"  {accord(m['nb_images'], 'image')} et leurs tables, {poids:.1f} Mo ; données du "
            f"{date_en_mots(date.fromisoformat(m['donnees_du'][:10]))}.",
            f"  Classes : {enumerer(m['classes'], 40)}.",
            f"  Aucun chiffre ne repose sur moins de {m['effectif_min']} élèves ; aucun nom, identifiant ni adresse (vérifié).",
            f"  Non publié : {enumerer(tus, 12)}." if tus else "",
            f"  Inchangé depuis la dernière publication, trop peu d'envois nouveaux : {enumerer(m['figees'], 12)}."
            if m["figees"] else "",
            f"  À supprimer le {date_en_mots(date.fromisoformat(m['a_supprimer_le']))} au plus tard (registre_rgpd.md).",
        ]))  # fmt: skip

    def ecrire(self, vers: str | Path) -> Path:
        """Écrit le dossier d'un coup, et remplace la publication précédente. Lève EcritureImpossible ou PublicationRefusee."""
        cible = verifier_place(vers, self.dossier)
        ecrire_photos(self.dossier, self.photos)
        neuve = cible.with_name(f".{cible.name}.neuve")
        try:
            shutil.rmtree(neuve, ignore_errors=True)
            for nom, octets in self.fichiers.items():
                (neuve / nom).parent.mkdir(parents=True, exist_ok=True)
                (neuve / nom).write_bytes(octets)
            shutil.rmtree(cible, ignore_errors=True)
            neuve.rename(cible)
        except OSError as erreur:
            raise EcritureImpossible(
                f"« {cible.name} », qui ne s'écrit pas ({erreur.strerror}).",
                "un dossier de publication où vous pouvez écrire.",
                "choisissez-en un autre avec --vers, ou fermez les fichiers ouverts, puis recommencez.",
            ) from erreur
        return cible


def preparer_publication(
    dossier: str | Path, *, effectif_min: int, html: bool = False, suivi: Suivi | None = None
) -> Preparation:
    """Prépare une publication sans rien écrire : agrégats, images, phrases, registre, le tout passé au portique.

    `effectif_min` : N, le plus petit groupe dont on parle (`html` ajoute les pages sans serveur). Lève PublicationRefusee si un
    nom allait sortir ou s'il n'y a rien à publier, et les erreurs de la lecture du dossier.
    """
    if effectif_min < PLUS_PETIT_MINIMUM:
        raise PublicationRefusee(
            f"un effectif minimum de {effectif_min}.",
            f"au moins {PLUS_PETIT_MINIMUM} : au-dessous, chacun peut déduire le résultat de l'autre.",
            "choisissez 5 pour un usage interne, 10 ou plus pour une publication large.",
        )
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
    fichiers = _dessiner(tableaux, agregats, suivi)
    manifeste = _manifeste(racine, tables, agregats, figees, effectif_min)
    manifeste["nb_images"] = sum(nom.startswith("images/") for nom in fichiers)
    fichiers |= {
        f"agregats/{nom}.json": _json(_lignes(table)) for nom, table in agregats.tables().items()
    }
    fichiers |= {
        "manifeste.json": _json(manifeste),
        "registre_rgpd.md": rendre("registre.md.j2", **manifeste).encode(),
    }
    fichiers |= {"LISEZMOI.md": rendre("lisez_moi.md.j2", **manifeste).encode()}
    fichiers |= pages_statiques(fichiers) if html else {}
    controler(fichiers, personnes(tables))
    return Preparation(racine, manifeste, agregats, fichiers, photos, tables)


def _renommer(table: pd.DataFrame, dossier: Path) -> pd.DataFrame:
    """Les campagnes et les classes que l'établissement publie sous un autre nom."""
    noms = {
        ligne["nom_pix"]: ligne["nom_publie"] for ligne in lire_memoire(dossier, "noms_publies")
    }
    return table.assign(**{nom: table[nom].replace(noms) for nom in ("nom_campagne", "classe")})


def _publies(eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int) -> pd.DataFrame:
    """Les résultats des classes publiées seulement : ce qui est proposé au conseil ne repose que sur elles."""
    avec = resultats.groupby("campagne")["eleve"].agg(set)
    gardes = [
        cle for cle, classe in eleves.groupby(["campagne", "classe"])
        if cle[0] in avec.index and publiable(classe, avec[cle[0]], effectif_min)
    ]  # fmt: skip
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


# — Dessiner —


def _dessiner(
    tableaux: dict[str, Tableau], agregats: Agregats, suivi: Suivi | None
) -> dict[str, bytes]:
    """Les vues, les images et les états : chaque dessin une seule fois, sur tous les cœurs."""
    uniques = {
        id(dessin): dessin
        for tableau in tableaux.values()
        for _, dessins in tableau.etats
        for dessin in dessins
    }
    faits = dict(zip(uniques, _sur_tous_les_coeurs(list(uniques.values()), suivi), strict=True))
    fichiers: dict[str, bytes] = {}
    noms: dict[int, str] = {}
    for cle, (vue, image) in faits.items():
        nom = hashlib.blake2s(vue + image, digest_size=8).hexdigest()
        noms[cle] = nom
        fichiers |= {f"images/{nom}.svg": image} if image else {}
        fichiers[f"vues/{nom}.json"] = _json(
            json.loads(vue) | {"image": f"images/{nom}.svg" if image else None}
        )
    for public, tableau in tableaux.items():
        etats = [
            {"choix": choix, "vues": [noms[id(dessin)] for dessin in dessins]}
            for choix, dessins in tableau.etats
        ]
        commandes = [{"nom": nom, "libelle": libelle, "valeurs": _valeurs(nom, etats, agregats)}
                     for nom, libelle in tableau.commandes.items()]  # fmt: skip
        fichiers[f"etats/{public}.json"] = _json(
            {"titre": tableau.titre, "lire": tableau.lire, "commandes": commandes, "etats": etats}
        )
    return fichiers


def _sur_tous_les_coeurs(
    dessins: list[Dessin], suivi: Suivi | None
) -> Iterable[tuple[bytes, bytes]]:
    faits = []
    with ProcessPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as coeurs:
        for rang, fait in enumerate(coeurs.map(_faire, dessins, chunksize=4)):
            if suivi is not None:
                suivi(rang, len(dessins), "images")
            faits.append(fait)
    return faits


def _faire(dessin: Dessin) -> tuple[bytes, bytes]:
    """La vue en JSON et son image en SVG, sans date ni logiciel."""
    vue = dessin.vue()
    donnees = {"titre": dessin.titre, "phrase": vue.phrase, "table": textes(vue.table)}
    dessinee = vue.figure is not None and not vue.table.empty
    return _json(donnees), vue.svg().encode() if dessinee else b""


def _valeurs(commande: str, etats: list[dict], agregats: Agregats) -> dict[str, str]:
    """{valeur: texte} d'une commande : le nom d'une campagne plutôt que son code."""
    noms = (
        dict(zip(agregats.campagnes["campagne"], agregats.campagnes["nom_campagne"], strict=True))
        | LIBELLES
    )
    valeurs = dict.fromkeys(etat["choix"][commande] for etat in etats)
    return {valeur: noms.get(valeur) or valeur or "sans niveau" for valeur in valeurs}


# — Ce que la publication dit d'elle-même —


def _manifeste(
    dossier: Path,
    tables: Tables,
    agregats: Agregats,
    figees: list[tuple[str, str]],
    effectif_min: int,
) -> dict:
    annees = agregats.campagnes["annee_scolaire"].dropna()
    fin = int(annees.max()[-4:]) if len(annees) else datetime.now().year + 1
    classes = pd.concat([agregats.participation["classe"], agregats.maitrise["classe"]]).unique()
    return {
        "format": FORMAT,
        "etablissement": enumerer(sorted(agregats.campagnes["organisation"].dropna().unique())),
        "publie_le": datetime.now().isoformat(timespec="seconds"),
        "donnees_du": tables.fichiers["date_donnees"].dropna().max().isoformat(),
        "a_supprimer_le": f"{fin}-08-31",
        "effectif_min": effectif_min,
        "classes": sorted(classes),
        "tus": _lignes(agregats.tus),
        "figees": [classe for _, classe in figees],
        "fichiers_lus": [
            {"nature": ligne.nature, "sha256": hashlib.sha256((dossier / ligne.fichier).read_bytes()).hexdigest()}
            for ligne in tables.fichiers.dropna(subset="nature").itertuples() if (dossier / ligne.fichier).is_file()
        ],
        "versions": {nom: version(nom) for nom in ("pixkit-parcours", "pandas", "matplotlib", "seaborn")},
    }  # fmt: skip


def _lignes(table: pd.DataFrame) -> list[dict]:
    return json.loads(table.to_json(orient="records", force_ascii=False))


def _json(donnees) -> bytes:
    return json.dumps(donnees, ensure_ascii=False, separators=(",", ":")).encode()


def verifier_place(vers: str | Path, dossier: str | Path) -> Path:
    """Le dossier où publier. Lève PublicationRefusee s'il touche à celui des exports, ou contient autre chose."""
    cible, exports = Path(vers).expanduser().resolve(), Path(dossier).expanduser().resolve()
    if cible == exports or exports in cible.parents or cible in exports.parents:
        raise PublicationRefusee(
            "une publication dans le dossier des exports, ou autour de lui.",
            "un autre dossier : celui-ci porte des noms et ne sort pas de votre ordinateur.",
            "choisissez-en un autre avec --vers.",
        )
    if cible.exists() and not _remplacable(cible):
        raise PublicationRefusee(
            f"« {cible.name} », qui contient déjà autre chose qu'une publication.",
            "un dossier vide, nouveau, ou une publication à remplacer.",
            "choisissez-en un autre avec --vers ; rien n'y a été changé.",
        )
    return cible


def _remplacable(cible: Path) -> bool:
    """Un dossier vide, ou une publication et rien d'autre : lui seul peut être remplacé."""
    if not cible.is_dir():
        return False
    noms = {chemin.name for chemin in cible.iterdir()}
    return not noms or ("registre_rgpd.md" in noms and noms <= set(CONTENU))
