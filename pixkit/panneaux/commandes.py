"""Étage 4 — ce que tous les panneaux ont de commun : commandes, refus dits, documents donnés."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import ipywidgets as w
import pandas as pd
from markupsafe import Markup

from pixkit.charte import coller
from pixkit.ecole import Ecole
from pixkit.ecran import au_telephone
from pixkit.ecriture_sure import Sortie, prevenir
from pixkit.entete import au_nom_de
from pixkit.erreurs import ErreurPixkit
from pixkit.panneaux.html import alerte, annonce, lien

LARGE, MOYEN = "min(46em, 96vw)", "min(34em, 96vw)"  # tiennent sur un téléphone


class Panneau(w.VBox):
    """Des commandes, et ce qu'elles montrent de l'`ecole` ouverte."""

    DOUBLE_CLIC: ClassVar[float] = 0.4
    """Secondes, depuis la fin d'une action, avant qu'un clic n'en demande une autre."""
    telephone: ClassVar[bool] = False
    """Ce que l'on dessine se regarde sur un téléphone : une page a son noyau à elle."""
    vue: w.HTML | None = None
    """Où se montre une image, que `illustrer` refait."""
    ecole: Ecole | None = None
    annee_scolaire: str | None = None
    """Celle que la page entière regarde ; toutes, si personne n'a choisi."""
    _gele = False

    def de_l_annee(self, table: pd.DataFrame) -> pd.DataFrame:
        """Les lignes de l'année scolaire choisie."""
        if self.annee_scolaire is None:
            return table
        return table[table["annee_scolaire"] == self.annee_scolaire]

    def brancher(self, faire: Callable[[], None], *commandes: w.Widget) -> None:
        """Chaque clic, chaque nouvelle valeur fait cela, sauf pendant un `gel`."""

        def prevenir(_) -> None:
            if not self._gele:
                faire()

        for commande in commandes:
            if isinstance(commande, w.Button):
                self._brancher_bouton(commande, prevenir)
            else:
                commande.observe(prevenir, "value")

    def _brancher_bouton(self, bouton: w.Button, prevenir: Callable[[object], None]) -> None:
        """Un double clic est un geste : le second, déjà parti de la page, ne compte pas."""
        fini = -math.inf

        def cliquer(_) -> None:
            nonlocal fini
            if bouton.disabled or time.monotonic() - fini < self.DOUBLE_CLIC:
                return
            try:
                prevenir(_)
            finally:
                fini = time.monotonic()

        bouton.on_click(cliquer)

    def bouton(self, nom: str, faire: Callable[[], None], **etat) -> w.Button:
        """Un bouton, et ce qu'il fait."""
        bouton = w.Button(description=nom, **etat)
        self.brancher(faire, bouton)
        return bouton

    @staticmethod
    def textes(combien: int) -> list[w.HTML]:
        """Des endroits de la page, vides, où écrire."""
        return [w.HTML() for _ in range(combien)]

    @staticmethod
    def pli(titre: str, *commandes: w.Widget) -> w.VBox:
        """Des commandes sous un titre, fermé d'abord ; Accordion ne s'ouvrirait qu'à la souris."""
        bouton, dedans = w.ToggleButton(description=titre), w.VBox(commandes)
        bouton.add_class("pixkit-pli")
        montrer_si(False, dedans)
        bouton.observe(lambda _: montrer_si(bouton.value, dedans), "value")
        return w.VBox([bouton, dedans])

    def rafraichir(self, ecole: Ecole) -> None:
        """Refait la page ; un panneau qui garde ce qu'il a calculé le dit autrement."""
        self.ouvrir(ecole)

    def redessiner(self) -> None:
        """Refait l'image, s'il y en a une, à la largeur de la page ; le reste ne bouge pas."""
        if self.vue is not None and "<img" in self.vue.value:
            self.illustrer()

    def illustrer(self) -> None:
        """Dessine `vue`, et elle seule, à la largeur de la page ; ce qui s'imprime reste large."""
        with au_telephone(Panneau.telephone):
            self._illustrer()

    def _illustrer(self) -> None:
        """Ce qu'un panneau dessine."""

    def donner(
        self,
        ou: w.HTML,
        ecrire: Callable[[Sortie], Sequence[Path]],
        phrase: str = "{}",
        *,
        campagne: str = "",
    ) -> None:
        """Des documents de cet établissement, en liens dans une phrase : rien ne va sur le disque
        sans qu'on le demande. Chacun porte le nom de l'établissement, de la `campagne`, la date.

        Un imprévu se dit ailleurs (voir `filet`) : « Préparation… » ne reste pas.
        """
        dit, ou.value = "", annonce("Préparation…")
        try:
            sortie = Sortie()
            with au_nom_de(self.ecole.tables, self.ecole.dossier, campagne=campagne):
                ecrits = ecrire(sortie)
            liens = [lien(chemin.name, sortie.fichiers[chemin.name]) for chemin in ecrits]
            dit = annonce(Markup(coller(phrase)).format(Markup(" · ").join(liens)))
        except ErreurPixkit as erreur:
            dit = alerte(erreur)
        finally:
            ou.value = dit

    @property
    def en_gel(self) -> bool:
        return self._gele

    @contextmanager
    def gel(self) -> Iterator[None]:
        """Le temps de remplir des commandes, qui changent alors sans qu'une personne ait choisi."""
        self._gele = True
        try:
            yield
        finally:
            self._gele = False


def plus_tard(secondes: float, faire: Callable, *arguments: object) -> asyncio.TimerHandle | None:
    """Fait cela quand le noyau n'aura rien à faire ; hors d'un noyau, personne n'attend."""
    with suppress(RuntimeError):
        return asyncio.get_running_loop().call_later(secondes, faire, *arguments)
    return None


def nommer(genre: type[w.Widget], nom: str, largeur: str | None = None, titre: str = "8em", **etat):
    """Une commande, son nom devant elle, sur une largeur de `titre`."""
    style = {"description_width": titre}
    return genre(description=nom, style=style, layout=w.Layout(width=largeur), **etat)


def rangee(*commandes: w.Widget) -> w.Box:
    """Côte à côte, à la ligne si l'écran est étroit."""
    return w.Box(commandes, layout=w.Layout(flex_flow="row wrap", align_items="center"))


def montrer_si(visible: bool, commande: w.Widget) -> None:
    commande.layout.display = None if visible else "none"


def vouloir(liste: w.Widget, valeur: str) -> None:
    """Choisit cette valeur si elle est offerte ; sinon, dès que `remplir` l'offrira."""
    if valeur in valeurs(liste):
        liste.value = valeur
    else:
        liste.voulue = valeur


def valeurs(liste: w.Widget) -> list:
    """Ce qu'une liste offre."""
    return [option[1] if isinstance(option, tuple) else option for option in liste.options]


def remplir(liste: w.Widget, options: Sequence) -> None:
    """Ce qui était voulu, ou choisi, le reste s'il est encore offert ; à défaut, la première option
    l'est."""
    choisi = vars(liste).pop("voulue", liste.value)
    liste.options = options
    offertes = valeurs(liste)
    liste.value = choisi if choisi in offertes else next(iter(offertes), None)


def rechoisir(liste: w.SelectMultiple, options: Sequence, choisis: Sequence = ()) -> None:
    """Remplit une liste à plusieurs choix ; rien n'y est d'abord choisi, car le navigateur
    chercherait ce choix parmi les nouvelles options."""
    liste.value = ()
    liste.options = options
    liste.value = choisis


@contextmanager
def refus(ou: w.HTML) -> Iterator[None]:
    """Une erreur attendue s'écrit à cet endroit, une attente aussi ; rien de ce qui était à l'écran
    n'est perdu."""
    avant = prevenir.set(lambda dit: setattr(ou, "value", annonce(dit)))
    try:
        yield
    except ErreurPixkit as erreur:
        ou.value = alerte(erreur)
    finally:
        prevenir.reset(avant)
