"""Étage 1 — des listes lues à la table `eleves` : qui est là, dans quelle classe, qui est arrivé,
parti, a changé de classe."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from itertools import chain
from typing import Any

from pixkit.charte import accord, date_en_mots
from pixkit.lecture.formats.listes import Liste
from pixkit.lecture.valeurs import jour
from pixkit.referentiel import NIVEAUX_SCOLAIRES, niveau_du_mef, niveau_scolaire, normaliser

Champs = dict[str, Any]
"""Une ligne de liste : un texte par champ."""
Trait = tuple[str, str, str]
"""Nom, prénom, et un repère : naissance, classe, ou rien."""
Passages = dict[Liste, list[Champs]]
"""Les lignes d'un élève dans chaque liste qui le cite, de la plus ancienne à la dernière."""
Couvertures = dict[Liste, Counter[str | None]]
"""Dans chaque liste d'un établissement, combien de ses élèves ont été dans chaque classe, cette
année-là : renommée en janvier, une classe garde ses élèves."""

_DATES = ("date_naissance", "date_entree", "date_sortie")
_JOUR_DE_RENTREE = (9, 15)
"""Mois et jour : qui entre après n'était pas là à la rentrée."""


def rassembler(listes: Sequence[Liste], annee_par_defaut: str | None) -> list[dict[str, Any]]:
    """Une ligne d'ELEVES par élève et par année, l'ordre des fichiers n'y changeant rien.

    Une liste sans année est rangée dans `annee_par_defaut` (celle des dernières campagnes), à
    défaut avec les autres listes. Plusieurs lignes d'un élève dans une liste sont ses
    appartenances ; seules deux listes peuvent se contredire.
    """
    annees = filter(None, (liste.annee_scolaire for liste in listes))
    listes = _par_classeur(listes, annee_par_defaut or max(annees, default=""))
    professeurs = _professeurs(listes)
    listes = [liste for liste in listes if liste.nature != "professeurs"]
    passages = _passages(listes)
    maisons = _maisons(passages)
    for liste in listes:
        liste.etablissement = maisons.get(liste.etablissement, liste.etablissement)
    couvertures = _couvertures(passages)
    ordinaires = _classes_ordinaires(passages.values())
    eleves = []
    for (annee, cle), vus in sorted(passages.items()):
        siennes = couvertures[annee, list(vus)[-1].etablissement]
        eleves.append({"eleve": cle} | _eleve(vus, siennes, ordinaires, professeurs))
    _dire_les_partis(eleves, listes)
    return eleves


def _dire_les_partis(eleves: Sequence[Champs], listes: Sequence[Liste]) -> None:
    """Une liste coupée, ou filtrée, ferait partir en silence tous ceux qui lui manquent."""
    partis = Counter(eleve["mouvement"] for eleve in eleves)
    for dit, liste in {_n_y_est_plus(liste): liste for liste in reversed(listes)}.items():
        if nombre := partis[dit]:
            qui = accord(nombre, "élève n'y est plus", "élèves n'y sont plus")
            comptes = "compté comme parti" if nombre < 2 else "comptés comme partis"
            liste.remarques.append(
                f"Depuis une liste plus ancienne, {qui} : {comptes}. Si c'est faux, cette liste "
                "est incomplète : refaites-la."
            )


def _n_y_est_plus(liste: Liste) -> str:
    return f"parti : n'est plus dans la liste {_du(liste)}"


def _passages(listes: list[Liste]) -> dict[tuple[str, str], Passages]:
    """{(année, clé d'un élève): ses passages}."""
    homonymes, identifiants = _homonymes(listes), _identifiants(listes)
    passages: dict[tuple[str, str], Passages] = defaultdict(lambda: defaultdict(list))
    for liste in listes:
        for champs in liste.lignes:
            cle = _cle(champs, identifiants, homonymes)
            passages[liste.annee_scolaire, cle][liste].append(champs)
    return passages


def _maisons(passages: Mapping[tuple[str, str], Passages]) -> dict[str, str]:
    """{établissement: le même, sous le nom d'une autre liste} : SIECLE en septembre, Pronote en
    janvier, leurs élèves sont presque tous les mêmes. Un UAI passe avant un nom de dossier."""
    eleves = _ensembles(
        (liste.etablissement, cle) for cle, vus in passages.items() for liste in vus
    )
    maisons: dict[str, str] = {}
    for nom in sorted(eleves, key=lambda nom: (nom.endswith(")"), -len(eleves[nom]), nom)):
        siens = eleves[nom]
        proche = max(maisons, key=lambda autre: len(siens & eleves[autre]), default=nom)
        communs, moindre = len(siens & eleves[proche]), min(len(siens), len(eleves[proche]))
        maisons[nom] = maisons.get(proche, nom) if 2 * communs > moindre else nom
    return maisons


def _couvertures(
    passages: Mapping[tuple[str, str], Passages],
) -> dict[tuple[str, str], Couvertures]:
    """{(année, établissement): ce que couvrent ses listes}."""
    couvertures: dict[tuple[str, str], Couvertures] = defaultdict(lambda: defaultdict(Counter))
    for (annee, _), vus in passages.items():
        classes = {champs.get("classe") for lignes in vus.values() for champs in lignes}
        for liste in vus:
            couvertures[annee, liste.etablissement][liste].update(classes)
    return couvertures


def _professeurs(listes: Iterable[Liste]) -> dict[str, str]:
    """{classe: son professeur principal}."""
    return {
        normaliser(champs["classe"]): champs["professeur_principal"]
        for liste in listes
        for champs in liste.lignes
        if champs.get("classe") and champs.get("professeur_principal")
    }


def _par_classeur(listes: Sequence[Liste], annee_par_defaut: str) -> list[Liste]:
    """Les listes, de la plus ancienne à la dernière : les feuilles d'un classeur en sont une seule,
    et de même les fichiers d'un dossier qui n'ont qu'une classe chacun."""
    ensembles = defaultdict(list)
    for liste in listes:
        une_classe = len({champs.get("classe") for champs in liste.lignes}) == 1
        ensemble = liste.etablissement if une_classe else liste.classeur
        ensembles[ensemble, liste.nature, liste.date_liste, liste.annee_scolaire].append(liste)
    entieres = []
    for une, *autres in ensembles.values():
        lignes = chain(une.lignes, *(liste.lignes for liste in autres))
        annee = une.annee_scolaire or annee_par_defaut
        entieres.append(replace(une, lignes=list(lignes), annee_scolaire=annee))
    return sorted(entieres, key=lambda liste: (_quand(liste), liste.fichier))


def _nom(champs: dict[str, str]) -> tuple[str, str]:
    return normaliser(champs.get("nom", "")), normaliser(champs.get("prenom", ""))


def _naissance(champs: Champs) -> date | None:
    return jour(champs.get("date_naissance", ""))


def _traits(champs: Champs) -> list[Trait]:
    """Ce qui désigne une personne sans son INE : nom, prénom et naissance ; à défaut, la classe,
    puis le nom seul."""
    naissance = _naissance(champs)
    classe = normaliser(champs.get("classe") or champs.get("groupe") or "")
    reperes = (str(naissance or ""), f"en {classe}" if classe else "")
    return [*((*_nom(champs), repere) for repere in reperes if repere), (*_nom(champs), "")]


def _identifiants(listes: list[Liste]) -> dict[Trait, str]:
    """{trait: clé} quand un seul élève a ce trait : une liste sans INE ou sans naissance (Pronote)
    retrouve ceux d'une autre."""
    lignes = [
        (champs.get("identifiant"), _traits(champs))
        for champs in chain.from_iterable(liste.lignes for liste in listes)
        if not champs.get("partage") and (champs.get("identifiant") or _naissance(champs))
    ]
    # La clé d'une naissance → les INE nés ce jour-là sous ce nom.
    memes = _ensembles((_empreinte(traits[0]), ine) for ine, traits in lignes if ine)
    sures = {cle: min(ines) for cle, ines in memes.items() if len(ines) == 1}
    locales = ((ine, _empreinte(traits[0]), traits) for ine, traits in lignes)
    cles = ((ine or sures.get(locale, locale), traits) for ine, locale, traits in locales)
    connus = _ensembles((trait, cle) for cle, traits in cles for trait in traits)
    return {trait: min(cles) for trait, cles in connus.items() if len(cles) == 1}


def _ensembles(paires: Iterable[tuple[Any, str]]) -> dict[Any, set[str]]:
    """{clé: ses valeurs}."""
    ensembles: dict[Any, set[str]] = defaultdict(set)
    for cle, valeur in paires:
        ensembles[cle].add(valeur)
    return ensembles


def _empreinte(trait: Trait) -> str:
    return f"local-{blake2b(chr(31).join(trait).encode(), digest_size=4).hexdigest()}"


def _homonymes(listes: list[Liste]) -> set[tuple[str, str]]:
    """Les noms et prénoms qu'une même liste met dans deux classes ordinaires ; une classe et une
    ULIS sont d'un seul élève."""
    homonymes = set()
    for liste in listes:
        ordinaires = _ensembles(
            (_nom(champs), normaliser(champs["classe"]))
            for champs in liste.lignes
            if niveau_scolaire(champs.get("classe"))
        )
        homonymes |= {nom for nom, classes in ordinaires.items() if len(classes) > 1}
    return homonymes


def _cle(champs: Champs, identifiants: dict[Trait, str], homonymes: set[tuple[str, str]]) -> str:
    identifiant = champs.get("identifiant")
    if identifiant and not champs.get("partage"):
        return identifiant
    ne, homonyme = _naissance(champs), _nom(champs) in homonymes
    traits = _traits(champs)
    # Une naissance ne cède qu'à la même ; un homonyme, qu'à sa classe ; sinon, le nom seul suffit.
    utiles = traits[:1] if ne else [trait for trait in traits if trait[2]] if homonyme else traits
    connu = next((identifiants[trait] for trait in utiles if trait in identifiants), None)
    if connu:
        return connu
    # Sans naissance, le nom seul : la clé, et ce qui a été décidé, survivent à un changement de
    # classe.
    cle = _empreinte(traits[0] if ne or homonyme else traits[-1])
    return f"{identifiant}-{cle.removeprefix('local-')}" if identifiant else cle


def _classes_ordinaires(passages: Iterable[Passages]) -> set[str]:
    """Les classes où l'on peut n'être que là : les autres (ULIS, groupes, options) s'ajoutent à
    celle d'un élève."""
    classes = (
        {ligne.get("classe") for ligne in lignes} for vus in passages for lignes in vus.values()
    )
    return {classe for siennes in classes if len(siennes) == 1 for classe in siennes if classe}


def _eleve(
    vus: Passages, couvertures: Couvertures, ordinaires: set[str], professeurs: Mapping[str, str]
) -> dict[str, Any]:
    """Les faits de l'élève dans la dernière liste qui le cite, complétés par les listes
    précédentes."""
    champs, derniere = _faits(vus), list(vus)[-1]
    classe, groupes = _lieux(_dernieres_lignes(vus), ordinaires)
    classe = classe or champs.get("classe")
    niveau = _niveau(champs, classe or groupes)
    groupes = groupes or champs.get("groupe")
    depart = _depart(champs["date_sortie"], classe, derniere, couvertures)
    return champs | {
        "classe": classe,
        "groupes": groupes,
        "niveau_scolaire": niveau,
        "present": depart is None,
        "mouvement": depart or _arrivee(champs["date_entree"], vus, couvertures, ordinaires),
        "professeur_principal": professeurs.get(normaliser(classe or groupes or "")),
    }


def _faits(vus: Passages) -> Champs:
    """Chaque champ dans la dernière liste qui le dit ; d'une même liste, la première ligne
    l'emporte."""
    lignes = chain.from_iterable(lignes[::-1] for lignes in vus.values())
    faits: Champs = {champ: texte for ligne in lignes for champ, texte in ligne.items() if texte}
    prenoms = filter(None, map(faits.get, ("deuxieme_prenom", "troisieme_prenom")))
    dates = {nom: jour(faits.get(nom, "")) for nom in _DATES}
    *_, derniere = vus
    return (
        faits
        | dates
        | {
            "autres_prenoms": " ".join(prenoms) or None,
            "annee_scolaire": derniere.annee_scolaire or None,
            "etablissement": derniere.etablissement,
        }
    )


def _dernieres_lignes(vus: Passages) -> list[Champs]:
    """Ses lignes dans la dernière liste ; deux listes du même jour se complètent : celle de l'ULIS
    n'ôte pas un élève de sa classe."""
    *avant, derniere = vus
    if any(niveau_scolaire(ligne.get("classe")) for ligne in vus[derniere]):
        return vus[derniere]
    memes = (vus[liste] for liste in avant if liste.date_liste == derniere.date_liste)
    return [*vus[derniere], *chain.from_iterable(memes)]


def _quand(liste: Liste) -> date:
    return liste.date_liste or date.min


def _couvrent(classe: str | None, couvertures: Couvertures) -> list[Liste]:
    """Les listes datées qui ont au moins la moitié de la classe : une liste de latinistes ne fait
    partir personne."""
    effectif = max((classes[classe] for classes in couvertures.values()), default=0)
    return [
        liste
        for liste, classes in couvertures.items()
        if classe and 2 * classes[classe] >= effectif > 0 and liste.date_liste
    ]


def _lieux(lignes: list[Champs], ordinaires: set[str]) -> tuple[str | None, str | None]:
    """(la classe, les autres classes et les groupes) : l'élève d'une ULIS est d'abord celui de sa
    classe ordinaire."""
    classes = list(dict.fromkeys(ligne["classe"] for ligne in lignes if ligne.get("classe")))
    classe = max(
        classes, key=lambda c: (niveau_scolaire(c) is not None, c in ordinaires), default=None
    )
    groupes = chain.from_iterable((ligne.get("groupe") or "").split(", ") for ligne in lignes)
    autres = dict.fromkeys(lieu for lieu in (*classes, *groupes) if lieu and lieu != classe)
    return classe, ", ".join(autres) or None


def _niveau(champs: Champs, lieu: str | None) -> str | None:
    niveau = champs.get("niveau")
    dit = niveau if niveau in NIVEAUX_SCOLAIRES else niveau_scolaire(niveau) if niveau else None
    return niveau_du_mef(champs.get("mef")) or dit or niveau_scolaire(lieu)


def _depart(
    sortie: date | None, classe: str | None, derniere: Liste, couvertures: Couvertures
) -> str | None:
    apres = [liste for liste in _couvrent(classe, couvertures) if _quand(liste) > _quand(derniere)]
    if sortie and sortie <= (derniere.date_liste or date.today()):
        return f"parti le {date_en_mots(sortie)}"
    return _n_y_est_plus(apres[0]) if apres else None


def _arrivee(
    entree: date | None, vus: Passages, couvertures: Couvertures, ordinaires: set[str]
) -> str | None:
    premiere = next(iter(vus))
    lieux = [_lieux(lignes, ordinaires)[0] for lignes in vus.values()]
    classes = dict.fromkeys(filter(niveau_scolaire, lieux)) or dict.fromkeys(filter(None, lieux))
    if len(classes) > 1:
        return f"a changé de classe ({' → '.join(classes)})"
    annee = premiere.annee_scolaire
    if entree and annee and entree > date(int(annee[:4]), *_JOUR_DE_RENTREE):
        return f"arrivé le {date_en_mots(entree)}"
    autres = _couvrent(lieux[0], couvertures) if premiere in couvertures else []
    avant = [autre for autre in autres if _quand(autre) < _quand(premiere)]
    return f"arrivé : n'était pas dans la liste {_du(avant[-1])}" if avant else None


def _du(liste: Liste) -> str:
    return f"du {date_en_mots(liste.date_liste)}" if liste.date_liste else liste.fichier
