"""Le portique : tout ce qui désigne un élève l'arrête, sous toute écriture ; et rien d'autre."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from simplemma import is_known

from pixkit.erreurs import PublicationRefusee
from pixkit.gabarits import rendre
from pixkit.publication.controle import LEXIQUE, Personnes, controler, personnes
from pixkit.publication.lectures import mots
from tests.deguisements import DEGUISEMENTS, HORS_DE_PORTEE, INE
from tests.fausse_ecole import PRENOMS
from tests.lexique import demonstration, manquants

TESTS = Path(__file__).parent
ELEVES = [
    ("DURAND", "Kévin", "ext77"), ("PETIT", "Rose", "4821093"), ("N'DIAYE", "Awa", None),
    ("DA SILVA", "Ana", None),
    ("LE GALL", "Yann", None), ("ŁUKASIK", "Łukasz", None), ("SØRENSEN", "Bjørn", None),
    ("MARTIN", "Emma", None),
    ("BLANC", "Jean-Marie", None), ("Иванов", "Иван", None), ("LE", "Max", None),
    ("ROUX", "Tom", None),
]  # fmt: skip


def qui(eleves=ELEVES, organisation: str = "Collège Alice-Milliat") -> Personnes:
    lignes = [
        {
            "nom": nom,
            "prenom": prenom,
            "identifiant_externe": numero,
            "organisation": organisation,
            "eleve": f"cle{rang}",
        }
        for rang, (nom, prenom, numero) in enumerate(eleves)
    ]
    liste = pd.DataFrame(
        [
            {"nom": "MERCIER", "prenom": "Fanta", "nom_usage": "OUATTARA", "eleve": INE,
             "professeur_principal": "Mme BOIS Iris"},
            {"nom": "MERCIER", "prenom": "Awa", "eleve": "120456789KB",
             "professeur_principal": "M. PERRINEAU"},
        ]
    )  # fmt: skip
    tables = {"participations": pd.DataFrame(lignes), "eleves": liste}
    return personnes(SimpleNamespace(**tables, certifications=pd.DataFrame()))


TOUS = qui()


def arrete(
    contenu: str | bytes, personnes_citees: Personnes = TOUS, chemin: str = "vues/x.json"
) -> bool:
    try:
        controler(
            {chemin: contenu if isinstance(contenu, bytes) else contenu.encode()}, personnes_citees
        )
    except PublicationRefusee:
        return True
    return False


@pytest.mark.parametrize("contenu", DEGUISEMENTS.values(), ids=DEGUISEMENTS)
def test_le_portique_arrete(contenu):
    assert arrete(contenu)


def test_le_hasard_du_nom_d_une_vue_ne_dit_personne_mais_le_meme_texte_ailleurs_si():
    """« 5cce0bb4bb712aff », lu comme une base 64, donne « Ñ¶øm¾ » : une élève Nom3."""
    une = "5cce0bb4bb712aff"
    gens = qui([("NOM3", "Lise", None)])
    fichiers = {f"vues/{une}.json": b"{}", "etats/classe.json": f'{{"vues": ["{une}"]}}'.encode()}
    controler(fichiers, gens)
    page = f"<a href='../vues/{une}.json'>24</a>".encode()
    controler(fichiers | {"pages/classe/0000.html": page}, gens)
    with pytest.raises(PublicationRefusee, match="etats/classe"):
        controler({"etats/classe.json": fichiers["etats/classe.json"]}, gens)


@pytest.mark.parametrize("contenu", [cas for cas, _ in HORS_DE_PORTEE.values()], ids=HORS_DE_PORTEE)
def test_ce_qui_est_dit_hors_de_portee_l_est(contenu):
    """Trouvé un jour, un cas change de liste."""
    assert not arrete(contenu)


def test_195_deguisements_au_moins_et_peu_hors_de_portee():
    assert len(DEGUISEMENTS) + len(HORS_DE_PORTEE) >= 195
    assert len(HORS_DE_PORTEE) < 12


def test_le_nom_d_un_fichier_passe_aussi_au_portique():
    assert arrete("rien", chemin="images/durand.svg")


def test_la_phrase_dit_ou_chercher_sans_repeter_le_nom():
    with pytest.raises(PublicationRefusee) as refus:
        controler({"vues/a.json": b"Kevin Durand", "vues/b.json": b"k@exemple.fr"}, TOUS)
    assert all(dit in str(refus.value) for dit in ("vues/a.json", "vues/b.json"))
    assert not any(tu in str(refus.value).lower() for tu in ("durand", "kevin", "exemple"))


INNOCENTS = {
    "mots courants seuls": "trop peu d'élèves, un petit écart, une case en blanc",
    "fleur": "<path style='fill:rose'/>",
    "loin l'un de l'autre": "Rose est une couleur ; ce tout autre écart est petit",
    "phrase avec « le »": "le maximum et le minimum", "coordonnées": "<path d='M 4821093 77'/>",
    "numéro dans un nombre": "14821093,5", "nom dans un mot": "un tomate, des rousseurs, durandal",
    "collège": "Collège Alice-Milliat", "son nom seul": "à Alice-Milliat, tous ont envoyé",
    "capitales loin, de deux élèves": "Petit bilan : Blanc partout",
    "élision et nom courant": "l'ami, là-bas, la page, à petits pas, peut-être, a-t-il",
    "classes": "5eA, 3e 4, 2 PRO NATURE, 1re A, BTSA1 ACSE", "mots à tirets": "porte-voix, dit-on",
    "lettres de colonnes": "A B C D E", "unités": "12 µg, 3 €, 100 %, 5 p. 100, n° 2",
}  # fmt: skip


@pytest.mark.parametrize("contenu", INNOCENTS.values(), ids=INNOCENTS)
def test_le_portique_laisse_passer(contenu):
    assert not arrete(contenu)


MANIFESTE = {
    "etablissement": "Collège Alice-Milliat", "effectif_min": 5, "a_supprimer_le": "2027-08-31",
    "publie_le": "2026-11-20", "donnees_du": "2026-11-20", "nb_repondus": 0, "malgre": "",
}  # fmt: skip
PARRAINS = (TESTS / "listes" / "parrains.txt").read_text(encoding="utf-8").splitlines()
COURANTS = [
    ("PAGE", "Marine"), ("CLASSE", "Olive"), ("MIN", "Ji"), ("PAS", "Luc"), ("PEU", "Anne"),
    ("LOIN", "Paul"), ("TAUX", "Guy"),
    ("AOUT", "Noël"), ("MARS", "Avril"), ("JUIN", "Mai"), ("DU", "Mai"), ("AN", "Anh"),
    ("TRAIT", "Rose"), ("POINT", "Aimé"),
    ("NET", "Fleur"), ("BAS", "Prudence"), ("HAUT", "Désiré"), ("PETIT", "Juste"),
    ("ELEVE", "Ange"), ("ZERO", "Léo"),
    ("TITLE", "Svg"), ("PATH", "Text"), ("WIDTH", "Style"), ("NAV", "Main"), ("FORMAT", "Index"),
    ("OUI", "Léo"), ("TARD", "Max"), ("LE", "An"), ("A", "Anh"), ("O", "Min"), ("MAI", "Lan"),
    ("DE", "Ly"), ("NON", "Juste"), ("TROP", "Claire"), ("PLUS", "Constant"), ("NOMBRE", "Pascal"),
    ("GRANDE", "Clémence"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("nom", "prenom"), COURANTS, ids=[f"{prenom} {nom}" for nom, prenom in COURANTS]
)
def test_les_mots_de_pixkit_ne_bloquent_pas_un_etablissement(nom, prenom):
    """Une publication sans élève : ses notices, ses clés, ses phrases, ses balises."""
    fichiers = {
        "registre_rgpd.md": rendre("registre.md.j2", **MANIFESTE),
        "LISEZMOI.md": rendre("lisez_moi.md.j2", **MANIFESTE),
        "manifeste.json": '{"effectif_min":5,"tus":[],"figees":[],'
        '"versions":{"matplotlib":"3.10.1"},"vide":null,"vrai":true}',
        "vues/a.json": '{"titre":"Quels parcours proposer ?",'
        '"table":{"colonnes":["Durée"],"lignes":[["45 min"],["oui"],["non"]]}}',
        "vues/b.json": '{"phrase":"Quelques points d\'écart ne prouvent rien : '
        'trop peu d\'élèves, pas un zéro.","image":null}',
        "images/c.svg": "<?xml version='1.0'?>"
        "<svg xmlns='http://www.w3.org/2000/svg' width='9'><title>Taux</title>"
        "<path d='M 0 1' style='fill:none'/><text>au moins 20, août 2026</text></svg>",
        "index.html": "<!doctype html><html lang='fr'>"
        "<head><meta name='viewport' content='width=device-width'></head>"
        "<body><nav><a href='pages/classe/0012.html'>5eA</a></nav>"
        "<main>Données du 12 mai 2026.</main></body></html>",
    }  # fmt: skip
    controler(
        {chemin: texte.encode() for chemin, texte in fichiers.items()}, qui([(nom, prenom, None)])
    )


@pytest.mark.parametrize("numero", ["12", "2026", "0012", "5", "100", "20"])
def test_un_petit_numero_externe_ne_bloque_pas_un_etablissement(numero):
    page = (
        "<a href='pages/classe/0012.html'>5eA</a> Données du 12 novembre 2026, effectif 20, "
        "5 classes, 100 %"
    )
    assert not arrete(page, qui([("DURAND", "Kévin", numero)]))


@pytest.mark.parametrize(
    "eleves",
    [[("HUGO", "Lina", None), ("ARDENT", "Victor", None)], [("HUGO", "Victor", None)]],
    ids=["deux élèves", "lui-même"],
)
def test_le_nom_de_l_etablissement_ne_le_bloque_pas(eleves):
    """Il est public, et personne ne peut le publier sous un autre nom."""
    assert not arrete("<p>Collège Victor Hugo</p>", qui(eleves, "Collège Victor Hugo"))
    assert arrete("<p>Félicitations à Hugo, Victor</p>", qui(eleves[-1:], "Collège Jean-Moulin"))


@pytest.mark.parametrize("modele", ["Collège {}", "LYCEE GENERAL ET TECHNOLOGIQUE {}",
                                    "Lycée professionnel {} - Saint-Denis"])  # fmt: skip
@pytest.mark.parametrize("parrain", PARRAINS)
def test_un_etablissement_ne_bloque_pas_ses_eleves_homonymes(parrain, modele):
    """Ses élèves portent chaque mot de son nom, comme nom et comme prénom."""
    nom = modele.format(parrain)
    parts = [mot for mot in parrain.replace("-", " ").split() if mot.lower() not in ("de", "la")]
    court = parrain if len(parts) > 1 else nom  # « Molière » seul peut être un élève
    eleves = [(un.upper(), autre.title(), None) for un in parts for autre in parts]
    manifeste = MANIFESTE | {"etablissement": nom}
    fichiers = {
        "registre_rgpd.md": rendre("registre.md.j2", **manifeste),
        "LISEZMOI.md": rendre("lisez_moi.md.j2", **manifeste),
        "agregats/campagnes.json": json.dumps(
            [{"nom_campagne": f"Rentrée 5e {court} 2026", "organisation": nom}]
        ),
        "images/a.svg": f"<svg><title>{nom}</title><text>5eA, {nom}</text></svg>",
        "index.html": f"<!doctype html><body><h1>{nom}</h1><p>{court}, 12 mai 2026.</p></body>",
    }
    controler({chemin: dit.encode() for chemin, dit in fichiers.items()}, qui(eleves, nom))


# — Une vraie publication —


@pytest.fixture(scope="module")
def publiee():
    return demonstration()


def test_le_lexique_contient_les_mots_que_pixkit_ecrit(publiee):
    assert not manquants(publiee), "python -m tests.lexique les ajoute ; relisez-les."


def test_aucun_prenom_ni_nom_rare_n_est_dans_le_lexique():
    """Il ne trahirait plus personne."""
    lexique = set(LEXIQUE.read_text(encoding="utf-8").split())
    rares = [prenom for prenom in PRENOMS if not is_known(prenom.casefold(), lang="fr")]
    assert len(rares) > 80
    assert not lexique & {mot for prenom in rares for mot in mots(prenom)}


def test_les_noms_curieux_ne_bloquent_pas_une_vraie_publication(publiee):
    assert len(COURANTS) == 37
    curieux = qui([(nom, prenom, None) for nom, prenom in COURANTS])
    demo = personnes(publiee.tables)
    controler(publiee.fichiers, replace(curieux, publics=demo.publics))


def test_un_dossier_sans_nom_ne_bloque_rien():
    assert not arrete("<p>Collège Alice-Milliat, 5eA</p>", qui([("", "", None)]))
