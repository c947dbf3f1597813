"""Étage 0 — un module de Python, sans la grammaire des adresses IRI que jsonschema compile sinon à
chaque départ : 1,4 s sur 2 pour ouvrir Voilà, et rien ici ne vérifie d'IRI.

`python -m pixkit.leger MODULE [ARGUMENTS]`
"""

import runpy
import sys

SANS = "rfc3987_syntax"
"""jsonschema s'en passe, s'il ne l'importe pas."""


def main() -> None:
    sys.modules[SANS] = None
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
