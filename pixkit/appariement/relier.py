"""Relier chaque nom de Pix à un élève de la liste : du plus net au moins net, et jamais seul quand deux élèves se valent.

Un « nom » est ici un nom saisi, dans une classe, une année et un établissement : il peut avoir participé à plusieurs
campagnes. Dans une campagne, un élève n'est relié qu'à un nom. L'ordre des fichiers et des lignes ne change rien.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from pixkit.appariement.candidats import Candidat, Liste, listes_possibles
from pixkit.appariement.decisions import HORS, REFUSE, Decision
from pixkit.appariement.noms import Mots, mots
from pixkit.referentiel import normaliser
from pixkit.tables import CERTITUDES

APPARIEMENTS = ("fichier", "ligne", "eleve", "certitude", "raison")
SANS_LISTE = "pas de liste d'élèves pour cet établissement"
NET = 0.35
"""Coût jusqu'auquel un lien est sûr : les mêmes mots, peut-être rangés autrement."""
PROBABLE = {"meme": 3.0, "inconnue": 2.25, "autre": NET}
"""Coût jusqu'auquel un lien est probable, selon ce que la classe en dit."""
POSSIBLE = 4.75
"""Coût jusqu'auquel un élève est proposé à une personne."""
MARGES = {"sure": 0.5, "probable": 1.0}
"""De combien le deuxième élève possible doit être moins ressemblant."""
_PALIERS = (NET, 1.0, 1.75, 2.5, 3.0)


@dataclass
class Nom:
    """Un nom saisi dans Pix et ce qu'on en a conclu."""

    organisation: str
    annee_scolaire: str
    nom: str
    prenom: str
    classe: str
    precision: str
    campagnes: set[str] = field(default_factory=set)
    numeros: set[str] = field(default_factory=set)
    rangs: list[int] = field(default_factory=list)
    candidats: list[Candidat] = field(default_factory=list)
    egaux: list[str] = field(default_factory=list)  # élèves entre qui une personne doit choisir
    eleve: str | None = None
    certitude: str = "aucune"
    raison: str = "aucun élève de la liste ne porte un nom proche"
    decide: bool = False

    @property
    def mots_nom(self) -> Mots:
        return mots(self.nom)

    @property
    def mots_prenom(self) -> Mots:
        return mots(self.prenom)

    def cle(self) -> tuple[str, ...]:
        textes = (self.organisation, self.annee_scolaire, normaliser(self.nom), normaliser(self.prenom), normaliser(self.classe))
        return (*textes, self.precision)

    def conclure(self, eleve: str | None, certitude: str, raison: str) -> None:
        self.eleve, self.certitude, self.raison = eleve, certitude, raison


@dataclass(frozen=True)
class Appariement:
    """`appariements` : une ligne par participation (APPARIEMENTS) ; `noms` : de quoi arbitrer.

    `doutes` : une ligne par participation douteuse × élève possible (`fichier`, `ligne`, `eleve`, `homonymes`).
    """

    appariements: pd.DataFrame
    noms: list[Nom]
    doutes: pd.DataFrame

    def _repr_html_(self) -> str:
        return (
            self.appariements["certitude"].value_counts().reindex(CERTITUDES, fill_value=0).to_frame("participations").to_html()
        )


def apparier(participations: pd.DataFrame, eleves: pd.DataFrame, *, decisions: Iterable[Decision] = ()) -> Appariement:
    """Donne à chaque participation un élève de la liste, une certitude (`sure`, `probable`, `douteuse`, `aucune`), une raison.

    `eleve` d'un lien `douteuse` est l'élève le plus ressemblant, vide quand plusieurs se valent : à une personne de dire.
    """
    noms = _noms(participations)
    decisions = list(decisions)
    groupes: dict[tuple[str, str], list[Nom]] = defaultdict(list)
    for nom in noms:
        groupes[nom.organisation, nom.annee_scolaire].append(nom)
    for groupe in groupes.values():
        liste = listes_possibles(groupe, eleves)
        if liste is None:
            for nom in groupe:
                nom.raison = SANS_LISTE
        _decider(groupe, decisions, liste)
        if liste is not None:
            _relier([nom for nom in groupe if not nom.decide], liste, [nom for nom in groupe if nom.decide])
    return Appariement(_table(participations, noms), noms, _doutes(participations, noms))


def _noms(participations: pd.DataFrame) -> list[Nom]:
    colonnes = ["organisation", "annee_scolaire", "nom", "prenom", "classe", "groupe", "campagne", "eleve", "numero_etudiant",
                "identifiant_externe"]  # fmt: skip
    textes = participations[colonnes].fillna("").astype("object")
    personnes: dict[tuple, set[str]] = defaultdict(set)
    lignes = list(textes.itertuples(index=False))
    for ligne in lignes:
        personnes[_ecrit(ligne)].add(ligne.eleve)
    dates = participations["date_debut"].fillna(participations["date_envoi"]).dt.strftime("%d/%m/%Y %H:%M").fillna("")
    noms: dict[tuple, Nom] = {}
    for rang, (ligne, quand) in enumerate(zip(lignes, dates, strict=True)):
        # Des homonymes numérotés par leurs dates dans une campagne ne se retrouvent pas d'une campagne à l'autre.
        homonymes = len(personnes[_ecrit(ligne)]) > 1
        cle = (*_ecrit(ligne), ligne.eleve, ligne.campagne if homonymes else "")
        precision = f"{ligne.campagne} {quand}" if homonymes else ""
        nom = noms.setdefault(cle, Nom(*ligne[:4], ligne.classe or ligne.groupe, precision))
        nom.precision = min(nom.precision, precision)
        nom.campagnes.add(ligne.campagne)
        nom.numeros |= {ligne.numero_etudiant, ligne.identifiant_externe} - {""}
        nom.rangs.append(rang)
    return sorted(noms.values(), key=Nom.cle)


def _ecrit(ligne) -> tuple[str, ...]:
    return (ligne.organisation, ligne.annee_scolaire, *map(normaliser, (ligne.nom, ligne.prenom, ligne.classe or ligne.groupe)))


# — Ce que des personnes ont décidé —


def _decider(noms: list[Nom], decisions: list[Decision], liste: Liste | None) -> None:
    par_nom: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for decision in decisions:
        par_nom[normaliser(decision.nom), normaliser(decision.prenom)].append(decision)
    for nom in noms if par_nom else ():
        for decision in par_nom[normaliser(nom.nom), normaliser(nom.prenom)]:
            if decision.decision == REFUSE or not _s_applique(decision, nom, liste):
                continue
            if decision.decision == HORS:
                nom.conclure(None, "aucune", f"hors établissement ({decision.en_mots()})")
                nom.decide = True
            elif liste is not None and liste.retrouver(decision.eleve):
                nom.conclure(liste.retrouver(decision.eleve), "sure", f"choisi par une personne ({decision.en_mots()})")
                nom.decide = True
        if liste is not None:
            liste.refus[id(nom)] = {
                liste.retrouver(d.eleve)
                for d in par_nom[normaliser(nom.nom), normaliser(nom.prenom)]
                if d.decision == REFUSE and _s_applique(d, nom, liste)
            }


def _s_applique(decision: Decision, nom: Nom, liste: Liste | None) -> bool:
    """Une décision vaut pour le même nom au même endroit, et l'année d'après là où l'élève est alors."""
    if decision.precision:
        return decision.precision == nom.precision
    meme_annee, meme_classe = decision.annee_scolaire == nom.annee_scolaire, normaliser(decision.classe) == normaliser(nom.classe)
    if meme_annee and meme_classe:
        return True
    if decision.decision == HORS:
        return not meme_annee or not decision.classe or not nom.classe
    classe = liste.classe(liste.retrouver(decision.eleve)) if liste is not None else ""
    return not nom.classe or not classe or classe == normaliser(nom.classe)


# — Ce que le calcul propose —


def _relier(libres: list[Nom], liste: Liste, decides: list[Nom]) -> None:
    pris: dict[str, set[str]] = defaultdict(set)  # élève → campagnes où un nom lui est déjà relié
    for nom in decides:
        if nom.eleve:
            pris[nom.eleve] |= nom.campagnes
    liste.proposer(libres, POSSIBLE)
    for palier in _PALIERS:
        reste = True
        while reste:
            reste = _un_tour(libres, liste, pris, palier)
            libres = [nom for nom in libres if nom.eleve is None]
    for nom in libres:
        _laisser_au_banc(nom, pris)


def _un_tour(noms: list[Nom], liste: Liste, pris: dict[str, set[str]], palier: float) -> bool:
    """Relie les noms dont le meilleur élève libre est à `palier` au plus, et que nul autre nom ne dispute."""
    demandes: dict[str, list[tuple[float, Nom]]] = defaultdict(list)
    for nom in noms:
        possibles = _possibles(nom, pris)
        if possibles and possibles[0].cout <= palier:
            demandes[possibles[0].eleve].append((possibles[0].cout, nom))
    relie = False
    for eleve, rivaux in demandes.items():
        for nom in _gagnants(rivaux):
            possibles = _possibles(nom, pris)
            meilleur, certitude = possibles[0], _certitude(nom, possibles, liste)
            if certitude:
                raison = meilleur.raison
                if len(rivaux) > 1 and all(autre.precision for _, autre in rivaux):
                    if meilleur.classe == "inconnue":
                        continue  # sans classe, l'un des deux peut ne pas être d'ici
                    certitude, raison = "probable", f"{raison} ; plusieurs participations de ce nom, un seul élève le porte"
                nom.conclure(eleve, certitude, raison)
                relie = True
        for _, nom in rivaux:
            if nom.eleve == eleve:
                pris[eleve] |= nom.campagnes
    return relie


def _possibles(nom: Nom, pris: dict[str, set[str]]) -> list[Candidat]:
    return [candidat for candidat in nom.candidats if not pris[candidat.eleve] & nom.campagnes]


def _gagnants(rivaux: Sequence[tuple[float, Nom]]) -> list[Nom]:
    """Les noms à qui revient un élève que plusieurs demandent : un seul par campagne, nettement plus ressemblant."""
    gagnants = []
    for cout, nom in rivaux:
        autres = [(c, autre) for c, autre in rivaux if autre is not nom and autre.campagnes & nom.campagnes]
        meme_nom = [autre for _, autre in autres if autre.cle()[:-1] == nom.cle()[:-1]]
        if len(meme_nom) == len(autres) or all(cout + MARGES["probable"] <= c for c, _ in autres):
            gagnants.append(nom)
    return gagnants


def _certitude(nom: Nom, possibles: list[Candidat], liste: Liste) -> str | None:
    """« sure », « probable », ou None : à une personne de décider."""
    meilleur, suivants = possibles[0], possibles[1:]
    marge = min((autre.cout for autre in suivants), default=POSSIBLE * 2) - meilleur.cout
    if meilleur.ecart > NET and any(autre.eleve in liste.jumeaux(meilleur.eleve) for autre in suivants):
        return None
    if meilleur.ecart <= NET and meilleur.classe != "autre" and marge >= MARGES["sure"]:
        return "sure"
    if meilleur.classe == "autre" and not liste.nom_rare(nom):
        return None
    return "probable" if meilleur.ecart <= PROBABLE[meilleur.classe] and marge >= MARGES["probable"] else None


def _laisser_au_banc(nom: Nom, pris: dict[str, set[str]]) -> None:
    if not nom.candidats:
        return
    possibles = _possibles(nom, pris)
    if not possibles:
        nom.egaux = [nom.candidats[0].eleve]
        nom.conclure(nom.candidats[0].eleve, "douteuse",
                     f"{nom.candidats[0].raison}, mais cet élève est déjà relié à un autre nom dans cette campagne")  # fmt: skip
        return
    meilleur = possibles[0]
    egaux = [autre for autre in possibles if autre.cout - meilleur.cout < MARGES["sure"]]
    nom.egaux = [candidat.eleve for candidat in egaux]
    if len(egaux) == 1:
        nom.conclure(meilleur.eleve, "douteuse", meilleur.raison)
    elif all(autre.ecart <= NET for autre in egaux):
        nom.conclure(None, "douteuse", f"homonymes : {len(egaux)} élèves de la liste portent ce nom")
    else:
        nom.conclure(None, "douteuse", f"{len(egaux)} élèves possibles ; le premier : {meilleur.raison}")


def _doutes(participations: pd.DataFrame, noms: list[Nom]) -> pd.DataFrame:
    places = participations[["fichier", "ligne"]].to_numpy()
    lignes = [
        (*places[rang], eleve, nom.raison.startswith("homonymes"))
        for nom in noms
        if nom.certitude == "douteuse"
        for rang in nom.rangs
        for eleve in nom.egaux
    ]
    table = pd.DataFrame(lignes, columns=["fichier", "ligne", "eleve", "homonymes"])
    return table.astype({"fichier": "str", "ligne": participations["ligne"].dtype, "eleve": "str", "homonymes": bool})


def _table(participations: pd.DataFrame, noms: list[Nom]) -> pd.DataFrame:
    table = participations[["fichier", "ligne"]].reset_index(drop=True)
    conclusions = [Nom("", "", "", "", "", "")] * len(table)
    for nom in noms:
        for rang in nom.rangs:
            conclusions[rang] = nom
    table = table.assign(
        eleve=pd.array([nom.eleve for nom in conclusions], dtype="str"),
        certitude=pd.array([nom.certitude for nom in conclusions], dtype="str"),
        raison=pd.array([nom.raison for nom in conclusions], dtype="str"),
    )
    return table.sort_values(["fichier", "ligne"], ignore_index=True)[list(APPARIEMENTS)]
