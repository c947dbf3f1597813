"""Étage 5 — la commande `pixkit`. pandas attend que les arguments soient compris."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from pixkit.actions import dossier, echelle, publication, vie
from pixkit.actions.dialogue import RIEN_DE_LISIBLE, TOUT_COMPRIS, Actions, dire
from pixkit.charte import enumerer
from pixkit.embarque import CARNETS, DEMO, INSTALLE, commande, copier
from pixkit.erreurs import EcritureImpossible, ErreurPixkit, PaquetAbsent, raison
from pixkit.grammaire import analyseur

EXTRAS = {
    "publier": ("simplemma",),
    "service": ("ipywidgets", "voila"),
    "atelier": ("ipywidgets", "jupyterlab", "psutil", "simplemma", "voila"),
}
"""{ce qui s'installe en plus (pyproject.toml): ses paquets}"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exécute la commande et rend son code de retour."""
    for sortie in (sys.stdout, sys.stderr):  # une console Windows n'écrit pas tous les noms
        sortie.reconfigure(errors="replace")
    options = analyseur().parse_args(arguments)
    faire, extra = ACTIONS[options.action]
    try:
        _exiger(extra)
        return faire(options)
    except ErreurPixkit as erreur:
        dire(erreur)
    except OSError as erreur:
        dire(
            f"Trouvé : « {erreur.filename or 'la sortie'} », qui ne s'ouvre pas ou ne s'écrit pas "
            f"({raison(erreur)}). Attendu : des dossiers où vous pouvez lire, et écrire la sortie. "
            "À faire : demandez-en l'accès, ou choisissez-en un autre (--vers pour la sortie)."
        )
    except KeyboardInterrupt:
        dire("Interrompu.")
    except Exception as erreur:  # ce que personne n'a prévu : noté sans rien d'un élève, et dit
        from pixkit.incidents import noter, phrase  # noqa: PLC0415

        dire(phrase(noter(erreur)))
    return RIEN_DE_LISIBLE


def _exiger(extra: str) -> None:
    """Lève PaquetAbsent si les paquets facultatifs d'une commande ne sont pas installés."""
    absents = [nom for nom in EXTRAS.get(extra, ()) if find_spec(nom) is None]
    if absents:
        raise PaquetAbsent(
            f"pixkit sans {enumerer(absents)}.",
            "les paquets dont cette commande a besoin.",
            f'pip install "pixkit-parcours[{extra}]"',
        )


def _atelier(options: argparse.Namespace) -> int:
    from pixkit.ouverture import ouvrir_atelier  # noqa: PLC0415

    page = {"port": options.port, "navigateur": not options.sans_navigateur}
    if options.dossier or not INSTALLE:
        return ouvrir_atelier(options.dossier or DEMO, **page)
    # Ce qu'on décide en essayant la démonstration ne s'écrit pas parmi les programmes.
    with TemporaryDirectory(prefix="pixkit-", ignore_cleanup_errors=True) as ou:
        return ouvrir_atelier(copier(DEMO, Path(ou) / "demo"), **page)


def _lab(options: argparse.Namespace) -> int:
    from pixkit.ouverture import ouvrir_lab  # noqa: PLC0415

    carnets = CARNETS
    if INSTALLE:
        chez_soi = Path("pixkit-carnets").resolve()
        copier(DEMO, chez_soi / "data" / "demo")  # les carnets la lisent à cet endroit
        carnets = copier(CARNETS, chez_soi / "notebooks")
        print(f"Les carnets sont dans « {carnets} » ; ceux que vous changez restent les vôtres.")
    return ouvrir_lab(carnets, port=options.port, navigateur=not options.sans_navigateur)


def _demo(options: argparse.Namespace) -> int:
    if Path(options.vers).exists():
        raise EcritureImpossible(
            f"« {options.vers} », qui existe déjà.",
            "un dossier à créer.",
            "donnez un autre nom après --vers.",
        )
    try:
        copier(DEMO, Path(options.vers))
    except OSError as erreur:
        # La moitié d'une démonstration passerait pour entière.
        shutil.rmtree(options.vers, ignore_errors=True)
        raise EcritureImpossible(
            f"« {options.vers} », qui ne s'écrit pas en entier.",
            "un dossier où vous pouvez écrire, et de la place sur le disque.",
            "libérez de la place, ou donnez un autre nom après --vers.",
        ) from erreur
    print(
        f"Un collège et un lycée agricole fictifs sont dans « {options.vers} ». "
        f"Pour les voir : {commande('atelier', chr(34) + options.vers + chr(34))}"
    )
    return TOUT_COMPRIS


ACTIONS: Actions = {
    "atelier": (_atelier, "atelier"),
    "lab": (_lab, "atelier"),
    "demo": (_demo, ""),
    **dossier.ACTIONS,
    **vie.ACTIONS,
    **publication.ACTIONS,
    **echelle.ACTIONS,
}
