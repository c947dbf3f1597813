"""Étage 0, à part — les pages du serveur : ce qu'un visiteur peut demander, et rien d'autre."""

import gzip
import json
import mimetypes
import re
import time
import uuid
from collections import deque
from functools import lru_cache
from hashlib import blake2s
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado import web
from voila.handler import BaseVoilaHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import (
    VoilaKernelWebsocketHandler,
    read_header_from_binary_message,
)

from pixkit.erreurs import ErreurPixkit, PublicationRetiree
from pixkit.gabarits import rendre
from pixkit.service.lecteur import PUBLICS, Publication

VERS_LA_PAGE = {
    "comm_open", "comm_close", "comm_msg", "comm_info_reply", "kernel_info_reply", "status",
    "shutdown_reply",
}  # fmt: skip
"""Les messages du noyau dont les commandes ont besoin : ni sortie, ni erreur, ni trace ne passe."""
_NOYAU = re.compile(r'"kernelId": ?"([\w-]+)"')
_SCRIPT = re.compile(r"voila(?:/@?\w[\w.-]*)+\.js(?:\?v=(\w{16,}))?")
SCRIPTS_MAXIMUM = 120
"""Scripts annoncés d'avance ; une page en prend quatre-vingt-dix."""
ESSAIS, PENITENCE = 10, 60
"""Mots de passe faux qu'une adresse peut essayer, et en combien de secondes."""
_PHRASES = {403: "Cette page ne vous est pas ouverte.", 404: "Cette page n'existe pas."}
EN_TETES = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; frame-ancestors 'self'; base-uri 'self'; "
    "form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Rien ne se charge d'ailleurs, rien ne s'encadre ailleurs.

JupyterLab, sous les commandes, demande « unsafe-eval ».
"""


class EnFrancais:
    """Une erreur est une phrase, jamais une trace ; le serveur ne dit pas ce qu'il est."""

    def write_error(self, status_code: int, **details) -> None:
        erreur = details.get("exc_info", (None, None))[1]
        phrase = _PHRASES.get(status_code, "La demande n'a pas été comprise.")
        if isinstance(erreur, ErreurPixkit):
            phrase = str(erreur)
        if isinstance(erreur, PublicationRetiree):
            self.set_status(410)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.page("erreur", titre=phrase))

    def page(self, gabarit: str, **donnees) -> str:
        return rendre(f"{gabarit}.html.j2", base=self.settings["base_url"], **donnees)

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.clear_header("Server")

    @property
    def publication(self) -> Publication:
        return Publication(self.settings["pixkit_publication"])

    def visite(self) -> str:
        """Ce visiteur, reconnu à un témoin signé : son noyau n'obéit qu'à lui."""
        connue = self.get_secure_cookie("pixkit_visite")
        return connue.decode() if connue else ""


class Accueil(EnFrancais, BaseVoilaHandler):
    """La liste des tableaux de bord."""

    @web.authenticated
    def get(self) -> None:
        publication, base = self.publication, self.settings["base_url"]
        audiences = [publication.audience(public) for public in PUBLICS]
        liens = {f"{base}{une.nom}": une for une in audiences if une.etats}
        self.finish(self.page("sommaire", liens=liens, **publication.entete()))


class PageDeTableau(EnFrancais, TornadoVoilaHandler):
    """Un tableau de bord.

    L'état que demande l'adresse, tout de suite ; puis les commandes, quand un noyau est prêt.
    """

    @web.authenticated
    async def get(self) -> None:
        public = Path(self.notebook_path).stem
        visite = self.visite() or uuid.uuid4().hex
        # Deux établissements derrière un même mandataire ne partagent pas leurs visiteurs.
        chemin = self.settings["base_url"]
        self.set_secure_cookie(
            "pixkit_visite", visite, path=chemin, httponly=True, samesite="Lax", expires_days=None
        )
        self.write(self._premiere(public))
        await self.flush()
        async for morceau in self.get_generator():
            noyau = _NOYAU.search(morceau)
            if noyau:
                self.settings["pixkit_visites"][noyau[1]] = visite
            self.write(morceau)
            await self.flush()

    def _premiere(self, public: str) -> str:
        """Le début de la page, avant toute commande."""
        publication = self.publication
        audience, etat, vues, refus = publication.audience(public), None, [], None
        try:
            etat = audience.etat(dict(parse_qsl(self.request.query, keep_blank_values=True)))
            vues = publication.vues(etat)
        except ErreurPixkit as erreur:
            refus = erreur
        return self.page(
            "tableau", audience=audience, etat=etat, vues=vues, erreur=refus,
            scripts=self.settings["pixkit_scripts"].values(), xsrf=self.xsrf_token.decode(),
            **publication.entete(),
        )  # fmt: skip


class _DuVisiteur(EnFrancais):
    """Ce qui touche à un noyau : seulement le sien."""

    def prepare(self):
        noyau = self.path_kwargs.get("kernel_id", "")
        if not self.visite() or self.settings["pixkit_visites"].get(noyau) != self.visite():
            raise web.HTTPError(404)
        return super().prepare()


class Noyau(_DuVisiteur, KernelHandler):
    """Mon noyau vit-il encore ? Rien d'autre ne se demande ici."""

    @web.authenticated
    async def get(self, kernel_id: str) -> None:
        noyaux = self.kernel_manager
        if kernel_id not in noyaux or not await ensure_async(noyaux.is_alive(kernel_id)):
            raise web.HTTPError(404)
        self.finish(json.dumps({"id": kernel_id, "name": "python3"}))

    # Le nom que tornado donne à ce morceau d'adresse.
    async def delete(self, kernel_id: str) -> None:  # noqa: ARG002
        raise web.HTTPError(405)


class Arret(_DuVisiteur, VoilaShutdownKernelHandler):
    """L'onglet se ferme : son noyau est rendu."""

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        self.settings["pixkit_visites"].pop(kernel_id, None)
        await super().post(kernel_id)


class Canal(_DuVisiteur, VoilaKernelWebsocketHandler):
    """La liaison d'une page à son noyau, filtrée dans les deux sens.

    À l'aller : voir `Serveur.init_settings`.
    """

    def write_message(self, message, binary: bool = False):
        entete = read_header_from_binary_message(message) if isinstance(message, bytes) else None
        entete = entete or _dictionnaire(message).get("header") or {}
        permis = entete.get("msg_type") in VERS_LA_PAGE
        return super().write_message(message, binary) if permis else None

    def on_message(self, ws_message) -> None:
        try:
            super().on_message(ws_message)
        except Exception:  # un message qui ne se lit pas : on raccroche, le serveur continue
            self.log.warning("Message illisible, liaison fermée.")
            self.close(1007)


def _dictionnaire(message) -> dict:
    try:
        lu = message if isinstance(message, dict) else json.loads(message)
    except ValueError:
        return {}
    return lu if isinstance(lu, dict) else {}


class Statique(EnFrancais, web.RequestHandler):
    """Les scripts et les styles de Voilà, comprimés une fois et gardés par le navigateur."""

    def initialize(self, racines: list[str]) -> None:
        self.racines = tuple(racines)

    def get(self, chemin: str) -> None:
        fichier = _fichier(self.racines, chemin)
        if fichier is None:
            raise web.HTTPError(404)
        self._retenir(fichier)
        genre, comprime, octets, empreinte = _preparer(fichier)
        self.set_header("Content-Type", genre)
        self.set_header("Etag", f'"{empreinte}"')
        self.set_header("Cache-Control", "public, max-age=86400")
        self.set_header("Vary", "Accept-Encoding")
        if self.check_etag_header():
            self.set_status(304)
            return
        if comprime and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(comprime)
        else:
            self.finish(octets)

    def _retenir(self, fichier: Path) -> None:
        """La page suivante annoncera ce script d'emblée : Voilà les découvre l'un par l'autre.

        Toutes les pages le demanderont : un seul nom par fichier, le sien, et pas plus de fichiers
        qu'une page n'en prend.
        """
        scripts, base = self.settings["pixkit_scripts"], self.settings["base_url"]
        script = _SCRIPT.fullmatch(self.request.uri.removeprefix(base))
        if (
            script
            and self.visite()
            and (script[1] or "") in fichier.name
            and len(scripts) < SCRIPTS_MAXIMUM
        ):
            scripts.setdefault(fichier, self.request.uri)


@lru_cache(maxsize=1024)
def _fichier(racines: tuple[str, ...], chemin: str) -> Path | None:
    """Le fichier d'une des racines, sans en sortir."""
    for racine in map(Path, racines):
        vise = (racine / chemin).resolve()
        if vise.is_relative_to(racine.resolve()) and vise.is_file():
            return vise
    return None


@lru_cache(maxsize=1024)
def _preparer(fichier: Path) -> tuple[str, bytes, bytes, str]:
    octets = fichier.read_bytes()
    genre = mimetypes.guess_type(fichier.name)[0] or "application/octet-stream"
    texte = genre.startswith("text/") or genre.endswith(("javascript", "json", "svg+xml"))
    return (
        genre,
        gzip.compress(octets, 6) if texte else b"",
        octets,
        blake2s(octets, digest_size=8).hexdigest(),
    )


class Connexion(EnFrancais, LoginFormHandler):
    """Le mot de passe, en français. Trop d'essais manqués : il faut attendre."""

    _manques: ClassVar[deque[tuple[float, str]]] = deque(maxlen=10_000)

    @allow_unauthenticated
    def post(self) -> None:
        adresse, depuis = self.request.remote_ip, time.monotonic() - PENITENCE
        if sum(quand > depuis and qui == adresse for quand, qui in self._manques) >= ESSAIS:
            self.set_status(429)
            self._render("Trop d'essais : attendez une minute.")
            return
        super().post()
        if self.get_status() == 401:
            self._manques.append((time.monotonic(), adresse))

    def _render(self, message=None) -> None:
        phrase = message if isinstance(message, str) else "Ce mot de passe n'est pas le bon."
        suite = self.get_argument("next", default=self.base_url)
        xsrf = self.xsrf_token.decode()
        self.finish(self.page("connexion", erreur=message and phrase, suite=suite, xsrf=xsrf))


class Inconnue(EnFrancais, JupyterHandler):
    """Toute autre adresse : une phrase, et le lien de l'accueil."""

    async def prepare(self) -> None:
        raise web.HTTPError(404)
