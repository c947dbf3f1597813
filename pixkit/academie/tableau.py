"""Étage 4 et un dixième — ce que l'académie peut choisir, et la vue de chaque choix."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pandas as pd

from pixkit.academie.fusion import (
    ETAPES,
    GROUPE,
    LIEU,
    MAITRISE,
    PARTICIPATION,
    Ensembles,
    aux_attendus,
    reunir_les_competences,
)
from pixkit.charte import accord, conjuguer, entier, entre, entre_taux
from pixkit.grandeurs import TAUX, effectif_en_mots
from pixkit.publication.dessins import Dessin, en_bref
from pixkit.publication.memoire import SOUS_OBJECTIF
from pixkit.publication.reponses import QUESTIONS, Reponse
from pixkit.publication.tableaux_de_bord import Etats, Tableau
from pixkit.referentiel import competences, domaine_de, rang_niveau
from pixkit.vues.attendus import vue_attendus
from pixkit.vues.carte import vue_carte
from pixkit.vues.certifiables import PARTS, vue_certifiables
from pixkit.vues.couverture import vue_couverture
from pixkit.vues.entonnoir import vue_entonnoir
from pixkit.vues.participation import vue_part_envoyee
from pixkit.vues.selection import TOUT
from pixkit.vues.vue import colonne_des_codes

PUBLIC = "academie"
PARS = {
    "département": "departement",
    "type": "type_etablissement",
    "département et type": "groupe",
    "niveau": "niveau_scolaire",
}
"""{ce que l'on choisit: la colonne qui fait les lignes}"""
_SANS_NIVEAU = "sans niveau"
_D_UNE_CASE = ["mesure", "nb_etablissements", "effectif", "au_moins", "nb_acquis", "valeur",
               "valeur_bas", "valeur_haut", "bas", "haut"]  # fmt: skip
_D_UNE_PART = ["nb_etablissements", "effectif", "au_moins", "taux_bas", "taux_haut"]
_D_UN_ATTENDU = ["mesure", "nb_etablissements", "effectif", "au_moins",
                 "valeur_bas", "valeur_haut", "bas", "haut", "reference"]  # fmt: skip
_DITS = {
    PARTICIPATION: "part d'élèves attendus qui ont envoyé",
    MAITRISE: "part d'acquis maîtrisés",
    "certifiables": "part d'élèves certifiables",
    "certifies": "part d'attendus certifiés",
    "presents": "part d'attendus présents",
    "inscrits": "part d'attendus inscrits",
    "au_niveau": "part de certifiés au niveau attendu",
    "reussite": "part de présents certifiés",
    "attestations": "part de 6e qui ont l'attestation",
    "sous_objectif": "part d'élèves sous l'objectif",
}
"""{ce que montre un entonnoir: son titre}"""


@dataclass(frozen=True)
class Ici:
    """Le seul établissement nommé, sur sa page : son nom, et son point dans chaque entonnoir (les
    colonnes d'`entonnoirs`)."""

    nom: str
    points: pd.DataFrame


def tableau_de_l_academie(ensembles: Ensembles, ici: Ici | None = None) -> dict[str, Tableau]:
    """{public: tableau de bord}, d'après ce qui est publié et rien d'autre."""
    commandes = {"question": "Question", "par": "Par", "niveau": "Niveau", "quoi": "Regard"}
    return {
        PUBLIC: Tableau(
            "L'académie",
            "Ce que des établissements ont publié, réuni : par département, type et niveau. Aucun "
            "établissement n'est nommé ni classé." if ici is None else
            f"{ici.nom}, et ce que les établissements de l'académie ont publié. Aucun autre n'est "
            "nommé, aucun n'est classé.",
            commandes,
            [*_etats(ensembles, ici)],
        )
    }  # fmt: skip


def _etats(ensembles: Ensembles, ici: Ici | None) -> Etats:
    couverture = Dessin("Qui a publié ?", vue_couverture, ensembles.etablissements)
    yield _choix("ensemble"), [_bref(ensembles), couverture]
    yield from _participations(ensembles.participation, ensembles.etapes)
    yield from _maitrises(ensembles.maitrise)
    yield from _attendus(ensembles.maitrise)
    yield from _dispersions(ensembles.dispersion)
    yield from _certifications(ensembles.certification)
    yield from _entonnoirs(ensembles, ici)


def _choix(question: str, par: str = TOUT, niveau: str = TOUT, quoi: str = TOUT) -> dict[str, str]:
    return {"question": question, "par": par, "niveau": niveau, "quoi": quoi}


def _par(table: pd.DataFrame, par: str) -> pd.DataFrame:
    """Les lignes d'un découpage, nommées dans la colonne `PARS[par]`."""
    departement, type_ = (table[nom] != "" for nom in LIEU)
    gardees = {
        "département": departement & ~type_,
        "type": type_ & ~departement,
        "département et type": departement & type_,
        "niveau": ~departement & ~type_,
    }[par]
    table = table[gardees].replace({"niveau_scolaire": {"": _SANS_NIVEAU}})
    departement = "dép. " + table["departement"]  # « 63 » serait une classe de 6e
    groupe = departement + " · " + table["type_etablissement"]
    return table.assign(departement=departement, groupe=groupe)


def _coupes(table: pd.DataFrame, *, tous: bool) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(par, niveau, lignes) : chaque découpage qui a des lignes, tous niveaux (s'ils
    s'additionnent), puis chaque niveau."""
    for par in PARS:
        lignes = _par(table, par)
        if par == "niveau" and len(lignes):
            yield par, TOUT, lignes
            continue
        niveaux = sorted(lignes["niveau_scolaire"].unique(), key=rang_niveau)
        if tous and len(niveaux) > 1:
            yield par, TOUT, lignes
        for niveau in niveaux:
            yield par, niveau, lignes[lignes["niveau_scolaire"] == niveau]


def _participations(table: pd.DataFrame, etapes: pd.DataFrame) -> Etats:
    """La part envoyée ; combien ont terminé, commencé, dans sa table."""
    table = table.merge(etapes, on=[*GROUPE, "nb_etablissements", "attendus"])
    for par, niveau, lignes in _coupes(table, tous=True):
        nom = PARS[par]
        sommes = lignes.groupby(nom)[["attendus", "envoyes_bas", "envoyes_haut", *ETAPES]].sum()
        taux = {f"taux_{b}": (sommes[f"envoyes_{b}"] / sommes["attendus"]).round(2)
                for b in ("bas", "haut")}  # fmt: skip
        sommes = sommes.assign(effectif=sommes["attendus"], **taux).reset_index()
        dessin = Dessin("Qui a envoyé ses résultats ?", vue_part_envoyee, sommes, {"par": nom})
        yield _choix("participation", par, niveau), [dessin]


def _maitrises(table: pd.DataFrame) -> Etats:
    taux = table[table["mesure"] == TAUX.nom]
    domaines = taux["competence"].map(domaine_de).rename("domaine")
    regards = (("domaines", reunir_les_competences(taux, domaines)), ("competences", taux))
    for quoi, cases in regards:
        valeur = (cases["valeur_bas"] + cases["valeur_haut"]) / 2
        for par, niveau, lignes in _coupes(cases.assign(valeur=valeur), tous=False):
            if (par, quoi) == ("département et type", "competences"):
                continue  # seize fois plus de groupes que l'on n'en lirait
            nom, sur = PARS[par], colonne_des_codes(cases)
            dessin = Dessin("Que maîtrisent les élèves ?", vue_carte,
                            lignes[[nom, sur, *_D_UNE_CASE]], {"par": nom, "sur": sur})  # fmt: skip
            yield _choix("maitrise", par, niveau, quoi), [dessin]


def _attendus(table: pd.DataFrame) -> Etats:
    """Toute l'académie, compétence par compétence ; puis chaque groupe, compétences réunies."""
    table = aux_attendus(table)
    tout = pd.Series("", table.index, name="tout")
    reunies = aux_attendus(reunir_les_competences(table, tout))
    cadres = [("compétence", "competence", _par(table, "niveau"))]
    cadres += [(par, nom, _par(reunies, par)) for par, nom in PARS.items() if par != "niveau"]
    for par, nom, cases in cadres:
        for niveau in sorted(cases["niveau_scolaire"].unique(), key=rang_niveau):
            lignes = cases.loc[cases["niveau_scolaire"] == niveau, [nom, *_D_UN_ATTENDU]]
            dessin = Dessin("Où en est-on du niveau attendu ?", vue_attendus, lignes,
                            {"par": nom, "niveau": niveau})  # fmt: skip
            yield _choix("attendus", par, niveau), [dessin]


def _dispersions(table: pd.DataFrame) -> Etats:
    for par, niveau, lignes in _coupes(table, tous=False):
        dessin = Dessin(PARTS[SOUS_OBJECTIF][0], vue_certifiables,
                        lignes[[PARS[par], *_D_UNE_PART]],
                        {"part": SOUS_OBJECTIF, "par": PARS[par]})  # fmt: skip
        yield _choix("dispersion", par, niveau), [dessin]


def _certifications(table: pd.DataFrame) -> Etats:
    """Tous niveaux réunis, ou niveau par niveau : d'une 3e à l'autre, peu de choses changent."""
    for part, par in product(PARTS, PARS):
        siennes = _par(table[table["part"] == part], par)
        if len(siennes):
            lignes, options = _ensemble(siennes, PARS[par]), {"part": part, "par": PARS[par]}
            dessin = Dessin("Qui est certifiable, qui est certifié ?", vue_certifiables, lignes,
                            options)  # fmt: skip
            yield _choix("certification", par, quoi=_DITS[part]), [dessin]


def _ensemble(lignes: pd.DataFrame, nom: str) -> pd.DataFrame:
    """Les niveaux d'un groupe réunis : leurs parts, pondérées par leurs effectifs."""
    noms = ["taux_bas", "taux_haut"]
    totaux = lignes.assign(**{n: lignes[n] * lignes["effectif"] for n in noms})
    sommes = {"effectif": "sum", "au_moins": "any", **dict.fromkeys(noms, "sum")}
    table = totaux.groupby(nom, as_index=False).agg(sommes)
    return table.assign(**{n: (table[n] / table["effectif"]).round(2) for n in noms})


def _entonnoirs(ensembles: Ensembles, ici: Ici | None) -> Etats:
    for centre in ensembles.centres.itertuples():
        options = {"taux": (centre.taux_bas, centre.taux_haut), "quoi": _DITS[centre.quoi]}
        le_sien = None if ici is None else _points(ici.points, centre)
        if le_sien is not None and len(le_sien):
            options["ici"] = (ici.nom, le_sien)
        dessin = Dessin("Qu'est-ce qui dépasse le hasard ?", vue_entonnoir,
                        _points(ensembles.entonnoirs, centre), options)  # fmt: skip
        niveau = centre.niveau_scolaire or TOUT
        yield _choix("entonnoir", TOUT, niveau, _DITS[centre.quoi]), [dessin]


def _points(points: pd.DataFrame, centre) -> pd.DataFrame:
    """Ceux d'un entonnoir."""
    siens = (points["quoi"] == centre.quoi) & (points["niveau_scolaire"] == centre.niveau_scolaire)
    return points.loc[siens, ["effectif", "taux_bas", "taux_haut"]].reset_index(drop=True)


# — Les réponses d'abord —


def _bref(ensembles: Ensembles) -> Dessin:
    return en_bref("En un coup d'œil", [
        Reponse("Qui a envoyé ?", _dire_la_participation(ensembles),
                *_ou("participation", ensembles.participation)),
        Reponse("Quelle compétence maîtrise-t-on le moins ?", _dire_la_maitrise(ensembles.maitrise),
                *_ou("maitrise", ensembles.maitrise)),
        *_dire_les_attendus(ensembles.maitrise),
        *_dire_la_dispersion(ensembles.dispersion),
        *_dire_les_parts(ensembles.certification),
        Reponse("Qu'est-ce qui dépasse le hasard ?", _dire_les_entonnoirs(ensembles),
                *_ou("entonnoir", ensembles.centres)),
    ])  # fmt: skip


def _ou(question: str, table: pd.DataFrame) -> tuple[str, dict[str, str]]:
    return (PUBLIC, {"question": question}) if len(table) else ("", {})


def _dire_la_participation(ensembles: Ensembles) -> str:
    tous = _par(ensembles.participation, "niveau")
    if tous.empty:
        return "Trop peu d'établissements ont publié leur participation."
    bas, haut, attendus = (
        int(tous[nom].sum()) for nom in ("envoyes_bas", "envoyes_haut", "attendus")
    )
    taux = entre_taux(bas / attendus, haut / attendus)
    termines = int(_par(ensembles.etapes, "niveau")["termines_bas"].sum()) - haut
    clic = f" Au moins {entier(termines)} ont terminé sans envoyer : il reste un clic."
    dit = f"{entre(bas, haut).capitalize()} élèves sur {entier(attendus)} attendus ({taux})."
    return dit + (clic if termines > 1 else "")


def _dire_la_maitrise(table: pd.DataFrame) -> str:
    """De chaque niveau, la compétence la moins maîtrisée à coup sûr."""
    taux = _par(table[table["mesure"] == TAUX.nom], "niveau")
    if taux.empty:
        return "Trop peu d'établissements ont publié une évaluation."
    dits = []
    for niveau in sorted(taux["niveau_scolaire"].unique(), key=rang_niveau):
        siens = taux[taux["niveau_scolaire"] == niveau]
        moins = siens.loc[siens["valeur_haut"].idxmin()]
        valeur = TAUX.entre(moins["valeur_bas"], moins["valeur_haut"])
        dits.append(f"{niveau} : {moins['competence']} ({valeur})")
    return f"{' ; '.join(dits)}."


def _dire_les_attendus(table: pd.DataFrame) -> Iterator[Reponse]:
    attendus = aux_attendus(_par(table, "niveau"))
    for niveau in sorted(attendus["niveau_scolaire"].unique(), key=rang_niveau):
        siens = attendus[attendus["niveau_scolaire"] == niveau]
        surs = int((siens["haut"] < siens["reference"]).sum())
        des = f"des {len(siens)} compétences testées (sur {len(competences())})"
        qui = conjuguer(surs, f"{des} est", f"{des} sont", personne=f"Aucune {des} n'est")
        dit = f"{qui} au-dessous du niveau {siens['reference'].iloc[0]:.0f} à coup sûr."
        choix = _choix("attendus", "compétence", niveau)
        yield Reponse(f"Où en est-on du niveau attendu en {niveau} ?", dit, PUBLIC, choix)


def _dire_la_dispersion(table: pd.DataFrame) -> Iterator[Reponse]:
    tous = _par(table, "niveau").assign(tout="")
    if len(tous):
        (une,) = _ensemble(tous, "tout").itertuples()
        nombre = effectif_en_mots(int(une.effectif), bool(une.au_moins))
        dit = f"{entre_taux(une.taux_bas, une.taux_haut).capitalize()} de {nombre} élèves."
        yield Reponse(
            "Qui maîtrise moins de la moitié des acquis ?", dit, *_ou("dispersion", table)
        )


def _dire_les_parts(table: pd.DataFrame) -> Iterator[Reponse]:
    tous = _par(table, "niveau")
    for part, question in QUESTIONS.items():
        siens = tous[tous["part"] == part].assign(tout="")
        if len(siens):
            (une,) = _ensemble(siens, "tout").itertuples()
            nombre = effectif_en_mots(int(une.effectif), bool(une.au_moins))
            dit = f"{entre_taux(une.taux_bas, une.taux_haut).capitalize()} de {nombre} élèves."
            choix = {"question": "certification", "quoi": _DITS[part]}
            yield Reponse(question, dit, PUBLIC, choix)


def _dire_les_entonnoirs(ensembles: Ensembles) -> str:
    if ensembles.centres.empty:
        return "Trop peu d'établissements pour le dire."
    nombre = accord(len(ensembles.centres), "entonnoir")
    return f"{nombre} : un point sans nom par établissement, et ce que le hasard seul permet."
