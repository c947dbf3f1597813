"""Qui est qui dans les résultats de certification : la naissance et les noms, jamais un doute
tranché seul."""

import pandas as pd
import pytest

from pixkit.decisions import ACCEPTE, Decision
from pixkit.ecole import Ecole
from pixkit.lecture import lire_fichiers
from pixkit.mesures import remarques_des_certifications
from tests.test_certification import CLASSE, SESSION, en_csv, grille, octets

ENTETE = "Nom;Prénom;Date de naissance;Classe;INE"


def ine(rang: int) -> str:
    return f"{rang:09}AA"


def la_liste(**changes: str) -> list[str]:
    """La liste des élèves du fichier de classe ; `changes` {NOM_Prénom: sa ligne, vide s'il n'y est
    pas}."""
    lignes = []
    for rang, (_, prenom, nom, ne, *_) in enumerate(grille()[1:]):
        dite = changes.get(f"{nom}_{prenom}", f"{nom};{prenom};{ne};3eA")
        lignes += [f"{dite};{ine(rang)}"] if dite else []
    return lignes


def ecole(lignes: list[str], **reste) -> Ecole:
    sources = {f"{CLASSE}.csv": octets(CLASSE), f"{SESSION}.csv": octets(SESSION)}
    liste = "\n".join([ENTETE, *lignes]).encode()
    return Ecole(lire_fichiers(sources | {"liste 2026-2027.csv": liste}), **reste)


def lien(nom: str, prenom: str, lignes: list[str], **reste) -> pd.Series:
    table = ecole(lignes, **reste).certifications
    siennes = table[(table["nom"] == nom) & (table["prenom"] == prenom)]
    assert siennes["certitude"].nunique() == 1, "la même conclusion dans les deux fichiers"
    return siennes.iloc[-1]


def test_chacun_est_relie_par_sa_naissance_et_son_nom_dans_les_deux_fichiers():
    table = ecole(la_liste()).certifications
    assert len(table) == 38
    assert set(table["certitude"]) == {"sure"}
    attendus = {int(ligne[0]): ine(rang) for rang, ligne in enumerate(grille()[1:])}
    assert table["eleve"].tolist() == table["numero"].map(attendus).tolist()
    assert set(table["classe"]) == {"3eA"}
    assert set(table["niveau_scolaire"]) == {"3e"}


@pytest.mark.parametrize(
    ("dite", "certitude", "raison"),
    [
        ("DIALLO;Oceane;05/01/2012;3eB", "sure", "même jour"),
        ("DIALO;Océane;05/01/2012;3eA", "probable", "une lettre d'écart, né(e) le même jour"),
        ("DIALLO;Océane;05/01/2011;3eA", "douteuse", "né(e) un autre jour"),
        ("DIALLO;Océane;;3eA", "sure", "même classe"),
        ("DUPUIS;Tom;05/01/2012;3eA", "aucune", "aucun élève"),
    ],
)
def test_la_naissance_vaut_mieux_que_la_classe(dite, certitude, raison):
    lue = lien("DIALLO", "Océane", la_liste(DIALLO_Océane=dite))
    assert lue["certitude"] == certitude
    assert raison in lue["raison"]
    assert pd.isna(lue["eleve"]) == (certitude in ("douteuse", "aucune"))


def test_deux_homonymes_se_distinguent_par_leur_naissance():
    lignes = [*la_liste(), f"BLANC;Nathan;04/11/2012;3eA;{ine(99)}"]
    assert lien("BLANC", "Nathan", lignes)["eleve"] == ine(8)
    jumeaux = [*la_liste(), f"BLANC;Nathan;04/10/2012;3eB;{ine(99)}"]
    assert lien("BLANC", "Nathan", jumeaux)["certitude"] == "douteuse"


def test_un_doute_se_tranche_par_une_decision_gardee_avec_les_autres():
    lignes = la_liste(DIALLO_Océane="DIALLO;Océane;05/01/2011;3eA")
    decision = Decision("DIALLO", "Océane", "3eA", "2026-2027", "", ACCEPTE, ine(5), "2027-03-02")
    lue = lien("DIALLO", "Océane", lignes, decisions=[decision])
    assert (lue["eleve"], lue["certitude"]) == (ine(5), "sure")


def test_qui_est_parti_se_dit_sans_nom():
    lignes = [ligne for ligne in la_liste() if not ligne.startswith("MOREL")]
    entete = f"{ENTETE};Date de sortie"
    dates = [f"{ligne};{'01/02/2027' if 'DUMONT' in ligne else ''}" for ligne in lignes]
    liste = "\n".join([entete, *dates]).encode()
    sources = {f"{CLASSE}.csv": octets(CLASSE), "liste_2027-03-01.csv": liste}
    table = Ecole(lire_fichiers(sources)).certifications.set_index("nom")
    assert not table.loc["DUMONT", "present"]
    assert table.loc["DUMONT", "mouvement"] == "parti le 1er février 2027"
    assert table.loc["MOREL", "certitude"] == "aucune"
    dites = " ".join(remarques_des_certifications(table.reset_index()))
    assert "1\u202félève de ces résultats : partis depuis" in dites
    assert "1\u202fnom de ces résultats : hors de la liste" in dites
    assert "DUMONT" not in dites.upper()


def test_sans_liste_la_classe_est_celle_du_nom_du_fichier():
    tables = lire_fichiers({f"{CLASSE}.csv": octets(CLASSE), f"{SESSION}.csv": octets(SESSION)})
    table = Ecole(tables).certifications
    assert table["eleve"].isna().all()
    classes = table.groupby("fichier")["classe"].agg(lambda classes: set(classes.dropna()))
    assert classes.to_dict() == {f"{CLASSE}.csv": {"3eA"}, f"{SESSION}.csv": set()}
    assert "nom du fichier" in remarques_des_certifications(table)[0]


def test_la_classe_d_une_autre_annee_n_est_pas_celle_de_la_liste():
    """Certifié en 3e l'an passé, l'élève est en seconde : son résultat reste de 3e."""
    lignes = [["Numéro de certification", *grille()[0][1:]], *grille()[1:]]
    rang = lignes[0].index("Date de passage de la certification")
    for ligne in lignes[1:]:
        ligne[rang] = "09/02/2026"
    liste = "\n".join([ENTETE, *[ligne.replace("3eA", "2de1") for ligne in la_liste()]]).encode()
    sources = {"20260301_resultats_3eC.csv": en_csv(lignes), "liste 2026-2027.csv": liste}
    table = Ecole(lire_fichiers(sources)).certifications
    assert table["eleve"].notna().all()
    assert set(table["classe"]) == {"3eC"}
