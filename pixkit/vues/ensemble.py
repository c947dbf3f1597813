"""Étage 3 — toute l'école en une table : les classes × les campagnes d'une année."""

import re
from collections.abc import Iterable

import pandas as pd

from pixkit.charte import accord, entre
from pixkit.grandeurs import mesure_de_la_table
from pixkit.mesures import reunir
from pixkit.mesures.certitude import SIGNAUX
from pixkit.referentiel import rang_niveau
from pixkit.vues.vue import Vue, effectifs

_CASE = ["classe", "campagne"]


def vue_ensemble(
    participation: pd.DataFrame,
    *,
    maitrise: pd.DataFrame,
    ecarts: pd.DataFrame,
    campagnes: pd.DataFrame,
) -> Vue:
    """Une ligne par classe, une colonne par campagne publiée : maîtrise, envois, écarts nets ; les
    campagnes que seul leur niveau scolaire distingue ont la même.

    Les tables d'une publication (`docs/colonnes.md`) ; ce qui n'y est pas est un tiret.
    """
    noms = noms_distincts(campagnes)
    dits: dict[tuple[str, str], list[str]] = {}
    venus = dict(iter(_par_case(participation, noms)))
    moyennes = zip(_par_case(maitrise, noms), _moyennes(maitrise, noms, venus), strict=True)
    for (classe, campagne), dit in [
        *((cle, moyenne) for (cle, _), moyenne in moyennes),
        *((cle, _envois(lignes)) for cle, lignes in venus.items()),
        *((cle, _nets(lignes)) for cle, lignes in _par_case(ecarts, noms)),
    ]:
        dits.setdefault((classe, campagne), []).append(dit)
    if not dits:
        return Vue(None, "Rien de publié cette année.", pd.DataFrame())
    classes = sorted({classe for classe, _ in dits}, key=rang_niveau)
    # Les campagnes dans l'ordre des classes qui les ont passées : la table se lit en diagonale.
    rangs = {campagne: rang for rang, campagne in enumerate(noms)}
    cases = sorted(dits, key=lambda case: (rang_niveau(case[0]), rangs[case[1]]))
    montrees = list(dict.fromkeys(campagne for _, campagne in cases))
    colonnes = _colonnes({ou: noms[ou] for ou in montrees}, pd.concat([participation, maitrise]))
    lues = {(classe, colonnes[ou]): dit for (classe, ou), dit in dits.items()}
    titres = list(dict.fromkeys(colonnes.values()))
    table = pd.DataFrame(
        [(classe, *(" · ".join(filter(None, lues.get((classe, ou), ["–"]))) for ou in titres))
         for classe in classes],
        columns=["Classe", *titres],
    )  # fmt: skip
    phrase = (
        f"{accord(len(classes), 'classe')}, {accord(len(montrees), 'campagne')} : la moyenne, les "
        "envois, et les écarts nets aux autres classes du niveau, s'il y en a ; entre parenthèses, "
        "combien d'élèves sont comptés quand les envois ne le disent pas. Un tiret : rien de "
        "publié, trop peu d'élèves. Les classes ne se classent pas : leurs parcours diffèrent."
    )
    return Vue(None, phrase, table)


def noms_distincts(campagnes: pd.DataFrame) -> dict[str, str]:
    """{code: nom}, le code dit quand deux campagnes ont le même nom."""
    noms = campagnes["nom_campagne"]
    doubles = noms.duplicated(keep=False) | (noms == "Classe")
    dits = noms.mask(doubles, noms + " (" + campagnes["campagne"] + ")")
    return dict(zip(campagnes["campagne"], dits, strict=True))


def sans_niveau(nom: str, niveaux: Iterable[str]) -> str:
    """« Parcours de rentrée 2026 », de « Parcours de rentrée 5e 2026 » comme de « … 4e 2026 »."""
    dits = "|".join(map(re.escape, filter(None, niveaux)))
    reste = re.sub(rf"\(?(?<!\w)({dits})(?!\w)\)?", " ", nom) if dits else nom
    return " ".join(reste.split()).strip(" -–—:") or nom


def _colonnes(noms: dict[str, str], lignes: pd.DataFrame) -> dict[str, str]:
    """{campagne: sa colonne} : une seule pour les campagnes que leur niveau scolaire distingue,
    s'il n'y a de classe que dans l'une."""
    vues = lignes.groupby("campagne")[["niveau_scolaire", "classe"]].agg(set)
    memes: dict[str, list[str]] = {}
    for ou, nom in noms.items():
        memes.setdefault(sans_niveau(nom, vues.loc[ou, "niveau_scolaire"]), []).append(ou)
    colonnes = dict(noms)
    for court, siennes in memes.items():
        classes = vues.loc[siennes, "classe"]
        if len(siennes) > 1 and len(set.union(*classes)) == classes.map(len).sum():
            colonnes |= dict.fromkeys(siennes, court)
    return colonnes


def _par_case(table: pd.DataFrame, noms: dict[str, str]):
    return table[table["campagne"].isin(noms)].groupby(_CASE, sort=False)


def _envois(lignes: pd.DataFrame) -> str:
    bas, haut, attendus = (
        int(lignes[nom].sum()) for nom in ("envoyes_bas", "envoyes_haut", "attendus")
    )
    return f"{entre(bas, haut).removeprefix('de ')} sur {attendus}"


def _moyennes(
    maitrise: pd.DataFrame, noms: dict[str, str], venus: dict[tuple[str, str], pd.DataFrame]
) -> list[str]:
    """« 62 % (24) » de chaque case, dans leur ordre ; « 62 % » si ce sont tous les envois."""
    cases = maitrise[maitrise["campagne"].isin(noms)]
    if cases.empty:
        return []
    reunies = reunir(cases.assign(nb_acquis=cases["effectif"] * cases["poids"]), par=_CASE)
    valeurs = reunies.set_index(_CASE)["valeur"]
    dits = []
    for cle, lignes in _par_case(maitrise, noms):
        plus = lignes.nlargest(1, "effectif")
        combien = "" if _tous(plus, venus.get(cle)) else f" ({effectifs(plus)[0]})"
        dits.append(f"{mesure_de_la_table(lignes).dire(valeurs[cle])}{combien}")
    return dits


def _tous(testes: pd.DataFrame, venus: pd.DataFrame | None) -> bool:
    """Ceux qu'un chiffre compte sont-ils ceux qui ont envoyé, au même nombre près ?"""
    if venus is None:
        return False
    bas, haut = venus["envoyes_bas"].sum(), venus["envoyes_haut"].sum()
    return (bas, haut > bas) == (testes["effectif"].item(), testes["au_moins"].item())


def _nets(lignes: pd.DataFrame) -> str:
    nets = lignes[lignes["signal"] == SIGNAUX[0]]
    plus, moins = int((nets["ecart"] > 0).sum()), int((nets["ecart"] < 0).sum())
    mots = (plus, "au-dessus"), (moins, "au-dessous")
    return ", ".join(f"{nombre} {mot}" for nombre, mot in mots if nombre)
