"""Étage 4 — ce qui est publié, ouvert d'un bouton : servi, sans serveur, ou son dossier."""

import atexit
import os
import subprocess
import sys
import webbrowser
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from pixkit.embarque import commande
from pixkit.erreurs import ServiceRefuse
from pixkit.panneaux.commandes import Panneau, montrer_si, rangee, refus
from pixkit.panneaux.html import annonce
from pixkit.publication.place import se_retire

_OUVERT = "Ouvert : <a href='{0}' target='_blank'>{0}</a>"
_POUR_LA_SUITE = " Sans l'atelier : <code>{1}</code>"


class PanneauOuvertures(Panneau):
    """Trois boutons, pour une publication qui est là."""

    _chemin = Path()
    _servies: dict[Path, str]

    def __init__(self):
        self._servies, self.message = {}, w.HTML()
        self.servir = self.bouton("Ouvrir les tableaux de bord", self._servir)
        self.sans_serveur = self.bouton("Ouvrir les pages sans serveur", self._sans_serveur)
        self.montrer = self.bouton("Montrer le dossier", self._montrer)
        super().__init__([rangee(self.servir, self.sans_serveur, self.montrer), self.message])

    def proposer(self, chemin: str) -> None:
        """Se montre si ce dossier est une publication."""
        self._chemin, self.message.value = Path(chemin).expanduser(), ""
        montrer_si(bool(chemin) and se_retire(chemin), self)
        montrer_si((self._chemin / "index.html").exists(), self.sans_serveur)

    def _servir(self) -> None:
        with refus(self.message):
            self.message.value = annonce("Préparation des tableaux de bord…")
            if self._chemin not in self._servies:
                self._servies[self._chemin] = _servir(self._chemin)
            dit = Markup(_OUVERT + _POUR_LA_SUITE)
            adresse = self._servies[self._chemin]
            self.message.value = annonce(
                dit.format(adresse, commande("servir", f'"{self._chemin}"'))
            )
            webbrowser.open(adresse)

    def _sans_serveur(self) -> None:
        page = (self._chemin / "index.html").resolve()
        self.message.value = annonce(f"Ouvert : {page}")
        webbrowser.open(page.as_uri())

    def _montrer(self) -> None:
        self.message.value = annonce(f"Le dossier : {self._chemin.resolve()}")
        montrer_un_dossier(self._chemin.resolve())


def _servir(publication: Path) -> str:
    """Sert une publication à cet ordinateur, tant que l'atelier est ouvert ; rend son adresse."""
    # psutil, que demande `ouverture`, n'est utile qu'ici.
    from pixkit.ouverture import attendre, port_libre  # noqa: PLC0415

    port = port_libre()
    demande = ["-m", "pixkit", "servir", str(publication), "--port", str(port)]
    muet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    serveur = subprocess.Popen([sys.executable, *demande], **muet)
    atexit.register(serveur.terminate)
    try:
        attendre(port, serveur)
    except ServiceRefuse as erreur:
        serveur.terminate()
        raise ServiceRefuse(
            "les tableaux de bord, qui ne s'ouvrent pas.",
            "une publication lisible, et le paquet voila.",
            f"dans un terminal : {commande('servir', str(publication))}, qui dit pourquoi.",
        ) from erreur
    return f"http://127.0.0.1:{port}/"


def montrer_un_dossier(dossier: Path) -> None:
    """Ouvre un dossier dans l'explorateur de fichiers de l'ordinateur."""
    if os.name == "nt":
        os.startfile(dossier)
    else:
        ouvreur = "open" if sys.platform == "darwin" else "xdg-open"
        try:
            subprocess.Popen([ouvreur, str(dossier)], stderr=subprocess.DEVNULL)
        except OSError:  # pas de bureau ici : le chemin est dit, cela suffit
            return
