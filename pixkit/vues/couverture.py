"""Étage 3 — qui a publié : combien d'établissements, où, et pourquoi certains ne se voient pas."""

import pandas as pd

from pixkit.charte import accord
from pixkit.vues.vue import Vue

_LIEU = ["departement", "type_etablissement"]


def vue_couverture(etablissements: pd.DataFrame) -> Vue:
    """Combien d'établissements de chaque département et type sont réunis ici."""
    table = etablissements.sort_values(_LIEU, ignore_index=True)
    nombre = int(table["nb_etablissements"].sum())
    phrase = (
        f"{accord(nombre, 'établissement réuni', 'établissements réunis')}, de "
        f"{accord(table['departement'].nunique(), 'département')}. Un groupe de moins de trois, ou "
        "dont un seul fait plus de 80\N{NARROW NO-BREAK SPACE}% des élèves, n'est pas montré ; ni "
        "ce qui le redonnerait par soustraction."
    )
    return Vue(None, phrase, table)
