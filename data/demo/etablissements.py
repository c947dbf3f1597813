"""Ce que la démonstration raconte : deux établissements inventés, leurs parcours, leurs campagnes
et ce qui s'y teste."""

from typing import NamedTuple

ECOLES = {
    "college": "Collège Alice-Milliat d'Orvanne",
    "lycee_agricole": "Lycée agricole de l'Étang-Bleu",
}
COLLEGE, LYCEE = ECOLES
A25, A26 = "2025-2026", "2026-2027"


class Parcours(NamedTuple):
    """Un parcours : les compétences visées, le niveau du plus difficile de ses acquis, ses paliers,
    son badge et la part du domaine 4 (de tout, s'il ne le vise pas) qu'il demande."""

    nom: str
    competences: str
    niveau_max: int
    paliers: int
    badge: str = "Protection & sécurité : l'essentiel"
    seuil_badge: float = 0.7


P6 = Parcours("Parcours de rentrée 6e", "1.1 2.1 2.2 4.1 4.2 4.3", 2, 2)
P6_PROTECTION = Parcours("Parcours 6e Protection et sécurité", "4.1 4.2 4.3", 2, 2)
P6_INITIATION = Parcours(
    "Parcours 6e Initiation aux compétences numériques", "1.2 1.3 2.3 3.3 3.4 5.2", 3, 2
)
# Son badge ne nomme pas l'attestation et ne suit pas tout à fait le taux : quelques élèves restent à vérifier.
P6_BILAN = Parcours(
    "Parcours 6e Bilan", "1.2 1.3 2.3 3.3 3.4 4.1 4.2 4.3 5.2", 3, 2, "Bilan de 6e réussi", 0.6
)
P5 = Parcours("Parcours de rentrée 5e", "1.1 1.2 2.1 2.2 2.4 3.1 3.3 4.1 4.2 4.3 5.1", 3, 4)
P4 = Parcours("Parcours de rentrée 4e", "1.1 1.2 2.1 2.2 2.4 3.1 3.3 4.1 4.2 4.3 5.1", 4, 4)
P3 = Parcours("Parcours de rentrée 3e", "1.1 1.2 2.1 2.2 2.4 3.1 3.3 4.1 4.2 4.3 5.1", 4, 4)
PP = Parcours("Parcours de progression", "1.1 1.2 2.2 2.4 4.1 4.2", 4, 4)
P2 = Parcours(
    "Parcours de rentrée 2de", "1.1 1.2 1.3 2.1 2.2 2.3 2.4 3.1 3.2 3.3 4.1 4.2 4.3 5.1", 4, 4
)
P1 = Parcours("Parcours de rentrée 1re", "1.1 1.3 2.3 2.4 3.1 3.2 3.4 4.1 4.2 4.3 5.2", 5, 4)


class Campagne(NamedTuple):
    """Une campagne ; `parcours` vaut None pour une collecte de profils, `envois` est le nombre
    d'envois permis."""

    ecole: str
    annee: str
    numero: int
    code: str
    nom: str
    parcours: Parcours | None
    classes: str
    debut: str
    fin: str
    envois: int = 1
    acquis: bool = False
    incidents: str = ""
    exports: str = ""


# fmt: off
CAMPAGNES = [
    Campagne(COLLEGE, A25, 151206, "NVKQRT318", "Parcours de rentrée 6e 2025", P6, "6e", "2025-09-15", "2025-10-10"),
    Campagne(COLLEGE, A25, 151207, "BWXJLM742", "Parcours de rentrée 5e 2025", P5, "5e", "2025-09-15", "2025-10-16",
             incidents="tableur"),
    Campagne(COLLEGE, A25, 151208, "TRPGHD507", "Parcours de rentrée 4e 2025", P4, "4e", "2025-09-22", "2025-11-14",
             incidents="supprime"),
    Campagne(COLLEGE, A26, 204106, "KLDZPW261", "Parcours de rentrée 6e 2026 (niveau d'entrée)", P6, "6e",
             "2026-09-14", "2026-10-09", incidents="minuit"),
    Campagne(COLLEGE, A26, 204107, "RMQTVB835", "Parcours de rentrée 5e 2026", P5, "5e", "2026-09-10", "2026-10-16",
             incidents="supprime changement_heure", exports="2026-09-28-1210"),
    Campagne(COLLEGE, A26, 204108, "HJXFNC496", "Parcours de rentrée 4e 2026", P4, "4e", "2026-09-14", "2026-10-16",
             acquis=True),
    Campagne(COLLEGE, A26, 204109, "ZGCLWS173", "Parcours de rentrée 3e 2026", P3, "3e", "2026-09-14", "2026-10-16",
             incidents="supprime minuit"),
    Campagne(COLLEGE, A26, 204121, "SGBVPX582", "Sixième - protection et cyberharcèlement", P6_PROTECTION, "6e",
             "2026-10-12", "2026-10-16"),
    Campagne(COLLEGE, A26, 204122, "NDKWRZ347", "Sixième - initiation au numérique", P6_INITIATION, "6eA 6eB 6eC",
             "2026-11-02", "2026-11-06"),
    Campagne(COLLEGE, A26, 204123, "LHQTMJ619", "Sixième - bilan de l'attestation", P6_BILAN, "6eA 6eB",
             "2026-11-10", "2026-11-16"),
    Campagne(COLLEGE, A26, 204210, "PDVBKX628", "Progression 4e - envois multiples", PP, "4eB 4eC", "2026-09-28",
             "2026-10-09", envois=2),
    Campagne(COLLEGE, A26, 204311, "QTNRJH954", "Collecte de profils 3e - avant la certification", None, "3e",
             "2026-09-21", "2026-10-02", envois=3),
    Campagne(LYCEE, A25, 151550, "FMSWDL384", "Rentrée 2de 2025", P2, "2", "2025-09-15", "2025-10-16"),
    Campagne(LYCEE, A26, 205001, "XCVTGP719", "Rentrée 2de 2026", P2, "2", "2026-09-14", "2026-10-16",
             incidents="supprime changement_heure"),
    Campagne(LYCEE, A26, 205002, "WLHBQN250", "Rentrée 1re & BTSA 2026", P1, "1 B", "2026-09-14", "2026-10-16"),
    Campagne(LYCEE, A26, 205103, "GKRZMD867", "Collecte de profils Tle et CAPa", None, "T CAPa", "2026-09-21",
             "2026-10-02", envois=2),
]
# fmt: on
EXPORTS = {A25: "2025-11-20-1635", A26: "2026-11-20-1712"}
VENUES = {
    (A26, "3eC"): 0.42,
    (A26, "2 PRO NATURE"): 0.55,
    (A25, "4eD"): 0.6,
}  # les classes peu venues ; ailleurs 0,96
CROISSANCE = {
    "6e": 0,
    "5e": 0.2,
    "4e": 0.5,
    "3e": 0.7,
    "CAPa": 0.3,
    "2 PRO": 0.5,
    "BTSA": 1.2,
}  # ailleurs 1
VACANCES = (("2025-10-18", "2025-11-02"), ("2026-10-17", "2026-11-01"))
HOMONYMES = {"5eB": ("MARTIN", "Emma")}  # deux élèves de cette classe, en 2026-2027, portent ce nom
SANS_CLASSE = "6eC"  # un élève de cette classe n'en a pas dans Pix en 2026-2027

DOMAINES = {
    "1": "Information et données",
    "2": "Communication et collaboration",
    "3": "Création de contenu",
    "4": "Protection et sécurité",
    "5": "Environnement numérique",
}
COMPETENCES = {  # code: (nom, difficulté, sujets et niveaux de leurs acquis)
    "1.1": (
        "Mener une recherche et une veille d’information",
        -0.3,
        "fiabilité134 moteur1235 outilsWeb123",
    ),
    "1.2": ("Gérer des données", 0.5, "accèsDonnées123 rangement1234 sauvegarde24"),
    "1.3": ("Traiter des données", 1.0, "graphique234 tableur12345"),
    "2.1": ("Interagir", -0.4, "mail1234 visio134"),
    "2.2": ("Partager et publier", -0.1, "publication234 réseauxSociaux124"),
    "2.3": ("Collaborer", 0.3, "agenda23 docPartagé1234"),
    "2.4": ("S'insérer dans le monde numérique", 0.2, "droitsWeb1245 identitéNum123"),
    "3.1": ("Développer des documents textuels", 0.1, "correction123 miseEnForme12345"),
    "3.2": ("Développer des documents multimedia", 0.4, "image1234 son235"),
    "3.3": ("Adapter les documents à leur finalité", 0.6, "impression123 licences234"),
    "3.4": ("Programmer", 0.9, "algo1234 codeHtml345"),
    "4.1": ("Sécuriser l'environnement numérique", -0.2, "hameçonnage123 motDePasse1234"),
    "4.2": (
        "Protéger les données personnelles et la vie privée",
        -0.1,
        "cookies234 donnéesPerso1235",
    ),
    "4.3": ("Protéger la santé, le bien-être et l'environnement", -0.6, "écrans12 sobriété1234"),
    "5.1": ("Résoudre des problèmes techniques", 0.3, "connexion13 dépannage1234"),
    "5.2": ("Construire un environnement numérique", 0.7, "logiciels234 matériel1235"),
}
NOMS = """ABDELLI ALLAIN ANDRÉ BÂ BARBIER BELAÏD BEN_YOUSSEF BERNARD BLANC BONNET BOUCHARD BRUNET CARPENTIER CHEVALIER
CISSÉ COLIN DA_SILVA DE_LA_TOUR DELORME D'ALMEIDA DIALLO DOS_SANTOS DU_PLESSIS DUBOIS DUPUIS DURAND EL_AMRANI FABRE
FAURE FERREIRA FONTAINE FOURNIER FRANÇOIS GAILLARD GARCÍA GAUTHIER GIRARD GUÉRIN HADDAD HAMIDI HERVÉ HOANG JACQUET
KACI KEITA KELLER KONATÉ LACROIX LE_BIHAN LE_GOFF LEFÈVRE LEGRAND LEMOINE LEROY L'HOSTIS MAILLARD MARCHAND MARTIN
MARTINEZ MASSON MENDÈS MERCIER MICHEL MOREAU MOREL MÜLLER N'DIAYE NGUYEN NOËL NOWAK O'CONNOR OLIVIER OUATTARA
PELLETIER PEREIRA PERRIN PETIT PICARD PONS RAMOS RENAUD RICHARD ROBIN ROCHE ROUSSEAU ROY SAINT-MARC SÁNCHEZ SARR
SCHMITT SIMON SOW TEIXEIRA THOMAS TOURÉ TRAORÉ TRAN VASSEUR VIDAL VINCENT WEBER YILMAZ ZEROUALI LOPEZ-DURAND"""
PRENOMS = """Aaron Adèle Agathe Aïcha Alexis Alya Amadou Ambre Anaïs Anna Anouk Antonin Arthur Assia Axel Basile
Camille Capucine Célia Charlie Chloé Clémence Côme Dina Éléonore Élie Élise Eliott Emma Enzo Esteban Éthan Eva Fatou
François-Xavier Gabin Gaëlle Hugo Ibrahim Ilyès Inès Ismaël Jade Jean-Baptiste Jeanne Joseph Jules Juliette Kenza
Kylian Léa Léandre Léonie Lina Linh Loïc Lou-Anne Louise Lucas Lucie Maël Maëlys Malo Manon Marius Marie-Lou Mathéo
Maxence Maya Mehdi Mila Mohamed Naël Naïm Nina Noah Noé Nora Océane Olivia Paul Pauline Raphaël Rayan Robin Romane
Rose Sacha Salomé Samuel Sarah Sofia Soline Tiago Timéo Théa Tom Valentin Victoire Yanis Yasmine Youssef Zacharie
Zélie Zoé"""
