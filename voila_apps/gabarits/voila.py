"""Les réglages de l'atelier qui ne tiennent pas sur la ligne de commande de `ouverture`."""

from tornado.httpserver import HTTPServer

ENVOI_MAX = 200 * 2**20
"""Octets que la page accepte d'envoyer en une fois ; pixkit/lecture dit ensuite lesquels il lit."""

LIAISON_MAX = ENVOI_MAX + 2**20
"""Les fichiers voyagent dans un seul message, avec leurs noms."""

c = get_config()  # noqa: F821 — Voilà le fournit
c.Voila.tornado_settings = {
    # Un nom de domaine détourné vers cet ordinateur n'ouvre rien.
    "allow_remote_access": False,
    "local_hostnames": ["localhost", "127.0.0.1"],
    "websocket_max_message_size": LIAISON_MAX,
    # Millisecondes : au-delà de l'intervalle des appels, tornado se plaint en anglais.
    "ws_ping_timeout": 30_000,
}


def completer(page, settings, **_):
    """Ajoute nos réglages à ceux de la page ; le noyau préparé au lancement est le seul.

    Les suivants liraient le dossier bien avant qu'une page ne s'ouvre, et seraient périmés.
    """
    reserve = getattr(settings["kernel_manager"], "kernel_pools_config", {})
    reserve.get("default", {})["pool_size"] = 0
    return page | {"envoiMax": ENVOI_MAX}


c.VoilaConfiguration.page_config_hook = completer
# Le noyau de la première page démarre pendant que le navigateur s'ouvre.
c.VoilaConfiguration.preheat_kernel = True
c.VoilaConfiguration.default_pool_size = 1
# Firefox ne découpe pas un message : il doit tenir entier dans le tampon de lecture.
HTTPServer.configure(None, max_buffer_size=LIAISON_MAX)
