"""Étage 4 et un dixième — relire ce que des établissements ont publié, et refuser le reste, une
phrase à chaque fois.

Une publication arrive par courriel ou par une clé : on n'en croit que la forme, et de ses textes
on ne garde aucun.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path

from pixkit.academie.annuaire import Etablissement
from pixkit.academie.formes import LUES, Table, garder, lire_agregats
from pixkit.erreurs import ErreurPixkit, PublicationIllisible
from pixkit.publication.manifeste import empreinte_des_agregats
from pixkit.publication.place import agregats_en_place
from pixkit.service.lecteur import FORMAT, refuser_retiree

POIDS_MAXIMUM = 50_000_000
"""Octets : cent fois les agrégats d'une grande cité scolaire."""
EFFECTIF_MIN_MAXIMUM = 100
"""Le plus grand N que l'on croie : il devient celui de tous."""
_BESOIN = "un dossier écrit par cette version de « pixkit publier »."
_REDEMANDER = "demandez-lui de publier à nouveau ; les autres sont réunis."


@dataclass(frozen=True)
class Recue:
    """La publication d'un établissement, relue et vérifiée."""

    etablissement: Etablissement
    publie_le: str
    donnees_du: str
    effectif_min: int
    empreinte: str
    annee: str
    tables: dict[str, Table]


@dataclass(frozen=True)
class Recueil:
    """Ce que l'on réunit, d'une seule `annee`, et une phrase par publication mise de côté."""

    annee: str
    recues: list[Recue]
    refus: list[str]


def recueillir(chemins: Iterable[str | Path], annuaire: Mapping[str, Etablissement]) -> Recueil:
    """Relit ces publications (ou ces dossiers de publications).

    Lève PublicationIllisible s'il n'en reste aucune.
    """
    recues: list[Recue] = []
    refus: list[str] = []
    for dossier in dict.fromkeys(ou for chemin in chemins for ou in _publications(Path(chemin))):
        try:
            recues.append(_lire(dossier, _reconnaitre(dossier, annuaire)))
        except ErreurPixkit as erreur:
            refus.append(f"{dossier.name} : {erreur}")
    annee = _annee(recues)
    recues, autres = _une_par_etablissement(_de_l_annee(recues, annee, refus))
    refus += autres
    if not recues:
        raise PublicationIllisible(
            " ".join(["aucune publication à réunir.", *refus[:3]]),
            "des dossiers écrits par « pixkit publier », décrits dans l'annuaire.",
            "vérifiez les chemins et etablissements.csv.",
        )
    return Recueil(annee, recues, refus)


def _publications(chemin: Path) -> Iterator[Path]:
    """Une publication, ou celles que range un dossier, deux étages au plus."""
    sous = [] if (chemin / "manifeste.json").exists() else sorted(_dossiers(chemin))
    if not sous:
        yield chemin.resolve()
    for dossier in sous:
        plus_bas = [] if (dossier / "manifeste.json").exists() else sorted(_dossiers(dossier))
        dedans = [ou for ou in plus_bas if (ou / "manifeste.json").exists()]
        yield from (ou.resolve() for ou in dedans or [dossier])


def _dossiers(chemin: Path) -> Iterator[Path]:
    if chemin.is_dir():
        yield from (ou for ou in chemin.iterdir() if ou.is_dir() and not ou.name.startswith("."))


def _reconnaitre(dossier: Path, annuaire: Mapping[str, Etablissement]) -> Etablissement:
    """La ligne de l'annuaire qui nomme ce dossier, par son nom ou par la fin de son chemin."""
    fins = ("/".join(dossier.parts[-nombre:]) for nombre in (1, 2, 3))
    trouve = next((annuaire[fin] for fin in fins if fin in annuaire), None)
    if trouve is None and dossier.parent.name in annuaire:  # 0210015C/publication
        trouve = annuaire[dossier.parent.name]
    if trouve is None:
        raise PublicationIllisible(
            "un dossier qu'aucune ligne de l'annuaire ne décrit.",
            "une ligne d'etablissements.csv dont « dossier » est ce nom.",
            "ajoutez-la, puis recommencez ; les autres sont réunis.",
        )
    return trouve


def _lire(dossier: Path, qui: Etablissement) -> Recue:
    """Lève PublicationIllisible, qui dit pourquoi elle n'est pas réunie."""
    _verifier_les_fichiers(dossier)
    dit = _manifeste(dossier)
    fichiers = agregats_en_place(dossier)
    try:
        tables = lire_agregats(fichiers, dit["effectif_min"])
    except ValueError as erreur:
        raise PublicationIllisible(
            f"une publication où {erreur} n'est pas de nos définitions.", _BESOIN, _REDEMANDER
        ) from erreur
    noms = (f"agregats/{table}.json" for table in LUES)
    lus = {nom: fichiers[nom] for nom in noms if nom in fichiers}
    empreinte = empreinte_des_agregats(lus)
    return Recue(qui, annee=_derniere(tables), empreinte=empreinte, tables=tables, **dit)


def _verifier_les_fichiers(dossier: Path) -> None:
    """Lève PublicationIllisible si l'un est trop gros, ou un lien qui mène hors du dossier."""
    lus = [dossier / "manifeste.json", *dossier.glob("agregats/*.json")]
    ailleurs = [
        un for un in lus if un.exists() and un.resolve() != dossier / un.relative_to(dossier)
    ]
    poids = sum(un.stat().st_size for un in lus if un.is_file())
    if ailleurs or poids > POIDS_MAXIMUM:
        trouve = "un fichier qui est un lien." if ailleurs else "plus de 50 Mo d'agrégats."
        raise PublicationIllisible(trouve, _BESOIN, _REDEMANDER)


def _manifeste(dossier: Path) -> dict:
    """Ce que la publication dit d'elle-même, vérifié."""
    try:
        dit = json.loads((dossier / "manifeste.json").read_bytes())
        format_, genre = dit["format"], dit.get("genre", "")
        refuser_retiree(dit)
    except (OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as erreur:
        raise PublicationIllisible(
            "un dossier qui n'est pas une publication.", _BESOIN, "vérifiez ce qu'il contient."
        ) from erreur
    if format_ != FORMAT or genre:
        quoi = "une publication d'académie." if genre else "une publication d'un autre format."
        raise PublicationIllisible(quoi, _BESOIN, _REDEMANDER)
    try:
        jours = [
            date.fromisoformat(dit[nom]).isoformat()
            for nom in ("publie_le", "donnees_du", "a_supprimer_le")
        ]
        effectif_min = dit["effectif_min"]
        if type(effectif_min) is not int or not 3 <= effectif_min <= EFFECTIF_MIN_MAXIMUM:
            raise ValueError(effectif_min)
    except (LookupError, TypeError, ValueError) as erreur:
        raise PublicationIllisible(
            "un manifeste qui ne dit ni ses dates ni son effectif minimum.", _BESOIN, _REDEMANDER
        ) from erreur
    if date.fromisoformat(jours[2]) < date.today():
        raise PublicationIllisible(
            "une publication à supprimer, passé la fin de son année scolaire.",
            "une publication de cette année.",
            _REDEMANDER,
        )
    return dict(zip(("publie_le", "donnees_du"), jours, strict=False)) | {
        "effectif_min": effectif_min
    }


def _derniere(tables: Mapping[str, Table]) -> str:
    annees = (tables[nom]["annee_scolaire"] for nom in ("campagnes", "certification"))
    return max(chain.from_iterable(annees), default="")


def _annee(recues: list[Recue]) -> str:
    """L'année du plus grand nombre ; à égalité, la plus récente."""
    comptes = Counter(une.annee for une in recues)
    return max(comptes, key=lambda annee: (comptes[annee], annee), default="")


def _de_l_annee(recues: list[Recue], annee: str, refus: list[str]) -> Iterator[Recue]:
    """Les publications de l'année, chacune réduite à elle ; les autres sont dites."""
    for une in recues:
        if une.annee == annee:
            yield replace(une, tables=_reduire(une.tables, annee))
        else:
            dite = une.annee or "une année inconnue"
            refus.append(
                f"{une.etablissement.dossier} : Trouvé : une publication de {dite}. Attendu : "
                f"{annee}, l'année du plus grand nombre. À faire : {_REDEMANDER}"
            )


def _reduire(tables: Mapping[str, Table], annee: str) -> dict[str, Table]:
    """Ce qu'une publication dit d'une année."""
    dedans = [une == annee for une in tables["campagnes"]["annee_scolaire"]]
    campagnes = garder(tables["campagnes"], dedans)
    codes = {*campagnes["campagne"]}
    reduites = {
        nom: garder(tables[nom], [code in codes for code in tables[nom]["campagne"]])
        for nom in ("participation", "etapes", "maitrise", "dispersion")
    }
    parts = tables["certification"]
    parts = garder(parts, [une == annee for une in parts["annee_scolaire"]])
    return {"campagnes": campagnes, **reduites, "certification": parts}


def _une_par_etablissement(recues: Iterable[Recue]) -> tuple[list[Recue], list[str]]:
    """De chaque établissement, la plus récente ; mêmes chiffres, même établissement."""
    gardees: list[Recue] = []
    refus, vus, connues = [], {}, {}
    for une in sorted(recues, key=lambda r: (r.publie_le, r.donnees_du), reverse=True):
        qui = une.etablissement
        autre = vus.get(qui.uai) or connues.get(une.empreinte)
        if autre:
            refus.append(
                f"{qui.dossier} : Trouvé : la publication d'un établissement déjà lu "
                f"(« {autre} », publié le même jour ou plus tard). Attendu : une publication par "
                "établissement. À faire : rien, la plus récente est gardée ; vérifiez l'annuaire "
                "si ce sont deux établissements."
            )
            continue
        vus[qui.uai] = connues[une.empreinte] = qui.dossier
        gardees.append(une)
    return sorted(gardees, key=lambda une: une.etablissement.uai), refus
