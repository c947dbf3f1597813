"""Étage 4 — ce qu'une page dit déjà, pendant que le navigateur prépare ses commandes."""

import os

import ipywidgets as w
from markupsafe import Markup

_CLASSES = {
    w.VBox: "widget-box widget-vbox",
    w.Box: "widget-box",
    w.HTML: "widget-html",
    w.ToggleButtons: "widget-toggle-buttons",
    w.ToggleButton: "jupyter-button widget-toggle-button",
    w.Button: "jupyter-button",
}
"""Celles que le navigateur donnera à chaque genre : la même feuille de style vaut."""


class EnAttendant:
    """Un widget qui, servi par Voilà, donne aussi son HTML. Jamais dans un carnet : enregistré, il
    garderait des noms d'élèves."""

    def _repr_mimebundle_(self, **options) -> dict[str, str]:
        donne = super()._repr_mimebundle_(**options)
        return donne | ({"text/html": en_html(self)} if "VOILA_PREHEAT" in os.environ else {})


def en_html(widget: w.Widget) -> Markup:
    """Ce qui se lit d'un widget et de ce qu'il contient ; ses boutons, inertes, à leur place."""
    genre = next((genre for genre in _CLASSES if isinstance(widget, genre)), None)
    if genre is None or widget.layout.display == "none":
        return Markup()
    if genre in (w.Button, w.ToggleButton):
        return _bouton(widget.description, _CLASSES[genre])
    if genre is w.HTML:
        dedans = Markup("<div class='widget-html-content'>{}</div>").format(Markup(widget.value))
    elif genre is w.ToggleButtons:
        classes = {nom: "mod-active" if nom == widget.value else "" for nom in widget.options}
        boutons = (_bouton(nom, _CLASSES[w.ToggleButton], mis) for nom, mis in classes.items())
        dedans = Markup().join(boutons)
    else:
        dedans = Markup().join(map(en_html, widget.children))
    classes = " ".join(["jupyter-widgets", _CLASSES[genre], *widget._dom_classes])
    flot = f"flex-flow: {widget.layout.flex_flow or ''}"
    return Markup("<div class='{}' style='{}'>{}</div>").format(classes, flot, dedans)


def _bouton(nom: str, *classes: str) -> Markup:
    return Markup("<button disabled class='{}'>{}</button>").format(" ".join(classes), nom)
