"""Étage 0, à part — de l'autre côté du mur : relire une publication et la servir.

Rien ne s'y calcule et rien n'y dessine : ni pandas, ni matplotlib, et de pixkit, l'étage 0 seul.
"""

import sys

# jsonschema, sous Voilà, bâtirait en 1,6 s une grammaire d'adresses dont aucun carnet ne se sert.
sys.modules.setdefault("rfc3987_syntax", None)
