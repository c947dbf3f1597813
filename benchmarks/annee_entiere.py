"""L'année entière dans Chromium, à trois tailles d'écran, à la souris puis au clavier : ouvrir,
décider, relancer, explorer, choisir, certifier, publier, servir. Compte les erreurs de console, les
imprévus, les requêtes au dehors et ce qu'axe-core reproche à chaque étape ; les captures restent à
regarder.

Commande : python -m benchmarks.annee_entiere [--vers CAPTURES] [--taille 1366x768]
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

import demarrer
from pixkit.embarque import APPS, DEMO
from pixkit.ouverture import port_libre, voila
from tests.test_serveur import Serveur

RACINE = Path(__file__).parents[1]
TAILLES = ("1366x768", "390x844", "1280x720")
ICI = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
NOM = """() => { const e = document.activeElement;
  const nom = e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText;
  return (nom || '').trim(); }"""


class Enseignant:
    """Une personne devant la page, à la souris ou au clavier ; ce qui l'a gênée est compté."""

    def __init__(self, page: Page, captures: Path, *, au_clavier: bool):
        self.page, self.captures, self.au_clavier = page, captures, au_clavier
        self.erreurs, self.dehors, self.reproches = [], [], []
        page.set_default_timeout(60_000)
        page.on("console", self._ecouter)
        page.on("pageerror", lambda erreur: self.erreurs.append(str(erreur)))
        page.on("request", lambda requete: self._suivre(requete.url))

    def _ecouter(self, message) -> None:
        if message.type == "error":
            self.erreurs.append(message.text)

    def _suivre(self, adresse: str) -> None:
        if not adresse.startswith(ICI):
            self.dehors.append(adresse)

    def presser(self, nom: str) -> None:
        self.page.wait_for_timeout(500)  # deux gestes plus proches n'en font qu'un
        if not self.au_clavier:
            self.page.get_by_role("button", name=nom, exact=True).first.click()
            return
        self._tabuler(nom)
        self.page.keyboard.press("Enter")

    def _tabuler(self, nom: str) -> None:
        """Rien que Tab, jusqu'à ce qui porte ce nom."""
        for _ in range(200):
            if self.page.evaluate(NOM).lstrip("▸▾ ") == nom:
                return
            self.page.keyboard.press("Tab")
        raise RuntimeError(f"« {nom} » ne s'atteint pas au clavier.")

    def changer(self, liste: str, rang: int) -> None:
        """Choisit dans une liste : la personne tape ses flèches, ou clique."""
        if self.au_clavier:
            self._tabuler(liste)
            self.page.keyboard.press("Home")
            for _ in range(rang):
                self.page.keyboard.press("ArrowDown")
        else:
            self.page.get_by_label(liste, exact=True).select_option(index=rang)

    def ouvrir_une_case(self) -> None:
        """La première d'une image : un clic, ou Tab jusqu'à elle."""
        case = self.page.locator(".pixkit-case").first
        if self.au_clavier:
            self._tabuler(case.get_attribute("aria-label"))
            self.page.keyboard.press("Enter")
        else:
            case.click()

    def voir(self, attendu: str, etape: str) -> None:
        """Attend ce qui doit paraître, le fait juger par axe, en garde l'image."""
        self.page.locator(attendu).first.wait_for(timeout=240_000)  # préparer une publication
        self.page.wait_for_timeout(400)
        self.erreurs += self.page.get_by_text("un imprévu dans pixkit").all_inner_texts()
        for faute in Axe().run(self.page).response["violations"]:
            self.reproches.append(f"{etape} : {faute['id']}")
        self.page.screenshot(path=self.captures / f"{etape}.png")


def decider(elle: Enseignant) -> None:
    elle.presser("Qui est qui")
    elle.voir("text=Dans Pix :", "2-qui-est-qui")
    elle.presser("Hors établissement")
    elle.voir("text=Gardé :", "2-decide")


def relancer(elle: Enseignant) -> None:
    elle.presser("Relances")
    elle.voir("text=à relancer", "3-relances")
    elle.presser("Préparer les listes (PDF, Excel)")
    elle.voir("a[download='relances.pdf']", "3-listes")


def explorer(elle: Enseignant) -> None:
    elle.presser("Explorer")
    for question in ("Maîtrise", "Élèves", "Angles morts"):
        elle.presser(question)
        elle.voir(".pixkit img", f"4-{question.lower().replace(' ', '-')}")
        if question == "Maîtrise":
            elle.ouvrir_une_case()
            elle.voir(".pixkit-case-ouverte td", "4-une-case")


def choisir(elle: Enseignant) -> None:
    elle.presser("Choisir")
    elle.voir(".pixkit-groupes select", "5-choisir")
    elle.presser("Préparer les feuilles (PDF, Excel)")
    elle.voir("a[download='feuille-de-route.pdf']", "5-feuilles")


def certifier(elle: Enseignant) -> None:
    elle.presser("Certifier")
    for question in ("Certifiables", "Livrets"):
        elle.presser(question)
        elle.voir(".pixkit-corps .pixkit-phrase", f"6-{question.lower()}")


def publier(elle: Enseignant) -> None:
    elle.presser("Année")
    elle.voir("text=Qui prend quelle compétence", "7-annee")
    elle.presser("Publier")
    elle.voir("text=Effectif minimum", "8-publier")
    elle.changer("Effectif minimum", 1)
    elle.presser("Voir ce qui va sortir")
    elle.voir(".pixkit-corps pre", "8-apercu")
    elle.page.locator(".mod-primary:has-text('Publier')").last.focus()
    elle.page.keyboard.press("Enter")
    elle.voir("text=Publié dans", "8-publie")


def servir(elle: Enseignant, publication: Path) -> None:
    serveur = Serveur(publication)
    try:
        for public in ("etablissement", "classe"):
            elle.page.goto(f"{serveur.adresse}/{public}")
            elle.voir(".pixkit-vue", f"9-{public}")
    finally:
        serveur.fermer()


ETAPES: dict[str, Callable[[Enseignant], None]] = {
    "décider": decider,
    "relancer": relancer,
    "explorer": explorer,
    "choisir": choisir,
    "certifier": certifier,
    "publier": publier,
}


def une_annee(page: Page, captures: Path, *, au_clavier: bool) -> None:
    """Toute l'année d'une personne sur une copie de la démonstration."""
    captures.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as a_soi:
        dossier = shutil.copytree(DEMO / "college", Path(a_soi) / "college")
        elle, port = Enseignant(page, captures, au_clavier=au_clavier), port_libre()
        reglages = {
            "PIXKIT_DOSSIER": str(dossier),
            "PYTHONPATH": str(RACINE),
            "XDG_STATE_HOME": a_soi,
        }
        debut = time.perf_counter()
        with voila(APPS / "atelier.ipynb", port, "x", **reglages):
            page.goto(f"http://127.0.0.1:{port}/?token=x")
            elle.voir(".pixkit-chaleur", "1-ouvrir")
            for faire in ETAPES.values():
                faire(elle)
            page.goto("about:blank")  # le serveur qui se ferme n'est pas une gêne
        servir(elle, Path(a_soi) / "college_publication")
    comment = "au clavier" if au_clavier else "à la souris"
    print(
        f"{page.viewport_size['width']} × {page.viewport_size['height']}, {comment} : "
        f"{time.perf_counter() - debut:.0f} s ; erreurs {elle.erreurs}, dehors {elle.dehors}, "
        f"axe {elle.reproches}",
        flush=True,
    )


def main() -> None:
    analyseur = argparse.ArgumentParser()
    analyseur.add_argument("--vers", type=Path, default=Path(tempfile.mkdtemp()))
    analyseur.add_argument("--taille", choices=TAILLES)
    options = analyseur.parse_args()
    with sync_playwright() as playwright:
        chemin = demarrer.trouver("chromium")
        navigateur = playwright.chromium.launch(executable_path=chemin, args=["--no-sandbox"])
        for taille in [options.taille] if options.taille else TAILLES:
            large, haut = map(int, taille.split("x"))
            for au_clavier in (False, True):
                page = navigateur.new_page(viewport={"width": large, "height": haut})
                ou = options.vers / f"{taille}-{'clavier' if au_clavier else 'souris'}"
                une_annee(page, ou, au_clavier=au_clavier)
                page.close()
    print(f"Captures : {options.vers}")


if __name__ == "__main__":
    main()
