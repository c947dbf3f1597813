"""Étage 3 — les vues : un module par vue, sa question et ses commandes, sa figure, sa phrase, sa
clé de lecture.

Une vue de plus est un module de plus ici ; celui qui a une `QUESTION` la pose dans l'atelier.
"""

from importlib import import_module
from pkgutil import iter_modules

_MODULES = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
_POSEES = [module.QUESTION for module in _MODULES if hasattr(module, "QUESTION")]
QUESTIONS = {question.nom: question for question in sorted(_POSEES, key=lambda une: une.rang)}
"""Les questions de l'atelier, dans l'ordre où il les montre."""

globals().update(
    {nom: vue for module in _MODULES for nom, vue in vars(module).items() if nom.startswith("vue_")}
)
