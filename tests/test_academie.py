"""De l'établissement à l'académie : additionner ce qui est publié, refuser le reste, n'isoler
personne."""

import json
import random
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import binom

from pixkit.academie.annuaire import lire_annuaire
from pixkit.academie.fusion import apports, reunir_les_publications
from pixkit.academie.preparer import preparer_academie
from pixkit.academie.recueil import recueillir
from pixkit.academie.secret import PART_MAX, TOUS, publiables, tailles_communes
from pixkit.academie.tableau import _DITS
from pixkit.commande import main
from pixkit.erreurs import PublicationIllisible
from pixkit.mesures.entonnoir import DEDANS, DEHORS_95, DEHORS_998, limites_du_hasard, situer
from pixkit.publication import preparer
from pixkit.publication.place import retirer
from pixkit.publication.preparer import preparer_publication
from pixkit.service.lecteur import Publication
from pixkit.vues.certifiables import PARTS
from tests.fausse_academie import ANNEE, Ecole, academie, annuaire, uai
from tests.test_lecture import EXPORTS
from tests.test_serveur import Serveur, page, prete, violations  # noqa: F401 — `page` est un appareil

NIVEAUX = {"collège": ("3e",), "LP": ("Tle",)}


def trois(*ecoles: Ecole) -> list[Ecole]:
    """Ces établissements, complétés jusqu'à trois d'autres qui n'ont que des attendus."""
    return [*ecoles, *(Ecole(900_000 + n).campagne().attend(100, 50) for n in range(3))]


def ensembles(parent, ecoles):
    """Ce que l'on dit de ces établissements réunis."""
    for ecole in ecoles:
        ecole.ecrire(parent)
    connus, _ = lire_annuaire(annuaire(parent, ecoles))
    recueil = recueillir([parent], connus)
    assert recueil.refus == []
    return reunir_les_publications(recueil, apports(recueil.recues))


def toute(table: pd.DataFrame) -> pd.DataFrame:
    """Les lignes de toute l'académie."""
    return table[(table["departement"] == "") & (table["type_etablissement"] == "")]


# — Additionner —


def test_une_moyenne_est_ponderee_par_les_eleves_et_leurs_acquis(tmp_path):
    ecoles = [
        Ecole(1).campagne().maitrise_de(0.50, 20, poids=4),
        Ecole(2).campagne().maitrise_de(0.80, 30, poids=4).maitrise_de(0.60, 10, classe="3eB"),
        Ecole(3).campagne().maitrise_de(0.20, 40, poids=2),
    ]
    (ligne,) = toute(ensembles(tmp_path, ecoles).maitrise).to_dict("records")
    # (0,5×80 + 0,8×120 + 0,6×40 + 0,2×80) / 320 = 176 / 320
    assert ligne["valeur_bas"] == ligne["valeur_haut"] == 0.55
    assert (ligne["effectif"], ligne["nb_acquis"], ligne["nb_etablissements"]) == (100, 320, 3)
    assert ligne["bas"] < 0.55 < ligne["haut"]


def test_une_case_bornee_compte_entre_ses_extremes(tmp_path):
    ecoles = [
        Ecole(1).campagne().maitrise_de(0.10, 20, borne="<"),
        Ecole(2).campagne().maitrise_de(0.90, 20, borne=">"),
        Ecole(3).campagne().maitrise_de(0.50, 40),
    ]
    (ligne,) = toute(ensembles(tmp_path, ecoles).maitrise).to_dict("records")
    # de (0 + 0,9×80 + 0,5×160) / 320 = 0,475 à (0,1×80 + 80 + 80) / 320 = 0,525
    assert (ligne["valeur_bas"], ligne["valeur_haut"]) == (0.47, 0.53)


def test_un_extreme_de_tous_reste_une_borne(tmp_path):
    ecoles = [Ecole(n).campagne().maitrise_de(0.02, 60 + n, borne="<") for n in (1, 2, 3)]
    (ligne,) = toute(ensembles(tmp_path, ecoles).maitrise).to_dict("records")
    assert (ligne["valeur_bas"], ligne["valeur_haut"]) == (0, 0.05)


def test_un_eleve_de_deux_campagnes_n_est_pas_deux_eleves(tmp_path):
    ecoles = [
        Ecole(n).campagne().campagne("MARS").maitrise_de(0.5, 20).maitrise_de(0.7, 18 + n,
                                                                             campagne="MARS")
        for n in (1, 2, 3)
    ]  # fmt: skip
    (ligne,) = toute(ensembles(tmp_path, ecoles).maitrise).to_dict("records")
    assert ligne["effectif"] == 20 + 20 + 21
    assert ligne["nb_acquis"] == 4 * (3 * 20 + 19 + 20 + 21)


def test_la_participation_est_celle_de_la_campagne_ou_l_on_est_le_plus_attendu(tmp_path):
    ecoles = [
        Ecole(n).campagne().campagne("COLL", "collecte").attend(50, 20, 30 + n)
        .attend(20, 20, campagne="COLL")
        for n in (1, 2, 3)
    ]  # fmt: skip
    (ligne,) = toute(ensembles(tmp_path, ecoles).participation).to_dict("records")
    assert (ligne["attendus"], ligne["envoyes_bas"], ligne["envoyes_haut"]) == (150, 60, 96)


def test_les_etapes_s_additionnent_et_une_publication_d_avant_n_en_dit_rien(tmp_path):
    ecoles = [
        Ecole(1).campagne().attend(50, 20).passe(50, (28, 28), (40, 40)),
        Ecole(2).campagne().attend(50, 30).passe(50, (36, 36), (44, 44)),
        Ecole(3).campagne().attend(50, 25, 30),  # sans étapes : de 25 à 50
    ]
    (ligne,) = toute(ensembles(tmp_path, ecoles).etapes).to_dict("records")
    assert (ligne["termines_bas"], ligne["termines_haut"]) == (28 + 36 + 25, 28 + 36 + 50)
    assert (ligne["commences_bas"], ligne["commences_haut"]) == (40 + 44 + 25, 40 + 44 + 50)


def test_ce_qu_une_etape_reunie_a_de_plus_que_les_envois_se_borne(tmp_path):
    ecoles = [
        Ecole(n, effectif_min=3 if n < 3 else 10).campagne().attend(50, 20)
        .passe(50, (23, 23) if n < 3 else (20, 20), (50, 50))
        for n in (1, 2, 3)
    ]  # fmt: skip
    (ligne,) = toute(ensembles(tmp_path, ecoles).etapes).to_dict("records")
    # 6 ont terminé sans envoyer, moins que 10 : de 0 à 9 de plus que les 60 envois.
    assert (ligne["termines_bas"], ligne["termines_haut"]) == (60, 69)


def test_la_dispersion_est_une_part_et_ne_compte_une_classe_qu_une_fois(tmp_path):
    ecoles = [
        Ecole(n).campagne().campagne("MARS").disperse(20, 0.25).disperse(20, 0.5, 0.6, classe="3eB")
        .disperse(20, 0.9, campagne="MARS")
        for n in (1, 2, 3)
    ]  # fmt: skip
    lus = ensembles(tmp_path, [*ecoles])
    (ligne,) = toute(lus.dispersion).to_dict("records")
    assert (ligne["part"], ligne["effectif"]) == ("sous_objectif", 120)
    # de (5 + 10) / 40 à (5 + 12) / 40
    assert (ligne["taux_bas"], ligne["taux_haut"]) == (0.38, 0.42)
    assert "sous_objectif" in set(lus.centres["quoi"])
    assert lus.certification.empty


def test_n_est_le_plus_grand_des_publications_et_un_reste_plus_petit_est_un_intervalle(tmp_path):
    ecoles = [Ecole(n, effectif_min=3).campagne().attend(30, 28 + (n < 3)) for n in (1, 2, 3)]
    ecoles[0].effectif_min = 10
    lus = ensembles(tmp_path, ecoles)
    (ligne,) = toute(lus.participation).to_dict("records")
    # 86 sur 90 : 4 manquent, moins que 10.
    assert (ligne["envoyes_bas"], ligne["envoyes_haut"]) == (81, 90)


def test_un_groupe_sous_le_plus_grand_n_n_est_pas_dit(tmp_path):
    ecoles = [Ecole(n, effectif_min=3).campagne().maitrise_de(0.5, 3 + n) for n in (1, 2, 3)]
    trop_grand = Ecole(4, effectif_min=40).campagne().attend(100, 50)
    assert ensembles(tmp_path, [*ecoles, trop_grand]).maitrise.empty


def test_un_niveau_que_l_annuaire_donne_vaut_pour_les_classes_qui_n_en_disent_aucun(tmp_path):
    ecoles = [Ecole(n).campagne().maitrise_de(0.5, niveau_scolaire="") for n in (1, 2, 3)]
    for ecole in ecoles:
        ecole.ecrire(tmp_path)
    chemin = tmp_path / "etablissements.csv"
    lignes = [f"{e.uai};Nom;{e.uai};21;LP;CAP" for e in ecoles]
    chemin.write_text("\n".join(["dossier;nom;uai;departement;type;niveau", *lignes]), "utf-8")
    recueil = recueillir([tmp_path], lire_annuaire(chemin)[0])
    lus = reunir_les_publications(recueil, apports(recueil.recues))
    assert set(lus.maitrise["niveau_scolaire"]) == {"CAP"}


# — N'isoler personne —


def attaquer(lieux: list[tuple[str, str]], tailles: list[int]) -> None:
    """Aucune combinaison des groupes publiés n'en isole moins de trois, ni un seul pour plus de
    80 % : par le rang et par programmation linéaire, sans rien savoir du graphe."""
    departements, types = zip(*lieux, strict=True)
    dits = publiables(departements, types, tuple(tailles))
    if not dits:
        return
    groupes = np.array([
        [(d in ("", ici)) and (t in ("", la)) for ici, la in lieux] for d, t in dits
    ], dtype=float)  # fmt: skip
    rang, nombre = np.linalg.matrix_rank(groupes), len(lieux)
    identite, poids = np.eye(nombre), np.array(tailles, dtype=float)
    for petit in (*combinations(range(nombre), 1), *combinations(range(nombre), 2)):
        ensemble = np.linalg.matrix_rank(np.vstack([groupes, identite[list(petit)]]))
        assert ensemble == rang + len(petit), f"{petit} s'isole dans {dits}"
    for un in range(nombre):
        assert plus_petit_groupe(groupes, poids, un) >= poids[un] / PART_MAX - 1e-6, (un, dits)


def plus_petit_groupe(groupes: np.ndarray, poids: np.ndarray, un: int) -> float:
    """Les élèves, au moins, de toute combinaison où cet établissement compte pour un."""
    nb_groupes, nombre = groupes.shape
    cout = np.concatenate([np.zeros(nb_groupes), poids])
    # x : les coefficients ; y : leur valeur absolue, établissement par établissement.
    inegalites = np.block([[groupes.T, -np.eye(nombre)], [-groupes.T, -np.eye(nombre)]])
    egalite = np.concatenate([groupes[:, un], np.zeros(nombre)])[None]
    trouve = linprog(cout, A_ub=inegalites, b_ub=np.zeros(2 * nombre), A_eq=egalite, b_eq=[1],
                     bounds=[(None, None)] * nb_groupes + [(0, None)] * nombre)  # fmt: skip
    return trouve.fun if trouve.success else np.inf


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.integers(1, 400)),
        min_size=1,
        max_size=14,
    )
)
def test_ni_somme_ni_difference_de_groupes_n_isole_moins_de_trois(etablissements):
    attaquer([(d, t) for d, t, _ in etablissements], [taille for *_, taille in etablissements])


def test_les_croisements_des_petits_nombres_tiennent_aussi_en_grand():
    hasard = random.Random(4)
    for _ in range(15):
        lieux = [(hasard.choice("ABCDE"), hasard.choice("wxyz")) for _ in range(40)]
        attaquer(lieux, [hasard.choice((30, 60, 400, 900)) for _ in lieux])


def test_un_seul_groupe_cache_sous_un_total_en_cache_un_autre():
    lieux = [("A", "x")] * 4 + [("A", "y")] * 2 + [("B", "x")] * 5 + [("B", "y")] * 4
    dits = publiables(*map(tuple, zip(*lieux, strict=True)), (100,) * len(lieux))
    # A·y n'a que deux établissements ; A moins A·x, y moins B·y, ou A moins x plus B·x le rendrait.
    assert set(dits) == {TOUS, ("A", ""), ("B", ""), ("", "x"), ("", "y")}
    # Trois départements : un croisement de plus par ligne et par colonne suffit.
    lieux += [("C", "x")] * 9 + [("C", "y")] * 9
    dits = publiables(*map(tuple, zip(*lieux, strict=True)), (100,) * len(lieux))
    assert {("C", "x"), ("C", "y"), ("A", ""), ("", "x")} <= set(dits)


def test_un_seul_qui_fait_presque_tout_ne_se_montre_pas():
    assert publiables(("A",) * 3, ("x",) * 3, (401, 50, 50)) == ()
    assert publiables(("A",) * 3, ("x",) * 3, (400, 50, 50)) != ()


def test_connaitre_la_taille_d_un_etablissement_ne_dit_pas_lequel_il_est():
    hasard = random.Random(2)
    for nombre in (3, 4, 5, 8, 100):
        tailles = pd.Series([hasard.randint(5, 900) for _ in range(nombre)])
        montrees = tailles_communes(tailles)
        assert (montrees <= tailles).all()
        assert (montrees.value_counts() >= 3).all()


def test_un_point_ne_dit_pas_son_etablissement_par_sa_place(tmp_path):
    ecoles = [Ecole(n).campagne().attend(100 * n, 40 * n + n % 3) for n in range(1, 8)]
    points = ensembles(tmp_path, ecoles).entonnoirs
    assert (points["effectif"].value_counts() >= 3).all()
    assert list(points["effectif"]) == sorted(points["effectif"])
    assert "uai" not in points


# — Refuser, et dire pourquoi —


@pytest.fixture
def bureau(tmp_path):
    """Trois publications, et de quoi en ajouter."""
    dossier = tmp_path / "publications"
    dossier.mkdir()
    ecoles = [Ecole(n).campagne().attend(100, 50 + n) for n in (1, 2, 3)]
    for ecole in ecoles:
        ecole.ecrire(dossier)
    annuaire(dossier, ecoles)
    return dossier


def reunir(bureau, *autres: Ecole):
    connus, _ = lire_annuaire(annuaire(bureau, [*(Ecole(n) for n in (1, 2, 3)), *autres]))
    return recueillir([bureau], connus)


ABIMEES = {
    "un autre format": ({"format": 1}, "autre format"),
    "une publication d'académie": ({"genre": "academie"}, "d'académie"),
    "retirée": ({"retiree_le": "2026-10-01"}, "retirée le 1er octobre 2026"),
    "à supprimer": ({"a_supprimer_le": "2025-08-31"}, "à supprimer"),
    "sans effectif minimum": ({"effectif_min": 2}, "effectif minimum"),
    "un effectif minimum qui tairait tout": ({"effectif_min": 101}, "effectif minimum"),
    "un effectif minimum en texte": ({"effectif_min": "5"}, "effectif minimum"),
    "une date qui n'en est pas une": ({"publie_le": "hier"}, "ses dates"),
}


@pytest.mark.parametrize("cas", ABIMEES)
def test_un_manifeste_d_ailleurs_est_une_phrase_et_les_autres_sont_reunies(bureau, cas):
    change, dit = ABIMEES[cas]
    autre = Ecole(4, manifeste=change).campagne().attend(100, 40)
    autre.ecrire(bureau)
    recueil = reunir(bureau, autre)
    assert len(recueil.recues) == 3
    (phrase,) = recueil.refus
    assert phrase.startswith(autre.uai)
    assert dit in phrase
    assert "À faire" in phrase


IMPOSSIBLES = {
    "une mesure": ("maitrise", "mesure", "score"),
    "une compétence": ("maitrise", "competence", "6.1"),
    "un taux de 3": ("maitrise", "valeur", 3),
    "un taux sans fin": ("maitrise", "valeur", float("inf")),
    "un taux en texte": ("maitrise", "valeur", "0.5"),
    "un effectif sous N": ("maitrise", "effectif", 4),
    "un effectif immense": ("maitrise", "effectif", 10**30),
    "un effectif vrai": ("maitrise", "effectif", True),
    "un poids nul": ("maitrise", "poids", 0),
    "un niveau scolaire": ("maitrise", "niveau_scolaire", "<script>"),
    "une classe trop petite": ("participation", "attendus", 8),
    "plus d'envois que d'attendus": ("participation", "envoyes_haut", 101),
    "une classe qui est une liste": ("participation", "classe", ["3eA"]),
    "une part": ("certification", "part", "admis"),
    "un taux bas au-dessus du haut": ("certification", "taux_bas", 0.9),
    "une année": ("campagnes", "annee_scolaire", "an 2027"),
    "un type de campagne": ("campagnes", "type_campagne", "sondage"),
}


@pytest.mark.parametrize("cas", IMPOSSIBLES)
def test_une_valeur_impossible_est_une_phrase_et_les_autres_sont_reunies(bureau, cas):
    table, colonne, valeur = IMPOSSIBLES[cas]
    autre = Ecole(4).campagne().attend(100, 5).maitrise_de(0.5).certifie("certifies", 50, 0.5)
    getattr(autre, table)[0][colonne] = valeur
    autre.ecrire(bureau)
    recueil = reunir(bureau, autre)
    assert len(recueil.recues) == 3
    (phrase,) = recueil.refus
    assert f"agregats/{table}.json" in phrase
    assert "<script>" not in phrase


@pytest.mark.parametrize(
    "texte", [b"", b"{}", b"[1]", b"[" * 100_000, b"\xff", b'[{"campagne":1}]']
)
def test_un_fichier_abime_est_une_phrase(bureau, texte):
    autre = Ecole(4).campagne().attend(100, 40)
    (autre.ecrire(bureau) / "agregats" / "maitrise.json").write_bytes(texte)
    recueil = reunir(bureau, autre)
    assert len(recueil.recues) == 3
    assert "agregats/maitrise.json" in recueil.refus[0] or texte == b"{}"


@pytest.mark.parametrize("lien", ["manifeste.json", "agregats/maitrise.json", "agregats"])
def test_un_lien_ne_mene_pas_ailleurs(bureau, tmp_path, lien):
    autre = Ecole(4).campagne().attend(100, 40)
    ici = autre.ecrire(bureau) / lien
    ici.rename(tmp_path / "ailleurs")
    ici.symlink_to(tmp_path / "ailleurs")
    recueil = reunir(bureau, autre)
    assert len(recueil.recues) == 3
    assert "un lien" in recueil.refus[0]


def test_un_poids_demesure_ne_se_lit_pas(bureau, monkeypatch):
    monkeypatch.setattr("pixkit.academie.recueil.POIDS_MAXIMUM", 10)
    with pytest.raises(PublicationIllisible, match="50 Mo"):
        reunir(bureau)


def test_d_un_etablissement_publie_deux_fois_la_plus_recente_est_gardee(bureau):
    ancienne = Ecole(1, publie_le="2026-10-01").campagne().attend(100, 10)
    ancienne.ecrire(bureau, "ancienne")
    ligne = ["ancienne", "Le même", uai(1), "21", "collège", "Dijon"]
    connus, _ = lire_annuaire(annuaire(bureau, [Ecole(n) for n in (1, 2, 3)], ligne))
    recueil = recueillir([bureau], connus)
    assert [une.publie_le for une in recueil.recues] == ["2026-11-20"] * 3
    (phrase,) = recueil.refus
    assert phrase.startswith("ancienne")
    assert "déjà lu" in phrase


def test_deux_etablissements_aux_memes_chiffres_n_en_font_qu_un(bureau):
    copie = Ecole(4).campagne().attend(100, 51)
    copie.campagnes = Ecole(1).campagne().campagnes
    copie.ecrire(bureau)
    recueil = reunir(bureau, copie)
    assert len(recueil.recues) == 3
    assert "deux établissements" in recueil.refus[0]


def test_une_autre_annee_se_refuse_et_les_anciennes_campagnes_ne_comptent_pas(bureau):
    autre = Ecole(4, annee="2025-2026", manifeste={"a_supprimer_le": "2027-08-31"})
    autre.campagne().attend(100, 40).ecrire(bureau)
    vieille = Ecole(5).campagne()
    vieille.annee = "2025-2026"
    vieille.campagne("AVANT").attend(100, 30).attend(900, 900, campagne="AVANT")
    vieille.annee = ANNEE
    vieille.ecrire(bureau)
    recueil = reunir(bureau, autre, vieille)
    assert recueil.annee == "2026-2027"
    assert "2025-2026" in recueil.refus[0]
    lus = reunir_les_publications(recueil, apports(recueil.recues))
    assert toute(lus.participation)["attendus"].tolist() == [400]


def test_un_dossier_hors_de_l_annuaire_ou_sans_publication_se_dit(bureau):
    Ecole(4).campagne().attend(100, 40).ecrire(bureau)
    (bureau / "photos").mkdir()
    phrases = reunir(bureau).refus
    assert any("annuaire" in phrase and phrase.startswith(uai(4)) for phrase in phrases)
    assert any(phrase.startswith("photos") for phrase in phrases)


def test_une_publication_rangee_dans_le_dossier_de_son_etablissement_se_reconnait(tmp_path):
    ecoles = [Ecole(n).campagne().attend(100, 50 + n) for n in (1, 2, 3)]
    for ecole in ecoles:
        ecole.ecrire(tmp_path / ecole.uai, "publication")
    recueil = recueillir([tmp_path], lire_annuaire(annuaire(tmp_path, ecoles))[0])
    assert len(recueil.recues) == 3


def test_rien_a_reunir_est_une_erreur(tmp_path):
    with pytest.raises(PublicationIllisible, match="aucune publication"):
        recueillir([tmp_path / "nulle part"], {})


LIGNES = {
    "0210002X;N;0210002X;21;collège": "a une faute",
    "d;N;21000;21;collège": "sept chiffres",
    f"d;N;{uai(9)};Côte-d'Or;collège": "numéro",
    f"d;N;{uai(9)};21;école": "l'un de : collège, LGT, LP, agricole",
    f"d;;{uai(9)};21;LP": "rien dans nom",
    f"{uai(1)};N;{uai(9)};21;LP": "déjà décrit",
}


@pytest.mark.parametrize("ligne", LIGNES)
def test_une_ligne_de_l_annuaire_qui_ne_se_comprend_pas_se_dit_avec_son_numero(tmp_path, ligne):
    chemin = annuaire(tmp_path, [Ecole(1)], [*ligne.split(";"), ""])
    connus, defauts = lire_annuaire(chemin)
    assert set(connus) == {uai(1)}
    (phrase,) = defauts
    assert phrase.startswith("etablissements.csv, ligne 3 :")
    assert LIGNES[ligne] in phrase


def test_un_type_et_un_departement_se_lisent_comme_ils_s_ecrivent(tmp_path):
    chemin = annuaire(tmp_path, [], ["d", "N", uai(1).lower(), "1", "Lycée Professionnel", ""])
    (lu,) = lire_annuaire(chemin)[0].values()
    assert (lu.uai, lu.departement, lu.type) == (uai(1), "01", "LP")


# — L'entonnoir —


@pytest.mark.parametrize("taux", [0.02, 0.31, 0.5, 0.86, 0.995])
def test_les_limites_sont_celles_d_une_loi_binomiale_exacte(taux):
    nombres = np.arange(1, 900)
    table = limites_du_hasard((taux, taux), nombres)
    for nom, chance in (("95", 0.05), ("998", 0.002)):
        bas, haut = (binom.ppf(p, nombres, taux) / nombres for p in (chance / 2, 1 - chance / 2))
        np.testing.assert_allclose(table[f"bas_{nom}"], bas, atol=1e-9)
        np.testing.assert_allclose(table[f"haut_{nom}"], haut, atol=1e-9)


def test_les_limites_de_dix_a_pile_ou_face_de_tete():
    (ligne,) = limites_du_hasard((0.5, 0.5), [10]).to_dict("records")
    # P(X ≤ 1) = 11/1024, P(X ≤ 2) = 56/1024 : 2 et 8 ; P(X = 0) = 1/1024 : 1… P(X ≤ 0) < 0,001
    assert (ligne["bas_95"], ligne["haut_95"]) == (0.2, 0.8)
    assert (ligne["bas_998"], ligne["haut_998"]) == (0.1, 0.9)


def test_un_ensemble_connu_entre_deux_bornes_a_les_limites_les_plus_larges():
    large, un, autre = (limites_du_hasard(t, [50]) for t in ((0.4, 0.6), (0.4, 0.4), (0.6, 0.6)))
    assert large["bas_95"].equals(un["bas_95"])
    assert large["haut_95"].equals(autre["haut_95"])


def test_un_point_n_est_dehors_que_si_tout_son_intervalle_l_est():
    points = pd.DataFrame(
        {
            "effectif": [100] * 4,
            "taux_bas": [0.5, 0.5, 0.38, 0.1],
            "taux_haut": [0.5, 0.9, 0.38, 0.2],
        }
    )
    places = situer(points, (0.5, 0.5))["place"].tolist()
    assert places == [DEDANS, DEDANS, DEHORS_95, DEHORS_998]


# — La publication écrite, servie, regardée —


@pytest.fixture(scope="module")
def publications(tmp_path_factory):
    dossier = tmp_path_factory.mktemp("bureau") / "publications"
    dossier.mkdir()
    return dossier, academie(dossier, 21, niveaux=NIVEAUX, classes=2)


@pytest.fixture(scope="module")
def ecrite(publications, tmp_path_factory):
    vers = tmp_path_factory.mktemp("academie") / "academie"
    assert main(["academie", str(publications[0]), "--vers", str(vers), "--html"]) == 0
    return vers


def lire(publication, nom: str):
    return json.loads((publication / f"{nom}.json").read_bytes())


def test_elle_a_les_fichiers_d_une_publication_et_ne_nomme_aucun_etablissement(
    ecrite, publications
):
    assert {chemin.name for chemin in ecrite.iterdir()} == {
        "manifeste.json", "agregats", "etats", "vues", "images", "registre_rgpd.md", "LISEZMOI.md",
        "index.html", "pages",
    }  # fmt: skip
    dit = lire(ecrite, "manifeste")
    assert (dit["genre"], dit["nb_publications"], dit["effectif_min"]) == ("academie", 21, 5)
    ecrit = "\n".join(c.read_text("utf-8") for c in ecrite.rglob("*") if c.is_file())
    for ecole in publications[1]:
        assert ecole.uai not in ecrit
        assert f"{ecole.numero}" not in ecrit


def test_elle_se_relit_et_chaque_question_a_sa_page(ecrite):
    lue = Publication(ecrite)
    assert lue.publics == ("academie",)
    audience = lue.audience("academie")
    questions = {etat["choix"]["question"] for etat in audience.etats}
    assert questions == {
        "ensemble", "participation", "maitrise", "attendus", "dispersion", "certification",
        "entonnoir",
    }  # fmt: skip
    for etat in audience.etats:
        for vue in map(lue.vue, etat["vues"]):
            assert vue["phrase"]
            assert vue["table"]["lignes"]
            assert not [titre for titre in vue["table"]["colonnes"] if "_" in titre]


def test_chaque_part_publiee_a_son_entonnoir_et_sa_question():
    assert set(_DITS) == {*PARTS, "participation", "maitrise"}


def test_ce_qui_est_ecrit_ne_s_attaque_pas(ecrite, publications):
    """Les sommes publiées, niveau par niveau, ne rendent aucun petit groupe d'attendus."""
    table = pd.DataFrame(lire(ecrite, "agregats/participation"))
    for niveau, type_ in (("3e", "collège"), ("Tle", "LP")):
        siens = [une for une in publications[1] if une.type == type_]
        ici = table[table["niveau_scolaire"] == niveau]
        dits = ici[["departement", "type_etablissement"]].itertuples(index=False)
        lieux = [(une.departement, une.type) for une in siens]
        tailles = [sum(ligne["attendus"] for ligne in une.participation) for une in siens]
        calcules = publiables(*map(tuple, zip(*lieux, strict=True)), tuple(tailles))
        assert sorted(map(tuple, dits)) == sorted(calcules)
        attaquer(lieux, tailles)


def test_ce_qu_une_ecole_a_tape_ne_passe_pas(tmp_path):
    ecoles = [
        Ecole(n).campagne().attend(100, 50 + n, classe="<b>Léa DURAND</b>") for n in (1, 2, 3)
    ]
    for ecole in ecoles:
        ecole.campagnes[0] |= {"nom_campagne": "Kévin MARTIN", "organisation": "lea@exemple.fr"}
        ecole.ecrire(tmp_path)
    annuaire(tmp_path, ecoles)
    fichiers = preparer_academie([tmp_path], html=True).fichiers
    ecrit = b"\n".join(fichiers.values())
    for signe in (b"DURAND", b"MARTIN", b"lea@", b"<b>"):
        assert signe not in ecrit


def test_une_adresse_dans_l_annuaire_arrete_tout(tmp_path, capsys):
    ecoles = [Ecole(n).campagne().attend(100, 50 + n) for n in (1, 2, 3)]
    for ecole in ecoles:
        ecole.ecrire(tmp_path / "p")
    chemin = annuaire(tmp_path, ecoles)
    chemin.write_text(chemin.read_text("utf-8").replace("Dijon", "chef@exemple.fr"), "utf-8")
    vers = tmp_path / "academie"
    options = ["--etablissements", str(chemin), "--vers", str(vers)]
    assert main(["academie", str(tmp_path / "p"), *options]) == 2
    assert "adresse électronique" in capsys.readouterr().err
    assert not vers.exists()


def test_ce_qui_est_refuse_se_dit_et_rend_1(bureau, tmp_path, capsys):
    Ecole(4).campagne().attend(100, 40).ecrire(bureau)
    assert main(["academie", str(bureau), "--vers", str(tmp_path / "a")]) == 1
    sorties = capsys.readouterr()
    assert "annuaire" in sorties.err
    assert "3\u202fétablissements réunis" in sorties.out


@pytest.mark.parametrize("ou", ["", "dedans", "0000001B"])
def test_elle_ne_s_ecrit_pas_dans_ce_qu_elle_reunit(bureau, ou, capsys):
    assert main(["academie", str(bureau), "--vers", str(bureau / ou)]) == 2
    assert "autre dossier" in capsys.readouterr().err


def test_elle_ne_remplace_pas_la_publication_d_un_etablissement(bureau, tmp_path, capsys):
    autre = Ecole(7).campagne().attend(100, 40).ecrire(tmp_path)
    assert main(["academie", str(bureau), "--vers", str(autre)]) == 2
    assert "d'un établissement" in capsys.readouterr().err


def test_elle_se_remplace_et_se_retire(bureau, tmp_path):
    vers = tmp_path / "academie"
    for _ in range(2):
        assert main(["academie", str(bureau), "--vers", str(vers)]) == 0
    assert retirer(vers) == date.today().isoformat()


def test_sa_page_marque_un_etablissement_et_lui_seul(bureau, tmp_path, capsys):
    vers = tmp_path / "academie"
    assert main(["academie", str(bureau), "--vers", str(vers), "--pour", uai(2).lower()]) == 0
    lue = Publication(vers)
    assert lue.manifeste["etablissement"].startswith("Établissement 2 —")
    (entonnoir,) = (
        vue
        for etat in lue.audience("academie").etats
        for vue in map(lue.vue, etat["vues"])
        if etat["choix"]["question"] == "entonnoir"
    )
    assert entonnoir["phrase"].startswith("Établissement 2 : 52\u202f%, dans les limites.")
    svg = (vers / entonnoir["image"]).read_text("utf-8")
    assert "Établissement 2" in svg
    assert "Établissement 3" not in svg
    assert main(["academie", str(bureau), "--vers", str(vers), "--pour", uai(8)]) == 2
    assert "aucune publication" in capsys.readouterr().err


def test_une_publication_de_pixkit_se_reunit(tmp_path, monkeypatch):
    """Ce qu'écrit « pixkit publier » passe la vérification des formes ; ses images ne se lisent
    pas."""
    monkeypatch.setattr(preparer, "dessiner", lambda *_: {})
    dossier = tmp_path / "dossier"
    dossier.mkdir()
    for cas in ("01_5e", "05_collecte"):
        (dossier / f"{cas}.csv").write_bytes((EXPORTS / cas / "export.csv").read_bytes())
    vers = preparer_publication(dossier, effectif_min=5).ecrire(tmp_path / "p" / "une")
    ligne = ["une", "N", uai(1), "21", "collège", "Dijon"]
    connus, _ = lire_annuaire(annuaire(tmp_path, [], ligne))
    recueil = recueillir([vers], connus)
    assert recueil.refus == []
    (recue,) = recueil.recues
    assert len(recue.tables["maitrise"]["valeur"])


# — Dans le navigateur —


@pytest.fixture(scope="module")
def serveur(ecrite):
    ouvert = Serveur(ecrite)
    yield ouvert
    ouvert.fermer()


def test_servie_seule_la_page_de_l_academie_existe(serveur):
    _, sommaire, _ = serveur.demander("/")
    assert "/academie" in sommaire
    assert "/classe" not in sommaire
    assert serveur.demander("/academie")[0] == 200
    assert serveur.demander("/classe")[0] == 404


def test_l_entonnoir_se_choisit_se_voit_et_la_page_est_accessible(serveur, page):  # noqa: F811
    prete(page, f"{serveur.adresse}/academie")
    assert violations(page) == []
    page.get_by_label("Question", exact=True).select_option("entonnoir")
    page.wait_for_url("**question=entonnoir**")
    assert page.locator(".pixkit-publie img").count() == 1
    assert "ne classe personne" in page.inner_text(".pixkit-phrase")
    assert violations(page) == []
    assert page.dehors == []
    assert page.erreurs == []


def test_chaque_page_statique_s_ouvre_et_est_accessible(ecrite, page):  # noqa: F811
    audience = Publication(ecrite).audience("academie")
    vues: dict[str, int] = {}
    for rang, etat in enumerate(audience.etats):
        vues.setdefault(etat["choix"]["question"], rang)
    page.goto((ecrite / "index.html").as_uri())
    assert page.locator(".pixkit-sommaire a").count() == 1
    for rang in vues.values():
        page.goto((ecrite / "pages" / "academie" / f"{rang:04}.html").as_uri())
        assert violations(page) == []
        assert page.locator("img").evaluate_all(
            "images => images.every(i => i.complete && i.naturalWidth > 0)"
        )
