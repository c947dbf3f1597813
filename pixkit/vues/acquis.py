"""Étage 3 — les acquis d'une compétence, classe par classe."""

import re
from dataclasses import replace

from pixkit.mesures import acquis_reussis
from pixkit.vues.carte import vue_carte
from pixkit.vues.selection import Question, Regard
from pixkit.vues.vue import Cle, Vue, vide

CLE = Cle(
    "Les acquis que presque personne ne réussit, et ceux que tous réussissent.",
    "Ce que vaut un acquis testé par trois élèves.",
    "Quelle séance les travaillerait ?",
)
_NOMS = (
    "Chaque ligne est un acquis : le nom court que Pix lui donne, et son niveau de difficulté ; "
    "Pix n'en publie pas la définition."
)


def _repondre(regard: Regard) -> Vue:
    code = regard.selection.competence
    table = acquis_reussis(regard.ecole.tables, regard.resultats)
    table = table[table["competence"] == code]
    if table.empty:
        return vide(
            f"Cet export ne montre pas les acquis de la compétence {code} : c'est une option de "
            "Pix Orga."
        )
    vue = vue_carte(table.assign(acquis=table["acquis"].map(lisible)), sur="acquis", cle=CLE)
    return replace(vue, phrase=f"{vue.phrase} {_NOMS}")


def lisible(nom: str) -> str:
    """« donnéesPerso2 » → « données perso, niveau 2 » ; « droitsWeb » → « droits web »."""
    mots, niveau = re.fullmatch(r"(.*?)(\d?)", nom).groups()
    mots = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", " ", mots.replace("_", " ")) or nom
    dits = " ".join(mot if mot.isupper() else mot.lower() for mot in mots.split())
    return f"{dits}, niveau {niveau}" if niveau else dits


QUESTION = Question(10, "Acquis", _repondre, frozenset({"domaine", "competence"}))
