"""Étage 3 — une vue : une figure, la phrase qui dit ce qu'elle montre, et la table d'où elle vient."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from io import BytesIO, StringIO

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from pixkit.referentiel import cle_de_lecture, competences, domaines
from pixkit.tableaux import tableau

_STYLE = {
    "svg.fonttype": "none",  # le texte reste du texte : net, léger, lisible par un lecteur d'écran
    "svg.hashsalt": "pixkit",
    "text.parse_math": False,  # une classe nommée « 5e $A$ » n'est pas une formule
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Vue:
    """Ce qu'on montre : la figure, la phrase (aussi texte de remplacement), la table jumelle, et sa clé de lecture."""

    figure: Figure | None
    phrase: str
    table: pd.DataFrame
    cle: str = ""

    def svg(self) -> str:
        """La figure en SVG, sans date ni logiciel : mêmes données, mêmes octets.

        Mise en page puis écrite une seule fois : `savefig` dessinerait deux fois, et c'est le plus long de pixkit.
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
        sortie = BytesIO()
        with mpl.rc_context(_STYLE):
            self.figure.savefig(
                sortie, format="png", dpi=points_par_pouce, metadata={"Software": None}
            )
        return sortie.getvalue()

    def html(self) -> str:
        """La phrase, l'image (isolée : aucun texte de la figure n'est interprété) et la table dépliable."""
        phrase = f"<p class='pixkit-phrase'>{escape(self.phrase)}</p>"
        if self.table.empty:
            return phrase
        image = b64encode(self.svg().encode()).decode()
        return (
            f"{phrase}<img alt='{escape(self.phrase, quote=True)}' style='max-width:100%;height:auto' "
            f"src='data:image/svg+xml;base64,{image}'>"
            f"{self._cle_de_lecture()}<details><summary>Voir les nombres</summary>{tableau(self.table).to_html()}</details>"
        )

    def _cle_de_lecture(self) -> str:
        if not self.cle:
            return ""
        cle = cle_de_lecture(self.cle)
        titres = {
            "regarder": "À regarder",
            "ne_dit_pas": "Ce que cette vue ne dit pas",
            "demander": "À se demander en équipe",
        }
        textes = "".join(
            f"<dt>{titre}</dt><dd>{escape(cle[nom])}</dd>" for nom, titre in titres.items()
        )
        return f"<details class='pixkit-cle'><summary>Clé de lecture</summary><dl>{textes}</dl></details>"

    def _repr_html_(self) -> str:
        return self.html()


def dessiner(
    trace: Callable[[Axes], None], *, question: str, largeur: float, hauteur: float, **cadres
) -> Figure:
    """Une figure neuve, la question pour titre, où `trace` dessine sous le style de pixkit sans réglage global.

    `cadres` (nrows, ncols, sharey…) en fait plusieurs, que `trace` reçoit en tableau.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(largeur, hauteur), layout="constrained")
        figure.get_layout_engine().set(
            w_pad=0.15
        )  # un navigateur écrit un peu plus large que matplotlib ne mesure
        figure.suptitle(question, x=0.01, horizontalalignment="left", fontsize=12)
        trace(figure.subplots(**cadres))
    return figure


def vide(phrase: str) -> Vue:
    """Rien à dessiner : la phrase dit pourquoi et quoi faire ; la figure, à emporter, la répète."""

    def trace(ax):
        ax.set_axis_off()
        ax.text(0, 0.5, phrase, va="center", wrap=True)

    figure = dessiner(trace, question="Rien à montrer ici", largeur=9, hauteur=1.6)
    return Vue(figure, phrase, pd.DataFrame())


def libelle(code: str) -> str:
    """« 1.2 » → « 1.2 Gérer des données »."""
    return f"{code} {(competences() | domaines()).get(code, '')}".strip()
