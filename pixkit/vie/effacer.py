"""Étage 4 — effacer un élève de ce que pixkit garde, et dire ce que les fichiers bruts en disent
encore : ils se corrigent dans Pix Orga ou dans SIECLE, puis se refont."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pixkit.appariement.noms import mots
from pixkit.charte import accord
from pixkit.ecole import Ecole
from pixkit.ecriture_sure import en_mots, verrou
from pixkit.erreurs import ErreurPixkit
from pixkit.grilles import Morceau, octets_du_fichier, ouvrir
from pixkit.lecture.dossier import fichiers_nommes
from pixkit.memoire import MEMOIRES, chemin_memoire, ecrire_memoire, lire_memoire, originaux
from pixkit.publication.memoire import NOM, ecrire_publications, lire_publications
from pixkit.publication.population import noms_portes
from pixkit.tables import PARTICIPATION
from pixkit.vie.eleve import Personne, certifications_de_tous

_PIX_ORGA = (
    "dans Pix Orga, retirez le participant de la campagne, puis refaites l'export et remplacez ce "
    "fichier"
)
_LISTE = (
    "corrigez la source (SIECLE, FREGATA, l'ENT), puis refaites la liste et remplacez ce fichier"
)
_OU = {
    "evaluation": _PIX_ORGA,
    "collecte": _PIX_ORGA,
    "certification": "Pix garde les certifications : demandez-le à Pix par Pix Orga, puis refaites "
    "l'export",
    "siecle": "corrigez la base élèves dans SIECLE, puis refaites « élèves sans adresses »",
    "fregata": "corrigez l'élève dans FREGATA, puis refaites l'export",
}
"""{nature d'un fichier: où s'y efface un élève}"""


@dataclass(frozen=True)
class Reste:
    """Un fichier brut qui nomme encore l'élève, ses `lignes` (aucune dans un XML), et `ou`
    l'effacer."""

    fichier: str
    lignes: list[int]
    ou: str

    def en_mots(self) -> str:
        dites = ", ".join(map(str, self.lignes))
        lignes = f", {'ligne' if len(self.lignes) == 1 else 'lignes'} {dites}" if dites else ""
        return f"{self.fichier}{lignes} : {self.ou}."


def effacer(ecole: Ecole, personne: Personne) -> list[str]:
    """Efface l'élève de chaque `pixkit_*` du dossier ; dit ce qui l'a été, une phrase par fichier.

    Les sommes publiées restent, sans plus rien qui mène à lui. Lève EcritureImpossible.
    """
    with verrou(ecole.dossier):
        return [
            *_des_memoires(ecole.dossier, personne),
            *_des_publications(ecole, personne),
            *_des_originaux(ecole.dossier),
        ]


def _des_memoires(dossier: Path, personne: Personne) -> Iterator[str]:
    for nom in MEMOIRES:
        lues = lire_memoire(dossier, nom)
        restent = [ligne for ligne in lues if not personne.est_dans(ligne)]
        if len(restent) < len(lues):
            ecrire_memoire(dossier, nom, restent)
            nombre = accord(len(lues) - len(restent), "ligne effacée", "lignes effacées")
            yield f"{chemin_memoire(dossier, nom).name} : {nombre}."


def _des_publications(ecole: Ecole, personne: Personne) -> Iterator[str]:
    memoire, avant = lire_publications(ecole.dossier)
    autres = {cle: noms for cle, noms in noms_portes(ecole).items() if cle != personne.eleve}
    memoire.oublier(personne.eleve, personne.noms, autres)
    if avant and memoire.en_json() != avant:
        ecrire_publications(ecole.dossier, memoire)
        yield f"{NOM} : plus rien n'y mène à lui ; les sommes publiées restent, sans personne."


def _des_originaux(dossier: Path) -> Iterator[str]:
    """Une mémoire gardée dans son ancien format nomme peut-être l'élève : elle a fait son temps."""
    for chemin in originaux(dossier):
        with en_mots(chemin.name, "un fichier que vous pouvez effacer.", "effacez-le vous-même."):
            chemin.unlink()
        yield f"{chemin.name} : effacé (l'original d'un ancien format)."


def restes(ecole: Ecole, personne: Personne) -> list[Reste]:
    """Ce que les fichiers bruts disent encore de lui : chaque ligne qui porte sa clé, ou son nom
    sans être celle d'un autre."""
    lues = (ecole.tables.eleves, ecole.participations, certifications_de_tous(ecole))
    siennes: dict[str, set[int]] = {}
    aux_autres: set[tuple[str, int]] = set()
    for table in lues:
        for fichier, ligne, eleve in table[[*PARTICIPATION, "eleve"]].itertuples(index=False):
            if eleve == personne.eleve:
                siennes.setdefault(fichier, set()).add(ligne)
            else:
                aux_autres.add((fichier, ligne))
    for morceau in _morceaux(ecole):
        for ligne in _lignes_qui_nomment(morceau, personne):
            if (morceau.fichier, ligne) not in aux_autres:
                siennes.setdefault(morceau.fichier, set()).add(ligne)
    natures = ecole.tables.fichiers.set_index("fichier")["nature"].to_dict()
    return [
        Reste(fichier, sorted(lignes - {0}), _OU.get(natures.get(fichier), _LISTE))
        for fichier, lignes in sorted(siennes.items())
    ]


def _morceaux(ecole: Ecole) -> Iterator[Morceau]:
    for fichier, chemin in fichiers_nommes(ecole.dossier).items() if ecole.dossier else ():
        try:
            yield from ouvrir(octets_du_fichier(chemin), fichier)
        except (ErreurPixkit, OSError):
            continue  # le compte rendu l'a dit : il ne se lit pas


def _lignes_qui_nomment(morceau: Morceau, personne: Personne) -> Iterator[int]:
    """Les lignes d'une feuille où se lisent sa clé, ou tous les mots d'un de ses noms ; 0 : un XML
    qui porte sa clé."""
    if morceau.feuille is None:
        if personne.eleve.encode() in (morceau.xml or b""):
            yield 0
        return
    voulus = [set(nom.split()) for nom in personne.noms if " " in nom]
    grille = morceau.feuille.sous(0)
    for numero, cellules in zip(grille.numeros, grille.lignes(), strict=True):
        textes = [texte for texte in cellules.values() if texte]
        if personne.eleve in textes:
            yield int(numero)
            continue
        dits = set(mots(" ".join(textes)))
        if any(voulu <= dits for voulu in voulus):
            yield int(numero)
