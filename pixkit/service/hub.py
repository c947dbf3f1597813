"""Étage 0, à part — un service de JupyterHub : les tableaux de bord de tous ses établissements.

Le Hub dit qui est là, et ses rôles (`custom:tableaux:…`) qui peut voir quoi.

`python -m pixkit.service.hub COMPTE=PUBLICATION…` est la commande que le Hub lance
(deploiement/jupyterhub_config.py).
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado.web import HTTPError, authenticated

from pixkit.erreurs import ErreurPixkit, ServiceRefuse
from pixkit.gabarits import rendre
from pixkit.service.carnets import carnets_servis
from pixkit.service.pages import Page, Reponse
from pixkit.service.salle import Salle
from pixkit.service.serveur import ENSEMBLE, Acces, application, tenir

DONNES_PAR_LE_HUB = ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX")


class _DuHub(HubOAuthenticated, Reponse):
    def permis(self, compte: str) -> bool:
        return f"custom:tableaux:{compte}" in self.current_user["scopes"]


class PageDuHub(_DuHub, Page):
    """Une page d'un établissement, pour ceux à qui un rôle l'ouvre."""

    def salle(self, compte: str) -> Salle:
        if compte not in self.settings["salles"]:
            raise HTTPError(404)
        if not self.permis(compte):
            raise HTTPError(403)
        return super().salle(compte)


class Etablissements(_DuHub):
    """Ceux qu'on peut voir ; s'il n'y en a qu'un, le sien."""

    @authenticated
    def get(self) -> None:
        salles = self.settings["salles"].items()
        siens = {un: salle.etablissement or un for un, salle in salles if self.permis(un)}
        if len(siens) == 1:
            self.redirect(f"{self.base}{next(iter(siens))}/")
        else:
            donnees = {"base": self.base, "sortie": f"{self.hub_auth.hub_prefix}logout"}
            self.finish(rendre("etablissements.html.j2", etablissements=siens, **donnees))


class Retour(HubOAuthCallbackHandler, Reponse):
    """Le retour du Hub, qui rapporte de quoi demander qui est là."""


def acces_du_hub(environnement: Mapping[str, str] = os.environ) -> Acces:
    """Le port et le préfixe que le Hub a choisis.

    Lève ServiceRefuse hors d'un Hub : sans lui, personne ne garderait la porte.
    """
    manquants = [nom for nom in DONNES_PAR_LE_HUB if not environnement.get(nom)]
    if manquants:
        raise ServiceRefuse(
            f"pas de JupyterHub autour ({', '.join(manquants)}).",
            "une commande lancée par un JupyterHub.",
            "lancez jupyterhub -f deploiement/jupyterhub_config.py, ou « pixkit servir » pour "
            "servir sans lui.",
        )
    ecoute = urlsplit(environnement["JUPYTERHUB_SERVICE_URL"])
    return Acces(
        adresse=ecoute.hostname or "127.0.0.1",
        port=ecoute.port or 80,
        prefixe=environnement["JUPYTERHUB_SERVICE_PREFIX"],
        derriere_un_mandataire=True,
    )


def servir_dans_le_hub(arguments: Sequence[str]) -> None:
    """Sert chaque COMPTE=PUBLICATION jusqu'à ce que le Hub l'arrête. Lève ErreurPixkit."""
    publications = {compte: ou for compte, _, ou in (un.partition("=") for un in arguments)}
    if not publications or not all(publications.values()):
        raise ServiceRefuse(
            "une commande sans établissement, ou sans sa publication.",
            "python -m pixkit.service.hub COMPTE=PUBLICATION…",
            "vérifiez deploiement/jupyterhub_config.py.",
        )
    acces, tour, carnets = acces_du_hub(), asyncio.Semaphore(ENSEMBLE), carnets_servis()
    salles = {un: Salle(Path(ou).resolve(), carnets, tour) for un, ou in publications.items()}
    pages = [("", Etablissements), ("oauth_callback", Retour), ("([^/]+)/([^/]*)", PageDuHub)]
    # Aucune page ne change rien, et prepare() refuse les autres sites : un GET suffit.
    reglages = {"disable_check_xsrf": True}
    asyncio.run(tenir(application(acces, salles, pages, **reglages), acces))


if __name__ == "__main__":
    try:
        servir_dans_le_hub(sys.argv[1:])
    except ErreurPixkit as erreur:
        print(erreur, file=sys.stderr)
        sys.exit(2)
