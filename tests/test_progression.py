"""Le chemin des mêmes élèves : ce que le hasard en explique, qui est compté, qui ne l'est pas."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.progression import Chemin, couverture, faux_signaux, resultats
from pixkit import ouvrir
from pixkit.erreurs import ChoixInconnu, ComparaisonImpossible
from pixkit.mesures import progression
from pixkit.mesures.progression import MAILLE, hasard_des_signes
from pixkit.vues import vue_progression
from pixkit.vues.progression import QUESTION
from pixkit.vues.selection import TOUT, Regard, Selection
from tests.test_certitude import table

MAI = "2027-05-20"


def rentrees(*chemins, nb_acquis=5, campagnes="AB", classe="5eA"):
    """Deux dates pour une classe : (acquis validés avant, après) de chaque élève."""
    lignes = [[(f"e{rang}", classe, "1.1", paire[date]) for rang, paire in enumerate(chemins)]
              for date in (0, 1)]  # fmt: skip
    dates = zip(lignes, campagnes, ("2026-09-20", MAI), strict=True)
    return [table(*qui, nb_acquis=nb_acquis, campagne=c, envoi=jour) for qui, c, jour in dates]


# — La loi des signes —


@settings(deadline=None)
@given(st.lists(st.integers(-7, 7), min_size=1, max_size=9))
def test_la_loi_des_signes_est_celle_de_tous_les_signes_possibles(differences):
    total = abs(sum(differences))
    tirages = list(product((1, -1), repeat=len(differences)))
    sommes = (sum(s * d for s, d in zip(signes, differences, strict=True)) for signes in tirages)
    attendue = Fraction(sum(abs(somme) >= total for somme in sommes), len(tirages))
    assert hasard_des_signes(np.array(differences)) == pytest.approx(float(attendue), rel=1e-12)


@pytest.mark.parametrize(("nombre", "signal"), [(2, "bruit"), (5, "bruit"), (6, "net")])
def test_rien_n_est_net_tant_que_le_hasard_peut_tout_faire(nombre, signal):
    """Tous montent autant : 2 chances sur 2ⁿ, au-dessus de 5 % jusqu'à 5 élèves."""
    for un, autre in ((1, 4), (4, 3)):
        (ligne,) = progression(*rentrees(*[(un, autre)] * nombre)).itertuples()
        assert ligne.signal.endswith(signal)


def test_trois_gains_egaux_ne_font_pas_un_intervalle_sans_largeur():
    (ligne,) = progression(*rentrees((1, 2), (2, 3), (3, 4))).itertuples()
    assert ligne.ecart == pytest.approx(0.2)
    assert ligne.ecart_bas < 0
    assert ligne.ecart_haut > 0.4


def test_des_niveaux_sur_des_nombres_de_competences_tres_divers_s_arrondissent():
    """Un domaine où chacun n'a pas les mêmes compétences : le plus petit pas commun serait
    immense."""
    alea, lignes = np.random.default_rng(0), []
    for date, campagne in (("2026-09-20", "A"), (MAI, "B")):
        for eleve in range(60):
            codes = [f"1.{rang}" for rang in range(1, 2 + eleve % 17)]
            niveaux = alea.integers(0, 4, len(codes)) + (campagne == "B")
            lignes += [(f"e{eleve}", "5eA", code, niveau, campagne, date)
                       for code, niveau in zip(codes, niveaux, strict=True)]  # fmt: skip
    toutes = pd.DataFrame(
        lignes, columns=["eleve", "classe", "competence", "niveau_pix", "campagne", "date_envoi"]
    ).assign(type_campagne="collecte", domaine="1")
    toutes["date_envoi"] = pd.to_datetime(toutes["date_envoi"]).dt.tz_localize("Europe/Paris")
    avant, apres = (toutes[toutes["campagne"] == code] for code in "AB")
    (ligne,) = progression(avant, apres, sur="domaine").itertuples()
    assert ligne.signal == "net"
    assert np.lcm.reduce(range(1, 18)) * 60 > MAILLE


# — Ce que Pix garde —


def test_entre_deux_envois_d_une_campagne_aucun_signal_et_la_phrase_dit_pourquoi():
    reprise = progression(*rentrees(*[(1, 4)] * 12, campagnes="AA"))
    assert reprise["signal"].isna().all()
    vue = vue_progression(reprise, groupe="5eA")
    assert "Pix garde les acquis validés" in vue.phrase
    assert "plus que le hasard" not in vue.phrase
    deux_rentrees = progression(*rentrees(*[(1, 4)] * 12))
    assert deux_rentrees["signal"].tolist() == ["net"]
    assert "régression vers la moyenne" in vue_progression(deux_rentrees, groupe="5eA").phrase


def test_une_reprise_qui_ne_valide_rien_n_a_aucun_signal():
    alea = np.random.default_rng(2)
    reprise = progression(*resultats(Chemin(5, gain=0, garde=True), 25, 40, alea, codes="AA"))
    assert reprise["ecart"].mean() > 0.05
    assert reprise["signal"].isna().all()


def test_l_intervalle_tient_et_le_hasard_reste_du_hasard_des_cinq_eleves():
    parts = [
        couverture(Chemin(acquis, difficulte, garde=garde), effectif, 200)[0]
        for acquis in (0, 5)
        for difficulte in (-0.7, 0.7)
        for garde in (False, True)
        for effectif in (5, 12)
    ]
    assert 0.935 <= np.mean(parts) <= 0.965
    assert min(parts) >= 0.88
    assert faux_signaux(Chemin(5, gain=0), 12, 200) <= 0.09


# — Qui est compté —


def test_un_parti_est_compte_dans_la_classe_ou_sont_alles_ses_camarades():
    """6eB devient 5eA, et 6eA se partage : le parti de 6eA est compté là où va la plupart."""
    avant = table(
        *[(nom, "6eB", "1.1", 1) for nom in "abcz"], *[(n, "6eA", "1.1", 1) for n in "efgy"]
    )
    apres = table(
        *[(nom, "5eA", "1.1", 2) for nom in "abe"],
        *[(nom, "5eC", "1.1", 2) for nom in "cfgn"],
        campagne="B",
        envoi=MAI,
    )
    lignes = progression(avant, apres).set_index("classe")
    assert lignes["nb_partis"].to_dict() == {"5eA": 1, "5eC": 1}
    assert lignes["nb_arrives"].to_dict() == {"5eA": 0, "5eC": 1}
    assert lignes["effectif"].to_dict() == {"5eA": 3, "5eC": 3}


def test_une_classe_dont_personne_n_est_reste_ne_disparait_pas():
    """Les 3e de l'an passé sont au lycée : les 3e de cette année n'ont pas leurs partis."""
    avant = table(("a", "4eA", "1.1", 1), ("y", "3eA", "1.1", 1), ("z", "3eA", "1.1", 1))
    apres = table(("a", "3eA", "1.1", 2), campagne="B", envoi=MAI)
    suivie, disparue = progression(avant, apres).itertuples()
    assert (suivie.classe, suivie.effectif, suivie.nb_partis) == ("3eA", 1, 0)
    assert (disparue.classe, disparue.effectif, disparue.nb_partis) == ("3eA", 0, 2)
    assert pd.isna(disparue.competence)
    phrase = vue_progression(progression(avant, apres), groupe="3eA").phrase
    assert "3eA : 1\u202félève a deux envois. Aucune compétence ne bouge" in phrase


def test_un_eleve_de_deux_campagnes_d_avant_compte_une_fois_depuis_la_derniere():
    deux = [
        table(("a", "5eA", "1.1", acquis), campagne=code, envoi=jour)
        for acquis, code, jour in (
            (1, "A", "2026-09-20"),
            (2, "B", "2026-11-20"),
            (0, "D", "2027-06-20"),
        )
    ]
    apres = table(("a", "5eA", "1.1", 4), campagne="C", envoi=MAI)
    (ligne,) = progression(pd.concat(deux), apres).itertuples()
    assert (ligne.effectif, ligne.moyenne_avant, ligne.moyenne_apres) == (1, 0.5, 1)


def test_deux_parcours_parmi_les_campagnes_d_avant_sont_refuses():
    avant = [
        table(("a", "5eA", "1.1", 1), nb_acquis=n, campagne=c) for n, c in ((4, "A"), (3, "B"))
    ]
    with pytest.raises(ComparaisonImpossible, match="mêmes acquis"):
        progression(pd.concat(avant), table(("a", "5eA", "1.1", 4), campagne="C", envoi=MAI))


def test_une_colonne_absente_d_avant_se_dit():
    avant, apres = rentrees((1, 2))
    with pytest.raises(ChoixInconnu, match="groupe_de_besoin"):
        progression(avant, apres.assign(groupe_de_besoin="1"), par="groupe_de_besoin")


def test_un_domaine_choisi_a_l_ecran_ne_change_aucun_signal():
    ecole = ouvrir(Path(__file__).parents[1] / "data" / "demo" / "college")
    choix = Selection("ZGCLWS173", depuis="TRPGHD507", classe="3eB")
    toutes, filtrees = (
        QUESTION.repondre(Regard(ecole, replace(choix, domaine=domaine))).table
        for domaine in (TOUT, "3")
    )
    assert set(filtrees["competence"]) == {"3.1", "3.3"}
    memes = toutes[toutes["competence"].isin(filtrees["competence"])]
    pd.testing.assert_frame_equal(memes, filtrees)
