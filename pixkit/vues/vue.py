"""Étage 3 — une vue : une figure, la phrase qui la dit, et la table d'où elle vient."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from textwrap import fill
from types import MappingProxyType
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pixkit.charte import NEUTRE, coller
from pixkit.ecran import est_etroite
from pixkit.gabarits import rendre
from pixkit.grandeurs import Mesure, effectif_en_mots
from pixkit.referentiel import libelle
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
_SIGNES, _SIGNES_DU_TITRE = 12.8, 10.8
"""Ce qu'un pouce tient de signes, dans un texte et dans un titre."""
_LIGNE, _MARQUE = 0.165, 0.24
"""La hauteur, en pouces, d'une ligne de texte, et de la marque qu'elle surmonte."""


_PAR_QUI = {
    "classe": ("classe", "classes"),
    "niveau_scolaire": ("niveau scolaire", "niveaux scolaires"),
    "departement": ("département", "départements"),
    "type_etablissement": ("type d'établissement", "types d'établissement"),
}
_GROUPE = ("groupe", "groupes")


def par_qui(par: str) -> tuple[str, str]:
    """Ce que sont les lignes d'une vue, au singulier et au pluriel."""
    return _PAR_QUI.get(par, _GROUPE)


@dataclass(frozen=True)
class Cle:
    """Quoi regarder dans une vue, ce qu'elle ne dit pas, que se demander en équipe."""

    regarder: str
    ne_dit_pas: str
    demander: str


class Repere(NamedTuple):
    """Un point d'une figure et qui il est : où il est, en parts de la largeur et de la hauteur ; ou
    une case, de son coin et sur sa taille ; et le choix qu'ils ouvrent."""

    x: float
    y: float
    dit: str
    large: float = 0
    haut: float = 0
    ouvre: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Vue:
    """La figure, la phrase (aussi texte de remplacement), la table jumelle, la clé. `reperer` dit,
    la figure dessinée, ses points, ses cases : à l'écran de l'enseignant, jamais publié."""

    figure: Figure | None
    phrase: str
    table: pd.DataFrame
    cle: Cle | None = None
    reperer: Callable[[], Iterable[Repere]] | None = None

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

    @contextmanager
    def signee(self, signature: str) -> Iterator["Vue"]:
        """La vue, d'où elle vient écrit sous sa figure, le temps de l'emporter."""
        figure, moteur = self.figure, self.figure.get_layout_engine()
        dits = plier(signature, figure.get_figwidth() * _SIGNES)
        avant, pied = figure.get_figheight(), _LIGNE * (dits.count("\n") + 1.5)
        figure.set_figheight(avant + pied)
        part = pied / (avant + pied)
        moteur.set(rect=(0, part, 1, 1 - part))
        texte = figure.text(0.01, 0.3 * part, dits, fontsize=8, color=NEUTRE, va="bottom")
        texte.set_in_layout(False)
        try:
            yield self
        finally:
            texte.remove()
            figure.set_figheight(avant)
            moteur.set(rect=(0, 0, 1, 1))

    def html(self) -> str:
        """La phrase, l'image et la table dépliable."""
        table, image, reperes = "", "", ()
        if not self.table.empty:
            image = f"data:image/svg+xml;base64,{b64encode(self.svg().encode()).decode()}"
            table = tableau(self.table).to_html()
            reperes = list(self.reperer()) if self.reperer else ()
        dites = {"phrase": self.phrase, "image": image, "reperes": reperes}
        return rendre("vue.html.j2", table=table, cle=self.cle, **dites)

    def _repr_html_(self) -> str:
        return self.html()


def dessiner(
    trace: Callable[[Axes], None], *, question: str, hauteur: float, largeur: float = 9, **cadres
) -> Figure:
    """Une figure neuve, la question pour titre, où `trace` dessine sous le style de pixkit sans
    réglage global.

    `cadres` (nrows, ncols, sharey…) en fait plusieurs, que `trace` reçoit en tableau.
    """
    etroite = est_etroite()
    largeur = TELEPHONE if etroite else largeur
    with mpl.rc_context(_STYLE | (_POLICE if etroite else {})):
        figure = Figure((largeur, hauteur), layout="constrained")
        # Un navigateur écrit un peu plus large que matplotlib ne mesure.
        figure.get_layout_engine().set(w_pad=0.06 if etroite else 0.15)
        titre = plier(question, largeur * _SIGNES_DU_TITRE)
        taille = 11 if etroite else 12
        figure.suptitle(titre, x=0.01, horizontalalignment="left", fontsize=taille)
        trace(figure.subplots(**cadres))
        _loger(figure)
    return figure


def plier(texte: str, signes: float) -> str:
    """Un texte sur plusieurs lignes ; un signe reste avec son mot."""
    return fill(coller(texte), int(signes))


def _loger(figure: Figure) -> None:
    """Titre et légendes sur autant de lignes qu'il faut, et la hauteur qu'elles demandent : la vue
    ne compte qu'une ligne de chacun, et aucun au téléphone."""
    signes, etroite = figure.get_figwidth() * _SIGNES, est_etroite()
    textes = [figure.get_suptitle(), figure.get_supxlabel()]
    for ax in figure.axes:
        # Sous l'axe seul, plus étroit que la figure.
        ax.set_xlabel(plier(ax.get_xlabel(), signes if etroite else 0.6 * signes))
        textes.append(ax.get_xlabel())
        if etroite:
            ax.tick_params(axis="x", labelsize=8.25)
    lignes = sum(texte.count("\n") + etroite * bool(texte) for texte in textes)
    lignes += sum(texte.get_text().count("\n") for une in figure.legends for texte in une.texts)
    lignes += 1.6 * sum(ax.xaxis.get_visible() for ax in figure.axes) if etroite else 0
    lignes += 1.3 * sum(len(une.texts) for une in figure.legends) if etroite else 0
    figure.set_figheight(figure.get_figheight() + _LIGNE * (lignes + 0.6 * etroite))


def vide(phrase: str) -> Vue:
    """Rien à dessiner : la phrase dit pourquoi et quoi faire ; la figure, à emporter, la répète."""

    def trace(ax):
        ax.set_axis_off()
        ax.text(0, 0.5, phrase, va="center", wrap=True)

    figure = dessiner(trace, question="Rien à montrer ici", hauteur=1.6)
    return Vue(figure, phrase, pd.DataFrame())


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


def en_ecarts(axe: Axis) -> None:
    """Les graduations d'un axe d'écarts, en points ou en niveaux : « −0,25 »."""
    signer = str.maketrans("-.", "−,")
    axe.set_major_formatter(FuncFormatter(lambda valeur, _: f"{valeur:g}".translate(signer)))


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
    mots = [plier(mot, TELEPHONE * _SIGNES) for mot in mots]
    pas = _LIGNE * (max(mot.count("\n") for mot in mots) + 1) + _MARQUE
    places = [(0, place - 0.11 / pas) for place in range(len(mots))]
    textes = Mots(ax, mots, places, repere=ax.get_yaxis_transform(), ha="left", en_bas=True)
    textes.set_in_layout(False)
    ax.set_ylim(len(mots) - 1 + 0.13 / pas, 0.13 / pas - 1)
    ax.spines["left"].set_visible(False)
    ax.figure.set_figheight(pas * len(mots))


def tracer_repere(ax: Axes, nombre: int, valeur: float = 0) -> None:
    """La même valeur sur `nombre` lignes : un trait, coupé au téléphone pour n'y barrer aucun
    mot."""
    if est_etroite():
        places = np.arange(nombre)
        ax.vlines(
            np.full(nombre, valeur), places - 0.14, places + 0.14, colors="black", linewidth=0.8
        )
    else:
        ax.axvline(valeur, color="black", linewidth=0.8)


def epaisseur() -> float:
    """D'une barre : les noms prennent au téléphone le reste de sa ligne."""
    return 0.35 if est_etroite() else 0.8


def legender(ax: Axes) -> None:
    """Sous la figure, trois par ligne, ou une seule quand elles sont longues."""
    signes = ax.figure.get_figwidth() * _SIGNES
    marques, noms = ax.get_legend_handles_labels()
    noms = [plier(nom, signes - 8) for nom in noms]
    seule = est_etroite() or 3 * max(map(len, noms)) > signes - 24
    style = {"loc": "outside lower center", "ncols": 1 if seule else 3, "frameon": False}
    ax.figure.legend(marques, noms, **style)
    if seule and not est_etroite():
        ax.figure.set_figheight(ax.figure.get_figheight() + 0.2 * (len(noms) - 1))


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
    """Du blanc et du noir, ce qui contraste le plus avec un fond : toujours plus de 4,5 pour 1."""
    return "white" if luminance(couleur) < 0.179 else "black"


def luminance(couleur: Sequence[float]) -> float:
    """De 0 (noir) à 1 (blanc), comme la calcule WCAG."""
    lineaires = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in couleur]
    return float(np.dot(lineaires, (0.2126, 0.7152, 0.0722)))
