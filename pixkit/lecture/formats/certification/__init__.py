"""Étage 1 — les résultats de certification : par classe (Pix Orga), par session (Pix Certif).

Le fichier ne dit ni la classe (elle est dans son nom) ni l'INE. Une ligne est une certification
passée, ou commencée ; seule une certification Pix validée a des niveaux.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from pixkit.charte import accord
from pixkit.grilles import SANS_FIN, Grille, Morceau
from pixkit.lecture import valeurs as v
from pixkit.lecture.abimes import coupees, illisibles
from pixkit.lecture.formats.certification.colonnes import NUMERO, Places, en_dates, placer
from pixkit.lecture.formats.listes import annee_scolaire_du
from pixkit.lecture.lu import Constat, Lu, Reglages
from pixkit.referentiel import EN_NIVEAUX, competences, niveau_global, normaliser
from pixkit.tables import FUSEAU

PIX = "Pix"
"""Le type de la certification des seize compétences ; tout autre est à part."""
_CODES = "1.1;1.2;1.3;2.1;2.2;2.3;2.4;3.1;3.2;3.3;3.4;4.1;4.2;4.3;5.1;5.2"
EXEMPLES = (
    "Numéro de certification;Prénom;Nom;Date de naissance;Lieu de naissance;Identifiant "
    f"Externe;Type de certification;Statut;Niveau;Score en Pix;{_CODES};Commentaire jury pour "
    "l’organisation;Session;Date de passage de la certification\n1;Emma;LEROY;01/02/2012;GRENOBLE;"
    ";Pix;Validée;Novice 1;80;1;0;2;0;2;1;0;0;0;2;0;1;0;2;0;0;;88123;09/02/2027\n",
    "Numéro de certification;Prénom;Nom;Date de naissance;Lieu de naissance;Identifiant "
    f"Externe;Statut;Nombre de Pix;{_CODES};Session;Centre de certification;Date de passage de la "
    "certification\n1;Emma;LEROY;01/02/2006;GRENOBLE;;Validée;80;1;0;2;0;2;1;0;0;0;2;0;1;0;2;0;-;"
    "88123;Collège Inventé;19/05/2021\n",
)

_STATUTS = {
    "validee": "validee",
    "non obtenue": "non_obtenue",
    "rejetee": "non_obtenue",  # jusqu'en 2025
    "annulee": "annulee",
    "en erreur": "en_erreur",
    "demarree": "demarree",
}
_RESULTAT = re.compile(r"(?:(?P<niveau>\D.*?)\s*\()?\s*(?P<pix>\d+)\s*pix\s*\)?", re.I)
_SESSION = re.compile(r"(\d{8})_\d{4}_resultats_session_", re.I)
_CLASSE = re.compile(
    r"(?:(\d{8})_)?resultats_(?P<classe>(?!session_).+?)(?:\s*\(\d+\)|\s*-\s*cop(?:ie|y))*", re.I
)


@dataclass(eq=False)
class Certification(Lu):
    """Un fichier de résultats lu : `table`, une ligne par certification (CERTIFICATIONS)."""

    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def rangees(self) -> Mapping[str, pd.DataFrame]:
        return {"certifications": self.table}


def reconnaitre(morceau: Morceau, _reglages: Reglages) -> int | None:
    """Le rang de l'en-tête."""
    debut = morceau.feuille.debut[:10] if morceau.feuille else ()
    return next(
        (
            rang
            for rang, ligne in enumerate(debut)
            if {NUMERO, "statut"} <= set(map(normaliser, ligne))
        ),
        None,
    )


def lire(morceau: Morceau, rang: int, _reglages: Reglages) -> Certification:
    """Les certifications d'un fichier ; une ligne impossible est mise de côté avec son motif.

    Lève ColonneManquante.
    """
    grille = morceau.feuille.sous(rang)
    places = placer(grille.entete)
    jour_du_fichier, classe = _d_ou(morceau)
    lu = Certification(
        morceau.fichier,
        "certification",
        lues=grille.numeros,
        rejets=grille.rejets,
        remarques=[*grille.remarques, *(i for i in morceau.feuille.indices if i != SANS_FIN)],
        ligne_entete=grille.ligne_entete,
    )
    ecrite, fautes = _convertir(grille, places)
    lu.constater([*coupees(grille), *illisibles(grille), *fautes, *_controler(ecrite)])
    lu.remarques += [*en_dates(grille.entete, places), *_complementaires(grille, places)]
    gardees = ~np.isin(lu.lues, list(lu.rejets))
    niveaux_ecrits = bool({"niveau_global", "resultat"} & places.champs.keys())
    lu.table = _ranger(ecrite[gardees], niveaux_ecrits).assign(fichier=lu.fichier, classe=classe)
    lu.lues = lu.table["ligne"].tolist()
    jours = [*lu.table["date_passage"].dropna(), jour_du_fichier]
    lu.date_donnees = max((pd.Timestamp(j, tz=FUSEAU) for j in jours if j), default=None)
    lu.remarques += _suppositions(lu.table, classe, niveaux_ecrits)
    return lu


def _d_ou(morceau: Morceau) -> tuple[date | None, str | None]:
    """Ce que dit le nom du fichier ; à défaut, celui de la feuille, qu'un tableur tient du CSV."""
    noms = (PurePosixPath(morceau.classeur).stem, morceau.feuille.nom)
    return next((dit for nom in noms if any(dit := du_nom(nom))), (None, None))


def du_nom(nom: str) -> tuple[date | None, str | None]:
    """(le jour, la classe) que porte un nom de fichier ; une session n'a pas de classe."""
    trouve = _SESSION.match(nom) or _CLASSE.fullmatch(nom)
    if not trouve:
        return None, None
    ecrit = trouve[1] or ""
    return v.jour(f"{ecrit[6:]}/{ecrit[4:6]}/{ecrit[:4]}"), trouve.groupdict().get("classe")


# — Des textes aux valeurs —


def _convertir(grille: Grille, places: Places) -> tuple[pd.DataFrame, list[Constat]]:
    """(la table telle qu'elle est écrite, ses cellules incompréhensibles)."""
    rangs = places.champs | places.niveaux
    genres = _genres(grille, places)
    colonnes, fautes = {"ligne": grille.numeros}, []
    for nom, (conversion, manquant, genre) in genres.items():
        if nom not in rangs:
            colonnes[nom] = np.full(len(grille.numeros), manquant, dtype=genre)
            continue
        colonne = grille.colonnes[rangs[nom]]
        colonnes[nom], illisibles_ = v.convertir(colonne, conversion, manquant, genre)
        titre = grille.entete[rangs[nom]]
        fautes += [Constat(f"« {titre} » : {motif}", ou, True) for motif, ou in illisibles_]
    return pd.DataFrame(colonnes), fautes


def _genres(grille: Grille, places: Places) -> dict[str, tuple[Callable[[str], Any], Any, Any]]:
    """{colonne: (conversion, ce qui vaut « manquant », type du tableau)}."""
    nombre, texte = (np.nan, float), (None, object)
    le_jour = _jour(_mois_dabord(grille, places))
    return {
        **dict.fromkeys(("numero", "session"), (_ou_rien(v.entier()), *nombre)),
        **dict.fromkeys(("prenom", "nom", "commentaire"), (v.texte, *texte)),
        **dict.fromkeys(("date_naissance", "date_passage"), (le_jour, *texte)),
        **dict.fromkeys(("type", "niveau_global"), (_ou_rien(str.strip), *texte)),
        "statut": (_statut, *texte),
        "nb_pix": (_ou_rien(v.entier(1024)), *nombre),  # 16 compétences × 8 niveaux × 8 pix
        "resultat": (_ou_rien(_resultat), *texte),
        **dict.fromkeys(places.niveaux, (_ou_rien(v.entier(8)), *nombre)),
    }


def _ou_rien(conversion: Callable[[str], Any]) -> Callable[[str], Any]:
    """Un « - » dit que rien n'est testé, ou que rien ne compte."""
    return lambda cellule: (
        None if normaliser(cellule).removeprefix("'") in ("", "-") else conversion(cellule)
    )


def _statut(cellule: str) -> str:
    statut = _STATUTS.get(normaliser(cellule))
    if statut is None:
        attendu = "Validée, Non obtenue (ou Rejetée), Annulée, En erreur ou Démarrée"
        raise ValueError(f"« {cellule[:20]} » au lieu de {attendu}")
    return statut


def _resultat(cellule: str) -> tuple[str | None, float | None]:
    """(niveau global, pix) de « Indépendant 1 (350 Pix) » ou de « 52 Pix » ; rien d'un Pix+."""
    trouve = _RESULTAT.fullmatch(cellule.strip())
    if trouve:
        return trouve["niveau"], v.entier(1024)(trouve["pix"])
    if any(map(str.isdigit, cellule)):
        raise ValueError(f"« {cellule[:20]} » au lieu de « Indépendant 1 (350 Pix) »")
    return None, None


def _mois_dabord(grille: Grille, places: Places) -> bool:
    """L'ordre des dates du fichier : une seule colonne suffit à le dire."""
    rangs = [places.champs.get(nom) for nom in ("date_naissance", "date_passage")]
    ordres = [v.mois_dabord(grille.colonnes[r].distincts()) for r in rangs if r is not None]
    return next((ordre for ordre in ordres if ordre is not None), False)


def _jour(mois_dabord: bool) -> Callable[[str], date | None]:
    def conversion(cellule: str) -> date | None:
        lue = v.jour(cellule, mois_dabord=mois_dabord)
        if lue is None:
            raise ValueError(f"« {cellule[:20]} » au lieu d'une date JJ/MM/AAAA")
        return lue

    return _ou_rien(conversion)


# — Ce qui se garde —


def _ranger(ecrite: pd.DataFrame, niveaux_ecrits: bool) -> pd.DataFrame:
    """Seule une certification validée a un score et un niveau, et seule celle de Pix les seize
    niveaux ; une certification non obtenue vaut 0 pix, si elle en compte."""
    resultats = pd.DataFrame([r or (None, None) for r in ecrite["resultat"]], ecrite.index, [0, 1])
    type_, statut = ecrite["type"].fillna(PIX), ecrite["statut"]
    annee = ecrite["date_passage"].map(annee_scolaire_du, na_action="ignore")
    validee, refusee = statut == "validee", statut == "non_obtenue"
    de_pix = type_.map(_est_pix).astype(bool)
    pix = ecrite["nb_pix"].fillna(resultats[1].astype(float))
    globaux = ecrite["niveau_global"].fillna(resultats[0])
    if not niveaux_ecrits:
        dits = pix.map(lambda score: niveau_global(int(score)), na_action="ignore")
        globaux = dits.astype(object).where(de_pix & (annee.fillna("") >= EN_NIVEAUX))
    codes = [nom for nom in ecrite if nom in competences()]
    niveaux = np.where((validee & de_pix).to_numpy()[:, None], ecrite[codes], np.nan)
    return ecrite.assign(
        type=type_,
        niveau_global=globaux.where(validee),
        nb_pix=pix.where(validee).mask(refusee & (de_pix | pix.notna()), 0),
        annee_scolaire=annee,
        **dict(zip(codes, niveaux.T, strict=True)),
    )


def _est_pix(type_: str) -> bool:
    return normaliser(type_) == normaliser(PIX)


# — Ce qu'il faut en savoir —


def _controler(ecrite: pd.DataFrame) -> Iterator[Constat]:
    validee, pix = ecrite["statut"] == "validee", ecrite["nb_pix"]
    sans_score = validee & ecrite["type"].fillna(PIX).map(_est_pix) & pix.isna()
    sans_score &= ecrite["resultat"].map(lambda lu: not lu or lu[1] is None)
    yield Constat("sans numéro de certification", ecrite["numero"].isna().to_numpy(), True)
    yield Constat("validée, mais sans score", sans_score.to_numpy(bool))
    yield Constat(
        "non obtenue, mais avec un score : 0 est lu",
        ((ecrite["statut"] == "non_obtenue") & (pix > 0)).to_numpy(),
    )
    yield Constat("sans date de naissance", ecrite["date_naissance"].isna().to_numpy())


def _complementaires(grille: Grille, places: Places) -> Iterator[str]:
    """Les certifications complémentaires d'une session de 2021 à 2025, dites et jamais mêlées."""
    for nom, rang in places.complementaires.items():
        cellules = pd.Series(grille.colonnes[rang].cellules()).str.strip()
        obtenues = int((cellules.map(normaliser) == "validee").sum())
        yield f"Certification {nom} : {accord(obtenues, 'validée')}, à lire dans le fichier."


def _suppositions(table: pd.DataFrame, classe: str | None, niveaux_ecrits: bool) -> Iterator[str]:
    if table.empty:
        yield "Ce fichier n'a aucun résultat."
        return
    if classe:
        yield f"La classe est celle du nom du fichier : {classe}."
    if not niveaux_ecrits and table["niveau_global"].notna().any():
        yield "Ce fichier n'écrit pas le niveau global : il est déduit du score (table de Pix)."
