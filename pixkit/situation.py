"""Étage 3 — où en est l'établissement une année scolaire : chaque question de la première page de
l'atelier, sa réponse, la page qui la montre, et l'âge de ce qu'elle dit."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pandas as pd

from pixkit.charte import accord, age_en_mots, date_en_mots, enumerer, pourcentage
from pixkit.ecole import Ecole
from pixkit.erreurs import ComparaisonImpossible
from pixkit.grandeurs import mesure_de_la_table
from pixkit.memoire import lire_memoire
from pixkit.mesures import angles_morts, ecarts, envois_de_l_ecole, relances
from pixkit.mesures.angles_morts import d_un_niveau
from pixkit.mesures.certitude import SIGNAUX
from pixkit.mesures.retenus import classes
from pixkit.referentiel import echeance_toussaint, est_a_part, libelle
from pixkit.reponses import MONTREES, SANS_LISTE, Reponse, dire_ecarts, jamais_testees
from pixkit.sessions.publics import fenetres, public_de
from pixkit.tables import CAMPAGNES, FUSEAU

_LIEU = ["campagne", "niveau_scolaire"]
_LISTES = ("siecle", "fregata", "sup", "liste")
_RIEN_A_FAIRE = "Rien ne presse : tout le monde a envoyé, et chaque nom est décidé."
_SANS_DATE = "Aucune date officielle connue : notez-la dans pixkit_fenetres.csv quand elle paraît."
_SANS_COLLECTE = "Aucune collecte de profils cette année : elle seule le dirait."


def annees_scolaires(ecole: Ecole) -> list[str]:
    """Les années dont le dossier a des campagnes ou des certifications, la plus récente d'abord."""
    tables = ecole.tables.participations, ecole.tables.certifications
    return sorted({an for table in tables for an in table["annee_scolaire"].dropna()}, reverse=True)


def ou_en_sommes_nous(ecole: Ecole, annee: str, jour: date) -> list[Reponse]:
    """Les réponses d'une année scolaire, au jour dit, dans l'ordre où la page les montre."""
    noms = noms_a_decider(ecole)
    return [
        _cette_semaine(ecole, annee, jour, noms),
        _pas_envoye(ecole, annee, jour),
        _qui_est_qui(ecole, noms, jour),
        _ecarts(ecole, annee, jour),
        _angles_morts(ecole, annee, jour),
        _certifiables(ecole, annee, jour),
        _dates(ecole, annee, jour),
    ]


def envois_de_l_annee(ecole: Ecole, annee: str) -> pd.DataFrame:
    """Toute l'école, classe par classe et parcours par parcours : voir `envois_de_l_ecole`."""
    return envois_de_l_ecole(_de(ecole.suivi, annee))


def noms_a_decider(ecole: Ecole) -> int:
    """Combien de noms attendent qu'une personne dise qui c'est, dans Pix et les certifications."""
    liens = [*ecole.liens.liens, *ecole.liens_certifications.liens]
    return sum(lien.certitude == "douteuse" for lien in liens)


def envois_par_eleve(ecole: Ecole) -> dict[str, tuple[str, str, str]]:
    """{« NOM Prénom — classe » : (campagne, classe, clé)} de l'envoi le plus récent de chacun."""
    lignes = ecole.participations.assign(classe=classes(ecole.participations))
    lignes = lignes[lignes["retenue"] & lignes["envoye"] & lignes["nom"].notna()]
    lignes = lignes.sort_values("date_envoi").drop_duplicates("eleve", keep="last")
    lignes = lignes.sort_values(["nom", "prenom", "classe"])
    noms = (lignes["nom"].fillna("") + " " + lignes["prenom"].fillna("")).str.strip()
    textes = noms + " — " + lignes["classe"]
    doubles = textes.duplicated(keep=False)  # deux homonymes d'une classe : leur clé les distingue
    textes = textes.where(~doubles, textes + " — n° " + lignes["eleve"])
    cles = zip(lignes["campagne"], lignes["classe"], lignes["eleve"], strict=True)
    return dict(zip(textes, cles, strict=True))


def _de(table: pd.DataFrame, annee: str) -> pd.DataFrame:
    return table[table["annee_scolaire"] == annee]


def _age(ecole: Ecole, natures: Iterable[str], jour: date) -> str:
    """De quand datent les fichiers d'où vient une réponse ; vide s'il n'y en a aucun."""
    fichiers = ecole.tables.fichiers
    dates = fichiers.loc[fichiers["nature"].isin([*natures]), "date_donnees"].dropna()
    midi = datetime.combine(jour, time(12), ZoneInfo(FUSEAU))
    return age_en_mots(dates.max(), midi)[0] if len(dates) else ""


def _cette_semaine(ecole: Ecole, annee: str, jour: date, noms: int) -> Reponse:
    question, age = "Que faire cette semaine ?", _age(ecole, CAMPAGNES, jour)
    gestes = [*_gestes(ecole, annee, noms)][:MONTREES]
    dits = " ; ".join(dit for dit, _ in gestes)
    page = gestes[0][1] if gestes else "Relances"
    return Reponse(
        question, f"{dits[:1].upper()}{dits[1:]}." if dits else _RIEN_A_FAIRE, page, age=age
    )


def _gestes(ecole: Ecole, annee: str, noms: int) -> Iterator[tuple[str, str]]:
    """Ce qui peut se faire tout de suite, et où, ce qui débloque le plus d'abord."""
    if ecole.tables.eleves.empty:
        yield "ajouter la liste des élèves, pour savoir qui manque", "Qui est qui"
    if noms:
        yield f"décider {accord(noms, 'nom')} de « Qui est qui »", "Qui est qui"
    etats = _de(ecole.suivi, annee)["etat"].value_counts()
    if finis := int(etats.get("termine_non_envoye", 0)):
        yield (
            f"faire envoyer {accord(finis, 'parcours fini', 'parcours finis')} (un clic)",
            "Relances",
        )
    if restent := int(etats.get("en_cours", 0) + etats.get("jamais_commence", 0)):
        yield f"faire finir ou commencer {accord(restent, 'parcours', 'parcours')}", "Relances"


def _pas_envoye(ecole: Ecole, annee: str, jour: date) -> Reponse:
    question, age = "Qui n'a pas envoyé ?", _age(ecole, CAMPAGNES, jour)
    suivi = _de(ecole.suivi, annee)
    attendus = suivi[suivi["etat"] != "hors_perimetre"]
    if attendus.empty:
        return Reponse(question, SANS_LISTE, "Relances", age=age)
    manquent = relances(suivi)
    restent, tous = manquent["eleve"].nunique(), attendus["eleve"].nunique()
    if not restent:
        return Reponse(
            question, f"Chacun des {tous} élèves attendus a envoyé.", "Relances", age=age
        )
    plus = manquent["campagne"].value_counts().index[0]
    parts = manquent["nom_campagne"].value_counts().head(MONTREES)
    dits = " · ".join(f"{nom} : {nombre}" for nom, nombre in parts.items())
    n_ont = "n’a" if restent < 2 else "n’ont"
    dit = f"{restent} sur {tous} {n_ont} pas tout envoyé. {dits}."
    return Reponse(question, dit, "Relances", {"campagne": plus}, age)


def _qui_est_qui(ecole: Ecole, noms: int, jour: date) -> Reponse:
    dit = (
        f"{accord(noms, 'nom attend', 'noms attendent')} une décision."
        if noms
        else (SANS_LISTE if ecole.tables.eleves.empty else "Aucun nom n'attend de décision.")
    )
    return Reponse("Qui est qui ?", dit, "Qui est qui", age=_age(ecole, _LISTES, jour))


def ecarts_nets_de_l_annee(ecole: Ecole, annee: str) -> pd.DataFrame:
    """Les écarts nets des classes à leur niveau scolaire, campagne par campagne, les plus grands
    d'abord. Une campagne dont les parcours ne se comparent pas n'en a pas ; une classe à part
    (SEGPA, ULIS), ou seule de son niveau, n'a à qui se comparer."""
    return ecole.une_fois(("nets", annee), lambda: _nets(_de(ecole.resultats, annee)))


def _nets(resultats: pd.DataFrame) -> pd.DataFrame:
    tables = []
    ordinaires = resultats[~resultats["classe"].map(est_a_part).astype(bool)]
    for lieu, lignes in ordinaires.groupby(_LIEU, sort=True):
        try:
            table = ecarts(lignes)
        except ComparaisonImpossible:
            continue
        part = table["ecart_retenu"].abs() / mesure_de_la_table(table).etendue
        tables.append(table.assign(part=part, **dict(zip(_LIEU, lieu, strict=True))))
    nets = [table[table["signal"] == SIGNAUX[0]] for table in tables]
    nets = [table for table in nets if len(table)]
    vide = pd.DataFrame(columns=["classe", "competence", "ecart_retenu", "mesure", *_LIEU, "part"])
    tous = pd.concat(nets, ignore_index=True) if nets else vide
    return tous.sort_values("part", ascending=False, ignore_index=True)


def _ecarts(ecole: Ecole, annee: str, jour: date) -> Reponse:
    nets = ecarts_nets_de_l_annee(ecole, annee)
    dit = dire_ecarts(
        f"{ligne.classe}, {libelle(ligne.competence)} "
        f"({mesure_de_la_table(nets.iloc[[ligne.Index]]).dire_ecart(ligne.ecart_retenu)})"
        for ligne in nets.head(MONTREES).itertuples()
    )
    choix = {} if nets.empty else nets.iloc[0][[*_LIEU, "classe"]].to_dict()
    choix |= {"question": "Écarts d'une classe"}
    age = _age(ecole, CAMPAGNES, jour)
    return Reponse("Quelles classes s'écartent nettement ?", dit, "Explorer", choix, age)


def _angles_morts(ecole: Ecole, annee: str, jour: date) -> Reponse:
    resultats = d_un_niveau(_de(ecole.resultats, annee))  # comme sur la page ouverte
    niveaux = angles_morts(resultats).groupby("niveau_scolaire")
    dit = jamais_testees({n: set(lu.loc[lu["testee"], "competence"]) for n, lu in niveaux})
    choix, age = {"question": "Angles morts"}, _age(ecole, CAMPAGNES, jour)
    return Reponse("Qu'est-ce qui n'a jamais été testé ?", dit, "Explorer", choix, age)


def _certifiables(ecole: Ecole, annee: str, jour: date) -> Reponse:
    question, age = "Combien sont certifiables ?", _age(ecole, ["collecte"], jour)
    table = _de(ecole.certifiables, annee)
    connus = table["certifiable"].dropna()
    if connus.empty:
        return Reponse(question, _SANS_COLLECTE, "Certifier", age=age)
    oui, tous = int(connus.sum()), len(connus)
    qui = f"{accord(tous, 'élève qui a', 'élèves qui ont')} envoyé une collecte"
    return Reponse(question, f"{oui} sur {qui} ({pourcentage(oui / tous)}).", "Certifier", age=age)


def _dates(ecole: Ecole, annee: str, jour: date) -> Reponse:
    dites = [dit for quand, dit in sorted(_echeances(ecole, annee)) if quand >= jour]
    dit = f"{enumerer(dites[:MONTREES])}." if dites else _SANS_DATE
    return Reponse("Quelles sont les prochaines dates ?", f"{dit[:1].upper()}{dit[1:]}", "Année")


def _echeances(ecole: Ecole, annee: str) -> Iterator[tuple[date, str]]:
    """(le jour, ce qui s'y passe) : la Toussaint, et les fenêtres des publics de cette école."""
    if toussaint := echeance_toussaint(annee):
        yield toussaint, f"parcours de rentrée avant le {date_en_mots(toussaint)}"
    saisies = lire_memoire(ecole.dossier, "fenetres") if ecole.dossier else []
    lieux = ecole.tables.participations[["niveau_scolaire", "classe"]].dropna().drop_duplicates()
    for public in sorted(
        {public_de(*lieu)[0] or "" for lieu in lieux.itertuples(index=False)} - {""}
    ):
        for debut, fin in fenetres(public, annee, saisies):
            yield fin, f"certification ({public}) du {date_en_mots(debut)} au {date_en_mots(fin)}"
