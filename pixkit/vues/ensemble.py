"""Étage 3 — toute l'école en une table : chaque classe, chaque campagne d'une année."""

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
    """Une ligne par classe × campagne publiée : envois, maîtrise moyenne, écarts nets.

    Les tables d'une publication (`docs/colonnes.md`) ; ce qui n'y est pas est un tiret.
    """
    noms = dict(zip(campagnes["campagne"], campagnes["nom_campagne"], strict=True))
    envois = {cle: _envois(ligne) for cle, ligne in _par_case(participation, noms)}
    moyennes = {cle: _moyenne(lignes) for cle, lignes in _par_case(maitrise, noms)}
    nets = {cle: _nets(lignes) for cle, lignes in _par_case(ecarts, noms)}
    rangs = list(noms)
    cles = sorted({*envois, *moyennes}, key=lambda cle: (rang_niveau(cle[0]), rangs.index(cle[1])))
    table = pd.DataFrame(
        [
            (classe, noms[campagne], *(dits.get((classe, campagne), "–")
                                       for dits in (envois, moyennes, nets)))
            for classe, campagne in cles
        ],
        columns=["Classe", "Campagne", "Ont envoyé", "En moyenne", "Écarts nets"],
    )  # fmt: skip
    if table.empty:
        return Vue(None, "Rien de publié cette année.", table)
    phrase = (
        f"{accord(table['Classe'].nunique(), 'classe')}, "
        f"{accord(table['Campagne'].nunique(), 'campagne')}. Un tiret : rien de publié, trop peu "
        "d'élèves. Les classes ne se classent pas : leurs parcours diffèrent."
    )
    return Vue(None, phrase, table)


def _par_case(table: pd.DataFrame, noms: dict[str, str]):
    return table[table["campagne"].isin(noms)].groupby(_CASE, sort=False)


def _envois(lignes: pd.DataFrame) -> str:
    bas, haut, attendus = (
        int(lignes[nom].sum()) for nom in ("envoyes_bas", "envoyes_haut", "attendus")
    )
    return f"{entre(bas, haut)} sur {attendus}"


def _moyenne(cases: pd.DataFrame) -> str:
    reunies = reunir(cases.assign(nb_acquis=cases["effectif"] * cases["poids"]), par=_CASE)
    (effectif,) = effectifs(cases.nlargest(1, "effectif"))
    return f"{mesure_de_la_table(cases).dire(reunies['valeur'].iloc[0])} ({effectif} élèves)"


def _nets(lignes: pd.DataFrame) -> str:
    nets = lignes[lignes["signal"] == SIGNAUX[0]]
    plus, moins = int((nets["ecart"] > 0).sum()), int((nets["ecart"] < 0).sum())
    return (
        " ; ".join(
            f"{nombre} {mot}"
            for nombre, mot in ((plus, "au-dessus"), (moins, "au-dessous"))
            if nombre
        )
        or "aucun"
    )
