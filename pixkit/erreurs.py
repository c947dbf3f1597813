"""Étage 0 — ce qui peut mal se passer, dit en français : trouvé, attendu, que faire."""

import errno
import re

_DISPARU = "le partage réseau ou le disque ne répond plus : rebranchez-le"
_RAISONS = {
    errno.ENOSPC: "le disque est plein : libérez de la place",
    errno.EDQUOT: "votre espace est plein : libérez de la place",
    errno.EROFS: "le disque est en lecture seule",
    errno.EACCES: "accès refusé, ou fichier ouvert dans un autre programme",
    errno.EPERM: "accès refusé, ou fichier ouvert dans un autre programme",
    errno.ENOENT: "cet emplacement n'existe pas, ou n'existe plus",
    errno.ENOTDIR: "un fichier porte le nom de ce dossier",
    errno.EEXIST: "un fichier porte déjà ce nom",
    errno.EISDIR: "un dossier porte ce nom",
    errno.ENAMETOOLONG: "son nom est trop long",
    errno.ELOOP: "ce lien tourne en rond",
} | dict.fromkeys(
    (errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH,
     errno.ENETUNREACH, errno.ETIMEDOUT, errno.ENODEV), _DISPARU,
)  # fmt: skip


_COMMANDES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Ce qu'un terminal exécuterait au lieu de le montrer : un fichier cité peut en contenir."""


def raison(erreur: OSError) -> str:
    """Pourquoi le système refuse, en français autant que possible ; jamais « None »."""
    return _RAISONS.get(erreur.errno) or erreur.strerror or type(erreur).__name__


class ErreurPixkit(Exception):
    """Racine de toutes les erreurs de pixkit ; son texte se montre tel quel à un enseignant."""

    def __init__(self, trouve: str, attendu: str, que_faire: str):
        trouve = _COMMANDES.sub("\N{REPLACEMENT CHARACTER}", trouve)
        self.trouve, self.attendu, self.que_faire = trouve, attendu, que_faire
        super().__init__(f"Trouvé : {trouve} Attendu : {attendu} À faire : {que_faire}")

    def _render_traceback_(self) -> list[str]:
        """Ce qu'un carnet montre : la phrase, sans la trace du code."""
        return [str(self)]


class DossierIllisible(ErreurPixkit):
    """Le dossier n'existe pas, n'est pas un dossier, ou ne s'ouvre pas."""


class FichierIllisible(ErreurPixkit):
    """Le fichier est vide, trop gros, ou ses octets ne forment pas un texte."""


class FichierNonPix(ErreurPixkit):
    """Le fichier se lit, mais ce n'est pas un export de campagne Pix Orga."""


class ColonneManquante(ErreurPixkit):
    """Un export de campagne auquel il manque une ou plusieurs colonnes indispensables."""


class ColonneEnDouble(ErreurPixkit):
    """Un export où deux colonnes portent le même nom et des contenus différents."""


class EcritureImpossible(ErreurPixkit):
    """Un fichier du dossier qui ne s'écrit pas ; l'ancien reste entier."""


class ComparaisonImpossible(ErreurPixkit):
    """Une mesure demandée sur des résultats qui ne se comparent pas entre eux."""


class ChoixInconnu(ErreurPixkit):
    """Un nom (classe, compétence, colonne, règle) qui n'existe pas dans les données."""


class PublicationIllisible(ErreurPixkit):
    """Un dossier qui n'est pas une publication, ou qui n'a rien à montrer à ce public."""


class PublicationRetiree(PublicationIllisible):
    """Une publication que l'établissement a retirée : il n'en reste que le jour."""


class PublicationRefusee(ErreurPixkit):
    """Une publication arrêtée avant d'être écrite : elle aurait parlé d'un élève, ou de rien."""


class MemoireInconnue(PublicationRefusee):
    """Une publication à remplacer dont la mémoire du dossier ne sait rien : une personne peut
    passer outre, en disant pourquoi."""


class TexteSuspect(PublicationRefusee):
    """Des textes tapés par quelqu'un semblent nommer une personne.

    `textes` : ceux dont on peut répondre que ce n'est pas un élève.
    """

    textes: tuple[str, ...] = ()


class ServiceRefuse(ErreurPixkit):
    """Une page qui ne s'ouvre pas ainsi : adresse sans protection, port pris, certificat absent."""


class PaquetAbsent(ErreurPixkit):
    """Une commande dont les paquets facultatifs ne sont pas installés."""
