"""Étage 4 — les mêmes tableaux de bord en pages statiques : ni serveur ni script.

Une page par état, des liens pour commandes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import parse_qsl, urlencode

from pixkit.charte import date_en_mots
from pixkit.gabarits import rendre
from pixkit.service.lecteur import Audience, Etat, Publication
from pixkit.vues.selection import TOUT


def pages_statiques(fichiers: Mapping[str, bytes]) -> dict[str, bytes]:
    """{chemin: page} : `index.html`, puis `pages/<public>/<rang>.html` et leur feuille de style.
    S'ouvrent d'une clé USB."""
    publication = Publication("publication", fichiers)
    du = date_en_mots(datetime.fromisoformat(publication.manifeste["donnees_du"]))
    entete = publication.entete() | {"age": f"Données du {du}.", "perimee": False}
    audiences = {public: publication.audience(public) for public in publication.publics}
    liens = {f"pages/{nom}/0000.html": une for nom, une in audiences.items() if une.etats}
    feuille = "pages/page.css"
    sommaire = rendre("sommaire.html.j2", liens=liens, css=feuille, **entete)
    pages = {feuille: rendre("page.css"), "index.html": sommaire}
    lien = partial(_lien, audiences, {nom: _noms(une) for nom, une in audiences.items()})
    for audience in audiences.values():
        pages |= _etats(publication, audience, lien, entete)
    return {chemin: page.encode() for chemin, page in pages.items()}


def _noms(audience: Audience) -> dict[str, str]:
    """{adresse: page} de chaque état d'un public."""
    return {urlencode(e["choix"]): f"{rang:04d}.html" for rang, e in enumerate(audience.etats)}


def _lien(audiences: dict[str, Audience], noms: dict[str, dict[str, str]], adresse: str) -> str:
    """La page que montre « classe?annee=… », vue d'une autre."""
    public, _, choix = adresse.partition("?")
    return f"../{public}/{noms[public][_etat(audiences[public], choix).adresse]}"


def _etats(
    publication: Publication, audience: Audience, lien: Callable[[str], str], entete: dict
) -> dict[str, str]:
    """{chemin: page} de chaque état d'un public."""
    pages, noms = {}, _noms(audience)
    for adresse, nom in noms.items():
        etat = _etat(audience, adresse)
        vues = publication.vues(etat, lambda image: f"../../{image}", lien)
        commandes = _commandes(audience, etat, noms)
        pages[f"pages/{audience.nom}/{nom}"] = rendre(
            "statique.html.j2",
            audience=audience,
            commandes=commandes,
            etat=etat,
            vues=vues,
            css="../page.css",
            **entete,
        )
    return pages


def _etat(audience: Audience, adresse: str) -> Etat:
    return audience.etat(dict(parse_qsl(adresse, keep_blank_values=True)))


def _commandes(audience: Audience, etat: Etat, noms: dict[str, str]) -> dict[str, list]:
    """{libellé: [(texte, page, est-ce le choix en cours)]} de chaque commande utile."""
    return {
        commande.libelle: [
            (
                commande.valeurs[valeur],
                noms[audience.etat(etat.choix | {commande.nom: valeur}).adresse],
                valeur == etat.choix[commande.nom],
            )
            for valeur in etat.possibles[commande.nom]
        ]
        for commande in audience.commandes
        if etat.possibles[commande.nom] != [TOUT]
    }
