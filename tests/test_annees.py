"""Des années scolaires au hasard, publiées : ce qui en sort n'isole personne.

Le contrôle (benchmarks/annees.py) ne se sert pas de la règle : il connaît la vérité.
"""

import json

import pytest

from benchmarks.annees import vivre
from benchmarks.evenements import EVENEMENTS
from benchmarks.petites_ecoles import ARRIVE, PART, TOUS, Essai, Role
from benchmarks.prudence import mesurer
from pixkit.publication.agregats import agreger
from pixkit.publication.cellules import publier
from pixkit.publication.memoire import Memoire
from tests.test_recoupement import classe, tables


@pytest.mark.parametrize("dizaine", range(10))
def test_aucune_annee_n_isole_quelqu_un(dizaine):
    annees = [vivre(graine) for graine in range(10 * dizaine, 10 * dizaine + 10)]
    assert sum(len(annee.cellules) for annee in annees) > 50, "rien ne s'éprouverait"
    assert [annee.fautes for annee in annees if annee.fautes] == []


@pytest.mark.parametrize("evenement", EVENEMENTS, ids=lambda evenement: evenement.__name__)
def test_aucun_evenement_seul_n_isole_quelqu_un(evenement):
    assert [
        faute for graine in range(5000, 5002) for faute in vivre(graine, evenement).fautes
    ] == []


def test_la_prudence_ne_coute_presque_rien_une_annee_ordinaire():
    publiees, parts = mesurer(0, 5)
    assert sum(publiees) / len(publiees) >= 0.95
    assert sorted(parts)[len(parts) // 2] >= 0.85


@pytest.mark.parametrize(("va", "liste"), [(PART, True), (ARRIVE, True), (PART, False)])
def test_d_une_toute_petite_classe_rien_ne_se_devine(va, liste):
    assert Essai([Role(4, TOUS), Role(1, va)], 1, (3, 3), (liste, liste)).devines() == []


def test_la_part_sous_la_moitie_ne_redonne_pas_les_notes_de_trois_eleves():
    """Trois d'abord, la moitié des acquis à eux trois : si aucun n'était dessous, chacun en aurait
    tout juste la moitié."""
    puis, jamais = ((None, 2), (None, 2), (None, 3)), ((None, None),) * 3
    essai = Essai([Role(9, TOUS)], 6, (3, 3), (True, True))
    ecarts, egaux = (
        essai.publier(((*jamais, *puis, *d_abord),))[1]
        for d_abord in (((0, 0), (3, 3), (6, 6)), ((3, 3), (3, 3), (3, 3)))
    )
    assert "sous_objectif" not in ecarts[1] + egaux[1]
    autres = *((None, n) for n in (1, 2, 5, 5)), *((n, n) for n in (1, 2, 5, 5))
    for acquis, dit in ((6, True), (5, False)):  # trop peu d'acquis : elle se tait
        essai = Essai([Role(12, TOUS)], acquis, (3, 3), (True, True))
        sienne = essai.publier(((*jamais, (None, None), *autres),))[1][1]
        assert ("sous_objectif" in sienne) == dit


def test_se_taire_sous_la_moitie_ne_dit_pas_les_notes_des_premiers():
    """Trois d'abord, « plus de 50 % » : deux ou trois à l'acquis ? Le silence ne le dit pas."""
    jamais = ((None, None),) * 3
    essai = Essai([Role(11, TOUS)], 1, (3, 3), (True, True))
    trois = (*((None, n) for n in (0, 0, 0, 0, 1)), (1, 1), (1, 1), (1, 1))
    deux = (*((None, n) for n in (0, 0, 0, 1, 1)), (0, 0), (1, 1), (1, 1))
    assert essai.publier(((*jamais, *trois),))[1] == essai.publier(((*jamais, *deux),))[1]


@pytest.mark.parametrize("acquis", [1, 2])
def test_une_somme_au_bord_du_possible_ne_dit_pas_que_tous_ont_envoye(acquis):
    """Six de plus, un seul acquis à eux six : cinq ne l'auraient pas donné."""
    essai = Essai([Role(9, TOUS)], acquis, (3, 3), (True, True))
    vague = (*((None, 0),) * 5, (None, 1))
    avant, apres = essai.publier(((*vague, (0, 0), (1, 1), (acquis, acquis)),))[1]
    assert '"effectif":{"0":3}' in avant
    assert '"effectif":{"0":3}' in apres


def test_une_memoire_de_photographies_continue_sous_la_regle_des_atomes():
    """Une année commencée avec l'ancienne version : un envoi de plus ne se voit pas, cinq oui."""
    ecole = classe("5eA", 28, 18)
    photo = {
        "campagne": "C1", "classe": "5eA", "niveau_scolaire": "5e", "sur_liste": True,
        "effectif_min": 5, "publiee_le": "2026-10-01T10:00:00",
        "eleves": {
            cle: [envoye, None, [[c, {"1.1": 4, "2.1": 1}[c], n, None] for c, n in notes.items()]]
            for cle, (_, envoye, notes) in ecole.items()
        },
    }  # fmt: skip
    memoire = Memoire.de_json(json.dumps({"photos": [photo]}).encode())
    premiere = agreger_de(memoire, ecole)
    assert premiere.query("competence == '1.1'")["effectif"].tolist() == [18]
    plus_un = ecole | {"#5eA18": ("5eA", True, {"1.1": 2, "2.1": 1})}
    assert agreger_de(memoire, plus_un).equals(premiere)
    moins_un = {cle: etat for cle, etat in plus_un.items() if cle != "#5eA3"}
    assert agreger_de(memoire, moins_un).equals(premiere)
    plus_cinq = ecole | {
        f"#5eA{n}": ("5eA", True, {"1.1": n % 3, "2.1": n % 2}) for n in range(18, 23)
    }
    assert agreger_de(memoire, plus_cinq).query("competence == '1.1'")["effectif"].tolist() == [23]


def agreger_de(memoire: Memoire, ecole):
    eleves, resultats = tables(ecole)
    return agreger(*publier(memoire, eleves, resultats, 5), eleves, 5).maitrise
