"""Étage 3 — toute l'école en une table : les classes × les campagnes d'une année."""

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
    """Une ligne par classe, une colonne par campagne publiée : maîtrise, envois, écarts nets.

    Les tables d'une publication (`docs/colonnes.md`) ; ce qui n'y est pas est un tiret.
    """
    noms = noms_distincts(campagnes)
    dits: dict[tuple[str, str], list[str]] = {}
    moyennes = zip(_par_case(maitrise, noms), _moyennes(maitrise, noms), strict=True)
    for (classe, campagne), dit in [
        *((cle, moyenne) for (cle, _), moyenne in moyennes),
        *((cle, _envois(lignes)) for cle, lignes in _par_case(participation, noms)),
        *((cle, _nets(lignes)) for cle, lignes in _par_case(ecarts, noms)),
    ]:
        dits.setdefault((classe, campagne), []).append(dit)
    classes = sorted({classe for classe, _ in dits}, key=rang_niveau)
    # Les campagnes dans l'ordre des classes qui les ont passées : la table se lit en diagonale.
    rangs = {campagne: rang for rang, campagne in enumerate(noms)}
    cases = sorted(dits, key=lambda case: (rang_niveau(case[0]), rangs[case[1]]))
    montrees = list(dict.fromkeys(campagne for _, campagne in cases))
    table = pd.DataFrame(
        [
            (classe, *(" · ".join(filter(None, dits.get((classe, ou), ["–"]))) for ou in montrees))
            for classe in classes
        ],
        columns=["Classe", *(noms[ou] for ou in montrees)],
    )
    if table.empty:
        return Vue(None, "Rien de publié cette année.", table)
    phrase = (
        f"{accord(len(classes), 'classe')}, {accord(len(montrees), 'campagne')} : la moyenne "
        "(élèves), les envois, et les écarts nets aux autres classes du niveau, s'il y en a. Un "
        "tiret : rien de publié, trop peu d'élèves. Les classes ne se classent pas : leurs "
        "parcours diffèrent."
    )
    return Vue(None, phrase, table)


def noms_distincts(campagnes: pd.DataFrame) -> dict[str, str]:
    """{code: nom}, le code dit quand deux campagnes ont le même nom."""
    noms = campagnes["nom_campagne"]
    doubles = noms.duplicated(keep=False) | (noms == "Classe")
    dits = noms.mask(doubles, noms + " (" + campagnes["campagne"] + ")")
    return dict(zip(campagnes["campagne"], dits, strict=True))


def _par_case(table: pd.DataFrame, noms: dict[str, str]):
    return table[table["campagne"].isin(noms)].groupby(_CASE, sort=False)


def _envois(lignes: pd.DataFrame) -> str:
    bas, haut, attendus = (
        int(lignes[nom].sum()) for nom in ("envoyes_bas", "envoyes_haut", "attendus")
    )
    return f"{entre(bas, haut).removeprefix('de ')} sur {attendus}"


def _moyennes(maitrise: pd.DataFrame, noms: dict[str, str]) -> list[str]:
    """« 62 % (24) » de chaque case, dans leur ordre."""
    cases = maitrise[maitrise["campagne"].isin(noms)]
    if cases.empty:
        return []
    reunies = reunir(cases.assign(nb_acquis=cases["effectif"] * cases["poids"]), par=_CASE)
    valeurs = reunies.set_index(_CASE)["valeur"]
    return [
        f"{mesure_de_la_table(lignes).dire(valeurs[cle])} "
        f"({effectifs(lignes.nlargest(1, 'effectif'))[0]})"
        for cle, lignes in _par_case(maitrise, noms)
    ]


def _nets(lignes: pd.DataFrame) -> str:
    nets = lignes[lignes["signal"] == SIGNAUX[0]]
    plus, moins = int((nets["ecart"] > 0).sum()), int((nets["ecart"] < 0).sum())
    mots = (plus, "au-dessus"), (moins, "au-dessous")
    return ", ".join(f"{nombre} {mot}" for nombre, mot in mots if nombre)
