"""Étage 3 — les acquis d'une compétence, classe par classe."""

from pixkit.mesures import acquis_reussis
from pixkit.vues.carte import vue_carte
from pixkit.vues.selection import Question, Regard
from pixkit.vues.vue import Cle, Vue, vide

CLE = Cle(
    "Les acquis que presque personne ne réussit, et ceux que tous réussissent.",
    "Ce que vaut un acquis testé par trois élèves.",
    "Quelle séance les travaillerait ?",
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
    return vue_carte(table, sur="acquis", cle=CLE)


QUESTION = Question(9, "Acquis", _repondre, frozenset({"domaine", "competence"}))
