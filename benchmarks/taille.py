"""La taille de la maison : lignes du paquet à cent colonnes, et nœuds de ses fonctions.

Commande : python benchmarks/taille.py [DOSSIER DU PAQUET]
"""

import ast
import statistics
import subprocess
import sys
from pathlib import Path


def nb_lignes(module: Path) -> int:
    """Les lignes d'un module une fois mis en forme à cent colonnes."""
    commande = [sys.executable, "-m", "ruff", "format", "--line-length", "100", "--isolated", "-"]
    forme = subprocess.run(commande, input=module.read_bytes(), capture_output=True, check=True)
    return forme.stdout.count(b"\n")


def noeuds(module: Path) -> list[int]:
    """Combien de nœuds d'arbre syntaxique dans chaque fonction du module."""
    arbre = ast.parse(module.read_text(encoding="utf-8"))
    fonctions = (
        n for n in ast.walk(arbre) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [sum(1 for _ in ast.walk(fonction)) for fonction in fonctions]


def main(paquet: Path) -> None:
    modules = sorted(paquet.rglob("*.py"))
    tailles = [taille for module in modules for taille in noeuds(module)]
    neuvieme = statistics.quantiles(tailles, n=10)[-1]
    print(
        f"{sum(map(nb_lignes, modules))} lignes, {len(modules)} modules, {len(tailles)} fonctions, "
        f"9e décile {neuvieme:.0f} nœuds"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "pixkit")
