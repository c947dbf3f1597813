"""Le portique : tout ce qui désigne un élève l'arrête, sous toute écriture ; et rien d'autre."""

import base64
import unicodedata
from types import SimpleNamespace
from urllib.parse import quote

import pandas as pd
import pytest

from pixkit.erreurs import PublicationRefusee
from pixkit.gabarits import rendre
from pixkit.publication.controle import LEXIQUE, Personnes, controler, personnes
from tests.lexique import mots_de_pixkit

INE = "120456789KA"
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
        [{"nom": "MERCIER", "prenom": "Fanta", "nom_usage": "OUATTARA", "eleve": INE}]
    )
    return personnes(SimpleNamespace(participations=pd.DataFrame(lignes), eleves=liste))


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


def _mal_relu(texte: str, fois: int) -> str:
    for _ in range(fois):
        texte = texte.encode().decode("cp1252")
    return texte


TRAHISONS = {
    "en capitales": "KEVIN DURAND", "sans accents": "kevin durand",
    "prénom d'abord": "Kevin Durand", "point": "kevin.durand",
    "tiret bas": "kevin_durand", "plus": "Kevin+Durand", "nom seul et rare": "Soutien de Durand",
    "prénom seul et rare": "avec Emma",
    "couple de mots courants": "Rose Petit", "couple collé": "rosepetit",
    "couple en deux cellules": "<td>PETIT</td><td>Rose</td>",
    "nom d'usage": "Ouattara", "nom composé": "Jean Marie Blanc",
    "nom composé collé": "jeanmarieblanc",
    "nom de deux lettres": "Max LE", "particule collée": "LeGall",
    "particule collée à un nom courant": "Ana DaSilva",
    "apostrophe": "N'Diaye", "apostrophe courbe": "N’DIAYE", "apostrophe oubliée": "Ndiaye",
    "lettre polonaise": "Łukasz", "lettre polonaise oubliée": "Lukasz",
    "lettre danoise": "Sorensen",
    "cyrillique": "Иванов Иван", "cyrillique dans un nom latin": "Dur\u0430nd",
    "initiale et nom rare": "k.durand",
    "initiale collée": "kdurand",
    "entités": "K&eacute;vin", "entités doubles": "&amp;#68;urand",
    "adresse %": quote("Kévin"), "adresse % deux fois": "%2544urand",
    "échappé JSON": "\\u0044urand", "lettres pleine chasse": "ＤＵＲＡＮＤ",
    "décomposé": unicodedata.normalize("NFD", "Kévin"), "espace sans chasse": "Du\u200brand",
    "tiret conditionnel": "Du\u00adrand",
    "tiret conditionnel en entité": "Du&shy;rand", "mal relu": _mal_relu("Kévin", 1),
    "mal relu deux fois": _mal_relu("Kévin", 2),
    "Latin-1": "Kévin".encode("latin-1"), "UTF-16": "Durand".encode("utf-16"),
    "UTF-16 sans marque": "Durand".encode("utf-16-le"),
    "base64": base64.b64encode(b"des notes de Durand Kevin"),
    "base64 court": base64.b64encode(b"Durand Kevin"),
    "base64 Latin-1": base64.b64encode("élève : Durand Kévin, 5eA".encode("latin-1")),
    "base64 des adresses": base64.urlsafe_b64encode("ÿÿ?> Durand Kevin et les autres ÿÿ".encode()),
    "coupé par une balise": "Du<b>rand</b>",
    "coupé dans un dessin": "<text>Du<tspan>rand</tspan></text>",
    "dans un dessin": "<svg><text>Durand</text></svg>", "commentaire": "<!-- Durand -->",
    "métadonnée": "<dc:title>Durand</dc:title>",
    "texte de remplacement": "<img alt='Durand'>", "sans guillemets": "<img alt=Durand>",
    "étiquette": "<p aria-label='Durand'>",
    "valeur d'une liste": "<option value='durand'>", "identifiant d'un élément": "<g id='durand'>",
    "classe d'un élément": "<g class='kevin-durand'>", "clé JSON": '{"Durand":1}',
    "INE": INE, "INE en minuscules": INE.lower(), "INE en trois": "120 456 789KA",
    "INE en quatre": "120 456 789 KA",
    "INE coupé par une balise": "120456<b>789KA</b>", "INE d'un élément": f"<g id='{INE}'>",
    "numéro externe": "ext77",
    "numéro externe tout en chiffres": "4821093",
    "courriel": "k.d@exemple.fr", "courriel en entité": "k.d&#64;exemple.fr",
    "courriel en adresse": "k.d%40exemple.fr",
}  # fmt: skip


@pytest.mark.parametrize("contenu", TRAHISONS.values(), ids=TRAHISONS)
def test_le_portique_arrete(contenu):
    assert arrete(contenu)


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
    "collège": "Collège Alice-Milliat",
}  # fmt: skip


@pytest.mark.parametrize("contenu", INNOCENTS.values(), ids=INNOCENTS)
def test_le_portique_laisse_passer(contenu):
    assert not arrete(contenu)


COURANTS = [
    ("PAGE", "Marine"), ("CLASSE", "Olive"), ("MIN", "Ji"), ("PAS", "Luc"), ("PEU", "Anne"),
    ("LOIN", "Paul"), ("TAUX", "Guy"),
    ("AOUT", "Noël"), ("MARS", "Avril"), ("JUIN", "Mai"), ("DU", "Mai"), ("AN", "Anh"),
    ("TRAIT", "Rose"), ("POINT", "Aimé"),
    ("NET", "Fleur"), ("BAS", "Prudence"), ("HAUT", "Désiré"), ("PETIT", "Juste"),
    ("ELEVE", "Ange"), ("ZERO", "Léo"),
    ("TITLE", "Svg"), ("PATH", "Text"), ("WIDTH", "Style"), ("NAV", "Main"), ("FORMAT", "Index"),
    ("OUI", "Léo"), ("TARD", "Max"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("nom", "prenom"), COURANTS, ids=[f"{prenom} {nom}" for nom, prenom in COURANTS]
)
def test_les_mots_de_pixkit_ne_bloquent_pas_un_etablissement(nom, prenom):
    """Une publication sans élève : ses notices, ses clés, ses phrases, ses balises."""
    manifeste = {"etablissement": "Collège Alice-Milliat", "effectif_min": 5,
                 "a_supprimer_le": "2027-08-31",
                 "publie_le": "2026-11-20T10:00:00",
                 "donnees_du": "2026-11-20T10:00:00"}  # fmt: skip
    fichiers = {
        "registre_rgpd.md": rendre("registre.md.j2", **manifeste),
        "LISEZMOI.md": rendre("lisez_moi.md.j2", **manifeste),
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


def test_le_lexique_est_celui_que_pixkit_ecrit():
    assert LEXIQUE.read_text(encoding="utf-8") == mots_de_pixkit(), (
        "Des phrases ont changé : python -m tests.lexique récrit lexique.txt."
    )


def test_un_dossier_sans_nom_ne_bloque_rien():
    assert not arrete("<p>Collège Alice-Milliat, 5eA</p>", qui([("", "", None)]))
