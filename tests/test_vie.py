"""La vie des données : un élève s'efface, une publication se retire, une année se clôt."""

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pixkit import ouvrir
from pixkit.charte import date_en_mots
from pixkit.commande import main
from pixkit.decisions import ACCEPTE, HORS, REFUSE, Decision, decider
from pixkit.erreurs import ChoixInconnu, FichierIllisible, PublicationRefusee, PublicationRetiree
from pixkit.memoire import ecrire_memoire, lire_memoire
from pixkit.panneaux import panneau_atelier
from pixkit.publication import difference
from pixkit.publication.atomes import Atome
from pixkit.publication.identites import Rangee, reconnaitre
from pixkit.publication.memoire import (
    NOM,
    Groupe,
    Memoire,
    ecrire_publications,
    lire_publications,
)
from pixkit.publication.place import agregats_en_place, remplacer, verifier_place
from pixkit.publication.population import nom_sans_ordre
from pixkit.publication.preparer import verifier_suite
from pixkit.service.lecteur import FORMAT, Publication
from pixkit.service.panneau import panneau_publication
from pixkit.vie import choisir_eleve, clore, connaitre, effacer, preparer_cloture, rappel, restes
from tests.test_lecture_mauvais import en_octets, rangees
from tests.test_publication import remplir

LEA, TOM, AUTRE_LEA = "123456789AB", "123456789CD", "123456789EF"
LISTE = (
    "INE;Nom;Prénom;Date de naissance;Classe\n"
    f"{LEA};MARTIN;Léa;03/05/2014;5eA\n"
    f"{TOM};PETIT;Tom;04/06/2014;5eB\n"
    f"{AUTRE_LEA};MARTIN;Léa;01/01/2014;5eC\n"
)


def export() -> bytes:
    """Trois envois : les deux Léa et Tom, un par classe."""
    entete, *lignes = rangees("01_5e")
    noms = [entete.index(f"{titre} du Participant") for titre in ("Nom", "Prénom")]
    envoye, classe = entete.index("Partage (O/N)"), entete.index("Classe")
    gardees = []
    envoyees = [ligne for ligne in lignes if ligne[envoye] == "Oui"]
    for nom, ligne in zip(("MARTIN", "PETIT", "MARTIN"), envoyees, strict=False):
        prenom, ou = ("Tom", "5eB") if nom == "PETIT" else ("Léa", "5eC" if gardees else "5eA")
        copie = list(ligne)
        copie[noms[0]], copie[noms[1]], copie[classe] = nom, prenom, ou
        gardees.append(copie)
    return en_octets([entete, *gardees])


@pytest.fixture
def dossier(tmp_path) -> Path:
    """Deux homonymes et Tom ; des décisions, des livrets, des aménagements de chacun."""
    ici = tmp_path / "exports"
    ici.mkdir()
    (ici / "liste.csv").write_text(LISTE, encoding="utf-8")
    (ici / "export.csv").write_bytes(export())
    for nom, prenom, classe, quoi, eleve in (
        ("MARTIN", "Léa", "5eA", ACCEPTE, LEA),
        ("PETIT", "Tom", "5eB", REFUSE, LEA),
        ("PETIT", "Tom", "5eB", ACCEPTE, TOM),
        ("MARTIN", "Léa", "5eC", ACCEPTE, AUTRE_LEA),
        ("DURAND", "Zoé", "5eA", HORS, ""),
    ):
        decider(ici, Decision(nom, prenom, classe, "2026-2027", "", quoi, eleve, "2026-11-20"))
    ecrire_memoire(ici, "amenagements", [
        {"eleve": LEA, "temps_majore": "oui", "materiel": ""},
        {"eleve": TOM, "temps_majore": "", "materiel": "clavier"},
    ])  # fmt: skip
    ecrire_memoire(ici, "conseil", [
        {"annee_scolaire": "2026-2027", "decision": "Voir Léa Martin en novembre"},
        {"annee_scolaire": "2026-2027", "decision": "Deux heures en mars"},
    ])  # fmt: skip
    return ici


def memoires(dossier: Path) -> dict[str, list[bytes]]:
    return {
        chemin.name: chemin.read_bytes().splitlines() for chemin in sorted(dossier.glob("pixkit_*"))
    }


# — Un élève —


def test_tout_ce_que_le_dossier_sait_d_un_eleve_se_lit(dossier, tmp_path, capsys):
    assert main(["eleve", str(dossier), "--eleve", LEA]) == 0
    dit = capsys.readouterr().out
    assert "naissance : 3 mai 2014" in dit
    for titre in ("Participations", "Résultats", "Suivi", "pixkit_decisions.csv", "amenagements"):
        assert titre in dit, titre
    assert not re.search("clavier|4 juin 2014", dit), "Tom n'est pas Léa"
    sortie = tmp_path / "sortie"
    assert main(["eleve", str(dossier), "--eleve", LEA, "--exporter", str(sortie)]) == 0
    (page,) = sortie.iterdir()
    assert page.name == f"eleve-{LEA}.html"
    assert "MARTIN" in page.read_text("utf-8")
    assert page.stat().st_mode & 0o777 == 0o600


def test_un_nom_que_deux_eleves_portent_se_precise_un_inconnu_se_dit(dossier):
    ecole = ouvrir(dossier)
    assert choisir_eleve(ecole, "tom PETIT").eleve == TOM
    with pytest.raises(ChoixInconnu, match=r"2\sélèves") as deux:
        choisir_eleve(ecole, "Martin Léa")
    for dit in (LEA, AUTRE_LEA, "5eA", "5eC", "3 mai 2014", "1er janvier 2014"):
        assert dit in str(deux.value)
    with pytest.raises(ChoixInconnu, match="ne connaissent"):
        choisir_eleve(ecole, "Personne")
    with pytest.raises(ChoixInconnu, match="ne connaissent"):
        choisir_eleve(ecole, "")


def test_un_eleve_efface_ne_laisse_rien_et_les_autres_lignes_ne_changent_pas(dossier, capsys):
    (dossier / "pixkit_decisions.csv.avant-format-2").write_text("MARTIN;Léa", encoding="utf-8")
    avant = memoires(dossier)
    assert main(["eleve", str(dossier), "--eleve", LEA, "--effacer", "--oui"]) == 1
    dit = capsys.readouterr().out
    for attendu in ("liste.csv, ligne 2 :", "export.csv, ligne 2 :", "Pix Orga", "SIECLE"):
        assert attendu in dit
    apres = memoires(dossier)
    assert not [nom for nom in apres if "avant" in nom]
    for nom, lignes in apres.items():
        assert lignes == [ligne for ligne in avant[nom] if ligne in lignes], nom
        assert LEA.encode() not in b"\n".join(lignes)
    assert len(apres["pixkit_decisions.csv"]) == 4, "Tom, l'autre Léa et Zoé restent"
    assert b"Martin" not in b"".join(apres["pixkit_conseil.csv"])
    encore = memoires(dossier)
    assert main(["eleve", str(dossier), "--eleve", LEA, "--effacer", "--oui"]) == 1
    assert "ne gardait rien" in capsys.readouterr().out
    assert memoires(dossier) == encore


def test_un_script_qui_efface_n_attend_personne(dossier, monkeypatch):
    def personne(_):
        raise EOFError

    monkeypatch.setattr("builtins.input", personne)
    assert main(["eleve", str(dossier), "--eleve", LEA, "--effacer"]) == 1
    assert LEA not in "".join(map(str, memoires(dossier).values()))


def test_sans_un_oui_rien_ne_s_efface(dossier, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "non")
    avant = memoires(dossier)
    assert main(["eleve", str(dossier), "--eleve", LEA, "--effacer"]) == 2
    assert "Rien n'a été effacé" in capsys.readouterr().err
    assert memoires(dossier) == avant


def test_un_eleve_disparu_des_fichiers_s_efface_encore(dossier):
    for nom in ("liste.csv", "export.csv"):
        (dossier / nom).unlink()
    ecole = ouvrir(dossier)
    lea = choisir_eleve(ecole, LEA)
    assert restes(ecole, lea) == []
    assert effacer(ecole, lea)
    zoe = choisir_eleve(ecole, "Zoé Durand")
    assert [section.titre for section in connaitre(ecole, zoe).sections] == [
        "Gardé dans pixkit_decisions.csv"
    ]
    effacer(ecole, zoe)
    reste = b"".join(chemin.read_bytes() for chemin in dossier.glob("pixkit_*"))
    assert not re.search(f"{LEA}|Zoé", reste.decode())
    assert TOM.encode() in reste


def rangee(eleve: str, nom: str) -> Rangee:
    notes = {"1.1": (len(nom), 20)}
    quand = f"2026-11-{len(nom):02}"
    return Rangee(eleve, (nom,), ("C", "5e", "5eA"), False, True, quand, notes, {})


def publiee(*gens: tuple[str, str]) -> Memoire:
    """Une mémoire où chacun compte dans un même atome."""
    memoire = Memoire(sel="sel")
    lignes = reconnaitre(memoire, [rangee(*une) for une in gens])
    contributions = {ligne.qui: [memoire.empreinte(ligne.eleve)] for ligne in lignes}
    groupe = Groupe("C", ["C", "5e", "5eA"], "2026-2027")
    groupe.cellules["1.1"] = [Atome(30, 60, 5, contributions)]
    memoire.groupes.append(groupe)
    return memoire


def test_une_somme_publiee_reste_sans_que_rien_ne_mene_a_l_efface(dossier):
    lea, tom = nom_sans_ordre("MARTIN", "Léa"), nom_sans_ordre("PETIT", "Tom")
    memoire = publiee((TOM, tom), ("111111111ZZ", "dupont zoe"))
    (atome,) = memoire.groupes[0].atomes
    ecrire_publications(dossier, memoire)
    ecole = ouvrir(dossier)
    assert connaitre(ecole, choisir_eleve(ecole, TOM)).nb_sommes == 1
    effacer(ecole, choisir_eleve(ecole, TOM))
    relue, _ = lire_publications(dossier)
    (reste,) = relue.groupes[0].atomes
    assert (reste.somme, reste.sur, reste.nombre) == (atome.somme, atome.sur, atome.nombre)
    assert relue.numeros(TOM, [tom]) == set()
    assert [""] in reste.contributions.values(), "son empreinte n'y est plus"
    restent = {vu[0] for vus in relue.envois.values() for vu in vus}
    assert restent == relue.numeros("111111111ZZ", ["dupont zoe"])
    assert relue.suivant == 2, "son numéro n'est à personne d'autre"
    assert not re.search(f"{TOM}|{LEA}|{lea}", (dossier / NOM).read_text("utf-8"))


def test_un_homonyme_qui_reste_garde_le_numero_qu_ils_partagent(dossier):
    lea = nom_sans_ordre("MARTIN", "Léa")
    memoire = publiee((LEA, lea), (AUTRE_LEA, lea), (TOM, nom_sans_ordre("PETIT", "Tom")))
    ecrire_publications(dossier, memoire)
    ecole = ouvrir(dossier)
    effacer(ecole, choisir_eleve(ecole, LEA))
    relue, _ = lire_publications(dossier)
    assert relue.numeros(LEA, []) == set()
    assert relue.numeros(AUTRE_LEA, [lea]) == memoire.numeros(AUTRE_LEA, [lea])
    assert (
        json.loads((dossier / NOM).read_bytes())["groupes"]
        == json.loads(memoire.en_json())["groupes"]
    )


def test_la_page_qui_est_qui_montre_un_eleve_et_l_efface_apres_un_oui(dossier):
    atelier = panneau_atelier(dossier)
    atelier.page.value = "Qui est qui"
    page = atelier.eleve
    page.qui.value = "Léa Martin"
    page.voir.click()
    assert LEA in page.message.value
    assert "role='alert'" in page.message.value
    page.qui.value = LEA
    page.voir.click()
    assert f"eleve-{LEA}.html" in page.message.value
    assert page.oui.layout.display == "none"
    page.effacer.click()
    assert page.oui.layout.display is None
    page.oui.click()
    assert "liste.csv, ligne 2" in page.message.value
    assert LEA.encode() not in (dossier / "pixkit_decisions.csv").read_bytes()
    assert page.oui.layout.display == "none"
    assert LEA not in {une.eleve for une in atelier.ecole.decisions}


# — Une publication —


@pytest.fixture
def publication(tmp_path) -> Path:
    agregats = {"agregats/maitrise.json": cases(5), "registre_rgpd.md": b"#"}
    dit = {"format": FORMAT, "etablissement": "Collège A"}
    fichiers = agregats | {"manifeste.json": json.dumps(dit).encode(), "pages/x/0.html": b"x"}
    return remplacer(tmp_path / "publication", fichiers)


def cases(*effectifs: int) -> bytes:
    lieu = {"campagne": "C", "niveau_scolaire": "5e", "classe": "5eA"}
    codes = ("1.1", "1.2", "1.3")
    dites = zip(codes, effectifs, strict=False)
    lignes = [lieu | {"competence": code, "effectif": nombre} for code, nombre in dites]
    return json.dumps(lignes).encode()


def test_une_publication_retiree_s_efface_et_le_dit(publication, tmp_path, capsys):
    assert main(["retirer", str(publication), "--oui"]) == 0
    jour = date_en_mots(date.today())
    assert f"depuis le {jour}" in capsys.readouterr().out
    assert sorted(un.name for un in publication.rglob("*")) == ["index.html", "manifeste.json"]
    assert f"retirée le {jour}" in (publication / "index.html").read_text("utf-8")
    with pytest.raises(PublicationRetiree, match=f"retirée le {jour}"):
        Publication(publication)
    assert f"retirée le {jour}" in panneau_publication(publication, "classe").value
    avant = (publication / "manifeste.json").read_bytes()
    assert main(["retirer", str(publication), "--oui"]) == 0
    assert (publication / "manifeste.json").read_bytes() == avant
    assert main(["servir", str(publication)]) == 2
    exports = tmp_path / "exports"
    exports.mkdir()
    assert verifier_place(publication, exports) == publication, "elle se remplace encore"
    with pytest.raises(PublicationRefusee, match="Collège A"):
        verifier_suite(publication, exports, "Collège B")


def test_ce_qui_n_est_pas_une_publication_ne_se_retire_pas(publication, tmp_path, capsys):
    (publication / "notes.txt").write_text("à moi", encoding="utf-8")
    vide = tmp_path / "vide"
    vide.mkdir()
    for ou in (publication, vide, tmp_path / "rien"):
        assert main(["retirer", str(ou), "--oui"]) == 2
        assert "pas une publication" in capsys.readouterr().err
    assert (publication / "registre_rgpd.md").exists()


def test_sans_un_oui_rien_ne_se_retire(publication, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "")
    assert main(["retirer", str(publication)]) == 2
    assert (publication / "registre_rgpd.md").exists()


@pytest.mark.parametrize(
    ("apres", "dit"),
    [
        (cases(5), difference.AUCUNE),
        (cases(6), r"résultats : 1 change \(sur 1.case\) ; 5eA"),
        (cases(6, 7, 8), "1 change et 2 apparaissent"),
        (cases(), "1 disparaît"),
    ],
)
def test_ce_qu_une_publication_change_se_dit_avant_de_dire_oui(publication, apres, dit):
    en_place = agregats_en_place(publication)
    assert re.search(dit, difference.en_mots(en_place, {"agregats/maitrise.json": apres}))
    assert difference.en_mots({}, {}) == difference.PREMIERE


def test_la_page_publier_retire_apres_un_oui(publication, dossier):
    atelier = panneau_atelier(dossier)
    atelier.page.value = "Publier"
    page = atelier.publier
    assert page.retirer.layout.display == "none", "rien n'est encore publié là"
    page.vers.value = str(publication)
    assert page.retirer.layout.display is None
    assert page.oui.layout.display == "none"
    page.retirer.click()
    page.oui.click()
    assert "retirée depuis" in page.apercu.value
    assert page.retirer.layout.display == "none"
    assert not (publication / "registre_rgpd.md").exists()


# — Une année —


def livrets(dossier: Path) -> None:
    commun = {"domaine": "1", "niveau": "2", "date": "2026-11-20"}
    lignes = [commun | {"eleve": LEA, "annee_scolaire": an} for an in ("2025-2026", "2026-2027")]
    ecrire_memoire(dossier, "livrets", lignes)


def test_clore_une_annee_efface_ce_qui_nomme_et_garde_des_decomptes(dossier, capsys):
    livrets(dossier)
    assert main(["clore", str(dossier), "--annee", "2026-2027", "--oui"]) == 1
    dit = capsys.readouterr().out
    assert "31 août 2027" in dit
    assert "À supprimer vous-même" in dit
    assert "export.csv" in dit
    assert (dossier / "export.csv").exists(), "rien de brut ne se supprime"
    assert lire_memoire(dossier, "decisions") == []
    assert [une["annee_scolaire"] for une in lire_memoire(dossier, "livrets")] == ["2025-2026"]
    assert lire_memoire(dossier, "amenagements") == []
    assert len(lire_memoire(dossier, "conseil")) == 2
    (close,) = lire_memoire(dossier, "annees")
    assert close == {"annee_scolaire": "2026-2027", "close_le": date.today().isoformat()}
    avant = memoires(dossier)
    assert main(["clore", str(dossier), "--annee", "2026-2027", "--oui"]) == 1
    assert memoires(dossier) == avant


def test_les_decomptes_gardes_sont_ceux_des_resultats_et_de_cinq_eleves_au_moins(tmp_path):
    remplir(tmp_path)
    ecole = ouvrir(tmp_path)
    bilans = pd.DataFrame(preparer_cloture(ecole, "2026-2027").bilans)
    nombres = bilans[["effectif", "nb_acquis", "valeur"]].astype(int)
    assert nombres["effectif"].min() >= 5
    cles = ["campagne", "niveau_scolaire", "competence"]
    taux = ecole.resultats.query("type_campagne == 'evaluation'")
    attendus = taux.groupby(cles)[["nb_acquis", "nb_acquis_maitrises"]].sum()
    gardes = bilans[cles].join(nombres).set_index(cles)
    for cle, ligne in gardes[gardes.index.isin(attendus.index)].iterrows():
        assert (ligne["nb_acquis"], ligne["valeur"]) == tuple(attendus.loc[cle])
    assert len(gardes)


def test_d_une_annee_close_les_decomptes_se_lisent_encore_sans_ses_fichiers(tmp_path):
    remplir(tmp_path)
    ecole = ouvrir(tmp_path)
    avant = ecole.bilans
    clore(ecole, preparer_cloture(ecole, "2026-2027"))
    for chemin in tmp_path.glob("*.csv"):
        if not chemin.name.startswith("pixkit_"):
            chemin.unlink()
    reste = ouvrir(tmp_path)
    pd.testing.assert_frame_equal(reste.bilans, avant, check_dtype=False)
    clore(reste, preparer_cloture(reste, "2026-2027"))
    assert len(reste.bilans) == len(avant), "clore deux fois n'y change rien"
    lignes = lire_memoire(tmp_path, "bilans")
    ecrire_memoire(tmp_path, "bilans", [lignes[0] | {"effectif": "beaucoup"}])
    with pytest.raises(FichierIllisible, match=r"ligne 2.*beaucoup"):
        _ = ouvrir(tmp_path).bilans


def test_une_annee_inconnue_ou_sans_oui_ne_se_clot_pas(dossier, capsys, monkeypatch):
    avant = memoires(dossier)
    assert main(["clore", str(dossier), "--annee", "2019-2020", "--oui"]) == 2
    assert "2026-2027" in capsys.readouterr().err
    monkeypatch.setattr("builtins.input", lambda _: "non")
    assert main(["clore", str(dossier), "--annee", "2026-2027"]) == 2
    assert memoires(dossier) == avant


def test_une_annee_finie_et_pas_close_se_rappelle_a_l_ouverture(dossier):
    ecole = ouvrir(dossier)
    assert rappel(ecole, date(2027, 8, 31)) == ""
    dit = rappel(ecole, date(2027, 9, 1))
    assert "2026-2027" in dit
    assert "31 août 2027" in dit
    clore(ecole, preparer_cloture(ecole, "2026-2027"))
    assert rappel(ecole, date(2027, 9, 1)) == ""


def test_l_atelier_rappelle_une_annee_finie_sous_l_age_des_donnees(dossier, monkeypatch):
    monkeypatch.setattr("pixkit.panneaux.atelier.rappel", lambda *_: "<à clore>")
    dit = panneau_atelier(dossier).age.value
    assert "class='pixkit-age" in dit
    assert "&lt;à clore&gt;" in dit


def test_la_page_annee_clot_apres_un_oui(dossier):
    atelier = panneau_atelier(dossier)
    atelier.page.value = "Année"
    page = atelier.annee
    page.clore.click()
    assert "À supprimer vous-même" in page.cloture.value
    assert lire_memoire(dossier, "decisions")
    page.oui.click()
    assert "est close" in page.cloture.value
    assert lire_memoire(dossier, "decisions") == []


# — Les formats —


def test_une_memoire_sans_numero_s_ouvre_une_plus_recente_se_refuse(tmp_path):
    chemin = tmp_path / "pixkit_colonnes.csv"
    lignes = [{"entete": "Nom de l'élève", "champ": "nom"}]
    chemin.write_text("entete;champ\nNom de l'élève;nom\n", encoding="utf-8")
    assert lire_memoire(tmp_path, "colonnes") == lignes
    ecrire_memoire(tmp_path, "colonnes", lignes)
    assert chemin.read_text("utf-8-sig").splitlines()[0] == "entete;champ;pixkit_format_1"
    assert lire_memoire(tmp_path, "colonnes") == lignes
    chemin.write_text("entete;champ;pixkit_format_2\na;nom;\n", encoding="utf-8")
    octets = chemin.read_bytes()
    with pytest.raises(FichierIllisible, match=r"format 2.*plus récent.*mettez pixkit à jour"):
        lire_memoire(tmp_path, "colonnes")
    assert chemin.read_bytes() == octets


def test_la_memoire_des_publications_se_convertit_une_fois_l_original_a_cote(tmp_path):
    photo = {"campagne": "C", "niveau_scolaire": "5e", "classe": "5eA", "sur_liste": False,
             "effectif_min": 5, "eleves": {}}  # fmt: skip
    ancienne = json.dumps({"photos": [photo]}).encode()
    (tmp_path / NOM).write_bytes(ancienne)
    memoire, octets = lire_publications(tmp_path)
    assert [groupe.racine for groupe in memoire.groupes] == ["C"]
    assert (tmp_path / f"{NOM}.avant-format-2").read_bytes() == ancienne
    assert lire_publications(tmp_path) == (memoire, octets), "le même sel"
    (tmp_path / NOM).write_text(json.dumps({"format": 3}), encoding="utf-8")
    with pytest.raises(FichierIllisible, match="plus récent"):
        lire_publications(tmp_path)
