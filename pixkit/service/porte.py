"""Étage 0, à part — la porte : les secrets qui l'ouvrent, et combien de fois on peut se tromper."""

import time
from collections.abc import Sequence
from hmac import compare_digest
from ipaddress import ip_interface

from pixkit.erreurs import ServiceRefuse

SIGNES = 12
"""La longueur du plus court secret permis."""
RESERVE, RETOUR = 60, 6.0
"""Essais manqués d'avance par adresse, et secondes pour en retrouver un.

Une salle des professeurs sort par une seule adresse ; qui devine, lui, en fait des milliers.
"""


class Porte:
    """Les secrets (mot de passe, jeton) qui ouvrent les pages ; sans aucun, elle est ouverte."""

    def __init__(self, secrets: Sequence[str]):
        """Lève ServiceRefuse si l'un d'eux est trop court."""
        self._secrets = [secret.encode() for secret in secrets if secret]
        self._manques: dict[str, float] = {}  # adresse : quand sa réserve sera de nouveau pleine
        if courts := [secret for secret in self._secrets if len(secret.decode()) < SIGNES]:
            raise ServiceRefuse(
                f"un mot de passe ou un jeton de {len(courts[0].decode())} signes.",
                f"{SIGNES} signes au moins : plus court, il se devine.",
                "choisissez quelques mots sans rapport entre eux.",
            )

    @property
    def gardee(self) -> bool:
        return bool(self._secrets)

    def fermee_a(self, adresse: str) -> bool:
        """Cette adresse s'est-elle trop trompée ?"""
        return self._manques.get(_reseau(adresse), 0) > time.monotonic() + (RESERVE - 1) * RETOUR

    def ouvrir(self, adresse: str, essai: str) -> bool:
        """Cet essai ouvre-t-il ? Un manqué se compte ; le temps pris ne dit rien du secret."""
        if sum(compare_digest(secret, essai.encode()) for secret in self._secrets):
            return True
        maintenant, reseau = time.monotonic(), _reseau(adresse)
        self._manques = {ou: fin for ou, fin in self._manques.items() if fin > maintenant}
        self._manques[reseau] = max(self._manques.get(reseau, 0), maintenant) + RETOUR
        return False


def _reseau(adresse: str) -> str:
    """À qui un essai se compte : en IPv6, une maison a tout un réseau d'adresses."""
    return str(ip_interface(f"{adresse}/{64 if ':' in adresse else 32}").network)
