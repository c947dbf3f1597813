"""Relier chaque nom de Pix à un élève de la liste : du plus net au moins net, et jamais seul quand
deux élèves se valent. Dans une campagne, un élève n'est relié qu'à un nom. L'ordre des fichiers et
des lignes ne change rien.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pixkit.appariement.candidats import Annuaire, Candidat, annuaire_de, index, proposer
from pixkit.appariement.nom import Nom, noms_certifies, noms_saisis
from pixkit.decisions import HORS, REFUSE, Decision
from pixkit.referentiel import normaliser
from pixkit.tables import CERTITUDES, PARTICIPATION

APPARIEMENTS = [*PARTICIPATION, "eleve", "certitude", "raison"]
SANS_LISTE = "pas de liste d'élèves pour cet établissement"
SANS_NOM = "participation sans nom"
HORS_ETABLISSEMENT = "hors établissement"
"""Le début de la raison d'un nom dont une personne a dit qu'il n'est pas d'ici."""
NET = 0.35
"""Coût jusqu'auquel un lien est sûr : les mêmes mots, peut-être rangés autrement."""
PROBABLE = {"meme": 3.0, "inconnue": 2.25, "autre": NET, "naissance": -1.0}
"""Coût jusqu'auquel un lien est probable, selon ce que la classe en dit ; jamais sous une autre
naissance, à moins qu'une personne le dise."""
POSSIBLE = 4.75
"""Coût jusqu'auquel un élève est proposé à une personne."""
MARGES = {"sure": 0.5, "probable": 1.0}
"""De combien le deuxième élève possible doit être moins ressemblant."""
_PALIERS = (NET, 1.0, 1.75, 2.5, 3.0)


@dataclass(frozen=True)
class Lien:
    """Ce qu'on a conclu d'un nom. `egaux` : les élèves entre qui une personne doit choisir ;
    `decide` : elle l'a fait.
    """

    nom: Nom
    eleve: str | None = None
    certitude: str = "aucune"
    raison: str = "aucun élève de la liste ne porte un nom proche"
    candidats: Sequence[Candidat] = ()
    egaux: Sequence[str] = ()
    decide: bool = False


@dataclass(frozen=True)
class Appariement:
    """`appariements` : une ligne par participation (APPARIEMENTS) ; `liens` : un par nom, de quoi
    arbitrer.

    `doutes` : une ligne par participation douteuse × élève possible (`fichier`, `ligne`, `eleve`,
    `homonymes`).
    """

    appariements: pd.DataFrame
    liens: list[Lien]
    doutes: pd.DataFrame

    def _repr_html_(self) -> str:
        comptes = self.appariements["certitude"].value_counts()
        return comptes.reindex(CERTITUDES, fill_value=0).to_frame("participations").to_html()


def apparier(
    participations: pd.DataFrame, eleves: pd.DataFrame, *, decisions: Iterable[Decision] = ()
) -> Appariement:
    """Donne à chaque participation un élève de la liste, une certitude (`sure`, `probable`,
    `douteuse`, `aucune`), une raison.

    `eleve` d'un lien `douteuse` est l'élève le plus ressemblant, vide quand plusieurs se valent : à
    une personne de dire.
    """
    return _apparier(noms_saisis(participations), participations, eleves, decisions)


def apparier_certifications(
    certifications: pd.DataFrame, eleves: pd.DataFrame, *, decisions: Iterable[Decision] = ()
) -> Appariement:
    """Comme `apparier`, pour une table de certifications : le fichier n'a pas d'INE, mais une date
    de naissance, qui vaut mieux qu'une classe. Une décision prise du même nom y vaut aussi."""
    return _apparier(noms_certifies(certifications), certifications, eleves, decisions)


def _apparier(
    noms: list[Nom], lignes: pd.DataFrame, eleves: pd.DataFrame, decisions: Iterable[Decision]
) -> Appariement:
    prises = index(((normaliser(d.nom), normaliser(d.prenom)), d) for d in decisions)
    conclusions: dict[Nom, Lien] = {}
    for groupe in index(((nom.organisation, nom.annee_scolaire), nom) for nom in noms).values():
        conclusions |= _conclure(groupe, annuaire_de(groupe, eleves), prises)
    liens = [conclusions[nom] for nom in noms]
    return Appariement(_table(lignes, liens), liens, _doutes(lignes, liens))


def _conclure(
    noms: list[Nom], annuaire: Annuaire | None, prises: Mapping[tuple, list[Decision]]
) -> dict[Nom, Lien]:
    """Ce que des personnes ont décidé, puis ce que le calcul propose."""
    valables = {
        nom: [d for d in prises.get(nom.cle[2:4], ()) if _s_applique(d, nom, annuaire)]
        for nom in noms
    }
    liens = {nom: Lien(nom, raison=SANS_NOM) for nom in noms if not any(nom.mots)}
    liens |= {nom: lien for nom in noms if (lien := _decide(nom, valables[nom], annuaire))}
    libres = [nom for nom in noms if nom not in liens]
    if annuaire is None:
        return liens | {nom: Lien(nom, raison=SANS_LISTE) for nom in libres}
    candidats = {
        nom: _sans_refus(siens, valables[nom], annuaire)
        for nom, siens in proposer(libres, annuaire, POSSIBLE).items()
    }
    return _relier(candidats, annuaire, liens)


# — Ce que des personnes ont décidé —


def _decide(nom: Nom, decisions: Sequence[Decision], annuaire: Annuaire | None) -> Lien | None:
    """La dernière décision qui vaut : hors de l'établissement, ou un élève encore dans la liste."""
    lien = None
    for decision in decisions:
        if decision.decision == HORS:
            lien = Lien(nom, raison=f"{HORS_ETABLISSEMENT} ({decision.en_mots()})", decide=True)
        elif (
            decision.decision != REFUSE
            and annuaire is not None
            and annuaire.retrouver(decision.eleve)
        ):
            raison = f"choisi par une personne ({decision.en_mots()})"
            lien = Lien(nom, annuaire.retrouver(decision.eleve), "sure", raison, decide=True)
    return lien


def _sans_refus(
    candidats: list[Candidat], decisions: Sequence[Decision], annuaire: Annuaire
) -> list[Candidat]:
    refuses = {annuaire.retrouver(d.eleve) for d in decisions if d.decision == REFUSE}
    return [candidat for candidat in candidats if candidat.eleve not in refuses]


def _s_applique(decision: Decision, nom: Nom, annuaire: Annuaire | None) -> bool:
    """Une décision vaut pour le même nom au même endroit, et l'année d'après où l'élève est."""
    if decision.precision:
        return decision.precision == nom.precision
    meme_annee = decision.annee_scolaire == nom.annee_scolaire
    if meme_annee and normaliser(decision.classe) == nom.cle[4]:
        return True
    if decision.decision == HORS:
        return not meme_annee or not decision.classe or not nom.classe
    classe = annuaire.classe(annuaire.retrouver(decision.eleve)) if annuaire is not None else ""
    return not nom.classe or not classe or classe == nom.cle[4]


# — Ce que le calcul propose —


def _relier(
    candidats: Mapping[Nom, list[Candidat]], annuaire: Annuaire, liens: dict[Nom, Lien]
) -> dict[Nom, Lien]:
    """Ces liens, et ceux que le calcul y ajoute."""
    pris: dict[str | None, set[str]] = defaultdict(set)
    _prendre(liens, pris)
    for palier in _PALIERS:
        while nouveaux := _un_tour(_possibles(candidats, liens, pris), annuaire, palier):
            _prendre(nouveaux, pris)
            liens = liens | nouveaux
    restants = _possibles(candidats, liens, pris)
    return liens | {nom: _au_banc(nom, candidats[nom], siens) for nom, siens in restants.items()}


def _prendre(liens: Mapping[Nom, Lien], pris: dict[str | None, set[str]]) -> None:
    """Retient les campagnes où un nom est déjà relié à chaque élève."""
    for nom, lien in liens.items():
        pris[lien.eleve] |= nom.campagnes


def _possibles(
    candidats: Mapping[Nom, list[Candidat]], liens: Mapping[Nom, Lien], pris: Mapping
) -> dict[Nom, list[Candidat]]:
    """Pour chaque nom sans lien, les élèves qu'aucun autre n'a pris dans ses campagnes."""
    return {
        nom: [candidat for candidat in siens if not pris[candidat.eleve] & nom.campagnes]
        for nom, siens in candidats.items()
        if nom not in liens
    }


def _un_tour(
    possibles: Mapping[Nom, list[Candidat]], annuaire: Annuaire, palier: float
) -> dict[Nom, Lien]:
    """Relie les noms dont le meilleur élève libre est à `palier` au plus, si nul ne le dispute."""
    demandes = index(
        (siens[0].eleve, nom)
        for nom, siens in possibles.items()
        if siens and siens[0].cout <= palier
    )
    essais = (
        _lien(nom, rivaux, possibles[nom], annuaire)
        for rivaux in demandes.values()
        for nom in _gagnants({rival: possibles[rival][0].cout for rival in rivaux})
    )
    return {lien.nom: lien for lien in essais if lien}


def _lien(
    nom: Nom, rivaux: list[Nom], candidats: list[Candidat], annuaire: Annuaire
) -> Lien | None:
    """Le lien avec le premier candidat, si rien n'en fait douter."""
    meilleur, certitude = candidats[0], _certitude(nom, candidats, annuaire)
    raison = meilleur.raison
    if certitude and len(rivaux) > 1 and all(rival.precision for rival in rivaux):
        # Sans classe, l'un des homonymes peut ne pas être d'ici.
        certitude = None if meilleur.classe == "inconnue" else "probable"
        raison = f"{raison} ; plusieurs participations de ce nom, un seul élève le porte"
    return Lien(nom, meilleur.eleve, certitude, raison, candidats) if certitude else None


def _gagnants(couts: Mapping[Nom, float]) -> list[Nom]:
    """Les noms à qui revient un élève que plusieurs demandent : un seul par campagne, nettement
    plus ressemblant.
    """
    gagnants = []
    for nom, cout in couts.items():
        autres = [autre for autre in couts if autre is not nom and autre.campagnes & nom.campagnes]
        if all(autre.cle == nom.cle for autre in autres) or all(
            cout + MARGES["probable"] <= couts[autre] for autre in autres
        ):
            gagnants.append(nom)
    return gagnants


def _certitude(nom: Nom, possibles: list[Candidat], annuaire: Annuaire) -> str | None:
    """« sure », « probable », ou None : à une personne de décider."""
    meilleur, suivants = possibles[0], possibles[1:]
    marge = min((autre.cout for autre in suivants), default=POSSIBLE * 2) - meilleur.cout
    if meilleur.ecart > NET and any(
        autre.eleve in annuaire.jumeaux(meilleur.eleve) for autre in suivants
    ):
        return None
    ailleurs = meilleur.classe in ("autre", "naissance")
    if meilleur.ecart <= NET and not ailleurs and marge >= MARGES["sure"]:
        return "sure"
    if meilleur.classe == "autre" and not annuaire.nom_rare(nom):
        return None
    proche = meilleur.ecart <= PROBABLE[meilleur.classe] and marge >= MARGES["probable"]
    return "probable" if proche else None


def _au_banc(nom: Nom, candidats: list[Candidat], possibles: list[Candidat]) -> Lien:
    """À une personne de dire : un élève peu ressemblant, déjà pris, ou plusieurs qui se valent."""
    if not candidats:
        return Lien(nom)
    if not possibles:
        eleve, deja = candidats[0].eleve, "déjà relié à un autre nom dans cette campagne"
        raison = f"{candidats[0].raison}, mais cet élève est {deja}"
        return Lien(nom, eleve, "douteuse", raison, candidats, [eleve])
    meilleur = possibles[0]
    egaux = [autre for autre in possibles if autre.cout - meilleur.cout < MARGES["sure"]]
    if len(egaux) == 1:
        raison = meilleur.raison
    elif all(autre.ecart <= NET for autre in egaux):
        raison = f"homonymes : {len(egaux)} élèves de la liste portent ce nom"
    else:
        raison = f"{len(egaux)} élèves possibles ; le premier : {meilleur.raison}"
    eleve = meilleur.eleve if len(egaux) == 1 else None
    return Lien(nom, eleve, "douteuse", raison, candidats, [candidat.eleve for candidat in egaux])


# — Les tables —


def _doutes(participations: pd.DataFrame, liens: Sequence[Lien]) -> pd.DataFrame:
    places = participations[PARTICIPATION].to_numpy()
    lignes = [
        (*places[rang], eleve, lien.raison.startswith("homonymes"))
        for lien in liens
        if lien.certitude == "douteuse"
        for rang in lien.nom.rangs
        for eleve in lien.egaux
    ]
    table = pd.DataFrame(lignes, columns=[*PARTICIPATION, "eleve", "homonymes"])
    cle = participations.dtypes[PARTICIPATION].to_dict()
    return table.astype(cle | {"eleve": "str", "homonymes": bool})


def _table(participations: pd.DataFrame, liens: Sequence[Lien]) -> pd.DataFrame:
    du_rang = {rang: lien for lien in liens for rang in lien.nom.rangs}
    conclusions = [du_rang[rang] for rang in range(len(participations))]
    table = participations[PARTICIPATION].reset_index(drop=True)
    for champ in ("eleve", "certitude", "raison"):
        table[champ] = pd.array([getattr(lien, champ) for lien in conclusions], dtype="str")
    return table.sort_values(PARTICIPATION, ignore_index=True)[APPARIEMENTS]
