"""Étage 2 — qui a passé la certification : des lignes des fichiers aux élèves."""

from collections.abc import Iterator

import pandas as pd

from pixkit.appariement import Appariement
from pixkit.charte import accord
from pixkit.mesures.compter import Par
from pixkit.mesures.dispersion import quartiles
from pixkit.mesures.retenus import SANS_CLASSE, exiger_colonnes
from pixkit.referentiel import (
    EN_NIVEAUX,
    competences,
    domaine_de,
    lire,
    niveau_scolaire,
    normaliser,
)
from pixkit.tables import CERTIFICATIONS, FUSEAU, LIENS_FERMES, PARTICIPATION, Tables

OBLIGES = ("3e", "Tle")
"""Les niveaux scolaires où tous passent la certification."""
SELON_LA_CLASSE = ("CAP", "BTS", "CPGE")
"""Ceux où l'on ne la passe que l'année du diplôme, ou de la fin."""
_DE_LA_LISTE = ["classe", "niveau_scolaire", "present", "mouvement"]


def certifications_reliees(tables: Tables, liens: Appariement) -> pd.DataFrame:
    """Les certifications ; `eleve` est celui de la liste quand le lien est ferme, vide sinon.

    `classe` est alors celle de la liste de l'année, sinon celle du nom du fichier ; `present` et
    `mouvement` disent qui est parti depuis, `certitude` et `raison` ce que vaut le lien.
    """
    table = tables.certifications.merge(liens.appariements, on=PARTICIPATION, how="left")
    ferme = table["certitude"].isin(LIENS_FERMES)
    table["eleve"] = table["eleve"].where(ferme)
    fiches = _fiches(table, tables.eleves)
    classe = fiches["classe"].fillna(table["classe"])
    du_nom = classe.map(niveau_scolaire, na_action="ignore").astype("str")
    return table.assign(
        classe=classe,
        niveau_scolaire=fiches["niveau_scolaire"].fillna(du_nom),
        present=fiches["present"],
        mouvement=fiches["mouvement"],
    )[[*_ordre(), *_DE_LA_LISTE[1:], "certitude", "raison"]]


def _ordre() -> list[str]:
    """Les colonnes de la table lue, l'élève après le numéro de certification."""
    colonnes = list(CERTIFICATIONS)
    colonnes.insert(colonnes.index("numero") + 1, "eleve")
    return colonnes


def _fiches(table: pd.DataFrame, eleves: pd.DataFrame) -> pd.DataFrame:
    """Ce que la liste de l'année dit de l'élève de chaque ligne ; une liste sans année vaut pour
    toutes."""
    lieux = eleves.assign(classe=eleves["classe"].fillna(eleves["groupes"]))
    cles = ["eleve", "annee_scolaire"]
    lieux = lieux[[*cles, *_DE_LA_LISTE]].drop_duplicates(cles)
    sans_annee = lieux[lieux["annee_scolaire"].isna()].drop(columns="annee_scolaire")
    de_l_annee = table[cles].merge(lieux.dropna(subset="annee_scolaire"), on=cles, how="left")
    toujours = table[["eleve"]].merge(sans_annee, on="eleve", how="left")
    return de_l_annee[_DE_LA_LISTE].fillna(toujours[_DE_LA_LISTE])


def remarques_des_certifications(certifications: pd.DataFrame) -> list[str]:
    """Ce qu'il faut dire de ces résultats (`ecole.certifications`) : qui n'est pas, ou n'est plus,
    dans la liste. Sans un nom."""
    return list(_remarques(certifications))


def _remarques(certifications: pd.DataFrame) -> Iterator[str]:
    if certifications.empty:
        return
    if certifications["certitude"].eq("aucune").all():
        yield (
            "Aucun de ces résultats n'est relié à une liste d'élèves : la classe est celle du nom "
            "du fichier."
        )
        return
    partis = certifications.loc[
        certifications["present"].eq(False).fillna(False), "eleve"
    ].nunique()
    if partis:
        yield f"{accord(partis, 'élève')} de ces résultats : partis depuis, d'après la liste."
    dits = certifications.drop_duplicates(["nom", "prenom", "date_naissance"])["certitude"]
    if absents := int(dits.eq("aucune").sum()):
        yield f"{accord(absents, 'nom')} de ces résultats : hors de la liste (partis avant elle ?)."
    if douteux := int(dits.eq("douteuse").sum()):
        yield f"{accord(douteux, 'nom')} de ces résultats : à relier par une personne."


def certifications_retenues(certifications: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève et par année : sa certification Pix validée, à défaut celle qu'il a
    passée, à défaut celle qu'il a commencée ; de deux semblables, la dernière.

    Une certification que plusieurs fichiers disent compte une fois, comme le dit le plus récent.
    Qui n'est relié à aucun élève de la liste a une clé opaque : personne n'est perdu.
    """
    pix = certifications[certifications["type"].map(normaliser) == "pix"]
    dites = pix.groupby("numero")["classe"].last()  # une session ne dit pas la classe
    pix = pix.drop_duplicates("numero", keep="last")
    classe = pix["classe"].fillna(pix["numero"].map(dites)).fillna(SANS_CLASSE)
    rang = pix["statut"].map({"validee": 2, "demarree": 0}).fillna(1)
    pix = pix.assign(classe=classe, eleve=_personnes(pix), rang=rang)
    pix = pix.sort_values(["rang", "date_passage"], kind="stable").drop(columns="rang")
    retenues = pix.drop_duplicates(["eleve", "annee_scolaire"], keep="last")
    return retenues.sort_values(PARTICIPATION, ignore_index=True)


def _personnes(pix: pd.DataFrame) -> pd.Series:
    """L'élève de la liste, à défaut une clé par nom, prénom et naissance ; sans nom (un compte
    anonymisé), une clé par certification."""
    noms = [pix[nom].fillna("").map(normaliser) for nom in ("nom", "prenom")]
    premier = pix.groupby([*noms, pix["date_naissance"]], dropna=False)["numero"].transform("min")
    nomme = (noms[0] + noms[1]).str.contains(r"\w")
    return pix["eleve"].fillna("certification " + premier.where(nomme, pix["numero"]).astype("str"))


def niveaux_certifies(certifications: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève certifié × compétence testée, comme `ecole.resultats` : de quoi compter,
    estimer, comparer. Sa mesure est le niveau de certification, jamais mêlé à celui des campagnes.

    `certifications` : `ecole.certifications`. Donnez une année aux mesures.
    """
    retenues = certifications_retenues(certifications)
    validees = retenues[retenues["statut"] == "validee"]
    codes, cles = list(competences()), [*PARTICIPATION, "eleve", "classe", "niveau_scolaire",
                                        "annee_scolaire", "date_passage"]  # fmt: skip
    lignes = validees.melt(cles, codes, var_name="competence", value_name="niveau_pix")
    lignes = lignes.dropna(subset="niveau_pix").rename(columns={"date_passage": "date_envoi"})
    campagne = "Certification " + lignes["annee_scolaire"]
    sans = pd.Series(pd.NA, index=lignes.index, dtype="Int64")
    return lignes.assign(
        campagne=campagne,
        nom_campagne=campagne,
        type_campagne="certification",
        date_envoi=lignes["date_envoi"].dt.tz_localize(FUSEAU),
        competence=lignes["competence"].astype("str"),
        domaine=lignes["competence"].map(domaine_de).astype("str"),
        **dict.fromkeys(("nb_acquis", "nb_acquis_maitrises", "nb_pix"), sans),
    ).sort_values([*PARTICIPATION, "competence"], ignore_index=True)


def compter_certifications(
    certifications: pd.DataFrame, eleves: pd.DataFrame, *, par: Par = ("classe", "niveau_scolaire")
) -> pd.DataFrame:
    """Une ligne par année × groupe : `effectif` élèves présents dans la liste, dont `attendus` à la
    certification, `nb_inscrits` (ils ont une ligne), `nb_presents` (plus que commencée),
    `nb_certifies`. Ces décomptes s'additionnent.

    Attendus : les 3e et les terminales (note de service du 23-10-2024, II.C) ; en CAP (IV.A), BTS
    et CPGE, dont le niveau ne dit pas l'année du diplôme, une classe où quelqu'un est inscrit ;
    ailleurs, qui est inscrit. Une année sans liste n'a ni effectif ni attendus.
    """
    colonnes = [par] if isinstance(par, str) else list(par)
    tous = certifications_attendues(certifications, eleves)
    exiger_colonnes(tous, colonnes)
    groupes = tous.groupby(["annee_scolaire", *colonnes], dropna=False)
    comptes = groupes[["effectif", "attendus"]].sum(min_count=1).astype("Int64")
    faits = groupes[["nb_inscrits", "nb_presents", "nb_certifies"]].sum().astype(int)
    comptes = comptes.join(faits).reset_index()
    return comptes[~(comptes["attendus"] == 0).fillna(False)].reset_index(drop=True)


def certifications_attendues(certifications: pd.DataFrame, eleves: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève et par année, ceux de la liste et, les années sans liste, ceux des
    fichiers : ce qu'il compte dans chaque décompte, et son `niveau_atteint`."""
    retenues = certifications_retenues(certifications)
    annees = retenues["annee_scolaire"].dropna()
    annee = eleves["annee_scolaire"].fillna(annees.max() if len(annees) else "")
    lieux = eleves["classe"].fillna(eleves["groupes"]).fillna(SANS_CLASSE)
    presents = eleves.assign(annee_scolaire=annee, classe=lieux, effectif=1)[eleves["present"]]
    qui = ["annee_scolaire", "eleve"]
    liste = presents[[*qui, "classe", "niveau_scolaire", "effectif"]].drop_duplicates(qui)
    retenues = retenues.assign(niveau_atteint=_niveaux_atteints(retenues))
    dites = ["statut", "niveau_atteint"]
    tous = liste.merge(retenues[[*qui, *dites]], on=qui, how="left")
    sans_liste = retenues[~retenues["annee_scolaire"].isin(liste["annee_scolaire"])]
    tous = pd.concat([tous, sans_liste[[*qui, "classe", "niveau_scolaire", *dites]]])
    inscrit = tous["statut"].notna()
    classes = [tous["annee_scolaire"], tous["classe"]]
    selon = tous["niveau_scolaire"].isin(SELON_LA_CLASSE) & inscrit.groupby(classes).transform(
        "any"
    )
    attendu = tous["niveau_scolaire"].isin(OBLIGES) | selon | inscrit
    return tous.assign(
        attendus=attendu.astype(float).where(tous["effectif"].notna()),
        nb_inscrits=inscrit,
        nb_presents=inscrit & (tous["statut"] != "demarree"),
        nb_certifies=tous["statut"] == "validee",
    )


def compter_niveaux(certifications: pd.DataFrame, *, par: Par = "classe") -> pd.DataFrame:
    """Une ligne par année × groupe × niveau scolaire × niveau global (0 à 8) : `effectif` élèves
    certifiés. Avant la rentrée 2024, la certification n'a pas de niveau global (IV.C)."""
    retenues = certifications_retenues(certifications)
    validees = retenues.assign(niveau_atteint=_niveaux_atteints(retenues))
    validees = validees.dropna(subset="niveau_atteint")
    colonnes = dict.fromkeys(["annee_scolaire", *([par] if isinstance(par, str) else par)])
    exiger_colonnes(validees, list(colonnes))
    cles = list(colonnes | {"niveau_scolaire": None, "niveau_atteint": None})
    groupes = validees.groupby(cles, dropna=False)
    return groupes.size().rename("effectif").reset_index()


def _niveaux_atteints(retenues: pd.DataFrame) -> pd.Series:
    """Le niveau global (0 à 8) de chaque certification validée ; aucun avant la rentrée 2024."""
    rangs = {rang["libelle"]: int(rang["niveau_global"]) for rang in lire("niveaux_globaux")}
    niveaux = retenues["niveau_global"].map(rangs).fillna(0).astype("Int64")
    dits = (retenues["statut"] == "validee") & (retenues["annee_scolaire"] >= EN_NIVEAUX)
    return niveaux.where(dits)


def scores_certifies(certifications: pd.DataFrame, *, par: Par = "classe") -> pd.DataFrame:
    """Une ligne par année × groupe : la médiane et les quartiles des scores (pix) des `effectif`
    élèves certifiés."""
    retenues = certifications_retenues(certifications)
    validees = retenues[retenues["statut"] == "validee"].dropna(subset="nb_pix")
    colonnes = ["annee_scolaire", *([par] if isinstance(par, str) else par)]
    exiger_colonnes(validees, colonnes)
    groupes = validees.groupby(colonnes)["nb_pix"]
    noms = ["pix_quartile_1", "pix_median", "pix_quartile_3"]
    repartition = quartiles(groupes).set_axis(noms, axis="columns").astype(float)
    return groupes.size().rename("effectif").to_frame().join(repartition).reset_index()
