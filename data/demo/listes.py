"""Les listes d'élèves de démonstration : SIECLE pour le collège, FREGATA pour le lycée, et les
professeurs principaux.

Comme dans la vie, la liste n'écrit pas toujours les noms comme Pix les avait à la rentrée : noms
d'usage, prénoms composés, fautes corrigées ; des élèves sont partis, arrivés, ou ont changé de
classe.
"""

import random
from pathlib import Path
from xml.sax.saxutils import escape

ANNEE = "2026-2027"
MEF = {"6e": "10010012110", "5e": "10110001110", "4e": "10210001110", "3e": "10310019110"}
PROFESSEURS = (
    "Mme Arnaud|M. Besson|Mme Cazal|M. Doumer|Mme Estève|M. Ferrand|Mme Gimenez|M. Hamel|Mme "
    "Ibanez|M. Joly|Mme Keller|M. Lafon"
)
ENTETES_FREGATA = (
    "Identifiant unique*;Premier prénom*;Deuxième prénom;Troisième prénom;Nom de famille*;Nom "
    "d'usage;Code sexe*;Date de naissance (jj/mm/aaaa)*;Code commune naissance**;Libellé commune "
    "naissance**;Code département naissance*;Code pays naissance*;Statut*;Code MEF*;Division*"
)


def ecrire_listes(dossier: Path, college: list, lycee: list) -> list[Path]:
    """Écrit les listes de 2026-2027 dans `dossier` ; `college` et `lycee` sont ceux de
    `eleves.py`."""
    siecle = dossier / "college" / "ElevesSansAdresses-2026-11-16.xml"
    siecle.write_bytes(
        xml_siecle(fiches(college, "college")).encode("iso-8859-15", errors="xmlcharrefreplace")
    )
    fregata = dossier / "lycee_agricole" / "fregata-2026-11-16.csv"
    fregata.write_bytes(csv_fregata(fiches(lycee, "lycee")).encode("cp1252"))
    classes = sorted({eleve.classes[ANNEE] for eleve in college if ANNEE in eleve.classes})
    noms = PROFESSEURS.split("|")
    lignes = [
        "Classe;Professeur principal",
        *(f"{classe};{noms[rang % len(noms)]}" for rang, classe in enumerate(classes)),
    ]
    professeurs = dossier / "college" / "professeurs-principaux-2026-2027.csv"
    professeurs.write_bytes(("\n".join(lignes) + "\n").encode("utf-8"))
    return [siecle, fregata, professeurs]


def fiches(eleves: list, graine: str) -> list[dict[str, str]]:
    """Une fiche par élève de l'année, telle que la scolarité la tient en novembre."""
    alea = random.Random(f"liste {graine}")
    inscrits = [eleve for eleve in eleves if ANNEE in eleve.classes]
    toutes = []
    for rang, eleve in enumerate(inscrits):
        classe = eleve.classes[ANNEE]
        fiche = {
            "ine": f"{300000000 + rang * 104729 % 599999999:09d}{alea.choice('ABCDEFGHJK')}{alea.choice('ABCDEFGHJK')}",
            "nom": eleve.nom,
            "prenom": eleve.prenom,
            "usage": "",
            "classe": classe,
            "sexe": alea.choice("12"),
            "prenom2": alea.choice(inscrits).prenom if alea.random() < 0.4 else "",
            "naissance": naissance(classe, alea),
            "entree": "01/09/2026",
            "sortie": "",
        }
        toutes.append(vieillir(fiche, alea))
    for fiche, autre in zip(
        *[iter(alea.sample(toutes, 4))] * 2, strict=True
    ):  # deux échanges de classe
        if fiche["classe"][:2] == autre["classe"][:2]:
            fiche["classe"], autre["classe"] = autre["classe"], fiche["classe"]
    return toutes


def vieillir(fiche: dict[str, str], alea: random.Random) -> dict[str, str]:
    """Ce qui, pour quelques élèves, distingue la liste d'aujourd'hui de ce que Pix avait à la
    rentrée."""
    sort = alea.random()
    if sort < 0.010:
        fiche["sortie"] = "06/11/2026"
    elif sort < 0.020:
        fiche["entree"] = "03/11/2026"
    elif sort < 0.030:
        fiche["usage"], fiche["nom"] = (
            fiche["nom"],
            alea.choice(["VASSEUR", "LENOIR", "CHEVALIER", "ROUSSELOT", "DELMAS"]),
        )
    elif sort < 0.040:
        fiche["prenom"] = f"{fiche['prenom']}-{alea.choice(['Marie', 'Lou', 'Paul', 'Louis'])}"
    elif sort < 0.050 and len(fiche["nom"]) > 5:
        place = alea.randrange(2, len(fiche["nom"]) - 1)
        fiche["nom"] = fiche["nom"][:place] + fiche["nom"][place + 1 :]
    elif sort < 0.056:
        fiche["nom"] = f"{fiche['nom']} {alea.choice(['PEREIRA', 'LOPES', 'MENDY'])}"
    return fiche


def naissance(classe: str, alea: random.Random) -> str:
    ages = {"6": 11, "5": 12, "4": 13, "3": 14, "2": 15, "1": 16, "T": 17, "C": 15, "B": 18}
    return f"{alea.randint(1, 28):02d}/{alea.randint(1, 12):02d}/{2026 - ages[classe[0]]}"


def xml_siecle(toutes: list[dict[str, str]]) -> str:
    eleves, structures = [], []
    for rang, fiche in enumerate(toutes, start=1000):
        champs = {
            "ID_NATIONAL": fiche["ine"],
            "NOM_DE_FAMILLE": fiche["nom"],
            "NOM_USAGE": fiche["usage"],
            "PRENOM": fiche["prenom"],
            "PRENOM2": fiche["prenom2"],
            "DATE_NAISS": fiche["naissance"],
            "CODE_PAYS": "100",
            "DATE_ENTREE": fiche["entree"],
            "DATE_SORTIE": fiche["sortie"],
            "CODE_SEXE": fiche["sexe"],
            "CODE_STATUT": "ST",
            "CODE_MEF": "" if "SEGPA" in fiche["classe"] else MEF[fiche["classe"][:2]],
        }
        lignes = "".join(
            f"<{nom}>{escape(valeur)}</{nom}>" for nom, valeur in champs.items() if valeur
        )
        eleves.append(f'<ELEVE ELEVE_ID="{rang}">{lignes}</ELEVE>\n')
        structure = (
            f"<CODE_STRUCTURE>{fiche['classe']}</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE>"
        )
        structures.append(
            f'<STRUCTURES_ELEVE ELEVE_ID="{rang}"><STRUCTURE>{structure}</STRUCTURE></STRUCTURES_ELEVE>\n'
        )
    return (
        '<?xml version="1.0" encoding="ISO-8859-15"?>\n<BEE_ELEVES VERSION="2.1">\n<PARAMETRES><UAJ>0770000X</UAJ>'
        "<ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE><DATE_EXPORT>16/11/2026</DATE_EXPORT></PARAMETRES>\n<DONNEES>\n<ELEVES>\n"
        f"{''.join(eleves)}</ELEVES>\n<STRUCTURES>\n{''.join(structures)}</STRUCTURES>\n</DONNEES>\n</BEE_ELEVES>\n"
    )


def csv_fregata(toutes: list[dict[str, str]]) -> str:
    lignes = [
        ";".join(
            [
                f["ine"],
                f["prenom"],
                f["prenom2"],
                "",
                f["nom"],
                f["usage"],
                "Féminin" if f["sexe"] == "2" else "Masculin",
                f["naissance"],
                "77186",
                "",
                "77",
                "99100",
                "ST",
                "24743001211",
                f["classe"],
            ]
        )
        for f in toutes
        if not f["sortie"]
    ]
    return "\r\n".join([ENTETES_FREGATA, *lignes]) + "\r\n"
