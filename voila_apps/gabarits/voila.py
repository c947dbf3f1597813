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
c.VoilaConfiguration.page_config_hook = lambda page, **_: page | {"envoiMax": ENVOI_MAX}
# Firefox ne découpe pas un message : il doit tenir entier dans le tampon de lecture.
HTTPServer.configure(None, max_buffer_size=LIAISON_MAX)
