"""Étage 0, à part — ce qu'un visiteur peut demander : lire une page, dire un mot de passe."""

import re
from base64 import b64encode
from gzip import decompress
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlencode

from tornado import web

from pixkit.erreurs import ErreurPixkit, PublicationRetiree
from pixkit.gabarits import rendre
from pixkit.incidents import noter
from pixkit.service.salle import Salle

_EMPREINTE = b64encode(sha256(rendre("tableau.js").encode()).digest()).decode()
EN_TETES = {
    "Content-Security-Policy": f"default-src 'none'; script-src 'sha256-{_EMPREINTE}'; "
    "style-src 'unsafe-inline'; img-src data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
"""Rien ne se charge d'ailleurs ni ne s'encadre ailleurs, et le seul script est celui de la page."""
PHRASES = {
    403: "Cette page ne vous est pas ouverte.",
    404: "Cette page n'existe pas.",
    429: "Trop d'essais : attendez une minute.",
    500: "La page ne s'est pas préparée : rechargez-la, puis prévenez le référent numérique.",
}
ICI = ("127.0.0.1", "localhost", "::1")


class Reponse(web.RequestHandler):
    """Une erreur est une phrase, jamais une trace ; le serveur ne dit pas ce qu'il est."""

    @property
    def base(self) -> str:
        return self.settings["base"]

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for nom, valeur in self.settings["en_tetes"].items():
            self.set_header(nom, valeur)

    def prepare(self) -> None:
        # Un nom de domaine détourné vers cet ordinateur ; un autre site qui charge nos pages.
        detourne = self.settings["ici_seulement"] and self.request.host_name not in ICI
        ailleurs = self.request.headers.get("Sec-Fetch-Site") == "cross-site"
        if detourne or (ailleurs and self.request.headers.get("Sec-Fetch-Mode") != "navigate"):
            raise web.HTTPError(403)

    def write_error(self, status_code: int, **details) -> None:
        erreur = details.get("exc_info", (None, None))[1]
        phrase = PHRASES.get(status_code, "La demande n'a pas été comprise.")
        if isinstance(erreur, ErreurPixkit):
            self.set_status(410 if isinstance(erreur, PublicationRetiree) else 500)
            phrase = str(erreur)
        self.finish(rendre("erreur.html.j2", titre=phrase, base=self.base))

    def log_exception(self, genre, erreur, pile) -> None:  # noqa: ARG002 — la forme de tornado
        if not isinstance(erreur, web.HTTPError | ErreurPixkit):
            noter(erreur)


class Inconnue(Reponse):
    """Toute autre adresse, quoi qu'on y fasse."""

    def prepare(self) -> None:
        raise web.HTTPError(404)

    check_xsrf_cookie = prepare


class Page(Reponse):
    """Un tableau de bord, ou leur liste ; `compte` est l'établissement, dans le Hub."""

    def salle(self, compte: str) -> Salle:
        return self.settings["salles"][compte]

    @web.authenticated
    async def get(self, compte: str, nom: str) -> None:
        salle, base = self.salle(compte), self.base + (compte and f"{quote(compte)}/")
        voulu = dict(parse_qsl(self.request.query, keep_blank_values=True))
        if not nom:
            self.finish(salle.sommaire(base))
        elif nom not in salle.carnets:
            raise web.HTTPError(404)
        elif self.request.headers.get("X-Pixkit-Fragment"):
            self._finir_comprime(await salle.fragments(nom, voulu))
        else:
            self.finish(await salle.page(nom, voulu, base=base))

    def _finir_comprime(self, gzip: bytes) -> None:
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(gzip)
        else:
            self.finish(decompress(gzip))


class _Gardee(Reponse):
    """La porte : un témoin signé y laisse passer, jusqu'à ce que le navigateur se ferme."""

    def get_current_user(self) -> bool:
        temoin = self.get_signed_cookie(self.settings["temoin"])
        return bool(temoin) or not self.settings["porte"].gardee

    def ouvrir(self, essai: str) -> bool:
        """Essaie un secret ; s'il ouvre, laisse le témoin. Lève HTTPError 429."""
        porte, adresse = self.settings["porte"], self.request.remote_ip
        if porte.fermee_a(adresse):
            raise web.HTTPError(429)
        juste = porte.ouvrir(adresse, essai)
        if juste:
            reglages = self.settings["xsrf_cookie_kwargs"] | {"expires_days": None}
            self.set_signed_cookie(self.settings["temoin"], "entre", **reglages)
        return juste


class PageGardee(_Gardee, Page):
    """Une page que garde la porte. Un jeton dans l'adresse y devient un témoin, et s'efface."""

    def prepare(self) -> None:
        super().prepare()
        reste = parse_qsl(self.request.query, keep_blank_values=True)
        if jeton := dict(reste).get("token"):
            self.ouvrir(jeton)
            reste = urlencode([(nom, valeur) for nom, valeur in reste if nom != "token"])
            self.redirect(self.request.path + (reste and f"?{reste}"))


class Connexion(_Gardee):
    """Le mot de passe."""

    def get(self, *, erreur: str = "") -> None:
        donnees = {"suite": self._suite, "xsrf": self.xsrf_token.decode(), "base": self.base}
        self.finish(rendre("connexion.html.j2", erreur=erreur, **donnees))

    def post(self) -> None:
        if self.ouvrir(self.get_body_argument("password", "", strip=False)):
            self.redirect(self._suite)
        else:
            self.set_status(HTTPStatus.UNAUTHORIZED)
            self.get(erreur="Ce mot de passe n'est pas le bon.")

    @property
    def _suite(self) -> str:
        """La page demandée avant d'entrer, si c'est bien une des nôtres."""
        voulue = self.get_query_argument("next", "")
        notre = re.fullmatch(re.escape(self.base) + r"[\w%&=?.+~-]*", voulue, re.ASCII)
        return voulue if notre else self.base
