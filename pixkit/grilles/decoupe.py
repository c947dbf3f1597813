"""D'un texte à une feuille : le séparateur se devine, un guillemet jamais refermé ne coûte que sa
ligne."""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter

import numpy as np
import pyarrow as pa
from pyarrow import csv as csv_rapide

from pixkit.grilles.feuilles import DEBUT, Colonne, Feuille, feuille_de, rogner, sans_garde
from pixkit.grilles.texte import ACCENTS_RETABLIS, decoder, defaire_mojibake

SAUTS_MAX = 20
"""Une cellule peut contenir des sauts de ligne ; au-delà, c'est un guillemet jamais refermé."""
REPRISES_MAX = 200
"""Au-delà d'autant de guillemets jamais refermés, le fichier n'est plus lisible ligne à ligne."""
_SEPARATEURS = {";": "des points-virgules", ",": "des virgules", "\t": "des tabulations"}
SANS_FIN = "Le fichier ne finit pas par un saut de ligne : s'il a été coupé, refaites l'export."
"""Ce qu'un export de campagne laisse supposer ; d'autres fichiers de Pix finissent ainsi."""
TOUT_EN_UNE = "Tout tenait dans la première colonne : ses cellules ont été séparées de nouveau."
_ANNONCE = re.compile(r"sep=(.)\r?\n", re.I)


def feuille_csv(octets: bytes) -> Feuille:
    """La feuille d'un CSV, quels que soient son encodage et son séparateur."""
    brut, encodage = decoder(octets)
    texte = defaire_mojibake(brut)
    annonce = _ANNONCE.match(texte)
    lu = texte[annonce.end() :] if annonce else texte
    separateur, largeur = _separateur(lu, [annonce[1]] if annonce else list(_SEPARATEURS))
    faits = {
        "premiere": 2 if annonce else 1,
        "remarques": () if texte == brut else (ACCENTS_RETABLIS,),
        "indices": tuple(_indices(octets, encodage, separateur, lu)),
    }
    colonnes = _colonnes_rapides(lu, separateur, largeur)
    if colonnes is None:
        return feuille_de(list(_enregistrements(lu, separateur, largeur)), **faits)
    return rogner(colonnes, np.full(len(colonnes[0].codes), largeur), **faits)


def deplier(feuille: Feuille) -> Feuille:
    """La feuille d'un CSV qu'un tableur réglé sur un autre séparateur a laissé tout entier dans la
    première colonne."""
    if any(texte.strip() for colonne in feuille.colonnes[1:] for texte in colonne.distincts()):
        return feuille
    cellules = feuille.colonnes[0].cellules() if feuille.colonnes else []
    texte = "\n".join(cellules)
    separateur, largeur = _separateur(texte, list(_SEPARATEURS))
    lignes = list(_enregistrements(texte, separateur, largeur)) if largeur > 2 else []
    # Une colonne de phrases a aussi des virgules, jamais le même nombre dans presque toutes.
    pareilles = sum(len(ligne) == largeur for ligne in lignes)
    if len(lignes) != len(cellules) or 4 * pareilles <= 3 * len(list(filter(None, lignes))):
        return feuille
    return feuille_de(
        lignes,
        premiere=int(feuille.numeros[0]),
        nom=feuille.nom,
        remarques=feuille.remarques,
        indices=(*feuille.indices, TOUT_EN_UNE),
    )


def _separateur(texte: str, possibles: Sequence[str]) -> tuple[str, int]:
    """(séparateur, largeur) sous lesquels le plus de lignes du début ont la même largeur, la plus
    grande possible."""
    # Un nom très long n'est pas une erreur.
    csv.field_size_limit(max(csv.field_size_limit(), len(texte) + 1))
    lignes = list(itertools.islice(filter(str.strip, io.StringIO(texte, newline="")), DEBUT))
    meilleur = (-1, possibles[0], 1)
    for separateur in possibles:
        # Une ligne n'a pas plus de cellules que de séparateurs : la découper serait inutile.
        if sum(ligne.count(separateur) for ligne in lignes) <= meilleur[0]:
            continue
        lire = partial(csv.reader, delimiter=separateur)
        # Ligne par ligne : un guillemet jamais refermé n'avale pas les suivantes. D'un trait : une
        # cellule de plusieurs lignes n'en coupe aucune.
        d_un_trait = itertools.islice(lire(io.StringIO(texte, newline="")), DEBUT)
        largeurs = (
            Counter(len(next(lire([ligne]))) for ligne in lignes),
            Counter(map(len, d_un_trait)),
        )
        largeur, fois = max(
            itertools.chain.from_iterable(compte.items() for compte in largeurs),
            key=lambda compte: (compte[0] - 1) * compte[1],
            default=(1, 0),
        )
        essai = ((largeur - 1) * fois, separateur, largeur)
        meilleur = max(meilleur, essai, key=itemgetter(0))  # à égalité, le premier essayé
    return meilleur[1:]


def _colonnes_rapides(texte: str, separateur: str, largeur: int) -> list[Colonne] | None:
    """Les colonnes d'un CSV sans une ligne irrégulière ; None s'il y en a : elles demandent plus de
    soin."""
    try:
        table = _table(texte.encode(), separateur, [str(rang) for rang in range(largeur)])
    except ValueError:
        # Une ligne irrégulière (ArrowInvalid), ou un séparateur qu'il ne connaît pas.
        return None
    colonnes = [
        Colonne([sans_garde(t) for t in morceau.dictionary.to_pylist()], morceau.indices.to_numpy())
        for morceau in (colonne.chunk(0) for colonne in table.columns)  # un seul bloc, un morceau
    ]
    if texte.count("\n") - table.num_rows > SAUTS_MAX and any(
        t.count("\n") > SAUTS_MAX for c in colonnes for t in c.textes
    ):
        return None
    return colonnes


def _table(octets: bytes, separateur: str, noms: list[str]) -> pa.Table:
    # Des octets à lui : Arrow les rend parfois d'un fil à part, quand Python a déjà fini
    # (apache/arrow 33975), et tout s'arrêterait sur un code d'erreur.
    copie = pa.BufferOutputStream()
    copie.write(octets)
    return csv_rapide.read_csv(
        copie.getvalue(),
        read_options=csv_rapide.ReadOptions(column_names=noms, block_size=len(octets) + 1),
        parse_options=csv_rapide.ParseOptions(
            delimiter=separateur, newlines_in_values=True, ignore_empty_lines=False
        ),
        convert_options=csv_rapide.ConvertOptions(
            column_types=dict.fromkeys(noms, pa.dictionary(pa.int32(), pa.string())),
            null_values=[],
        ),
    )


def _enregistrements(texte: str, separateur: str, largeur: int) -> Iterator[list[str]]:
    """Les enregistrements d'un CSV. Un guillemet jamais refermé ne coûte que sa ligne : on reprend
    à la suivante."""
    lignes, lire = list(io.StringIO(texte, newline="")), partial(csv.reader, delimiter=separateur)
    debut, reprises = 0, REPRISES_MAX
    while debut < len(lignes):
        lecteur = lire(itertools.islice(lignes, debut, None))
        fin = debut
        for cellules in lecteur:
            depart, fin = fin, debut + lecteur.line_num
            hauteur = fin - depart
            avale = hauteur > 1 and (
                len(cellules) != largeur or any(c.count("\n") > SAUTS_MAX for c in cellules)
            )
            if avale and reprises:
                yield next(lire([lignes[depart]]))
                reprises, fin = reprises - 1, depart + 1
                break
            yield cellules
        debut = max(fin, debut + 1)


def _indices(octets: bytes, encodage: str, separateur: str, texte: str) -> Iterator[str]:
    if encodage != "utf-8-sig" or separateur != ";":
        ecriture = (
            f"lu en {encodage.upper()}, cellules séparées par "
            f"{_SEPARATEURS.get(separateur, f'« {separateur} »')}"
        )
        yield f"Fichier réenregistré par un tableur : {ecriture}."
    elif not octets.endswith(b"\n"):
        yield SANS_FIN
    if "\r\n" in texte[:20_000]:
        yield (
            "Fins de ligne Windows : le fichier a été réenregistré, les valeurs sont lues telles "
            "quelles."
        )
