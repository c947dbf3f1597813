"""Étage 0 et demi — ce que des personnes ont décidé, gardé dans le dossier en petits CSV.

Aucun calcul n'y écrit. Ces fichiers commencent par « pixkit_ » ; la lecture des exports les laisse
de côté.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

from pixkit.ecriture_sure import ecrire_d_un_coup, verrou
from pixkit.erreurs import ChoixInconnu, FichierIllisible, FichierNonPix
from pixkit.gardes import gardee, sans_gardes
from pixkit.referentiel import lire, normaliser

PREFIXE, _AVANT_FORMAT = "pixkit_", ".avant-format-"
_MOTS = {
    "attendu": "un dossier où vous pouvez écrire, et ce fichier fermé.",
    "que_faire": "fermez-le s'il est ouvert dans un tableur, puis recommencez ; ce qui était gardé "
    "l'est toujours.",
}
FORMAT = 1
"""Celui des petits CSV, que porte le nom d'une colonne vide ; un fichier sans numéro est du
premier."""
_NUMERO = re.compile(rf"{PREFIXE}format_(\d+)")
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
    # Les textes publiés qui ressemblent à un nom : une personne répond que ce n'en est pas un.
    "pas_un_eleve": ["texte", "date"],
    # Les classes à qui une campagne s'adresse, quand ce n'est pas tout le niveau scolaire.
    "perimetres": ["campagne", "classe"],
    # Le niveau qu'un enseignant retient, par domaine, pour le livret d'un élève de CM2 ou de 6e.
    "livrets": ["eleve", "annee_scolaire", "domaine", "niveau", "date"],
    # Le temps et le matériel qu'un PAP ou un PPS donne à un élève : jamais publiés.
    "amenagements": ["eleve", "temps_majore", "materiel"],
    # Les fenêtres de certification qu'aucune source ne donnait quand pixkit a été écrit.
    "fenetres": ["annee_scolaire", "public", "debut", "fin", "source"],
    # Les années closes : ce qui y nommait un élève a été effacé ce jour-là.
    "annees": ["annee_scolaire", "close_le"],
    # Ce qui reste d'une année close : des décomptes par niveau scolaire, `valeur` sur `nb_acquis`.
    "bilans": [
        "annee_scolaire", "campagne", "nom_campagne", "niveau_scolaire", "competence", "mesure",
        "effectif", "nb_acquis", "valeur",
    ],
}  # fmt: skip


def chemin_memoire(dossier: str | Path, nom: str) -> Path:
    return Path(dossier) / f"{PREFIXE}{nom}.csv"


def originaux(dossier: str | Path) -> list[Path]:
    """Les mémoires d'un ancien format, gardées à côté de leur conversion (`garder_original`)."""
    return sorted(Path(dossier).glob(f"{PREFIXE}*{_AVANT_FORMAT}*"))


def garder_original(chemin: Path, format_: int) -> None:
    """Copie une mémoire à côté d'elle avant que sa conversion à ce format ne la remplace.

    Lève EcritureImpossible.
    """
    original = chemin.with_name(f"{chemin.name}{_AVANT_FORMAT}{format_}")
    if not original.exists():
        ecrire_d_un_coup(original, chemin.read_bytes(), **_MOTS)


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
    return [
        {titre: sans_gardes(t) for titre, t in ligne.items() if not _NUMERO.fullmatch(titre)}
        for _, ligne in lignes
    ]


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
    entete = [titre.strip() for titre in grille.entete]
    for numero in filter(None, map(_NUMERO.fullmatch, entete)):
        refuser_plus_recent(chemin.name, int(numero[1]), FORMAT)
    return entete, lignes


def lire_lignes(
    chemin: Path, colonnes: Iterable[str], lire: Callable[[dict[str, str]], None],
    *, attendu: str, absent: str,
) -> list[str]:  # fmt: skip
    """Donne à `lire` chaque ligne d'une petite table qui a ces `colonnes` ; rend ce qui ne s'y
    comprend pas, une phrase par ligne (`lire` lève ValueError).

    Lève FichierIllisible si la table n'existe pas (`absent` : que faire), s'il lui manque une
    colonne, ou si aucune de ses lignes ne se comprend.
    """
    if not chemin.is_file():
        raise FichierIllisible(f"« {chemin.name} », qui n'existe pas.", attendu, absent)
    entete, lignes = lire_petite_table(chemin)
    titres = set(map(normaliser, entete))  # « Créneaux » vaut « creneaux »
    manquent = [colonne for colonne in colonnes if colonne not in titres]
    if manquent:
        trouve = f"« {chemin.name} » sans la colonne {', '.join(manquent)}."
        raise FichierIllisible(trouve, attendu, "ajoutez-la à ce fichier.")
    defauts = []
    for numero, ligne in lignes:
        try:
            lire({normaliser(titre): texte for titre, texte in ligne.items()})
        except ValueError as motif:
            defauts.append(f"{chemin.name}, ligne {numero} : {motif} ; mise de côté.")
    if len(defauts) == len(lignes):
        trouve = " ".join([f"« {chemin.name} », dont aucune ligne ne se comprend.", *defauts])
        raise FichierIllisible(trouve, attendu, "complétez ce fichier.")
    return defauts


def refuser_plus_recent(nom: str, format_: int, connu: int) -> None:
    """Lève FichierIllisible si un pixkit plus récent a écrit ce fichier."""
    if format_ > connu:
        raise FichierIllisible(
            f"« {nom} », au format {format_}, écrit par un pixkit plus récent.",
            f"le format {connu}, ou un plus ancien.",
            "mettez pixkit à jour sur cet ordinateur ; rien n'y a été changé.",
        )


def lire_perimetres(dossier: str | Path) -> dict[str, list[str]]:
    """{campagne: classes} : à qui s'adressent les campagnes que l'établissement a précisées."""
    perimetres: dict[str, list[str]] = {}
    for ligne in lire_memoire(dossier, "perimetres"):
        perimetres.setdefault(ligne["campagne"], []).append(ligne["classe"])
    return perimetres


def ecrire_memoire(dossier: str | Path, nom: str, lignes: list[dict[str, str]]) -> Path:
    """Réécrit une mémoire d'un coup. Lève EcritureImpossible."""
    texte = io.StringIO(newline="")
    colonnes = [*MEMOIRES[nom], f"{PREFIXE}format_{FORMAT}"]
    ecrivain = csv.DictWriter(texte, colonnes, delimiter=";", extrasaction="ignore")
    ecrivain.writeheader()
    ecrivain.writerows({titre: gardee(t) for titre, t in ligne.items()} for ligne in lignes)
    return ecrire_d_un_coup(
        chemin_memoire(dossier, nom),
        texte.getvalue().encode("utf-8-sig", "replace"),
        **_MOTS,
    )


def modifier_memoire(
    dossier: str | Path, nom: str, changer: Callable[[list[dict[str, str]]], list[dict[str, str]]]
) -> Path:
    """Relit une mémoire, la change et la réécrit, sans que nul autre n'y écrive entre-temps."""
    with verrou(dossier):
        return ecrire_memoire(dossier, nom, changer(lire_memoire(dossier, nom)))


def repondre_pas_un_eleve(dossier: str | Path, textes: Iterable[str]) -> Path:
    """Garde, datés d'aujourd'hui, des textes dont une personne répond. Lève EcritureImpossible."""
    jour, demandes = date.today().isoformat(), set(textes)

    def ajouter(gardes: list[dict[str, str]]) -> list[dict[str, str]]:
        nouveaux = sorted(demandes - {ligne["texte"] for ligne in gardes})
        return [*gardes, *({"texte": texte, "date": jour} for texte in nouveaux)]

    return modifier_memoire(dossier, "pas_un_eleve", ajouter)


def lire_bilans(dossier: str | Path | None) -> list[dict[str, str]]:
    """Les décomptes des années closes ; aucun sans dossier. Lève FichierIllisible si l'un n'est pas
    un nombre."""
    lignes = [] if dossier is None else lire_memoire(dossier, "bilans")
    for numero, ligne in enumerate(lignes, start=2):
        for nom in ("effectif", "nb_acquis", "valeur"):
            if not ligne[nom].isdecimal():
                raise FichierIllisible(
                    f"dans « pixkit_bilans.csv », ligne {numero}, {nom} « {ligne[nom]} ».",
                    "un nombre entier.",
                    "corrigez ce nombre, ou supprimez la ligne ; rien n'y a été changé.",
                )
    return lignes


def lire_livrets(dossier: str | Path | None) -> list[dict[str, str]]:
    """Les niveaux retenus pour les livrets ; aucun sans dossier. Lève FichierIllisible si l'un
    n'est pas permis."""
    lignes = [] if dossier is None else lire_memoire(dossier, "livrets")
    for numero, ligne in enumerate(lignes, start=2):
        if ligne["niveau"] not in _niveaux_permis():
            raise FichierIllisible(
                f"dans « pixkit_livrets.csv », ligne {numero}, le niveau « {ligne['niveau']} ».",
                f"l'un de : {', '.join(filter(None, _niveaux_permis()))}, ou rien.",
                "corrigez ce niveau, ou supprimez la ligne ; rien n'y a été changé.",
            )
    return lignes


def retenir_livret(dossier: str | Path, case: Mapping[str, str], niveau: int | None) -> Path:
    """Garde le niveau d'une `case` (eleve, annee_scolaire, domaine), daté d'aujourd'hui, à la place
    de l'ancien ; None écarte la proposition. Lève ChoixInconnu."""
    texte = "" if niveau is None else str(niveau)
    if texte not in _niveaux_permis():
        raise ChoixInconnu(
            f"le niveau « {texte} ».",
            f"l'un de : {', '.join(filter(None, _niveaux_permis()))}, ou rien.",
            "choisissez l'un d'eux.",
        )
    cle = {nom: case[nom] for nom in ("eleve", "annee_scolaire", "domaine")}
    retenue = cle | {"niveau": texte, "date": date.today().isoformat()}
    with verrou(dossier):
        gardees = [ligne for ligne in lire_livrets(dossier) if cle.items() - ligne.items()]
        return ecrire_memoire(dossier, "livrets", [*gardees, retenue])


def _niveaux_permis() -> list[str]:
    """Ceux d'un livret, et rien : une proposition écartée."""
    return [*(rang["niveau"] for rang in lire("livrets")), ""]
