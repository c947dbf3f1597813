"""Étage 4 — la mémoire de ce qui a été publié : deux publications ne doivent pas, par différence, parler de moins de N élèves.

À chaque publication, le dossier garde une photographie de chaque classe × campagne publiée. Une classe n'est photographiée à
nouveau que si, depuis *chacune* de ses photographies, personne n'a changé, ou N élèves au moins ; sinon la dernière reste.
"""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.erreurs import EcritureImpossible, FichierIllisible
from pixkit.memoire import PREFIXE
from pixkit.publication.population import CAMPAGNE, RESULTAT, publiable

NOM = f"{PREFIXE}publications.json"
Contenu = dict[str, list]
"""{élève: ce que la publication en a compté (classe, liste, envoi, résultats)} : reste dans le dossier."""


def lire_photos(dossier: str | Path) -> list[dict]:
    """Les photographies déjà publiées, de la plus ancienne à la plus récente. Lève FichierIllisible."""
    chemin = Path(dossier) / NOM
    if not chemin.exists():
        return []
    try:
        return json.loads(chemin.read_text(encoding="utf-8"))["photos"]
    except (OSError, ValueError, KeyError, TypeError) as erreur:
        raise FichierIllisible(
            f"« {NOM} », qui ne se lit pas.",
            "la mémoire de ce qui a déjà été publié, telle que pixkit l'a écrite.",
            "reprenez-la d'une sauvegarde ; sans elle, deux publications comparées pourraient parler d'un seul élève.",
        ) from erreur


def ecrire_photos(dossier: str | Path, photos: list[dict]) -> None:
    """Réécrit la mémoire d'un coup. Lève EcritureImpossible."""
    chemin = Path(dossier) / NOM
    provisoire = chemin.with_name(f".{NOM}")
    try:
        provisoire.write_text(json.dumps({"photos": photos}, ensure_ascii=False), encoding="utf-8")
        provisoire.replace(chemin)
    except OSError as erreur:
        raise EcritureImpossible(
            f"« {NOM} », qui ne s'écrit pas dans le dossier des exports ({erreur.strerror}).",
            "un dossier où garder ce qui est publié : c'est ce qui protège la publication suivante.",
            "rendez ce dossier modifiable, puis recommencez ; rien n'a été publié.",
        ) from erreur


def figer(
    eleves: pd.DataFrame, resultats: pd.DataFrame, photos: list[dict], effectif_min: int
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict], list[tuple[str, str]]]:
    """Les mêmes tables (voir `population`), où les classes qui ont trop peu changé reprennent leur dernière photographie.

    Rend aussi les photographies à garder, et les (campagne, classe) figées.
    """
    neuves, restees, figees = [], [], []
    for campagne, siens in eleves.groupby("campagne", sort=True):
        detail = _details(resultats[resultats["campagne"] == campagne])
        passees = [photo for photo in photos if photo["campagne"] == campagne]
        for classe, lignes in siens.groupby("classe", sort=True):
            contenu = {
                ligne.eleve: [bool(ligne.envoye), None if pd.isna(ligne.certifiable) else bool(ligne.certifiable),
                              detail.get(ligne.eleve, []) if ligne.envoye else []]
                for ligne in lignes.itertuples()
            }  # fmt: skip
            ancienne = _trop_proche(contenu, classe, passees, effectif_min)
            if ancienne is None and publiable(lignes, detail.keys(), effectif_min):
                neuves.append(_photo(campagne, classe, lignes.iloc[0], contenu, effectif_min))
            elif ancienne is not None:
                restees.append(ancienne | {"classe": classe})
                figees.append((campagne, classe))
    if restees:
        eleves, resultats = _remettre(eleves, resultats, restees)
    inconnues = [photo for photo in neuves if not any(_memes(photo, passee) for passee in photos)]
    return eleves, resultats, [*photos, *inconnues], figees


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
    for eleve, code, *valeurs in zip(tries["eleve"], tries["competence"], *(nombres[nom] for nom in RESULTAT[1:]), strict=True):
        details.setdefault(eleve, []).append([code, *(None if v is None else int(v) for v in valeurs)])
    return details


def _trop_proche(contenu: Contenu, classe: str, passees: list[dict], effectif_min: int) -> dict | None:
    """La photographie à republier si une différence parlerait de moins de N élèves ; None si l'on peut en prendre une neuve.

    Un élève passé d'une classe à l'autre sans rien envoyer de neuf s'annule quand on additionne les deux classes : la différence
    est donc comptée avec ces élèves, puis sans eux.
    """
    deja = {}
    for photo in passees:
        for eleve, valeurs in _comptes(photo["eleves"]).items():
            deja.setdefault(eleve, []).append((photo["classe"], valeurs))
    ici = _comptes(contenu)
    for photo in reversed(passees):
        la = _comptes(photo["eleves"])
        if photo["classe"] != classe and not (ici.keys() & la.keys()):
            continue
        changes = {eleve for eleve in ici.keys() | la.keys() if ici.get(eleve) != la.get(eleve)}
        venus = {eleve for eleve in changes if any(ou != classe and v == ici.get(eleve, v) for ou, v in deja.get(eleve, []))}
        seuil = max(effectif_min, photo["effectif_min"])
        trop_peu = any(0 < nombre < seuil for nombre in (len(changes), len(changes - venus)))
        if trop_peu:
            return next(p for p in reversed(passees) if p["classe"] in (classe, photo["classe"]))
    return None


def _comptes(contenu: Contenu) -> Contenu:
    """Ceux qui comptent : la liste de classe est publique, seul un envoi apprend quelque chose."""
    return {eleve: valeurs for eleve, valeurs in contenu.items() if valeurs[0]}


def _remettre(eleves: pd.DataFrame, resultats: pd.DataFrame, photos: list[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Remplace les lignes des classes figées par celles de leur photographie."""
    figees = {(photo["campagne"], photo["classe"]) for photo in photos}
    campagnes = eleves[CAMPAGNE].drop_duplicates("campagne")
    lieu = ["campagne", "classe", "niveau_scolaire", "sur_liste"]
    anciens = [
        [*(photo[nom] for nom in lieu), eleve, envoye, certifiable]
        for photo in photos for eleve, (envoye, certifiable, _) in photo["eleves"].items()
    ]  # fmt: skip
    details = [
        [*(photo[nom] for nom in lieu[:3]), eleve, *detail, detail[0][0]]
        for photo in photos for eleve, (_, _, lignes) in photo["eleves"].items() for detail in lignes
    ]  # fmt: skip
    retrouves = pd.DataFrame(anciens, columns=[*lieu, "eleve", "envoye", "certifiable"]).astype({"certifiable": "boolean"})
    retrouvees = pd.DataFrame(details, columns=[*lieu[:3], "eleve", *RESULTAT, "domaine"])
    retrouvees = retrouvees.astype(dict.fromkeys(RESULTAT[1:], "Int64"))
    return tuple(
        pd.concat([table[~pd.MultiIndex.from_frame(table[lieu[:2]]).isin(figees)], ancienne.merge(campagnes)], ignore_index=True)
        for table, ancienne in ((eleves, retrouves), (resultats, retrouvees))
    )
