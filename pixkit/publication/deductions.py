"""Étage 4 — ce qui se déduit des seules cases publiées : n'importe qui peut refaire ces calculs, et
ils n'apprennent rien de plus."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import betainc
from scipy.stats import norm

from pixkit.grandeurs import MESURES, TAUX, Mesure, mesure_de_la_table
from pixkit.mesures import reunir
from pixkit.mesures.certitude import A_95, SIGNAUX, difference, wilson
from pixkit.mesures.jugement import retenir, signaler
from pixkit.mesures.rapprochement import les_autres, ordinaires, rapprocher
from pixkit.mesures.resume import Resume
from pixkit.parcours.besoins import OBJECTIFS
from pixkit.referentiel import competences, lire

_PAR = ["campagne", "niveau_scolaire"]


def au_pas(valeurs: pd.Series, pas: float | pd.Series) -> pd.Series:
    return (valeurs / pas).round() * pas


def au_dessous(valeurs: pd.Series, pas: float) -> pd.Series:
    return np.floor(valeurs / pas + 1e-9) * pas


def au_dessus(valeurs: pd.Series, pas: float) -> pd.Series:
    return np.ceil(valeurs / pas - 1e-9) * pas


def dispersions(cases: pd.DataFrame) -> pd.DataFrame:
    """`dispersion` et `liaison` de chaque case, selon sa mesure et son poids : celles de campagnes
    simulées (`benchmarks/dispersions.py`), au plus large. Celles de la classe ne se publient pas.
    """
    table = _connues()
    poids = cases["poids"].astype(int).clip(upper=table["poids"].max())
    return cases[["mesure"]].assign(poids=poids).merge(table, how="left").set_axis(cases.index)


@cache
def _connues() -> pd.DataFrame:
    table = pd.DataFrame(lire("dispersions"))[["mesure", "poids", "dispersion", "liaison"]]
    return table.astype({"poids": int, "dispersion": float, "liaison": float})


def etats_publies(participation: pd.DataFrame, etapes: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par ligne de `participation` : combien au moins de ses attendus sont dans chaque
    état (ETATS de la charte ; un état qu'aucune ne dit n'a pas de colonne) ; `peut_etre`, ceux dont
    on tait s'ils ont envoyé."""
    cles = [*_PAR, "classe", "attendus"]
    table = participation.merge(etapes, on=cles, how="left")
    envoyes, termines, commences = (
        [table[f"{nom}_{cote}"].fillna(inconnu) for cote, inconnu in (
            ("bas", table["envoyes_bas"]), ("haut", table["attendus"]))]
        for nom in ("envoyes", "termines", "commences")
    )  # fmt: skip
    sans_envoi = table["attendus"] - envoyes[1]
    connus = {
        "termine_non_envoye": (termines[0] - envoyes[1]).clip(lower=0),
        "en_cours": (commences[0] - termines[1]).clip(lower=0),
        "jamais_commence": table["attendus"] - commences[1],
    }
    return table[cles].assign(
        envoye=envoyes[0],
        **{nom: nombre for nom, nombre in connus.items() if nombre.any()},
        peut_etre=envoyes[1] - envoyes[0],
        pas_envoye=sans_envoi - sum(connus.values()),
    )


def ecarts_publies(cases: pd.DataFrame) -> pd.DataFrame:
    """Les écarts de chaque classe à son niveau scolaire, campagne par campagne.

    Une case bornée n'a pas d'écart, une classe seule non plus. Les mots et la règle de la page de
    l'enseignant, en plus prudent : la dispersion est plus large, et un écart dont l'intervalle
    publié touche zéro est dans le bruit.
    """
    groupes = [_ecarts(lignes).assign(**dict(zip(_PAR, lieu, strict=True)))
               for lieu, lignes in cases.groupby(_PAR, sort=True)]  # fmt: skip
    pleins = [groupe for groupe in groupes if len(groupe)]
    return pd.concat(pleins, ignore_index=True) if pleins else pd.DataFrame(columns=_PAR)


def _ecarts(cases: pd.DataFrame) -> pd.DataFrame:
    """Une case bornée compte chez les autres pour sa borne ou pour l'extrême : ne se dit que ce qui
    est vrai des deux."""
    table, autre = _juger(cases), _juger(cases.assign(valeur=_a_l_extreme(cases)))
    rangs = [lue["signal"].map(SIGNAUX.index) for lue in (table, autre)]
    bas = np.minimum(table["ecart_bas"], autre["ecart_bas"])
    haut = np.maximum(table["ecart_haut"], autre["ecart_haut"])
    signal = np.maximum(*rangs).map(dict(enumerate(SIGNAUX)))
    signal = signal.mask((bas <= 0) & (haut >= 0), SIGNAUX[-1])
    table = table.assign(ecart_bas=bas, ecart_haut=haut, signal=signal)
    bornees = cases.loc[cases["borne"] != "", ["classe", "competence"]]
    bornees = table[["classe", "competence"]].apply(tuple, axis=1).isin(map(tuple, bornees.values))
    return table[~bornees & table["ecart"].notna()]


def _a_l_extreme(cases: pd.DataFrame) -> pd.Series:
    etendue = mesure_de_la_table(cases).etendue
    return cases["valeur"].mask(cases["borne"] == "<", 0).mask(cases["borne"] == ">", etendue)


def _juger(cases: pd.DataFrame) -> pd.DataFrame:
    resume, lien = resumer(cases), dispersions(cases)["liaison"].iloc[0]
    autres = les_autres(resume, ordinaires(resume.groupes))
    juges = difference(resume, autres, part=autres.part)
    retenu, erreur = retenir(rapprocher(resume, lien), resume, juges)
    pas = resume.mesure.pas
    return resume.table(
        ecart=juges.ecart.round(2),
        ecart_bas=au_dessous(juges.bas, pas).round(2) + 0.0,
        ecart_haut=au_dessus(juges.haut, pas).round(2) + 0.0,
        ecart_retenu=retenu.round(2),
        signal=signaler(resume, lien, juges, retenu, erreur),
    )


def resumer(cases: pd.DataFrame) -> Resume:
    """Le résumé qu'en ferait quiconque ne lit que la publication."""
    cases = cases.assign(dispersion=dispersions(cases)["dispersion"])
    mesure, effectif = mesure_de_la_table(cases), _damier(cases, "effectif")
    degres = np.maximum(effectif - 1, 0).sum(axis=0)
    dispersion = cases.groupby("competence")["dispersion"].max()
    valeur = _damier(cases, "valeur")
    return Resume(
        etendue=mesure.etendue,
        effectif=effectif,
        moyenne=valeur,
        dispersion=np.broadcast_to(dispersion.to_numpy(), effectif.shape),
        etalement=np.ones(effectif.shape),
        degres=np.broadcast_to(degres, effectif.shape),
        mesure=mesure,
        groupes=pd.DataFrame({"classe": sorted(set(cases["classe"]))}),
        sur="competence",
        codes=dispersion.index,
        nb_acquis=effectif * _damier(cases, "poids"),
        valeur=valeur,
        scores=np.empty((*effectif.shape, 0)),
    )


def _damier(cases: pd.DataFrame, colonne: str) -> np.ndarray:
    damier = cases.pivot(index="classe", columns="competence", values=colonne)
    return damier.fillna(0).to_numpy(float)


def cases_testees(cases: pd.DataFrame) -> pd.DataFrame:
    """Les cases publiées dont la compétence a été testée, comme `mesures.angles_morts` : celles des
    évaluations, et d'une collecte celles où le niveau moyen n'est pas presque nul."""
    presque_nul = (cases["mesure"] != TAUX.nom) & (cases["borne"] == "<")
    return cases[~presque_nul]


def cases_des_domaines(cases: pd.DataFrame) -> pd.DataFrame:
    """Les cases publiées des évaluations, ou, s'il n'y en a aucune, des collectes ; avec leur
    `domaine`."""
    evaluations = cases[cases["mesure"] == TAUX.nom]
    gardees = cases if evaluations.empty else evaluations
    return gardees.assign(domaine=gardees["competence"].str[0])


def avec_intervalle(table: pd.DataFrame, mesure: Mesure) -> pd.DataFrame:
    """L'intervalle de Wilson pour l'effectif publié, au plus large (des réponses tout ou rien) : la
    dispersion de la classe dirait si tous ont le même résultat."""
    valeur, borne, etendue = table["valeur"], table["borne"], mesure.etendue
    effectif = table["effectif"].to_numpy(float)
    bas, haut = wilson((valeur / etendue).to_numpy(), effectif, 2.0)
    bas = np.minimum(au_dessous(etendue * bas, mesure.pas), valeur)
    haut = np.maximum(au_dessus(etendue * haut, mesure.pas), valeur)
    table = table.assign(bas=bas.mask(borne == "<", 0), haut=haut.mask(borne == ">", etendue))
    return table.round({"valeur": 2, "bas": 2, "haut": 2})


def moyenne_ponderee(cases: pd.DataFrame, par: list[str]) -> pd.DataFrame:
    """Réunit des cases publiées (classes d'un niveau, compétences d'un domaine), au pas de leur
    mesure."""
    cases = cases.assign(nb_acquis=cases["effectif"] * cases["poids"])
    table = reunir(cases, par=par)
    pas = table["mesure"].map({nom: mesure.pas for nom, mesure in MESURES.items()})
    au_moins = cases.groupby(par)["au_moins"].any().to_numpy()
    valeur = au_pas(table["valeur"], pas).round(2)
    return table.assign(valeur=valeur, au_moins=au_moins, borne="")


def reliefs(cases: pd.DataFrame, sur: str) -> pd.DataFrame:
    """Ce qui, dans des cases publiées, sort nettement de l'ensemble : `sur`, valeur, effectif,
    au_moins, mesure, et `relief` (1 au-dessus des autres, −1 au-dessous, 0 : rien de net).

    L'écart aux autres doit dépasser ce que fait le hasard, tous regardés ensemble (Bonferroni,
    5 %), avec la dispersion la plus large des campagnes simulées.
    """
    table = moyenne_ponderee(cases, [sur])
    part, nombre = table["valeur"] / mesure_de_la_table(table).etendue, len(table)
    dispersion = dispersions(cases)["dispersion"].groupby(cases[sur]).max()
    variance = part * (1 - part) * table[sur].map(dispersion) / table["effectif"]
    autres = (part.sum() - part) / max(nombre - 1, 1)
    erreur = np.sqrt(variance + (variance.sum() - variance) / max(nombre - 1, 1) ** 2)
    net = (part - autres).abs() > norm.isf(0.025 / max(nombre, 1)) * erreur
    return table.assign(relief=np.sign(part - autres).where(net & (nombre > 1), 0).astype(int))


def besoins_publies(cases: pd.DataFrame) -> pd.DataFrame:
    """Les `besoins` d'un niveau scolaire dans une campagne, d'après ses cases : `effectif` élèves,
    dont `nb_sous` sous l'objectif si leurs notes suivent une loi bêta de cette moyenne, et le
    `besoin` (à la borne basse de l'intervalle à 95 %)."""
    mesure = mesure_de_la_table(cases)
    part, effectif = cases["valeur"] / mesure.etendue, cases["effectif"].astype(float)
    finesse = cases["poids"] if mesure.est_un_taux else mesure.etendue
    objectif = OBJECTIFS["evaluation" if mesure.est_un_taux else "collecte"] / mesure.etendue
    # Entre la dernière note sous l'objectif et la première qui l'atteint.
    seuil = (np.ceil(objectif * finesse) - 0.5) / finesse
    concentration = 1 / dispersions(cases)["dispersion"].clip(0.05, 0.95) - 1
    sous = betainc(part * concentration, (1 - part) * concentration, seuil)
    bas, _ = wilson(sous, effectif, A_95)
    table = cases.assign(nb_sous=sous * effectif, besoin=bas * effectif)
    sommes = table.groupby("competence")[["effectif", "nb_sous", "besoin"]].sum()
    sommes = sommes.reindex(list(competences()), fill_value=0)
    return sommes.assign(
        effectif=sommes["effectif"].astype(int),
        nb_sous=sommes["nb_sous"].round().astype(int),
        testee=sommes["effectif"] > 0,
        besoin=sommes["besoin"].round(6),
    ).reset_index()
