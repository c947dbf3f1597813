"""Étage 0, à part — une publication ouverte : ses pages, exécutées une fois, restent en mémoire."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from gzip import compress, decompress
from pathlib import Path
from subprocess import Popen
from urllib.parse import parse_qsl

from markupsafe import Markup

from pixkit.erreurs import ErreurPixkit
from pixkit.gabarits import rendre
from pixkit.service.carnets import Carnet, executer, lancer
from pixkit.service.lecteur import TOUS_LES_PUBLICS, Publication, refuser_retiree

_FRAGMENT = re.compile(r"<!-- pixkit (\w+) -->.*?<!-- /pixkit -->\n?", re.DOTALL)
"""Ce que dessine fragment.html.j2, et le public qui le regarde."""
RETENUS = 500
"""Fragments comprimés qu'une salle garde (20 Ko chacun) : beaucoup demandent les mêmes."""


class Salle:
    """Une publication telle qu'elle est, et ses carnets ; `tour` borne ceux qui s'exécutent,
    `lancee` est une exécution déjà commencée.
    """

    def __init__(
        self,
        chemin: Path,
        carnets: dict[str, Carnet],
        tour: asyncio.Semaphore,
        lancee: Popen[bytes] | None = None,
    ):
        self._chemin, self._tous, self._tour, self._lancee = chemin, carnets, tour, lancee
        self._ecrite = _ecrite(chemin)
        self._executions: dict[str, asyncio.Task[list[str]]] = {}
        self._comprime = lru_cache(RETENUS)(self._comprimer)
        self._lue: Publication | ErreurPixkit
        try:
            self._lue = Publication(chemin)
        except ErreurPixkit as erreur:
            self._lue = erreur

    @property
    def publication(self) -> Publication:
        """Lève l'ErreurPixkit qui dit pourquoi elle ne se lit pas, ou qu'elle est retirée."""
        if isinstance(self._lue, ErreurPixkit):
            raise self._lue
        if _ecrite(self._chemin) != self._ecrite:  # un retrait n'attend pas la prochaine ronde
            with suppress(OSError, ValueError):
                refuser_retiree(json.loads((self._chemin / "manifeste.json").read_bytes()))
        return self._lue

    @property
    def etablissement(self) -> str:
        """Son nom ; vide si la publication ne se lit pas."""
        return "" if isinstance(self._lue, ErreurPixkit) else self._lue.manifeste["etablissement"]

    @property
    def carnets(self) -> dict[str, Carnet]:
        """Ceux des publics à qui cette publication s'adresse, et ceux que l'on a ajoutés."""
        ailleurs = {*TOUS_LES_PUBLICS} - {*self.publication.publics}
        return {nom: carnet for nom, carnet in self._tous.items() if nom not in ailleurs}

    async def suivante(self) -> "Salle":
        """Elle-même ; si la publication a changé, une autre, prête à montrer les mêmes pages."""
        if _ecrite(self._chemin) == self._ecrite:
            return self
        autre = Salle(self._chemin, self._tous, self._tour)
        await autre.preparer(self._executions)
        return autre

    async def preparer(self, noms: Iterable[str]) -> None:
        """Exécute ces pages d'avance, et ce qu'on y choisira ; une qui échoue se réessaie quand on
        la demande.

        Une à la fois, et après celles qu'un visiteur attend déjà : il a les deux cœurs pour lui.
        """
        for nom in noms:
            await asyncio.gather(*self._executions.values(), return_exceptions=True)
            await asyncio.gather(self._d_avance(nom), return_exceptions=True)

    async def _d_avance(self, nom: str) -> None:
        for public in (await self._executer(nom))[1::2]:
            for etat in self.publication.audience(public).etats:
                self._fragment(public, etat["choix"])
                await asyncio.sleep(0)  # un visiteur passe avant

    async def page(self, nom: str, voulu: Mapping[str, str], **donnees) -> str:
        """Le HTML d'une page, dans l'état le plus proche de ce que veut l'adresse."""
        entete, morceaux = self.publication.entete(), list(await self._executer(nom))
        morceaux[1::2] = [
            decompress(self._fragment(public, voulu)).decode() for public in morceaux[1::2]
        ]
        titre, corps = self.carnets[nom].titre, Markup("".join(morceaux))
        return rendre("tableau.html.j2", titre=titre, corps=corps, **entete, **donnees)

    async def fragments(self, nom: str, voulu: Mapping[str, str]) -> bytes:
        """Ce qui change d'une page quand on y choisit : du HTML comprimé (gzip)."""
        uns = [self._fragment(public, voulu) for public in (await self._executer(nom))[1::2]]
        return uns[0] if len(uns) == 1 else compress(b"".join(map(decompress, uns)))

    def sommaire(self, base: str) -> str:
        """Le HTML de la liste des pages qui ont quelque chose à montrer."""
        liens = {base + nom: un for nom, un in self.carnets.items() if self._montre(nom)}
        entete = self.publication.entete()
        return rendre("sommaire.html.j2", liens=liens, base=base, **entete)

    def _montre(self, nom: str) -> bool:
        """Cette page a-t-elle quelque chose à dire, fût-ce pourquoi elle ne se lit pas ?"""
        try:
            return nom not in TOUS_LES_PUBLICS or bool(self.publication.audience(nom).etats)
        except ErreurPixkit:
            return True

    def _fragment(self, public: str, voulu: Mapping[str, str]) -> bytes:
        try:
            etat = self.publication.audience(public).etat(voulu)
            return self._comprime(public, etat.adresse)
        except ErreurPixkit as erreur:
            return compress(rendre("alerte.html.j2", erreur=erreur).encode())

    def _comprimer(self, public: str, adresse: str) -> bytes:
        audience = self.publication.audience(public)
        etat = audience.etat(dict(parse_qsl(adresse, keep_blank_values=True)))
        return compress(self.publication.fragment(audience, etat).encode(), 6)

    async def _executer(self, nom: str) -> list[str]:
        """Les cellules d'une page, celles de la première fois : du HTML, un public, du HTML…"""
        carnet, faite = self.carnets[nom], self._executions.get(nom)
        if not faite or (faite.done() and (faite.cancelled() or faite.exception())):
            self._executions[nom] = asyncio.ensure_future(self._a_son_tour(carnet))
        # Un visiteur qui s'en va n'emporte pas la page des autres.
        return await asyncio.shield(self._executions[nom])

    async def _a_son_tour(self, carnet: Carnet) -> list[str]:
        async with self._tour:
            lancee, self._lancee = self._lancee, None
            lancee = lancee or lancer(self._chemin, carnet.chemin.parent)
            return _FRAGMENT.split(await asyncio.to_thread(executer, carnet, lancee))


def _ecrite(publication: Path) -> int:
    """Quand une publication a été écrite ; 0 si elle n'est plus là."""
    try:
        return (publication / "manifeste.json").stat().st_mtime_ns
    except OSError:
        return 0
