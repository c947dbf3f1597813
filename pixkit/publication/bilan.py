"""Étage 4 — le bilan de rentrée : ce qu'une publication dit à un conseil pédagogique, sur deux
pages.

Il ne lit que la publication : ses chiffres, redessinés niveau par niveau, et les phrases et tables
qu'elle montre déjà. Il n'apprend donc rien de plus qu'elle.
"""

from datetime import datetime
from pathlib import Path

import pandas as pd

from pixkit.charte import ESPACE, accord, date_en_mots, entre, entre_taux, enumerer
from pixkit.documents.bilan import Bilan, Section
from pixkit.erreurs import PublicationIllisible
from pixkit.grandeurs import MESURES, TAUX, mesure_de_la_table
from pixkit.publication.agregats import Agregats, relire
from pixkit.publication.deductions import etats_publies, moyenne_ponderee
from pixkit.publication.place import agregats_en_place
from pixkit.referentiel import competences, rang_niveau
from pixkit.service.lecteur import Publication
from pixkit.vues.angles_morts import vue_angles_morts
from pixkit.vues.carte import vue_carte
from pixkit.vues.participation import vue_participation
from pixkit.vues.vue import Vue, effectifs

LIGNES, CLASSES, COMPETENCES, DECISIONS = 14, 4, 3, 4
"""Au plus : lignes d'une image ou d'une table, classes aux écarts nets, compétences que l'on en
dit, décisions. Le reste est dans les tableaux de bord, et le bilan le dit."""
_NOM, _PARCOURS, _TEXTE = 40, 44, 140
"""Signes gardés d'un nom de campagne, de parcours, d'une décision."""
_POINTS_PAR_POUCE = 180
_CLES = ["campagne", "niveau_scolaire"]
_COLLE = "\N{NO-BREAK SPACE}"
_AILLEURS = "dans les tableaux de bord"


def bilan_de_rentree(chemin: str | Path) -> Bilan:
    """Le bilan de la publication de ce dossier.

    Lève PublicationIllisible si ce n'en est pas une, ou si elle ne parle d'aucune campagne.
    """
    publication = Publication(chemin)
    return composer(publication, relire(agregats_en_place(publication.chemin)))


def composer(publication: Publication, agregats: Agregats) -> Bilan:
    """Le bilan de la dernière année scolaire d'une publication, d'après ses chiffres."""
    tous = _lieux(agregats)
    if tous.empty:
        raise PublicationIllisible(
            "une publication qui ne parle d'aucune campagne.",
            "au moins une campagne dont assez d'élèves ont envoyé leurs résultats.",
            "publiez à nouveau quand les envois seront plus nombreux.",
        )
    lieux, annee, dit = _garder(tous), tous["annee_scolaire"].iloc[0], publication.manifeste
    publie, du = (datetime.fromisoformat(dit[nom]) for nom in ("publie_le", "donnees_du"))
    sur = f"moins de {dit['effectif_min']} élèves"
    pages = _pages_du_conseil(publication, annee)
    return Bilan(
        titre=f"Bilan de rentrée {annee}",
        entete=f"{dit['etablissement']} — données du {date_en_mots(du)} — effectif minimum : "
        f"{accord(dit['effectif_min'], 'élève')}{_coupe(len(tous))}",
        pied=f"Chiffres de la publication du {date_en_mots(publie)} ; aucun ne repose sur {sur}",
        du=du.replace(tzinfo=None),
        constats=[
            _participation(agregats, lieux),
            _maitrise(agregats, lieux),
            _angles_morts(pages),
        ],
        suites=[
            _ecarts(agregats, lieux),
            _niveau_par_niveau(agregats, lieux, pages),
            _decisions(pages),
        ],
    )


def _coupe(nombre: int) -> str:
    if nombre <= LIGNES:
        return ""
    return f" — {LIGNES} lignes, et {accord(nombre - LIGNES, 'autre')} {_AILLEURS}"


def _lieux(agregats: Agregats) -> pd.DataFrame:
    """Un niveau scolaire dans une campagne de la dernière année : ce que dit une ligne du bilan.
    Les évaluations avant les collectes."""
    campagnes = agregats.campagnes.fillna("")
    campagnes = campagnes[campagnes["annee_scolaire"] == campagnes["annee_scolaire"].max()]
    lieux = pd.concat([table[_CLES] for table in (agregats.participation, agregats.maitrise)])
    lieux = campagnes.merge(lieux.drop_duplicates(), on="campagne")
    rangs = lieux["niveau_scolaire"].map(rang_niveau)
    lieux = lieux.assign(rang=rangs, collecte=lieux["type_campagne"] == "collecte")
    return lieux.sort_values(["rang", "collecte"], kind="stable", ignore_index=True)


def _garder(lieux: pd.DataFrame) -> pd.DataFrame:
    """Au plus LIGNES lieux : chaque niveau une fois, puis deux… ; et le `niveau` qui les nomme
    (« 6e », ou « 6e a » et « 6e b »)."""
    fois = lieux.groupby("niveau_scolaire").cumcount()
    gardes = lieux.loc[fois.sort_values(kind="stable").index[:LIGNES].sort_values()]
    memes = gardes.groupby("niveau_scolaire")
    lettres = memes.cumcount().map(lambda rang: f" {chr(ord('a') + rang)}")
    seuls = memes["campagne"].transform("size") == 1
    noms = gardes["niveau_scolaire"].where(gardes["niveau_scolaire"] != "", "sans niveau")
    return gardes.assign(niveau=noms + lettres.mask(seuls, ""), nom=_noms(gardes))


def _noms(lieux: pd.DataFrame) -> pd.Series:
    """Le nom de chaque campagne ; et son établissement, si un autre a le même niveau scolaire : ils
    leur donnent souvent le même nom."""
    organisations = lieux.groupby("niveau_scolaire")["organisation"]
    plusieurs = organisations.transform("nunique") > 1
    seuls = lieux["nom_campagne"].map(lambda nom: _court(nom, _NOM))
    courts = lieux["nom_campagne"].map(lambda nom: _court(nom, _NOM // 2))
    avec = courts + " (" + lieux["organisation"].map(lambda nom: _court(nom, _NOM // 2)) + ")"
    return avec.where(plusieurs, seuls)


def _participation(agregats: Agregats, lieux: pd.DataFrame) -> Section:
    etats = etats_publies(agregats.participation, agregats.etapes).drop(columns="classe")
    table = lieux.merge(etats.groupby(_CLES, as_index=False).sum(), on=_CLES)
    haut = table["envoye"] + table["peut_etre"]
    table = table.assign(envoyes_bas=table["envoye"], envoyes_haut=haut)
    dits = table[["niveau", *etats.columns.drop(_CLES)]].rename(columns={"attendus": "effectif"})
    vue, tues = vue_participation(dits, par="niveau"), _tues(agregats, lieux)
    titre = "Qui a envoyé ses résultats ?"
    if table.empty:
        return Section(titre, [vue.phrase, *tues])
    (axe,) = vue.figure.axes
    axe.set_yticks(range(len(table)), table["niveau"] + " — " + table["nom"])
    axe.set_ylabel("")
    image = _image(vue, 9, 2.1 + 0.18 * len(table))
    dits = map(_dire_les_envois, table.itertuples())
    return Section(titre, [_phrase_des_envois(table), *tues], image, decrite=" ; ".join(dits))


def _dire_les_envois(lieu) -> str:
    envoyes = entre(lieu.envoyes_bas, lieu.envoyes_haut)
    return f"{lieu.niveau} : {envoyes} envois sur {lieu.attendus} attendus"


def _phrase_des_envois(table: pd.DataFrame) -> str:
    """Ce qui est vrai de chaque ligne, puis celle dont on est le moins sûr."""
    moins = table.loc[(table["envoyes_bas"] / table["attendus"]).idxmin()]
    bas, haut, attendus = (int(moins[nom]) for nom in ("envoyes_bas", "envoyes_haut", "attendus"))
    dit = "La participation la plus basse, ou la moins connue : " if len(table) > 1 else ""
    dit += (
        f"{entre(bas, haut)} élèves sur {attendus} attendus ont envoyé "
        f"({moins['niveau']} : {entre_taux(bas / attendus, haut / attendus)})."
    )
    if (table["envoyes_bas"] < table["envoyes_haut"]).any():
        dit += " Là où presque tous, ou presque personne, ont envoyé, le nombre exact est tu."
    return dit[0].upper() + dit[1:]


def _tues(agregats: Agregats, lieux: pd.DataFrame) -> list[str]:
    """Les classes attendues dont rien n'est publié : elles manquent, elles ne valent pas zéro."""
    tus = agregats.tus[agregats.tus["campagne"].isin(lieux["campagne"])]
    classes = sorted({*tus.loc[tus["quoi"].str.contains("résultats"), "classe"]}, key=rang_niveau)
    dites = enumerer(classes, 10)
    dit = (
        f"Résultats tus, faute d'assez d'élèves ou d'envois, dans une campagne au moins : {dites}."
    )
    return [dit] if classes else []


def _maitrise(agregats: Agregats, lieux: pd.DataFrame) -> Section:
    """Les évaluations ; à défaut, les collectes : un taux et un niveau n'ont pas la même carte."""
    cases = agregats.maitrise.merge(lieux, on=_CLES)
    taux = cases[cases["mesure"] == TAUX.nom]
    cases = taux if len(taux) else cases
    titre = "Que maîtrise chaque niveau ?"
    if cases.empty:
        return Section(titre, [vue_carte(cases).phrase])
    ensemble = moyenne_ponderee(cases, ["niveau", "competence"])
    vue, dire = vue_carte(ensemble, par="niveau"), mesure_de_la_table(cases).dire
    phrase = (
        f"Chaque case donne {mesure_de_la_table(cases).case}, l'effectif entre parenthèses. Une "
        "case grise n'a pas été testée : ce n'est pas un zéro."
    )
    lignes, colonnes = cases["competence"].nunique(), cases["niveau"].nunique()
    if colonnes > 1:
        phrase += " Deux parcours différents ne se comparent pas d'une colonne à l'autre."
    (axe,) = vue.figure.axes
    axe.tick_params(axis="x", labelsize=8)
    image = _image(vue, 5 + 0.48 * max(8, colonnes), 1.3 + 0.24 * lignes)
    dits = [
        f"{une.niveau}, {une.competence} : {dire(une.valeur)} ({effectif})"
        for une, effectif in zip(ensemble.itertuples(), effectifs(ensemble), strict=True)
    ]
    return Section(titre, [phrase], image, decrite=" ; ".join(dits))


def _image(vue: Vue, largeur: float, hauteur: float) -> bytes:
    """Le PNG d'une vue, aux mesures (pouces) d'une page."""
    vue.figure.set_size_inches(largeur, hauteur)
    vue.figure.suptitle("")  # le titre de la section pose déjà la question
    return vue.png(_POINTS_PAR_POUCE)


def _ecarts(agregats: Agregats, lieux: pd.DataFrame) -> Section:
    """Les écarts nets d'une classe à son niveau scolaire, les plus grands d'abord."""
    cases = agregats.maitrise.drop(columns=["valeur", "bas", "haut", "borne", "poids"])
    ecarts = agregats.ecarts.merge(lieux, on=_CLES).merge(cases)
    nets = ecarts[ecarts["signal"] == "net"].assign(taille=lambda t: t["ecart_retenu"].abs())
    nets = nets.sort_values("taille", ascending=False, kind="stable")
    groupes = list(nets.groupby(["niveau", "classe"], sort=False))
    lignes = [
        [niveau, f"{classe} ({effectifs(siens.nlargest(1, 'effectif'))[0]})", _dire_nets(siens)]
        for (niveau, classe), siens in groupes[:CLASSES]
    ]
    phrases = _dire_les_autres(lieux, agregats, ecarts, nets)
    if len(groupes) > CLASSES:
        phrases.append(f"Les plus grands ; {accord(len(groupes) - CLASSES, 'autre classe')} "
                       f"{_AILLEURS}.")  # fmt: skip
    return Section(
        "Quels écarts sont nets ?",
        phrases,
        largeurs=(22, 40, 118),
        entetes=(
            "Niveau",
            "Classe (effectif)",
            "Écart retenu aux autres classes (intervalle à 95 % du brut)",
        ),
        lignes=lignes,
    )


def _dire_les_autres(
    lieux: pd.DataFrame, agregats: Agregats, ecarts: pd.DataFrame, nets: pd.DataFrame
) -> list[str]:
    """Ce que sont les écarts nets, et, de chaque niveau qui n'en a pas, pourquoi."""
    publies = {*agregats.maitrise[_CLES].itertuples(index=False, name=None)}
    sans, rien, seuls = [], [], []
    for lieu in lieux.itertuples():
        if (lieu.campagne, lieu.niveau_scolaire) not in publies:
            sans.append(lieu.niveau)
        elif lieu.niveau not in {*ecarts["niveau"]}:
            seuls.append(lieu.niveau)
        elif lieu.niveau not in {*nets["niveau"]}:
            rien.append(lieu.niveau)
    trouves = accord(len(nets), "écart net", "écarts nets")
    sens = "leur sens est sûr" if len(nets) > 1 else "son sens est sûr"
    dits = (
        (nets["niveau"], f"{trouves} : {sens}."),
        (rien, f"Rien de net : {enumerer(rien)} ; cela ne veut pas dire sans écart, on ne peut pas "
               "le distinguer du hasard."),
        (seuls, f"Pas d'autre classe publiée à qui se comparer : {enumerer(seuls)}."),
        (sans, f"Aucun résultat publié : {enumerer(sans)}."),
    )  # fmt: skip
    return [phrase for ceux, phrase in dits if len(ceux)]


def _dire_nets(nets: pd.DataFrame) -> str:
    """« 3.3 : −13 points (de −37 points à −4 points) ; … ; et 4 autres »."""
    dits = []
    for ligne in nets.head(COMPETENCES).itertuples():
        dire = MESURES[ligne.mesure].dire_ecart
        retenu, bas, haut = map(dire, (ligne.ecart_retenu, ligne.ecart_bas, ligne.ecart_haut))
        dits.append(f"{ligne.competence} : {retenu} (de {bas} à {haut})")
    reste = len(nets) - COMPETENCES
    return " ; ".join(dits + ([f"et {accord(reste, 'autre')}"] if reste > 0 else []))


def _angles_morts(pages: dict[tuple, dict]) -> Section:
    """La phrase publiée, puis, niveau par niveau, ce qu'aucune évaluation n'a testé."""
    titre = "Que n'a-t-on jamais testé ?"
    (vue,) = [une for cle, une in pages.items() if cle[2] == "angles_morts"][:1] or [None]
    if vue is None:
        return Section(titre, [vue_angles_morts(pd.DataFrame()).phrase])
    jamais: dict[str, list[str]] = {}
    for niveau, code, _, testee in vue["table"]["lignes"]:
        jamais.setdefault(niveau, []).extend([code] if testee == "jamais" else [])
    dits = [f"{niveau} : {_dire_jamais(codes)}" for niveau, codes in jamais.items()]
    return Section(titre, [vue["phrase"], f"{' ; '.join(dits)}."])


def _dire_jamais(codes: list[str]) -> str:
    if not codes:
        return "tout a été testé"
    return f"{enumerer(codes)} ({len(codes)} sur {len(competences())})"


def _niveau_par_niveau(agregats: Agregats, lieux: pd.DataFrame, pages: dict) -> Section:
    """Les trois plus et moins maîtrisées, et les parcours publiés pour ce niveau."""
    cases, titre = agregats.maitrise.merge(lieux, on=_CLES), "Que proposer à chaque niveau ?"
    if cases.empty:
        return Section(titre, ["Rien à proposer tant qu'aucun résultat n'est publié."])
    ensembles = moyenne_ponderee(cases, ["niveau", "competence"]).groupby("niveau")
    lignes, combien = [], max(2, 2 * LIGNES // len(lieux))  # moins de lignes en disent plus
    for lieu in lieux[lieux["niveau"].isin(cases["niveau"])].itertuples():
        ensemble = ensembles.get_group(lieu.niveau)
        parcours = pages.get((lieu.campagne, lieu.niveau_scolaire, "parcours"))
        nom = f"{lieu.niveau} — {lieu.nom} {_effectif(ensemble)}"
        lignes.append([nom, *_extremes(ensemble), _dits(parcours, combien)])
    return Section(
        titre,
        ["Les parcours sont ceux qui servent le plus d'élèves en deux heures. C'est une "
         "proposition : l'équipe connaît ses élèves."],
        largeurs=(46, 33, 33, 68),
        entetes=("Niveau — campagne (effectif)", "Plus maîtrisées", "Moins maîtrisées",
                 "Parcours proposés"),
        lignes=lignes,
    )  # fmt: skip


def _effectif(ensemble: pd.DataFrame) -> str:
    """« (≥ 66) » ; et l'unité, si ce n'est pas un taux."""
    unite = "" if mesure_de_la_table(ensemble) is TAUX else " ; niveaux Pix"
    return f"({effectifs(ensemble.nlargest(1, 'effectif'))[0]}{unite})"


def _extremes(ensemble: pd.DataFrame) -> list[str]:
    """Les compétences les plus maîtrisées, les moins, dans l'ordre des pages publiées ; aucune n'y
    est deux fois, sauf si elle est seule."""
    combien = max(1, min(COMPETENCES, len(ensemble) // 2))
    dire, dits = mesure_de_la_table(ensemble).dire, []
    for croissant in (False, True):
        trie = ensemble.sort_values(["valeur", "competence"], ascending=[croissant, True])
        premieres = trie.head(combien).itertuples()
        dits.append(", ".join(f"{une.competence}{_COLLE}({dire(une.valeur)})" for une in premieres))
    return dits


def _dits(vue: dict | None, combien: int) -> str:
    """Les parcours publiés, sur autant de lignes."""
    if vue is None or not vue["table"]["lignes"]:
        return "aucun besoin sûr, ou aucun parcours qui y réponde"
    noms = [f"{_court(nom, _PARCOURS)} ({duree.replace(' ', ESPACE)})"
            for nom, duree, *_ in vue["table"]["lignes"]]  # fmt: skip
    reste = len(noms) - combien
    return "\n".join(noms[:combien]) + (f", et {accord(reste, 'autre')}" if reste > 0 else "")


def _decisions(pages: dict[tuple, dict]) -> Section:
    """Les décisions publiées, celles de l'an passé comprises, et de quoi écrire les nouvelles."""
    (vue,) = [une for cle, une in pages.items() if cle[2] == "decisions"][:1] or [None]
    lignes = vue["table"]["lignes"] if vue else []
    puces = [f"{annee} : {_court(decision, _TEXTE)}" for annee, decision in lignes[:DECISIONS]]
    phrases = [] if lignes or vue is None else [vue["phrase"]]
    if len(lignes) > DECISIONS:
        phrases.append(f"Les {DECISIONS} premières ; {accord(len(lignes) - DECISIONS, 'autre')} "
                       f"{_AILLEURS}.")  # fmt: skip
    return Section("Décisions", phrases, puces=puces, a_remplir="Ce que nous décidons :")


def _pages_du_conseil(publication: Publication, annee: str) -> dict[tuple, dict]:
    """{(campagne, niveau, page): sa vue} du tableau de bord du conseil, pour une année."""
    etats = publication.audience("conseil_pedagogique").etats
    return {
        tuple(etat["choix"][nom] for nom in ("campagne", "niveau", "page")): publication.vue(
            etat["vues"][0]
        )
        for etat in etats
        if etat["choix"]["annee"] == annee
    }


def _court(texte: str, signes: int) -> str:
    return texte if len(texte) <= signes else f"{texte[: signes - 1].rstrip()}…"
