"""Un format = un module : ses exemples le font reconnaître, lui seul ; chaque contrôle a l'exemple
qui le fait parler."""

import numpy as np
import pytest

from pixkit.grilles import Morceau, ouvrir
from pixkit.lecture import lire_fichiers
from pixkit.lecture.formats import FORMATS, campagne
from pixkit.lecture.formats.campagne import planifier
from pixkit.lecture.formats.campagne.conversion import convertir
from pixkit.lecture.formats.listes import controles as controles_listes
from pixkit.lecture.lu import Reglages

EXEMPLES = [(format_, exemple) for format_ in FORMATS for exemple in format_.EXEMPLES]


def morceau(exemple: str) -> Morceau:
    (seul,) = ouvrir(exemple.encode("utf-8-sig"), "exemple")
    return seul


@pytest.mark.parametrize("format_", FORMATS, ids=lambda f: f.__name__.rpartition(".")[2])
def test_chaque_format_a_des_exemples(format_):
    assert format_.EXEMPLES


@pytest.mark.parametrize(("format_", "exemple"), EXEMPLES)
def test_un_exemple_se_reconnait_dans_le_registre_comme_le_sien(format_, exemple):
    reconnus = [
        autre for autre in FORMATS if autre.reconnaitre(morceau(exemple), Reglages()) is not None
    ]
    assert reconnus[0] is format_


def constats(controle, exemple: str) -> list:
    """Ce que dit un contrôle : une phrase sur tout le fichier, ou au moins une ligne."""
    grille = morceau(exemple).feuille.sous(0)
    valeurs, _ = convertir(grille, planifier(grille.entete))
    return [
        constat
        for constat in controle.constater(valeurs)
        if constat.lignes is None or np.any(constat.lignes)
    ]


@pytest.mark.parametrize("controle", campagne.CONTROLES, ids=lambda c: c.constater.__name__)
def test_un_controle_d_export_parle_sur_son_exemple_et_se_tait_sur_un_bon(controle):
    exemple = next(texte for texte in campagne.EXEMPLES if controle.avant in texte)
    assert not constats(controle, exemple)
    assert constats(controle, exemple.replace(controle.avant, controle.apres))


@pytest.mark.parametrize("controle", controles_listes.CONTROLES, ids=lambda c: c.concerne.__name__)
def test_un_controle_de_liste_parle_sur_son_exemple_et_nomme_l_eleve(controle):
    tables = lire_fichiers({"liste.csv": controle.exemple.encode()})
    assert f"{controle.trouve} — " in tables.fichiers["remarques"].item()
    assert controle.trouve in "".join(tables.journal["motif"].dropna())
    bonne = lire_fichiers(
        {"liste.csv": b"Nom;Pr\xc3\xa9nom;Classe;INE\nLEROY;Emma;5eA;123456789AB\n"}
    )
    assert controle.trouve not in bonne.fichiers["remarques"].item()


def test_un_en_tete_deja_vu_est_reconnu_avec_les_mots_de_chaque_etablissement():
    entete = morceau(campagne.EXEMPLES[0].replace("Gérer des données", "Jongler")).feuille.debut[0]
    plan = planifier(entete)
    assert planifier(list(entete)) is plan
    assert plan.inconnues
    ajoute = planifier(entete, {"Jongler": "1.2"})
    assert ajoute.codes == ["1.2"]
    assert planifier(entete).inconnues == plan.inconnues


def test_une_cellule_incomprehensible_est_dite_avec_sa_colonne_et_sa_ligne():
    entete, ligne = campagne.EXEMPLES[0].splitlines()
    texte = "\n".join([entete, ligne, ligne.replace(";OK;KO", ";OK;Peut-être"), ligne, ""])
    tables = lire_fichiers({"export.csv": texte.encode("utf-8-sig")})
    rejetees = tables.journal[tables.journal["sort"] == "rejetee"]
    attendu = "« Peut-être » au lieu de KO, OK, Non testé"
    assert rejetees["ligne"].tolist() == [3]
    assert rejetees["motif"].tolist() == [f"« '@tri2 » : {attendu}"]
