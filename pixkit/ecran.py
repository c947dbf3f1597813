"""Étage 0 — la largeur où se regardera ce que l'on dessine : une page, ou un téléphone."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_etroite: ContextVar[bool] = ContextVar("etroite", default=False)


@contextmanager
def au_telephone(oui: bool = True) -> Iterator[None]:
    """Les figures que l'on y dessine tiennent dans la largeur d'un téléphone, sans y rapetisser :
    les noms passent au-dessus de leur ligne. `oui` est faux pour ce qui s'imprime."""
    jeton = _etroite.set(oui)
    try:
        yield
    finally:
        _etroite.reset(jeton)


def est_etroite() -> bool:
    return _etroite.get()
