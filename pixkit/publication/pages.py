"""Étage 4 — les mêmes tableaux de bord en pages statiques : une page par état, des liens pour commandes, ni serveur ni script."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from importlib.resources import files
from urllib.parse import parse_qsl, urlencode

from pixkit.charte import date_en_mots
from pixkit.service.lecteur import PUBLICS, Audience, Etat, Publication


def pages_statiques(fichiers: Mapping[str, bytes]) -> dict[str, bytes]:
    """{chemin: page} : `index.html`, puis `pages/<public>/<rang>.html`, une par état. S'ouvrent depuis une clé USB."""
    publication = Publication("publication", fichiers)
    audiences = [publication.audience(public) for public in PUBLICS]
    pleines = [audience for audience in audiences if audience.etats]
    pages = {
        "index.html": _page(publication, "Les tableaux de bord", _sommaire(pleines), racine="")
    }
    for audience in pleines:
        noms = {
            urlencode(etat["choix"]): f"{rang:04d}.html" for rang, etat in enumerate(audience.etats)
        }
        for adresse, nom in noms.items():
            etat = audience.etat(dict(parse_qsl(adresse, keep_blank_values=True)))
            corps = (
                f"<p>{escape(audience.lire)}</p>{_commandes(audience, etat, noms)}"
                f"{publication.corps(etat, lambda image: f'../../{image}')}"
            )
            pages[f"pages/{audience.nom}/{nom}"] = _page(
                publication, audience.titre, corps, racine="../../"
            )
    return {chemin: page.encode() for chemin, page in pages.items()}


def _sommaire(audiences: list[Audience]) -> str:
    liens = "".join(
        f"<li><a href='pages/{audience.nom}/0000.html'>{escape(audience.titre)}</a> : {escape(audience.lire)}</li>"
        for audience in audiences
    )
    return f"<ul class='pixkit-sommaire'>{liens}</ul>"


def _commandes(audience: Audience, etat: Etat, noms: dict[str, str]) -> str:
    """Une liste de liens par commande ; le choix en cours est marqué pour l'œil et pour un lecteur d'écran."""
    listes = []
    for commande in audience.commandes:
        valeurs = etat.possibles[commande.nom]
        if len(valeurs) < 2:
            continue
        liens = []
        for valeur in valeurs:
            vers = noms[audience.etat(etat.choix | {commande.nom: valeur}).adresse]
            ici = " aria-current='page'" if valeur == etat.choix[commande.nom] else ""
            liens.append(f"<li><a href='{vers}'{ici}>{escape(commande.valeurs[valeur])}</a></li>")
        listes.append(
            f"<nav class='pixkit-choix' aria-label='{escape(commande.libelle, quote=True)}'>"
            f"<span>{escape(commande.libelle)}</span><ul>{''.join(liens)}</ul></nav>"
        )
    return "".join(listes)


def _page(publication: Publication, titre: str, corps: str, *, racine: str) -> str:
    style = files("pixkit.service").joinpath("gabarits/page.css").read_text(encoding="utf-8")
    age = f"Données du {date_en_mots(datetime.fromisoformat(publication.manifeste['donnees_du']))}."
    accueil = f"<a href='{racine}index.html'>Tous les tableaux de bord</a>" if racine else ""
    etablissement = escape(publication.manifeste["etablissement"])
    return (
        "<!doctype html><html lang='fr'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{escape(titre)} — {etablissement}</title><style>{style}</style></head><body class='pixkit-page'>"
        f"<header><nav>{accueil}</nav><p>{etablissement}</p><h1>{escape(titre)}</h1>"
        f"<p class='pixkit-age'>{escape(age)}</p></header><main>{corps}</main></body></html>"
    )
