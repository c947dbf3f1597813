"""Les livrets : un niveau par domaine, proposé d'après Pix, retenu par un enseignant ; la mention
de la certification."""

import csv
import io

import openpyxl
import pandas as pd
import pytest

from pixkit import ouvrir
from pixkit.documents import ecrire_livrets
from pixkit.erreurs import ChoixInconnu, FichierIllisible
from pixkit.lecture.formats.campagne import EXEMPLES
from pixkit.mesures import mentions
from pixkit.referentiel import competences, est_du_livret
from tests.test_lecture_mauvais import rangees
from tests.test_vraies_ecoles import liste

LEA, TOM, INA = ("MARTIN", "Léa", "6A"), ("PETIT", "=Tom", "CM2 B"), ("ROY", "Ina", "3B")
INSCRITS = liste([(*eleve, f"0{rang}/03/2015") for rang, eleve in enumerate((LEA, TOM, INA), 1)])
SANS_ACQUIS = list(csv.reader(io.StringIO(EXEMPLES[0]), delimiter=";"))
COLLECTE = rangees("05_collecte")


def en_csv(lignes) -> bytes:
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=";", lineterminator="\n").writerows(lignes)
    return sortie.getvalue().encode("utf-8-sig")


def evaluation(eleve, vises: int, maitrises: int, *, jusqu_a: int | None = None) -> bytes:
    """Un envoi dans la compétence 1.2 ; avec ses acquis, jusqu'à ce niveau, ou sans les montrer."""
    entete, ligne = (ligne[: SANS_ACQUIS[0].index("'@tri1")] for ligne in SANS_ACQUIS)
    comptes = [f"{maitrises / vises:.2f}".replace(".", ","), vises, maitrises]
    ligne = [*ligne[:5], *eleve, *ligne[8:13], comptes[0], *comptes, *comptes]
    if jusqu_a:
        entete += [f"'@sujet{chr(97 + rang)}{rang % jusqu_a + 1}" for rang in range(vises)]
        ligne += ["OK"] * maitrises + ["KO"] * (vises - maitrises)
    return en_csv([entete, ligne])


def collecte(eleve, niveaux: dict[str, int], *, pix: int | None = None) -> bytes:
    """Un profil : ces niveaux (huit pix chacun, ou `pix`), zéro pix ailleurs."""
    entete = COLLECTE[0]
    nom, total = entete.index("Nom du Participant"), entete.index("Nombre de pix total")
    ligne = next(ligne for ligne in COLLECTE[1:] if "Oui" in ligne)[:]
    ligne[nom : nom + 2], ligne[entete.index("Classe")] = eleve[:2], eleve[2]
    valeurs = [(niveaux.get(code, 0), 8 * niveaux.get(code, 0)) for code in competences()]
    if pix is not None:
        valeurs = [(niveau, pix if code in niveaux else 0)
                   for code, (niveau, _) in zip(competences(), valeurs, strict=True)]  # fmt: skip
    ligne[total] = sum(nombre for _, nombre in valeurs)
    ligne[total + 3 :] = [nombre for valeur in valeurs for nombre in valeur]
    return en_csv([entete, ligne])


@pytest.fixture
def dossier(tmp_path):
    def ranger(**exports: bytes):
        for nom, octets in (exports | {"liste": INSCRITS}).items():
            (tmp_path / f"{nom}.csv").write_bytes(octets)
        return ouvrir(tmp_path)

    return ranger


def case(ecole, eleve, domaine="1"):
    table = ecole.livrets
    (ligne,) = table[(table["nom"] == eleve[0]) & (table["domaine"] == domaine)].itertuples()
    return ligne


@pytest.mark.parametrize("classe", ["CM2", "CM2 B", "CM1-CM2", "CM1/2", "cm1 et cm2"])
def test_un_livret_de_cm2_se_reconnait(classe):
    assert est_du_livret(classe, "")
    assert est_du_livret("RUCHE", "6e")
    assert not est_du_livret("CM1", "")
    assert not est_du_livret("5eA", "5e")


@pytest.mark.parametrize(
    ("maitrises", "jusqu_a", "niveau"),
    [
        (4, None, None),  # 20 %
        (5, None, 1),
        (10, None, 2),
        (20, None, 2),  # tout réussi, mais l'export ne dit pas jusqu'à quel niveau
        (20, 3, 3),
        (20, 8, 3),
        (14, 4, 2),
        (20, 1, 1),
    ],
)
def test_des_evaluations_proposent_un_niveau_et_disent_comment(dossier, maitrises, jusqu_a, niveau):
    ligne = case(dossier(e=evaluation(LEA, 20, maitrises, jusqu_a=jusqu_a)), LEA)
    assert (None if pd.isna(ligne.niveau_propose) else ligne.niveau_propose) == niveau
    assert ligne.methode.startswith(f"évaluations : {5 * maitrises}\u202f% des 20\u202facquis")
    suite = (
        f"jusqu'au niveau {jusqu_a}" if jusqu_a else "niveau n'est pas dans l'export : 2 au plus"
    )
    assert ligne.methode.endswith(suite)


@pytest.mark.parametrize(
    ("niveaux", "propose", "dit"),
    [
        ({"1.1": 1, "1.2": 2}, 1, "niveau moyen 1,5 dans 2\u202fcompétences"),
        ({"1.1": 5, "1.2": 6, "1.3": 7}, 3, "niveau moyen 6,0 dans 3\u202fcompétences"),
        ({"1.1": 2}, 2, "niveau moyen 2,0 dans 1\u202fcompétence"),
        ({"2.1": 2}, None, None),
    ],
)
def test_une_collecte_propose_la_moyenne_des_competences_abordees(dossier, niveaux, propose, dit):
    ligne = case(dossier(c=collecte(TOM, niveaux)), TOM)
    assert (None if pd.isna(ligne.niveau_propose) else ligne.niveau_propose) == propose
    assert ligne.methode == f"collecte : {dit}" if dit else pd.isna(ligne.methode)


def test_une_collecte_passe_avant_une_evaluation_domaine_par_domaine(dossier):
    ecole = dossier(
        e=evaluation(LEA, 20, 10), c=collecte(LEA, {"1.1": 3, "2.1": 1}), t=evaluation(TOM, 20, 5)
    )
    lues = {(e[1], d): case(ecole, e, d) for e in (LEA, TOM) for d in "12"}
    assert [None if pd.isna(ligne.niveau_propose) else ligne.niveau_propose
            for ligne in lues.values()] == [3, 1, 1, None]  # fmt: skip
    assert lues["Léa", "1"].methode.startswith("collecte")
    assert lues["=Tom", "1"].methode.startswith("évaluations : 25")


def test_un_niveau_zero_n_est_pas_propose(dossier):
    ligne = case(dossier(c=collecte(TOM, {"1.1": 0}, pix=6)), TOM)
    assert pd.isna(ligne.niveau_propose)
    assert "niveau moyen 0,0" in ligne.methode


def test_chaque_eleve_de_cm2_et_de_6e_a_ses_cinq_domaines_et_les_autres_non(dossier):
    ecole = dossier(e=evaluation(LEA, 20, 10), c=collecte(INA, {"1.1": 3}))
    assert ecole.livrets.groupby("nom")["domaine"].agg(list).to_dict() == {
        "MARTIN": list("12345"),
        "PETIT": list("12345"),
    }


def test_un_niveau_retenu_remplace_la_proposition_et_revient_a_l_ouverture(dossier, tmp_path):
    ecole = dossier(e=evaluation(LEA, 20, 10))
    eleve = case(ecole, LEA).eleve
    for niveau in (1, 3):
        ecole.retenir_niveau(eleve, "1", niveau)
    ecole.retenir_niveau(eleve, "2", None)
    for relue in (ecole, ouvrir(tmp_path)):
        assert (case(relue, LEA).niveau_propose, case(relue, LEA).niveau_retenu) == (2, 3)
        assert pd.isna(case(relue, LEA, "2").niveau_retenu)
        assert case(relue, LEA, "2").date
    entete, *lignes = (tmp_path / "pixkit_livrets.csv").read_text("utf-8-sig").splitlines()
    assert entete == "eleve;annee_scolaire;domaine;niveau;date;pixkit_format_1"
    assert len(lignes) == 2


def test_un_niveau_qui_n_existe_pas_ne_se_garde_pas(dossier, tmp_path):
    ecole = dossier(e=evaluation(LEA, 20, 10))
    for choix in ((case(ecole, LEA).eleve, "1", 4), ("personne", "1", 2)):
        with pytest.raises(ChoixInconnu):
            ecole.retenir_niveau(*choix)
    assert not (tmp_path / "pixkit_livrets.csv").exists()
    (tmp_path / "pixkit_livrets.csv").write_text(
        "eleve;annee_scolaire;domaine;niveau;date\na;2026-2027;1;9;2026-11-01\n"
    )
    with pytest.raises(FichierIllisible, match="ligne 2, le niveau « 9 »"):
        _ = ouvrir(tmp_path).livrets


def test_le_classeur_dit_qui_propose_et_ne_calcule_rien(dossier, tmp_path):
    ecole = dossier(e=evaluation(LEA, 20, 10), c=collecte(TOM, {"1.1": 2, "2.1": 1}))
    ecole.retenir_niveau(case(ecole, LEA).eleve, "1", 3)
    ecole.retenir_niveau(case(ecole, TOM).eleve, "2", None)
    mention = pd.DataFrame({"eleve": [case(ecole, LEA).eleve], "mention": ["Pix : 412 pix"]})
    classeur = openpyxl.load_workbook(
        ecrire_livrets(ecole.livrets, tmp_path / "sortie", mentions=mention)
    )
    assert classeur.sheetnames == ["À lire", "6A", "CM2 B", "Méthode"]
    assert "pas un verdict de Pix" in classeur["À lire"]["A2"].value
    lignes = [[cellule.value for cellule in rang] for rang in classeur["6A"].iter_rows(min_row=2)]
    assert lignes == [["6A", "MARTIN", "Léa", "3", *[None] * 4, "Pix : 412 pix"]]
    (tom,) = classeur["CM2 B"].iter_rows(min_row=2)
    assert [c.value for c in tom] == ["CM2 B", "PETIT", "=Tom", "2 ?", *[None] * 5]
    assert tom[2].data_type == "s"


def certifications(*lignes) -> pd.DataFrame:
    noms = ["eleve", "type", "statut", "nb_pix", "niveau_global", "date_passage"]
    table = pd.DataFrame(lignes, columns=noms)
    return table.assign(date_passage=pd.to_datetime(table["date_passage"]))


def test_la_mention_est_celle_de_la_derniere_certification_validee():
    table = certifications(
        ("a", "Pix", "validee", 300, "Indépendant 1", "2026-03-12"),
        ("a", "Pix", "validee", 412, "Indépendant 2", "2027-03-12"),
        ("a", "Pix+ Droit", "validee", 999, None, "2027-04-12"),
        ("a", "Pix", "annulee", None, None, "2027-05-12"),
        ("b", "Pix", "validee", 52, "", None),
        ("c", "Pix", "non_obtenue", 0, None, "2027-03-12"),
        (None, "Pix", "validee", 700, "Avancé 2", "2027-03-12"),
    )
    assert mentions(table).to_dict("records") == [
        {"eleve": "a", "mention": "Pix : 412 pix, Indépendant 2 (12/03/2027)"},
        {"eleve": "b", "mention": "Pix : 52 pix"},
    ]
    assert mentions(table.head(0)).empty
