"""Étage 3 — une vue : une figure, la phrase qui la dit, et la table d'où elle vient."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO, StringIO
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pixkit.gabarits import rendre
from pixkit.grandeurs import Mesure, effectif_en_mots
from pixkit.referentiel import competences, domaines
from pixkit.tableaux import tableau
from pixkit.vues.alleger import alleger
from pixkit.vues.mots import Mots

_STYLE = {
    "svg.fonttype": "none",  # le texte reste du texte : net, léger, lisible par un lecteur d'écran
    "svg.hashsalt": "pixkit",
    "text.parse_math": False,  # une classe nommée « 5e $A$ » n'est pas une formule
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
TELEPHONE = 3.75
"""La largeur, en pouces, d'une image au téléphone : 360 pixels."""
_POLICE = {"font.size": 9}
_SIGNES = 48
"""Ce qu'une ligne de cette police tient dans cette largeur."""
_LIGNE, _MARQUE = 0.165, 0.24
"""La hauteur, en pouces, d'une ligne de texte, et de la marque qu'elle surmonte."""
_CLARTE = (0.3, 0.59, 0.11)
"""Ce que rouge, vert et bleu donnent de clarté à l'œil."""


@dataclass(frozen=True)
class Cle:
    """Quoi regarder dans une vue, ce qu'elle ne dit pas, que se demander en équipe."""

    regarder: str
    ne_dit_pas: str
    demander: str


@dataclass(frozen=True)
class Vue:
    """La figure, la phrase (aussi texte de remplacement), la table jumelle, la clé."""

    figure: Figure | None
    phrase: str
    table: pd.DataFrame
    cle: Cle | None = None

    def svg(self) -> str:
        """La figure en SVG, sans date ni logiciel : mêmes données, mêmes octets.

        Mise en page puis écrite une seule fois : `savefig` dessinerait deux fois, et c'est le plus
        long de pixkit.
        """
        sortie, moteur = StringIO(), self.figure.get_layout_engine()
        with mpl.rc_context(_STYLE):
            self.figure.set_dpi(72)  # l'unité du SVG
            moteur.execute(self.figure)
            self.figure.set_layout_engine("none")
            FigureCanvasSVG(self.figure).print_svg(sortie, metadata={"Date": None, "Creator": None})
            self.figure.set_layout_engine(moteur)
        return alleger(sortie.getvalue())

    def png(self, points_par_pouce: int = 300) -> bytes:
        """La figure en PNG, pour un document ; sans date ni logiciel dans ses métadonnées."""
        sortie, muet = BytesIO(), {"Software": None}
        with mpl.rc_context(_STYLE):
            self.figure.savefig(sortie, format="png", dpi=points_par_pouce, metadata=muet)
        return sortie.getvalue()

    def html(self) -> str:
        """La phrase, l'image et la table dépliable."""
        table = image = ""
        if not self.table.empty:
            image = f"data:image/svg+xml;base64,{b64encode(self.svg().encode()).decode()}"
            table = tableau(self.table).to_html()
        return rendre("vue.html.j2", phrase=self.phrase, image=image, table=table, cle=self.cle)

    def _repr_html_(self) -> str:
        return self.html()


_etroite: ContextVar[bool] = ContextVar("etroite", default=False)


@contextmanager
def au_telephone() -> Iterator[None]:
    """Les figures que l'on y dessine tiennent dans la largeur d'un téléphone, sans y rapetisser :
    les noms passent au-dessus de leur ligne."""
    jeton = _etroite.set(True)
    try:
        yield
    finally:
        _etroite.reset(jeton)


def est_etroite() -> bool:
    return _etroite.get()


def dessiner(
    trace: Callable[[Axes], None], *, question: str, hauteur: float, largeur: float = 9, **cadres
) -> Figure:
    """Une figure neuve, la question pour titre, où `trace` dessine sous le style de pixkit sans
    réglage global.

    `cadres` (nrows, ncols, sharey…) en fait plusieurs, que `trace` reçoit en tableau.
    """
    etroite = est_etroite()
    with mpl.rc_context(_STYLE | (_POLICE if etroite else {})):
        figure = Figure((TELEPHONE if etroite else largeur, hauteur), layout="constrained")
        # Un navigateur écrit un peu plus large que matplotlib ne mesure.
        figure.get_layout_engine().set(w_pad=0.06 if etroite else 0.15)
        titre, taille = (plier(question, _SIGNES - 7), 11) if etroite else (question, 12)
        figure.suptitle(titre, x=0.01, horizontalalignment="left", fontsize=taille)
        trace(figure.subplots(**cadres))
        if etroite:
            _resserrer(figure)
    return figure


def plier(texte: str, signes: int) -> str:
    """Un texte sur plusieurs lignes ; « : » et « ? » restent avec leur mot."""
    return fill(texte.replace(" :", "\u00a0:").replace(" ?", "\u00a0?"), signes)


def _resserrer(figure: Figure) -> None:
    """Ce qui était écrit pour une page l'est pour un téléphone : des légendes sur plusieurs lignes,
    et la hauteur qu'il leur faut."""
    lignes = figure.get_suptitle().count("\n") + 1.2
    for ax in figure.axes:
        ax.set_xlabel(plier(ax.get_xlabel(), _SIGNES))
        lignes += ax.get_xlabel().count("\n") + 1 if ax.get_xlabel() else 0
        lignes += 1.6 if ax.xaxis.get_visible() else 0.6
        ax.tick_params(axis="x", labelsize=8.25)
    lignes += figure.get_supxlabel().count("\n") + 1 if figure.get_supxlabel() else 0
    lignes += 1.3 * sum(len(legende.get_texts()) for legende in figure.legends)
    figure.set_figheight(figure.get_figheight() + _LIGNE * lignes)


def vide(phrase: str) -> Vue:
    """Rien à dessiner : la phrase dit pourquoi et quoi faire ; la figure, à emporter, la répète."""

    def trace(ax):
        ax.set_axis_off()
        ax.text(0, 0.5, phrase, va="center", wrap=True)

    figure = dessiner(trace, question="Rien à montrer ici", hauteur=1.6)
    return Vue(figure, phrase, pd.DataFrame())


def libelle(code: str) -> str:
    """« 1.2 » → « 1.2 Gérer des données »."""
    return f"{code} {(competences() | domaines()).get(code, '')}".strip()


def libelles(codes: Iterable[str]) -> list[str]:
    return [libelle(code) for code in codes]


def effectifs(table: pd.DataFrame) -> list[str]:
    """« 24 », ou « ≥ 20 » là où la table dit que ce n'est qu'un minimum (`au_moins`)."""
    minimums = table.get("au_moins", pd.Series(False, index=table.index))
    lignes = zip(table["effectif"], minimums, strict=True)
    return [effectif_en_mots(int(nombre), bool(minimum)) for nombre, minimum in lignes]


def avec_effectif(noms: Iterable[str], table: pd.DataFrame) -> list[str]:
    """« 5eA (24) » : le nom de chaque ligne, et son effectif."""
    return [f"{nom} ({effectif})" for nom, effectif in zip(noms, effectifs(table), strict=True)]


def bornes(table: pd.DataFrame) -> pd.Series:
    """« < » ou « > » là où la valeur publiée n'est qu'une borne ; vide dans l'atelier."""
    return table.get("borne", pd.Series("", index=table.index))


def colonne_des_codes(table: pd.DataFrame) -> str:
    """`competence` ou `domaine` : ce dont parlent les lignes."""
    return next(nom for nom in ("competence", "domaine") if nom in table)


def en_unites(axe: Axis, mesure: Mesure) -> None:
    """Les graduations d'un axe dans l'unité de la mesure."""
    axe.set_major_formatter(FuncFormatter(lambda valeur, _: mesure.dire(valeur)))


def graduer(ax: Axes, noms: Sequence[str], dits: Sequence[str] = ()) -> None:
    """Une ligne par nom, la première en haut ; ce qu'elle vaut (`dits`) en mots, au bord droit."""
    ax.yaxis.set_visible(False)
    ax.set_ylim(len(noms) - 0.4, -0.6)
    if est_etroite():
        suites = [f" : {dit}" for dit in dits] or [""] * len(noms)
        _au_dessus(ax, list(map("{}{}".format, noms, suites)))
        return
    places, repere = range(len(noms)), ax.get_yaxis_transform()
    Mots(ax, noms, [(-0.012, place) for place in places], repere=repere, ha="right")
    if dits:
        Mots(ax, dits, [(1.012, place) for place in places], repere=repere, ha="left")


def _au_dessus(ax: Axes, mots: Sequence[str]) -> None:
    """Un texte par ligne, au-dessus d'elle ; la figure prend la hauteur qu'il leur faut."""
    mots = [plier(mot, _SIGNES) for mot in mots]
    pas = _LIGNE * (max(mot.count("\n") for mot in mots) + 1) + _MARQUE
    places = [(0, place - 0.11 / pas) for place in range(len(mots))]
    textes = Mots(ax, mots, places, repere=ax.get_yaxis_transform(), ha="left", en_bas=True)
    textes.set_in_layout(False)
    ax.set_ylim(len(mots) - 1 + 0.13 / pas, 0.13 / pas - 1)
    ax.spines["left"].set_visible(False)
    ax.figure.set_figheight(pas * len(mots))


def tracer_zero(ax: Axes, nombre: int) -> None:
    """Le zéro de `nombre` lignes : un trait, coupé au téléphone pour n'y barrer aucun mot."""
    if est_etroite():
        places = np.arange(nombre)
        ax.vlines(np.zeros(nombre), places - 0.14, places + 0.14, colors="black", linewidth=0.8)
    else:
        ax.axvline(0, color="black", linewidth=0.8)


def epaisseur() -> float:
    """D'une barre : les noms prennent au téléphone le reste de sa ligne."""
    return 0.35 if est_etroite() else 0.8


def legender(ax: Axes) -> None:
    ncols = 1 if est_etroite() else 3
    ax.figure.legend(loc="outside lower center", ncols=ncols, frameon=False)


def empiler(ax: Axes, nombres: pd.DataFrame, segments: Mapping[str, tuple[str, str]]) -> None:
    """Une barre par ligne, un segment par colonne, chaque nombre dans le sien ; `segments`
    {colonne: (libellé, couleur)}."""
    gauche, places = 0, range(len(nombres))
    # Un nombre qui déborderait de son segment n'y est pas : la table le dit.
    large = (0.024 if est_etroite() else 0.012) * nombres.sum(axis=1).max()
    for nom, longueurs in nombres.items():
        libelle, couleur = segments[nom]
        style = {"left": gauche, "color": couleur, "label": libelle, "edgecolor": "white"}
        barres = ax.barh(places, longueurs, height=epaisseur(), **style)
        dits = [str(n) if n and n >= large * len(str(n)) else "" for n in longueurs]
        sombre = encre(to_rgb(couleur))
        ax.bar_label(barres, dits, label_type="center", fontsize=9, color=sombre)
        gauche = gauche + longueurs.to_numpy()
    if est_etroite():
        graduer(ax, list(nombres.index))
    else:
        ax.set_yticks(places, nombres.index)
        ax.invert_yaxis()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def encre(couleur: Sequence[float]) -> str:
    """Blanc sur un fond sombre, noir sur un fond clair."""
    return "white" if np.dot(couleur, _CLARTE) < 0.5 else "black"
