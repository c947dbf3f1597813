"""Publier : ce qui est écrit, ce qui est tu, ce qui est refusé.

Pages statiques et serveur disent la même chose.
"""

import html
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from pixkit.commande import main
from pixkit.erreurs import (
    FichierIllisible,
    MemoireInconnue,
    PublicationIllisible,
    PublicationRefusee,
)
from pixkit.lecture import lire_dossier
from pixkit.publication import agregats, population, preparer
from pixkit.publication.dessiner import faire
from pixkit.publication.dessins import dessin_participation
from pixkit.publication.memoire import NOM, Memoire, lire_publications
from pixkit.publication.place import retirer
from pixkit.publication.preparer import preparer_publication, verifier_suite
from pixkit.service.lecteur import PUBLICS, Publication
from pixkit.service.panneau import panneau_publication
from tests.test_lecture import EXPORTS
from tests.test_listes import SIECLE

N = 5
DEUX = ("5eA", "5eB")
"""De quoi publier quatre fois plus vite que sept classes, quand leur nombre ne change rien."""


def remplir(dossier: Path, *, liste: bool = True, classes: Sequence[str] = ()) -> Path:
    """Une évaluation, une collecte, leur liste ; ou ces `classes` des deux exports."""
    for cas in ("01_5e", "05_collecte"):
        entete, *lignes = (EXPORTS / cas / "export.csv").read_bytes().splitlines(keepends=True)
        siennes = [f'"{classe}"'.encode() for classe in classes] or [b""]
        gardees = [ligne for ligne in lignes if any(une in ligne for une in siennes)]
        if gardees:
            (dossier / f"{cas}.csv").write_bytes(b"".join([entete, *gardees]))
    if liste:
        (dossier / "siecle.xml").write_bytes(SIECLE)
    return dossier


def publier(dossier, vers, *options) -> int:
    return main(["publier", str(dossier), "--vers", str(vers), *options])


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    return remplir(tmp_path_factory.mktemp("dossier"))


@pytest.fixture(scope="module")
def petit(tmp_path_factory):
    return remplir(tmp_path_factory.mktemp("petit"), classes=DEUX)


@pytest.fixture(scope="module")
def publication(dossier, tmp_path_factory):
    vers = tmp_path_factory.mktemp("sortie") / "publication"
    assert publier(dossier, vers, "--effectif-min", str(N), "--oui", "--html") == 0
    return vers


def lire(publication: Path, nom: str):
    return json.loads((publication / f"{nom}.json").read_text(encoding="utf-8"))


# — Ce qui est écrit —


def test_la_publication_contient_ce_qui_est_annonce_et_rien_d_autre(publication):
    attendus = {
        "manifeste.json",
        "agregats",
        "etats",
        "vues",
        "images",
        "registre_rgpd.md",
        "LISEZMOI.md",
        "index.html",
        "pages",
    }
    assert {chemin.name for chemin in publication.iterdir()} == attendus
    assert {chemin.stem for chemin in (publication / "etats").iterdir()} == set(PUBLICS)
    manifeste = lire(publication, "manifeste")
    assert manifeste["effectif_min"] == N
    jours = [manifeste[nom] for nom in ("publie_le", "donnees_du", "a_supprimer_le")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", jour) for jour in jours), "l'heure en dirait trop"
    assert "sha256" not in json.dumps(manifeste), "une empreinte de fichier se compare"
    assert manifeste["a_supprimer_le"] in (publication / "registre_rgpd.md").read_text(
        encoding="utf-8"
    ) or ("31 août 2027" in (publication / "registre_rgpd.md").read_text(encoding="utf-8"))


def test_chaque_etat_montre_des_vues_qui_existent_et_chaque_image_a_sa_phrase_et_sa_table(
    publication,
):
    lue, vues = Publication(publication), set()
    for public in PUBLICS:
        for etat in lue.audience(public).etats:
            vues |= set(etat["vues"])
    for identifiant in vues:
        vue = lue.vue(identifiant)
        assert vue["phrase"]
        if vue["image"]:
            assert (publication / vue["image"]).exists()
            assert vue["table"]["lignes"]
    assert {chemin.stem for chemin in (publication / "vues").iterdir()} == vues


def test_aucun_nom_du_dossier_n_est_dans_aucun_octet(dossier, publication):
    tables = lire_dossier(dossier)
    ecrit = "\n".join(
        c.read_text(encoding="utf-8") for c in publication.rglob("*") if c.is_file()
    ).casefold()
    for table in (tables.participations, tables.eleves):
        for nom, prenom in zip(table["nom"], table["prenom"], strict=True):
            assert f"{nom} {prenom}".casefold() not in ecrit
            assert f"{prenom} {nom}".casefold() not in ecrit
    assert not [ine for ine in tables.eleves["eleve"] if ine.casefold() in ecrit]
    assert not re.search(r"/(work|home|tmp|root|Users)/", ecrit)


def test_les_taux_publies_sont_ceux_de_l_export_arrondis(publication):
    verite = json.loads((EXPORTS / "01_5e" / "verite.json").read_text(encoding="utf-8"))
    assert verite
    cases = [
        ligne
        for ligne in lire(publication, "agregats/maitrise")
        if ligne["campagne"] == "KLTBCQ459"
    ]
    assert {ligne["classe"] for ligne in cases} >= {"5eA", "5eB"}
    for case in cases:
        assert case["effectif"] >= N
        assert 0 < case["valeur"] < 1
        assert case["bas"] <= case["valeur"] <= case["haut"]
        assert case["haut"] - case["bas"] >= 0.04 or case["borne"]


def test_les_petits_nombres_ne_se_comptent_ni_directement_ni_par_difference(publication):
    for ligne in lire(publication, "agregats/participation"):
        bas, haut, tous = ligne["envoyes_bas"], ligne["envoyes_haut"], ligne["attendus"]
        assert (bas >= N and tous - haut >= N) if bas == haut else haut - bas == N - 1
    for ligne in lire(publication, "agregats/certification"):
        assert 0.0 <= ligne["taux_bas"] <= ligne["taux_haut"] <= 1.0
        assert ligne["taux_bas"] != ligne["taux_haut"] or ligne["taux_bas"] not in (0.0, 1.0)


def test_une_deuxieme_publication_identique_ne_change_que_sa_date(dossier, publication):
    encore = preparer_publication(dossier, effectif_min=N, html=True)
    for nom, octets in encore.fichiers.items():
        if nom != "manifeste.json":
            assert (publication / nom).read_bytes() == octets, nom


def test_une_classe_a_deux_niveaux_scolaires_se_publie_sans_niveau(tmp_path, monkeypatch):
    """Une ULIS : son niveau est celui de chaque élève, non de la classe."""
    vraie = population._eleves

    def melee(*tables):
        eleves = vraie(*tables)
        un_sur_deux = eleves.groupby(["campagne", "classe"]).cumcount() % 2 == 0
        meles = eleves["niveau_scolaire"].mask(un_sur_deux & (eleves["classe"] == "5eA"), "4e")
        return eleves.assign(niveau_scolaire=meles)

    monkeypatch.setattr(population, "_eleves", melee)
    publies = preparer_publication(
        remplir(tmp_path, classes=DEUX), effectif_min=N
    ).agregats.maitrise
    cases = publies[(publies["classe"] == "5eA") & (publies["campagne"] == "KLTBCQ459")]
    assert set(cases["niveau_scolaire"]) == {""}
    assert not cases.duplicated("competence").any()


# — D'une publication à l'autre —


def test_un_seul_envoi_de_plus_ne_se_voit_pas_et_n_en_cache_pas_cinq(tmp_path):
    (export,) = remplir(tmp_path, liste=False, classes=DEUX).glob("*.csv")
    source = export.read_bytes().decode("utf-8-sig").splitlines(keepends=True)
    rangs = [rang for rang, ligne in enumerate(source) if '"5eA"' in ligne and '"Oui"' in ligne]
    jeu = tmp_path / "jeu"
    jeu.mkdir()

    def avec(combien: int) -> dict:
        retires = set(rangs[combien:][: 6 - combien]) if combien < 6 else set()
        (jeu / "e.csv").write_text(
            "".join(ligne for rang, ligne in enumerate(source) if rang not in retires),
            encoding="utf-8",
        )
        preparation = preparer_publication(jeu, effectif_min=N)
        preparation.ecrire(tmp_path / "p")
        return {
            nom: octets
            for nom, octets in preparation.fichiers.items()
            if nom.startswith(("agregats", "vues"))
        }

    premiere, deuxieme, troisieme = avec(0), avec(1), avec(6)
    assert premiere == deuxieme
    assert deuxieme != troisieme


def test_deux_ecoles_qui_ont_les_memes_sommes_donnent_les_memes_octets(tmp_path, monkeypatch):
    """Dans chaque classe × compétence, les résultats changent d'élève : aucun total ne bouge."""
    jeu = remplir(tmp_path, classes=(*DEUX, "3eA", "3eB"))
    une = preparer_publication(jeu, effectif_min=N)
    vraie = preparer.population

    def melee(*recu):
        eleves, resultats = vraie(*recu)
        lieux = resultats.merge(eleves[["campagne", "eleve", "classe"]], on=["campagne", "eleve"])
        groupes = resultats.groupby([lieux["campagne"], lieux["classe"], lieux["competence"]])
        valeurs = ["nb_acquis", "nb_acquis_maitrises", "niveau_pix"]
        tournees = groupes[valeurs].transform(lambda notes: notes.to_numpy()[::-1])
        assert not tournees.equals(resultats[valeurs])
        return eleves, resultats.assign(**tournees)

    monkeypatch.setattr(preparer, "population", melee)
    assert preparer_publication(jeu, effectif_min=N).fichiers == une.fichiers


def test_la_memoire_des_publications_reste_dans_le_dossier(dossier, publication):
    assert (dossier / NOM).exists()
    assert not list(publication.rglob(NOM))


# — Ce qui est refusé —


def test_sans_effectif_minimum_ni_personne_pour_repondre_rien_n_est_publie(
    petit, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("builtins.input", lambda _: (_ for _ in ()).throw(EOFError))
    assert publier(petit, tmp_path / "p") == 2
    assert "--effectif-min 5" in capsys.readouterr().err
    assert publier(petit, tmp_path / "p", "--effectif-min", "5") == 2
    assert not (tmp_path / "p").exists()


def test_on_voit_ce_qui_va_sortir_avant_de_dire_oui(petit, tmp_path, monkeypatch, capsys):
    reponses = iter(["5", "non"])
    monkeypatch.setattr("builtins.input", lambda _: next(reponses))
    assert publier(petit, tmp_path / "p") == 2
    sortie = capsys.readouterr()
    assert "Ce qui va sortir" in sortie.out
    assert "5eA" in sortie.out
    assert "Rien n'a été publié" in sortie.err
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(("n", "dit"), [("1", "au moins 3"), ("500", "500 élèves au moins")])
def test_un_effectif_minimum_absurde_est_refuse(dossier, tmp_path, capsys, n, dit):
    assert publier(dossier, tmp_path / "p", "--effectif-min", n, "--oui") == 2
    assert dit in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fichiers", "dit"),
    [({}, "aucun fichier"), ({"notes.txt": "bonjour", "a.csv": "a;b"}, "a.csv et notes.txt")],
)
def test_un_dossier_ou_rien_ne_se_lit_ne_fait_pas_attendre_des_envois(
    tmp_path, capsys, fichiers, dit
):
    for nom, texte in fichiers.items():
        (tmp_path / nom).write_text(texte, encoding="utf-8")
    assert publier(tmp_path, tmp_path.parent / "p", "--effectif-min", "5", "--oui") == 2
    erreur = capsys.readouterr().err
    assert dit in erreur
    assert "rien n'est lu" in erreur
    assert "attendez" not in erreur


def test_une_campagne_au_nom_d_un_eleve_arrete_tout_puis_passe_sous_un_autre_nom(tmp_path, capsys):
    jeu = remplir(tmp_path, liste=False, classes=DEUX)
    export = jeu / "01_5e.csv"
    nom = lire_dossier(jeu).participations.query("campagne == 'KLTBCQ459'")["nom_campagne"].iloc[0]
    eleve = lire_dossier(jeu).participations.iloc[0]
    nouveau = f"Rattrapage de {eleve['prenom']} {eleve['nom']}"
    export.write_text(
        export.read_text(encoding="utf-8-sig").replace(nom, nouveau), encoding="utf-8"
    )
    sortie = tmp_path.parent / f"{tmp_path.name}_p"
    assert publier(jeu, sortie, "--effectif-min", "5", "--oui") == 2
    erreur = capsys.readouterr().err
    assert f"campagne KLTBCQ459 : « {nouveau} »" in erreur, "à l'écran de qui l'a tapé"
    assert not sortie.exists()
    (jeu / "pixkit_noms_publies.csv").write_text(
        f"nom_pix;nom_publie\n{nouveau};Rattrapage\n", encoding="utf-8"
    )
    assert publier(jeu, sortie, "--effectif-min", "5", "--oui") == 0


def test_une_publication_ne_va_ni_dans_le_dossier_ni_par_dessus_autre_chose(
    dossier, tmp_path, capsys
):
    assert publier(dossier, dossier / "p", "--effectif-min", "5", "--oui") == 2
    assert "dans le dossier des exports" in capsys.readouterr().err
    assert publier(dossier, dossier.parent, "--effectif-min", "5", "--oui") == 2
    assert (dossier / "siecle.xml").exists(), "publier autour des exports ne les efface pas"
    (tmp_path / "photos.txt").write_text("à moi", encoding="utf-8")
    assert publier(dossier, tmp_path, "--effectif-min", "5", "--oui") == 2
    assert "contient déjà autre chose" in capsys.readouterr().err
    (tmp_path / "manifeste.json").write_text('{"photos": 1}', encoding="utf-8")
    assert publier(dossier, tmp_path, "--effectif-min", "5", "--oui") == 2
    assert (tmp_path / "photos.txt").read_text(encoding="utf-8") == "à moi"


def test_une_memoire_des_publications_abimee_arrete_tout(tmp_path, capsys):
    jeu = remplir(tmp_path, liste=False)
    (jeu / NOM).write_text("{", encoding="utf-8")
    assert publier(jeu, tmp_path.parent / "q", "--effectif-min", "5", "--oui") == 2
    assert "sauvegarde" in capsys.readouterr().err


@pytest.mark.parametrize("abimee", [{"sel": None}, {"sel": 3}, {"groupes": {}}, {"envois": []},
                                    {"personnes": []}, {"publications": "x"}])  # fmt: skip
def test_une_memoire_amputee_ne_se_lit_pas(abimee, tmp_path):
    """Sans son sel, elle ne reconnaîtrait personne : tous compteraient une seconde fois."""
    lue = {"format": 2} | asdict(Memoire()) | abimee
    lue = {nom: dit for nom, dit in lue.items() if dit is not None}
    (tmp_path / NOM).write_text(json.dumps(lue), encoding="utf-8")
    with pytest.raises(FichierIllisible, match="ne se lit pas"):
        lire_publications(tmp_path)


def test_remplacer_une_publication_que_la_memoire_ne_connait_pas_demande_une_raison(
    tmp_path, capsys
):
    jeu, sortie = remplir(tmp_path, classes=DEUX), tmp_path.parent / f"{tmp_path.name}_p"
    assert publier(jeu, sortie, "--effectif-min", "5", "--oui") == 0
    (jeu / NOM).unlink()
    capsys.readouterr()
    assert publier(jeu, sortie, "--effectif-min", "5", "--oui") == 2
    assert "--malgre" in capsys.readouterr().err
    retiree = shutil.copytree(sortie, tmp_path.parent / f"{tmp_path.name}_r")
    retirer(retiree)
    with pytest.raises(MemoireInconnue):  # retirée, elle a pu être lue
        verifier_suite(retiree, jeu)
    blanche = ("--effectif-min", "5", "--oui", "--malgre", " ")
    assert publier(jeu, sortie, *blanche) == 2, "une raison blanche n'en est pas une"
    raison = "le disque a brûlé"
    assert publier(jeu, sortie, "--effectif-min", "5", "--oui", "--malgre", raison) == 0
    assert raison in (sortie / "registre_rgpd.md").read_text(encoding="utf-8")
    assert publier(jeu, sortie, "--effectif-min", "5", "--oui") == 0, "la mémoire la connaît"


def test_de_deux_apercus_le_second_ne_se_publie_pas(tmp_path):
    jeu = remplir(tmp_path, liste=False, classes=DEUX)
    un, deux = (preparer_publication(jeu, effectif_min=N) for _ in range(2))
    un.ecrire(tmp_path.parent / f"{tmp_path.name}_p")
    with pytest.raises(PublicationRefusee, match="depuis cet aperçu"):
        deux.ecrire(tmp_path.parent / f"{tmp_path.name}_q")


@pytest.mark.usefixtures("publication")
def test_la_memoire_ne_garde_ni_un_nom_ni_le_resultat_d_un_eleve(dossier):
    texte = (dossier / NOM).read_text(encoding="utf-8")
    tables = lire_dossier(dossier)
    assert not [nom for nom in tables.participations["nom"].dropna() if nom in texte]
    assert not [cle for cle in tables.eleves["eleve"] if cle in texte]
    for groupe in json.loads(texte)["groupes"]:
        for atomes in groupe["cellules"].values():
            for atome in atomes:
                assert len(atome["contributions"]) >= N
                assert set(atome) == {"somme", "sur", "promis", "contributions"}


def test_une_publication_de_l_ancienne_version_s_ouvre_encore(publication, tmp_path):
    copie = shutil.copytree(publication, tmp_path / "publication")
    manifeste = lire(copie, "manifeste") | {"format": 1, "donnees_du": "2026-11-20T10:00:00+01:00"}
    (copie / "manifeste.json").write_text(json.dumps(manifeste), encoding="utf-8")
    assert Publication(copie).entete()["age"]
    (copie / "manifeste.json").write_text(json.dumps(manifeste | {"format": 3}), encoding="utf-8")
    with pytest.raises(PublicationIllisible, match="pixkit publier"):
        Publication(copie)


# — Les deux lectures —


def test_chaque_chiffre_des_pages_statiques_est_celui_du_serveur(publication):
    lue = Publication(publication)
    for public in PUBLICS:
        audience = lue.audience(public)
        pages = sorted((publication / "pages" / public).glob("*.html")) if audience.etats else []
        assert len(pages) == len(audience.etats)
        for page, etat in zip(pages, audience.etats, strict=True):
            servi = lue.corps(audience.etat(etat["choix"]))
            assert _lisible(servi) in _lisible(page.read_text(encoding="utf-8"))


def _lisible(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page))).strip()


def test_les_liens_des_pages_statiques_menent_quelque_part_et_rien_ne_sort(publication):
    for page in publication.rglob("*.html"):
        texte = page.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org)", texte)
        for cible in re.findall(r"(?:href|src)='((?!data:)[^'#][^']*)'", texte):
            assert (page.parent / cible).exists(), cible


def test_le_panneau_suit_les_choix_et_donne_le_meme_formulaire_en_html(publication):
    panneau = panneau_publication(publication, "classe")
    panneau.commandes["classe"].value = "5eB"
    assert "classe=5eB" in panneau.corps.value
    assert "<img alt=" in panneau.corps.value
    donne = panneau._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in donne
    assert panneau.corps.value in donne["text/html"]
    assert "<option value='5eB' selected>" in donne["text/html"]


def test_une_vue_publiee_vide_n_a_pas_d_image():
    vides = {nom: pd.DataFrame(columns=colonnes) for nom, colonnes in agregats._COLONNES.items()}
    nom, fichiers = faire(dessin_participation(agregats.Agregats(**vides)))
    assert list(fichiers) == [f"vues/{nom}.json"]
    vue = json.loads(fichiers[f"vues/{nom}.json"])
    assert "la liste des élèves" in vue["phrase"]
    assert vue["image"] is None


def test_une_image_disparue_pendant_la_visite_reste_en_memoire(publication, tmp_path):
    copie = shutil.copytree(publication, tmp_path / "publication")
    panneau = panneau_publication(copie, "classe")
    shutil.rmtree(copie / "images")
    panneau.commandes["classe"].value = "5eB"
    assert "<img alt=" in panneau.corps.value


def test_un_dossier_qui_n_est_pas_une_publication_le_dit(tmp_path):
    panneau = panneau_publication(tmp_path, "classe")
    assert "pixkit publier" in panneau.value
    assert panneau._repr_mimebundle_()["text/html"] == panneau.value
    with pytest.raises(PublicationIllisible, match="manifeste"):
        Publication(tmp_path)
