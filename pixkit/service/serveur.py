"""Étage 0, à part — servir une publication : Voilà, réglé et fermé.

La première page contient déjà son image.

Voilà cache le code et les traces d'erreur et n'accepte du navigateur que les messages des
commandes. Ce qui est ajouté ici est dit dans docs/deploiement.md, et attaqué dans
tests/test_serveur.py.
"""

import os
import ssl
from copy import deepcopy
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from jupyter_core.utils import ensure_async
from jupyter_server.auth import passwd
from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.utils import url_path_join
from tornado.ioloop import IOLoop, PeriodicCallback
from traitlets.config import Config
from voila.app import Voila

from pixkit.charte import date_en_mots
from pixkit.embarque import APPS
from pixkit.erreurs import ServiceRefuse, raison
from pixkit.service.lecteur import PUBLICS, Publication
from pixkit.service.pages_servies import (
    EN_TETES,
    Accueil,
    Arret,
    Canal,
    Connexion,
    Inconnue,
    Noyau,
    PageDeTableau,
    Statique,
)

GABARIT = "pixkit_publie"
IDENTIFIANT = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
SOMMEIL = 1200
"""Secondes sans activité après lesquelles un noyau est rendu, page ouverte ou non.

Une page restée ouverte se rechargera.
"""
MESSAGE_MAXIMUM = 64 * 1024
REGLAGES = {
    "Voila": {
        "root_dir": str(APPS),
        "open_browser": False,
        "config_file_paths": [],
        "log_level": "ERROR",
    },
    "VoilaConfiguration": {
        "template": GABARIT,
        "show_tracebacks": False,
        "allow_template_override": "NO",
        "allow_theme_override": "NO",
        "extension_allowlist": [
            "@voila-dashboards/widgets-manager8",
            "@jupyter-widgets/jupyterlab-manager",
        ],
    },
    # Préparer la page suivante n'attend pas, mais ne ralentit pas celle qui s'ouvre.
    "VoilaKernelManager": {"preheat_denylist": ["atelier", "gabarits"], "fill_delay": 4},
    "MappingKernelManager": {
        "cull_idle_timeout": SOMMEIL,
        "cull_interval": 60,
        "cull_connected": True,
    },
    # Un noyau relancé aurait tout oublié : la page se recharge plutôt.
    "KernelManager": {"transport_encryption": "auto", "autorestart": False},
}
"""Ce que tout service règle de même."""


@dataclass(frozen=True)
class Acces:
    """Où et pour qui la publication est servie."""

    adresse: str = "127.0.0.1"
    port: int = 8866
    prefixe: str = "/"
    mot_de_passe: str = ""
    jeton: str = ""
    certificat: str = ""
    cle: str = ""
    derriere_un_mandataire: bool = False
    garde_ailleurs: bool = False  # JupyterHub contrôle l'entrée lui-même

    @property
    def local(self) -> bool:
        try:
            return ip_address(self.adresse).is_loopback
        except ValueError:
            return self.adresse == "localhost"

    def verifier(self) -> None:
        """Lève ServiceRefuse si la page sortirait de cet ordinateur sans clé, ou en clair."""
        if self.local and not self.derriere_un_mandataire:
            return
        if not (self.mot_de_passe or self.jeton or self.garde_ailleurs):
            raise ServiceRefuse(
                f"une page visible d'autres ordinateurs ({self.adresse}, mandataire) sans mot de "
                "passe.",
                "un mot de passe ou un jeton dès que la page sort de cet ordinateur.",
                "donnez-le par la variable d'environnement PIXKIT_MOT_DE_PASSE (ou PIXKIT_JETON), "
                "ou restez sur 127.0.0.1.",
            )
        if not (self.certificat and self.cle) and not self.derriere_un_mandataire:
            raise ServiceRefuse(
                f"l'adresse {self.adresse} sans chiffrement : le mot de passe passerait en clair.",
                "un certificat, ou un serveur mandataire qui chiffre (nginx).",
                "ajoutez --certificat et --cle, ou --derriere-un-mandataire si nginx s'en charge "
                "(docs/deploiement.md).",
            )


def servir(
    chemin: str | Path, acces: Acces, *, prechauffes: int = 2, reglages: Config | None = None
) -> None:
    """Sert une publication jusqu'à l'interruption.

    `prechauffes` pages de chaque public attendent, prêtes ; `reglages` complète ceux de Voilà
    (JupyterHub y met son fournisseur d'identité).

    Lève PublicationIllisible, ou ServiceRefuse (adresse sans protection, port pris, certificat
    illisible).
    """
    publication = Publication(Path(chemin).resolve())
    if publication.perimee:
        raise ServiceRefuse(
            f"une publication à supprimer depuis le {date_en_mots(publication.suppression)}.",
            "des données encore utiles, que le registre permet de garder.",
            "supprimez ce dossier, ou publiez à nouveau.",
        )
    acces.verifier()
    os.environ["PIXKIT_PUBLICATION"] = str(publication.chemin)
    os.environ["JUPYTER_PATH"] = str(APPS / "gabarits")
    complets = _reglages(acces, prechauffes)
    complets.merge(reglages or {})
    serveur = Serveur(config=complets)
    serveur.publication, serveur.acces = publication, acces
    serveur.initialize([])
    serveur.start()


def _reglages(acces: Acces, prechauffes: int) -> Config:
    c = Config(deepcopy(REGLAGES))
    c.Voila.ip, c.Voila.port, c.Voila.token = acces.adresse, acces.port, acces.jeton
    c.Voila.base_url = url_path_join("/", acces.prefixe, "/")
    c.Voila.tornado_settings = {
        "websocket_max_message_size": MESSAGE_MAXIMUM,
        "default_handler_class": Inconnue,
        "headers": EN_TETES,
        "allow_remote_access": not acces.local or acces.derriere_un_mandataire,
        "local_hostnames": ["localhost", "127.0.0.1", "::1"],
        "server_header": "",
    }
    if acces.mot_de_passe:
        c.PasswordIdentityProvider.hashed_password = passwd(acces.mot_de_passe)
    c.VoilaConfiguration.preheat_kernel = prechauffes > 0
    c.VoilaConfiguration.default_pool_size = prechauffes
    if os.name != "nt":
        # Des prises de fichier : par TCP, deux noyaux lancés ensemble visent parfois le même port.
        c.KernelManager.transport = "ipc"
    return c


class Serveur(Voila):
    """Voilà réduit à quatre pages : ni dossier, ni fichier, ni code de carnet, ni atelier."""

    publication: Publication
    acces: Acces

    def init_settings(self) -> dict:
        reglages = super().init_settings()
        self.kernel_manager.allowed_message_types = [
            "comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request",
        ]  # fmt: skip
        if isinstance(self.identity_provider, PasswordIdentityProvider):
            self.identity_provider.login_handler_class = Connexion
        return reglages | {
            "pixkit_publication": self.publication.chemin,
            "pixkit_visites": {},
            "pixkit_scripts": {},
        }

    def init_handlers(self) -> list:
        commun = {"voila_configuration": self.voila_configuration}
        tableau = {"template_paths": self.template_paths, "config": self.config, **commun}
        scripts = {"racines": self.static_paths}
        identite = self.identity_provider
        pages = [
            *(
                (une, PageDeTableau, {"notebook_path": f"{une}.ipynb", **tableau})
                for une in PUBLICS
            ),
            (f"api/kernels/{IDENTIFIANT}", Noyau),
            (f"api/kernels/{IDENTIFIANT}/channels", Canal),
            (f"voila/api/shutdown/{IDENTIFIANT}", Arret),
            ("voila/static/(.*)", Statique, scripts),
            ("voila/labextensions/(.*)", Statique, {"racines": self.labextensions_path}),
            (f"voila/templates/{GABARIT}/static/(.*)", Statique, scripts),
            *(identite.get_handlers() if identite.auth_enabled else []),
        ]
        base = self.server_url
        return [(base, Accueil, commun), *((url_path_join(base, ou), *page) for ou, *page in pages)]

    async def _renouveler(self) -> None:
        """Une publication refaite : les pages prêtes d'avance montreraient l'ancienne."""
        ecrite = (self.publication.chemin / "manifeste.json").stat().st_mtime_ns
        if ecrite == self._ecrite or not self.voila_configuration.preheat_kernel:
            return
        self._ecrite = ecrite
        reserves, self.kernel_manager._pools = self.kernel_manager._pools, {}
        for carnet, reserve in reserves.items():
            self.kernel_manager.fill_if_needed(delay=0, notebook_name=carnet)
            for page in reserve:
                await ensure_async(
                    self.kernel_manager.shutdown_kernel((await page)["kernel_id"], now=True)
                )

    def listen(self) -> None:
        try:
            chiffrement = None
            if self.acces.certificat:
                chiffrement = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                chiffrement.load_cert_chain(self.acces.certificat, self.acces.cle)
            self.app.listen(
                self.port, self.ip, ssl_options=chiffrement, max_body_size=MESSAGE_MAXIMUM,
                xheaders=self.acces.derriere_un_mandataire,
            )  # fmt: skip
        except OSError as erreur:
            raise ServiceRefuse(
                f"le port {self.port} de {self.ip}, qui ne s'ouvre pas ({raison(erreur)}).",
                "un port libre, et un certificat lisible s'il y en a un.",
                "donnez un autre nombre après --port, ou vérifiez --certificat et --cle.",
            ) from erreur
        protocole = "https" if self.acces.certificat else "http"
        adresse = f"{protocole}://{self.ip}:{self.port}{self.base_url}"
        print(f"Les tableaux de bord sont ouverts : {adresse}\n(Ctrl-C pour fermer.)", flush=True)
        self._ecrite = (self.publication.chemin / "manifeste.json").stat().st_mtime_ns
        PeriodicCallback(self._renouveler, 2000).start()
        self._attendre()

    def _attendre(self) -> None:
        """Répond aux demandes jusqu'à l'interruption."""
        self.ioloop = IOLoop.current()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            print("Fermé.", flush=True)
        finally:
            self.stop()
