"""Étage 1 — l'export d'une campagne de Pix Orga : reconnaître son en-tête, convertir ses colonnes,
contrôler ses lignes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pandas as pd

from pixkit.erreurs import ColonneEnDouble, FichierIllisible
from pixkit.grilles import SANS_FIN, Grille, Morceau
from pixkit.lecture.formats.campagne.colonnes import NOTE_MIN, Plan, note_entete, planifier
from pixkit.lecture.formats.campagne.controles import CONTROLES
from pixkit.lecture.formats.campagne.conversion import Valeurs, convertir
from pixkit.lecture.lu import Lu, Reglages
from pixkit.lecture.valeurs import MANQUANTS, sans_heure
from pixkit.tables import FUSEAU

EXEMPLES = (
    "Nom de l'organisation;ID Campagne;Code;Nom de la campagne;Parcours;Nom du "
    "Participant;Prénom du Participant;Classe;% de progression;Date et heure de début "
    "(Europe/Paris);Partage (O/N);Date et heure du partage (Europe/Paris);Palier obtenu (/2);% "
    "maitrise de l'ensemble des acquis du profil;% de maitrise des acquis de la compétence Gérer "
    "des données;Nombre d'acquis du profil cible dans la compétence Gérer des données;Acquis "
    "maitrisés dans la compétence Gérer des données;% de maitrise des acquis du domaine "
    "Information et données;Nombre d'acquis du profil cible du domaine Information et "
    "données;Acquis maitrisés du domaine Information et données;'@tri1;'@tri2\nCollège "
    "Inventé;1;ABCDEF123;Rentrée 5e;Parcours 5e;LEROY;Emma;5eA;1;01/10/2026 09:10;Oui;01/10/2026 "
    "10:10;1;0,5;0,5;2;1;0,5;2;1;OK;KO\n",
    "Organisation’s name;Campaign ID;Code;Campaign's name;Participant's last name;Participant's "
    "first name;Class;Student number;Sent (Y/N);Sent on (Europe/Paris);Total pix score;Eligible "
    "for certification (Y/N);Number of competences eligible for certification;Level reached in "
    "the competence Gérer des données;Pix score for the competence Gérer des données\nCollège "
    "Inventé;1;ABCDEF123;Collecte 3e;LEROY;Emma;3eA;22000001;Yes;01/10/2026 10:10;12;No;1;1;12\n",
)

_HORODATAGE = re.compile(r"-(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})\b")


@dataclass(eq=False)
class Export(Lu):
    """Un export lu : ses participations, ses résultats par compétence, ses acquis et ses badges."""

    # Colonne par colonne : un dossier n'en fait qu'une table.
    participations: dict[str, np.ndarray] = field(default_factory=dict)
    competences: list[str] = field(default_factory=list)
    # Participations × compétences, NaN sans résultat.
    mesures: dict[str, np.ndarray] = field(default_factory=dict)
    acquis: dict[str, str | None] = field(default_factory=dict)  # acquis → compétence
    # Participations × acquis, -1 sans résultat.
    etats: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    badges: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def gardees(self) -> np.ndarray:
        """Les participations qu'aucun autre export ne remplace."""
        return ~np.isin(self.participations["ligne"], list(self.remplacees))

    @property
    def coupe(self) -> bool:
        """Tel que Pix l'écrit, mais sans le saut de ligne qui le finit toujours."""
        return SANS_FIN in self.remarques

    def resume(self) -> dict:
        noms = {
            nom: ", ".join(filter(None, dict.fromkeys(self.participations[nom]))) or None
            for nom in ("campagne", "nom_campagne")
        }
        return super().resume() | noms


def reconnaitre(morceau: Morceau, _reglages: Reglages) -> int | None:
    """Le rang de la première ligne où assez d'en-têtes d'un export se reconnaissent."""
    debut = morceau.feuille.debut[:10] if morceau.feuille else ()
    return next(
        (rang for rang, cellules in enumerate(debut) if note_entete(cellules) >= NOTE_MIN), None
    )


def lire(morceau: Morceau, rang: int, reglages: Reglages) -> Export:
    """Lit un export de campagne.

    Lève ColonneManquante, ColonneEnDouble ou FichierIllisible quand aucune ligne ne peut être lue ;
    une ligne impossible, elle, est mise de côté avec son motif.
    """
    grille = morceau.feuille.sous(rang)
    plan = planifier(grille.entete, reglages.libelles)
    if not grille.numeros and not grille.rejets:
        raise FichierIllisible(
            "un export de campagne qui n'a que ses en-têtes.",
            "une ligne par élève qui a commencé.",
            "si la campagne vient d'ouvrir, attendez les premiers élèves ; sinon, refaites "
            "l'export.",
        )
    grille.remarques += morceau.feuille.indices
    grille.remarques += _verifier_doubles(grille, plan)
    valeurs, illisibles = convertir(grille, plan)
    export = Export(
        morceau.fichier,
        plan.type_campagne,
        lues=grille.numeros,
        rejets=grille.rejets,
        remarques=grille.remarques,
        ligne_entete=grille.ligne_entete,
        competences=plan.codes,
        acquis=valeurs.acquis,
    )
    constats = chain.from_iterable(controle.constater(valeurs) for controle in CONTROLES)
    export.constater(chain(illisibles, constats))
    return _remplir(export, valeurs)


def _verifier_doubles(grille: Grille, plan: Plan) -> list[str]:
    for premier, second in plan.doubles:
        if grille.colonnes[premier].cellules() != grille.colonnes[second].cellules():
            raise ColonneEnDouble(
                f"deux colonnes {plan.nom(premier)} qui ne disent pas la même chose.",
                "une seule colonne de ce nom.",
                "refaites l'export dans Pix Orga et déposez-le sans le modifier.",
            )
    return [
        f"La colonne {plan.nom(rang)} est en double, à l'identique : lue une fois."
        for rang, _ in plan.doubles
    ]


def _remplir(export: Export, valeurs: Valeurs) -> Export:
    """Les données des lignes que rien ne condamne."""
    gardees = ~np.isin(export.lues, list(export.rejets))
    export.lues = np.array(export.lues)[gardees].tolist()
    participations = _participations(valeurs, export.fichier)
    export.participations = {nom: colonne[gardees] for nom, colonne in participations.items()}
    export.date_donnees = _date_donnees(export.fichier, export.participations)
    export.mesures = {nom: tableau[gardees] for nom, tableau in valeurs.mesures.items()}
    export.etats = valeurs.etats_fiables[gardees]
    export.badges = {nom: colonne[gardees] for nom, colonne in valeurs.badges.items()}
    return export


def _participations(valeurs: Valeurs, fichier: str) -> dict[str, np.ndarray]:
    plan, grille = valeurs.plan, valeurs.grille
    rang = plan.fixes.get("date_debut", plan.fixes["date_envoi"])
    dates = [texte for texte in grille.colonnes[rang].distincts() if texte not in MANQUANTS]
    partout = {
        "fichier": fichier,
        "type_campagne": plan.type_campagne,
        "nb_paliers": plan.nb_paliers,
        "precision_dates": "jour" if dates and all(map(sans_heure, dates)) else "minute",
    }
    return (
        valeurs.fixes
        | {nom: np.full(len(grille.numeros), dit, object) for nom, dit in partout.items()}
        | {
            "ligne": np.array(grille.numeros, dtype=int),
            "envoye": valeurs.envoye,
            "compte_supprime": valeurs.compte_supprime,
        }
    )


def _date_donnees(fichier: str, participations: Mapping[str, np.ndarray]) -> pd.Timestamp | None:
    """L'âge des données : l'heure de l'export, que Pix écrit dans le nom du fichier, ou le dernier
    événement s'il suit."""
    ecrites = chain(participations["date_debut"], participations["date_envoi"])
    evenements = list(filter(None, ecrites))
    dates = [pd.Timestamp(max(evenements))] if evenements else []
    trouve = _HORODATAGE.search(fichier)
    if trouve:
        export = pd.to_datetime(f"{trouve[1]} {trouve[2]}:{trouve[3]}", errors="coerce")
        if not pd.isna(export):
            dates.append(export.tz_localize(FUSEAU, ambiguous=True, nonexistent="shift_forward"))
    return max(dates, default=None)
