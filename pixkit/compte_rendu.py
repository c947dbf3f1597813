"""Étage 4 — ce que la commande dit d'une lecture, au terminal."""

import sys
import time
from collections.abc import Callable
from typing import Any

from pixkit.charte import ETATS, accord
from pixkit.tables import Tables


def suivre(fait: int, total: int, fichier: str) -> None:
    """Le fichier qu'on lit, au terminal, sur une ligne qui s'efface."""
    if sys.stderr.isatty():
        fin = "\r" if fait + 1 < total else "\n"
        print(f"\r\033[K[{fait + 1}/{total}] {fichier}", end=fin, file=sys.stderr)


def suivre_longtemps() -> Callable[[int, int, str], None]:
    """De même, et combien de temps il reste : ce qui reste va à l'allure de ce qui est fait."""
    debut, premier = time.monotonic(), None

    def dire(fait: int, total: int, nom: str) -> None:
        nonlocal premier
        premier = fait if premier is None else premier
        allure = (time.monotonic() - debut) / (fait + 1 - premier)
        suivre(fait, total, f"{nom}, encore {_duree(allure * (total - fait - 1))}")

    return dire


def _duree(secondes: float) -> str:
    """« moins d'une minute », « 12 minutes », « 3 heures »."""
    if secondes < 60:
        return "moins d'une minute"
    minutes = round(secondes / 60)
    return accord(minutes, "minute") if minutes < 120 else accord(round(minutes / 60), "heure")


def compte_rendu(tables: Tables) -> None:
    """Écrit ce qui a été lu de chaque fichier, et ce qu'il a de particulier."""
    for fichier in tables.fichiers.itertuples():
        lu = "mis de côté"
        if isinstance(fichier.nature, str):
            lues = f"{accord(fichier.nb_lues, 'lue')}, {accord(fichier.nb_remplacees, 'remplacée')}"
            cote = mises_de_cote(tables, fichier)
            lu = f"{accord(fichier.nb_lignes, 'ligne')} ({lues}, {cote})"
        print(f"{fichier.fichier} : {lu}")
        for remarque in remarques(fichier):
            print(f"    {remarque}")


def dire_les_fichiers(tables: Tables) -> None:
    """Écrit, à part, ce que chaque fichier a de particulier et ce qui en est mis de côté."""
    for fichier in tables.fichiers.itertuples():
        cote = [mises_de_cote(tables, fichier)] if fichier.nb_rejetees else []
        for phrase in (*cote, *remarques(fichier)):
            print(f"{fichier.fichier} : {phrase}", file=sys.stderr)


def remarques(fichier: Any) -> list[str]:
    """Ce qu'un fichier a de particulier, une phrase à la fois."""
    return [phrase for phrase in str(fichier.remarques or "").split("\n") if phrase]


def etats_en_mots(suivi: Any) -> str:
    """« 21 envoyé, 3 en cours »."""
    comptes = suivi["etat"].value_counts()
    dits = [f"{comptes[etat]} {libelle}" for etat, (libelle, _) in ETATS.items() if etat in comptes]
    return ", ".join(dits) or "Personne n’est attendu"


def mises_de_cote(tables: Tables, fichier: Any) -> str:
    """« 3 mises de côté (surtout : ligne vide) » : le motif le plus fréquent du journal."""
    journal = tables.journal
    siennes = journal[(journal["fichier"] == fichier.fichier) & (journal["sort"] == "rejetee")]
    motifs = siennes.loc[~siennes["motif"].str.startswith("Trouvé"), "motif"].value_counts()
    surtout = "surtout : " if len(motifs) > 1 else ""
    raison = f" ({surtout}{motifs.index[0]})" if len(motifs) else ""
    return accord(fichier.nb_rejetees, "mise de côté", "mises de côté") + raison
