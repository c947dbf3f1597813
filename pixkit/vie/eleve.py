"""Étage 4 — un élève : le trouver, et tout ce que le dossier sait de lui."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pixkit.appariement.noms import mots
from pixkit.charte import accord, date_en_mots
from pixkit.decisions import ACCEPTE
from pixkit.ecole import Ecole
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.erreurs import ChoixInconnu
from pixkit.gabarits import rendre
from pixkit.memoire import MEMOIRES, chemin_memoire, lire_memoire
from pixkit.mesures.certifies import certifications_retenues
from pixkit.publication.memoire import lire_publications
from pixkit.publication.population import nom_sans_ordre, noms_portes
from pixkit.referentiel import normaliser
from pixkit.tableaux import textes
from pixkit.tables import PARTICIPATION

_QUI = ["eleve", "nom", "prenom", "classe", "date_naissance"]
_LIVRETS = ["annee_scolaire", "domaine", "niveau_propose", "methode", "niveau_retenu", "date"]


@dataclass(frozen=True)
class Personne:
    """Un élève tel que le dossier le connaît. `noms` : tous ceux qu'il porte (mots triés) ;
    `saisies` : (nom, prénom, classe) tels qu'un fichier les écrit ; `homonyme` : un autre élève
    porte l'un de ses noms."""

    eleve: str
    nom: str
    prenom: str
    classe: str
    naissance: str
    noms: frozenset[str]
    saisies: frozenset[tuple[str, str, str]]
    homonyme: bool

    def en_mots(self) -> str:
        """« MARTIN Léa, 5eA, naissance : 3 mai 2014 (clé 123456789AB) »."""
        ne = f"naissance : {self.naissance}" if self.naissance else ""
        dits = filter(None, (f"{self.nom} {self.prenom}".strip(), self.classe, ne))
        return f"{', '.join(dits)} (clé {self.eleve})".strip()

    def est_dans(self, ligne: Mapping[str, str]) -> bool:
        """Une ligne d'une mémoire parle-t-elle de lui : sa clé, ou son nom ? De deux homonymes,
        une décision ne nomme que celui de sa classe."""
        if self.eleve in ligne.values():
            return True
        if "decision" in ligne and "nom" in ligne:
            saisie = _saisie(ligne["nom"], ligne["prenom"], ligne["classe"])
            sien = nom_sans_ordre(ligne["nom"], ligne["prenom"]) in self.noms
            return sien and (not self.homonyme or saisie in self.saisies)
        dits = {frozenset(mots(texte)) for texte in ligne.values()}
        return any(set(nom.split()) <= dit for nom in self.noms if " " in nom for dit in dits)


@dataclass(frozen=True)
class Section:
    """Ce que le dossier sait d'un élève sur un sujet : une table, une ligne par fait."""

    titre: str
    table: pd.DataFrame

    @property
    def faits(self) -> list[list[tuple[str, str]]]:
        """(« Campagne », « KLTB »)… de chaque ligne, sans les cases vides."""
        dits = textes(self.table)
        return [
            [
                (titre, texte)
                for titre, texte in zip(dits["colonnes"], ligne, strict=True)
                if texte not in ("–", "")
            ]
            for ligne in dits["lignes"]
        ]


@dataclass(frozen=True)
class Connu:
    """Tout ce qui est su d'un élève : ses `sections`, et le nombre de sommes publiées où il
    compte, sans y être nommé."""

    personne: Personne
    sections: list[Section]
    nb_sommes: int

    def en_texte(self) -> str:
        return rendre("eleve.txt.j2", connu=self)


def choisir_eleve(ecole: Ecole, dit: str) -> Personne:
    """L'élève de cette clé ou de ce nom. Lève ChoixInconnu, qui cite ceux qui s'y trompent."""
    annuaire = _annuaire(ecole)
    cles = annuaire["eleve"]
    trouvees = set(cles[cles == dit.strip()])
    voulus, portes = set(mots(dit)), _noms(ecole, annuaire)
    for assez in (set.__eq__, set.__le__):
        trouvees = trouvees or {
            cle
            for cle, noms in portes.items()
            if voulus and any(assez(voulus, set(nom.split())) for nom in noms)
        }
    personnes = [_personne(cle, annuaire, portes) for cle in sorted(trouvees)]
    if len(personnes) == 1:
        return personnes[0]
    if personnes:
        raise ChoixInconnu(
            f"« {dit} », qui est le nom de {accord(len(personnes), 'élève')}.",
            f"l'un de : {' ; '.join(une.en_mots() for une in personnes)}.",
            "recommencez avec sa clé.",
        )
    raise ChoixInconnu(
        f"« {dit} », que ni les fichiers ni les décisions de ce dossier ne connaissent.",
        "la clé ou le nom d'un élève, tels qu'ils y sont écrits.",
        "vérifiez l'orthographe ; s'il a quitté les fichiers, donnez sa clé.",
    )


def connaitre(ecole: Ecole, personne: Personne) -> Connu:
    """Tout ce que le dossier sait de cet élève, fichiers bruts et mémoires."""
    tables = {
        "Dans les listes d'élèves": _siens(ecole.tables.eleves, personne),
        "Participations": _siens(ecole.participations, personne),
        **_details(ecole, personne),
        "Suivi": _siens(ecole.suivi.query("etat != 'hors_perimetre'"), personne),
        "Attestation de 6e": _siens(ecole.attestations, personne),
        "Livret": _siens(ecole.livrets, personne, _LIVRETS),
        "Certifications": _siens(certifications_de_tous(ecole), personne),
        "Certifiable ?": _siens(ecole.certifiables, personne),
        **_memoires(ecole, personne),
    }
    sections = [
        Section(titre, _lisible(table)) for titre, table in tables.items() if not table.empty
    ]
    return Connu(personne, sections, _sommes(ecole, personne))


def ecrire_connu(connu: Connu, sortie: str | Path | Sortie) -> Path:
    """Écrit `eleve-CLE.html` : tout ce qui est su d'un élève, à lui remettre ou à sa famille."""
    nom = re.sub(r"[^\w-]+", "-", connu.personne.eleve)
    with ensemble(sortie) as ou:
        return ou.poser(f"eleve-{nom}.html", rendre("eleve.html.j2", connu=connu).encode())


def certifications_de_tous(ecole: Ecole) -> pd.DataFrame:
    """Les certifications ; qui n'est relié à personne y a la clé que les mesures lui donnent."""
    retenues, toutes = certifications_retenues(ecole.certifications), ecole.certifications
    cles = dict(zip(_identites(retenues), retenues["eleve"], strict=True))
    deduites = pd.Series(_identites(toutes), index=toutes.index, dtype="object").map(cles)
    sans = "certification " + toutes["numero"].astype("str")
    return toutes.assign(eleve=toutes["eleve"].fillna(deduites).fillna(sans))


def _identites(certifications: pd.DataFrame) -> list[tuple]:
    lignes = certifications[["nom", "prenom", "date_naissance"]].itertuples(index=False)
    return [(*(normaliser(_dit(texte)) for texte in une[:2]), str(une[2])) for une in lignes]


def _annuaire(ecole: Ecole) -> pd.DataFrame:
    """Une ligne par élève × façon dont un fichier, ou une décision, le nomme."""
    decisions = pd.DataFrame(
        [
            (une.eleve if une.decision == ACCEPTE else _sans_fichier(une.nom, une.prenom),
             une.nom, une.prenom, une.classe, pd.NaT)
            for une in ecole.decisions
        ],
        columns=_QUI,
    )  # fmt: skip
    lues = [
        table.reindex(columns=_QUI)
        for table in (ecole.tables.eleves, ecole.participations, certifications_de_tous(ecole))
    ]
    usage = ecole.tables.eleves.assign(nom=ecole.tables.eleves["nom_usage"]).dropna(subset="nom")
    lues.append(usage.reindex(columns=_QUI))
    connus = pd.concat([table.astype("object") for table in lues])
    noms = {nom_sans_ordre(_dit(n), _dit(p)) for n, p in zip(connus["nom"], connus["prenom"],
                                                            strict=True)}  # fmt: skip
    seules = [
        nom_sans_ordre(ligne.nom, ligne.prenom) not in noms or ligne.eleve in set(connus["eleve"])
        for ligne in decisions.itertuples()
    ]
    cles = {
        ligne["eleve"]
        for nom, colonnes in MEMOIRES.items()
        if "eleve" in colonnes and ecole.dossier
        for ligne in lire_memoire(ecole.dossier, nom)
    }
    restent = pd.DataFrame({"eleve": sorted(cles - {""} - set(connus["eleve"]))})
    tous = [connus, decisions[seules].astype("object"), restent.reindex(columns=_QUI)]
    return pd.concat(tous, ignore_index=True).dropna(subset="eleve")


def _sans_fichier(nom: str, prenom: str) -> str:
    """La clé d'un nom que seule une décision garde."""
    return f"nom {nom_sans_ordre(nom, prenom)}"


def _noms(ecole: Ecole, annuaire: pd.DataFrame) -> dict[str, set[str]]:
    """{clé: les noms portés, mots triés}."""
    noms = {cle: set(siens) for cle, siens in noms_portes(ecole).items()}
    for ligne in annuaire.itertuples():
        nom = nom_sans_ordre(_dit(ligne.nom), _dit(ligne.prenom))
        noms.setdefault(ligne.eleve, set()).update({nom} - {""})
    return noms


def _personne(cle: str, annuaire: pd.DataFrame, portes: Mapping[str, set[str]]) -> Personne:
    siennes = annuaire[annuaire["eleve"] == cle]
    premiers = {nom: next(iter(siennes[nom].dropna()), None) for nom in _QUI[1:]}
    ne, noms = premiers["date_naissance"], frozenset(portes[cle])
    return Personne(
        cle,
        *(_dit(premiers[nom]) for nom in ("nom", "prenom", "classe")),
        date_en_mots(ne) if ne is not None else "",
        noms,
        frozenset(
            _saisie(*map(_dit, une))
            for une in siennes[["nom", "prenom", "classe"]].itertuples(index=False)
        ),
        any(noms & autres for autre, autres in portes.items() if autre != cle),
    )


def _dit(texte: object) -> str:
    return texte if isinstance(texte, str) else ""


def _saisie(nom: str, prenom: str, classe: str) -> tuple[str, str, str]:
    return normaliser(nom), normaliser(prenom), normaliser(classe)


def _siens(
    table: pd.DataFrame, personne: Personne, colonnes: list[str] | None = None
) -> pd.DataFrame:
    siens = table[table["eleve"] == personne.eleve]
    return siens if colonnes is None else siens[colonnes]


def _details(ecole: Ecole, personne: Personne) -> dict[str, pd.DataFrame]:
    """Ses résultats, ses acquis, ses badges : tous ses envois, et pas seulement le retenu."""
    siennes = _siens(ecole.participations, personne)[[*PARTICIPATION, "campagne"]]
    details = {
        "Résultats": ecole.tables.resultats,
        "Acquis": ecole.tables.acquis,
        "Badges": ecole.tables.badges,
    }
    return {
        titre: siennes.merge(
            table[table["fichier"].isin(siennes["fichier"])].astype({"fichier": "str"}),
            on=PARTICIPATION,
        ).drop(columns=PARTICIPATION)
        for titre, table in details.items()
    }


def _memoires(ecole: Ecole, personne: Personne) -> dict[str, pd.DataFrame]:
    """{« Gardé dans pixkit_decisions.csv »: ses lignes}."""
    if ecole.dossier is None:
        return {}
    return {
        f"Gardé dans {chemin_memoire(ecole.dossier, nom).name}": pd.DataFrame(
            [ligne for ligne in lire_memoire(ecole.dossier, nom) if personne.est_dans(ligne)],
            columns=colonnes,
        )
        for nom, colonnes in MEMOIRES.items()
    }


def _sommes(ecole: Ecole, personne: Personne) -> int:
    if ecole.dossier is None:
        return 0
    memoire, _ = lire_publications(ecole.dossier)
    siens = memoire.numeros(personne.eleve, personne.noms)
    return sum(
        bool(siens & atome.contributions.keys())
        for groupe in memoire.groupes
        for atome in groupe.atomes
    )


def _lisible(table: pd.DataFrame) -> pd.DataFrame:
    """Sans les colonnes vides ; oui et non en toutes lettres."""
    remplies = table.dropna(axis="columns", how="all")
    vrais = remplies.select_dtypes(["bool", "boolean"]).columns
    dits = {nom: remplies[nom].map({True: "oui", False: "non"}).astype("str") for nom in vrais}
    return remplies.assign(**dits).reset_index(drop=True)
