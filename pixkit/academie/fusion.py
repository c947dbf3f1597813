"""Étage 4 et un dixième — de ce que chaque établissement a publié à ce qui s'en dit ensemble.

Additionnés d'abord, divisés ensuite ; une case dont on ne sait qu'une borne compte entre ses deux
extrêmes. Ne lit que des agrégats publiés : il n'y a ici aucun élève.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import accumulate

import numpy as np
import pandas as pd

from pixkit.academie.recueil import Recue, Recueil
from pixkit.academie.secret import publiables, tailles_communes
from pixkit.grandeurs import MESURES, TAUX
from pixkit.mesures.certitude import wilson
from pixkit.publication.atomes import EXTREME
from pixkit.publication.deductions import au_dessous, au_dessus
from pixkit.publication.memoire import SOUS_OBJECTIF
from pixkit.publication.regle import Regle
from pixkit.publication.reponses import premiere_campagne
from pixkit.referentiel import niveau_attendu, rang_niveau

LIEU = ["departement", "type_etablissement"]
GROUPE = [*LIEU, "niveau_scolaire"]
PARTICIPATION, MAITRISE = "participation", "maitrise"
"""Ce que montre un entonnoir, avec les parts de certification."""
_DITES = (("bas", "haut"), ("termines_bas", "termines_haut"), ("commences_bas", "commences_haut"))
"""Qui a envoyé, puis chaque étape qu'il a fallu passer : au moins, au plus."""
ETAPES = [nom for noms in _DITES[1:] for nom in noms]
_PARTS = [*GROUPE, "part", "nb_etablissements", "effectif", "au_moins", "taux_bas", "taux_haut"]
_COLONNES = {
    "etablissements": [*LIEU, "nb_etablissements"],
    "participation": [*GROUPE, "nb_etablissements", "attendus", "envoyes_bas", "envoyes_haut"],
    "etapes": [*GROUPE, "nb_etablissements", "attendus", *ETAPES],
    "maitrise": [*GROUPE, "competence", "mesure", "nb_etablissements", "effectif", "au_moins",
                 "nb_acquis", "valeur_bas", "valeur_haut", "bas", "haut"],
    "dispersion": _PARTS,
    "certification": _PARTS,
    "entonnoirs": ["quoi", "niveau_scolaire", "effectif", "taux_bas", "taux_haut"],
    "centres": ["quoi", "niveau_scolaire", "effectif", "taux_bas", "taux_haut"],
}  # fmt: skip


@dataclass(frozen=True)
class Ensembles:
    """Les tables d'une publication d'académie ; un lieu vide veut dire « tous ».

    participation, etapes, maitrise, dispersion, certification : celles d'un établissement, par
    département × type × niveau scolaire au lieu de la classe, une valeur entre `valeur_bas` et
    `valeur_haut`.
    entonnoirs : un point sans nom par établissement, sa taille au plus ; centres : l'ensemble de
    chaque entonnoir. etablissements : combien ont publié, là où l'on peut le dire.
    """

    etablissements: pd.DataFrame
    participation: pd.DataFrame
    etapes: pd.DataFrame
    maitrise: pd.DataFrame
    dispersion: pd.DataFrame
    certification: pd.DataFrame
    entonnoirs: pd.DataFrame
    centres: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        return {champ.name: getattr(self, champ.name) for champ in fields(self)}


@dataclass(frozen=True)
class Apports:
    """Ce que chaque établissement apporte (`uai`, son lieu, `taille` élèves) : jamais publié."""

    participation: pd.DataFrame
    maitrise: pd.DataFrame
    dispersion: pd.DataFrame
    certification: pd.DataFrame

    def taux(self, quoi: str) -> pd.DataFrame:
        """Un taux par établissement et niveau scolaire : uai, niveau_scolaire, effectif, et
        `bas` et `haut` sur `poids`."""
        if quoi == PARTICIPATION:
            return self.participation.assign(poids=self.participation["taille"])
        if quoi != MAITRISE:
            table = self.dispersion if quoi == SOUS_OBJECTIF else self.certification
            parts = table[table["part"] == quoi]
            return parts.assign(poids=parts["taille"])
        taux = self.maitrise[self.maitrise["mesure"] == TAUX.nom]
        sommes = {"taille": "max", "bas": "sum", "haut": "sum", "poids": "sum"}
        return taux.groupby(["uai", *GROUPE], as_index=False).agg(sommes)


def apports(recues: Iterable[Recue]) -> Apports:
    """Ce que ces publications, d'une même année, disent de chaque établissement."""
    toutes = list(recues)
    return Apports(
        participation=_participation(_avec_etapes(toutes), _empiler(toutes, "campagnes")),
        maitrise=_maitrise(_empiler(toutes, "maitrise")),
        dispersion=_parts_des_classes(_empiler(toutes, "dispersion")),
        certification=_parts_des_classes(_empiler(toutes, "certification")),
    )  # fmt: skip


def reunir_les_publications(recueil: Recueil, apportes: Apports) -> Ensembles:
    """Ce que l'on peut dire ensemble de ces établissements, au plus grand N d'entre eux."""
    regle = Regle(max(une.effectif_min for une in recueil.recues))
    points = list(_entonnoirs(apportes))
    venus = _reunir(apportes.participation, ["niveau_scolaire"])
    return Ensembles(
        etablissements=_etablissements(recueil),
        participation=_borner(venus, regle),
        etapes=_emboiter(venus, regle),
        maitrise=_moyennes(
            _reunir(apportes.maitrise, ["niveau_scolaire", "competence", "mesure"]), regle
        ),
        dispersion=_parts(_reunir(apportes.dispersion, ["niveau_scolaire", "part"]), regle),
        certification=_parts(_reunir(apportes.certification, ["niveau_scolaire", "part"]), regle),
        entonnoirs=_table([une for une, _ in points], "entonnoirs"),
        centres=_table([centre for _, centre in points], "centres"),
    )


# — Ce que chaque établissement apporte —


def _empiler(recues: list[Recue], nom: str) -> pd.DataFrame:
    """La même table de chaque publication, une campagne n'y valant que chez elle."""
    colonnes: dict[str, list] = {une: [] for une in (*recues[0].tables[nom], "uai", *LIEU)}
    for une in recues:
        table, qui = une.tables[nom], une.etablissement
        lieu = {"uai": qui.uai, "departement": qui.departement, "type_etablissement": qui.type}
        dits = table | {"campagne": [f"{qui.uai} {code}" for code in table["campagne"]]}
        if "niveau_scolaire" in table:
            dits["niveau_scolaire"] = [niveau or qui.niveau for niveau in table["niveau_scolaire"]]
        dits |= {cle: [valeur] * len(table["campagne"]) for cle, valeur in lieu.items()}
        for colonne, valeurs in dits.items():
            colonnes[colonne] += valeurs
    return pd.DataFrame(colonnes)


def _avec_etapes(recues: list[Recue]) -> pd.DataFrame:
    """La participation et ses étapes ; d'une publication qui n'en dit rien, tout est possible."""
    venus, etapes = _empiler(recues, "participation"), _empiler(recues, "etapes")
    cles = ["uai", "campagne", "niveau_scolaire", "classe"]
    table = venus.merge(etapes[[*cles, *ETAPES]], on=cles, how="left")
    for nom in ETAPES:
        inconnu = table["envoyes_bas" if nom.endswith("_bas") else "attendus"]
        table[nom] = table[nom].astype(float).fillna(inconnu).astype(int)
    return table


def _participation(venus: pd.DataFrame, campagnes: pd.DataFrame) -> pd.DataFrame:
    """De chaque niveau d'un établissement, la campagne où il est le plus attendu."""
    noms = {"attendus": "taille", "envoyes_bas": "bas", "envoyes_haut": "haut"}
    noms |= {nom: nom for nom in ETAPES}
    if venus.empty:
        return pd.DataFrame(columns=["uai", *GROUPE, *noms.values()])
    # Un niveau n'est le même que dans son établissement.
    ici = venus["uai"] + " " + venus["niveau_scolaire"]
    gardees = premiere_campagne(
        venus.assign(niveau=venus["niveau_scolaire"], niveau_scolaire=ici), campagnes
    )
    gardees = gardees.assign(niveau_scolaire=gardees["niveau"]).rename(columns=noms)
    return gardees.groupby(["uai", *GROUPE], as_index=False)[list(noms.values())].sum()


def _maitrise(cases: pd.DataFrame) -> pd.DataFrame:
    """`bas` et `haut` : les valeurs possibles, fois leur poids (élèves × acquis visés)."""
    etendue = cases["mesure"].map({nom: mesure.etendue for nom, mesure in MESURES.items()})
    poids = cases["effectif"] * cases["poids"]
    cases = cases.assign(
        poids=poids,
        bas=poids * cases["valeur"].mask(cases["borne"] == "<", 0),
        haut=poids * cases["valeur"].mask(cases["borne"] == ">", etendue),
    )
    cles = ["uai", *GROUPE, "competence", "mesure"]
    # Un élève de deux campagnes n'est pas deux élèves.
    eleves = cases.groupby([*cles, "classe"])["effectif"].max().groupby(level=cles).sum()
    sommes = cases.groupby(cles).agg(
        {"poids": "sum", "bas": "sum", "haut": "sum", "au_moins": "any"}
    )
    return sommes.assign(taille=eleves).reset_index()


def _parts_des_classes(parts: pd.DataFrame) -> pd.DataFrame:
    """Une classe n'y compte qu'une fois par part, dans une seule campagne."""
    parts = parts.drop_duplicates(["uai", "part", "niveau_scolaire", "classe"])
    parts = parts.assign(
        taille=parts["effectif"],
        bas=parts["taux_bas"] * parts["effectif"],
        haut=parts["taux_haut"] * parts["effectif"],
    )
    sommes = {"taille": "sum", "bas": "sum", "haut": "sum", "au_moins": "any"}
    return parts.groupby(["uai", *GROUPE, "part"], as_index=False).agg(sommes)


# — Ce qui s'en dit ensemble —


def _reunir(apportes: pd.DataFrame, cles: list[str]) -> pd.DataFrame:
    """Les sommes de chaque groupe dont on peut parler, case par case (`cles`)."""
    connus = ("taille", "bas", "haut", "poids", "au_moins", *ETAPES)
    nombres = [nom for nom in connus if nom in apportes]
    lignes = []
    for case, siens in apportes.groupby(cles, sort=True):
        departements, types = (siens[nom].to_numpy(str) for nom in LIEU)
        valeurs = siens[nombres].to_numpy(float)
        for departement, type_ in publiables(*map(tuple, (departements, types, siens["taille"]))):
            dedans = np.isin(departements, departement or departements)
            dedans &= np.isin(types, type_ or types)
            sommes = valeurs[dedans].sum(axis=0)
            lignes.append((departement, type_, *case, int(dedans.sum()), *sommes))
    return pd.DataFrame(lignes, columns=[*LIEU, *cles, "nb_etablissements", *nombres])


def _borner(table: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """Les envois : une part ou un reste plus petits que N sont un intervalle."""
    bornes = [
        (regle.borner(bas, tous)[0], regle.borner(haut, tous)[1])
        for bas, haut, tous in table[["bas", "haut", "taille"]].astype(int).itertuples(index=False)
    ]
    bornes = pd.DataFrame(bornes, table.index, ["envoyes_bas", "envoyes_haut"], dtype=int)
    table = table.assign(attendus=table["taille"].astype(int)).join(bornes)
    return _ranger(table, "participation")


def _emboiter(table: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """Les étapes : ce que l'une a de plus que la précédente, ou ce qu'il reste, se borne aussi."""
    lignes = []
    for ligne in table.to_dict("records"):
        tous = int(ligne["taille"])
        cotes = [regle.emboiter(_croissants(ligne[noms[cote]] for noms in _DITES), tous)
                 for cote in (0, 1)]  # fmt: skip
        bornes = [(bas, haut) for (bas, _), (_, haut) in zip(*cotes, strict=True)][1:]
        lignes.append([tous, *(nombre for paire in bornes for nombre in paire)])
    dits = pd.DataFrame(lignes, table.index, ["attendus", *ETAPES], dtype=int)
    return _ranger(table[[*GROUPE, "nb_etablissements"]].join(dits), "etapes")


def _croissants(nombres: Iterable[float]) -> list[int]:
    """Qui a envoyé a terminé, qui a terminé a commencé."""
    return list(accumulate(map(int, nombres), max))


def _moyennes(table: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """La moyenne pondérée, entre deux valeurs si une case est bornée, et son intervalle à 95 %."""
    table = table[table["taille"] >= regle.effectif_min]
    mesures = table["mesure"].map(MESURES)
    etendue, pas = (mesures.map(lambda une, n=nom: getattr(une, n)).astype(float)
                    for nom in ("etendue", "pas"))  # fmt: skip
    bas, haut = ((table[nom] / table["poids"]).astype(float) for nom in ("bas", "haut"))
    marge = EXTREME * etendue
    bas = bas.mask(haut < marge, 0).clip(upper=etendue - marge)
    haut = haut.mask(bas >= etendue - marge, etendue).clip(lower=marge)
    exacte = (haut - bas).abs() < 1e-9
    milieu = (bas / pas).round() * pas
    bas, haut = au_dessous(bas, pas).mask(exacte, milieu), au_dessus(haut, pas).mask(exacte, milieu)
    effectif = table["taille"].to_numpy(float)
    plus_bas = etendue * wilson((bas / etendue).to_numpy(float), effectif, 2.0)[0]
    plus_haut = etendue * wilson((haut / etendue).to_numpy(float), effectif, 2.0)[1]
    table = table.assign(
        effectif=table["taille"].astype(int), nb_acquis=table["poids"].astype(int),
        au_moins=table["au_moins"] > 0, valeur_bas=bas, valeur_haut=haut,
        bas=np.minimum(au_dessous(plus_bas, pas), bas),
        haut=np.maximum(au_dessus(plus_haut, pas), haut),
    ).round(dict.fromkeys(("valeur_bas", "valeur_haut", "bas", "haut"), 2))  # fmt: skip
    return _ranger(table, "maitrise")


def _parts(table: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    table = table[table["taille"] >= regle.effectif_min]
    taux = [
        (regle.part(bas, tous, tous)[0], regle.part(haut, tous, tous)[1])
        for bas, haut, tous in table[["bas", "haut", "taille"]].itertuples(index=False)
    ]
    taux = pd.DataFrame(taux, table.index, ["taux_bas", "taux_haut"], dtype=float)
    dits = {"effectif": table["taille"].astype(int), "au_moins": table["au_moins"] > 0}
    return table.assign(**dits).join(taux)[_PARTS].reset_index(drop=True)


def _ranger(table: pd.DataFrame, nom: str) -> pd.DataFrame:
    return table[_COLONNES[nom]].reset_index(drop=True)


def _table(morceaux: list[pd.DataFrame], nom: str) -> pd.DataFrame:
    vide = pd.DataFrame(columns=_COLONNES[nom])
    return pd.concat([m for m in morceaux if len(m)] or [vide], ignore_index=True)[_COLONNES[nom]]


def _etablissements(recueil: Recueil) -> pd.DataFrame:
    """Combien ont publié : un décompte qui ne dit rien de leurs élèves."""
    lieux = pd.DataFrame(
        [(une.etablissement.departement, une.etablissement.type) for une in recueil.recues],
        columns=LIEU,
    )
    return lieux.value_counts(LIEU, sort=False).reset_index(name="nb_etablissements")


def points_de(apportes: Apports, uai: str) -> pd.DataFrame:
    """Les points d'un établissement, à sa vraie taille : pour sa page, et elle seule."""
    points = [
        _en_points(siens[siens["uai"] == uai]).assign(quoi=quoi, niveau_scolaire=niveau)
        for quoi, niveau, siens in _de_chaque_entonnoir(apportes)
    ]
    return _table(points, "entonnoirs")


def _entonnoirs(apportes: Apports) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """(un point sans nom par établissement, l'ensemble) de chaque entonnoir que l'on peut montrer.

    Rangés par taille puis par taux : l'ordre ne dit rien.
    """
    for quoi, niveau, siens in _de_chaque_entonnoir(apportes):
        ensemble = ("",) * len(siens)
        if not publiables(ensemble, ensemble, tuple(siens["taille"])):
            continue
        points = _en_points(siens).assign(effectif=tailles_communes(siens["taille"]))
        points = points[points["effectif"] > 0].sort_values(["effectif", "taux_bas", "taux_haut"])
        centre = _en_points(siens[["taille", "bas", "haut", "poids"]].sum().to_frame().T)
        yield tuple(une.assign(quoi=quoi, niveau_scolaire=niveau) for une in (points, centre))


def _de_chaque_entonnoir(apportes: Apports) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(quoi, niveau scolaire, un apport par établissement) : tous niveaux (vide), et chacun de ceux
    d'une participation ou d'une maîtrise.

    Une maîtrise, tous niveaux mêlés, n'en dirait aucun : les parcours diffèrent.
    """
    nombres = ["taille", "bas", "haut", "poids"]
    parts = [*apportes.dispersion["part"].unique(), *apportes.certification["part"].unique()]
    for quoi in (PARTICIPATION, MAITRISE, *parts):
        taux = apportes.taux(quoi)
        if len(taux) and quoi != MAITRISE:
            yield quoi, "", taux.groupby("uai", as_index=False)[nombres].sum()
        niveaux = {*taux["niveau_scolaire"]} - {""} if quoi in (PARTICIPATION, MAITRISE) else ()
        if quoi == PARTICIPATION and taux["niveau_scolaire"].nunique() < 2:
            continue  # déjà dit
        for niveau in sorted(niveaux, key=rang_niveau):
            siens = taux[taux["niveau_scolaire"] == niveau]
            yield quoi, niveau, siens.reset_index(drop=True)


def _en_points(siens: pd.DataFrame) -> pd.DataFrame:
    bas, haut = ((siens[nom] / siens["poids"]).astype(float).round(2) for nom in ("bas", "haut"))
    return pd.DataFrame(
        {"effectif": siens["taille"].astype(int), "taux_bas": bas, "taux_haut": haut}
    )


# — Ce qui se déduit des ensembles publiés —


def reunir_les_competences(maitrise: pd.DataFrame, sur: pd.Series) -> pd.DataFrame:
    """Les compétences d'un domaine réunies, ou toutes, comme n'importe qui le ferait des cases
    publiées ; la moyenne des intervalles est plus large que celui de la moyenne."""
    bornes = ["valeur_bas", "valeur_haut", "bas", "haut"]
    poids = maitrise["nb_acquis"]
    sommes = maitrise.assign(**{sur.name: sur, **{nom: maitrise[nom] * poids for nom in bornes}})
    table = sommes.groupby([*GROUPE, sur.name, "mesure"], as_index=False).agg(
        {"nb_etablissements": "max", "effectif": "max", "au_moins": "any", "nb_acquis": "sum",
         **dict.fromkeys(bornes, "sum")}
    )  # fmt: skip
    valeurs = {nom: (table[nom] / table["nb_acquis"]).astype(float).round(2) for nom in bornes}
    return table.assign(**valeurs)


def aux_attendus(maitrise: pd.DataFrame) -> pd.DataFrame:
    """Les niveaux moyens là où un texte fixe l'attendu, leur `reference`."""
    attendus = maitrise["niveau_scolaire"].map(niveau_attendu)
    table = maitrise.assign(reference=attendus.astype(float))
    return table[(table["mesure"] != TAUX.nom) & table["reference"].notna()]
