"""Ce qui arrive à une école entre deux publications, événement par événement."""

from collections import Counter
from dataclasses import replace

from benchmarks.ecole_vivante import Ecole, Eleve, arriver, envoyer, nouvel_envoi


def _quelques(ecole: Ecole, plus: int = 8) -> list[Eleve]:
    """Quelques élèves d'une même classe : c'est là que l'on isole quelqu'un."""
    siens = ecole.de(ecole.alea.choice(ecole.classes))
    return ecole.alea.sample(siens, min(len(siens), ecole.alea.randint(1, plus)))


def _renommer(eleves: list[Eleve], classe: str) -> None:
    for eleve in eleves:
        eleve.classe = classe


def classe_renommee(ecole: Ecole) -> None:
    classe = ecole.alea.choice(ecole.classes)
    _renommer(ecole.de(classe), f"{classe}-{ecole.neuf()}")


def classe_scindee(ecole: Ecole) -> None:
    classe = ecole.alea.choice(ecole.classes)
    siens = ecole.de(classe)
    partis = ecole.alea.sample(siens, ecole.alea.randint(0, len(siens)))
    _renommer(partis, f"{classe}-{ecole.neuf()}")


def classes_reunies(ecole: Ecole) -> None:
    une, autre = ecole.alea.choice(ecole.classes), ecole.alea.choice(ecole.classes)
    _renommer(ecole.de(une), autre)


def autre_nom_publie(ecole: Ecole) -> None:
    classe = ecole.alea.choice(ecole.classes)
    ecole.publies[classe] = ecole.alea.choice([f"Classe {ecole.neuf()}", *ecole.classes])


def eleves_deplaces(ecole: Ecole) -> None:
    _renommer(_quelques(ecole), ecole.alea.choice(ecole.classes))


def departs(ecole: Ecole) -> None:
    partis = {eleve.numero for eleve in _quelques(ecole)}
    ecole.eleves = [eleve for eleve in ecole.eleves if eleve.numero not in partis] or ecole.eleves


def arrivees(ecole: Ecole) -> None:
    arriver(ecole, ecole.alea.choice(ecole.classes), ecole.alea.randint(1, 14))
    for eleve in ecole.eleves[-1:]:
        for parcours in ecole.parcours:
            eleve.envois[parcours] = nouvel_envoi(ecole, parcours)


def une_competence_refaite(ecole: Ecole) -> None:
    parcours = ecole.alea.choice(sorted(ecole.parcours))
    for eleve in _quelques(ecole, 15):
        if parcours in eleve.envois:
            avant, neuf = eleve.envois[parcours], nouvel_envoi(ecole, parcours)
            gardees = ecole.alea.sample(sorted(neuf.notes), min(1, len(neuf.notes)))
            refaites = {code: neuf.notes[code] for code in gardees}
            eleve.envois[parcours] = replace(neuf, notes=avant.notes | refaites)


def tout_refait(ecole: Ecole) -> None:
    parcours = ecole.alea.choice(sorted(ecole.parcours))
    for eleve in _quelques(ecole, 30):
        if parcours in eleve.envois:
            eleve.envois[parcours] = nouvel_envoi(ecole, parcours)


def comptes_effaces(ecole: Ecole) -> None:
    for eleve in _quelques(ecole):
        for parcours, envoi in eleve.envois.items():
            eleve.envois[parcours] = replace(envoi, notes={})


def n_change(ecole: Ecole) -> None:
    ecole.effectif_min = ecole.alea.randint(3, 10)


def liste_arrive(ecole: Ecole) -> None:
    ecole.liste = True


def cles_changees(ecole: Ecole) -> None:
    for eleve in ecole.de(ecole.alea.choice(ecole.classes)):
        eleve.cle = ecole.neuf()


def code_change(ecole: Ecole) -> None:
    """La colonne « Code » apparaît ; l'ancien export reste, ou non."""
    parcours = ecole.alea.choice(sorted(ecole.parcours))
    if ecole.alea.random() < 0.5:
        ecole.gardees += [une for une in ecole.archives[-1] if une.parcours == parcours]
    ecole.codes[parcours] = f"CODE{ecole.neuf()}"


def code_change_et_tout_refait(ecole: Ecole) -> None:
    """La colonne « Code » apparaît ; hors de la classe qui a le plus envoyé, tous ont recommencé.

    S'il ne restait aucun envoi, ce serait une autre campagne.
    """
    code_change(ecole)
    envoyes = Counter(eleve.classe for eleve in ecole.eleves for _ in eleve.envois)
    for eleve in ecole.eleves:
        if eleve.classe not in [classe for classe, _ in envoyes.most_common(1)]:
            eleve.envois = {nom: nouvel_envoi(ecole, nom) for nom in eleve.envois}


def deux_exports(ecole: Ecole) -> None:
    """L'ancien export reste dans le dossier, et une classe a changé de nom depuis."""
    ecole.gardees += ecole.archives[-1]
    classe_renommee(ecole)


def ancien_export(ecole: Ecole) -> None:
    """Le dernier export d'un parcours est retiré : l'ancien revient, le temps d'une publication."""
    ecole.revenu = ecole.alea.choice(sorted(ecole.parcours))


def deux_niveaux(ecole: Ecole) -> None:
    for eleve in _quelques(ecole, 20):
        eleve.niveau = ecole.alea.choice(["6e", "5e", "4e"])


def homonymes(ecole: Ecole) -> None:
    nom = ecole.alea.choice(ecole.eleves).nom
    arriver(ecole, ecole.alea.choice(ecole.classes), 1, nom)
    if ecole.alea.random() < 0.7:
        eleve = ecole.eleves[-1]
        eleve.envois = {nom: nouvel_envoi(ecole, nom) for nom in ecole.parcours}


def nom_corrige(ecole: Ecole) -> None:
    """Une faute dans le nom ; parfois l'export d'avant la correction est encore là."""
    if ecole.alea.random() < 0.5:
        ecole.gardees += ecole.archives[-1]
    for eleve in _quelques(ecole, 3):
        famille, prenom = eleve.nom.split(" ")
        eleve.nom = f"{famille}x {prenom}"


def envois(ecole: Ecole) -> None:
    envoyer(ecole, ecole.alea.choice([0.02, 0.1, 0.4, 0.9]))


EVENEMENTS = (
    classe_renommee, classe_scindee, classes_reunies, autre_nom_publie, eleves_deplaces, departs,
    arrivees, une_competence_refaite, tout_refait, comptes_effaces, n_change, liste_arrive,
    cles_changees, code_change, code_change_et_tout_refait, deux_exports, ancien_export,
    deux_niveaux, homonymes, nom_corrige, envois,
)  # fmt: skip


def passer(ecole: Ecole, quoi: list) -> None:
    """Le temps passe : ces événements, puis quelques envois de plus."""
    ecole.jour += 20
    ecole.revenu = ""
    for evenement in quoi:
        evenement(ecole)
    envois(ecole)
