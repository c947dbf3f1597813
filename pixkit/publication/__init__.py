"""Étage 4 — la seule sortie : agréger, taire les petits groupes, contrôler, écrire, relire, servir.

`lecteur` et `panneau` sont ce que charge la page publiée : ni pandas, ni matplotlib.
"""
