"""Étage 0, à part — servir une publication : des pages exécutées une fois, et rien à exécuter.

Ce qui est gardé est dit dans docs/deploiement.md, et attaqué dans tests/test_serveur.py.
"""

import asyncio
import logging
import secrets
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from pixkit.charte import date_en_mots
from pixkit.erreurs import ServiceRefuse, raison
from pixkit.service.carnets import Carnet
from pixkit.service.pages import EN_TETES, ICI, Connexion, Inconnue, PageGardee
from pixkit.service.porte import Porte
from pixkit.service.salle import Salle

ENSEMBLE = 2
"""Carnets qui s'exécutent à la fois."""
RONDE = 2
"""Secondes entre deux regards sur les publications."""
_DELAIS = {"idle_connection_timeout": 60, "body_timeout": 10, "max_body_size": 4096}
"""Qui tarde à finir sa demande, ou en dit trop, raccroche."""


@dataclass(frozen=True)
class Acces:
    """Où et pour qui la publication est servie ; `cadres` : les sites qui peuvent l'encadrer."""

    adresse: str = "127.0.0.1"
    port: int = 8866
    prefixe: str = "/"
    mot_de_passe: str = ""
    jeton: str = ""
    certificat: str = ""
    cle: str = ""
    derriere_un_mandataire: bool = False
    cadres: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        return self.adresse in ICI

    def verifier(self) -> None:
        """Lève ServiceRefuse si la page sortirait de cet ordinateur sans clé, ou en clair."""
        if self.local and not self.derriere_un_mandataire:
            return
        if not (self.mot_de_passe or self.jeton):
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
    chemin: Path, acces: Acces, carnets: dict[str, Carnet], lancee: Popen[bytes] | None = None
) -> None:
    """Sert une publication par ces carnets jusqu'à l'interruption ; `lancee` : voir Salle.

    Lève PublicationIllisible ou ServiceRefuse (adresse sans protection, port pris, certificat
    illisible).
    """
    salle = Salle(chemin, carnets, asyncio.Semaphore(ENSEMBLE), lancee)
    if salle.publication.perimee:
        raise ServiceRefuse(
            f"une publication à supprimer depuis le {date_en_mots(salle.publication.suppression)}.",
            "des données encore utiles, que le registre permet de garder.",
            "supprimez ce dossier, ou publiez à nouveau.",
        )
    acces.verifier()
    porte = Porte((acces.mot_de_passe, acces.jeton))
    pages = [("login", Connexion), ("()([^/]*)", PageGardee)]
    servies = application(acces, {"": salle}, pages, porte=porte)
    asyncio.run(tenir(servies, acces, d_avance=carnets))


def application(
    acces: Acces, salles: dict[str, Salle], pages: Iterable[tuple], **reglages
) -> Application:
    """Ces pages ({chemin sous le préfixe: de quoi répondre}), et une phrase partout ailleurs."""
    base = f"/{acces.prefixe.strip('/')}/".replace("//", "/")
    politique = " ".join((EN_TETES["Content-Security-Policy"], *acces.cadres))
    en_tetes = EN_TETES | {"Content-Security-Policy": politique}
    if acces.certificat:
        en_tetes["Strict-Transport-Security"] = "max-age=15768000"
    chiffre = bool(acces.certificat) or acces.derriere_un_mandataire
    temoin = {"path": base, "httponly": True, "secure": chiffre,
              "samesite": "None" if acces.cadres else "Lax"}  # fmt: skip
    return Application(
        [(base + ou, *page) for ou, *page in pages],
        default_handler_class=Inconnue,
        compress_response=True,
        cookie_secret=secrets.token_bytes(32),
        login_url=f"{base}login",
        xsrf_cookies=True,
        xsrf_cookie_kwargs=temoin,
        temoin=f"pixkit_{acces.port}",
        base=base,
        salles=salles,
        ici_seulement=acces.local and not acces.derriere_un_mandataire,
        en_tetes=en_tetes,
        **reglages,
    )


async def tenir(pages: Application, acces: Acces, *, d_avance: Iterable[str] = ()) -> None:
    """Répond jusqu'à l'interruption ; `d_avance` : les pages exécutées sans qu'on les demande.

    Lève ServiceRefuse (port pris, certificat illisible).
    """
    # Ce que Voilà et tornado consignent porte des adresses, donc un jeton, et le texte des carnets.
    logging.disable(logging.CRITICAL)
    salles = pages.settings["salles"]
    try:
        prises, chiffrement = bind_sockets(acces.port, acces.adresse, backlog=1024), None
        if acces.certificat:
            chiffrement = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            chiffrement.load_cert_chain(acces.certificat, acces.cle)
    except OSError as erreur:
        raise ServiceRefuse(
            f"le port {acces.port} de {acces.adresse}, qui ne s'ouvre pas ({raison(erreur)}).",
            "un port libre, et un certificat lisible s'il y en a un.",
            "donnez un autre nombre après --port, ou vérifiez --certificat et --cle.",
        ) from erreur
    HTTPServer(
        pages, ssl_options=chiffrement, xheaders=acces.derriere_un_mandataire, **_DELAIS
    ).add_sockets(prises)
    adresse = (
        f"http{'s' * bool(chiffrement)}://{acces.adresse}:{acces.port}{pages.settings['base']}"
    )
    print(f"Les tableaux de bord sont ouverts : {adresse}\n(Ctrl-C pour fermer.)", flush=True)
    await asyncio.sleep(RONDE)  # le premier visiteur passe d'abord
    for salle in salles.values():
        await salle.preparer(d_avance)
    while True:
        for compte, salle in salles.items():
            salles[compte] = await salle.suivante()
        await asyncio.sleep(RONDE)
