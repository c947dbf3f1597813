"""Choisir : un catalogue qui se comprend et qui apprend, des besoins comptés, un choix prouvé le
meilleur, des groupes."""

import itertools
import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.vq import kmeans2

from pixkit.commande import main
from pixkit.documents import (
    ecrire_calendrier,
    ecrire_coupons,
    ecrire_feuille_de_route,
    ecrire_fiches_eleves,
    ecrire_page_familles,
)
from pixkit.documents.feuilles import fiche
from pixkit.ecole import ouvrir
from pixkit.erreurs import ChoixInconnu, ComparaisonImpossible
from pixkit.lecture import lire_dossier, lire_fichiers
from pixkit.mesures import resultats_retenus
from pixkit.parcours import (
    annee,
    besoins,
    charger_catalogue,
    choisir,
    grouper,
    plan_de_classe,
    resoudre,
)
from pixkit.parcours.besoins import notes_recentes
from pixkit.parcours.catalogue import Catalogue, convient, couverture, proposables
from pixkit.parcours.choix import valeur_de
from pixkit.parcours.groupes import etalement, profils
from pixkit.referentiel import competences
from pixkit.vues import vue_plan
from tests.conftest import texte_du_pdf
from tests.test_certitude import table
from tests.test_lecture import EXPORTS
from tests.test_listes import SIECLE

CODES = list(competences())
DEMO = Path(__file__).parents[1] / "data" / "demo" / "college"


def demande(**poids: float) -> pd.DataFrame:
    """Des besoins {compétence (« c11 » pour 1.1): poids}."""
    valeurs = {f"{nom[1]}.{nom[2]}": poids for nom, poids in poids.items()}
    table_ = pd.DataFrame(
        {"competence": CODES, "besoin": [float(valeurs.get(code, 0)) for code in CODES]}
    )
    return table_.assign(effectif=20, nb_sous=table_["besoin"].astype(int), testee=True)


def parcours(*lignes: tuple) -> pd.DataFrame:
    """Des parcours (nom, minutes, {compétence: acquis})."""
    return pd.DataFrame(
        [
            {
                "parcours": nom,
                "minutes": minutes,
                "acquis": acquis,
                "minutes_supposees": False,
                "competences_deduites": False,
            }
            for nom, minutes, acquis in lignes
        ]
    )


def meilleure_valeur(
    besoin: pd.DataFrame, offre: pd.DataFrame, minutes: int, maximum: int
) -> float:
    """Toutes les listes possibles, une à une."""
    apports, poids, durees = (
        couverture(offre, CODES),
        besoin["besoin"].to_numpy(),
        offre["minutes"].to_numpy(),
    )
    return max(
        valeur_de(apports[list(liste)], poids)
        for nombre in range(maximum + 1)
        for liste in itertools.combinations(range(len(offre)), nombre)
        if durees[list(liste)].sum() <= minutes
    )


def acquis_au_hasard(alea: np.random.Generator) -> dict[str, int]:
    return {
        code: int(alea.integers(1, 8))
        for code in alea.choice(CODES, alea.integers(1, 5), replace=False)
    }


def test_sur_500_petits_cas_le_choix_vaut_l_enumeration():
    alea = np.random.default_rng(1)
    for _ in range(500):
        poids = alea.choice([0, 0, 1, 3, 7.5], len(CODES)) * alea.random(len(CODES))
        besoin = demande().assign(besoin=poids)
        durees = alea.integers(10, 70, int(alea.integers(1, 9)))
        offre = parcours(
            *[(f"p{rang}", int(duree), acquis_au_hasard(alea)) for rang, duree in enumerate(durees)]
        )
        minutes, maximum = int(alea.integers(0, 200)), int(alea.integers(1, 5))
        choix = choisir(besoin, offre, minutes=minutes, maximum=maximum)
        assert choix.valeur == pytest.approx(
            meilleure_valeur(besoin, offre, minutes, maximum), abs=1e-5
        )
        assert choix.liste["minutes"].sum() <= minutes
        assert len(choix.liste) <= maximum


def test_le_choix_se_dit_en_mots_avec_ce_qu_il_laisse_et_la_suite():
    offre = parcours(
        ("Deux en un", 60, {"1.1": 5, "3.3": 5}),
        ("Un seul", 60, {"2.1": 5}),
        ("Inutile", 10, {"5.2": 5}),
    )
    choix = choisir(demande(c11=14, c33=6, c21=5, c42=3), offre, minutes=60)
    (ligne,) = choix.liste.itertuples()
    assert ligne.parcours == "Deux en un"
    assert ligne.raison.startswith(
        "couvre 2\u202fbesoins sur 4 en 60 min : 14\u202félèves sur 20 sous l'objectif en 1.1"
    )
    assert choix.decouverts == ["2.1", "4.2"]
    assert choix.suivant == "Un seul"


def test_a_valeur_egale_le_plus_court_puis_le_premier_par_le_nom():
    offre = parcours(("B", 50, {"1.1": 5}), ("A", 50, {"1.1": 5}), ("C", 60, {"1.1": 5}))
    for ordre in itertools.permutations(range(3)):
        choix = choisir(demande(c11=3), offre.iloc[list(ordre)], minutes=60)
        assert choix.liste["parcours"].tolist() == ["A"]
        assert choix.suivant == "B"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_l_ordre_du_catalogue_ne_change_ni_le_choix_ni_la_suite(graine, maximum):
    alea = np.random.default_rng(graine)
    offre = parcours(
        *[
            (f"p{rang:02}", int(alea.choice([20, 30, 50])), acquis_au_hasard(alea))
            for rang in range(25)
        ]
    )
    besoin = demande().assign(besoin=alea.choice([0.0, 2.0, 5.0], len(CODES)))
    reglages = {"minutes": int(alea.integers(40, 300)), "maximum": maximum}
    attendu = choisir(besoin, offre, **reglages)
    melange = choisir(besoin, offre.sample(frac=1, random_state=graine), **reglages)
    pd.testing.assert_frame_equal(melange.liste, attendu.liste)
    assert melange.suivant == attendu.suivant


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_a_valeur_egale_aucune_liste_n_est_plus_courte(graine, egaux):
    alea = np.random.default_rng(graine)
    offre = parcours(
        *[(f"p{rang}", int(alea.choice([20, 30, 50])), acquis_au_hasard(alea)) for rang in range(8)]
    )
    poids = alea.choice([0.0, 4.0] if egaux else [0.0, 2.0, 5.0], len(CODES))
    besoin, minutes = demande().assign(besoin=poids), int(alea.integers(20, 200))
    choix, apports = choisir(besoin, offre, minutes=minutes), couverture(offre, CODES)
    durees = offre["minutes"].to_numpy()
    for nombre in range(7):
        for liste in map(list, itertools.combinations(range(8), nombre)):
            if durees[liste].sum() <= minutes:
                assert (
                    valeur_de(apports[liste], poids) < choix.valeur - 1e-9
                    or durees[liste].sum() >= choix.liste["minutes"].sum()
                )


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.booleans())
def test_l_exploration_et_le_programme_entier_trouvent_la_meme_valeur(graine, nombre, imposer):
    alea = np.random.default_rng(graine)
    offre = parcours(*[(f"p{rang:02}", 30, acquis_au_hasard(alea)) for rang in range(40)])
    apports, durees = couverture(offre, CODES), alea.choice([20.0, 30, 40, 50, 60], len(offre))
    poids = alea.random(len(CODES)) * alea.choice([0, 1, 20], len(CODES))
    imposes = np.arange(len(offre)) < int(imposer)
    limites = (float(alea.integers(60, 320)), nombre)
    explore = resoudre.resoudre(apports, poids, durees, imposes, limites)
    with pytest.MonkeyPatch.context() as ailleurs:
        ailleurs.setattr(resoudre, "PLACES", -1)
        programme = resoudre.resoudre(apports, poids, durees, imposes, limites)
    assert valeur_de(apports[explore], poids) == pytest.approx(
        valeur_de(apports[programme], poids), abs=1e-5
    )
    assert explore[imposes].all()


# — Ce que vaut une liste —


def test_moins_de_trois_acquis_ne_travaillent_pas_une_competence():
    tour = ("Tour d'horizon", 50, dict.fromkeys(CODES, 1))
    offre = parcours(tour, ("Un seul", 50, {"1.1": 12}))
    besoin = demande(**{f"c{code[0]}{code[2]}": 2 for code in CODES} | {"c11": 14})
    choix = choisir(besoin, offre, minutes=100)
    assert choix.liste["parcours"].tolist() == ["Un seul"]
    assert choix.liste["besoins_couverts"].tolist() == [1]
    impose = choisir(besoin, offre, minutes=50, gardes=["Tour d'horizon"]).liste.iloc[0]
    assert (impose["competences"], impose["raison"]) == (
        "",
        "couvre 0\u202fbesoin sur 16 en 50 min",
    )


def test_un_besoin_laisse_sans_rien_passe_avant_un_besoin_servi_deux_fois():
    offre = parcours(
        ("Un", 50, {"1.1": 5}), ("Encore", 50, {"1.1": 4}), ("Autre", 50, {"2.1": 3, "9.9": 9})
    )
    besoin = demande(c11=19, c21=2)
    assert choisir(besoin, offre, minutes=100).liste["parcours"].tolist() == ["Un", "Autre"]
    trois = choisir(besoin, offre, minutes=150)
    assert trois.liste["parcours"].tolist() == ["Un", "Autre", "Encore"], "s'il reste du temps"


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9))
def test_aucun_besoin_n_est_servi_deux_fois_quand_un_autre_pouvait_l_etre(graine, maximum):
    """Un parcours qui ne touche rien qu'à lui ne se remplace par aucun qui toucherait du neuf."""
    alea = np.random.default_rng(graine)
    durees = alea.choice([20, 50, 60], 14)
    tires = zip(range(14), durees.tolist(), strict=True)
    offre = parcours(*[(f"p{r:02}", duree, acquis_au_hasard(alea)) for r, duree in tires])
    poids = alea.random(len(CODES)) * alea.choice([0, 1, 20], len(CODES))
    choix = choisir(demande().assign(besoin=poids), offre, minutes=50 * maximum, maximum=maximum)
    touches = couverture(offre, CODES) * (poids > 0) > 0
    pris = offre["parcours"].isin(choix.liste["parcours"]).to_numpy()
    reste = 50 * maximum - durees[pris].sum()
    neufs = touches[:, ~touches[pris].any(axis=0)].any(axis=1)
    for rang in np.flatnonzero(pris):
        autres = touches[pris & (np.arange(len(offre)) != rang)].any(axis=0)
        seul_a_servir = (touches[rang] & ~autres).any()
        assert seul_a_servir or not (neufs & (durees <= reste + durees[rang])).any()


def test_on_impose_on_bannit_et_un_impossible_se_dit():
    offre = parcours(("A", 50, {"1.1": 5}), ("B", 50, {"2.1": 5}))
    besoin = demande(c11=9, c21=1)
    assert choisir(besoin, offre, minutes=50, gardes=["B"]).liste["parcours"].tolist() == ["B"]
    assert choisir(besoin, offre, minutes=50, bannis=["A"]).liste["parcours"].tolist() == ["B"]
    with pytest.raises(ChoixInconnu, match="imposé et banni"):
        choisir(besoin, offre, minutes=50, gardes=["A"], bannis=["A"])
    with pytest.raises(ChoixInconnu, match="donnez plus de temps"):
        choisir(besoin, offre, minutes=60, gardes=["A", "B"])
    with pytest.raises(ChoixInconnu, match="imposé « Z »"):
        choisir(besoin, offre, minutes=60, gardes=["Z"])
    assert choisir(besoin, offre.iloc[:0], minutes=60).liste.empty


@pytest.mark.parametrize("duree", [float("nan"), pd.NA, None, 0, -10])
def test_une_duree_qui_manque_se_dit(duree):
    offre = parcours(("A", 50, {"1.1": 5}), ("B", duree, {"2.1": 5}))
    for minutes in (offre["minutes"], offre["minutes"].astype("Float64")):
        with pytest.raises(ChoixInconnu, match="« B », sans durée"):
            choisir(demande(c11=9), offre.assign(minutes=minutes), minutes=60)


@pytest.mark.parametrize(
    ("reglages", "dit"),
    [
        ({"minutes": -1}, "-1 minutes"),
        ({"minutes": float("nan")}, "nan minutes"),
        ({"minutes": 60, "maximum": -2}, "-2 parcours au plus"),
    ],
)
def test_un_temps_qui_n_a_pas_de_sens_se_refuse(reglages, dit):
    with pytest.raises(ChoixInconnu, match=dit):
        choisir(demande(c11=9), parcours(("A", 50, {"1.1": 5})), **reglages)


def test_choisir_n_ecrit_rien_a_l_ecran(capfd):
    alea = np.random.default_rng(7)
    offre = parcours(*[(f"p{rang:02}", 20, acquis_au_hasard(alea)) for rang in range(40)])
    for _ in range(12):
        besoin = demande().assign(besoin=alea.random(len(CODES)) * 20)
        choisir(besoin, offre, minutes=400, maximum=10)
    assert capfd.readouterr() == ("", "")


# — Les besoins —


def test_un_besoin_se_compte_a_la_borne_basse():
    resultats = table(
        *[(f"e{i}", "5eA", "1.1", 0 if i < 14 else 4) for i in range(20)], ("e0", "5eA", "2.1", 4)
    )
    besoin = besoins(resultats).set_index("competence")
    assert besoin.loc["1.1", ["effectif", "nb_sous"]].tolist() == [20, 14]
    assert 0.45 * 20 < besoin.loc["1.1", "besoin"] < 14
    assert besoin.loc["2.1", "besoin"] == 0
    assert besoin.loc["5.2", ["testee", "besoin"]].tolist() == [False, 0]
    assert besoins(resultats, but="angles-morts").set_index("competence").loc["5.2", "besoin"] == 20


def test_rendre_certifiable_demande_une_collecte_et_ne_compte_que_les_non_certifiables():
    with pytest.raises(ComparaisonImpossible, match="collecte de profils"):
        besoins(table(("a", "3eA", "1.1", 1)), but="certifiables")
    lignes = [("a", "3eA", code, 0) for code in CODES] + [("b", "3eA", code, 0) for code in CODES]
    niveaux = [0] * 12 + [1] * 4 + [1] * 16
    collecte = table(*lignes).assign(type_campagne="collecte", niveau_pix=niveaux)
    besoin = besoins(collecte, but="certifiables")
    assert besoin["besoin"].tolist() == [1.0] * 12 + [0.0] * 4, (
        "b est certifiable : il n'a besoin de rien pour cela"
    )
    with pytest.raises(ChoixInconnu, match="le but « x »"):
        besoins(collecte, but="x")


def collecte(**niveaux: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Une collecte d'élèves {compétence: (niveau, pix)} ; le reste n'a aucun pix."""
    lignes = [(eleve, "3eA", code, 0) for eleve in niveaux for code in CODES]
    dits = [siens.get(code, (0, 0)) for siens in niveaux.values() for code in CODES]
    niveau_pix, nb_pix = zip(*dits, strict=True)
    return table(*lignes).assign(
        type_campagne="collecte",
        niveau_pix=pd.array(niveau_pix, "Int64"),
        nb_pix=pd.array(nb_pix, "Int64"),
    )


def test_sans_aucun_pix_n_est_pas_sous_l_objectif():
    resultats = collecte(
        a={"1.1": (1, 9)}, b={"1.1": (0, 5)}, c={"1.1": (0, 4), "2.1": (0, 0)}, d={}
    )
    besoin = besoins(resultats).set_index("competence")
    assert besoin.loc["1.1", ["effectif", "nb_sous", "nb_jamais"]].tolist() == [3, 2, 1]
    assert besoin.loc["2.1", ["effectif", "nb_sous", "nb_jamais"]].tolist() == [0, 0, 4]
    assert besoin.loc["2.1", ["testee", "besoin"]].tolist() == [False, 0]
    sans_pix = besoins(resultats.drop(columns="nb_pix")).set_index("competence")
    assert sans_pix.loc["2.1", ["effectif", "nb_sous", "nb_jamais"]].tolist() == [4, 4, 0]


def test_une_campagne_qui_a_teste_en_dit_plus_qu_une_collecte_sans_pix():
    avant = table(("a", "3eA", "1.1", 0)).assign(date_envoi=pd.Timestamp("2026-09-01", tz="UTC"))
    apres = collecte(a={}).assign(campagne="B", nb_acquis=pd.NA)
    notes = notes_recentes(pd.concat([avant, apres], ignore_index=True)).set_index("competence")
    assert notes.loc["1.1", ["sous", "jamais", "genre"]].tolist() == [True, False, "evaluation"]
    assert notes.loc["1.2", ["sous", "jamais", "genre"]].tolist() == [False, True, "collecte"]


def test_certifiables_pese_ce_qui_manque_en_competences_et_en_pix():
    acquises = dict.fromkeys(CODES[:4], (1, 8))
    resultats = collecte(
        pres=acquises | {"5.1": (0, 7)},
        loin=acquises | {"5.1": (0, 0)},
        deux=dict.fromkeys(CODES[:3], (1, 8)) | {"5.1": (0, 4)},
        certifiable=dict.fromkeys(CODES[:5], (1, 8)) | {"5.1": (0, 4)},
    )
    besoin = besoins(resultats, but="certifiables").set_index("competence")
    assert besoin.loc["5.1", "besoin"] == pytest.approx((1 + 7 / 8) + 1 + (1 + 4 / 8) / 2)
    assert besoin.loc["5.1", ["effectif", "nb_sous", "nb_jamais"]].tolist() == [3, 3, 0]
    assert besoin.loc[CODES[0], "besoin"] == 0


def test_une_classe_toute_certifiable_n_a_pas_de_besoin():
    besoin = besoins(collecte(a=dict.fromkeys(CODES[:5], (1, 8))), but="certifiables")
    assert (besoin[["besoin", "nb_sous", "effectif"]] == 0).all(axis=None)


# — Le plan —


def catalogue_de(offre: pd.DataFrame) -> Catalogue:
    """Un catalogue proposable à tous."""
    communs = {"type": "", "niveaux": "", "discipline": ""}
    return Catalogue(offre.assign(**communs), pd.DataFrame(columns=["ligne", "motif"]))


def planifier(resultats: pd.DataFrame, offre: pd.DataFrame, **reglages):
    resultats = resultats.assign(annee_scolaire="2026-2027", parcours_evalue=None)
    classe_ = resultats["classe"].iloc[0]
    return plan_de_classe(resultats, catalogue_de(offre), classe=classe_, **reglages)


OFFRE = parcours(
    ("Un", 50, {"1.1": 5}), ("Deux", 50, {"2.1": 5}), ("Trois", 50, {"1.1": 5, "3.1": 5})
)


@pytest.mark.parametrize("but", ["faibles", "certifiables", "angles-morts"])
def test_la_raison_l_effectif_et_l_image_comptent_les_memes_eleves(but):
    certifiable = dict.fromkeys(CODES[3:8], (1, 8))
    eleves = {f"e{rang}": {"1.1": (0, rang), "2.1": (0, 2)} for rang in range(6)}
    resultats = collecte(**eleves, **{f"c{r}": certifiable | {"1.1": (0, 3)} for r in range(4)})
    plan = planifier(resultats, OFFRE.head(2), minutes=50, but=but, maximum=1)
    (choix,), couverture_ = plan.choix.itertuples(), plan.couverture.set_index("competence")
    (code,) = couverture_.index[couverture_["travaillee"]]
    vue = vue_plan(plan.couverture, classe="3eA")
    dites = r"Besoins en 3eA : \d+\scompétences?, dont 1\stravaillée par le plan\."
    assert re.match(dites, vue.phrase)
    image = vue.table.set_index("competence").loc[code]
    assert choix.eleves_concernes == image["nb_sous"]
    assert f"{image['nb_sous']}\u202félèves sur {image['effectif']} sous" in choix.raison


def test_les_angles_morts_concernent_toute_la_classe():
    resultats = table(*[(f"e{rang}", "5eA", "1.1", 4) for rang in range(6)])
    (choix,) = planifier(resultats, OFFRE, minutes=50, but="angles-morts").choix.itertuples()
    assert (choix.eleves_concernes, "jamais testée" in choix.raison) == (6, True)


def test_pas_d_heure_de_classe_pour_un_seul_eleve_mais_une_suggestion():
    lignes = [(f"e{rang}", "5eA", "1.1", 0 if rang < 5 else 4) for rang in range(12)]
    lignes += [(f"e{rang}", "5eA", "2.1", 0 if rang == 7 else 4) for rang in range(12)]
    plan = planifier(table(*lignes), OFFRE, minutes=200)
    assert plan.choix["parcours"].tolist() == ["Trois", "Un"]
    assert plan.suggestions.to_dict("records") == [
        {"eleve": "e7", "competences": "2.1", "parcours": "Deux"}
    ]
    assert "Pas d'heure de classe pour un seul élève" in plan.phrase
    assert "« Deux » (2.1)" in plan.phrase
    assert plan.couverture.set_index("competence").at["2.1", "nb_sous"] == 1
    seul = planifier(table(("e7", "5eA", "2.1", 0)), OFFRE, minutes=200)
    assert seul.choix.empty
    assert seul.suggestions["parcours"].tolist() == ["Deux"]


# — Le catalogue —


def test_les_mauvaises_lignes_du_catalogue_sont_nommees_et_les_autres_servent(tmp_path):
    lignes = [
        "parcours;type;niveaux;competences;minutes;theme;discipline;accessible",
        "Bon;local;5e;1.1:6|3.3:4;40;;Français;oui",
        "Sans compétence;;;;30;;;",
        "Négatif;;;1.1;-5;;;",
        "Inconnu;;;9.9;10;;;",
        "Bon;local;5e;1.2;20;;;",
        "Sans nombre;;;1.1;nan;;;",
    ]
    (tmp_path / "pixkit_catalogue.csv").write_text("\n".join(lignes), encoding="utf-8-sig")
    catalogue = charger_catalogue(tmp_path)
    assert catalogue.defauts["ligne"].tolist() == [3, 4, 5, 6, 7]
    assert "aucune compétence" in catalogue.defauts["motif"][0]
    assert "« -5 » minutes" in catalogue.defauts["motif"][1]
    assert "inconnue « 9.9 »" in catalogue.defauts["motif"][2]
    assert "nom en double" in catalogue.defauts["motif"][3]
    assert "« nan » minutes" in catalogue.defauts["motif"][4]
    (bon,) = catalogue.chercher("bon", competence="3.3").itertuples()
    assert (bon.acquis, bon.minutes, bon.accessible, bon.acquis_supposes) == (
        {"1.1": 6, "3.3": 4},
        40,
        True,
        False,
    )


def test_les_acquis_supposes_se_partagent_de_meme_dans_toutes_les_lignes(tmp_path):
    lignes = ["parcours;competences", "Un;1.1", "Trois;1.1|1.2|1.3", "Tous;" + "|".join(CODES)]
    (tmp_path / "pixkit_catalogue.csv").write_text("\n".join([*lignes, "Dit;1.1:2|1.2"]), "utf-8")
    catalogue = charger_catalogue(tmp_path).parcours.set_index("parcours")
    partages = {nom: set(catalogue.at[nom, "acquis"].values()) for nom in ("Un", "Trois", "Tous")}
    assert partages == {"Un": {12}, "Trois": {4}, "Tous": {1}}
    assert set(catalogue.at["Interagir", "acquis"].values()) == {12}
    assert catalogue.at["Dit", "acquis"] == {"1.1": 2, "1.2": 6}


def test_le_catalogue_apprend_des_exports():
    tables = lire_fichiers({"x.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()})
    appris = charger_catalogue(None, tables).parcours.query(
        "source == 'export de l\\'établissement'"
    )
    assert appris["acquis"].iloc[0]["1.1"] == 7
    assert appris["date"].iloc[0].startswith("2026-")


def test_les_trois_entrees_de_pix_orga_cherchent_partout():
    catalogue = charger_catalogue()
    assert "Cyberharcèlement" in set(catalogue.chercher("cyberharcelement")["parcours"])
    assert all("1.3" in acquis for acquis in catalogue.chercher(competence="1.3")["acquis"])


@pytest.mark.parametrize(
    ("niveaux", "niveau", "attendu"),
    [("6e", "6e", True), ("6e", "5e", False), ("collège et lycée", "5e", True),
     ("collège", "2de", False), ("", "5e", True),
     ("5e à Tle, CAP, BTS/CPGE", "3e", True), ("familles", "5e", False), ("tous", "BTS", True),
     ("collège et lycée", "BTS", True)],
)  # fmt: skip
def test_un_parcours_convient_a_son_niveau(niveaux, niveau, attendu):
    assert convient(niveaux, niveau) is attendu


def test_ce_qui_a_ete_passe_n_est_pas_repropose():
    offre = charger_catalogue().parcours
    avant = proposables(offre, niveau_scolaire="5e", deja_passes=set())
    apres = proposables(offre, niveau_scolaire="5e", deja_passes={"gérer des données"})
    assert set(avant["parcours"]) - set(apres["parcours"]) == {"Gérer des données"}


# — Les groupes —


def classe(nombre: int, graine: int) -> pd.DataFrame:
    alea = np.random.default_rng(graine)
    return table(
        *[
            (f"e{i:02}", "5eA", code, int(alea.integers(0, 5)))
            for i in range(nombre)
            for code in CODES[:8]
        ]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(6, 32), st.integers(0, 10_000), st.integers(2, 4))
def test_les_groupes_ne_sont_jamais_plus_etales_que_des_k_moyennes(nombre, graine, combien):
    resultats = classe(nombre, graine)
    points = profils(notes_recentes(resultats)).to_numpy()
    groupes = grouper(resultats, taille_max=nombre, nombre=combien)
    k_moyennes = min(
        etalement(points, kmeans2(points, combien, minit="++", rng=g, missing="warn")[1])
        for g in range(5)
    )
    assert groupes.etalement <= k_moyennes + 1e-6
    assert sorted(groupes.eleves["eleve"]) == sorted(resultats["eleve"].unique()), (
        "chacun dans un groupe, et un seul"
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 30), st.integers(0, 10_000), st.integers(2, 9))
def test_chaque_contrainte_tient_ou_est_dite(nombre, graine, taille_max):
    resultats = classe(nombre, graine)
    separer, reunir = [("e00", "e01")], [("e02", "e03")]
    groupes = grouper(resultats, taille_max=taille_max, separer=separer, reunir=reunir)
    ou = groupes.eleves.set_index("eleve")["groupe"]
    assert ou.value_counts().max() <= taille_max
    assert ou["e00"] != ou["e01"] or "séparer e00 et e01" in groupes.impossibles
    assert ou["e02"] == ou["e03"] or "réunir e02 et e03" in groupes.impossibles
    assert nombre < 8 or groupes.impossibles == []
    pd.testing.assert_frame_equal(
        grouper(resultats, taille_max=taille_max, separer=separer, reunir=reunir).eleves,
        groupes.eleves,
    )


def test_un_nombre_de_groupes_trop_petit_se_dit():
    groupes = grouper(classe(20, 1), taille_max=5, nombre=2)
    assert groupes.impossibles == ["2 groupes de 5 élèves au plus : il en faut 4 pour 20 élèves"]


def test_plus_de_groupes_que_d_eleves_se_dit():
    groupes = grouper(classe(3, 1), nombre=5)
    assert groupes.impossibles == ["5 groupes de 8 élèves au plus : 3 seulement pour 3 élèves"]
    assert sorted(groupes.eleves["groupe"]) == [1, 2, 3]


def test_des_eleves_tous_pareils_font_quand_meme_le_nombre_de_groupes_demande():
    pareils = table(*[(f"e{i}", "5eA", "1.1", 1) for i in range(9)])
    groupes = grouper(pareils, nombre=3)
    assert (groupes.eleves["groupe"].nunique(), groupes.impossibles) == (3, [])


def test_des_eleves_a_reunir_se_deplacent_ensemble_et_le_trop_plein_se_dit():
    suite = [("e00", "e01"), ("e01", "e02"), ("e02", "e03")]
    ou = grouper(classe(12, 2), taille_max=4, reunir=suite).eleves.set_index("eleve")["groupe"]
    assert ou[["e00", "e01", "e02", "e03"]].nunique() == 1
    serres = grouper(classe(12, 2), taille_max=3, reunir=suite)
    assert len(serres.impossibles) == 1
    assert serres.eleves["groupe"].value_counts().max() == 3


def test_plusieurs_classes_pleines_de_profils_jumeaux_ne_tournent_pas_sans_fin():
    resultats = resultats_retenus(lire_dossier(DEMO))
    siens = resultats[resultats["eleve"].isin(resultats["eleve"].unique()[:80])]
    tailles = grouper(siens).eleves.query("competences != 'sans besoin'")["groupe"].value_counts()
    assert tailles.max() == 8
    assert (tailles == 8).sum() >= len(tailles) - 1, "pleines, sauf une au plus"


def test_ceux_a_qui_rien_ne_manque_sont_groupes_a_part_sauf_a_reunir():
    forts = [(f"f{i}", "5eA", code, 4) for i in range(3) for code in CODES[:3]]
    faibles = [(f"e{i}", "5eA", code, 0) for i in range(6) for code in CODES[:3]]
    resultats = table(*forts, *faibles)
    groupes = grouper(resultats, nombre=2).eleves
    assert groupes.query("competences == 'sans besoin'")["eleve"].tolist() == ["f0", "f1", "f2"]
    assert groupes.query("competences != 'sans besoin'")["groupe"].nunique() == 2
    assert groupes["groupe"].is_monotonic_increasing
    ou = grouper(resultats, reunir=[("f0", "e0")], separer=[("f1", "f2")]).eleves
    ou = ou.set_index("eleve")["groupe"]
    assert ou["f0"] == ou["e0"]
    assert ou["f1"] != ou["f2"]
    tous = grouper(table(*forts), nombre=2)
    assert set(tous.eleves["competences"]) == {"sans besoin"}
    assert tous.impossibles == [
        "2 groupes de 8 élèves au plus : 0 seulement pour 3 élèves, dont 3 sans besoin"
    ]


def test_ne_rien_savoir_d_un_eleve_n_est_pas_sans_besoin():
    groupes = grouper(collecte(a={}, b=dict.fromkeys(CODES, (1, 8)), c={"1.1": (0, 3)})).eleves
    sans = groupes.query("competences == 'sans besoin'")
    assert sans["eleve"].tolist() == ["b"]


def test_une_paire_a_la_fois_a_separer_et_a_reunir_ne_rompt_qu_une_contrainte():
    paire = [("e00", "e01")]
    assert len(grouper(classe(12, 3), separer=paire, reunir=paire).impossibles) == 1


@pytest.mark.parametrize(
    ("reglages", "dit"),
    [
        ({"taille_max": 0}, "0 élèves par groupe"),
        ({"taille_max": -3}, "-3 élèves par groupe"),
        ({"nombre": 0}, "0 groupes"),
        ({"nombre": -1}, "-1 groupes"),
        ({"separer": [("e00", "Zoé")]}, "« Zoé »"),
        ({"reunir": [("Zoé", "e00")]}, "« Zoé »"),
    ],
)
def test_un_reglage_de_groupes_qui_n_a_pas_de_sens_se_refuse(reglages, dit):
    with pytest.raises(ChoixInconnu, match=dit):
        grouper(classe(9, 1), **reglages)


def test_un_but_inconnu_d_un_plan_se_dit():
    tables = lire_fichiers({"e.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()})
    reglages = {"classe": "5eA", "minutes": 60, "but": "faible"}
    with pytest.raises(ChoixInconnu, match="le but « faible »"):
        plan_de_classe(resultats_retenus(tables), charger_catalogue(None, tables), **reglages)


def test_une_classe_mal_tapee_propose_la_sienne():
    tables = lire_fichiers({"e.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()})
    resultats = resultats_retenus(tables)
    with pytest.raises(ChoixInconnu, match="vouliez-vous dire « 5eA »"):
        plan_de_classe(resultats, charger_catalogue(None, tables), classe="5E a", minutes=60)


def test_le_plan_d_une_classe_separe_reunit_et_dit_ce_qui_est_impossible():
    tables = lire_fichiers({"e.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()})
    resultats, catalogue = resultats_retenus(tables), charger_catalogue(None, tables)
    communs = {"classe": "5eA", "minutes": 60, "taille_max": 4}
    libre = plan_de_classe(resultats, catalogue, **communs).groupes
    ensemble = tuple(libre["eleve"][libre["groupe"] == 1].head(2))
    loin = (ensemble[0], libre["eleve"][libre["groupe"] == 2].iloc[0])
    plan = plan_de_classe(resultats, catalogue, **communs, separer=[ensemble], reunir=[loin])
    ou = plan.groupes.set_index("eleve")["groupe"]
    assert ou[ensemble[0]] != ou[ensemble[1]]
    assert ou[loin[0]] == ou[loin[1]]
    assert plan.impossibles == []
    contraire = plan_de_classe(resultats, catalogue, **communs, separer=[loin], reunir=[loin])
    assert len(contraire.impossibles) == 1


# — La ligne de commande —


@pytest.fixture
def dossier(tmp_path):
    (tmp_path / "dossier").mkdir()
    (tmp_path / "dossier" / "e.csv").write_bytes((EXPORTS / "01_5e" / "export.csv").read_bytes())
    (tmp_path / "dossier" / "siecle.xml").write_bytes(SIECLE)
    return tmp_path / "dossier"


def test_la_commande_parcours_tient_son_contrat(dossier, tmp_path):
    commande = [
        "parcours",
        str(dossier),
        "--classe",
        "5eA",
        "--minutes",
        "120",
        "--maximum",
        "2",
        "--vers",
        str(tmp_path / "s"),
    ]
    assert main(commande) == 0
    choix = pd.read_csv(tmp_path / "s" / "choix.csv")
    assert list(choix.columns) == [
        "rang",
        "parcours",
        "minutes",
        "besoins_couverts",
        "eleves_concernes",
        "raison",
    ]
    assert choix["minutes"].sum() <= 120
    assert 1 <= len(choix) <= 2
    groupes = pd.read_csv(tmp_path / "s" / "groupes.csv", dtype=str)
    assert list(groupes.columns) == ["groupe", "eleve", "competences", "parcours"]
    tables = lire_fichiers({"e.csv": dossier / "e.csv"})
    assert len(groupes) == resultats_retenus(tables).query("classe == '5eA'")["eleve"].nunique()
    assert groupes["eleve"].is_unique


def test_une_classe_inconnue_cite_celles_qui_existent(dossier, tmp_path, capsys):
    assert (
        main(
            [
                "parcours",
                str(dossier),
                "--classe",
                "5A",
                "--minutes",
                "60",
                "--vers",
                str(tmp_path / "s"),
            ]
        )
        == 2
    )
    assert "5eA" in capsys.readouterr().err
    assert (
        main(
            [
                "parcours",
                str(dossier),
                "--classe",
                "5eA",
                "--minutes",
                "60",
                "--but",
                "certifiables",
                "--vers",
                str(tmp_path),
            ]
        )
        == 2
    )
    assert "collecte" in capsys.readouterr().err


# — Les feuilles —


def test_les_feuilles_sont_completes_et_la_feuille_de_route_n_a_aucun_nom(tmp_path):
    tables = lire_fichiers({"e.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()})
    plan = plan_de_classe(
        resultats_retenus(tables), charger_catalogue(None, tables), classe="5eA", minutes=120
    )
    eleves = tables.participations.drop_duplicates("eleve").set_index("eleve")
    noms = eleves["prenom"] + " " + eleves["nom"]
    ecrits = [
        *ecrire_feuille_de_route(plan, tmp_path, classe="5eA"),
        ecrire_fiches_eleves(plan, noms, tmp_path),
    ]
    attendus = [
        "feuille-de-route.pdf",
        "feuille-de-route.html",
        "campagnes.xlsx",
        "fiches-eleves.pdf",
    ]
    assert [chemin.name for chemin in ecrits] == attendus
    html = (tmp_path / "feuille-de-route.html").read_text(encoding="utf-8")
    assert plan.choix["parcours"][0] in unescape(html)
    assert not [nom for nom in eleves["nom"] if f"{nom} " in html]
    textes = [texte_du_pdf(tmp_path / nom) for nom in ("feuille-de-route.pdf", "fiches-eleves.pdf")]
    assert "5eA — feuille de route" in textes[0]
    for eleve in plan.groupes["eleve"]:
        assert textes[1].count(noms[eleve]) >= 2, "dans son groupe, et sur sa fiche"
    assert "Développer" in textes[1] or "é" in textes[1]


def test_la_fiche_de_qui_rien_ne_manque_le_dit(tmp_path):
    lignes = [("fort", "5eA", "1.1", 4), ("a", "5eA", "1.1", 0), ("b", "5eA", "1.1", 0)]
    plan = planifier(table(*lignes), OFFRE, minutes=50)
    texte = texte_du_pdf(ecrire_fiches_eleves(plan, pd.Series(dtype=str), tmp_path))
    assert "Rien ne leur manque dans ce qu'ils ont passé." in texte
    fort, faible = fiche(plan, "fort"), fiche(plan, "a")
    assert (
        fort[0] == "Réussi : 1.1 Mener une recherche et une veille d’information (4 acquis sur 4)."
    )
    assert fort[1].startswith("Pas encore testé : 1.2 Gérer des données, 1.3 Traiter")
    assert "Ton groupe travaille" not in " ".join(fort)
    assert faible[0].startswith("À travailler d'abord : 1.1 Mener une recherche")
    assert faible[0].endswith("(0 acquis sur 4).")
    assert "Ton groupe travaille : 1.1 Mener une recherche et une veille d’information." in faible


def test_une_fiche_ne_dit_sur_que_ce_que_peu_d_acquis_permettent():
    """1 acquis sur 4 peut venir d'un élève à la moitié ; 4 sur 16, non : c'est l'intervalle de
    Wilson, de 10 à 49 %."""
    plans = [
        planifier(table(("a", "5eA", "1.1", sur // 4), nb_acquis=sur), OFFRE, minutes=50)
        for sur in (4, 16)
    ]
    court, long = (fiche(plan, "a") for plan in plans)
    assert "(1 acquis sur 4, à vérifier)" in court[0]
    assert court[1].startswith("« À vérifier » : trop peu d'acquis testés")
    assert long[0].endswith("(4 acquis sur 16).")
    assert "vérifier" not in " ".join(long)


def test_la_fiche_d_une_collecte_parle_en_niveaux_et_sans_pix_n_est_pas_un_zero():
    niveaux = [("1.1", 3, 27), ("1.2", 1, 9), ("1.3", 0, 4), ("2.1", 0, 0)]
    resultats = pd.concat(
        table(("a", "3eA", code, 0), type_campagne="collecte", niveau_pix=niveau, nb_pix=pix)
        for code, niveau, pix in niveaux
    )
    dits = fiche(planifier(resultats, OFFRE, minutes=50), "a")
    assert dits[0].startswith("Réussi : 1.1")
    assert "1.2 Gérer des données (niveau 1)" in dits[0]
    assert dits[1] == "À travailler d'abord : 1.3 Traiter des données (niveau 0)."
    assert dits[2].startswith("Pas encore testé, ou sans aucun pix : ")


@pytest.mark.parametrize("classe", ["3eA", "4eC", "5eA", "6eA", "6eD"])
def test_deux_eleves_de_resultats_differents_ont_deux_fiches(classe):
    ecole = ouvrir(DEMO)
    plan = plan_de_classe(ecole.resultats, ecole.catalogue, classe=classe, minutes=120)
    notes = plan.notes.sort_values("competence")
    resultats = {
        eleve: siens[["competence", "valeur", "nb_acquis", "jamais"]].to_csv(index=False)
        for eleve, siens in notes.groupby("eleve")
    }
    fiches = {eleve: fiche(plan, eleve) for eleve in plan.groupes["eleve"]}
    paires = list(itertools.combinations(fiches, 2))
    assert paires
    for a, b in paires:
        assert (fiches[a] == fiches[b]) == (resultats[a] == resultats[b]), (a, b)
    communes = set.intersection(*map(set, fiches.values()))
    assert not {dit for dit in communes if dit.startswith(("Réussi", "À travailler", "Tout ce"))}


# — L'année —


def test_l_annee_se_deroule_a_rebours_de_la_certification_et_l_inconnu_reste_inconnu():
    connue = annee("2025-2026", "3e").set_index("etape")
    assert connue.loc["Session de certification", ["debut", "fin"]].tolist() == [
        "16 mars 2026",
        "13 juin 2026",
    ]
    assert connue.loc["Collecte de profils", "debut"] == "16 février 2026"
    assert connue.loc["Parcours de rentrée", "fin"] == "18 octobre 2025"
    assert (
        annee("2026-2027", "3e").set_index("etape").loc["Session de certification", "debut"]
        == "inconnu"
    )
    assert "Session de certification" not in set(annee("2025-2026", "5e")["etape"])
    assert annee("2025-2026", "6e")["etape"].str.contains("trimestre").sum() == 3


def test_les_feuilles_de_la_rentree_s_impriment(tmp_path):
    ecrits = [
        ecrire_calendrier(annee("2025-2026", "3e"), tmp_path, titre="3e — 2025-2026"),
        ecrire_coupons(
            "ABCDEF123", "Parcours de rentrée 5e", tmp_path, classes={"5eA": 23, "5eB": 2}
        ),
        ecrire_page_familles(tmp_path, etablissement="Collège inventé", annee_scolaire="2025-2026"),
    ]
    calendrier, coupons, familles = map(texte_du_pdf, ecrits)
    assert "Affecter la ressource « Pix »" in calendrier
    assert "16 mars 2026" in calendrier
    assert coupons.count("Code : ABCDEF123") == 25
    assert coupons.count("5eB — Parcours de rentrée 5e") == 2
    assert "article L. 312-9" in familles
