"""Qui est certifiable, ce qui lui manque, et le parcours qui l'y mènerait."""

from datetime import date

import pandas as pd
import pytest

from pixkit.ecole import Ecole
from pixkit.lecture import lire_fichiers
from pixkit.mesures import (
    certifiables,
    certifiables_par_semaine,
    collectes_anciennes,
    sans_collecte,
    taux_certifiables,
)
from pixkit.parcours import Catalogue, parcours_pour_certifier
from pixkit.parcours.catalogue import charger_catalogue
from pixkit.referentiel import competences
from tests.test_lecture import EXPORTS, verite

CODES = list(competences())


@pytest.fixture(scope="module")
def ecole() -> Ecole:
    octets = (EXPORTS / "05_collecte" / "export.csv").read_bytes()
    eleves = {(r["lastName"], r["firstName"], r["division"]) for r in verite("05_collecte")["rows"]}
    absente = ("ABSENTE", "Zoé", "3eA")
    lignes = [";".join(eleve) for eleve in sorted(eleves | {absente}, key=str)]
    liste = "\n".join(["Nom;Prénom;Classe", *lignes]).encode()
    return Ecole(lire_fichiers({"c.csv": octets, "liste 2026-2027.csv": liste}))


def dernieres(rangs: list[dict]) -> dict[tuple[str, str, str], dict]:
    """La dernière collecte envoyée de chaque élève, d'après la vérité."""
    envoyees = sorted((r for r in rangs if r["sharedAtUTC"]), key=lambda r: r["sharedAtUTC"])
    return {(r["lastName"], r["firstName"], r["division"]): r for r in envoyees}


def test_chacun_est_certifiable_a_cinq_competences_au_niveau_1_de_sa_derniere_collecte(ecole):
    table = ecole.certifiables.set_index(["nom", "prenom", "classe"])
    attendues = dernieres(verite("05_collecte")["rows"])
    assert len(table) == len(attendues)
    for qui, rang in attendues.items():
        lue = table.loc[qui]
        assert lue["nb_competences"] == rang["certifiableCount"], qui
        assert lue["certifiable"] == rang["certifiable"]
        assert lue["manquantes"] == max(0, 5 - rang["certifiableCount"])
        assert lue["date_collecte"] == pd.Timestamp(rang["sharedAtUTC"]).floor("min")
        proches = [c for c in rang["competences"] if c["level"] == 0 and c["pix"] > 0]
        proches.sort(key=lambda c: (-c["pix"], c["index"]))
        codes = ", ".join(c["index"] for c in proches[: lue["manquantes"]])
        assert (codes or None) == (None if pd.isna(lue["plus_proches"]) else lue["plus_proches"])


def test_les_taux_s_additionnent_d_une_classe_au_niveau(ecole):
    par_classe = taux_certifiables(ecole.certifiables)
    tous = taux_certifiables(ecole.certifiables, par="niveau_scolaire")
    sommes = ["nb_certifiables", "effectif"]
    assert tous[sommes].iloc[0].tolist() == par_classe[sommes].sum().tolist()
    assert (par_classe["part_bas"] < par_classe["taux_certifiables"]).all()
    assert (par_classe["taux_certifiables"] < par_classe["part_haut"]).all()


def collecte(*envois: tuple[str, str, bool]) -> pd.DataFrame:
    """Des participations (élève, jour, certifiable)."""
    table = pd.DataFrame(envois, columns=["eleve", "date_envoi", "certifiable"])
    dates = pd.to_datetime(table["date_envoi"], format="ISO8601").dt.tz_localize("Europe/Paris")
    return table.assign(date_envoi=dates, type_campagne="collecte", envoye=True)


def test_semaine_par_semaine_chacun_compte_a_son_dernier_envoi():
    table = certifiables_par_semaine(
        collecte(
            ("a", "2027-01-04", False),
            ("b", "2027-01-10 23:30", True),
            ("a", "2027-01-19", True),
            ("a", "2027-01-20", False),
            ("c", "2027-01-25", True),
        )
    )
    assert table["semaine"].dt.strftime("%d/%m").tolist() == ["04/01", "11/01", "18/01", "25/01"]
    assert table["nb_certifiables"].tolist() == [1, 1, 1, 2]
    assert table["effectif"].tolist() == [2, 2, 2, 3]


def test_une_collecte_trop_ancienne_et_une_collecte_absente_se_disent(ecole):
    table = ecole.certifiables
    anciennes = collectes_anciennes(table, jours=30, au=date(2026, 11, 1))
    jours = table["date_collecte"].dt.strftime("%Y-%m-%d")
    assert len(anciennes) == (jours < "2026-10-02").sum() > 0
    assert collectes_anciennes(table, jours=90, au=date(2026, 11, 1)).empty
    manquent = sans_collecte(table, ecole.tables.eleves)
    assert ("ABSENTE", "Zoé", "3eA") in set(
        manquent[["nom", "prenom", "classe"]].itertuples(index=False, name=None)
    )
    assert not set(manquent["eleve"]) & set(table["eleve"])
    assert sans_collecte(table, ecole.tables.eleves, niveaux=["6e"]).empty


def test_le_parcours_propose_suffit_et_aucun_plus_court_ne_suffirait(ecole):
    table = ecole.certifiables
    offre = ecole.catalogue.parcours.set_index("parcours")
    niveaux = ecole.resultats.pivot_table(
        index="eleve", columns="competence", values="niveau_pix", aggfunc="max"
    )
    proposes = table.dropna(subset="parcours")
    assert len(proposes) > 5
    assert not proposes["certifiable"].any()
    for ligne in proposes.itertuples():
        travailles = {code for code, n in offre.loc[ligne.parcours, "acquis"].items() if n >= 3}
        a_valider = {code for code in CODES if niveaux.loc[ligne.eleve, code] < 1}
        assert len(travailles & a_valider) >= ligne.manquantes


def catalogue(*lignes: tuple[str, int, dict[str, int]]) -> Catalogue:
    """Un catalogue de ces seuls parcours (nom, minutes, acquis)."""
    modele = charger_catalogue().parcours.iloc[0].to_dict()
    siens = [
        modele | {"parcours": nom, "type": "", "niveaux": "", "minutes": minutes, "acquis": acquis}
        for nom, minutes, acquis in lignes
    ]
    return Catalogue(pd.DataFrame(siens), pd.DataFrame(columns=["ligne", "motif"]))


def profil(eleve: str, pix: dict[str, int]) -> pd.DataFrame:
    """Les résultats d'une collecte : ces pix, zéro ailleurs."""
    return pd.DataFrame({
        "eleve": eleve, "type_campagne": "collecte", "campagne": "C", "fichier": "c.csv",
        "ligne": 2, "competence": CODES, "annee_scolaire": "2026-2027", "classe": "3eA",
        "niveau_scolaire": "3e", "parcours_evalue": None,
        "date_envoi": pd.Timestamp("2027-01-05", tz="Europe/Paris"),
        "niveau_pix": pd.array([pix.get(code, 0) // 8 for code in CODES], dtype="Int64"),
        "nb_pix": pd.array([pix.get(code, 0) for code in CODES], dtype="Int64"),
    })  # fmt: skip


NOMS = pd.DataFrame({"fichier": ["c.csv"], "ligne": [2], "nom": ["LEROY"], "prenom": ["Emma"]})
QUATRE = dict.fromkeys(["1.1", "1.2", "1.3", "2.1"], 8)


@pytest.mark.parametrize(
    ("pix", "parcours"),
    [
        (QUATRE | {"3.1": 6}, "le proche"),  # une compétence manque : à durée égale, la plus proche
        (dict.fromkeys(["1.1", "1.2"], 8) | {"3.1": 6}, "le long"),  # trois manquent
        ({}, None),  # cinq manquent : aucun ne suffit
        (QUATRE | {"3.1": 8}, None),  # rien ne manque
    ],
)
def test_le_plus_court_qui_suffit_puis_le_plus_proche(ecole, pix, parcours):
    resultats = profil("e", pix)
    table = certifiables(resultats, NOMS, ecole.tables.eleves.head(0))
    offre = catalogue(
        ("inutile", 10, {"1.1": 5}),
        ("effleure", 10, {"3.1": 2, "3.2": 2}),
        ("autre", 30, {"5.1": 5}),
        ("le proche", 30, {"3.1": 5}),
        ("le long", 90, dict.fromkeys(["1.3", "2.1", "3.1", "3.2"], 4)),
    )
    (propose,) = parcours_pour_certifier(table, resultats, offre)["parcours"]
    assert (None if pd.isna(propose) else propose) == parcours


def test_un_parcours_deja_passe_n_est_pas_repropose(ecole):
    resultats = profil("e", QUATRE)
    passe = resultats.assign(type_campagne="evaluation", parcours_evalue="Le  proche")
    table = certifiables(resultats, NOMS, ecole.tables.eleves.head(0))
    offre = catalogue(("le proche", 30, {"3.1": 5}))
    tous = pd.concat([resultats, passe])
    assert parcours_pour_certifier(table, tous, offre)["parcours"].isna().all()
