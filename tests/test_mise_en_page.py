"""Les pages publiées, à 3, 18 et 60 classes aux noms longs : aucun texte coupé, aucun qui en
recouvre un autre, aucun trop petit ou trop pâle ; imprimée, une page par public."""

import csv
import random
import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from pathlib import Path

import pandas as pd
import pytest

from pixkit import panneau_atelier
from pixkit.ecran import au_telephone
from pixkit.embarque import DEMO
from pixkit.panneaux.commandes import Panneau, valeurs
from pixkit.publication import preparer
from pixkit.publication import tableaux_de_bord as bords
from pixkit.publication.agregats import Agregats, relire
from pixkit.publication.dessiner import dessiner
from pixkit.publication.pages import pages_statiques
from pixkit.publication.preparer import preparer_publication
from pixkit.publication.reponses import Conseil
from pixkit.publication.tableaux_de_bord import _classes, tableaux_de_bord
from pixkit.referentiel import competences
from pixkit.vues import vue_attendus, vue_distribution, vue_entonnoir, vue_progression
from pixkit.vues.vue import luminance
from tests.test_lecture import EXPORTS

ECRANS = {"ordinateur": (1366, 768), "telephone": (390, 844)}
NIVEAUX = ("6e", "5e", "4e", "3e")
NOMS = ("{}A", "{} Les Hirondelles", "{} SEGPA horticulture", "{} bilingue anglais-allemand")
PAR_CLASSE, N = 6, 3
PETIT = 11
"""Pixels : en deçà, un texte ne se lit pas au téléphone."""

BOITES = """() => [...document.querySelectorAll("text")].map(texte => {
  const b = texte.getBoundingClientRect();
  const dessous = document.elementsFromPoint(b.x + b.width / 2, b.y + b.height / 2);
  const fond = dessous.find(element => ["path", "rect"].includes(element.tagName));
  const style = getComputedStyle(texte);
  return [texte.textContent, b.x, b.y + 0.15 * b.height, b.right, b.bottom - 0.15 * b.height,
          parseFloat(style.fontSize), style.fill, fond ? getComputedStyle(fond).fill : ""];
})"""
"""[texte, gauche, haut, droite, bas, taille, encre, fond] d'un dessin ; l'interligne n'est pas de
l'encre."""

TEXTES = """() => {
  const boites = [], parcours = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let noeud; (noeud = parcours.nextNode());) {
    const ou = noeud.parentElement;
    if (!noeud.data.trim() || !ou.checkVisibility()) continue;
    const zone = document.createRange();
    zone.selectNodeContents(noeud);
    for (const b of zone.getClientRects())
      boites.push([noeud.data.trim(), b.x, b.y + 0.15 * b.height, b.right,
                   b.bottom - 0.15 * b.height, ou.closest(".pixkit-defile") !== null]);
  }
  return boites;
}"""
FEUILLE = {"width": 1047, "height": 718}
"""Une A4 en paysage, sans ses marges d'un centimètre, en pixels."""
PLUS_PETIT = """() => Math.min(...[...document.querySelectorAll("td, th, dd, dt, p, h2")]
  .filter(e => e.checkVisibility()).map(e => 0.75 * parseFloat(getComputedStyle(e).fontSize)))"""
"""En points, la plus petite lettre d'une page, hors de ses images."""
IMAGES = """images => images.filter(i => i.checkVisibility()).map(
         i => [decodeURIComponent(new URL(i.currentSrc).pathname), i.width])"""


CAMPAGNES = (
    ("01_5e", {}),
    ("01_5e", {"Code": "FINANNEE2", "ID Campagne": "998", "Nom de la campagne": "Bilan de juin"}),
    ("05_collecte", {}),
    ("05_collecte", {"Code": "FINANNEE1", "ID Campagne": "999"}),
)


def ecole(dossier: Path, nombre: int, campagnes: int = len(CAMPAGNES)) -> Path:
    """`nombre` classes de six élèves, leur liste, deux évaluations et deux collectes de chacun, ou
    les premières de ces `campagnes`."""
    alea = random.Random(nombre)
    classes = [
        NOMS[rang // 4 % 4].format(NIVEAUX[rang % 4]) + (f" {rang}" if rang > 15 else "")
        for rang in range(nombre)
    ]
    eleves = [
        (f"NOM{rang}", f"Prenom{rang}", classe)
        for rang, classe in enumerate(classe for classe in classes for _ in range(PAR_CLASSE))
    ]
    with (dossier / "liste.csv").open("w", encoding="utf-8", newline="") as fichier:
        sortie = csv.writer(fichier, delimiter=";")
        sortie.writerows([("Nom de famille", "Prénom", "Classe"), *eleves])
    for rang, (cas, dits) in enumerate(CAMPAGNES[:campagnes]):
        modele = (EXPORTS / cas / "export.csv").read_text(encoding="utf-8-sig").splitlines()
        entete, *lignes = csv.reader(modele, delimiter=";")
        place = [entete.index(f"{quoi} du Participant") for quoi in ("Nom", "Prénom")]
        place.append(entete.index("Classe"))
        envoyees = [ligne for ligne in lignes if "Oui" in ligne]
        codes = {entete.index(nom): dit for nom, dit in dits.items()}
        with (dossier / f"{rang}.csv").open("w", encoding="utf-8-sig", newline="") as fichier:
            sortie = csv.writer(fichier, delimiter=";", quoting=csv.QUOTE_ALL)
            sortie.writerow(entete)
            for eleve in eleves:
                ligne = list(alea.choice(envoyees))
                for ou, quoi in zip(place, eleve, strict=True):
                    ligne[ou] = quoi
                for ou, dit in codes.items():
                    ligne[ou] = dit
                sortie.writerow(ligne)
    return dossier


def une_fois_chaque_vue(*donnees):
    """Les tableaux de bord, réduits aux états qui montrent une vue d'un genre nouveau."""
    tableaux, vues = tableaux_de_bord(*donnees), set()
    for public, tableau in tableaux.items():
        gardes = []
        for choix, dessins in tableau.etats:
            genres = {(public, dessin.titre) for dessin in dessins}
            if not genres <= vues:
                gardes.append((choix, dessins))
                vues |= genres
        tableau.etats[:] = gardes
    return tableaux


@pytest.fixture(scope="module", params=[3, 18, 60])
def publication(request, tmp_path_factory):
    dossier = ecole(tmp_path_factory.mktemp("dossier"), request.param)
    with pytest.MonkeyPatch.context() as essai:
        essai.setattr(preparer, "tableaux_de_bord", une_fois_chaque_vue)
        essai.setattr(bords, "_classes", lambda *donnees: islice(_classes(*donnees), 4))
        essai.setattr(preparer, "controler", lambda *_: None)  # déjà essayé, et long
        preparation = preparer_publication(dossier, effectif_min=N, html=True)
    return preparation.ecrire(tmp_path_factory.mktemp("sortie") / "publication")


@pytest.fixture(scope="module")
def pages(publication):
    toutes = sorted(publication.glob("pages/*/*.html"))
    publics = {page.parent.name for page in toutes}
    assert publics >= {"etablissement", "conseil_pedagogique", "classe"}
    return toutes


@pytest.mark.parametrize("ecran", ECRANS)
def test_aucun_texte_n_est_coupe_ni_n_en_recouvre_un_autre(chromium, pages, ecran):
    largeur, hauteur = ECRANS[ecran]
    page = chromium.new_page(viewport={"width": largeur, "height": hauteur})
    atelier, vues, fautes = chromium.new_page(), {}, []
    for ou in pages:
        page.goto(ou.as_uri())
        textes = page.evaluate(TEXTES)
        fautes += [f"{ou.parent.name}/{ou.name} : {dit}" for dit in _fautes(textes, largeur)]
        vues |= dict(page.locator("img").evaluate_all(IMAGES))
    assert len(vues) >= 8
    for image, vue in vues.items():
        fautes += [f"{Path(image).name} : {dit}" for dit in _du_dessin(atelier, image, vue, ecran)]
    page.close()
    atelier.close()
    assert not fautes, "\n".join(fautes[:20])


@pytest.mark.parametrize("campagnes", [1, 2, 3, 4])
def test_imprimee_la_premiere_page_de_chaque_public_tient_sur_une_feuille(
    chromium, publication, campagnes, tmp_path
):
    page, atelier = chromium.new_page(viewport=FEUILLE), chromium.new_page()
    for ou in premieres_pages(publication, campagnes, tmp_path):
        page.goto(ou.as_uri())
        feuille = page.pdf(landscape=True, format="A4", print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", feuille)) == 1, ou.parent.name
        page.emulate_media(media="print")
        assert not _fautes(page.evaluate(TEXTES), FEUILLE["width"]), ou.parent.name
        assert page.evaluate(PLUS_PETIT) >= 6, ou.parent.name
        images = page.locator("img").evaluate_all(IMAGES)
        for image, vue in images:
            # Deux collectes, seize compétences : l'évolution d'une classe y est la plus serrée.
            assert _plus_petit(atelier, image, vue) >= (5.2 if ou.parent.name == "classe" else 6)
        if ou.parent.name == "classe":  # quatre images au plus, et jamais plus de huit classes
            lisibles = page.locator(".pixkit-vue:not(.pixkit-serree) img").count()
            assert len(images) == min(4, lisibles)
        for suite in page.locator(".pixkit-suite").all():
            entete = suite.locator("xpath=ancestor::table").locator("thead tr")
            assert suite.inner_text() == entete.inner_text()
            assert suite.bounding_box()["x"] > entete.bounding_box()["x"]
        page.emulate_media(media="null")
        assert not page.locator(".pixkit-suite").filter(visible=True).count()
    page.close()
    atelier.close()


def premieres_pages(publication: Path, campagnes: int, vers: Path) -> list[Path]:
    """La première page de chaque public, d'une publication réduite à ses premières campagnes."""
    lus = {str(ou.relative_to(publication)): ou.read_bytes() for ou in publication.rglob("*.json")}
    agregats = relire(lus)
    codes = agregats.campagnes["campagne"].tail(campagnes)
    gardees = {nom: table[table["campagne"].isin(codes)] if len(table) else table
               for nom, table in agregats.tables().items()}  # fmt: skip
    conseil = Conseil(defaultdict(pd.DataFrame), pd.DataFrame(columns=["competence", "discipline"]),
                      pd.DataFrame(columns=["annee_scolaire", "decision"]))  # fmt: skip
    with pytest.MonkeyPatch.context() as essai:
        # Les 6e de la dernière campagne : la première page d'une classe est la leur.
        essai.setattr(bords, "_classes", lambda *donnees: islice(_classes(*donnees), 15))
        tableaux = tableaux_de_bord(Agregats(**gardees), conseil)
    for tableau in tableaux.values():
        tableau.etats[:] = [(choix, [replace(dessin, liens=[""] * len(dessin.liens))
                                     for dessin in dessins])
                            for choix, dessins in tableau.etats[:1]]  # fmt: skip
    fichiers = {"manifeste.json": lus["manifeste.json"]}
    fichiers |= {f"etats/{public}.json": b"" for public in tableaux}
    fichiers |= dessiner(tableaux, agregats.campagnes, None)
    for nom, octets in (fichiers | pages_statiques(fichiers)).items():
        (vers / nom).parent.mkdir(parents=True, exist_ok=True)
        (vers / nom).write_bytes(octets)
    pages = sorted(vers.glob("pages/*/0000.html"))
    assert {page.parent.name for page in pages} >= {"etablissement", "classe"}
    return pages


def test_au_telephone_les_vues_de_l_atelier_et_de_l_academie_aussi(chromium, tmp_path):
    fautes, atelier = [], chromium.new_page()
    for nom, faire in VUES.items():
        with au_telephone():
            svg = faire().svg()
        (tmp_path / f"{nom}.svg").write_text(svg, encoding="utf-8")
        image = str(tmp_path / f"{nom}.svg")
        fautes += [f"{nom} : {dit}" for dit in _du_dessin(atelier, image, 360, "telephone")]
    atelier.close()
    assert not fautes, "\n".join(fautes[:20])


@pytest.mark.parametrize("ecole", ["college", "lycee_agricole"])
def test_au_telephone_chaque_page_de_l_atelier_se_lit(chromium, monkeypatch, tmp_path, ecole):
    monkeypatch.setattr(Panneau, "telephone", True)
    fautes, page = [], chromium.new_page()
    dites = {image: nom for nom, image in _images(panneau_atelier(DEMO / ecole))}
    assert len(dites) > 25
    for rang, (image, nom) in enumerate(dites.items()):
        (tmp_path / f"{rang}.svg").write_bytes(b64decode(image))
        ennuis = _du_dessin(page, str(tmp_path / f"{rang}.svg"), 360, "telephone")
        fautes += [f"{nom} : {dit}" for dit in ennuis]
    page.close()
    assert not fautes, "\n".join(fautes[:20])


def _images(atelier) -> Iterator[tuple[str, str]]:
    """(page et question, image) : chaque question de l'atelier, sur chaque campagne."""
    for page in ("Relances", "Accompagner", "Choisir", "Certifier", "Explorer"):
        atelier.page.value = page
        (panneau,) = atelier.corps.children
        listes = [getattr(panneau, nom, None) for nom in ("question", "campagne")]
        for choix in product(*(valeurs(liste) if liste else [None] for liste in listes)):
            for liste, voulu in zip(listes, choix, strict=True):
                if liste:
                    liste.value = voulu
            dits = [getattr(panneau, nom, None) for nom in ("vue", "temps", "suite")]
            html = "".join(dit.value for dit in dits if dit)
            for image in re.findall("svg[+]xml;base64,([^']+)", html):
                yield f"{page}, {choix}", image


def _niveaux() -> pd.DataFrame:
    """Une table d'attendus, un chemin d'avant à après : une ligne par compétence."""
    pas = [0.1 * rang for rang in range(16)]
    return pd.DataFrame({
        "classe": "3eA", "competence": list(competences()), "mesure": "niveau_moyen",
        "effectif": 24, "au_moins": True, "valeur_bas": [2 + x for x in pas],
        "valeur_haut": [2.1 + x for x in pas], "bas": [1.8 + x for x in pas],
        "haut": [2.4 + x for x in pas], "reference": 3.0, "moyenne_avant": pas,
        "moyenne_apres": [1 + x for x in pas], "ecart": 1.0, "nb_partis": 1, "nb_arrives": 2,
        "signal": ["net", "probable", "dans le bruit", "net"] * 4,
    })  # fmt: skip


def _des_points() -> pd.DataFrame:
    bas = [0.3 + 0.02 * (rang * 7 % 20) for rang in range(40)]
    tailles = [20 + 90 * (rang % 7) for rang in range(40)]
    hauts = [taux + 0.05 * (rang % 3) for rang, taux in enumerate(bas)]
    return pd.DataFrame({"effectif": tailles, "taux_bas": bas, "taux_haut": hauts})


def _eleves() -> pd.DataFrame:
    lignes = [(f"{NIVEAUX[k % 4]} Les Hirondelles {k}", "taux_maitrise", round(0.05 * (n % 20), 2))
              for k in range(8) for n in range(0, 28 - k)]  # fmt: skip
    return pd.DataFrame(lignes, columns=["classe", "mesure", "valeur"])


VUES = {
    "attendus": lambda: vue_attendus(_niveaux(), par="competence", niveau="3e"),
    "entonnoir": lambda: vue_entonnoir(
        _des_points(), taux=(0.45, 0.5), quoi="part d'élèves attendus qui ont envoyé"
    ),
    "progression": lambda: vue_progression(_niveaux(), groupe="3eA"),
    "distribution": lambda: vue_distribution(_eleves()),
}


def _du_dessin(atelier, image: str, vue: float, ecran: str) -> list[str]:
    """Ce qui se chevauche, déborde ou se rapetisse dans une image, vue à la largeur `vue`."""
    svg = Path(image).read_text(encoding="utf-8")
    large, haut = (4 / 3 * float(nombre) for nombre in re.findall(r'="([\d.]+)pt"', svg)[:2])
    atelier.set_viewport_size({"width": int(large) + 1, "height": int(haut) + 1})
    atelier.set_content(f"<style>body{{margin:0}}</style>{svg}")
    boites = atelier.evaluate(BOITES)
    tailles = [(boite[0], boite[5] * vue / large * 4 / 3) for boite in boites]
    dits = _fautes([[*boite[:5], False] for boite in boites], large)
    dits += [f"« {mot} » : {taille:.1f} px" for mot, taille in tailles
             if ecran == "telephone" and taille < PETIT - 0.01]  # fmt: skip
    dits += [f"« {mot} » : {encre} sur {fond}" for mot, *_, encre, fond in boites
             if _contraste(encre, fond) < 4.5]  # fmt: skip
    return [f"{boites[0][0]}, {boites[-1][0]} : {dit}" for dit in dits]


def _plus_petit(atelier, image: str, vue: float) -> float:
    """En points, la plus petite lettre d'une image imprimée à la largeur `vue`."""
    svg = Path(image).read_text(encoding="utf-8")
    large = 4 / 3 * float(re.search(r'="([\d.]+)pt"', svg)[1])
    atelier.set_content(f"<style>body{{margin:0}}</style>{svg}")
    return min(boite[5] for boite in atelier.evaluate(BOITES)) * vue / large


def _contraste(encre: str, fond: str) -> float:
    """Celui de deux couleurs « rgb(…) », selon WCAG."""
    sombre, clair = sorted(
        luminance([int(une) / 255 for une in re.findall(r"\d+", couleur)[:3]])
        for couleur in (encre, fond)
    )
    return (clair + 0.05) / (sombre + 0.05)


def _fautes(boites: list[list], largeur: float) -> list[str]:
    """Les textes hors de la largeur (sauf dans une table qui défile), et ceux qui se recouvrent."""
    dits = [f"« {b[0]} » sort de la page" for b in boites
            if not b[5] and (b[1] < -1 or b[3] > largeur + 1)]  # fmt: skip
    actives = []
    for boite in sorted(boites, key=lambda b: b[2]):
        actives = [une for une in actives if une[4] > boite[2] + 1]
        dits += [f"« {boite[0]} » recouvre « {une[0]} »" for une in actives
                 if une[1] < boite[3] - 1 and boite[1] < une[3] - 1]  # fmt: skip
        actives.append(boite)
    return dits
