"""Les niveaux à recopier dans le LSU : une feuille par classe de CM2 et de 6e, et comment chaque
proposition se lit."""

from pathlib import Path

import pandas as pd

from pixkit.documents.classeur import classeur
from pixkit.ecriture_sure import Sortie, ensemble
from pixkit.referentiel import domaines, libelle, rang_niveau

_A_LIRE = (
    "Ces niveaux sont une proposition aux enseignants, ce n'est pas un verdict de Pix : ce que les "
    "exports ne montrent pas, eux le savent.",
    "Un niveau par domaine, de 1 à 3, dans le dernier bilan périodique du livret, en CM2 et en 6e "
    "(note de service du 23-10-2024, II.A).",
    "Avec « ? » : le niveau proposé, que personne n'a encore retenu. Vide : rien de testé, moins "
    "que le niveau 1, ou une proposition écartée.",
    "La feuille « Méthode » dit d'où vient chaque proposition.",
)


def ecrire_livrets(
    livrets: pd.DataFrame, sortie: str | Path | Sortie, *, mentions: pd.DataFrame | None = None
) -> Path:
    """Écrit `livrets.xlsx` d'après une table de `livrets` ; `mentions` (voir `mentions`) ajoute la
    certification. Rend le fichier écrit."""
    lignes = _une_par_eleve(livrets)
    if mentions is not None:
        lignes = lignes.merge(mentions, on="eleve", how="left")
    feuilles = {"À lire": pd.DataFrame({"Avant de recopier": _A_LIRE})}
    for classe in sorted(set(lignes["classe"]), key=rang_niveau):
        feuilles[classe] = lignes[lignes["classe"] == classe].drop(columns="eleve")
    methode = livrets.dropna(subset=["methode"]).drop(columns="eleve")
    methode = methode.assign(domaine=methode["domaine"].map(libelle))
    with ensemble(sortie) as ou:
        return ou.poser("livrets.xlsx", classeur(feuilles | {"Méthode": methode}))


def _une_par_eleve(livrets: pd.DataFrame) -> pd.DataFrame:
    """Une ligne par élève, une colonne par domaine : le niveau retenu, à défaut le proposé et
    « ? » ; une proposition écartée laisse la case vide."""
    retenus, proposes = (livrets[f"niveau_{nom}"].astype("str") for nom in ("retenu", "propose"))
    niveaux = retenus.where(
        livrets["date"].notna(), proposes.map("{} ?".format, na_action="ignore")
    )
    qui = ["eleve", "classe", "nom", "prenom"]
    table = livrets.assign(niveau=niveaux.fillna(""))
    table[qui] = table[qui].fillna("")
    cases = table.pivot(index="eleve", columns="domaine", values="niveau")
    cases = cases.reindex(columns=list(domaines())).rename(
        columns={code: f"{code}. {nom}" for code, nom in domaines().items()}
    )
    return table.drop_duplicates("eleve")[qui].join(cases, on="eleve").reset_index(drop=True)
