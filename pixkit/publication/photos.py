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
_CHAMPS = {"campagne", "classe", "niveau_scolaire", "sur_liste", "effectif_min", "eleves"}
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
    neuves, restees, figees, tues = [], [], [], []
    for campagne, siens in eleves.groupby("campagne", sort=True):
        detail = _details(resultats[resultats["campagne"] == campagne])
        passees = [photo for photo in photos if photo["campagne"] == campagne]
        groupes = dict(list(siens.groupby("classe", sort=True)))
        contenus = {classe: _contenu(lignes, detail) for classe, lignes in groupes.items()}
        for classe, contenu in contenus.items():
            ailleurs = [autre for nom, autre in contenus.items() if nom != classe]
            ailleurs += [photo["eleves"] for photo in passees if photo["classe"] != classe]
            modele = _trop_proche(contenu, classe, passees, ailleurs, effectif_min)
            if modele is None:
                if len(_comptes(contenu)) >= effectif_min:
                    neuves.append(
                        _photo(campagne, classe, groupes[classe].iloc[0], contenu, effectif_min)
                    )
            elif modele["classe"] == classe or modele["classe"] not in groupes:
                restees.append(modele | {"classe": classe})
                if Counter(map(repr, contenu.values())) != Counter(
                    map(repr, modele["eleves"].values())
                ):
                    figees.append((campagne, classe))
            else:
                tues.append((campagne, classe))
    eleves, resultats = (table[~_de(table, tues)] for table in (eleves, resultats))
    if restees:
        eleves, resultats = _remettre(eleves, resultats, restees)
    inconnues = [photo for photo in neuves if not any(_memes(photo, passee) for passee in photos)]
    return eleves, resultats, [*photos, *inconnues], figees + tues


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


def _photo(campagne: str, classe: str, modele, contenu: Contenu, effectif_min: int) -> dict:
    return {
        "campagne": campagne,
        "classe": classe,
        "niveau_scolaire": modele["niveau_scolaire"],
        "sur_liste": bool(modele["sur_liste"]),
        "effectif_min": effectif_min,
        "publiee_le": datetime.now().isoformat(timespec="seconds"),
        "eleves": contenu,
    }


def _memes(une: dict, autre: dict) -> bool:
    return all(une[nom] == autre[nom] for nom in ("campagne", "classe", "eleves"))


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


def _trop_proche(
    contenu: Contenu, classe: str, passees: list[dict], ailleurs: list[Contenu], effectif_min: int
) -> dict | None:
    """La photographie à republier si une différence parlerait de moins de N élèves, ou None.

    On compare des contributions (ce qu'un élève apporte aux chiffres), pas des clés : celles-ci
    changent quand la liste arrive ou qu'une classe est renommée. Une contribution qui se trouve
    aussi dans une autre classe, passée ou présente, s'annule quand on les additionne : la
    différence est comptée avec elle, puis sans elle.
    """
    ici = _contributions(contenu)
    communes = reduce(operator.or_, map(_contributions, ailleurs), Counter())
    siennes = [photo for photo in passees if photo["classe"] == classe]
    for photo in reversed(passees):
        la = _contributions(photo["eleves"])
        seuil = max(effectif_min, photo["effectif_min"])
        differences = ici - la, la - ici
        toutes = max(difference.total() for difference in differences)
        propres = max((difference - communes).total() for difference in differences)
        if photo["classe"] == classe and min(toutes, propres) < seuil:
            return siennes[-1]
        if photo["classe"] != classe and ici & la and propres < seuil and (siennes or propres):
            return siennes[-1] if siennes else photo
    return None


def _contributions(contenu: Contenu) -> Counter[str]:
    return Counter(map(repr, _comptes(contenu).values()))


def _comptes(contenu: Contenu) -> Contenu:
    """Ceux qui comptent : la liste de classe est publique, seul un envoi apprend quelque chose."""
    return {eleve: valeurs for eleve, valeurs in contenu.items() if valeurs[0]}


def _remettre(
    eleves: pd.DataFrame, resultats: pd.DataFrame, photos: list[dict]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Remplace les lignes des classes figées par celles de leur photographie."""
    figees = {(photo["campagne"], photo["classe"]) for photo in photos}
    campagnes = eleves[CAMPAGNE].drop_duplicates("campagne")
    lieu = ["campagne", "classe", "niveau_scolaire", "sur_liste"]
    anciens = [
        [*(photo[nom] for nom in lieu), eleve, envoye, certifiable]
        for photo in photos
        for eleve, (envoye, certifiable, _) in photo["eleves"].items()
    ]
    details = [
        [*(photo[nom] for nom in lieu[:3]), eleve, *detail, detail[0][0]]
        for photo in photos
        for eleve, (_, _, lignes) in photo["eleves"].items()
        for detail in lignes
    ]
    retrouves = pd.DataFrame(anciens, columns=[*lieu, "eleve", "envoye", "certifiable"]).astype(
        {"certifiable": "boolean"}
    )
    retrouvees = pd.DataFrame(details, columns=[*lieu[:3], "eleve", *RESULTAT, "domaine"])
    retrouvees = retrouvees.astype(dict.fromkeys(RESULTAT[1:], "Int64"))
    return tuple(
        pd.concat(
            [
                table[~pd.MultiIndex.from_frame(table[lieu[:2]]).isin(figees)],
                ancienne.merge(campagnes),
            ],
            ignore_index=True,
        )
        for table, ancienne in ((eleves, retrouves), (resultats, retrouvees))
    )
