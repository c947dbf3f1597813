"""Le lexique du portique, gardé par une publication : les mots que pixkit y écrit lui-même.

Commande : python -m tests.lexique, qui publie la démonstration et ajoute ce qui manque au lexique.
Relire ce qu'elle ajoute : un mot du lexique ne trahit plus personne.
"""

from collections.abc import Mapping

from pixkit.embarque import DEMO
from pixkit.publication.controle import LEXIQUE
from pixkit.publication.lectures import mots, textes
from pixkit.publication.preparer import Preparation, preparer_publication


def demonstration() -> Preparation:
    """La démonstration publiée, pages sans serveur comprises ; rien n'est écrit."""
    return preparer_publication(DEMO, effectif_min=5, html=True)


def mots_ecrits(fichiers: Mapping[str, bytes]) -> set[str]:
    """Les mots d'une publication, sans les nombres, les empreintes ni les classes (« 5eA »)."""
    lus = {texte for chemin, octets in fichiers.items() for texte, _ in textes(octets)} | {
        *fichiers
    }
    return {mot for texte in lus for mot in mots(texte) if mot.isalpha()}


def mots_tapes(preparation: Preparation) -> set[str]:
    """Ceux qui viennent du dossier : campagnes, codes, classes, établissements."""
    nommes = preparation.tables.participations[
        ["campagne", "nom_campagne", "classe", "organisation"]
    ]
    return {mot for texte in nommes.stack().dropna().unique() for mot in mots(texte)}


def manquants(preparation: Preparation) -> set[str]:
    lexique = LEXIQUE.read_text(encoding="utf-8").split()
    return mots_ecrits(preparation.fichiers) - mots_tapes(preparation) - set(lexique)


if __name__ == "__main__":
    tous = {*LEXIQUE.read_text(encoding="utf-8").split(), *manquants(demonstration())}
    LEXIQUE.write_text("".join(f"{mot}\n" for mot in sorted(tous)), encoding="utf-8", newline="\n")
