"""Étage 0, à part — une publication servie dans JupyterHub.

Le Hub dit qui est là, ses rôles disent qui a le droit d'entrer.

`python -m pixkit.service.hub PUBLICATION N` est la commande que le Hub lance
(deploiement/jupyterhub_config.py). Ce n'est pas `pixkit servir` qui devine : JUPYTERHUB_API_TOKEN
est aussi dans le terminal de quiconque travaille dans un JupyterHub.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from jupyterhub.singleuser.extension import (
    JupyterHubIdentityProvider,
    JupyterHubOAuthCallbackHandler,
)
from traitlets import Unicode
from traitlets.config import Config

from pixkit.erreurs import ErreurPixkit, ServiceRefuse
from pixkit.service.pages_servies import EnFrancais
from pixkit.service.serveur import Acces, servir

DONNES_PAR_LE_HUB = tuple(
    f"JUPYTERHUB_{nom}"
    for nom in ("API_TOKEN", "SERVICE_URL", "SERVICE_PREFIX", "OAUTH_ACCESS_SCOPES")
)


class Retour(EnFrancais, JupyterHubOAuthCallbackHandler):
    """Le retour du Hub, qui rapporte de quoi demander qui est là."""

    def initialize(self) -> None:
        super().initialize(self.settings["identity_provider"].hub_auth)


class Fournisseur(JupyterHubIdentityProvider):
    """L'identité vient du Hub (OAuth).

    Seuls passent ceux à qui un rôle donne `access:servers` sur ce serveur-ci.
    """

    # Voilà règle ce trait sur tout fournisseur ; le jeton du serveur ne doit ouvrir aucune page.
    token = Unicode("")

    def get_handlers(self) -> list:
        return [("/logout", self.logout_handler_class), ("/oauth_callback", Retour)]


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
        garde_ailleurs=True,
    )


def servir_dans_le_hub(publication: str, *, prechauffes: int) -> None:
    """Sert une publication à qui les rôles du Hub laissent entrer, jusqu'à ce qu'il l'arrête."""
    acces = acces_du_hub()
    reglages = Config()
    reglages.Voila.identity_provider_class = Fournisseur
    servir(publication, acces, prechauffes=prechauffes, reglages=reglages)


def main(arguments: Sequence[str]) -> int:
    """`PUBLICATION PRÉCHAUFFÉES` : le dossier, et combien de pages de chaque public attendent."""
    if len(arguments) != 2 or not arguments[1].isdecimal():
        print("Usage : python -m pixkit.service.hub PUBLICATION PRÉCHAUFFÉES", file=sys.stderr)
        return 2
    try:
        servir_dans_le_hub(arguments[0], prechauffes=int(arguments[1]))
    except ErreurPixkit as erreur:
        print(erreur, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
