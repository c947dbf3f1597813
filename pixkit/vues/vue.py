"""Étage 3 — une vue : une figure, la phrase qui la dit, et la table d'où elle vient."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pixkit.charte import MANQUE
from pixkit.gabarits import rendre
from pixkit.grandeurs import Mesure, effectif_en_mots
from pixkit.referentiel import competences, domaines
from pixkit.tableaux import tableau

_STYLE = {
    "svg.fonttype": "none",  # le texte reste du texte : net, léger, lisible par un lecteur d'écran
    "svg.hashsalt": "pixkit",
    "text.parse_math": False,  # une classe nommée « 5e $A$ » n'est pas une formule
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


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
        return sortie.getvalue()

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


def dessiner(
    trace: Callable[[Axes], None], *, question: str, hauteur: float, largeur: float = 9, **cadres
) -> Figure:
    """Une figure neuve, la question pour titre, où `trace` dessine sous le style de pixkit sans
    réglage global.

    `cadres` (nrows, ncols, sharey…) en fait plusieurs, que `trace` reçoit en tableau.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(largeur, hauteur), layout="constrained")
        # Un navigateur écrit un peu plus large que matplotlib ne mesure.
        figure.get_layout_engine().set(w_pad=0.15)
        figure.suptitle(question, x=0.01, horizontalalignment="left", fontsize=12)
        trace(figure.subplots(**cadres))
    return figure


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


def graduer(ax: Axes, noms: Sequence[str]) -> None:
    """Une ligne par nom, la première en haut."""
    ax.set_yticks(range(len(noms)), noms)
    ax.invert_yaxis()


def a_droite(ax: Axes, mots: Sequence[str]) -> None:
    """Ce que vaut chaque ligne, en mots, au bord droit."""
    droite = ax.secondary_yaxis("right")
    droite.set_yticks(range(len(mots)), mots)
    droite.tick_params(length=0)
    droite.spines["right"].set_visible(False)


def legender(ax: Axes) -> None:
    ax.figure.legend(loc="outside lower center", ncols=3, frameon=False)


def empiler(ax: Axes, nombres: pd.DataFrame, segments: Mapping[str, tuple[str, str]]) -> None:
    """Une barre par ligne, un segment par colonne, chaque nombre dans le sien ; `segments`
    {colonne: (libellé, couleur)}."""
    gauche = 0
    for nom, longueurs in nombres.items():
        libelle, couleur = segments[nom]
        style = {"left": gauche, "color": couleur, "label": libelle, "edgecolor": "white"}
        barres = ax.barh(nombres.index, longueurs, **style)
        dits = [str(nombre) if nombre else "" for nombre in longueurs]
        rouge, vert, bleu = to_rgb(couleur)
        encre = "white" if 0.3 * rouge + 0.59 * vert + 0.11 * bleu < 0.5 else "black"
        ax.bar_label(barres, dits, label_type="center", fontsize=9, color=encre)
        gauche = gauche + longueurs.to_numpy()
    ax.invert_yaxis()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def croiser(table: pd.DataFrame, *contenus, sur: str, par: str) -> list[pd.DataFrame]:
    """Chaque contenu (un par ligne de la table) en cases, `sur` en lignes, `par` en colonnes."""
    return [
        table.assign(case=contenu).pivot(index=sur, columns=par, values="case")
        for contenu in contenus
    ]


def carreler(
    ax: Axes, cases: pd.DataFrame, textes: pd.DataFrame, *, titre: str, **couleurs
) -> None:
    """Une case par ligne et colonne, son texte dedans ; une case vide reste grise."""
    ax.set_facecolor(MANQUE)
    cadre = {"linewidths": 1, "cbar": False, "annot_kws": {"size": 9}, "vmin": 0}
    sns.heatmap(cases, ax=ax, annot=textes.to_numpy(), fmt="", **cadre, **couleurs)
    for texte in ax.texts:
        # Il tient dans sa case : le mesurer mille fois prend des secondes.
        texte.set_in_layout(False)
    ax.tick_params(rotation=0, length=0)
    ax.set(xlabel=titre, ylabel="")
