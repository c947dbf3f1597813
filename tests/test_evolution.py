"""D'une campagne à l'autre, des seules cases publiées : ce qui se compare, ce qui est net."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from benchmarks.progression import Chemin, resultats
from pixkit.charte import coller
from pixkit.mesures import progression
from pixkit.mesures.certitude import SIGNAUX
from pixkit.publication.agregats import _COLONNES, Agregats
from pixkit.publication.evolution import evolutions
from pixkit.publication.reponses import Conseil, avance
from pixkit.publication.tableaux_de_bord import tableaux_de_bord
from pixkit.vues import vue_evolution
from tests.test_deductions import cases

CODES = ("1.1", "1.2", "2.1", "3.1")
RENTREE, JUIN = "Rentrée 5e", "Bilan de juin"


def publies(campagnes: dict[str, pd.DataFrame], annee: str = "2026-2027") -> Agregats:
    """Les agrégats qui ne disent que la maîtrise de ces campagnes {nom: cases}."""
    lignes = [table.assign(campagne=f"C{rang}", bas=0.0, haut=1.0)
              for rang, table in enumerate(campagnes.values())]  # fmt: skip
    noms = pd.DataFrame({
        "campagne": [f"C{rang}" for rang in range(len(campagnes))], "nom_campagne": list(campagnes),
        "type_campagne": "evaluation", "annee_scolaire": annee, "organisation": "",
    })  # fmt: skip
    vides = {nom: pd.DataFrame(columns=colonnes) for nom, colonnes in _COLONNES.items()}
    return Agregats(**vides | {"campagnes": noms, "maitrise": pd.concat(lignes)})


def classes(valeur: float, combien: int = 1, *, codes=CODES, **options) -> pd.DataFrame:
    noms = [f"5e{rang}" for rang in range(combien)]
    return cases({(nom, code): valeur for nom in noms for code in codes}, **options)


def etats(agregats: Agregats, public: str) -> list[tuple[dict, list[str]]]:
    conseil = Conseil(defaultdict(pd.DataFrame), pd.DataFrame(columns=["competence", "discipline"]),
                      pd.DataFrame(columns=["annee_scolaire", "decision"]))  # fmt: skip
    tableau = tableaux_de_bord(agregats, conseil)[public]
    return [(choix, [dessin.titre for dessin in dessins]) for choix, dessins in tableau.etats]


# — Ce qui se compare —


@pytest.mark.parametrize(
    "campagnes",
    [
        {RENTREE: classes(0.5)},
        {RENTREE: classes(0.5), JUIN: classes(0.6, codes=("4.1", "4.2"))},
        {RENTREE: classes(0.5), JUIN: classes(0.6, codes=CODES[:3])},
        {RENTREE: classes(0.5, poids=4), JUIN: classes(0.6, poids=5)},
        {RENTREE: classes(0.5), JUIN: classes(4, mesure="niveau_moyen", poids=1)},
    ],
    ids=["une seule", "rien de commun", "moins large", "plus d'acquis", "une collecte"],
)
def test_sans_deux_campagnes_des_memes_acquis_il_n_y_a_ni_vue_ni_choix_vide(campagnes):
    agregats = publies(campagnes)
    assert not list(evolutions(agregats))
    for public in ("etablissement", "classe"):
        for choix, titres in etats(agregats, public):
            assert choix.get("question") != "evolution"
            assert "Avons-nous avancé ?" not in titres


def test_chaque_niveau_dit_s_il_a_avance_sous_le_nom_commun_de_ses_campagnes():
    niveaux = [classes(0.5).assign(niveau_scolaire=niveau) for niveau in ("6e", "5e", "4e")]
    lues = list(evolutions(publies({
        f"{nom} {table['niveau_scolaire'].iloc[0]}": table
        for nom in ("Rentrée", "Juin") for table in niveaux
    })))  # fmt: skip
    noms = coller("De « Rentrée » à « Juin »")
    assert avance(lues) == f"{noms} : rien de net (6e, 5e et 4e)."
    assert avance(lues[:1], "") == f"{noms} : rien de net."


def test_deux_annees_ne_se_comparent_pas():
    agregats = publies({"Rentrée 5e": classes(0.5), "Rentrée 5e 2025": classes(0.6)})
    agregats.campagnes["annee_scolaire"] = ["2026-2027", "2025-2026"]
    assert not list(evolutions(agregats))


def test_de_trois_campagnes_la_premiere_et_la_derniere_se_comparent_et_chacune_le_montre():
    trois = {JUIN: classes(0.6), "Janvier": classes(0.55), RENTREE: classes(0.5)}
    agregats = publies(trois)
    (une,) = evolutions(agregats)
    assert (une.noms, une.ordonnee) == ((RENTREE, JUIN), True)
    montrent = [titres for choix, titres in etats(agregats, "etablissement")
                if choix["question"] == "evolution"]  # fmt: skip
    assert montrent == [["Avons-nous avancé ?"]] * 3
    for _, titres in etats(agregats, "classe"):
        assert titres.count("Avons-nous avancé ?") == 1
    posees = [choix["page"] for choix, _ in etats(agregats, "conseil_pedagogique")]
    assert posees.count("evolution") == 3


def test_soixante_classes_ont_chacune_la_leur_et_leur_niveau_les_reunit():
    (une,) = evolutions(publies({RENTREE: classes(0.5, 60), JUIN: classes(0.5, 60)}))
    assert len(une.tables) == 61
    assert (une.tables[""]["effectif"] == 60 * 20).all()


def test_seules_comptent_les_classes_publiees_dans_les_deux():
    (une,) = evolutions(publies({RENTREE: classes(0.5, 3), JUIN: classes(0.6, 2)}))
    assert set(une.tables) == {"5e0", "5e1", ""}
    assert une.tables[""]["effectif"].tolist() == [40] * 8


def test_une_case_bornee_se_tait_et_se_compte():
    valeurs = {("5e0", code): 0.05 if code == "1.1" else 0.5 for code in CODES}
    (une,) = evolutions(publies({
        RENTREE: cases(valeurs, bornes={("5e0", "1.1"): "<"}), JUIN: classes(0.6),
    }))  # fmt: skip
    for groupe in ("5e0", ""):
        assert "1.1" not in set(une.tables[groupe]["competence"])
        assert une.bornees[groupe] == 1
    dit = vue_evolution(une.tables[""], groupe="5e", bornees=1).phrase
    assert "1\N{NARROW NO-BREAK SPACE}compétence ne se compare pas" in dit
    toutes = cases(valeurs, bornes=dict.fromkeys(valeurs, "<"))
    assert not list(evolutions(publies({RENTREE: toutes, JUIN: classes(0.6)})))


def test_deux_collectes_se_comparent_sur_ce_qu_elles_ont_en_commun():
    avant, apres = (classes(valeur, codes=codes, mesure="niveau_moyen", poids=1)
                    for valeur, codes in ((2.0, CODES), (3.0, CODES[:2])))  # fmt: skip
    (une,) = evolutions(publies({"Septembre": avant, "Mai": apres}))
    assert set(une.tables["5e0"]["competence"]) == set(CODES[:2])
    assert "+1" in vue_evolution(une.tables["5e0"], groupe="5e0").table["Écart"].iloc[0]


def test_sans_un_mot_qui_le_dise_rien_ne_dit_laquelle_vient_d_abord():
    (une,) = evolutions(publies({"Collecte B": classes(0.9, 3), "Collecte A": classes(0.3, 3)}))
    assert not une.ordonnee
    assert (
        "rien ne dit laquelle" in vue_evolution(une.tables[""], groupe="5e", ordonnee=False).phrase
    )
    assert "hausse" not in avance([une])
    assert "écarts nets" in avance([une])


# — Ce qui est net —


def test_un_grand_ecart_est_net_et_se_dit_avec_son_intervalle():
    (une,) = evolutions(publies({RENTREE: classes(0.3, 3), JUIN: classes(0.7, 3)}))
    phrase = vue_evolution(une.tables["5e0"], groupe="5e0").phrase
    assert "4\N{NARROW NO-BREAK SPACE}écarts nets" in phrase
    assert "pas forcément les mêmes élèves" in phrase
    assert "4\N{NARROW NO-BREAK SPACE}hausses nettes" in avance([une], "5e0")
    (rien,) = evolutions(publies({RENTREE: classes(0.5), JUIN: classes(0.52)}))
    assert "Rien de net" in vue_evolution(rien.tables["5e0"], groupe="5e0").phrase
    assert "rien de net" in avance([rien])


def publier_deux(avant: pd.DataFrame, apres: pd.DataFrame) -> pd.DataFrame:
    """Les deux campagnes d'une simulation, telles que publiées, puis comparées."""
    tables = []
    for lus in (avant, apres):
        sommes = lus.groupby("classe")[["nb_acquis_maitrises", "nb_acquis"]].sum()
        valeurs = (sommes["nb_acquis_maitrises"] / sommes["nb_acquis"]).clip(0.05, 0.95).round(2)
        nommees = {(f"5e{classe}", "1.1"): valeur for classe, valeur in valeurs.items()}
        tables.append(cases(nommees, effectif=len(lus) // len(sommes),
                            poids=int(lus["nb_acquis"].iloc[0])))  # fmt: skip
    (une,) = evolutions(publies({RENTREE: tables[0], JUIN: tables[1]}))
    lues = pd.concat([table for groupe, table in une.tables.items() if groupe])
    return lues.drop_duplicates("classe").set_index("classe")["signal"]


def test_sans_progres_des_memes_eleves_ni_d_autres_presque_rien_n_est_net():
    """Par campagne de dix classes, toutes jugées ensemble : au plus 5 % en ont une nette."""
    cries = 0
    for graine in range(80):
        alea = np.random.default_rng(graine)
        avant, apres = (
            resultats(Chemin(acquis=6, gain=0.0), 20, 10, alea)[rang] for rang in (0, 1)
        )
        cries += (publier_deux(avant, apres) == SIGNAUX[0]).any()
    assert cries / 80 <= 0.05


@pytest.mark.parametrize("gain", [0.0, 0.4, 0.8])
def test_un_signal_publie_n_est_jamais_plus_fort_que_celui_des_memes_eleves(gain):
    croisees = np.zeros((3, 3), dtype=int)
    for graine in range(12):
        alea = np.random.default_rng(graine)
        avant, apres = resultats(Chemin(acquis=6, gain=gain), 20, 10, alea)
        publie = publier_deux(avant, apres)
        atelier = progression(avant, apres).set_index("classe")["signal"]
        for classe, signal in publie.items():
            rang = SIGNAUX.index(atelier[int(classe.removeprefix("5e"))])
            croisees[rang, SIGNAUX.index(signal)] += 1
    assert np.tril(croisees, -1).sum() == 0, croisees
