"""Les documents d'un plan de sessions : convocations, listes, émargements, étapes de la
finalisation, modalités retenues, et de quoi inscrire les candidats dans Pix Certif."""

from pathlib import Path

import pandas as pd

from pixkit.charte import conjuguer, date_en_mots
from pixkit.documents.classeur import classeur
from pixkit.documents.import_certif import import_certif
from pixkit.documents.page import Page
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.referentiel import lire, normaliser
from pixkit.sessions import COLONNES, PlanDeSessions
from pixkit.sessions.manques import heure_en_mots, heures

_PIED = "Liste nominative : à ne pas afficher ni diffuser, à détruire après usage"
_PAR_PAGE = 4
_A_APPORTER = (
    "Venez avec vos identifiants Pix (ou de l'ENT) et une pièce d'identité ou votre carnet. Une "
    "absence se justifie auprès de l'établissement."
)
_CERTIFIABLE = (
    "D'ici là, atteignez le niveau 1 dans cinq compétences au moins sur app.pix.fr : c'est ce qui "
    "ouvre la certification. Votre professeur vous aide."
)
_EPREUVE = (
    "L'épreuve : 32 questions sur les seize compétences, dont le niveau s'adapte à l'élève ; deux "
    "heures, dont un quart d'heure d'accueil, de vérification des identités et de sortie, et "
    "1 h 45 de test ; davantage avec un temps majoré. Seuls la passent les élèves certifiables : "
    "cinq compétences au niveau 1 au moins. Les résultats n'ont pas d'incidence sur les diplômes."
)
_ADAPTATIONS = (
    "Les élèves à besoins éducatifs particuliers ont les adaptations de leur PAP ou de leur PPS "
    "(code de l'éducation, articles D. 351-27 et suivants) : temps majoré, matériel."
)
_SUITES = (
    "Le chef d'établissement finalise chaque session dans Pix Certif et y signale les incidents ; "
    "un absent pour force majeure passe à la session de remplacement. Les résultats paraissent "
    "dans Pix, puis, importés par l'établissement, dans le livret scolaire (LSU, LSL)."
)
_SOURCE = (
    "Le chef d'établissement informe de ces modalités le conseil d'administration, le GIP Pix et "
    "les coordonnateurs Pix académiques et départementaux (note de service du 23-10-2024, IV.C, "
    "« Les conditions de passation »)."
)


def ecrire_sessions(plan: PlanDeSessions, sortie: str | Path | Sortie) -> list[Path]:
    """Écrit `convocations.pdf`, `listes.pdf` (par session, par classe, et les candidats à part),
    `emargement.pdf` (une page par session, puis les étapes de la finalisation), `modalites.pdf`
    (une page sans nom d'élève), `sessions.xlsx` et `import-pix-certif.csv`.

    Rend les fichiers écrits.
    """
    faits = {
        "convocations.pdf": _convocations(plan).octets(),
        "listes.pdf": _listes(plan).octets(),
        "emargement.pdf": _emargement(plan).octets(),
        "modalites.pdf": _modalites(plan).octets(),
        "sessions.xlsx": classeur(_feuilles(plan)),
        "import-pix-certif.csv": import_certif(plan),
    }
    with ensemble(sortie) as ou:
        return [ou.poser(nom, octets) for nom, octets in faits.items()]


def _convocations(plan: PlanDeSessions) -> Page:
    page = Page("Convocations à découper, une par élève", du=None)
    a_preparer = set(plan.pas_encore_certifiables["eleve"])
    rangees = plan.candidats.sort_values(["classe", "session"], kind="stable")
    for rang, candidat in enumerate(rangees.itertuples()):
        if rang % _PAR_PAGE == 0:
            page.add_page()
        page.set_xy(page.l_margin, page.t_margin + 66 * (rang % _PAR_PAGE))
        page.rect(page.x, page.y, 180, 62)
        page.set_left_margin(page.x + 4)
        page.ln(3)
        _convocation(page, candidat, a_preparer=candidat.eleve in a_preparer)
        page.set_left_margin(15)
    return _ou_personne(page, plan.candidats)


def _convocation(page: Page, candidat, *, a_preparer: bool) -> None:
    page.titre("Convocation à la certification Pix", 12)
    page.titre(f"{_nom(candidat)} — {candidat.classe}"[:70], 11)
    page.paragraphe(
        f"Le {_quand(candidat)}, salle {candidat.salle[:60]}. Durée : {heures(candidat.duree)}.",
        10,
    )
    page.paragraphe(_A_APPORTER)
    if a_preparer:
        page.paragraphe(_CERTIFIABLE)


def _listes(plan: PlanDeSessions) -> Page:
    page = Page(_PIED, du=None)
    page.add_page()
    page.titre("Sessions de certification Pix")
    page.paragraphe(plan.phrase, 10)
    for phrase in (*plan.manques, *plan.remarques):
        page.paragraphe(f"•  {phrase}")
    sessions = (
        (str(s.session), heure_en_mots(s.debut), s.salle, f"{s.effectif} sur {s.places}", s.classes)
        for s in plan.sessions.itertuples()
    )
    entetes = ("Session", "Quand", "Salle", "Candidats", "Classes")
    page.tableau((18, 56, 36, 28, 42), entetes, sessions)
    a_part = (
        ("Pas encore certifiables, à préparer d'ici là", plan.pas_encore_certifiables),
        ("Sans place", plan.non_places),
    )
    for titre, siens in a_part:
        if len(siens):
            _noms(page, f"{titre} : {conjuguer(len(siens), 'élève', 'élèves')}", siens)
    for numero, siens in plan.candidats.groupby("session"):
        premier = siens.iloc[0]
        page.add_page()
        _noms(page, f"Session {numero}, salle {premier['salle']} — {_quand(premier)}", siens)
    for classe, siens in plan.candidats.groupby("classe", sort=False):
        page.add_page()
        _noms(page, f"{classe} : où et quand", siens)
    return page


def _noms(page: Page, titre: str, siens: pd.DataFrame) -> None:
    page.titre(titre, 12)
    entetes = ("Nom", "Prénom", "Classe", "Session", "Quand, où")
    lignes = (
        (_texte(e.nom), _texte(e.prenom), e.classe, *_rendez_vous(e)) for e in siens.itertuples()
    )
    page.tableau((44, 38, 24, 18, 56), entetes, lignes)


def _rendez_vous(candidat) -> tuple[str, str]:
    if pd.isna(candidat.session):
        return "", "à placer"
    return str(candidat.session), f"{_quand(candidat)}, salle {candidat.salle}"


def _emargement(plan: PlanDeSessions) -> Page:
    page = Page(_PIED, du=None)
    entetes = ("Nom", "Prénom", "Classe", "Né(e) le", "Temps, matériel", "Signature")
    for session in plan.sessions.itertuples():
        siens = plan.candidats[plan.candidats["session"] == session.session]
        page.add_page()
        page.titre(f"Émargement — session {session.session}, salle {session.salle}")
        fin = heures(60 * session.fin.hour + session.fin.minute)
        surveillants = session.surveillants or 30 * "_"
        page.paragraphe(f"Le {heure_en_mots(session.debut)}, jusqu'à {fin}.", 10)
        page.paragraphe(f"Surveillants : {surveillants}    Session Pix Certif n° {12 * '_'}", 10)
        lignes = (_signature(candidat) for candidat in _par_nom(siens).itertuples())
        page.tableau((38, 32, 20, 24, 30, 36), entetes, lignes)
        page.paragraphe(f"Présents : {8 * '_'}    Absents : {30 * '_'}    Incidents : {30 * '_'}")
    page.add_page()
    page.titre("La session, à cocher")
    for moment in ("avant", "pendant", "après"):
        page.titre(moment.capitalize(), 12)
        for rang in (rang for rang in lire("finalisation") if rang["moment"] == moment):
            page.paragraphe(f"☐  {rang['etape'][:1].upper()}{rang['etape'][1:]}.", 10)
    page.paragraphe(_dire_le_remplacement(plan), 10)
    return page


def _par_nom(siens: pd.DataFrame) -> pd.DataFrame:
    """Toutes classes mêlées : c'est ainsi que l'on cherche un nom à l'entrée d'une salle."""
    cles = siens[["nom", "prenom"]].fillna("").map(normaliser)
    return siens.loc[cles.sort_values(["nom", "prenom"], kind="stable").index]


def _signature(candidat) -> tuple[str, ...]:
    ne_le = "" if pd.isna(candidat.date_naissance) else f"{candidat.date_naissance:%d/%m/%Y}"
    temps = heures(candidat.duree) if candidat.majoration else ""
    besoins = " ; ".join(filter(None, (temps, candidat.materiel)))
    return _texte(candidat.nom), _texte(candidat.prenom), candidat.classe, ne_le, besoins, ""


def _modalites(plan: PlanDeSessions) -> Page:
    """Une page, sans nom d'élève : seuls des nombres."""
    page = Page("Modalités retenues, sans nom d'élève", du=None)
    page.add_page()
    page.titre("Certification Pix : les modalités retenues")
    page.paragraphe(_SOURCE, 10)
    page.titre("Qui et quand", 12)
    tous = pd.concat([plan.candidats, plan.non_places])
    for public, siens in tous.groupby("public"):
        libelles = [rang["libelle"] for rang in lire("publics") if rang["public"] == public]
        page.paragraphe(
            f"•  {' ; '.join(libelles)} : {conjuguer(len(siens), 'candidat', 'candidats')} ; "
            f"fenêtre nationale : {plan.fenetres[public]}.",
            10,
        )
    jours = plan.sessions.groupby(plan.sessions["debut"].dt.date) if len(plan.sessions) else ()
    for jour, siennes in jours:
        sessions = conjuguer(len(siennes), "session", "sessions")
        salles = conjuguer(siennes["salle"].nunique(), "salle", "salles")
        effectif = conjuguer(int(siennes["effectif"].sum()), "candidat", "candidats")
        page.paragraphe(f"•  Le {date_en_mots(jour)} : {sessions}, {salles}, {effectif}.", 10)
    page.paragraphe(_dire_le_remplacement(plan), 10)
    if len(plan.non_places):
        page.paragraphe(f"Restent à placer : {len(plan.non_places)} candidats.", 10)
    page.titre("L'épreuve", 12)
    page.paragraphe(_EPREUVE, 10)
    page.titre("Adaptations et suites", 12)
    page.paragraphe(_ADAPTATIONS, 10)
    page.paragraphe(_SUITES, 10)
    return page


def _dire_le_remplacement(plan: PlanDeSessions) -> str:
    garde = plan.remplacement
    if garde is None:
        return f"Session de remplacement pour les absents : à fixer, le {30 * '_'}"
    return (
        f"Session de remplacement pour les absents : le {heure_en_mots(garde.debut)}, salle "
        f"{garde.salle}."
    )


def _feuilles(plan: PlanDeSessions) -> dict[str, pd.DataFrame]:
    """Les sessions, les candidats, ceux qu'il faut préparer ou placer, et chaque classe."""
    noms = [nom for nom in COLONNES if nom != "eleve"]
    sessions = plan.sessions.assign(
        date=plan.sessions["debut"].map(lambda debut: f"{debut:%d/%m/%Y}"),
        heure=plan.sessions["debut"].map(lambda debut: f"{debut:%H:%M}"),
    )[["session", "date", "heure", "salle", "places", "effectif", "classes", "surveillants"]]
    candidats = plan.candidats[noms]
    feuilles = {"Sessions": sessions, "Candidats": candidats}
    for nom, siens in (
        ("Pas encore certifiables", plan.pas_encore_certifiables[noms]),
        ("Sans place", plan.non_places[["nom", "prenom", "classe"]]),
    ):
        feuilles |= {nom: siens} if len(siens) else {}
    return feuilles | {
        str(classe): siens for classe, siens in candidats.groupby("classe", sort=False)
    }


def _quand(candidat) -> str:
    debut = pd.Timestamp(f"{candidat.date} {candidat.heure}")
    return heure_en_mots(debut)


def _nom(candidat) -> str:
    return " ".join(f"{_texte(candidat.prenom)} {_texte(candidat.nom)}".split())


def _texte(valeur) -> str:
    return "" if pd.isna(valeur) else str(valeur)


def _ou_personne(page: Page, candidats: pd.DataFrame) -> Page:
    if candidats.empty:
        page.add_page()
        page.paragraphe("Personne n'est convoqué.", 12)
    return page
