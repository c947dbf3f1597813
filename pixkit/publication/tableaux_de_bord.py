"""Étage 4 — ce que chaque public peut choisir, et la vue de chaque choix : tout est dessiné
d'avance, une fois."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import pandas as pd

from pixkit.charte import enumerer
from pixkit.grandeurs import TAUX
from pixkit.mesures.rapprochement import classes_a_part, ordinaires
from pixkit.publication.agregats import Agregats
from pixkit.publication.deductions import (
    cases_des_domaines,
    cases_testees,
    etats_publies,
    moyenne_ponderee,
    reliefs,
)
from pixkit.publication.evolution import Evolution, evolutions
from pixkit.publication.reponses import (
    EVOLUTION,
    Conseil,
    Reponse,
    de_l_etablissement,
    de_la_certification,
    de_la_classe,
    du_conseil,
)
from pixkit.referentiel import annee_precedente, competences, domaines, rang_niveau
from pixkit.vues.angles_morts import vue_angles_morts
from pixkit.vues.carte import vue_carte
from pixkit.vues.certifiables import PARTS, vue_certifiables
from pixkit.vues.conseil import vue_decisions, vue_disciplines, vue_parcours, vue_reponses
from pixkit.vues.cote_a_cote import vue_cote_a_cote
from pixkit.vues.ecarts import vue_ecarts
from pixkit.vues.ensemble import vue_ensemble
from pixkit.vues.evolution import vue_evolution
from pixkit.vues.extremes import vue_extremes
from pixkit.vues.participation import vue_participation
from pixkit.vues.profil import vue_profil
from pixkit.vues.selection import TOUT
from pixkit.vues.vue import Vue, libelle

_COLLECTE = (
    " D'une collecte de profils, une compétence compte si son niveau moyen n'est pas presque nul, "
    "et pour tous ceux qui l'ont envoyée."
)


@dataclass(frozen=True)
class Dessin:
    """Une vue à faire : son titre, la fonction qui la dessine et ce qu'elle reçoit ; `liens`, les
    adresses où mène chaque ligne de sa table. Deux états la partagent."""

    titre: str
    faire: Callable[..., Vue]
    table: pd.DataFrame
    options: dict = field(default_factory=dict)
    liens: list[str] = field(default_factory=list)

    def vue(self) -> Vue:
        return self.faire(self.table, **self.options)


Etats = Iterator[tuple[dict[str, str], list[Dessin]]]
Cotes = dict[tuple[str, str], Dessin]
"""{(campagne, niveau scolaire): ses classes côte à côte}"""
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
    cotes = _cote_a_cote(agregats.maitrise)
    avancees = [(une, _avec_dessins(une)) for une in evolutions(agregats)]
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
            "Une page à la fois, de la participation aux décisions : les flèches tournent les "
            "pages.",
            annee | niveau | campagne | {"page": "Page"},
            list(_conseil(agregats, conseil, cotes)),
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
        yield _question(lieu, "ensemble"), [bref, *_par_domaine(agregats, annee),
                                            _ensemble(agregats, annee)]  # fmt: skip
    for lieu, siennes in _lieux(agregats, agregats.participation):
        yield (
            _question(lieu, "participation"),
            [_participation(replace(agregats, participation=siennes))],
        )
    for lieu, siennes in _lieux(agregats, agregats.maitrise):
        codes = siennes["competence"].str[0]
        for domaine in [TOUT, *sorted(codes.unique())]:
            garde = siennes if domaine == TOUT else siennes[codes == domaine]
            dessin = Dessin("Que maîtrise chaque classe ?", vue_carte, _avec_poids(garde))
            yield _question(lieu, "maitrise", domaine), [dessin]
    for lieu, siennes in _lieux(agregats, agregats.dispersion):
        yield _question(lieu, "dispersion"), [_part(siennes, "sous_objectif")]
    yield from _evolutions(agregats, avancees)
    for annee, dessin in _angles_morts(agregats).items():
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


def _avec_dessins(une: Evolution) -> dict[str, Dessin]:
    """{classe, « » pour toutes réunies : son dessin}, que montrent les deux campagnes."""
    niveau = une.niveau or "Élèves sans niveau"
    return {
        groupe: Dessin(EVOLUTION, vue_evolution, table,
                       {"groupe": groupe or niveau, "ordonnee": une.ordonnee,
                        "bornees": une.bornees.get(groupe, 0)})
        for groupe, table in une.tables.items()
    }  # fmt: skip


def _par_domaine(agregats: Agregats, annee: str) -> Iterator[Dessin]:
    """Les évaluations d'une année, à défaut ses collectes, domaine par domaine et niveau par
    niveau."""
    campagnes = agregats.campagnes.loc[agregats.campagnes["annee_scolaire"] == annee, "campagne"]
    cases = agregats.maitrise[agregats.maitrise["campagne"].isin(campagnes)]
    cases = cases_des_domaines(cases).replace({"niveau_scolaire": {"": "sans niveau"}})
    par = ["niveau_scolaire", "domaine"]
    if len(cases):
        yield Dessin("Que maîtrise chaque niveau scolaire ?", vue_carte,
                     moyenne_ponderee(cases, par), {"par": par[0], "sur": par[1]})  # fmt: skip


def _ensemble(agregats: Agregats, annee: str) -> Dessin:
    """Toute l'école en une table, une année."""
    siennes = agregats.campagnes[agregats.campagnes["annee_scolaire"] == annee]
    options = {"maitrise": agregats.maitrise, "ecarts": agregats.ecarts, "campagnes": siennes}
    return Dessin("Toutes les classes, toutes les campagnes", vue_ensemble,
                  agregats.participation, options)  # fmt: skip


def _question(lieu: dict[str, str], question: str, domaine: str = TOUT) -> dict[str, str]:
    return lieu | {"question": question, "domaine": domaine}


def _cote_a_cote(maitrise: pd.DataFrame) -> Cotes:
    """Les classes d'un niveau scolaire dans une campagne, domaine par domaine, dès qu'il y en a
    deux : le conseil et la page de chaque classe montrent la même image."""
    cases = maitrise.assign(domaine=maitrise["competence"].str[0])
    par = ["classe", "domaine"]
    return {
        lieu: Dessin("Les classes côte à côte", vue_cote_a_cote, moyenne_ponderee(lignes, par))
        for lieu, lignes in cases.groupby(["campagne", "niveau_scolaire"])
        if lignes["classe"].nunique() > 1
    }


def _conseil(agregats: Agregats, conseil: Conseil, cotes: Cotes) -> Etats:
    """Les années récentes d'abord, puis chaque niveau dans l'ordre, et ses campagnes."""
    yield from _ranger(agregats, "niveau", _niveaux_du_conseil(agregats, conseil, cotes))


def _ranger(agregats: Agregats, quoi: str, etats: Etats) -> Etats:
    """Les années récentes d'abord, puis ce qui se choisit, de la 6e à la terminale."""
    annees = list(agregats.campagnes["annee_scolaire"].drop_duplicates())

    def ordre(etat: tuple[dict[str, str], list[Dessin]]) -> tuple:
        return annees.index(etat[0]["annee"]), rang_niveau(etat[0][quoi])

    yield from sorted(etats, key=ordre)


def _niveaux_du_conseil(agregats: Agregats, conseil: Conseil, cotes: Cotes) -> Etats:
    angles = _angles_morts(agregats)
    for lieu, siennes in _lieux(agregats, agregats.maitrise, tous=False):
        partagees = {
            "classes": cotes.get((lieu["campagne"], lieu["niveau"])),
            "angles_morts": angles.get(lieu["annee"]),
        }
        pages = _pages(lieu, siennes, agregats, conseil, partagees)
        yield from ((lieu | {"page": page}, [dessin]) for page, dessin in pages.items() if dessin)


def en_bref(titre: str, reponses: list[Reponse]) -> Dessin:
    """Des réponses, chacune menant à ce qui la montre."""
    table = pd.DataFrame(
        [(une.question, une.reponse) for une in reponses], columns=["question", "reponse"]
    )
    return Dessin(titre, vue_reponses, table, liens=[une.lien for une in reponses])


def _pages(
    lieu: dict[str, str],
    siennes: pd.DataFrame,
    agregats: Agregats,
    conseil: Conseil,
    partagees: dict[str, Dessin | None],
) -> dict[str, Dessin | None]:
    """Les pages du conseil d'un niveau scolaire, pour une campagne."""
    campagne, niveau, annee = lieu["campagne"], lieu["niveau"], {"annee": lieu["annee"]}
    siens = agregats.de(campagne=campagne, niveau_scolaire=niveau)
    ensemble, quoi = (
        reliefs(siennes, "competence"),
        {"niveau": niveau or "élèves sans niveau"},
    )
    points = du_conseil(lieu, siens, conseil)
    return {
        "ordre_du_jour": en_bref("L'ordre du jour", points),
        "participation": _participation(siens),
        "classes": partagees["classes"],
        "forces": Dessin("Trois forces", vue_extremes, ensemble, quoi | {"forces": True}),
        "lacunes": Dessin("Trois lacunes", vue_extremes, ensemble, quoi | {"forces": False}),
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
            options = {"nom": classe, "nom_reference": _reference(niveau, du_niveau)}
            suite = [_ecarts(siens, **options)] if len(siens) else []
            suite += [dessin for _, dessin in autour]
            suite += [_participation(ici)] if len(ici.participation) else []
            suite += [cotes[campagne, niveau]] if (campagne, niveau) in cotes else []
            choix = {"annee": annee, "classe": classe, "campagne": campagne}
            yield choix, [bref, _profil(siennes, autres, options), *suite]


def _reference(niveau: str, du_niveau: pd.DataFrame) -> str:
    reference = f"toutes les {niveau} publiées" if niveau else "toutes les classes publiées"
    a_part = enumerer(classes_a_part(du_niveau["classe"]))
    return reference + (f", sans {a_part}" if a_part else "")


def _ecarts(siens: pd.DataFrame, nom: str, nom_reference: str) -> Dessin:
    options = {"groupe": nom, "nom_reference": f"ensemble, {nom_reference}"}
    return Dessin("Où la classe s'écarte-t-elle des autres ?", vue_ecarts, siens, options)


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
                yield choix, [bref, _part(ici, part, _comparables(avant, part, ici))]


def _part(table: pd.DataFrame, part: str, avant: pd.DataFrame | None = None) -> Dessin:
    return Dessin(PARTS[part][0], vue_certifiables, table, {"part": part, "avant": avant})


def _comparables(avant: pd.DataFrame, part: str, ici: pd.DataFrame) -> pd.DataFrame:
    """La même part des mêmes niveaux, un an plus tôt ; faute de liste, la réussite des présents."""
    niveaux = avant[avant["niveau_scolaire"].isin(ici["niveau_scolaire"])]
    memes = niveaux[niveaux["part"] == part]
    return niveaux[niveaux["part"] == "reussite"] if memes.empty and part == "certifies" else memes


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


def _participation(siens: Agregats) -> Dessin:
    """Qui a envoyé à coup sûr, peut-être, et pas encore."""
    table = etats_publies(siens.participation, siens.etapes).rename(
        columns={"attendus": "effectif"}
    )
    table = table.drop(columns=["campagne", "niveau_scolaire"])
    return Dessin("Qui a envoyé ses résultats ?", vue_participation, table)


def _avec_poids(cases: pd.DataFrame) -> pd.DataFrame:
    """Les cases publiées, comme une table de `mesure`."""
    return cases.assign(nb_acquis=cases["effectif"] * cases["poids"])


def _profil(siennes: pd.DataFrame, autres: pd.Series, options: dict) -> Dessin:
    siennes = siennes.assign(reference=siennes["competence"].map(autres))
    return Dessin("La classe, compétence par compétence", vue_profil, siennes, options)


def _angles_morts(agregats: Agregats) -> dict[str, Dessin]:
    """{année: dessin} : les 16 compétences × niveaux scolaires, d'après ce qui est publié."""
    annees = agregats.campagnes.set_index("campagne")["annee_scolaire"]
    cases = agregats.maitrise[agregats.maitrise["niveau_scolaire"] != ""]
    return {
        annee: Dessin("Que n'a-t-on jamais testé ?", vue_angles_morts, _testees(lignes),
                      {"precision": "" if (lignes["mesure"] == TAUX.nom).all() else _COLLECTE})
        for annee, lignes in cases.groupby(cases["campagne"].map(annees))
    }  # fmt: skip


def _testees(lignes: pd.DataFrame) -> pd.DataFrame:
    """Chaque niveau scolaire × les 16 compétences : combien d'élèves y ont été testés."""
    cles = ["niveau_scolaire", "competence"]
    par_classe = cases_testees(lignes).groupby([*cles, "classe"])["effectif"].max()
    niveaux = sorted(lignes["niveau_scolaire"].unique(), key=rang_niveau)
    cases = pd.MultiIndex.from_product([niveaux, list(competences())], names=cles)
    table = par_classe.groupby(level=cles).sum().reindex(cases, fill_value=0).reset_index()
    return table.assign(testee=table["effectif"] > 0)
