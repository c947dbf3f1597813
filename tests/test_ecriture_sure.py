"""Écrire un fichier d'un coup : une panne laisse l'ancien, deux écritures ne se mêlent pas."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pixkit.ecriture_sure import ecrire_d_un_coup
from pixkit.erreurs import EcritureImpossible
from pixkit.memoire import ecrire_memoire, lire_memoire

MOTS = {"attendu": "un fichier libre.", "que_faire": "recommencez."}


def test_une_panne_au_moment_de_remplacer_laisse_l_ancien_entier_et_rien_a_cote(
    tmp_path, monkeypatch
):
    lignes = [{"entete": "Nom de l'élève", "champ": "nom"}]
    ecrire_memoire(tmp_path, "colonnes", lignes)

    def panne(*_):
        raise PermissionError(13, "ouvert dans un tableur")

    monkeypatch.setattr(Path, "replace", panne)
    with pytest.raises(EcritureImpossible, match=r"ouvert dans un tableur.*ce qui était gardé"):
        ecrire_memoire(tmp_path, "colonnes", [])
    assert lire_memoire(tmp_path, "colonnes") == lignes
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["pixkit_colonnes.csv"]


def test_l_erreur_porte_les_mots_de_qui_ecrit(tmp_path):
    with pytest.raises(EcritureImpossible, match=r"« a\.json ».*un fichier libre.*recommencez"):
        ecrire_d_un_coup(tmp_path / "absent" / "a.json", b"", **MOTS)


def test_deux_ecritures_ensemble_laissent_l_une_ou_l_autre_entiere(tmp_path):
    chemin = tmp_path / "a.json"
    contenus = [bytes([65 + rang]) * 200_000 for rang in range(8)]
    with ThreadPoolExecutor(8) as fils:
        for _ in range(5):
            list(fils.map(lambda octets: ecrire_d_un_coup(chemin, octets, **MOTS), contenus))
            assert chemin.read_bytes() in contenus
    assert list(tmp_path.iterdir()) == [chemin]
