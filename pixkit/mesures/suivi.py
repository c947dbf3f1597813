"""Étage 2 — qui n'a pas passé le parcours : la liste des élèves face aux participations reliées."""

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from pixkit.appariement import Appariement
from pixkit.mesures.obligations import obligations
from pixkit.mesures.participation import etats
from pixkit.mesures.retenus import SANS_CLASSE, exiger_colonnes
from pixkit.referentiel import NIVEAUX_SCOLAIRES, niveau_scolaire, normaliser
from pixkit.tables import FUSEAU, LIENS_FERMES, PARTICIPATION, Tables

ETATS_SUIVI = ("jamais_commence", "en_cours", "termine_non_envoye", "envoye", "hors_perimetre")
A_RELANCER = ETATS_SUIVI[:3]
_PART_DU_NIVEAU = 0.15
"""Part des participants dont le niveau scolaire est visé : un redoublant isolé ne suffit pas."""
_PART_DE_LA_CLASSE = 0.1
"""Part d'une classe qui a commencé : deux élèves venus d'ailleurs ne suffisent pas."""
_PART_D_UNE_LISTE = 0.5
"""Part des élèves d'une liste qui doivent avoir participé pour que ceux dont elle ne dit pas la
classe soient attendus.
"""
_NIVEAUX = frozenset(map(normaliser, NIVEAUX_SCOLAIRES))
"""« 6E » est aussi une classe : un nom de campagne qui dit « 6e » dit le niveau."""
_PART_D_UNE_CLASSE = 0.9
"""Part des participants d'une liste sans classe qui doivent être d'une même classe pour que la
liste soit la sienne.
"""
_COLONNES = ["eleve", "nom", "prenom", "classe", "campagne", "etat", "progression",
             "nom_campagne", "niveau_scolaire", "annee_scolaire", "professeur_principal",
             "mouvement", "date_debut", "date_envoi", "a_verifier"]  # fmt: skip
_DES_LIENS = [*PARTICIPATION, "eleve", "classe", "campagne", "nom_campagne", "parcours_evalue",
              "annee_scolaire", "organisation", "progression", "premier", "date_debut",
              "date_envoi", "etat", "saisi"]  # fmt: skip
_DES_ELEVES = ["eleve", "nom", "prenom", "classe", "niveau_scolaire", "annee_scolaire", "present",
               "professeur_principal", "mouvement", "etablissement", "fichier"]  # fmt: skip
"""Ces colonnes seulement : chaque parcours les recopie."""


def suivi(
    tables: Tables,
    appariement: Appariement,
    *,
    perimetres: Mapping[str, Iterable[str]] | None = None,
) -> pd.DataFrame:
    """Une ligne par élève de la liste × parcours de son année : `etat` (ETATS_SUIVI),
    `progression`, `date_debut`, `date_envoi`.

    Des codes jumeaux (voir `obligations`) font un seul parcours : un envoi acquitte, et `campagne`
    est le code de l'élève, à défaut le plus pris dans sa classe. `perimetres` {campagne: classes}
    dit à qui une campagne s'adresse ; à défaut, voir `_perimetre`. `a_verifier` : le nom saisi qui
    pourrait être celui de l'élève, à arbitrer. Une campagne d'une année sans liste n'a pas de
    ligne : on ne sait pas qui elle attendait (voir `remarques_du_suivi`).
    """
    liens = _liens(tables.participations, appariement)
    eleves = _placer(tables.eleves, liens)
    doutes = appariement.doutes.merge(liens.drop(columns="eleve"), on=PARTICIPATION)
    familles = obligations(liens)
    des_doutes = doutes["campagne"].map(familles)
    morceaux = [
        _suivre(lignes, doutes[des_doutes == famille], eleves, perimetres or {})
        for famille, lignes in liens.groupby(liens["campagne"].map(familles), sort=True)
    ]
    table = pd.concat(morceaux, ignore_index=True) if morceaux else pd.DataFrame(columns=_COLONNES)
    return table[_COLONNES].sort_values(
        ["campagne", "classe", "nom", "prenom", "eleve"], ignore_index=True
    )


def _placer(eleves: pd.DataFrame, liens: pd.DataFrame) -> pd.DataFrame:
    """Les élèves avec leur classe : celle de la liste ; si elle n'en dit aucune, celle de leurs
    participations.

    Une liste sans classe dont presque tous les participants sont d'une même classe est la liste de
    cette classe.
    """
    classes = eleves["classe"].fillna(eleves["groupes"]).astype(object)
    vues = liens.dropna(subset=["eleve", "classe"]).groupby("eleve")["classe"].first()
    siennes = eleves["eleve"].map(vues)
    listes = eleves["fichier"]
    muettes = classes.groupby(listes).transform("count") == 0
    communes = listes.map(siennes.groupby(listes).agg(_presque_unanime))
    classes = classes.mask(muettes, communes.fillna(siennes))
    niveaux = eleves["niveau_scolaire"].fillna(
        classes.map(niveau_scolaire, na_action="ignore").astype("str")
    )
    places = eleves.assign(classe=classes.fillna(SANS_CLASSE), niveau_scolaire=niveaux)
    return places[_DES_ELEVES]


def _presque_unanime(classes: pd.Series) -> str | None:
    parts = classes.value_counts(normalize=True)
    return parts.index[0] if len(parts) and parts.iloc[0] >= _PART_D_UNE_CLASSE else None


def _liens(participations: pd.DataFrame, appariement: Appariement) -> pd.DataFrame:
    """Les participations retenues, leur état, le nom saisi, et l'élève si le lien est ferme."""
    debuts = participations["date_debut"].fillna(participations["date_envoi"])
    premiers = debuts.groupby([participations["campagne"], participations["eleve"]]).transform(
        "min"
    )
    retenues = participations.assign(premier=premiers)[participations["retenue"]].drop(
        columns="eleve"
    )
    retenues = retenues.assign(etat=etats(retenues).replace("envoye_sans_detail", "envoye"))
    liens = retenues.merge(appariement.appariements, on=PARTICIPATION, validate="one_to_one")
    return liens.assign(
        eleve=liens["eleve"].where(liens["certitude"].isin(LIENS_FERMES)),
        saisi=(liens["prenom"].fillna("") + " " + liens["nom"].fillna("")).str.strip(),
    )[_DES_LIENS]


def _suivre(
    liens: pd.DataFrame,
    doutes: pd.DataFrame,
    eleves: pd.DataFrame,
    perimetres: Mapping[str, Iterable[str]],
) -> pd.DataFrame:
    attendus = _attendus(liens, eleves)
    concerne = _perimetre(liens, attendus, perimetres) & attendus["present"]
    faits = _un_par_eleve(pd.concat([liens.dropna(subset="eleve"), _homonymes_au_complet(doutes)]))
    table = attendus.assign(concerne=concerne)
    table = table.merge(faits, on="eleve", how="left", validate="one_to_one")
    etat = table["etat"].fillna("jamais_commence").where(table["concerne"], "hors_perimetre")
    campagnes = _campagne_de_chacun(table, liens)
    noms = liens.groupby("campagne")["nom_campagne"].first()
    saisis = doutes.groupby("eleve")["saisi"].min()
    return table.assign(
        campagne=campagnes,
        nom_campagne=campagnes.map(noms).fillna(campagnes),
        etat=etat,
        a_verifier=table["eleve"].map(saisis).where(etat == "jamais_commence"),
    )


def _campagne_de_chacun(table: pd.DataFrame, liens: pd.DataFrame) -> pd.Series:
    """Le code de l'élève, à défaut le plus pris dans sa classe, à défaut le plus pris de tous."""
    prises = table.value_counts(["classe", "campagne"]).reset_index()
    prises = prises.sort_values(["count", "campagne"], ascending=[False, True])
    des_classes = prises.drop_duplicates("classe").set_index("classe")["campagne"]
    siennes = table["campagne"].fillna(table["classe"].map(des_classes))
    return siennes.fillna(next(iter(liens["campagne"].mode()), None))


def _attendus(liens: pd.DataFrame, eleves: pd.DataFrame) -> pd.DataFrame:
    """Les élèves de l'année et de l'établissement des participants ; deux listes du même (SIECLE et
    Pronote) en font deux."""
    annee = liens["annee_scolaire"].dropna().mode().max()  # une seule : un élève n'a qu'une ligne
    de_l_annee = eleves[eleves["annee_scolaire"].isna() | (eleves["annee_scolaire"] == annee)]
    venus = liens[["eleve", "organisation"]].dropna().drop_duplicates()
    lieux = de_l_annee[["eleve", "etablissement"]].merge(venus, on="eleve")
    comptes = lieux.value_counts(["organisation", "etablissement"])
    majoritaires = comptes[comptes >= comptes.groupby(level=0).transform("max") / 3]
    siens = majoritaires.index.get_level_values("etablissement")
    return de_l_annee[de_l_annee["etablissement"].isin(siens)].drop_duplicates("eleve")


def _homonymes_au_complet(doutes: pd.DataFrame) -> pd.DataFrame:
    """Deux homonymes, deux participations dans le même état : chacun est dans cet état, sans qu'il
    faille savoir qui est qui.

    Les dates, elles, sont attribuées dans l'ordre : elles ne servent qu'à compter.
    """
    homonymes = doutes[doutes["homonymes"]].sort_values([*PARTICIPATION, "eleve"])
    if homonymes.empty:
        return homonymes
    ensembles = homonymes.groupby(PARTICIPATION)["eleve"].agg("|".join)
    homonymes = homonymes.join(ensembles.rename("ensemble"), on=PARTICIPATION)
    groupes = homonymes.groupby("ensemble")
    au_complet = groupes["eleve"].transform("size") == groupes["eleve"].transform("nunique") ** 2
    un_seul_etat = groupes["etat"].transform("nunique") == 1
    meme_rang = homonymes.groupby(PARTICIPATION).cumcount() == homonymes.groupby("eleve").cumcount()
    return homonymes[au_complet & un_seul_etat & meme_rang]


def _perimetre(
    liens: pd.DataFrame, attendus: pd.DataFrame, choisis: Mapping[str, Iterable[str]]
) -> pd.Series:
    """À qui s'adresse un parcours : aux classes choisies par une personne ou que le nom du code
    cite ; à défaut, voir `_par_defaut`.
    """
    noms = liens.groupby("campagne")["nom_campagne"].first().fillna("").map(normaliser)
    classes = attendus["classe"].map(normaliser)
    citables = set(classes) - _NIVEAUX
    cites = {code: {c for c in citables if f" {c} " in f" {nom} "} for code, nom in noms.items()}
    choisies = {code: set(map(normaliser, choisis[code])) for code in cites if code in choisis}
    muets = [code for code, citees in cites.items() if not citees and code not in choisis]
    dedans = classes.isin(set().union(*(cites | choisies).values()))
    return dedans | _par_defaut(liens[liens["campagne"].isin(muets)], attendus) if muets else dedans


def _par_defaut(liens: pd.DataFrame, attendus: pd.DataFrame) -> pd.Series:
    """Un parcours de rentrée s'adresse à tout le niveau scolaire de ses participants ; un autre,
    aux classes qui ont commencé.

    Une classe dont on ne sait lire le niveau est attendue dès que certains de ses élèves ont
    commencé.
    """
    venu = attendus["eleve"].isin(liens["eleve"]) & attendus["present"]
    niveau, a_part = attendus["niveau_scolaire"], _sans_classe_attendus(attendus, venu)
    a_une_classe = attendus["classe"] != SANS_CLASSE
    par_classe = venu.groupby(attendus["classe"])
    classe_venue = par_classe.transform("mean") >= _PART_DE_LA_CLASSE
    if est_de_rentree(liens).any():
        parts = niveau[venu].value_counts(normalize=True)
        du_niveau = niveau.isin(parts.index[parts >= _PART_DU_NIVEAU])
        return du_niveau | (niveau.isna() & a_une_classe & (classe_venue | venu)) | a_part
    return (classe_venue & (par_classe.transform("sum") >= 2) & a_une_classe) | a_part


def _sans_classe_attendus(attendus: pd.DataFrame, venu: pd.Series) -> pd.Series:
    """Un élève sans classe est concerné s'il a participé, ou si la moitié de sa liste l'a fait."""
    liste = venu.groupby(attendus["fichier"]).transform("mean") >= _PART_D_UNE_LISTE
    inconnu = (attendus["classe"] == SANS_CLASSE) & attendus["niveau_scolaire"].isna()
    return inconnu & (venu | liste)


def est_de_rentree(participations: pd.DataFrame) -> pd.Series:
    """Quelles participations sont de rentrée, d'après le nom de la campagne ou du parcours."""
    textes = participations[["nom_campagne", "parcours_evalue"]].fillna("")
    noms = textes["nom_campagne"] + " " + textes["parcours_evalue"]
    return noms.map(normaliser).str.contains("rentree")


def _un_par_eleve(liens: pd.DataFrame) -> pd.DataFrame:
    """La participation la plus avancée de chaque élève : un élève peut avoir deux comptes Pix."""
    avance = liens["etat"].map(ETATS_SUIVI.index)
    rangees = liens.assign(avance=avance).sort_values(
        ["avance", "date_envoi", "date_debut", *PARTICIPATION]
    )
    return rangees.drop_duplicates("eleve", keep="last")[
        ["eleve", "campagne", "etat", "progression", "date_debut", "date_envoi"]
    ]


def participation_attendue(
    suivi: pd.DataFrame, *, par: str = "classe", avant: date | None = None
) -> pd.DataFrame:
    """Une ligne par groupe : ses élèves attendus dans chaque état, `effectif` et `taux_envoye`.

    Donnez une seule campagne. `avant` (la Toussaint) ajoute `envoye_a_temps`, les envois d'avant ce
    jour. Les élèves hors périmètre ne sont ni comptés ni dans l'effectif.
    """
    attendus = suivi[suivi["etat"] != "hors_perimetre"]
    exiger_colonnes(attendus, [par])
    compte = attendus.groupby([par, "etat"]).size().unstack(fill_value=0)
    compte = compte.reindex(
        columns=["envoye", "termine_non_envoye", "en_cours", "jamais_commence"], fill_value=0
    )
    compte = compte.assign(effectif=compte.sum(axis=1))
    if avant is not None:
        a_temps = (
            attendus[attendus["date_envoi"] < pd.Timestamp(avant, tz=FUSEAU)].groupby(par).size()
        )
        compte["envoye_a_temps"] = a_temps.reindex(compte.index, fill_value=0)
    return compte.assign(taux_envoye=compte["envoye"] / compte["effectif"]).reset_index()


def envois_de_l_ecole(suivi: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par classe × parcours : ses élèves attendus (`effectif`), combien ont envoyé
    (`envoye`), et leur part `taux_envoye`. Un parcours qui n'attend personne d'une classe n'y a pas
    de ligne : ce n'est pas un zéro."""
    attendus = suivi[suivi["etat"] != "hors_perimetre"]
    envoyes = (attendus["etat"] == "envoye").groupby([attendus["classe"], attendus["nom_campagne"]])
    comptes = envoyes.agg(envoye="sum", effectif="size").astype(int)
    return comptes.assign(taux_envoye=comptes["envoye"] / comptes["effectif"]).reset_index()


def participation_dans_le_temps(suivi: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par jour où quelque chose s'est passé : combien d'élèves attendus avaient commencé,
    et envoyé, ce soir-là.

    `effectif` est le nombre d'élèves attendus. Une collecte n'a pas de date de début :
    `nb_commence` y suit les envois.
    """
    attendus = suivi[suivi["etat"] != "hors_perimetre"]
    dates = attendus["date_envoi"], attendus["date_debut"].fillna(attendus["date_envoi"])
    envois, debuts = (d.dropna().dt.tz_localize(None).dt.normalize() for d in dates)
    jours = pd.Index(sorted(set(envois) | set(debuts)), name="jour")
    cumuls = {nom: dates.value_counts().reindex(jours, fill_value=0).cumsum() for nom, dates in
              (("nb_commence", debuts), ("nb_envoye", envois))}  # fmt: skip
    return pd.DataFrame(cumuls, index=jours).assign(effectif=len(attendus)).reset_index()


def relances(suivi: pd.DataFrame) -> pd.DataFrame:
    """Les élèves à relancer (A_RELANCER) ; par classe, campagne, nom."""
    a_relancer = suivi[suivi["etat"].isin(A_RELANCER)]
    ordre = ["classe", "nom_campagne", "nom", "prenom", "eleve"]
    return a_relancer.sort_values(
        ordre, key=lambda colonne: colonne.fillna("").map(normaliser), ignore_index=True
    )


def suivi_par_eleve(suivi: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève et par année, une colonne par campagne (son `etat`), vide quand la
    campagne n'est pas de son année.
    """
    qui = ["annee_scolaire", "classe", "nom", "prenom", "eleve", "mouvement"]
    suivi = suivi.fillna(dict.fromkeys(["nom", "prenom", "mouvement"], "")).fillna(
        {"annee_scolaire": ""}
    )
    return (
        suivi.pivot_table(index=qui, columns="nom_campagne", values="etat", aggfunc="first")
        .reset_index()
        .rename_axis(columns=None)
    )
