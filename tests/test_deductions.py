"""Ce qui se déduit des cases publiées : jamais plus que ce que dit la page de l'enseignant."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.certitude import GENRES
from benchmarks.dispersions import (
    campagnes,
    croiser,
    des_classes_publiees,
    publier_seule,
    relever,
)
from pixkit.ecole import ouvrir
from pixkit.publication.agregats import agreger
from pixkit.publication.cellules import publier
from pixkit.publication.deductions import besoins_publies, dispersions, ecarts_publies
from pixkit.publication.memoire import Memoire
from pixkit.publication.population import population
from pixkit.referentiel import competences, lire

RACINE = Path(__file__).parent.parent
DOSSIERS = [
    *(RACINE / "data" / "demo" / nom for nom in ("college", "lycee_agricole")),
    *(export.parent for export in sorted((RACINE / "tests" / "exports").glob("*/export.csv"))),
]


def cases(valeurs, *, mesure="taux_maitrise", effectif=20, poids=4, bornes=None) -> pd.DataFrame:
    """Des cases {(classe, compétence): valeur} d'un niveau scolaire."""
    classes, codes = zip(*valeurs, strict=True) if valeurs else ((), ())
    return pd.DataFrame(
        {"campagne": "C1", "niveau_scolaire": "5e", "classe": classes, "competence": codes,
         "mesure": mesure, "effectif": effectif, "au_moins": False, "valeur": valeurs.values(),
         "borne": [(bornes or {}).get(cle, "") for cle in valeurs], "poids": poids}
    ).astype({"valeur": float})  # fmt: skip


# — La table —


def test_la_table_est_prudente_face_a_d_autres_campagnes_sans_exces():
    """Des campagnes qui n'ont pas servi à la faire : au moins leur 90e centile, au plus deux fois
    leur médiane."""
    table = pd.DataFrame(lire("dispersions")).astype({"poids": int, "dispersion": float})
    releves = pd.concat([relever(resultats) for _, resultats in campagnes(3, 5)])
    essai = releves.groupby(["mesure", "poids"])["dispersion"]
    dite = table.set_index(["mesure", "poids"])["dispersion"].sort_index()
    assert dite.index.equals(essai.size().index)
    assert (dite >= essai.quantile(0.9)).all(), essai.quantile(0.9)
    assert (dite <= 2 * essai.median()).all(), essai.median()


def test_un_poids_plus_grand_que_ceux_de_la_table_prend_le_dernier():
    connues = dispersions(cases({("5eA", "1.1"): 0.5}, poids=30))
    dernier = [ligne for ligne in lire("dispersions") if ligne["mesure"] == "taux_maitrise"][-1]
    assert connues["dispersion"].tolist() == [float(dernier["dispersion"])]


# — Les écarts —


@pytest.mark.parametrize("dossier", DOSSIERS, ids=lambda dossier: dossier.name)
def test_un_signal_publie_n_est_jamais_plus_fort_que_celui_de_l_enseignant(dossier):
    eleves, resultats = population(ecole := ouvrir(dossier), 5)
    maitrise = agreger(*publier(Memoire(), eleves, resultats, 5), eleves, 5).maitrise
    tous = ecole.resultats.fillna({"niveau_scolaire": ""})
    par = ["campagne", "niveau_scolaire"]
    for lieu, publies in ecarts_publies(maitrise).groupby(par):
        siens = tous[tous[par].apply(tuple, axis=1) == lieu]
        assert np.tril(croiser(siens, publies), -1).sum() == 0, lieu


def test_ni_dans_des_campagnes_simulees_et_le_net_y_reste_dicible():
    croisees = [croiser(table, publier_seule(table).ecarts) for _, table in campagnes(1, 4)]
    assert np.tril(sum(croisees), -1).sum() == 0
    assert sum(croisees)[0, 0] > 0


def test_une_classe_tue_ne_change_rien_aux_ecarts_des_autres():
    """L'enseignant, qui la voit, peut les trouver moins sûrs ; des seules publiées, jamais."""
    tues = 0
    for _, resultats in campagnes(3, 6, genres={"petites": GENRES["petites"]}):
        publies = publier_seule(resultats, liste=False).ecarts
        if publies.empty:
            continue
        siens = des_classes_publiees(resultats, publies)
        tues += siens["classe"].nunique() < resultats["classe"].nunique()
        pd.testing.assert_frame_equal(publies, publier_seule(siens, liste=False).ecarts)
        assert np.tril(croiser(siens, publies), -1).sum() == 0
    assert tues


def test_ce_que_cache_une_borne_ne_fait_pas_un_signal():
    """« plus de 50 % » : 55 % ou 100 %, et 85 % est au-dessus des uns, au-dessous des autres."""
    valeurs = {(classe, "1.1"): 0.5 for classe in ("5eA", "5eB", "5eC")} | {("5eD", "1.1"): 0.85}
    bornes = dict.fromkeys([cle for cle in valeurs if cle[0] != "5eD"], ">")
    table = ecarts_publies(cases(valeurs, bornes=bornes, effectif=60, poids=9))
    assert table["classe"].tolist() == ["5eD"]
    assert table["signal"].tolist() == ["dans le bruit"]
    assert (table["ecart_bas"] < 0).all()
    assert (table["ecart_haut"] > 0).all()


def test_une_classe_seule_n_a_pas_d_ecart():
    assert ecarts_publies(cases({("5eA", "1.1"): 0.5})).empty


# — Les besoins —


@pytest.mark.parametrize(
    ("mesure", "etendue", "poids"), [("taux_maitrise", 1, 4), ("niveau_moyen", 8, 1)]
)
def test_plus_la_valeur_est_basse_plus_le_besoin_est_grand(mesure, etendue, poids):
    besoins = [
        besoins_publies(
            cases({("5eA", "1.1"): part * etendue}, mesure=mesure, poids=poids)
        ).set_index("competence")
        for part in (0.05, 0.1, 0.3, 0.5, 0.7, 0.9)
    ]
    dits = [table.loc["1.1", ["besoin", "nb_sous"]].astype(float) for table in besoins]
    for haut, bas in pairwise(dits):
        assert (haut >= bas).all()
    assert (dits[0] > dits[-1]).all()
    assert all(0 <= dit["besoin"] <= dit["nb_sous"] + 0.5 <= 20.5 for dit in dits)


def test_une_competence_jamais_testee_n_a_pas_de_besoin():
    table = besoins_publies(cases({("5eA", "1.1"): 0.2, ("5eB", "1.1"): 0.4}))
    assert table["competence"].tolist() == list(competences())
    assert table.loc[table["testee"], "competence"].tolist() == ["1.1"]
    assert table.loc[table["testee"], "effectif"].tolist() == [40]
    autres = table[~table["testee"]]
    assert (autres[["effectif", "nb_sous", "besoin"]] == 0).all(axis=None)


def test_une_publication_sans_case_n_a_aucun_besoin():
    table = besoins_publies(cases({}))
    assert len(table) == 16
    assert not table["testee"].any()
    assert table["besoin"].sum() == 0
