"""De mauvais fichiers, des fichiers réenregistrés, des textes hostiles : une phrase, jamais une
erreur, rien de perdu."""

import csv
import io
import random
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pixkit.erreurs import DossierIllisible
from pixkit.grilles import ouvrir
from pixkit.lecture import lire_dossier, lire_fichiers
from pixkit.lecture.valeurs import jour
from tests.test_lecture import EXPORTS

BON = (EXPORTS / "05_collecte" / "export.csv").read_bytes()


def rangees(cas: str) -> list[list[str]]:
    texte = (EXPORTS / cas / "export.csv").read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(texte, newline=""), delimiter=";"))


def en_octets(
    lignes, *, separateur=";", encodage="utf-8-sig", citer=csv.QUOTE_MINIMAL, fin="\n"
) -> bytes:
    sortie = io.StringIO(newline="")
    csv.writer(sortie, delimiter=separateur, quoting=citer, lineterminator=fin).writerows(lignes)
    return sortie.getvalue().encode(encodage)


CINQUIEME = rangees("01_5e")
ENTETE = CINQUIEME[0]
TAUX = ENTETE.index("% maitrise de l'ensemble des acquis du profil")


def avec(rang: int, valeur: str, cas=CINQUIEME) -> bytes:
    lignes = [ligne[:] for ligne in cas]
    lignes[1][rang] = valeur
    return en_octets(lignes)


def rejets(octets: bytes) -> pd.DataFrame:
    """Les rejets d'un fichier lu à côté d'un bon, que rien ne doit gêner."""
    tables = lire_fichiers({"bon.csv": BON, "mauvais.csv": octets})
    assert (tables.participations["fichier"] == "bon.csv").sum() == 83
    return tables.journal.query("fichier == 'mauvais.csv' and sort == 'rejetee'")


@pytest.mark.parametrize(
    ("octets", "trouve"),
    [
        (b"", "fichier vide"),
        (b"\xef\xbb\xbf \r\n", "fichier vide"),
        (b"%PDF-1.7 ...", "document PDF"),
        (b"PK\x03\x04 ... xl/workbook.xml", "classeur Excel"),
        (
            b"PK\x03\x04 ... mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            "classeur LibreOffice",
        ),
        (b"PK\x03\x04 ...", "archive zip"),
        (b"<!DOCTYPE html><html>", "page web"),
        (b'<?xml version="1.0"?><BEE_ELEVES>', "XML"),
        (b'{"a": 1}', "JSON"),
        (b"PK\x03\x04 ... xl/theme/theme1.xml", "classeur Excel"),
        (b"PK\x03\x04 ... Index/Document.iwa", "Numbers, à exporter"),
        (b"PAR1 ...", "Parquet"),
        (b"Rar! ...", "archive compressée"),
        (b"Nom|Classe\nLEROY|5eA\n", "« | »"),
        (b"nom;prenom\nX;Y\n", "sans les en-têtes d'un export Pix"),
        (bytes(range(256)) * 20, "Trouvé"),
        (en_octets(CINQUIEME[:1]), "n'a que ses en-têtes"),
    ],
)
def test_ce_qui_n_est_pas_un_export_est_nomme(octets, trouve):
    motif = rejets(octets)["motif"].item()
    assert trouve in motif
    assert all(temps in motif for temps in ("Trouvé", "Attendu", "À faire"))


@pytest.mark.parametrize(
    ("octets", "motif"),
    [
        (avec(TAUX, "1,7"), "plus grand que 1"),
        (avec(TAUX + 1, "1,7"), "plus grand que 1"),
        (avec(TAUX + 2, "-3"), "« -3 » au lieu d'un nombre positif"),
        (avec(TAUX + 3, "9"), "plus d'acquis maîtrisés que d'acquis visés"),
        (avec(TAUX + 3, "2,5"), "« 2,5 » au lieu d'un entier"),
        (avec(9, "32/13/2026 10:00"), "n'est pas une date du calendrier"),
        (avec(10, "peut-être"), "au lieu de Oui ou Non"),
        (avec(10, ""), "vide au lieu de Oui ou Non"),
        (avec(12, "7"), "palier plus haut"),
        (avec(12, "12", rangees("05_collecte")), "au lieu d'un entier de 0 à 8"),
        (
            en_octets([*CINQUIEME[:3], CINQUIEME[3][:-1], *CINQUIEME[4:]]),
            "62 cellules au lieu de 63",
        ),
        (
            en_octets([*CINQUIEME[:3], [*CINQUIEME[3], "z"], *CINQUIEME[4:]]),
            "64 cellules au lieu de 63",
        ),
        (en_octets([ENTETE, *CINQUIEME]), "en-têtes répétés"),
        (en_octets([["Mes résultats"], *CINQUIEME]), "avant les en-têtes"),
        (en_octets([*CINQUIEME, ["Total", *[""] * 62]]), "vide au lieu de Oui ou Non"),
        (en_octets(CINQUIEME) + b"\0" * 5000, "1 cellule au lieu de 63"),
        (en_octets(CINQUIEME).replace(b"Rose", b"R\xffse", 1), "octets illisibles"),
        (en_octets(CINQUIEME).replace(b"Rose", b'"Rose', 1), "guillemet"),
        (en_octets(CINQUIEME)[:-70], "cellules au lieu de 63"),
    ],
)
def test_une_ligne_impossible_est_mise_de_cote_et_les_autres_lues(octets, motif):
    lignes = rejets(octets)
    assert "sans nom" not in lire_fichiers({"x.csv": octets}).fichiers["remarques"].item()
    assert len(lignes) == 1
    assert motif in lignes["motif"].item()
    lues = lire_fichiers({"x.csv": octets}).fichiers.iloc[0]
    assert lues["nb_lues"] >= 82
    assert lues["nb_lignes"] == lues["nb_lues"] + 1


def test_un_fichier_coupe_au_milieu_d_une_lettre_garde_ses_lignes_entieres():
    octets = en_octets(CINQUIEME)
    coupe = octets[: octets.index("É".encode(), 20_000) + 1]
    assert len(rejets(coupe)) == 1
    assert lire_fichiers({"x.csv": coupe}).fichiers["nb_lues"].item() > 20


def test_les_colonnes_manquantes_sont_toutes_nommees_avec_leurs_sosies():
    lignes = [[c for rang, c in enumerate(ligne) if rang != 5] for ligne in CINQUIEME]
    lignes[0] = [nom.replace("Partage (O/N)", "Partagé ?") for nom in lignes[0]]
    motif = rejets(en_octets(lignes))["motif"].item()
    assert (
        "manque : Nom du Participant, Partage (O/N) (peut-être renommées en : « Partagé ? »)"
        in motif
    )


def test_une_colonne_en_double_se_lit_si_elle_dit_la_meme_chose():
    assert rejets(en_octets([[*ligne, ligne[7]] for ligne in CINQUIEME])).empty
    differente = [
        [*ligne, "Classe" if rang == 0 else "6eZ"] for rang, ligne in enumerate(CINQUIEME)
    ]
    assert "ne disent pas la même chose" in rejets(en_octets(differente))["motif"].item()


def test_une_competence_inconnue_est_signalee_et_le_reste_lu():
    octets = en_octets([[nom.replace("Interagir", "Jongler") for nom in ENTETE], *CINQUIEME[1:]])
    assert "compétence « Jongler »" in rejets(octets)["motif"].item()
    tables = lire_fichiers({"x.csv": octets})
    assert len(tables.participations) == 122
    assert "2.1" not in set(tables.resultats["competence"])


def test_une_somme_de_domaine_fausse_se_lit_dans_le_journal():
    journal = lire_fichiers({"x.csv": avec(len(ENTETE) - 1, "1")}).journal
    assert (
        "autre chose que la somme de ses compétences" in journal.set_index("ligne").at[2, "motif"]
    )


def test_un_fichier_de_200_mo_est_refuse_sans_etre_lu(tmp_path):
    with (tmp_path / "gros.csv").open("wb") as fichier:
        fichier.truncate(200 * 2**20)
    assert "200 Mo" in lire_dossier(tmp_path).journal["motif"].item()


def test_un_dossier_absent_ou_un_fichier_a_sa_place_se_dit(tmp_path):
    (tmp_path / "fichier").write_bytes(b"")
    with pytest.raises(DossierIllisible, match="n'existe pas"):
        lire_dossier(tmp_path / "absent")
    with pytest.raises(DossierIllisible, match="n'est pas un dossier"):
        lire_dossier(tmp_path / "fichier")


def test_un_lien_que_l_on_ne_suit_pas_se_dit_au_lieu_de_manquer(tmp_path):
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "ailleurs" / "export.csv").write_bytes(en_octets(CINQUIEME))
    (tmp_path / "dossier").mkdir()
    (tmp_path / "dossier" / "partage").symlink_to(tmp_path / "ailleurs")
    (tmp_path / "dossier" / "perdu.csv").symlink_to(tmp_path / "perdu.csv")
    (tmp_path / "dossier" / "lien.csv").symlink_to(tmp_path / "ailleurs" / "export.csv")
    tables = lire_dossier(tmp_path / "dossier")
    ecartes = tables.journal[tables.journal["sort"] == "rejetee"]
    assert sorted(ecartes["fichier"]) == ["partage", "perdu.csv"]
    assert ecartes["motif"].str.contains("copiez ici ce que ce lien désigne").all()
    assert tables.participations["fichier"].unique().tolist() == ["lien.csv"]


def test_un_sous_dossier_interdit_se_dit_au_lieu_de_manquer(tmp_path, monkeypatch):
    (tmp_path / "interdit").mkdir()
    (tmp_path / "export.csv").write_bytes(en_octets(CINQUIEME))
    contenu = Path.iterdir

    def refuser(chemin):
        if chemin.name == "interdit":
            raise PermissionError(13, "Permission denied")
        return contenu(chemin)

    monkeypatch.setattr(Path, "iterdir", refuser)
    journal = lire_dossier(tmp_path).journal.query("sort == 'rejetee'")
    assert journal["fichier"].tolist() == ["interdit"]
    assert "un sous-dossier qui ne s'ouvre pas" in journal["motif"].item()


def sans(tables, nom: str) -> pd.DataFrame:
    return getattr(tables, nom).drop(columns="fichier")


def latin(lignes):
    """Ce qu'un tableur réglé sur l'Europe de l'Ouest peut écrire."""
    return [[c.encode("cp1252", "ignore").decode("cp1252") for c in ligne] for ligne in lignes]


def en_pourcents(lignes, suffixe=""):
    taux = [rang for rang, nom in enumerate(lignes[0]) if nom.startswith("%")]
    copie = [ligne[:] for ligne in lignes]
    for ligne in copie[1:]:
        for rang in taux:
            if ligne[rang] not in ("NA", ""):
                ligne[rang] = (
                    f"{float(ligne[rang].replace(',', '.')) * 100:g}".replace(".", ",") + suffixe
                )
    return copie


def melanger(lignes):
    ordre = random.Random(3).sample(range(len(lignes[0])), len(lignes[0]))
    return [[ligne[rang] for rang in ordre] for ligne in lignes]


REECRITURES = {
    "virgules, cp1252, Windows": (
        lambda t: t,
        {"separateur": ",", "encodage": "cp1252", "fin": "\r\n"},
        "CP1252",
    ),
    "mac": (
        lambda t: [[c.replace("Š", "S") for c in ligne] for ligne in t],
        {"encodage": "mac_roman"},
        "MAC_ROMAN",
    ),
    "tabulations, utf-16": (lambda t: t, {"separateur": "\t", "encodage": "utf-16"}, "tabulations"),
    "sans BOM, tout cité": (lambda t: t, {"encodage": "utf-8", "citer": csv.QUOTE_ALL}, "UTF-8"),
    "72": (en_pourcents, {}, "pourcentages"),
    "72 %": (lambda t: en_pourcents(t, " %"), {}, "signe %"),
    "points décimaux": (
        lambda t: [t[0], *([c.replace(",", ".") for c in ligne] for ligne in t[1:])],
        {},
        "",
    ),
    "colonnes vides": (lambda t: [[*ligne, "", ""] for ligne in t], {}, ""),
    "colonnes mêlées": (melanger, {}, ""),
    "capitales": (lambda t: [[c.upper() for c in t[0]], *t[1:]], {}, ""),
    "sans accents": (
        lambda t: [[c.replace("é", "e").replace("î", "i") for c in t[0]], *t[1:]],
        {},
        "",
    ),
    "autres apostrophes": (
        lambda t: [[c.replace("&#39;", "’").replace("'", "’") for c in t[0]], *t[1:]],
        {},
        "",
    ),
}


@pytest.mark.parametrize("reecriture", REECRITURES)
@pytest.mark.parametrize("cas", ["01_5e", "02_4e_acquis", "08_sup", "11_aout_2023"])
def test_un_fichier_reenregistre_donne_les_memes_tables(cas, reecriture):
    changer, forme, remarque = REECRITURES[reecriture]
    lignes = latin(rangees(cas))
    if reecriture == "mac":
        lignes = changer(lignes)
        changer = list
    reference = lire_fichiers({"x.csv": en_octets(lignes)})
    relu = lire_fichiers({"x.csv": en_octets(changer(lignes), **forme)})
    for nom in ("participations", "resultats"):
        pd.testing.assert_frame_equal(sans(relu, nom), sans(reference, nom))
    assert len(relu.acquis) == len(reference.acquis)
    assert remarque in relu.fichiers["remarques"].item()


@pytest.mark.parametrize("saut", ["\n", "\r\n\r\n"])
def test_une_colonne_de_notes_sur_plusieurs_lignes_ne_coupe_aucune_ligne(saut):
    notes = [[*ligne[:7], f'Vu,{saut}dit "ok" ; bien', *ligne[7:]] for ligne in CINQUIEME]
    notes[0][7] = "Notes"
    reference = lire_fichiers({"x.csv": en_octets(CINQUIEME)})
    relu = lire_fichiers({"x.csv": en_octets(notes, citer=csv.QUOTE_ALL)})
    for nom in ("participations", "resultats"):
        pd.testing.assert_frame_equal(sans(relu, nom), sans(reference, nom))


def test_des_titres_sur_plusieurs_lignes_restent_ceux_d_un_export():
    titres = [nom.replace(" ", "\n", 1) for nom in ENTETE]
    relu = lire_fichiers({"x.csv": en_octets([titres, *CINQUIEME[1:]], citer=csv.QUOTE_ALL)})
    assert relu.eleves is None or relu.eleves.empty
    reference = lire_fichiers({"x.csv": en_octets(CINQUIEME)})
    pd.testing.assert_frame_equal(
        relu.resultats.drop(columns="ligne"), reference.resultats.drop(columns="ligne")
    )


def _tout_en_une_colonne(octets: bytes) -> bytes:
    """Un CSV ouvert sous un autre séparateur, puis enregistré en classeur."""
    classeur = openpyxl.Workbook()
    for ligne in octets.decode("utf-8-sig").splitlines():
        classeur.active.append([ligne])
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


@pytest.mark.parametrize("separateur", [";", ","])
@pytest.mark.parametrize("forme", ["classeur", "csv"])
def test_un_export_laisse_dans_la_premiere_colonne_se_lit(separateur, forme):
    ecrit = en_octets(CINQUIEME, separateur=separateur, citer=csv.QUOTE_ALL)
    lignes = [[ligne] for ligne in ecrit.decode("utf-8-sig").splitlines()]
    abime = _tout_en_une_colonne(ecrit) if forme == "classeur" else en_octets(lignes)
    reference = lire_fichiers({"x.csv": en_octets(CINQUIEME)})
    relu = lire_fichiers({"x.csv": abime})
    for nom in ("participations", "resultats"):
        pd.testing.assert_frame_equal(getattr(relu, nom), getattr(reference, nom))
    assert "première colonne" in relu.fichiers["remarques"].item()


def test_une_colonne_de_phrases_n_est_pas_un_csv_plie():
    phrases = ["texte", "Rose, Jade, Iris", "une phrase", "Alma ; Léo ; Sam", "« Ada », elle, oui"]
    feuille = ouvrir(en_octets([[p] for p in phrases], citer=csv.QUOTE_ALL), "x.csv")[0].feuille
    assert feuille.colonnes[0].cellules() == phrases


@pytest.mark.parametrize("ecrite", ["4-Jan-2014", "04 January 2014", "2014/01/04", "4 janv. 14"])
def test_une_date_d_un_tableur_en_anglais_se_lit(ecrite):
    assert jour(ecrite) == date(2014, 1, 4)


@pytest.mark.parametrize(
    "format_", ["%A {j} {m} %Y à %H:%M", "{j}-{m:.3}.-%y %H:%M", "{j} {m:.4}. %Y %Hh%M"]
)
def test_un_mois_ecrit_en_lettres_est_la_meme_date(format_):
    mois = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"

    def en_lettres(texte: str) -> str:
        instant = datetime.strptime(texte, "%d/%m/%Y %H:%M")
        forme = format_.format(j=instant.day, m=mois.split()[instant.month - 1])
        return instant.strftime(forme.replace("%A", "dimanche"))

    places = [rang for rang, nom in enumerate(ENTETE) if nom.startswith("Date")]
    lignes = [ligne[:] for ligne in CINQUIEME]
    for ligne in lignes[1:]:
        for rang in places:
            ligne[rang] = en_lettres(ligne[rang]) if ligne[rang] not in ("", "NA") else ligne[rang]
    reference = lire_fichiers({"x.csv": en_octets(CINQUIEME)})
    relu = lire_fichiers({"x.csv": en_octets(lignes)})
    pd.testing.assert_frame_equal(relu.participations, reference.participations)


def test_une_espace_au_bout_d_une_classe_ou_d_un_code_n_en_fait_pas_deux():
    reperes = [ENTETE.index(nom) for nom in ("Classe", "Code", "ID Campagne")]
    lignes = [ligne[:] for ligne in CINQUIEME]
    for ligne in lignes[1::2]:
        for rang in reperes:
            ligne[rang] += "\xa0 "
    reference = lire_fichiers({"x.csv": en_octets(CINQUIEME)})
    relu = lire_fichiers({"x.csv": en_octets(lignes)})
    pd.testing.assert_frame_equal(relu.participations, reference.participations)


def test_une_collecte_recopiee_deux_fois_ne_double_pas_qui_n_a_pas_envoye():
    lignes = rangees("05_collecte")
    reference = lire_fichiers({"x.csv": en_octets(lignes)})
    double = lire_fichiers({"x.csv": en_octets(lignes + lignes[1:])})
    assert not reference.participations["envoye"].all()
    pd.testing.assert_frame_equal(double.participations, reference.participations)


def test_deux_moities_de_collecte_qui_se_recouvrent_ne_comptent_personne_deux_fois():
    entete, *lignes = rangees("05_collecte")
    deux = {
        "a.csv": en_octets([entete, *lignes[:50]]),
        "b.csv": en_octets([entete, *lignes[45:]]),
    }
    reference = lire_fichiers({"x.csv": en_octets([entete, *lignes])}).participations
    assert len(lire_fichiers(deux).participations.query("envoye")) == reference["envoye"].sum()


@pytest.mark.parametrize("ligne", ["5eA;{};Oona;12/03/2014\n", "{} Oona;5eA;\n"])
def test_une_liste_sans_en_tetes_se_dit_sans_nommer_le_premier_eleve(ligne):
    liste = "".join(map(ligne.format, ("ZERBINI", "OLTRA", "KASTELL", "MIRBEAU", "VENZAL")))
    motif = rejets(liste.encode())["motif"].item()
    assert "pas de ligne d'en-têtes" in motif
    assert "ZERBINI" not in motif


@pytest.mark.parametrize(("titre", "place"), [("N°", 0), ("Notes", None), ("Vu", 3)])
@pytest.mark.parametrize("cas", ["04_envois_multiples", "05_collecte"])
def test_une_colonne_ajoutee_ne_fait_pas_de_chaque_envoi_un_eleve(cas, titre, place):
    lignes = rangees(cas)
    for rang, ligne in enumerate(lignes):
        ligne.insert(len(ligne) if place is None else place, str(rang) if rang else titre)
    lues = lire_fichiers({"x.csv": en_octets(lignes)}).participations
    attendues = lire_fichiers({"x.csv": en_octets(rangees(cas))}).participations
    pd.testing.assert_frame_equal(lues, attendues)


@pytest.mark.parametrize(
    "texte",
    [
        '=cmd|" /C calc"!A0',
        "<script>alert(1)</script>",
        'Guillemet " et ; virgule,',
        "Deux\nlignes",
        "x" * 10_000,
        "\u202eabc",
    ],
)
def test_un_texte_hostile_reste_le_meme_texte(texte):
    octets = avec(5, f"'{texte}" if texte.startswith("=") else texte)
    assert lire_fichiers({"x.csv": octets}).participations["nom"].iloc[0] == texte


@st.composite
def abime(dessin) -> bytes:
    """Un vrai export, abîmé : des octets changés, retirés ou ajoutés, des lignes retirées ou
    répétées."""
    octets = bytearray(b"\n".join(en_octets(CINQUIEME).split(b"\n")[:12]))
    for _ in range(dessin(st.integers(1, 8))):
        place = dessin(st.integers(0, max(len(octets) - 1, 0)))
        geste = dessin(st.sampled_from(["changer", "retirer", "ajouter", "couper"]))
        if geste == "changer" and octets:
            octets[place] = dessin(st.integers(0, 255))
        elif geste == "retirer":
            del octets[place : place + dessin(st.integers(1, 200))]
        elif geste == "ajouter":
            octets[place:place] = dessin(
                st.sampled_from([b'"', b";", b"\n", b"\r\n", b"'=", b"\0", b"\xff", b"NA", b"-1"])
            )
        elif len(octets) > place + 100:
            del octets[place + 100 :]
    return bytes(octets)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(abime())
def test_aucun_degat_ne_fait_tomber_la_lecture_et_chaque_ligne_a_un_sort(octets):
    tables = lire_fichiers({"x.csv": octets})
    fichier = tables.fichiers.iloc[0]
    assert (
        fichier["nb_lignes"]
        == fichier["nb_lues"] + fichier["nb_remplacees"] + fichier["nb_rejetees"]
    )
    entiers = tables.journal.dropna(subset="ligne")
    assert entiers[~entiers["motif"].str.contains("inconnue du référentiel", na=False)][
        "ligne"
    ].is_unique
    assert len(tables.participations) == fichier["nb_lues"]


@settings(max_examples=20, deadline=None)
@given(st.permutations(["01_5e", "04_envois_multiples", "05_collecte", "08_sup"]))
def test_l_ordre_des_fichiers_ne_change_rien(ordre):
    tables = lire_fichiers(
        {f"{cas}.csv": (EXPORTS / cas / "export.csv").read_bytes() for cas in ordre}
    )
    reference = lire_fichiers(
        {f"{cas}.csv": (EXPORTS / cas / "export.csv").read_bytes() for cas in sorted(ordre)}
    )
    pd.testing.assert_frame_equal(tables.participations, reference.participations)
