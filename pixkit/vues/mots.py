"""Étage 3 — les mots d'une figure : ceux de tant de lignes ou de cases en un seul objet, car
matplotlib passe à créer et mesurer un `Text` par mot le plus clair de son temps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox, Transform

_INTERLIGNE = 1.2
_DEPART = {"left": 0, "center": 0.5, "right": 1}


@dataclass(eq=False)
class Mots(Artist):
    """Des textes posés en `places` (x, y) d'un `repere`, celui des données à défaut, et alignés
    comme `ha` ; leur milieu y est, ou leur bas (`en_bas`). `taille` en points, celle du style à
    défaut ; une couleur par mot, ou noir."""

    ax: Axes
    mots: Sequence[str]
    places: Sequence[tuple[float, float]]
    repere: Transform | None = None
    ha: str = "center"
    en_bas: bool = False
    taille: float = 0
    couleurs: Sequence[str] = ()

    def __post_init__(self):
        super().__init__()
        self.taille = self.taille or mpl.rcParams["font.size"]
        self.couleurs = self.couleurs or ["black"] * len(self.mots)
        self.set_transform(self.repere or self.ax.transData)
        self.set(clip_on=False, zorder=3)  # devant ce qu'ils disent
        self.ax.add_artist(self)

    def draw(self, moteur) -> None:
        police, encre = FontProperties(size=self.taille), moteur.new_gc()
        haut = moteur.get_canvas_width_height()[1]
        for x, y, _, mot, couleur in self._lignes(moteur):
            encre.set_foreground(couleur)
            moteur.draw_text(encre, x, haut - y if moteur.flipy() else y, mot, police, 0)
        encre.restore()
        self.stale = False

    def get_window_extent(self, moteur=None) -> Bbox:
        """La boîte qui les contient tous, pour qui met la figure en page."""
        moteur = moteur or self.figure.canvas.get_renderer()
        lignes = list(self._lignes(moteur))
        if not lignes:
            return Bbox.null()
        x, y, larges, *_ = zip(*lignes, strict=True)
        haut = moteur.points_to_pixels(self.taille)
        droite = max(map(sum, zip(x, larges, strict=True)))
        return Bbox.from_extents(min(x), min(y) - 0.25 * haut, droite, max(y) + 0.8 * haut)

    def _lignes(self, moteur) -> Iterator[tuple[float, float, float, str, str]]:
        """(x et y du début, largeur, mot, couleur) de chaque ligne, en pixels."""
        if not self.mots:
            return
        pixels = moteur.points_to_pixels(1)
        pas, depart = _INTERLIGNE * self.taille * pixels, _DEPART[self.ha]
        ou = self.get_transform().transform(self.places)
        for (x, y), texte, couleur in zip(ou, self.mots, self.couleurs, strict=True):
            lignes = texte.split("\n")
            monte = self.taille * pixels * (0.25 if self.en_bas else -0.36)
            premiere = y + monte + pas * (len(lignes) - 1) * (1 if self.en_bas else 0.5)
            for rang, mot in enumerate(lignes):
                large = _largeur(mot, self.taille) * pixels
                yield x - depart * large, premiere - rang * pas, large, mot, couleur


@lru_cache(maxsize=10_000)
def _largeur(mot: str, taille: float) -> float:
    """En points."""
    return text_to_path.get_text_width_height_descent(mot, FontProperties(size=taille), False)[0]
