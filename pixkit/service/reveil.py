"""Étage 0, à part — dans JupyterHub, tenir prêts les tableaux de bord de chaque établissement.

`python -m pixkit.service.reveil COMPTE…` est un service du Hub (deploiement/jupyterhub_config.py) ;
la bibliothèque standard lui suffit, il ne coûte presque rien.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

RONDE = 20
"""Secondes entre deux rondes."""


def reveiller(comptes: Sequence[str]) -> None:
    """Demande au Hub, ronde après ronde, de lancer les serveurs arrêtés de ces comptes."""
    hub, jeton = os.environ["JUPYTERHUB_API_URL"], os.environ["JUPYTERHUB_API_TOKEN"]
    while True:
        for compte in comptes:
            adresse = f"{hub}/users/{quote(compte)}"
            try:
                if not _demander("GET", adresse, jeton).get("servers"):
                    _demander("POST", f"{adresse}/server", jeton)
            except OSError as erreur:  # dont toute erreur HTTP
                # 400 : il démarre déjà. Le reste se dit, et la ronde suivante réessaie.
                if not (isinstance(erreur, HTTPError) and erreur.code == HTTPStatus.BAD_REQUEST):
                    print(
                        f"Le tableau de bord « {compte} » ne se lance pas ({erreur}) ; nouvel "
                        "essai bientôt.",
                        file=sys.stderr,
                    )
        time.sleep(RONDE)


def _demander(verbe: str, adresse: str, jeton: str) -> dict:
    with urlopen(
        Request(adresse, method=verbe, headers={"Authorization": f"token {jeton}"}), timeout=90
    ) as reponse:
        return json.loads(reponse.read() or b"{}")


if __name__ == "__main__":
    # Le Hub arrête ses services par SIGINT : partir sans un mot.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    reveiller(sys.argv[1:])
