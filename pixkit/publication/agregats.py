"""Étage 4 — ce qui a le droit de sortir : des agrégats par classe, arrondis, bornés.

Ils ne connaissent que des cellules (`cellules.publier`) ; *tout le reste* (niveau scolaire,
établissement, domaine, écarts, parcours proposés, phrases, images) se calcule à partir d'eux.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from pixkit.erreurs import PublicationIllisible
from pixkit.grandeurs import NIVEAU, TAUX, Mesure
from pixkit.publication.atomes import EXTREME
from pixkit.publication.deductions import au_dessus, au_pas, avec_intervalle, ecarts_publies
from pixkit.publication.memoire import CERTIFIABLES, PARTS, SOUS_OBJECTIF
from pixkit.publication.population import ATTESTATION, CAMPAGNE, CERTIFICATION
from pixkit.publication.regle import Regle
from pixkit.service.lecteur import REFAIRE

_CLASSE = ["campagne", "niveau_scolaire", "classe"]
_EXAMENS = {
    CERTIFICATION: {"oui": "certifies", "termine": "presents", "commence": "inscrits"},
    ATTESTATION: {"oui": "attestations"},
}
"""{examen: {ce qui se compte sur la liste: la part publiée}}"""
_VENUS = {
    f"{fait}_{cote}": f"{nom}_{cote}"
    for fait, nom in {"oui": "envoyes", "termine": "termines", "commence": "commences"}.items()
    for cote in ("bas", "haut")
}
_COLONNES = {
    "campagnes": CAMPAGNE,
    "participation": [*_CLASSE, "attendus", "envoyes_bas", "envoyes_haut"],
    "etapes": [*_CLASSE, "attendus", "termines_bas", "termines_haut", "commences_bas",
               "commences_haut"],
    "maitrise": [*_CLASSE, "competence", "mesure", "effectif", "au_moins", "valeur", "borne",
                 "bas", "haut", "poids"],
    "ecarts": [*_CLASSE, "competence", "ecart", "ecart_bas", "ecart_haut", "ecart_retenu",
               "signal"],
    "dispersion": [*_CLASSE, "part", "effectif", "au_moins", "taux_bas", "taux_haut"],
    "certification": [*_CLASSE, "annee_scolaire", "part", "effectif", "au_moins", "taux_bas",
                      "taux_haut"],
    "tus": ["campagne", "classe", "quoi", "motif"],
}  # fmt: skip


@dataclass(frozen=True)
class Agregats:
    """Les tables publiées. `effectif` est un minimum quand `au_moins` est vrai ; `borne` : « », «
    < », « > ».

    campagnes : une ligne par campagne. participation (classe × campagne, si la liste des élèves est
    connue) : attendus, envoyes_bas et _haut ; etapes, mêmes lignes : termines et commences, qui
    comptent aussi ceux qui ont envoyé. maitrise (classe × campagne × compétence) : mesure,
    effectif, valeur, bas, haut, poids (acquis visés). ecarts (mêmes lignes, face au niveau
    scolaire) : ecart, ecart_bas, ecart_haut, ecart_retenu, signal. dispersion (classe × campagne ×
    part : sous_objectif, les élèves qui maîtrisent moins de la moitié des acquis d'une évaluation)
    et certification (classe × année × part : certifiables d'une collecte ; inscrits, presents et
    certifies parmi les attendus, reussite des présents faute de liste ; au_niveau, les certifiés
    qui atteignent le niveau attendu ; attestations) : effectif, taux_bas, taux_haut.
    tus : ce que la liste de classe attendait et qui n'est pas publié (campagne, classe, quoi,
    motif), sans aucun nombre.
    """

    campagnes: pd.DataFrame
    participation: pd.DataFrame
    etapes: pd.DataFrame
    maitrise: pd.DataFrame
    ecarts: pd.DataFrame
    dispersion: pd.DataFrame
    certification: pd.DataFrame
    tus: pd.DataFrame

    def de(self, **lieu: str) -> "Agregats":
        """Les mêmes tables, d'une seule `campagne`, `classe`, d'un seul `niveau_scolaire`."""
        tables = self.tables()
        for colonne, valeur in lieu.items():
            tables = {nom: table[table[colonne] == valeur] if colonne in table else table
                      for nom, table in tables.items()}  # fmt: skip
        return Agregats(**tables)

    def tables(self) -> dict[str, pd.DataFrame]:
        return {champ.name: getattr(self, champ.name) for champ in fields(self)}


def relire(fichiers: Mapping[str, bytes]) -> Agregats:
    """Les agrégats d'une publication écrite, d'après ses fichiers {chemin: octets}.

    Lève PublicationIllisible si une table n'y est pas, ou n'a pas ces colonnes.
    """
    return Agregats(**{nom: _relire(fichiers, nom) for nom in _COLONNES})


def _relire(fichiers: Mapping[str, bytes], nom: str) -> pd.DataFrame:
    try:
        lignes = json.loads(fichiers[f"agregats/{nom}.json"])
        table = pd.DataFrame(lignes) if lignes else pd.DataFrame(columns=_COLONNES[nom])
        return table[_COLONNES[nom]]
    except (LookupError, TypeError, ValueError) as erreur:
        raise PublicationIllisible(
            f"une publication dont « agregats/{nom}.json » ne se lit pas.",
            "un dossier écrit par cette version de « pixkit publier ».",
            REFAIRE,
        ) from erreur


def agreger(
    cases: pd.DataFrame, listes: pd.DataFrame, eleves: pd.DataFrame, effectif_min: int
) -> Agregats:
    """Les agrégats de ce que publie `cellules.publier`.

    Des `eleves` (voir `population`), seuls les noms des campagnes et les listes de classe servent.
    """
    regle = Regle(effectif_min)
    campagnes = eleves[CAMPAGNE].drop_duplicates("campagne")
    genres, annees = (campagnes.set_index("campagne")[nom] for nom in CAMPAGNE[2:4])
    listes, cases = (
        table.assign(
            genre=table["campagne"].map(genres), annee_scolaire=table["campagne"].map(annees)
        )
        for table in (listes, cases)
    )
    examens, des_parts = listes["genre"].isin(_EXAMENS), cases["quoi"].isin(PARTS)
    maitrise = _maitrise(cases[~des_parts])
    venus = listes[~examens].rename(columns=_VENUS)
    parts = _parts(cases[des_parts])
    disperses = parts["part"] == SOUS_OBJECTIF
    certification = _empiler([parts[~disperses], _examens(listes[examens])])
    dites = {*venus["campagne"], *maitrise["campagne"], *parts["campagne"]}
    campagnes = campagnes[campagnes["campagne"].isin(dites)]
    return Agregats(
        campagnes=campagnes.sort_values(["annee_scolaire", "campagne"], ascending=False),
        participation=_ranger(venus, "participation"),
        etapes=_ranger(venus, "etapes"),
        maitrise=_ranger(maitrise, "maitrise"),
        ecarts=_ranger(ecarts_publies(maitrise), "ecarts"),
        dispersion=_ranger(parts[disperses], "dispersion"),
        certification=_ranger(certification, "certification"),
        tus=_tus(eleves, maitrise, regle),
    )


def _ranger(table: pd.DataFrame, nom: str) -> pd.DataFrame:
    if table.empty:  # pandas donnerait à ses colonnes un type de nombre
        return pd.DataFrame(columns=_COLONNES[nom])
    return table[_COLONNES[nom]].reset_index(drop=True)


def _empiler(morceaux: list[pd.DataFrame]) -> pd.DataFrame:
    pleins = [morceau for morceau in morceaux if len(morceau)]
    return pd.concat(pleins, ignore_index=True) if pleins else morceaux[0]


def _tus(eleves: pd.DataFrame, maitrise: pd.DataFrame, regle: Regle) -> pd.DataFrame:
    """Ce que la liste de classe, publique, attendait, et que les cellules ne disent pas ; rien
    d'une classe que seul un envoi fait connaître."""
    siens = eleves[eleves["sur_liste"] & ~eleves["type_campagne"].isin(_EXAMENS)]
    tailles = siens.groupby(["campagne", "niveau_scolaire", "classe"]).size()
    petites = tailles < 2 * regle.effectif_min - 1
    publiees = maitrise.groupby(["campagne", "niveau_scolaire"])["competence"].agg(set)
    dites = maitrise.groupby(["campagne", "niveau_scolaire", "classe"])["competence"].agg(set)
    lignes = []
    for (campagne, niveau, classe), petite in petites.items():
        ici = dites.get((campagne, niveau, classe), set())
        if petite:
            lignes.append((campagne, classe, "participation et résultats", "classe trop petite"))
        elif not ici:
            lignes.append((campagne, classe, "résultats", "trop peu d'envois"))
        manquent = publiees.get((campagne, niveau), set()) - ici if ici else ()
        lignes += [(campagne, classe, f"compétence {code}", "trop peu d'élèves testés")
                   for code in sorted(manquent)]  # fmt: skip
    return pd.DataFrame(lignes, columns=_COLONNES["tus"])


def _maitrise(cases: pd.DataFrame) -> pd.DataFrame:
    """Les cases classe × compétence, chacune avec sa mesure."""
    morceaux = []
    for mesure, genre in ((TAUX, "evaluation"), (NIVEAU, "collecte")):
        siennes = cases[cases["genre"] == genre].rename(columns={"quoi": "competence"})
        if len(siennes):
            poids = (siennes["sur"] / siennes["nombre"]).round().astype(int)
            brute = mesure.etendue * siennes["somme"] / siennes["sur"]
            poids = poids if mesure.est_un_taux else 1
            table = siennes.assign(mesure=mesure.nom, poids=poids, brute=brute)
            morceaux.append(_arrondir(table, mesure))
    return _empiler([*morceaux, pd.DataFrame(columns=_COLONNES["maitrise"])])


def _arrondir(table: pd.DataFrame, mesure: Mesure) -> pd.DataFrame:
    """Tout se recalcule comme si l'effectif publié était le vrai : ni quotient ni largeur ne
    redonnent l'autre. Un extrême devient une borne."""
    etendue = mesure.etendue
    quanta = table["effectif"].astype(float) * table["poids"]
    brute = (table["brute"] * quanta).round() / quanta
    plus_petit = (table["minimum"] if mesure is TAUX else 1) / quanta
    marge = np.maximum(EXTREME, plus_petit).clip(upper=0.5) * etendue
    borne = np.select([brute < marge - 1e-9, brute > etendue - marge + 1e-9], ["<", ">"], "")
    marge = au_dessus(marge, mesure.pas)
    valeur = au_pas(brute.clip(marge, etendue - marge), mesure.pas)
    return avec_intervalle(_reunir(table.assign(valeur=valeur, borne=borne), mesure), mesure)


def _reunir(table: pd.DataFrame, mesure: Mesure) -> pd.DataFrame:
    """Une ligne par classe : réunie de plusieurs, elle ne dit que ce que chacune dirait."""
    groupes = table.assign(total=table["valeur"] * table["effectif"]).groupby(
        [*_CLASSE, "competence"], as_index=False
    )
    dites = groupes.agg(
        {"mesure": "first", "poids": "max", "effectif": "sum", "au_moins": "any", "total": "sum",
         "borne": lambda dites: dites.iloc[0] if dites.nunique() == 1 else ""}
    )  # fmt: skip
    return dites.assign(valeur=au_pas(dites["total"] / dites["effectif"], mesure.pas))


def _parts(cases: pd.DataFrame) -> pd.DataFrame:
    """Une part d'élèves de chaque classe : exacte ou entre deux bornes. Les « certifiables » d'un
    examen sans liste sont ses présents certifiés."""
    cles = cases[["minimum", "somme", "sur", "effectif"]].itertuples(index=False)
    parts = [Regle(minimum).part(*compte) for minimum, *compte in cles]
    parts = pd.DataFrame(parts, cases.index, ["taux_bas", "taux_haut"])
    totaux = parts.mul(cases["effectif"], axis=0).join(
        cases[[*_CLASSE, "genre", "annee_scolaire", "quoi", "effectif", "au_moins"]]
    )
    dites = totaux.groupby([*_CLASSE, "genre", "annee_scolaire", "quoi"], as_index=False).sum()
    examen = dites["genre"] == CERTIFICATION
    return dites.assign(
        part=dites["quoi"].mask(examen & (dites["quoi"] == CERTIFIABLES), "reussite"),
        campagne=dites["campagne"].mask(examen, ""),
        au_moins=dites["au_moins"] > 0,
        **{nom: (dites[nom] / dites["effectif"]).astype(float).round(2) for nom in parts},
    )


def _examens(listes: pd.DataFrame) -> pd.DataFrame:
    """Les parts des attendus (inscrits, présents, reçus), exactes ou entre deux bornes."""
    morceaux = [_taux(listes, fait, part)[listes["genre"] == genre]
                for genre, parts in _EXAMENS.items() for fait, part in parts.items()]  # fmt: skip
    return _empiler(morceaux)


def _taux(listes: pd.DataFrame, fait: str, part: str) -> pd.DataFrame:
    taux = {
        f"taux_{cote}": (listes[f"{fait}_{cote}"] / listes["attendus"]).astype(float).round(2)
        for cote in ("bas", "haut")
    }
    table = listes.rename(columns={"attendus": "effectif"})
    return table.assign(campagne="", au_moins=False, part=part, **taux)
