"""Étage 3 — les documents qu'on imprime ou qu'on donne : table → PDF, XLSX. Ils portent des noms : ils restent à l'enseignant."""

from pixkit.documents.relances import ecrire_relances

__all__ = ["ecrire_relances"]
