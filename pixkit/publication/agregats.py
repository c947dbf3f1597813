"""Étage 4 — ce qui a le droit de sortir : des agrégats par classe, arrondis, bornés.

Le principe tient en une phrase : on ne publie que des classes × campagnes d'au moins N élèves, et
*tout le reste* (niveau scolaire, établissement, domaine, phrases, images) se calcule à partir de
ces seuls chiffres. Soustraire n'apprend donc rien.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from pixkit.grandeurs import MESURES, TAUX, Mesure, mesure_de_la_table
from pixkit.mesures import reunir
from pixkit.mesures.certitude import difference, wilson
from pixkit.mesures.jugement import retenir, signaler
from pixkit.mesures.rapprochement import decrire, les_autres, ordinaires, rapprocher
from pixkit.mesures.resume import Resume
from pixkit.publication.regle import Regle

EXTREME = 0.05
"""Plus près de 0 ou de 100 %, un taux dirait presque le résultat de chacun : on publie une borne.
"""
_PAS_DISPERSION, _PAS_LIAISON = 0.25, 0.1
"""La dispersion des élèves et la liaison de leurs compétences sont communes aux classes d'un niveau
scolaire, et arrondies : elles ne décrivent personne."""
_CLASSE = ["campagne", "niveau_scolaire", "classe"]
_COLONNES = {
    "campagnes": ["campagne", "nom_campagne", "type_campagne", "annee_scolaire", "organisation"],
    "participation": [*_CLASSE, "attendus", "envoyes_bas", "envoyes_haut"],
    "maitrise": [*_CLASSE, "competence", "mesure", "effectif", "au_moins", "valeur", "borne",
                 "bas", "haut", "poids"],
    "ecarts": [*_CLASSE, "competence", "ecart", "ecart_bas", "ecart_haut", "ecart_retenu",
               "signal"],
    "certification": [*_CLASSE, "effectif", "au_moins", "taux_bas", "taux_haut"],
    "tus": ["campagne", "classe", "quoi", "motif"],
}  # fmt: skip


@dataclass(frozen=True)
class Agregats:
    """Les tables publiées. `effectif` est un minimum quand `au_moins` est vrai ; `borne` : « », «
    < », « > ».

    campagnes : une ligne par campagne. participation (classe × campagne, si la liste des élèves est
    connue) : attendus, envoyes_bas et _haut. maitrise (classe × campagne × compétence) : mesure,
    effectif, valeur, bas, haut, poids (acquis visés). ecarts (mêmes lignes, face au niveau
    scolaire) : ecart, ecart_bas, ecart_haut, ecart_retenu, signal. certification (classe ×
    collecte) : effectif, taux_bas, taux_haut. tus : ce qui n'est pas publié, et pourquoi (campagne,
    classe, quoi, motif), sans aucun nombre.
    """

    campagnes: pd.DataFrame
    participation: pd.DataFrame
    maitrise: pd.DataFrame
    ecarts: pd.DataFrame
    certification: pd.DataFrame
    tus: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        return {champ.name: getattr(self, champ.name) for champ in fields(self)}


@dataclass(frozen=True)
class _Classe:
    """Les élèves d'une classe pour une campagne (voir `population`)."""

    nom: str
    eleves: pd.DataFrame
    avec_resultats: int

    @property
    def attendus(self) -> int | None:
        return len(self.eleves) if self.eleves["sur_liste"].iloc[0] else None

    @property
    def envoyes(self) -> int:
        return int(self.eleves["envoye"].sum())


def classes_de(
    eleves: pd.DataFrame, resultats: pd.DataFrame
) -> Iterator[tuple[tuple, list[_Classe]]]:
    """Les classes de chaque (campagne, niveau scolaire) de deux tables de `population`."""
    avec = resultats.groupby("campagne")["eleve"].agg(set)
    for lieu, du_niveau in eleves.groupby(["campagne", "niveau_scolaire"], sort=True):
        connus = du_niveau["envoye"] & du_niveau["eleve"].isin(avec.get(lieu[0], ()))
        groupes = du_niveau.groupby("classe", sort=True)
        yield lieu, [_Classe(nom, siens, int(connus[siens.index].sum())) for nom, siens in groupes]


def publies(eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int) -> pd.DataFrame:
    """Les résultats des classes publiées seulement : ce qu'on en déduit ne repose que sur elles."""
    regle = Regle(effectif_min)
    gardees = [
        (campagne, classe.nom)
        for (campagne, _), classes in classes_de(eleves, resultats)
        for classe in classes
        if regle.publiable(classe.avec_resultats, classe.attendus)
    ]
    return resultats[pd.MultiIndex.from_frame(resultats[["campagne", "classe"]]).isin(gardees)]


def agreger(eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int) -> Agregats:
    """Les agrégats de deux tables de `population`, pour un effectif minimum."""
    regle = Regle(effectif_min)
    gardes = publies(eleves, resultats, effectif_min)
    morceaux: dict[str, list[pd.DataFrame]] = {nom: [] for nom in _COLONNES}
    for (campagne, niveau), classes in classes_de(eleves, resultats):
        lignes = gardes[(gardes["campagne"] == campagne) & (gardes["niveau_scolaire"] == niveau)]
        for nom, table in _du_niveau(lignes, classes, regle).items():
            morceaux[nom].append(table.assign(campagne=campagne, niveau_scolaire=niveau))
    campagnes = eleves[_COLONNES["campagnes"]].drop_duplicates("campagne")
    morceaux["campagnes"] = [campagnes.sort_values(["annee_scolaire", "campagne"], ascending=False)]
    return Agregats(
        **{nom: _empiler(morceaux[nom], colonnes) for nom, colonnes in _COLONNES.items()}
    )


def _du_niveau(
    lignes: pd.DataFrame, classes: list[_Classe], regle: Regle
) -> dict[str, pd.DataFrame]:
    """Les tables d'un niveau scolaire et d'une campagne ; `lignes` : ses résultats publiés."""
    tables = {
        "participation": _participation(classes, regle),
        "certification": _certification(lignes, classes, regle),
    }
    if len(lignes):
        tables["maitrise"] = _maitrise(lignes, classes, regle)
        tables["ecarts"] = _ecarts(tables["maitrise"])
    return tables | {"tus": _tus(lignes, classes, regle, tables.get("maitrise"))}


def _empiler(morceaux: list[pd.DataFrame], colonnes: list[str]) -> pd.DataFrame:
    pleins = [morceau for morceau in morceaux if len(morceau)]
    vide = pd.DataFrame(columns=colonnes)
    return pd.concat(pleins, ignore_index=True)[colonnes] if pleins else vide


def _participation(classes: list[_Classe], regle: Regle) -> pd.DataFrame:
    lignes = [
        (classe.nom, classe.attendus, *regle.borner(classe.envoyes, classe.attendus))
        for classe in classes
        if classe.attendus is not None and not _trop_petite(classe, regle)
    ]
    return pd.DataFrame(lignes, columns=_COLONNES["participation"][2:])


def _trop_petite(classe: _Classe, regle: Regle) -> bool:
    return classe.attendus is not None and classe.attendus < 2 * regle.effectif_min - 1


def _tus(
    lignes: pd.DataFrame, classes: list[_Classe], regle: Regle, cases: pd.DataFrame | None
) -> pd.DataFrame:
    """Ce qui n'est pas publié, et pourquoi."""
    dits = [
        (c.nom, "participation", "classe trop petite") for c in classes if _trop_petite(c, regle)
    ]
    refus = [(c.nom, "résultats", regle.refus(c.avec_resultats, c.attendus)) for c in classes]
    dits += [ligne for ligne in refus if ligne[-1]]
    if cases is not None:
        publiees = set(zip(cases["classe"], cases["competence"], strict=True))
        testees = sorted(set(zip(lignes["classe"], lignes["competence"], strict=True)) - publiees)
        dits += [
            (classe, f"compétence {code}", "trop peu d'élèves testés") for classe, code in testees
        ]
    return pd.DataFrame(dits, columns=["classe", "quoi", "motif"])


def _avec_effectif(table: pd.DataFrame, classes: list[_Classe], regle: Regle) -> pd.DataFrame:
    """La table, ses effectifs publiés et `au_moins` ; les lignes à taire n'y sont plus."""
    siens = {classe.nom: classe for classe in classes}
    dits = [
        regle.effectif(int(nombre), siens[nom].envoyes, siens[nom].attendus)
        for nom, nombre in zip(table["classe"], table["effectif"], strict=True)
    ]
    dits = pd.DataFrame(dits, table.index, ["effectif", "au_moins"])
    return table.assign(**dits)[dits["effectif"] >= regle.effectif_min]


def _maitrise(lignes: pd.DataFrame, classes: list[_Classe], regle: Regle) -> pd.DataFrame:
    """Les cases classe × compétence publiables d'un niveau scolaire."""
    _, resume, lien = decrire(lignes, par="classe", sur="competence")
    table = resume.table(
        valeur=resume.valeur, dispersion=resume.dispersion, nb_acquis=resume.nb_acquis
    ).assign(liaison=lien)
    vises = lignes.groupby("competence")["nb_acquis"].max().fillna(1).astype(int)
    table = table.assign(brute=table["valeur"].astype(float), poids=table["competence"].map(vises))
    return _arrondir(_avec_effectif(table, classes, regle), regle)


def _arrondir(table: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """Tout se recalcule comme si l'effectif publié était le vrai : ni quotient ni largeur ne
    redonnent l'autre. Un extrême devient une borne."""
    mesure = mesure_de_la_table(table)
    etendue = mesure.etendue
    quanta = table["effectif"].astype(float) * table["poids"]
    brute = (table["brute"] * quanta).round() / quanta
    plus_petit = (regle.effectif_min if mesure is TAUX else 1) / quanta
    marge = np.maximum(EXTREME, plus_petit).clip(upper=0.5) * etendue
    borne = np.select([brute < marge - 1e-9, brute > etendue - marge + 1e-9], ["<", ">"], "")
    marge = _au_dessus(marge, mesure.pas)
    valeur = _au_pas(brute.clip(marge, etendue - marge), mesure.pas)
    return _avec_intervalle(table.assign(valeur=valeur, borne=borne), mesure)


def _avec_intervalle(table: pd.DataFrame, mesure: Mesure) -> pd.DataFrame:
    """L'intervalle de Wilson pour l'effectif publié, au plus large (des réponses tout ou rien) : la
    dispersion de la classe dirait si tous ont le même résultat."""
    valeur, borne, etendue = table["valeur"], table["borne"], mesure.etendue
    effectif = table["effectif"].to_numpy(float)
    bas, haut = wilson((valeur / etendue).to_numpy(), effectif, 2.0)
    bas = np.minimum(_au_dessous(etendue * bas, mesure.pas), valeur)
    haut = np.maximum(_au_dessus(etendue * haut, mesure.pas), valeur)
    table = table.assign(bas=bas.mask(borne == "<", 0), haut=haut.mask(borne == ">", etendue))
    return table.round({"valeur": 2, "bas": 2, "haut": 2})


def _au_pas(valeurs: pd.Series, pas: float | pd.Series) -> pd.Series:
    return (valeurs / pas).round() * pas


def _au_dessous(valeurs: pd.Series, pas: float) -> pd.Series:
    return np.floor(valeurs / pas + 1e-9) * pas


def _au_dessus(valeurs: pd.Series, pas: float) -> pd.Series:
    return np.ceil(valeurs / pas - 1e-9) * pas


def _ecarts(cases: pd.DataFrame) -> pd.DataFrame:
    """Les écarts d'une classe à son niveau scolaire, tirés des seuls chiffres publiés (et de la
    dispersion du niveau, arrondie).

    Une case bornée n'a pas d'écart, une classe seule non plus.
    """
    resume, lien = _resume_publie(cases), _au_pas(cases["liaison"], _PAS_LIAISON).iloc[0]
    autres = les_autres(resume, ordinaires(resume.groupes))
    juges = difference(resume, autres, part=autres.part)
    retenu, erreur = retenir(rapprocher(resume, lien), resume, juges)
    pas = resume.mesure.pas
    table = resume.table(
        ecart=juges.ecart.round(2),
        ecart_bas=_au_dessous(juges.bas, pas).round(2),
        ecart_haut=_au_dessus(juges.haut, pas).round(2),
        ecart_retenu=retenu.round(2),
        signal=signaler(resume, lien, juges, retenu, erreur),
    )
    bornees = cases.loc[cases["borne"] != "", ["classe", "competence"]]
    bornees = table[["classe", "competence"]].apply(tuple, axis=1).isin(map(tuple, bornees.values))
    return table[~bornees & table["ecart"].notna()]


def _resume_publie(cases: pd.DataFrame) -> Resume:
    """Le résumé qu'en ferait quiconque ne lit que la publication."""
    mesure, effectif = mesure_de_la_table(cases), _damier(cases, "effectif")
    degres = np.maximum(effectif - 1, 0).sum(axis=0)
    dispersion = cases.groupby("competence")["dispersion"].first()
    dispersion = _au_dessus(dispersion, _PAS_DISPERSION).clip(lower=_PAS_DISPERSION)
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
        nb_acquis=_damier(cases, "nb_acquis"),
        valeur=valeur,
        scores=np.empty((*effectif.shape, 0)),
    )


def _damier(cases: pd.DataFrame, colonne: str) -> np.ndarray:
    damier = cases.pivot(index="classe", columns="competence", values=colonne)
    return damier.fillna(0).to_numpy(float)


def moyenne_ponderee(cases: pd.DataFrame, par: list[str]) -> pd.DataFrame:
    """Réunit des cases publiées (classes d'un niveau, compétences d'un domaine), au pas de leur
    mesure.

    Ne se sert que de chiffres publiés : n'importe qui peut refaire ce calcul, et il n'apprend rien
    de plus.
    """
    cases = cases.assign(nb_acquis=cases["effectif"] * cases["poids"])
    table = reunir(cases, par=par)
    pas = table["mesure"].map({nom: mesure.pas for nom, mesure in MESURES.items()})
    au_moins = cases.groupby(par)["au_moins"].any().to_numpy()
    valeur = _au_pas(table["valeur"], pas).round(2)
    return table.assign(valeur=valeur, au_moins=au_moins, borne="")


def _certification(lignes: pd.DataFrame, classes: list[_Classe], regle: Regle) -> pd.DataFrame:
    """Une ligne par classe d'une collecte : la part d'élèves certifiables, exacte ou entre deux
    bornes."""
    noms = set(lignes.loc[lignes["type_campagne"] == "collecte", "classe"])
    dits = [
        (c.nom, c.eleves.loc[c.eleves["envoye"], "certifiable"].dropna())
        for c in classes
        if c.nom in noms
    ]
    decomptes = [(nom, len(oui), len(oui), int(oui.sum())) for nom, oui in dits if len(oui)]
    table = pd.DataFrame(decomptes, columns=["classe", "effectif", "nombre", "certifiables"])
    table = _avec_effectif(table, classes, regle)
    cles = table[["certifiables", "nombre", "effectif"]].itertuples(index=False)
    parts = [regle.part(*ligne) for ligne in cles]
    return table.join(pd.DataFrame(parts, table.index, ["taux_bas", "taux_haut"]))
