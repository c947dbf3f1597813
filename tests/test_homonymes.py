"""Deux lignes d'un même nom : un élève qui recommence, ou deux élèves ? La liste le dit, à défaut
ce que Pix a pu produire ; le journal dit ce qui a été conclu."""

import csv
import io

import pytest

from pixkit.lecture import lire_fichiers
from tests.test_vraies_ecoles import MODELE, liste

LEA = ("MARTIN", "Léa", "6A")
TAUX = MODELE[0].index("% maitrise de l'ensemble des acquis du profil")


def export(*envois, nom=LEA) -> bytes:
    """Un élève, ou plusieurs du même nom : (jour d'octobre, taux de maîtrise) de chaque ligne."""
    rangees = [MODELE[0]]
    for jour, taux in envois:
        rangee = MODELE[1][:]
        rangee[5:8] = nom
        rangee[9], rangee[11] = f"{jour:02}/10/2026 09:00", f"{jour:02}/10/2026 10:00"
        rangee[TAUX] = taux
        rangees.append(rangee)
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=";", lineterminator="\n").writerows(rangees)
    return sortie.getvalue().encode("utf-8-sig")


def inscrire(*prenoms, classe="6A") -> bytes:
    """La liste d'une classe, avec un camarade."""
    nes = [("MARTIN", prenom, classe, f"0{rang}/03/2015") for rang, prenom in enumerate(prenoms, 1)]
    return liste([*nes, ("LEROY", "Zoé", classe, "09/09/2015")])


def conclure(envois, nom=LEA, **listes: bytes) -> tuple[list[int], list[str]]:
    """(la personne de chaque ligne, ce que le journal en dit)."""
    tables = lire_fichiers(
        {"e.csv": export(*envois, nom=nom)} | {f"{k}.csv": v for k, v in listes.items()}
    )
    journal = tables.journal[tables.journal["fichier"] == "e.csv"]
    personnes = tables.participations.sort_values("ligne")["eleve"].factorize()[0].tolist()
    return personnes, [str(motif).rpartition(" : ")[2] for motif in journal["motif"]]


MONTE, RECULE = [(1, "0,18"), (20, "0,73")], [(1, "0,73"), (20, "0,18")]


@pytest.mark.parametrize(
    ("envois", "inscrits", "personnes", "dit"),
    [
        (MONTE, None, [0, 0], "presque rien de validé ne se perd"),
        (RECULE, None, [0, 1], "n'aurait pas ces dates et ces acquis"),
        (RECULE, ["Léa"], [0, 0], "la liste n'en a qu'un de ce nom"),
        (MONTE, ["Léa", "Léa"], [0, 1], "la liste en a 2 de ce nom"),
        (RECULE, ["Lina"], [0, 1], "n'aurait pas ces dates et ces acquis"),
        (MONTE, ["Lina"], [0, 0], "presque rien de validé ne se perd"),
        ([(1, "0,73"), (1, "0,80")], None, [0, 1], "n'aurait pas ces dates et ces acquis"),
    ],
)
def test_un_eleve_qui_recommence_ou_deux_homonymes(envois, inscrits, personnes, dit):
    listes = {"liste": inscrire(*inscrits)} if inscrits else {}
    trouvees, dits = conclure(envois, **listes)
    assert trouvees == personnes
    assert all(dit in motif for motif in dits)


def test_un_petit_recul_separe_le_seul_nom_repete_mais_pas_un_nom_parmi_d_autres():
    recul = [(1, "0,57"), (20, "0,45")]
    assert conclure(recul)[0] == [0, 1]
    lignes = export(*recul, *MONTE).decode("utf-8-sig").splitlines()
    deux = "\n".join([*lignes[:3], *(ligne.replace("Léa", "Tom") for ligne in lignes[3:])])
    assert lire_fichiers({"e.csv": deux.encode()}).participations["eleve"].nunique() == 2


def test_une_liste_d_une_autre_classe_ne_dit_rien_de_celle_ci():
    assert conclure(RECULE, liste=inscrire("Léa", classe="6B"))[0] == [0, 1]


def test_deux_homonymes_dont_l_un_recommence_font_deux_personnes():
    trois = [(1, "0,73"), (2, "0,18"), (20, "0,25")]
    assert conclure(trois)[0] == [0, 1, 1]
    assert conclure(trois, liste=inscrire("Léa", "Léa"))[0] == [0, 1, 1]


def test_un_prenom_seul_est_un_nom():
    assert conclure(MONTE, nom=("", "Léa", "6A"))[0] == [0, 0]
    assert conclure(RECULE, nom=("MARTIN", "", ""))[0] == [0, 1]


def test_sans_classe_dans_l_export_la_liste_entiere_repond():
    assert conclure(RECULE, nom=("MARTIN", "Léa", ""), liste=inscrire("Léa"))[0] == [0, 0]


def test_l_ordre_des_lignes_ne_change_pas_les_personnes():
    assert conclure(RECULE[::-1])[0] == [0, 1]
    assert conclure(MONTE[::-1])[0] == [0, 0]
