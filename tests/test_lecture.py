"""Chaque valeur de chaque export réel est celle qu'on avait donnée à Pix (`verite.json`, à côté de
l'export)."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from pixkit.lecture import lire_dossier, lire_fichiers, reprendre
from pixkit.tables import JOURNAL, PARTICIPATIONS, RESULTATS

EXPORTS = Path(__file__).parent / "exports"
CAS = sorted(dossier.name for dossier in EXPORTS.iterdir() if (dossier / "verite.json").exists())


def lire(cas: str):
    return lire_fichiers({"export.csv": (EXPORTS / cas / "export.csv").read_bytes()})


def verite(cas: str) -> dict:
    return json.loads((EXPORTS / cas / "verite.json").read_text(encoding="utf-8"))


def cle(*valeurs):
    return tuple(
        None if valeur is None or pd.isna(valeur) or valeur == "" else valeur for valeur in valeurs
    )


def lues(cas: str) -> dict:
    """Les participations lues, par nom, prénom et dates : les exports anciens ne sont pas dans
    l'ordre de la vérité."""
    participations = lire(cas).participations
    taille = 10 if (participations["precision_dates"] == "jour").all() else 16
    utc = {
        nom: participations[nom]
        .dt.tz_convert("UTC")
        .map(lambda d: d.isoformat()[:taille], na_action="ignore")
        for nom in ("date_debut", "date_envoi")
    }
    identites = [participations[nom] for nom in ("nom", "prenom", "classe")]
    cles = zip(*identites, utc["date_debut"], utc["date_envoi"], strict=True)
    return {cle(*c): ligne for c, ligne in zip(cles, participations.itertuples(), strict=True)}


def attendues(cas: str) -> dict:
    vraie = verite(cas)
    taille = 10 if cas in ("11_aout_2023", "12_mai_2021") else 16
    collecte = vraie["kind"].startswith("profiles")

    def dates(rang):
        debut = None if collecte else rang["createdAtUTC"][:taille]
        return debut, rang["sharedAtUTC"] and rang["sharedAtUTC"][:taille]

    return {
        cle(rang["lastName"], rang["firstName"], rang["division"], *dates(rang)): rang
        for rang in vraie["rows"]
    }


def egaux(lue, vraie) -> bool:
    return (pd.isna(lue) and vraie in (None, "")) or lue == vraie


@pytest.mark.parametrize("cas", CAS)
def test_noms_et_dates_sont_ceux_de_la_verite(cas):
    assert lues(cas).keys() == attendues(cas).keys()
    assert len(lues(cas)) == len(verite(cas)["rows"])


@pytest.mark.parametrize("cas", CAS)
def test_chaque_colonne_de_participation_est_celle_de_la_verite(cas):
    noms = {
        "classe": "division",
        "groupe": "group",
        "numero_etudiant": "studentNumber",
        "identifiant_externe": "externalId",
        "progression": "progress",
        "taux_maitrise": "masteryRate",
        "nb_pix": "pix",
        "certifiable": "certifiable",
        "nb_competences_certifiables": "certifiableCount",
    }
    if verite(cas).get("stagesMax"):
        noms["palier"] = "stageReached"
    lignes = lues(cas)
    for identite, vraie in attendues(cas).items():
        for lu, vrai in noms.items():
            if vrai in vraie:
                assert egaux(getattr(lignes[identite], lu), vraie[vrai]), (identite, lu)
        assert bool(lignes[identite].envoye) == (vraie["sharedAtUTC"] is not None)


@pytest.mark.parametrize("cas", CAS)
def test_chaque_decompte_est_celui_de_la_verite(cas):
    tables, lignes = lire(cas), lues(cas)
    par_ligne = {
        ligne: groupe.set_index("competence") for ligne, groupe in tables.resultats.groupby("ligne")
    }
    for identite, vraie in attendues(cas).items():
        lus = par_ligne.get(lignes[identite].ligne)
        if vraie["competences"] is None:
            assert lus is None
            continue
        assert sorted(lus.index) == sorted(c["index"] for c in vraie["competences"])
        for competence in vraie["competences"]:
            lu = lus.loc[competence["index"]]
            if "level" in competence:
                assert (lu["niveau_pix"], lu["nb_pix"]) == (competence["level"], competence["pix"])
            else:
                assert (lu["nb_acquis"], lu["nb_acquis_maitrises"]) == (
                    competence["total"],
                    competence["validated"],
                )


@pytest.mark.parametrize("cas", ["02_4e_acquis", "12_mai_2021"])
def test_chaque_acquis_a_son_etat_et_sa_competence(cas):
    tables, lignes = lire(cas), lues(cas)
    vraie = verite(cas)
    etats = {"NT": "Non testé"}
    par_ligne = {
        ligne: groupe.set_index("acquis") for ligne, groupe in tables.acquis.groupby("ligne")
    }
    for identite, rang in attendues(cas).items():
        if rang["sharedAtUTC"]:
            lus = par_ligne[lignes[identite].ligne]["etat"]
            assert {f"@{nom}": etat for nom, etat in lus.items()} == {
                a: etats.get(e, e) for a, e in rang["skills"].items()
            }
    competences = {
        a[1:]: c["index"]
        for d in vraie["areas"]
        for c in d["competences"]
        for a in c.get("skills", ())
    }
    lues_ = tables.acquis.drop_duplicates("acquis").set_index("acquis")["competence"]
    assert not competences or lues_.to_dict() == competences


def test_les_badges_sont_ceux_de_la_verite():
    tables, lignes = lire("02_4e_acquis"), lues("02_4e_acquis")
    obtenus = tables.badges[tables.badges["obtenu"]].groupby("ligne")["badge"].agg(set)
    for identite, rang in attendues("02_4e_acquis").items():
        assert obtenus.get(lignes[identite].ligne, set()) == set(rang["badges"])


def test_les_homonymes_d_une_classe_restent_deux_eleves_et_leur_doute_est_dit():
    tables = lire("01_5e")
    emma = tables.participations.query("nom == 'MARTIN' and prenom == 'Emma' and classe == '5eB'")
    assert emma["eleve"].nunique() == 2
    assert emma["retenue"].all()
    assert tables.journal["motif"].str.contains("homonyme").sum() == 2


def test_un_compte_supprime_garde_son_taux_et_se_voit():
    supprime = lire("01_5e").participations.query("compte_supprime")
    assert supprime[["nom", "prenom", "taux_maitrise"]].to_numpy().tolist() == [
        ["VAN DER BERG", "Nathan", 0.47]
    ]


@pytest.mark.parametrize(("regle", "choisir"), [("dernier", max), ("premier", min)])
def test_l_envoi_retenu_suit_la_regle_et_un_non_envoye_ne_gagne_jamais(regle, choisir):
    tables = reprendre(lire("05_collecte"), regle)
    retenues = tables.participations[tables.participations["retenue"]]
    assert retenues["eleve"].is_unique
    for eleve, groupe in tables.participations.groupby("eleve"):
        envois = groupe["date_envoi"].dropna()
        if len(envois):
            assert retenues.set_index("eleve").at[eleve, "date_envoi"] == choisir(envois)


def test_le_meilleur_envoi_est_celui_du_plus_grand_total():
    tables = reprendre(lire("05_collecte"), "meilleur")
    retenus = (
        tables.participations[tables.participations["retenue"]]
        .set_index("eleve")["nb_pix"]
        .dropna()
    )
    meilleurs = tables.participations.groupby("eleve")["nb_pix"].max().dropna()
    assert retenus.sort_index().equals(meilleurs.sort_index())


def test_un_export_plus_recent_remplace_l_ancien_sans_compter_deux_fois(tmp_path):
    recent = (EXPORTS / "01_5e" / "export.csv").read_bytes()
    ancien = b"\n".join(recent.split(b"\n")[:60]) + b"\n"
    (tmp_path / "Resultats-x-1-2026-09-20-0800.csv").write_bytes(ancien)
    (tmp_path / "Resultats-x-1-2026-12-27-1612.csv").write_bytes(recent)
    tables = lire_dossier(tmp_path)
    assert len(tables.participations) == 122
    assert tables.journal["sort"].value_counts().to_dict() == {"lue": 122, "remplacee": 59}


def _deux_exports(ancien: bytes, recent: bytes):
    return lire_fichiers(
        {
            "Resultats-x-1-2026-11-20-0800.csv": ancien,
            "Resultats-x-1-2026-12-27-1612.csv": recent,
        }
    )


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_un_export_plus_recent_mais_coupe_ne_fait_perdre_personne(part):
    entier = (EXPORTS / "01_5e" / "export.csv").read_bytes()
    tables = _deux_exports(entier, entier[: int(len(entier) * part)])
    lues = tables.fichiers["nb_lues"].tolist()
    assert sum(lues) == 122
    assert tables.participations["retenue"].sum() == tables.participations["eleve"].nunique() == 122
    dit = tables.fichiers["remarques"].iloc[1].replace("\u202f", " ")
    assert f"semble coupé avant la fin : {lues[0]} participations y manquent" in dit


def test_une_ligne_coupee_parmi_ses_acquis_ne_fait_perdre_ceux_de_personne():
    entier = (EXPORTS / "02_4e_acquis" / "export.csv").read_bytes()
    coupe = lire_fichiers({"x.csv": entier[: entier.rindex(b";")]})
    assert coupe.fichiers["nb_rejetees"].item() == 1
    assert "acquis réussis" not in coupe.fichiers["remarques"].item()
    acquis = lire_fichiers({"x.csv": entier}).acquis
    assert len(coupe.acquis) == (acquis["ligne"] < acquis["ligne"].max()).sum()


def test_un_envoi_lu_dans_un_export_coupe_n_est_pas_celui_d_un_homonyme():
    entete, *lignes = (EXPORTS / "01_5e" / "export.csv").read_bytes().splitlines()
    titres = entete.decode("utf-8-sig").split(";")
    place = titres.index('"Partage (O/N)"')
    manquent = [b'"NA"'] * (len(titres) - place - 1)
    avant = [b";".join([*ligne.split(b";")[:place], b'"Non"', *manquent]) for ligne in lignes]
    ancien, recent = (b"\n".join([entete, *siennes]) for siennes in (avant, lignes[:30]))
    tables = _deux_exports(ancien + b"\n", recent)
    assert len(tables.participations) == tables.participations["eleve"].nunique() == 122


def test_des_participations_qui_disparaissent_d_un_export_entier_se_disent():
    entete, *lignes = (EXPORTS / "01_5e" / "export.csv").read_bytes().splitlines(keepends=True)
    tables = _deux_exports(entete + b"".join(lignes), entete + b"".join(lignes[:121]))
    assert len(tables.participations) == 121
    dit = tables.fichiers["remarques"].iloc[1].replace("\u202f", " ")
    assert "1 participation n'y est plus : si personne ne l'a supprimée dans Pix Orga" in dit


def test_deux_moities_d_un_export_se_completent():
    entete, *lignes = (EXPORTS / "01_5e" / "export.csv").read_bytes().splitlines(keepends=True)
    tables = lire_fichiers(
        {"a.csv": entete + b"".join(lignes[:60]), "b.csv": entete + b"".join(lignes[60:])}
    )
    assert len(tables.participations) == 122
    assert set(tables.journal["sort"]) == {"lue"}


def test_le_nom_du_fichier_ne_sert_pas_a_le_reconnaitre(tmp_path):
    (tmp_path / "n importe quoi.txt").write_bytes(
        (EXPORTS / "05_collecte" / "export.csv").read_bytes()
    )
    assert set(lire_dossier(tmp_path).participations["type_campagne"]) == {"collecte"}


def test_les_tables_ont_les_colonnes_du_contrat():
    tables = lire("01_5e")
    assert list(tables.participations) == list(PARTICIPATIONS)
    assert list(tables.resultats) == list(RESULTATS)
    assert list(tables.journal) == list(JOURNAL)


def test_un_fichier_de_mots_de_passe_est_refuse_et_nomme():
    motif = (
        lire_fichiers({"x.csv": (EXPORTS / "autres" / "mots_de_passe.csv").read_bytes()})
        .journal["motif"]
        .iloc[0]
    )
    assert "mots de passe" in motif
    assert "effacez-le" in motif


def test_le_suivi_annonce_chaque_fichier(tmp_path):
    for nom in ("a.csv", "b.csv"):
        (tmp_path / nom).write_bytes(b"rien")
    appels = []
    lire_dossier(tmp_path, suivi=lambda *appel: appels.append(appel))
    assert appels == [(0, 2, "a.csv"), (1, 2, "b.csv")]


def ajouter_colonnes(cas: str, **colonnes: str) -> bytes:
    """L'export avec des colonnes de plus juste après le prénom, comme le fait un import à
    format."""
    lignes = (EXPORTS / cas / "export.csv").read_bytes().decode("utf-8-sig").splitlines()
    coupes = [
        re.match(r'((?:(?:"(?:[^"]|"")*"|[^;]*);){7})(.*)', ligne).groups() for ligne in lignes
    ]
    ajouts = [
        "".join(f'"{nom}";' for nom in colonnes),
        *["".join(f'"{v}";' for v in colonnes.values())] * (len(lignes) - 1),
    ]
    return (
        "\n".join(
            debut + ajout + fin for (debut, fin), ajout in zip(coupes, ajouts, strict=True)
        ).encode("utf-8-sig")
        + b"\n"
    )


def test_les_colonnes_d_un_import_a_format_ne_passent_pas_pour_un_identifiant():
    octets = ajouter_colonnes(
        "01_5e", INE="1234", **{"Date de naissance": "01/02/2014", "Cycle": "4"}
    )
    tables = lire_fichiers({"x.csv": octets})
    assert tables.participations["identifiant_externe"].isna().all()
    assert (
        "Colonnes ajoutées, non lues : « INE », « Date de naissance », « Cycle »"
        in tables.fichiers["remarques"].item()
    )
    assert tables.participations["classe"].equals(lire("01_5e").participations["classe"])


def test_un_identifiant_externe_se_reconnait_a_sa_place_ou_a_son_nom():
    octets = ajouter_colonnes("08_sup", Cycle="L1", **{"Date de naissance": "01/02/2004"})
    lus = lire_fichiers({"x.csv": octets}).participations["identifiant_externe"]
    assert lus.equals(lire("08_sup").participations["identifiant_externe"])


def test_un_libelle_ajoute_fait_lire_une_competence_inconnue():
    octets = (
        (EXPORTS / "10_anglais" / "export.csv")
        .read_bytes()
        .replace(b"Manage data", b"Wrangle data")
    )
    sans = lire_fichiers({"x.csv": octets})
    assert "1.2" not in set(sans.resultats["competence"])
    assert sans.journal["motif"].str.contains("compétence « Wrangle data »", na=False).sum() == 1
    avec = lire_fichiers({"x.csv": octets}, libelles={"Wrangle data": "1.2"})
    assert "1.2" in set(avec.resultats["competence"])
