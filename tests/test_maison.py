"""Le plan de la maison se vérifie : étages, carnets minces, vitrine sans effet, rien de privé."""

import argparse
import ast
import graphlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pixkit
from pixkit.commande import analyseur

RACINE = Path(__file__).parents[1]
ETAGES = {
    "erreurs": 0, "charte": 0, "embarque": 0, "referentiel": 0, "tables": 0, "incidents": 0,
    "ecran": 0,
    "leger": 0, "ecriture_sure": 0.1, "gardes": 0, "grandeurs": 0.2, "gabarits": 0.2,
    "service": 0.3, "grilles": 0.5, "memoire": 0.7, "decisions": 0.8,
    "lecture": 1, "appariement": 1, "ecriture": 1, "entete": 1,
    "mesures": 2, "parcours": 2.5, "etablissements": 2.5, "ecole": 2.7, "sessions": 2.8,
    "reponses": 2.9, "situation": 3, "accompagnement": 2.9,
    "tableaux": 3, "documents": 3,
    "vues": 3, "panneaux": 4, "publication": 4, "academie": 4.1, "vie": 4.2,
    "echelle": 3,
    "ouverture": 3.9, "compte_rendu": 4, "grammaire": 4, "actions": 4.5,
    "commande": 5, "__main__": 6, "__init__": 6,
}  # fmt: skip
LIAISONS = {
    ("vues", "tableaux"),
    ("documents", "tableaux"),
    ("panneaux", "publication"),
    ("panneaux", "vie"),
    ("service", "ipywidgets"),
}
RESERVES = {"pandas": 1, "numpy": 0.5, "matplotlib": 3, "seaborn": 3, "ipywidgets": 4}
LOURDS = {"pandas", "numpy", "matplotlib", "seaborn", "scipy"}
LECTURE_SEULE = {"service", "charte", "erreurs", "incidents", "gabarits", "embarque"}
"""Ce qui lit une publication, et ce que cela connaît de pixkit."""
CARNETS = sorted(
    [*(RACINE / "notebooks").glob("*.ipynb"), *(RACINE / "voila_apps").glob("*.ipynb")]
)


def modules():
    return [
        (chemin, chemin.relative_to(RACINE / "pixkit").with_suffix("").parts[0])
        for chemin in (RACINE / "pixkit").rglob("*.py")
    ]


def test_aucun_import_ne_tourne_en_rond_types_et_imports_tardifs_compris():
    noms = {nom_de(chemin): chemin for chemin, _ in modules()}
    graphe = {
        nom: {cible for cible in cibles(chemin, noms) if cible != nom}
        for nom, chemin in noms.items()
    }
    list(graphlib.TopologicalSorter(graphe).static_order())  # lève CycleError, qui dit le cercle


def nom_de(chemin: Path) -> str:
    parties = chemin.relative_to(RACINE).with_suffix("").parts
    return ".".join(parties[:-1] if parties[-1] == "__init__" else parties)


def cibles(chemin: Path, noms: dict[str, Path]) -> set[str]:
    """Les modules de la maison qu'un module nomme dans un import, où qu'il soit."""
    trouves = set()
    for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
        if isinstance(noeud, ast.Import):
            trouves |= {alias.name for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom):
            sous_modules = {f"{noeud.module}.{alias.name}" for alias in noeud.names}
            trouves |= sous_modules & noms.keys() or {noeud.module}
    return trouves & noms.keys()


def importes(chemin: Path) -> set[str]:
    arbre = ast.parse(chemin.read_text(encoding="utf-8"))
    sous_condition = {
        n
        for si in ast.walk(arbre)
        if isinstance(si, ast.If) and "TYPE_CHECKING" in ast.dump(si.test)
        for n in ast.walk(si)
    }
    noms = set()
    for noeud in set(ast.walk(arbre)) - sous_condition:
        if isinstance(noeud, ast.Import):
            noms |= {alias.name for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom):
            noms.add(noeud.module)
    return noms


@pytest.mark.parametrize(
    ("chemin", "piece"), modules(), ids=lambda valeur: getattr(valeur, "name", valeur)
)
def test_les_imports_ne_font_que_descendre(chemin, piece):
    for nom in importes(chemin):
        racine, *reste = nom.split(".")
        if racine == "pixkit" and reste and reste[0] != piece:
            permis = ETAGES[reste[0]] < ETAGES[piece] or (piece, reste[0]) in LIAISONS
            assert permis, f"{piece} (étage {ETAGES[piece]}) importe {reste[0]}"
        if racine in RESERVES and (piece, racine) not in LIAISONS:
            assert ETAGES[piece] >= RESERVES[racine], f"{piece} importe {racine}"


STATISTIQUES = {"mean", "median", "quantile", "std", "var", "describe", "corr"}
VOIENT_DES_ELEVES = {
    "mesures/accompagner.py": "qui est sous l'objectif, et à quel point on en est sûr",
    "mesures/compter.py": "le seul qui passe des élèves aux décomptes",
    "mesures/retenus.py": "choisit l'envoi qui compte, et qui est qui",
    "mesures/angles_morts.py": "un élève testé sur plusieurs parcours ne compte qu'une fois",
    "mesures/attestations.py": "où en est chaque élève de 6e de son attestation",
    "mesures/certifiables.py": "ce qui manque à chaque élève, d'après sa dernière collecte",
    "mesures/certifies.py": "qui a passé la certification, et sous quel nom",
    "mesures/details.py": "la fiche d'un élève ; les acquis, que nul décompte ne garde",
    "mesures/dispersion.py": "qui est loin de sa classe",
    "mesures/estimations.py": "qui n'a pas un pix : les décomptes ne gardent que les niveaux",
    "mesures/livrets.py": "le niveau de chaque élève, à inscrire dans son livret",
    "mesures/maitrise.py": "la distribution : un point par élève ; élèves d'un regroupement libre",
    "mesures/obligations.py": "les élèves que deux codes ont en commun",
    "mesures/remarques.py": "les élèves placés d'après les exports",
    "mesures/suivi.py": "où en est chaque élève attendu",
}
"""Les exceptions (ARCHITECTURE.md) : toute autre mesure part des décomptes de `compter`."""
UN_SENS = ("Liste", "Choix", "Tableau", "suivi", "notes", "etats")


def test_une_vue_ne_fait_pas_de_statistique():
    for chemin, piece in modules():
        if piece == "vues":
            arbre = ast.parse(chemin.read_text(encoding="utf-8"))
            appels = {n.attr for n in ast.walk(arbre) if isinstance(n, ast.Attribute)}
            assert not appels & STATISTIQUES, chemin.name
            assert not {nom.split(".")[0] for nom in importes(chemin)} & {"scipy"}, chemin.name


def test_les_mesures_qui_voient_des_eleves_sont_connues():
    trouvees = set()
    for chemin, piece in modules():
        constantes = ast.walk(ast.parse(chemin.read_text(encoding="utf-8")))
        textes = {n.value for n in constantes if isinstance(n, ast.Constant)}
        if piece == "mesures" and "eleve" in textes:
            trouvees.add(chemin.relative_to(RACINE / "pixkit").as_posix())
    assert trouvees == set(VOIENT_DES_ELEVES)
    plan = (RACINE / "ARCHITECTURE.md").read_text(encoding="utf-8")
    noms = {Path(nom).stem for nom in VOIENT_DES_ELEVES}
    assert not [nom for nom in noms if f"`{nom}`" not in plan]


def test_un_mot_de_la_maison_n_a_qu_un_sens():
    """Une seule définition (classe, fonction ou module) par mot."""
    lieux = {mot: [] for mot in UN_SENS}
    for chemin, _ in modules():
        arbre = ast.parse(chemin.read_text(encoding="utf-8"))
        noms = [n.name for n in arbre.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        noms += [c.id for n in arbre.body if isinstance(n, ast.Assign) for c in n.targets
                 if isinstance(c, ast.Name)]  # fmt: skip
        for mot in {*noms} & {*UN_SENS}:
            lieux[mot].append(nom_de(chemin))
        if chemin.stem in UN_SENS and nom_de(chemin) not in lieux[chemin.stem]:
            lieux[chemin.stem].append(nom_de(chemin))
    assert not {mot: ou for mot, ou in lieux.items() if len(ou) != 1}


def test_les_lignes_ont_cent_signes_au_plus():
    longues = [
        f"{chemin.name}:{rang}"
        for chemin, _ in modules()
        for rang, ligne in enumerate(chemin.read_text(encoding="utf-8").split("\n"), start=1)
        if len(ligne) > 100
    ]
    assert not longues


def test_personne_n_utilise_pyplot():
    assert not [chemin for chemin, _ in modules() if "matplotlib.pyplot" in importes(chemin)]


@pytest.mark.parametrize("carnet", CARNETS, ids=lambda c: c.name)
def test_un_carnet_est_mince_et_sans_sortie(carnet):
    for cellule in json.loads(carnet.read_text(encoding="utf-8"))["cells"]:
        if cellule["cell_type"] == "code":
            texte = "".join(cellule["source"])
            assert not cellule["outputs"]
            assert cellule["execution_count"] is None
            assert texte.count("\n") < 12
            assert not re.search(r"^\s*(def|class|global) ", texte, re.M)
            assert ".iloc[0]" not in texte


@pytest.mark.parametrize(
    "carnet", sorted((RACINE / "notebooks").glob("*.ipynb")), ids=lambda c: c.name
)
def test_un_carnet_commence_par_ses_reglages(carnet):
    """Ce qui se change est dans la première cellule, et n'y est dit qu'une fois."""
    cellules = json.loads(carnet.read_text(encoding="utf-8"))["cells"]
    codes = ["".join(c["source"]) for c in cellules if c["cell_type"] == "code"]
    reglages = dict(re.findall(r'^(\w+) = (".*?"|\d+)', codes[0], re.M))
    assert len(reglages) == codes[0].count("\n") + 1
    assert "dossier" in reglages
    for nom, valeur in reglages.items():
        assert any(re.search(rf"\b{nom}\b", code) for code in codes[1:]), nom
        assert not [code for code in codes[1:] if valeur in code and valeur.startswith('"')], nom


def test_la_vitrine_tient_ses_promesses():
    for nom in pixkit.__all__:
        assert callable(getattr(pixkit, nom)), nom
        assert getattr(pixkit, nom).__doc__, nom
    with pytest.raises(AttributeError, match="il connaît"):
        _ = pixkit.inconnu


def test_importer_pixkit_ne_charge_rien_de_lourd():
    lourds = {"pandas", "matplotlib", "ipywidgets"}
    code = f"import sys, pixkit; sys.exit(bool({lourds} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=RACINE, check=False).returncode == 0


@pytest.mark.parametrize(
    "module", [nom_de(chemin) for chemin, piece in modules() if piece == "service"]
)
def test_ce_qui_lit_une_publication_ne_charge_rien_de_lourd_et_ignore_les_eleves(module):
    code = f"import sys, {module}; print(*sys.modules)"
    sortie = subprocess.run(
        [sys.executable, "-c", code], cwd=RACINE, capture_output=True, text=True, check=True
    ).stdout.split()
    assert module in sortie
    assert not LOURDS & set(sortie)
    de_la_maison = [nom.split(".")[1] for nom in sortie if nom.startswith("pixkit.")]
    assert set(de_la_maison) <= LECTURE_SEULE


def test_chaque_nom_de_la_vitrine_et_chaque_commande_sont_documentes():
    pages = [(RACINE / nom).read_text(encoding="utf-8") for nom in ("README.md", "ARCHITECTURE.md")]
    carnets = [
        cellule
        for carnet in CARNETS
        for cellule in json.loads(carnet.read_text(encoding="utf-8"))["cells"]
    ]
    textes = [
        "".join(cellule["source"]) for cellule in carnets if cellule["cell_type"] == "markdown"
    ]
    # Un mot de la langue n'est pas une documentation : seul compte ce qui est écrit comme du code.
    code = [
        passage
        for texte in (*pages, *textes)
        for passage in re.findall(r"```.*?```|`[^`]+`", texte, re.S)
    ]
    code = " ".join([*code, *("".join(c["source"]) for c in carnets if c["cell_type"] == "code")])
    assert not [nom for nom in pixkit.__all__ if not re.search(rf"\b{nom}\b", code)]
    (actions,) = (
        a.choices for a in analyseur()._actions if isinstance(a, argparse._SubParsersAction)
    )
    assert actions
    assert not [action for action in actions if not re.search(rf"\bpixkit {action}\b", code)]


def test_un_essai_ne_se_saute_que_par_outil():
    """`outil` échoue en intégration continue. Seul Windows, qui ne s'installe pas, s'écarte."""
    saut = re.compile(
        r'\b(skip|importorskip|xfail)\(|mark\.(skip|xfail)(?!if\(\s*os\.name == "nt",)'
    )
    essais = (RACINE / "tests").glob("*.py")
    assert not [e.name for e in essais if saut.search(e.read_text(encoding="utf-8"))]


def test_aucun_fichier_n_a_de_chemin_de_machine():
    suivis = subprocess.run(
        ["git", "ls-files"], cwd=RACINE, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    suspects = re.compile(r"(?<![\w.])/(work|home|root|Users)/")
    for nom in filter(
        lambda n: n.endswith((".py", ".md", ".yml", ".toml", ".ipynb", ".lock")), suivis
    ):
        if (RACINE / nom).exists() and nom != "tests/test_maison.py":
            assert not suspects.search((RACINE / nom).read_text(encoding="utf-8")), nom
