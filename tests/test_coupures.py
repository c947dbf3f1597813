"""Rien ne se perd : tué, à deux, disque plein, droits retirés, partage disparu ; et rien ne traîne.

`benchmarks/coupures.py` fait la même chose deux cents fois, avec chaque document.
"""

import errno
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from benchmarks.coupures import (
    couper_les_decisions,
    couper_un_ensemble,
    couper_une_publication,
    decider_ensemble,
    deux_versions,
    lus,
    une_decision,
)
from pixkit import ecriture_sure
from pixkit.commande import main
from pixkit.decisions import ACCEPTE, Decision, decider
from pixkit.ecole import ouvrir
from pixkit.ecriture_sure import EN_COURS, Sortie, prevenir, verrou
from pixkit.erreurs import EcritureImpossible, PublicationRefusee, raison
from pixkit.memoire import ecrire_memoire
from pixkit.publication.place import remplacer, verifier_place
from pixkit.publication.preparer import verifier_suite
from pixkit.service.lecteur import mise_de_cote
from tests.test_publication import DEUX, remplir

COUPURES = 20
SANS_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="droits et signaux d'Unix")
PUBLICATION = {f"vues/{rang:016x}.json": b"{}" * 500 for rang in range(12)} | {
    "registre_rgpd.md": b"#",
    "manifeste.json": b'{"etablissement": "A"}',
}
NOM = "XYLOPHANDRE"


@pytest.fixture
def sans_attendre_le_disque(monkeypatch):
    """Un processus tué ne perd rien de ce que le système a reçu : `fsync` ne sert qu'aux pannes."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


# — Tué, ou à deux —


@SANS_WINDOWS
@pytest.mark.usefixtures("sans_attendre_le_disque")
def test_tue_vingt_fois_pendant_chaque_ecriture_rien_n_est_perdu_ni_a_moitie(tmp_path):
    hasard, versions = random.Random(2), deux_versions({f"{n}.csv": b"a" * 50_000 for n in "abcd"})
    for nom in ("dossier", "p"):
        (tmp_path / nom).mkdir()
    faits = [0, 0, 0]
    for _ in range(COUPURES):
        faits[0] += couper_les_decisions(tmp_path / "dossier", hasard)
        faits[1] += couper_un_ensemble(tmp_path / "sortie", versions, hasard)
        publication = tmp_path / "p" / "p"
        faits[2] += couper_une_publication(publication, deux_versions(PUBLICATION), hasard)
    assert all(faits), "des écritures ont abouti"


@SANS_WINDOWS
@pytest.mark.usefixtures("sans_attendre_le_disque")
def test_deux_processus_qui_decident_ensemble_ne_perdent_aucune_decision(tmp_path):
    assert decider_ensemble(tmp_path, 60) == 120


def test_on_dit_que_l_on_attend_puis_on_renonce(tmp_path, monkeypatch):
    monkeypatch.setattr(ecriture_sure, "PATIENCE", 0.05)
    monkeypatch.setattr(ecriture_sure, "RENONCER", 0.1)
    dits, pris, fini = [], threading.Event(), threading.Event()

    def tenir():
        with verrou(tmp_path):
            pris.set()
            fini.wait()

    autre = threading.Thread(target=tenir)
    autre.start()
    pris.wait()
    prevenir.set(dits.append)
    with pytest.raises(EcritureImpossible, match="un autre pixkit écrit"):
        decider(tmp_path, une_decision("Ada", 1))
    assert "on attend" in dits[0]
    fini.set()
    autre.join()
    decider(tmp_path, une_decision("Ada", 1))
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["pixkit_decisions.csv"]


def test_un_ensemble_pret_se_finit_et_un_brouillon_s_efface(tmp_path):
    for nom, dans in (("a", "pret"), ("b", "neuf")):
        (tmp_path / f"{EN_COURS}{nom}" / dans).mkdir(parents=True)
        (tmp_path / f"{EN_COURS}{nom}" / dans / f"{nom}.csv").write_bytes(b"neuf")
    sortie = Sortie(tmp_path)
    sortie.poser("c.csv", b"c")
    sortie.ecrire()
    assert lus(tmp_path) == {"a.csv": b"neuf", "c.csv": b"c"}


# — Un disque plein, un partage disparu, un fichier ouvert ailleurs —


def refuser(monkeypatch, fonction: str, rang: int, numero: int) -> None:
    """Au `rang`-ième appel, cette fonction du système refuse, sans donner de phrase."""
    vraie, appels = getattr(os, fonction), iter(range(10_000))

    def parfois(*arguments, **options):
        if next(appels) == rang:
            raise OSError(numero, None)
        return vraie(*arguments, **options)

    monkeypatch.setattr(os, fonction, parfois)


@pytest.mark.parametrize(
    ("numero", "dit"), [(errno.ENOSPC, "plein"), (errno.EIO, "partage"), (errno.EROFS, "lecture")]
)
@pytest.mark.parametrize("rang", range(3))
def test_une_ecriture_refusee_laisse_l_ancien_et_rien_a_cote(tmp_path, rang, numero, dit):
    ancien, neuf = deux_versions({f"{n}.csv": b"a" for n in "abc"})
    sortie = Sortie(tmp_path)
    sortie.fichiers = ancien
    sortie.ecrire()
    sortie.fichiers = neuf
    with pytest.MonkeyPatch.context() as panne:
        refuser(panne, "fsync", rang, numero)
        with pytest.raises(EcritureImpossible, match=dit) as refus:
            sortie.ecrire()
    assert "None" not in str(refus.value)
    assert lus(tmp_path) == ancien
    sortie.ecrire()
    assert lus(tmp_path) == neuf


def test_un_fichier_ouvert_ailleurs_remet_ceux_deja_poses(tmp_path, monkeypatch):
    ancien, neuf = deux_versions({"a.csv": b"a", "b.csv": b"b"})
    for nom, octets in ancien.items():
        (tmp_path / nom).write_bytes(octets)
    vrai = Path.replace

    def parfois(chemin, cible):
        if chemin.parent.name == "pret" and chemin.name == "b.csv":
            raise PermissionError(errno.EACCES, None)
        return vrai(chemin, cible)

    monkeypatch.setattr(Path, "replace", parfois)
    sortie = Sortie(tmp_path)
    sortie.fichiers = neuf | {"0.csv": b"0"}
    with pytest.raises(EcritureImpossible, match="ouvert dans un autre programme"):
        sortie.ecrire()
    assert lus(tmp_path) == ancien


@pytest.mark.parametrize("rang", range(4))
def test_une_publication_refusee_laisse_l_ancienne(tmp_path, rang):
    ancienne, neuve = deux_versions(PUBLICATION)
    remplacer(tmp_path / "p", ancienne)
    with pytest.MonkeyPatch.context() as panne:
        refuser(panne, "fsync", 4 * rang, errno.ENOSPC)
        with pytest.raises(EcritureImpossible, match="plein"):
            remplacer(tmp_path / "p", neuve)
    assert lus(tmp_path) == {f"p/{nom}": octets for nom, octets in ancienne.items()}


def test_un_dossier_disparu_se_dit_et_ne_se_refait_pas(tmp_path):
    with pytest.raises(EcritureImpossible, match="n'existe plus"):
        decider(tmp_path / "debranche", une_decision("Ada", 1))
    assert not list(tmp_path.iterdir())


def test_un_refus_sans_phrase_du_systeme_n_est_jamais_none():
    assert {raison(OSError(numero, None)) for numero in (None, 9999)} == {"OSError"}


# — La moitié d'une publication, celle d'un autre —


def test_arretee_entre_les_deux_renommages_l_ancienne_se_lit_et_revient(tmp_path):
    cible = tmp_path / "p"
    remplacer(cible, PUBLICATION)
    cible.rename(mise_de_cote(cible))
    assert verifier_place(cible, tmp_path / "exports") == cible
    assert lus(tmp_path) == {f"p/{nom}": octets for nom, octets in PUBLICATION.items()}


@pytest.mark.parametrize(
    ("reste", "permis"),
    [
        ({"vues/0000000000000000.json"}, True),
        ({"manifeste.json", "images/0123456789abcdef.svg", "index.html"}, True),
        ({"registre_rgpd.md", ".DS_Store"}, True),
        ({"index.html"}, False),
        ({"images/vacances.jpg"}, False),
        ({"manifeste.json", "notes.txt"}, False),
    ],
)
def test_une_moitie_de_publication_se_remplace_et_elle_seule(tmp_path, reste, permis):
    for nom in reste:
        (tmp_path / "p" / nom).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / nom).write_bytes(b"{}")
    if permis:
        verifier_place(tmp_path / "p", tmp_path / "exports")
        return
    with pytest.raises(PublicationRefusee, match="autre chose"):
        verifier_place(tmp_path / "p", tmp_path / "exports")


def test_ce_qui_reste_de_la_publication_d_un_autre_ne_se_remplace_pas_sans_le_dire(tmp_path):
    remplacer(tmp_path / "p", PUBLICATION)
    verifier_suite(tmp_path / "p", tmp_path, "A")
    with pytest.raises(PublicationRefusee, match=r"« A ».*--malgre"):
        verifier_suite(tmp_path / "p", tmp_path, "B")


# — Pour soi, et nulle part ailleurs —


def droits(chemin: Path) -> int:
    return chemin.stat().st_mode & 0o777


@SANS_WINDOWS
def test_ce_qui_porte_des_noms_n_est_que_pour_soi(tmp_path):
    (tmp_path / "ouvert").mkdir(mode=0o755)
    dossier = remplir(tmp_path / "ouvert")
    (tmp_path / "ouvert" / "pixkit_decisions.csv").unlink(missing_ok=True)
    decider(dossier, une_decision("Ada", 1))
    assert droits(dossier / "pixkit_decisions.csv") == 0o600
    assert droits(dossier) == 0o755, "le dossier de la personne reste comme elle l'a voulu"
    sortie = tmp_path / "neuf" / "sortie"
    assert main(["relances", str(dossier), "--vers", str(sortie)]) in (0, 1)
    assert [droits(sortie.parent), droits(sortie)] == [0o700, 0o700]
    assert {droits(chemin) for chemin in sortie.iterdir()} == {0o600}


@SANS_WINDOWS
def test_un_dossier_de_groupe_reste_au_groupe(tmp_path):
    tmp_path.chmod(0o2770)
    decider(tmp_path, une_decision("Ada", 1))
    assert droits(tmp_path / "pixkit_decisions.csv") == 0o640


UNE_JOURNEE = """
import sys
from pixkit.commande import main
from pixkit.panneaux import panneau_atelier

dossier, ici = sys.argv[1:]
for action in ("lire", "apparier", "relances", "certification"):
    main([action, dossier, "--vers", f"{ici}/{action}"])
main(["publier", dossier, "--vers", f"{ici}/publication", "--effectif-min", "5", "--oui"])
atelier = panneau_atelier(dossier)
atelier.page.value = "Qui est qui"
if atelier.banc.noms.options:
    atelier.banc.hors.click()
atelier.page.value = "Relances"
atelier.relances.preparer.click()
assert "download" in atelier.relances.telecharger.value
print("prête", flush=True)
while True:
    main(["relances", dossier, "--vers", f"{ici}/relances"])
"""


@SANS_WINDOWS
def test_apres_une_journee_aucun_nom_n_est_hors_du_dossier_et_des_sorties(tmp_path):
    for nom in ("dossier", "sorties", "machine"):
        (tmp_path / nom).mkdir()
    dossier = remplir(tmp_path / "dossier", classes=DEUX)
    liste = dossier / "siecle.xml"
    liste.write_bytes(
        liste.read_bytes().replace(b"<NOM_DE_FAMILLE>", f"<NOM_DE_FAMILLE>{NOM}".encode())
    )
    machine = {nom: str(tmp_path / "machine") for nom in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    commande = [sys.executable, "-c", UNE_JOURNEE, str(dossier), str(tmp_path / "sorties")]
    with subprocess.Popen(
        commande, env=os.environ | machine, cwd=tmp_path / "machine", stdout=subprocess.PIPE
    ) as journee:
        assert any(b"pr\xc3\xaate" in ligne for ligne in journee.stdout)
        journee.kill()
    laisses = lus(tmp_path)
    avec = {nom for nom, octets in laisses.items() if NOM.encode() in nom.encode() + octets}
    assert {nom.split("/")[0] for nom in avec} == {"dossier", "sorties"}
    assert not [nom for nom in avec if "publication" in nom]


UNE_FIN_D_ANNEE = """
import sys
from pixkit.commande import main

dossier, ici, eleve = sys.argv[1:]
publication = f"{ici}/publication"
publier = ["publier", dossier, "--vers", publication, "--effectif-min", "5", "--oui", "--html"]
codes = [main(publier), main(["eleve", dossier, "--eleve", eleve, "--effacer", "--oui"])]
codes += [main(publier), main(["clore", dossier, "--annee", "2026-2027", "--oui"])]
codes += [main(["retirer", publication, "--oui"])]
assert not {*codes} - {0, 1}, codes
"""


@SANS_WINDOWS
def test_efface_puis_l_annee_close_un_nom_n_est_plus_que_dans_les_fichiers_bruts(tmp_path):
    for nom in ("dossier", "sorties", "machine"):
        (tmp_path / nom).mkdir()
    dossier = remplir(tmp_path / "dossier", classes=DEUX)
    bruts = {chemin.relative_to(tmp_path).as_posix() for chemin in dossier.iterdir()}
    liste = dossier / "siecle.xml"
    liste.write_bytes(
        liste.read_bytes().replace(b"<NOM_DE_FAMILLE>", f"<NOM_DE_FAMILLE>{NOM}".encode())
    )
    eleves = ouvrir(dossier).tables.eleves.dropna(subset="classe")
    eleve = next(eleves.itertuples())
    qui = eleve.nom, eleve.prenom, eleve.classe, "2026-2027", ""
    decider(dossier, Decision(*qui, ACCEPTE, eleve.eleve, ""))
    ecrire_memoire(dossier, "amenagements", [{"eleve": eleve.eleve, "temps_majore": "oui"}])
    machine = {nom: str(tmp_path / "machine") for nom in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    commande = [sys.executable, "-c", UNE_FIN_D_ANNEE, str(dossier), str(tmp_path / "sorties")]
    fini = subprocess.run(
        [*commande, eleve.eleve],
        env=os.environ | machine,
        cwd=tmp_path / "machine",
        capture_output=True,
        check=False,
    )
    assert fini.returncode == 0, fini.stderr.decode()
    laisses = lus(tmp_path)
    assert {"pixkit_annees.csv", "pixkit_publications.json"} <= {
        chemin.name for chemin in dossier.iterdir()
    }
    nomment = {
        secret: {nom for nom, octets in laisses.items() if secret.encode() in nom.encode() + octets}
        for secret in (NOM, eleve.eleve)
    }
    assert nomment[NOM] == {liste.relative_to(tmp_path).as_posix()}
    assert nomment[eleve.eleve] <= bruts
