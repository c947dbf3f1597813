"""Étage 3 — la participation, classe par classe, et jour après jour."""

from datetime import date

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, num2date

from pixkit.charte import (
    ETATS,
    MANQUE,
    NEUTRE,
    SOUS,
    SUR,
    accord,
    conjuguer,
    date_courte,
    date_en_mots,
    entre,
    entre_taux,
    pourcentage,
)
from pixkit.ecran import est_etroite
from pixkit.mesures import participation, participation_attendue
from pixkit.referentiel import rang_niveau
from pixkit.vues.certifiables import tracer_les_parts
from pixkit.vues.selection import Question, Regard
from pixkit.vues.vue import Cle, Vue, dessiner, empiler, legender, par_qui, vide

_REGARDER = {
    "termine_non_envoye": "L'orange clair : terminé sans envoyer, il reste un clic.",
    "en_cours": "L'orange foncé : en cours.",
    "jamais_commence": "Le gris : jamais commencé.",
    "pas_envoye": "Le gris : pas encore envoyé.",
}
_NE_DIT_PAS = (
    "Ce que savent ceux qui n'ont pas envoyé : voyez les bornes des écarts.",
    "Quelle classe n'a pas eu de créneau ? Qui relance qui ?",
)
CLE_DU_TEMPS = Cle(
    "Les marches : chacune est une séance. Le plateau : plus personne n'envoie.",
    "Si un plateau est définitif : refaites l'export.",
    "Faut-il une séance de rattrapage avant l'échéance ?",
)
CLE_DES_PARTS = Cle(
    "La largeur des bandes : là où presque toute une classe a envoyé, le nombre exact est tu.",
    "Ce que savent ceux qui n'ont pas envoyé, ni pourquoi.",
    "Où relancer, et qui peut y aider ?",
)
_QUE_FAIRE = "donnez le code de la campagne aux élèves, puis refaites l'export."
_SANS_PARTICIPATION = f"Aucune participation à montrer : {_QUE_FAIRE}"
_SANS_ATTENDU = (
    "Aucun élève n'est attendu ici : vérifiez à quelles classes cette campagne s'adresse, et que "
    "la liste des élèves est celle de cette année."
)
_SANS_LISTE = (
    "Qui a envoyé ne se sait qu'avec la liste des élèves : ajoutez-la au dossier, puis publiez à "
    "nouveau."
)
_TOUJOURS_DITS = ("envoye", "peut_etre", "pas_envoye")
_AUCUN = "personne n'a envoyé"
_COURBES = ("nb_commence", "ont commencé", NEUTRE), ("nb_envoye", "ont envoyé", SUR)


def vue_participation(table: pd.DataFrame, *, par: str = "classe") -> Vue:
    """Une barre par groupe, un segment par état (les colonnes de ETATS que la table connaît).

    La table est de `participation`, de `participation_attendue`, ou publiée : `peut_etre` y compte
    ceux dont on tait s'ils ont envoyé.
    """
    if table.empty:
        attendus = {"taux_envoye": _SANS_ATTENDU, "peut_etre": _SANS_LISTE}
        return vide(next((p for n, p in attendus.items() if n in table), _SANS_PARTICIPATION))
    # Un état où personne n'est, ou dont on ne sait rien, n'est pas une barre vide.
    presents = [nom for nom in ETATS if nom in table]
    presents = [nom for nom in presents if nom in _TOUJOURS_DITS or table[nom].fillna(0).any()]
    triee = table.sort_values(par, key=lambda noms: noms.map(rang_niveau))
    figure = dessiner(
        lambda ax: _tracer(ax, triee.set_index(par)[presents]),
        question="Qui a envoyé ses résultats ?",
        hauteur=2 + 0.4 * len(triee),
    )
    vus = " ".join(dit for nom, dit in _REGARDER.items() if nom in presents and table[nom].any())
    cle = Cle(vus or "Le bleu : qui a envoyé.", *_NE_DIT_PAS)
    return Vue(figure, _phrase(table, par), table, cle)


def _tracer(ax: Axes, etats: pd.DataFrame) -> None:
    empiler(ax, etats, ETATS)
    attendus = {"jamais_commence", "pas_envoye"} & set(etats)
    ax.set(xlabel="élèves" if attendus else "élèves qui ont commencé", ylabel=etats.index.name)
    legender(ax)


def _phrase(table: pd.DataFrame, par: str) -> str:
    sommes = table.select_dtypes("number").sum().map(int)
    effectif, envoyes = sommes["effectif"], sommes["envoye"] + sommes.get("envoye_sans_detail", 0)
    if "peut_etre" in table:
        haut = envoyes + sommes["peut_etre"]
        dits = _phrase_publiee(envoyes, haut, effectif, accord(len(table), *par_qui(par)))
        return dits + _reste_un_clic(sommes.get("termine_non_envoye", 0))
    if table["jamais_commence"].isna().all():
        return _phrase_sans_liste(envoyes, effectif, _pas_envoyes(sommes))
    if sommes["jamais_commence"] == effectif:
        attendus = accord(effectif, "élève attendu", "élèves attendus")
        return f"Personne n'a encore commencé, sur {attendus} : {_QUE_FAIRE}"
    return _phrase_attendue(envoyes, effectif, sommes)


def _phrase_attendue(envoyes: int, effectif: int, sommes: pd.Series) -> str:
    a_temps = sommes.get("envoye_a_temps")
    dont = (
        f", dont {a_temps or 'aucun'} avant l'échéance" if envoyes and a_temps is not None else ""
    )
    jamais = conjuguer(
        sommes["jamais_commence"],
        "n'a jamais commencé",
        "n'ont jamais commencé",
        personne="tous ont commencé",
    )
    verbe = "ont" if envoyes > 1 else "a"
    qui = f"{accord(envoyes, 'élève')} sur {effectif} {verbe} envoyé"
    aucun = f"Personne n'a envoyé, sur {accord(effectif, 'élève attendu', 'élèves attendus')}"
    return (
        f"{qui if envoyes else aucun} ({pourcentage(envoyes / effectif)}){dont} ; "
        f"{_pas_envoyes(sommes)}, {jamais}. L'effectif est celui de la liste des élèves."
    )


def _pas_envoyes(sommes: pd.Series) -> str:
    finis, en_cours = sommes["termine_non_envoye"], sommes["en_cours"]
    clic = "terminé sans envoyer (il reste un clic)"
    fini = conjuguer(finis, f"a {clic}", f"ont {clic}", personne="personne n'a fini sans envoyer")
    reste = conjuguer(en_cours, "est en cours", "sont en cours", personne="personne n'est en cours")
    return f"{fini}, {reste}"


def _phrase_sans_liste(envoyes: int, effectif: int, pas_envoyes: str) -> str:
    return (
        f"{accord(effectif, 'élève')} {'ont' if effectif > 1 else 'a'} commencé : "
        f"{conjuguer(envoyes, 'a envoyé', 'ont envoyé', personne=_AUCUN)}, {pas_envoyes}. Un "
        "export ne montre que ceux qui ont commencé : qui n'a jamais ouvert le parcours n'est pas "
        "ici."
    )


def vue_part_envoyee(table: pd.DataFrame, *, par: str) -> Vue:
    """La part d'élèves attendus qui ont envoyé, de `taux_bas` à `taux_haut`, une ligne par groupe :
    des groupes de tailles trop différentes pour des barres."""
    if table.empty:
        return vide(_SANS_LISTE)
    table = table.sort_values(par, key=lambda noms: noms.map(rang_niveau), ignore_index=True)
    figure = dessiner(
        lambda ax: tracer_les_parts(ax, table, par),
        question="Quelle part des élèves attendus a envoyé ?",
        hauteur=1.6 + 0.36 * len(table),
    )
    bas, haut, attendus = (
        int(table[nom].sum()) for nom in ("envoyes_bas", "envoyes_haut", "attendus")
    )
    groupes = accord(len(table), *par_qui(par))
    return Vue(figure, _phrase_publiee(bas, haut, attendus, groupes), table, CLE_DES_PARTS)


def _phrase_publiee(bas: int, haut: int, effectif: int, groupes: str) -> str:
    return (
        f"{entre(bas, haut).capitalize()} élèves sur {effectif} attendus ont envoyé leurs "
        f"résultats ({entre_taux(bas / effectif, haut / effectif)}), dans "
        f"{groupes}. Là où presque tous, ou presque personne, ont envoyé, le "
        "nombre exact est tu."
    )


def _reste_un_clic(termines: int) -> str:
    if not termines:
        return ""
    dit = conjuguer(termines, "a", "ont")
    return f" Au moins {dit} terminé sans envoyer : il reste un clic."


def _repondre(regard: Regard) -> Vue:
    """Face à la liste des élèves, comme « Relances » ; sans elle, ce que l'export en sait."""
    attendus = participation_attendue(regard.selection.garder(regard.ecole.suivi))
    return vue_participation(participation(regard.participations) if attendus.empty else attendus)


QUESTION = Question(11, "Participation", _repondre, ignore=frozenset({"envois"}))


def vue_participation_dans_le_temps(table: pd.DataFrame, *, echeance: date | None = None) -> Vue:
    """Une table de `participation_dans_le_temps` : qui a commencé, qui a envoyé."""
    if table.empty:
        return vide("Ni début ni envoi d'un élève attendu : les courbes partiront du premier.")

    def trace(ax):
        _tracer_les_jours(ax, table)
        if echeance is not None:
            trait = {"color": SOUS, "linestyle": "--"}
            label = f"échéance ({date_courte(echeance)})"
            ax.axvline(pd.Timestamp(echeance), label=label, **trait)
        legender(ax)

    figure = dessiner(trace, question="Où en est-on, jour après jour ?", hauteur=4)
    return Vue(figure, _phrase_du_temps(table, echeance), table, CLE_DU_TEMPS)


def _phrase_du_temps(table: pd.DataFrame, echeance: date | None) -> str:
    dernier, suite = table.iloc[-1], ""
    if echeance is not None:
        avant = table.loc[table["jour"] < pd.Timestamp(echeance), "nb_envoye"]
        fait = int(avant.iloc[-1]) if len(avant) else 0
        a_temps = conjuguer(
            fait, "l'avait fait", "l'avaient fait", personne="personne ne l'avait fait"
        )
        suite = f" ; {a_temps} avant l'échéance du {date_en_mots(echeance)}"
    envoyes = int(dernier["nb_envoye"])
    combien = (
        f"{accord(envoyes, 'élève')} sur {int(dernier['effectif'])} "
        f"{'avaient' if envoyes > 1 else 'avait'} envoyé"
        if envoyes
        else f"personne n'avait envoyé, sur {accord(int(dernier['effectif']), 'élève')}"
    )
    return (
        f"Le {date_en_mots(dernier['jour'])}, {combien}{suite if envoyes else ''}. Les "
        "dates sont celles du dernier export : refaites-le pour voir la suite."
    )


def _tracer_les_jours(ax: Axes, table: pd.DataFrame) -> None:
    jours, effectif = table["jour"], int(table["effectif"].iloc[0])
    for nom, libelle, couleur in _COURBES:
        ax.step(jours, table[nom], where="post", color=couleur, label=libelle, linewidth=2)
    ax.axhline(effectif, color=MANQUE, linewidth=2, zorder=0)
    ou = {"xytext": (0, 3), "textcoords": "offset points"}
    ax.annotate(f"{effectif} élèves attendus", (jours.iloc[0], effectif), **ou)
    ax.set(ylabel="élèves", ylim=(0, effectif * 1.12), xlabel="")
    if est_etroite():
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))
    ax.xaxis.set_major_formatter(lambda jour, _: date_courte(num2date(jour)))
