"""Ce que pyproject.toml ne sait pas dire : la roue emporte carnets, pages et démonstration.

Ils restent à la racine du dépôt, et s'installent sous `pixkit/embarque`.
"""

from setuptools import find_packages, setup

EMBARQUES = {
    "pixkit.embarque." + dossier.replace("/", "."): dossier
    for dossier in ("notebooks", "voila_apps", "data/demo/college", "data/demo/lycee_agricole")
}

setup(
    packages=[*find_packages(include=["pixkit", "pixkit.*"]), *EMBARQUES],
    package_dir=EMBARQUES,
)
