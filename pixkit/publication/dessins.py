"""Étage 4 — ce qu'une publication dessine : de chaque vue, son titre et ce qu'elle reçoit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from pixkit.charte import enumerer
from pixkit.grandeurs import TAUX
from pixkit.mesures.rapprochement import classes_a_part
from pixkit.publication.agregats import Agregats
from pixkit.publication.deductions import (
    cases_des_domaines,
    cases_testees,
    etats_publies,
    moyenne_ponderee,
)
from pixkit.publication.evolution import Evolution
from pixkit.publication.reponses import EVOLUTION, Reponse
from pixkit.referentiel import competences, rang_niveau
from pixkit.vues.angles_morts import vue_angles_morts
from pixkit.vues.carte import vue_carte
from pixkit.vues.certifiables import PARTS, vue_certifiables
from pixkit.vues.conseil import vue_reponses
from pixkit.vues.cote_a_cote import vue_cote_a_cote
from pixkit.vues.ecarts import vue_ecarts
from pixkit.vues.ensemble import vue_ensemble
from pixkit.vues.evolution import vue_evolution
from pixkit.vues.participation import vue_participation
from pixkit.vues.profil import vue_profil
from pixkit.vues.vue import Vue

Cotes = dict[tuple[str, str], "Dessin"]
"""{(campagne, niveau scolaire): ses classes côte à côte}"""

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


def en_bref(titre: str, reponses: list[Reponse]) -> Dessin:
    """Des réponses, chacune menant à ce qui la montre."""
    table = pd.DataFrame(
        [(une.question, une.reponse) for une in reponses], columns=["question", "reponse"]
    )
    return Dessin(titre, vue_reponses, table, liens=[une.lien for une in reponses])


def dessin_ensemble(agregats: Agregats, annee: str) -> Dessin:
    """Toute l'école en une table, une année."""
    siennes = agregats.campagnes[agregats.campagnes["annee_scolaire"] == annee]
    options = {"maitrise": agregats.maitrise, "ecarts": agregats.ecarts, "campagnes": siennes}
    return Dessin("Toutes les classes, toutes les campagnes", vue_ensemble,
                  agregats.participation, options)  # fmt: skip


def dessin_par_domaine(agregats: Agregats, annee: str) -> Iterator[Dessin]:
    """Les évaluations d'une année, à défaut ses collectes, domaine par domaine et niveau par
    niveau."""
    campagnes = agregats.campagnes.loc[agregats.campagnes["annee_scolaire"] == annee, "campagne"]
    cases = agregats.maitrise[agregats.maitrise["campagne"].isin(campagnes)]
    cases = cases_des_domaines(cases).replace({"niveau_scolaire": {"": "sans niveau"}})
    par = ["niveau_scolaire", "domaine"]
    if len(cases):
        yield Dessin("Que maîtrise chaque niveau scolaire ?", vue_carte,
                     moyenne_ponderee(cases, par), {"par": par[0], "sur": par[1]})  # fmt: skip


def dessin_maitrise(cases: pd.DataFrame) -> Dessin:
    """Les cases publiées de ces classes, comme une table de `mesure`."""
    poids = cases.assign(nb_acquis=cases["effectif"] * cases["poids"])
    return Dessin("Que maîtrise chaque classe ?", vue_carte, poids)


def dessins_cote_a_cote(maitrise: pd.DataFrame) -> Cotes:
    """Les classes d'un niveau scolaire dans une campagne, domaine par domaine, dès qu'il y en a
    deux : le conseil et la page de chaque classe montrent la même image."""
    cases = maitrise.assign(domaine=maitrise["competence"].str[0])
    par = ["classe", "domaine"]
    return {
        lieu: Dessin("Les classes côte à côte", vue_cote_a_cote, moyenne_ponderee(lignes, par))
        for lieu, lignes in cases.groupby(["campagne", "niveau_scolaire"])
        if lignes["classe"].nunique() > 1
    }


def dessin_profil(siennes: pd.DataFrame, autres: pd.Series, options: dict) -> Dessin:
    siennes = siennes.assign(reference=siennes["competence"].map(autres))
    return Dessin("La classe, compétence par compétence", vue_profil, siennes, options)


def dessin_ecarts(siens: pd.DataFrame, nom: str, nom_reference: str) -> Dessin:
    options = {"groupe": nom, "nom_reference": f"ensemble, {nom_reference}"}
    return Dessin("Où la classe s'écarte-t-elle des autres ?", vue_ecarts, siens, options)


def reference(niveau: str, du_niveau: pd.DataFrame) -> str:
    reference = f"toutes les {niveau} publiées" if niveau else "toutes les classes publiées"
    a_part = enumerer(classes_a_part(du_niveau["classe"]))
    return reference + (f", sans {a_part}" if a_part else "")


def dessin_participation(siens: Agregats) -> Dessin:
    """Qui a envoyé à coup sûr, peut-être, et pas encore."""
    table = etats_publies(siens.participation, siens.etapes).rename(
        columns={"attendus": "effectif"}
    )
    table = table.drop(columns=["campagne", "niveau_scolaire"])
    return Dessin("Qui a envoyé ses résultats ?", vue_participation, table)


def dessins_evolution(une: Evolution) -> dict[str, Dessin]:
    """{classe, « » pour toutes réunies : son dessin}, que montrent les deux campagnes."""
    niveau = une.niveau or "Élèves sans niveau"
    return {
        groupe: Dessin(EVOLUTION, vue_evolution, table,
                       {"groupe": groupe or niveau, "ordonnee": une.ordonnee,
                        "bornees": une.bornees.get(groupe, 0)})
        for groupe, table in une.tables.items()
    }  # fmt: skip


def dessin_part(table: pd.DataFrame, part: str, avant: pd.DataFrame | None = None) -> Dessin:
    return Dessin(PARTS[part][0], vue_certifiables, table, {"part": part, "avant": avant})


def comparables(avant: pd.DataFrame, part: str, ici: pd.DataFrame) -> pd.DataFrame:
    """La même part des mêmes niveaux, un an plus tôt ; faute de liste, la réussite des présents."""
    niveaux = avant[avant["niveau_scolaire"].isin(ici["niveau_scolaire"])]
    memes = niveaux[niveaux["part"] == part]
    return niveaux[niveaux["part"] == "reussite"] if memes.empty and part == "certifies" else memes


def dessins_angles_morts(agregats: Agregats) -> dict[str, Dessin]:
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
