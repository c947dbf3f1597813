"""Étage 2 et quatre cinquièmes — de quel public est un élève, et dans quelle fenêtre ce public se
certifie."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

import pandas as pd

from pixkit.charte import date_en_mots
from pixkit.erreurs import FichierIllisible
from pixkit.referentiel import fenetres_certification, lire, normaliser
from pixkit.tables import PUBLICS

OU_TROUVER = (
    "le calendrier national est publié chaque année sur Éduscol et sur le site de Pix (note de "
    "service du 23-10-2024, IV.C) ; notez-le dans pixkit_fenetres.csv, colonnes "
    "annee_scolaire;public;debut;fin;source, dates comme 2027-03-15"
)
_RATTRAPAGE = "rattrapage"


@cache
def public_de(niveau_scolaire: str, classe: str) -> tuple[str | None, bool]:
    """(le public d'un élève, None s'il n'en a pas ; son année est-elle connue).

    3e, prépa-métiers d'un lycée comprises (circulaire de Nantes du 16-12-2020) ; terminale, et CAP
    l'année du diplôme (note de service du 23-10-2024, IV.A) ; CAPa et BTSA au terme de la formation
    (note DGER/SDPFE/2023-728 du 24-11-2023, 1) ; CPGE. Les apprentis (CFA, UFA) et les élèves du
    Cned ou d'un établissement français à l'étranger suivent les mêmes règles dès qu'ils sont sur la
    liste (mêmes textes). Un CAP dont le nom ne dit pas l'année compte : mieux vaut une convocation
    à vérifier qu'un élève oublié.
    """
    nom = normaliser(classe)
    for rang in lire("publics"):
        trouve = {cle: bool(re.search(rang[cle], nom)) if rang[cle] else None for cle in _MOTIFS}
        du_public = rang["niveau_scolaire"] == niveau_scolaire and trouve["motif"] is not False
        if du_public and not trouve["ecarte"]:
            public = None if trouve["premiere"] and not trouve["derniere"] else rang["public"]
            return public, trouve["derniere"] is not False
    return None, True


_MOTIFS = ("motif", "ecarte", "premiere", "derniere")


def fenetres(
    public: str, annee_scolaire: str, saisies: Iterable[Mapping[str, str]], *, absents: bool = False
) -> list[tuple[date, date]]:
    """Les fenêtres d'un public, celles que l'établissement a saisies d'abord ; vide tant qu'aucune
    source ne donne deux jours.

    `absents` : avec celles de rattrapage, qui ne s'ouvrent qu'à eux.
    """
    siennes = [
        (date.fromisoformat(ligne["debut"]), date.fromisoformat(ligne["fin"]))
        for ligne in saisies
        if ligne["annee_scolaire"] == annee_scolaire and ligne["public"] == public
    ]
    return siennes or [
        (fenetre["debut"], fenetre["fin"])
        for fenetre in fenetres_certification(annee_scolaire)
        if fenetre["debut"] and fenetre["fin"] and fenetre["remplacee"] != "oui"
        and any(re.search(motif, normaliser(fenetre["public"])) for motif in _calendriers(public))
        and (absents or _RATTRAPAGE not in normaliser(fenetre["public"]))
    ]  # fmt: skip


def _calendriers(public: str) -> list[str]:
    return [rang["fenetre"] for rang in lire("publics") if rang["public"] == public]


def verifier_saisies(saisies: Iterable[Mapping[str, str]]) -> None:
    """Lève FichierIllisible si une fenêtre saisie n'a pas deux dates ISO et un public connu."""
    for numero, ligne in enumerate(saisies, start=2):
        try:
            jours = [date.fromisoformat(ligne[nom]) for nom in ("debut", "fin")]
        except ValueError:
            jours = []
        if ligne["public"] not in PUBLICS or jours != sorted(jours) or not jours:
            raise FichierIllisible(
                f"dans « pixkit_fenetres.csv », ligne {numero}, une fenêtre qui ne se comprend "
                "pas.",
                f"un public parmi {', '.join(PUBLICS)}, un début et une fin comme 2027-03-15.",
                "corrigez cette ligne, ou supprimez-la ; rien n'y a été changé.",
            )


def hors_periode(jour: date, ouvertes: list[tuple[date, date]]) -> bool:
    """Ce jour est-il hors de toutes les fenêtres connues ? Jamais quand aucune ne l'est.

    Hors période, une session se tient « exceptionnellement », en lien avec l'académie (note de
    service du 23-10-2024, IV.C) : c'est dit, non refusé.
    """
    return bool(ouvertes) and not any(debut <= jour <= fin for debut, fin in ouvertes)


def en_mots(ouvertes: list[tuple[date, date]]) -> str:
    """« du 16 mars 2026 au 13 juin 2026 » ; « à saisir » tant qu'on ne la connaît pas."""
    dites = [f"du {date_en_mots(debut)} au {date_en_mots(fin)}" for debut, fin in ouvertes]
    return " ou ".join(dites) or "à saisir"


def publics_de(eleves: pd.DataFrame) -> pd.DataFrame:
    """`public` et `annee_connue` de chaque élève, alignés sur la table."""
    qui = zip(eleves["niveau_scolaire"].fillna(""), eleves["classe"].fillna(""), strict=True)
    lus = [public_de(niveau, classe) for niveau, classe in qui]
    return pd.DataFrame(lus, columns=["public", "annee_connue"], index=eleves.index)


def publics_presents(eleves: pd.DataFrame) -> dict[str, str]:
    """{libellé: public} de ceux que la liste d'élèves contient, dans l'ordre des textes."""
    siens = set(publics_de(eleves)["public"].dropna())
    libelles: dict[str, list[str]] = {}
    for rang in lire("publics"):
        if rang["public"] in siens:
            libelles.setdefault(rang["public"], []).append(rang["libelle"])
    return {" ; ".join(noms): public for public, noms in libelles.items()}
