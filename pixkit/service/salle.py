"""Étage 0, à part — une publication ouverte : ses pages, exécutées une fois, restent en mémoire."""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from markupsafe import Markup

from pixkit.erreurs import ErreurPixkit
from pixkit.gabarits import rendre
from pixkit.service.carnets import Carnet, executer
from pixkit.service.lecteur import TOUS_LES_PUBLICS, Publication, refuser_retiree

_FRAGMENT = re.compile(r"<!-- pixkit (\w+) -->.*?<!-- /pixkit -->\n?", re.DOTALL)
"""Ce que dessine fragment.html.j2, et le public qui le regarde."""


class Salle:
    """Une publication telle qu'elle est, et ses carnets ; `tour` borne ceux qui s'exécutent."""

    def __init__(self, chemin: Path, carnets: dict[str, Carnet], tour: asyncio.Semaphore):
        self._chemin, self._tous, self._tour = chemin, carnets, tour
        self._ecrite = _ecrite(chemin)
        self._executions: dict[str, asyncio.Task[list[str]]] = {}
        self._refus: ErreurPixkit | None = None
        try:
            self._publication = Publication(chemin)
        except ErreurPixkit as erreur:
            self._refus = erreur

    @property
    def etablissement(self) -> str:
        """Son nom ; vide si la publication ne se lit pas."""
        return "" if self._refus else self._publication.manifeste["etablissement"]

    @property
    def carnets(self) -> dict[str, Carnet]:
        """Ceux des publics à qui cette publication s'adresse, et ceux que l'on a ajoutés."""
        if self._refus:
            return self._tous
        ailleurs = {*TOUS_LES_PUBLICS} - {*self._publication.publics}
        return {nom: carnet for nom, carnet in self._tous.items() if nom not in ailleurs}

    async def suivante(self) -> "Salle":
        """Elle-même ; si la publication a changé, une autre, prête à montrer les mêmes pages."""
        if _ecrite(self._chemin) == self._ecrite:
            return self
        autre = Salle(self._chemin, self._tous, self._tour)
        await autre.preparer(self._executions)
        return autre

    async def preparer(self, noms: Mapping) -> None:
        """Exécute ces pages d'avance ; une qui échoue se réessaie quand on la demande.

        Une à la fois : l'autre place est à la page que le premier visiteur demande.
        """
        for nom in () if self._refus else noms:
            await asyncio.wait([asyncio.ensure_future(self._executer(nom))])

    async def page(self, nom: str, voulu: Mapping[str, str], **donnees) -> str:
        """Le HTML d'une page, dans l'état le plus proche de ce que veut l'adresse."""
        morceaux = list(await self._executer(nom))
        morceaux[1::2] = [self._fragment(public, voulu) for public in morceaux[1::2]]
        titre, corps = self.carnets[nom].titre, Markup("".join(morceaux))
        return rendre("tableau.html.j2", titre=titre, corps=corps, **self._entete(), **donnees)

    async def fragments(self, nom: str, voulu: Mapping[str, str]) -> str:
        """Ce qui change d'une page quand on y choisit."""
        publics = (await self._executer(nom))[1::2]
        return "".join(self._fragment(public, voulu) for public in publics)

    def sommaire(self, base: str) -> str:
        """Le HTML de la liste des pages qui ont quelque chose à montrer."""
        entete = self._entete()
        liens = {base + nom: une for nom, une in self.carnets.items() if self._montre(nom)}
        return rendre("sommaire.html.j2", liens=liens, base=base, **entete)

    def _montre(self, nom: str) -> bool:
        """Cette page a-t-elle quelque chose à dire, fût-ce pourquoi elle ne se lit pas ?"""
        try:
            return nom not in TOUS_LES_PUBLICS or bool(self._publication.audience(nom).etats)
        except ErreurPixkit:
            return True

    def _entete(self) -> dict[str, str | bool]:
        if self._refus:
            raise self._refus
        if _ecrite(self._chemin) != self._ecrite:  # un retrait n'attend pas la prochaine ronde
            with suppress(OSError, ValueError):
                refuser_retiree(json.loads((self._chemin / "manifeste.json").read_bytes()))
        return self._publication.entete()

    def _fragment(self, public: str, voulu: Mapping[str, str]) -> str:
        try:
            audience = self._publication.audience(public)
            return self._publication.fragment(audience, audience.etat(voulu))
        except ErreurPixkit as erreur:
            return rendre("alerte.html.j2", erreur=erreur)

    async def _executer(self, nom: str) -> list[str]:
        """Les cellules d'une page, celles de la première fois : du HTML, un public, du HTML…"""
        self._entete()
        faite = self._executions.get(nom)
        if not faite or (faite.done() and (faite.cancelled() or faite.exception())):
            self._executions[nom] = asyncio.ensure_future(self._a_son_tour(nom))
        # Un visiteur qui s'en va n'emporte pas la page des autres.
        return await asyncio.shield(self._executions[nom])

    async def _a_son_tour(self, nom: str) -> list[str]:
        async with self._tour:
            return _FRAGMENT.split(await executer(self.carnets[nom].chemin, self._chemin))


def _ecrite(publication: Path) -> int:
    """Quand une publication a été écrite ; 0 si elle n'est plus là."""
    try:
        return (publication / "manifeste.json").stat().st_mtime_ns
    except OSError:
        return 0
