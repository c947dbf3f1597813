"""Étage 4 — la mémoire de ce qui a été publié.

Deux publications ne doivent pas, par différence, parler de moins de N élèves. À chaque publication,
le dossier garde une photographie de chaque classe × campagne publiée. Une classe n'est
photographiée à nouveau que si, depuis *chacune* de ses photographies, personne n'a changé, ou N
élèves au moins ; sinon la dernière reste.
"""

import json
import operator
from collections import Counter
from datetime import datetime
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd

from pixkit.ecriture_sure import ecrire_d_un_coup
from pixkit.erreurs import FichierIllisible
from pixkit.memoire import PREFIXE
from pixkit.publication.population import CAMPAGNE, RESULTAT

NOM = f"{PREFIXE}publications.json"
_LIEU = ["campagne", "classe", "niveau_scolaire", "sur_liste"]
_CHAMPS = {*_LIEU, "effectif_min", "eleves"}
_lieu = operator.itemgetter("campagne", "classe")
Contenu = dict[str, list]
"""{élève: ce que la publication en a compté (envoi, certification, résultats)}."""


def lire_photos(dossier: str | Path) -> list[dict]:
    """Les photographies déjà publiées, les plus anciennes d'abord. Lève FichierIllisible."""
    chemin = Path(dossier) / NOM
    if not chemin.exists():
        return []
    try:
        photos = json.loads(chemin.read_text(encoding="utf-8"))["photos"]
        if not all(
            photo.keys() >= _CHAMPS and isinstance(photo["eleves"], dict) for photo in photos
        ):
            raise ValueError("une photographie incomplète")
        return photos
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as erreur:
        raise FichierIllisible(
            f"« {NOM} », qui ne se lit pas.",
            "la mémoire de ce qui a déjà été publié, telle que pixkit l'a écrite.",
            "reprenez-la d'une sauvegarde ; sans elle, deux publications comparées pourraient "
            "parler d'un seul élève.",
        ) from erreur


def ecrire_photos(dossier: str | Path, photos: list[dict]) -> None:
    """Réécrit la mémoire d'un coup. Lève EcritureImpossible."""
    ecrire_d_un_coup(
        Path(dossier) / NOM,
        json.dumps({"photos": photos}, ensure_ascii=False).encode(),
        attendu="un dossier où garder ce qui est publié : c'est ce qui protège la publication "
        "suivante.",
        que_faire="rendez ce dossier modifiable, puis recommencez ; rien n'a été publié.",
    )


def figer(
    eleves: pd.DataFrame, resultats: pd.DataFrame, photos: list[dict], effectif_min: int
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict], list[tuple[str, str]]]:
    """Les mêmes tables (voir `population`), où les classes qui ont trop peu changé sont figées.

    Une classe figée reprend sa dernière photographie. Rend aussi les photographies à garder, et les
    (campagne, classe) figées. Une classe nouvelle qui ressemble trop à une classe encore là n'est
    pas rendue : elle attend.
    """
    neuves, restees, tues = _juger(_du_jour(eleves, resultats, effectif_min), photos)
    eleves, resultats = (table[~_de(table, tues)] for table in (eleves, resultats))
    if restees:
        eleves, resultats = _remettre(eleves, resultats, [modele for _, modele in restees])
    figees = [_lieu(photo) for photo, modele in restees if _valeurs(photo) != _valeurs(modele)]
    gardees = [photo for photo in neuves if _a_garder(photo, photos)]
    return eleves, resultats, [*photos, *gardees], figees + tues


def _juger(
    du_jour: list[dict], photos: list[dict]
) -> tuple[list[dict], list[tuple[dict, dict]], list[tuple[str, str]]]:
    """Les photographies neuves ; celles qui reprennent une ancienne, et elle ; les classes tues."""
    lieux = set(map(_lieu, du_jour))
    neuves, restees, tues = [], [], []
    for photo in du_jour:
        modele = _trop_proche(photo, du_jour, photos)
        if modele is None:
            neuves.append(photo)
        elif _lieu(modele) in lieux - {_lieu(photo)}:
            tues.append(_lieu(photo))
        else:
            restees.append((photo, modele | {"classe": photo["classe"]}))
    return neuves, restees, tues


def _du_jour(eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int) -> list[dict]:
    """Les photographies que l'on prendrait aujourd'hui."""
    details = {campagne: _details(lignes) for campagne, lignes in resultats.groupby("campagne")}
    classes = eleves.groupby(["campagne", "classe"], sort=True)
    return [
        _photo(siens, details.get(campagne, {}), effectif_min) for (campagne, _), siens in classes
    ]


def _de(table: pd.DataFrame, classes: list[tuple[str, str]]) -> np.ndarray:
    return (
        pd.MultiIndex.from_frame(table[["campagne", "classe"]]).isin(classes)
        if classes
        else np.zeros(len(table), bool)
    )


def _contenu(lignes: pd.DataFrame, detail: dict[str, list]) -> Contenu:
    return {
        ligne.eleve: [
            bool(ligne.envoye),
            None if pd.isna(ligne.certifiable) else bool(ligne.certifiable),
            detail.get(ligne.eleve, []) if ligne.envoye else [],
        ]
        for ligne in lignes.itertuples()
    }


def _photo(lignes: pd.DataFrame, detail: dict[str, list], effectif_min: int) -> dict:
    return lignes[_LIEU].astype(object).iloc[0].to_dict() | {
        "effectif_min": effectif_min,
        "publiee_le": datetime.now().isoformat(timespec="seconds"),
        "eleves": _contenu(lignes, detail),
    }


def _a_garder(photo: dict, photos: list[dict]) -> bool:
    """Assez d'élèves y comptent, et la mémoire ne l'a pas déjà."""
    assez = len(_comptes(photo["eleves"])) >= photo["effectif_min"]
    quoi = operator.itemgetter("campagne", "classe", "eleves")
    return assez and not any(quoi(photo) == quoi(passee) for passee in photos)


def _valeurs(photo: dict) -> list[str]:
    return sorted(map(repr, photo["eleves"].values()))


def _details(resultats: pd.DataFrame) -> dict[str, list]:
    """{élève: [[compétence, acquis visés, maîtrisés, niveau], …]}, dans un ordre stable."""
    tries = resultats.sort_values(["eleve", "competence"])
    nombres = tries[RESULTAT[1:]].astype(object).where(tries[RESULTAT[1:]].notna(), None)
    details: dict[str, list] = {}
    for eleve, code, *valeurs in zip(
        tries["eleve"], tries["competence"], *(nombres[nom] for nom in RESULTAT[1:]), strict=True
    ):
        details.setdefault(eleve, []).append(
            [code, *(None if v is None else int(v) for v in valeurs)]
        )
    return details


def _trop_proche(photo: dict, du_jour: list[dict], photos: list[dict]) -> dict | None:
    """La photographie à republier si une différence parlerait de moins de N élèves, ou None.

    On compare des contributions (ce qu'un élève apporte aux chiffres), pas des clés : celles-ci
    changent quand la liste arrive ou qu'une classe est renommée. Une contribution qui se trouve
    aussi dans une autre classe, passée ou présente, s'annule quand on les additionne : la
    différence est comptée sans elle.
    """
    ici = _contributions(photo)
    passees = [passee for passee in photos if passee["campagne"] == photo["campagne"]]
    siennes = [passee for passee in passees if passee["classe"] == photo["classe"]]
    communes = _ailleurs(photo, [*du_jour, *passees])
    for passee in reversed(passees):
        la = _contributions(passee)
        propres = max((ici - la - communes).total(), (la - ici - communes).total())
        parente = _lieu(passee) == _lieu(photo) or (ici & la and (siennes or propres))
        if parente and propres < max(photo["effectif_min"], passee["effectif_min"]):
            return [passee, *siennes][-1]
    return None


def _ailleurs(photo: dict, autres: list[dict]) -> Counter[str]:
    """Les contributions des autres classes de sa campagne."""
    voisines = [autre for autre in autres if autre["campagne"] == photo["campagne"]]
    etrangeres = [autre for autre in voisines if autre["classe"] != photo["classe"]]
    return reduce(operator.or_, map(_contributions, etrangeres), Counter())


def _contributions(photo: dict) -> Counter[str]:
    return Counter(map(repr, _comptes(photo["eleves"]).values()))


def _comptes(contenu: Contenu) -> Contenu:
    """Ceux qui comptent : la liste de classe est publique, seul un envoi apprend quelque chose."""
    return {eleve: valeurs for eleve, valeurs in contenu.items() if valeurs[0]}


def _remettre(
    eleves: pd.DataFrame, resultats: pd.DataFrame, photos: list[dict]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Remplace les lignes des classes figées par celles de leur photographie."""
    retrouves = _relire(photos).merge(eleves[CAMPAGNE].drop_duplicates("campagne"))
    lignes = retrouves.explode("details").dropna(subset="details")
    details = pd.DataFrame(lignes["details"].tolist(), lignes.index, RESULTAT)
    details = details.astype(dict.fromkeys(RESULTAT[1:], "Int64"))
    lignes = lignes.assign(**details, domaine=details["competence"].str[0])
    figees = list(map(_lieu, photos))
    return tuple(
        pd.concat([table[~_de(table, figees)], ancienne], ignore_index=True)[table.columns]
        for table, ancienne in ((eleves, retrouves), (resultats, lignes))
    )


def _relire(photos: list[dict]) -> pd.DataFrame:
    """Une ligne par élève photographié."""
    anciens = [
        [*(photo[nom] for nom in _LIEU), eleve, *valeurs]
        for photo in photos
        for eleve, valeurs in photo["eleves"].items()
    ]
    colonnes = [*_LIEU, "eleve", "envoye", "certifiable", "details"]
    return pd.DataFrame(anciens, columns=colonnes).astype({"certifiable": "boolean"})
