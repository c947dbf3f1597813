"""195 façons de cacher un nom : celles que le portique trouve, et celles qu'il ne peut pas trouver.

Les élèves sont ceux de `tests.test_controle.ELEVES` : Kévin Durand, Rose Petit, Max Le…
"""

import base64
import json
import unicodedata
from urllib.parse import quote

INE = "120456789KA"


def _mal_relu(texte: str, fois: int) -> str:
    for _ in range(fois):
        texte = texte.encode().decode("cp1252")
    return texte


def _decale(texte: str, depuis: int) -> str:
    return "".join(chr(depuis + ord(lettre) - ord("A")) for lettre in texte)


def _gras(texte: str) -> str:
    return _decale(texte, 0x1D400)


def _seme(texte: str, signe: str) -> str:
    return signe.join(texte)


ECRITURES = {
    "en capitales": "KEVIN DURAND", "sans accents": "kevin durand",
    "prénom d'abord": "Kevin Durand", "nom seul et rare": "Soutien de Durand",
    "prénom seul et rare": "avec Emma", "couple de mots courants": "Rose Petit",
    "nom courant d'abord": "Petit Rose", "capitale au nom seul": "rose PETIT",
    "couple avec une virgule": "Petit, Rose", "couple entre parenthèses": "Rose (Petit)",
    "couple et un mot entre deux": "Rose la Petit", "couple à la ligne": "Rose\nPetit",
    "couple avec une tabulation": "Rose\tPetit", "couple collé": "rosepetit",
    "couple collé à l'envers": "petitrose", "couple en chameau": "RosePetit",
    "chameau et classe": "PetitRose5eA",
    "chameau dans un mot": "classeRosePetitBis", "nom d'usage": "Ouattara",
    "nom de la liste": "Fanta Mercier", "nom composé": "Jean Marie Blanc",
    "nom composé collé": "jeanmarieblanc", "nom composé à moitié": "Marie Blanc",
    "nom de deux lettres": "Max LE", "particule collée": "LeGall",
    "particule collée à un nom courant": "Ana DaSilva", "particule séparée": "yann le gall",
    "apostrophe": "N'Diaye", "apostrophe courbe": "N’DIAYE", "apostrophe oubliée": "Ndiaye",
    "apostrophe droite modificative": "NʼDiaye", "lettre polonaise": "Łukasz",
    "lettre polonaise oubliée": "Lukasz", "lettre danoise": "Sorensen",
    "cyrillique": "Иванов Иван", "cyrillique en capitales": "ИВАНОВ",
    "possessif": "le devoir de Durand-là", "au milieu d'une liste": "a, b, Durand, c",
    "suivi d'une ponctuation": "Durand!", "entre guillemets": "«Durand»",
    "dans une phrase, capitales éloignées":
        "Prévoir pour Rose une aide en plus, avec la famille de Mme Petit",
    "titre et nom courant": "Revoir avec M. Petit", "titre en lettres": "la mère, madame Petit",
    "capitales éloignées, nom d'abord": "Que Petit vienne mardi matin à la loge avec sa sœur Rose",
}  # fmt: skip

IDENTIFIANTS = {
    "point": "kevin.durand", "tiret bas": "kevin_durand", "plus": "Kevin+Durand",
    "tiret": "kevin-durand", "initiale et nom rare": "k.durand", "initiale collée": "kdurand",
    "initiale collée et année": "kdurand2013", "nom puis initiale": "durandk",
    "nom, point, initiale": "durand.k", "initiale, tiret bas, nom": "k_durand",
    "prénom, point, initiale": "kevin.d", "prénom, initiale, année": "kevin.d2013",
    "nom et année": "durand2013", "nom et jour de naissance": "rose.petit1305",
    "couple collé et année": "rosepetit2013", "mots courants, initiale collée": "rpetit",
    "mots courants, initiale et année": "rpetit13", "mots courants, nom puis initiale": "petitr",
    "mots courants, initiale, point": "r.petit", "mots courants, tiret bas": "petit_r",
    "mots courants, prénom et initiale": "rose.p", "prénom et initiale collés": "rosep",
    "trois lettres du prénom": "kevdurand", "trois lettres, mots courants": "rospetit",
    "deux initiales d'un prénom composé": "jmblanc", "initiale de l'élève à particule": "ylegall",
    "année devant": "2013durand", "courriel": "k.d@exemple.fr",
    "courriel en entité": "k.d&#64;exemple.fr", "courriel en adresse": "k.d%40exemple.fr",
    "courriel à l'arobase écrite": "k.d (arobase) exemple.fr", "courriel at": "k.d[at]exemple.fr",
    "INE": INE, "INE en minuscules": INE.lower(), "INE en trois": "120 456 789KA",
    "INE en quatre": "120 456 789 KA", "INE à tirets": "120-456-789-KA",
    "INE coupé par une balise": "120456<b>789KA</b>", "INE d'un élément": f"<g id='{INE}'>",
    "INE en pleine chasse": "１２０４５６７８９ＫＡ", "numéro externe": "ext77",
    "numéro externe en capitales": "EXT-77", "numéro externe tout en chiffres": "4821093",
    "numéro en nombre JSON": "[4821093]", "numéro en clé JSON": '{"4821093": 1}',
}  # fmt: skip

INITIALES = {
    "initiale, nom rare": "K. Durand", "nom rare, initiale": "Durand K.",
    "initiale, nom courant": "avec R. Petit", "initiale sans point": "voir R Petit",
    "nom courant, initiale": "Petit R. viendra", "prénom courant, initiale": "Rose P. viendra",
    "initiales d'un prénom composé": "J.-M. Blanc", "initiales sans tiret": "JM Blanc",
    "nom et initiale qui font un mot": "Martin E.", "professeur, initiale": "I. Bois",
    "deux initiales d'un nom": "ana.ds", "professeur courant": "avec Mme Bois",
    "professeur, monsieur": "Monsieur Bois", "titre à l'anglaise": "voir avec Mr Petit",
    "mademoiselle abrégée": "Melle Petit viendra", "titre au pluriel": "MM. Petit et Roux",
    "titre de médecin": "le Dr Petit", "nom au pluriel": "le rendez-vous des Durands",
    "professeur, prénom": "Iris Bois", "professeur rare": "chez Perrineau",
    "professeur collé": "mmebois",
}  # fmt: skip

SIGNES = {
    "cyrillique dans un nom latin": "Dur\u0430nd", "grec dans un nom latin": "Durαnd",
    "grec en capitales": "ΚΕVΙΝ", "cyrillique en capitales d'un nom latin": "ЕММА",
    "arménien": "Dսrand", "chérokî": "ᎠURAND", "lisu": "ꓓURAND", "copte": "ⲔEVIN",
    "petites capitales": "ᴋᴇᴠɪɴ", "petites capitales d'un couple": "ʀᴏꜱᴇ ᴘᴇᴛɪᴛ",
    "lettres grasses": _gras("DURAND"), "lettres ajourées": _decale("EMMA", 0x1D538),
    "lettres de machine": _decale("DURAND", 0x1D670), "lettres pleine chasse": "ＤＵＲＡＮＤ",
    "lettres cerclées": _decale("DURAND", 0x24B6), "cerclées de noir": _decale("DURAND", 0x1F150),
    "carrées de noir": _decale("DURAND", 0x1F170), "drapeaux": _decale("DURAND", 0x1F1E6),
    "lettres entre parenthèses": _decale("DURAND", 0x249C), "exposants": "ᴰᵁᴿᴬᴺᴰ",
    "i sans point": "Kevın", "lettre barrée": "Ɖurand", "lettre à crochet": "Ɗurand",
    "ligature": "ﬁ Durand ﬁ", "décomposé": unicodedata.normalize("NFD", "Kévin"),
    "accents en trop": "D\u0308u\u0301r\u0327a\u0302n\u0303d\u0331",
    "barré": _seme("Durand", "\u0336"),
    "encerclé": _seme("Durand", "\u20dd"), "espace sans chasse": "Du\u200brand",
    "liant": "Du\u200drand", "antiliant": "Du\u200crand", "gluon": "Du\u2060rand",
    "marque d'ordre": "Du\ufeffrand", "tiret conditionnel": "Du\u00adrand",
    "sens de lecture": "Du\u202erand\u202c", "isolat": "Du\u2066rand\u2069",
    "sélecteur de variante": "Du\ufe0frand", "sélecteur lointain": "Du\U000e0100rand",
    "joint de graphèmes": "Du\u034frand", "étiquette invisible": "Du\U000e0041rand",
    "texte entier d'étiquettes": "Aide\u0020" + _decale("DURAND", 0xE0041),
    "lettres au-dessus de la ligne": "\u25cc\u0364\u25cc\u036b\u25cc\u036b\u25cc\u0363",
    "chiffres arabes": "n° ٤٨٢١٠٩٣", "chiffres de l'Inde": "४८२१०९३",
    "caractère de remplissage": "Du\u3164rand", "braille vide": "Du\u2800rand",
    "opérateur invisible": "Du\u2063rand", "voyelle mongole": "Du\u180erand",
    "caractère de commande": "Du\u0007rand", "espace fine": "Du\u2009rand",
    "espace ultrafine": "Du\u200arand", "espace idéographique": "Rose\u3000Petit",
    "espace insécable": "Rose\u00a0Petit", "invisibles partout": _seme("Durand", "\u200b"),
}  # fmt: skip

MORCEAUX = {
    "lettres espacées": "D U R A N D", "lettres pointées": "D.U.R.A.N.D.",
    "lettres à tirets": "d-u-r-a-n-d", "lettres à tirets bas": "d_u_r_a_n_d",
    "lettres étoilées": "d*u*r*a*n*d", "couple en lettres espacées": "R O S E P E T I T",
    "nom et prénom espacés": "K E V I N   D U R A N D", "coupé par un tiret": "Du-rand",
    "coupé par une barre": "Du/rand", "coupé par un point": "du.rand",
    "coupé par une espace": "Dur and", "prénom coupé": "Ké vin", "césure": "Du-\nrand",
    "à l'envers": "DNARUD", "prénom à l'envers": "nivék", "chiffres pour lettres": "Dur4nd",
    "chiffres pour lettres, prénom": "K3v1n", "chiffres et année": "dur4nd2013",
    "arobase pour a": "Dur@nd", "euro pour e": "K€vin",
}  # fmt: skip

CODES = {
    "entités": "K&eacute;vin", "entités doubles": "&amp;#68;urand", "entité hexa": "&#x44;urand",
    "entité sans point-virgule": "&#68urand", "adresse %": quote("Kévin"),
    "adresse % deux fois": "%2544urand", "échappé JSON": "\\u0044urand",
    "échappé JSON dans un JSON": '{"a": "\\u0044urand"}', "échappé court": "\\x44urand",
    "échappé à accolades": "\\u{44}urand", "courrier (quoted-printable)": "=44urand",
    "tiret conditionnel en entité": "Du&shy;rand", "mal relu": _mal_relu("Kévin", 1),
    "mal relu deux fois": _mal_relu("Kévin", 2), "Latin-1": "Kévin".encode("latin-1"),
    "UTF-16": "Durand".encode("utf-16"), "UTF-16 sans marque": "Durand".encode("utf-16-le"),
    "base64": base64.b64encode(b"des notes de Durand Kevin"),
    "base64 court": base64.b64encode(b"Durand Kevin"),
    "base64 Latin-1": base64.b64encode("élève : Durand Kévin, 5eA".encode("latin-1")),
    "base64 des adresses": base64.urlsafe_b64encode("ÿÿ?> Durand Kevin et les autres ÿÿ".encode()),
    "hexadécimal": b"Durand Kevin".hex(), "JSON à marque d'ordre": b'\xef\xbb\xbf["Durand"]',
}  # fmt: skip

BALISES = {
    "chevrons de texte": json.dumps(["rencontre avec < Kévin Durand >"]),
    "chevrons collés": json.dumps(["rencontre avec <Durand>"]),
    "chevrons, mots courants": "avec <Rose Petit>", "chevrons en entités": "<p>&lt;Durand&gt;</p>",
    "fausse balise d'une page": "<p>avec < Durand ></p>",
    "balise jamais fermée": "<p>oui</p><Durand",
    "coupé par une balise": "Du<b>rand</b>", "coupé dans une page": "<p>Du<b>rand</b></p>",
    "coupé dans un dessin": "<text>Du<tspan>rand</tspan></text>",
    "collé par une balise": "<p>de<b>Durand</b></p>",
    "dans un dessin": "<svg><text>Durand</text></svg>",
    "couple en deux cellules": "<td>PETIT</td><td>Rose</td>",
    "couple en deux cellules d'un JSON": '{"lignes": [["5eA", "Petit", "Rose", "12"]]}',
    "couple en deux lignes d'un JSON": '[["Petit"], ["Rose"]]',
    "couple en deux clés": '{"nom": "Petit", "prenom": "Rose"}',
    "clé en double": '{"a": "Durand", "a": "rien"}', "commentaire": "<!-- Durand -->",
    "déclaration": "<!DOCTYPE durand><p>oui</p>", "instruction": "<?durand?><p>oui</p>",
    "métadonnée": "<dc:title>Durand</dc:title>", "texte de remplacement": "<img alt='Durand'>",
    "sans guillemets": "<img alt=Durand>", "étiquette": "<p aria-label='Durand'>",
    "valeur d'une liste": "<option value='durand'>", "identifiant d'un élément": "<g id='durand'>",
    "classe d'un élément": "<g class='kevin-durand'>", "nom d'un attribut": "<g durand='1'>",
    "style": "<style>.durand{color:red}</style>", "script": "<script>var a='Durand'</script>",
    "entité d'un attribut": "<g title='&#68;urand'>", "clé JSON": '{"Durand":1}',
}  # fmt: skip

DEGUISEMENTS = ECRITURES | IDENTIFIANTS | INITIALES | SIGNES | MORCEAUX | CODES | BALISES

HORS_DE_PORTEE = {
    "initiales seules": ("K.D. a progressé", "deux lettres sont celles de trop de gens"),
    "prénom courant seul": ("Rose a progressé", "un mot du dictionnaire ; le résumé le montre"),
    "surnom": ("Kéké a progressé", "nul fichier ne le dit"),
    "début du nom": ("kdur a progressé", "quatre lettres sont dans trop de mots"),
    "prénom courant et initiale": ("rose p. a progressé", "« p. » est aussi une page"),
    "faute dans le nom": ("Durent a progressé", "une lettre près, tout mot est un nom"),
    "lettres décalées (ROT13)": ("Qhenaq", "un code, pas un nom : l'infini des codes"),
    "lettres mêlées": ("Drnuad", "une anagramme : l'infini des codes"),
    "description": ("le fils du boulanger", "du sens, sans aucun mot d'un nom"),
    "numéro tout en chiffres, coupé": ("4 821 093", "des nombres voisins n'en sont pas un"),
    "dans un mot": ("superdurandesque", "trop de mots contiennent un petit nom"),
}
"""{déguisement: (exemple, pourquoi)} : seule une personne, qui lit le résumé, peut les voir."""
