"""Étage 0 et demi — ce que des personnes ont décidé, gardé dans le dossier en petits CSV.

Aucun calcul n'y écrit. Ces fichiers commencent par « pixkit_ » ; la lecture des exports les laisse
de côté.
"""

import csv
import io
from pathlib import Path

from pixkit.ecriture_sure import ecrire_d_un_coup
from pixkit.erreurs import FichierIllisible, FichierNonPix

PREFIXE = "pixkit_"
MEMOIRES = {
    # Qui est qui : un nom tel que Pix l'écrit, et l'élève de la liste.
    # `decision` : accepte, refuse, hors_etablissement.
    "decisions": [
        "nom", "prenom", "classe", "annee_scolaire", "precision", "decision", "eleve", "date",
    ],
    # Ce que dit chaque colonne d'une liste d'élèves qui n'est pas d'un format connu.
    "colonnes": ["entete", "champ"],
    # Quelle discipline prend en charge quelle compétence, décidé en conseil pédagogique.
    "repartition": ["competence", "discipline"],
    # Ce que le conseil pédagogique a décidé, sans nom d'élève : ces phrases sont publiées.
    "conseil": ["annee_scolaire", "decision"],
    # Le nom sous lequel publier une campagne ou une classe, quand celui de Pix nomme quelqu'un.
    "noms_publies": ["nom_pix", "nom_publie"],
    # Les classes à qui une campagne s'adresse, quand ce n'est pas tout le niveau scolaire.
    "perimetres": ["campagne", "classe"],
    # Le temps et le matériel qu'un PAP ou un PPS donne à un élève : jamais publiés.
    "amenagements": ["eleve", "temps_majore", "materiel"],
    # Les fenêtres de certification qu'aucune source ne donnait quand pixkit a été écrit.
    "fenetres": ["annee_scolaire", "public", "debut", "fin", "source"],
}  # fmt: skip


def chemin_memoire(dossier: str | Path, nom: str) -> Path:
    return Path(dossier) / f"{PREFIXE}{nom}.csv"


def lire_memoire(dossier: str | Path, nom: str) -> list[dict[str, str]]:
    """Les lignes d'une mémoire, vides si le fichier n'existe pas encore.

    Un tableur a pu le réenregistrer. Lève FichierIllisible quand une colonne manque : mieux vaut
    s'arrêter que d'oublier des décisions.
    """
    chemin = chemin_memoire(dossier, nom)
    if not chemin.exists():
        return []
    entete, lignes = lire_petite_table(chemin)
    manquent = [colonne for colonne in MEMOIRES[nom] if colonne not in entete]
    if manquent:
        raise FichierIllisible(
            f"« {chemin.name} » sans la colonne {', '.join(manquent)}.",
            f"les colonnes {', '.join(MEMOIRES[nom])}.",
            "rétablissez-les dans ce fichier, qui garde vos décisions ; rien n'y a été changé.",
        )
    return [ligne for _, ligne in lignes]


def lire_petite_table(chemin: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """(en-têtes, [(numéro, {en-tête: texte})]) d'un CSV ou d'un classeur écrit par quelqu'un."""
    # Un dossier sans mémoire ne charge rien.
    from pixkit.grilles import octets_du_fichier, ouvrir  # noqa: PLC0415

    try:
        feuille = ouvrir(octets_du_fichier(chemin), chemin.name)[0].feuille
    except (FichierIllisible, FichierNonPix, OSError):
        feuille = None
    if feuille is None:
        raise FichierIllisible(
            f"« {chemin.name} », vide ou illisible.",
            "une petite table.",
            "fermez-le s'il est ouvert ailleurs ; sinon rétablissez-le, ou effacez-le.",
        )
    grille = feuille.sous(0)
    lignes = list(zip(grille.numeros, grille.lignes(), strict=True))
    return [titre.strip() for titre in grille.entete], lignes


def lire_perimetres(dossier: str | Path) -> dict[str, list[str]]:
    """{campagne: classes} : à qui s'adressent les campagnes que l'établissement a précisées."""
    perimetres: dict[str, list[str]] = {}
    for ligne in lire_memoire(dossier, "perimetres"):
        perimetres.setdefault(ligne["campagne"], []).append(ligne["classe"])
    return perimetres


def ecrire_memoire(dossier: str | Path, nom: str, lignes: list[dict[str, str]]) -> Path:
    """Réécrit une mémoire d'un coup. Lève EcritureImpossible."""
    texte = io.StringIO(newline="")
    ecrivain = csv.DictWriter(texte, MEMOIRES[nom], delimiter=";", extrasaction="ignore")
    ecrivain.writeheader()
    ecrivain.writerows(lignes)
    return ecrire_d_un_coup(
        chemin_memoire(dossier, nom),
        texte.getvalue().encode("utf-8-sig"),
        attendu="un dossier où vous pouvez écrire, et ce fichier fermé.",
        que_faire="fermez-le s'il est ouvert dans un tableur, puis recommencez ; ce qui était "
        "gardé l'est toujours.",
    )
