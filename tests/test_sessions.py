"""Les sessions de certification : qui passe, où, quand ; le plan face à l'énumération ; ce qui
manque, dit en mots ; les documents."""

import csv
import itertools
import subprocess
from datetime import date, datetime, timedelta

import numpy as np
import openpyxl
import pandas as pd
import pytest

from pixkit.commande import main
from pixkit.documents import ecrire_sessions
from pixkit.documents.import_certif import ENTETES
from pixkit.erreurs import FichierIllisible
from pixkit.gardes import gardee
from pixkit.lecture import lire_fichiers
from pixkit.sessions import COLONNES, planifier
from pixkit.sessions.eligibles import duree, eligibles, majoration, verifier_amenagements
from pixkit.sessions.programme import LOTS_MAX, repartir
from pixkit.sessions.publics import fenetres, hors_periode, public_de, verifier_saisies
from pixkit.sessions.salles import Creneau, lire_salles
from tests.conftest import outil, texte_du_pdf
from tests.fausse_certification import ecole_au_hasard, infractions

AU = "2026-2027"
JOUR = date(2027, 6, 3)
HOSTILES = ("=CMD()", "\u202eZoé\x07", "<b>O'Brien & fils</b>", "A" * 120, "Nguyễn 🙂 李")


def a(heure: int, minute: int = 0, jour: int = 3) -> datetime:
    return datetime(2027, 6, jour, heure, minute)


def candidats(**classes: tuple[int, int]) -> pd.DataFrame:
    """`troisA=(24, 2)` : 24 candidats de troisA, dont 2 au temps majoré."""
    lignes = [
        {"eleve": f"{classe}{rang:03}", "nom": f"NOM{rang:03}", "prenom": "Ada", "classe": classe,
         "date_naissance": pd.Timestamp(2012, 5, 1), "public": "3e", "annee_connue": True,
         "majoration": 33 * (rang < majores), "materiel": "", "certifiable": pd.NA,
         "duree": 160 if rang < majores else 120}
        for classe, (nombre, majores) in classes.items() for rang in range(nombre)
    ]  # fmt: skip
    return pd.DataFrame(lignes).astype({"certifiable": "boolean"})


def plan(table: pd.DataFrame, creneaux: list[Creneau], **options):
    jours = {"du": JOUR, "au": JOUR, "annee_scolaire": AU} | options
    return planifier(table, creneaux, **jours)


def liste(**classes: list[str]) -> pd.DataFrame:
    """Les élèves d'une liste CSV de 2026-2027."""
    lignes = ["Nom;Prénom;Date de naissance;Classe"]
    lignes += [f"{nom};Ada;01/02/2012;{c}" for c, noms in classes.items() for nom in noms]
    return lire_fichiers({"eleves-2026-2027.csv": "\n".join(lignes).encode()}).eleves


# — Le plan —


@pytest.mark.parametrize("graine", range(25))
def test_une_instance_faisable_place_tout_le_monde_sans_rien_enfreindre(graine):
    table, creneaux, jours = ecole_au_hasard(np.random.default_rng(graine))
    trouve = planifier(table, creneaux, **jours, annee_scolaire=AU)
    assert not len(trouve.non_places)
    assert not trouve.manques
    assert infractions(trouve, table, creneaux) == []


def meilleur(effectifs: np.ndarray, creneaux: list[Creneau]) -> tuple[int, int, int]:
    """(placés, -partagées, -sessions) de la meilleure affectation, par énumération."""
    nombre = [range(len(creneaux))] * int(effectifs.sum())
    de_classe = np.repeat(np.arange(len(effectifs)), effectifs.sum(axis=1))
    durees = np.concatenate([np.repeat([120, 160], ligne) for ligne in effectifs])
    mieux = (0, 0, 0)
    for choix in itertools.product(*([*r, -1] for r in nombre)):
        ou = np.array(choix)
        ouverts = sorted({*choix} - {-1})
        if any((ou == rang).sum() > creneaux[rang].places for rang in ouverts):
            continue
        fins = {r: creneaux[r].fin(int(durees[ou == r].max())) for r in ouverts}
        if any(
            creneaux[r].ressources & creneaux[s].ressources
            and creneaux[r].debut <= creneaux[s].debut < fins[r]
            for r, s in itertools.permutations(ouverts, 2)
        ):
            continue
        partagees = sum(len(set(ou[de_classe == c])) > 1 or -1 in ou[de_classe == c]
                        for c in range(len(effectifs)))  # fmt: skip
        mieux = max(mieux, (int((ou >= 0).sum()), -partagees, -len(ouverts)))
    return mieux


@pytest.mark.parametrize("graine", range(12))
def test_sur_de_petits_cas_le_plan_vaut_l_enumeration(graine):
    alea = np.random.default_rng(graine)
    effectifs = alea.integers(0, 3, (3, 2)) if graine % 2 else alea.integers(0, 2, (4, 2))
    effectifs = effectifs[effectifs.sum(axis=1) > 0][:3]
    while effectifs.sum() > 6:
        effectifs[effectifs.sum(axis=1).argmax()] //= 2
    debuts = [a(8), a(9, 30), a(10), a(10, 40)]
    creneaux = sorted(
        Creneau(
            debuts[alea.integers(4)], salle, int(alea.integers(1, 4)), ("Mme Roux",)[: rang % 2]
        )
        for rang, salle in enumerate(("101", "102", "101", "103"))
    )
    assis, prouve = repartir(creneaux, effectifs, [120, 160])
    assert prouve
    sieges = assis.sum(axis=(0, 1))
    entieres = (assis.sum(axis=1).max(axis=1) == effectifs.sum(axis=1)).sum()
    trouve = (int(assis.sum()), int(entieres) - len(effectifs), -int((sieges > 0).sum()))
    assert trouve == meilleur(effectifs, creneaux)


def test_une_classe_reste_entiere_quand_une_salle_la_tient():
    trouve = plan(
        candidats(A=(20, 0), B=(12, 0)), [Creneau(a(8), "petite", 12), Creneau(a(8), "grande", 20)]
    )
    assert trouve.partagees == []
    assert trouve.candidats.groupby("classe")["salle"].unique().map(list).to_dict() == {
        "A": ["grande"], "B": ["petite"],
    }  # fmt: skip


def test_une_grande_salle_aux_lots_innombrables_garde_ses_classes_entieres():
    classes = {f"C{rang:02}": (10 + rang, 0) for rang in range(20)}
    trouve = plan(candidats(**classes), [Creneau(a(8), "gymnase", 400), Creneau(a(8), "101", 30)])
    assert 2 ** len(classes) > LOTS_MAX
    assert trouve.partagees == []
    assert len(trouve.sessions) == 1


def test_le_plus_tot_d_abord_et_le_dernier_creneau_reste_pour_les_absents():
    creneaux = [Creneau(a(8, jour=jour), "101", 30) for jour in (3, 4, 5)]
    trouve = plan(candidats(A=(20, 0)), creneaux, au=date(2027, 6, 5))
    assert trouve.sessions["debut"].to_list() == [a(8)]
    assert trouve.remplacement == creneaux[1]


def test_la_session_de_remplacement_est_un_autre_jour_meme_apres_la_fin():
    creneaux = [
        Creneau(a(8), "101", 30),
        Creneau(a(14), "101", 30),
        Creneau(a(8, jour=9), "102", 9),
    ]
    assert plan(candidats(A=(20, 0)), creneaux).remplacement == creneaux[2]
    seul = plan(candidats(A=(20, 0)), creneaux[:1])
    assert seul.remplacement is None
    assert any("Aucun créneau ne reste" in phrase for phrase in seul.remarques)


def test_un_temps_majore_allonge_la_session_d_un_tiers():
    creneaux = [Creneau(a(8), "101", 10), Creneau(a(10), "101", 10), Creneau(a(10, 40), "101", 10)]
    trouve = plan(candidats(A=(10, 1), B=(10, 0)), creneaux)
    assert not trouve.manques
    premiere = trouve.sessions.iloc[0]
    assert premiere["fin"] - premiere["debut"] in (timedelta(minutes=120), timedelta(minutes=160))
    assert infractions(trouve, candidats(A=(10, 1), B=(10, 0)), creneaux) == []


# — Ce qui manque —


def test_les_places_qui_manquent_se_disent_avec_leur_jour():
    trouve = plan(candidats(A=(20, 0), B=(22, 0)), [Creneau(a(8), "101", 30)])
    assert len(trouve.non_places) == 12
    assert "12 places manquent le 3 juin 2027" in trouve.manques[0]
    assert len(trouve.manques) == 1


def test_sans_creneau_toutes_les_places_manquent():
    trouve = plan(candidats(A=(3, 0)), [Creneau(a(8, jour=9), "101", 30)])
    assert trouve.manques[0].startswith("3 places manquent le 3 juin 2027 : 0")


def test_un_surveillant_attendu_dans_deux_salles_se_nomme():
    creneaux = [Creneau(a(8), salle, 10, ("Mme Roux",)) for salle in ("101", "102")]
    trouve = plan(candidats(A=(20, 0)), creneaux)
    assert len(trouve.non_places) == 10
    (phrase,) = trouve.manques
    assert "10 places se perdent" in phrase
    assert "Mme Roux y surveille deux salles à la fois (101 et 102" in phrase


def test_deux_debuts_trop_proches_se_disent():
    creneaux = [Creneau(a(8), "101", 10), Creneau(a(9), "101", 10)]
    (phrase,) = plan(candidats(A=(20, 0)), creneaux).manques
    assert "des débuts se chevauchent (salle 101, le 3 juin 2027 à 8 h et à 9 h)" in phrase


def test_un_temps_majore_qui_ne_tient_pas_se_dit():
    creneaux = [Creneau(a(8), "101", 10), Creneau(a(10), "101", 10)]
    trouve = plan(candidats(A=(20, 12)), creneaux)
    assert len(trouve.non_places) == 2
    (phrase,) = trouve.manques
    assert "une session dure 2 h 40" in phrase


@pytest.mark.parametrize("graine", range(10))
def test_les_causes_s_additionnent_aux_candidats_qui_restent(graine):
    table, creneaux, jours = ecole_au_hasard(np.random.default_rng(graine))
    trouve = planifier(table, creneaux[::3], **jours, annee_scolaire=AU)
    combien = sum(int(phrase.split()[0]) for phrase in trouve.manques)
    assert combien == len(trouve.non_places)
    assert infractions(trouve, table, creneaux) == []


# — Qui passe —


@pytest.mark.parametrize(
    ("niveau", "classe", "public"),
    [
        ("3e", "3PM", "3e"), ("3e", "3e SEGPA", "3e"), ("4e", "4eA", None), ("Tle", "TG1", "lycee"),
        ("CAP", "1CAP MELEC", None), ("CAP", "2 CAP AEPE", "lycee"), ("CAP", "TCAP", "lycee"),
        ("CAP", "CAPa 1 MA", None), ("CAP", "CAPa 2 MA", "capa"), ("BTS", "BTSA1 ACSE", None),
        ("BTS", "2BTSA GPN", "btsa"), ("CPGE", "MPSI", None), ("CPGE", "PSI*", "cpge"),
        ("CPGE", "Khâgne", "cpge"), ("CPGE", "Hypokhâgne", None),
    ],
)  # fmt: skip
def test_le_public_est_celui_que_nomment_les_textes(niveau, classe, public):
    assert public_de(niveau, classe)[0] == public


def test_un_cap_dont_on_ne_sait_l_annee_compte_et_se_dit():
    assert public_de("CAP", "CAP CUISINE") == ("lycee", False)
    table = eligibles(liste(**{"CAP CUISINE": ["X"], "TG1": ["Y"]}), annee_scolaire=AU)
    trouve = plan(table, [Creneau(a(8), "101", 30)])
    assert any(phrase.startswith("CAP CUISINE :") for phrase in trouve.remarques)


def test_ni_les_certifies_ni_les_partis_ni_les_autres_niveaux_ne_sont_convoques():
    eleves = liste(**{"3eA": ["DÉJÀ", "PARTI", "RESTE"], "4eA": ["JEUNE"], "TG1": ["GRAND"]})
    cles = dict(zip(eleves["nom"], eleves["eleve"], strict=True))
    eleves["present"] = eleves["present"].mask(eleves["nom"] == "PARTI", False)
    trouves = eligibles(eleves, annee_scolaire=AU, certifies={cles["DÉJÀ"]})
    assert set(trouves["nom"]) == {"RESTE", "GRAND"}
    assert set(eligibles(eleves, annee_scolaire=AU, public="lycee")["nom"]) == {"GRAND"}


def test_qui_n_est_pas_encore_certifiable_est_place_et_mis_a_part():
    eleves = liste(**{"3eA": ["UN", "DEUX", "TROIS"]})
    un, deux, _ = eleves["eleve"]
    table = eligibles(eleves, annee_scolaire=AU, certifiables={un: True, deux: False})
    trouve = plan(table, [Creneau(a(8), "101", 30)])
    assert len(trouve.candidats) == 3
    assert trouve.pas_encore_certifiables["eleve"].to_list() == [deux]


@pytest.mark.parametrize(
    ("texte", "pour_cent"),
    [("oui", 33), ("1/3", 33), ("33 %", 33), ("50", 50), ("non", 0), ("", 0)],
)
def test_un_temps_majore_se_lit_comme_on_l_ecrit(texte, pour_cent):
    assert majoration(texte) == pour_cent


def test_les_durees_et_les_amenagements_douteux():
    assert [duree(0), duree(33), duree(50)] == [120, 160, 180]
    douteux = [{"eleve": "E", "temps_majore": "peut-être", "materiel": ""}]
    with pytest.raises(FichierIllisible, match=r"ligne 2.*peut-être.*Attendu.*À faire"):
        verifier_amenagements(douteux, {"E"})
    inconnu = [{"eleve": "F", "temps_majore": "oui", "materiel": ""}]
    assert "absent de la liste" in verifier_amenagements(inconnu, {"E"})[0]


# — Les fenêtres —


def test_une_fenetre_inconnue_reste_a_saisir_et_dit_ou_la_trouver():
    assert fenetres("3e", AU, []) == []
    trouve = plan(candidats(A=(3, 0)), [Creneau(a(8), "101", 30)])
    assert trouve.fenetres == {"3e": "à saisir"}
    assert any("à saisir" in p and "Éduscol" in p for p in trouve.remarques)
    assert not trouve.sessions["hors_periode"].any()


def test_une_fenetre_saisie_vaut_et_le_hors_periode_se_dit_sans_se_refuser():
    saisies = [{"annee_scolaire": AU, "public": "3e", "debut": "2027-03-15", "fin": "2027-05-28"}]
    trouve = plan(candidats(A=(3, 0)), [Creneau(a(8), "101", 30)], saisies=saisies)
    assert len(trouve.candidats) == 3
    assert trouve.sessions["hors_periode"].all()
    assert any("1 session hors période" in phrase for phrase in trouve.remarques)
    with pytest.raises(FichierIllisible, match=r"pixkit_fenetres.*Attendu.*À faire"):
        verifier_saisies([saisies[0] | {"fin": "fin mai"}])


def test_le_rattrapage_ne_s_ouvre_qu_aux_absents():
    le_16_juin = date(2026, 6, 16)
    assert hors_periode(le_16_juin, fenetres("3e", "2025-2026", []))
    assert not hors_periode(le_16_juin, fenetres("3e", "2025-2026", [], absents=True))
    assert fenetres("capa", "2025-2026", []) == fenetres("lycee", "2025-2026", [])


# — Le fichier des salles —


def salles(tmp_path, *lignes: str, entete: str = "salle;places;creneaux;surveillants"):
    chemin = tmp_path / "salles.csv"
    chemin.write_text("\n".join([entete, *lignes]), encoding="utf-8")
    return chemin


def test_les_salles_se_lisent_et_une_ligne_mauvaise_est_mise_de_cote(tmp_path):
    creneaux, defauts = lire_salles(salles(
        tmp_path, "101;28;2027-06-03 08:00|03/06/2027 10h00;Mme Roux|M. Petit",
        "102;;2027-06-03 08:00;", "103;4;3 juin;", "CDI;9;2027-06-03 08:00;2",
    ))  # fmt: skip
    assert [(c.salle, c.debut) for c in creneaux] == [
        ("101", a(8)), ("CDI", a(8)), ("101", a(10)),
    ]  # fmt: skip
    assert [creneau.surveillants for creneau in creneaux] == [
        ("Mme Roux", "M. Petit"), (), ("Mme Roux", "M. Petit"),
    ]  # fmt: skip
    assert ["ligne 3" in defauts[0], "ligne 4" in defauts[1]] == [True, True]


def test_un_titre_accentue_ou_en_capitales_est_le_meme_titre(tmp_path):
    chemin = salles(tmp_path, "101;28;2027-06-03 08:00", entete="Salle;PLACES;Créneaux")
    assert [c.salle for c in lire_salles(chemin)[0]] == ["101"]


@pytest.mark.parametrize(
    ("entete", "ligne"),
    [("salle;places", "101;4"), ("salle;places;creneaux", "101;quatre;2027-06-03 08:00")],
)
def test_un_fichier_de_salles_inutilisable_se_dit_en_trois_temps(tmp_path, entete, ligne):
    with pytest.raises(FichierIllisible, match=r"salles\.csv.*Attendu.*À faire"):
        lire_salles(salles(tmp_path, ligne, entete=entete))


# — Les documents et la commande —


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    ou = tmp_path_factory.mktemp("hostile")
    table = candidats(A=(5, 1), B=(30, 0))
    table.loc[:4, "nom"] = HOSTILES
    table.loc[0, ["date_naissance", "certifiable"]] = [pd.NaT, False]
    trouve = plan(table, [Creneau(a(8), "=1+1", 30), Creneau(a(14), "102", 4, ("@moi",))])
    ecrire_sessions(trouve, ou)
    return ou, trouve


@pytest.mark.parametrize("nom", ["convocations", "listes", "emargement", "modalites"])
def test_un_pdf_aux_noms_hostiles_se_regarde_et_aucune_page_n_est_blanche(hostile, tmp_path, nom):
    ou, _ = hostile
    commande = [outil("pdftoppm"), "-r", "40", "-gray", ou / f"{nom}.pdf", tmp_path / "page"]
    subprocess.run(commande, check=True, capture_output=True)
    pages = sorted(tmp_path.glob("page*.pgm"))
    assert len(pages) == 1 or nom != "modalites"
    for page in pages:
        pixels = np.frombuffer(page.read_bytes().split(b"255\n", 1)[1], dtype=np.uint8)
        assert (pixels < 128).mean() > 0.001
        marge = pixels.reshape(-1, 331)[:, -8:]
        assert (marge > 200).all(), "rien ne déborde à droite"


def test_les_modalites_ne_nomment_personne_et_l_emargement_dit_le_temps(hostile):
    ou, trouve = hostile
    modalites = texte_du_pdf(ou / "modalites.pdf")
    assert not [nom for nom in trouve.candidats["nom"] if nom in modalites]
    assert "conseil d'administration" in modalites
    emargement = texte_du_pdf(ou / "emargement.pdf")
    assert "2 h 40" in emargement
    assert "Finaliser la session" in emargement
    assert "Pas encore certifiables" in texte_du_pdf(ou / "listes.pdf")


def test_ni_le_classeur_ni_l_import_ne_portent_de_formule(hostile):
    ou, trouve = hostile
    classeur = openpyxl.load_workbook(ou / "sessions.xlsx")
    cellules = [c for feuille in classeur for rangee in feuille.iter_rows() for c in rangee]
    assert not [c for c in cellules if c.data_type == "f"]
    octets = (ou / "import-pix-certif.csv").read_bytes()
    entete, *lignes = csv.reader(octets.decode("utf-8-sig").splitlines(), delimiter=";")
    assert tuple(entete) == ENTETES
    assert len(lignes) == len(trouve.candidats)
    assert not [cellule for ligne in lignes for cellule in ligne if cellule[:1] in tuple("=+-@")]
    assert gardee("=1") == "'=1"
    assert {ligne[3] for ligne in lignes} == {"03/06/2027"}
    assert sorted({ligne[18] for ligne in lignes}) == ["", "33%"]


@pytest.fixture
def dossier(tmp_path):
    ou = tmp_path / "dossier"
    ou.mkdir()
    noms = [f"NOM{chr(65 + rang)}" for rang in range(12)]
    lignes = [
        f"{nom};Ada;0{1 + rang % 9}/02/2012;3e{'AB'[rang % 2]}" for rang, nom in enumerate(noms)
    ]
    texte = "\n".join(["Nom;Prénom;Date de naissance;Classe", *lignes])
    (ou / "eleves-2026-2027.csv").write_text(texte, encoding="utf-8")
    return ou


def commander(dossier, tmp_path, *lignes, du="2027-06-03", au="2027-06-04") -> int:
    chemin = salles(tmp_path, *lignes)
    sortie = ["--vers", str(tmp_path / "s")]
    return main(
        ["sessions", str(dossier), "--salles", str(chemin), "--du", du, "--au", au, *sortie]
    )


def test_la_commande_ecrit_sessions_csv_et_tous_les_documents(dossier, tmp_path):
    assert commander(dossier, tmp_path, "101;12;2027-06-03 08:00|2027-06-04 08:00;") == 0
    table = pd.read_csv(tmp_path / "s" / "sessions.csv", dtype=str)
    assert table.columns.to_list() == COLONNES
    assert len(table) == table["eleve"].nunique() == 12
    assert set(table["date"]) == {"2027-06-03"}
    assert set(table["heure"]) == {"08:00"}
    assert set(table["temps_majore"]) == {"false"}
    assert {chemin.name for chemin in (tmp_path / "s").iterdir()} == {
        "sessions.csv", "convocations.pdf", "listes.pdf", "emargement.pdf", "modalites.pdf",
        "sessions.xlsx", "import-pix-certif.csv",
    }  # fmt: skip


def test_le_fichier_des_salles_peut_etre_dans_le_dossier(dossier):
    chemin = salles(dossier, "101;12;2027-06-03 08:00;")
    jours = ["--du", "2027-06-03", "--au", "2027-06-03", "--vers", str(dossier.parent / "s")]
    assert main(["sessions", str(dossier), "--salles", str(chemin), *jours]) == 0


def test_la_commande_rend_1_et_dit_les_places_qui_manquent(dossier, tmp_path, capsys):
    assert commander(dossier, tmp_path, "101;8;2027-06-03 08:00;") == 1
    assert "4 places manquent le 3 juin 2027" in capsys.readouterr().err


def test_les_amenagements_du_dossier_allongent_la_session(dossier, tmp_path, capsys):
    commander(dossier, tmp_path, "101;12;2027-06-03 08:00;")
    cle = pd.read_csv(tmp_path / "s" / "sessions.csv", dtype=str)["eleve"][0]
    amenagements = f"eleve;temps_majore;materiel\n{cle};oui;casque\nINCONNU;non;\n"
    (dossier / "pixkit_amenagements.csv").write_text(amenagements, encoding="utf-8")
    assert commander(dossier, tmp_path, "101;12;2027-06-03 08:00;") == 1
    assert "ligne 3 : élève absent de la liste" in capsys.readouterr().err
    table = pd.read_csv(tmp_path / "s" / "sessions.csv", dtype=str)
    assert table.loc[table["temps_majore"] == "true", "eleve"].to_list() == [cle]
    assert "casque" in texte_du_pdf(tmp_path / "s" / "emargement.pdf")


def test_un_jour_mal_ecrit_a_l_envers_ou_d_une_autre_annee_se_dit(dossier, tmp_path, capsys):
    ligne = "101;12;2027-06-03 08:00;"
    with pytest.raises(SystemExit) as arret:
        commander(dossier, tmp_path, ligne, du="3 juin")
    assert arret.value.code == 2
    assert "un jour est attendu, comme 2027-03-15" in capsys.readouterr().err
    assert commander(dossier, tmp_path, ligne, du="2027-06-05") == 2
    assert commander(dossier, tmp_path, ligne, du="2025-06-03", au="2025-06-04") == 2
    assert "une liste d'élèves de 2026-2027" in capsys.readouterr().err
