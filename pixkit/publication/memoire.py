"""Étage 4 — la mémoire de ce qui a été publié : des atomes, et de quoi reconnaître qui y compte.

Elle reste dans le dossier, sans un nom ni le résultat de personne : des numéros, des sommes et des
empreintes salées. Elle s'efface avec les données dont elle parle.
"""

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

from pixkit.ecriture_sure import ecrire_d_un_coup
from pixkit.erreurs import FichierIllisible
from pixkit.memoire import PREFIXE, garder_original, refuser_plus_recent
from pixkit.publication.atomes import Atome, Contribution, personnes

Notes = dict[str, tuple[int, int]]
"""{compétence: (somme, sur)} d'un envoi : des acquis maîtrisés sur visés, ou un niveau sur 8."""
NOM = f"{PREFIXE}publications.json"
FORMAT = 2
ATTENDUS, OUI = "attendus", "oui"
"""Ce qui se compte sur la liste, oui ou non : a envoyé, est certifié."""
ETAPES = ("termine", "commence")
"""Ce qu'il faut avoir fait pour envoyer (être présent, inscrit à la certification)."""
CERTIFIABLES, SOUS_OBJECTIF, AU_NIVEAU = PARTS = ("certifiables", "sous_objectif", "au_niveau")
"""Des parts de ceux qui ont envoyé (d'élèves certifiés, pour le niveau attendu)."""


@dataclass
class Groupe:
    """Une classe dans une campagne, telles qu'elles furent comptées la première fois (`racine`) ;
    `nom` : (campagne, niveau scolaire, classe) sous lequel elle fut montrée la dernière fois.

    `cellules` {ce qui est compté : atomes publiés}, `sorties` {…: ceux qui ne le sont plus}.
    """

    racine: str
    nom: list[str]
    annee_scolaire: str
    cellules: dict[str, list[Atome]] = field(default_factory=dict)
    sorties: dict[str, list[Atome]] = field(default_factory=dict)

    @property
    def attendus(self) -> list[Atome]:
        return self.cellules.get(ATTENDUS, [])

    @property
    def oui(self) -> list[Atome]:
        return self.cellules.get(OUI, [])

    @property
    def atomes(self) -> list[Atome]:
        return [atome for atomes in self.cellules.values() for atome in atomes]

    @property
    def gens(self) -> set[int]:
        """Les numéros de ceux qui y comptent, ou y ont compté."""
        return personnes(chain(self.atomes, *self.sorties.values()))

    @property
    def promis(self) -> int:
        """Le plus grand effectif minimum jamais promis à ceux qui y comptent."""
        return max((atome.promis for atome in self.atomes), default=0)

    def changer(self, atome: Callable[[Any], Atome]) -> None:
        """Change chacun de ses atomes, publiés ou non."""
        for cellules in (self.cellules, self.sorties):
            cellules |= {quoi: list(map(atome, tous)) for quoi, tous in cellules.items()}


@dataclass
class Memoire:
    """`personnes` {empreinte d'un nom ou d'une clé: numéro}, `envois` {empreinte d'un envoi:
    [numéro, racine]…}, `campagnes` {code: racine}, `publications` (publiee_le, empreinte)."""

    sel: str = field(default_factory=lambda: secrets.token_hex(16))
    personnes: dict[str, int] = field(default_factory=dict)
    envois: dict[str, list[list]] = field(default_factory=dict)
    campagnes: dict[str, str] = field(default_factory=dict)
    groupes: list[Groupe] = field(default_factory=list)
    publications: list[dict[str, str]] = field(default_factory=list)

    def empreinte(self, *textes: object) -> str:
        """Six octets : assez pour reconnaître, sous un sel qui ne sort pas du dossier."""
        texte = "\x1f".join(map(str, textes)).encode()
        return blake2b(texte, digest_size=6, key=self.sel.encode()).hexdigest()

    def retenir_envoi(self, qui: int, racine: str, notes: Notes, quand: str) -> None:
        """Garde de quoi reconnaître cet envoi quand son nom ou sa campagne auront changé."""
        siens = self.envois.setdefault(self.empreinte(quand, sorted(notes.items())), [])
        if notes and [qui, racine] not in siens:
            siens.append([qui, racine])

    @property
    def suivant(self) -> int:
        """Un numéro que personne n'a, ni n'a eu : celui d'un élève effacé compte toujours."""
        pris = chain(self.personnes.values(), *(groupe.gens for groupe in self.groupes))
        return max(pris, default=-1) + 1

    def indices(self, cle: str, noms: Iterable[str]) -> set[str]:
        """Les empreintes sous lesquelles quelqu'un est connu : sa clé, ses noms."""
        return {self.empreinte("cle", cle), *(self.empreinte("nom", nom) for nom in noms)}

    def numeros(self, cle: str, noms: Iterable[str]) -> set[int]:
        """Les numéros de cet élève ; plusieurs quand rien ne les a encore réunis."""
        connus = self.indices(cle, noms) & self.personnes.keys()
        return {self.personnes[indice] for indice in connus}

    def oublier(self, cle: str, noms: Iterable[str], autres: Mapping[str, Collection[str]]) -> None:
        """Plus rien ne mène à cet élève : ni empreinte de son nom, ni de ses envois.

        Ce qu'il a compté reste compté, sous un numéro qui n'est plus celui de personne. Un numéro
        partagé avec l'un des `autres` {clé: noms}, son homonyme, reste le sien.
        """
        siennes = self.indices(cle, noms := list(noms))
        d_autrui = set().union(*(self.indices(une, portes) for une, portes in autres.items()))
        partages = {self.personnes[un] for un in d_autrui & self.personnes.keys()}
        seuls = self.numeros(cle, noms) - partages
        self.personnes = {
            indice: qui
            for indice, qui in self.personnes.items()
            if qui not in seuls and indice not in siennes - d_autrui
        }
        self._garder_les_envois(lambda vu: vu[0] not in seuls)
        for groupe in self.groupes:
            groupe.changer(lambda atome: atome.anonyme(seuls))

    def purger(self, racines: Collection[str]) -> None:
        """Oublie tout ce qui n'est pas de ces campagnes : la mémoire s'efface avec les données."""
        self.groupes = [groupe for groupe in self.groupes if groupe.racine in racines]
        self.campagnes = {code: une for code, une in self.campagnes.items() if une in racines}
        self._garder_les_envois(lambda vu: vu[1] in racines)
        gens = {vu[0] for vus in self.envois.values() for vu in vus}
        for groupe in self.groupes:
            gens |= groupe.gens
        self.personnes = {indice: qui for indice, qui in self.personnes.items() if qui in gens}

    def _garder_les_envois(self, voulu: Callable[[list], bool]) -> None:
        gardes = {empreinte: [*filter(voulu, vus)] for empreinte, vus in self.envois.items()}
        self.envois = {empreinte: vus for empreinte, vus in gardes.items() if vus}

    def en_json(self) -> bytes:
        return json.dumps(
            {"format": FORMAT} | asdict(self), ensure_ascii=False, separators=(",", ":")
        ).encode()

    @classmethod
    def de_json(cls, octets: bytes) -> "Memoire":
        """Relit `en_json`, ou une mémoire de la première version. Lève ValueError, KeyError…"""
        lu = json.loads(octets)
        if "photos" in lu:
            return convertir(lu["photos"])
        if lu.pop("format") != FORMAT:
            raise ValueError("un format inconnu")
        if {nom: type(dit) for nom, dit in lu.items()} != _GENRES:  # sans sel, nul n'est reconnu
            raise ValueError("des champs absents, ou d'un autre genre")
        groupes = [Groupe(**groupe) for groupe in lu.pop("groupes")]
        for groupe in groupes:
            groupe.changer(_atome)
        return cls(groupes=groupes, **lu)


_GENRES = {nom: type(dit) for nom, dit in asdict(Memoire()).items()}


def _atome(lu: dict[str, Any]) -> Atome:
    return Atome(**lu | {"contributions": {int(q): c for q, c in lu["contributions"].items()}})


def lire_publications(dossier: str | Path) -> tuple[Memoire, bytes]:
    """La mémoire d'un dossier et ses octets ; vides s'il n'a rien publié. Lève FichierIllisible,
    ou EcritureImpossible si une mémoire de la première version ne peut pas se convertir."""
    chemin = Path(dossier) / NOM
    if not chemin.exists():
        return Memoire(), b""
    try:
        octets = chemin.read_bytes()
        lu = json.loads(octets)
        refuser_plus_recent(NOM, 1 if "photos" in lu else lu["format"], FORMAT)
        memoire = Memoire.de_json(octets)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as erreur:
        raise FichierIllisible(
            f"« {NOM} », qui ne se lit pas.",
            "la mémoire de ce qui a déjà été publié, telle que pixkit l'a écrite.",
            "reprenez-la d'une sauvegarde ; sans elle, deux publications comparées pourraient "
            "parler d'un seul élève.",
        ) from erreur
    if "photos" in lu:  # la première version : convertie une fois, l'original à côté
        garder_original(chemin, FORMAT)
        ecrire_publications(dossier, memoire)
        octets = memoire.en_json()
    return memoire, octets


def ecrire_publications(dossier: str | Path, memoire: Memoire) -> None:
    """Réécrit la mémoire d'un coup. Lève EcritureImpossible."""
    ecrire_d_un_coup(
        Path(dossier) / NOM,
        memoire.en_json(),
        attendu="un dossier où garder ce qui est publié : c'est ce qui protège la publication "
        "suivante.",
        que_faire="rendez ce dossier modifiable, puis recommencez ; rien n'a été publié.",
    )


# — Les mémoires de la première version : une photographie de chaque classe publiée —


def convertir(photos: list[dict]) -> Memoire:
    """Des photographies aux atomes : les contributions vues dans les mêmes photographies.

    Une photographie {élève: [envoi, certifiable, [[compétence, acquis, maîtrisés, niveau]…]]}.
    """
    memoire = Memoire()
    for cle in sorted({cle for photo in photos for cle in photo["eleves"]}):
        memoire.personnes[memoire.empreinte("cle", cle)] = len(memoire.personnes)
    groupes = {}
    for photo in photos:
        nom = [photo["campagne"], photo["niveau_scolaire"] or "", photo["classe"]]
        groupes[photo["campagne"], photo["classe"]] = Groupe(photo["campagne"], nom, "")
        memoire.campagnes[photo["campagne"]] = photo["campagne"]
    derniers = {(photo["campagne"], photo["classe"]): rang for rang, photo in enumerate(photos)}
    vues: dict[tuple, list[int]] = {}
    for rang, photo in enumerate(photos):
        for vue in _contributions(memoire, photo):
            vues.setdefault(vue, []).append(rang)
    ensembles: dict[tuple, list[Contribution]] = {}
    for (quoi, contribution), rangs in vues.items():
        ensembles.setdefault((quoi, *rangs), []).append(contribution)
    for (quoi, *rangs), siennes in ensembles.items():
        photo = photos[rangs[-1]]
        lieu = photo["campagne"], photo["classe"]
        la = groupes[lieu].cellules if derniers[lieu] == rangs[-1] else groupes[lieu].sorties
        promis = max(photos[rang]["effectif_min"] for rang in rangs)
        la.setdefault(quoi, []).append(Atome.de(siennes, promis))
    memoire.groupes = list(groupes.values())
    return memoire


def _contributions(memoire: Memoire, photo: dict) -> Iterable[tuple[str, Contribution]]:
    """(ce qui est compté, contribution) des cellules qu'une photographie a fait publier."""
    racine, minimum = photo["campagne"], photo["effectif_min"]
    cellules: dict[str, list[Contribution]] = {}
    for cle, (envoye, certifiable, resultats) in photo["eleves"].items():
        qui = memoire.personnes[memoire.empreinte("cle", cle)]
        notes = {code: (niveau, 8) if acquis is None else (maitrises, acquis)
                 for code, acquis, maitrises, niveau in resultats if envoye}  # fmt: skip
        memoire.retenir_envoi(qui, racine, notes, "")
        if certifiable is not None:
            notes[CERTIFIABLES] = (int(certifiable), 1)
        for quoi, (somme, sur) in notes.items():
            une = Contribution(qui, memoire.empreinte(racine, quoi, somme, sur), somme, sur)
            cellules.setdefault(quoi, []).append(une)
        for quoi in (ATTENDUS, OUI) if envoye else (ATTENDUS,):
            if photo["sur_liste"] and len(photo["eleves"]) >= 2 * minimum - 1:
                cellules.setdefault(quoi, []).append(Contribution(qui, "", 1, 1))
    for quoi, siennes in cellules.items():
        if len(siennes) >= minimum:
            yield from ((quoi, une) for une in siennes)
