"""Étage 4 — publier depuis l'atelier : choisir N, voir ce qui va sortir, puis dire oui."""

from html import escape

import ipywidgets as w

from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.panneaux.html import alerte
from pixkit.publication.place import verifier_place
from pixkit.publication.preparer import Preparation, preparer_publication

EXPLICATION = (
    "<p class='pixkit-phrase'>Des tableaux de bord sans nom, pour la direction, le conseil "
    "pédagogique et les équipes. Rien ne sort avant que vous n'ayez lu ce qui va sortir. "
    "<b>L'effectif minimum</b> est le plus petit groupe dont on parle : 5 entre "
    "collègues qui connaissent les élèves, 10 ou plus si la page va plus loin.</p>"
)
SANS_DOSSIER = (
    "<p class='pixkit-phrase'>Ouvrez un dossier : il garde ce qui est publié, pour protéger la "
    "suite.</p>"
)
_TITRE = {"description_width": "11em"}


class PanneauPublier(w.VBox):
    """Le choix de N, l'aperçu (obligatoire), la publication."""

    def __init__(self):
        self.ecole: Ecole | None = None
        self._prete: Preparation | None = None
        tailles = [("à choisir", 0), *((f"{n} élèves", n) for n in (5, 8, 10, 15, 20))]
        self.effectif_min = w.Dropdown(
            options=tailles, description="Effectif minimum", style=_TITRE
        )
        self.vers = w.Text(
            description="Publier dans",
            placeholder="chemin d'un dossier, hors de celui des exports",
            style=_TITRE,
            layout=w.Layout(width="min(46em, 96vw)"),
        )
        self.html = w.Checkbox(
            description="ajouter des pages qui s'ouvrent sans serveur (clé USB)", indent=False
        )
        self.apercevoir = w.Button(description="Voir ce qui va sortir")
        self.publier = w.Button(description="Publier", button_style="primary", disabled=True)
        self.avancement = w.IntProgress(description="Images", layout=w.Layout(display="none"))
        self.explication, self.apercu = w.HTML(EXPLICATION), w.HTML()
        boutons = w.Box(
            [self.apercevoir, self.publier, self.avancement], layout=w.Layout(flex_flow="row wrap")
        )
        super().__init__(
            [self.explication, self.effectif_min, self.vers, self.html, boutons, self.apercu]
        )
        for widget in (self.effectif_min, self.vers, self.html):
            widget.observe(lambda _: self._oublier(), "value")
        self.apercevoir.on_click(lambda _: self._apercevoir())
        self.publier.on_click(lambda _: self._publier())

    def ouvrir(self, ecole: Ecole) -> None:
        """Prépare la page pour ce dossier ; des fichiers déposés ne se publient pas."""
        self.ecole = ecole
        self.explication.value = EXPLICATION if ecole.dossier else SANS_DOSSIER
        self.apercevoir.disabled = ecole.dossier is None
        if ecole.dossier and not self.vers.value:
            absolu = ecole.dossier.resolve()
            self.vers.value = str(absolu.with_name(f"{absolu.name}_publication"))
        self._oublier()

    def _oublier(self) -> None:
        """Un réglage changé : ce qui a été lu n'est plus ce qui sortirait."""
        self._prete, self.publier.disabled, self.apercu.value = None, True, ""

    def _apercevoir(self) -> None:
        if not self.effectif_min.value:
            self.apercu.value = alerte("Choisissez d'abord l'effectif minimum.")
            return
        self._oublier()
        self.avancement.layout.display = None
        try:
            verifier_place(self.vers.value, self.ecole.dossier)
            self._prete = preparer_publication(
                self.ecole.dossier,
                effectif_min=self.effectif_min.value,
                html=self.html.value,
                suivi=self._suivre,
            )
        except ErreurPixkit as erreur:
            self.apercu.value = alerte(erreur)
            return
        finally:
            self.avancement.layout.display = "none"
        self.apercu.value = (
            f"<pre role='status' style='white-space:pre-wrap'>{escape(self._prete.resume())}</pre>"
        )
        self.publier.disabled = False

    def _publier(self) -> None:
        try:
            ou = self._prete.ecrire(self.vers.value)
        except ErreurPixkit as erreur:
            self.apercu.value = alerte(erreur)
            return
        self._oublier()
        commande = f"<code>pixkit servir {escape(str(ou))}</code>"
        self.apercu.value = f"<p role='status'>Publié. Pour l'ouvrir : {commande}</p>"

    def _suivre(self, fait: int, total: int, _quoi: str) -> None:
        self.avancement.max, self.avancement.value = total, fait
