"""Étage 4 — ce que chaque public peut choisir, et les vues (`dessins.py`) de chaque choix : tout
est dessiné d'avance, une fois."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import pandas as pd

from pixkit.mesures.rapprochement import ordinaires
from pixkit.publication.agregats import Agregats
from pixkit.publication.deductions import moyenne_ponderee, reliefs
from pixkit.publication.dessins import (
    Cotes,
    Dessin,
    comparables,
    dessin_ecarts,
    dessin_ensemble,
    dessin_maitrise,
    dessin_par_domaine,
    dessin_part,
    dessin_participation,
    dessin_profil,
    dessins_angles_morts,
    dessins_cote_a_cote,
    dessins_evolution,
    en_bref,
    reference,
)
from pixkit.publication.evolution import Evolution, evolutions
from pixkit.publication.reponses import (
    Conseil,
    de_l_etablissement,
    de_la_certification,
    de_la_classe,
    du_conseil,
)
from pixkit.referentiel import annee_precedente, domaines, rang_niveau
from pixkit.vues.certifiables import PARTS
from pixkit.vues.conseil import vue_decisions, vue_disciplines, vue_parcours
from pixkit.vues.extremes import vue_extremes
from pixkit.vues.selection import TOUT
from pixkit.vues.vue import libelle

Etats = Iterator[tuple[dict[str, str], list[Dessin]]]
Avancees = list[tuple[Evolution, dict[str, Dessin]]]
"""Deux campagnes, et leur dessin de chaque classe, puis (« ») de toutes réunies."""


@dataclass(frozen=True)
class Tableau:
    """Un tableau de bord : ce qu'un public choisit (`commandes` {nom: libellé}) et ses états."""

    titre: str
    lire: str
    commandes: dict[str, str]
    etats: list[tuple[dict[str, str], list[Dessin]]]

    def valeurs(self, commande: str, campagnes: pd.DataFrame) -> dict[str, str]:
        """{valeur: texte} d'une commande : le nom d'une campagne, le titre d'une page plutôt que
        leur code."""
        noms = dict(zip(campagnes["campagne"], campagnes["nom_campagne"], strict=True))
        noms |= {code: libelle(code) for code in domaines()} | {"": "sans niveau"}
        if commande in ("question", "page", "part"):
            rang = -1 if commande == "part" else 0  # une part s'ouvre sur ce que toutes disent
            noms |= {choix[commande]: dessins[rang].titre for choix, dessins in self.etats}
        valeurs = dict.fromkeys(choix[commande] for choix, _ in self.etats)
        return {valeur: noms.get(valeur) or valeur for valeur in valeurs}


def tableaux_de_bord(agregats: Agregats, conseil: Conseil) -> dict[str, Tableau]:
    """{public: tableau de bord}, les plus récents d'abord."""
    cotes = dessins_cote_a_cote(agregats.maitrise)
    avancees = [(une, dessins_evolution(une)) for une in evolutions(agregats)]
    annee, campagne, niveau = {"annee": "Année"}, {"campagne": "Campagne"}, {"niveau": "Niveau"}
    return {
        "etablissement": Tableau(
            "L'établissement",
            "Qui a envoyé ses résultats, ce que maîtrise chaque classe, ce qu'aucun parcours n'a "
            "testé.",
            annee | {"question": "Question"} | campagne | niveau | {"domaine": "Domaine"},
            list(_etablissement(agregats, avancees)),
        ),
        "conseil_pedagogique": Tableau(
            "Le conseil pédagogique",
            "Une page à la fois, de la participation aux décisions.",
            annee | niveau | campagne | {"page": "Page"},
            list(_conseil(agregats, conseil, cotes, avancees)),
        ),
        "classe": Tableau(
            "Une classe",
            "Ce qui distingue la classe des autres de son niveau, et ce qui n'est peut-être que "
            "du hasard. La publication en dit moins que l'atelier : elle ne connaît que des "
            "sommes.",
            annee | {"classe": "Classe"} | campagne,
            list(_classe(agregats, conseil, cotes, avancees)),
        ),
        "certification": Tableau(
            "La certification",
            "Des taux seulement : qui est certifiable d'après les collectes de profils, qui est "
            "certifié, qui a son attestation de 6e.",
            annee | {"part": "Quoi"} | campagne | niveau,
            list(_certification(agregats)),
        ),
    }


def _etablissement(agregats: Agregats, avancees: Avancees) -> Etats:
    for annee in agregats.campagnes["annee_scolaire"].drop_duplicates():
        lieu = {"annee": annee, "campagne": TOUT, "niveau": TOUT}
        lues = [une for une, _ in avancees if une.annee == annee]
        bref = en_bref("En un coup d'œil", de_l_etablissement(agregats, annee, lues))
        yield _question(lieu, "ensemble"), [bref, *dessin_par_domaine(agregats, annee),
                                            dessin_ensemble(agregats, annee)]  # fmt: skip
    for lieu, siennes in _lieux(agregats, agregats.participation):
        yield (
            _question(lieu, "participation"),
            [dessin_participation(replace(agregats, participation=siennes))],
        )
    for lieu, siennes in _lieux(agregats, agregats.maitrise):
        codes = siennes["competence"].str[0]
        for domaine in [TOUT, *sorted(codes.unique())]:
            garde = siennes if domaine == TOUT else siennes[codes == domaine]
            yield _question(lieu, "maitrise", domaine), [dessin_maitrise(garde)]
    for lieu, siennes in _lieux(agregats, agregats.dispersion):
        yield _question(lieu, "dispersion"), [dessin_part(siennes, "sous_objectif")]
    yield from _evolutions(agregats, avancees)
    for annee, dessin in dessins_angles_morts(agregats).items():
        lieu = {"annee": annee, "campagne": TOUT, "niveau": TOUT}
        yield _question(lieu, "angles_morts"), [dessin]


def _evolutions(agregats: Agregats, avancees: Avancees) -> Etats:
    """De chaque niveau scolaire, ce qui sépare une campagne de celles, de son année, qui visent les
    mêmes acquis."""
    for lieu, _ in _lieux(agregats, agregats.maitrise, tous=False):
        siennes = _autour(avancees, lieu["campagne"], lieu["niveau"], "")
        if siennes:
            yield _question(lieu, "evolution"), [dessin for _, dessin in siennes]


def _autour(
    avancees: Avancees, campagne: str, niveau: str, groupe: str
) -> list[tuple[Evolution, Dessin]]:
    """Les paires dont est cette campagne, et leur dessin d'une classe (« » : de toutes réunies)."""
    return [(une, dessins[groupe]) for une, dessins in avancees
            if campagne in une.codes and niveau == une.niveau and groupe in dessins]  # fmt: skip


def _question(lieu: dict[str, str], question: str, domaine: str = TOUT) -> dict[str, str]:
    return lieu | {"question": question, "domaine": domaine}


def _conseil(agregats: Agregats, conseil: Conseil, cotes: Cotes, avancees: Avancees) -> Etats:
    """Les années récentes d'abord, puis chaque niveau dans l'ordre, et ses campagnes."""
    yield from _ranger(agregats, "niveau", _niveaux_du_conseil(agregats, conseil, cotes, avancees))


def _ranger(agregats: Agregats, quoi: str, etats: Etats) -> Etats:
    """Les années récentes d'abord, puis ce qui se choisit, de la 6e à la terminale."""
    annees = list(agregats.campagnes["annee_scolaire"].drop_duplicates())

    def ordre(etat: tuple[dict[str, str], list[Dessin]]) -> tuple:
        return annees.index(etat[0]["annee"]), rang_niveau(etat[0][quoi])

    yield from sorted(etats, key=ordre)


def _niveaux_du_conseil(
    agregats: Agregats, conseil: Conseil, cotes: Cotes, avancees: Avancees
) -> Etats:
    angles = dessins_angles_morts(agregats)
    for lieu, siennes in _lieux(agregats, agregats.maitrise, tous=False):
        autour = _autour(avancees, lieu["campagne"], lieu["niveau"], "")
        partagees = {
            "classes": cotes.get((lieu["campagne"], lieu["niveau"])),
            "evolution": next((dessin for _, dessin in autour), None),
            "angles_morts": angles.get(lieu["annee"]),
        }
        lues = [une for une, _ in autour]
        points = du_conseil(lieu, agregats.de(**_ici(lieu)), conseil, lues)
        pages = {"ordre_du_jour": en_bref("L'ordre du jour", points)}
        pages |= _pages(lieu, siennes, agregats, conseil, partagees)
        yield from ((lieu | {"page": page}, [dessin]) for page, dessin in pages.items() if dessin)


def _ici(lieu: dict[str, str]) -> dict[str, str]:
    return {"campagne": lieu["campagne"], "niveau_scolaire": lieu["niveau"]}


def _pages(
    lieu: dict[str, str],
    siennes: pd.DataFrame,
    agregats: Agregats,
    conseil: Conseil,
    partagees: dict[str, Dessin | None],
) -> dict[str, Dessin | None]:
    """Les pages du conseil d'un niveau scolaire, pour une campagne, après l'ordre du jour."""
    campagne, niveau, annee = lieu["campagne"], lieu["niveau"], {"annee": lieu["annee"]}
    ensemble, quoi = (
        reliefs(siennes, "competence"),
        {"niveau": niveau or "élèves sans niveau"},
    )
    return {
        "participation": dessin_participation(agregats.de(**_ici(lieu))),
        "classes": partagees["classes"],
        "forces": Dessin("Trois forces", vue_extremes, ensemble, quoi | {"forces": True}),
        "lacunes": Dessin("Trois lacunes", vue_extremes, ensemble, quoi | {"forces": False}),
        "evolution": partagees["evolution"],
        "angles_morts": partagees["angles_morts"],
        "parcours": Dessin(
            "Quels parcours proposer ?", vue_parcours, conseil.parcours[campagne, niveau]
        ),
        "disciplines": Dessin(
            "Qui prend en charge quelle compétence ?", vue_disciplines, conseil.repartition
        ),
        "decisions": Dessin("Qu'avons-nous décidé ?", vue_decisions, conseil.decisions, annee),
    }


def _classe(agregats: Agregats, conseil: Conseil, cotes: Cotes, avancees: Avancees) -> Etats:
    """Les années récentes d'abord, puis chaque classe dans l'ordre, et ses campagnes."""
    yield from _ranger(agregats, "classe", _classes(agregats, conseil, cotes, avancees))


def _classes(agregats: Agregats, conseil: Conseil, cotes: Cotes, avancees: Avancees) -> Etats:
    cles = ["campagne", "classe", "competence"]
    effectifs = agregats.maitrise[[*cles, "mesure", "effectif", "au_moins"]]
    ecarts = agregats.ecarts.merge(effectifs, on=cles)
    for lieu, du_niveau in _lieux(agregats, agregats.maitrise, tous=False):
        campagne, niveau, annee = lieu["campagne"], lieu["niveau"], lieu["annee"]
        parcours = conseil.parcours[campagne, niveau]
        communes = moyenne_ponderee(du_niveau[ordinaires(du_niveau)], ["competence"])
        autres = communes.set_index("competence")["valeur"]
        for classe, siennes in du_niveau.groupby("classe", sort=False):
            ici = agregats.de(campagne=campagne, classe=classe)
            siens = ecarts.query("campagne == @campagne and classe == @classe")
            certifies = agregats.certification.query(
                "classe == @classe and annee_scolaire == @annee"
            )
            autour = _autour(avancees, campagne, niveau, classe)
            lues = [une for une, _ in autour]
            bref = en_bref("En bref", de_la_classe(ici, parcours, certifies, lues))
            options = {"nom": classe, "nom_reference": reference(niveau, du_niveau)}
            suite = [dessin_ecarts(siens, **options)] if len(siens) else []
            suite += [dessin for _, dessin in autour]
            suite += [cotes[campagne, niveau]] if (campagne, niveau) in cotes else []
            suite += [dessin_participation(ici)] if len(ici.participation) else []
            choix = {"annee": annee, "classe": classe, "campagne": campagne}
            yield choix, [bref, dessin_profil(siennes, autres, options), *suite]


def _certification(agregats: Agregats) -> Etats:
    """Part par part, les années récentes d'abord ; un examen n'a pas de campagne."""
    table = agregats.certification.replace({"campagne": {"": TOUT}})
    for annee in sorted(table["annee_scolaire"].unique(), reverse=True):
        avant = table[table["annee_scolaire"] == annee_precedente(annee)]
        lignes = table[table["annee_scolaire"] == annee]
        bref = en_bref("En bref", de_la_certification(agregats, annee))
        for part, campagne in product(PARTS, lignes["campagne"].unique()):
            siennes = lignes[(lignes["part"] == part) & (lignes["campagne"] == campagne)]
            for niveau, ici in _niveaux(siennes):
                choix = {"annee": annee, "part": part, "campagne": campagne, "niveau": niveau}
                yield choix, [bref, dessin_part(ici, part, comparables(avant, part, ici))]


def _lieux(
    agregats: Agregats, table: pd.DataFrame, *, tous: bool = True
) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """({annee, campagne, niveau}, lignes) : les campagnes récentes d'abord, « tous » avant chaque
    niveau."""
    for ligne in agregats.campagnes.itertuples():
        lieu = {"annee": ligne.annee_scolaire, "campagne": ligne.campagne}
        for niveau, siennes in _niveaux(table[table["campagne"] == ligne.campagne], tous=tous):
            yield lieu | {"niveau": niveau}, siennes


def _niveaux(lignes: pd.DataFrame, *, tous: bool = True) -> Iterator[tuple[str, pd.DataFrame]]:
    """« tous » s'il y en a plusieurs, puis chaque niveau scolaire."""
    niveaux = sorted(lignes["niveau_scolaire"].unique(), key=rang_niveau)
    if tous and len(niveaux) > 1:
        yield TOUT, lignes
    for niveau in niveaux:
        yield niveau, lignes[lignes["niveau_scolaire"] == niveau]
