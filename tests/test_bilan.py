"""Le bilan de rentrée : deux pages, les chiffres publiés et eux seuls, aucun nom d'élève."""

import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from docx import Document

from pixkit import tableaux
from pixkit.commande import main
from pixkit.documents import ecrire_bilan
from pixkit.embarque import DEMO
from pixkit.erreurs import PublicationIllisible
from pixkit.lecture import lire_dossier
from pixkit.publication import agregats, preparer
from pixkit.publication import bilan as module
from pixkit.publication.agregats import Agregats, relire
from pixkit.publication.bilan import LIGNES, bilan_de_rentree, composer
from pixkit.publication.deductions import ecarts_publies
from pixkit.publication.manifeste import en_json, en_lignes
from pixkit.publication.preparer import preparer_publication
from pixkit.referentiel import competences
from pixkit.service.lecteur import Publication
from pixkit.vues.vue import Vue
from tests.conftest import texte_du_pdf
from tests.test_publication import publier, remplir

FINE, COLLE = "\u202f", "\u00a0"


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    return remplir(tmp_path_factory.mktemp("dossier"))


@pytest.fixture(scope="module")
def publication(dossier, tmp_path_factory):
    vers = tmp_path_factory.mktemp("sortie") / "publication"
    assert publier(dossier, vers, "--effectif-min", "5", "--oui") == 0
    return vers


@pytest.fixture(scope="module")
def ecrits(publication, tmp_path_factory):
    """(DOCX, PDF) de la publication."""
    vers = tmp_path_factory.mktemp("bilan")
    assert main(["bilan", str(publication), "--vers", str(vers)]) == 0
    assert sorted(une.name for une in vers.iterdir()) == [
        "bilan_de_rentree.docx",
        "bilan_de_rentree.pdf",
    ]
    return vers / "bilan_de_rentree.docx", vers / "bilan_de_rentree.pdf"


@pytest.fixture(scope="module")
def demonstration():
    """La démonstration, prête à publier ; du conseil pédagogique seulement, sans ses images : le
    bilan redessine les siennes."""
    vrai = preparer.dessiner

    def le_conseil(tableaux, *reste):
        return vrai({"conseil_pedagogique": tableaux["conseil_pedagogique"]}, *reste)

    with pytest.MonkeyPatch.context() as essai:
        essai.setattr(preparer, "dessiner", le_conseil)
        essai.setattr(Vue, "svg", lambda _: "<svg/>")
        return preparer_publication(DEMO, effectif_min=5)


def texte_du_docx(chemin) -> str:
    """Paragraphes, cellules et pied de page."""
    document = Document(chemin)
    cellules = [c for table in document.tables for ligne in table.rows for c in ligne.cells]
    pied = document.sections[0].footer.paragraphs
    return "\n".join(morceau.text for morceau in (*document.paragraphs, *cellules, *pied))


def en_ligne(texte: str) -> str:
    return re.sub(r"\s+", " ", texte)


def pages(bilan, vers: Path) -> int:
    _, pdf = ecrire_bilan(bilan, vers)
    return texte_du_pdf(pdf).count("\f")


# — Ce qui est écrit —

TITRES = [
    "Qui a envoyé ses résultats ?",
    "Que maîtrise chaque niveau ?",
    "Que n'a-t-on jamais testé ?",
    "Quels écarts sont nets ?",
    "Que proposer à chaque niveau ?",
    "Décisions",
]


def test_les_deux_documents_disent_la_meme_chose(ecrits):
    docx, pdf = texte_du_docx(ecrits[0]), texte_du_pdf(ecrits[1])
    assert pdf.count("\f") == 2
    for texte in map(en_ligne, (docx, pdf)):
        for titre in (*TITRES, "Bilan de rentrée 2026-2027", "Ce que nous décidons"):
            assert titre in texte
        assert "effectif minimum : 5 élèves" in texte
        assert "Chiffres de la publication du" in texte
        assert "aucun ne repose sur moins de 5 élèves" in texte
        assert "5e" in texte


def test_le_docx_est_un_vrai_document_word(ecrits):
    document = Document(ecrits[0])
    styles = {p.text: p.style.name for p in document.paragraphs if p.text}
    assert styles["Bilan de rentrée 2026-2027"] == "Title"
    assert {styles[titre] for titre in TITRES} == {"Heading 1"}
    vides = [p for p in document.paragraphs if p.style.name == "List Bullet" and not p.text]
    assert len(vides) == 4, "de quoi écrire les décisions"
    for table in document.tables:
        assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    images = document.inline_shapes
    assert len(images) == 2
    assert all(":" in image._inline.docPr.get("descr") for image in images)
    langues = {une.values()[0] for une in document.styles.element.iter("{*}lang")}
    assert langues == {"fr-FR"}


def test_aucun_eleve_n_y_est_nomme(dossier, ecrits):
    tables, textes = lire_dossier(dossier), (texte_du_docx(ecrits[0]), texte_du_pdf(ecrits[1]))
    for texte in (en_ligne(texte).casefold() for texte in textes):
        for table in (tables.participations, tables.eleves):
            for nom, prenom in zip(table["nom"], table["prenom"], strict=True):
                assert f"{nom} {prenom}".casefold() not in texte
                assert f"{prenom} {nom}".casefold() not in texte


def test_rien_dans_les_metadonnees_que_pixkit_et_le_titre(ecrits):
    docx, pdf = (chemin.read_bytes() for chemin in ecrits)
    dit = Document(io.BytesIO(docx)).core_properties
    assert (dit.author, dit.last_modified_by, dit.comments) == ("pixkit", "pixkit", "")
    assert dit.created == dit.modified, "le jour des données, non celui de l'impression"
    assert b"/Producer (pixkit)" in pdf
    assert b"/Author" not in pdf
    archive = zipfile.ZipFile(io.BytesIO(docx))
    images = [nom for nom in archive.namelist() if nom.endswith(".png")]
    assert len(images) == 2
    for nom in images:
        assert morceaux(archive.read(nom)) <= {b"IHDR", b"pHYs", b"IDAT", b"IEND"}
    for octets in (pdf, *map(archive.read, archive.namelist())):
        assert not re.search(rb"/(home|root|Users|tmp)/", octets)


def morceaux(png: bytes) -> set[bytes]:
    """Les genres de morceaux d'un PNG."""
    trouves, place = set(), 8
    while place < len(png):
        trouves.add(png[place + 4 : place + 8])
        place += 12 + int.from_bytes(png[place : place + 4], "big")
    return trouves


# — Les chiffres sont ceux de la publication —


def test_les_agregats_se_relisent_tels_qu_ils_ont_ete_ecrits(demonstration):
    relus = relire(demonstration.fichiers).tables()
    for nom, table in demonstration.agregats.tables().items():
        assert en_lignes(relus[nom]) == en_lignes(table), nom


@pytest.fixture(scope="module")
def compose(demonstration):
    """Le bilan de la démonstration, et les tables qu'il a dessinées {vue: table}."""
    tables = {}

    def espionner(nom):
        vraie = getattr(module, nom)

        def vue(table, **options):
            tables[nom] = table
            return vraie(table, **options)

        return vue

    lue = Publication("demonstration", demonstration.fichiers)
    with pytest.MonkeyPatch.context() as essai:
        for nom in ("vue_participation", "vue_carte"):
            essai.setattr(module, nom, espionner(nom))
        return composer(lue, relire(demonstration.fichiers)), tables


def vues_du_conseil(demonstration, page: str) -> list[dict]:
    """Les vues de cette page pour la dernière année, dans l'ordre publié."""
    lue = Publication("demonstration", demonstration.fichiers)
    etats = lue.audience("conseil_pedagogique").etats
    siens = [e for e in etats if e["choix"]["page"] == page and e["choix"]["annee"] == "2026-2027"]
    return [lue.vue(etat["vues"][0]) for etat in siens]


def test_la_participation_dessinee_est_celle_des_pages_publiees(demonstration, compose):
    table = compose[1]["vue_participation"].drop(columns="niveau").rename(columns=tableaux.titre)
    dessinees = [
        {nom: int(n) for nom, n in ligne.items() if n} for ligne in table.to_dict("records")
    ]
    publiees = []
    for vue in vues_du_conseil(demonstration, "participation"):
        sommes = pd.DataFrame(vue["table"]["lignes"], columns=vue["table"]["colonnes"]).iloc[:, 1:]
        publiees.append({nom: int(n) for nom, n in sommes.astype(int).sum().items() if n})
    assert len(dessinees) == LIGNES
    assert sorted(map(str, map(sorted, map(dict.items, dessinees)))) == sorted(
        map(str, map(sorted, map(dict.items, publiees)))
    )


def test_la_maitrise_dessinee_est_celle_des_pages_publiees(demonstration, compose):
    carte = compose[1]["vue_carte"]
    taux = [f"{100 * valeur:.1f}".replace(".", ",") + f"{FINE}%" for valeur in carte["valeur"]]
    publies = [
        (ligne[0], ligne[4])
        for vue in vues_du_conseil(demonstration, "forces")
        for ligne in vue["table"]["lignes"]
        if "taux de maîtrise" in ligne
    ]
    assert sorted(zip(carte["competence"], taux, strict=True)) == sorted(publies)


def test_forces_lacunes_et_parcours_sont_ceux_des_pages_publiees(demonstration, compose):
    lignes = compose[0].suites[1].lignes
    forces, lacunes, parcours = (
        vues_du_conseil(demonstration, page) for page in ("forces", "lacunes", "parcours")
    )
    dites = [vue["phrase"] for vue in (*forces, *lacunes)]
    proposes = [
        [nom if len(nom) <= 44 else f"{nom[:43].rstrip()}…" for nom, *_ in vue["table"]["lignes"]]
        for vue in parcours
    ]
    assert len(lignes) == len(forces) == LIGNES
    for _, plus, moins, noms in lignes:
        for cellule in (plus, moins):
            trouves = re.findall(rf"(\d\.\d){COLLE}\(([^)]*)\)", cellule)
            assert trouves
            assert any(
                all(re.search(rf"{code} [^(]*\({valeur}\)", phrase) for code, valeur in trouves)
                for phrase in dites
            )
        dits = [nom.rsplit(" (", 1)[0] for nom in noms.split("\n")]
        assert any(dits == tous[:2] and (", et " in noms) == (len(tous) > 2) for tous in proposes)


def test_les_ecarts_nets_sont_ceux_des_agregats_et_rien_de_net_se_dit(demonstration, compose):
    ecarts = demonstration.agregats.ecarts
    nets = ecarts[(ecarts["signal"] == "net") & ecarts["campagne"].eq("ZGCLWS173")]
    section = compose[0].suites[0]
    trouves, rien, seuls = section.phrases
    assert trouves == f"{len(nets)}{FINE}écarts nets : leur sens est sûr."
    assert rien.startswith("Rien de net : 6e a, 6e b")
    assert seuls.startswith("Pas d'autre classe publiée à qui se comparer : 1re")
    ((niveau, classe, dit),) = section.lignes
    assert (niveau, classe) == ("3e a", f"3eD (≥{FINE}17)")
    assert f"3.3 : −13{FINE}points (de −37{FINE}points à −7{FINE}points)" in dit
    assert dit.endswith(f"et 4{FINE}autres")


def test_les_angles_morts_sont_ceux_de_la_page_publiee(demonstration, compose):
    vue = vues_du_conseil(demonstration, "angles_morts")[0]
    section = compose[0].constats[2]
    assert section.phrases[0] == vue["phrase"]
    jamais = [code for niveau, code, _, dit in vue["table"]["lignes"]
              if niveau == "6e" and dit == "jamais"]  # fmt: skip
    assert section.phrases[1].startswith(f"6e : {', '.join(jamais[:-1])} et {jamais[-1]}")


def test_la_demonstration_tient_sur_deux_pages(compose, tmp_path):
    assert pages(compose[0], tmp_path) == 2


# — Quelques classes, ou soixante —


def fausse_publication(
    niveaux: list[str], par_niveau: int, campagnes: int, *, organisations: int = 1, nom: str = "P"
) -> tuple[Publication, Agregats]:
    """Une publication d'autant de classes par niveau et de campagnes, des noms aussi longs que
    `nom` ; une classe sur deux loin des autres."""
    textes = {"parcours": [[nom, "50 min", ""]] * 3, "decisions": [["2026-2027", nom]] * 9}
    textes |= {
        "angles_morts": [[n, code, "0", "jamais"] for n in niveaux for code in competences()]
    }
    lieux, cases, listes = [], [], []
    for rang in range(campagnes):
        code = f"CODE{rang:03d}"
        ecole = f"Collège {rang % organisations}"
        lieux.append([code, f"{nom} {rang}", "evaluation", "2026-2027", ecole])
        for niveau in niveaux:
            for numero in range(par_niveau):
                classe, taux = f"{niveau}{numero}", 0.3 + 0.4 * (numero % 2)
                listes.append([code, niveau, classe, 28, 20, 24])
                cases += [[code, niveau, classe, competence, "taux_maitrise", 20, True, taux, "",
                           0.2, 0.8, 6] for competence in competences()]  # fmt: skip
    noms = agregats._COLONNES
    maitrise = pd.DataFrame(cases, columns=noms["maitrise"])
    tables = {
        "campagnes": pd.DataFrame(lieux, columns=noms["campagnes"]),
        "participation": pd.DataFrame(listes, columns=noms["participation"]),
        # Tous les états : la légende la plus haute.
        "etapes": pd.DataFrame(
            [[*une[:4], 25, 25, 27, 27] for une in listes], columns=noms["etapes"]
        ),
        "maitrise": maitrise,
        "ecarts": ecarts_publies(maitrise).reindex(columns=noms["ecarts"]),
    }
    vides = {autre: pd.DataFrame(columns=noms[autre]) for autre in {*noms} - {*tables}}
    choix = [{"annee": "2026-2027", "niveau": niveau, "campagne": lieu[0], "page": page}
             for lieu in lieux for niveau in niveaux for page in textes]  # fmt: skip
    commandes = [{"nom": c, "libelle": c, "valeurs": {un[c]: un[c] for un in choix}}
                 for c in ("annee", "niveau", "campagne", "page")]  # fmt: skip
    etats = [{"choix": un, "vues": [un["page"]]} for un in choix]
    vue = {"titre": "", "phrase": nom, "image": None}
    fichiers = {
        "manifeste.json": {"format": 2, "etablissement": nom, "publie_le": "2026-11-27",
                           "donnees_du": "2026-11-20", "a_supprimer_le": "2027-08-31",
                           "effectif_min": 5},
        "etats/conseil_pedagogique.json": {"titre": "", "lire": "", "commandes": commandes,
                                           "etats": etats},
    } | {
        f"vues/{page}.json": vue | {"table": {"colonnes": [], "lignes": lignes}}
        for page, lignes in textes.items()
    }  # fmt: skip
    lue = Publication("p", {chemin: en_json(contenu) for chemin, contenu in fichiers.items()})
    return lue, ecrits_puis_relus(tables | vides)


def ecrits_puis_relus(tables: dict[str, pd.DataFrame]) -> Agregats:
    return relire({f"agregats/{nom}.json": en_json(en_lignes(t)) for nom, t in tables.items()})


LONG = "Parcours de rentrée pour tout l'établissement et ses annexes " * 4


@pytest.mark.parametrize(
    ("niveaux", "par_niveau", "campagnes", "nom"),
    [
        (["5e"], 1, 1, "Rentrée"),
        (["5e"], 1, 1, LONG),
        (["6e", "5e", "4e", "3e"], 15, 1, "Rentrée"),
        (["6e", "5e", "4e", "3e"], 15, 4, LONG),
        (["6e", "5e", "4e", "3e", "2de", "1re", "Tle", "CAP", "BTS", "CPGE"], 6, 2, LONG),
    ],
)
def test_deux_pages_d_une_classe_a_soixante(niveaux, par_niveau, campagnes, nom, tmp_path):
    bilan = composer(*fausse_publication(niveaux, par_niveau, campagnes, nom=nom))
    assert pages(bilan, tmp_path) == 2
    total = len(niveaux) * campagnes
    if total > LIGNES:
        coupe = f"{LIGNES} lignes, et {total - LIGNES}{FINE}autres dans les tableaux de bord"
        assert coupe in bilan.entete
    assert len(bilan.suites[1].lignes) == min(total, LIGNES)
    dits = {ligne[0].split(" — ")[0].split()[0] for ligne in bilan.suites[1].lignes}
    assert dits == {*niveaux}, "couper ne fait disparaître aucun niveau"


def test_deux_etablissements_du_meme_niveau_se_nomment():
    bilan = composer(*fausse_publication(["6e"], 2, 2, organisations=2, nom="Rentrée"))
    noms = [ligne[0] for ligne in bilan.suites[1].lignes]
    assert [nom.split(f" (≥{FINE}")[0] for nom in noms] == [
        "6e a — Rentrée 0 (Collège 0)",
        "6e b — Rentrée 1 (Collège 1)",
    ]


def test_une_classe_seule_n_a_ni_ecart_ni_pluriel_de_trop():
    bilan = composer(*fausse_publication(["5e"], 1, 1, nom="Rentrée"))
    assert bilan.suites[0].phrases == [
        "Pas d'autre classe publiée à qui se comparer : 5e.",
    ]
    assert bilan.constats[0].phrases[0].startswith("De 20 à 24 élèves sur 28 attendus ont envoyé")


def test_les_decisions_publiees_se_relisent_et_le_reste_se_compte():
    section = composer(*fausse_publication(["5e"], 1, 1, nom="Une heure")).suites[-1]
    assert section.puces == ["2026-2027 : Une heure"] * 4
    assert section.phrases == [f"Les 4 premières ; 5{FINE}autres dans les tableaux de bord."]


def test_sans_liste_ni_resultat_le_bilan_dit_ce_qui_manque(tmp_path):
    lue, publies = fausse_publication(["5e"], 1, 1)
    vide = {nom: table.head(0) for nom, table in publies.tables().items()}
    sans_liste = publies.tables() | {"participation": vide["participation"]}
    bilan = composer(lue, ecrits_puis_relus(sans_liste))
    assert "liste des élèves" in bilan.constats[0].phrases[0]
    assert pages(bilan, tmp_path) == 2
    sans_resultat = {"maitrise": vide["maitrise"], "ecarts": vide["ecarts"]}
    bilan = composer(lue, ecrits_puis_relus(publies.tables() | sans_resultat))
    assert bilan.suites[0].phrases == ["Aucun résultat publié : 5e."]
    assert "Rien à proposer" in bilan.suites[1].phrases[0]
    assert pages(bilan, tmp_path) == 2
    with pytest.raises(PublicationIllisible, match="aucune campagne"):
        composer(lue, ecrits_puis_relus(vide))


# — La commande —


def test_sans_publication_ni_dossier_la_commande_le_dit(tmp_path, capsys):
    assert main(["bilan", str(tmp_path / "absente"), "--vers", str(tmp_path / "s")]) == 2
    assert "« absente », qui n'existe pas. Attendu" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_avec_un_dossier_la_publication_se_fait_d_abord(dossier, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "non")
    pub, sortie = tmp_path / "publication", tmp_path / "sortie"
    demande = ["bilan", str(pub), "--vers", str(sortie), "--dossier", str(dossier),
               "--effectif-min", "5"]  # fmt: skip
    assert main(demande) == 2, "la personne a dit non"
    assert "Rien n'a été publié" in capsys.readouterr().err
    assert not pub.exists()
    assert not sortie.exists()
    assert main([*demande, "--oui"]) == 0
    assert (pub / "manifeste.json").exists()
    assert (sortie / "bilan_de_rentree.docx").exists()
    avant = (pub / "manifeste.json").stat().st_mtime_ns
    assert main([*demande, "--oui"]) == 0
    assert (pub / "manifeste.json").stat().st_mtime_ns == avant, "elle existe : rien n'est refait"


def test_un_bilan_ne_va_pas_dans_la_publication(publication, capsys):
    for vers in (publication, publication / "bilan"):
        assert main(["bilan", str(publication), "--vers", str(vers)]) == 2
        assert "dans la publication elle-même" in capsys.readouterr().err
    assert not list(publication.rglob("*.docx"))


def test_une_publication_abimee_ou_retiree_se_dit(publication, tmp_path, capsys):
    autre = tmp_path / "publication"
    (autre / "agregats").mkdir(parents=True)
    for nom in ("manifeste.json", "agregats/campagnes.json"):
        (autre / nom).write_bytes((publication / nom).read_bytes())
    assert main(["bilan", str(autre), "--vers", str(tmp_path / "s")]) == 2
    assert "participation.json » ne se lit pas" in capsys.readouterr().err
    retiree = {"format": 2, "retiree_le": "2026-11-27"}
    (autre / "manifeste.json").write_text(json.dumps(retiree), encoding="utf-8")
    assert main(["bilan", str(autre), "--vers", str(tmp_path / "s")]) == 2
    assert "retirée le 27 novembre 2026" in capsys.readouterr().err
    with pytest.raises(PublicationIllisible):
        bilan_de_rentree(tmp_path)
