"""Étage 3 — l'attestation de 6e, classe par classe : qui l'a, et quelle étape manque aux autres."""

import pandas as pd
from matplotlib.axes import Axes

from pixkit.charte import SOUS, SUR, accord, conjuguer, enumerer
from pixkit.referentiel import rang_niveau
from pixkit.vues.vue import Cle, Vue, dessiner, empiler, legender, vide

CLE = Cle(
    "Le bleu : l'attestation est obtenue. L'orange : il ne manque que le bilan ou le rattrapage.",
    "La règle que Pix applique, qui n'est dans aucun export : Pix Orga seul fait foi.",
    "Quelle classe a encore besoin d'un créneau avant le conseil du troisième trimestre ?",
)
_SANS_CAMPAGNE = (
    "Aucun parcours de l'attestation de 6e dans ces exports : ajoutez au dossier ceux des "
    "parcours « Protection et sécurité », « Initiation aux compétences numériques » et « bilan »."
)
_ETAPES = {
    "oui": ("attestation obtenue", SUR),
    "a_verifier": ("à vérifier dans Pix Orga", "#92c5de"),
    "rattrapage": ("reste le rattrapage", "#fdb863"),
    "bilan": ("reste le bilan", SOUS),
    "initiation": ("reste l'initiation", "#bdbdbd"),
    "protection": ("reste la protection", "#737373"),
}
"""Où en est un élève, du plus près au plus loin : (libellé, couleur)."""


def vue_attestations(table: pd.DataFrame) -> Vue:
    """Une barre par classe, un segment par étape qui reste ; la table est d'`attestations`."""
    if table.empty:
        return vide(_SANS_CAMPAGNE)
    ou = table["etape_suivante"].where(table["obtenue"] == "non", table["obtenue"])
    comptes = pd.crosstab(table["classe"].rename("classe"), ou)
    comptes = comptes.reindex(columns=[etape for etape in _ETAPES if etape in comptes])
    comptes = comptes.sort_index(key=lambda noms: noms.map(rang_niveau))
    figure = dessiner(
        lambda ax: _tracer(ax, comptes),
        question="Qui a son attestation de 6e, et que reste-t-il aux autres ?",
        hauteur=2 + 0.4 * len(comptes),
    )
    libelles = comptes.rename(columns={etape: dit for etape, (dit, _) in _ETAPES.items()})
    libelles = libelles.rename_axis(columns=None).assign(effectif=comptes.sum(axis=1))
    return Vue(figure, _phrase(comptes), libelles.reset_index(), CLE)


def _tracer(ax: Axes, comptes: pd.DataFrame) -> None:
    empiler(ax, comptes, _ETAPES)
    ax.set(xlabel="élèves de 6e", ylabel="classe")
    legender(ax)


def _phrase(comptes: pd.DataFrame) -> str:
    sommes = comptes.sum()
    effectif, ont = int(sommes.sum()), int(sommes.get("oui", 0))
    restes = [
        f"{dit.removeprefix('reste ')} à {int(sommes[etape])}"
        for etape, (dit, _) in _ETAPES.items()
        if etape in sommes and etape not in ("oui", "a_verifier")
    ]
    phrase = (
        f"{accord(ont, 'élève')} de 6e sur {effectif} {'ont' if ont > 1 else 'a'} l'attestation"
    )
    if restes:
        phrase += f" ; il reste {enumerer(restes)}"
    doutes = int(sommes.get("a_verifier", 0))
    if doutes:
        dits = conjuguer(doutes, "est", "sont")
        phrase += f". {dits} à vérifier dans Pix Orga : les exports ne permettent pas de le dire"
    return f"{phrase}."
