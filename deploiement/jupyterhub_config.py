"""JupyterHub devant pixkit : chacun se connecte et voit les tableaux de bord de son établissement.

    jupyterhub -f deploiement/jupyterhub_config.py
    python deploiement/jupyterhub_config.py NOM   demande un mot de passe, en garde l'empreinte

Tout se déclare dans `etablissements.toml`, à côté de ce fichier (ou dans le dossier que dit
PIXKIT_HUB). Un seul service du Hub, `tableaux`, sert toutes les publications ; un rôle ouvre celle
d'un établissement au groupe de ses lecteurs, et à eux seuls. Le Hub ne retient rien sur le disque :
le relancer oublie les connexions et applique le fichier tel qu'il est, départs compris
(`load_groups`, avec une base gardée, n'enlèverait personne).
"""

import asyncio
import getpass
import os
import re
import secrets
import stat
import sys
import tempfile
import tomllib
from pathlib import Path

from jupyter_server.auth import passwd, passwd_check
from jupyterhub.auth import Authenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner

from pixkit import gabarits

ICI = Path(__file__).resolve().parent
DOSSIER = Path(os.environ.get("PIXKIT_HUB") or ICI).resolve()
MOTS_DE_PASSE = DOSSIER / "mots_de_passe.txt"


def lire_mots_de_passe() -> dict[str, str]:
    """{nom: empreinte}. Un fichier que d'autres comptes de la machine peuvent lire est refusé."""
    if not MOTS_DE_PASSE.exists():
        return {}
    if os.name != "nt" and MOTS_DE_PASSE.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SystemExit(
            f"Trouvé : {MOTS_DE_PASSE.name}, lisible par d'autres. Attendu : par le Hub seul. "
            "À faire : chmod 600."
        )
    lignes = MOTS_DE_PASSE.read_text(encoding="utf-8").split()
    return dict(ligne.split(":", 1) for ligne in lignes)


if __name__ == "__main__":
    comptes = lire_mots_de_passe()
    mot = (
        getpass.getpass("Mot de passe : ")
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )
    if len(sys.argv) != 2 or len(mot) < 12:
        sys.exit(
            "Trouvé : pas de nom, ou un mot de passe trop court. Attendu : un NOM, et douze "
            "signes. À faire : recommencez."
        )
    comptes[sys.argv[1].lower()] = passwd(mot)
    MOTS_DE_PASSE.touch(mode=0o600)
    MOTS_DE_PASSE.write_text(
        "".join(f"{nom}:{empreinte}\n" for nom, empreinte in comptes.items()), encoding="utf-8"
    )
    sys.exit(0)

c = get_config()  # noqa: F821 — JupyterHub le fournit

# — Qui voit quoi —

with (DOSSIER / "etablissements.toml").open("rb") as fichier:
    ETABLISSEMENTS = tomllib.load(fichier)
ADMINISTRATEURS = {nom.lower() for nom in ETABLISSEMENTS.pop("administrateurs", [])}
LECTEURS = {
    compte: sorted({nom.lower() for nom in e["lecteurs"]}) for compte, e in ETABLISSEMENTS.items()
}
PERSONNES = ADMINISTRATEURS.union(*LECTEURS.values())
for compte in ETABLISSEMENTS:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", compte):
        raise SystemExit(
            f"Trouvé : l'établissement « {compte} ». Attendu : minuscules, chiffres et tirets. "
            "À faire : corrigez etablissements.toml."
        )
VOIR = {compte: f"custom:tableaux:{compte}" for compte in ETABLISSEMENTS}
ENTRER = "access:services!service=tableaux"

c.JupyterHub.load_groups = {compte: {"users": noms} for compte, noms in LECTEURS.items()}
c.JupyterHub.custom_scopes = {
    VOIR[compte]: {"description": f"Voir les tableaux de bord : {e['nom']}"}
    for compte, e in ETABLISSEMENTS.items()
}
c.JupyterHub.load_roles = [
    # Une personne n'a pas de serveur à elle : rien à lancer ni à arrêter, aucun jeton à fabriquer.
    {"name": "user", "scopes": ["read:users:name!user", "read:users:groups!user"]},
    {
        "name": "administrateurs",
        "scopes": [ENTRER, *VOIR.values()],
        "users": sorted(ADMINISTRATEURS),
    },
    *(
        {"name": f"lecteurs-{compte}", "scopes": [ENTRER, voir], "groups": [compte]}
        for compte, voir in VOIR.items()
    ),
]

# — Qui est qui —
# À remplacer par l'annuaire : LDAP, ou OAuth avec l'ENT (paquets jupyterhub-ldapauthenticator,
# oauthenticator).

INCONNU = passwd(secrets.token_hex())
"""Une empreinte que rien n'ouvre : un nom inconnu prend le même temps qu'un mauvais mot."""


class MotsDePasse(Authenticator):
    """Un mot de passe par personne, dans un fichier ; un établissement, lui, ne se connecte pas."""

    async def authenticate(self, handler, data):  # noqa: ARG002 — la forme que JupyterHub demande
        nom = data["username"]
        garde = lire_mots_de_passe().get(nom, INCONNU)
        # Ailleurs que dans la boucle du Hub, qui sert tout le monde.
        juste = await asyncio.to_thread(passwd_check, garde, data["password"])
        return nom if juste and nom in PERSONNES else None


c.JupyterHub.authenticator_class = MotsDePasse
c.Authenticator.allowed_users = PERSONNES
c.Authenticator.admin_users = ADMINISTRATEURS
c.JupyterHub.cookie_max_age_days = 1
c.JupyterHub.cookie_secret = secrets.token_bytes(32)
c.JupyterHub.db_url = "sqlite:///:memory:"

# — Un service pour tous les établissements —


class Aucun(SimpleLocalProcessSpawner):
    """Personne ne lance de carnet ici, pas même qui administre."""

    async def start(self):
        raise PermissionError("Ce Hub ne montre que des tableaux de bord.")


c.JupyterHub.spawner_class = Aucun
ETAT = Path(os.environ.get("STATE_DIRECTORY") or tempfile.mkdtemp(prefix="pixkit-hub-"))
PUBLICATIONS = (f"{compte}={DOSSIER / e['publication']}" for compte, e in ETABLISSEMENTS.items())
c.ConfigurableHTTPProxy.pid_file = str(ETAT / "proxy.pid")
c.JupyterHub.services = [
    {
        "name": "tableaux",
        "url": os.environ.get("PIXKIT_HUB_TABLEAUX", "http://127.0.0.1:8866"),
        "command": [sys.executable, "-m", "pixkit.service.hub", *PUBLICATIONS],
        "oauth_client_allowed_scopes": list(VOIR.values()),
        "oauth_no_confirm": True,  # ce service est le nôtre
    }
]

# — Où, et avec quelles pages —

# nginx, devant, chiffre.
c.JupyterHub.bind_url = os.environ.get("PIXKIT_HUB_ADRESSE", "http://127.0.0.1:8000/")
c.JupyterHub.template_paths = [str(ICI / "gabarits_hub"), str(Path(gabarits.__file__).parent)]
c.JupyterHub.default_url = "/services/tableaux/"
