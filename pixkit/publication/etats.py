"""Étage 4 — ce que chaque public peut choisir, et la vue de chaque choix : tout est dessiné d'avance, une fois."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from pixkit.figures.angles_morts import vue_angles_morts
from pixkit.figures.publiees import (
    vue_carte_publiee,
    vue_certifiables,
    vue_ecarts_publies,
    vue_extremes,
    vue_participation_publiee,
    vue_profil_publie,
)
from pixkit.figures.vue import Vue, libelle
from pixkit.publication.agregats import Agregats, moyenne_ponderee
from pixkit.referentiel import competences, domaines, rang_niveau

TOUT = "tous"
LIBELLES = {
    TOUT: "tous",
    "participation": "Qui a envoyé ?",
    "maitrise": "Que maîtrise chaque classe ?",
    "angles_morts": "Que n'a-t-on jamais testé ?",
    "forces": "Trois forces",
    "lacunes": "Trois lacunes",
    "parcours": "Parcours proposés",
    "disciplines": "Compétences et disciplines",
    "decisions": "Décisions",
    "competences": "compétence par compétence",
    "domaines": "domaine par domaine",
} | {code: f"{code} {nom}" for code, nom in domaines().items()}
"""Ce que les listes montrent ; une campagne, une classe, un niveau, une année s'y montrent sous leur nom."""


@dataclass(frozen=True)
class Dessin:
    """Une vue à faire : son titre, la fonction qui la dessine et ce qu'elle reçoit. Deux états peuvent la partager."""

    titre: str
    faire: Callable[..., Vue]
    table: pd.DataFrame
    options: dict = field(default_factory=dict)

    def vue(self) -> Vue:
        return self.faire(self.table, **self.options)


@dataclass(frozen=True)
class Tableau:
    """Un tableau de bord : ce qu'un public choisit (`commandes` {nom: libellé}) et ses `etats` [(choix, dessins)]."""

    titre: str
    lire: str
    commandes: dict[str, str]
    etats: list[tuple[dict[str, str], list[Dessin]]]


@dataclass(frozen=True)
class Conseil:
    """Ce que le conseil pédagogique a décidé ou va décider, sans nom d'élève.

    `parcours` {(campagne, niveau): rang, parcours, minutes, competences}, `repartition` (competence, discipline), `decisions`
    (annee_scolaire, decision).
    """

    parcours: dict[tuple[str, str], pd.DataFrame]
    repartition: pd.DataFrame
    decisions: pd.DataFrame


def tableaux_de_bord(agregats: Agregats, conseil: "Conseil") -> dict[str, Tableau]:
    """{public: tableau de bord}, les plus récents d'abord."""
    return {
        "etablissement": Tableau(
            "L'établissement", "Qui a envoyé ses résultats, ce que maîtrise chaque classe, ce qu'aucun parcours n'a testé.",
            {"annee": "Année", "question": "Question", "campagne": "Campagne", "niveau": "Niveau", "domaine": "Domaine"},
            list(_etablissement(agregats)),
        ),
        "conseil_pedagogique": Tableau(
            "Le conseil pédagogique", "Une page à la fois, de la participation aux décisions : les flèches tournent les pages.",
            {"annee": "Année", "niveau": "Niveau", "campagne": "Campagne", "page": "Page"},
            list(_conseil(agregats, conseil)),
        ),
        "classe": Tableau(
            "Une classe", "Ce qui distingue la classe des autres de son niveau, et ce qui n'est peut-être que du hasard.",
            {"annee": "Année", "classe": "Classe", "campagne": "Campagne", "domaine": "Regard"},
            list(_classe(agregats)),
        ),
        "certification": Tableau(
            "La certification", "Des taux seulement : la part d'élèves certifiables, d'après les collectes de profils.",
            {"annee": "Année", "campagne": "Campagne", "niveau": "Niveau"},
            list(_certification(agregats)),
        ),
    }  # fmt: skip


def _etablissement(agregats: Agregats) -> Iterator[tuple[dict[str, str], list[Dessin]]]:
    for annee, campagne, lignes in _campagnes(agregats, agregats.participation):
        for niveau, siennes in _niveaux(lignes):
            choix = {
                "annee": annee,
                "question": "participation",
                "campagne": campagne,
                "niveau": niveau,
                "domaine": TOUT,
            }
            yield choix, [_participation(siennes)]
    for annee, campagne, lignes in _campagnes(agregats, agregats.maitrise):
        for niveau, siennes in _niveaux(lignes):
            codes = siennes["competence"].str[0]
            for domaine in [TOUT, *sorted(codes.unique())]:
                choix = {
                    "annee": annee,
                    "question": "maitrise",
                    "campagne": campagne,
                    "niveau": niveau,
                    "domaine": domaine,
                }
                garde = siennes if domaine == TOUT else siennes[codes == domaine]
                yield choix, [Dessin("Que maîtrise chaque classe ?", vue_carte_publiee, garde)]
    for annee, dessin in _angles_morts(agregats).items():
        choix = {
            "annee": annee,
            "question": "angles_morts",
            "campagne": TOUT,
            "niveau": TOUT,
            "domaine": TOUT,
        }
        yield choix, [dessin]


def _conseil(agregats: Agregats, conseil: Conseil) -> Iterator[tuple[dict[str, str], list[Dessin]]]:
    participations = {
        campagne: lignes for _, campagne, lignes in _campagnes(agregats, agregats.participation)
    }
    angles = _angles_morts(agregats)
    for annee, campagne, lignes in _campagnes(agregats, agregats.maitrise):
        for niveau, siennes in _niveaux(lignes, tous=False):
            attendus = participations.get(campagne, agregats.participation.iloc[:0])
            ensemble = moyenne_ponderee(siennes, ["competence"])
            pages = {
                "participation": _participation(attendus[attendus["niveau_scolaire"] == niveau]),
                "forces": Dessin(
                    "Trois forces", vue_extremes, ensemble, {"niveau": niveau, "forces": True}
                ),
                "lacunes": Dessin(
                    "Trois lacunes", vue_extremes, ensemble, {"niveau": niveau, "forces": False}
                ),
                "angles_morts": angles.get(annee),
                "parcours": Dessin(
                    "Quels parcours proposer ?", vue_parcours, conseil.parcours[campagne, niveau]
                ),
                "disciplines": Dessin(
                    "Qui prend en charge quelle compétence ?", vue_disciplines, conseil.repartition
                ),
                "decisions": Dessin(
                    "Qu'avons-nous décidé ?", vue_decisions, conseil.decisions, {"annee": annee}
                ),
            }
            for page, dessin in pages.items():
                if dessin is not None:
                    yield (
                        {"annee": annee, "niveau": niveau, "campagne": campagne, "page": page},
                        [dessin],
                    )


def _classe(agregats: Agregats) -> Iterator[tuple[dict[str, str], list[Dessin]]]:
    participation = agregats.participation.set_index(["campagne", "classe"])
    ecarts = agregats.ecarts.merge(
        agregats.maitrise[[*_CASE, "mesure", "effectif", "au_moins"]], on=_CASE
    )
    for annee, campagne, lignes in _campagnes(agregats, agregats.maitrise):
        for (niveau, classe), siennes in lignes.groupby(["niveau_scolaire", "classe"], sort=False):
            choix = {"annee": annee, "classe": classe, "campagne": campagne}
            du_niveau = lignes[lignes["niveau_scolaire"] == niveau]
            venus = [_participation(participation.loc[[(campagne, classe)]].reset_index())] if (
                campagne, classe) in participation.index else []  # fmt: skip
            options = {
                "nom": classe,
                "nom_autres": f"toutes les {niveau}" if niveau else "toutes les classes",
            }
            siens = ecarts[(ecarts["campagne"] == campagne) & (ecarts["classe"] == classe)]
            if len(siens):
                dessin = Dessin("Où la classe s'écarte-t-elle des autres ?", vue_ecarts_publies, siens,
                                {"classe": classe, "niveau": niveau or "l'établissement"})  # fmt: skip
            else:
                dessin = _profil(siennes, du_niveau, "competence", options)
            yield choix | {"domaine": "competences"}, [dessin, *venus]
            par_domaine = [
                table.assign(domaine=table["competence"].str[0]) for table in (siennes, du_niveau)
            ]
            yield (
                choix | {"domaine": "domaines"},
                [_profil(*par_domaine, "domaine", options), *venus],
            )


def _certification(agregats: Agregats) -> Iterator[tuple[dict[str, str], list[Dessin]]]:
    for annee, campagne, lignes in _campagnes(agregats, agregats.certification):
        for niveau, siennes in _niveaux(lignes):
            choix = {"annee": annee, "campagne": campagne, "niveau": niveau}
            yield (
                choix,
                [Dessin("Quelle part d'élèves est certifiable ?", vue_certifiables, siennes)],
            )


_CASE = ["campagne", "classe", "competence"]


def _campagnes(agregats: Agregats, table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(année, campagne, lignes), les plus récentes d'abord."""
    for ligne in agregats.campagnes.itertuples():
        lignes = table[table["campagne"] == ligne.campagne]
        if len(lignes):
            yield ligne.annee_scolaire, ligne.campagne, lignes


def _niveaux(lignes: pd.DataFrame, *, tous: bool = True) -> Iterator[tuple[str, pd.DataFrame]]:
    """Chaque niveau scolaire, et d'abord « tous » quand il y en a plusieurs."""
    niveaux = sorted(lignes["niveau_scolaire"].unique(), key=rang_niveau)
    if tous and len(niveaux) > 1:
        yield TOUT, lignes
    for niveau in niveaux:
        yield niveau, lignes[lignes["niveau_scolaire"] == niveau]


def _participation(lignes: pd.DataFrame) -> Dessin:
    return Dessin("Qui a envoyé ses résultats ?", vue_participation_publiee, lignes)


def _profil(siennes: pd.DataFrame, du_niveau: pd.DataFrame, sur: str, options: dict) -> Dessin:
    siens = moyenne_ponderee(siennes, [sur]) if sur == "domaine" else siennes
    autres = moyenne_ponderee(du_niveau, [sur]).set_index(sur)["valeur"]
    titre = (
        "La classe, domaine par domaine"
        if sur == "domaine"
        else "La classe, compétence par compétence"
    )
    return Dessin(
        titre,
        vue_profil_publie,
        siens.assign(reference=siens[sur].map(autres)),
        options | {"sur": sur},
    )


def _angles_morts(agregats: Agregats) -> dict[str, Dessin]:
    """{année: dessin} : les 16 compétences × niveaux scolaires, d'après les évaluations publiées."""
    evaluations = agregats.maitrise[agregats.maitrise["mesure"] == "taux_maitrise"]
    evaluations = evaluations.merge(
        agregats.campagnes[["campagne", "annee_scolaire"]], on="campagne"
    )
    dessins = {}
    for annee, lignes in evaluations[evaluations["niveau_scolaire"] != ""].groupby(
        "annee_scolaire"
    ):
        par_classe = lignes.groupby(["niveau_scolaire", "competence", "classe"])["effectif"].max()
        testees = par_classe.groupby(level=[0, 1]).sum()
        niveaux = sorted(lignes["niveau_scolaire"].unique(), key=rang_niveau)
        toutes = pd.MultiIndex.from_product(
            [niveaux, list(competences())], names=["niveau_scolaire", "competence"]
        )
        table = testees.reindex(toutes, fill_value=0).reset_index()
        dessins[annee] = Dessin(
            "Que n'a-t-on jamais testé ?",
            vue_angles_morts,
            table.assign(testee=table["effectif"] > 0),
        )
    return dessins


def vue_parcours(choix: pd.DataFrame) -> Vue:
    """Les parcours proposés à un niveau scolaire, dans l'ordre d'utilité."""
    if choix.empty:
        phrase = "Aucun besoin sûr à ce niveau, ou aucun parcours du catalogue qui y réponde en deux heures."
        return Vue(None, phrase, pd.DataFrame())
    table = pd.DataFrame({
        "Parcours": choix["parcours"],
        "Durée": [f"{minutes} min" for minutes in choix["minutes"]],
        "Compétences travaillées": [", ".join(libelle(code) for code in codes.split(", ")) for codes in choix["competences"]],
    })  # fmt: skip
    phrase = "La liste qui sert le plus d'élèves en deux heures. C'est une proposition : l'équipe connaît ses élèves."
    return Vue(None, phrase, table)


def vue_disciplines(repartition: pd.DataFrame) -> Vue:
    """Les 16 compétences et la discipline qui s'en charge."""
    dites = dict(zip(repartition["competence"], repartition["discipline"], strict=True))
    table = pd.DataFrame({
        "Compétence": [libelle(code) for code in competences()],
        "Discipline": [dites.get(code, "à décider") for code in competences()],
    })  # fmt: skip
    prises = sum(code in dites for code in competences())
    return Vue(
        None,
        f"{prises} des 16 compétences ont une discipline ; la page « Année » de l'atelier garde ce choix.",
        table,
    )


def vue_decisions(decisions: pd.DataFrame, *, annee: str) -> Vue:
    """Les décisions de l'année et de la précédente."""
    avant = f"{int(annee[:4]) - 1}-{annee[:4]}"
    gardees = decisions[decisions["annee_scolaire"].isin([annee, avant])].sort_values(
        "annee_scolaire", ascending=False
    )
    table = pd.DataFrame({"Année": gardees["annee_scolaire"], "Décision": gardees["decision"]})
    cette = int((gardees["annee_scolaire"] == annee).sum())
    phrase = f"Cette année, {cette} ; l'an dernier, {len(gardees) - cette}."
    if gardees.empty:
        phrase = "Aucune décision gardée : notez-les dans la page « Année » de l'atelier, elles reviendront l'an prochain."
    return Vue(None, phrase, table)
