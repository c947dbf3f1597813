"""Étage 4 — les deux notices d'une publication : la fiche du registre RGPD, et le mode d'emploi du dossier."""

from datetime import date

from pixkit.charte import date_en_mots


def registre(manifeste: dict) -> str:
    """La fiche du registre des traitements (RGPD, article 30) que le chef d'établissement complète et signe."""
    return f"""# Fiche du registre des traitements (RGPD, article 30)

| | |
|---|---|
| Traitement | Tableaux de bord statistiques des parcours Pix de rentrée |
| Établissement | {manifeste["etablissement"]} |
| Responsable du traitement | le chef d'établissement (à compléter) |
| Délégué à la protection des données | celui de l'académie ou de la DRAAF (à compléter) |
| Finalité | suivre la participation aux parcours et choisir, en équipe, ce qu'il faut travailler |
| Base légale | mission d'intérêt public (RGPD, article 6.1.e) ; parcours de rentrée : note de service du 23-10-2024 |
| Personnes concernées | les élèves qui ont passé un parcours |
| Données publiées | des effectifs, des taux et des niveaux moyens par classe ; ni nom, ni identifiant, ni ligne par élève |
| Effectif minimum | {manifeste["effectif_min"]} élèves ; les petits nombres et les taux extrêmes sont remplacés par des bornes |
| Destinataires | les équipes pédagogiques et la direction (à compléter si la publication va plus loin) |
| Durée | à supprimer le {date_en_mots(date.fromisoformat(manifeste["a_supprimer_le"]))} au plus tard |
| Mesures de sécurité | agrégation, suppression des petits groupes, contrôle des noms avant écriture, lecture seule |
| Publié le | {date_en_mots(date.fromisoformat(manifeste["publie_le"][:10]))} |

Les exports, les décisions et la mémoire des publications (`pixkit_*`) portent des noms : ils restent dans le dossier de travail
de l'établissement et suivent ses propres règles de conservation.
"""


def lisez_moi(manifeste: dict) -> str:
    """Ce que contient le dossier, colonne par colonne."""
    return f"""# Publication pixkit — {manifeste["etablissement"]}

Des agrégats seulement : aucun chiffre ne repose sur moins de {manifeste["effectif_min"]} élèves, et tout ce qui n'est pas
« classe × campagne » se recalcule à partir de ces chiffres. Ouvrir : `pixkit servir` ce dossier, ou `index.html` s'il y est.

* `manifeste.json` : quand, d'après quels fichiers (empreintes), avec quel effectif minimum, ce qui n'est pas publié (`tus`), ce
  qui n'a pas changé (`figees`).
* `agregats/campagnes.json` : campagne, nom_campagne, type_campagne, annee_scolaire, organisation.
* `agregats/participation.json`, une ligne par classe × campagne : attendus, et entre envoyes_bas et envoyes_haut envois.
* `agregats/maitrise.json`, une ligne par classe × campagne × compétence : mesure (taux_maitrise 0–1, niveau_moyen 0–8), effectif
  (un minimum si au_moins), valeur, borne (« < » ou « > » : la valeur est une borne), bas et haut (95 %), poids (acquis visés).
* `agregats/ecarts.json`, les mêmes lignes face au niveau scolaire : ecart, ecart_bas, ecart_haut, signal.
* `agregats/certification.json`, une ligne par classe × collecte : entre taux_bas et taux_haut d'élèves certifiables.
* `etats/<public>.json` : ce que chaque tableau de bord laisse choisir, et les vues de chaque choix.
* `vues/<id>.json`, `images/<id>.svg` : la phrase, la table et l'image d'une vue.
* `registre_rgpd.md` : la fiche du registre des traitements, à compléter.

À supprimer le {date_en_mots(date.fromisoformat(manifeste["a_supprimer_le"]))} au plus tard.
"""
