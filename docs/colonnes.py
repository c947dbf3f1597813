"""Écrit `colonnes.md` d'après le schéma : `python docs/colonnes.py`, puis relire la différence."""

from pathlib import Path

from pixkit.tables import SCHEMA

PAGE = Path(__file__).with_suffix(".md")
_DEBUT = """# Les colonnes

*Cette page est écrite par `docs/colonnes.py` d'après `pixkit/colonnes.csv` : ne la corrigez pas.*

Une table au nom de fonction (`ecarts`, `besoins`…) est ce que rend cette fonction ; `agregats.` dit
ce qu'une publication contient. Une colonne absente ici est décrite dans « Partout ».
"""
_TITRES = "| Nom | Titre | Type | Unité | Sens |\n|---|---|---|---|---|"


def page() -> str:
    """Une section par table, dans l'ordre du schéma : le sens d'une ligne, puis ses colonnes."""
    return "\n".join([_DEBUT, *(_section(ligne.tables[0]) for ligne in SCHEMA if not ligne.nom)])


def _section(table: str) -> str:
    siennes = [ligne for ligne in SCHEMA if table in ligne.tables]
    (entete,) = (ligne for ligne in siennes if not ligne.nom)
    rangs = [
        f"| `{c.nom}` | {c.titre} | {c.type} | {c.unite} | {c.sens} |" for c in siennes if c.nom
    ]
    nom = "" if table == "*" else f" : `{table}`"
    return "\n".join([f"## {entete.titre}{nom}\n\n{entete.sens}.\n", _TITRES, *rangs, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
