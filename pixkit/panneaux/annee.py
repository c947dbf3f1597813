"""Étage 4 — l'année : la rentrée à cocher, le calendrier à rebours, la répartition des compétences entre disciplines."""

from tempfile import TemporaryDirectory

import ipywidgets as w

from pixkit.charte import accord
from pixkit.documents import ecrire_calendrier, ecrire_coupons, ecrire_page_familles
from pixkit.ecole import Ecole
from pixkit.erreurs import ErreurPixkit
from pixkit.memoire import ecrire_memoire, lire_memoire
from pixkit.panneaux.html import alerte, lien
from pixkit.parcours import annee
from pixkit.referentiel import NIVEAUX_SCOLAIRES, competences
from pixkit.tableaux import tableau

DISCIPLINES = (
    "Français", "Mathématiques", "Histoire-géographie", "Langues vivantes", "SVT", "Physique-chimie", "Technologie",
    "Documentation (EMI)", "Arts plastiques", "Éducation musicale", "EPS", "SNT", "Économie-gestion",
    "Enseignement professionnel",
)  # fmt: skip
_SANS_ANNEE = "<p class='pixkit-phrase'>Les exports n'ont aucune date : l'année est inconnue.</p>"
_TITRE = {"description_width": "8em"}


class PanneauAnnee(w.VBox):
    """Le calendrier d'un niveau, les feuilles de la rentrée, et qui prend quelle compétence, gardé d'une année à l'autre."""

    def __init__(self):
        self.ecole: Ecole | None = None
        self.annee = w.Dropdown(
            options=[], description="Année", style=_TITRE, layout=w.Layout(width="min(22em, 96vw)")
        )
        self.niveau = w.Dropdown(
            options=NIVEAUX_SCOLAIRES, value="3e", description="Niveau", style=_TITRE
        )
        self.campagne = w.Dropdown(
            options=[],
            description="Campagne",
            style=_TITRE,
            layout=w.Layout(width="min(34em, 96vw)"),
        )
        self.preparer = w.Button(description="Préparer calendrier, coupons, familles")
        self.calendrier, self.telecharger, self.message = w.HTML(), w.HTML(), w.HTML()
        self.disciplines = {
            code: w.Combobox(options=DISCIPLINES, description=f"{code} {nom}", style={"description_width": "26em"},
                             placeholder="discipline, à discuter", layout=w.Layout(width="min(46em, 96vw)"))
            for code, nom in competences().items()
        }  # fmt: skip
        self.retenir = w.Button(description="Retenir cette répartition")
        ligne = w.Box(
            [self.annee, self.niveau, self.campagne, self.preparer],
            layout=w.Layout(flex_flow="row wrap"),
        )
        self.decisions = w.Textarea(placeholder="une décision par ligne, sans nom d'élève : ces phrases seront publiées", rows=4,
                                    layout=w.Layout(width="min(46em, 96vw)"))  # fmt: skip
        self.decider = w.Button(description="Retenir ces décisions")
        titre_decisions = w.HTML("<h3>Décisions du conseil pédagogique</h3>")
        titre = w.HTML("<h3>Qui prend quelle compétence ? À discuter en conseil pédagogique</h3>")
        super().__init__(
            [
                ligne,
                self.telecharger,
                self.calendrier,
                titre,
                *self.disciplines.values(),
                self.retenir,
                titre_decisions,
                self.decisions,
                self.decider,
                self.message,
            ]
        )
        for widget in (self.annee, self.niveau):
            widget.observe(lambda _: self._montrer(), "value")
        self.preparer.on_click(lambda _: self._preparer())
        self.retenir.on_click(lambda _: self._retenir())
        self.decider.on_click(lambda _: self._decider())

    def ouvrir(self, ecole: Ecole) -> None:
        """Montre la dernière année de cet établissement et la répartition déjà retenue."""
        self.ecole = ecole
        participations = ecole.tables.participations
        annees = sorted(participations["annee_scolaire"].dropna().unique(), reverse=True)
        self.annee.options = annees
        self.annee.value = annees[0] if annees else None
        campagnes = participations.drop_duplicates("campagne").sort_values(
            "date_debut", ascending=False
        )
        self.campagne.options = [
            (f"{c.nom_campagne} ({c.campagne})", c.campagne) for c in campagnes.itertuples()
        ]
        self.campagne.value = campagnes["campagne"].iloc[0] if len(campagnes) else None
        retenues = lire_memoire(ecole.dossier, "repartition") if ecole.dossier else []
        connues = {ligne["competence"]: ligne["discipline"] for ligne in retenues}
        for code, choix in self.disciplines.items():
            choix.value = connues.get(code, "")
        self.preparer.disabled = not annees
        self.retenir.disabled = ecole.dossier is None
        self.decider.disabled = ecole.dossier is None or not annees
        self._montrer()

    def _montrer(self) -> None:
        an = self.annee.value
        etapes = tableau(annee(an, self.niveau.value)).to_html() if an else _SANS_ANNEE
        self.calendrier.value = etapes
        gardees = lire_memoire(self.ecole.dossier, "conseil") if self.ecole.dossier else []
        dites = [ligne["decision"] for ligne in gardees if ligne["annee_scolaire"] == an]
        self.decisions.value = "\n".join(dites)

    def _preparer(self) -> None:
        lignes = self.ecole.tables.participations.query("campagne == @self.campagne.value")
        etapes, an, premiere = (
            annee(self.annee.value, self.niveau.value),
            self.annee.value,
            lignes.iloc[0],
        )
        with TemporaryDirectory() as ou:
            ecrits = [
                ecrire_calendrier(etapes, ou, titre=f"{self.niveau.value} — {an}"),
                ecrire_coupons(
                    self.campagne.value,
                    premiere["nom_campagne"],
                    ou,
                    classe=self.niveau.value,
                    nombre=30,
                ),
                ecrire_page_familles(
                    ou, etablissement=premiere["organisation"] or "", annee_scolaire=an
                ),
            ]
            liens = [lien(chemin.name, chemin.read_bytes()) for chemin in ecrits]
        self.telecharger.value = f"<p role='status'>{' · '.join(liens)}</p>"

    def _retenir(self) -> None:
        lignes = [
            {"competence": code, "discipline": choix.value}
            for code, choix in self.disciplines.items()
            if choix.value
        ]
        self._garder("repartition", lignes, f"{len(lignes)} compétences sur 16 ont une discipline.")

    def _decider(self) -> None:
        """Les décisions de l'année choisie remplacent celles qu'elle avait ; celles des autres années restent."""
        autres = [
            d
            for d in lire_memoire(self.ecole.dossier, "conseil")
            if d["annee_scolaire"] != self.annee.value
        ]
        dites = [texte.strip() for texte in self.decisions.value.splitlines() if texte.strip()]
        lignes = [{"annee_scolaire": self.annee.value, "decision": texte} for texte in dites]
        self._garder(
            "conseil", autres + lignes, f"{accord(len(dites), 'décision')} pour {self.annee.value}."
        )

    def _garder(self, memoire: str, lignes: list[dict[str, str]], dit: str) -> None:
        try:
            ecrire_memoire(self.ecole.dossier, memoire, lignes)
        except ErreurPixkit as erreur:
            self.message.value = alerte(erreur)
            return
        self.message.value = f"<p role='status'>Gardé : {dit}</p>"
