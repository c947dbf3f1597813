"""Un attaquant qui a toutes les publications d'une année ne doit rien isoler.

Il a aussi les listes de classe, et connaît la méthode.
"""

import io
import random
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.progression_publiee import REGLES, devines
from pixkit.publication.agregats import Agregats
from pixkit.publication.agregats import agreger as agreger_les_cellules
from pixkit.publication.cellules import publier
from pixkit.publication.deductions import moyenne_ponderee
from pixkit.publication.memoire import OUI, Memoire
from pixkit.publication.regle import Regle
from pixkit.publication.tableaux_de_bord import Conseil, tableaux_de_bord

CAMPAGNE = {
    "campagne": "C1",
    "nom_campagne": "Rentrée",
    "annee_scolaire": "2026-2027",
    "organisation": "Collège d'essai",
}
POIDS = {"1.1": 4, "2.1": 1}
Ecole = dict[str, tuple[str, bool, dict[str, int]]]
"""{élève: (classe, a envoyé, {compétence: acquis maîtrisés, ou niveau})}.

Envoyé sans résultat : un compte effacé.
"""


def tables(
    ecole: Ecole, *, poids=POIDS, collecte=False, liste=True, certifiables=()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Les deux tables de `population`, inventées."""
    eleves, resultats = [], []
    for cle, (classe, envoye, notes) in ecole.items():
        qui = CAMPAGNE | {
            "type_campagne": "collecte" if collecte else "evaluation",
            "eleve": cle,
            "classe": classe,
        }
        qui |= {"niveau_scolaire": classe[:2], "noms": [cle.split("#")[-1]]}
        dit = (cle in certifiables) if envoye and collecte else None
        eleves.append(qui | {"sur_liste": liste, "envoye": envoye, "certifiables": dit}
                      | dict.fromkeys(("termine", "commence"), envoye)
                      | dict.fromkeys(("sous_objectif", "au_niveau")))  # fmt: skip
        for code, note in notes.items() if envoye else ():
            evalue = {"nb_acquis": poids[code], "nb_acquis_maitrises": note, "niveau_pix": None}
            niveau = {"nb_acquis": None, "nb_acquis_maitrises": None, "niveau_pix": note}
            ligne = {"date_envoi": pd.NaT, "domaine": code[0], "competence": code} | (
                niveau if collecte else evalue
            )
            resultats.append(qui | ligne)
    entiers = dict.fromkeys(["nb_acquis", "nb_acquis_maitrises", "niveau_pix"], "Int64")
    return pd.DataFrame(eleves).astype({"certifiables": "boolean"}), pd.DataFrame(resultats).astype(
        entiers
    )


def agreger(eleves: pd.DataFrame, resultats: pd.DataFrame, effectif_min: int) -> Agregats:
    """Une première publication."""
    return agreger_les_cellules(
        *publier(Memoire(), eleves, resultats, effectif_min), eleves, effectif_min
    )


def publier_annee(ecoles: list[tuple[Ecole, int]], *, liste=True) -> list[tuple[Agregats, Memoire]]:
    """Les publications d'un dossier : (agrégats, mémoire d'après)."""
    memoire, publiees = Memoire(), []
    for rang, (ecole, effectif_min) in enumerate(ecoles):
        sur_liste = liste if isinstance(liste, bool) else liste[rang]
        eleves, resultats = tables(ecole, liste=sur_liste)
        memoire = Memoire.de_json(memoire.en_json())
        publies = publier(memoire, eleves, resultats, effectif_min)
        publiees.append((agreger_les_cellules(*publies, eleves, effectif_min), memoire))
    return publiees


def cellules(publiees, competence: str) -> list[frozenset[tuple[int, str]]]:
    """Ce que compte chaque case publiée d'une compétence : des couples (personne, valeur).

    La compétence « envois » est la participation. Que ces sommes soient bien les leurs se vérifie
    ailleurs (`test_annees`), d'après la vérité et non d'après la mémoire.
    """
    quoi = OUI if competence == "envois" else competence
    trouvees = {}
    for agregats, memoire in publiees:
        exactes = agregats.participation.query("envoyes_bas == envoyes_haut")
        if competence != "envois":
            exactes = agregats.maitrise.query("competence == @competence")
        for lieu in exactes[["campagne", "niveau_scolaire", "classe"]].to_numpy().tolist():
            atomes = [
                atome
                for groupe in memoire.groupes
                if groupe.nom == lieu
                for atome in groupe.cellules.get(quoi, [])
            ]
            contenu = [(qui, une) for a in atomes for qui, siennes in a.contributions.items()
                       for une in siennes]  # fmt: skip
            trouvees[frozenset(contenu)] = None
    return list(trouvees)


def plus_petit_isole(publiees, competence: str, *, taille: int = 3) -> int | None:
    """Le plus petit nombre de personnes dont une combinaison de cases parle seule, ou None.

    Une combinaison prend `taille` cases au plus.
    """
    cases = cellules(publiees, competence)
    if not cases:
        return None
    contributions = sorted(set().union(*cases))
    personnes = sorted({qui for qui, _ in contributions})
    compte = np.array([[jeton in case for jeton in contributions] for case in cases], dtype=int)
    qui = np.array(
        [[jeton[0] == personne for jeton in contributions] for personne in personnes], dtype=int
    )
    isoles = set()
    for nombre in range(1, min(taille, len(cases)) + 1):
        signes = np.array([(1, *reste) for reste in product((1, -1), repeat=nombre - 1)])
        for choisies in combinations(range(len(cases)), nombre):
            sommes = np.abs(signes @ compte[list(choisies)])
            isoles |= set(((qui @ sommes.T) > 0).sum(axis=0).tolist())
    return min(isoles - {0}, default=None)


def classe(nom: str, attendus: int, envoyes: int, graine: int = 0, prefixe: str = "") -> Ecole:
    alea = random.Random(f"{nom}{graine}")
    return {
        f"{prefixe}#{nom}{rang}": (
            nom,
            rang < envoyes,
            {code: alea.randint(0, poids) for code, poids in POIDS.items()},
        )
        for rang in range(attendus)
    }


VITE = {
    "deadline": None,
    "derandomize": True,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}
"""Sans réduire l'exemple trouvé : une année se publie en un quart de seconde."""
EVENEMENTS = (
    "envois",
    "nouveaux résultats",
    "départs",
    "arrivées",
    "comptes effacés",
    "changements de classe",
    "nouvelles clés",
)


def evoluer(ecole: Ecole, quoi: str, combien: int, alea: random.Random, rang: int) -> Ecole:
    """L'école quelque temps après : `combien` élèves ont changé."""
    apres = dict(ecole)
    envoyes = sorted(cle for cle, (_, envoye, _) in ecole.items() if envoye)
    restants = sorted(set(ecole) - set(envoyes))
    neuves = lambda: {code: alea.randint(0, poids) for code, poids in POIDS.items()}  # noqa: E731
    if quoi == "arrivées":
        apres |= {
            f"#arrivé{rang}-{n}": (alea.choice(["5eA", "5eB"]), alea.random() < 0.5, neuves())
            for n in range(combien)
        }
    if quoi == "nouvelles clés":
        return {f"{rang}#{cle.split('#')[-1]}": etat for cle, etat in ecole.items()}
    pris = alea.sample(
        restants if quoi == "envois" else envoyes,
        min(combien, len(restants if quoi == "envois" else envoyes)),
    )
    for cle in pris:
        ou, envoye, notes = ecole[cle]
        if quoi in ("envois", "nouveaux résultats"):
            apres[cle] = (ou, True, neuves())
        elif quoi == "départs":
            del apres[cle]
        elif quoi == "comptes effacés":
            apres[cle] = (ou, envoye, {})
        elif quoi == "changements de classe":
            apres[cle] = ("5eB" if ou == "5eA" else "5eA", envoye, notes)
    return apres


@st.composite
def annees(draw):
    alea = random.Random(draw(st.integers(0, 10**6)))
    ecole = classe("5eA", 20, draw(st.integers(4, 17)), alea.random()) | classe(
        "5eB", 16, draw(st.integers(6, 14)), alea.random()
    )
    ecoles = [(ecole, draw(st.sampled_from([4, 6])))]
    for rang in range(1, draw(st.integers(2, 4))):
        for quoi, combien in draw(
            st.lists(
                st.tuples(st.sampled_from(EVENEMENTS), st.integers(1, 6)), min_size=1, max_size=3
            )
        ):
            ecole = evoluer(ecole, quoi, combien, alea, rang)
        ecoles.append((ecole, draw(st.sampled_from([4, 6]))))
    return ecoles


@settings(max_examples=25, **VITE)
@given(annees())
def test_aucune_combinaison_de_publications_n_isole_moins_de_n_eleves(ecoles):
    publiees = publier_annee(ecoles)
    assert len(publiees[0][0].maitrise), "5eB a toujours assez d'envois : rien ne s'éprouverait"
    minimum = min(effectif_min for _, effectif_min in ecoles)
    for competence in (*POIDS, "envois"):
        isole = plus_petit_isole(publiees, competence)
        assert isole is None or isole >= minimum, competence


@settings(max_examples=15, **VITE)
@given(annees())
def test_aucun_nombre_publie_ni_son_reste_n_est_petit(ecoles):
    publiees = publier_annee(ecoles)
    assert len(publiees[0][0].maitrise), "5eB a toujours assez d'envois : rien ne s'éprouverait"
    for (agregats, memoire), (_, effectif_min) in zip(publiees, ecoles, strict=True):
        assert (agregats.maitrise["effectif"] >= effectif_min).all()
        for ligne in agregats.participation.itertuples():
            promis = next(g.promis for g in memoire.groupes if g.nom[2] == ligne.classe)
            petits = set(range(1, promis))
            if ligne.envoyes_bas == ligne.envoyes_haut:
                assert not {ligne.envoyes_bas, ligne.attendus - ligne.envoyes_bas} & petits
            else:
                assert ligne.envoyes_haut - ligne.envoyes_bas == promis - 1
        assert agregats.maitrise["valeur"].between(0.05, 0.95).all()
        intervalles = agregats.maitrise[["bas", "valeur", "haut"]]
        assert (intervalles.diff(axis=1).iloc[:, 1:] >= -1e-9).all(axis=None)


# — Les recoupements rencontrés, un à un (N = 5) —


def _rien_d_isole(ecoles: list[Ecole], *, liste=True) -> bool:
    """Aucune combinaison de quatre cases n'isole moins de cinq élèves ; et il y a des cases."""
    publiees = publier_annee([(ecole, 5) for ecole in ecoles], liste=liste)
    muettes = [rang for rang, (agregats, _) in enumerate(publiees) if agregats.maitrise.empty]
    assert not muettes, "une publication vide n'isole personne : elle n'éprouve rien"
    isoles = [plus_petit_isole(publiees, quoi, taille=4) for quoi in ("1.1", "envois")]
    return all(isole is None or isole >= 5 for isole in isoles)


def test_un_seul_envoi_de_plus_ne_se_voit_pas():
    avant = classe("5eA", 28, 18)
    assert _rien_d_isole([avant, avant | {"#5eA20": ("5eA", True, {"1.1": 3})}])


def test_un_envoi_de_plus_pendant_que_cinq_eleves_changent_de_classe_ne_se_voit_pas():
    avant = classe("5eA", 28, 18) | classe("5eB", 28, 18)
    apres = (
        avant
        | {f"#5eA{n}": ("5eB", True, avant[f"#5eA{n}"][2]) for n in range(5)}
        | {"#5eA20": ("5eA", True, {"1.1": 3})}
    )
    assert _rien_d_isole([avant, apres])


def test_un_eleve_qui_part_quand_sa_classe_se_partage_ne_se_voit_pas():
    avant = classe("5eA", 38, 30)
    apres = {
        cle: ("5eA" if n < 15 or n >= 30 else "5eB", *reste)
        for n, (cle, (_, *reste)) in enumerate(avant.items())
    }
    del apres["#5eA29"]
    assert _rien_d_isole([avant, apres])


def test_un_eleve_qui_change_de_classe_pendant_un_echange_ne_se_voit_pas():
    avant = classe("5eA", 28, 18) | classe("5eB", 28, 18) | classe("5eC", 28, 18)
    vers = (
        {f"#5eA{n}": "5eB" for n in range(5)}
        | {f"#5eB{n}": "5eA" for n in range(5)}
        | {"#5eA6": "5eC"}
    )
    apres = {cle: (vers.get(cle, ou), *reste) for cle, (ou, *reste) in avant.items()}
    assert _rien_d_isole([avant, apres])


def test_une_classe_renommee_et_un_envoi_de_plus_sans_liste():
    """Sans liste, la clé d'un élève change avec le nom de sa classe."""
    avant = classe("5eA", 20, 20, prefixe="1")
    apres = {f"2{cle[1:]}": ("5A", *reste) for cle, (_, *reste) in avant.items()} | {
        "2#x": ("5A", True, {"1.1": 4})
    }
    assert _rien_d_isole([avant, apres], liste=False)


def test_la_liste_des_eleves_arrive_et_un_envoi_de_plus():
    """Avec la liste, la clé d'un élève devient son INE : ce n'est pas une classe nouvelle."""
    avant = classe("5eA", 18, 18, prefixe="1")
    apres = classe("5eA", 28, 19, prefixe="2")
    assert _rien_d_isole([avant, apres], liste=[False, True])


def test_des_comptes_effaces_laissent_un_nombre_d_envois_protege():
    """Trop peu de résultats pour les publier, assez d'envois pour les compter.

    Eux aussi se comparent d'une fois sur l'autre.
    """
    avant = {
        cle: (ou, envoye, notes if n < 3 else {})
        for n, (cle, (ou, envoye, notes)) in enumerate(classe("5eA", 28, 12).items())
    }
    autre = classe("5eB", 28, 12)
    apres = avant | {"#5eA20": ("5eA", True, {})}
    assert _rien_d_isole([avant | autre, apres | autre])


def test_quand_tous_ont_envoye_une_petite_classe_attend_sans_le_dire():
    """Quatre de plus sur sept, et la somme n'irait qu'avec tous."""
    notes = {"1.1": 2}
    trois = {f"e{n}": ("5eA", n < 3, notes) for n in range(7)}
    tous = dict.fromkeys(trois, ("5eA", True, notes))
    six = tous | {"e6": ("5eA", False, notes)}
    for fin, comptes in ((tous, 3), (six, 6)):
        (_, _), (_, memoire) = publier_annee([(trois, 3), (fin, 3)])
        (groupe,) = memoire.groupes
        assert sum(atome.nombre for atome in groupe.cellules["1.1"]) == comptes


def test_n_eleves_testes_se_disent_sans_dire_combien_ne_le_furent_pas():
    regle = Regle(10)
    assert regle.plancher(14, (16, 25), 2, liste=True) == 10
    assert regle.plancher(22, (24, 24), 2, liste=True) == 15
    assert regle.plancher(11, (12, 12), 1, liste=True) < 10, "« 1 ou 2 ne le furent pas »"
    assert regle.plancher(9, (16, 25), 7, liste=True) < 10, "N a grandi"


def test_la_liste_s_allonge_sans_dire_combien_manquaient():
    """23 envois sur 25 : « de 21 à 25 ». Des arrivées sans envoi ne resserrent pas ces bornes."""
    avant = classe("5eA", 25, 23)
    suite = [
        avant | {f"#arrivé{n}": ("5eA", False, {}) for n in range(combien)} for combien in range(6)
    ]
    lignes = [
        publiee[0].participation.iloc[0]
        for publiee in publier_annee([(ecole, 5) for ecole in suite])
    ]
    assert (
        min(ligne.envoyes_haut for ligne in lignes) - max(ligne.envoyes_bas for ligne in lignes)
        == 4
    )


def test_une_liste_muette_ne_dit_pas_que_personne_n_a_envoye():
    """« de 0 à 4 envois » doit se dire pareil de 0 et de 4, dans ce qui n'est pas publié aussi."""
    ailleurs = classe("5eB", 28, 18)
    dits = [agreger(*tables(classe("5eA", 28, envoyes) | ailleurs), 5) for envoyes in (0, 1, 4)]
    assert len({agregats.tus.to_json() for agregats in dits}) == 1


# — Ce que dit une case, à qui connaît la méthode : tous les nombres possibles, essayés un à un —


@pytest.mark.parametrize(("effectif_min", "attendus"), [(3, 5), (3, 11), (5, 9), (5, 14)])
def test_l_effectif_publie_ne_redonne_aucun_petit_nombre(effectif_min, attendus):
    possibles = {}
    for envoyes in range(effectif_min, attendus + 1):
        ecole = {
            f"#{testes}-{n}": (f"5e{testes:02}", n < envoyes, {"1.1": n % 5} if n < testes else {})
            for testes in range(envoyes + 1) for n in range(attendus)
        }  # fmt: skip
        agregats = agreger(*tables(ecole), effectif_min)
        vus = agregats.maitrise.set_index("classe")
        for testes in range(envoyes + 1):
            nom = f"5e{testes:02}"
            compte = agregats.participation.set_index("classe").loc[
                nom, ["envoyes_bas", "envoyes_haut"]
            ]
            dit = tuple(vus.loc[nom, ["effectif", "au_moins"]]) if nom in vus.index else ()
            possibles.setdefault((*compte, *dit), []).append((envoyes, testes))
    for dit, couples in possibles.items():
        for nom, nombres in (
            ("envoyés", {s for s, _ in couples}),
            ("pas envoyés", {attendus - s for s, _ in couples}),
            ("envoyés sans résultat", {s - t for s, t in couples}),
            ("sans résultat", {attendus - t for _, t in couples}),
        ):
            assert len(nombres) > 1 or not nombres & set(range(1, effectif_min)), (
                nom,
                dit,
                couples,
            )


def _valeurs(envoyes: int, attendus: int, poids: int, *, intervalle=False, **options) -> set[tuple]:
    """Tout ce qu'une classe peut publier quand `envoyes` de ses élèves ont envoyé.

    Une compétence par total possible.
    """
    totaux = range(envoyes * poids + 1)
    notes = {
        f"1.{total}": [total // envoyes + (n < total % envoyes) for n in range(envoyes)]
        for total in totaux
    }
    ecole = {
        f"#{n}": (
            "5eA",
            n < envoyes,
            {code: siennes[n] for code, siennes in notes.items()} if n < envoyes else {},
        )
        for n in range(attendus)
    }
    if options.get("liste") is False:
        ecole = {cle: etat for cle, etat in ecole.items() if etat[1]}
    deux = tables(ecole, poids=dict.fromkeys(notes, poids), **options)
    colonnes = ["valeur", "borne", *(["bas", "haut"] if intervalle else [])]
    return set(agreger(*deux, 5).maitrise[colonnes].itertuples(index=False, name=None))


@pytest.mark.parametrize("liste", [True, False], ids=["avec liste", "sans liste"])
@pytest.mark.parametrize("poids", [1, 2, 3])
def test_les_taux_ne_redonnent_pas_le_nombre_d_envois_qu_on_tait(poids, liste):
    """« 29 % d'au moins 20 élèves » : 7 sur 24, ou 6 sur 21, mais jamais 20, 22 ou 23.

    Du moins si l'on arrondissait le vrai quotient.
    """
    possibles = [_valeurs(envoyes, 24, poids, liste=liste) for envoyes in range(20, 25)]
    assert all(valeurs == possibles[0] for valeurs in possibles)


def test_les_niveaux_moyens_ne_redonnent_pas_le_nombre_d_envois_qu_on_tait():
    possibles = [_valeurs(envoyes, 9, 8, collecte=True) for envoyes in range(5, 10)]
    assert all(valeurs == possibles[0] for valeurs in possibles)


def test_l_intervalle_ne_redonne_pas_le_nombre_d_envois_qu_on_tait():
    possibles = [_valeurs(envoyes, 24, 1, intervalle=True) for envoyes in range(20, 25)]
    assert all(valeurs == possibles[0] for valeurs in possibles)


def _case(notes: list[int], poids: int = 4) -> dict:
    ecole = {f"#{n}": ("5eA", True, {"1.1": note}) for n, note in enumerate(notes)}
    ecole |= {f"#absent{n}": ("5eA", False, {}) for n in range(8)}
    return agreger(*tables(ecole, poids={"1.1": poids}), 5).maitrise.iloc[0].to_dict()


@pytest.mark.parametrize("un", [[1], [1, 1], [1, 1, 1]], ids=len)
@pytest.mark.parametrize("maitrisent", [False, True], ids=["personne", "tous"])
def test_zero_et_cent_pour_cent_ne_se_distinguent_pas_de_presque(un, maitrisent):
    presque = [*un, *[0] * (20 - len(un))]
    dits = [
        _case([4 - note for note in notes] if maitrisent else notes)
        for notes in ([0] * 20, presque)
    ]
    assert dits[0]["borne"] == (">" if maitrisent else "<")
    assert dits[0] == dits[1]


def test_l_intervalle_ne_dit_pas_que_tous_ont_le_meme_resultat():
    assert _case([2] * 20) == _case([1, 3, *[2] * 18])


@pytest.mark.parametrize("maitrisent", [1, 2, 3, 4, 16, 17, 18, 19])
def test_un_seul_acquis_ne_compte_pas_les_quelques_eleves_qui_le_maitrisent(maitrisent):
    """Une compétence d'un seul acquis : son taux est une part d'élèves.

    Ses petits nombres se taisent comme les autres.
    """
    case = _case([1] * maitrisent + [0] * (20 - maitrisent), poids=1)
    assert case["borne"] == ("<" if maitrisent < 5 else ">")


def test_la_part_de_certifiables_ne_redonne_ni_les_envois_ni_un_petit_nombre():
    possibles = {}
    for envoyes in range(22, 27):
        ecole, certifiables = {}, set()
        for nombre in range(envoyes + 1):
            nom = f"3e{nombre:02}"
            ecole |= {
                f"#{nombre}-{n}": (nom, n < envoyes, {"1.1": n % 5} if n < envoyes else {})
                for n in range(26)
            }
            certifiables |= {f"#{nombre}-{n}" for n in range(nombre)}
        parts = agreger(*tables(ecole, collecte=True, certifiables=certifiables), 5).certification
        assert len(parts) == envoyes + 1
        for ligne in parts.itertuples():
            possibles.setdefault(
                (ligne.effectif, ligne.au_moins, ligne.taux_bas, ligne.taux_haut), []
            ).append((envoyes, int(ligne.classe[2:])))
    for dit, couples in possibles.items():
        assert {s for s, _ in couples} == set(range(22, 27)), (dit, couples)
        for nombres in ({k for _, k in couples}, {s - k for s, k in couples}):
            assert len(nombres) > 1 or not nombres & set(range(1, 5)), (dit, couples)


def test_la_part_de_certifiables_exacte_ne_compte_jamais_moins_de_n_eleves():
    ecole, certifiables = {}, set()
    for nombre in range(19):
        ecole |= {
            f"#{nombre}-{n}": (f"3e{nombre:02}", n < 18, {"1.1": 2} if n < 18 else {})
            for n in range(28)
        }
        certifiables |= {f"#{nombre}-{n}" for n in range(nombre)}
    for ligne in agreger(
        *tables(ecole, collecte=True, certifiables=certifiables), 5
    ).certification.itertuples():
        nombre = int(ligne.classe[2:])
        assert (ligne.taux_bas == ligne.taux_haut) == (5 <= nombre <= 13)
        assert ligne.taux_bas - 0.005 <= nombre / 18 <= ligne.taux_haut + 0.005


def test_deux_classes_dont_aucune_competence_n_est_acquise_se_publient():
    """Que des cases bornées : aucun écart à montrer, et pas une erreur."""
    rien = {
        nom: {cle: (ou, envoye, {"1.1": 0}) for cle, (ou, envoye, _) in classe(nom, 28, 18).items()}
        for nom in ("5eA", "5eB")
    }
    agregats = agreger(*tables(rien["5eA"] | rien["5eB"]), 5)
    assert agregats.ecarts.empty
    assert agregats.maitrise["borne"].tolist() == ["<", "<"]


# — Rien d'autre que les agrégats —


def _relus(agregats: Agregats) -> Agregats:
    """Les agrégats tels qu'un attaquant les relit : par leur JSON."""
    return Agregats(**{
        nom: pd.read_json(io.StringIO(table.to_json(orient="table")),
                          orient="table") if len(table) else table
        for nom, table in agregats.tables().items()
    })  # fmt: skip


@pytest.mark.parametrize("collecte", [False, True], ids=["évaluation", "collecte"])
def test_toutes_les_vues_se_refont_avec_les_seuls_agregats(collecte):
    noms = {"5eA": (28, 18), "5eB": (28, 26), "5eC": (28, 3), "4eA": (24, 12), "4eB": (7, 7)}
    ecole = {
        cle: etat
        for nom, (attendus, envoyes) in noms.items()
        for cle, etat in classe(nom, attendus, envoyes).items()
    }
    certifiables = {cle for cle in ecole if int(cle[-1]) % 2}
    agregats = agreger(*tables(ecole, collecte=collecte, certifiables=certifiables), 5)
    relus = _relus(agregats)
    vide = pd.DataFrame()
    conseil = Conseil({("C1", niveau): vide for niveau in ("5e", "4e")},
                      vide.reindex(columns=["competence", "discipline"]),
                      vide.reindex(columns=["annee_scolaire", "decision"]))  # fmt: skip
    publies, refaits = tableaux_de_bord(agregats, conseil), tableaux_de_bord(relus, conseil)
    for public, tableau in publies.items():
        assert len(tableau.etats) == len(refaits[public].etats)
        for (choix, dessins), (autre_choix, autres) in zip(
            tableau.etats, refaits[public].etats, strict=True
        ):
            assert choix == autre_choix
            for dessin, autre in zip(dessins, autres, strict=True):
                if len(dessin.table):
                    pd.testing.assert_frame_equal(
                        dessin.table.reset_index(drop=True),
                        autre.table.reset_index(drop=True),
                        check_dtype=False,
                    )


@settings(max_examples=15, **VITE)
@given(st.integers(0, 10**6), st.integers(3, 10))
def test_le_niveau_scolaire_est_la_moyenne_ponderee_des_classes_publiees(graine, effectif_min):
    alea = random.Random(graine)
    ecole = {}
    for nom in ("5eA", "5eB", "5eC", "5eD"):
        ecole |= classe(nom, 28, alea.randint(0, 28), graine)
    cases = agreger(*tables(ecole), effectif_min).maitrise
    if cases.empty:
        return
    for ligne in moyenne_ponderee(cases, ["competence"]).itertuples():
        siennes = [
            (c.effectif, c.valeur) for c in cases.itertuples() if c.competence == ligne.competence
        ]
        attendue = sum(n * v for n, v in siennes) / sum(n for n, _ in siennes)
        assert abs(ligne.valeur - attendue) <= 0.005 + 1e-9
        assert ligne.effectif == sum(n for n, _ in siennes)


def test_la_progression_d_une_classe_se_devinerait_elle_n_est_pas_publiee():
    """L'énumération qui l'a fait taire : la règle qui en parle se devine ; celle qui ne se devine
    pas n'en parle jamais (`benchmarks/progression_publiee.py`)."""
    nues = devines(6, 3, 1, None)[1]
    parlent, fautes = devines(6, 3, 1, REGLES[0])
    assert parlent
    assert len(fautes) > len(nues)
    assert any("a gagné 0" in faute for faute in fautes)
    assert devines(6, 3, 1, REGLES[-1]) == (0, nues)
