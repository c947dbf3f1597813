"""Les vues : une figure, une phrase, une table ; aucun texte interprété, aucun réglage global
touché."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from pixkit import ouvrir, une_campagne
from pixkit.ecran import au_telephone
from pixkit.embarque import DEMO
from pixkit.lecture import lire_fichiers
from pixkit.mesures import (
    angles_morts,
    ecarts,
    eleves_d_une_case,
    mesure,
    par_eleve,
    participation,
    resultats_retenus,
)
from pixkit.vues import (
    vue_angles_morts,
    vue_carte,
    vue_distribution,
    vue_ecarts,
    vue_participation,
)
from pixkit.vues.acquis import lisible
from tests.test_lecture import EXPORTS

HOSTILE = '<script>alert("5e")</script>$x$'


@pytest.fixture(scope="module", params=["01_5e", "05_collecte", "08_sup", "12_mai_2021"])
def vues(request):
    tables = lire_fichiers({"x.csv": (EXPORTS / request.param / "export.csv").read_bytes()})
    resultats = resultats_retenus(tables)
    resultats["classe"] = resultats["classe"].where(
        resultats["classe"] != resultats["classe"].iloc[0], HOSTILE
    )
    return {
        "carte": vue_carte(mesure(resultats, par=["classe", "competence"])),
        "ecarts": vue_ecarts(
            ecarts(resultats, reference=0.5), groupe=HOSTILE, nom_reference="moitié"
        ),
        "distribution": vue_distribution(par_eleve(resultats, par="classe")),
        "participation": vue_participation(participation(tables.participations)),
        "angles": vue_angles_morts(angles_morts(resultats.fillna({"niveau_scolaire": "?"}))),
    }


def test_chaque_vue_a_une_phrase_et_une_table_jumelle(vues):
    for vue in vues.values():
        assert vue.phrase.endswith(".")
        assert len(vue.table)


def test_aucun_texte_hostile_n_est_interprete(vues):
    for vue in vues.values():
        assert "<script>" not in vue.html()
        assert "<script>" not in vue.svg()


def test_aucun_nom_ni_cle_d_eleve_dans_une_vue(vues):
    for vue in vues.values():
        assert "eleve" not in vue.table.columns


def test_la_meme_vue_donne_les_memes_octets_sans_date(vues):
    premiere, seconde = (vue_carte(vues["carte"].table).svg() for _ in range(2))
    assert premiere == seconde
    assert "<dc:date>" not in premiere


def test_une_vue_ne_touche_pas_aux_reglages_globaux(vues):
    assert mpl.rcParams["svg.fonttype"] == mpl.rcParamsDefault["svg.fonttype"]
    assert vues
    assert pyplot.get_fignums() == [], "une figure de pyplot reste ouverte, et garde sa mémoire"


def test_une_table_vide_donne_une_phrase_qui_dit_quoi_faire():
    tables = lire_fichiers({})
    assert (
        "premiers envois"
        in vue_carte(mesure(resultats_retenus(tables), par=["classe", "competence"])).html()
    )
    assert "code de la campagne" in vue_participation(participation(tables.participations)).phrase
    assert "16 compétences" in vue_angles_morts(angles_morts(resultats_retenus(tables))).phrase


def test_la_carte_se_dessine_aussi_par_niveau_scolaire():
    tables = lire_fichiers({"x.csv": (EXPORTS / "01_5e" / "export.csv").read_bytes()})
    table = mesure(resultats_retenus(tables), par=["niveau_scolaire", "competence"])
    assert "pour 1" in vue_carte(table, par="niveau_scolaire").phrase


def test_un_acquis_se_lit():
    dits = {
        "donnéesPerso2": "données perso, niveau 2",
        "droitsWeb": "droits web",
        "codeHtml3": "code html, niveau 3",
        "1": "1, niveau 1",
        "RSS4": "RSS, niveau 4",
    }
    assert {nom: lisible(nom) for nom in dits} == dits


def test_chaque_point_porte_le_nom_de_son_eleve():
    ecole = ouvrir(DEMO / "college")
    eleves = par_eleve(une_campagne(ecole.resultats, annee="2026-2027", niveau="5e"), par="classe")
    noms = {cle: f"{rang}" for rang, cle in enumerate(eleves["eleve"])}
    vue = vue_distribution(eleves, noms=noms)
    assert "pixkit-point" in vue.html()
    valeurs = dict(zip(noms.values(), eleves["valeur"], strict=True))
    dits = [(un.x, valeurs[un.dit.split(",")[0]]) for un in vue.reperer()]
    places, notes = (np.array(suite) for suite in zip(*dits, strict=True))
    assert np.corrcoef(places, notes)[0, 1] > 0.9999, "l'essaim n'écarte que de haut en bas"
    assert "pixkit-point" not in vue_distribution(eleves).html()


@pytest.mark.parametrize("etroite", [False, True])
@pytest.mark.parametrize("copies", [1, 5])
def test_chaque_case_s_ouvre_la_ou_elle_est_dessinee(copies, etroite):
    """Quinze classes passent en lignes : les cases aussi ; au téléphone, en plusieurs cadres."""
    resultats = une_campagne(ouvrir(DEMO / "college").resultats, annee="2026-2027", niveau="5e")
    table = mesure(resultats, par=["classe", "competence"])
    autres = [table.assign(classe=table["classe"] + str(rang)) for rang in range(copies - 1)]
    table = pd.concat([table, *autres], ignore_index=True)
    with au_telephone(etroite):
        vue = vue_carte(table, a_ouvrir=True)
    assert vue.html().count("pixkit-case") == len(table)
    assert (len(vue.figure.axes) > 1) == (etroite and copies > 1)
    for case in vue.reperer():
        milieu = vue.figure.transFigure.transform(
            (case.x + case.large / 2, 1 - case.y - case.haut / 2)
        )
        ax = next(ax for ax in vue.figure.axes if ax.bbox.contains(*milieu))
        mots, ou = ax.artists[0], ax.transData.inverted().transform(milieu)
        textes = {tuple(place): mot for place, mot in zip(mots.places, mots.mots, strict=True)}
        dit = table.query(
            "classe == @case.ouvre['classe'] and competence == @case.ouvre['competence']"
        )
        assert textes[tuple(np.round(ou, 1))] == f"{100 * dit['valeur'].item():.0f}"
    assert "pixkit-case" not in vue_carte(table).html(), "ce qui se publie ne mène à personne"


def test_une_case_contient_les_eleves_qu_elle_dit():
    resultats = une_campagne(ouvrir(DEMO / "college").resultats, annee="2026-2027", niveau="5e")
    for case in mesure(resultats, par=["classe", "competence"]).itertuples():
        siens = eleves_d_une_case(resultats, classe=case.classe, competence=case.competence)
        assert len(siens) == case.effectif
        assert siens["valeur"].sum() / siens["nb_acquis"].sum() == pytest.approx(case.valeur)
        assert siens["note"].between(siens["bas"] - 1e-9, siens["haut"] + 1e-9).all()


def test_un_axe_d_ecarts_a_des_virgules():
    resultats = ouvrir(DEMO / "college").resultats
    collecte = resultats.query("type_campagne == 'collecte' and annee_scolaire == '2026-2027'")
    vue = vue_ecarts(ecarts(collecte), groupe="3eA", nom_reference="ensemble")
    vue.svg()
    dits = [dit.get_text() for dit in vue.figure.axes[0].get_xticklabels()]
    assert any("," in dit for dit in dits)
    assert any("−" in dit for dit in dits)
    assert not any("." in dit for dit in dits)


def test_les_points_des_eleves_vont_de_la_6e_a_la_terminale():
    table = pd.DataFrame({"classe": ["3eA", "6eB", "6eA", "4e SEGPA", "4eA"] * 2,
                          "mesure": "taux_maitrise", "valeur": 0.5})  # fmt: skip
    vue = vue_distribution(table)
    assert list(vue.table["classe"]) == ["6eA", "6eB", "4eA", "4e SEGPA", "3eA"]
    noms = [dit.get_text().split(" (")[0] for dit in vue.figure.axes[0].get_yticklabels()]
    assert noms == list(vue.table["classe"])
