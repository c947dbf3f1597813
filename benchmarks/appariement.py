"""Relier 3 000 noms à 3 000 élèves : temps face à une comparaison brute de toutes les paires,
qualité, et croissance.

Commande : python benchmarks/appariement.py
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rapidfuzz import fuzz, process

RACINE = Path(__file__).parents[1]
sys.path.insert(0, str(RACINE))

from pixkit.appariement import apparier  # noqa: E402
from tests.fausse_ecole import fausse_ecole  # noqa: E402
from tests.test_listes import siecle_de  # noqa: E402

TOURS = 5


def chronometrer(action, *arguments) -> float:
    debut = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - debut


def toutes_les_paires(saisis: list[str], connus: list[str]) -> None:
    process.cdist(saisis, connus, scorer=fuzz.token_sort_ratio)


def qualite(nombre: int, avec_classe: bool) -> str:
    relies = attendus = faux = liens = ambigus = 0
    for graine in range(21, 26):
        ecole = fausse_ecole(nombre, graine=graine, avec_classe=avec_classe)
        for trouve, vrai in zip(
            apparier(ecole.participations, ecole.eleves).appariements.itertuples(),
            ecole.verite,
            strict=True,
        ):
            ferme = trouve.certitude in ("sure", "probable")
            liens, faux = liens + ferme, faux + (ferme and trouve.eleve != vrai)
            ambigus += vrai in ecole.ambigus
            if vrai is not None and vrai not in ecole.ambigus:
                attendus, relies = attendus + 1, relies + ferme
    return (
        f"{100 * relies / attendus:.2f} % reliés ({ambigus} homonymes parfaits à part), "
        f"{1000 * faux / liens:.2f} faux pour 1 000"
    )


def memoire_siecle() -> tuple[float, float]:
    """Les pics de mémoire, en Mo, de processus entiers : sans rien lire, et en lisant un SIECLE de
    3 000 élèves avec adresses."""
    lire = "import sys; from pixkit.lecture import lire_fichiers; from pathlib import Path\n"
    lire += "lire_fichiers({nom: Path(nom) for nom in sys.argv[1:]})\n"
    # Ru_maxrss hérite du parent.
    lire += "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    with tempfile.NamedTemporaryFile(suffix=".xml") as fichier:
        fichier.write(siecle_de(3000))
        fichier.flush()
        sorties = [
            subprocess.run(
                [sys.executable, "-c", lire, *sources],
                cwd=RACINE,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for sources in ([], [fichier.name])
        ]
    return int(sorties[0]) / 1024, int(sorties[1]) / 1024


def main() -> None:
    for avec_classe in (True, False):
        ecole = fausse_ecole(3000, graine=1, avec_classe=avec_classe)
        textes = (ecole.participations["nom"] + " " + ecole.participations["prenom"]).tolist()
        connus = (ecole.eleves["nom"] + " " + ecole.eleves["prenom"]).tolist()
        temoin = [chronometrer(toutes_les_paires, textes, connus) for _ in range(TOURS)]
        mesure = [chronometrer(apparier, ecole.participations, ecole.eleves) for _ in range(TOURS)]
        rapport = statistics.median(m / t for m, t in zip(mesure, temoin, strict=True))
        lieu = "avec classes" if avec_classe else "sans classe"
        print(
            f"3 000 × 3 000 {lieu} : {statistics.median(mesure):.2f} s, {rapport:.2f} × toutes "
            f"les paires ({statistics.median(temoin):.2f} s)"
        )
    for nombre in (600, 3000):
        for avec_classe in (True, False):
            print(
                f"{nombre} élèves {'avec classes' if avec_classe else 'sans classe'} : "
                f"{qualite(nombre, avec_classe)}"
            )
    base = None
    for classes in (20, 40, 80, 160):
        ecole = fausse_ecole(27 * classes, graine=2)
        duree = min(chronometrer(apparier, ecole.participations, ecole.eleves) for _ in range(3))
        base = base or duree / classes
        print(
            f"{classes} classes : {duree:.2f} s, {duree / classes / base:.2f} × le temps par "
            "classe de 20 classes"
        )
    rien, tout = memoire_siecle()
    print(
        f"lire un SIECLE de 3 000 élèves avec adresses : {tout:.0f} Mo au plus pour tout le "
        f"processus, {rien:.0f} sans rien lire"
    )


if __name__ == "__main__":
    main()
